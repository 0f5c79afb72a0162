// The database as cards: a card a table, a chip a column, and a card for the question.
import { chosen, layoutOf } from './database.js'
import { h, write } from './elements.js'
import { range, role } from './structure.js'

// A chip shows an id and changes it: by arrow keys, by digits, from a palette.
export function chip({ token, name, n_ids, set, open }) {
  let value = 0, typed = '', typedAt = 0
  const element = h('span', {
    class: 'chip token', role: 'spinbutton', tabindex: -1, draggable: 'true',
    'data-token': token, 'aria-label': name, 'aria-valuemin': 0, 'aria-valuemax': n_ids - 1,
    onclick: () => open(element, value), onkeydown: event => pressed(event),
    ondragstart: event => event.dataTransfer.setData('text/plain', String(value)),
  })

  function pressed(event) {
    const steps = { ArrowUp: value + 1, ArrowDown: value - 1, Home: 0, End: n_ids - 1 }
    if (event.ctrlKey || event.altKey || event.metaKey) return
    if (event.key in steps) set((steps[event.key] + n_ids) % n_ids)
    else if (event.key === 'Enter' || event.key === ' ') open(element, value)
    else if (/^\d$/.test(event.key)) digit(event.key, event.timeStamp)
    else return
    event.preventDefault()
  }

  // Two digits in a row are one number, where there is such an id.
  function digit(key, time) {
    const both = Number(typed + key)
    typed = time - typedAt < 900 && both < n_ids ? typed + key : key
    typedAt = time
    if (Number(typed) < n_ids) set(Number(typed))
  }

  function show(id) {
    value = id
    write(element, String(id))
    if (element.getAttribute('aria-valuenow') !== String(id))
      element.setAttribute('aria-valuenow', id)
  }

  return { element, show }
}

const button = (name, text, onclick) =>
  h('button', { type: 'button', class: 'small', 'aria-label': name, title: name, onclick }, text)

// One card of a table. `act` has set(table, column, id), cut(table), remove(table), lock(token),
// palette(chip, id, table, column).
function tableCard(lay, table, n_ids, act) {
  const first = table*lay.m, name = `table ${table}`
  const title = h('span', {
    class: 'name token', role: 'button', tabindex: -1, 'data-token': first,
    'aria-label': `name of ${name}: follow this token`, onclick: () => act.lock(first),
    onkeydown: event => ['Enter', ' '].includes(event.key) &&
      (event.preventDefault(), act.lock(first)),
  }, name)
  const chips = range(0, lay.C).map(j => chip({
    token: first + j + 1, name: `${name} column ${j + 1}`, n_ids,
    set: id => act.set(table, j, id),
    open: (element, id) => act.palette(element, id, table, j),
  }))
  chips.forEach(({ element }, j) => element.classList.add(role(lay, first + j + 1)))
  const cut = button(`cut ${name} off from all other tokens`, 'off', () => act.cut(table))
  const remove = button(`remove ${name}`, '×', () => act.remove(table))
  const head = h('header', {}, title, h('span', { class: 'tools' }, cut, remove))
  const row = h('div', { class: 'chips' }, ...chips.map(({ element }) => element))
  const meter = h('span', { class: 'fill' }), said = h('span', { class: 'said' })
  const belief = h('div', { class: 'belief' }, meter, said)
  const element = h('div', { class: 'card', role: 'group', 'aria-label': name }, head, row, belief)

  function show(state, { truth, beliefs }) {
    const ids = state.tables[table], off = chosen(state, 'table').some(([at]) => at === table)
    chips.forEach(({ element, show }, j) => {
      show(ids[j])
      element.classList.toggle('wanted', state.queries.includes(ids[j]))
    })
    element.classList.toggle('path', truth.path.includes(table))
    element.classList.toggle('off', off)
    cut.setAttribute('aria-pressed', off)
    remove.disabled = state.tables.length === 1
    belief.hidden = !beliefs
    if (!beliefs) return
    element.style.setProperty('--belief', beliefs[table].toFixed(4))
    write(said, `${(100*beliefs[table]).toFixed(0)}%`)
  }

  return { element, show }
}

