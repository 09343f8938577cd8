"""What is read as an exact number, and rows and arrays of them, by hand and against Fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import gcd

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.errors import InexactNumber, PiecewiseError, ShapeError, Unsupported
from piecewise_mt.exact.number_rows import (
    MOST_TRIED,
    fraction,
    normal_generator,
    normal_row,
    quotient,
)
from piecewise_mt.exact.numbers import (
    MAX_AXES,
    MAX_DIGITS,
    checked_index,
    common_denominator,
    exact,
    is_number,
    number_from_text,
    primitive,
    real_number,
    to_array,
    to_fraction,
    to_rational,
)
from piecewise_mt.exact.reading_numbers import algebraic

ROOT = algebraic(sympy.sqrt(2))
HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    "text, value",
    [
        ("0.1", Fraction(1, 10)),
        (" -1/3 ", Fraction(-1, 3)),
        ("+.5e-2", Fraction(1, 200)),
        ("7.", 7),
        ("0/5", 0),
        ("12E3", 12000),
        ("\t2 / 4\n", HALF),
        ("1" * MAX_DIGITS, int("1" * 2000) * (10**2000 + 1)),
    ],
)
def test_texts_that_are_numbers(text, value):
    assert number_from_text(text) == value == to_fraction(text)
    assert type(number_from_text(text)) is Fraction


@pytest.mark.parametrize(
    "text",
    ["", "1/0", "0/0", "1/-2", "1.5/2", "x", "1e12345", "１", "1_0", "--1", "1" * (MAX_DIGITS + 1)],
)
def test_texts_that_are_none(text):
    with pytest.raises(InexactNumber) as caught:
        number_from_text(text)
    # the message shows it, if it is not too long
    assert repr(text) in str(caught.value) or len(text) > 60
    assert len(str(caught.value)) < 300


def test_long_texts_and_other_things_are_shown_in_part():
    for limit in (60, 61):
        with pytest.raises(InexactNumber) as caught:
            number_from_text("x" * limit)
        assert ("x" * limit in str(caught.value)) == (limit == 60)
        assert ("x" * 59 + "…" in str(caught.value)) == (limit == 61)
    with pytest.raises(PiecewiseError, match=r"got \[1, 2\] of type list"):
        to_fraction([1, 2])


class Parts(Fraction):
    """A Fraction whose parts are NumPy's."""

    numerator = property(lambda self: np.int64(1))
    denominator = property(lambda self: np.int64(2))


@pytest.mark.parametrize(
    "given_value",
    [HALF, "1/2", sympy.Rational(1, 2), Decimal("0.5"), Parts(1, 2)],
)
def test_numbers_that_are_exact(given_value):
    found = to_fraction(given_value)
    assert type(found) is Fraction and found == HALF
    assert type(found.numerator) is type(found.denominator) is int
    assert is_number(given_value)


def test_whole_numbers_of_all_kinds():
    for value in (3, np.int8(3), sympy.Integer(3), Decimal(3), "3"):
        found = to_fraction(value)
        assert found == 3 and type(found.numerator) is int
    fraction_itself = Fraction(2, 3)
    assert to_fraction(fraction_itself) is fraction_itself
    for array in ([1], (1,), np.ones(1), sympy.ImmutableMatrix([[1]]), None):
        assert not is_number(array)


@pytest.mark.parametrize(
    "value, error",
    [
        (0.5, InexactNumber),
        (np.float32(1), InexactNumber),
        (sympy.Float(1), InexactNumber),
        (sympy.oo, InexactNumber),
        (-sympy.oo, InexactNumber),
        (sympy.zoo, InexactNumber),
        (sympy.nan, InexactNumber),
        (Decimal("nan"), InexactNumber),
        (Decimal("-inf"), InexactNumber),
        (sympy.pi, Unsupported),
        (sympy.Symbol("a"), Unsupported),
        (None, PiecewiseError),
        ([1], PiecewiseError),
        (1j, PiecewiseError),
    ],
)
def test_numbers_that_are_refused(value, error):
    with pytest.raises(error) as caught:
        to_fraction(value)
    assert caught.type is error
    if error is Unsupported:
        # symbols and numbers have each their own remedy
        assert ("substitute a number" in str(caught.value)) == bool(value.free_symbols)


