"""Ask the model, on the rendered pages: what is shown is what torch says, whatever moves it.

`make book` first; then `python -m unittest discover -s tests/browser`."""
import re, unittest
from pathlib import Path
from playwright.sync_api import expect
from asks import chip, explorers, shown
from browser import chromium, serve, watch
from lowrank_nb.ask import ask_pretrained

SITE = Path(__file__).resolve().parents[2]/'_docs'
CHAPTER = 'nbs/ask.html'
TRUTHS = {
    'same table': 'yes, in one table', 'one join': 'yes, one join', 'two joins': 'yes, 2 joins',
    'three joins': 'yes, 3 joins', 'four joins': 'yes, 4 joins', 'eight joins': 'yes, 8 joins',
    'not connected': 'no', 'two long chains': 'yes, 4 joins'}

# Another explorer of the same values on the page, as if two cells had shown it.
SECOND = """async () => {
  const first = document.querySelector('[data-mounted]'), second = first.cloneNode(false)
  second.removeAttribute('data-mounted')
  first.after(second)
  const [, name] = document.body.innerHTML.match(/getElementById\\('(lowrank-\\w+)'\\)/)
  const code = document.getElementById(name).textContent
  const module = await import(`data:text/javascript;base64,${code}`)
  module.default.mountAll()
}"""

def everything(explorer):
    "All that is said, to the last bit, but not how long it took"
    return explorer.locator('.verdict').get_attribute('data-logit'), explorer.evaluate("""e => {
      const text = e.shadowRoot.querySelector('.ask').innerText
      return text.replace(/asked \\d+, right \\d+/, '')
    }""")

