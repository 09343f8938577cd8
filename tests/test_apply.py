"""A stated representation as a node: composition by Theorem 1."""

from __future__ import annotations

import pytest
from generators import functions, points
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

MAX2 = [("a > b", "a"), ("a < b", "b"), ("a = b", "2*a - b")]


def test_a_typed_in_max_behaves_as_the_built_in_one():
    v = mt.Representation("a b", MAX2, of=mt.max(*mt.variables("a b")))
    x, y = mt.variables("x y")
    f = mt.apply(v, x + y, 2 * x)
    assert mt.equal(f, mt.max(x + y, 2 * x))
    rep = f.represent()
    assert [str(p.polyhedron) for p in rep] == ["x < y", "x > y", "x = y"]
    assert list(rep.gradient((1, 1))) == [0, 2]  # 2*(x + y) - 2*x
    assert f.strata().f_vector == (0, 1, 2)
    deep = mt.apply(v, mt.relu(f), f - 1)
    assert mt.equal(deep, mt.max(mt.relu(mt.max(x + y, 2 * x)), mt.max(x + y, 2 * x) - 1))


@given(functions(max_layers=2), st.data())
@settings(max_examples=40)
def test_applying_a_derived_representation_is_the_function(f, data):
    rep = f.represent()
    if any(piece.gradient.free_symbols for piece in rep):
        return
    g = mt.apply(rep, *f.variables)
    assert g.shape == f.shape and mt.equal(g.reshape(-1), f.reshape(-1))
    for _ in range(3):
        point = tuple(data.draw(points) for _ in f.variables)
        assert g.gradient(point) == f.gradient(point) == g.represent().gradient(point)


def test_bad_input():
    wrong = mt.Representation(
        "a b", [("a > b", "b"), ("a <= b", "a")], of=mt.max(*mt.variables("a b"))
    )
    v = mt.Representation("a b", MAX2)
    x = mt.variable("x")
    half = mt.Representation("t", [("t >= 0", "t")], domain="t >= 0")
    free = mt.relu(x).represent()
    for call in (
        lambda: mt.apply(wrong, x, x),
        lambda: mt.apply(v, x),
        lambda: mt.apply(v),
        lambda: mt.apply(half, x),
        lambda: mt.apply(free, x),
    ):
        with pytest.raises(mt.PiecewiseError, match="expected"):
            call()
