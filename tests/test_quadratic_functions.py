"""Quadratic functions with exact coefficients, against SymPy's polynomials."""

from __future__ import annotations

from fractions import Fraction

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.quadratics import (
    Quadratic,
    composed,
    dot,
    identity_map,
    moved,
    on_basis,
    solved,
)

x, y = sympy.symbols("x y")
small = st.integers(-2, 2)
terms = st.dictionaries(
    st.sampled_from([(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]),
    st.fractions(-2, 2, max_denominator=2).filter(bool),
)
points = st.tuples(small, small)
maps = st.lists(st.tuples(small, small, small), min_size=2, max_size=2)


def rational(c):
    return sympy.Rational(Fraction(c).numerator, Fraction(c).denominator)


def expression(own):
    return sum((rational(c) * x ** e[0] * y ** e[1] for e, c in own.items()), sympy.S.Zero)


def of_sympy(value):
    return Fraction(int(value.p), int(value.q))


def affine(row):
    return row[0] + row[1] * x + row[2] * y


@settings(max_examples=30)
@given(terms, points, points)
def test_values_and_derivatives(own, point, direction):
    q, e = Quadratic.of(own, 2), expression(own)
    at = {x: point[0], y: point[1]}
    assert q.terms() == own
    assert q.value(point) == of_sympy(e.subs(at))
    assert list(q.gradient(point)) == [of_sympy(e.diff(s).subs(at)) for s in (x, y)]
    slope = e.diff(x) * direction[0] + e.diff(y) * direction[1]
    assert expression(
        dict(zip([(0, 0), (1, 0), (0, 1)], q.slope(direction), strict=True))
    ) == sympy.expand(slope)
    second = slope.diff(x) * point[0] + slope.diff(y) * point[1]
    assert q.curvature(point, direction) == of_sympy(second)
    assert q.is_affine == (sympy.Poly(e, x, y).total_degree() <= 1)
    assert q.form == tuple(own.get(e, 0) for e in ((0, 0), (1, 0), (0, 1)))
    # the coefficients of the polynomial along the ray tell where it goes
    t = sympy.Symbol("t")
    along = sympy.Poly(
        e.subs({x: point[0] + t * direction[0], y: point[1] + t * direction[1]}, simultaneous=True),
        t,
    )
    assert q.falls_along(point, direction) == (along.degree() > 0 and along.LC() < 0)


@settings(max_examples=30)
@given(terms, terms, maps, small)
def test_sums_and_compositions(one, two, inner, factor):
    p, q = Quadratic.of(one, 2), Quadratic.of(two, 2)
    assert expression(p.plus(q, factor).terms()) == sympy.expand(
        expression(one) + factor * expression(two)
    )
    assert p.plus(q) == p.plus(q, 1)
    moved_there = expression(one).subs(
        {x: affine(inner[0]), y: affine(inner[1])}, simultaneous=True
    )
    assert sympy.expand(expression(p.after(inner).terms()) - moved_there) == 0
    assert p.after(identity_map(2)) == p
    row = (factor, 1, -2)
    total = factor + affine(inner[0]) - 2 * affine(inner[1])
    assert sympy.expand(affine([rational(c) for c in composed(row, inner)]) - total) == 0


@given(st.tuples(small, small, small), st.tuples(small, small, small))
def test_products_of_affine_forms(one, two):
    product = sympy.expand(affine(one) * affine(two))
    assert sympy.expand(expression(Quadratic.product(one, two).terms()) - product) == 0
    assert sympy.expand(expression(Quadratic.affine(one).terms()) - affine(one)) == 0
    assert Quadratic.affine(one).is_affine and Quadratic.affine(one).form == one


def test_polynomials_of_a_higher_degree_are_none():
    assert (
        Quadratic.of({(2, 1): Fraction(1)}, 2) is None
        and Quadratic.of({(3,): Fraction(1)}, 1) is None
    )
    assert Quadratic.of({}, 2).terms() == {} and Quadratic.of({(): Fraction(2)}, 0).value(()) == 2
    own = Quadratic.form_of([[2, 1], [1, 4]])
    assert own.terms() == {(2, 0): 1, (1, 1): 1, (0, 2): 2} and own.constant == 0


@settings(max_examples=50)
@given(
    st.lists(st.tuples(small, small, small), min_size=3, max_size=3),
    st.lists(st.tuples(small, small), min_size=3, max_size=3),
)
def test_linear_systems_and_forms_on_a_basis(matrix, right):
    own = sympy.Matrix(matrix)
    found = solved(matrix, right)
    assert (found is None) == (own.det() == 0)
    if found is not None:
        assert own * sympy.Matrix([[rational(c) for c in row] for row in found]) == sympy.Matrix(
            right
        )
    symmetric = [[matrix[i][j] + matrix[j][i] for j in range(3)] for i in range(3)]
    basis = [[row[k] for row in right] for k in range(2)]
    expected = sympy.Matrix(basis) * sympy.Matrix(symmetric) * sympy.Matrix(basis).T
    assert on_basis(symmetric, basis) == [[int(c) for c in expected.row(i)] for i in range(2)]


def test_vectors():
    assert dot((1, 2), (3, -1)) == 1 and type(dot((1,), (2,))) is Fraction and dot((), ()) == 0
    assert moved((1, 2), Fraction(1, 2), (4, -2)) == (3, 1)
    assert identity_map(2) == [[0, 1, 0], [0, 0, 1]] and identity_map(0) == []
    assert solved([], []) == []
