"""Activations that are made of others: the family of elu, gelu, and the gated ones."""

from __future__ import annotations

from typing import Any

import sympy

from piecewise_mt.conventions import pytorch
from piecewise_mt.errors import Unsupported
from piecewise_mt.functions.build import builders, smooth_nodes
from piecewise_mt.functions.expression import Expression

_U = smooth_nodes.placeholder(0)


def elu(
    importer: Any, target: Any, x: Any, alpha: Any = 1, scale: Any = 1, input_scale: Any = 1
) -> Expression:
    """scale·max(x, 0) + scale·alpha·(exp(input_scale·min(x, 0)) − 1); at 0 the lower slope."""
    a, s, t = (importer.number(part) for part in (alpha, scale, input_scale))
    below = smooth_nodes.exp(builders.relu(-x, at_zero=1) * -t) - 1
    result: Expression = builders.relu(x, at_zero=0) * s + below * (s * a)
    return result


def celu(importer: Any, target: Any, x: Any, alpha: Any = 1) -> Expression:
    a = importer.number(alpha)
    return elu(importer, target, x, a, 1, 1 / a)


def selu(importer: Any, target: Any, x: Any) -> Expression:
    return elu(importer, target, x, 1.6732632423543772, 1.0507009873554805)


def gelu(importer: Any, target: Any, x: Any, approximate: str = "none") -> Expression:
    if approximate == "none":
        formula = _U * (1 + sympy.erf(_U / sympy.sqrt(2))) / 2
    else:
        inner = sympy.sqrt(2 / sympy.pi) * (_U + sympy.Rational(44715, 10**6) * _U**3)
        formula = _U * (1 + sympy.tanh(inner)) / 2
    return smooth_nodes.elementwise("gelu", formula, x)


def threshold(importer: Any, target: Any, x: Any, threshold: Any, value: Any) -> Expression:
    edge, below = importer.number(threshold), importer.number(value)
    if edge != below:
        raise Unsupported(
            f"expected a continuous function, got threshold {edge} with the value {below} below "
            "it, which jumps; give both the same number"
        )
    result: Expression = builders.relu(x - edge, at_zero=0) + edge
    return result


def rrelu(
    importer: Any, target: Any, x: Any, lower: float = 0.125, upper: float = 1 / 3,
    training: bool = False, *_: Any,
) -> Expression:  # fmt: skip
    if training:
        raise Unsupported("expected rrelu in evaluation mode, got training mode; call eval()")
    return pytorch.leaky_relu(x, importer.scalar((float(lower) + float(upper)) / 2))


def glu(importer: Any, target: Any, x: Any, dim: int = -1) -> Expression:
    place = dim % x.ndim
    half = x.shape[place] // 2
    cut = (slice(None),) * place
    gate = smooth_nodes.sigmoid(x[(*cut, slice(half, None))])
    result: Expression = x[(*cut, slice(0, half))] * gate
    return result


def softmin(importer: Any, target: Any, x: Any, dim: int, *_: Any, **__: Any) -> Expression:
    return smooth_nodes.softmax(-x, dim)
