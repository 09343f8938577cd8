"""The classical test problems at their published solutions, against formulas written in SymPy."""

from __future__ import annotations

import importlib.util
import sys
from itertools import product
from pathlib import Path

import pytest
import sympy
from sympy import Abs, Matrix, Rational, exp, sqrt

import piecewise_mt as mt

ROOT = Path(__file__).resolve().parent.parent
PATH = ROOT / "examples" / "nonsmooth_test_problems.py"
spec = importlib.util.spec_from_file_location("nonsmooth_test_problems", PATH)
example = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = example  # which its dataclasses look up
spec.loader.exec_module(example)

a, b, c, d = sympy.symbols("x1:5", real=True)
circle, disc = a**2 + b**2 - 1, a**2 + (b - 1) ** 2 - 1
near, exponential = (2 - a) ** 2 + (2 - b) ** 2, 2 * exp(b - a)
rosen = a**2 + b**2 + 2 * c**2 + d**2 - 5 * a - 5 * b - 21 * c + 7 * d
OPERANDS = {
    "CB2": [a**2 + b**4, near, exponential],
    "CB3": [a**4 + b**2, near, exponential],
    "DEM": [5 * a + b, -5 * a + b, a**2 + b**2 + 4 * b],
    "QL": [a**2 + b**2 + 10 * k for k in (0, -4 * a - b + 4, -a - 2 * b + 6)],
    "LQ": [-a - b, -a - b + circle],
    "Mifflin 1": [-a, -a + 20 * circle],
    "Mifflin 2": [-a + 15 * circle / 4, -a + circle / 4],
    "Rosen–Suzuki": [
        rosen,
        rosen + 10 * (a**2 + b**2 + c**2 + d**2 + a - b + c - d - 8),
        rosen + 10 * (a**2 + 2 * b**2 + c**2 + 2 * d**2 - a - d - 10),
        rosen + 10 * (2 * a**2 + b**2 + c**2 + 2 * a - b - d - 5),
    ],
    "Crescent": [disc + b, b - disc],
}
PUBLISHED = {"CB2": 1.9522245, "CB3": 2, "DEM": -3, "QL": 7.2, "LQ": -1.4142136, "Mifflin 1": -1,
             "Mifflin 2": -1, "Rosen–Suzuki": -44, "Wolfe": -8, "Crescent": 0}  # fmt: skip
PROBLEMS = {problem.name: problem for problem in example.problems()}


def vanishes(expression):
    """Exactly; to fifty digits where the root of CB2 is in it, for which SymPy takes minutes."""
    if sympy.sympify(expression).has(sympy.CRootOf):
        return abs(sympy.N(expression, 60)) < 1e-50
    return sympy.simplify(expression) == 0


@pytest.mark.parametrize("name", OPERANDS)
def test_gradients_of_active_operands_and_multipliers(name):
    problem, operands = PROBLEMS[name], OPERANDS[name]
    symbols = (a, b, c, d)[: len(problem.solution)]
    put = dict(zip(symbols, problem.solution))
    f = problem.function
    assert abs(float(f.value(problem.solution)) - PUBLISHED[name]) < 1e-6
    start = dict(zip(symbols, map(Rational, problem.start)))
    assert vanishes(max(own.subs(start) for own in operands) - problem.start_value)
    active = [own for own in operands if vanishes(own.subs(put) - f.value(problem.solution))]
    assert len(active) >= 2
    gradients = [Matrix([[own.diff(s).subs(put) for s in symbols]]) for own in active]

    at = f.at(problem.solution)
    for limits in (at.bouligand, at.clarke.vertices):
        assert len(limits) == len(gradients)
        assert all(any(all(map(vanishes, G - H)) for H in gradients) for G in limits)
    zero = [[0] * len(symbols)]
    assert at.is_stationary and not at.is_differentiable
    certificate = at.clarke.certificate(zero)
    assert certificate.holds(zero)
    assert vanishes(sum(certificate.weights) - 1) and min(certificate.weights) > 0
    pairs = list(zip(certificate.weights, certificate.matrices, strict=True))
    total = sum((w * G for w, G in pairs), sympy.zeros(1, len(symbols)))
    assert all(map(vanishes, total))
    assert not at.clarke.contains([[100] * len(symbols)])

    verdict = mt.is_minimum(f, problem.solution)
    assert verdict.holds and verdict.verify() and vanishes(verdict.value - problem.value)
    lagrangian = sum(w * own for w, own in zip(verdict.proof.weights, verdict.proof.formulas))
    assert all(vanishes(lagrangian.diff(s).subs(put)) for s in symbols)
    # only Crescent has an operand that is not convex
    assert (len(verdict.proof.convex) == len(verdict.proof.formulas)) == (name != "Crescent")
    assert not mt.is_minimum(f, problem.start).holds


def test_cb2_is_printed_with_three_right_digits():
    x1, x2 = (v.evalf(20) for v in PROBLEMS["CB2"].solution)
    assert 2e-4 < abs(x1 - 1.139286) < 3e-4 and 1e-4 < abs(x2 - 0.899365) < 2e-4
    printed = PROBLEMS["CB2"].function.value((Rational("1.139286"), Rational("0.899365")))
    assert 0 < printed - PROBLEMS["CB2"].value.evalf(20) < 2e-6
    assert not mt.is_minimum(PROBLEMS["CB2"].function, ("1.139286", "0.899365"))


