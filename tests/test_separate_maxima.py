"""Lipschitz constants of maxima in blocks of variables, and minima of concave sums."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import sympy
from generators import small
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.properties import lipschitz, separate_maxima, sum_of_maxima
from piecewise_mt.geometry import canonical
from piecewise_mt.geometry.polyhedron import Polyhedron

calm = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
N = 50


def in_blocks(monkeypatch):
    """Let every function be large, and have too many gradients but for its blocks."""
    monkeypatch.setattr(sum_of_maxima, "LARGE", -1)
    monkeypatch.setattr(lipschitz, "gradients_inside", lambda *_: None)
    found = []
    monkeypatch.setattr(
        lipschitz, "separate_blocks", lambda *g: found.append(separate(*g)) or found[-1]
    )
    separate = separate_maxima.separate_blocks
    return found


@st.composite
def in_separate_variables(draw):
    """Outputs of maxima, few of which share variables; forms are repeated, or constant."""
    a = draw(st.integers(2, 4))
    x = mt.vector("x", a)
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        own = draw(st.lists(st.integers(0, a - 1), min_size=1, max_size=2))
        forms = [
            mt.affine([[draw(st.integers(-2, 2)) if i in own else 0 for i in range(a)]], x)[0]
            + draw(small)
            for _ in range(draw(st.integers(1, 3)))
        ]
        parts.append(mt.max(mt.stack([*forms, forms[0]])))
    rows = st.lists(st.integers(-2, 2), min_size=len(parts), max_size=len(parts))
    outputs = mt.affine(draw(st.lists(rows, min_size=1, max_size=3)), mt.stack(parts))
    plain = [[draw(st.integers(-1, 1)) for _ in range(a)] for _ in range(outputs.size)]
    return (outputs + mt.affine(plain, x)).on(*x.variables)


@given(
    in_separate_variables(),
    st.sampled_from([None, "x1 > 0", "-1 < x1 < 1", "x2 >= 1", "x1 > x2", {"x1": (0, 1)}]),
    st.sampled_from([1, 2, "oo"]),
)
@calm
def test_blocks_have_the_constant_of_all_gradients(f, domain, ord):
    expected = mt.lipschitz(f, ord, domain)
    with pytest.MonkeyPatch.context() as patch:
        blocks = in_blocks(patch)
        report = mt.lipschitz_report(f, ord, domain)
        assert mt.lipschitz(f, ord, domain) == expected
    event(f"in blocks: {bool(blocks[0])}")
    assert report.constant == expected and report.proof.verify()
    assert report.stratum.polyhedron.contains(report.stratum.witness)
    assert f.at(report.stratum.witness).derivative == report.gradient


@pytest.mark.parametrize("ord, constant", [(1, 1), (2, sympy.sqrt(N)), ("oo", N)])
def test_the_1_norm_of_many_variables(ord, constant):
    f = mt.affine([[1] * N], mt.abs(mt.vector("x", N)))[0]
    report = mt.lipschitz_report(f, ord)
    assert mt.lipschitz(f, ord) == report.constant == constant
    assert report.proof.verify() and report.stratum.dimension == N
    proof = report.proof
    assert len(proof.blocks) == N and {len(own.gradients) for own in proof.blocks} == {2}
    for wrong in (
        replace(proof, upper=proof.upper - 1, lower=proof.lower - 1),
        replace(proof, blocks=proof.blocks[1:]),
        replace(proof, attained=tuple(tuple(2 * v for v in row) for row in proof.attained)),
        replace(proof, lower=proof.lower + 1),
    ):
        assert not wrong.verify()


def test_blocks_of_outputs_and_of_rows_of_the_domain():
    x = mt.vector("x", N)
    assert mt.lipschitz(mt.abs(x), 1) == mt.lipschitz(mt.abs(x), "oo") == 1
    f = mt.affine([[1] * N], mt.abs(x))[0]
    assert mt.lipschitz(f, 1, "x1 > x2 and x50 > 1") == 1
    # one block has three operands more
    assert mt.lipschitz(f + mt.max(x[:3]), 2) == sympy.sqrt(N + 3)


def test_a_domain_without_an_interior_is_no_block(monkeypatch):
    monkeypatch.setattr(sum_of_maxima, "LARGE", -1)
    x = mt.vector("x", 3)
    f = mt.affine([[1] * 3], mt.abs(x))[0]
    with pytest.raises(mt.PiecewiseError, match="which has no interior"):
        mt.lipschitz(f, 1, "x1 >= 0 and x1 <= 0")


def test_the_minimizers_of_a_minimum_of_many_operands():
    x = mt.vector("x", N)
    cube = {f"x{i + 1}": (0, 1) for i in range(N)}
    where = mt.argmin(mt.min(*x), cube)
    assert len(where.polyhedra) == N and where.dimension == N - 1
    for point in ([0] * N, [0] + [1] * (N - 1), [1] * (N - 1) + [0]):
        # disjoint, and the point is in the set
        assert sum(own.contains(point) for own in where.polyhedra) == 1
    assert not where.contains([1] * N) and not where.contains([0] * (N - 1) + [-1])
    # nothing attains the infimum of an open set, and half-spaces have none
    is_open = " and ".join(f"x{i + 1} > 0" for i in range(N))
    assert mt.argmin(mt.min(*x), is_open).is_empty
    assert mt.argmin(mt.min(*x), "x1 > 0").is_empty


rows = st.lists(st.tuples(*[st.integers(-2, 2)] * 4), min_size=1, max_size=7)


@given(st.lists(st.tuples(*[st.integers(-1, 1)] * 4), max_size=2), rows, st.data())
@example([], [(1, -1, 0, 0), (1, 1, 0, 0)], None)
@settings(calm, max_examples=200)
def test_facets_seen_from_within_are_those_of_linear_programs(equations, inequalities, data):
    given_rows = [(row, bool(data and data.draw(st.booleans()))) for row in inequalities]
    one = Polyhedron(("x", "y", "z"), equations, given_rows)
    found = one.irredundant(), one.canonical()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canonical, "_seen_facets", lambda *_: set())
        two = Polyhedron(("x", "y", "z"), equations, given_rows)
        expected = two.irredundant(), two.canonical()
    for own, other in zip(found, expected, strict=True):
        assert own.equations == other.equations and own.inequalities == other.inequalities


def test_a_cube_needs_no_linear_program_for_its_facets(monkeypatch):
    asked = []
    solve = canonical.feasible_point
    monkeypatch.setattr(
        canonical, "feasible_point", lambda *g, **k: asked.append(g) or solve(*g, **k)
    )
    cube = [((0, *(int(i == j) for j in range(8))), False) for i in range(8)]
    cube += [((1, *(-int(i == j) for j in range(8))), False) for i in range(8)]
    facets = Polyhedron(tuple("abcdefgh"), [], cube).irredundant().inequalities
    assert len(facets) == 16 and len(asked) == 1
    assert all(one != two for one, two in pairwise(facets))
