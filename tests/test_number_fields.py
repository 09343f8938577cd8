"""Exact arithmetic and order of irrational algebraic numbers, against SymPy's decimals."""

import pickle
from collections import Counter
from fractions import Fraction
from math import gcd

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from piecewise_mt.errors import InexactNumber, Unsupported
from piecewise_mt.exact.algebraic_points import ExactPoint, is_root, sign_at_point
from piecewise_mt.exact.number_fields import Algebraic, coefficients_of, field_of
from piecewise_mt.exact.number_rows import normal_row
from piecewise_mt.exact.reading_numbers import (
    MAX_DEGREE,
    NotAlgebraic,
    _common_divisor,
    _times,
    algebraic,
    in_one_field,
    to_number,
)
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


def test_products_and_inverses_in_fields_of_every_small_degree():
    """Against remainders of polynomials: the field of the root of tᵈ - 2 t - 2, by Eisenstein."""
    for d in range(2, 7):
        p = sympy.Poly(t**d - 2 * t - 2, t, domain="QQ")
        root = algebraic(sympy.rootof(p, p.count_roots() - 1, radicals=False))
        field = root.field
        assert field.degree == d and field.generator == root
        one = field.number(list(range(1, d + 1)), 3)
        two = field.number([(-1) ** k * (k + 2) for k in range(d)], 5)
        e = sympy.Poly([sympy.Rational(k, 3) for k in range(d, 0, -1)], t, domain="QQ")
        f = sympy.Poly(
            [sympy.Rational((-1) ** k * (k + 2), 5) for k in range(d - 1, -1, -1)], t, domain="QQ"
        )
        for own, expected in (
            (one * two, e * f),
            (one * one, e * e),
            (1 / one, e.invert(p)),
            (two / one, f * e.invert(p)),
            (one**-2, e.invert(p) ** 2),
        ):
            rest = list(reversed(expected.rem(p).all_coeffs()))
            assert coefficients_of(own, d) == [Fraction(str(c)) for c in rest] + [0] * (
                d - len(rest)
            )
            assert own.denominator > 0 and gcd(own.denominator, *own.coefficients) == 1


def test_numbers_of_a_field_are_reduced_and_rational_ones_are_fractions():
    field = algebraic(sympy.cbrt(2)).field
    assert type(field.number([4], 6)) is Fraction and field.number([4], 6) == Fraction(2, 3)
    assert (
        field.number([0, 2, -4], 6).coefficients == (0, 1, -2)
        and field.number([0, 2, -4], 6).denominator == 3
    )
    assert field.element((Fraction(1, 2), Fraction(1, 3))).element == (
        Fraction(1, 2),
        Fraction(1, 3),
        0,
    )
    assert (
        field.element(()) == 0
        and field.element((Fraction(3),)) == 3
        and field.element((0, 0, 0)) == 0
    )
    assert field_of(field.root, field.atoms) is field and pickle.loads(pickle.dumps(field)) is field
    root = field.generator
    assert (root / 2).numerator == root and root.numerator is root and (root / 2).denominator == 2
    assert +root is root and 0 - (-root) == root and abs(-root) == root and bool(root)
    assert (root / 6).written == (sympy.cbrt(2), 6) and root * 0 == 0 and type(root * 0) is Fraction
    assert root**0 == 1 and root**3 == 2 and 2 // root == root**2 == root * root // 1


def test_comparisons_with_other_things():
    root = algebraic(sympy.sqrt(2))
    assert (
        root != 1
        and root != "x"
        and (root == 1) is False
        and root != Fraction(3, 2)
        and root != 1.4
    )
    for operation in (
        lambda: root + "1",
        lambda: root < 1.5,
        lambda: root * 0.5,
        lambda: root**0.5,
        lambda: "1" - root,
    ):
        with pytest.raises(TypeError):
            operation()
    # above and below zero and another number, each comparison both ways
    for own, other, sign in (
        (root, 0, 1),
        (-root, 0, -1),
        (root, Fraction(3, 2), -1),
        (root, 1, 1),
        (root, -root, 1),
        (root, root, 0),
    ):
        assert (own > other, own >= other, own < other, own <= other) == (
            sign > 0,
            sign >= 0,
            sign < 0,
            sign <= 0,
        )
        assert (other < own, other <= own, other > own, other >= own) == (
            sign > 0,
            sign >= 0,
            sign < 0,
            sign <= 0,
        )


