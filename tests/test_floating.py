"""Rounding to binary floats against Python's own and against the neighbours that NumPy has."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from piecewise_mt.exact.floating import rounded, rounded_sqrt
from piecewise_mt.exact.line_polynomials import sign_at_infinity, sign_near

np = pytest.importorskip("numpy")
values = st.builds(
    lambda top, bottom, power: Fraction(top, bottom) * Fraction(2) ** power,
    st.integers(-(2**30), 2**30), st.integers(1, 50), st.integers(-40, 40),
)  # fmt: skip


@given(values)
@example(Fraction(-1, 3))
@example(1 + Fraction(1, 2**53))
@example(-1 - Fraction(3, 2**53))
def test_doubles_are_rounded_as_by_python(value):
    assert rounded(value, "float64") == Fraction(float(value))


@given(values)
@example(-1 - Fraction(1, 2**24))
@example(1 + Fraction(3, 2**24))
@example(Fraction(-1, 2**149))
def test_singles_are_nearest_and_even(value):
    found = rounded(value, "float32")
    own = np.float32(float(found))
    assert Fraction(float(own)) == found
    for end in (-np.inf, np.inf):
        other = Fraction(float(np.nextafter(own, np.float32(end))))
        assert abs(value - found) <= abs(value - other)
        if abs(value - found) == abs(value - other):
            assert int(own.view(np.uint32)) % 2 == 0


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=10**6))
@example(Fraction(4, 9))
@example(Fraction(0))
def test_roots_are_rounded_once(value):
    found = rounded_sqrt(value, "float32")
    own = np.float32(float(found))
    assert Fraction(float(own)) == found and found >= 0
    # the middles between the neighbours enclose the root
    below, above = (Fraction(float(np.nextafter(own, np.float32(e)))) for e in (-1, np.inf))
    assert ((found + below) / 2) ** 2 <= value or found == 0
    assert value <= ((found + above) / 2) ** 2


def test_signs_beside_a_point():
    # x² grows on either side of 0, x³ as the side, and a constant not at all
    zero = Fraction(0)
    assert [sign_near((0, 0, 1), zero, side) for side in (-1, 1)] == [1, 1]
    assert [sign_near((0, 0, 0, 1), zero, side) for side in (-1, 1)] == [-1, 1]
    assert [sign_near((5,), zero, side) for side in (-1, 1)] == [0, 0]
    assert [sign_at_infinity(p, -1) for p in ((), (1,), (0, 1), (0, 0, -1))] == [0, 1, -1, -1]
