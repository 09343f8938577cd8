"""Certificates with polynomials: tables of curved pieces, sets, points, and proofs by cases."""

from __future__ import annotations

import copy
import json
import random
import sys
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
import sympy
from certificate_mutations import curved, run
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.interop.certificates.cases import cases_data, conditions_data, point_data
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System
from piecewise_mt_check import algebraic, cases, check_data, check_text, reading
from piecewise_mt_check.reading import Invalid, Unsupported

DATA = Path(__file__).parent / "data"
CASES = json.loads((DATA / "semialgebraic_cases.json").read_text(encoding="utf-8"))
LONG = {"c08", "c12", "c13", "c17", "c40", "s03"}
"""Those that take longest; they differ from others in size only."""
SCHEMA = json.loads(
    Path(sys.modules["piecewise_mt_check"].__file__)
    .with_name("schema.json")
    .read_text(encoding="utf-8")
)
w, x, y = mt.variables("w x y")


def valid(text):
    verdict = check_text(text)
    assert verdict.answer == "valid", verdict
    return verdict.reason


def terms(*monomials):
    return {"terms": [list(own) for own in monomials]}


X, Y = terms([1, "x"]), terms([1, "y"])


# -- tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["name"] not in LONG], ids=lambda c: c["name"]
)
def test_the_worked_cases(case):
    # the numbers of pieces are those that other engines agreed on
    names = [*case["variables"], *(["s"] if case["domain"] else [])]
    f = mt.parse(case["input"]).on(*map(mt.variable, names))
    rep = f.represent(case["domain"].replace("s**2-2", "s**2 - 2") or None)
    assert len(rep) == sum(case["by_dimension"])
    assert "products (14)" in valid(rep.certificate())


def test_parameters():
    a, p = mt.parameter("a"), mt.parameter("p", positive=True)
    text = mt.relu(a * x).represent().certificate()
    assert valid(text).endswith("(15) for each value of 'a'")
    data = json.loads(text)
    assert (
        data["parameters"] == ["a"] and [len(q["gradient"][0]) for q in data["pieces"]] == [1] * 3
    )
    # assumptions are conditions of the domain
    data = json.loads(mt.relu(p * x).represent().certificate())
    assert data["domain"] == [[">", terms([1, "p"])]]
    # as variables, they have columns
    data = json.loads(mt.relu(a * x).on(x, a).represent().certificate())
    assert "parameters" not in data and len(data["pieces"][0]["gradient"][0]) == 2


@pytest.mark.parametrize(
    ("f", "pieces"),
    [
        (mt.abs(x**2 + y**2), 2),  # the tie is a point, though it has one equation
        (mt.abs(x**2 * y), 3),  # x² changes no sign
        (mt.abs((x - y) ** 2 * (x + y)), 3),
        (mt.relu(x * y - y * x), 1),  # 0 everywhere: the labels < and > are empty
        (mt.max(x * y, y * x, x * y), 1),
        (mt.relu(x**2 + 1), 1),
        (mt.relu(-(x**2) - y**2), 2),
        (mt.max(x**2, -(y**2)), 2),
        (mt.abs(x**3 - x) + mt.abs(x**2 - 1), 6),  # {-1, 1} is one piece
        (mt.relu(x) * mt.relu(x), 3),
        (mt.relu(0 * x * y + 3), 1),
    ],
)
def test_degenerate_kinks(f, pieces):
    rep = f.represent()
    assert len(rep) == pieces
    assert "products (14)" in valid(rep.certificate())


def test_domains_that_are_points_and_curves():
    # a circle, and the one point of a system
    for domain in ("x**2 + y**2 = 1", "x**2 + y**2 <= 0"):
        valid(mt.abs(x * y).represent(domain).certificate())


