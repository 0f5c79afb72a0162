// A mask whose cells are smaller than pixels: how much of each pixel is active.
import { role } from './structure.js'

const ROLES = ['block', 'summary', 'tail']

// Adds what token i covers of a line of pixels, `size` pixels a token.
function addToken(line, i, size, stride = 1, at = 0) {
  const stop = (i + 1)*size
  let from = i*size
  while (from < stop - 1e-9) {
    const pixel = Math.floor(from + 1e-9), to = Math.min(stop, pixel + 1)
    line[pixel*stride + at] += to - from
    from = to
  }
}

// For each pixel of a square, row by row, the share that is active for each role of the key.
export function coverage(lay, mask, pixels) {
  const size = pixels/lay.T, ink = new Float32Array(3*pixels*pixels)
  const roles = Uint8Array.from({ length: lay.T }, (_, i) => ROLES.indexOf(role(lay, i)))
  const rows = new Float32Array(pixels), columns = new Float32Array(3*pixels)
  for (const { queries, keys } of mask) {
    rows.fill(0)
    columns.fill(0)
    for (const q of queries) addToken(rows, q, size)
    for (const k of keys) addToken(columns, k, size, 3, roles[k])
    const first = columns.findIndex(x => x), last = columns.findLastIndex(x => x)
    for (let y = 0; y < pixels; y++) {
      if (!rows[y]) continue
      const line = 3*pixels*y
      for (let x = first; x <= last; x++) ink[line + x] += rows[y]*columns[x]
    }
  }
  return ink
}

const rgb = color => [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16))

// The same in colours: those of the roles in proportion, as opaque as the pixel is active.
export function drawCoverage(context, lay, mask, pixels, colors, offset) {
  const ink = coverage(lay, mask, pixels), image = context.createImageData(pixels, pixels)
  const palette = ROLES.map(r => rgb(colors[r])), { data } = image
  for (let p = 0; p < pixels*pixels; p++) {
    const [b, s, t] = [ink[3*p], ink[3*p + 1], ink[3*p + 2]], all = b + s + t
    if (!all) continue
    for (let c = 0; c < 3; c++)
      data[4*p + c] = (b*palette[0][c] + s*palette[1][c] + t*palette[2][c])/all
    data[4*p + 3] = 255*all
  }
  context.putImageData(image, offset, offset)
}
