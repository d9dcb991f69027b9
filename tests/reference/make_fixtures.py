#!/usr/bin/python3
"""Numbers to compare nott's layers, optimizers and nets against, made with PyTorch in float64.

usage: make_fixtures.py        writes the .txt files beside this script

Nothing here shares code with nott. Every cell is PyTorch's own (torch.lstm_cell, torch.gru_cell,
torch.rnn_tanh_cell), every gradient autograd's, every update torch.optim's; the script only
rearranges matrices into the layout that each file's head describes.
SPDX-License-Identifier: MIT
"""
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

HERE = Path(__file__).resolve().parent
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

FORMAT = """made by make_fixtures.py (PyTorch {version}, float64); do not edit
Each tensor: a line "name rows cols", then its rows. Vectors are 1 x n.
Time series have the row t*B+b for step t, lane b."""


def uniform(rows, cols, scale=1.0):
    return (2 * torch.rand(rows, cols) - 1) * scale


def write(name, comment, tensors):
    with open(HERE / name, "w") as out:
        text = FORMAT.format(version=torch.__version__) + "\n" + comment.strip()
        print(*("# " + line for line in text.splitlines() if line), sep="\n", file=out)
        for key, value in tensors.items():
            print(key, *value.shape, file=out)
            for row in value.tolist():
                print(*("%.17g" % v for v in row), file=out)


def with_gradients(names, tensors):
    return {"d" + name: tensors[name].grad for name in names}


# Single layers

T, B, I, H = 4, 3, 5, 4

LAYER = """T = 4 steps, B = 3 lanes, I = 5 inputs, H = 4 hidden units. In: x (T*B x I), first states
(B x H), w_in, w_rec, bias, r, s. Out: h (T*B x H), loss, and its gradients d<tensor>.
"""


def lstm_step(x, state, w_in, w_rec, bias):
    return torch.lstm_cell(x, state, w_in.T, w_rec.T, bias[0], torch.zeros_like(bias[0]))


def gru_step(x, state, w_in, w_rec, bias):
    in_n, in_r, in_z = w_in.chunk(3, 1)
    b_in, b_r, b_z, b_hn = bias[0].chunk(4)
    return (torch.gru_cell(x, state[0], torch.cat((in_r, in_z, in_n), 1).T, w_rec.T,
                           torch.cat((b_r, b_z, b_in)),
                           torch.cat((0 * b_r, 0 * b_z, b_hn))),)


def tanh_step(x, state, w_in, w_rec, bias):
    return (torch.rnn_tanh_cell(x, state[0], w_in.T, w_rec.T, bias[0],
                                torch.zeros_like(bias[0])),)


def layer(name, step, in_blocks, bias_blocks, has_cell, comment):
    torch.manual_seed(1)
    v = {"x": uniform(T * B, I), "h0": uniform(B, H)}
    if has_cell:
        v["c0"] = uniform(B, H)
    v["w_in"] = uniform(I, in_blocks * H)
    v["w_rec"] = uniform(H, in_blocks * H)
    v["bias"] = uniform(1, bias_blocks * H)
    inputs = list(v)
    for key in inputs:
        v[key].requires_grad_()
    v["r"] = uniform(T * B, H)

    state = (v["h0"], v["c0"]) if has_cell else (v["h0"],)
    outputs = []
    for x in v["x"].split(B):
        state = step(x, state, v["w_in"], v["w_rec"], v["bias"])
        outputs.append(state[0])
    h = torch.cat(outputs)
    loss = (h * v["r"]).sum()
    if has_cell:
        v["s"] = uniform(B, H)
        loss = loss + (state[1] * v["s"]).sum()
    v["h"] = h
    if has_cell:
        v["c_last"] = state[1]
    loss.backward()
    v["loss"] = loss.reshape(1, 1)
    write(name, LAYER + comment, v | with_gradients(inputs, v))


# Optimizers

