"""One variable after the other: equations are solved, inequalities combined, the rest sampled.

Every step is a case distinction on the sign of a polynomial, a substitution, or the elimination of
one variable on a line over a sample point; so a system without points ends in a tree of cases
(``exact.case_trees``), and any other one in a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from random import Random
from typing import TypeAlias

from piecewise_mt.exact.case_trees import Line, Solve, Split, Table, Tree
from piecewise_mt.semialgebraic.fibres import Fact, extended, fibre, fits
from piecewise_mt.semialgebraic.fields import Field, Sample, joined
from piecewise_mt.semialgebraic.lines import Column
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
from piecewise_mt.semialgebraic.projection import consult
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
from piecewise_mt.semialgebraic.systems import Budget, OutOfTime, TooHard

DEFINITE = (NEGATIVE, ZERO, POSITIVE)
TOO_LARGE = "a step of the elimination is too large; simplify the kinks"
FEW = 12
"""The product of the degrees above which finitely many points are found by Gröbner bases."""
PROOF_SECONDS = 1.0
TRIES = 40
OTHER_PLACES = 32
DENOMINATORS = (1, 1, 2, 1, 3, 2, 1, 4)


@dataclass(frozen=True, slots=True)
class Found:
    """A point; near it the set has this dimension, and `sure` says that it has no larger one."""

    dimension: int
    sample: Sample
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Nothing:
    """No point."""

    tree: Tree


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not decided."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Of too small a dimension to matter."""


Outcome: TypeAlias = "Found | Nothing | Unknown | Skipped"
Case: TypeAlias = "tuple[int, Callable[[int], Outcome]]"


