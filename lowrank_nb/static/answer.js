// Ask the model: a database, a question, the answer, and what happens inside.
import { Model, readSafetensors } from './model.js'
import {
  followDatabase, generator, hubsOf, layoutOf, planner, questions, tokensOf, truth,
  without,
} from './database.js'
import { h, write } from './elements.js'
import { arcLayer } from './arcs.js'
import { box } from './draw.js'
import { cardGrid } from './cards.js'
import { tableGraph } from './graph.js'
import { insideView, interventionList, toggled } from './inside.js'
import { palette } from './palette.js'

const sigmoid = logit => 1/(1 + Math.exp(-logit))
const yes = answer => answer ? 'yes' : 'no'
const share = p => `${(100*p).toFixed(1)}%`

// ---- What the model says of a state

function runner(config, tensors) {
  const make = () => {
    const model = new Model(tensors, config.n_head), steps = planner(config)
    return state => {
      const { ids, places } = tokensOf(config, state), lay = layoutOf(state)
      const taken = steps(state)
      return { steps: taken, layers: model.run(ids, places, taken, hubsOf(lay)), model }
    }
  }
  const shown = make(), untouched = make(), tried = make()
  const answer = run => sigmoid(run.layers.at(-1).logits.at(-1))

  function look(state) {
    const start = performance.now(), { steps, layers, model } = shown(state)
    const took = performance.now() - start, lay = layoutOf(state), { T } = lay, { d } = model
    const summary = v => v*lay.m + lay.C, { attention } = layers[state.layer - 1]
    const heads = state.head ? [state.head - 1] : Array.from(Array(config.n_head).keys())
    const weight = (q, k) =>
      heads.reduce((sum, head) => sum + attention[(head*T + q)*T + k], 0)/heads.length
    const beliefAt = config.tables ? (l, v) => sigmoid(layers[l].logits[summary(v)]) : null
    const probability = l => sigmoid(layers[l].logits[T - 1]), { n_dims } = config
    return {
      lay, steps, weight, beliefAt, took, d, n_dims, truth: truth(state), probability,
      n_layer: layers.length, logit: layers.at(-1).logits[T - 1], p: answer({ layers }),
      beliefs: beliefAt && state.tables.map((_, v) => beliefAt(state.layer - 1, v)),
      word: `after layer ${state.layer}`,
    }
  }
  return {
    look, untouched: state => answer(untouched({ ...state, interventions: [] })),
    isWrong: state => answer(tried(state)) > .5 !== truth(state).connected,
  }
}

// ---- The answer beside the truth

const JOINS = joins => joins === 0 ? 'in one table' : joins === 1 ? 'one join' : `${joins} joins`

function truthText({ connected, joins, rules }) {
  if (connected) return `yes, ${JOINS(joins)}`
  return rules['both present'] ? 'no' : 'no, an id is in no table'
}

function verdict(list) {
  const asked = h('p', { class: 'question-text' })
  const model = h('b'), sure = h('span', { class: 'sure' })
  const bar = h('span', { class: 'bar-fill' }), fact = h('b')
  const mark = h('span', { class: 'mark-text' })
  const rules = h('p', { class: 'rules' }), score = h('span', { class: 'score' })
  const seen = new Set()
  let right = 0
  const element = h('div', { class: 'verdict' }, asked,
    h('p', { class: 'said-by' }, 'the model says ', model,
      h('span', { class: 'gauge' }, bar), sure),
    h('p', { class: 'said-by' }, 'the truth is ', fact, mark), score, rules, list.element)

  function count(state, fine) {
    const name = JSON.stringify([state.tables, state.queries])
    if (seen.has(name) || state.interventions.length) return
    seen.add(name)
    right += fine
    write(score, `asked ${seen.size}, right ${right}`)
  }

  function show(state, { p, logit, truth, lay, took }, before) {
    const [first, second] = state.queries, says = p > .5, fine = says === truth.connected
    write(asked, `Is ${first} connected with ${second}?`)
    write(model, yes(says))
    write(sure, share(p))
    bar.style.setProperty('--share', p.toFixed(4))
    write(fact, truthText(truth))
    write(mark, fine ? '✓ right' : '✗ wrong')
    element.classList.toggle('wrong', !fine)
    Object.assign(element.dataset, { logit, took: took.toFixed(2) })
    const said = Object.entries(truth.rules).map(([rule, answer]) =>
      `${rule}:\u00a0${yes(answer)}\u00a0${answer === truth.connected ? '✓' : '✗'}`)
    write(rules, `simple rules say  ${said.join('   ')}`)
    count(state, fine)
    list.show(state, lay, before === null ? '' : share(before))
  }
  return { element, show }
}

// ---- Presets, the search for a mistake, the link

const SEARCH = 3000   // milliseconds

