"""The pieces of functions with parameters, case by case, against the engine for polyhedra."""

from __future__ import annotations

import json
import random
import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.partition.conditions import polyhedron_of
from piecewise_mt.calculus.representation.parametric import ParametricRepresentation
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation

# text, variables, parameters, cases, tables of labels
TABLES = {
    "c01": ("relu(w0*x)", "x", "w0", 3, 2),
    "c02": ("max(a*x, b*x)", "x", "a b", 3, 2),
    "c03": ("max(a*x, b*x, c*x)", "x", "a b c", 13, 7),
    "c05": ("relu(w1*x) + relu(w2*x)", "x", "w1 w2", 9, 5),
    "c07": ("relu(w2*relu(w1*x))", "x", "w1 w2", 7, 4),
    "c11": ("max(a1*x1 + a2*x2, b1*x1 + b2*x2)", "x1 x2", "a1 a2 b1 b2", 2, 2),
    "c13": ("relu(w1*x1 + w2*x2) + relu(w1*x2 + w2*x3)", "x1 x2 x3", "w1 w2", 2, 2),
    "c14": ("relu(w*relu(w*x))", "x", "w", 3, 3),
    "c15": ("relu(x**2 + b*x + c)", "x", "b c", 3, 3),
    "c37": ("relu(x + w*relu(v*x))", "x", "v w", 7, 7),
}


def with_parameters(text: str, parameters: str) -> mt.Expression:
    return mt.parse(text).subs({name: mt.parameter(name) for name in parameters.split()})


def substituted(piece, values: dict[str, Fraction]):
    """The conditions of a piece in the variables, with numbers for the parameters."""
    rep = piece._rep
    n = len(piece.names)
    found = []
    for p, mask in piece.conditions:
        terms: dict[tuple[int, ...], Fraction] = {}
        for exponents, c in p.items():
            number = Fraction(c)
            for name, k in zip(rep.parameters, exponents[n:], strict=True):
                number *= values[name] ** k
            terms[exponents[:n]] = terms.get(exponents[:n], Fraction(0)) + number
        found.append(({e: c for e, c in terms.items() if c}, mask))
    return tuple(found)


def integers(conditions):
    result = []
    for terms, mask in conditions:
        scale = 1
        for c in terms.values():
            scale *= c.denominator
        result.append(({e: int(c * scale) for e, c in terms.items()}, mask))
    return tuple(result)


def agree(case, f: mt.Expression, values: dict[str, Fraction]) -> None:
    """A case against the pieces that another engine finds for numbers."""
    at = {name: sympy.Rational(v.numerator, v.denominator) for name, v in values.items()}
    symbols = {sympy.Symbol(name, real=True): v for name, v in at.items()}
    table = case.representation
    other = f.subs(at).on(*table.names).represent()
    mine = {p.labels: p for p in table}
    theirs = {p.labels: p for p in other}
    assert set(mine) == set(theirs)
    for labels, piece in mine.items():
        engine = theirs[labels]
        assert piece.dimension == engine.dimension
        own = integers(substituted(piece, values))
        mine_here = polyhedron_of(piece.names, own)
        if isinstance(other, PolyhedralRepresentation) and mine_here is not None:
            assert mine_here == engine.polyhedron
        else:
            # x**2 < 1 and x < 0 make an interval, too
            inside = [all(holds(own, p.point)) for p in other]
            assert inside == [p is engine for p in other]
        formula = sympy.sympify(piece.formula).xreplace(symbols)
        assert sympy.expand(formula - engine.formula) == 0
        gradient = piece.gradient.xreplace(symbols)
        difference = (gradient - engine.gradient).applyfunc(sympy.expand)
        if not difference.is_zero_matrix:
            difference = difference.applyfunc(engine.hull.restricted)
        if engine.dimension == 0:
            at = dict(zip(other.symbols, engine.witness, strict=True))
            difference = difference.xreplace(at).applyfunc(sympy.expand)
        assert difference.is_zero_matrix


