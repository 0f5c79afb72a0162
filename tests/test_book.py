"""How the site is made of notebooks: what docs/book.py and docs/myst.py do to their text."""
import sys, unittest
from pathlib import Path
from nbformat.v4 import new_code_cell, new_output
sys.path.insert(0, str(Path(__file__).parents[1]/'docs'))
from book import chapters, title_fault, without_require
from myst import api_section, local_links, page, site_url, to_myst

ANCHORS = {'nbs/layout': {'label_axes', 'layoutrole'}}
API = f'{site_url()}nbs/layout.html'
LINKS = {
    '[a](00_layout.ipynb)': '[a](layout.ipynb)',
    '[a](nbs/02a_task.ipynb#honest-baselines)': '[a](nbs/task.ipynb#honest-baselines)',
    f'[`label_axes`]({API}#label_axes)': '[`label_axes`](/nbs/layout.ipynb#label_axes)',
    f'[`Layout.role`]({API}#layout.role)': '[`Layout.role`](/nbs/layout.ipynb#layoutrole)',
    f'[`Layout.tail`]({API}#layout.tail)': '[`Layout.tail`](/nbs/layout.ipynb)'}
LEFT_ALONE = '[a](https://example.org/00_layout.ipynb), `00_layout.ipynb`, [b](#here)'

SHOWN = '''---

[source](https://example.org/layout.py#L1){target="_blank" style="float:right; font-size:smaller"}

### f

```python

def f(
    a, # of [`g`](https://example.org/#g)
):


```

*See [`g`](https://example.org/#g)*'''
SECTION = '''### f

[source](https://example.org/layout.py#L1){.source}

```python
def f(
    a, # of `g`
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

    def test_links(self):
        for given, expected in LINKS.items(): self.assertEqual(local_links(given, ANCHORS), expected)
        self.assertEqual(local_links(LEFT_ALONE, ANCHORS), LEFT_ALONE)

    def test_api(self):
        self.assertEqual(api_section(SHOWN), SECTION)
        output = new_output('execute_result', {'text/markdown': SHOWN})
        cell = to_myst(new_code_cell('#| echo: false\n#| output: asis\nshow_doc(f)', outputs=[output]))
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

    def test_nothing_from_a_cdn(self):
        for version, addresses in CDN.items():
            scripts = ''.join(f'<script src="{a}" integrity="sha512-x" crossorigin="anonymous">'
                              '</script>\n' for a in addresses)
            given = f'<head>{scripts}{DEFINE}<script>own()</script></head>'
            with self.subTest(version):
                self.assertEqual(without_require(given), '<head><script>own()</script></head>')

if __name__ == '__main__': unittest.main()
