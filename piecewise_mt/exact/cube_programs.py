"""Exact linear programs on a cube that few rows cut: the size is that of the tight rows.

What is largest on {z : b + A z ≥ 0, 0 ≤ z ≤ 1} is found by the dual simplex method with implicit
bounds. A basis has as many columns as rows are tight, however many variables there are, and every
step passes as many bounds as it can (the long-step rule). Floats propose a basis; the answer is
that of the method with integers, which goes on where the floats stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key
from operator import mul
from typing import Any, NamedTuple, TypeAlias, final

from piecewise_mt.exact.float_bases import proposed_basis
from piecewise_mt.memory import cached_property

PATIENCE = 60
"""After so many steps, and as many for every row, the integers follow Bland's rule."""


@final
class CubeRow:
    """The form c0 + c1 z1 + … + cn zn of integers, and floats near a multiple of it."""

    def __init__(self, entries: Sequence[int]) -> None:
        self.entries = list(entries)

    @cached_property
    def floats(self) -> list[float]:
        """The entries divided by the largest one."""
        size = max(map(abs, self.entries), default=0) or 1
        return [c / size for c in self.entries]

    @cached_property
    def range(self) -> tuple[int, int]:
        """The smallest and the largest value on the cube."""
        rest = self.entries[1:]
        low = sum([c for c in rest if c < 0])
        return self.entries[0] + low, self.entries[0] + sum(rest) - low

    def at(self, point: CubePoint) -> int:
        """The value at a point, times the denominator."""
        return sum(map(int.__mul__, self.entries, (point.denominator, *point.numerators)))


class CubePoint(NamedTuple):
    """A point as integers over one denominator."""

    denominator: int
    numerators: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CubeOptimum:
    """The largest value of a form, a point that has it, and what proves that none is larger.

    The form plus the rows, each times its multiplier, is at most the value all over the cube.
    """

    value: Fraction
    point: CubePoint
    multipliers: dict[int, Fraction]


@dataclass(frozen=True, slots=True)
class CubeFarkas:
    """Multipliers ≥ 0 with which the sum of the rows is negative all over the cube."""

    multipliers: dict[int, Fraction]


def check_cube_bound(
    value: Fraction, form: Sequence[Any], rows: Sequence[Sequence[int]], by: dict[int, Fraction]
) -> bool:
    """Whether multipliers prove that a form is at most `value` on the cube and ≥ 0 on the rows.

    Examples
    --------
    At the tie x = y of the rows x ≥ y and y ≥ x the form x - y is 0:

    >>> rows = [(0, 1, -1), (0, -1, 1)]
    >>> check_cube_bound(Fraction(0), (0, 1, -1), rows, {1: Fraction(1)})
    True
    """
    if any(multiplier < 0 for multiplier in by.values()):
        return False
    total = [Fraction(c) for c in form]
    for i, multiplier in by.items():
        total = [t + multiplier * c for t, c in zip(total, rows[i], strict=True)]
    return total[0] + sum((c for c in total[1:] if c > 0), Fraction(0)) <= value


def maximize_on_cube(form: CubeRow, rows: Sequence[CubeRow]) -> CubeOptimum | CubeFarkas:
    """The largest value of a form on the part of the cube where all rows are ≥ 0.

    Examples
    --------
    >>> tie = [CubeRow((0, 1, -1)), CubeRow((0, -1, 1))]
    >>> maximize_on_cube(CubeRow((0, 1, 1)), tie).value
    Fraction(2, 1)
    >>> found = maximize_on_cube(CubeRow((0, 2, -1)), [CubeRow((1, -2, 0)), *tie])
    >>> found.value, found.point, found.multipliers[0]
    (Fraction(1, 2), CubePoint(denominator=2, numerators=(1, 1)), Fraction(1, 2))
    >>> maximize_on_cube(CubeRow((0, 1, 1)), [CubeRow((-3, 1, 1))])
    CubeFarkas(multipliers={0: Fraction(1, 1)})
    """
    own = _Dual(form.entries, [row.entries for row in rows])
    floats = [row.floats for row in rows]
    proposal = proposed_basis(form.floats, floats, 20 + 6 * len(rows)) if rows else None
    if proposal is not None:
        own.tight, own.basis = proposal
        if not own.is_start():
            own.tight, own.basis = [], []
    return own.answer()


