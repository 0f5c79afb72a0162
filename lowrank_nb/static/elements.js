// Elements that the views are made of, and numbers as text.

export const number = new Intl.NumberFormat('en-US').format
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`
export const percent = share => `${(100*share).toFixed(2)}%`
export const times = ratio => `${ratio.toFixed(ratio < 10 ? 2 : 1)} ×`

export function short(n) {
  if (n < 1e6) return number(n)
  return n < 1e9 ? `${(n/1e6).toFixed(1)} M` : `${(n/1e9).toFixed(1)} G`
}

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props))
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value !== false) element.setAttribute(name, value === true ? '' : value)
  element.append(...children)
  return element
}

// Sets an element's text; writing the text that is there already would cost a layout.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}

// The same for a list of lines, one child each.
export function writeLines(parent, tag, lines) {
  while (parent.children.length > lines.length) parent.lastChild.remove()
  while (parent.children.length < lines.length) parent.append(h(tag))
  lines.forEach((line, i) => write(parent.children[i], line))
}

export function slider(name, text, move) {
  const moved = () => move({ [name]: input.valueAsNumber })
  const input = h('input', { type: 'range', name, id: name, oninput: moved })
  const output = h('output', { for: name })
  const element = h('div', { class: 'slider' }, h('label', { for: name }, text), output, input)
  const show = (value, [low, high, step], spoken = String(value)) => {
    Object.assign(input, { min: low, max: high, step, value })
    input.setAttribute('aria-valuetext', spoken)
    write(output, String(value))
  }
  return { name, element, show }
}

export const sliders = all =>
  h('div', { class: 'sliders' }, ...all.map(({ element }) => element))

// A table whose rows explain themselves: the header of a row can be hovered or focused, and then
// shows how its numbers come about.
export function table(caption, columns, names) {
  const rows = names.map((name, i) => tableRow(name, `${columns.at(-1)}-${i}`, columns.length))
  const head = [caption, ...columns].map(text => h('th', { scope: 'col' }, text))
  const body = h('tbody', {}, ...rows.map(r => r.row))
  const element = h('table', {}, h('thead', {}, h('tr', {}, ...head)), body)
  return { element, rows: rows.map(r => r.show) }
}

function tableRow(name, id, n_columns) {
  const formula = h('div', { class: 'formula', role: 'tooltip', id })
  const title = h('span'), cells = Array.from({ length: n_columns }, () => h('td'))
  const close = event => event.key === 'Escape' && header.blur()
  const told = { scope: 'row', tabindex: 0, 'aria-describedby': id, onkeydown: close }
  const header = h('th', told, title, formula)
  const row = h('tr', { 'data-row': name }, header, ...cells)
  const show = (name, values, explained, { share, current = false, unused = false } = {}) => {
    write(title, name)
    writeLines(formula, 'p', explained)
    cells.forEach((cell, j) => write(cell, values[j]))
    row.classList.toggle('current', current)
    row.classList.toggle('unused', unused)
    if (share !== undefined) row.style.setProperty('--share', share)
  }
  return { row, show }
}

// Buttons that each set some values at once; pressed where the state has them all.
export function presets(choices, move) {
  const buttons = choices.map(([text, values]) =>
    [h('button', { type: 'button', onclick: () => move(values) }, text), values])
  const has = (state, values) =>
    Object.entries(values).every(([name, value]) => state[name] === value)
  const show = state => buttons.forEach(([button, values]) =>
    button.setAttribute('aria-pressed', has(state, values)))
  const props = { class: 'presets', role: 'group', 'aria-label': 'Presets' }
  return { element: h('div', props, ...buttons.map(([button]) => button)), show }
}

export const PRESETS = [
  ['V=20 C=3', { V: 20, C: 3 }], ['Small: V=5 C=3', { V: 5, C: 3 }],
  ['One block: V=1 C=3', { V: 1, C: 3 }], ['Long: V=64 C=31', { V: 64, C: 31 }],
]

const ROLE_NAMES = { block: 'block token', summary: 'summary', tail: 'tail' }

export function legend(colors, ...more) {
  const colored = Object.entries(ROLE_NAMES).map(([role, text]) =>
    h('span', {}, h('i', { style: `background: ${colors[role]}` }), text))
  return h('div', { class: 'legend' }, ...colored, ...more)
}

export const lengthText = ({ V, C, T }) =>
  `T = V·(C+1) + 3 = ${V}·${C + 1} + 3 = ${number(T)} tokens`

export const positionalFormulas = ({ C, T }, d, { standard, shared, saving }) => [
  `standard: T·n_embd = ${T}·${d} = ${number(standard)}`,
  `shared: (C+4)·n_embd = ${C + 4}·${d} = ${number(shared)}`,
  `remain: (C+4)/T = ${C + 4}/${T} = ${percent(1 - saving)}, saved: ${percent(saving)}`]
