"""Points of strata that are exactly representable in floating point, where callables are tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm

from piecewise_mt.calculus.partition.strata import (
    PolyhedralStrata,
    PolyhedralStratum,
    spanning_points,
)
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import fraction

POINTS = 5
"""At how many points of a stratum a candidate that may vary is evaluated."""


def representable_points(
    stratum: PolyhedralStratum, cells: PolyhedralStrata
) -> list[tuple[Fraction, ...]]:
    """Up to ``POINTS`` points of the stratum whose coordinates are floats, exactly."""
    found: dict[tuple[Fraction, ...], None] = {}
    for point in _attempts(stratum, spanning_points(stratum, cells, POINTS)):
        if point not in found and all(map(is_representable, point)):
            if stratum.polyhedron.contains(point):
                found[point] = None
                if len(found) == POINTS:
                    break
    return list(found)


def is_representable(value: Fraction) -> bool:
    """Whether a number is a float, exactly.

    >>> is_representable(Fraction(3, 8)), is_representable(Fraction(1, 3))
    (True, False)
    """
    try:
        return Fraction(float(value)) == value
    except OverflowError:
        return False


def _rounded(value: Fraction) -> int:
    return value.floor() if isinstance(value, Algebraic) else round(value)


def _attempts(
    stratum: PolyhedralStratum, points: Sequence[tuple[Fraction, ...]]
) -> Iterator[tuple[Fraction, ...]]:
    """Points of the stratum, then others nearby on dyadic grids of its affine hull."""
    yield from points
    equations = stratum.polyhedron.equations
    pivots = [next(i for i, value in enumerate(row) if i and value) for row in equations]
    if any(isinstance(c, Algebraic) for row in equations for c in row):
        # dyadic points on it there may be none
        return
    if any(sum(map(bool, row[1:])) == 0 for row in equations) or len(pivots) == len(points[0]):
        return
    # grid values that are multiples of the odd parts of the pivots keep the others dyadic
    common = lcm(*(row[pivot] for row, pivot in zip(equations, pivots, strict=True)))
    odd = common // (common & -common)
    for bits in range(0, 41, 4):
        for offset in range(min(odd, 8)):
            for base in points:
                point = [
                    Fraction(_rounded(value * 2**bits / odd) * odd + offset, 2**bits)
                    for value in base
                ]
                for row, pivot in zip(equations, pivots, strict=True):
                    rest = row[0] + sum(
                        c * v
                        for i, (c, v) in enumerate(zip(row[1:], point, strict=True), 1)
                        if i != pivot
                    )
                    point[pivot - 1] = -fraction(rest) / row[pivot]
                yield tuple(point)
