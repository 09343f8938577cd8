"""Representations of functions with parameters: pieces in all names, gradients in the variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import sympy

from piecewise_mt.calculus.partition.domain import read_any_domain
from piecewise_mt.calculus.representation.cases import Cases
from piecewise_mt.calculus.representation.derived import DerivedPiece, DerivedRepresentation
from piecewise_mt.calculus.representation.needs_values import NeedsValues
from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.calculus.representation.semialgebraic import (
    SemialgebraicPiece,
    SemialgebraicRepresentation,
    represent,
)
from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.calculus.smooth.formulas import Formula
from piecewise_mt.errors import NotPolyhedral, PiecewiseError
from piecewise_mt.exact.reals import Coordinate
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from piecewise_mt.typeset.tables import Table


@final
class ParametricPiece(DerivedPiece):
    """A piece as a set of the variables and the parameters, with its gradient in the variables.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, w = mt.variable("x"), mt.parameter("w")
    >>> tie = mt.relu(w * x).represent()[-1]
    >>> tie.set, tie.formula, tie.gradient
    (SemialgebraicSet({w*x = 0}), w*x*z, Matrix([[w*z]]))
    """

    def __init__(self, rep: ParametricRepresentation, whole: SemialgebraicPiece) -> None:
        self._rep: ParametricRepresentation = rep
        self.whole = whole
        self.alpha = whole.alpha

    @property
    def label_keys(self) -> tuple[Label, ...]:
        """The labels of a stratum of the largest dimension."""
        return self.whole.label_keys

    @property
    def dimension(self) -> int:
        """That of the set of variables and parameters."""
        return self.whole.dimension

    @property
    def point(self) -> tuple[Coordinate, ...]:
        return self.whole.point

    @property
    def set(self) -> SemialgebraicSet:
        return self.whole.set

    @property
    def regular(self) -> SemialgebraicSet:
        """In the variables and the parameters; see :attr:`SemialgebraicPiece.regular`."""
        return self.whole.regular

    @property
    def singular(self) -> SemialgebraicSet:
        """In the variables and the parameters; see :attr:`SemialgebraicPiece.singular`."""
        return self.whole.singular

    @property
    def condition(self) -> Any:
        """The irredundant conditions of the piece, as a SymPy Boolean."""
        return self.whole.condition

    @property
    def condition_text(self) -> str:
        return self.whole.condition_text

    @property
    def condition_latex(self) -> str:
        return self.whole.condition_latex

    @property
    def polyhedron(self) -> Polyhedron:
        """Refused: what is a polyhedron in the variables depends on the parameters.

        Raises
        ------
        NotPolyhedral
            Always.
        """
        raise NotPolyhedral(
            f"expected a piece in {', '.join(self.names)} alone, got {{{self.condition_text}}} "
            f"with the parameters {', '.join(self._rep.parameters)}; ask rep.cases(), its .set, or "
            "make variables of them by f.on(…)"
        )

    @property
    def parts(self) -> tuple[Polyhedron, ...]:
        return (self.polyhedron,)

    @property
    def hull(self) -> CurvedHull:
        return self.whole.hull

    @property
    def formulas(self) -> tuple[Formula, ...]:
        return self.whole.formulas

    @cached_property
    def jacobian(self) -> tuple[tuple[Any, ...], ...]:
        """The rows of ∇fᵅ in the variables alone."""
        n = len(self.names)
        return tuple(row[:n] for row in self.whole.jacobian)


@final
class ParametricRepresentation(NeedsValues, DerivedRepresentation):
    """The pieces of a function with parameters, which prints case by case.

    Its entries are sets of the variables and the parameters; :meth:`cases` has sets of the
    variables alone.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, w = mt.variable("x"), mt.parameter("w", nonnegative=True)
    >>> mt.relu(w * x).represent()
    relu(w*x) on R, (x), with the parameter w >= 0: 2 cases
    <BLANKLINE>
    α  Pᵅ          dim  fᵅ     ∇fᵅ
    ─  ──────────  ───  ─────  ───
    w = 0
    1  everywhere    1  0      0
    <BLANKLINE>
    w > 0
    1  x < 0         1  0      0
    2  x > 0         1  w*x    w
    3  x = 0         0  w*x*z  w*z
    """

    def __init__(
        self, f: Expression, whole: SemialgebraicRepresentation, domain_text: str = ""
    ) -> None:
        self.of = f
        self.domain_text = domain_text
        """What was asked for as domain, without the assumptions on parameters."""
        self.whole = whole
        """The same function with its parameters as variables, after the variables."""
        self.strata = whole.strata
        self.names = tuple(variable.name for variable in f.variables)
        self.domain = whole.domain
        self._pieces = [ParametricPiece(self, piece) for piece in whole]
        self._cases = Cases(self, whole, 1000, whole.budget)

    @property
    def function(self) -> Expression:
        """The function that is represented, with its parameters."""
        assert self.of is not None
        return self.of

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return self.whole.names[len(self.names) :]

    @property
    def undecided(self) -> tuple[str, ...]:
        """What the budget did not decide."""
        return self.whole.undecided

    def cases(self, limit: int = 1000, budget: float | None = None) -> Cases:
        """See :meth:`DerivedRepresentation.cases`."""
        seconds = self.whole.budget if budget is None else budget
        if (limit, seconds) != (self._cases.limit, self._cases.budget):
            self._cases = Cases(self, self.whole, limit, seconds)
        return self._cases

    # -- points ------------------------------------------------------------------------------

    def _contains(self, values: Sequence[Coordinate]) -> bool:
        return self.whole._contains(values)

    def piece_at(self, point: Any) -> Piece:  # type: ignore[override]
        """The piece that contains a point by name, with values of the parameters, too."""
        return self._pieces[self.whole.piece_at(point).alpha - 1]

    def value(self, point: Any) -> sympy.Expr | sympy.ImmutableMatrix:
        """f at a point by name, with values of the parameters, too."""
        return self.whole.value(point)

    def gradient(self, point: Any) -> sympy.ImmutableMatrix:
        """The gradient in the variables at a point by name, with values of the parameters, too."""
        return self.whole.gradient(point)[:, : len(self.names)]

    # -- texts -------------------------------------------------------------------------------

    def table(self, limit: int | None = None) -> Table:
        """The tables of all cases, one below the other.

        Where the budget does not decide the cases, the pieces in variables and parameters, and a
        note that says so.
        """
        from piecewise_mt.display.door import cases_table

        return cases_table(self, limit)

    def to_latex(self, style: str = "table", **options: Any) -> str:
        """The cases in LaTeX; the options are those of :meth:`Representation.to_latex`."""
        from piecewise_mt.display.door import cases_latex

        return cases_latex(self, style, **options)

    def to_html(self, path: str | Path | None = None, *, window: Any = None, at: Any = None) -> str:
        """A page with the tables of all cases, written to `path` if one is given."""
        from piecewise_mt.display.door import cases_page

        return cases_page(self, path)


def parametric(
    f: Expression, domain: Any = None, *, budget: float = 30.0, partial: bool = False
) -> ParametricRepresentation:
    """The representation of a function with parameters.

    Raises
    ------
    Unsupported
        If the argument of a kink is no polynomial in the variables and parameters.
    Undecided
        If the budget leaves labels undecided, unless a partial one is asked for.
    """
    names = (*(v.name for v in f.variables), *(p.name for p in f.parameters))
    if not f.variables:
        raise PiecewiseError(
            f"expected a function of at least one variable, got {f!r}, which has parameters alone; "
            "name its space with f.on(x)"
        )
    asked = read_any_domain(domain, names)
    whole = represent(f.on(*names), domain, budget=budget, partial=partial)
    text = asked.text if isinstance(asked, SemialgebraicSet) else str(asked or "")
    return ParametricRepresentation(f, whole, text)
