"""ONNX's convolution, pooling, padding and normalisation."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from piecewise_mt.conventions import pytorch
from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, extrema, layers, pooling
from piecewise_mt.functions.build import convolution as convolutions
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant
from piecewise_mt.interop.onnx.moves import moved
from piecewise_mt.interop.torch.functions import mean_or_sum, per_sample


def convolution(
    context: Any, attributes: Any, x: Expression, weight: Any, bias: Any = None
) -> Expression:
    dims = _dims(x, "Conv", 2)
    before, after = _pads(attributes, x)
    if before != after:
        x, before = _padded(x, [0, 0, *before], [0, 0, *after], Fraction(0)), [0] * dims
    layer = convolutions.conv1d if dims == 1 else convolutions.conv2d
    steps, gaps = (_each(attributes, key, dims) for key in ("strides", "dilations"))
    groups = attributes.get("group", 1)
    return per_sample(layer, x, dims, weight, bias, steps, before, gaps, groups)


def max_pool(context: Any, attributes: Any, x: Expression) -> Expression:
    dims = _dims(x, "MaxPool", 3)
    layer = (pooling.maxpool1d, pooling.maxpool2d, pooling.maxpool3d)[dims - 1]
    steps, gaps = (_each(attributes, key, dims) for key in ("strides", "dilations"))
    ceil = bool(attributes.get("ceil_mode", 0))
    ties = "first" if context.ties is None else context.ties
    kernel, pads = list(attributes["kernel_shape"]), _equal_pads(attributes, x, "MaxPool")
    return per_sample(layer, x, dims, kernel, steps, pads, gaps, ceil, ties)


def average_pool(context: Any, attributes: Any, x: Expression) -> Expression:
    dims = _dims(x, "AveragePool", 2)
    if any(n != 1 for n in attributes.get("dilations", ())):
        raise Unsupported("expected AveragePool without dilations, got some; use a convolution")
    layer = pooling.avgpool1d if dims == 1 else pooling.avgpool2d
    kernel, pads = list(attributes["kernel_shape"]), _equal_pads(attributes, x, "AveragePool")
    ceil = bool(attributes.get("ceil_mode", 0))
    count = bool(attributes.get("count_include_pad", 0))
    return per_sample(layer, x, dims, kernel, _each(attributes, "strides", dims), pads, ceil, count)


def global_pool(name: str) -> Callable[..., Expression]:
    def handler(context: Any, attributes: Any, x: Expression) -> Expression:
        axes = tuple(range(2, x.ndim))
        if name == "mean":
            return mean_or_sum(x, axes, True, True)
        ties = "first" if context.ties is None else context.ties
        kept = (*x.shape[:2], *(1 for _ in axes))
        return extrema.max(x, axis=axes, ties=ties).reshape(kept)

    return handler


def batch_norm(
    context: Any, attributes: Any, x: Expression, scale: Any, shift: Any, mean: Any, var: Any
) -> Expression:
    if attributes.get("training_mode"):
        raise Unsupported("expected BatchNormalization in evaluation mode; export with eval()")
    parts = [arithmetic.constant_values(part) for part in (mean, var, scale, shift)]
    if None in parts:
        raise Unsupported("expected constant parameters of BatchNormalization; fix them")
    means, variances, factors, shifts = parts
    eps = attributes.get("epsilon", 9.999999747378752e-06)  # 1e-5 in float32
    own = pytorch.batch_norm_parameters(means, variances, factors, shifts, eps, context.dtype)
    return arithmetic.stack([layers.batch_norm(sample, *own) for sample in x])


def pad(
    context: Any,
    attributes: Any,
    x: Expression,
    pads: Any = None,
    fill: Any = None,
    axes: Any = None,
) -> Expression:
    if attributes.get("mode", "constant") != "constant":
        raise Unsupported(
            f"expected padding by a constant, got mode {attributes['mode']!r}; use Gather"
        )
    lengths = [int(n) for n in (attributes["pads"] if pads is None else pads)]
    chosen = range(x.ndim) if axes is None else [shapes.to_axis(int(a), x.ndim) for a in axes]
    value = context.scalar(attributes.get("value", 0.0)) if fill is None else _one(fill)
    before, after = [0] * x.ndim, [0] * x.ndim
    for k, axis in enumerate(chosen):
        before[axis], after[axis] = lengths[k], lengths[k + len(lengths) // 2]
    return _padded(x, before, after, value)


def _one(value: Any) -> Fraction:
    values = arithmetic.constant_values(arithmetic.as_expression(value))
    if values is None or len(values) != 1:
        raise Unsupported("expected one number to pad with, got another value; write a constant")
    return values[0]


def _padded(x: Expression, before: list[int], after: list[int], value: Any) -> Expression:
    import numpy

    lengths = [n + max(b, 0) + max(a, 0) for n, b, a in zip(x.shape, before, after, strict=True)]
    shapes.check_size(tuple(lengths))
    padding = [(max(b, 0), max(a, 0)) for b, a in zip(before, after, strict=True)]
    cut = tuple(
        slice(max(-b, 0), None if a >= 0 else a) for b, a in zip(before, after, strict=True)
    )
    flat = arithmetic.concat([x.reshape(-1), Constant([Fraction(value)], (1,))])

    def move(indices: Any) -> Any:
        own = indices[: x.size].reshape(x.shape)
        return numpy.pad(own, padding, constant_values=x.size)[cut]

    result: Expression = moved(flat, move)
    return result


def _dims(x: Expression, name: str, most: int) -> int:
    dims = x.ndim - 2
    if not 1 <= dims <= most:
        raise Unsupported(
            f"expected {name} along 1 to {most} axes, got {dims}; flatten some of them"
        )
    return dims


def _each(attributes: Any, key: str, dims: int) -> list[int]:
    return list(attributes.get(key, [1] * dims))


def _pads(attributes: Any, x: Expression) -> tuple[list[int], list[int]]:
    """Padding before and after along every axis."""
    dims = x.ndim - 2
    auto = attributes.get("auto_pad", "NOTSET")
    if auto not in ("NOTSET", "VALID"):
        raise Unsupported(f"expected pads in numbers, got auto_pad {auto!r}; write them out")
    pads = list(attributes.get("pads", [0] * (2 * dims))) if auto == "NOTSET" else [0] * (2 * dims)
    before, after = pads[:dims], pads[dims:]
    sums = zip(x.shape[2:], before, after, strict=True)
    shapes.check_size((*x.shape[:2], *(n + abs(b) + abs(a) for n, b, a in sums)))
    return before, after


def _equal_pads(attributes: Any, x: Expression, name: str) -> list[int]:
    shapes.check_size(tuple(attributes["kernel_shape"]))
    before, after = _pads(attributes, x)
    if before != after:
        raise Unsupported(
            f"expected equal padding on both sides for {name}, got {before} and {after}; use Pad"
        )
    return before
