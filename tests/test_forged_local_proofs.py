"""A proof whose data were changed is refused, or what it then says is true all the same.

Whether it is true is found out by difference quotients at exact points around the point, along all
directions of small whole numbers: the functions have no kinks but between these.
"""

from __future__ import annotations

import copy
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import gcd

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.local.certificates import (
    CLARKE,
    LIMITING,
    PRODUCTS,
    ConvexCombination,
    SeparatingDirection,
)
from piecewise_mt.calculus.local.least_norm import LeastNormProof
from piecewise_mt.calculus.local.limiting_proofs import LimitingSubgradient, NotLimiting
from piecewise_mt.calculus.local.normal_cones import ConstrainedStationarity, Normals
from piecewise_mt.calculus.local.place import Place
from piecewise_mt.calculus.local.proofs import (
    CommonGradient,
    ExtremumProof,
    NotLinear,
    StationarityProof,
)
from piecewise_mt.calculus.local.regularity import RegularityProof
from piecewise_mt.calculus.local.rungs import Judgement
from piecewise_mt.calculus.properties.stationary import CriticalStratum, Kind, SpuriousStratum

x, y = mt.variables("x y")
relu = mt.relu


class Sly(Fraction):
    """A number that is equal to all others, and neither above nor below them."""

    __hash__ = Fraction.__hash__

    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return False

    def __mul__(self, other):
        return self

    __rmul__ = __add__ = __radd__ = __mul__


# -- the forgeries that were accepted ---------------------------------------------------------


def test_a_common_gradient_of_a_kink_that_no_coordinate_direction_sees():
    at = relu(mt.min(2 * y - x, 2 * x - y)).at((0, 0))
    assert not at.is_differentiable
    assert not CommonGradient(at.place, sympy.ImmutableMatrix([[0, 0]])).verify()


def test_a_common_gradient_on_a_flat_domain():
    at = abs(x).on(x, y).at((0, 0), "x = y")
    for row in ([0, 0], [1, 0]):
        assert not CommonGradient(at.place, sympy.ImmutableMatrix([row])).verify()


def test_extrema_with_rays_dropped():
    (entry,) = mt.critical_points(abs(x)).strata
    proof = entry.proof
    assert proof.verify() and entry.verify()
    ray, other = proof.rays
    assert not replace(proof, up=None, rays=()).verify()
    assert not replace(proof, up=None, down=ray, rays=()).verify()
    assert not replace(proof, down=other).verify() and not replace(proof, rays=(ray,)).verify()
    assert not replace(proof, up=None).verify()
    for kind in Kind:
        assert replace(entry, kind=kind).verify() == (kind is Kind.minimum)


def test_a_saddle_as_a_minimum_with_rays_filtered():
    at = (abs(x) - abs(y)).at((0, 0))
    proof = mt.critical_points(abs(x) - abs(y)).strata[-1].proof
    upwards = tuple(ray for ray in proof.rays if at.directional_derivative(ray) >= 0)
    assert proof.verify() and not replace(proof, down=None, rays=upwards).verify()


def test_an_extremum_where_f_is_not_constant_along_the_stratum():
    at = (x + abs(y)).at((0, 0))
    rays = tuple(at.spread(ray) for ray, _ in at.slopes)
    assert not ExtremumProof(at.place, rays, rays[0], None).verify()


def test_a_refutation_of_stationarity_with_numbers_exchanged():
    proof = (abs(x) + 3 * x).at((0,)).stationarity_proof
    own = proof.certificate
    assert proof.verify() and not proof.holds
    for changed in (
        replace(own, value=own.bound, bound=own.value),
        replace(own, bound=own.bound - 1),
        replace(own, value=own.value + 1),
        replace(own, direction=-own.direction),
        replace(own, direction=sympy.ImmutableMatrix([[0, 0]])),
        ConvexCombination((), ()),
        ConvexCombination((sympy.Integer(1),), ()),
    ):
        assert not replace(proof, certificate=changed).verify()


def test_refuted_on_a_domain_that_has_other_directions():
    proof = relu(x).at((0,)).differentiability_proof
    assert isinstance(proof, NotLinear) and proof.verify()
    half = mt.relu(x).at((0,), "x <= 0")
    assert half.is_differentiable and not replace(proof, place=half.place).verify()