def test_real_numbers_of_sympy():
    assert real_number(sympy.sqrt(2)) == sympy.sqrt(2) and real_number(sympy.Integer(2)) == 2
    unevaluated = sympy.Integral(sympy.Symbol("t"), (sympy.Symbol("t"), 0, 2))
    assert real_number(unevaluated) == 2
    for value, error in (
        (sympy.Float(0.5) * sympy.pi, InexactNumber),
        (sympy.Float(0.5) * sympy.I, InexactNumber),
        (sympy.oo, InexactNumber),
        (sympy.nan, InexactNumber),
        (sympy.I, Unsupported),
        (sympy.Symbol("z"), Unsupported),
    ):
        with pytest.raises(error):
            real_number(value)
    with pytest.raises(InexactNumber, match=r"got the float 0\.5;"):
        real_number(sympy.Float(0.5))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_dyadic_number_that_python_says(value):
    expected = sympy.Rational(*value.as_integer_ratio())
    assert exact(value) == expected == exact(np.float64(value))
    # SymPy's own, of more bits than that
    assert exact(sympy.Float(value, 40)) == expected


def test_arrays_of_floats_keep_their_nesting():
    assert exact([0.5, [1, -2.25]]) == [sympy.S.Half, [1, sympy.Rational(-9, 4)]]
    assert exact((True, "1/3")) == [1, sympy.Rational(1, 3)]
    found = exact(np.array([[0.5, 1.0], [2.0, -0.75]]))
    assert found.dtype == object and found.shape == (2, 2) and found[1, 1] == sympy.Rational(-3, 4)
    assert exact(np.zeros((2, 0))).shape == (2, 0) and exact(np.array(0.25)) == sympy.Rational(1, 4)
    assert exact(sympy.Matrix([[sympy.Float(0.5)]])) == [[sympy.S.Half]]
    assert exact(np.longdouble(1) + np.finfo(np.longdouble).eps) > 1
    assert exact(sympy.Float(3)) == 3 and exact(sympy.Float("-1e30", 50)) == -(10**30)
    assert exact(sympy.Float(0)) == 0 and exact([]) == []


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), np.float32("inf"), [0.0, float("nan")]]
)
def test_floats_that_are_not_finite_are_refused(value):
    with pytest.raises(InexactNumber, match="finite"):
        exact(value)


def test_other_things_are_no_floats():
    for value in (None, {1.0}, object()):
        with pytest.raises(PiecewiseError, match="expected a float or an array"):
            exact(value)
    for value in (None, {1}, object()):
        with pytest.raises(PiecewiseError, match="expected an array of exact numbers"):
            to_array(value)


def nested(depth, leaf):
    return nested(depth - 1, [leaf]) if depth else leaf


def test_lists_are_nested_as_deeply_as_arrays_of_numpy():
    assert to_array(nested(MAX_AXES, 1)) == ([1], (1,) * MAX_AXES)
    assert exact(nested(MAX_AXES, 0.5)) == nested(MAX_AXES, sympy.S.Half)
    for read in (to_array, exact):
        with pytest.raises(ShapeError, match="at most 64 axes"):
            read(nested(MAX_AXES + 1, 1))
    endless: list = []
    endless.append(endless)
    with pytest.raises(ShapeError):
        to_array(endless)


def test_entries_and_shapes_of_arrays():
    assert to_array(3) == ([3], ()) == to_array(np.array(3))
    assert to_array([]) == ([], (0,)) and to_array([[], []]) == ([], (2, 0))
    assert to_array([[1, "1/2"], (3, 4)]) == ([1, HALF, 3, 4], (2, 2))
    cube = np.arange(12).reshape(2, 3, 2)
    assert to_array(cube) == (list(range(12)), (2, 3, 2))
    assert to_array([cube[0], cube[1]]) == (list(range(12)), (2, 3, 2))
    assert to_array(sympy.Matrix([[1, 2], [3, sympy.S.Half]])) == ([1, 2, 3, HALF], (2, 2))
    assert to_array(sympy.zeros(0, 3)) == ([], (0, 3)) and to_array(np.zeros((0, 2))) == (
        [],
        (0, 2),
    )
    assert to_array(np.eye(2)) == ([1, 0, 0, 1], (2, 2))
    assert to_array([7], str) == (["7"], (1,))
    for ragged in ([1, [2]], [[1], [2, 3]]):
        with pytest.raises(ShapeError, match="rectangular"):
            to_array(ragged)
    for inexact in (np.array([0.5]), [0.5], np.array([[1.0, 0.25]])):
        with pytest.raises(InexactNumber):
            to_array(inexact)


