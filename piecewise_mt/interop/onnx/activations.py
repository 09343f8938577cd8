"""ONNX's functions of one entry, and maxima and minima of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, builders, extrema, layers, smooth_nodes
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Smooth
from piecewise_mt.interop.onnx.moves import whole

Handler = Callable[..., Any]
_U = smooth_nodes.placeholder(0)


def formula(name: str, expression: sympy.Expr) -> Handler:
    """A handler that puts every entry into one C¹ formula."""
    return lambda context, attributes, x: smooth_nodes.elementwise(name, expression, x)


def relu(context: Any, attributes: Any, x: Any) -> Expression:
    return builders.relu(x, context.rule("Relu"))


def absolute(context: Any, attributes: Any, x: Any) -> Any:
    return abs(x) if whole(x) else builders.abs(x, context.rule("Abs"))


def leaky(context: Any, attributes: Any, x: Any) -> Expression:
    slope = context.scalar(attributes.get("alpha", 0.009999999776482582))  # 0.01 in float32
    rule = context.rule("LeakyRelu")
    return builders.leaky_relu(x, slope, slope if rule == "slope" else rule)


def prelu(context: Any, attributes: Any, x: Expression, slope: Any) -> Expression:
    values = arithmetic.constant_values(arithmetic.as_expression(slope))
    if values is None:
        raise Unsupported("expected a constant slope for PRelu, got an expression; fix it")
    indices = shapes.broadcast_indices(slope.shape, x.shape)
    chosen = [values[i] for i in indices]
    flat: Expression = layers.prelu(x.reshape(-1), chosen, context.rule("PRelu"))
    return flat.reshape(x.shape)


def clip(context: Any, attributes: Any, x: Any, lo: Any = None, hi: Any = None) -> Any:
    if whole(x):
        import numpy

        return x if lo is None and hi is None else numpy.clip(x, lo, hi)
    bounds: list[Any] = []
    for given, key in ((lo, "min"), (hi, "max")):
        values = None if given is None else arithmetic.constant_values(
            arithmetic.as_expression(given)
        )  # fmt: skip
        if given is not None and (values is None or len(values) != 1):
            bounds.append(given)
            continue
        own = attributes.get(key) if values is None else values[0]
        # before version 11, the largest float stood for no bound
        bounds.append(None if isinstance(own, float) and abs(own) > 3.4e38 else context.scalar(own))
    if bounds == [None, None]:
        return arithmetic.as_expression(x)
    if all(isinstance(bound, Fraction) for bound in bounds) and bounds[0] >= bounds[1]:
        return arithmetic.as_expression(x) * 0 + bounds[1]  # min(max(x, lo), hi)
    return builders.clip(x, bounds[0], bounds[1], context.rule("Clip"))


def hardsigmoid(context: Any, attributes: Any, x: Any) -> Expression:
    alpha = context.scalar(attributes.get("alpha", 0.20000000298023224))  # 0.2 in float32
    beta = context.scalar(attributes.get("beta", 0.5))
    return _sloped_clip(x, alpha, beta, context.rule("HardSigmoid"))


def hardswish(context: Any, attributes: Any, x: Any) -> Expression:
    sigmoid = _sloped_clip(x, Fraction(1, 6), Fraction(1, 2), context.rule("HardSwish"))
    return arithmetic.multiply(x, sigmoid)


def _sloped_clip(x: Any, alpha: Fraction, beta: Fraction, at_edges: Any) -> Expression:
    """clip(alpha·x + beta, 0, 1), whose own slope at the edges the rule gives."""
    if not alpha:
        return builders.clip(arithmetic.multiply(x, alpha) + beta, 0, 1, 0)
    if isinstance(at_edges, (list, tuple)):
        at_edges = [edge if isinstance(edge, str) else edge / alpha for edge in at_edges]
    elif not isinstance(at_edges, str):
        at_edges = at_edges / alpha  # of the clip inside, so that the whole has this slope
    return builders.clip(x * alpha + beta, 0, 1, at_edges)


def elu(context: Any, attributes: Any, x: Any) -> Expression:
    alpha = context.scalar(attributes.get("alpha", 1.0))
    return _elu(x, alpha, alpha, context.rule("Elu"))


def celu(context: Any, attributes: Any, x: Any) -> Expression:
    alpha = context.scalar(attributes.get("alpha", 1.0))
    return _elu(x, alpha, Fraction(1), "left", 1 / alpha)


def selu(context: Any, attributes: Any, x: Any) -> Expression:
    alpha = context.scalar(attributes.get("alpha", 1.67326319217681884765625))
    gamma = context.scalar(attributes.get("gamma", 1.05070102214813232421875))
    rule = context.rule("Selu")
    inner = rule if isinstance(rule, str) else rule / gamma
    return arithmetic.multiply(_elu(x, alpha, alpha, inner), gamma)


def _elu(
    x: Any, alpha: Fraction, left: Fraction, at_zero: Any, inner: Fraction = Fraction(1)
) -> Expression:
    """x for x > 0, and alpha·(exp(inner·x) - 1) with the slope `left` at 0 for x < 0.

    It is r + alpha·(exp(inner·(x - r)) - 1) with r = relu(x), so that a derivative z of r at 0
    gives z + left·(1 - z).
    """
    if at_zero == "free":
        share = at_zero
    elif at_zero == "left" or left == 1:
        share = 0
    else:
        share = (at_zero - left) / (1 - left)
    positive = builders.relu(x, share)
    negative = arithmetic.subtract(x, positive)
    curve = smooth_nodes.elementwise(
        "elu", to_rational(alpha) * (sympy.exp(to_rational(inner) * _U) - 1), negative
    )
    return arithmetic.add(positive, curve)


def gelu(context: Any, attributes: Any, x: Any) -> Expression:
    if attributes.get("approximate", "none") == "tanh":
        cube = _U + sympy.Rational(44715, 10**6) * _U**3
        own = _U * (1 + sympy.tanh(sympy.sqrt(2 / sympy.pi) * cube)) / 2
    else:
        own = _U * (1 + sympy.erf(_U / sympy.sqrt(2))) / 2
    return smooth_nodes.elementwise("gelu", own, x)


def swish(context: Any, attributes: Any, x: Any) -> Expression:
    alpha = to_rational(context.scalar(attributes.get("alpha", 1.0)))
    return smooth_nodes.elementwise("swish", _U / (1 + sympy.exp(-alpha * _U)), x)


def softsign(context: Any, attributes: Any, x: Any) -> Expression:
    # x/(1 + |x|) is C¹: at 0 the derivative of |x| has the factor 0
    return arithmetic.divide(x, arithmetic.add(builders.abs(x, 0), 1))


def shrink(context: Any, attributes: Any, x: Any) -> Expression:
    edge = context.scalar(attributes.get("lambd", 0.5))
    bias = context.scalar(attributes.get("bias", 0.0))
    if edge != bias or edge <= 0:
        raise Unsupported(
            f"expected Shrink with bias = lambd > 0, got {bias} and {edge}, with which it jumps; "
            "a discontinuous function has no gradient here"
        )
    return layers.softshrink(x, edge, context.rule("Shrink"))


def thresholded_relu(context: Any, attributes: Any, x: Any) -> Expression:
    alpha = context.scalar(attributes.get("alpha", 1.0))
    if alpha:
        raise Unsupported(
            f"expected ThresholdedRelu with alpha = 0, got {alpha}, where it jumps; a "
            "discontinuous function has no gradient here"
        )
    return relu(context, attributes, x)


def power(context: Any, attributes: Any, x: Any, y: Any) -> Any:
    if whole(x) and whole(y):
        shapes.check_size(shapes.broadcast_shapes(x.shape, y.shape))
        if (abs(y) > smooth_nodes.MAX_EXPONENT).any():
            raise _large(int(abs(y).max()))
        return x**y
    exponent, base = arithmetic.as_expression(y), arithmetic.as_expression(x)
    values = arithmetic.constant_values(exponent)
    if values is None:
        raise Unsupported("expected constant exponents for Pow, got others; use Exp and Log")
    for value in values:
        if max(abs(value.numerator), value.denominator) > smooth_nodes.MAX_EXPONENT:
            raise _large(value)
    shape = shapes.broadcast_shapes(base.shape, exponent.shape)
    if len(set(values)) == 1:
        result: Expression = arithmetic.power(base, values[0])
        return result._gather(shape, shapes.broadcast_indices(base.shape, shape))
    functions = {v: smooth_nodes.SmoothFunction(_U ** to_rational(v), 1) for v in set(values)}
    pairs = zip(
        shapes.broadcast_indices(base.shape, shape),
        shapes.broadcast_indices(exponent.shape, shape),
        strict=True,
    )
    return Smooth((base,), [(functions[values[j]], (i,)) for i, j in pairs], shape, "pow")


def _large(value: Any) -> Unsupported:
    return Unsupported(
        f"expected an exponent of numbers up to {smooth_nodes.MAX_EXPONENT}, got {value}; "
        "use Exp and Log"
    )


def extremum(kind: str) -> Handler:
    """Max or Min of any number of operands, entry by entry."""

    def handler(context: Any, attributes: Any, *operands: Any) -> Any:
        if all(map(whole, operands)):
            import numpy

            return reduce(numpy.maximum if kind == "Max" else numpy.minimum, operands)
        ties = context.rule(kind)
        pair = extrema.maximum if kind == "Max" else extrema.minimum
        if len(operands) == 1:
            return arithmetic.as_expression(operands[0])
        if len(operands) == 2 or not context.is_given("ties"):
            return reduce(lambda x, y: pair(x, y, ties), operands)
        nodes, shape = arithmetic.align(*operands)
        wide = [n._gather(shape, shapes.broadcast_indices(n.shape, shape)) for n in nodes]
        gathered = extrema.max if kind == "Max" else extrema.min
        return gathered(arithmetic.stack(wide), axis=0, ties=ties)

    return handler


SMOOTH: Mapping[str, Handler] = {
    name: formula(name.lower(), function)
    for name, function in {
        "Sinh": sympy.sinh(_U),
        "Cosh": sympy.cosh(_U),
        "Tan": sympy.tan(_U),
        "Atan": sympy.atan(_U),
        "Asinh": sympy.asinh(_U),
        "Erf": sympy.erf(_U),
        "Mish": _U * sympy.tanh(sympy.log(1 + sympy.exp(_U))),
    }.items()
}
