// The explorer of lowrank_nb, one module for both its faces: an anywidget where there is a kernel, mounted by `mountAll` on a page where there is none.
// Everything shown is computed here. The first part is the package's definitions a second time; tests/explorer.test.mjs and chapter 04 hold the two equal.

// ---- Layout: V blocks of m = C+1 tokens, the tail from n on, T tokens in all

const TAIL_NAMES = ['separator', 'query 1', 'query 2']

export const layout = (V, C) => ({ V, C, m: C + 1, n: V*(C + 1), T: V*(C + 1) + TAIL_NAMES.length })

export const role = ({ C, m, n }, i) => i >= n ? 'tail' : i % m === C ? 'summary' : 'block'

export const label = ({ m, n }, i) =>
  i >= n ? TAIL_NAMES[i - n] : `table ${Math.floor(i/m)} · ${i % m ? `column ${i % m}` : 'name'}`

// The token of the same name in another layout, or the nearest there is.
export function carry(from, to, i) {
  if (i >= from.n) return to.n + i - from.n
  return Math.min(Math.floor(i/from.m), to.V - 1)*to.m + Math.min(i % from.m, to.C)
}

// ---- Masks: a list of groups. Each query of a group may attend to each key of it; a query is in at most one group.

export const range = (start, stop, step = 1) => Array.from({ length: Math.ceil((stop - start)/step) }, (_, i) => start + i*step)

export const square = tokens => ({ queries: tokens, keys: tokens })

export const local = ({ m, n, T }) => [...range(0, n, m).map(b => square(range(b, b + m))), ...range(n, T).map(i => square([i]))]

export const hub = ({ m, n, T }) => [square([...range(m - 1, n, m), ...range(n, T)])]

export const PATTERNS = { local, hub }

// The patterns of a module written for another mask: its default export makes them from the functions above.
export const patternsOf = async source =>
  source ? (await import(`data:text/javascript,${encodeURIComponent(source)}`)).default({ range, square, local, hub }) : PATTERNS

// The pattern of a table of relations, a flag for each: offset to offset within a block, then role to role for block token, summary and the three of the tail.
// A query's row is a string of flags; queries of equal rows are a group.
export const tablePattern = table => ({ V, C, m, n, T }) => {
  const across = role => table.slice(m*m + 5*role, m*m + 5*role + 5)
  const groups = new Map()
  for (let q = 0; q < T; q++) {
    const offset = q % m, b = Math.floor(q/m), roles = across(q >= n ? q - n + 2 : offset === C ? 1 : 0)
    const other = roles[0].repeat(C) + roles[1], own = table.slice(offset*m, offset*m + m)
    const row = (q < n ? other.repeat(b) + own + other.repeat(V - 1 - b) : other.repeat(V)) + roles.slice(2)
    if (!groups.has(row)) groups.set(row, [])
    groups.get(row).push(q)
  }
  return [...groups].map(([row, queries]) => {
    const keys = []
    for (let k = row.indexOf('1'); k >= 0; k = row.indexOf('1', k + 1)) keys.push(k)
    return { queries, keys }
  }).filter(({ keys }) => keys.length)
}

// `patterns` is the local and the hub pattern, or a list with one for each layer.
export const maskSchedule = (patterns, lay, n_layer, n_local) => {
  if (Array.isArray(patterns)) return patterns.map(pattern => pattern(lay))
  const masks = [patterns.local(lay), patterns.hub(lay)]
  return range(0, n_layer).map(l => masks[l < n_local ? 0 : 1])
}

export const nActive = mask => mask.reduce((sum, { queries, keys }) => sum + queries.length*keys.length, 0)

// ---- Reach and cost: both walk a schedule backward over sets of tokens, kept as one byte a token

const setOf = (T, tokens) => { const set = new Uint8Array(T); for (const i of tokens) set[i] = 1; return set }

const members = set => { const tokens = []; for (let i = 0; i < set.length; i++) if (set[i]) tokens.push(i); return tokens }

const size = set => { let sum = 0; for (const x of set) sum += x; return sum }

// A set of tokens with all that they may attend to.
function withKeys(mask, tokens) {
  const out = tokens.slice()
  for (const { queries, keys } of mask) if (queries.some(q => tokens[q])) for (const k of keys) out[k] = 1
  return out
}

// Entry l: the inputs that can have influenced the token after layers 1 to l.
export const reach = (schedule, T, token) =>
  range(0, schedule.length + 1).map(l => schedule.slice(0, l).reduceRight((set, mask) => withKeys(mask, set), setOf(T, [token])))

