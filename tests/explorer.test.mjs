// The explorers' modules against the package, and what only the browser does.
// Run: node --test tests/explorer.test.mjs  (PYTHON names the interpreter that has lowrank_nb)
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { clampDatabase } from '../lowrank_nb/static/database.js'
import { coverage } from '../lowrank_nb/static/cover.js'
import * as links from '../lowrank_nb/static/state.js'
import * as structure from '../lowrank_nb/static/structure.js'

const here = name => fileURLToPath(new URL(name, import.meta.url))

// ---- States: a grid with the edges of V and C, and relations of every density

const grid = []
const add = state => grid.push(state)
const DEPTHS = [[1, 0], [1, 1], [2, 0], [2, 2], [3, 2], [5, 1], [4, 24], [12, 2]]
for (const V of [1, 2, 3, 5, 8, 20, 64]) for (const C of [0, 1, 2, 3, 7])
  for (const [n_layer, n_local] of DEPTHS) add({ V, C, n_layer, n_local, n_embd: 8 })
for (const C of [15, 31])
  for (const V of [1, 33]) add({ V, C, n_layer: 3, n_local: 1, n_embd: 256 })
add({ V: 64, C: 31, n_layer: 3, n_local: 2, n_embd: 1024 })
add({ V: 20, C: 3, n_layer: 24, n_local: 2, n_embd: 256 })
for (const state of grid) {
  const { T } = structure.layout(state.V, state.C)
  state.tokens = [0, Math.floor(T/2), state.C, T - 3, T - 1]
}

// From a generator that is the same in every run.
let random = 1
function coin(p) {
  random = (random*48271) % 2147483647
  return random/2147483647 < p ? '1' : '0'
}
const randomRelations = (C, p) => Array.from({ length: (C + 1)**2 + 25 }, () => coin(p)).join('')

const related = []
for (const V of [1, 2, 3, 4, 7, 20]) for (const C of [0, 1, 2, 3])
  for (const p of [0, .05, .2, .5, .8, 1]) {
    const { T } = structure.layout(V, C), relations = [1, 2, 3].map(() => randomRelations(C, p))
    const tokens = [0, Math.floor(T/2), T - 1]
    related.push({ V, C, n_layer: 3, n_local: 0, n_embd: 8, relations, tokens })
  }

// ---- Help

function fromPackage(states) {
  const options = { input: JSON.stringify(states), maxBuffer: 2**30, encoding: 'utf8' }
  const run = spawnSync(process.env.PYTHON ?? 'python', [here('package_values.py')], options)
  assert.equal(run.status, 0, run.stderr || String(run.error))
  return JSON.parse(run.stdout)
}

// Flags packed as numpy.packbits has them: the first flag is the highest bit.
function bits(flags) {
  const bytes = new Uint8Array(Math.ceil(flags.length/8))
  flags.forEach((flag, i) => { if (flag) bytes[i >> 3] |= 128 >> (i & 7) })
  return Buffer.from(bytes).toString('base64')
}

function dense(mask, T) {
  const flags = new Uint8Array(T*T)
  for (const { queries, keys } of mask)
    for (const q of queries) for (const k of keys) flags[q*T + k] += 1
  assert.ok(flags.every(times => times <= 1), 'a connection is in two groups')
  return flags
}

const close = (a, b) =>
  assert.ok(Math.abs(a - b) < 1e-4*Math.max(b, 1e-3), `${a}, not ${b}`)

const shared = f => ({
  T: f.lay.T, positional: [f.positional.standard, f.positional.shared], saving: f.positional.saving,
  dense: [f.dense.attention, f.dense.total],
  structured: [f.structured.attention, f.structured.total],
})

function checkReach(state, f, reach, at) {
  state.tokens.forEach((token, i) => {
    const sets = structure.reach(f.schedule, f.lay.T, token)
    assert.ok(bits(sets.flatMap(set => [...set])) === reach[i], `token ${token} of ${at}`)
  })
}

function checkQueries(mask, at) {
  const queries = mask.flatMap(group => group.queries)
  assert.equal(new Set(queries).size, queries.length, at)
}

const expected = fromPackage(grid)
const each = check => grid.forEach((state, i) =>
  check(state, expected[i], structure.countAll(state, 5), JSON.stringify(state)))

// ---- The structure against the package

test(`every number, ${grid.length} states`, () => each((state, { counts }, f, at) => {
  const two = [f.local, f.global]
  const own = { active: two.map(x => x.active), density: two.map(x => x.density) }
  assert.deepEqual({ ...shared(f), ...own }, counts, at)
}))

const TITLE = 'positional embeddings between shared and standard'

