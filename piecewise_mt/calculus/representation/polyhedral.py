"""Representations whose pieces are polyhedra.

A piece has exactly one stratum of its own dimension, whose closure and relative interior it
shares: on the relative interior of a convex set on which y1 - y2 ≥ 0 is affine, the difference is
either positive or zero throughout. That stratum gives the piece's dimension, witness, formula and
gradient. (A user's own node has conditions that may cut its other pieces, too; then the first of
several such strata gives them.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from fractions import Fraction
from typing import Any, final

import sympy

from piecewise_mt.budget import require_work
from piecewise_mt.calculus.evaluation.defined import (
    has_requirements,
    is_at_an_edge,
    require_defined,
    tangent_formulas,
)
from piecewise_mt.calculus.evaluation.float_pass import FloatPass, is_let_in
from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.program import picked
from piecewise_mt.calculus.partition.early import refuse_early
from piecewise_mt.calculus.partition.label_order import branch_groups
from piecewise_mt.calculus.partition.maxima import rough_faces
from piecewise_mt.calculus.partition.regions import Region, half_open_tops
from piecewise_mt.calculus.partition.smooth_kinks import by_branch
from piecewise_mt.calculus.partition.strata import (
    MAX_AT_ONCE,
    PolyhedralStrata,
    PolyhedralStratum,
    Progress,
    uncut,
)
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.derived import DerivedPiece, DerivedRepresentation
from piecewise_mt.calculus.representation.nonempty import NonemptyPiece
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.calculus.representation.tangential import (
    TangentialConditions,
    tangential_conditions,
)
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.c1 import require_c1, sign_on
from piecewise_mt.calculus.smooth.formulas import AffineFormula, Formula, SmoothFormula
from piecewise_mt.calculus.smooth.rewriting import tidied
from piecewise_mt.calculus.smooth.signs import with_signs
from piecewise_mt.errors import PiecewiseError, TooManyPieces
from piecewise_mt.exact.reals import Coordinate
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property, collector_frozen


@final
class PolyhedralPiece(DerivedPiece):
    """A piece that is a polyhedron, without its lower strata if these belong to others."""

    def __init__(
        self, rep: PolyhedralRepresentation, alpha: int, tops: list[PolyhedralStratum]
    ) -> None:
        self._rep: PolyhedralRepresentation = rep
        self.alpha = alpha
        self._tops = tops

    @property
    def _top(self) -> PolyhedralStratum:
        return self._tops[0]

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

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        program, labels = self._rep.strata.program, self._top.label_keys
        if not program.is_smooth:
            return formulas_of(program, labels, picked)
        require_work(
            sum(len(unit.operands) for unit in program.smooth), "formulas of smooth functions"
        )
        rows = tuple(map(tidied, program.formulas(labels, picked).outputs))
        if has_requirements(program) and is_at_an_edge(program, labels, picked, self.hull, rows):
            rows = tangent_formulas(program, labels, picked, self.hull)
        return tuple(SmoothFormula(self.names, self._signed(row)) for row in rows)

    def _signed(self, formula: sympy.Expr) -> sympy.Expr:
        """A formula without |…|, if the signs of its arguments are known all over the piece."""
        found = with_signs(formula, lambda form: sign_on(form, self.polyhedron, self.names))
        return formula if found.has(sympy.Abs) else found

    @cached_property
    def jacobian(self) -> tuple[tuple[Any, ...], ...]:
        """The rows of ∇fᵅ on the piece: coefficients, or SymPy expressions in its coordinates."""
        rows = super().jacobian
        if not self._rep.strata.program.is_smooth:
            return rows
        return tuple(tuple(map(self._signed, row)) for row in rows)

    @property
    def parts(self) -> tuple[Polyhedron, ...]:
        return (self.polyhedron,)

    @cached_property
    def hull(self) -> AffineHull:
        return self._top.hull

    def prepare(self) -> None:
        _ = self.polyhedron

    @property
    def proof(self) -> NonemptyPiece:
        """A point of the piece, from which the function's units give its conditions anew.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> tie = mt.relu(mt.variable("x")).represent()[-1]
        >>> tie.proof, tie.proof.verify()
        (NonemptyPiece(x = 0, 0), True)
        """
        own = self._rep
        return NonemptyPiece(own.strata.function, own.domain, self.polyhedron, self.point)

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


@final
class PolyhedralRepresentation(DerivedRepresentation):
    """The pieces of a function, all of them polyhedra, with formulas and gradients: (6) and (7).

    Made by :meth:`Expression.represent`. It is a sequence of :class:`mt.Piece`, which have
    ``alpha``, ``condition``, ``polyhedron``, ``set``, ``dimension``, ``witness``, ``formula``,
    ``gradient`` and ``labels``. ``value``, ``gradient``, ``piece_at``, ``values``, ``gradients``
    and ``lambdify`` answer at points, in the order of ``names``; ``chain_rule``,
    ``tangential_conditions``, ``classify`` and ``artifacts`` say what the gradients are; ``subs``
    gives tie parameters values and ``merged`` joins pieces; ``table``, ``to_latex``, ``to_html``,
    ``to_json``, ``to_piecewise`` and ``plot`` write it down. Pieces that a user's own node cuts
    out may be unions.

    See Also
    --------
    mt.check : Whether it represents a function.
    mt.derivation : How it comes about.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> [str(p.polyhedron) for p in represent(mt.max(y1, y2, ties="first"))]
    ['y1 >= y2', 'y1 < y2']
    """

    strata: PolyhedralStrata
    domain: Polyhedron | None
    _pieces: list[PolyhedralPiece]  # type: ignore[assignment]

    def __init__(
        self,
        cells: PolyhedralStrata,
        max_pieces: int,
        tops: Sequence[list[PolyhedralStratum]] | None = None,
    ) -> None:
        self.strata = cells
        self.names = cells.names
        self.domain = cells.domain
        self.of = cells.function
        with collector_frozen(kept=True):
            tops = _all_tops(cells, max_pieces) if tops is None else list(tops)
            tops.sort(key=lambda top: -top[0].dimension)
            self._pieces = [
                PolyhedralPiece(self, alpha, top) for alpha, top in enumerate(tops, start=1)
            ]
        if has_requirements(cells.program):
            for piece in self._pieces:
                _require_c1(piece)

    @cached_property
    def float_pass(self) -> FloatPass | None:
        """The forward pass at many points of floats, if its proof covers the function."""
        program = self.strata.program
        return FloatPass(program) if is_let_in(program) else None

    def _contains(self, values: Sequence[Coordinate]) -> bool:
        return self.domain is None or self.domain.contains(values)

    def __iter__(self) -> Iterator[PolyhedralPiece]:
        return iter(self._pieces)

    @property
    def entries(self) -> tuple[StatedPiece, ...]:
        """The pieces as if they had been stated, without stated gradients."""
        return tuple(
            StatedPiece(p.alpha, self.names, (p.polyhedron,), _affine(p), None, p.is_scalar)
            for p in self._pieces
        )

    def tangential_conditions(self) -> TangentialConditions:
        return tangential_conditions(self)

    def merged(self, by: str = "gradient") -> Representation:
        from piecewise_mt.calculus.representation.merging import merged

        return merged(self, by)


def _all_tops(cells: PolyhedralStrata, max_pieces: int) -> list[list[PolyhedralStratum]]:
    """The largest strata of every piece."""
    strata = list(iter(cells))
    groups = branch_groups(cells.program.units, [stratum.word for stratum in strata])
    if len(groups) > max_pieces:
        raise TooManyPieces(
            f"expected at most {max_pieces} pieces, got more; raise max_pieces, or restrict the "
            "domain"
        )
    # strata come by descending dimension, so the first one of a branch is a top
    return [_tops([strata[i] for i in group]) for group in groups]


def _tops(strata: list[PolyhedralStratum]) -> list[PolyhedralStratum]:
    """Those of the dimension of the first one."""
    if len(strata) == 1:
        return strata
    dimension = strata[0].dimension
    return [stratum for stratum in strata if stratum.dimension == dimension]


def _affine(piece: PolyhedralPiece) -> tuple[Formula, ...]:
    """The formulas of a piece, refused if they are smooth."""
    return tuple(AffineFormula(piece.names, row) for row in piece.affine)


def _require_c1(piece: PolyhedralPiece) -> None:
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
) -> PolyhedralRepresentation:
    """See :meth:`Expression.represent`."""
    cells = uncut(
        f, domain, max_faces=max(4 * max_pieces, 1000), executor=executor, progress=progress
    )
    refuse_early(cells.program, cells.domain, picked)
    if rough_faces(cells.program) > MAX_AT_ONCE:
        tops = half_open_tops(cells)
        if tops is not None and len(tops) <= max_pieces:
            return PolyhedralRepresentation(cells, max_pieces, tops)
        regions = 0 if cells.counts is None else cells.counts[-1]
        if regions > max_pieces:
            raise TooManyPieces(
                f"expected at most {max_pieces} pieces, got {regions} with interior; ask "
                "f.gradient or f.at at a point"
            )
    cells.cut()
    return PolyhedralRepresentation(cells, max_pieces)
