// The square of a mask: its cells, labels at two sides, a cursor for pointer and keyboard.
import { label, members, range } from './structure.js'
import { box, cells, fillRuns, prepare, runs } from './draw.js'
import { drawCoverage } from './cover.js'
import { maskLens } from './lens.js'
import { h, write } from './elements.js'

const RIBBON = 9   // css pixels at the left and the top: the tokens, coloured by role
const FINE = 2   // css pixels of a cell under which a lens shows the cells that are pointed at
const LENS_FROM = .5   // and under which it is there in any case
const TAIL_ROOM = 24   // css pixels that the word at the end of the top axis needs

// ---- Drawing

// The queries at the left. At the top the keys; those that cannot have influenced the token
// followed are pale.
function drawRibbons(context, { lay, reached }, placed, colors, offset, scale) {
  const thick = Math.round(5*scale), all = range(0, lay.T)
  const left = (at, size) => context.fillRect(0, offset + at, thick, size)
  const top = (at, size) => context.fillRect(offset + at, 0, size, thick)
  fillRuns(context, lay, all, placed, colors, left)
  fillRuns(context, lay, members(reached), placed, colors, top)
  context.globalAlpha = .2
  fillRuns(context, lay, all.filter(i => !reached[i]), placed, colors, top)
  context.globalAlpha = 1
}

function drawCells(context, { lay, mask }, placed, colors) {
  for (const { queries, keys } of mask) {
    const rows = runs(queries, placed.single).map(placed.extent)
    fillRuns(context, lay, keys, placed, colors, (x, width) => {
      for (const [y, height] of rows) context.fillRect(x, y, width, height)
    })
  }
}

// The columns of the inputs that a locked token can have been influenced by.
function drawReached(context, reached, { extent }, length) {
  context.fillStyle = 'rgb(128 128 128 / .18)'
  for (const run of runs(members(reached), false)) {
    const [x, width] = extent(run)
    context.fillRect(x, 0, width, length)
  }
}

function drawBlockLines(context, lay, edge, length) {
  context.fillStyle = 'rgb(128 128 128 / .25)'
  for (const b of range(0, lay.n + 1, lay.m)) {
    context.fillRect(edge(b), 0, 1, length)
    context.fillRect(0, edge(b), length, 1)
  }
}

function drawMask(canvas, now, colors) {
  const { context, width, scale } = prepare(canvas), { lay, mask, token, reached } = now
  const offset = Math.round(RIBBON*scale), length = Math.max(1, width - offset)
  const placed = cells(lay.T, length, scale)
  if (placed.fine) drawCoverage(context, lay, mask, length, colors, offset)
  drawRibbons(context, now, placed, colors, offset, scale)
  context.translate(offset, offset)
  if (!placed.fine) drawCells(context, now, placed, colors)
  context.globalCompositeOperation = 'destination-over'
  if (token !== null) drawReached(context, reached, placed, length)
  if (lay.m*length/lay.T >= 8*scale) drawBlockLines(context, lay, placed.edge, length)
  context.globalCompositeOperation = 'source-over'
  context.resetTransform()
}

// ---- Labels: a token each while there is room, else one a table

function drawLabels(axes, lay, drawn, tokens) {
  const at = i => RIBBON + (i + .5)*drawn/lay.T
  for (const side of ['left', 'top']) {
    const place = ([start, middle, text]) => {
      if (side === 'left') return `top: ${at(middle)}px`
      if (tokens) return `left: ${at(middle)}px`
      return text === 'tail' ? 'right: 0' : `left: ${at(start - .5)}px`
    }
    const marks = tokens ? tokenMarks(lay) : tableMarks(lay, drawn, side)
    axes[side].replaceChildren(...marks.map(mark => h('span', { style: place(mark) }, mark[2])))
  }
}

const tokenMarks = lay => range(0, lay.T).map(i =>
  [i, i, i < lay.n && i % lay.m ? `column ${i % lay.m}` : label(lay, i)])

// A word needs more room to its right than a line below it; none may run into that of the tail.
function tableMarks({ V, m, n, T }, drawn, side) {
  const cell = drawn/T, middle = b => b*m + (m - 1)/2, room = side === 'left' ? 14 : 48
  const every = Math.max(1, Math.ceil(room/(m*cell)))
  const step = [1, 2, 4, 5, 8, 10, 16, 20, 32, 64].find(s => s >= every)
  const left = b => side === 'left' ? (n + 1 - middle(b))*cell : (T - b*m)*cell - TAIL_ROOM
  const tables = range(0, V, step).filter(b => left(b) >= room)
  return [...tables.map(b => [b*m, middle(b), `table ${b}`]), [T - 1, n + 1, 'tail']]
}

// ---- What the readout says

const HINT = 'Point at a cell or move over it with the arrow keys; click or Enter locks its query.'

const fineHint = cell => `A cell is ${cell.toFixed(2)} pixels wide here: the shade of a pixel is `
  + 'the share of it that is active. The lens enlarges the cells at the pointer.'

