"""Quadratic functions as symmetric matrices of homogeneous coordinates, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Form = Sequence[Fraction | int]
"""An affine form (c0, c1, …, ca)."""
AffineMap = Sequence[Form]
"""One affine form an output."""


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
    """The function (1, x)ᵀ M (1, x) with a symmetric rational matrix M.

    Examples
    --------
    The half square x²/2 - x, its slope x - 1, and what it is at x = 2u:

    >>> q = Quadratic.of_terms(1, {(): 0, (0,): -1, (0, 0): Fraction(1, 2)})
    >>> q.value([Fraction(4)]), [str(c) for c in q.slope([1])]
    (Fraction(4, 1), ['-1', '1'])
    >>> q.after([(0, 2)]).value([Fraction(2)]), q.is_affine
    (Fraction(4, 1), False)
    """

    matrix: tuple[tuple[Fraction, ...], ...]

    @classmethod
    def of_terms(cls, width: int, terms: dict[tuple[int, ...], Fraction | int]) -> Quadratic:
        """From coefficients of products of at most two of the variables 0, 1, …, width - 1."""
        rows = [[Fraction(0)] * (width + 1) for _ in range(width + 1)]
        for places, value in terms.items():
            i, j = (0, 0, *(place + 1 for place in sorted(places)))[-2:]
            rows[i][j] += Fraction(value) / 2
            rows[j][i] += Fraction(value) / 2
        return cls(tuple(map(tuple, rows)))

    @classmethod
    def product(cls, one: Form, two: Form) -> Quadratic:
        """The product of two affine forms."""
        rows = [[(a * d + b * c) * Fraction(1, 2) for d, c in zip(two, one, strict=True)]
                for a, b in zip(one, two, strict=True)]  # fmt: skip
        return cls(tuple(map(tuple, rows)))

    @classmethod
    def affine(cls, row: Form) -> Quadratic:
        """An affine form as a quadratic function."""
        return cls.product(row, [1, *[0] * (len(row) - 1)])

    @property
    def is_affine(self) -> bool:
        """Whether no product of variables occurs."""
        return not any(any(row[1:]) for row in self.matrix[1:])

    @property
    def form(self) -> tuple[Fraction, ...]:
        """The affine part: the constant, and the coefficients of the variables."""
        first = self.matrix[0]
        return (first[0], *(2 * value for value in first[1:]))

    @property
    def hessian(self) -> list[list[Fraction]]:
        """The matrix of second derivatives."""
        return [[2 * value for value in row[1:]] for row in self.matrix[1:]]

    def value(self, point: Sequence[Fraction]) -> Fraction:
        """The value at a point."""
        at = (Fraction(1), *point)
        return sum(
            (a * c * b for a, row in zip(at, self.matrix, strict=True) if a
             for c, b in zip(row, at, strict=True)),
            Fraction(0),
        )  # fmt: skip

    def slope(self, direction: Sequence[Fraction | int]) -> list[Fraction]:
        """The derivative in a direction, as an affine form of the point."""
        return [
            2 * sum((d * row[j] for d, row in zip(direction, self.matrix[1:], strict=True)),
                    Fraction(0))
            for j in range(len(self.matrix))
        ]  # fmt: skip

    def after(self, inner: AffineMap) -> Quadratic:
        """The function x ↦ q(inner(x))."""
        width = len(inner[0])
        outer = [[1, *[0] * (width - 1)], *inner]
        half = [[sum((c * form[j] for c, form in zip(row, outer, strict=True) if c), Fraction(0))
                 for j in range(width)] for row in self.matrix]  # fmt: skip
        rows = [[sum((form[i] * line[j] for form, line in zip(outer, half, strict=True) if form[i]),
                     Fraction(0)) for j in range(width)] for i in range(width)]  # fmt: skip
        return Quadratic(tuple(map(tuple, rows)))

    def plus(self, other: Quadratic, factor: Fraction | int = 1) -> Quadratic:
        """q + factor·other."""
        return Quadratic(
            tuple(
                tuple(a + factor * b for a, b in zip(one, two, strict=True))
                for one, two in zip(self.matrix, other.matrix, strict=True)
            )
        )

    def terms(self) -> list[tuple[tuple[int, ...], Fraction]]:
        """What :meth:`of_terms` takes, without zeros."""
        found: list[tuple[tuple[int, ...], Fraction]] = []
        for i, row in enumerate(self.matrix):
            for j in range(i, len(row)):
                value = row[j] if i == j else 2 * row[j]
                if value:
                    found.append((tuple(place - 1 for place in (i, j) if place), value))
        return found


def dot(one: Sequence[Fraction | int], two: Sequence[Fraction | int]) -> Fraction:
    """The scalar product."""
    return sum((Fraction(a) * b for a, b in zip(one, two, strict=True) if a), Fraction(0))


def on_basis(
    matrix: Sequence[Sequence[Fraction]], basis: Sequence[Sequence[Fraction | int]]
) -> list[list[Fraction]]:
    """The symmetric form of a matrix on the span of some vectors: BᵀMB."""
    images = [[dot(row, vector) for row in matrix] for vector in basis]
    return [[dot(one, image) for image in images] for one in basis]


def negative_direction(matrix: Sequence[Sequence[Fraction]]) -> list[Fraction] | None:
    """A vector t with tᵀMt < 0 for a symmetric matrix; None if it is positive semidefinite.

    Examples
    --------
    >>> [str(c) for c in negative_direction([[0, 1], [1, 5]])]
    ['-3', '1']
    >>> negative_direction([[1, 1], [1, 1]])
    """
    width = len(matrix)
    work = [list(map(Fraction, row)) for row in matrix]
    basis = [[Fraction(int(i == j)) for j in range(width)] for i in range(width)]
    while work:
        pivot, first = work[0][0], work[0][1:]
        if pivot < 0:
            return basis[0]
        place = next((j for j, value in enumerate(first, start=1) if value), None)
        if not pivot and place is not None:
            # its form is 2 factor·M0j + Mjj = -1
            factor = -(work[place][place] + 1) / (2 * work[0][place])
            return [factor * a + b for a, b in zip(basis[0], basis[place], strict=True)]
        if pivot:
            for j, value in enumerate(first, start=1):
                basis[j] = [b - value / pivot * a for a, b in zip(basis[0], basis[j], strict=True)]
        work = [
            [v - row[0] * f / pivot if pivot else v for v, f in zip(row[1:], first, strict=True)]
            for row in work[1:]
        ]
        basis = basis[1:]
    return None


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
