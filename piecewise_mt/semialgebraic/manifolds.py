"""The refinement of a basic semialgebraic set into manifolds, each with equations for its tangents.

A set {p = 0, …, q > 0, …} is the union of the sets on which, for every equation, some irreducible
factor vanishes. Near a point where the factors h₁, …, h_k that matter are the fewest that satisfy
all equations, in one way only, and have independent gradients, the set is {h₁ = … = h_k = 0}: it
is regular there. What is left has a smaller dimension, and is refined in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeAlias

import sympy

from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Alternative, Conditions, enumerate_labels
from piecewise_mt.semialgebraic.polynomials import Polynomial, Ring, size, terms
from piecewise_mt.semialgebraic.reduction import irredundant
from piecewise_mt.semialgebraic.systems import Budget, Empty, NonEmpty, System, Terms, TooHard

ZERO, NONZERO = 2, 5
MAX_DEPTH = 8
"""How often the singular part of a singular part is looked at."""


@dataclass(frozen=True)
class Manifold:
    """A part of a set near each of whose points the set's tangent vectors are known."""

    parts: tuple[Conditions, ...]
    """Which points belong to it: those for which all conditions of one of these hold."""
    equations: tuple[Terms, ...]
    """Polynomials whose gradients are independent on it, and normal to it; its tangent vectors are
    those that are normal to all of these."""
    dimension: int
    point: ExactPoint
    is_regular: bool
    """Whether the whole set is a manifold of this dimension near the part."""


@dataclass(frozen=True)
class Refinement:
    """All parts, the regular ones first, and what was not decided."""

    parts: tuple[Manifold, ...]
    undecided: tuple[str, ...]
    trusted: tuple[str, ...] = ()
    """The solvers on which it rests that there are no others; () for proofs."""


Factors: TypeAlias = tuple[Polynomial, ...]
_Frozen: TypeAlias = "tuple[tuple[tuple[tuple[tuple[int, ...], int], ...], int], ...]"
"""Conditions that can be compared."""


def refined(names: Sequence[str], conditions: Conditions, budget: float = 10.0) -> Refinement:
    """The regular part of a set, that of its singular part, and so on.

    Examples
    --------
    The cross w·x = 0 has two regular arms, and one singular point:

    >>> found = refined(("w", "x"), (({(1, 1): 1}, 2),))
    >>> [(p.dimension, p.is_regular, p.equations) for p in found.parts]
    [(1, True, ({(0, 1): 1},)), (1, True, ({(1, 0): 1},)), (0, False, ({(0, 1): 1}, {(1, 0): 1}))]

    The cusp y² = x³ has a singular point, in which all gradients vanish:

    >>> found = refined(("x", "y"), (({(3, 0): 1, (0, 2): -1}, 2),))
    >>> [(p.dimension, p.is_regular) for p in found.parts]
    [(1, True), (0, False)]
    """
    search = _Refining(tuple(names), Budget(budget))
    search.refine(conditions, is_regular=True, depth=0)
    parts = [search.manifold(*key, found) for key, found in search.parts.items()]
    parts.sort(key=lambda part: (not part.is_regular, -part.dimension))
    return Refinement(
        tuple(parts), tuple(dict.fromkeys(search.undecided)), tuple(dict.fromkeys(search.trusted))
    )


