"""Arrays of numbers of which lower and upper bounds are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, final

import sympy

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.balls import interval_text
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.geometry.points import read_coordinates

SHOWN = 24
"""Arrays of more entries are not written."""


@final
class EnclosedArray:
    """Numbers of which lower and upper bounds are known: a value, or a gradient.

    See Also
    --------
    Expression.enclosure : Where they come from.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> value = mt.exp(mt.variable("t")).enclosure((1,)).value
    >>> value, value.lower < value.upper, value.contains(3)
    (2.7182818284590452 ± 3.6e-17, True, False)
    """

    __slots__ = ("_digits", "_entries", "shape")

    def __init__(
        self, entries: Iterable[tuple[Fraction, Fraction]], shape: tuple[int, ...], digits: int
    ) -> None:
        self._entries = tuple(entries)
        self.shape = shape
        self._digits = digits

    @property
    def lower(self) -> Any:
        """The lower bounds: a Rational for the shape (), else a matrix of them."""
        return self._matrix([low for low, _ in self._entries])

    @property
    def upper(self) -> Any:
        """The upper bounds."""
        return self._matrix([high for _, high in self._entries])

    @property
    def midpoint(self) -> Any:
        """What is half way between the bounds."""
        return self._matrix([(low + high) / 2 for low, high in self._entries])

    @property
    def width(self) -> sympy.Rational:
        """The largest difference of an upper and a lower bound; 0 if all is known exactly."""
        widths: list[Fraction] = [high - low for low, high in self._entries]
        return to_rational(max(widths, default=Fraction(0)))

    def _matrix(self, values: list[Fraction]) -> Any:
        if self.shape == ():
            return to_rational(values[0])
        return sympy.ImmutableMatrix(*self._rows_and_columns, list(map(to_rational, values)))

    @property
    def _rows_and_columns(self) -> tuple[int, int]:
        return (self.shape[0], self.shape[1]) if self.shape else (1, 1)

    def contains(self, values: Any) -> bool:
        """Whether exact numbers are within the bounds: what is not is refuted.

        Parameters
        ----------
        values : number, matrix or nested list
            As many rational numbers as there are entries, row-major.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> gradient = mt.tanh(mt.variable("t")).enclosure((1,)).gradient
        >>> gradient.contains([["0.42"]]), gradient.contains(gradient.lower)
        (False, True)
        """
        given = list(_flat(values))
        if len(given) != len(self._entries):
            raise PiecewiseError(
                f"expected {len(self._entries)} numbers, got {len(given)}; give one an entry"
            )
        numbers = read_coordinates(given, tuple(f"x{i}" for i in range(len(given))))
        pairs = zip(self._entries, numbers, strict=True)
        return all(low <= value <= high for (low, high), value in pairs)

    def times(self, column: Sequence[Fraction]) -> EnclosedArray:
        """The product of a gradient and a direction of rational numbers."""
        rows, width = self._rows_and_columns
        found: list[tuple[Fraction, Fraction]] = []
        for k in range(rows):
            own = self._entries[k * width : (k + 1) * width]
            pairs = [sorted((a * d, b * d)) for (a, b), d in zip(own, column, strict=True)]
            found.append(
                (sum((p[0] for p in pairs), Fraction(0)), sum((p[1] for p in pairs), Fraction(0)))
            )
        return EnclosedArray(found, (rows, 1), self._digits)

    def scalar(self) -> EnclosedArray:
        """The one entry, with the shape ()."""
        return EnclosedArray(self._entries, (), self._digits)

    def _texts(self) -> Iterator[str]:
        for low, high in self._entries:
            short = low == high and low.denominator < 10**9
            yield str(low) if short else interval_text(low, high, self._digits + 2)

    def __str__(self) -> str:
        if self.shape == ():
            return next(self._texts())
        rows, width = self._rows_and_columns
        if len(self._entries) > SHOWN:
            return f"{rows}×{width} entries of width {float(self.width):.1e} or less"
        texts = list(self._texts())
        lines = (", ".join(texts[k * width : (k + 1) * width]) for k in range(rows))
        return "[" + ",\n ".join(f"[{line}]" for line in lines) + "]"

    __repr__ = __str__


def _flat(values: Any) -> Iterator[Any]:
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, (list, tuple)):
        for part in values:
            yield from _flat(part)
    else:
        yield values
