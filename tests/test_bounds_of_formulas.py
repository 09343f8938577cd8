"""Bounds of formulas on boxes, against closed formulas and values on grids."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, oo

import piecewise_mt as mt
from piecewise_mt.exact import bernstein
from piecewise_mt.exact.bernstein import bernstein_range, check_bernstein
from piecewise_mt.exact.enclosures import (
    _by_arithmetic,
    _by_domination,
    _inner,
    _power,
    _product,
    at_least,
    enclosure,
    increasing_range,
    largest,
    magnitude,
    polynomial_terms,
    range_by_critical_points,
    smallest,
)

x, y, z = sympy.symbols("x y z", real=True)
ENDS = [-oo, -2, -1, 0, 1, 3, oo]
INTERVALS = [(a, b) for a in ENDS for b in ENDS if a <= b and not (a == b and abs(a) == oo)]
few = settings(max_examples=25, deadline=None)


def inside(interval):
    """Numbers of an interval, with its ends or with large ones in their place."""
    low, high = (
        max(min(Fraction(str(v)) if abs(v) != oo else Fraction(0), 3), -3) for v in interval
    )
    low = Fraction(-100) if interval[0] == -oo else low
    high = Fraction(100) if interval[1] == oo else high
    return sorted({low, high, *(low + (high - low) * Fraction(k, 8) for k in range(1, 8, 3))})


# numbers and ±oo


def test_numbers_are_compared_with_infinity():
    values = [
        -oo,
        -sympy.sqrt(2),
        Rational(-1, 3),
        Integer(0),
        sympy.log(2),
        Integer(1),
        sympy.pi,
        oo,
    ]
    for (i, one), (j, two) in product(enumerate(values), repeat=2):
        assert at_least(one, two) is (i >= j)
        assert largest([one, two]) == values[max(i, j)]
        assert smallest([one, two]) == values[min(i, j)]
    assert largest(values[::-1]) == oo and smallest(values) == -oo
    assert magnitude((-3, 2)) == 3 and magnitude((-1, 2)) == 2 and magnitude((-oo, 2)) == oo
    assert magnitude((1, sympy.pi)) == sympy.pi
    assert at_least(1, 1) and at_least(sympy.sqrt(2) * sympy.sqrt(3), sympy.sqrt(6))
    with pytest.raises(mt.Undecided):
        at_least(sympy.Symbol("a", real=True), 0)


@pytest.mark.parametrize("exponent", [1, 2, 3, 4, -1, -2, -3])
def test_powers_of_intervals(exponent):
    for base in INTERVALS:
        low, high = _power(tuple(map(sympy.sympify, base)), exponent)
        if exponent < 0 and base[0] <= 0 <= base[1]:
            assert (low, high) == (-oo, oo)
            continue
        ends = [sympy.sympify(v) ** exponent for v in base]
        if exponent > 0 and not exponent % 2 and base[0] <= 0 <= base[1]:
            ends.append(Integer(0))
        assert (low, high) == (sympy.Min(*ends), sympy.Max(*ends))


def test_products_of_intervals():
    for one, two in product(INTERVALS, repeat=2):
        low, high = _product(tuple(map(sympy.sympify, one)), tuple(map(sympy.sympify, two)))
        # 0·∞ is 0 here: an interval's ends are limits of its numbers
        ends = [0 if 0 in (a, b) else a * b for a in one for b in two]
        assert (low, high) == (min(ends), max(ends))


CASES = [
    (x + y, lambda a, b, c, d: (a + c, b + d)),
    (sympy.sqrt(x), lambda a, b, c, d: (sympy.sqrt(a), sympy.sqrt(b)) if a >= 0 else (-oo, oo)),
    (x ** Rational(3, 2), lambda a, b, c, d: (a ** Rational(3, 2), b ** Rational(3, 2)) if a >= 0 else (-oo, oo)),
    (1 / sympy.sqrt(x), lambda a, b, c, d: (1 / sympy.sqrt(b), 1 / sympy.sqrt(a) if a else oo) if a >= 0 else (-oo, oo)),
    (sympy.exp(x), lambda a, b, c, d: (sympy.exp(a), sympy.exp(b))),
    (sympy.tanh(x), lambda a, b, c, d: (sympy.tanh(a), sympy.tanh(b))),
    (sympy.atan(x), lambda a, b, c, d: (sympy.atan(a), sympy.atan(b))),
    (sympy.sin(x), lambda *_: (-1, 1)),
    (sympy.cos(x), lambda *_: (-1, 1)),
    (sympy.log(x), lambda *_: (-oo, oo)),
    (sympy.cosh(x), lambda a, b, c, d: (1, sympy.cosh(max(b, -a)))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "expected"), CASES, ids=lambda v: str(v) if v is not None else ""
)
def test_functions_of_intervals(expression, expected):
    for one in INTERVALS:
        sides = {x: one, y: (-1, 2)}
        own = tuple(map(sympy.sympify, one))
        assert _by_arithmetic(expression, sides) == expected(*own, Integer(-1), Integer(2))


@pytest.mark.parametrize("sides", [((-1, 2), (0, 1)), ((1, 3), (-2, -1)), ((-oo, 0), (1, 2))])
@pytest.mark.parametrize(
    "expression",
    [x * y + 1, x * sympy.exp(y), x**2 * y, 2 * x * y * sympy.tanh(x), (x + sympy.exp(x)) ** 2, sympy.exp(-x) * y,
     sympy.sin(x) * y, x / (1 + sympy.exp(y)), sympy.sqrt(2) * x, x**2 - x * y, 3 - sympy.cosh(y)],
)  # fmt: skip
def test_bounds_hold_all_values(expression, sides):
    box = {x: sides[0], y: sides[1]}
    for low, high in (enclosure(expression, box), _by_arithmetic(expression, box)):
        for p, q in product(inside(sides[0]), inside(sides[1])):
            at = {x: Rational(p.numerator, p.denominator), y: Rational(q.numerator, q.denominator)}
            value = expression.subs(at)
            assert at_least(value, low) and at_least(high, value)


# polynomials


def test_terms_of_polynomials():
    assert polynomial_terms(x**2 * y - y / 3 + 2, (x, y)) == {
        (2, 1): 1,
        (0, 1): Fraction(-1, 3),
        (0, 0): 2,
    }
    assert polynomial_terms((x + 1) ** 2 - x**2 - 2 * x, (x,)) == {(0,): 1}
    assert polynomial_terms(x - x, (x,)) == {}
    for other in (
        sympy.sqrt(2) * x,
        x * z,
        sympy.exp(x),
        1 / x,
        sympy.Float(0.5) * x,
        sympy.pi + x,
    ):
        assert polynomial_terms(other, (x, y)) is None
    assert polynomial_terms(Integer(3), ()) is None
    up, down = sympy.exp(x), sympy.exp(-x)
    assert polynomial_terms(up**2 + 1, (up,)) == {(2,): 1, (0,): 1}
    assert polynomial_terms(up + down, (up, down)) in (None, {(1, 0): 1, (0, 1): 1})


polynomials = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 2)),
    st.fractions(-3, 3, max_denominator=4),
    max_size=4,
)
sides = st.tuples(
    st.fractions(-3, 3, max_denominator=3), st.fractions(0, 3, max_denominator=3)
).map(lambda v: (v[0], v[0] + v[1]))


def bernstein_coefficients(terms, box, degrees):
    """By the blossom: coefficients of one variable at a time, from SymPy's expansion."""
    s, t = sympy.symbols("s t")
    total = Integer(0)
    for (i, j), c in terms.items():
        moved = [
            sympy.Rational(str(low)) + sympy.Rational(str(high - low)) * v
            for v, (low, high) in zip((s, t), box)
        ]
        total += sympy.Rational(str(c)) * moved[0] ** i * moved[1] ** j
    poly = sympy.Poly(sympy.expand(total), s, t)
    n, m = degrees
    for k, l in product(range(n + 1), range(m + 1)):  # noqa: E741
        yield sum(
            poly.coeff_monomial(s**i * t**j)
            * Rational(comb(k, i), comb(n, i))
            * Rational(comb(l, j), comb(m, j))
            for i in range(k + 1)
            for j in range(l + 1)
        )