class _Refining:
    def __init__(self, names: tuple[str, ...], clock: Budget) -> None:
        self.names = names
        self.clock = clock
        self.ring = Ring(names)
        self.parts: dict[tuple[Factors, bool], list[tuple[Conditions, ExactPoint]]] = {}
        """By the equations, and whether they are regular."""
        self.undecided: list[str] = []
        self.trusted: list[str] = []

    def refine(self, conditions: Conditions, is_regular: bool, depth: int) -> None:
        """Note the parts of a set; of its non-strict inequalities both cases are looked at."""
        for strict in self._strict(conditions):
            try:
                self._refine(strict, is_regular, depth)
            except TooHard:
                self.undecided.append("a polynomial is too large to be factored")

    def _strict(self, conditions: Conditions) -> Iterator[Conditions]:
        choices = [
            [(p, mask)] if mask in (1, ZERO, 4) else [(p, m) for m in (1, 4, ZERO) if mask & m]
            for p, mask in conditions
        ]
        return product(*choices)

    def _refine(self, conditions: Conditions, is_regular: bool, depth: int) -> None:
        equations = [
            tuple(f for f, _ in self.ring.factors(self.ring.from_terms(dict(p)))[1])
            for p, mask in conditions
            if mask == ZERO and any(p.values())
        ]
        factors = sorted({f for own in equations for f in own}, key=size)
        if depth > MAX_DEPTH:
            self.undecided.append("the singular parts were not refined to the end")
            return

        def alternatives(labels: tuple[object, ...]) -> list[Alternative]:
            own = dict(terms(factors[len(labels)]))
            return [Alternative(m, ((own, m),)) for m in (ZERO, NONZERO)]

        found = enumerate_labels(
            self.names,
            len(factors),
            alternatives,
            domain=conditions,
            budget=max(self.clock.left / 2, 0.0),
        )
        self.undecided += [open_.reason for open_ in found.undecided]
        self.trusted += [name for none in found.impossible for name in none.trusted]
        for cell in found.found:
            vanishing = tuple(f for f, m in zip(factors, cell.labels, strict=True) if m == ZERO)
            choices = _hitting_sets(equations, vanishing)
            own = tuple(
                (p, m) for p, m in cell.conditions if not (m == ZERO and self._is_product(p))
            )
            self._cell(
                own,
                self._independent(choices[0] if len(choices) == 1 else vanishing),
                is_regular and len(choices) == 1,
                depth,
            )

    def _is_product(self, p: Terms) -> bool:
        """Whether a condition p = 0 is said by those on its factors."""
        factors = self.ring.factors(self.ring.from_terms(dict(p)))[1]
        return len(factors) != 1 or factors[0][1] != 1 or not any(p.values())

    def _cell(self, conditions: Conditions, zero: Factors, is_regular: bool, depth: int) -> None:
        """A set on which the factors that vanish are known: by the rank of their gradients."""
        rank = min(len(zero), len(self.names))
        for chosen in combinations(zero, rank):
            minors = self._minors(chosen, rank)
            if any(_is_constant(p) for p in minors) or self._is_nowhere(conditions, minors):
                self._note(conditions, chosen, is_regular)
                return
            for p in minors:
                more = ((dict(terms(self._radical(p))), NONZERO),)
                self._note((*conditions, *more), chosen, is_regular)
        # with fewer independent gradients, the minors are equations of the set
        fewer = tuple((dict(terms(p)), ZERO) for p in self._minors(zero, rank))
        self.refine((*conditions, *fewer), False, depth + 1)

    def _is_nowhere(self, conditions: Conditions, zero: Sequence[Polynomial]) -> bool:
        """Whether it is proved that not all of some polynomials vanish on a set."""
        more = tuple((dict(terms(p)), ZERO) for p in zero)
        system = System(self.names, (*conditions, *more))
        answer = decide(system, max(self.clock.left / 2, 0.05), ring=self.ring)
        if not isinstance(answer, Empty):
            return False
        self.trusted += answer.trusted
        return True

    def _note(self, conditions: Conditions, zero: Factors, is_regular: bool) -> None:
        answer = decide(
            System(self.names, conditions), max(self.clock.left / 2, 0.05), ring=self.ring
        )
        if isinstance(answer, NonEmpty):
            self.parts.setdefault((zero, is_regular), []).append((conditions, answer.point))
        elif isinstance(answer, Empty):
            self.trusted += answer.trusted
        else:
            self.undecided.append(answer.reason)

    def manifold(
        self, zero: Factors, is_regular: bool, found: Sequence[tuple[Conditions, ExactPoint]]
    ) -> Manifold:
        """The parts that have the same equations as one."""
        parts = [irredundant(self.names, own) for own in _joined([own for own, _ in found])]
        kept: list[_Frozen] = list(dict.fromkeys(_frozen(own) for own in parts))
        for own in list(kept):
            others = [other for other in kept if other != own]
            if any(self._is_within(own, other) for other in others):
                kept = others
        return Manifold(
            tuple(tuple((dict(p), m) for p, m in own) for own in kept),
            tuple(dict(terms(p)) for p in zero),
            len(self.names) - len(zero),
            found[0][1],
            is_regular,
        )

    def _is_within(self, own: _Frozen, other: _Frozen) -> bool:
        """Whether it is proved at once that one part is a subset of another."""
        base = tuple((dict(p), m) for p, m in own)
        for p, mask in other:
            if (p, mask) in own:
                continue
            system = System(self.names, (*base, (dict(p), 7 - mask)))
            answer = decide(system, min(0.3, self.clock.left), ring=self.ring, use_solver=False)
            if not isinstance(answer, Empty):
                return False
        return True

    def _minors(self, zero: Factors, rank: int) -> list[Polynomial]:
        """The minors of the Jacobian matrix of polynomials, without repetitions."""
        rows = [[p.diff(v) for v in self.ring.variables] for p in zero]
        found: dict[Polynomial, None] = {}
        for some in combinations(rows, rank):
            for columns in combinations(range(len(self.names)), rank):
                minor = determinant([[row[j] for j in columns] for row in some], self.ring)
                if minor:
                    found[self.ring.primitive(minor)[1]] = None
        return list(found)

    def _radical(self, p: Polynomial) -> Polynomial:
        result = self.ring.one
        for factor, _ in self.ring.factors(p)[1]:
            result = result * factor
        return result

    def _independent(self, zero: Factors) -> Factors:
        """Without those that are in the ideal of the others."""
        kept = sorted(zero, key=size)
        for p in sorted(zero, key=size, reverse=True):
            others = [q for q in kept if q != p]
            if len(others) > 1 and _is_in_ideal(p, others, self.names):
                kept = others
        return tuple(kept)