test(TITLE, () => each((state, { between }, f, at) => {
  assert.deepEqual(structure.between(f.lay, state.n_embd), between, at)
}))

test('every cell of every mask', () => each((state, { masks }, f, at) => {
  const seen = new Map()
  f.schedule.forEach((mask, l) => {
    if (!seen.has(mask)) seen.set(mask, bits(dense(mask, f.lay.T)))
    assert.ok(seen.get(mask) === masks[l], `layer ${l + 1} of ${at}`)
  })
}))

test('a query is in at most one group of a mask', () => each((state, _, f, at) => {
  for (const mask of new Set(f.schedule)) checkQueries(mask, at)
}))

test('reach of five tokens after every layer', () => each((state, { reach }, f, at) => {
  checkReach(state, f, reach, at)
}))

test('the reach of all tokens at once is the reach of each', () => each((state, _, f, at) => {
  const { T } = f.lay
  if (T > 100) return
  const each = structure.range(0, T).map(token => structure.reach(f.schedule, T, token))
  for (const l of [0, 1, state.n_layer]) {
    const all = dense(structure.reachOfAll(f.schedule.slice(0, l), T), T)
    each.forEach((sets, token) => {
      const row = all.subarray(token*T, (token + 1)*T)
      assert.deepEqual([...row], [...sets[l]], `token ${token} after layer ${l} of ${at}`)
    })
  }
}))

test(`masks from relations, ${related.length} states: numbers, cells, reach`, () => {
  let masked = 0
  fromPackage(related).forEach(({ counts, masks, reach }, i) => {
    const state = related[i], at = JSON.stringify(state)
    const f = structure.countAll(state, 5, state.relations.map(structure.relationsPattern))
    const own = { active: f.each.map(x => x.active), density: f.each.map(x => x.density) }
    assert.deepEqual({ ...shared(f), ...own }, counts, at)
    f.schedule.forEach((mask, l) => {
      assert.ok(bits(dense(mask, f.lay.T)) === masks[l], `layer ${l + 1} of ${at}`)
      checkQueries(mask, at)
      masked += f.costs[l].pairs > structure.nActive(mask)
    })
    checkReach(state, f, reach, at)
  })
  assert.ok(masked > 20, `only ${masked} layers run as one masked attention`)
})

test('role and label of every token', () => each((state, { names }, f, at) => {
  const mine = structure.range(0, f.lay.T)
    .map(i => [structure.role(f.lay, i), structure.label(f.lay, i)])
  assert.deepEqual(mine, names, at)
}))

// ---- Drawing

const ROLES = ['block', 'summary', 'tail']

test('a square of pixels is as dark as its mask is dense, role by role', () => {
  for (const [V, C] of [[1, 0], [5, 3], [59, 3], [20, 31], [64, 31]])
    for (const pixels of [7, 100, 283]) for (const pattern of [structure.local, structure.hub]) {
      const lay = structure.layout(V, C), mask = pattern(lay), expected = [0, 0, 0]
      for (const { queries, keys } of mask) for (const k of keys)
        expected[ROLES.indexOf(structure.role(lay, k))] += queries.length
      const ink = coverage(lay, mask, pixels), found = [0, 0, 0]
      ink.forEach((x, i) => { found[i % 3] += x })
      found.forEach((x, i) => close(x/pixels**2, expected[i]/lay.T**2))
      for (let p = 0; p < ink.length; p += 3)
        assert.ok(ink[p] + ink[p + 1] + ink[p + 2] < 1.001)
    }
})

// ---- Links

const LIMITS = {
  V: [1, 64, 1], C: [0, 31, 1], n_layer: [1, 24, 1], n_local: [0, 24, 1], n_embd: [8, 1024, 8],
  shows: ['mask', 'reach'],
}
const FIRST = {
  V: 20, C: 3, n_layer: 12, n_local: 2, n_embd: 256, layer: 1, token: null, shows: 'mask',
}

test('a link within the ranges is taken as it is', () => {
  const asked = {
    V: '8', C: '0', n_layer: '4', n_embd: '64', layer: '4', token: '10', shows: 'reach',
  }
  const state = {
    V: 8, C: 0, n_layer: 4, n_local: 2, n_embd: 64, layer: 4, token: 10, shows: 'reach',
  }
  assert.deepEqual(links.clamp(asked, FIRST, LIMITS), { state, notes: [] })
})

