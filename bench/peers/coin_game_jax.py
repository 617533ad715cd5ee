"""The coin game of POLA in JAX: a batch of episodes with given actions, one lax.scan inside jit, vmapped.

The rules and the use of random words are those of @descant/envs, so that everybody plays the same episodes:
e = fold_in(key(seed), 0); the beginning draws bits(fold_in(e, 0), 4), step t the word bits(fold_in(e, t), 1).
"""

import protocol
from jax_cpu import VERSIONS, jax, jnp

jax.config.update("jax_threefry_partitionable", True)

MOVES = jnp.array([[0, 1], [0, -1], [1, 0], [-1, 0]])
COMPARED = 16


def move(cell, action):
    row, column = (cell // 3 + MOVES[action, 0]) % 3, (cell % 3 + MOVES[action, 1]) % 3
    return 3 * row + column


def free_cell(word, red, blue):
    apart = (red != blue).astype(jnp.int32)
    cell = (word % (8 - apart).astype(jnp.uint32)).astype(jnp.int32)
    cell += cell >= jnp.minimum(red, blue)
    return cell + apart * (cell >= jnp.maximum(red, blue))


def reset(key):
    words = jax.random.bits(key, (4,))
    red, blue = (words[:2] % 9).astype(jnp.int32)
    return red, blue, free_cell(words[2], red, blue), (words[3] % 2).astype(jnp.int32)


def step(state, actions, key):
    red, blue, coin, is_red = state
    red, blue = move(red, actions[0]), move(blue, actions[1])
    red_takes, blue_takes = (red == coin).astype(jnp.int32), (blue == coin).astype(jnp.int32)
    rewards = jnp.stack([red_takes - 2 * is_red * blue_takes, blue_takes - 2 * (1 - is_red) * red_takes])
    taken = (red_takes + blue_takes) > 0
    coin = jnp.where(taken, free_cell(jax.random.bits(key, (1,))[0], red, blue), coin)
    return (red, blue, coin, jnp.where(taken, 1 - is_red, is_red)), rewards.astype(jnp.float32)


def observe(state):
    red, blue, coin, is_red = state
    plane = lambda cell: (jnp.arange(9) == cell).astype(jnp.float32)
    seen = jnp.concatenate([plane(red), plane(blue), plane(coin) * is_red, plane(coin) * (1 - is_red)])
    return jnp.stack([seen, seen])


def play(keep):
    def one(key, actions):
        episode = jax.random.fold_in(key, 0)

        def body(carry, x):
            state, returns, total = carry
            chosen, t = x
            state, rewards = step(state, chosen, jax.random.fold_in(episode, t))
            seen = observe(state)
            return (state, returns + rewards, total if keep else total + seen), seen if keep else None

        start = (reset(jax.random.fold_in(episode, 0)), jnp.zeros(2), jnp.zeros((2, 36)))
        times = jnp.arange(1, len(actions) + 1)
        (_, returns, total), seen = jax.lax.scan(body, start, (actions, times))
        return returns, seen if keep else total

    return jax.jit(jax.vmap(one))


def build(variant, case, inputs):
    batch, steps = case["batch"], case["steps"]
    keep = variant.endswith("kept")
    actions = jnp.array(inputs[0], dtype=jnp.int32).reshape(steps, batch, 2).swapaxes(0, 1)
    keys = jnp.stack([jnp.zeros(batch, jnp.uint32), jnp.arange(batch, dtype=jnp.uint32)], axis=1)
    compiled, first = play(keep), jnp.copy(actions[:, :1])

    def outputs(state):
        returns, seen = state
        some = seen[:COMPARED]
        return [returns.reshape(-1).tolist(), (some.sum(axis=1) if keep else some).reshape(-1).tolist()]

    run = lambda: jax.block_until_ready(compiled(keys, actions))
    return {"steps": 2 * batch * steps, "run": run, "once": lambda: compiled(keys, first), "outputs": outputs}


protocol.serve(
    {
        "versions": VERSIONS,
        "variants": [
            {"name": f"compiled, observations {what}", "compiled": True} for what in ("kept", "summed")
        ],
    },
    build,
)
