"""Least values and steepest gradients on a box of very many faces, by branch and bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import sympy

from piecewise_mt.calculus.evaluation.program import Program
from piecewise_mt.calculus.partition.box_cells import FINE, Asked, BoxCells, Cell, Dense
from piecewise_mt.calculus.partition.own_faces import own_faces
from piecewise_mt.calculus.partition.switching import Box, Sparse, Switching, box_of
from piecewise_mt.calculus.results.proof import numbers_text, rebuilt
from piecewise_mt.exact.cube_programs import (
    CubeFarkas,
    CubePoint,
    CubeRow,
    check_cube_bound,
    maximize_on_cube,
)
from piecewise_mt.exact.norms import LargestRoot, gram_polynomial
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.plain import succeeds
from piecewise_mt.geometry.polyhedron import Polyhedron

MANY_FACES = 50_000
"""From so many faces of its own on a box is not enumerated."""
Matrix = tuple[tuple[Fraction, ...], ...]


def is_deep_on_box(program: Program, domain: Polyhedron | None) -> bool:
    """Whether units read sums of units, and the domain has many faces.

    As maxima of affine forms such sums are too many; a unit that reads few others is left to them.
    """
    first = len(program.names) + 1
    deep = any(
        sum(slot >= first for slot in row) > 3 for unit in program.units for row in unit.operands
    )
    return deep and domain is not None and own_faces(domain) >= MANY_FACES


def box_cells(program: Program, domain: Polyhedron | None) -> BoxCells | None:
    """The cells on a domain that is a box of many faces, or part of one with inner points there.

    None for any other domain, and for functions that are not continuous by themselves.
    """
    if domain is None or program.is_smooth or not program.is_rational:
        return None
    if own_faces(domain) < MANY_FACES or any(unit.atom.sides for unit in program.units):
        return None
    found = box_of(domain)
    if found is None:
        return None
    box, others = found
    switching = Switching(program, box)
    own = BoxCells(switching, [_on_cube(row, box) for row in others])
    return own if not others or own.has_inner_points() else None


def _on_cube(row: Sequence[int], box: Box) -> Sparse:
    """A row of the variables as one of the cube."""
    entries = [Fraction(c) for c in row]
    constant = entries[0] + sum(c * v for c, v in zip(entries[1:], box.low, strict=True) if c)
    own = [constant, *(c * s for c, s in zip(entries[1:], box.size, strict=True))]
    return Sparse(1, {k: c for k, c in enumerate(primitive(own)) if c})


@dataclass(frozen=True)
class CubeBound:
    """form ≥ bound on a part of a box, by multipliers of the rows that cut it out of the box.

    All are forms of z in the unit cube, x being low + size·z.
    """

    form: tuple[Fraction, ...]
    rows: tuple[tuple[int, ...], ...]
    multipliers: dict[int, Fraction]

    @property
    def statement(self) -> str:
        """What the multipliers prove."""
        above = " and ".join(numbers_text(row) for row in self.rows) or "no rows"
        return (
            f"The form {numbers_text(self.form)} is bounded below on the unit cube where {above} "
            "are at least 0, as functions of (1, z)."
        )

    def verify(self, value: Fraction) -> bool:
        """Check it anew, with Fractions alone."""
        return succeeds(lambda: rebuilt(self)._bounds(rebuilt(value)))

    def _bounds(self, value: Fraction) -> bool:
        return check_cube_bound(-value, [-c for c in self.form], self.rows, self.multipliers)


@final
class Least(Asked):
    """The least value of a scalar function, with bounds on parts that cover the box."""

    needs_interior = False

    def __init__(self, cells: BoxCells, keep: bool) -> None:
        self.cells = cells
        self.keep = keep
        self.bounds: list[CubeBound] = []
        self.point = CubePoint(2, (1,) * (cells.width - 1))
        self._value: Fraction | None = None
        if not cells.given:
            self._try(self.point, cells.at(self.point)[0][0])

    @property
    def value(self) -> Fraction:
        """The least value so far."""
        assert self._value is not None, "a domain has points"
        return self._value

    def _try(self, point: CubePoint, value: Fraction) -> None:
        if self._value is None or value < self._value:
            self._value, self.point = value, point

    def is_settled(self, cell: Cell) -> bool:
        form, open_ = self.cells.bounding(cell, self.cells.outputs[0], -1)
        return self._bounded(cell, form, open_)

    def see(self, cell: Cell) -> None:
        is_done = self._bounded(cell, self.cells.output(cell, 0), {})
        assert is_done, "the bound on a cell where everything is decided is a value"

    def _bounded(self, cell: Cell, form: Dense, open_: Mapping[int, Fraction]) -> bool:
        """Whether this form, which is below the function on a cell, is nowhere below the value."""
        row = CubeRow(form.row)
        if self._value is not None and Fraction(row.range[0], form.denominator) >= self.value:
            self._note(form, (), {})
            return True
        found = maximize_on_cube(CubeRow([-c for c in form.row]), cell.rows)
        if isinstance(found, CubeFarkas):
            return True
        bound = -found.value / form.denominator
        if self._value is None or bound < self._value:
            own, self.preferred = self.cells.widest(found.point, open_, -1)
            self._try(found.point, own)
            if bound < self.value:
                return False
        self._note(form, cell.rows, found.multipliers)
        return True

    def _note(self, form: Dense, rows: Sequence[CubeRow], by: dict[int, Fraction]) -> None:
        if self.keep:
            d = form.denominator
            used = sorted(by)
            self.bounds.append(
                CubeBound(
                    tuple(Fraction(c, d) for c in form.row),
                    tuple(tuple(rows[i].entries) for i in used),
                    {k: by[i] / d for k, i in enumerate(used)},
                )
            )


def least_on_box(cells: BoxCells, *, keep: bool = False) -> Least:
    """The least value on the closure of the box, which is attained there.

    Raises
    ------
    TooManyPieces
        If too many parts are needed.
    """
    asked = Least(cells, keep)
    cells.search(asked)
    return asked


@final
class SteepestOnBox(Asked):
    """Gradients of cells, and of all others entries that these do not exceed in absolute value."""

    needs_interior = True

    def __init__(self, cells: BoxCells, norm: Any) -> None:
        self.cells = cells
        self.norm = norm
        self.found: dict[Matrix, CubePoint] = {}
        self.majorants: dict[Matrix, None] = {}
        self.largest = Fraction(-1)
        """The largest norm so far, or its square for 2, or a number below that."""
        size = cells.switching.box.size
        self._sizes = [size[slot - 1] for slot in cells.live]
        self._columns = [slot - 1 for slot in cells.live]
        self._all = len(size)

    def is_settled(self, cell: Cell) -> bool:
        if self.largest < 0:
            return False
        rows = []
        for output in self.cells.outputs:
            pairs = zip(self.cells.slopes(cell, output), self._sizes)
            rows.append([Fraction(max(-low, high), FINE) / size for (low, high), size in pairs])
        if norm_bound(rows, self.norm) > self.largest:
            return False
        self.majorants[self._wide(rows)] = None
        return True

    def see(self, cell: Cell) -> None:
        rows = []
        for k in range(len(self.cells.outputs)):
            form = self.cells.output(cell, k)
            pairs = zip(form.row[1:], self._sizes)
            rows.append([Fraction(c, form.denominator) / size for c, size in pairs])
        matrix = self._wide(rows)
        if matrix not in self.found:
            self.found[matrix] = cell.point
            self.largest = max(self.largest, _norm_below(rows, self.norm))

    def _wide(self, rows: Sequence[Sequence[Fraction]]) -> Matrix:
        """With the columns of variables that nothing depends on."""
        result = []
        for row in rows:
            own = [Fraction(0)] * self._all
            for column, c in zip(self._columns, row, strict=True):
                own[column] = c
            result.append(tuple(own))
        return tuple(result)

    @property
    def gradients(self) -> list[Matrix]:
        """The different ones that were seen."""
        return list(self.found)

    def point_of(self, matrix: Matrix) -> tuple[Fraction, ...]:
        """An inner point of a cell with this gradient."""
        return point_of(self.cells, self.found[matrix])


def norm_bound(rows: Sequence[Sequence[Fraction]], norm: Any) -> Fraction:
    """At least the norm of matrices whose entries do not exceed these; for 2, its square."""
    columns = max((sum(c) for c in zip(*rows)), default=Fraction(0))
    widest = max((sum(row, Fraction(0)) for row in rows), default=Fraction(0))
    if norm == 1:
        return Fraction(columns)
    if norm == sympy.oo:
        return widest
    squares = sum((c * c for row in rows for c in row), Fraction(0))
    return min(squares, columns * widest)


def _norm_below(rows: Sequence[Sequence[Fraction]], norm: Any) -> Fraction:
    """The norm; for 2 its square, or a number below that if it is irrational."""
    if norm != 2:
        return norm_bound([[abs(c) for c in row] for row in rows], norm)
    if not any(map(any, rows)):
        return Fraction(0)
    square = gram_polynomial(rows)
    if len(square) == 2:
        return -square[1]
    low = LargestRoot(square).low
    return Fraction(int(low.p), int(low.q))


def point_of(cells: BoxCells, point: CubePoint) -> tuple[Fraction, ...]:
    """A point of the cube as one of the box."""
    at = [Fraction(1, 2)] * len(cells.switching.box.size)
    for slot, v in zip(cells.live, point.numerators, strict=True):
        at[slot - 1] = Fraction(v, point.denominator)
    return cells.switching.box.point(at)


def steepest_on_box(cells: BoxCells, norm: Any) -> SteepestOnBox | None:
    """Gradients among which is one of largest norm; None if the box has no inner points.

    Raises
    ------
    TooManyPieces
        If too many cells are needed.
    """
    if not all(cells.switching.box.size):
        return None
    asked = SteepestOnBox(cells, norm)
    cells.search(asked)
    assert fraction(asked.largest) >= 0, "a cell has inner points"
    return asked
