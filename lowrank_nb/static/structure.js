// The package's definitions a second time: where tokens stand, masks, reach, cost.
// Nothing here knows what a browser is. tests/explorer.test.mjs and the chapter on the explorers
// hold it equal to the package.

// ---- Layout: V blocks of m = C+1 tokens, the tail from n on, T tokens in all

const TAIL_NAMES = ['separator', 'query 1', 'query 2']

export const layout = (V, C) => {
  const n = V*(C + 1)
  return { V, C, m: C + 1, n, T: n + TAIL_NAMES.length }
}

export function role({ C, m, n }, i) {
  if (i >= n) return 'tail'
  return i % m === C ? 'summary' : 'block'
}

export function label({ m, n }, i) {
  if (i >= n) return TAIL_NAMES[i - n]
  return `table ${Math.floor(i/m)} · ${i % m ? `column ${i % m}` : 'name'}`
}

// The token of the same name in another layout, or the nearest there is.
export function carry(from, to, i) {
  if (i >= from.n) return to.n + i - from.n
  return Math.min(Math.floor(i/from.m), to.V - 1)*to.m + Math.min(i % from.m, to.C)
}

// ---- Masks: a list of groups. Each query of a group may attend to each key of it;
// a query is in at most one group.

export const range = (start, stop, step = 1) =>
  Array.from({ length: Math.ceil((stop - start)/step) }, (_, i) => start + i*step)

export const square = tokens => ({ queries: tokens, keys: tokens })

export function local({ m, n, T }) {
  const blocks = range(0, n, m).map(start => square(range(start, start + m)))
  return [...blocks, ...range(n, T).map(i => square([i]))]
}

export const hub = ({ m, n, T }) => [square([...range(m - 1, n, m), ...range(n, T)])]

export const PATTERNS = { local, hub }

// The patterns of a module written for another mask: its default export makes them from the
// functions above.
export async function patternsOf(source) {
  if (!source) return PATTERNS
  const module = await import(`data:text/javascript,${encodeURIComponent(source)}`)
  return module.default({ range, square, local, hub })
}

// The mask that relations make, a flag for each: offset to offset within a block, then role to
// role for block token, summary and the three of the tail. Queries with the same keys are a group:
// those that see their own block as they see the others, or all that are in one block.
export const relationsPattern = relations => lay => {
  const { V, C, m, n, T } = lay, groups = new Map()
  const within = range(0, m).map(offset => flagsAndPlaces(relations, offset*m, m))
  const across = range(0, 5).map(role => keysAcross(relations, lay, role))
  for (let q = 0; q < T; q++) {
    const offset = q % m, block = Math.floor(q/m), inBlock = q < n
    const role = across[inBlock ? Number(offset === C) : q - n + 2]
    const own = inBlock ? within[offset] : role.other
    const alike = own.flags === role.other.flags || V === 1
    const seen = alike ? own.flags : `${block} ${own.flags} ${role.other.flags}`
    const name = `${seen} ${role.tail.flags}`
    if (!groups.has(name)) groups.set(name, { queries: [], keys: keysOf(role, own, block, lay) })
    groups.get(name).queries.push(q)
  }
  return [...groups.values()].filter(({ keys }) => keys.length)
}

function flagsAndPlaces(relations, start, length) {
  const flags = relations.slice(start, start + length)
  return { flags, places: range(0, length).filter(i => flags[i] === '1') }
}

// What a role sees of a block that is not its own, and of the tail; its keys in all blocks.
function keysAcross(relations, { V, C, m }, role) {
  const [toBlock, toSummary] = relations.slice(m*m + 5*role)
  const other = flagsAndPlaces(toBlock.repeat(C) + toSummary, 0, m)
  const all = range(0, V).flatMap(block => other.places.map(i => block*m + i))
  const tail = flagsAndPlaces(relations, m*m + 5*role + 2, 3)
  return { other, tail, all: Uint16Array.from(all) }
}

// A role's keys in all blocks, with those of its own in one of them, and in the tail.
function keysOf({ other, tail, all }, own, block, { m, n }) {
  const inBlock = own !== other, each = other.places.length
  const before = inBlock ? block*each : all.length, after = inBlock ? before + each : all.length
  const inserted = inBlock ? own.places.map(i => block*m + i) : []
  const ending = tail.places.map(i => n + i)
  const keys = new Uint16Array(all.length - after + before + inserted.length + ending.length)
  keys.set(all.subarray(0, before))
  keys.set(inserted, before)
  keys.set(all.subarray(after), before + inserted.length)
  keys.set(ending, keys.length - ending.length)
  return keys
}

// `patterns` is the local and the hub pattern, or a list with one for each layer.
export function maskSchedule(patterns, lay, n_layer, n_local) {
  if (Array.isArray(patterns)) return patterns.map(pattern => pattern(lay))
  const local = patterns.local(lay), hub = patterns.hub(lay)
  return range(0, n_layer).map(l => l < n_local ? local : hub)
}

export const nActive = mask =>
  mask.reduce((sum, { queries, keys }) => sum + queries.length*keys.length, 0)

// ---- Reach and cost: both walk a schedule backward over sets of tokens, one byte a token

function setOf(T, tokens) {
  const set = new Uint8Array(T)
  for (const i of tokens) set[i] = 1
  return set
}

