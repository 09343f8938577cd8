"""Gradients from elsewhere on curved strata: (15) decided on every regular and singular part."""

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_curved_conditions import CURVES, T, X, Y, ours

import piecewise_mt as mt
from piecewise_mt.calculus.ladder.curved_gradients import PartVerdict
from piecewise_mt.calculus.partition.semialgebraic import semialgebraic_strata
from piecewise_mt.calculus.partition.trust import foreign, not_accepted
from piecewise_mt.semialgebraic import decide as chain

A, B, C, W = sympy.symbols("a b c w", real=True)
VERDICTS = {"passed", "failed", "undecided"}


def gradient_of(expression, *symbols):
    return [sympy.diff(expression, symbol) for symbol in symbols]


def rows(report):
    return {check.name: str(check.verdict) for check in report.checks}


def test_sympy_at_a_triple_tie_of_products_is_refuted_off_the_zeros_of_the_weight():
    a, b, c, x = mt.variables("a b c x")
    f = mt.max(a * x, b * x, c * x).on("a", "b", "c", "x")
    report = mt.check_gradient(f, gradient_of(sympy.Max(A * X, B * X, C * X), A, B, C, X))
    found = rows(report)
    assert found["a = b, a = c, x != 0"] == "failed"
    assert found["x = 0, a != b or x = 0, a != c"] == "passed"
    assert found["a = b, a = c, x = 0"] == "passed"
    assert [name for name, verdict in found.items() if verdict != "passed"] == [
        "a = b, a = c, x != 0"
    ]
    (failure,) = report.failures
    values = dict(zip("abcx", failure.point))
    assert values["a"] == values["b"] == values["c"] and values["x"] != 0
    # the point shows it: three halves of what the sum of the entries is
    assert sum(failure.data["matrix"][:3]) == sympy.Rational(3, 2) * values["x"]
    assert failure.data["found"] - failure.data["expected"] != 0
    assert "this refutes every representation" in failure.message
    assert not report.ok and not report.holds_where_tried


def test_sympy_at_a_crossing_of_two_parabolas_is_decided():
    x, y = mt.variables("x y")
    f = mt.max(x**2 - y, y**2 - x)
    report = mt.check_gradient(f, gradient_of(sympy.Max(X**2 - Y, Y**2 - X), X, Y))
    assert report.ok
    assert [(v.part.text, v.dimension, str(v.rung)) for v in report.verdicts] == [
        ("x**2 + x > y**2 + y", 2, "differentiable"),
        ("x**2 + x < y**2 + y", 2, "differentiable"),
        ("x = y, x + y != -1", 1, "associated"),
        ("x + y = -1, x != y", 1, "associated"),
        ("x = y, x + y = -1", 0, "associated"),
    ]
    assert "whether it is more is not" in str(report)


def test_a_constant_gradient_of_the_first_example_is_refuted_with_points():
    w, x = mt.variables("w x")
    f = mt.relu(w * x)
    report = mt.check_gradient(f, [1, 0])
    assert rows(report) == {
        "w*x < 0": "failed",
        "w*x > 0": "failed",
        "x = 0, w != 0": "failed",
        "w = 0, x != 0": "passed",
        "w = 0, x = 0": "passed",
    }
    for failure in report.failures:
        w0, x0 = failure.point
        own = [x0, w0] if w0 * x0 > 0 else [0, 0]
        t = failure.data["direction"]
        assert failure.data["expected"] == sum(g * d for g, d in zip(own, t))
        assert failure.data["found"] == t[0] != failure.data["expected"]


def test_a_failure_on_a_circle_may_be_at_an_algebraic_point():
    x, y = mt.variables("x y")
    f = abs(x**2 + y**2 - 1)
    sign = sympy.sign(X**2 + Y**2 - 1)
    assert mt.check_gradient(f, [2 * X * sign, 2 * Y * sign]).ok
    on_circle = sympy.Piecewise((1, sympy.Eq(X**2 + Y**2, 1)), (0, True))
    # normal to the circle anything is right
    assert mt.check_gradient(f, [X * (2 * sign + on_circle), Y * (2 * sign + on_circle)]).ok
    report = mt.check_gradient(f, [2 * X * sign, 2 * Y * sign + X * on_circle])
    assert list(rows(report).values()) == ["passed", "passed", "failed"]
    (failure,) = report.failures
    assert sympy.simplify(failure.point[0] ** 2 + failure.point[1] ** 2 - 1) == 0
    assert sympy.simplify(failure.data["found"] - failure.point[0] ** 2) == 0
    assert failure.data["expected"] == 0


