"""Exact linear programming: every answer is certified, and agrees with the cells of engine 1."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import gcd

import pytest
import sympy
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.errors import PiecewiseError, ShapeError
from piecewise_mt.exact.certificates import check_bound, check_farkas, check_witness
from piecewise_mt.exact.objectives import Objectives
from piecewise_mt.exact.reading_numbers import algebraic
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
        assert gcd(*answer.equations, *answer.inequalities) == 1
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


line_rows = list(product((-1, 0, 1), repeat=2))
LINE = [Fraction(k, 2) for k in range(-4, 5)]
"""All ends of intervals that rows with entries -1, 0, 1 can have, and points between and beyond."""


def at(row, x):
    return row[0] + row[1] * x


def systems_on_the_line():
    """At most one equation and two inequalities, all that there are up to their order."""
    above = [(row, strict) for row in line_rows for strict in (False, True)]
    for equations in ([], *([row] for row in line_rows)):
        for count in range(3):
            for inequalities in combinations_with_replacement(above, count):
                yield equations, list(inequalities)


def test_all_small_systems_on_the_line():
    """Against points: an interval that is not empty has an end, or a number between, among them."""
    for equations, inequalities in systems_on_the_line():
        inside = [
            x
            for x in LINE
            if not any(at(row, x) for row in equations)
            and all(at(row, x) > 0 if strict else at(row, x) >= 0 for row, strict in inequalities)
        ]
        answer = feasible_point(equations, inequalities, variables=1)
        assert isinstance(answer, Witness) == bool(inside)
        if isinstance(answer, Witness):
            assert check_witness(answer.point, equations, inequalities)
        else:
            multipliers = (answer.equations, answer.inequalities)
            assert check_farkas(multipliers, equations, inequalities)
            assert gcd(*answer.equations, *answer.inequalities) == 1


@pytest.mark.parametrize("objective", line_rows)
def test_all_small_programs_on_the_line(objective):
    """The maximum is at an end, or there is none if it still grows at the last point."""
    for equations, inequalities in systems_on_the_line():
        closed = [
            x
            for x in LINE
            if not any(at(row, x) for row in equations)
            and all(at(row, x) >= 0 for row, _ in inequalities)
        ]
        answer = maximize(objective, equations, inequalities)
        if not closed:
            assert isinstance(answer, Farkas)
            assert check_farkas(
                (answer.equations, answer.inequalities),
                equations,
                [(row, False) for row, _ in inequalities],
            )
        elif (
            objective[1] * LINE[-1] > 0
            and LINE[-1] in closed
            or objective[1] * LINE[0] > 0
            and LINE[0] in closed
        ):
            assert isinstance(answer, Unbounded) and answer.ray == (objective[1],)
            assert check_witness(answer.point, equations, [(row, False) for row, _ in inequalities])
        else:
            assert (
                answer.value
                == max(at(objective, x) for x in closed)
                == at(objective, answer.point[0])
            )
            multipliers = (answer.equations, answer.inequalities)
            assert check_bound(
                answer.value,
                multipliers,
                objective,
                equations,
                [(row, False) for row, _ in inequalities],
            )


ROOT = algebraic(sympy.sqrt(2))


@given(
    systems, rows, st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2)), min_size=9, max_size=9)
)
@settings(max_examples=60)
def test_rows_times_irrational_numbers_say_the_same(system, objective, factors):
    """Each row times a + b √2 > 0: the same set, whose answers have certificates of their own."""
    equations, inequalities = system
    scales = [a + b * ROOT for a, b in factors]
    equal = [[s * c if c else 0 for c in row] for row, s in zip(equations, scales)]
    above = [
        ([s * c if c else 0 for c in row], strict)
        for (row, strict), s in zip(inequalities, scales[2:])
    ]
    answer = feasible_point(equal, above, variables=3)
    assert type(answer) is type(feasible_point(equations, inequalities, variables=3))
    if isinstance(answer, Witness):
        assert check_witness(answer.point, equal, above)
    else:
        assert check_farkas((answer.equations, answer.inequalities), equal, above)
    closed = [(row, False) for row, _ in above]
    own, plain = maximize(objective, equal, above), maximize(objective, equations, inequalities)
    assert type(own) is type(plain)
    if isinstance(own, Optimum):
        assert own.value == plain.value and check_witness(own.point, equal, closed)
        assert check_bound(own.value, (own.equations, own.inequalities), objective, equal, closed)
    elif isinstance(own, Unbounded):
        assert check_witness(own.point, equal, closed)


def test_irrational_programs_by_hand():
    # x ≤ √2, and x + √2 y ≤ 2: x + y is largest at (√2, √2 - 1)
    above = [((ROOT, -1, 0), False), ((2, -1, -ROOT), False), ((0, 0, 1), True)]
    answer = maximize((0, 1, 1), [], above)
    assert answer.value == 2 * ROOT - 1 and answer.point == (ROOT, ROOT - 1)
    assert maximize((0, 1, 0), [], [((0, -1, ROOT), True)]).ray == (ROOT / 2 * 2, 1)
    ((one,), (two, three)) = _parts(
        feasible_point([(0, 1, 0)], [((-ROOT, 2, 1), False), ((0, 0, -1), True)])
    )
    assert (one, two, three) == (-2, 1, 1)


def _parts(answer):
    return answer.equations, answer.inequalities


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
    assert feasible_point([], []) == Witness(()) == feasible_point([(0,)], [((1,), True)])
    assert feasible_point([(2,)], []) == Farkas((-1,), ())
    assert feasible_point([], [((0, 2), True), ((0, -2), False)]) == Farkas((), (1, 1))
    # a ray moves nothing that no row and no objective mentions
    assert maximize((0, 1, 0), [], [((0, 1, 0), False)]).ray == (1, 0)
    with pytest.raises(ShapeError, match="expected rows of one length"):
        feasible_point([(0, 1)], [((0, 1, 1), False)])
    for rows in ([()], [(0, 1, 2)]):
        with pytest.raises(ShapeError, match="expected rows of one length"):
            feasible_point(rows, [], variables=1 if rows[0] else None)
    with pytest.raises(PiecewiseError, match="expected rows of ints"):
        feasible_point([(0, 0.5)], [])


@given(systems, st.lists(rows, min_size=1, max_size=3), st.lists(rows, max_size=2))
@settings(max_examples=150)
def test_one_set_and_many_objectives(system, objectives, more):
    """Each maximum, and those with more inequalities, is that of a program of its own."""
    equations, above = system[0], [row for row, _ in system[1]]
    own = Objectives(equations, above, 4)
    for known, inequalities in (
        (own, above),
        *([(own.also(more), [*above, *more])] if not own.failed else []),
    ):
        closed = [(row, False) for row in inequalities]
        assert (known.failed is None) == isinstance(
            feasible_point(equations, closed, variables=3), Witness
        )
        if known.failed:
            assert check_farkas(
                (known.failed.equations, known.failed.inequalities), equations, closed
            )
            continue
        for objective in objectives:
            expected = maximize(objective, equations, closed)
            found = known.maximum(objective)
            if isinstance(expected, Unbounded):
                assert found is None
                continue
            value, scale, multipliers = found
            assert scale > 0 and gcd(value, scale, *multipliers) == 1
            assert Fraction(value, scale) == expected.value
            total = [
                scale * c
                + sum(
                    m * row[k]
                    for m, row in zip(multipliers, (*equations, *inequalities), strict=True)
                )
                for k, c in enumerate(objective)
            ]
            assert total == [value, 0, 0, 0] and all(m >= 0 for m in multipliers[len(equations) :])
