"""Unions of polyhedra as faces of the arrangement of their hyperplanes."""

from __future__ import annotations

from collections.abc import Sequence

from piecewise_mt.exact.linear import Row
from piecewise_mt.geometry.cell_sets import CellSet, Place
from piecewise_mt.geometry.columns import Combination
from piecewise_mt.geometry.engine import new_complex
from piecewise_mt.geometry.generators import REAL
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import most_faces

FIRST = 1
"""The first bit of words after the one that says that a face is not at infinity."""


def arrangement(dimension: int, polyhedra: Sequence[Polyhedron]) -> tuple[CellSet, list[Place]]:
    """The union of nonempty polyhedra, and one face of each.

    Of one polyhedron alone only its closure is cut.

    Examples
    --------
    Two half-open halves of a segment:

    >>> left = Polyhedron(("x",), [], [((1, 1), False), ((0, -1), True)])
    >>> right = Polyhedron(("x",), [], [((0, 1), False), ((1, -1), True)])
    >>> union, places = arrangement(1, [left, right])
    >>> union.counts, len(places)
    ((2, 2), 2)
    """
    bits: dict[Row, int] = {}

    def masks(row: Row) -> tuple[int, int]:
        """The bits of words of faces where the row is positive, and where it is negative."""
        opposite = tuple(-c for c in row)
        if opposite in bits:
            own = 1 << bits[opposite]
            return own << 1, own
        own = 1 << bits.setdefault(row, FIRST + 2 * len(bits))
        return own, own << 1

    conditions = []
    for own in polyhedra:
        needed, excluded = REAL, 0
        for row in own.equations:
            up, down = masks(row)
            excluded |= up | down
        for row, strict in own.inequalities:
            up, down = masks(row)
            needed |= up if strict else 0
            excluded |= down
        conditions.append((needed, excluded))
    faces = new_complex(dimension, most_faces(), None, FIRST + 2 * len(bits))
    for row, bit in bits.items():
        faces.cut(Combination.of(row), bit)
        if len(polyhedra) == 1:
            faces.drop(conditions[0][1] & (3 << bit))
    words = faces.face_words()
    inside = [[False] * len(level) for level in words]
    places: dict[int, Place] = {}
    for level, own_words in enumerate(words):
        for index, word in enumerate(own_words):
            for number, (needed, excluded) in enumerate(conditions):
                if word & needed == needed and not word & excluded:
                    inside[level][index] = True
                    places.setdefault(number, (level, index))
    real = [[bool(word & REAL) for word in level] for level in words]
    found = CellSet(faces.levels, real, inside, len(faces.lines))
    return found, [places[number] for number in range(len(polyhedra))]
