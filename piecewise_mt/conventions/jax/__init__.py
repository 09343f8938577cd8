"""JAX's names, argument orders and tie rules; jax is not imported.

Observed: jax 0.10.2 on CPU, November 2026, in float64 and float32 alike, reverse and forward mode
(``jax.jacrev``, ``jax.jacfwd``), at ties that are exactly representable;
``tests/test_against_frameworks.py`` repeats it on every stratum of every entry of
:data:`PRIMITIVES` where jax is installed.
"""

from piecewise_mt.conventions.jax.functions import (
    abs,
    clip,
    fmax,
    fmin,
    hard_sigmoid,
    hard_tanh,
    lax_clamp,
    leaky_relu,
    max,
    maximum,
    median,
    min,
    minimum,
    norm,
    reduce_window_max,
    relu,
    relu6,
    sort,
    top_k,
)
from piecewise_mt.conventions.jax.primitives import PRIMITIVES
from piecewise_mt.functions.build.extrema import where

VERSION = "0.10.2"
"""The version of jax that was observed."""

__all__ = [
    "PRIMITIVES",
    "VERSION",
    "abs",
    "clip",
    "fmax",
    "fmin",
    "hard_sigmoid",
    "hard_tanh",
    "lax_clamp",
    "leaky_relu",
    "max",
    "maximum",
    "median",
    "min",
    "minimum",
    "norm",
    "reduce_window_max",
    "relu",
    "relu6",
    "sort",
    "top_k",
    "where",
]
