"""Inverses: round trips of random homeomorphisms, published examples, and witnesses of refusals."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y, z = mt.variables("x y z")
small = st.integers(-2, 2)


def kinked(rng, operands):
    """A piecewise linear function of some operands, with repeated and zero operands."""
    u, v = (sum(rng.choice((-1, 0, 1, 1)) * own for own in operands) + rng.choice((0, 0, 1))
            for _ in range(2))  # fmt: skip
    return rng.choice([mt.relu(u), abs(v), mt.max(u, v, 0), mt.min(u, u, v), mt.clip(u, -1, 1)])


def homeomorphism(rng, n, steps):
    """Shears x_i + h(the others), monotone scalings of one coordinate, and permutations."""
    values = [mt.variable(f"x{i + 1}") for i in range(n)]
    space = list(values)
    for _ in range(steps):
        i = rng.randrange(n)
        others = values[:i] + values[i + 1 :]
        if others and rng.random() < 0.6:
            values[i] = values[i] + rng.choice((1, -1, 2)) * kinked(rng, others)
        else:
            values[i] = rng.choice((1, -1)) * mt.piecewise_linear(
                values[i], [-1, 1], rng.sample([1, 2, "1/2", 3], 3)
            )
        rng.shuffle(values)
    return mt.stack(values).on(*space)


@pytest.mark.parametrize("seed", range(12))
def test_random_homeomorphisms_come_back(seed):
    rng = random.Random(seed)
    n = rng.choice((1, 2, 2, 3))
    f = homeomorphism(rng, n, rng.randint(1, 2 if n == 3 else 3))
    g = mt.inverse(f)
    # by mt.equal on both compositions
    assert g.verify()
    assert mt.check(g.representation).ok
    assert g.orientation == sympy.sign(
        f.gradient(tuple(Fraction(7 * i + 3, 11) for i in range(n))).det()
    )
    for _ in range(5):
        point = tuple(Fraction(rng.randint(-9, 9), rng.choice((1, 2, 3))) for _ in range(n))
        there = tuple(f.value(point))
        assert tuple(g.value(there)) == point == tuple(g.expression.value(there))
    # the inverse of the inverse
    assert mt.equal(mt.inverse(g.expression).expression, f)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(small, min_size=3, max_size=3), min_size=4, max_size=4))
def test_a_random_map_of_the_plane_is_invertible_iff_values_have_one_preimage(rows):
    a, b, c, d = rows
    f = mt.stack([a[0] * x + a[1] * y + a[2] * abs(x), b[0] * x + b[1] * y + b[2] * mt.relu(y)])
    f = f + mt.stack([c[0] * mt.max(x, y), d[0] * mt.relu(x + d[1] * y + d[2])])
    f = f.on(x, y)
    try:
        g = mt.inverse(f)
    except mt.NotInvertible as error:
        one, two = error.points
        assert one != two and tuple(f.value(one)) == tuple(f.value(two)) == error.value
        if error.missing is not None:
            assert mt.zero_set(f - mt.stack(list(error.missing))).is_empty
        return
    for value in [(0, 0), (3, -5), (Fraction(-7, 2), Fraction(1, 3))]:
        # all solutions, by enumeration of strata
        found = mt.zero_set((f - mt.stack(list(value))).on(x, y))
        assert len(found) == 1 and found.dimension == 0
        assert found.contains(tuple(g.value(value)))


def test_bijections_of_the_plane_by_kuhn_and_loewen():
    # S x⁺ - T x⁻ is a bijection iff the columns' determinants of all mixed matrices have one sign
    for s11, s22, t11, t12 in product((1, 2), (1, -1), (1, -1), (0, 1)):
        S, T = sympy.Matrix([[s11, 1], [1, s22]]), sympy.Matrix([[t11, t12], [0, 1]])
        plus, minus = mt.relu(mt.stack([x, y])), mt.relu(-mt.stack([x, y]))
        f = (mt.affine(S, plus) - mt.affine(T, minus)).on(x, y)
        mixed = [sympy.Matrix.hstack(*[M.col(j) for j, M in enumerate(pair)]).det()
                 for pair in product((S, T), repeat=2)]  # fmt: skip
        signs = {sympy.sign(d) for d in mixed}
        if len(signs) == 1 and 0 not in signs:
            assert mt.inverse(f).verify()
        else:
            with pytest.raises(mt.NotInvertible):
                mt.inverse(f)


def test_a_map_that_winds_twice_is_coherently_oriented_but_no_homeomorphism():
    # in polar coordinates of the 1-norm and the maximum norm: the angle is doubled
    f = mt.stack([abs(x) - abs(y), abs(x + y) - abs(x - y)]).on(x, y)
    dets = {p.gradient.det() > 0 for p in f.represent() if p.dimension == 2}
    assert dets == {sympy.true}
    with pytest.raises(mt.NotInvertible, match="covers the space 2 times") as info:
        mt.inverse(f)
    one, two = info.value.points
    assert one != two and f.value(one) == f.value(two)
    assert info.value.missing is None  # it is onto


@pytest.mark.parametrize(
    "f, reason",
    [
        (mt.relu(x), "is not one-to-one"),
        (mt.max(x, -x), "folds"),
        (0 * x + 1, "is not one-to-one"),
        (mt.stack([x + y, x + y]), "is not one-to-one"),
        (mt.stack([abs(x), x + y]), "folds"),
        (mt.stack([x, y, mt.max(x, y, z)]), "is not one-to-one"),
        (mt.stack([mt.relu(x) - mt.relu(-x), mt.min(y, x)]), "is not one-to-one"),
    ],
)
def test_no_inverse_with_witnesses(f, reason):
    with pytest.raises(mt.NotInvertible, match=reason) as info:
        mt.inverse(f)
    error = info.value
    one, two = (list(p) for p in error.points)
    assert one != two
    values = [[f.value(p)] if f.shape == () else list(f.value(p)) for p in (one, two)]
    assert values[0] == values[1] == list(error.value)
    # none of these is onto
    assert error.missing is not None
    level = f - (error.missing[0] if f.shape == () else mt.stack(list(error.missing)))
    assert mt.zero_set(level).is_empty


def test_one_variable():
    f = mt.piecewise_linear(x, [-1, 0, 2], [1, 3, "1/2", 2]) - 4
    g = mt.inverse(f)
    # breakpoints are values, slopes reciprocals
    assert g.expression.represent().merged() is not None
    assert [p.gradient[0] for p in g.representation if p.dimension == 1] == [
        1,
        Fraction(1, 3),
        2,
        Fraction(1, 2),
    ]
    assert g.verify() and g.image is None
    falling = mt.inverse(-f)
    assert falling.orientation == -1 and falling.verify()
    assert mt.inverse(3 * x + 1).expression.value((7,)) == 2
    assert mt.inverse(x).verify()
    # a matrix of one row and column
    own = mt.inverse(mt.stack([2 * x]))
    assert own.expression.shape == (1,) and own.verify()


@pytest.mark.parametrize(
    "domain, image",
    [
        ("x >= 0", "x >= 0"),
        ("1 < x <= 3", "1 < x <= 3"),
        ("x < -1", "x > 1"),
        ("-2 <= x < 0", "0 < x <= 2"),
    ],
)
def test_inverses_on_an_interval(domain, image):
    g = mt.inverse(abs(x), domain)
    want = mt.inverse(x, image).domain
    assert g.image == want and g.verify()


def test_refusals():
    with pytest.raises(mt.NotInvertible) as info:
        mt.inverse(abs(x), "x > -1")
    assert info.value.missing is None and all(p[0] > -1 for p in info.value.points)
    with pytest.raises(mt.ShapeError, match="as many outputs as variables"):
        mt.inverse(mt.max(x, y))
    with pytest.raises(mt.ShapeError, match="fixed points"):
        mt.fixed_points(mt.stack([x, y, x + y]))
    with pytest.raises(mt.Unsupported, match="expected no domain for an inverse"):
        mt.inverse(mt.stack([x, y]), "x > 0")
    with pytest.raises(mt.Unsupported, match="to invert"):
        mt.inverse(mt.exp(x))
    with pytest.raises(mt.PiecewiseError, match="no interior"):
        mt.inverse(x, "x = 1")
    with pytest.raises(mt.OutsideDomain):
        mt.inverse(x, "x > 1, x < 0")
    w = mt.parameter("w")
    with pytest.raises(mt.PiecewiseError, match="parameters"):
        mt.inverse(x + w * mt.relu(x))


def test_what_can_be_inverted_beside_expressions():
    f = 2 * x + mt.relu(x)
    again = mt.inverse(mt.inverse(f))
    assert mt.equal(again.expression, f) and mt.equal(
        mt.inverse(f.represent()).expression, mt.inverse(f)
    )
    stated = mt.Representation("t", [("t <= 0", "2*t"), ("t > 0", "t")])
    assert mt.inverse(stated).value((-4,)) == -2
    with pytest.raises(mt.PiecewiseError, match="passes mt.check"):
        mt.inverse(mt.Representation("t", [("t <= 0", "2*t"), ("t > 0", "t + 1")]))
    with pytest.raises(mt.Unsupported, match="of the whole space to invert"):
        mt.inverse(f.represent("x > 0"))
    with pytest.raises(mt.ShapeError):
        mt.inverse(3)


def test_composition_with_a_stated_representation():
    v = mt.Representation("t", [("t <= 0", "2*t"), ("t > 0", "t")])
    f = mt.apply(v, x)
    assert mt.inverse(f).verify()


def test_how_an_inverse_is_shown():
    g = mt.inverse(mt.stack([x + mt.relu(y), y]))
    assert "inverse of" in repr(g) and "f^{-1}" in g.to_latex("cases")
    assert g.table().to_html() and g.gradient((0, 0)).shape == (2, 2)
    assert g.regular_value and g.preimage


def test_fixed_points_against_enumeration_by_hand():
    # a tent map of slope 2 has the fixed points 0 and 2/3, its second iterate 2/5 and 4/5 as well
    tent = 1 - abs(2 * x - 1)
    once, twice = mt.fixed_points(tent), mt.fixed_points(tent(tent))
    assert sorted(p.witness()[0] for p in once) == [0, Fraction(2, 3)]
    assert sorted(p.witness()[0] for p in twice) == [
        0,
        Fraction(2, 5),
        Fraction(2, 3),
        Fraction(4, 5),
    ]
    assert mt.fixed_points(x + 1).is_empty
    assert mt.fixed_points(x).dimension == 1
    assert (
        mt.fixed_points(tent, "x > 0").dimension == 0 and len(mt.fixed_points(tent, "x > 0")) == 1
    )
    swapped = mt.stack([y, mt.max(x, 0)]).on(x, y)
    assert [str(p) for p in mt.fixed_points(swapped)] == ["x = y >= 0"]


def bases(M, q):
    """All isolated and other solutions of an LCP by its complementary bases: feasible supports."""
    n = len(q)
    found = []
    for support in product((False, True), repeat=n):
        rows, above = [], []
        for i in range(n):
            w = (q[i], *M[i])
            u = (0, *(int(i == j) for j in range(n)))
            rows.append(w if support[i] else u)
            above.append((u if support[i] else w, False))
        found.append(mt.Polyhedron(tuple(f"x{i + 1}" for i in range(n)), rows, above))
    return [p for p in found if not p.is_empty]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(small, min_size=6, max_size=6))
def test_linear_complementarity_against_complementary_bases(numbers):
    a, b, c, d, *q = numbers
    M = [[a, b], [c, d]]
    v = mt.vector("x", 2)
    found = mt.zero_set(mt.minimum(v, mt.affine(M, v, q)))
    parts = bases(M, q)
    assert found.is_empty == (not parts)
    for part in parts:
        assert found.contains(part.witness())
    for part in found:
        assert any(other.includes(part) for other in parts)


@pytest.mark.parametrize("seed", range(3))
def test_complementarity_in_six_variables(seed):
    # a P-matrix (diagonally dominant): one solution, found among 64 bases
    rng = random.Random(seed)
    n = 6
    M = [[rng.randint(-1, 1) + 8 * (i == j) for j in range(n)] for i in range(n)]
    q = [rng.randint(-4, 4) for _ in range(n)]
    v = mt.vector("x", n)
    (only,) = mt.zero_set(mt.minimum(v, mt.affine(M, v, q)))
    points = {p.witness() for p in bases(M, q)}
    assert points == {only.witness()} and only.dimension == 0


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(small, min_size=8, max_size=8))
def test_zeros_of_two_outputs_are_those_of_each(numbers):
    a, b, c, d, e, g, h, k = numbers
    one = mt.max(a * x + b * y, c, x) - abs(d * y)
    two = mt.relu(e * x + g) + h * y + k * mt.min(x, y)
    both = mt.zero_set(mt.stack([one, two]).on(x, y))
    first, second = (mt.zero_set(f.on(x, y)) for f in (one, two))
    # every meeting of a part of one with a part of the other is in it, and nothing else
    parts = [p & r for p in first for r in second if not (p & r).is_empty]
    assert both.is_empty == (not parts)
    assert all(both.contains(p.witness()) for p in parts)
    for part in both:
        assert first.contains(part.witness()) and second.contains(part.witness())
