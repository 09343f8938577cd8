"""The convex hull of a few matrices with entries that are not algebraic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, final

import sympy

from piecewise_mt.calculus.local.certificates import ConvexCombination, SeparatingDirection
from piecewise_mt.calculus.local.clarke import OPEN, ClarkeSubdifferential
from piecewise_mt.calculus.local.real_norms import nearest_of_reals
from piecewise_mt.calculus.local.real_tangents import combined_of
from piecewise_mt.errors import Undecided, Unsupported
from piecewise_mt.exact.matrices import read_matrix, real_entry
from piecewise_mt.exact.nearest_points import Nearest
from piecewise_mt.exact.ordered_hulls import combination_or_separation
from piecewise_mt.exact.reals import number_expr, real
from piecewise_mt.geometry.polytope import Facets
from piecewise_mt.memory import cached_property

Points = Sequence[Sequence[Any]]


def entries(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The entries of a matrix as Fractions and Reals.

    Raises
    ------
    Undecided
        If one has symbols.
    """
    found = []
    for row in rows:
        for value in row:
            if getattr(value, "free_symbols", ()):
                raise Undecided(
                    f"expected numbers where derivatives are not algebraic, got {value}; "
                    "substitute numbers"
                )
        found.append([real(v) if isinstance(v, sympy.Expr) else v for v in row])
    return found


def in_order(matrix: sympy.ImmutableMatrix) -> list[Any]:
    """The entries, to sort matrices by."""
    return [real(value) for value in matrix]


@final
class RealHull(ClarkeSubdifferential):
    """The convex hull of the limits of gradients, with entries such as e.

    Combinations are found by a simplex method over real numbers.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> clarke = mt.max(x * mt.exp(y), 0).at((0, 1)).clarke
    >>> clarke.vertices, clarke.contains([1, 0])
    ((Matrix([[0, 0]]), Matrix([[E, 0]])), True)
    """

    def __init__(
        self,
        shape: tuple[int, int],
        points: Callable[[], Points],
        lowered: Callable[[Points], list[list[Any]] | None],
        raised: Callable[[Points], sympy.ImmutableMatrix],
        is_exact: bool,
    ) -> None:
        self._shape = shape
        self._points = points
        self._lowered_rows = lowered
        self._raised = raised
        self._is_exact = is_exact
        self._hull = None

    @property
    def shape(self) -> tuple[int, int]:
        return self._shape

    def _matrix(self, point: Sequence[Any]) -> sympy.ImmutableMatrix:
        width = len(point) // self._shape[0]
        return self._raised([point[i * width : (i + 1) * width] for i in range(self._shape[0])])

    @cached_property
    def dimension(self) -> int:
        """The dimension."""
        self._require_all()
        first, *others = self._points()
        axes: list[list[Any]] = []
        for point in others:
            step = [v - w for v, w in zip(point, first, strict=True)]
            if any(combined_of(step, axes)[1]):
                axes.append(step)
        return len(axes)

    @cached_property
    def vertices(self) -> tuple[sympy.ImmutableMatrix, ...]:
        """The extreme matrices, sorted."""
        self._require_all()
        points = list(self._points())
        extreme = [
            point
            for i, point in enumerate(points)
            if len(points) == 1
            or combination_or_separation(point, points[:i] + points[i + 1 :])[0] is None
        ]
        return tuple(sorted(map(self._matrix, extreme), key=in_order))

    @cached_property
    def _nearest(self) -> Nearest:
        self._require_all()
        full = [entries(self._matrix(point).tolist()) for point in self._points()]
        return nearest_of_reals([[v for row in own for v in row] for own in full])

    @property
    def facets(self) -> Facets | None:
        raise Unsupported(
            "expected algebraic numbers for facets, got others, for which they are not "
            "supported yet; ask contains about one matrix"
        )

    def _require_all(self) -> None:
        if not self._is_exact:
            raise Undecided(OPEN)

    def contains(self, matrix: Any) -> bool:
        return isinstance(self.certificate(matrix), ConvexCombination)

    __contains__ = contains

    def certificate(self, matrix: Any) -> ConvexCombination | SeparatingDirection:
        rows = entries(read_matrix(matrix, self.shape, real_entry))
        return replace(self._certificate(rows), of=self._about(rows))

    def _certificate(self, rows: Any) -> ConvexCombination | SeparatingDirection:
        reduced = self._lowered_rows(rows)
        points = list(self._points())
        if reduced is None:
            given = [v for row in rows for v in row]
            full = [entries(self._matrix(point).tolist()) for point in points]
            return self._separation(given, [[v for row in own for v in row] for own in full])
        target = [v for row in reduced for v in row]
        weights, _ = combination_or_separation(target, points)
        if weights is not None:
            used = [(w, point) for w, point in zip(weights, points, strict=True) if w]
            return ConvexCombination(
                tuple(number_expr(_whole(w)) for w, _ in used),
                tuple(self._matrix(point) for _, point in used),
            )
        self._require_all()
        given = [v for row in rows for v in row]
        full = [entries(self._matrix(point).tolist()) for point in points]
        return self._separation(given, [[v for row in own for v in row] for own in full])

    def _separation(self, given: Sequence[Any], points: Points) -> SeparatingDirection:
        _, direction = combination_or_separation(given, points)
        assert direction is not None
        heights = [_product(direction, point) for point in points]
        shown = [number_expr(_whole(v)) for v in direction]
        return SeparatingDirection(
            sympy.ImmutableMatrix(*self.shape, shown),
            number_expr(_whole(_product(direction, given))),
            number_expr(_whole(max(heights))),
        )

    def condition(self, matrix: Any) -> Any:
        raise Unsupported(
            "expected algebraic numbers for conditions on symbols, got others, for which "
            "they are not supported yet; substitute numbers"
        )


def _whole(value: Any) -> Any:
    return Fraction(value) if isinstance(value, int) else value


def _product(row: Sequence[Any], point: Sequence[Any]) -> Any:
    return sum((c * v for c, v in zip(row, point, strict=True) if c and v), Fraction(0))