def holds(conditions, point):
    for terms, mask in conditions:
        total = sum(
            (c * sympy.prod(sympy.sympify(v) ** k for v, k in zip(map(mt_expr, point), e)))
            for e, c in terms.items()
        )
        total = sympy.nsimplify(sympy.expand(total))
        yield bool(mask & (4 if total > 0 else 2 if total == 0 else 1))


def mt_expr(value):
    from piecewise_mt.exact.reals import number_expr

    return number_expr(value)


def rational(witness) -> dict[str, Fraction] | None:
    if not all(v.is_Rational for v in witness.values()):
        return None
    return {s.name: Fraction(int(v.p), int(v.q)) for s, v in witness.items()}


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_the_literature(name):
    text, variables, parameters, count, tables = TABLES[name]
    f = with_parameters(text, parameters)
    cases = f.represent().cases()
    assert len(cases) == count
    assert len({case.labels for case in cases}) == tables
    for case in cases:
        values = rational(case.witness)
        assert values is not None
        assert case.set.contains(tuple(values[n] for n in case.set.names))
        agree(case, f, values)


@pytest.mark.parametrize("name", TABLES)
def test_every_parameter_is_of_one_case(name):
    text, variables, parameters, *_ = TABLES[name]
    f = with_parameters(text, parameters)
    cases = f.represent().cases()
    names = cases[0].set.names
    rng = random.Random(name)
    for _ in range(12):
        values = {n: Fraction(rng.randint(-2, 2), rng.choice([1, 1, 2])) for n in names}
        own = [case for case in cases if case.set.contains(tuple(values[n] for n in names))]
        assert len(own) == 1
        agree(own[0], f, values)


def test_relu_of_a_symbolic_weight():
    f = with_parameters("relu(w0*x)", "w0")
    assert repr(f.represent().cases()).splitlines() == [
        "w0 < 0: x > 0: 0, gradient 0 | x < 0: w0*x, gradient w0 | x = 0: w0*x*z, gradient w0*z",
        "w0 = 0: everywhere: 0, gradient 0",
        "w0 > 0: x < 0: 0, gradient 0 | x > 0: w0*x, gradient w0 | x = 0: w0*x*z, gradient w0*z",
    ]


@pytest.mark.parametrize(
    "name, conditions",
    [
        ("c02", ["a < b", "a = b", "a > b"]),
        ("c11", ["a1 != b1 or a2 != b2", "a1 = b1, a2 = b2"]),
        ("c13", ["w1 != 0 or w2 != 0", "w1 = 0, w2 = 0"]),
        ("c14", ["w < 0", "w = 0", "w > 0"]),
        ("c15", ["b**2 < 4*c", "b**2 = 4*c", "b**2 > 4*c"]),
        (
            "c37",
            [
                "v*w < -1, v < 0", "v*w = -1, v < 0", "v*w > -1, v < 0", "v = 0",
                "v*w < -1, v > 0", "v*w = -1, v > 0", "v*w > -1, v > 0",
            ],
        ),
    ],
)  # fmt: skip
def test_conditions_are_short(name, conditions):
    text, _, parameters, *_ = TABLES[name]
    cases = with_parameters(text, parameters).represent().cases()
    assert sorted(case.condition_text for case in cases) == sorted(conditions)


def test_rules_join_ties_to_their_neighbours():
    x, w = mt.variable("x"), mt.parameter("w")
    cases = mt.relu(w * x, at_zero=0).represent().cases()
    assert [[p.condition_text for p in case.representation] for case in cases] == [
        ["x >= 0", "x < 0"], ["everywhere"], ["x <= 0", "x > 0"],
    ]  # fmt: skip
    firsts = mt.max(w * x, x, ties="first").represent().cases()
    for case in firsts:
        agree(case, mt.max(w * x, x, ties="first"), rational(case.witness))


