"""Stationary points of piecewise quadratic functions, and which of them are local extrema.

Along a stratum the gradient is the same in all pieces around it, so the stationary points are in an
affine subspace, on which f is constant. Across the stratum the slopes of the pieces along the rays
of their tangent cones are affine there, and cut it into parts of one kind each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import sympy

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.local.analysis import LocalAnalysis
from piecewise_mt.calculus.local.clarke import ConvexCombination, SeparatingDirection
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.quadratic_faces import QuadraticFace, QuadraticFaces
from piecewise_mt.calculus.properties.quadratic_optimum import stationary_part
from piecewise_mt.calculus.properties.stationary import (
    CriticalPoints,
    CriticalStratum,
    Kind,
    PartOfStratum,
    SpuriousStratum,
    kind_of,
)
from piecewise_mt.calculus.results.proof import Proof, function_text, numbers_text, same
from piecewise_mt.errors import Undecided
from piecewise_mt.exact.copositive import descent
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import normal_row
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.ordered_hulls import combination_or_separation
from piecewise_mt.exact.quadratics import Quadratic, Vector, dot, moved
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property


@dataclass(frozen=True)
class Sector:
    """A piece around a point: its quadratic, and the rays of its tangent cone there."""

    quadratic: Quadratic
    rays: tuple[Vector, ...]

    @staticmethod
    def of(piece: QuadraticFace, point: Vector) -> Sector:
        """That of a piece: the rays lead from the point to its vertices, and along its rays."""
        toward = [moved(v, -1, point) for v in piece.vertices]
        rays = [*(d for d in toward if any(d)), *piece.rays]
        return Sector(piece.quadratic, tuple(dict.fromkeys(rays)))

    def agrees(self, function: Expression, names: tuple[str, ...], point: Vector) -> bool:
        """Whether f is the quadratic at points along all rays and between any two of them."""
        half = Fraction(1, 2)
        steps = [tuple(half * v for v in ray) for ray in self.rays]
        near = [point, *(moved(point, half, s) for s in steps)]
        near += [moved(moved(point, half, r), half, s) for r in steps for s in steps]
        return all(values_at(function, names, p)[0] == self.quadratic.value(p) for p in near)


@dataclass(frozen=True)
class SecondOrderProof(Proof):
    """Directions along which f rises and falls at once from a stationary point.

    None stands for no such direction: in every sector no ray of the cone is one to first order, and
    on those that are level the second derivative is copositive, or its negative is (L. Contesse,
    1980). The sectors are found anew in ``verify``.
    """

    point: Vector
    sectors: tuple[Sector, ...]
    up: Vector | None
    down: Vector | None
    _function: Expression = field(repr=False)
    _names: tuple[str, ...] = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        ways = (("rises", self.up), ("falls", self.down))
        told = [f"{word} at once along {numbers_text(way)}" if way is not None
                else f"{word} nowhere nearby" for word, way in ways]  # fmt: skip
        return (
            f"From {numbers_text(self.point)} f {' and '.join(told)}, for "
            f"{function_text(self._function)}."
        )

    def _check(self) -> bool:
        faces = QuadraticFaces.of(strata(self._function))
        if faces is None or faces.names != self._names or len(self.point) != len(self._names):
            return False
        around = [face for face in faces.top if face.closure.contains(self.point)]
        known = tuple(Sector.of(face, self.point) for face in around)
        if not same(known, self.sectors):
            return False
        if not all(own.agrees(self._function, self._names, self.point) for own in self.sectors):
            return False
        return self._goes(1, self.up, around) and self._goes(-1, self.down, around)

    def _goes(self, sign: int, given: Vector | None, around: Sequence[QuadraticFace]) -> bool:
        """Whether f rises, or falls, at once along a direction; for None, along none."""
        if given is None:
            return all(leaves(own, self.point, sign) is None for own in self.sectors)
        if len(given) != len(self.point):
            return False
        for face in around:
            rows = [row for row, _ in face.closure.inequalities]
            tight = [row for row in rows if not dot(row, (1, *self.point))]
            if all(dot(row[1:], given) >= 0 for row in tight):
                # a short step along the direction stays in the piece
                rise = sign * dot(face.quadratic.gradient(self.point), given)
                bend = sign * face.quadratic.curvature(given, given)
                return rise > 0 or (not rise and bend > 0)
        return False


def leaves(sector: Sector, point: Vector, sign: int) -> Vector | None:
    """A direction of a sector along which sign·f rises at once."""
    q = sector.quadratic
    slope = [-sign * v for v in q.gradient(point)]
    return descent(slope, [[-sign * v for v in row] for row in q.hessian], sector.rays)


def second_order_proof(
    function: Expression, names: tuple[str, ...], point: Vector, sectors: Sequence[Sector]
) -> SecondOrderProof:
    """The first directions that lead up and down."""
    up, down = (
        next((d for own in sectors if (d := leaves(own, point, sign)) is not None), None)
        for sign in (1, -1)
    )
    return SecondOrderProof(point, tuple(sectors), up, down, function, names)


class QuadraticCritical:
    """The stationary points of a piecewise quadratic function in a domain.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> own = QuadraticCritical(QuadraticFaces.of((x**2 - abs(x)).strata()), None, 100)
    >>> len(own.found.strata)
    3
    """

    def __init__(self, faces: QuadraticFaces, domain: Polyhedron | None, max_pieces: int) -> None:
        self.faces = faces
        self.domain = domain
        self.max_pieces = max_pieces
        self.strata: list[CriticalStratum] = []
        self.spurious: list[SpuriousStratum] = []

    @cached_property
    def found(self) -> CriticalPoints:
        """All of them, those of the largest strata first.

        Raises
        ------
        Undecided
            Where Clarke's set changes along a stratum of codimension two or more.
        """
        for face in sorted(self.faces, key=lambda own: -own.key[0]):
            region = stationary_part(face)
            if self.domain is not None:
                region = region & self.domain
            if not region.is_empty:
                self._add(face, region)
        return CriticalPoints(tuple(self.strata), tuple(self.spurious))

    def _add(self, face: QuadraticFace, region: Polyhedron) -> None:
        names = self.faces.names
        pieces = self.faces.around(face)
        # the cones are the same all along the stratum
        sectors = [Sector.of(piece, face.stratum.point) for piece in pieces]
        slopes = [own.quadratic.slope(ray) for own in sectors for ray in own.rays]
        for part in cut_by_signs(region, slopes if len(pieces) > 1 else []):
            whole = part.irredundant()
            own = PartOfStratum(whole, face.stratum.label_keys, face.stratum.labels)
            here = [Sector.of(piece, own.point) for piece in pieces]
            proof = second_order_proof(self.faces.function, names, own.point, here)
            gradients = [sector.quadratic.gradient(own.point) for sector in sectors]
            weights, direction = combination_or_separation([Fraction(0)] * len(names), gradients)
            kind = kind_of(proof)
            if kind is Kind.neither:
                self._require_constant(own, sectors, weights, direction)
            if weights is None:
                assert direction is not None
                self._add_spurious(own, gradients, direction)
                continue
            used = [(w, g) for w, g in zip(weights, gradients, strict=True) if w]
            certificate = ConvexCombination(
                tuple(to_rational(w) for w, _ in used),
                tuple(sympy.ImmutableMatrix([list(map(to_rational, g))]) for _, g in used),
            )
            value = to_rational(face.quadratic.value(own.point))
            self.strata.append(CriticalStratum(own, kind, value, certificate, proof))

    def _require_constant(
        self,
        part: PartOfStratum,
        sectors: Sequence[Sector],
        weights: Sequence[Fraction] | None,
        direction: Sequence[Fraction] | None,
    ) -> None:
        """That what holds at the point of a part holds at all its points."""
        if part.dimension == 0 or len(sectors) <= 2:
            # two gradients differ along one normal, whose slopes have one sign on the part
            return
        along = part.polyhedron.tangent_basis()
        if weights is not None:
            total = [sum((w * own.quadratic.curvature(d, axis) for w, own in
                          zip(weights, sectors, strict=True)), Fraction(0))
                     for d in along for axis in _axes(len(d))]  # fmt: skip
            if not any(total):
                return
        else:
            assert direction is not None
            rows = [own.quadratic.slope(direction) for own in sectors]
            parts = [cut_by_signs(part.polyhedron, [row]) for row in rows]
            if all(len(list(own)) == 1 for own in parts):
                return
        raise Undecided(
            f"expected gradients whose hull has or lacks 0 all along a stratum, got "
            f"{len(sectors)} that change on {{{part.polyhedron}}}; give a smaller domain"
        )

    def _add_spurious(
        self, part: PartOfStratum, gradients: Sequence[Vector], direction: Sequence[Fraction]
    ) -> None:
        """The points of a part that are not stationary where the associated gradient is 0."""
        names = self.faces.names
        point = part.point
        local = LocalAnalysis(self.faces.function, point, max_pieces=self.max_pieces)
        if part.dimension == 0:
            if any(local.gradient):
                return
        elif any(self._gradient_at(p) for p in spanning(part.polyhedron)):
            return
        bound = max(dot(direction, g) for g in gradients)
        along = sympy.ImmutableMatrix(1, len(names), list(map(to_rational, direction)))
        certificate = SeparatingDirection(along, sympy.Integer(0), to_rational(bound))
        self.spurious.append(SpuriousStratum(part, certificate))

    def _gradient_at(self, point: Vector) -> bool:
        """Whether the associated gradient is not 0 at a point."""
        local = LocalAnalysis(self.faces.function, point, max_pieces=self.max_pieces)
        return any(local.gradient)


def _axes(n: int) -> list[Vector]:
    return [tuple(Fraction(int(i == j)) for i in range(n)) for j in range(n)]


def cut_by_signs(region: Polyhedron, rows: Sequence[Sequence[Fraction]]) -> Iterator[Polyhedron]:
    """The nonempty parts of a polyhedron on which affine functions have one sign each."""
    parts = [region]
    for row in dict.fromkeys(_up_to_sign(row) for row in rows if any(row[1:])):
        opposite = tuple(-v for v in row)
        sides = [
            Polyhedron(region.variables, [], [(row, True)]),
            Polyhedron(region.variables, [row]),
            Polyhedron(region.variables, [], [(opposite, True)]),
        ]
        parts = [own for part in parts for side in sides if not (own := part & side).is_empty]
    yield from parts


def _up_to_sign(row: Sequence[Fraction]) -> Row:
    first = next(v for v in row if v)
    return tuple(normal_row(row if first > 0 else [-v for v in row]))


def spanning(region: Polyhedron) -> Iterator[Vector]:
    """Points of a relatively open polyhedron that span its affine hull."""
    point = region.witness()
    assert point is not None, "it is not empty"
    yield point
    for d in region.tangent_basis():
        step = Fraction(1)
        while not region.contains(moved(point, step, d)):
            step /= 2
        yield moved(point, step, d)
