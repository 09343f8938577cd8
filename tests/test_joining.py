"""Joining by groups with the pairs that failed remembered, against the plain restarts."""

from __future__ import annotations

from fractions import Fraction

import pytest
from generators import functions
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.geometry import unions as module
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.unions import joined_alike, trimmed, union


def restarted(entries):
    """Every pair anew after each union, whatever is known of it."""
    found = list(entries)
    first = 0
    while first < len(found):
        second = first + 1
        while second < len(found):
            (p, own), (q, other) = found[first], found[second]
            whole = union(p, q) if own == other else None
            if whole is None:
                second += 1
            else:
                found[first] = (whole, own)
                del found[second]
                first, second = 0, 1
        first += 1
    return found


@given(functions(max_layers=1, scalar=True))
def test_merged_pieces_are_those_of_the_restarts(f):
    try:
        rep = f.represent()
    except mt.NotContinuous:
        return
    entries = [(piece.polyhedron, piece.formulas) for piece in rep][:9]
    found = joined_alike(entries)
    assert [(p, own) for p, own in found] == restarted(entries)
    assert [str(p) for p, _ in found] == [str(p) for p, _ in restarted(entries)]


boxes = st.tuples(*[st.integers(0, 2)] * 4, *[st.booleans()] * 4)


@given(st.lists(st.tuples(boxes, st.integers(0, 1)), max_size=6))
def test_boxes_that_overlap_touch_or_are_flat(given_boxes):
    entries = []
    for (left, low, width, height, *strict), own in given_boxes:
        rows = [(-left, 1, 0), (left + width, -1, 0), (-low, 0, 1), (low + height, 0, -1)]
        box = Polyhedron(("x", "y"), [], list(zip(rows, strict, strict=True)))
        if not box.is_empty:
            entries.append((trimmed(box), own))
    assert joined_alike(entries) == restarted(entries)


def test_pairs_far_apart_are_not_asked_twice(monkeypatch):
    """A staircase of 30 intervals of one formula and 30 of another, which none can join."""
    asked = []
    original = module.union
    monkeypatch.setattr(module, "union", lambda p, q: asked.append(1) or original(p, q))
    entries = []
    for k in range(60):
        interval = Polyhedron(("x",), [], [((-3 * k, 1), False), ((3 * k + 1, -1), False)])
        entries.append((interval, k % 2))
    assert len(joined_alike(entries)) == 60 and not asked
    line = [(Polyhedron(("x",), [], [((-k, 1), False), ((k + 1, -1), True)]), 0) for k in range(40)]
    (whole,) = joined_alike(line)
    assert whole[0] == Polyhedron(("x",), [], [((0, 1), False), ((40, -1), True)])
    assert len(asked) == 39


@pytest.mark.parametrize("half", [Fraction(1, 2), 2])
def test_equal_formulas_of_different_numbers_are_one_group(half):
    x = mt.variable("x")
    rep = (mt.relu(x, at_zero=0) * half - mt.relu(x, at_zero=0) * half + x * 0).represent()
    assert len(rep) == 2 and len(rep.merged()) == 1
