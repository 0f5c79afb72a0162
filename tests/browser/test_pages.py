"""Every page of the rendered book in a real browser: what it says, where its links lead, how it fits a window.

`make book` first; then `python -m unittest discover -s tests/browser`. Screenshots of every page are left in build/screenshots."""
import re, sys, unittest
from pathlib import Path
import nbformat
from browser import chromium, serve, watch

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT/'build/screenshots'
sys.path.insert(0, str(ROOT/'docs'))
from book import SITE, chapters, parts, title_cell
from myst import page as page_of

VIEWS = dict(light=('light', 1280), dark=('dark', 1280), narrow=('light', 390))
RE_NOISE = re.compile(r'#\||\$\$|`|\{[.#]\w|\]\(|:::|\|-|\*\*')   # markup that was not understood
PROSE = """() => {
  const main = document.querySelector('main').cloneNode(true)
  for (const e of main.querySelectorAll('pre, code, script, style, math, [data-lowrank]')) e.remove()
  return main.textContent
}"""

def source(notebook, kind): return '\n'.join(c.source for c in nbformat.read(ROOT/notebook, as_version=4).cells if c.cell_type == kind)
def plain(markdown): return re.sub(r'[`*$\\]', '', markdown)
def last(name): return name.strip('#').split('.')[-1]

class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (SITE/'index.html').exists(): raise SystemExit('the site is not built: run `make book`')
        cls.url = cls.enterClassContext(serve(SITE))
        cls.browser = cls.enterClassContext(chromium())

    def on_each(self, check, view='light'):
        "Open the page of each chapter and look; nothing may go wrong meanwhile"
        scheme, width = VIEWS[view]
        page = self.browser.new_context(color_scheme=scheme, viewport=dict(width=width, height=900)).new_page()
        wrong = watch(page)
        for notebook in chapters():
            with self.subTest(f'{notebook}, {view}'):
                wrong.clear()
                self.assertEqual(page.goto(f'{self.url}{page_of(notebook)}.html').status, 200)
                page.wait_for_load_state('networkidle')
                check(notebook, page)
                self.assertEqual(wrong, [])
        page.context.close()

    def test_text(self):
        def check(notebook, page):
            title, subtitle = re.match('# (.+)\n\n> (.+)', title_cell(notebook)).groups()
            self.assertEqual(page.inner_text('main h1').strip('#'), plain(title))
            prose = page.evaluate(PROSE)
            for said in plain(subtitle), 'opens the book in JupyterLab': self.assertIn(said, page.inner_text('main'))
            self.assertEqual(RE_NOISE.findall(prose), [])
            self.assertEqual(page.locator('main math[display=block]').count(), source(notebook, 'markdown').count('$$')//2)
            self.assertNotIn('nbdev_export', page.inner_text('main'))
            documented = re.findall(r'^show_doc\(([\w.]+)', source(notebook, 'code'), re.MULTILINE)
            self.assertLessEqual({last(name) for name in documented}, {last(h) for h in page.locator('main h3').all_inner_texts()})
        self.on_each(check)

    def test_contents(self):
        expected = [x for title, notebooks in parts() for x in ([title] if title else []) + [f'{self.url}{page_of(n)}.html' for n in notebooks]]
        order = [x for x in expected if x.startswith('http')]
        def check(notebook, page):
            i, nav = chapters().index(notebook), '.bd-sidebar-primary nav'
            self.assertEqual(page.eval_on_selector_all(f'{nav} .caption, {nav} a.reference', 'all => all.map(e => e.href ? e.href.split("#")[0] : e.innerText)'), expected)
            self.assertEqual(page.eval_on_selector_all('.prev-next-area a', 'all => all.map(a => a.href)'), order[max(i-1, 0):i] + order[i+1:i+2])
        self.on_each(check)

    def test_links(self):
        links, ids = {}, {}
        def check(notebook, page):
            ids[page.url] = set(page.eval_on_selector_all('[id]', 'all => all.map(e => e.id)'))
            for link in page.eval_on_selector_all('a[href]', 'all => all.map(a => a.href)'): links.setdefault(link, notebook)
        self.on_each(check)
        here = [link for link in links if link.startswith(self.url)]
        for link in here:
            address, _, anchor = link.partition('#')
            with self.subTest(f'{links[link]}: {link.removeprefix(self.url)}'):
                self.assertTrue((SITE/address.removeprefix(self.url)).is_file())
                self.assertTrue(not anchor or anchor in ids.get(address, [anchor]), 'nothing there has this anchor')
        print(f'{len(here)} links on the site, {len(links) - len(here)} to other places')

    def test_views(self):
        SHOTS.mkdir(parents=True, exist_ok=True)
        for view, (scheme, _) in VIEWS.items():
            def check(notebook, page):
                page.screenshot(path=SHOTS/f'{page_of(notebook).replace("/", "_")}-{view}.png', full_page=True)
                self.assertEqual(page.evaluate('getComputedStyle(document.body).color.match(/\\d+/)[0] > 128'), scheme == 'dark')
                self.assertLessEqual(page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, 'wider than the window')
                for name, shown, drawn in page.eval_on_selector_all('main img', 'all => all.map(i => [i.src.slice(-20), i.clientWidth/i.clientHeight, i.naturalWidth/i.naturalHeight])'):
                    self.assertAlmostEqual(shown/drawn, 1, delta=.03, msg=name)
            self.on_each(check, view)

    def test_search(self):
        page = self.browser.new_page()
        self.addCleanup(page.close)
        page.goto(f'{self.url}search.html?q=positional')
        page.click('#search-results li a >> text=Positional embeddings')
        self.assertEqual(page.url.split('?')[0].split('#')[0], f'{self.url}nbs/posemb.html')

if __name__ == '__main__': unittest.main()
