"""The question and its answers: a system of sign conditions, a point, a proof, or why neither."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import lcm
from typing import Any, TypeAlias

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.exact.case_trees import Tree

Terms: TypeAlias = Mapping[tuple[int, ...], int]

RELATIONS = {"<": 1, "=": 2, "<=": 3, ">": 4, "!=": 5, ">=": 6}
"""The masks of signs: 1 negative, 2 zero, 4 positive."""


@dataclass(frozen=True)
class System:
    """Polynomials in named variables, each with the mask of the signs that it may have.

    Examples
    --------
    >>> System.of(("x", "y"), [({(1, 1): 1, (0, 0): -1}, "="), ({(1, 0): 1}, ">")]).conditions[1]
    ({(1, 0): 1}, 4)
    """

    names: tuple[str, ...]
    conditions: tuple[tuple[Terms, int], ...]

    @staticmethod
    def of(names: Sequence[str], conditions: Sequence[tuple[Terms, str]]) -> System:
        """A system from polynomials and relations to zero."""
        found = []
        for terms, relation in conditions:
            if relation not in RELATIONS:
                raise PiecewiseError(
                    f"expected a relation out of {list(RELATIONS)}, got {relation!r}; write one"
                )
            found.append((terms, RELATIONS[relation]))
        return System(tuple(names), tuple(found))


@dataclass(frozen=True)
class NonEmpty:
    """A point, and the largest local dimension of the set as far as it is known."""

    point: ExactPoint
    dimension: int
    """The dimension near the point; no part of the set is known to have a larger one."""
    is_largest: bool
    """Whether it is proved that no part has a larger one."""


@dataclass(frozen=True)
class Empty:
    """A proof that there is no point."""

    proof: Tree
    trusted: tuple[str, ...] = ()
    """The solvers that the proof rests on, such as ``z3 4.13``; () for one that can be checked."""


@dataclass(frozen=True)
class Undecided:
    """What was in the way, and the remedy."""

    reason: str


Answer: TypeAlias = NonEmpty | Empty | Undecided


class OutOfTime(Exception):
    """The budget is spent; never leaves the package."""


class TooHard(Exception):
    """A step that would take too long; never leaves the package."""


@dataclass
class Budget:
    """Seconds of wall clock."""

    seconds: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    def check(self) -> None:
        """Stop if the time is over."""
        if time.monotonic() > self._end:
            raise OutOfTime

    @property
    def left(self) -> float:
        """What is left, in seconds."""
        return self._end - time.monotonic()

    def part(self, seconds: float) -> Budget:
        """A smaller budget within this one."""
        return Budget(min(seconds, max(self.left, 0.0)))


def integer_terms(terms: Mapping[tuple[int, ...], Any]) -> dict[tuple[int, ...], int]:
    """A polynomial with rational coefficients times a positive number that makes them integers.

    Examples
    --------
    >>> from fractions import Fraction
    >>> integer_terms({(1,): Fraction(1, 2), (0,): Fraction(-2, 3), (2,): Fraction(0)})
    {(1,): 3, (0,): -4}
    """
    scale = lcm(*(int(c.denominator) for c in terms.values())) if terms else 1
    whole = {tuple(e): int(c.numerator) * (scale // int(c.denominator)) for e, c in terms.items()}
    return {e: c for e, c in whole.items() if c}
