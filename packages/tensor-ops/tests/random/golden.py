"""Writes golden.json: random numbers of JAX with the call that made each. Run with a Python that has jax:

    python golden.py > golden.json
"""

import json

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_threefry_partitionable", True)

CALLS = [
    "jax.random.key(0)",
    "jax.random.key(42)",
    "jax.random.key(2**32 + 5)",
    "jax.random.split(jax.random.key(0))",
    "jax.random.split(jax.random.key(42), 5)",
    "jax.random.split(jax.random.split(jax.random.key(7))[1], 3)",
    "jax.random.fold_in(jax.random.key(0), 0)",
    "jax.random.fold_in(jax.random.key(0), 7)",
    "jax.random.fold_in(jax.random.key(42), 4294967295)",
    "jax.random.uniform(jax.random.key(0), (), 'float32')",
    "jax.random.uniform(jax.random.key(0), (3, 5), 'float32')",
    "jax.random.uniform(jax.random.key(42), (7,), 'float32', minval=-2, maxval=3)",
    "jax.random.uniform(jax.random.key(0), (), 'float64')",
    "jax.random.uniform(jax.random.key(0), (3, 5), 'float64')",
    "jax.random.uniform(jax.random.key(42), (7,), 'float64', minval=-2, maxval=3)",
    "jax.random.normal(jax.random.key(0), (), 'float32')",
    "jax.random.normal(jax.random.key(1), (4, 6), 'float32')",
    "jax.random.normal(jax.random.key(0), (), 'float64')",
    "jax.random.normal(jax.random.key(1), (4, 6), 'float64')",
    "jax.random.bernoulli(jax.random.key(0), jnp.float32(0.3), (12,))",
    "jax.random.bernoulli(jax.random.key(5), jnp.array([0.1, 0.5, 0.9], 'float32'))",
    "jax.random.bernoulli(jax.random.key(5), jnp.array([0.1, 0.5, 0.9], 'float64'), (4, 3))",
    "jax.random.categorical(jax.random.key(0), jnp.array([0.1, 1.0, -0.5, 0.3], 'float32'))",
    "jax.random.categorical(jax.random.key(3), jnp.array([0.1, 1.0, -0.5], 'float32'), shape=(16,))",
    "jax.random.categorical(jax.random.key(3), jnp.array([[0.0, 1.0], [2.0, 0.0], [0.5, 0.4]], 'float64'))",
    "jax.random.categorical(jax.random.key(9), jnp.array([[0.0, 1.0], [2.0, 0.0]], 'float64'), shape=(6, 2))",
]


def plain(x):
    if jnp.issubdtype(x.dtype, jax.dtypes.prng_key):
        x = jax.random.key_data(x)
    x = np.asarray(x)
    kind = float if np.issubdtype(x.dtype, np.floating) else int
    return {"dtype": str(x.dtype), "shape": list(x.shape), "values": [kind(v) for v in x.ravel()]}


print(
    json.dumps(
        {
            "version": f"jax {jax.__version__}, jax_enable_x64=True, jax_threefry_partitionable=True",
            "results": {call: plain(eval(call)) for call in CALLS},
        },
        indent=2,
    )
)
