"""Cells that touch a point without a cone of directions: between kinks that agree to first order.

Near a point every combination of sides of the active units is the set where some C¹ functions
h_1, …, h_m are > 0, and f is C¹ on its closure. Where the gradients of the h_i have a common
direction of increase, the cell has a cone, and is seen in the linearised program. Where not, there
are y ≥ 0, not all zero, with Σ y_i ∇h_i = 0 (Gordan), and the cell is thin, or there is none:

- there is none if Σ y_i h_i ≤ 0 near the point, as all h_i are ≥ 0 on the closure, so that those
  with y_i > 0 vanish there, which they do on no open set;
- there is one if all h_i are > 0 along a curve that starts at the point;
- else it is open, unless its gradient is known as a limit from elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

import sympy

from piecewise_mt.calculus.evaluation.program import Program, SmoothUnit, Unit
from piecewise_mt.calculus.local.bouligand import Limit
from piecewise_mt.calculus.local.certificates import matrix_text, rows_of
from piecewise_mt.calculus.local.curves import Curve, curve_into
from piecewise_mt.calculus.local.germs import Germ, Germs, Term, smooth_between, summed
from piecewise_mt.calculus.local.place import Place, exact_vector
from piecewise_mt.calculus.local.reduction import Matrix, Reduction, Vector
from piecewise_mt.calculus.local.second_order import hessian, is_at_most_zero
from piecewise_mt.calculus.results.proof import rebuilt, same
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.linear import Row, echelon, kernel
from piecewise_mt.exact.numbers import common_denominator, primitive, to_rational
from piecewise_mt.exact.plain import succeeds
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.systems import Empty, System

MAX_NODES = 2000
"""So many combinations of sides are looked at."""
SECONDS = 1.0
"""The budget of one question about a system of polynomials."""
MOST_SECONDS = 5.0
"""That of all of them at one point."""
MAX_VARIABLES = 6
"""Of more variables no such question is asked."""
RADIUS = Fraction(1, 1000)
"""That of the ball around the point where the system is asked for."""


@dataclass(frozen=True)
class ThinCell:
    """A cell without a cone of directions: a gradient on it, and a curve into it."""

    gradient: Matrix
    germs: tuple[Germ, ...]
    """They are > 0 on the cell."""
    curve: Curve | None
    """None if it is open whether there are points of the cell near the point."""


@final
@dataclass(frozen=True, repr=False)
class CurveLimit(Limit):
    """A limit of gradients along a curve into a cell that has no cone of directions.

    Its ``direction`` is the tangent of the curve, and its ``cone`` the closed one, not
    full-dimensional, in which the tangents of all such curves are.
    """

    curve: Curve
    _germs: tuple[Germ, ...]
    place: Place | None = field(default=None, compare=False)
    """The function and the point."""

    @property
    def ray(self) -> Vector:
        return tuple(self._reduction.project(self.curve.direction))

    @property
    def rays(self) -> tuple[Vector, ...]:
        return ()

    @property
    def direction(self) -> tuple[sympy.Rational, ...]:
        return tuple(map(to_rational, self.curve.direction))

    @property
    def cone(self) -> Polyhedron:
        rows = [germ.gradient for germ in self._germs if any(germ.gradient)]
        names = self._reduction.source.names
        return Polyhedron(names, [], [((0, *primitive(row)), False) for row in rows]).irredundant()

    @property
    def statement(self) -> str:
        """The function, the point, the gradient and the curve."""
        where = "" if self.place is None else f"{self.place.text}: "
        own = matrix_text(rows_of(self.gradient))
        return f"{where}{own} is the limit of gradients along the curve {self.curve}."

    @property
    def rests_on(self) -> tuple[str, ...]:
        """SymPy, which expands the functions near the point."""
        return ("SymPy",)

    def verify(self) -> bool:
        """Whether the functions that bound the cell are > 0 along the curve, found anew."""
        return succeeds(self._is_found_again)

    def _is_found_again(self) -> bool:
        place, curve, reduced = rebuilt((self.place, self.curve, self.reduced))
        if place is None:
            return False
        width = len(place.point)
        if type(curve.power) is not int or curve.power < 2:
            return False
        curve = Curve(exact_vector(curve.direction, width), curve.power, curve.bend)
        exact_vector(curve.bend, width)
        for own in place.analysis().known_limits:
            if isinstance(own, CurveLimit) and own.reduced == reduced:
                alike = same(rebuilt(self.gradient), own.gradient) and self.cone == own.cone
                return alike and all(map(curve.rises, own._germs))
        return False

    @property
    def rises(self) -> bool:
        """Whether the functions that bound the cell are > 0 along the curve."""
        return all(map(self.curve.rises, self._germs))

    def __repr__(self) -> str:
        return f"Limit({list(self.gradient)} along the curve {self.curve})"


def is_curved(program: Program, reduction: Reduction) -> bool:
    """Whether a tie reads a smooth unit, directly or not."""
    if not program.is_smooth:
        return False
    first = len(program.names) + 1
    return any(
        slot < 0 or (slot >= first and program.units[slot - first].relayed)
        for index in reduction.active
        for row in program.units[index].operands
        for slot in row
    )


def is_bent(program: Program, active: Sequence[int]) -> bool:
    """Whether a smooth unit reads an active one, directly or not."""
    first = len(program.names) + 1
    above = {first + index for index in active}
    for slot, unit in program.ordered():
        if any(s in above for row in unit.operands for s in row):
            if isinstance(unit, SmoothUnit):
                return True
            above.add(slot)
    return False


def has_independent_kinks(reduction: Reduction, walls: Sequence[Row]) -> bool:
    """Whether all kinks and walls have independent gradients at the point.

    Kinks under one choice of sides are those under another, each plus multiples of kinks of units
    below, so that they then are independent under every choice; and every combination has a cone.
    """
    count = len(echelon([(0, *row) for row in walls]))
    for index, taken in zip(reduction.active, reduction.taken, strict=True):
        atom, label = reduction.source.units[index].atom, reduction.units[index].label
        forms = [[form.coefficients[i] for i in taken]
                 for form, relation in atom.constraints(label) if relation == "="]  # fmt: skip
        count += len(forms) if len(forms) < 2 else rank_of(forms)
    return count == reduction.rank


def rank_of(rows: Sequence[Sequence[Fraction | int]]) -> int:
    """The rank of a matrix."""
    return len(echelon([(0, *primitive(row)) for row in rows])) if rows else 0


class ThinCells:
    """Which combinations of sides of the active units are thin, and which are open."""

    def __init__(self, program: Program, reduction: Reduction, walls: Sequence[Row]) -> None:
        self.program = program
        self.reduction = reduction
        self.germs = Germs(program, reduction)
        self.walls = [self._wall(row) for row in walls]
        self._nodes = 0
        self._seconds = MOST_SECONDS

    def _wall(self, row: Row) -> Germ:
        terms: dict[Term, Fraction] = {}
        for i, c in enumerate(row):
            if c:
                terms[tuple(int(i == j) for j in range(len(row)))] = Fraction(c)
        return Germ(tuple(map(Fraction, row)), terms)

    @property
    def is_regular(self) -> bool:
        """Whether ties are linear combinations of some with independent gradients.

        Then the stratum of the point is a manifold, whose tangent space their gradients tell.
        """
        return _are_of_independent_gradients(self.germs.tied())

    @property
    def are_none(self) -> bool:
        """Whether in some coordinates all kinks and walls are linear, so that cells have cones."""
        return not smooth_between(
            self.program, self.reduction.active
        ) and _are_of_independent_gradients([*self.germs.tied(), *self.walls])

    def singular_tangents(self) -> tuple[Row, ...] | None:
        """Directions that span all tangents of a singular part of the stratum; None if not known.

        Where the gradient of the only tie h is zero, the stratum of the point is in {∇h = 0}, so
        that its tangents are in the kernel of the second derivative. There are none where ties are
        polynomials that vanish together at the point only.
        """
        ties = [germ for germ in self.germs.tied() if germ.terms]
        critical = self._critical_tangents(ties)
        if critical is None and has_none_near(ties, "=", around=True):
            return ()
        return critical

    @staticmethod
    def _critical_tangents(ties: Sequence[Germ]) -> tuple[Row, ...] | None:
        first = ties[0] if ties else None
        if first is None or any(any(germ.gradient) for germ in ties):
            return None
        term = next(iter(first.terms))
        for germ in ties[1:]:
            factor = germ.terms.get(term, Fraction(0)) / first.terms[term]
            if dict(germ.terms) != {t: factor * c for t, c in first.terms.items()}:
                return None
        found = hessian(first)
        if found is None:
            return None
        return kernel([primitive(row) for row in found if any(row)], len(first.gradient))

    def cells(self, known: set[Matrix]) -> list[ThinCell]:
        """One for each gradient, in the pivot columns, that is not among the known ones.

        Raises
        ------
        TooManyPieces
            If there are too many combinations of sides.
        """
        found: dict[Matrix, ThinCell] = {}
        self._nodes, self._seconds = 0, MOST_SECONDS
        slots = self.germs.start()
        for gradient, rows in self._leaves(0, slots, list(self.walls), None):
            if gradient in known:
                continue
            before = found.get(gradient)
            if before is not None and before.curve is not None:
                continue
            curve = curve_into(rows)
            if curve is not None or (before is None and not self._has_none(rows)):
                found[gradient] = ThinCell(gradient, tuple(rows), curve)
        return [found[key] for key in sorted(found)]

    def _has_none(self, rows: Sequence[Germ]) -> bool:
        started = time.monotonic()
        found = self._seconds > 0 and has_none_near(rows, ">")
        self._seconds -= time.monotonic() - started
        return found

    def _leaves(
        self, at: int, slots: dict[int, Germ], rows: list[Germ], inside: Vector | None
    ) -> Iterator[tuple[Matrix, list[Germ]]]:
        """The combinations that are not excluded, with the gradient and what is > 0 there."""
        steps = self.germs.steps
        while at < len(steps) and steps[at].place is None:
            slots[steps[at].slot] = self.germs.passive(steps[at], slots)
            at += 1
        if at == len(steps):
            outputs = (self.germs.of(row, slots).gradient for row in self.germs.outputs)
            yield self.reduction.restrict(tuple(outputs)), rows
            return
        step = steps[at]
        assert step.place is not None and isinstance(step.unit, Unit)
        own = self.germs.operands(step, slots)
        for side in self.germs.sides[step.place]:
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise TooManyPieces(
                    f"expected at most {MAX_NODES} combinations of sides of curved ties at the "
                    "point, got more; ask for a directional derivative, or for f.gradient"
                )
            new = [self.germs.mixed(row, own) for row in side.above]
            # what is zero near the point says nothing
            more = [*rows, *(germ for germ in new if germ.terms or any(germ.gradient))]
            ahead = _still(inside, more[len(rows) :]) if inside is not None else None
            if ahead is None and more:
                ahead = _direction(more)
                if ahead is None and excluded(more):
                    continue
            slots[step.slot] = self.germs.mixed(side.weights, own)
            yield from self._leaves(at + 1, slots, more, ahead)


def _are_of_independent_gradients(ties: Sequence[Germ]) -> bool:
    """Whether functions are linear combinations of some whose gradients are independent."""
    columns = list(dict.fromkeys(term for germ in ties for term in germ.terms))
    rows = [[germ.terms.get(term, Fraction(0)) for term in columns] for germ in ties]
    return rank_of(rows) == rank_of([germ.gradient for germ in ties])


def _still(inside: Vector, rows: Sequence[Germ]) -> Vector | None:
    """The direction, if all rows increase along it."""
    for germ in rows:
        if sum((g * d for g, d in zip(germ.gradient, inside, strict=True)), Fraction(0)) <= 0:
            return None
    return inside


def _direction(rows: Sequence[Germ]) -> Vector | None:
    """A direction along which all rows increase."""
    if not all(any(germ.gradient) for germ in rows):
        return None
    found = feasible_point([], [((0, *primitive(germ.gradient)), True) for germ in rows])
    return found.point if isinstance(found, Witness) else None


def excluded(rows: Sequence[Germ]) -> Vector | None:
    """Multipliers y ≥ 0 that prove that no cell is where all rows are > 0, None if none do.

    Σ y h has no gradient, and no term but those that are ≤ 0, or else a negative second derivative;
    and some h with y > 0 is zero on no open set, as it has a gradient or is a polynomial.
    """
    sure = [bool(any(germ.gradient) or germ.is_polynomial) for germ in rows]
    width = len(rows[0].gradient) if rows else 0
    equations: list[Row] = [(-1, *map(int, sure))]
    for j in range(width):
        column = [germ.gradient[j] for germ in rows]
        if any(column):
            equations.append((0, *primitive(column)))
    above = [((0, *(int(i == j) for j in range(len(rows)))), False) for i in range(len(rows))]
    equal, below = list(equations), list(above)
    for term in dict.fromkeys(term for germ in rows for term, _ in germ.curved):
        column = [germ.terms.get(term, Fraction(0)) for germ in rows]
        if _is_nonnegative(term):
            below.append(((0, *primitive([-c for c in column])), False))
        else:
            equal.append((0, *primitive(column)))
    found = feasible_point(equal, below, variables=len(rows))
    if isinstance(found, Witness):
        return found.point
    found = feasible_point(equations, above, variables=len(rows))
    if isinstance(found, Witness):
        if is_at_most_zero(summed(zip(found.point, rows, strict=True), width)):
            return found.point
    return None


def _is_nonnegative(term: Term) -> bool:
    if isinstance(term, tuple):
        return not any(n % 2 for n in term)
    # an increment is counted from the value at the point
    return bool(term.is_nonnegative) and term.subs(dict.fromkeys(term.free_symbols, 0)) == 0


def has_none_near(rows: Sequence[Germ], relation: str, *, around: bool = False) -> bool:
    """Whether polynomials are proved not to be > 0, or = 0, together in a ball around the point.

    `around` leaves the point itself out.
    """
    if not rows or not all(germ.is_polynomial and germ.is_rational for germ in rows):
        return False
    width = len(rows[0].gradient)
    used = [i for i in range(width)
            if around or any(term[i] for germ in rows for term in germ.terms)]  # fmt: skip
    if len(used) > MAX_VARIABLES:
        return False
    conditions = []
    for germ in rows:
        scale = common_denominator(list(germ.terms.values()))
        terms = {tuple(m[i] for i in used): int(c * scale) for m, c in germ.terms.items()}
        conditions.append((terms, relation))
    square = {tuple(2 * int(i == j) for j in used): RADIUS.denominator**2 for i in used}
    conditions.append(({**square, tuple(0 for _ in used): -(RADIUS.numerator**2)}, "<"))
    if around:
        conditions.append((square, ">"))
    system = System.of([f"z{i + 1}" for i in used], conditions)
    return isinstance(decide(system, SECONDS, use_solver=False), Empty)
