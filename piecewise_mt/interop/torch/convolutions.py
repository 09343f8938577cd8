"""Convolutions, plain and transposed, in one to three dimensions, and adaptive means."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

from piecewise_mt.errors import ShapeError
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear
from piecewise_mt.interop.contraction import Pairs, contraction


def convolution(dims: int, transposed: bool = False) -> Callable[..., Expression]:
    """``torch.convNd`` and ``torch.conv_transposeNd`` on (C, …) or on a batch."""

    def forward(
        importer: Any, target: Any, x: Any, weight: Any, bias: Any = None, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, groups: int = 1,
    ) -> Expression:  # fmt: skip
        return _convolved(importer, dims, x, weight, bias, stride, padding, dilation, groups, None)

    def backward(
        importer: Any, target: Any, x: Any, weight: Any, bias: Any = None, stride: Any = 1,
        padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
    ) -> Expression:  # fmt: skip
        return _convolved(
            importer, dims, x, weight, bias, stride, padding, dilation, groups, output_padding
        )

    return backward if transposed else forward


def _convolved(
    importer: Any, dims: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any,
    dilation: Any, groups: int, extra: Any,
) -> Expression:  # fmt: skip
    node, kernel = importer.value(x), importer.value(weight)
    if node.ndim == dims + 1:
        batch = node.reshape((1, *node.shape))
        whole = _convolved(
            importer, dims, batch, kernel, bias, stride, padding, dilation, groups, extra
        )
        return whole.reshape(whole.shape[1:])
    steps, gaps = _each(stride, dims), _each(dilation, dims)
    sizes = kernel.shape[2:]
    if padding == "same":
        totals = [d * (k - 1) for d, k in zip(gaps, sizes, strict=True)]
        before, after = [t // 2 for t in totals], [t - t // 2 for t in totals]
    else:
        before = after = [0] * dims if padding == "valid" else _each(padding, dims)
    if extra is None:
        axes = [
            _taps(n, k, s, p + q, p, d)
            for n, k, s, p, q, d in zip(
                node.shape[2:], sizes, steps, before, after, gaps, strict=True
            )
        ]
    else:
        axes = [
            _reached(n, k, s, p, d, e)
            for n, k, s, p, d, e in zip(
                node.shape[2:], sizes, steps, before, gaps, _each(extra, dims), strict=True
            )
        ]
    outputs = kernel.shape[0] if extra is None else kernel.shape[1] * groups
    pairs = _pairs(node, kernel, axes, groups, outputs, extra is not None)
    result = contraction(node, kernel, pairs, (node.shape[0], outputs, *map(len, axes)))
    if bias is None:
        return result
    shift = importer.value(bias)
    return arithmetic.add(result, shift.reshape((outputs, *(1,) * dims)))


def _pairs(
    node: Expression, kernel: Expression, axes: Any, groups: int, outputs: int, transposed: bool
) -> Pairs:
    steps, places = shapes.strides(node.shape), shapes.strides(kernel.shape)
    channels = node.shape[1] // groups
    share = outputs // groups
    windows = []
    for chosen in product(*axes):
        inputs = shapes.outer([s * i for _, i in t] for t, s in zip(chosen, steps[2:], strict=True))
        inner = shapes.outer([s * m for m, _ in t] for t, s in zip(chosen, places[2:], strict=True))
        windows.append(list(zip(inputs, inner, strict=True)))
    result: Pairs = []
    for b, o in product(range(node.shape[0]), range(outputs)):
        group = o // share
        starts = [
            (
                steps[0] * b + steps[1] * (group * channels + c),
                places[0] * (group * channels + c) + places[1] * (o % share)
                if transposed
                else places[0] * o + places[1] * c,
            )
            for c in range(channels)
        ]
        for window in windows:
            result.append([(s + i, t + m) for s, t in starts for i, m in window])
    return result


def _each(value: Any, dims: int) -> list[int]:
    given = list(value) if isinstance(value, (tuple, list)) else [value]
    return given * dims if len(given) == 1 else given


def _taps(n: int, k: int, s: int, pad: int, before: int, d: int) -> list[list[tuple[int, int]]]:
    """For each output position the pairs (place in the kernel, position in the input)."""
    count = (n + pad - d * (k - 1) - 1) // s + 1
    if count < 1:
        raise ShapeError(f"expected a kernel that fits, got size {k} for length {n}; pad more")
    starts = [s * i - before for i in range(count)]
    return [[(m, i + d * m) for m in range(k) if 0 <= i + d * m < n] for i in starts]


def _reached(n: int, k: int, s: int, p: int, d: int, extra: int) -> list[list[tuple[int, int]]]:
    """The same for a transposed convolution: input i meets output s·i + d·m − p."""
    count = (n - 1) * s - 2 * p + d * (k - 1) + extra + 1
    axes: list[list[tuple[int, int]]] = [[] for _ in range(max(count, 0))]
    for i, m in product(range(n), range(k)):
        if 0 <= s * i + d * m - p < count:
            axes[s * i + d * m - p].append((m, i))
    return axes


def adaptive_mean(dims: int) -> Callable[..., Expression]:
    """``adaptive_avg_poolNd``: the mean of windows that differ by at most one in length."""

    def handler(importer: Any, target: Any, x: Expression, output_size: Any) -> Expression:
        wanted = [*output_size] if isinstance(output_size, (tuple, list)) else [output_size]
        lead = x.ndim - dims
        axes = [[[i] for i in range(n)] for n in x.shape[:lead]]
        for length, n in zip(x.shape[lead:], _each(wanted, dims), strict=True):
            n = length if n is None else n
            axes.append([[*range(i * length // n, -(-(i + 1) * length // n))] for i in range(n)])
        steps = shapes.strides(x.shape)
        rows = []
        for chosen in product(*axes):
            group = shapes.outer([s * i for i in w] for w, s in zip(chosen, steps, strict=True))
            rows.append([(i, Fraction(1, len(group))) for i in group])
        return Linear((x,), rows, (Fraction(0),) * len(rows), tuple(map(len, axes)))

    return handler
