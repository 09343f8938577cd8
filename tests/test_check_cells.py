"""Cells without a kink of f are checked by signs: the same reports as by refining each."""

from __future__ import annotations

import random

import pytest
from generators import functions
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.consistency import check as module
from piecewise_mt.calculus.consistency.check import restated


def both_ways(rep):
    quick = mt.check(rep)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Agreeing, "holds", lambda self, cell, piece: False)
        slow = mt.check(rep)
    assert str(quick) == str(slow)
    assert [f.point for f in quick.failures] == [f.point for f in slow.failures]
    return quick


@given(functions(max_layers=2), functions(max_layers=2), st.data())
def test_reports_are_those_of_the_refinement(f, g, data):
    """Pieces of f, with the formulas of another function in some of them, checked against f."""
    try:
        rep, other = f.represent(), g.represent()
    except mt.NotContinuous:
        return
    if f.size != g.size or rep.names != other.names or len(rep) > 30:
        other = rep
    stated = restated(rep)
    pieces = []
    for piece in stated:
        formulas = piece.formulas
        if data.draw(st.integers(0, 3)) == 0:
            formulas = restated(other)[data.draw(st.integers(0, len(other) - 1))].formulas
        pieces.append(
            type(piece)(piece.alpha, stated.names, piece.parts, formulas, None, piece.is_scalar)
        )
    report = both_ways(mt.Representation.of_pieces(stated.names, pieces, f, None))
    assert both_ways(stated).ok
    assert report.ok or report.failures


def test_one_polyhedron_with_kinks_of_f_in_it_is_refined():
    x, y = mt.variables("x y")
    whole = mt.Representation("x y", [("x >= x", "x")], of=mt.max(x, y))
    report = both_ways(whole)
    assert not report.ok and report.failures[0].check == "formulas"
    cancelled = mt.Representation("x y", [("x >= x", "x")], of=mt.relu(x) - mt.relu(-x) + 0 * y)
    assert both_ways(cancelled).ok


def test_a_jump_at_the_edge_of_a_cell_is_still_found():
    x = mt.variable("x")
    f = mt.where(x > 0, x + 1, x)
    entries = [("x > 0", "x + 1"), ("x <= 0", "x")]
    with pytest.raises(mt.NotContinuous):
        mt.check(mt.Representation("x", entries, of=f))


def test_a_network_of_a_thousand_pieces_is_checked_piece_by_piece():
    draw = random.Random(7)
    x = mt.vector("x", 2)
    h = x
    for n, m in ((2, 18), (18, 18)):
        rows = [[draw.randint(-5, 5) for _ in range(n)] for _ in range(m)]
        h = mt.relu(mt.affine(rows, h, [draw.randint(-5, 5) for _ in range(m)]), at_zero=0)
    f = h @ [draw.randint(-3, 3) for _ in range(18)]
    stated = restated(f.represent())
    asked = []
    original = module._difference

    def counted(*arguments):
        asked.append(arguments)
        return original(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_difference", counted)
        assert mt.check(stated).ok
    assert len(stated) > 400 and not asked
