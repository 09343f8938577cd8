"""Tangential consistency (15): what a formula on a thin piece must satisfy, and what is free.

Let P be a piece with direction space T. Every C¹ formula g that equals f on P has
∇g·t = D(f|_P)·t for t in T, and nothing else is required: the directions normal to P are free
(Remark 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, overload

import sympy

from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.smooth.entries import along, equal_on
from piecewise_mt.calculus.smooth.formulas import Region
from piecewise_mt.calculus.smooth.rewriting import tidied
from piecewise_mt.exact.linear import kernel
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import checked_index, primitive, to_rational
from piecewise_mt.typeset.mathml import InNotebooks

if TYPE_CHECKING:
    from piecewise_mt.calculus.representation.polyhedral import (
        PolyhedralPiece,
        PolyhedralRepresentation,
    )
    from piecewise_mt.semialgebraic.sets import SemialgebraicSet
    from piecewise_mt.typeset.tables import Table


@dataclass(frozen=True)
class TangentialCondition(InNotebooks):
    """One equation in the partial derivatives of a formula fᵅ on its piece."""

    alpha: int
    """The piece."""
    output: int
    """The output, counted from 0 in the flat order."""
    direction: tuple[Any, ...]
    """The tangent vector t, of the integer basis of T; on a curved piece SymPy expressions."""
    expected: Any
    """D(f|_P)·t, a Fraction; with smooth formulas a SymPy expression in the coordinates of P."""
    holds: bool | None
    """Whether the piece's own gradient satisfies it, identically in its tie parameters.

    None if SymPy cannot decide the identity.
    """
    normals: tuple[tuple[Any, ...], ...]
    """A basis of the normal directions, along which the gradient is free (Remark 1)."""
    names: tuple[str, ...]
    scalar: bool
    """Whether the function has one output, so that the formula needs no second index."""
    part: SemialgebraicSet | None = None
    """The part of the piece on which it is required; None for all of the piece."""
    trusted: tuple[str, ...] = ()
    """The solvers that ``holds`` rests on, such as ``z3 4.13``; () for a proof."""

    @property
    def equation(self) -> sympy.Eq:
        """``Eq(Σ t_j ∂fᵅ/∂x_j, D(f|_P)·t)``, the derivatives being SymPy ``Derivative``s."""
        symbols = [sympy.Symbol(name, real=True) for name in self.names]
        suffix = "" if self.scalar else f"_{self.output + 1}"
        formula = sympy.Function(f"f{self.alpha}{suffix}")(*symbols)
        left = sympy.Add(
            *(
                t * sympy.Derivative(formula, x)
                for t, x in zip(self.direction, symbols, strict=True)
                if t
            )
        )
        right = self.expected
        if isinstance(right, Fraction):
            right = to_rational(right)
        return sympy.Eq(left, right, evaluate=False)

    def to_text(self) -> str:
        r"""For example ``∂f3/∂y1 + ∂f3/∂y2 = 1 on P3``.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> print(*abs(x**2 + y**2 - 1).represent().tangential_conditions())
        x*∂f3/∂y - y*∂f3/∂x = 0 on P3
        >>> print(*mt.relu(x * y).represent().tangential_conditions(), sep="\n")
        ∂f3/∂x = 0 on P3 ∩ {y = 0, x != 0}
        ∂f3/∂y = 0 on P3 ∩ {x = 0, y != 0}
        """
        from piecewise_mt.display.door import condition_15_text

        return condition_15_text(self)

    def to_latex(self) -> str:
        r"""For example ``\partial_{y_{1}} f^{3} + \partial_{y_{2}} f^{3} = 1``, on its piece."""
        from piecewise_mt.display.door import condition_15_latex

        return condition_15_latex(self)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_latex_(self) -> str:
        return f"${self.to_latex()}$"


class TangentialConditions(Sequence[TangentialCondition]):
    """The conditions (15) of all pieces of less than full dimension.

    A piece of dimension 0 has no tangent vector, so its condition is empty: its position is in
    ``empty`` and any gradient is consistent there. A curved piece has conditions on each of its
    regular and singular parts; those parts that are points are in ``empty_parts``.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> conditions = mt.max(*mt.variables("y1 y2")).represent().tangential_conditions()
    >>> print(conditions[0], conditions[0].holds, conditions[0].normals)
    ∂f3/∂y1 + ∂f3/∂y2 = 1 on P3 True ((1, -1),)
    """

    def __init__(
        self,
        conditions: Sequence[TangentialCondition],
        empty: Sequence[int],
        empty_parts: Sequence[tuple[int, SemialgebraicSet]] = (),
        undecided: Sequence[str] = (),
        trusted: Sequence[str] = (),
    ) -> None:
        self._conditions = tuple(conditions)
        self.empty: tuple[int, ...] = tuple(empty)
        self.empty_parts: tuple[tuple[int, SemialgebraicSet], ...] = tuple(empty_parts)
        self.undecided: tuple[str, ...] = tuple(undecided)
        """What was not decided of the parts of curved pieces."""
        self.trusted: tuple[str, ...] = tuple(trusted)
        """The solvers on which it rests that the parts are all; () for proofs."""

    @property
    def ok(self) -> bool:
        """Whether every condition is proved to hold, on parts that are all known."""
        return not (self.undecided or self.trusted) and all(
            condition.holds is True and not condition.trusted for condition in self._conditions
        )

    def __len__(self) -> int:
        return len(self._conditions)

    def __iter__(self) -> Iterator[TangentialCondition]:
        return iter(self._conditions)

    @overload
    def __getitem__(self, index: int) -> TangentialCondition: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[TangentialCondition, ...]: ...
    def __getitem__(
        self, index: int | slice
    ) -> TangentialCondition | tuple[TangentialCondition, ...]:
        return self._conditions[checked_index(index)]

    def table(self) -> Table:
        """The equations, whether they hold, and the free directions."""
        from piecewise_mt.display.door import conditions_15_table

        return conditions_15_table(self)

    def to_latex(self) -> str:
        """The numbered display of the equations (an ``align`` environment)."""
        from piecewise_mt.display.door import conditions_15_latex

        return conditions_15_latex(self)

    def __str__(self) -> str:
        return self.table().to_text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table().to_html()

    def _repr_latex_(self) -> str:
        return self.table()._repr_latex_()


def tangential_conditions(rep: PolyhedralRepresentation) -> TangentialConditions:
    """See :meth:`Representation.tangential_conditions`."""
    found: list[TangentialCondition] = []
    empty: list[int] = []
    for piece in rep:
        if piece.dimension == len(rep.names):
            continue
        if piece.dimension == 0:
            empty.append(piece.alpha)
        found += _conditions_of(piece, rep)
    return TangentialConditions(found, empty)


def _conditions_of(
    piece: PolyhedralPiece, rep: PolyhedralRepresentation
) -> list[TangentialCondition]:
    normals = tuple(primitive(row[1:]) for row in piece.polyhedron.equations)
    # any formula without parameters that equals f on the piece has the right derivative along it
    program = rep.strata.program
    formulas = formulas_of(program, piece.label_keys, selected)
    rows = [formula.gradient(piece) for formula in formulas]
    region = _region_of(piece, rep)
    result = []
    for direction in kernel(normals, len(rep.names)):
        for output, (right, own) in enumerate(zip(rows, piece.jacobian, strict=True)):
            expected, found = along(right, direction), along(own, direction)
            expected = tidied(expected) if program.is_smooth else fraction(expected)
            holds, _ = equal_on(found, expected, region)
            result.append(
                TangentialCondition(
                    piece.alpha,
                    output,
                    direction,
                    expected,
                    holds,
                    normals,
                    rep.names,
                    rep.shape == (),
                )
            )
    return result


def _region_of(piece: PolyhedralPiece, rep: PolyhedralRepresentation) -> Region:
    """The relative interior of a piece."""
    width = len(rep.names) + 1
    lines = [line[:width] for line in rep.strata.partition.cells.lines]
    return Region(rep.names, piece.generators, lines, piece)
