"""The explorers on the rendered pages, in a real browser: they show the package's numbers, whatever
moves them.

`make book` first; then `python -m unittest discover -s tests/browser`."""
import re, unittest
from pathlib import Path
from playwright.sync_api import expect
from browser import chromium, serve, watch
from explorers import expected, explorers, shown, slider

SITE = Path(__file__).resolve().parents[2]/'_docs'
CHAPTER = 'nbs/explore.html'
SIZES = ((1, 0), (2, 3), (5, 3), (7, 3), (8, 3), (20, 3), (33, 7), (59, 3), (61, 3), (3, 31),
         (64, 31))

# The share of the mask's square that is coloured; what is grey are the lines between blocks.
INK = """canvas => {
  const side = canvas.width - 9, { data } = canvas.getContext('2d').getImageData(9, 9, side, side)
  let sum = 0
  for (let i = 0; i < data.length; i += 4)
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) sum += data[i + 3]/255
  return sum/side**2
}"""

OVERLAPS = """plot => [...plot.querySelectorAll('.axis')].flatMap(axis => {
  const boxes = [...axis.children].map(e => [e.textContent, e.getBoundingClientRect()])
  const apart = (a, b) => a.right <= b.left || b.right <= a.left
    || a.bottom - 2 <= b.top || b.bottom - 2 <= a.top
  return boxes.flatMap(([name, a], i) => boxes.slice(i + 1)
    .filter(([, b]) => !apart(a, b)).map(([other]) => `${name} and ${other}`))
})"""

def value_of(text):
    "The number that a side of a formula is"
    for end in ' active', ' connections', '%', ' ×': text = text.split(end)[0]
    return eval(text.replace('·', '*').replace('²', '**2').replace(',', ''))