@pytest.mark.parametrize(
    "pieces",
    [
        [("x**2 + y**2 < 1", "1 - x**2 - y**2"), ("x**2 + y**2 >= 1", "0")],
        # a formula that equals f on its piece only, and a union of two sets
        [
            ("x**2 + y**2 < 1", "1 - x**2 - y**2"),
            ("x**2 + y**2 > 1", "0"),
            ("x**2 + y**2 = 1 and x >= 0 or x**2 + y**2 = 1 and x < 0", "x**2 + y**2 - 1"),
        ],
        # a gradient that is that of the formula on the circle only
        [
            ("x**2 + y**2 < 1", "1 - x**2 - y**2"),
            ("x**2 + y**2 > 1", "0"),
            ("x**2 + y**2 = 1", "0", ["x**2 + y**2 - 1", 0]),
        ],
    ],
)
def test_stated_tables(pieces):
    rep = mt.Representation([x, y], pieces, of=mt.relu(1 - x**2 - y**2))
    reason = valid(rep.certificate())
    assert "(15)" in reason and "(14)" not in reason


@pytest.mark.parametrize(
    ("f", "tie", "is_consistent"),
    [
        # by hand: multiples of (2x, 2y) are normal to the circle, (y, 0) is not
        (mt.abs(x**2 + y**2 - 1), ("x**2 + y**2 = 1", "0", ["x/3", "y/3"]), True),
        (mt.abs(x**2 + y**2 - 1), ("x**2 + y**2 = 1", "0", ["x**2*y", "x*y**2"]), True),
        (mt.abs(x**2 + y**2 - 1), ("x**2 + y**2 = 1", "0", ["y", 0]), False),
        (mt.abs(x**2 + y**2 - 1), ("x**2 + y**2 = 1", "0", ["x", "-y"]), False),
    ],
)
def test_gradients_that_differ_by_normals(f, tie, is_consistent):
    p = x**2 + y**2 - 1
    others = [("x**2 + y**2 > 1", p), ("x**2 + y**2 < 1", -p)]
    rep = mt.Representation([x, y], [*others, tie], of=f)
    (check,) = (own for own in mt.check(rep).checks if own.name == "(15)")
    assert (check.verdict.value == "passed") == is_consistent
    if not is_consistent:
        with pytest.raises(mt.PiecewiseError, match=r"\(15\)"):
            rep.certificate()
        return
    text = rep.certificate()
    assert "(15)" in valid(text)
    data = json.loads(text)
    (normals,) = data["pieces"][2]["parts"][0]["normals"]
    normals["normals"][0]["multiplier"] = 1
    refused(data, "")
    normals["factor"], normals["normals"], normals["equal"] = 0, [], [None, None]
    refused(data, "")  # 0·(G - ∇f) says nothing
    normals["normals"] = [{"polynomial": X, "zero": [], "multiplier": 0}]
    refused(data, "")


@pytest.mark.parametrize(
    ("pieces", "word"),
    [
        ([("x*y >= 0", "x*y"), ("x*y <= 0", "0")], "disjoint"),
        ([("x*y > 0", "x*y"), ("x*y < 0", "0")], "cover"),
        ([("x*y > 0", "x*y"), ("x*y <= 0", "x")], "equal values"),
        ([("x*y > 0", "x*y", ["y", "x"]), ("x*y <= 0", "0", ["y", 0])], "15"),
    ],
)
def test_wrong_tables_have_none(pieces, word):
    rep = mt.Representation([x, y], pieces, of=mt.relu(x * y))
    assert not mt.check(rep).ok
    with pytest.raises(mt.PiecewiseError, match=word):
        rep.certificate()


@pytest.mark.parametrize("f", [mt.exp(x) * mt.relu(x), mt.relu(x) + mt.sin(y)])
def test_formulas_that_are_no_polynomials_are_refused(f):
    with pytest.raises(mt.Unsupported, match="polynomials"):
        f.represent().certificate()


def table():
    return json.loads(mt.relu(x * y).represent().certificate())


def refused(data, word):
    verdict = check_data(data)
    assert verdict.answer == "invalid" and word in verdict.reason, verdict


