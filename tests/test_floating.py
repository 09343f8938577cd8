"""Rounding to binary floats against Python's own and against the neighbours that NumPy has."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.floating import _exponent, rounded, rounded_sqrt
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


FORMATS = {"float16": (11, 16), "float32": (24, 128), "float64": (53, 1024)}


@pytest.mark.parametrize("dtype", FORMATS)
def test_what_overflows_is_refused(dtype):
    digits, top = FORMATS[dtype]
    largest = (2**digits - 1) * 2 ** (top - digits)
    assert largest == int(np.finfo(dtype).max)
    half = 2 ** (top - digits - 1)
    for sign in (1, -1):
        assert rounded(Fraction(sign * largest), dtype) == sign * largest
        assert rounded(Fraction(sign * (largest + half - 1)), dtype) == sign * largest
        # half way to the next number is rounded to it, and that is no float any more
        for value in (largest + half, 2**top, 2**top + 1, 2 ** (top + 9)):
            with pytest.raises(mt.PiecewiseError):
                rounded(Fraction(sign * value), dtype)


def test_unknown_types_and_negative_roots_are_refused():
    assert rounded(Fraction(0), "float16") == rounded_sqrt(Fraction(0), "float16") == 0
    for ask in (
        lambda: rounded(Fraction(1), "float128"),
        lambda: rounded_sqrt(Fraction(1), "int8"),
        lambda: rounded_sqrt(Fraction(-1, 10**9), "float32"),
    ):
        with pytest.raises(mt.PiecewiseError):
            ask()


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("power", [-60, -21, 0, 7, 14])
def test_roots_that_are_nearly_ties(dtype, power):
    digits, _ = FORMATS[dtype]
    if dtype == "float16" and power < -10:
        return
    for k in range(5):
        # half way between two numbers
        tie = (2 ** (digits - 1) + k + Fraction(1, 2)) * Fraction(2) ** (power - digits)
        below, above = (tie + s * Fraction(2) ** (power - digits - 1) for s in (-1, 1))
        tiny = tie**2 / 10**80
        assert rounded_sqrt(tie**2 + tiny, dtype) == above
        assert rounded_sqrt(tie**2 - tiny, dtype) == below
        assert rounded_sqrt(tie**2, dtype) == (above if k % 2 else below)
        assert rounded_sqrt(below**2, dtype) == below


def test_exponents():
    for e in range(-9, 10):
        two = Fraction(2) ** e
        assert (
            _exponent(two)
            == _exponent(two * Fraction(5, 3))
            == _exponent(two * Fraction(999, 500))
            == e + 1
        )


def test_signs_beside_a_point():
    # x² grows on either side of 0, x³ as the side, and a constant not at all
    zero = Fraction(0)
    assert [sign_near((0, 0, 1), zero, side) for side in (-1, 1)] == [1, 1]
    assert [sign_near((0, 0, 0, 1), zero, side) for side in (-1, 1)] == [-1, 1]
    assert [sign_near((5,), zero, side) for side in (-1, 1)] == [0, 0]
    assert [sign_at_infinity(p, -1) for p in ((), (1,), (0, 1), (0, 0, -1))] == [0, 1, -1, -1]
