"""What every piece has, derived or stated: a number, a condition, formulas, a gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import sympy

from piecewise_mt.budget import require_work
from piecewise_mt.calculus.evaluation.program import Affine
from piecewise_mt.calculus.smooth.affine_hull import Hull
from piecewise_mt.calculus.smooth.entries import as_expr
from piecewise_mt.calculus.smooth.formulas import Formula
from piecewise_mt.calculus.smooth.rewriting import at_point
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.reals import Coordinate, number_expr
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.typeset.conditions import condition_latex, condition_text
from piecewise_mt.typeset.mathml import InNotebooks


class Piece(InNotebooks, ABC):
    """One piece Pᵅ with its formula fᵅ and gradient ∇fᵅ.

    See Also
    --------
    Expression.represent : Makes pieces.
    mt.Representation : The sequence of them.
    mt.Stratum : A finer set.

    References
    ----------
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    The tie of a maximum is a piece, on which the formula keeps the free parameter:

    >>> import piecewise_mt as mt
    >>> tie = mt.max(*mt.variables("y1 y2")).represent()[-1]
    >>> tie.condition, tie.dimension, tie.formula, tie.gradient
    (Eq(y1, y2), 1, y1*z + y2*(1 - z), Matrix([[z, 1 - z]]))
    """

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
    def formulas(self) -> tuple[Formula, ...]:
        """fᵅ, one formula an output."""

    @property
    def rows(self) -> tuple[Any, ...]:
        """fᵅ, one entry an output: coefficients (c0, c1, …, ca), or a SymPy expression."""
        return tuple(formula.raw for formula in self.formulas)

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The largest dimension of the parts, 0 for a point."""

    @property
    @abstractmethod
    def point(self) -> tuple[Coordinate, ...]:
        """The witness, before it becomes SymPy's."""

    @property
    def witness(self) -> tuple[sympy.Expr, ...]:
        """An exact point of the piece; of a derived one, of its relative interior."""
        return tuple(map(number_expr, self.point))

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of every unit, where the piece is derived from units."""
        return ()

    @property
    @abstractmethod
    def polyhedron(self) -> Polyhedron:
        """The piece, if it is one polyhedron."""

    @property
    @abstractmethod
    def parts(self) -> tuple[Polyhedron, ...]:
        """The piece as a union of polyhedra."""

    @property
    def set(self) -> PolyhedralSet | SemialgebraicSet:
        """The points of the piece as a set: a union of polyhedra, or of semialgebraic sets.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> w, x = mt.variables("w x")
        >>> mt.relu(w * x).represent()[-1].set
        SemialgebraicSet({w*x = 0})
        """
        return PolyhedralSet(self.names, self.parts, self.dimension)

    @property
    def is_curved(self) -> bool:
        """Whether the conditions are not all affine, so that the piece has no ``polyhedron``."""
        return False

    @property
    def regular(self) -> PolyhedralSet | SemialgebraicSet:
        """The points near which the piece, stratum by stratum, is a manifold with known tangents.

        All points of polyhedra are.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> mt.relu(mt.variable("x")).represent()[-1].regular
        PolyhedralSet({x = 0})
        """
        return self.set

    @property
    def singular(self) -> PolyhedralSet | SemialgebraicSet:
        """The other points: crossings, cusps, isolated points of curved pieces.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> w, x = mt.variables("w x")
        >>> mt.relu(w * x).represent()[-1].singular
        SemialgebraicSet({w = 0, x = 0})
        """
        return PolyhedralSet(self.names, (), -1)

    def prepare(self) -> None:
        """Make now what the condition is written of, if that takes long."""

    @property
    def condition_text(self) -> str:
        """The condition of the piece in one line; a stated one may be a union."""
        return " or ".join(map(condition_text, self.parts))

    @property
    def condition_latex(self) -> str:
        """The condition of the piece in LaTeX."""
        return r" \text{ or } ".join(map(condition_latex, self.parts))

    @property
    @abstractmethod
    def hull(self) -> Hull:
        """The affine hull of the piece, or the zero set of its equations."""

    @property
    def is_smooth(self) -> bool:
        """Whether some output is a SymPy expression rather than affine."""
        return any(formula.is_smooth for formula in self.formulas)

    @property
    def affine(self) -> tuple[Affine, ...]:
        """For every output the coefficients (c0, c1, …, ca) of the formula.

        Raises
        ------
        Unsupported
            If the formula is not affine.
        """
        if self.is_smooth:
            raise Unsupported(
                f"expected affine formulas here, got {self.formula} on piece {self.alpha}; leave "
                "the smooth nodes out"
            )
        return self.rows

    @property
    @abstractmethod
    def condition(self) -> Any:
        """The condition of the piece, as a SymPy Boolean."""

    @property
    def jacobian(self) -> tuple[tuple[Any, ...], ...]:
        """The rows of ∇fᵅ on the piece: coefficients, or SymPy expressions in its coordinates."""
        smooth = [formula.expr for formula in self.formulas if formula.is_smooth]
        if smooth:
            size, width = sum(own.count_ops() + 1 for own in smooth), len(self.names)
            require_work(size * width, f"gradients of formulas of {size} operations")
        return tuple(formula.gradient(self) for formula in self.formulas)

    @property
    def gradient_rows(self) -> Sequence[Sequence[Any]]:
        """The rows of :attr:`gradient`, before they become SymPy's."""
        return self.jacobian

    @property
    def formula(self) -> sympy.Expr | sympy.ImmutableMatrix:
        """fᵅ: an Expr for a scalar function, else a column Matrix of the flat outputs."""
        rows = [formula.expr for formula in self.formulas]
        return rows[0] if self.is_scalar else sympy.ImmutableMatrix(len(rows), 1, rows)

    @property
    def gradient(self) -> sympy.ImmutableMatrix:
        """∇fᵅ, a b×a matrix, expanded in the free tie parameters."""
        return to_matrix(self.gradient_rows, len(self.names))

    def subs(self, replacements: Any = None, /, **named: Any) -> Piece:
        """The piece with values for free tie parameters; those that it has not are ignored.

        See Also
        --------
        Representation.subs : All pieces.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> tie = mt.relu(mt.variable("x")).represent()[-1]
        >>> tie.gradient, tie.subs(z=0).gradient, tie.subs({"z": "1/2"}).formula
        (Matrix([[z]]), Matrix([[0]]), x/2)
        """
        from piecewise_mt.calculus.representation.substituting import substituted_piece

        return substituted_piece(self, replacements, named)

    def _repr_latex_(self) -> str:
        from piecewise_mt.display.door import piece_latex

        return piece_latex(self)


def to_matrix(rows: Sequence[Sequence[Any]], width: int) -> sympy.ImmutableMatrix:
    """Rows of coefficients or expressions as a SymPy matrix."""
    entries = [as_expr(entry) for row in rows for entry in row]
    return sympy.ImmutableMatrix(len(rows), width, entries)


def gradient_at(piece: Piece, point: Sequence[Coordinate]) -> sympy.ImmutableMatrix:
    """The gradient of a piece at an exact point of it."""
    if not piece.is_smooth:
        return piece.gradient
    return piece.gradient.applyfunc(lambda entry: at_point(entry, point, piece.names))
