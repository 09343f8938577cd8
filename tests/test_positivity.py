"""Positive denominators are recognised exactly, by no more than a schoolbook needs."""

from fractions import Fraction

import pytest
import sympy
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.positivity import Interval, quadratic_minimum, sign_on_interval
from piecewise_mt.exact.reading_numbers import to_number

x, y = mt.variables("x y")
X, Y = sympy.symbols("x y")
small = st.integers(-3, 3)
ends = st.one_of(st.none(), st.fractions(-2, 2, max_denominator=2))


@pytest.mark.parametrize(
    ("text", "domain", "pieces"),
    [
        ("1/(x**2 + x + 1)", None, 1),
        ("1/(1 + (relu(x) + 1)**2)", None, 3),
        ("1/(x**2 - 2)", "x > 2", 1),
        ("1/(x**2 - 2)", "0 <= x <= 1", 1),
        ("1/(x**2 - 1)", "x > 1", 1),
        ("log(x**2 + x*y + y**2 + x + 1)", None, 1),
        ("1/(x**4 - x + 1)", None, 1),
        ("x/((x**2 + x + 1)*(y**2 - y + 1))", None, 1),
        ("1/(x**2 - 3*x + 3 + 0*y)", "y > x", 1),
    ],
)
def test_what_is_positive_is_defined(text, domain, pieces):
    assert len(mt.parse(text).represent(domain)) == pieces


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("1/(x**2 - 2)", None),
        ("1/(x**2 - 1)", "x >= 1"),
        ("1/(x**2 + y**2)", None),
        ("log(x**2 - x)", "x > 0"),
        ("1/(x*y + 1)", None),
    ],
)
def test_what_has_a_root_is_not(text, domain):
    with pytest.raises(mt.PiecewiseError):
        mt.parse(text).represent(domain)


def _holds(coefficients, relation, low, high, low_open, high_open):
    """Whether z3 finds no point of the interval where a relation of the polynomial holds."""
    t = z3.Real("t")
    total = z3.Sum(*[z3.RealVal(c) * t**k for k, c in enumerate(coefficients)])
    solver = z3.Solver()
    solver.add(relation(total))
    if low is not None:
        solver.add(t > z3.Q(low.numerator, low.denominator) if low_open else
                   t >= z3.Q(low.numerator, low.denominator))  # fmt: skip
    if high is not None:
        solver.add(t < z3.Q(high.numerator, high.denominator) if high_open else
                   t <= z3.Q(high.numerator, high.denominator))  # fmt: skip
    return solver.check()


@given(st.lists(small, min_size=2, max_size=5), ends, ends, st.booleans(), st.booleans())
@settings(max_examples=150)
def test_signs_on_intervals_are_those_of_z3(coefficients, low, high, low_open, high_open):
    if (
        low is not None
        and high is not None
        and (low > high or low == high and (low_open or high_open))
    ):
        return
    poly = sympy.Poly(list(reversed(coefficients)), X, domain="QQ")
    if poly.is_zero:
        return
    sign = sign_on_interval(poly, Interval(low, high, low_open, high_open))
    at = (low, high, low_open, high_open)
    positive = _holds(coefficients, lambda p: p <= 0, *at) == z3.unsat
    negative = _holds(coefficients, lambda p: p >= 0, *at) == z3.unsat
    assert sign == (1 if positive else -1 if negative else None)


@given(st.lists(small, min_size=6, max_size=6))
@settings(max_examples=150)
def test_signs_of_quadratics_are_those_of_z3(c):
    a, b = z3.Reals("a b")
    form = c[0] * X**2 + c[1] * X * Y + c[2] * Y**2 + c[3] * X + c[4] * Y + c[5]
    total = c[0] * a * a + c[1] * a * b + c[2] * b * b + c[3] * a + c[4] * b + c[5]
    if form.is_number:
        return
    poly = sympy.Poly(form, X, Y)
    expected = None
    for sign, relation in ((1, total <= 0), (-1, total >= 0)):
        solver = z3.Solver()
        solver.add(relation)
        if solver.check() == z3.unsat:
            expected = sign
    least, most = quadratic_minimum(poly), quadratic_minimum(-poly)
    found = 1 if least is not None and least > 0 else -1 if most is not None and most > 0 else None
    assert found == expected


def test_an_interval_has_its_inner_point():
    for interval in (Interval(), Interval(Fraction(1)), Interval(high=Fraction(1))):
        point = interval.inside()
        assert interval.low is None or point > interval.low
        assert interval.high is None or point < interval.high


def test_a_quadratic_that_is_zero_outside_the_piece_only():
    distance = (X - sympy.Rational(1, 2)) ** 2 + (Y - sympy.Rational(1, 2)) ** 2
    f = mt.smooth(sympy.sqrt(sympy.expand(distance)), {X: x, Y: y})
    assert len(f.represent("x > 1")) == 1 and len(f.represent("x > 1/2 or x > 1")) == 1
    with pytest.raises(mt.PiecewiseError, match=r"\(1/2, 1/2\)"):
        f.represent("x >= 1/2")
    # on a line: (x - y)² is zero on the diagonal
    square = mt.smooth(sympy.log(X**2 - 2 * X * Y + Y**2), {X: x, Y: y})
    assert len(square.represent("x > y")) == 1


def _beyond(distance, side, counts):
    """Whether a root is on a side of an end; 40 digits tell roots of these polynomials apart."""
    digits = sympy.N(distance, 40, maxn=200)
    return counts if abs(digits) < Fraction(1, 10**30) else digits * side > 0


@given(
    st.lists(small, min_size=2, max_size=5),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_signs_up_to_irrational_ends_are_those_of_roots(
    coefficients, end, is_low, is_open, vanishes
):
    """Ends a + b sqrt(2), roots there on purpose, against SymPy's real roots."""
    a, b = end
    poly = sympy.Poly(list(reversed(coefficients)), X, domain="QQ")
    if vanishes:
        poly = poly * sympy.Poly((X - a) ** 2 - 2 * b * b, X, domain="QQ")
    if poly.is_zero:
        return
    place = a + b * sympy.sqrt(2)
    number = to_number(place)
    interval = (
        Interval(low=number, low_open=is_open)
        if is_low
        else Interval(high=number, high_open=is_open)
    )
    side = 1 if is_low else -1
    inside = [
        r
        for r in (sympy.real_roots(poly.as_expr(), X) if poly.degree() > 0 else [])
        if _beyond(r - place, side, not is_open)
    ]
    sign = sign_on_interval(poly, interval)
    assert (sign is None) == bool(inside)
    if sign is not None:
        assert sign * poly.eval(sympy.Integer(a + side * 9)) > 0


@pytest.mark.parametrize("low", [None, *range(-3, 4)])
@pytest.mark.parametrize("high", [None, *range(-2, 5)])
def test_points_of_open_intervals(low, high):
    """By definition: beyond the lower end, and before the upper one."""
    if low is not None and high is not None and low >= high:
        return
    ends = (None if end is None else Fraction(end) for end in (low, high))
    inside = Interval(*ends, True, True).inside()
    assert low is None or inside > low
    assert high is None or inside < high
