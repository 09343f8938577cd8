"""Exact arithmetic and order of irrational algebraic numbers, against SymPy's decimals."""

import pickle
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.algebraic_points import ExactPoint, is_root, sign_at_point
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import normal_row
from piecewise_mt.exact.reading_numbers import NotAlgebraic, algebraic, in_one_field
from piecewise_mt.exact.reals import Real

t = sympy.Symbol("t")
ROOTS = [
    [sympy.sqrt(2)],
    [sympy.sqrt(2), sympy.sqrt(3), sympy.sqrt(6)],
    [sympy.cbrt(2), -sympy.cbrt(4) / 3, sympy.sqrt(3), 2 ** sympy.Rational(-2, 3)],
    [sympy.sqrt(1 + sympy.sqrt(2)), sympy.sqrt(2), sympy.root(2, 4)],
    [sympy.rootof(t**3 - t - 1, 0), sympy.sqrt(2)],
    [sympy.rootof(2 * t**5 - 20 * t + 4, 1)],
    [sympy.GoldenRatio, sympy.cos(sympy.pi / 5), sympy.sqrt(2)],
]
whole = st.integers(-3, 3)


@st.composite
def sums(draw, roots):
    """A sum of few terms in one or two of the roots, as SymPy has it and as it is read."""
    own = draw(st.lists(st.sampled_from(roots), min_size=1, max_size=2, unique=True))
    total = sympy.Rational(draw(whole), draw(st.integers(1, 4)))
    for root in own:
        total += draw(whole) * root ** draw(st.integers(1, 3))
    return total, algebraic(total)


numbers = st.sampled_from(ROOTS).flatmap(sums)
pairs = st.sampled_from(ROOTS).flatmap(lambda roots: st.tuples(sums(roots), sums(roots)))


def decimal(expression):
    return sympy.N(expression, 60)


def near(number, expression):
    value = number.expression if isinstance(number, Algebraic) else number
    return abs(decimal(value) - decimal(expression)) < sympy.Float("1e-40")


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_sums_products_and_quotients_are_those_of_sympy(pair):
    (e, a), (f, b) = pair
    assert near(a + b, e + f) and near(a - b, e - f) and near(a * b, e * f)
    assert (a + b) - b == a and (a * b == 0) == (not a or not b)
    if b:
        ratio = a / b if isinstance(a, Algebraic) or isinstance(b, Algebraic) else Fraction(a, b)
        assert near(ratio, e / f) and ratio * b == a
    # no power of ten is near enough to zero to be one
    difference = decimal(e - f)
    sign = 0 if abs(difference) < sympy.Float("1e-40") else sympy.sign(difference)
    assert ((a > b) - (a < b), a == b) == (sign, sign == 0)
    if a == b:
        assert hash(a) == hash(b)


@settings(max_examples=60, deadline=None)
@given(numbers)
def test_a_number_is_read_written_and_enclosed(pair):
    expression, number = pair
    assert near(number, expression)
    if isinstance(number, Algebraic):
        assert algebraic(number.expression) == number
        assert number.floor() == sympy.floor(decimal(expression))
        assert number.floor(40) == sympy.floor(decimal(expression) * 2**40)
        assert float(number) == float(decimal(expression))
        assert pickle.loads(pickle.dumps(number)) == number
        assert number * (1 / number) == 1 and number**-2 * number**2 == 1
        low, high = number.enclosure(20)
        assert low < number.floor(20) * number.denominator + number.denominator and low < high


@settings(max_examples=40, deadline=None)
@given(numbers)
def test_the_checker_of_points_agrees_about_the_sign(pair):
    _, number = pair
    assume(isinstance(number, Algebraic))
    assert is_root(number.field.root)
    point = ExactPoint((number.element,), number.field.root)
    assert sign_at_point({(1,): 1}, point) == number.sign
    shifted = number - number.floor(3) * Fraction(1, 8)
    assert shifted.sign == 1 and (shifted - Fraction(1, 8)).sign == -1


@pytest.mark.parametrize(
    "one, two",
    [
        (sympy.sqrt(5 + 2 * sympy.sqrt(6)), sympy.sqrt(2) + sympy.sqrt(3)),
        (sympy.sqrt(3 + 2 * sympy.sqrt(2)), 1 + sympy.sqrt(2)),
        (sympy.cos(sympy.pi / 5), sympy.GoldenRatio / 2),
        (sympy.rootof(t**4 - 2, 1), sympy.root(2, 4)),
        (sympy.sqrt(2) * sympy.sqrt(3), sympy.sqrt(6)),
        (sympy.cbrt(sympy.cbrt(2)), 2 ** sympy.Rational(1, 9)),
        (sympy.cbrt(2 + sympy.sqrt(5)) * 2, 1 + sympy.sqrt(5)),
    ],
)
def test_equal_numbers_are_equal_however_they_are_written(one, two):
    a, b = algebraic(one), algebraic(two)
    assert a == b and hash(a) == hash(b) and a - b == 0 and not (a < b) and a <= b
    assert len({a, b}) == 1
    assert len({n.field for n in in_one_field([a, b])}) == 1


