"""Homology of polyhedral sets against triangulations, dualities and known spaces."""

import doctest
import json
import pickle
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import gcd, prod
from pathlib import Path

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.topology.betti import _sum_of_groups
from piecewise_mt.calculus.topology.reading import read_cells
from piecewise_mt.exact.barcodes import bars
from piecewise_mt.exact.homology import homology_of, smith_factors
from piecewise_mt.exact.posets import (
    chain_boundaries,
    chains,
    core,
    euler_characteristic,
    restricted,
)

x, y, z = mt.variables("x y z")
calm = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
BOX = {x: (-2, 2), y: (-2, 2)}
SQUARE = mt.max(abs(x), abs(y))
TORUS = mt.max(abs(SQUARE - 2), abs(z))
"""Distance to a square in space, in the maximum norm: below 1 a solid torus."""
NETWORKS = json.loads((Path(__file__).parent / "data" / "plane_networks.json").read_text())


def network(record):
    """A ReLU network of x and y from integers over one denominator."""
    values, layers, d = [x, y], record["layers"], record["denominator"]
    for k, layer in enumerate(layers):
        values = [
            sum(Fraction(w, d) * v for w, v in zip(row, values)) + Fraction(b, d)
            for row, b in zip(layer["W"], layer["b"])
        ]
        if k < len(layers) - 1:
            values = [mt.relu(v) for v in values]
    return values[0]


def zeros(f):
    """{f = 0} as a condition."""
    return (f >= 0) & (f <= 0)


# -- an independent computation: triangulations, and ranks over GF(2) --------------------------


def corners_of(polyhedron):
    """The vertices of the closure of a bounded polyhedron in the plane, from pairs of rows."""
    rows = [*polyhedron.equations, *(row for row, _ in polyhedron.inequalities)]
    found = set()
    for (a, b, c), (d, e, f) in combinations(rows, 2):
        det = b * f - c * e
        if det:
            p = (Fraction(c * d - a * f, det), Fraction(a * e - b * d, det))
            if all(r[0] + r[1] * p[0] + r[2] * p[1] == 0 for r in polyhedron.equations) and all(
                r[0] + r[1] * p[0] + r[2] * p[1] >= 0 for r, _ in polyhedron.inequalities
            ):
                found.add(p)
    return found


def triangles(polyhedra):
    """Simplices, by their points, of the closures of bounded polyhedra in the plane.

    The vertices of all of them that lie on a polyhedron's boundary are on its boundary; a polygon
    is the cone over its boundary from the mean of its vertices.
    """
    corners = [corners_of(own) for own in polyhedra]
    every = sorted(set().union(*corners))
    simplices = {(p,) for p in every}
    for own, tips in zip(polyhedra, corners):
        lines = [*own.equations, *(row for row, _ in own.inequalities)]
        inner = tuple(sum(c) / len(tips) for c in zip(*tips))
        if own.dimension == 0:
            continue
        sides = [r for r in lines if sum(r[0] + r[1] * p[0] + r[2] * p[1] == 0 for p in tips) > 1]
        for row in sides:
            ends = [p for p in tips if row[0] + row[1] * p[0] + row[2] * p[1] == 0]
            low, high = min(ends), max(ends)
            on = [
                p for p in every if low <= p <= high and row[0] + row[1] * p[0] + row[2] * p[1] == 0
            ]
            for p, q in zip(on, on[1:]):
                simplices.add((p, q))
                if own.dimension == 2:
                    simplices |= {(p, q, inner), (p, inner), (q, inner), (inner,)}
    return simplices


def rank(columns):
    """The rank of a matrix over GF(2), its columns being sets."""
    pivots = {}
    for column in columns:
        own = set(column)
        while own and max(own) in pivots:
            own ^= pivots[max(own)]
        if own:
            pivots[max(own)] = own
    return len(pivots)


def simplicial_betti(simplices, top):
    """Betti numbers over GF(2), by plain elimination."""
    by_size = [sorted(s for s in simplices if len(s) == k + 1) for k in range(top + 2)]
    ranks = [0]
    for lower, own in zip(by_size, by_size[1:]):
        place = {frozenset(s): k for k, s in enumerate(lower)}
        ranks.append(
            rank({place[frozenset(s) - {p}] for p in s} for s in own)
        )  # fmt: skip
    return tuple(len(by_size[k]) - ranks[k] - ranks[k + 1] for k in range(top + 1))


