"""Representations (6) and associated gradients (7): the pieces of a function under its tie rules.

A piece is a nonempty combination of branches, so a union of strata. It has exactly one stratum
of its own dimension, whose closure and relative interior it shares: on the relative interior of
a convex set on which y1 - y2 ≥ 0 is affine, the difference is either positive or zero throughout.
That stratum gives the piece's dimension, witness, formula and gradient. (A user's own node has
conditions that may cut its other pieces, too; then the first of several such strata gives them.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from fractions import Fraction
from functools import cached_property
from numbers import Integral
from typing import Any, final, overload

import sympy

from piecewise_mt.calculus.evaluation.defined import (
    has_requirements,
    is_at_an_edge,
    require_defined,
    tangent_formulas,
)
from piecewise_mt.calculus.evaluation.float_pass import FloatPass, is_let_in
from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.program import picked
from piecewise_mt.calculus.partition.label_order import branch_groups
from piecewise_mt.calculus.partition.maxima import rough_faces
from piecewise_mt.calculus.partition.regions import Region, half_open_tops
from piecewise_mt.calculus.partition.smooth_kinks import by_branch
from piecewise_mt.calculus.partition.strata import (
    MAX_AT_ONCE,
    Progress,
    Strata,
    Stratum,
    uncut,
)
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.chain_rule import ChainRule
from piecewise_mt.calculus.representation.pieces import Piece, gradient_at
from piecewise_mt.calculus.representation.stated import StatedPiece
from piecewise_mt.calculus.representation.tangential import (
    TangentialConditions,
    tangential_conditions,
)
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.c1 import require_c1
from piecewise_mt.calculus.smooth.formulas import AffineFormula, Formula, SmoothFormula
from piecewise_mt.calculus.smooth.rewriting import tidied
from piecewise_mt.errors import OutsideDomain, PiecewiseError, TooManyPieces
from piecewise_mt.exact.numbers import checked_index
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.traversal import require_order
from piecewise_mt.geometry.points import read_point
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import collector_frozen


class DerivedPiece(Piece):
    """One piece Pᵅ with its formula fᵅ and associated gradient ∇fᵅ."""

    def __init__(self, rep: DerivedRepresentation, alpha: int, tops: list[Stratum]) -> None:
        self._rep = rep
        self.alpha = alpha
        self._tops = tops

    @cached_property
    def branch_keys(self) -> tuple[Label, ...]:
        """The branch of every unit as an orderable key."""
        return self._rep.strata.program.branches(self._top.label_keys)

    @property
    def _top(self) -> Stratum:
        return self._tops[0]

    @property
    def names(self) -> tuple[str, ...]:
        return self._rep.names

    @property
    def is_scalar(self) -> bool:
        return self._rep.shape == ()

    @property
    def label_keys(self) -> tuple[Label, ...]:
        """The labels as orderable keys (see ``functions.atoms``)."""
        return self._top.label_keys

    @property
    def dimension(self) -> int:
        """The dimension of the piece, 0 for a point."""
        return self._top.dimension

    @property
    def point(self) -> tuple[Fraction, ...]:
        return self._top.point

    @property
    def generators(self) -> Sequence[Sequence[int]]:
        """Vertices and rays of the closure, modulo lines, as (x0, x), perhaps with others in it."""
        if len(self._tops) == 1:
            return self._top.generators
        found = {tuple(row): None for top in self._tops for row in top.generators}
        return list(found)

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of every unit on the relative interior of the piece."""
        return self._top.labels

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        program, labels = self._rep.strata.program, self._top.label_keys
        if not program.is_smooth:
            return formulas_of(program, labels, picked)
        rows = tuple(map(tidied, program.formulas(labels, picked).outputs))
        if has_requirements(program) and is_at_an_edge(program, labels, picked, self.hull, rows):
            rows = tangent_formulas(program, labels, picked, self.hull)
        return tuple(SmoothFormula(self.names, row) for row in rows)

    @cached_property
    def rows(self) -> tuple[Any, ...]:
        """fᵅ, one entry an output: coefficients (c0, c1, …, ca), or a SymPy expression."""
        return super().rows

    @property
    def parts(self) -> tuple[Polyhedron, ...]:
        return (self.polyhedron,)

    @cached_property
    def hull(self) -> AffineHull:
        return self._top.hull

    @cached_property
    def jacobian(self) -> tuple[tuple[Any, ...], ...]:
        """The rows of ∇fᵅ on the piece: coefficients, or SymPy expressions in its coordinates."""
        return super().jacobian

    @cached_property
    def polyhedron(self) -> Polyhedron:
        """The piece as an irredundant polyhedron."""
        # what a linear program has found needs no generators
        spanned = None if isinstance(self._top, Region) else self.generators
        return self._top.described(by_branch, interior=False, generators=spanned)

    @property
    def condition(self) -> Any:
        """The irredundant conditions of the piece, as a SymPy Boolean."""
        return self.polyhedron.condition

    def __repr__(self) -> str:
        return f"Piece({self.alpha}: {self.polyhedron}, gradient {list(self.gradient)})"


