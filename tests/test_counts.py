"""Numbers of faces against closed formulas, every dimension."""

from __future__ import annotations

import random
from itertools import combinations
from math import comb

import pytest

import piecewise_mt as mt


def buck(n: int, d: int) -> tuple[int, ...]:
    """Faces of n hyperplanes in general position in R^d (R. C. Buck, 1943)."""
    return tuple(
        comb(n, d - k) * sum(comb(n - d + k, i) for i in range(k + 1)) for k in range(d + 1)
    )


def arrangement(rows, d):
    """A function whose kinks are exactly the hyperplanes c + w·x = 0."""
    x = mt.vector("x", d)
    return mt.relu(mt.affine([row[1:] for row in rows], x, [row[0] for row in rows]))


@pytest.mark.parametrize(("d", "n"), [(1, 7), (2, 12), (3, 8), (4, 7), (5, 6)])
def test_general_position(d, n):
    # rows on the moment curve: any d normals are independent, any d+1 rows too
    rows = [[k ** (d + 1), *[k**i for i in range(d)]] for k in range(1, n + 1)]
    strata = arrangement(rows, d).strata()
    assert strata.f_vector == buck(n, d)
    assert len(strata) == len(list(strata)) == sum(buck(n, d))


def differences(d):
    return [
        [0] + [int(k == i) - int(k == j) for k in range(d)] for i, j in combinations(range(d), 2)
    ]


@pytest.mark.parametrize(("d", "count"), [(3, 13), (4, 75), (5, 541), (6, 4683)])
def test_braid_arrangement_has_ordered_bell_many_faces(d, count):
    assert len(arrangement(differences(d), d).strata()) == count


@pytest.mark.parametrize(("d", "count"), [(2, 17), (3, 147), (4, 1697)])
def test_type_b_arrangement(d, count):
    sums = [[0] + [int(k in (i, j)) for k in range(d)] for i, j in combinations(range(d), 2)]
    axes = [[0] + [int(k == i) for k in range(d)] for i in range(d)]
    assert len(arrangement(differences(d) + sums + axes, d).strata()) == count


@pytest.mark.parametrize("n", range(2, 11))
def test_max_has_one_stratum_for_each_argmax_set(n):
    strata = mt.max(mt.vector("x", n)).strata()
    assert len(strata) == 2**n - 1
    # an argmax set of k operands has dimension n - k + 1
    assert strata.f_vector == (0, *[comb(n, n - k + 1) for k in range(1, n + 1)])


def test_min_and_repeated_operands():
    x, y = mt.variables("x y")
    assert len(mt.min(x, y, 0).strata()) == 7
    # x against itself: the tie is the whole plane, and only with y there is a kink
    assert mt.max(x, x, y).strata().f_vector == (0, 1, 2)
    assert mt.max(x, x).strata().f_vector == (0, 1)


def test_candidate_that_dominates_a_bounded_face_without_a_cut():
    x = mt.variable("x")
    # on [-1, 1] the 1 is at least max(0, x), with a tie at x = 1 only
    assert mt.max(0, x, 1).strata(domain={x: (-1, 1)}).f_vector == (2, 1)
    # the same inside the bounded cell of a layer below, with no domain
    y = mt.clip(x, -1, 1)
    f = mt.max(0, y, 2)
    assert f.strata().f_vector == (2, 3)


def test_grid_with_coincident_and_concurrent_lines():
    # k vertical, k horizontal lines, each twice, and the diagonals through the grid points
    k = 4
    rows = [[-i, 1, 0] for i in range(k)] * 2 + [[-2 * i, 0, 2] for i in range(k)] * 2
    assert arrangement(rows, 2).strata().f_vector == (k * k, 2 * k * (k + 1), (k + 1) ** 2)
    rows += [[0, 1, -1], [1 - k, 1, 1]]
    f0, f1, f2 = arrangement(rows, 2).strata().f_vector
    assert f0 == k * k + 1  # the diagonals meet between grid points when k is even
    assert f0 - f1 + f2 == 1


@pytest.mark.parametrize("depth", range(1, 9))
def test_sawtooth_has_two_to_the_depth_pieces(depth):
    t = mt.variable("t")
    f = t
    for _ in range(depth):
        f = 2 * mt.relu(f) - 4 * mt.relu(f - mt.exact(0.5))
    intervals = [s for s in f.strata(domain={t: (0, 1)}) if s.dimension == 1]
    assert len(intervals) == 2**depth
    slopes = {f.gradient(s.witness)[0] for s in intervals}
    assert slopes == {2**depth, -(2**depth)}


@pytest.mark.parametrize("seed", range(12))
def test_euler_characteristic_of_random_networks(seed):
    rng = random.Random(seed)
    d = rng.choice([1, 2, 3])
    h = mt.vector("x", d)
    for width in rng.choice([(4,), (4, 4), (3, 3, 3)]):
        weights = [[rng.randint(-2, 2) for _ in range(h.size)] for _ in range(width)]
        h = mt.relu(mt.affine(weights, h, [rng.randint(-1, 1) for _ in range(width)]))
        if rng.random() < 0.5:
            h = mt.stack([mt.max(h[:3]), mt.min(h[1:]), h[0]])
    f_vector = h.strata().f_vector
    assert sum((-1) ** k * count for k, count in enumerate(f_vector)) == (-1) ** d


def test_domain_faces_are_strata():
    x, y = mt.variables("x y")
    f = mt.relu(x - y)
    # the square is cut by its diagonal: 4 corners, 5 edges, 2 triangles
    assert f.strata(domain={x: (0, 1), "y": (0, 1)}).f_vector == (4, 5, 2)
    assert f.strata(domain="0 < x < 1 and 0 <= y <= 1").f_vector == (0, 3, 2)
    assert f.strata(domain="x = y").f_vector == (0, 1, 0)
    with pytest.raises(mt.OutsideDomain, match="empty"):
        f.strata(domain="x < y and x > y")
    with pytest.raises(mt.OutsideDomain, match="empty"):
        f.strata(domain="x < 0 and x >= 0")


def test_graphs_of_a_square_fan():
    x, y = mt.variables("x y")
    strata = (mt.abs(x) + mt.abs(y)).strata()
    poset, adjacency = strata.poset(), strata.adjacency()
    assert strata.f_vector == (1, 4, 4)
    assert poset.number_of_edges() == 4 + 8
    assert sorted(d for _, d in adjacency.degree()) == [2, 2, 2, 2]
