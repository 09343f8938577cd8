"""Where the associated gradients of two tie rules differ, if pieces are curved.

Oracle: the gradients themselves, at exact points of a grid, many of which lie on ties.
"""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

GRID = [Fraction(n, 2) for n in range(-4, 5)]


def grid(names):
    return (dict(zip(names, p, strict=True)) for p in itertools.product(GRID, repeat=len(names)))


def assert_is_where_they_differ(f, g):
    found = mt.gradient_difference_set(f, g)
    names = f.represent().names
    for point in grid(names):
        assert found.contains(point) == (f.gradient(point) != g.gradient(point)), point


def test_two_rules_at_zero_differ_on_the_cross_without_its_centre():
    w, x = mt.variables("w x")
    zero, one = (mt.relu(w * x, at_zero=z) for z in (0, 1))
    assert str(mt.gradient_difference_set(zero, one)) == "{w = 0, x != 0} ∪ {x = 0, w != 0}"
    assert_is_where_they_differ(zero, one)
    assert mt.gradient_difference_set(zero, zero).is_empty


def loss(at_zero, data=((-1, 1), (2, 2))):
    b, v, w, x = mt.variables("b v w x")
    network = v * mt.relu(w * x + b, at_zero=at_zero)
    return sum(mt.abs(network.subs({x: a}) - c, at_zero=0) for a, c in data)


def test_the_loss_of_one_neuron_on_two_points():
    """In all weights: 25 strata (the worked case s03), and the set where R'(0) matters."""
    assert loss(0).strata().f_vector == (0, 4, 12, 9)
    assert_is_where_they_differ(loss(0), loss(1))


def test_the_loss_in_weights_and_data():
    b, v, w, x = mt.variables("b v w x")
    f, g = (mt.abs(v * mt.relu(w * x + b, at_zero=z) - 1, at_zero=0) for z in (0, 1))
    rep = f.represent()
    assert sorted(rep.names) == ["b", "v", "w", "x"]
    found = mt.gradient_difference_set(f, g)
    for point in itertools.product((-1, 0, 1), repeat=4):
        at = dict(zip("bvwx", point, strict=True))
        assert found.contains(at) == (f.gradient(at) != g.gradient(at))


small = st.integers(-2, 2)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(small, small, small, small), min_size=1, max_size=2), small)
def test_random_quadratics_under_two_rules(rows, c):
    x, y = mt.variables("x y")

    def f(**rule):
        total = c * x + 0 * y
        for p, q, r, s in rows:
            total = total + mt.max(p * x * y + q * x, r * x * x + s * y, **rule)
        return total

    first, last = f(ties="first").on(x, y), f(ties="last").on(x, y)
    found = mt.gradient_difference_set(first, last)
    for a, b in itertools.product(GRID[1:-1:2], repeat=2):
        assert found.contains({"x": a, "y": b}) == (first.gradient((a, b)) != last.gradient((a, b)))


def test_gradients_that_are_no_polynomials_are_refused():
    x, y = mt.variables("x y")
    f, g = (mt.relu(x * y, at_zero=z) * mt.exp(x) for z in (0, 1))
    with pytest.raises(mt.Unsupported, match="polynomials here"):
        mt.gradient_difference_set(f, g)
