"""ONNX's reductions, and the normalisations that divide by a norm of groups of entries."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any

import sympy

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions import atoms, shapes
from piecewise_mt.functions.build import arithmetic, builders, extrema, smooth_nodes
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise, Smooth
from piecewise_mt.interop.onnx.moves import axes_of, integers, whole
from piecewise_mt.interop.onnx.sums import summed

Groups = list[list[int]]


def kept_shape(shape: shapes.Shape, axes: tuple[int, ...]) -> shapes.Shape:
    """The shape with the reduced axes of length 1."""
    gone = {shapes.to_axis(a, len(shape)) for a in axes}
    return tuple(1 if a in gone else n for a, n in enumerate(shape))


def sums(x: Expression, axes: tuple[int, ...], mean: bool = False) -> Expression:
    """The sums along axes, which stay with length 1."""
    _, groups = shapes.reduction(x.shape, axes)
    count = len(groups[0]) if groups else 1
    weights = [Fraction(1, count)] * len(groups) if mean else None
    return summed((x,), groups, kept_shape(x.shape, axes), weights)


def grouped(
    x: Expression,
    formula: Callable[[list[sympy.Symbol]], sympy.Expr],
    axes: tuple[int, ...],
    name: str,
) -> Expression:
    """One C¹ formula of each group of entries along axes, which stay with length 1."""
    _, groups = shapes.reduction(x.shape, axes)
    n = len(groups[0]) if groups else 0
    function = smooth_nodes.SmoothFunction(
        formula([smooth_nodes.placeholder(i) for i in range(n)]), n
    )
    return Smooth((x,), [(function, group) for group in groups], kept_shape(x.shape, axes), name)


def _max(context: Any, x: Expression, axes: tuple[int, ...], kind: str) -> Expression:
    gathered = extrema.max if kind == "ReduceMax" else extrema.min
    result: Expression = gathered(x, axis=axes, ties=context.rule(kind))
    return result


def _norm1(context: Any, x: Expression, axes: tuple[int, ...], kind: str) -> Expression:
    return sums(builders.abs(x, context.rule("ReduceL1")), axes)


def _norm2(context: Any, x: Expression, axes: tuple[int, ...], kind: str) -> Expression:
    if all(x.shape[a] == 1 for a in axes):
        return builders.abs(x, context.rule("ReduceL1"))
    return grouped(x, lambda u: sympy.sqrt(sympy.Add(*(v**2 for v in u))), axes, "norm")


def _product(context: Any, x: Expression, axes: tuple[int, ...], kind: str) -> Expression:
    return grouped(x, lambda u: sympy.Mul(*u), axes, "prod")


def _logsumexp(context: Any, x: Expression, axes: tuple[int, ...], kind: str) -> Expression:
    return grouped(x, lambda u: sympy.log(sympy.Add(*map(sympy.exp, u))), axes, "logsumexp")


_KINDS: dict[str, Callable[[Any, Expression, tuple[int, ...], str], Expression]] = {
    "ReduceMax": _max,
    "ReduceMin": _max,
    "ReduceSum": lambda context, x, axes, kind: sums(x, axes),
    "ReduceMean": lambda context, x, axes, kind: sums(x, axes, True),
    "ReduceL1": _norm1,
    "ReduceL2": _norm2,
    "ReduceSumSquare": lambda context, x, axes, kind: sums(smooth_nodes.square(x), axes),
    "ReduceProd": _product,
    "ReduceLogSum": lambda context, x, axes, kind: smooth_nodes.log(sums(x, axes)),
    "ReduceLogSumExp": _logsumexp,
}
_ON_WHOLE = {"ReduceMax": "max", "ReduceMin": "min", "ReduceSum": "sum", "ReduceProd": "prod"}


def reduction(kind: str) -> Callable[..., Any]:
    """The handler of one reduction."""

    def handler(context: Any, attributes: Any, x: Any, axes: Any = None) -> Any:
        ndim = len(x.shape)
        chosen = axes_of(attributes, axes)
        if not chosen and not attributes.get("noop_with_empty_axes"):
            chosen = tuple(range(ndim))
        chosen = tuple(shapes.to_axis(a, ndim) for a in chosen)
        keep = bool(attributes.get("keepdims", 1))
        if whole(x) and kind in _ON_WHOLE:
            return getattr(x, _ON_WHOLE[kind])(axis=chosen, keepdims=keep)
        node = arithmetic.as_expression(x)
        result = _KINDS[kind](context, node, chosen, kind)
        shape = kept_shape(node.shape, chosen)
        if not keep:
            shape = tuple(n for a, n in enumerate(node.shape) if a not in chosen)
        return result.reshape(shape)

    return handler


REDUCTIONS = {kind: reduction(kind) for kind in _KINDS}


def joined(
    context: Any, how: str, args: tuple[Expression, ...], rows: Groups, shape: shapes.Shape
) -> Expression:
    """The sum, product, maximum or minimum of the entries that each row names."""
    if how == "add":
        return summed(args, rows, shape)
    if how == "mul":
        sizes = sorted({len(row) for row in rows})
        symbols = [smooth_nodes.placeholder(i) for i in range(max(sizes, default=0))]
        product = {n: smooth_nodes.SmoothFunction(sympy.Mul(*symbols[:n]), n) for n in sizes}
        return Smooth(args, [(product[len(row)], row) for row in rows], shape, "prod")
    if how not in ("max", "min"):
        raise Unsupported(f"expected the reduction add, mul, max or min, got {how!r}; use another")
    make = atoms.max_atom if how == "max" else atoms.min_atom
    ties = context.rule(how.capitalize())
    return Piecewise(args, [(make(len(row), ties), row) for row in rows], shape, how)


def cumulative_sum(context: Any, attributes: Any, x: Any, axis: Any) -> Any:
    node = arithmetic.as_expression(x)
    place = shapes.to_axis(integers(axis, "axes for CumSum")[0], node.ndim)
    step, length = shapes.strides(node.shape)[place], node.shape[place]
    first, last = bool(attributes.get("exclusive")), bool(attributes.get("reverse"))
    rows = []
    for k in range(node.size):
        at = k // step % length
        others = range(at + first, length) if last else range(at + 1 - first)
        rows.append([k + (other - at) * step for other in others])
    context.budget.take(sum(map(len, rows)), "CumSum")
    return summed((node,), rows, node.shape)


def _inverse_deviation(x: Expression, axes: tuple[int, ...], eps: Any) -> Expression:
    """(mean of squares + eps)^(-1/2) of centred entries."""
    small = to_rational(eps)

    def formula(u: list[sympy.Symbol]) -> sympy.Expr:
        total = sympy.Add(*(v**2 for v in u)) / len(u) + small
        return total ** sympy.Rational(-1, 2)

    return grouped(x, formula, axes, "inverse_deviation")


def _standardised(x: Expression, axes: tuple[int, ...], eps: Any) -> tuple[Expression, ...]:
    """The entries minus their mean over their deviation, the mean, and one over the deviation."""
    mean = sums(x, axes, True)
    centred = arithmetic.subtract(x, mean)
    inverse = _inverse_deviation(centred, axes, eps)
    return arithmetic.multiply(centred, inverse), mean, inverse


def layer_norm(context: Any, attributes: Any, x: Expression, scale: Any, shift: Any = None) -> Any:
    axis = shapes.to_axis(attributes.get("axis", -1), x.ndim)
    eps = context.scalar(attributes.get("epsilon", 9.999999747378752e-06))
    result, mean, inverse = _standardised(x, tuple(range(axis, x.ndim)), eps)
    result = arithmetic.multiply(result, scale)
    return (result if shift is None else arithmetic.add(result, shift), mean, inverse)


def rms_norm(context: Any, attributes: Any, x: Expression, scale: Any) -> Expression:
    axis = shapes.to_axis(attributes.get("axis", -1), x.ndim)
    eps = context.scalar(attributes.get("epsilon", 9.999999747378752e-06))
    inverse = _inverse_deviation(x, tuple(range(axis, x.ndim)), eps)
    return arithmetic.multiply(arithmetic.multiply(x, inverse), scale)


def instance_norm(context: Any, attributes: Any, x: Expression, scale: Any, shift: Any) -> Any:
    eps = context.scalar(attributes.get("epsilon", 9.999999747378752e-06))
    result = _standardised(x, tuple(range(2, x.ndim)), eps)[0]
    return _by_channel(result, scale, shift)


def group_norm(context: Any, attributes: Any, x: Expression, scale: Any, shift: Any) -> Any:
    eps = context.scalar(attributes.get("epsilon", 9.999999747378752e-06))
    count = int(attributes["num_groups"])
    flat = x.reshape((x.shape[0], count, prod(x.shape[1:]) // count))
    result = _standardised(flat, (2,), eps)[0]
    if scale.shape == (x.shape[1],):
        return _by_channel(result.reshape(x.shape), scale, shift)
    return _by_channel(result, scale, shift).reshape(x.shape)  # one a group, until version 20


def _by_channel(x: Expression, scale: Any, shift: Any) -> Expression:
    wide = (-1, *(1 for _ in x.shape[2:]))
    return arithmetic.add(arithmetic.multiply(x, scale.reshape(wide)), shift.reshape(wide))


def mean_variance_norm(context: Any, attributes: Any, x: Expression) -> Expression:
    """(x - mean) / (deviation + 1e-9), where 1e-9 is that of the standard's own definition."""
    axes = tuple(attributes.get("axes", (0, 2, 3)))
    centred = arithmetic.subtract(x, sums(x, axes, True))

    def formula(u: list[sympy.Symbol]) -> sympy.Expr:
        total = sympy.Add(*(v**2 for v in u)) / len(u)
        return 1 / (sympy.sqrt(total) + sympy.Rational(1, 10**9))

    return arithmetic.multiply(centred, grouped(centred, formula, axes, "inverse_deviation"))


def lp_norm(context: Any, attributes: Any, x: Expression) -> Expression:
    order = int(attributes.get("p", 2))
    axis = shapes.to_axis(attributes.get("axis", -1), x.ndim)
    if order == 1:
        return arithmetic.divide(x, sums(builders.abs(x, context.rule("ReduceL1")), (axis,)))
    if order != 2:
        raise Unsupported(f"expected the order 1 or 2 for LpNormalization, got {order}; use Div")
    inverse = grouped(
        x, lambda u: sympy.Add(*(v**2 for v in u)) ** sympy.Rational(-1, 2), (axis,), "inverse_norm"
    )
    return arithmetic.multiply(x, inverse)
