"""Powers and elementary functions of exact numbers and of balls, where their values are known."""

from fractions import Fraction

import pytest

from piecewise_mt.calculus.smooth.tapes import function, power
from piecewise_mt.errors import OutsideDomain
from piecewise_mt.exact.balls import ball_of

VALUES = [Fraction(1), Fraction(4), Fraction(9, 4), Fraction(1, 8), Fraction(27)]


@pytest.mark.parametrize("exponent", [Fraction(p, q) for p in range(-4, 5) for q in (1, 2, 3)])
def test_powers_to_their_own_degrees(exponent):
    """base^(p/q) to the q is base^p, exactly so where the root is rational, else enclosed."""
    above, degree = exponent.numerator, exponent.denominator
    for base in VALUES:
        for given in (base, ball_of(base, 80)):
            found = power(given, exponent, 80)
            if isinstance(found, Fraction):
                assert found**degree == base**above
            else:
                again = power(found, Fraction(degree), 80)
                if not isinstance(again, Fraction):
                    low, high = again.ends()
                    assert low <= base**above <= high < low + Fraction(1, 2**40) * high
    assert power(Fraction(5), Fraction(0), 60) == 1
    assert power(Fraction(4, 9), Fraction(-3, 2), 60) == Fraction(27, 8)


def test_what_has_no_value():
    for base, exponent in ((Fraction(0), Fraction(-1)), (Fraction(-1), Fraction(1, 2))):
        with pytest.raises(OutsideDomain):
            power(base, exponent, 60)
    for value in (0, -1):
        with pytest.raises(OutsideDomain, match="a positive number for log"):
            function("log", Fraction(value), 60)


def test_exact_values_at_zero_and_one():
    zero = Fraction(0)
    for name in ("sin", "sinh", "tan", "tanh", "atan", "asinh", "erf"):
        assert function(name, zero, 60) == 0
    for name in ("exp", "cos", "cosh", "erfc"):
        assert function(name, zero, 60) == 1
    assert function("log", Fraction(1), 60) == 0
