"""The checks of linear certificates: what they accept is true, and one number changed is not."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piecewise_mt.exact.certificates import (
    check_bound,
    check_combination,
    check_farkas,
    check_separation,
    check_witness,
)

F = Fraction
few = st.integers(-2, 2)
rows = st.lists(st.tuples(few, few, few), max_size=3)


def height(row, point):
    return row[0] + row[1] * point[0] + row[2] * point[1]


@given(
    st.tuples(few, few),
    rows,
    st.lists(st.tuples(st.tuples(few, few, few), st.booleans()), max_size=3),
)
def test_witnesses(point, equations, inequalities):
    expected = all(height(row, point) == 0 for row in equations) and all(
        height(row, point) > 0 if strict else height(row, point) >= 0
        for row, strict in inequalities
    )
    assert check_witness(point, equations, inequalities) is expected
    assert check_witness([F(v) for v in point], equations, inequalities) is expected


def test_witnesses_of_each_kind():
    for value in (-1, 0, 1):
        assert check_witness((value,), [(0, 1)], []) is (value == 0)
        assert check_witness((value,), [], [((0, 1), False)]) is (value >= 0)
        assert check_witness((value,), [], [((0, 1), True)]) is (value > 0)
        assert check_witness((F(1, 2),), [(value, 2)], []) is (value == -1)
    # rows of another length prove nothing
    assert check_witness((1,), [(0, 0, 0)], []) is check_witness((1,), [], [((0,), False)]) is False
    assert check_witness((), [(0,)], [((1,), True)]) and not check_witness((), [(1,)], [])


@given(
    st.lists(st.tuples(st.tuples(few, few, few), few), max_size=3),
    st.lists(st.tuples(st.tuples(few, few, few), st.booleans(), few), max_size=3),
)
def test_what_is_refuted_has_no_point(equations, inequalities):
    """An accepted proof is right: no point of a grid satisfies the system."""
    own = [row for row, _ in equations], [(row, strict) for row, strict, _ in inequalities]
    by = [c for _, c in equations], [c for *_, c in inequalities]
    total = [
        sum(c * row[k] for row, c in equations) + sum(c * row[k] for row, _, c in inequalities)
        for k in range(3)
    ]
    expected = (
        bool(equations or inequalities)
        and all(c >= 0 for c in by[1])
        and total[1:] == [0, 0]
        and (
            total[0] < 0
            or (total[0] == 0 and any(c > 0 and strict for _, strict, c in inequalities))
        )
    )
    assert check_farkas(by, *own) is expected
    if expected:
        grid = [F(k, 2) for k in range(-6, 7)]
        assert not any(check_witness(point, *own) for point in product(grid, repeat=2))


@pytest.mark.parametrize(
    ("multipliers", "equations", "inequalities", "good"),
    [
        (([], []), [], [], False),
        (([1], []), [(-1, 0)], [], True),
        (([-1], []), [(1, 0)], [], True),
        (([1], []), [(1, 0)], [], False),
        (([0], []), [(-1, 0)], [], False),
        (([], [1]), [], [((-1, 0), False)], True),
        (([], [1]), [], [((0, 0), True)], True),
        (([], [1]), [], [((0, 0), False)], False),
        (([], [0]), [], [((0, 0), True)], False),
        (([], [0, 1]), [], [((0, 0), True), ((0, 0), False)], False),
        # x ≥ 1 and x ≤ 0, and the same with the wrong weights
        (([], [1, 1]), [], [((-1, 1), False), ((0, -1), False)], True),
        (([], [1, 2]), [], [((-1, 1), False), ((0, -1), False)], False),
        (([], [F(1, 3), F(1, 3)]), [], [((-1, 1), False), ((0, -1), False)], True),
        (([], [1, -1]), [], [((-1, 1), False), ((0, 1), False)], False),
        # numbers and rows of other lengths
        (([], [1]), [(-1, 0)], [], False),
        (([1], []), [], [((-1, 0), False)], False),
        (([1, 1], []), [(-1, 0)], [], False),
        (([], [1, 1]), [], [((-1, 0), False)], False),
        (([1], [1]), [(-1, 0)], [((-1, 0, 0), False)], False),
        (([1], []), [()], [], False),
    ],
)
def test_refutations_by_hand(multipliers, equations, inequalities, good):
    assert check_farkas(multipliers, equations, inequalities) is good


def test_bounds():
    # x + y ≤ 2 where x ≤ 1 and y ≤ 1
    box = [((1, -1, 0), False), ((1, 0, -1), False)]
    for value, good in ((1, False), (F(199, 100), False), (2, True), (3, True)):
        assert check_bound(F(value), ([], [1, 1]), (0, 1, 1), [], box) is good
        assert check_bound(F(value) + 5, ([], [1, 1]), (5, 1, 1), [], box) is good
    assert not check_bound(F(9), ([], [1, 0]), (0, 1, 1), [], box)
    # 2·x = y, so that y - 2·x is at most 0
    assert check_bound(F(0), ([-1], []), (0, -2, 1), [(0, -2, 1)], [])
    assert not check_bound(F(0), ([1], []), (0, -2, 1), [(0, -2, 1)], [])
    # on an empty set everything is bounded, but not by the wrong proof
    assert check_bound(
        F(-9), ([], [8, 0]), (-1, 0, 0), [], [((-1, 0, 0), False), ((0, 0, 0), False)]
    )
    assert not check_bound(
        F(-9), ([], [0, 1]), (-1, 0, 0), [], [((-1, 0, 0), False), ((0, 0, 0), False)]
    )


def test_combinations():
    points = [[0, 0], [2, 0], [0, 2]]
    assert check_combination([1, 1], points, [0, F(1, 2), F(1, 2)])
    assert check_combination([F(2, 3), F(2, 3)], points, [F(1, 3)] * 3)
    for target, weights in (
        ([1, 0], [0, F(1, 2), F(1, 2)]),
        ([0, 1], [0, F(1, 2), F(1, 2)]),
        ([2, 2], [0, 1, 1]),
        ([1, 1], [1, F(1, 2), F(1, 2)]),
        ([2, -1], [F(1, 2), 1, F(-1, 2)]),
        ([0, 0], [1, 0]),
        ([0, 0], [1, 0, 0, 0]),
        ([0], [1, 0, 0]),
        ([0, 0, 0], [1, 0, 0]),
    ):
        assert check_combination(target, points, weights) is False
    assert check_combination([], [[]], [1]) and not check_combination([], [], [])


@given(st.tuples(few, few), st.lists(st.tuples(few, few), max_size=3), st.tuples(few, few))
def test_separations(target, points, direction):
    def along(p):
        return sum(a * b for a, b in zip(p, direction))

    assert check_separation(target, points, direction) is all(
        along(p) < along(target) for p in points
    )
    assert not check_separation(target, [*points, target], direction)
    assert check_separation((*target, 0), points, direction) is False
    assert check_separation(target, [*points, (0,)], direction) is False
