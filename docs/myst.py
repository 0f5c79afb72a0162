"""Turn the pages as they are prepared for Quarto into notebooks for MyST-NB."""
import re
import nbformat, yaml
from nbformat.v4 import new_markdown_cell, new_notebook
from pages import page

TAGS = {   # MyST-NB's word for an option of Quarto
    ('echo', 'false'): 'remove-input', ('output', 'false'): 'remove-output',
    ('include', 'false'): 'remove-cell', ('code-fold', 'true'): 'hide-input'}

def api_section(text):
    "show_doc's Markdown as a section: its anchor, the heading, a link to the source"
    def section(m): return f'<div id="{m[3].lower()}"></div>\n\n{m[2]}\n\n{m[1]}{{.source}}'
    head = r'^(?:---\n\n)?(\[source\]\(.*\))\{.*\}\n\n(#+ (\S+).*)'
    return re.sub(head, section, text, flags=re.MULTILINE)

def text_of(options, name):
    "The text of an option, which Quarto reads as YAML"
    return name in options and yaml.safe_load(options[name])

def to_myst(cell):
    "A cell with Quarto's options as one with MyST-NB's tags"
    head = re.match(r'(?:#\| .*\n?)*', cell.source)[0]
    options = dict(re.findall(r'#\| ([\w-]+): (.*)', head))
    if options.get('output') == 'asis':
        sections = [api_section(o.data['text/markdown']) for o in cell.outputs]
        return new_markdown_cell('\n\n'.join(sections))
    tags = [tag for option, tag in TAGS.items() if option in options.items()]
    cell.metadata = dict(tags=tags)
    about = {}
    if summary := text_of(options, 'code-summary'):
        about.update(code_prompt_show=summary, code_prompt_hide=summary)
    if alt := text_of(options, 'fig-alt'): about['image'] = dict(alt=alt)
    if about: cell.metadata['mystnb'] = about
    cell.source = cell.source[len(head):]
    return cell

def local_links(text):
    "Links to notebooks as links to their pages"
    return re.sub(r'(\]\((?:[^)\s#:]*/)?)\d+[a-zA-Z0-9]*_([^)\s#:/]+\.ipynb)', r'\1\2', text)

def write_pages(notebooks, proc, out):
    "Write each notebook under the name of its page"
    for path in notebooks:
        front, warning, *rest = nbformat.read(proc/path, as_version=4).cells
        matter = yaml.safe_load(front.source.strip().strip('-'))
        title, subtitle = matter['title'], matter['description']
        top = new_markdown_cell(f'# {title}\n\n{{.description}}\n{subtitle}')
        cells = [top, *map(to_myst, rest)]
        for cell in cells:
            if cell.cell_type == 'markdown': cell.source = local_links(cell.source)
        head = {'description': subtitle, 'property=og:title': title,
                'property=og:description': subtitle}
        language = dict(name='python', pygments_lexer='ipython3')
        metadata = dict(language_info=language, myst=dict(html_meta=head))
        nb = new_notebook(cells=cells, metadata=metadata)
        target = out/f'{page(path)}.ipynb'
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, target)
