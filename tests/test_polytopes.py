"""Hulls of points: vertices, facets and membership, against each other and by brute force."""

import builtins
import random
from fractions import Fraction
from itertools import combinations, product

import pytest

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.linear import echelon, kernel
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.polytope import (
    Combination,
    Polytope,
    Separation,
    dot,
    locate,
    outermost,
)

SETS = [
    [(0,)],
    [(-1,), (3,), (2,), (3,)],
    [(0, 0), (0, 0)],
    [(0, 0), (2, 1), (4, 2)],  # three on a line
    [(0, 0), (1, 0), (0, 1), (1, 1), (Fraction(1, 2), 0), (Fraction(1, 2), Fraction(1, 3))],
    [(5, 5), (-5, 5), (0, -5), (0, 0)],
    [(1, 0, 0), (0, 1, 0), (0, 0, 1)],  # a triangle in space
    [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1), (0, 0, 0)],
    [(*p, 3) for p in product((0, Fraction(2, 3)), repeat=2)],
    list(product((0, 1), repeat=3)),
    [(Fraction(1, 3), 0, 1), (0, Fraction(1, 7), 1), (Fraction(-5, 2), 2, 2)],
]


def rank(rows):
    return len(echelon([primitive(row) for row in rows]))


def affine_rank(points):
    return rank([[a - b for a, b in zip(p, points[0], strict=True)] for p in points])


def half_spaces(points):
    """The facets by trial: through points of one dimension less, with all on one side."""
    dimension = affine_rank(points)
    width = len(points[0])
    flat = kernel(
        [primitive([0, *(a - b for a, b in zip(p, points[0], strict=True))]) for p in points],
        width + 1,
    )
    across = [row[1:] for row in flat if any(row[1:])]
    found = set()
    for chosen in combinations(dict.fromkeys(points), dimension):
        if dimension == 0 or affine_rank(chosen) != dimension - 1:
            continue
        # of the normals of these the one along the affine hull
        rows = [primitive([0, *(a - b for a, b in zip(p, chosen[0], strict=True))]) for p in chosen]
        rows += [[0, *row] for row in across]
        (normal,) = (row[1:] for row in kernel(rows, width + 1) if any(row[1:]))
        for sign in (1, -1):
            heights = [sign * sum(c * v for c, v in zip(normal, p)) for p in points]
            top = sign * sum(c * v for c, v in zip(normal, chosen[0]))
            if max(heights) == top:
                found.add((tuple(sign * c for c in normal), top))
    return found


def is_in(points, sides, target):
    """By the half-spaces and the affine hull."""
    return affine_rank([*points, target]) == affine_rank(points) and all(
        dot(normal, target) <= top for normal, top in sides
    )


@pytest.mark.parametrize("points", SETS)
def test_hulls_against_half_spaces(points):
    hull = Polytope(points)
    sides = half_spaces(points)
    assert hull.dimension == affine_rank(points)
    assert hull.points == tuple(dict.fromkeys(tuple(map(Fraction, p)) for p in points))
    # a vertex is on so many facets that nothing else is
    for point in hull.points:
        others = [p for p in hull.points if p != point]
        extreme = not others or not is_in(others, half_spaces(others), point)
        assert (point in hull.vertices) == extreme
    assert list(hull.vertices) == sorted(hull.vertices)

    facets = hull.facets
    assert len(facets.inequalities) == len(sides)
    assert len(facets.equations) == len(points[0]) - hull.dimension
    for normal, value in facets.equations:
        assert any(normal) and all(dot(normal, p) == value for p in points)
    assert not facets.equations or rank([n for n, _ in facets.equations]) == len(facets.equations)
    cut = {frozenset(p for p in hull.points if dot(n, p) == top) for n, top in sides}
    for normal, top in facets.inequalities:
        assert max(dot(normal, p) for p in points) == top
        assert frozenset(p for p in hull.points if dot(normal, p) == top) in cut
    assert len({n for n, _ in facets.inequalities}) == len(sides)


