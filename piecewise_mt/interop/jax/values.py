"""What flows through a traced function: arrays of known numbers, expressions, conditions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather
from piecewise_mt.interop import masks
from piecewise_mt.interop.rounding import Rounding


class Importer:
    """Reads numbers, and knows the coarsest float type on the way."""

    def __init__(self, dtype: str, limit: int | None) -> None:
        self.coarsest = dtype
        self.rounding = Rounding(limit)

    def constant(self, values: Any) -> Constant:
        """An array as the exact rationals that it holds."""
        return Constant([self._number(v) for v in flat(values)], tuple(values.shape))

    def _number(self, value: Any) -> Fraction:
        if isinstance(value, float) and not isfinite(value):
            raise Unsupported(
                f"expected finite numbers, got {value} in what depends on the input; leave it out"
            )
        if isinstance(value, complex):
            raise Unsupported("expected real numbers, got complex ones; leave them out")
        return Fraction(self.rounding(int(value) if isinstance(value, bool) else value))

    def value(self, value: Any) -> Expression:
        """An array or a mask as an expression, an expression as it is."""
        if isinstance(value, Expression):
            return value
        if isinstance(value, Condition):
            return masks.numbers(self, value)
        if isinstance(value, Unused):
            raise value.refusal()
        return self.constant(value)


class Unused:
    """A result of which nothing can be made; raises where it is used."""

    def __init__(self, what: str) -> None:
        self.what = what

    def refusal(self) -> Unsupported:
        """The error to raise."""
        return Unsupported(
            f"expected operations on values, got some on {self.what}; use the values alone"
        )


def flat(values: Any) -> list[Any]:
    """The entries of an array as Python numbers."""
    import numpy

    entries: list[Any] = numpy.asarray(values).reshape(-1).tolist()
    return entries


def is_known(value: Any) -> bool:
    """Whether a value is an array of numbers."""
    return not isinstance(value, (Expression, Condition, Unused))


def shape_of(value: Any) -> shapes.Shape:
    """The shape of whatever flows."""
    if isinstance(value, Condition):
        return masks.shape_of(value)
    return tuple(value.shape)


def expanded(value: Expression, shape: Any) -> Expression:
    """An array broadcast by numpy's rules."""
    if value.shape == tuple(shape):
        return value
    return value._gather(tuple(shape), shapes.broadcast_indices(value.shape, tuple(shape)))


def picked(parts: Sequence[Expression], indices: Sequence[int], shape: Any) -> Expression:
    """Entries of several arrays laid out one after the other."""
    return Gather(tuple(parts), list(indices), tuple(shape))
