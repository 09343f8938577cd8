"""Independent checks of what the simplex answers, with exact numbers alone."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from piecewise_mt.exact.number_rows import fraction

Numbers = Sequence[Fraction | int]
Relations = Sequence[tuple[Numbers, bool]]


def check_witness(point: Numbers, equations: Sequence[Numbers], inequalities: Relations) -> bool:
    """Whether row·(1, point) is 0 for every equation and ≥ 0 (> 0 if strict) for the others.

    Examples
    --------
    The tie x = y satisfies x ≥ y, not x > y:

    >>> check_witness((1, 1), [], [((0, 1, -1), False)])
    True
    >>> check_witness((1, 1), [], [((0, 1, -1), True)])
    False
    """
    one_and_point = [Fraction(1), *map(fraction, point)]
    rows = [*equations, *(row for row, _ in inequalities)]
    if any(len(row) != len(one_and_point) for row in rows):
        return False

    def height(row: Numbers) -> Fraction:
        return sum((c * v for c, v in zip(row, one_and_point, strict=True)), Fraction(0))

    return all(height(row) == 0 for row in equations) and all(
        height(row) > 0 or (height(row) == 0 and not strict) for row, strict in inequalities
    )


def check_farkas(
    multipliers: tuple[Numbers, Numbers], equations: Sequence[Numbers], inequalities: Relations
) -> bool:
    """Whether the multipliers (of the equations, of the inequalities) prove that no point exists.

    The inequalities' multipliers must be ≥ 0, and the combination of all rows a negative
    constant, or zero with a positive multiplier on a strict inequality.

    Examples
    --------
    Nothing satisfies x = y and x > y:

    >>> check_farkas(([-1], [1]), [(0, 1, -1)], [((0, 1, -1), True)])
    True
    >>> check_farkas(([-1], [1]), [(0, 1, -1)], [((0, 1, -1), False)])
    False
    """
    if len(multipliers[0]) != len(equations) or len(multipliers[1]) != len(inequalities):
        return False
    if any(multiplier < 0 for multiplier in multipliers[1]):
        return False
    rows = [*equations, *(row for row, _ in inequalities)]
    if len(set(map(len, rows))) > 1:
        return False
    weights = [fraction(multiplier) for part in multipliers for multiplier in part]
    total = [
        sum((w * c for w, c in zip(weights, column, strict=True)), Fraction(0))
        for column in zip(*rows, strict=True)
    ]
    if not total or any(total[1:]) or total[0] > 0:
        return False
    strict = any(w > 0 and flag for w, (_, flag) in zip(multipliers[1], inequalities, strict=True))
    return total[0] < 0 or strict


def check_bound(
    value: Fraction,
    multipliers: tuple[Numbers, Numbers],
    objective: Numbers,
    equations: Sequence[Numbers],
    inequalities: Relations,
) -> bool:
    """Whether the multipliers prove that objective·(1, x) ≤ value on the set.

    They are a Farkas certificate with multiplier one on objective·(1, x) > value.
    """
    above = ([objective[0] - value, *objective[1:]], True)
    extended = (multipliers[0], [*multipliers[1], 1])
    return check_farkas(extended, equations, [*inequalities, above])


def check_combination(target: Numbers, points: Sequence[Numbers], weights: Numbers) -> bool:
    """Whether the weights are ≥ 0, sum to 1, and combine the points to the target.

    Examples
    --------
    The mean of the two slopes of |x| at the tie x = 0:

    >>> check_combination([0], [[-1], [1]], [Fraction(1, 2), Fraction(1, 2)])
    True
    """
    if len(points) != len(weights) or any(w < 0 for w in weights):
        return False
    if any(len(p) != len(target) for p in points):
        return False
    if sum(map(fraction, weights)) != 1:
        return False
    return all(
        sum((fraction(w) * p[i] for w, p in zip(weights, points, strict=True)), Fraction(0)) == t
        for i, t in enumerate(target)
    )


def check_separation(target: Numbers, points: Sequence[Numbers], direction: Numbers) -> bool:
    """Whether direction·target is larger than direction·p for every point p.

    Examples
    --------
    The slope 2 is none of those between -1 and 1 that |x| has at the tie x = 0:

    >>> check_separation([2], [[-1], [1]], [1]), check_separation([1], [[-1], [1]], [1])
    (True, False)
    """

    if any(len(p) != len(direction) for p in (target, *points)):
        return False

    def height(point: Numbers) -> Fraction:
        pairs = zip(direction, point, strict=True)
        return sum((fraction(d) * v for d, v in pairs), Fraction(0))

    return all(height(point) < height(target) for point in points)
