"""The package's values for the states read from standard input, as JSON: what tests/explorer.test.mjs compares the browser's modules with."""
import base64, json, sys
import numpy as np, torch
from lowrank_nb.explore import MaskExplorer, RelationsExplorer
from lowrank_nb.gates import from_text
from lowrank_nb.masks import mask_schedule, reach
from lowrank_nb.posemb import AdditivePositionalEmbedding, FactoredPositionalEmbedding

def bits(flags): return base64.b64encode(np.packbits(torch.as_tensor(flags).flatten().numpy()).tobytes()).decode()

def between(layout, n_embd):
    "Parameters, counted in embeddings that are made; None where there is no such embedding"
    def count(make):
        try: return sum(p.numel() for p in make().parameters())
        except ValueError: return None
    return dict(additive=count(lambda: AdditivePositionalEmbedding(layout, n_embd)), factored=[count(lambda: FactoredPositionalEmbedding(layout, n_embd, r)) for r in (1, 2, 4, 8)])

def values(tokens, **state):
    flags = state.pop('relations', None)
    ex = RelationsExplorer(from_text(' '.join(flags)), state['V'], state['n_embd']) if flags else MaskExplorer(**state)
    lay = ex.layout
    schedule = ex.schedule if flags else mask_schedule(lay, ex.n_layer, ex.n_local)
    after = reach(schedule)
    return dict(
        numbers=ex.numbers, between=between(lay, ex.n_embd), masks=[bits(mask) for mask in schedule], reach=[bits(after[:, token]) for token in tokens],
        names=[[lay.role(i), lay.label(i)] for i in range(lay.seq_len)])

print(json.dumps([values(**state) for state in json.load(sys.stdin)]))
