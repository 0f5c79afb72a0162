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
// There is a gap between cells that have room for one, and no run is shorter than 1.5 css pixels,
// so that a single active connection of a long sequence is still seen.
export function cells(T, pixels, scale) {
  const edge = Int32Array.from({ length: T + 1 }, (_, i) => Math.round(i*pixels/T))
  const least = Math.round(1.5*scale)
  const single = pixels/T >= 4*scale, gap = single ? Math.round(scale) : 0
  const extent = ([start, stop]) => {
    const length = Math.max(least, edge[stop] - edge[start] - gap)
    return [Math.min(edge[start] + gap, pixels - length), length]
  }
  return { edge, single, extent }
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

// Runs of one role each, the few summaries and tail tokens last, so that the many block tokens do
// not cover them.
export function roleRuns(lay, tokens, single) {
  const same = (i, j) => role(lay, i) === role(lay, j)
  const all = runs(tokens, single, same).map(run => [role(lay, run[0]), run])
  return [...all.filter(([r]) => r === 'block'), ...all.filter(([r]) => r !== 'block')]
}
