"""Unions of polyhedra that are polyhedra.

Two polyhedra have a polyhedral union iff it is their envelope, the set of the relations of
either that the other satisfies too (A. Bemporad, K. Fukuda, F. D. Torrisi, "Convexity
recognition of the union of polyhedra", 2001; here with strict relations, each weakened where
only its closure holds). A point of the envelope that neither has is left out with the smallest
face around it, by one more strict relation: a convex set that misses a point of its closure misses
that face. So {x > 0, y ≥ 0} and {x = 0, y > 0} make {x ≥ 0, y ≥ 0, x + y > 0}.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.cover import uncovered
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron, irredundant

T = TypeVar("T")


def joined(parts: Sequence[Polyhedron]) -> list[Polyhedron]:
    """The same set from fewer polyhedra: no two of them have a polyhedral union."""
    return [part for part, _ in joined_alike([(trimmed(part), None) for part in parts])]


def joined_alike(entries: Sequence[tuple[Polyhedron, T]]) -> list[tuple[Polyhedron, T]]:
    """Polyhedra with something attached, those joined whose union is one and that have equal."""
    found = list(entries)
    first = 0
    while first < len(found):
        second = first + 1
        while second < len(found):
            (p, own), (q, other) = found[first], found[second]
            whole = union(p, q) if own == other else None
            if whole is None:
                second += 1
            else:
                found[first] = (whole, own)
                del found[second]
                # the larger part may now fit one that it did not fit before
                first, second = 0, 1
        first += 1
    return found


def union(p: Polyhedron, q: Polyhedron) -> Polyhedron | None:
    """The union of two polyhedra with points, if it is a polyhedron."""
    envelope = Polyhedron(p.variables, [], _envelope(p, q) + _envelope(q, p))
    while (missing := uncovered(envelope, (p, q))) is not None:
        face = _face(envelope, missing)
        if face is None or not all(_above(part, face) for part in (p, q)):
            return None
        envelope = Polyhedron(
            p.variables, envelope.equations, [*envelope.inequalities, (face, True)]
        )
    return trimmed(envelope)


def trimmed(region: Polyhedron) -> Polyhedron:
    """The same polyhedron, which has points, without superfluous relations."""
    cell = relative_interior(region)
    assert cell is not None
    return irredundant(
        region.variables, region.equations, region.inequalities, cell.complex.generators
    )


def _face(region: Polyhedron, point: Sequence[Fraction]) -> Row | None:
    """A row that is 0 on the smallest face around a point and positive elsewhere in the region."""
    at = (Fraction(1), *point)
    active = [
        row
        for row, strict in region.inequalities
        if not strict and not sum(c * v for c, v in zip(row, at, strict=True))
    ]
    return primitive([sum(column) for column in zip(*active, strict=True)]) if active else None


def _above(part: Polyhedron, row: Row) -> bool:
    """Whether a row that is ≥ 0 on a part vanishes nowhere on it."""
    return Polyhedron(part.variables, [*part.equations, row], part.inequalities).is_empty


def _envelope(p: Polyhedron, q: Polyhedron) -> list[Inequality]:
    """The relations of p, perhaps weakened, that q satisfies."""
    rows = [(row, False) for row in p.equations]
    rows += [(tuple(-c for c in row), False) for row in p.equations]
    inside = relative_interior(q)
    assert inside is not None
    result: list[Inequality] = []
    for row, strict in [*rows, *p.inequalities]:
        if inside.sign(row) not in (0, 1):
            continue
        touching = Polyhedron(q.variables, [*q.equations, row], q.inequalities)
        result.append((row, strict and relative_interior(touching) is None))
    return result
