"""A basis of a linear program on a cube, proposed by floats in NumPy's arrays.

The steps are those of :mod:`piecewise_mt.exact.cube_programs`. Nothing follows from a proposal:
whoever takes it starts there with integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SMALL = 1e-11
Basis = tuple[list[int], list[int]]
"""The tight rows, and as many columns."""


def proposed_basis(
    form: Sequence[float], rows: Sequence[Sequence[float]], steps: int
) -> Basis | None:
    """What the dual simplex method ends with, ([], []) if it is lost, None without NumPy.

    Examples
    --------
    The largest x + y where x is at most 1/2; the tie x = y is given as a row, and not tight:

    >>> proposed_basis((0, 1, 1), [(1, -2, 0), (0, -1, 1)], 50) or "no NumPy"
    ([0], [1])
    """
    try:
        import numpy
    except ImportError:
        return None
    c = numpy.array(form, dtype=float)
    a = numpy.array(rows, dtype=float).reshape(len(rows), len(form))
    with numpy.errstate(all="ignore"):
        try:
            return _stepped(numpy, c, a, steps)
        except numpy.linalg.LinAlgError:
            return [], []


def _stepped(np: Any, c: Any, a: Any, steps: int) -> Basis:
    tight: list[int] = []
    basis: list[int] = []
    upper = np.zeros(len(c), dtype=bool)
    for _ in range(steps):
        own = a[tight][:, basis]
        y = np.linalg.solve(own.T, -c[basis]) if tight else np.zeros(0)
        d = c + y @ a[tight]
        upper = (d > SMALL) | (upper & (d >= -SMALL))
        upper[0] = False
        upper[basis] = False
        sums = a[:, 0] + a[:, upper].sum(axis=1)
        z = np.linalg.solve(own, -sums[tight]) if tight else np.zeros(0)
        slack = sums + a[:, basis] @ z
        slack[tight] = 0
        over = np.minimum(z, 1 - z)
        row = int(slack.argmin()) if len(slack) else -1
        place = int(over.argmin()) if len(over) else -1
        by_row = place < 0 or (row >= 0 and slack[row] < over[place])
        slope = (slack[row] if row >= 0 else 0.0) if by_row else over[place]
        if slope >= -SMALL:
            return tight, basis
        sign = 0 if by_row else 1 if z[place] > 0.5 else -1
        if by_row:
            dy = np.linalg.solve(own.T, -a[row, basis]) if tight else np.zeros(0)
            alpha = a[row] + dy @ a[tight]
        else:
            side = np.zeros(len(basis))
            side[place] = sign
            dy = np.linalg.solve(own.T, side)
            alpha = dy @ a[tight]
        falling = np.flatnonzero(dy < -SMALL)
        ratios = np.maximum(y[falling], 0) / -dy[falling]
        first = int(ratios.argmin()) if len(ratios) else -1
        limit = ratios[first] if first >= 0 else np.inf
        open_ = np.where(upper, alpha < -SMALL, alpha > SMALL)
        open_[0] = False
        open_[basis] = False
        places = np.flatnonzero(open_)
        at = np.abs(d[places]) / np.abs(alpha[places])
        order = np.argsort(at, kind="stable")
        order = order[at[order] < limit]
        heights = slope + np.cumsum(np.abs(alpha[places[order]]))
        stop = int(np.searchsorted(heights, -SMALL))
        upper[places[order[:stop]]] ^= True
        if stop < len(order):
            entering = int(places[order[stop]])
            if by_row:
                tight, basis = [*tight, row], [*basis, entering]
            else:
                upper[basis[place]] = sign > 0
                basis = [*basis[:place], entering, *basis[place + 1 :]]
        elif first < 0:
            return [], []
        else:
            k = int(falling[first])
            if by_row:
                tight = [*tight[:k], row, *tight[k + 1 :]]
            else:
                upper[basis[place]] = sign > 0
                tight = tight[:k] + tight[k + 1 :]
                basis = basis[:place] + basis[place + 1 :]
    return [], []
