// The view of masks, reach and cost.
import {
  PATTERNS, countAll, maskSchedule, layout, nActive, patternsOf, reach, reachOfAll,
  relationsPattern,
} from './structure.js'
import { clamp, follow } from './state.js'
import {
  PRESETS, count, h, legend, lengthText, number, percent, positionalFormulas, presets, short,
  slider, sliders, table, times, write,
} from './elements.js'
import { maskSquare } from './square.js'
import { reachRows } from './reach.js'

const SLIDERS = [
  ['V', 'V, tables'], ['C', 'C, columns a table'], ['layer', 'layer shown'], ['n_layer', 'layers'],
  ['n_local', 'local layers'], ['n_embd', 'n_embd, width'],
]

const layers = (first, last) => {
  if (first > last) return 'no layer'
  return first === last ? `layer ${first}` : `layers ${first}\u2060–\u2060${last}`
}

// ---- Connections: two rows, of the two masks, or of the layer shown and of all layers

const GROUPED = 'queries × keys, summed over the groups of the mask'
const LOW_RANK_FORMULAS = {
  local: ({ V, m }) => `V·(C+1)² + 3 = ${V}·${m}² + 3`,
  global: ({ V }) => `(V+3)² = ${V + 3}²`,
}

const densityFormulas = (formula, active, T) => [
  `${formula} = ${number(active)} active`, `T² = ${T}² = ${number(T*T)} connections`,
  'density = active / T²',
]

const activeCells = (active, all) => [`${number(active)} / ${number(all)}`, percent(active/all)]

function showTwoMasks(rows, now, s, lowRank) {
  const { lay } = now, T2 = lay.T**2, n_local = Math.min(s.n_local, s.n_layer)
  const spans = { local: [1, n_local], global: [n_local + 1, s.n_layer] }
  Object.entries(spans).forEach(([name, [first, last]], i) => {
    const { active } = now[name]
    const formula = lowRank ? LOW_RANK_FORMULAS[name](lay) : GROUPED
    const current = first <= s.layer && s.layer <= last, unused = first > last
    rows[i](`${name}, ${layers(first, last)}`, activeCells(active, T2),
      densityFormulas(formula, active, lay.T), { current, unused })
  })
}

function showEachMask(rows, now, s) {
  const { T } = now.lay, { active } = now.each[s.layer - 1]
  const sum = now.each.reduce((sum, { active }) => sum + active, 0)
  rows[0](`layer ${s.layer}`, activeCells(active, T*T), densityFormulas(GROUPED, active, T),
    { current: true })
  rows[1](layers(1, s.n_layer), activeCells(sum, s.n_layer*T*T), ['the sum over all layers'])
}

// ---- Cost of one forward pass

// Layers in a row that cost the same, as [first, last, cost].
function alike(costs) {
  const out = []
  costs.forEach((cost, l) => {
    const last = out.at(-1)
    if (last && JSON.stringify(last[2]) === JSON.stringify(cost)) last[1] = l + 1
    else out.push([l + 1, l + 1, cost])
  })
  return out
}

function layerLine([first, last, { tokens, queries, pairs, empty }]) {
  const parts = [count(tokens, 'token'), count(queries, 'query', 'queries'), count(pairs, 'pair')]
  if (empty) parts.push(`${empty} empty`)
  return `${layers(first, last)}: ${parts.join(', ')}`
}

function pairsSum(walk) {
  const term = ([first, last, { pairs }]) =>
    first === last ? number(pairs) : `${last - first + 1}·${number(pairs)}`
  return walk.map(term).join(' + ')
}

function showCost(rows, now, { n_layer, n_embd }, n_dims) {
  const { lay, costs, positional, dense, structured } = now
  const d = n_embd, T = lay.T, walk = alike(costs)
  const share = what => structured[what]/dense[what]
  const compared = what => [short(dense[what]), short(structured[what]), percent(share(what))]
  const ratio = what => structured[what]
    ? `count ratio: dense / structured = ${times(1/share(what))}`
    : 'count ratio: nothing is left to divide by'
  const remain = positional.shared/positional.standard
  rows[0]('positional parameters', [
    `${number(positional.standard)}\nstandard`, `${number(positional.shared)}\nshared`,
    percent(remain),
  ], positionalFormulas(lay, d, positional), { share: remain })
  rows[1]('attention, multiply–\u2060adds', compared('attention'), [
    `dense: n_layer·2·T²·n_embd = ${n_layer}·2·${T}²·${d} = ${number(dense.attention)}`,
    `structured: 2·n_embd·pairs = 2·${d}·(${pairsSum(walk)}) = ${number(structured.attention)}`,
    ratio('attention'),
  ], { share: share('attention') })
  rows[2]('all multiply–\u2060adds', compared('total'), [
    'dense: T·n_dims·d + n_layer·(12·T·d² + 2·T²·d) + d = '
    + `${number(dense.total)}, with d = n_embd = ${d} and n_dims = ${n_dims}`,
    'structured: tokens·n_dims·d + Σ (d²·(9·queries + 3·tokens − empty) + 2·d·pairs) + d'
    + ` = ${number(structured.total)}, over the layers that query 2 needs:`,
    ...walk.map(layerLine), ratio('total'),
  ], { share: share('total') })
}

