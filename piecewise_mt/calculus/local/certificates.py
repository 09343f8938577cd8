"""Certificates of membership in a convex hull of matrices at a point, and of the opposite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.local.place import LocalProof, Place, exact_rows, exact_vector
from piecewise_mt.calculus.local.reduction import Matrix, Vector
from piecewise_mt.calculus.results.proof import Question, numbers_text, same
from piecewise_mt.exact.certificates import check_combination, check_separation
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.reals import number_expr

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis
    from piecewise_mt.calculus.local.clarke import MatrixHull

CLARKE = "Clarke's subdifferential"
PRODUCTS = "the hull of the products of (14)"
LIMITING = "the hull of the limiting subgradients"


@dataclass(frozen=True)
class HullClaim:
    """A matrix, and the hull at a place that it is in, or is not."""

    place: Place
    hull: str
    """``CLARKE``, ``PRODUCTS`` or ``LIMITING``."""
    matrix: Matrix

    def hull_of(self, local: LocalAnalysis) -> MatrixHull:
        """The hull that is meant."""
        if self.hull == CLARKE:
            return local.clarke
        if self.hull == PRODUCTS:
            return local.products
        if self.hull == LIMITING:
            return local.mordukhovich.hull
        raise ValueError("expected the name of a hull")

    @property
    def text(self) -> str:
        """The matrix."""
        return matrix_text(self.matrix)


class HullProof(LocalProof):
    """What is said of one matrix and one hull."""

    __slots__ = ()
    of: HullClaim | None

    @property
    def place(self) -> Place:
        """Where it is said; without one nothing is.

        Raises
        ------
        ValueError
            If the certificate is of numbers alone, which ``holds`` checks.
        """
        if self.of is None:
            raise ValueError("expected a certificate of a function at a point, got one of numbers")
        return self.of.place

    def _question_of(self, kind: str) -> Question | None:
        """Whether the matrix is in Clarke's set; of other hulls there is no certificate."""
        of = self.of
        if of is None or of.hull != CLARKE:
            return None
        asked = self._question_there("clarke", kind=kind, matrix=of.matrix)
        return replace(asked, given={**asked.given, "matrix": of.matrix})

    def _is_found_again(self, of: HullClaim, local: LocalAnalysis) -> bool:
        """Whether the same is found anew: numbers that are not algebraic are not checked else."""
        rows = [[number_expr(v) for v in row] for row in of.matrix]
        return same(replace(of.hull_of(local).certificate(rows), of=of), self)


@dataclass(frozen=True)
class ConvexCombination(HullProof):
    """G = Σ weights·matrices: a proof that G is in the hull."""

    weights: tuple[sympy.Rational, ...]
    matrices: tuple[sympy.ImmutableMatrix, ...]
    of: HullClaim | None = field(default=None, compare=False, repr=False)
    """What it proves, of which function."""

    def holds(self, matrix: Any) -> bool:
        """Check it anew, with Fractions alone."""
        rows, points = rows_of(matrix), [rows_of(m) for m in self.matrices]
        widths = [tuple(map(len, own)) for own in (rows, *points)]
        weights = [to_number(w) for w in self.weights]
        return len(set(widths)) == 1 and check_combination(
            flat(rows), [flat(own) for own in points], weights
        )

    @property
    def claim(self) -> str:
        assert self.of is not None
        parts = [f"{w}*{matrix_text(rows_of(m))}" for w, m in zip(self.weights, self.matrices)]
        return f"{self.of.text} is in {self.of.hull}, as it is {' + '.join(parts)}"

    def _question(self) -> Question | None:
        return self._question_of("in_clarke")

    def _check(self) -> bool:
        from piecewise_mt.calculus.local.recomputed import are_limits

        of = self.of
        if of is None:
            return False
        local = of.place.analysis()
        if local.is_real:
            return self._is_found_again(of, local)
        rows = exact_rows(of.matrix, local.shape)
        if not self.combines(rows, local.shape):
            return False
        if of.hull == CLARKE:
            return are_limits(local, [rows_of(m) for m in self.matrices])
        hull = of.hull_of(local)
        return all(hull.contains(m) for m in (*self.matrices, rows))

    def combines(self, rows: Matrix, shape: tuple[int, int]) -> bool:
        """Whether a proof's data make the matrix: they are plain numbers, and matrices of a shape.

        Raises
        ------
        ValueError
            If they are not.
        """
        weights = exact_vector(self.weights, len(self.matrices))
        points = [flat(exact_rows(m, shape)) for m in self.matrices]
        return check_combination(flat(rows), points, weights)


@dataclass(frozen=True)
class SeparatingDirection(HullProof):
    """⟨direction, M⟩ ≤ bound < value = ⟨direction, G⟩ for all M of the hull."""

    direction: sympy.ImmutableMatrix
    value: sympy.Rational
    bound: sympy.Rational
    of: HullClaim | None = field(default=None, compare=False, repr=False)
    """What it proves, of which function."""

    def holds(self, matrix: Any, matrices: Iterable[Any]) -> bool:
        """Check it anew against given matrices, with Fractions alone."""
        points = [flat(rows_of(m)) for m in matrices]
        return check_separation(flat(rows_of(matrix)), points, flat(rows_of(self.direction)))

    @property
    def claim(self) -> str:
        assert self.of is not None
        return (
            f"{self.of.text} is not in {self.of.hull}, as its product with "
            f"{matrix_text(rows_of(self.direction))} is {self.value}, and that of none of it is "
            f"more than {self.bound}"
        )

    def _question(self) -> Question | None:
        return self._question_of("not_in_clarke")

    def _check(self) -> bool:
        from piecewise_mt.calculus.local.recomputed import highest_product

        of = self.of
        if of is None:
            return False
        local = of.place.analysis()
        if local.is_real:
            return self._is_found_again(of, local)
        rows, direction = (exact_rows(own, local.shape) for own in (of.matrix, self.direction))
        value, bound = exact_vector((self.value, self.bound), 2)
        pairs = zip(flat(direction), flat(rows), strict=True)
        if value != sum((d * v for d, v in pairs), Fraction(0)) or not bound < value:
            return False
        highest = highest_product(local, of.hull, direction)
        return highest is None or bool(highest <= bound)


def flat(matrix: Iterable[Iterable[Fraction]]) -> Vector:
    """The entries, row-major."""
    return tuple(value for row in matrix for value in row)


def rows_of(matrix: Any) -> Matrix:
    """The rows of a matrix of exact numbers."""
    rows = matrix.tolist() if hasattr(matrix, "tolist") else matrix
    return tuple(tuple(to_number(value) for value in row) for row in rows)


def matrix_text(rows: Matrix) -> str:
    """A matrix in a sentence; one of one row as that."""
    shown = [numbers_text(row) for row in rows]
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"
