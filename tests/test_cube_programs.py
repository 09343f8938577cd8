"""Linear programs on the unit cube against all vertices, which a few lines of fractions find."""

from __future__ import annotations

import random
import sys
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact import cube_programs
from piecewise_mt.exact.cube_programs import (
    CubeFarkas,
    CubeOptimum,
    CubePoint,
    CubeRow,
    check_cube_bound,
    maximize_on_cube,
    solved,
)
from piecewise_mt.exact.float_bases import proposed_basis

small = st.integers(-2, 2)


@st.composite
def programs(draw):
    """A form and rows with small integers in up to three variables: ties, zero rows and repeats."""
    n = draw(st.integers(1, 3))
    row = st.lists(small, min_size=n + 1, max_size=n + 1)
    return draw(row), draw(st.lists(row, max_size=4))


def by_elimination(matrix, side):
    """The solution of a square system over fractions, None if there is not exactly one."""
    rows = [[Fraction(c) for c in (*row, b)] for row, b in zip(matrix, side)]
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [c / rows[k][k] for c in rows[k]]
        for i in range(len(rows)):
            if i != k:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k])]
    return [row[-1] for row in rows]


def at(row, point):
    return row[0] + sum(c * v for c, v in zip(row[1:], point))


def greatest(form, rows):
    """The largest value at a vertex of the part of the cube, None if there is none."""
    n = len(form) - 1
    unit = [[int(i == j) for j in range(n)] for i in range(n)]
    walls = [[0, *u] for u in unit] + [[1, *(-c for c in u)] for u in unit] + list(rows)
    values = []
    for chosen in combinations(walls, n):
        point = by_elimination([w[1:] for w in chosen], [-w[0] for w in chosen])
        if point is not None and all(at(w, point) >= 0 for w in walls):
            values.append(at(form, point))
    return max(values, default=None)


@pytest.mark.parametrize("proposed", [True, False])
@settings(max_examples=80, deadline=None)
@given(programs())
def test_the_optimum_is_at_the_best_vertex(proposed, case):
    form, rows = case
    with pytest.MonkeyPatch.context() as patch:
        if not proposed:  # by the exact dual steps alone
            patch.setattr(cube_programs, "proposed_basis", lambda *_: None)
        found = maximize_on_cube(CubeRow(form), [CubeRow(row) for row in rows])
    expected = greatest(form, rows)
    if isinstance(found, CubeOptimum):
        point = [Fraction(v, found.point.denominator) for v in found.point.numerators]
        assert all(0 <= v <= 1 for v in point) and all(at(row, point) >= 0 for row in rows)
        assert found.value == at(form, point) == expected
        assert check_cube_bound(found.value, form, rows, found.multipliers)
        assert not check_cube_bound(found.value - 1, form, rows, found.multipliers)
    else:
        assert isinstance(found, CubeFarkas) and expected is None
        by = found.multipliers
        assert all(v >= 0 for v in by.values())
        total = [sum(v * rows[i][j] for i, v in by.items()) for j in range(len(form))]
        assert total[0] + sum(max(c, 0) for c in total[1:]) < 0


PROPOSALS = [([], []), ([0], [1]), ([0], [2]), ([1], [1]), ([1, 0], [1, 2]), ([0, 1], [1, 2])]


@settings(max_examples=40, deadline=None)
@given(programs().filter(lambda case: len(case[0]) > 2 and len(case[1]) > 1))
def test_any_proposal_leads_to_the_optimum(case):
    """Floats may be wrong: a basis that is none, or that has negative multipliers, is not begun with."""
    form, rows = case
    expected = greatest(form, rows)
    for proposal in PROPOSALS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cube_programs, "proposed_basis", lambda *_, own=proposal: own)
            found = maximize_on_cube(CubeRow(form), [CubeRow(row) for row in rows])
        assert (found.value if isinstance(found, CubeOptimum) else None) == expected


@settings(max_examples=150, deadline=None)
@given(programs())
def test_floats_propose_the_last_basis_of_small_programs(case):
    """Its multipliers prove the optimum; of rows that have no point nothing is said."""
    pytest.importorskip("numpy")
    form, rows = case
    tight, basis = proposed_basis([float(c) for c in form], rows, 50)
    if not rows:
        assert (tight, basis) == ([], [])
    if greatest(form, rows) is None:
        assert (tight, basis) == ([], [])
        return
    assert len(set(tight)) == len(tight) == len(basis) == len(set(basis)) and 0 not in basis
    # multipliers with which the columns of the basis cost nothing prove the value
    matrix = [[rows[i][j] for i in tight] for j in basis]
    by = by_elimination(matrix, [-form[j] for j in basis])
    assert by is not None
    multipliers = dict(zip(tight, by))
    assert check_cube_bound(greatest(form, rows), form, rows, multipliers)


