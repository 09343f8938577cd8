"""Closures of sets of sign conditions at a point, against z3 in a small ball around it."""

import random
from fractions import Fraction

import pytest
import sympy

from piecewise_mt.exact.algebraic_points import check_point
from piecewise_mt.semialgebraic.closures import Apart, closure_meets
from piecewise_mt.semialgebraic.systems import NonEmpty, Undecided

z3 = pytest.importorskip("z3")
x, y = sympy.symbols("x y")
ORIGIN = [({(1, 0): 1}, 2), ({(0, 1): 1}, 2)]
GAP = Fraction(1, 10**6)
# touching ones, cusps, isolated points, crossings, and powers of them
CURVES = [
    x, y, x - y, x + y, x + 1, y - x**2, y + x**2, x**2 + y**2, x**2 - y**2, x**2 + y**2 - 2 * y,
    x**2 + y**2 - x, x**3 - y**2, x**3 - x**2 - y**2, x * y, x**2 + y**2 - 1, 2 * x**2 - y,
    x**2 + y**4, -(x**2) - y**2 + x**3, x**2 * y, (x - y) ** 2, x**2,
]  # fmt: skip


def terms(p):
    return {e: int(c) for e, c in sympy.Poly(p, x, y).terms()}


def in_z3(p, point):
    total = z3.RealVal(0)
    for exponents, c in p.items():
        term = z3.RealVal(c)
        for value, power in zip(point, exponents, strict=True):
            for _ in range(power):
                term = term * value
        total = total + term
    return total


def is_met(inner, point):
    """Whether z3 finds a point of a set within GAP of a point; None if it does not know."""
    own = z3.Real("x"), z3.Real("y")
    solver = z3.Tactic("qfnra-nlsat").solver()
    solver.set("timeout", 3000)
    far = [v - z3.RealVal(str(c)) for v, c in zip(own, point, strict=True)]
    solver.add(far[0] * far[0] + far[1] * far[1] < z3.RealVal(str(GAP * GAP)))
    for p, mask in inner:
        t = in_z3(p, own)
        solver.add({1: t < 0, 2: t == 0, 3: t <= 0, 4: t > 0, 5: t != 0, 6: t >= 0}[mask])
    found = solver.check()
    return None if found == z3.unknown else found == z3.sat


def random_set(rng):
    found = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        p = rng.choice(CURVES)
        if rng.random() < 0.4:
            p = p * rng.choice(CURVES)
        found.append((terms(sympy.expand(p)), rng.choice((1, 4, 4, 6, 3, 5, 2))))
    return found


def test_closures_at_the_origin_agree_with_z3():
    rng = random.Random(5)
    answers = {NonEmpty: 0, Apart: 0, Undecided: 0}
    for _ in range(300):
        inner = random_set(rng)
        found = closure_meets(("x", "y"), inner, ORIGIN, 5)
        answers[type(found)] += 1
        if isinstance(found, Undecided):
            continue
        expected = is_met(inner, (0, 0))
        if expected is not None:
            assert isinstance(found, NonEmpty) == expected, (inner, found)
    # directions see almost all of them
    assert answers[NonEmpty] > 100 and answers[Apart] > 20
    assert answers[Undecided] < 120


def test_points_of_closures_are_such():
    rng = random.Random(7)
    seen = 0
    for _ in range(100):
        inner = random_set(rng)
        at = [(terms(rng.choice(CURVES)), 2), (terms(rng.choice(CURVES)), rng.choice((2, 4, 5)))]
        found = closure_meets(("x", "y"), inner, at, 5)
        if not isinstance(found, NonEmpty):
            continue
        assert check_point(at, found.point)
        if found.point.is_rational:
            assert is_met(inner, found.point.rational) is not False
            seen += 1
    assert seen > 20


def test_sets_that_only_come_near_do_not_meet():
    # xy > 1 and y = 0 have no distance, and no point in common either
    assert isinstance(closure_meets(("x", "y"), [(terms(x * y - 1), 4)], [(terms(y), 2)]), Apart)


def test_what_directions_do_not_tell_is_undecided():
    between = [(terms(y - x**2), 4), (terms(2 * x**2 - y), 4)]
    found = closure_meets(("x", "y"), between, ORIGIN)
    assert isinstance(found, Undecided) and "directions" in found.reason


def test_three_variables_and_an_irrational_point():
    two = {(2, 0, 0): 1, (0, 0, 0): -2}
    found = closure_meets(("a", "b", "c"), [({(2, 0, 0): -1, (0, 0, 0): 2}, 4)], [(two, 2)])
    assert isinstance(found, NonEmpty) and check_point([(two, 2)], found.point)
