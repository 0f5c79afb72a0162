// What the model would answer after each layer: a column a layer, a row for the answer and for
// each table, the nearest to query 1 first.
import { count, h, write } from './elements.js'
import { range } from './structure.js'

export function readoutGrid({ choose, layerName }) {
  const head = h('tr'), body = h('tbody')
  const table = h('table', { class: 'readouts' }, h('thead', {}, head), body)
  let buttons = [], rows = [], made = ''

  function build(n_layer, n_rows) {
    made = `${n_layer},${n_rows}`
    buttons = range(1, n_layer + 1).map(layer => h('button', {
      type: 'button', class: 'small', 'aria-label': `show ${layerName(layer)}`,
      title: layerName(layer), onclick: () => choose(layer),
    }, String(layer)))
    const columns = buttons.map(button => h('th', { scope: 'col' }, button))
    table.style.setProperty('--layers', n_layer)
    head.replaceChildren(h('th', { scope: 'col' }, 'layer'), ...columns)
    rows = range(0, n_rows).map(() => {
      const title = h('span'), near = h('small')
      const cells = buttons.map((_, l) => h('td', { onclick: () => choose(l + 1) }))
      const element = h('tr', {}, h('th', { scope: 'row' }, title, near), ...cells)
      return { element, title, near, cells, shown: [] }
    })
    body.replaceChildren(...rows.map(({ element }) => element))
  }

  function fill(row, name, near, values) {
    write(row.title, name)
    write(row.near, near)
    values.forEach((p, l) => {
      const text = (100*p).toFixed(0)
      if (row.shown[l] === text) return
      row.shown[l] = text
      write(row.cells[l], text)
      row.cells[l].style.setProperty('--p', p.toFixed(3))
      row.cells[l].classList.toggle('high', p > .605)
      row.cells[l].classList.toggle('top', p > .865)
    })
  }

  function show(state, { n_layer, probability, beliefAt, truth }) {
    const tables = beliefAt ? sorted(truth.distance) : []
    if (made !== `${n_layer},${tables.length + 1}`) build(n_layer, tables.length + 1)
    const all = range(0, n_layer), { distance } = truth
    fill(rows[0], 'answer', '', all.map(probability))
    tables.forEach((v, i) => {
      const near = distance[v] === null ? ' apart' : ` ${count(distance[v], 'join')}`
      fill(rows[i + 1], `table ${v}`, near, all.map(l => beliefAt(l, v)))
    })
    buttons.forEach((button, l) => button.setAttribute('aria-pressed', l + 1 === state.layer))
    for (const { cells } of rows)
      cells.forEach((cell, l) => cell.classList.toggle('now', l + 1 === state.layer))
  }

  return { element: h('div', { class: 'readouts-box' }, table), show }
}

function sorted(distance) {
  const far = v => distance[v] ?? Infinity
  return distance.map((_, v) => v).sort((a, b) => far(a) === far(b) ? a - b : far(a) - far(b))
}
