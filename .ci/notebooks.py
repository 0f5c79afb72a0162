"""Execute notebooks side by side, each in a process with one thread, and say how each ends.

test     as tests, in the way of nbdev_test
slow     the same with the cells marked `#| slow`, for the notebooks that have some
store    as pages of the book: keep what they show
outputs  as pages of the book, slow cells too: what they show must be what is stored

Names (train or 03_train) choose notebooks; without names all are meant."""
import argparse, os, signal, sys, tempfile, time
from multiprocessing import connection, get_context
from pathlib import Path
from outputs import differences

ROOT = Path(__file__).resolve().parents[1]
LONG = 'faults', 'train', 'sweep', 'speed', 'learned', 'config'   # these start first
# Imported once for all
HEAVY = ['torch', 'pandas', 'matplotlib.pyplot', 'scipy.stats', 'nbdev.process']

def is_slow(cell):
    from nbdev.config import get_config
    return bool(cell.directives_.keys() & set(get_config().tst_flags.split()))

def read(path):
    "The notebook; each cell has its directives"
    from nbdev.process import NBProcessor
    return NBProcessor(path, rm_directives=False).nb

def execute(path, slow):
    "The notebook with the outputs of a fresh execution; slow cells, no part of a page, keep theirs"
    from execnb.shell import CaptureShell
    from fastcore.xtras import working_directory
    from nbdev.clean import clean_nb

    static = os.environ['LOWRANK_NB_STATIC']

    def skipped(cell):
        if cell.cell_type != 'code' or 'nbdev_export(' in cell.source: return True
        if is_slow(cell) and not slow: return True
        os.environ['LOWRANK_NB_STATIC'] = '0' if is_slow(cell) else static
        cell.stored_, cell.outputs = cell.outputs, []

    def settle(cell):
        if is_slow(cell): cell.outputs = cell.stored_

    nb, shell = read(path), CaptureShell(path)
    try:
        with working_directory(path.parent):
            shell.run_all(nb, exc_stop=True, preproc=skipped, postproc=settle)
    except BaseException:
        sys.exit(shell.prettytb(fname=path.relative_to(ROOT)))
    clean_nb(nb)
    return nb

def work(task, path, log):
    "What a process does; it ends with a message where the notebook fails"
    with log.open('w') as file:
        for stream in 1, 2: os.dup2(file.fileno(), stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)   # in the background it is ignored,
    signal.signal(signal.SIGHUP, signal.SIG_DFL)               # and this one under nohup
    from execnb.nbio import read_nb, write_nb
    nb = execute(path, slow=task in ('slow', 'outputs'))
    if task == 'store': write_nb(nb, path)
    if task == 'outputs' and (found := list(differences(read_nb(path), nb))):
        sys.exit('\n'.join(found))

def title(path): return path.stem.partition('_')[2] or path.stem

def chosen(task, names):
    "The notebooks of these names, the longest first"
    found = [p for folder in (ROOT, ROOT/'nbs') for p in sorted(folder.glob('*.ipynb'))]
    unknown = set(names) - {p.stem for p in found} - set(map(title, found))
    if unknown: sys.exit(f'no notebook is called {", ".join(sorted(unknown))}')
    if names: found = [p for p in found if p.stem in names or title(p) in names]
    elif task == 'slow': found = [p for p in found if any(map(is_slow, read(p).cells))]
    return sorted(found, key=lambda p: LONG.index(title(p)) if title(p) in LONG else len(LONG))

def run_all(task, paths, jobs, folder):
    "Run the notebooks, at most `jobs` at a time; those that failed"
    context = get_context('forkserver')
    context.set_forkserver_preload(HEAVY)
    waiting, running, failed = list(paths), {}, []
    width = max(len(title(p)) for p in paths)
    while waiting or running:
        while waiting and len(running) < jobs:
            path = waiting.pop(0)
            process = context.Process(target=work, args=(task, path, folder/path.stem))
            process.start()
            running[process.sentinel] = path, process, time.monotonic()
            print(f'{title(path):{width}}  starts', flush=True)
        for sentinel in connection.wait(running):
            path, process, start = running.pop(sentinel)
            process.join()
            how = f'failed, exit {process.exitcode},' if process.exitcode else 'passed'
            if process.exitcode:
                failed.append(path)
                print((folder/path.stem).read_text())
            print(f'{title(path):{width}}  {how} {time.monotonic() - start:.1f} s', flush=True)
    return failed

def last_lines(folder, path, n=12):
    "How what a notebook printed ends: a failure is said again where the eye is, at the end"
    return (folder/path.stem).read_text().splitlines()[-n:]

def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('task', choices=('test', 'slow', 'store', 'outputs'))
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    start, jobs = time.monotonic(), len(os.sched_getaffinity(0))
    static = '1' if args.task in ('store', 'outputs') else '0'
    os.environ.update(OMP_NUM_THREADS='1', IN_TEST='1', LOWRANK_NB_STATIC=static)
    paths = chosen(args.task, args.names)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        failed = run_all(args.task, paths, jobs, folder)
        for path in failed: print(f'\n{title(path)} failed:', *last_lines(folder, path), sep='\n')
    print(f'{len(paths)} notebooks in {time.monotonic() - start:.0f} s, {jobs} at a time')
    print(f'{len(paths) - len(failed)} passed, {len(failed)} failed')
    sys.exit(bool(failed))

if __name__ == '__main__': main()
