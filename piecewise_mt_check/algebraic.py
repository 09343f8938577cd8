"""Real algebraic numbers: roots of whole polynomials in one variable, and signs there (Sturm).

A polynomial in one variable is the list of its coefficients by the powers 0, 1, …; [] is 0. For
whole p and q the chain p, p'·q, and the remainders with their signs turned, tells by its changes of
sign at two ends how many roots of p between them have q > 0, less those with q < 0 (Tarski); with
q = 1 it counts the roots (Sturm). A *root* is a polynomial and an interval with one root of it, an
*element* a polynomial with rational coefficients in one root, and a *point* has elements as
coordinates, all in the same root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd
from typing import Any, NamedTuple

from piecewise_mt_check.polynomials import Polynomial, length, value
from piecewise_mt_check.reading import (
    Invalid,
    Unsupported,
    integer,
    items,
    keys,
    number,
    spend,
)
from piecewise_mt_check.rows import MAX_BITS, common_denominator

MAX_ROOT_DEGREE = 100
Whole = list[int]
Element = tuple[Fraction, ...]
"""The coefficients of the powers 0, 1, … of a root; () is 0, one entry a rational number."""


def trimmed(p: Sequence[int]) -> Whole:
    """Without leading zeros, divided by the content."""
    found = list(p)
    while found and not found[-1]:
        found.pop()
    divisor = gcd(*found) or 1
    return [c // divisor for c in found]


def sign(number: int | Fraction) -> int:
    return (number > 0) - (number < 0)


def sign_at(p: Sequence[int], x: Fraction) -> int:
    """The sign of p(x)."""
    spend(len(p), _bits(p) + len(p) * length(x))
    total, scale = 0, 1
    for c in reversed(p):
        total = total * x.numerator + c * scale
        scale *= x.denominator
    return sign(total)


def product(p: Sequence[int], q: Sequence[int]) -> Whole:
    found = [0] * max(len(p) + len(q) - 1, 0)
    spend(len(p) * len(q), _bits(p) + _bits(q))
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            found[i + j] += a * b
    return found


def derivative(p: Sequence[int]) -> Whole:
    return [k * c for k, c in enumerate(p)][1:]


def remainder(p: Sequence[int], q: Sequence[int]) -> Whole:
    """A positive multiple of the remainder of p by q, made primitive."""
    rest = trimmed(p)
    scale, turn = abs(q[-1]), sign(q[-1])
    while len(rest) >= len(q):
        top, shift = turn * rest[-1], len(rest) - len(q)
        spend(len(rest), _bits(rest) + _bits(q))
        rest = [scale * c for c in rest]
        for i, c in enumerate(q):
            rest[shift + i] -= top * c
        rest = trimmed(rest)
    if _bits(rest) > MAX_BITS:
        raise Unsupported("the numbers become too long")
    return rest


def common_divisor(p: Sequence[int], q: Sequence[int]) -> Whole:
    one, two = trimmed(p), trimmed(q)
    while two:
        one, two = two, remainder(one, two)
    return one


def quotient(p: Sequence[int], q: Sequence[int]) -> Whole:
    """p / q, made primitive, where q divides p."""
    rest: list[Fraction | int] = list(p)
    found: list[Fraction | int] = [0] * max(len(p) - len(q) + 1, 0)
    for shift in range(len(found) - 1, -1, -1):
        c = found[shift] = Fraction(rest[shift + len(q) - 1]) / q[-1]
        spend(len(q), length(c) + _bits(q))
        for i, b in enumerate(q):
            rest[shift + i] -= c * b
    return _whole(found)


def square_free(p: Sequence[int]) -> Whole:
    """The polynomial with the same roots, each simple."""
    own = trimmed(p)
    return own if len(own) <= 2 else quotient(own, common_divisor(own, derivative(own)))


def chain(p: Sequence[int], q: Sequence[int] = (1,)) -> list[Whole]:
    """The signed remainders of p and p'·q."""
    found = [trimmed(p), trimmed(product(derivative(p), q))]
    while found[-1]:
        found.append([-c for c in remainder(found[-2], found[-1])])
    return found[:-1]


def changes(polynomials: Sequence[Sequence[int]], x: Fraction) -> int:
    """How often the sign changes along the chain at x."""
    signs = [s for s in (sign_at(p, x) for p in polynomials) if s]
    return sum(a != b for a, b in zip(signs, signs[1:]))


def count_roots(own: Sequence[Sequence[int]], low: Fraction, high: Fraction) -> int:
    """How many roots between two numbers, which are none, by the chain of p."""
    return changes(own, low) - changes(own, high)


