"""Piecewise polynomial functions of two variables: infima and shape by decisions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
import sympy
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.properties import polynomial_pieces

x, y = mt.variables("x y")
X, Y = z3.Reals("x y")
calm = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
GRID = [(Fraction(i, 2), Fraction(j, 2)) for i, j in product(range(-4, 5), repeat=2)]
DOMAINS = [
    (None, z3.BoolVal(True), lambda p, q: True),
    ("-1 <= x, x <= 2, 0 <= y, y <= 1", z3.And(-1 <= X, X <= 2, 0 <= Y, Y <= 1),
     lambda p, q: -1 <= p <= 2 and 0 <= q <= 1),
    ("x > 0, x < 2, y > -1, y < 1", z3.And(0 < X, X < 2, -1 < Y, Y < 1),
     lambda p, q: 0 < p < 2 and -1 < q < 1),
]  # fmt: skip


@st.composite
def functions(draw):
    """A few monomials, even ones of degree four to bound them, and perhaps a kink."""
    total, ztotal = x * 0 + y * 0, z3.RealVal(0)
    for _ in range(draw(st.integers(1, 2))):
        c = draw(st.sampled_from([-1, 1, 1, 2]))
        i, j = draw(st.sampled_from([(1, 0), (0, 1), (1, 1), (2, 1), (3, 0), (2, 2), (0, 4)]))
        total = total + c * x**i * y**j if i and j else total + c * (x**i if i else y**j)
        term = z3.RealVal(c)
        for factor in [X] * i + [Y] * j:
            term = term * factor
        ztotal = ztotal + term
    if draw(st.booleans()):
        total, ztotal = total + x**4 + y**2, ztotal + X * X * X * X + Y * Y
    kink = draw(st.sampled_from([None, "abs", "relu"]))
    if kink == "abs":
        total, ztotal = total + abs(x - y), ztotal + z3.If(X >= Y, X - Y, Y - X)
    if kink == "relu":
        total, ztotal = total - mt.relu(y), ztotal - z3.If(Y >= 0, Y, 0)
    return (total + x**3 - x**3).on("x", "y"), ztotal


def value(f, point):
    return values_at(f, ("x", "y"), point)[0]


def possible(*conditions):
    solver = z3.Solver()
    solver.set("timeout", 2000)
    solver.add(*conditions)
    return solver.check()


@given(functions(), st.sampled_from(DOMAINS))
@calm
def test_infima_against_z3(functions, domain):
    (f, z), (region, inside, has) = functions, domain
    with pytest.MonkeyPatch.context() as patch:
        # what is easy; the rest is undecided at once
        patch.setattr(polynomial_pieces, "SECONDS", 0.3)
        try:
            report = mt.infimum_report(f, region)
        except mt.Undecided:
            return
    assert report.verify()
    if report.value == -sympy.oo:
        assert possible(inside, z < -100) != z3.unsat and not report.is_attained
        return
    near, gap = Fraction(str(sympy.N(report.value, 30))), Fraction(1, 10**6)
    below, above = (z3.Q(v.numerator, v.denominator) for v in (near - gap, near + gap))
    assert possible(inside, z < below) != z3.sat
    assert possible(inside, z < above) != z3.unsat
    for point in GRID:
        if has(*point):
            assert value(f, point) >= report.value
    assert not replace(report, value=report.value + 1).verify()
    assert not replace(report, value=report.value - 1).verify()


INFIMA = [
    ((x * y - 1) ** 2 + x**2, None, 0, None, False),
    (x**4 + y**4 - x * y, None, sympy.Rational(-1, 8), "{x = y = -1/2} ∪ {x = y = 1/2}", True),
    (mt.max(x**2 + y, y**2), None, 0, "{x = y = 0}", True),
    ((1 - x) ** 2 + abs(y - x**2), None, 0, "{x = y = 1}", True),
    (x**3 * y, {"x": (0, 3), "y": (-1, 2)}, -27, "{x = 3, y = -1}", True),
    (abs(x) ** 3 + abs(y), "x > 1", 1, None, False),
    (x**3 + y**2, None, -sympy.oo, None, False),
    (x**4 - 3 * x**2 * y + y**2, None, -sympy.oo, None, False),
]


@pytest.mark.parametrize(("f", "domain", "expected", "where", "attained"), INFIMA)
def test_infima_by_name(f, domain, expected, where, attained):
    report = mt.infimum_report(f, domain)
    assert report.value == expected == mt.infimum(f, domain)
    assert report.is_attained is attained and report.verify()
    lowest = mt.argmin(f, domain)
    assert lowest.is_empty if where is None else str(lowest) == where


def test_a_curve_on_which_an_infimum_is_approached():
    report = mt.infimum_report((x * y - 1) ** 2 + x**2)
    assert report.point is None and report.curve is not None
    for t in (Fraction(10), Fraction(1000)):
        assert value(report._function, report.curve.point(t)) == 1 / t**2
    other = replace(report.curve, moves=((1, 0), (1, 0)))
    assert not replace(report, curve=other).verify()
    assert not replace(report, proofs=report.proofs[:-1]).verify()


def test_curved_minimisers_and_irrational_values():
    lowest = mt.argmin((x**2 + y**2 - 1) ** 2)
    assert lowest.contains((0, 1)) and lowest.contains((sympy.sqrt(2) / 2, sympy.sqrt(2) / 2))
    assert not lowest.contains((0, 0))
    report = mt.infimum_report(x**3 - 2 * x + y**2, "x >= 0")
    assert report.value == -4 * sympy.sqrt(6) / 9 and report.verify()
    found = mt.argmin(x**3 - 2 * x + y**2, "x >= 0")
    assert found.contains((sympy.sqrt(6) / 3, 0)) and not found.contains((1, 0))


def test_shapes_by_name():
    quartic = x**4 + y**4 + x**2 * y**2 + abs(x)
    convex = mt.is_convex(quartic)
    assert convex and convex.verify()
    assert not replace(convex, steps=(replace(convex.steps[0], proofs=()),)).verify()
    for f, domain in (
        (x**3 + y**2, None),
        (x**4 + y**4 - 3 * x**2 * y**2, None),
        (x**4 + y**4 - abs(x - y), None),
        (x**2 * y**2, {"x": (1, 2), "y": (1, 2)}),
        # bends upwards where y**3 ≥ 2 only
        (x**4 + y**4 + abs(x) * (y**3 - 2), "y > 1"),
    ):
        verdict = mt.is_convex(f, domain)
        assert not verdict and verdict.verify(), f
    assert mt.is_convex(x**3 + y**2, "x >= 0")


def test_monotone_by_name():
    rising = mt.is_monotone(x**3 + mt.relu(y) ** 3)
    assert rising and rising.verify()
    assert mt.is_monotone(x**2 * y, x, "x >= 0, y >= 0")
    verdict = mt.is_monotone(x**2 * y**3, y)
    assert verdict
    falling = mt.is_monotone(x**3 - 3 * x + y, x)
    assert not falling and falling.verify()
    # kinks that are polynomials
    assert mt.is_monotone(mt.max(x**3, x**3 + y**3, x + y)) and not mt.is_monotone(
        mt.max(x**2 + y, y**2)
    )


def test_sublevel_sets():
    disc = mt.sublevel_set(x**2 + y**2, 1)
    assert [disc.contains(p) for p in ((0, 1), (1, 1), ("3/5", "4/5"), (0, 0))] == [
        True, False, True, True]  # fmt: skip
    own = mt.sublevel_set(mt.stack([x**2 + abs(x), y]), 2)
    assert own.contains((1, 2)) and not own.contains((2, 0)) and not own.contains((0, 3))
    assert isinstance(mt.sublevel_set(abs(x) + y), mt.PolyhedralSet)
    for point in GRID:
        assert disc.contains(point) == (point[0] ** 2 + point[1] ** 2 <= 1)


def test_what_stays_refused():
    with pytest.raises(mt.Unsupported, match="one variable"):
        mt.critical_points(x**3 * y)
    with pytest.raises(mt.Unsupported, match="piecewise polynomial"):
        mt.infimum(mt.exp(x) + y)
    with pytest.raises(mt.NotPolyhedral):
        mt.is_convex(mt.max(x**2 + y, y**2))