def gudhi_betti(simplices, top):
    """The same by GUDHI."""
    gudhi = pytest.importorskip("gudhi")
    numbers = {p: k for k, (p,) in enumerate(sorted(s for s in simplices if len(s) == 1))}
    tree = gudhi.SimplexTree()
    for simplex in simplices:
        tree.insert([numbers[p] for p in simplex])
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    return tuple([*tree.betti_numbers(), *[0] * top][: top + 1])


# -- chain complexes ---------------------------------------------------------------------------


def simplicial(facets):
    """The boundaries of an abstract simplicial complex."""
    top = max(map(len, facets))
    simplices = [
        sorted({c for f in facets for c in combinations(sorted(f), k + 1)}) for k in range(top)
    ]
    return chain_boundaries(simplices)


def grid_surface(flip):
    """A torus of 4 × 4 squares, or with `flip` a Klein bottle, in triangles."""
    n = 4

    def at(i, j):
        if flip and i >= n:
            j = -j
        return (i % n) * n + j % n

    return [
        t
        for i in range(n)
        for j in range(n)
        for t in (
            (at(i, j), at(i + 1, j), at(i + 1, j + 1)),
            (at(i, j), at(i, j + 1), at(i + 1, j + 1)),
        )
    ]


PLANE = [
    (0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 5, 1),
    (1, 2, 4), (2, 3, 5), (3, 4, 1), (4, 5, 2), (5, 1, 3),
]  # fmt: skip
"""The projective plane with six vertices."""


def test_torsion_of_known_surfaces():
    plane, bottle, torus = map(simplicial, (PLANE, grid_surface(True), grid_surface(False)))
    assert homology_of(plane).ranks == (1, 0, 0)
    assert homology_of(plane).torsion == ((), (2,), ())
    assert homology_of(plane, 2).ranks == (1, 1, 1) and homology_of(plane, 3).ranks == (1, 0, 0)
    assert homology_of(bottle).ranks == (1, 1, 0)
    assert homology_of(bottle).torsion == ((), (2,), ())
    assert homology_of(bottle, 2).ranks == (1, 2, 1)
    assert homology_of(torus).ranks == (1, 2, 1) and not any(homology_of(torus).torsion)


def test_direct_sums_of_groups():
    """By the orders of their elements: how many there are of which k times is 0, for every k."""
    for parts in ([], [()], [(2,)], [(), (2, 4), ()], [(2,), (2,)], [(2,), (3,)], [(2, 4), (3, 6)]):
        found = _sum_of_groups(parts)
        orders = [order for own in parts for order in own]
        assert prod(found) == prod(orders) and 1 not in found
        assert all(two % one == 0 for one, two in zip(found, found[1:]))
        for k in range(1, 13):
            assert prod(gcd(k, order) for order in found) == prod(gcd(k, own) for own in orders)


def test_moore_spaces_and_their_sums():
    """One vertex, two loops, two discs along them six and four times: Z/2 ⊕ Z/12."""
    found = homology_of([[{}], [{}, {}], [{0: 6}, {1: 4}]])
    assert found.ranks == (1, 0, 0) and found.torsion == ((), (2, 12), ())


@calm
@given(st.lists(st.lists(st.integers(-6, 6), min_size=3, max_size=3), min_size=1, max_size=4))
def test_smith_factors_against_minors(matrix):
    """The product of the first k factors is the gcd of the k × k minors."""
    factors = smith_factors([{k: v for k, v in enumerate(row) if v} for row in matrix])
    own, product = sympy.Matrix(matrix), 1
    for k in range(1, min(own.shape) + 1):
        minors = [
            int(own.extract(list(r), list(c)).det())
            for r in combinations(range(own.rows), k)
            for c in combinations(range(3), k)
        ]
        divisor = gcd(*minors)
        if k <= len(factors):
            product *= factors[k - 1]
            assert divisor == product
        else:
            assert divisor == 0


