"""The span of many sparse rows: its pivots at once, its reduced echelon form when it is asked for.

Ties of a network at a flat image are hundreds of sparse rows of small rank, or as many as there
are pixels with coefficients of a few bits. Integers in place of them grow to thousands of bits in
every step of an elimination, so it is done modulo one prime, and what it says is then proven:

- the rows it chooses are independent, as a minor is not zero modulo the prime;
- every other row is a combination of them, which is reconstructed and checked exactly, unless
  there are as many of them as columns;
- the reduced echelon form solves linear equations, is lifted from the prime's powers (Dixon,
  Numerische Mathematik 40, 1982) and checked by putting it into them.

What cannot be proven so is left to :func:`~piecewise_mt.exact.linear.echelon`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import isqrt
from typing import TypeAlias

from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.memory import cached_property

SparseRow: TypeAlias = Mapping[int, int]
"""The entries that are not zero, by column."""

MODULUS = 2**521 - 1
"""A prime so large that the combinations of most ties are known from their residues."""

FEW = 12
"""So few rows are eliminated at once."""

_Residues: TypeAlias = dict[int, int]


class Span:
    """The span of some rows: pivot columns, and the basis that is the identity there.

    Examples
    --------
    >>> span = span_of([{0: 2, 2: 1}, {0: 4, 2: 2}, {1: 1, 2: -1}], 3)
    >>> span.pivots, [list(map(str, row)) for row in span.basis]
    ((0, 1), [['1', '0', '1/2'], ['0', '1', '-1']])
    """

    def __init__(
        self,
        pivots: tuple[int, ...],
        *,
        basis: tuple[tuple[Fraction, ...], ...] | None = None,
        solved: _Echelon | None = None,
        width: int = 0,
    ) -> None:
        self.pivots = pivots
        self._width = width
        self._solved = solved
        if basis is not None:
            self.basis = basis

    @property
    def is_known(self) -> bool:
        """Whether the basis is there already; the numbers of a large one take their time."""
        return "basis" in self.__dict__

    @cached_property
    def basis(self) -> tuple[tuple[Fraction, ...], ...]:
        """One row a pivot, with entry 1 there and 0 at the other pivots."""
        assert self._solved is not None
        return self._solved.basis(self._width)


def span_of(rows: Iterable[SparseRow], width: int) -> Span:
    """The span of sparse rows of so many columns.

    The pivots are the first columns that will do, as those of the reduced echelon form are; if a
    minor happens to be a multiple of `MODULUS`, others may take their place.
    """
    distinct: dict[tuple[tuple[int, int], ...], None] = {}
    for row in rows:
        columns = sorted(column for column, c in row.items() if c)
        if columns:
            made = primitive([row[column] for column in columns])
            if made[0] < 0:
                made = tuple(-c for c in made)
            distinct[tuple(zip(columns, made, strict=True))] = None
    work = [dict(row) for row in distinct]
    if len(work) > FEW and all(type(c) is int for row in work for c in row.values()):
        # independent rows need no combinations, which are most of the work, and nor do rows that
        # span everything
        found = _Echelon(work, is_tracked=False)
        if found.relations and not found.is_whole:
            found = _Echelon(work)
        if found.is_proven(width):
            return Span(tuple(sorted(found.table)), solved=found, width=width)
    return _eliminated(work, width)


def _eliminated(rows: Sequence[SparseRow], width: int) -> Span:
    """The same by elimination of integers, in the columns that are not zero."""
    columns = sorted({column for row in rows for column in row})
    reduced = echelon([(0, *(row.get(column, 0) for column in columns)) for row in rows])
    pivots, basis = [], []
    for row in reduced:
        place = next(i for i, c in enumerate(row) if c)
        pivots.append(columns[place - 1])
        full = [Fraction(0)] * width
        for column, c in zip(columns, row[1:], strict=True):
            if c:
                full[column] = quotient(c, row[place])
        basis.append(tuple(full))
    return Span(tuple(pivots), basis=tuple(basis))


class _Echelon:
    """An echelon form modulo the prime, and which combination of the rows each of its rows is."""

    def __init__(self, rows: Sequence[dict[int, int]], *, is_tracked: bool = True) -> None:
        self.rows = rows
        self.is_tracked = is_tracked
        self.table: dict[int, tuple[_Residues, _Residues]] = {}
        self.chosen: list[int] = []
        self.relations: list[tuple[int, _Residues]] = []
        self.columns = {column for row in rows for column in row}
        self._known: tuple[tuple[Fraction, ...], ...] | None = None
        for index, row in enumerate(rows):
            if self.is_whole:
                break
            rest = {column: c % MODULUS for column, c in row.items() if c % MODULUS}
            made = {index: 1} if is_tracked else {}
            while rest:
                lead = min(rest)
                known = self.table.get(lead)
                if known is None:
                    inverse = pow(rest[lead], -1, MODULUS)
                    self.table[lead] = _scaled(rest, inverse), _scaled(made, inverse)
                    self.chosen.append(index)
                    break
                factor = rest[lead]
                _subtract(rest, factor, known[0])
                _subtract(made, factor, known[1])
            else:
                self.relations.append((index, made))

    @property
    def is_whole(self) -> bool:
        """Whether there are as many pivots as columns, so that every row is in the span."""
        return len(self.table) == len(self.columns)

    def is_proven(self, width: int) -> bool:
        """Whether the rows that are not chosen are in the span of those that are."""
        if self.is_whole:
            return True
        missing = [
            (index, made) for index, made in self.relations if not self._is_relation(made)
        ]  # fmt: skip
        if not missing:
            return True
        # combinations with long factors: entries at the pivots say what a row of the span is
        known = self._known = self._lifted(width)
        pivots = sorted(self.table)
        for index, _ in missing:
            row = self.rows[index]
            own = [(row[p], line) for p, line in zip(pivots, known, strict=True) if p in row]
            if any(
                row.get(column, 0) != sum(c * line[column] for c, line in own)
                for column in self.columns
            ):
                return False
        return True

    def _is_relation(self, made: _Residues) -> bool:
        """Whether a combination is zero of the rows themselves."""
        found = _rational(list(made.values()), MODULUS, 1)
        if found is None:
            return False
        total: dict[int, int] = {}
        for index, c in zip(made, found[0], strict=True):
            for column, value in self.rows[index].items():
                total[column] = total.get(column, 0) + c * value
        return not any(total.values())

    def basis(self, width: int) -> tuple[tuple[Fraction, ...], ...]:
        """The rows with the identity at the pivots."""
        if self._known is None:
            whole = self if self.is_tracked or self.is_whole else _Echelon(self.rows)
            self._known = whole._lifted(width)
        return self._known

    def _lifted(self, width: int) -> tuple[tuple[Fraction, ...], ...]:
        """The same, made: there are equations to solve for every other column."""
        pivots = sorted(self.table)
        result = [[Fraction(0)] * width for _ in pivots]
        for k, pivot in enumerate(pivots):
            result[k][pivot] = Fraction(1)
        ends = sorted(self.columns.difference(pivots))
        if ends:
            rows = [self.rows[index] for index in self.chosen]
            system = _System(self, rows, {pivot: k for k, pivot in enumerate(pivots)})
            for column in ends:
                values, denominator = system.solve([row.get(column, 0) for row in rows])
                for own, value in zip(result, values, strict=True):
                    if value:
                        own[column] = Fraction(value, denominator)
        return tuple(map(tuple, result))


class _System:
    """Equations whose matrix are the chosen rows at the pivots."""

    def __init__(self, form: _Echelon, rows: Sequence[SparseRow], place: Mapping[int, int]) -> None:
        position = {index: i for i, index in enumerate(form.chosen)}
        self._matrix = [
            [(place[column], c) for column, c in row.items() if column in place] for row in rows
        ]
        # from the last pivot to the first: the combination of rows, and the later unknowns in it
        self._steps = [
            (
                place[pivot],
                [(position[index], c) for index, c in form.table[pivot][1].items()],
                [
                    (place[column], c)
                    for column, c in form.table[pivot][0].items()
                    if column != pivot and column in place
                ],
            )
            for pivot in sorted(place, reverse=True)
        ]
        self._denominator = 1

    def solve(self, right: Sequence[int]) -> tuple[list[int], int]:
        """The solution: integers over a denominator."""
        rest = list(right)
        total = [0] * len(rest)
        power, digits, tried = 1, 0, 1
        while True:
            digit = self._digit(rest)
            total = [t + power * d if d else t for t, d in zip(total, digit, strict=True)]
            rest = [
                (r - sum([c * digit[k] for k, c in row])) // MODULUS
                for r, row in zip(rest, self._matrix, strict=True)
            ]
            power *= MODULUS
            digits += 1
            if digits < tried and any(rest):
                continue
            tried = digits + max(1, digits // 2)
            # the columns mostly have one denominator
            found = _rational(total, power, self._denominator) or _rational(total, power, 1)
            if found is not None and self._holds(right, *found):
                self._denominator = found[1]
                return found

    def _digit(self, right: Sequence[int]) -> list[int]:
        result = [0] * len(right)
        for k, combination, later in self._steps:
            value = sum([c * right[i] for i, c in combination])
            result[k] = (value - sum([c * result[j] for j, c in later])) % MODULUS
        return result

    def _holds(self, right: Sequence[int], values: Sequence[int], denominator: int) -> bool:
        return all(
            sum([c * values[k] for k, c in row]) == denominator * r
            for r, row in zip(right, self._matrix, strict=True)
        )


def _scaled(row: _Residues, factor: int) -> _Residues:
    return {column: c * factor % MODULUS for column, c in row.items()}


def _subtract(row: _Residues, factor: int, other: Mapping[int, int]) -> None:
    """`row` less `factor` times another, in place."""
    for column, c in other.items():
        value = (row.get(column, 0) - factor * c) % MODULUS
        if value:
            row[column] = value
        else:
            row.pop(column, None)


def _rational(
    residues: Sequence[int], modulus: int, denominator: int
) -> tuple[list[int], int] | None:
    """The smallest numbers with these residues over one denominator, None if they are not small.

    The denominator is a multiple of the one given. They are the numbers meant if they fulfil the
    equations that these do, which is for the caller to check.
    """
    bound = isqrt(modulus // 2)
    for residue in residues:
        value = residue * denominator % modulus
        if min(value, modulus - value) <= bound:
            continue
        # continued fractions: value = n/d with |n|, d at most the bound, if there are such
        one, two, first, second = modulus, value, 0, 1
        while two > bound:
            step, rest = divmod(one, two)
            one, two, first, second = two, rest, second, first - step * second
        denominator *= abs(second)
        if denominator > bound:
            return None
    values = []
    for residue in residues:
        value = residue * denominator % modulus
        values.append(value if value <= bound else value - modulus)
    return values, denominator
