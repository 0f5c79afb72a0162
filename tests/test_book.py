"""How the site is made of notebooks: what docs/book.py and docs/myst.py do to their text."""
import sys
from pathlib import Path
from fastcore.test import test_eq
from nbformat.v4 import new_code_cell, new_output
sys.path.insert(0, str(Path(__file__).parents[1]/'docs'))
from book import chapters, title_fault, without_require
from myst import api_section, local_links, page, site_url, to_myst

test_eq(title_fault('# A title\n\n> and a subtitle.'), None)
for lost in '# A title\n\n> and a subtitle.\n\nA paragraph', '# A title', '# A title\n> glued', '# A title\n\nno quote':
    assert title_fault(lost), lost

test_eq([page(n) for n in ('index.ipynb', 'nbs/00_layout.ipynb', 'nbs/02a_task.ipynb')], ['index', 'nbs/layout', 'nbs/task'])
test_eq(len({page(n) for n in chapters()}), len(chapters()))

anchors = {'nbs/layout': {'label_axes', 'layoutrole'}}
links = {
    '[a](00_layout.ipynb)': '[a](layout.ipynb)',
    '[a](nbs/02a_task.ipynb#honest-baselines)': '[a](nbs/task.ipynb#honest-baselines)',
    f'[`label_axes`]({site_url()}nbs/layout.html#label_axes)': '[`label_axes`](/nbs/layout.ipynb#label_axes)',
    f'[`Layout.role`]({site_url()}nbs/layout.html#layout.role)': '[`Layout.role`](/nbs/layout.ipynb#layoutrole)',
    f'[`Layout.tail`]({site_url()}nbs/layout.html#layout.tail)': '[`Layout.tail`](/nbs/layout.ipynb)',
    '[a](https://example.org/00_layout.ipynb), `00_layout.ipynb`, [b](#here)': '[a](https://example.org/00_layout.ipynb), `00_layout.ipynb`, [b](#here)'}
for given, expected in links.items(): test_eq(local_links(given, anchors), expected)

shown = '''---

[source](https://example.org/layout.py#L1){target="_blank" style="float:right; font-size:smaller"}

### f

```python

def f(
    a, # of [`g`](https://example.org/#g)
):


```

*See [`g`](https://example.org/#g)*'''
section = '### f\n\n[source](https://example.org/layout.py#L1){.source}\n\n```python\ndef f(\n    a, # of `g`\n):\n```\n\n*See [`g`](https://example.org/#g)*'
test_eq(api_section(shown), section)

asis = new_code_cell('#| echo: false\n#| output: asis\nshow_doc(f)', outputs=[new_output('execute_result', {'text/markdown': shown})])
test_eq((to_myst(asis).cell_type, to_myst(asis).source), ('markdown', section))
folded = to_myst(new_code_cell('#| code-fold: true\n#| code-summary: "Proof: x is 1"\nx = 1\n#| not: an option'))
test_eq((folded.source, folded.metadata.tags), ('x = 1\n#| not: an option', ['hide-input']))
test_eq(folded.metadata.mystnb, dict(code_prompt_show='Proof: x is 1', code_prompt_hide='Proof: x is 1'))
test_eq(to_myst(new_code_cell('#| echo: false\nplot()')).metadata.tags, ['remove-input'])

define = "<script type=\"application/javascript\">define('jquery', [],function() {return window.jQuery;})</script>\n"
for quarto in (
    ('https://cdn.jsdelivr.net/npm/requirejs@2.3.6/require.min.js', 'https://cdn.jsdelivr.net/npm/jquery@3.5.1/dist/jquery.min.js'),            # 1.10
    ('https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js', 'https://cdnjs.cloudflare.com/ajax/libs/jquery/3.5.1/jquery.min.js')):  # 1.7
    scripts = ''.join(f'<script src="{src}" integrity="sha512-x" crossorigin="anonymous"></script>\n' for src in quarto)
    test_eq(without_require(f'<head>{scripts}{define}<script>own()</script></head>'), '<head><script>own()</script></head>')
