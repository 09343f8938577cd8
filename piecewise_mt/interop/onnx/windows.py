"""Windows with ONNX's padding, and the poolings over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, TypeAlias

from piecewise_mt.errors import ShapeError, Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, extrema
from piecewise_mt.functions.build.windows import window_max
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear
from piecewise_mt.interop.onnx.reductions import sums

Tap: TypeAlias = tuple[int, int]
"""A place in the kernel and the position in the input that it meets, along one axis."""
Pads: TypeAlias = tuple[int, int]
"""The lengths of the padding before and after along one axis."""


def each(attributes: Any, key: str, dims: int) -> list[int]:
    """One number for each axis, 1 by default."""
    given = [int(n) for n in attributes.get(key, [1] * dims)]
    if len(given) != dims or any(n < 1 for n in given):
        raise ShapeError(f"expected {dims} {key}, each at least 1, got {given}; write one an axis")
    return given


def padding(
    attributes: Any,
    lengths: Sequence[int],
    kernels: Sequence[int],
    steps: Sequence[int],
    gaps: Sequence[int],
) -> list[Pads]:
    """The padding along every axis, from ``pads`` or as ``auto_pad`` says."""
    dims = len(lengths)
    auto = attributes.get("auto_pad", "NOTSET")
    shapes.check_size(tuple(kernels))
    if auto == "NOTSET":
        pads = [int(n) for n in attributes.get("pads", [0] * (2 * dims))]
        if len(pads) != 2 * dims:
            raise ShapeError(f"expected {2 * dims} pads, got {pads}; write two an axis")
        found = list(zip(pads[:dims], pads[dims:], strict=True))
        shapes.check_size(tuple(n + abs(b) + abs(a) for n, (b, a) in zip(lengths, found)))
        return found
    if auto == "VALID":
        return [(0, 0)] * dims
    if auto not in ("SAME_UPPER", "SAME_LOWER"):
        raise Unsupported(
            f"expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got {auto!r}; write pads"
        )
    result = []
    for n, k, s, d in zip(lengths, kernels, steps, gaps, strict=True):
        count = -(-n // s)
        total = max((count - 1) * s + d * (k - 1) + 1 - n, 0)
        less, more = total // 2, total - total // 2
        result.append((less, more) if auto == "SAME_UPPER" else (more, less))
    return result


def spans(
    length: int, kernel: int, step: int, gap: int, pads: Pads, ceil_mode: bool = False
) -> list[list[Tap]]:
    """For each window along one axis, the taps that are outside the padding."""
    room = length + sum(pads) - gap * (kernel - 1) - 1
    count = (room + (step - 1 if ceil_mode else 0)) // step + 1
    if ceil_mode and count > 1 and (count - 1) * step >= length + pads[0]:
        count -= 1  # the last window must start inside the input or the padding before it
    if room < 0 or count < 1:
        raise ShapeError(
            f"expected a kernel that fits, got size {kernel} with dilation {gap} for length "
            f"{length} and padding {pads}; use a smaller kernel or more padding"
        )
    starts = range(-pads[0], (count - 1) * step - pads[0] + 1, step)
    # place m is at i + gap·m, which is inside for these m alone
    return [
        [(m, i + gap * m) for m in range(max(0, -(i // gap)), min(kernel, -((i - length) // gap)))]
        for i in starts
    ]


def _axes(attributes: Any, x: Expression, name: str) -> tuple[list[list[list[Tap]]], Any]:
    """The windows of a pooling along its axes, and the numbers that they come from."""
    dims = x.ndim - 2
    kernels = [int(n) for n in attributes["kernel_shape"]]
    if not 1 <= dims <= 3 or len(kernels) != dims:
        raise Unsupported(
            f"expected {name} along 1 to 3 axes, got {dims} and the kernel {kernels}; flatten some"
        )
    steps, gaps = each(attributes, "strides", dims), each(attributes, "dilations", dims)
    if attributes.get("auto_pad", "NOTSET").startswith("SAME"):
        sizes = zip(x.shape[2:], kernels, steps, strict=True)
        if max(gaps) > 1 or any((-(-n // s) - 1) * s + k < n for n, k, s in sizes):
            raise Unsupported(
                f"expected {name} with auto_pad and windows that cover the input, got dilations "
                f"{gaps}, strides {steps} and the kernel {kernels}, where runtimes differ; write "
                "pads"
            )
    pads = padding(attributes, x.shape[2:], kernels, steps, gaps)
    ceil = bool(attributes.get("ceil_mode", 0))
    rows = list(zip(x.shape[2:], kernels, steps, gaps, pads, strict=True))
    return [spans(*row, ceil) for row in rows], rows


def max_pool(context: Any, attributes: Any, x: Any) -> Expression:
    x = arithmetic.as_expression(x)
    axes, rows = _axes(attributes, x, "MaxPool")
    channels = x.shape[0] * x.shape[1]
    if not all(window for axis in axes for window in axis):
        raise ShapeError(
            "expected every window to meet the input, got one that lies in the padding only; "
            "reduce the padding or the dilation"
        )
    kernels = [row[1] for row in rows]
    flat = x.reshape((channels, *x.shape[2:]))
    every = [[(0, c)] for c in range(channels)]
    name = f"maxpool{len(axes)}d"
    context.budget.take(channels * prod(sum(map(len, axis)) for axis in axes), "MaxPool")
    result = window_max(flat, (every, *axes), (1, *kernels), context.rule("MaxPool"), name)
    return result.reshape((*x.shape[:2], *map(len, axes)))


def average_pool(context: Any, attributes: Any, x: Expression) -> Expression:
    axes, rows = _axes(attributes, x, "AveragePool")
    padded = bool(attributes.get("count_include_pad", 0))
    counts = []
    for axis, (length, kernel, step, gap, pads) in zip(axes, rows, strict=True):
        reach = length + pads[1]  # beyond this, the last window of ceil_mode does not count
        starts = (k * step - pads[0] for k in range(len(axis)))
        inside = [min(kernel, -((i - reach) // gap)) for i in starts]
        counts.append(inside if padded else [len(window) for window in axis])
    channels = x.shape[0] * x.shape[1]
    context.budget.take(channels * prod(sum(map(len, axis)) for axis in axes), "AveragePool")
    strides = shapes.strides(x.shape)[2:]
    windows = [
        (
            shapes.outer([s * i for _, i in t] for t, s in zip(chosen, strides, strict=True)),
            Fraction(1, prod(count)) if prod(count) else Fraction(0),
        )
        for chosen, count in zip(product(*axes), product(*counts), strict=True)
    ]
    block = prod(x.shape[2:])
    terms = [
        [(c * block + i, weight) for i in window]
        for c in range(channels)
        for window, weight in windows
    ]
    shape = (*x.shape[:2], *map(len, axes))
    return Linear((x,), terms, [Fraction(0)] * len(terms), shape)


def global_pool(kind: str) -> Callable[..., Expression]:
    """GlobalMaxPool or GlobalAveragePool."""

    def handler(context: Any, attributes: Any, x: Expression) -> Expression:
        axes = tuple(range(2, x.ndim))
        if kind == "mean":
            return sums(x, axes, True)
        kept = (*x.shape[:2], *(1 for _ in axes))
        return extrema.max(x, axis=axes, ties=context.rule("GlobalMaxPool")).reshape(kept)

    return handler


def pad(
    context: Any,
    attributes: Any,
    x: Any,
    pads: Any = None,
    fill: Any = None,
    axes: Any = None,
) -> Any:
    import numpy

    from piecewise_mt.interop.onnx.moves import integers, moved, shape_of

    mode = attributes.get("mode", "constant")
    shape = shape_of(x)
    lengths = [int(n) for n in attributes["pads"]] if pads is None else integers(pads, "pads")
    chosen = range(len(shape)) if axes is None else [
        shapes.to_axis(a, len(shape)) for a in integers(axes, "axes")
    ]  # fmt: skip
    before, after = [0] * len(shape), [0] * len(shape)
    for k, axis in enumerate(chosen):
        before[axis], after[axis] = lengths[k], lengths[k + len(lengths) // 2]
    sides = list(zip(before, after, strict=True))
    shapes.check_size(tuple(n + max(b, 0) + max(a, 0) for n, (b, a) in zip(shape, sides)))
    widths = [(max(b, 0), max(a, 0)) for b, a in sides]
    cut = tuple(slice(max(-b, 0), None if a >= 0 else a) for b, a in sides)
    if mode in ("reflect", "edge", "wrap"):
        # what is cut away is cut first: the rest is what repeats
        return moved(x, lambda i: numpy.pad(i[cut], widths, mode=mode))
    if mode != "constant":
        raise Unsupported(f"expected a known mode of Pad, got {mode!r}; use Gather")
    value = context.scalar(attributes.get("value", 0.0)) if fill is None else _one(fill)
    node = arithmetic.as_expression(x)
    flat = arithmetic.concat([node.reshape(-1), arithmetic.as_expression([Fraction(value)])])

    def move(indices: Any) -> Any:
        own = indices[: node.size].reshape(shape)
        return numpy.pad(own, widths, constant_values=node.size)[cut]

    return moved(flat, move)


def _one(value: Any) -> Fraction:
    values = arithmetic.constant_values(arithmetic.as_expression(value))
    if values is None or len(values) != 1:
        raise Unsupported("expected one number to pad with, got another value; write a constant")
    return values[0]
