// The elements of a page that do not fit: what runs out of the window or of what holds it. Folded code is opened first.
// In a narrow window code may scroll.
() => {
  const narrow = innerWidth < 600, cut = []
  for (const details of document.querySelectorAll('main details')) details.open = true

  function holder(e) {
    for (let p = e.parentElement ?? e.getRootNode().host; p; p = p.parentElement ?? p.getRootNode().host)
      if (getComputedStyle(p).overflowX !== 'visible') return p
    return document.documentElement
  }

  function room(e) {
    const box = holder(e)
    return box.getBoundingClientRect().left + box.clientLeft + box.clientWidth
  }

  function measure(root) {
    for (const e of root.querySelectorAll('pre, table, img, svg, h1, h2, h3, h4, math[display=block]')) {
      if (!e.checkVisibility()) continue
      const code = e.tagName === 'PRE', over = e.getBoundingClientRect().right - room(e)
      const inside = code || /^H/.test(e.tagName) ? e.scrollWidth - e.clientWidth : 0
      if (Math.max(over, inside) <= 1 || (narrow && code && over <= 1)) continue
      const says = (e.alt ?? e.textContent).trim().replace(/\s+/g, ' ').slice(0, 60)
      cut.push(`${e.tagName.toLowerCase()}, ${Math.round(Math.max(over, inside))} px too wide: ${says}`)
    }
    for (const e of root.querySelectorAll('*')) if (e.shadowRoot) measure(e.shadowRoot)
  }

  measure(document.querySelector('main'))
  if (document.documentElement.scrollWidth > innerWidth) cut.push('the page is wider than the window')
  return cut
}