def test_wolfe():
    problem = PROBLEMS["Wolfe"]
    f = problem.function
    assert f.value((3, 2)) == 5 * sqrt(145) and f.value((1, 3)) == 57 and f.value((-1, 0)) == -8
    at = f.at((-1, 0))
    assert at.bouligand == (Matrix([[0, -16]]), Matrix([[0, 16]]))
    proof = at.stationarity_proof
    assert proof.holds and proof.verify() and proof.certificate.weights == (Rational(1, 2),) * 2
    assert example.wolfe_is_at_least_its_minimum()
    t = sympy.Symbol("t", real=True)
    for point in [(-2, 1), (Rational(-1, 2), 0), (-1, Rational(1, 9)), (0, 1), (1, 0), (2, -2)]:
        assert f.value(point) > -8
    assert (9 * t - t**9).subs(t, -1) == -8


def second_by_hand(n):
    """Stationary points of Nesterov's second function, from the end.

    The last entry appears in the last term alone, which so vanishes, and so does every term back
    to the last zero entry x_k: then x_{k+1} = -1, and all that follow are 1. Before it, an entry is
    0, or the term between vanishes, so that it is ±(next + 1)/2. Without a zero all are 1.
    """
    found = {(Rational(1),) * n}
    for k in range(n - 1):
        heads = {(Rational(0),)}
        for _ in range(k):
            heads = {(s * (own[0] + 1) / 2, *own) for own in heads for s in (-1, 0, 1)}
        found |= {(*own, Rational(-1), *[Rational(1)] * (n - k - 2)) for own in heads}
    return found


@pytest.mark.parametrize("n", [2, 3, 4])
def test_stationary_points_of_the_second_nesterov_function(n):
    f = example.second_nesterov(n)
    points = mt.critical_points(f)
    found = {entry.stratum.witness for entry in points.strata}
    assert found == second_by_hand(n) and len(found) == (3 ** (n - 1) + 1) // 2
    assert [entry.value for entry in points.minima] == [0] and not points.maxima
    ones = (1,) * n
    assert mt.infimum(f) == f.value(ones) == 0
    for entry in points.strata:
        point = entry.stratum.witness
        assert entry.stratum.dimension == 0 and entry.proof.verify()
        if n == 4 and point[0] != 0:
            continue
        proof = f.at(point).stationarity_proof
        assert proof.holds and proof.verify()


def test_stationary_points_are_no_others_on_a_grid():
    f = example.second_nesterov(3)
    values = [Rational(k, 2) for k in range(-2, 3)]
    stationary = {p for p in product(values, repeat=3) if f.at(p).is_stationary}
    assert stationary == {p for p in second_by_hand(3) if set(p) <= set(values)}


def test_the_fifth_point_with_an_explicit_combination():
    f = example.second_nesterov(3)
    at = f.at((0, 0, -1))
    weights = [Rational(3, 16), Rational(1, 4), Rational(1, 2), Rational(1, 16)]
    gradients = [(Rational(-9, 4), -1, 1), (Rational(-9, 4), 3, 1),
                 (Rational(7, 4), -1, -1), (Rational(7, 4), -1, 1)]  # fmt: skip
    assert sum(weights) == 1
    assert all(sum(w * g[k] for w, g in zip(weights, gradients)) == 0 for k in range(3))
    # each is the gradient at a point nearby, of the formula as it is written
    x1, x2, x3 = symbols = sympy.symbols("x1:4", real=True)
    formula = Abs(x1 - 1) / 4 + Abs(x2 - 2 * Abs(x1) + 1) + Abs(x3 - 2 * Abs(x2) + 1)
    for g, step in zip(gradients, [(1, 1, 4), (1, -1, 4), (-1, -1, 1), (-1, 1, 4)]):
        near_by = [p + Rational(s, 100) for p, s in zip((0, 0, -1), step)]
        put = dict(zip(symbols, near_by))
        assert tuple(formula.diff(s).subs(put).doit() for s in symbols) == g
        assert Matrix([g]) in at.bouligand
    assert at.clarke.certificate([[0, 0, 0]]).holds([[0, 0, 0]])
    # no minimum, and 0 is no Fréchet subgradient
    assert at.directional_derivative((1, 0, 0)) < 0


@pytest.mark.parametrize("n", [2, 3])
def test_the_first_nesterov_function(n):
    f = example.first_nesterov(n)
    verdict = mt.is_minimum(f, (1,) * n)
    assert verdict.holds and verdict.value == 0 and verdict.verify()
    assert len(f.at((1,) * n).bouligand) == 2 ** (n - 1)
    # the other points on the manifold are not stationary
    for x1 in (-1, 0, Rational(1, 2)):
        point = [sympy.sympify(x1)]
        while len(point) < n:
            point.append(2 * point[-1] ** 2 - 1)
        assert not f.at(point).is_stationary


def test_the_table_of_the_documentation_is_what_the_example_prints():
    page = (ROOT / "docs" / "test_problems.md").read_text(encoding="utf-8")
    assert example.table() in page
