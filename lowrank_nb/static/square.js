// The square of a mask: its cells, labels at two sides, a cursor for pointer and keyboard.
import { label, range } from './structure.js'
import { box, cells, prepare, roleRuns, runs } from './draw.js'
import { h, write } from './elements.js'

const RIBBON = 9   // css pixels at the left and the top: the tokens, coloured by role
const STEPS = {
  ArrowUp: ['q', -1], ArrowDown: ['q', 1], ArrowLeft: ['k', -1], ArrowRight: ['k', 1],
}
const HINT = 'Point at a cell or move over it with the arrow keys; click or Enter locks its query.'

function drawRibbons(context, lay, { single, extent }, colors, offset, scale) {
  const thick = Math.round(5*scale)
  for (const [r, run] of roleRuns(lay, range(0, lay.T), single)) {
    const [at, size] = extent(run)
    context.fillStyle = colors[r]
    context.fillRect(offset + at, 0, size, thick)
    context.fillRect(0, offset + at, thick, size)
  }
}

function drawBlockLines(context, lay, edge, length) {
  context.fillStyle = 'rgb(128 128 128 / .25)'
  for (const b of range(0, lay.n + 1, lay.m)) {
    context.fillRect(edge[b], 0, 1, length)
    context.fillRect(0, edge[b], length, 1)
  }
}

function drawGroup(context, lay, { queries, keys }, { single, extent }, colors) {
  const rows = runs(queries, single).map(extent)
  for (const [r, run] of roleRuns(lay, keys, single)) {
    const [x, width] = extent(run)
    context.fillStyle = colors[r]
    for (const [y, height] of rows) context.fillRect(x, y, width, height)
  }
}

function drawMask(canvas, lay, mask, colors) {
  const { context, width, scale } = prepare(canvas)
  const offset = Math.round(RIBBON*scale), length = width - offset
  const placed = cells(lay.T, length, scale)
  drawRibbons(context, lay, placed, colors, offset, scale)
  context.translate(offset, offset)
  if (lay.m*length/lay.T >= 8*scale) drawBlockLines(context, lay, placed.edge, length)
  for (const group of mask) drawGroup(context, lay, group, placed, colors)
  context.resetTransform()
}

// Labels: a token each while there is room, else one a table; the left axis has less room to a
// line than the top axis has to a word.
function drawLabels(axes, lay, drawn, tokens) {
  const at = i => RIBBON + (i + .5)*drawn/lay.T
  for (const [side, room] of [['left', 14], ['top', tokens ? 14 : 54]]) {
    const place = ([start, middle, text]) => {
      if (side === 'left') return `top: ${at(middle)}px`
      if (tokens) return `left: ${at(middle)}px`
      return text === 'tail' ? 'right: 0' : `left: ${at(start - .5)}px`
    }
    const marks = tokens ? tokenMarks(lay) : tableMarks(lay, drawn, room)
    axes[side].replaceChildren(...marks.map(mark => h('span', { style: place(mark) }, mark[2])))
  }
}

const tokenMarks = lay => range(0, lay.T).map(i =>
  [i, i, i < lay.n && i % lay.m ? `column ${i % lay.m}` : label(lay, i)])

function tableMarks({ V, m, n, T }, drawn, room) {
  const every = Math.max(1, Math.ceil(room*T/(m*drawn)))
  const step = [1, 2, 4, 5, 8, 10, 16, 20, 32, 64].find(s => s >= every)
  const fits = b => (n - b*m)*drawn/T > room
  const tables = range(0, V, step).filter(fits)
  return [...tables.map(b => [b*m, b*m + (m - 1)/2, `table ${b}`]), [T - 1, n + 1, 'tail']]
}

export function maskSquare({ colors, lock }) {
  const canvas = h('canvas', {
    class: 'cells', tabindex: 0, role: 'application', 'aria-roledescription': 'attention mask',
  })
  const mark = name => h('div', { class: `mark ${name}`, hidden: true })
  const axis = name => h('div', { class: `axis ${name}`, 'aria-hidden': 'true' })
  const row = mark('row'), column = mark('column'), locked = mark('locked')
  const axes = { left: axis('left'), top: axis('top') }
  const corner = h('div', { class: 'corner', 'aria-hidden': 'true' })
  corner.append('key →', h('br'), 'query ↓')
  const square = h('div', { class: 'square' }, canvas)
  square.append(h('div', { class: 'marks' }, locked, row, column))
  const plot = h('div', { class: 'plot' }, corner, axes.top, axes.left, square)
  const readout = h('p', { class: 'readout', 'aria-live': 'polite' })

  let lay, mask, token, labelled
  let pointed = null   // the cell under the pointer or the keyboard's cursor

  function place(mark, side, extent, i) {
    mark.hidden = i === null
    if (i === null) return
    mark.style[side] = `${100*i/lay.T}%`
    mark.style[extent] = `max(1px, ${100/lay.T}%)`
  }

  function point(cell) {
    pointed = cell
    place(row, 'top', 'height', cell && cell.q)
    place(column, 'left', 'width', cell && cell.k)
    if (!cell) return write(readout, HINT)
    const { q, k } = cell
    const may = mask.some(({ queries, keys }) => queries.includes(q) && keys.includes(k))
    const name = i => h('b', {}, label(lay, i))
    const verb = may ? ' may attend to key ' : ' may not attend to key '
    readout.replaceChildren('query ', name(q), verb, name(k))
  }

  function cellAt(event) {
    const { top, left, width, height } = canvas.getBoundingClientRect()
    const index = (at, length) => {
      const i = Math.floor((at - RIBBON)/(length - RIBBON)*lay.T)
      return Math.min(lay.T - 1, Math.max(0, i))
    }
    return { q: index(event.clientY - top, height), k: index(event.clientX - left, width) }
  }

  const toggle = q => lock(token === q ? null : q)

  function step(event) {
    const own = token ?? lay.T - 1
    if (!pointed) return point({ q: own, k: own })
    const [axis, by] = STEPS[event.key]
    const to = pointed[axis] + by*(event.shiftKey ? lay.m : 1)
    point({ ...pointed, [axis]: Math.min(lay.T - 1, Math.max(0, to)) })
  }

  function pressed(event) {
    if (event.key in STEPS) step(event)
    else if (event.key === 'Enter' || event.key === ' ') toggle(pointed?.q ?? token ?? lay.T - 1)
    else if (event.key === 'Escape') { point(null); lock(null) } else return
    event.preventDefault()
  }

  canvas.addEventListener('pointermove', event => point(cellAt(event)))
  canvas.addEventListener('pointerleave', () => point(null))
  canvas.addEventListener('click', event => toggle(cellAt(event).q))
  canvas.addEventListener('blur', () => point(null))
  canvas.addEventListener('keydown', pressed)

  function labels() {
    const drawn = box(canvas).width - RIBBON
    const tokens = lay.T <= 32 && (box(plot).width - 100)/lay.T >= 11
    plot.classList.toggle('tokens', tokens)
    const key = `${lay.V},${lay.m},${drawn}`
    if (key !== labelled) drawLabels(axes, lay, drawn, tokens)
    labelled = key
  }

  function show(now, spoken) {
    ({ lay, mask, token } = now)
    labels()
    drawMask(canvas, lay, mask, colors)
    canvas.setAttribute('aria-label', spoken)
    place(locked, 'top', 'height', token)
    point(pointed && pointed.q < lay.T && pointed.k < lay.T ? pointed : null)
  }

  return { plot, readout, show, measured: [plot, canvas] }
}
