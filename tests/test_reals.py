"""Exact real numbers whose signs SymPy decides, against decimals and Fractions."""

from __future__ import annotations

import operator
from fractions import Fraction
from itertools import product

import pytest
import sympy

from piecewise_mt.errors import OutsideDomain, Undecided
from piecewise_mt.exact.reading_numbers import algebraic
from piecewise_mt.exact.reals import Missing, Real, number_expr, real, real_or_missing, sign_of

t = sympy.Symbol("t")
VALUES = [
    sympy.E, sympy.pi, -sympy.log(2), sympy.sqrt(2) + sympy.exp(1), sympy.Rational(1, 2), sympy.Integer(-1), sympy.Integer(0),
    sympy.Integer(3),
]  # fmt: skip
ORDER = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


def value(own):
    return number_expr(own).evalf(40)


@pytest.mark.parametrize(
    "one, two",
    [(u, v) for u, v in product(VALUES, VALUES) if not (u.is_Rational and v.is_Rational)],
)
def test_arithmetic_and_order_are_those_of_decimals(one, two):
    p, q = real(one), real(two)
    assert isinstance(p, Fraction) == one.is_Rational
    for own in (operator.add, operator.sub, operator.mul, operator.truediv):
        if own is operator.truediv and two == 0:
            with pytest.raises(ZeroDivisionError):
                p / q
            continue
        assert abs(value(own(p, q)) - own(one, two).evalf(40)) < sympy.Float("1e-30")
    for own in ORDER:
        assert (
            own(p, q) == bool(own(one.evalf(40) - two.evalf(40), 0))
            if one != two
            else own(p, q) == own(0, 0)
        )
    assert bool(p) == (one != 0) and value(-p) == value(real(-one))


def test_what_is_rational_is_a_fraction():
    e = real(sympy.E)
    assert (
        type(e - e) is Fraction
        and e * (1 / e) == 1
        and type(e * (1 / e)) is Fraction
        and e / e == 1
    )
    assert (
        0 * e == 0
        and type(real(sympy.exp(0))) is Fraction
        and str(e) == "E"
        and repr(e) == "Real(E)"
    )
    assert bool(Real(sympy.sqrt(2) ** 2 - 2)) is False and 2 - e == -(e - 2)


@pytest.mark.parametrize(
    "expression, sign",
    [
        (sympy.Integer(-3), -1),
        (sympy.Integer(0), 0),
        (sympy.Rational(1, 7), 1),
        (sympy.exp(-5), 1),
        (-sympy.pi, -1),
        (sympy.sqrt(2) + sympy.sqrt(3) - sympy.sqrt(5 + 2 * sympy.sqrt(6)), 0),
        (sympy.exp(sympy.sqrt(2)) ** 2 - sympy.exp(2 * sympy.sqrt(2)), 0),
        ((1 + sympy.pi) ** 2 - 1 - 2 * sympy.pi - sympy.pi**2, 0),
        (sympy.log(6) - sympy.log(2) - sympy.log(3), 0),
        (sympy.log(6) - sympy.log(2) - sympy.log(3) + sympy.Rational(1, 10**30), 1),
    ],
)
def test_signs(expression, sign):
    assert sign_of(expression) == sign


def test_roots_of_polynomials_are_compared_in_their_field():
    root = sympy.CRootOf(t**5 - t - 1, 0)
    own = Real(root)
    assert Real(root**5) == Real(root + 1) and Real(root**5) > Fraction(2) and Real(-(root**5)) < -2
    assert algebraic(root) == own and own >= algebraic(root) and not own < algebraic(root)
    # with a transcendental number beside them, SymPy decides
    assert Real(root + sympy.E) > 3


@pytest.mark.parametrize(
    "expression, said",
    [
        (sympy.nan, "no value"),
        (sympy.zoo, "infinite"),
        (sympy.oo, "infinite"),
        (-sympy.oo, "infinite"),
        (sympy.I, "complex"),
        (sympy.log(-1), "complex"),
        (sympy.E + sympy.zoo, "infinite"),
    ],
)
def test_numbers_that_are_not_real(expression, said):
    with pytest.raises(OutsideDomain, match=said):
        real(expression)
    missing = real_or_missing(lambda values: expression, [])
    assert isinstance(missing, Missing)
    for own in (
        lambda: missing < 1,
        lambda: bool(missing),
        lambda: missing == 0,
        lambda: 1 >= missing,
        lambda: number_expr(missing),
    ):
        with pytest.raises(OutsideDomain, match=said):
            own()


def test_what_is_missing_stays_so():
    missing = real_or_missing(lambda values: sympy.log(values[0]) / values[0], [Fraction(0)])
    e = real(sympy.E)
    for own in (
        missing + 1,
        1 - missing,
        2 * missing,
        -missing,
        e + missing,
        missing - e,
        e * missing,
    ):
        assert own is missing
    assert real_or_missing(
        lambda values: values[0] + values[1], [e, Fraction(1, 2)]
    ) == e + Fraction(1, 2)


def test_what_is_no_number_is_refused():
    e = real(sympy.E)
    for own in (
        lambda: e + "1",
        lambda: e * 0.5,
        lambda: e < "1",
        lambda: e - None,
        lambda: e / "2",
    ):
        with pytest.raises(TypeError):
            own()
    assert e != "E" and e != 0.5


def test_signs_that_nobody_knows_are_not_guessed():
    unknown = sympy.Symbol("c", real=True)
    assert sign_of(unknown) is None
    for own in (lambda: Real(unknown) > 0, lambda: bool(Real(unknown)), lambda: Real(unknown) == 1):
        with pytest.raises(Undecided):
            own()
