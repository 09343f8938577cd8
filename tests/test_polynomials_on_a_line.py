"""Piecewise polynomial functions of one variable: infima, stationary points, shape."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
import z3
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.properties.critical import Kind
from piecewise_mt.exact.line_polynomials import between, lower, roots_of, sign_near, where_negative

x, y = mt.variables("x y")
X = z3.Real("x")
calm = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
small = st.integers(-2, 2)
TINY = Fraction(1, 10**45)
GRID = [Fraction(i, 4) for i in range(-12, 13)]
DOMAINS = [
    (None, z3.BoolVal(True), lambda v: True),
    ("-2 <= x, x <= 1", z3.And(-2 <= X, X <= 1), lambda v: -2 <= v <= 1),
    ("x > -1, x < 2", z3.And(-1 < X, X < 2), lambda v: -1 < v < 2),
    ("x >= 0", X >= 0, lambda v: v >= 0),
    ("x = 1", X == 1, lambda v: v == 1),
]


def power(value, n):
    total = value * 0 + 1
    for _ in range(n):
        total = total * value
    return total


@st.composite
def polynomials(draw):
    own = draw(st.lists(small, min_size=1, max_size=4))
    total, ztotal = x * 0, X * 0
    for n, c in enumerate(own):
        total, ztotal = total + c * power(x, n), ztotal + c * power(X, n)
    return total, ztotal


@st.composite
def functions(draw):
    """Polynomials, kinks of polynomials, and sums of two of them."""
    total, ztotal = draw(polynomials())
    for _ in range(draw(st.integers(0, 2))):
        (f, zf), (g, zg) = draw(polynomials()), draw(polynomials())
        kind, sign = (
            draw(st.sampled_from(["abs", "relu", "max"])),
            draw(st.sampled_from([1, 1, -1])),
        )
        if kind == "abs":
            own, zown = abs(f), z3.If(zf >= 0, zf, -zf)
        elif kind == "relu":
            own, zown = mt.relu(f), z3.If(zf >= 0, zf, 0)
        else:
            own, zown = mt.max(f, g), z3.If(zf >= zg, zf, zg)
        total, ztotal = total + sign * own, ztotal + sign * zown
    return total, ztotal


def value(f, at):
    return values_at(f, ("x",), (at,))[0]


def possible(*conditions):
    solver = z3.Solver()
    solver.set("timeout", 3000)
    solver.add(*conditions)
    return solver.check()


@given(functions(), st.sampled_from(DOMAINS))
@calm
def test_infima_against_z3(functions, domain):
    (f, z), (region, inside, has) = functions, domain
    report, lowest = mt.infimum_report(f, region), mt.argmin(f, region)
    assert report.value == mt.infimum(f, region) and report.verify()
    assert lowest.is_empty != report.is_attained
    if report.value == -sympy.oo:
        assert possible(inside, z < -1000) != z3.unsat and report.ray is not None
        return
    near = Fraction(str(sympy.N(report.value, 30)))
    gap = Fraction(1, 10**9)
    below, above = (z3.Q(v.numerator, v.denominator) for v in (near - gap, near + gap))
    assert possible(inside, z < below) != z3.sat
    assert possible(inside, z < above) != z3.unsat
    for at in GRID:
        if has(at):
            assert value(f, at) >= report.value
            assert lowest.contains((at,)) == bool(value(f, at) == report.value)
    assert not replace(report, value=report.value + 1).verify()
    assert not replace(report, value=report.value - 1).verify()


@given(functions())
@calm
def test_stationary_points_against_the_local_analysis(functions):
    f, _ = functions
    critical = mt.critical_points(f)
    for at in (*GRID[::6], *(entry.stratum.witness[0] for entry in critical.strata)):
        try:
            inside = [e for e in critical.strata if e.stratum.polyhedron.contains((at,))]
            is_stationary = f.at((at,)).is_stationary
        except mt.Unsupported as error:
            # roots of different polynomials may generate too large a field
            assume("generate a field of degree" not in str(error))
            raise
        assert bool(inside) == is_stationary and len(inside) <= 1
    epsilon = Fraction(1, 10**6)
    for entry in critical.strata:
        assert entry.certificate.holds([[0]]) and entry.proof.verify()
        at = entry.stratum.point[0]
        # the point and the value to sixty digits; no rise or fall is as small as that
        near, here = lower(at, 250), Fraction(str(sympy.N(entry.value, 60)))
        around = [value(f, near + s * epsilon) - here for s in (-1, 1)]
        signs = {(v > TINY) - (v < -TINY) for v in around}
        allowed = {
            Kind.minimum: [{0, 1}, {1}],
            Kind.maximum: [{0, -1}, {-1}],
            Kind.constant: [{0}],
            Kind.neither: [{1, -1}],
        }
        assert signs in allowed[entry.kind]
        if entry.proof.up is not None:
            assert not replace(entry.proof, up=None).verify()


@given(functions(), st.sampled_from(DOMAINS[:4]))
@calm
def test_shapes(functions, domain):
    (f, _), (region, _, has) = functions, domain
    convex, rising = mt.is_convex(f, region), mt.is_monotone(f, None, region)
    assert convex.verify() and rising.verify()
    near = [at for at in GRID if has(at)]
    known = {at: value(f, at) for at in near}
    if rising:
        assert all(known[a] <= known[b] for a, b in zip(near, near[1:], strict=False))
    if convex:
        triples = zip(near, near[1:], near[2:], strict=False)
        assert all(2 * known[b] <= known[a] + known[c] for a, b, c in triples)
    for verdict in (convex, rising):
        assert all(has(Fraction(int(e.p), int(e.q))) for (e,) in verdict.segment)


@given(st.lists(small, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_roots_against_sympy(coefficients):
    t = sympy.Symbol("t")
    whole = sympy.Poly(sum(c * t**k for k, c in enumerate(coefficients)), t)
    while coefficients and not coefficients[-1]:
        coefficients = coefficients[:-1]
    own = tuple(map(Fraction, coefficients))
    found = roots_of(own)
    if not whole.is_zero:
        expected = sorted(set(whole.real_roots()), key=lambda r: sympy.N(r, 30))
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert abs(sympy.N(getattr(one, "expression", one), 30) - sympy.N(other, 30)) < 1e-20
    at = where_negative(own, None, None)
    assert whole.eval(at) < 0 if at is not None else all(whole.eval(v) >= 0 for v in GRID)
    for root in found:
        left, right = (between(*ends) for ends in ((None, root), (root, None)))
        assert left < root < right and sign_near(own, root, 1) in (-1, 1)


INFIMA = [
    (mt.max(x**2 - 2 * x, x), None, 0, "x = 0"),
    (x**3 - 3 * x, "x >= -2, x < 5", -2, "x = -2 | x = 1"),
    (abs(x**2 - 2) + x, None, -sympy.sqrt(2), "x = -sqrt(2)"),
    (mt.relu(x) ** 3, None, 0, "x <= 0"),
    (x**4 - x**2, "x > 0, x < 1/2", sympy.Rational(-3, 16), ""),
    (mt.max(x**3 - x, 0) + mt.max(-x - 3, 0), None, 0, "-3 <= x <= -1 | 0 <= x <= 1"),
    (x**3, None, -sympy.oo, ""),
    (x**3, "x = 2", 8, "x = 2"),
]


@pytest.mark.parametrize(("f", "domain", "expected", "where"), INFIMA)
def test_infima_by_name(f, domain, expected, where):
    report = mt.infimum_report(f, domain)
    assert report.value == expected and report.verify()
    assert [str(part) for part in mt.argmin(f, domain)] == [w for w in where.split(" | ") if w]


def test_two_algebraic_minimisers_of_one_value():
    lowest = mt.argmin(x**4 - abs(x))
    t = sympy.Symbol("t")
    assert len(lowest) == 2
    assert all(lowest.contains((sympy.rootof(4 * t**3 + c, 0),)) for c in (1, -1))
    # opposite roots are in one field, which their sum does not generate
    value = mt.infimum(x**4 - abs(x))
    assert abs(sympy.N(value + 3 * sympy.rootof(4 * t**3 - 1, 0) / 4, 30)) < 1e-25
    shown = str(lowest)
    assert "--" not in shown and shown.count("CRootOf") == 2


def test_spurious_points_at_kinks_that_cancel():
    g = x + x**3
    critical = mt.critical_points(mt.relu(g, at_zero=0) - mt.relu(-g, at_zero=0))
    assert critical.strata == () and len(critical.spurious) == 1
    (spurious,) = critical.spurious
    assert spurious.certificate.holds([[0]], [[[1]]])


def test_domains_of_stationary_points():
    found = mt.critical_points(x**3 - 3 * x, "x > 0").strata
    assert [str(entry) for entry in found] == ["<local minimum -2 on {x = 1}>"]
    with pytest.raises(mt.PiecewiseError, match="interior"):
        mt.is_convex(x**3, "x = 1")


def test_lipschitz_constants_with_kinks_that_are_polynomials():
    f = mt.max(x**2 - 2 * x, x)
    report = mt.lipschitz_report(f, 2, {"x": (-1, 4)})
    assert report.constant == 6 == mt.lipschitz(f, 1, {"x": (-1, 4)}) and report.is_best
    assert report.proof.verify() and "from {3 < x < 4}" in repr(report)
    assert not replace(report.proof, constant=sympy.Integer(7)).verify()
    unbounded = mt.lipschitz_report(f)
    assert unbounded.constant == sympy.oo and unbounded.proof.verify()
    assert repr(unbounded) == "not Lipschitz: unbounded gradient 2*x - 2 on {x > 3}"
    # the steepest point is a kink, which is irrational
    assert mt.lipschitz(mt.relu(2 - x**2)) == 2 * sympy.sqrt(2)
    for slope in GRID:
        gap = abs(value(f, slope) - value(f, Fraction(0)))
        assert slope < -1 or slope > 4 or gap <= 6 * abs(slope)
    with pytest.raises(mt.PiecewiseError, match="interior"):
        mt.lipschitz(f, 2, "x = 1")


def test_equal_values_at_points_of_fields_that_are_not_joined():
    # of degree five each, at opposite points
    f = x**6 - 3 * x**4 + x**2 - abs(x**3 - x)
    report, lowest = mt.infimum_report(f), mt.argmin(f)
    assert report.verify() and len(lowest) == 2
    one, two = (part.witness()[0] for part in lowest)
    assert abs(sympy.N(one.expression + two.expression, 30)) < 1e-25
    assert all(value(f, at) >= report.value for at in GRID)


def test_irrational_domains():
    root = sympy.sqrt(2)
    ray = mt.Polyhedron(("x",), [], [((-root, 1), False)])
    for f, expected in ((x**2, 2), (x**3 - x, root)):
        report = mt.infimum_report(f, ray)
        assert report.value == expected and report.verify() and report.is_attained
        assert mt.argmin(f, ray).contains((root,))
    bounded = mt.Polyhedron(("x",), [], [((-root, 1), False), ((3, -1), False)])
    assert mt.lipschitz(x**2, 2, bounded) == 6
    only = mt.Polyhedron(("x",), [(-root, 1)])
    report = mt.infimum_report(x**3 - x, only)
    assert report.value == root and report.verify() and report.is_attained
    assert not replace(report, value=root + 1).verify()


def test_an_infimum_with_pieces_left_out_is_not_verified():
    x = mt.variable("x")
    cubes = mt.abs(x) ** 3
    for f, domain in ((x**4 - 2 * x**2, None), (cubes - 3 * x, "x >= -3"), (cubes - x, "x < 2")):
        report = mt.infimum_report(f, domain=domain)
        assert report.verify()
        zero = (sympy.Integer(0),)
        for pieces in ((), report.pieces[1:], report.pieces[:-1]):
            forged = replace(report, pieces=pieces, value=sympy.Integer(0), point=zero)
            assert not forged.verify()
    flat = mt.infimum_report(x**4 - 2 * x**2, domain="x = 2")
    assert flat.value == 8 and flat.verify()