def test_lies_about_a_table():
    assert check_data(table()).answer == "valid"
    data = table()
    data["pieces"][2]["formula"], data["pieces"][2]["gradient"] = [0], [[0, 0]]
    refused(data, "")  # true, but no product
    data["product"], data["symbols"] = False, []
    (leaf,) = (own for own in data["tree"] if isinstance(own, dict) and own["piece"] == 3)
    leaf["equal"] = [None]
    assert check_data(data).answer == "valid"
    data["pieces"][2]["gradient"] = [[Y, 0]]
    refused(data, "gradient is not that of the formula")
    data = table()
    data["pieces"][0]["formula"] = [terms([1, "x"])]
    refused(data, "")
    data = table()
    data["pieces"][1]["parts"][0]["conditions"][0][0] = ">="
    refused(data, "")
    data = table()
    data["pieces"].append(copy.deepcopy(data["pieces"][0]))
    refused(data, "piece 4")
    data = table()
    data["pieces"][0]["parts"][0]["point"] = {"coordinates": [0, 0]}
    refused(data, "point")
    data = table()
    data["domain"] = [[">", X]]
    refused(data, "")
    data = table()
    data["parameters"] = ["y"]
    refused(data, "")
    data = table()
    data["function"]["formulas"][0]["terms"][0][0] = 2
    refused(data, "")


def test_changes_at_random():
    counts, false = run(50, seed=3, sources=curved())
    assert not false and counts["invalid"] > 30, (counts, false)


def test_certificates_have_the_published_form():
    validators = {
        kind: jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{kind}"})
        for kind in ("curved_table", "empty_set", "inhabited_set")
    }
    for data in curved():
        validators[data["kind"]].validate(data)


@pytest.mark.parametrize(
    ("text", "domain", "pieces"),
    [
        ("relu(sqrt(2)*x)", None, 3),
        ("max(sqrt(2)*x, y) + relu(x + sqrt(2)*y - 1)", None, 9),
        ("relu(x - sqrt(2)) + sqrt(3)*y", "x <= sqrt(3)", 3),
        ("max(2**(1/3)*x, x) + sqrt(2)", None, 3),
        ("relu(x - sqrt(2)*x*sqrt(2) + x)", None, 1),  # 0 everywhere, as sqrt(2)² = 2
    ],
)
def test_irrational_numbers(text, domain, pieces):
    # they are constants, roots of their polynomials in an interval
    rep = mt.parse(text).represent(domain)
    assert len(rep) == pieces
    reason = valid(rep.certificate())
    assert "(14)" in reason and "is the root of" in reason


def test_lies_about_constants():
    data = json.loads(mt.parse("max(sqrt(2)*x, y)").represent().certificate())
    (own,) = data["constants"]
    assert own["polynomial"] == [-2, 0, 1]
    for change in (
        {"polynomial": [-3, 0, 1]},
        {"low": -8, "high": 0},  # -sqrt(2)
        {"low": -8},
        {"low": 2},
        {"name": "x"},
        {"name": "t"},
    ):
        data["constants"] = [own | change]
        refused(data, "")
    del data["constants"]
    refused(data, "")
    data["constants"] = [own, own]
    refused(data, "")


# -- sets --------------------------------------------------------------------------------------


def test_sets_and_the_proofs_about_them():
    circle = mt.abs(x**2 + y**2 - 2).represent()[-1]
    for subject in (circle.set, circle.proof, mt.Polyhedron(("x",), [], [((1, -2), True)])):
        assert "is in the set" in valid(mt.certify(subject, "nonempty"))
    none = mt.SemialgebraicSet(("x", "y"), (circle.conditions + (({(2, 0): 1, (0, 0): -3}, 4),),))
    assert "no real point" in valid(mt.certify(none, "empty"))
    assert "no real point" in valid(mt.certify(mt.SemialgebraicSet(("x",), ()), "empty"))
    answer = decide(System(none.names, none.parts[0]), 5)
    assert mt.certify(answer, "empty") == mt.certify(none, "empty")
    for subject, question in ((none, "nonempty"), (circle.set, "empty"), (x, "empty")):
        with pytest.raises(mt.PiecewiseError, match="expected"):
            mt.certify(subject, question)


