"""What the browser tests share: Debian's Chromium, watched, and the explorers on a page."""
import re, shutil
from contextlib import contextmanager
from urllib.parse import urlsplit
from playwright.sync_api import sync_playwright
from lowrank_nb.explore import MaskExplorer

# Without a frame limit the time to the next frame is the time the page needs, not the time to the next tick of the display.
ARGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-frame-rate-limit', '--disable-gpu-vsync']

@contextmanager
def chromium():
    path = shutil.which('chromium') or shutil.which('chromium-browser')
    if not path: raise SystemExit('the browser tests need chromium on the PATH: .ci/browser installs it')
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path, args=ARGS)
        try: yield browser
        finally: browser.close()

def watch(page):
    "Collect what should not happen on a page: errors, and requests that leave this machine"
    wrong = []
    page.on('console', lambda m: m.type == 'error' and wrong.append(f'console: {m.text}'))
    page.on('pageerror', lambda e: wrong.append(f'error: {e}'))
    page.on('request', lambda r: urlsplit(r.url).hostname not in (None, '', 'localhost', '127.0.0.1') and wrong.append(f'request: {r.url}'))
    return wrong

def explorers(page):
    "The explorers on a page, once they have painted"
    page.wait_for_selector('.lowrank .length:not(:empty)')
    return page.locator('.lowrank')

def slider(explorer, name): return explorer.locator(f'input[name={name}]')

def integer(text): return int(text.replace(',', ''))

def shown(explorer):
    "The state and the numbers that a mask explorer shows, read from its text"
    state = {s.get_attribute('name'): int(s.input_value()) for s in explorer.locator('input[type=range]').all()}
    def cells(row): return explorer.locator(f'tr[data-row={row}] td').all_inner_texts()
    def formulas(row): return explorer.locator(f'tr[data-row={row}] .formula').text_content()
    active = [cells(row)[0].split(' / ') for row in ('local', 'global')]
    assert active[0][1] == active[1][1]
    exact = {row: [integer(n) for n in re.findall(r'(?:dense|structured):.*? = ([\d,]+)(?=structured|, with|, over|$)', formulas(row))] for row in ('attention', 'total')}
    return state, dict(
        T=integer(re.search(r'= ([\d,]+) tokens', explorer.locator('.length').inner_text())[1]), active=[integer(a) for a, _ in active], T2=integer(active[0][1]),
        density=[cells(row)[1] for row in ('local', 'global')], positional=[integer(c.split()[0]) for c in cells('positional')[:2]], saving=cells('positional')[2],
        dense=[exact[row][0] for row in ('attention', 'total')], structured=[exact[row][1] for row in ('attention', 'total')])

def percent(share): return f'{100*share:.2f} %'

def expected(state):
    "The same, from the package"
    n = MaskExplorer(**state).numbers
    return dict(n, T2=n['T']**2, density=[percent(d) for d in n['density']], saving=percent(n['saving']))