@pytest.mark.parametrize(
    "value", [(), (0,), (0, 0, 0), None, 0.5, "0", (0.5, 0), (None, 0), [1, 1]]
)
def test_short_tuples_and_other_kinds_of_data_are_refused(value):
    at = (abs(x) + abs(y)).at((0, 0))
    bent = (abs(x) - abs(y)).at((0, 0))
    bound = at.function.at((0, 0), "x >= 0").constrained_stationarity
    for proof, name in (
        (at.differentiability_proof, "directions"),
        (at.differentiability_proof, "coefficients"),
        (at.differentiability_proof, "output"),
        (at.stationarity_proof, "certificate"),
        (mt.critical_points(at.function).strata[0].proof, "rays"),
        (mt.critical_points(at.function).strata[0].proof, "up"),
        (at.mordukhovich.certificate([0, 0]), "direction"),
        (at.mordukhovich.certificate([0, 0]), "gradient"),
        (bent.mordukhovich.certificate([0, 0]), "gradient"),
        (bent.regularity_proof, "direction"),
        (bent.regularity_proof, "limit"),
        (at.min_norm_proof, "combination"),
        (at.min_norm_proof, "matrix"),
        (bound, "multipliers"),
        (bound, "combination"),
        (at.clarke.certificate([0, 0]), "weights"),
        (at.clarke.certificate([0, 0]), "matrices"),
        (at.clarke.certificate([2, 0]), "direction"),
    ):
        assert proof.verify()
        if (name, value) != ("direction", None) or isinstance(proof, SeparatingDirection):
            assert not replace(proof, **{name: value}).verify(), (proof, name)


def test_numbers_with_an_arithmetic_of_their_own_are_refused():
    proof = abs(x).at((0,)).differentiability_proof
    assert not replace(proof, coefficients=(Sly(1), Sly(1))).verify()
    at = (abs(x) - abs(y)).at((0, 0)).mordukhovich
    assert not NotLimiting(at._local.place, (Sly(0), Sly(1))).verify()


def test_what_is_remembered_is_not_believed():
    at = abs(x).at((0,))
    forged = copy.copy(at.differentiability_proof)
    assert forged.verify()
    vars(forged)["statement"] = "abs(x) is differentiable"
    assert not forged.verify()
    # an analysis remembers as well; its proofs ask another one
    vars(at)["is_differentiable"] = True
    assert not CommonGradient(at.place, sympy.ImmutableMatrix([[0]])).verify()
    seen = abs(x).at((0,)).differentiability_proof
    vars(seen.place)["analysis"] = lambda: at
    assert not replace(seen, coefficients=(Fraction(1), Fraction(2))).verify()


def test_judgements_are_found_anew():
    at = abs(x).at((0,))
    for value in (0, 1, 3):
        judged = at.judge([value])
        assert judged.verify() and str(judged.rung) in judged.statement
        for rung in mt.Rung:
            assert replace(judged, rung=rung).verify() == (rung is judged.rung)
        assert not replace(judged, matrix=((Fraction(7),),)).verify()
        assert not replace(judged, place=(-abs(x)).at((1,)).place).verify()
    with_tie = relu(x)
    assert with_tie.at((0,)).judge(with_tie.at((0,)).gradient).verify()


def test_curves_into_thin_cells():
    at = (relu(y - x**2) + relu(-y - x**2)).at((0, 0))
    thin = at.limits[1]
    assert thin.verify() and thin.rests_on == ("SymPy",) and "along the curve" in thin.statement
    curve = thin.curve
    for changed in (
        replace(thin, reduced=((Fraction(0), Fraction(1)),)),
        replace(thin, curve=replace(curve, direction=(Fraction(0), Fraction(1)))),
        replace(thin, curve=replace(curve, direction=(Fraction(1),))),
        replace(thin, curve=replace(curve, power=1)),
        replace(thin, curve=None),
        replace(thin, _germs=()),
        replace(thin, place=None),
    ):
        assert not changed.verify()


# -- any change of the data --------------------------------------------------------------------

