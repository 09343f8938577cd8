"""Infima of piecewise polynomial functions of several variables, by decisions.

Stationary values along the strata are lowered until no stratum has a lower one. If then f is
nowhere smaller, that is the minimum. Otherwise f has no minimum, and curves to infinity are tried:
along one f tends to -∞, or to a number below which it is nowhere proved to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

import sympy

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.partition.domain import conditions_of
from piecewise_mt.calculus.properties.in_words import InWords, infimum_text, point_text
from piecewise_mt.calculus.properties.polynomial_pieces import (
    PolynomialPiece,
    PolynomialPieces,
    Terms,
    below,
    distance,
    equal_to,
    point_in,
    polynomial_pieces,
    value_of,
)
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    numbers_text,
    same,
)
from piecewise_mt.errors import Undecided
from piecewise_mt.exact.case_trees import check_case_tree
from piecewise_mt.exact.line_polynomials import less
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import normal_row
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.reduction import irredundant
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.systems import Empty, System, integer_terms

MOST_VARIABLES = 3
"""With more of them, curves to infinity are not tried."""
MOVES: tuple[tuple[int, int], ...] = (
    (0, 0), *((c, k) for k in (1, 2, -1, -2) for c in (1, -1)), (1, 0), (-1, 0), (2, 1), (-2, 1)
)  # fmt: skip
"""Factor and power of a coordinate c·t^k of a curve."""

MOST_STEPS = 30
"""So many stationary values are looked for on a stratum."""
MOST_POINTS = 4
"""So many minimisers are looked for one by one."""
Laurent: TypeAlias = dict[int, Fraction]


@dataclass(frozen=True)
class MonomialCurve:
    """t ↦ (c·t^k for every coordinate), for t → ∞.

    Examples
    --------
    x·y - 1 is 0 and x² tends to 0 along (1/t, t):

    >>> curve = MonomialCurve(((1, -1), (1, 1)))
    >>> curve.along({(1, 1): Fraction(1), (2, 0): Fraction(1), (0, 0): Fraction(-1)})
    {-2: Fraction(1, 1)}
    """

    moves: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        t = sympy.Symbol("t", positive=True)
        return point_text([c * t**k for c, k in self.moves])

    def point(self, t: Fraction) -> tuple[Fraction, ...]:
        """The point for a t."""
        return tuple(c * t**k for c, k in self.moves)

    def along(self, terms: Terms) -> Laurent:
        """A polynomial along the curve, by powers of t."""
        total: Laurent = {}
        for exponents, coefficient in terms.items():
            power, value = 0, Fraction(coefficient)
            for (c, k), e in zip(self.moves, exponents, strict=True):
                power += k * e
                value *= c**e
            total[power] = total.get(power, Fraction(0)) + value
        return {k: c for k, c in total.items() if c}

    def sign(self, terms: Terms) -> int:
        """The sign of a polynomial for all large t."""
        found = self.along(terms)
        if not found:
            return 0
        return 1 if found[max(found)] > 0 else -1

    def stays_in(self, conditions: Conditions) -> bool:
        """Whether all conditions hold for all large t."""
        return all(mask & (1, 2, 4)[self.sign(terms) + 1] for terms, mask in conditions)  # type: ignore[arg-type]

    def limit(self, terms: Terms) -> Fraction | None:
        """The limit of a polynomial, None if it is -∞.

        Raises
        ------
        ValueError
            If it is ∞.
        """
        found = self.along(terms)
        top = max(found, default=0)
        if top <= 0:
            return found.get(0, Fraction(0))
        if found[top] > 0:
            raise ValueError("the polynomial tends to infinity")
        return None


@dataclass(frozen=True, repr=False)
class PolynomialInfimum(InWords, Proof):
    """The infimum of a piecewise polynomial function of several variables, with its proof.

    Each system says that f is lower on a stratum; its tree of cases shows that it has no point,
    and is checked with integers alone. The strata are found anew in ``verify``.
    Where the infimum is not attained at a point, f tends to it along a curve.
    """

    value: sympy.Expr
    point: tuple[Any, ...] | None
    """Where it is the value, in the closure of the domain."""
    curve: MonomialCurve | None
    """Along which f tends to it."""
    is_attained: bool
    """Whether some point of the domain has the value."""
    systems: tuple[System, ...]
    proofs: tuple[Empty, ...]
    _pieces: tuple[PolynomialPiece, ...] = field(repr=False)
    _piece: PolynomialPiece = field(repr=False)
    """That of the point or curve."""
    _function: Expression = field(repr=False)
    _domain: Polyhedron | None = field(repr=False)

    def __str__(self) -> str:
        if self.point is None:
            return infimum_text(self.value, f"{self.curve} for large t", self.is_attained)
        return infimum_text(self.value, point_text(self.point), self.is_attained)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        place = f"along {self.curve}" if self.point is None else f"at {numbers_text(self.point)}"
        how = "attained" if self.is_attained else "not attained"
        return (
            f"The infimum over {domain_text(self._domain)} is {self.value}, {how}, {place}, for "
            f"{function_text(self._function)}."
        )

    def _question(self) -> Question:
        value = None if self.value == -sympy.oo else self.value
        answer = {"kind": "polynomial_infimum", "value": value}
        return Question(self._function, "minimum", {"domain": self._domain}, answer)

    def _check(self) -> bool:
        anew = PolynomialOptimum(polynomial_pieces(self._function, self._domain)).report
        # a proof may be another one where the time of a step was short
        if not same(replace(anew, proofs=self.proofs), self):
            return False
        lowest = None if self.value == -sympy.oo else to_number(self.value)
        asked = [] if lowest is None else [s for own in self._pieces for s in below(own, lowest)]
        if list(self.systems) != asked or len(asked) != len(self.proofs):
            return False
        if not all(self._agrees(sample(own, own.point)) for own in self._pieces) or not all(
            check_case_tree(own.conditions, proof.proof)
            for own, proof in zip(self.systems, self.proofs, strict=True)
        ):
            return False
        if self.curve is None:
            assert self.point is not None
            here = value_of(self._piece.terms, self.point)
            return bool(here == lowest) and self._agrees(sample(self._piece, self.point))
        limit = self.curve.limit(self._piece.terms)
        expected = -sympy.oo if limit is None else to_rational(limit)
        return (
            expected == self.value
            and self.curve.stays_in(self._piece.conditions)
            and self._agrees(
                [(self._piece, self.curve.point(Fraction(10) ** k)) for k in (6, 7, 8)]
            )
        )

    def _agrees(self, points: Sequence[tuple[PolynomialPiece, tuple[Any, ...]]]) -> bool:
        """Whether f has the values of the polynomials."""
        return all(values_at(self._function, own.names, p)[0] == value_of(own.terms, p)
                   for own, p in points)  # fmt: skip


def sample(
    piece: PolynomialPiece, point: tuple[Any, ...]
) -> list[tuple[PolynomialPiece, tuple[Any, ...]]]:
    """A point with its piece, if it is rational."""
    return [(piece, point)] if all(isinstance(v, (int, Fraction)) for v in point) else []


def unknown(f: Expression) -> Undecided:
    """What is said of an infimum that is not found."""
    return Undecided(
        f"expected an infimum that is attained, or approached along a simple curve, got {f!r}, "
        "whose stationary values do not tell it; give a bounded domain"
    )


class PolynomialOptimum:
    """What minimises a piecewise polynomial function of several variables.

    Raises
    ------
    Undecided
        If a decision takes too long, or the infimum is not attained and no curve tells it.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.properties.polynomial_pieces import polynomial_pieces
    >>> x, y = mt.variables("x y")
    >>> own = PolynomialOptimum(polynomial_pieces((x * y - 1) ** 2 + x**2, None)).report
    >>> own.value, own.is_attained, own.curve.point(Fraction(10)) == (Fraction(1, 10), 10)
    (0, False, True)
    """

    def __init__(self, pieces: PolynomialPieces) -> None:
        self.pieces = pieces
        self.value: Any = None
        self.point: tuple[Any, ...] | None = None
        self.curve: MonomialCurve | None = None
        self.where: PolynomialPiece | None = None
        self.proofs: list[tuple[System, Empty]] = []
        if self._falls():
            return
        self._stationary()
        if self.point is None or not self._is_lower_bound():
            self._along_curves()

    def _stationary(self) -> None:
        """The lowest stationary value along any stratum."""
        for piece in (side for own in self.pieces.pieces for side in own.sides()):
            equations = tuple((own, 2) for own in piece.stationary)
            for _ in range(MOST_STEPS):
                known = self.value is not None
                systems = below(piece, self.value) if known else [piece.with_condition()]
                found = None
                for own in systems:
                    added = piece.with_condition(*equations).conditions[len(piece.conditions) :]
                    answer = point_in(System(own.names, (*own.conditions, *added)))
                    if not isinstance(answer, Empty):
                        found = answer
                        break
                if found is None:
                    break
                self.value, self.point, self.where = value_of(piece.terms, found), found, piece
            else:
                # along a curve of several equations nothing is said of what is stationary
                raise unknown(self.pieces.function)

    def _is_lower_bound(self) -> bool:
        self.proofs = []
        for piece in self.pieces.pieces:
            for system in below(piece, self.value):
                answer = point_in(system)
                if not isinstance(answer, Empty):
                    return False
                self.proofs.append((system, answer))
        return True

    def _falls(self) -> bool:
        """Whether f tends to -∞ along a curve, which is cheap to tell."""
        for curve, piece in self._curves():
            if curve.sign(piece.terms) < 0 and max(curve.along(piece.terms)) > 0:
                self.curve, self.where = curve, piece
                return True
        return False

    def _along_curves(self) -> None:
        """What f tends to along curves, if it is below all stationary values."""
        best: tuple[Any, MonomialCurve, PolynomialPiece] | None = None
        for curve, piece in self._curves():
            try:
                limit = curve.limit(piece.terms)
            except ValueError:
                continue
            assert limit is not None, "curves to -∞ were tried before"
            if (self.value is None or less(limit, self.value)) and (
                best is None or limit < best[0]
            ):
                best = limit, curve, piece
        if best is not None:
            self.value, self.curve, self.where = best
            self.point = None
            if self._is_lower_bound():
                return
        raise unknown(self.pieces.function)

    def _curves(self) -> Iterator[tuple[MonomialCurve, PolynomialPiece]]:
        names = self.pieces.names
        if len(names) > MOST_VARIABLES:
            return
        top = list(self.pieces.top)
        for moves in product(MOVES, repeat=len(names)):
            curve = MonomialCurve(moves)
            for piece in top:
                if curve.stays_in(piece.conditions):
                    yield curve, piece

    @cached_property
    def _argmin(self) -> tuple[Conditions, ...]:
        pieces = self.pieces
        if self.value is None:
            return ()
        inside = conditions_of(pieces.domain)
        found = []
        for piece in pieces.pieces:
            own = equal_to(piece, self.value)
            system = System(own.names, (*own.conditions, *inside))
            if not isinstance(point_in(system), Empty):
                found.append(irredundant(own.names, system.conditions))
        return tuple(found)

    def argmin(self) -> PolyhedralSet | SemialgebraicSet:
        """Where the infimum is attained: points, if there are few and rational ones only."""
        names = self.pieces.names
        if not self._argmin:
            return PolyhedralSet(names, [], -1)
        with suppress(Undecided):
            points = self._points()
            if points is not None:
                found = [
                    Polyhedron(names, [normal_row([-v, *(int(i == j) for i in range(len(names)))])
                                       for j, v in enumerate(point)]) for point in points
                ]  # fmt: skip
                return PolyhedralSet(names, found, 0)
        return SemialgebraicSet(self.pieces.names, self._argmin)

    def _points(self) -> list[tuple[Any, ...]] | None:
        """All minimisers, if they are at most MOST_POINTS rational points."""
        inside = conditions_of(self.pieces.domain)
        found: list[tuple[Any, ...]] = []
        for piece in (side for own in self.pieces.pieces for side in own.sides()):
            own = equal_to(piece, self.value)
            equations = tuple((terms, 2) for terms in piece.stationary)
            added = piece.with_condition(*equations).conditions[len(piece.conditions) :]
            while True:
                others = tuple((integer_terms(distance(own.names, p)), 4) for p in found)
                conditions = (*own.conditions, *added, *inside, *others)
                answer = point_in(System(own.names, conditions))
                if isinstance(answer, Empty):
                    break
                if len(found) == MOST_POINTS or any(isinstance(v, Algebraic) for v in answer):
                    return None
                found.append(answer)
        return sorted(found)

    @cached_property
    def report(self) -> PolynomialInfimum:
        """The proof."""
        value = -sympy.oo if self.value is None else to_rational(self.value)
        assert self.where is not None, "there is a point or a curve"
        return PolynomialInfimum(value, self.point, self.curve, bool(self._argmin),
                                 tuple(own for own, _ in self.proofs),
                                 tuple(proof for _, proof in self.proofs),
                                 self.pieces.pieces, self.where, self.pieces.function,
                                 self.pieces.domain)  # fmt: skip
