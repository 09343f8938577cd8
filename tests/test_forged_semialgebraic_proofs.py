"""Answers about polynomial conditions and suprema: changed data are refused, or say what is true.

Truth is found by hand: the systems are of a circle, a cross and a square root.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.algebraic_points import ExactPoint, Root
from piecewise_mt.exact.case_trees import Signs, Split, Trusted
from piecewise_mt.exact.suprema import supremum
from piecewise_mt.semialgebraic.decide import _Chain, decide
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System

x, y = mt.variables("x y")
CIRCLE = {(2, 0): 1, (0, 2): 1, (0, 0): -1}
PRODUCT, FIRST, SECOND, ONE = {(1, 1): 1}, {(1, 0): 1}, {(0, 1): 1}, {(0, 0): 1}
SYSTEMS = [
    System.of(("x", "y"), own)
    for own in (
        [(CIRCLE, "=")],
        [(CIRCLE, "<"), (FIRST, ">=")],
        [(PRODUCT, ">"), (FIRST, "=")],
        [(PRODUCT, "="), (FIRST, ">")],
        [(CIRCLE, "="), (FIRST, "="), (SECOND, "=")],
        [(FIRST, ">"), (FIRST, "<")],
        [(ONE, "<")],
        [],
    )
]
HAVE_POINTS = [True, True, False, True, False, False, False, True]


def test_answers_say_what_they_are_about():
    for system, is_nonempty in zip(SYSTEMS, HAVE_POINTS, strict=True):
        answer = decide(system)
        assert isinstance(answer, NonEmpty if is_nonempty else Empty)
        assert answer.verify() and system.text in answer.statement
        assert not replace(answer, system=None).verify()
    assert SYSTEMS[0].text == "{x**2 + y**2 - 1 = 0}"


def test_a_solvers_word_is_asked_for_again():
    full, none = SYSTEMS[0], SYSTEMS[2]
    for name in ("z3 4.13", "z3", "sympy 1.14.0 (groebner)", "me", ""):
        forged = Empty(Trusted(name), (name,), full)
        assert not forged.verify() and forged.rests_on == (name,)
        assert not Empty(Trusted(name), (), none).verify()
    assert not Empty(Signs((((1, 0), 1),)), ("z3 4.13",), none).verify()


def test_of_numbers_that_are_no_numbers_nothing_is_believed():
    class Sly(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    answer = decide(SYSTEMS[3])
    point = ExactPoint(((Fraction(0),), (Fraction(0),)))
    assert not replace(answer, point=point).verify()
    for bad in (
        None,
        0,
        (),
        replace(point, coordinates=((Fraction(1),),)),
        replace(point, coordinates=((1.0,), (0.0,))),
    ):
        assert not replace(answer, point=bad).verify()
    for mask in (Sly(7), 8, -1, "7", None, True, 0):
        assert not replace(answer, system=System(("x", "y"), ((FIRST, mask),))).verify()
    assert not replace(answer, dimension=2).verify()
    assert not replace(decide(SYSTEMS[0]), is_largest=None).verify()


numbers = st.sampled_from([0, 1, -1, 2, Fraction(1, 2)])
odd = st.sampled_from([None, 0.5, "0", (), [], object()])


@st.composite
def points(draw):
    root = draw(
        st.sampled_from(
            [
                None,
                Root((-2, 0, 1), Fraction(1), Fraction(2)),
                Root((-2, 0, 1), Fraction(-2), Fraction(2)),
                Root((0, 1), Fraction(0), Fraction(0)),
            ]
        )
    )
    entries = st.one_of(
        st.tuples(numbers.map(Fraction)), st.tuples(numbers.map(Fraction), numbers.map(Fraction))
    )
    return ExactPoint(tuple(draw(st.lists(entries, min_size=1, max_size=3))), root)


def is_in(system, point):
    """By floating point numbers, which tell these few points apart."""
    import math

    root = math.sqrt(2) if point.root else 0.0
    values = [sum(float(c) * root**k for k, c in enumerate(own)) for own in point.coordinates]
    for terms, mask in system.conditions:
        total = sum(c * values[0] ** e[0] * values[1] ** e[1] for e, c in terms.items())
        sign = 0 if abs(total) < 1e-9 else 1 if total > 0 else -1
        if not mask & (1, 2, 4)[sign + 1]:
            return False
    return True


@given(st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_changed_answers(data):
    k = data.draw(st.integers(0, len(SYSTEMS) - 1))
    answer = decide(SYSTEMS[k])
    other = data.draw(st.integers(0, len(SYSTEMS) - 1))
    how = data.draw(st.integers(0, 3))
    if how == 0:
        forged = replace(answer, system=SYSTEMS[other])
    elif isinstance(answer, NonEmpty):
        forged = replace(answer, point=data.draw(points()))
        if how == 2:
            forged = replace(answer, dimension=data.draw(st.integers(-1, 3)))
        if how == 3:
            forged = replace(
                answer,
                **{
                    data.draw(
                        st.sampled_from(["point", "dimension", "is_largest", "system"])
                    ): data.draw(odd)
                },
            )
    else:
        forged = Empty(
            data.draw(
                st.sampled_from(
                    [
                        Signs((((1, 0), 1),)),
                        Signs(()),
                        Signs((((0, 0), 1),)),
                        Split((), ()),
                        Split(((((1, 0), 1),)), ((7, Signs(())),)),
                        None,
                        (),
                        answer,
                    ]
                )
            ),
            answer.trusted,
            SYSTEMS[other],
        )
    if forged.verify():
        place = SYSTEMS.index(forged.system)
        assert HAVE_POINTS[place] == isinstance(forged, NonEmpty)
        if isinstance(forged, NonEmpty):
            assert is_in(forged.system, forged.point)


def test_pieces_have_the_points_that_are_said():
    rep = abs(x**2 + y**2 - 1).represent()
    inner, outer, tie = rep
    for piece in rep:
        proof = piece.proof
        assert proof.verify() and proof.rests_on == ("SymPy",)
        assert "abs(x**2 + y**2 - 1)" in proof.statement
        for other in rep:
            if other is not piece:
                assert not replace(proof, point=other.proof.point).verify()
                assert not replace(proof, conditions=other.proof.conditions).verify()
                assert not replace(proof, labels=other.proof.labels).verify()
        for name, value in (("names", ("y", "x")), ("names", ("x",)), ("point", None), ("labels", ()),
                            ("function", abs(x**2 + y**2 - 4)), ("conditions", ()), ("function", None),
                            ("domain", (({(1, 0): 1}, 1),)), ("conditions", None)):  # fmt: skip
            assert not replace(proof, **{name: value}).verify()
    # a piece in a domain is one of the function on the whole space as well
    half = abs(x**2 + y**2 - 1).represent("x > 0")[0].proof
    assert half.verify() and len(half.domain) == 1
    assert not replace(half, domain=()).verify()


@pytest.mark.parametrize(
    "name, value",
    [("value", sympy.Integer(2)), ("value", sympy.oo), ("value", None), ("value", 1.0), ("value", "1"),
     ("side", (0, 1)), ("side", (4, -4)), ("side", ()), ("side", None), ("points", ()),
     ("points", (sympy.Integer(7),)), ("points", None), ("symbol", sympy.Symbol("y")),
     ("formula", sympy.Symbol("x", real=True)), ("formula", None)],
)  # fmt: skip
def test_suprema(name, value):
    t = sympy.Symbol("x", real=True)
    found = supremum(t**2 / (1 + t**2), t, (-4, 4))
    assert found.verify() and found.rests_on == ("SymPy",) and str(found.value) in found.statement
    assert not replace(found, **{name: value}).verify()


def test_a_supremum_that_is_equal_to_all_is_refused():
    class Sly(sympy.Rational):
        def __new__(cls):
            return object.__new__(cls)

        p, q = 5, 1

        def __eq__(self, other):
            return True

        __hash__ = sympy.Rational.__hash__

    t = sympy.Symbol("x", real=True)
    assert not replace(supremum(t**2, t, (-1, 1)), value=Sly()).verify()


def test_reports_say_what_they_rest_on():
    report = mt.check(mt.relu(x * y).represent())
    assert report.ok and report.rests_on == ("SymPy",) and "rests on SymPy" in report.to_text()
    plain = mt.check(mt.max(x, y).represent())
    assert plain.rests_on == () and "rests on" not in plain.to_text()
    entries = [("x**2 + y**2 < 1", "0"), ("x**2 + y**2 >= 1", "x**2 + y**2 - 1")]
    stated = mt.check(mt.Representation("x y", entries, of=mt.relu(x**2 + y**2 - 1)))
    assert stated.ok and "SymPy" in stated.rests_on


def test_strata_of_stationary_points():
    for f in (abs(x) * y, abs(x) - abs(y), x**2 + abs(y), mt.relu(x) - mt.relu(-x) + abs(y)):
        for entry in mt.critical_points(f).strata:
            assert entry.verify() and str(f) in entry.statement
            other = next(k for k in type(entry.kind) if k is not entry.kind)
            assert not replace(entry, kind=other).verify()
            assert not replace(entry, value=entry.value + 1).verify()
            assert not replace(entry, place=None).verify()
            assert not replace(entry, place=(x + y).at((0, 0)).place).verify()
    (spurious,) = mt.critical_points(mt.relu(x, at_zero=0) - mt.relu(-x, at_zero=0)).spurious
    assert spurious.verify()
    assert not replace(spurious, place=mt.relu(x, at_zero=0).at((0,)).place).verify()
    high, low = (mt.critical_points(mt.max(x, y, 0)).strata[k] for k in (0, -1))
    assert not replace(high, stratum=low.stratum).verify()
    assert not replace(low, stratum=high.stratum).verify()


# -- what only a solver says ---------------------------------------------------------------------


@pytest.fixture
def only_a_solver(monkeypatch):
    """No set is seen to be empty but by z3."""
    pytest.importorskip("z3")
    found = _Chain._eliminated

    def points_alone(self):
        answer = found(self)
        return "not decided" if isinstance(answer, Empty) else answer

    monkeypatch.setattr(_Chain, "_eliminated", points_alone)


KINKS = mt.relu(x * y) + mt.relu(x * y - 1)
"""Both signs of x*y - 1 are not possible with x*y < 0."""
CAP = mt.relu(x**2 + y**2 - 1)
X, Y = sympy.symbols("x y", real=True)


def _cap():
    entries = [("x**2 + y**2 < 1", "0"), ("x**2 + y**2 >= 1", "x**2 + y**2 - 1")]
    return mt.Representation("x y", entries, of=CAP)


SWITCHED = [sympy.Heaviside(X * Y, 0) * Y, sympy.Heaviside(X * Y, 0) * X]
RESTING = {
    "check": lambda trust: mt.check(KINKS.represent(), trust=trust),
    "check of a table": lambda trust: mt.check(_cap(), trust=trust),
    "chain rule": lambda trust: mt.verify_chain_rule(KINKS, trust=trust),
    "Stampacchia": lambda trust: mt.check_stampacchia(KINKS, trust=trust),
    "gradient": lambda trust: mt.check_gradient(mt.relu(x * y), SWITCHED, trust=trust),
    "continuity": lambda trust: mt.verify_chain_rule(
        mt.where(x**2 + y**2 >= 1, x**2 + y**2 - 1, 0), trust=trust
    ),
}


@pytest.mark.parametrize("name", RESTING)
def test_no_report_is_ok_on_a_solvers_word_alone(name, only_a_solver):
    asked = RESTING[name]
    for trust in (False, "cvc5"):
        report = asked(trust)
        assert not report.ok and not report.failures
    trusting = asked("z3")
    assert trusting.ok and any(own.startswith("z3 ") for own in trusting.rests_on)
    assert "resting on" in trusting.statement and "z3 " in trusting.statement
    assert trusting.verify()
    # the solver's name cannot be left out, nor another put in its place
    for own in ((), ("SymPy",), ("SymPy", "cvc5 1.0")):
        checks = tuple(replace(check, rests_on=own) for check in trusting.checks)
        assert not replace(trusting, checks=checks).verify()
    # nor is it a proof of what is asked without trust
    assert not trusting.asked(asked(False).question).verify()


def test_proofs_on_a_solvers_word_are_not_made(only_a_solver):
    for question in (
        lambda: mt.infimum_report(x**4 + y**4 + x * y),
        lambda: mt.is_convex(x**4 + y**4 + x**2 * y**2),
        lambda: mt.is_monotone(x**3 + mt.relu(y) ** 3),
        lambda: mt.holds(KINKS >= 0),
        lambda: mt.distance(KINKS, mt.max(x * y, 0)),
    ):
        with pytest.raises(mt.Undecided):
            question()


def test_leaves_of_solvers_in_the_place_of_cases():
    names = ("z3 4.13", "cvc5 1.0", "sympy 1.14.0 (groebner)", "", "me")
    report = mt.infimum_report(x**4 + y**4 + x * y)
    convex = mt.is_convex(x**4 + y**4 + x**2 * y**2)
    assert report.verify() and report.proofs and convex.verify()
    for name in names:
        forged = tuple(replace(own, proof=Trusted(name), trusted=(name,)) for own in report.proofs)
        assert not replace(report, proofs=forged).verify()
        assert name in replace(report, proofs=forged).rests_on
        steps = tuple(
            replace(step, proofs=tuple(Empty(Trusted(name), (name,)) for _ in step.proofs))
            if hasattr(step, "proofs")
            else step
            for step in convex.steps
        )
        assert not replace(convex, steps=steps).verify()
    # deep in a tree
    (first, *others) = report.proofs
    deep = Split((((0, 0), 1),), ((7, Trusted("z3 4.13")),))
    forged = (replace(first, proof=deep), *others)
    assert not replace(report, proofs=forged).verify()
    assert "z3 4.13" in replace(report, proofs=forged).rests_on
    # and of an emptiness that is none
    for system, is_full in zip(SYSTEMS, HAVE_POINTS, strict=True):
        for name in names:
            own = Empty(Split((((0, 0), 1),), ((7, Trusted(name)),)), (name,), system)
            assert own.rests_on == (name,)
            assert not (is_full and own.verify())
