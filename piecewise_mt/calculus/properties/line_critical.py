"""Stationary points of piecewise polynomial functions of one variable."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import Program
from piecewise_mt.calculus.local.clarke import ConvexCombination, SeparatingDirection
from piecewise_mt.calculus.properties.line_optimum import open_interval
from piecewise_mt.calculus.properties.line_pieces import Line, LinePiece, line_pieces
from piecewise_mt.calculus.properties.stationary import (
    CriticalPoints,
    CriticalStratum,
    PartOfStratum,
    SpuriousStratum,
    kind_of,
)
from piecewise_mt.calculus.results.proof import Proof, function_text, same
from piecewise_mt.exact.line_polynomials import (
    between,
    derivative_of,
    is_among,
    lies_between,
    roots_of,
    sign_near,
    value_at,
)
from piecewise_mt.exact.number_rows import normal_row, quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True)
class LineExtremumProof(Proof):
    """On which sides f rises and falls at once from a point: by its first derivative that is not 0.

    ``up`` and ``down`` are 1 or -1, None if there is no such side. The two polynomials, on
    the left and on the right, are found anew in ``verify``.
    """

    point: Any
    left: LinePiece
    right: LinePiece
    up: int | None
    down: int | None
    _function: Expression = field(repr=False)
    _name: str = field(repr=False)

    @staticmethod
    def at(line: Line, point: Any, left: LinePiece, right: LinePiece) -> LineExtremumProof:
        """The proof from the two pieces."""
        signs = {side: sign_near(own.coefficients, point, side)
                 for side, own in ((-1, left), (1, right))}  # fmt: skip
        up, down = (next((side for side in (1, -1) if signs[side] == s), None) for s in (1, -1))
        return LineExtremumProof(point, left, right, up, down, line.function, line.name)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        ways = (("rises", self.up), ("falls", self.down))
        told = [f"{word} at once along ({way})" if way is not None
                else f"{word} nowhere nearby" for word, way in ways]  # fmt: skip
        return (
            f"From {self._name} = {self.point} f {' and '.join(told)}, for "
            f"{function_text(self._function)}."
        )

    def _check(self) -> bool:
        line = line_pieces(self._function, None)
        if line.name != self._name or not same(line.around(self.point), (self.left, self.right)):
            return False
        signs = {-1: sign_near(self.left.coefficients, self.point, -1),
                 1: sign_near(self.right.coefficients, self.point, 1)}  # fmt: skip
        return all(
            signs[side] == sign if side is not None else sign not in signs.values()
            for side, sign in ((self.up, 1), (self.down, -1))
        )


def line_critical(line: Line, domain: Polyhedron | None) -> CriticalPoints:
    """The stationary points in a domain of a function on the whole line.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.properties.line_pieces import line_pieces
    >>> x = mt.variable("x")
    >>> line_critical(line_pieces(mt.relu(x**2 - 2), None), None).strata[1:]
    (<local minimum 0 on {x = -sqrt(2)}>, <local minimum 0 on {x = sqrt(2)}>)
    """
    found: list[CriticalStratum] = []
    spurious: list[SpuriousStratum] = []

    def add(region: Polyhedron, at: Any, left: LinePiece, right: LinePiece) -> None:
        if domain is not None:
            region = region & domain
        if region.is_empty:
            return
        part = part_of_line(line, region.irredundant())
        slopes = [value_at(derivative_of(own.coefficients), at) for own in (left, right)]
        if slopes[0] > 0 < slopes[1] or slopes[0] < 0 > slopes[1]:
            if not any(line.function.gradient((to_rational(at),))):
                spurious.append(SpuriousStratum(part, _separation(slopes)))
            return
        proof = LineExtremumProof.at(line, at, left, right)
        value = to_rational(value_at(left.coefficients, at))
        found.append(CriticalStratum(part, kind_of(proof), value, _combination(slopes), proof))

    for piece in line.pieces:
        p = piece.coefficients
        if len(p) < 2:
            add(
                open_interval(line.name, piece.low, piece.high),
                between(piece.low, piece.high),
                piece,
                piece,
            )
            continue
        for x in roots_of(derivative_of(p)):
            if lies_between(piece.low, x, piece.high) and not is_among(x, line.kinks):
                add(_point(line, x), x, piece, piece)
    for x in line.kinks:
        left, right = line.around(x)
        if left is right and len(left.coefficients) < 2:
            continue
        add(_point(line, x), x, left, right)
    return CriticalPoints(tuple(found), tuple(spurious))


def _point(line: Line, x: Any) -> Polyhedron:
    return Polyhedron((line.name,), [tuple(normal_row([-x, 1]))])


def part_of_line(line: Line, region: Polyhedron) -> PartOfStratum:
    """The part of a stratum that some points of the line are."""
    program: Program = line.program
    point = region.witness()
    assert point is not None, "it is not empty"
    labels = program.labels_at(point)
    shown = [unit.atom.label_text(k) for unit, k in zip(program.units, labels, strict=True)]
    return PartOfStratum(region, labels, tuple(shown))


def _combination(slopes: list[Any]) -> ConvexCombination:
    """0 as a convex combination of the slopes on the left and on the right."""
    left, right = slopes
    for own in slopes:
        if not own:
            return ConvexCombination((sympy.Integer(1),), (sympy.ImmutableMatrix([[0]]),))
    weight = quotient(right, right - left)
    weights = (to_rational(weight), to_rational(Fraction(1) - weight))
    matrices = tuple(sympy.ImmutableMatrix([[to_rational(v)]]) for v in slopes)
    return ConvexCombination(weights, matrices)


def _separation(slopes: list[Any]) -> SeparatingDirection:
    sign = -1 if slopes[0] > 0 else 1
    bound = max(sign * v for v in slopes)
    return SeparatingDirection(
        sympy.ImmutableMatrix([[sign]]), sympy.Integer(0), to_rational(bound)
    )
