"""Random questions to models of several kinds, answered by torch: what tests/model.test.mjs compares model.js with.

Written into the folder that is named: a file of weights for each model, as it travels to a page, cases.json, and values.safetensors."""
import json, random, sys
from pathlib import Path
import safetensors.torch as st, torch
from lowrank_nb.ask import PATTERNS, Subject, trace
from lowrank_nb.gates import n_relations, table_mask
from lowrank_nb.layout import Layout
from lowrank_nb.masks import mask_schedule
from lowrank_nb.model import MaskedTransformer
from lowrank_nb.posemb import SharedPositionalEmbedding, StandardPositionalEmbedding
from lowrank_nb.results import load_pretrained, pretrained_config
from lowrank_nb.task import TableConnectivity
from lowrank_nb.train import largest_task

CASES = 600   # random questions, the edges of V among them

def untrained(seed, n_embd, n_head, layout, schedule, positions, n_ids=12, loops=None):
    "A model with weights large enough for its attention to be far from uniform, and its task"
    torch.manual_seed(seed)
    task = TableConnectivity(layout.V, layout.C, .1, 9, seed, n_ids=n_ids)
    model = MaskedTransformer(9, n_embd, n_head, positions(layout), schedule, layout=layout)
    with torch.no_grad():
        for p in model.parameters(): p.add_(torch.randn_like(p)*.25)
    model.loops = loops
    return Subject(model, task)

def flags(generator, C): return torch.rand(n_relations(C), generator=generator) < .3

def subjects():
    shared = lambda d: lambda layout: SharedPositionalEmbedding(layout, d)
    standard = lambda d: lambda layout: StandardPositionalEmbedding(layout.seq_len, d)
    cfg, lay = pretrained_config(), Layout(6, 3)
    gen = torch.Generator().manual_seed(0)
    causal = torch.ones(lay.seq_len, lay.seq_len, dtype=torch.bool).tril()
    return dict(
        shipped=Subject(load_pretrained(6), largest_task(cfg)),
        looped=untrained(1, 32, 4, lay, mask_schedule(lay, 3), shared(32), loops=6),
        learned=untrained(2, 24, 3, Layout(4, 2), [table_mask(flags(gen, 2), Layout(4, 2)) for _ in range(4)], shared(24)),
        standard=untrained(3, 16, 2, lay, [causal]*3, standard(16)),
        narrow=untrained(4, 10, 2, Layout(3, 1), mask_schedule(Layout(3, 1), 2, 1), shared(10), n_ids=5))

def intervention(rng, layout, n_layer, n_head):
    layer, token = rng.randint(1, n_layer), lambda: rng.randrange(layout.seq_len)
    return rng.choice([
        ['head', layer, rng.randint(1, n_head)], ['attention', layer], ['table', rng.randrange(layout.V)],
        ['connection', layer, token(), token()], ['mask', layer, rng.choice(list(PATTERNS))]])

def case(rng, name, subject, i):
    V = (1, 16, 2)[i] if i < 3 else rng.randint(1, 16)
    V = min(V, subject.most)
    tables = [[rng.randrange(subject.n_ids) for _ in range(subject.C)] for _ in range(V)]
    queries = [rng.randrange(subject.n_ids) for _ in range(2)]
    if i % 10 == 3: queries[1] = queries[0]
    loops = 1 if subject.loops is None else rng.randint(1, 8)
    n_layer, n_head = len(subject.masks) - 1 + loops, subject.model.blocks[0].attn.n_head
    off = [intervention(rng, Layout(V, subject.C), n_layer, n_head) for _ in range(rng.choice((0, 0, 1, 2, 4)))]
    return dict(model=name, tables=tables, queries=queries, loops=loops, interventions=off, layer=rng.randint(1, n_layer))

if __name__ == '__main__':
    folder, rng, values, cases = Path(sys.argv[1]), random.Random(0), {}, []
    made = subjects()
    for name, subject in made.items(): (folder/f'{name}.safetensors').write_bytes(subject.pack())
    for i in range(CASES):
        name = list(made)[i % len(made)] if i % 2 else 'shipped'
        cases.append(case(rng, name, made[name], i))
        c = cases[-1]
        seen = trace(made[name], c['tables'], c['queries'], c['loops'], c['interventions'])
        values[f'{i}.logits'] = seen.logits
        values[f'{i}.attention'] = seen.attention[c['layer'] - 1].contiguous()
    st.save_file(values, folder/'values.safetensors')
    (folder/'cases.json').write_text(json.dumps(cases))