@few
@given(polynomials, sides, sides)
def test_bernstein_coefficients(terms, one, two):
    found = bernstein_range(terms, (one, two))
    if not terms:
        assert found == (0, 0)
        return
    degrees = [max(e[k] for e in terms) for k in range(2)]
    expected = list(bernstein_coefficients(terms, (one, two), degrees))
    assert found == (min(expected), max(expected))
    bound = max(abs(v) for v in found)
    assert check_bernstein(terms, (one, two), bound)
    assert not check_bernstein(terms, (one, two), bound - Fraction(1, 100))


def test_bernstein_has_a_largest_size(monkeypatch):
    monkeypatch.setattr(bernstein, "MAX_COEFFICIENTS", 12)
    box = [(Fraction(0), Fraction(1))] * 2
    assert bernstein_range({(3, 2): Fraction(1)}, box) == (0, 1)
    with pytest.raises(OverflowError):
        bernstein_range({(3, 3): Fraction(1)}, box)
    # what is too long for Bernstein is bounded by arithmetic
    low, high = enclosure(x**3 * y**3 - 1, {x: (0, 1), y: (0, 2)})
    assert (low, high) == (-1, 7)


def test_polynomials_of_one_variable():
    cube = {(3,): Fraction(1), (1,): Fraction(-1), (0,): Fraction(5)}
    assert bernstein_range(cube, [(Fraction(0), Fraction(1))]) == (5 - Fraction(2, 3), 5)
    assert bernstein_range({(1,): Fraction(2)}, [(Fraction(-1), Fraction(3))]) == (-2, 6)
    assert bernstein_range({(0,): Fraction(2)}, [(Fraction(-1), Fraction(3))]) == (2, 2)


