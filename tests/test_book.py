"""How the site is made of notebooks: what docs/book.py and docs/myst.py do to their text."""
import re, sys, unittest
from pathlib import Path
import nbformat, yaml
from nbformat.v4 import new_code_cell, new_output
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT/'docs'))
from book import chapters, title_fault, website, without_require
from myst import api_section, local_links, to_myst
from pages import (
    add_anchors, clean_signatures, footer, language_of, link_pages, numbers, page, relink, site_url)

LINKS = {
    '[a](00_layout.ipynb)': '[a](layout.ipynb)',
    '[a](nbs/02a_task.ipynb#honest-baselines)': '[a](nbs/task.ipynb#honest-baselines)'}
LEFT_ALONE = '[a](https://example.org/00_layout.ipynb), `00_layout.ipynb`, [b](#here)'

SHOWN = '''---

[source](https://example.org/layout.py#L1){target="_blank" style="float:right; font-size:smaller"}

### Net.f

```python

def f(
    a, # of [`g`](https://example.org/#g)
    args:VAR_POSITIONAL, kwargs:VAR_KEYWORD
):


```

*See [`g`](https://example.org/#g)*'''
CLEAN = '''---

[source](https://example.org/layout.py#L1){target="_blank" style="float:right; font-size:smaller"}

### Net.f

```python
def f(
    a, # of `g`
    *args, **kwargs
):
```

*See [`g`](https://example.org/#g)*'''
SECTION = '''<div id="net.f"></div>

### Net.f

[source](https://example.org/layout.py#L1){.source}

```python
def f(
    a, # of `g`
    *args, **kwargs
):
```

*See [`g`](https://example.org/#g)*'''

CDN = {   # what a version of Quarto loads
    '1.10': ('https://cdn.jsdelivr.net/npm/requirejs@2.3.6/require.min.js',
             'https://cdn.jsdelivr.net/npm/jquery@3.5.1/dist/jquery.min.js'),
    '1.7': ('https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js',
            'https://cdnjs.cloudflare.com/ajax/libs/jquery/3.5.1/jquery.min.js')}
DEFINE = ('<script type="application/javascript">'
          "define('jquery', [],function() {return window.jQuery;})</script>\n")

def luminance(color):
    "Relative luminance of `#rgb` or `#rrggbb`, as WCAG defines it"
    digits = color[1:] if len(color) == 7 else ''.join(2*c for c in color[1:])
    parts = [int(digits[i:i+2], 16)/255 for i in (0, 2, 4)]
    linear = [x/12.92 if x <= .04045 else ((x + .055)/1.055)**2.4 for x in parts]
    return sum(w*x for w, x in zip((.2126, .7152, .0722), linear))

def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + .05)/(low + .05)

def scss(name):
    "The variables that a style sheet for Quarto sets"
    return dict(re.findall(r'^\$([\w-]+): (.+);', (ROOT/'docs'/name).read_text(), re.MULTILINE))

