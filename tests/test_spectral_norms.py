"""Polynomials of Gram matrices and their largest roots, against SymPy."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.norms import LargestRoot, gram_polynomial, square_root
from piecewise_mt.exact.reading_numbers import algebraic

x = sympy.Symbol("x")
entries = st.fractions(-2, 2, max_denominator=2)
matrices = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda s: st.lists(
        st.lists(entries, min_size=s[1], max_size=s[1]), min_size=s[0], max_size=s[0]
    )
)


def of_sympy(values):
    return tuple(Fraction(int(c.p), int(c.q)) for c in values)


@given(matrices)
@settings(max_examples=80)
def test_the_polynomial_is_that_of_the_smaller_gram_matrix(matrix):
    own = sympy.Matrix(
        len(matrix), len(matrix[0]), [sympy.Rational(str(c)) for row in matrix for c in row]
    )
    gram = own * own.T if own.rows <= own.cols else own.T * own
    assert gram_polynomial(matrix) == of_sympy(gram.charpoly(x).all_coeffs())


def test_polynomials_of_matrices_without_rows_and_with_irrational_ones():
    assert gram_polynomial([]) == (1,)
    root = algebraic(sympy.sqrt(2))
    assert gram_polynomial([[1, root]]) == (1, -3)
    assert gram_polynomial([[1, root], [root, 0]]) == (1, -5, 4)
    assert gram_polynomial([[root + 1]]) == (1, -3 - 2 * root)


@given(matrices)
@settings(max_examples=40, deadline=None)
def test_the_largest_root_is_the_largest_eigenvalue(matrix):
    root = LargestRoot(gram_polynomial(matrix))
    poly = sympy.Poly(
        [sympy.Rational(c.numerator, c.denominator) for c in gram_polynomial(matrix)], x
    )
    expected = max(poly.real_roots())
    assert sympy.Poly(sympy.minimal_polynomial(root.to_sympy() - expected, x), x) == sympy.Poly(
        x, x
    )
    value = expected.evalf(40)
    for width in (Fraction(1), Fraction(1, 10), Fraction(1, 10**12)):
        above = root.above(width)
        assert type(above) is Fraction
        gap = sympy.Rational(above.numerator, above.denominator) - value
        assert -sympy.Float("1e-30") < gap <= sympy.Rational(width.numerator, width.denominator)


def test_rational_roots_are_points():
    for coefficients, root in (
        ([1, -4], 4),
        ([2, -3], Fraction(3, 2)),
        ([1, -3, 2], 2),
        ([1, 0, 0], 0),
        ([1, -2, 1], 1),
        ([1, 0], 0),
    ):
        own = LargestRoot(coefficients)
        assert own.above(Fraction(1, 10**9)) >= root and own.to_sympy() == sympy.Rational(str(root))
        assert own.above(Fraction(1, 10**9)) - root <= Fraction(1, 10**9)


def test_roots_that_are_equal_near_and_far():
    two = LargestRoot([1, 0, -2])
    near = LargestRoot([10**40, 0, -2 * 10**40 - 1])
    assert two < near and near > two and two != near and not two > near and not near < two
    assert two == LargestRoot([1, -1, -2, 2]) and not two < LargestRoot([3, 0, -6])
    # the second largest root of one is the largest of the other
    assert LargestRoot([1, -3, -2, 6]) > two and two < LargestRoot([1, -3, -2, 6])
    assert two != sympy.sqrt(2) and LargestRoot([1, -2]) == LargestRoot([1, -3, 2])
    assert LargestRoot([1, -2]) < LargestRoot([1, -3]) and not LargestRoot([1, -2]) < LargestRoot(
        [1, -2]
    )


@pytest.mark.parametrize(
    "value", [sympy.sqrt(2), 1 + sympy.sqrt(3), sympy.cbrt(2) / 7, 3 - 2 * sympy.sqrt(2)]
)
def test_irrational_coefficients_of_one_row(value):
    own = LargestRoot([Fraction(1), -algebraic(value)])
    assert sympy.simplify(own.to_sympy() - value) == 0 or own.poly.eval(0) != 0
    gap = own.above(Fraction(1, 10**12)) - algebraic(value)
    assert 0 <= gap <= Fraction(1, 10**12)
    assert own > LargestRoot([1, 0]) and own == LargestRoot([2, -2 * algebraic(value)])
    with pytest.raises(Unsupported, match="irrational ones"):
        LargestRoot([1, algebraic(value), -1])
    with pytest.raises(Unsupported):
        LargestRoot([algebraic(value)])


def test_square_roots_of_numbers_and_formulas():
    assert square_root(sympy.Integer(0)) == 0 and square_root(
        sympy.Rational(4, 9)
    ) == sympy.Rational(2, 3)
    assert square_root(sympy.Rational(4, 3)) == 2 * sympy.sqrt(3) / 3
    assert square_root(sympy.Rational(2, 9)) == sympy.sqrt(2) / 3
    a = sympy.Symbol("a", positive=True)
    assert square_root(a**2) == a and square_root(1 + a) == sympy.sqrt(1 + a)


NEAR = 10000002060000152490004779200053823
"""SymPy 1.14 takes no square root of it, see ``square_root``."""


def test_square_roots_that_sympy_fails_on():
    for value in (sympy.Integer(NEAR), sympy.Rational(NEAR, 4), sympy.Rational(1, NEAR)):
        root = square_root(value)
        assert abs((root**2 - value).evalf(60)) <= abs(value.evalf()) * sympy.Float("1e-50")
        assert root.evalf(30) > 0
    largest = LargestRoot([1, 0, -NEAR]).to_sympy()
    assert abs((largest**2 - NEAR).evalf(60)) < sympy.Float("1e-15") and largest.evalf() > 0
