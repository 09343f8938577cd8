"""Formulas of exponentials: equal ones are found equal, whatever they are written in."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact import exponentials
from piecewise_mt.exact.exponentials import MAX_POWER, in_exponentials, vanishes
from piecewise_mt.exact.reals import sign_of

x, y = mt.variables("x y")
X, Y = sympy.symbols("x y", real=True)
few = settings(max_examples=40, deadline=None)

rates = st.sampled_from([sympy.Rational(p, q) for p in (-3, -1, 1, 2) for q in (1, 2, 3)])
arguments = st.builds(
    lambda a, b, c: a * X + b * Y + c, rates, st.integers(-1, 1), st.integers(-1, 1)
)
leaves = st.builds(
    lambda f, a: f(a),
    st.sampled_from(
        [sympy.exp, sympy.tanh, sympy.sinh, sympy.cosh, lambda a: 1 / (1 + sympy.exp(-a))]
    ),
    arguments,
)
formulas = st.recursive(
    st.one_of(leaves, st.sampled_from([X, sympy.Integer(2)])),
    lambda own: st.one_of(
        st.builds(lambda a, b: a + b, own, own),
        st.builds(lambda a, b: a * b, own, own),
        st.builds(lambda a: (1 + a**2) ** -1, own),
    ),
    max_leaves=3,
)


def value(formula, at):
    """The value to 60 digits, and the size of its terms."""
    with mpmath.workdps(60):
        found = sympy.lambdify((X, Y), formula, "mpmath")(*at)
        return mpmath.mpf(found)


@few
@given(formulas, st.sampled_from(["rewritten", "derivative", "moved"]))
def test_what_is_0_vanishes_and_nothing_else(formula, kind):
    other = formula.rewrite([sympy.tanh, sympy.sinh, sympy.cosh], sympy.exp)
    difference = formula - other
    if kind == "derivative":
        difference = sympy.diff(formula, X) - sympy.diff(other, X)
    if kind == "moved":
        # an even part: not 0 unless the formula is odd
        difference = formula + formula.xreplace({X: -X, Y: -Y})
    points = [(mpmath.mpf("0.7310"), mpmath.mpf("-0.3170")), (mpmath.mpf("1.91"), mpmath.mpf(2))]
    is_zero = all(abs(value(difference, at)) < mpmath.mpf(10) ** -40 for at in points)
    found = in_exponentials(difference)
    if found is None:  # too long to be written out
        assert difference.count_ops() > 20
        return
    assert (not found.above) == is_zero
    assert found.is_complete


def test_numbers_of_exponentials_have_signs():
    zero = sympy.tanh(sympy.Rational(7, 3)) + 1 - 2 / (1 + sympy.exp(-sympy.Rational(14, 3)))
    assert sign_of(zero) == 0 and sign_of(zero + sympy.exp(-50)) == 1
    assert vanishes(sympy.exp(2) - sympy.E**2) and not vanishes(sympy.exp(2) - 7)
    assert in_exponentials(sympy.cosh(X) ** 2 - sympy.sinh(X) ** 2).constant == 1
    assert in_exponentials(sympy.cosh(X) ** 2 + sympy.sinh(X) ** 2).constant is None


def rebuilt(found):
    """The formula that a quotient stands for."""
    generators = [*map(sympy.exp, found.exponents), *found.letters]

    def polynomial(terms):
        return sympy.Add(*(
            sympy.Rational(c.numerator, c.denominator) * sympy.Mul(*(g**k for g, k in zip(generators, e, strict=True)))
            for e, c in terms.items()
        ))  # fmt: skip

    return polynomial(found.above) / polynomial(found.below)


E1 = sympy.exp(X)


@pytest.mark.parametrize(
    "formula",
    [
        sympy.Integer(0), sympy.Rational(-3, 7), X, X * Y - 1, X**-2, E1, sympy.exp(-X / 2 + Y), sympy.tanh(X / 3),
        sympy.sinh(X) * X, sympy.cosh(2 * X - Y / 5 + 1), 1 / (1 + E1), (E1 + 1) ** 3 / (E1 - 2) ** 2,
        sympy.sqrt(X) * E1 - sympy.log(Y), sympy.exp(X * Y + X / 2), E1 / 2 + sympy.tanh(Y) / 3 - X / (1 + E1),
        sympy.E + sympy.exp(2) - sympy.exp(sympy.Rational(1, 2)), 1 / (X - Y / E1) + 1 / (X - Y / E1),
        (1 + X) / (1 + E1) + (1 - X) / (1 + E1), sympy.tanh(1) ** -1, X**3 * sympy.exp(3 * X) / (X - 1),
    ],
)  # fmt: skip
def test_a_quotient_has_the_values_of_the_formula(formula):
    found = in_exponentials(formula)
    for at in ((mpmath.mpf("0.731"), mpmath.mpf("0.317")), (mpmath.mpf("1.91"), mpmath.mpf(3))):
        difference = value(formula, at) - value(rebuilt(found), at)
        assert abs(difference) < mpmath.mpf(10) ** -40
    assert all(found.above.values()) and all(found.below.values())


@pytest.mark.parametrize(
    ("formula", "constant"),
    [
        (sympy.Integer(0), 0),
        (sympy.Rational(2, 3), sympy.Rational(2, 3)),
        (E1 * sympy.exp(-X) + sympy.Rational(1, 3), sympy.Rational(4, 3)),
        ((2 * E1 + 2) / (3 * E1 + 3), sympy.Rational(2, 3)),
        ((E1 + 2) / (E1 + 1), None),
        (E1 / (E1 + 1), None),
        ((E1 + 1) / E1, None),
        (E1 / sympy.exp(Y), None),
        (sympy.cosh(X) ** 2 - sympy.sinh(X) ** 2, 1),
        (X / X**2, None),
    ],
)
def test_constants(formula, constant):
    assert in_exponentials(formula).constant == constant
    assert vanishes(formula) == (constant == 0)


@pytest.mark.parametrize(
    ("formula", "complete"),
    [
        (E1 + X, True),
        (sympy.exp(X * Y**2) - sympy.exp(1), True),
        (sympy.exp(2 * X / 3 + 1) * Y, True),
        (sympy.sqrt(X) * E1, False),
        (sympy.exp(1 / X), False),
        (sympy.exp(sympy.sqrt(X)), False),
        (sympy.exp(X * sympy.log(Y)), False),
    ],
)
def test_generators_that_are_independent(formula, complete):
    assert in_exponentials(formula).is_complete is complete


def test_formulas_of_one_exponential():
    def of(formula):
        return in_exponentials(formula).one_exponential()

    # what has one sign is that sign
    assert of(E1 + 2) == ((), (0, (1,)), (0, (1,))) and of(-E1 - 2) == ((), (0, (-1,)), (0, (1,)))
    assert of(-1 / (1 + E1)) == ((), (0, (-1,)), (0, (1,)))
    assert of(sympy.Integer(0)) is None
    assert of(E1 - 2) == ((), (X, (-2, 1)), (0, (1,)))
    assert of(sympy.exp(2 * X) - 3 * E1 + 2) == ((), (X, (2, -3, 1)), (0, (1,)))
    assert of(sympy.exp(4 * X) - 3) == ((), (X, (-3, 0, 0, 0, 1)), (0, (1,)))
    assert of(E1 / 2 - sympy.Rational(1, 3)) == ((), (X, (-2, 3)), (0, (1,)))
    assert of(sympy.exp(X + Y) - 1) == ((), (X + Y, (-1, 1)), (0, (1,)))
    assert of(sympy.exp(-X) - 3) == ((), (X, (1, -3)), (0, (1,)))
    both = sympy.exp(2 * X - Y)
    # from either end
    ends = [(2 * X - Y, (2, -3, 1)), (Y - 2 * X, (1, -3, 2))]
    assert of(both**2 - 3 * both + 2)[1] in ends
    assert of(both + sympy.exp(3 * X) - 3) is of(both + sympy.exp(4 * X) - 3) is None
    # letters to powers
    assert of(X**2 * (E1 - 1) / Y) == (((X, 2), (Y, -1)), (X, (-1, 1)), (0, (1,)))
    assert of(1 / (X * (E1 - 2))) == (((X, -1),), (0, (1,)), (X, (-2, 1)))
    # two exponentials, or letters that are added
    assert of(E1 + sympy.exp(Y) - 3) is None and of(X * E1 - 1) is None
    assert of(1 / (E1 + sympy.exp(Y) - 3)) is None and of(1 / (X - E1)) is None
    assert of(sympy.exp(2 * X) + sympy.exp(3 * Y) - sympy.exp(X + Y)) is None


def test_signs_of_one_exponential_are_those_of_the_formula():
    for a, b, c, k in ((1, -3, 2, 1), (2, -5, 2, 3), (-1, 0, 4, 2), (0, 1, -7, 5)):
        formula = (a * sympy.exp(2 * k * X) + b * sympy.exp(k * X) + c) / (sympy.exp(X) - 5)
        powers, *parts = in_exponentials(formula).one_exponential()
        assert powers == ()
        for at in ("-2.3", "-0.1", "0.05", "0.9", "1.7"):
            number = value(formula, (mpmath.mpf(at), 0))
            own = 1
            for exponent, coefficients in parts:
                unit = mpmath.exp(value(sympy.sympify(exponent), (mpmath.mpf(at), 0)))
                own *= mpmath.sign(sum(c * unit**i for i, c in enumerate(coefficients)))
            assert own == mpmath.sign(number)


def test_work_is_limited():
    terms = [1 / (1 + sympy.exp(k * X) + sympy.exp(k * Y)) for k in range(1, 40)]
    assert in_exponentials(sympy.Add(*terms)) is None
    assert in_exponentials((1 + sympy.exp(X)) ** 1000) is None
    assert in_exponentials((1 + sympy.exp(X)) ** MAX_POWER) is not None
    assert in_exponentials((1 + sympy.exp(X)) ** (MAX_POWER + 1)) is None
    # one term may have any power
    assert in_exponentials(sympy.exp(X) ** 1000 * X**1000).above == {(1000, 1000): 1}
    for own in (5, 6):
        # by one product of two and three terms
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exponentials, "MAX_PRODUCTS", own)
            found = in_exponentials((1 + sympy.exp(X)) * (1 + sympy.exp(Y) + X))
        assert (found is None) == (own < 6)
    # 1/0 has no value, and irrational multiples no common unit
    zero = sympy.Add(sympy.exp(X), -sympy.exp(X), evaluate=False)
    assert in_exponentials(sympy.Pow(zero, -1, evaluate=False)) is None


@pytest.mark.parametrize("rate", [1, Fraction(1, 3), Fraction(7, 2)])
def test_tanh_against_sigmoid(rate):
    one, other = mt.tanh(rate * x), 2 * mt.sigmoid(2 * rate * x) - 1
    assert mt.equal(one, other) and not mt.equal(one, mt.sigmoid(rate * x))
    # the tie is everywhere: one piece, whose parameter does not show in value or gradient
    (piece,) = mt.max(one, other).represent()
    assert str(piece.polyhedron) == "everywhere"
    assert mt.max(one, other).value((1,)) == sympy.tanh(rate)
    local = mt.max(one, other).at((1,))
    slope = rate * (1 - sympy.tanh(rate) ** 2)
    assert local.is_differentiable
    (limit,) = local.limits
    assert vanishes(limit.gradient[0] - slope)


def test_what_cancels_leaves_an_affine_kink():
    f = mt.max(mt.tanh(x) + mt.relu(y), 2 * mt.sigmoid(2 * x) - 1 + x)
    assert [str(p) for p in (s.polyhedron for s in f.strata()) if p.dimension == 2] == [
        "x < 0, y < 0", "x > 0, y < 0", "y > max(x, 0)", "x > y > 0",
    ]  # fmt: skip


def test_a_number_that_is_0_refutes_nothing():
    step = sympy.Heaviside(X - Y, 1)
    inner = 2 / (1 + sympy.exp(-2 * X)) - 1
    report = mt.check_gradient(mt.tanh(x) + mt.relu(x - y), [step + 1 - inner**2, -step])
    assert "failed" not in [str(check.verdict) for check in report.checks]
    report = mt.check_gradient(mt.tanh(x) + mt.relu(x - y), [step + 2 - inner**2, -step])
    assert [str(check.verdict) for check in report.checks] == ["failed"] * 3
