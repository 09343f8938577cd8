"""Choices among several cases by conditions, as ``jnp.select`` makes them, and interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions.build import builders
from piecewise_mt.functions.build.selection import select
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop import masks
from piecewise_mt.interop.jax.values import Importer, Unused, expanded, flat, is_known


class Stacked(Unused):
    """Conditions one above the other, along a first axis."""

    def __init__(self, parts: Sequence[Condition]) -> None:
        super().__init__("conditions that are stacked")
        self.parts = tuple(parts)


class First(Unused):
    """The number of the first condition that holds, 0 if none does."""

    def __init__(self, parts: Sequence[Condition]) -> None:
        super().__init__("the result of argmax")
        self.parts = tuple(parts)


def cases(name: str, equation: Any, operands: Sequence[Any], importer: Importer) -> Any:
    """The result of an operation on such conditions; None for all others."""
    params = equation.params
    if name == "stack" and params["axis"] == 0:
        if any(isinstance(part, Condition) for part in operands):
            return Stacked([masks.as_condition(importer, part) for part in operands])
    elif name == "argmax" and isinstance(operands[0], Stacked) and tuple(params["axes"]) == (0,):
        return First(operands[0].parts)
    elif name == "select_n" and isinstance(operands[0], First):
        shape = equation.outvars[0].aval.shape
        values = [expanded(importer.value(case), shape) for case in operands[1:]]
        result: Expression = values[0]
        for condition, value in reversed(list(zip(operands[0].parts, values, strict=True))):
            result = select(condition, value, result)
        return result
    return None


def interpolated(equation: Any, operands: Sequence[Any], importer: Importer) -> Any:
    """``jnp.interp`` of the input at known points; None if it is something else.

    At a point jax takes the slope on its right, at the last one that on its left.
    """
    x, points, values, *rest = operands
    if is_known(x) or not (is_known(points) and is_known(values)):
        return None
    if rest:
        raise Unsupported(
            "expected jnp.interp without left, right and period, got one of them; leave it out, or "
            "write jnp.where"
        )
    at, to = ([Fraction(v) for v in flat(own)] for own in (points, values))
    if len(at) < 2 or any(b <= a for a, b in zip(at, at[1:], strict=False)):
        raise Unsupported("expected two increasing points or more for jnp.interp, got others")
    slopes = [(to[k + 1] - to[k]) / (at[k + 1] - at[k]) for k in range(len(at) - 1)]
    # without extrapolation the traced function compares x with the first and the last point
    inner = equation.params["jaxpr"].jaxpr
    asked = {e.primitive.name for e in inner.eqns if e.invars and e.invars[0] is inner.invars[0]}
    left = Fraction(0) if "lt" in asked else slopes[0]
    right = Fraction(0) if "gt" in asked else slopes[-1]
    return builders.piecewise_linear(
        importer.value(x), at, [left, *slopes, right], [*slopes, slopes[-1]], at=(at[0], to[0])
    )