def test_several_outputs():
    x, w = mt.variable("x"), mt.parameter("w")
    f = mt.stack([mt.relu(w * x), w * mt.relu(x)])
    cases = f.represent().cases()
    assert [case.condition_text for case in cases] == ["w < 0", "w = 0", "w > 0"]
    assert cases[1].representation[0].gradient.shape == (2, 1)
    at = {sympy.Symbol("w", real=True): 3}
    assert cases[2].representation.gradient((1,)).xreplace(at) == sympy.Matrix([3, 3])


def test_algebraic_parameters():
    x, w = mt.variable("x"), mt.parameter("w")
    cases = mt.relu((w**2 - 2) * x).represent().cases()
    assert [case.condition_text for case in cases] == ["w**2 < 2", "w**2 = 2", "w**2 > 2"]
    (value,) = cases[1].witness.values()
    assert value**2 == 2 and cases[1].representation[0].condition_text == "everywhere"
    assert cases[1].representation[0].formula == 0


def test_signs_alone_decide_where_a_case_falls_apart():
    """The order of w and the roots of x² = 2 differs in the two parts of w² > 2."""
    x, w = mt.variable("x"), mt.parameter("w")
    f = mt.relu(x - w) + mt.relu(x**2 - 2)
    cases = f.represent().cases()
    for value in (-3, -1, 0, 1, 3):
        (own,) = [case for case in cases if case.set.contains((value,))]
        agree(own, f, {"w": Fraction(value)})
    far, near = ([c for c in cases if c.set.contains((v,))][0] for v in (3, -3))
    assert far is not near


def test_domains_cut_cases():
    x, w = mt.variable("x"), mt.parameter("w")
    f = mt.relu(w * x)
    assert [c.condition_text for c in f.represent("w > 1").cases()] == ["w > 1"]
    rep = f.represent("x > w")
    for case in rep.cases():
        for piece in case.representation:
            assert "x" in piece.condition_text
    unit = f.represent("0 <= x <= 1").cases()
    assert [len(case.representation) for case in unit] == [2, 1, 2]
    # parameters for which the domain is empty are of no case
    tight = f.represent("0 <= x <= w").cases()
    assert not any(case.set.contains((-1,)) for case in tight)
    assert any(case.set.contains((0,)) for case in tight)


def test_points_of_cases():
    x, w = mt.variable("x"), mt.parameter("w")
    s, z = sympy.symbols("w z", real=True)
    rep = mt.relu(w * x).represent()
    below = rep.cases()[0].representation
    assert below.value((-2,)) == -2 * s and below.gradient((0,)) == sympy.Matrix([[s * z]])
    assert below.value({x: -2, w: -3}) == 6
    with pytest.raises(mt.OutsideDomain, match="w < 0"):
        below.value({x: -2, w: 3})
    assert rep.value({x: 2, w: 3}) == 6 and rep.gradient({x: 0, w: 3}) == sympy.Matrix([[3 * z]])
    with pytest.raises(mt.PiecewiseError):
        rep.value((2,))
    open_case = mt.relu(w * x + mt.parameter("b")).represent().cases()[0].representation
    with pytest.raises(mt.PiecewiseError, match="name them in a mapping"):
        open_case.value((1,))
    assert open_case.value({"x": 1, "w": 2, "b": 3}) == 5


def test_pieces_of_cases_are_sets():
    x, w, b = mt.variable("x"), mt.parameter("w"), mt.parameter("b")
    tie = mt.relu(w * x).represent().cases()[2].representation[-1]
    assert str(tie.polyhedron) == "x = 0" and tie.set.contains((0,)) and not tie.set.contains((1,))
    assert tie.regular.contains((0,)) and tie.singular.is_empty
    assert str(mt.relu(w * x).represent()[-1].singular) == "{x = 0, w = 0}"
    tie = mt.relu(w * x + b).represent().cases()[0].representation[-1]
    with pytest.raises(mt.Unsupported):
        tie.regular
    assert tie.set.contains({"x": -1, "w": 2, "b": 2}) and not tie.set.contains(
        {"x": -1, "w": 0, "b": 0}
    )
    with pytest.raises(mt.NotPolyhedral, match="give values"):
        tie.polyhedron
    with pytest.raises(mt.NotPolyhedral, match=r"rep\.cases"):
        mt.relu(w * x).represent()[0].polyhedron


