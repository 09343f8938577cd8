"""Independent checks of what is said about shape and slopes, with exact numbers alone.

As in :mod:`piecewise_mt.exact.certificates`, nothing here knows the engine: a check is given
numbers, or a function that values points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from piecewise_mt.exact.number_rows import fraction

Numbers = Sequence[Fraction | int]
Value = Callable[[Sequence[Fraction]], Fraction]


def _dot(one: Numbers, two: Numbers) -> Fraction:
    return sum((fraction(a) * b for a, b in zip(one, two, strict=True)), Fraction(0))


def check_not_linear(slope: Value, directions: Sequence[Numbers], coefficients: Numbers) -> bool:
    """Whether Σ c·d is 0 although Σ c·slope(d) is not, so that slope is no linear function.

    Examples
    --------
    The directional derivative of |x| at the tie 0:

    >>> check_not_linear(lambda d: abs(d[0]), [(1,), (-1,)], (1, 1))
    True
    >>> check_not_linear(lambda d: d[0], [(1,), (-1,)], (1, 1))
    False
    """
    if len(directions) != len(coefficients) or not directions:
        return False
    if any(_dot(coefficients, column) for column in zip(*directions, strict=True)):
        return False
    return _dot(coefficients, [slope([*map(fraction, d)]) for d in directions]) != 0


def check_bend(jump: Numbers, step: Numbers) -> bool:
    """Whether a gradient that jumps across a facet, seen along a step, bends the function upwards.

    The jump is normal to the facet, and so 0 if it is orthogonal to the step.

    Examples
    --------
    The jump of |x| across the tie 0, towards x > 0, and that of -|x|:

    >>> check_bend((2,), (1,)), check_bend((-2,), (1,))
    (True, False)
    """
    rise = _dot(jump, step)
    return rise > 0 or not any(jump)


def check_above_chord(value: Value, start: Numbers, end: Numbers) -> bool:
    """Whether a function at the midpoint exceeds the mean of its ends: it is not convex.

    Examples
    --------
    >>> check_above_chord(lambda p: -abs(p[0]), (-1,), (1,))
    True
    """
    ends = [tuple(map(fraction, start)), tuple(map(fraction, end))]
    middle = [(a + b) / 2 for a, b in zip(*ends, strict=True)]
    return 2 * value(middle) > value(ends[0]) + value(ends[1])


def check_decrease(value: Value, start: Numbers, end: Numbers) -> bool:
    """Whether no coordinate decreases from start to end, and the function does.

    Examples
    --------
    >>> check_decrease(lambda p: abs(p[0]), (-1,), (0,))
    True
    """
    one, two = tuple(map(fraction, start)), tuple(map(fraction, end))
    return all(a <= b for a, b in zip(one, two, strict=True)) and value(two) < value(one)


def check_norm(matrix: Sequence[Numbers], ord: int | None, square: Fraction) -> bool:
    """Whether the operator norm of a matrix is at most √square; None is the ∞-norm.

    For 1 and ∞ by sums of absolute values; for 2 because square·I - GᵀG (or with GGᵀ, if that is
    smaller) has no negative pivot in exact elimination, so that it is positive semidefinite.

    Examples
    --------
    >>> check_norm([(3, 4)], 2, Fraction(25)), check_norm([(3, 4)], 2, Fraction(24))
    (True, False)
    >>> check_norm([(3, -4)], 1, Fraction(16)), check_norm([(3, -4)], None, Fraction(48))
    (True, False)
    """
    rows = [tuple(map(fraction, row)) for row in matrix]
    columns = list(zip(*rows, strict=True))
    if ord != 2:
        lines = columns if ord == 1 else rows
        return all(sum(map(abs, line), Fraction(0)) ** 2 <= square for line in lines)
    vectors = rows if len(rows) < len(columns) else columns
    gram = [[(square if i == j else 0) - _dot(p, q) for j, q in enumerate(vectors)]
            for i, p in enumerate(vectors)]  # fmt: skip
    return is_semidefinite(gram)


def is_semidefinite(matrix: Sequence[Numbers]) -> bool:
    """Whether a symmetric matrix is positive semidefinite.

    Examples
    --------
    >>> is_semidefinite([[1, 1], [1, 1]]), is_semidefinite([[0, 1], [1, 5]])
    (True, False)
    """
    work = [[*map(fraction, row)] for row in matrix]
    while work:
        pivot, first = work[0][0], work[0][1:]
        if pivot < 0 or (pivot == 0 and any(first)):
            return False
        work = [
            [v - row[0] * f / pivot if pivot else v for v, f in zip(row[1:], first, strict=True)]
            for row in work[1:]
        ]
    return True


def check_attained(
    matrix: Sequence[Numbers], ord: int | None, square: Fraction, direction: Numbers
) -> bool:
    """Whether ‖G d‖² ≥ square·‖d‖² for a d that is not 0: no smaller constant will do.

    Examples
    --------
    >>> check_attained([(3, 4)], 2, Fraction(25), (3, 4))
    True
    """
    image = [_dot(row, direction) for row in matrix]
    return any(direction) and _size(image, ord) >= square * _size(direction, ord)


def _size(vector: Numbers, ord: int | None) -> Fraction:
    """The square of the norm."""
    if ord == 2:
        return _dot(vector, vector)
    values = [abs(Fraction(v)) for v in vector]
    return (sum(values, Fraction(0)) if ord == 1 else max(values, default=Fraction(0))) ** 2
