"""Bounds for smooth formulas: against closed formulas and sampled slopes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.bernstein import bernstein_range
from piecewise_mt.exact.enclosures import enclosure

x, y = mt.variables("x y")
calm = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
BOX = {"x": (-1, 2), "y": (-1, 1)}


def test_closed_formulas():
    # (x²)' = 2x is largest at the end of the interval, exp' at the right one
    assert mt.lipschitz(mt.square(x), 2, {"x": (-2, 3)}) == 6
    assert mt.lipschitz(mt.exp(mt.relu(x)), 1, {"x": (-1, 1)}) == sympy.E
    # all of R: tanh' ≤ 1, sigmoid' ≤ 1/4, but no vertex attains it
    for f, bound in ((mt.tanh(x), 1), (mt.sigmoid(x), sympy.Rational(1, 4)), (mt.sin(x), 1)):
        report = mt.lipschitz_report(f)
        assert report.constant == bound and report.is_bounded
    # the gradient of x·y is (y, x)
    report = mt.lipschitz_report(x * y, 2, BOX)
    assert report.constant == sympy.sqrt(5) and report.is_best and report.proof.verify()


def test_a_bound_that_is_not_known_to_be_the_best():
    f = mt.stack([x * x * y, x + 0])
    report = mt.lipschitz_report(f, 2, BOX)
    assert not report.is_best and "not known to be the best" in repr(report)
    with pytest.raises(mt.Undecided, match="lipschitz_report"):
        mt.lipschitz(f, 2, BOX)


def test_unbounded_with_a_ray():
    for f in (mt.square(mt.relu(x)), x * abs(y), mt.exp(x) + y, mt.square(x) * x - x):
        report = mt.lipschitz_report(f)
        assert report.constant == sympy.oo == mt.lipschitz(f)
        assert report.proof.verify() and not report.is_bounded
    # bounded along the negative axis
    assert mt.lipschitz_report(mt.exp(x), 2, "x <= 0").constant == 1
    with pytest.raises(mt.PiecewiseError, match=r"got 1/x, where x is zero at \(0,\)"):
        mt.lipschitz_report(1 / x, 2, {"x": (0, 1)})
    for f, domain in ((mt.sin(mt.square(x)), None), (1 / x, "x > 0")):
        with pytest.raises(mt.Undecided, match="smaller domain"):
            mt.lipschitz_report(f, 2, "x > 0" if domain is None else domain)


def test_formulas_that_are_not_defined():
    with pytest.raises(mt.PiecewiseError, match="positive"):
        mt.lipschitz_report(mt.log(x), 2, {"x": (-3, -1)})


def test_roots_and_softmax():
    s = sympy.Symbol("s")
    root = mt.smooth(sympy.sqrt(s), {s: x})
    assert mt.lipschitz(root, 2, {"x": (1, 4)}) == sympy.Rational(1, 2)
    # the partial derivatives p(1 - p) and -pq are at most 1/4; term by term one gets 1 and 1/2
    report = mt.lipschitz_report(mt.softmax(mt.stack([x, y, 0 * x])), "inf")
    assert not report.is_best and sympy.Rational(1, 2) <= report.constant <= 2


@given(st.integers(0, 6), st.lists(st.fractions(-1, 1, max_denominator=5), min_size=4, max_size=4))
@calm
def test_no_sampled_slope_exceeds_a_bound(index, ends):
    f = [mt.square(x) * y - mt.relu(x - y), mt.tanh(x + y) * abs(x), mt.exp(x) * mt.max(x, y),
         mt.sigmoid(2 * x - y) + mt.cos(x), mt.softplus(x) - y, mt.softmax(mt.stack([x, y]))[0],
         1 / (2 + mt.square(x)) + abs(y)][index]  # fmt: skip
    names = ["x", "y"] if len(f.variables) == 2 else ["x"]
    domain = dict.fromkeys(names, (-1, 1))
    report = mt.lipschitz_report(f, 2, domain)
    assert report.proof.verify()
    p, q = ends[: len(names)], ends[2 : 2 + len(names)]
    rise = abs(float(f.value(p)) - float(f.value(q)))
    run = sum(float(a - b) ** 2 for a, b in zip(p, q, strict=True)) ** 0.5
    assert rise <= float(report.constant) * run + 1e-9


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 3), st.integers(0, 2)), st.fractions(-3, 3), max_size=5
    ),
    st.lists(st.fractions(0, 1), min_size=2, max_size=2),
)
@calm
def test_bernstein_bounds_hold(terms, place):
    box = [(Fraction(-1), Fraction(2)), (Fraction(1, 2), Fraction(3))]
    low, high = bernstein_range(terms, box)
    point = [a + (b - a) * t for (a, b), t in zip(box, place, strict=True)]
    value = sum((c * point[0] ** i * point[1] ** j for (i, j), c in terms.items()), Fraction(0))
    assert low <= value <= high


def test_enclosures_at_poles_and_infinity():
    s = sympy.Symbol("s", real=True)
    assert enclosure(1 / s, {s: (0, 1)}) == (-sympy.oo, sympy.oo)
    assert enclosure(1 / s, {s: (1, 2)}) == (sympy.Rational(1, 2), 1)
    assert enclosure(1 / (1 + s**2), {s: (-sympy.oo, sympy.oo)}) == (0, 1)


@given(functions(max_layers=2), st.sampled_from([1, 2, sympy.oo]))
@calm
def test_proofs_of_affine_constants(f, ord):
    proof = mt.lipschitz_report(f, ord).proof
    assert proof.verify()
    assert proof.upper - proof.lower <= Fraction(1, 10**4) * (1 + proof.upper)
    if proof.upper:
        assert not replace(proof, upper=proof.lower / 2, lower=proof.lower / 2).verify()
