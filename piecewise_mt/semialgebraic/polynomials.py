"""Polynomials with integer coefficients in named variables, and their factors."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any, TypeAlias

from sympy.polys.domains import ZZ
from sympy.polys.rings import PolyRing

from piecewise_mt.semialgebraic.systems import TooHard

Polynomial: TypeAlias = Any
"""An element of the ring: SymPy's sparse ``PolyElement`` over the integers."""
Factors: TypeAlias = tuple[int, tuple[tuple[Polynomial, int], ...]]
"""The sign of the constant, then irreducible primitive polynomials with their exponents."""

MAX_SIZE = 20_000
"""The most terms times degrees of a polynomial that is factored: about a second of SymPy's."""


class Ring:
    """The polynomials in some variables over the integers, with a memory of factors.

    Examples
    --------
    >>> ring = Ring(("x", "y"))
    >>> x, y = ring.variables
    >>> ring.factors(2 * y**2 - 2 * x**2)
    (-1, ((x - y, 1), (x + y, 1)))
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._ring = PolyRing(self.names, ZZ, "lex")
        self.variables: tuple[Polynomial, ...] = tuple(self._ring.gens)
        self.zero: Polynomial = self._ring.zero
        self.one: Polynomial = self._ring.one
        self._factors: dict[Polynomial, Factors] = {}

    def from_terms(self, terms: dict[tuple[int, ...], int]) -> Polynomial:
        """The polynomial with these coefficients by exponents."""
        return self._ring.from_dict({exponents: c for exponents, c in terms.items() if c})

    def primitive(self, p: Polynomial) -> tuple[int, Polynomial]:
        """(sign, polynomial) with coprime coefficients, the leading one positive."""
        if not p:
            return 1, p
        content = gcd(*p.values())
        sign = 1 if p.LC > 0 else -1
        # a copy even so: SymPy's division keeps the hash of what it changes in place
        return sign, p.copy() if content == sign == 1 else p.quo_ground(sign * content)

    def factors(self, p: Polynomial) -> Factors:
        """The irreducible factors; those of the same polynomial are found once.

        Raises
        ------
        TooHard
            For a polynomial of many terms and high degree, which would take seconds.
        """
        sign, own = self.primitive(p)
        if not own:
            return 0, ()
        if own.is_ground:
            return sign, ()
        found = self._factors.get(own)
        if found is None:
            found = self._factors[own] = self._factored(own)
        return sign * found[0], found[1]

    def _factored(self, p: Polynomial) -> Factors:
        if len(p) == 1:
            (exponents,) = p
            pairs = zip(self.variables, exponents, strict=True)
            return 1, tuple((v, k) for v, k in pairs if k)
        for i in variables_of(p):
            rows = coefficients(p, i)
            if len(rows) == 2:
                # linear in a variable: primitive in it means irreducible
                common = rows[0].gcd(rows[1])
                if common.is_ground:
                    return 1, ((p, 1),)
                sign, below = self.factors(common)
                turn, rest = self.primitive(p.exquo(common))
                return sign * turn, ((rest, 1), *below)
        if len(p) * sum(p.degrees()) > MAX_SIZE:
            raise TooHard
        # the leading coefficients are positive, so the constant is one
        return 1, tuple((self.primitive(factor)[1], k) for factor, k in self._factor_list(p))

    def _factor_list(self, p: Polynomial) -> list[tuple[Polynomial, int]]:
        """The factors by FLINT, which is fifty times as fast, or by SymPy."""
        try:
            from flint import Ordering, fmpz_mpoly_ctx
        except ImportError:
            return list(p.factor_list()[1])
        context = fmpz_mpoly_ctx.get(self.names, Ordering.lex)
        own = context.from_dict({exponents: int(c) for exponents, c in p.items()})
        try:
            found = own.factor()[1]
        except OverflowError:
            # python-flint sorts the factors by their coefficients, as integers of C
            return list(p.factor_list()[1])
        return [
            (self.from_terms({tuple(map(int, e)): int(c) for e, c in q.to_dict().items()}), int(k))
            for q, k in found
        ]


def variables_of(p: Polynomial) -> list[int]:
    """The indices of the variables that occur."""
    return [i for i, k in enumerate(p.degrees()) if k > 0] if p else []


def coefficients(p: Polynomial, i: int) -> list[Polynomial]:
    """The coefficients by the powers 0, 1, … of one variable; [] for the zero polynomial."""
    parts: list[dict[tuple[int, ...], int]] = []
    for exponents, c in p.items():
        k = exponents[i]
        while len(parts) <= k:
            parts.append({})
        parts[k][(*exponents[:i], 0, *exponents[i + 1 :])] = c
    return [p.ring.from_dict(part) for part in parts]


def degree(p: Polynomial, i: int) -> int:
    """The degree in one variable, 0 for constants."""
    return max((exponents[i] for exponents in p), default=0)


def terms(p: Polynomial) -> tuple[tuple[tuple[int, ...], int], ...]:
    """The polynomial as the proofs write it."""
    return tuple(sorted((tuple(exponents), int(c)) for exponents, c in p.items()))


def homogenized(p: Polynomial, i: int, a: Polynomial, b: Polynomial, one: Polynomial) -> Polynomial:
    """a^d · p with b/a for the variable i, where d is the degree of p in it."""
    rows = coefficients(p, i)
    total = rows[-1]
    power = one
    for row in reversed(rows[:-1]):
        power = power * a
        total = total * b + row * power
    return total


def size(p: Polynomial) -> tuple[Any, ...]:
    """Orders polynomials: short ones of low degree first."""
    return (sum(p.degrees()), len(p), terms(p))
