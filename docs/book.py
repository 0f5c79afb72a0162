"""Render the book into `_docs/`: nbdev processes the notebooks, docs/pages.py finishes them, and
Quarto renders them where it is installed, otherwise Sphinx with MyST-NB."""
import os, re, shutil, subprocess, sys
from pathlib import Path
import nbformat, yaml

ROOT = Path(__file__).resolve().parent.parent
PROC, SITE = ROOT/'_proc', ROOT/'_docs'
SKIP_FOLDERS = r'^[_.]|^(runs|build|dist|node_modules)$|\.egg-info$'

def website():
    "The website section of `_quarto.yml`"
    return yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))['website']

def parts():
    "The table of contents of `_quarto.yml`: each part's title (None: no part) and notebooks"
    entries = website()['sidebar']['contents']
    return [(None, [e]) if isinstance(e, str) else (e['section'], e['contents']) for e in entries]

def chapters():
    "The notebooks of the book, in order"
    return [c for _, contents in parts() for c in contents]

def title_fault(cell):
    "What would make a wrong page: nbdev forgets what else stands in the cell of the H1"
    if not re.fullmatch(r'# .+\n\n> .+\n*', cell):
        return 'the first cell must hold `# title`, an empty line, `> subtitle`, and no more'

def title_cell(notebook):
    "The first Markdown cell with a title, or nothing"
    cells = nbformat.read(ROOT/notebook, as_version=4).cells
    found = [c.source for c in cells if c.cell_type == 'markdown' and c.source.startswith('# ')]
    return found[0] if found else ''

def check():
    "Stop at a notebook that would make a wrong page; name the chapters that are missing"
    there = [c for c in chapters() if (ROOT/c).exists()]
    faults = [f'{c}: {what}' for c in there if (what := title_fault(title_cell(c)))]
    strays = {str(n) for n in Path('nbs').glob('*.ipynb')} - set(chapters())
    faults += [f'{n}: not among the chapters of _quarto.yml' for n in sorted(strays)]
    if faults: sys.exit('\n'.join(faults))
    missing = [c for c in chapters() if c not in there]
    if missing:
        print('warning: no notebook for these chapters of _quarto.yml:', *missing, file=sys.stderr)
    return there, missing

RE_REQUIRE = re.compile(
    r"""<script [^>]*(?:src="https://(?:cdn\.jsdelivr\.net/npm|cdnjs\.cloudflare\.com/ajax/libs)"""
    r"""/(?:require\.?js|jquery)[@/][^>]*>|>define\('jquery',)[^<]*</script>\n?""")

def without_require(html):
    "A page without require.js and jQuery, which Quarto loads from a CDN and nothing here uses"
    return RE_REQUIRE.sub('', html)

def lighten(site):
    "Leave out of every page what it does not use, and what it holds already"
    from lowrank_nb.widget import blocks_once
    for page in site.rglob('*.html'):
        html = page.read_text(encoding='utf-8')
        page.write_text(blocks_once(without_require(html)), encoding='utf-8')

def process(there):
    "Write the notebooks into `_proc` as they are to be rendered"
    import pages
    from nbdev.quarto import refresh_quarto_yml
    from nbdev.serve import proc_nbs
    refresh_quarto_yml()
    proc_nbs('.', skip_folder_re=SKIP_FOLDERS)   # by a full path it skips folders with a dot
    pages.finish(there)

def with_quarto():
    subprocess.run(['quarto', 'render', '--no-cache'], cwd=PROC, check=True)

def with_sphinx(there, strict):
    import myst
    source = PROC/'_sphinx'
    myst.write_pages(there, PROC, source)
    options = ['-q', '-c', ROOT/'docs', '-d', PROC/'_doctrees']
    if strict: options += ['-W', '--keep-going']
    subprocess.run([sys.executable, '-m', 'sphinx', *options, source, PROC/SITE.name], check=True)

def main():
    os.chdir(ROOT)
    there, missing = check()
    for stale in PROC, SITE: shutil.rmtree(stale, ignore_errors=True)
    renderer = 'Quarto' if shutil.which('quarto') else 'Sphinx'
    process(there)
    try: with_quarto() if renderer == 'Quarto' else with_sphinx(there, strict=not missing)
    except subprocess.CalledProcessError as e: sys.exit(e.returncode)
    lighten(PROC/SITE.name)
    (PROC/SITE.name).rename(SITE)
    print(f'_docs/index.html, rendered with {renderer}')

if __name__ == '__main__': main()
