"""Relatively open convex cells with their generators, split by one hyperplane at a time.

For conditions that somebody wrote down: space is split recursively, and only where a condition
is not yet decided, so the faces of an arrangement of all hyperplanes never arise at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from operator import mul

from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.geometry.columns import Combination
from piecewise_mt.geometry.complex import FaceComplex
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import allows, related

POSITIVE_BIT = 1
POSITIVE, NEGATIVE = 2, 4
"""Bits of a word while a cell is being split."""
MAX_FACES = 10**6


class Cell:
    """The relative interior of one polyhedron, with the complex of all its faces.

    Examples
    --------
    >>> above, tie, below = Cell.space(2).split((0, 1, -1))
    >>> above.dimension, tie.dimension, tie.sign((0, 1, -1))
    (2, 1, 0)
    """

    __slots__ = ("complex",)

    def __init__(self, faces: FaceComplex) -> None:
        self.complex = faces

    @classmethod
    def space(cls, dimension: int) -> Cell:
        """The whole space."""
        return cls(FaceComplex(dimension, MAX_FACES))

    @property
    def dimension(self) -> int:
        return len(self.complex.levels) + len(self.complex.lines) - 2

    @property
    def point(self) -> tuple[Fraction, ...]:
        """A point of the cell: the sum of its generators."""
        total = [sum(column) for column in zip(*self.complex.generators, strict=True)]
        return tuple(quotient(value, total[0]) for value in total[1:])

    def directions(self) -> list[Row]:
        """Vectors that span the direction space of the cell."""
        vertex = next(row for row in self.complex.generators if row[0])
        result = [tuple(line[1:]) for line in self.complex.lines]
        for row in self.complex.generators:
            if row is not vertex:
                step = [vertex[0] * b - row[0] * a for a, b in zip(vertex, row, strict=True)]
                result.append(tuple(step[1:]))
        return result

    def sign(self, row: Row) -> int | None:
        """The sign of row·(1, x) on the cell, None if it changes."""
        seen = 0
        for line in self.complex.lines:
            if sum(map(mul, row, line)):
                return None
        for generator in self.complex.generators:
            height = sum(map(mul, row, generator))
            if height:
                seen |= 1 if height > 0 else 2
                if seen == 3:
                    return None
        return (0, 1, -1)[seen]

    def split(self, row: Row) -> tuple[Cell, Cell, Cell]:
        """The parts where row·(1, x), which changes sign on the cell, is > 0, = 0 and < 0."""
        whole = self.complex.copy()
        whole.cut(Combination.of(row), POSITIVE_BIT)
        parts = []
        for mask in (NEGATIVE, POSITIVE | NEGATIVE, POSITIVE):
            part = whole.copy()
            part.drop(mask)
            part.clear(POSITIVE_BIT, 2)
            parts.append(Cell(part))
        return parts[0], parts[1], parts[2]

    def meets_closed(self, rows: Sequence[tuple[Row, int]]) -> Cell | None:
        """The part of the closure where every row has the given sign (0, 1 or -1) or is 0."""
        faces = self.complex.copy()
        for row, sign in rows:
            faces.cut(Combination.of(row), POSITIVE_BIT)
            faces.drop({0: POSITIVE | NEGATIVE, 1: NEGATIVE, -1: POSITIVE}[sign])
            faces.clear(POSITIVE_BIT, 2)
        return Cell(faces) if any(word & 1 for word in faces.words) else None


def relative_interior(polyhedron: Polyhedron) -> Cell | None:
    """The relative interior of a polyhedron as a cell, None if the polyhedron is empty.

    Examples
    --------
    The two inequalities leave the tie x = y only:

    >>> tie = Polyhedron(("x", "y"), [], [((0, 1, -1), False), ((0, -1, 1), False)])
    >>> relative_interior(tie).dimension
    1
    """
    rows = related(polyhedron)
    pending = [(Cell.space(len(polyhedron.variables)), 0)]
    while pending:
        cell, index = pending.pop()
        while index < len(rows):
            row, relation = rows[index]
            sign = cell.sign(row)
            if sign is None:
                above, on, _ = cell.split(row)
                # where a row can be positive it is, unless a later row forbids that throughout
                if relation == ">=":
                    pending.append((on, index + 1))
                cell = on if relation == "=" else above
            elif not allows(relation, sign):
                break
            index += 1
        else:
            return cell
    return None


def inner_points(
    generators: Sequence[Sequence[int]], lines: Sequence[Sequence[int]] = (), count: int = 20
) -> Iterator[tuple[Fraction, ...]]:
    """Up to `count` points of the relative interior: the sum of the generators, and nearby ones."""
    total = [sum(column) for column in zip(*generators, strict=True)]
    yield tuple(quotient(v, total[0]) for v in total[1:])
    given = 1
    for step in (1, 2, 3):
        for row in (*generators, *lines):
            if given == count:
                return
            moved = [t + step * v for t, v in zip(total, row, strict=True)]
            yield tuple(quotient(v, moved[0]) for v in moved[1:])
            given += 1
