"""Pieces that somebody wrote down: unions of polyhedra with formulas, perhaps with gradients."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, Self

import sympy

from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.formulas import Formula
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.reals import Coordinate
from piecewise_mt.geometry.cells import Cell, relative_interior
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property

Rows = tuple[tuple[Any, ...], ...]
"""Rows of numbers; those of a gradient may hold SymPy expressions."""


class StatedPiece(Piece):
    """One entry of a stated representation."""

    def __init__(
        self,
        alpha: int,
        names: tuple[str, ...],
        parts: tuple[Polyhedron, ...],
        formulas: tuple[Formula, ...],
        stated: Rows | None,
        scalar: bool,
    ) -> None:
        self.alpha = alpha
        self._names = names
        self._parts = parts
        self._formulas = formulas
        self.stated = stated
        """The gradient that was stated, or None."""
        self._scalar = scalar

    def numbered(self, alpha: int) -> Self:
        """The same piece under another number."""
        twin = copy(self)
        twin.alpha = alpha
        return twin

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    @property
    def is_scalar(self) -> bool:
        return self._scalar

    @property
    def formulas(self) -> tuple[Formula, ...]:
        return self._formulas

    @property
    def parts(self) -> tuple[Polyhedron, ...]:
        return self._parts

    @cached_property
    def hull(self) -> AffineHull:
        """The affine hull of the piece: of all its parts."""
        generators: list[Row] = []
        for part in self.parts:
            cell = relative_interior(part)
            if cell is not None:
                generators += map(tuple, (*cell.complex.generators, *cell.complex.lines))
        return AffineHull.of_generators(self._names, generators)

    @cached_property
    def interior(self) -> Cell:
        """The relative interior of a part of the largest dimension."""
        cells = [cell for cell in map(relative_interior, self.parts) if cell is not None]
        if not cells:
            raise PiecewiseError(
                f"expected a piece with a point, got the empty piece {self.alpha}; leave it out"
            )
        return max(cells, key=lambda cell: cell.dimension)

    @property
    def dimension(self) -> int:
        """The largest dimension of the parts."""
        return self.interior.dimension

    @property
    def point(self) -> tuple[Coordinate, ...]:
        return tuple(self.interior.point)

    @property
    def polyhedron(self) -> Polyhedron:
        """The piece, if it is one polyhedron."""
        if len(self.parts) > 1:
            raise PiecewiseError(
                f"expected one polyhedron, got a union of {len(self.parts)} as piece "
                f"{self.alpha}; use .parts"
            )
        return self.parts[0]

    @property
    def gradient_rows(self) -> Sequence[Sequence[Any]]:
        """The stated gradient, else ∇fᵅ."""
        return self.jacobian if self.stated is None else self.stated

    @property
    def condition(self) -> Any:
        """The condition as a SymPy Boolean."""
        return sympy.Or(*(part.condition for part in self.parts), evaluate=False)

    def contains(self, point: Sequence[Any]) -> bool:
        """Whether an exact point lies in the piece."""
        return any(part.contains(point) for part in self.parts)

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))

    def __repr__(self) -> str:
        return f"StatedPiece({self.alpha}: {self})"