@calm
@given(st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=4), min_size=1, max_size=6))
def test_cores_keep_homology(facets):
    """Of face posets of random complexes, and of what remains when some faces are left out."""
    faces = sorted(
        {c for f in facets for k in range(1, len(f) + 1) for c in combinations(sorted(f), k)},
        key=len,
    )
    kept = [f for n, f in enumerate(faces) if n % 3 != 1] or faces
    for own in (faces, kept):
        below = [frozenset(k for k, g in enumerate(own) if set(g) < set(f)) for f in own]
        whole = homology_of(chain_boundaries(chains(below))).ranks
        part = homology_of(chain_boundaries(chains(restricted(below, core(below))))).ranks
        assert [*part, *[0] * 9][: len(whole)] == list(whole)
        assert euler_characteristic(below) == sum(whole[::2]) - sum(whole[1::2])
    whole = homology_of(simplicial(facets), 2).ranks
    below = [frozenset(k for k, g in enumerate(faces) if set(g) < set(f)) for f in faces]
    assert homology_of(chain_boundaries(chains(below)), 2).ranks == whole


# -- sets --------------------------------------------------------------------------------------


def test_circle_and_its_complement():
    level = mt.level_set(SQUARE, 1)
    assert mt.betti(level) == mt.betti(zeros(SQUARE - 1)) == (1, 1)
    assert mt.betti(SQUARE <= 1) == mt.betti(SQUARE < 1) == (1, 0, 0)
    assert mt.betti(SQUARE > 1) == mt.betti(SQUARE >= 1) == (1, 1, 0)
    assert mt.betti(mt.difference_set(SQUARE, 1)) == (2, 1, 0)
    # without a point it is a segment; two points less, two segments
    assert mt.betti(zeros(SQUARE - 1) & ((x < 1) | (y < 1))) == (1, 0)
    assert mt.betti(zeros(SQUARE - 1) & ((x < 1) | (y < 1)) & ((x > -1) | (y > -1))) == (2, 0)


def test_torus_of_relus():
    level = mt.level_set(TORUS, 1)
    assert str(mt.homology(level)) == "H0 = Z, H1 = Z^2, H2 = Z"
    assert mt.betti(level, coefficients=2) == mt.betti(list(level)) == (1, 2, 1)
    assert mt.euler_characteristic(level) == 0
    assert mt.betti(TORUS <= 1) == mt.betti(TORUS < 1) == (1, 1, 0, 0)
    # by Alexander duality
    assert mt.betti(TORUS > 1) == (1, 1, 1, 0)
    assert mt.betti(mt.difference_set(TORUS, 1)) == (2, 2, 1, 0)


@pytest.mark.parametrize("k", range(1, 7))
def test_disjoint_boxes(k):
    """Closed, half-open and open ones, as polyhedra and as one sublevel set."""
    boxes = [
        mt.Polyhedron(
            ("x", "y"), [],
            [((-3 * i, 1, 0), i % 3 > 0), ((3 * i + 1, -1, 0), i % 2 > 0),
             ((0, 0, 1), False), ((1, 0, -1), True)],
        )
        for i in range(k)
    ]  # fmt: skip
    assert mt.betti(boxes) == (k, 0, 0)
    assert [len(own) for own in mt.connected_components(boxes)] == [1] * k
    f = mt.min(*(mt.max(abs(x - 3 * i), abs(y)) for i in range(k))) if k > 1 else SQUARE
    assert mt.betti(f <= 1) == (k, 0, 0) and mt.betti(f > 1) == (1, k, 0)
    assert len(mt.connected_components(f <= 1)) == k
    assert mt.euler_characteristic(f <= 1) == k and mt.euler_characteristic(f > 1) == 1 - k


def test_sets_that_are_neither_open_nor_closed():
    square = SQUARE <= 1
    corner, other = (x >= 1) & (y >= 1), (x <= -1) & (y <= -1)
    center = (abs(x) <= 0) & (abs(y) <= 0)
    assert mt.betti(square & ~corner) == (1, 0, 0)
    assert mt.betti(square & ~center) == (1, 1, 0)
    # an open square with two points of its boundary
    assert mt.betti((SQUARE < 1) | (square & (corner | other))) == (1, 0, 0)
    # its boundary without two points, and with the inside but for the center
    assert mt.betti((square & ~center) & ~corner & ~other) == (1, 1, 0)
    # quadrants that meet in one point, and the same without that
    open_quadrants = (x * 1 > 0) & (y > 0) | (x < 0) & (y < 0)
    assert mt.betti(open_quadrants | center) == (1, 0, 0)
    assert mt.betti(open_quadrants) == (2, 0, 0)
    # half-open intervals that do and do not meet
    assert mt.betti((x >= 0) & (x < 1) | (x >= 1) & (x < 2)) == (1, 0)
    assert mt.betti((x > 0) & (x < 1) | (x > 1) & (x < 2)) == (2, 0)
    half_open = mt.Polyhedron(("x",), [], [((0, 1), False), ((1, -1), True)])
    assert mt.betti(half_open) == (1, 0)