class Elimination:
    """Decides states of a ring within a budget.

    `rest` is asked about what is too hard here: a state and its variables give an outcome.
    """

    def __init__(
        self,
        ring: Ring,
        budget: Budget,
        rest: Callable[[State, Sequence[int], str], Outcome],
    ) -> None:
        self.ring = ring
        self.budget = budget
        self.signs = Propagation(ring)
        self.rest = rest

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
        combined = self._bounded_variable(state, variables)
        if combined is not None:
            return self._combined(state, combined, variables, floor)
        if self._has_few_points(state, variables):
            return self._few_points(state, variables, floor)
        try:
            return self._sampled(state, variables, floor)
        except TooHard:
            return self.rest(state, variables, TOO_LARGE)

    def _has_few_points(self, state: State, variables: Sequence[int]) -> bool:
        """Whether there are as many equations as variables, and of high degree."""
        zeros = state.zeros()
        return len(zeros) >= len(variables) and prod(sum(p.degrees()) for p in zeros) > FEW

    def _few_points(self, state: State, variables: Sequence[int], floor: int) -> Outcome:
        """A point of finitely many; if there is none, a proof, if that does not take long."""
        found = self.rest(state.copy(), variables, TOO_LARGE)
        if not isinstance(found, Nothing):
            return found if isinstance(found, Found) else self._sampled(state, variables, floor)
        whole = self.budget
        self.budget = whole.part(min(whole.left / 2, PROOF_SECONDS))
        try:
            proved = self._sampled(state, variables, floor)
        except (OutOfTime, TooHard):
            return found
        finally:
            self.budget = whole
        return proved if isinstance(proved, Nothing) else found

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
        return next(self._guesses(state, variables, TRIES), None)

    def _guesses(self, state: State, variables: Sequence[int], tries: int) -> Iterator[Sample]:
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

    # -- everything else ---------------------------------------------------------------------

    def _sampled(self, state: State, variables: Sequence[int], floor: int) -> Outcome:
        """Points of the conditions without one variable, and the line over each of them."""
        i = self._projected_variable(state, variables)
        rest = [k for k in variables if k != i]
        facts = [(p, m) for p, m in state.signs.items() if degree(p, i)]
        base = State({p: m for p, m in state.signs.items() if not degree(p, i)})
        below = self.solve(base.copy(), rest)
        if not isinstance(below, Found):
            return below
        line = fibre(facts, below.sample, i, self.budget)
        column = _first(line, facts)
        if column is None and not base.zeros():
            # somewhere else, before it is asked why not here
            tries = OTHER_PLACES if sum(m == ZERO for _, m in facts) < 2 else 0
            for other in self._guesses(base, rest, tries):
                elsewhere = fibre(facts, other, i, self.budget)
                column = _first(elsewhere, facts)
                if column is not None:
                    below, line = Found(len(rest), other), elsewhere
                    break
        if column is not None:
            sample = extended(below.sample, i, column, facts, self.budget)
            if column.is_interval:
                return Found(below.dimension + 1, sample, below.sure)
            if self._is_graph(facts, sample, i):
                here = Found(below.dimension, sample, below.sure)
                if self._has_no_vertical_part(base, facts, i, rest, below.dimension):
                    return here
        return self._around(state, base, facts, below.sample, line, column, i, variables, floor)

    def _projected_variable(self, state: State, variables: Sequence[int]) -> int:
        def cost(i: int) -> tuple[int, ...]:
            degrees = [degree(p, i) for p in state.signs]
            leading = [
                int(not coefficients(p, i)[-1].is_ground) for p in state.signs if degree(p, i)
            ]
            return (max(degrees), sum(degrees), sum(leading), i)

        return min(variables, key=cost)

    def _is_graph(self, facts: Sequence[Fact], sample: Sample, i: int) -> bool:
        """Whether one polynomial alone vanishes at the point, simply: then v is a function."""
        zero = [p for p, _ in facts if sample.sign(p) == 0]
        return len(zero) == 1 and sample.sign(zero[0].diff(self.ring.variables[i])) != 0

    def _has_no_vertical_part(
        self,
        base: State,
        facts: Sequence[Fact],
        i: int,
        rest: Sequence[int],
        dimension: int,
    ) -> bool:
        """Whether all of a line lies in the set over no part of that dimension."""
        equations = [p for p, m in facts if m == ZERO]
        if not equations:
            return False
        if not base.zeros():
            return True
        for p in equations:
            rows = coefficients(p, i)
            if any(row and row.is_ground for row in rows):
                return True
        child = base.copy()
        for row in coefficients(equations[0], i):
            if row:
                self.signs.assume(child, row, ZERO)
        found = self.solve(child, rest, dimension - 1)
        return isinstance(found, Nothing | Skipped)

    def _around(
        self,
        state: State,
        base: State,
        facts: list[Fact],
        sample: Sample,
        line: Sequence[Column],
        column: Column | None,
        i: int,
        variables: Sequence[int],
        floor: int,
    ) -> Outcome:
        """The set of all points at which the line looks as over the sample, and the others."""
        kept = facts if column is not None else _conflict(facts, line)
        asked: dict[Polynomial, int] = {}

        def sign_of(c: Polynomial) -> int:
            turn, factors = self.ring.factors(c)
            signs = [(f, sample.sign(f), k) for f, k in factors]
            zero = next((f for f, s, _ in signs if s == 0), None)
            if zero is not None:
                asked.setdefault(zero, 0)
                return 0
            for f, s, k in signs:
                asked.setdefault(f, s)
                turn *= s if k % 2 else 1
            return turn

        rows = [coefficients(p, i) for p, _ in kept]
        consult(rows, [m == ZERO for _, m in kept], sign_of, self.budget)
        told = [
            (c, mask_of_sign(s))
            for c, s in asked.items()
            if self.signs.mask(c, state) not in DEFINITE
        ]
        told.sort(key=lambda pair: size(pair[0]))
        best: Found | None = None
        unknown: Unknown | None = None
        skipped = False
        if column is not None:
            cell = base.copy()
            cell.signs.update(told)
            own = self.solve(cell, [k for k in variables if k != i])
            point = extended(sample, i, column, facts, self.budget)
            if isinstance(own, Found):
                best = Found(own.dimension, point, own.sure)
            else:
                best = Found(0, point, False)
        others: list[list[tuple[int, Tree]]] = []
        for place, (c, mask) in enumerate(told):
            branches: list[tuple[int, Tree]] = []
            for other in (POSITIVE, NEGATIVE, ZERO):
                if other == mask or not self.signs.mask(c, state) & other:
                    continue
                child = state.copy()
                child.signs.update(told[:place])
                child.signs[c] = other
                least = floor if best is None else max(floor, best.dimension)
                found = self.solve(child, variables, least)
                if isinstance(found, Nothing):
                    branches.append((other, found.tree))
                elif isinstance(found, Unknown):
                    unknown = found
                elif isinstance(found, Skipped):
                    skipped = True
                elif best is None or found.dimension > best.dimension:
                    best = found
            others.append(branches)
        if best is not None:
            return Found(best.dimension, best.sample, best.sure and unknown is None)
        if unknown is not None:
            return unknown
        if skipped:
            return Skipped()
        tree: Tree = Table(i, tuple(terms(p) for p, _ in kept))
        for (c, mask), branches in zip(reversed(told), reversed(others), strict=True):
            tree = Split(terms(c), ((mask, tree), *branches))
        return Nothing(tree)


def _steps(tree: Tree, steps: Sequence[tuple[Polynomial, int, Tree]]) -> Tree:
    """The proof below combined inequalities, each of which the leaf proves."""
    for source, mask, leaf in reversed(steps):
        bad = tuple((sign, leaf) for sign in DEFINITE if sign != mask)
        tree = Split(terms(source), ((mask, tree), *bad))
    return tree


def _first(line: Sequence[Column], facts: Sequence[Fact]) -> Column | None:
    """The first column that fits, an interval if there is one."""
    good = [column for column in line if fits(column, facts)]
    return next((c for c in good if c.is_interval), good[0] if good else None)


def _conflict(facts: list[Fact], line: Sequence[Column]) -> list[Fact]:
    """A few of the facts that no column of the line fits."""
    order = sorted(
        range(len(facts)), key=lambda k: (-sum(facts[k][0].degrees()), -len(facts[k][0]))
    )
    kept = set(range(len(facts)))
    for k in order:
        fewer = kept - {k}
        if not any(
            all(mask_of_sign(column.signs[j]) & facts[j][1] for j in fewer) for column in line
        ):
            kept = fewer
    return [facts[k] for k in sorted(kept)]


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
