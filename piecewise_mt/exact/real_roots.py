"""Signs of integer polynomials in one variable all along the real line, by Sturm's theorem.

For the checkers: integers and dyadic Fractions only, nothing shared with the solvers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

Coefficients = Sequence[int]
"""A polynomial in one variable: its coefficients by the powers 0, 1, …"""


def trimmed(p: Sequence[int]) -> list[int]:
    """Without leading zeros, divided by the content."""
    result = list(p)
    while result and not result[-1]:
        result.pop()
    content = gcd(*result) if result else 1
    return [c // content for c in result]


def value_sign(p: Coefficients, x: Fraction) -> int:
    """The sign of p(x)."""
    total = 0
    power = 1
    n, d = x.numerator, x.denominator
    # Σ c n^k d^(m-k), by Horner from the top
    for c in reversed(p):
        total = total * n + c * power
        power *= d
    return (total > 0) - (total < 0)


def _remainder(p: Sequence[int], q: Sequence[int]) -> list[int]:
    """A positive multiple of p mod q."""
    rest = list(p)
    top = q[-1]
    while len(rest) >= len(q):
        c = rest[-1]
        shift = len(rest) - len(q)
        if c:
            factor, sign = abs(top), 1 if top > 0 else -1
            rest = [factor * r for r in rest]
            for i, b in enumerate(q):
                rest[shift + i] -= sign * c * b
        rest.pop()
    return trimmed(rest)


def common_divisor(p: Coefficients, q: Coefficients) -> list[int]:
    """The greatest common divisor, primitive.

    Examples
    --------
    >>> common_divisor([-1, 0, 1], [1, 2, 1])
    [1, 1]
    """
    a, b = trimmed(p), trimmed(q)
    while b:
        a, b = b, (_remainder(a, b) if len(a) >= len(b) else a)
    return a if not a or a[-1] > 0 else [-c for c in a]


def exact_quotient(p: Coefficients, q: Coefficients) -> list[int]:
    """p / q up to a positive factor, where q divides p."""
    rest = [Fraction(c) for c in p]
    found = [Fraction(0)] * (len(p) - len(q) + 1)
    for shift in range(len(found) - 1, -1, -1):
        c = found[shift] = rest[shift + len(q) - 1] / q[-1]
        for i, b in enumerate(q):
            rest[shift + i] -= c * b
    scale = lcm(*(c.denominator for c in found))
    return trimmed([int(c * scale) for c in found])


def derivative(p: Coefficients) -> list[int]:
    """The derivative."""
    return [k * c for k, c in enumerate(p)][1:]


def square_free(p: Coefficients) -> list[int]:
    """The polynomial with the same roots, each simple."""
    own = trimmed(p)
    if len(own) <= 2:
        return own
    return exact_quotient(own, common_divisor(own, derivative(own)))


def sturm_chain(p: Coefficients) -> list[list[int]]:
    """Sturm's sequence of a square-free polynomial."""
    chain = [trimmed(p), trimmed(derivative(p))]
    while len(chain[-1]) > 1:
        rest = _remainder(chain[-2], chain[-1])
        if not rest:
            break
        chain.append([-c for c in rest])
    return [q for q in chain if q]


def _changes(signs: Sequence[int]) -> int:
    kept = [s for s in signs if s]
    return sum(1 for a, b in zip(kept, kept[1:], strict=False) if a != b)


def count_roots(chain: Sequence[Coefficients], low: Fraction, high: Fraction) -> int:
    """How many roots the first of a Sturm chain has in the half-open interval (low, high].

    Examples
    --------
    >>> count_roots(sturm_chain([-2, 0, 1]), Fraction(0), Fraction(2))
    1
    """
    at_low, at_high = ([value_sign(p, x) for p in chain] for x in (low, high))
    return _changes(at_low) - _changes(at_high)


def root_bound(p: Coefficients) -> Fraction:
    """A number that is larger than the absolute value of every root (Cauchy)."""
    bound = 1 + max((abs(c) for c in p[:-1]), default=0) // abs(p[-1]) + 1
    return Fraction(1 << bound.bit_length())


def isolated(p: Coefficients) -> list[tuple[Fraction, Fraction]]:
    """Disjoint open intervals, each with one root of p, ascending; no end is a root.

    Examples
    --------
    >>> [(str(a), str(b)) for a, b in isolated([-2, 0, 1])]
    [('-8', '0'), ('0', '8')]
    """
    own = square_free(p)
    if len(own) <= 1:
        return []
    chain = sturm_chain(own)
    bound = root_bound(own)
    found = []
    todo = [(-bound, bound)]
    while todo:
        low, high = todo.pop()
        count = count_roots(chain, low, high)
        if count == 1:
            found.append((low, high))
        elif count > 1:
            middle = (low + high) / 2
            step = (high - low) / 4
            while not value_sign(own, middle):
                middle += step
                step /= 2
            todo += [(middle, high), (low, middle)]
    return sorted(found)


def sign_columns(polynomials: Sequence[Coefficients]) -> list[tuple[int, ...]]:
    """The signs of all polynomials on the intervals and points that their roots cut out.

    Left to right: an open interval, a root, an open interval, …

    Examples
    --------
    >>> sign_columns([[0, 1], [-1, 0, 1]])  # x and x² - 1
    [(-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
    """
    parts = [square_free(p) for p in polynomials]
    product = [1]
    for part in parts:
        if len(part) > 1:
            new = exact_quotient(part, common_divisor(part, product))
            result = [0] * (len(product) + len(new) - 1)
            for i, a in enumerate(product):
                for j, b in enumerate(new):
                    result[i + j] += a * b
            product = trimmed(result)
    places = isolated(product)
    ends = [Fraction(0)] if not places else [places[0][0], *(high for _, high in places)]
    found = [tuple(value_sign(p, ends[0]) for p in polynomials)]
    for low, high in places:
        at_root = []
        for p, part in zip(polynomials, parts, strict=True):
            here = value_sign(part, low) * value_sign(part, high) < 0
            at_root.append(0 if here else value_sign(p, high))
        found.append(tuple(at_root))
        found.append(tuple(value_sign(p, high) for p in polynomials))
    return found
