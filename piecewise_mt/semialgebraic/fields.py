"""Sample points: rational, or with coordinates in one simple extension of the rationals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TypeAlias

from piecewise_mt.exact.algebraic_points import ExactPoint, Root
from piecewise_mt.semialgebraic.lines import RealRoot, irreducible, real_roots
from piecewise_mt.semialgebraic.polynomials import Polynomial, Ring
from piecewise_mt.semialgebraic.systems import Budget, TooHard

Element: TypeAlias = tuple[Fraction, ...]
"""A polynomial in the field's root by the powers 0, 1, …, without leading zeros."""

MAX_DEGREE = 40


def trimmed(values: Sequence[Fraction]) -> Element:
    """Without leading zeros."""
    size = len(values)
    while size and not values[size - 1]:
        size -= 1
    return tuple(values[:size])


class Field:
    """The rationals with one real root of an irreducible polynomial; without one the rationals."""

    def __init__(self, root: RealRoot | None = None, budget: Budget | None = None) -> None:
        self.root = root.copy() if root is not None else None
        self.budget = budget

    @property
    def generator(self) -> Element:
        """The root."""
        return (Fraction(0), Fraction(1))

    def add(self, a: Element, b: Element, factor: Fraction | int = 1) -> Element:
        """a + factor·b."""
        size = max(len(a), len(b))
        return trimmed(
            [
                (a[i] if i < len(a) else 0) + factor * (b[i] if i < len(b) else Fraction(0))
                for i in range(size)
            ]
        )

    def mul(self, a: Element, b: Element) -> Element:
        """The product."""
        if len(a) <= 1 or len(b) <= 1:
            if not a or not b:
                return ()
            short, long = (a, b) if len(a) == 1 else (b, a)
            return tuple(short[0] * c for c in long)
        if self.budget is not None:
            self.budget.check()
        total = [Fraction(0)] * (len(a) + len(b) - 1)
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                total[i + j] += x * y
        return self.reduced(total)

    def reduced(self, values: Sequence[Fraction]) -> Element:
        """The remainder by the root's polynomial."""
        if self.root is None:
            return trimmed(values)
        p = self.root.polynomial
        rest = list(values)
        while len(rest) >= len(p):
            top = rest.pop()
            if top:
                shift = len(rest) - len(p) + 1
                quotient = top / p[-1]
                for i, c in enumerate(p[:-1]):
                    rest[shift + i] -= quotient * c
        return trimmed(rest)

    def inverse(self, a: Element) -> Element:
        """One over a number that is not zero, by the extended algorithm of Euclid."""
        if len(a) == 1:
            return (1 / a[0],)
        assert self.root is not None
        r0: Element = tuple(Fraction(c) for c in self.root.polynomial)
        r1 = a
        s0: Element = ()
        s1: Element = (Fraction(1),)
        plain = Field()
        while len(r1) > 1:
            if self.budget is not None:
                self.budget.check()
            quotient, rest = _divided(r0, r1)
            r0, r1 = r1, rest
            s0, s1 = s1, plain.add(s0, _plain_product(quotient, s1), -1)
        return self.reduced([c / r1[0] for c in s1])

    def sign(self, a: Element) -> int:
        """The sign of the number."""
        if len(a) <= 1:
            return 0 if not a else (a[0] > 0) - (a[0] < 0)
        assert self.root is not None
        while True:
            low, high = interval_value(a, self.root.low, self.root.high)
            if low > 0:
                return 1
            if high < 0:
                return -1
            self.root.narrow()


def _divided(a: Element, b: Element) -> tuple[Element, Element]:
    rest = list(a)
    quotient = [Fraction(0)] * max(len(a) - len(b) + 1, 0)
    while len(rest) >= len(b):
        top = rest.pop()
        shift = len(rest) - len(b) + 1
        if top:
            c = quotient[shift] = top / b[-1]
            for i, value in enumerate(b[:-1]):
                rest[shift + i] -= c * value
    return trimmed(quotient), trimmed(rest)


def _plain_product(a: Element, b: Element) -> Element:
    total = [Fraction(0)] * max(len(a) + len(b) - 1, 0)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            total[i + j] += x * y
    return trimmed(total)


def interval_value(
    p: Sequence[Fraction], low: Fraction, high: Fraction
) -> tuple[Fraction, Fraction]:
    """An interval that holds the values of a polynomial on an interval (Horner)."""
    a = b = Fraction(0)
    for c in reversed(p):
        products = (a * low, a * high, b * low, b * high)
        a, b = min(products) + c, max(products) + c
    return a, b