def test_each_end_is_checked():
    line = {(1,): Fraction(1)}
    for low, high, bound in ((-2, 1, 2), (-1, 2, 2), (-3, 3, 3)):
        box = [(Fraction(low), Fraction(high))]
        assert check_bernstein(line, box, Fraction(bound))
        assert not check_bernstein(line, box, Fraction(bound) - Fraction(1, 9))


# one inner function


def test_the_inner_function():
    up = sympy.exp(x)
    assert _inner(x**2 + 1) == x and _inner(x + y) is None
    assert _inner(up + 1 / up) in (up, sympy.exp(-x))
    assert _inner(up + sympy.exp(2 * x + 1)) is None and _inner(up * sympy.tanh(x)) is None
    assert _inner(sympy.tanh(x) ** 2 - 1) == sympy.tanh(x)
    assert _inner(sympy.tanh(x) + sympy.sinh(x)) is None


@pytest.mark.parametrize(
    ("expression", "side", "expected"),
    [
        (x / (1 + x**2), (-oo, oo), (Rational(-1, 2), Rational(1, 2))),
        (x / (1 + x**2), (0, 3), (0, Rational(1, 2))),
        (x / (1 + x**2), (2, 3), (Rational(3, 10), Rational(2, 5))),
        (x / (1 + x**2), (-3, Rational(1, 2)), (Rational(-1, 2), Rational(2, 5))),
        (x**2, (-oo, 1), (0, oo)),
        (x**3 - 3 * x, (-1, 2), (-2, 2)),
        (x**3 - 3 * x, (-3, 0), (-18, 2)),
        (2 * x + 1, (-1, 2), (-1, 5)),
        (1 / x, (1, oo), (0, 1)),
        (1 / x, (0, 1), None),
        (1 / x, (-1, 0), None),
        (1 / x, (-1, 1), None),
        (1 / (x**2 - 4), (-1, 1), (Rational(-1, 3), Rational(-1, 4))),
        (sympy.exp(x) / (1 + sympy.exp(x)) ** 2, (-oo, oo), (0, Rational(1, 4))),
        (sympy.exp(-x) / (1 + sympy.exp(-x)) ** 2, (-oo, oo), (0, Rational(1, 4))),
        (sympy.exp(x) + sympy.exp(-x), (-1, 1), (2, sympy.E + 1 / sympy.E)),
        # 0 is a limit of exp alone, and taken for one of its values
        (sympy.exp(x) + sympy.exp(-x), (-oo, oo), None),
        (1 - sympy.tanh(x) ** 2, (-oo, oo), (0, 1)),
        (sympy.tanh(x) * (1 - sympy.tanh(x) ** 2), (0, oo), (0, 2 * sympy.sqrt(3) / 9)),
        (sympy.exp(x) * y, (-oo, oo), None),
        (sympy.sqrt(2) * x, (0, 1), None),
        (sympy.sqrt(x), (1, 2), None),
        (x + y, (0, 1), None),
        (sympy.exp(x) * x, (0, 1), None),
    ],
)
def test_ranges_by_critical_points(expression, side, expected):
    found = range_by_critical_points(expression, {x: side, y: (0, 1)})
    assert (found is None) == (expected is None)
    if expected is not None:
        assert all(
            sympy.simplify(a - b) == 0 if abs(b) != oo else a == b for a, b in zip(found, expected)
        )
        if expression.is_polynomial():
            return  # Bernstein's bounds may be wider
        low, high = enclosure(expression, {x: side, y: (0, 1)})
        assert at_least(low, expected[0]) and at_least(expected[1], high)


