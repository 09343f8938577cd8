"""Rows of generators for the engine on arrays: in 64 bits as long as they fit, then as lists.

Before every sum of products a bound on it is taken from the largest absolute values of the
columns; what might reach 2^62 is not computed but told by :class:`TooLarge`, and the rows go on
as lists of Python's integers. So no sum ever wraps, and rows are the Python engine's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from piecewise_mt.geometry.columns import Combination, Moves, Row, between, writer
from piecewise_mt.geometry.generators import PLUS

Array: TypeAlias = Any
LIMIT = 2**62
"""All numbers are below it in absolute value, so that a sum of two fits into 64 bits."""
SAFE = 4.0e18
"""A bound in floats: below 2^62 by far more than floats err."""


class TooLarge(Exception):
    """A number might not fit; nothing has been changed."""


class IntRows:
    """Rows as one matrix of 64-bit integers, a column of generators being contiguous."""

    __slots__ = ("heights", "matrix", "reach")

    def __init__(self, matrix: Array) -> None:
        self.matrix = matrix
        self.reach: list[int] = _largest(matrix)
        """The largest absolute value of every column, or more."""
        self.heights: Array = None
        """The last kink at all generators."""

    def copy(self) -> IntRows:
        """Rows that may be changed without changing these."""
        twin: IntRows = object.__new__(IntRows)
        twin.matrix, twin.reach = self.matrix.copy(), list(self.reach)
        twin.heights = self.heights
        return twin

    def as_lists(self, heights: list[int] | None = None) -> ListRows:
        """The same rows for numbers of any size."""
        twin = ListRows(self.lists())
        if heights is None:
            heights = [] if self.heights is None else self.heights.tolist()
        twin.heights = heights
        return twin

    def lists(self) -> list[Row]:
        """All rows as lists of Python's integers."""
        rows: list[Row] = self.matrix.T.tolist()
        return rows

    def value(self, form: Combination) -> Array:
        """A combination at all generators, as a new array."""
        return _value(self.matrix, self.reach, form)

    def sides(self, form: Combination) -> Array:
        """The signs of a combination at all generators."""
        return _sides(self.value(form))

    def cut(self, kink: Combination) -> Array:
        """The signs of a combination, whose values are kept as heights."""
        heights = self.value(kink)
        self.heights = heights
        return _sides(heights)

    def meet(self, plus: Array, minus: Array) -> None:
        """Append a generator where the kink vanishes between two."""
        matrix = self.matrix
        above, below = self.heights[plus], -self.heights[minus]
        u, v = matrix.take(plus, axis=1), matrix.take(minus, axis=1)
        wide: list[int] = []
        if (int(above.max()) + int(below.max())) * max(self.reach) >= LIMIT:
            # not all have the largest numbers: only those that might not fit are done one by one
            bound = np.abs(v).max(axis=0).astype(float) * above
            bound += np.abs(u).max(axis=0).astype(float) * below
            wide = np.flatnonzero(bound >= SAFE).tolist()
            exact = [
                between(u[:, i].tolist(), v[:, i].tolist(), int(above[i]), int(below[i]))
                for i in wide
            ]
            if any(abs(value) >= LIMIT for row in exact for value in row):
                raise TooLarge
            above[wide] = below[wide] = 0
        new = above * v
        u *= below
        new += u
        if wide:
            new[:, wide] = np.array(exact, dtype=np.int64).T
        divisor = np.gcd.reduce(new, axis=0)
        if (divisor > 1).any():
            new //= divisor
        self.reach = list(map(max, self.reach, _largest(new)))
        self.matrix = np.concatenate((matrix, new), axis=1)
        self.heights = np.concatenate((self.heights, np.zeros(len(plus), dtype=np.int64)))

    def take(self, places: Array) -> None:
        """Keep some generators."""
        self.matrix = self.matrix.take(places, axis=1)
        self.reach = _largest(self.matrix)
        self.heights = None

    def append(self, forms: Sequence[Combination]) -> None:
        """Append columns that are combinations of those before."""
        if forms:
            self._grow(np.stack([self.value(form) for form in forms]))

    def delete(self, columns: range) -> None:
        """Delete columns that follow each other."""
        self.matrix = np.delete(self.matrix, slice(columns.start, columns.stop), axis=0)
        del self.reach[columns.start : columns.stop]

    def select(self, grown: int, positive: Moves, otherwise: Moves, sides: Array) -> None:
        """Append columns of zeros, and write values by these signs."""
        fresh = np.zeros((grown, self.matrix.shape[1]), dtype=np.int64)
        matrix, reach = np.concatenate((self.matrix, fresh)), self.reach + [0] * grown
        is_above = sides == PLUS
        written = [
            (to, place, _value(matrix, reach, form))
            for place, moves in ((is_above, positive), (~is_above, otherwise))
            for to, form in moves
        ]
        for to, place, values in written:
            np.copyto(matrix[to], values, where=place)
            reach[to] = max(reach[to], *_largest(values[None]))
        self.matrix, self.reach = matrix, reach

    def choose(self, outputs: Sequence[Combination], places: Array) -> None:
        """Append a column: at every generator the output at its place."""
        column = np.zeros(self.matrix.shape[1], dtype=np.int64)
        for place in np.flatnonzero(np.bincount(places)).tolist():
            if outputs[place].terms:
                np.copyto(column, self.value(outputs[place]), where=places == place)
        self._grow(column[None])

    def choose_multiple(self, factors: Sequence[int], places: Array) -> None:
        """The same for outputs that are multiples of the kink."""
        if max(map(abs, factors)) * max(1, *_largest(self.heights[None])) >= LIMIT:
            raise TooLarge
        self._grow((np.array(factors, dtype=np.int64)[places] * self.heights)[None])

    def _grow(self, columns: Array) -> None:
        self.matrix = np.concatenate((self.matrix, columns))
        self.reach = self.reach + _largest(columns)


