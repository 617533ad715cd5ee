"""JAX on the processor with as many threads as the bench says, and the versions to report."""

import os
import platform

import protocol

# XLA sizes its pool by the processors that the process may use when it starts.
threads = int(os.environ["DESCANT_BENCH_THREADS"])
if hasattr(os, "sched_setaffinity"):
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[-threads:])

try:
    import jax
except ImportError:
    protocol.refuse("jax")

import jax.numpy as jnp
import jaxlib

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_cpu_enable_async_dispatch", False)
jax.devices()
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, allowed)

VERSIONS = {"jax": jax.__version__, "jaxlib": jaxlib.__version__, "python (jax)": platform.python_version()}
