"""The lines below and above a unit whose label is not the same all over a box."""

from fractions import Fraction

import pytest

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.partition.switching import Box, Switching

x = mt.variable("x")
# lengths that are powers of two, so that slopes are not rounded
ENDS = [(-5, 3), (-1, 7), (-5, -1), (-4, 4), (-7, 1), (-2, 0), (Fraction(-1, 2), Fraction(3, 2))]


def only_switch(f, low, high):
    found = Switching(compile_program(f), Box((Fraction(low),), (Fraction(high - low),)))
    return list(found.switches.values())


def at(line, value):
    return line.constant + sum(slope * value for _, slope in line.slopes)


@pytest.mark.parametrize(("low", "high"), ENDS)
def test_of_the_lines_about_a_relu_the_chord_is_above_and_a_branch_below(low, high):
    """Convex: nothing linear between chord and function; below, the branch in the middle."""
    switches = only_switch(mt.relu(x), low, high)
    if high <= 0:
        assert not switches
        return
    (switch,) = switches
    assert (switch.low, switch.high) == (0, high)
    assert at(switch.above, low) == 0 and at(switch.above, high) == high
    middle = Fraction(low + high) / 2
    assert at(switch.below, middle) == max(0, middle)
    assert at(switch.below, low) <= 0 and at(switch.below, high) <= high


@pytest.mark.parametrize(("low", "high"), ENDS)
@pytest.mark.parametrize(
    ("f", "kinks"),
    [
        (mt.abs(x), [0]),
        (mt.clip(x, -1, 1), [-1, 1]),
        (mt.leaky_relu(x, "1/4"), [0]),
        (mt.piecewise_linear(x, [-1, 0, 1], [0, 1, -1, "1/2"]), [-1, 0, 1]),
    ],
)
def test_lines_bound_and_no_parallel_is_closer_in_the_middle(f, kinks, low, high):
    for switch in only_switch(f, low, high):
        places = [low, *(k for k in kinks if low < k < high), high]
        heights = [f.value([p]) for p in places]
        assert (switch.low, switch.high) == (min(heights), max(heights))
        middle = Fraction(low + high) / 2

        def rise(i, j, places=places, heights=heights):
            return Fraction(heights[j] - heights[i]) / (places[j] - places[i])

        for sign, line in ((1, switch.above), (-1, switch.below)):
            assert all(sign * at(line, p) >= sign * h for p, h in zip(places, heights, strict=True))
            others = [
                slope * middle
                + sign * max(sign * (h - slope * p) for p, h in zip(places, heights, strict=True))
                for slope in (rise(0, -1), rise(0, 1), rise(-2, -1))
            ]
            assert sign * at(line, middle) == min(sign * own for own in others)