def test_what_only_a_solver_says_is_refused():
    class_of = {"format": "piecewise_mt.certificate", "version": 1, "kind": "empty_set"}
    data = class_of | {
        "variables": ["x"],
        "parts": [[["<", X]]],
        "proofs": [[["solver", "z3 4.13"]]],
    }
    verdict = check_data(data)
    assert verdict.answer == "unsupported" and "rests on 'z3 4.13'" in verdict.reason
    system = System(("x",), (({(1,): 1}, 1), ({(1,): 1}, 4)))
    from piecewise_mt.exact.case_trees import Trusted

    with pytest.raises(mt.Unsupported, match="rests on z3"):
        mt.certify(Empty(Trusted("z3 4.13"), ("z3 4.13",), system), "empty")


def polynomials(draw, names, size=3):
    found = {}
    for _ in range(draw.randint(1, size)):
        exponents = tuple(draw.choice([0, 0, 0, 1, 1, 2, 3]) for _ in names)
        found[exponents] = draw.choice([-3, -2, -1, 1, 1, 2])
    return found


@pytest.mark.parametrize("seed", range(2))
def test_proofs_of_random_systems(seed):
    # what the package decides, the checker accepts; after a change of the system, it accepts the
    # old proof only if the package finds no point, which is tried at the point itself
    draw = random.Random(seed)
    names = ("x", "y")
    count = 0
    for _ in range(40):
        conditions = tuple(
            (polynomials(draw, names), draw.choice([1, 2, 2, 3, 4, 4, 6])) for _ in range(4)
        )
        answer = decide(System(names, conditions), 3, use_solver=False)
        data = json.loads(json.dumps(conditions_data(names, conditions)))
        own = cases.read_conditions(data, set(names))
        if isinstance(answer, NonEmpty):
            point = algebraic.read_point(json.loads(json.dumps(point_data(answer.point))), names)
            assert all(c.allows(point.sign(c.polynomial)) for c in own)
        if not isinstance(answer, Empty) or answer.trusted:
            continue
        count += 1
        proof = json.loads(json.dumps(cases_data(names, answer.proof)))
        cases.require_no_point(proof, own)
        for place in range(len(own)):
            others = [c for i, c in enumerate(own) if i != place]
            for changed in (others, [*others, own[place].contrary]):
                if any(
                    all(c.allows(sign(c.polynomial, at)) for c in changed)
                    for at in ((a, b) for a in GRID for b in GRID)
                ):
                    with pytest.raises((Invalid, Unsupported)):
                        cases.require_no_point(proof, changed)
    assert count > 5


GRID = [Fraction(v, 2) for v in (-6, -3, -2, -1, 0, 1, 2, 4, 5)]


def sign(p, at):
    """The sign of a polynomial of the checker at a point, by SymPy's arithmetic."""
    total = sympy.Integer(0)
    for monomial, c in p.items():
        term = sympy.Rational(c)
        for name in monomial:
            term *= sympy.Rational(at[name == "y"])
        total += term
    return sympy.sign(total)


CIRCLE = terms([1, "x", "x"], [1, "y", "y"], [-1])


