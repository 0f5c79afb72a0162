"""In an environment where the package is installed: it is whole, away from the clone given as the argument."""
import subprocess, sys
from importlib.metadata import entry_points
from pathlib import Path
import lowrank_nb

clone, here = Path(sys.argv[1]), Path(lowrank_nb.__file__).parent
assert not here.is_relative_to(clone/'lowrank_nb'), here

def files(folder):
    "Its files, without what Python leaves there"
    found = {p.relative_to(folder) for p in folder.rglob('*') if p.is_file()}
    return {p for p in found if '__pycache__' not in p.parts}

missing, more = files(clone/'lowrank_nb') - files(here), files(here) - files(clone/'lowrank_nb')
assert not missing and not more, f'missing {sorted(missing)}, too many {sorted(more)}'
commands = [e.name for e in entry_points(group='console_scripts') if e.value.startswith('lowrank_nb')]
assert commands
for name in commands:
    subprocess.run([Path(sys.executable).parent/name, '--help'], check=True, stdout=subprocess.DEVNULL)
