// The reach of one token: a line a layer, the inputs reached in the colours of their roles.
import { label, members, size } from './structure.js'
import { cells, fillRuns, prepare } from './draw.js'
import { h, number, write, writeLines } from './elements.js'

const LINE = 13   // css pixels of a line

function drawReach(canvas, lay, sets, colors) {
  const { context, width, height, scale } = prepare(canvas, LINE*sets.length)
  const placed = cells(lay.T, width, scale), line = height/sets.length
  const thick = Math.round(line - 2*scale)
  sets.forEach((set, l) => {
    const top = Math.round(l*line)
    const fill = (x, length) => context.fillRect(x, top, length, thick)
    fillRuns(context, lay, members(set), placed, colors, fill)
  })
}

function ofInput(lay, sets, input, name) {
  const first = sets.findIndex(set => set[input])
  if (first < 0) return `${label(lay, input)} can never influence ${name}`
  const when = first ? `after layer ${first}` : 'before any layer: it is that token'
  return `${label(lay, input)} can have influenced ${name} ${when}`
}

function ofAll({ T }, sets, name) {
  const totals = sets.map(size), last = totals.at(-1), depth = totals.indexOf(last)
  if (depth === 0) return `In no layer does ${name} see anything but itself.`
  const many = last === T ? `all ${number(T)}` : `${number(last)} of ${number(T)}`
  const later = depth < totals.length - 1 ? '; later layers add none.' : '.'
  return `After layer ${depth}, ${many} inputs can have influenced ${name}${later}`
}

// A number and, where there is room, a word for each line.
function writeNames(parent, lines, layer) {
  while (parent.children.length > lines.length) parent.lastChild.remove()
  while (parent.children.length < lines.length) parent.append(h('span', {}, h('b'), h('i')))
  lines.forEach(([number, word], l) => {
    const line = parent.children[l]
    write(line.firstChild, number)
    write(line.lastChild, word && ` ${word}`)
    line.classList.toggle('current', l === layer)
  })
}

export function reachRows({ colors, lock, showLayer }) {
  const title = h('h3')
  const unlock = h('button', { type: 'button', onclick: () => lock(null) }, 'unlock')
  const strip = h('canvas', { class: 'strip', role: 'img' })
  const shownLayer = h('div', { class: 'mark shown' })
  const names = h('div', { class: 'names' }), counts = h('div', { class: 'counts' })
  const strips = h('div', { class: 'strips' }, strip, shownLayer)
  const told = h('p', { class: 'readout' })
  const head = h('div', { class: 'bar' }, title, unlock)
  const rows = h('div', { class: 'rows' }, names, counts, strips)
  const element = [head, rows, told]

  let lay, sets, name
  const describe = (input = null) =>
    write(told, input === null ? ofAll(lay, sets, name) : ofInput(lay, sets, input, name))

  strip.addEventListener('pointermove', event => {
    const { left, width } = strip.getBoundingClientRect()
    const i = Math.floor((event.clientX - left)/width*lay.T)
    describe(Math.min(lay.T - 1, Math.max(0, i)))
  })
  strip.addEventListener('pointerleave', () => describe())
  strip.addEventListener('click', event => {
    const { top, height } = strip.getBoundingClientRect()
    const l = Math.floor((event.clientY - top)/height*sets.length)
    if (l >= 1 && l < sets.length) showLayer(l)
  })

  function show(now, layer, lineNames) {
    ({ lay, sets } = now)
    name = label(lay, now.token ?? lay.T - 1)
    write(title, `Reach of ${name}${now.token === null ? ', the answer' : ', locked'}`)
    unlock.hidden = now.token === null
    writeNames(names, lineNames, layer)
    writeLines(counts, 'span', sets.map(set => number(size(set))))
    strip.style.height = `${LINE*sets.length}px`
    drawReach(strip, lay, sets, colors)
    const spoken = sets.map((set, l) =>
      `${l ? `after layer ${l}` : 'input'}: ${number(size(set))} of ${number(lay.T)}`)
    strip.setAttribute('aria-label', spoken.join('; '))
    Object.assign(shownLayer.style, { top: `${LINE*layer}px`, height: `${LINE}px` })
    describe()
  }

  return { element, show, sentence: () => told.textContent, measured: [strip] }
}
