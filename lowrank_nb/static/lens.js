// A lens on the cells of a mask that are too small to be seen.
import { runs } from './draw.js'
import { role } from './structure.js'
import { h } from './elements.js'

const SIDE = 144   // css pixels

// Two blocks and a little more, so that summaries far apart are seen together.
const spanOf = ({ m, T }) => Math.min(T, Math.max(24, 2*m + 8))

function within(tokens, start, stop) {
  const out = []
  for (const i of tokens) if (i >= start && i < stop) out.push(i - start)
  return out
}

export function maskLens(colors) {
  const canvas = h('canvas', { class: 'lens', 'aria-hidden': 'true', hidden: true })

  function show({ lay, mask }, { q, k }) {
    const span = spanOf(lay), scale = window.devicePixelRatio
    const cell = Math.max(1, Math.round(SIDE*scale/span)), pixels = cell*span
    const first = i => Math.min(lay.T - span, Math.max(0, i - (span >> 1)))
    const top = first(q), left = first(k)
    canvas.hidden = false
    canvas.classList.toggle('below', k - q > 0)
    Object.assign(canvas, { width: pixels, height: pixels })
    Object.assign(canvas.style, { width: `${pixels/scale}px`, height: `${pixels/scale}px` })
    const context = canvas.getContext('2d'), gap = cell >= 4*scale ? Math.round(scale) : 0
    context.fillStyle = 'rgb(128 128 128 / .2)'
    context.fillRect(0, (q - top)*cell, pixels, cell)
    context.fillRect((k - left)*cell, 0, cell, pixels)
    for (const { queries, keys } of mask) {
      const columns = within(keys, left, left + span), rows = within(queries, top, top + span)
      if (!columns.length) continue
      for (const [start, stop] of runs(rows, gap > 0)) for (const column of columns) {
        context.fillStyle = colors[role(lay, left + column)]
        context.fillRect(column*cell, start*cell, cell - gap, (stop - start)*cell - gap)
      }
    }
  }

  const hide = () => { canvas.hidden = true }
  return { canvas, show, hide }
}
