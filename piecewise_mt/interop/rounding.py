"""Weights of a network that is read: exact, or rounded on request, and then it is said."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

from piecewise_mt.conventions.base import number
from piecewise_mt.errors import RoundedWeights


class Rounding:
    """Reads numbers as the dyadic rationals that they are, or to small denominators."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.read = 0
        self.changed = 0
        self.largest = Fraction(0)

    def __call__(self, value: Any) -> Fraction:
        exact = number(value)
        if self.limit is None:
            return exact
        near = exact.limit_denominator(self.limit)
        self.read += 1
        self.changed += near != exact
        self.largest = max(self.largest, abs(near - exact))
        return near

    def say(self, stacklevel: int = 3) -> None:
        """Warn if a number was changed, with how many and by how much at most."""
        if self.changed:
            warnings.warn(
                f"{self.changed} of {self.read} numbers were rounded to denominators up to "
                f"{self.limit}, by at most {float(self.largest):.2g}; the result is exact for the "
                "rounded network",
                RoundedWeights,
                stacklevel=stacklevel,
            )
