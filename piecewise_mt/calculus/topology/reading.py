"""What is asked about, as unions of relatively open faces of complexes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.partition.conditions import in_order
from piecewise_mt.calculus.partition.domain import read_any_domain
from piecewise_mt.calculus.partition.solutions import Solutions
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.polyhedral import PolyhedralPiece
from piecewise_mt.errors import NotPolyhedral, PiecewiseError
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.functions.build.selection import as_condition
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.arrangement import arrangement
from piecewise_mt.geometry.cell_sets import CellSet, Place
from piecewise_mt.geometry.generators import REAL
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

Member = tuple[Polyhedron, int, Place]
"""A polyhedron, and the number of a cell set and a face there that it has."""


@dataclass(frozen=True, eq=False)
class Cells:
    """A set as cell sets that are apart: no point of one is in the closure of another."""

    names: tuple[str, ...]
    parts: tuple[CellSet, ...]
    members: Callable[[], list[Member]]
    """Disjoint or overlapping polyhedra whose union is the set."""
    origin: Solutions | None = None
    """The conditions whose solutions it is, in one part, if it is such."""

    @property
    def dimension(self) -> int:
        """The dimension of the set, -1 if it is empty."""
        return max((part.dimension for part in self.parts), default=-1)


@dataclass(frozen=True, eq=False)
class Component:
    """The component of the solutions of conditions that has a point."""

    solutions: Solutions
    point: tuple[Fraction, ...]


def read_cells(given: Any, domain: Any = None, *, coarse: bool = False) -> Cells:
    """A set of points, in any of the forms that questions take.

    Parameters
    ----------
    given : condition, PolyhedralSet, Polyhedron, stratum, piece, all of these of a function, or a
        list (a union)
    domain : as in ``represent``, for a condition
    coarse : bool
        Whether a polyhedron that is apart may stand as one face: it is convex.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> cells = read_cells(mt.max(abs(x), abs(y)) <= 1)
    >>> cells.dimension, cells.parts[0].counts
    (2, (9, 16, 8))
    """
    if isinstance(given, (str, Condition)):
        return _of_solutions(Solutions.of(as_condition(given), domain))
    if domain is not None:
        raise PiecewiseError(
            f"expected a domain with a condition only, got one with {given!r}; ask for the set "
            "within the domain, as in mt.zero_set(f, domain)"
        )
    if isinstance(given, PolyhedralSet):
        if isinstance(given.origin, Solutions):
            return _of_solutions(given.origin, given.polyhedra)
        if isinstance(given.origin, Component):
            return _of_solutions(given.origin.solutions, given.polyhedra, given.origin.point)
        return _of_polyhedra(given.names, given.polyhedra, coarse)
    if isinstance(given, Representation):
        given = list(given)
    strata = _strata_in(given)
    if strata is not None:
        owner = strata[0]._strata
        places = [(own._level, own._index) for own in strata]

        def members() -> list[Member]:
            return [(own.polyhedron, 0, (own._level, own._index)) for own in strata]

        return Cells(owner.names, (cell_set(owner, places),), members)
    pieces = _pieces_in(given)
    if pieces is not None:
        return _of_pieces(pieces)
    polyhedra = list(_polyhedra_in(given, given))
    if not polyhedra:
        raise PiecewiseError(
            "expected a union of polyhedra, got an empty list; an empty set needs the names of its "
            "variables, as in mt.PolyhedralSet(names, [], -1)"
        )
    names = polyhedra[0].variables
    return _of_polyhedra(names, [in_order(own, names) for own in polyhedra], coarse)


def _strata_in(given: Any) -> list[PolyhedralStratum] | None:
    """Strata of one function, if they are such."""
    if isinstance(given, PolyhedralStrata):
        return given._sorted()
    found = [given] if isinstance(given, PolyhedralStratum) else given
    if not isinstance(found, (list, tuple)) or not found:
        return None
    if not all(isinstance(own, PolyhedralStratum) for own in found):
        return None
    if any(own._strata is not found[0]._strata for own in found):
        return None
    return list(found)


def _pieces_in(given: Any) -> list[PolyhedralPiece] | None:
    """Pieces of one representation, if they are such and all its strata are at hand."""
    found = [given] if isinstance(given, PolyhedralPiece) else given
    if not isinstance(found, (list, tuple)) or not found:
        return None
    if not all(isinstance(own, PolyhedralPiece) and own._rep is found[0]._rep for own in found):
        return None
    owner = found[0]._rep.strata
    tops = [own._top for own in found]
    if any(type(top) is not PolyhedralStratum or top._strata is not owner for top in tops):
        return None
    return list(found)


def _of_pieces(pieces: list[PolyhedralPiece]) -> Cells:
    """Pieces as the strata with their branches."""
    owner = pieces[0]._rep.strata
    assert isinstance(owner, PolyhedralStrata), "their pieces are polyhedra"
    branches = owner.program.branches
    wanted = {own.branch_keys for own in pieces}
    places = [(s._level, s._index) for s in owner if branches(s.label_keys) in wanted]

    def members() -> list[Member]:
        return [(own.polyhedron, 0, (own._top._level, own._top._index)) for own in pieces]

    return Cells(owner.names, (cell_set(owner, places),), members)


def _polyhedra_in(given: Any, whole: Any) -> Iterable[Polyhedron]:
    if isinstance(given, Polyhedron):
        yield given
    elif isinstance(given, PolyhedralSet):
        yield from given.polyhedra
    elif isinstance(given, (list, tuple)):
        for part in given:
            yield from _polyhedra_in(part, whole)
    elif isinstance(given, SemialgebraicSet):
        raise NotPolyhedral(
            f"expected a set of polyhedra for its topology, got {given}; curved sets are not "
            "supported yet"
        )
    elif isinstance(given, Expression) or not hasattr(given, "polyhedron"):
        place = "" if given is whole else f" in a {type(whole).__name__}"
        text = repr(given)
        shown = (text if text.isprintable() else type(given).__name__) + place
        raise PiecewiseError(
            f"expected a set of points, got {shown}; give a condition such as f <= 1, a set such "
            "as mt.zero_set(f), polyhedra, strata or pieces"
        )
    else:
        parts = getattr(given, "parts", None)
        yield from (given.polyhedron,) if parts is None else parts


def cell_set(found: PolyhedralStrata, places: Iterable[Place]) -> CellSet:
    """Some strata as faces of their complex."""
    cells = found.partition.cells
    real = [[bool(word & REAL) for word in words] for words in found._words]
    inside = [[False] * len(words) for words in real]
    for level, index in places:
        inside[level][index] = True
    return CellSet(cells.levels, real, inside, len(cells.lines))


def _of_solutions(
    solutions: Solutions,
    polyhedra: Sequence[Polyhedron] | None = None,
    point: Sequence[Fraction] | None = None,
) -> Cells:
    """The solutions of conditions, or the component of a point.

    `polyhedra` are those that they were reported as.
    """
    try:
        found = solutions.strata()
    except NotPolyhedral as error:
        # which names what is at fault, if it is the domain
        read_any_domain(solutions.domain, tuple(v.name for v in solutions.function.variables))
        raise NotPolyhedral(
            "expected conditions on piecewise linear functions for the topology of their "
            f"solutions, got {solutions.function!r}; curved sets are not supported yet"
        ) from error
    places = list(solutions.places(found))
    by_labels = {found.program.labels(found._words[k][index]): (k, index) for k, index in places}
    if point is not None:
        components = cell_set(found, places).components
        own = components[by_labels[found.program.labels_at(point)]]
        places = [place for place in places if components[place] == own]

    def members() -> list[Member]:
        if polyhedra is None:
            wanted = set(places)
            strata = [(own, (own._level, own._index)) for own in found]
            return [(own.polyhedron, 0, place) for own, place in strata if place in wanted]
        # strata with equal labels lie in one polyhedron
        return [
            (own, 0, by_labels[found.program.labels_at(own.witness() or ())]) for own in polyhedra
        ]

    origin = solutions if point is None else None
    return Cells(found.names, (cell_set(found, places),), members, origin)


def _of_polyhedra(names: tuple[str, ...], given: Iterable[Polyhedron], coarse: bool) -> Cells:
    """A union of any polyhedra, in arrangements of those that touch."""
    polyhedra = [own for own in given if not own.is_empty]
    groups = _touching(polyhedra)
    found: list[tuple[CellSet, list[Place]]] = []
    for group in groups:
        if coarse and len(group) == 1:
            flags = [[False], [True]]
            whole = CellSet([[()], [(0,)]], flags, flags, polyhedra[group[0]].dimension)
            found.append((whole, [(1, 0)]))
        else:
            parts = [polyhedra[k].irredundant() for k in group]
            found.append(arrangement(len(names), parts))

    def members() -> list[Member]:
        place = {k: (n, j) for n, group in enumerate(groups) for j, k in enumerate(group)}
        return [
            (own, place[k][0], found[place[k][0]][1][place[k][1]])
            for k, own in enumerate(polyhedra)
        ]

    return Cells(names, tuple(cells for cells, _ in found), members)


def _touching(polyhedra: Sequence[Polyhedron]) -> list[list[int]]:
    """Which polyhedra hang together, by points that their closures share."""
    parent = list(range(len(polyhedra)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for k, one in enumerate(polyhedra):
        for other in range(k):
            if root(k) != root(other) and _meet(one, polyhedra[other]):
                parent[root(k)] = root(other)
    groups: dict[int, list[int]] = {}
    for k in range(len(polyhedra)):
        groups.setdefault(root(k), []).append(k)
    return list(groups.values())


def _meet(one: Polyhedron, other: Polyhedron) -> bool:
    """Whether the closures of two nonempty polyhedra have a common point."""
    rows = [(row, False) for row, _ in (*one.inequalities, *other.inequalities)]
    answer = feasible_point((*one.equations, *other.equations), rows, variables=len(one.variables))
    return isinstance(answer, Witness)
