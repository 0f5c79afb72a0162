// The trained model, run where it is read: GPT-2 blocks under masks that are lists of groups.
// The masks say what has to be computed; what an edit leaves untouched is not computed again.
// Rows are tokens, in the order of the layout. tests/model.test.mjs holds all of it equal to torch.

// ---- Weights: safetensors, single or half precision

export function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = bits >> 10 & 31, fraction = bits & 1023
  if (exponent === 31) return fraction ? NaN : sign*Infinity
  return sign*(exponent ? (1024 + fraction)*2**(exponent - 25) : fraction*2**-24)
}

const WIDTHS = { F32: 4, F16: 2 }
const READERS = {
  F32: (view, at) => view.getFloat32(at, true), F16: (view, at) => half(view.getUint16(at, true)),
}

// The tensors of a file by name, each with its shape, and the file's metadata.
export function readSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = Number(view.getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
  const { __metadata__: metadata = {}, ...entries } = header
  const tensors = {}
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    if (!READERS[dtype]) throw Error(`${name} is ${dtype}: a model has to be F32 or F16`)
    const data = new Float64Array(shape.reduce((product, n) => product*n, 1))
    const read = READERS[dtype], start = 8 + length + data_offsets[0]
    for (let i = 0; i < data.length; i++) data[i] = read(view, start + i*WIDTHS[dtype])
    tensors[name] = { shape, data }
  }
  return { tensors, metadata }
}

// ---- Masks: a list of groups. Each query of a group attends to each key of it.

// Groups of a mask given as rows of flags: queries of equal rows are a group, empty rows in none.
export function groupsOf(rows) {
  const groups = new Map()
  rows.forEach((row, q) => {
    const keys = []
    row.forEach((flag, k) => { if (flag) keys.push(k) })
    if (!keys.length) return
    const name = keys.join()
    if (!groups.has(name)) groups.set(name, { queries: [], keys })
    groups.get(name).queries.push(q)
  })
  return [...groups.values()]
}

export function rowsOf(groups, T) {
  const rows = Array.from({ length: T }, () => new Uint8Array(T))
  for (const { queries, keys } of groups)
    for (const q of queries) for (const k of keys) rows[q][k] = 1
  return rows
}

// ---- Arithmetic on the rows that are listed

// y = x·Wᵀ + b, three rows and three outputs at a time. Each number is summed in the same order
// whatever rows stand beside it, so that a pass over few rows gives the bits of a pass over all.
function linear(x, { weight, bias, n_in, n_out }, y, rows, n) {
  const last = n_out - 1
  for (let i = 0; i < n; i += 3) {
    const a = rows[i], b = rows[Math.min(i + 1, n - 1)], c = rows[Math.min(i + 2, n - 1)]
    const xa = a*n_in, xb = b*n_in, xc = c*n_in
    for (let o = 0; o < n_out; o += 3) {
      const p = Math.min(o + 1, last), q = Math.min(o + 2, last)
      const wo = o*n_in, wp = p*n_in, wq = q*n_in
      let ao = bias[o], ap = bias[p], aq = bias[q]
      let bo = ao, bp = ap, bq = aq, co = ao, cp = ap, cq = aq
      for (let k = 0; k < n_in; k++) {
        const u = x[xa + k], v = x[xb + k], w = x[xc + k]
        const r = weight[wo + k], s = weight[wp + k], t = weight[wq + k]
        ao += r*u; bo += r*v; co += r*w
        ap += s*u; bp += s*v; cp += s*w
        aq += t*u; bq += t*v; cq += t*w
      }
      const ya = a*n_out, yb = b*n_out, yc = c*n_out
      y[ya + o] = ao; y[ya + p] = ap; y[ya + q] = aq
      y[yb + o] = bo; y[yb + p] = bp; y[yb + q] = bq
      y[yc + o] = co; y[yc + p] = cp; y[yc + q] = cq
    }
  }
}

const EPSILON = 1e-5   // torch's and GPT-2's LayerNorm

function layerNorm(x, { weight, bias }, y, rows, n) {
  const d = weight.length
  for (let i = 0; i < n; i++) {
    const at = rows[i]*d
    let mean = 0, variance = 0
    for (let k = 0; k < d; k++) mean += x[at + k]
    mean /= d
    for (let k = 0; k < d; k++) variance += (x[at + k] - mean)**2
    const scale = 1/Math.sqrt(variance/d + EPSILON)
    for (let k = 0; k < d; k++) y[at + k] = (x[at + k] - mean)*scale*weight[k] + bias[k]
  }
}

