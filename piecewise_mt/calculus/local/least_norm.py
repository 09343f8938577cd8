"""The matrix of least Euclidean norm in a hull of limits, and what proves that it is the least.

A quadratic program: G = Σ w M with w ≥ 0 and Σ w = 1 is the one of least norm iff ⟨G, M⟩ ≥ ⟨G, G⟩
for all M of the hull (Karush, Kuhn and Tucker), which says too that there is no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy
from sympy.solvers.solveset import NonlinearError

from piecewise_mt.calculus.local.clarke import ConvexCombination, flat, rows_of
from piecewise_mt.calculus.local.full_entries import lowest_entries, whole_entries
from piecewise_mt.calculus.local.proofs import limits_along, verified_limit
from piecewise_mt.exact.nearest_points import is_nearest, product
from piecewise_mt.exact.reals import real

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis


@dataclass(frozen=True)
class LeastNormProof:
    """The matrix as a convex combination of limits G with ⟨matrix, G⟩ ≥ ⟨matrix, matrix⟩.

    The combination is checkable as a whole: ``verify`` finds each of its matrices anew as a
    gradient nearby. The inequalities are checked against the limits that were listed (or, summand
    by summand, against the lowest one); that there are no others is a proof by enumeration.
    """

    _local: LocalAnalysis
    matrix: sympy.ImmutableMatrix
    combination: ConvexCombination

    def verify(self) -> bool:
        """Check it anew, with exact numbers alone."""
        local, own = self._local, self.combination
        if not own.holds(self.matrix):
            return False
        known = limits_along(local, own.matrices)
        if not all(m in known and verified_limit(local, m, known[m]) for m in own.matrices):
            return False
        entries = flat(rows_of(self.matrix))
        if local.hull is not None and local.shape[0] == 1:
            lowest = lowest_entries(local.hull, entries)
            return bool(product(entries, lowest) >= product(entries, entries))
        limits = [*(own.reduced for own in local.known_limits), *local.open_limits]
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