@pytest.mark.parametrize("number", [sympy.pi, sympy.E, sympy.log(2), sympy.exp(sympy.sqrt(2))])
def test_transcendental_numbers_are_no_algebraic_ones(number):
    for expression in (number, 1 + number, sympy.sqrt(2) * number, number**2):
        with pytest.raises(NotAlgebraic):
            algebraic(expression)


def test_complex_numbers_and_floats_are_none_either():
    for expression in (sympy.I, sympy.sqrt(-2), sympy.cbrt(-2), sympy.sqrt(2) * 0.5):
        with pytest.raises(NotAlgebraic):
            algebraic(expression)


def test_a_field_of_a_large_degree_is_refused():
    with pytest.raises(Unsupported, match="degree at most 12, got the degree 29 .* not supported"):
        algebraic(sympy.root(2, 29))


@given(st.lists(sums(ROOTS[0]), min_size=1, max_size=4), whole)
@settings(max_examples=40, deadline=None)
def test_rows_on_one_ray_have_one_normal_form(terms, shift):
    row = [number for _, number in terms]
    factor = abs(algebraic(sympy.sqrt(2)) + shift)
    normal = normal_row(row)
    assert normal == normal_row([factor * value for value in row])
    assert all(
        value.denominator == 1 and (value > 0) == (own > 0) and (value < 0) == (own < 0)
        for value, own in zip(normal, row, strict=True)
    )


def test_opposite_roots_are_in_one_field():
    # their sum is rational, and generates nothing
    t = sympy.Symbol("t")
    one, two = (algebraic(sympy.rootof(4 * t**3 + c, 0)) for c in (1, -1))
    assert one + two == 0 and one * two == -(one**2) and one < two
    three, four = (algebraic(sympy.rootof(t**3 - t + c, 0)) for c in (1, -1))
    assert three + four == 0 and three - four == 2 * three


@given(st.lists(st.integers(-2, 2), min_size=4, max_size=4), st.integers(1, 3))
@settings(max_examples=8, deadline=None)
def test_a_root_that_is_in_the_field_of_another_does_not_enlarge_it(coefficients, below):
    """The roots of t⁵ - t - 1 and of the polynomial of a number in its field, by a resultant."""
    s = sympy.Symbol("s")
    theta = sympy.CRootOf(t**5 - t - 1, 0)
    inside = sum(sympy.Rational(c, below) * t ** (k + 1) for k, c in enumerate(coefficients))
    total = sympy.Poly(sympy.resultant(t**5 - t - 1, s - inside, t), s)
    factor = total.factor_list()[1][0][0]
    assume(factor.degree() == 5)
    value = inside.subs(t, theta.evalf(50))
    other = min(factor.real_roots(), key=lambda r: abs(r.evalf(50) - value))
    one, two = in_one_field([algebraic(theta), algebraic(other)])
    assert one.field is two.field and one.field.degree == 5
    powers = [one, one * one, one * one * one, one * one * one * one]
    assert two == sum(Fraction(c, below) * p for c, p in zip(coefficients, powers))


def test_other_roots_are_refused_as_before():
    roots = [sympy.CRootOf(t**5 - t - 1, 0), sympy.CRootOf(t**5 - 2 * t - 2, 0)]
    with pytest.raises(Unsupported, match="degree 25"):
        in_one_field(list(map(algebraic, roots)))


def test_signs_of_numbers_with_roots_are_found_in_their_field():
    """x1² + x2⁴ and (2 - x1)² + (2 - x2)² at the solution of CB2, with a root for each of x1, x2."""
    x2 = sympy.CRootOf(2 * t**7 - 3 * t**5 + 10 * t**4 + t**3 - 6 * t**2 + 16 * t - 16, 0)
    p = 256 * t**7 - 3616 * t**6 + 21745 * t**5 - 72149 * t**4 + 143032 * t**3 - 170384 * t**2
    x1 = sympy.CRootOf(p + 113664 * t - 32768, 0)
    one, two = Real(x1**2 + x2**4), Real((2 - x1) ** 2 + (2 - x2) ** 2)
    assert one == two and one > 1 and one < Fraction(19523, 10000)
