"""What the pages need besides, whatever renders them: numbers, links, clean signatures."""
import ast, os, re
from pathlib import Path
import nbformat, yaml
from nbdev.config import get_config
from nbdev.doclinks import _nbpath2html
from nbformat.v4 import new_markdown_cell
from book import PROC, ROOT, parts

RE_CODE_LINK = re.compile(r'\[(`[^`]*`)\]\([^)]*\)')
STARS = {'VAR_POSITIONAL': '*', 'VAR_KEYWORD': '**'}

def site_url():
    "Where nbdev expects the site, with a slash at the end"
    cfg = get_config()
    return f'{cfg.doc_host}{cfg.doc_baseurl}'.rstrip('/') + '/'

def page(notebook):
    "The name of its page, as nbdev has it: `nbs/layout` for `nbs/00_layout.ipynb`"
    return str(_nbpath2html(Path(notebook)).with_suffix(''))

def language_of(notebook):
    "Of its text: `zh` where the name ends so, else `en`"
    return 'zh' if re.search(r'[._]zh(\.ipynb)?$', notebook) else 'en'

def numbers():
    "The number of each chapter; pages outside the parts and translations have none"
    inside = [notebook for title, notebooks in parts() if title for notebook in notebooks
              if language_of(notebook) == 'en']
    return {notebook: i for i, notebook in enumerate(inside, 1)}

def clean_signatures(text):
    "show_doc's Markdown without nbdev's links in code, and with the stars that it loses"
    def clean(m):
        code = RE_CODE_LINK.sub(r'\1', m[1])
        code = re.sub(r'(\w+):(VAR_\w+)', lambda arg: STARS[arg[2]] + arg[1], code)
        return f'```python\n{code}\n```'
    return re.sub(r'^```python\s+(.*?)\s+^```', clean, text, flags=re.MULTILINE | re.DOTALL)

def exported(name_of_page):
    "The public functions and classes that a page defines, by the anchors that nbdev gives them"
    from lowrank_nb._modidx import d
    found = {}
    for module, symbols in d['syms'].items():
        for full, (link, _) in symbols.items():
            where, anchor = link.split('.html#')
            name = full.removeprefix(f'{module}.')
            if where == name_of_page and not re.search(r'(^|\.)_', name): found[anchor] = name
    return found

def defines(source, name):
    "Whether a cell defines the name: a function, a class, or a method given to its class by @patch"
    owner, _, last = name.rpartition('.')
    head = rf'def {last}\(\s*self:\s*{owner}\b' if owner else rf'(class|def) {last}\b'
    return re.search(f'^{head}', source, re.MULTILINE)

def markdown_outputs(cells):
    return [o for c in cells if c.cell_type == 'code' for o in c.outputs
            if 'text/markdown' in o.get('data', {})]

def add_anchors(cells, names):
    "An anchor at the definition of each name that show_doc does not show; all anchors of the page"
    shown = '\n'.join(o.data['text/markdown'] for o in markdown_outputs(cells))
    there = {h.lower() for h in re.findall(r'^#+ (\S+)$', shown, re.MULTILINE)} & set(names)
    for i, cell in reversed(list(enumerate(cells))):
        if cell.cell_type != 'code' or 'echo: false' in cell.source: continue
        new = [a for a, name in names.items() if a not in there and defines(cell.source, name)]
        there.update(new)
        if new: cells.insert(i, new_markdown_cell(''.join(f'<div id="{a}"></div>' for a in new)))
    return there

def imported(notebook):
    "The names that a notebook imports from the package"
    found = set()
    for cell in nbformat.read(ROOT/notebook, as_version=4).cells:
        if cell.cell_type != 'code': continue
        try: tree = ast.parse(cell.source)
        except SyntaxError: continue   # a magic
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or '').startswith('lowrank_nb'):
                found.update(alias.name for alias in node.names)
    return found

def relink(text, here, anchors, names):
    """nbdev's links of names as links between pages: none to a name without an anchor, and a word
    like `results` leads to another page only where the notebook imports a function of that name"""
    def link(m):
        label, where, anchor = m.groups()
        word = re.fullmatch(r'`([a-z]+)(\(\))?`', label)
        other_word = word and where != here and word[1] not in names
        if anchor not in anchors.get(where, ()) or other_word: return label
        path = '' if where == here else os.path.relpath(f'{where}.html', Path(here).parent)
        return f'<a href="{path}#{anchor}">{label}</a>'
    link_re = rf'\[(`[^`]+`)\]\({re.escape(site_url())}([^)#]+)\.html#([^)]+)\)'
    def in_line(line): return re.sub(link_re, r'\1' if line.startswith('#') else link, line)
    return '\n'.join(map(in_line, text.split('\n')))

RE_NOTEBOOK_LINK = re.compile(r'\[([^]]+)\]\(([^():\s]+\.ipynb)(#[^)]*)?\)')

def link_pages(text, notebook):
    "Links to notebooks in what a cell shows as links to their pages; renderers mend only the text"
    def link(m):
        label, target, anchor = m.groups()
        there = os.path.normpath(Path(notebook).parent/target)
        path = os.path.relpath(f'{page(there)}.html', Path(page(notebook)).parent)
        return f'<a href="{path}{anchor or ""}">{label}</a>'
    return RE_NOTEBOOK_LINK.sub(link, text)

FOOTER = {'en': 'This page is the notebook {}.', 'zh': '本页即笔记本 {}。'}

def footer(notebook):
    "The line at the end of a page"
    cfg = get_config()
    link = f'<a href="{cfg.git_url}/blob/{cfg.branch}/{notebook}">{notebook}</a>'
    return f'<p class="page-file">{FOOTER[language_of(notebook)].format(link)}</p>'

def finish(notebooks):
    "Finish the processed notebooks in place"
    processed = {n: nbformat.read(PROC/n, as_version=4) for n in notebooks}
    anchors = {page(n): add_anchors(nb.cells, exported(page(n))) for n, nb in processed.items()}
    number = numbers()
    for notebook, nb in processed.items():
        front, names = nb.cells[0], imported(notebook)
        matter = yaml.safe_load(front.source.strip().strip('-'))
        if notebook in number: matter['title'] = f'{number[notebook]} · {matter["title"]}'
        matter['lang'] = language_of(notebook)
        front.source = f'---\n{yaml.safe_dump(matter, allow_unicode=True)}---'
        for cell in nb.cells:
            if cell.cell_type == 'markdown':
                cell.source = relink(cell.source, page(notebook), anchors, names)
        for output in markdown_outputs(nb.cells):
            text = clean_signatures(link_pages(output.data['text/markdown'], notebook))
            output.data['text/markdown'] = relink(text, page(notebook), anchors, names)
        nb.cells.append(new_markdown_cell(footer(notebook)))
        nbformat.write(nb, PROC/notebook)
