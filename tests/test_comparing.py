"""Symmetries by brute force, truth by points and z3, distances by grids, fewest pieces by z3."""

import doctest
from fractions import Fraction
from itertools import permutations, product
from pathlib import Path

import pytest
import sympy
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y, z = mt.variables("x y z")
calm = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
small = st.integers(-1, 1)
terms = st.lists(st.tuples(small, small, small, small, small), min_size=1, max_size=3)


def shallow(terms):
    total = 0 * x + 0 * y + 0 * z
    for a, b, c, d, e in terms:
        total = total + e * mt.relu(a + b * x + c * y + d * z)
    return total.on(x, y, z)


@given(terms)
@settings(calm, max_examples=8)
def test_the_group_is_that_of_all_signed_permutations_that_keep_the_function(terms):
    f = shallow(terms)
    found = mt.symmetries(f)
    kept = 0
    for order in permutations((x, y, z)):
        for signs in product((1, -1), repeat=3):
            images = [s * v for s, v in zip(signs, order)]
            same = mt.equal(f, f(*images))
            kept += same
            texts = {v: ("-" if s < 0 else "") + w.name for v, s, w in zip((x, y, z), signs, order)}
            assert found.contains(texts) == same, texts
    assert found.order == kept == found.group.order() and found.verify()


def test_remark_2():
    """The average keeps all permutations of the values equal to the maximum, the first none."""
    v = mt.vector("y", 4)
    assert mt.symmetries(mt.max(v)).order == 24
    orders = {
        rule: mt.symmetries(mt.max(v, ties=rule).represent()).order for rule in ("average", "first")
    }
    assert orders == {"average": 24, "first": 1}
    # a mixture with both rules keeps what both keep
    assert (
        mt.symmetries(
            mt.max(mt.vector("y", 2), ties=mt.mix(sympy.Rational(1, 2))).represent()
        ).order
        == 1
    )


def test_named_groups():
    v = mt.vector("x", 4)
    assert mt.symmetries(mt.norm1(v)).order == 2**4 * 24  # the hyperoctahedral group
    assert mt.symmetries(mt.max(x - y, y - z, z - x)).order == 6
    assert mt.symmetries(mt.relu(x - y) + 0 * z).orbits == (("x", "y"), ("z",))
    assert mt.symmetries(mt.relu(x)).order == 1 and not mt.symmetries(mt.relu(x)).signed
    assert mt.symmetries(mt.stack([mt.max(x, y), x + y])).order == 2
    assert mt.symmetries(x**2 + y**2 + mt.abs(x * y)).order == 8


@pytest.mark.parametrize(
    "ask, kind",
    [
        (lambda: mt.symmetries(mt.relu(x).represent("x >= 0")), mt.Unsupported),
        (
            lambda: mt.symmetries(mt.Representation("x", [("x < 0", "0"), ("x >= 0", "x")])),
            mt.PiecewiseError,
        ),
        (lambda: mt.symmetries(mt.max(x, y)).contains({x: "w"}), mt.PiecewiseError),
        (lambda: mt.symmetries(mt.max(x, y)).contains({x: y}), mt.PiecewiseError),
        (lambda: mt.simplest_between(x, y, {x: (0, 1)}), mt.Unsupported),
        (lambda: mt.simplest_between(x, x - 1, {x: (0, 1)}), mt.PiecewiseError),
        (lambda: mt.simplest_between(x, x + 1, "x >= 0"), mt.PiecewiseError),
        (lambda: mt.simplest_between(x**2, x**2 + 1, {x: (0, 1)}), mt.Unsupported),
        (lambda: mt.holds(mt.exp(x) >= 1), mt.Unsupported),
        (lambda: mt.distance(mt.stack([x, x]), x), mt.ShapeError),
    ],
)
def test_refusals(ask, kind):
    with pytest.raises(kind):
        ask()


