"""Representations whose pieces are semialgebraic sets: kinks are polynomials in the variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

from piecewise_mt.calculus.evaluation.defined import has_requirements
from piecewise_mt.calculus.evaluation.program import compile_program, picked
from piecewise_mt.calculus.partition.conditions import is_affine, polyhedron_of
from piecewise_mt.calculus.partition.polynomial_kinks import Kinks, without_parameters
from piecewise_mt.calculus.partition.semialgebraic import (
    SemialgebraicStrata,
    SemialgebraicStratum,
    semialgebraic_strata,
)
from piecewise_mt.calculus.representation.curved_tangential import curved_conditions
from piecewise_mt.calculus.representation.derived import DerivedPiece, DerivedRepresentation
from piecewise_mt.calculus.representation.tangential import TangentialConditions
from piecewise_mt.calculus.results.proof import Proof, function_text, same
from piecewise_mt.calculus.smooth.curved_c1 import require_c1_on
from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.calculus.smooth.formulas import SmoothFormula
from piecewise_mt.calculus.smooth.rewriting import tidied
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, Undecided
from piecewise_mt.exact.algebraic_points import ExactPoint, check_point
from piecewise_mt.exact.reals import Coordinate, real
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.manifolds import Manifold, Refinement, refined
from piecewise_mt.semialgebraic.points import point_expressions
from piecewise_mt.semialgebraic.reduction import irredundant
from piecewise_mt.semialgebraic.sets import BySet, SemialgebraicSet
from piecewise_mt.semialgebraic.systems import System

ZERO = 2


@dataclass(frozen=True)
class Inhabited(Proof):
    """The proof that a piece is not empty: a point of it.

    The conditions are those of the branches of the function's units, and of the domain;
    ``verify`` finds the first anew, and the signs of all at the point by integer arithmetic alone.
    """

    names: tuple[str, ...]
    conditions: Conditions
    point: ExactPoint
    function: Expression
    labels: tuple[Label, ...]
    """One of each unit, which says in which of its branches the piece is."""
    domain: Conditions
    """The conditions of the domain, the last ones of all."""

    @property
    def statement(self) -> str:
        """The function, the conditions and the point."""
        values = zip(self.names, point_expressions(self.point), strict=True)
        where = ", ".join(f"{name} = {value}" for name, value in values)
        own = System(self.names, self.conditions).text
        return f"{function_text(self.function)}: the piece {own} has the point {where}."

    @property
    def rests_on(self) -> tuple[str, ...]:
        """SymPy, which writes the kinks as polynomials."""
        return ("SymPy",)

    def _check(self) -> bool:
        system = System(self.names, self.conditions)
        kinks = Kinks(compile_program(self.function), without_parameters)
        return (
            system.is_plain
            and self.names == kinks.program.names
            and len(self.point.coordinates) == len(self.names)
            and same(self.conditions, (*kinks.of_branches(self.labels), *self.domain))
            and check_point(self.conditions, self.point)
        )

    def __repr__(self) -> str:
        values = zip(self.names, point_expressions(self.point), strict=True)
        return f"Inhabited({', '.join(f'{name} = {value}' for name, value in values)})"


@final
class SemialgebraicPiece(BySet, DerivedPiece):
    """A piece given by polynomial conditions.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> tie = represent(abs(x**2 + y**2 - 1))[-1]
    >>> tie.condition_text, tie.dimension, tie.gradient, tie.singular.is_empty
    ('x**2 + y**2 = 1', 1, Matrix([[2*x*z, 2*y*z]]), True)
    """

    def __init__(
        self, rep: SemialgebraicRepresentation, alpha: int, members: list[SemialgebraicStratum]
    ) -> None:
        self._rep: SemialgebraicRepresentation = rep
        self.alpha = alpha
        self.members = members

    @property
    def label_keys(self) -> tuple[Label, ...]:
        """The labels of a stratum of the largest dimension."""
        return self.members[0].label_keys

    @property
    def dimension(self) -> int:
        """The largest local dimension, 0 for isolated points."""
        return self.members[0].dimension

    @property
    def point(self) -> tuple[Coordinate, ...]:
        return tuple(map(real, point_expressions(self.members[0].point)))

    @property
    def proof(self) -> Inhabited:
        """A point of the piece, which can be checked by integer arithmetic.

        Examples
        --------
        On the tie x·y = 0:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> proof = represent(mt.relu(x * y))[-1].proof
        >>> proof, proof.verify()
        (Inhabited(x = 0, y = 0), True)
        """
        return Inhabited(
            self.names,
            self.given,
            self.members[0].point,
            self._rep.strata.function,
            self.label_keys,
            self._rep.strata.outside,
        )

    @cached_property
    def given(self) -> Conditions:
        """What the branches say, before it is reduced."""
        return (*self._rep.kinks.of_branches(self.label_keys), *self._rep.strata.outside)

    @cached_property
    def conditions(self) -> Conditions:
        """What the branches say, without factors and conditions that the others imply."""
        found = irredundant(self.names, self.given)
        flat = self._flat_part()
        if flat is None:
            return found
        hull = CurvedHull.of_terms(self.names, flat.equations)
        equations = [p for p, mask in found if mask == ZERO]
        if any(
            hull.restricted(e) != 0 for e in CurvedHull.of_terms(self.names, equations).equations
        ):
            return found
        rest = tuple((p, mask) for p, mask in found if mask != ZERO)
        return irredundant(self.names, (*((p, ZERO) for p in flat.equations), *rest))

    def _flat_part(self) -> Manifold | None:
        """The one manifold that the piece is, if its equations are affine and simpler."""
        if len(self.members) > 1 or not any(mask == ZERO for _, mask in self.given):
            return None
        parts = self.refinement.parts
        if len(parts) != 1 or self.refinement.undecided:
            return None
        return parts[0] if all(map(is_affine, parts[0].equations)) else None

    @property
    def set(self) -> SemialgebraicSet:
        """The points of the piece, by polynomial conditions."""
        return SemialgebraicSet(self.names, (self.conditions,))

    @property
    def polyhedron(self) -> Polyhedron:
        """The piece as a polyhedron, if all its conditions are affine.

        Raises
        ------
        NotPolyhedral
            Otherwise.
        """
        found = polyhedron_of(self.names, self.conditions)
        if found is None:
            raise NotPolyhedral(
                f"expected a piece with affine conditions, got {{{self.condition_text}}} as piece "
                f"{self.alpha}; ask its .set"
            )
        return found

    @property
    def is_curved(self) -> bool:
        return polyhedron_of(self.names, self.conditions) is None

    @property
    def parts(self) -> tuple[Polyhedron, ...]:
        return (self.polyhedron,)

    @cached_property
    def refinements(self) -> tuple[Refinement, ...]:
        """Every stratum of the piece as a union of manifolds."""
        budget = self._rep.budget / max(len(self.members), 1)
        return tuple(refined(self.names, member.given, budget) for member in self.members)

    @property
    def refinement(self) -> Refinement:
        """The piece as a union of manifolds, stratum by stratum."""
        found = self.refinements
        return Refinement(
            tuple(part for own in found for part in own.parts),
            tuple(reason for own in found for reason in own.undecided),
            tuple(dict.fromkeys(name for own in found for name in own.trusted)),
        )

    @property
    def regular(self) -> SemialgebraicSet:
        """The points near which each stratum of the piece is a manifold.

        There the factors of its equations that vanish have independent gradients, so that its
        tangent space is known.

        Raises
        ------
        Undecided
            If the budget of :meth:`Expression.represent` does not decide it.
        """
        return self._union(True)

    @property
    def singular(self) -> SemialgebraicSet:
        """The other points: crossings of several parts, cusps, isolated points.

        Raises
        ------
        Undecided
            If the budget of :meth:`Expression.represent` does not decide it.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> w, x = mt.variables("w x")
        >>> tie = represent(mt.relu(w * x))[-1]
        >>> print(tie.regular, tie.singular)
        {x = 0, w != 0} ∪ {w = 0, x != 0} {w = 0, x = 0}
        """
        return self._union(False)

    def _union(self, is_regular: bool) -> SemialgebraicSet:
        if self.refinement.undecided:
            raise Undecided(
                f"expected a decision where {{{self.condition_text}}} is regular, got "
                f"{self.refinement.undecided[0]}; raise budget"
            )
        parts = [
            part
            for manifold in self.refinement.parts
            if manifold.is_regular == is_regular
            for part in manifold.parts
        ]
        return SemialgebraicSet(self.names, tuple(parts))

    @cached_property
    def hull(self) -> CurvedHull:
        """The zero set of the equations that hold on the piece, on which formulas are compared."""
        equations = [p for p, mask in self.conditions if mask == ZERO]
        return CurvedHull.of_terms(self.names, equations)

    @cached_property
    def formulas(self) -> tuple[SmoothFormula, ...]:
        found = self._rep.strata.program.formulas(self.label_keys, picked).outputs
        return tuple(SmoothFormula(self.names, tidied(row)) for row in found)


@final
class SemialgebraicRepresentation(DerivedRepresentation):
    """The pieces of a function, sets given by polynomial equations and inequalities.

    Made by :meth:`Expression.represent` where a kink is a polynomial. A sequence of
    :class:`mt.Piece`: ``p.set``, ``p.condition``, ``p.regular`` and ``p.singular`` answer, not
    ``p.polyhedron``; otherwise as where pieces are polyhedra.

    Examples
    --------
    The tie of R(w·x) in both variables is a cross:

    >>> import piecewise_mt as mt
    >>> w, x = mt.variables("w x")
    >>> rep = represent(mt.relu(w * x))
    >>> [(p.condition_text, p.formula, p.gradient) for p in rep][1:]
    [('w*x > 0', w*x, Matrix([[x, w]])), ('w*x = 0', w*x*z, Matrix([[x*z, w*z]]))]
    """

    strata: SemialgebraicStrata
    _pieces: list[SemialgebraicPiece]  # type: ignore[assignment]

    def __init__(self, strata: SemialgebraicStrata, budget: float) -> None:
        self.strata = strata
        self.names = strata.names
        self.domain = strata.domain
        self.of = strata.function
        self.budget = budget
        self.kinks = Kinks(strata.program, without_parameters)
        groups: dict[tuple[Label, ...], list[SemialgebraicStratum]] = {}
        for stratum in strata:
            groups.setdefault(strata.program.branches(stratum.label_keys), []).append(stratum)
        members = sorted(groups.items(), key=lambda group: (-group[1][0].dimension, group[0]))
        self._pieces = [
            SemialgebraicPiece(self, alpha, own) for alpha, (_, own) in enumerate(members, start=1)
        ]
        if has_requirements(strata.program):
            for piece in self._pieces:
                self._require_c1(piece)

    def _require_c1(self, piece: SemialgebraicPiece) -> None:
        """Refuse a piece on which a formula is not C¹."""
        hull = piece.hull
        try:
            for formula in piece.formulas:
                require_c1_on(formula.on(hull), [piece.conditions])
        except PiecewiseError as error:
            raise type(error)(f"in piece {piece.alpha}, {piece.set}: {error}") from error

    @property
    def undecided(self) -> tuple[str, ...]:
        """What the budget did not decide: labels of pieces that may be missing, with the reason."""
        return self.strata.open_questions

    def _contains(self, values: Sequence[Coordinate]) -> bool:
        return self.strata.contains(values)

    def __iter__(self) -> Iterator[SemialgebraicPiece]:
        return iter(self._pieces)

    def tangential_conditions(self) -> TangentialConditions:
        return curved_conditions(self)


def represent(
    f: Expression, domain: Any = None, *, budget: float = 30.0, partial: bool = False
) -> SemialgebraicRepresentation:
    """The representation of a function of polynomials.

    Raises
    ------
    Unsupported
        If the argument of a kink is no polynomial in the variables.
    Undecided
        If the budget leaves labels undecided, unless a partial one is asked for.
    """
    strata = semialgebraic_strata(f, domain, budget=budget)
    found = SemialgebraicRepresentation(strata, budget)
    if found.undecided and not partial:
        raise Undecided(
            f"expected all pieces within {budget:g} seconds, got {len(found)} and "
            f"{len(found.undecided)} undecided, such as {found.undecided[0]}; raise budget, or "
            "give partial=True"
        )
    return found
