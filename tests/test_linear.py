"""Echelon forms and kernels of integer rows, against SymPy's."""

from __future__ import annotations

from math import gcd

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.linear import echelon, kernel, make_primitive
from piecewise_mt.exact.reading_numbers import algebraic

entries = st.integers(-3, 3)
systems = st.lists(st.tuples(entries, entries, entries, entries), max_size=5)
ROOT = algebraic(sympy.sqrt(2))


@given(st.lists(st.integers(-9, 9), max_size=4))
def test_a_primitive_row_is_a_positive_multiple(row):
    own = make_primitive(row)
    divisor = gcd(*row)
    assert own == tuple(c // divisor if divisor else 0 for c in row)
    assert gcd(*own) == (1 if any(row) else 0)


@given(systems)
@settings(max_examples=200)
def test_echelon_forms_are_those_of_sympy_with_the_constant_last(rows):
    turned = sympy.Matrix(len(rows), 4, [c for row in rows for c in (*row[1:], row[0])])
    reduced, pivots = turned.rref()
    found = echelon(rows)
    assert len(found) == len(pivots)
    for own, pivot, k in zip(found, pivots, range(len(found)), strict=True):
        own = (*own[1:], own[0])
        assert own[pivot] > 0 and gcd(*own) == 1
        assert [sympy.Rational(c, own[pivot]) for c in own] == list(reduced.row(k))
    # whatever the order, and with multiples of rows
    assert echelon(reversed([*rows, *([-2 * c for c in row] for row in rows)])) == found


def test_echelon_forms_of_few_rows():
    assert echelon([]) == () == echelon([(0, 0, 0)])
    assert echelon([(-3, 0, 0)]) == ((1, 0, 0),) == echelon([(-3, 0, 0), (2, 0, 0)])
    assert echelon([(5, 0, -10)]) == ((-1, 0, 2),)
    assert echelon([(1, 1, 0), (0, 1, 0)]) == ((0, 1, 0), (1, 0, 0))
    assert echelon([(4, 2)]) == ((2, 1),) and echelon([(2,)]) == ((1,),)


@given(systems)
@settings(max_examples=200)
def test_kernels_are_those_of_sympy(rows):
    found = kernel(rows, 4)
    expected = sympy.Matrix(len(rows), 4, [c for row in rows for c in row]).nullspace()
    assert len(found) == len(expected)
    for own, other in zip(found, expected, strict=True):
        assert all(type(c) is int for c in own) and gcd(*own) == 1
        # the last entry of SymPy's is 1, in the column without a pivot
        last = max(k for k in range(4) if other[k])
        assert own[last] > 0 and sympy.Matrix(own) == other * own[last]
        assert all(sum(a * b for a, b in zip(row, own, strict=True)) == 0 for row in rows)


def test_kernels_at_the_limits():
    assert kernel([], 2) == ((1, 0), (0, 1)) and kernel([], 0) == ()
    assert kernel([(2, 3)], 2) == ((-3, 2),) and kernel([(1, 0), (1, 1)], 2) == ()
    assert kernel([(2, 0, 1), (0, 3, 1)], 3) == ((-3, -2, 6),)


@given(systems, systems)
@settings(max_examples=60)
def test_irrational_rows_have_the_kernel_of_their_two_parts(one, two):
    """a + b √2 times a rational vector is zero iff a and b times it are."""
    pairs = [(p, q) for p, q in zip(one, two)]
    rows = [[a + b * ROOT for a, b in zip(p, q, strict=True)] for p, q in pairs]
    found = kernel(rows, 4)
    assert all(
        sum(a * b for a, b in zip(row, own, strict=True)) == 0 for row in rows for own in found
    )
    matrix = sympy.Matrix(
        len(pairs), 4, [a + b * sympy.sqrt(2) for p, q in pairs for a, b in zip(p, q, strict=True)]
    )
    assert len(found) == 4 - matrix.rank(simplify=True)
    form = echelon([(0, *row) for row in rows])
    assert len(form) == 4 - len(found)
    for k, own in enumerate(form):
        pivot = next(i for i, c in enumerate(own) if c)
        assert own[pivot] > 0 and all(not other[pivot] for other in (*form[:k], *form[k + 1 :]))
