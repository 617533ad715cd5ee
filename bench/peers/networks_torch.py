"""Networks in PyTorch: training steps, recurrent gradients, a matrix product, convolutions, a call.

Variants:
  eager   as one would write it down: torch.optim.Adam, the cell of the GRU written out
  tuned   Adam with foreach, the GRU and LSTM by PyTorch's own; W5 with channels last; W4 and the call are the same
"""

import os
import platform

import protocol

try:
    import torch
except ImportError:
    protocol.refuse("torch")

torch.set_num_threads(int(os.environ["DESCANT_BENCH_THREADS"]))

UNITS = 64


def read(inputs, shapes):
    return [torch.tensor(values).reshape(shape) for values, shape in zip(inputs, shapes)]


def flat(tensors):
    return [t.detach().reshape(-1).tolist() for t in tensors]


def squared_error(net, x, y):
    return ((net(x) - y) ** 2).mean()


def policy_loss(net, seen, actions, advantages):
    return -((torch.log_softmax(net(seen), 1) * actions).sum(1) * advantages).mean()


def training(loss_of, data, given, steps, foreach):
    seen, units, outputs = given[0].shape[0], UNITS, given[4].shape[1]
    net = torch.nn.Sequential(
        torch.nn.Linear(seen, units),
        torch.nn.Tanh(),
        torch.nn.Linear(units, units),
        torch.nn.Tanh(),
        torch.nn.Linear(units, outputs),
    )

    def advance(count):
        with torch.no_grad():
            for parameter, start in zip(net.parameters(), given):
                parameter.copy_(start.t() if start.ndim == 2 else start)
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, foreach=foreach)
        for _ in range(count):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(net, *data)
            loss.backward()
            optimizer.step()
        return [loss, *(p.t() if p.ndim == 2 else p for p in net.parameters())]

    return lambda: advance(steps), lambda: advance(1)


def policy_gradient(inputs, shapes, steps):
    seen, actions, start, *parameters = read(inputs, shapes)
    wx, wh, bx, bh, w, b = [p.requires_grad_() for p in parameters]

    def once():
        h, total = start, 0
        for x, action in zip(seen, actions):
            xr, xz, xn = torch.addmm(bx, x, wx).chunk(3, 1)
            hr, hz, hn = torch.addmm(bh, h, wh).chunk(3, 1)
            z = torch.sigmoid(xz + hz)
            n = torch.tanh(xn + torch.sigmoid(xr + hr) * hn)
            h = (1 - z) * n + z * h
            total = total + (torch.log_softmax(torch.addmm(b, h, w), 1) * action).sum()
        return [total, *torch.autograd.grad(total, parameters)]

    return lambda: repeat(once, steps), once


def library_gradient(inputs, shapes, steps):
    seen, actions, start, *parameters = read(inputs, shapes)
    gru, linear = torch.nn.GRU(seen.shape[2], UNITS), torch.nn.Linear(UNITS, actions.shape[2])
    leaves = [*gru.parameters(), *linear.parameters()]
    with torch.no_grad():
        for leaf, given in zip(leaves, parameters):
            leaf.copy_(given.t() if given.ndim == 2 else given)

    def once():
        total = (torch.log_softmax(linear(gru(seen, start[None])[0]), 2) * actions).sum()
        return [total, *(g.t() if g.ndim == 2 else g for g in torch.autograd.grad(total, leaves))]

    return lambda: repeat(once, steps), once


def sequence_gradient(inputs, shapes, steps, native):
    xs, classes, readout, *parameters = read(inputs, shapes)
    wx, wh, b = [p.requires_grad_() for p in parameters]
    batch, units = xs.shape[1], readout.shape[0]
    zeros = torch.zeros(batch, units)

    def hiddens():
        if native:
            weights = [wx.t(), wh.t(), b, torch.zeros_like(b)]
            return torch.lstm(xs, (zeros[None], zeros[None]), weights, True, 1, 0.0, False, False, False)[0]
        h, c, all = zeros, zeros, []
        for x in xs:
            i, f, g, o = (torch.addmm(b, x, wx) + h @ wh).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            all.append(h)
        return torch.stack(all)

    def once():
        loss = -(torch.log_softmax(hiddens() @ readout, 2) * classes).sum() / batch
        return [loss, *torch.autograd.grad(loss, [wx, wh, b])]

    return lambda: repeat(once, steps), once


def call(inputs, shapes, steps):
    a, b = read(inputs, shapes)
    once = lambda: [a * b + 1]
    return lambda: repeat(once, steps), once


def product(inputs, shapes, steps):
    a, b = read(inputs, shapes)
    once = lambda: [a @ b]
    return lambda: repeat(once, steps), once


def convolution(inputs, shapes, steps, layout):
    x, w, *cotangent = read(inputs, shapes)
    x = x.permute(0, 3, 1, 2).contiguous(memory_format=layout).requires_grad_(bool(cotangent))
    w = w.permute(3, 2, 0, 1).contiguous(memory_format=layout).requires_grad_(bool(cotangent))
    cotangent = [c.permute(0, 3, 1, 2).contiguous(memory_format=layout) for c in cotangent]

    def once():
        y = torch.nn.functional.conv2d(x, w, padding=1)
        if not cotangent:
            return [y.permute(0, 2, 3, 1)]
        dx, dw = torch.autograd.grad(y, [x, w], cotangent)
        return [y.permute(0, 2, 3, 1), dx.permute(0, 2, 3, 1), dw.permute(2, 3, 1, 0)]

    return lambda: repeat(once, steps), once


def repeat(once, steps):
    for _ in range(steps):
        result = once()
    return result


def build(variant, case, inputs):
    shapes, steps = protocol.shapes(case), case["callSteps"]
    if case["workload"] in ("W2", "policy gradient"):
        arrays = read(inputs, shapes)
        loss_of, parts = (squared_error, 2) if case["workload"] == "W2" else (policy_loss, 3)
        run, once = training(loss_of, arrays[:parts], arrays[parts:], steps, variant == "tuned")
    elif case["workload"] == "LSTM":
        run, once = sequence_gradient(inputs, shapes, steps, variant == "tuned")
    elif case["workload"] == "call":
        run, once = call(inputs, shapes, steps)
    elif case["workload"] == "W3":
        run, once = (library_gradient if variant == "tuned" else policy_gradient)(inputs, shapes, steps)
    elif case["workload"].startswith("W5"):
        layout = torch.channels_last if variant == "tuned" else torch.contiguous_format
        run, once = convolution(inputs, shapes, steps, layout)
    else:
        run, once = product(inputs, shapes, steps)
    return {"steps": steps, "run": run, "once": once, "outputs": flat}


protocol.serve(
    {
        "versions": {"torch": torch.__version__, "python (torch)": platform.python_version()},
        "variants": [{"name": name, "compiled": False} for name in ("eager", "tuned")],
    },
    build,
)
