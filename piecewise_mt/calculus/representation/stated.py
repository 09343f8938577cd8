"""Representations that somebody wrote down: conditions, formulas, perhaps gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, final, overload

import sympy

from piecewise_mt.calculus.partition.conditions import read_condition
from piecewise_mt.calculus.partition.domain import read_any_domain, sets_in_order
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.branches import curved_branches, disjoint_branches
from piecewise_mt.calculus.representation.curved import CurvedPiece, sets_of
from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.calculus.representation.reading import TieNames, read_formula, read_gradient
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.calculus.smooth.c1 import require_c1
from piecewise_mt.calculus.smooth.curved_c1 import require_c1_on
from piecewise_mt.errors import NotPolyhedral, OutsideDomain, PiecewiseError
from piecewise_mt.exact.names import checked_name
from piecewise_mt.exact.numbers import checked_index
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.formula_text import items_of
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.functions.traversal import require_order
from piecewise_mt.geometry.points import read_coordinates, variable_name
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.unions import joined
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.sets import SemialgebraicSet


@final
class StatedRepresentation(Representation):
    """A representation that somebody wrote down; made by :class:`mt.Representation`.

    What :meth:`merged` and :meth:`subs` return is one, too. It is a sequence of :class:`mt.Piece`,
    whose sets may be unions: ``p.set`` and ``p.parts`` always answer, ``p.polyhedron`` if there is
    one part. Nothing is taken for granted: :func:`mt.check` says whether it represents a function.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> rep = mt.Representation("x", [(["x < 0", "x > 0"], "x"), ("x = 0", "0", "1/2")])
    >>> [str(p.set) for p in rep], rep.gradient((0,))
    (['{x < 0} ∪ {x > 0}', '{x = 0}'], Matrix([[1/2]]))
    """

    def __init__(
        self,
        variables: Any,
        entries: Any,
        of: Expression | str | None = None,
        domain: Any = None,
        parameters: Any = None,
    ) -> None:
        if isinstance(of, str):
            of = parse(of)
        self.names: tuple[str, ...] = _names(variables)
        self.of: Expression | None = of
        self._title: str | None = None
        self._asked: Expression | None = None
        self.domain = read_any_domain(domain, self.names)
        if isinstance(entries, sympy.Piecewise):
            entries = self._branches(entries, domain is None)
        elif isinstance(entries, sympy.Expr):
            # a Piecewise with one value everywhere is that value to SymPy
            entries = [(True, entries)]
        entries = list(entries)
        if not entries:
            raise PiecewiseError(
                "expected at least one (condition, formula), got an empty list; add the pieces"
            )
        ties = TieNames(parameters, self.names, of)
        self._entries: list[StatedPiece] = []
        known: dict[tuple[str, ...], StatedPiece] = {}
        for i, entry in enumerate(entries, start=1):
            # a text that comes again is read once
            texts = _texts(entry)
            twin = None if texts is None else known.get(texts)
            piece = self._read(i, entry, ties) if twin is None else twin.numbered(i)
            if texts is not None:
                known.setdefault(texts, piece)
            self._entries.append(piece)
        _require_size(self._entries, of)

    @classmethod
    def of_pieces(
        cls,
        names: tuple[str, ...],
        pieces: Sequence[StatedPiece],
        of: Expression | None,
        domain: Polyhedron | SemialgebraicSet | None,
        title: str | None = None,
    ) -> StatedRepresentation:
        """A representation of pieces that exist already.

        `title` says what they are of, where that is no expression.

        Raises
        ------
        PiecewiseError
            If they have not all as many outputs as the function.
        """
        _require_size(pieces, of)
        rep = object.__new__(cls)
        rep.names, rep.of, rep.domain = names, of, domain
        rep._title = title
        rep._asked = None
        rep._entries = list(pieces)
        return rep

    def _read(self, alpha: int, entry: Any, ties: TieNames) -> StatedPiece:
        if not isinstance(entry, (tuple, list)) or len(entry) not in (2, 3):
            raise PiecewiseError(
                f"expected (condition, formula) or (condition, formula, gradient) as piece "
                f"{alpha}, got {entry!r}; give a pair or a triple"
            )
        try:
            parts, sets = self._region(entry[0])
            formulas = read_formula(entry[1], self.names, ties)
            given = entry[2] if len(entry) == 3 else None
            stated = None
            if given is not None:
                stated = read_gradient(given, len(formulas), self.names, ties)
            for formula in formulas:
                if sets is None:
                    require_c1(formula, parts)
                else:
                    require_c1_on(formula, sets)
        except PiecewiseError as error:
            named = type(error)(f"in piece {alpha}: {error}")
            named.source, named.position = error.source, error.position
            raise named from error
        listed = isinstance(entry[1], (list, tuple, sympy.MatrixBase)) or (
            isinstance(entry[1], str) and items_of(entry[1], "[") is not None
        )
        scalar = not listed and len(formulas) == 1
        if sets is not None:
            return CurvedPiece(alpha, self.names, sets, formulas, stated, scalar)
        return StatedPiece(alpha, self.names, parts, formulas, stated, scalar)

    def _branches(self, whole: sympy.Piecewise, sets_domain: bool) -> list[Any]:
        """The entries of a Piecewise; its domain is where it has a value."""
        try:
            found = disjoint_branches(whole, self.names)
        except NotPolyhedral as error:
            curved = curved_branches(whole, self.names)
            if curved is None:
                raise error
            entries, is_everywhere = curved
            parts = [part for own, _ in entries for part in own.parts]
            if sets_domain and not is_everywhere and len(parts) == 1:
                self.domain = SemialgebraicSet(self.names, tuple(parts))
            return list(entries)
        if sets_domain:
            regions = joined([part for own, _ in found for part in own])
            self.domain = (
                regions[0] if len(regions) == 1 and regions[0] != Polyhedron(self.names) else None
            )
        return list(found)

    def _region(
        self, condition: Any
    ) -> tuple[tuple[Polyhedron, ...], tuple[Conditions, ...] | None]:
        """A condition as a union of polyhedra or, if that is not possible, of curved sets."""
        if isinstance(condition, SemialgebraicSet):
            return (), sets_in_order(condition, self.names)
        try:
            return read_condition(condition, self.names), None
        except NotPolyhedral as error:
            sets = sets_of(condition, self.names)
            if sets is None:
                raise error
            return (), sets

    @property
    def asked(self) -> Expression | None:
        """Whose variables give the order of points; None if it was written down."""
        return self._asked

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values: () if the formulas are single expressions."""
        if self.of is not None:
            return self.of.shape
        first = self._entries[0]
        return () if first.is_scalar else (len(first.formulas),)

    @property
    def title(self) -> str:
        """The function in text, or that it is stated."""
        if self._title is not None:
            return self._title
        return "stated representation" if self.of is None else f"{self.of}, as stated"

    @property
    def entries(self) -> tuple[StatedPiece, ...]:
        """The pieces as stated, with their unions and stated gradients."""
        return tuple(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._entries)

    @overload
    def __getitem__(self, index: int) -> Piece: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Piece]: ...
    def __getitem__(self, index: int | slice) -> Piece | Sequence[Piece]:
        return self._entries[checked_index(index)]

    def piece_at(self, point: Any) -> Piece:
        """The first piece that contains an exact point."""
        return self._entry_at(point)

    def merged(self, by: str = "gradient") -> Representation:
        """See :meth:`Representation.merged`."""
        from piecewise_mt.calculus.representation.merging import merged_stated

        return merged_stated(self, by)

    def _entry_at(self, point: Any) -> StatedPiece:
        if self.asked is not None:
            require_order(self.asked, point)
        values = read_coordinates(point, self.names)
        for piece in self._entries:
            if piece.contains(values):
                return piece
        raise OutsideDomain(
            f"expected a point of some piece, got ({', '.join(map(str, values))}); check the "
            "representation with mt.check"
        )

    def value(self, point: Any) -> sympy.Expr | sympy.ImmutableMatrix:
        """fᵅ at a point of Pᵅ."""
        piece = self._entry_at(point)
        values = read_coordinates(point, self.names)
        rows = [formula.value(values) for formula in piece.formulas]
        return rows[0] if piece.is_scalar else sympy.ImmutableMatrix(len(rows), 1, rows)


def _texts(entry: Any) -> tuple[str, ...] | None:
    """An entry that is of texts only, which mean the same wherever they are."""
    if isinstance(entry, (tuple, list)) and all(type(item) is str for item in entry):
        return tuple(entry)
    return None


def _require_size(pieces: Sequence[StatedPiece], of: Expression | None) -> None:
    sizes = {len(piece.formulas) for piece in pieces}
    if len(sizes) > 1 or (of is not None and sizes != {of.size}):
        wanted = f" and {of.size} of the function" if of is not None else ""
        raise PiecewiseError(
            f"expected formulas of one size, got {sorted(sizes)} outputs{wanted}; give every "
            "piece all outputs"
        )


def _names(variables: Any) -> tuple[str, ...]:
    if isinstance(variables, str):
        from piecewise_mt.functions.build.builders import variables as read

        variables = read(variables)
    names: list[str] = []
    for entry in variables:
        names += getattr(entry, "names", None) or [checked_name(variable_name(entry))]
    if len(set(names)) != len(names) or not names:
        raise PiecewiseError(f"expected distinct variables, got {names}; name each coordinate once")
    return tuple(names)
