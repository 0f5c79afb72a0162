"""The package's values for the states read from standard input, as JSON.

tests/explorer.test.mjs compares the browser's modules with them."""
import base64, json, sys
import numpy as np, torch
from lowrank_nb.explore import MaskExplorer, RelationsExplorer
from lowrank_nb.masks import mask_schedule, reach
from lowrank_nb.posemb import AdditivePositionalEmbedding, FactoredPositionalEmbedding
from lowrank_nb.relations import from_text

def bits(flags):
    packed = np.packbits(torch.as_tensor(flags).flatten().numpy())
    return base64.b64encode(packed.tobytes()).decode()

def count(make):
    "Parameters of an embedding that is made; None where there is no such embedding"
    try: return sum(p.numel() for p in make().parameters())
    except ValueError: return None

def between(layout, n_embd):
    def factored(rank): return count(lambda: FactoredPositionalEmbedding(layout, n_embd, rank))
    return dict(additive=count(lambda: AdditivePositionalEmbedding(layout, n_embd)),
                factored=[factored(rank) for rank in (1, 2, 4, 8)])

def explorer(relations=None, **state):
    if not relations: return MaskExplorer(**state)
    return RelationsExplorer(from_text(' '.join(relations)), state['V'], state['n_embd'])

def values(tokens, **state):
    ex = explorer(**state)
    lay = ex.layout
    by_name = mask_schedule(lay, ex.n_layer, ex.n_local)
    schedule = ex.schedule if 'relations' in state else by_name
    after = reach(schedule)
    return dict(
        counts=ex.counts, between=between(lay, ex.n_embd),
        masks=[bits(mask) for mask in schedule],
        reach=[bits(after[:, token]) for token in tokens],
        names=[[lay.role(i), lay.label(i)] for i in range(lay.seq_len)])

print(json.dumps([values(**state) for state in json.load(sys.stdin)]))
