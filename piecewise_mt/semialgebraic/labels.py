"""All nonempty combinations of alternatives, unit by unit: depth first, one decision a node."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from piecewise_mt.exact.algebraic_points import ExactPoint, check_point
from piecewise_mt.exact.case_trees import Tree
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.polynomials import Ring
from piecewise_mt.semialgebraic.systems import Budget, Empty, NonEmpty, System, Terms

Conditions: TypeAlias = tuple[tuple[Terms, int], ...]
STRICT = 5
"""The signs of an open condition."""
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

    labels: tuple[Hashable, ...]
    conditions: Conditions
    dimension: int
    """The largest local dimension, as far as it is known."""
    is_largest: bool
    """Whether it is proved that no part has a larger one."""
    point: ExactPoint


@dataclass(frozen=True)
class Impossible:
    """Labels of the first units that no point has, with the proof."""

    labels: tuple[Hashable, ...]
    conditions: Conditions
    proof: Tree
    trusted: tuple[str, ...]


@dataclass(frozen=True)
class Open:
    """Labels of the first units of which it is not known whether a point has them."""

    labels: tuple[Hashable, ...]
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
    clock = Budget(budget)
    ring = Ring(names)
    found: list[Combination] = []
    impossible: list[Impossible] = []
    undecided: list[Open] = []
    late = f"the budget of {budget:g} seconds is spent; allow more"
    todo: list[tuple[tuple[Hashable, ...], Conditions, ExactPoint | None]] = [((), domain, None)]
    while todo:
        labels, conditions, hint = todo.pop()
        is_leaf = len(labels) == units
        point = hint if hint is not None and check_point(conditions, hint) else None
        is_open = all(not mask & ~STRICT for _, mask in conditions)
        if not labels and not is_leaf and not domain:
            point = None
        elif point is not None and is_leaf and is_open:
            found.append(Combination(labels, conditions, len(names), True, point))
            continue
        elif point is None or is_leaf:
            if clock.left <= 0:
                undecided.append(Open(labels, late))
                continue
            answer = decide(
                System(tuple(names), conditions),
                max(clock.left * SHARE, 0.05),
                ring=ring,
                hint=point,
                use_solver=use_solver,
            )
            if isinstance(answer, Empty):
                impossible.append(Impossible(labels, conditions, answer.proof, answer.trusted))
                continue
            if isinstance(answer, NonEmpty):
                point = answer.point
                if is_leaf:
                    found.append(
                        Combination(labels, conditions, answer.dimension, answer.is_largest, point)
                    )
                    continue
            elif is_leaf:
                undecided.append(Open(labels, answer.reason))
                continue
        # the last one pushed is the next one looked at
        for alternative in reversed(alternatives(labels)):
            own = (*labels, alternative.label)
            todo.append((own, (*conditions, *alternative.conditions), point))
    return Enumeration(tuple(found), tuple(impossible), tuple(undecided))
