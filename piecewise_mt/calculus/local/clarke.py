"""Sets of matrices at a point: Clarke's subdifferential and the hull of the chain rule's products.

Both are convex hulls of finitely many b×a matrices that differ only in the span of the active
kinks, so they live in the pivot columns of a :class:`Reduction`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Self

import sympy
from sympy.polys.matrices import DomainMatrix

from piecewise_mt.calculus.local.certificates import (
    CLARKE as CLARKE,
)
from piecewise_mt.calculus.local.certificates import (
    ConvexCombination as ConvexCombination,
)
from piecewise_mt.calculus.local.certificates import (
    HullClaim,
    flat,
)
from piecewise_mt.calculus.local.certificates import (
    SeparatingDirection as SeparatingDirection,
)
from piecewise_mt.calculus.local.certificates import (
    rows_of as rows_of,
)
from piecewise_mt.calculus.local.full_entries import (
    lowest_entries,
    nearest_listed,
    whole_entries,
    written,
)
from piecewise_mt.calculus.local.place import Place
from piecewise_mt.calculus.local.reduction import Matrix, Reduction, Vector
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.errors import TooManyPieces, Undecided
from piecewise_mt.exact.matrices import exact_entry, read_matrix, real_entry
from piecewise_mt.exact.nearest_points import Nearest, is_nearest, nearest_to_zero
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.geometry.polytope import Combination, Facets, Polytope, Separation
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.mathml import InNotebooks

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.hulls import LocalHull
    from piecewise_mt.typeset.tables import Cell


class MatrixHull:
    """The convex hull of finitely many b×a matrices, with exact membership.

    Examples
    --------
    Clarke's subdifferential of max(x, y) at a tie is a segment:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> clarke = mt.max(x, y).at((0, 0)).clarke
    >>> clarke.vertices, clarke.dimension
    ((Matrix([[0, 1]]), Matrix([[1, 0]])), 1)
    >>> clarke.contains([[1, 1]])
    False
    >>> clarke.certificate([["1/4", "3/4"]]).weights
    (3/4, 1/4)
    """

    def __init__(self, reduction: Reduction) -> None:
        self._reduction = reduction

    _meant: tuple[Place, str] | None = None

    def of(self, place: Place, name: str) -> Self:
        """This hull, which is told what its certificates are about."""
        self._meant = (place, name)
        return self

    def _about(self, rows: Any) -> HullClaim | None:
        """What a certificate about a matrix proves."""
        if self._meant is None:
            return None
        return HullClaim(*self._meant, tuple(map(tuple, rows)))

    @property
    def shape(self) -> tuple[int, int]:
        """(b, a)."""
        return len(self._reduction.base), len(self._reduction.source.names)

    @cached_property
    def _polytope(self) -> Polytope | None:
        """The hull in the pivot columns, None if the set is empty."""
        points = tuple([flat(matrix) for matrix in self._matrices()])
        return _hull_of(points) if points else None

    def _matrices(self) -> Sequence[Matrix]:
        raise NotImplementedError

    def _located(self, point: Vector) -> Combination | Separation | None:
        polytope = self._polytope
        return None if polytope is None else polytope.certificate(point)

    @property
    def dimension(self) -> int:
        """The dimension, -1 for the empty set."""
        return -1 if self._polytope is None else self._polytope.dimension

    @cached_property
    def vertices(self) -> tuple[sympy.ImmutableMatrix, ...]:
        """The extreme matrices, sorted."""
        return () if self._polytope is None else tuple(map(self._lifted, self._polytope.vertices))

    @property
    def facets(self) -> Facets | None:
        """Equations and facets in the pivot columns, None for the empty set."""
        return None if self._polytope is None else self._polytope.facets

    def contains(self, matrix: Any) -> bool:
        """Whether a b×a matrix lies in the set: exact, by a linear program.

        Raises
        ------
        ShapeError
            If the matrix does not have the shape b×a.
        TooManyPieces
            If the set is too large to be found out.
        """
        return isinstance(self.certificate(matrix), ConvexCombination)

    __contains__ = contains

    def certificate(self, matrix: Any) -> ConvexCombination | SeparatingDirection:
        """A convex combination of matrices of the set, or a direction that separates from it."""
        return self.certificate_of_rows(read_matrix(matrix, self.shape, exact_entry))

    def certificate_of_rows(self, rows: Matrix) -> ConvexCombination | SeparatingDirection:
        """The same for rows of Fractions."""
        return replace(self._certificate(rows), of=self._about(rows))

    def _certificate(self, rows: Matrix) -> ConvexCombination | SeparatingDirection:
        defect = self._reduction.defect(rows)
        if defect is not None:
            # all matrices of the set agree along t
            output, t, found, expected = defect
            sign = 1 if found > expected else -1
            direction = [[sign * v * (i == output) for v in t] for i in range(self.shape[0])]
            return _separation(direction, sign * found, sign * expected)
        answer = self._located(flat(self._reduction.restrict(rows)))
        if answer is None:
            zero = [[Fraction(0)] * self.shape[1] for _ in range(self.shape[0])]
            return _separation(zero, Fraction(0), Fraction(-1))
        if isinstance(answer, Combination):
            return ConvexCombination(
                tuple(map(to_rational, answer.weights)),
                tuple(self._lifted(point) for point in answer.points),
            )
        k = self._reduction.rank
        direction = [
            self._reduction.spread(answer.direction[i * k : (i + 1) * k])
            for i in range(self.shape[0])
        ]
        return _separation(direction, answer.value, answer.bound)

    @property
    def min_norm(self) -> sympy.ImmutableMatrix:
        """The matrix of least Euclidean norm in the set, exactly: by Wolfe's method.

        Of a scalar function, with a minus sign it is the direction of steepest descent of
        Clarke's directional derivative, and zero iff the point is stationary.

        Raises
        ------
        PiecewiseError
            If the set is empty.
        TooManyPieces
            If there are too many matrices to list, and no summands.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> clarke = mt.max(x, 2 * y).at((0, 0)).clarke
        >>> clarke.min_norm, clarke.min_norm_certificate.weights
        (Matrix([[4/5, 2/5]]), (1/5, 4/5))
        """
        return self._written(self._nearest.point)

    @property
    def min_norm_certificate(self) -> ConvexCombination:
        """Matrices M and weights of :attr:`min_norm`, which is G with ⟨G, M⟩ ≥ ⟨G, G⟩ for all M."""
        pairs = sorted(zip(self._nearest.points, self._nearest.weights, strict=True))
        return ConvexCombination(
            tuple(written(weight) for _, weight in pairs),
            tuple(self._written(point) for point, _ in pairs),
        )

    @cached_property
    def _nearest(self) -> Nearest:
        return nearest_listed([whole_entries(self._reduction, own) for own in self._matrices()])

    def _written(self, entries: Vector) -> sympy.ImmutableMatrix:
        return sympy.ImmutableMatrix(*self.shape, [written(v) for v in entries])

    def condition(self, matrix: Any) -> Any:
        """When a matrix with symbols lies in the set: a conjunction of relations, from facets.

        Examples
        --------
        The derivative z of relu at the tie is in Clarke's subdifferential iff 0 ≤ z ≤ 1:

        >>> import piecewise_mt as mt
        >>> at = mt.relu(mt.variable("x")).at((0,))
        >>> at.clarke.condition(at.gradient)
        (z >= 0) & (z <= 1)
        """
        from piecewise_mt.calculus.local.coefficient_rows import CoefficientRows
        from piecewise_mt.calculus.local.coefficient_rows import condition as of_coefficients
        from piecewise_mt.calculus.local.memberships import membership

        if isinstance(matrix, CoefficientRows):
            return of_coefficients(self._reduction, self.facets, matrix)
        return membership(self._reduction, self.facets, self._symbolic(matrix))

    def span_condition(self, matrix: Any) -> Any:
        """When a matrix with symbols satisfies (15): a conjunction of equations."""
        from piecewise_mt.calculus.local.coefficient_rows import CoefficientRows, span_relations
        from piecewise_mt.calculus.local.memberships import span_equations

        if isinstance(matrix, CoefficientRows):
            return sympy.And(*span_relations(self._reduction, matrix))
        return sympy.And(*span_equations(self._reduction, self._symbolic(matrix)))

    def _symbolic(self, matrix: Any) -> sympy.ImmutableMatrix:
        return to_matrix(read_matrix(matrix, self.shape, real_entry), self.shape[1])

    def _lifted(self, point: Vector) -> sympy.ImmutableMatrix:
        return lifted(self._reduction, unflat(point, self.shape[0]))


OPEN = (
    "expected ties whose kinks tell near the point which of their sides meet, got kinks that agree "
    "to first order there and are not told apart beyond; ask for directional_derivative, "
    "lexicographic or f.gradient, which are known"
)


class ClarkeSubdifferential(InNotebooks, MatrixHull):
    """The convex hull of the limits of gradients.

    If there are too many limits to list, a combination of some of them still proves membership,
    and a direction that separates from the wider hull of all products refutes it; what neither
    decides raises :exc:`TooManyPieces`. Where the hull is known summand by summand, none is listed.
    """

    analysis: Any = None
    """The analysis of the point that it was made for."""

    def __init__(
        self,
        reduction: Reduction,
        limits: Callable[[], Sequence[Matrix]],
        samples: Callable[[], Sequence[Matrix]],
        wider: MatrixHull,
        hull: LocalHull | None = None,
        open_limits: Callable[[], Sequence[Matrix]] = tuple,
        analysis: Any = None,
    ) -> None:
        super().__init__(reduction)
        self.analysis = analysis
        self._hull = hull
        self._open_limits = open_limits
        self._limits = limits
        self._samples = samples
        self._wider = wider

    def _matrices(self) -> Sequence[Matrix]:
        return self._limits()

    @cached_property
    def _open(self) -> list[Vector]:
        """Those that may be limits of gradients, and are in the hull only if they are."""
        known = self._known_polytope
        points = map(flat, self._open_limits())
        return [point for point in points if known is None or not known.contains(point)]

    @cached_property
    def _known_polytope(self) -> Polytope | None:
        points = tuple([flat(matrix) for matrix in self._matrices()])
        return _hull_of(points) if points else None

    @cached_property
    def _polytope(self) -> Polytope | None:
        if self._hull is None and self._open:
            raise Undecided(OPEN)
        return self._known_polytope

    @property
    def dimension(self) -> int:
        """The dimension, -1 for the empty set."""
        return super().dimension if self._hull is None else self._hull.dimension

    @cached_property
    def vertices(self) -> tuple[sympy.ImmutableMatrix, ...]:
        """The extreme matrices, sorted."""
        hull = self._hull
        if hull is None or hull.count is None or not hull.has_only_vertices:
            return super().vertices
        # each limit of each summand is furthest in some direction, and so is each sum of them
        return tuple(lifted(self._reduction, matrix) for matrix in self._limits())

    def contains(self, matrix: Any) -> bool:
        rows = read_matrix(matrix, self.shape, exact_entry)
        if self._hull is not None and self._reduction.defect(rows) is None:
            with suppress(TooManyPieces):
                return self._hull.contains(self._reduction.restrict(rows))
        return isinstance(self.certificate_of_rows(rows), ConvexCombination)

    __contains__ = contains

    @cached_property
    def _nearest(self) -> Nearest:
        hull = self._hull
        if hull is not None and self.shape[0] == 1:
            start = whole_entries(self._reduction, hull.some_limit())
            return nearest_to_zero(start, partial(lowest_entries, hull))
        found = super()._nearest
        some = (whole_entries(self._reduction, unflat(p, self.shape[0])) for p in self._open)
        if hull is None and self._open and not is_nearest(found.point, some):
            raise Undecided(OPEN)
        return found

    def _located(self, point: Vector) -> Combination | Separation | None:
        try:
            hull = self._hull
            if hull is not None:
                return hull.certificate(point)
            return self._located_within(point) if self._open else super()._located(point)
        except TooManyPieces:
            some = [flat(matrix) for matrix in self._samples()]
            inside = Polytope(some).certificate(point) if some else None
            if isinstance(inside, Combination):
                return inside
            outside = self._wider._located(point)
            if isinstance(outside, Separation):
                return outside
            raise

    def _located_within(self, point: Vector) -> Combination | Separation:
        """In the hull of what is known, or not even with what may be there."""
        known = self._known_polytope
        inside = None if known is None else known.certificate(point)
        if isinstance(inside, Combination):
            return inside
        outside = Polytope([*map(flat, self._limits()), *self._open]).certificate(point)
        if isinstance(outside, Separation):
            return outside
        raise Undecided(OPEN)

    def _vertex_cell(self) -> Cell | None:
        from piecewise_mt.display.door import clarke_cell

        return clarke_cell(self)

    def __str__(self) -> str:
        cell = self._vertex_cell()
        return f"a set of {self.shape[0]}×{self.shape[1]} matrices" if cell is None else cell.text

    def __repr__(self) -> str:
        return f"Clarke subdifferential: {self}"

    def to_latex(self) -> str:
        r"""The set by its vertices, those of a large one counted.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> clarke = mt.max(x, y).at((1, 1)).clarke
        >>> print(clarke.to_latex())
        \operatorname{conv}\{(0,\, 1),\; (1,\, 0)\}
        >>> clarke
        Clarke subdifferential: conv{(0, 1), (1, 0)}
        """
        cell = self._vertex_cell()
        return rf"\text{{{self}}}" if cell is None else cell.latex

    def _repr_latex_(self) -> str:
        return f"${self.to_latex()}$"


_ZERO = Fraction(0)


@lru_cache(64)
def _hull_of(points: tuple[Vector, ...]) -> Polytope:
    """The limits of gradients often are all products, here and on the strata nearby."""
    return Polytope(points)


def unflat(point: Vector, rows: int) -> Matrix:
    """A matrix of this many rows."""
    width = len(point) // rows if rows else 0
    return tuple(tuple(point[i * width : (i + 1) * width]) for i in range(rows))


def lifted(reduction: Reduction, reduced: Sequence[Sequence[Any]]) -> sympy.ImmutableMatrix:
    """The b×a SymPy matrix of a reduced one."""
    rows = reduction.lift(reduced)
    a = len(reduction.source.names)
    if any(not isinstance(v, int) for row, _ in rows for v in row):
        divided = ([quotient(v, scale) if scale > 1 else v for v in row] for row, scale in rows)
        return to_matrix(tuple(map(tuple, divided)), a)
    # many matrices of many entries: no object for each entry before it is asked for
    entries = [[sympy.QQ(v, scale) for v in row] for row, scale in rows]
    return DomainMatrix(entries, (len(rows), a), sympy.QQ).to_Matrix().as_immutable()


def _separation(direction: Any, value: Fraction, bound: Fraction) -> SeparatingDirection:
    rows = [[to_rational(v) for v in row] for row in direction]
    matrix = sympy.ImmutableMatrix(len(rows), len(rows[0]), [v for row in rows for v in row])
    return SeparatingDirection(matrix, to_rational(value), to_rational(bound))
