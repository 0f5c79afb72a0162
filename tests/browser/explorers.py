"""The explorers on a page, and what they show."""
import re
from lowrank_nb.explore import MaskExplorer

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
    exact = {row: [integer(n) for n in re.findall(r'(?:dense|structured):.*? = ([\d,]+)(?=structured|count|, with|, over|$)', formulas(row))] for row in ('attention', 'total')}
    return state, dict(
        T=integer(re.search(r'= ([\d,]+) tokens', explorer.locator('.length').inner_text())[1]), active=[integer(a) for a, _ in active], T2=integer(active[0][1]),
        density=[cells(row)[1] for row in ('local', 'global')], positional=[integer(c.split()[0]) for c in cells('positional')[:2]], remain=cells('positional')[2],
        dense=[exact[row][0] for row in ('attention', 'total')], structured=[exact[row][1] for row in ('attention', 'total')])

def percent(share): return f'{100*share:.2f} %'

def expected(state):
    "The same, from the package"
    n = MaskExplorer(**state).numbers
    return dict(n, T2=n['T']**2, density=[percent(d) for d in n['density']], remain=percent(1 - n.pop('saving')))
