"""Balls against intervals of fractions, and their functions against mpmath with more digits."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact import ball_functions
from piecewise_mt.exact.ball_functions import FUNCTIONS, log_two, pi_units, root
from piecewise_mt.exact.balls import (
    Ball,
    ball_of,
    interval_text,
    joined,
    power_of_ten,
    rounded_up,
)
from piecewise_mt.exact.reading_numbers import algebraic

TWO = Fraction(2)
HALF = Fraction(1, 2)
wide = settings(max_examples=60, deadline=None)

balls = st.builds(
    Ball,
    st.integers(-40, 40) | st.integers(-(10**9), 10**9),
    st.integers(0, 3) | st.integers(0, 2**40),
    st.integers(-8, 8),
    st.sampled_from([4, 20, 200]),
)


def hull(ball):
    """The interval by the definition of a ball."""
    unit = TWO**ball.exp
    return (ball.mid - ball.rad) * unit, (ball.mid + ball.rad) * unit


def width(ball):
    low, high = hull(ball)
    return high - low


# balls


@pytest.mark.parametrize("bits", [1, 3, 6])
@pytest.mark.parametrize("rad", [0, 1, 2, 5])
@pytest.mark.parametrize("exp", [-3, 0, 2])
def test_midpoints_are_cut_to_their_bits(bits, rad, exp):
    for mid in range(-70, 71):
        ball = Ball(mid, rad, exp, bits)
        unit = TWO**exp
        low, high = hull(ball)
        assert low <= (mid - rad) * unit and (mid + rad) * unit <= high
        assert ball.mid.bit_length() <= bits or ball.mid == -(2**bits)
        last = TWO**ball.exp
        if mid.bit_length() <= bits:
            assert (ball.mid, ball.rad, ball.exp) == (mid, rad, exp)
        elif not rad and mid * unit % last == 0:
            assert ball.is_exact
        else:
            # what is cut, and a radius that is rounded up
            assert not ball.is_exact and ball.rad * last < rad * unit + 2 * last


def test_a_radius_keeps_32_bits():
    for rad in (2**32 - 1, 2**32, 2**40 + 1, 2**50 - 1):
        ball = Ball(12345, rad, 0, 200)
        low, high = hull(ball)
        assert low <= 12345 - rad and 12345 + rad <= high
        assert ball.rad <= 2**32 + 1 and high - low <= 2 * rad * (1 + Fraction(3, 2**31))
        assert (ball.exp == 0) == (rad < 2**32)


@wide
@given(balls, balls)
def test_sums_and_products_are_the_least_balls(one, two):
    a, b = (Ball(v.mid, v.rad % 2**12, v.exp, 400) for v in (one, two))
    (p, q), (r, s) = hull(a), hull(b)
    assert hull(a + b) == (p + r, q + s) and hull(a - b) == (p - s, q - r)
    assert hull(-a) == (-q, -p)
    middle = (p + q) * (r + s) / 4
    far = max(abs(u * v - middle) for u in (p, q) for v in (r, s))
    assert hull(a * b) == (middle - far, middle + far)
    assert hull(joined(a, b)) == (min(p, r), max(q, s))
    assert joined(one, two).bits == max(one.bits, two.bits)
    for found in (one + two, one - two, one * two):
        assert found.bits == max(one.bits, two.bits)


@wide
@given(balls, balls)
def test_cut_results_hold_all_values(one, two):
    (p, q), (r, s) = hull(one), hull(two)
    for found, values in (
        (one + two, (p + r, q + s)),
        (one - two, (p - s, q - r)),
        (one * two, (p * r, p * s, q * r, q * s)),
        (joined(one, two), (p, q, r, s)),
    ):
        low, high = hull(found)
        assert low <= min(values) and max(values) <= high
        size = max(map(abs, values)) + width(one) + width(two)
        assert high - low <= 4 * (max(values) - min(values)) + 8 * size / 2**found.bits


@wide
@given(balls)
def test_numbers_are_taken_as_balls(ball):
    p, q = hull(ball)
    assert ball + 0 is ball and 0 + ball is ball and ball + Fraction(0) is ball
    assert ball * 1 is ball and Fraction(1) * ball is ball
    assert ball * 0 == 0 and isinstance(0 * ball, Fraction)
    own = ball - ball
    assert own.is_exact and own.sign() == 0 and own.bits == ball.bits
    for number in (3, Fraction(-5, 4), Fraction(1, 3)):
        for found, values in (
            (ball + number, (p + number, q + number)),
            (number + ball, (p + number, q + number)),
            (ball - number, (p - number, q - number)),
            (number - ball, (number - p, number - q)),
            (ball * number, (p * number, q * number)),
            (number * ball, (p * number, q * number)),
            (ball / number, (p / number, q / number)),
        ):
            low, high = hull(found)
            assert low <= min(values) and max(values) <= high and found.bits == ball.bits


@pytest.mark.parametrize("wrong", ["1", None, 1.5])
def test_other_things_are_refused(wrong):
    ball = Ball(1, 0, 0, 20)
    for ask in (
        lambda: ball + wrong,
        lambda: wrong - ball,
        lambda: ball - wrong,
        lambda: ball * wrong,
        lambda: ball / wrong,
        lambda: hash(ball),
    ):
        with pytest.raises(TypeError):
            ask()


@wide
@given(balls)
def test_inverses(ball):
    p, q = hull(ball)
    if p <= 0 <= q:
        with pytest.raises(mt.OutsideDomain if p == q else mt.Undecided):
            ball.inverse()
        return
    low, high = hull(ball.inverse())
    assert low <= 1 / q and 1 / p <= high
    # |1/(m ± r) - 1/m| <= r/(m (m - r)), and some units of the last place
    middle, radius = abs(p + q) / 2, (q - p) / 2
    bound = 2 * radius / (middle * (middle - radius))
    assert high - low <= bound * (1 + Fraction(1, 2**28)) + Fraction(9) / 2**ball.bits / middle
    assert ball.inverse().bits == ball.bits
    low, high = hull(3 / ball)
    assert low <= min(3 / p, 3 / q) and max(3 / p, 3 / q) <= high


def test_an_inverse_is_as_sharp_as_its_bits():
    for number in (3, -7, Fraction(1, 2**90), 10**40):
        found = ball_of(number, 100).inverse()
        assert width(found) <= abs(Fraction(1) / number) / 2**97
        assert found.mid.bit_length() <= 100 or found.mid == -(2**100)


def test_signs_and_orders_on_a_grid():
    for mid, rad in product(range(-4, 5), range(4)):
        ball = Ball(mid, rad, -1, 20)
        p, q = hull(ball)
        for number in (Fraction(k, 4) for k in range(-9, 10)):
            if p <= number <= q and p < q:
                for ask in (
                    lambda: ball < number,  # noqa: B023
                    lambda: ball >= number,  # noqa: B023
                    lambda: ball == number,  # noqa: B023
                ):
                    with pytest.raises(mt.Undecided):
                        ask()
                continue
            assert (ball < number, ball <= number) == (p < number, p <= number)
            assert (ball > number, ball >= number) == (p > number, p >= number)
            assert (ball == number, ball != number) == (p == number, p != number)
        if p > 0 or q < 0 or p == q:
            assert bool(ball) == (p != 0) and ball.sign() == (p > 0) - (p < 0)
        assert ball.is_exact == (p == q)
        # a ball is the number that it stands for, and no other one
        assert ball == ball and ball <= ball and not ball < ball


@wide
@given(balls, st.integers(-12, 12))
def test_ends_and_tops(ball, bits):
    p, q = hull(ball)
    assert ball.ends() == (p, q)
    size = max(abs(p), abs(q))
    assert size < TWO**ball.top and (not size or TWO ** (ball.top - 1) <= size)
    mid, rad = ball.fixed(bits)
    unit = TWO**-bits
    assert (mid - rad) * unit <= p and q <= (mid + rad) * unit
    exact = all(
        end / unit == end // unit for end in (TWO**ball.exp * ball.mid, TWO**ball.exp * ball.rad)
    )
    assert rad * unit <= (q - p) / 2 + (0 if exact else 2) * unit


def test_a_tiny_ball_is_a_unit():
    for ball in (Ball(1, 0, -5000, 20), Ball(-1, 0, -5000, 20), Ball(3, 2, -5000, 20)):
        mid, rad = ball.fixed(10)
        assert mid - rad <= -1 * (ball.mid < 0) and mid + rad >= (ball.mid > 0) and rad <= 2


@pytest.mark.parametrize("gap", [1, 100, 167, 168, 169, 170, 250, 5000])
@pytest.mark.parametrize(
    "small", [(0, 0), (0, 1), (1, 0), (-1, 0), (-(2**19), 3), (2**19, 0), (999, 1)]
)
@pytest.mark.parametrize("large", [(0, 0), (0, 1), (1, 0), (-12345, 0), (2**19, 2)])
def test_sums_of_unlike_sizes(gap, small, large):
    one, two = Ball(*large, gap, 20), Ball(*small, 0, 20)
    (p, q), (r, s) = hull(one), hull(two)
    for found in (one + two, two + one):
        low, high = hull(found)
        assert low <= p + r and q + s <= high
        if large == (0, 0):
            assert (low, high) == (r, s)
        elif small == (0, 0):
            assert (low, high) == (p, q)
        else:
            most = max(abs(p + r), abs(q + s))
            assert high - low <= (q - p + s - r) + 8 * most / 2**20


@pytest.mark.parametrize("bits", [5, 64])
def test_numbers_are_enclosed(bits):
    numbers = [Fraction(a, b) for a in range(-40, 41) for b in (1, 2, 3, 7, 8, 40)]
    for number in (*numbers, Fraction(10**30, 3), Fraction(2**90 + 1), Fraction(1, 3 * 2**90)):
        ball = ball_of(number, bits)
        low, high = hull(ball)
        assert low <= number <= high and ball.bits == bits
        assert high - low <= 8 * abs(number) / 2**bits
        if abs(number.numerator) < 2**bits and not number.denominator & (number.denominator - 1):
            assert low == high
    third = ball_of(Fraction(1, 3), bits)
    assert ball_of(third, 7) is third


def test_algebraic_numbers_are_enclosed():
    for formula in (sympy.sqrt(2), -sympy.sqrt(5) / 7, sympy.root(3, 3) / 5 - 1):
        number = algebraic(formula)
        for bits in (20, 100):
            ball = ball_of(number, bits)
            low, high = ball.ends()
            low, high = (sympy.Rational(v.numerator, v.denominator) for v in (low, high))
            assert low < formula < high and high - low < sympy.Rational(16, 2**bits)
        found = Ball(3, 0, 0, 60) * number
        assert hull(found)[0] < Fraction(str((3 * formula).evalf(30))) < hull(found)[1]


# texts


def test_powers_of_ten():
    for power in range(-25, 26):
        ten = Fraction(10) ** power
        for value in (ten, ten * Fraction(10001, 10000), ten * 5, ten * Fraction(99999, 10000)):
            assert power_of_ten(value) == power_of_ten(-value) == power + 1
        assert power_of_ten(ten * Fraction(9999, 10000)) == power
    assert power_of_ten(Fraction(2**5000)) == len(str(2**5000))


@given(st.fractions(Fraction(1, 10**9), 10**9))
def test_two_digits_are_rounded_up(value):
    shown = Fraction(rounded_up(value))
    assert value <= shown < value * Fraction(11, 10)
    assert shown - value < Fraction(10) ** (power_of_ten(value) - 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1), "1.0e0"),
        (Fraction(99, 10), "9.9e0"),
        (Fraction(991, 100), "1.0e1"),
        (Fraction(999, 10), "1.0e2"),
        (Fraction(-(-(10**9) // 3), 10**9), "3.4e-1"),
        (Fraction(999, 10**6), "1.0e-3"),
        (Fraction(101, 10**4), "1.1e-2"),
    ],
)
def test_radii_as_texts(value, text):
    assert rounded_up(value) == text


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0, 3, "0"),
        (1, 1, "1"),
        (-1, 3, "-1"),
        (10, 2, "10"),
        (100, 3, "100"),
        (1000, 3, "1e3"),
        (1500, 3, "1.5e3"),
        (-1250, 3, "-1.25e3"),
        (Fraction(1, 10), 3, "0.1"),
        (Fraction(1, 1000), 3, "0.001"),
        (Fraction(1, 10**4), 3, "0.0001"),
        (Fraction(1, 10**5), 3, "1e-5"),
        (Fraction(25, 10**6), 3, "2.5e-5"),
        (Fraction(5, 4), 2, "1.3 ± 5.0e-2"),
        (Fraction(-5, 4), 2, "-1.3 ± 5.0e-2"),
        (Fraction(999, 1000), 2, "1 ± 1.0e-3"),
        (Fraction(9999, 10), 3, "1000 ± 1.0e-1"),
        (Fraction(2, 3), 4, "0.6667 ± 3.4e-5"),
    ],
)
def test_numbers_as_texts(number, digits, text):
    assert interval_text(Fraction(number), Fraction(number), digits) == text


def test_balls_as_texts():
    assert str(Ball(3, 0, -1, 20)) == "1.5" and repr(Ball(-3, 0, -1, 20)) == "Ball(-1.5)"
    assert str(Ball(1, 0, 2**16 - 1, 20)).startswith("a number below") is False
    assert str(Ball(1, 0, 2**16, 20)) == f"a number below 2**{2**16 + 1} in size"
    assert str(Ball(1, 0, -(2**16) - 2, 20)) == f"a number below 2**{-(2**16) - 1} in size"


# functions


def context(bits):
    found = mpmath.MPContext()
    found.prec = bits
    return found


def as_mpf(mp, value):
    return mp.mpf(value.numerator) / value.denominator


def ends_as_mpf(mp, ball):
    return tuple(
        mp.ldexp(mp.mpf(end), ball.exp) for end in (ball.mid - ball.rad, ball.mid + ball.rad)
    )


SIZES = ["1/1000000007", "1/50", "1/4", "3/10", "1/2", "5/7", "1", "7/6", "3/2", "2", "3", "11/3",
         "5", "8", "31/3", "20", "101/2", "5000/7"]  # fmt: skip
POINTS = [sign * Fraction(size) for size in SIZES for sign in (1, -1)] + [Fraction(0)]


def exact_ball(point, bits):
    """A ball that is one number, near a point."""
    near = ball_of(point, bits)
    return Ball(near.mid, 0, near.exp, bits)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("bits", [8, 60, 250])
def test_values_at_points(name, bits):
    mp = context(2 * bits + 500)
    for point in POINTS:
        if name == "log" and point <= 0:
            with pytest.raises(mt.OutsideDomain):
                FUNCTIONS[name](ball_of(point, bits))
            continue
        x = exact_ball(point, bits)
        exact = getattr(mp, name)(as_mpf(mp, hull(x)[0]))
        found = FUNCTIONS[name](x)
        low, high = ends_as_mpf(mp, found)
        slack = (1 + abs(exact)) * mp.mpf(2) ** (-2 * bits - 300)
        assert low - slack <= exact <= high + slack, point
        # relative to the value for exp, absolute where values are at most about 1
        size = abs(exact) if name == "exp" else max(1, abs(exact))
        if name in ("sinh", "cosh"):
            size = mp.exp(abs(as_mpf(mp, hull(x)[0])))
        if name in ("erf", "erfc"):  # by exp(-x²)
            size = max(1, min(as_mpf(mp, point) ** 2, bits))
        assert high - low <= size * mp.mpf(2) ** (7 - bits), point
        assert found.bits == bits


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("guard", [0, 2])
def test_errors_are_counted_without_guard_bits(name, guard, monkeypatch):
    """Guard bits make results sharp; that they hold the values is owed to the errors alone."""
    monkeypatch.setattr(ball_functions, "GUARD", guard)
    for bits in (25, 40):
        mp = context(400)
        for point in [*POINTS, *(Fraction(k, 64) for k in range(1, 200, 7))]:
            x = exact_ball(point, bits)
            if name == "log" and point <= 0:
                continue
            exact = getattr(mp, name)(as_mpf(mp, hull(x)[0]))
            low, high = ends_as_mpf(mp, FUNCTIONS[name](x))
            assert low <= exact <= high, point


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_values_on_balls(name):
    bits = 60
    mp = context(300)
    steepest = {"tanh": 1, "sin": 1, "cos": 1, "atan": 1, "asinh": 1, "erf": 2, "erfc": 2}
    for point in POINTS[::2] + POINTS[1::5]:
        for shift in (50, 20, 3):
            near = exact_ball(point, bits)
            finer = max(near.exp + shift, 0)
            rad = 1 << (finer - near.exp - shift)
            x = Ball(near.mid << finer, rad, near.exp - finer, bits)
            low, high = hull(x)
            if name == "log" and low <= 0:
                with pytest.raises((mt.OutsideDomain, mt.Undecided)):
                    FUNCTIONS[name](x)
                continue
            found = FUNCTIONS[name](x)
            ends = ends_as_mpf(mp, found)
            values = [getattr(mp, name)(as_mpf(mp, v)) for v in (low, high, (low + high) / 2)]
            slack = max(map(abs, values)) * mp.mpf(2) ** -250
            assert ends[0] <= min(values) + slack and max(values) - slack <= ends[1], point
            spread = as_mpf(mp, high - low)
            size = max(1, *map(abs, values))
            slope = steepest.get(name)
            if name == "log":
                slope = 1 / as_mpf(mp, low)
            if slope is None:  # e**(2r) - 1 <= 3.5 r for these
                slope = 4 * mp.exp(max(abs(as_mpf(mp, low)), abs(as_mpf(mp, high))))
                size = slope
            assert ends[1] - ends[0] <= 2 * slope * spread + size * mp.mpf(2) ** (6 - bits)


@pytest.mark.parametrize("unit", [1, 5, 16, 63, 64, 100, 333, 1000])
def test_constants(unit):
    mp = context(unit + 200)
    exact = mp.ldexp(mp.ln2, unit)
    assert exact - 2 <= log_two(unit) <= exact
    assert abs(pi_units(unit) - mp.ldexp(mp.pi, unit)) <= 2


@pytest.mark.parametrize("bits", [20, 100])
def test_large_exponents(bits):
    mp = context(bits + 300)
    for number in (2**40 - 1, -(2**40) + 1, 2**20 + 3, -(10**6)):
        found = FUNCTIONS["exp"](Ball(number, 0, 0, bits + 60))
        low, high = ends_as_mpf(mp, found)
        exact = mp.exp(number)
        assert low <= exact <= high and high - low <= exact * mp.mpf(2) ** (4 - bits - 60)
    with pytest.raises(mt.Unsupported):
        FUNCTIONS["exp"](Ball(2**40, 0, 0, bits + 60))
    tiny = FUNCTIONS["exp"](Ball(-(2**40), 0, 0, bits + 60))
    assert tiny.mid - tiny.rad == 0 and tiny.top < -(2**37)
    # known to less than its size
    for mid, rad in ((2**40, 2**39 + 1), (-(2**40), 2**39 + 1), (0, 2**41), (-(2**40), 2**41)):
        with pytest.raises(mt.Undecided):
            FUNCTIONS["exp"](Ball(mid, rad, 0, bits + 60))


def test_exponentials_of_wide_balls_are_refused():
    assert FUNCTIONS["exp"](Ball(0, 2**10 - 1, -10, 40)).bits == 40
    for rad in (2**10, 2**11, 2**30):
        with pytest.raises(mt.Undecided):
            FUNCTIONS["exp"](Ball(0, rad, -10, 40))


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_large_angles(name):
    mp = context(3000)
    for number in (10**6, -(10**6), 2**200 + 1, 2**900 - 1):
        x = Ball(number, 0, 0, 1000)
        low, high = ends_as_mpf(mp, FUNCTIONS[name](x))
        exact = getattr(mp, name)(number)
        assert low <= exact <= high and high - low < mp.mpf(2) ** -990
    with pytest.raises(mt.Undecided):
        FUNCTIONS[name](Ball(1, 0, 4096, 40))
    assert FUNCTIONS[name](Ball(1, 0, 4095, 40)).bits == 40


@pytest.mark.parametrize("name", ["tanh", "atan", "erf", "erfc", "asinh", "log"])
@pytest.mark.parametrize("rad", [0, 1, 2])
def test_far_values(name, rad):
    bits = 40
    mp = context(300)
    for exp in (2, 3, 4, 5, 6, 7, 8, 36, 62, 64, 65, 66, 70, 200, 5000):
        for mid in (1, 3) if name == "log" else (1, -1, 3, -5):
            # at most half as wide as it is far
            x = Ball(mid * 4, rad, exp - 2, bits)
            if name == "tanh" and exp > 36 and abs(x.mid) <= 2 * rad:
                continue
            found = FUNCTIONS[name](x)
            low, high = ends_as_mpf(mp, found)
            slack = mp.mpf(2) ** -280
            for end in hull(x):
                # erf and tanh are 1 to 300 bits there
                near = min(max(end, -(2**20)), 2**20) if name in ("tanh", "erf", "erfc") else end
                value = getattr(mp, name)(as_mpf(mp, near))
                assert low - slack <= value <= high + slack
            if not rad:
                size = exp if name in ("asinh", "log") else 1
                assert high - low <= size * mp.mpf(2) ** (6 - bits)


def test_far_values_need_their_sign():
    # the ball holds numbers of both signs, however large they are: more digits tell
    for mid in (1, -1):
        x = Ball(mid, 3, 100, 40)
        low, high = hull(FUNCTIONS["atan"](x))
        assert low <= -1 and 1 <= high
        for name in ("tanh", "erf", "erfc"):
            with pytest.raises(mt.Undecided):
                FUNCTIONS[name](x)


@pytest.mark.parametrize("degree", [2, 3, 5])
def test_roots_of_balls(degree):
    for bits in (10, 60):
        for exp in range(-5, 6):
            for mid, rad in ((1, 0), (2, 0), (9, 0), (64, 0), (2, 1), (1000, 3)):
                x = Ball(mid, rad, exp, bits)
                p, q = hull(x)
                low, high = hull(root(x, degree))
                assert 0 < low and low**degree <= p and q <= high**degree
                spread = (q - p) / p
                assert high - low <= 2 * high * (spread + Fraction(64) / 2**bits)
    for mid, rad, error in (
        (0, 0, mt.OutsideDomain),
        (-4, 1, mt.OutsideDomain),
        (1, 1, mt.Undecided),
    ):
        with pytest.raises(error):
            root(Ball(mid, rad, 0, 30), degree)


def test_large_numbers_have_short_roots():
    found = root(Ball(3, 0, 10**6, 30), 2)
    assert found.mid.bit_length() <= 30 and found.top == 5 * 10**5 + 1


def test_what_is_beyond_a_power_of_two():
    for mid, rad, exp, power in product(range(-9, 10), (0, 1, 3), (-2, 0, 1), range(-3, 5)):
        x = Ball(mid, rad, exp, 40)
        low, high = hull(x)
        expected = low >= TWO**power or high <= -(TWO**power)
        assert ball_functions._is_beyond(x, power) is expected


def test_squares_beyond_a_bound():
    exceeds = ball_functions._square_exceeds
    for mid, rad, exp in product(range(-3, 40), (0, 1, 3), (-2, -1, 0, 1)):
        x = Ball(mid, rad, exp, 40)
        low = hull(x)[0]
        for bound in (3, 4, 15, 16, 80):
            if exceeds(x, bound):
                assert low > 0 and low * low > bound
            elif low > 0:
                assert low * low < bound + 1
    assert exceeds(Ball(1, 0, 10**9, 40), 3) and not exceeds(Ball(-1, 0, 10**9, 40), 3)
