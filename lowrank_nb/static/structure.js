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
// role for block token, summary and the three of the tail. A query's row is a string of flags;
// queries of equal rows are a group.
export const relationsPattern = relations => lay => {
  const groups = new Map()
  for (let q = 0; q < lay.T; q++) {
    const row = relationsRow(relations, lay, q)
    if (!groups.has(row)) groups.set(row, [])
    groups.get(row).push(q)
  }
  const made = [...groups].map(([row, queries]) => ({ queries, keys: placesOf('1', row) }))
  return made.filter(({ keys }) => keys.length)
}

function relationsRow(relations, { V, C, m, n }, q) {
  const offset = q % m, block = Math.floor(q/m)
  const role = q >= n ? q - n + 2 : offset === C ? 1 : 0
  const toRoles = relations.slice(m*m + 5*role, m*m + 5*role + 5)
  const other = toRoles[0].repeat(C) + toRoles[1], toTail = toRoles.slice(2)
  if (q >= n) return other.repeat(V) + toTail
  const own = relations.slice(offset*m, offset*m + m)
  return other.repeat(block) + own + other.repeat(V - 1 - block) + toTail
}

function placesOf(flag, row) {
  const places = []
  for (let i = row.indexOf(flag); i >= 0; i = row.indexOf(flag, i + 1)) places.push(i)
  return places
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
  for (const { queries, keys } of mask)
    if (queries.some(q => tokens[q])) for (const k of keys) out[k] = 1
  return out
}

// Entry l: the inputs that can have influenced the token after layers 1 to l.
export const reach = (schedule, T, token) => range(0, schedule.length + 1).map(l =>
  schedule.slice(0, l).reduceRight((set, mask) => withKeys(mask, set), setOf(T, [token])))

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
  const rest = layers.reduce((sum, l) => sum + d*d*(10*l.queries + 2*l.tokens - l.empty), 0)
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

export function figures(state, n_dims, patterns = PATTERNS) {
  const { V, C, n_layer, n_local, n_embd } = state
  const lay = layout(V, C), schedule = maskSchedule(patterns, lay, n_layer, n_local)
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
