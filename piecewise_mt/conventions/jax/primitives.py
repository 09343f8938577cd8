"""The table of JAX's primitives, with examples on which tests compare them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from piecewise_mt.conventions.base import Primitive, table
from piecewise_mt.conventions.jax import functions


def _windows(lax: Any) -> Any:
    def call(x: Any, window_dimensions: Any, window_strides: Any, padding: str) -> Any:
        return lax.reduce_window(
            x, -float("inf"), lax.max, window_dimensions, window_strides, padding
        )

    return call


_N = "jax.numpy:"
_NN = "jax.nn:"
_AVERAGE = "1/k each on k tied"
PRIMITIVES: Mapping[str, Primitive] = table(
    [
        Primitive("relu", _NN + "relu", functions.relu, ((2,),), "0 at 0"),
        Primitive("relu6", _NN + "relu6", functions.relu6, ((2,),), "0 at the edges"),
        Primitive("hard_tanh", _NN + "hard_tanh", functions.hard_tanh, ((2,),), "1 at the edges"),
        Primitive(
            "hard_sigmoid", _NN + "hard_sigmoid", functions.hard_sigmoid, ((1,),), "0 at the edges"
        ),
        Primitive(
            "leaky_relu",
            _NN + "leaky_relu",
            functions.leaky_relu,
            ((2,),),
            "1 at 0",
            {"negative_slope": Fraction(1, 4)},
        ),
        Primitive("abs", _N + "abs", functions.abs, ((2,),), "1 at 0"),
        Primitive("maximum", _N + "maximum", functions.maximum, ((), ()), _AVERAGE),
        Primitive("minimum", _N + "minimum", functions.minimum, ((2,), ()), _AVERAGE),
        Primitive("fmax", _N + "fmax", functions.fmax, ((), ()), "y"),
        Primitive("fmin", _N + "fmin", functions.fmin, ((), ()), "y"),
        Primitive("max", _N + "max", functions.max, ((4,),), _AVERAGE),
        Primitive(
            "max_axis",
            _N + "max",
            functions.max,
            ((2, 2),),
            _AVERAGE,
            {"axis": 1, "keepdims": True},
        ),
        Primitive("min", _N + "min", functions.min, ((3, 1),), _AVERAGE, {"axis": 0}),
        Primitive(
            "clip",
            _N + "clip",
            functions.clip,
            ((2,),),
            "1/2 at the bounds",
            {"min": -1, "max": Fraction(1, 2)},
        ),
        Primitive("clip_tensors", _N + "clip", functions.clip, ((), (), ()), "1/2 at each tie"),
        Primitive(
            "lax_clamp",
            "jax.lax:clamp",
            lambda x, min, max: functions.lax_clamp(min, x, max),
            ((2,),),
            "0 at the bounds",
            {"min": -1, "max": 1},
            lambda clamp: lambda x, min, max: clamp(float(min), x, float(max)),
        ),
        Primitive("sort", _N + "sort", functions.sort, ((4,),), "stable"),
        Primitive(
            "sort_descending",
            _N + "sort",
            functions.sort,
            ((3,),),
            "the stable order, reversed",
            {"descending": True},
        ),
        Primitive(
            "top_k",
            "jax.lax:top_k",
            functions.top_k,
            ((4,),),
            "stable",
            {"k": 2},
            lambda top: lambda x, k: top(x, k)[0],
        ),
        Primitive("median", _N + "median", functions.median, ((4,),), "stable"),
        Primitive("median_odd", _N + "median", functions.median, ((3,),), "stable"),
        Primitive(
            "norm_inf",
            "jax.numpy.linalg:norm",
            functions.norm,
            ((2,),),
            "1/k each on k tied, sign 1 at 0",
            {"ord": float("inf")},
        ),
        Primitive(
            "norm_1", "jax.numpy.linalg:norm", functions.norm, ((2,),), "sign 1 at 0", {"ord": 1}
        ),
        Primitive(
            "reduce_window_max",
            "jax.lax",
            functions.reduce_window_max,
            ((4,),),
            "first in row-major order",
            {"window_dimensions": (3,), "window_strides": (2,), "padding": "SAME"},
            _windows,
        ),
        Primitive(
            "reduce_window_max_2d",
            "jax.lax",
            functions.reduce_window_max,
            ((2, 2),),
            "first in row-major order",
            {"window_dimensions": (2, 2), "window_strides": (1, 1), "padding": "VALID"},
            _windows,
        ),
    ]
)
