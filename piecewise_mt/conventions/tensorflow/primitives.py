"""The table of TensorFlow's primitives, with examples on which tests compare them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from piecewise_mt.conventions.base import Primitive, table
from piecewise_mt.conventions.tensorflow import functions


def _batched(function: Any) -> Any:
    return lambda x, **kwargs: function(x[None], **kwargs)[0]


_T = "tensorflow:"
_AVERAGE = "1/k each on k tied"
PRIMITIVES: Mapping[str, Primitive] = table(
    [
        Primitive("relu", _T + "nn.relu", functions.relu, ((2,),), "0 at 0"),
        Primitive("relu6", _T + "nn.relu6", functions.relu6, ((2,),), "0 at the edges"),
        Primitive(
            "leaky_relu",
            _T + "nn.leaky_relu",
            functions.leaky_relu,
            ((2,),),
            "alpha at 0",
            {"alpha": Fraction(1, 4)},
        ),
        Primitive(
            "hard_sigmoid",
            _T + "keras.activations.hard_sigmoid",
            functions.hard_sigmoid,
            ((1,),),
            "0 at the edges",
        ),
        Primitive(
            "hard_tanh",
            _T + "keras.activations.hard_tanh",
            functions.hard_tanh,
            ((1,),),
            "1 at the edges",
        ),
        Primitive(
            "soft_shrink",
            _T + "keras.activations.soft_shrink",
            functions.soft_shrink,
            ((1,),),
            "0 at the edges",
        ),
        Primitive("abs", _T + "abs", functions.abs, ((2,),), "0 at 0"),
        Primitive("maximum", _T + "maximum", functions.maximum, ((), ()), "x"),
        Primitive("minimum", _T + "minimum", functions.minimum, ((2,), ()), "x"),
        Primitive("reduce_max", _T + "reduce_max", functions.reduce_max, ((4,),), _AVERAGE),
        Primitive(
            "reduce_min",
            _T + "reduce_min",
            functions.reduce_min,
            ((2, 2),),
            _AVERAGE,
            {"axis": 1, "keepdims": True},
        ),
        Primitive(
            "clip_by_value",
            _T + "clip_by_value",
            functions.clip_by_value,
            ((2,),),
            "1 at the bounds",
            {"clip_value_min": -1, "clip_value_max": 1},
        ),
        Primitive(
            "clip_by_value_tensors",
            _T + "clip_by_value",
            functions.clip_by_value,
            ((), (), ()),
            "t, then the upper bound",
        ),
        Primitive("sort", _T + "sort", functions.sort, ((3,),), "stable"),
        Primitive(
            "sort_descending",
            _T + "sort",
            functions.sort,
            ((3,),),
            "stable",
            {"direction": "DESCENDING"},
        ),
        Primitive(
            "top_k",
            _T + "math.top_k",
            functions.top_k,
            ((3,),),
            "stable",
            {"k": 2},
            lambda top: lambda x, k: top(x, k)[0],
        ),
        Primitive(
            "norm_inf",
            _T + "norm",
            functions.norm,
            ((2,),),
            "1/k each on k tied, sign 0 at 0",
            {"ord": float("inf")},
        ),
        Primitive("norm_1", _T + "norm", functions.norm, ((2,),), "sign 0 at 0", {"ord": 1}),
        Primitive(
            "max_pool1d",
            _T + "nn.max_pool1d",
            functions.max_pool1d,
            ((4, 1),),
            "first in row-major order",
            {"ksize": 3, "strides": 2, "padding": "SAME"},
            _batched,
        ),
        Primitive(
            "max_pool2d",
            _T + "nn.max_pool2d",
            functions.max_pool2d,
            ((2, 2, 1),),
            "first in row-major order",
            {"ksize": 2, "strides": 1, "padding": "VALID"},
            _batched,
        ),
    ]
)