def test_degenerate_sets():
    assert mt.betti(mt.zero_set(x**0 + 0 * x)) == () and mt.betti(x < x) == ()
    assert str(mt.homology(x < x)) == "0" and mt.connected_components(x < x) == []
    assert mt.betti(mt.PolyhedralSet(("x",), [], -1), compactify=True) == ()
    assert mt.euler_characteristic(x < x) == 0
    # the whole space, and the sphere that it is with infinity
    assert mt.betti(0 * x + 0 * y <= 0) == (1, 0, 0)
    assert mt.betti(0 * x + 0 * y <= 0, compactify=True) == (1, 0, 1)
    assert mt.betti(mt.Polyhedron(("x", "y"))) == (1, 0, 0)
    # isolated points, and pieces of several dimensions
    assert mt.betti(mt.zero_set(abs(abs(abs(x) - 2) - 1))) == (4,)
    mixed = zeros(mt.max(abs(x) - 1, abs(y))) | ((SQUARE >= 3) & (SQUARE <= 4))
    assert mt.betti(mixed | ((x >= 7) & (x <= 7) & (y >= 0) & (y <= 0))) == (3, 1, 0)
    # lines: two planes, and with infinity two spheres in a wedge
    planes = mt.zero_set((abs(x) - 1).on(x, y, z))
    assert mt.betti(planes) == mt.betti(list(planes)) == (2, 0, 0)
    assert mt.betti(planes, compactify=True) == mt.betti(list(planes), compactify=True) == (1, 0, 2)
    # a cylinder, and its sphere with two points joined
    cylinder = mt.zero_set((SQUARE - 1).on(x, y, z))
    assert mt.betti(cylinder) == (1, 1, 0)
    assert mt.betti(cylinder, compactify=True) == (1, 1, 1)
    # a constant, and one point on a domain that is one point
    assert mt.betti(mt.zero_set(0 * x, {x: (0, 0)})) == (1,)


def test_compactified_sets():
    assert mt.betti(SQUARE <= 1, compactify=True) == (1, 0, 0)
    assert mt.betti(SQUARE < 1, compactify=True) == (1, 0, 1)
    # a line is a circle, a cross three circles, a half-plane a disc
    assert mt.betti(mt.zero_set(x - y), compactify=True) == (1, 1)
    assert mt.betti(mt.zero_set(mt.min(abs(x), abs(y))), compactify=True) == (1, 3)
    assert mt.betti(x >= y, compactify=True) == (1, 0, 0)
    open_quadrants = (x > 0) & (y > 0) | (x < 0) & (y < 0)
    center = (abs(x) <= 0) & (abs(y) <= 0)
    with pytest.raises(mt.Unsupported, match="open in its closure"):
        mt.betti(open_quadrants | center, compactify=True)


def test_torsion_of_a_set():
    """The projective plane as ten triangles among the faces of a simplex in five dimensions."""
    names = tuple(f"v{k}" for k in range(5))
    heights = [
        (1, -1, -1, -1, -1, -1),
        *(tuple(int(j == k + 1) for j in range(6)) for k in range(5)),
    ]
    triangles_ = [
        mt.Polyhedron(
            names,
            [row for k, row in enumerate(heights) if k not in corners],
            [(row, False) for k, row in enumerate(heights) if k in corners],
        )
        for corners in PLANE
    ]
    assert str(mt.homology(triangles_)) == "H0 = Z, H1 = Z/2, H2 = 0"
    assert mt.betti(triangles_, coefficients=2) == (1, 1, 1)
    assert mt.betti(triangles_, coefficients=3) == (1, 0, 0)
    # without one of them it is a Möbius band, and open ones are apart
    assert str(mt.homology(triangles_[1:])) == "H0 = Z, H1 = Z, H2 = 0"
    assert mt.euler_characteristic(triangles_, compact_support=True) == 1


def test_convex_sets_of_many_variables():
    names = tuple(f"v{k}" for k in range(40))
    rows = [[int(j == k) for j in range(41)] for k in range(1, 41)]
    orthant = mt.Polyhedron(names, [], [(row, k % 2 > 0) for k, row in enumerate(rows)])
    assert mt.betti(orthant)[:3] == (1, 0, 0) and len(mt.betti(orthant)) == 41
    cube = mt.Polyhedron(
        ("x", "y", "z"), [], [(r, s) for k in range(3) for r, s in
        (((0, *(int(j == k) for j in range(3))), True), ((1, *(-int(j == k) for j in range(3))), True))],
    )  # fmt: skip
    assert mt.betti(cube, compactify=True) == (1, 0, 0, 1)
    assert mt.euler_characteristic(cube, compact_support=True) == -1


