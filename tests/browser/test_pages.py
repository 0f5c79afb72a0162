"""Every page of the book in _docs in a real browser, whichever renderer made it: what it says,
where its links lead, how it fits a window.

`make book` first; then `python -m unittest discover -s tests/browser`."""
import re, sys, unittest
from pathlib import Path
import nbformat
from browser import chromium, serve, watch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT/'docs'))
from book import SITE, chapters, parts, title_cell
from pages import FOOTER, defines, exported, language_of, numbers, page as page_of, site_url

# A page is loaded in the narrow view, then shown in the others
VIEWS = dict(narrow=('light', 390), light=('light', 1280), dark=('dark', 1280))
RE_NOISE = re.compile(r'#\||\$\$|`|\{[.#]\w|\]\(|:::|\|-|\*\*')   # markup that was not understood
FACTS = (Path(__file__).parent/'facts.js').read_text()

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
        cls.seen = {view: {} for view in VIEWS}
        page = cls.browser.new_page()
        wrong = watch(page)
        for notebook in chapters(): cls.visit(page, notebook, wrong)
        page.close()

    @classmethod
    def address(cls, notebook): return f'{cls.url}{page_of(notebook)}.html'

    @classmethod
    def visit(cls, page, notebook, wrong):
        "The facts of a page in every view, and what went wrong on it"
        wrong.clear()
        for view, (scheme, width) in VIEWS.items():
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(dict(width=width, height=900))
            if view == 'narrow': page.goto(cls.address(notebook))
            cls.seen[view][notebook] = page.evaluate(FACTS) | dict(wrong=list(wrong))

    def each(self, check, view='light'):
        for notebook, facts in self.seen[view].items():
            with self.subTest(f'{notebook}, {view}'): check(notebook, facts)

    def test_nothing_goes_wrong(self):
        for view, (scheme, _) in VIEWS.items():
            def check(notebook, facts):
                self.assertEqual(facts['wrong'], [])
                self.assertEqual(facts['bright'], scheme == 'dark')
            self.each(check, view)

    def test_text(self):
        def check(notebook, facts):
            name, subtitle = title(notebook)
            self.assertEqual(facts['title'].strip('#'), name)
            self.assertIn(subtitle, facts['text'])
            self.assertIn(FOOTER[language_of(notebook)].format(notebook), facts['text'])
            self.assertNotIn('nbdev_export', facts['text'])
            self.assertEqual(RE_NOISE.findall(facts['prose']), [])
            formulas = ''.join(cells(notebook, 'markdown')).count('$$')//2
            self.assertEqual(facts['formulas'], formulas)
        self.each(check)

    def test_names(self):
        "Each name that a page shows has a heading or an anchor"
        def check(notebook, facts):
            code = cells(notebook, 'code')
            documented = re.findall(r'^show_doc\(([\w.]+)', '\n'.join(code), re.MULTILINE)
            self.assertLessEqual(set(map(last, documented)), set(map(last, facts['headings'])))
            shown = [c for c in code if c.startswith('#| exports')]
            for anchor, name in exported(page_of(notebook)).items():
                if any(defines(c, name) for c in shown): self.assertIn(anchor, facts['ids'])
        self.each(check)

    def test_contents(self):
        "One navigation has all chapters and parts in order; pages lead on and back"
        order = list(map(self.address, chapters()))
        def check(notebook, facts):
            found = []
            for nav in facts['navigations']:
                links = list(dict.fromkeys(link for link in nav['links'] if link in order))
                if len(links) == len(order): found.append((links, nav['text']))
            self.assertTrue(found, 'no navigation has all chapters')
            links, text = found[0]
            self.assertEqual(links, order)
            places = [text.find(part) for part, _ in parts() if part]
            self.assertNotIn(-1, places)
            self.assertEqual(places, sorted(places))
            i = order.index(self.address(notebook))
            for name, j in ('prev', i - 1), ('next', i + 1):
                there = order[j:j + 1] if j >= 0 else []
                same = there and language_of(chapters()[j]) == language_of(notebook)
                self.assertIn(facts[name], [there] if same else [there, []])
        self.each(check)

    def test_links(self):
        ids = {self.address(n): set(facts['ids']) for n, facts in self.seen['light'].items()}
        counted = dict(here=set(), elsewhere=set())
        for notebook, facts in self.seen['light'].items():
            for link in dict.fromkeys(facts['links']):
                counted['here' if link.startswith(self.url) else 'elsewhere'].add(link)
                with self.subTest(f'{notebook}: {link.removeprefix(self.url)}'):
                    if link.startswith(self.url): self.assertLeads(link, ids)
                    else: self.assertElsewhere(link)
        print(*(f'{len(links)} links {where}' for where, links in counted.items()), sep=', ')

    def assertLeads(self, link, ids):
        "There is a page at the address, and the anchor is on it"
        address, _, anchor = link.partition('#')
        file = SITE/address.removeprefix(self.url).partition('?')[0]
        self.assertTrue((file/'index.html' if file.is_dir() else file).is_file(), 'no such page')
        self.assertTrue(not anchor or anchor in ids.get(address, [anchor]), 'no such anchor')

    def assertElsewhere(self, link):
        self.assertFalse(link.startswith(site_url()), 'an absolute link to this site')
        if '/blob/' in link and '.py' in link: self.assertRegex(link, r'\.py#L\d+$')

    def test_images(self):
        def check(notebook, facts):
            for image in facts['images']:
                self.assertTrue(image['alt'], 'an image without a text')
                self.assertAlmostEqual(image['shown']/image['drawn'], 1, delta=.03, msg=image)
        for view in VIEWS: self.each(check, view)

    def test_what_fits(self):
        "At 1280 pixels nothing is cut; at 390 only code scrolls"
        cut = [f'{page_of(notebook)} at {VIEWS[view][1]} px: {what}'
               for view in ('light', 'narrow') for notebook, facts in self.seen[view].items()
               for what in facts['cut']]
        self.assertEqual(cut, [])

    def test_search(self):
        "Searching finds a chapter and leads to it"
        page = self.browser.new_page()
        self.addCleanup(page.close)
        chapter = 'nbs/00_posemb.ipynb'
        def leads_there(notebook):
            return sum('posemb.html' in link for link in self.seen['light'][notebook]['links'])
        start = min(chapters(), key=leads_there)
        page.goto(self.address(start))
        result = page.locator('xpath=//a[contains(@href, "posemb.html")][not(ancestor::nav)]')
        field = page.locator('input[type=search]').locator('visible=true')
        if not field.count():
            page.get_by_role('button', name=re.compile('search', re.IGNORECASE)).first.click()
        field.first.fill('positional embedding')
        page.wait_for_timeout(1000)
        if not result.count(): field.first.press('Enter')
        result.first.click()
        page.wait_for_url(re.compile(r'posemb\.html'))
        self.assertEqual(page.inner_text('main h1').strip('#'), title(chapter)[0])

if __name__ == '__main__': unittest.main()