@pytest.mark.parametrize("n", [4, 7])
def test_floats_propose_the_last_basis_after_many_steps(n):
    """Rows that the middle of the cube satisfies: the exact method alone finds the same value."""
    pytest.importorskip("numpy")
    draw = random.Random(n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cube_programs, "proposed_basis", lambda *_: None)
        for _ in range(60):
            form = [0, *(draw.randint(-3, 6) for _ in range(n))]
            rows = []
            for _ in range(n - 1):
                row = [draw.randint(-3, 2) for _ in range(n)]
                rows.append([max(-(sum(row) // 2), 0), *row])
            best = maximize_on_cube(CubeRow(form), [CubeRow(row) for row in rows])
            tight, basis = proposed_basis(form, rows, 20 + 6 * n)
            by = by_elimination(
                [[rows[i][j] for i in tight] for j in basis], [-form[j] for j in basis]
            )
            assert check_cube_bound(best.value, form, rows, dict(zip(tight, by)))
            own = cube_programs._Dual(form, rows)
            own.tight, own.basis = tight, basis
            assert own.is_start()


def test_floats_may_fail(monkeypatch):
    numpy = pytest.importorskip("numpy")
    rows = [(1, -2, 0), (0, -1, 1)]
    assert proposed_basis((0, 1, 1), rows, 50) == ([0], [1])
    # too few steps
    assert proposed_basis((0, 1, 1), rows, 0) == proposed_basis((0, 1, 1), rows, 1) == ([], [])

    def singular(*_):
        raise numpy.linalg.LinAlgError

    with monkeypatch.context() as patch:
        patch.setattr(numpy.linalg, "solve", singular)
        assert proposed_basis((0, 1, 1), rows, 50) == ([], [])
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert proposed_basis((0, 1, 1), rows, 50) is None
    assert maximize_on_cube(CubeRow((0, 1, 1)), [CubeRow(row) for row in rows]).value == Fraction(
        3, 2
    )


@given(programs())
def test_a_row_has_its_range_on_the_cube(case):
    form, _ = case
    corners = [[form[0]]]
    for c in form[1:]:
        corners = [[*own, v] for own in corners for v in (0, c)]
    low, high = CubeRow(form).range
    assert (low, high) == (min(map(sum, corners)), max(map(sum, corners)))
    for denominator, numerators in ((1, (1, 0, 2)), (3, (1, 2, 0))):
        point = CubePoint(denominator, numerators[: len(form) - 1])
        assert CubeRow(form).at(point) == form[0] * denominator + sum(
            c * v for c, v in zip(form[1:], point.numerators)
        )
    floats, size = CubeRow(form).floats, max(map(abs, form))
    assert [c * size for c in floats] == form and max(map(abs, floats)) == (1 if size else 0)


def test_a_negative_multiplier_proves_nothing():
    # x ≤ 0 is not so on the cube, though −1·(x − 1) + x = 1
    assert check_cube_bound(Fraction(0), (0, 1), [(0, 1)], {0: Fraction(-1)}) is False
    assert check_cube_bound(Fraction(1), (0, 1), [(0, 1)], {0: Fraction(0)}) is True
    assert check_cube_bound(Fraction(1), (0, 1), [], {})
    assert not check_cube_bound(Fraction(1, 2), (0, 1), [], {})


@given(
    st.integers(1, 3).flatmap(
        lambda n: st.tuples(
            st.lists(st.lists(small, min_size=n, max_size=n), min_size=n, max_size=n),
            st.lists(small, min_size=n, max_size=n),
        )
    )
)
def test_systems_are_solved_without_fractions(case):
    matrix, side = case
    expected, found = by_elimination(matrix, side), solved(matrix, side)
    if expected is None:
        assert found is None
    else:
        numerators, denominator = found
        assert denominator > 0
        assert [Fraction(v, denominator) for v in numerators] == expected
        assert denominator == abs(_determinant(matrix))


def _determinant(matrix):
    """By the first row."""
    if not matrix:
        return 1
    return sum(
        (-1) ** j * c * _determinant([row[:j] + row[j + 1 :] for row in matrix[1:]])
        for j, c in enumerate(matrix[0])
    )
