"""One variable after the other: equations are solved, and inequalities combined.

Every step is a case distinction on the sign of a polynomial, a substitution, or the elimination of
one variable; so a system without points ends in a tree of cases (``exact.case_trees``), and any
other one in a point.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import gcd
from random import Random
from typing import TypeAlias

from piecewise_mt.exact.case_trees import Line, Powers, Solve, Split, Table, Tree
from piecewise_mt.semialgebraic.fibres import Fact, extended, fibre, fits, with_power
from piecewise_mt.semialgebraic.fields import Field, Sample, joined
from piecewise_mt.semialgebraic.outcomes import Found, Nothing, Outcome, Skipped, Unknown
from piecewise_mt.semialgebraic.polynomials import (
    Polynomial,
    Ring,
    coefficients,
    degree,
    homogenized,
    size,
    terms,
    variables_of,
)
from piecewise_mt.semialgebraic.states import (
    ANY,
    NEGATIVE,
    NONZERO,
    POSITIVE,
    ZERO,
    Propagation,
    State,
    mask_of_sign,
    wrapped,
)
from piecewise_mt.semialgebraic.systems import Budget

DEFINITE = (NEGATIVE, ZERO, POSITIVE)
TRIES = 40
DENOMINATORS = (1, 1, 2, 1, 3, 2, 1, 4)
Case: TypeAlias = "tuple[int, Callable[[int], Outcome]]"


class Elimination(ABC):
    """Decides states of a ring within a budget."""

    def __init__(self, ring: Ring, budget: Budget) -> None:
        self.ring = ring
        self.budget = budget
        self.signs = Propagation(ring)

    # -- the steps ---------------------------------------------------------------------------

    def solve(self, state: State, variables: Sequence[int], floor: int = -1) -> Outcome:
        """A point of a state in these variables, of a dimension above `floor`.

        The state may change.
        """
        self.budget.check()
        wraps, leaf = self.signs.normalised(state)
        if leaf is not None:
            return Nothing(wrapped(leaf, wraps))
        found = self._reduced(state, variables, floor)
        return Nothing(wrapped(found.tree, wraps)) if isinstance(found, Nothing) else found

    def _reduced(self, state: State, variables: Sequence[int], floor: int) -> Outcome:
        if self._bound(state, variables) <= floor:
            return Skipped()
        if state.clauses:
            clause = min(state.clauses, key=lambda c: len(c.odd) + len(c.even))
            factors = clause.even or clause.odd
            p = min(factors, key=size)
            masks = (ZERO, NONZERO) if clause.mask == ZERO else (POSITIVE, NEGATIVE, ZERO)
            return self._cases(state, p, masks, variables, floor)
        for p, mask in state.signs.items():
            if mask in (NEGATIVE | ZERO, ZERO | POSITIVE):
                return self._cases(state, p, (mask & NONZERO, ZERO), variables, floor)
        for p in state.zeros():
            if len(p) > 1 and self.signs.term_mask(p, state.signs) != ANY:
                # a sum of terms of one sign: all of them are zero
                term = min((e for e in p if any(e)), key=lambda e: sum(map(bool, e)))
                own = next(i for i, k in enumerate(term) if k)
                if state.signs.get(self.ring.variables[own], ANY) & NONZERO:
                    x = self.ring.variables[own]
                    return self._cases(state, x, (NONZERO, ZERO), variables, floor)
        return self._components(state, variables, floor)

    def _bound(self, state: State, variables: Sequence[int]) -> int:
        """No part has a larger dimension."""
        zeros = sum(1 for mask in state.signs.values() if mask == ZERO)
        return max(len(variables) - min(zeros, 2), 0)

    def _cases(
        self,
        state: State,
        p: Polynomial,
        masks: Sequence[int],
        variables: Sequence[int],
        floor: int,
    ) -> Outcome:
        """The cases of the sign of a polynomial."""
        before = state.signs.get(p, ANY)

        def case(mask: int) -> Callable[[int], Outcome]:
            def run(least: int) -> Outcome:
                child = state.copy()
                child.signs[p] = before & mask
                return self.solve(child, variables, least)

            return run

        return self._best(p, [(m, case(m)) for m in masks if before & m], floor)

    def _best(self, p: Polynomial, cases: Sequence[Case], floor: int) -> Outcome:
        best: Found | None = None
        trees: list[tuple[int, Tree]] = []
        unknown: Unknown | None = None
        skipped = False
        for mask, run in cases:
            found = run(max(floor, best.dimension) if best is not None else floor)
            if isinstance(found, Found):
                if best is None or found.dimension > best.dimension:
                    best = found
            elif isinstance(found, Nothing):
                trees.append((mask, found.tree))
            elif isinstance(found, Unknown):
                unknown = found
            else:
                skipped = True
        if best is not None:
            return Found(best.dimension, best.sample, best.sure and unknown is None)
        if unknown is not None:
            return unknown
        return Skipped() if skipped else Nothing(Split(terms(p), tuple(trees)))

    def _components(self, state: State, variables: Sequence[int], floor: int) -> Outcome:
        """Systems with disjoint variables, each by itself."""
        groups: list[set[int]] = []
        for p in state.signs:
            own = set(variables_of(p))
            for group in [g for g in groups if g & own]:
                own |= group
                groups.remove(group)
            groups.append(own)
        used = set().union(*groups) if groups else set()
        free = [i for i in variables if i not in used]
        total = Found(len(free), Sample(Field(), dict.fromkeys(free, ())))
        unknown: Unknown | None = None
        groups.sort(key=lambda g: (len(g), sorted(g)))
        for group in groups:
            part = State({p: m for p, m in state.signs.items() if group & set(variables_of(p))})
            least = floor - len(free) if len(groups) == 1 else -1
            found = self._component(part, sorted(group), max(least, -1))
            if isinstance(found, Nothing | Skipped):
                return found
            if isinstance(found, Unknown):
                unknown = found
            elif unknown is None:
                total = Found(
                    total.dimension + found.dimension,
                    joined(total.sample, found.sample, self.budget),
                    total.sure and found.sure,
                )
        return unknown or total

    def _component(self, state: State, variables: Sequence[int], floor: int) -> Outcome:
        if len(variables) == 1:
            return self._line(state, variables[0])
        linear = self._linear_equation(state)
        if linear is not None:
            p, i, unknown_factor = linear
            if unknown_factor is None:
                return self._solved(state, p, i, variables, floor)
            return self._cases(state, unknown_factor, (NONZERO, ZERO), variables, floor)
        if not state.zeros():
            sample = self._guessed(state, variables)
            if sample is not None:
                return Found(len(variables), sample)
        for i in variables:
            power = gcd(*(exponents[i] for p in state.signs for exponents in p))
            if power > 1:
                return self._powers(state, i, power, variables, floor)
        combined = self._bounded_variable(state, variables)
        if combined is not None:
            return self._combined(state, combined, variables, floor)
        return self.hard(state, variables, floor)

    @abstractmethod
    def hard(self, state: State, variables: Sequence[int], floor: int) -> Outcome:
        """What none of the steps here applies to."""

    # -- one variable ------------------------------------------------------------------------

    def _line(self, state: State, i: int) -> Outcome:
        facts = list(state.signs.items())
        best: Found | None = None
        sample = Sample(Field(), {})
        for column in fibre(facts, sample, i, self.budget):
            if fits(column, facts):
                if column.is_interval:
                    return Found(1, extended(sample, i, column, facts, self.budget))
                if best is None:
                    best = Found(0, extended(sample, i, column, facts, self.budget))
        if best is not None:
            return best
        return Nothing(Line(i, tuple(terms(p) for p, _ in facts)))

    def _powers(
        self, state: State, i: int, power: int, variables: Sequence[int], floor: int
    ) -> Outcome:
        """A variable of which only powers of one degree occur, such as squares, by these."""
        child = State()
        for p, mask in state.signs.items():
            lower = {(*e[:i], e[i] // power, *e[i + 1 :]): c for e, c in p.items()}
            child.signs[self.ring.from_terms(lower)] = mask
        if power % 2 == 0:
            x = self.ring.variables[i]
            child.signs[x] = child.signs.get(x, ANY) & (ZERO | POSITIVE)
        found = self.solve(child, variables, floor)
        if isinstance(found, Nothing):
            return Nothing(Powers(i, power, found.tree))
        if isinstance(found, Found):
            sample = with_power(found.sample, i, power, self.budget)
            return Found(found.dimension, sample, found.sure)
        return found

    # -- equations ---------------------------------------------------------------------------

    def _linear_equation(self, state: State) -> tuple[Polynomial, int, Polynomial | None] | None:
        """An equation, a variable that it is linear in, and a factor of unknown sign before it."""
        best: tuple[tuple[int, ...], Polynomial, int, Polynomial | None] | None = None
        for p in state.zeros():
            for i in variables_of(p):
                if degree(p, i) != 1:
                    continue
                a = coefficients(p, i)[1]
                open_factor = next(
                    (f for f, _ in self.ring.factors(a)[1] if self.signs.mask(f, state) & ZERO),
                    None,
                )
                rank = 0 if a.is_ground else 1 if open_factor is None else 2
                powers = sum(degree(q, i) for q in state.signs if q != p)
                key = (rank, powers * (len(p) - 1), len(p), i)
                if best is None or key < best[0]:
                    best = (key, p, i, open_factor)
        return best[1:] if best is not None else None

    def _solved(
        self, state: State, p: Polynomial, i: int, variables: Sequence[int], floor: int
    ) -> Outcome:
        """The equation a·v + b = 0, put into everything else."""
        b, a = coefficients(p, i)
        child = State()
        for q, mask in state.signs.items():
            if q == p:
                continue
            d = degree(q, i)
            put = homogenized(q, i, a, -b, self.ring.one) if d else q
            self.signs.assume(child, put * a if d % 2 else put, mask)
        rest = [k for k in variables if k != i]
        found = self.solve(child, rest, floor)
        if isinstance(found, Nothing):
            return Nothing(Solve(i, terms(p), found.tree))
        if isinstance(found, Found):
            sample = found.sample
            field = sample.field
            value = field.mul(sample.value(-b), field.inverse(sample.value(a)))
            return Found(found.dimension, sample.with_value(i, value), found.sure)
        return found

    # -- strict inequalities -----------------------------------------------------------------

    def _guessed(self, state: State, variables: Sequence[int]) -> Sample | None:
        """A point with small coordinates."""
        return next(self.guesses(state, variables, TRIES), None)

    def guesses(self, state: State, variables: Sequence[int], tries: int) -> Iterator[Sample]:
        """Points with small coordinates, tried at random."""
        random = Random(len(state.signs))
        facts = list(state.signs.items())
        for attempt in range(tries):
            below = DENOMINATORS[attempt % len(DENOMINATORS)]
            size = below * (1 + attempt // len(DENOMINATORS))
            values = {i: random.randint(-size, size) for i in variables}
            if all(mask_of_sign(_sign(p, values, below)) & mask for p, mask in facts):
                point = {i: (Fraction(v, below),) if v else () for i, v in values.items()}
                yield Sample(Field(), point)

    def _bounded_variable(self, state: State, variables: Sequence[int]) -> int | None:
        """A variable in no equation and linear in all inequalities, with known coefficients."""
        best: tuple[int, int] | None = None
        for i in variables:
            lower = upper = 0
            for p, mask in state.signs.items():
                d = degree(p, i)
                if d == 0:
                    continue
                if d > 1 or mask == ZERO:
                    break
                side = self.signs.mask_of_product(coefficients(p, i)[1], state)
                if mask == NONZERO:
                    if side & ZERO:
                        break
                elif side not in (NEGATIVE, POSITIVE):
                    break
                elif side == mask:
                    lower += 1
                else:
                    upper += 1
            else:
                cost = lower * upper
                if best is None or cost < best[0]:
                    best = (cost, i)
        return best[1] if best is not None else None

    def _combined(self, state: State, i: int, variables: Sequence[int], floor: int) -> Outcome:
        """Every lower bound below every upper one, instead of the variable."""
        own = {p: m for p, m in state.signs.items() if degree(p, i)}
        child = State({p: m for p, m in state.signs.items() if p not in own})
        lower: list[Fact] = []
        upper: list[Fact] = []
        for p, mask in own.items():
            if mask != NONZERO:
                side = self.signs.mask_of_product(coefficients(p, i)[1], state)
                (lower if side == mask else upper).append((p, 1 if mask == POSITIVE else -1))
        steps: list[tuple[Polynomial, int, Tree]] = []
        for p, s in lower:
            b, a = coefficients(p, i)
            for q, t in upper:
                d, c = coefficients(q, i)
                r = s * t * (d * a - b * c)
                leaf = Table(i, (terms(p), terms(q)))
                turn, source = self.ring.primitive(r)
                if not source or source.is_ground:
                    if not source or turn < 0:
                        return Nothing(_steps(leaf, steps))
                    continue
                steps.append((source, POSITIVE if turn > 0 else NEGATIVE, leaf))
                self.signs.assume(child, r, POSITIVE)
        found = self.solve(child, [k for k in variables if k != i], floor - 1)
        if isinstance(found, Nothing):
            return Nothing(_steps(found.tree, steps))
        if isinstance(found, Found):
            facts = list(own.items())
            line = fibre(facts, found.sample, i, self.budget)
            column = next(c for c in line if c.is_interval and fits(c, facts))
            sample = extended(found.sample, i, column, facts, self.budget)
            return Found(found.dimension + 1, sample, found.sure)
        return found


def _steps(tree: Tree, steps: Sequence[tuple[Polynomial, int, Tree]]) -> Tree:
    """The proof below combined inequalities, each of which the leaf proves."""
    for source, mask, leaf in reversed(steps):
        bad = tuple((sign, leaf) for sign in DEFINITE if sign != mask)
        tree = Split(terms(source), ((mask, tree), *bad))
    return tree


def _sign(p: Polynomial, values: dict[int, int], below: int) -> int:
    """The sign at integers over a common denominator."""
    total = 0
    top = max(map(sum, p)) if below > 1 else 0
    for exponents, c in p.items():
        term = int(c) * below ** (top - sum(exponents)) if below > 1 else int(c)
        for i, power in enumerate(exponents):
            if power:
                term *= values[i] ** power
        total += term
    return (total > 0) - (total < 0)