// GELU in the form with tanh: x·(1 + tanh u)/2 = x/(1 + exp(−2u)).
function gelu(h, width, rows, n) {
  const c = 2*Math.sqrt(2/Math.PI)
  for (let i = 0; i < n; i++) for (let j = rows[i]*width, end = j + width; j < end; j++) {
    const x = h[j]
    h[j] = x/(1 + Math.exp(-c*(x + 0.044715*x*x*x)))
  }
}

function add(x, y, out, width, rows, n) {
  for (let i = 0; i < n; i++) for (let j = rows[i]*width, end = j + width; j < end; j++)
    out[j] = x[j] + y[j]
}

// ---- The model

export class Model {
  // `n_head` heads; `embedding` has a row for each token there is, `positions` one for each place.
  constructor(tensors, n_head) {
    const data = name => tensors[name].data
    const norm = name => ({ weight: data(`${name}.weight`), bias: data(`${name}.bias`) })
    const dense = name => {
      const [n_out, n_in] = tensors[`${name}.weight`].shape
      return { ...norm(name), n_out, n_in }
    }
    this.blocks = []
    for (let b = 0; `blocks.${b}.ln_1.weight` in tensors; b++) {
      const own = name => `blocks.${b}.${name}`
      this.blocks.push({
        ln_1: norm(own('ln_1')), ln_2: norm(own('ln_2')),
        c_attn: dense(own('attn.c_attn')), c_proj: dense(own('attn.c_proj')),
        c_fc: dense(own('mlp.c_fc')), c_out: dense(own('mlp.c_proj')),
      })
    }
    this.ln_f = norm('ln_f')
    this.read_out = dense('read_out')
    this.d = this.ln_f.weight.length
    this.n_head = n_head
    this.positions = data('positions')
    const n = tensors.features.shape[0], rows = Int32Array.from({ length: n }, (_, i) => i)
    this.embedding = new Float64Array(n*this.d)
    linear(data('features'), dense('read_in'), this.embedding, rows, n)
    this.reset(0)
  }

  // Forgets everything computed and makes room for T tokens.
  reset(T) {
    const { d } = this
    const numbers = width => new Float64Array(T*width)
    Object.assign(this, { T, layers: [], computed: 0, scores: numbers(1), rows: new Int32Array(T) })
    Object.assign(this, { ids: new Int32Array(T).fill(-1), x0: numbers(d) })
    Object.assign(this, { normed: numbers(d), middle: numbers(d), wide: numbers(4*d) })
  }

  makeLayer() {
    const { T, d, n_head } = this, numbers = n => new Float64Array(n)
    const flags = () => new Uint8Array(T).fill(1)
    return {
      key: null, qkv: numbers(T*3*d), y: numbers(T*d), x: numbers(T*d), staleQkv: flags(),
      attention: numbers(n_head*T*T), logits: numbers(T).fill(NaN), stale: flags(),
    }
  }

  // Writes the tokens for which `test` holds into `this.rows` and says how many there are.
  list(test) {
    let n = 0
    for (let t = 0; t < this.T; t++) if (test(t)) this.rows[n++] = t
    return n
  }

  // One forward pass. `ids` and `places`: for each token its row of the embedding and of the
  // positions. `plan`: for each layer { block, groups, off, key }, `off` being the heads that are
  // switched off and `key` a text that is equal only where block, groups and heads are. `outputs`:
  // the tokens that are read out after every layer.
  run(ids, places, plan, outputs) {
    const { T, d } = ids.length === this.T ? this : (this.reset(ids.length), this)
    const moved = new Uint8Array(T), last = lastUse(plan, outputs, T)
    this.computed = 0
    for (let t = 0; t < T; t++) {
      if (this.ids[t] === ids[t]) continue
      moved[t] = 1
      for (let k = 0; k < d; k++)
        this.x0[t*d + k] = this.embedding[ids[t]*d + k] + this.positions[places[t]*d + k]
    }
    this.ids.set(ids)
    this.layers.length = Math.min(this.layers.length, plan.length)
    let x = this.x0
    plan.forEach((step, l) => {
      const layer = this.layers[l] ??= this.makeLayer()
      this.runLayer(layer, this.blocks[step.block], step, x, moved, t => last[t] > l)
      for (const t of outputs) layer.logits[t] = this.readOut(layer.x, t)
      x = layer.x
    })
    return this.layers
  }

