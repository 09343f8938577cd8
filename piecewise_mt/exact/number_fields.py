"""Irrational real algebraic numbers: sums of powers of one root, with the arithmetic of Fractions.

A field is given by a monic integer polynomial that is irreducible, and by an interval with one of
its roots. What turns out to be rational is a ``Fraction`` again, so that
``isinstance(c, Algebraic)`` says whether a number is irrational. Signs are found by enclosures of
the root's powers in whole numbers, which end, as no irrational number is zero.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeAlias

import sympy

from piecewise_mt.exact.algebraic_points import Element, Root
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.real_roots import value_sign
from piecewise_mt.memory import cached_property

Number: TypeAlias = "int | Fraction | Algebraic"
_FIRST_BITS = 64


class Field:
    """The rationals with one real root of an irreducible monic polynomial.

    Parameters
    ----------
    root : Root
        Of an irreducible monic polynomial of degree 2 or more.
    atoms : sequence of (sympy.Expr, Element)
        Numbers that people write, whose products generate the field, by the powers of the root.
    """

    def __init__(self, root: Root, atoms: Sequence[tuple[sympy.Expr, Element]]) -> None:
        self.root = root
        self.atoms = tuple(atoms)
        p = root.polynomial
        self.degree = d = len(p) - 1
        self._enclosed: dict[int, list[tuple[int, int]]] = {}
        # the powers degree, …, 2·degree - 2 by the lower ones
        self._high: list[tuple[int, ...]] = []
        row = [-c for c in p[:-1]]
        for _ in range(d - 1):
            self._high.append(tuple(row))
            top = row[-1]
            row = [(row[k - 1] if k else 0) - top * p[k] for k in range(d)]

    def __reduce__(self) -> tuple[Any, ...]:
        return field_of, (self.root, self.atoms)

    def __repr__(self) -> str:
        return f"Field({', '.join(str(atom) for atom, _ in self.atoms)})"

    @property
    def generator(self) -> Number:
        """The root."""
        return self.number([0, 1], 1)

    def number(self, coefficients: Sequence[int], denominator: int) -> Number:
        """Σ coefficients·root^k / denominator; the denominator is positive."""
        divisor = gcd(denominator, *coefficients)
        if divisor != 1:
            coefficients = [c // divisor for c in coefficients]
            denominator //= divisor
        if not any(coefficients[1:]):
            c = coefficients[0]
            # never an int, two of which / would make a float of
            return Fraction(c, denominator)
        own = (*coefficients, *[0] * (self.degree - len(coefficients)))
        return Algebraic(self, own, denominator)

    def element(self, element: Element) -> Number:
        """A number that is given by its coefficients."""
        scale = lcm(*(c.denominator for c in element))
        whole = [c.numerator * (scale // c.denominator) for c in element]
        return self.number(whole[: self.degree] or [0], scale)

    def product(self, one: Sequence[int], two: Sequence[int]) -> list[int]:
        """The coefficients of a product."""
        d = self.degree
        total = [0] * (2 * d - 1)
        for i, a in enumerate(one):
            if a:
                for j, b in enumerate(two):
                    total[i + j] += a * b
        low = total[:d]
        for c, row in zip(total[d:], self._high, strict=True):
            if c:
                low = [v + c * w for v, w in zip(low, row, strict=True)]
        return low

    def inverse(self, number: Algebraic) -> Number:
        """One over a number."""
        d = self.degree
        if d == 2:
            # the conjugate over the norm, for root² = -p·root - q
            q, p, _ = self.root.polynomial
            a, b = number.coefficients
            norm = a * a - p * a * b + q * b * b
            sign = number.denominator if norm > 0 else -number.denominator
            return self.number([sign * (a - p * b), -sign * b], abs(norm))
        # Σ x_k root^k·number = 1, by elimination without fractions
        rows: list[list[int]] = []
        power: Sequence[int] = number.coefficients
        columns = [power]
        for _ in range(d - 1):
            power = self.product(power, (0, 1))
            columns.append(power)
        rows = [[column[i] for column in columns] + [int(i == 0)] for i in range(d)]
        before = 1
        for k in range(d):
            pivot = next(i for i in range(k, d) if rows[i][k])
            rows[k], rows[pivot] = rows[pivot], rows[k]
            lead = rows[k][k]
            for i in range(d):
                if i != k:
                    own = rows[i][k]
                    rows[i] = [
                        (lead * a - own * b) // before
                        for a, b in zip(rows[i], rows[k], strict=True)
                    ]
            before = lead
        sign = number.denominator if before > 0 else -number.denominator
        return self.number([sign * row[-1] for row in rows], abs(before))

    def powers(self, bits: int) -> list[tuple[int, int]]:
        """Whole numbers below and above the root's powers, times 2^bits."""
        enclosed = self._enclosed
        found = enclosed.get(bits)
        if found is None:
            found = enclosed[bits] = self._powers(bits, enclosed)
        return found

    def forget(self) -> None:
        """Compute anew what is asked next, whatever was kept of earlier questions."""
        self._enclosed = {}
        vars(self).pop("written", None)

    def _powers(
        self, bits: int, enclosed: dict[int, list[tuple[int, int]]]
    ) -> list[tuple[int, int]]:
        p, low, high = self.root.polynomial, self.root.low, self.root.high
        below = value_sign(p, low)
        # a little more than what is asked for, as errors grow
        scale = 1 << (bits + 8)
        start, stop = (low * scale).__floor__(), (high * scale).__ceil__()
        known = max((b for b in list(enclosed) if b < bits), default=0)
        if known:
            a, b = enclosed[known][1]
            start = max(start, a << (bits + 8 - known))
            stop = min(stop, b << (bits + 8 - known))
        while stop - start > 1:
            middle = (start + stop) // 2
            x = Fraction(middle, scale)
            if x <= low or x < high and value_sign(p, x) == below:
                start = middle
            else:
                stop = middle
        found = [(scale, scale)]
        for _ in range(self.degree - 1):
            ends = [a * b for a in found[-1] for b in (start, stop)]
            found.append((min(ends) // scale, -(-max(ends) // scale)))
        return [(a >> 8, -(-b >> 8)) for a, b in found]

    @cached_property
    def written(self) -> list[tuple[tuple[int, ...], list[Fraction]]]:
        """A basis of products of atoms, and for each the row that finds its coefficient."""
        d = self.degree
        products: list[tuple[tuple[int, ...], Number]] = [((), 1)]
        basis: list[tuple[int, ...]] = []
        # reduced rows, each with its pivot and the combination of the basis that it is
        reduced: list[tuple[int, list[Fraction], list[Fraction]]] = []
        for places, number in products:
            if len(basis) == d:
                break
            row = coefficients_of(number, d)
            made = [Fraction(int(k == len(basis))) for k in range(d)]
            for pivot, other, how in reduced:
                c = row[pivot]
                row, made = _less(row, c, other), _less(made, c, how)
            pivot = next((i for i, value in enumerate(row) if value), -1)
            if pivot < 0:
                # its multiples are sums of those of others
                continue
            c = row[pivot]
            row, made = [a / c for a in row], [a / c for a in made]
            reduced = [
                (p, _less(other, other[pivot], row), _less(how, other[pivot], made))
                for p, other, how in reduced
            ]
            reduced.append((pivot, row, made))
            basis.append(places)
            for k, (_, element) in enumerate(self.atoms):
                products.append(((*places, k), number * self.element(element)))
        ways = {pivot: how for pivot, _, how in reduced}
        return [(places, [ways[i][k] for i in range(d)]) for k, places in enumerate(basis)]

    def terms(self, number: Number) -> list[tuple[Fraction, tuple[int, ...]]]:
        """The number as a sum of multiples of products of atoms, which are given by places."""
        own = coefficients_of(number, self.degree)
        found = []
        for places, row in self.written:
            c = sum((a * b for a, b in zip(own, row, strict=True)), Fraction(0))
            if c:
                found.append((c, places))
        return found

    def expression(self, number: Number) -> sympy.Expr:
        """The number as people write it."""
        return self.sum(self.terms(number))

    def sum(self, terms: Sequence[tuple[Fraction, tuple[int, ...]]]) -> sympy.Expr:
        """A sum of multiples of products of atoms."""
        atoms = [atom for atom, _ in self.atoms]
        return sympy.Add(
            *(sympy.Mul(to_rational(c), *(atoms[k] for k in places)) for c, places in terms)
        )


def _less(one: list[Fraction], c: Fraction, two: list[Fraction]) -> list[Fraction]:
    return [a - c * b for a, b in zip(one, two, strict=True)] if c else one


_FIELDS: dict[Any, Field] = {}


def field_of(root: Root, atoms: Iterable[tuple[sympy.Expr, Element]]) -> Field:
    """The field of a root, one object for equal ones."""
    atoms = tuple(atoms)
    key = (root, atoms)
    return _FIELDS.get(key) or _FIELDS.setdefault(key, Field(root, atoms))


def coefficients_of(number: Number, degree: int) -> list[Fraction]:
    """The coefficients by the powers of the root."""
    if isinstance(number, Algebraic):
        return [Fraction(c, number.denominator) for c in number.coefficients]
    return [Fraction(number), *[Fraction(0)] * (degree - 1)]


def _with_numbers(operation: Callable[[Algebraic, Any], Any]) -> Callable[[Algebraic, Any], Any]:
    """What is no number knows itself what comes of it."""

    def with_number(self: Algebraic, other: Any) -> Any:
        if type(other) is int or isinstance(other, (Algebraic, int, Fraction)):
            return operation(self, other)
        return NotImplemented

    return with_number


class Algebraic:
    """An irrational number of a field.

    Examples
    --------
    >>> from piecewise_mt.exact.reading_numbers import algebraic
    >>> root = algebraic(sympy.sqrt(2))
    >>> root * root, root / 2, 1 / (root - 1), root > 1
    (Fraction(2, 1), Algebraic(sqrt(2)/2), Algebraic(1 + sqrt(2)), True)
    """

    __slots__ = ("_hash", "_sign", "coefficients", "denominator", "field")

    def __init__(self, field: Field, coefficients: tuple[int, ...], denominator: int) -> None:
        self.field = field
        self.coefficients = coefficients
        """By the powers of the root; without a common divisor with the denominator."""
        self.denominator = denominator
        self._sign = 0
        self._hash: int | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Algebraic, (self.field, self.coefficients, self.denominator)

    @property
    def numerator(self) -> Algebraic:
        """The number times its denominator."""
        if self.denominator == 1:
            return self
        return Algebraic(self.field, self.coefficients, 1)

    @property
    def element(self) -> Element:
        """The number as :mod:`~piecewise_mt.exact.algebraic_points` has it, for the same root."""
        return tuple(Fraction(c, self.denominator) for c in self.coefficients)

    def _sympy_(self) -> sympy.Expr:
        # or SymPy would ask for a float
        return self.expression

    @property
    def expression(self) -> sympy.Expr:
        """The number for SymPy."""
        return self.field.expression(self)

    @property
    def written(self) -> tuple[sympy.Expr, int]:
        """A numerator for SymPy, and a denominator."""
        terms = self.field.terms(self)
        below = lcm(*(c.denominator for c, _ in terms))
        return self.field.sum([(c * below, places) for c, places in terms]), below

    def __str__(self) -> str:
        return str(self.expression)

    def __repr__(self) -> str:
        return f"Algebraic({self})"

    # -- order -----------------------------------------------------------------------------

    def enclosure(self, bits: int) -> tuple[int, int]:
        """Whole numbers below and above the number times its denominator times 2^bits."""
        low = high = 0
        for c, (a, b) in zip(self.coefficients, self.field.powers(bits)):
            if c > 0:
                low += c * a
                high += c * b
            elif c:
                low += c * b
                high += c * a
        return low, high

    @property
    def sign(self) -> int:
        """1 or -1."""
        if not self._sign:
            bits = _FIRST_BITS
            while True:
                low, high = self.enclosure(bits)
                if low > 0 or high < 0:
                    self._sign = 1 if low > 0 else -1
                    break
                bits *= 2
        return self._sign

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Algebraic):
            if self.field is other.field:
                same = self.coefficients == other.coefficients
                return same and self.denominator == other.denominator
            return not self - other
        return False if isinstance(other, (int, Fraction)) else NotImplemented

    def __hash__(self) -> int:
        if self._hash is None:
            # the same for the same number, whatever field it is written in
            self._hash = hash(("algebraic", self.floor(32)))
        return self._hash

    def floor(self, bits: int = 0) -> int:
        """The largest integer below the number times 2^bits."""
        own = bits + _FIRST_BITS
        while True:
            low, high = (v // (self.denominator << (own - bits)) for v in self.enclosure(own))
            if low == high:
                return low
            own *= 2

    @_with_numbers
    def __lt__(self, other: Any) -> bool:
        return (self - other) < 0 if other else self.sign < 0

    @_with_numbers
    def __gt__(self, other: Any) -> bool:
        return (self - other) > 0 if other else self.sign > 0

    @_with_numbers
    def __le__(self, other: Any) -> bool:
        return (self - other) <= 0 if other else self.sign < 0

    @_with_numbers
    def __ge__(self, other: Any) -> bool:
        return (self - other) >= 0 if other else self.sign > 0

    def __float__(self) -> float:
        bits = 1100 + max(c.bit_length() for c in self.coefficients)
        return float(Fraction(self.enclosure(bits)[0], self.denominator << bits))

    # -- arithmetic ------------------------------------------------------------------------

    def __neg__(self) -> Algebraic:
        return Algebraic(self.field, tuple([-c for c in self.coefficients]), self.denominator)

    def __pos__(self) -> Algebraic:
        return self

    def __abs__(self) -> Algebraic:
        return self if self.sign > 0 else -self

    @_with_numbers
    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Algebraic):
            d = self.denominator
            if d == other.denominator:
                first, *rest = self.coefficients
                return self.field.number([first + other.numerator, *rest], d)
            scale = lcm(d, other.denominator)
            own = [c * (scale // d) for c in self.coefficients]
            own[0] += other.numerator * (scale // other.denominator)
            return self.field.number(own, scale)
        if other.field is not self.field:
            return _in_one(self, other, lambda a, b: a + b)
        d, e = self.denominator, other.denominator
        if d == e:
            pairs = zip(self.coefficients, other.coefficients, strict=True)
            return self.field.number([a + b for a, b in pairs], d)
        scale = lcm(d, e)
        u, v = scale // d, scale // e
        pairs = zip(self.coefficients, other.coefficients, strict=True)
        return self.field.number([u * a + v * b for a, b in pairs], scale)

    __radd__ = __add__

    @_with_numbers
    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    @_with_numbers
    def __rsub__(self, other: Any) -> Any:
        return -self + other

    @_with_numbers
    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Algebraic):
            n = other.numerator
            if not n:
                return Fraction(0)
            own = [n * c for c in self.coefficients]
            return self.field.number(own, self.denominator * other.denominator)
        if other.field is not self.field:
            return _in_one(self, other, lambda a, b: a * b)
        own = self.field.product(self.coefficients, other.coefficients)
        return self.field.number(own, self.denominator * other.denominator)

    __rmul__ = __mul__

    @_with_numbers
    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Algebraic):
            return self * other.field.inverse(other)
        return self * Fraction(other.denominator, other.numerator)

    @_with_numbers
    def __rtruediv__(self, other: Any) -> Any:
        return other * self.field.inverse(self)

    # elimination without fractions divides by what it knows to divide
    __floordiv__ = __truediv__
    __rfloordiv__ = __rtruediv__

    def __pow__(self, exponent: int) -> Any:
        if not isinstance(exponent, int):
            return NotImplemented
        if exponent < 0:
            return self.field.inverse(self) ** -exponent
        total: Any = Fraction(1)
        for _ in range(exponent):
            total = total * self
        return total


def _in_one(
    one: Algebraic, two: Algebraic, operation: Callable[[Number, Number], Number]
) -> Number:
    """An operation on numbers of different fields."""
    from piecewise_mt.exact.reading_numbers import joined, moved

    join = joined(one.field, two.field)
    return operation(moved(one, join.field, join.first), moved(two, join.field, join.second))


# a number like others, where arrays and texts are told apart from numbers
numbers.Number.register(Algebraic)
