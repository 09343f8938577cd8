"""Sums of products: ``dot_general`` and convolutions."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.contraction import Pairs, contraction
from piecewise_mt.interop.jax.values import Importer, shape_of
from piecewise_mt.interop.onnx.sums import MAX_TERMS


def dot_general(importer: Importer, equation: Any, x: Any, y: Any) -> Expression:
    """Products summed over some axes, axis by axis with others."""
    (summed, summed2), (batch, batch2) = equation.params["dimension_numbers"]
    size = prod(equation.outvars[0].aval.shape)
    _require_few(size * prod(shape_of(x)[a] for a in summed), "a product")
    left, right = importer.value(x), importer.value(y)
    steps, steps2 = shapes.strides(left.shape), shapes.strides(right.shape)
    free = [a for a in range(left.ndim) if a not in (*summed, *batch)]
    free2 = [a for a in range(right.ndim) if a not in (*summed2, *batch2)]

    def run(steps: Any, shape: Any, axes: Any) -> list[list[int]]:
        return [[steps[a] * k for k in range(shape[a])] for a in axes]

    inner = list(
        zip(
            shapes.outer(run(steps, left.shape, summed)),
            shapes.outer(run(steps2, right.shape, summed2)),
            strict=True,
        )
    )
    shared = list(
        zip(
            shapes.outer(run(steps, left.shape, batch)),
            shapes.outer(run(steps2, right.shape, batch2)),
            strict=True,
        )
    )
    rows, columns = (
        shapes.outer(run(steps, left.shape, free)),
        shapes.outer(run(steps2, right.shape, free2)),
    )
    pairs: Pairs = [
        [(a + i + m, b + j + n) for m, n in inner]
        for (a, b), i, j in product(shared, rows, columns)
    ]
    shape = (
        *(left.shape[a] for a in batch),
        *(left.shape[a] for a in free),
        *(right.shape[a] for a in free2),
    )
    return contraction(left, right, pairs, shape)


def convolution(importer: Importer, equation: Any, x: Any, kernel: Any) -> Expression:
    """``conv_general_dilated``, with every order of axes, padding, stride, dilation and groups."""
    params = equation.params
    if params["batch_group_count"] != 1:
        raise Unsupported("expected a convolution without groups of the batch, got some")
    order, order2, order3 = params["dimension_numbers"]
    size = prod(equation.outvars[0].aval.shape)
    _require_few(size * prod(shape_of(kernel)[a] for a in order2[1:]), "a convolution")
    node, weight = importer.value(x), importer.value(kernel)
    steps, steps2 = shapes.strides(node.shape), shapes.strides(weight.shape)
    axes = []
    for k, (low, high) in enumerate(params["padding"]):
        n, size = node.shape[order[2 + k]], weight.shape[order2[2 + k]]
        spread, gap = params["lhs_dilation"][k], params["rhs_dilation"][k]
        stride = params["window_strides"][k]
        # zeros between the entries, then the padding, which may be negative
        length = (n - 1) * spread + 1
        count = max((length + low + high - gap * (size - 1) - 1) // stride + 1, 0)
        taps = []
        for i in range(count):
            start = i * stride - low
            taps.append(
                [
                    (m, (start + gap * m) // spread)
                    for m in range(size)
                    if 0 <= start + gap * m < length and (start + gap * m) % spread == 0
                ]
            )
        axes.append(taps)
    outputs, channels = weight.shape[order2[0]], weight.shape[order2[1]]
    share = outputs // params["feature_group_count"]
    sizes = (node.shape[order[0]], outputs, *map(len, axes))
    shape = [0] * len(sizes)
    for axis, n in zip(order3, sizes, strict=True):
        shape[axis] = n
    windows = []
    for chosen in product(*axes):
        inputs = shapes.outer(
            [steps[a] * i for _, i in t] for t, a in zip(chosen, order[2:], strict=True)
        )
        inner = shapes.outer(
            [steps2[a] * m for m, _ in t] for t, a in zip(chosen, order2[2:], strict=True)
        )
        windows.append(list(zip(inputs, inner, strict=True)))
    pairs: Pairs = []
    for b, o in product(range(sizes[0]), range(outputs)):
        starts = [
            (
                steps[order[0]] * b + steps[order[1]] * (o // share * channels + c),
                steps2[order2[0]] * o + steps2[order2[1]] * c,
            )
            for c in range(channels)
        ]
        for window in windows:
            pairs.append([(s + i, t + m) for s, t in starts for i, m in window])
    result = contraction(node, weight, pairs, sizes)
    back = shapes.strides(tuple(sizes))
    places = [0] * len(sizes)
    for k, axis in enumerate(order3):
        places[axis] = k
    indices = shapes.outer([back[k] * i for i in range(sizes[k])] for k in places)
    return result._gather(tuple(shape), indices)


def _require_few(terms: int, what: str) -> None:
    """Refuse before anything is built."""
    if terms > MAX_TERMS:
        raise Unsupported(
            f"expected at most {MAX_TERMS} terms in {what}, got {terms}; take a smaller array"
        )
