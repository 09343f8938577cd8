"""The table of PyTorch's primitives, with examples on which tests compare them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from piecewise_mt.conventions.base import Primitive, table
from piecewise_mt.conventions.pytorch import activations, layers, normalisation, reductions

_F = "torch.nn.functional:"
_FLAT = "0 at the edges"
_FIRST = "first in row-major order"
_AVERAGE = "1/k each on k tied"


def _named(index: int) -> Any:
    """The values of a pair (values, indices)."""
    return lambda function: lambda *args, **kwargs: function(*args, **kwargs)[index]


def _target_tensor(function: Any) -> Any:
    """The loss with its target as a tensor of integers."""

    def call(x: Any, target: int, **kwargs: Any) -> Any:
        return function(x, x.new_tensor(target).long(), **kwargs)

    return call


PRIMITIVES: Mapping[str, Primitive] = table(
    [
        Primitive("relu", "torch:relu", activations.relu, ((2,),), "0 at 0"),
        Primitive("relu6", _F + "relu6", activations.relu6, ((2,),), _FLAT),
        Primitive(
            "hardtanh", _F + "hardtanh", activations.hardtanh, ((2,),), _FLAT,
            {"min_val": Fraction(-1, 2), "max_val": 1},
        ),
        Primitive("hardsigmoid", _F + "hardsigmoid", activations.hardsigmoid, ((1,),), _FLAT),
        Primitive("softshrink", _F + "softshrink", activations.softshrink, ((2,),), _FLAT),
        Primitive(
            "leaky_relu", _F + "leaky_relu", activations.leaky_relu, ((2,),), "the slope at 0",
            {"negative_slope": Fraction(1, 4)},
        ),
        Primitive(
            "prelu", _F + "prelu", activations.prelu, ((2, 1),),
            "the weight at 0; in forward mode 1", {"weight": [Fraction(1, 4), 2]}, has_modes=True,
            adapter=lambda function: lambda x, weight: function(x[None], weight)[0]
        ),
        Primitive("abs", "torch:abs", activations.abs, ((2,),), "0 at 0"),
        Primitive(
            "clamp", "torch:clamp", activations.clamp, ((2,),), "1 at the bounds",
            {"min": -1, "max": Fraction(3, 2)},
        ),
        Primitive(
            "clamp_min", "torch:clamp", activations.clamp, ((2,),), "1 at the bound", {"min": 0}
        ),
        Primitive(
            "clamp_max", "torch:clamp", activations.clamp, ((2,),), "1 at the bound", {"max": 0}
        ),
        Primitive(
            "clamp_tensors", "torch:clamp", activations.clamp, ((), (), ()),
            "x, then min, then max", exceptions=("x < y = z",),
        ),
        Primitive(
            "clamp_min_tensor", "torch:clamp", activations.clamp, ((), ()),
            "x; in forward mode the bound", has_modes=True,
        ),
        Primitive("maximum", "torch:maximum", activations.maximum, ((), ()), _AVERAGE),
        Primitive("minimum", "torch:minimum", activations.minimum, ((2,), ()), _AVERAGE),
        Primitive(
            "fmax", "torch:fmax", activations.fmax, ((), ()), "x; in forward mode y",
            has_modes=True,
        ),
        Primitive("fmin", "torch:fmin", activations.fmin, ((), ()), "x"),
        Primitive("max", "torch:max", reductions.max, ((4,),), _AVERAGE),
        Primitive("min", "torch:min", reductions.min, ((2, 2),), _AVERAGE),
        Primitive("amax", "torch:amax", reductions.amax, ((3, 1),), _AVERAGE, {"dim": 0}),
        Primitive(
            "amin", "torch:amin", reductions.amin, ((1, 3),), _AVERAGE,
            {"dim": (0, 1), "keepdim": True},
        ),
        Primitive(
            "max_dim", "torch:max", reductions.max_dim, ((2, 2),), "the first",
            {"dim": 1, "keepdim": True}, _named(0),
        ),
        Primitive(
            "min_dim", "torch:min", reductions.min_dim, ((3,),), "the first", {"dim": -1},
            _named(0),
        ),
        Primitive(
            "cummax", "torch:cummax", reductions.cummax, ((4,),), "the last", {"dim": 0}, _named(0)
        ),
        Primitive(
            "cummin", "torch:cummin", reductions.cummin, ((3, 1),), "the last", {"dim": 0},
            _named(0),
        ),
        Primitive(
            "sort", "torch:sort", reductions.sort, ((4,),), "stable, up to 16 entries", {},
            _named(0),
        ),
        Primitive(
            "sort_descending", "torch:sort", reductions.sort, ((2, 2),),
            "stable, up to 16 entries", {"dim": 0, "descending": True}, _named(0),
        ),
        Primitive("median", "torch:median", reductions.median, ((4,),), _AVERAGE),
        Primitive(
            "vector_norm_inf", "torch.linalg:vector_norm", reductions.vector_norm, ((2,),),
            "1/k each on k tied, sign 0 at 0", {"ord": float("inf")},
        ),
        Primitive(
            "vector_norm_minus_inf", "torch.linalg:vector_norm", reductions.vector_norm, ((2,),),
            "1/k each on k tied, sign 0 at 0", {"ord": float("-inf")},
        ),
        Primitive(
            "vector_norm_1", "torch.linalg:vector_norm", reductions.vector_norm, ((2,),),
            "sign 0 at 0", {"ord": 1},
        ),
        Primitive(
            "max_pool1d", _F + "max_pool1d", layers.max_pool1d, ((1, 4),), _FIRST,
            {"kernel_size": 3, "stride": 2, "padding": 1},
        ),
        Primitive(
            "max_pool1d_dilated", _F + "max_pool1d", layers.max_pool1d, ((1, 5),), _FIRST,
            {"kernel_size": 2, "stride": 2, "dilation": 2, "ceil_mode": True},
        ),
        Primitive(
            "max_pool2d", _F + "max_pool2d", layers.max_pool2d, ((1, 2, 2),), _FIRST,
            {"kernel_size": 2},
        ),
        Primitive(
            "max_pool2d_padded", _F + "max_pool2d", layers.max_pool2d, ((1, 2, 2),), _FIRST,
            {"kernel_size": (2, 3), "stride": (1, 2), "padding": (0, 1), "ceil_mode": True},
        ),
        Primitive(
            "max_pool3d", _F + "max_pool3d", layers.max_pool3d, ((1, 2, 1, 2),), _FIRST,
            {"kernel_size": (2, 1, 2)},
        ),
        Primitive(
            "adaptive_max_pool1d", _F + "adaptive_max_pool1d", layers.adaptive_max_pool1d,
            ((1, 4),), _FIRST, {"output_size": 3},
        ),
        Primitive(
            "adaptive_max_pool2d", _F + "adaptive_max_pool2d", layers.adaptive_max_pool2d,
            ((1, 2, 2),), _FIRST, {"output_size": (1, 1)},
        ),
        Primitive(
            "avg_pool1d", _F + "avg_pool1d", layers.avg_pool1d, ((1, 4),), "no tie",
            {"kernel_size": 2, "padding": 1},
        ),
        Primitive(
            "avg_pool2d", _F + "avg_pool2d", layers.avg_pool2d, ((1, 2, 3),), "no tie",
            {"kernel_size": 2, "stride": 1, "ceil_mode": True},
        ),
        Primitive(
            "linear", _F + "linear", layers.linear, ((2,),), "no tie",
            {"weight": [[1, -2], [0, 3]], "bias": [1, 0]},
        ),
        Primitive(
            "conv1d", _F + "conv1d", layers.conv1d, ((2, 3),), "no tie",
            {"weight": [[[1, -1]], [[2, 0]]], "bias": [1, -1], "padding": 1, "groups": 2},
        ),
        Primitive(
            "conv2d", _F + "conv2d", layers.conv2d, ((1, 3, 3),), "no tie",
            {"weight": [[[[1, -1], [0, 2]]]], "stride": 2, "padding": 1, "dilation": 2},
        ),
        Primitive(
            "batch_norm", _F + "batch_norm", normalisation.batch_norm, ((2, 1),), "no tie",
            {
                "running_mean": [1, Fraction(1, 2)], "running_var": [4, Fraction(1, 4)],
                "weight": [2, 1], "bias": [0, 1], "eps": 0, "dtype": "float64",
            },
            lambda function: lambda x, dtype, **kwargs: function(x[None], **kwargs)[0],
        ),
        Primitive("flatten", "torch:flatten", layers.flatten, ((1, 2, 2),), "no tie"),
        Primitive(
            "dropout", _F + "dropout", layers.dropout, ((2,),), "no tie", {},
            lambda function: lambda x: function(x, training=False),
        ),
        Primitive(
            "hinge_embedding_loss", _F + "hinge_embedding_loss", layers.hinge_embedding_loss,
            ((2,),), "the active side", {"y": [1, -1], "reduction": "sum"},
            lambda function: lambda x, y, **kwargs: function(x, y, **kwargs),
        ),
        Primitive(
            "margin_ranking_loss", _F + "margin_ranking_loss", layers.margin_ranking_loss,
            ((2,), (2,)), "the active side", {"y": [1, -1], "margin": 1},
            lambda function: lambda a, b, y, **kwargs: function(a, b, y, **kwargs),
        ),
        Primitive(
            "multi_margin_loss", _F + "multi_margin_loss", layers.multi_margin_loss, ((4,),),
            "0 at the edge", {"target": 1}, _target_tensor, has_forward=False,
        ),
        Primitive("l1_loss", _F + "l1_loss", layers.l1_loss, ((2,), (2,)), "0 where x = y"),
    ]
)  # fmt: skip