def test_a_function_without_parameters_has_one_case():
    for f in (mt.relu(mt.variable("x")), mt.relu(mt.variable("x") * mt.variable("w"))):
        rep = f.represent()
        ((condition, table),) = rep.cases()
        assert condition is sympy.true and table is rep
        case = rep.cases()[0]
        assert case.condition_text == "always" and case.witness == {} and len(case.labels) == 3


def test_fewer_cases_are_never_given_as_all():
    f = with_parameters("max(a*x, b*x, c*x)", "a b c")
    rep = f.represent()
    with pytest.raises(mt.TooManyPieces, match="limit"):
        len(rep.cases(limit=5))
    with pytest.raises(mt.Undecided, match="budget"):
        len(rep.cases(budget=1e-6))
    assert len(rep.cases()) == 13


def test_a_table_says_that_cases_are_not_decided():
    rep = with_parameters("max(a*x, b*x, c*x)", "a b c").represent()
    rep.whole.budget = 1e-6
    rep._cases = type(rep._cases)(rep, rep.whole, 1000, 1e-6)
    shown = rep.table()
    assert len(shown) == 7 and "no decision" in shown.notes[-1]


def test_nothing_is_computed_before_it_is_asked_for(monkeypatch):
    from piecewise_mt.semialgebraic.fibre_cells import FibreCells

    rep = with_parameters("relu(w0*x)", "w0").represent()
    monkeypatch.setattr(FibreCells, "walk", lambda *_: pytest.fail("computed"))
    rep.cases()


# -- texts -----------------------------------------------------------------------------------


def test_one_heading_a_case_in_every_format():
    rep = with_parameters("relu(w0*x)", "w0").represent()
    assert isinstance(rep, ParametricRepresentation)
    lines = str(rep).splitlines()
    assert [lines.count(h) for h in ("w0 < 0", "w0 = 0", "w0 > 0")] == [1, 1, 1]
    assert lines[0] == "relu(w0*x) on R, (x), with the parameter w0: 3 cases"
    latex = rep.to_latex()
    assert re.findall(r"\\multicolumn\{5\}\{l\}\{\$(.*)\$\}", latex) == [
        "w_{0} < 0",
        "w_{0} = 0",
        "w_{0} > 0",
    ]
    assert latex.count(r"\midrule") == 3
    markdown = rep.table().to_markdown()
    assert (
        markdown.count("**w0") == 3
        and len(
            {line.count("|") for line in markdown.splitlines()[2:] if "`" in line or "**" in line}
        )
        == 1
    )
    html = rep.to_html()
    assert html.count('<th colspan="5"') == 3 and "w0 &lt; 0" in html
    assert rep._repr_html_().count('<th colspan="5"') == 3
    assert rep._repr_latex_().count(r"\rlap") == 3
    for style in ("cases", "indicator"):
        assert rep.to_latex(style).count(r"\noindent If $w_{0}") == 3
    assert r"\begin{document}" in rep.to_latex(standalone=True)
    assert rep.to_latex(columns=["piece", "gradient"]).count(r"\multicolumn{2}") == 3
    with pytest.raises(mt.PiecewiseError, match="styles"):
        rep.to_latex("nothing")


def test_long_tables_keep_their_headings():
    rep = with_parameters("max(a*x, b*x, c*x)", "a b c").represent()
    assert rep.to_latex().count(r"\multicolumn{5}") == 13
    assert rep.to_latex(width=100).count(r"\multicolumn{") == 13
    short = rep.table(limit=4)
    assert len(short) == 4 and "more pieces" in short.notes[0]
    assert len(short.headings) == 2 and len(rep.table().head(2).headings) == 1


def test_an_unconditional_case():
    rep = with_parameters("relu(x + b)", "b").represent()
    assert "always" in str(rep).splitlines()
    assert rep.cases()[0].condition is sympy.true


