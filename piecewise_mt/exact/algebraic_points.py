"""Points with algebraic coordinates in one simple extension, and their check.

Each coordinate is a polynomial with rational coefficients in one real number, the only root of an
integer polynomial in an interval. Integers and Fractions only, nothing shared with the solvers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from piecewise_mt.exact.integer_polynomials import Terms
from piecewise_mt.exact.real_roots import (
    common_divisor,
    count_roots,
    square_free,
    sturm_chain,
    value_sign,
)

Element = tuple[Fraction, ...]
"""A polynomial in the root, by the powers 0, 1, …; one entry for a rational number."""


@dataclass(frozen=True)
class Root:
    """The only root of a square-free integer polynomial in an open interval."""

    polynomial: tuple[int, ...]
    """The coefficients by the powers 0, 1, …"""
    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class ExactPoint:
    """Coordinates as polynomials in one root; without a root all are rational.

    Examples
    --------
    >>> root = Root((-2, 0, 1), Fraction(1), Fraction(2))
    >>> ExactPoint(((Fraction(0), Fraction(1)), (Fraction(2),)), root).is_rational
    False
    """

    coordinates: tuple[Element, ...]
    root: Root | None = None

    @property
    def is_rational(self) -> bool:
        """Whether all coordinates are rational as they are written."""
        return all(not any(element[1:]) for element in self.coordinates)

    @property
    def rational(self) -> tuple[Fraction, ...]:
        """The coordinates of a rational point."""
        assert self.is_rational
        return tuple(element[0] if element else Fraction(0) for element in self.coordinates)


def is_root(root: Root) -> bool:
    """Whether the interval has one root of the polynomial, in its interior."""
    p = root.polynomial
    if len(p) < 2 or not p[-1] or root.low >= root.high:
        return False
    if not value_sign(p, root.low) or not value_sign(p, root.high):
        return False
    own = square_free(p)
    return len(own) == len(p) and count_roots(sturm_chain(own), root.low, root.high) == 1


def sign_at_point(terms: Terms, point: ExactPoint) -> int:
    """The exact sign of a polynomial at a point.

    Examples
    --------
    x² - 2 and x at the square root of two:

    >>> root = Root((-2, 0, 1), Fraction(1), Fraction(2))
    >>> point = ExactPoint(((Fraction(0), Fraction(1)),), root)
    >>> sign_at_point({(2,): 1, (0,): -2}, point), sign_at_point({(1,): -1}, point)
    (0, -1)
    """
    if point.is_rational:
        return _sign_at_rational(terms, point.rational)
    # of each coordinate from the first one on
    powers: list[list[_Whole]] = [[_whole(element)] for element in point.coordinates]
    total: _Whole = ([], 1)
    for exponents, c in terms.items():
        term: _Whole = ([c], 1)
        for known, power in zip(powers, exponents, strict=True):
            while len(known) < power:
                known.append(_reduced(_times(known[-1], known[0]), point.root))
            if power:
                term = _reduced(_times(term, known[power - 1]), point.root)
        total = _plus(total, term)
    # denominators are positive
    whole = total[0]
    while whole and not whole[-1]:
        whole.pop()
    if not whole:
        return 0
    if point.root is None:
        raise ValueError("a point without a root has rational coordinates")
    return _sign_at_root(whole, point.root)


def _sign_at_rational(terms: Terms, values: Sequence[Fraction]) -> int:
    # whole numbers are ten times as fast
    known = [v.numerator if v.denominator == 1 else v for v in values]
    total: int | Fraction = 0
    for exponents, c in terms.items():
        term: int | Fraction = c
        for value, power in zip(known, exponents, strict=True):
            if power:
                term = term * value**power
        total = total + term
    return (total > 0) - (total < 0)


_Whole = tuple[list[int], int]
"""Integer coefficients over a positive denominator."""


def _whole(element: Element) -> _Whole:
    scale = lcm(*(c.denominator for c in element))
    return [int(c * scale) for c in element], scale


def _plus(first: _Whole, second: _Whole) -> _Whole:
    scale = lcm(first[1], second[1])
    a, b = scale // first[1], scale // second[1]
    result = [0] * max(len(first[0]), len(second[0]))
    for i, c in enumerate(first[0]):
        result[i] += a * c
    for i, c in enumerate(second[0]):
        result[i] += b * c
    return result, scale


def _times(first: _Whole, second: _Whole) -> _Whole:
    result = [0] * max(len(first[0]) + len(second[0]) - 1, 0)
    for i, a in enumerate(first[0]):
        if a:
            for j, b in enumerate(second[0]):
                result[i + j] += a * b
    return result, first[1] * second[1]


def _reduced(element: _Whole, root: Root | None) -> _Whole:
    """The remainder by the root's polynomial, in lowest terms."""
    rest, scale = element
    if root is not None:
        p = root.polynomial
        lead, sign = abs(p[-1]), 1 if p[-1] > 0 else -1
        while len(rest) >= len(p):
            top = rest.pop()
            if top:
                shift = len(rest) - len(p) + 1
                if lead != 1:
                    rest = [lead * c for c in rest]
                    scale *= lead
                for i, c in enumerate(p[:-1]):
                    rest[shift + i] -= sign * top * c
    shared = gcd(scale, *rest)
    return [c // shared for c in rest], scale // shared


def _sign_at_root(p: Sequence[int], root: Root) -> int:
    """The sign of an integer polynomial at the root."""
    low, high = root.low, root.high
    own = sturm_chain(root.polynomial)
    shared = common_divisor(p, root.polynomial)
    if len(shared) > 1 and count_roots(sturm_chain(shared), low, high):
        return 0
    chain = sturm_chain(square_free(p))
    # narrow the interval until p has no root in it
    while count_roots(chain, low, high) or not value_sign(p, low):
        middle = (low + high) / 2
        if not value_sign(root.polynomial, middle):
            return value_sign(p, middle)
        if count_roots(own, low, middle):
            high = middle
        else:
            low = middle
    return value_sign(p, high)


def check_point(conditions: Sequence[tuple[Terms, int]], point: ExactPoint) -> bool:
    """Whether every polynomial has, at the point, a sign in its mask (see ``case_trees``).

    Examples
    --------
    >>> point = ExactPoint(((Fraction(1, 2),), (Fraction(2),)))
    >>> check_point([({(1, 1): 1, (0, 0): -1}, 2), ({(1, 0): 1}, 4)], point)
    True
    """
    if point.root is not None and not is_root(point.root):
        return False
    if point.root is None and not point.is_rational:
        return False
    for terms, mask in conditions:
        sign = sign_at_point(terms, point)
        if not mask & (1, 2, 4)[sign + 1]:
            return False
    return True
