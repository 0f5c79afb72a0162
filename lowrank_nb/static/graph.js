// The graph of tables: who shares an id with whom, laid out by the number of joins from query 1.
import { components, distances, holders, sharedIds } from './database.js'
import { h, write } from './elements.js'

const COLUMN = 92, ROW = 44, RADIUS = 15, LEFT = 40, TOP = 30

const svgElement = (tag, attributes, ...children) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

// For each table its column, the joins from the first table of its component (that of query 1
// where it holds it), and its row. Components that query 1 does not reach stand below.
export function placeTables({ tables, queries }) {
  const component = components(tables), column = [], row = []
  const first = holders(tables, queries[0])
  const groups = [...new Set([...first.map(v => component[v]), ...component])]
  let base = 0, reached = 0
  groups.forEach((group, i) => {
    const members = tables.map((_, v) => v).filter(v => component[v] === group)
    const start = members.filter(v => first.includes(v))[0]
    const id = start === undefined ? startOf(tables, members) : queries[0]
    const { distance } = distances(tables, id), count = []
    for (const v of members) {
      column[v] = distance[v]
      row[v] = base + (count[column[v]] ??= 0)
      count[column[v]]++
    }
    base = Math.max(...members.map(v => row[v])) + 1
    if (start !== undefined) reached = base
  })
  return { column, row, rows: base, reached }
}

// An end of a component: an id of a table with the fewest neighbours.
function startOf(tables, members) {
  const degree = v => members.filter(u => u !== v && sharedIds(tables, u, v).length).length
  const least = members.reduce((a, b) => degree(b) < degree(a) ? b : a)
  const alone = id => holders(tables, id).length === 1
  return tables[least].find(alone) ?? tables[least][0]
}

function edgePath(a, b) {
  if (a.x !== b.x) {
    const middle = (a.x + b.x)/2
    const bend = Math.abs(b.x - a.x) > COLUMN && a.y === b.y ? 24 : 0
    return `M${a.x} ${a.y}C${middle} ${a.y - bend} ${middle} ${b.y - bend} ${b.x} ${b.y}`
  }
  const out = a.x + 14 + Math.abs(b.y - a.y)/4
  return `M${a.x} ${a.y}C${out} ${a.y} ${out} ${b.y} ${b.x} ${b.y}`
}

export function tableGraph() {
  const picture = svgElement('svg', { class: 'graph', role: 'img' })
  const caption = h('p', { class: 'readout' })
  let known = ''

  function draw(state, truth) {
    const { tables, queries } = state, { column, row, rows, reached } = placeTables(state)
    const columns = Math.max(...column) + 1
    const width = LEFT*2 + (columns - 1)*COLUMN, height = TOP + (rows - 1)*ROW + 22
    const place = tables.map((_, v) => ({ x: LEFT + column[v]*COLUMN, y: TOP + row[v]*ROW }))
    const shapes = []
    if (reached > 0 && reached < rows) {
      const y = TOP + (reached - .5)*ROW
      shapes.push(svgElement('line', { class: 'divide', x1: 0, x2: width, y1: y, y2: y }))
    }
    const onPath = (u, v) => {
      const i = truth.path.indexOf(u), j = truth.path.indexOf(v)
      return i >= 0 && j >= 0 && Math.abs(i - j) === 1
    }
    const edges = []
    tables.forEach((_, u) => tables.forEach((_, v) => {
      const ids = u < v ? sharedIds(tables, u, v) : []
      if (ids.length) edges.push({ u, v, ids, lit: onPath(u, v) })
    }))
    edges.sort((a, b) => a.lit - b.lit)
    for (const { u, v, lit } of edges) {
      const name = lit ? 'edge lit' : 'edge'
      shapes.push(svgElement('path', { class: name, d: edgePath(place[u], place[v]) }))
    }
    for (const { u, v, ids, lit } of edges) if (lit || edges.length <= tables.length + 2) {
      const a = place[u], b = place[v], props = { x: (a.x + b.x)/2, y: (a.y + b.y)/2 - 5 }
      if (a.x === b.x) Object.assign(props, { x: a.x + 16 + Math.abs(b.y - a.y)/5, y: props.y + 9 })
      shapes.push(svgElement('text', { class: lit ? 'id lit' : 'id', ...props }, ids.join(', ')))
    }
    tables.forEach((ids, v) => shapes.push(tableNode(place[v], v, ids, queries, truth)))
    picture.setAttribute('viewBox', `0 0 ${width} ${height}`)
    picture.style.maxWidth = `${Math.min(1.25, 380/height + .4)*width}px`
    picture.replaceChildren(...shapes)
    picture.setAttribute('aria-label', edges.length === 0 ? 'No two tables share an id.'
      : edges.map(({ u, v, ids }) => `tables ${u} and ${v} share ${ids.join(', ')}`).join('; '))
  }

  function tableNode({ x, y }, v, ids, queries, { distance }) {
    const near = distance[v] !== null
    const marks = queries.map((id, i) => ids.includes(id) ? i + 1 : 0).filter(i => i)
    const props = { class: near ? 'node near' : 'node', transform: `translate(${x} ${y})` }
    return svgElement('g', props,
      svgElement('circle', { class: 'ground', r: RADIUS }),
      svgElement('circle', { class: 'glow', r: RADIUS, 'data-node': v }),
      svgElement('text', { class: 'number', y: 4.5 }, String(v)),
      ...marks.map((mark, i) => svgElement('g', {
        class: 'query', transform: `translate(${marks.length > 1 ? 24*i - 12 : 0} -21)`,
      }, svgElement('rect', { x: -11, y: -8, width: 22, height: 15, rx: 4 }),
      svgElement('text', { y: 3.5 }, `q${mark}`))))
  }

  function show(state, { truth, beliefs, word }) {
    const now = JSON.stringify([state.tables, state.queries])
    if (now !== known) draw(state, truth)
    known = now
    for (const circle of picture.querySelectorAll('.glow')) {
      const belief = beliefs ? beliefs[circle.dataset.node] : 0
      circle.style.fillOpacity = belief.toFixed(4)
      circle.parentNode.classList.toggle('high', belief > .64)
      circle.parentNode.classList.toggle('top', belief > .87)
    }
    const filled = beliefs ? ` Filled: believed so ${word}.` : ''
    write(caption, `Tables by their joins from query 1. Ring: connected with it.${filled}`)
  }

  return { element: h('figure', { class: 'graph-box' }, picture, caption), show }
}
