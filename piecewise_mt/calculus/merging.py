"""Joining pieces that need not be told apart: same formula, and the union is a polyhedron.

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

from piecewise_mt.calculus.cover import uncovered
from piecewise_mt.calculus.pieces import Formula
from piecewise_mt.calculus.representation import DerivedRepresentation
from piecewise_mt.calculus.stated import Representation, StatedPiece
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron, irredundant

Entry = tuple[Polyhedron, tuple[Formula, ...]]


def merged(rep: DerivedRepresentation) -> Representation:
    """See :meth:`DerivedRepresentation.merged`."""
    entries: list[Entry] = [(piece.polyhedron, piece.rows) for piece in rep]
    first = 0
    while first < len(entries):
        second = first + 1
        while second < len(entries):
            union = _union(entries[first], entries[second])
            if union is None:
                second += 1
            else:
                entries[first] = (union, entries[first][1])
                del entries[second]
                # the larger piece may now fit one that it did not fit before
                first, second = 0, 1
        first += 1
    pieces = [
        StatedPiece(alpha, rep.names, (polyhedron,), affine, None, rep.shape == ())
        for alpha, (polyhedron, affine) in enumerate(entries, start=1)
    ]
    return Representation.of_pieces(rep.names, pieces, of=rep.of, domain=rep.domain)


def _union(first: Entry, second: Entry) -> Polyhedron | None:
    """The union of two pieces with the same formula, if it is a polyhedron."""
    if first[1] != second[1]:
        return None
    p, q = first[0], second[0]
    envelope = Polyhedron(p.variables, [], _envelope(p, q) + _envelope(q, p))
    while (missing := uncovered(envelope, (p, q))) is not None:
        face = _face(envelope, missing)
        if face is None or not all(_above(part, face) for part in (p, q)):
            return None
        envelope = Polyhedron(
            p.variables, envelope.equations, [*envelope.inequalities, (face, True)]
        )
    cell = relative_interior(envelope)
    assert cell is not None
    return irredundant(
        p.variables, envelope.equations, envelope.inequalities, cell.complex.generators
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
