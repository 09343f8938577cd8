"""Points with coordinates such as pi: what is asked there, against rational points with the ties."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y = mt.variables("x y")
pi, E = sympy.pi, sympy.E
constants = st.sampled_from([pi, E, sympy.log(2), pi - E, sympy.sqrt(2) * pi])
small = st.integers(-2, 2)


@st.composite
def tied(draw):
    """A function of u, v and w whose ties at (2, 2, 3) are those at (c, c, 3) for all numbers c."""
    u, v, w = mt.variables("u v w")
    pairs = draw(st.lists(st.tuples(small, small), min_size=2, max_size=3))
    forms = [a * (u - v) + b * (w - 3) for a, b in pairs]
    kinks = [
        mt.relu(forms[0], at_zero=0),
        mt.max(*forms, ties="first"),
        mt.abs(forms[-1], at_zero=1),
    ]
    total = draw(small) * u + 0 * v + 0 * w
    for kink in draw(st.lists(st.sampled_from(kinks), min_size=1, max_size=3)):
        total = total + draw(st.sampled_from([-1, 1, 3])) * kink
    return total.on(u, v, w)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(tied(), constants, st.tuples(small, small, small))
def test_ties_count_and_not_where_they_are(f, c, d):
    at, known = f.at((c, c, 3)), f.at((2, 2, 3))
    assert at.gradient == known.gradient == f.gradient((c, c, 3))
    assert set(at.bouligand) == set(known.bouligand)
    assert at.directional_derivative(d) == known.directional_derivative(d)
    assert set(at.clarke.vertices) == set(known.clarke.vertices)
    assert at.clarke.min_norm == known.clarke.min_norm
    assert at.is_stationary == known.is_stationary and at.is_regular == known.is_regular
    assert at.is_differentiable == known.is_differentiable
    assert at.classify([d]) == known.classify([d])
    assert at.frechet.contains(d) == known.frechet.contains(d)
    assert at.mordukhovich.contains(d) == known.mordukhovich.contains(d)
    slope = (f.value((c, c, 3)) - f.value((2, 2, 3))) / (c - 2)
    assert sympy.simplify(slope - known.gradient[0] - known.gradient[1]) == 0
    assert f.enclosure((c, c, 3)).value.contains(f.value((c, c, 3)))


def test_smooth_operands_tie_at_logarithms():
    f = mt.max(mt.exp(x), 3)
    at = f.at((sympy.log(3),))
    assert at.bouligand == (sympy.Matrix([[0]]), sympy.Matrix([[3]]))
    assert f.value((sympy.log(3),)) == 3 and f.value((sympy.log(4),)) == 4
    assert abs(mt.sin(x)).at((pi,)).clarke.contains([0])


@pytest.mark.parametrize(
    "f, point, holds",
    [
        (mt.exp(x) - 3 * x, (sympy.log(3),), True),
        (mt.exp(x) - 3 * x, (sympy.log(2),), False),
        (mt.max(mt.exp(x) - 3 * x, x - 10), (sympy.log(3),), True),
        ((x - 1) ** 2 + abs(x - 1), (pi,), False),
    ],
)
def test_minima_at_constants(f, point, holds):
    verdict = mt.is_minimum(f, point)
    assert verdict.holds is holds and verdict.verify()


def test_pieces_have_values_at_constants():
    assert mt.max(x, y, 0).represent().value((pi, E)) == pi
    assert mt.max(x**2 - y, 0).represent().value((pi, E)) == pi**2 - E
    soft = mt.proximal_map(abs(x))
    assert soft.value((pi,)) == pi - 1 and soft.representation.piece_at((pi / 4,)).gradient[0] == 0
    assert mt.moreau_envelope(abs(x)).value((pi,)) == pi - sympy.Rational(1, 2)


def test_a_smooth_term_that_does_not_count_may_have_the_derivative_e():
    bowl = mt.square(2 * x + y + 2)
    plain = mt.max(-2 * x - 1, bowl, bowl - mt.square(y))
    at, known = (plain + 0 * mt.exp(x + 1)).at((0, 0)), plain.at((0, 0))
    assert at.bouligand == known.bouligand and at.is_stationary == known.is_stationary
    assert at.clarke.vertices == known.clarke.vertices


@pytest.mark.parametrize("value", [sympy.I * pi, sympy.oo, sympy.nan, 1.5 * pi, sympy.Symbol("t")])
def test_what_is_no_exact_real_number_is_refused(value):
    for ask in (x.value, x.gradient, x.at, x.enclosure):
        with pytest.raises(mt.PiecewiseError, match=r"^expected .*; .*"):
            ask((value,))
