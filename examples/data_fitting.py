"""Four fits to a few data points: exact minimisers, and exact paths as the penalty grows.

LASSO, a support vector machine, Huber's regression and least absolute deviations. A path is found
in one question each: from the gradients on the pieces with the penalty as a parameter, from the
zeros of the optimality conditions in weights and penalty together, or from the vertices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import And, Eq, Expr, Rational, Symbol, expand, oo, solve

import piecewise_mt as mt


@dataclass(frozen=True)
class Segment:
    """The weights as affine formulas of the penalty, from `low` to `high`."""

    low: Any
    high: Any
    weights: tuple[Expr, ...]


PENALTY = Symbol("penalty", real=True)


def interval(forms: list[Expr]) -> tuple[Any, Any]:
    """The penalties > 0 at which all forms are ≥ 0; each is a + b·penalty or a + b/penalty."""
    low, high = Rational(0), oo
    for form in map(expand, forms):
        whole = expand(form * PENALTY) if form.subs(PENALTY, 1 / PENALTY).is_polynomial() else form
        constant, slope = whole.subs(PENALTY, 0), whole.diff(PENALTY)
        assert slope.is_Rational
        if slope > 0:
            low = max(low, -constant / slope)
        elif slope < 0:
            high = min(high, -constant / slope)
        elif constant < 0:
            return oo, Rational(0)
    return low, high


def read(condition: Any) -> tuple[list[Expr], list[Expr]]:
    """The equations (= 0) and inequalities (≥ 0) of a condition; closed, as minimisers move on."""
    parts = And.make_args(condition)
    equations = [p.lhs - p.rhs for p in parts if isinstance(p, Eq)]
    return equations, [p.gts - p.lts for p in parts if not isinstance(p, Eq)]


def path_by_pieces(f: mt.Expression, ties: tuple[int, int]) -> list[Segment]:
    """The minimisers of a strictly convex function with the parameter `penalty`.

    On every piece the gradient is to be zero, for weights on it and some z in `ties` at the kinks:
    these are the optimality conditions of one active set.
    """
    segments = []
    for piece in f.represent():
        equations, inequalities = read(piece.condition)
        free = sorted(piece.gradient.free_symbols - {*f.symbols, PENALTY}, key=str)
        solved = solve([*piece.gradient, *equations], [*f.symbols, *free], dict=True)
        if not solved:
            continue
        (found,) = solved
        bounds = [bound for z in free for bound in (z - ties[0], ties[1] - z)]
        low, high = interval([form.subs(found) for form in (*inequalities, *bounds)])
        if not low < high:
            continue
        # what only touches the piece belongs to another one
        middle = {PENALTY: (low + min(high, low + 2)) / 2}
        if bool(piece.condition.subs(found).subs(middle)):
            segments.append(Segment(low, high, tuple(found[s] for s in f.symbols)))
    return sorted(segments, key=lambda own: own.low)


def path_by_zeros(conditions: mt.Expression, weights: mt.Expression) -> list[Segment]:
    """Where piecewise linear optimality conditions in weights and penalty vanish."""
    symbols = list(weights.symbols)
    segments = []
    for part in mt.zero_set(conditions, domain="penalty > 0").polyhedra:
        equations, inequalities = read(part.condition)
        if part.dimension == 1:
            (found,) = solve(equations, symbols, dict=True)
            low, high = interval([expand(form.subs(found)) for form in inequalities])
            segments.append(Segment(low, high, tuple(found[s] for s in symbols)))
    return sorted(segments, key=lambda own: own.low)


def path(segments: list[Segment], penalty: mt.Expression) -> mt.Expression:
    """Segments as one piecewise linear function of the penalty."""
    knots = [own.high for own in segments[:-1]]
    assert segments[0].low == 0 and segments[-1].high == oo
    assert knots == [own.low for own in segments[1:]]
    if not knots:
        return mt.stack(
            [c.diff(PENALTY) * penalty + c.subs(PENALTY, 0) for c in segments[0].weights]
        )
    entries = []
    for k, first in enumerate(segments[0].weights):
        slopes = [own.weights[k].diff(PENALTY) for own in segments]
        start = (0, first.subs(PENALTY, 0))
        entries.append(mt.piecewise_linear(penalty, knots, slopes, at=start))
    return mt.stack(entries)


def at_penalty(segments: list[Segment], value: Any) -> tuple[Any, ...]:
    own = next(own for own in segments if own.low <= value <= own.high)
    return tuple(weight.subs(PENALTY, value) for weight in own.weights)


# -- LASSO: ½|Xw - y|² + penalty·|w|₁ -----------------------------------------------------------
LASSO_X, LASSO_Y = [[2, 1], [1, 1], [0, 1], [-1, 2]], [3, 1, -1, 0]
w = mt.vector("w", 2)


def lasso(penalty: Any) -> mt.Expression:
    residuals = mt.affine(LASSO_X, w, [-c for c in LASSO_Y])
    return sum(residuals[i] ** 2 for i in range(4)) / 2 + penalty * mt.norm1(w)


def lasso_conditions(weights: mt.Expression, penalty: mt.Expression) -> mt.Expression:
    """w - prox(w - ∇), which is zero at minimisers: the proximal map is soft thresholding."""
    residuals = mt.affine(LASSO_X, weights, [-c for c in LASSO_Y])
    step = weights - mt.affine([list(column) for column in zip(*LASSO_X)], residuals)
    return weights - (mt.relu(step - penalty) - mt.relu(-step - penalty))


# -- support vectors: ½|w|² + penalty·Σ max(0, 1 - y·xᵀw) ----------------------------------------
SVM_X, SVM_Y = [[2, 1], [0, 2], [-1, 0], [1, -1]], [1, 1, -1, -1]


def svm(penalty: Any) -> mt.Expression:
    margins = mt.affine([[y * c for c in x] for x, y in zip(SVM_X, SVM_Y)], w)
    return sum(w[j] ** 2 for j in range(2)) / 2 + penalty * sum(
        mt.relu(1 - margins[i]) for i in range(4)
    )


# -- lines through points, with slope w1 and intercept w2 ----------------------------------------
POINTS = [(0, 1), (1, 3), (2, 2), (3, 9), (5, 4)]


def deviations(weights: mt.Expression) -> mt.Expression:
    return mt.affine([[a, 1] for a, _ in POINTS], weights, [-b for _, b in POINTS])


def huber(threshold: Any) -> mt.Expression:
    """Σ r²/2 where |r| ≤ threshold, and threshold·(|r| - threshold/2) beyond."""
    r = deviations(w)
    return sum(
        mt.where(
            abs(r[i]) <= threshold,
            r[i] ** 2 / 2,
            threshold * abs(r[i]) - Rational(1, 2) * threshold**2,
        )
        for i in range(len(POINTS))
    )


def huber_conditions(weights: mt.Expression, threshold: mt.Expression) -> mt.Expression:
    """The gradient, in weights and threshold piecewise linear: residuals are clipped."""
    clipped = mt.maximum(-threshold, mt.minimum(deviations(weights), threshold))
    return mt.affine([[a for a, _ in POINTS], [1] * len(POINTS)], clipped)


def least_deviations(penalty: Any) -> mt.Expression:
    """Σ |r| + penalty·|slope|."""
    return mt.norm1(deviations(w)) + penalty * abs(w[0])


def path_by_vertices() -> list[Segment]:
    """A linear program has a minimiser among the vertices, each of an affine value in the penalty."""
    penalty = mt.variable("penalty")
    corners = [s.witness for s in least_deviations(1).strata() if s.dimension == 0]
    lines = {}
    for corner in corners:
        slope = abs(corner[0])
        line = (least_deviations(0).value(corner), slope)
        lines.setdefault(line, corner)
    least = mt.min([a + b * penalty for a, b in lines], ties="first")
    segments = []
    for piece in least.represent("penalty >= 0"):
        low, high = interval(read(piece.condition)[1])
        formula = piece.formula
        corner = lines[formula.subs(PENALTY, 0), formula.diff(PENALTY)]
        if low < high:
            segments.append(Segment(low, high, tuple(map(Rational, corner))))
    return sorted(segments, key=lambda own: own.low)


def main() -> None:
    penalty = mt.parameter("penalty", positive=True)
    for name, segments in (
        ("LASSO", path_by_pieces(lasso(penalty), (-1, 1))),
        ("support vectors", path_by_pieces(svm(penalty), (0, 1))),
        ("Huber", path_by_zeros(huber_conditions(w, mt.variable("penalty")), w)),
        ("least absolute deviations", path_by_vertices()),
    ):
        print(name)
        for own in segments:
            print(f"  {own.low} to {own.high}: w = ({', '.join(map(str, own.weights))})")


if __name__ == "__main__":
    main()
