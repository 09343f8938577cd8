"""Columns of generators, and what may be done to them: the vocabulary that all engines share.

A generator is a row of integers up to a positive factor: its coordinates first, then values of
functions that are linear on every face. Every operation on columns acts on one row alone, so that
it can be done again on the exact row of any one generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd
from operator import itemgetter, mul
from typing import TypeAlias

from piecewise_mt.exact.number_rows import normal_generator
from piecewise_mt.memory import cached_property

Row: TypeAlias = list[int]
Reader: TypeAlias = Callable[[Row], int]
Writer: TypeAlias = Callable[[Row], None]


class Combination:
    """Σ c·column / denominator in integers, sparse.

    Examples
    --------
    >>> Combination(((0, 2), (2, -1))).read([5, 7, 4])
    6
    """

    __slots__ = ("__dict__", "denominator", "terms")

    def __init__(self, terms: Sequence[tuple[int, int]], denominator: int = 1) -> None:
        self.terms = tuple(terms)
        self.denominator = denominator

    def __reduce__(self) -> tuple[type[Combination], tuple[Sequence[tuple[int, int]], int]]:
        # without the reader
        return Combination, (self.terms, self.denominator)

    @classmethod
    def of(cls, row: Sequence[int]) -> Combination:
        """The combination with one coefficient a column."""
        return cls([(column, c) for column, c in enumerate(row) if c])

    @cached_property
    def read(self) -> Reader:
        """What reads the combination off a row."""
        terms, denominator = self.terms, self.denominator
        if denominator != 1:
            return lambda row: sum([c * row[column] for column, c in terms]) // denominator
        if not terms:
            return lambda row: 0
        if len(terms) == 1:
            ((column, c),) = terms
            return itemgetter(column) if c == 1 else lambda row: c * row[column]
        if len(terms) == 2 and sorted(c for _, c in terms) == [-1, 1]:
            (i, j) = (column for column, _ in sorted(terms, key=lambda term: -term[1]))
            return lambda row: row[i] - row[j]
        width = 1 + max(column for column, _ in terms)
        if width <= 2 * len(terms):
            dense = [0] * width
            for column, c in terms:
                dense[column] += c
            return lambda row: sum(map(mul, dense, row))
        return lambda row: sum([c * row[column] for column, c in terms])

    def multiple_of(self, other: Combination) -> int | None:
        """The integer factor by which this is the other one, None if it is no such multiple."""
        if self.denominator != 1 or other.denominator != 1:
            return None
        if not self.terms:
            return 0
        if len(self.terms) != len(other.terms):
            return None
        try:
            factor, rest = divmod(self.terms[0][1], other.terms[0][1])
        except TypeError:
            return None
        if rest:
            return None
        same = all(i == j and c == factor * d for (i, c), (j, d) in zip(self.terms, other.terms))
        return factor if same else None


Moves: TypeAlias = Sequence[tuple[int, Combination]]
"""Columns that are written at once, and what they become."""


def writer(moves: Moves) -> Writer:
    """What writes the moved values into a row."""
    readers = [combination.read for _, combination in moves]
    targets = [target for target, _ in moves]
    if len(targets) == 1:
        (to,), (read_one,) = targets, readers

        def write_one(row: Row) -> None:
            row[to] = read_one(row)

        return write_one

    def write(row: Row) -> None:
        for target, value in zip(targets, [read(row) for read in readers]):
            row[target] = value

    return write


def between(plus: Row, minus: Row, above: int, below: int) -> Row:
    """The primitive row where a kink that is `above` > 0 and -`below` < 0 at two rows vanishes."""
    row = [above * v + below * u for u, v in zip(plus, minus)]
    try:
        divisor = gcd(*row)
    except TypeError:
        return normal_generator(row)
    return [value // divisor for value in row] if divisor > 1 else row


def shifted(row: Row, line: Row, height: int, scale: int) -> Row:
    """`row`, of this height, moved to height 0 along `line`, whose height is `scale` > 0."""
    if not height:
        return row
    moved = [scale * a - height * b for a, b in zip(row, line, strict=True)]
    try:
        divisor = gcd(*moved)
    except TypeError:
        return normal_generator(moved)
    return [value // divisor for value in moved] if divisor > 1 else moved


def without(row: Row, columns: Sequence[int]) -> None:
    """Delete columns of a row; they come in descending order."""
    for column in columns:
        del row[column]
