// A database and a question: what is true of them, what the model is given, what a link may say.
// Nothing here knows what a browser is. A state is { tables, queries, layer, head, loops, token,
// interventions }, as in Python: tables are lists of C ids, an intervention is a list such as
// ['head', 3, 2]; layers and heads count from 1, tables and tokens from 0.
import { hub, label, layout, local, range, relationsPattern, square } from './structure.js'
import { groupsOf, rowsOf } from './model.js'
import { brief } from './state.js'

export const layoutOf = ({ tables }) => layout(tables.length, tables[0].length)

// ---- The truth

// For each table the tables it can be reached from, as the smallest number among them.
export function components(tables) {
  const parent = tables.map((_, v) => v)
  const root = v => { while (parent[v] !== v) v = parent[v]; return v }
  const holder = new Map()
  tables.forEach((row, v) => row.forEach(id => {
    if (!holder.has(id)) holder.set(id, v)
    const [low, high] = [root(v), root(holder.get(id))].sort((a, b) => a - b)
    parent[high] = low
  }))
  return tables.map((_, v) => root(v))
}

export const holders = (tables, id) => range(0, tables.length).filter(v => tables[v].includes(id))

// The number of joins from a table that holds `id` to each table, null where there is no way, and
// on such a way the table before it.
export function distances(tables, id) {
  const distance = tables.map(() => null), before = tables.map(() => null)
  const queue = holders(tables, id)
  for (const v of queue) distance[v] = 0
  for (const u of queue) tables.forEach((row, v) => {
    if (distance[v] !== null || !row.some(x => tables[u].includes(x))) return
    distance[v] = distance[u] + 1
    before[v] = u
    queue.push(v)
  })
  return { distance, before }
}

// Is it true, how many joins does it take, over which tables, and what would simple rules say?
export function truth({ tables, queries: [first, second] }) {
  const component = components(tables), from = holders(tables, first), to = holders(tables, second)
  const connected = from.some(u => to.some(v => component[u] === component[v]))
  const { distance, before } = distances(tables, first)
  const ends = to.filter(v => distance[v] !== null).sort((u, v) => distance[u] - distance[v])
  const joins = ends.length ? distance[ends[0]] : null, path = []
  for (let v = ends[0] ?? null; v !== null; v = before[v]) path.unshift(v)
  const rules = {
    'both present': from.length > 0 && to.length > 0,
    'same table': joins === 0, 'one join': joins !== null && joins <= 1,
  }
  return { connected, joins, path, rules, distance }
}

// The ids that lead from one table of a path to the next.
export const sharedIds = (tables, u, v) =>
  [...new Set(tables[u])].filter(id => tables[v].includes(id))

// ---- What the model is given. `config` is what Python wrote beside the weights.

// For each token its row of the features (names, ids, separator) and its row of the positions.
export function tokensOf({ most, n_ids, shared }, state) {
  const { tables, queries } = state, { m, n, T } = layoutOf(state)
  const blocks = tables.flatMap((row, v) => [v, ...row.map(id => most + id)])
  const ids = [...blocks, most + n_ids, ...queries.map(id => most + id)]
  const before = shared ? m : most*m   // positions before those of the tail
  const places = range(0, T).map(i => i >= n ? before + i - n : shared ? i % m : i)
  return { ids: Int32Array.from(ids), places: Int32Array.from(places) }
}

export const MASKS = {
  block: local, hub, full: ({ T }) => [square(range(0, T))], empty: () => [],
}

// A mask of the model: flags of relations, or of all pairs of tokens at the model's own size.
function patternOf(flags, most) {
  return lay => {
    if (flags.length === lay.m**2 + 25) return relationsPattern(flags)(lay)
    const all = most*lay.m + 3, place = i => i < lay.n ? i : all - lay.T + i
    const row = q => range(0, lay.T).map(k => Number(flags[place(q)*all + place(k)]))
    return groupsOf(range(0, lay.T).map(row))
  }
}

export const layerCount = ({ n_layer }, { loops }) => n_layer - 1 + loops

// Interventions of one kind, without that word; `layer` leaves those of one layer, without it.
export const chosen = ({ interventions }, kind, layer) => interventions
  .filter(([name, at]) => name === kind && (layer === undefined || at === layer))
  .map(given => given.slice(layer === undefined ? 1 : 2))

// Takes connections out of a mask: single ones, and all between a table and the rest.
function cut(groups, { m, T }, tables, connections) {
  const rows = rowsOf(groups, T), block = i => Math.floor(i/m)
  for (const [table] of tables) for (let q = 0; q < T; q++) for (let k = 0; k < T; k++)
    if ((block(q) === table) !== (block(k) === table)) rows[q][k] = 0
  for (const [q, k] of connections) rows[q][k] = 0
  return groupsOf(rows)
}

function maskOf(config, lay, block, pattern, tables, connections) {
  const made = pattern ? MASKS[pattern] : patternOf(config.masks[block], config.most)
  const groups = made(lay)
  return tables.length || connections.length ? cut(groups, lay, tables, connections) : groups
}