@dataclass(frozen=True)
class Sample:
    """Values of some variables in one field."""

    field: Field
    values: Mapping[int, Element]

    def exact(self, count: int) -> ExactPoint:
        """The point of all variables."""
        coordinates = tuple(tuple(self.values[i]) or (Fraction(0),) for i in range(count))
        root = self.field.root
        if root is None or all(len(c) == 1 for c in coordinates):
            return ExactPoint(coordinates)
        return ExactPoint(coordinates, Root(root.polynomial, root.low, root.high))

    def value(self, p: Polynomial) -> Element:
        """The value of a polynomial in the variables of the sample."""
        row = self.row(p, None)
        return row[0] if row else ()

    def row(self, p: Polynomial, variable: int | None) -> list[Element]:
        """The coefficients by the powers of one variable, with the values for the others."""
        powers: dict[tuple[int, int], Element] = {}
        field = self.field
        rational = field.root is None
        parts: list[Element] = []
        numbers: list[Fraction] = []
        for exponents, c in p.items():
            k = 0
            if rational:
                number = Fraction(int(c))
                for i, power in enumerate(exponents):
                    if i == variable:
                        k = power
                    elif power:
                        own = self.values[i]
                        number = number * own[0] ** power if own else Fraction(0)
                while len(numbers) <= k:
                    numbers.append(Fraction(0))
                numbers[k] += number
                continue
            total: Element = (Fraction(int(c)),)
            for i, power in enumerate(exponents):
                if i == variable:
                    k = power
                elif power:
                    key = (i, power)
                    if key not in powers:
                        result: Element = (Fraction(1),)
                        for _ in range(power):
                            result = field.mul(result, self.values[i])
                        powers[key] = result
                    total = field.mul(total, powers[key])
            while len(parts) <= k:
                parts.append(())
            parts[k] = field.add(parts[k], total)
        if rational:
            parts = [(n,) if n else () for n in numbers]
        while parts and not parts[-1]:
            parts.pop()
        return parts

    def sign(self, p: Polynomial) -> int:
        """The sign of a polynomial in the variables of the sample."""
        return self._enclosed_sign(p) or self.field.sign(self.value(p))

    def _enclosed_sign(self, p: Polynomial) -> int:
        """The sign by intervals around the coordinates, 0 if they are too wide to tell."""
        root = self.field.root
        if root is None:
            return 0
        for _ in range(4):
            boxes = {
                i: interval_value(element, root.low, root.high)
                for i, element in self.values.items()
            }
            low = high = Fraction(0)
            for exponents, c in p.items():
                a = b = Fraction(int(c))
                for i, power in enumerate(exponents):
                    for _ in range(power):
                        left, right = boxes[i]
                        products = (a * left, a * right, b * left, b * right)
                        a, b = min(products), max(products)
                low, high = low + a, high + b
            if low > 0 or high < 0:
                return 1 if low > 0 else -1
            for _ in range(12):
                root.narrow()
        return 0

    def with_value(self, i: int, value: Element) -> Sample:
        """One more variable."""
        return Sample(self.field, {**self.values, i: value})


Row: TypeAlias = list[Element]
"""A polynomial in one variable over a field, by the powers 0, 1, …"""


def integers(row: Sequence[Element]) -> list[int]:
    """The same polynomial over the rationals, times a positive number."""
    numbers = [c[0] if c else Fraction(0) for c in row]
    scale = lcm(*(n.denominator for n in numbers)) if numbers else 1
    return [int(n * scale) for n in numbers]


def row_remainder(field: Field, a: Row, b: Row) -> Row:
    """a mod b."""
    rest = list(a)
    inverse = field.inverse(b[-1])
    while len(rest) >= len(b):
        top = rest.pop()
        if top:
            shift = len(rest) - len(b) + 1
            c = field.mul(top, inverse)
            for i, value in enumerate(b[:-1]):
                rest[shift + i] = field.add(rest[shift + i], field.mul(c, value), -1)
    while rest and not rest[-1]:
        rest.pop()
    return rest


def row_divisor(field: Field, a: Row, b: Row) -> Row:
    """The monic greatest common divisor."""
    while b:
        a, b = b, row_remainder(field, a, b)
    inverse = field.inverse(a[-1])
    return [field.mul(inverse, c) for c in a]


def row_quotient(field: Field, a: Row, b: Row) -> Row:
    """a / b for a divisor."""
    rest = list(a)
    inverse = field.inverse(b[-1])
    found: Row = [()] * (len(a) - len(b) + 1)
    for shift in range(len(found) - 1, -1, -1):
        c = found[shift] = field.mul(rest[shift + len(b) - 1], inverse)
        for i, value in enumerate(b):
            rest[shift + i] = field.add(rest[shift + i], field.mul(c, value), -1)
    return found


