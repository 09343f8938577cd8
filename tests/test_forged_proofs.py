"""Proofs that somebody changed: refused, or what they say is true all the same.

The oracle is the value of f on a grid, by the evaluation at points alone, which knows neither cells
nor gradients; and whatever verifies must say what the question answers when it is asked anew.
"""

from __future__ import annotations

import copy
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from itertools import product

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.properties.distance import Distance
from piecewise_mt.calculus.properties.holding import Truth
from piecewise_mt.calculus.properties.in_words import InWords
from piecewise_mt.calculus.properties.minimum import MinimumVerdict
from piecewise_mt.calculus.properties.quadratic_shape import OnPiece
from piecewise_mt.calculus.properties.shape import ShapeVerdict
from piecewise_mt.calculus.properties.simplest import Simplest
from piecewise_mt.calculus.properties.smooth_lipschitz import GrowingEntry
from piecewise_mt.calculus.properties.symmetry import Symmetries
from piecewise_mt.exact.quadratics import Quadratic
from piecewise_mt.geometry.polyhedron import Polyhedron

x, y = mt.variables("x y")
x1, x2 = mt.variables("x1 x2")
calm = settings(deadline=None, suppress_health_check=list(HealthCheck))


class Half(Fraction):
    """A number with an order of its own."""

    def __lt__(self, other):
        return True

    def __eq__(self, other):
        return True

    __hash__ = Fraction.__hash__


STRANGE = [None, 0, -1, 5, Fraction(7, 3), 0.5, float("nan"), "1", (), (1,), Half(1, 2), [1], True,
           sympy.oo, -sympy.oo, sympy.nan, sympy.Float(1), sympy.Integer(3), Fraction(0),
           lambda *_: True, object()]  # fmt: skip


def places(value, path=()):
    """The paths to all that a proof consists of."""
    if path:
        yield path
    if is_dataclass(value):
        for own in fields(value):
            yield from places(getattr(value, own.name), (*path, own.name))
    elif isinstance(value, tuple):
        for k, own in enumerate(value[:6]):
            yield from places(own, (*path, k))
    elif isinstance(value, dict):
        for key in list(value)[:3]:
            yield from places(value[key], (*path, key))


def found(value, path):
    for step in path:
        value = getattr(value, step) if is_dataclass(value) else value[step]
    return value


def changed(value, path, new):
    """A copy with something else at a path."""
    if not path:
        return new
    step, *rest = path
    if is_dataclass(value):
        return replace(value, **{step: changed(getattr(value, step), rest, new)})
    if isinstance(value, dict):
        return {**value, step: changed(value[step], rest, new)}
    return (*value[:step], changed(value[step], rest, new), *value[step + 1 :])


def others(value):
    """What might stand in the place of something."""
    if isinstance(value, tuple):
        yield from (value[1:], value[:-1], value[::-1], (*value, *value[:1]), value + (None,))
        if len(value) > 1:
            yield (value[1], value[0], *value[2:])
            yield (value[0],) * len(value)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, sympy.ImmutableMatrix):
        yield from (2 * value, -value, value.T, value + sympy.ones(*value.shape), value[:1, :1])
    elif isinstance(value, (int, Fraction, sympy.Expr)):
        yield from (value + 1, -value, 2 * value, value - Fraction(1, 2) if isinstance(
            value, Fraction) else value - 1)  # fmt: skip
    elif isinstance(value, str):
        yield from (value + "x", "")
    elif isinstance(value, mt.Expression):
        names = value.variables
        yield from (value + 1, -value, value + names[0], 2 * value, (0 * names[0]).on(*names))
    elif isinstance(value, Polyhedron):
        a = len(value.variables)
        yield from (
            None,
            Polyhedron(value.variables),
            Polyhedron(value.variables, [], [((1, 1, *[0] * (a - 1)), False)]),
            Polyhedron(value.variables, value.equations, value.inequalities[1:]),
        )
    elif isinstance(value, dict):
        yield from ({}, dict(list(value.items())[1:]))


def grid(f, domain, width=2):
    points = product([Fraction(k, 2) for k in range(-2 * width, 2 * width + 1)],
                     repeat=len(f.variables))  # fmt: skip
    return [p for p in points if domain is None or domain.contains(p)]


def values(f, points):
    return [f.value(p) for p in points]