POOL = [
    abs(x) + abs(y),
    abs(x) - abs(y),
    mt.max(x, y, 0),
    mt.max(x, y) - mt.max(x, -y),
    relu(x) - relu(-x) + abs(y),
    relu(mt.min(2 * y - x, 2 * x - y)),
    mt.min(abs(x), abs(y)),
    (0 * x + y).on(x, y),
    (2 * relu(x) - x).on(x, y),
    relu(x + y) + relu(-x - y) + y,
    mt.max(abs(x - y), 2 * x),
    (-mt.max(x, y, -x)).on(x, y),
    relu(relu(x - y) - relu(y - x) - y),
]
POOL = [f.on(x, y) for f in POOL]
DOMAINS = [None, "x >= 0", "x >= y", "x + y >= 0, y >= 0"]
DIRECTIONS = [(a, b) for a in range(-5, 6) for b in range(-5, 6) if gcd(a, b) == 1]
E = Fraction(1, 10**4)


@cache
def value(i, p):
    return Fraction(int(v.p), int(v.q)) if (v := POOL[i].value(p)) is not None else None


class Truth:
    """What is so of a function at a place, by its values at exact points nearby."""

    def __init__(self, place):
        self.i = next(k for k, f in enumerate(POOL) if f is place.function)
        self.p = tuple(map(Fraction, place.point))
        rows = [] if place.domain is None else place.domain.inequalities
        assert place.domain is None or (
            not place.domain.equations and place.domain.contains(self.p)
        )
        self.tight = [row[1:] for row, _ in rows if not row[0] + dot(row[1:], self.p)]

    def slope(self, d):
        """f'(x; d)."""
        size = max(map(abs, d)) or Fraction(1)
        e = E / size
        moved = tuple(a + e * b for a, b in zip(self.p, d))
        return (value(self.i, moved) - value(self.i, self.p)) / e

    def admits(self, d, strict=False):
        return all(dot(row, d) > 0 or (not strict and not dot(row, d)) for row in self.tight)

    def limits(self, everywhere=False):
        """Gradients inside each cone, by quotients at a point of general position."""
        found = set()
        for a, b in DIRECTIONS:
            d = (a + Fraction(1, 197), b + Fraction(1, 311))
            if everywhere or self.admits(d, strict=True):
                start = tuple(p + E * v for p, v in zip(self.p, d))
                f = value(self.i, start)
                steps = ((E * E, 0), (0, E * E))
                found.add(tuple((value(self.i, tuple(s + v for s, v in zip(start, step))) - f) / E**2
                                for step in steps))  # fmt: skip
        return found

    def slopes(self):
        return {d: self.slope(d) for d in DIRECTIONS if self.admits(d)}


def dot(one, two):
    return sum(Fraction(a) * Fraction(b) for a, b in zip(one, two, strict=True))


def row_of(matrix):
    (row,) = matrix.tolist() if hasattr(matrix, "tolist") else matrix
    return tuple(
        Fraction(int(v.p), int(v.q)) if isinstance(v, sympy.Expr) else Fraction(v) for v in row
    )


def is_combination(target, weights, points, limits):
    weights = row_of([weights])
    points = [row_of(m) for m in points]
    return (
        len(weights) == len(points)
        and all(w >= 0 for w in weights)
        and sum(weights) == 1
        and set(points) <= limits
        and all(dot(weights, c) == t for c, t in zip(zip(*points), target, strict=True))
    )


def in_hull(g, points):
    """By Carathéodory: in the plane a point of a hull is in one of at most three points."""
    points = sorted(points)
    for k in (1, 2, 3):
        for own in combinations(points, k):
            matrix = sympy.Matrix([[*p, 1] for p in own]).T
            target = sympy.Matrix([*g, 1])
            if matrix.rank() == k and matrix.row_join(target).rank() == k:
                if all(w >= 0 for w in matrix.pinv() * target):
                    return True
    return False


