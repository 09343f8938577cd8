"""A maximum of affine functions of n variables as a combination of maxima of n + 1 at most.

Radon's theorem parts the gradients of n + 2 affine functions into two sets I and J with convex
hulls that meet, so that a convex combination of the functions of I is one of those of J plus a
constant, ≥ 0 say. Then min over J ≤ max over I everywhere. With K all functions but those of J,

    max over K = max(max over K, min over J) = Σ (-1)^(|T| + 1) · max over K ∪ T

over the nonempty T ⊆ J, where T = J is the maximum of all; the rest have fewer functions. (S. Wang,
X. Sun, "Generalization of hinging hyperplanes", 2005.)
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations

from piecewise_mt.calculus.forms.cells import AffineRow
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.linear import kernel
from piecewise_mt.exact.numbers import primitive

Combination = dict[tuple[int, ...], int]
"""Σ factor · max over a set of places, in increasing order."""

MOST_SETS = 5000
"""So many sets of functions are looked at."""


def small_maxima(rows: Sequence[AffineRow]) -> Combination:
    """The maximum of some affine functions in maxima of at most n + 1 of them.

    Examples
    --------
    max(-x, 0, x) = max(-x, 0) + max(0, x), and with 1 in the middle it is three maxima:

    >>> rows = [(Fraction(c), Fraction(slope)) for c, slope in ((0, -1), (0, 0), (0, 1))]
    >>> small_maxima(rows)
    {(0, 2): 1}
    >>> small_maxima([rows[0], (Fraction(1), Fraction(0)), rows[2]])
    {(0, 1): 1, (1,): -1, (1, 2): 1}
    """
    n = len(rows[0]) - 1
    found: dict[tuple[int, ...], Combination] = {}
    pending = [tuple(range(len(rows)))]
    steps: dict[tuple[int, ...], Combination] = {}
    while pending:
        own = pending[-1]
        if own in found:
            pending.pop()
            continue
        if len(own) <= n + 1:
            found[own] = {own: 1}
            continue
        if own not in steps:
            if len(steps) >= MOST_SETS:
                raise TooManyPieces(
                    f"expected a shallow network of at most {MOST_SETS} maxima, got more for "
                    f"{len(rows)} affine functions; leave out shallow"
                )
            steps[own] = _step(own, rows)
        missing = [part for part in steps[own] if part not in found]
        if missing:
            pending += missing
            continue
        total: Combination = {}
        for part, factor in steps[own].items():
            for small, c in found[part].items():
                total[small] = total.get(small, 0) + factor * c
        found[own] = {small: total[small] for small in sorted(total) if total[small]}
    return found[tuple(range(len(rows)))]


def _step(own: tuple[int, ...], rows: Sequence[AffineRow]) -> Combination:
    """The maximum over a set in maxima over smaller ones."""
    n = len(rows[0]) - 1
    first = own[: n + 2]
    # Σ τ = 0 and Σ τ·gradient = 0
    equations = [(1,) * (n + 2)]
    equations += [primitive([rows[i][k] for i in first]) for k in range(1, n + 1)]
    tau = kernel(equations, n + 2)[0]
    constant = sum((t * rows[i][0] for t, i in zip(tau, first, strict=True)), Fraction(0))
    if constant < 0:
        tau = tuple(-t for t in tau)
    below = [i for t, i in zip(tau, first, strict=True) if t < 0]
    if not constant:
        above = [i for t, i in zip(tau, first, strict=True) if t > 0]
        below = min(below, above, key=len)
    rest = [i for i in own if i not in below]
    sign = -1 if len(below) % 2 == 0 else 1
    found: Combination = {tuple(rest): sign}
    proper = chain.from_iterable(combinations(below, r) for r in range(1, len(below)))
    for some in proper:
        part = tuple(sorted((*rest, *some)))
        found[part] = found.get(part, 0) + (sign if len(some) % 2 == 0 else -sign)
    return found