fractions = st.lists(st.fractions(-4, 4, max_denominator=6), min_size=1, max_size=5)


@given(fractions)
def test_primitive_rows_are_positive_multiples(row):
    own = primitive(row)
    scale = common_denominator(row)
    assert all((c * scale).denominator == 1 for c in row)
    assert all(any((c * n).denominator != 1 for c in row) for n in range(1, scale))
    assert all(type(c) is int for c in own) and gcd(*own) == (1 if any(row) else 0)
    assert all(
        a * v == b * u for a, u in zip(row, own, strict=True) for b, v in zip(row, own, strict=True)
    )
    assert [(c > 0) - (c < 0) for c in own] == [(c > 0) - (c < 0) for c in row]
    assert primitive([c.numerator for c in row]) == tuple(
        c.numerator // (gcd(*(d.numerator for d in row)) or 1) for c in row
    )


def test_numbers_and_indices_go_there_and_back():
    assert to_rational(Fraction(-2, 6)) == sympy.Rational(-1, 3) and to_rational(4) == 4
    assert to_rational(ROOT) == sympy.sqrt(2)
    assert to_rational(np.int64(3)) == 3 and type(to_rational(np.int64(3))) is sympy.Integer
    assert checked_index(1) == 1 and checked_index(slice(2)) == slice(2)
    for index in (True, False):
        with pytest.raises(PiecewiseError):
            checked_index(index)
    assert quotient(1, 3) == Fraction(1, 3) and quotient(Fraction(1, 3), 2) == Fraction(1, 6)
    assert quotient(2, ROOT) == ROOT == quotient(ROOT, 1) and quotient(ROOT, ROOT) == 1
    assert fraction(3) == 3 and type(fraction(3)) is Fraction and fraction(ROOT) is ROOT


parts = st.tuples(st.integers(-3, 3), st.integers(-3, 3))
irrational_rows = st.lists(parts, min_size=1, max_size=4).map(
    lambda row: [a + b * ROOT for a, b in row]
)


def proportional(one, two):
    return all(
        a * d == b * c for a, b in zip(one, two, strict=True) for c, d in zip(one, two, strict=True)
    )


def sign(value):
    return (value > 0) - (value < 0)


@pytest.mark.parametrize("form", [normal_row, normal_generator])
@given(row=irrational_rows, a=st.integers(1, 3), below=st.integers(1, 3))
@settings(max_examples=60)
def test_normal_rows_depend_on_the_ray_alone(form, row, a, below):
    own = form(row)
    assert proportional(own, row) and list(map(sign, own)) == list(map(sign, row))
    assert form([(a + ROOT) * c / below for c in row]) == own == form(own)
    assert all(c.denominator == 1 for c in own)
    leading = [c for c in (row[1:] + row[:1] if form is normal_row else row) if c]
    if leading:
        # some variable's coefficient is whole; the first entry of a generator is
        places = [k for k, c in enumerate(row) if c]
        if form is normal_generator:
            places = places[:1]
        elif any(places):
            places = [k for k in range(len(row)) if row[k]]
        assert any(isinstance(own[k], int) for k in places)
    else:
        assert own == [0] * len(row)


@given(fractions)
def test_normal_rows_of_rational_numbers_are_primitive(row):
    assert tuple(normal_row(row)) == primitive(row) == tuple(normal_generator(row))


def test_the_simplest_of_short_rows_and_the_first_of_long_ones():
    # made whole at √2: (√2, 1, 2) has three products, so has (1, ...); fewer and smaller ones win
    assert normal_row([0, ROOT, 2]) == [0, 1, ROOT]
    assert normal_row([0, 2 + ROOT, 1]) == [0, 2 + ROOT, 1]
    assert normal_row([5, 0, 0]) == [1, 0, 0] and normal_row([]) == [] == normal_generator([])
    assert normal_row([ROOT, 0]) == [1, 0]
    assert normal_generator([0, -2 * ROOT, 4, 6]) == [0, -2, 2 * ROOT, 3 * ROOT]
    long = [0, 2 + ROOT, *[1] * MOST_TRIED]
    assert normal_row(long)[1] in (1, 2) and isinstance(normal_row(long)[1], int)
    short = long[:-1]
    assert normal_row(short) == short
    with pytest.raises(TypeError):
        normal_row([0, mt.variable("x")])
    with pytest.raises(TypeError):
        normal_row([0, ROOT, 0.5])
