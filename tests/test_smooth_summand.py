"""Rungs along strata of piecewise linear functions plus smooth ones: all points, not some."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y, b = mt.variables("x y b")
X, Y, B = sympy.symbols("x y b", real=True)
HALF = Fraction(1, 2)
DATA = [(1, 1, 2), (-1, -1, 0), (1, 2, -1)]


def hinges(at_zero="free"):
    return [mt.relu(1 - s * (p * x + q * y + b), at_zero=at_zero) for s, p, q in DATA]


def svm(at_zero="free"):
    return (x**2 + y**2) / 2 + sum(hinges(at_zero))


def test_support_vector_machine_under_a_rule():
    f = svm(0)
    report = f.represent().classify()
    assert report.ok
    assert {str(piece.rung) for piece in report.pieces} == {"bouligand", "differentiable"}
    # exactly: f(p + h d) is a quadratic in h on the side to which d points
    for stratum in report.strata:
        p = stratum.stratum.witness
        at = dict(zip("bxy", p, strict=True))
        gradient = f.gradient(at)
        margins = [1 - s * (c * at["x"] + d * at["y"] + at["b"]) for s, c, d in DATA]
        for d in ({"b": 1, "x": 0, "y": 0}, {"b": -1, "x": 0, "y": 0}, {"b": 1, "x": 1, "y": -3}):
            moves = [-s * (c * d["x"] + e * d["y"] + d["b"]) for s, c, e in DATA]
            if any(m == 0 and v > 0 for m, v in zip(margins, moves, strict=True)):
                continue  # to the side on which the hinge grows
            sizes = [abs(m / v) for m, v in zip(margins, moves, strict=True) if m and v]
            h = min([sympy.Integer(1), *sizes]) / 2
            moved = {name: at[name] + h * d[name] for name in "bxy"}
            slope = (f.value(moved) - f.value(at)) / h - h * sympy.Rational(
                d["x"] ** 2 + d["y"] ** 2, 2
            )
            assert slope == sum(gradient[i] * d[name] for i, name in enumerate("bxy"))


def test_support_vector_machine_with_free_parameters():
    report = svm().represent().classify()
    assert report.ok
    ties = [entry for entry in report.strata if entry.stratum.dimension < 3]
    assert len(ties) == 19
    for entry in ties:
        assert str(entry.rung) == "associated"
        bounds = {(z >= 0) for z in entry.clarke_condition.free_symbols} | {
            (z <= 1) for z in entry.clarke_condition.free_symbols
        }
        assert set(entry.clarke_condition.args) == bounds


def test_a_gradient_from_elsewhere_is_judged_at_all_points():
    f = svm()
    for at_zero, rung in ((0, "bouligand"), (sympy.Rational(1, 2), "clarke"), (2, "associated")):
        signs = [-s * (p * X + q * Y + B) + 1 for s, p, q in DATA]
        steps = [sympy.Heaviside(form, at_zero) for form in signs]
        total = (X**2 + Y**2) / 2
        gradient = [
            sympy.diff(total, v)
            + sum(h * sympy.diff(g, v) for h, g in zip(steps, signs, strict=True))
            for v in (B, X, Y)
        ]
        report = mt.check_gradient(f, gradient)
        assert report.ok
        for verdict in report.verdicts:
            if 0 < verdict.stratum.dimension < 3:
                assert str(verdict.rung) == rung and verdict.points == 0
    # what is added varies along the ties, and breaks (15)
    report = mt.check_gradient(f, [gradient[0] + X, *gradient[1:]])
    assert not report.ok


def test_kinks_that_cancel_are_autodiff():
    f = x**2 + mt.relu(x, at_zero=1) - mt.relu(-x, at_zero=1) + mt.abs(y, at_zero=0)
    rungs = [str(piece.rung) for piece in f.represent().classify().pieces]
    assert rungs == [*["differentiable"] * 4, *["clarke"] * 2, *["autodiff"] * 3]


def test_numbers_of_exponentials_cancel_at_a_point():
    tie = 1 + x + 2 * y
    f = (mt.softplus(y) + mt.relu(x, at_zero=0) - mt.relu(tie, at_zero=HALF)).on("x", "y")
    found = {str(e.stratum.polyhedron): str(e.rung) for e in f.represent().classify().strata}
    assert found["x = 0, y = -1/2"] == "clarke"


@pytest.mark.parametrize("f", [mt.exp(mt.relu(x)) + y, mt.relu(x * mt.exp(y)), x * mt.relu(y)])
def test_other_functions_are_left_to_the_analysis_along_strata(f):
    from piecewise_mt.calculus.evaluation.program import compile_program
    from piecewise_mt.calculus.ladder.smooth_summand import Split

    assert Split.of(compile_program(f)) is None


summands = st.sampled_from([mt.exp, mt.sin, mt.square, mt.tanh, mt.softplus])
slopes = st.sampled_from([0, 1, -1, 2, Fraction(1, 2)])
forms = st.tuples(st.integers(-1, 1), st.integers(-2, 2), st.integers(-2, 2))


@settings(max_examples=6, deadline=None)
@given(
    summands,
    forms,
    st.lists(st.tuples(forms, slopes, st.sampled_from([1, -1])), min_size=1, max_size=2),
)
def test_the_rung_is_that_at_each_point(smooth, form, kinks):
    linear = [c + p * x + q * y for (c, p, q), _, _ in kinks]
    total = smooth(form[0] + form[1] * x + form[2] * y)
    for own, (_, slope, turn) in zip(linear, kinks, strict=True):
        total = total + turn * mt.relu(own, at_zero=slope)
    f = total.on("x", "y")
    for entry in f.represent().classify().strata:
        local = entry.stratum
        if local.dimension == 2:
            continue
        total_row = [sum(column) for column in zip(*local.generators, strict=True)]
        for g in local.generators[:2]:
            row = [t + v for t, v in zip(total_row, g, strict=True)]
            point = [Fraction(v, row[0]) for v in row[1:]]
            try:
                found = f.at(point).classify(f.gradient(point))
                assert str(found) in (str(entry.rung), "undecided")
                assert str(entry.rung) != "undecided"
            except mt.PiecewiseError as error:  # derivatives that are not algebraic
                assert "algebraic" in str(error)
