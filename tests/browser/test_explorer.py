"""The explorers on the rendered pages, in a real browser: they show the package's numbers, whatever moves them, and they are fast.

`make book` first; then `python -m unittest discover -s tests/browser`."""
import statistics, unittest
from pathlib import Path
from playwright.sync_api import expect
from browser import chromium, serve, watch
from explorers import expected, explorers, shown, slider

SITE = Path(__file__).resolve().parents[2]/'_docs'
CHAPTER = 'nbs/explore.html'

# Milliseconds from a slider's input event to the frame that shows it, painted: a message posted in a frame's callback arrives after its paint,
# and reading a pixel back makes sure that the canvases are drawn.
STEPS = """async ([name, values]) => {
  const root = document.querySelector('.lowrank').shadowRoot, input = root.querySelector(`input[name=${name}]`), taken = []
  for (const value of values) {
    const start = performance.now()
    input.value = value
    input.dispatchEvent(new Event('input', { bubbles: true }))
    await new Promise(done => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = done
      port2.postMessage(0)
    }))
    for (const canvas of root.querySelectorAll('canvas')) canvas.getContext('2d').getImageData(0, 0, 1, 1)
    taken.push(performance.now() - start)
  }
  return taken
}"""

class Explorers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (SITE/'index.html').exists(): raise SystemExit('the site is not built: run `make book`')
        cls.url = cls.enterClassContext(serve(SITE))
        # Without a frame limit the time to the next frame is the time the page needs, not the time to the next tick of the display.
        cls.browser = cls.enterClassContext(chromium('--disable-frame-rate-limit', '--disable-gpu-vsync'))

    def setUp(self): self.wrong = []

    def page(self, path=CHAPTER, **options):
        page = self.browser.new_page(viewport=dict(width=1280, height=900), **options)
        self.addCleanup(page.close)
        self.wrong = watch(page)
        page.goto(path if ':' in path else self.url + path)
        return page

    def tearDown(self): self.assertEqual(self.wrong, [])

    def mask_explorer(self, path=CHAPTER, **options):
        explorer = explorers(self.page(path, **options)).first
        explorer.scroll_into_view_if_needed()
        return explorer

    def assertShown(self, explorer, **state):
        "The state shown is as said, and all its numbers are the package's"
        now, numbers = shown(explorer)
        self.assertEqual(now, now | state)
        self.assertEqual(numbers, expected(now))

    def test_pages_with_an_explorer(self):
        for path in ('', 'nbs/masks.html', CHAPTER):
            with self.subTest(path): self.assertShown(self.mask_explorer(path), V=20, C=3)

    def test_keyboard(self):
        explorer = self.mask_explorer()
        slider(explorer, 'V').focus()
        for key in ['ArrowRight']*3 + ['Home', 'ArrowRight']: explorer.page.keyboard.press(key)
        expect(explorer.locator('.length')).to_contain_text('= 11 tokens')
        self.assertShown(explorer, V=2, C=3)
        slider(explorer, 'C').focus()
        explorer.page.keyboard.press('End')
        expect(explorer.locator('.length')).to_contain_text('= 67 tokens')
        self.assertShown(explorer, V=2, C=31)
        slider(explorer, 'layer').focus()
        explorer.page.keyboard.press('End')
        expect(explorer.locator('h3').first).to_have_text('Mask of layer 12 of 12, global')

    def test_dragging(self):
        explorer = self.mask_explorer()
        for name in 'V', 'C':
            before, box = slider(explorer, name).input_value(), slider(explorer, name).bounding_box()
            x, y = box['x'] + box['width']*.3, box['y'] + box['height']/2
            explorer.page.mouse.move(x, y)
            explorer.page.mouse.down()
            for i in range(1, 9):
                explorer.page.mouse.move(x + i*box['width']*.05, y)
                explorer.page.wait_for_timeout(10)
            explorer.page.mouse.up()
            explorer.page.wait_for_timeout(50)
            self.assertNotEqual(slider(explorer, name).input_value(), before)
            self.assertShown(explorer)

    def test_presets(self):
        explorer = self.mask_explorer()
        for text, V, C in (('Long', 64, 31), ('One block', 1, 3), ('Small', 5, 3), ('V=20 C=3', 20, 3)):
            explorer.get_by_role('button', name=text).click()
            expect(explorer.get_by_role('button', name=text)).to_have_attribute('aria-pressed', 'true')
            explorer.page.wait_for_timeout(150)
            self.assertShown(explorer, V=V, C=C)

    def test_hover_and_lock(self):
        explorer = self.mask_explorer()
        canvas, readout = explorer.locator('canvas.cells'), explorer.locator('.mask .readout')
        box = canvas.bounding_box()
        def at(i): return 9 + (i + .5)*(box['width'] - 9)/83   # 9 pixels of tokens, then the cells
        canvas.hover(position=dict(x=at(14), y=at(12)))
        expect(readout).to_have_text('query table 3 · name may attend to key table 3 · column 2')
        for mark in 'row', 'column': expect(explorer.locator(f'.mark.{mark}')).to_be_visible()
        canvas.click(position=dict(x=at(80), y=at(14)))
        expect(readout).to_have_text('query table 3 · column 2 may not attend to key separator')
        expect(explorer.locator('.reach h3')).to_have_text('Reach of table 3 · column 2, locked')
        expect(explorer.locator('.reach .readout')).to_have_text('After layer 1, 4 of 83 inputs can have influenced table 3 · column 2; later layers add none.')
        slider(explorer, 'C').focus()
        explorer.page.keyboard.press('ArrowRight')   # the token keeps its name, not its place
        expect(explorer.locator('.reach h3')).to_have_text('Reach of table 3 · column 2, locked')
        explorer.page.wait_for_url('**#*C=4*token=17')
        explorer.get_by_role('button', name='unlock').click()
        expect(explorer.locator('.reach h3')).to_have_text('Reach of query 2, the answer')

    def test_mask_by_keyboard(self):
        explorer = self.mask_explorer()
        explorer.locator('canvas.cells').focus()
        for key in ('ArrowUp', 'ArrowUp', 'ArrowLeft', 'Shift+ArrowLeft'): explorer.page.keyboard.press(key)
        expect(explorer.locator('.mask .readout')).to_have_text('query query 1 may not attend to key table 19 · column 1')
        explorer.page.keyboard.press('Enter')
        expect(explorer.locator('.reach h3')).to_have_text('Reach of query 1, locked')
        explorer.page.keyboard.press('Escape')
        expect(explorer.locator('.reach h3')).to_have_text('Reach of query 2, the answer')

    def test_reach_picks_the_layer(self):
        explorer = self.mask_explorer()
        strip = explorer.locator('canvas.strip')
        strip.hover(position=dict(x=1, y=5))
        expect(explorer.locator('.reach .readout')).to_have_text('table 0 · name can have influenced query 2 after layer 3')
        strip.click(position=dict(x=40, y=13*3 + 6))
        expect(explorer.locator('h3').first).to_have_text('Mask of layer 3 of 12, global')

    def test_formulas_say_what_they_compute(self):
        explorer = self.mask_explorer(CHAPTER + '#V=7&C=2&n_layer=5&n_local=3&n_embd=64')
        checked = 0
        for row in ('local', 'global', 'positional', 'attention'):
            header = explorer.locator(f'tr[data-row={row}] th')
            header.focus()
            expect(header.locator('.formula')).to_be_visible()
            for line in header.locator('.formula p').all_inner_texts():
                _, *sides = line.replace('−', '-').split(' = ')
                values = [eval(s.split(' active')[0].split(' connections')[0].split(' %')[0].split(' ×')[0].replace('·', '*').replace('²', '**2').replace(',', '')) for s in sides if s[0].isdigit()]
                if row == 'positional' and 'saved' in line: values[-1] /= 100
                for value in values[1:]: self.assertAlmostEqual(value, values[0], delta=5e-5)
                checked += len(values) > 1
        self.assertEqual(checked, 9)

    def test_deep_link(self):
        explorer = self.mask_explorer(CHAPTER + '#V=8&C=5&n_layer=6&n_local=1&n_embd=64&layer=4&token=10')
        self.assertShown(explorer, V=8, C=5, n_layer=6, n_local=1, n_embd=64, layer=4)
        expect(explorer.locator('.reach h3')).to_have_text('Reach of table 1 · column 4, locked')
        expect(explorer.locator('.notice')).to_be_empty()
        explorer.page.evaluate("location.hash = '#V=3&C=1'")
        expect(explorer.locator('.length')).to_contain_text('= 9 tokens')

    def test_bad_link(self):
        explorer = self.mask_explorer(CHAPTER + '#V=99&C=abc')
        expect(explorer.locator('.notice')).to_have_text(
            'V must be an integer from 1 to 64, got 99: shown with V=64. C must be an integer from 0 to 31, got abc: shown with C=3')
        self.assertShown(explorer, V=64, C=3)
        slider(explorer, 'C').focus()
        explorer.page.keyboard.press('ArrowRight')
        expect(explorer.locator('.notice')).to_be_empty()

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
        expect(counts.locator('tr[data-row=parameters] td').nth(1)).to_have_text(f'{(4 + 4)*64}')
        page.wait_for_url('**#view=3&V=20&C=4&*')
        page.reload()
        expect(explorers(page).nth(2).locator('input[name=C]')).to_have_value('4')
        self.assertShown(explorers(page).first, V=20)

    def test_announced(self):
        explorer = self.mask_explorer()
        slider(explorer, 'layer').focus()
        for _ in range(2): explorer.page.keyboard.press('ArrowRight')
        expect(explorer.locator('.spoken')).to_contain_text('83 tokens. Layer 3 of 12: 529 of 6,889 connections active, 7.68 %.')
        self.assertEqual(slider(explorer, 'layer').get_attribute('aria-valuetext'), '3 of 12, global')
        for element in explorer.locator('input').all(): self.assertTrue(element.evaluate('e => e.labels.length'))

    def test_without_scripts(self):
        picture = self.page(java_script_enabled=False).locator('[data-lowrank] img').first
        expect(picture).to_be_visible()
        self.assertGreater(picture.bounding_box()['height'], 300)

    def test_from_a_file(self):
        self.assertShown(self.mask_explorer((SITE/CHAPTER).as_uri()), V=20, C=3)

    def test_speed(self):
        page = self.page()
        explorers(page)
        page.wait_for_timeout(500)
        self.assertEqual(self.wrong, [])
        self.wrong = []   # Chromium warns of reading pixels back, which only this test does
        for T, state, allowed in ((83, 'V=20&C=3', 16), (2051, 'V=64&C=31', 100)):
            page.evaluate('hash => { location.hash = hash }', state + '&n_layer=12&layer=1&n_local=2')
            expect(explorers(page).first.locator('.length')).to_contain_text(f'= {T:,} tokens')
            V, C = (int(part[2:]) for part in state.split('&'))
            for name, values in dict(V=[V - 1, V], C=[C - 1, C], layer=[3, 1], n_layer=[11, 12], n_embd=[248, 256]).items():
                for attempt in range(1, 6):   # what else the machine does can only add to a round
                    taken = page.evaluate(STEPS, [name, values*30])
                    if (p95 := statistics.quantiles(taken, n=20)[-1]) < allowed: break
                print(f'T={T:5,} {name:8} median {statistics.median(taken):5.1f} ms, 95th percentile {p95:5.1f} ms, longest {max(taken):5.1f} ms, round {attempt}, allowed {allowed} ms')
                self.assertLess(statistics.median(taken), allowed, name)   # the percentile is printed: on a machine that does other work it is not the page's

if __name__ == '__main__': unittest.main()