class Ask(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (SITE/CHAPTER).exists(): raise SystemExit('the site is not built: run `make book`')
        cls.url = cls.enterClassContext(serve(SITE))
        cls.browser = cls.enterClassContext(chromium())
        cls.torch = ask_pretrained()

    def setUp(self): self.wrong = []
    def tearDown(self): self.assertEqual(self.wrong, [])

    def page(self, path=CHAPTER, **options):
        page = self.browser.new_page(viewport=dict(width=1280, height=900), **options)
        self.addCleanup(page.close)
        self.wrong = watch(page)
        page.goto(path if ':' in path else self.url + path)
        return page

    def explorer(self, path=CHAPTER, **options):
        explorer = explorers(self.page(path, **options)).first
        explorer.scroll_into_view_if_needed()
        return explorer

    def assertTorch(self, explorer, interventions=()):
        "What is shown is what torch says of the database shown, and what is true"
        explorer.page.wait_for_timeout(100)
        state, logit = shown(explorer)
        ex = self.torch
        ex.set_trait('interventions', [])
        ex.tables, ex.queries, ex.loops = state['tables'], state['queries'], state['loops']
        ex.interventions = list(interventions)
        self.assertAlmostEqual(logit, ex.forward_pass.logits[-1, -1].item(), delta=1e-3)
        said = explorer.locator('.said-by b')
        self.assertEqual(said.nth(0).inner_text(), 'yes' if ex.answer else 'no')
        self.assertEqual(said.nth(1).inner_text().split(',')[0], 'yes' if ex.truth else 'no')
        self.assertEqual(explorer.locator('.sure').inner_text(), f'{100*ex.probability:.1f}%')
        mark = '✓ right' if ex.answer == ex.truth else '✗ wrong'
        self.assertEqual(explorer.locator('.mark-text').inner_text(), mark)
        return state

    def test_pages(self):
        for path in '', CHAPTER: self.assertTorch(self.explorer(path))

    def test_keyboard(self):
        explorer = self.explorer()
        page = explorer.page
        chip(explorer, 'query 1').focus()
        page.keyboard.press('ArrowUp')
        self.assertTorch(explorer)
        # to query 2, to the name of table 0, to its first column
        for _ in range(3): page.keyboard.press('ArrowRight')
        expect(chip(explorer, 'table 0 column 1')).to_be_focused()
        before = self.assertTorch(explorer)
        page.keyboard.press('ArrowDown')
        after = self.assertTorch(explorer)
        n_ids = self.torch.subject.n_ids
        self.assertEqual(after['tables'][0][0], (before['tables'][0][0] - 1) % n_ids)
        for key in '1', '0': page.keyboard.press(key)
        self.assertEqual(self.assertTorch(explorer)['tables'][0][0], 10)
        page.keyboard.press('Enter')
        expect(explorer.get_by_role('dialog')).to_be_visible()
        page.keyboard.press('ArrowLeft')
        page.keyboard.press('Enter')
        expect(explorer.get_by_role('dialog')).to_be_hidden()
        expect(chip(explorer, 'table 0 column 1')).to_be_focused()
        self.assertEqual(self.assertTorch(explorer)['tables'][0][0], 9)
        page.keyboard.press('Enter')
        page.keyboard.press('Escape')
        expect(explorer.get_by_role('dialog')).to_be_hidden()
        expect(explorer.locator('.spoken')).to_contain_text('The model says')

    def test_mouse(self):
        explorer = self.explorer()
        chip(explorer, 'table 1 column 2').click()
        explorer.get_by_role('dialog').get_by_role('button', name='7', exact=True).click()
        self.assertEqual(self.assertTorch(explorer)['tables'][1][1], 7)
        chip(explorer, 'table 1 column 2').click()
        explorer.get_by_role('button', name='ask as query 2').click()
        self.assertEqual(self.assertTorch(explorer)['queries'][1], 7)
        source = chip(explorer, 'table 2 column 1')
        source.drag_to(chip(explorer, 'query 1'))
        state = self.assertTorch(explorer)
        self.assertEqual(state['queries'][0], state['tables'][2][0])
        explorer.get_by_role('button', name='+ table').click()
        self.assertEqual(len(self.assertTorch(explorer)['tables']), len(state['tables']) + 1)
        explorer.get_by_role('button', name='remove table 0').click()
        left = [*state['tables'][1:], state['tables'][-1]]
        self.assertEqual(self.assertTorch(explorer)['tables'], left)

    def test_one_to_sixteen_tables(self):
        explorer = self.explorer()
        add = explorer.get_by_role('button', name='+ table')
        for _ in range(16 - len(shown(explorer)[0]['tables'])): add.click()
        expect(add).to_be_disabled()
        self.assertEqual(len(self.assertTorch(explorer)['tables']), 16)
        for _ in range(15): explorer.get_by_role('button', name='remove table 0').click()
        self.assertEqual(len(self.assertTorch(explorer)['tables']), 1)
        expect(explorer.get_by_role('button', name='remove table 0')).to_have_count(0)

    def test_presets(self):
        explorer = self.explorer()
        for name, truth in TRUTHS.items():
            explorer.get_by_role('button', name=name, exact=True).click()
            self.assertTorch(explorer)
            self.assertEqual(explorer.locator('.said-by b').nth(1).inner_text(), truth)
        for _ in range(5):
            explorer.get_by_role('button', name='random').click()
            self.assertTorch(explorer)
        self.assertRegex(explorer.locator('.score').inner_text(), r'asked 1[34], right \d+')
        explorer.get_by_role('button', name='one the model gets wrong').click()
        told = explorer.locator('.presets [role=status]')
        expect(told).to_contain_text(re.compile('found after|none found'), timeout=10_000)
        self.assertTorch(explorer)
        if 'none' not in told.inner_text():
            expect(explorer.locator('.mark-text')).to_have_text('✗ wrong')

    def test_interventions(self):
        explorer = self.explorer()
        explorer.get_by_role('button', name='three joins').click()
        self.assertTorch(explorer)
        explorer.get_by_role('button', name='show layer 3').click()
        heads = explorer.get_by_role('group', name='head')
        heads.get_by_role('button', name='2', exact=True).click()
        explorer.page.wait_for_timeout(100)
        before = everything(explorer)
        button = lambda name: explorer.get_by_role('button', name=name, exact=True)
        tried = [
            (button('head 2 off'), ['head', 3, 2]), (button('attention off'), ['attention', 3]),
            (button('cut table 1 off from all other tokens'), ['table', 1]),
            (button('full'), ['mask', 3, 'full']), (button('empty'), ['mask', 3, 'empty'])]
        for press, given in tried:
            press.click()
            self.assertTorch(explorer, [given])
            self.assertNotEqual(everything(explorer)[0], before[0])
            expect(explorer.locator('.interventions')).to_contain_text('untouched')
            explorer.get_by_role('button', name='undo all').click()
            explorer.page.wait_for_timeout(100)
            self.assertEqual(everything(explorer), before)
        held = explorer.locator('canvas.weights')
        held.focus()
        for key in 'ArrowUp', 'Enter': explorer.page.keyboard.press(key)
        cut = explorer.get_by_role('button', name='cut query 1 → query 2')
        cut.click()
        T = 4*len(shown(explorer)[0]['tables']) + 3
        self.assertTorch(explorer, [['connection', 3, T - 2, T - 1]])
        self.assertNotEqual(everything(explorer)[0], before[0])
        cut.click()   # the same button takes it back
        explorer.page.wait_for_timeout(100)
        self.assertEqual(everything(explorer)[0], before[0])

    def test_link(self):
        explorer = self.explorer(CHAPTER + '#tables=0.1.1-1.2.2-3.4.4&queries=0.2&layer=4&head=3'
                                 '&interventions=h3.2_t2_c3.1.2_m4.full')
        given = [['head', 3, 2], ['table', 2], ['connection', 3, 1, 2], ['mask', 4, 'full']]
        state = self.assertTorch(explorer, given)
        self.assertEqual(state['tables'], [[0, 1, 1], [1, 2, 2], [3, 4, 4]])
        self.assertEqual(state['queries'], [0, 2])
        expect(explorer.locator('.notice')).to_be_empty()
        shown_layer = explorer.get_by_role('button', name='show layer 4')
        expect(shown_layer).to_have_attribute('aria-pressed', 'true')
        chip(explorer, 'table 0 column 1').focus()
        explorer.page.keyboard.press('ArrowUp')
        explorer.page.wait_for_url('**#tables=1.1.1-1.2.2-3.4.4&*')
        before = everything(explorer)
        explorer.page.reload()
        explorers(explorer.page)
        self.assertEqual(everything(explorer), before)

    def test_bad_link(self):
        explorer = self.explorer(CHAPTER + '#tables=0.1-99.2.x&queries=5&layer=77&head=a'
                                 '&interventions=h1.1_zz')
        notice = explorer.locator('.notice').inner_text()
        for said in (
                'tables must be 1 to 16 tables of 3 ids from 0 to 23, got 0.1-99.2.x: '
                'shown with 0.1.0-23.2.0',
                'queries must be two ids from 0 to 23, got 5: shown with 5.0',
                'layer must be an integer from 1 to', 'head must be an integer from 0 to',
                'got zz: shown with 1 of 2'):
            self.assertIn(said, notice)
        state = self.assertTorch(explorer, [['head', 1, 1]])
        self.assertEqual(state['tables'], [[0, 1, 0], [23, 2, 0]])
        explorer.get_by_role('button', name='undo all').click()
        expect(explorer.locator('.notice')).to_be_empty()

    def test_two_explorers(self):
        page = self.page()
        explorers(page)
        page.evaluate(SECOND)
        expect(page.locator('.lowrank .question-text')).to_have_count(2)
        first, second = explorers(page).all()
        one, two = shown(first), shown(second)
        chip(second, 'table 0 column 1').focus()
        page.keyboard.press('ArrowUp')
        page.wait_for_url('**#view=2&*')
        self.assertEqual(shown(first), one)
        self.assertNotEqual(shown(second), two)
        self.assertTorch(second)
        self.assertTorch(first)
        blocks = page.eval_on_selector_all('script[id^=lowrank-]', 'all => all.map(e => e.id)')
        self.assertEqual(len(blocks), len(set(blocks)))

    def test_attention(self):
        "The matrix and the arcs show torch's weights"
        explorer = self.explorer()
        state = self.assertTorch(explorer)
        canvas, T = explorer.locator('canvas.weights'), 4*len(state['tables']) + 3
        self.torch.layer = self.torch.n_layer
        mean = self.torch.attention.mean(0)
        canvas.focus()
        for _ in range(2): explorer.page.keyboard.press('ArrowLeft')
        said = explorer.locator('.attention .readout').first.inner_text()
        self.assertEqual(said, f'query 2 attends with weight {mean[T-1, T-3]:.4f} to separator')
        drawn = explorer.locator('.arcs path').count()
        seen = mean >= .02
        self.assertEqual(drawn, (seen[T-1].sum() + seen[:T-1, T-1].sum()).item())

    def test_views(self):
        for scheme, width in ('light', 1280), ('dark', 1280), ('light', 390):
            explorer = self.explorer(color_scheme=scheme)
            explorer.page.set_viewport_size(dict(width=width, height=900))
            explorer.page.wait_for_timeout(300)
            self.assertTorch(explorer)
            over = explorer.page.evaluate('document.documentElement.scrollWidth - innerWidth')
            self.assertLessEqual(over, 0)

    def test_without_scripts(self):
        picture = self.page(java_script_enabled=False).locator('[data-lowrank] img').first
        expect(picture).to_be_visible()

    def test_named(self):
        "Everything that can be operated has a name"
        nameless = self.explorer().evaluate("""e => [...e.shadowRoot.querySelectorAll(
          'button, input, [tabindex]')]
          .filter(e => !(e.hidden || e.innerText || e.ariaLabel || e.labels?.length))
          .map(e => e.outerHTML)""")
        self.assertEqual(nameless, [])

if __name__ == '__main__': unittest.main()
