"""LASSO, support vectors, Huber's regression and least deviations: minimisers and paths, exactly."""

from __future__ import annotations

import importlib.util
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from sympy import Rational, oo

import piecewise_mt as mt

PATH = Path(__file__).resolve().parent.parent / "examples" / "data_fitting.py"
spec = importlib.util.spec_from_file_location("data_fitting", PATH)
fit = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = fit  # which its dataclasses look up
spec.loader.exec_module(fit)

calm = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a path takes too long to shrink
)
t, penalty = mt.variable("t"), mt.variable("penalty")
parameter = mt.parameter("penalty", positive=True)


@pytest.fixture(scope="module")
def paths():
    return {
        "lasso": fit.path_by_pieces(fit.lasso(parameter), (-1, 1)),
        "svm": fit.path_by_pieces(fit.svm(parameter), (0, 1)),
        "huber": fit.path_by_zeros(fit.huber_conditions(fit.w, penalty), fit.w),
        "deviations": fit.path_by_vertices(),
    }


def places(segments):
    """Ends and midpoints of the segments, and a point beyond the last."""
    ends = [own.low for own in segments if own.low]
    ends += [(own.low + min(own.high, own.low + 2)) / 2 for own in segments]
    return sorted({*ends, segments[-1].low + 10})


def is_stationary_in_every_sense(f, point):
    at = f.at(point)
    proof = at.stationarity_proof
    return at.is_stationary and proof.holds and proof.verify()


def test_segments_cover_all_penalties(paths):
    for segments in paths.values():
        assert segments[0].low == 0 and segments[-1].high == oo
        for one, two in zip(segments, segments[1:]):
            assert one.high == two.low
    assert [len(own) for own in paths.values()] == [3, 5, 4, 3]


@pytest.mark.parametrize("name", ["lasso", "svm"])
def test_minimisers_with_multipliers(paths, name):
    make = {"lasso": fit.lasso, "svm": fit.svm}[name]
    for value in places(paths[name]):
        point = fit.at_penalty(paths[name], value)
        f = make(value)
        verdict = mt.is_minimum(f, point)
        assert verdict.holds and verdict.verify()
        assert is_stationary_in_every_sense(f, point)
        off = (point[0] + Rational(1, 10), point[1])
        assert not mt.is_minimum(f, off) and f.value(off) > verdict.value


def test_the_lasso_path_for_all_penalties_at_once(paths):
    size = abs(t)
    weights = fit.path(paths["lasso"], size)
    step = mt.affine(fit.LASSO_X, weights, [-c for c in fit.LASSO_Y])
    correlation = -mt.affine([list(column) for column in zip(*fit.LASSO_X)], step)
    for j in range(2):
        # |x_jᵀr| ≤ penalty, with equality and the sign of w_j where that is not 0
        assert mt.infimum(size - abs(correlation[j])) == 0
        assert mt.equal(weights[j] * correlation[j], size * abs(weights[j]))
        assert not mt.equal(weights[j] * correlation[j], 2 * size * abs(weights[j]))
    zero = fit.lasso_conditions(weights, size)
    assert mt.equal(zero, 0 * zero)
    assert fit.path_by_zeros(fit.lasso_conditions(fit.w, penalty), fit.w) == paths["lasso"]


