"""The explorers on a page, and what they show."""
import re
from lowrank_nb.explore import MaskExplorer

def explorers(page):
    "The structure explorers on a page, once they have painted; other views say no length"
    page.wait_for_selector('.lowrank .length:not(:empty)')
    return page.locator('.lowrank').filter(has=page.locator('.length'))

def slider(explorer, name): return explorer.locator(f'input[name={name}]')

def integer(text): return int(text.replace(',', ''))

# A formula's value: what follows its last equals sign, before the next formula or an explanation
RE_EXACT = re.compile(r'(?:dense|structured):.*? = ([\d,]+)(?=structured|count|, with|, over|$)')

def state_of(explorer):
    "The state of a mask explorer, read from its sliders"
    sliders = explorer.locator('input[type=range]').all()
    return {s.get_attribute('name'): int(s.input_value()) for s in sliders}

def shown(explorer):
    "The state and the numbers that a mask explorer shows, read from its text"
    def cells(row): return explorer.locator(f'tr[data-row={row}] td').all_inner_texts()
    def exact(row):
        text = explorer.locator(f'tr[data-row={row}] .formula').text_content()
        return [integer(n) for n in RE_EXACT.findall(text)]
    active = [cells(row)[0].split(' / ') for row in ('local', 'global')]
    assert active[0][1] == active[1][1]
    attention, total = exact('attention'), exact('total')
    length = explorer.locator('.length').first.inner_text()
    return state_of(explorer), dict(
        T=integer(re.search(r'= ([\d,]+) tokens', length)[1]),
        active=[integer(a) for a, _ in active], T2=integer(active[0][1]),
        density=[cells(row)[1] for row in ('local', 'global')],
        positional=[integer(c.split()[0]) for c in cells('positional')[:2]],
        remain=[cells(row)[2] for row in ('positional', 'attention', 'total')],
        dense=[attention[0], total[0]], structured=[attention[1], total[1]])

def percent(share): return f'{100*share:.2f}%'

def expected(state):
    "The same, from the package"
    n = MaskExplorer(**state).counts
    few = [1 - n.pop('saving'), *(s/d for s, d in zip(n['structured'], n['dense']))]
    density = [percent(d) for d in n['density']]
    return dict(n, T2=n['T']**2, density=density, remain=[percent(x) for x in few])
