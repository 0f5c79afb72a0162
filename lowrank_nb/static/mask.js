// The view of masks, reach and cost.
import { PATTERNS, figures, nActive, patternsOf, reach, relationsPattern } from './structure.js'
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
  return first === last ? `layer ${first}` : `layers ${first}–${last}`
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

function showTwoMasks(rows, now, s, n_local, lowRank) {
  const { lay } = now, T2 = lay.T**2
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
  const share = what => ({ share: structured[what]/dense[what] })
  const compared = what => {
    const ratio = structured[what] ? times(dense[what]/structured[what]) : 'all'
    return [short(dense[what]), short(structured[what]), ratio]
  }
  rows[0]('positional parameters', [
    `${number(positional.standard)}\nstandard`, `${number(positional.shared)}\nshared`,
    percent(positional.saving),
  ], positionalFormulas(lay, d, positional), { share: 1 - positional.saving })
  rows[1]('attention, multiply–\u2060adds', compared('attention'), [
    `dense: n_layer·2·T²·n_embd = ${n_layer}·2·${T}²·${d} = ${number(dense.attention)}`,
    `structured: 2·n_embd·pairs = 2·${d}·(${pairsSum(walk)}) = ${number(structured.attention)}`,
  ], share('attention'))
  rows[2]('all multiply–\u2060adds', compared('total'), [
    'dense: T·n_dims·d + n_layer·(12·T·d² + 2·T²·d) + d = '
    + `${number(dense.total)}, with d = n_embd = ${d} and n_dims = ${n_dims}`,
    'structured: tokens·n_dims·d + Σ (d²·(10·queries + 2·tokens − empty) + 2·d·pairs) + d'
    + ` = ${number(structured.total)}, over the layers that query 2 needs:`,
    ...walk.map(layerLine),
  ], share('total'))
}

// ---- The view

async function maskView({ page, move }) {
  const { colors, limits, n_dims, relations } = page
  const byRelations = Boolean(relations)
  const patterns = byRelations ? relations.map(relationsPattern) : await patternsOf(page.patterns)

  const names = SLIDERS.filter(([name]) => page.names.includes(name))
  const controls = names.map(([name, text]) => slider(name, text, move))
  const choices = byRelations ? [2, 5, 20, 64].map(V => [`V=${V}`, { V }]) : PRESETS
  const preset = presets(choices, move)
  const rowNames = byRelations ? ['shown', 'all'] : ['local', 'global']
  const connections = table('connections', ['active', 'density'], rowNames)
  const cost = table('one forward pass', ['dense', 'structured', 'fewer'],
    ['positional', 'attention', 'total'])
  const title = h('h3'), length = h('p', { class: 'length' })
  const lock = token => move({ token })
  const square = maskSquare({ colors, lock })
  const reached = reachRows({ colors, lock, showLayer: layer => move({ layer }) })

  const absent = h('span', {}, h('i', { class: 'absent' }), 'masked')
  const seen = [title, length, legend(colors, absent), square.plot, square.readout]
  const side = [preset.element, sliders(controls)]
  if (byRelations) side.push(h('p', { class: 'length' }, fixedText(page.fixed)))
  side.push(connections.element, cost.element)
  const element = [
    h('div', { class: 'columns' },
      h('section', { class: 'mask' }, ...seen), h('section', { class: 'side' }, ...side)),
    reached.element,
  ]

  let now
  function paint(s) {
    const n_local = Math.min(s.n_local, s.n_layer)
    const kind = l => byRelations ? 'from its relations' : l <= n_local ? 'local' : 'global'
    now = figures(s, n_dims, patterns)
    const { lay, schedule } = now, mask = schedule[s.layer - 1], token = s.token
    const active = nActive(mask)

    const spoken = `${s.layer} of ${s.n_layer}, ${kind(s.layer)}`
    for (const { name, show } of controls)
      show(s[name], limits[name] ?? [1, s.n_layer, 1], name === 'layer' ? spoken : undefined)
    preset.show(s)
    write(title, `Mask of layer ${spoken}`)
    write(length, lengthText(lay))
    if (byRelations) showEachMask(connections.rows, now, s)
    else showTwoMasks(connections.rows, now, s, n_local, patterns === PATTERNS)
    showCost(cost.rows, now, s, n_dims)
    square.show({ lay, mask, token },
      `${title.textContent}: ${number(active)} of ${number(lay.T**2)} connections active. `
      + 'Arrow keys move over the cells, Enter locks a query, Escape unlocks.')
    const lines = schedule.map((_, l) => byRelations ? `layer ${l + 1}` : `${l + 1} ${kind(l + 1)}`)
    const sets = reach(schedule, lay.T, token ?? lay.T - 1)
    reached.show({ lay, sets, token }, s.layer, ['input', ...lines])
  }

  function announcement(s) {
    const { lay, schedule, structured, dense } = now
    const active = nActive(schedule[s.layer - 1])
    return `${number(lay.T)} tokens. Layer ${s.layer} of ${s.n_layer}: ${number(active)} of `
      + `${number(lay.T**2)} connections active, ${percent(active/lay.T**2)}. Structured `
      + `${short(structured.total)} multiply–adds of ${short(dense.total)}. ${reached.sentence()}`
  }

  const measured = [...square.measured, ...reached.measured]
  return { element, paint, announcement, measured }
}

const fixedText = ({ C, n_layer }) =>
  `C=${C} and ${count(n_layer, 'layer')}: fixed by the relations`

export const mask = { make: maskView, clamp, follow }
