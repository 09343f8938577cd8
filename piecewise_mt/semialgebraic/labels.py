"""All nonempty combinations of alternatives, unit by unit: depth first, one decision a node."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from piecewise_mt.exact.algebraic_points import ExactPoint, check_point
from piecewise_mt.exact.case_trees import Tree
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.polynomials import Ring
from piecewise_mt.semialgebraic.systems import (
    Answer,
    Budget,
    Empty,
    NonEmpty,
    System,
    Terms,
    Undecided,
)

Conditions: TypeAlias = tuple[tuple[Terms, int], ...]
Labels: TypeAlias = tuple[Hashable, ...]
STRICT = 5
"""The signs of an open condition."""
LEAST = 0.05
"""The fewest seconds that a decision is begun with."""
SHARE = 0.25
"""How much of the budget that is left one decision may take."""


@dataclass(frozen=True)
class Alternative:
    """One of a unit's labels, and what it says."""

    label: Hashable
    conditions: Conditions


@dataclass(frozen=True)
class Combination:
    """A label for every unit, and a point that has them all."""

    labels: Labels
    conditions: Conditions
    dimension: int
    """The largest local dimension, as far as it is known."""
    is_largest: bool
    """Whether it is proved that no part has a larger one."""
    point: ExactPoint


@dataclass(frozen=True)
class Impossible:
    """Labels of the first units that no point has, with the proof."""

    labels: Labels
    conditions: Conditions
    proof: Tree
    trusted: tuple[str, ...]


@dataclass(frozen=True)
class Open:
    """Labels of the first units of which it is not known whether a point has them."""

    labels: Labels
    reason: str


@dataclass(frozen=True)
class Enumeration:
    """What was found, what is impossible, and what the budget did not decide."""

    found: tuple[Combination, ...]
    impossible: tuple[Impossible, ...]
    undecided: tuple[Open, ...]


Alternatives: TypeAlias = Callable[[tuple[Hashable, ...]], Sequence[Alternative]]
"""The alternatives of the next unit, given the labels of those before."""


def enumerate_labels(
    names: Sequence[str],
    units: int,
    alternatives: Alternatives,
    *,
    domain: Conditions = (),
    budget: float = 30.0,
    use_solver: bool = True,
) -> Enumeration:
    """All combinations of labels that some point has.

    Parameters
    ----------
    names : sequence of str
        The variables, in the order of the exponents.
    units : int
        How many units there are.
    alternatives : callable
        The alternatives of the next unit, given the labels of those before. On the set that these
        describe, the alternatives are disjoint and cover it.
    domain : conditions, optional
        What holds everywhere.
    budget : float
        Seconds of wall clock for all decisions together.
    use_solver : bool
        Whether z3 may be asked about what the other steps do not decide.

    Examples
    --------
    The signs of x·w:

    >>> xw = {(1, 1): 1}
    >>> found = enumerate_labels(
    ...     ("w", "x"), 1, lambda _: [Alternative(m, ((xw, m),)) for m in (1, 4, 2)]
    ... ).found
    >>> [(c.labels, c.dimension) for c in found]
    [((1,), 2), ((4,), 2), ((2,), 1)]
    """
    search = _Search(tuple(names), units, alternatives, Budget(budget), use_solver)
    search.descend(domain)
    search.retry()
    return Enumeration(
        tuple(search.found.values()), tuple(search.impossible), tuple(search.undecided.values())
    )


class _Search:
    """The nodes of the tree of labels, each decided once, and the hard leaves once more."""

    def __init__(
        self,
        names: tuple[str, ...],
        units: int,
        alternatives: Alternatives,
        clock: Budget,
        use_solver: bool,
    ) -> None:
        self.names = names
        self.units = units
        self.alternatives = alternatives
        self.clock = clock
        self.use_solver = use_solver
        self.ring = Ring(names)
        self.found: dict[Labels, Combination] = {}
        self.impossible: list[Impossible] = []
        self.undecided: dict[Labels, Open] = {}
        self.hard: dict[Labels, Conditions] = {}
        """Leaves that are not decided, or whose dimension is not."""

    def descend(self, domain: Conditions) -> None:
        """Depth first; a point that the node above has is tried before anything else."""
        todo: list[tuple[Labels, Conditions, ExactPoint | None]] = [((), domain, None)]
        while todo:
            labels, conditions, point = todo.pop()
            if point is not None and not check_point(conditions, point):
                point = None
            if len(labels) == self.units:
                self._leaf(labels, conditions, point)
                continue
            if point is None and conditions:
                answer = self._decide(labels, conditions, None, self.clock.left * SHARE)
                if not isinstance(answer, NonEmpty | Undecided):
                    continue
                point = answer.point if isinstance(answer, NonEmpty) else None
            # the last one pushed is the next one looked at
            for alternative in reversed(self.alternatives(labels)):
                own = (*labels, alternative.label)
                todo.append((own, (*conditions, *alternative.conditions), point))

    def _leaf(self, labels: Labels, conditions: Conditions, point: ExactPoint | None) -> None:
        if point is not None and all(not mask & ~STRICT for _, mask in conditions):
            self.found[labels] = Combination(labels, conditions, len(self.names), True, point)
            return
        answer = self._decide(labels, conditions, point, self.clock.left * SHARE)
        self._note(labels, conditions, answer)

    def _note(self, labels: Labels, conditions: Conditions, answer: Answer | None) -> None:
        if answer is None:
            # noted already: as empty, or as undecided for want of time
            return
        self.undecided.pop(labels, None)
        self.hard.pop(labels, None)
        if isinstance(answer, NonEmpty):
            self.found[labels] = Combination(
                labels, conditions, answer.dimension, answer.is_largest, answer.point
            )
            if not answer.is_largest:
                self.hard[labels] = conditions
        elif isinstance(answer, Undecided):
            self.undecided[labels] = Open(labels, answer.reason)
            self.hard[labels] = conditions

    def _decide(
        self, labels: Labels, conditions: Conditions, hint: ExactPoint | None, seconds: float
    ) -> Answer | None:
        """The answer for a node; None if it is empty, or if no time is left, which is noted."""
        if self.clock.left <= 0:
            late = f"the budget of {self.clock.seconds:g} seconds is spent; allow more"
            self.undecided[labels] = Open(labels, late)
            return None
        answer = decide(
            System(self.names, conditions),
            max(seconds, LEAST),
            ring=self.ring,
            hint=hint,
            use_solver=self.use_solver,
        )
        if isinstance(answer, Empty):
            proof = Impossible(labels, conditions, answer.proof, answer.trusted)
            self.impossible.append(proof)
            self.undecided.pop(labels, None)
            self.hard.pop(labels, None)
            return None
        return answer

    def retry(self) -> None:
        """Give the hard leaves the time that is left."""
        count = len(self.hard)
        for place, (labels, conditions) in enumerate(list(self.hard.items())):
            if self.clock.left < LEAST:
                return
            known = self.found.get(labels)
            hint = known.point if known is not None else None
            seconds = self.clock.left / (count - place)
            answer = self._decide(labels, conditions, hint, seconds)
            if known is not None and isinstance(answer, NonEmpty):
                if answer.dimension < known.dimension:
                    continue
            if answer is None or isinstance(answer, NonEmpty):
                self._note(labels, conditions, answer)
