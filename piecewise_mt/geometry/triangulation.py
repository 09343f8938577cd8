"""Triangulations of bounded faces of a complex, without new vertices.

A face is the cone over those of its facets that miss one of its vertices, and these are
triangulated in the same way ("pulling" the vertices in one order). As every face pulls its vertex
of least index, simplices of neighbouring faces fit together (J. A. De Loera, J. Rambau, F. Santos,
"Triangulations", 2010, §4.3.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from piecewise_mt.geometry.complex import Face

Simplex: TypeAlias = tuple[int, ...]
"""Indices of generators."""


class Triangulation:
    """Simplices of faces of a complex, shared between those that have facets in common.

    Parameters
    ----------
    levels : sequence of lists of faces
        The complex, as in :class:`~piecewise_mt.geometry.complex.FaceComplex`. Faces that are
        asked for are bounded, and there are no lines.

    Examples
    --------
    The square is two triangles:

    >>> from piecewise_mt.geometry.cells import relative_interior
    >>> from piecewise_mt.geometry.polyhedron import Polyhedron
    >>> sides = [((1, 1, 0), False), ((1, -1, 0), False), ((1, 0, 1), False), ((1, 0, -1), False)]
    >>> square = relative_interior(Polyhedron(("x", "y"), [], sides)).complex
    >>> len(Triangulation(square.levels).simplices(3, 0))
    2
    """

    def __init__(self, levels: Sequence[Sequence[Face]]) -> None:
        self._levels = levels
        self._known: dict[tuple[int, int], list[Simplex]] = {}
        self._members: dict[tuple[int, int], frozenset[int]] = {}

    def _vertices(self, level: int, index: int) -> frozenset[int]:
        if level == 1:
            return frozenset((index,))
        key = level, index
        if key not in self._members:
            facets = self._levels[level][index]
            own = [self._vertices(level - 1, facet) for facet in facets]
            self._members[key] = frozenset().union(*own)
        return self._members[key]

    def simplices(self, level: int, index: int) -> list[Simplex]:
        """The simplices of one face, of its dimension each."""
        if level == 1:
            return [(index,)]
        key = level, index
        if key not in self._known:
            apex = min(self._vertices(level, index))
            self._known[key] = [
                (apex, *simplex)
                for facet in self._levels[level][index]
                if apex not in self._vertices(level - 1, facet)
                for simplex in self.simplices(level - 1, facet)
            ]
        return self._known[key]
