"""Fréchet, limiting and Clarke's subdifferentials, regularity, the subgradient of least norm.

The oracle asks the global strata: a stratum with x in its closure has points as near to x as one
likes, and g is a Fréchet subgradient there iff on no piece around it a linear program finds a
direction d with g·d larger than the piece's gradient times d.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Matrix, Rational

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.local.clarke import rows_of
from piecewise_mt.calculus.local.limiting_proofs import LimitingSubgradient, NotLimiting
from piecewise_mt.calculus.local.proofs import slope_function
from piecewise_mt.calculus.partition.conditions import read_condition
from piecewise_mt.errors import PiecewiseError, ShapeError, TooManyPieces, Undecided
from piecewise_mt.exact.nearest_points import is_nearest, nearest_of
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Witness, feasible_point

x, y, z = mt.variables("x y z")
calm = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def row(*entries):
    return Matrix([[Rational(v) for v in entries]])


def dot(one, two):
    return sum((Fraction(v) * w for v, w in zip(one, two, strict=True)), Fraction(0))


class Oracle:
    """Fréchet subgradients at all points near one of a stratum, from the global complex."""

    def __init__(self, f, position, cells):
        import networkx

        poset = cells.poset()
        self.strata = list(cells)
        self.near = sorted({position, *networkx.descendants(poset, position)})
        self.above = {
            i: [j for j in {i, *networkx.descendants(poset, i)}
                if self.strata[j].dimension == len(cells.names)]
            for i in self.near
        }  # fmt: skip
        self.gradients = {
            j: [Fraction(v) for v in cells.program.affine(
                self.strata[j].label_keys, selected).outputs[0][1:]]
            for j in {j for own in self.above.values() for j in own}
        }  # fmt: skip

    def is_frechet(self, g, i):
        point = [Fraction(str(v)) for v in self.strata[i].point]
        for j in self.above[i]:
            piece = self.strata[j].polyhedron
            tight = [r for r, _ in piece.inequalities if not r[0] + dot(r[1:], point)]
            step = [Fraction(v) - w for v, w in zip(g, self.gradients[j], strict=True)]
            if not any(step):
                continue
            rows = [((0, *r[1:]), False) for r in tight] + [((0, *primitive(step)), True)]
            if isinstance(feasible_point([], rows), Witness):
                return False
        return True

    def is_limiting(self, g):
        return any(self.is_frechet(g, i) for i in self.near)


@st.composite
def tied_points(draw):
    f = draw(functions(max_layers=2, scalar=True))[0]
    cells = f.strata(max_faces=4000)
    position = draw(st.sampled_from(sorted(
        range(len(list(cells))), key=lambda i: (list(cells)[i].dimension, i))[:12]))  # fmt: skip
    return f, position, cells


def candidates(data, at):
    """Vectors in and near the hull of the limits: vertices, mixtures, and steps beyond."""
    limits = [rows_of(own)[0] for own in at.bouligand]
    found = list(limits)
    for _ in range(4):
        one, two = data.draw(st.sampled_from(limits)), data.draw(st.sampled_from(limits))
        t = data.draw(st.sampled_from([Fraction(1, 2), Fraction(1, 3), Fraction(3, 2)]))
        found.append(tuple(t * v + (1 - t) * w for v, w in zip(one, two, strict=True)))
    mean = [sum(column) / len(limits) for column in zip(*limits, strict=True)]
    return [*found, tuple(mean)]


@given(tied_points(), st.data())
@calm
def test_the_sets_are_those_of_the_global_strata(case, data):
    f, position, cells = case
    oracle = Oracle(f, position, cells)
    at = f.at(oracle.strata[position].point)
    for g in candidates(data, at):
        assert at.frechet.contains(g) == oracle.is_frechet(g, position)
        expected = oracle.is_limiting(g)
        proof = at.mordukhovich.certificate(g)
        assert at.mordukhovich.contains(g) == expected and proof.verify()
        assert isinstance(proof, LimitingSubgradient) == expected
    limits = [rows_of(own)[0] for own in at.bouligand]
    assert at.is_regular == all(oracle.is_frechet(g, position) for g in limits)
    assert at.regularity_proof.verify()


@given(tied_points())
@calm
def test_frechet_in_limiting_in_clarke_and_the_hull_is_clarke(case):
    f, position, cells = case
    at = f.at(list(cells)[position].point)
    limiting = at.mordukhovich
    assert not limiting.is_empty and limiting.hull.vertices == at.clarke.vertices
    # parts are convex, so that their vertices decide
    assert all(map(at.clarke.contains, limiting.vertices))
    assert all(map(limiting.contains, at.bouligand))
    if not at.frechet.is_empty:
        assert any(part.includes(at.frechet.polyhedron) for part in limiting.parts)
    if at.is_regular:
        (part,) = limiting.parts
        assert part == at.frechet.polyhedron
    for one, two in combinations(limiting.parts, 2):
        assert not one.includes(two) and not two.includes(one)
    assert all(not part.is_empty for part in limiting.parts)
    assert limiting.dimension == max(part.dimension for part in limiting.parts)


@given(functions(max_layers=2, scalar=True))
@settings(calm, max_examples=10)
def test_limiting_subgradients_with_a_domain_have_the_normals(f):
    names = f[0].variables
    at = f[0].at([0] * len(names), domain=f"{names[0]} >= 0")
    limiting, rest = at.mordukhovich, [0] * (len(names) - 1)
    for part in limiting.parts:
        point = part.witness()
        # out of the domain, x1 falls: -1 is normal
        for step in (1, 7):
            moved = (point[0] - step, *point[1:])
            assert limiting.contains(moved) == any(own.contains(moved) for own in limiting.parts)
        assert limiting.certificate(point).verify()
    assert at.normal_cone.contains([-1, *rest]) and not at.normal_cone.contains([1, *rest])
    for limit in at.bouligand:
        assert limiting.contains(limit)


KNOWN = [
    (-abs(x), ["g1 = -1", "g1 = 1"], True),
    (abs(x) - abs(y), ["g2 = -1, -1 <= g1 <= 1", "g2 = 1, -1 <= g1 <= 1"], True),
    (
        mt.max(mt.min(x, -y), y - x),
        ["g1 + 2*g2 = 1, 0 <= g2 <= 1", "2*g1 + g2 = -1, -1 <= g1 <= 0"],
        False,
    ),
    (mt.relu(x) - mt.relu(-x), ["g1 = 1"], False),
    # Mordukhovich, Variational Analysis and Generalized Differentiation I, Example 2.49
    (abs(abs(x) + y), ["-1 <= g1 = g2 <= 1", "-1 <= g1 = -g2 <= 1", "g2 >= max(g1, -g1), g2 <= 1"],
     False),
]  # fmt: skip


@pytest.mark.parametrize(("f", "parts", "is_empty"), KNOWN)
def test_known_limiting_subdifferentials(f, parts, is_empty):
    at = f.at([0] * len(f.variables))
    names = tuple(f"g{i + 1}" for i in range(len(f.variables)))
    wanted = [own for text in parts for own in read_condition(text, names)]
    largest = [own for own in wanted
               if not any(other is not own and other.includes(own) for other in wanted)]  # fmt: skip
    found = at.mordukhovich.parts
    assert len(found) == len(largest)
    assert all(any(own == part for part in found) for own in largest)
    assert at.frechet.is_empty == is_empty and (str(at.frechet) == "∅") == is_empty


def test_of_several_outputs_one_is_to_be_chosen():
    at = mt.stack([x, abs(x)]).at((0,))
    for ask in ("mordukhovich", "frechet", "is_regular", "constrained_stationarity"):
        with pytest.raises(ShapeError, match="take one of them"):
            getattr(at, ask)
    assert at.clarke.min_norm.shape == (2, 1)


# smooth functions


def curved(f):
    """f after a smooth change of variables with derivative 1 at 0, which leaves the sets there."""
    own = f.variables
    if len(own) == 1:
        return f.subs({own[0]: own[0] + mt.square(own[0])})
    one, two = own
    return f.subs({one: one + mt.square(two), two: two - mt.square(one)})


@given(functions(max_layers=2, scalar=True), st.data())
@calm
def test_a_change_of_variables_leaves_the_sets(f, data):
    f = f[0]
    plain = f.at([0] * len(f.variables))
    try:
        other = curved(f).at([0] * len(f.variables))
    except mt.Unsupported as error:
        assert "where" in str(error)
        return
    assert plain.frechet.polyhedron == other.frechet.polyhedron
    for g in candidates(data, plain):
        try:
            found = other.mordukhovich.contains(g)
            assert found == plain.mordukhovich.contains(g)
            assert other.mordukhovich.certificate(g).verify()
        except Undecided:
            assert plain.clarke.contains(g) and not plain.frechet.contains(g)
    try:
        assert other.is_regular == plain.is_regular
        assert other.mordukhovich.vertices == plain.mordukhovich.vertices
    except Undecided:
        pass


@given(functions(max_layers=2, scalar=True), st.data())
@settings(calm, max_examples=15)
def test_a_smooth_function_of_the_value_leaves_the_sets(f, data):
    f = f[0]
    origin = [0] * len(f.variables)
    # t + (t - c)² has the derivative 1 at c, and reads the kinks
    other = (f + mt.square(f - f.value(origin))).at(origin)
    plain = f.at(origin)
    assert plain.is_regular == other.is_regular
    for g in candidates(data, plain):
        expected = plain.mordukhovich.contains(g)
        try:
            assert other.mordukhovich.contains(g) == expected
        except Undecided:
            assert plain.clarke.contains(g) and not plain.frechet.contains(g)
    assert other.clarke.min_norm == plain.clarke.min_norm and other.min_norm_proof.verify()


def test_smooth_functions():
    import sympy

    t = sympy.Symbol("x", real=True)
    tied = mt.from_sympy(sympy.Max(t**2, t**2 + t)).at((0,))
    assert tied.is_regular and str(tied.mordukhovich) == "{0 <= g1 <= 1}"
    bent = (mt.square(x) - abs(x)).at((0,))
    assert str(bent.mordukhovich) == "{g1 = -1} ∪ {g1 = 1}" and not bent.is_regular
    parabola = (-mt.relu(y - mt.square(x))).at((0, 0)).mordukhovich
    assert str(parabola) == "{g1 = 0, g2 = -1} ∪ {g1 = g2 = 0}"
    assert parabola.certificate([0, -1]).verify()
    # the kinks of these agree to first order: a cell between them, and nothing is known beside it
    thin = (-mt.relu(y - mt.square(x)) - mt.relu(-y - mt.square(x))).at((0, 0)).mordukhovich
    assert all(thin.contains([0, v]) for v in (-1, 0, 1)) and not thin.contains([0, 2])
    assert thin.certificate([0, 2]).verify() and thin.certificate([0, 0]).verify()
    assert not NotLimiting(thin._local.place, (Fraction(0), Fraction(1, 2))).verify()
    assert str(thin) == "undecided" and r"\text{undecided}" in thin._repr_latex_()
    with pytest.raises(Undecided, match="curved ties"):
        thin.contains([0, "1/2"])
    with pytest.raises(Undecided, match="curved ties"):
        assert thin.parts
    # three kinks of two curved coordinates
    u, v = x + mt.square(y), y - mt.square(x)
    curves = (abs(u) - abs(v) + mt.max(u, v)).at((0, 0)).mordukhovich
    straight = (abs(x) - abs(y) + mt.max(x, y)).at((0, 0)).mordukhovich
    assert curves.parts == straight.parts and len(curves.parts) > 1
    # the kink is there, and its height tends to zero
    fading = (mt.square(y) * abs(x) + x).at((0, 0)).mordukhovich
    assert str(fading) == "{g1 = 1, g2 = 0}" and fading.hull.vertices == (row(1, 0),)


# shape, copies, size


def test_parts_are_shown_in_text_and_latex():
    at = (abs(x) - abs(y)).at((0, 0))
    assert repr(at.frechet) == "FrechetSubdifferential(∅)" and at.frechet.is_empty
    assert at.frechet._repr_latex_() == r"$\emptyset$"
    limiting = at.mordukhovich
    assert limiting.to_latex().count(r"\cup") == 1 and limiting._repr_latex_()[0] == "$"
    rows = {cells[0].text: cells[1] for cells in at.table().rows}
    assert rows["Fréchet subdifferential"].text == "∅"
    assert rows["Fréchet subdifferential"].latex == r"\emptyset"
    assert rows["limiting subdifferential"].text == str(limiting)
    assert rows["regular"].text == "no" and rows["Clarke's least norm"].text == "(0, 0)"
    assert "∅" in at.table().to_html() and r"\emptyset" in at.table().to_latex()
    inside = (abs(x) - abs(y)).at((0, 0), domain="x >= 0")
    rows = {cells[0].text: cells[1].text for cells in inside.table().rows}
    assert rows["normal cone"] == "cone{(-1, 0)}" and rows["stationary on the domain"] == "yes"
    flat = {own[0].text: own[1] for own in x.at((0,), domain="x = 0").table().rows}
    assert flat["limits of gradients"].text == "∅"
    assert flat["limits of gradients"].latex == r"\emptyset"


EMPTY = [
    mt.Polyhedron(("x", "y"), [], [((-1, 0, 1), False), ((-1, 0, -1), False)]),
    mt.Polyhedron(("x",), [], [((0, 1), True), ((0, -1), True)]),
    mt.Polyhedron(("x",), [(1, 1), (0, 1)]),
    mt.Polyhedron(("x",), [(1, 0)]),
]


@pytest.mark.parametrize("empty", EMPTY)
def test_a_polyhedron_without_points_is_shown_as_the_empty_set(empty):
    import sympy

    assert empty.is_empty and str(empty) == "∅" and repr(empty) == "Polyhedron(∅)"
    assert empty._repr_latex_() == r"$\emptyset$" and empty.condition is sympy.false
    with pytest.raises(PiecewiseError, match="at least one point"):
        x.represent(domain=str(empty))


def test_an_empty_domain_is_named_as_it_was_written():
    with pytest.raises(PiecewiseError, match="got x > 1, x < 0, which is empty|got 1 < x < 0"):
        x.represent(domain="x > 1 and x < 0")


def test_nothing_large_is_decided_to_be_shown():
    names = tuple(f"x{i}" for i in range(300))
    rows = [((1, *(int(i == j) for j in range(300))), False) for i in range(60)]
    large = mt.Polyhedron(names, [], [*rows, ((-2, *[-1, *[0] * 299]), False)])
    assert "∅" not in str(large) and large.is_empty and str(large) == "∅"


def test_analyses_with_all_sets_can_be_pickled():
    at = mt.max(mt.min(x, -y), y - x).at((0, 0))
    assert at.mordukhovich.parts and not at.is_regular and at.clarke.min_norm == row(0, 0)
    twin = pickle.loads(pickle.dumps(at))
    assert twin.mordukhovich.parts == at.mordukhovich.parts
    assert twin.regularity_proof.verify() and twin.min_norm_proof.verify()


def test_proofs_of_something_else_are_refuted():
    at = (abs(x) - abs(y)).at((0, 0))
    proof = at.mordukhovich.certificate([0, 1])
    assert proof.verify() and proof.direction[1] < 0
    up = tuple(-v for v in proof.direction)
    assert not LimitingSubgradient(at.place, proof.gradient, up).verify()
    assert not LimitingSubgradient(at.place, (Fraction(0), Fraction(0)), proof.direction).verify()
    assert not NotLimiting(at.place, proof.gradient).verify()
    assert not type(at.regularity_proof)(at.place, None, None).verify()
    wrong = type(at.regularity_proof)(
        at.place, row(1, 1).as_immutable(), (Fraction(1), Fraction(0))
    )
    assert not wrong.verify()


def test_many_ties_are_told_by_summands():
    v = mt.vector("x", 12)
    f = sum((abs(v[i]) for i in range(1, 12)), -abs(v[0]))
    at = f.at([0] * 12)
    assert at.mordukhovich.contains([1, *[0] * 11]) and not at.mordukhovich.contains([0] * 12)
    assert not at.is_regular and at.regularity_proof.verify()
    for g, expected in (([1, *[0] * 11], True), ([-1, *["1/2"] * 11], True), ([0] * 12, False)):
        proof = at.mordukhovich.certificate(g)
        assert isinstance(proof, LimitingSubgradient) == expected and proof.verify()
    w = mt.vector("x", 40)
    large = mt.max(w).at([0] * 40)
    assert large.is_regular and large.regularity_proof.verify()
    assert large.mordukhovich.contains(["1/40"] * 40)
    assert large.clarke.min_norm == Matrix([[Rational(1, 40)] * 40])
    assert large.min_norm_proof.verify() and large.mordukhovich.dimension == 39
    assert not large.mordukhovich.contains([1] * 40)
    assert large.mordukhovich.certificate(["1/40"] * 40).verify()
    assert large.mordukhovich.certificate([1] + [0] * 39).verify()
    assert large.mordukhovich.certificate([2, -1] + [0] * 38).verify()


# least norm


def least_by_faces(points):
    """The nearest of the projections of 0 on the hulls of affinely independent points."""
    best = None
    for size in range(1, len(points[0]) + 2):
        for chosen in combinations(points, size):
            own = Matrix([[Rational(str(v)) for v in p] for p in chosen])
            gram = (own * own.T).row_join(Matrix([1] * size))
            system = gram.col_join(Matrix([[1] * size + [0]]))
            if system.det() == 0:
                continue
            solved = system.LUsolve(Matrix([0] * size + [1]))
            if all(w >= 0 for w in solved[:size]):
                found = Matrix([solved[:size]]) * own
                if best is None or found.norm() ** 2 < best.norm() ** 2:
                    best = found
    return best


@given(
    st.integers(1, 3).flatmap(
        lambda n: st.lists(
            st.tuples(*[st.fractions(-2, 4, max_denominator=2)] * n), min_size=1, max_size=6
        )
    )
)
@settings(calm, max_examples=15)
def test_the_nearest_point_is_that_of_all_faces(points):
    found = nearest_of(points)
    assert is_nearest(found.point, points) and sum(found.weights) == 1
    assert all(w > 0 for w in found.weights)
    assert Matrix([[Rational(str(v)) for v in found.point]]) == least_by_faces(points)


@given(tied_points())
@settings(calm, max_examples=15)
def test_least_norm_by_its_conditions(case):
    f, position, cells = case
    at = f.at(list(cells)[position].point)
    proof = at.min_norm_proof
    assert proof.verify() and at.clarke.contains(at.clarke.min_norm)
    least = [Fraction(str(v)) for v in at.clarke.min_norm]
    assert all(dot(rows_of(v)[0], least) >= dot(least, least) for v in at.clarke.vertices)
    assert at.is_stationary == (not any(least))
    # minus the least one descends, if any direction does in Clarke's sense
    if any(least) and at.is_regular:
        assert slope_function(at)([-v for v in least])[0] == -dot(least, least)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (mt.relu(x, at_zero=0), True),
        (mt.relu(x, at_zero=1), False),
        (mt.relu(-x, at_zero=1) + x, True),
        (mt.relu(-x, at_zero=0) + x, False),
        (mt.abs(x, at_zero=0), True),
        (mt.max(x, y, ties="average"), True),
        (mt.max(x, y, ties="first"), False),
        (mt.max(x, 2 * y, ties="average"), False),
        (mt.relu(x, at_zero=0) - mt.relu(-x, at_zero=0), False),
    ],
)
def test_whether_backpropagation_returns_the_least_one(f, expected):
    assert f.at([0] * len(f.variables)).gradient_is_min_norm is expected


def test_with_free_ties_it_is_a_condition():
    import sympy

    z, z1, z2 = sympy.symbols("z z1 z2", real=True)
    condition = mt.max(x, y).at((0, 0)).gradient_is_min_norm
    assert str(condition) == "Eq(z, 1/2)"
    assert str(mt.max(x, 3 * y).at((0, 0)).gradient_is_min_norm) == "Eq(z, 9/10)"
    opposite = mt.relu(x, at_zero=z) + y + mt.relu(-y, at_zero=z)
    assert opposite.at((0, 0)).gradient_is_min_norm is False
    both = (abs(x) + mt.relu(y)).at((0, 0)).gradient_is_min_norm
    assert str(both) == "Eq(z1, 0) & Eq(z2, 0)"
    product = mt.relu(mt.relu(x) + x).at((0,)).gradient_is_min_norm
    assert product.free_symbols


def test_where_there_are_no_limits_nothing_is_least():
    with pytest.raises(PiecewiseError, match="flat domain"):
        assert abs(x).at((0,), domain="x = 0").clarke.min_norm
    many = (abs(mt.max(mt.vector("x", 14))) - mt.relu(mt.max(-mt.vector("x", 14)))).at(
        [0] * 14, max_pieces=5
    )
    with pytest.raises(TooManyPieces):
        assert many.clarke.min_norm


def test_sets_of_one_entry_are_written_as_equations():
    u, v = mt.variables("u v")
    rows = mt.relu(mt.vector("v", 2))[:1]
    assert str(rows.at((0, 0)).frechet) == "g2 = 0, 0 <= g1 <= 1"
    curved = (mt.max(u**2 - v, 0) - mt.max(v, 0)).at((0, 0)).frechet
    assert str(curved) == "g1 = 0, g2 = -1" and curved.to_latex() == "g_{1} = 0,\\; g_{2} = -1"


def test_proofs_with_vectors_of_another_length_are_none():
    u = mt.variable("u")
    at = (-abs(u)).at((0,))
    longer = (Fraction(1), Fraction(1))
    for proof in (at.regularity_proof, at.mordukhovich.certificate([1])):
        assert proof.verify() and not replace(proof, direction=longer).verify()
    assert not replace(at.mordukhovich.certificate([1]), gradient=longer).verify()
    falls = u.at((0,), domain="u <= 0").constrained_stationarity
    assert falls.verify() and not replace(falls, direction=longer).verify()


def test_a_normal_of_two_rows_is_listed_once():
    u = mt.variable("u")
    at = abs(u).at((0,), domain="u >= 0, 2*u >= 0, u >= -1")
    assert str(at.normal_cone) == "cone{(-1)}" and at.constrained_stationarity.verify()


@pytest.mark.parametrize("side", [1, -1])
def test_subgradients_of_the_directional_derivative_are_limits_where_kinks_depend(side):
    u, v = mt.variables("u v")
    kinks = mt.max(v, 0) + mt.max(v - u**2, 0) - abs(u)
    bent = mt.max(v, 0) - mt.max(v - u**2, 0)
    step = Rational(1, 2**10)
    for height, second, tilt in ((0, Rational(1, 2), 0), (step**2, Rational(3, 2), step)):
        # at points that tend to 0, on both curves
        near = kinks.at((side * step, height)).frechet
        assert near.contains([-side * (1 + tilt), second])
        limiting = kinks.at((0, 0)).mordukhovich
        assert limiting.contains([-side, second])
        assert limiting.certificate([-side, second]).verify()
    for outside in ([2, 0], [0, 3], [side, 3]):
        assert not limiting.contains(outside) and limiting.certificate(outside).verify()
    # between the two curves there are subgradients that no direction shows
    assert bent.at((side * step, 0)).frechet.contains([0, Rational(1, 2)])
    with pytest.raises(Undecided):
        bent.at((0, 0)).mordukhovich.contains([0, Rational(1, 2)])


def test_a_vector_among_too_many_cones_is_sent_elsewhere():
    entries = mt.vector("w", 8)
    sizes = [abs(entries[i]) for i in range(8)]
    limiting = (mt.max(*sizes) - sum(sizes)).at([0] * 8).mordukhovich
    with pytest.raises(TooManyPieces, match="ask frechet and clarke for it"):
        limiting.contains([0] * 8)
    assert not limiting.contains([3] * 8)


def test_a_proof_with_entries_that_are_not_algebraic_is_refused_as_such():
    u, v = mt.variables("u v")
    at = (mt.exp(v) * abs(u) - abs(u)).at((0, 1))
    assert at.clarke.min_norm == Matrix([[0, 0]])
    with pytest.raises(PiecewiseError, match="expected algebraic numbers for a proof"):
        at.min_norm_proof.verify()
