"""``f.at(x)``: limits of gradients, hulls, directional derivatives, at one exact point."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.local.analysis import LocalAnalysis
from piecewise_mt.calculus.local.clarke import ConvexCombination, rows_of

x, y = mt.variables("x y")
calm = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def limits_of_strata(cells):
    """For every stratum the gradients on the full-dimensional ones above it: the global answer."""
    poset = cells.poset()
    found = []
    for position, stratum in enumerate(cells):
        if stratum.dimension == len(cells.names):
            rows = cells.program.affine(stratum.label_keys, selected).outputs
            found.append({tuple(tuple(map(Fraction, row[1:])) for row in rows)})
        else:
            found.append(set().union(*(found[above] for above in poset.successors(position))))
    return found


@given(functions())
@calm
def test_agrees_with_the_global_complex_at_every_stratum(f):
    cells = f.strata(max_faces=20000)
    for stratum, expected in zip(cells, limits_of_strata(cells), strict=True):
        at = f.at(stratum.point)
        assert [rows_of(m) for m in at.bouligand] == sorted(expected)
        assert at.is_differentiable == (len(expected) == 1)
        assert len(stratum.point) - at.rank == stratum.dimension


@given(functions(max_layers=2), st.data())
@calm
def test_limits_are_gradients_nearby(f, data):
    cells = f.strata()
    stratum = data.draw(st.sampled_from(list(cells)))
    at = f.at(stratum.point)
    for limit in at.limits:
        assert limit.cone.contains(limit.direction)
        assert limit.cone.dimension == len(cells.names)
        for power in range(4, 40, 4):
            near = [p + d / Fraction(2) ** power
                    for p, d in zip(stratum.point, map(Fraction, map(str, limit.direction)))]  # fmt: skip
            there = f.at(near)
            if there.is_differentiable and there.bouligand == (limit.gradient,):
                break
        else:
            pytest.fail("no point nearby has the gradient")


@given(functions(), st.data())
@calm
def test_directional_derivatives_are_difference_quotients(f, data):
    cells = f.strata(max_faces=20000)
    stratum = data.draw(st.sampled_from(list(cells)))
    d = [data.draw(st.integers(-2, 2)) for _ in cells.names]
    at = f.at(stratum.point)
    found = [Fraction(str(v)) for v in sympy.Matrix([at.directional_derivative(d)])]
    here = values_at(f, cells.names, stratum.point)
    # piecewise linear, so the quotient is constant for small steps
    step = Fraction(1, 10**9)
    there = values_at(f, cells.names, [p + step * v for p, v in zip(stratum.point, d)])
    assert found == [(v - u) / step for u, v in zip(here, there)]
    assert [Fraction(str(v)) for v in sympy.Matrix([at.local.value(d)])] == found


@given(functions(), st.data())
@calm
def test_lexicographic_is_a_limit_along_the_direction(f, data):
    cells = f.strata(max_faces=20000)
    stratum = data.draw(st.sampled_from(list(cells)))
    d = [data.draw(st.integers(-2, 2)) for _ in cells.names]
    at = f.at(stratum.point)
    element = at.lexicographic([d])
    assert element in at.bouligand
    assert element * sympy.Matrix(d) == sympy.Matrix([at.directional_derivative(d)])


@given(functions(max_layers=2), st.data())
@calm
def test_hulls_are_nested_and_certified(f, data):
    cells = f.strata()
    stratum = data.draw(st.sampled_from(list(cells)))
    at = f.at(stratum.point)
    products = at.products.vertices
    for matrix in at.bouligand:
        assert str(at.classify(matrix)) in ("differentiable", "bouligand")
        assert at.products.contains(matrix)
    for matrix in products:
        certificate = at.clarke.certificate(matrix)
        if isinstance(certificate, ConvexCombination):
            assert certificate.holds(matrix)
            assert at.classify(matrix).is_clarke
        else:
            assert certificate.holds(matrix, at.bouligand)
            assert at.classify(matrix) == "autodiff"
    off = sympy.Matrix(
        *at.shape, [data.draw(st.integers(-3, 3)) for _ in range(f.size * len(cells.names))]
    )
    certificate = at.products.certificate(off)
    if isinstance(certificate, ConvexCombination):
        assert certificate.holds(off)
    else:
        assert certificate.holds(off, products)
        assert at.classify(off) in ("associated", "inconsistent")


@given(functions(scalar=True), st.data())
@calm
def test_frechet_is_below_the_directional_derivative(f, data):
    f = f[0]
    cells = f.strata(max_faces=20000)
    stratum = data.draw(st.sampled_from(list(cells)))
    at = f.at(stratum.point)
    g = [data.draw(st.integers(-3, 3)) for _ in cells.names]
    # decided independently: f'(x; .) - g has no negative value on the strata of the local function
    h = at.local - sum((c * v for c, v in zip(g, at.local.variables)), 0 * at.local.variables[0])
    # the kink of relu(h) makes the sign of h constant on every stratum
    below = all(h.value(s.witness) >= 0 for s in mt.stack([h, mt.relu(h)]).strata())
    assert at.frechet.contains(g) == below
    if not at.frechet.is_empty:
        assert at.clarke.contains([list(at.frechet.witness())])


def test_feasible_branches_only():
    at = (abs(x) + abs(x) + abs(x)).at((0,))
    assert at.bouligand == (sympy.Matrix([[-3]]), sympy.Matrix([[3]]))
    assert at.clarke.contains([1]) and at.products.contains([1])


def test_kinks_that_cancel():
    at = (mt.relu(x) - mt.relu(-x)).at((0,))
    assert at.is_differentiable
    assert at.bouligand == (sympy.Matrix([[1]]),)
    assert [str(at.classify([v])) for v in (1, 0, 2, 3)] == [
        "differentiable", "autodiff", "autodiff", "associated",
    ]  # fmt: skip


def test_points_come_in_every_form():
    f = mt.max(x, y)
    for point in (
        mt.exact([0.5, 0.5]),
        {"x": "0.5", y: "1/2"},
        [sympy.Rational(1, 2), Fraction(1, 2)],
    ):
        at = f.at(point)
        assert at.point == (sympy.Rational(1, 2), sympy.Rational(1, 2))
        assert [u.label for u in at.active] == ["{1, 2}"]
    # a float is refused, as everywhere; exact() says that the dyadic rational is meant
    for question in (f.value, f.gradient, f.at, f.at((0, 0)).directional_derivative):
        with pytest.raises(mt.InexactNumber, match="mt.exact"):
            question((0.1, "0.1"))
    assert f.at((mt.exact(0.1), "0.1")).is_differentiable


def test_one_number_is_a_matrix_of_one():
    assert str(abs(mt.variable("x")).at((0,)).classify(0)) == "clarke"
    assert abs(mt.variable("x")).at((0,)).clarke.contains(1)


def test_full_tie_of_a_maximum_is_the_simplex():
    v = mt.variables("v1:5")
    at = mt.max(*v).at((0,) * 4)
    simplex = {tuple(int(i == j) for j in range(4)) for i in range(4)}
    assert {tuple(m) for m in at.clarke.vertices} == simplex
    assert at.clarke.dimension == 3
    assert str(at.classify(["1/4"] * 4)) == "clarke"
    assert str(at.classify([1, 0, 0, 0])) == "bouligand"
    assert str(at.classify([1, 1, 0, -1])) == "associated"
    assert str(at.classify([1, 1, 0, 0])) == "inconsistent"


def test_whole_matrices_not_rows():
    f = mt.stack([abs(x), -abs(x)])
    at = f.at((0,))
    assert not at.clarke.contains([[1], [1]])
    assert at.clarke.contains([[0], [0]])
    # each row by itself would do: but the products are whole matrices too
    assert str(at.classify([[1], [1]])) == "autodiff"


def test_scalar_questions():
    assert abs(x).at((0,)).is_stationary and (-abs(x)).at((0,)).is_stationary
    assert not mt.relu(x).at((1,)).is_stationary
    saddle = abs(x) - abs(y)
    assert saddle.at((0, 0)).is_stationary and saddle.at((0, 0)).frechet.is_empty
    with pytest.raises(mt.ShapeError, match="scalar function"):
        mt.stack([x, y]).at((0, 0)).is_stationary


def test_bad_matrices_are_undefined():
    at = mt.relu(x).at((0,))
    for bad in ([1, 2], [float("nan")], [[1], [2]], ["a"], [None]):
        assert str(at.classify(bad)) == "undefined"
    with pytest.raises(mt.ShapeError, match="1 rows and 1 columns"):
        at.clarke.contains([1, 2])


def test_a_users_node():
    plane = mt.Representation("s t", [("s <= t", "s"), ("s > t", "t")])
    f = mt.apply(plane, 2 * x, y) + mt.relu(-y)
    at = f.at((1, 2))
    assert set(map(tuple, at.bouligand)) == {(2, 0), (0, 1)}
    assert at.products.vertices == at.bouligand


def test_ties_that_never_end():
    # every unit is tied all over the space, and f is linear
    plane = mt.Representation("s t", [("s <= t", "s"), ("s > t", "t")])
    f = mt.apply(plane, 0 * x, 0 * x) + mt.max(x, x) + mt.where(x > x, x, x) + mt.relu(0 * x)
    at = f.at((3,))
    assert (at.rank, len(at.active)) == (0, 4)
    assert at.is_differentiable and at.bouligand == (sympy.Matrix([[2]]),)
    assert at.directional_derivative((2,)) == 4 and list(at.lexicographic()) == [2]
    assert at.clarke.vertices == at.products.vertices == at.bouligand
    assert str(at.local) == "2*d1" and str(at.frechet) == "g1 = 2"
    assert str(at.limits[0].cone) == "everywhere"


def test_inside_a_domain():
    f = abs(x) + abs(y)
    inside = f.at((0, 0), domain="x >= 0")
    assert set(map(tuple, inside.bouligand)) == {(1, 1), (1, -1)}
    with pytest.raises(mt.OutsideDomain):
        f.at((-1, 0), domain="x >= 0")


def test_more_ties_than_can_be_enumerated():
    v = mt.vector("v", 40)
    cancel = sum(
        (mt.relu(v[i]) - mt.relu(-v[i]) for i in range(1, 40)), mt.relu(v[0]) - mt.relu(-v[0])
    )
    assert cancel.at([0] * 40).is_differentiable
    f = sum((abs(v[i]) for i in range(1, 40)), abs(v[0]))
    at = LocalAnalysis(f, [Fraction(0)] * 40, max_pieces=1000)
    with pytest.raises(mt.TooManyPieces):
        at.bouligand
    # the kinks are independent, so that the hull is a cube
    assert str(at.classify([0] * 40)) == "clarke" and at.is_stationary
    # these are not, and not of one sign
    f = f - abs(mt.affine([[1] * 40], v)[0]) / 2
    at = LocalAnalysis(f, [Fraction(0)] * 40, max_pieces=1000)
    corner = ["1/2"] * 40
    assert not at.is_differentiable
    assert at.directional_derivative([1] * 40) == 20
    assert list(at.lexicographic()) == list(map(sympy.Rational, corner))
    with pytest.raises(mt.TooManyPieces):
        at.bouligand
    assert str(at.classify([0] * 40)) == "undecided"
    assert str(at.classify(corner)) == "bouligand"
    # 0 is the mean of two limits that are known; 2 is outside the hull of all products
    assert at.is_stationary and at.clarke.contains([0] * 40)
    assert str(at.classify([2, *[1] * 39])) == "associated"
    assert "open" in at.judge([0] * 40).reason


@given(functions(), st.data())
@calm
def test_gradient_is_that_of_the_expression(f, data):
    stratum = data.draw(st.sampled_from(list(f.strata(max_faces=20000))))
    assert f.at(stratum.point).gradient == f.gradient(stratum.point)


def test_rows_with_and_without_parameters():
    """The associated gradient of two outputs, one of them free; the pointwise chain rule says."""
    x1, x2 = mt.variables("x1 x2")
    m = mt.max(x2, x2, x1, ties="average")
    f = mt.stack([mt.relu(m + 1), mt.relu(m)])
    assert f.at((0, 0)).gradient == f.gradient((0, 0))
    assert f.at((0, 0)).gradient[0, 1] == sympy.Rational(2, 3)


def test_independent_kinks_need_no_complex():
    # checked against the engine, which takes over as soon as the kinks are dependent
    from piecewise_mt.calculus.local import bouligand as module

    v = mt.vector("v", 4)
    rows = [[1, 2, 0, -1], [0, 1, 1, 3], [2, 0, -1, 1]]
    f = mt.affine([[1, -2, 3], [1, 1, 0]], mt.relu(mt.affine(rows, v)))
    at = f.at([0] * 4)
    assert module.independent_limits(at._reduction, at.normal, 100) is not None
    assert [rows_of(m) for m in at.bouligand] == sorted(limits_of_strata(f.strata())[-1])
    for limit in at.limits:
        assert limit.cone.contains(limit.direction)
        assert f.at(limit.direction).bouligand == (limit.gradient,)


def test_symbolic_directions():
    at = mt.max(x, y).at((1, 1))
    a, b = sympy.symbols("a b")
    along = at.directional_derivative([a, b - a])
    # f'(x; d) = max(d1, d2) at a tie
    for point in ((1, 3), (3, 1), (-1, -2)):
        assert along.value(point) == max(point[0], point[1] - point[0])
    with pytest.raises(mt.NotPolyhedral, match="piecewise linear in its symbols"):
        at.directional_derivative([a**2, b])
    with pytest.raises(mt.UnknownVariable, match="for each of the variables"):
        at.directional_derivative({"x": a})
    with pytest.raises(mt.PiecewiseError, match="2 coordinates"):
        at.directional_derivative([1])
    s = mt.variable("s")
    assert mt.equal(at.directional_derivative({"y": 2 * s, "x": 0}), 2 * mt.relu(s))


def test_shown():
    at = mt.max(x, y).at((1, 1))
    assert repr(at) == "<LocalAnalysis at x = 1, y = 1: 1 active unit of rank 1>"
    assert "max(x, y) at {1, 2}" in at._repr_html_()
