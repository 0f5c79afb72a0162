// From views to widgets: in anywidget, where there is a kernel, and on a page, where there is none.
//
// A view is { make, clamp, follow, text }.
// make({ page, model, state, move }), which may be asynchronous, gives
//   element       nodes that are shown
//   paint(state)  brings them up to date
//   announcement(state)  a sentence for a screen reader, said once the reader rests
//   measured      elements whose size is needed in painting: `box` in draw.js knows it
//   gone()        called when the widget is removed (may be absent)
// clamp(asked, initial, limits) gives { state, notes } for the values a link asks for.
// follow(state, moved) says what a move changes besides (absent: nothing).
// text(state) has the state as texts for the address (absent: the values as they are).
import { addressOf, asked } from './state.js'
import { box, measure } from './draw.js'
import { h, write } from './elements.js'

const ANNOUNCE_AFTER = 600   // milliseconds of rest
const ADDRESS_AFTER = 250    // milliseconds; browsers refuse to change the address too often

// ---- One widget, of a model with get, set, on, off and save_changes

const valuesOf = (model, { fixed, names }) =>
  ({ ...fixed, ...Object.fromEntries(names.map(name => [name, model.get(name)])) })

// Inside a shadow root the page's own styles for tables and buttons do not reach; JupyterLab
// leaves keys alone where it is told so; a key pressed here without Ctrl, Alt or Meta is none of
// the page's shortcuts.
function shadow(css, ...children) {
  const style = h('style')
  style.textContent = css
  const host = h('div', { class: 'lowrank', 'data-lm-suppress-shortcuts': 'true' })
  const panel = h('div', { class: 'lowrank-panel' }, ...children)
  host.attachShadow({ mode: 'open' }).append(style, panel)
  for (const key of ['keydown', 'keypress', 'keyup'])
    host.addEventListener(key, event =>
      event.ctrlKey || event.altKey || event.metaKey || event.stopPropagation())
  return { host, panel }
}

// A button that goes away while it has the focus hands it to what follows in its place.
function keepFocus(panel, paint) {
  const root = panel.getRootNode(), held = root.activeElement, above = []
  for (let e = held; e && e !== root; e = e.parentElement) above.push(e)
  paint()
  if (held?.localName !== 'button') return
  const now = root.activeElement
  const stays = held.isConnected && held.checkVisibility()
  if (now && (stays || now !== held)) return
  if (stays) return held.focus({ preventScroll: true })
  const place = above.find(e => e.isConnected)
  const all = [...panel.querySelectorAll('button:enabled, input, [tabindex="0"]')]
    .filter(e => e !== held && e.checkVisibility())
  const follows = e => place.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING
  const next = all.find(follows) ?? all.at(-1)
  next?.focus({ preventScroll: true })
}

async function render(views, { model, el }) {
  const page = model.get('_page'), kind = views[page.view], follow = kind.follow
  const state = () => valuesOf(model, page)

  function move(moved) {
    const before = state(), after = follow ? follow(before, moved) : moved
    for (const [name, value] of Object.entries(after))
      if (value !== before[name]) model.set(name, value)
    model.save_changes()
  }

  const view = await kind.make({ page, model, state, move })
  const notice = h('p', { class: 'notice', role: 'alert' })
  const spoken = h('p', { class: 'spoken', 'aria-live': 'polite' })
  const { host, panel } = shadow(model.get('_css'), notice, ...view.element, spoken)
  el.append(host)

  let frame = 0, rest = 0
  const paint = () => {
    frame = 0
    write(notice, (model.get('_notes') ?? []).join('. '))
    keepFocus(panel, () => view.paint(state()))
  }
  const schedule = () => { frame ||= requestAnimationFrame(paint) }
  const changed = () => {
    schedule()
    clearTimeout(rest)
    rest = setTimeout(() => write(spoken, view.announcement(state())), ANNOUNCE_AFTER)
  }
  paint()
  const resized = new ResizeObserver(entries => {
    // heights are the view's own doing
    const wider = entries.some(({ target, contentRect }) => box(target).width !== contentRect.width)
    for (const { target, contentRect } of entries) measure(target, contentRect)
    if (wider) schedule()
  })
  for (const element of view.measured) resized.observe(element)
  const watched = [...page.names, '_notes'].map(name => `change:${name}`)
  for (const event of watched) model.on(event, changed)
  return () => {
    for (const event of watched) model.off(event, changed)
    resized.disconnect()
    cancelAnimationFrame(frame)
    clearTimeout(rest)
    view.gone?.()
  }
}

// ---- A page: no model there, so a stand-in keeps the same values, and the address has the state

function standIn(values, saved) {
  const listeners = {}
  return {
    get: name => values[name],
    set: (name, value) => {
      values[name] = value
      for (const call of listeners[`change:${name}`] ?? []) call()
    },
    on: (event, call) => { (listeners[event] ??= new Set()).add(call) },
    off: (event, call) => { listeners[event]?.delete(call) },
    save_changes: saved,
  }
}

const bytes = base64 => Uint8Array.from(atob(base64), c => c.charCodeAt(0))
const text = base64 => new TextDecoder().decode(bytes(base64))
const block = id => document.getElementById(id).textContent

// The values of an explorer on a page: what is large lies in blocks, each on the page once, and
// comes as anywidget has it: bytes as a DataView.
function readValues(el) {
  const { values, blocks } = JSON.parse(text(el.dataset.lowrank))
  for (const [name, id] of Object.entries(blocks))
    values[name] = name === '_css' ? text(block(id)) : new DataView(bytes(block(id)).buffer)
  return values
}

// In JupyterLab the address is JupyterLab's.
const ownsAddress = () => !document.getElementById('jupyter-config-data')

function followAddress(model, view, position, initial, { names, limits }) {
  const given = ownsAddress() ? asked(location.hash, position, names) : null
  if (!given) return false
  const { state, notes } = view.clamp(given, initial, limits)
  for (const [name, value] of Object.entries({ ...state, _notes: notes })) model.set(name, value)
  return true
}

function styleOnce(css) {
  if (document.getElementById('lowrank-style')) return
  const style = h('style', { id: 'lowrank-style' })
  style.textContent = css
  document.head.append(style)
}

function mount(views, el, position, values) {
  const page = values._page, view = views[page.view]
  const texts = view.text ?? (state => state)
  let wait = 0
  const model = standIn(values, () => {
    model.set('_notes', [])
    if (!ownsAddress()) return
    clearTimeout(wait)
    wait = setTimeout(() => {
      const state = valuesOf(model, { names: page.names, fixed: {} })
      history.replaceState(null, '', addressOf(texts(state), position))
    }, ADDRESS_AFTER)
  })
  const initial = valuesOf(model, page)
  const follow = () => followAddress(model, view, position, initial, page)
  const linked = follow()
  addEventListener('hashchange', follow)
  styleOnce(values._css)
  const picture = [...el.childNodes]   // stays if the module should fail
  render(views, { model, el }).then(() => {
    for (const node of picture) node.remove()
    if (linked) el.scrollIntoView({ block: 'nearest' })
  })
}

// Mounts the explorers of these views that the page holds and that are not mounted yet.
function mountAll(views) {
  document.querySelectorAll('[data-lowrank]').forEach((el, i) => {
    if (el.dataset.mounted) return
    const values = readValues(el)
    if (!(values._page.view in views)) return
    el.dataset.mounted = 'true'
    mount(views, el, i + 1, values)
  })
}

// What an entry module exports: anywidget calls `render`, a page calls `mountAll`.
export const widget = views =>
  ({ render: given => render(views, given), mountAll: () => mountAll(views) })
