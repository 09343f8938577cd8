"""Determinants, volumes, integrals over a simplex and B-splines, against SymPy's integrals."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.reading_numbers import algebraic
from piecewise_mt.exact.simplex_integrals import density, determinant, integral, volume

u, v, t = sympy.symbols("u v t", real=True)
entries = st.integers(-3, 3)
square_matrices = st.integers(0, 4).flatmap(
    lambda n: st.lists(st.lists(entries, min_size=n, max_size=n), min_size=n, max_size=n)
)


@given(square_matrices, st.integers(1, 3))
@settings(max_examples=150)
def test_determinants_are_those_of_sympy(rows, below):
    expected = sympy.Matrix(len(rows), len(rows), [c for row in rows for c in row]).det()
    assert determinant(rows) == expected
    fractions = [[Fraction(c, below) for c in row] for row in rows]
    assert determinant(fractions) == Fraction(int(expected), below ** len(rows))


def test_determinants_of_irrational_rows():
    root = algebraic(sympy.sqrt(2))
    assert determinant([[root, 1], [1, root]]) == 1
    assert determinant([[0, root], [root, 5]]) == -2
    assert determinant([[root, 2], [1, root]]) == 0
    assert determinant([[0, 0, root], [0, root, 3], [root, 1, 1]]) == -2 * root


@given(st.lists(st.tuples(st.integers(1, 3), entries, entries), min_size=3, max_size=3))
def test_areas_are_half_the_cross_product_and_not_negative(vertices):
    (a, b), (c, d), (e, f) = [(Fraction(p, w), Fraction(q, w)) for w, p, q in vertices]
    assert volume(vertices) == abs((c - a) * (f - b) - (e - a) * (d - b)) / 2


def test_volumes_in_other_dimensions():
    assert volume([(1, 2), (3, -3)]) == 3 and volume([(1, 0), (1, 0)]) == 0
    assert volume([(1, 0, 0, 0), (1, 1, 0, 0), (1, 0, 2, 0), (2, 0, 0, 3)]) == Fraction(1, 2)
    assert volume([(1, -1, 0, 1), (1, 1, 1, 1), (1, 1, -1, 1), (1, 0, 0, 0)]) == Fraction(2, 3)


@pytest.mark.parametrize("exponents", [e for e in product(range(4), repeat=2) if sum(e) <= 4])
def test_integrals_of_monomials_over_a_triangle(exponents):
    """With the corners (-1, 1), (2, 0), (1/2, -3), by SymPy in the coordinates of the triangle."""
    vertices = [(1, -1, 1), (1, 2, 0), (2, 1, -6)]
    size = volume(vertices)
    x = -1 + 3 * u + sympy.Rational(3, 2) * v
    y = 1 - u - 4 * v
    inner = sympy.integrate(x ** exponents[0] * y ** exponents[1], (v, 0, 1 - u))
    expected = sympy.integrate(sympy.expand(inner), (u, 0, 1)) * 2 * sympy.Rational(str(size))
    found = integral(vertices, {exponents: 3}, size)
    assert found == Fraction(int((3 * expected).p), int((3 * expected).q))


def test_integrals_of_sums_and_on_lines():
    assert integral([(1, 0), (1, 2)], {(2,): 3, (1,): -1, (0,): 5}, 2) == 8 - 2 + 10
    assert integral([(1, 0), (1, 2)], {}, 2) == 0
    assert integral([(1, 1), (1, 1)], {(3,): 1}, 0) == 0


@given(st.lists(st.integers(-2, 2), min_size=2, max_size=5).filter(lambda k: len(set(k)) > 1))
@settings(max_examples=60)
def test_a_density_has_the_moments_of_the_linear_function(knots):
    """The moments are means over the simplex: of the knots' complete symmetric polynomials."""
    pieces = density(knots)
    assert [piece[0] for piece in pieces] == sorted(set(knots))[:-1]
    assert [piece[1] for piece in pieces] == sorted(set(knots))[1:]
    d = len(knots) - 1
    for power in range(4):
        mean = Fraction(0)
        for low, high, line in pieces:
            for k, c in enumerate(line):
                n = k + power + 1
                mean += Fraction(c) * (Fraction(high) ** n - Fraction(low) ** n) / n
        symmetric = sum(
            sympy.prod([knot**e for knot, e in zip(knots, exponents, strict=True)])
            for exponents in product(range(power + 1), repeat=len(knots))
            if sum(exponents) == power
        )
        assert mean == Fraction(int(symmetric), int(sympy.binomial(d + power, power)))


def test_densities_of_other_numbers_and_in_any_order():
    assert density([1, 0]) == [(0, 1, (1,))]
    assert density([2, 0, 1]) == density([0, 1, 2])
    assert density([0, 0, 3]) == [(0, 3, (Fraction(2, 3), Fraction(-2, 9)))]
    root = algebraic(sympy.sqrt(2))
    ((low, high, line),) = density([root, 0])
    assert (low, high) == (0, root) and line == (1 / root,)