def is_limiting(truth, g):
    """Whether g·e <= f'(b; e) for all e, at x or at some point b next to it."""
    for d in [(0, 0), *(d for d in DIRECTIONS if max(map(abs, d)) < 4)]:
        near = copy.copy(truth)
        near.p = tuple(p + 100 * E * v for p, v in zip(truth.p, d))
        if all(dot(g, e) <= near.slope(e) for e in DIRECTIONS):
            return True
    # general position: a limit of gradients
    return g in truth.limits()


def is_true(proof):
    place = proof.place
    truth = Truth(place)
    limits = truth.limits()
    if isinstance(proof, Judgement):
        g = row_of(proof.matrix)
        if proof.rung == "differentiable":
            return limits == {g}
        if proof.rung == "bouligand":
            return g in limits and len(limits) > 1
        if proof.rung == "clarke":
            return in_hull(g, limits) and g not in limits
        by_program = place.analysis().products.contains([g]) == (proof.rung == "autodiff")
        # associated or inconsistent is a question of the expression and its strata
        return not in_hull(g, limits) and by_program
    if isinstance(proof, CriticalStratum | SpuriousStratum):
        # at several points of the stratum, and at its edges it does not hold
        p = truth.p
        assert place.domain is None and proof.stratum.polyhedron.contains(p)
        if isinstance(proof, SpuriousStratum):
            return not in_hull((0, 0), limits) and not any(place.function.gradient(p))
        slopes = truth.slopes().values()
        up, down = any(s > 0 for s in slopes), any(s < 0 for s in slopes)
        kinds = {(1, 0): "minimum", (0, 1): "maximum", (1, 1): "neither", (0, 0): "constant"}
        return (
            in_hull((0, 0), limits)
            and proof.kind.name == kinds[up, down]
            and Fraction(str(proof.value)) == value(truth.i, p)
        )
    if isinstance(proof, Normals):
        rows = [row for row, _ in place.domain.inequalities] if place.domain else []
        rows = [row[1:] for row in rows if not row[0] + dot(row[1:], truth.p)]
        return all(dot(proof.vector, d) <= 0 for d in DIRECTIONS if truth.admits(d)) and (
            len(rows) == len(proof.multipliers)
        )
    if isinstance(proof, NotLinear):
        return len(limits) > 1
    if isinstance(proof, CommonGradient):
        return limits == {row_of(proof.gradient)}
    if isinstance(proof, StationarityProof):
        return in_hull((0, 0), limits) == proof.holds
    if isinstance(proof, ExtremumProof):
        slopes = truth.slopes().values()
        return (any(s > 0 for s in slopes) == (proof.up is not None)) and (
            any(s < 0 for s in slopes) == (proof.down is not None)
        )
    if isinstance(proof, ConvexCombination):
        g = row_of(proof.of.matrix)
        if proof.of.hull != PRODUCTS:  # without a domain the limiting ones span Clarke's
            return is_combination(g, proof.weights, proof.matrices, limits)
        return in_hull(g, limits) or place.analysis().products.contains([g])
    if isinstance(proof, SeparatingDirection):
        g, d = row_of(proof.of.matrix), row_of(proof.direction)
        low, high = Fraction(str(proof.bound)), Fraction(str(proof.value))
        return dot(g, d) == high > low and all(dot(m, d) <= low for m in limits)
    if isinstance(proof, LeastNormProof):
        g, own = row_of(proof.matrix), proof.combination
        nearest = all(dot(g, m) >= dot(g, g) for m in limits)
        return nearest and is_combination(g, own.weights, own.matrices, limits)
    if isinstance(proof, RegularityProof):
        is_regular = all(s >= max(dot(m, d) for m in limits) for d, s in truth.slopes().items())
        return is_regular == proof.holds
    if isinstance(proof, LimitingSubgradient | NotLimiting):
        return is_limiting(truth, row_of([proof.gradient])) == isinstance(
            proof, LimitingSubgradient
        )
    assert isinstance(proof, ConstrainedStationarity)
    if proof.combination is None:
        d = row_of([proof.direction])
        return truth.admits(d) and truth.slope(d) < 0 and all(dot(m, d) < 0 for m in limits)
    rows = (
        [row for row, _ in place.domain.inequalities if not row[0] + dot(row[1:], truth.p)]
        if place.domain
        else []
    )
    factors = row_of([proof.multipliers])
    rest = tuple(
        sum((c * r[j + 1] for c, r in zip(factors, rows, strict=True)), Fraction(0)) for j in (0, 1)
    )
    own = proof.combination
    return all(c >= 0 for c in factors) and is_combination(rest, own.weights, own.matrices, limits)


