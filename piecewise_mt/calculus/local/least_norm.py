"""The matrix of least Euclidean norm in a hull of limits, and what proves that it is the least.

A quadratic program: G = Σ w M with w ≥ 0 and Σ w = 1 is the one of least norm iff ⟨G, M⟩ ≥ ⟨G, G⟩
for all M of the hull (Karush, Kuhn and Tucker), which says too that there is no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy
from sympy.solvers.solveset import NonlinearError

from piecewise_mt.calculus.local.certificates import (
    CLARKE,
    ConvexCombination,
    flat,
    matrix_text,
    rows_of,
)
from piecewise_mt.calculus.local.full_entries import lowest_entries, whole_entries
from piecewise_mt.calculus.local.place import LocalProof, Place, exact_rows
from piecewise_mt.calculus.local.recomputed import are_limits, listed_again
from piecewise_mt.exact.nearest_points import is_nearest, product
from piecewise_mt.exact.reals import real


@dataclass(frozen=True)
class LeastNormProof(LocalProof):
    """The matrix as a convex combination of limits G with ⟨matrix, G⟩ ≥ ⟨matrix, matrix⟩.

    The combination is checkable as a whole: ``verify`` finds each of its matrices anew as a
    gradient nearby. The inequalities are checked against the limits that are listed anew (or,
    summand by summand, against the lowest one); that there are no others is a proof by enumeration.
    """

    place: Place
    matrix: sympy.ImmutableMatrix
    combination: ConvexCombination

    @property
    def claim(self) -> str:
        return f"{matrix_text(rows_of(self.matrix))} is the matrix of least norm in {CLARKE}"

    def _check(self) -> bool:
        local, own = self.place.analysis(), self.combination
        rows = exact_rows(self.matrix, local.shape)
        if not own.combines(rows, local.shape):
            return False
        if not are_limits(local, [rows_of(m) for m in own.matrices]):
            return False
        entries = flat(rows)
        if local.hull is not None and local.shape[0] == 1:
            lowest = lowest_entries(local.hull, entries)
            return bool(product(entries, lowest) >= product(entries, entries))
        limits = [*(own.reduced for own in local.known_limits), *local.open_limits]
        limits += listed_again(local)
        return is_nearest(entries, (whole_entries(local.reduction, m) for m in limits))


def equality_condition(one: sympy.ImmutableMatrix, two: sympy.ImmutableMatrix) -> Any:
    """Whether two matrices are equal; of symbols, a condition on these."""
    pairs = list(zip(one, two, strict=True))
    symbols = sorted({s for pair in pairs for v in pair for s in v.free_symbols}, key=str)
    plain = [(v, w) for v, w in pairs if not (v - w).free_symbols]
    if not all(_same(v, w) for v, w in plain):
        return False
    if not symbols:
        return True
    rest = [sympy.expand(v - w) for v, w in pairs if (v - w).free_symbols]
    try:
        matrix, right = sympy.linear_eq_to_matrix(rest, symbols)
    except NonlinearError:
        return sympy.And(*(sympy.Eq(v, 0) for v in rest))
    reduced, pivots = matrix.row_join(right).rref()
    if len(symbols) in pivots:
        return False
    found = []
    for row, pivot in enumerate(pivots):
        others = [reduced[row, j] * s for j, s in enumerate(symbols) if j != pivot]
        found.append(sympy.Eq(symbols[pivot], reduced[row, len(symbols)] - sympy.Add(*others)))
    return sympy.And(*found)


def _same(one: Any, two: Any) -> bool:
    return one == two or bool(real(one) == real(two))
