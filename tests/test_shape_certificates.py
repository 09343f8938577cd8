"""Checks of bends, norms and semidefinite matrices, against minors and against what they mean."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.reading_numbers import algebraic
from piecewise_mt.exact.shape_certificates import (
    check_above_chord,
    check_attained,
    check_bend,
    check_decrease,
    check_norm,
    check_not_linear,
    is_semidefinite,
)

HALF = Fraction(1, 2)
ROOT = algebraic(sympy.sqrt(2))
entries = st.integers(-2, 2)


@st.composite
def symmetric(draw):
    n = draw(st.integers(0, 3))
    half = [[draw(entries) for _ in range(n)] for _ in range(n)]
    return [[half[min(i, j)][max(i, j)] for j in range(n)] for i in range(n)]


@given(symmetric())
@settings(max_examples=200)
def test_a_matrix_is_semidefinite_iff_no_principal_minor_is_negative(matrix):
    n = len(matrix)
    own = sympy.Matrix(n, n, [c for row in matrix for c in row])
    minors = [
        own.extract(list(k), list(k)).det()
        for size in range(1, n + 1)
        for k in combinations(range(n), size)
    ]
    assert is_semidefinite(matrix) == all(minor >= 0 for minor in minors)


def test_semidefinite_matrices_with_irrational_numbers():
    assert is_semidefinite([[1, ROOT], [ROOT, 2]]) and not is_semidefinite([[1, ROOT], [ROOT, 1]])
    assert not is_semidefinite([[-ROOT]])


matrices = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda s: st.lists(
        st.lists(entries, min_size=s[1], max_size=s[1]), min_size=s[0], max_size=s[0]
    )
)


@given(matrices, st.integers(0, 40))
@settings(max_examples=100)
def test_norms_are_bounded_iff_they_are_as_small(matrix, square):
    own = sympy.Matrix(matrix)
    bound = Fraction(square, 2)
    # both are largest on corners of the unit balls
    assert check_norm(matrix, 1, bound) == all(
        2 * sum(abs(c) for c in own.col(j)) ** 2 <= square for j in range(own.cols)
    )
    images = [own * sympy.Matrix(signs) for signs in product((1, -1), repeat=own.cols)]
    assert check_norm(matrix, None, bound) == all(
        2 * max(map(abs, image)) ** 2 <= square for image in images
    )
    gram = (own.T * own if own.cols <= own.rows else own * own.T).charpoly()
    # all roots are ≤ the bound iff the polynomial, moved there, changes no sign (Descartes)
    moved = gram.compose(sympy.Poly(gram.gen + sympy.Rational(square, 2), gram.gen))
    assert check_norm(matrix, 2, bound) == all(c >= 0 for c in moved.all_coeffs())


def test_norms_of_matrices_by_hand():
    tall = [(1, 0), (0, 2), (0, 0)]
    for matrix in (tall, list(zip(*tall, strict=True))):
        assert check_norm(matrix, 2, Fraction(4)) and not check_norm(matrix, 2, Fraction(15, 4))
    assert check_norm([(1, -2), (3, 4)], 1, Fraction(36)) and not check_norm(
        [(1, -2), (3, 4)], 1, Fraction(35)
    )
    assert check_norm([(1, -2), (3, 4)], None, Fraction(49)) and not check_norm(
        [(1, -2), (3, 4)], None, Fraction(48)
    )


def test_a_smallest_constant_is_attained():
    matrix = [(1, -2), (3, 4)]
    assert check_attained(matrix, 1, Fraction(36), (0, 1)) and not check_attained(
        matrix, 1, Fraction(37), (0, 1)
    )
    assert check_attained(matrix, None, Fraction(49), (1, 1)) and not check_attained(
        matrix, None, Fraction(50), (1, 1)
    )
    assert check_attained(matrix, None, Fraction(49), (-2, -2)) and not check_attained(
        matrix, None, Fraction(1), (0, 0)
    )
    assert check_attained([(3, 4)], 2, Fraction(25), (3, 4)) and not check_attained(
        [(3, 4)], 2, Fraction(25), (4, 3)
    )
    assert check_attained([(0, 0)], 2, Fraction(0), (0, -1)) and not check_attained(
        [(0, 0)], 2, Fraction(0), (0, 0)
    )


def test_slopes_that_are_not_linear():
    def norm(d):
        return sum(map(abs, d))

    assert check_not_linear(norm, [(1, 0), (0, 1), (1, 1)], (1, 1, -1)) is False
    assert check_not_linear(norm, [(1, 0), (0, 1), (-1, -1)], (1, 1, 1))
    # the combination is not zero, or of another length
    assert check_not_linear(norm, [(1, 0), (0, 1), (-1, -1)], (1, 1, 2)) is False
    assert check_not_linear(norm, [(1, 0), (-1, 0)], (1,)) is False
    assert (
        check_not_linear(norm, [(1, 0)], (1, 1)) is False
        and check_not_linear(norm, [], ()) is False
    )
    assert check_not_linear(lambda d: min(d), [(2, 0), (0, 2), (1, 1)], (HALF, HALF, -1))


def test_bends_and_chords():
    assert check_bend((0, 0), (1, 1)) and check_bend((1, 2), (0, 1))
    assert not check_bend((1, -1), (1, 1)) and not check_bend((1, 0), (-1, 5))
    assert check_above_chord(lambda p: -abs(p[0]), (-1,), (2,))
    assert not check_above_chord(lambda p: p[0] + 1, (-1,), (2,)) and not check_above_chord(
        lambda p: abs(p[0]), (-1,), (1,)
    )
    # the middle of (0, 0) and (1, 3)
    assert check_above_chord(lambda p: int(tuple(p) == (HALF, 3 * HALF)), (0, 0), (1, 3))


def test_decreases():
    def second(p):
        return -p[1]

    assert check_decrease(second, (0, 0), (0, 1)) and check_decrease(second, (0, 0), (2, 1))
    assert not check_decrease(second, (0, 0), (-1, 1))  # a coordinate decreases
    assert not check_decrease(second, (0, 0), (1, 0))  # the function does not
    assert not check_decrease(second, (0, 1), (0, 0))
