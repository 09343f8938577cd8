"""Tables that the package prints are typed back in, free parameters included; results are pickled."""

import pickle

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.smooth.formulas import formula_text
from piecewise_mt.display.pieces import condition_cell
from piecewise_mt.functions.grammar.formula_text import formula_from_text
from piecewise_mt.typeset.affine import entry_text, gradient_text
from tests.generators import functions

x, y = mt.variables("x y")
R = sympy.Rational


def typed(rep, f, whole=False):
    """The printed columns, read again."""
    entries = []
    for p in rep:
        entries_of = [[entry_text(c) for c in row] for row in p.gradient_rows]
        entries.append(
            (
                condition_cell(p).text,
                formula_text(p.rows, rep.names, rep.shape),
                gradient_text(p.gradient_rows) if whole else entries_of,
            )
        )
    return mt.Representation(rep.names, entries, of=f, domain=rep.domain)


def body(rep):
    return str(rep.table()).split("\n\n", 1)[1]


def latex(rep):
    """Without the comment that says the function's text."""
    return [line for line in rep.to_latex().split("\n") if not line.startswith("%")]


@settings(max_examples=20, deadline=None)
@given(functions(max_layers=2), st.booleans(), st.booleans())
def test_a_printed_table_is_typed_back(f, merged, whole):
    rep = f.represent()
    if merged:
        rep = rep.merged()
    back = typed(rep, f, whole)
    assert body(back) == body(rep)
    assert [p.rows for p in back] == [tuple(map(tuple, p.rows)) for p in rep]
    assert mt.check(back).ok == mt.check(rep).ok is True
    for p in rep:
        assert back.gradient(p.witness) == p.gradient
    copies = [pickle.loads(pickle.dumps(back)), typed(back, f)]
    if pytest.importorskip("jsonschema"):
        copies.append(mt.Representation.from_json(back.to_json(), of=f))
    for again in copies:
        assert body(again) == body(back)
        assert latex(again) == latex(back) and mt.check(again).ok


@settings(max_examples=20, deadline=None)
@given(functions(max_layers=1, scalar=True), st.data())
def test_a_wrong_parameter_fails(f, data):
    rep = f.represent()
    back = typed(rep, f)
    chosen = data.draw(st.integers(0, len(back) - 1))
    entries = [
        (p.parts, [sympy.sympify(v) for v in p.formula], None) if k != chosen else
        (p.parts, [p.formula[0] + sympy.Symbol("z77")], None)
        for k, p in enumerate(back)
    ]  # fmt: skip
    wrong = mt.Representation(rep.names, [(list(e[0]), e[1]) for e in entries], of=f)
    report = mt.check(wrong)
    assert not report.ok
    assert {failure.data["piece"] for failure in report.failures} == {chosen + 1}


def test_the_table_of_relu():
    entries = [("x < 0", "0"), ("x > 0", "x"), ("x = 0", "z*x", ["z"])]
    rep = mt.Representation("x", entries, of=mt.relu(x))
    assert mt.check(rep) and mt.check(mt.Representation("x", entries))
    assert rep[2].gradient == mt.relu(x).represent()[2].gradient
    for formula, gradient in [("z*x + z", ["z"]), ("z*x", ["1 - z"]), ("x + z", ["1"])]:
        wrong = [*entries[:2], ("x = 0", formula, gradient)]
        assert not mt.check(mt.Representation("x", wrong, of=mt.relu(x)))


def test_which_names_are_parameters():
    entries = [("x <= 0", "0"), ("x > 0", "x + a*(x - x)")]
    assert mt.check(mt.Representation("x", entries, of=mt.relu(x), parameters="a"))
    with pytest.raises(mt.UnknownVariable, match="'a'"):
        mt.Representation("x", entries)
    with pytest.raises(mt.UnknownVariable, match="'z'"):
        mt.Representation("x", [("x = 0", "z*x")], parameters=["a"])
    with pytest.raises(mt.PiecewiseError, match="got x as both"):
        mt.Representation("x", entries, parameters="x")
    # a variable z is a variable
    assert mt.Representation("z", [("everywhere", "z")])[0].gradient == sympy.Matrix([[1]])
    f = mt.relu(x, at_zero=sympy.Symbol("slope"))
    assert mt.check(typed(f.represent(), f))
    with pytest.raises(mt.UnknownVariable):
        mt.Representation("x", [("x < z", "0")])