def is_true(proof):
    """Whether what a proof says is so on a grid, and what the question answers anew."""
    if isinstance(proof, ShapeVerdict):
        return _is_true_shape(proof)
    if isinstance(proof, Distance):
        points = grid(proof._difference, proof._domain)
        sizes = [abs(v) for p in points for v in proof._difference.value(p)]
        zero = 0 * proof._difference
        again = mt.distance(proof._difference, zero, proof._domain)
        return all(v <= proof.value for v in sizes) and again.value == proof.value
    if isinstance(proof, Truth):
        return proof.holds == mt.holds(proof.condition, proof._domain).holds
    if isinstance(proof, Simplest):
        points = grid(proof.expression, proof.domain)
        return all(
            proof.below.value(p) <= proof.expression.value(p) <= proof.above.value(p)
            for p in points
        )
    if isinstance(proof, Symmetries):
        group = mt.symmetries(proof._representation or proof._function)
        return group.order == proof.order and group.signed == proof.signed
    if isinstance(proof, MinimumVerdict):
        points = grid(proof.function, None)
        least = all(proof.function.value(p) >= proof.value for p in points)
        return proof.function.value(proof.point) == proof.value and (least or not proof.holds)
    if isinstance(proof, InWords):
        f, domain = proof._function, getattr(proof, "_domain", getattr(proof, "_region", None))
        low = all(v >= proof.value for v in values(f, grid(f, domain)))
        again = mt.infimum_report(f, domain)
        return low and again.value == proof.value and again.is_attained == proof.is_attained
    f = proof._function
    if hasattr(proof, "up"):
        return _is_true_extremum(proof)
    norms = getattr(proof, "norms", proof)
    domain, ord = norms._domain, getattr(norms, "ord", 2)
    constant = sympy.oo if isinstance(proof, GrowingEntry) else norms.constant
    points = grid(f, domain, 1)
    slopes = all(
        _norm(f.value(p) - f.value(q), ord) <= constant * _norm(_difference(p, q), ord)
        for p, q in zip(points, points[1:], strict=False)
    )
    return slopes and mt.lipschitz_report(f, ord, domain).constant == constant


def _difference(p, q):
    return sympy.Matrix([sympy.Rational(a - b) for a, b in zip(p, q, strict=True)])


def _norm(v, ord):
    return abs(v) if isinstance(v, sympy.Expr) else v.norm(ord)


def _is_true_shape(proof):
    f, domain = proof._function, proof._domain
    points = grid(f, domain, 1)
    if proof._places is None:
        good = all(
            f.value(p) + f.value(q) >= 2 * f.value([(a + b) / 2 for a, b in zip(p, q, strict=True)])
            for p, q in product(points, repeat=2)
        )
        return (good or not proof.holds) and bool(mt.is_convex(f, domain)) == proof.holds
    good = all(
        f.value(p) <= f.value([v + (j == k) * Fraction(1, 2) for k, v in enumerate(p)])
        for p in points for j in proof._places
        if domain is None
    )  # fmt: skip
    rising = [bool(mt.is_monotone(f, f.variables[j], domain)) for j in proof._places]
    return (good or not proof.holds) and all(rising) == proof.holds


def _is_true_extremum(proof):
    f = proof._function
    point = proof.point if isinstance(proof.point, tuple) else (proof.point,)
    if not all(isinstance(v, (int, Fraction)) for v in point):
        return True
    here = f.value(point)
    near = [f.value([v + Fraction(k, 64) for v, k in zip(point, own, strict=True)])
            for own in product((-1, 0, 1), repeat=len(point))]  # fmt: skip
    return (proof.up is not None or all(v <= here for v in near)) and (
        proof.down is not None or all(v >= here for v in near)
    )


def mutated(proof, data):
    """A proof with something changed, or a field of another in its place."""
    path = data.draw(st.sampled_from(sorted(places(proof), key=repr)))
    old = found(proof, path)
    new = data.draw(st.sampled_from([*others(old), *STRANGE]))
    assume(type(new) is not type(old) or isinstance(new, mt.Expression) or new != old)
    try:
        return changed(proof, path, new)
    except (TypeError, ValueError, AttributeError, mt.PiecewiseError):
        assume(False)


def refused_or_true(proof, data):
    forged = mutated(proof, data)
    verified = forged.verify()
    assert verified is False or (verified is True and is_true(forged))