def test_quotients_of_exponentials_are_dominated():
    a, b = sympy.exp(x), sympy.exp(y)
    assert _by_domination(a / (a + b)) == (0, 1)
    assert _by_domination(-a * b / (a + b) ** 2) == (-Rational(1, 2), 0)
    assert _by_domination((a - 3 * b) / (a + 2 * b)) == (Rational(-3, 2), Rational(3, 2))
    assert _by_domination((2 * a + b) / (a + b)) == (0, 2)
    assert _by_domination(a / (a / 2 + b)) == (0, 2) and _by_domination(-a / (2 * b + 3 * a)) == (
        -Rational(1, 3),
        0,
    )
    assert _by_domination(a / (1 + b)) is None
    assert _by_domination(a / (a - b)) is None
    assert _by_domination(x / y) is None
    assert _by_domination(x * a / (a + b)) is None
    assert _by_domination(a / (a + sympy.tanh(x))) is None


def test_constants_are_their_own_bounds():
    assert enclosure(sympy.sqrt(2), {x: (0, 1)}) == (sympy.sqrt(2), sympy.sqrt(2))
    assert enclosure(x, {x: (0, sympy.sqrt(2))}) == (0, sympy.sqrt(2))
    assert enclosure(x * y, {x: (-1, 2), y: (0, 3)}) == (-3, 6)
    # irrational sides, and infinite ones
    assert enclosure(x**2, {x: (-1, sympy.sqrt(2))}) == (0, 2)
    assert enclosure(x**2, {x: (-oo, 1)}) == (0, oo)
    assert enclosure(x + y, {x: (-oo, 1), y: (0, 3)}) == (-oo, 4)


def test_what_increases_has_its_ends():
    box = {x: (0, 1), y: (0, 1)}
    for formula in (
        sympy.exp(x),
        2 * sympy.tanh(3 * x - 1) + 1,
        1 / (1 + sympy.exp(-x)),
        sympy.exp(x) + sympy.exp(-x),
    ):
        assert increasing_range(formula, box)
    for formula in (
        x, sympy.sin(x), sympy.exp(x) * x, sympy.exp(x**2), sympy.exp(x + y), sympy.exp(sympy.sqrt(2) * x),
        sympy.tanh(x) + sympy.exp(x), sympy.tanh(x) * y,
    ):  # fmt: skip
        assert increasing_range(formula, box) is False