def test_irrational_coefficients():
    root = sympy.sqrt(2)
    f = mt.max(abs(root * x + y), abs(x))
    assert mt.betti((f <= 1) & (f >= 1)) == (1, 1) and mt.betti(f < root) == (1, 0, 0)
    assert str(mt.persistence(-f)) == "H0 (-oo, oo); H1 (-oo, 0)"
    assert str(mt.persistence(abs(abs(x) - root))) == "H0 [0, oo); H0 [0, sqrt(2))"


def test_what_is_read():
    strata = SQUARE.strata({x: (-1, 1), y: (-1, 1)})
    assert mt.betti(strata) == (1, 0, 0)
    assert mt.betti([s for s in strata if s.dimension < 2]) == mt.betti(
        [s.set for s in strata if s.dimension < 2]
    )
    assert mt.betti(strata[0]) == mt.betti(strata[0].polyhedron) == (1, 0, 0)
    pieces = mt.max(x, y).represent()
    assert mt.betti([pieces[0], pieces[1]]) == (2, 0, 0) and mt.betti(list(pieces)) == (1, 0, 0)
    assert mt.betti("x = y > 0") == (1, 0)
    assert mt.betti(mt.argmin(mt.relu(SQUARE - 1))) == (1, 0, 0)
    assert mt.betti(mt.decision_boundary(abs(x) - 1, abs(y))) == (2, 0)
    assert mt.betti(SQUARE < 1, "x > 0") == mt.betti(SQUARE < 1, {x: (0, 1)}) == (1, 0, 0)
    for wrong in (SQUARE, 3, [], [3], True, None, [x > 1]):
        with pytest.raises(mt.PiecewiseError, match="expected a (set|union)"):
            mt.betti(wrong)
    with pytest.raises(mt.NotPolyhedral, match="curved sets are not"):
        mt.betti(mt.zero_set(x**2 + y**2 - 1))
    with pytest.raises(mt.NotPolyhedral, match="conditions on piecewise linear functions"):
        mt.betti(x * y < 1)
    with pytest.raises(mt.NotPolyhedral, match="convex domain"):
        mt.betti(SQUARE < 1, "x < 0 or x > 1")
    assert mt.betti(mt.exp(x) > 0) == (1, 0)
    assert mt.betti(pieces) == (1, 0, 0) and mt.betti(SQUARE.represent(BOX)) == (1, 0, 0)
    level = mt.level_set(SQUARE, 1)
    assert mt.betti(level.merged()) == mt.betti(pickle.loads(pickle.dumps(level))) == (1, 1)
    assert mt.betti(mt.zero_set(mt.stack([mt.max(x, y) - 1, z * 1]))) == (1, 0)
    stated = mt.Representation(("x",), [("x < 0", "-x"), ("x >= 0", "x")], of=abs(x))
    assert mt.betti(stated) == (1, 0)
    with pytest.raises(mt.PiecewiseError, match="domain with a condition only"):
        mt.betti(mt.zero_set(x), "x > 0")
    for wrong in (4, "R", True, 1):
        with pytest.raises(mt.PiecewiseError, match="prime"):
            mt.betti(x < 0, coefficients=wrong)
    with pytest.raises(mt.ShapeError, match="scalar"):
        mt.betti(mt.vector("v", 2) < 1)


small = st.integers(-2, 2)
hinges = st.lists(st.tuples(small, small, small, small), min_size=1, max_size=4)


def shallow(rows):
    """Σ d relu(a + b x + c y), with zero rows and concurrent, repeated kinks."""
    total = 0 * x + 0 * y
    for a, b, c, d in rows:
        total = total + d * mt.relu(a + b * x + c * y)
    return total.on(x, y)


@calm
@given(hinges, small)
def test_level_sets_against_triangulations(rows, c):
    f = shallow(rows)
    for own in (mt.level_set(f, c, BOX), mt.sublevel_set(f, c, BOX)):
        if own.is_empty:
            assert mt.betti(own) == ()
            continue
        expected = simplicial_betti(triangles(own.polyhedra), own.dimension)
        assert mt.betti(own) == mt.betti(own, coefficients=2) == expected
        assert mt.betti(list(own.polyhedra), coefficients="Q") == expected


