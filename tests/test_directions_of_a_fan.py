"""What the cones of f'(x; ·) ask of a subgradient, and the directions that say why one is none."""

from fractions import Fraction
from itertools import product

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.c1 import _interval
from piecewise_mt.geometry.polyhedron import Polyhedron

x, y = mt.variables("x y")
FUNCTIONS = [
    abs(x) - abs(y),
    mt.max(x, y, 0),
    mt.min(x, 2 * y) + mt.relu(x),
    (mt.relu(x + y) - 3 * x).on(x, y),
    -mt.max(x, -x, y, -y),
]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_direction_that_a_cone_forbids_shows_it(f):
    """Where the cone is flat, f' is linear along it, so both of a direction and its opposite."""
    at = f.at((0, 0))
    fan = at.mordukhovich.fan
    pivots = [fan.names.index(name) for name in fan.names]
    seen = set()
    for cone in fan.cones:
        asked = fan.subdifferential(cone)
        slopes = dict(zip(fan.lines, fan.line_slopes, strict=True))
        slopes |= {fan.rays[i]: fan.slopes[i] for i in cone.own}
        slopes |= {tuple(-v for v in d): -own for d, own in slopes.items()}
        slopes |= {fan.rays[i]: fan.slopes[i] for i in cone.around}
        for g in product((-3, -1, 0, Fraction(1, 2), 1, 2), repeat=len(pivots)):
            height = {d: sum(a * b for a, b in zip(g, d, strict=True)) for d in slopes}
            bad = {d for d in slopes if height[d] > slopes[d]}
            assert asked.contains(g) == (not bad)
            found = fan.violated(cone, g)
            assert found is None if not bad else found in bad
            seen.add(found is None)
    assert seen == {True, False}


@pytest.mark.parametrize("bounds", list(product([(1, False), (1, True), (2, True)], repeat=2)))
def test_the_interval_of_a_variable_is_that_of_its_closest_bounds(bounds):
    """Other variables tell nothing; of equal bounds the strict one counts."""
    symbol = sympy.Symbol("x", real=True)
    rows = [((0, 1, 1), False)]
    rows += [((end, -1, 0), strict) for end, strict in bounds]  # x <= end
    rows += [((end, 1, 0), strict) for end, strict in bounds]  # x >= -end
    found = _interval(
        symbol, AffineHull.of_equations(("x", "y"), []), Polyhedron("x y".split(), [], rows)
    )
    end = min(own for own, _ in bounds)
    strict = any(flag for own, flag in bounds if own == end)
    assert (found.low, found.high) == (-end, end)
    assert (found.low_open, found.high_open) == (strict, strict)
