"""The function of a table is kept in JSON, or its loss is said; never lost in silence."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from tests.generators import functions

pytest.importorskip("jsonschema")
x, y = mt.variables("x y")


def wrong(f):
    """A table of f whose last formula is too large by 1."""
    rep = f.represent()
    entries = [(list(p.parts), [entry + int(p.alpha == len(rep)) for entry in sympy.Matrix([p.formula])])
               for p in rep]  # fmt: skip
    return mt.Representation(rep.names, entries, of=f)


HARD = [
    mt.max(x, y, ties={frozenset({0, 1}): [sympy.Rational(1, 3), sympy.Rational(2, 3)]}),
    mt.smooth(sympy.sqrt(1 + sympy.Symbol("t") ** 2), {"t": mt.relu(x)}),
    mt.apply(mt.Representation("t", [("t <= 0", "-t"), ("t > 0", "t")]), x),
]


@pytest.mark.parametrize("f", HARD)
def test_what_the_text_does_not_say_is_not_lost_in_silence(f):
    rep = wrong(f)
    assert not mt.check(rep)
    try:
        read = mt.Representation.from_json(rep.to_json())
    except mt.Unsupported as error:
        assert "of=f" in str(error)
        read = mt.Representation.from_json(rep.to_json(), of=f)
        assert mt.Representation.from_json(rep.to_json(), of=False).of is None
    report = mt.check(read)
    assert not report.ok and report.failures[0].check == "formulas"


@settings(max_examples=25, deadline=None)
@given(functions(max_layers=2), st.booleans())
def test_a_failing_check_fails_after_the_round_trip(f, good):
    rep = f.represent() if good else wrong(f)
    try:
        read = mt.Representation.from_json(rep.to_json())
    except mt.Unsupported:
        read = mt.Representation.from_json(rep.to_json(), of=f)
    assert read.of is not None and mt.check(read).ok is mt.check(rep).ok is good


def test_a_table_without_a_function_has_none():
    rep = mt.Representation("x", [("x < 0", "0"), ("x >= 0", "x")])
    assert mt.Representation.from_json(rep.to_json()).of is None
    assert mt.check(mt.Representation.from_json(rep.to_json(), of="relu(x)"))
