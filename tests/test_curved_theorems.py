"""``check``, (14), (11) and sets of functions whose kinks are polynomials."""

import json
import operator
from pathlib import Path

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_curved_conditions import CURVES, T, X, Y, ours

import piecewise_mt as mt
from piecewise_mt.paper.variants import HalfEach
from piecewise_mt.semialgebraic import decide as chain

w, x, y = mt.variables("w x y")


def rows(report):
    return {check.name: str(check.verdict) for check in report.checks}


@pytest.mark.parametrize(
    "f",
    [
        mt.relu(w * x),
        mt.relu(w * x, at_zero=0) + mt.exp(x),
        abs(x**2 + y**2 - 1) + 3 * x,
        mt.max(x**2 - y, y**2 - x, ties="average"),
        mt.stack([mt.relu(w * x), w * mt.relu(x * y - 1)]),
        mt.relu(mt.max(w * x, w * x)),
    ],
    ids=str,
)
def test_derived_representations_pass(f):
    report = mt.check(f.represent())
    assert report.ok
    assert list(rows(report)) == [
        "disjoint",
        "cover",
        "formulas",
        "stated gradients",
        "(15)",
        "Corollary 1",
    ]
    assert mt.verify_chain_rule(f).ok
    assert mt.check_stampacchia(f).ok


def test_a_partial_representation_does_not_cover():
    a, b = mt.variables("a b")
    f = mt.max(a * x, b * y, x * y - 1) + mt.relu(a * b - x)
    report = mt.check(f.represent(budget=0, partial=True))
    assert rows(report)["cover"] == "undecided" and not report.ok
    assert "the labels" in report.undecided[0].detail


def test_the_tie_of_equal_products_fills_the_plane():
    report = mt.verify_chain_rule(mt.relu(mt.max(w * x, w * x)))
    assert report.ok
    assert report.notes[0] == (
        "on {w*x < 0} the tie {1, 2} of max(w*x, w*x) has a full-dimensional preimage"
    )


def test_a_wrong_node_of_products_without_a_kink_is_found_with_a_point():
    report = mt.verify_chain_rule(mt.max(w * x, w * x, w * x, ties=HalfEach()))
    (failure,) = report.failures
    assert any(failure.point)


def test_a_wrong_node_of_products_is_found_with_a_point():
    wrong = mt.relu(mt.max(w * x, w * x, w * x, ties=HalfEach()))
    report = mt.verify_chain_rule(wrong)
    assert rows(report)["the product of (14) is the gradient"] == "failed"
    (failure, *_) = report.failures
    values = dict(zip(("w", "x"), failure.point))
    assert sympy.Matrix([[values["x"], values["w"]]]) != failure.data["found"].subs(
        {sympy.Symbol(k, real=True): v for k, v in values.items()}
    )
    # its formulas are not those of the maximum either
    found = mt.check(wrong.represent())
    assert rows(found)["formulas"] == "failed" and rows(found)["disjoint"] == "passed"
    assert rows(found)["(15)"] == "passed" and rows(found)["Corollary 1"] == "failed"
    failure = found.failures[0]
    assert failure.data["found"] == failure.data["expected"] * sympy.Rational(3, 2) != 0


def test_stampacchia_where_products_cancel_on_an_open_set():
    report = mt.check_stampacchia(mt.relu(w * x) - mt.relu(-w * x) - w * x)
    assert report.ok
    assert report.checks[0].detail == "2 of 2 full-dimensional strata have w = 0"
    assert "mt.zero_set" in report.notes[0]


def test_a_domain_without_interior_says_nothing_almost_everywhere():
    for ask in (mt.verify_chain_rule, mt.check_stampacchia):
        with pytest.raises(mt.PiecewiseError, match="a null set"):
            ask(mt.relu(w * x), domain="w = 0")


def test_a_solver_that_is_not_trusted_leaves_things_undecided(monkeypatch):
    pytest.importorskip("z3")
    monkeypatch.setattr(chain._Chain, "_eliminated", lambda self: "not tried")
    f = mt.max(w * x, w * x) + mt.relu(w * x)
    rep = f.represent()
    assert not mt.check(rep).ok and mt.check(rep, trust="z3").ok
    assert not rep.tangential_conditions().ok and rep.tangential_conditions().trusted
    for ask in (mt.verify_chain_rule, mt.check_stampacchia):
        assert not ask(f).ok and ask(f).undecided
        assert ask(f, trust="z3").ok
    with pytest.raises(mt.Undecided, match="rests on z3"):
        mt.zero_set(f)
    assert mt.zero_set(f, trust="z3").contains((0, 1))
    with pytest.raises(mt.Undecided, match="rests on z3"):
        mt.equal(f, f + 0 * w)
    assert not mt.equal(f, f + w)