@pytest.mark.parametrize(
    "f",
    [
        mt.relu(x) * mt.exp(y),
        mt.square(mt.max(x, y)) * mt.exp(1),
        mt.smooth(sympy.sqrt(1 + sympy.Symbol("t") ** 2) * sympy.pi, {"t": mt.relu(x)}),
        mt.stack([mt.relu(x) * mt.sin(x), mt.abs(x)]),
    ],
)
def test_smooth_tables_are_typed_back(f):
    rep = f.represent()
    back = typed(rep, f)
    assert mt.check(back)
    assert [sympy.simplify(sympy.Matrix([p.formula - q.formula])).is_zero_matrix
            for p, q in zip(back, rep, strict=True)] == [True] * len(rep)  # fmt: skip
    assert body(typed(back, f)) == body(back)
    pytest.importorskip("jsonschema")
    assert mt.check(mt.Representation.from_json(back.to_json(), of=f))


def test_a_sympy_piecewise_of_a_table():
    f = mt.max(x, y)
    back = mt.Representation("x y", f.represent().to_piecewise(), of=f)
    assert mt.check(back)
    assert {p.gradient for p in back} == {p.gradient for p in f.represent()}


@pytest.mark.parametrize(
    "text",
    [
        "x +",
        "(x",
        "x)",
        "exp",
        "foo(x)",
        "x/0",
        "I*x",
        "nan",
        "2**x**",
        "x y",
        "9**9**9**9",
        "0**-1",
    ],
)
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(mt.PiecewiseError, match="expected"):
        formula_from_text(text)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_formulas_are_read_as_sympy_prints_them(data):
    t = sympy.symbols("x y z", real=True)
    leaf = st.sampled_from([*t, sympy.pi, sympy.E, sympy.sqrt(2), R(-3, 2), sympy.Integer(2)])
    grown = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
            st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
            inner.map(lambda e: sympy.exp(e) - 1),
            inner.map(lambda e: sympy.sqrt(e**2 + 1) / 2),
            inner.map(sympy.atan),
            inner.map(lambda e: -(e**3)),
        ),
        max_leaves=5,
    )
    formula = data.draw(grown)
    assert sympy.expand(formula_from_text(str(formula)) - formula) == 0


REPORTS = {
    "check_gradient": lambda: mt.check_gradient(mt.relu(x), [sympy.Symbol("x") > 0]),
    "check_gradient fails": lambda: mt.check_gradient(mt.relu(x), [5]),
    "check": lambda: mt.check(mt.Representation("x", [("x < 0", "x")])),
    "chain rule": lambda: mt.verify_chain_rule(mt.relu(x)),
    "stampacchia": lambda: mt.check_stampacchia(mt.relu(x)),
    "classify": lambda: mt.relu(x, at_zero=2).represent().classify(),
    "artifacts": lambda: mt.relu(x, at_zero=2).represent().artifacts(),
    "strata": lambda: mt.max(x, y).strata(),
    "local": lambda: mt.max(x, y).at((0, 0)),
    "clarke": lambda: mt.max(x, y).at((0, 0)).clarke,
    "critical": lambda: mt.critical_points(mt.abs(x)),
    "lipschitz": lambda: mt.lipschitz_report(mt.relu(x)),
    "lipschitz of vectors": lambda: mt.lipschitz_report(mt.stack([mt.relu(x), y])),
    "difference": lambda: mt.difference_set(mt.relu(x), 0 * x),
    "zero set": lambda: mt.zero_set(mt.relu(x)),
    "conditions": lambda: mt.max(x, y).represent().tangential_conditions(),
    "factors": lambda: mt.max(x, y).represent().chain_rule(3),
    "polyhedron": lambda: mt.max(x, y).represent()[0].polyhedron,
    "piece": lambda: mt.max(x, y).represent()[2],
    "stated": lambda: mt.max(x, y).represent().merged(),
    "derivation": lambda: mt.derivation(mt.max(x, y)),
}


@pytest.mark.parametrize("name", REPORTS)
def test_results_are_pickled(name):
    result = REPORTS[name]()
    again = pickle.loads(pickle.dumps(result))
    assert type(again) is type(result)
    if type(result).__repr__ is not object.__repr__:
        assert repr(again) == repr(result)
    for attribute in ("ok", "failures", "constant", "verdicts", "gradient"):
        if hasattr(result, attribute):
            assert str(getattr(again, attribute)) == str(getattr(result, attribute))
