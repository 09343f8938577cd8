"""Rows of the compiled engine: integers of 64 bits, or double-doubles with a tape behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from piecewise_mt.geometry.columns import Combination, Row
from piecewise_mt.geometry.pairs import pair, triple
from piecewise_mt.geometry.tape import Tape


class Unsuited(Exception):
    """The compiled engine gives up, and the Python engine is to answer."""


class KernelRows:
    """The rows of a kernel, whatever numbers it has, and the exact ones that they stand for."""

    def __init__(self, kernel: Any, dimension: int) -> None:
        self.dimension = dimension
        self._kernel = kernel
        self._width = dimension + 1
        self._tape: Tape | None = None
        """What has been done since rows became floats, None as long as they are integers."""
        self._exponents: list[int] = []
        """A float is 2^-exponent times the column."""

    @property
    def tier(self) -> str:
        """What numbers rows have."""
        return "64-bit integers" if self._tape is None else "double-doubles"

    def _row(self, index: int) -> Row:
        """The exact row of a generator."""
        if self._tape is None:
            row: Row = self._kernel.row(index)
            return row
        return list(self._tape.row(self._kernel.identity(index)))

    @property
    def generators(self) -> list[Row]:
        """The exact rows of all generators."""
        return [self._row(index) for index in range(self._kernel.sizes()[1])]

    def _load(self, rows: list[Row], heights: list[int]) -> None:
        """Give all generators new exact rows."""
        self._width = len(rows[0])
        if self._tape is None:
            try:
                self._kernel.load(rows, heights)
                return
            except OverflowError:
                pass
        self._call(self._kernel.rebase, self._width)
        own = self.dimension + 1
        sizes = [row[0].bit_length() or max(map(int.bit_length, row[:own])) for row in rows]
        self._exponents = [
            max(row[c].bit_length() - size for row, size in zip(rows, sizes, strict=True))
            if c >= own
            else 0
            for c in range(self._width)
        ]
        for place in range(own, self._width):  # columns of one unit are compared
            self._exponents[place] = max(self._exponents[own:])
        self._tape = Tape(lambda name: rows[name], self._kernel.parents)
        for index, row in enumerate(rows):
            self._set_row(index, row)

    def _promote(self) -> None:
        """Go on with double-doubles, as a row does not fit into 64 bits."""
        if self._tape is not None:
            raise Unsuited("a number does not fit")
        width = self._width
        base = memoryview(self._call(self._kernel.to_float)).cast("q")
        self._tape = Tape(
            lambda name: list(base[name * width : (name + 1) * width]), self._kernel.parents
        )
        self._exponents = [0] * width

    def _set_row(self, index: int, row: Row) -> tuple[int, int]:
        """Write an exact row; the denominator and the shift that make the floats of it."""
        if row[0]:
            denominator, shift = row[0], 0
        else:
            denominator = 1
            shift = -max(v.bit_length() - e for v, e in zip(row, self._exponents, strict=True) if v)
        numbers: list[float] = []
        try:
            for value, exponent in zip(row, self._exponents, strict=True):
                numbers += triple(value, denominator, shift - exponent)
        except ArithmeticError as error:
            raise Unsuited(str(error)) from error
        self._call(self._kernel.set_row, index, numbers)
        return denominator, shift

    def _call(self, method: Any, *given: Any) -> Any:
        try:
            return method(*given)
        except OverflowError:
            raise
        except ArithmeticError as error:
            raise Unsuited(str(error)) from error

    def _ranged(self, ask: Callable[[], Any]) -> Any:
        """What `ask` answers, with double-doubles if 64 bits are too few."""
        try:
            return self._call(ask)
        except OverflowError:
            self._promote()
            return self._call(ask)

    def _signed(self, ask: Callable[[Any, Any], list[int] | None], kink: Combination) -> None:
        """Do what needs the signs of a combination; those in doubt are found exactly."""
        known: dict[int, tuple[float, float, float]] = {}
        while True:
            doubts = self._ranged(lambda: ask(self._form(kink), known))
            if doubts is None:
                return
            if any(index in known for index in doubts):
                raise Unsuited("a sign is not decided by its exact value")
            for index in doubts:
                known[index] = self._exact_height(index, kink)

    def _exact_height(self, index: int, kink: Combination) -> tuple[float, float, float]:
        """A kink at one generator, whose floats are made anew from its exact row."""
        row = self._row(index)
        denominator, shift = self._set_row(index, row)
        height = sum(c * row[column] for column, c in kink.terms)
        try:
            return triple(height, denominator, shift - self._exponent([kink], whole=True))
        except ArithmeticError as error:
            raise Unsuited(str(error)) from error

    # -- forms for the kernel --------------------------------------------------------------

    def _exponent(self, combinations: Sequence[Combination], whole: bool = False) -> int:
        """The exponent with which coefficients are below one."""
        return max(
            (
                c.bit_length()
                + self._exponents[column]
                - (0 if whole else combination.denominator.bit_length() - 1)
                for combination in combinations
                for column, c in combination.terms
            ),
            default=0,
        )

    def _form(self, combination: Combination, exponent: int | None = None) -> Any:
        """(columns, coefficients, denominator), with floats for a column of this exponent.

        Without one it is for the sign alone, and the denominator is left out.
        """
        columns = [column for column, _ in combination.terms]
        if self._tape is None:
            return columns, [c for _, c in combination.terms], combination.denominator
        denominator = combination.denominator
        if exponent is None:
            denominator, exponent = 1, self._exponent([combination], whole=True)
        numbers: list[float] = []
        try:
            for column, c in combination.terms:
                numbers += pair(c, denominator, self._exponents[column] - exponent)[:2]
        except ArithmeticError as error:
            raise Unsuited(str(error)) from error
        return columns, numbers, 1
