"""The graph of the subdifferential of a convex piecewise linear-quadratic function, by strata.

On a stratum, a relatively open polyhedron that lies in one face of every closed piece it meets,
the tangent cones of these pieces do not change. s is a subgradient at p iff d·s ≤ f'(p; d) for all
d, and it suffices that d runs through generators of the cones, with f'(p; d) = ∇q(p)·d by the
formula q of the cone's piece. This is affine in (p, s): the graph over a stratum is a polyhedron,
with the domain's normal cone and every edge of the hull of gradients in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from piecewise_mt.calculus.properties.convex_pieces import ConvexPieces, Point
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.quadratics import (
    AffineMap,
    Form,
    Quadratic,
    composed,
    dot,
    identity_map,
    on_basis,
    solved,
)
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.cover import covered_cells
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Related, apart, related
from piecewise_mt.memory import cached_property

Slopes = dict[Row, Quadratic]
"""Directions, each with a formula whose derivative in it is f'(p; d)."""
Rows = list[Related[Row]]
Cones = dict[tuple[int, tuple[Row, ...]], tuple[list[Row], list[Row]]]
"""Rays and lines by the number of a piece and its rows that are zero."""


@dataclass(frozen=True)
class Stratum:
    """A relatively open part of the domain, and the directions in which f has slopes there."""

    region: Polyhedron
    formula: Quadratic
    """The formula of a piece whose closure contains the region."""
    rays: Slopes
    lines: Slopes
    """The same with the opposite direction, in which the slope is the opposite."""

    @cached_property
    def point(self) -> Point:
        """A point of the stratum."""
        found = self.region.witness()
        assert found is not None, "strata have points"
        return found

    @cached_property
    def along(self) -> tuple[Row, ...]:
        """A basis of the directions of the stratum."""
        return self.region.tangent_basis()

    def rows(self, p: AffineMap, s: AffineMap, *, closed: bool = False) -> Rows:
        """For which parameters p lies in the stratum and s is a subgradient there.

        Parameters
        ----------
        p, s : affine maps of the parameters
        closed : bool
            Whether to take the closure of the stratum.
        """
        found = [
            Related(primitive(composed(row, p)), ">=" if closed and relation == ">" else relation)
            for row, relation in related(self.region)
        ]
        for slopes, relation in ((self.rays, ">="), (self.lines, "=")):
            for direction, formula in slopes.items():
                slope = composed(formula.slope(direction), p)
                along = composed((0, *direction), s)
                row = [a - b for a, b in zip(slope, along, strict=True)]
                found.append(Related(primitive(row), relation))
        return found

    def stationary(self, weight: Fraction | int, step: Fraction | int) -> AffineMap | None:
        """The p of the affine hull with weight·p + step·∇f(p) - x orthogonal to the stratum.

        It is an affine map of x; None if p is not unique.
        """
        start = (*map(Fraction, self.point),)
        matrix = [
            [step * value + (weight if i == j else 0) for j, value in enumerate(row)]
            for i, row in enumerate(self.formula.hessian)
        ]
        right: list[Form] = []
        for vector in self.along:
            slope = dot(self.formula.slope(vector), (1, *start))
            right.append([-weight * dot(vector, start) - step * slope, *vector])
        steps = solved(on_basis(matrix, self.along), right)
        if steps is None:
            return None
        width = len(start)
        return [
            composed(column, steps) if steps else [column[0], *[Fraction(0)] * width]
            for column in zip(start, *self.along, strict=True)
        ]


def strata_of(f: ConvexPieces) -> list[Stratum]:
    """The strata of a function, which are disjoint and make up its domain.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.properties.convex_pieces import convex_pieces
    >>> for stratum in strata_of(convex_pieces(abs(mt.variable("x")))):
    ...     print(stratum.region, *stratum.rays, *stratum.lines)
    x > 0 (1,)
    x = 0 (-1,) (1,)
    x < 0 (1,)
    """
    cones: Cones = {}
    unions = [[piece.region] for piece in f.pieces]
    return [
        _stratum(f, region, inside, cones) for region, inside in covered_cells(f.domain, unions)
    ]


def _stratum(
    f: ConvexPieces,
    region: Polyhedron,
    inside: Sequence[int],
    cones: Cones,
) -> Stratum:
    point = region.witness()
    assert point is not None, "cells have points"
    rays: Slopes = {}
    lines: Slopes = {}
    for number in inside:
        piece = f.pieces[number - 1]
        at = (Fraction(1), *point)
        active = tuple(
            row
            for row, _ in piece.region.inequalities
            if not sum(c * v for c, v in zip(row, at, strict=True))
        )
        key = (number, active)
        if key not in cones:
            cones[key] = _cone(piece.region.equations, active, f.names)
        own_rays, own_lines = cones[key]
        # where pieces share a direction, their slopes in it are equal on the stratum
        for direction in own_rays:
            rays.setdefault(direction, piece.formula)
        for direction in own_lines:
            lines.setdefault(direction, piece.formula)
    for direction in lines:
        rays.pop(direction, None)
        rays.pop(tuple(-c for c in direction), None)
    return Stratum(region, f.pieces[inside[0] - 1].formula, rays, lines)


def _cone(
    equations: Sequence[Row], active: Sequence[Row], names: Sequence[str]
) -> tuple[list[Row], list[Row]]:
    """Rays and lines that generate the cone of directions into a piece."""
    cone = relative_interior(
        Polyhedron(
            names,
            [(0, *row[1:]) for row in equations],
            [((0, *row[1:]), False) for row in active],
        )
    )
    assert cone is not None, "0 lies in a cone"
    faces = cone.complex
    rays = [tuple(row[1:]) for row in faces.generators if not row[0]]
    return rays, [tuple(row[1:]) for row in faces.lines]


def region_of(names: Sequence[str], rows: Rows) -> Polyhedron | None:
    """The polyhedron of some relations without those that are not needed, None if it is empty."""
    equations, inequalities = apart(rows)
    found = Polyhedron(names, equations, inequalities)
    return None if found.is_empty else found.irredundant()


def maximisers(f: ConvexPieces, strata: Sequence[Stratum], s: Point) -> Iterator[Polyhedron]:
    """The disjoint polyhedra of the points at which s is a subgradient."""
    width = len(f.names)
    fixed: list[Form] = [(value, *[0] * width) for value in s]
    for stratum in strata:
        found = region_of(f.names, stratum.rows(identity_map(width), fixed))
        if found is not None:
            yield found
