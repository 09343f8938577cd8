"""Space split into cells on which every one of several unions of polyhedra is wholly in or out.

Cells are split by the rows of the conditions, and only where some piece is not yet decided;
pieces that meet the cell are carried down.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul

from piecewise_mt.budget import MAX_PIECE_LOOKS, require_work
from piecewise_mt.exact.linear import Row
from piecewise_mt.geometry.cells import Cell
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Related, related

Part = list[Related[Row]]
"""The rows of a polyhedron that are not yet decided on a cell."""
Candidates = dict[int, list[Part]]
"""By piece (0 is the domain) the parts that are neither excluded nor met."""
MANY = 64
"""With more pieces than these, space is split in halves before it is split for one of them."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A cell on which every piece is wholly in or out."""

    cell: Cell
    inside: tuple[int, ...]
    path: tuple[tuple[Row, int], ...]


def leaves_of(
    dimension: int,
    pieces: Mapping[int, Sequence[Polyhedron]],
    domain: Polyhedron | None,
    progress: Callable[[int], None] | None,
) -> Iterator[Leaf]:
    """The cells of a domain, each with the pieces (unions by number, from 1) that contain it."""
    start: Candidates = {}
    # equal pieces are looked at once, however many they are
    twins: dict[Hashable, list[int]] = {}
    for alpha, parts in pieces.items():
        union = [related(p) for p in parts]
        alike = twins.setdefault(frozenset(map(frozenset, union)), [])
        if not alike:
            start[alpha] = union
        alike.append(alpha)
    if domain is not None:
        start[0] = [related(domain)]
    others = {alike[0]: alike for alike in twins.values() if len(alike) > 1}
    for leaf in _split(dimension, start, progress):
        if others and not others.keys().isdisjoint(leaf.inside):
            inside = sorted(twin for alpha in leaf.inside for twin in others.get(alpha, (alpha,)))
            leaf = Leaf(leaf.cell, tuple(inside), leaf.path)
        yield leaf


def _split(
    dimension: int, start: Candidates, progress: Callable[[int], None] | None
) -> Iterator[Leaf]:
    pending: list[tuple[Cell, Candidates, frozenset[int], tuple[tuple[Row, int], ...]]] = [
        (Cell.space(dimension), start, frozenset(), ())
    ]
    decided = looks = 0
    while pending:
        cell, candidates, inside, path = pending.pop()
        looks += len(candidates)
        require_work(looks, "the cells of the pieces", MAX_PIECE_LOOKS)
        left: Candidates = {}
        found = set(inside)
        dropped = False
        for alpha, parts in candidates.items():
            open_parts = []
            for part in parts:
                rest = _undecided(cell, part)
                if rest is not None:
                    open_parts.append(rest)
            if not all(open_parts):
                found.add(alpha)
            elif open_parts:
                left[alpha] = open_parts
            elif alpha == 0:
                dropped = True
                break
        if dropped:
            continue
        if not left:
            decided += 1
            if progress is not None:
                progress(decided)
            yield Leaf(cell, tuple(sorted(found - {0})), path)
            continue
        row = left[_next_of(left)][0][0][0]
        for own, sign in zip(cell.split(row), (1, 0, -1), strict=True):
            pending.append((own, left, frozenset(found), (*path, (row, sign))))


def _next_of(left: Candidates) -> int:
    """The piece by whose row to split."""
    if 0 in left:
        return 0
    if len(left) > MANY:
        # pieces come in some order of space: the middle one has about as many on either side
        return sorted(left)[len(left) // 2]
    # the piece that is nearest to being decided
    return min(left, key=lambda k: (sum(map(len, left[k])), k))


def uncovered(region: Polyhedron, parts: tuple[Polyhedron, ...]) -> tuple[Fraction, ...] | None:
    """A point of `region` in none of the polyhedra, None if they cover it."""
    start: Candidates = {i: [related(part)] for i, part in enumerate(parts, start=1)}
    start[0] = [related(region)]
    for leaf in _split(len(region.variables), start, None):
        if not leaf.inside:
            return leaf.cell.point
    return None


def covered_cells(
    region: Polyhedron, unions: Sequence[Sequence[Polyhedron]]
) -> Iterator[tuple[Polyhedron, tuple[int, ...]]]:
    """Disjoint polyhedra that make up `region`, each with the unions (from 1) that contain it."""
    names = region.variables
    start: Candidates = {i: [related(part) for part in u] for i, u in enumerate(unions, start=1)}
    start[0] = [related(region)]
    for leaf in _split(len(names), start, None):
        equations = [row for row, sign in leaf.path if not sign]
        above = [(tuple(sign * c for c in row), True) for row, sign in leaf.path if sign]
        yield Polyhedron(names, equations, above), leaf.inside


def _undecided(cell: Cell, part: Part) -> Part | None:
    """The rows of a part that change sign on the cell; None if the part misses the cell."""
    # the loop of every question that splits space: Cell.sign and allows are written out
    generators, lines = cell.complex.generators, cell.complex.lines
    rest: Part = []
    for condition in part:
        row, relation = condition
        above = below = False
        for generator in generators:
            height = sum(map(mul, row, generator))
            if height > 0:
                above = True
                if below:
                    break
            elif height:
                below = True
                if above:
                    break
        if (above and below) or (lines and any(sum(map(mul, row, line)) for line in lines)):
            rest.append(condition)
        elif below or (above if relation == "=" else relation == ">" and not above):
            return None
    return rest
