"""Homology groups and bars of small complexes, against ranks, minors and known sums."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from math import gcd

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.barcodes import bars
from piecewise_mt.exact.homology import Groups, homology_of, smith_factors

small = st.integers(-3, 3)


def rank(rows, modulus=0):
    """By elimination, over the rationals or a field of so many elements."""
    rows = [[v % modulus if modulus else Fraction(v) for v in row] for row in rows]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        own = rows[found]
        inverse = pow(own[column], -1, modulus) if modulus else 1 / own[column]
        for i in range(found + 1, len(rows)):
            factor = rows[i][column] * inverse
            rows[i] = [
                (a - factor * b) % modulus if modulus else a - factor * b
                for a, b in zip(rows[i], own)
            ]
        found += 1
    return found


def determinant(matrix):
    if not matrix:
        return 1
    return sum(
        (-1) ** j * c * determinant([row[:j] + row[j + 1 :] for row in matrix[1:]])
        for j, c in enumerate(matrix[0])
        if c
    )


def factors_by_minors(matrix):
    """d(k)/d(k - 1) with the common divisor d(k) of all minors of size k."""
    n, m = len(matrix), len(matrix[0]) if matrix else 0
    found, before = [], 1
    for k in range(1, min(n, m) + 1):
        own = 0
        for rows in combinations(range(n), k):
            for columns in combinations(range(m), k):
                own = gcd(own, determinant([[matrix[i][j] for j in columns] for i in rows]))
        if not own:
            break
        found.append(own // before)
        before = own
    return found


def columns_of(matrix):
    return [{i: row[j] for i, row in enumerate(matrix) if row[j]} for j in range(len(matrix[0]))]


matrices = st.tuples(st.integers(1, 3), st.integers(1, 4)).flatmap(
    lambda size: st.lists(st.lists(small | st.sampled_from([4, 6]), min_size=size[1], max_size=size[1]),
                          min_size=size[0], max_size=size[0])
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(matrices)
def test_one_matrix(matrix):
    """A complex of two degrees: its matrix may be any."""
    columns = columns_of(matrix)
    expected = factors_by_minors(matrix)
    assert smith_factors(columns) == expected
    n, m, r = len(matrix), len(matrix[0]), len(expected)
    found = homology_of([[{}] * n, columns])
    torsion = tuple(v for v in expected if v > 1)
    assert found == Groups((n - r, m - r), (torsion, ()))
    for p in (2, 3, 5):
        r = rank(matrix, p)
        assert homology_of([[{}] * n, columns], p) == Groups((n - r, m - r), ((), ()))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(4, 8), st.integers(4, 8))
def test_larger_matrices(seed, n, m):
    """With many units, which are taken out one after the other: against the normal form of the whole."""
    draw = random.Random(seed)
    matrix = [[draw.choice((0, 0, 0, 1, -1, 2)) for _ in range(m)] for _ in range(n)]
    columns = columns_of(matrix)
    expected = smith_factors(columns)
    r = rank(matrix)
    assert len(expected) == r and all(b % a == 0 for a, b in zip(expected, expected[1:]))
    found = homology_of([[{}] * n, columns])
    assert found == Groups((n - r, m - r), (tuple(v for v in expected if v > 1), ()))
    for p in (2, 3):
        r = rank(matrix, p)
        assert homology_of([[{}] * n, columns], p).ranks == (n - r, m - r)


@st.composite
def sums(draw):
    """Sums of known complexes Z → Z by a factor, in other bases."""
    degrees = draw(st.integers(2, 3))
    pieces = draw(
        st.lists(
            st.tuples(st.integers(1, degrees), st.sampled_from([1, 1, 2, 3, 4, 6])), max_size=4
        )
    )
    loose = draw(st.lists(st.integers(0, degrees), max_size=2))
    sizes = [0] * (degrees + 1)
    entries = [[] for _ in range(degrees + 1)]
    for degree, factor in pieces:
        entries[degree].append((sizes[degree - 1], sizes[degree], factor))
        sizes[degree - 1] += 1
        sizes[degree] += 1
    for degree in loose:
        sizes[degree] += 1
    matrices_ = [
        [[0] * sizes[d] for _ in range(sizes[d - 1])] if d else [] for d in range(degrees + 1)
    ]
    for degree, own in enumerate(entries):
        for i, j, factor in own:
            matrices_[degree][i][j] = factor
    # generator i of a degree becomes itself plus c times generator j
    for degree in range(degrees + 1):
        for _ in range(draw(st.integers(0, 3)) if sizes[degree] > 1 else 0):
            i, j = draw(st.permutations(range(sizes[degree])))[:2]
            c = draw(st.integers(-2, 2))
            if degree:
                for row in matrices_[degree]:
                    row[i] += c * row[j]
            if degree < degrees:
                above = matrices_[degree + 1]
                above[j] = [a - c * b for a, b in zip(above[j], above[i])]
    boundaries = [[{}] * sizes[0]]
    boundaries += [
        columns_of(own) if own else [{}] * sizes[d] for d, own in list(enumerate(matrices_))[1:]
    ]
    free = [loose.count(d) for d in range(degrees + 1)]
    factors = [[f for d, f in pieces if d == degree + 1] for degree in range(degrees + 1)]
    return boundaries, free, factors


@settings(max_examples=80, deadline=None)
@given(sums())
def test_sums_of_known_complexes(case):
    boundaries, free, factors = case
    found = homology_of(boundaries)
    assert list(found.ranks) == free
    for own, expected in zip(found.torsion, factors):
        n = len(expected)
        diagonal = [[v if i == j else 0 for j, v in enumerate(expected)] for i in range(n)]
        assert list(own) == [v for v in factors_by_minors(diagonal) if v > 1]
    for p in (2, 3):
        # universal coefficients
        torsion = [sum(1 for v in own if v % p == 0) for own in factors]
        expected = [
            f + t + (torsion[d - 1] if d else 0) for d, (f, t) in enumerate(zip(free, torsion))
        ]
        assert list(homology_of(boundaries, p).ranks) == expected


def test_no_cells():
    assert homology_of([]) == Groups((), ()) and homology_of([[]]) == Groups((0,), ((),))
    assert homology_of([[{}, {}]]) == Groups((2,), ((),))
    assert homology_of([[{}], [], [{}]]) == Groups((1, 0, 1), ((), (), ()))
    assert smith_factors([]) == smith_factors([{}, {}]) == []
    assert bars([]) == []


# bars


@st.composite
def filtered(draw):
    """A simplicial complex whose simplices come after their faces, often at the same time."""
    n = draw(st.integers(1, 4))
    facets = draw(
        st.lists(st.sets(st.integers(0, n - 1), min_size=1, max_size=4), min_size=1, max_size=4)
    )
    simplices = sorted({s for f in facets for k in range(1, len(f) + 1) for s in combinations(sorted(f), k)},
                       key=lambda s: (len(s), s))  # fmt: skip
    keys = {}
    for s in simplices:
        faces = [keys[t] for t in combinations(s, len(s) - 1) if t]
        keys[s] = max(faces, default=0) + draw(st.integers(0, 2))
    order = draw(st.permutations(simplices))
    place = {s: i for i, s in enumerate(order)}
    return [
        (keys[s], len(s) - 1, [place[t] for t in combinations(s, len(s) - 1) if t]) for s in order
    ]


def persistent_rank(cells, degree, start, end):
    """The rank of H(start) → H(end): cycles at the start less those that are boundaries at the end."""
    old = [i for i, (key, d, _) in enumerate(cells) if d == degree and key <= start]
    below = [i for i, (_, d, _) in enumerate(cells) if d == degree - 1]
    here = [i for i, (_, d, _) in enumerate(cells) if d == degree]
    above = [c for c in cells if c[1] == degree + 1 and c[0] <= end]
    cycles = len(old) - rank([[int(j in cells[i][2]) for j in below] for i in old], 2)
    boundaries = [[int(j in c[2]) for j in here] for c in above]
    outside = [[v for j, v in zip(here, row) if j not in old] for row in boundaries]
    # boundaries that are chains of the start: all less their rank outside of it
    return cycles - (rank(boundaries, 2) - rank(outside, 2))


@settings(max_examples=60, deadline=None)
@given(filtered())
def test_bars_are_persistent_ranks(cells):
    found = bars(cells)
    keys = sorted({key for key, _, _ in cells})
    for degree in range(4):
        for i, start in enumerate(keys):
            for end in keys[i:]:
                expected = persistent_rank(cells, degree, start, end)
                own = [
                    b for d, b, e in found if d == degree and b <= start and (e is None or e > end)
                ]
                assert len(own) == expected
    assert all(death is None or death > birth for _, birth, death in found)
    assert [d for d, _, _ in found] == sorted(d for d, _, _ in found)


@pytest.mark.parametrize("keys", [(0, 0, 0, 1, 1, 2), (0, 1, 2, 2, 2, 2), (0, 0, 0, 0, 0, 0)])
def test_a_circle(keys):
    edges = [(0, 1), (1, 2), (0, 2)]
    cells = [(keys[k], 0, []) for k in range(3)] + [
        (keys[3 + k], 1, list(e)) for k, e in enumerate(edges)
    ]
    found = bars(cells)
    assert [b for b in found if b[2] is None] == [(0, keys[0], None), (1, keys[5], None)]


def test_a_triangle_that_is_filled_and_points_that_come_later():
    cells = [
        *((0, 0, []) for _ in range(4)),
        *((1, 1, list(e)) for e in ((0, 1), (1, 2), (0, 2))),
        (3, 2, [4, 5, 6]),
        (5, 1, [2, 3]),
        (9, 0, []),
    ]
    joined = [(0, 0, None), (0, 0, 1), (0, 0, 1), (0, 0, 5), (0, 9, None), (1, 1, 3)]
    found = bars(cells)
    assert sorted(found, key=str) == sorted(joined, key=str)
    # by dimension
    assert [dimension for dimension, _, _ in found] == [0] * 5 + [1]
    # and with the boundary alone
    hollow = bars([c for c in cells if c[1] < 2][:7] + [(9, 0, [])])
    assert [b for b in hollow if b[2] is None] == [
        (0, 0, None),
        (0, 0, None),
        (0, 9, None),
        (1, 1, None),
    ]
