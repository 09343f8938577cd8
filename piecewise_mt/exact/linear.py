"""Integer linear algebra: reduced echelon form of primitive integer rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd, lcm, prod

from piecewise_mt.exact.number_rows import normal_row

Row = tuple[int, ...]
"""Coefficients ``(c0, c1, ..., ca)`` of the affine form c0 + c1*x1 + ... + ca*xa."""


def make_primitive(row: Sequence[int]) -> Row:
    """`row` divided by the (positive) greatest common divisor of its entries."""
    try:
        divisor = gcd(*row)
    except TypeError:
        return tuple(normal_row(row))
    return tuple(row) if divisor < 2 else tuple(value // divisor for value in row)


def echelon(rows: Iterable[Sequence[int]]) -> tuple[Row, ...]:
    """The reduced echelon form over the rationals, as primitive integer rows.

    Pivots are sought in the columns 1, 2, …, then 0: for rows of affine equations the
    constant term comes last, so an inconsistent system shows as the row (1, 0, …, 0).
    Each pivot is positive.

    Examples
    --------
    The equations x1 = x2 and x2 = x3 of a triple tie:

    >>> echelon([(0, 1, -1, 0), (0, 0, 1, -1)])
    ((0, 1, 0, -1), (0, 0, 1, -1))
    """
    work = [list(row) for row in rows if any(row)]
    done: list[list[int]] = []
    if not work:
        return ()
    if len(work) == 1:
        (row,) = work
        lead = next((c for c in row[1:] if c), row[0])
        return (make_primitive([-c for c in row] if lead < 0 else row),)
    for column in [*range(1, len(work[0])), 0]:
        pivot = next((row for row in work if row[column]), None)
        if pivot is None:
            continue
        work.remove(pivot)
        if pivot[column] < 0:
            pivot = [-value for value in pivot]
        work = [r for r in (_eliminated(row, pivot, column) for row in work) if any(r)]
        done = [_eliminated(row, pivot, column) for row in done]
        done.append(list(make_primitive(pivot)))
        if not work:
            break
    return tuple(make_primitive(row) for row in done)


def _eliminated(row: list[int], pivot: list[int], column: int) -> list[int]:
    """`row` with its entry in `column` cleared by a multiple of `pivot` (pivot entry > 0)."""
    factor = row[column]
    if not factor:
        return row
    lead = pivot[column]
    return list(make_primitive([lead * a - factor * b for a, b in zip(row, pivot, strict=True)]))


def kernel(rows: Sequence[Sequence[int]], width: int) -> tuple[Row, ...]:
    """A primitive integer basis of {t : row·t = 0 for all rows}, rows without constant term.

    One vector for each column without a pivot, in order; on a tie set x1 = x2 of R³ that is
    (1, 1, 0), (0, 0, 1).

    Examples
    --------
    >>> kernel([(1, -1, 0)], 3)
    ((1, 1, 0), (0, 0, 1))
    """
    reduced = echelon([(0, *row) for row in rows])
    pivots = [next(i for i, value in enumerate(row) if i and value) for row in reduced]
    basis = []
    for free in range(1, width + 1):
        if free in pivots:
            continue
        own = [row[pivot] for row, pivot in zip(reduced, pivots, strict=True)]
        try:
            scale = lcm(*own)
        except TypeError:
            scale = prod(own)
        vector = [0] * (width + 1)
        vector[free] = scale
        for row, pivot in zip(reduced, pivots, strict=True):
            vector[pivot] = -row[free] * scale // row[pivot]
        basis.append(make_primitive(vector[1:]))
    return tuple(basis)