@calm
@given(hinges, small)
def test_dualities(rows, c):
    """A compact set and its complement in the plane; chains of faces of all kinds of sets."""
    f = shallow(rows)
    closed = mt.sublevel_set(f, c, BOX)
    inside = (f <= c) & (abs(x) <= 2) & (abs(y) <= 2)
    b = [*mt.betti(closed), 0, 0, 0]
    complement = mt.betti(~inside)
    assert complement == (1 + b[1], b[0], 0)
    half_open = (f <= c) & (f > c - 2) & (x >= -1) & (x < 1)
    for own in (closed, inside, ~inside, f < c, half_open, f > c):
        for part in read_cells(own).parts:
            whole = homology_of(chain_boundaries(chains(part.below))).ranks
            ranks = homology_of(part.chain_complex()).ranks
            size = max(len(ranks), len(whole))
            assert [*ranks, *[0] * size][:size] == [*whole, *[0] * size][:size]
            assert homology_of(part.chain_complex(False), 2).ranks == ranks
            counts = euler_characteristic(part.below)
            assert counts == sum(ranks[::2]) - sum(ranks[1::2])
        assert len(mt.connected_components(own)) == sum([*mt.betti(own), 0][:1])


@calm
@given(hinges)
def test_euler_characteristics_of_strata(rows):
    """Of all of the plane and of a square, from the f-vector."""
    f = shallow(rows)
    for domain, whole, compact in ((None, 1, 1), (BOX, 1, 1), ("0 <= x < 1", 1, 0)):
        strata = f.strata(domain)
        counts = strata.f_vector
        assert mt.euler_characteristic(strata) == whole
        alternating = sum((-1) ** k * n for k, n in enumerate(counts))
        assert mt.euler_characteristic(strata, compact_support=True) == alternating == compact


def test_components_of_a_set_keep_its_polyhedra():
    own = mt.level_set(abs(SQUARE - 2), 1)
    parts = mt.connected_components(own)
    assert len(parts) == 2
    assert sorted(map(str, own)) == sorted(str(p) for part in parts for p in part)
    inner = next(part for part in parts if part.contains((1, 0)))
    assert inner.contains((-1, 1)) and not inner.contains((3, 0)) and inner.dimension == 1


@calm
@given(hinges, small)
def test_topology_of_components_and_pieces(rows, c):
    """That of the parts of a disjoint union adds up; pieces as polyhedra and as strata."""
    f = shallow(rows)
    for own in (mt.level_set(f, c), (f <= c) & (f > c - 2)):
        parts = mt.connected_components(own)
        found = [mt.betti(part) for part in parts]
        assert all(b[0] == 1 for b in found)
        total = [sum(b[k : k + 1][0] if k < len(b) else 0 for b in found) for k in range(3)]
        assert [*mt.betti(own), 0, 0, 0][:3] == total
    pieces = [
        p
        for p in mt.concat([f.reshape((1,)), mt.relu(f - c).reshape((1,))]).represent()
        if p.alpha % 2
    ]
    assert mt.betti(pieces) == mt.betti([p.polyhedron for p in pieces])
    assert len(mt.connected_components(pieces)) == mt.betti(pieces)[0]


@cache
def boundary(name):
    """A network's decision boundary in the square, triangulated."""
    (record,) = (own for own in NETWORKS["networks"] if own["name"] == name)
    return triangles(mt.zero_set(network(record), BOX).polyhedra)


@pytest.mark.parametrize("record", NETWORKS["networks"], ids=lambda r: r["name"])
def test_boundaries_of_trained_networks(record):
    """Against a triangulation within a square."""
    expected = {"disc": (1, 1), "two discs": (2, 2), "checkers": (2, 0)}[record["name"]]
    assert simplicial_betti(boundary(record["name"]), 1) == expected
    assert mt.betti(zeros(network(record)), BOX) == expected


@pytest.mark.parametrize("record", NETWORKS["networks"], ids=lambda r: r["name"])
def test_boundaries_against_gudhi(record):
    pytest.importorskip("gudhi")
    found = gudhi_betti(boundary(record["name"]), 1)
    assert mt.betti(zeros(network(record)), BOX) == found


