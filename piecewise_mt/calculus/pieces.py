"""What every piece has, derived or stated: a number, a condition, affine formulas, a gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import sympy

from piecewise_mt.calculus.program import Affine
from piecewise_mt.exact.polynomials import coefficient_to_sympy


class Piece(ABC):
    """One piece Pᵅ with its formula fᵅ and gradient ∇fᵅ."""

    __slots__ = ()
    alpha: int
    """The number of the piece, from 1."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of the variables, in order."""

    @property
    @abstractmethod
    def is_scalar(self) -> bool:
        """Whether the formula is one expression rather than a column."""

    @property
    @abstractmethod
    def affine(self) -> tuple[Affine, ...]:
        """For every output the coefficients (c0, c1, …, ca) of the formula."""

    @property
    @abstractmethod
    def condition(self) -> Any:
        """The condition of the piece, as a SymPy Boolean."""

    @property
    def jacobian(self) -> tuple[Affine, ...]:
        """The rows of ∇fᵅ."""
        return tuple(row[1:] for row in self.affine)

    @property
    def formula(self) -> sympy.Expr | sympy.ImmutableMatrix:
        """fᵅ: an Expr for a scalar function, else a column Matrix of the flat outputs."""
        symbols = [1, *(sympy.Symbol(name, real=True) for name in self.names)]
        rows = [
            sympy.Add(*(coefficient_to_sympy(c) * x for c, x in zip(row, symbols, strict=True)))
            for row in self.affine
        ]
        return rows[0] if self.is_scalar else sympy.ImmutableMatrix(len(rows), 1, rows)

    @property
    def gradient(self) -> sympy.ImmutableMatrix:
        """∇fᵅ, a b×a matrix, expanded in the free tie parameters."""
        return to_matrix(self.jacobian, len(self.names))

    def _repr_latex_(self) -> str:
        from piecewise_mt.display.pieces import piece_latex

        return piece_latex(self)


def to_matrix(rows: tuple[Affine, ...], width: int) -> sympy.ImmutableMatrix:
    """Rows of coefficients as a SymPy matrix."""
    entries = [coefficient_to_sympy(c) for row in rows for c in row]
    return sympy.ImmutableMatrix(len(rows), width, entries)
