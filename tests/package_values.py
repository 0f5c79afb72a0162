"""The package's values for the states read from standard input, as JSON: what tests/explorer.test.mjs compares explorer.js with."""
import base64, json, sys
import numpy as np, torch
from lowrank_nb.explore import MaskExplorer
from lowrank_nb.masks import mask_schedule, reach

def bits(flags): return base64.b64encode(np.packbits(torch.as_tensor(flags).flatten().numpy()).tobytes()).decode()

def values(tokens, **state):
    ex = MaskExplorer(**state)
    lay = ex.layout
    schedule = mask_schedule(lay, ex.n_layer, ex.n_local)
    after = reach(schedule)
    return dict(
        numbers=ex.numbers, masks=[bits(mask) for mask in schedule], reach=[bits(after[:, token]) for token in tokens],
        names=[[lay.role(i), lay.label(i)] for i in range(lay.seq_len)])

print(json.dumps([values(**state) for state in json.load(sys.stdin)]))