def optimizer(name, make, settings, comment):
    torch.manual_seed(2)
    p0 = uniform(1, 7)
    g = uniform(5, 7) * torch.tensor([1, 1, 1e-3, 1e3, 1e-7, 1e-9, 1])
    g[0, 6] = g[3, 6] = 0
    p = p0.clone().requires_grad_()
    update = make([p])
    after = []
    for row in g.split(1):
        p.grad = row.clone()
        update.step()
        after.append(p.detach().clone())
    write(name, comment + "\np0 before, g the gradient of each of 5 steps, p after each step.",
          {"settings": torch.tensor([settings]), "p0": p0, "g": g, "p": torch.cat(after)})


# Complete nets

NT, NB, NH, ROWS, KC, KM, D = 6, 3, 5, 9, 3, 4, 3
ALPHA, LR, CLIP, UPDATES = 0.5, 0.05, 1.0, 10

NET = """2 LSTM layers of H = 5 (gate columns i, f, g, o), T = 6 steps, B = 3 lanes, zero first
states. layer0.input has R = 9 rows; a step adds the two that rows names. Layer 1 reads layer 0's h.
reset 1: the lane's h and c in both layers become 0 before this step. mask 0: step is not scored.
chord logits = top @ chord.weight + chord.bias
"""
PLAIN = "melody logits = top @ melody.weight + melody.bias\n"
FACTORED = """u = tanh(top @ melody.project + melody.project_bias + melody.chord[target chord])
melody logits = u @ melody.weight + melody.bias
"""
NET_END = """nll_melody, nll_chord: mean over the scored steps of -ln p(target); loss = 0.5 of each.
d.<tensor>: gradient of loss. losses: before each of 10 updates on this same batch by Adam
(lr 0.05, betas 0.9 0.999, eps 1e-8), all gradients together clipped to norm 1:
times 1/norm if norm > 1. Those norms:
"""


def net_loss(p, v):
    h = [torch.zeros(NB, NH)] * 2
    c = [torch.zeros(NB, NH)] * 2
    tops = []
    for t in range(NT):
        now = slice(t * NB, (t + 1) * NB)
        keep = 1 - v["reset"][now]
        x = torch.nn.functional.one_hot(v["rows"][now], ROWS).sum(1).to(torch.float64)
        for k in (0, 1):
            weights = [p[f"layer{k}.{w}"] for w in ("input", "recurrent", "bias")]
            h[k], c[k] = lstm_step(x, (h[k] * keep, c[k] * keep), *weights)
            x = h[k]
        tops.append(x)
    top = torch.cat(tops)
    melody, chord = v["melody"][:, 0], v["chord"][:, 0]
    hidden = top
    if "melody.project" in p:
        hidden = torch.tanh(top @ p["melody.project"] + p["melody.project_bias"]
                            + p["melody.chord"][chord])

    def mean_nll(logits, target):
        nll = cross_entropy(logits, target, reduction="none")
        return (nll * v["mask"][:, 0]).sum() / v["mask"].sum()

    nll_melody = mean_nll(hidden @ p["melody.weight"] + p["melody.bias"], melody)
    nll_chord = mean_nll(top @ p["chord.weight"] + p["chord.bias"], chord)
    return ALPHA * nll_melody + (1 - ALPHA) * nll_chord, nll_melody, nll_chord


