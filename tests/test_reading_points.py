"""Points as somebody gives them, rational or not, in the order of the variables or by name."""

from fractions import Fraction

import numpy
import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.errors import PiecewiseError, UnknownVariable
from piecewise_mt.geometry.points import (
    by_name,
    in_order,
    is_irrational,
    is_real,
    on_text,
    read_coordinates,
    read_point,
    variable_name,
)

x, y = mt.variables("x y")
NAMES = ("x", "y")


def test_points_in_order_and_by_name():
    half = Fraction(1, 2)
    for point in (
        ("1/2", 2),
        ["0.5", 2],
        {"y": 2, "x": half},
        {y: 2, sympy.Symbol("x"): "1/2"},
        iter((half, 2)),
    ):
        assert read_point(point, NAMES) == [half, 2]
    for array in (numpy.array([3, 2]), numpy.array([[3], [2]])):
        assert read_point(array, NAMES) == [3, 2]
    for point in ("1/2", half, sympy.Rational(1, 2), (half,), {"x": "0.5"}):
        assert read_point(point, ("x",)) == [half]
        assert read_coordinates(point, ("x",)) == [half]
    assert in_order("12", ("x",)) == ["12"] and in_order(7, ("x",)) == [7]
    assert in_order(sympy.pi, ("x",)) == [sympy.pi] and in_order((1, 2), NAMES) == [1, 2]
    assert in_order({"y": 1, "x": 2}, NAMES) == [2, 1] and in_order({"y": 1}, NAMES) == []


def test_points_that_are_refused():
    for point in ((1,), (1, 2, 3), (), 5, "12", (sympy.pi, 1, 2), (sympy.sqrt(2),), sympy.pi):
        for read in (read_point, read_coordinates):
            with pytest.raises(PiecewiseError, match="expected a point with 2 coordinates"):
                read(point, NAMES)
    for point, told in (
        ({"x": 1}, r"no value for \['y'\]"),
        ({"x": sympy.pi}, r"no value for \['y'\]"),
        ({"x": 1, "y": 2, "z": 3}, r"the unknown \['z'\]"),
        ({x: 1, "x": 2, y: 0}, "one value for x, got two"),
    ):
        for read in (read_point, read_coordinates):
            with pytest.raises(UnknownVariable, match=told):
                read(point, NAMES)
    with pytest.raises(UnknownVariable, match="a variable or its name, got int"):
        by_name({3: 1})


def test_irrational_coordinates():
    root, pi = sympy.sqrt(2), sympy.pi
    assert [str(v) for v in read_coordinates((root, 1), NAMES)] == ["sqrt(2)", "1"]
    one, two = read_coordinates({"y": pi, "x": "1/3"}, NAMES)
    assert one == Fraction(1, 3) and str(two) == "pi"
    for value, real, irrational in (
        (root, True, True), (pi, True, False), (sympy.E + root, True, False),
        (sympy.Rational(1, 2), False, False), (sympy.Float(0.5), False, False),
        (sympy.I, False, False), (sympy.Symbol("x"), False, False), (1.5, False, False),
    ):  # fmt: skip
        assert (is_real(value), is_irrational(value)) == (real, irrational)
        assert type(is_real(value)) is bool


def test_names_and_how_their_order_is_chosen():
    assert variable_name("a") == variable_name(sympy.Symbol("a")) == variable_name(mt.variable("a"))
    with pytest.raises(UnknownVariable):
        variable_name(x + y)
    names = [f"x{i}" for i in range(9)]
    assert on_text(names[:8]) == f"f.on({', '.join(names[:8])})" and on_text(names) == "f.on(…)"
