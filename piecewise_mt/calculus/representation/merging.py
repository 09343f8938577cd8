"""Joining pieces that need not be told apart: same formula, and the union is a polyhedron."""

from __future__ import annotations

from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.representation.stated import StatedPiece, StatedRepresentation
from piecewise_mt.calculus.smooth.formulas import Formula
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.unions import union

Entry = tuple[Polyhedron, tuple[Formula, ...]]


def merged(rep: DerivedRepresentation) -> Representation:
    """See :meth:`DerivedRepresentation.merged`."""
    entries: list[Entry] = [(piece.polyhedron, piece.formulas) for piece in rep]
    first = 0
    while first < len(entries):
        second = first + 1
        while second < len(entries):
            (p, formulas), (q, others) = entries[first], entries[second]
            whole = union(p, q) if formulas == others else None
            if whole is None:
                second += 1
            else:
                entries[first] = (whole, formulas)
                del entries[second]
                # the larger piece may now fit one that it did not fit before
                first, second = 0, 1
        first += 1
    pieces = [
        StatedPiece(alpha, rep.names, (polyhedron,), formulas, None, rep.shape == ())
        for alpha, (polyhedron, formulas) in enumerate(entries, start=1)
    ]
    return StatedRepresentation.of_pieces(rep.names, pieces, of=rep.of, domain=rep.domain)