// The card of the question: separator and two query chips, on which chips can be dropped.
function questionCard(lay, n_ids, act) {
  const chips = [0, 1].map(i => chip({
    token: lay.n + 1 + i, name: `query ${i + 1}`, n_ids,
    set: id => act.ask(i, id), open: (element, id) => act.palette(element, id, null, i),
  }))
  const slot = ({ element }, i) => h('div', {
    class: 'slot', ondragover: event => event.preventDefault(),
    ondrop: event => {
      event.preventDefault()
      const id = Number.parseInt(event.dataTransfer.getData('text/plain'))
      if (id >= 0 && id < n_ids) act.ask(i, id)
    },
  }, h('span', {}, `query ${i + 1}`), element)
  chips.forEach(({ element }) => element.classList.add('tail'))
  const separator = h('span', {
    class: 'chip tail token', role: 'button', tabindex: -1, 'data-token': lay.n,
    'aria-label': 'separator: follow this token', onclick: () => act.lock(lay.n),
  }, '|')
  const apart = h('div', { class: 'slot' }, h('span', {}, 'separator'), separator)
  const row = h('div', { class: 'chips' }, apart, ...chips.map(slot))
  const head = h('header', {}, h('span', { class: 'name' }, 'the question'))
  const props = { class: 'card question', role: 'group', 'aria-label': 'the question' }
  const show = ({ queries }) => chips.forEach(({ show }, i) => show(queries[i]))
  return { element: h('div', props, head, row), show }
}

// The grid of all cards. Its tokens are one stop of the tabulator; arrow keys move among them.
export function cardGrid({ n_ids, most, act, point }) {
  const add = h('button', { type: 'button', class: 'add', onclick: () => act.add() }, '+ table')
  const arcs = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  arcs.setAttribute('class', 'arcs')
  arcs.setAttribute('aria-hidden', 'true')
  const element = h('div', { class: 'cards' })
  let cards = [], made = '', tokens = []

  function build(lay) {
    made = `${lay.V},${lay.C}`
    cards = [questionCard(lay, n_ids, act),
      ...range(0, lay.V).map(table => tableCard(lay, table, n_ids, act))]
    element.replaceChildren(...cards.map(card => card.element), add, arcs)
    tokens = [...element.querySelectorAll('.token')]
    tokens[1].tabIndex = 0   // query 1
  }

  const tokenOf = event => event.target.closest?.('.token')
  const at = event => Number(tokenOf(event)?.dataset.token ?? -1)
  element.addEventListener('pointerover', event => tokenOf(event) && point(at(event)))
  element.addEventListener('pointerleave', () => point(null))
  element.addEventListener('focusin', event => {
    if (!tokenOf(event)) return
    for (const token of tokens) token.tabIndex = token === tokenOf(event) ? 0 : -1
    point(at(event))
  })
  element.addEventListener('focusout', () => point(null))
  element.addEventListener('keydown', event => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key], here = tokens.indexOf(tokenOf(event))
    if (!by || here < 0) return
    tokens[(here + by + tokens.length) % tokens.length].focus()
    event.preventDefault()
  })

  function show(state, result) {
    const lay = layoutOf(state)
    const controls = card => [...card.element.querySelectorAll('.token, button')]
    const held = element.getRootNode().activeElement
    const at = cards.findIndex(card => card.element.contains(held))
    const place = at < 0 ? -1 : controls(cards[at]).indexOf(held)
    const anew = made !== `${lay.V},${lay.C}`
    if (anew) build(lay)
    for (const card of cards) card.show(state, result)
    if (anew && at >= 0) controls(cards[Math.min(at, lay.V)])[place].focus()
    add.disabled = lay.V === most
    for (const token of tokens)
      token.classList.toggle('locked', Number(token.dataset.token) === state.token)
  }

  const find = token => tokens.find(({ dataset }) => Number(dataset.token) === token)
  return { element, arcs, show, find, key: () => made }
}
