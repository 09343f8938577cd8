"""Irrational numbers in proofs whose field is none, or not the one of their name, are refused.

By hand: √2 is the root of t² - 2 in (1, 2), and none of the others.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.algebraic_points import Root
from piecewise_mt.exact.number_fields import Algebraic, Field
from piecewise_mt.exact.reading_numbers import algebraic, checked_number
from piecewise_mt.functions.nodes import Constant, Linear

x, y = mt.variables("x y")
calm = settings(deadline=None, suppress_health_check=list(HealthCheck))
TWO = sympy.sqrt(2)
ITSELF = (Fraction(0), Fraction(1))
ATOMS = [(TWO, ITSELF)]


def root(polynomial, low, high):
    return Root(polynomial, Fraction(low), Fraction(high))


class Whole(int):
    """A number that is equal to all others."""

    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


FORGED = {
    "the other root": Field(root((-2, 0, 1), -2, -1), ATOMS),
    "another number": Field(root((-3, 0, 1), 1, 2), ATOMS),
    "a reducible polynomial": Field(root((-4, 0, 1), 1, 3), ATOMS),
    "a polynomial with it as a factor": Field(root((2, -2, -1, 1), 1, 2), ATOMS),
    "two roots in the interval": Field(root((-2, 0, 1), -2, 2), ATOMS),
    "no root in the interval": Field(root((-2, 0, 1), 3, 4), ATOMS),
    "a root at the end": Field(root((-4, 0, 1), 2, 3), ATOMS),
    "an empty interval": Field(root((-2, 0, 1), 2, 1), ATOMS),
    "a leading coefficient": Field(root((-4, 0, 2), 1, 2), ATOMS),
    "an atom's other value": Field(root((-2, 0, 1), 1, 2), [(TWO, (Fraction(0), Fraction(-1)))]),
    "an atom of another name": Field(root((-2, 0, 1), 1, 2), [(sympy.sqrt(3), ITSELF)]),
    "an atom that is no number": Field(root((-2, 0, 1), 1, 2), [(sympy.Symbol("x"), ITSELF)]),
    "a rounded atom": Field(root((-2, 0, 1), 1, 2), [(sympy.Float(1.41), ITSELF)]),
    "no atom": Field(root((-2, 0, 1), 1, 2), []),
    "a degree of its own": Field(root((-2, 0, Whole(1)), 1, 2), ATOMS),
    "rounded ends": Field(Root((-2, 0, 1), 1.0, 2.0), ATOMS),
    "truth values": Field(root((-2, False, True), 1, 2), ATOMS),
}


def proofs(number):
    """Proofs with a number at the point, in the function and in the domain."""
    at = abs(x - TWO).at((TWO,))
    own = at.stationarity_proof
    yield replace(own, place=replace(own.place, point=(number,)))
    f = mt.relu(x) + Constant((number,))
    report = mt.infimum_report(mt.relu(x) + TWO)
    yield replace(report, _function=f)
    linear = Linear((x,), [[(0, number)]], [Fraction(0)], ())
    judged = mt.relu(TWO * x).at((0,)).judge([0])
    yield replace(judged, place=replace(judged.place, function=mt.relu(linear)))
    checked = mt.check(mt.relu(x - TWO).represent())
    yield checked.asked(mt.check(mt.relu(x - Constant((number,))).represent()).question)


def test_the_number_itself_is_accepted():
    for proof in proofs(algebraic(TWO)):
        assert proof.verify() and "sqrt(2)" in proof.statement and "SymPy" in proof.rests_on


@pytest.mark.parametrize("name", FORGED)
def test_numbers_of_forged_fields(name):
    number = Algebraic(FORGED[name], (0, 1), 1)
    with pytest.raises((ValueError, TypeError)):
        checked_number(number)
    own = abs(x - TWO).at((TWO,)).stationarity_proof
    assert not replace(own, place=replace(own.place, point=(number,))).verify()


@pytest.mark.parametrize("name", ["the other root", "another number", "no atom"])
def test_wherever_they_are(name):
    # nothing is asked of such a number but in the proofs
    good = [*proofs(algebraic(TWO))]
    number = Algebraic(FORGED[name], (0, 1), 1)
    place = good[0].place
    assert not replace(good[0], place=replace(place, point=(number,))).verify()
    assert not replace(good[1], _function=mt.relu(x) + Constant((number,))).verify()
    linear = Linear((x,), [[(0, number)]], [Fraction(0)], ())
    place = replace(good[2].place, function=mt.relu(linear))
    assert not replace(good[2], place=place).verify()


def test_what_a_field_remembers_is_not_believed():
    own = abs(x - TWO).at((TWO,)).stationarity_proof
    field = algebraic(TWO).field
    kept = dict(field._enclosed)
    field._enclosed[64] = [(1 << 64, 1 << 64), (-9 << 64, -8 << 64)]
    vars(field)["written"] = [((), [Fraction(3), Fraction(0)])]
    assert own.verify()
    # it is found out anew
    assert field.powers(64)[1][0] > 0 and str(algebraic(TWO)) == "sqrt(2)"
    field.forget()
    field._enclosed.update(kept)


@pytest.mark.parametrize(
    ("coefficients", "denominator"),
    [((0, 1), 0), ((0, 1), -1), ((0,), 1), ((0, 1, 0), 1), ((0, 1.0), 1), ((0, Fraction(1)), 1),
     ((False, True), 1), ((Whole(0), 1), 1), ((0, 1), Whole(1)), ([0, 1], 1)],
)  # fmt: skip
def test_coefficients_of_another_kind(coefficients, denominator):
    number = copy.copy(algebraic(TWO))
    number.coefficients, number.denominator = coefficients, denominator
    with pytest.raises((ValueError, TypeError)):
        checked_number(number)


numbers = st.integers(-4, 4)
ends = st.fractions(min_value=-3, max_value=3, max_denominator=2)
atoms = st.sampled_from([TWO, -TWO, sympy.sqrt(3), 1 + TWO, sympy.sqrt(5) / 2])


@given(st.lists(numbers, min_size=2, max_size=3), ends, ends, atoms, st.lists(ends, max_size=3))
@settings(calm, max_examples=150)
def test_a_field_that_is_accepted_is_one(lower, low, high, atom, element):
    polynomial = (*lower, 1)
    number = Algebraic(
        Field(Root(polynomial, low, high), [(atom, tuple(element))]),
        (0, 1, *[0] * (len(lower) - 2)),
        1,
    )
    try:
        found = checked_number(number)
    except (ValueError, TypeError):
        return
    # by SymPy: irreducible, one root in the interval, and the atom is its polynomial in the root
    t = sympy.Symbol("t")
    p = sympy.Poly(polynomial[::-1], t)
    assert p.is_irreducible
    (own,) = [r for r in p.real_roots() if sympy.Rational(low) < r < sympy.Rational(high)]
    value = sum(sympy.Rational(c) * own**k for k, c in enumerate(element))
    assert sympy.simplify(value - atom) == 0
    assert abs(float(found) - float(own)) < 1e-12