def test_json_and_back(tmp_path):
    pytest.importorskip("jsonschema")
    w = mt.parameter("w", nonzero=True)
    rep = mt.relu(w * mt.variable("x")).represent("x <= 1")
    text = rep.to_json(tmp_path / "cases.json")
    data = json.loads(text)
    assert data["parameters"] == [{"name": "w", "sign": "!="}]
    assert [case["condition"] for case in data["cases"]] == ["w < 0", "w > 0"]
    again = mt.Representation.from_json(tmp_path / "cases.json")
    assert again.to_json() == text and again.function.parameters == (w,)
    data["cases"][0]["pieces"][0]["gradient"] = [["1"]]
    with pytest.raises(mt.PiecewiseError, match="another case 1"):
        mt.Representation.from_json(json.dumps(data))
    data["cases"].pop()
    data["cases"].pop()
    with pytest.raises(mt.PiecewiseError, match="2 cases, got 0"):
        mt.Representation.from_json(json.dumps(data))
    with pytest.raises(mt.PiecewiseError, match="got at"):
        mt.Representation.from_json(json.dumps({"format": "piecewise_mt.cases"}))
    with pytest.raises(mt.Unsupported, match="JSON"):
        rep.cases()[0].representation.to_json()


# -- a property ------------------------------------------------------------------------------

FORMS = (
    "0",
    "1",
    "x",
    "a",
    "b",
    "-x",
    "a*x",
    "b*x",
    "(a - b)*x",
    "a*b*x",
    "a*x + b",
    "b*x - 1",
    "a - x",
    "y",
    "a*y",
    "b*y + x",
    "(a + b)*y - x",
)
forms = st.sampled_from(FORMS)
units = st.one_of(
    forms.map("relu({})".format),
    forms.map("abs({})".format),
    st.tuples(forms, forms).map(lambda t: "max({}, {})".format(*t)),
    st.tuples(forms, forms, forms).map(
        lambda t: "relu({} + ({})*relu({}))".format(
            t[0], t[1] if "x" not in t[1] and "y" not in t[1] else "a", t[2]
        )
    ),
)
numbers = st.fractions(-2, 2, max_denominator=2)


def test_gradients_are_written_in_parameters():
    """On {x = a} the gradient is a - z2, not x - z2."""
    f = with_parameters("relu(a*x) + relu(a - x)", "a")
    for case in f.represent().cases():
        agree(case, f, rational(case.witness))
        assert not any("x" in map(str, p.gradient.free_symbols) for p in case.representation)


def agree_everywhere(f, points):
    """Exactly one case at every parameter, and its table is that of the function there."""
    try:
        cases = f.represent(budget=5).cases()
        names = cases[0].set.names
    except mt.Undecided:
        return
    seen = [rational(case.witness) for case in cases]
    seen += [{n: dict(zip("ab", point))[n] for n in names} for point in points]
    for values in seen:
        if values is None:
            continue
        own = [c for c in cases if c.set.contains(tuple(values[n] for n in names))]
        assert len(own) == 1
        agree(own[0], f, values)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(units, min_size=1, max_size=2),
    st.lists(st.tuples(numbers, numbers), min_size=3, max_size=3),
)
def test_random_functions_agree_with_the_engine_for_polyhedra(parts, points):
    f = with_parameters(" + ".join(parts), "a b")
    if not f.variables or not f.parameters:
        return
    agree_everywhere(f, points)


CURVED = (
    "x**2 - a",
    "a*x**2 + b*x + 1",
    "x**2 + a*x + b",
    "(x - a)*(x - b)",
    "x - a",
    "b*x",
    "a",
    "x**2 - 2",
    "a*b - x",
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(CURVED), min_size=1, max_size=2, unique=True),
    st.lists(st.tuples(numbers, numbers), min_size=2, max_size=2),
)
def test_random_curved_functions_agree_with_the_chain_for_numbers(parts, points):
    f = with_parameters(" + ".join(map("relu({})".format, parts)), "a b") + mt.variable("x")
    if not f.parameters:
        return
    agree_everywhere(f, points)