// ---- The view

// Masks are made anew only when something that they depend on has moved.
function remembered(patterns) {
  let key, schedule
  return ({ V, C, n_layer, n_local }) => {
    const now = [V, C, n_layer, n_local].join()
    if (now !== key) schedule = maskSchedule(patterns, layout(V, C), n_layer, n_local)
    key = now
    return schedule
  }
}

function showsButtons(move) {
  const button = (shows, text) =>
    h('button', { type: 'button', onclick: () => move({ shows }) }, text)
  const buttons = { mask: button('mask', 'mask'), reach: button('reach', 'reach') }
  const show = shows => {
    for (const [name, made] of Object.entries(buttons))
      made.setAttribute('aria-pressed', name === shows)
  }
  const props = { class: 'shows', role: 'group', 'aria-label': 'What the square shows' }
  return { element: h('div', props, ...Object.values(buttons)), show }
}

const KEYS = 'Arrow keys move over the cells, Enter locks a query, Escape unlocks.'

const fixedText = ({ C, n_layer }) =>
  `C=${C} and ${count(n_layer, 'layer')}: fixed by the relations`

async function maskView({ page, move }) {
  const { colors, limits, n_dims, relations } = page
  const byRelations = Boolean(relations)
  const patterns = byRelations ? relations.map(relationsPattern) : await patternsOf(page.patterns)
  const scheduleOf = remembered(patterns)

  const names = SLIDERS.filter(([name]) => page.names.includes(name))
  const controls = names.map(([name, text]) => slider(name, text, move))
  const choices = byRelations ? [2, 5, 20, 64].map(V => [`V=${V}`, { V }]) : PRESETS
  const preset = presets(choices, move), shows = showsButtons(move)
  const rowNames = byRelations ? ['shown', 'all'] : ['local', 'global']
  const connections = table('connections', ['active', 'density'], rowNames)
  const cost = table('one forward pass', ['dense', 'structured', 'remain'],
    ['positional', 'attention', 'total'])
  const title = h('h3'), line = name => h('p', { class: name })
  const length = line('length'), counted = line('counted')
  const lock = token => move({ token })
  const square = maskSquare({ colors, lock })
  const reached = reachRows({ colors, lock, showLayer: layer => move({ layer }) })

  const absent = h('span', {}, h('i', { class: 'absent' }), 'masked')
  const head = h('div', { class: 'bar' }, title, shows.element)
  const section = (name, ...children) => h('section', { class: name }, ...children)
  const fixed = byRelations ? [h('p', { class: 'length' }, fixedText(page.fixed))] : []
  const element = [h('div', { class: 'areas' },
    section('mask', head, counted, legend(colors, absent), square.plot, square.readout),
    section('controls', preset.element, length, sliders(controls), ...fixed),
    section('reach', ...reached.element),
    section('numbers', connections.element, cost.element))]

  let now, pairs
  function paint(s) {
    const kind = l => byRelations ? 'from its relations' : l <= s.n_local ? 'local' : 'global'
    const schedule = scheduleOf(s), token = s.token
    now = countAll(s, n_dims, patterns, schedule)
    const { lay } = now, ofAll = s.shows === 'reach'
    const mask = ofAll ? reachOfAll(schedule.slice(0, s.layer), lay.T) : schedule[s.layer - 1]
    pairs = nActive(mask)

    const spoken = `${s.layer} of ${s.n_layer}, ${kind(s.layer)}`
    for (const { name, show } of controls)
      show(s[name], limits[name] ?? [1, s.n_layer, 1], name === 'layer' ? spoken : undefined)
    preset.show(s)
    shows.show(s.shows)
    write(title, ofAll ? `Reach after layer ${s.layer} of ${s.n_layer}` : `Mask of layer ${spoken}`)
    write(counted, `${number(pairs)} of ${number(lay.T**2)} `
      + `${ofAll ? 'pairs of output and input' : 'connections active'}, ${percent(pairs/lay.T**2)}`)
    write(length, lengthText(lay))
    if (byRelations) showEachMask(connections.rows, now, s)
    else showTwoMasks(connections.rows, now, s, patterns === PATTERNS)
    showCost(cost.rows, now, s, n_dims)

    const sets = reach(schedule, lay.T, token ?? lay.T - 1)
    const told = `${title.textContent}: ${counted.textContent}. ${KEYS}`
    square.show({ lay, mask, token, reached: sets[s.layer], shows: s.shows }, told)
    const lines = schedule.map((_, l) => [`${l + 1}`, byRelations ? '' : kind(l + 1)])
    reached.show({ lay, sets, token }, s.layer, [['input', ''], ...lines])
  }

  function announcement() {
    const { lay, structured, dense } = now
    return `${number(lay.T)} tokens. ${title.textContent}: ${counted.textContent}. Structured `
      + `${short(structured.total)} multiply–adds of ${short(dense.total)}. ${reached.sentence()}`
  }

  const measured = [...square.measured, ...reached.measured]
  return { element, paint, announcement, measured }
}

export const mask = { make: maskView, clamp, follow }