@pytest.mark.parametrize(
    ("conditions", "proof", "answer"),
    [
        ([["<", terms([1, "x", "x"])]], [], "valid"),
        ([["<", terms([1, "x", "x"])]], [["signs", terms([2, "x", "x"])]], "valid"),
        ([["<", terms([1, "x", "x"], [1, "y", "y"])]], [], "valid"),
        ([["<=", terms([1, "x", "x"], [-1, "y", "y"])]], [], "invalid"),
        ([["<", 0]], [], "valid"),
        ([["<=", 0]], [], "invalid"),
        ([["<", -1]], [], "invalid"),
        ([[">", -1]], [], "valid"),
        ([], [], "invalid"),
        # factors
        ([[">", X], [">", Y], ["<", terms([1, "x", "y"])]], [], "valid"),
        ([[">=", X], [">", Y], ["<", terms([1, "x", "y"])]], [], "valid"),
        ([["!=", X], [">", Y], ["<", terms([1, "x", "y"])]], [], "invalid"),
        ([["!=", X], ["<=", Y], [">", terms([1, "x", "x", "y"])]], [], "valid"),
        # splits must leave out no sign
        ([["=", terms([1, "x", "x"])], ["!=", X]], [["split", X, "<", ">"], ["signs", terms([1, "x", "x"])], ["signs", terms([1, "x", "x"])]], "valid"),
        ([["=", terms([1, "x", "x"])]], [["split", X, "<", ">"], ["signs", terms([1, "x", "x"])], ["signs", terms([1, "x", "x"])]], "invalid"),
        # one variable: x² = 2 and 7/5 < x < 3/2 has a point, 3/2 < x < 2 has none
        ([["=", terms([1, "x", "x"], [-2])], [">", terms([2, "x"], [-3])]], [["line", "x", terms([1, "x", "x"], [-2]), terms([2, "x"], [-3])]], "valid"),
        ([["=", terms([1, "x", "x"], [-2])], [">", terms([5, "x"], [-7])]], [["line", "x", terms([1, "x", "x"], [-2]), terms([5, "x"], [-7])]], "invalid"),
        ([["<", CIRCLE]], [["line", "x", CIRCLE]], "invalid"),
        # x = y put into x² + y² < 0; the coefficient must not be 0
        ([["=", terms([1, "x"], [-1, "y"])], ["<", terms([1, "x", "y"])]], [["solve", "x", terms([1, "x"], [-1, "y"])], ["signs", terms([1, "y", "y"])]], "valid"),
        ([["=", terms([1, "x", "y"])], [">", terms([1, "x", "x"])]], [["solve", "x", terms([1, "x", "y"])], ["signs", terms([1, "y"])]], "invalid"),
        ([["=", terms([1, "x", "y"], [-1])], ["=", terms([1, "x", "y"], [-2])], ["!=", Y]], [["solve", "x", terms([1, "x", "y"], [-1])], ["signs", terms([1, "y", "y"])]], "valid"),
        # x⁴ - 1 = 0 and x² < 0 in u = x²
        ([["=", terms([1, "x", "x", "x", "x"], [1])]], [["powers", "x", 4], ["line", "x", terms([1, "x"], [1]), X]], "valid"),
        ([["=", terms([1, "x", "x", "x"], [1])]], [["powers", "x", 3], ["line", "x", terms([1, "x"], [1]), X]], "invalid"),
        ([["=", terms([1, "x", "x", "x"], [1])]], [["powers", "x", 1], ["signs", X]], "invalid"),
        # a coefficient that is 0: y·x + 1 = 0 at y = 0
        ([["=", terms([1, "x", "y"], [1])], ["=", Y]], [["lower", "x", terms([1, "x", "y"], [1])], ["signs", terms([1])]], "valid"),
        ([["=", terms([1, "x", "y"], [1])], [">", Y]], [["lower", "x", terms([1, "x", "y"], [1])], ["signs", terms([1])]], "invalid"),
        # Positivstellensatz: x - y > 0, y - x > 0; x² + y² - 1 = 0 with a factor of any sign
        ([[">", terms([1, "x"], [-1, "y"])], [">=", terms([1, "y"], [-1, "x"])]], [["sum", [1, terms([1, "x"], [-1, "y"])], [1, terms([1, "y"], [-1, "x"])]]], "valid"),
        ([[">=", terms([1, "x"], [-1, "y"])], [">=", terms([1, "y"], [-1, "x"])]], [["sum", [1, terms([1, "x"], [-1, "y"])], [1, terms([1, "y"], [-1, "x"])]]], "invalid"),
        ([["=", CIRCLE], [">", terms([1, "x", "x", "x"], [1, "x", "y", "y"], [-1, "x"])]], [["sum", [1, terms([1, "x", "x", "x"], [1, "x", "y", "y"], [-1, "x"])], [terms([-1, "x"]), CIRCLE]]], "valid"),
        ([["<", CIRCLE], [">", terms([1, "x", "x", "x"], [1, "x", "y", "y"], [-1, "x"])]], [["sum", [1, terms([1, "x", "x", "x"], [1, "x", "y", "y"], [-1, "x"])], [terms([-1, "x"]), CIRCLE]]], "invalid"),
        # whatever y is, no x has x² + y² + 1 = 0
        ([["=", terms([1, "x", "x"], [1, "y", "y"], [1])]], [["table", "x", terms([1, "x", "x"], [1, "y", "y"], [1])]], "valid"),
        ([["=", CIRCLE]], [["table", "x", CIRCLE]], "invalid"),
        # form
        ([["<", X]], [["signs"]], "invalid"),
        ([["<", X]], [[]], "unsupported"),
        ([["<", X]], [[[]]], "invalid"),
        ([["<", X]], [["split"]], "invalid"),
        ([["<", X]], [["line", "x"]], "invalid"),
        ([["<", X]], [["line", "x", 0]], "invalid"),
        ([["<", X]], [["solve", "x", 0]], "invalid"),
        ([["<", X]], [["lower", "x", 0]], "invalid"),
        ([["<", X]], [["sum"]], "invalid"),
        ([["<", terms([1, "x", "x"])]], [["signs", terms([1, "x", "x"])], ["signs", X]], "invalid"),
        ([["=", X], ["<", X]], [["split", X, "="], ["split", X], ["signs", X]], "invalid"),
        ([["<", Y]], [], "invalid"),
        ([["~", X]], [], "invalid"),
    ],
)  # fmt: skip
def test_steps_of_proofs(conditions, proof, answer):
    data = {
        "format": "piecewise_mt.certificate",
        "version": 1,
        "kind": "empty_set",
        "variables": ["x", "y"],
        "parts": [conditions],
        "proofs": [proof],
    }
    assert check_data(data).answer == answer, check_data(data)


