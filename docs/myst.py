"""Turn notebooks as nbdev prepares them for Quarto into notebooks for MyST-NB."""
import re
from pathlib import Path
import nbformat, yaml
from nbdev.config import get_config
from nbdev.doclinks import _nbpath2html
from nbformat.v4 import new_markdown_cell, new_notebook
from book import website

TAGS = {  # MyST-NB's word for an option of Quarto
    ('echo', 'false'): 'remove-input', ('output', 'false'): 'remove-output',
    ('include', 'false'): 'remove-cell', ('code-fold', 'true'): 'hide-input'}
RE_LINKED = re.compile(r'\[(`[^`]*`)\]\([^)]*\)')

def site_url():
    "Where nbdev expects the site, with a slash at the end"
    cfg = get_config()
    return f'{cfg.doc_host}{cfg.doc_baseurl}'.rstrip('/') + '/'

def page(notebook):
    "The name of its page, as nbdev has it: `nbs/layout` for `nbs/00_layout.ipynb`"
    return str(_nbpath2html(Path(notebook)).with_suffix(''))

def slug(heading):
    "The anchor that MyST gives a heading"
    return re.sub(r'[^\w-]', '', heading.strip().lower().replace(' ', '-'))

def headings(cells): return {slug(h) for c in cells if c.cell_type == 'markdown' for h in re.findall('^#+ (.*)', c.source, re.MULTILINE)}

def api_section(text):
    "show_doc's Markdown as a section: the heading, a link to the source, the signature without empty lines around it"
    text = text.removeprefix('---\n\n')
    text = re.sub(r'^(\[source\]\(.*\))\{.*\}\n\n(#+ .*)', r'\2\n\n\1{.source}', text)
    def signature(m): return '```python\n' + RE_LINKED.sub(r'\1', m[1]) + '\n```'  # nbdev makes links in code, too
    return re.sub(r'^```python\s+(.*?)\s+^```', signature, text, flags=re.MULTILINE | re.DOTALL)

def to_myst(cell):
    "A cell with Quarto's options as one with MyST-NB's tags"
    head = re.match(r'(?:#\| .*\n?)*', cell.source)[0]
    options = dict(re.findall(r'#\| ([\w-]+): (.*)', head))
    if options.get('output') == 'asis': return new_markdown_cell('\n\n'.join(api_section(o.data['text/markdown']) for o in cell.outputs))
    cell.metadata = dict(tags=[tag for option, tag in TAGS.items() if option in options.items()])
    if 'code-summary' in options:
        summary = options['code-summary'].strip('"')
        cell.metadata['mystnb'] = dict(code_prompt_show=summary, code_prompt_hide=summary)
    cell.source = cell.source[len(head):]
    return cell

def local_links(text, anchors):
    "Links to notebooks, and nbdev's links to the API on the published site, as links between the pages of this one"
    def api(m):
        where, anchor = m[1], slug(m[2])
        return f'](/{where}.ipynb' + (f'#{anchor})' if anchor in anchors.get(where, ()) else ')')
    text = re.sub(rf'\]\({re.escape(site_url())}([^)#]+)\.html#([^)]*)\)', api, text)
    return re.sub(r'(\]\((?:[^)\s#:]*/)?)\d+[a-zA-Z0-9]*_([^)\s#:/]+\.ipynb)', r'\1\2', text)

def write_pages(notebooks, proc, out):
    "Write each notebook under the name of its page"
    cells, matters = {}, {}
    for path in notebooks:
        matter, warning, *rest = nbformat.read(proc/path, as_version=4).cells
        matters[path] = yaml.safe_load(matter.source.strip().strip('-'))
        cells[path] = [to_myst(c) for c in rest]
    anchors = {page(path): headings(cells[path]) for path in notebooks}
    for path, matter in matters.items():
        title, subtitle = matter['title'], matter['description']
        head = new_markdown_cell(f"# {title}\n\n{{.subtitle}}\n{subtitle}\n\n{{.open-in-lab}}\n{website()['body-header']} Its file is `{path}`.")
        for c in cells[path]:
            if c.cell_type == 'markdown': c.source = local_links(c.source, anchors)
        meta = {'description': subtitle, 'property=og:title': title, 'property=og:description': subtitle}
        nb = new_notebook(cells=[head, *cells[path]], metadata=dict(language_info=dict(name='python', pygments_lexer='ipython3'), myst=dict(html_meta=meta)))
        target = out/f'{page(path)}.ipynb'
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, target)