@pytest.mark.parametrize("record", NETWORKS["networks"][::2], ids=lambda r: r["name"])
def test_boundaries_against_relucent(record):
    """In floating point, for networks whose kinks are in general position."""
    torch = pytest.importorskip("torch")
    relucent = pytest.importorskip("relucent")
    layers = []
    for layer in record["layers"]:
        linear = torch.nn.Linear(len(layer["W"][0]), len(layer["W"]))
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer["W"]) / record["denominator"])
            linear.bias.copy_(torch.tensor(layer["b"]) / record["denominator"])
        layers += [linear, torch.nn.ReLU()]
    cells = relucent.Complex(torch.nn.Sequential(*layers).double())
    cells.bfs(nworkers=1)
    boundary = cells.boundary_complex(cells.n - 1)
    own = zeros(network(record))
    for mode, compactify in (("truncate", False), ("one_point", True)):
        theirs = boundary.betti_numbers(compactify=mode)
        assert mt.betti(own, compactify=compactify) == tuple(theirs.get(k, 0) for k in (0, 1))


# -- persistence and critical strata -----------------------------------------------------------


def lower_star(f, domain, gudhi=None):
    """The bars of f on a bounded domain by a triangulation of its pieces, finite ends as numbers."""
    pieces = [s.polyhedron for s in f.strata(domain) if s.dimension == 2]
    simplices = sorted(triangles(pieces), key=lambda s: (len(s), s))
    values = {p: Fraction(str(f.value(p))) for (p,) in (s for s in simplices if len(s) == 1)}
    place = {frozenset(s): k for k, s in enumerate(simplices)}
    if gudhi is None:
        steps = [
            (
                max(values[p] for p in s),
                len(s) - 1,
                [place[frozenset(s) - {p}] for p in s if len(s) > 1],
            )
            for s in simplices
        ]
        return sorted((d, b, e) for d, b, e in bars(steps) if e is not None), sum(
            e is None for _, _, e in bars(steps)
        )
    tree = gudhi.SimplexTree()
    numbers = {p: k for k, p in enumerate(values)}
    for s in simplices:
        tree.insert([numbers[p] for p in s], filtration=float(max(values[p] for p in s)))
    found = tree.persistence(homology_coeff_field=2, persistence_dim_max=True)
    finite = sorted((d, b, e) for d, (b, e) in found if e != float("inf"))
    return finite, len(found) - len(finite)


def finite_bars(code):
    finite = sorted(
        (b.dimension, Fraction(str(b.birth)), Fraction(str(b.death)))
        for b in code
        if b.death.is_finite
    )
    return finite, len(code) - len(finite)


@calm
@given(hinges)
def test_bars_against_triangulations(rows):
    f = shallow(rows)
    code = mt.persistence(f, BOX)
    assert finite_bars(code) == lower_star(f, BOX)
    for level in (-3, Fraction(1, 2), 2):
        below = [*mt.betti((f <= level) & (abs(x) <= 2) & (abs(y) <= 2), coefficients=2), 0, 0, 0]
        assert list(code.betti(level)) == below[:3]


@pytest.mark.parametrize("record", NETWORKS["networks"][:1], ids=lambda r: r["name"])
def test_bars_against_gudhi(record):
    gudhi = pytest.importorskip("gudhi")
    f = network(record)
    finite, rest = lower_star(f, BOX, gudhi)
    own, stay = finite_bars(mt.persistence(f, BOX))
    assert stay == rest and [d for d, *_ in own] == [d for d, *_ in finite]
    assert all(abs(p - q) < 1e-9 for one, other in zip(own, finite) for p, q in zip(one, other))


@calm
@given(hinges)
def test_bars_without_bounds(rows):
    """Chains of all faces, on which unbounded ones count: Betti numbers of every sublevel set."""
    f = shallow(rows)
    code = mt.persistence(f)
    for level in (-7, -1, 0, Fraction(3, 2)):
        below = [*mt.betti(f <= level, coefficients=2), 0, 0, 0]
        assert list(code.betti(level)) == below[:3]
    own = mt.persistence(f, "-1 <= x <= 1, 0 <= y < 1")
    for level in (-1, 0, Fraction(1, 2)):
        below = [
            *mt.betti((f <= level) & (abs(x) <= 1) & (y >= 0) & (y < 1), coefficients=2),
            0,
            0,
            0,
        ]
        assert list(own.betti(level)) == below[:3]


