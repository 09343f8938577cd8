"""Whether a point is a global minimum of a maximum of smooth functions: by multipliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.pointwise import names_of, values_at
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.properties.in_words import InWords, point_text
from piecewise_mt.calculus.properties.smooth_maxima import smooth_maximum
from piecewise_mt.calculus.results.proof import Proof, function_text, numbers_text
from piecewise_mt.calculus.smooth.convexity import ConvexFormula, convex_formula
from piecewise_mt.calculus.smooth.rewriting import at_point, symbols_of
from piecewise_mt.errors import Undecided, Unsupported
from piecewise_mt.exact.ordered_hulls import combination_or_separation
from piecewise_mt.exact.reading_numbers import NotAlgebraic, algebraic, in_one_field
from piecewise_mt.exact.reals import Real, number_expr, real
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shapes import require_scalar
from piecewise_mt.geometry.points import read_coordinates


@dataclass(frozen=True)
class Multipliers:
    """Active formulas φ with weights ≥ 0 of sum 1 that combine their gradients to 0.

    L = Σ weight·φ is convex, so that f ≥ L ≥ L(x) = f(x) everywhere.
    """

    formulas: tuple[sympy.Expr, ...]
    weights: tuple[sympy.Expr, ...]
    convex: tuple[ConvexFormula, ...]
    """Of each formula, or of L alone."""


@dataclass(frozen=True, repr=False)
class MinimumVerdict(InWords, Proof):
    """Whether f(x) is the least value of f, with multipliers or a point that is lower.

    Its truth value is ``holds``.
    """

    function: Expression = field(repr=False)
    point: tuple[sympy.Expr, ...]
    value: sympy.Expr
    """f at the point."""
    proof: Multipliers | tuple[sympy.Expr, ...]
    """Multipliers, or a point where f is lower."""

    @property
    def holds(self) -> bool:
        """Whether the point is a global minimum."""
        return isinstance(self.proof, Multipliers)

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        if isinstance(self.proof, Multipliers):
            weights = point_text(self.proof.weights)
            return (
                f"yes: {self.value} at {point_text(self.point)} is least, by the weights {weights}"
            )
        return f"no: f is less than {self.value} at {point_text(self.proof)}"

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        told = "the least value" if self.holds else "not the least value"
        if not isinstance(self.proof, Multipliers):
            told += f", as f is less at {numbers_text(self.proof)}"
        return (
            f"At {numbers_text(self.point)} {self.value} is {told}, for "
            f"{function_text(self.function)}."
        )

    def _check(self) -> bool:
        names = names_of(self.function)
        point = read_coordinates(self.point, names)
        (here,) = values_at(self.function, names, point)
        claimed, found = _numbers([self.value, number_expr(here)])
        if claimed != found:
            return False
        if not isinstance(self.proof, Multipliers):
            return bool(self.function.value(self.proof) < number_expr(here))
        own, symbols = self.proof, symbols_of(names)
        formulas = smooth_maximum(compile_program(self.function))
        if formulas is None or not set(own.formulas) <= set(formulas):
            return False
        if not all(proof.verify() and proof.symbols == symbols for proof in own.convex):
            return False
        given = [proof.formula for proof in own.convex]
        if given != list(own.formulas) and given != [_sum(own.formulas, own.weights)]:
            return False
        least, *weights = _numbers([number_expr(here), *own.weights])
        points = _rows(own.formulas, point, names)
        return _combines([least] + [Fraction(0)] * len(names), points, weights)


def is_minimum(f: Expression, point: Any) -> MinimumVerdict:
    r"""Whether a point is a global minimum of a maximum of smooth functions.

    Of f = max φ_i it is, if Σ λ_i ∇φ_i = 0 for weights λ_i ≥ 0 with sum 1 of those φ_i that are
    active there, and L = Σ λ_i φ_i is convex: then f ≥ L ≥ L(x) = f(x). It is none, if the active
    gradients do not have 0 in their hull.

    Parameters
    ----------
    f : Expression
        Of shape (), built of maxima, absolute values, sums with factors ≥ 0 of these and smooth
        functions.
    point : sequence or mapping
        Exact numbers, rational, algebraic or others of SymPy.

    Returns
    -------
    MinimumVerdict
        True with the multipliers, or false with a point that is lower.

    Raises
    ------
    Undecided
        If f is not seen to be a maximum of smooth formulas, or the point is stationary and L not
        seen to be convex.

    See Also
    --------
    mt.infimum : Of piecewise linear functions.
    LocalAnalysis.stationarity_proof : To first order.

    References
    ----------
    - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.

    Examples
    --------
    The three operands of the test problem DEM tie at its solution:

    >>> import piecewise_mt as mt
    >>> x1, x2 = mt.variables("x1 x2")
    >>> f = mt.max(5 * x1 + x2, -5 * x1 + x2, x1**2 + x2**2 + 4 * x2)
    >>> verdict = mt.is_minimum(f, (0, -3))
    >>> verdict.holds, verdict.value, verdict.proof.weights, verdict.verify()
    (True, -3, (1/3, 1/3, 1/3), True)
    >>> mt.is_minimum(f, (0, 0)).proof
    (0, -1)
    """
    require_scalar(f.shape)
    names = names_of(f)
    at = read_coordinates(point, names)
    (here,) = values_at(f, names, at)
    formulas = smooth_maximum(compile_program(f))
    if formulas is None:
        raise Undecided(
            "expected a function that is seen to be a maximum of smooth formulas, got one with "
            "other kinks; ask f.at(point).is_stationary, or for mt.infimum"
        )
    least, *values = _numbers([number_expr(here), *(at_point(own, at, names) for own in formulas)])
    active = [own for own, value in zip(formulas, values, strict=True) if value == least]
    gradients = [row[1:] for row in _rows(active, at, names)]
    weights, direction = combination_or_separation([Fraction(0)] * len(names), gradients)
    shown, value = tuple(map(number_expr, at)), number_expr(here)
    if weights is None:
        assert direction is not None  # one in which every active formula falls
        return MinimumVerdict(f, shown, value, _lower(f, names, at, _rounded(direction, gradients)))
    used = [(own, w) for own, w in zip(active, weights, strict=True) if w > 0]
    chosen = tuple(formula for formula, _ in used)
    factors = tuple(number_expr(w) for _, w in used)
    symbols = symbols_of(names)
    proofs = [convex_formula(formula, symbols) for formula in chosen]
    if None in proofs:
        proofs = [convex_formula(_sum(chosen, factors), symbols)]
    convex = tuple(proof for proof in proofs if proof is not None)
    if not convex:
        raise Undecided(
            "expected multipliers with a convex sum of the active formulas, got "
            f"{_sum(chosen, factors)}, which is not seen to be convex; the point is stationary, "
            "so ask f.at(point) what it is to first order"
        )
    return MinimumVerdict(f, shown, value, Multipliers(chosen, factors, convex))


def _sum(formulas: Sequence[sympy.Expr], weights: Sequence[sympy.Expr]) -> sympy.Expr:
    return sympy.expand(sympy.Add(*(w * own for w, own in zip(weights, formulas, strict=True))))


def _rows(
    formulas: Sequence[sympy.Expr], point: Sequence[Any], names: tuple[str, ...]
) -> list[list[Any]]:
    """The value and the partial derivatives of every formula."""
    variables = symbols_of(names)
    parts = [part for own in formulas for part in (own, *(sympy.diff(own, s) for s in variables))]
    numbers = _numbers([at_point(part, point, names) for part in parts])
    width = len(names) + 1
    return [numbers[k : k + width] for k in range(0, len(numbers), width)]


def _numbers(values: Sequence[sympy.Expr]) -> list[Any]:
    """SymPy's numbers: those that are algebraic as ones of one field, the others as Reals."""
    known: list[Any] = [_algebraic(value) for value in values]
    places = [k for k, number in enumerate(known) if number is not None]
    try:
        united = in_one_field([known[k] for k in places])
    except Unsupported:  # a field of a large degree
        return [real(value) for value in values]
    numbers = dict(zip(places, united, strict=True))
    return [numbers[k] if k in numbers else real(value) for k, value in enumerate(values)]


