"""``p.proof`` of polyhedral pieces: every one of a table verifies, and no set that is no piece does.

Oracle: the table itself, which other tests compare with brute force; two different pieces are
disjoint, so no point proves another's polyhedron.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.geometry.polyhedron import Polyhedron

x, y = mt.variables("x y")
SMALL = st.integers(-2, 2)


@st.composite
def functions(draw: Any) -> mt.Expression:
    """Two layers of small whole weights, rows of zeros and repeated ones among them."""
    rule = draw(st.sampled_from(["free", 0, 1]))

    def form(parts: list[mt.Expression]) -> mt.Expression:
        total = draw(SMALL) + 0 * x
        for part in parts:
            total = total + draw(SMALL) * part
        return total

    first = [mt.relu(form([x, y]), at_zero=rule) for _ in range(2)]
    second = mt.max(form([x, *first]), form([y, *first]), form(first))
    return (second + mt.abs(form([x, y, second]))).on(x, y)


@settings(deadline=None, max_examples=25)
@given(functions(), st.sampled_from([None, "x >= 0, x + y <= 1", "x = y", "0 < x < 1"]))
def test_every_piece_has_a_proof(f: mt.Expression, domain: str | None) -> None:
    pieces = f.represent(domain)
    for piece in pieces:
        assert piece.proof.verify()
        assert piece.proof.rests_on == ()
    for one in pieces[:4]:
        for other in pieces[:4]:
            if one is not other:
                assert not replace(one.proof, point=other.point).verify()
                assert not replace(one.proof, polyhedron=other.polyhedron).verify()


def test_smooth_nodes() -> None:
    pieces = (mt.relu(x - 1) * mt.exp(y)).represent()
    assert len(pieces) == 3
    for piece in pieces:
        assert piece.proof.verify()


@pytest.mark.parametrize(
    "change",
    [
        {"point": ()},
        {"point": (Fraction(1), Fraction(1), Fraction(1))},
        {"point": (Fraction(1), Fraction(2))},
        {"point": (1.0, 1.0)},
        {"point": None},
        {"polyhedron": Polyhedron(("x", "y"), [], [])},
        {"polyhedron": Polyhedron(("x", "y"), [], [((0, 1, -1), False)])},
        {"polyhedron": Polyhedron(("y", "x"), [(0, 1, -1)], [])},
        {"domain": Polyhedron(("x", "y"), [], [((-1, 1, 0), False)])},
        {"function": mt.min(x, 2 * y)},
        {"function": mt.relu(x)},
    ],
)
def test_other_claims_are_refused(change: dict[str, Any]) -> None:
    proof = mt.max(x, y).represent()[-1].proof
    assert proof.verify()
    assert not replace(proof, **change).verify()


def test_a_tie_rule_makes_another_piece() -> None:
    """With ``ties="first"`` the tie belongs to the first operand's piece, which is half-open."""
    first = mt.max(x, y, ties="first").represent()[0]
    assert str(first.proof.polyhedron) == "x >= y"
    assert first.proof.verify()
    assert not replace(first.proof, function=mt.max(x, y)).verify()
