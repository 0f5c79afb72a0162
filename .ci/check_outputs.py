"""After `make run`: compare the notebooks just executed with those committed. PNG pictures may differ in their bytes, all else may not."""
import json, subprocess, sys
from pathlib import Path

WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json'

def code_cells(text): return [c for c in json.loads(text)['cells'] if c['cell_type'] == 'code']

def summary(cell):
    "What a cell shows: the kinds of its outputs, and all but the bytes of PNG pictures"
    shown = []
    for o in cell['outputs']:
        if o['output_type'] == 'stream': shown.append((o['name'], ''.join(o['text'])))
        elif o['output_type'] == 'error': shown.append(('error', o['evalue']))
        else:
            kinds = tuple(sorted(o['data']))
            shown.append((kinds, [''.join(o['data'][k]) for k in kinds if k != 'image/png']))
    return shown

def faults(name, committed, executed):
    cells = code_cells(committed)
    for i, (old, new) in enumerate(zip(cells, code_cells(executed), strict=True)):
        where = f'{name}, code cell {i}'
        if any(o['output_type'] == 'error' for o in old['outputs']): yield f'{where}: a stored output is an error'
        if any(o.get('name') == 'stderr' for o in old['outputs']): yield f'{where}: a stored output holds a warning'
        if any('#LNone' in ''.join(o.get('data', {}).get('text/markdown', '')) for o in old['outputs']): yield f'{where}: a link to the source without a line'
        if any(WIDGET_VIEW in o.get('data', {}) for o in old['outputs']): yield f'{where}: a stored output is a widget view'
        if new['outputs'] and not old['outputs']: yield f'{where}: shows something and has no stored output'
        elif summary(old) != summary(new): yield f'{where}: stored output is not current\n  stored   {summary(old)!s:.2000}\n  executed {summary(new)!s:.2000}'

names = subprocess.check_output(['git', 'ls-files', '*.ipynb'], text=True).split()
found = {n: list(faults(n, subprocess.check_output(['git', 'show', f'HEAD:{n}'], text=True), Path(n).read_text())) for n in names}
for fault in sum(found.values(), []): print(fault)
if subprocess.run(['git', 'diff', '--quiet', 'README.md']).returncode: sys.exit('README.md is not what index.ipynb gives: run `make readme`')
bad = sum(map(bool, found.values()))
print(f'{len(names) - bad} passed, {bad} failed')
sys.exit(bool(bad))
