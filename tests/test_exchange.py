"""JSON, SymPy's Piecewise and fast functions: what goes out comes back, and bad files are refused."""

from __future__ import annotations

import json

import pytest
import sympy
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

pytest.importorskip("jsonschema")


def round_trip(rep, tmp_path_factory):
    path = tmp_path_factory.mktemp("json") / "rep.json"
    rep.to_json(path)
    return mt.Representation.from_json(path, of=rep.of)


@given(functions(max_layers=2))
@settings(max_examples=25, deadline=None)
def test_round_trip_of_derived_representations(tmp_path_factory, f):
    rep = f.represent()
    read = round_trip(rep, tmp_path_factory)
    assert read.names == rep.names and read.shape == rep.shape and len(read) == len(rep)
    for ours, theirs in zip(rep, read, strict=True):
        assert theirs.polyhedron == ours.polyhedron
        assert theirs.formula == ours.formula and theirs.gradient == ours.gradient


def test_round_trip_of_smooth_and_stated_ones(tmp_path_factory):
    x, y = mt.variables("x y")
    rep = (mt.exp(mt.relu(x)) * mt.max(x, y)).represent()
    read = round_trip(rep, tmp_path_factory)
    assert all(sympy.simplify(a.formula - b.formula) == 0 for a, b in zip(rep, read, strict=True))
    assert mt.check(read).ok
    union = mt.Representation(
        "x y", [(["x > 1", "x < -1"], "0", [1, 0]), ("-1 <= x <= 1", "0")], domain="y >= 0"
    )
    again = round_trip(union, tmp_path_factory)
    assert len(again.entries[0].parts) == 2 and again.entries[0].gradient == sympy.Matrix([[1, 0]])
    assert again.domain == union.domain
    checks = {c.name: str(c.verdict) for c in mt.check(again).checks}
    assert checks["(15)"] == "failed"


def test_the_function_is_read_and_not_believed(tmp_path):
    rep = mt.parse("max(y1, y2)").represent()
    data = json.loads(rep.to_json())
    data["function"] = "min(y1, y2)"
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(data))
    report = mt.check(mt.Representation.from_json(path))
    assert {failure.check for failure in report.failures} == {"formulas"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("pieces"), "'pieces' is a required"),
        (lambda d: d.update(version=99), "version"),
        (lambda d: d.update(variables=["x; import os", "y"]), "identifier"),
        (lambda d: d["pieces"][0]["parts"][0]["inequalities"][0].update(row=["1"]), "3 numbers"),
        (lambda d: d["pieces"][0]["affine"][0].__setitem__(1, "__import__('os')"), "expected"),
        (lambda d: d["pieces"][0]["affine"][0].__setitem__(1, "1/0"), "nonzero"),
        (lambda d: d["pieces"][0].update(gradient=[["0"]]), "1x2 gradient"),
        (lambda d: d["pieces"].reverse(), "numbered"),
        (lambda d: d["pieces"][0].update(alpha="1"), "pieces/0/alpha"),
    ],
)
def test_bad_files_are_refused(tmp_path, change, words):
    data = json.loads(mt.parse("max(y1, y2)").represent().to_json())
    change(data)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data))
    with pytest.raises(mt.PiecewiseError, match=words):
        mt.Representation.from_json(path)


def test_no_json_at_all(tmp_path):
    path = tmp_path / "none.json"
    with pytest.raises(mt.PiecewiseError, match="readable"):
        mt.Representation.from_json(path)
    for text in ("{", "[" * 100_000, "\x00"):
        path.write_text(text)
        with pytest.raises(mt.PiecewiseError):
            mt.Representation.from_json(path)


@given(functions(max_layers=1), st.data())
@settings(max_examples=25, deadline=None)
def test_piecewise_has_the_values_of_f(f, data):
    rep = f.represent()
    piecewise = sympy.Matrix([rep.to_piecewise()])
    piece = data.draw(st.sampled_from(list(rep)))
    at = dict(zip(rep.symbols, piece.witness, strict=True))
    found = piecewise.xreplace(at).doit()
    assert sympy.simplify(found - sympy.Matrix([f.value(piece.witness)])).is_zero_matrix


def test_fast_functions():
    f = mt.max(*mt.variables("y1 y2"))
    rep = f.represent()
    assert rep.lambdify()(0.25, 0.5) == 0.5
    gradient = rep.lambdify(gradient=True, parameters={"z": "1/4"})
    assert gradient(1.0, 1.0) == [[0.25, 0.75]] and gradient(1, 2) == [[0.0, 1.0]]
    # 0.1 + 0.2 is not 0.3, and the piece is found for the floats as they are
    assert gradient(0.1 + 0.2, 0.3) == [[1.0, 0.0]]
    with pytest.raises(mt.PiecewiseError, match="free parameter"):
        rep.lambdify(gradient=True)(1.0, 1.0)
    with pytest.raises(mt.PiecewiseError, match="expected 2 numbers"):
        rep.lambdify()(1.0)
    t = mt.variable("t")
    pair = mt.stack([mt.exp(mt.relu(t, at_zero=0)), t]).represent().lambdify()
    assert pair(-1.0) == [1.0, -1.0]
