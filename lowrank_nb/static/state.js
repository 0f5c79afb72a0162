// What a reader, a link or Python may set: integers within limits and words of a few, by name.
import { carry, layout } from './structure.js'

// What a link asks for, as a note quotes it.
export const brief = given => given.length > 60 ? `${given.slice(0, 59)}…` : given || 'nothing'

// Brings the values a link asks for, strings by name, into the allowed range, and says what it
// changed.
export function clamp(asked, initial, limits) {
  const state = { ...initial }, notes = []
  const take = (name, low, high, step = 1) => {
    if (!(name in asked)) return
    const given = asked[name], number = given.trim() === '' ? NaN : Number(given)
    const nearest = low + Math.round((number - low)/step)*step
    if (!Number.isNaN(number)) state[name] = Math.min(high, Math.max(low, nearest))
    if (state[name] === number) return
    const allowed = `${step > 1 ? `a multiple of ${step}` : 'an integer'} from ${low} to ${high}`
    const shown = `${name}=${state[name] ?? 'none'}`
    notes.push(`${name} must be ${allowed}, got ${brief(given)}: shown with ${shown}`)
  }
  const choose = (name, words) => {
    if (!(name in asked)) return
    if (words.includes(asked[name])) return void (state[name] = asked[name])
    const shown = `${name}=${state[name]}`, given = brief(asked[name])
    notes.push(`${name} must be ${words.join(' or ')}, got ${given}: shown with ${shown}`)
  }
  for (const [name, allowed] of Object.entries(limits)) {
    if (!(name in initial)) continue
    if (typeof allowed[0] === 'string') choose(name, allowed)
    else take(name, ...allowed)
  }
  if ('layer' in initial) {
    state.layer = Math.min(state.layer, state.n_layer)
    take('layer', 1, state.n_layer)
  }
  if ('token' in initial) {
    const { T } = layout(state.V, state.C)
    if (state.token >= T) state.token = null
    take('token', 0, T - 1)
  }
  return { state, notes }
}

// What a move of the reader's changes besides the value moved: a locked token keeps its name, the
// layer shown stays in the model.
export function follow(state, moved) {
  const next = { ...state, ...moved }
  if (state.token !== null && !('token' in moved))
    next.token = carry(layout(state.V, state.C), layout(next.V, next.C), state.token)
  next.layer = Math.min(next.layer, next.n_layer)
  return next
}

// The explorer's own values of an address, as in #V=8&C=3; the second explorer of a page adds
// view=2. Null where the address is not about this explorer.
export function asked(hash, position, names) {
  const given = Object.fromEntries(new URLSearchParams(hash.slice(1)))
  const about = names.some(name => name in given)
  return about && Number(given.view ?? 1) === position ? given : null
}

// The other way: the address of a state, text by name.
export function addressOf(state, position) {
  const hash = new URLSearchParams(position > 1 ? { view: position } : {})
  for (const [name, value] of Object.entries(state)) if (value !== null) hash.set(name, value)
  return `#${hash}`
}