def _algebraic(value: sympy.Expr) -> Any:
    try:
        return algebraic(value)
    except (NotAlgebraic, Unsupported):
        return None


def _rounded(direction: Sequence[Any], gradients: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """A direction with entries that can be coordinates, of negative product with all gradients."""
    if not any(isinstance(v, Real) for v in direction):
        return direction
    digits = 4
    while True:
        near = [Fraction(str(number_expr(v).evalf(digits))) for v in direction]
        if all(sum((g * d for g, d in zip(own, near)), Fraction(0)) < 0 for own in gradients):
            return near
        digits *= 2


def _lower(
    f: Expression, names: tuple[str, ...], at: Sequence[Any], direction: Sequence[Any]
) -> tuple[sympy.Expr, ...]:
    """A point near, in a direction of descent, where f is lower."""
    (here,) = values_at(f, names, at)
    step = Fraction(1)
    while True:
        point = [v + step * d for v, d in zip(at, direction, strict=True)]
        if values_at(f, names, point)[0] < here:
            return tuple(map(number_expr, point))
        step /= 2


def _combines(
    target: Sequence[Any], points: Sequence[Sequence[Any]], weights: Sequence[Any]
) -> bool:
    """Whether weights ≥ 0 of sum 1 combine points to a target, in any kind of numbers."""
    if any(w < 0 for w in weights) or sum(weights, Fraction(0)) != 1:
        return False
    return all(
        sum((w * p[i] for w, p in zip(weights, points, strict=True)), Fraction(0)) == t
        for i, t in enumerate(target)
    )