def test_sets_of_products_and_squares():
    assert str(mt.zero_set(mt.relu(w * x))) == "{w*x <= 0}"
    assert str(mt.difference_set(mt.relu(w * x), w * x)) == "{w*x < 0}"
    circle = mt.zero_set(x**2 + y**2 - 1)
    assert str(circle) == "{x**2 + y**2 = 1}" and circle.contains((sympy.sqrt(2) / 2,) * 2)
    assert mt.zero_set(x**2 - 2).point() in [(sympy.sqrt(2),), (-sympy.sqrt(2),)]
    assert mt.zero_set(x**2 + w**2 + 1).is_empty
    level = mt.level_set(mt.max(w * x, y), 1)
    assert level.contains({"w": 2, "x": "1/2", "y": 1}) and level.contains((0, 5, 1))
    assert not level.contains({"w": 2, "x": 1, "y": 1})
    both = mt.zero_set(mt.stack([w * x, w - 1]))
    assert both.contains((1, 0)) and not both.contains((0, 0)) and not both.contains((1, 1))
    with pytest.raises(mt.NotPolyhedral, match="whose zeros are not supported yet"):
        mt.zero_set(mt.exp(x) - y)


def test_equality_of_functions_of_products():
    assert mt.equal(mt.relu(w * x) - mt.relu(-w * x), w * x)
    assert mt.equal(mt.max(x**2, y), mt.max(y, x**2, ties="first"))
    assert not mt.equal(mt.relu(w * x), w * x)
    # equal but on a piece far away
    assert not mt.equal(mt.relu(w * x - 1000), mt.relu(w * x - 1000) + mt.relu(x - 10**6))
    with pytest.raises(mt.Undecided, match="expected a decision whether"):
        mt.equal(mt.relu(w * x), mt.relu(w * x) * 1 + 0 * y, budget=0)


COMPARE = {
    "zero_set": (mt.zero_set, operator.eq),
    "difference_set": (lambda f: mt.difference_set(f, 0), operator.ne),
    "level_set": (lambda f: mt.level_set(f + 2, 2), operator.eq),
}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(list(CURVES)),
    st.lists(st.integers(-2, 2), min_size=3, max_size=3),
    st.sampled_from(list(COMPARE)),
    st.lists(st.tuples(*[st.fractions(-2, 2, max_denominator=3)] * 2), min_size=1, max_size=8),
)
def test_sets_contain_the_points_that_values_say(p, numbers, name, points):
    q = sympy.Add(*(c * m for c, m in zip(numbers, (1, X, X * Y))))
    h = ours(p)
    f = (mt.relu(h) - h + ours(q) if q != 0 else mt.relu(h) - h).on("x", "y")
    make, holds = COMPARE[name]
    found = make(f)
    curve = [tuple(sympy.Rational(c.subs(T, k)) for c in CURVES[p][0]) for k in (1, 2)]
    for point in [*points, *curve]:
        assert found.contains(point) == holds(f.value(point), 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(CURVES)), st.sampled_from(list(CURVES)), st.integers(-1, 1))
def test_equality_is_that_of_values_on_a_grid(p, other, shift):
    f = (mt.relu(ours(p)) - mt.relu(-ours(p))).on("x", "y")
    g = (ours(other) + shift).on("x", "y")
    grid = [(i, j) for i in range(-4, 5) for j in range(-4, 5)]
    # polynomials of degree at most four in each variable are told apart by these
    assert mt.equal(f, g) == all(f.value(point) == g.value(point) for point in grid)


CASES = json.loads((Path(__file__).parent / "data" / "semialgebraic_cases.json").read_text())


@pytest.mark.parametrize("case", [c for c in CASES if not c["domain"]], ids=lambda c: c["name"])
def test_the_worked_cases_have_consistent_gradients(case):
    f = mt.parse(case["input"]).on(*(mt.variable(name) for name in case["variables"]))
    rep = f.represent()
    assert mt.check(rep).ok
    assert mt.verify_chain_rule(f).ok
    report = mt.check_gradient(f, rep)
    assert report.ok and not report.undecided
    # one part at least of every piece, and the open ones are differentiable
    assert len(report.verdicts) >= len(rep)
    assert {str(v.rung) for v in report.verdicts if v.dimension == len(rep.names)} == {
        "differentiable"
    }


def test_a_curved_domain_is_stayed_in():
    disc = "w**2 + x**2 <= 1"
    f = mt.relu(w * x)
    assert mt.verify_chain_rule(f, disc).ok and mt.check_stampacchia(f, disc).ok
    assert mt.check(f.represent(disc)).ok
    report = mt.check_gradient(f, [0, 0], disc)
    assert report.failures
    for failure in report.failures:
        assert sum(v**2 for v in failure.point) <= 1
        assert failure.point[0] * failure.point[1] > 0
