"""Hulls of all arrangements of columns, against the list of the arrangements."""

import random
from fractions import Fraction
from itertools import permutations, product

import pytest

from piecewise_mt.exact.linear import echelon
from piecewise_mt.geometry.polytope import Polytope
from piecewise_mt.geometry.rearrangements import Rearrangements

COLUMNS = [
    [(3,)],
    [(0,), (0,)],
    [(0,), (1,), (0,)],
    [(-1,), (2,), (2,), (5,)],
    [(-2,), (0,), (1,), (3,)],
    [(1, 0), (0, 1), (0, 0)],  # affinely independent
    [(1, 0), (0, 1), (1, 0), (0, 0)],
    [(0, 1), (1, 2), (2, 3)],  # on a line
    [(0, 0), (1, 1), (1, 1)],
    [(0, 0), (1, 0), (0, 1), (1, 1)],  # one relation
    [(2, 0), (2, 1), (2, 4)],  # a constant entry
    [(0, 0), (2, 2), (1, 1), (1, 1)],
    [(1, 0, 0), (0, 1, 0), (0, 0, 1)],
    [(5, -5)],
]


def listed(columns):
    """All arrangements, each once."""
    return sorted({tuple(tuple(map(Fraction, c)) for c in own) for own in permutations(columns)})


def flat(matrix):
    return [v for column in matrix for v in column]


def mean(arranged, weights):
    total = sum(weights)
    return [
        tuple(
            sum((w * own[i][j] for w, own in zip(weights, arranged, strict=True)), Fraction(0))
            / total
            for j in range(len(arranged[0][0]))
        )
        for i in range(len(arranged[0]))
    ]


@pytest.mark.parametrize("columns", COLUMNS)
def test_what_is_listed_and_counted(columns):
    own, every = Rearrangements(columns), listed(columns)
    assert own.count == len(every)
    assert sorted(own) == every == sorted(set(own))
    differences = [
        [int(a - b) for a, b in zip(flat(one), flat(every[0]), strict=True)] for one in every
    ]
    assert own.dimension == len(echelon(differences))
    assert all(own.has(one) for one in every)
    assert not own.has([tuple(c + 1 for c in column) for column in every[0]])
    for one in every:
        ranks = own.ranks(one)
        assert sorted(ranks) == list(range(len(columns)))
        assert [own.columns[rank] for rank in ranks] == list(one)


@pytest.mark.parametrize("columns", [own for own in COLUMNS if len(own[0]) == 1])
def test_the_furthest_in_a_direction(columns):
    own, every = Rearrangements(columns), listed(columns)
    for heights in product((-1, 0, 2), repeat=len(columns)):

        def height(arranged, heights=heights):
            return sum(h * c for h, (c,) in zip(heights, arranged, strict=True))

        found = own.furthest([Fraction(h) for h in heights])
        assert own.has(found) and height(found) == max(map(height, every))


def check(own, every, hull, matrix):
    """Membership with its certificate, in the list's hull and beside it."""
    inside = hull.contains(flat(matrix))
    assert own.contains(matrix) is inside
    found = own.certificate(matrix)
    if inside:
        assert sum(weight for _, weight in found) == 1
        assert all(weight > 0 and arranged in every for arranged, weight in found)
        weights = [weight for _, weight in found]
        assert mean([arranged for arranged, _ in found], weights) == matrix
    else:
        functional, bound = found

        def height(arranged):
            return sum(f * v for f, v in zip(flat(functional), flat(arranged), strict=True))

        assert [len(own) for own in functional] == [len(column) for column in matrix]
        assert height(matrix) > bound >= max(map(height, every))
    return inside


@pytest.mark.parametrize("columns", COLUMNS)
def test_membership_is_that_of_the_hull_of_the_list(columns):
    """Means with weights of either sign: vertices, faces, the centre, and points outside."""
    draw = random.Random(str(columns))
    own, every = Rearrangements(columns), listed(columns)
    hull = Polytope([flat(one) for one in every])
    assert all(check(own, every, hull, list(one)) for one in every)
    assert check(own, every, hull, mean(every, [1] * len(every)))
    seen = set()
    for _ in range(25):
        chosen = draw.sample(every, min(len(every), draw.randint(1, 4)))
        weights = [draw.choice([-1, 1, 1, 2, Fraction(1, 3)]) for _ in chosen]
        if sum(weights):
            seen.add(check(own, every, hull, mean(chosen, weights)))
    assert seen == ({True, False} if len(every) > 1 else {True})


@pytest.mark.parametrize("columns", [own for own in COLUMNS if len(own) > 1 and len(own[0]) > 1])
def test_every_way_to_solve_says_the_same(columns):
    """By the only weights there can be if there are, and by a linear program."""
    draw = random.Random(str(columns))
    own, every = Rearrangements(columns), listed(columns)
    independent = len(echelon([[1, *map(int, c)] for c in set(own.columns)]))
    assert (own._inverse is not None) == (independent == len(set(own.columns)))
    hull = Polytope([flat(one) for one in every])
    by_program = Rearrangements(columns)
    by_program.__dict__["_inverse"] = None
    for _ in range(12):
        chosen = draw.sample(every, min(len(every), 3))
        weights = [draw.choice([-1, 1, 1, 2]) for _ in chosen]
        if sum(weights):
            check(by_program, every, hull, mean(chosen, weights))


def test_columns_off_the_span_are_separated():
    """The right sum, and yet a column in no affine combination of those there are."""
    for columns, moved in [
        ([(0, 1), (1, 2), (2, 3)], [(0, 2), (1, 1), (2, 3)]),
        ([(2, 0), (2, 1), (2, 4)], [(3, 0), (1, 1), (2, 4)]),
        ([(0, 0), (1, 1), (1, 1)], [(1, 1), (1, 0), (0, 1)]),
        ([(2, 0), (2, 1)], [(Fraction(5, 2), 0), (Fraction(3, 2), 1)]),
        ([(2, 0), (2, 1)], [(Fraction(3, 2), 0), (Fraction(5, 2), 1)]),
        ([(1, 2), (3, 1), (3, 1)], [(1, 1), (3, 2), (3, 1)]),
    ]:
        own, every = Rearrangements(columns), listed(columns)
        hull = Polytope([flat(one) for one in every])
        assert not check(own, every, hull, [tuple(map(Fraction, c)) for c in moved])