def net(name, factored):
    torch.manual_seed(3)
    steps = NT * NB
    first, second = torch.randint(0, 5, (steps, 1)), torch.randint(5, ROWS, (steps, 1))
    v = {"rows": torch.cat((first, second), 1),
         "mask": torch.ones(steps, 1), "reset": torch.zeros(steps, 1),
         "melody": torch.randint(0, KM, (steps, 1)), "chord": torch.randint(0, KC, (steps, 1))}
    for t, b in ((0, 2), (3, 0), (4, 1), (5, 1)):
        v["mask"][t * NB + b] = 0
    for t, b in ((0, 0), (2, 1), (4, 0), (4, 2)):
        v["reset"][t * NB + b] = 1
    shapes = {"layer0.input": (ROWS, 4 * NH), "layer0.recurrent": (NH, 4 * NH),
              "layer0.bias": (1, 4 * NH), "layer1.input": (NH, 4 * NH),
              "layer1.recurrent": (NH, 4 * NH), "layer1.bias": (1, 4 * NH),
              "chord.weight": (NH, KC), "chord.bias": (1, KC)}
    if factored:
        shapes |= {"melody.project": (NH, D), "melody.project_bias": (1, D),
                   "melody.chord": (KC, D)}
    shapes |= {"melody.weight": (D if factored else NH, KM), "melody.bias": (1, KM)}
    p = {key: uniform(*shape, 1.0 if key.startswith("layer") else 6.0).requires_grad_()
         for key, shape in shapes.items()}
    out = v | {key: value.detach().clone() for key, value in p.items()}

    adam = torch.optim.Adam(p.values(), lr=LR, betas=(0.9, 0.999), eps=1e-8)
    losses, norms = [], []
    for update in range(UPDATES):
        adam.zero_grad()
        loss, nll_melody, nll_chord = net_loss(p, v)
        loss.backward()
        if update == 0:
            out |= {"loss": loss.reshape(1, 1), "nll_melody": nll_melody.reshape(1, 1),
                    "nll_chord": nll_chord.reshape(1, 1)}
            out |= {"d." + key: value.grad.clone() for key, value in p.items()}
        norm = torch.cat([value.grad.flatten() for value in p.values()]).norm()
        if norm > CLIP:
            for value in p.values():
                value.grad *= CLIP / norm
        adam.step()
        losses.append(loss.item())
        norms.append(norm.item())
    out["losses"] = torch.tensor([losses])
    assert min(norms) < CLIP < max(norms), "the fixture must see both sides of the clip"
    comment = NET + (FACTORED if factored else PLAIN) + NET_END
    write(name, comment + " ".join("%.4f" % n for n in norms), out)


layer("lstm.txt", lstm_step, 4, 4, True, """
w_in (I x 4H) and w_rec (H x 4H) are torch's weight_ih and weight_hh transposed: gate columns
i, f, g, o. bias (1 x 4H): the sum of torch's two. c = f*c + i*g, h = o*tanh(c).
loss = sum(h * r) + sum(c_last * s).""")
layer("gru.txt", gru_step, 3, 4, False, """
Column blocks: w_in (I x 3H) n, r, z; w_rec (H x 3H) r, z, n; bias (1 x 4H) b_in, b_r, b_z, b_hn.
r = sigmoid(x W_ir + h W_hr + b_r), z likewise, n = tanh(x W_in + b_in + r * (h W_hn + b_hn)),
h' = (1-z) * n + z * h. loss = sum(h * r), where this r is the tensor in the file, not the gate.""")
layer("tanh.txt", tanh_step, 1, 1, False, """
w_in (I x H), w_rec (H x H), bias (1 x H): h' = tanh(x w_in + h w_rec + bias).
loss = sum(h * r).""")

optimizer("adam.txt", lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.9, 0.999), eps=1e-8),
          [0.01, 0.9, 0.999, 1e-8], """
settings: lr beta1 beta2 eps. No weight decay. At step t = 1, 2, ...: m = b1*m + (1-b1)*g,
v = b2*v + (1-b2)*g*g, p -= lr * (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps).""")
optimizer("adamw.txt", lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.9, 0.999), eps=1e-8,
                                                   weight_decay=0.02),
          [0.01, 0.9, 0.999, 1e-8, 0.02], """
settings: lr beta1 beta2 eps weight_decay. As adam.txt, but each step first does
p *= 1 - lr * weight_decay.""")
optimizer("rmsprop.txt", lambda p: torch.optim.RMSprop(p, lr=0.005, alpha=0.9, eps=1e-8),
          [0.005, 0.9, 1e-8], """
settings: lr alpha eps. v starts at 0: v = alpha*v + (1-alpha)*g*g, p -= lr * g / (sqrt(v) + eps).
No momentum, not centred.""")

net("net.txt", factored=False)
net("net_factored.txt", factored=True)