def test_a_switch_on_a_curve_cuts_the_strata_of_a_polyhedral_function():
    x, y = mt.variables("x y")
    on_parabola = sympy.Piecewise((1, sympy.Eq(X**2, Y)), (0, True))
    step = [sympy.Heaviside(X - Y) + on_parabola, sympy.Heaviside(Y - X)]
    report = mt.check_gradient(mt.max(x, y), step)
    failed = [name for name, verdict in rows(report).items() if verdict == "failed"]
    assert failed == ["x**2 = y, x > y", "x**2 = y, x < y", "x**2 = y, x = y"]
    assert all("thinner than its stratum" in f.message for f in report.failures)


def test_an_undefined_gradient_is_no_matrix_on_its_part():
    x, y = mt.variables("x y")
    second = gradient_of(sympy.Heaviside(X * Y), X, Y)
    report = mt.check_gradient(mt.relu(x * y) * 0 + mt.relu(x * y), second)
    assert rows(report)["x = 0, y != 0"] == "failed"
    assert any("DiracDelta" in failure.message for failure in report.failures)


@pytest.mark.parametrize("rule", ["free", 0, 1, "1/2"])
def test_derived_gradients_of_any_rule_are_associated(rule):
    w, x = mt.variables("w x")
    rep = mt.relu(w * x, at_zero=rule).represent()
    report = mt.check_gradient(mt.relu(w * x), rep)
    assert report.ok
    assert {v.part.text for v in report.verdicts} >= {"x = 0, w != 0", "w = 0, x != 0"}


def test_the_derived_gradient_of_another_function_is_refuted():
    w, x = mt.variables("w x")
    report = mt.check_gradient(mt.relu(w * x), (mt.relu(w * x) + w).represent())
    assert not report.ok and rows(report)["w = 0, x != 0"] == "passed"
    assert rows(report)["x = 0, w != 0"] == "failed"


def test_a_callable_is_tried_and_never_proved():
    w, x = mt.variables("w x")
    f = mt.relu(w * x)
    right = mt.check_gradient(f, lambda p: [p[1], p[0]] if p[0] * p[1] > 0 else [0, 0])
    assert not right.ok and right.holds_where_tried and not right.failures
    assert rows(right) == {
        "w*x < 0": "undecided",
        "w*x > 0": "undecided",
        "x = 0, w != 0": "undecided",
        "w = 0, x != 0": "undecided",
        "w = 0, x = 0": "passed",
    }
    wrong = mt.check_gradient(f, lambda p: [1, 0])
    assert rows(wrong)["x = 0, w != 0"] == "failed" and not wrong.holds_where_tried
    nearly = mt.check_gradient(f, lambda p: [1e-9, 0] if p[0] * p[1] <= 0 else p[::-1])
    assert nearly.failures
    assert mt.check_gradient(
        f, lambda p: [1e-9, 0] if p[0] * p[1] <= 0 else p[::-1], tolerance="1e-6"
    ).holds_where_tried
    raised = mt.check_gradient(f, lambda p: 1 // 0)
    assert "ZeroDivisionError" in raised.failures[0].message


def test_answers_of_a_solver_are_no_proofs_unless_it_is_trusted(monkeypatch):
    pytest.importorskip("z3")
    w, x = mt.variables("w x")
    monkeypatch.setattr(chain._Chain, "_eliminated", lambda self: "not tried")
    f = mt.relu(w * x)
    own = gradient_of(sympy.Max(W * X, 0), W, X)
    report = mt.check_gradient(f, own)
    assert not report.ok and not report.failures
    assert any("trust='z3'" in check.detail for check in report.undecided)
    assert mt.check_gradient(f, own, trust="z3").ok
    assert mt.check_gradient(f, own, trust=["z3"]).ok
    assert not mt.check_gradient(f, own, trust="cvc5").ok


def test_what_is_trusted_is_named():
    x, y = mt.variables("x y")
    with pytest.raises(mt.PiecewiseError, match="expected the name of a solver to trust, got 3"):
        mt.check_gradient(mt.relu(x * y), [0, 0], trust=[3])


def test_without_time_nothing_is_ok():
    a, b, x = mt.variables("a b x")
    report = mt.check_gradient(mt.max(a * x, b * x, 1), [0, 0, 0], budget=0)
    assert not report.ok and report.undecided


def test_kinks_that_are_no_polynomials_are_refused_as_before():
    x, y = mt.variables("x y")
    with pytest.raises(mt.NotPolyhedral, match="not supported yet"):
        mt.check_gradient(mt.relu(mt.exp(x) - y), [0, 0])
    with pytest.raises(mt.NotPolyhedral, match="piecewise polynomials change sign"):
        mt.check_gradient(mt.relu(x), [sympy.Heaviside(sympy.exp(X) - 2)])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(list(CURVES)),
    st.lists(st.integers(-2, 2), min_size=3, max_size=3),
    st.sampled_from([0, 1, sympy.Rational(1, 2), X, Y - 1]),
    st.sampled_from([0, 0, 1, -2, X, Y, X * Y, X**2 + Y**2 - 1]),
)
def test_a_gradient_on_a_curve_is_right_up_to_normals(p, numbers, normal, tangential):
    q = sympy.Add(*(c * m for c, m in zip(numbers, (X, Y, X * Y))))
    h = ours(p)
    f = (mt.relu(h) + ours(q) if q != 0 else mt.relu(h)).on("x", "y")
    radical = sympy.Mul(*(factor for factor, _ in sympy.factor_list(p)[1]))
    tangent = {X: -radical.diff(Y), Y: radical.diff(X)}
    entries = []
    for v in (X, Y):
        on_tie = q.diff(v) + normal * radical.diff(v) + tangential * tangent[v]
        entries.append(
            sympy.Piecewise(
                (on_tie, sympy.Eq(p, 0)), (q.diff(v) + p.diff(v), p > 0), (q.diff(v), True)
            )
        )
    report = mt.check_gradient(f, entries)
    assert all(isinstance(v, PartVerdict) for v in report.verdicts)
    # the same by rational curves that fill the zero set: G·γ' is the derivative along γ
    is_right = True
    for curve in CURVES[p]:
        at = dict(zip((X, Y), curve))
        defect = sympy.sympify(tangential) * sum(
            t.subs(at, simultaneous=True) * curve[i].diff(T)
            for i, t in enumerate((tangent[X], tangent[Y]))
        )
        is_right = (
            is_right and sympy.simplify(sympy.sympify(defect).subs(at, simultaneous=True)) == 0
        )
    assert report.ok == is_right
    assert bool(report.failures) != is_right
    for failure in report.failures:
        at = dict(zip((X, Y), failure.point))
        assert sympy.simplify(p.subs(at)) == 0
        t = failure.data["direction"]
        assert sympy.simplify(sum(d * radical.diff(v).subs(at) for d, v in zip(t, (X, Y)))) == 0


