"""Convex conjugates against closed formulas, subgradients, and the biconjugate theorem."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import sympy
from generators import convex_functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y, z = mt.variables("x y z")
half = Fraction(1, 2)
calm = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
coordinate = st.fractions(min_value=-4, max_value=4, max_denominator=3)
bounded = mt.clip(x, -1, 1)
HUBER = bounded * x - bounded * bounded / 2
HUBER_BY_PIECES = mt.Representation(
    "x", [("x < -1", "-x - 1/2"), ("-1 <= x <= 1", "x**2/2"), ("x > 1", "x - 1/2")]
)


def region(text, names):
    return mt.Representation(names, [(text, 0)])[0].polyhedron


def vector(n):
    return mt.vector("x", n)


CROSS = [f"{a}s1 {b} s2 {c} s3 <= 1" for a in ("", "-") for b in "+-" for c in "+-"]

INDICATORS = [
    (abs(x), None, "-1 <= s <= 1", "s"),
    (3 * abs(x) / 2, None, "-3/2 <= s <= 3/2", "s"),
    (mt.relu(x), None, "0 <= s <= 1", "s"),
    (mt.max(x, y), None, "s1 + s2 = 1, s1 >= 0, s2 >= 0", "s1 s2"),
    (mt.max(x, y, z), None, "s1 + s2 + s3 = 1, s1 >= 0, s2 >= 0, s3 >= 0", "s1 s2 s3"),
    (mt.norm1(vector(2)), None, "-1 <= s1 <= 1, -1 <= s2 <= 1", "s1 s2"),
    (mt.norm1(vector(3)), None, "-1 <= s1 <= 1, -1 <= s2 <= 1, -1 <= s3 <= 1", "s1 s2 s3"),
    (mt.norm_inf(vector(2)), None,
     "s1 + s2 <= 1, s1 - s2 <= 1, s2 - s1 <= 1, -s1 - s2 <= 1", "s1 s2"),
    (mt.norm_inf(vector(3)), None, ", ".join(CROSS), "s1 s2 s3"),
    (0 * x, None, "s = 0", "s"),
    (0 * (x + y), "x >= 0, y >= 0", "s1 <= 0, s2 <= 0", "s1 s2"),
    (0 * (x + y), "x = y", "s1 + s2 = 0", "s1 s2"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "domain", "finite", "names"), INDICATORS, ids=str)
def test_conjugates_that_are_indicators(f, domain, finite, names):
    g = mt.conjugate(f, domain)
    assert g.domain == region(finite, names)
    assert [piece.formulas[0].text for piece in g.representation] == ["0"]
    assert mt.check(g.representation).ok and g.verify()


s, s1, s2, s3 = mt.variables("s s1 s2 s3")

FORMULAS = [
    (mt.max(0, 1 - x), None, "-1 <= s <= 0", s),
    (mt.hinge(x, 1), None, "-1 <= s <= 0", s),
    (HUBER, None, "-1 <= s <= 1", s * s / 2),
    (HUBER_BY_PIECES, None, "-1 <= s <= 1", s * s / 2),
    (x * x / 2 + y * y, None, None, s1 * s1 / 2 + s2 * s2 / 4),
    (mt.square(mt.relu(x)), None, "s >= 0", s * s / 4),
    (2 * x - 3, None, "s = 2", 0 * s + 3),
    (mt.square(x - y) / 2, None, "s1 + s2 = 0", s1 * s1 / 2 + 0 * s2),
    # support functions: of a box, a simplex, a half-space, a point and a line
    (0 * (x + y), {"x": (-1, 1), "y": (-2, 3)}, None, abs(s1) + mt.max(-2 * s2, 3 * s2)),
    (0 * (x + y + z), "x + y + z = 1, x >= 0, y >= 0, z >= 0", None, mt.max(s1, s2, s3)),
    (0 * (x + y), "x + y <= 1", "s1 = s2, s1 >= 0", s1 + 0 * s2),
    (0 * (x + y), "x = 2, y = -1", None, 2 * s1 - s2),
    (0 * (x + y), "y = x + 1", "s1 + s2 = 0", s2 + 0 * s1),
    (0 * x, "x <= 5", "s >= 0", 5 * s),
    (x * x / 2, "-1 <= x <= 1", None, mt.where(abs(s) <= 1, s * s / 2, abs(s) - half)),
    (x * x / 2, "x >= 0", None, mt.square(mt.relu(s)) / 2),
    (abs(x) + x * x / 2, None, None, mt.square(mt.relu(abs(s) - 1)) / 2),
]  # fmt: skip


@pytest.mark.parametrize(("f", "domain", "finite", "expected"), FORMULAS, ids=str)
def test_closed_formulas(f, domain, finite, expected):
    g = mt.conjugate(f, domain)
    names = [v.name for v in expected.variables]
    assert g.domain == (None if finite is None else region(finite, names))
    assert mt.check(g.stated_as(expected)).ok
    assert g.verify()


def product(one, two):
    return sum(map(sympy.Mul, map(sympy.Rational, one), map(sympy.Rational, two)))


def same_domain(found, domain, names):
    return (found or mt.Polyhedron(names)) == (domain or mt.Polyhedron(names))


@given(convex_functions(), st.data())
@calm
def test_random_conjugates(case, data):
    f, domain = case
    g = mt.conjugate(f, domain)
    names = tuple(v.name for v in f.variables)
    assert g.verify()
    # f** = f
    again = mt.conjugate(g, variables=names)
    assert same_domain(again.domain, g.f.domain, names)
    assert mt.check(again.stated_as(f)).ok
    # the inequality of Fenchel and Young at any two points, with equality at a maximiser
    at = [data.draw(coordinate) for _ in names]
    where = g.f.domain.witness()
    found = g.value(at)
    assert found >= product(at, where) - f.value(where)
    largest = g.argmax(at)
    assert largest.is_empty == (found == sympy.oo)
    for part in largest:
        best = part.witness()
        assert found == product(at, best) - f.value(best)
        if domain is None:
            assert f.at(best).clarke.contains([at])
    if found != sympy.oo:
        assert largest.contains(tuple(g.gradient(at)))


@given(convex_functions(domains=False))
@settings(calm, max_examples=6)
def test_every_subgradient_is_in_the_domain(case):
    f, _ = case
    g = mt.conjugate(f)
    for stratum in f.strata()[-2:]:
        for gradient in f.at(stratum.point).bouligand:
            at = tuple(gradient)
            assert g.argmax(at).contains(stratum.point)
            assert g.value(at) == product(at, stratum.point) - f.value(stratum.point)


def test_an_expression_to_compute_with():
    hinge = mt.conjugate(mt.max(0, 1 - x))
    assert mt.equal(hinge.expression, s)
    box = mt.conjugate(0 * (x + y), {"x": (-1, 1), "y": (0, 1)})
    assert mt.equal(box.expression, abs(s1) + mt.relu(s2))
    assert mt.equal(mt.conjugate(x * x).expression, s * s / 4)
    assert mt.conjugate(HUBER).expression is None


def test_what_a_conjugate_says_and_shows():
    g = mt.conjugate(abs(x), variables="v")
    assert g.representation.names == ("v",)
    assert g.value((2,)) == sympy.oo and g.value((1,)) == 0
    assert str(g.argmax((1,))) == "{x >= 0}" and g.argmax((3,)).is_empty
    assert "conjugate of abs(x)" in g.table().to_text() and "conjugate" in repr(g)
    assert g.to_latex("cases").startswith("\\[\n{f^{*}}(v) =")
    assert g.table().to_html() in g._repr_html_()


def test_pieces_that_do_not_meet_face_to_face():
    # three formulas: on y <= 0, and on the two quadrants above it
    f = x * x + mt.square(mt.relu(y)) + mt.relu(x) * mt.relu(y)
    g = mt.conjugate(f)
    assert len(g.f.pieces) == 3 and g.verify()
    assert mt.check(mt.conjugate(g, variables="x y").stated_as(f)).ok
    # the pieces of f* on a triangle lie over one edge on one side and over two on the other
    f, triangle = x * x / 2 + 0 * y, "y <= 1, x + y >= 0, y - x >= 0"
    g = mt.conjugate(f, triangle)
    assert g.verify() and len(g.representation) > 3
    again = mt.conjugate(g, variables="x y")
    assert mt.check(again.stated_as(f)).ok and again.domain == region(triangle, "x y")


REFUSED = [
    (-abs(x), None, "is 0 at the midpoint of (-1,) and (1,), but -1 on the mean"),
    (mt.min(x, y), None, "convex"),
    (x * y, None, "convex"),
    (x * abs(x), None, "convex"),
    (mt.max(x, y) - abs(y) / 2, None, "convex"),
    (x * y, "x = -y", "convex"),
    (abs(x), "x > 0", "closed domain"),
    (abs(x), "x > 1 and x < 0", "at least one point"),
    (x**3, None, "piecewise quadratic"),
    (mt.exp(x), None, "piecewise quadratic"),
    (mt.max(x * x, y), None, "curved pieces"),
    (mt.parameter("w") * x, None, "w*x with parameters"),
    (sympy.sqrt(2) * x, None, "rational"),
    (sympy.sqrt(2) * x * x, None, "rational"),
    (mt.stack([x, y]), None, "scalar"),
    (mt.relu(x).represent, None, "an expression or a representation"),
    (mt.Representation("x", [("x < 0", 0), ("x >= 0", 1)]), None, "passes mt.check"),
    (mt.Representation("x", [("x < 0", [0, 1]), ("x >= 0", [0, 1])]), None, "scalar"),
]


@pytest.mark.parametrize(("f", "domain", "said"), REFUSED, ids=str)
def test_what_is_refused(f, domain, said):
    for ask in (mt.conjugate, mt.proximal_map, mt.moreau_envelope):
        with pytest.raises(mt.PiecewiseError) as caught:
            ask(f, domain=domain)
        assert said in str(caught.value)


@given(convex_functions())
@calm
def test_a_segment_refutes_convexity(case):
    f, domain = case
    bent = -2 * f - mt.square(f.variables[0])
    try:
        mt.conjugate(bent, domain)
    except mt.PiecewiseError as error:
        text = str(error).split("midpoint of ")[1].split(", but")[0].split(" and ")
        first, second = ([Fraction(n) for n in re.findall(r"-?\d+(?:/\d+)?", end)] for end in text)
        middle = [(a + b) / 2 for a, b in zip(first, second, strict=True)]
        assert 2 * bent.value(middle) > bent.value(first) + bent.value(second)
        if domain is not None:
            inside = region(domain, [v.name for v in f.variables])
            assert inside.contains(first) and inside.contains(second)
    else:
        assert domain.startswith("x1 = 1")  # where the square is a constant


def test_names_of_the_conjugate():
    assert mt.conjugate(mt.max(x, y), variables=(x, y)).representation.names == ("x", "y")
    for wrong in ("v", "v v", "a b c"):
        with pytest.raises(mt.PiecewiseError):
            mt.conjugate(mt.max(x, y), variables=wrong)


def test_one_variable_of_a_conjugate_may_be_given_alone():
    assert mt.conjugate(abs(x), variables=sympy.Symbol("p")).representation.names == ("p",)
    with pytest.raises(mt.PiecewiseError, match="got int; use mt.variable"):
        mt.conjugate(abs(x), variables=3)
