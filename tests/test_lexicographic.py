"""Numbers with infinitesimals, against numbers with a small ε in their place."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from piecewise_mt.exact.lexicographic import Lexicographic
from piecewise_mt.exact.reading_numbers import algebraic
from piecewise_mt.exact.reals import Real

SMALL = Fraction(1, 10**6)
terms = st.lists(st.integers(-3, 3), min_size=3, max_size=3)
others = st.one_of(
    st.integers(-3, 3), st.fractions(-2, 2, max_denominator=3), terms.map(Lexicographic)
)


def value(number):
    """With 10⁻⁶ for ε, which is small enough for terms up to 3."""
    if isinstance(number, Lexicographic):
        return sum(c * SMALL**k for k, c in enumerate(number.terms))
    return Fraction(number)


@given(terms, others)
def test_arithmetic_and_order_are_those_for_a_small_number(own, other):
    one = Lexicographic(own)
    assert value(one + other) == value(one) + value(other) == value(other + one)
    assert value(one - other) == value(one) - value(other) == -value(other - one)
    assert value(-one) == -value(one)
    a, b = value(one), value(other)
    assert (one == other, one != other) == (a == b, a != b)
    assert (one < other, one <= other, one > other, one >= other) == (a < b, a <= b, a > b, a >= b)
    assert (other < one, other <= one, other > one, other >= one) == (b < a, b <= a, b > a, b >= a)
    if not isinstance(other, Lexicographic):
        assert value(other * one) == value(one * other) == b * a
    assert len((one + other).terms) == 3


def test_irrational_terms():
    root = algebraic(sympy.sqrt(2))
    one = Lexicographic((root, 0, 1))
    assert one > root and one < root + Fraction(1, 10**9) and one == Lexicographic((root, 0, 1))
    assert (root * one).terms == (2, 0, root) and (one - root).terms == (0, 0, 1)
    e = Real(sympy.E)
    assert Lexicographic((3, 0)) > e and (Lexicographic((1, 1)) + e) > Lexicographic((3, 9))


def test_what_is_no_number_is_refused():
    one = Lexicographic((0, 1))
    for operation in (
        lambda: one + "1",
        lambda: one * one,
        lambda: one * 0.5,
        lambda: 0.5 + one,
        lambda: hash(one),
    ):
        with pytest.raises(TypeError):
            operation()
    assert one != "1" and one != 0.0 and one != Lexicographic((1, 1))
