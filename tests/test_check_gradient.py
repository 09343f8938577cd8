"""Gradients from elsewhere: SymPy's and callables', judged stratum by stratum."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings

import piecewise_mt as mt

x, y, z = mt.variables("x y z")
sx, sy, sz = sympy.symbols("x y z", real=True)


def rungs(report):
    return {str(v.stratum.polyhedron): str(v.rung) for v in report.verdicts}


def test_sympy_max_of_three_sums_to_three_halves():
    maximum = sympy.Max(sx, sy, sz)
    report = mt.check_gradient(mt.max(x, y, z), [maximum.diff(s) for s in (sx, sy, sz)])
    assert not report.ok
    (failure,) = report.failures
    assert failure.check == "x = y = z"
    assert failure.data["found"] == Fraction(3, 2)
    assert failure.data["expected"] == 1
    assert failure.data["direction"] == (1, 1, 1)
    assert "every representation" in failure.message
    found = rungs(report)
    assert found["x = y = z"] == "inconsistent"
    for pair in ("x = y > z", "x = z > y", "y = z > x"):
        assert found[pair] == "clarke"  # the mean of the two limits
    assert all(verdict.points == 0 for verdict in report.verdicts)  # proofs


def test_sympy_max_of_two_is_in_clarkes_hull():
    maximum = sympy.Max(sx, sy)
    report = mt.check_gradient(mt.max(x, y), [maximum.diff(s) for s in (sx, sy)])
    assert report.ok
    assert sorted(rungs(report).values()) == ["clarke", "differentiable", "differentiable"]
    assert rungs(report)["x = y"] == "clarke"


def test_symbols_are_matched_by_name():
    plain = sympy.Symbol("x")
    assert mt.check_gradient(mt.relu(x), sympy.Matrix([[sympy.Heaviside(plain)]])).ok
    with pytest.raises(mt.UnknownVariable, match="got w"):
        mt.check_gradient(mt.relu(x), [sympy.Symbol("w")])


def test_sign_and_piecewise():
    assert rungs(mt.check_gradient(mt.abs(x), [sympy.sign(sx)])) == {
        "x < 0": "differentiable", "x > 0": "differentiable", "x = 0": "clarke",
    }  # fmt: skip
    wrong = sympy.Piecewise((1, sx >= 1), (0, True))
    report = mt.check_gradient(mt.relu(x), [wrong])
    assert rungs(report)["0 < x < 1"] == "inconsistent"
    assert rungs(report)["x > 1"] == "differentiable"


def test_piecewise_with_a_gap_and_derivatives_of_steps_are_undefined():
    gap = sympy.Piecewise((1, sx > 0), (0, sx < 0))
    report = mt.check_gradient(mt.relu(x), [gap])
    assert rungs(report)["x = 0"] == "undefined"
    assert not report.ok
    delta = mt.check_gradient(0 * x, [sympy.sign(sx).diff(sx)])
    assert rungs(delta)["x = 0"] == "undefined"


def test_a_thinner_set_refutes_these_strata_only():
    report = mt.check_gradient(+x, [sympy.Piecewise((2, sympy.Eq(sx, 0)), (1, True))])
    (failure,) = report.failures
    assert failure.point == (0,)
    assert "these strata only" in failure.message
    assert report.verdicts[0].rung == "differentiable"


def test_differentiable_where_the_function_is_smooth_across_a_stratum():
    f = mt.relu(x) - mt.relu(-x)
    report = mt.check_gradient(f, [sympy.Integer(1)])
    assert set(rungs(report).values()) == {"differentiable"}
    # at the point stratum {0} condition (15) is empty
    report = mt.check_gradient(f, [sympy.Piecewise((-3, sympy.Eq(sx, 0)), (1, True))])
    assert report.ok
    assert rungs(report)["x = 0"] == "associated"
    assert "the condition empty" in next(c.detail for c in report.checks if c.name == "x = 0")


def test_formula_that_varies_is_no_proof():
    report = mt.check_gradient(+x, [sx - sx**2 + 1])
    assert not report.ok
    assert report.verdicts[0].points > 0


def test_switch_that_is_not_piecewise_linear():
    with pytest.raises(mt.NotPolyhedral, match="switches"):
        mt.check_gradient(mt.relu(x), [sympy.Heaviside(sympy.sin(sx))])
    # a polynomial's is a cut like any other: 1 on both sides of 0
    report = mt.check_gradient(mt.relu(x), [sympy.Heaviside(sx**2)])
    assert [str(check.verdict) for check in report.checks] == ["failed", "passed", "passed"]
    assert report.failures[0].point[0] < 0


def test_conditions_that_are_no_relations_are_refused():
    odd = sympy.Contains(sx, sympy.S.Integers, evaluate=False)
    with pytest.raises(mt.NotPolyhedral, match="conditions are relations"):
        mt.check_gradient(mt.relu(x), [sympy.Piecewise((0, odd), (1, True))])
    both = sympy.Piecewise((1, (sx > 0) & (sx > -1)), (0, True))
    assert mt.check_gradient(mt.relu(x), [both]).ok


def test_floor_is_never_a_proof():
    report = mt.check_gradient(mt.relu(x), [sympy.floor(sx)])
    assert not report.ok
    assert all(v.points for v in report.verdicts)


def test_wrong_shape_of_a_formula():
    with pytest.raises(mt.ShapeError, match="1 rows and 2 columns"):
        mt.check_gradient(mt.max(x, y), [sx])


def test_callable_is_never_a_proof():
    report = mt.check_gradient(mt.relu(x), lambda v: [1.0 if v[0] > 0 else 0.0])
    # only the tie is one point, so only there it was tried everywhere
    assert not report.ok and not report and not report.failures and report.holds_where_tried
    assert [check.name for check in report.undecided] == ["x < 0", "x > 0"]
    assert [str(check.verdict) for check in report.checks] == ["undecided", "undecided", "passed"]
    assert all(verdict.points >= 1 for verdict in report.verdicts)
    assert all("no violation at" in check.detail for check in report.checks)


def test_callable_that_is_wrong_at_a_tie():
    report = mt.check_gradient(mt.max(x, y), lambda v: [float(v[0] >= v[1]), float(v[1] >= v[0])])
    (failure,) = report.failures
    assert failure.check == "x = y"
    assert (failure.data["found"], failure.data["expected"]) == (2, 1)


@pytest.mark.parametrize(
    "value", [[math.nan], [math.inf], [1.0, 2.0], None, "1", [[[1.0]]], [1j]], ids=str
)
def test_callable_without_a_matrix_is_undefined(value):
    report = mt.check_gradient(mt.relu(x), lambda v: value)
    assert not report.ok
    assert set(rungs(report).values()) == {"undefined"}


def test_callable_that_raises_is_undefined():
    report = mt.check_gradient(mt.relu(x), lambda v: [1 / 0 if v[0] == 0 else float(v[0] > 0)])
    assert rungs(report)["x = 0"] == "undefined"
    assert "ZeroDivisionError" in report.failures[0].message


def test_strata_without_a_representable_point_are_untested():
    third = mt.relu(3 * x - 1)
    report = mt.check_gradient(third, lambda v: [3.0 if 3 * v[0] > 1 else 0.0])
    assert report.holds_where_tried and not report.ok
    assert [str(stratum.polyhedron) for stratum in report.untested] == ["x = 1/3"]
    assert len(report.verdicts) == 2
    assert any("untested" in note for note in report.notes)


def test_representable_points_are_found_off_the_witness():
    f = mt.relu(3 * x - y) + mt.relu(3 * x - y - 1) + mt.clip(7 * x, "1/3", "2/5")
    report = mt.check_gradient(f, lambda v: f.gradient([Fraction(c) for c in v]).subs("z", 0))
    tested = {str(v.stratum.polyhedron) for v in report.verdicts}
    assert not any(s.dimension == 2 for s in report.untested)
    assert any("=" in text for text in tested)


def test_rounding_is_a_violation_unless_it_is_allowed():
    def third(v):
        return [0.1]

    assert not mt.check_gradient(mt.affine([["1/10"]], mt.stack([x])), third).holds_where_tried
    assert mt.check_gradient(
        mt.affine([["1/10"]], mt.stack([x])), third, tolerance=Fraction(1, 10**15)
    ).holds_where_tried


@given(functions(max_layers=2))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_own_gradient_passes_on_random_networks(f):
    def own(v):
        found = f.gradient([Fraction(c) for c in v])
        return found.subs(dict.fromkeys(found.free_symbols, 0))

    assert mt.check_gradient(f, own).holds_where_tried
    report = mt.check_gradient(f, lambda v: own(v) + sympy.ones(f.size, len(f.variables)))
    assert report.failures and not report.holds_where_tried


def test_gradients_that_a_table_states():
    """The rung of each piece's gradient on every stratum: right, of a tie, and wrong on a piece."""
    v = mt.variable("v")
    f = mt.relu(v) - mt.relu(-v)
    for tie, above, rungs in (
        ("1", "1", {"differentiable": 3}),
        ("3", "1", {"differentiable": 2, "associated": 1}),
        ("1", "2", {"differentiable": 2, "inconsistent": 1}),
    ):
        table = mt.Representation(
            "v", [("v > 0", "v", [above]), ("v < 0", "v", ["1"]), ("v = 0", "0", [tie])]
        )
        report = mt.check_gradient(f, table)
        assert report.ok == ("inconsistent" not in rungs)
        assert "from a representation" in str(report) and len(report.checks) == 3
        assert all(f"{name}: {count}" in str(report) for name, count in rungs.items())
        assert [failure.point for failure in report.failures] == ([] if report.ok else [(1,)])