@cache
def proofs_of(i, k, p):
    """All kinds of proofs of a function at a point."""
    f, domain = POOL[i], DOMAINS[k]
    at = f.at(p, domain)
    found = [at.differentiability_proof, at.min_norm_proof, at.constrained_stationarity]
    found += [at.stationarity_proof, *(at.clarke.certificate(g) for g in ([0, 0], [1, 1], [3, 0]))]
    found += [at.products.certificate(g) for g in ([0, 0], [3, 0])]
    found += [at.judge(g) for g in ([0, 0], [1, 1], [3, 0])]
    found += [own for own in (at.normal_cone.certificate([-1, 0]), at.normal_cone.certificate([0, 0]))
              if isinstance(own, Normals)]  # fmt: skip
    if domain is None:
        found += [at.regularity_proof]
        found += [at.mordukhovich.certificate(g) for g in ([0, 0], [1, 0], [1, 1])]
        entries = mt.critical_points(f)
        found += [*entries.strata, *entries.spurious, *(e.proof for e in entries.strata)]
    return found


numbers = st.sampled_from([0, 1, -1, 2, Fraction(1, 2), Fraction(-1, 3), Fraction(3)])
odd = st.sampled_from([None, 0.5, "1", "", (), [], True, Sly(1), float("nan"), sympy.Float(0.5), sympy.I, sympy.nan, sympy.Symbol("t"), object()])  # fmt: skip


def changed(data, value, depth=0):
    """Something else in the place of a value, or of a part of it."""
    if data.draw(st.integers(0, 9)) == 0:
        return data.draw(odd)
    if isinstance(value, mt.Expression):
        return data.draw(st.sampled_from(POOL))
    if isinstance(value, Place):
        return part_of(data, value, [f for f in fields(value) if f.name != "max_pieces"])
    if is_dataclass(value) and not isinstance(value, type):
        return part_of(data, value, fields(value))
    if isinstance(value, sympy.MatrixBase):
        entries = list(value)
        how = data.draw(st.integers(0, 3))
        if how == 0:
            return sympy.ImmutableMatrix(value.T)
        if how == 1:
            return sympy.ImmutableMatrix([[*entries, 0]])
        entries[data.draw(st.integers(0, len(entries) - 1))] = sympy.sympify(data.draw(numbers))
        return sympy.ImmutableMatrix(*value.shape, entries)
    if isinstance(value, tuple) and value:
        k = data.draw(st.integers(0, len(value) - 1))
        how = data.draw(st.integers(0, 5))
        if how == 0:
            return (*value[:k], *value[k + 1 :])
        if how == 1:
            return (*value, value[k])
        if how == 2:
            return value[::-1]
        return (*value[:k], changed(data, value[k], depth + 1), *value[k + 1 :])
    if isinstance(value, mt.Rung):
        return data.draw(st.sampled_from(list(mt.Rung)))
    if isinstance(value, Kind):
        return data.draw(st.sampled_from(list(Kind)))
    if isinstance(value, str):
        return data.draw(st.sampled_from([CLARKE, PRODUCTS, LIMITING, "", "a hull"]))
    if isinstance(value, sympy.Expr):
        return sympy.sympify(data.draw(numbers))
    if value is None or isinstance(value, mt.Polyhedron):
        domain = data.draw(st.sampled_from(DOMAINS))
        shown = None if domain is None else POOL[0].at((0, 0), domain).domain
        return data.draw(st.sampled_from([None, shown, (Fraction(1), Fraction(0)), value]))
    return data.draw(numbers)


def part_of(data, value, names):
    name = data.draw(st.sampled_from([f.name for f in names]))
    return replace(value, **{name: changed(data, getattr(value, name))})


calm = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


