// model.js and database.js against torch. Run: node --test tests/model.test.mjs
// (PYTHON names the interpreter that has lowrank_nb)
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'
import assert from 'node:assert/strict'
import { Model, groupsOf, half, readSafetensors, rowsOf } from '../lowrank_nb/static/model.js'
import * as database from '../lowrank_nb/static/database.js'

const folder = mkdtempSync(join(tmpdir(), 'lowrank-'))
after(() => rmSync(folder, { recursive: true }))
const values_py = fileURLToPath(new URL('model_values.py', import.meta.url))
const made = spawnSync(process.env.PYTHON ?? 'python', [values_py, folder], { encoding: 'utf8' })
assert.equal(made.status, 0, made.stderr || String(made.error))

const bytes = name => new Uint8Array(readFileSync(join(folder, name)))
const cases = JSON.parse(new TextDecoder().decode(bytes('cases.json')))
const expected = readSafetensors(bytes('values.safetensors')).tensors

const subjects = new Map()
function subjectOf(name) {
  if (!subjects.has(name)) {
    const { tensors, metadata } = readSafetensors(bytes(`${name}.safetensors`))
    const config = JSON.parse(metadata.lowrank), model = new Model(tensors, config.n_head)
    subjects.set(name, { config, model, plan: database.planner(config) })
  }
  return subjects.get(name)
}

function answer({ config, model, plan }, state) {
  const { ids, places } = database.tokensOf(config, state)
  const steps = plan(state)
  assert.equal(steps.length, config.masks.length - 1 + state.loops)
  return model.run(ids, places, steps, database.hubsOf(database.layoutOf(state)))
}

const farthest = (a, b) => {
  let far = 0
  for (let i = 0; i < a.length; i++) far = Math.max(far, Math.abs(a[i] - b[i]))
  return far
}

test(`${cases.length} questions: read-outs after every layer, and attention`, () => {
  let logit = 0, weight = 0
  const seen = new Set()
  cases.forEach((state, i) => {
    const subject = subjectOf(state.model), layers = answer(subject, state)
    const { T } = subject.model, hubs = database.hubsOf(database.layoutOf(state))
    const logits = expected[`${i}.logits`], at = JSON.stringify(state)
    assert.deepEqual(logits.shape, [layers.length, T], at)
    layers.forEach((layer, l) => {
      const far = farthest(hubs.map(t => layer.logits[t]), hubs.map(t => logits.data[l*T + t]))
      assert.ok(far < 1e-3, `layer ${l + 1}: logits differ by ${far} in ${at}`)
      logit = Math.max(logit, far)
    })
    const far = farthest(layers[state.layer - 1].attention, expected[`${i}.attention`].data)
    assert.ok(far < 1e-4, `attention differs by ${far} in ${at}`)
    weight = Math.max(weight, far)
    for (const [kind] of state.interventions) seen.add(kind)
    seen.add(`V=${state.tables.length}`)
    if (state.queries.some(id => !state.tables.flat().includes(id))) seen.add('absent id')
    if (state.queries[0] === state.queries[1]) seen.add('one id twice')
  })
  for (const edge of ['V=1', 'V=16', 'absent id', 'one id twice', 'head', 'attention', 'table',
    'connection', 'mask']) assert.ok(seen.has(edge), `${edge} was not tried`)
  console.log(`largest differences: logits ${logit.toExponential(1)}, attention `
    + weight.toExponential(1))
})

const copy = layers => layers.map(({ logits, attention }) => [logits.slice(), attention.slice()])

test('what an edit leaves untouched is not computed again, and every bit is that of a full pass',
  () => {
    const { below } = database.generator(1)
    for (const name of ['untied', 'looped', 'learned']) {
      const subject = subjectOf(name), { config, model } = subject, { C, n_ids, n_head } = config
      const tables = Array.from({ length: 5 }, () => Array.from({ length: C }, () => below(n_ids)))
      let state = { tables, queries: [0, 1], loops: 2, interventions: [] }
      model.reset(0)
      for (let i = 0; i < 120; i++) {
        const kind = below(10)
        state = structuredClone(state)
        const n_layer = database.layerCount(config, state), layer = 1 + below(n_layer)
        if (kind < 4) state.tables[below(5)][below(C)] = below(n_ids)
        else if (kind === 4) state.queries[below(2)] = below(n_ids)
        else if (kind === 5) state.loops = config.loops ? 1 + below(5) : 1
        else if (kind === 6) state.interventions = []
        else state.interventions.push([
          ['head', layer, 1 + below(n_head)], ['table', below(5)],
          ['mask', layer, ['block', 'hub', 'full', 'empty'][below(4)]],
        ][kind - 7])
        const incremental = copy(answer(subject, state)), few = model.computed
        model.reset(0)
        const full = copy(answer(subject, state)), all = model.computed
        assert.deepEqual(incremental, full, `${name}, edit ${i}: ${JSON.stringify(state)}`)
        assert.ok(few <= all)
      }
    }
  })

test('an edit of one column computes one block of the local layers, and the hub after them', () => {
  const subject = subjectOf('untied'), { model } = subject, V = 6   // 2 local layers, 3 global
  const tables = Array.from({ length: V }, (_, v) => [v, v + 1, v])
  const state = { tables, queries: [0, 3], loops: 1, interventions: [] }
  model.reset(0)
  answer(subject, state)
  assert.equal(model.computed, 2*(4*V + 3) + 3*(V + 3))
  const edited = structuredClone(state)
  edited.tables[2][1] = 11
  answer(subject, edited)
  // its token, its block, its summary, and in the last two layers all hubs
  assert.equal(model.computed, 1 + 4 + 1 + 2*(V + 3))
  answer(subject, edited)
  assert.equal(model.computed, 0)
})

test('half precision: the edges, and in between ever larger', () => {
  assert.deepEqual([0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00].map(half),
    [1, -2, 65504, 2**-24, -0, Infinity])
  assert.ok(Number.isNaN(half(0x7e00)))
  for (let bits = 1; bits < 0x7c00; bits++) assert.ok(half(bits) > half(bits - 1))
})

test('groups of a mask and its rows say the same', () => {
  const { below } = database.generator(2)
  for (let i = 0; i < 50; i++) {
    const T = 1 + below(9), row = () => Uint8Array.from({ length: T }, () => below(2))
    const rows = Array.from({ length: T }, row)
    assert.deepEqual(rowsOf(groupsOf(rows.map(row => [...row])), T), rows)
  }
})
