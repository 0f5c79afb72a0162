// The view of positional parameters.
import { RANKS, between, layout, positional, range } from './structure.js'
import { cells, fillRuns, prepare } from './draw.js'
import { clamp } from './state.js'
import {
  PRESETS, h, legend, lengthText, number, percent, positionalFormulas, presets, slider, sliders,
  table, write,
} from './elements.js'

const SIZES = [['V', 'V, tables'], ['C', 'C, columns a table'], ['n_embd', 'n_embd, width']]

// The rows of a positional embedding at the scale of `T` rows to the full height.
function drawStack(canvas, lay, T, colors) {
  const { context, width, height, scale } = prepare(canvas)
  const placed = cells(T, height, scale)
  const fill = (y, length) => context.fillRect(0, y, width, length)
  fillRuns(context, lay, range(0, lay.T), placed, colors, fill)
}

function stack(name, colors) {
  const canvas = h('canvas', { class: 'stack', role: 'img' }), caption = h('figcaption')
  const show = (lay, T, d) => {
    write(caption, `${name}: ${number(lay.T)} rows of ${d}`)
    canvas.setAttribute('aria-label', caption.textContent)
    drawStack(canvas, lay, T, colors)
  }
  return { element: h('figure', {}, caption, canvas), canvas, show }
}

function showTwo(rows, lay, shared, d) {
  const counts = positional(lay, d)
  rows[0]('rows', [number(lay.T), number(shared.T), ''], [
    `standard: T = ${number(lay.T)}`,
    `shared: C+1 for all blocks and 3 for the tail: C+4 = ${shared.T}`])
  const share = counts.shared/counts.standard
  const parameters = [number(counts.standard), number(counts.shared), percent(share)]
  rows[1]('parameters', parameters, positionalFormulas(lay, d, counts), { share })
}

function showBetween(rows, lay, d) {
  const { V, m } = lay, { additive, factored } = between(lay, d), { standard } = positional(lay, d)
  const counted = n => [number(n), percent(n/standard)]
  rows[0]('additive', counted(additive), [
    `(V + C+1 + 3)·n_embd = ${V + m + 3}·${d} = ${number(additive)}`])
  RANKS.forEach((r, i) => {
    const n = factored[i], name = `rank ${r}`
    if (n === null) return rows[i + 1](name, ['–', ''], [`a rank is at most V = ${V}`])
    rows[i + 1](name, counted(n), [
      `r·(V + (C+1)·n_embd) + 3·n_embd = ${r}·(${V} + ${m}·${d}) + 3·${d} = ${number(n)}`])
  })
}

function countsView({ page, move }) {
  const { colors, limits } = page
  const controls = SIZES.map(([name, text]) => slider(name, text, move))
  const preset = presets(PRESETS, move), length = h('p', { class: 'length' })
  const cost = table('positions', ['standard', 'shared', 'remain'], ['rows', 'parameters'])
  const others = table('between the two', ['parameters', 'share'],
    ['additive', ...RANKS.map(r => `rank ${r}`)])
  const standard = stack('standard', colors), shared = stack('shared', colors)

  const stacks = h('div', { class: 'stacks' }, standard.element, shared.element)
  const side = [preset.element, sliders(controls), length, cost.element, others.element]
  const element = [h('div', { class: 'columns' },
    h('section', {}, legend(colors), stacks), h('section', { class: 'side' }, ...side))]

  function paint(s) {
    const lay = layout(s.V, s.C), one = layout(1, s.C), d = s.n_embd
    for (const { name, show } of controls) show(s[name], limits[name])
    preset.show(s)
    write(length, lengthText(lay))
    showTwo(cost.rows, lay, one, d)
    showBetween(others.rows, lay, d)
    standard.show(lay, lay.T, d)
    shared.show(one, lay.T, d)
  }

  function announcement({ V, C, n_embd }) {
    const lay = layout(V, C), { saving } = positional(lay, n_embd)
    return `${number(lay.T)} tokens: ${percent(saving)} of the positional parameters saved`
  }
  return { element, paint, announcement, measured: [standard.canvas, shared.canvas] }
}

export const counts = { make: countsView, clamp }
