"""Online gradients of an LSTM in PyTorch, per example, float32: BPTT, UORO, PreUORO and structured RTRL, written out.

Every step: LSTM step, softmax readout, dL/dh, the estimator's update with greedy rescaling, the estimate for W, which
is summed over steps and averaged over examples. Noise is given. BPTT is torch.lstm with autograd.
"""

import os
import platform

import protocol

try:
    import torch
except ImportError:
    protocol.refuse("torch")

torch.set_num_threads(int(os.environ["DESCANT_BENCH_THREADS"]))
torch.set_grad_enabled(False)

EPSILON = 1e-7


def norm(x):
    return x.flatten(1).norm(dim=1)


def ratio(n, d):
    return ((n + EPSILON) / (d + EPSILON)).sqrt()


class Lstm:
    """W [4 H, A] with A = H + X + 1, gates i, f, g, o; readout V [O, H]."""

    def __init__(self, w, v):
        self.w, self.v, self.units = w, v, v.shape[1]
        self.recurrent = w[:, : self.units].contiguous()

    def step(self, h, c, x, y):
        """The next state, and everything that the estimators need, per example."""
        a = torch.cat([h, x, torch.ones_like(x[:, :1])], 1)
        i, f, g, o = (a @ self.w.T).view(-1, 4, self.units).unbind(1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        next_c = f * c + i * g
        t = next_c.tanh()
        next_h, k = o * t, o * (1 - t * t)
        gates = torch.stack([g * i * (1 - i), c * f * (1 - f), i * (1 - g * g)], 1)
        output = t * o * (1 - o)
        p = (next_h @ self.v.T).softmax(1)
        p[torch.arange(len(y)), y] -= 1
        return next_h, next_c, (a, gates, output, f, k, p @ self.v)

    def state_jacobian(self, gates, output, k):
        """d [h, c] / d h of every example, transposed: [B, H, 2 H]."""
        wi, wf, wg, wo = self.recurrent.view(4, self.units, self.units)
        c = gates[:, 0, :, None] * wi + gates[:, 1, :, None] * wf + gates[:, 2, :, None] * wg
        return torch.cat([k[:, :, None] * c + output[:, :, None] * wo, c], 1).transpose(1, 2)


class Uoro:
    def __init__(self, net, batch):
        self.net = net
        self.h, self.c = torch.zeros(batch, net.units), torch.zeros(batch, net.units)
        self.w = torch.zeros(batch, *net.w.shape)

    def update(self, seen, u):
        a, gates, output, f, k, _ = seen
        z = (self.h @ self.net.recurrent.T).view(len(a), 4, self.net.units)
        past_c = f * self.c + (gates * z[:, :3]).sum(1)
        past_h = k * past_c + output * z[:, 3]
        noise = u.view(len(a), 4, self.net.units)
        new_c = (gates * noise[:, :3]).sum(1)
        new_h = k * new_c + output * noise[:, 3]
        gamma = ratio(norm(self.w), norm(torch.cat([past_h, past_c], 1)))[:, None]
        beta = ratio(u.norm(dim=1) * a.norm(dim=1), norm(torch.cat([new_h, new_c], 1)))[:, None]
        self.h, self.c = gamma * past_h + beta * new_h, gamma * past_c + beta * new_c
        self.w.mul_((1 / gamma)[:, :, None]).addcmul_((u / beta)[:, :, None], a[:, None])

    def gradient(self, l):
        return torch.mv(self.w.view(len(l), -1).T, (l * self.h).sum(1) / len(l))


class PreUoro:
    def __init__(self, net, batch):
        self.net = net
        self.h = torch.zeros(batch, 4 * net.units, net.units)
        self.c = torch.zeros_like(self.h)
        self.a = torch.zeros(batch, net.w.shape[1])

    def update(self, seen, tau):
        a, gates, output, f, k, _ = seen
        units, tau = self.net.units, tau[:, 0]
        past = torch.bmm(self.h, self.net.state_jacobian(gates, output, k))
        self.c *= f[:, None]
        past[:, :, units:] += self.c
        past[:, :, :units] += k[:, None] * self.c
        new_h = torch.cat([gates * k[:, None], output[:, None]], 1)
        gamma = ratio(self.a.norm(dim=1), norm(past))
        beta = ratio(a.norm(dim=1), (gates.square().sum((1, 2)) + new_h.square().sum((1, 2))).sqrt())
        past *= gamma[:, None, None]
        self.h, self.c = past[:, :, :units].contiguous(), past[:, :, units:].contiguous()
        scale = (beta * tau)[:, None, None]
        self.h.view(len(a), 4, units, units).diagonal(dim1=2, dim2=3).add_(scale * new_h)
        self.c.view(len(a), 4, units, units)[:, :3].diagonal(dim1=2, dim2=3).add_(scale * gates)
        self.a = self.a / gamma[:, None] + (tau / beta)[:, None] * a

    def gradient(self, l):
        return (torch.bmm(self.h, l[:, :, None])[:, :, 0].T @ self.a / len(l)).flatten()


class Rtrl:
    def __init__(self, net, batch):
        self.net = net
        self.h = torch.zeros(batch, net.w.numel(), net.units)
        self.c = torch.zeros_like(self.h)
        self.product = torch.empty(net.w.numel(), 2 * net.units)

    def update(self, seen, _):
        a, gates, output, f, k, _ = seen
        units, columns = self.net.units, self.net.w.shape[1]
        jacobian, every = self.net.state_jacobian(gates, output, k).contiguous(), torch.arange(units)
        for b in range(len(a)):
            torch.mm(self.h[b], jacobian[b], out=self.product)
            c = self.c[b].mul_(f[b])
            torch.addcmul(self.product[:, :units], c, k[b], out=self.h[b])
            c += self.product[:, units:]
            new = (gates[b, :, :, None] * a[b]).transpose(0, 1)
            self.c[b].view(4, units, columns, units)[:3, every, :, every] += new
            self.h[b].view(4, units, columns, units)[:3, every, :, every] += new * k[b][:, None, None]
            self.h[b].view(4, units, columns, units)[3, every, :, every] += output[b][:, None] * a[b]

    def gradient(self, l):
        return sum(self.h[b] @ l[b] for b in range(len(l))) / len(l)


ESTIMATORS = {"UORO": Uoro, "PreUORO": PreUoro, "RTRL": Rtrl}


def online(algorithm, net, xs, ys, noise):
    h = torch.zeros(xs.shape[1], net.units)
    c, total = torch.zeros_like(h), 0
    estimator = ESTIMATORS[algorithm](net, xs.shape[1])
    for t in range(len(xs)):
        h, c, seen = net.step(h, c, xs[t], ys[t])
        estimator.update(seen, noise[t])
        total = total + estimator.gradient(seen[5])
    return total


def bptt(net, xs, ys):
    with torch.enable_grad():
        w = net.w.clone().requires_grad_()
        units, batch = net.units, xs.shape[1]
        start = torch.zeros(1, batch, units)
        own = [w[:, units:-1], w[:, :units], w[:, -1], torch.zeros(4 * units)]
        hs = torch.lstm(xs, (start, start), own, True, 1, 0.0, False, False, False)[0]
        logits = (hs @ net.v.T).flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(logits, ys.flatten(), reduction="sum") / batch
        return torch.autograd.grad(loss, w)[0].flatten()


def build(_variant, case, inputs):
    steps, batch, units, width, classes, size = (int(case[k]) for k in ("steps", "batch", "units", "inputs", "classes", "noise"))
    w, v, x, y, u = inputs
    net = Lstm(torch.tensor(w).view(4 * units, units + width + 1), torch.tensor(v).view(classes, units))
    xs, ys = torch.tensor(x).view(steps, batch, width), torch.tensor(y).long().view(steps, batch)
    noise = torch.tensor(u, dtype=torch.float32).view(steps, batch, size)

    def run(count):
        if case["algorithm"] == "BPTT":
            return bptt(net, xs[:count], ys[:count])
        return online(case["algorithm"], net, xs[:count], ys[:count], noise)

    return {
        "steps": steps,
        "run": lambda: run(steps),
        "once": lambda: run(1),
        "outputs": lambda gradient: [gradient.flatten().tolist()],
    }


protocol.serve(
    {
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "variants": [{"name": "per example", "compiled": False}],
    },
    build,
)