class Explorers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (SITE/'index.html').exists():
            raise SystemExit('the site is not built: run `make book`')
        cls.url = cls.enterClassContext(serve(SITE))
        cls.browser = cls.enterClassContext(chromium())

    def setUp(self): self.wrong = []

    def page(self, path=CHAPTER, **options):
        wide = dict(viewport=dict(width=1280, height=900))
        page = self.browser.new_page(**wide | options)
        self.addCleanup(page.close)
        self.wrong = watch(page)
        page.goto(path if ':' in path else self.url + path)
        return page

    def tearDown(self): self.assertEqual(self.wrong, [])

    def mask_explorer(self, path=CHAPTER, **options):
        explorer = explorers(self.page(path, **options)).first
        explorer.scroll_into_view_if_needed()
        return explorer

    def link(self, explorer, state):
        "Follow a link to a state on the explorer's own page"
        explorer.page.evaluate('hash => { location.hash = hash }', state)
        V, C = (int(re.search(f'{name}=(\\d+)', state)[1]) for name in 'VC')
        expect(explorer.locator('.length')).to_contain_text(f'= {V*(C + 1) + 3:,} tokens')
        explorer.page.wait_for_timeout(100)

    def assertShown(self, explorer, **state):
        "The state shown is as said, and all its numbers are the package's"
        now, numbers = shown(explorer)
        self.assertEqual(now, now | state)
        self.assertEqual(numbers, expected(now))

    # ---- What moves it

    def test_pages_with_an_explorer(self):
        for path in ('', 'nbs/masks.html', CHAPTER):
            with self.subTest(path): self.assertShown(self.mask_explorer(path), V=20, C=3)

    def test_keyboard(self):
        explorer = self.mask_explorer()
        press = explorer.page.keyboard.press
        slider(explorer, 'V').focus()
        for key in ['ArrowRight']*3 + ['Home', 'ArrowRight']: press(key)
        expect(explorer.locator('.length')).to_contain_text('= 11 tokens')
        self.assertShown(explorer, V=2, C=3)
        slider(explorer, 'C').focus()
        press('End')
        expect(explorer.locator('.length')).to_contain_text('= 67 tokens')
        self.assertShown(explorer, V=2, C=31)
        slider(explorer, 'layer').focus()
        press('End')
        expect(explorer.locator('h3').first).to_have_text('Mask of layer 12 of 12, global')

    def test_dragging(self):
        explorer = self.mask_explorer()
        mouse = explorer.page.mouse
        for name in 'V', 'C':
            moved = slider(explorer, name)
            before, box = moved.input_value(), moved.bounding_box()
            x, y = box['x'] + box['width']*.3, box['y'] + box['height']/2
            mouse.move(x, y)
            mouse.down()
            for i in range(1, 9):
                mouse.move(x + i*box['width']*.05, y)
                explorer.page.wait_for_timeout(10)
            mouse.up()
            explorer.page.wait_for_timeout(50)
            self.assertNotEqual(moved.input_value(), before)
            self.assertShown(explorer)

    def test_presets(self):
        explorer = self.mask_explorer()
        presets = ('Long', 64, 31), ('One block', 1, 3), ('Small', 5, 3), ('V=20', 20, 3)
        for text, V, C in presets:
            button = explorer.locator('.presets button', has_text=text)
            button.click()
            expect(button).to_have_attribute('aria-pressed', 'true')
            explorer.page.wait_for_timeout(150)
            self.assertShown(explorer, V=V, C=C)

    def test_deep_link(self):
        explorer = self.mask_explorer(
            CHAPTER + '#V=8&C=5&n_layer=6&n_local=1&n_embd=64&layer=4&token=10')
        self.assertShown(explorer, V=8, C=5, n_layer=6, n_local=1, n_embd=64, layer=4)
        reach = explorer.locator('.reach h3')
        expect(reach).to_have_text('Reach of table 1 · column 4, locked')
        expect(explorer.locator('.notice')).to_be_empty()
        self.link(explorer, 'V=3&C=1')

    def test_bad_link(self):
        explorer = self.mask_explorer(CHAPTER + '#V=99&C=abc')
        notice = explorer.locator('.notice')
        expect(notice).to_have_text(
            'V must be an integer from 1 to 64, got 99: shown with V=64. '
            'C must be an integer from 0 to 31, got abc: shown with C=3')
        self.assertShown(explorer, V=64, C=3)
        slider(explorer, 'C').focus()
        explorer.page.keyboard.press('ArrowRight')
        expect(notice).to_be_empty()

    def test_explorers_of_one_page_are_apart(self):
        page = self.page()
        first, pairs, counts = explorers(page).all()
        slider(pairs, 'V').focus()
        page.keyboard.press('ArrowRight')
        expect(pairs.locator('.length')).to_contain_text('= 27 tokens')
        page.wait_for_url('**#view=2&V=6&*')
        self.assertShown(first, V=20)
        slider(counts, 'C').focus()
        page.keyboard.press('ArrowRight')
        shared = counts.locator('tr[data-row=parameters] td').nth(1)
        expect(shared).to_have_text(f'{(4 + 4)*64}')
        page.wait_for_url('**#view=3&V=20&C=4&*')
        page.reload()
        expect(slider(explorers(page).nth(2), 'C')).to_have_value('4')
        self.assertShown(explorers(page).first, V=20)

    def test_keys_stay(self):
        "A site's shortcuts do not hear what is pressed in an explorer"
        explorer = self.mask_explorer()
        page = explorer.page
        page.evaluate("heard = []; document.addEventListener('keydown', e => heard.push(e.key))")
        slider(explorer, 'V').focus()
        page.keyboard.press('s')
        explorer.locator('canvas.cells').focus()
        page.keyboard.press('f')
        self.assertEqual(page.evaluate('heard'), [])

    # ---- The mask

    def test_hover_and_lock(self):
        explorer = self.mask_explorer()
        canvas, readout = explorer.locator('canvas.cells'), explorer.locator('.mask .readout')
        title, mark = explorer.locator('.reach h3'), explorer.locator('.mark.locked')
        box = canvas.bounding_box()
        def at(i): return 9 + (i + .5)*(box['width'] - 9)/83   # 9 pixels of tokens, then the cells
        canvas.hover(position=dict(x=at(14), y=at(12)))
        expect(readout).to_have_text(
            'query table 3 · name may attend to key table 3 · column 2')
        for name in 'row', 'column': expect(explorer.locator(f'.mark.{name}')).to_be_visible()
        canvas.click(position=dict(x=at(80), y=at(14)))
        expect(readout).to_have_text(
            'query table 3 · column 2 may not attend to key separator')
        expect(title).to_have_text('Reach of table 3 · column 2, locked')
        expect(explorer.locator('.reach .readout')).to_have_text(
            'After layer 1, 4 of 83 inputs can have influenced table 3 · column 2; '
            'later layers add none.')
        slider(explorer, 'C').focus()
        explorer.page.keyboard.press('ArrowRight')   # the token keeps its name, not its place
        expect(title).to_have_text('Reach of table 3 · column 2, locked')
        explorer.page.wait_for_url('**#*C=4*token=17*')
        expect(mark).to_be_visible()
        explorer.get_by_role('button', name='unlock').click()
        expect(title).to_have_text('Reach of query 2, the answer')
        expect(mark).to_be_hidden()

    def test_a_click_shows_where_it_is_made(self):
        "Locking a query changes the mask itself, and its reach is on the screen with it"
        explorer = self.mask_explorer()
        canvas, strip = explorer.locator('canvas.cells'), explorer.locator('canvas.strip')
        before = canvas.evaluate('canvas => canvas.toDataURL()')
        canvas.click(position=dict(x=40, y=100))
        expect(explorer.locator('.mark.locked')).to_be_visible()
        self.assertNotEqual(canvas.evaluate('canvas => canvas.toDataURL()'), before)
        for inside in explorer.locator('.mark.locked'), explorer.locator('.reach h3'), strip:
            box = inside.bounding_box()
            self.assertGreaterEqual(box['y'], 0)
            self.assertLessEqual(box['y'] + box['height'], 900)

    def test_a_column_is_one_token_in_mask_and_reach(self):
        for width in 1280, 390:
            explorer = self.mask_explorer(viewport=dict(width=width, height=900))
            square, strip = (explorer.locator(f'canvas.{name}').bounding_box()
                             for name in ('cells', 'strip'))
            self.assertAlmostEqual(strip['x'], square['x'] + 9, delta=1)
            self.assertAlmostEqual(strip['width'], square['width'] - 9, delta=1)
            panel = 'e => e.shadowRoot.querySelector(".lowrank-panel").scrollWidth - e.clientWidth'
            self.assertLessEqual(explorer.evaluate(panel), 0)

    def test_mask_by_keyboard(self):
        explorer = self.mask_explorer()
        press, title = explorer.page.keyboard.press, explorer.locator('.reach h3')
        explorer.locator('canvas.cells').focus()
        for key in ('ArrowUp', 'ArrowUp', 'ArrowLeft', 'Shift+ArrowLeft'): press(key)
        expect(explorer.locator('.mask .readout')).to_have_text(
            'query query 1 may not attend to key table 19 · column 1')
        press('Enter')
        expect(title).to_have_text('Reach of query 1, locked')
        press('Escape')
        expect(title).to_have_text('Reach of query 2, the answer')

    def test_as_dark_as_it_is_dense(self):
        "The ink of the square is its density, however small a cell is"
        explorer = self.mask_explorer()
        canvas, lens = explorer.locator('canvas.cells'), explorer.locator('.lens')
        for V, C, layer in (20, 3, 3), (59, 3, 1), (59, 3, 3), (64, 31, 1), (64, 31, 3):
            self.link(explorer, f'V={V}&C={C}&n_layer=3&layer={layer}')
            active = (V + 3)**2 if layer == 3 else V*(C + 1)**2 + 3
            ink = canvas.evaluate(INK)*(V*(C + 1) + 3)**2/active
            least = .4 if V == 20 else .9   # cells that have room have gaps
            self.assertTrue(least < ink < 1.1, (V, C, layer, ink))
            self.assertEqual(lens.is_visible(), C == 31)
        canvas.hover(position=dict(x=200, y=30))
        expect(explorer.locator('.lens.below')).to_be_visible()   # never under the pointer
        self.wrong.clear()   # Chromium warns of reading pixels back, which only tests do

    def test_labels_do_not_overlap(self):
        explorer = self.mask_explorer()
        for V, C in SIZES:
            self.link(explorer, f'V={V}&C={C}')
            self.assertEqual(explorer.locator('.plot').evaluate(OVERLAPS), [], (V, C))

    # ---- Reach and numbers

    def test_reach_picks_the_layer(self):
        explorer = self.mask_explorer()
        strip = explorer.locator('canvas.strip')
        strip.hover(position=dict(x=1, y=5))
        expect(explorer.locator('.reach .readout')).to_have_text(
            'table 0 · name can have influenced query 2 after layer 3')
        strip.click(position=dict(x=40, y=13*3 + 6))
        expect(explorer.locator('h3').first).to_have_text('Mask of layer 3 of 12, global')

    def test_reach_of_all(self):
        explorer = self.mask_explorer()
        counted, buttons = explorer.locator('.counted'), explorer.locator('.shows button')
        buttons.nth(1).click()
        for layer, pairs in (1, 323), (2, 323), (3, 20*3*4 + 23*83):
            slider(explorer, 'layer').fill(str(layer))
            expect(counted).to_have_text(
                f'{pairs:,} of 6,889 pairs of output and input, {pairs/68.89:.2f}%')
        explorer.page.wait_for_url('**#*shows=reach')
        explorer.locator('canvas.cells').hover(position=dict(x=12, y=30))
        expect(explorer.locator('.mask .readout')).to_contain_text(
            'have been influenced by input table 0 · name')
        buttons.first.click()
        expect(counted).to_have_text('529 of 6,889 connections active, 7.68%')

    def test_formulas_say_what_they_compute(self):
        explorer = self.mask_explorer(CHAPTER + '#V=7&C=2&n_layer=5&n_local=3&n_embd=64')
        checked = 0
        for row in ('local', 'global', 'positional', 'attention'):
            header = explorer.locator(f'tr[data-row={row}] th')
            header.focus()
            expect(header.locator('.formula')).to_be_visible()
            for line in header.locator('.formula p').all_inner_texts():
                _, *sides = line.split(' = ')
                values = [value_of(s) for s in sides if s[0].isdigit()]
                if 'remain' in line: values[-1] /= 100
                for value in values[1:]: self.assertAlmostEqual(value, values[0], delta=5e-5)
                checked += len(values) > 1
        self.assertEqual(checked, 9)

    def test_announced(self):
        explorer = self.mask_explorer()
        layer = slider(explorer, 'layer')
        layer.focus()
        for _ in range(2): explorer.page.keyboard.press('ArrowRight')
        expect(explorer.locator('.spoken')).to_contain_text(
            '83 tokens. Mask of layer 3 of 12, global: 529 of 6,889 connections active, 7.68%.')
        self.assertEqual(layer.get_attribute('aria-valuetext'), '3 of 12, global')
        for element in explorer.locator('input').all():
            self.assertTrue(element.evaluate('e => e.labels.length'))

    # ---- Without scripts, from a file

    def test_without_scripts(self):
        picture = self.page(java_script_enabled=False).locator('[data-lowrank] img').first
        expect(picture).to_be_visible()
        self.assertGreater(picture.bounding_box()['height'], 300)

    def test_from_a_file(self):
        self.assertShown(self.mask_explorer((SITE/CHAPTER).as_uri()), V=20, C=3)

if __name__ == '__main__': unittest.main()