// For each layer, how many tokens are needed as input, how many queries of them as output, how many of those see nothing,
// and over how many pairs of query and key attention runs; a query that sees only itself needs none. Where the groups hold more than twice as many keys
// as there are tokens, the layer runs as one masked attention of all queries and keys, as in the package.
export function plan(schedule, T, outputs) {
  let queries = setOf(T, outputs)
  const layers = []
  for (const mask of schedule.toReversed()) {
    const tokens = withKeys(mask, queries)
    let empty = size(queries), pairs = 0, held = 0
    const keys = new Uint8Array(T)
    for (const group of mask) {
      const needed = group.queries.filter(q => queries[q])
      if (!needed.length) continue
      empty -= needed.length
      for (const k of group.keys) keys[k] = 1
      if (needed.length === 1 && group.keys.length === 1 && needed[0] === group.keys[0]) continue
      pairs += needed.length*group.keys.length
      held += group.keys.length
    }
    if (held > 2*size(tokens)) pairs = (size(queries) - empty)*size(keys)
    layers.unshift({ tokens: size(tokens), queries: size(queries), empty, pairs })
    queries = tokens
  }
  return layers
}

export const densePlan = (T, n_layer) => Array(n_layer).fill({ tokens: T, queries: T, empty: 0, pairs: T*T })

// Multiply–adds of one forward pass of one sequence, d = n_embd, one position read out.
export function flops(layers, d, n_dims) {
  const attention = layers.reduce((sum, l) => sum + 2*d*l.pairs, 0)
  const rest = layers.reduce((sum, l) => sum + d*d*(10*l.queries + 2*l.tokens - l.empty), 0)
  return { attention, total: attention + rest + layers[0].tokens*n_dims*d + d }
}

export const positional = ({ C, T }, d) => ({ standard: T*d, shared: (C + 4)*d, saving: 1 - (C + 4)/T })

// Parameters of the embeddings between the two; null where a rank is more than the unfolding can have.
export const RANKS = [1, 2, 4, 8]
export const between = ({ V, m }, d) => ({
  additive: (V + m + 3)*d, factored: RANKS.map(r => r <= Math.min(V, m*d) ? r*(V + m*d) + 3*d : null),
})

// ---- State: what a reader, a link or Python may set

// Brings the values a link asks for, strings by name, into the allowed range, and says what it changed.
export function clamp(asked, initial, limits) {
  const state = { ...initial }, notes = []
  const take = (name, low, high, step = 1) => {
    if (!(name in asked)) return
    const given = asked[name], number = given.trim() === '' ? NaN : Number(given)
    const nearest = low + Math.round((number - low)/step)*step
    state[name] = Number.isNaN(number) ? state[name] : Math.min(high, Math.max(low, nearest))
    if (state[name] !== number) {
      const allowed = `${step > 1 ? `a multiple of ${step}` : 'an integer'} from ${low} to ${high}`
      notes.push(`${name} must be ${allowed}, got ${given || 'nothing'}: shown with ${name}=${state[name] ?? 'none'}`)
    }
  }
  for (const [name, bounds] of Object.entries(limits)) if (name in initial) take(name, ...bounds)
  if ('layer' in initial) {
    state.layer = Math.min(state.layer, state.n_layer)
    take('layer', 1, state.n_layer)
    const { T } = layout(state.V, state.C)
    if (state.token >= T) state.token = null
    take('token', 0, T - 1)
  }
  return { state, notes }
}

// What a move of the reader's changes besides the value moved: a locked token keeps its name, the layer shown stays in the model.
export function follow(state, moved) {
  const next = { ...state, ...moved }
  if (state.token !== null && !('token' in moved)) next.token = carry(layout(state.V, state.C), layout(next.V, next.C), state.token)
  next.layer = Math.min(next.layer, next.n_layer)
  return next
}

// ---- Elements and drawing