Matrix: TypeAlias = list[list[int]]


class _Dual:
    """The dual simplex method with whole numbers over one denominator, a determinant."""

    def __init__(self, form: list[int], rows: list[list[int]]) -> None:
        self.form, self.rows = form, rows
        self.width = len(form)
        self.tight: list[int] = []
        """The rows with a multiplier."""
        self.basis: list[int] = []
        """As many columns, whose reduced costs are 0."""
        self.upper: set[int] = set()
        """The columns whose variable is 1 outside the basis; any of those whose cost is 0."""
        self.bland = False

    def turned(self, side: list[int]) -> tuple[list[int], int] | None:
        """Solve y M = side for the matrix M of tight rows and columns of the basis."""
        return solved([[self.rows[i][j] for i in self.tight] for j in self.basis], side)

    def costs(self, form: Sequence[int], by: Sequence[int], det: int) -> list[int]:
        """det·form plus the tight rows, each times its number."""
        total = list(form) if det == 1 else [det * c for c in form]
        for i, y in zip(self.tight, by, strict=True):
            if y:
                total = [t + y * c for t, c in zip(total, self.rows[i])]
        return total

    def is_start(self) -> bool:
        """Whether the basis is one, with multipliers ≥ 0."""
        found = self.turned([-self.form[j] for j in self.basis])
        return found is not None and all(v >= 0 for v in found[0])

    def answer(self) -> CubeOptimum | CubeFarkas:
        """Step until nothing is violated, or a direction is found in which the dual has no end."""
        count = 0
        while True:
            count += 1
            self.bland = count > PATIENCE + 4 * len(self.rows)
            y, det = self._regular(self.turned([-self.form[j] for j in self.basis]))
            d = self.costs(self.form, y, det)
            in_basis = set(self.basis)
            for j in range(1, self.width):
                if d[j] > 0:
                    self.upper.add(j)
                elif d[j] < 0:
                    self.upper.discard(j)
            ones = [j for j in self.upper if j not in in_basis]
            sums = [row[0] + sum([row[j] for j in ones]) for row in self.rows]
            matrix = [[self.rows[i][j] for j in self.basis] for i in self.tight]
            z, own = self._regular(solved(matrix, [-sums[i] for i in self.tight]))
            violated = self.violated(z, own, sums)
            if violated is None:
                return self._optimum(y, det, z, own, ones)
            failed = self.step(y, d, violated, own, in_basis)
            if failed is not None:
                return failed

    @staticmethod
    def _regular(found: tuple[list[int], int] | None) -> tuple[list[int], int]:
        assert found is not None, "the matrix of a basis is regular"
        return found

    def _optimum(
        self, y: list[int], det: int, z: list[int], own: int, ones: list[int]
    ) -> CubeOptimum:
        point = [0] * (self.width - 1)
        for j in ones:
            point[j - 1] = own
        for j, v in zip(self.basis, z, strict=True):
            point[j - 1] = v
        value = self.form[0] * own + sum(map(mul, self.form[1:], point))
        by = {i: Fraction(v, det) for i, v in zip(self.tight, y, strict=True) if v}
        return CubeOptimum(Fraction(value, own), CubePoint(own, tuple(point)), by)

    def violated(
        self, z: list[int], own: int, sums: list[int]
    ) -> tuple[int, int | None, int, int] | None:
        """What is violated most: (-size, row or None, place in the basis, side passed)."""
        found: list[tuple[int, int | None, int, int]] = []
        for k, value in enumerate(z):
            if value < 0:
                found.append((value, None, k, -1))
            elif value > own:
                found.append((own - value, None, k, 1))
        if found and self.bland:
            # the smallest number of those that leave: columns first
            return min(found, key=lambda one: self.basis[one[2]])
        tight = set(self.tight)
        for i, row in enumerate(self.rows):
            if i in tight:
                continue
            slack = own * sums[i] + sum([row[j] * v for j, v in zip(self.basis, z)])
            if slack < 0:
                found.append((slack, i, -1, 0))
                if self.bland:
                    break
        return min(found, key=lambda one: one[0]) if found else None

    def step(
        self,
        y: list[int],
        d: list[int],
        violated: tuple[int, int | None, int, int],
        scale: int,
        in_basis: set[int],
    ) -> CubeFarkas | None:
        """Move the multipliers as far as the dual falls."""
        height, row, place, sign = violated
        if row is None:
            side = [sign if k == place else 0 for k in range(len(self.basis))]
            dy, own = self._regular(self.turned(side))
            alpha = self.costs([0] * self.width, dy, 1)
        else:
            dy, own = self._regular(self.turned([-self.rows[row][j] for j in self.basis]))
            alpha = self.costs(self.rows[row], dy, own)
        # ratios as numerators and denominators, all over one positive number
        stops: list[tuple[int, int, int, int]] = []
        for k, (value, change) in enumerate(zip(y, dy)):
            if change < 0:
                stops.append((value, -change, 0, k))
        for j in range(1, self.width):
            a = alpha[j]
            if a and (a > 0) != (j in self.upper) and j not in in_basis:
                stops.append((abs(d[j]), abs(a), 1, j))
        stops.sort(key=cmp_to_key(_compared))
        # the slope of the dual, times scale·own
        slope = height * own
        for _, size, kind, which in stops:
            if not kind:
                if row is None:
                    self._left(self.basis[place], sign)
                    del self.tight[which], self.basis[place]
                else:
                    self.tight[which] = row
                return None
            slope += size * scale
            if slope >= 0 or self.bland:
                if row is None:
                    self._left(self.basis[place], sign)
                    self.basis[place] = which
                else:
                    self.tight.append(row)
                    self.basis.append(which)
                return None
            self.upper ^= {which}
        by = {} if row is None else {row: Fraction(1)}
        for i, v in zip(self.tight, dy, strict=True):
            if v:
                by[i] = Fraction(v, own)
        return CubeFarkas(by)

    def _left(self, column: int, sign: int) -> None:
        """A column leaves the basis for the bound that it has passed."""
        if sign > 0:
            self.upper.add(column)
        else:
            self.upper.discard(column)


def _compared(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> int:
    """Which ratio is smaller; of equal ones the first kind, and the smallest number."""
    gap = one[0] * other[1] - other[0] * one[1]
    if gap:
        return gap
    return -1 if one[2:] < other[2:] else 1


def solved(matrix: Matrix, side: Sequence[int]) -> tuple[list[int], int] | None:
    """The solution of a square system as (numerators, denominator > 0); None if it is singular.

    Examples
    --------
    >>> solved([[2, 1], [1, -1]], [3, 0])
    ([3, 3], 3)
    """
    size = len(matrix)
    work = [[*row, side[k]] for k, row in enumerate(matrix)]
    before = 1
    for k in range(size):
        pivot = next((i for i in range(k, size) if work[i][k]), None)
        if pivot is None:
            return None
        work[k], work[pivot] = work[pivot], work[k]
        own, lead = work[k], work[k][k]
        for i in range(size):
            if i != k:
                factor = work[i][k]
                work[i] = [(lead * v - factor * c) // before for v, c in zip(work[i], own)]
        before = lead
    found = [row[-1] for row in work]
    return ([-v for v in found], -before) if before < 0 else (found, before)