@pytest.mark.parametrize("points", SETS)
def test_membership_with_certificates(points):
    hull = Polytope(points)
    sides = half_spaces(points)
    draw = random.Random(str(points))
    width = len(points[0])
    centre = tuple(sum(Fraction(p[i]) for p in points) / len(points) for i in range(width))
    targets = [*hull.points, centre]
    for point in points:
        targets.append(tuple((a + b) / 2 for a, b in zip(point, centre, strict=True)))
        targets.append(tuple(2 * a - b for a, b in zip(point, centre, strict=True)))
    targets += [tuple(Fraction(draw.randint(-3, 6), 3) for _ in range(width)) for _ in range(10)]
    for target in targets:
        inside = is_in(points, sides, target)
        assert hull.contains(target) is inside
        for found in (
            hull.certificate(target),
            locate(tuple(map(Fraction, target)), hull.points[:1], hull.furthest),
        ):
            if inside:
                assert isinstance(found, Combination)
                assert sum(found.weights) == 1 and min(found.weights) > 0
                assert set(found.points) <= set(hull.points)
                assert len(set(found.points)) == len(found.points)
                for i, value in enumerate(target):
                    pairs = zip(found.points, found.weights, strict=True)
                    assert sum(w * p[i] for p, w in pairs) == value
            else:
                assert isinstance(found, Separation)
                assert found.value == dot(found.direction, target) > found.bound
                assert found.bound >= max(dot(found.direction, p) for p in points)


def test_what_is_furthest():
    hull = Polytope([(0, 0), (2, 0), (0, Fraction(1, 2)), (2, 0), (1, 0)])
    assert hull.furthest((1, 0)) == (2, 0)
    assert hull.furthest((Fraction(-1, 2), 0)) == (0, 0)  # the first of two
    assert hull.furthest((0, 5)) == (0, Fraction(1, 2))
    assert hull.is_furthest_alone(1, (1, 0)) and not hull.is_furthest_alone(0, (-1, 0))
    assert not hull.is_furthest_alone(3, (1, 0))
    with pytest.raises(PiecewiseError, match="at least one point, got none"):
        Polytope([])


@pytest.mark.parametrize("count", [60, 150])
def test_many_points(count):
    """A sphere's integer points and their midpoints, where the filter helps; oracle first."""
    draw = random.Random(count)
    corners = [p for p in product(range(-3, 4), repeat=3) if sum(v * v for v in p) == 9]
    inner = [
        tuple(Fraction(a + b, 2) for a, b in zip(*draw.sample(corners, 2))) for _ in range(count)
    ]
    points = [*corners, *inner]
    draw.shuffle(points)
    hull = Polytope(points)
    assert hull.vertices == tuple(sorted(corners))
    assert hull.contains((1, 1, 1)) and hull.contains((2, 2, 1)) and not hull.contains((2, 2, 2))
    assert not hull.contains((3, 0, Fraction(1, 10**6)))


def test_the_filter_proves_vertices_alone(monkeypatch):
    numpy = pytest.importorskip("numpy")
    grid = list(product(range(-2, 3), repeat=2))
    corners = {grid.index(p) for p in product((-2, 2), repeat=2)}
    assert outermost(grid) == corners
    octahedron = [tuple(s * int(i == j) for j in range(3)) for i in range(3) for s in (1, -1)]
    assert outermost([*octahedron, (0, 0, 0)]) == set(range(6))
    # so close to an edge that floats may not tell
    close = [(2**60, 0), (-(2**60), 0), (0, 1), (0, -1)]
    assert outermost(close) <= {0, 1, 2, 3}
    nearly = [(10**20, 10**20), (-(10**20), -(10**20)), (1, 0), (-1, 0)]
    assert outermost(nearly) <= {0, 1, 2, 3}
    # more than one block of points
    many = [(a, b) for a in range(-10, 11) for b in range(-10, 11)]
    assert {many[i] for i in outermost(many)} == {(-10, -10), (-10, 10), (10, -10), (10, 10)}
    # repeated points are not furthest alone; zeros are nowhere
    assert outermost([(1, 0), (1, 0), (-2, 0)]) == {2}
    assert outermost([(0, 0), (0, 0)]) == set()
    # a direction that is far from every point: only the covariance turns it
    sheared = [(a + 50 * b, b) for a in (-1, 1) for b in (-1, 1)]
    assert outermost(sheared) == {0, 1, 2, 3}

    def fails(*_, **__):
        raise numpy.linalg.LinAlgError("no inverse")

    monkeypatch.setattr(numpy.linalg, "pinv", fails)
    assert outermost(grid) == corners
    real = builtins.__import__

    def without(name, *given, **named):
        if name == "numpy":
            raise ImportError(name)
        return real(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert outermost(grid) == set()


def test_scalar_products():
    assert dot((), ()) == 0 and dot((1, Fraction(1, 2)), (3, 4)) == 5
    with pytest.raises(ValueError):
        dot((1,), (1, 2))