def row_square_free(field: Field, a: Row) -> Row:
    """The polynomial with the same roots, each simple."""
    if len(a) <= 2:
        return a
    slope = [field.add((), c, k) for k, c in enumerate(a)][1:]
    divisor = row_divisor(field, a, slope)
    return row_quotient(field, a, divisor) if len(divisor) > 1 else a


def row_sign(field: Field, a: Row, x: Fraction) -> int:
    """The sign at a rational number."""
    total: Element = ()
    for c in reversed(a):
        total = field.add(c, tuple(x * v for v in total) if x else ())
    return field.sign(total)


_PAIR = Ring(("s", "t"))


def _two_variables(row: Row, shift: int) -> Polynomial:
    """The integer polynomial Σ c_k(s)·(t - shift·s)^k of a row over a field with the root s."""
    scale = lcm(*(v.denominator for c in row for v in c))
    s, t = _PAIR.variables
    total = _PAIR.zero
    for c in reversed(row):
        inner = _PAIR.from_terms({(k, 0): int(v * scale) for k, v in enumerate(c)})
        total = total * (t - shift * s) + inner
    return total


def norm(field: Field, row: Row, budget: Budget, shift: int = 0) -> list[int]:
    """An integer polynomial that vanishes at every root of the row, plus shift·(the field's root).

    Raises
    ------
    TooHard
        If its degree is too large.
    """
    if field.root is None:
        return integers(row)
    if (len(field.root.polynomial) - 1) * (len(row) - 1) > MAX_DEGREE:
        raise TooHard
    budget.check()
    minimal = _PAIR.from_terms({(k, 0): c for k, c in enumerate(field.root.polynomial)})
    p = minimal.resultant(_two_variables(row, shift))
    found = [0] * (p.degree() + 1) if p else []
    for (k,), c in ((exponents[-1:], c) for exponents, c in p.items()):
        found[k] = int(c)
    return found


def adjoined(
    field: Field, row: Row, root: RealRoot, budget: Budget
) -> tuple[Field, Element, Element]:
    """The field with a real root of a row: (field, image of the old root, the new root).

    The root is given by its polynomial over the integers.
    """
    if field.root is None:
        new = Field(root, budget)
        return new, (), new.generator
    for shift in (1, -1, 2, -2, 3, 5, 7):
        budget.check()
        total = norm(field, row, budget, shift)
        candidates = [r for factor in irreducible(total) for r in real_roots(factor)]
        own, beta = field.root, root.copy()
        while len(candidates) > 1:
            budget.check()
            ends = sorted((shift * own.low, shift * own.high))
            low, high = ends[0] + beta.low, ends[1] + beta.high
            candidates = [r for r in candidates if r.low <= high and low <= r.high]
            if len(candidates) > 1:
                own.narrow()
                beta.narrow()
                for r in candidates:
                    r.narrow()
        if not candidates:
            continue
        (gamma,) = candidates
        exact = gamma.exact
        bigger = Field(None if exact is not None else gamma, budget)
        top: Element = (exact,) if exact is not None else bigger.generator
        # the old root s is the one common root of its polynomial and of Σ c_k(s)(gamma - shift·s)^k
        p = _two_variables(row, shift)
        in_s: Row = []
        powers: list[Element] = [(Fraction(1),)]
        for exponents, c in p.items():
            while len(powers) <= exponents[1]:
                powers.append(bigger.mul(powers[-1], top))
            while len(in_s) <= exponents[0]:
                in_s.append(())
            in_s[exponents[0]] = bigger.add(in_s[exponents[0]], powers[exponents[1]], int(c))
        while in_s and not in_s[-1]:
            in_s.pop()
        minimal: Row = [(Fraction(c),) if c else () for c in own.polynomial]
        divisor = row_divisor(bigger, minimal, in_s)
        if len(divisor) == 2:
            old = bigger.add((), divisor[0], -1)
            return bigger, old, bigger.add(top, old, -shift)
    raise TooHard


def moved(sample: Sample, field: Field, old: Element) -> Sample:
    """The sample in a larger field, where the old root has the value `old`."""
    values = {}
    for i, element in sample.values.items():
        total: Element = ()
        for c in reversed(element):
            total = field.add(field.mul(total, old), (c,) if c else ())
        values[i] = total
    return Sample(field, values)


def joined(first: Sample, second: Sample, budget: Budget) -> Sample:
    """The values of two samples of different variables."""
    if second.field.root is None:
        return Sample(first.field, {**first.values, **second.values})
    if first.field.root is None:
        return Sample(second.field, {**second.values, **first.values})
    root = second.field.root
    row: Row = [(Fraction(c),) if c else () for c in root.polynomial]
    field, old, new = adjoined(first.field, row, root, budget)
    return Sample(field, {**moved(first, field, old).values, **moved(second, field, new).values})
