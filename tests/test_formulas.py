"""Affine formulas and formulas of SymPy are one thing: what one says, the other says too."""

from __future__ import annotations

import pickle
from fractions import Fraction

import sympy
from hypothesis import given
from hypothesis import strategies as st

from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.formulas import (
    AffineFormula,
    Formula,
    Region,
    SmoothFormula,
    formula_of,
)

NAMES = ("x", "y", "w")
SMALL = st.integers(-2, 2)
ROWS = st.lists(st.fractions(-2, 2, max_denominator=3), min_size=4, max_size=4).map(tuple)
DIRECTIONS = st.lists(SMALL, min_size=3, max_size=3)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """A vertex, and a few more, rays and lines, zeros and repetitions included."""
    vertices = draw(st.lists(DIRECTIONS, min_size=1, max_size=3))
    rays = draw(st.lists(DIRECTIONS, max_size=2))
    lines = draw(st.lists(DIRECTIONS, max_size=1))
    generators = [*((1, *v) for v in vertices), *((0, *r) for r in rays)]
    return Region(NAMES, generators, [(0, *v) for v in lines])


def twins(row: tuple[Fraction, ...]) -> tuple[Formula, Formula]:
    affine = AffineFormula(NAMES, row)
    return affine, SmoothFormula(NAMES, affine.expr)


@given(ROWS, regions())
def test_zeros_values_and_gradients_do_not_depend_on_who_holds_a_formula(
    row: tuple[Fraction, ...], region: Region
) -> None:
    affine, smooth = twins(row)
    spanned = [*region.generators, *region.lines]
    # brute force: a form is zero on a set if it is on all that spans it
    zero = all(sum(c * v for c, v in zip(row, g, strict=True)) == 0 for g in spanned)
    for formula in (affine, smooth):
        vanishes, point = formula.zero_on(region)
        assert vanishes is zero
        assert (point is None) is zero
        if point is not None:
            assert formula.value(point) != 0
            assert all(
                sum(c * v for c, v in zip(equation, (1, *point), strict=True)) == 0
                for equation in region.hull.equations
            )
    assert affine.zero_on(region) == smooth.zero_on(region)
    for point in region.points():
        assert affine.value(point) == smooth.value(point)
    assert tuple(map(sympy.Rational, affine.gradient(region))) == smooth.gradient(region)


@given(ROWS, regions())
def test_a_restriction_has_the_values_of_the_formula_on_the_hull(
    row: tuple[Fraction, ...], region: Region
) -> None:
    affine, smooth = twins(row)
    hull = region.hull
    assert affine.on(hull).expr == sympy.expand(smooth.on(hull).expr)
    solved = {symbol for symbol, _ in hull.substitution}
    assert not affine.on(hull).expr.free_symbols & solved
    for point in region.points():
        assert affine.on(hull).value(point) == affine.value(point)
    # the hull's equations are what is 0 on it, in its own coordinates
    for equation in hull.equations:
        assert not any(AffineFormula(NAMES, equation).on(hull).row)


@given(ROWS, ROWS)
def test_differences_agree_in_all_four_combinations(
    one: tuple[Fraction, ...], other: tuple[Fraction, ...]
) -> None:
    wanted = sympy.expand(twins(one)[0].expr - twins(other)[0].expr)
    for first in twins(one):
        for second in twins(other):
            difference = first.minus(second)
            assert sympy.expand(difference.expr) == wanted
            assert difference.is_smooth is (first.is_smooth or second.is_smooth)


@given(ROWS, ROWS)
def test_formulas_are_compared_by_value_and_survive_pickling(
    one: tuple[Fraction, ...], other: tuple[Fraction, ...]
) -> None:
    for first, second in zip(twins(one), twins(other), strict=True):
        assert (first == second) is (one == other)
        again = pickle.loads(pickle.dumps(first))
        assert again == first
        assert hash(again) == hash(first)
        assert formula_of(first.raw, NAMES) == first
        assert first.text
        assert first.latex
    assert twins(one)[0] != twins(one)[1]


def test_identities_are_proved_and_differences_have_a_point() -> None:
    x = sympy.Symbol("x", real=True)
    line = Region(("x",), [(1, 0)], [(0, 1)])
    zero = SmoothFormula(("x",), sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1)
    assert zero.zero_on(line) == (True, None)
    vanishes, point = SmoothFormula(("x",), sympy.exp(x) - x).zero_on(line)
    assert vanishes is False
    assert point == (0,)
    assert AffineFormula(("x",), (0, Fraction(1, 10**30))).zero_on(line) == (False, (1,))


def test_a_hull_without_equations_leaves_a_row_alone() -> None:
    hull = AffineHull.of_equations(NAMES, ())
    assert hull.restricted_row((1, 2, 3, 4)) == (1, 2, 3, 4)
