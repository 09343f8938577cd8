"""Bowls, slopes and copositive forms: against minors, gradients and Hadeler's criterion."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, combinations_with_replacement, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.bowls import Bowl, shape_along
from piecewise_mt.exact.copositive import descent, negative_ray
from piecewise_mt.exact.quadratics import Quadratic, dot

F = Fraction
few = st.integers(-2, 2)


def determinant(matrix):
    if not matrix:
        return 1
    return sum(
        (-1) ** j * c * determinant([row[:j] + row[j + 1 :] for row in matrix[1:]])
        for j, c in enumerate(matrix[0])
        if c
    )


def minor(matrix, rows, columns):
    return determinant([[matrix[i][j] for j in columns] for i in rows])


def is_semidefinite(matrix):
    n = len(matrix)
    return all(
        minor(matrix, own, own) >= 0 for k in range(1, n + 1) for own in combinations(range(n), k)
    )


def rank(rows):
    rows = [[F(v) for v in row] for row in rows]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot is not None:
            rows[found], rows[pivot] = rows[pivot], rows[found]
            for i in range(found + 1, len(rows)):
                factor = rows[i][column] / rows[found][column]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[found])]
            found += 1
    return found


def is_copositive(matrix):
    """K. P. Hadeler, "On copositive matrices", 1983: by principal minors and adjoints."""
    n = len(matrix)
    for k in range(1, n + 1):
        for own in combinations(range(n), k):
            if minor(matrix, own, own) >= 0:
                continue
            cofactors = [
                (-1) ** (i + j) * minor(matrix, own[:i] + own[i + 1 :], own[:j] + own[j + 1 :])
                for i in range(k)
                for j in range(k)
            ]
            if all(c >= 0 for c in cofactors):
                return False
    return True


def symmetric(entries, n):
    matrix = [[0] * n for _ in range(n)]
    for (i, j), v in zip(combinations_with_replacement(range(n), 2), entries):
        matrix[i][j] = matrix[j][i] = v
    return matrix


squares = st.integers(1, 3).flatmap(lambda n: st.tuples(
    st.lists(few, min_size=n * (n + 1) // 2, max_size=n * (n + 1) // 2), st.just(n)
)).map(lambda own: symmetric(*own))  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(squares, st.data())
def test_shapes_along_subspaces(matrix, data):
    n = len(matrix)
    linear = data.draw(st.lists(few, min_size=n, max_size=n))
    directions = data.draw(st.lists(st.tuples(*[few] * n), max_size=n))
    if rank(directions) < len(directions):
        return
    q = Quadratic(F(0), tuple(map(F, linear)), tuple(tuple(map(F, row)) for row in matrix))
    own = [[q.curvature(a, b) for b in directions] for a in directions]
    found = shape_along(q, directions)
    if not isinstance(found, Bowl):
        assert q.curvature(found, found) < 0 and rank([*directions, found]) == len(directions)
        assert not is_semidefinite(own)
        return
    assert is_semidefinite(own)
    both = [*found.rising, *found.flat]
    assert len(both) == len(directions) == rank([*directions, *both])
    assert all(q.curvature(d, d) > 0 for d in found.rising)
    assert all(q.curvature(a, b) == 0 for a, b in combinations(found.rising, 2))
    assert all(q.curvature(z, d) == 0 for z in found.flat for d in directions)
    point = tuple(map(F, data.draw(st.lists(few, min_size=n, max_size=n))))
    slope, gradient = found.slope(q, point), q.gradient(point)
    level = all(dot(gradient, z) == 0 for z in found.flat)
    assert (slope is None) == level
    lowest = found.lowest_from(q, point)
    if level:
        there = q.gradient(lowest)
        assert all(dot(there, d) == 0 for d in directions)
        assert rank([*directions, [a - b for a, b in zip(lowest, point)]]) == len(directions)
    else:
        assert lowest is None and dot(gradient, slope) < 0
        assert any(slope in (z, tuple(-v for v in z)) for z in found.flat)


def require_ray(matrix):
    ray = negative_ray(matrix)
    if is_copositive(matrix):
        assert ray is None
    else:
        n = len(matrix)
        assert len(ray) == n and min(ray) >= 0
        assert sum(matrix[i][j] * ray[i] * ray[j] for i in range(n) for j in range(n)) < 0


def test_all_small_forms_in_two_variables():
    for entries in product(range(-2, 3), repeat=3):
        require_ray(symmetric(entries, 2))
    for v in (-1, 0, 1):
        require_ray([[v]])
    assert negative_ray([]) is None


@settings(max_examples=80, deadline=None)
@given(st.lists(few, min_size=6, max_size=6))
def test_forms_in_three_variables(entries):
    require_ray(symmetric(entries, 3))


def test_the_horn_matrix():
    # copositive, and no sum of one that is semidefinite and one that is not negative
    row = [1, -1, 1, 1, -1]
    horn = [[row[(j - i) % 5] for j in range(5)] for i in range(5)]
    assert negative_ray(horn) is None and is_copositive(horn)
    for i in range(5):
        lower = [list(own) for own in horn]
        lower[i][i] = F(99, 100)
        require_ray(lower)


@settings(max_examples=60, deadline=None)
@given(squares, st.data())
def test_descents_from_the_apex(matrix, data):
    n = len(matrix)
    slope = data.draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n))
    rays = data.draw(st.lists(st.tuples(*[few] * n).filter(any), max_size=3))
    found = descent(slope, matrix, rays)
    rises = [dot(slope, r) for r in rays]
    q = Quadratic.form_of(matrix)
    level = [r for r, rise in zip(rays, rises) if rise == 0]
    falls = any(rise < 0 for rise in rises)
    bends = not is_copositive([[q.curvature(a, b) for b in level] for a in level])
    assert (found is None) == (not falls and not bends)
    if found is not None:
        rise = dot(slope, found)
        assert rise < 0 or (rise == 0 and q.curvature(found, found) < 0)
        if rise < 0:
            assert found in rays


def test_descents_by_hand():
    bowl, saddle = [[2, 0], [0, 2]], [[0, 1], [1, 0]]
    axes = [(1, 0), (0, 1)]
    for slope in ((0, 0), (1, 0), (F(1, 2), 0), (F(1, 3), F(1, 9))):
        assert descent(slope, bowl, axes) is None and descent(slope, saddle, axes) is None
    assert descent((1, F(-1, 9)), bowl, axes) == (0, 1)
    x, y = descent((0, 0), saddle, [(1, 0), (0, -1)])
    assert x > 0 > y
    # the saddle falls along no level ray
    assert (
        descent((0, 1), saddle, [(1, 0), (0, 1)])
        is descent((0, -1), saddle, [(1, 0), (0, -1)])
        is None
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_affine_falls_for_ever(sign):
    q = Quadratic(F(0), (F(sign), F(0)), ((F(0), F(0)), (F(0), F(2))))
    shape = shape_along(q, [(1, 0), (0, 1)])
    assert shape == Bowl(((0, 1),), ((1, 0),))
    assert shape.slope(q, (3, 4)) == (-sign, 0) and shape.lowest_from(q, (3, 4)) is None
    # along y it has a lowest point
    along = shape_along(q, [(0, 1)])
    assert along.slope(q, (3, 4)) is None and along.lowest_from(q, (3, 4)) == (3, 0)


@pytest.mark.parametrize("slope", [(0, 0), (1, 0), (-1, 0)])
def test_a_cone_without_rays(slope):
    assert descent(slope, [[-1, 0], [0, -1]], []) is None
