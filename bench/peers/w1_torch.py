"""W1 in PyTorch: one simultaneous step of exact LOLA by both players of the Iterated Prisoner's Dilemma.

x_i <- x_i + eta d/dx_i f_i(x_i, x_j + alpha d/dx_j f_j(x)), with f_i the un-normalised discounted value.

Variants:
  obvious   as one would write it down: batched linear solve, autograd twice, each player on its own
  unrolled  both players stacked into one batch of twice the size, the inner gradient in closed form, elimination
            of the 4 x 4 system written out over vectors of the batch, autograd once; the chances of the outcomes
            are one tensor [4, 5, N]. The bars' yardstick.
  tuned     as unrolled, but the chances stay four tensors: reverse mode then fills fewer zeros
"""

import os
import platform

import protocol

try:
    import torch
except ImportError:
    protocol.refuse("torch")

torch.set_num_threads(int(os.environ["DESCANT_BENCH_THREADS"]))

DISCOUNT, ETA, ALPHA = 0.96, 0.1, 0.3
PAYOFF = [-1.0, -3.0, 0.0, -2.0]  # to oneself after (own, other) = CC, CD, DC, DD
MIRROR = torch.tensor([0, 1, 3, 2, 4])  # the other player's names for [start, CC, CD, DC, DD]


def value(own, other):
    """The value to the player with logits own [B, 5] of playing against other [B, 5]."""
    p = torch.sigmoid(own)
    q = torch.sigmoid(other[:, MIRROR])
    outcome = torch.stack([p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)], dim=-1)
    system = torch.eye(4, dtype=own.dtype) - DISCOUNT * outcome[:, 1:]
    payoff = torch.tensor(PAYOFF, dtype=own.dtype).expand(len(own), 4)
    states = torch.linalg.solve(system, payoff)
    return (outcome[:, 0] * states).sum(-1)


def obvious_step(x1, x2):
    x1, x2 = x1.requires_grad_(), x2.requires_grad_()
    (naive1,) = torch.autograd.grad(value(x1, x2).sum(), x1, create_graph=True)
    (naive2,) = torch.autograd.grad(value(x2, x1).sum(), x2, create_graph=True)
    (ahead1,) = torch.autograd.grad(value(x1, x2 + ALPHA * naive2).sum(), x1, retain_graph=True)
    (ahead2,) = torch.autograd.grad(value(x2, x1 + ALPHA * naive1).sum(), x2)
    return x1.detach() + ETA * ahead1, x2.detach() + ETA * ahead2


def outcomes(own, other, join):
    """Chances of cooperation p, q, of their opposites, and of the four outcomes, for own and other [5, N]."""
    p = torch.sigmoid(own)
    q = torch.sigmoid(other.index_select(0, MIRROR))
    np, nq = 1 - p, 1 - q
    return p, np, q, nq, join((p * q, p * nq, np * q, np * nq))


def factorise(outcome):
    """L U of I - discount P without pivoting (it is diagonally dominant): multipliers, U, reciprocal pivots."""
    m = [[-DISCOUNT * outcome[col][row + 1] for col in range(4)] for row in range(4)]
    for i in range(4):
        m[i][i] = m[i][i] + 1
    reciprocal = []
    for k in range(4):
        reciprocal.append(m[k][k].reciprocal())
        for i in range(k + 1, 4):
            m[i][k] = m[i][k] * reciprocal[k]
            for j in range(k + 1, 4):
                m[i][j] = torch.addcmul(m[i][j], m[i][k], m[k][j], value=-1)
    return m, reciprocal


def state_values(m, reciprocal):
    """w = (I - discount P)^-1 payoff."""
    w = list(PAYOFF)
    for i in range(1, 4):
        for j in range(i):
            w[i] = w[i] - m[i][j] * w[j]
    for i in (3, 2, 1, 0):
        for j in range(i + 1, 4):
            w[i] = w[i] - m[i][j] * w[j]
        w[i] = w[i] * reciprocal[i]
    return w


def visits(m, reciprocal, start):
    """mu with mu' (I - discount P) = start': expected discounted visits of the four states."""
    mu = list(start)
    for j in range(4):
        for i in range(j):
            mu[j] = mu[j] - m[i][j] * mu[i]
        mu[j] = mu[j] * reciprocal[j]
    for j in (2, 1, 0):
        for i in range(j + 1, 4):
            mu[j] = mu[j] - m[i][j] * mu[i]
    return mu


def unrolled_value(own, other, join):
    outcome = outcomes(own, other, join)[-1]
    w = state_values(*factorise(outcome))
    return outcome[0][0] * w[0] + outcome[1][0] * w[1] + outcome[2][0] * w[2] + outcome[3][0] * w[3]


def unrolled_naive(own, other, join):
    """d value(own, other) / d own = visits x d outcome / d p . w x p (1 - p), for all states at once."""
    p, np, q, nq, outcome = outcomes(own, other, join)
    m, reciprocal = factorise(outcome)
    w = state_values(m, reciprocal)
    mu = visits(m, reciprocal, [o[0] for o in outcome])
    weight = torch.cat([torch.ones_like(mu[0])[None], DISCOUNT * torch.stack(mu)])
    return weight * (q * (w[0] - w[2]) + nq * (w[1] - w[3])) * p * np


def unrolled_step(own, other, join):
    """own [5, 2B] holds both players' logits, other the same with the players' places exchanged."""
    leaf = own.requires_grad_()
    foreseen = other + ALPHA * unrolled_naive(other, leaf, join)
    (direction,) = torch.autograd.grad(unrolled_value(leaf, foreseen, join).sum(), leaf)
    moved = own.detach() + ETA * direction
    batch = moved.shape[1] // 2
    return moved, torch.cat([moved[:, batch:], moved[:, :batch]], dim=1)


def build(variant, case, inputs):
    dtype = getattr(torch, case["precision"])
    x1, x2 = (torch.tensor(x, dtype=dtype).reshape(case["batch"], 5) for x in inputs)
    if variant == "obvious":
        step, start = obvious_step, (x1, x2)
        players = lambda state: state
    else:
        join = {"unrolled": torch.stack, "tuned": tuple}[variant]
        step = lambda own, other: unrolled_step(own, other, join)
        start = (torch.cat([x1, x2]).t().contiguous(), torch.cat([x2, x1]).t().contiguous())
        players = lambda state: (state[0][:, : case["batch"]].t(), state[0][:, case["batch"] :].t())

    def advance(steps):
        state = tuple(x.detach().clone() for x in start)
        for _ in range(steps):
            state = step(*state)
        return state

    return {
        "steps": case["callSteps"],
        "run": lambda: advance(case["callSteps"]),
        "once": lambda: advance(1),
        "outputs": lambda state: [x.reshape(-1).tolist() for x in players(state)],
    }


protocol.serve(
    {
        "versions": {"torch": torch.__version__, "python (torch)": platform.python_version()},
        "variants": [{"name": name, "compiled": False} for name in ("obvious", "unrolled", "tuned")],
    },
    build,
)
