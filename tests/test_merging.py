"""Unions of two polyhedra that are polyhedra, with strict relations."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.geometry.unions import union

XY = ("x", "y")
small = st.integers(-1, 1)
rows = st.tuples(small, small, small).filter(lambda row: any(row[1:]))
GRID = [tuple(p) for p in product([Fraction(k, 2) for k in range(-5, 6)], repeat=2)]


def of(*conditions):
    return mt.Polyhedron(XY, [], conditions)


QUADRANT = [((0, 1, 0), False), ((0, 0, 1), False), ((0, 1, 1), True)]


@given(st.lists(st.tuples(rows, st.booleans()), max_size=4), rows, st.booleans())
@example(QUADRANT, (0, 1, 0), True)  # {x > 0, y >= 0} and {x = 0, y > 0}
@example(QUADRANT, (0, 1, -1), True)
@settings(max_examples=200, deadline=None)
def test_the_two_parts_of_a_polyhedron_are_joined(relations, cut, strict):
    # the oracle: what was cut is known
    whole = of(*relations)
    opposite = tuple(-c for c in cut)
    first, second = of(*relations, (cut, strict)), of(*relations, (opposite, not strict))
    assume(not first.is_empty and not second.is_empty)
    for pair in ((first, second), (second, first)):
        found = union(*pair)
        assert found == whole


@given(*[st.lists(st.tuples(rows, st.booleans()), min_size=1, max_size=4)] * 2)
@settings(max_examples=200, deadline=None)
def test_a_union_has_the_points_of_its_parts_and_no_others(one, other):
    first, second = of(*one), of(*other)
    assume(not first.is_empty and not second.is_empty)
    found = union(first, second)
    if found is None:
        return
    for point in GRID:
        assert found.contains(point) == (first.contains(point) or second.contains(point))
