// The inside of the model: which layer and head are shown, and what may be switched off.
import { MASKS, chosen, interventionText } from './database.js'
import { h, legend, number, short, slider, write } from './elements.js'
import { flops, label, nActive, plan } from './structure.js'
import { rowsOf } from './model.js'
import { readoutGrid } from './readouts.js'
import { weightMatrix } from './weights.js'

const READ_NOTE = 'Each table says whether it is connected with query 1, the nearest first. '
  + 'A column is a layer: choose one.'

const toggle = (text, onclick) => h('button', { type: 'button', onclick }, text)

// Interventions with one more, or without it where it is there.
export function toggled(interventions, given) {
  const name = JSON.stringify(given)
  const rest = interventions.filter(other => JSON.stringify(other) !== name)
  return rest.length < interventions.length ? rest : [...rest, given]
}

// A row of buttons of which one is pressed.
function choices(name, options, choose) {
  const buttons = options.map(([value, text]) => [value, toggle(text, () => choose(value))])
  const group = h('div', { class: 'choices', role: 'group', 'aria-label': name },
    h('span', { class: 'title' }, name), ...buttons.map(([, button]) => button))
  const show = value => buttons.forEach(([own, button]) =>
    button.setAttribute('aria-pressed', own === value))
  return { element: group, show }
}

export function insideView({ config, colors, change, state, point, layerName }) {
  const { n_head, loops } = config
  const flip = given => change({ interventions: toggled(state().interventions, given) })
  const choose = layer => change({ layer })
  const readouts = readoutGrid({ choose, layerName })
  const loop = slider('loops', 'loops: how often the last block is used', change)
  const heads = choices('head', [[0, 'mean'], ...Array.from({ length: n_head }, (_, i) =>
    [i + 1, String(i + 1)])], head => change({ head }))
  const masks = choices('mask', [['', 'its own'], ...Object.keys(MASKS).map(m => [m, m])], setMask)
  const head = toggle('', () => flip(['head', state().layer, state().head]))
  const attention = toggle('attention off', () => flip(['attention', state().layer]))
  const cut = toggle('', () => flip(['connection', state().layer, held.q, held.k]))
  const title = h('h3'), readTitle = h('h3', {}, 'The answer after every layer, in per cent')
  const readNote = h('p', { class: 'readout' }, config.tables ? READ_NOTE : '')
  const counts = h('p', { class: 'readout counts' })
  const matrix = weightMatrix({ colors, point, pin })
  const play = toggle('▶ play', () => start())
  let held = null, timer = 0, n_layer = 1

  function setMask(name) {
    const { layer, interventions } = state()
    const rest = interventions.filter(([kind, at]) => kind !== 'mask' || at !== layer)
    change({ interventions: name ? [...rest, ['mask', layer, name]] : rest })
  }

  function pin(cell) {
    const same = cell && held && cell.q === held.q && cell.k === held.k
    held = same ? null : cell
    change({ token: held ? held.q : null })
  }

  function start() {
    if (timer) return stop()
    choose(1)
    write(play, '■ stop')
    timer = setInterval(() => state().layer < n_layer ? choose(state().layer + 1) : stop(), 700)
  }

  function stop() {
    clearInterval(timer)
    timer = 0
    write(play, '▶ play')
  }

  const element = [
    h('section', { class: 'beliefs' }, h('div', { class: 'bar' }, readTitle, play),
      ...config.loops === null ? [] : [loop.element], readouts.element, readNote),
    h('section', { class: 'attention' }, matrix.element, h('div', { class: 'controls' }, title,
      heads.element, masks.element, h('div', { class: 'choices' }, attention, head),
      legend(colors), matrix.readout, h('div', { class: 'choices' }, cut), counts))]

  function showSwitches(s, lay) {
    const own = chosen(s, 'mask', s.layer).at(-1)?.[0] ?? ''
    const has = given => s.interventions.some(i => JSON.stringify(i) === JSON.stringify(given))
    masks.show(own)
    heads.show(s.head)
    attention.setAttribute('aria-pressed', has(['attention', s.layer]))
    head.hidden = s.head === 0
    write(head, `head ${s.head} off`)
    head.setAttribute('aria-pressed', has(['head', s.layer, s.head]))
    if (held && Math.max(held.q, held.k) >= lay.T) held = null
    cut.hidden = !held
    if (!held) return
    write(cut, `cut ${label(lay, held.q)} → ${label(lay, held.k)}`)
    cut.setAttribute('aria-pressed', has(['connection', s.layer, held.q, held.k]))
  }

  function show(s, result) {
    const { lay, steps, weight, n_dims, d } = result
    n_layer = result.n_layer
    if (config.loops !== null) loop.show(s.loops, [...loops, 1])
    readouts.show(s, result)
    write(title, `Attention of ${layerName(s.layer)}`)
    showSwitches(s, lay)
    matrix.show({ lay, weight, held, allowed: rowsOf(steps[s.layer - 1].groups, lay.T) })
    const schedule = steps.map(({ groups }) => groups), each = schedule.map(nActive)
    const cost = flops(plan(schedule, lay.T, [lay.T - 1]), d, n_dims)
    const all = each.reduce((a, b) => a + b, 0)
    const here = `${number(each[s.layer - 1])} of ${number(lay.T**2)} connections active`
    write(counts, `${here} in this layer, ${number(all)} in all ${n_layer}; `
      + `${short(cost.total)} multiply–adds for the answer`)
  }

  return { element, show, measured: matrix.measured, gone: stop }
}

// The interventions as a list of buttons that each take one back.
export function interventionList({ change, state }) {
  const element = h('div', { class: 'interventions' })
  let known = ''
  function show(s, lay, without) {
    const now = JSON.stringify([s.interventions, lay.V, without])
    if (now === known) return
    known = now
    element.hidden = !s.interventions.length
    const undo = given => change({ interventions: toggled(state().interventions, given) })
    const items = s.interventions.map(given => h('button', {
      type: 'button', 'aria-label': `undo: ${interventionText(given, lay)}`,
      onclick: () => undo(given),
    }, `${interventionText(given, lay)} ×`))
    const all = toggle('undo all', () => change({ interventions: [] }))
    element.replaceChildren(h('span', {}, `untouched: ${without}`), ...items, all)
  }
  return { element, show }
}
