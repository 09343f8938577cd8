"""Points of the conditions without one variable, and the line over each of them.

If the line over a sample has no point of the set, the signs of a few polynomials say why, and the
same holds wherever these have the same signs; the cases of other signs are left. So the search
ends, with a point or with a tree of cases.

References
----------
- D. Jovanović, L. de Moura, *Solving non-linear arithmetic*, IJCAR 2012 (samples first).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import final

from piecewise_mt.exact.case_trees import Split, Table, Tree, Trusted
from piecewise_mt.semialgebraic.elimination import DEFINITE, Elimination
from piecewise_mt.semialgebraic.fibres import Fact, extended, fibre, fits
from piecewise_mt.semialgebraic.fields import Sample
from piecewise_mt.semialgebraic.lines import Column
from piecewise_mt.semialgebraic.outcomes import Found, Nothing, Outcome, Skipped, Unknown
from piecewise_mt.semialgebraic.polynomials import Polynomial, coefficients, degree, size, terms
from piecewise_mt.semialgebraic.projection import consult
from piecewise_mt.semialgebraic.states import (
    NEGATIVE,
    POSITIVE,
    ZERO,
    State,
    mask_of_sign,
)
from piecewise_mt.semialgebraic.systems import Budget, OutOfTime, TooHard
from piecewise_mt.semialgebraic.zero_dimensional import VERSION, points

TOO_LARGE = "a step of the elimination is too large; simplify the kinks"
FEW = 12
"""The product of the degrees above which finitely many points are found by Gröbner bases."""
PROOF_SECONDS = 1.0
OTHER_PLACES = 32


@final
class Sampling(Elimination):
    """Elimination that goes on where no equation or inequality is linear."""

    def hard(self, state: State, variables: Sequence[int], floor: int) -> Outcome:
        """Finitely many points by their equations, all else by samples."""
        if self._has_few_points(state, variables):
            return self._few_points(state, variables, floor)
        try:
            return self._sampled(state, variables, floor)
        except TooHard:
            return _points_of(state, variables, self.budget)

    def _has_few_points(self, state: State, variables: Sequence[int]) -> bool:
        """Whether there are as many equations as variables, and of high degree."""
        zeros = state.zeros()
        return len(zeros) >= len(variables) and prod(sum(p.degrees()) for p in zeros) > FEW

    def _few_points(self, state: State, variables: Sequence[int], floor: int) -> Outcome:
        """A point of finitely many; if there is none, a proof, if that does not take long."""
        found = _points_of(state, variables, self.budget)
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
            for other in self.guesses(base, rest, tries):
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
            if isinstance(own, Found):
                # the line looks the same all over the cell, also where that is thickest
                there = _first(fibre(facts, own.sample, i, self.budget), facts)
                assert there is not None
                point = extended(own.sample, i, there, facts, self.budget)
                best = Found(own.dimension, point, own.sure)
            else:
                best = Found(0, extended(sample, i, column, facts, self.budget), False)
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


def _points_of(state: State, variables: Sequence[int], clock: Budget) -> Outcome:
    """A point of a system with finitely many, by Gröbner bases."""
    equations = state.zeros()
    if len(equations) < len(variables):
        return Unknown(TOO_LARGE)
    others = [(p, mask) for p, mask in state.signs.items() if mask != ZERO]
    try:
        for sample in points(equations, variables, clock):
            if all(mask_of_sign(sample.sign(p)) & mask for p, mask in others):
                return Found(0, sample)
    except TooHard:
        return Unknown(TOO_LARGE)
    return Nothing(Trusted(VERSION))