// The steps of a forward pass, for `Model.run`: a function that keeps the masks it has made.
export function planner(config) {
  const kept = new Map()
  return state => {
    const lay = layoutOf(state), tables = chosen(state, 'table')
    return range(1, layerCount(config, state) + 1).map(layer => {
      const block = Math.min(layer, config.masks.length) - 1
      const patterns = chosen(state, 'mask', layer)
      const pattern = chosen(state, 'attention', layer).length ? 'empty' : patterns.at(-1)?.[0]
      const connections = chosen(state, 'connection', layer)
      const name = JSON.stringify([block, lay.V, pattern, tables, connections])
      if (kept.size > 500) kept.clear()
      if (!kept.has(name)) kept.set(name, maskOf(config, lay, block, pattern, tables, connections))
      const off = chosen(state, 'head', layer).map(([head]) => head - 1)
      return { block, groups: kept.get(name), off, key: `${name} ${off}` }
    })
  }
}

export const hubsOf = lay => [...range(lay.m - 1, lay.n, lay.m), ...range(lay.n, lay.T)]

// ---- States: presets, edits, links

// Random numbers that are the same for the same seed (mulberry32).
export function generator(seed) {
  const next = () => {
    seed = seed + 0x6d2b79f5 | 0
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed)
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t
    return ((t ^ t >>> 14) >>> 0)/4294967296
  }
  const below = n => Math.floor(next()*n)
  const shuffle = list => {
    const out = [...list]
    for (let i = out.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [out[i], out[j]] = [out[j], out[i]]
    }
    return out
  }
  return { below, shuffle }
}

// Databases of chains: `lengths` says how many tables each has; neighbours share one id. The
// question is about the two ends of the first chain, or one end of the first two.
function chains({ below, shuffle }, { C, n_ids }, lengths, apart = false) {
  const ids = shuffle(range(0, n_ids)), ends = [], tables = []
  for (const length of lengths) {
    const nodes = ids.splice(0, length + 1)
    ends.push([nodes[0], nodes.at(-1)])
    for (let i = 0; i < length; i++) {
      const pair = [nodes[i], nodes[i + 1]]
      tables.push(shuffle(range(0, C).map(j => pair[j] ?? pair[below(2)])))
    }
  }
  return { tables: shuffle(tables), queries: apart ? [ends[0][0], ends[1][1]] : ends[0] }
}

// Ids drawn freely; the question has either answer with equal chance where the database allows.
function freely({ below, shuffle }, { C, n_ids }, V) {
  const tables = range(0, V).map(() => range(0, C).map(() => below(n_ids)))
  const present = shuffle([...new Set(tables.flat())]), wanted = below(2) === 1
  const pairs = present.flatMap(a => present.filter(b => b !== a).map(b => [a, b]))
  const right = pairs.find(queries => truth({ tables, queries }).connected === wanted)
  return { tables, queries: right ?? pairs[0] ?? [present[0], present[0]] }
}

const CHAINS = {
  'same table': [[1, 2, 1]], 'one join': [[2, 2]], 'two joins': [[3, 2]],
  'three joins': [[4, 2]], 'four joins': [[5, 2]], 'eight joins': [[9, 2]],
  'not connected': [[3, 3], true], 'two long chains': [[5, 5]],
}

// The presets that this vocabulary and these tables allow, each a function of a generator.
export function questions(config) {
  const { C, n_ids, most } = config, sum = list => list.reduce((a, b) => a + b, 0)
  const fits = ([lengths]) =>
    C > 1 && sum(lengths) <= most && sum(lengths) + lengths.length <= n_ids
  const made = Object.entries(CHAINS).filter(([, given]) => fits(given))
    .map(([name, given]) => [name, source => chains(source, config, ...given)])
  return [...made, ['random', (source, V) => freely(source, config, V)]]
}

// What a move changes besides: interventions on what is no longer there go, the layer stays in
// the model and the last one the last, a token keeps its name.
export function followDatabase(before, moved, config) {
  const next = { ...before, ...moved }, from = layoutOf(before), to = layoutOf(next)
  const n_layer = layerCount(config, next)
  const atEnd = before.layer === layerCount(config, before) && !('layer' in moved)
  next.layer = atEnd ? n_layer : Math.min(next.layer, n_layer)
  const carried = i => i >= from.n ? to.n + i - from.n : i < to.n ? i : null
  if (next.token !== null && from.V !== to.V && !('token' in moved))
    next.token = carried(next.token)
  if (from.V === to.V && before.loops === next.loops) return next
  const carry = ([kind, at, ...rest]) =>
    [kind, at, ...kind === 'connection' && from.V !== to.V ? rest.map(carried) : rest]
  next.interventions = next.interventions.map(carry)
    .filter(([kind, at, ...rest]) =>
      kind === 'table' ? at < to.V : at <= n_layer && !rest.includes(null))
  return next
}

