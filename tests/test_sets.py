"""Equality of functions, and the sets where functions or associated gradients differ."""

from __future__ import annotations

from fractions import Fraction

import pytest
from generators import functions
from hypothesis import HealthCheck, given, settings

import piecewise_mt as mt

x, y = mt.variables("x y")


def test_equal_as_functions():
    assert mt.equal(mt.max(x, y, ties="first"), mt.max(y, x, ties="last"))
    assert mt.equal(mt.relu(x) - mt.relu(-x), x)
    assert mt.equal(mt.abs(x), mt.max(x, -x))
    assert mt.equal(mt.max(x, y), x + mt.relu(y - x))
    assert mt.equal(mt.max(x, y).on(y, x), mt.max(x, y))
    assert not mt.equal(mt.abs(x), x)
    assert not mt.equal(x, y)
    assert not mt.equal(mt.relu(x - 10**9), 0)
    assert mt.equal(x - x, 0)
    assert mt.equal(mt.stack([x, mt.relu(x) - mt.relu(-x)]), mt.stack([x, x]))


def test_equal_of_constants_and_shapes():
    assert mt.equal(1, "1/2") is False
    assert mt.equal(1, 1)
    with pytest.raises(mt.ShapeError, match="the same shape"):
        mt.equal(mt.stack([x, y]), x)


def test_difference_set():
    d = mt.difference_set(mt.relu(x), x)
    assert str(d) == "{x < 0}"
    assert d.dimension == 1
    assert d.contains((-1,)) and not d.contains((0,)) and {"x": -2} in d
    assert str(mt.difference_set(mt.max(x, y), x)) == "{x < y}"
    empty = mt.difference_set(mt.abs(x), mt.max(x, -x))
    assert empty.is_empty and empty.dimension == -1 and len(empty) == 0 and str(empty) == "∅"
    assert empty.to_latex() == r"\emptyset"


def test_difference_that_is_no_union_of_strata():
    d = mt.difference_set(mt.relu(x), 1)
    assert not d.contains((1,)) and d.contains((Fraction(1, 2),)) and d.contains((-3,))
    assert sum(p.contains((Fraction(1, 2),)) for p in d) == 1


def test_zero_and_level_sets():
    assert str(mt.zero_set(mt.max(x, y) - x)) == "{x >= y}"
    assert mt.zero_set(mt.relu(x) + 1).is_empty
    level = mt.level_set(mt.abs(x), 2)
    assert level.dimension == 0 and len(level) == 2
    assert level.contains((2,)) and level.contains((-2,))
    both = mt.zero_set(mt.stack([mt.relu(x), mt.relu(-x)]))
    assert str(both) == "{x = 0}"
    assert mt.zero_set(mt.max(x, y) - x, "y >= 0").contains((0, 0))


def test_gradients_differ_on_a_null_set():
    first = mt.max(x, y, 0, ties="first").represent()
    last = mt.max(x, y, 0, ties="last").represent()
    d = mt.gradient_difference_set(first, last)
    assert d.dimension == 1
    assert str(d) == "{x = y > 0} ∪ {x = 0, y <= 0} ∪ {y = 0, x < 0}"
    for point, differs in [((1, 1), True), ((0, 0), True), ((0, -1), True), ((1, 0), False)]:
        assert d.contains(point) is differs
        assert (first.gradient(point) != last.gradient(point)) is differs


def test_gradients_of_free_ties_compare_by_name():
    f = mt.max(x, y)
    assert mt.gradient_difference_set(f.represent(), f.represent()).is_empty
    assert str(mt.gradient_difference_set(f.represent(), mt.max(y, x).represent())) == "{x = y}"


def test_gradients_in_another_order_of_variables():
    f = mt.max(2 * x, y, ties="first")
    assert mt.gradient_difference_set(f.represent(), f.on(y, x).represent()).is_empty
    d = mt.gradient_difference_set(f.represent("x >= 0"), (-f).on(y, x).represent("y <= 1"))
    assert d.contains((1, 1)) and not d.contains((-1, 1)) and not d.contains((1, 2))


def test_gradients_of_different_spaces_are_refused():
    with pytest.raises(mt.PiecewiseError, match="the same variables"):
        mt.gradient_difference_set(mt.relu(x).represent(), mt.relu(y).represent())
    with pytest.raises(mt.ShapeError, match="the same shape"):
        mt.gradient_difference_set(mt.relu(x).represent(), mt.stack([x, x]).represent())


@given(functions(max_layers=2, scalar=True))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_sets_are_disjoint_and_cover(f):
    g = f.reshape(())
    nonzero, zero = mt.difference_set(g, 0), mt.zero_set(g)
    a = len(f.variables)
    for point in [(Fraction(i, 2), Fraction(j, 2))[:a] for i in range(-2, 3) for j in range(-2, 3)]:
        value = g.value(point)
        assert sum(p.contains(point) for p in nonzero) == (value != 0)
        assert sum(p.contains(point) for p in zero) == (value == 0)


def test_gradients_of_stated_representations_differ_where_they_are_stated_to():
    x, y = mt.variables("x y")
    derived = mt.max(x, y, ties="first").represent()
    stated = mt.Representation(
        "y x", [("x > y", "x"), ("x < y", "y"), ("x = y", "x", ["1/2", "1/2"])]
    )
    assert str(mt.gradient_difference_set(derived, stated)) == "{x = y}"
    assert mt.gradient_difference_set(derived, derived.merged()).is_empty
    union = mt.Representation("x y", [(["x > 1", "x < -1"], "0"), ("-1 <= x <= 1", "0", [0, 1])])
    other = mt.Representation("x y", [(True, "0")], domain="x >= 0")
    assert str(mt.gradient_difference_set(union, other)) == "{0 <= x <= 1}"
    smooth = mt.square(mt.max(x, y)).represent()
    with pytest.raises(mt.Unsupported):
        mt.gradient_difference_set(smooth.merged(), stated)
