"""W1 in JAX: one simultaneous step of exact LOLA by both players of the Iterated Prisoner's Dilemma.

x_i <- x_i + eta d/dx_i f_i(x_i, x_j + alpha d/dx_j f_j(x)), with f_i the un-normalised discounted value.

Variants: solve     one pair of players with jnp.linalg.solve, a gradient through a gradient, vectorised by vmap
          unrolled  as one would tune it for XLA's CPU backend: both players stacked into one batch of twice the
                    size, logits [5, N], elimination of the 4 x 4 system written out over vectors of the batch
and of each: the steps in one lax.fori_loop inside jit (loop), or one jit call a step (call).
"""

import protocol
from jax_cpu import VERSIONS, jax, jnp

jax.config.update("jax_enable_x64", True)

DISCOUNT, ETA, ALPHA = 0.96, 0.1, 0.3
PAYOFF = [-1.0, -3.0, 0.0, -2.0]  # to oneself after (own, other) = CC, CD, DC, DD
MIRROR = [0, 1, 3, 2, 4]  # the other player's names for [start, CC, CD, DC, DD]


def value(own, other):
    """The value to the player with logits own [5] of playing against other [5]."""
    p = jax.nn.sigmoid(own)
    q = jax.nn.sigmoid(other[jnp.array(MIRROR)])
    outcome = jnp.stack([p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)], axis=-1)
    system = jnp.eye(4, dtype=own.dtype) - DISCOUNT * outcome[1:]
    return outcome[0] @ jnp.linalg.solve(system, jnp.array(PAYOFF, dtype=own.dtype))


def eliminate(m, x):
    """Gaussian elimination written out over nested lists; m is diagonally dominant, so no pivoting."""
    m, x, n = [list(row) for row in m], list(x), len(x)
    for k in range(n):
        reciprocal = 1 / m[k][k]
        for i in range(k + 1, n):
            factor = m[i][k] * reciprocal
            for j in range(k + 1, n):
                m[i][j] = m[i][j] - factor * m[k][j]
            x[i] = x[i] - factor * x[k]
    for i in reversed(range(n)):
        for j in range(i + 1, n):
            x[i] = x[i] - m[i][j] * x[j]
        x[i] = x[i] / m[i][i]
    return x


def total_value(own, other):
    """The same for own and other [5, N], summed over the batch."""
    p = jax.nn.sigmoid(own)
    q = jax.nn.sigmoid(other)
    pairs = [(p[state], q[mirrored]) for state, mirrored in enumerate(MIRROR)]
    start, *outcome = [(a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)) for a, b in pairs]
    system = [[float(i == j) - DISCOUNT * outcome[i][j] for j in range(4)] for i in range(4)]
    return sum(chance * worth for chance, worth in zip(start, eliminate(system, PAYOFF))).sum()


def direction(value, own, other):
    foreseen = lambda x: other + ALPHA * jax.grad(value)(other, x)
    return jax.grad(lambda x: value(x, foreseen(x)))(own)


def pair_step(x1, x2):
    return x1 + ETA * direction(value, x1, x2), x2 + ETA * direction(value, x2, x1)


def stacked_step(x1, x2):
    """x1 and x2 are [5, B]. Stacking both players in here keeps XLA from computing the step many times over."""
    own = jnp.concatenate([x1, x2], axis=1)
    moved = own + ETA * direction(total_value, own, jnp.concatenate([x2, x1], axis=1))
    return moved[:, : x1.shape[1]], moved[:, x1.shape[1] :]


def build(variant, case, inputs):
    x1, x2 = (jnp.array(x, dtype=case["precision"]).reshape(case["batch"], 5) for x in inputs)
    method, kind = variant.split(", ")
    if method == "solve":
        step, start, players = jax.vmap(pair_step), (x1, x2), lambda state: state
    else:
        step, start, players = stacked_step, (x1.T, x2.T), lambda state: (x.T for x in state)
    if kind == "loop":

        def advance(steps):
            return jax.jit(lambda *state: jax.lax.fori_loop(0, steps, lambda _, now: step(*now), state))

        steps, looped = case["loopSteps"], advance(case["loopSteps"])
        run, once = lambda: jax.block_until_ready(looped(*start)), lambda: advance(1)(*start)
    else:
        compiled = jax.jit(step)

        def run():
            state = start
            for _ in range(case["callSteps"]):
                state = compiled(*state)
            return jax.block_until_ready(state)

        steps, once = case["callSteps"], lambda: compiled(*start)
    outputs = lambda state: [x.reshape(-1).tolist() for x in players(state)]
    return {"steps": steps, "run": run, "once": once, "outputs": outputs}


protocol.serve(
    {
        "versions": VERSIONS,
        "variants": [
            {"name": name, "compiled": True}
            for name in ("solve, loop", "solve, call", "unrolled, loop", "unrolled, call")
        ],
    },
    build,
)
