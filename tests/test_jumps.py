"""A function that jumps is refused by every question, at a point as in the large."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y = mt.variables("x y")
small = st.integers(-1, 1)
STEP = Fraction(1, 10**6)


@pytest.mark.parametrize(
    "question",
    [
        lambda f: f.at((0,)),
        lambda f: f.gradient((0,)),
        lambda f: f.represent(),
        lambda f: f.strata(),
        lambda f: mt.lipschitz(f),
        lambda f: mt.check_gradient(f, [0]),
        lambda f: mt.equal(f, f + 1),
    ],
)
def test_a_step_is_refused(question):
    with pytest.raises(mt.NotContinuous, match=r"at (the point )?\(0,\)"):
        question(mt.where(x >= 0, 1, 0))


def test_a_step_does_no_harm_elsewhere():
    assert mt.where(x >= 0, 1, 0).at((1,)).is_differentiable


@pytest.mark.parametrize(
    ("f", "point"),
    [
        # equal at the point, but not at ties as near as one likes
        (mt.where(x >= 0, y, 0), (0, 0)),
        (mt.where(x >= 0, y * y, 0), (0, 0)),
        (mt.where(mt.max(x, y) >= 0, 0, mt.relu(-y)), (0, 0)),
    ],
)
def test_ties_near_the_point_count(f, point):
    with pytest.raises(mt.NotContinuous):
        f.at(point)
    with pytest.raises(mt.NotContinuous):
        f.gradient(point)


def test_a_side_that_is_never_reached_may_have_any_value():
    assert mt.where(-abs(x) <= 0, x, x + 1).at((0,)).is_differentiable
    assert mt.where(x >= 0, x + 1, 5).at((0,), "x >= 0").is_differentiable


def test_what_is_outside_a_strict_domain_does_not_count():
    f = mt.where(x > 0, x + 1, 0)
    assert [str(piece.formula) for piece in f.represent("x > 0")] == ["x + 1"]
    with pytest.raises(mt.NotContinuous):
        f.represent("x >= 0")
    g = mt.where(x > y, x + 1, y)
    assert len(g.represent("x > y")) == 1
    with pytest.raises(mt.NotContinuous):
        g.represent("x > 0")


@st.composite
def steps(draw, depth=2):
    """Functions of one variable of wheres, with kinks at 0, continuous or not."""
    form = draw(small) * x + draw(small)
    if not depth:
        return form
    inner = [draw(steps(depth=depth - 1)) for _ in range(3)]
    if draw(st.booleans()):
        return mt.relu(inner[0]) + inner[1]
    condition = draw(st.sampled_from([lambda a: a >= 0, lambda a: a > 0, lambda a: a <= 0]))
    return mt.where(condition(inner[2] + x * draw(small)), inner[0], inner[1])


@given(steps(), st.sampled_from([-1, 0, 1]))
@settings(max_examples=300)
def test_the_refusal_at_a_point_is_that_of_one_sided_limits(f, place):
    # f is affine on both sides near the point, so two values a side give its limit there: exact,
    # and by nothing but values
    f = f.on("x")
    own = f.value((place,))
    jumps = any(
        2 * f.value((place + side * STEP,)) - f.value((place + 2 * side * STEP,)) != own
        for side in (1, -1)
    )
    if jumps:
        with pytest.raises(mt.NotContinuous):
            f.at((place,))
        with pytest.raises(mt.NotContinuous):
            f.gradient((place,))
        return
    try:
        f.at((place,))
    except mt.NotContinuous as error:
        # a node inside may jump where the whole does not: its own point is given
        assert error.point == (place,)
