"""The function of a table is kept in JSON, or its loss is said; never lost in silence."""

import json

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.interop.json import json_data
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


def indented(rep):
    """The text as the encoder of the standard library writes it."""
    return json.dumps(json_data(rep), indent=2, ensure_ascii=False)


@settings(max_examples=60, deadline=None)
@given(functions(), st.sampled_from([None, "x1 >= 0", "x1 > -1 and x1 <= 1", "x1 = 0"]))
def test_the_text_is_that_of_the_encoder(f, domain):
    f = f.on(*sorted({"x1", *(v.names[0] for v in f.variables)}))
    try:
        rep = f.represent(domain)
    except mt.NotContinuous:
        return
    assert rep.to_json() == indented(rep)
    merged = rep.merged()  # whose pieces may be unions
    assert merged.to_json() == indented(merged)


@pytest.mark.parametrize(
    "rep",
    [
        *(f.represent() for f in HARD),
        mt.relu(mt.variable("ä") / 3, at_zero="1/3").represent(),
        mt.Representation("x", [("x < 0 or x > 1", "z*x + 1"), ("0 <= x and x <= 1", "exp(x)")]),
        mt.Representation("x", [("x < x + 1", "x**2")]),
        mt.relu(sympy.sqrt(2) * x - y, at_zero="free").represent("x <= sqrt(3)"),
        mt.relu(x).represent("x <= sqrt(3)"),
        mt.relu(mt.parameter("w") * x).represent(),
    ],
)
def test_the_text_of_smooth_stated_and_strange_tables_is_that_of_the_encoder(rep):
    assert rep.to_json() == indented(rep)
