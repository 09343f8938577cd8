"""A kink whose argument has one sign is none; other kinks behind smooth nodes are not supported."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y = mt.variables("x y")
small = st.integers(-2, 2)
SIDES = {
    "relu": (mt.relu, 1, 0),
    "abs": (mt.abs, 1, -1),
    "leaky_relu": (lambda g: mt.leaky_relu(g, Fraction(1, 3)), 1, Fraction(1, 3)),
    "max": (lambda g: mt.max(0, g), 1, 0),
    "min": (lambda g: mt.min(g, 0), 0, 1),
    "where": (lambda g: mt.where(g > 0, 2 * g, g / 2), 2, Fraction(1, 2)),
}
"""The function, and its slope where the argument is positive and where it is negative."""


@pytest.mark.parametrize(
    "f, formulas",
    [
        (mt.relu(x**2 + 1), ["x**2 + 1"]),
        (mt.relu(-(x**2) - 1), ["0"]),
        (mt.abs(mt.exp(x)), ["exp(x)"]),
        (mt.max(0, x**2 + x * y + y**2 + 1), ["x**2 + x*y + y**2 + 1"]),
        (mt.relu(mt.exp(x) + mt.abs(y)), ["-y + exp(x)", "y + exp(x)", "y*z2 + exp(x)"]),
        (mt.where(mt.exp(x) > 0, y, x), ["y"]),
    ],
)
def test_an_argument_of_one_sign_is_no_kink(f, formulas):
    rep = f.represent()
    assert [str(p.formula) for p in rep] == formulas
    assert mt.check(rep).ok
    assert mt.verify_chain_rule(f).ok
    for point in [(0, 0), (1, -2)]:
        at = point[: len(f.variables)]
        assert rep.value(at) == f.value(at)
        assert rep.gradient(at) == f.gradient(at)


def test_the_domain_gives_an_argument_its_sign():
    f = mt.abs(x**2 - 1)
    assert [str(p.formula) for p in f.represent("x > 2")] == ["x**2 - 1"]
    assert [str(p.formula) for p in f.represent({"x": (0, Fraction(1, 2))})] == ["1 - x**2"]
    # with a zero in the domain it is a kink, which a polynomial decides
    assert [p.condition_text for p in f.represent({"x": (0, 1)})] == ["x**2 < 1, x >= 0", "x = 1"]


@pytest.mark.parametrize(
    "f, kink",
    [
        (mt.abs(x * y), "x*y for the kink of abs(x*y)"),
        (mt.abs(x**2 - 1), "x**2 - 1 for the kink of abs(x**2 - 1)"),
        (mt.relu(x**2), "x**2 for the kink of relu(x**2)"),
        (mt.max(mt.exp(x), y), "y - exp(x) for the kink of max(exp(x), y)"),
        (mt.max(x**2 + 1, 0, y), "-x**2 - 1 for the kink of max(x**2 + 1, 0, y)"),
        (mt.relu([x, x * y])[1], "x*y for the kink of relu(x*y)"),
        (mt.relu(mt.where(x > 0, x * x, x)), "x**2 for the kink of relu(where(x > 0, x*x, x))"),
    ],
)
def test_other_kinks_are_said_to_be_unsupported_where_polyhedra_are_needed(f, kink):
    with pytest.raises(mt.NotPolyhedral) as caught:
        mt.linear_pieces(f)
    message = str(caught.value)
    assert f"got {kink} on " in message and "which is not supported yet; f.value" in message
    assert "polyhedra" not in message
    f.value((2, 3)[: len(f.variables)])


@settings(max_examples=60)
@given(st.sampled_from(sorted(SIDES)), small, small, small, small, small, st.booleans(), small)
def test_a_quadratic_is_a_kink_iff_it_has_a_zero(name, a, b, p, q, c, tie, sign):
    assume(a or b)
    build, above, below = SIDES[name]
    factor = -1 if sign < 0 else 1
    inner = abs(a) * (x - p) ** 2 + abs(b) * (y - q) ** 2 + c
    if tie and a:  # a (x - p)² - |x - p| > -1
        inner = inner + mt.abs(x - p)
    f = build(factor * inner)
    if c <= 0:
        with pytest.raises((mt.NotPolyhedral, mt.Unsupported)) as caught:
            mt.linear_pieces(f)
        if isinstance(caught.value, mt.NotPolyhedral):
            assert "not supported yet" in str(caught.value)
            return
        # as x² + |x| > 0 is decided by the sign of x, the strata are polyhedra
        assert tie and c == 0
        rep = f.represent()
        for point in [(0, 0), (p, q), (1, -2)]:
            assert rep.value(point) == f.value(point)
            assert rep.gradient(point) == f.gradient(point)
        return
    rep = f.represent()
    slope = above if factor > 0 else below
    expected = slope * factor * inner
    assert len(rep) == (3 if tie and a else 1)
    for point in [(0, 0), (p, q), (1, -2)]:
        assert rep.value(point) == f.value(point) == expected.value(point)
        assert rep.gradient(point) == f.gradient(point)