def isolated(p: Sequence[int]) -> list[tuple[Fraction, Fraction]]:
    """Intervals with one root of p each, ascending, that do not overlap; no end is a root."""
    own = square_free(p)
    if len(own) <= 1:
        return []
    if len(own) > MAX_ROOT_DEGREE + 1:
        raise Unsupported(f"a polynomial in one variable has a degree above {MAX_ROOT_DEGREE}")
    sturm = chain(own)
    bound = Fraction(2 + max(map(abs, own[:-1])) // abs(own[-1]))  # by Cauchy
    found, pending = [], [(-bound, bound)]
    while pending:
        low, high = pending.pop()
        count = count_roots(sturm, low, high)
        if count == 1:
            found.append((low, high))
        elif count > 1:
            middle, step = (low + high) / 2, (high - low) / 4
            while not sign_at(own, middle):
                middle, step = middle + step, step / 2
            pending += [(low, middle), (middle, high)]
    return sorted(found)


def sign_columns(polynomials: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """The signs of polynomials that are not 0 on the line, at all roots and between them."""
    every: Whole = [1]
    for p in polynomials:
        every = product(every, quotient(p, common_divisor(p, every)))
    places = isolated(every)
    found = []
    for low, high in places:
        found.append(tuple(sign_at(p, low) for p in polynomials))
        root = Root(tuple(square_free(every)), low, high)
        found.append(tuple(sign_at_root(p, root) for p in polynomials))
    last = places[-1][1] if places else Fraction(0)
    return [*found, tuple(sign_at(p, last) for p in polynomials)]


class Root(NamedTuple):
    """The one root of a polynomial between two rational numbers, which are no roots."""

    polynomial: tuple[int, ...]
    low: Fraction
    high: Fraction


def sign_at_root(p: Sequence[int], root: Root) -> int:
    """The sign of p at the root."""
    own = remainder(p, root.polynomial)
    if len(own) <= 1:
        return sign(own[0]) if own else 0
    return count_roots(chain(root.polynomial, own), root.low, root.high)


def read_root(data: Any) -> Root:
    """{"polynomial": [c0, c1, …], "low": number, "high": number}."""
    keys(data, {"polynomial", "low", "high"})
    own = [integer(c) for c in items(data["polynomial"])]
    root = Root(tuple(own), number(data["low"]), number(data["high"]))
    if len(own) < 2 or not own[-1] or root.low >= root.high:
        raise Invalid("expected a polynomial with a root, and an interval")
    if len(own) > MAX_ROOT_DEGREE + 1:
        raise Unsupported(f"a polynomial in one variable has a degree above {MAX_ROOT_DEGREE}")
    if not sign_at(own, root.low) or not sign_at(own, root.high):
        raise Invalid("an end of an interval is a root")
    if count_roots(chain(own), root.low, root.high) != 1:
        raise Invalid("an interval does not have one root")
    return root


def element_sign(element: Element, root: Root | None) -> int:
    """The sign of Σ cₖ·rootᵏ."""
    if len(element) <= 1 or root is None:
        return sign(element[0]) if element else 0
    return sign_at_root(_whole(element), root)


def reduced(element: Sequence[Fraction], root: Root | None) -> Element:
    """The same number, with fewer powers of the root."""
    rest = list(element)
    if root is not None:
        p = root.polynomial
        while len(rest) >= len(p):
            spend(len(p), length(rest[-1]) + _bits(p))
            c = rest.pop() / p[-1]
            for i, b in enumerate(p[:-1]):
                rest[len(rest) - len(p) + 1 + i] -= c * b
    while rest and not rest[-1]:
        rest.pop()
    if any(length(c) > MAX_BITS for c in rest):
        raise Unsupported("the numbers become too long")
    return tuple(rest)


def read_element(data: Any, root: Root | None) -> Element:
    """A number, or [c0, c1, …] for Σ cₖ·rootᵏ."""
    if not isinstance(data, list):
        return reduced([number(data)], root)
    if root is None:
        raise Invalid("expected a root for powers of it")
    if len(data) > MAX_ROOT_DEGREE + 1:
        raise Unsupported(f"a number has powers above {MAX_ROOT_DEGREE}")
    return reduced([number(c) for c in data], root)


class Point(NamedTuple):
    """Coordinates by names, and the root that they are written in, if not all are rational."""

    coordinates: Mapping[str, Element]
    root: Root | None

    def value(self, p: Polynomial) -> Element:
        """The value of a polynomial in the names."""
        if self.root is None:
            own = {name: c[0] if c else Fraction(0) for name, c in self.coordinates.items()}
            return reduced([value(p, own)], None)
        total: list[Fraction] = []
        for monomial, c in p.items():
            term: Element = (Fraction(c),)
            for name in monomial:
                term = _times(term, self.coordinates[name], self.root)
            total += [Fraction(0)] * (len(term) - len(total))
            spend(len(term), max(map(length, (*term, *total)), default=0))
            for k, d in enumerate(term):
                total[k] += d
        return reduced(total, self.root)

    def sign(self, p: Polynomial) -> int:
        """The sign of a polynomial in the names."""
        return element_sign(self.value(p), self.root)


def read_point(data: Any, names: Sequence[str]) -> Point:
    """{"coordinates": [element, …]}, one a name, with "root" if they have powers of it."""
    keys(data, {"coordinates"}, {"root"})
    root = read_root(data["root"]) if "root" in data else None
    own = [read_element(c, root) for c in items(data["coordinates"], len(names))]
    return Point(dict(zip(names, own)), root)


def _times(one: Element, two: Element, root: Root) -> Element:
    found = [Fraction(0)] * max(len(one) + len(two) - 1, 0)
    spend(len(one) * len(two), max(map(length, (*one, *two)), default=0))
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            found[i + j] += a * b
    return reduced(found, root)


def _whole(element: Sequence[Fraction | int]) -> Whole:
    """A positive multiple with whole coefficients."""
    below = common_denominator(element)
    return trimmed([c.numerator * (below // c.denominator) for c in element])


def _bits(p: Sequence[int]) -> int:
    return max((c.bit_length() for c in p), default=0)
