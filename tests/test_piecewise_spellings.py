"""A continuous Piecewise is read whatever its conditions look like."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

X = sympy.Symbol("x", real=True)
x = mt.variable("x")
GRID = [Fraction(k, 2) for k in range(-6, 9)]
SPELLINGS = [
    sympy.bspline_basis(1, (0, 1, 2), 0, X),
    sympy.Piecewise((0, X <= 0), (X, (X >= 0) & (X <= 1)), (1, X >= 1)),
    # half-open trapezoids
    sympy.Piecewise((0, X < 0), (X, X < 1), (1, X < 2), (3 - X, X < 3), (0, True)),
    sympy.Piecewise(
        (X, (X >= 0) & (X < 1)), (1, (X >= 1) & (X < 2)), (3 - X, (X >= 2) & (X < 3)), (0, True)
    ),
    sympy.Piecewise((0, sympy.Not(sympy.And(X > 0, X < 1))), (X * (1 - X), True)),
    sympy.Piecewise((1 - sympy.Abs(X), sympy.Abs(X) <= 1), (0, True)),
    sympy.Piecewise((X, sympy.Ne(X, 0)), (0, sympy.Eq(X, 0))),
    sympy.Piecewise((sympy.exp(X), X <= 0), (1, (X >= 0) & (X <= 2)), (X - 1, X >= 2)),
]


@pytest.mark.parametrize("whole", SPELLINGS, ids=str)
def test_ordinary_spellings(whole):
    f = mt.from_sympy(whole, [X])
    rep = f.represent()
    assert mt.check(rep).ok
    for point in GRID:
        # SymPy's own evaluation is the oracle
        expected = whole.subs(X, sympy.Rational(point.numerator, point.denominator))
        assert sympy.simplify(rep.value((point,)) - expected) == 0
        assert sympy.simplify(f.value((point,)) - expected) == 0


def test_a_jump_is_still_a_jump():
    whole = sympy.Piecewise((0, X <= 0), (X + 1, (X >= 0) & (X <= 1)), (2, X >= 1))
    with pytest.raises(mt.NotContinuous):
        mt.from_sympy(whole, [X]).represent()


@st.composite
def splines(draw):
    """A continuous broken line, its pieces in any order, closed or half-open at random."""
    knots = sorted(draw(st.sets(st.integers(-2, 2), min_size=1, max_size=3)))
    slopes = draw(st.lists(st.integers(-2, 2), min_size=len(knots) + 1, max_size=len(knots) + 1))
    values = [sympy.Integer(draw(st.integers(-1, 1)))]
    for left, right, slope in zip(knots, knots[1:], slopes[1:], strict=False):
        values.append(values[-1] + slope * (right - left))
    branches = [(values[0] + slopes[0] * (X - knots[0]), X <= knots[0])]
    for i, (left, right) in enumerate(zip(knots, knots[1:], strict=False)):
        lower = X >= left if draw(st.booleans()) else X > left
        upper = X <= right if draw(st.booleans()) else X < right
        branches.append((values[i] + slopes[i + 1] * (X - left), sympy.And(lower, upper)))
    branches.append((values[-1] + slopes[-1] * (X - knots[-1]), X >= knots[-1]))
    # a point that an interior knot leaves out has the value of the line
    branches += [(value, sympy.Eq(X, knot)) for knot, value in zip(knots, values, strict=True)]
    order = draw(st.permutations(range(len(branches))))
    expected = mt.piecewise_linear(x, knots, slopes)
    shift = values[0] - expected.value((knots[0],))
    return sympy.Piecewise(*(branches[i] for i in order), evaluate=False), expected + shift


@given(splines())
@settings(max_examples=80)
def test_any_order_and_any_ends_give_the_same_function(case):
    whole, expected = case
    assert mt.equal(mt.from_sympy(whole, [X]), expected.on(x))


# -- nested ------------------------------------------------------------------------------------


def _tent(u):
    return sympy.Piecewise((2 * u, u <= sympy.Rational(1, 2)), (2 - 2 * u, True))


def _hat(u):
    rising, falling = (u >= 0) & (u < 1), (u >= 1) & (u < 2)
    return sympy.Piecewise((u, rising), (2 - u, falling), (0, True))


NESTED = {
    # a jump of an inner Piecewise where an outer condition hides it
    "hidden": sympy.Piecewise((X, X > 0), (sympy.Piecewise((2 * X, X < 1), (5, True)), True)),
    "both": sympy.Piecewise(
        (sympy.Piecewise((sympy.exp(X) - 1, X > -1), (7, True)), X > 0),
        (3 * sympy.Piecewise((sympy.Piecewise((X, X < 2), (9, True)), X < 1), (5, True)), True),
    ),
    # a Piecewise in the conditions of another one
    "tents": _tent(_tent(_tent(X))),
    "hats": _hat(_hat(X)),
}


@pytest.mark.parametrize("name", NESTED)
def test_nested_ones_are_read_as_a_whole(name):
    whole = NESTED[name]
    f = mt.from_sympy(whole, [X])
    rep = f.represent()
    assert mt.check(rep).ok
    for point in [*GRID, Fraction(3, 16), Fraction(13, 16)]:
        expected = whole.subs(X, sympy.Rational(point.numerator, point.denominator))
        assert sympy.simplify(rep.value((point,)) - expected) == 0
        assert sympy.simplify(f.value((point,)) - expected) == 0


numbers = st.integers(-2, 2)
RELATIONS = [sympy.Gt, sympy.Ge, sympy.Lt, sympy.Le]


@st.composite
def in_disguise(draw, depth):
    """max(x, 1 - x) in nested ways; what is never reached may jump."""
    if not depth:
        return draw(
            st.sampled_from(
                [
                    sympy.Piecewise((X, X > sympy.Rational(1, 2)), (1 - X, True)),
                    sympy.Piecewise((1 - X, 2 * X <= 1), (X, 2 * X >= 1)),
                ]
            )
        )
    condition = draw(st.sampled_from(RELATIONS))(X, draw(numbers))
    if draw(st.booleans()):
        condition = condition & draw(st.sampled_from(RELATIONS))(X, draw(numbers))
    first, second = draw(in_disguise(depth - 1)), draw(in_disguise(depth - 1))
    junk = sympy.Piecewise((draw(numbers), draw(numbers) > X), (X + 7, True))
    rest = sympy.Piecewise((second, sympy.Not(condition)), (junk, True))
    return sympy.Piecewise((first, condition), (rest, True))


@settings(max_examples=25)
@given(in_disguise(3))
def test_three_levels_with_overlapping_conditions(whole):
    rep = mt.from_sympy(whole, [X]).represent()
    for point in GRID:
        assert rep.value((point,)) == max(point, 1 - point)
        if point != Fraction(1, 2):
            assert rep.gradient((point,)) == sympy.Matrix([[1 if 2 * point > 1 else -1]])
