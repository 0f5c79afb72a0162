"""Ask the model on a page, and what it shows."""

def explorers(page):
    page.wait_for_selector('.lowrank .question-text:not(:empty)')
    return page.locator('.lowrank:has(.verdict)')

def chip(explorer, name): return explorer.get_by_role('spinbutton', name=name, exact=True)

def shown(explorer):
    "State and logit of an explorer, read from what it shows"
    cards = explorer.locator('.card:not(.question)').all()
    tables = [[int(i) for i in card.locator('.chip').all_inner_texts()] for card in cards]
    queries = [int(chip(explorer, f'query {i}').inner_text()) for i in (1, 2)]
    loops = explorer.locator('input[name=loops]')
    state = dict(tables=tables, queries=queries, loops=int(loops.input_value()))
    return state, float(explorer.locator('.verdict').get_attribute('data-logit'))
