"""The point of a hull nearest to zero, and membership in a hull, against enumeration."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.nearest_points import is_nearest, nearest_of, product
from piecewise_mt.exact.ordered_hulls import combination_or_separation
from piecewise_mt.exact.reading_numbers import algebraic

ROOT = algebraic(sympy.sqrt(2))
places = st.integers(-3, 3)
clouds = st.integers(1, 3).flatmap(
    lambda n: st.lists(st.tuples(*[places] * n), min_size=1, max_size=6)
)


def nearest_by_faces(points):
    """The least norm over all affinely independent subsets whose own nearest point is inside."""
    best = None
    points = sorted(set(points))
    for count in range(1, len(points[0]) + 2):
        for own in combinations(points, count):
            # 2·P Pᵀ w = λ 1, Σ w = 1
            gram = sympy.Matrix([[int(product(p, q)) for q in own] for p in own])
            ones = sympy.ones(1, count)
            system = sympy.Matrix.vstack(gram.row_join(ones.T), ones.row_join(sympy.zeros(1)))
            if system.det() == 0:
                continue
            weights = system.solve(sympy.Matrix([0] * count + [1]))[:count]
            if min(weights) < 0:
                continue
            x = [
                sum(w * p[j] for w, p in zip(weights, own, strict=True)) for j in range(len(own[0]))
            ]
            norm = sum(c * c for c in x)
            if best is None or norm < best[0]:
                best = norm, x
    return best[1]


@given(clouds)
@settings(max_examples=40, deadline=None)
def test_the_nearest_point_is_that_of_some_face(points):
    found = nearest_of(points)
    assert [Fraction(int(c.p), int(c.q)) for c in nearest_by_faces(points)] == list(found.point)
    assert all(w > 0 for w in found.weights) and sum(found.weights) == 1
    assert set(found.points) <= set(points) and len(set(found.points)) == len(found.points)
    assert found.point == tuple(
        sum(w * p[j] for w, p in zip(found.weights, found.points, strict=True))
        for j in range(len(points[0]))
    )
    assert is_nearest(found.point, points)


@given(clouds, st.integers(1, 2))
@settings(max_examples=150)
def test_nothing_nearer_is_left_out(points, times):
    """Over the field of √2, too: a scaled cloud has the scaled point."""
    found = nearest_of(points)
    factor = times + ROOT
    scaled = nearest_of([[factor * c for c in p] for p in points])
    assert list(scaled.point) == [factor * c for c in found.point]
    if any(found.point):
        twice = [2 * c for c in found.point]
        assert not is_nearest(twice, [*points, found.point])
    # the support of the nearest point is on the face where the product is least
    least = product(found.point, found.point)
    assert all(product(found.point, p) == least for p in found.points)


def test_nearest_points_of_few_points():
    assert nearest_of([(3, 4)]).weights == (1,)
    assert nearest_of([(0, 0), (1, 1)]).points == ((0, 0),)
    assert nearest_of([(-1, 0), (1, 0), (0, 5)]).point == (0, 0)
    assert nearest_of([(1, 1), (1, 1), (1, -1)]).point == (1, 0)
    assert is_nearest((0, 0), []) and not is_nearest((1, 0), [(0, 0)])
    assert product((1, 2), (3, 4)) == 11 and product((), ()) == 0


targets = st.integers(1, 3).flatmap(
    lambda n: st.tuples(
        st.tuples(*[places] * n), st.lists(st.tuples(*[places] * n), min_size=1, max_size=5)
    )
)


@given(targets, st.booleans())
@settings(max_examples=300)
def test_a_point_is_combined_or_separated(given_points, is_irrational):
    target, points = given_points
    scale = 1 + ROOT if is_irrational else 1
    target, points = [scale * c for c in target], [[scale * c for c in p] for p in points]
    weights, direction = combination_or_separation(target, points)
    if weights is not None:
        assert direction is None and len(weights) == len(points)
        assert all(w >= 0 for w in weights) and sum(weights) == 1
        for j, own in enumerate(target):
            assert sum(w * p[j] for w, p in zip(weights, points, strict=True)) == own
    else:
        height = product(direction, target)
        assert all(product(direction, p) < height for p in points)


def test_corners_edges_and_repeated_points():
    corners = [(0, 0), (2, 0), (0, 2), (2, 0)]
    for target, inside in (
        ((0, 0), True),
        ((1, 1), True),
        ((1, 0), True),
        ((2, 1), False),
        ((-1, 0), False),
    ):
        weights, direction = combination_or_separation(target, corners)
        assert (weights is not None) == inside == (direction is None)
    half = Fraction(1, 2)
    assert combination_or_separation([half], [[0], [1]])[0] == [half, half]
    assert combination_or_separation([], [[], []])[0] in ([1, 0], [0, 1])
