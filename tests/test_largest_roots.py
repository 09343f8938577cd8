"""Largest roots compared exactly, also where an isolating interval ends in another root."""

import math
from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.norms import LargestRoot, square_root

roots = st.lists(st.fractions(0, 4, max_denominator=4), min_size=1, max_size=4)


def _with_roots(given):
    x = sympy.Symbol("x")
    poly = sympy.Poly(1, x)
    for root in given:
        poly *= sympy.Poly(x - sympy.Rational(root.numerator, root.denominator), x)
    return [Fraction(int(c.p), int(c.q)) for c in poly.all_coeffs()]


@given(roots, roots)
def test_the_order_is_that_of_the_roots_that_the_polynomials_were_made_of(first, second):
    one, other = LargestRoot(_with_roots(first)), LargestRoot(_with_roots(second))
    expected = (max(first) > max(second)) - (max(first) < max(second))
    assert one._order(other) == expected
    assert other._order(one) == -expected


def test_lipschitz_constants_of_repeated_rows_and_of_slopes_beside_zero():
    # closed formulas: the norms of (1/2, 1/2) and of (1/3, -2/3)
    x, y = mt.variables("x y")
    twice = mt.stack([mt.relu(y) / 2, mt.relu(y) / 2]).on(x, y)
    assert mt.lipschitz(twice, 2) == sympy.sqrt(2) / 2
    beside = mt.stack(
        [
            mt.piecewise_linear(y, [0], ["1/2", "1/3"]),
            mt.piecewise_linear(y, [0], [0, "-2/3"]),
        ]
    )
    assert mt.lipschitz(beside, 2) == sympy.sqrt(5) / 3


@given(functions())
def test_the_constant_is_that_of_its_report_and_its_proof_verifies(f):
    report = mt.lipschitz_report(f, 2)
    assert report.proof.verify()
    norms = [piece.gradient.norm(2) for piece in _full_pieces(f)]
    # an independent value: SymPy's largest singular value over the open pieces
    assert sympy.simplify(sympy.Max(*norms) - report.constant) == 0


def _full_pieces(f):
    return [piece for piece in f.represent() if piece.dimension == len(f.variables)]


# -- square roots that SymPy 1.14 fails on -------------------------------------------------------

NEAR = 10000002060000152490004779200053823
"""c² - 1 for c = 100000010300000232; neither c - 1 nor c + 1 has a small factor."""


@pytest.mark.parametrize("factor", [1, 2, sympy.Rational(1, 3), sympy.Rational(4, 49)])
def test_square_roots_beside_squares_without_small_factors(factor):
    value = NEAR * sympy.sympify(factor)
    root = square_root(value)
    assert root > 0
    near = sympy.Rational(math.isqrt(int(value * 10**20)), 10**10)
    assert near <= root <= near + sympy.Rational(1, 10**10)


def test_a_constant_that_is_such_a_root_has_a_proof():
    row = (2, 2545871457, 3481169407, 100000010300000139)
    assert sum(c * c for c in row) == NEAR
    f = mt.relu(sum(c * v for c, v in zip(row, mt.variables("v1:5"), strict=True)))
    report = mt.lipschitz_report(f, 2)
    assert report.proof.verify()
    assert 100000010300000231 < report.constant < 100000010300000232


@given(st.integers(0, 10**40), st.integers(1, 10**40))
def test_squares_of_any_size_have_rational_roots(p, q):
    assert square_root(sympy.Rational(p, q) ** 2) == sympy.Rational(p, q)
