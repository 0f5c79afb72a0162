"""Where the package is installed, away from the clone given as the argument: it is whole."""
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

wanted, there = files(clone/'lowrank_nb'), files(here)
assert there == wanted, f'missing {wanted - there}, too many {there - wanted}'
scripts = entry_points(group='console_scripts')
commands = [e.name for e in scripts if e.value.startswith('lowrank_nb')]
assert commands
for name in commands:
    command = Path(sys.executable).parent/name
    subprocess.run([command, '--help'], check=True, stdout=subprocess.DEVNULL)
