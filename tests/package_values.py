"""The package's values for the states read from standard input, as JSON: what tests/explorer.test.mjs compares explorer.js with."""
import base64, json, sys
import numpy as np, torch
from lowrank_nb.explore import MaskExplorer, TableExplorer
from lowrank_nb.gates import from_text
from lowrank_nb.masks import mask_schedule, reach

def bits(flags): return base64.b64encode(np.packbits(torch.as_tensor(flags).flatten().numpy()).tobytes()).decode()

def values(tokens, **state):
    tables = state.pop('tables', None)
    ex = TableExplorer(from_text(' '.join(tables)), state['V'], state['n_embd']) if tables else MaskExplorer(**state)
    lay = ex.layout
    schedule = ex.schedule if tables else mask_schedule(lay, ex.n_layer, ex.n_local)
    after = reach(schedule)
    return dict(
        numbers=ex.numbers, masks=[bits(mask) for mask in schedule], reach=[bits(after[:, token]) for token in tokens],
        names=[[lay.role(i), lay.label(i)] for i in range(lay.seq_len)])

print(json.dumps([values(**state) for state in json.load(sys.stdin)]))
