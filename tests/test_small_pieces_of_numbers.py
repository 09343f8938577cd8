"""Cases of balls, intervals and polygons that no question of the other tests comes by, by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.exact.balls import Ball
from piecewise_mt.exact.corridors import _clipped
from piecewise_mt.exact.enclosures import _by_arithmetic

x, y = sympy.symbols("x y", real=True)
HALF = Fraction(1, 2)


def test_a_ball_around_zero_has_no_sign():
    assert Ball(0, 0, -4, 64).sign() == 0
    assert [Ball(mid, 2, -4, 64).sign() for mid in (3, -3)] == [1, -1]
    for mid, rad in ((0, 1), (1, 1), (-1, 1), (1, 2)):
        with pytest.raises(mt.Undecided):
            Ball(mid, rad, -4, 64).sign()


@pytest.mark.parametrize(
    "expression, low, high",
    [
        (sympy.cosh(x * y), 1, sympy.cosh(2)),
        (sympy.sin(x * y), -1, 1),
        (sympy.Abs(x), 0, 2),
    ],
)
def test_intervals_hold_the_values_and_reach_the_least(expression, low, high):
    own = _by_arithmetic(expression, {x: (-1, 2), y: (-1, 1)})
    assert own[0] <= low and own[1] >= high
    if expression.func is sympy.cosh:
        assert own == (low, high)


def test_a_polygon_of_lines_is_clipped_at_a_point():
    # of the lines y = 0, y = 1 and y = 1/4 + x, by height at x = 0
    lines = [(Fraction(0), Fraction(0)), (Fraction(0), Fraction(1)), (Fraction(1), Fraction(1, 4))]
    above = _clipped(lines, Fraction(0), HALF, 1)
    below = _clipped(lines, Fraction(0), HALF, -1)
    assert all(c >= HALF for _, c in above) and all(c <= HALF for _, c in below)
    # what crosses is kept at the point itself, from both sides
    crossing = {line for line in above if line[1] == HALF}
    assert len(crossing) == 2 == len({line for line in below if line[1] == HALF})
    assert crossing == {line for line in below if line[1] == HALF}
    assert set(above) - crossing == {lines[1]} and set(below) - crossing == {lines[0], lines[2]}
    # a line through the point is on both sides, once
    assert _clipped([(Fraction(3), HALF)], Fraction(0), HALF, 1) == [(3, HALF)]
