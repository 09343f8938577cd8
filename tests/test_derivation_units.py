"""A derivation gives nodes one letter iff they are the same function under the same rule."""

from fractions import Fraction

import pytest

import piecewise_mt as mt
from piecewise_mt.display.derivation_units import atom_key

v = mt.vector("v", 3)
x, y = mt.variables("x y")
HALVES = {frozenset({0, 1}): ("1/2", "1/2")}
THIRDS = {frozenset({0, 1}): ("1/3", "2/3")}


def _stated(slope):
    entries = [("t >= 0", f"{slope}*t"), ("t < 0", "0")]
    return mt.Representation("t", entries)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (mt.kth(v, 1), mt.kth(v, 2)),
        (mt.max(x, y, ties=HALVES), mt.max(x, y, ties=THIRDS)),
        (mt.max(x, y, ties=mt.mix(2)), mt.max(x, y, ties=mt.mix(3))),
        (mt.apply(_stated(1), x), mt.apply(_stated(2), x)),
        (mt.kth(v, 1, ties="average"), mt.kth(v, 1, ties="first")),
    ],
)
def test_different_nodes_are_told_apart(first, second):
    (one, _), (other, _) = first.units[0], second.units[0]
    assert atom_key(one) != atom_key(other)
    text = mt.derivation(first + 2 * second).to_latex()
    alone = mt.derivation(first + 2 * first).to_latex()
    assert text != alone and "The nodes of $u_{1}, u_{2}$" not in text


def test_equal_nodes_share_their_table():
    for make in (
        lambda: mt.max(x, y, ties=HALVES),
        lambda: mt.max(x, y, ties=["1", Fraction(2)]),
        lambda: mt.kth(v, 2, ties="average"),
        lambda: mt.apply(_stated(1), x),
        lambda: mt.relu(x, at_zero="1/2"),
    ):
        assert atom_key(make().units[0][0]) == atom_key(make().units[0][0])