function presetBar({ config, change, state, isWrong }) {
  const source = generator(1), told = h('span', { class: 'readout', role: 'status' })
  const all = questions(config), random = all.at(-1)[1]
  const set = ({ tables, queries }) => {
    write(told, '')
    change({ tables, queries, token: null, interventions: [] })
  }
  const buttons = all.map(([name, draw]) => h('button', {
    type: 'button', onclick: () => set(draw(source, Math.max(2, state().tables.length))),
  }, name))
  const search = h('button', { type: 'button', onclick: look }, 'one the model gets wrong')
  const share = h('button', { type: 'button', class: 'share', onclick: copy }, 'copy link')

  // Not `disabled`: that would take the focus away.
  const searching = on => search.setAttribute('aria-disabled', on)

  // In pieces of a few milliseconds, so that the page stays alive.
  function look() {
    if (search.getAttribute('aria-disabled') === 'true') return
    const until = performance.now() + SEARCH
    let tried = 0
    searching(true)
    const piece = () => {
      const pause = performance.now() + 12
      while (performance.now() < pause) {
        const [, draw] = all[source.below(all.length)]
        const found = draw(source, 2 + source.below(Math.min(12, config.most) - 1))
        tried++
        if (!isWrong({ ...state(), ...found, interventions: [] })) continue
        searching(false)
        set(found)
        return write(told, `found after ${tried} questions`)
      }
      write(told, `${tried} questions asked …`)
      if (performance.now() < until) return setTimeout(piece)
      searching(false)
      write(told, `none found: ${tried} questions, all answered right`)
    }
    piece()
  }

  async function copy() {
    await new Promise(done => setTimeout(done, 300))   // until the address is up to date
    try {
      await navigator.clipboard.writeText(location.href)
      write(told, 'link copied')
    } catch { write(told, 'the link is in the address bar') }
  }

  const inLab = document.getElementById('jupyter-config-data')
  return h('div', { class: 'presets', role: 'group', 'aria-label': 'Questions to begin with' },
    ...buttons, search, ...inLab ? [] : [share], told)
}

// ---- All of it

const HINT_TEXT = 'Click a number to change it or to ask about it; arrow keys and digits work too, '
  + 'and so does dragging it onto the question. Point at any token to see its attention.'

export function answering({ page, model, state, move }) {
  const data = model.get('weights')
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const { tensors, metadata } = readSafetensors(bytes)
  const said = JSON.parse(metadata.lowrank), { colors, limits } = page
  const config = { ...said, ...limits, n_dims: tensors.features.shape[1], loops: limits.loops }
  if (said.loops === null) config.loops = null
  const { look, untouched, isWrong } = runner(config, tensors)
  const change = moved => move(followDatabase(state(), moved, config))
  const chooser = palette(config.n_ids)
  let pointed = null, pointing = 0, last = null

  const edit = (table, column, id) => change({
    tables: state().tables.map((row, v) => v === table ? row.with(column, id) : row),
  })
  const ask = (i, id) => change({ queries: state().queries.with(i, id) })
  const lock = token => change({ token: state().token === token ? null : token })
  const act = {
    set: edit, ask, lock,
    cut: v => change({ interventions: toggled(state().interventions, ['table', v]) }),
    remove: v => change(without(state(), v)),
    add: () => change({ tables: [...state().tables, state().tables.at(-1)] }),
    palette: (chip, id, table, i) => {
      const token = Number(chip.dataset.token)
      const set = table === null ? id => ask(i, id) : id => edit(table, i, id)
      const follow = ['follow this token', () => lock(token)]
      const queries = [0, 1].map(q => [`ask as query ${q + 1}`, () => ask(q, id)])
      const more = table === null ? [follow] : [...queries, follow]
      chooser.open(chip, id, chip.getAttribute('aria-label'), set, more)
    },
  }

  const layerName = layer => {
    const loop = layer - config.n_layer + 1
    return config.loops === null || loop < 1 ? `layer ${layer}` : `layer ${layer}, loop ${loop}`
  }
  const list = interventionList({ change, state })
  const answer = verdict(list), graph = tableGraph()
  const cards = cardGrid({ ...config, act, point }), arcs = arcLayer(cards, colors)
  const inside = insideView({ config, colors, change, state, point, layerName })
  const hint = h('p', { class: 'hint' }, HINT_TEXT)
  const wrapper = h('div', { class: 'database' },
    graph.element, cards.element, hint, chooser.element)
  const presets = presetBar({ config, change, state, isWrong })
  const element = [h('div', { class: 'ask' }, presets, answer.element,
    h('div', { class: 'halves' }, wrapper, ...inside.element))]

  // In the next frame: while cards are made anew, focus moves and some tokens are not there.
  function point(token) {
    if (pointed === token) return
    pointed = token
    pointing ||= requestAnimationFrame(() => {
      pointing = 0
      drawArcs(last.state, last.result)
    })
  }

  function drawArcs(s, { lay, weight }) {
    const token = pointed ?? s.token, last = lay.T - 1
    arcs.show(lay, Math.min(token ?? last, last), token !== null, weight,
      box(cards.element).width)
  }

  function paint(s) {
    const result = look(s), before = s.interventions.length ? untouched(s) : null
    last = { state: s, result }
    answer.show(s, result, before)
    graph.show(s, result)
    cards.show(s, result)
    inside.show(s, result)
    drawArcs(s, result)
  }

  const announcement = s => {
    const { p, truth } = last.result
    return `Is ${s.queries[0]} connected with ${s.queries[1]}? The model says ${yes(p > .5)}, `
      + `${share(p)}. The truth is ${truthText(truth)}.`
  }
  const measured = [cards.element, ...inside.measured]
  return { element, paint, announcement, measured, gone: inside.gone }
}
