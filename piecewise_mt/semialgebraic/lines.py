"""The real line cut at the roots of integer polynomials in one variable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from sympy.polys.densetools import dup_primitive
from sympy.polys.domains import ZZ
from sympy.polys.factortools import dup_factor_list
from sympy.polys.rootisolation import dup_isolate_real_roots_sqf

from piecewise_mt.semialgebraic.systems import Budget


@dataclass
class RealRoot:
    """A real root of an irreducible polynomial, which narrows its interval on demand."""

    polynomial: tuple[int, ...]
    """By the powers 0, 1, …; the leading coefficient is positive."""
    low: Fraction
    high: Fraction

    @property
    def exact(self) -> Fraction | None:
        """The root, if it is rational."""
        p = self.polynomial
        return Fraction(-p[0], p[1]) if len(p) == 2 else None

    def narrow(self) -> None:
        """Halve the interval."""
        if self.low == self.high:
            return
        middle = (self.low + self.high) / 2
        value = sign_at(self.polynomial, middle)
        if value == 0:
            self.low = self.high = middle
        elif value == sign_at(self.polynomial, self.low):
            self.low = middle
        else:
            self.high = middle

    def copy(self) -> RealRoot:
        """One that narrows on its own."""
        return RealRoot(self.polynomial, self.low, self.high)


@dataclass(frozen=True)
class Column:
    """A root, or an open interval between roots with a rational number in it."""

    place: Fraction | RealRoot
    is_interval: bool
    signs: tuple[int, ...]


def sign_at(p: Sequence[int], x: Fraction) -> int:
    """The sign of a polynomial, given by the powers 0, 1, …, at a rational number."""
    n, d = x.numerator, x.denominator
    total, power = 0, 1
    for c in reversed(p):
        total = total * n + c * power
        power *= d
    return (total > 0) - (total < 0)


def simplest(low: Fraction | None, high: Fraction | None) -> Fraction:
    """A number of small denominator between two ends, near zero; None stands for no bound.

    Examples
    --------
    >>> str(simplest(Fraction(1, 3), Fraction(3, 5))), str(simplest(Fraction(1, 3), None))
    ('1/2', '1')
    """
    if (low is None or low < 0) and (high is None or high > 0):
        return Fraction(0)
    if low is None:
        assert high is not None
        return Fraction(-floor(-high) - 1)
    if high is None:
        return Fraction(floor(low) + 1)
    if high <= 0:
        return -_simplest(-high, -low)
    return _simplest(low, high)


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The simplest rational strictly between 0 ≤ low < high (Stern and Brocot)."""
    whole = floor(low)
    if whole + 1 < high:
        return Fraction(whole + 1)
    if low == whole:
        # whole < x < high ≤ whole + 1
        return whole + Fraction(1, floor(1 / (high - whole)) + 1)
    if high == whole + 1:
        return whole + 1 / _simplest_above(1 / (low - whole))
    return whole + 1 / _simplest(1 / (high - whole), 1 / (low - whole))


def _simplest_above(high: Fraction) -> Fraction:
    """The simplest rational strictly between 1 and `high`."""
    return _simplest(Fraction(1), high)


def real_roots(p: Sequence[int]) -> list[RealRoot]:
    """The distinct real roots of a polynomial, ascending, with disjoint intervals."""
    found: list[RealRoot] = []
    for factor in irreducible(p):
        if len(factor) == 2:
            at = Fraction(-factor[0], factor[1])
            found.append(RealRoot(factor, at, at))
            continue
        dense = [ZZ(c) for c in reversed(factor)]
        for low, high in dup_isolate_real_roots_sqf(dense, ZZ):
            ends = [Fraction(int(end.numerator), int(end.denominator)) for end in (low, high)]
            found.append(RealRoot(factor, *ends))
    return ordered(found)


def distinct_roots(factors: Iterable[tuple[int, ...]], budget: Budget) -> list[RealRoot]:
    """The real roots of different irreducible polynomials, ascending."""
    roots: list[RealRoot] = []
    for factor in dict.fromkeys(factors):
        budget.check()
        roots += real_roots(factor)
    return ordered(roots)


def irreducible(p: Sequence[int]) -> list[tuple[int, ...]]:
    """The irreducible factors of positive degree, primitive, by the powers 0, 1, …"""
    dense = [ZZ(c) for c in reversed(p)]
    while dense and not dense[0]:
        dense.pop(0)
    if len(dense) <= 1:
        return []
    if len(dense) == 2:
        _, dense = dup_primitive(dense, ZZ)
        pairs = [(dense, 1)]
    else:
        _, pairs = dup_factor_list(dense, ZZ)
    result = []
    for factor, _ in pairs:
        own = [int(c) for c in reversed(factor)]
        result.append(tuple(own if own[-1] > 0 else [-c for c in own]))
    return result


def ordered(roots: list[RealRoot]) -> list[RealRoot]:
    """Distinct roots, ascending, with intervals that do not meet."""
    apart = False
    while not apart:
        apart = True
        roots.sort(key=lambda root: (root.low, root.high))
        for one, other in zip(roots, roots[1:], strict=False):
            if one.high >= other.low and not (
                one.high == other.low and one.low != one.high != other.high
            ):
                one.narrow()
                other.narrow()
                apart = False
    return roots


def columns(polynomials: Sequence[Sequence[int]], budget: Budget) -> list[Column]:
    """The line cut at all real roots, with the signs of all polynomials, left to right.

    Examples
    --------
    >>> for column in columns([[-2, 0, 1]], Budget(1)):
    ...     print(column.is_interval, column.signs)
    True (1,)
    False (0,)
    True (-1,)
    False (0,)
    True (1,)
    """
    per: list[list[tuple[int, ...]]] = []
    for p in polynomials:
        budget.check()
        per.append(irreducible(p))
    roots = distinct_roots((factor for own in per for factor in own), budget)
    places = between(roots)
    found = []
    for k, place in enumerate(places):
        signs = tuple(sign_at(p, place) for p in polynomials)
        found.append(Column(place, True, signs))
        if k < len(roots):
            root = roots[k]
            right = places[k + 1]
            at_root = tuple(
                0 if root.polynomial in own else sign_at(p, right)
                for p, own in zip(polynomials, per, strict=True)
            )
            exact = root.exact
            found.append(Column(root if exact is None else exact, False, at_root))
    return found


def between(roots: Sequence[RealRoot]) -> list[Fraction]:
    """A rational number in each of the open intervals between ordered roots."""
    ends: list[tuple[Fraction | None, Fraction | None]] = []
    low: Fraction | None = None
    for root in roots:
        ends.append((low, root.low))
        low = root.high
    ends.append((low, None))
    found = []
    for left, right in ends:
        if left is not None and left == right:
            # open intervals of two irrational roots that share an end, which is no root
            found.append(left)
        else:
            found.append(simplest(left, right))
    return found
