"""Polynomials in tie parameters, against SymPy's expanded expressions."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.errors import InexactNumber, PiecewiseError
from piecewise_mt.exact.names import MAX_LENGTH, TIE_WORDS, checked_name, checked_parameter
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.polynomials import (
    Polynomial,
    coefficient_to_sympy,
    free_names,
    rule_coefficient,
    to_coefficient,
)

a, b = sympy.symbols("a b", real=True)
scalars = st.fractions(-2, 2, max_denominator=2)
leaves = st.one_of(scalars, st.sampled_from([Polynomial.generator("a"), Polynomial.generator("b")]))


def combined(children):
    return st.tuples(children, children, st.sampled_from("+-*")).map(
        lambda own: (
            own[0] + own[1]
            if own[2] == "+"
            else own[0] - own[1]
            if own[2] == "-"
            else own[0] * own[1]
        )
    )


coefficients = st.recursive(leaves, combined, max_leaves=6)


@given(coefficients, coefficients, scalars.filter(bool))
@settings(max_examples=80)
def test_arithmetic_is_that_of_expanded_expressions(p, q, scalar):
    e, f = coefficient_to_sympy(p), coefficient_to_sympy(q)
    for own, expected in (
        (p + q, e + f),
        (p - q, e - f),
        (p * q, e * f),
        (-p, -e),
        (p / scalar, e / sympy.Rational(str(scalar))),
    ):
        assert sympy.expand(coefficient_to_sympy(own) - expected) == 0
        # numbers are no polynomials, and zeros no terms
        assert isinstance(own, Polynomial) == bool(sympy.expand(expected).free_symbols)
        if isinstance(own, Polynomial):
            assert all(own.terms.values())
            assert len(own.terms) == len(sympy.Add.make_args(sympy.expand(expected)))
    assert (p == q) == (sympy.expand(e - f) == 0)
    if p == q:
        assert hash(p) == hash(q)
    assert free_names(p) == {s.name for s in sympy.expand(e).free_symbols}
    assert to_coefficient(e) == p == to_coefficient(p)


def test_sums_with_numbers_on_either_side():
    z = Polynomial.generator("z")
    assert 1 - z == -(z - 1) and 2 * z == z + z and z - z == 0 and type(z - z) is Fraction
    assert 0 + z == z and z * 0 == 0 and z + 0 == z and z != 1 and z != "z"
    assert (z + 1) - z == 1 and z / 2 + z / 2 == z and repr(2 * z) == "Polynomial(2*z)"


@pytest.mark.parametrize(
    "expression, names",
    [
        (a**2 * b - b / 3, {"a", "b"}),
        (1 / (1 + a), {"a"}),
        (sympy.sqrt(a) + 2 * a, {"a"}),
        (a**-1, {"a"}),
        (sympy.exp(b) * a**3, {"a", "b"}),
        ((a + 1) ** 2 / 4, {"a"}),
        (sympy.pi * a + sympy.pi, {"a"}),
        (sympy.pi, set()),
        (sympy.sqrt(2) * a, {"a"}),
    ],
)
def test_expressions_become_coefficients_and_come_back(expression, names):
    found = to_coefficient(expression)
    assert isinstance(found, Polynomial) and free_names(found) == names
    assert sympy.simplify(coefficient_to_sympy(found) - expression) == 0
    assert to_coefficient(expression + 1) - found == 1


def test_powers_are_products_of_the_symbol():
    assert to_coefficient(a**3).terms == {("a", "a", "a"): 1}
    assert to_coefficient(sympy.Symbol("a")) == Polynomial.generator("a") == to_coefficient(a)
    assert to_coefficient(1 / a).terms == {(1 / a,): 1}


def test_numbers_are_read_as_numbers():
    assert to_coefficient("1/2") == Fraction(1, 2) == to_coefficient(sympy.S.Half)
    assert isinstance(to_coefficient(sympy.sqrt(2)), Algebraic)
    for value in (sympy.Float(0.5), 0.5, 0.5 * a, sympy.oo):
        with pytest.raises(InexactNumber):
            to_coefficient(value)
    for value in (sympy.I, sympy.sqrt(-2)):
        with pytest.raises(PiecewiseError):
            to_coefficient(value)


def test_names_of_parameters():
    assert checked_name("x" * MAX_LENGTH) == "x" * MAX_LENGTH and checked_name("ｘ") == "x"
    for name in ("x" * (MAX_LENGTH + 1), "for", "a b", "", "1a"):
        with pytest.raises(PiecewiseError, match="Python identifier"):
            checked_name(name)
    for word in TIE_WORDS:
        assert checked_name(word) == word
        with pytest.raises(PiecewiseError, match="word for a rule"):
            checked_parameter(word)
        with pytest.raises(PiecewiseError, match="word for a rule"):
            rule_coefficient(1 / (1 + sympy.Symbol(word)))
    assert checked_parameter("beta") == "beta"
    assert rule_coefficient(1 - a) == 1 - Polynomial.generator("a") and rule_coefficient(
        "1/2"
    ) == Fraction(1, 2)
