"""Representations (6) with associated gradients (7) that are derived from a function.

A piece is a nonempty combination of branches of the units under their tie rules, so a union of
strata. What its sets are, polyhedra or not, two kinds of representation say:
``representation/polyhedral`` and ``representation/semialgebraic``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Protocol, overload

import sympy

from piecewise_mt.calculus.evaluation.float_pass import FloatPass
from piecewise_mt.calculus.evaluation.program import Program
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.chain_rule import ChainRule
from piecewise_mt.calculus.representation.pieces import Piece, gradient_at
from piecewise_mt.calculus.representation.tangential import TangentialConditions
from piecewise_mt.errors import OutsideDomain, PiecewiseError
from piecewise_mt.exact.numbers import checked_index
from piecewise_mt.exact.reals import Coordinate
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.traversal import require_order
from piecewise_mt.geometry.points import read_coordinates
from piecewise_mt.memory import cached_property

if TYPE_CHECKING:
    from piecewise_mt.calculus.representation.cases import Cases


class StrataOfUnits(Protocol):
    """What representations of both kinds ask of their strata."""

    @property
    def function(self) -> Expression: ...
    @property
    def program(self) -> Program: ...


class DerivedPiece(Piece):
    """One piece Pᵅ with its formula fᵅ and associated gradient ∇fᵅ."""

    _rep: DerivedRepresentation

    @cached_property
    def branch_keys(self) -> tuple[Label, ...]:
        """The branch of every unit as an orderable key."""
        return self._rep.strata.program.branches(self.label_keys)

    @property
    def names(self) -> tuple[str, ...]:
        return self._rep.names

    @property
    def is_scalar(self) -> bool:
        return self._rep.shape == ()

    @property
    @abstractmethod
    def label_keys(self) -> tuple[Label, ...]:
        """The labels as orderable keys (see ``functions.atoms``)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of every unit on the relative interior of the piece."""
        return self._rep.label_texts(self.label_keys)

    @cached_property
    def rows(self) -> tuple[Any, ...]:
        """fᵅ, one entry an output: coefficients (c0, c1, …, ca), or a SymPy expression."""
        return super().rows

    @cached_property
    def jacobian(self) -> tuple[tuple[Any, ...], ...]:
        """The rows of ∇fᵅ on the piece: coefficients, or SymPy expressions in its coordinates."""
        return super().jacobian

    def __repr__(self) -> str:
        return f"Piece({self.alpha}: {self.condition_text}, gradient {list(self.gradient)})"


class DerivedRepresentation(Representation):
    """f = Σ_α 1_{Pᵅ} fᵅ with its associated gradient ∇̃f = Σ_α 1_{Pᵅ} ∇fᵅ, (6) and (7).

    Made by :meth:`Expression.represent`. A sequence of :class:`DerivedPiece`, ordered by dimension
    descending, then by branch indices (nodes in left-to-right postorder, units row-major).

    See Also
    --------
    Expression.represent : Makes it.
    mt.Representation : One that somebody wrote down.
    mt.Piece : Its entries.
    mt.derivation : How it comes about.

    References
    ----------
    - F. Murat, C. Trombetti, *A chain rule formula for the composition of a vector-valued function
      by a piecewise smooth function*, Bollettino dell'Unione Matematica Italiana 6, 2003.
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> rep = mt.max(y1, y2).represent()
    >>> [(p.alpha, str(p.polyhedron), p.gradient) for p in rep][-1]
    (3, 'y1 = y2', Matrix([[z, 1 - z]]))
    """

    strata: StrataOfUnits
    """The strata, of which the pieces are unions."""
    _pieces: list[DerivedPiece]

    @property
    def float_pass(self) -> FloatPass | None:
        """The forward pass at many points of floats, if its proof covers the function."""
        return None

    @cached_property
    def _by_branches(self) -> dict[tuple[Label, ...], DerivedPiece]:
        return {piece.branch_keys: piece for piece in self._pieces}

    @cached_property
    def _label_texts(self) -> list[dict[Label, str]]:
        return [{} for _ in self.strata.program.units]

    def label_texts(self, labels: Sequence[Label]) -> tuple[str, ...]:
        """The label of every unit as text; few are different."""
        known = self._label_texts
        try:
            return tuple([texts[label] for texts, label in zip(known, labels)])
        except KeyError:
            for unit, texts, label in zip(self.strata.program.units, known, labels):
                texts[label] = unit.atom.label_text(label)
            return self.label_texts(labels)

    @property
    def function(self) -> Expression:
        """The function that is represented."""
        return self.strata.function

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables, in order."""
        return self.function.variables

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """The variables as SymPy symbols."""
        return tuple(sympy.Symbol(name, real=True) for name in self.names)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the function's values."""
        return self.function.shape

    @property
    def title(self) -> str:
        """What heads a table: the function as it is written."""
        return str(self.function)

    def __len__(self) -> int:
        return len(self._pieces)

    def __iter__(self) -> Iterator[DerivedPiece]:
        return iter(self._pieces)

    @overload
    def __getitem__(self, index: int) -> DerivedPiece: ...
    @overload
    def __getitem__(self, index: slice) -> list[DerivedPiece]: ...
    def __getitem__(self, index: int | slice) -> DerivedPiece | list[DerivedPiece]:
        return self._pieces[checked_index(index)]

    def piece_at(self, point: Any) -> DerivedPiece:
        """The one piece that contains an exact point: one forward pass and a look-up.

        Parameters
        ----------
        point : sequence or mapping
            As for :meth:`Expression.value`.

        Raises
        ------
        OutsideDomain
            If the point is not in the domain.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.max(x, y).represent().piece_at((1, 1)).alpha
        3
        """
        require_order(self.function, point)
        return self._piece_at(read_coordinates(point, self.names))

    @abstractmethod
    def _contains(self, values: Sequence[Coordinate]) -> bool:
        """Whether a point is in the domain."""

    def _piece_at(self, values: Sequence[Coordinate]) -> DerivedPiece:
        if not self._contains(values):
            raise OutsideDomain(
                f"expected a point of the domain {self.domain}, got "
                f"({', '.join(map(str, values))}); represent the function on a larger domain"
            )
        program = self.strata.program
        return self._by_branches[program.branches(program.labels_at(values))]

    def alpha_of(self, branches: tuple[Label, ...]) -> int:
        """The number of the piece with these branches."""
        return self._by_branches[branches].alpha

    def value(self, point: Any) -> sympy.Expr | sympy.ImmutableMatrix:
        """fᵅ at a point of Pᵅ; a column Matrix unless the function is scalar.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> rep = mt.max(x, y).represent()
        >>> rep.value((1, 2)), rep.value((1, 1))
        (2, 1)
        """
        require_order(self.function, point)
        values = read_coordinates(point, self.names)
        rows = [formula.value(values) for formula in self._piece_at(values).formulas]
        return rows[0] if self.shape == () else sympy.ImmutableMatrix(len(rows), 1, rows)

    def gradient(self, point: Any) -> sympy.ImmutableMatrix:
        """The associated gradient ∇̃f at a point, a b×a matrix.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> rep = mt.max(x, y).represent()
        >>> rep.gradient((1, 2)), rep.gradient((1, 1))
        (Matrix([[0, 1]]), Matrix([[z, 1 - z]]))
        """
        return gradient_at(self.piece_at(point), read_coordinates(point, self.names))

    def cases(self, limit: int = 1000, budget: float | None = None) -> Cases:
        """The pieces in the variables, for each condition on the parameters.

        Parameters
        ----------
        limit : int
            More cases than this, before equal ones are joined, are refused.
        budget : float, optional
            Seconds; by default that of :meth:`Expression.represent`.

        Returns
        -------
        Cases
            A sequence of pairs (condition on the parameters, representation in the variables).
            The conditions exclude each other and cover all parameters for which the domain has
            points. Nothing is computed before an entry is asked for. Cases whose tables read the
            same are one. A function without parameters has one case, which always holds.

        Raises
        ------
        Undecided
            When they are asked for, if the budget does not decide all cases; never are fewer
            given as all.
        TooManyPieces
            If there are more than `limit`.

        See Also
        --------
        mt.parameter : Makes parameters.
        Expression.subs : Gives them values.

        Notes
        -----
        A sample of the parameters is taken, its pieces are computed, and the polynomials in the
        parameters whose signs decide the picture are noted (the recursion of Cohen and Hörmander);
        so the picture is the same for all parameters with these signs. The other signs follow.

        References
        ----------
        - M. Coste, *An introduction to semialgebraic geometry*, Università di Pisa, 2000.

        Examples
        --------
        The tie of R(w0·x) is x = 0, and all x where w0 = 0:

        >>> import piecewise_mt as mt
        >>> x, w0 = mt.variable("x"), mt.parameter("w0")
        >>> mt.relu(w0 * x).represent().cases()
        w0 < 0: x > 0: 0, gradient 0 | x < 0: w0*x, gradient w0 | x = 0: w0*x*z, gradient w0*z
        w0 = 0: everywhere: 0, gradient 0
        w0 > 0: x < 0: 0, gradient 0 | x > 0: w0*x, gradient w0 | x = 0: w0*x*z, gradient w0*z
        """
        from piecewise_mt.calculus.representation.cases import Cases

        return Cases(self, None, limit, budget or 0)

    def chain_rule(self, alpha: int) -> ChainRule:
        """The factors of the chain rule (14) on the piece Pᵅ (counted from 1).

        Parameters
        ----------
        alpha : int
            The number of the piece.

        Raises
        ------
        PiecewiseError
            If there is no such piece.

        See Also
        --------
        mt.verify_chain_rule : Whether the product is ∇f.
        mt.derivation : All pieces, on paper.

        Examples
        --------
        The tie 0 of relu(x) - relu(-x):

        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> rep = (mt.relu(x) - mt.relu(-x)).represent()
        >>> rep.chain_rule(len(rep)).product
        Matrix([[z1 + z2]])
        """
        if (
            isinstance(alpha, bool)
            or not isinstance(alpha, Integral)
            or not 1 <= alpha <= len(self)
        ):
            raise PiecewiseError(
                f"expected a piece number from 1 to {len(self)}, got {alpha!r}; alpha counts from 1"
            )
        piece = self._pieces[alpha - 1]
        return ChainRule(piece, self.strata.program, piece.label_keys)

    def tangential_conditions(self) -> TangentialConditions:
        """The conditions (15) on every piece of less than full dimension.

        See Also
        --------
        mt.check : Checks them for stated gradients.
        mt.derivation : Writes them on paper.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> conditions = mt.max(x, y).represent().tangential_conditions()
        >>> len(conditions), conditions.ok
        (1, True)
        """
        raise NotImplementedError

    def __repr__(self) -> str:
        return str(self.table(limit=50))