const number = new Intl.NumberFormat('en-US').format
const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`
const percent = share => `${(100*share).toFixed(2)} %`
const short = n => n < 1e6 ? number(n) : n < 1e9 ? `${(n/1e6).toFixed(1)} M` : `${(n/1e9).toFixed(1)} G`
const times = ratio => `${ratio.toFixed(ratio < 10 ? 2 : 1)} ×`

function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props))
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value !== false) element.setAttribute(name, value === true ? '' : value)
  element.append(...children)
  return element
}

// Sets an element's text; writing the text that is there already would cost a layout.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}

// The same for a list of lines, one child each.
function writeLines(parent, tag, lines) {
  while (parent.children.length > lines.length) parent.lastChild.remove()
  while (parent.children.length < lines.length) parent.append(h(tag))
  lines.forEach((line, i) => write(parent.children[i], line))
}

// Places T cells on `pixels` device pixels: for a run of them, where it starts and how long it is. There is a gap between cells that have room for one,
// and no run is shorter than 1.5 css pixels, so that a single active connection of a long sequence is still seen.
function cells(T, pixels, scale) {
  const edge = Int32Array.from({ length: T + 1 }, (_, i) => Math.round(i*pixels/T)), least = Math.round(1.5*scale)
  const single = pixels/T >= 4*scale, gap = single ? Math.round(scale) : 0
  const extent = ([start, stop]) => {
    const length = Math.max(least, edge[stop] - edge[start] - gap)
    return [Math.min(edge[start] + gap, pixels - length), length]
  }
  return { edge, single, extent }
}

// Neighbouring tokens as [start, stop); `single` gives one run a token.
function runs(tokens, single, same = () => true) {
  const out = []
  for (const i of tokens) {
    const last = out.at(-1)
    if (!single && last && last[1] === i && same(i - 1, i)) last[1] = i + 1
    else out.push([i, i + 1])
  }
  return out
}

// Runs of one role each, the few summaries and tail tokens last, so that the many block tokens do not cover them.
function roleRuns(lay, tokens, single) {
  const all = runs(tokens, single, (i, j) => role(lay, i) === role(lay, j)).map(run => [role(lay, run[0]), run])
  return [...all.filter(([r]) => r === 'block'), ...all.filter(([r]) => r !== 'block')]
}

// The measures of the elements that `render` observes. Asking an element itself would force a layout in the middle of painting.
const boxes = new WeakMap()
const box = element => boxes.get(element) ?? { width: 1, height: 1 }

// Sizes a canvas to its box in device pixels and gives its context, cleared.
function prepare(canvas, cssHeight = box(canvas).height) {
  const scale = window.devicePixelRatio
  const [width, height] = [box(canvas).width, cssHeight].map(x => Math.max(1, Math.round(x*scale)))
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d')
  context.clearRect(0, 0, width, height)
  return { context, width, height, scale }
}

const RIBBON = 9   // css pixels at the left and the top of the mask: the tokens themselves, coloured by role

function drawMask(canvas, lay, mask, colors) {
  const { context, width, scale } = prepare(canvas), offset = Math.round(RIBBON*scale), length = width - offset
  const { edge, single, extent } = cells(lay.T, length, scale)
  for (const [r, run] of roleRuns(lay, range(0, lay.T), single)) {
    const [at, size] = extent(run)
    context.fillStyle = colors[r]
    context.fillRect(offset + at, 0, size, Math.round(5*scale))
    context.fillRect(0, offset + at, Math.round(5*scale), size)
  }
  context.translate(offset, offset)
  context.fillStyle = 'rgb(128 128 128 / .25)'
  if (lay.m*length/lay.T >= 8*scale) for (const b of range(0, lay.n + 1, lay.m)) {
    context.fillRect(edge[b], 0, 1, length)
    context.fillRect(0, edge[b], length, 1)
  }
  for (const { queries, keys } of mask) {
    const rows = runs(queries, single).map(extent)
    for (const [r, run] of roleRuns(lay, keys, single)) {
      const [x, w] = extent(run)
      context.fillStyle = colors[r]
      for (const [y, height] of rows) context.fillRect(x, y, w, height)
    }
  }
  context.resetTransform()
}

const LINE = 13   // css pixels of a line of the reach

function drawReach(canvas, lay, sets, colors) {
  const { context, width, height, scale } = prepare(canvas, LINE*sets.length), { single, extent } = cells(lay.T, width, scale), line = height/sets.length
  sets.forEach((set, l) => {
    for (const [r, run] of roleRuns(lay, members(set), single)) {
      const [x, w] = extent(run)
      context.fillStyle = colors[r]
      context.fillRect(x, Math.round(l*line), w, Math.round(line - 2*scale))
    }
  })
}

// The rows of a positional embedding at the scale of `T` rows to the full height.
function drawStack(canvas, lay, T, colors) {
  const { context, width, height, scale } = prepare(canvas), { single, extent } = cells(T, height, scale)
  for (const [r, run] of roleRuns(lay, range(0, lay.T), single)) {
    const [y, length] = extent(run)
    context.fillStyle = colors[r]
    context.fillRect(0, y, width, length)
  }
}

// ---- Parts that both views have

function slider(name, text, move) {
  const input = h('input', { type: 'range', name, id: name, oninput: () => move({ [name]: input.valueAsNumber }) })
  const output = h('output', { for: name })
  const element = h('div', { class: 'slider' }, h('label', { for: name }, text), output, input)
  const show = (value, [low, high, step], spoken = String(value)) => {
    Object.assign(input, { min: low, max: high, step, value })
    input.setAttribute('aria-valuetext', spoken)
    write(output, String(value))
  }
  return { element, show }
}

// A table whose rows explain themselves: the header of a row can be hovered or focused, and then shows how its numbers come about.
function table(caption, columns, names) {
  const rows = names.map((name, i) => {
    const formula = h('div', { class: 'formula', role: 'tooltip', id: `${columns.at(-1)}-${i}` })
    const title = h('span'), close = event => event.key === 'Escape' && header.blur()
    const header = h('th', { scope: 'row', tabindex: 0, 'aria-describedby': formula.id, onkeydown: close }, title, formula)
    const cells = columns.map(() => h('td'))
    const show = (name, values, explained, { share, current = false, unused = false } = {}) => {
      write(title, name)
      writeLines(formula, 'p', explained)
      cells.forEach((cell, j) => write(cell, values[j]))
      row.classList.toggle('current', current)
      row.classList.toggle('unused', unused)
      if (share !== undefined) row.style.setProperty('--share', share)
    }
    const row = h('tr', { 'data-row': name }, header, ...cells)
    return { row, show }
  })
  const head = h('tr', {}, h('th', { scope: 'col' }, caption), ...columns.map(column => h('th', { scope: 'col' }, column)))
  const element = h('table', {}, h('thead', {}, head), h('tbody', {}, ...rows.map(r => r.row)))
  return { element, rows: rows.map(r => r.show) }
}

function presets(choices, move) {
  const buttons = choices.map(([text, values]) => [h('button', { type: 'button', onclick: () => move(values) }, text), values])
  const show = state => buttons.forEach(([button, values]) =>
    button.setAttribute('aria-pressed', Object.entries(values).every(([name, value]) => state[name] === value)))
  return { element: h('div', { class: 'presets', role: 'group', 'aria-label': 'Presets' }, ...buttons.map(([button]) => button)), show }
}

const legend = (colors, ...more) => h('div', { class: 'legend' },
  ...[['block', 'block token'], ['summary', 'summary'], ['tail', 'tail']].map(([key, text]) =>
    h('span', {}, h('i', { style: `background: ${colors[key]}` }), text)), ...more)

const positionalFormulas = ({ C, T }, d, { standard, shared, saving }) => [
  `standard: T·n_embd = ${T}·${d} = ${number(standard)}`,
  `shared: (C+4)·n_embd = ${C + 4}·${d} = ${number(shared)}`,
  `saved: 1 − (C+4)/T = 1 − ${C + 4}/${T} = ${percent(saving)}`]

const lengthText = ({ V, C, T }) => `T = V·(C+1) + 3 = ${V}·${C + 1} + 3 = ${number(T)} tokens`

// ---- The view of masks, reach and cost

const LOW_RANK_FORMULAS = {
  local: ({ V, m }) => `V·(C+1)² + 3 = ${V}·${m}² + 3`,
  global: ({ V }) => `(V+3)² = ${V + 3}²`,
}

const PRESETS = [
  ['Seed: V=20 C=3', { V: 20, C: 3 }], ['Small: V=5 C=3', { V: 5, C: 3 }],
  ['One block: V=1 C=3', { V: 1, C: 3 }], ['Long: V=64 C=31', { V: 64, C: 31 }],
]

const layers = (first, last) => first > last ? 'no layer' : first === last ? `layer ${first}` : `layers ${first}–${last}`

// Layers in a row that cost the same, as [first, last, cost].
const alike = costs => costs.reduce((out, cost, l) => {
  const last = out.at(-1)
  if (last && JSON.stringify(last[2]) === JSON.stringify(cost)) last[1] = l + 1
  else out.push([l + 1, l + 1, cost])
  return out
}, [])

// Every number the view shows.
export function figures(state, n_dims, patterns = PATTERNS) {
  const { V, C, n_layer, n_local, n_embd } = state
  const lay = layout(V, C), schedule = maskSchedule(patterns, lay, n_layer, n_local)
  const connections = mask => ({ active: nActive(mask), density: nActive(mask)/lay.T**2 })
  const costs = plan(schedule, lay.T, [lay.T - 1])
  const counted = Array.isArray(patterns) ? { each: schedule.map(connections) } : { local: connections(patterns.local(lay)), global: connections(patterns.hub(lay)) }
  return {
    lay, schedule, costs, ...counted, positional: positional(lay, n_embd),
    structured: flops(costs, n_embd, n_dims), dense: flops(densePlan(lay.T, n_layer), n_embd, n_dims),
  }
}

function maskView({ page, patterns, move, state }) {
  const { colors, limits, n_dims } = page
  const sliders = [['V', 'V, tables'], ['C', 'C, columns a table'], ['layer', 'layer shown'], ['n_layer', 'layers'], ['n_local', 'local layers'],
    ['n_embd', 'n_embd, width']].filter(([name]) => page.names.includes(name)).map(([name, text]) => [name, slider(name, text, move)])
  const learned = Array.isArray(patterns)
  const preset = presets(learned ? [2, 5, 20, 64].map(V => [`V=${V}`, { V }]) : PRESETS, move)
  const connections = table('connections', ['active', 'density'], learned ? ['shown', 'all'] : ['local', 'global'])
  const fixed = learned ? [h('p', { class: 'length' }, `C=${page.fixed.C} and ${count(page.fixed.n_layer, 'layer')}: fixed by the tables`)] : []
  const cost = table('one forward pass', ['dense', 'structured', 'fewer'], ['positional', 'attention', 'total'])

  const title = h('h3'), length = h('p', { class: 'length' })
  const canvas = h('canvas', { class: 'cells', tabindex: 0, role: 'application', 'aria-roledescription': 'attention mask' })
  const [row, column, locked] = ['row', 'column', 'locked'].map(name => h('div', { class: `mark ${name}`, hidden: true }))
  const [left, top] = ['left', 'top'].map(name => h('div', { class: `axis ${name}`, 'aria-hidden': 'true' }))
  const readout = h('p', { class: 'readout', 'aria-live': 'polite' })
  const plot = h('div', { class: 'plot' }, h('div', { class: 'corner', 'aria-hidden': 'true' }, 'key →', h('br'), 'query ↓'), top, left, h('div', { class: 'square' }, canvas, h('div', { class: 'marks' }, locked, row, column)))

  const followed = h('h3'), unlock = h('button', { type: 'button', onclick: () => move({ token: null }) }, 'unlock')
  const strip = h('canvas', { class: 'strip', role: 'img' }), shownLayer = h('div', { class: 'mark shown' })
  const layerNames = h('div', { class: 'names' }), counts = h('div', { class: 'counts' }), reached = h('p', { class: 'readout' })

  let now, shown, sets, labelled

  // Labels: a token each while there is room, else one a table; the left axis has less room to a line than the top axis has to a word.
  function drawLabels() {
    const { V, m, n, T } = now.lay, tokens = T <= 32 && (box(plot).width - 100)/T >= 11
    plot.classList.toggle('tokens', tokens)
    const drawn = box(canvas).width - RIBBON, key = `${V},${m},${drawn}`
    if (key === labelled) return
    labelled = key
    const at = i => RIBBON + (i + .5)*drawn/T
    for (const [axis, room] of [[left, 14], [top, tokens ? 14 : 54]]) {
      const every = Math.max(1, Math.ceil(room*T/(m*drawn))), step = [1, 2, 4, 5, 8, 10, 16, 20, 32, 64].find(s => s >= every)
      const tables = range(0, V, step).filter(b => (n - b*m)*drawn/T > room).map(b => [b*m, b*m + (m - 1)/2, `table ${b}`])
      const marks = tokens ? range(0, T).map(i => [i, i, i < n && i % m ? `column ${i % m}` : label(now.lay, i)]) : [...tables, [T - 1, n + 1, 'tail']]
      axis.replaceChildren(...marks.map(([start, middle, text]) => h('span', {
        style: axis === left ? `top: ${at(middle)}px` : tokens ? `left: ${at(middle)}px` : text === 'tail' ? 'right: 0' : `left: ${at(start - .5)}px` }, text)))
    }
  }

  function place(mark, side, extentSide, i) {
    mark.hidden = i === null
    if (i !== null) Object.assign(mark.style, { [side]: `${100*i/now.lay.T}%`, [extentSide]: `max(1px, ${100/now.lay.T}%)` })
  }

  // The cell under the pointer or the keyboard's cursor, null for none.
  let pointed = null
  function point(cell) {
    pointed = cell
    place(row, 'top', 'height', cell && cell.q)
    place(column, 'left', 'width', cell && cell.k)
    if (!cell) return write(readout, 'Point at a cell or move over it with the arrow keys; click or Enter locks its query.')
    const may = shown.some(({ queries, keys }) => queries.includes(cell.q) && keys.includes(cell.k))
    readout.replaceChildren('query ', h('b', {}, label(now.lay, cell.q)), may ? ' may attend to key ' : ' may not attend to key ', h('b', {}, label(now.lay, cell.k)))
  }

  function cellAt(event) {
    const { top, left, width, height } = canvas.getBoundingClientRect(), { T } = now.lay
    const index = (at, length) => Math.min(T - 1, Math.max(0, Math.floor((at - RIBBON)/(length - RIBBON)*T)))
    return { q: index(event.clientY - top, height), k: index(event.clientX - left, width) }
  }

  const toggle = q => move({ token: state().token === q ? null : q })
  const STEPS = { ArrowUp: ['q', -1], ArrowDown: ['q', 1], ArrowLeft: ['k', -1], ArrowRight: ['k', 1] }
  canvas.addEventListener('pointermove', event => point(cellAt(event)))
  canvas.addEventListener('pointerleave', () => point(null))
  canvas.addEventListener('click', event => toggle(cellAt(event).q))
  canvas.addEventListener('blur', () => point(null))
  canvas.addEventListener('keydown', event => {
    const { m, T } = now.lay, token = state().token ?? T - 1, cell = pointed ?? { q: token, k: token }
    if (event.key in STEPS) {
      const [axis, by] = STEPS[event.key]
      point(pointed ? { ...cell, [axis]: Math.min(T - 1, Math.max(0, cell[axis] + by*(event.shiftKey ? m : 1))) } : cell)
    } else if (event.key === 'Enter' || event.key === ' ') toggle(cell.q)
    else if (event.key === 'Escape') { point(null); move({ token: null }) } else return
    event.preventDefault()
  })

  const name = () => label(now.lay, state().token ?? now.lay.T - 1)
  function describeReach(input = null) {
    const { T } = now.lay, totals = sets.map(size), last = totals.at(-1)
    if (input !== null) {
      const first = sets.findIndex(set => set[input])
      write(reached, first < 0 ? `${label(now.lay, input)} can never influence ${name()}`
        : `${label(now.lay, input)} can have influenced ${name()} ${first ? `after layer ${first}` : 'before any layer: it is that token'}`)
    } else {
      const depth = totals.indexOf(last), all = last === T ? `all ${number(T)}` : `${number(last)} of ${number(T)}`
      if (depth === 0) return write(reached, `In no layer does ${name()} see anything but itself.`)
      write(reached, `After layer ${depth}, ${all} inputs can have influenced ${name()}${depth < totals.length - 1 ? '; later layers add none.' : '.'}`)
    }
  }
  strip.addEventListener('pointermove', event => {
    const { left, width } = strip.getBoundingClientRect()
    describeReach(Math.min(now.lay.T - 1, Math.max(0, Math.floor((event.clientX - left)/width*now.lay.T))))
  })
  strip.addEventListener('pointerleave', () => describeReach())
  strip.addEventListener('click', event => {
    const { top, height } = strip.getBoundingClientRect(), l = Math.floor((event.clientY - top)/height*sets.length)
    if (l >= 1 && l < sets.length) move({ layer: l })
  })

  const element = [
    h('div', { class: 'columns' },
      h('section', { class: 'mask' }, title, length, legend(colors, h('span', {}, h('i', { class: 'absent' }), 'masked')), plot, readout),
      h('section', { class: 'side' }, preset.element, h('div', { class: 'sliders' }, ...sliders.map(([, { element }]) => element)), ...fixed,
        connections.element, cost.element)),
    h('section', { class: 'reach' }, h('div', { class: 'bar' }, followed, unlock), h('div', { class: 'rows' }, layerNames, h('div', { class: 'strips' }, strip, shownLayer), counts), reached),
  ]

  function paint(s) {
    const { n_layer, layer, n_embd: d, token } = s, n_local = Math.min(s.n_local, n_layer)
    now = figures(s, n_dims, patterns)
    const { lay, schedule, costs, positional, dense, structured } = now, { T } = lay
    const kind = l => learned ? 'from its table' : l <= n_local ? 'local' : 'global'
    shown = schedule[layer - 1]
    sets = reach(schedule, T, token ?? T - 1)

    for (const [name, { show }] of sliders)
      show(s[name], limits[name] ?? [1, n_layer, 1], name === 'layer' ? `${layer} of ${n_layer}, ${kind(layer)}` : undefined)
    preset.show(s)
    write(title, `Mask of layer ${layer} of ${n_layer}, ${kind(layer)}`)
    write(length, lengthText(lay))
    if (learned) {
      const { active, density } = now.each[layer - 1], sum = now.each.reduce((sum, { active }) => sum + active, 0)
      const grouped = 'queries × keys, summed over the groups of equal rows'
      connections.rows[0](`layer ${layer}`, [`${number(active)} / ${number(T*T)}`, percent(density)],
        [`${grouped} = ${number(active)} active`, `T² = ${T}² = ${number(T*T)} connections`, 'density = active / T²'], { current: true })
      connections.rows[1](layers(1, n_layer), [`${number(sum)} / ${number(n_layer*T*T)}`, percent(sum/(n_layer*T*T))], ['the sum over all layers'])
    } else for (const [i, name] of ['local', 'global'].entries()) {
      const { active, density } = now[name], span = name === 'local' ? [1, n_local] : [n_local + 1, n_layer]
      const formula = patterns === PATTERNS ? LOW_RANK_FORMULAS[name](lay) : 'queries × keys, summed over the groups of the mask'
      connections.rows[i](`${name}, ${layers(...span)}`, [`${number(active)} / ${number(T*T)}`, percent(density)],
        [`${formula} = ${number(active)} active`, `T² = ${T}² = ${number(T*T)} connections`, 'density = active / T²'],
        { current: kind(layer) === name, unused: span[0] > span[1] })
    }
    cost.rows[0]('positional parameters', [`${number(positional.standard)}\nstandard`, `${number(positional.shared)}\nshared`, `${percent(positional.saving)}`],
      positionalFormulas(lay, d, positional), { share: 1 - positional.saving })
    const walk = alike(costs)
    const pairs = walk.map(([first, last, { pairs }]) => last > first ? `${last - first + 1}·${number(pairs)}` : number(pairs)).join(' + ')
    const share = what => ({ share: structured[what]/dense[what] })
    const compared = what => [short(dense[what]), short(structured[what]), structured[what] ? times(dense[what]/structured[what]) : 'all']
    cost.rows[1]('attention, multiply–\u2060adds', compared('attention'), [
      `dense: n_layer·2·T²·n_embd = ${n_layer}·2·${T}²·${d} = ${number(dense.attention)}`,
      `structured: 2·n_embd·pairs = 2·${d}·(${pairs}) = ${number(structured.attention)}`], share('attention'))
    cost.rows[2]('all multiply–\u2060adds', compared('total'), [
      `dense: T·n_dims·d + n_layer·(12·T·d² + 2·T²·d) + d = ${number(dense.total)}, with d = n_embd = ${d} and n_dims = ${n_dims}`,
      `structured: tokens·n_dims·d + Σ (d²·(10·queries + 2·tokens − empty) + 2·d·pairs) + d = ${number(structured.total)}, over the layers that query 2 needs:`,
      ...walk.map(([first, last, c]) => `${layers(first, last)}: ${count(c.tokens, 'token')}, ${count(c.queries, 'query', 'queries')}, ${count(c.pairs, 'pair')}${c.empty ? `, ${c.empty} empty` : ''}`)],
    share('total'))

    drawLabels()
    drawMask(canvas, lay, shown, colors)
    canvas.setAttribute('aria-label', `${title.textContent}: ${number(nActive(shown))} of ${number(T*T)} connections active. Arrow keys move over the cells, Enter locks a query, Escape unlocks.`)
    place(locked, 'top', 'height', token)
    point(pointed && pointed.q < T && pointed.k < T ? pointed : null)

    write(followed, `Reach of ${name()}${token === null ? ', the answer' : ', locked'}`)
    unlock.hidden = token === null
    writeLines(layerNames, 'span', sets.map((_, l) => !l ? 'input' : learned ? `layer ${l}` : `${l} ${kind(l)}`))
    for (const [l, line] of [...layerNames.children].entries()) line.className = l === layer ? 'current' : ''
    writeLines(counts, 'span', sets.map(set => number(size(set))))
    strip.style.height = `${LINE*sets.length}px`
    drawReach(strip, lay, sets, colors)
    strip.setAttribute('aria-label', sets.map((set, l) => `${l ? `after layer ${l}` : 'input'}: ${number(size(set))} of ${number(T)}`).join('; '))
    Object.assign(shownLayer.style, { top: `${LINE*layer}px`, height: `${LINE}px` })
    describeReach()
  }

  const announcement = s => `${number(now.lay.T)} tokens. Layer ${s.layer} of ${s.n_layer}: ${number(nActive(shown))} of ${number(now.lay.T**2)} connections active, ${percent(nActive(shown)/now.lay.T**2)}. `
    + `Structured ${short(now.structured.total)} multiply–adds of ${short(now.dense.total)}. ${reached.textContent}`
  return { element, paint, announcement, follow, measured: [plot, canvas, strip] }
}

// ---- The view of positional parameters

function countsView({ page, move }) {
  const { colors, limits } = page
  const sliders = [['V', 'V, tables'], ['C', 'C, columns a table'], ['n_embd', 'n_embd, width']].map(([name, text]) => [name, slider(name, text, move)])
  const preset = presets(PRESETS, move), length = h('p', { class: 'length' })
  const cost = table('positions', ['standard', 'shared', 'fewer'], ['rows', 'parameters'])
  const others = table('between the two', ['parameters', 'share'], ['additive', ...RANKS.map(r => `rank ${r}`)])
  const bars = ['standard', 'shared'].map(name => [name, h('canvas', { class: 'stack', role: 'img' }), h('figcaption')])

  const element = [
    h('div', { class: 'columns' },
      h('section', {}, legend(colors), h('div', { class: 'stacks' }, ...bars.map(([, canvas, caption]) => h('figure', {}, caption, canvas)))),
      h('section', { class: 'side' }, preset.element, h('div', { class: 'sliders' }, ...sliders.map(([, { element }]) => element)), length, cost.element, others.element)),
  ]

  function paint(s) {
    const lay = layout(s.V, s.C), shared = layout(1, s.C)
    for (const [name, { show }] of sliders) show(s[name], limits[name])
    preset.show(s)
    write(length, lengthText(lay))
    const counts = positional(lay, s.n_embd)
    cost.rows[0]('rows', [number(lay.T), number(shared.T), ''], [`standard: T = ${number(lay.T)}`, `shared: C+1 for all blocks and 3 for the tail: C+4 = ${shared.T}`])
    cost.rows[1]('parameters', [number(counts.standard), number(counts.shared), `${percent(counts.saving)}`],
      positionalFormulas(lay, s.n_embd, counts), { share: 1 - counts.saving })
    const { additive, factored } = between(lay, s.n_embd), share = n => `${percent(n/counts.standard)}`
    others.rows[0]('additive', [number(additive), share(additive)], [`(V + C+1 + 3)·n_embd = ${lay.V + lay.m + 3}·${s.n_embd} = ${number(additive)}`])
    RANKS.forEach((r, i) => others.rows[i + 1](`rank ${r}`, factored[i] === null ? ['–', ''] : [number(factored[i]), share(factored[i])],
      factored[i] === null ? [`a rank is at most V = ${lay.V}`] : [`r·(V + (C+1)·n_embd) + 3·n_embd = ${r}·(${lay.V} + ${lay.m}·${s.n_embd}) + 3·${s.n_embd} = ${number(factored[i])}`]))
    for (const [name, canvas, caption] of bars) {
      const own = name === 'standard' ? lay : shared
      write(caption, `${name}: ${number(own.T)} rows of ${s.n_embd}`)
      canvas.setAttribute('aria-label', caption.textContent)
      drawStack(canvas, own, lay.T, colors)
    }
  }

  const announcement = s => `${number(layout(s.V, s.C).T)} tokens: ${percent(positional(layout(s.V, s.C), s.n_embd).saving)} of the positional parameters saved`
  return { element, paint, announcement, follow: (state, moved) => ({ ...state, ...moved }), measured: bars.map(([, canvas]) => canvas) }
}

// ---- The two faces

const VIEWS = { mask: maskView, counts: countsView }
const ANNOUNCE_AFTER = 600   // milliseconds of rest

async function render({ model, el }) {
  const page = model.get('_page')
  const patterns = page.tables ? page.tables.map(tablePattern) : await patternsOf(page.patterns)
  const state = () => ({ ...page.fixed, ...Object.fromEntries(page.names.map(name => [name, model.get(name)])) })
  const view = VIEWS[page.view]({ page, patterns, state, move })

  function move(moved) {
    const before = state()
    for (const [name, value] of Object.entries(view.follow(before, moved))) if (value !== before[name]) model.set(name, value)
    model.save_changes()
  }

  const style = h('style'), notice = h('p', { class: 'notice', role: 'alert' }), spoken = h('p', { class: 'spoken', 'aria-live': 'polite' })
  style.textContent = model.get('_css')
  // Inside a shadow root the page's own styles for tables and buttons do not reach; JupyterLab leaves keys alone where it is told so.
  const host = h('div', { class: 'lowrank', 'data-lm-suppress-shortcuts': 'true' })
  host.attachShadow({ mode: 'open' }).append(style, h('div', { class: 'lowrank-panel' }, notice, ...view.element, spoken))
  el.append(host)

  let frame = 0, rest = 0
  const paint = () => {
    frame = 0
    write(notice, (model.get('_notes') ?? []).join('. '))
    view.paint(state())
  }
  const schedule = () => { frame ||= requestAnimationFrame(paint) }
  const changed = () => {
    schedule()
    clearTimeout(rest)
    rest = setTimeout(() => write(spoken, view.announcement(state())), ANNOUNCE_AFTER)
  }
  paint()
  const resized = new ResizeObserver(entries => {
    const wider = entries.filter(({ target, contentRect }) => box(target).width !== contentRect.width)   // heights are the view's own doing
    for (const { target, contentRect } of entries) boxes.set(target, contentRect)
    if (wider.length) schedule()
  })
  for (const element of view.measured) resized.observe(element)
  const watched = [...page.names, '_notes'].map(name => `change:${name}`)
  for (const event of watched) model.on(event, changed)
  return () => {
    for (const event of watched) model.off(event, changed)
    resized.disconnect()
    cancelAnimationFrame(frame)
    clearTimeout(rest)
  }
}

export default { render }

// What a page without a kernel has instead of a model: the same values, kept here, and in the address so that a view can be linked.
function standIn(values, saved) {
  const listeners = {}
  return {
    get: name => values[name],
    set: (name, value) => { values[name] = value; for (const call of listeners[`change:${name}`] ?? []) call() },
    on: (event, call) => { (listeners[event] ??= new Set()).add(call) },
    off: (event, call) => { listeners[event]?.delete(call) },
    save_changes: saved,
  }
}

const ADDRESS_AFTER = 250   // milliseconds; browsers refuse to change the address too often

// The explorer's part of an address, as in #V=8&C=3; the second explorer of a page adds view=2. Null where the address is not about this explorer.
export function asked(hash, position, names) {
  const given = Object.fromEntries(new URLSearchParams(hash.slice(1)))
  return Number(given.view ?? 1) === position && names.some(name => name in given) ? given : null
}

function mount(el, position) {
  const values = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(el.dataset.lowrank), c => c.charCodeAt(0))))
  const { names, limits, fixed } = values._page, initial = { ...fixed, ...Object.fromEntries(names.map(name => [name, values[name]])) }
  const inLab = document.getElementById('jupyter-config-data')   // there the address belongs to JupyterLab
  let wait = 0
  const model = standIn(values, () => {
    model.set('_notes', [])
    if (inLab) return
    clearTimeout(wait)
    wait = setTimeout(() => {
      const hash = new URLSearchParams(position > 1 ? { view: position } : {})
      for (const name of names) if (model.get(name) !== null) hash.set(name, model.get(name))
      history.replaceState(null, '', `#${hash}`)
    }, ADDRESS_AFTER)
  })
  function follow() {
    const given = inLab ? null : asked(location.hash, position, names)
    if (!given) return
    const { state, notes } = clamp(given, initial, limits)
    for (const [name, value] of Object.entries({ ...state, _notes: notes })) model.set(name, value)
    return true
  }
  const linked = follow()
  addEventListener('hashchange', follow)
  if (!document.getElementById('lowrank-style')) {
    const style = h('style', { id: 'lowrank-style' })
    style.textContent = values._css
    document.head.append(style)
  }
  const picture = [...el.childNodes]   // stays if the module should fail
  render({ model, el }).then(() => {
    for (const node of picture) node.remove()
    if (linked) el.scrollIntoView({ block: 'nearest' })
  })
}

// Mounts the explorers that the page holds and that are not mounted yet.
export function mountAll() {
  document.querySelectorAll('[data-lowrank]').forEach((el, i) => {
    if (el.dataset.mounted) return
    el.dataset.mounted = 'true'
    mount(el, i + 1)
  })
}
