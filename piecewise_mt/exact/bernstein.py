"""Bounds of a polynomial on a box by Bernstein coefficients, with ``fractions.Fraction`` alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import comb, prod
from typing import TypeAlias

Terms: TypeAlias = Mapping[tuple[int, ...], Fraction]
"""The coefficient of each monomial, by its exponents."""
Box: TypeAlias = Sequence[tuple[Fraction, Fraction]]
MAX_COEFFICIENTS = 20000


def bernstein_range(terms: Terms, box: Box) -> tuple[Fraction, Fraction]:
    """Bounds of a polynomial on a box: its smallest and largest Bernstein coefficient.

    On [0, 1]ⁿ a polynomial is a convex combination of these coefficients at every point, since the
    Bernstein polynomials are ≥ 0 and sum to 1. The bounds are attained if the polynomial is affine
    in each variable. (Garloff, "Convergent bounds for the range of multivariate polynomials",
    1985.)

    Raises
    ------
    OverflowError
        If there are more than 20,000 coefficients.

    Examples
    --------
    x² on [-1, 1], and x·y on the square with the tie x = y in it:

    >>> bernstein_range({(2,): Fraction(1)}, [(Fraction(-1), Fraction(1))])
    (Fraction(-1, 1), Fraction(1, 1))
    >>> bernstein_range({(1, 1): Fraction(1)}, [(Fraction(0), Fraction(2))] * 2)
    (Fraction(0, 1), Fraction(4, 1))
    """
    if not terms:
        return Fraction(0), Fraction(0)
    degrees = [max(column) for column in zip(*terms, strict=True)]
    if prod(d + 1 for d in degrees) > MAX_COEFFICIENTS:
        raise OverflowError("too many Bernstein coefficients")
    # x = low + (high - low) t, one variable after the other
    moved = {tuple(key): Fraction(value) for key, value in terms.items()}
    for i, (low, high) in enumerate(box):
        grown: dict[tuple[int, ...], Fraction] = {}
        for key, value in moved.items():
            for k in range(key[i] + 1):
                part = value * comb(key[i], k) * low ** (key[i] - k) * (high - low) ** k
                if part:
                    target = (*key[:i], k, *key[i + 1 :])
                    grown[target] = grown.get(target, Fraction(0)) + part
        moved = grown
    for i, degree in enumerate(degrees):
        grown = {}
        for key, value in moved.items():
            for k in range(key[i], degree + 1):
                target = (*key[:i], k, *key[i + 1 :])
                part = value * comb(k, key[i]) / comb(degree, key[i])
                grown[target] = grown.get(target, Fraction(0)) + part
        moved = grown
    every = product(*(range(d + 1) for d in degrees))
    values = [moved.get(key, Fraction(0)) for key in every]
    return min(values), max(values)


def check_bernstein(terms: Terms, box: Box, bound: Fraction) -> bool:
    """Whether the Bernstein coefficients prove that a polynomial is within ±bound on a box.

    Examples
    --------
    >>> check_bernstein({(1,): Fraction(2)}, [(Fraction(-3), Fraction(1))], Fraction(6))
    True
    """
    low, high = bernstein_range(terms, box)
    return -bound <= low and high <= bound
