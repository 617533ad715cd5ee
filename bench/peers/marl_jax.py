"""Plays of the coin game by two GRU policies in JAX: one lax.scan inside jit over a whole batch of episodes.

The environment is that of coin_game_jax.py. Draws are JAX's own, with a key a step, as one would write it down.
"""

import protocol
from jax_cpu import VERSIONS, jax, jnp

MOVES = jnp.array([[0, 1], [0, -1], [1, 0], [-1, 0]])


def move(cell, action):
    row, column = (cell // 3 + MOVES[action, 0]) % 3, (cell % 3 + MOVES[action, 1]) % 3
    return 3 * row + column


def free_cell(key, red, blue):
    """A cell without a player, for a batch."""
    apart = (red != blue).astype(jnp.int32)
    cell = jax.random.randint(key, red.shape, 0, 8 - apart)
    cell += cell >= jnp.minimum(red, blue)
    return cell + apart * (cell >= jnp.maximum(red, blue))


def reset(key, batch):
    players, coin, colour = jax.random.split(key, 3)
    red, blue = jax.random.randint(players, (2, batch), 0, 9)
    return red, blue, free_cell(coin, red, blue), jax.random.randint(colour, (batch,), 0, 2)


def step(state, actions, key):
    red, blue, coin, is_red = state
    red, blue = move(red, actions[:, 0]), move(blue, actions[:, 1])
    red_takes, blue_takes = (red == coin).astype(jnp.int32), (blue == coin).astype(jnp.int32)
    rewards = jnp.stack([red_takes - 2 * is_red * blue_takes, blue_takes - 2 * (1 - is_red) * red_takes], 1)
    taken = (red_takes + blue_takes) > 0
    coin = jnp.where(taken, free_cell(key, red, blue), coin)
    return (red, blue, coin, jnp.where(taken, 1 - is_red, is_red)), rewards.astype(jnp.float32)


def observe(state):
    red, blue, coin, is_red = state
    plane = lambda cell: jax.nn.one_hot(cell, 9)
    colour = is_red[:, None]
    return jnp.concatenate([plane(red), plane(blue), plane(coin) * colour, plane(coin) * (1 - colour)], 1)


def advance(policy, h, x):
    wx, wh, bx, bh, w, b = policy
    xr, xz, xn = jnp.split(x @ wx + bx, 3, 1)
    hr, hz, hn = jnp.split(h @ wh + bh, 3, 1)
    z = jax.nn.sigmoid(xz + hz)
    n = jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn)
    h = (1 - z) * n + z * h
    return h, h @ w + b


def play(policies, key, batch, steps, units):
    def body(carry, key):
        state, memories = carry
        seen = observe(state)
        keys = jax.random.split(key, 3)
        moved = [advance(p, h, seen) for p, h in zip(policies, memories)]
        logits = jnp.stack([l for _, l in moved], 1)
        actions = jnp.stack([jax.random.categorical(k, l) for k, (_, l) in zip(keys, moved)], 1)
        logs = jnp.take_along_axis(jax.nn.log_softmax(logits), actions[..., None], 2)[..., 0]
        state, rewards = step(state, actions, keys[2])
        return (state, [h for h, _ in moved]), (jnp.stack([seen, seen], 1), actions, logs, rewards)

    start, key = jax.random.split(key)
    memories = [jnp.zeros((batch, units))] * 2
    return jax.lax.scan(body, (reset(start, batch), memories), jax.random.split(key, steps))[1]


def logits_on(policies, seen):
    def sequence(policy):
        body = lambda h, x: advance(policy, h, x)
        return jax.lax.scan(body, jnp.zeros((seen.shape[1], policy[1].shape[0])), seen)[1]

    return [sequence(policy) for policy in policies]


def build(variant, case, inputs):
    batch, steps, units = case["batch"], case["steps"], case["units"]
    shapes = [(36, 3 * units), (units, 3 * units), (3 * units,), (3 * units,), (units, 4), (4,)]
    arrays = [jnp.array(v, dtype=jnp.float32) for v in inputs]
    seen = arrays[0].reshape(-1, batch, 36)
    policies = [[a.reshape(s) for a, s in zip(arrays[1 + 6 * i : 7 + 6 * i], shapes)] for i in range(2)]
    compiled = jax.jit(lambda key: play(policies, key, batch, steps, units))
    state = {"key": jax.random.key(0)}

    def run():
        state["key"], key = jax.random.split(state["key"])
        _, _, logs, rewards = jax.block_until_ready(compiled(key))
        return [rewards.mean((0, 1)), logs.mean((0, 1))]

    return {
        "steps": 2 * batch * steps,
        "run": run,
        "once": lambda: jax.jit(lambda: logits_on(policies, seen))(),
        "outputs": lambda arrays: [a.reshape(-1).tolist() for a in arrays],
    }


protocol.serve(
    {
        "versions": VERSIONS,
        "variants": [{"name": "compiled", "compiled": True}],
    },
    build,
)
