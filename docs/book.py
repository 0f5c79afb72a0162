"""Render the book into `_docs/`: with Quarto, through nbdev_docs, where it is installed; otherwise with Sphinx and MyST-NB from the same processed notebooks."""
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
    "The table of contents of `_quarto.yml`: the title of each part (None: no part) and its notebooks"
    return [(None, [e]) if isinstance(e, str) else (e['section'], e['contents']) for e in website()['sidebar']['contents']]

def chapters():
    "The notebooks of the book, in order"
    return [c for _, contents in parts() for c in contents]

def title_fault(cell):
    "What would make a wrong page: nbdev turns the cell of the H1 into title and subtitle and forgets the rest of it"
    if not re.fullmatch(r'# .+\n\n> .+\n*', cell): return 'the cell of the title must hold `# title`, an empty line, `> subtitle` and nothing else'

def title_cell(notebook):
    "The first Markdown cell with a title, or nothing"
    cells = nbformat.read(ROOT/notebook, as_version=4).cells
    return next((c.source for c in cells if c.cell_type == 'markdown' and c.source.startswith('# ')), '')

def check():
    "Stop at a notebook that would make a wrong page; name the chapters that are missing"
    there = [c for c in chapters() if (ROOT/c).exists()]
    faults = [f'{c}: {what}' for c in there if (what := title_fault(title_cell(c)))]
    faults += [f'{n}: not among the chapters of _quarto.yml' for n in map(str, Path('nbs').glob('*.ipynb')) if n not in chapters()]
    if faults: sys.exit('\n'.join(faults))
    missing = [c for c in chapters() if c not in there]
    if missing: print('warning: no notebook for these chapters of _quarto.yml:', *missing, file=sys.stderr)
    return there, missing

RE_REQUIRE = re.compile(r"""<script [^>]*(?:src="https://(?:cdn\.jsdelivr\.net/npm|cdnjs\.cloudflare\.com/ajax/libs)/(?:require\.?js|jquery)[@/][^>]*>|>define\('jquery',)[^<]*</script>\n?""")

def without_require(html):
    "Quarto loads require.js and jQuery from a CDN into every page with an HTML output. Nothing here uses them"
    return RE_REQUIRE.sub('', html)

def with_quarto():
    from nbdev.quarto import nbdev_docs
    (ROOT/'README.md').touch()  # nbdev_docs remakes a README older than index.ipynb; this one comes from `make readme`
    nbdev_docs.__wrapped__(skip_folder_re=SKIP_FOLDERS)
    for page in SITE.rglob('*.html'): page.write_text(without_require(page.read_text(encoding='utf-8')), encoding='utf-8')

def with_sphinx(there, strict):
    import myst
    from nbdev.serve import proc_nbs  # not nbdev_proc_nbs, which would install Quarto
    proc_nbs(skip_folder_re=SKIP_FOLDERS)
    source, rendered = PROC/'_sphinx', PROC/SITE.name
    myst.write_pages(there, PROC, source)
    options = ['-q', '-c', ROOT/'docs', '-d', PROC/'_doctrees', *(['-W', '--keep-going'] if strict else [])]
    subprocess.run([sys.executable, '-m', 'sphinx', *options, source, rendered], check=True)
    rendered.rename(SITE)

if __name__ == '__main__':
    os.chdir(ROOT)
    there, missing = check()
    for stale in PROC, SITE: shutil.rmtree(stale, ignore_errors=True)
    quarto = shutil.which('quarto')
    try: with_quarto() if quarto else with_sphinx(there, strict=not missing)
    except subprocess.CalledProcessError as e: sys.exit(e.returncode)
    print(f'_docs/index.html, rendered with {"Quarto" if quarto else "Sphinx (Quarto is not on the PATH)"}')
