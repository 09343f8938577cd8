"""Exact Lipschitz constants of piecewise quadratic functions.

The gradient is affine on a piece and the norm convex, so the largest norm is at a vertex, if no
entry changes along a ray.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from piecewise_mt.calculus.local.reduction import Matrix
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum
from piecewise_mt.calculus.properties.lipschitz_proofs import LipschitzProof
from piecewise_mt.calculus.properties.quadratic_faces import (
    QuadraticFace,
    QuadraticFaces,
    agrees,
)
from piecewise_mt.calculus.results.proof import Proof, same
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.quadratics import Quadratic, Vector, dot
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True)
class VertexPiece:
    """A full-dimensional piece: its vertices, along whose rays no gradient changes."""

    closure: Polyhedron
    point: Vector
    vertices: tuple[Vector, ...]
    rays: tuple[Vector, ...]
    quadratics: tuple[Quadratic, ...]

    @property
    def gradients(self) -> tuple[Matrix, ...]:
        """Those at the vertices."""
        return tuple(tuple(q.gradient(v) for q in self.quadratics) for v in self.vertices)

    def _is_of(self, function: Expression) -> bool:
        """Whether f has the values of the quadratics, and its gradients at vertices are extreme."""
        names = self.closure.variables
        axes = [tuple(Fraction(int(i == j)) for i in range(len(names))) for j in range(len(names))]
        return (
            all(map(self.closure.contains, self.vertices))
            and not any(dot(row, r) for q in self.quadratics for row in q.hessian
                        for r in self.rays)
            and agrees(function, names, self.closure, self.point, axes, self.quadratics)
        )  # fmt: skip


@dataclass(frozen=True)
class VertexBound(Proof):
    """The norms of the gradients at all vertices of all pieces, and the largest of them.

    The pieces, their vertices and rays are found anew in ``verify``.
    """

    pieces: tuple[VertexPiece, ...]
    norms: LipschitzProof
    _function: Expression = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return self.norms.statement

    def _check(self) -> bool:
        from piecewise_mt.calculus.properties.lipschitz import evidence_of

        known = {own for piece in self.pieces for own in piece.gradients}
        return (
            same(evidence_of(self._function, self.norms.ord, self.norms._domain), self)
            and self.norms.verify()
            and known == set(self.norms.gradients)
            and all(piece._is_of(self._function) for piece in self.pieces)
        )


def vertex_pieces(
    cells: PolyhedralStrata,
) -> tuple[list[VertexPiece], dict[Matrix, PolyhedralStratum]] | None:
    """The pieces, and a stratum for each gradient at a vertex.

    None if some formula is no quadratic, or some gradient changes along a ray.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> pieces, gradients = vertex_pieces((x * y).strata("0 <= y, y <= x, x <= 1"))
    >>> len(pieces), len(gradients)
    (1, 3)
    """
    try:
        faces = QuadraticFaces.of(cells)
    except Unsupported:
        return None
    if faces is None:
        return None
    pieces: list[VertexPiece] = []
    found: dict[Matrix, PolyhedralStratum] = {}
    for face in faces.top:
        if _changes(face):
            return None
        own = VertexPiece(
            face.closure, face.stratum.point, face.vertices, face.rays, face.quadratics
        )
        pieces.append(own)
        for gradient in own.gradients:
            found.setdefault(gradient, face.stratum)
    return pieces, found


def _changes(face: QuadraticFace) -> bool:
    return any(dot(row, r) for q in face.quadratics for row in q.hessian for r in face.rays)