class Book(unittest.TestCase):
    def test_title_cell(self):
        self.assertIsNone(title_fault('# A title\n\n> and a subtitle.'))
        for lost in ('# A title\n\n> and a subtitle.\n\nA paragraph', '# A title',
                     '# A title\n> glued', '# A title\n\nno quote'):
            with self.subTest(lost): self.assertTrue(title_fault(lost))

    def test_names_of_pages(self):
        names = {'index.ipynb': 'index', 'nbs/00_layout.ipynb': 'nbs/layout',
                 'nbs/02a_task.ipynb': 'nbs/task'}
        for notebook, name in names.items(): self.assertEqual(page(notebook), name)
        self.assertEqual(len({page(n) for n in chapters()}), len(chapters()))

    def test_numbers(self):
        self.assertEqual(list(numbers().values()), list(range(1, len(numbers()) + 1)))
        self.assertNotIn('index.ipynb', numbers())

    def test_links_to_notebooks(self):
        for given, expected in LINKS.items(): self.assertEqual(local_links(given), expected)
        self.assertEqual(local_links(LEFT_ALONE), LEFT_ALONE)

    def test_links_in_outputs(self):
        for given, notebook, there in [
                ('[a *b*](nbs/06c_joins.ipynb#c)', 'index.ipynb', 'nbs/joins.html'),
                ('[a *b*](06c_joins.ipynb#c)', 'nbs/02_model.ipynb', 'joins.html')]:
            self.assertEqual(link_pages(given, notebook), f'<a href="{there}#c">a *b*</a>')
        elsewhere = '[a](https://a.b/c.ipynb)'
        self.assertEqual(link_pages(elsewhere, 'index.ipynb'), elsewhere)

    def test_links_to_names(self):
        anchors = {'nbs/layout': {'label_axes', 'layout.role', 'summary'}}
        def linked(name, anchor, here, imported=()):
            text = f'See [`{name}`]({site_url()}nbs/layout.html#{anchor}).'
            return relink(text, here, anchors, imported)[4:-1]
        expected = '<a href="layout.html#label_axes">`label_axes`</a>'
        self.assertEqual(linked('label_axes', 'label_axes', 'nbs/masks'), expected)
        expected = '<a href="nbs/layout.html#layout.role">`Layout.role`</a>'
        self.assertEqual(linked('Layout.role', 'layout.role', 'index'), expected)
        expected = '<a href="#summary">`summary`</a>'
        self.assertEqual(linked('summary', 'summary', 'nbs/layout'), expected)
        expected = '<a href="layout.html#summary">`summary()`</a>'
        self.assertEqual(linked('summary()', 'summary', 'nbs/masks', {'summary'}), expected)
        self.assertEqual(linked('summary', 'summary', 'nbs/masks'), '`summary`')
        self.assertEqual(linked('Layout.tail', 'layout.tail', 'nbs/masks'), '`Layout.tail`')
        heading = f'## The [`label_axes`]({site_url()}nbs/layout.html#label_axes)'
        self.assertEqual(relink(heading, 'nbs/masks', anchors, ()), '## The `label_axes`')

    def test_anchors(self):
        names = {'f': 'f', 'net': 'Net', 'net.g': 'Net.g', 'net.f': 'Net.f', 'lost': 'lost'}
        output = new_output('execute_result', {'text/markdown': SHOWN})
        cells = [new_code_cell('def f(x): pass'), new_code_cell('class Net: pass'),
                 new_code_cell('@patch\ndef g(self:Net): pass'),
                 new_code_cell('#| echo: false\ndef lost(): pass'),
                 new_code_cell('show_doc(Net.f)', outputs=[output])]
        self.assertEqual(add_anchors(cells, names), {'f', 'net', 'net.g', 'net.f'})
        anchors = [c.source for c in cells if c.cell_type == 'markdown']
        self.assertEqual(anchors, [f'<div id="{a}"></div>' for a in ('f', 'net', 'net.g')])
        self.assertEqual([c.cell_type for c in cells[:3]], ['markdown', 'code', 'markdown'])

    def test_api(self):
        self.assertEqual(clean_signatures(SHOWN), CLEAN)
        self.assertEqual(api_section(CLEAN), SECTION)
        output = new_output('execute_result', {'text/markdown': CLEAN})
        cell = new_code_cell('#| echo: false\n#| output: asis\nshow_doc(f)', outputs=[output])
        cell = to_myst(cell)
        self.assertEqual((cell.cell_type, cell.source), ('markdown', SECTION))

    def test_folded_and_hidden_code(self):
        folded = to_myst(new_code_cell(
            '#| code-fold: true\n#| code-summary: "Proof: x is 1"\nx = 1\n#| not: an option'))
        self.assertEqual(folded.source, 'x = 1\n#| not: an option')
        self.assertEqual(folded.metadata.tags, ['hide-input'])
        prompts = dict(code_prompt_show='Proof: x is 1', code_prompt_hide='Proof: x is 1')
        self.assertEqual(folded.metadata.mystnb, prompts)
        hidden = to_myst(new_code_cell('#| echo: false\nplot()'))
        self.assertEqual(hidden.metadata.tags, ['remove-input'])
        figure = to_myst(new_code_cell('#| fig-alt: "Two: a \\"b\\" and c"\nplot()'))
        self.assertEqual(figure.metadata.mystnb, dict(image=dict(alt='Two: a "b" and c')))

    def test_pictures_have_words(self):
        "A picture that a page shows has an alternative text, in the cell or in its own HTML"
        for notebook in chapters():
            for cell in nbformat.read(ROOT/notebook, as_version=4).cells:
                if cell.cell_type != 'code' or cell.source.startswith('#| hide'): continue
                shown = [o.get('data', {}) for o in cell.outputs]
                bare = [d for d in shown if 'text/html' not in d and any('image/' in k for k in d)]
                with self.subTest(f'{notebook} {cell.id}'):
                    if bare: self.assertRegex(cell.source, r'(?m)^#\| fig-alt: ".{20,}"$')

    def test_languages(self):
        for name in 'index.zh.ipynb', 'nbs/00b_specification_zh.ipynb', 'index.zh':
            self.assertEqual(language_of(name), 'zh')
        self.assertEqual({language_of(n) for n in chapters() if 'zh' not in n}, {'en'})
        self.assertIn('>This page is the notebook <a', footer('index.ipynb'))
        self.assertIn('>本页即笔记本 <a', footer('index.zh.ipynb'))
        self.assertEqual({language_of(n) for n in numbers()}, {'en'})

    # ---- What Quarto is told. It need not be installed: its themes' own colours are stated here

    def test_quarto(self):
        config = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))
        for key in 'open-graph', 'twitter-card':   # else it takes the first picture of the page
            image = website()[key]['image']
            self.assertTrue(image.startswith('/') and (ROOT/image[1:]).is_file())
            self.assertIn(image[1:], config['project']['resources'])
        self.assertEqual(website()['search']['keyboard-shortcut'], [])
        html = config['format']['html']
        for name in (html['css'], html['theme']['light'][1], html['theme']['dark'][1]):
            self.assertTrue((ROOT/name).is_file(), name)
        for name in 'light.scss', 'dark.scss':   # no font from elsewhere
            self.assertEqual(scss(name)['web-font-path'], 'false')

    def test_contrasts_in_quarto(self):
        "Text on its ground, 4.5 to 1: cosmo's ground is white, darkly's #222"
        css = (ROOT/'docs/book.css').read_text()
        dark, light = scss('dark.scss'), scss('light.scss')
        side = '.sidebar-navigation .sidebar-item a.active'
        toc = '.sidebar nav[role="doc-toc"] a.active'
        def active(mode, selector):
            rule = re.escape(f'.quarto-{mode} {selector}') + r' {\s*color: (#\w+)'
            return re.search(rule, css)[1]
        pairs = [
            (dark['code-color'], dark['code-bg']), (dark['text-muted'], '#222'),
            (light['text-muted'], '#fff'), ('#fff', dark['sidebar-bg']),
            (active('dark', side), dark['sidebar-bg']), (active('light', side), '#f8f9fa'),
            (active('dark', toc), '#222'), (active('light', toc), '#fff')]
        for text, ground in pairs:
            with self.subTest(f'{text} on {ground}'):
                self.assertGreaterEqual(contrast(text, ground), 4.5)
        self.assertAlmostEqual(contrast('#fff', '#000'), 21)

    def test_nothing_from_a_cdn(self):
        for version, addresses in CDN.items():
            scripts = ''.join(f'<script src="{a}" integrity="sha512-x" crossorigin="anonymous">'
                              '</script>\n' for a in addresses)
            given = f'<head>{scripts}{DEFINE}<script>own()</script></head>'
            with self.subTest(version):
                self.assertEqual(without_require(given), '<head><script>own()</script></head>')

if __name__ == '__main__': unittest.main()
