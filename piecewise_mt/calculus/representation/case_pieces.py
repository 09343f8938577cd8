"""The pieces of a function with parameters in one case of these, as sets of the variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import sympy

from piecewise_mt.calculus.evaluation.program import picked
from piecewise_mt.calculus.partition.conditions import polyhedron_of
from piecewise_mt.calculus.partition.semialgebraic import SemialgebraicStratum
from piecewise_mt.calculus.representation.derived import DerivedPiece, DerivedRepresentation
from piecewise_mt.calculus.representation.needs_values import NeedsValues, needs_values
from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.calculus.representation.semialgebraic import SemialgebraicRepresentation
from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.calculus.smooth.formulas import Formula, SmoothFormula
from piecewise_mt.calculus.smooth.rewriting import at_point, symbols_of, tidied
from piecewise_mt.errors import NotPolyhedral, OutsideDomain, PiecewiseError, Undecided
from piecewise_mt.exact.algebraic_points import ExactPoint, check_point
from piecewise_mt.exact.reals import Coordinate, number_expr, real
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.points import read_coordinates, variable_name
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.given import Given
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.manifolds import refined
from piecewise_mt.semialgebraic.points import point_expressions, read_exact_point
from piecewise_mt.semialgebraic.polynomials import terms
from piecewise_mt.semialgebraic.sets import (
    SemialgebraicSet,
    conditions_latex,
    conditions_text,
)
from piecewise_mt.semialgebraic.systems import Terms

ZERO = 2


@dataclass(frozen=True)
class Member:
    """A stratum over some parameters, with its dimension there and a point."""

    stratum: SemialgebraicStratum
    dimension: int
    point: ExactPoint
    """In the variables and the parameters."""


@final
class CasePiece(DerivedPiece):
    """A piece in the variables, for parameters of one case.

    Examples
    --------
    The tie of R(w·x) where w = 0 is everything, and z is gone from it:

    >>> import piecewise_mt as mt
    >>> x, w = mt.variable("x"), mt.parameter("w")
    >>> tie = mt.relu(w * x).represent().cases()[1].representation[0]
    >>> tie.condition, tie.dimension, tie.formula, tie.gradient
    (True, 1, 0, Matrix([[0]]))
    """

    def __init__(self, rep: CaseRepresentation, alpha: int, members: Sequence[Member]) -> None:
        self._rep: CaseRepresentation = rep
        self.alpha = alpha
        self.members = tuple(members)

    @property
    def label_keys(self) -> tuple[Label, ...]:
        """The labels of a stratum of the largest dimension."""
        return self.members[0].stratum.label_keys

    @property
    def dimension(self) -> int:
        """The largest local dimension of the set of variables."""
        return self.members[0].dimension

    @property
    def point(self) -> tuple[Coordinate, ...]:
        values = point_expressions(self.members[0].point)
        return tuple(map(real, values[: len(self.names)]))

    @cached_property
    def conditions(self) -> Conditions:
        """In the variables and the parameters, without what the case says."""
        rep = self._rep
        own = rep.whole.kinks.of_branches(self.label_keys)
        return rep.given.shortened((*own, *rep.whole.strata.outside))

    @property
    def own(self) -> Conditions | None:
        """The conditions in the variables alone, if no parameter is in them."""
        n = len(self.names)
        if any(any(exponents[n:]) for p, _ in self.conditions for exponents in p):
            return None
        return tuple(({e[:n]: c for e, c in p.items()}, mask) for p, mask in self.conditions)

    @property
    def set(self) -> SemialgebraicSet:
        """In the variables; where parameters are in the conditions, in both, within the case."""
        if self.own is not None:
            return SemialgebraicSet(self.names, (self.own,))
        parts = [
            (*self.conditions, *((dict(terms(p)), mask) for p, mask in part.items()))
            for part in self._rep.given.parts
        ]
        return SemialgebraicSet(self._rep.whole.names, tuple(parts))

    @property
    def regular(self) -> SemialgebraicSet:
        """The points of variables near which the piece is a manifold with known tangents.

        Raises
        ------
        Unsupported
            If parameters are in the conditions.
        """
        return self._part(True)

    @property
    def singular(self) -> SemialgebraicSet:
        """The other points."""
        return self._part(False)

    def _part(self, is_regular: bool) -> SemialgebraicSet:
        if self.own is None:
            raise needs_values("regular points", self._rep.parameters)
        found = refined(self.names, self.own, self._rep.whole.budget)
        if found.undecided:
            raise Undecided(
                f"expected a decision where {{{self.condition_text}}} is regular, got "
                f"{found.undecided[0]}; raise budget"
            )
        chosen = [m for m in found.parts if m.is_regular == is_regular]
        return SemialgebraicSet(self.names, tuple(part for m in chosen for part in m.parts))

    @property
    def condition(self) -> Any:
        """The conditions of the piece as a SymPy Boolean; those of the case are not repeated."""
        return SemialgebraicSet(self._rep.whole.names, (self.conditions,)).condition

    @property
    def condition_text(self) -> str:
        return conditions_text(self._rep.whole.names, self.conditions)

    @property
    def condition_latex(self) -> str:
        if self.own is not None:
            return conditions_latex(self.names, self.own)
        return conditions_latex(self._rep.whole.names, self.conditions)

    @property
    def polyhedron(self) -> Polyhedron:
        """The piece as a polyhedron, if its conditions are affine and without parameters.

        Raises
        ------
        NotPolyhedral
            Otherwise.
        """
        found = None if self.own is None else polyhedron_of(self.names, self.own)
        if found is None:
            raise NotPolyhedral(
                f"expected a piece with affine conditions on {', '.join(self.names)}, got "
                f"{{{self.condition_text}}} as piece {self.alpha}; ask its .set, or give values by "
                "f.subs"
            )
        return found

    @property
    def parts(self) -> tuple[Polyhedron, ...]:
        return (self.polyhedron,)

    @cached_property
    def hull(self) -> CurvedHull:
        """Where the equations of the case and of the piece hold."""
        equations = [p for p, mask in self.conditions if mask == ZERO]
        return self._rep.hull_of(equations)

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        program = self._rep.whole.strata.program
        found = program.formulas(self.label_keys, picked).outputs
        rows = (tidied(self._rep.hull.restricted(tidied(row))) for row in found)
        return tuple(SmoothFormula(self.names, row) for row in rows)

    @cached_property
    def jacobian(self) -> tuple[tuple[Any, ...], ...]:
        """The rows of ∇fᵅ in the variables alone."""
        symbols = symbols_of(self.names)
        return tuple(
            tuple(self._on_piece(sympy.diff(formula.expr, symbol)) for symbol in symbols)
            for formula in self.formulas
        )

    def _on_piece(self, partial: sympy.Expr) -> sympy.Expr:
        """A derivative modulo the equations, if that does not bring in a variable."""
        reduced = tidied(self.hull.restricted(partial))
        new = reduced.free_symbols - partial.free_symbols
        if new & set(symbols_of(self.names)):
            return tidied(self._rep.hull.restricted(partial))
        return reduced

    def holds_at(self, point: ExactPoint) -> bool:
        """Whether a point of the variables and parameters of the case is in the piece."""
        return check_point(self.conditions, point)


@final
class CaseRepresentation(NeedsValues, DerivedRepresentation):
    """f as a function of its variables, for parameters of one case."""

    def __init__(
        self,
        f: Expression,
        whole: SemialgebraicRepresentation,
        given: Given,
        members: Sequence[Member],
        parameter_set: SemialgebraicSet,
    ) -> None:
        self.of = f
        self.whole = whole
        self.strata = whole.strata
        self.names = tuple(variable.name for variable in f.variables)
        self.given = given
        self.members = tuple(members)
        self.parameter_set = parameter_set
        groups: dict[tuple[Label, ...], list[Member]] = {}
        for member in members:
            branches = whole.strata.program.branches(member.stratum.label_keys)
            groups.setdefault(branches, []).append(member)
        ordered = sorted(groups.items(), key=lambda group: (-group[1][0].dimension, group[0]))
        self.own_pieces = [CasePiece(self, alpha, own) for alpha, (_, own) in enumerate(ordered, 1)]
        self._pieces = list(self.own_pieces)
        self.domain = None

    def widened(self, given: Given, parameter_set: SemialgebraicSet) -> CaseRepresentation:
        """The same pieces for more parameters, for which their conditions read the same."""
        found = CaseRepresentation(
            self.function, self.whole, self.given, self.members, parameter_set
        )
        for own, old in zip(found.own_pieces, self.own_pieces, strict=True):
            own.conditions = old.conditions
        found.given = given
        return found

    @property
    def function(self) -> Expression:
        """The function that is represented, with its parameters."""
        assert self.of is not None
        return self.of

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return self.parameter_set.names

    @property
    def title(self) -> str:
        """The function and the case."""
        return f"{self.of} for {self.condition_text}"

    @property
    def parameter_condition(self) -> Any:
        """The condition of the case as a SymPy Boolean."""
        return self.parameter_set.condition

    @property
    def condition_text(self) -> str:
        """The condition of the case in one line."""
        text = self.parameter_set.text
        return "always" if text == "everywhere" else text

    @property
    def condition_latex(self) -> str:
        """The condition of the case in LaTeX."""
        if self.condition_text == "always":
            return r"\text{always}"
        return self.parameter_set.latex

    @property
    def witness(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Exact values of the parameters that are of this case."""
        values = point_expressions(self.members[0].point)
        found = zip(self.parameter_set.names, values[len(self.names) :], strict=True)
        return {sympy.Symbol(name, real=True): value for name, value in found}

    @property
    def label_table(self) -> tuple[tuple[tuple[str, ...], int], ...]:
        """The labels that occur, each with its dimension in the variables."""
        return tuple((member.stratum.labels, member.dimension) for member in self.members)

    @cached_property
    def hull(self) -> CurvedHull:
        """Where the equations of the case hold."""
        return self.hull_of([])

    def hull_of(self, equations: Sequence[Terms]) -> CurvedHull:
        """Where these hold, too; variables are written in parameters, not the reverse."""
        n = len(self.names)
        found = [*({tuple(e): c for e, c in terms(p)} for p in self.given.equations), *equations]
        turned = [{(*e[n:], *e[:n]): c for e, c in p.items()} for p in found]
        return CurvedHull.of_terms((*self.parameters, *self.names), turned)

    @cached_property
    def reading(self) -> tuple[Any, ...]:
        """What is printed of the sets of all pieces."""
        return tuple((p.dimension, p.condition_text) for p in self._pieces)

    # -- points ------------------------------------------------------------------------------

    def _contains(self, values: Sequence[Coordinate]) -> bool:
        return True

    def piece_at(self, point: Any) -> Piece:  # type: ignore[override]
        """The piece that contains an exact point of the variables.

        Parameters
        ----------
        point : sequence or mapping
            Of the variables; a mapping may give values of the parameters, too, which is needed
            where they are in the conditions.
        """
        values = _named(point, self.whole.names)
        if values is not None:
            exact = read_exact_point(values, self.whole.names)
            parameters = read_exact_point(values[len(self.names) :], self.parameter_set.names)
            if not any(check_point(part, parameters) for part in self.parameter_set.parts):
                raise OutsideDomain(
                    f"expected parameters with {self.condition_text}, got "
                    f"{', '.join(map(str, values[len(self.names) :]))}; ask their own case"
                )
            return next(p for p in self.own_pieces if p.holds_at(exact))
        own = read_coordinates(point, self.names)
        exact = read_exact_point(tuple(map(number_expr, own)), self.names)
        for piece in self.own_pieces:
            if piece.own is not None and check_point(piece.own, exact):
                return piece
        raise PiecewiseError(
            f"expected values of {', '.join(self.parameter_set.names)}, too, to tell the piece, "
            f"got ({', '.join(map(str, own))}); name them in a mapping"
        )

    def value(self, point: Any) -> sympy.Expr | sympy.ImmutableMatrix:
        """fᵅ at a point, in the parameters unless they are given."""
        piece = self.piece_at(point)
        values, names = self._read(point)
        rows = [at_point(formula.expr, values, names) for formula in piece.formulas]
        return rows[0] if self.shape == () else sympy.ImmutableMatrix(len(rows), 1, rows)

    def gradient(self, point: Any) -> sympy.ImmutableMatrix:
        """∇fᵅ at a point, in the parameters unless they are given."""
        piece = self.piece_at(point)
        values, names = self._read(point)
        return piece.gradient.applyfunc(lambda entry: at_point(entry, values, names))

    def _read(self, point: Any) -> tuple[list[Coordinate], tuple[str, ...]]:
        values = _named(point, self.whole.names)
        if values is not None:
            return read_coordinates(values, self.whole.names), self.whole.names
        return read_coordinates(point, self.names), self.names


def _named(point: Any, names: tuple[str, ...]) -> tuple[Any, ...] | None:
    """The values of a mapping that names all of them, in order; None for other points."""
    if not isinstance(point, Mapping):
        return None
    given = {variable_name(key): value for key, value in point.items()}
    if set(given) != set(names):
        return None
    return tuple(given[name] for name in names)