@pytest.mark.parametrize("bits", [0, 1, 8, 70, 200])
def test_enclosures_are_tight(bits):
    """The powers of a root, by the integer parts of SymPy's decimals."""
    for expression in (
        sympy.sqrt(2),
        -sympy.cbrt(3),
        sympy.rootof(t**5 - t - 1, 0),
        sympy.sqrt(10**12 + 1),
    ):
        number = algebraic(expression)
        field = number.field
        for k, (low, high) in enumerate(field.powers(bits)):
            value = sympy.N(field.generator.expression, 120) ** k * 2**bits
            assert low <= value <= high
            # errors of a root are multiplied by its powers
            assert high - low <= 2 + k * (abs(value) / 2**bits + 1)
        low, high = (3 - number).enclosure(bits)
        assert low <= sympy.N(3 - expression, 120) * 2**bits * (3 - number).denominator <= high
    near = algebraic(sympy.sqrt(10**60 + 1)) - 10**30
    assert near.sign == 1 and (-near).sign == -1 and near.floor(bits) == (2**bits // (2 * 10**30))
    assert float(near) == 5e-31 and hash(near) == hash(algebraic(sympy.sqrt(10**60 + 1) - 10**30))


def test_numbers_are_written_in_few_products_of_atoms():
    """With their coefficients: a basis of products is found, also where some are superfluous."""
    two, three = in_one_field([algebraic(sympy.sqrt(2)), algebraic(sympy.sqrt(3))])
    own = Fraction(1, 2) + 3 * two - two * three / 5
    assert own.expression == sympy.Rational(1, 2) + 3 * sympy.sqrt(2) - sympy.sqrt(6) / 5
    assert own.written == (5 + 30 * sympy.sqrt(2) - 2 * sympy.sqrt(6), 10)
    assert sorted(c for c, _ in own.field.terms(own)) == [Fraction(-1, 5), Fraction(1, 2), 3]
    assert own.field.terms(Fraction(0)) == [] and own.field.terms(7) == [(7, ())]
    golden = algebraic(sympy.GoldenRatio)
    assert (golden**4).expression == 2 + 3 * sympy.GoldenRatio
    nested = algebraic(sympy.sqrt(2 + sympy.sqrt(2)))
    assert (
        sympy.expand(
            (nested**3 - nested**2).expression
            - (2 + sympy.sqrt(2)) * (sympy.sqrt(2 + sympy.sqrt(2)) - 1)
        )
        == 0
    )
    assert [len(places) for places, _ in two.field.written] == [0, 1, 1, 2]


def test_numbers_are_read_from_all_that_they_may_be():
    root = algebraic(sympy.sqrt(2))
    assert to_number(root) is root and to_number("1/2") == Fraction(1, 2) == to_number(sympy.S.Half)
    assert type(to_number(3)) is Fraction and to_number(sympy.sqrt(8)) == 2 * root
    for value, error in (
        (sympy.pi, Unsupported),
        (sympy.Symbol("a"), Unsupported),
        (0.5, InexactNumber),
        (sympy.I, Unsupported),
    ):
        with pytest.raises(error):
            to_number(value)
    # the right one of several roots, by an expression and by an index, and of a polynomial with a leading factor
    for k, root in enumerate(sympy.Poly(4 * t**3 - 6 * t + 1, t).real_roots(radicals=False)):
        number = algebraic(root)
        assert abs(sympy.N(number.expression, 30) - sympy.N(root, 30)) < sympy.Float("1e-25")
        assert 4 * number**3 - 6 * number + 1 == 0 and number.floor(20) == sympy.floor(
            sympy.N(root, 40) * 2**20
        )
        assert k < 3
    angles = [algebraic(sympy.cos(k * sympy.pi / 9)) for k in (1, 5, 7)]
    assert [8 * c**3 - 6 * c for c in angles] == [1, 1, 1] and angles[0] > 0 > angles[1] > angles[2]
    assert (
        algebraic(sympy.cos(sympy.pi / 3)) == Fraction(1, 2)
        and algebraic(sympy.sqrt(2) - sympy.sqrt(2) + 1) == 1
    )
    assert algebraic(sympy.sqrt(sympy.Integer(2)) ** -3) == algebraic(sympy.sqrt(2)) / 4
    # what has roots, and is rational
    assert algebraic(sympy.sqrt((sympy.sqrt(2) + sympy.sqrt(3)) ** 2 - 2 * sympy.sqrt(6) - 1)) == 2
    assert in_one_field([Fraction(1), 2]) == [1, 2] and in_one_field([]) == []


def test_three_fields_become_one():
    numbers = [algebraic(sympy.sqrt(n)) for n in (2, 3, 5)]
    own = in_one_field([*numbers, Fraction(1, 2), numbers[0] + 1])
    assert len({n.field for n in own if isinstance(n, Algebraic)}) == 1 and own[0].field.degree == 8
    assert (
        [n * n for n in own[:3]] == [2, 3, 5] and own[3] == Fraction(1, 2) and own[4] == own[0] + 1
    )
    assert all(n.sign == 1 for n in own[:3]) and own == [*numbers, Fraction(1, 2), numbers[0] + 1]


def test_the_largest_degree_is_the_last_that_is_read():
    number = algebraic(sympy.root(2, MAX_DEGREE))
    assert number.field.degree == MAX_DEGREE and number**MAX_DEGREE == 2
    with pytest.raises(Unsupported, match="degree 13"):
        algebraic(sympy.root(2, MAX_DEGREE + 1))
    product = algebraic(sympy.root(2, 4)) * algebraic(sympy.cbrt(3))
    assert product.field.degree == 12 and product**12 == 8 * 81
    with pytest.raises(Unsupported, match="degree"):
        algebraic(sympy.root(2, 4)) + algebraic(sympy.root(3, 4))


factors = st.lists(
    st.tuples(st.integers(-2, 2), st.integers(-1, 1), st.integers(1, 3)), min_size=1, max_size=3
)


@given(factors, factors, st.booleans())
@settings(max_examples=30, deadline=None)
def test_common_divisors_over_a_field(one, two, is_rational):
    """Of products of (a + b √2) + c t, which say themselves what they have in common."""
    root = Fraction(1) if is_rational else algebraic(sympy.sqrt(2))

    def product_of(own):
        total = [Fraction(1)]
        for a, b, c in own:
            total = _times(total, [a + b * root, Fraction(c)])
        return total

    def value(p, x):
        return sum((c * x**k for k, c in enumerate(p)), Fraction(0))

    shared = Counter(-(a + b * root) / c for a, b, c in one) & Counter(
        -(a + b * root) / c for a, b, c in two
    )
    found = _common_divisor(product_of(one), product_of(two))
    assert len(found) == 1 + shared.total() and found[-1]
    for x, count in shared.items():
        own = found
        for _ in range(count):
            assert value(own, x) == 0
            own = [k * c for k, c in enumerate(own)][1:]
    assert _common_divisor(product_of(one), []) == product_of(one)
