"""Every page of the built site in a real browser: light, dark and 390 pixels wide. Needs `make book` and tests/browser/setup."""
import json, re, sys
from playwright.sync_api import sync_playwright
from browser import ROOT, launch, serve
sys.path.insert(0, str(ROOT/'docs'))
from book import SITE, chapters, parts, title_cell
from myst import page as page_of

SHOTS = ROOT/'build/screenshots'
VIEWS = dict(light=('light', 1280), dark=('dark', 1280), narrow=('light', 390))

def cells(notebook, kind): return [''.join(c['source']) for c in json.loads((ROOT/notebook).read_text())['cells'] if c['cell_type'] == kind]
def title_of(notebook): return re.match('# (.+)\n\n> (.+)', title_cell(notebook)).groups()
def plain(markdown): return re.sub(r'[`*$\\]', '', markdown)

def says(page, notebook):
    "What a page must hold, whatever its width and colours"
    title, subtitle = title_of(notebook)
    text = page.inner_text('main')
    if page.inner_text('main h1').rstrip('#') != plain(title): yield f'the title is {page.inner_text("main h1")!r}, not {title!r}'
    if plain(subtitle) not in text: yield f'the subtitle is not shown: {subtitle!r}'
    if 'make lab' not in text: yield 'no hint how to open it in JupyterLab'
    for noise in '#|', 'nbdev_export', '$$', '{.', '```', 'show_doc(': 
        if noise in text: yield f'{noise!r} is shown'
    has_math, math = '$$' in '\n'.join(cells(notebook, 'markdown')), page.locator('main math').count()
    if has_math and not math: yield 'its formulas are not shown'
    documented = {re.sub(r'.*\.', '', s) for c in cells(notebook, 'code') for s in re.findall(r'^show_doc\(([\w.]+)', c, re.MULTILINE)}
    for name in documented - {re.sub(r'.*\.', '', h.rstrip('#')) for h in page.locator('main h3').all_inner_texts()}: yield f'no API section for {name}'

def contents(page):
    "The table of contents in the sidebar: names of the parts and addresses of the pages"
    return page.eval_on_selector_all('.bd-sidebar-primary nav .caption, .bd-sidebar-primary nav a.reference', "all => all.map(e => e.href ? e.href.split('#')[0] : e.innerText)")

def shows(page):
    "How a page fits its window"
    too_wide = page.evaluate('document.documentElement.scrollWidth - innerWidth')
    if too_wide > 0: yield f'{too_wide} pixels wider than the window'
    for name, off in page.eval_on_selector_all('main img', "all => all.map(i => [i.src.split('/').pop(), i.naturalWidth ? i.clientWidth/i.clientHeight*i.naturalHeight/i.naturalWidth - 1 : 9])"):
        if abs(off) > .03: yield f'{name} is broken or out of proportion'

def main():
    SHOTS.mkdir(parents=True, exist_ok=True)
    faults, links, ids = [], {}, {}
    with serve(SITE) as base, sync_playwright() as p:
        expected = [x for title, notebooks in parts() for x in ([title] if title else []) + [base + page_of(n) + '.html' for n in notebooks]]
        browser = launch(p)
        for view, (scheme, width) in VIEWS.items():
            page = browser.new_context(color_scheme=scheme, viewport=dict(width=width, height=900)).new_page()
            here = []
            page.on('console', lambda m: here.append(f'console: {m.text}') if m.type in ('error', 'warning') else None)
            page.on('pageerror', lambda e: here.append(f'script: {e}'))
            page.on('request', lambda r: None if r.url.startswith((base, 'data:', 'blob:')) else here.append(f'asks for {r.url}'))
            for notebook in chapters():
                address = page_of(notebook) + '.html'
                here.clear()
                if page.goto(base + address).status != 200: faults.append(f'{address}: there is no such page'); continue
                page.wait_for_load_state('networkidle')
                if view == 'light':
                    here += says(page, notebook)
                    if contents(page) != expected: here.append(f'the sidebar has {contents(page)}')
                    ids[base + address] = page.eval_on_selector_all('[id]', 'all => all.map(e => e.id)')
                    for link in page.eval_on_selector_all('a[href]', 'all => all.map(a => a.href)'): links.setdefault(link, address)
                if page.evaluate('getComputedStyle(document.body).color.match(/\\d+/)[0] > 128') != (scheme == 'dark'): here.append('wrong colours')
                here += shows(page)
                page.screenshot(path=SHOTS/f'{page_of(notebook).replace("/", "_")}-{view}.png', full_page=True)
                faults += [f'{address} ({view}): {fault}' for fault in here]
        for link, source in links.items():
            target, _, anchor = link.partition('#')
            if not link.startswith(base): continue
            if target in ids: alive = not anchor or anchor in ids[target]
            else: alive = page.request.get(target).ok
            if not alive: faults.append(f'{source}: dead link {link.removeprefix(base)}')
        page.goto(base + 'search.html?q=summary')
        page.wait_for_selector('#search-results li a')
        browser.close()
    for fault in faults: print(fault)
    print(f'{len(chapters())} pages, {sum(l.startswith(base) for l in links)} links on the site, {len(faults)} faults; screenshots in {SHOTS.relative_to(ROOT)}')
    sys.exit(bool(faults))

if __name__ == '__main__': main()
