"""The tables of pieces and of strata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from operator import is_
from typing import Any, Protocol

import sympy

from piecewise_mt.calculus.smooth.formulas import formula_latex, formula_text
from piecewise_mt.display.gradients import shown_gradient
from piecewise_mt.functions.traversal import natural_key
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.typeset.affine import affine_texts, gradient_latex, gradient_text
from piecewise_mt.typeset.conditions import condition_text
from piecewise_mt.typeset.tables import Cell, Column, Table


class PieceLike(Protocol):
    """What is read of a piece."""

    def prepare(self) -> None: ...
    @property
    def alpha(self) -> int: ...
    @property
    def condition_text(self) -> str: ...
    @property
    def condition_latex(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def gradient_rows(self) -> Sequence[Sequence[Any]]: ...
    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def is_smooth(self) -> bool: ...
    @property
    def jacobian(self) -> Sequence[Sequence[Any]]: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def point(self) -> Sequence[Any]: ...


class RepresentationLike(Protocol):
    """What is read of a representation."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def title(self) -> str: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[PieceLike]: ...


class StratumLike(Protocol):
    """What is read of a stratum."""

    @property
    def condition_text(self) -> str: ...
    @property
    def condition_latex(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def label_text(self) -> str: ...


class StrataLike(Protocol):
    """What is read of the strata of a function."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def title(self) -> str: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[StratumLike]: ...


def _number(value: int) -> Cell:
    return Cell(str(value), str(value))


def counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


MOST_NAMES = 8
"""More variables, if they are in natural order, are abbreviated in a title."""


def space_text(names: Sequence[str], where: str | None = None) -> str:
    """A space, or a set in it, and its variables in the order of points and gradients.

    >>> space_text(("b", "w")), space_text(("t",), "{t > 0}")
    ('R^2, (b, w)', '{t > 0}, (t)')
    >>> space_text([f"x{i}" for i in range(1, 785)])
    'R^784, (x1, x2, x3, …, x784)'
    """
    if where is None:
        where = "R" if len(names) == 1 else f"R^{len(names)}"
    shown = list(names)
    if len(names) > MOST_NAMES and shown == sorted(names, key=natural_key):
        shown = [*names[:3], "…", names[-1]]
    return f"{where}, ({', '.join(shown)})"


def _title(owner: RepresentationLike | StrataLike, one: str, many: str) -> str:
    domain = getattr(owner, "domain", None)
    where = None
    if domain is not None:
        is_plain = isinstance(domain, Polyhedron)
        where = f"{{{condition_text(domain) if is_plain else domain.text}}}"
    return f"{owner.title} on {space_text(owner.names, where)}: {counted(len(owner), one, many)}"


def _rest(count: int, limit: int | None, one: str, many: str) -> tuple[str, ...]:
    if limit is None or count <= limit:
        return ()
    return (f"… and {count - limit} more {one if count - limit == 1 else many}",)


def summary(representation: RepresentationLike, named: bool = True) -> str:
    """One line: the function, unless it is not to be named, its space and the number of pieces.

    >>> import piecewise_mt as mt
    >>> w, b = mt.variables("w b")
    >>> summary(mt.max(w, b).represent()), summary(mt.max(w, b).on(w, b).represent(), named=False)
    ('max(w, b) on R^2, (b, w): 3 pieces', '3 pieces on R^2, (w, b)')
    """
    if named:
        return _title(representation, "piece", "pieces")
    count = counted(len(representation), "piece", "pieces")
    return f"{count} on {space_text(representation.names)}"


ONE_BY_ONE = 64
"""So many pieces are looked at one after the other."""
BLOCK = 512

PIECES = (
    Column(Cell("α", r"\alpha"), "r"),
    Column(Cell("Pᵅ", r"P^{\alpha}")),
    Column(Cell("dim", r"\dim"), "r"),
    Column(Cell("fᵅ", r"f^{\alpha}")),
    Column(Cell("∇fᵅ", r"\widetilde\nabla f^{\alpha}")),
)


def pieces_table(representation: RepresentationLike, limit: int | None = None) -> Table:
    """The table of pieces Pᵅ, formulas fᵅ and associated gradients, (6) and (7).

    Parameters
    ----------
    representation : Representation
    limit : int, optional
        Only so many pieces; a last line counts the rest. The others are not looked at.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> print(pieces_table(mt.max(y1, y2).represent()))
    max(y1, y2) on R^2, (y1, y2): 3 pieces
    <BLANKLINE>
    α  Pᵅ       dim  fᵅ                 ∇fᵅ
    ─  ───────  ───  ─────────────────  ──────────
    1  y1 > y2    2  y1                 (1, 0)
    2  y1 < y2    2  y2                 (0, 1)
    3  y1 = y2    1  z*y1 + (1 - z)*y2  (z, 1 - z)
    """
    names, shape = representation.names, representation.shape

    def rows() -> Iterator[Sequence[Cell]]:
        for own in _blocks(islice(representation, limit)):
            for piece in own:
                piece.prepare()
            conditions = [condition_cell(piece) for piece in own]
            formulas = [piece.rows for piece in own]
            gradients = [shown_gradient(piece) for piece in own]
            texts = [_texts(*given, names, shape) for given in zip(formulas, gradients)]
            yield from zip(
                [_number(piece.alpha) for piece in own],
                conditions,
                [_number(piece.dimension) for piece in own],
                [
                    Cell(text, partial(formula_latex, row, names, shape))
                    for (text, _), row in zip(texts, formulas)
                ],
                [
                    Cell(text, partial(gradient_latex, rows))
                    for (_, text), rows in zip(texts, gradients)
                ],
            )

    from piecewise_mt.display.derivation.titles import title_latex  # it writes tables of nodes

    notes = _rest(len(representation), limit, "piece", "pieces")
    caption = partial(title_latex, representation)
    return Table(summary(representation), PIECES, rows, notes, caption=caption)


def _texts(
    rows: Sequence[Any], gradient: Sequence[Any], names: tuple[str, ...], shape: tuple[int, ...]
) -> tuple[str, str]:
    """A formula and a gradient as text, written in one go if the gradient is the formula's."""
    if shape == () and not isinstance(rows[0], sympy.Expr) and len(gradient[0]) > 1:
        (row,), (own,) = rows, gradient
        if all(map(is_, row[1:], own)):
            text, (_, *entries) = affine_texts(row, names)
            return text, f"({', '.join(entries)})"
    return formula_text(rows, names, shape), gradient_text(gradient)


def _blocks(pieces: Iterator[PieceLike]) -> Iterator[list[PieceLike]]:
    """The first pieces one by one, as nobody may want more, then blocks.

    One kind of question to many pieces takes two thirds of the time of all kinds to one after the
    other, which do not leave each other much of the processor's caches.
    """
    for piece in islice(pieces, ONE_BY_ONE):
        yield [piece]
    while own := list(islice(pieces, BLOCK)):
        yield own


def condition_cell(piece: PieceLike | StratumLike) -> Cell:
    """The condition of a piece or a stratum."""
    return Cell(piece.condition_text, lambda: piece.condition_latex)


def _gradient(piece: PieceLike) -> Cell:
    """The gradient of a piece, the stated one if there is one."""
    rows = shown_gradient(piece)
    return Cell(gradient_text(rows), partial(gradient_latex, rows))


def piece_latex(piece: Any) -> str:
    r"""One piece for a notebook: its condition, formula and gradient.

    >>> import piecewise_mt as mt
    >>> print(piece_latex(mt.max(*mt.variables("y1 y2"), ties="last").represent()[1]))
    $P^{2}:\; y_{1} \leq y_{2},\quad f^{2} = y_{2},\quad \widetilde\nabla f^{2} = (0,\, 1)$
    """
    alpha = piece.alpha
    formula = formula_latex(piece.rows, piece.names, () if piece.is_scalar else (1,))
    return (
        f"$P^{{{alpha}}}:\\; {condition_cell(piece).latex},\\quad f^{{{alpha}}} = {formula},"
        f"\\quad \\widetilde\\nabla f^{{{alpha}}} = {_gradient(piece).latex}$"
    )


def strata_table(strata: StrataLike, limit: int | None = None) -> Table:
    """The table of strata: number, condition, dimension, labels of the units.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> print(strata_table(mt.relu(mt.variable("t")).strata(), limit=2).title)
    relu(t) on R, (t): 3 strata
    """
    columns = [
        Column(Cell.plain("#"), "r"),
        Column(Cell.plain("condition")),
        Column(Cell("dim", r"\dim"), "r"),
        Column(Cell.plain("labels")),
    ]

    def rows() -> Iterator[list[Cell]]:
        for number, stratum in enumerate(islice(strata, limit), start=1):
            yield [
                _number(number),
                condition_cell(stratum),
                _number(stratum.dimension),
                Cell.plain(stratum.label_text),
            ]

    notes = _rest(len(strata), limit, "stratum", "strata")
    return Table(_title(strata, "stratum", "strata"), columns, rows, notes)
