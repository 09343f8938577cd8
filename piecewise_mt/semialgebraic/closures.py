"""Does the closure of a set of sign conditions meet another one? By directions at the point.

Closures are not asked about in ``decide``, whose questions have no quantifier but "there is". Here
the set is cut into cells by the signs of irreducible polynomials; a cell reaches a point if some
direction there raises all polynomials that are zero at it, and it can only reach it along a
direction in which none of them falls. In between nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeAlias

from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.exact.case_trees import NEGATIVE, POSITIVE, ZERO
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.polynomials import Polynomial, Ring, terms
from piecewise_mt.semialgebraic.sampling import TOO_LARGE
from piecewise_mt.semialgebraic.states import turned
from piecewise_mt.semialgebraic.systems import (
    Budget,
    Empty,
    NonEmpty,
    System,
    Terms,
    TooHard,
    Undecided,
)

Conditions: TypeAlias = Sequence[tuple[Terms, int]]
_Own: TypeAlias = tuple[Polynomial, int]
MAX_CELLS = 32
MAX_ACTIVE = 4
SHARE = 0.3
"""How much of the time that is left one decision may take."""
LEAST = 0.05
UNSEEN = "whether the side is met near a point there is not seen from directions; simplify it"
_KINDS = (ZERO, POSITIVE, POSITIVE | ZERO)


@dataclass(frozen=True)
class Apart:
    """The closure does not meet the set."""

    trusted: tuple[str, ...] = ()
    """The solvers that this rests on."""


@dataclass(frozen=True)
class _Cell:
    """Irreducible polynomials that are zero, positive, or not negative."""

    zero: tuple[Polynomial, ...]
    positive: tuple[Polynomial, ...]
    weak: tuple[Polynomial, ...]


def closure_meets(
    names: Sequence[str],
    inner: Conditions,
    at: Conditions,
    budget: float = 10.0,
    *,
    use_solver: bool = True,
) -> NonEmpty | Apart | Undecided:
    """A point of `at` in the closure of `inner`, that there is none, or why this is not known.

    Parameters
    ----------
    names : sequence of str
        The variables.
    inner, at : sequence of (polynomial, mask)
        Two sets.
    budget : float
        Seconds of wall clock.
    use_solver : bool
        Whether z3 may be asked about what the other steps do not decide.

    Examples
    --------
    The closure of x² + y² < 0 does not contain the origin, that of x² + y² > 0 does:

    >>> norm, x = {(2, 0): 1, (0, 2): 1}, {(1, 0): 1}
    >>> closure_meets(("x", "y"), [(norm, 1)], [(norm, 2)])
    Apart(trusted=())
    >>> closure_meets(("x", "y"), [(norm, 4)], [(norm, 2)]).point.rational
    (Fraction(0, 1), Fraction(0, 1))
    """
    search = _Search(tuple(names), budget, use_solver)
    try:
        return search.answer(inner, at)
    except TooHard:
        return Undecided(TOO_LARGE)


class _Search:
    def __init__(self, names: tuple[str, ...], budget: float, use_solver: bool) -> None:
        self.names = names
        self.clock = Budget(budget)
        self.use_solver = use_solver
        self.trusted: dict[str, None] = {}
        self.reason = ""
        # the directions are variables of their own
        prefix = "d"
        while any(name.startswith(prefix) for name in names):
            prefix += "d"
        self.ring = Ring((*names, *(f"{prefix}{i}" for i in range(len(names)))))
        self.steps = self.ring.variables[len(names) :]

    def answer(self, inner: Conditions, at: Conditions) -> NonEmpty | Apart | Undecided:
        base = [(self._lifted(p), mask) for p, mask in at]
        cells = list(self._cells([(self._lifted(p), mask) for p, mask in inner]))
        if len(cells) > MAX_CELLS:
            return Undecided(TOO_LARGE)
        doubt = False
        for cell in cells:
            found = self._reached(cell, base)
            if isinstance(found, NonEmpty):
                return found
            doubt = doubt or found is None
        if doubt:
            late = f"the budget of {self.clock.seconds:.3g} seconds is spent; allow more"
            return Undecided(self.reason if self.clock.left > 0 else late)
        return Apart(tuple(self.trusted))

    def _lifted(self, p: Terms) -> Polynomial:
        rest = (0,) * len(self.names)
        return self.ring.from_terms({(*exponents, *rest): c for exponents, c in p.items()})

    def _cells(self, conditions: Sequence[_Own]) -> Iterator[_Cell]:
        """The set as a union; where only its closure counts, p ≠ 0 may say nothing."""
        is_open = not any(mask & ZERO and p for p, mask in conditions)
        choices: list[list[tuple[_Own, ...]]] = []
        count = 1
        for p, given in conditions:
            sign, factors = self.ring.factors(p)
            mask = given if sign >= 0 else turned(given)
            if not factors:
                if not mask & (POSITIVE if sign else ZERO):
                    return
                continue
            choices.append(list(self._choices(factors, mask, is_open)))
            count *= len(choices[-1])
            if count > MAX_CELLS:
                raise TooHard
        for chosen in product(*choices):
            parts = {own: None for part in chosen for own in part}
            yield _Cell(*(tuple(q for q, m in parts if m == kind) for kind in _KINDS))

    def _choices(
        self, factors: Sequence[tuple[Polynomial, int]], mask: int, is_open: bool
    ) -> Iterator[tuple[_Own, ...]]:
        """Signs of the factors of a polynomial with which it has a sign of the mask."""
        if mask & ZERO:
            hidden = [f for f, k in factors if mask == ZERO or not k % 2]
            yield from (((f, ZERO),) for f in hidden)
        kind = POSITIVE | ZERO if mask & ZERO else POSITIVE
        # an open set loses nothing of its closure where a polynomial is not zero
        both = mask & (NEGATIVE | POSITIVE) == NEGATIVE | POSITIVE
        if both and (is_open or mask & ZERO):
            yield ()
            return
        seen = [(f, k) for f, k in factors if k % 2 or not (is_open or mask & ZERO)]
        for signs in product((1, -1), repeat=len(seen)):
            negative = sum(s < 0 for s, (_, k) in zip(signs, seen, strict=True) if k % 2) % 2
            if mask & (NEGATIVE if negative else POSITIVE):
                yield tuple((s * f, kind) for s, (f, _) in zip(signs, seen, strict=True))

    def _reached(self, cell: _Cell, at: Sequence[_Own]) -> NonEmpty | bool | None:
        """A point that the cell reaches, False if there is none, None if this is not known."""
        weak = (*cell.positive, *cell.weak)
        base = [*at, *((e, ZERO) for e in cell.zero)]
        # nothing is reached from an empty set, and nothing where the closed conditions fail
        closed = [(g, POSITIVE | ZERO) for g in weak]
        if self._holds(base + closed) is False:
            return False
        inside = [(e, ZERO) for e in cell.zero] + [(g, POSITIVE) for g in cell.positive]
        if self._holds(inside + [(w, POSITIVE | ZERO) for w in cell.weak]) is False:
            return False
        doubt = False
        for count in range(len(weak) + 1):
            for active in combinations(weak, count):
                if count > MAX_ACTIVE:
                    return None
                rest = [(g, POSITIVE) for g in weak if g not in active]
                here = [*base, *((g, ZERO) for g in active), *rest]
                if self._holds(here) is False:
                    continue
                found = self._from_directions(cell, active, here)
                if isinstance(found, NonEmpty):
                    return found
                doubt = doubt or found is None
        return None if doubt else False

    def _from_directions(
        self, cell: _Cell, active: Sequence[Polynomial], here: Sequence[_Own]
    ) -> NonEmpty | bool | None:
        """The same for the points at which exactly these polynomials are zero."""
        if all(g in cell.weak for g in active):
            found = self._holds(here)  # points of the cell itself
            return self._point(found) if isinstance(found, NonEmpty) else found
        level = [(self._slope(e), ZERO) for e in cell.zero]
        rising = [(self._slope(g), POSITIVE) for g in active]
        if not cell.zero:
            found = self._holds([*here, *rising])
            if isinstance(found, NonEmpty):
                return self._point(found)
            if len(active) == 1:
                return self._of_higher_order(active[0], here)
        elif len(cell.zero) == 1:
            # near a regular point the tangent directions are those of curves
            for x in self.ring.variables[: len(self.names)]:
                regular = (cell.zero[0].diff(x), NEGATIVE | POSITIVE)
                found = self._holds([*here, *level, *rising, regular])
                if isinstance(found, NonEmpty):
                    return self._point(found)
        upwards = [(self._slope(g), POSITIVE | ZERO) for g in active]
        return self._without_directions([*here, *level, *upwards])

    def _of_higher_order(self, g: Polynomial, here: Sequence[_Own]) -> NonEmpty | bool | None:
        """The same where no direction raises g to first order: its first derivatives are zero."""
        partials = self._partials([g])
        zero = [*here, *((p, ZERO) for p in partials)]
        if self._holds(zero) is False:
            return False
        powers = [self._slope(g)]
        doubt = False
        # a ray enters where the first of its derivatives that is not 0 is positive
        for _ in range(2, sum(g.degrees()) + 1):
            powers.append(self._slope(powers[-1]))
            ray = [(power, ZERO) for power in powers[:-1]]
            found = self._holds([*here, *ray, (powers[-1], POSITIVE)])
            if isinstance(found, NonEmpty):
                return self._point(found)
            doubt = doubt or found is None
        if doubt:
            return None
        for order, power in enumerate(powers[1:], start=2):
            partials = self._partials(partials)
            level = [*zero, (power, ZERO)]
            # where the form is negative for all directions, g has a strict maximum
            if order % 2 == 0 and self._without_directions(level) is False:
                return False
            # no direction is known to raise it here, and some may
            some = ((p, NEGATIVE | POSITIVE) for p in partials)
            if any(self._without_directions([*level, own]) is None for own in some):
                return None
            zero += [(p, ZERO) for p in partials]
            if self._holds(zero) is False:
                return False
        return None

    def _without_directions(self, conditions: Sequence[_Own]) -> bool | None:
        """False if conditions that are homogeneous in the directions have no direction but 0."""
        for step in self.steps:
            for sign in (1, -1):
                if self._holds([*conditions, (step - sign, ZERO)]) is not False:
                    self.reason = self.reason or UNSEEN
                    return None
        return False

    def _holds(self, conditions: Sequence[_Own]) -> NonEmpty | bool | None:
        """A point with these conditions, False if there is none, None if that is not decided."""
        if self.clock.left <= 0:
            return None
        system = System(self.ring.names, tuple((dict(terms(p)), mask) for p, mask in conditions))
        seconds = max(self.clock.left * SHARE, LEAST)
        answer = decide(system, seconds, ring=self.ring, use_solver=self.use_solver)
        if isinstance(answer, NonEmpty):
            return answer
        if isinstance(answer, Empty):
            self.trusted.update(dict.fromkeys(answer.trusted))
            return False
        self.reason = answer.reason
        return None

    def _point(self, found: NonEmpty) -> NonEmpty:
        """The point without the direction."""
        point = ExactPoint(found.point.coordinates[: len(self.names)], found.point.root)
        if point.is_rational:
            point = ExactPoint(point.coordinates)
        return NonEmpty(point, 0, False)

    def _slope(self, p: Polynomial) -> Polynomial:
        """The derivative in the direction of the steps."""
        total = self.ring.zero
        for x, step in zip(self.ring.variables, self.steps):
            total = total + p.diff(x) * step
        return total

    def _partials(self, given: Sequence[Polynomial]) -> list[Polynomial]:
        """All different derivatives but 0 of polynomials."""
        found = (p.diff(x) for p in given for x in self.ring.variables[: len(self.names)])
        return [p for p in dict.fromkeys(found) if p]
