"""Questions of emptiness within one budget, with the reasons for what is not decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sympy

from piecewise_mt.calculus.smooth.polynomials import polynomials_of
from piecewise_mt.exact.algebraic_points import ExactPoint, check_point
from piecewise_mt.exact.case_trees import NEGATIVE, POSITIVE
from piecewise_mt.semialgebraic.closures import closure_meets
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.polynomials import Ring
from piecewise_mt.semialgebraic.systems import (
    Budget,
    Empty,
    NonEmpty,
    System,
    Terms,
    Undecided,
)

NONZERO = NEGATIVE | POSITIVE
SHARE = 0.2
"""How much of the time that is left one question may take."""
LEAST = 0.05


class Questions:
    """Decisions about sets in some variables.

    Examples
    --------
    >>> ask = Questions(("x", "y"), 5.0, trust=False)
    >>> circle = (({(2, 0): 1, (0, 2): 1, (0, 0): -1}, 2),)
    >>> x, y = sympy.symbols("x y", real=True)
    >>> ask.where_not_zero(circle, x**2 + y**2 - 1) is None, ask.reasons()
    (True, ())
    >>> check_point(circle, ask.where_not_zero(circle, x - 1))
    True
    """

    def __init__(self, names: Sequence[str], budget: float, trust: bool) -> None:
        self.names = tuple(names)
        self.trust = trust
        self.ring = Ring(names)
        self._clock = Budget(budget)
        self._reasons: dict[str, None] = {}
        self.rests_on: dict[str, None] = {"SymPy": None}
        """What answers rested on so far: formulas are polynomials by SymPy."""

    def reasons(self) -> tuple[str, ...]:
        """Why questions were not decided since the last time that this was asked."""
        found = tuple(self._reasons)
        self._reasons = {}
        return found

    def note(self, reason: str) -> None:
        """Something was not decided."""
        self._reasons[reason] = None

    def note_trusted(self, solvers: Iterable[str]) -> None:
        """Something is only said by solvers, without a proof."""
        for solver in solvers:
            if self.trust:
                self.rests_on[solver] = None
            else:
                self.note(f"only {solver} says so, without a proof; give trust=True to rely on it")

    def share(self) -> float:
        """The seconds for the next question."""
        return max(self._clock.left * SHARE, LEAST)

    def point_of(self, conditions: Conditions) -> ExactPoint | None:
        """A point of a set; if there is none, or none is found, None."""
        answer = decide(System(self.names, conditions), self.share(), ring=self.ring)
        if isinstance(answer, NonEmpty):
            return answer.point
        if isinstance(answer, Empty):
            self.note_trusted(answer.trusted)
        else:
            self.note(answer.reason)
        return None

    def is_empty(self, conditions: Conditions) -> bool:
        """Whether it is proved that a set has no point; nothing is noted."""
        answer = decide(System(self.names, conditions), self.share(), ring=self.ring)
        if not isinstance(answer, Empty) or (answer.trusted and not self.trust):
            return False
        self.note_trusted(answer.trusted)
        return True

    def _polynomials(self, formula: sympy.Expr) -> list[Terms]:
        """Those that are all zero iff the formula is; none, with a note, if it is no polynomial."""
        found = polynomials_of(formula, self.names)
        if found is None:
            self.note(f"{formula} is no polynomial")
            return []
        return found

    def where_not_zero(
        self, conditions: Conditions, formula: sympy.Expr, point: ExactPoint | None = None
    ) -> ExactPoint | None:
        """A point of a set where a formula is not zero, for some values of its parameters."""
        for p in self._polynomials(formula):
            nonzero = (p, NONZERO)
            if point is not None and check_point((nonzero,), point):
                return point
            own = self.point_of((*conditions, nonzero))
            if own is not None:
                return own
        return None

    def where_closure_differs(
        self, inner: Conditions, at: Conditions, formula: sympy.Expr
    ) -> ExactPoint | None:
        """A point of a set in the closure of another one where a formula is not zero."""
        for p in self._polynomials(formula):
            answer = closure_meets(self.names, inner, (*at, (p, NONZERO)), self.share())
            if isinstance(answer, NonEmpty):
                return answer.point
            if isinstance(answer, Undecided):
                self.note(answer.reason)
            else:
                self.note_trusted(answer.trusted)
        return None
