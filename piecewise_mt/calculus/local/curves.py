"""Curves that start at a point and run inside a cell which has no cone of directions there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import sympy

from piecewise_mt.calculus.local.germs import Germ
from piecewise_mt.calculus.local.reduction import Vector, dot, make_program
from piecewise_mt.calculus.local.tangent_program import number_of
from piecewise_mt.calculus.partition.refinement import partition
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.exact.reals import Real, real, sign_of
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.geometry.polyhedron import Polyhedron

HIGHEST = 4
"""The highest power of t in a curve."""
MAX_DIRECTIONS = 200
"""So many tangents of a curve are tried."""


@dataclass(frozen=True)
class Curve:
    """t ↦ x + t d + t^power e, for small t > 0."""

    direction: Vector
    power: int
    bend: Vector

    def __str__(self) -> str:
        t = sympy.Symbol("t")
        return f"({', '.join(map(str, self.increments(t)))})"

    def increments(self, t: sympy.Symbol) -> list[sympy.Expr]:
        """The increments of the variables along it."""
        pairs = zip(self.direction, self.bend, strict=True)
        return [to_rational(d) * t + to_rational(e) * t**self.power for d, e in pairs]

    def rises(self, germ: Germ) -> bool:
        """Whether a germ is proved to be > 0 along it: by its first coefficient in t."""
        first = _first(_coefficients(germ, self))
        return first is not None and first > 0


def _first(coefficients: Iterator[sympy.Expr]) -> int | None:
    """The sign of the first coefficient that is not zero, None if it is not found."""
    for c in coefficients:
        sign = sign_of(c)
        if sign:
            return sign
        if sign is None:
            return None
    return None


def _coefficients(germ: Germ, curve: Curve) -> Iterator[sympy.Expr]:
    """The coefficients of t, t², … of a germ along a curve; if it is no polynomial, the first."""
    t = sympy.Symbol("t", positive=True)
    formula = germ.formula(curve.increments(t))
    if germ.is_polynomial:
        found = sympy.Poly(formula, t)
        for n in range(1, int(found.degree()) + 1 if found else 1):
            yield found.coeff_monomial(t**n)
        return
    for n in range(1, HIGHEST + 1):
        formula = sympy.diff(formula, t) / n
        yield formula.subs(t, 0)


def curve_into(rows: Sequence[Germ]) -> Curve | None:
    """A curve along which all germs are > 0, None if none is found.

    Its tangent d is one of the closed cone {∇h·d ≥ 0}; those with ∇h·d = 0 and no higher term are
    lifted by the bend, a solution of linear inequalities.
    """
    width = len(rows[0].gradient)
    zero = (Fraction(0),) * width
    for d in _tangents(rows, width):
        straight = Curve(d, 2, zero)
        tight = [germ for germ in rows if not dot(germ.gradient, d)]
        if all(map(straight.rises, tight)):
            return straight
        for power in range(2, HIGHEST + 1):
            bend = _bend(tight, straight, power)
            if bend is not None:
                curve = Curve(d, power, bend)
                if all(map(curve.rises, rows)):
                    return curve
    return None


def _bend(tight: Sequence[Germ], straight: Curve, power: int) -> Vector | None:
    """e with ∇h·e + c > 0 for all h not decided, c the coefficient of t^power along the tangent."""
    inequalities = []
    for germ in tight:
        coefficients = list(zip(range(power), _coefficients(germ, straight), strict=False))
        signs = [sign_of(c) for _, c in coefficients[: power - 1]]
        first = next((sign for sign in signs if sign != 0), 0)
        if first is None or first < 0:
            return None
        if first > 0:
            continue
        c = coefficients[power - 1][1] if len(coefficients) >= power else sympy.S.Zero
        if c.is_finite is not True or c.is_real is not True:  # as along |t|^(3/2)
            return None
        number = number_of(real(c))
        if isinstance(number, Real):
            return None
        if any(germ.gradient):
            inequalities.append((primitive([number, *germ.gradient]), True))
    if not inequalities:
        return None
    found = feasible_point([], inequalities)
    return found.point if isinstance(found, Witness) else None


def _tangents(rows: Sequence[Germ], width: int) -> Iterator[Vector]:
    """Directions of the closed cone {∇h·d ≥ 0}: inner ones, extreme ones, along lines."""
    names = [f"d{i + 1}" for i in range(width)]
    above = [((0, *primitive(germ.gradient)), False) for germ in rows if any(germ.gradient)]
    alone = make_program(tuple(names), [], [{}])
    cells = partition(alone, Polyhedron(names, [], above), 10**4).cells
    own = [tuple(map(fraction, row[1 : width + 1])) for row in cells.generators if not row[0]]
    flat = [tuple(map(fraction, line[1 : width + 1])) for line in cells.lines]
    axes = [line for one in flat for line in (one, tuple(-v for v in one))]
    for one, two in combinations(flat, 2):
        for s in (1, -1):
            axes.append(tuple(u + s * v for u, v in zip(one, two, strict=True)))
            axes.append(tuple(-(u + s * v) for u, v in zip(one, two, strict=True)))
    inner = tuple(sum(column, Fraction(0)) for column in zip(*own, strict=True)) if own else ()
    tries = [*([inner] if inner else []), *axes, *own]
    tries += [tuple(u + v for u, v in zip(ray, line, strict=True)) for ray in own for line in axes]
    if inner:
        tries += [tuple(u + v for u, v in zip(inner, line, strict=True)) for line in axes]
    yield from (d for d in list(dict.fromkeys(tries))[:MAX_DIRECTIONS] if any(d))
