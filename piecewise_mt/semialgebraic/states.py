"""What is known on the way: signs of irreducible factors, and products not yet told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from piecewise_mt.exact.case_trees import TREES, Lower, Signs, Split, Tree
from piecewise_mt.semialgebraic.polynomials import (
    Polynomial,
    Ring,
    coefficients,
    terms,
    variables_of,
)

NEGATIVE, ZERO, POSITIVE, NONZERO, ANY = 1, 2, 4, 5, 7
Wrap: TypeAlias = Callable[[Tree], Tree]
"""Puts the step that was taken above the proof of what is left."""


def turned(mask: int) -> int:
    """The possible signs of the negative."""
    return mask & ZERO | (mask & NEGATIVE) << 2 | (mask & POSITIVE) >> 2


def product(first: int, second: int) -> int:
    """The possible signs of a product."""
    found = ZERO if (first | second) & ZERO else 0
    for a in (NEGATIVE, POSITIVE):
        for b in (NEGATIVE, POSITIVE):
            if first & a and second & b:
                found |= POSITIVE if a == b else NEGATIVE
    return found


def mask_of_sign(sign: int) -> int:
    """The mask of one sign."""
    return (NEGATIVE, ZERO, POSITIVE)[sign + 1]


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition on the sign of a product, whose factors have odd or even exponents."""

    odd: tuple[Polynomial, ...]
    even: tuple[Polynomial, ...]
    mask: int
    source: Polynomial
    """The product as it was met, which the proof names."""
    source_mask: int


@dataclass(slots=True)
class State:
    """A conjunction: masks of irreducible polynomials, and clauses."""

    signs: dict[Polynomial, int] = field(default_factory=dict)
    clauses: list[Clause] = field(default_factory=list)

    def copy(self) -> State:
        """One that changes on its own."""
        return State(dict(self.signs), list(self.clauses))

    def zeros(self) -> list[Polynomial]:
        """The equations."""
        return [p for p, mask in self.signs.items() if mask == ZERO]


