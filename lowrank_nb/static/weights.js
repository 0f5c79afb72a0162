// The attention of the layer shown, as a matrix under its mask.
import { box, prepare } from './draw.js'
import { h, write } from './elements.js'
import { label, role } from './structure.js'

const EDGE = 7   // css pixels of the tokens at the left and the top
const MOVES = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
}

export function weightMatrix({ colors, pin, point }) {
  const canvas = h('canvas', {
    class: 'weights', tabindex: 0, role: 'application', 'aria-roledescription': 'attention matrix',
    'aria-label': 'attention: rows are queries, columns are keys; arrow keys move, Enter holds',
  })
  const mark = h('div', { class: 'held', hidden: true })
  const square = h('div', { class: 'weights-box' }, canvas, mark)
  const scroll = h('div', { class: 'scroll' }, square)
  const readout = h('p', { class: 'readout', 'aria-live': 'polite' })
  let lay = null, allowed = null, weight = null, held = null, cursor = null

  const side = () => (box(canvas).width - EDGE)/lay.T

  function draw() {
    square.style.setProperty('--T', lay.T)
    const { context, scale } = prepare(canvas), T = lay.T
    const step = side()*scale, start = EDGE*scale, gap = step > 5*scale ? scale : 0
    const at = i => Math.round(start + i*step)
    for (let i = 0; i < T; i++) {
      context.fillStyle = colors[role(lay, i)]
      const length = at(i + 1) - at(i) - gap
      context.fillRect(at(i), 0, length, 4*scale)
      context.fillRect(0, at(i), 4*scale, length)
    }
    for (let q = 0; q < T; q++) for (let k = 0; k < T; k++) {
      if (!allowed[q][k]) continue
      context.fillStyle = colors[role(lay, k)]
      context.globalAlpha = .12 + .88*Math.sqrt(weight(q, k))
      context.fillRect(at(k), at(q), at(k + 1) - at(k) - gap, at(q + 1) - at(q) - gap)
    }
    context.globalAlpha = 1
  }

  function place() {
    const cell = cursor ?? held
    mark.hidden = !cell
    if (!cell) return
    mark.style.left = `${EDGE + cell.k*side()}px`
    mark.style.top = `${EDGE + cell.q*side()}px`
    mark.style.width = mark.style.height = `${Math.max(3, side())}px`
  }

  function describe() {
    const cell = cursor ?? held
    place()
    if (!cell) return write(readout, 'Point at a cell, or move there with the arrow keys; '
      + 'click or Enter holds it.')
    const { q, k } = cell, name = i => h('b', {}, label(lay, i))
    const said = allowed[q][k] ? ` attends with weight ${weight(q, k).toFixed(4)} to `
      : ' may not attend to '
    readout.replaceChildren(name(q), said, name(k))
  }

  function move(cell) {
    cursor = cell
    describe()
    point(cell?.q ?? null)
  }

  function cellAt(event) {
    const { left, top } = canvas.getBoundingClientRect()
    const index = x => Math.min(lay.T - 1, Math.max(0, Math.floor((x - EDGE)/side())))
    return { q: index(event.clientY - top), k: index(event.clientX - left) }
  }

  canvas.addEventListener('pointermove', event => move(cellAt(event)))
  canvas.addEventListener('pointerleave', () => move(null))
  canvas.addEventListener('click', event => pin(cellAt(event)))
  canvas.addEventListener('blur', () => move(null))
  canvas.addEventListener('keydown', event => {
    const last = lay.T - 1, from = cursor ?? held ?? { q: last, k: last }
    if (event.key in MOVES) {
      const [down, right] = MOVES[event.key], clip = i => Math.min(last, Math.max(0, i))
      move({ q: clip(from.q + down), k: clip(from.k + right) })
    } else if (event.key === 'Enter' || event.key === ' ') pin(from)
    else if (event.key === 'Escape') pin(null)
    else return
    event.preventDefault()
  })

  function show(now) {
    ({ lay, allowed, weight, held } = now)
    if (cursor && Math.max(cursor.q, cursor.k) >= lay.T) cursor = null
    draw()
    describe()
  }

  return { element: scroll, readout, show, measured: [canvas] }
}
