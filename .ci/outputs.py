"""What the notebooks show. As a command: name what no stored output may hold."""
import re, sys
from pathlib import Path

WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json'
RE_PLACE = re.compile(r'(?<![\w.~])/(?:home|root|tmp|Users|work|private|var/folders)/[\w.-]+')

def shown(cell):
    "What a cell shows: streams, and its outputs by kind, without the bytes of PNG pictures"
    for out in cell.outputs:
        if out.output_type == 'stream': yield out.name, ''.join(out.text)
        elif out.output_type == 'error': yield 'error', out.evalue
        else:
            for kind, data in sorted(out.data.items()):
                yield kind, '' if kind == 'image/png' else ''.join(data)

def code_cells(nb): return [c for c in nb.cells if c.cell_type == 'code']

def faults(nb):
    "A line for each thing that no stored output may hold"
    for i, cell in enumerate(code_cells(nb)):
        for kind, text in shown(cell):
            where = f'code cell {i}'
            if kind == 'error': yield f'{where}: an error is stored: {text}'
            if kind == 'stderr': yield f'{where}: a warning is stored: {text:.200}'
            if kind == WIDGET_VIEW: yield f'{where}: a widget view is stored'
            if '#LNone' in text: yield f'{where}: a link to the source has no line'
            if place := RE_PLACE.search(text): yield f'{where}: names a place: {place[0]}'

def differences(stored, executed):
    "A line for each cell that shows something else than is stored"
    for i, cells in enumerate(zip(code_cells(stored), code_cells(executed), strict=True)):
        old, new = map(list, map(shown, cells))
        if old != new:
            yield f'code cell {i}: what is stored is not current (`make run`)'
            yield f'  stored   {old!s:.2000}\n  executed {new!s:.2000}'

def main():
    from execnb.nbio import read_nb
    paths = [p for folder in ('.', 'nbs') for p in sorted(Path(folder).glob('*.ipynb'))]
    found = [f'{p}, {fault}' for p in paths for fault in faults(read_nb(p))]
    if found: sys.exit('\n'.join(found))

if __name__ == '__main__': main()
