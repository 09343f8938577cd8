"""Membership in a convex hull, over any ordered field: a simplex method by Bland's rule.

For few points, whose coordinates need not be rational; rational ones have quicker ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

Numbers = Sequence[Any]


def combination_or_separation(
    target: Numbers, points: Sequence[Numbers]
) -> tuple[list[Any], None] | tuple[None, list[Any]]:
    """Weights ≥ 0 with sum 1 whose combination of the points is the target, or a direction.

    The direction d has d·target > d·p for all points p.

    Examples
    --------
    >>> combination_or_separation([Fraction(1, 3)], [[0], [1]])
    ([Fraction(2, 3), Fraction(1, 3)], None)
    >>> combination_or_separation([Fraction(2)], [[0], [1]])
    (None, [Fraction(1, 1)])
    """
    n, m = len(points), len(target) + 1
    # Σ weight·(p, 1) = (target, 1), with right sides ≥ 0, and an artificial variable a row
    signs = [-1 if value < 0 else 1 for value in target] + [1]
    rows: list[list[Any]] = []
    for i, sign in enumerate(signs):
        own = [point[i] if i < m - 1 else 1 for point in points]
        side = target[i] if i < m - 1 else 1
        unit = [Fraction(int(i == j)) for j in range(m)]
        # the quotient of whole numbers is no float
        given = [Fraction(v) if isinstance(v, int) else v for v in (*own, side)]
        rows.append([*(sign * v for v in given[:-1]), *unit, sign * given[-1]])
    basis = [n + i for i in range(m)]
    # the sum of the artificial variables is to become zero
    costs = [-sum(column[1:], column[0]) for column in zip(*rows, strict=True)]
    for i in range(m):
        costs[n + i] = Fraction(0)
    while True:
        enter = next((j for j in range(n) if costs[j] < 0), None)
        if enter is None:
            break
        leave = None
        for i, row in enumerate(rows):
            if row[enter] > 0:
                ratio = row[-1] / row[enter] if row[-1] else 0
                if (
                    leave is None
                    or ratio < leave[0]
                    or (ratio == leave[0] and basis[i] < basis[leave[1]])
                ):
                    leave = (ratio, i)
        assert leave is not None  # the sum is not negative, so that it is bounded
        _pivot(rows, costs, leave[1], enter)
        basis[leave[1]] = enter
    if costs[-1] < 0:
        # reduced costs of the artificial variables are 1 - multiplier
        multipliers = [sign * (1 - costs[n + i]) for i, sign in enumerate(signs)]
        return None, multipliers[:-1]
    weights: list[Any] = [0] * n
    for row, j in zip(rows, basis, strict=True):
        if j < n:
            weights[j] = row[-1]
    return weights, None


def _pivot(rows: list[list[Any]], costs: list[Any], i: int, j: int) -> None:
    pivot = rows[i][j]
    rows[i] = [value / pivot if value else value for value in rows[i]]
    for k, row in enumerate(rows):
        if k != i and row[j]:
            rows[k] = _without(row, row[j], rows[i])
    costs[:] = _without(costs, costs[j], rows[i])


def _without(row: list[Any], factor: Any, pivot: list[Any]) -> list[Any]:
    return [v - factor * p if p else v for v, p in zip(row, pivot, strict=True)]
