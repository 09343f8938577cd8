r"""Integrals over a simplex: volumes, polynomials, and how a linear function is distributed.

With barycentric coordinates :math:`\lambda` on a simplex S of dimension d,

.. math:: \int_S \lambda^\alpha = |S| \frac{d!\,\alpha!}{(d + |\alpha|)!},

so a polynomial is rewritten in them. A linear function with the values t₀, …, t_d at the vertices
of a simplex, drawn uniformly, has the B-spline with these knots as its density (H. B. Curry, I. J.
Schoenberg, "On Pólya frequency functions IV", 1966).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import factorial, prod
from typing import Any, TypeAlias

from piecewise_mt.exact.number_rows import quotient

Terms: TypeAlias = Mapping[tuple[int, ...], Any]
"""A polynomial: exponents and their coefficients."""
Vertices: TypeAlias = Sequence[Sequence[Any]]
"""Points of a simplex, homogeneous: (x0, x) with x0 > 0 stands for x / x0."""


def determinant(rows: Sequence[Sequence[Any]]) -> Any:
    """The determinant of a square matrix, by the fraction-free method of Bareiss for integers.

    Examples
    --------
    >>> determinant([(1, 0, 0), (1, 2, 0), (1, 0, 3)]), determinant([(1, 2), (2, 4)])
    (6, 0)
    """
    work = [list(row) for row in rows]
    whole = all(type(v) is int for row in work for v in row)
    sign, before = 1, 1
    for k in range(len(work)):
        place = next((i for i in range(k, len(work)) if work[i][k]), None)
        if place is None:
            return 0
        if place != k:
            work[k], work[place] = work[place], work[k]
            sign = -sign
        top = work[k]
        pivot = top[k]
        for i in range(k + 1, len(work)):
            row = work[i]
            head = row[k]
            moved = [pivot * a - head * b for a, b in zip(row, top, strict=True)]
            work[i] = [v // before if whole else quotient(v, before) for v in moved]
        before = pivot
    return sign * before


def volume(vertices: Vertices) -> Any:
    """The volume of a simplex of full dimension, 0 if it is flat.

    Examples
    --------
    A triangle with the corners (0, 0), (2, 0), (0, 1/2):

    >>> volume([(1, 0, 0), (1, 2, 0), (2, 0, 1)])
    Fraction(1, 2)
    """
    found = determinant(vertices)
    if found < 0:
        found = -found
    return quotient(found, prod(v[0] for v in vertices) * factorial(len(vertices) - 1))


def integral(vertices: Vertices, terms: Terms, size: Any) -> Any:
    """The integral of a polynomial over a simplex whose volume is given.

    Examples
    --------
    x and x y over the triangle with the corners (0, 0), (1, 0), (0, 1):

    >>> corners = [(1, 0, 0), (1, 1, 0), (1, 0, 1)]
    >>> integral(corners, {(1, 0): 1}, volume(corners))
    Fraction(1, 6)
    >>> integral(corners, {(1, 1): 1}, volume(corners))
    Fraction(1, 24)
    """
    points = [[quotient(c, v[0]) for c in v[1:]] for v in vertices]
    corners = len(points)
    total: Any = Fraction(0)
    for exponents, coefficient in terms.items():
        degree = sum(exponents)
        if not degree:
            total = total + coefficient
        elif degree == 1:
            place = exponents.index(1)
            mean = sum((p[place] for p in points), Fraction(0))
            total = total + coefficient * quotient(mean, corners)
        else:
            total = total + coefficient * _monomial(points, exponents, degree)
    return total * size


def _monomial(points: Sequence[Sequence[Any]], exponents: Sequence[int], degree: int) -> Any:
    """The mean of a monomial over a simplex."""
    corners = len(points)
    found: dict[tuple[int, ...], Any] = {(0,) * corners: 1}
    for place, exponent in enumerate(exponents):
        column = [(j, p[place]) for j, p in enumerate(points) if p[place]]
        for _ in range(exponent):
            grown: dict[tuple[int, ...], Any] = {}
            for powers, c in found.items():
                for j, value in column:
                    key = (*powers[:j], powers[j] + 1, *powers[j + 1 :])
                    grown[key] = grown.get(key, 0) + c * value
            found = grown
    mean = sum((c * prod(map(factorial, powers)) for powers, c in found.items()), Fraction(0))
    return quotient(mean * factorial(corners - 1), factorial(corners - 1 + degree))


Line: TypeAlias = tuple[Any, ...]
"""A polynomial of one variable, the constant first."""


def density(knots: Sequence[Any]) -> list[tuple[Any, Any, Line]]:
    """The density of a linear function on a simplex: intervals, and a polynomial on each.

    Parameters
    ----------
    knots : exact numbers
        The values at the vertices, not all equal.

    Notes
    -----
    The recurrence of B-splines, with a polynomial on each interval between neighbouring knots:
    M(t₀, …, t_d) = d / ((d − 1) (t_d − t₀)) ((t − t₀) M(t₀, …, t_{d−1}) + (t_d − t) M(t₁, …, t_d)).

    Examples
    --------
    The sum of the coordinates on the unit square's lower triangle, then a repeated knot:

    >>> density([0, 1, 1])
    [(0, 1, (Fraction(0, 1), Fraction(2, 1)))]
    >>> density([0, 1, 2])[1]
    (1, 2, (Fraction(2, 1), Fraction(-1, 1)))
    """
    ordered = sorted(knots)
    distinct = [t for i, t in enumerate(ordered) if not i or t != ordered[i - 1]]
    found = []
    for low, high in zip(distinct, distinct[1:], strict=False):
        known: dict[tuple[int, int], Line] = {}
        last = len(ordered) - 1
        for width in range(1, last + 1):
            for start in range(last - width + 1):
                known[start, width] = _spline(ordered, start, width, low, known)
        found.append((low, high, known[0, last]))
    return found


def _spline(
    knots: Sequence[Any], start: int, width: int, low: Any, known: Mapping[tuple[int, int], Line]
) -> Line:
    """The B-spline of some neighbouring knots on the interval that begins at one of them."""
    first, final = knots[start], knots[start + width]
    gap = final - first
    if not gap or low < first or low >= final:
        return ()
    if width == 1:
        return (quotient(1, gap),)
    left, right = known[start, width - 1], known[start + 1, width - 1]
    total: list[Any] = [Fraction(0)] * (max(len(left), len(right)) + 1)
    for i, c in enumerate(left):
        total[i + 1] = total[i + 1] + c
        total[i] = total[i] - first * c
    for i, c in enumerate(right):
        total[i + 1] = total[i + 1] - c
        total[i] = total[i] + final * c
    factor = quotient(width, (width - 1) * gap)
    return tuple(c * factor for c in total)
