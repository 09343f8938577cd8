"""Stationary points, infima, convexity, monotonicity, the number of linear pieces."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import values_at

x, y, t = mt.variables("x y t")
calm = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
coordinate = st.fractions(min_value=-3, max_value=3, max_denominator=4)
BOX = {"x1": (-2, 2), "x2": (-2, 2)}


def value(f, names, point):
    return values_at(f, names, point)[0]


def box(f):
    return {name: BOX[name] for name in (v.name for v in f.variables)}


@given(functions(max_layers=2, scalar=True), st.data())
@calm
def test_critical_points_are_where_zero_is_in_the_hull(f, data):
    f = f[0]
    names = [v.name for v in f.variables]
    critical = mt.critical_points(f)
    point = [data.draw(coordinate) for _ in names]
    inside = [e for e in critical.strata if e.stratum.polyhedron.contains(point)]
    assert bool(inside) == f.at(point).is_stationary
    for entry in critical.strata:
        assert entry.certificate.holds([[0] * len(names)])
        centre = entry.stratum.point
        step = Fraction(1, 10**6)
        around = [
            value(f, names, [c + step * data.draw(st.integers(-3, 3)) for c in centre])
            for _ in range(6)
        ]
        here = value(f, names, centre)
        if entry.kind in ("local minimum", "locally constant"):
            assert min(around) >= here
        if entry.kind in ("local maximum", "locally constant"):
            assert max(around) <= here
    for entry in critical.spurious:
        assert entry.certificate.holds([[0] * len(names)], f.at(entry.stratum.point).bouligand)


def test_kinds():
    assert [str(e.kind) for e in mt.critical_points(abs(x) - abs(y)).strata] == ["neither"]
    assert [str(e.kind) for e in mt.critical_points(-abs(x) - abs(y)).strata] == ["local maximum"]
    relu = mt.critical_points(mt.relu(x))
    assert [(str(e.stratum.polyhedron), str(e.kind)) for e in relu.strata] == [
        ("x < 0", "locally constant"), ("x = 0", "local minimum"),
    ]  # fmt: skip
    assert len(relu.minima) == 2 and len(relu.maxima) == 1 and not relu.others


def test_spurious_minimum_of_backpropagation():
    # relu'(0) = 0 twice, on the whole line x + y = 0
    f = mt.relu(x + y, at_zero=0) - mt.relu(-x - y, at_zero=0)
    critical = mt.critical_points(f)
    assert not critical.strata
    assert [str(e.stratum.polyhedron) for e in critical.spurious] == ["x + y = 0"]


@given(functions(max_layers=2, scalar=True), st.data())
@calm
def test_infimum_is_a_bound_that_is_attained(f, data):
    f = f[0]
    names = [v.name for v in f.variables]
    lowest = mt.infimum(f, box(f))
    where = mt.argmin(f, box(f))
    assert not where.is_empty  # a box is compact
    assert value(f, names, next(iter(where)).witness()) == lowest
    point = [max(-2, min(2, data.draw(coordinate))) for _ in names]
    assert value(f, names, point) >= lowest
    assert where.contains(point) == (value(f, names, point) == lowest)


@given(functions(max_layers=2, scalar=True), st.data())
@calm
def test_sublevel_sets_hold_the_right_points(f, data):
    f = f[0]
    names = [v.name for v in f.variables]
    level = data.draw(coordinate)
    point = [data.draw(coordinate) for _ in names]
    assert mt.sublevel_set(f, level).contains(point) == (value(f, names, point) <= level)


@given(functions(max_layers=2, scalar=True), st.data())
@calm
def test_convexity_and_its_refutation(f, data):
    f = f[0]
    names = [v.name for v in f.variables]
    verdict = mt.is_convex(f)
    if verdict:
        p, q = ([data.draw(coordinate) for _ in names] for _ in range(2))
    else:
        p, q = ([Fraction(str(v)) for v in end] for end in verdict.segment)
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    above = 2 * value(f, names, middle) > value(f, names, p) + value(f, names, q)
    assert above == (not verdict)


@given(functions(max_layers=2, scalar=True), st.data())
@calm
def test_monotonicity_and_its_refutation(f, data):
    f = f[0]
    names = [v.name for v in f.variables]
    verdict = mt.is_monotone(f)
    if verdict:
        p = [data.draw(coordinate) for _ in names]
        q = [v + abs(data.draw(coordinate)) for v in p]
    else:
        p, q = ([Fraction(str(v)) for v in end] for end in verdict.segment)
    assert all(a <= b for a, b in zip(p, q, strict=True))
    assert (value(f, names, p) > value(f, names, q)) == (not verdict)


@given(functions(max_variables=1, max_layers=2, scalar=True))
@calm
def test_linear_pieces_on_the_line_are_slopes_that_change(f):
    f = f[0]
    cells = [s for s in f.strata() if s.dimension == 1]
    cells.sort(key=lambda s: s.point)
    slopes = [f.at(s.point).lexicographic()[0] for s in cells]
    assert mt.linear_pieces(f) == 1 + sum(a != b for a, b in zip(slopes, slopes[1:]))


def test_pieces_that_touch_in_a_point_are_two():
    # slope (0, 0) on two opposite quadrants
    f = mt.relu(mt.min(x, y)) - mt.relu(mt.min(-x, -y))
    zero = [
        s for s in f.strata() if s.dimension == 2 and f.at(s.point).lexicographic().is_zero_matrix
    ]
    assert len(zero) >= 2
    assert mt.linear_pieces(f) == 6


def test_decision_boundary_and_errors():
    boundary = mt.decision_boundary(mt.max(x, y), x)
    assert boundary.contains((1, 1)) and not boundary.contains((0, 1))
    assert (mt.infimum(mt.relu(x) - x), mt.infimum(x + 0)) == (0, -sympy.oo)
    assert mt.argmin(x + 0).is_empty
    for ask in (mt.critical_points, mt.is_convex, mt.infimum):
        with pytest.raises(mt.ShapeError, match="scalar function"):
            ask(mt.stack([x, y]))
    with pytest.raises(mt.UnknownVariable):
        mt.is_monotone(mt.relu(x), y)
