"""Cells that are known by their rows alone, for pieces in many variables with few rows.

A cone of 50 facets has 2⁵⁰ faces, so :class:`Cell` cannot hold it. Here rows are compared with
those of the cell, modulo its equations; only where that does not decide is the cell split, and
linear programs say which of its parts are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from operator import mul

from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.linear import Row, echelon
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Farkas, feasible_point
from piecewise_mt.geometry.canonical import Description, affine_hull, reduced_row
from piecewise_mt.geometry.cells import Cell, relative_interior
from piecewise_mt.geometry.complex import FaceComplex
from piecewise_mt.geometry.cover import Candidates, Leaf, Part
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Inequality, allows, related
from piecewise_mt.memory import cached_property

MOST_LEAVES = 20_000
"""So many cells are made at most."""


class RowCell(Cell):
    """A nonempty polyhedron, open or not, by its rows.

    Examples
    --------
    >>> half = RowCell.of(2, [], [((0, 1, -1), False)])
    >>> half.decides((0, 1, -1), ">="), half.decides((0, -1, 1), ">"), half.decides((0, 1, 0), ">")
    (True, False, None)
    """

    __slots__ = ("__dict__",)

    def __init__(self, hull: Description, inequalities: Sequence[Inequality]) -> None:
        self.variables = len(hull.point)
        self.hull = hull
        self.inequalities = tuple(inequalities)
        self._above: dict[Row, str] = {}
        for row, strict in inequalities:
            own = reduced_row(row, hull.equations)
            if strict or own not in self._above:
                self._above[own] = ">" if strict else ">="
        self._below = {tuple(-c for c in row): own for row, own in self._above.items()}

    @classmethod
    def of(
        cls, variables: int, equations: Sequence[Row], inequalities: Sequence[Inequality]
    ) -> RowCell | None:
        """The cell of these rows, None if it is empty."""
        # most have inner points where all rows are strict: one linear program
        strict = [(row, True) for row, _ in inequalities]
        answer = feasible_point(equations, strict, variables=variables)
        if not isinstance(answer, Farkas):
            hull = Description(echelon(equations), tuple(inequalities), answer.point)
            return cls(hull, inequalities)
        if isinstance(feasible_point(equations, inequalities, variables=variables), Farkas):
            return None
        return cls(affine_hull(equations, inequalities, variables), inequalities)

    @cached_property
    def complex(self) -> FaceComplex:  # type: ignore[override]
        """All faces, for what asks for these."""
        names = tuple(f"x{i}" for i in range(self.variables))
        found = relative_interior(Polyhedron(names, self.hull.equations, self.inequalities))
        assert found is not None, "a cell is not empty"
        return found.complex

    @property
    def dimension(self) -> int:
        return self.variables - len(self.hull.equations)

    @property
    def point(self) -> tuple[Fraction, ...]:
        """A relatively inner point."""
        return self.hull.point

    def directions(self) -> list[Row]:
        names = tuple(f"x{i}" for i in range(self.variables))
        return list(Polyhedron(names, self.hull.equations).tangent_basis())

    def decides(self, row: Row, relation: str) -> bool | None:
        """Whether a row holds all over the cell (or nowhere), if its own rows tell."""
        own = reduced_row(row, self.hull.equations)
        if not any(own[1:]):
            return allows(relation, own[0])
        above = self._above.get(own)
        if above is not None and (above == ">" or relation == ">="):
            return relation != "="
        below = self._below.get(own)
        if below is not None and (below == ">" or relation == ">"):
            return False
        return None

    def undecided(self, part: Part) -> Part | None:
        """The rows of a part that are not decided; None if the part misses the cell."""
        rest: Part = []
        for condition in part:
            holds = self.decides(*condition)
            if holds is False:
                return None
            if holds is None:
                rest.append(condition)
        return rest

    def sign(self, row: Row) -> int | None:
        parts = self.parts(row)
        return parts[0][0] if len(parts) == 1 else None

    def parts(self, row: Row) -> list[tuple[int, RowCell]]:
        """The nonempty parts where a row is > 0, = 0 and < 0, each with that sign."""
        found = []
        opposite = tuple(-c for c in row)
        for sign, equations, rows in ((1, [], [row]), (0, [row], []), (-1, [], [opposite])):
            equal = [*self.hull.equations, *equations]
            above = [*self.inequalities, *((own, True) for own in rows)]
            part = RowCell.of(self.variables, equal, above)
            if part is not None:
                found.append((sign, part))
        return found


def row_leaves(
    cells: Sequence[RowCell],
    pieces: Mapping[int, Sequence[Polyhedron]],
    progress: Callable[[int], None] | None,
) -> Iterator[Leaf]:
    """The cells, split until each has every one of the pieces wholly inside or outside.

    Raises
    ------
    TooManyPieces
        If they are more than :data:`MOST_LEAVES`.
    """
    start: Candidates = {alpha: [related(p) for p in parts] for alpha, parts in pieces.items()}
    pending: list[tuple[RowCell, Candidates, frozenset[int], tuple[tuple[Row, int], ...]]]
    pending = [(cell, start, frozenset(), ()) for cell in reversed(cells)]
    decided = 0
    while pending:
        cell, candidates, inside, path = pending.pop()
        left, found = undecided_pieces(cell, candidates)
        here = inside | found
        if not left:
            decided += 1
            if decided > MOST_LEAVES:
                raise TooManyPieces(
                    f"expected pieces that at most {MOST_LEAVES} cells tell apart, got more; let "
                    "ties go to the first or the last operand, or check on a smaller domain"
                )
            if progress is not None:
                progress(decided)
            yield Leaf(cell, tuple(sorted(here)), path)
            continue
        # the piece nearest to being decided; its last row, so that a tie is decided by the others
        alpha = min(left, key=lambda k: (sum(map(len, left[k])), k))
        row = left[alpha][0][-1][0]
        for sign, own in cell.parts(row):
            pending.append((own, left, here, (*path, (row, sign))))


def undecided_pieces(cell: RowCell, candidates: Candidates) -> tuple[Candidates, frozenset[int]]:
    """What is left of pieces that are not decided on a cell, and the pieces that contain it."""
    left: Candidates = {}
    found = set()
    for alpha, parts in candidates.items():
        rests = [rest for rest in map(cell.undecided, parts) if rest is not None]
        if not all(rests):
            found.add(alpha)
        elif rests:
            left[alpha] = rests
    return left, frozenset(found)


def height(row: Row, point: Sequence[Fraction]) -> Fraction:
    """row·(1, x)."""
    return row[0] + sum(map(mul, row[1:], point), Fraction(0))


def differing_point(cell: RowCell, row: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
    """A point of a cell where an affine form is not zero, None if there is none."""
    whole = primitive(row)
    if not any(reduced_row(whole, cell.hull.equations)):
        return None
    if height(whole, cell.point):
        return cell.point
    parts = cell.parts(whole)
    return next((own.point for sign, own in parts if sign), None)