@given(st.data())
@calm
def test_a_change_of_the_data_is_refused_or_makes_no_false_claim(data):
    i = data.draw(st.integers(0, len(POOL) - 1))
    k = data.draw(st.sampled_from([0, 0, 0, 1, 2, 3]))
    p = data.draw(st.sampled_from([(0, 0), (0, 0), (1, 1), (1, -1), (0, 1)]))
    if k and not POOL[i].at((0, 0), DOMAINS[k]).domain.contains(p):
        p = (0, 0)
    proof = data.draw(st.sampled_from(proofs_of(i, k, p)))
    forged = part_of(data, proof, fields(proof))
    if data.draw(st.booleans()) and is_dataclass(forged):
        forged = part_of(data, forged, fields(forged))
    verdict = forged.verify()
    assert verdict in (True, False)
    if verdict:
        assert is_true(forged), forged


@pytest.mark.parametrize("i", range(len(POOL)))
def test_every_proof_says_what_is_true(i):
    """The oracle of the test above, on proofs as they are."""
    for k in (0, 1) if i < 4 else (0,):
        for proof in proofs_of(i, k, (0, 0)):
            if isinstance(proof, Judgement) and proof.rung == "undecided":
                continue
            assert proof.verify() and is_true(proof), proof
            is_about = isinstance(proof, CriticalStratum | SpuriousStratum | Normals)
            assert is_about or proof.place.text in proof.statement
            assert str(POOL[i]) in proof.statement and proof.rests_on == ()


def test_normals_with_other_multipliers_are_refused():
    cone = x.on(x, y).at((0, 0), "x >= 0, x <= y").normal_cone
    found = cone.certificate([-1, -2])
    assert found.verify() and "normal to the domain" in found.statement
    for changed_to in (
        (),
        (Fraction(1),),
        (Fraction(-1), Fraction(2)),
        (Fraction(1), Fraction(1)),
        None,
    ):
        assert not replace(found, multipliers=changed_to).verify()
    assert not replace(found, vector=(Fraction(1), Fraction(0))).verify()
    assert not replace(found, place=None).verify()
    assert not replace(found, place=x.on(x, y).at((0, 0)).place).verify()


def test_checkers_of_numbers_say_no_to_other_lengths():
    from piecewise_mt.exact.certificates import (
        check_combination,
        check_farkas,
        check_separation,
        check_witness,
    )

    assert not check_combination([0], [[0, 7]], [1]) and not check_combination([0, 0], [[0]], [1])
    assert not check_separation([2], [[1, 0]], [1]) and not check_separation([2], [[1]], [1, 0])
    assert not check_witness((1,), [(0, 1, 1)], []) and not check_witness(
        (1, 1), [], [((0,), False)]
    )
    assert not check_farkas(([], [1, 1]), [], [((-1, 0), False), ((0,), False)])


def test_several_outputs_and_irrational_points():
    f = mt.stack([abs(x), abs(x) + relu(y), 0 * x]).on(x, y)
    at = f.at((0, 0))
    mean = sum((m for m in at.bouligand), sympy.zeros(3, 2)) / len(at.bouligand)
    for matrix in (mean, mean + sympy.ones(3, 2), 2 * mean):
        proof = at.clarke.certificate(matrix)
        assert proof.verify()
        moved = replace(proof.of, matrix=proof.of.matrix[::-1])
        assert not replace(proof, of=moved).verify() or moved.matrix == proof.of.matrix
        assert not replace(proof, of=replace(proof.of, hull="another")).verify()
    assert at.differentiability_proof.verify() and at.min_norm_proof.verify()
    assert not replace(at.differentiability_proof, output=3).verify()
    assert not replace(at.differentiability_proof, output=-3).verify()
    root = mt.parse("relu(x**2 - 2)").at((sympy.sqrt(2),))
    for proof in (
        root.differentiability_proof,
        root.stationarity_proof,
                  root.min_norm_proof, root.mordukhovich.certificate([0]),
                  root.clarke.certificate([sympy.sqrt(2)])):  # fmt: skip
        assert proof.verify() and proof.rests_on == ("SymPy",)
        other = replace(proof.place, point=(Fraction(2),))
        changes = (
            {"of": replace(proof.of, place=other)} if hasattr(proof, "of") else {"place": other}
        )
        assert not replace(proof, **changes).verify()