domains = st.sampled_from([None, "x1 >= 0", {"x1": (-1, 1)}, "x1 > -1"])


@given(functions(max_layers=1, scalar=True), domains, st.data())
@settings(calm, max_examples=150)
def test_proofs_of_piecewise_affine_functions(f, domain, data):
    f = f[0]
    makers = [
        lambda: mt.infimum_report(f, domain),
        lambda: mt.is_convex(f, domain),
        lambda: mt.is_monotone(f, domain=domain),
        lambda: mt.lipschitz_report(f, data.draw(st.sampled_from([1, 2, "oo"])), domain).proof,
        lambda: mt.distance(f, mt.relu(f), domain),
        lambda: mt.holds(f >= 0, domain),
        lambda: mt.symmetries(f),
    ]
    proof = data.draw(st.sampled_from(makers))()
    assert proof.verify()
    refused_or_true(proof, data)


BOX = {"x": (-1, 1), "y": (-1, 1)}
LEAST = mt.max(5 * x + y, -5 * x + y, x**2 + y**2 + 4 * y)
OTHERS = {
    "quadratic infimum": lambda: mt.infimum_report(x**2 - abs(x) + y**2),
    "fall": lambda: mt.infimum_report(abs(x) * y),
    "quadratic, not attained": lambda: mt.infimum_report(x**2 + abs(x - 1), "x > 1"),
    "infimum on a line": lambda: mt.infimum_report(x**4 - x, "x > 0"),
    "fall on a line": lambda: mt.infimum_report(x**3 + abs(x)),
    "quadratic shape": lambda: mt.is_convex(x**2 + abs(x - y)),
    "quadratic growth": lambda: mt.is_monotone(x * abs(x) + y),
    "shape on a line": lambda: mt.is_convex(x**4 + abs(x)),
    "growth on a line": lambda: mt.is_monotone(x**3 + mt.relu(x)),
    "no shape": lambda: mt.is_convex(x**2 - abs(x - y)),
    "no growth on a line": lambda: mt.is_monotone(x**4 + abs(x)),
    "vertices": lambda: mt.lipschitz_report(mt.square(x + y) + abs(x) * y, 2, BOX).proof,
    "line": lambda: mt.lipschitz_report(mt.max(x**2 - 2 * x, x), 2, {"x": (-1, 4)}).proof,
    "entries": lambda: mt.lipschitz_report(mt.sin(mt.relu(x)) + y).proof,
    "growing": lambda: mt.lipschitz_report(mt.square(x) + abs(y)).proof,
    "least": lambda: mt.is_minimum(LEAST, (0, -3)),
    "not least": lambda: mt.is_minimum(LEAST, (0, 0)),
    "simplest": lambda: mt.simplest_between(abs(x) - 1, mt.max(abs(x), x), {x: (-3, 3)}),
    "second order": lambda: mt.critical_points(abs(x) * y).strata[1].proof,
    "extremum on a line": lambda: mt.critical_points(x**4 - abs(x) * x**2).strata[-1].proof,
    "symmetries": lambda: mt.symmetries(mt.max(x, y).represent()),
    "condition": lambda: mt.holds((mt.max(x, y) > x) | (y < x)),
    "polynomial condition": lambda: mt.holds(x**2 >= x - 1),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_every_other_kind_of_proof_verifies_and_says_so(kind):
    proof = OTHERS[kind]()
    assert proof.verify() is True
    assert proof.statement.endswith(".") and "x" in proof.statement


@given(st.sampled_from(sorted(OTHERS)), st.data())
@settings(calm, max_examples=200)
def test_proofs_of_other_functions(kind, data):
    refused_or_true(OTHERS[kind](), data)


def test_polynomials_of_several_variables():
    report = mt.infimum_report((x * y - 1) ** 2 + x**2)
    shape = mt.is_convex(x**4 + y**4 + abs(x))
    assert report.verify() and shape.verify()
    assert not replace(report, value=sympy.Integer(-1)).verify()
    assert not replace(report, systems=(), proofs=()).verify()
    assert not replace(report, is_attained=True).verify()
    assert not replace(report, _pieces=report._pieces[1:]).verify()
    (step, *_) = shape.steps
    assert step.verify() and not replace(step, polynomials=({(1, 0): Fraction(1)},)).verify()
    assert not replace(shape, steps=shape.steps[:1]).verify()


# what was accepted once


def test_infima_of_other_values_are_refused():
    report = mt.infimum_report(abs(x - 1))
    one, two = report.cells
    assert report.value == 0 and report.verify()
    assert not replace(report, value=sympy.Integer(5), point=(Fraction(6),), cells=()).verify()
    assert not replace(report, value=sympy.Integer(5), point=(Fraction(6),), cells=(one,)).verify()
    exchanged = (replace(one, form=two.form), replace(two, form=one.form))
    falling = replace(report, value=-sympy.oo, ray=(1,), cells=exchanged[:1])
    assert not falling.verify() and not replace(falling, ray=(-1,)).verify()
    assert not replace(report, cells=exchanged).verify()


def test_lipschitz_constants_of_other_values_are_refused():
    proof = mt.lipschitz_report(2 * abs(x)).proof
    assert proof.constant == 2 and proof.verify()
    loose = replace(proof, lower=Fraction(0), upper=Fraction(10**4))
    assert not loose.verify() and not replace(loose, constant=sympy.Integer(100)).verify()
    low = ((Fraction(1),),)
    assert not replace(proof, gradients=(low,), attained=low, lower=Fraction(1),
                       upper=Fraction(1), constant=sympy.Integer(1)).verify()  # fmt: skip
    report = mt.lipschitz_report(2 * abs(x))
    assert report.verify() and not replace(report, constant=sympy.Integer(1)).verify()


def test_verdicts_of_shape_turned_round_are_refused():
    for verdict in (mt.is_convex(abs(x) - y), mt.is_convex(-abs(x)), mt.is_monotone(mt.relu(x)),
                    mt.is_monotone(-mt.relu(x)), mt.is_convex(x**2 - abs(x))):  # fmt: skip
        turned = replace(verdict, holds=not verdict.holds)
        assert verdict.verify() and not turned.verify()
        assert not replace(turned, steps=(), segment=()).verify()
    convex = mt.is_convex(abs(x) - y)
    assert not replace(convex, _function=-abs(x) + 0 * y).verify()
    assert not replace(convex, steps=()).verify()


def test_bounds_of_entries_are_of_the_gradient_on_the_whole_stratum():
    proof = mt.lipschitz_report(mt.sin(mt.relu(x)) + y).proof
    one, two = proof.strata
    assert proof.verify() and one.verify() and two.verify()
    assert not replace(proof, strata=()).verify() and not replace(proof, strata=(one,)).verify()
    assert not replace(two, gradient=one.gradient).verify()
    smaller = ((sympy.Integer(0), sympy.Integer(1)), two.box[1])
    assert not replace(two, box=smaller).verify()
    assert not replace(two, norm=sympy.Integer(1)).verify()
    # an irrational bound, which no Bernstein coefficients check
    (own,) = mt.lipschitz_report(mt.exp(x) + 0 * abs(y), 2, {"x": (0, 1), "y": (0, 1)}).proof.strata
    assert own.verify()
    assert not replace(own, bounds=own.bounds / 2, norm=own.norm / 2).verify()


def test_an_entry_grows_along_its_own_curve():
    proof = mt.lipschitz_report(mt.square(mt.relu(x)) + y).proof
    assert isinstance(proof, GrowingEntry) and proof.verify()
    t = sympy.Symbol("t", positive=True)
    other = mt.lipschitz_report(mt.sin(mt.relu(x)) + y).proof.strata[1]
    assert not replace(proof, along=t**3, power=3).verify()
    assert not replace(proof, _function=mt.sin(mt.relu(x)) + y, region=other.region).verify()
    assert not replace(proof, region=Polyhedron(("x", "y"))).verify()


def test_a_quadratic_is_that_of_the_whole_piece():
    f, region = abs(x) * x, Polyhedron(("x",))
    square = Quadratic(Fraction(0), (Fraction(0),), ((Fraction(2),),))
    right = OnPiece(Polyhedron(("x",), [], [((0, 1), False)]), (Fraction(1),), square, f)
    assert right.verify() and not replace(right, closure=region).verify()


def test_a_ridge_is_a_function_of_one_affine_form():
    convex = mt.is_minimum(LEAST, (0, -3)).proof.convex[0]
    symbol = convex.symbols[0]
    t = sympy.Symbol("t", real=True)
    ridge = mt.is_minimum(mt.max(x**4, x), (0,)).proof.convex[0].ridges[0]
    assert ridge.verify()
    assert not replace(ridge, profile=-symbol * t).verify()
    assert not replace(ridge, direction=(-symbol,)).verify()
    bent = replace(convex, formula=-(symbol**2), quadratic=sympy.Integer(0),
                   ridges=(replace(ridge, profile=-symbol * t, direction=(1, 0)),))  # fmt: skip
    assert not bent.verify()


def test_what_was_kept_is_not_trusted():
    report = mt.infimum_report(abs(x - 1), "x > 1")
    assert not report.is_attained and report.verify()
    report.__dict__["is_attained"] = True
    assert not report.verify()
    # a copy asks anew
    assert replace(report).verify() and not replace(report).is_attained
    critical = mt.critical_points(x**2 - abs(x)).minima[0].proof
    critical.__dict__["verdict"] = True
    assert not critical.verify()


def test_forms_that_were_changed():
    f = mt.max(x, y) - abs(x)
    made = [f.to_max_min(), f.to_difference_of_convex(), f.to_relu_network(), f.to_abs_normal()]
    for form in made:
        assert form.verify() and form.statement.endswith(f"f(x, y) = {f}.")
        other = copy.copy(form)
        other.function = f + mt.relu(x)
        assert other.verify() is False
        other = copy.copy(form)
        other.__dict__["expression"] = f + 1
        assert other.verify() is False
    other = copy.copy(made[0])
    other.terms = (made[0].terms[0][:-1],)
    assert other.verify() is False
    other.terms = ((None, 3.0),)
    assert other.verify() is False
    other.terms, other.components = made[0].terms, ()
    assert other.verify() is False
    # the cells of another function
    other = copy.copy(made[0])
    other.terms = (-f).to_max_min().terms
    other._cells = (-f).to_max_min()._cells
    assert other.verify() is False


def test_conjugates_and_proximal_maps_that_were_changed():
    f = abs(x) + x**2
    for own, other in ((mt.conjugate(f), mt.conjugate(2 * f)),
                       (mt.proximal_map(f), mt.proximal_map(f, 2)),
                       (mt.moreau_envelope(f), mt.moreau_envelope(f, 2))):  # fmt: skip
        assert own.verify() and own.statement.endswith(f"f(x) = {f}.")
        forged = copy.copy(own)
        forged.representation = other.representation
        assert forged.verify() is False
        forged = copy.copy(own)
        forged._given = (-f, None)
        assert forged.verify() is False
        forged = copy.copy(own)
        forged.f = None
        assert forged.verify() is False
    forged = copy.copy(mt.proximal_map(f))
    forged.step = Half(1)
    assert forged.verify() is False


def test_inverses_that_were_changed():
    f = mt.stack([x + abs(y), y])
    own, other = mt.inverse(f), mt.inverse(mt.stack([x + 2 * abs(y), y]))
    assert own.verify() and own.statement.endswith(f"f(x, y) = {f}.")
    for name in ("function", "expression", "representation"):
        forged = copy.copy(own)
        setattr(forged, name, getattr(other, name))
        assert forged.verify() is False
    for name, value in (("orientation", -1), ("preimage", (0, 0)), ("regular_value", None)):
        forged = copy.copy(own)
        setattr(forged, name, value)
        assert forged.verify() is False


def test_solutions_of_models_that_were_changed():
    f = mt.relu(x + y) - mt.relu(x - y)
    for model in (f.to_milp(BOX), mt.max(x, y, 0 * x - 1).to_lp(BOX)):
        own = model.solve(solver="exact")
        assert own.verify() and own.statement.endswith(f"{model.function}.")
        fields_ = {"value": own.value - 1, "lower_bound": own.lower_bound + 1, "point": (0, 0),
                   "columns": own.columns[:-1], "proof": None, "proved_by": "nothing"}  # fmt: skip
        for name, new in fields_.items():
            assert replace(own, **{name: new}).verify() is False
        forged = copy.copy(model)
        forged.rows = model.rows[1:]
        assert replace(own, model=forged).verify() is False
        forged = copy.copy(model)
        forged.function = model.function + 1
        assert replace(own, model=forged).verify() is False
