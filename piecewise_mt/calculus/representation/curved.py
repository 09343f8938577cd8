"""Pieces that somebody wrote down with polynomial conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from piecewise_mt.calculus.partition.conditions import read_sets
from piecewise_mt.calculus.representation.stated_pieces import Rows, StatedPiece
from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.calculus.smooth.formulas import Formula
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, Undecided
from piecewise_mt.exact.algebraic_points import check_point
from piecewise_mt.exact.case_trees import ZERO
from piecewise_mt.exact.reals import Coordinate, number_expr, real
from piecewise_mt.geometry.cells import Cell
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.points import point_expressions, read_exact_point
from piecewise_mt.semialgebraic.sets import BySet, SemialgebraicSet
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System

SECONDS = 5.0
"""For one decision about a piece."""


@final
class CurvedPiece(BySet, StatedPiece):
    """One entry of a stated representation, with polynomial conditions.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> cap = [("x**2 + y**2 < 1", "1 - x**2 - y**2"), ("x**2 + y**2 >= 1", "0")]
    >>> rep = mt.Representation("x y", cap)
    >>> rep.piece_at((1, 0)).alpha, rep.value((0, "1/2")), rep[0].dimension
    (2, 3/4, 2)
    """

    def __init__(
        self,
        alpha: int,
        names: tuple[str, ...],
        sets: tuple[Conditions, ...],
        formulas: tuple[Formula, ...],
        stated: Rows | None,
        scalar: bool,
    ) -> None:
        super().__init__(alpha, names, (), formulas, stated, scalar)
        self.sets = sets
        """The parts, each as polynomials with the signs that they may have."""

    @property
    def set(self) -> SemialgebraicSet:
        """The points of the piece, by polynomial conditions."""
        return SemialgebraicSet(self.names, self.sets)

    @property
    def is_curved(self) -> bool:
        return True

    @property
    def polyhedron(self) -> Polyhedron:
        raise NotPolyhedral(
            f"expected a piece with affine conditions, got {{{self}}} as piece {self.alpha}; ask "
            "its .set"
        )

    @property
    def parts(self) -> tuple[Polyhedron, ...]:
        return (self.polyhedron,)

    @property
    def interior(self) -> Cell:
        assert self.polyhedron
        raise AssertionError

    @cached_property
    def hull(self) -> CurvedHull:  # type: ignore[override]
        """The zero set of the equations that all parts have, on which formulas are compared."""
        first, *others = ([p for p, mask in own if mask == ZERO] for own in self.sets)
        shared = [p for p in first if all(p in other for other in others)]
        return CurvedHull.of_terms(self.names, shared)

    @cached_property
    def _largest(self) -> NonEmpty:
        """A point where the dimension is the largest one that is known."""
        answers = [decide(System(self.names, own), SECONDS) for own in self.sets]
        found = [answer for answer in answers if isinstance(answer, NonEmpty)]
        if found:
            return max(found, key=lambda answer: answer.dimension)
        if all(isinstance(answer, Empty) for answer in answers):
            raise PiecewiseError(
                f"expected a piece with a point, got the empty piece {self.alpha}; leave it out"
            )
        raise Undecided(
            f"expected a decision whether piece {self.alpha}, {{{self}}}, has a point, got none in "
            "time; simplify its condition"
        )

    @property
    def dimension(self) -> int:
        """The largest local dimension, as far as it is known."""
        return self._largest.dimension

    @property
    def point(self) -> tuple[Coordinate, ...]:
        return tuple(map(real, point_expressions(self._largest.point)))

    def contains(self, point: Sequence[Any]) -> bool:
        """Whether an exact point lies in the piece."""
        exact = read_exact_point(tuple(map(number_expr, point)), self.names)
        return any(check_point(part, exact) for part in self.sets)

    def __str__(self) -> str:
        return self.condition_text


def sets_of(condition: Any, names: tuple[str, ...]) -> tuple[Conditions, ...] | None:
    """The sets of a condition on polynomials, None if it is none."""
    try:
        return read_sets(condition, names)
    except NotPolyhedral:
        return None
