"""The network of Coconet in PyTorch: a training step with Adam and a running average, and a forward pass.

Variants: the channels second in memory, as PyTorch has them, and last, which is the faster on many processors.
"""

import json
import os
import platform

import protocol

try:
    import torch
except ImportError:
    protocol.refuse("torch")

from torch.nn import functional as F

torch.set_num_threads(int(os.environ["DESCANT_BENCH_THREADS"]))

EPSILON = 1e-7


def real(values):
    return torch.tensor(values, dtype=torch.float32)


def normalise(x, scale, offset, statistics):
    if statistics is None:
        return F.batch_norm(x, None, None, scale, offset, training=True, eps=EPSILON)
    return F.batch_norm(x, *statistics, scale, offset, training=False, eps=EPSILON)


def network(layers, parameters, x, statistics=None):
    """Logits [B, I, T, P] from x [B, 2 I, T, P]."""
    hidden = []
    for i, (layer, (filters, scale, offset)) in enumerate(zip(layers, parameters)):
        size, dilation = layer["size"], tuple(layer["dilation"])
        if size == 2:
            a = F.conv2d(F.pad(x, (0, 1, 0, 1)), filters)
        else:
            a = F.conv2d(x, filters, padding=dilation, dilation=dilation)
        a = normalise(a, scale, offset, statistics and statistics[i])
        if layer["skip"]:
            a = a + hidden[i - 2]
        x = a if i == len(layers) - 1 else F.relu(a)
        hidden.append(x)
    return x


def build(variant, case, inputs):
    layers, pitches, lowest = json.loads(case["layers"]), int(case["pitches"]), int(case["lowestPitch"])
    shape = tuple(int(case[k]) for k in ("batch", "steps", "instruments"))
    cells = torch.tensor(inputs[0]).long().view(shape) - lowest
    known = real(inputs[1]).view(shape)
    memory = torch.channels_last if variant == "channels last" else torch.contiguous_format
    given = []
    for layer, (w, scale, offset) in zip(layers, zip(*[iter(inputs[2:])] * 3)):
        size, before, after = layer["size"], layer["inputs"], layer["outputs"]
        filters = real(w).view(size, size, before, after).permute(3, 2, 0, 1)
        given.append((filters.contiguous(memory_format=memory), real(scale), real(offset)))

    def seen():
        """Piano rolls [B, I, T, P], and the network's input."""
        rolls = F.one_hot(cells, pitches).float().permute(0, 2, 1, 3)
        context = known.permute(0, 2, 1).unsqueeze(3).expand(-1, -1, -1, pitches)
        return rolls, torch.cat([rolls * context, context], 1).contiguous(memory_format=memory)

    def train():
        parameters = [[p.clone().requires_grad_() for p in layer] for layer in given]
        leaves = [p for layer in parameters for p in layer]
        average = [p.detach().clone() for p in leaves]
        optimizer = torch.optim.Adam(leaves, lr=1e-3, foreach=True)
        rolls, x = seen()
        logs = torch.log_softmax(network(layers, parameters, x), 3)
        losses = -(rolls * logs).sum(3)
        hidden = 1 - known.permute(0, 2, 1)
        each = (hidden * losses).sum((1, 2)) / hidden.sum((1, 2)).clamp(min=1)
        loss = each.mean()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for a, p in zip(average, leaves):
                a.lerp_(p, 1 - 1 / 11)
        return loss, parameters

    statistics = [(torch.zeros_like(offset), torch.ones_like(offset)) for _, _, offset in given]

    def forward():
        with torch.no_grad():
            return torch.log_softmax(network(layers, given, seen()[1], statistics), 3)

    def outputs(state):
        if case["task"] == "forward":
            return [state.permute(0, 2, 3, 1).flatten().tolist()]
        loss, parameters = state
        gradients = [parameters[i][0].grad.permute(2, 3, 1, 0).flatten() for i in (0, 1, -1)]
        return [[loss.item()], *((g / g.norm()).tolist() for g in gradients)]

    run = forward if case["task"] == "forward" else train
    return {"steps": 1, "run": run, "once": run, "outputs": outputs}


protocol.serve(
    {
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "variants": [{"name": name, "compiled": False} for name in ("channels second", "channels last")],
    },
    build,
)
