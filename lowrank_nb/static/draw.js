// Drawing on canvases: sets of tokens as runs of one colour.
import { role } from './structure.js'

// The measures of the elements that mount.js observes. Asking an element itself would force a
// layout in the middle of painting.
const boxes = new WeakMap()
export const box = element => boxes.get(element) ?? { width: 1, height: 1 }
export const measure = (element, { width, height }) => boxes.set(element, { width, height })

// Sizes a canvas to its box in device pixels and gives its context, cleared.
export function prepare(canvas, cssHeight = box(canvas).height) {
  const scale = window.devicePixelRatio
  const inPixels = x => Math.max(1, Math.round(x*scale))
  const width = inPixels(box(canvas).width), height = inPixels(cssHeight)
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d')
  context.clearRect(0, 0, width, height)
  return { context, width, height, scale }
}

// Places T cells on `pixels` device pixels: for a run of them, where it starts and how long it is.
// Cells of four css pixels have a gap between them. Cells of less than two device pixels are
// `fine`: they are not rounded to pixels, which would make them larger than they are; the canvas
// shades a pixel by how much of it they cover.
export function cells(T, pixels, scale) {
  const size = pixels/T, fine = size < 2
  const single = size >= 4*scale, gap = single ? Math.round(scale) : 0
  const edge = fine ? i => i*size : i => Math.round(i*size)
  const extent = ([start, stop]) => [edge(start) + gap, edge(stop) - edge(start) - gap]
  return { edge, single, fine, extent }
}

// Neighbouring tokens as [start, stop); `single` gives one run a token.
export function runs(tokens, single, same = () => true) {
  const out = []
  for (const i of tokens) {
    const last = out.at(-1)
    if (!single && last && last[1] === i && same(i - 1, i)) last[1] = i + 1
    else out.push([i, i + 1])
  }
  return out
}

// Calls `fill(start, length)` for each run of tokens of one role, with its colour set.
export function fillRuns(context, lay, tokens, { single, fine, extent }, colors, fill) {
  // the shares of two runs in one pixel add up
  if (fine) context.globalCompositeOperation = 'lighter'
  const same = (i, j) => role(lay, i) === role(lay, j)
  for (const run of runs(tokens, single, same)) {
    context.fillStyle = colors[role(lay, run[0])]
    fill(...extent(run))
  }
  context.globalCompositeOperation = 'source-over'
}