def _frozen(conditions: Conditions) -> _Frozen:
    return tuple((tuple(sorted(p.items())), m) for p, m in conditions)


def _joined(parts: Sequence[Conditions]) -> list[Conditions]:
    """The same union, where one part says p = 0 and another one p ≠ 0 and less of the rest."""
    kept = [list(own) for own in parts]
    changed = True
    while changed:
        changed = False
        for own in kept:
            for condition in own:
                p, mask = condition
                rest = [c for c in own if c is not condition]
                opposite = (p, 7 - mask)
                if mask in (ZERO, NONZERO) and any(
                    opposite in other and all(c in rest for c in other if c != opposite)
                    for other in kept
                ):
                    own[:] = rest
                    changed = True
                    break
    return [tuple(own) for own in kept]


def _is_constant(p: Polynomial) -> bool:
    return bool(p) and p.is_ground


def _hitting_sets(equations: Sequence[Factors], vanishing: Factors) -> list[Factors]:
    """The smallest choices of vanishing factors, one at least of every equation."""
    options = [[f for f in own if f in vanishing] for own in equations]
    found = {frozenset(choice) for choice in product(*options)}
    smallest = [own for own in found if not any(other < own for other in found)]
    return [tuple(sorted(own, key=size)) for own in smallest]


def determinant(rows: Sequence[Sequence[Polynomial]], ring: Ring) -> Polynomial:
    """By the first row; the matrices are small."""
    if not rows:
        return ring.one
    total = ring.zero
    for j, entry in enumerate(rows[0]):
        if entry:
            rest = [[*row[:j], *row[j + 1 :]] for row in rows[1:]]
            total = total + (-1) ** j * entry * determinant(rest, ring)
    return total


def _is_in_ideal(p: Polynomial, others: Sequence[Polynomial], names: Sequence[str]) -> bool:
    symbols = [sympy.Symbol(name) for name in names]
    basis = sympy.groebner([q.as_expr(*symbols) for q in others], *symbols, order="grevlex")
    return bool(basis.contains(p.as_expr(*symbols)))