class Propagation:
    """Reasoning on signs of irreducible factors and of terms."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring

    def assume(self, state: State, p: Polynomial, mask: int) -> None:
        """One more condition."""
        turn, source = self.ring.primitive(p)
        own = mask if turn > 0 else turned(mask)
        if not source:
            # nothing is left of the mask of the zero polynomial, or it holds
            if not mask & ZERO:
                state.clauses.append(Clause((), (), 0, source, mask))
            return
        _, factors = self.ring.factors(source)
        odd = tuple(f for f, k in factors if k % 2)
        even = tuple(f for f, k in factors if not k % 2)
        if len(odd) == 1 and not even and odd[0] == source:
            state.signs[source] = state.signs.get(source, ANY) & own
        else:
            state.clauses.append(Clause(odd, even, own, source, own))

    def term_mask(self, p: Polynomial, signs: dict[Polynomial, int]) -> int:
        """The possible signs of a sum, by those of its terms."""
        up = down = False
        apart = False
        variables = self.ring.variables
        for exponents, c in p.items():
            mask = POSITIVE if c > 0 else NEGATIVE
            for i, power in enumerate(exponents):
                if power:
                    own = signs.get(variables[i], ANY)
                    mask = product(mask, own if power % 2 else product(own, own) & ~NEGATIVE)
            up = up or bool(mask & POSITIVE)
            down = down or bool(mask & NEGATIVE)
            if up and down:
                return ANY
            apart = apart or not mask & ZERO
        return (POSITIVE if up else 0) | (NEGATIVE if down else 0) | (0 if apart else ZERO)

    def mask(self, p: Polynomial, state: State) -> int:
        """The possible signs of an irreducible polynomial."""
        return state.signs.get(p, ANY) & self.term_mask(p, state.signs)

    def mask_of_product(self, p: Polynomial, state: State) -> int:
        """The possible signs of any polynomial, by its factors."""
        sign, factors = self.ring.factors(p)
        found = mask_of_sign(sign)
        for factor, power in factors:
            own = self.mask(factor, state)
            found = product(found, own if power % 2 else product(own, own) & ~NEGATIVE)
        return found

    def normalised(self, state: State) -> tuple[list[Wrap], Tree | None]:
        """Simplify a state as far as signs go: the steps taken, and a leaf if it is empty."""
        wraps: list[Wrap] = []
        lowered: set[tuple[Polynomial, int]] = set()
        while True:
            leaf = self._by_terms(state)
            if leaf is not None:
                return wraps, leaf
            step = self._by_factors(state)
            if isinstance(step, TREES):
                return wraps, step
            if step is None:
                step = self._lowered(state, lowered)
            if step is None:
                return wraps, None
            wraps.append(step)

    def _by_terms(self, state: State) -> Tree | None:
        changed = True
        while changed:
            changed = False
            for p, mask in list(state.signs.items()):
                implied = self.term_mask(p, state.signs)
                if not mask & implied:
                    return Signs(terms(p))
                if len(p) == 1:
                    continue
                if not implied & ~mask:
                    del state.signs[p]
                    changed = True
                elif mask & ~implied:
                    state.signs[p] = mask & implied
                    changed = True
        return None

    def _by_factors(self, state: State) -> Wrap | Tree | None:
        kept: list[Clause] = []
        found: Wrap | Tree | None = None
        clauses = state.clauses
        for place, clause in enumerate(clauses):
            outcome = self._simplified(clause, state)
            if isinstance(outcome, Clause):
                kept.append(outcome)
            elif outcome is not None:
                found = outcome
                # what is left of the clause is looked at again
                kept += clauses[place:]
                break
        state.clauses = kept
        return found

    def _simplified(self, clause: Clause, state: State) -> Clause | Wrap | Tree | None:
        """The clause as it is now, None if it holds; or a step that it allows."""
        mask = clause.mask
        odd, even = [], []
        for factor in clause.odd:
            own = self.mask(factor, state)
            if own == ZERO:
                return None if mask & ZERO else Signs(terms(clause.source))
            if own == NEGATIVE:
                mask = turned(mask)
            elif own != POSITIVE:
                odd.append(factor)
        for factor in clause.even:
            own = self.mask(factor, state)
            if own == ZERO:
                return None if mask & ZERO else Signs(terms(clause.source))
            if own & ZERO:
                even.append(factor)
        if mask == ZERO:
            # factors that are not zero, of either sign, do not matter
            kept = [f for f in odd if self.mask(f, state) & ZERO]
            if len(kept) < len(odd):
                odd = kept or odd[:1]
            if len(odd) == 1 and not even and not self.mask(odd[0], state) & ZERO:
                return Signs(terms(clause.source))
            if not kept and even:
                odd = []
        if not odd:
            # squares are not negative
            mask &= ~NEGATIVE
            if not even:
                return None if mask & POSITIVE else Signs(terms(clause.source))
            if mask == ZERO | POSITIVE:
                return None
        if mask == ANY:
            return None
        if not mask:
            # the proof has to be told which factors are squared
            return _told(Signs(terms(clause.source)), even)
        if not mask & ZERO:
            for factor in (*odd, *even):
                if self.mask(factor, state) & ZERO:
                    return self._narrowed(factor, NONZERO, clause, state)
            if mask == NONZERO:
                return None
        if len(odd) == 1 and not even:
            allowed = mask
            if self.mask(odd[0], state) & ~allowed:
                return self._narrowed(odd[0], allowed, clause, state)
            return None
        if len(even) == 1 and not odd and mask == ZERO:
            return self._narrowed(even[0], ZERO, clause, state)
        return Clause(tuple(odd), tuple(even), mask, clause.source, clause.source_mask)

    def _narrowed(self, p: Polynomial, allowed: int, clause: Clause, state: State) -> Wrap:
        before = self.mask(p, state)
        state.signs[p] = state.signs.get(p, ANY) & allowed
        leaf = Signs(terms(clause.source))
        bad = [sign for sign in (NEGATIVE, ZERO, POSITIVE) if before & ~allowed & sign]
        own = terms(p)

        def wrap(tree: Tree) -> Tree:
            return Split(own, ((allowed, tree), *((sign, leaf) for sign in bad)))

        return wrap

    def _lowered(self, state: State, done: set[tuple[Polynomial, int]]) -> Wrap | None:
        """A polynomial without a leading term whose coefficient is known to be zero.

        A clause may ask for the sign of the polynomial again; once in `done`, it stays.
        """
        zeros = set(state.zeros())
        if not zeros:
            return None
        for p, mask in list(state.signs.items()):
            if (p, mask) in done:
                continue
            for i in variables_of(p):
                rows = coefficients(p, i)
                if not any(f in zeros and f != p for f, _ in self.ring.factors(rows[-1])[1]):
                    continue
                lead = rows[-1] * self.ring.variables[i] ** (len(rows) - 1)
                done.add((p, mask))
                del state.signs[p]
                self.assume(state, p - lead, mask)
                own = terms(p)
                return lambda tree, own=own, i=i: Lower(i, own, tree)  # type: ignore[misc]
        return None


def _told(leaf: Tree, squared: Sequence[Polynomial]) -> Tree:
    """The leaf below the cases of factors that are zero or not."""
    tree = leaf
    for p in squared:
        tree = Split(terms(p), ((NONZERO, tree), (ZERO, leaf)))
    return tree


def wrapped(tree: Tree, wraps: Sequence[Wrap]) -> Tree:
    """The proof of what is left below the steps that were taken."""
    for wrap in reversed(wraps):
        tree = wrap(tree)
    return tree
