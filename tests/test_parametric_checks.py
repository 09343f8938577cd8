"""Checks of tables with free tie parameters from coefficients, against SymPy's word for them."""

from __future__ import annotations

from unittest import mock

import pytest
import sympy
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.consistency import check as module
from piecewise_mt.calculus.representation.stated import StatedPiece, StatedRepresentation
from piecewise_mt.calculus.smooth.formulas import AffineFormula
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.functions.atoms.rules import with_free_ties

x, y = mt.variables("x y")


def both(rep):
    """The report, and that without coefficients."""
    with mock.patch.object(module, "parametric_rows", lambda rep: {}):
        slow = mt.check(rep)
    found = mt.check(rep)
    # what SymPy says rests on it, coefficients do not
    assert str(found) == str(slow).removesuffix("\nrests on SymPy").rstrip()
    assert [(c.name, c.verdict, len(c.failures)) for c in found.checks] == [
        (c.name, c.verdict, len(c.failures)) for c in slow.checks
    ]
    assert [f.point for f in found.failures] == [f.point for f in slow.failures]
    return found


def stated(rep, change):
    """A table with the same pieces, formulas and gradients changed by a function."""
    pieces = []
    for piece in rep:
        rows, gradient = change(piece.alpha, list(piece.rows), [list(r) for r in piece.jacobian])
        formulas = tuple(AffineFormula(rep.names, tuple(row)) for row in rows)
        pieces.append(
            StatedPiece(piece.alpha, rep.names, piece.parts, formulas,
                        tuple(map(tuple, gradient)), piece.is_scalar)
        )  # fmt: skip
    return StatedRepresentation.of_pieces(rep.names, pieces, of=rep.of, domain=rep.domain)


@settings(max_examples=60, deadline=None)
@given(functions(max_layers=2), st.sampled_from([None, "x1 >= 0"]), st.integers(0, 2), st.data())
def test_random_tables(f, domain, wrong, data):
    f = with_free_ties(f.on(*sorted({"x1", *(v.names[0] for v in f.variables)})))
    try:
        rep = f.represent(domain)
    except mt.NotContinuous:
        return
    if len(rep) > 20:
        return
    assert both(rep).ok
    place = data.draw(st.integers(1, len(rep)))
    step = data.draw(st.sampled_from([1, Polynomial.generator("z9")]))

    def change(alpha, rows, gradient):
        if alpha == place and wrong == 1:
            rows = [(rows[0][0] + step, *rows[0][1:]), *rows[1:]]
        if alpha == place and wrong == 2:
            gradient[0][0] = gradient[0][0] + step
        return rows, gradient

    report = both(stated(rep, change))
    assert report.ok is (wrong == 0)


TIES = [
    mt.relu(x) - mt.relu(-x),
    mt.max(x, x, y),
    mt.relu(mt.max(x, y)) + mt.max(x, y),
    mt.max(x, y, ties={frozenset({0, 1}): [1 - sympy.Symbol("a"), sympy.Symbol("a")]}),
    mt.where(x >= y, mt.relu(x - y) + x, x),
]


@pytest.mark.parametrize("f", TIES, ids=str)
def test_what_cancels_on_a_tie_and_what_does_not(f):
    rep = f.represent()
    assert both(rep).ok

    def moved(alpha, rows, gradient):
        return [(row[0] + Polynomial.generator("a"), *row[1:]) for row in rows], gradient

    report = both(stated(rep, moved))
    failed = {check.name for check in report.checks if check.verdict == "failed"}
    assert "formulas" in failed


@pytest.mark.parametrize("f", TIES, ids=str)
def test_gradients_all_of_whose_entries_are_wrong(f):
    rep = f.represent()
    for place in range(1, len(rep) + 1):
        for step in (1, Polynomial.generator("z9")):

            def moved(alpha, rows, gradient, place=place, step=step):
                if alpha == place:
                    gradient = [[c + step for c in row] for row in gradient]
                return rows, gradient

            report = both(stated(rep, moved))
            failed = {check.name for check in report.checks if check.verdict == "failed"}
            assert "stated gradients" in failed and "formulas" not in failed
