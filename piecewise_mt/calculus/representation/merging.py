"""Joining pieces that need not be told apart: same formula, and the union is a polyhedron."""

from __future__ import annotations

from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.calculus.representation.stated import StatedRepresentation
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.geometry.unions import joined_alike


def merged(rep: PolyhedralRepresentation) -> Representation:
    """See :meth:`DerivedRepresentation.merged`."""
    entries = joined_alike([(piece.polyhedron, piece.formulas) for piece in rep])
    pieces = [
        StatedPiece(alpha, rep.names, (polyhedron,), formulas, None, rep.shape == ())
        for alpha, (polyhedron, formulas) in enumerate(entries, start=1)
    ]
    return StatedRepresentation.of_pieces(rep.names, pieces, of=rep.of, domain=rep.domain)
