"""Sums of products: convolutions of every kind, einsum, attention, means, norms, moments."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.conventions import pytorch
from piecewise_mt.conventions.base import reduced
from piecewise_mt.errors import ShapeError, Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, smooth_nodes
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear
from piecewise_mt.interop.contraction import contraction
from piecewise_mt.interop.torch import masked

_ONE = Fraction(1)


def einsum(importer: Any, target: Any, equation: str, operands: Any, **ignored: Any) -> Expression:
    """``torch.einsum`` of one or two arrays, or of more from the left to the right."""
    nodes = [importer.value(operand) for operand in operands]
    inputs, _, output = equation.replace(" ", "").partition("->")
    labels = inputs.split(",")
    if "..." in equation or not equation.isascii() or len(labels) != len(nodes):
        raise Unsupported(f"expected letters for all axes in einsum, got {equation!r}; name them")
    if "->" not in equation:
        counts = sorted({c for c in inputs if c.isalpha()})
        output = "".join(c for c in counts if inputs.count(c) == 1)
    while len(nodes) > 2:
        kept = set(output).union(*labels[2:])
        middle = "".join(dict.fromkeys(c for c in labels[0] + labels[1] if c in kept))
        nodes[:2] = [_einsum(labels[0], nodes[0], labels[1], nodes[1], middle)]
        labels[:2] = [middle]
    if len(nodes) == 1:
        return _einsum(labels[0], nodes[0], "", arithmetic.as_expression(1), output)
    return _einsum(labels[0], nodes[0], labels[1], nodes[1], output)


def _einsum(one: str, left: Expression, two: str, right: Expression, output: str) -> Expression:
    lengths: dict[str, int] = {}
    for names, node in ((one, left), (two, right)):
        for letter, n in zip(names, node.shape, strict=True):
            if lengths.setdefault(letter, n) != n:
                raise ShapeError(
                    f"expected one length for the axis {letter!r} of einsum, got {n} and "
                    f"{lengths[letter]}; write another letter"
                )
    summed = [letter for letter in lengths if letter not in output]
    steps = []
    for names, node in ((one, left), (two, right)):
        step = dict.fromkeys(lengths, 0)
        for letter, own in zip(names, shapes.strides(node.shape), strict=True):
            step[letter] += own  # a letter that is there twice runs along the diagonal
        steps.append(step)
    places = []
    for step in steps:
        starts = shapes.outer([step[c] * k for k in range(lengths[c])] for c in output)
        inner = shapes.outer([step[c] * k for k in range(lengths[c])] for c in summed)
        places.append((starts, inner))
    (starts, inner), (starts2, inner2) = places
    pairs = [
        [(a + i, b + j) for i, j in zip(inner, inner2, strict=True)]
        for a, b in zip(starts, starts2, strict=True)
    ]
    return contraction(left, right, pairs, tuple(lengths[c] for c in output))


def cumulative_sum(importer: Any, target: Any, x: Expression, dim: int, **_: Any) -> Expression:
    """``torch.cumsum``."""
    axis = shapes.to_axis(dim, x.ndim)
    step, length = shapes.strides(x.shape)[axis], x.shape[axis]
    rows = [
        [(i - step * back, _ONE) for back in range(i // step % length, -1, -1)]
        for i in range(x.size)
    ]
    return Linear((x,), rows, (Fraction(0),) * len(rows), x.shape)


def total(x: Expression, dim: Any = None, keepdim: bool = False, mean: bool = False) -> Expression:
    """The sum or the mean over axes."""

    def reduce(node: Expression, axis: Any, ties: str) -> Expression:
        shape, groups = shapes.reduction(node.shape, axis)
        weight = Fraction(1, len(groups[0])) if mean else _ONE
        rows = [[(i, weight) for i in group] for group in groups]
        return Linear((node,), rows, (Fraction(0),) * len(rows), shape)

    axis = tuple(dim) if isinstance(dim, list) else dim
    return reduced(reduce, x, axis, keepdim, "")


def attention(
    importer: Any, target: Any, query: Any, key: Any, value: Any, attn_mask: Any = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: Any = None, enable_gqa: bool = False,
) -> Expression:  # fmt: skip
    """``scaled_dot_product_attention`` without dropout."""
    q, k, v = (importer.value(part) for part in (query, key, value))
    if dropout_p or enable_gqa:
        raise Unsupported(
            "expected attention without dropout and shared heads, got one of these; write the "
            "matrix products out"
        )
    order = [*range(k.ndim - 2), k.ndim - 1, k.ndim - 2]
    from piecewise_mt.interop.torch.functions import permuted

    scores = arithmetic.matmul(q, permuted(k, order))
    if scale is not None:
        scores = scores * importer.number(scale)
    else:
        root = sympy.sqrt(q.shape[-1])
        scores = (
            scores / Fraction(int(root))
            if root.is_Integer
            else smooth_nodes.elementwise("*", smooth_nodes.placeholder(0) / root, scores)
        )
    if is_causal:
        attn_mask = masked.causal(*scores.shape[-2:])
    if attn_mask is None:
        weights = smooth_nodes.softmax(scores, -1)
    elif hasattr(attn_mask, "detach") and (
        not attn_mask.is_floating_point() or masked.is_infinite(attn_mask)
    ):
        hidden = (
            masked.added(scores, attn_mask, importer)
            if attn_mask.is_floating_point()
            else masked.hidden_by(scores, ~attn_mask)
        )
        weights = masked.softmax(hidden, -1)
    else:
        weights = smooth_nodes.softmax(scores + importer.value(attn_mask), -1)
    return arithmetic.matmul(weights, v)


def prelu(importer: Any, target: Any, x: Expression, weight: Any) -> Expression:
    """``torch.prelu`` with one weight, or one a channel of (N, C, …)."""
    values = importer.value(weight)

    def one(sample: Expression) -> Expression:
        return pytorch.prelu(sample, list(values.values), mode=importer.mode)

    if not hasattr(values, "values"):
        raise Unsupported("expected constant slopes for prelu, got some of the input; use where")
    return one(x) if len(values.values) == 1 or x.ndim < 2 else stack([one(s) for s in x])
