"""Polygonal lines in corridors: inside, continuous, and of as few edges as z3 finds."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.corridors import _furthest, _middle, _Window, fewest_links

z3 = pytest.importorskip("z3")
F = Fraction


def meetings(lines, places):
    """Where neighbouring lines meet, with the ends of the corridor."""
    found = [places[0]]
    for (m, c), (n, d) in zip(lines, lines[1:]):
        assert m != n
        found.append((d - c) / (m - n))
    return [*found, places[-1]]


def height(places, side, x):
    for a, b, u, v in zip(places, places[1:], side, side[1:]):
        if a <= x <= b:
            return u + (v - u) * (x - a) / (b - a)
    raise AssertionError


def require_inside(lines, places, low, high):
    corners = meetings(lines, places)
    assert corners == sorted(corners)
    for (m, c), start, end in zip(lines, corners, corners[1:]):
        # sides are affine between places, so that these points are enough
        for x in (start, end, *(p for p in places if start <= p <= end)):
            assert height(places, low, x) <= m * x + c <= height(places, high, x)


def is_possible(places, low, high, count):
    """Whether a line with so many edges is in the corridor, wherever its corners are, by z3."""
    for where in combinations_with_replacement(range(len(places) - 1), count - 1):
        solver = z3.Solver()
        m = [z3.Real(f"m{i}") for i in range(count)]
        c = [z3.Real(f"c{i}") for i in range(count)]
        t = [z3.Real(f"t{i}") for i in range(count - 1)]
        for i, j in enumerate(where):
            own = m[i] * t[i] + c[i]
            solver.add(t[i] >= places[j], t[i] <= places[j + 1], own == m[i + 1] * t[i] + c[i + 1])
            if i:
                solver.add(t[i] >= t[i - 1])
            for side, sign in ((low, 1), (high, -1)):
                slope = (side[j + 1] - side[j]) / (places[j + 1] - places[j])
                solver.add(sign * (own - side[j] - slope * (t[i] - places[j])) >= 0)
        for k, place in enumerate(places):
            own = sum(j < k for j in where)
            solver.add(m[own] * place + c[own] >= low[k], m[own] * place + c[own] <= high[k])
        answer = solver.check()
        assert answer != z3.unknown
        if answer == z3.sat:
            return True
    return False


def is_one_line(places, low, high):
    """Whether one line stabs all segments: then one through two of their ends does."""
    ends = [(p, h) for p, *own in zip(places, low, high) for h in own]
    lines = [
        ((v - u) / (b - a), u - (v - u) / (b - a) * a) for a, u in ends for b, v in ends if a < b
    ]
    return any(all(a <= m * p + c <= b for p, a, b in zip(places, low, high)) for m, c in lines)


@st.composite
def corridors(draw, longest):
    steps = draw(st.lists(st.sampled_from([F(1), F(2), F(1, 2)]), min_size=1, max_size=longest))
    places = [F(draw(st.integers(-2, 2)))]
    for step in steps:
        places.append(places[-1] + step)
    n = len(places)
    low = [F(v) for v in draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n))]
    wide = draw(st.lists(st.sampled_from([0, F(1, 2), 1, 2, 3]), min_size=n, max_size=n))
    return places, low, [a + b for a, b in zip(low, wide)]


@settings(max_examples=60, deadline=None)
@given(corridors(7))
def test_lines_are_inside(corridor):
    lines = fewest_links(*corridor)
    require_inside(lines, *corridor)
    assert (len(lines) == 1) == is_one_line(*corridor)
    # from the other end as many are needed, and upside down, too
    places, low, high = corridor
    back = fewest_links([-p for p in places[::-1]], low[::-1], high[::-1])
    turned = fewest_links(places, [-v for v in high], [-v for v in low])
    assert len(lines) == len(back) == len(turned) <= len(places) - 1


@settings(max_examples=12, deadline=None)
@given(corridors(4))
def test_no_line_has_fewer_edges(corridor):
    count = len(fewest_links(*corridor))
    if count > 2:
        assert not is_possible(*corridor, count - 1)


@pytest.mark.parametrize(
    ("low", "widths", "links"),
    [
        ([0, 3, 0, 3], [1, 1, 1, 1], 3),
        ([0, 3, 0, 3], [3, 0, 3, 0], 1),
        ([0, 2, 0, 2, 0], [1, 1, 1, 1, 1], 4),
        ([0, 2, 0, 2, 0], [1, 0, 2, 0, 1], 3),
        ([0, 0, 1, 3, 6], [0, 1, 1, 1, 0], 2),
        ([0, 1, 0], [F(1, 2), F(1, 2), F(1, 2)], 2),
        ([0, 1, 0], [1, 0, 1], 1),
        ([0, 0, 0, 2, 2, 2], [0, 0, 0, 0, 0, 0], 3),
        ([0, 0], [0, 0], 1),
    ],
)
def test_corridors_by_hand(low, widths, links):
    places = [F(i) for i in range(len(low))]
    low = [F(v) for v in low]
    high = [v + w for v, w in zip(low, widths)]
    found = fewest_links(places, low, high)
    require_inside(found, places, low, high)
    assert len(found) == links
    assert is_possible(places, low, high, links)
    if links > 1:
        assert not is_possible(places, low, high, links - 1)


def test_a_corridor_without_width_is_its_own_line():
    for heights in ([0, 1, 3, 2], [1, 1, 2, 2, 0], [0, 1, 2, 1, 0]):
        places = [F(i) for i in range(len(heights))]
        side = [F(h) for h in heights]
        lines = fewest_links(places, side, side)
        corners = meetings(lines, places)
        assert [m * x + c for (m, c), x in zip(lines, corners)] == [
            height(places, side, x) for x in corners[:-1]
        ]
        bends = [
            k for k in range(1, len(side) - 1) if side[k + 1] - side[k] != side[k] - side[k - 1]
        ]
        assert corners[1:-1] == bends


def test_a_window_at_the_end():
    places, low, high = [F(0), F(1)], [F(0), F(0)], [F(2), F(3)]
    for upper, expected in ((True, 3), (False, 0)):
        line, window = _furthest(places, low, high, _Window(F(0), F(1), upper))
        assert line == (0, expected) and window is None


def test_the_middle_of_lines():
    assert _middle([(F(1), F(2))]) == (1, 2)
    assert _middle([(F(1), F(2)), (F(0), F(0)), (F(2), F(4))]) == (1, 2)
