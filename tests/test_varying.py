"""Rungs along strata of smooth formulas: against the analysis at single points of the stratum."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

import piecewise_mt as mt

x, y = mt.variables("x y")
X, Y = sympy.symbols("x y", real=True)
FUNCTIONS = [
    mt.square(mt.max(x, y, ties="first")),
    mt.square(mt.max(x, y, ties="average")),
    x * mt.abs(y, at_zero=0),
    x * mt.abs(y, at_zero=2),
    mt.square(x) + mt.abs(y, at_zero=1),
    (x - 1) * mt.relu(x - y, at_zero="1/3") * x,
    mt.square(mt.max(x, y, 0, ties="first")),
    mt.stack([x * mt.abs(y, at_zero=0), mt.max(x, y, ties="last") * y])[0]
    + mt.relu(y - x, at_zero=1),
    mt.max(x, y, ties="first") ** 3 * (1 + y),
]


@pytest.mark.parametrize("f", FUNCTIONS, ids=str)
def test_agrees_with_every_point(f):
    rep = f.represent()
    met = 0
    for entry in rep.classify().strata:
        stratum = entry.stratum
        for i in range(-3, 4):
            for j in range(-3, 4):
                point = (Fraction(i, 2), Fraction(j, 2))
                if not stratum.polyhedron.contains(point):
                    continue
                here = f.at(point).classify(rep.gradient(point))
                values = {X: sympy.Rational(i, 2), Y: sympy.Rational(j, 2)}
                condition = entry.clarke_condition
                if condition is not None and not entry.stratum.dimension == 2:
                    met += 1
                    assert here.is_clarke == bool(condition.subs(values)), (stratum, point)
                for rung, where in entry.cases:
                    if where.subs(values) == sympy.true:
                        assert here == rung
                if entry.rung != "undecided" and not entry.cases:
                    assert here == entry.rung
    assert met


def test_conditions():
    (tie,) = [e for e in FUNCTIONS[0].represent().classify().strata if e.stratum.dimension == 1]
    assert tie.cases == (
        (mt.Rung.bouligand, sympy.Ne(X, 0)),
        (mt.Rung.differentiable, sympy.Eq(X, 0)),
    )
    z = sympy.Symbol("z", real=True)
    (free,) = mt.square(mt.max(x, y)).represent().artifacts().conditional
    assert free.clarke_condition.subs({X: 0}) == sympy.true
    assert free.clarke_condition.subs({X: 1, z: 2}) == sympy.false
    # x > 0 on the stratum, so that nothing varies
    (half,) = (x * mt.abs(y, at_zero=2)).represent("x > 0").artifacts()
    assert half.clarke_condition == sympy.false
    # two factors: nothing is said
    mixed = x * mt.relu(y, at_zero=0) + mt.relu(y, at_zero=1)
    assert "undecided" in {e.rung for e in mixed.represent().classify().strata}
