"""Sets of points of a function have its order of the variables, whichever engine finds them."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y = mt.variables("x y")
NAMED = {
    "flat": abs(y - 3 + 2 * x) + abs(x - 1),
    "curved": abs(y * y - 4 + x) * mt.relu(x),
    "without a kink": y * y - 4 + x,
}
HALVES = [Fraction(k, 2) for k in range(-8, 9)]


@pytest.mark.parametrize("f", NAMED.values(), ids=NAMED)
def test_a_set_is_in_the_order_of_the_function(f):
    f = f.on(y, x)
    sets = {
        0: mt.zero_set(f),
        1: mt.level_set(f, 1),
        2: mt.decision_boundary(f, 2 + 0 * x),
    }
    unequal = mt.difference_set(f, 0 * x + 1)
    assert {own.names for own in (*sets.values(), unequal)} == {("y", "x")}
    for point in itertools.product(HALVES, repeat=2):
        value = f.value(point)
        for level, own in sets.items():
            assert own.contains(point) == (value == level)
        assert unequal.contains(point) == (value != 1)


def test_minima_and_sublevels_are_in_the_order_of_the_function():
    f = NAMED["flat"].on(y, x)
    assert mt.argmin(f).names == mt.sublevel_set(f, 1).names == ("y", "x")
    assert mt.argmin(f).contains((1, 1)) and mt.argmin(f).contains(mt.infimum_report(f).point)
    assert mt.sublevel_set(f, 1).contains((2, 1))
    assert not mt.sublevel_set(f, 1).contains((1, 3))


@settings(max_examples=30, deadline=None)
@given(
    st.permutations(["x", "y", "z"]),
    st.lists(st.integers(-2, 2), min_size=3, max_size=3),
    st.booleans(),
)
def test_random_orders(names, slopes, is_curved):
    z = mt.variable("z")
    inner = slopes[0] * x + slopes[1] * y * (y if is_curved else 1) + slopes[2] * z - 1
    f = mt.relu(inner).on(*names)
    found = mt.zero_set(f)
    assert list(found.names) == names
    for point in itertools.product((-1, 0, 2), repeat=3):
        assert found.contains(point) == (f.value(point) == 0)


def test_a_parameter_that_is_made_a_variable_stays_one():
    w = mt.parameter("w")
    f = mt.relu(w * x).on(x, w)
    found = mt.level_set(f, 2)
    assert found.names == ("x", "w")
    assert found.contains((2, 1)) and not found.contains((1, 1))
