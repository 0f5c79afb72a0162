"""Every page of the book in _docs in a real browser, whichever renderer made it: what it says,
where its links lead, how it fits a window. Leaves screenshots of every page in build/screenshots
and the list of what does not fit in build/too-wide.txt.

`make book` first; then `python -m unittest discover -s tests/browser`."""
import re, sys, unittest
from pathlib import Path
import nbformat
from browser import chromium, serve, watch

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT/'build/screenshots'
sys.path.insert(0, str(ROOT/'docs'))
from book import SITE, chapters, parts, title_cell
from pages import defines, exported, numbers, page as page_of, site_url

# True: what does not fit a window is listed; False: it fails the test
MAY_BE_CUT = True
VIEWS = dict(light=('light', 1280), dark=('dark', 1280), narrow=('light', 390))
RE_NOISE = re.compile(r'#\||\$\$|`|\{[.#]\w|\]\(|:::|\|-|\*\*')   # markup that was not understood
MEASURE = (Path(__file__).parent/'measure.js').read_text()
PROSE = """() => {
  const main = document.querySelector('main').cloneNode(true)
  const others = 'pre, code, script, style, math, [data-lowrank]'
  for (const e of main.querySelectorAll(others)) e.remove()
  return main.textContent
}"""
BRIGHT = 'getComputedStyle(document.body).color.match(/\\d+/)[0] > 128'
IMAGES = """all => all.map(i => [i.src.slice(-20), i.clientWidth/i.clientHeight,
                                 i.naturalWidth/i.naturalHeight, i.alt])"""
# All links of the navigation; the names of the parts are text between them
NAVIGATION = """all => all.map(nav => ({
  text: nav.textContent, links: [...nav.querySelectorAll('a[href]')].map(a => a.href.split('#')[0])
}))"""

def cells(notebook, kind):
    found = nbformat.read(ROOT/notebook, as_version=4).cells
    return [c.source for c in found if c.cell_type == kind]

def plain(markdown): return re.sub(r'[`*$\\]', '', markdown)
def last(name): return name.strip('#').split('.')[-1]

def title(notebook):
    "Title and subtitle as the page has them"
    name, subtitle = re.match('# (.+)\n\n> (.+)', title_cell(notebook)).groups()
    number = numbers().get(notebook)
    return plain(f'{number} · {name}' if number else name), plain(subtitle)

