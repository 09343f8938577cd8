"""Normal cones of polyhedra, and stationarity under their constraints, with multipliers."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction

import pytest
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Rational

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.local.normal_cones import Normals
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.simplex import Farkas, feasible_point

x, y = mt.variables("x y")
calm = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
small = st.integers(-2, 2)


def dot(one, two):
    return sum((Fraction(v) * w for v, w in zip(one, two, strict=True)), Fraction(0))


@st.composite
def domains(draw, names):
    """Polyhedra with 0 in them: tight rows, copies, rows that are not tight, equations, flat ones."""
    width = len(names)
    rows = draw(st.lists(st.tuples(*[small] * width), min_size=1, max_size=3))
    above = [((draw(st.sampled_from([0, 0, 0, 1])), *row), False) for row in rows]
    if draw(st.booleans()):
        row = above[0][0]
        above.append(((0, *(2 * v for v in row[1:])), False))
    if draw(st.integers(0, 3)) == 0:
        above.append((tuple(-v for v in above[0][0]), False))
    equal = [(0, *rows[-1])] if draw(st.integers(0, 4)) == 0 else []
    found = mt.Polyhedron(names, equal, above)
    return found if found.contains([0] * width) else mt.Polyhedron(names, [], above[:0])


@given(st.data())
@calm
def test_normals_are_those_that_no_direction_into_the_domain_climbs(data):
    names = ("x1", "x2")
    domain = data.draw(domains(names))
    x1, x2 = mt.variables("x1 x2")
    cone = (x1 + x2).at((0, 0), domain=domain).normal_cone
    tight = [(row, False) for row, _ in domain.inequalities if not row[0] and any(row)]
    for _ in range(4):
        v = (data.draw(small), data.draw(small))
        climbing = [*tight, ((0, *v), True)]
        expected = isinstance(feasible_point(domain.equations, climbing, variables=2), Farkas)
        assert cone.contains(v) == expected
        proof = cone.certificate(v)
        if isinstance(proof, Normals):
            both = [*zip(proof.multipliers, cone.generators, strict=True),
                    *zip(proof.of_equations, cone.lines, strict=True)]  # fmt: skip
            assert all(m >= 0 for m in proof.multipliers)
            assert tuple(sum(m * n[j] for m, n in both) for j in range(2)) == v
        else:
            assert cone.admits(proof) and dot(v, proof) > 0
    assert len(cone.constraints) == len(cone.generators) + len(cone.lines)
    assert cone.is_trivial == (not tight and not domain.equations)
    assert (cone.dimension == 0) == cone.is_trivial


@given(functions(max_layers=2, scalar=True), st.data())
@calm
def test_stationary_iff_no_direction_of_descent_for_all_limits(f, data):
    f = f[0]
    names = tuple(map(str, f.variables))
    domain = data.draw(domains(names))
    at = f.at([0] * len(names), domain=domain)
    proof = at.constrained_stationarity
    assert proof.verify() and proof.holds == at.is_constrained_stationary
    # limits inside a full-dimensional domain, all limits around the point of a flat one
    limits = at.bouligand or f.at([0] * len(names)).bouligand
    tight = [(row, False) for row, _ in domain.inequalities if not row[0] and any(row)]
    falling = [((0, *(-v for v in primitive([to_number(c) for c in g]))), True)
               for g in limits if any(g)]  # fmt: skip
    descent = feasible_point(domain.equations, [*tight, *falling], variables=len(names))
    assert proof.holds == (isinstance(descent, Farkas) or not all(any(g) for g in limits))
    if proof.holds:
        assert len(proof.multipliers) == len(at.normal_cone.active)
        assert all(m >= 0 for m in proof.multipliers)
        return
    # the function falls along the direction, inside the domain
    d = [to_number(v) for v in proof.direction]
    step = Fraction(1, 10**6)
    near = [step * v for v in d]
    here = values_at(f, names, [Fraction(0)] * len(names))[0]
    assert domain.contains(near)
    assert values_at(f, names, near)[0] - here == step * to_number(proof.slope) < 0
    if not at._flat:
        assert not at.frechet.contains([0] * len(names))


def test_multipliers_of_a_corner():
    f = mt.max(x, y) - 3 * x - y
    at = f.at((1, 1), domain="x <= 1, y <= 1, x + y >= 0")
    proof = at.constrained_stationarity
    assert proof.holds and proof.verify() and at.normal_cone.constraints == ("x <= 1", "y <= 1")
    total = [0, 0]
    for w, g in zip(proof.combination.weights, proof.combination.matrices, strict=True):
        total = [t + w * v for t, v in zip(total, g, strict=True)]
    assert [t + m for t, m in zip(total, proof.multipliers, strict=True)] == [0, 0]
    other = (-f).at((1, 1), domain="x <= 1, y <= 1").constrained_stationarity
    assert not other.holds and other.slope < 0 and other.verify()


def test_a_linear_program():
    cost, domain = -x - 2 * y, "x >= 0, y >= 0, x + y <= 4, y <= 3"
    found = [p for p in [(0, 0), (4, 0), (1, 3), (0, 3), (2, 2)]
             if cost.at(p, domain=domain).is_constrained_stationary]  # fmt: skip
    assert found == [(1, 3)]
    assert cost.at((1, 3), domain=domain).constrained_stationarity.multipliers == (1, 1)


def test_without_a_domain_it_is_stationarity():
    at = (abs(x) - abs(y)).at((0, 0))
    assert at.is_constrained_stationary and str(at.normal_cone) == "{0}"
    assert at.normal_cone.to_latex() == r"\{0\}" and at.normal_cone.is_trivial
    down = (abs(x) + 2 * y).at((0, 1))
    assert not down.is_constrained_stationary and down.constrained_stationarity.verify()
    v = mt.vector("x", 30)
    many = mt.max(v).at([0] * 30).constrained_stationarity
    assert not many.holds and many.verify()
    assert (
        (mt.max(v) - sum((v[i] for i in range(1, 30)), v[0]) / 30)
        .at([0] * 30)
        .constrained_stationarity.verify()
    )


def test_flat_domains_and_equations():
    at = mt.max(x, 2 * y).at((0, 0), domain="x + y = 0")
    proof = at.constrained_stationarity
    assert proof.holds and proof.of_equations == (Rational(-2, 3),) and proof.verify()
    assert str(at.normal_cone) == "span{(1, 1)}"
    assert at.normal_cone._repr_latex_() == r"$\operatorname{span}\{(1, 1)\}$"
    both = (x + abs(y)).at((0, 0), domain="x >= 0, x <= 0").constrained_stationarity
    assert both.holds and both.verify() and all(m >= 0 for m in both.multipliers)


def test_smooth_functions_under_constraints():
    # the nearest point of a half-plane to (2, 1)
    f = mt.square(x - 2) + mt.square(y - 1)
    at = f.at((1, 0), domain="x + y <= 1")
    assert at.is_constrained_stationary and at.constrained_stationarity.multipliers == (2,)
    assert not f.at((0, 1), domain="x + y <= 1").is_constrained_stationary
    assert at.mordukhovich.contains([0, 0]) and at.constrained_stationarity.verify()


def test_cells_between_a_curve_and_a_wall_count():
    # inside the domain the function is x² - y between the parabola and the axis
    at = mt.relu(mt.square(x) - y).at((0, 0), domain="y >= 0")
    assert [tuple(limit) for limit in at.bouligand] == [(0, -1), (0, 0)]
    falling = (mt.relu(mt.square(x) - y) + y / 2).at((0, 0), domain="y >= 0")
    assert falling.is_stationary and falling.is_constrained_stationary
    assert falling.constrained_stationarity.verify()
    # beside it the wall is no neighbour
    beside = mt.relu(mt.square(x) - y).at((1, 1), domain="y >= 0")
    assert len(beside.bouligand) == 2 and not beside.on_boundary


def test_wrong_multipliers_do_not_verify():
    at = mt.max(x, y).at((0, 0), domain="x + y >= 0")
    proof = at.constrained_stationarity
    assert proof.verify() and not replace(proof, multipliers=(Rational(1, 3),)).verify()
    assert not replace(proof, multipliers=(-proof.multipliers[0],)).verify()
    assert not replace(proof, multipliers=()).verify()
    away = mt.max(x, y).at((0, 0), domain="x >= y").constrained_stationarity
    assert away.verify() and not replace(away, slope=Rational(-7)).verify()
    assert not replace(away, direction=(Rational(-1), Rational(0))).verify()
    assert pickle.loads(pickle.dumps(proof)).verify()


@pytest.mark.parametrize("ask", ["is_regular", "regularity_proof"])
def test_regularity_is_asked_inside_the_domain(ask):
    at = abs(x).at((0,), domain="x >= 0")
    with pytest.raises(mt.PiecewiseError, match="inside the domain"):
        getattr(at, ask)
