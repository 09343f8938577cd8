"""The rung along a stratum where formulas are smooth: the same all over, or on a condition.

Near a stratum S the limits of gradients at x ∈ S are the values G₁(x), …, G_n(x) of the gradients
of the full-dimensional strata around it. If all differences from G₁ are one factor φ(x) times
constant matrices, Gᵢ = G₁ + φ·Cᵢ, then the place of G₁ + φ·C among them is that of C among the Cᵢ
wherever φ(x) ≠ 0, and f is differentiable where φ(x) = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.local.memberships import relations
from piecewise_mt.calculus.local.rungs import Judgement, Rung
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import as_fraction, primitive
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.polytope import Combination, Polytope


class Neighbours:
    """The full-dimensional strata around each stratum, and their gradients as formulas."""

    def __init__(self, cells: PolyhedralStrata) -> None:
        self.cells = cells
        self._order: tuple[Any, dict[int, int]] | None = None
        self._gradients: dict[int, sympy.ImmutableMatrix] = {}

    def around(self, stratum: PolyhedralStratum) -> list[sympy.ImmutableMatrix]:
        """The gradients around a stratum, in the coordinates of its affine hull."""
        import networkx

        if self._order is None:
            self._order = (self.cells.poset(), {id(own): i for i, own in enumerate(self.cells)})
        poset, position = self._order
        place = position[id(stratum)]
        above = sorted({place, *networkx.descendants(poset, place)})
        full = [i for i in above if self.cells[i].dimension == len(self.cells.names)]
        found = [self._gradient(i).applyfunc(stratum.hull.restricted) for i in full]
        return list(dict.fromkeys(own.applyfunc(sympy.expand) for own in found))

    def _gradient(self, place: int) -> sympy.ImmutableMatrix:
        if place not in self._gradients:
            labels = self.cells[place].label_keys
            outputs = self.cells.program.formulas(labels, selected).outputs
            symbols = symbols_of(self.cells.names)
            entries = [sympy.diff(row, s) for row in outputs for s in symbols]
            self._gradients[place] = sympy.ImmutableMatrix(len(outputs), len(symbols), entries)
        return self._gradients[place]


def judge_along(neighbours: Neighbours, stratum: PolyhedralStratum, given: Any) -> Judgement:
    """The rung that a formula reaches at every point of a stratum, with what holds where.

    ``undecided`` if the differences are no constant matrices times one factor, or if the formula
    is not always in Clarke's subdifferential; ``refuted`` then is the condition under which it is,
    if that is known.
    """
    limits = neighbours.around(stratum)
    variables = set(symbols_of(neighbours.cells.names))
    unknown = Judgement(
        Rung.undecided, "formulas are not affine, so that the rung may vary along the stratum"
    )
    if not limits or any(own.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo) for own in limits):
        return unknown
    own = sympy.ImmutableMatrix(given).applyfunc(stratum.hull.restricted)
    differences = [matrix - limits[0] for matrix in (*limits, own)]
    factored = _factored(differences, variables)
    if factored is None:
        return unknown
    factor, constants = factored
    *known, wanted = constants
    if not all(entry.is_Rational for matrix in known for entry in matrix):
        return unknown
    zeros = _zeros(factor, stratum)
    if not any(wanted) and len(known) == 1:
        return Judgement(Rung.differentiable, "it is the derivative all along the stratum")
    vanishing = sympy.false if zeros is None else sympy.Eq(zeros, 0)
    points = [tuple(map(_fraction, matrix)) for matrix in known]
    hull = Polytope(points)
    flat = list(wanted)
    if not all(entry.is_Rational for entry in flat):
        inside = sympy.And(*relations(hull.facets, flat))
        if inside != sympy.true:
            reason = "in Clarke's subdifferential on a condition on the symbols"
            return Judgement(Rung.undecided, reason, None, sympy.Or(inside, vanishing))
        return Judgement(Rung.clarke, "it is a convex combination of limits", inside)
    answer = hull.certificate(tuple(map(_fraction, flat)))
    if not isinstance(answer, Combination):
        reason = "it is not in Clarke's subdifferential"
        if zeros is not None:
            reason += f" unless {zeros} = 0, where f is differentiable"
        return Judgement(Rung.undecided, reason, answer, vanishing)
    rung = Rung.bouligand if wanted in known else Rung.clarke
    reason = "it is a limit of gradients" if rung == Rung.bouligand else "it is a mean of limits"
    if zeros is None:
        return Judgement(rung, reason + " all along the stratum", answer)
    cases = ((rung, sympy.Ne(zeros, 0)), (Rung.differentiable, vanishing))
    reason += f"; f is differentiable iff {zeros} = 0"
    return Judgement(rung, reason, answer, None, cases)


def _factored(
    matrices: Sequence[sympy.ImmutableMatrix], variables: set[Any]
) -> tuple[sympy.Expr, list[sympy.ImmutableMatrix]] | None:
    """One factor of the variables and matrices without them, whose products the matrices are."""
    factor: Any = None
    found = []
    for matrix in matrices:
        entries = []
        for entry in matrix:
            value = sympy.expand(entry)
            if value != 0 and factor is None:
                factor = _without_content(value, variables)
            ratio = sympy.Integer(0) if value == 0 else sympy.cancel(value / factor)
            if ratio.free_symbols & variables:
                ratio = sympy.simplify(ratio)
                if ratio.free_symbols & variables:
                    return None
            entries.append(sympy.expand(ratio))
        found.append(sympy.ImmutableMatrix(*matrix.shape, entries))
    return (sympy.Integer(1) if factor is None else factor), found


def _without_content(value: sympy.Expr, variables: set[Any]) -> sympy.Expr:
    """An entry without its factors that have no variable."""
    parts = sympy.Mul.make_args(sympy.factor(value))
    own = [part for part in parts if part.free_symbols & variables]
    return sympy.Mul(*own)


def _zeros(factor: sympy.Expr, stratum: PolyhedralStratum) -> sympy.Expr | None:
    """An expression with the zeros that a factor has on a stratum; None if it has none."""
    left = []
    for part in sympy.Mul.make_args(sympy.factor(factor)):
        base = part.base if part.is_Pow and part.exp.is_positive else part
        if base.is_nonzero:
            continue
        form = stratum.hull.affine_row(base)
        if form is not None and _nowhere_zero(primitive(form), stratum.polyhedron):
            continue
        left.append(base)
    return sympy.Mul(*dict.fromkeys(left)) if left else None


def _nowhere_zero(row: Row, region: Polyhedron) -> bool:
    if not any(row[1:]):
        return bool(row[0])
    zero = Polyhedron(region.variables, [*region.equations, row], region.inequalities)
    return zero.is_empty


def _fraction(value: Any) -> Fraction:
    return as_fraction(value)
