"""Random questions to models of several kinds, answered by torch: what model.test.mjs compares
model.js with. Written into the folder that is named: a file of weights for each model, as it
travels to a page, cases.json, and values.safetensors."""
import json, random, sys
from pathlib import Path
import safetensors.torch as st, torch
from lowrank_nb.ask import PATTERNS, Subject, ask_pretrained, trace
from lowrank_nb.layout import Layout
from lowrank_nb.masks import mask_schedule
from lowrank_nb.model import MaskedTransformer
from lowrank_nb.posemb import SharedPositionalEmbedding, StandardPositionalEmbedding
from lowrank_nb.relations import n_relations, relation_mask
from lowrank_nb.task import TableConnectivity

CASES = 600   # random questions, the edges of V among them

def untrained(seed, n_embd, n_head, schedule, layout, positions, n_ids=12, loops=None):
    "A model with weights large enough for its attention to be far from uniform, and its task"
    torch.manual_seed(seed)
    task = TableConnectivity(layout.V, layout.C, .1, 9, seed, n_ids=n_ids)
    model = MaskedTransformer(9, n_embd, n_head, positions, schedule, layout=layout, loops=loops)
    with torch.no_grad():
        for p in model.parameters(): p.add_(torch.randn_like(p)*.25)
    return Subject(model, task)

def subjects():
    six, four, three = Layout(6, 3), Layout(4, 2), Layout(3, 1)
    generator = torch.Generator().manual_seed(0)
    flags = [torch.rand(n_relations(2), generator=generator) < .3 for _ in range(4)]
    learned = [relation_mask(f, four) for f in flags]
    causal = [torch.ones(six.seq_len, six.seq_len, dtype=torch.bool).tril()]*3
    shared = SharedPositionalEmbedding
    standard = StandardPositionalEmbedding(six.seq_len, 16)
    return dict(
        shipped=ask_pretrained().subject,
        looped=untrained(1, 32, 4, mask_schedule(six, 3), six, shared(six, 32), loops=6),
        untied=untrained(5, 32, 8, mask_schedule(six, 5), six, shared(six, 32)),
        learned=untrained(2, 24, 3, learned, four, shared(four, 24)),
        standard=untrained(3, 16, 2, causal, six, standard),
        narrow=untrained(4, 10, 2, mask_schedule(three, 2, 1), three, shared(three, 10), n_ids=5))

def intervention(rng, layout, n_layer, n_head):
    layer, token = rng.randint(1, n_layer), lambda: rng.randrange(layout.seq_len)
    return rng.choice([
        ['head', layer, rng.randint(1, n_head)], ['attention', layer],
        ['table', rng.randrange(layout.V)], ['connection', layer, token(), token()],
        ['mask', layer, rng.choice(list(PATTERNS))]])

def case(rng, name, subject, i):
    C, n_ids, most = (subject.limits[k] for k in ('C', 'n_ids', 'most'))
    V = min(most, (1, 16, 2)[i] if i < 3 else rng.randint(1, 16))
    tables = [[rng.randrange(n_ids) for _ in range(C)] for _ in range(V)]
    queries = [rng.randrange(n_ids) for _ in range(2)]
    if i % 10 == 3: queries[1] = queries[0]
    loops = 1 if subject.loops is None else rng.randint(1, 8)
    n_layer, n_head = subject.limits['n_layer'] - 1 + loops, subject.limits['n_head']
    several = rng.choice((0, 0, 1, 2, 4))
    given = [intervention(rng, Layout(V, C), n_layer, n_head) for _ in range(several)]
    return dict(model=name, tables=tables, queries=queries, loops=loops, interventions=given,
                layer=rng.randint(1, n_layer))

if __name__ == '__main__':
    folder, rng, values, cases = Path(sys.argv[1]), random.Random(0), {}, []
    made = subjects()
    for name, subject in made.items(): (folder/f'{name}.safetensors').write_bytes(subject.pack())
    for i in range(CASES):
        name = list(made)[i % len(made)] if i % 3 else 'shipped'
        c = case(rng, name, made[name], i)
        seen = trace(made[name], c['tables'], c['queries'], c['loops'], c['interventions'])
        values[f'{i}.logits'] = seen.logits
        values[f'{i}.attention'] = seen.attention[c['layer'] - 1].contiguous()
        cases.append(c)
    st.save_file(values, folder/'values.safetensors')
    (folder/'cases.json').write_text(json.dumps(cases))
