// What a page says, where its links lead, and what of it does not fit the window.
async () => {
  await document.fonts.ready
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame)
  for (const details of document.querySelectorAll('main details')) details.open = true
  const main = document.querySelector('main')
  const all = (selector, f, root = document) => [...root.querySelectorAll(selector)].map(f)
  const others = 'pre, code, script, style, math, [data-lowrank]'
  const measured = 'pre, table, img, svg, h1, h2, h3, h4, math[display=block]'

  function prose() {
    const copy = main.cloneNode(true)
    for (const e of copy.querySelectorAll(others)) e.remove()
    return copy.textContent
  }

  // The nearest ancestor that cuts or scrolls what it holds, through shadow roots
  function holder(e) {
    const parent = e => e.parentElement ?? e.getRootNode().host
    let p = parent(e)
    while (p && getComputedStyle(p).overflowX === 'visible') p = parent(p)
    return p ?? document.documentElement
  }

  function tooWide(e) {
    const box = holder(e)
    const end = box.getBoundingClientRect().left + box.clientLeft + box.clientWidth
    const outside = e.getBoundingClientRect().right - end
    const scrolls = e.tagName === 'PRE' && innerWidth < 600   // in a narrow window code may scroll
    const inside = /^(PRE|H\d)$/.test(e.tagName) && !scrolls ? e.scrollWidth - e.clientWidth : 0
    return Math.round(Math.max(outside, inside))
  }

  function measure(root, cut) {
    for (const e of root.querySelectorAll(measured)) {
      if (!e.checkVisibility() || tooWide(e) <= 1) continue
      const says = (e.alt ?? e.textContent).trim().replace(/\s+/g, ' ').slice(0, 60)
      cut.push(`${e.tagName.toLowerCase()}, ${tooWide(e)} px too wide: ${says}`)
    }
    for (const e of root.querySelectorAll('*')) if (e.shadowRoot) measure(e.shadowRoot, cut)
    return cut
  }

  const facts = {
    title: main.querySelector('h1').innerText,
    text: main.innerText,
    prose: prose(),
    formulas: all('math[display=block]', e => e, main).length,
    headings: all('h3', e => e.innerText, main),
    ids: all('[id]', e => e.id),
    links: all('a[href]', a => a.href),
    navigations: all('nav', nav => ({
      text: nav.textContent, links: all('a[href]', a => a.href.split('#')[0], nav),
    })),
    prev: all('link[rel=prev]', a => a.href),
    next: all('link[rel=next]', a => a.href),
    bright: Number(getComputedStyle(document.body).color.match(/\d+/)[0]) > 128,
    images: all('img', i => ({
      alt: i.alt, shown: i.clientWidth/i.clientHeight, drawn: i.naturalWidth/i.naturalHeight,
    }), main),
  }
  facts.cut = measure(main, [])
  const more = document.documentElement.scrollWidth - innerWidth
  if (more > 0) facts.cut.push(`the page is ${more} px too wide`)
  return facts
}