test('a link outside the ranges is clamped and says so', () => {
  for (const [asked, shown, note] of [
    [{ V: '99' }, { V: 64 }, 'V must be an integer from 1 to 64, got 99: shown with V=64'],
    [{ V: '0' }, { V: 1 }, 'V must be an integer from 1 to 64, got 0: shown with V=1'],
    [{ C: '-1e9' }, { C: 0 }, 'C must be an integer from 0 to 31, got -1e9: shown with C=0'],
    [{ C: 'abc' }, {}, 'C must be an integer from 0 to 31, got abc: shown with C=3'],
    [{ C: '' }, {}, 'C must be an integer from 0 to 31, got nothing: shown with C=3'],
    [{ V: '2.5' }, { V: 3 }, 'V must be an integer from 1 to 64, got 2.5: shown with V=3'],
    [{ V: 'Infinity' }, { V: 64 },
      'V must be an integer from 1 to 64, got Infinity: shown with V=64'],
    [{ n_embd: '100' }, { n_embd: 104 },
      'n_embd must be a multiple of 8 from 8 to 1024, got 100: shown with n_embd=104'],
    [{ layer: '13' }, { layer: 12 },
      'layer must be an integer from 1 to 12, got 13: shown with layer=12'],
    [{ token: '83' }, { token: 82 },
      'token must be an integer from 0 to 82, got 83: shown with token=82'],
    [{ token: 'x' }, {}, 'token must be an integer from 0 to 82, got x: shown with token=none'],
    [{ shows: 'x' }, {}, 'shows must be mask or reach, got x: shown with shows=mask'],
  ]) {
    const state = { ...FIRST, ...shown }
    assert.deepEqual(links.clamp(asked, FIRST, LIMITS), { state, notes: [note] })
  }
})

test('a link to masks from relations moves V and leaves what the relations fix', () => {
  const initial = { C: 3, n_layer: 5, n_local: 0, V: 20, n_embd: 256, layer: 1, token: null }
  const asked = { V: '8', C: '7', n_layer: '9', layer: '5' }
  const limits = { V: LIMITS.V, n_embd: LIMITS.n_embd }
  const state = { ...initial, V: 8, layer: 5 }
  assert.deepEqual(links.clamp(asked, initial, limits), { state, notes: [] })
})

test('an address is about the first explorer of a page unless it says which', () => {
  const names = Object.keys(FIRST)
  assert.deepEqual(links.asked('#V=8&C=3', 1, names), { V: '8', C: '3' })
  assert.equal(links.asked('#V=8&C=3', 2, names), null)
  assert.deepEqual(links.asked('#view=2&V=8', 2, names), { view: '2', V: '8' })
  for (const other of ['', '#the-masks', '#view=1'])
    assert.equal(links.asked(other, 1, names), null)
})

test('an address and the state that it is of are one', () => {
  const state = { ...FIRST, V: 7, shows: 'reach' }, { token, ...there } = state
  const given = links.asked(links.addressOf(state, 2), 2, Object.keys(state))
  assert.deepEqual(links.clamp(given, FIRST, LIMITS), { state: { ...there, token }, notes: [] })
})

test('a locked token keeps its name when V or C move; the layer stays in the model', () => {
  const name = ({ V, C, token }) => structure.label(structure.layout(V, C), token)
  const state = { ...FIRST, token: 14, layer: 12 }
  assert.equal(name(state), 'table 3 · column 2')
  assert.equal(name(links.follow(state, { V: 5, C: 7 })), 'table 3 · column 2')
  assert.equal(name(links.follow(state, { V: 2, C: 1 })), 'table 1 · column 1')
  assert.equal(name(links.follow({ ...state, token: 80 }, { V: 1, C: 0 })), 'separator')
  assert.equal(links.follow(state, { n_layer: 4 }).layer, 4)
  assert.equal(links.follow(state, { V: 1, token: null }).token, null)
})

test('a link quotes what is long in brief; with more loops the last layer stays the last', () => {
  const limits = { C: 3, n_ids: 12, most: 16, n_layer: 3, n_head: 4, loops: [1, 16] }
  const first = {
    tables: [[0, 1, 1]], queries: [0, 1], layer: 8, head: 0, loops: 6, token: null,
    interventions: [],
  }
  const layer = asked => clampDatabase(asked, first, limits).state.layer
  assert.equal(layer({ loops: '16' }), 18)
  assert.equal(layer({ loops: '16', layer: '8' }), 8)
  assert.equal(layer({ loops: '2' }), 4)
  const long = '9'.repeat(60), quoted = `got ${'9'.repeat(59)}…: shown with`
  const notes = (name, given) => clampDatabase({ [name]: given }, first, limits).notes[0]
  assert.match(notes('queries', long), new RegExp(`got ${long}: shown`))
  for (const name of ['tables', 'queries', 'layer', 'interventions'])
    assert.ok(notes(name, `${long}9`).includes(quoted), notes(name, `${long}9`))
  assert.ok(links.clamp({ V: `${long}9` }, FIRST, LIMITS).notes[0].includes(quoted))
})