@final
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

    def __init__(
        self, cells: Strata, max_pieces: int, tops: Sequence[list[Stratum]] | None = None
    ) -> None:
        self.strata = cells
        self.names = cells.names
        self.domain = cells.domain
        self.of = cells.function
        with collector_frozen(kept=True):
            tops = _all_tops(cells, max_pieces) if tops is None else list(tops)
            tops.sort(key=lambda top: -top[0].dimension)
            self._pieces = [
                DerivedPiece(self, alpha, top) for alpha, top in enumerate(tops, start=1)
            ]
        if has_requirements(cells.program):
            for piece in self._pieces:
                _require_c1(piece)

    @cached_property
    def _by_branches(self) -> dict[tuple[Label, ...], DerivedPiece]:
        return {piece.branch_keys: piece for piece in self._pieces}

    @cached_property
    def float_pass(self) -> FloatPass | None:
        """The forward pass at many points of floats, if its proof covers the function."""
        program = self.strata.program
        return FloatPass(program) if is_let_in(program) else None

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

    @property
    def entries(self) -> tuple[StatedPiece, ...]:
        """The pieces as if they had been stated, without stated gradients."""
        return tuple(
            StatedPiece(p.alpha, self.names, (p.polyhedron,), _affine(p), None, p.is_scalar)
            for p in self._pieces
        )

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
        return self._piece_at(read_point(point, self.names))

    def _piece_at(self, values: list[Fraction]) -> DerivedPiece:
        if self.domain is not None and not self.domain.contains(values):
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
        values = read_point(point, self.names)
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
        return gradient_at(self.piece_at(point), read_point(point, self.names))

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
        return tangential_conditions(self)

    def merged(self) -> Representation:
        """Pieces with the same formula joined, pairwise in order, where the union is a polyhedron.

        See Also
        --------
        mt.linear_pieces : Counts, however the function is written.

        References
        ----------
        - A. Bemporad, K. Fukuda, F. D. Torrisi, *Convexity recognition of the union of polyhedra*,
          Computational Geometry 18, 2001.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> t = mt.variable("t")
        >>> rep = (mt.relu(t, at_zero=0) - mt.relu(t, at_zero=0)).represent()
        >>> len(rep), len(rep.merged())
        (2, 1)
        """
        from piecewise_mt.calculus.representation.merging import merged

        return merged(self)

    def __repr__(self) -> str:
        return str(self.table(limit=50))


def _all_tops(cells: Strata, max_pieces: int) -> list[list[Stratum]]:
    """The largest strata of every piece."""
    strata = list(cells)
    groups = branch_groups(cells.program.units, [stratum.word for stratum in strata])
    if len(groups) > max_pieces:
        raise TooManyPieces(
            f"expected at most {max_pieces} pieces, got more; raise max_pieces, or restrict the "
            "domain"
        )
    # strata come by descending dimension, so the first one of a branch is a top
    return [_tops([strata[i] for i in group]) for group in groups]


def _tops(strata: list[Stratum]) -> list[Stratum]:
    """Those of the dimension of the first one."""
    if len(strata) == 1:
        return strata
    dimension = strata[0].dimension
    return [stratum for stratum in strata if stratum.dimension == dimension]


def _affine(piece: DerivedPiece) -> tuple[Formula, ...]:
    """The formulas of a piece, refused if they are smooth."""
    return tuple(AffineFormula(piece.names, row) for row in piece.affine)


def _require_c1(piece: DerivedPiece) -> None:
    program = piece._rep.strata.program
    try:
        require_defined(program, piece.label_keys, picked, piece.polyhedron)
    except PiecewiseError as error:
        raise type(error)(f"in piece {piece.alpha}, {{{piece.polyhedron}}}: {error}") from error
    for formula in piece.formulas:
        try:
            require_c1(formula, [piece.polyhedron])
        except PiecewiseError as error:
            raise type(error)(f"in piece {piece.alpha}, {{{piece.polyhedron}}}: {error}") from error


def represent(
    f: Expression,
    domain: Any = None,
    *,
    executor: Executor | None = None,
    progress: bool | Progress | None = None,
    max_pieces: int = 10**6,
) -> DerivedRepresentation:
    """See :meth:`Expression.represent`."""
    cells = uncut(
        f, domain, max_faces=max(4 * max_pieces, 1000), executor=executor, progress=progress
    )
    if rough_faces(cells.program) > MAX_AT_ONCE:
        tops = half_open_tops(cells)
        if tops is not None and len(tops) <= max_pieces:
            return DerivedRepresentation(cells, max_pieces, tops)
        regions = 0 if cells.counts is None else cells.counts[-1]
        if regions > max_pieces:
            raise TooManyPieces(
                f"expected at most {max_pieces} pieces, got {regions} with interior; ask "
                "f.gradient or f.at at a point"
            )
    cells.cut()
    return DerivedRepresentation(cells, max_pieces)