class ListRows:
    """Rows as lists of integers of any size; the faces remain arrays."""

    __slots__ = ("heights", "rows")

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.heights: list[int] = []

    def copy(self) -> ListRows:
        """Rows that may be changed without changing these."""
        twin = ListRows([list(row) for row in self.rows])
        twin.heights = list(self.heights)
        return twin

    def lists(self) -> list[Row]:
        """All rows."""
        return [list(row) for row in self.rows]

    def sides(self, form: Combination) -> Array:
        """The signs of a combination at all generators."""
        return _signs(list(map(form.read, self.rows)))

    def cut(self, kink: Combination) -> Array:
        """The signs of a combination, whose values are kept as heights."""
        self.heights = list(map(kink.read, self.rows))
        return _signs(self.heights)

    def meet(self, plus: Array, minus: Array) -> None:
        """Append a generator where the kink vanishes between two."""
        rows, heights = self.rows, self.heights
        self.rows += [
            between(rows[p], rows[q], heights[p], -heights[q])
            for p, q in zip(plus.tolist(), minus.tolist(), strict=True)
        ]
        self.heights += [0] * len(plus)

    def take(self, places: Array) -> None:
        """Keep some generators."""
        self.rows = [self.rows[place] for place in places.tolist()]

    def append(self, forms: Sequence[Combination]) -> None:
        """Append columns that are combinations of those before."""
        readers = [form.read for form in forms]
        for row in self.rows:
            row += [read(row) for read in readers]

    def delete(self, columns: range) -> None:
        """Delete columns that follow each other."""
        for row in self.rows:
            del row[columns.start : columns.stop]

    def select(self, grown: int, positive: Moves, otherwise: Moves, sides: Array) -> None:
        """Append columns of zeros, and write values by these signs."""
        above, below = writer(positive), writer(otherwise)
        for is_above, row in zip((sides == PLUS).tolist(), self.rows, strict=True):
            row += [0] * grown
            (above if is_above else below)(row)

    def choose(self, outputs: Sequence[Combination], places: Array) -> None:
        """Append a column: at every generator the output at its place."""
        readers = [output.read for output in outputs]
        for place, row in zip(places.tolist(), self.rows, strict=True):
            row.append(readers[place](row))

    def choose_multiple(self, factors: Sequence[int], places: Array) -> None:
        """The same for outputs that are multiples of the kink."""
        for place, height, row in zip(places.tolist(), self.heights, self.rows, strict=True):
            row.append(factors[place] * height)


AnyRows: TypeAlias = IntRows | ListRows


def rows_of(rows: list[Row]) -> AnyRows:
    """Rows in 64 bits, or as lists if one does not fit."""
    try:
        matrix = np.ascontiguousarray(np.array(rows, dtype=np.int64).T)
    except OverflowError:
        return ListRows(rows)
    own = IntRows(matrix)
    return own if max(own.reach, default=0) < LIMIT else ListRows(rows)


def _value(matrix: Array, reach: Sequence[int], form: Combination) -> Array:
    terms = form.terms
    bound = sum([abs(c) * (reach[column] or 1) for column, c in terms])
    if max(bound, form.denominator) >= LIMIT:
        raise TooLarge
    if not terms:
        return np.zeros(matrix.shape[1], dtype=np.int64)
    if len(terms) == 1:
        ((column, c),) = terms
        found = c * matrix[column]
    else:
        columns = [column for column, _ in terms]
        dense = columns == list(range(columns[0], columns[0] + len(columns)))
        own = matrix[columns[0] : columns[-1] + 1] if dense else matrix[columns]
        found = np.array([c for _, c in terms], dtype=np.int64) @ own
    if form.denominator != 1:
        found //= form.denominator
    return found


def _largest(matrix: Array) -> list[int]:
    """The largest absolute value of every row of a matrix."""
    if not matrix.shape[1]:
        return [0] * matrix.shape[0]
    high, low = matrix.max(axis=1).tolist(), matrix.min(axis=1).tolist()
    return [max(top, -bottom) for top, bottom in zip(high, low)]


def _sides(values: Array) -> Array:
    """ZERO, PLUS or MINUS for every value."""
    return (values > 0).view(np.uint8) + 2 * (values < 0).view(np.uint8)


def _signs(values: Sequence[int]) -> Array:
    return np.array([1 if v > 0 else 2 if v else 0 for v in values], dtype=np.uint8)
