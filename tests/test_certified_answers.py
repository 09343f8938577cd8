"""Answers with certificates, against the package's own answers, which are found in other ways."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
import sympy
from generators import functions
from hypothesis import given, settings

import piecewise_mt as mt
from piecewise_mt_check import check_data, check_text

x, y = mt.variables("x y")
SCHEMA = json.loads(
    Path(sys.modules["piecewise_mt_check"].__file__)
    .with_name("schema.json")
    .read_text(encoding="utf-8")
)
# that of each kind alone, which is faster than trying all
VALIDATORS = {
    entry["$ref"].rsplit("/", 1)[1]: jsonschema.Draft202012Validator(
        {"$defs": SCHEMA["$defs"], "$ref": entry["$ref"]}
    )
    for entry in SCHEMA["oneOf"]
}


def certified(*args, **given):
    text = mt.certify(*args, **given)
    data = json.loads(text)
    VALIDATORS[data["kind"]].validate(data)
    verdict = check_text(text)
    assert verdict.answer == "valid"
    return data


@settings(max_examples=8, deadline=None)
@given(functions(max_layers=2, scalar=True))
def test_infima_constants_and_points(f):
    f = f if f.shape == () else f[0]
    # the package goes through faces of its complex, the certificate through linear programs
    for question, expected in (("minimum", mt.infimum(f)), ("maximum", -mt.infimum(-f))):
        value = certified(f, question)["value"]
        assert (value is None) == expected.is_infinite
        assert value is None or sympy.Rational(value) == expected
    # of the generated functions none jumps
    assert sympy.Rational(certified(f, "lipschitz")["power"]) == mt.lipschitz(f) ** 2
    origin = [0] * len(f.variables)
    here = f.at(origin)
    data = certified(f, "differentiable", point=origin)
    assert (data["kind"] == "differentiable") == here.is_differentiable
    for matrix in (here.gradient, sympy.zeros(1, len(origin)), here.bouligand[0]):
        if not matrix.free_symbols:
            data = certified(f, "clarke", point=origin, matrix=matrix.tolist())
            assert (data["kind"] == "in_clarke") == here.clarke.contains(matrix)
    for word, verdict in (("convex", mt.is_convex(f)), ("concave", mt.is_convex(-f))):
        assert (certified(f, word)["kind"] == "max_affine") == verdict.holds


@settings(max_examples=12, deadline=None)
@given(functions(max_layers=1), functions(max_layers=1))
def test_equality(f, g):
    names = ["x1", "x2"]
    f, g = f.on(*names), g.on(*names)
    assert certified(f, "equal", second=f)["kind"] == "equal"
    if f.shape == g.shape:
        kind = certified(f, "equal", second=g)["kind"]
        assert (kind == "equal") == mt.equal(f, g)


@pytest.mark.parametrize(
    ("f", "domain", "value", "how"),
    [
        ("abs(x)", None, 0, "attained"),
        ("x", "0 < x < 1", 0, "tended to"),
        ("max(x, y)", "x + y >= 1", "1/2", "attained"),
        ("x - y", None, None, "unbounded"),
        ("relu(x)", "x = y", 0, "attained"),
    ],
)
def test_attained_tended_to_or_neither(f, domain, value, how):
    f = mt.parse(f).on("x", "y")
    text = mt.certify(f, "minimum", domain=domain)
    assert json.loads(text)["value"] == value and how in check_text(text).reason


def test_at_the_ties_of_the_papers_table_2():
    # the associated gradient -3/2 at t = 0 is not in Clarke's set, which is {0}
    four = "max(t, 2*t, 3*t, 4*t, ties={})"
    f = f"{four.format('first')} - {four.format('average')}"
    assert certified(f, "clarke", point=[0], matrix=[["-3/2"]])["kind"] == "not_in_clarke"
    assert certified(f, "clarke", point=[0], matrix=[[0]])["kind"] == "in_clarke"
    assert certified(f, "differentiable", point=[0])["gradient"] == [[0]]


def test_regions_that_inequalities_make_flat():
    # on {x >= y and y >= x} the affine functions are x and y, and their difference is no limit
    f = mt.max(x, y, ties="first") - mt.max(y, x, ties="first")
    data = certified(f, "differentiable", point=[0, 0])
    assert data["gradient"] == [[0, 0]] and any("flat" in e for e in data["tree"] if e)
    assert certified(f, "lipschitz")["power"] == 0
    assert certified(f, "clarke", point=[1, 1], matrix=[[1, -1]])["kind"] == "not_in_clarke"
    place = next(i for i, e in enumerate(data["tree"]) if isinstance(e, dict) and "flat" not in e)
    data["tree"][place] = {"flat": [0, 1]}
    assert check_data(data).answer == "invalid"


def test_norms():
    f = mt.stack([mt.relu(x - y), 2 * y])
    assert certified(f, "lipschitz", ord=1)["power"] == 3  # column of y: |-1| + 2
    assert certified(f, "lipschitz", ord="inf")["power"] == 2
    # GᵀG of [[1, -1], [0, 2]] has the eigenvalues 3 ± √5
    data = certified(f, "lipschitz")
    lower, power = (Fraction(data[key]) for key in ("lower", "power"))
    assert (lower - 3) ** 2 <= 5 <= (power - 3) ** 2 and 0 <= power - lower < Fraction(1, 10**6)
    # a rational one: both rows are multiples of one, 3² + 4²
    g = mt.stack([3 * mt.relu(x), 4 * mt.relu(x), 0 * x]).on("x", "y")
    data = certified(g, "lipschitz")
    assert data["lower"] == data["power"] == 25
    for change in ({"power": 24}, {"lower": 26}, {"direction": [0, 1]}, {"direction": [0, 0]}):
        assert check_data(data | change).answer == "invalid"


def test_empty():
    rows = [((0, 1, -1), True), ((0, -1, 1), False)]
    assert certified(mt.Polyhedron(("x", "y"), [], rows), "empty")["proof"]
    with pytest.raises(mt.PiecewiseError, match="with points"):
        mt.certify(mt.Polyhedron(("x", "y"), [], rows[:1]), "empty")


@pytest.mark.parametrize(
    ("question", "given"),
    [("minimum", {}), ("lipschitz", {}), ("differentiable", {"point": [1]})],
)
def test_smooth_functions_are_refused(question, given):
    with pytest.raises(mt.Unsupported):
        mt.certify(mt.exp(x), question, **given)


def test_questions_that_do_not_fit():
    for args, options in (
        ((x, "maximal"), {}),
        ((x, "equal"), {}),
        ((x, "clarke"), {"point": [0]}),
        ((x, "clarke"), {"point": [0], "matrix": [[1, 2]]}),
        ((x, "differentiable"), {}),
        ((3, "minimum"), {}),
        ((x, "empty"), {}),
        ((mt.stack([x, x]), "minimum"), {}),
        ((x, "lipschitz"), {"ord": 3}),
        ((x, "lipschitz"), {"domain": "x = 0"}),
    ):
        with pytest.raises(mt.PiecewiseError) as caught:
            mt.certify(*args, **options)
        assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("args", "given", "key", "values"),
    [
        (("abs(x)", "minimum"), {}, "value", [1, -1, None, "1/2"]),
        (("abs(x)", "minimum"), {}, "point", [[1], [], ["1/2"]]),
        (("abs(x)", "minimum"), {}, "sense", ["max", "", 1]),
        (("relu(x)", "lipschitz"), {}, "power", [0, 2, -1, "1/2"]),
        (("relu(x)", "lipschitz"), {}, "point", [[-1], [0]]),
        (("abs(x)", "convex"), {}, "rows", [[[0, 1], [0, 2]], [[0, 1]], []]),
        (("abs(x)", "convex"), {}, "sense", ["min"]),
        (("relu(x)", "clarke"), {"point": [0], "matrix": [["1/2"]]}, "matrix", [[[2]], [["1/3"]]]),
        (("relu(x)", "clarke"), {"point": [0], "matrix": [["1/2"]]}, "point", [[1], [-1]]),
        (("relu(x)", "clarke"), {"point": [0], "matrix": [["1/2"]]}, "weights", [[1, 0], [2, -1]]),
        (("relu(x)", "clarke"), {"point": [0], "matrix": [[2]]}, "matrix", [[[1]], [["1/2"]]]),
        (("relu(x)", "differentiable"), {"point": [1]}, "point", [[0], [-1]]),
        (("relu(x)", "differentiable"), {"point": [1]}, "gradient", [[[0]], [[2]]]),
        (("abs(x)", "equal"), {"second": "max(x, -x)"}, "tree", [[], [None]]),
        (("abs(x)", "equal"), {"second": "x"}, "point", [[1], [0]]),
    ],
)
def test_false_statements_are_refused(args, given, key, values):
    data = json.loads(mt.certify(*args, **given))
    for value in values:
        verdict = check_data(data | {key: value})
        assert verdict.answer == "invalid", (value, verdict)


def test_other_functions_are_refused():
    data = json.loads(mt.certify("relu(x)", "differentiable", point=[1]))
    other = json.loads(mt.certify("abs(x) + x", "differentiable", point=[1]))
    assert check_data(data | {"function": other["function"]}).answer == "invalid"
    # a node that may jump needs a proof that it does not
    jump = json.loads(mt.certify(mt.where(x > 0, x, 0), "minimum"))
    assert check_data(data | {"function": jump["function"]}).answer == "unsupported"