# -- algebraic numbers -------------------------------------------------------------------------

coefficients = st.lists(st.integers(-4, 4), min_size=2, max_size=5)


@settings(max_examples=15, deadline=None)
@given(st.lists(coefficients, min_size=1, max_size=3))
def test_signs_along_a_line(rows):
    # against SymPy's real roots, with multiplicities and common roots on purpose
    rows = [row for row in map(algebraic.trimmed, rows) if row]
    if not rows:
        return
    rows.append(algebraic.product(rows[0], rows[-1]))
    t = sympy.Symbol("t")
    exprs = [sum(c * t**k for k, c in enumerate(row)) for row in rows]
    roots = sorted({r for e in exprs if sympy.Poly(e, t).degree() > 0 for r in sympy.real_roots(e)})
    ends = [sympy.Integer(-(10**6)), *roots, sympy.Integer(10**6)]
    expected = []
    for low, high in zip(ends, ends[1:]):
        middle = (
            sympy.Rational(str(sympy.N(low, 30))) + sympy.Rational(str(sympy.N(high, 30)))
        ) / 2
        expected.append(tuple(sympy.sign(e.subs(t, middle)) for e in exprs))
        if high is not ends[-1]:
            zero = [sympy.rem(e, sympy.minimal_polynomial(high, t), t) == 0 for e in exprs]
            signs = (
                0 if z else sympy.sign(sympy.N(e.subs(t, high), 30)) for z, e in zip(zero, exprs)
            )
            expected.append(tuple(signs))
    assert algebraic.sign_columns(rows) == expected


def test_points_with_a_root():
    root = {"polynomial": [-2, 0, 1], "low": 1, "high": 2}
    data = {"coordinates": [[0, 1], [0, "1/2"], "3/2"], "root": root}
    point = algebraic.read_point(data, ["a", "b", "c"])
    assert point.sign({("a", "a"): 1, (): -2}) == 0
    assert point.sign({("a",): 1, ("b",): -2}) == 0
    assert point.sign({("a",): 1, ("c",): -1}) == -1
    assert point.sign({("a", "b"): 1, (): -1}) == 0
    # a polynomial with several roots, of which the interval has one; 1 is a root of it, too
    other = algebraic.read_root({"polynomial": [2, -2, -1, 1], "low": "5/4", "high": 2})
    assert algebraic.sign_at_root([-2, 0, 1], other) == 0
    assert algebraic.sign_at_root([-1, 1], other) == 1


