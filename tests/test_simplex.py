"""Exact linear programming: every answer is certified, and agrees with the cells of engine 1."""

from __future__ import annotations

import pytest
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.errors import PiecewiseError, ShapeError
from piecewise_mt.exact.certificates import check_bound, check_farkas, check_witness
from piecewise_mt.exact.simplex import Farkas, Optimum, Unbounded, Witness, feasible_point, maximize
from piecewise_mt.geometry.cells import relative_interior

rows = st.tuples(*[st.integers(-2, 2)] * 4)
systems = st.tuples(
    st.lists(rows, max_size=2), st.lists(st.tuples(rows, st.booleans()), max_size=6)
)


@given(systems)
@settings(max_examples=300)
def test_every_answer_is_certified_and_both_engines_agree(system):
    equations, inequalities = system
    answer = feasible_point(equations, inequalities, variables=3)
    cell = relative_interior(mt.Polyhedron(("x", "y", "z"), equations, inequalities))
    if isinstance(answer, Witness):
        assert check_witness(answer.point, equations, inequalities)
        assert cell is not None
    else:
        multipliers = (answer.equations, answer.inequalities)
        assert check_farkas(multipliers, equations, inequalities)
        assert cell is None


@given(systems, rows)
@settings(max_examples=200)
def test_optima_are_certified(system, objective):
    equations, inequalities = system
    answer = maximize(objective, equations, inequalities)
    closed = [(row, False) for row, _ in inequalities]
    if isinstance(answer, Optimum):
        assert check_witness(answer.point, equations, closed)
        multipliers = (answer.equations, answer.inequalities)
        assert check_bound(answer.value, multipliers, objective, equations, closed)
        assert (
            objective[0] + sum(c * x for c, x in zip(objective[1:], answer.point, strict=True))
            == answer.value
        )
    elif isinstance(answer, Unbounded):
        assert check_witness(answer.point, equations, closed)
        assert sum(c * t for c, t in zip(objective[1:], answer.ray, strict=True)) > 0
        assert all(
            sum(c * t for c, t in zip(row[1:], answer.ray, strict=True)) == 0 for row in equations
        )
        assert all(
            sum(c * t for c, t in zip(row[1:], answer.ray, strict=True)) >= 0 for row, _ in closed
        )
    else:
        assert isinstance(answer, Farkas)
        assert check_farkas((answer.equations, answer.inequalities), equations, closed)


@given(systems)
@settings(max_examples=100)
def test_emptiness_agrees_with_z3(system):
    z3 = pytest.importorskip("z3")
    equations, inequalities = system
    x = [1, *(z3.Real(name) for name in "xyz")]
    solver = z3.Solver()
    for row in equations:
        solver.add(sum(c * v for c, v in zip(row, x, strict=True)) == 0 * x[1])
    for row, strict in inequalities:
        height = sum(c * v for c, v in zip(row, x, strict=True)) + 0 * x[1]
        solver.add(height > 0 if strict else height >= 0)
    found = isinstance(feasible_point(equations, inequalities, variables=3), Witness)
    assert found == (solver.check() == z3.sat)


@given(functions(max_layers=2))
@settings(max_examples=40)
def test_strata_of_engine_1_are_nonempty_and_disjoint_by_linear_programming(f):
    strata = list(f.strata())[:12]
    a = len(f.variables)
    for i, s in enumerate(strata):
        p = s.polyhedron
        assert isinstance(feasible_point(p.equations, p.inequalities, variables=a), Witness)
        for other in strata[:i]:
            q = other.polyhedron
            both = ([*p.equations, *q.equations], [*p.inequalities, *q.inequalities])
            assert isinstance(feasible_point(*both, variables=a), Farkas)


def test_a_cycling_example_ends():
    """Beale's program, on which the largest-coefficient rule cycles; its maximum 1/20 is 5 here."""
    rows = [(0, -25, 6000, 4, -900), (0, -50, 9000, 2, -300), (1, 0, 0, -1, 0)]
    rows += [tuple(int(i == k) for i in range(5)) for k in range(1, 5)]
    answer = maximize((0, 75, -15000, 2, -600), [], [(row, False) for row in rows])
    assert isinstance(answer, Optimum) and answer.value == 5


def test_a_wrong_certificate_is_refused():
    above = [((0, 1), True), ((0, -1), False)]
    assert check_farkas(([], [1, 1]), [], above)
    for wrong in ([1, 2], [0, 0], [-1, -1], [1]):
        assert not check_farkas(([], wrong), [], above)


def test_no_rows_and_bad_rows():
    assert feasible_point([], [], variables=2) == Witness((0, 0))
    with pytest.raises(ShapeError, match="expected rows of one length"):
        feasible_point([(0, 1)], [((0, 1, 1), False)])
    with pytest.raises(PiecewiseError, match="expected rows of ints"):
        feasible_point([(0, 0.5)], [])
