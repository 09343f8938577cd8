"""Proximal maps and Moreau envelopes against closed formulas, subgradients and Moreau's identity."""

from __future__ import annotations

import copy
from fractions import Fraction

import pytest
import sympy
from generators import convex_functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.geometry.cells import relative_interior

x, y, z = mt.variables("x y z")
x1, x2, x3 = mt.variables("x1 x2 x3")
half = Fraction(1, 2)
calm = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
coordinate = st.fractions(min_value=-5, max_value=5, max_denominator=3)
steps = st.sampled_from([1, half, 3])
bounded = mt.clip(x, -1, 1)
HUBER = bounded * x - bounded * bounded / 2
HUBER_BY_PIECES = mt.Representation(
    "x", [("x < -1", "-x - 1/2"), ("-1 <= x <= 1", "x**2/2"), ("x > 1", "x - 1/2")]
)


def soft(u, t):
    """Soft thresholding."""
    return mt.relu(u - t) - mt.relu(-u - t)


share = mt.clip((x - y + 1) / 2, 0, 1)  # of the projection of (x, y) onto the simplex

MAPS = [
    (abs(x), 1, None, soft(x, 1)),
    (abs(x), 3, None, soft(x, 3)),
    (2 * abs(x), half, None, soft(x, 1)),
    (mt.relu(x), 1, None, x - mt.clip(x, 0, 1)),
    (mt.relu(x), 2, None, x - mt.clip(x, 0, 2)),
    (mt.max(0, 1 - x), 1, None, x + mt.clip(1 - x, 0, 1)),
    (HUBER, 1, None, x - mt.clip(x / 2, -1, 1)),
    (HUBER_BY_PIECES, 1, None, x - mt.clip(x / 2, -1, 1)),
    (HUBER, 2, None, x - 2 * mt.clip(x / 3, -1, 1)),
    (x * x, half, None, x / 2),
    (mt.square(mt.relu(x)), 1, None, mt.min(x, x / 3)),
    (mt.max(x, y), 1, None, mt.stack([x - share, y - 1 + share])),
    (mt.norm1(mt.vector("x", 2)), 1, None, mt.stack([soft(x1, 1), soft(x2, 1)])),
    (mt.norm1(mt.vector("x", 3)), 1, None, mt.stack([soft(x1, 1), soft(x2, 1), soft(x3, 1)])),
    # projections: onto a box, a simplex, a half-space, a point, a line
    (0 * (x + y), 1, {"x": (-1, 1), "y": (0, 2)}, mt.stack([mt.clip(x, -1, 1), mt.clip(y, 0, 2)])),
    (0 * (x + y), 1, "x + y = 1, x >= 0, y >= 0", mt.stack([share, 1 - share])),
    (0 * (x + y), 5, "x + y <= 1",
     mt.stack([x - mt.relu(x + y - 1) / 2, y - mt.relu(x + y - 1) / 2])),
    (0 * (x + y), 1, "x = 2, y = -1", mt.stack([0 * x + 0 * y + 2, 0 * x + 0 * y - 1])),
    (0 * (x + y), 1, "y = x + 1", mt.stack([(x + y - 1) / 2, (x + y + 1) / 2])),
    (0 * x, 2, "x >= 3", mt.max(x, 3)),
    (0 * x, 2, "x = 3", 0 * x + 3),
    (abs(x), 1, "x >= -1/2", mt.max(soft(x, 1), -half)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "step", "domain", "expected"), MAPS, ids=str)
def test_closed_formulas(f, step, domain, expected):
    prox = mt.proximal_map(f, step, domain)
    assert mt.check(prox.stated_as(expected)).ok
    assert mt.equal(prox.expression, expected)
    assert prox.verify()


def projection_to_simplex(point, radius=1):
    """By sorting, as in the textbooks."""
    above = sorted(point, reverse=True)
    total, shift = Fraction(0), Fraction(0)
    for count, value in enumerate(above, start=1):
        total += value
        if value > (total - radius) / count:
            shift = (total - radius) / count
    return [max(value - shift, Fraction(0)) for value in point]


