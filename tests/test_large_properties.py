"""Lipschitz constants, shape and minima of large maxima, by linear programs."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from generators import functions, small
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.properties import sum_of_maxima

calm = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
N = 50
domains = st.sampled_from(
    [None, "x1 >= 0", "-1 < x1 < 1", "-1 <= x1 <= 2", "x1 = 0", {"x1": (0, 0)}, "x1 > 1"]
)


def by_programs(question, *arguments):
    """The answer of linear programs, where they are asked."""
    kept, sum_of_maxima.LARGE = sum_of_maxima.LARGE, -1
    try:
        return question(*arguments)
    finally:
        sum_of_maxima.LARGE = kept


@st.composite
def sums(draw):
    """Sums of maxima and minima of affine forms, with repeated ones and ones never alone."""
    a = draw(st.integers(1, 3))
    x = mt.vector("x", a)
    row = st.lists(st.integers(-1, 1), min_size=a, max_size=a)
    total = mt.affine([draw(row)], x)[0]
    signs = draw(st.sampled_from([(1,), (-1,), (1, -1)]))
    for _ in range(draw(st.integers(1, 3))):
        rows = draw(st.lists(row, min_size=1, max_size=4))
        bias = draw(st.lists(small, min_size=len(rows), max_size=len(rows)))
        if draw(st.booleans()):
            rows, bias = [*rows, rows[0]], [*bias, bias[0]]
        y = mt.affine(rows, x, bias)
        kind = draw(st.sampled_from(["max", "abs", "norm", "nested"]))
        if kind == "abs":
            part = abs(y[0])
        elif kind == "norm":
            part = mt.max(abs(y))
        else:
            part = mt.max(y) if kind == "max" else mt.max(mt.max(y) + mt.relu(x[0]), y[0] + 1)
        total = total + draw(st.sampled_from(signs)) * draw(st.integers(1, 2)) * part
    return total.on(*x.variables)


def outcome(question, *arguments):
    try:
        return question(*arguments)
    except mt.PiecewiseError as error:
        return type(error)


@given(sums(), domains, st.sampled_from([1, 2, "oo"]))
@calm
def test_lipschitz_constants_agree_with_the_enumeration(f, domain, ord):
    expected = outcome(mt.lipschitz_report, f, ord, domain)
    found = by_programs(outcome, mt.lipschitz_report, f, ord, domain)
    if isinstance(expected, type):
        assert found is expected
        return
    assert found.constant == expected.constant and by_programs(found.proof.verify)
    assert set(found.proof.gradients) == set(expected.proof.gradients)
    stratum = found.stratum
    assert stratum.dimension == len(f.variables) == stratum.polyhedron.dimension
    assert stratum.polyhedron.contains(stratum.witness)
    assert f.at(stratum.witness).derivative == found.gradient
    assert any(own.polyhedron == stratum.polyhedron for own in f.strata(domain))


@given(sums(), domains)
@calm
def test_convexity_agrees_with_the_enumeration(f, domain):
    expected = outcome(mt.is_convex, f, domain)
    found = by_programs(outcome, mt.is_convex, f, domain)
    if isinstance(expected, type):
        assert found is expected
        return
    event(f"{found.holds}: {found.reason[:30]}")
    assert found.holds == expected.holds and by_programs(found.verify)
    if not found.holds:
        ends = [[Fraction(str(v)) for v in end] for end in found.segment]
        middle = [(p + q) / 2 for p, q in zip(*ends, strict=True)]
        values = [values_at(f, [v.name for v in f.variables], p)[0] for p in (*ends, middle)]
        assert 2 * values[2] > values[0] + values[1]


@given(sums(), domains)
@calm
def test_infima_agree_with_the_enumeration(f, domain):
    expected = outcome(mt.infimum_report, f, domain)
    found = by_programs(outcome, mt.infimum_report, f, domain)
    if isinstance(expected, type):
        assert found is expected
        return
    assert found.value == expected.value and by_programs(found.verify)
    one, two = by_programs(mt.argmin, f, domain), mt.argmin(f, domain)
    assert one.is_empty == two.is_empty and one.dimension == two.dimension
    for part in two.polyhedra:
        assert one.contains(part.witness())
    for part in one.polyhedra:
        assert two.contains(part.witness())
    assert (
        len(one.polyhedra) > 1
        or one.is_empty
        or all(one.polyhedra[0].includes(part) for part in two.polyhedra)
    )


@given(functions(max_variables=3, max_layers=2, scalar=True))
@calm
def test_any_function_agrees_with_the_enumeration(f):
    f = f if f.shape == () else f[0]
    for question in (mt.lipschitz, mt.infimum):
        assert by_programs(question, f) == question(f)
    assert by_programs(mt.is_convex, f).holds == mt.is_convex(f).holds


def test_max_of_fifty():
    x = mt.vector("x", N)
    f = mt.max(x)
    assert mt.lipschitz(f) == 1 and mt.lipschitz(f, 1) == 1
    report = mt.lipschitz_report(f)
    assert report.proof.verify() and report.stratum.dimension == N
    assert mt.is_convex(f) and mt.is_convex(f).verify()
    assert mt.infimum(f) == -sympy.oo and mt.infimum_report(f).verify()
    box = {v.name: (k, 100) for k, v in enumerate(f.variables)}
    assert mt.infimum(f, box) == N - 1 and mt.infimum_report(f, box).verify()
    where = mt.argmin(f, box)
    assert where.dimension == N - 1 and where.contains(range(N))
    assert mt.infimum(-f, box) == -100 and mt.infimum_report(-f, box).verify()
    below = mt.is_convex(-f)
    assert not below and below.verify()


def test_maxl():
    x = mt.vector("x", N)
    f = mt.max(abs(x))
    assert mt.lipschitz(f) == 1 and mt.is_convex(f)
    assert mt.infimum(f) == 0 and mt.infimum_report(f).verify()
    where = mt.argmin(f)
    assert where.dimension == 0 and where.contains([0] * N)
    assert (
        mt.infimum(f, {"x7": (2, 3)} | {f"x{k}": (None, 9) for k in range(1, N + 1) if k != 7}) == 2
    )


def test_goffin():
    x = mt.vector("x", N)
    f = N * mt.max(x) - sum(x[i] for i in range(N))
    assert mt.lipschitz(f, 1) == N - 1 and mt.lipschitz(f, "oo") == 2 * (N - 1)
    assert mt.lipschitz(f) ** 2 == (N - 1) ** 2 + (N - 1)
    assert mt.is_convex(f) and mt.infimum(f) == 0
    where = mt.argmin(f)
    assert where.dimension == 1 and where.contains([3] * N) and not where.contains(range(N))
    assert mt.lipschitz_report(f).proof.verify() and mt.infimum_report(f).verify()


@pytest.mark.parametrize("terms", [N])
def test_norm_1(terms):
    x = mt.vector("x", terms)
    f = sum(abs(x[i] - i) for i in range(terms))
    assert mt.is_convex(f) and mt.infimum(f) == 0 and mt.argmin(f).contains(range(terms))
    assert mt.infimum(f, f"x1 + x2 >= {terms}") == terms - 1
