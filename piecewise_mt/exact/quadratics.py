"""Quadratic functions with exact coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Form = Sequence[Fraction | int]
"""An affine form (c0, c1, …, ca)."""
AffineMap = Sequence[Form]
"""One affine form an output."""
Numbers = Sequence[Any]
Vector = tuple[Fraction, ...]


def dot(one: Numbers, two: Numbers) -> Fraction:
    """The inner product."""
    total: Any = sum((a * b for a, b in zip(one, two, strict=True)), Fraction(0))
    return total  # type: ignore[no-any-return]


def moved(point: Numbers, step: Any, direction: Numbers) -> Vector:
    """point + step·direction."""
    return tuple(p + step * d for p, d in zip(point, direction, strict=True))


def composed(row: Form, inner: AffineMap) -> list[Fraction]:
    """The affine form row·(1, inner(x)).

    Examples
    --------
    >>> [str(c) for c in composed((1, 2, 0), [(3, 1), (0, 5)])]
    ['7', '2']
    """
    total = [Fraction(row[0]), *[Fraction(0)] * (len(inner[0]) - 1)]
    for factor, form in zip(row[1:], inner, strict=True):
        if factor:
            total = [t + factor * c for t, c in zip(total, form, strict=True)]
    return total


def identity_map(width: int) -> list[Form]:
    """The map x ↦ x of a space of this dimension."""
    return [[0, *(int(i == j) for j in range(width))] for i in range(width)]


@dataclass(frozen=True)
class Quadratic:
    """x ↦ constant + linear·x + xᵀ hessian x / 2.

    Examples
    --------
    The half square x²/2 - x, its slope x - 1, and what it is at x = 2u:

    >>> q = Quadratic.of({(2,): Fraction(1, 2), (1,): Fraction(-1)}, 1)
    >>> q.value((4,)) == 4, [str(c) for c in q.slope((1,))]
    (True, ['-1', '1'])
    >>> q.after([(0, 2)]).value((2,)) == 4, q.is_affine
    (True, False)
    """

    constant: Fraction
    linear: Vector
    hessian: tuple[Vector, ...]

    @classmethod
    def of(cls, terms: Mapping[tuple[int, ...], Fraction], variables: int) -> Quadratic | None:
        """The polynomial with these coefficients by exponents; None if its degree exceeds 2."""
        constant = Fraction(0)
        linear = [Fraction(0)] * variables
        hessian = [[Fraction(0)] * variables for _ in range(variables)]
        for exponents, c in terms.items():
            used = [i for i, e in enumerate(exponents) for _ in range(e)]
            if len(used) > 2:
                return None
            if not used:
                constant += c
            elif len(used) == 1:
                linear[used[0]] += c
            else:
                i, j = used
                hessian[i][j] += c
                hessian[j][i] += c
        return cls(constant, tuple(linear), tuple(map(tuple, hessian)))

    @classmethod
    def product(cls, one: Form, two: Form) -> Quadratic:
        """The product of two affine forms."""
        (a, *left), (b, *right) = one, two
        return cls(
            Fraction(a * b),
            tuple(Fraction(a * d + b * c) for c, d in zip(left, right, strict=True)),
            tuple(tuple(Fraction(left[i] * d + c * right[i]) for c, d in zip(left, right))
                  for i in range(len(left))),
        )  # fmt: skip

    @classmethod
    def affine(cls, row: Form) -> Quadratic:
        """An affine form as a quadratic function."""
        return cls.product(row, [1, *[0] * (len(row) - 1)])

    @classmethod
    def form_of(cls, hessian: Sequence[Numbers]) -> Quadratic:
        """x ↦ xᵀ hessian x / 2."""
        n = len(hessian)
        return cls(Fraction(0), (Fraction(0),) * n, tuple(map(tuple, hessian)))

    @property
    def is_affine(self) -> bool:
        """Whether no product of variables occurs."""
        return not any(map(any, self.hessian))

    @property
    def form(self) -> Vector:
        """The affine part: the constant, and the coefficients of the variables."""
        return (self.constant, *self.linear)

    def value(self, point: Numbers) -> Fraction:
        """The value at a point."""
        return self.constant + dot(self.linear, point) + self.curvature(point, point) / 2

    def gradient(self, point: Numbers) -> Vector:
        """The gradient at a point."""
        return tuple(c + dot(row, point) for c, row in zip(self.linear, self.hessian, strict=True))

    def curvature(self, one: Numbers, two: Numbers) -> Fraction:
        """The second derivative along two directions."""
        return dot(one, [dot(row, two) for row in self.hessian])

    def slope(self, direction: Numbers) -> Vector:
        """The derivative in a direction, as an affine form of the point."""
        return (dot(self.linear, direction), *(dot(row, direction) for row in self.hessian))

    def falls_along(self, point: Numbers, direction: Numbers) -> bool:
        """Whether it tends to -∞ along a ray from a point."""
        bend = self.curvature(direction, direction)
        return bend < 0 or (not bend and dot(self.gradient(point), direction) < 0)

    def after(self, inner: AffineMap) -> Quadratic:
        """The function x ↦ q(inner(x))."""
        start, *columns = zip(*inner, strict=True)
        slope = self.gradient(start)
        return Quadratic(
            self.value(start),
            tuple(dot(slope, column) for column in columns),
            tuple(map(tuple, on_basis(self.hessian, columns))),
        )

    def plus(self, other: Quadratic, factor: Fraction | int = 1) -> Quadratic:
        """q + factor·other."""
        return Quadratic(
            self.constant + factor * other.constant,
            moved(self.linear, factor, other.linear),
            tuple(moved(a, factor, b) for a, b in zip(self.hessian, other.hessian, strict=True)),
        )

    def terms(self) -> dict[tuple[int, ...], Fraction]:
        """What :meth:`of` takes, without zeros."""
        n = len(self.linear)
        units = [tuple(int(i == j) for j in range(n)) for i in range(n)]
        found = {(0,) * n: self.constant, **dict(zip(units, self.linear, strict=True))}
        for i, row in enumerate(self.hessian):
            found[tuple(2 * e for e in units[i])] = row[i] / 2
            for j in range(i + 1, n):
                found[tuple(map(int.__add__, units[i], units[j]))] = row[j]
        return {exponents: c for exponents, c in found.items() if c}


def on_basis(
    matrix: Sequence[Sequence[Fraction]], basis: Sequence[Sequence[Fraction | int]]
) -> list[list[Fraction]]:
    """The symmetric form of a matrix on the span of some vectors: BᵀMB."""
    images = [[dot(row, vector) for row in matrix] for vector in basis]
    return [[dot(one, image) for image in images] for one in basis]


def solved(
    matrix: Sequence[Sequence[Fraction]], right: Sequence[Form]
) -> list[list[Fraction]] | None:
    """The rows X with M X = R for a square matrix; None if it is singular.

    Examples
    --------
    >>> [[str(c) for c in row] for row in solved([[2, 1], [0, 1]], [(4, 0), (2, 2)])]
    [['1', '-1'], ['2', '2']]
    """
    size = len(matrix)
    work = [[*map(Fraction, row), *map(Fraction, own)]
            for row, own in zip(matrix, right, strict=True)]  # fmt: skip
    for column in range(size):
        place = next((i for i in range(column, size) if work[i][column]), None)
        if place is None:
            return None
        work[column], work[place] = work[place], work[column]
        lead = work[column][column]
        work[column] = [value / lead for value in work[column]]
        for i, row in enumerate(work):
            if i != column and row[column]:
                factor = row[column]
                work[i] = [a - factor * b for a, b in zip(row, work[column], strict=True)]
    return [row[size:] for row in work]
