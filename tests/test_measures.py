"""Integrals, volumes and laws against SymPy, Fubini with Simpson's rule, and closed formulas."""

import doctest
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.numbers import to_rational

x, y, z = mt.variables("x y z")
SQUARE = {x: (-1, 1), y: (-1, 1)}
calm = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
small = st.integers(-2, 2)
rows = st.lists(st.tuples(small, small, small, small), min_size=1, max_size=4)


def shallow(rows):
    """Σ d relu(a + b x + c y), with zero rows and concurrent, repeated kinks."""
    total = 0 * x + 0 * y
    for a, b, c, d in rows:
        total = total + d * mt.relu(a + b * x + c * y)
    return total.on(x, y)


def value(rows, u, v):
    return sum((d * max(a + b * u + c * v, 0) for a, b, c, d in rows), Fraction(0))


def by_fubini(rows, power=1):
    """∫∫ f^power over [-1, 1]², by Simpson's rule between all places where a kink may be."""

    def inner(v):
        kinks = {Fraction(-1), Fraction(1)}
        for a, b, c, _ in rows:
            if b and -1 < Fraction(-(a + c * v)) / b < 1:
                kinks.add(Fraction(-(a + c * v)) / b)
        return simpson(lambda u: value(rows, u, v) ** power, sorted(kinks))

    heights = {Fraction(-1), Fraction(1)}
    lines = [row[:3] for row in rows] + [(1, 1, 0), (1, -1, 0)]
    for (a, b, c), (p, q, r) in combinations(lines, 2):
        if b * r - c * q:
            heights.add(Fraction(a * q - b * p, b * r - c * q))
    for a, b, c in lines:
        if c and not b:
            heights.add(Fraction(-a, c))
    return simpson(inner, sorted(h for h in heights if -1 <= h <= 1))


def simpson(g, places):
    """Exact for cubics between neighbouring places."""
    return sum(
        ((v - u) / 6 * (g(u) + 4 * g((u + v) / 2) + g(v)) for u, v in zip(places, places[1:])),
        Fraction(0),
    )


@given(rows)
@calm
def test_integrals_are_those_of_fubini(rows):
    f = shallow(rows)
    assert mt.integral(f, SQUARE) == to_rational(by_fubini(rows))
    law = mt.distribution(f, SQUARE)
    assert law.mean * 4 == to_rational(by_fubini(rows))
    assert law.moment(0) == 1 and law.cdf(law.support[1]) == 1
    assert law.support == (mt.infimum(f, SQUARE), -mt.infimum(-f, SQUARE))
    shares = mt.gradient_shares(f, SQUARE)
    assert sum(shares.values()) == 1 and min(shares.values()) > 0
    norms = [sum(map(sympy.Abs, g)) * share for g, share in shares.items()]
    assert mt.total_variation(f, SQUARE, 1) == 4 * sum(norms)
    assert sum(mt.volume(p) for p in f.represent(SQUARE)) == 4


@given(rows, st.fractions(-2, 2, max_denominator=4))
@calm
def test_the_law_is_the_volume_of_sublevel_sets(rows, level):
    f = shallow(rows)
    below = mt.volume(mt.sublevel_set(f, level, SQUARE))
    assert mt.distribution(f, SQUARE).cdf(level) * 4 == below


@given(rows)
@settings(calm, max_examples=8)
def test_integration_by_parts_holds_for_every_function(rows):
    """Two layers, so that kinks are bent, and ties of the second fill open sets."""
    f = shallow(rows)
    assert mt.check_integration_by_parts(mt.relu(f, at_zero=7) - f, SQUARE).ok


half = sympy.Rational(1, 2)


@pytest.mark.parametrize(
    "text, kinks",
    [
        ("abs(x - 1/3)", [sympy.Rational(1, 3)]),
        ("max(x, -2*x, 1/2)", [-half / 2, half]),
        ("relu(x)**2 - x", [0]),
        ("max(x**2, x + 1)", [half - sympy.sqrt(5) / 2, half + sympy.sqrt(5) / 2]),
        ("x*abs(x**2 - 1/2)", [-sympy.sqrt(2) / 2, sympy.sqrt(2) / 2]),
        ("max(x**2 - 2, x**2 - 3/2 - x)", [half]),
    ],
)
def test_one_variable_between_kinks_found_by_hand(text, kinks):
    f = mt.parse(text)
    places = [-1, *kinks, 2]
    expected = sum(boole(f, u, v) for u, v in zip(places, places[1:]))
    assert sympy.expand(mt.integral(f, {x: (-1, 2)}) - expected) == 0


def boole(f, u, v):
    """Boole's rule, exact for quintics."""
    points = [u + (v - u) * sympy.Rational(k, 4) for k in range(5)]
    values = [f.value((point,)) for point in points]
    weights = (7, 32, 12, 32, 7)
    return sympy.expand((v - u) * sum(w * g for w, g in zip(weights, values)) / 90)


def test_polynomials_on_a_simplex_against_sympy():
    u, v = sympy.symbols("x y", real=True)
    f = x**3 * y + mt.relu(x - y) * y
    own = "x >= 0 and y >= 0 and x + y <= 1"
    first = sympy.integrate(u**3 * v, (v, 0, 1 - u), (u, 0, 1))
    below = sympy.integrate((u - v) * v, (u, v, 1 - v), (v, 0, half))
    assert mt.integral(f, own) == first + below


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_closed_formulas(n):
    """The mean of a maximum of uniform numbers, and the volume of the ball of the 1-norm."""
    own = mt.vector("x", n)
    box = {own[i]: (0, 1) for i in range(n)}
    assert mt.mean(mt.max(own), box) == sympy.Rational(n, n + 1)
    law = mt.distribution(mt.max(own), box)
    assert law.cdf(half) == half**n and law.densities == ((0, 1, (0,) * (n - 1) + (n,)),)
    if n < 4:
        ball = mt.sublevel_set(mt.norm1(own), 1)
        assert mt.volume(ball) == sympy.Rational(2**n, sympy.factorial(n))
    assert mt.integral(mt.relu(1 - mt.norm1(own))) == sympy.Rational(2**n, sympy.factorial(n + 1))


