"""Polytopes of three variables, clipped exactly: against containment and Euler's formula."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.display.plots.shapes import View, choose_window, height
from piecewise_mt.display.svg.solids import clipped_solid, solids
from piecewise_mt.geometry.relations import Related, allows

CUBE = ((Fraction(-1), Fraction(1)),) * 3
GRID = [tuple(Fraction(c, 2) for c in p) for p in product(range(-2, 3), repeat=3)]
small = st.integers(-1, 1)
relation = st.tuples(st.tuples(small, small, small, small), st.sampled_from(["=", ">", ">="]))


@settings(max_examples=60, deadline=None)
@given(st.lists(relation.filter(lambda r: any(r[0][1:])), max_size=4))
def test_what_is_left_of_the_cube(given_relations):
    """On the grid of halves; flat and empty sets are common."""
    relations = [Related(tuple(map(Fraction, row)), kind) for row, kind in given_relations]
    inside = [p for p in GRID if all(allows(kind, height(row, p)) for row, kind in relations)]
    solid = clipped_solid(relations, CUBE, None)
    if solid is None:
        assert inside == []
        return
    assert all(allows(kind, height(row, solid.center)) for row, kind in relations)
    corners = {corner for face in solid.faces for corner in face}
    assert all(height(row, corner) >= 0 for row, _ in relations for corner in corners)
    if solid.dimension == 3:
        edges = {
            frozenset(pair) for face in solid.faces for pair in zip(face, (*face[1:], face[0]))
        }
        assert len(corners) - len(edges) + len(solid.faces) == 2
        # each edge lies in two facets
        assert 2 * len(edges) == sum(map(len, solid.faces))
    if solid.dimension == 0:
        assert set(inside) <= corners


def test_the_pieces_fill_the_box():
    """The octants, by counting: 8 bodies, 12 quadrants, 6 half-axes and the origin."""
    x = mt.vector("x", 3)
    rep = (mt.abs(x[0]) + mt.abs(x[1]) + mt.abs(x[2])).represent()
    view = View(rep.names)
    found = list(solids(rep, view, choose_window(rep, view, most=3)))
    assert [sum(s.dimension == k for s in found) for k in range(4)] == [1, 6, 12, 8]
