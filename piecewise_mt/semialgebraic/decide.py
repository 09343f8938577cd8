"""The chain of decisions: has a system of polynomial sign conditions a real point?"""

from __future__ import annotations

from dataclasses import replace

from piecewise_mt.exact.algebraic_points import ExactPoint, check_point, sign_at_point
from piecewise_mt.exact.case_trees import Trusted, check_case_tree, trusted_solvers
from piecewise_mt.semialgebraic.nlsat import MISSING, NoSolver, ask, version
from piecewise_mt.semialgebraic.outcomes import Found, Nothing, Unknown
from piecewise_mt.semialgebraic.polynomials import Polynomial, Ring
from piecewise_mt.semialgebraic.sampling import TOO_LARGE, Sampling
from piecewise_mt.semialgebraic.states import State
from piecewise_mt.semialgebraic.systems import (
    Answer,
    Budget,
    Empty,
    NonEmpty,
    OutOfTime,
    System,
    TooHard,
    Undecided,
)

CHECK_SECONDS = 10.0
"""The budget of a check."""
FAILED = "the answer that was found failed its check; please report this"


def decide(
    system: System,
    budget: float = 10.0,
    *,
    ring: Ring | None = None,
    hint: ExactPoint | None = None,
    use_solver: bool = True,
) -> Answer:
    """A point of the system, a proof that it has none, or why neither was found in time.

    Parameters
    ----------
    system : System
        Polynomials in named variables and the signs that they may have.
    budget : float
        Seconds of wall clock.
    ring : Ring, optional
        One in the system's variables that remembers factors.
    hint : ExactPoint, optional
        A point to fall back to, if it is one of the system.
    use_solver : bool
        Whether z3 may be asked about what the other steps do not decide.

    Examples
    --------
    >>> x_times_w, x = {(1, 1): 1}, {(1, 0): 1}
    >>> answer = decide(System.of(("w", "x"), [(x_times_w, "=")]))
    >>> answer.dimension
    1
    >>> decide(System.of(("w", "x"), [(x_times_w, ">"), (x, "=")]))  # doctest: +ELLIPSIS
    Empty(proof=...)
    """
    chain = _Chain(system, Budget(budget), ring or Ring(system.names), use_solver)
    answer = chain.answer()
    if isinstance(answer, Undecided) and hint is not None:
        if check_point(system.conditions, hint):
            return NonEmpty(hint, *chain.dimension_at(hint), system)
    return answer


def dimension_anew(system: System, point: ExactPoint) -> list[tuple[int, bool]]:
    """What is found of the dimension near a point of a system, and by deciding it once more."""
    chain = _Chain(system, Budget(CHECK_SECONDS), Ring(system.names), use_solver=False)
    answer = chain.answer()
    found = [chain.dimension_at(point)]
    if isinstance(answer, NonEmpty):
        found.append((answer.dimension, answer.is_largest))
    return found


def is_empty_anew(system: System, solvers: tuple[str, ...]) -> bool:
    """Whether a system is decided to be empty once more, by these solvers at most."""
    uses_z3 = any(name.split()[0] == "z3" for name in solvers)
    answer = decide(system, CHECK_SECONDS, use_solver=uses_z3)
    return isinstance(answer, Empty) and set(answer.trusted) <= set(solvers)


class _Chain:
    """The steps, each asked about what the one before left."""

    def __init__(self, system: System, clock: Budget, ring: Ring, use_solver: bool) -> None:
        self.system = system
        self.clock = clock
        self.ring = ring
        self.use_solver = use_solver

    def answer(self) -> Answer:
        """The first final answer, which is checked before it is given."""
        found = self._eliminated()
        if isinstance(found, str) and self.use_solver:
            found = self._solver(found)
        if isinstance(found, str):
            return Undecided(found)
        conditions = self.system.conditions
        if isinstance(found, NonEmpty) and not check_point(conditions, found.point):
            return Undecided(FAILED)
        if isinstance(found, Empty) and not check_case_tree(conditions, found.proof, found.trusted):
            return Undecided(FAILED)
        return found if isinstance(found, Undecided) else replace(found, system=self.system)

    def _eliminated(self) -> Answer | str:
        seconds = self.clock.seconds
        # the check of a proof takes its time as well
        part = self.clock.part(seconds * (0.45 if self.use_solver else 0.7))

        solver = Sampling(self.ring, part)
        state = State()
        try:
            for terms, mask in self.system.conditions:
                solver.signs.assume(state, self.ring.from_terms(dict(terms)), mask)
            found = solver.solve(state, range(len(self.system.names)))
        except OutOfTime:
            return f"not decided within {seconds:.3g} seconds; allow more, or simplify the kinks"
        except (TooHard, RecursionError):
            return TOO_LARGE
        if isinstance(found, Found):
            point = found.sample.exact(len(self.system.names))
            return NonEmpty(point, found.dimension, found.sure)
        if isinstance(found, Nothing):
            return Empty(found.tree, trusted_solvers(found.tree))
        return found.reason if isinstance(found, Unknown) else TOO_LARGE

    def _solver(self, reason: str) -> Answer | str:
        names, conditions = self.system.names, self.system.conditions
        try:
            sample = ask(names, conditions, self.clock)
        except NoSolver:
            return f"{reason}; {MISSING}"
        if sample is None:
            return f"{reason}; z3 did not decide it in time either"
        if isinstance(sample, bool):
            solver = version()
            return Empty(Trusted(solver), (solver,))
        point = sample.exact(len(names))
        return NonEmpty(point, *self.dimension_at(point))

    def dimension_at(self, point: ExactPoint) -> tuple[int, bool]:
        """A dimension that the set has near the point, and whether no part can have a larger one.

        It is 0 where the point is not seen to be regular.
        """
        zero: dict[Polynomial, None] = {}
        has_equation = False
        for terms, mask in self.system.conditions:
            try:
                factors = self.ring.factors(self.ring.from_terms(dict(terms)))[1]
            except TooHard:
                return 0, False
            vanishing = [f for f, _ in factors if _sign_at(f, point) == 0]
            if vanishing and (mask != 2 or len(vanishing) > 1):
                return 0, False
            has_equation = has_equation or (mask == 2 and bool(factors))
            zero.update(dict.fromkeys(vanishing))
        n = len(self.system.names)
        if not zero:
            return n, True
        if len(zero) == 1:
            (p,) = zero
            if any(_sign_at(p.diff(x), point) for x in self.ring.variables):
                return n - 1, has_equation
        return 0, False


def _sign_at(p: Polynomial, point: ExactPoint) -> int:
    """The sign of a polynomial, whose coefficients may be of another library's integers."""
    return sign_at_point({e: int(c) for e, c in p.terms()}, point)
