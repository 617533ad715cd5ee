"""Networks in JAX: training steps, recurrent gradients, a matrix product, convolutions, a call.

One jit call a step; the recurrence is a lax.scan, Adam is written out.
"""

import protocol
from jax_cpu import VERSIONS, jax, jnp

RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def error(parameters, x, y):
    w1, b1, w2, b2, w3, b3 = parameters
    hidden = jnp.tanh(jnp.tanh(x @ w1 + b1) @ w2 + b2)
    return jnp.mean((hidden @ w3 + b3 - y) ** 2)


def policy_loss(parameters, seen, actions, advantages):
    w1, b1, w2, b2, w3, b3 = parameters
    hidden = jnp.tanh(jnp.tanh(seen @ w1 + b1) @ w2 + b2)
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(hidden @ w3 + b3) * actions, axis=1) * advantages)


def adam_step(loss_of):
    @jax.jit
    def training_step(state, *data):
        _, parameters, first, second, t = state
        loss, gradients = jax.value_and_grad(loss_of)(parameters, *data)
        t = t + 1
        first = [BETA1 * m + (1 - BETA1) * g for m, g in zip(first, gradients)]
        second = [BETA2 * v + (1 - BETA2) * g * g for v, g in zip(second, gradients)]
        mean = lambda m: m / (1 - BETA1**t)
        scale = lambda v: jnp.sqrt(v / (1 - BETA2**t)) + EPSILON
        moved = [p - RATE * mean(m) / scale(v) for p, m, v in zip(parameters, first, second)]
        return loss, moved, first, second, t

    return training_step


def log_probability(parameters, seen, actions, start):
    wx, wh, bx, bh, w, b = parameters

    def step(h, inputs):
        x, action = inputs
        xr, xz, xn = jnp.split(x @ wx + bx, 3, axis=1)
        hr, hz, hn = jnp.split(h @ wh + bh, 3, axis=1)
        z = jax.nn.sigmoid(xz + hz)
        n = jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn)
        h = (1 - z) * n + z * h
        return h, jnp.sum(jax.nn.log_softmax(h @ w + b) * action)

    return jnp.sum(jax.lax.scan(step, start, (seen, actions))[1])


@jax.jit
def policy_gradient(seen, actions, start, *parameters):
    total, gradients = jax.value_and_grad(log_probability)(parameters, seen, actions, start)
    return total, *gradients


def sequence_loss(parameters, xs, classes, readout):
    wx, wh, b = parameters

    def step(state, x):
        h, c = state
        i, f, g, o = jnp.split(x + h @ wh, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zeros = jnp.zeros((xs.shape[1], wh.shape[0]))
    hiddens = jax.lax.scan(step, (zeros, zeros), xs @ wx + b)[1]
    return -jnp.sum(jax.nn.log_softmax(hiddens @ readout) * classes) / xs.shape[1]


@jax.jit
def sequence_gradient(xs, classes, readout, *parameters):
    total, gradients = jax.value_and_grad(sequence_loss)(parameters, xs, classes, readout)
    return total, *gradients


@jax.jit
def multiply_add(a, b):
    return (a * b + 1,)


@jax.jit
def product(a, b):
    return (a @ b,)


def convolve(x, w):
    return jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


@jax.jit
def convolution(x, w):
    return (convolve(x, w),)


@jax.jit
def convolution_gradients(x, w, cotangent):
    y, pullback = jax.vjp(convolve, x, w)
    return y, *pullback(cotangent)


TRAINING = {"W2": (error, 2), "policy gradient": (policy_loss, 3)}
CALLS = {
    "W3": policy_gradient,
    "W4": product,
    "W5": convolution,
    "W5 gradients": convolution_gradients,
    "LSTM": sequence_gradient,
    "call": multiply_add,
}


def build(_variant, case, inputs):
    arrays = [jnp.array(x, dtype="float32").reshape(s) for x, s in zip(inputs, protocol.shapes(case))]
    steps = case["callSteps"]
    if case["workload"] in TRAINING:
        loss_of, parts = TRAINING[case["workload"]]
        data, parameters = arrays[:parts], arrays[parts:]
        training_step = adam_step(loss_of)
        zeros = [jnp.zeros_like(p) for p in parameters]

        def advance(count):
            state = jnp.float32(0), parameters, zeros, zeros, jnp.float32(0)
            for _ in range(count):
                state = training_step(state, *data)
            return jax.block_until_ready((state[0], *state[1]))

    else:
        call = CALLS[case["workload"]]

        def advance(count):
            for _ in range(count):
                result = call(*arrays)
            return jax.block_until_ready(result)

    outputs = lambda results: [x.reshape(-1).tolist() for x in results]
    return {"steps": steps, "run": lambda: advance(steps), "once": lambda: advance(1), "outputs": outputs}


protocol.serve(
    {
        "versions": VERSIONS,
        "variants": [{"name": "call", "compiled": True}],
    },
    build,
)
