"""Sphinx's settings where there is no Quarto. Title, parts and order are those of `_quarto.yml`."""
import sys
from pathlib import Path
import nbformat
from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parent))
from book import parts, website
from pages import language_of, page, site_url

site = website()
project = html_title = site['title']
extensions = ['myst_nb', 'sphinx_copybutton']
exclude_patterns = []

nb_execution_mode = 'off'   # the stored outputs are the book
nb_ipywidgets_js = {}
nb_render_markdown_format = 'myst'
myst_enable_extensions = ['amsmath', 'attrs_block', 'attrs_inline', 'dollarmath']
myst_heading_anchors = 4
myst_html_meta = {'property=og:type': 'article', 'property=og:site_name': site['title'],
                  'property=og:image': site_url() + site['image']}

smartquotes = False
html_theme = 'sphinx_book_theme'
html_theme_options = dict(
    logo=dict(text=site['title']), home_page_in_toc=True, show_toc_level=2, navbar_persistent=[],
    footer_content_items=[], use_download_button=False, use_fullscreen_button=False)
html_context = dict(default_mode='auto')
html_favicon = str(Path(__file__).parent.parent/site['favicon'])
html_static_path = ['book.css']
html_css_files = ['book.css']
html_use_index = html_copy_source = html_show_sphinx = html_show_copyright = False
html_math_renderer = 'mathml'

def contents(title, pages):
    "A table of contents that shows in the sidebar alone"
    caption = [f':caption: {title}'] if title else []
    return '\n'.join(['```{toctree}', ':hidden:', *caption, '', *pages, '```'])

def add_contents(app, docname, source):
    "The root page carries the parts of the book"
    if docname != app.config.root_doc: return
    nb = nbformat.reads(source[0], as_version=4)
    for title, notebooks in parts():
        found = [page(n) for n in notebooks if page(n) in app.env.found_docs]
        pages = [p for p in found if p != docname]
        if pages: nb.cells.append(nbformat.v4.new_markdown_cell(contents(title, pages)))
    source[0] = nbformat.writes(nb)

def visit_math(self, node):
    "TeX as MathML, which browsers draw without a script"
    block = isinstance(node, nodes.math_block)
    try: self.body.append(latex2mathml.tex2mathml(node.astext(), as_block=block))
    except MathError as e:
        logging.getLogger(__name__).warning('math %r: %s', node.astext(), e, location=node)
    raise nodes.SkipNode

def set_language(app, pagename, templatename, context, doctree):
    "A page says its language, and leads on to pages of that language alone"
    context['language'] = language_of(pagename)
    for side in 'prev', 'next':
        there = (context.get(side) or {}).get('link', '')
        if language_of(there.removesuffix('.html')) != context['language']: context[side] = None

def setup(app):
    app.connect('html-page-context', set_language)
    app.connect('source-read', add_contents)
    app.add_html_math_renderer('mathml', (visit_math, None), (visit_math, None))