  // `moved`: the tokens of x that have changed; afterwards, those of the layer's output.
  runLayer(layer, block, { groups, off, key }, x, moved, needed) {
    const { T, d, rows, normed, wide, middle } = this, { staleQkv, stale } = layer
    const other = layer.key !== key, asks = new Uint8Array(T), used = new Uint8Array(T)
    for (const { queries, keys } of groups) {
      for (const q of queries) asks[q] = used[q] = 1
      for (const k of keys) used[k] = 1
    }
    for (let t = 0; t < T; t++) {
      if (other || moved[t]) staleQkv[t] = stale[t] = 1
    }
    layer.key = key

    let n = this.list(t => used[t] && staleQkv[t])
    layerNorm(x, block.ln_1, normed, rows, n)
    linear(normed, block.c_attn, layer.qkv, rows, n)
    this.computed += n
    if (other) layer.attention.fill(0)
    for (const { queries, keys } of groups) {
      const all = keys.some(k => staleQkv[k])
      for (const q of queries) if (all || staleQkv[q]) {
        this.attend(layer, q, keys, off)
        stale[q] = 1
      }
    }
    for (let t = 0; t < T; t++) if (used[t]) staleQkv[t] = 0

    n = this.list(t => needed(t) && stale[t] && asks[t])
    linear(layer.y, block.c_proj, middle, rows, n)
    n = this.list(t => needed(t) && stale[t])
    for (let i = 0; i < n; i++) if (!asks[rows[i]]) middle.fill(0, rows[i]*d, rows[i]*d + d)
    add(x, middle, middle, d, rows, n)
    layerNorm(middle, block.ln_2, normed, rows, n)
    linear(normed, block.c_fc, wide, rows, n)
    gelu(wide, 4*d, rows, n)
    linear(wide, block.c_out, layer.x, rows, n)
    add(middle, layer.x, layer.x, d, rows, n)
    moved.fill(0)
    for (let i = 0; i < n; i++) { moved[rows[i]] = 1; stale[rows[i]] = 0 }
  }

  // The attention of one query, head by head.
  attend({ qkv, y, attention }, q, keys, off) {
    const { T, d, n_head, scores } = this, width = d/n_head, scale = 1/Math.sqrt(width)
    for (let h = 0; h < n_head; h++) {
      const at = q*d + h*width, row = (h*T + q)*T
      y.fill(0, at, at + width)
      if (off.includes(h)) continue
      let highest = -Infinity, sum = 0
      for (let i = 0; i < keys.length; i++) {
        const a = q*3*d + h*width, b = keys[i]*3*d + d + h*width
        let score = 0
        for (let k = 0; k < width; k++) score += qkv[a + k]*qkv[b + k]
        scores[i] = score*scale
        if (scores[i] > highest) highest = scores[i]
      }
      for (let i = 0; i < keys.length; i++) sum += scores[i] = Math.exp(scores[i] - highest)
      for (let i = 0; i < keys.length; i++) {
        const share = attention[row + keys[i]] = scores[i]/sum, b = keys[i]*3*d + 2*d + h*width
        for (let k = 0; k < width; k++) y[at + k] += share*qkv[b + k]
      }
    }
  }

  // What the read-out says of one token.
  readOut(x, t) {
    layerNorm(x, this.ln_f, this.normed, [t], 1)
    let logit = this.read_out.bias[0]
    for (let k = 0; k < this.d; k++) logit += this.normed[t*this.d + k]*this.read_out.weight[k]
    return logit
  }
}

// For each token the number of layers whose output must hold it: up to the last layer in which it
// attends or is attended to, and all layers for the outputs.
function lastUse(plan, outputs, T) {
  const last = new Int32Array(T)
  plan.forEach(({ groups }, l) => {
    for (const { queries, keys } of groups) {
      for (const q of queries) last[q] = l
      for (const k of keys) last[k] = l
    }
  })
  for (const t of outputs) last[t] = plan.length
  return last
}