def projection_to_cross(point):
    """Onto the unit ball of the 1-norm: that of the sizes, with the signs."""
    if sum(map(abs, point)) <= 1:
        return list(point)
    sizes = projection_to_simplex([abs(value) for value in point])
    return [size if value >= 0 else -size for size, value in zip(sizes, point, strict=True)]


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize(
    ("norm", "project"), [(mt.max, projection_to_simplex), (mt.norm_inf, projection_to_cross)]
)
def test_maxima_are_what_the_projection_leaves(norm, project, n):
    prox = mt.proximal_map(norm(mt.vector("x", n)))
    assert mt.check(prox.representation).ok
    assert len(prox.representation) == (2**n - 1 if norm is mt.max else 3**n)

    @given(st.lists(coordinate, min_size=n, max_size=n))
    @settings(max_examples=12, deadline=None)
    def test(point):
        left = [v - p for v, p in zip(point, project(point), strict=True)]
        assert list(prox.value(point)) == [sympy.Rational(v) for v in left]

    test()


def are_the_identity(one, two):
    """Whether two maps add up to the identity: on every pair of pieces that meet."""
    width = len(one.representation.names)
    for part in one.representation:
        for other in two.representation:
            common = part.polyhedron.intersection(other.polyhedron)
            if common.is_empty:
                continue
            points = [(1, *common.witness()), *((0, *t) for t in common.tangent_basis())]
            for j in range(width):
                total = [a + b for a, b in zip(part.rows[j], other.rows[j], strict=True)]
                total[j + 1] -= 1
                if any(sum(c * v for c, v in zip(total, at, strict=True)) for at in points):
                    return False
    return True


MOREAU = [(abs(x), None), (mt.max(x, y, z), None), (mt.norm_inf(mt.vector("x", 2)), None),
          (HUBER, None), (mt.max(x, y), "x + y <= 1, x >= 0"), (0 * (x + y), "x = y")]  # fmt: skip


@pytest.mark.parametrize(("f", "domain"), MOREAU, ids=str)
def test_identity_of_moreau(f, domain):
    names = [v.name for v in f.variables]
    dual = mt.conjugate(f, domain, variables=names)
    assert are_the_identity(mt.proximal_map(f, 1, domain), mt.proximal_map(dual))
    if domain is None:
        assert not are_the_identity(mt.proximal_map(f, half), mt.proximal_map(dual))


@given(convex_functions(), st.data())
@calm
def test_random_maps_and_envelopes(case, data):
    f, domain = case
    names = [v.name for v in f.variables]
    t = data.draw(steps)
    prox, envelope = mt.proximal_map(f, t, domain), mt.moreau_envelope(f, t, domain)
    assert prox.verify() and envelope.verify()
    if t == 1:
        dual = mt.conjugate(f, domain, variables=names)
        assert are_the_identity(prox, mt.proximal_map(dual))
    for _ in range(2):
        at = [data.draw(coordinate) for _ in names]
        found = prox.value(at)
        nearest = [found] if len(names) == 1 else list(found)
        pull = [(sympy.Rational(v) - p) / t for v, p in zip(at, nearest, strict=True)]
        # 0 is in ∂f(p) + (p - x)/t, by the subdifferential found at the point alone
        if domain is None:
            assert f.at(nearest).clarke.contains([pull])
        gaps = sum(g * g for g in pull) * t / 2
        assert envelope.value(at) == f.value(nearest) + gaps
        assert list(envelope.gradient(at)) == pull
        # and no other point is better
        other = [data.draw(coordinate) for _ in names]
        if prox.f.domain.contains(other):
            far = sum((sympy.Rational(a) - sympy.Rational(b)) ** 2
                      for a, b in zip(at, other, strict=True))  # fmt: skip
            assert f.value(other) + far / (2 * t) >= envelope.value(at)
        assert prox.f.domain.contains(nearest)


ENVELOPES = [
    (abs(x), 1, None, HUBER),
    (mt.relu(x), 1, None, mt.clip(x, 0, 1) * x - mt.square(mt.clip(x, 0, 1)) / 2),
    (0 * x, 1, "x >= 0", mt.square(mt.relu(-x)) / 2),
    (0 * x, 3, "-1 <= x <= 1", mt.square(mt.relu(abs(x) - 1)) / 6),
    (0 * (x + y), half, "x = y", mt.square(x - y) / 2),
    (x * x / 2, 1, None, x * x / 4),
    (2 * x - y, 1, None, 2 * x - y - Fraction(5, 2)),
]


