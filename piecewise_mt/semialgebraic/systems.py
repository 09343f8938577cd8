"""The question and its answers: a system of sign conditions, a point, a proof, or why neither."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import lcm
from typing import Any, TypeAlias

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.algebraic_points import ExactPoint, Root, check_point
from piecewise_mt.exact.case_trees import TREES, Tree, check_case_tree, trusted_solvers
from piecewise_mt.exact.plain import plain_copy, succeeds

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

    @property
    def is_plain(self) -> bool:
        """Whether it is one, of whole numbers in as many variables as there are names."""
        width = len(self.names)
        return all(type(name) is str for name in self.names) and all(
            type(terms) is dict
            and type(mask) is int
            and mask in range(8)
            and all(
                type(exponents) is tuple
                and len(exponents) == width
                and all(type(k) is int and k >= 0 for k in exponents)
                and type(c) is int
                for exponents, c in terms.items()
            )
            for terms, mask in self.conditions
        )

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

    @property
    def text(self) -> str:
        """The conditions, with signs for relations."""
        found = [f"{polynomial_text(self.names, p)} {SHOWN[mask]}" for p, mask in self.conditions]
        return "{" + ", ".join(found) + "}"


SHOWN = {0: "has no sign", 7: "is real", **{mask: f"{own} 0" for own, mask in RELATIONS.items()}}


def polynomial_text(names: Sequence[str], terms: Terms) -> str:
    """A polynomial in names, highest powers first.

    Examples
    --------
    >>> polynomial_text(("x", "y"), {(1, 2): -3, (0, 0): 1})
    '-3*x*y**2 + 1'
    """
    parts = []
    for exponents, c in sorted(terms.items(), reverse=True):
        powers = [f"{n}**{k}" if k > 1 else n for n, k in zip(names, exponents, strict=True) if k]
        size = [] if abs(c) == 1 and powers else [str(abs(c))]
        parts.append(f"{'-' if c < 0 else '+'} {'*'.join([*size, *powers])}")
    text = " ".join(parts) or "0"
    return f"-{text[2:]}" if text.startswith("- ") else text.removeprefix("+ ")


@dataclass(frozen=True)
class NonEmpty:
    """A point, and the largest local dimension of the set as far as it is known."""

    point: ExactPoint
    dimension: int
    """The dimension near the point; no part of the set is known to have a larger one."""
    is_largest: bool
    """Whether it is proved that no part has a larger one."""
    system: System | None = field(default=None, compare=False, repr=False)
    """The set."""

    @property
    def statement(self) -> str:
        """The set, and that it is not empty."""
        own = "the set" if self.system is None else self.system.text
        return f"{own} has a point; its dimension is {self.dimension}."

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Nothing but exact arithmetic."""
        return ()

    def verify(self) -> bool:
        """Whether the point is one, by integers; its dimension is found anew."""
        return succeeds(self._check)

    def _check(self) -> bool:
        from piecewise_mt.semialgebraic.decide import dimension_anew

        own = plain_copy(self, (NonEmpty, System, ExactPoint, Root))
        if own.system is None or not own.system.is_plain:
            return False
        if len(own.point.coordinates) != len(own.system.names):
            return False
        claimed = (own.dimension, own.is_largest)
        return check_point(own.system.conditions, own.point) and claimed in dimension_anew(
            own.system, own.point
        )


@dataclass(frozen=True)
class Empty:
    """A proof that there is no point."""

    proof: Tree
    trusted: tuple[str, ...] = ()
    """The solvers that the proof rests on, such as ``z3 4.13``; () for one that can be checked."""
    system: System | None = field(default=None, compare=False, repr=False)
    """The set."""

    @property
    def statement(self) -> str:
        """The set, and that it is empty."""
        own = "the set" if self.system is None else self.system.text
        said = f", which only {' and '.join(self.trusted)} says" if self.trusted else ""
        return f"{own} has no real point{said}."

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The solvers, () for a proof that is checked as a whole."""
        return self.trusted

    def verify(self) -> bool:
        """Whether the cases close, by integers; what rests on a solver is asked of it anew."""
        return succeeds(self._check)

    def _check(self) -> bool:
        from piecewise_mt.semialgebraic.decide import is_empty_anew

        own = plain_copy(self, (Empty, System, *TREES))
        if own.system is None or not own.system.is_plain:
            return False
        if own.trusted != trusted_solvers(own.proof):
            return False
        if not check_case_tree(own.system.conditions, own.proof, own.trusted):
            return False
        return not own.trusted or is_empty_anew(own.system, own.trusted)


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