@pytest.mark.parametrize(
    "root",
    [
        {"polynomial": [-2, 0, 1], "low": -2, "high": 2},  # two roots
        {"polynomial": [-2, 0, 1], "low": 2, "high": 3},
        {"polynomial": [1, 0, 1], "low": -9, "high": 9},
        {"polynomial": [-1, 1], "low": 1, "high": 2},  # an end is one
        {"polynomial": [-2, 0, 1], "low": 2, "high": 1},
        {"polynomial": [-2, 0, 1, 0], "low": 1, "high": 2},
        {"polynomial": [1], "low": 1, "high": 2},
        {"polynomial": [], "low": 1, "high": 2},
    ],
)
def test_roots_that_are_none(root):
    with pytest.raises(Invalid):
        algebraic.read_root(root)


# -- files that would take for ever ------------------------------------------------------------


def squares(count, start):
    """A function that squares `count` times."""
    nodes = [
        start,
        *({"node": "smooth", "args": [k], "shape": [], "units": [[0, [0]]]} for k in range(count)),
    ]
    own = {"variables": ["x"], "atoms": [], "nodes": nodes}
    return own | {"formulas": [{"terms": [[1, "u1", "u1"]], "arity": 1}]}


VARIABLE = {"node": "variable", "shape": [], "names": ["x"]}


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (squares(60, VARIABLE), "degree above"),
        (squares(60, {"node": "constant", "shape": [], "values": [3]}), "too long"),
        (squares(60, {"node": "constant", "shape": [], "values": ["1/3"]}), "too long"),
        (squares(2, VARIABLE) | {"formulas": [{"formula": "exp(u1)", "arity": 1}]}, "no polynomials"),
        (squares(2, VARIABLE) | {"formulas": [{"terms": [[1] + ["u1"] * 500], "arity": 1}]}, "degree"),
    ],
)  # fmt: skip
def test_functions_that_would_grow(function, word):
    data = table() | {"function": function, "symbols": [], "pieces": []}
    verdict = check_data(data)
    assert verdict.answer == "unsupported" and word in verdict.reason, verdict


def dense(names, degree):
    from itertools import combinations_with_replacement

    return terms(*([k + 1, *m] for k, m in enumerate(combinations_with_replacement(names, degree))))


@pytest.mark.parametrize(
    ("conditions", "proof"),
    [
        # large powers in solving, many factors, a long chain of remainders, roots close together
        ([["=", dense("xyz", 12)], ["=", terms([1, "x"], [1, "y"], [1, "z"])]],
         [["solve", "x", terms([1, "x"], [1, "y"], [1, "z"])], ["signs", 1]]),
        ([[">", terms([1, "x"], [k, "y"])] for k in range(40)] + [[">", dense("xy", 60)]], []),
        ([["=", terms(*([10**k + 7, *"x" * k] for k in range(60)))]],
         [["line", "x", terms(*([10**k + 7, *"x" * k] for k in range(60)))]]),
        ([["=", terms([1, *"x" * 9], [-2 * 10**300, "x", "x"], [4 * 10**150, "x"], [-2])]],
         [["line", "x", terms([1, *"x" * 9], [-2 * 10**300, "x", "x"], [4 * 10**150, "x"], [-2])]]),
        ([["=", dense("xyz", 6)], ["=", dense("yzx", 5)], ["=", dense("zxy", 4)]],
         [["table", "x", dense("xyz", 6), dense("yzx", 5), dense("zxy", 4)]]),
    ],
)  # fmt: skip
def test_proofs_that_would_take_long(conditions, proof, monkeypatch):
    # with few steps allowed, each ends with an answer; which one is not of interest
    monkeypatch.setattr(reading, "MAX_STEPS", 10**5)
    data = {
        "format": "piecewise_mt.certificate",
        "version": 1,
        "kind": "empty_set",
        "variables": ["x", "y", "z"],
        "parts": [conditions],
        "proofs": [proof],
    }
    assert check_data(data).answer in ("invalid", "unsupported")