export function members(set) {
  const tokens = []
  for (let i = 0; i < set.length; i++) if (set[i]) tokens.push(i)
  return tokens
}

export function size(set) {
  let sum = 0
  for (const x of set) sum += x
  return sum
}

// A set of tokens with all that they may attend to.
function withKeys(mask, tokens) {
  const out = tokens.slice()
  let left = tokens.length - size(tokens)
  for (const { queries, keys } of mask) {
    if (!left) break
    if (!queries.some(q => tokens[q])) continue
    for (const k of keys) if (!out[k]) { out[k] = 1; left-- }
  }
  return out
}

// Entry l: the inputs that can have influenced the token after layers 1 to l.
export const reach = (schedule, T, token) => range(0, schedule.length + 1).map(l =>
  schedule.slice(0, l).reduceRight((set, mask) => withKeys(mask, set), setOf(T, [token])))

// The reach of every token after the layers of a schedule, as groups: each key can have influenced
// each query. A row is a set of inputs, 32 to a word.
export function reachOfAll(schedule, T) {
  const words = Math.ceil(T/32), rows = new Uint32Array(T*words)
  for (let i = 0; i < T; i++) rows[i*words + (i >> 5)] = 1 << (i & 31)
  for (const mask of schedule) {
    const before = rows.slice()
    for (const { queries, keys } of mask) {
      const seen = new Uint32Array(words)
      for (const k of keys) for (let w = 0; w < words; w++) seen[w] |= before[k*words + w]
      for (const q of queries) for (let w = 0; w < words; w++) rows[q*words + w] |= seen[w]
    }
  }
  return groupRows(rows, T, words)
}

function groupRows(rows, T, words) {
  const groups = new Map()
  for (let q = 0; q < T; q++) {
    const row = rows.subarray(q*words, (q + 1)*words), name = row.join()
    const has = i => row[i >> 5] >>> (i & 31) & 1
    if (!groups.has(name)) groups.set(name, { queries: [], keys: range(0, T).filter(has) })
    groups.get(name).queries.push(q)
  }
  return [...groups.values()]
}

// For each layer, how many tokens are needed as input, how many queries of them as output, how
// many of those see nothing, and over how many pairs of query and key attention runs.
export function plan(schedule, T, outputs) {
  const layers = []
  let queries = setOf(T, outputs)
  for (const mask of schedule.toReversed()) {
    const tokens = withKeys(mask, queries)
    layers.unshift(layerCost(mask, queries, tokens))
    queries = tokens
  }
  return layers
}

// A query that sees only itself needs no attention. Where the groups hold more than twice as many
// keys as there are tokens, the layer runs as one masked attention of all queries and keys, as in
// the package.
function layerCost(mask, queries, tokens) {
  const keys = new Uint8Array(tokens.length)
  let empty = size(queries), pairs = 0, held = 0
  for (const group of mask) {
    const needed = group.queries.filter(q => queries[q])
    if (!needed.length) continue
    empty -= needed.length
    for (const k of group.keys) keys[k] = 1
    if (needed.length === 1 && group.keys.length === 1 && needed[0] === group.keys[0]) continue
    pairs += needed.length*group.keys.length
    held += group.keys.length
  }
  if (held > 2*size(tokens)) pairs = (size(queries) - empty)*size(keys)
  return { tokens: size(tokens), queries: size(queries), empty, pairs }
}

export const densePlan = (T, n_layer) =>
  Array(n_layer).fill({ tokens: T, queries: T, empty: 0, pairs: T*T })

// Multiply–adds of one forward pass of one sequence, d = n_embd, one position read out.
export function flops(layers, d, n_dims) {
  const attention = layers.reduce((sum, l) => sum + 2*d*l.pairs, 0)
  const rest = layers.reduce((sum, l) => sum + d*d*(9*l.queries + 3*l.tokens - l.empty), 0)
  return { attention, total: attention + rest + layers[0].tokens*n_dims*d + d }
}

// ---- Parameters of the positional embeddings

export const positional = ({ C, T }, d) =>
  ({ standard: T*d, shared: (C + 4)*d, saving: 1 - (C + 4)/T })

// Those between the two; null where a rank is more than the unfolding can have.
export const RANKS = [1, 2, 4, 8]

export function between({ V, m }, d) {
  const factored = r => r <= Math.min(V, m*d) ? r*(V + m*d) + 3*d : null
  return { additive: (V + m + 3)*d, factored: RANKS.map(factored) }
}

// ---- Every number that the mask explorer shows

export function countAll(state, n_dims, patterns = PATTERNS, made = null) {
  const { V, C, n_layer, n_local, n_embd } = state, lay = layout(V, C)
  const schedule = made ?? maskSchedule(patterns, lay, n_layer, n_local)
  const costs = plan(schedule, lay.T, [lay.T - 1])
  const counted = mask => ({ active: nActive(mask), density: nActive(mask)/lay.T**2 })
  const connections = Array.isArray(patterns) ? { each: schedule.map(counted) }
    : { local: counted(patterns.local(lay)), global: counted(patterns.hub(lay)) }
  return {
    lay, schedule, costs, ...connections, positional: positional(lay, n_embd),
    structured: flops(costs, n_embd, n_dims),
    dense: flops(densePlan(lay.T, n_layer), n_embd, n_dims),
  }
}