@pytest.mark.parametrize(("f", "step", "domain", "expected"), ENVELOPES, ids=str)
def test_envelopes(f, step, domain, expected):
    envelope = mt.moreau_envelope(f, step, domain)
    assert mt.check(envelope.stated_as(expected)).ok and envelope.verify()
    assert mt.equal(envelope.expression, expected)


WRONG = [
    (mt.proximal_map(abs(x)), mt.proximal_map(abs(x), half)),
    (mt.proximal_map(abs(x)), mt.proximal_map(2 * abs(x), half)),  # which is right
    (mt.moreau_envelope(abs(x)), mt.moreau_envelope(abs(x) + 1)),
    (mt.moreau_envelope(abs(x)), mt.moreau_envelope(abs(x), 2)),
    (mt.conjugate(abs(x)), mt.conjugate(abs(x) + 1)),
    (mt.conjugate(abs(x)), mt.conjugate(2 * abs(x))),
    (mt.conjugate(abs(x)), mt.conjugate(mt.relu(x))),
    (mt.conjugate(abs(x)), mt.conjugate(abs(x), "-1 <= x <= 1")),
]


@pytest.mark.parametrize(("right", "other"), WRONG)
def test_what_belongs_to_another_function_is_not_verified(right, other):
    wrong = copy.copy(right)
    wrong.representation = other.representation
    same = [(p.polyhedron, p.formula) for p in right.representation]
    assert wrong.verify() == (same == [(p.polyhedron, p.formula) for p in other.representation])
    assert right.verify() and other.verify()


def test_a_piece_too_much_or_too_few_is_not_verified():
    prox = mt.proximal_map(abs(x))
    first, *rest = [(piece.polyhedron, piece.formula) for piece in prox.representation]
    for entries in (rest, [first, first, *rest]):
        prox.representation = mt.Representation("x", entries)
        assert not prox.verify()
    prox.representation = mt.Representation("x", [*rest, first])
    assert prox.verify()


def test_what_maps_say_and_show():
    prox = mt.proximal_map(mt.max(x, y), 2)
    assert prox.domain is None and prox.gradient((0, 0)).shape == (2, 2)
    assert "prox of max(x, y), step 2" in prox.table().to_text()
    assert r"\operatorname{prox}_{2 f}(x, y)" in prox.to_latex("cases")
    assert "e_{2} f(x, y)" in mt.moreau_envelope(mt.max(x, y), 2).to_latex("cases")
    assert (
        mt.proximal_map(0 * x, domain="x >= 1").table().title.startswith("prox of 0*x on {x >= 1}")
    )
    # composed as any expression
    assert mt.equal(mt.proximal_map(abs(x)).expression.subs({x: 2 * y}), soft(2 * y, 1))


@pytest.mark.parametrize("step", [0, -1, "-1/2", 0.5, "t", None])
def test_steps_that_are_refused(step):
    for ask in (mt.proximal_map, mt.moreau_envelope):
        with pytest.raises(mt.PiecewiseError):
            ask(abs(x), step)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(convex_functions(), st.data())
def test_expressions_are_analysed_where_pieces_meet(given_, data):
    f, domain = given_
    envelope = mt.moreau_envelope(f, 1, domain)
    corners = {
        tuple(Fraction(v, own[0]) for v in own[1:])
        for piece in envelope.representation
        for part in piece.parts
        for own in relative_interior(part).complex.generators
        if own[0]
    }
    inside = [tuple(data.draw(coordinate) for _ in envelope.f.names)]
    for point in [*sorted(corners)[:4], *inside]:
        at = envelope.expression.at(point)
        assert at.is_differentiable and at.derivative == envelope.gradient(point)


def test_kinks_between_smooth_pieces_of_a_node():
    envelope = mt.moreau_envelope(abs(x)).expression
    for point in (-1, 0, half, 1, 2):
        assert envelope.at((point,)).bouligand == (sympy.Matrix([[min(max(point, -1), 1)]]),)
    again = mt.conjugate(mt.conjugate(mt.square(mt.relu(x)) + abs(x))).expression
    assert again.at((0,)).clarke.vertices == (sympy.Matrix([[-1]]), sympy.Matrix([[1]]))
    assert str((envelope.on(x, y) - abs(y)).at((1, 0)).mordukhovich) == (
        "{g1 = 1, g2 = -1} ∪ {g1 = g2 = 1}"
    )
