"""Formulas as quotients of sums of powers of exponentials, in which cancelling is exact.

exp(a), tanh(a), sinh(a), cosh(a) are written in exp(m/k), one for every term m of the exponents,
with a common denominator k; anything else that is no sum, product or whole power is a letter of
its own. So what becomes 0 is 0. The work is counted, and given up where it is too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeAlias

import sympy

from piecewise_mt.exact.numbers import as_fraction, to_rational

Laurent: TypeAlias = dict[tuple[int, ...], Fraction]
"""Coefficients by exponents, which may be negative."""

MAX_PRODUCTS = 60_000
"""Products of terms after which writing a formula out is given up: some tenths of a second."""
MAX_POWER = 64
_HYPERBOLIC = (sympy.tanh, sympy.sinh, sympy.cosh)


class _TooMuch(Exception):
    """The formula is too long to be written out."""


@dataclass(frozen=True)
class Quotient:
    """above/below in the generators: exp(exponent) for each of `exponents`, then `letters`.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> found = in_exponentials(sympy.tanh(x) - 1 / (1 + sympy.exp(-x)))
    >>> found.exponents, found.one_exponential()
    ((x,), ((), (x, (-1, -2, 1)), (0, (1,))))
    """

    exponents: tuple[sympy.Expr, ...]
    letters: tuple[sympy.Expr, ...]
    above: Laurent
    below: Laurent

    @property
    def constant(self) -> sympy.Rational | None:
        """The rational number that it is proved to be, None if it is none.

        Examples
        --------
        >>> x = sympy.Symbol("x", real=True)
        >>> in_exponentials(sympy.tanh(x) - 2 / (1 + sympy.exp(-2 * x))).constant
        -1
        """
        if self.above and self.above.keys() != self.below.keys():
            return None
        ratios = {self.above.get(e, Fraction(0)) / c for e, c in self.below.items()}
        return to_rational(ratios.pop()) if len(ratios) == 1 else None

    @property
    def is_complete(self) -> bool:
        """Whether the generators are independent functions: not 0 here is not 0 everywhere."""
        exponents = [e for m in self.exponents for e in m.as_powers_dict().items()]
        return all(g.is_Symbol for g in self.letters) and all(
            b.is_Rational or (b.is_Symbol and n.is_Integer and n.is_positive) for b, n in exponents
        )

    def one_exponential(self) -> OneExponential | None:
        """Letters to powers, and above and below as polynomials p(exp(a)); None if they are not.

        The quotient is, up to a positive factor, the product of the powers and p/q, so that it has
        their signs.
        """
        powers: tuple[tuple[sympy.Expr, int], ...] = ()
        found = []
        count = len(self.exponents)
        for terms, turn in ((self.above, 1), (self.below, -1)):
            if not terms:
                return None
            common = next(iter(terms))[count:]
            if any(e[count:] != common for e in terms):
                return None
            powers += tuple(
                (letter, turn * power)
                for letter, power in zip(self.letters, common, strict=True)
                if power
            )
            own = self._on_a_line({e[:count]: c for e, c in terms.items()})
            if own is None:
                return None
            found.append(own)
        return powers, found[0], found[1]

    def _on_a_line(self, terms: Laurent) -> Univariate | None:
        """p(exp(a)) times a positive factor; a constant if no term has another sign."""
        if min(terms.values()) > 0 or max(terms.values()) < 0:
            return sympy.Integer(0), (1 if min(terms.values()) > 0 else -1,)
        scale = lcm(*(c.denominator for c in terms.values()))
        first, *rest = sorted(terms)
        steps = [tuple(b - a for a, b in zip(first, e, strict=True)) for e in rest]
        size = gcd(*steps[0])
        direction = tuple(v // size for v in steps[0])
        place = next(i for i, v in enumerate(direction) if v)
        coefficients = {0: terms[first]}
        for e, step in zip(rest, steps, strict=True):
            if step[place] % direction[place]:
                return None
            k = step[place] // direction[place]
            if step != tuple(k * v for v in direction):
                return None
            coefficients[k] = terms[e]
        exponent = sympy.Add(*(v * a for v, a in zip(direction, self.exponents, strict=True)))
        whole = (coefficients.get(k, Fraction(0)) * scale for k in range(max(coefficients) + 1))
        return exponent, tuple(map(int, whole))


Univariate: TypeAlias = tuple[sympy.Expr, tuple[int, ...]]
"""An exponent a and the coefficients c0, c1, … of Σ ck exp(k a)."""
OneExponential: TypeAlias = tuple[tuple[tuple[sympy.Expr, int], ...], Univariate, Univariate]
"""Letters with powers, above and below."""


def in_exponentials(expression: sympy.Expr) -> Quotient | None:
    """The formula as a quotient in exponentials, None if that is too long."""
    try:
        return _Writer(expression).quotient(expression)
    except _TooMuch:
        return None


def vanishes(expression: sympy.Expr) -> bool:
    """Whether a formula is proved to be 0 wherever it is defined.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> vanishes(sympy.tanh(x / 3) - 2 / (1 + sympy.exp(-2 * x / 3)) + 1)
    True
    >>> vanishes(sympy.tanh(1) ** 2 + 1 / sympy.cosh(1) ** 2 - 1), vanishes(sympy.exp(x) - 1)
    (True, False)
    """
    if not expression.has(sympy.exp, sympy.E, *_HYPERBOLIC):
        return bool(expression == 0)
    found = in_exponentials(expression)
    return found is not None and not found.above


class _Writer:
    """Writes a formula in generators that are found before."""

    def __init__(self, expression: sympy.Expr) -> None:
        self.denominators: dict[sympy.Expr, int] = {}
        self.letters: dict[sympy.Expr, int] = {}
        self.exponents_of: dict[sympy.Expr, dict[sympy.Expr, Fraction]] = {}
        self.products = 0
        self._collect(expression)
        self.places = {m: i for i, m in enumerate(self.denominators)}
        for i, letter in enumerate(self.letters, start=len(self.places)):
            self.letters[letter] = i
        self.size = len(self.places) + len(self.letters)
        self.one: Laurent = {(0,) * self.size: Fraction(1)}

    def quotient(self, expression: sympy.Expr) -> Quotient:
        above, below = self._written(expression)
        exponents = tuple(m / k for m, k in self.denominators.items())
        return Quotient(exponents, tuple(self.letters), above, below)

    def _collect(self, node: Any) -> None:
        if node.is_Rational:
            return
        if node.is_Add or node.is_Mul or _is_power(node):
            for arg in node.args[:1] if node.is_Pow else node.args:
                self._collect(arg)
        elif node is sympy.E or isinstance(node, (sympy.exp, *_HYPERBOLIC)):
            parts: dict[sympy.Expr, Fraction] = {}
            for term in sympy.Add.make_args(sympy.expand(_exponent(node))):
                c, m = term.as_coeff_Mul()
                if not c.is_Rational:
                    raise _TooMuch
                if c:
                    parts[m] = parts.get(m, Fraction(0)) + as_fraction(c)
            self.exponents_of[_exponent(node)] = parts
            for m, c in parts.items():
                self.denominators[m] = lcm(self.denominators.get(m, 1), c.denominator)
        else:
            self.letters[node] = 0

    def _written(self, node: Any) -> tuple[Laurent, Laurent]:
        if node.is_Rational:
            return ({(0,) * self.size: as_fraction(node)} if node else {}), self.one
        if node.is_Add:
            total: tuple[Laurent, Laurent] = ({}, self.one)
            for arg in node.args:
                total = self._sum(total, self._written(arg))
            return total
        if node.is_Mul:
            above, below = self.one, self.one
            for arg in node.args:
                own = self._written(arg)
                above, below = self._product(above, own[0]), self._product(below, own[1])
            return above, below
        if _is_power(node):
            above, below = self._written(node.base)
            count = int(node.exp)
            if count < 0:
                above, below = below, above
                if not below:
                    raise _TooMuch  # it has no value
            return self._power(above, abs(count)), self._power(below, abs(count))
        if node is sympy.E or isinstance(node, sympy.exp):
            return self._exponential(_exponent(node), 1), self.one
        if isinstance(node, _HYPERBOLIC):
            up, down = (self._exponential(node.args[0], k) for k in (1, -1))
            minus, plus = self._added(up, down, -1), self._added(up, down, 1)
            half = self._times(self.one, Fraction(2))
            if isinstance(node, sympy.tanh):
                return minus, plus
            return (minus if isinstance(node, sympy.sinh) else plus), half
        place = self.letters[node]
        return {tuple(int(i == place) for i in range(self.size)): Fraction(1)}, self.one

    def _exponential(self, exponent: sympy.Expr, turn: int) -> Laurent:
        powers = [0] * self.size
        for m, c in self.exponents_of[exponent].items():
            powers[self.places[m]] = int(turn * c * self.denominators[m])
        return {tuple(powers): Fraction(1)}

    def _sum(
        self, one: tuple[Laurent, Laurent], two: tuple[Laurent, Laurent]
    ) -> tuple[Laurent, Laurent]:
        if one[1] == two[1]:
            return self._added(one[0], two[0], 1), one[1]
        above = self._added(self._product(one[0], two[1]), self._product(two[0], one[1]), 1)
        return above, self._product(one[1], two[1])

    def _added(self, one: Laurent, two: Laurent, factor: int) -> Laurent:
        total = dict(one)
        for e, c in two.items():
            total[e] = total.get(e, Fraction(0)) + factor * c
        return {e: c for e, c in total.items() if c}

    def _times(self, terms: Laurent, factor: Fraction) -> Laurent:
        return {e: c * factor for e, c in terms.items()}

    def _product(self, one: Laurent, two: Laurent) -> Laurent:
        if one is self.one or two is self.one:
            return two if one is self.one else one
        self.products += len(one) * len(two)
        if self.products > MAX_PRODUCTS:
            raise _TooMuch
        total: Laurent = {}
        for e, c in one.items():
            for f, d in two.items():
                both = tuple(a + b for a, b in zip(e, f, strict=True))
                total[both] = total.get(both, Fraction(0)) + c * d
        return {e: c for e, c in total.items() if c}

    def _power(self, terms: Laurent, count: int) -> Laurent:
        if len(terms) == 1:
            ((e, c),) = terms.items()
            return {tuple(count * v for v in e): c**count}
        if count > MAX_POWER:
            raise _TooMuch
        total = self.one
        for _ in range(count):
            total = self._product(total, terms)
        return total


def _exponent(node: Any) -> sympy.Expr:
    return sympy.Integer(1) if node is sympy.E else node.args[0]


def _is_power(node: Any) -> bool:
    return bool(node.is_Pow and not isinstance(node, sympy.exp) and node.exp.is_Integer)