@pytest.mark.parametrize("budget", [0, 1e-9, 1e-3])
def test_labels_for_which_no_time_is_left_are_undecided(budget):
    a, b, x, y = mt.variables("a b x y")
    f = mt.max(a * x, b * y, x * y - 1) + mt.relu(a * b - x)
    strata = semialgebraic_strata(f, budget=budget)
    assert strata.undecided
    with pytest.raises(mt.Undecided):
        f.represent(budget=budget)


def test_a_part_without_a_float_in_it_is_untested():
    x, y = mt.variables("x y")
    # the tie is x = ±√2, which no float is
    f = mt.relu(x**2 - 2) + 0 * y
    report = mt.check_gradient(f, lambda p: [2 * p[0] if p[0] ** 2 > 2 else 0, 0])
    assert [str(stratum) for stratum in report.untested] == ["x**2 = 2"]
    assert report.holds_where_tried and not report.ok
    assert "untested" in report.notes[-1]


def test_bases_of_sympy_count_as_its_identities_do():
    own, other = f"sympy {sympy.__version__} (groebner)", "z3 4.13"
    assert not_accepted([own], ()) == "" and foreign([own, other]) == (other,)
    assert "give trust='z3'" in not_accepted([own, other], ())
    assert not_accepted([own, other], ("z3",)) == ""


def test_pieces_of_either_kind_are_judged_on_strata_of_either_kind():
    x, y = mt.variables("x y")
    curved, flat = mt.relu(x * y), mt.max(x, y)
    for f, other in ((flat, curved), (curved, flat)):
        report = mt.check_gradient(f, other.represent())
        assert not report.ok
        for failure in report.failures:
            data = failure.data
            found = sum(g * t for g, t in zip(data["matrix"].row(0), data["direction"]))
            assert found == data["found"] != data["expected"]
            assert data["part"].contains(failure.point)


def test_a_point_in_no_piece_is_found():
    x, y = mt.variables("x y")
    entries = [("x > 0 and y > 0", "0"), ("x < 0", "0"), ("x >= 0 and y < 0", "0")]
    report = mt.check_gradient(mt.relu(x * y), mt.Representation("x y", entries))
    covers = [failure for failure in report.failures if failure.check == "cover"]
    assert covers
    for px, py in (failure.point for failure in covers):
        assert not (px > 0 and py > 0) and not px < 0 and not (px >= 0 and py < 0)


def test_texts_are_formulas():
    w, x = mt.variables("w x")
    report = mt.check_gradient(mt.relu(w * x) + w, ["x + 1", "w"])
    assert rows(report) == {
        "w*x < 0": "failed",
        "w*x > 0": "passed",
        "x = 0, w != 0": "passed",
        "w = 0, x != 0": "passed",
        "w = 0, x = 0": "passed",
    }
