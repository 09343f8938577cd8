"""Reports, their counterexamples and judgements: what was changed is refused, or is true all the same.

Oracles: the value of f and the conditions of the pieces at the points of a grid, by evaluation at
points alone; where a report says that all is well, they are, and where it does not, its points say
so. Along strata the rungs are known by hand.
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields, replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.ladder.classify import Along
from piecewise_mt.calculus.local.enclosed_analysis import EnclosedPlace
from piecewise_mt.calculus.properties.stationary import Kind
from piecewise_mt.calculus.results.proof import Proof
from piecewise_mt.calculus.results.report import Check, Failure, Verdict
from piecewise_mt.paper.appendix import FIRST, SECOND, stampacchia

x, y, w = mt.variables("x y w")
X, Y = sympy.symbols("x y", real=True)
calm = settings(deadline=None, suppress_health_check=list(HealthCheck))

WRONG = [("x < 0", "0"), ("x > 1", "x + 1")]
REPORTS = {
    "a table": lambda: mt.check(mt.relu(x).represent()),
    "a vector": lambda: mt.check(mt.stack([mt.max(x, y, 0), abs(x)]).represent("x >= -1")),
    "a table of unions": lambda: mt.check(mt.relu(x).represent().merged()),
    "a tie in two pieces": lambda: mt.check(
        mt.Representation("x", [("x <= 0", "0"), ("x >= 0", "x")], of="relu(x)")
    ),
    "a gap and a wrong formula": lambda: mt.check(mt.Representation("x", WRONG, of="relu(x)")),
    "a jump": lambda: mt.check(mt.Representation("x", [("x < 0", "0"), ("x >= 0", "x + 1")])),
    "a stated gradient": lambda: mt.check(
        mt.Representation("x", [("x < 0", "0", "1"), ("x >= 0", "x")], of="relu(x)")
    ),
    "polynomial kinks": lambda: mt.check(mt.relu(w * x).represent()),
    "a wrong curved piece": lambda: mt.check(
        mt.Representation(
            "x y",
            [("x**2 + y**2 < 1", "0"), ("x**2 + y**2 >= 1", "x**2 + y**2")],
            of=mt.relu(x**2 + y**2 - 1),
        )
    ),
    "a smooth formula": lambda: mt.check((mt.relu(x) * mt.exp(x)).represent()),
    "the chain rule": lambda: mt.verify_chain_rule(mt.relu(mt.max(x, x), at_zero=0)),
    "the curved chain rule": lambda: mt.verify_chain_rule(
        mt.relu(x * w), {"x": (0, 1), "w": (-1, 1)}
    ),
    "Stampacchia": lambda: mt.check_stampacchia(mt.relu(x) - mt.relu(x)),
    "rungs": lambda: mt.max(x, y, 0).represent().classify(),
    "rungs of a table": lambda: mt.Representation(
        "x", [("x < 0", "0"), ("x > 0", "x"), ("x = 0", "0", "5")], of="relu(x)"
    ).classify(),
    "SymPy's gradient": lambda: mt.check_gradient(
        mt.max(x, y), [sympy.Heaviside(X - Y, 0), sympy.Heaviside(Y - X)]
    ),
    "a gradient on curved parts": lambda: mt.check_gradient(mt.relu(x * y), [1, 0]),
    "the gradient of a table": lambda: mt.check_gradient(mt.max(x, y), mt.max(x, y).represent()),
    "integrals": lambda: mt.check_integration_by_parts(
        mt.Representation("x", [("x < 0", "0", 0), ("x >= 0", "x", 2)], of="relu(x)"), {x: (-1, 2)}
    ),
    "integrals of a function": lambda: mt.check_integration_by_parts(
        mt.relu(mt.min(x, 0), at_zero=5), {x: (-1, 2)}
    ),
    "the appendix": stampacchia,
    "the appendix with one": lambda: stampacchia(FIRST, FIRST),
    "a regularisation": SECOND.check,
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_verified_and_a_changed_one_refused(name):
    report = REPORTS[name]()
    assert isinstance(report, Proof) and report.verify()
    assert all(check.name in report.statement for check in report.checks)
    assert pickle.loads(pickle.dumps(report)).verify()
    for k, check in enumerate(report.checks):
        others = [*report.checks]
        for changed in (
            *(replace(check, verdict=own) for own in Verdict if own is not check.verdict),
            replace(check, verdict=str(check.verdict)),
            replace(check, detail=check.detail + "!"),
            replace(check, rests_on=("me",)),
            replace(check, failures=(Failure(check.name, "no"),)),
            *([replace(check, failures=check.failures[1:])] if check.failures else []),
        ):
            others[k] = changed
            assert not replace(report, checks=tuple(others)).verify()
    assert not replace(report, checks=report.checks[1:]).verify()
    assert not replace(report, checks=()).verify()
    assert not replace(report, title="all is well").verify()
    assert not replace(report, question=None).verify()
    assert not replace(report, question=REPORTS["rungs"]().question, title="").verify()
    for failure in report.failures:
        assert failure.verify() and failure.message in failure.statement
        for changed in (
            replace(failure, message="it is so"),
            replace(failure, check="cover "),
            replace(failure, data={"pieces": (1, 1)}),
            replace(failure, point=(sympy.Integer(17),) * 2),
            replace(failure, point=(0.5,)),
            replace(failure, question=None),
        ):
            assert not changed.verify()


def test_what_a_callable_returned_is_no_proof():
    report = mt.check_gradient(mt.relu(x), lambda point: [1])
    assert report.question is None and not report.verify()
    assert not report.failures[0].verify()


# -- exchanged pieces --------------------------------------------------------------------------

CONDITIONS = ["x < 0", "x <= 0", "x > 0", "x >= 0", "x = 0", "x > 1", "x >= 0, x <= 1"]
FORMULAS = ["0", "x", "-x", "x - 1"]
FUNCTIONS = ["relu(x)", "abs(x)", "max(x, 1)", "0*x"]
GRID = [Fraction(k, 4) for k in range(-12, 13)]
entries = st.lists(
    st.tuples(st.sampled_from(CONDITIONS), st.sampled_from(FORMULAS)), min_size=1, max_size=3
)


def stated(own, f):
    return mt.Representation("x", own, of=f)


def looked_at(own, f):
    """Whether on the grid one piece has each point, and its formula the value of f."""
    found = {"disjoint": True, "cover": True, "formulas": True}
    for value in GRID:
        inside = [g for c, g in own if _holds(c, value)]
        found["disjoint"] &= len(inside) < 2
        found["cover"] &= bool(inside)
        expected = mt.parse(f).on("x").value((value,))
        found["formulas"] &= all(sympy.sympify(g).subs("x", value) == expected for g in inside)
    return found


def _holds(condition, value):
    comparisons = {"<": value.__lt__, "<=": value.__le__, ">": value.__gt__, ">=": value.__ge__,
                   "=": value.__eq__}  # fmt: skip
    return all(
        comparisons[op](Fraction(number))
        for _, op, number in (part.split() for part in condition.split(", "))
    )


@given(entries, st.sampled_from(FUNCTIONS), entries, st.sampled_from(FUNCTIONS), st.data())
@settings(calm, max_examples=40)
def test_reports_of_exchanged_tables(own, f, other, g, data):
    report = mt.check(stated(own, f))
    assert report.verify()
    for check in report.checks[:3]:
        # all breakpoints are points of the grid, and there are points between them
        assert (check.verdict is Verdict.passed) == looked_at(own, f)[check.name]
    second = mt.check(stated(other, g))
    question = second.question
    forged = report.asked(question)
    if data.draw(st.booleans()):
        forged = replace(report, checks=second.checks)
    if forged.verify():
        subject = (other, g) if forged.question is question else (own, f)
        for check in forged.checks[:3]:
            assert (check.verdict is Verdict.passed) == looked_at(*subject)[check.name]
    for failure in forged.failures:
        if failure.verify():
            (point,) = failure.point
            told = _at(*((other, g) if failure.question is question else (own, f)), point)
            assert told[failure.check]


def _at(own, f, point):
    """What is wrong at a point."""
    value = Fraction(int(point.p), int(point.q))
    inside = [g for c, g in own if _holds(c, value)]
    expected = mt.parse(f).on("x").value((value,))
    wrong = any(sympy.sympify(g).subs("x", value) != expected for g in inside)
    return {"disjoint": len(inside) > 1, "cover": not inside, "formulas": wrong}


@given(st.data())
@settings(calm, max_examples=40)
def test_counterexamples_elsewhere(data):
    own = data.draw(entries)
    f = data.draw(st.sampled_from(FUNCTIONS))
    report = mt.check(stated(own, f))
    question = report.question
    point = (sympy.Rational(data.draw(st.sampled_from(GRID))),)
    name = data.draw(st.sampled_from(["disjoint", "cover", "formulas"]))
    i, j = (data.draw(st.integers(1, 3)) for _ in range(2))
    message, more = {
        "disjoint": (f"pieces {i} and {j} both contain {point}", {"pieces": (i, j)}),
        "cover": (f"no piece contains {point}", {}),
        "formulas": (f"f{i} is 0 at {point} of piece {i}, but f is 1",
                     {"piece": i, "found": (sympy.S.Zero,), "expected": sympy.S.One}),
    }[name]  # fmt: skip
    if Failure(name, message, point, more, question).verify():
        assert _at(own, f, point[0])[name]


def test_a_table_in_which_anything_was_kept():
    rep = mt.Representation("x", [("x <= 0", "0"), ("x >= 0", "x")], of="relu(x)")
    good = mt.check(mt.Representation("x", [("x < 0", "0"), ("x >= 0", "x")], of="relu(x)"))
    # what the pieces remember is not asked
    vars(rep[0])["interior"] = vars(rep[0])["hull"] = None
    assert not replace(good, question=mt.check(mt.relu(x).represent()).question).verify()
    assert mt.check(rep).verify()

    class Sly(Fraction):
        __slots__ = ()

        def __eq__(self, other):
            return True

        __hash__ = Fraction.__hash__

    piece = copy.copy(rep[0])
    (formula,) = piece._formulas
    piece._formulas = (replace(formula, row=(Sly(1), Sly(1))),)
    forged = copy.copy(rep)
    forged._entries = [piece, rep[1]]
    assert not replace(good, question=replace(good.question, table=forged)).verify()


# -- judgements ----------------------------------------------------------------------------------


def test_judgements_along_strata_with_smooth_formulas():
    for f, domain in (
        (mt.relu(x) * mt.exp(x), None),
        (mt.relu(x) + mt.exp(x), "x >= -1"),
        (mt.relu(x).on(x, y) + mt.sin(y), None),
        (x**2 + abs(y), None),
    ):
        found = f.represent(domain).classify()
        assert found.verify()
        for entry in found.strata:
            own = entry.judgement
            assert own.verify(), own.statement
            assert str(f) in own.statement and str(own.rung) in own.statement
            assert own.rests_on == ("SymPy",)
            for rung in mt.Rung:
                assert replace(own, rung=rung).verify() == (rung is own.rung)
            wrong = sympy.ImmutableMatrix([[7] * len(f.variables)])
            assert not replace(own, matrix=wrong).verify()
            assert not replace(own, matrix=None).verify()
            assert not replace(own, place=None).verify()
            place = own.place
            assert not replace(own, place=replace(place, function=f + x)).verify()
            assert not replace(own, place=replace(place, point=(0.5,) * len(place.point))).verify()
            assert not replace(own, cases=((mt.Rung.clarke, sympy.true),)).verify()


def test_rungs_that_vary_along_a_stratum():
    f = abs(x) * mt.square(y)
    entries_ = [("x > 0", "x*y**2"), ("x <= 0", "-x*y**2")]
    found = mt.Representation("x y", entries_, of=f).classify()
    own = [entry.judgement for entry in found.strata if entry.judgement.cases]
    assert own and all(judgement.verify() for judgement in own)
    for judgement in own:
        # where y = 0 both sides have the gradient 0
        assert sympy.Eq(Y, 0) in [condition for _, condition in judgement.cases]
        assert not replace(judgement, cases=judgement.cases[:1]).verify()
        assert not replace(judgement, cases=()).verify()


def test_a_derivative_that_is_none_is_refused():
    (one, other, _) = mt.relu(x).represent().classify().strata
    assert isinstance(one.judgement.place, Along)
    assert not replace(one.judgement, matrix=other.judgement.matrix).verify()
    assert not replace(one.judgement, place=other.judgement.place).verify()
    tied = replace(one.judgement.place, point=(Fraction(0),))
    assert not replace(one.judgement, place=tied).verify()


def test_judgements_where_derivatives_are_not_algebraic():
    at = (abs(x) * mt.exp(1)).at((0,))
    expected = {
        0: "clarke",
        1: "clarke",
        5: "associated",
        sympy.E: "bouligand",
        -sympy.E: "bouligand",
    }
    for value, rung in expected.items():
        own = at.judge([value])
        assert str(own.rung) == rung and own.verify() and own.rests_on == ("SymPy",)
        assert not replace(own, rung=mt.Rung.differentiable).verify()
        assert (
            not replace(own, matrix=sympy.ImmutableMatrix([[7]])).verify() or rung == "associated"
        )


def test_judgements_in_enclosures():
    deep = mt.vector("x", 2)
    for k in range(4):
        deep = mt.tanh(mt.affine([[1, k], [k, -1], [2, 1]], deep)[:2] + mt.relu(deep[0], at_zero=0))
    f = mt.sigmoid(deep[0])
    at = f.at(("1/2", 1))
    refuted, own = at.judge([[0, 0]]), at.judge(at.gradient)
    assert isinstance(refuted.place, EnclosedPlace)
    assert (
        refuted.verify() and str(refuted.rung) == "inconsistent" and "[[0, 0]]" in refuted.statement
    )
    assert own.verify() and str(own.rung) == "differentiable"
    assert not replace(refuted, rung=mt.Rung.differentiable).verify()
    assert not replace(refuted, matrix=None).verify()
    assert not replace(own, matrix=refuted.matrix).verify()
    short = replace(refuted.place, function=(x + y).on(x, y))
    assert not replace(refuted, place=short).verify()


# -- stationary points and fans ---------------------------------------------------------------------

SCALAR = [abs(x), abs(x) - abs(y), mt.max(x, y, 0), x**2 - abs(x), x**2 + abs(y), 0 * x,
          mt.relu(x, at_zero=0) - mt.relu(-x, at_zero=0), abs(sympy.sqrt(2) * x - 1),
          (0 * x + y).on(x, y)]  # fmt: skip


@pytest.mark.parametrize("f", SCALAR, ids=str)
def test_lists_of_stationary_points(f):
    found = mt.critical_points(f)
    assert found.verify() and str(f) in found.statement
    for k, entry in enumerate(found.strata):
        rest = (*found.strata[:k], *found.strata[k + 1 :])
        assert not replace(found, strata=rest).verify()
        for kind in Kind:
            own = (*found.strata[:k], replace(entry, kind=kind), *found.strata[k + 1 :])
            assert replace(found, strata=own).verify() == (kind is entry.kind)
        assert not replace(found, spurious=found.strata).verify()
    if found.spurious:
        assert not replace(found, spurious=()).verify()
    assert not replace(found, function=None).verify()
    assert not replace(found, function=mt.max(x, y, 1)).verify()


@pytest.mark.parametrize(
    "f",
    [abs(x) - abs(y), mt.max(x, y) - mt.max(x, -y), mt.relu(x - y), mt.min(abs(x), abs(y)),
     abs(x) * mt.exp(1) - abs(y), (0 * x + y)],
    ids=str,
)  # fmt: skip
def test_fans(f):
    at = f.on(x, y).at((0, 0))
    fan = at.fan if at.is_real else at.mordukhovich.fan
    assert fan.verify() and fan.statement.startswith("f(x, y) =")
    forgeries = [{"cones": fan.cones[1:]}, {"place": None},
                 {"place": (abs(x) + abs(2 * x - 3 * y)).at((0, 0)).place}]  # fmt: skip
    if fan.rays:
        forgeries += [{"rays": fan.rays[1:]}, {"slopes": [v + 1 for v in fan.slopes]}]
    if fan.lines:
        forgeries += [{"lines": []}, {"line_slopes": [v + 1 for v in fan.line_slopes]}]
    for changes in forgeries:
        forged = copy.copy(fan)
        vars(forged).update(changes)
        assert not forged.verify(), changes


# -- which objects claim something -------------------------------------------------------------------


def test_checks_have_no_claim_of_their_own():
    # what a line of a report says is in the report, which has the question
    assert "question" not in {own.name for own in fields(Check)}


def test_every_class_has_a_proof_or_is_a_value():
    """That of docs/trust.md: what is public is verified, or is listed as no claim."""
    text = (Path(__file__).parent.parent / "docs" / "trust.md").read_text(encoding="utf-8")
    _, values = text.split("## What is a value, and no claim")
    for name in mt.__all__:
        own = getattr(mt, name)
        if not isinstance(own, type) or issubclass(own, Exception):
            continue
        assert hasattr(own, "verify") != (f"`{name}`" in values), name


# -- random functions with ties, zero rows and repeated rows ------------------------------------------


@given(functions(max_layers=2, scalar=True), functions(max_layers=2, scalar=True), st.data())
@settings(calm, max_examples=15)
def test_lists_of_stationary_points_of_others(f, g, data):
    f = f.ravel()[0].on("x1", "x2")
    own, other = (mt.critical_points(h.ravel()[0].on("x1", "x2")) for h in (f, g))
    assert own.verify()
    kept = data.draw(st.sets(st.integers(0, max(len(own.strata) - 1, 0))))
    strata = tuple(entry for k, entry in enumerate(own.strata) if k in kept)
    strata += data.draw(st.sampled_from([(), other.strata, other.strata[:1]]))
    spurious = data.draw(st.sampled_from([own.spurious, other.spurious, ()]))
    forged = replace(own, strata=strata, spurious=spurious)
    if forged.verify():
        for point in product((-1, 0, 1), repeat=2):
            listed = any(e.stratum.polyhedron.contains(point) for e in forged.strata)
            # by Clarke's set at the point alone, which knows no strata
            assert listed == f.at(point).is_stationary


@given(functions(max_layers=2, scalar=True), functions(max_layers=2, scalar=True), st.data())
@settings(calm, max_examples=15)
def test_rungs_of_others(f, g, data):
    first, second = (h.ravel()[0].on("x1", "x2").represent().classify() for h in (f, g))
    assert first.verify()
    pieces = data.draw(st.sampled_from([first.pieces, second.pieces, first.pieces[::-1]]))
    checks = data.draw(st.sampled_from([first.checks, second.checks]))
    forged = replace(first, pieces=pieces, checks=checks)
    if forged.verify():
        own = f.ravel()[0].on("x1", "x2")
        rep = own.represent()
        for entry in forged.strata:
            witness = entry.stratum.witness
            assert rep.piece_at(witness).alpha == entry.alpha
            found = own.at(witness).classify(rep[entry.alpha - 1].gradient)
            assert found == entry.rung