def test_the_sum_of_uniform_numbers_is_the_law_of_irwin_and_hall():
    own = mt.vector("x", 4)
    law = mt.distribution(mt.affine([[1] * 4], own)[0], {own[i]: (0, 1) for i in range(4)})
    for t in (half, 1, 3 * half, 2, 5 * half, 4):
        expected = sum(
            (-1) ** k * sympy.binomial(4, k) * (t - k) ** 4 / sympy.factorial(4)
            for k in range(sympy.floor(t) + 1)
        )
        assert law.cdf(t) == expected


def test_algebraic_coefficients():
    f = mt.max(sympy.sqrt(2) * x, y)
    box = {x: (0, 1), y: (0, 1)}
    # by hand: √2 x where it is above y, (1 + 2x²)/2 for x < 1/√2, √2 x beyond
    assert mt.integral(f, box) == 7 * sympy.sqrt(2) / 12
    assert mt.distribution(f, box).mean == 7 * sympy.sqrt(2) / 12


def test_null_sets_and_arrays():
    assert mt.integral(mt.max(x, y), "x = y and x >= 0 and x <= 1") == 0
    assert mt.integral(mt.stack([x, mt.relu(x)]), {x: (-1, 2)}) == sympy.Matrix([3 * half, 2])
    assert mt.volume(mt.level_set(mt.abs(x), 1)) == 0 and mt.integral(0 * x) == 0
    open_box = "0 < x < 1 and 0 <= y < 1"
    assert mt.integral(mt.max(x, y), open_box) == mt.integral(mt.max(x, y), {x: (0, 1), y: (0, 1)})


def test_a_wrong_gradient_on_a_null_set_is_no_failure():
    entries = [("x < 0", "0", 0), ("x = 0", "0", 9), ("x > 0", "x", 1)]
    rep = mt.Representation("x", entries, of="relu(x)")
    assert mt.check_integration_by_parts(rep, {x: (-1, 2)}).ok
    wrong = mt.Representation("x", [("x < 0", "0", 0), ("x >= 0", "x", 2)], of="relu(x)")
    t = sympy.Symbol("x", real=True)
    bump = (t + 1) ** 2 * (2 - t) ** 2
    (failure,) = mt.check_integration_by_parts(wrong, {x: (-1, 2)}, [bump]).failures
    assert failure.data["gradient"] == sympy.integrate(2 * bump, (t, 0, 2))
    assert failure.data["weak"] == -sympy.integrate(t * bump.diff(t), (t, 0, 2))


@pytest.mark.parametrize(
    "ask, kind, part",
    [
        (lambda: mt.integral(mt.max(x, y)), mt.Unsupported, "no bound"),
        (lambda: mt.integral(mt.max(x**2, y), SQUARE), mt.NotPolyhedral, "curved"),
        (lambda: mt.integral(mt.exp(x), {x: (0, 1)}), mt.Unsupported, "polynomial"),
        (lambda: mt.integral(x**2, None), mt.Unsupported, "no bound"),
        (lambda: mt.mean(x, None), mt.PiecewiseError, "none"),
        (lambda: mt.mean(x, "x = 1"), mt.PiecewiseError, "dimension 0"),
        (lambda: mt.volume("x"), mt.PiecewiseError, "str"),
        (lambda: mt.volume(mt.sublevel_set(x * x + y * y, 1)), mt.NotPolyhedral, "affine"),
        (lambda: mt.gradient_shares(x**2, {x: (0, 1)}), mt.Unsupported, "affine"),
        (lambda: mt.total_variation(mt.stack([x, x]), {x: (0, 1)}), mt.ShapeError, "(2,)"),
        (lambda: mt.distribution(x**2, {x: (0, 1)}), mt.Unsupported, "affine"),
        (lambda: mt.distribution(x, {x: (0, 1)}).moment(-1), mt.PiecewiseError, "natural"),
        (lambda: mt.check_integration_by_parts(mt.relu(x), {y: (0, 1)}), mt.UnknownVariable, "y"),
        (
            lambda: mt.check_integration_by_parts(mt.relu(x), {x: (1, 0)}),
            mt.PiecewiseError,
            "positive",
        ),
        (lambda: mt.check_integration_by_parts(x, {x: (0, 1)}, ["x"]), mt.PiecewiseError, "str"),
        (
            lambda: mt.check_integration_by_parts(x, {x: (0, 1)}, [sympy.Symbol("x")]),
            mt.PiecewiseError,
            "vanishes on the boundary",
        ),
        (
            lambda: mt.check_integration_by_parts(mt.relu(x).represent("x >= 0"), {x: (-1, 1)}),
            mt.OutsideDomain,
            "inside",
        ),
    ],
)
def test_refusals(ask, kind, part):
    with pytest.raises(kind) as caught:
        ask()
    assert part in str(caught.value)


def test_the_page():
    page = Path(__file__).parent.parent / "docs" / "measures.md"
    found = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert found.attempted > 10 and found.failed == 0