OPS = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@given(terms, terms, st.sampled_from(sorted(OPS)), st.sampled_from(sorted(OPS)), st.booleans())
@calm
def test_truth_against_z3(one, other, first, second, both):
    f, g = shallow(one), shallow(other)
    zero = 0 * x
    parts = [mt.Comparison(first, f, g), mt.Comparison(second, f, zero)]
    condition = parts[0] & parts[1] if both else parts[0] | parts[1]
    found = mt.holds(condition)
    u = z3.Reals("x y z")

    def value(own):
        total = z3.RealVal(0)
        for a, b, c, d, e in own:
            form = a + b * u[0] + c * u[1] + d * u[2]
            total = total + e * z3.If(form > 0, form, 0)
        return total

    solver = z3.Solver()
    said = [OPS[first](value(one), value(other)), OPS[second](value(one), z3.RealVal(0))]
    solver.add(z3.Not(z3.And(said) if both else z3.Or(said)))
    assert found.holds == (solver.check() == z3.unsat)
    assert found.verify() and (found.counterexample is None) == found.holds


def test_truth_of_polynomials_and_texts():
    assert mt.holds("x**2 >= 2*x - 1").holds
    found = mt.holds(x**2 >= 2 * x)
    assert not found.holds and found.verify()
    assert mt.holds("max(x, y) = x or max(x, y) = y").holds
    assert mt.holds(mt.stack([x, y]) <= mt.max(x, y)).holds and mt.holds("1 > 0").holds
    assert not mt.holds(~(x > y)).holds and mt.holds(x >= 0, {x: (1, 2)}).holds
    assert not mt.holds("x >= 0", "x > -1").holds


@given(terms, terms)
@calm
def test_distances_are_those_of_all_vertices(one, other):
    """The sup of a piecewise linear function on a box is at a vertex of the strata."""
    f, g = shallow(one), shallow(other)
    box = dict.fromkeys((x, y, z), (-1, 1))
    found = mt.distance(f, g, box)
    points = [p.witness for p in (f - g).on(x, y, z).strata(box) if p.dimension == 0]
    assert found.value == max(abs(f.value(p) - g.value(p)) for p in points)
    assert abs(f.value(found.point) - g.value(found.point)) == found.value
    assert found.is_attained and found.verify()


def test_distances_that_are_not_attained():
    found = mt.distance(mt.relu(x), x, "x > -1")
    assert (found.value, found.point, found.is_attained) == (1, (-1,), False)
    assert mt.distance(mt.relu(x), x).value == sympy.oo
    found = mt.distance(mt.stack([x, 2 * x]), mt.stack([0 * x, x]), {x: (-3, 1)})
    assert (found.value, found.output) == (3, 1)
    assert mt.distance(x**2, x, {x: (0, 1)}).value == sympy.Rational(1, 4)
    # attained inside an open domain, although the vertex that is found first is not in it
    found = mt.distance(mt.clip(x, 0, 1), 0, "x > 1")
    assert found.value == 1 and found.is_attained and found.point[0] > 1


corridors = st.lists(
    st.tuples(st.integers(-3, 3), st.sampled_from([0, 1, 2, Fraction(1, 2)])),
    min_size=2,
    max_size=6,
)


@given(corridors)
@settings(calm, max_examples=30)
def test_the_simplest_function_lies_between(corridor):
    places = list(range(len(corridor)))
    slopes = [b[0] - a[0] for a, b in zip(corridor, corridor[1:])]
    widths = [b[1] - a[1] for a, b in zip(corridor, corridor[1:])]

    def drawn(first, slopes):
        if len(slopes) == 1:
            return first + slopes[0] * x
        own = mt.piecewise_linear(x, places[1:-1], slopes)
        return own + (first - own.value((0,)))

    low = drawn(corridor[0][0], slopes)
    high = low + drawn(corridor[0][1], widths)
    found = mt.simplest_between(low, high, {x: (0, len(places) - 1)})
    assert found.verify() and found.pieces <= len(places) - 1
    assert mt.linear_pieces(found.expression, {x: (0, len(places) - 1)}) == found.pieces


def test_the_page():
    page = Path(__file__).parent.parent / "docs" / "comparing.md"
    found = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert found.attempted > 8 and found.failed == 0