def test_the_support_vector_path_against_the_dual(paths):
    rows = [[y * c for c in x] for x, y in zip(fit.SVM_X, fit.SVM_Y)]
    for value in places(paths["svm"]):
        point = fit.at_penalty(paths["svm"], value)
        margins = [sum(a * b for a, b in zip(row, point)) for row in rows]
        fixed = [value if m < 1 else 0 for m in margins]
        tied = [i for i, m in enumerate(margins) if m == 1]
        # w = Σ α_i y_i x_i with 0 ≤ α_i ≤ penalty, and an end of it off the margin
        symbols = sympy.symbols(f"a0:{len(tied)}")
        alpha = [sympy.sympify(v) for v in fixed]
        for i, s in zip(tied, symbols):
            alpha[i] = s
        sums = [sum(a * row[j] for a, row in zip(alpha, rows)) - point[j] for j in range(2)]
        if symbols:
            (found,) = sympy.solve(sums, symbols, dict=True)
            assert len(found) == len(symbols)
            assert all(0 <= found[s] <= value for s in symbols)
            sums = [own.subs(found) for own in sums]
        assert sums == [0, 0]
        # strong duality
        alpha = [a.subs(found) if symbols else a for a in alpha]
        dual = sum(alpha) - sum(p**2 for p in point) / 2
        assert fit.svm(value).value(point) == dual


def test_huber_by_the_function_and_by_outliers(paths):
    size = abs(t)
    weights = fit.path(paths["huber"], size)
    gradient = fit.huber_conditions(weights, size)
    assert mt.equal(gradient, 0 * gradient)
    outliers = mt.vector("o", len(fit.POINTS))
    rest = fit.deviations(fit.w) - outliers
    for value in places(paths["huber"])[::3]:
        point = fit.at_penalty(paths["huber"], value)
        f = fit.huber(value)
        assert all(entry == 0 for entry in f.gradient(point)) and f.at(point).is_differentiable
        # Huber's loss is the least value over o of ½(r - o)² + threshold·|o|
        joint = sum(rest[i] ** 2 for i in range(len(fit.POINTS))) / 2 + value * mt.norm1(outliers)
        r = fit.deviations(fit.w).value(point)
        beyond = [v - max(-value, min(v, value)) for v in r]
        given = dict(zip(fit.w.symbols, point)) | dict(zip(outliers.symbols, beyond))
        verdict = mt.is_minimum(joint, given)
        assert verdict.holds and verdict.verify() and verdict.value == f.value(point)


def test_least_deviations(paths):
    for value in places(paths["deviations"]):
        f = fit.least_deviations(value)
        point = fit.at_penalty(paths["deviations"], value)
        assert mt.argmin(f).contains(point) and mt.infimum(f) == f.value(point)
        assert is_stationary_in_every_sense(f, point) and mt.is_minimum(f, point).verify()
    for own in paths["deviations"][1:]:
        # both corners are minimisers where the path jumps, and so is what is between
        corners = [before.weights for before in paths["deviations"] if before.high == own.low]
        ends = [*corners, own.weights]
        middle = tuple((a + b) / 2 for a, b in zip(*ends))
        least = mt.argmin(fit.least_deviations(own.low))
        assert all(least.contains(p) for p in (*ends, middle)) and least.dimension == 1


rows = st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=3, max_size=3)


@given(rows, st.lists(st.integers(-3, 3), min_size=3, max_size=3), st.integers(1, 40))
@calm
def test_paths_of_random_data(matrix, targets, tenth):
    (a, b), (c, d), _ = matrix
    assume(a * d - b * c)  # so that the minimiser is unique
    w = fit.w
    residuals = mt.affine([list(row) for row in matrix], w, [-v for v in targets])
    loss = sum(residuals[i] ** 2 for i in range(3)) / 2
    segments = fit.path_by_pieces((loss + parameter * mt.norm1(w)).on(*w), (-1, 1))
    value = Rational(tenth, 10)
    point = fit.at_penalty(segments, value)
    f = (loss + value * mt.norm1(w)).on(*w)
    assert mt.is_minimum(f, point).holds
    step = Fraction(1, 100)
    for p, q in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1)):
        assert f.value((point[0] + p * step, point[1] + q * step)) > f.value(point)
    assert fit.path(segments, mt.variable("s")).value((value,)) == sympy.Matrix(point)


def test_the_page_shows_what_the_example_prints(capsys):
    fit.main()
    page = (PATH.parent.parent / "docs" / "data_fitting.md").read_text(encoding="utf-8")
    assert f"```text\n{capsys.readouterr().out}```" in page
