// The palette: choose an id for a chip, or make the chip's id a query.
import { h } from './elements.js'

export function palette(n_ids) {
  const element = h('div', { class: 'palette', role: 'dialog', hidden: true })
  let owner = null

  function close(back = false) {
    element.hidden = true
    if (back) owner?.focus()
    owner = null
  }

  // Shows the palette under a chip; `choose(id)` takes an id, `actions` are more [text, function].
  function open(chip, value, name, choose, actions) {
    owner = chip
    const ids = Array.from({ length: n_ids }, (_, id) => h('button', {
      type: 'button', class: 'small', 'aria-pressed': String(id === value),
      onclick: () => { choose(id); close(true) },
    }, String(id)))
    const more = actions.map(([text, act]) => h('button', {
      type: 'button', class: 'wide', onclick: () => { act(); close(true) },
    }, text))
    element.setAttribute('aria-label', name)
    element.replaceChildren(h('div', { class: 'ids' }, ...ids), ...more)
    element.hidden = false
    const box = chip.getBoundingClientRect()
    const around = element.offsetParent.getBoundingClientRect()
    const most = around.width - element.offsetWidth - 8
    element.style.left = `${Math.max(8, Math.min(most, box.left - around.left - 20))}px`
    element.style.top = `${box.bottom - around.top + 6}px`
    ids[value].focus()
  }

  element.addEventListener('keydown', event => {
    const all = [...element.querySelectorAll('button')]
    const here = all.indexOf(event.target)
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 4, ArrowUp: -4 }[event.key]
    if (event.key === 'Escape') close(true)
    else if (by) all[Math.min(all.length - 1, Math.max(0, here + by))].focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  })
  element.addEventListener('focusout', event => {
    if (!element.contains(event.relatedTarget)) close()
  })
  return { element, open, close }
}