// The tables without one; interventions on later tables move with them.
export function without(state, table) {
  const { m, n } = layoutOf(state), start = table*m
  const moved = i => i < start || i >= n ? i : i < start + m ? null : i - m
  const back = i => moved(i) === null || i >= n ? i : moved(i)
  const interventions = state.interventions
    .filter(([kind, at, ...rest]) => kind === 'table' ? at !== table
      : kind !== 'connection' || rest.every(i => moved(i) !== null))
    .map(([kind, at, ...rest]) => kind === 'table' ? [kind, at - (at > table)]
      : kind === 'connection' ? [kind, at, ...rest.map(back)] : [kind, at, ...rest])
  const token = state.token === null ? null : moved(state.token) === null ? null : back(state.token)
  return { tables: state.tables.filter((_, v) => v !== table), interventions, token }
}

const LETTERS = { h: 'head', a: 'attention', t: 'table', c: 'connection', m: 'mask' }

// A state as texts for an address.
export function addressText(state) {
  const short = ([kind, ...rest]) => kind[0] + rest.join('.')
  return {
    ...state, tables: state.tables.map(row => row.join('.')).join('-'),
    queries: state.queries.join('.'),
    interventions: state.interventions.map(short).join('_') || null,
  }
}

export const interventionText = ([kind, at, a, b], lay) => ({
  head: `head ${a} of layer ${at} off`, attention: `attention of layer ${at} off`,
  table: `table ${at} cut off`, mask: `mask of layer ${at}: ${a}`,
  connection: kind === 'connection' && `layer ${at}: ${label(lay, a)} → ${label(lay, b)} cut`,
})[kind]

// Brings what a link asks for, strings by name, into the allowed range, and says what it changed.
export function clampDatabase(asked, initial, limits) {
  const state = { ...initial }, notes = []
  const change = (name, must, given, shown) =>
    notes.push(`${name} must be ${must}, got ${brief(given)}: shown with ${shown}`)
  const whole = given => /^\d+$/.test(given) ? Number(given) : NaN
  const within = (name, low, high) => {
    if (!(name in asked)) return
    const given = asked[name], number = given.trim() === '' ? NaN : Number(given)
    if (!Number.isNaN(number)) state[name] = Math.min(high, Math.max(low, Math.round(number)))
    else state[name] = state[name] === null ? null : Math.min(high, state[name])
    const must = `an integer from ${low} to ${high}`
    if (state[name] !== number) change(name, must, given, `${name}=${state[name] ?? 'none'}`)
  }
  clampTables(asked, state, limits, change, whole)
  within('loops', ...limits.loops)
  const n_layer = layerCount(limits, state), lay = layoutOf(state)
  const atEnd = initial.layer === layerCount(limits, initial)   // the last one stays the last
  state.layer = atEnd ? n_layer : Math.min(state.layer, n_layer)
  if (state.token >= lay.T) state.token = null
  within('layer', 1, n_layer)
  within('head', 0, limits.n_head)
  within('token', 0, lay.T - 1)
  if (!('interventions' in asked)) return { state, notes }
  const words = asked.interventions.split('_').filter(word => word)
  const read = words.map(word => intervention(word, limits, n_layer, lay, whole))
  const bad = words.filter((_, i) => !read[i])
  state.interventions = read.filter(given => given)
  if (bad.length) change('interventions', 'such as h3.2, a3, t1, c3.5.6 or m3.full',
    bad.join(' and '), `${state.interventions.length} of ${words.length}`)
  return { state, notes }
}

function clampTables(asked, state, { C, n_ids, most }, change, whole) {
  const id = given => Math.min(n_ids - 1, whole(given) || 0)
  const right = given => whole(given) < n_ids
  if ('tables' in asked) {
    const rows = asked.tables.split('-').map(row => row.split('.'))
    const made = rows.slice(0, most).map(row => range(0, C).map(j => id(row[j] ?? '')))
    const fine = rows.length <= most && rows.every(row => row.length === C && row.every(right))
    state.tables = made
    const must = `1 to ${most} tables of ${C} ids from 0 to ${n_ids - 1}`
    if (!fine) change('tables', must, asked.tables, made.map(row => row.join('.')).join('-'))
  }
  if ('queries' in asked) {
    const given = asked.queries.split('.')
    state.queries = [0, 1].map(i => id(given[i] ?? ''))
    const fine = given.length === 2 && given.every(right), shown = state.queries.join('.')
    if (!fine) change('queries', `two ids from 0 to ${n_ids - 1}`, asked.queries, shown)
  }
}

// One intervention from a link; null where it makes no sense.
function intervention(word, { n_head }, n_layer, { V, T }, whole) {
  const kind = LETTERS[word[0]], [at, ...rest] = word.slice(1).split('.')
  const numbers = rest.map(whole), layer = whole(at) >= 1 && whole(at) <= n_layer
  const ok = {
    head: () => layer && rest.length === 1 && numbers[0] >= 1 && numbers[0] <= n_head,
    attention: () => layer && !rest.length, table: () => whole(at) < V && !rest.length,
    connection: () => layer && rest.length === 2 && numbers.every(i => i < T),
    mask: () => layer && rest.length === 1 && rest[0] in MASKS,
  }[kind]
  return ok?.() ? [kind, whole(at), ...(kind === 'mask' ? rest : numbers)] : null
}
