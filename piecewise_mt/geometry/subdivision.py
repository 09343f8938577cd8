"""Whether a face complex subdivides a polyhedron, seen from its faces alone.

That there are no other cells than those that a complex has is not taken from how it was made, but
follows from how its faces meet. Space is homogenised to (x0, x), as the complex is; a face is the
cone of its generators and of the lines that all faces share.

Let every face have exactly two of its facets around each face of one dimension less, whose common
generators are those of that face, and let every facet of a cell be where a linear function vanishes
that is nonnegative on the cell. Then the facets of a cell are all that there are: of two true
facets with a common ridge both are listed if one is, by induction on the dimension, and the true
facets of a cone are connected by ridges. If further every facet of a cell is one of a second cell
on the other side, or lies in the boundary of the polyhedron, then the union of the cells has no
boundary inside but for faces of codimension two, which do not separate it: it is the polyhedron.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import mul
from typing import Any, Protocol

from piecewise_mt.exact.linear import Row, echelon
from piecewise_mt.geometry.complex import Face
from piecewise_mt.geometry.relations import Related


class Faces(Protocol):
    """A face complex of any engine."""

    @property
    def dimension(self) -> int: ...
    @property
    def generators(self) -> Sequence[Sequence[int]]: ...
    @property
    def lines(self) -> Sequence[Sequence[int]]: ...
    @property
    def levels(self) -> Sequence[Sequence[Face]]: ...


def subdivides(
    cells: Faces,
    conditions: Mapping[int, Sequence[Related[Row]]],
    domain: Sequence[Related[Row]],
    dimension: int,
) -> bool:
    """Whether faces of the highest level are all cells of a polyhedron.

    Parameters
    ----------
    cells : Faces
        A face complex; which of its faces lie inside is not asked of it.
    conditions : mapping
        For each of the faces what is said to hold on it, as (row, relation) in (1, x). The
        equations must hold, and the inequalities at least weakly; every facet must be told by one.
    domain : sequence of (row, relation)
        The polyhedron, in the same way.
    dimension : int
        The dimension of the polyhedron.

    Examples
    --------
    The two halves of the line are one, and one of them is not:

    >>> from piecewise_mt.geometry.columns import Combination
    >>> from piecewise_mt.geometry.complex import FaceComplex
    >>> line = FaceComplex(1, 10)
    >>> line.cut(Combination([(1, 1)]))
    >>> line.generators, line.levels[2]
    ([[1, 0], [0, 1], [0, -1]], [(0, 1), (0, 2)])
    >>> said = {0: [((0, 1), ">")], 1: [((0, -1), ">")]}
    >>> subdivides(line, said, [], 1), subdivides(line, {0: said[0]}, [], 1)
    (True, False)
    >>> subdivides(line, {0: said[0]}, said[0], 1)
    True
    """
    return _Check(cells, domain).holds(conditions, dimension)


class _Check:
    """The generators as they are, and the faces of every level as sets of these."""

    def __init__(self, cells: Faces, domain: Sequence[Related[Row]]) -> None:
        width = cells.dimension + 1
        self.levels = cells.levels
        self.top = len(self.levels) - 1
        self.generators = [row[:width] for row in cells.generators]
        self.lines = [row[:width] for row in cells.lines]
        infinity: Related[Row] = Related((1, *[0] * cells.dimension), ">=")
        self.domain = [*domain, infinity]
        self.vanishing = [self._zeros(row) for row, _ in self.domain]
        """The generators, as bits, at which the domain is tight."""
        self.masks: list[dict[int, int]] = []
        """Of the faces that are looked at their generators, as bits, level by level."""

    def holds(self, conditions: Mapping[int, Sequence[Related[Row]]], dimension: int) -> bool:
        """See :func:`subdivides`."""
        has_dimension = self.top + len(self.lines) == dimension + 1
        is_independent = len(echelon(self.lines)) == len(self.lines)
        if not (conditions and has_dimension and is_independent and self._look(conditions)):
            return False
        if not self._is_inside(conditions):
            return False
        around: dict[int, list[tuple[int, Row]]] = {}
        for index, rows in conditions.items():
            if not self._has_facets(index, rows, around):
                return False
        return all(self._is_closed(facet, sides) for facet, sides in around.items())

    def _look(self, cells: Mapping[int, Any]) -> bool:
        """Whether the faces below the cells meet as those of cones do."""
        count = len(self.generators)
        if self.levels[0] != [()] or self.levels[1] != [(0,)] * count:
            return False
        needed: list[set[int]] = [set() for _ in self.levels]
        needed[self.top] = set(cells)
        for level in range(self.top, 0, -1):
            faces = self.levels[level]
            if not all(0 <= index < len(faces) for index in needed[level]):
                return False
            needed[level - 1].update(facet for index in needed[level] for facet in faces[index])
        self.masks = [{0: 0}, {index: 1 << index for index in needed[1]}]
        for level in range(2, self.top + 1):
            own: dict[int, int] = {}
            for index in needed[level]:
                if not self._is_cone(level, self.levels[level][index]):
                    return False
                own[index] = self._union(level, index)
            self.masks.append(own)
        return True

    def _is_inside(self, cells: Iterable[int]) -> bool:
        """Whether all generators of the cells lie in the closed domain, and all lines."""
        met = 0
        for index in cells:
            met |= self.masks[self.top][index]
        for row, relation in self.domain:
            if any(sum(map(mul, row, line)) for line in self.lines):
                return False
            for g in _places(met):
                height = sum(map(mul, row, self.generators[g]))
                if height < 0 or (height and relation == "="):
                    return False
        return True

    def _union(self, level: int, index: int) -> int:
        total = 0
        for facet in self.levels[level][index]:
            total |= self.masks[level - 1][facet]
        return total

    def _is_cone(self, level: int, face: Face) -> bool:
        """Whether two facets of a face meet in each ridge, and nowhere beyond it."""
        above, below, facets = self.masks[level - 1], self.masks[level - 2], self.levels[level - 1]
        first: dict[int, int] = {}
        paired = 0
        for facet in face:
            for ridge in facets[facet]:
                other = first.get(ridge)
                if other is None:
                    first[ridge] = facet
                    continue
                if other < 0 or other == facet or above[other] & above[facet] != below[ridge]:
                    return False
                first[ridge] = -1
                paired += 1
        return len(face) > 1 and paired == len(first)

    def _has_facets(
        self,
        index: int,
        conditions: Sequence[Related[Row]],
        around: dict[int, list[tuple[int, Row]]],
    ) -> bool:
        """Whether the conditions hold on a cell, and every facet is where one of them is tight."""
        whole = self.masks[self.top][index]
        own = [(1 << g, self.generators[g]) for g in _places(whole)]
        tight: dict[int, Row] = {}
        for zero, (row, relation) in zip(self.vanishing, self.domain, strict=True):
            zero &= whole
            if zero != whole:
                if relation == "=":
                    return False
                tight.setdefault(zero, row)
        for row, relation in dict.fromkeys(conditions):
            if any(sum(map(mul, row, line)) for line in self.lines):
                return False
            zero = 0
            for bit, generator in own:
                height = sum(map(mul, row, generator))
                if not height:
                    zero |= bit
                elif height < 0 or relation == "=":
                    return False
            if zero != whole:
                tight.setdefault(zero, row)
        for facet in self.levels[self.top][index]:
            own_row = tight.get(self.masks[self.top - 1][facet])
            if own_row is None:
                return False
            around.setdefault(facet, []).append((index, own_row))
        return True

    def _is_closed(self, facet: int, sides: Sequence[tuple[int, Row]]) -> bool:
        """Whether a facet has a cell on the other side, or lies in the boundary."""
        mask = self.masks[self.top - 1][facet]
        cell, row = sides[0]
        if len(sides) == 2:
            rest = self.masks[self.top][sides[1][0]] & ~mask
            beyond = self.generators[(rest & -rest).bit_length() - 1]
            return bool(sum(map(mul, row, beyond)) < 0)
        whole = self.masks[self.top][cell]
        return len(sides) == 1 and any(
            not mask & ~zero and whole & ~zero for zero in self.vanishing
        )

    def _zeros(self, row: Row) -> int:
        heights = [sum(map(mul, row, generator)) for generator in self.generators]
        return sum(1 << g for g, height in enumerate(heights) if not height)


def _places(mask: int) -> list[int]:
    """The places of the bits that are set."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
