// Attention on the cards: arcs from a token to those it attends to, and from those that attend
// to it.
import { role } from './structure.js'

const LEAST = .02   // weights below are not drawn

// Where the tokens of a grid are. Asking forces a layout, so it is asked once for a size.
function anchors(grid, T) {
  const origin = grid.element.getBoundingClientRect()
  return Array.from({ length: T }, (_, i) => {
    const { left, top, width, height } = grid.find(i).getBoundingClientRect()
    return { x: left - origin.left + width/2, y: top - origin.top + height/2, half: height/2 }
  })
}

function curve(from, to) {
  if (from === to) {
    const { x, y, half } = from, top = y - half
    return `M${x - 6} ${top}C${x - 16} ${top - 16} ${x + 16} ${top - 16} ${x + 6} ${top}`
  }
  const lift = Math.min(60, 18 + Math.hypot(to.x - from.x, to.y - from.y)/5)
  const top = point => point.y - point.half
  return `M${from.x} ${top(from)}C${from.x} ${top(from) - lift} ${to.x} ${top(to) - lift} `
    + `${to.x} ${top(to)}`
}

export function arcLayer(grid, colors) {
  const paths = []
  let places = [], known = ''

  function path(i) {
    if (!paths[i]) {
      paths[i] = document.createElementNS('http://www.w3.org/2000/svg', 'path')
      grid.arcs.append(paths[i])
    }
    if (!paths[i].isConnected) grid.arcs.append(paths[i])
    return paths[i]
  }

  // `weights(q, k)` is the attention shown. Solid: what `token` attends to, in the colour of the
  // key's role; dashed, where `both`: what attends to it, in the colour of the query's.
  function show(lay, token, both, weights, width) {
    const now = `${grid.key()},${width}`
    if (now !== known) places = anchors(grid, lay.T)
    known = now
    let n = 0
    const draw = (from, to, weight, other, dashed) => {
      if (weight < LEAST) return
      const element = path(n++)
      element.setAttribute('d', curve(places[from], places[to]))
      element.setAttribute('stroke', colors[role(lay, other)])
      element.setAttribute('stroke-width', (1 + 5*weight).toFixed(2))
      element.setAttribute('stroke-opacity', (.25 + .75*weight).toFixed(2))
      element.setAttribute('stroke-dasharray', dashed ? '3 4' : 'none')
    }
    for (let k = 0; k < lay.T; k++) {
      draw(token, k, weights(token, k), k, false)
      if (both && k !== token) draw(k, token, weights(k, token), k, true)
    }
    while (paths.length > n) paths.pop().remove()
  }

  return { show }
}