const VERBS = {
  mask: [' may attend to key ', ' may not attend to key '],
  reach: [' can have been influenced by input ', ' cannot have been influenced by input '],
}

const holds = (mask, { q, k }) =>
  mask.some(({ queries, keys }) => queries.includes(q) && keys.includes(k))

// ---- The square

export function maskSquare({ colors, lock }) {
  const canvas = h('canvas', {
    class: 'cells', tabindex: 0, role: 'application', 'aria-roledescription': 'attention mask',
  })
  const mark = name => h('div', { class: `mark ${name}`, hidden: true })
  const axis = name => h('div', { class: `axis ${name}`, 'aria-hidden': 'true' })
  const row = mark('row'), column = mark('column'), locked = mark('locked')
  const axes = { left: axis('left'), top: axis('top') }
  const corner = h('div', { class: 'corner', 'aria-hidden': 'true' })
  const lens = maskLens(colors)
  const marks = h('div', { class: 'marks' }, locked, row, column)
  const square = h('div', { class: 'square' }, canvas, marks, lens.canvas)
  const plot = h('div', { class: 'plot' }, corner, axes.top, axes.left, square)
  const readout = h('p', { class: 'readout', 'aria-live': 'polite' })

  let now, labelled
  let pointed = null   // the cell under the pointer or the keyboard's cursor

  const cellSize = () => (box(canvas).width - RIBBON)/now.lay.T
  const followed = () => now.token ?? now.lay.T - 1
  const ownCell = () => ({ q: followed(), k: followed() })

  function place(mark, side, extent, i) {
    mark.hidden = i === null
    if (i === null) return
    mark.style[side] = `${100*i/now.lay.T}%`
    mark.style[extent] = `max(1px, ${100/now.lay.T}%)`
  }

  function point(cell) {
    pointed = cell
    place(row, 'top', 'height', cell && cell.q)
    place(column, 'left', 'width', cell && cell.k)
    const size = cellSize()
    if (size < LENS_FROM || size < FINE && cell) lens.show(now, cell ?? ownCell())
    else lens.hide()
    if (!cell) return write(readout, size < FINE ? fineHint(size) : HINT)
    const [does, doesNot] = VERBS[now.shows], name = i => h('b', {}, label(now.lay, i))
    const verb = holds(now.mask, cell) ? does : doesNot
    readout.replaceChildren(now.shows === 'mask' ? 'query ' : '', name(cell.q), verb, name(cell.k))
  }

  function cellAt(event) {
    const { top, left, width, height } = canvas.getBoundingClientRect(), { T } = now.lay
    const index = (at, length) => {
      const i = Math.floor((at - RIBBON)/(length - RIBBON)*T)
      return Math.min(T - 1, Math.max(0, i))
    }
    return { q: index(event.clientY - top, height), k: index(event.clientX - left, width) }
  }

  const toggle = q => lock(now.token === q ? null : q)

  const STEPS = {
    ArrowUp: ['q', -1], ArrowDown: ['q', 1], ArrowLeft: ['k', -1], ArrowRight: ['k', 1],
  }
  function step(event) {
    if (!pointed) return point(ownCell())
    const [axis, by] = STEPS[event.key], { m, T } = now.lay
    const to = pointed[axis] + by*(event.shiftKey ? m : 1)
    point({ ...pointed, [axis]: Math.min(T - 1, Math.max(0, to)) })
  }

  function pressed(event) {
    if (event.key in STEPS) step(event)
    else if (event.key === 'Enter' || event.key === ' ') toggle(pointed?.q ?? followed())
    else if (event.key === 'Escape') { point(null); lock(null) } else return
    event.preventDefault()
  }

  canvas.addEventListener('pointermove', event => point(cellAt(event)))
  canvas.addEventListener('pointerleave', () => point(null))
  canvas.addEventListener('click', event => {   // a finger leaves before it clicks
    point(cellAt(event))
    toggle(pointed.q)
  })
  canvas.addEventListener('blur', () => point(null))
  canvas.addEventListener('keydown', pressed)

  function labels({ lay }) {
    const drawn = box(canvas).width - RIBBON
    const tokens = lay.T <= 32 && (box(plot).width - 100)/lay.T >= 11
    plot.classList.toggle('tokens', tokens)
    const key = `${lay.V},${lay.m},${drawn}`
    if (key !== labelled) drawLabels(axes, lay, drawn, tokens)
    labelled = key
  }

  // `shown` has lay, mask, token (locked, or null), reached (the set of inputs of the token
  // followed) and shows ('mask', or 'reach': then `mask` is the reach of all tokens).
  function show(shown, spoken) {
    now = shown
    const { lay, token } = now
    labels(now)
    corner.replaceChildren(...(now.shows === 'mask' ? ['key →', h('br'), 'query ↓']
      : ['input →', h('br'), 'output ↓']))
    drawMask(canvas, now, colors)
    canvas.setAttribute('aria-label', spoken)
    place(locked, 'top', 'height', token)
    point(pointed && pointed.q < lay.T && pointed.k < lay.T ? pointed : null)
  }

  return { plot, readout, show, measured: [plot, canvas] }
}