def test_bars_of_known_functions():
    assert str(mt.persistence(TORUS)) == "H0 [0, oo); H1 [0, 2)"
    assert str(mt.persistence(-TORUS)) == "H0 (-oo, oo); H1 [-2, 0); H2 (-oo, 0)"
    assert str(mt.persistence(x, "0 <= x")) == "H0 [0, oo)"
    assert str(mt.persistence(x, "0 < x < 1")) == "H0 (0, oo)"
    assert str(mt.persistence(0 * x)) == "H0 [0, oo)"
    assert str(mt.persistence(x)) == "H0 (-oo, oo)"
    valleys = mt.min(*(abs(x - 4 * k) + k for k in range(4)))
    assert str(mt.persistence(valleys)) == "H0 [0, oo); H0 [1, 5/2); H0 [2, 7/2); H0 [3, 9/2)"
    with pytest.raises(mt.ShapeError, match="scalar"):
        mt.persistence(mt.vector("v", 2))
    with pytest.raises(mt.Unsupported, match="for its sublevel sets"):
        mt.persistence(mt.exp(x))
    with pytest.raises(mt.PiecewiseError, match="expected a function"):
        mt.persistence(3)


def test_critical_strata_of_known_functions():
    def told(f, domain=None):
        return [(own.kind, str(own.value), own.indices) for own in mt.critical_strata(f, domain)]

    assert told(abs(x) + abs(y)) == [("minimum", "0", (1, 0, 0))]
    assert told(abs(x) - abs(y)) == [("saddle", "0", (0, 1, 0))]
    assert told(-abs(x) - abs(y)) == [("maximum", "0", (0, 0, 1))]
    assert told(mt.max(x, y)) == []
    # a monkey saddle: six sectors, three of them lower
    monkey = mt.median([x, y, -x - y])
    assert told(monkey) == [("saddle", "0", (0, 2, 0))]
    assert mt.critical_strata(monkey)[0].index is None
    # flat cells: a plateau, a terrace that is regular, a ring of minima
    assert told(mt.min(2 - SQUARE, 1)) == [("maximum", "1", (0, 0, 1))]
    assert told(mt.max(x - 1, mt.min(x, 0))) == [("regular", "0", (0, 0))]
    assert told(abs(SQUARE - 1)) == [("minimum", "0", (1, 1, 0)), ("maximum", "1", (0, 0, 1))]
    # the boundary of a domain takes part
    assert told(x, {x: (0, 1)}) == [("minimum", "0", (1, 0))]
    (ring, _) = mt.critical_strata(abs(SQUARE - 1))
    assert ring.is_lowest and ring.dimension == 1 and ring.set.contains((1, 0))


@calm
@given(hinges)
def test_indices_add_up(rows):
    """To the Euler characteristic of a compact domain; where f is lowest it is a minimum."""
    f = shallow(rows)
    parts = mt.critical_strata(f, BOX)
    assert sum((-1) ** k * n for own in parts for k, n in enumerate(own.indices)) == 1
    bars_of = mt.persistence(f, BOX)
    ends = [t for bar in bars_of for t in (bar.birth, bar.death) if t.is_finite]
    assert set(ends) <= {own.value for own in parts if own.is_critical}
    lowest = mt.infimum(f, BOX)
    assert any(own.value == lowest and own.kind == "minimum" for own in parts)
    # weak Morse inequalities, level by level
    assert sum(sum(own.indices) for own in parts) >= len(ends)


def test_pictures():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    code = mt.persistence(-TORUS)
    axes = code.plot()
    assert axes.get_xlabel() == "level" and len(axes.get_legend().get_texts()) == 3
    assert mt.persistence(x, "0 < x").plot(axes) is axes
    for own in (SQUARE < 1, abs(abs(x) - 1) <= 0, abs(SQUARE - 2) <= 1, x > 1, SQUARE > 1):
        axes = mt.plot_components(own)
        count = len(mt.connected_components(own))
        assert axes.get_title().split()[0] == str(count)
    axes = mt.plot_components(
        abs(TORUS - 1) <= Fraction(1, 4), at={z: 0}, window=[(-4, 4), (-4, 4)]
    )
    assert axes.get_title() == "1 component" and axes.patches
    plt.close("all")


def test_the_page():
    page = Path(__file__).parent.parent / "docs" / "topology.md"
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, tried = doctest.testfile(str(page), module_relative=False, optionflags=flags)
    assert tried > 10 and not failed
