"""TensorFlow's names, argument orders and tie rules; tensorflow is not imported.

Observed: tensorflow 2.21.0 on CPU, November 2026, in float64 and float32 alike, reverse mode
(``tf.GradientTape``), at ties that are exactly representable;
``tests/test_against_frameworks.py`` repeats it on every stratum of every entry of
:data:`PRIMITIVES` where tensorflow is installed.
"""

from piecewise_mt.conventions.tensorflow.functions import (
    abs,
    clip_by_value,
    hard_sigmoid,
    hard_tanh,
    leaky_relu,
    max_pool1d,
    max_pool2d,
    maximum,
    minimum,
    norm,
    reduce_max,
    reduce_min,
    relu,
    relu6,
    soft_shrink,
    sort,
    top_k,
)
from piecewise_mt.conventions.tensorflow.primitives import PRIMITIVES
from piecewise_mt.functions.build.extrema import where

VERSION = "2.21.0"
"""The version of tensorflow that was observed."""

__all__ = [
    "PRIMITIVES",
    "VERSION",
    "abs",
    "clip_by_value",
    "hard_sigmoid",
    "hard_tanh",
    "leaky_relu",
    "max_pool1d",
    "max_pool2d",
    "maximum",
    "minimum",
    "norm",
    "reduce_max",
    "reduce_min",
    "relu",
    "relu6",
    "soft_shrink",
    "sort",
    "top_k",
    "where",
]
