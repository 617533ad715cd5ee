"""Plays of the coin game by two GRU policies in PyTorch: a whole batch of episodes at a time, step by step."""

import os
import platform

import protocol

try:
    import torch
except ImportError:
    protocol.refuse("torch")

torch.set_num_threads(int(os.environ["DESCANT_BENCH_THREADS"]))
torch.set_grad_enabled(False)

MOVES = torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])


def move(cell, action):
    row, column = (cell // 3 + MOVES[action, 0]) % 3, (cell % 3 + MOVES[action, 1]) % 3
    return 3 * row + column


def free_cell(red, blue):
    """A cell without a player, for a batch."""
    apart = (red != blue).long()
    cell = (torch.rand(red.shape) * (8 - apart)).long()
    cell = cell + (cell >= torch.minimum(red, blue)).long()
    return cell + apart * (cell >= torch.maximum(red, blue)).long()


def reset(batch):
    red, blue = torch.randint(9, (2, batch))
    return red, blue, free_cell(red, blue), torch.randint(2, (batch,))


def step(state, actions):
    red, blue, coin, is_red = state
    red, blue = move(red, actions[:, 0]), move(blue, actions[:, 1])
    red_takes, blue_takes = (red == coin).long(), (blue == coin).long()
    rewards = torch.stack([red_takes - 2 * is_red * blue_takes, blue_takes - 2 * (1 - is_red) * red_takes], 1)
    taken = (red_takes + blue_takes) > 0
    coin = torch.where(taken, free_cell(red, blue), coin)
    return (red, blue, coin, torch.where(taken, 1 - is_red, is_red)), rewards.float()


def observe(state):
    red, blue, coin, is_red = state
    plane = lambda cell: torch.nn.functional.one_hot(cell, 9).float()
    colour, coins = is_red[:, None], plane(coin)
    return torch.cat([plane(red), plane(blue), coins * colour, coins * (1 - colour)], 1)


def advance(policy, h, x):
    wx, wh, bx, bh, w, b = policy
    xr, xz, xn = torch.addmm(bx, x, wx).chunk(3, 1)
    hr, hz, hn = torch.addmm(bh, h, wh).chunk(3, 1)
    z = torch.sigmoid(xz + hz)
    n = torch.tanh(xn + torch.sigmoid(xr + hr) * hn)
    h = (1 - z) * n + z * h
    return h, torch.addmm(b, h, w)


def play(policies, batch, steps, units):
    state, memories, moments = reset(batch), [torch.zeros(batch, units)] * 2, []
    for _ in range(steps):
        seen = observe(state)
        moved = [advance(p, h, seen) for p, h in zip(policies, memories)]
        memories = [h for h, _ in moved]
        logs = torch.log_softmax(torch.stack([l for _, l in moved], 1), 2)
        actions = torch.multinomial(logs.exp().view(-1, 4), 1).view(batch, 2)
        chosen = logs.gather(2, actions[..., None])[..., 0]
        state, rewards = step(state, actions)
        moments.append((torch.stack([seen, seen], 1), actions, chosen, rewards))
    return [torch.stack(kept) for kept in zip(*moments)]


def logits_on(policies, seen):
    outputs = []
    for policy in policies:
        h, logits = torch.zeros(seen.shape[1], policy[1].shape[0]), []
        for x in seen:
            h, l = advance(policy, h, x)
            logits.append(l)
        outputs.append(torch.stack(logits))
    return outputs


def build(variant, case, inputs):
    batch, steps, units = case["batch"], case["steps"], case["units"]
    shapes = [(36, 3 * units), (units, 3 * units), (3 * units,), (3 * units,), (units, 4), (4,)]
    arrays = [torch.tensor(v, dtype=torch.float32) for v in inputs]
    seen = arrays[0].reshape(-1, batch, 36)
    policies = [[a.reshape(s) for a, s in zip(arrays[1 + 6 * i : 7 + 6 * i], shapes)] for i in range(2)]

    def run():
        _, _, logs, rewards = play(policies, batch, steps, units)
        return [rewards.mean((0, 1)), logs.mean((0, 1))]

    return {
        "steps": 2 * batch * steps,
        "run": run,
        "once": lambda: logits_on(policies, seen),
        "outputs": lambda tensors: [t.reshape(-1).tolist() for t in tensors],
    }


protocol.serve(
    {
        "versions": {"torch": torch.__version__, "python (torch)": platform.python_version()},
        "variants": [{"name": "eager", "compiled": False}],
    },
    build,
)
