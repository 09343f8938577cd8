"""The ladder on every stratum: `rep.classify()`, `rep.artifacts()`, `mt.check_gradient`."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings

import piecewise_mt as mt
from piecewise_mt.calculus.local.clarke import ConvexCombination, rows_of
from piecewise_mt.calculus.local.rungs import Rung, weakest

t, x, y = mt.variables("t x y")
ones = [t, 2 * t, 3 * t, 4 * t]
TABLE2 = mt.max(*ones, ties="first") - mt.max(*ones, ties="average")
TABLE3 = mt.max(t, 4 * t, ties="first") - mt.max(4 * t, t, ties="first")


@pytest.mark.parametrize(("f", "value"), [(TABLE2, "-3/2"), (TABLE3, -3)])
def test_tables_2_and_3_at_zero(f, value):
    # the values are the paper's; the function is zero, so Clarke's set is {0}
    at = f.at((0,))
    assert at.gradient == sympy.Matrix([[sympy.Rational(value)]])
    assert at.is_differentiable
    assert at.clarke.vertices == (sympy.zeros(1, 1),)
    judgement = at.judge([value])
    assert str(judgement) == "autodiff"
    assert judgement.certificate.holds([[value]])
    assert judgement.refuted.holds([[value]], at.bouligand)
    artifacts = f.represent().artifacts()
    assert [str(e.stratum.polyhedron) for e in artifacts] == ["t = 0"]
    assert artifacts.dimension == 0


def test_torch_max_by_dimension_is_differentiable():
    # both sides under one rule give 0
    f = mt.max(*ones, ties="first") - mt.max(*ones, ties="first")
    assert str(f.at((0,)).classify(f.gradient((0,)))) == "differentiable"
    assert f.represent().artifacts().is_empty


@pytest.mark.parametrize("n", [2, 3, 4])
def test_rules_at_the_full_tie(n):
    v = mt.variables(f"v1:{n + 1}")
    zero = (0,) * n
    rung = {
        rule: str(mt.max(*v).at(zero).classify(mt.max(*v, ties=rule).gradient(zero)))
        for rule in ("average", "first", "last")
    }
    assert rung == {"average": "clarke", "first": "bouligand", "last": "bouligand"}


def test_mix_and_the_interval_of_beta():
    # beta/2 + (1 - beta), beta/2: both weights are >= 0 iff 0 <= beta <= 2
    assert (
        str(mt.max(x, y).at((0, 0)).classify(mt.max(x, y, ties=mt.mix(10)).gradient((0, 0))))
        == "associated"
    )
    beta = sympy.Symbol("beta", real=True)
    rep = mt.max(x, y, ties=mt.mix(beta)).represent()
    (tie,) = [e for e in rep.classify().strata if e.stratum.dimension == 1]
    assert tie.rung == "associated"
    assert sympy.And(beta >= 0, beta <= 2) == tie.clarke_condition
    assert [str(e.stratum.polyhedron) for e in rep.artifacts().conditional] == ["x = y"]


def test_free_slope_of_relu():
    z = sympy.Symbol("z", real=True)
    (tie,) = [e for e in mt.relu(x).represent().classify().strata if e.stratum.dimension == 0]
    assert tie.clarke_condition == sympy.And(z >= 0, z <= 1)
    assert tie.rung == "associated"


def test_parameters_of_a_triple_tie():
    f = mt.max(*mt.variables("y1:4"))
    (tie,) = [
        e for e in f.represent().classify().strata if len(e.stratum.polyhedron.equations) == 2
    ]
    found = tie.clarke_condition
    names = sorted(map(str, found.free_symbols))
    assert len(names) == 2
    for a in range(-1, 4):
        for b in range(-1, 4):
            values = {
                s: sympy.Rational(v, 2) for s, v in zip(sorted(found.free_symbols, key=str), (a, b))
            }
            # the simplex: z1, z2, 1 - z1 - z2 are all >= 0
            assert found.subs(values) == (a >= 0 and b >= 0 and a + b <= 2)


def test_a_users_piece_is_judged_on_the_strata_of_f():
    f = mt.relu(y - abs(x))
    pieces = [
        ("y = 0", "0"),
        ("0 > y", "0"),
        ("y > 0, x >= 0, y <= x", "0"),
        ("y > 0, x < 0, y <= -x", "0"),
        ("y > x, x >= 0, y > 0", "y - x"),
        ("y > -x, x < 0, y > 0", "y + x"),
    ]
    rep = mt.Representation("x y", pieces, of=f)
    assert mt.check(rep).ok
    found = rep.classify().pieces[0]
    by_stratum = {str(e.stratum.polyhedron): str(e.rung) for e in found.strata}
    # 0 is the derivative where y = 0 < |x|, and a limit of gradients at the origin
    assert set(by_stratum.values()) == {"differentiable", "bouligand"}
    assert by_stratum["x = y = 0"] == "bouligand"
    assert found.rung == "bouligand"
    wrong = mt.Representation("x y", [("y = 0", "0", [0, 1]), *pieces[1:]], of=f)
    assert wrong.classify().pieces[0].rung == "inconsistent"
    # the stratum y < |x| is met in two lines only
    artifacts = wrong.artifacts()
    assert artifacts.dimension == 1
    assert max(e.stratum.dimension for e in artifacts) == 2


def test_no_function_to_judge_against():
    with pytest.raises(mt.PiecewiseError, match="of=f"):
        mt.Representation("x", [("x < 0", "0"), ("x >= 0", "x")]).classify()


def test_weakest():
    assert weakest([Rung.clarke, Rung.bouligand]) == "clarke"
    assert weakest([Rung.undecided, Rung.associated]) == "undecided"
    assert weakest([Rung.undecided, Rung.inconsistent]) == "inconsistent"


def test_three_layers_against_sampled_gradients():
    draw = random.Random(7)
    v = mt.vector("v", 2)
    h = v
    for width in (4, 3, 2):
        rows = [[draw.randint(-2, 2) for _ in range(h.size)] for _ in range(width)]
        h = mt.relu(mt.affine(rows, h, [0] * width), at_zero=0)
    f = mt.affine([[1, -1]], h)[0]
    for entry in f.represent().classify().strata:
        point = entry.stratum.point
        at = f.at(point)
        seen = set()
        for _ in range(30):
            d = [Fraction(draw.randint(-1000, 1000), 10**7) for _ in point]
            near = f.at([p + step for p, step in zip(point, d)])
            if not near.active:
                seen.add(near.gradient)
        assert seen <= set(at.bouligand)
        gradient = f.gradient(point)
        if gradient in seen:
            assert entry.rung in ("differentiable", "bouligand")
        assert str(at.classify(gradient)) == str(entry.rung)


@given(functions(max_layers=2))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_verdict_is_certified(f):
    rep = f.represent()
    for entry in rep.classify().strata:
        at = f.at(entry.stratum.point)
        gradient = rep.gradient(entry.stratum.point)
        if gradient.free_symbols:
            continue
        assert entry.rung not in (Rung.inconsistent, Rung.undefined, Rung.undecided)
        judgement = entry.judgement
        if entry.rung == "clarke":
            assert judgement.certificate.holds(gradient)
            assert set(judgement.certificate.matrices) <= set(at.bouligand)
        if entry.rung in ("autodiff", "associated"):
            assert judgement.refuted.holds(gradient, at.bouligand)
        if entry.rung == "autodiff":
            assert judgement.certificate.holds(gradient)
        if entry.rung == "associated":
            assert judgement.certificate.holds(gradient, at.products.vertices)


@given(functions(max_layers=2))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_conditions_on_parameters_agree_with_numbers(f):
    for entry in f.represent().classify().strata:
        gradient = f.gradient(entry.stratum.point)
        symbols = sorted(gradient.free_symbols, key=str)
        if not symbols or entry.clarke_condition is None:
            continue
        for value in (0, sympy.Rational(1, 2), 2):
            chosen = gradient.subs(dict.fromkeys(symbols, value))
            inside = isinstance(
                f.at(entry.stratum.point).clarke.certificate(chosen), ConvexCombination
            )
            assert entry.clarke_condition.subs(dict.fromkeys(symbols, value)) == inside
        assert rows_of(chosen)


def test_check_gradient_gives_every_rung():
    f = mt.relu(t) - mt.relu(-t)
    s = sympy.Symbol("t", real=True)

    def rung(value, g=f):
        candidate = [
            sympy.Piecewise(
                (value, sympy.Eq(s, 0)), (g.gradient((1,))[0], s > 0), (g.gradient((-1,))[0], True)
            )
        ]
        report = mt.check_gradient(g, candidate)
        return {str(v.stratum.polyhedron): str(v.rung) for v in report.verdicts}["t = 0"]

    assert [rung(v) for v in (1, 0, 3)] == ["differentiable", "autodiff", "associated"]
    assert [rung(v, abs(t)) for v in (1, 0, 3)] == ["bouligand", "clarke", "associated"]
    assert rung(sympy.sqrt(2) / 2, abs(t)) == "clarke"
    assert rung(sympy.sqrt(2), abs(t)) == "associated"


def test_tolerance_reaches_every_rung():
    rounded = lambda v: [1.0 + 1e-12 if v[0] > 0 else -1.0 if v[0] < 0 else 1e-12]  # noqa: E731
    report = mt.check_gradient(abs(t), rounded, tolerance="1/1000000")
    assert {str(v.stratum.polyhedron): str(v.rung) for v in report.verdicts} == {
        "t > 0": "differentiable", "t < 0": "differentiable", "t = 0": "clarke",
    }  # fmt: skip


def test_matrices_with_symbols_and_irrational_entries():
    z, w = sympy.symbols("z w", real=True)
    at = mt.max(x, y).at((0, 0))
    assert at.classify([[z, 1 - z]]) == "associated"
    assert at.judge([[z, 1 - z]]).refuted == sympy.And(z >= 0, z <= 1)
    assert at.classify([[z, -z]]) == "inconsistent"
    assert at.classify([[z, w]]) == "undecided"
    half = sympy.sqrt(2) / 2
    assert at.classify([[half, 1 - half]]) == "clarke"
    assert at.classify([[2 * half, 1 - 2 * half]]) == "associated"
    assert at.classify([[half, half]]) == "inconsistent"
    for bad in (sympy.nan, sympy.oo, sympy.I, sympy.zoo):
        assert at.classify([[bad, 0]]) == "undefined"
    f = mt.relu(x) - mt.relu(-x)
    # z + 1 - z: the parameter cancels before anybody is asked
    assert f.at((0,)).classify([sympy.expand(z + 1 - z)]) == "differentiable"
