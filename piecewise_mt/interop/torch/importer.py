"""What the translations of operations need to know of a network."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.conventions.base import number
from piecewise_mt.exact.floating import rounded
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant
from piecewise_mt.interop import masks
from piecewise_mt.interop.rounding import Rounding


class Importer:
    """What the translations of operations need to know."""

    def __init__(self, dtype: str, mode: str, limit: int | None) -> None:
        self.dtype = dtype
        self.coarsest = dtype
        self.mode = mode
        self.rounding = Rounding(limit)

    def scalar(self, value: Any) -> Any:
        """A Python number of a network: a float as the network's float type has it."""
        if not isinstance(value, float):
            return value
        if self.rounding.limit is not None:
            return self.rounding(value)
        return rounded(number(value), self.dtype)

    def constant(self, values: Any) -> Constant:
        """A tensor as the exact rationals that it holds."""
        shape = tuple(values.shape)
        flat = values.detach().reshape(-1).tolist()
        return Constant(
            [self.rounding(int(v) if v is True or v is False else v) for v in flat], shape
        )

    def number(self, value: Any) -> Fraction:
        """A Python number of a network as a fraction."""
        return number(self.scalar(value))

    def exact(self, value: Any) -> Fraction:
        """A number that is never rounded to small denominators, such as an eps."""
        return rounded(number(value), self.dtype)

    def value(self, value: Any) -> Expression:
        """Whatever the graph has, as an expression: numbers, tensors and masks too."""
        if isinstance(value, Expression):
            return value
        if isinstance(value, Condition):
            return masks.numbers(self, value)
        if hasattr(value, "detach"):
            return self.constant(value)
        return Constant((self.number(value),))

    @property
    def eps(self) -> Fraction:
        """The distance from 1 to the next number of the float type."""
        return Fraction(1, 2 ** (52 if self.dtype == "float64" else 23))