class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (SITE/'index.html').exists(): sys.exit('the site is not built: run `make book`')
        cls.url = cls.enterClassContext(serve(SITE))
        cls.browser = cls.enterClassContext(chromium())

    def address(self, notebook): return f'{self.url}{page_of(notebook)}.html'

    def on_each(self, check, view='light'):
        "Open the page of each chapter and look; nothing may go wrong meanwhile"
        scheme, width = VIEWS[view]
        window = dict(width=width, height=900)
        page = self.browser.new_context(color_scheme=scheme, viewport=window).new_page()
        wrong = watch(page)
        for notebook in chapters():
            with self.subTest(f'{notebook}, {view}'):
                wrong.clear()
                self.assertEqual(page.goto(self.address(notebook)).status, 200)
                page.wait_for_load_state('networkidle')
                check(notebook, page)
                self.assertEqual(wrong, [])
        page.context.close()

    def test_text(self):
        def check(notebook, page):
            name, subtitle = title(notebook)
            self.assertEqual(page.inner_text('main h1').strip('#'), name)
            text = page.inner_text('main')
            self.assertIn(subtitle, text)
            self.assertIn(f'This page is the notebook {notebook}.', text)
            self.assertEqual(RE_NOISE.findall(page.evaluate(PROSE)), [])
            formulas = ''.join(cells(notebook, 'markdown')).count('$$')//2
            self.assertEqual(page.locator('main math[display=block]').count(), formulas)
            self.assertNotIn('nbdev_export', text)
        self.on_each(check)

    def test_names(self):
        "Each name that a page shows has a heading or an anchor"
        def check(notebook, page):
            code = cells(notebook, 'code')
            documented = re.findall(r'^show_doc\(([\w.]+)', '\n'.join(code), re.MULTILINE)
            headings = {last(h) for h in page.locator('main h3').all_inner_texts()}
            self.assertLessEqual(set(map(last, documented)), headings)
            ids = set(page.eval_on_selector_all('[id]', 'all => all.map(e => e.id)'))
            shown = [c for c in code if c.startswith('#| exports')]
            for anchor, name in exported(page_of(notebook)).items():
                if any(defines(c, name) for c in shown): self.assertIn(anchor, ids)
        self.on_each(check)

    def test_contents(self):
        "One navigation has all chapters and parts in order; pages lead on and back"
        order = list(map(self.address, chapters()))
        def check(notebook, page):
            found = None
            for nav in page.eval_on_selector_all('nav', NAVIGATION):
                links = list(dict.fromkeys(link for link in nav['links'] if link in order))
                if set(links) == set(order): found = links, nav['text']
            self.assertIsNotNone(found, 'no navigation has all chapters')
            self.assertEqual(found[0], order)
            places = [found[1].find(part) for part, _ in parts() if part]
            self.assertNotIn(-1, places)
            self.assertEqual(places, sorted(places))
            i = order.index(self.address(notebook))
            for rel, there in ('prev', order[max(i - 1, 0):i]), ('next', order[i + 1:i + 2]):
                links = page.eval_on_selector_all(f'link[rel={rel}]', 'all => all.map(a => a.href)')
                self.assertEqual(links, there, rel)
        self.on_each(check)

    def test_links(self):
        links, ids = {}, {}
        def check(notebook, page):
            ids[page.url] = set(page.eval_on_selector_all('[id]', 'all => all.map(e => e.id)'))
            for link in page.eval_on_selector_all('a[href]', 'all => all.map(a => a.href)'):
                links.setdefault(link, notebook)
        self.on_each(check)
        here = [link for link in links if link.startswith(self.url)]
        for link in here:
            address, _, anchor = link.partition('#')
            with self.subTest(f'{links[link]}: {link.removeprefix(self.url)}'):
                file = SITE/address.removeprefix(self.url).partition('?')[0]
                self.assertTrue((file/'index.html' if file.is_dir() else file).is_file())
                known = not anchor or anchor in ids.get(address, [anchor])
                self.assertTrue(known, 'nothing there has this anchor')
        for link in set(links) - set(here):
            with self.subTest(f'{links[link]}: {link}'):
                self.assertFalse(link.startswith(site_url()), 'an absolute link to this site')
                if '/blob/' in link and '.py' in link: self.assertRegex(link, r'\.py#L\d+$')
        print(f'{len(here)} links on the site, {len(links) - len(here)} to other places')

    def test_views(self):
        SHOTS.mkdir(parents=True, exist_ok=True)
        too_wide = []
        for view, (scheme, width) in VIEWS.items():
            def check(notebook, page):
                shot = f'{page_of(notebook).replace("/", "_")}-{view}.png'
                page.screenshot(path=SHOTS/shot, full_page=True)
                self.assertEqual(page.evaluate(BRIGHT), scheme == 'dark')
                for name, shown, drawn, alt in page.eval_on_selector_all('main img', IMAGES):
                    self.assertAlmostEqual(shown/drawn, 1, delta=.03, msg=name)
                cut = page.evaluate(MEASURE) if view != 'dark' else []
                too_wide.extend(f'{page_of(notebook)} at {width} px: {what}' for what in cut)
            self.on_each(check, view)
        report = ROOT/'build/too-wide.txt'
        report.write_text('\n'.join(too_wide))
        print(f'{len(too_wide)} elements do not fit their page: {report.relative_to(ROOT)}')
        if not MAY_BE_CUT: self.assertEqual(too_wide, [])

    def test_search(self):
        "Searching finds a chapter and leads to it"
        page = self.browser.new_page()
        self.addCleanup(page.close)
        chapter = 'nbs/00_posemb.ipynb'
        result = page.locator('xpath=//a[contains(@href, "posemb.html")][not(ancestor::nav)]')
        for notebook in chapters()[1:]:   # a page that does not lead there itself
            page.goto(self.address(notebook))
            if notebook != chapter and not result.count(): break
        field = page.locator('input[type=search]')
        if not field.first.is_visible():
            page.get_by_role('button', name=re.compile('search', re.IGNORECASE)).first.click()
        field = field.locator('visible=true').first
        field.fill('positional embedding')
        page.wait_for_timeout(1000)
        if not result.count(): field.press('Enter')
        result.first.click()
        page.wait_for_url(re.compile(r'posemb\.html'))
        self.assertEqual(page.inner_text('main h1').strip('#'), title(chapter)[0])

if __name__ == '__main__': unittest.main()
