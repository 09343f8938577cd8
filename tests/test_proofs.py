"""Every proof verifies, on random functions with ties; a changed one does not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.local.bouligand import unit_directions
from piecewise_mt.calculus.local.proofs import CommonGradient, NotLinear, limit_agrees, limit_holds

x, y = mt.variables("x y")
calm = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
coordinate = st.integers(-2, 2).map(Fraction)


@given(functions(max_layers=2), st.data())
@calm
def test_differentiability(f, data):
    at = f.at([data.draw(coordinate) for _ in f.variables])
    proof = at.differentiability_proof
    assert isinstance(proof, CommonGradient if at.is_differentiable else NotLinear)
    assert proof.verify()
    if isinstance(proof, NotLinear):
        assert not replace(proof, coefficients=(*proof.coefficients[:-1], Fraction(7))).verify()
    else:
        other = proof.gradient + sympy.ones(*proof.gradient.shape)
        assert not replace(proof, gradient=sympy.ImmutableMatrix(other)).verify()


def test_differentiability_on_the_boundary_of_a_domain():
    f = mt.max(x, y, 0)
    for domain in ("x >= 0", {"x": (0, 1), "y": (0, 1)}, "x + y >= 0"):
        at = f.at((0, 0), domain)
        assert not at.is_differentiable and at.differentiability_proof.verify()
    at = mt.relu(x).at((0,), "x <= 0")
    assert at.is_differentiable and at.differentiability_proof.verify()


def test_smooth_functions_are_refused_where_they_are_no_polynomials():
    # -exp(x) has no facet at all, and is not convex
    for ask in (mt.is_convex, mt.is_monotone, mt.infimum, mt.critical_points):
        with pytest.raises(mt.Unsupported, match="piecewise polynomial"):
            ask(-mt.exp(x))


def test_flat_domains_are_refused():
    with pytest.raises(mt.PiecewiseError, match="flat"):
        mt.max(x, y).at((0, 0), "x = y").differentiability_proof


def test_differentiability_beside_smooth_nodes():
    at = (mt.square(x) + abs(y)).at((1, 0))
    assert at.differentiability_proof.verify()
    assert (mt.square(x) + mt.relu(y) - mt.relu(-y)).at((1, 0)).differentiability_proof.verify()


@given(functions(max_layers=2), st.data())
@calm
def test_limits(f, data):
    at = f.at([data.draw(coordinate) for _ in f.variables])
    for limit in at.limits:
        assert limit_agrees(at, limit)
        for other in at.limits:
            if other is not limit:
                assert not limit_holds(at, other.gradient, [limit.ray, *unit_directions(at.rank)])


def test_more_limits_than_can_be_listed():
    v = mt.vector("v", 24)
    f = sum((abs(v[i] + v[(i + 1) % 24]) for i in range(1, 24)), abs(v[0] - v[1]))
    at = f.at([0] * 24, max_pieces=100)
    proof = at.stationarity_proof
    assert proof.holds and proof.verify()
    assert isinstance(at.differentiability_proof, NotLinear)
    assert at.differentiability_proof.verify()


@given(functions(max_layers=2, scalar=True), st.data())
@calm
def test_stationarity_and_extrema(f, data):
    f = f[0]
    at = f.at([data.draw(coordinate) for _ in f.variables])
    assert at.stationarity_proof.holds == at.is_stationary
    assert at.stationarity_proof.verify()
    for entry in mt.critical_points(f).strata:
        assert entry.proof.verify()
        if entry.proof.up and entry.proof.down:
            swapped = replace(entry.proof, up=entry.proof.down, down=entry.proof.up)
            assert not swapped.verify()
        elif entry.proof.up:
            assert not replace(entry.proof, up=None).verify()


@given(
    functions(max_layers=2, scalar=True), st.sampled_from([None, {"x1": (-2, 2), "x2": (-1, 2)}])
)
@calm
def test_infimum_convexity_and_monotonicity(f, domain):
    f = f[0]
    if domain:
        domain = {v.name: domain[v.name] for v in f.variables}
    report = mt.infimum_report(f, domain)
    assert report.verify()
    if report.ray is None:
        assert not replace(report, value=report.value + 1).verify()
        assert not replace(report, value=report.value - 1).verify()
    for verdict in (mt.is_convex(f, domain), mt.is_monotone(f, domain=domain)):
        assert verdict.verify()
        assert verdict.holds or len(verdict.segment) == 2


def test_infimum_that_is_not_attained_on_lines_and_flat_domains():
    assert mt.infimum_report(abs(x - 1), "x > 1").verify()
    assert mt.infimum_report(mt.relu(x) + y).verify()
    flat = mt.infimum_report(abs(x) + y, "y = 1")
    assert flat.value == 1 and flat.verify()
