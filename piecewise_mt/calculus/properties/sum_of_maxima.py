"""A scalar function as one sum of maxima of affine functions: asked by linear programs.

With factors ≥ 0 it is convex: its infimum is one linear program, the points where it is attained
are those that are complementary to one dual solution, and its gradients those of the forms that
are largest alone somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm, prod
from typing import Any, TypeAlias

from piecewise_mt.calculus.evaluation.program import Program, Slots
from piecewise_mt.calculus.local.reduction import Matrix, dot
from piecewise_mt.calculus.partition.maxima import Maxima, maxima_of, rough_faces
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Farkas, Optimum, Unbounded, feasible_point, maximize
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Inequality

LARGE = 20_000
"""From so many faces on, functions are asked by linear programs instead of a refinement."""
MAX_CHOICES = 512
"""How many choices of one form a maximum are tried for gradients."""
AffineForm: TypeAlias = tuple[Fraction, ...]
"""(c0, c1, …, ca)."""


def large_maxima(program: Program) -> Maxima | None:
    """The outputs as sums of maxima, if there are many faces; None if there are other nodes."""
    if program.is_smooth or rough_faces(program) <= LARGE:
        return None
    found = maxima_of(program)
    if found is None or not all(term.is_maximum for term in found.terms):
        return None
    return found


def gradients_inside(maxima: Maxima, domain: Polyhedron | None) -> dict[Matrix, Any] | None:
    """All gradients on open sets of a domain, each with a point where it is; None if too many.

    A choice of one form a maximum has such a set iff all chosen forms can be largest alone at
    once inside the domain: one strict linear program.
    """
    if prod(len(term.forms) for term in maxima.terms) > MAX_CHOICES:
        return None
    a = len(maxima.names)
    inside = [] if domain is None else [(row, True) for row, _ in domain.inequalities]
    if domain is not None and domain.equations:
        return None
    parts = [[_whole(dict(form), a) for form in term.forms] for term in maxima.terms]
    found: dict[Matrix, Any] = {}
    for choice in product(*(range(len(part)) for part in parts)):
        rows: list[Inequality] = list(inside)
        for part, i in zip(parts, choice, strict=True):
            for j, other in enumerate(part):
                if j != i:
                    rows.append((tuple(p - q for p, q in zip(part[i], other, strict=True)), True))
        # far away from the other forms, more often than not
        point = _away(parts, choice, a)
        if not all(row[0] + dot(row[1:], point) > 0 for row, _ in rows):
            answer = feasible_point([], rows, variables=a)
            if isinstance(answer, Farkas):
                continue
            point = answer.point
        matrix = []
        for form, factors in maxima.outputs:
            total = _dense(form, a)
            for index, c in factors.items():
                own = parts[index][choice[index]]
                total = tuple(t + c * v for t, v in zip(total, own, strict=True))
            matrix.append(total[1:])
        found.setdefault(tuple(matrix), point)
    return found


def _away(parts: Sequence[Sequence[Row]], choice: Sequence[int], a: int) -> tuple[Fraction, ...]:
    """A point in the direction from the mean of each maximum's forms to the chosen one."""
    total = [Fraction(0)] * a
    for part, i in zip(parts, choice, strict=True):
        means = [quotient(sum(column), len(part)) for column in zip(*part, strict=True)]
        total = [t + v - m for t, v, m in zip(total, part[i][1:], means[1:], strict=True)]
    return tuple(1000 * v for v in total)


@dataclass(frozen=True)
class SumOfMaxima:
    """linear + Σ factor·max of forms."""

    names: tuple[str, ...]
    linear: AffineForm
    parts: tuple[tuple[Fraction, tuple[AffineForm, ...]], ...]

    @classmethod
    def of(cls, maxima: Maxima) -> SumOfMaxima:
        """The one output."""
        a = len(maxima.names)
        ((form, factors),) = maxima.outputs
        parts = []
        for index, term in enumerate(maxima.terms):
            forms = tuple(_dense(dict(own), a) for own in term.forms)
            parts.append((fraction(factors[index]), forms))
        return cls(maxima.names, _dense(form, a), tuple(parts))

    @property
    def is_convex(self) -> bool:
        """Whether all factors are ≥ 0; if not, the function may be convex all the same."""
        return all(factor >= 0 for factor, _ in self.parts)

    @property
    def is_concave(self) -> bool:
        """Whether all factors are ≤ 0."""
        return all(factor <= 0 for factor, _ in self.parts)

    def value(self, point: Sequence[Fraction]) -> Fraction:
        """The value at a point."""
        x = (1, *point)
        total = fraction(dot(self.linear, x))
        for factor, forms in self.parts:
            total += factor * max(dot(form, x) for form in forms)
        return total

    def chosen(self, choice: Sequence[int]) -> AffineForm:
        """The affine function with one form a maximum."""
        total = self.linear
        for (factor, forms), i in zip(self.parts, choice, strict=True):
            total = tuple(t + factor * v for t, v in zip(total, forms[i], strict=True))
        return total

    def lowest(self, domain: Polyhedron | None) -> Lowest | Falling | None:
        """The infimum of a convex sum, by one linear program; None on an empty domain.

        Its variables are those of the function and a bound of each maximum from above.
        """
        m = len(self.parts)
        equations, inside = _rows(domain)
        rows: list[Row] = [(*row, *[0] * m) for row in inside]
        scales = [Fraction(1)] * len(rows)
        places: list[tuple[int, int]] = []
        for k, (_, forms) in enumerate(self.parts):
            for i, form in enumerate(forms):
                # bound - form ≥ 0
                given: list[Fraction | int] = [-v for v in form]
                given += [int(j == k) for j in range(m)]
                row = primitive(given)
                rows.append(row)
                scales.append(fraction(row[len(form) + k]))
                places.append((k, i))
        goal = [*(-v for v in self.linear), *(-factor for factor, _ in self.parts)]
        scale = lcm(*(v.denominator for v in goal))
        wide = [(*row, *[0] * m) for row in equations]
        answer = maximize(
            [v.numerator * (scale // v.denominator) for v in goal],
            wide,
            [(row, False) for row in rows],
        )
        if isinstance(answer, Farkas):
            return None
        a = len(self.names)
        if isinstance(answer, Unbounded):
            return self._falling(answer.point[:a], answer.ray[:a], equations, inside)
        assert isinstance(answer, Optimum)
        weights = [v * s / scale for v, s in zip(answer.inequalities, scales, strict=True)]
        form = self.linear
        used = []
        for (k, i), weight in zip(places, weights[len(inside) :], strict=True):
            if weight:
                used.append((k, i))
                below = self.parts[k][1][i]
                form = tuple(t + weight * v for t, v in zip(form, below, strict=True))
        return Lowest(
            -answer.value / scale,
            answer.point[:a],
            form,
            tuple(used),
            tuple(v / scale for v in answer.equations),
            tuple(weights[: len(inside)]),
        )

    def lowest_of_concave(self, domain: Polyhedron | None) -> list[Lowest] | Falling | None:
        """The infima of all affine functions that a concave sum is the minimum of.

        None if they are too many, or the domain is empty.
        """
        choices = [range(len(forms)) for _, forms in self.parts]
        if prod(map(len, choices)) > MAX_CHOICES:
            return None
        equations, inside = _rows(domain)
        rows = [(row, False) for row in inside]
        found = []
        for choice in product(*choices):
            form = self.chosen(choice)
            scale = lcm(*(v.denominator for v in form))
            answer = maximize([int(-v * scale) for v in form], equations, rows)
            if isinstance(answer, Farkas):
                return None
            if isinstance(answer, Unbounded):
                return self._falling(answer.point, answer.ray, equations, inside)
            weights = (
                tuple(v / scale for v in answer.equations),
                tuple(v / scale for v in answer.inequalities),
            )
            found.append(Lowest(-answer.value / scale, answer.point, form, (), *weights))
        return found

    def _falling(
        self,
        point: tuple[Fraction, ...],
        ray: Row,
        equations: Sequence[Row],
        inside: Sequence[Row],
    ) -> Falling:
        """A later point of the ray, from which on the function is affine."""
        along = (0, *ray)
        choice, step = [], Fraction(0)
        for _, forms in self.parts:
            steep = max(dot(form, along) for form in forms)
            high = [i for i, form in enumerate(forms) if dot(form, along) == steep]
            top = max(high, key=lambda i: dot(forms[i], (1, *point)))
            choice.append(top)
            for form in forms:
                gap = dot(form, (1, *point)) - dot(forms[top], (1, *point))
                if gap > 0:
                    step = max(step, gap / (steep - dot(form, along)))
        start = tuple(p + step * r for p, r in zip(point, ray, strict=True))
        rows = [(row, False) for row in inside]
        for (_, forms), i in zip(self.parts, choice, strict=True):
            rows += [(primitive(_less(forms[i], other)), False)
                     for other in forms if other != forms[i]]  # fmt: skip
        return Falling(self.chosen(choice), start, primitive(ray), tuple(equations), tuple(rows))

    def minimizers(self, found: Lowest, domain: Polyhedron | None) -> Polyhedron:
        """Where a convex sum is lowest: what is complementary to the multipliers.

        Every form with a positive multiplier is the largest of its maximum, and every row of
        the domain with one is tight (linear programming duality).
        """
        equations = [] if domain is None else list(domain.equations)
        given = () if domain is None else domain.inequalities
        inequalities: list[Inequality] = []
        for (row, strict), weight in zip(given, found.inequalities, strict=True):
            if weight:
                equations.append(row)
            if strict or not weight:
                inequalities.append((row, strict))
        for k, (_, forms) in enumerate(self.parts):
            used = [i for own, i in found.used if own == k]
            if used:
                first = forms[used[0]]
                for i, other in enumerate(forms):
                    if i in used[1:]:
                        equations.append(primitive(_less(first, other)))
                    elif i not in used:
                        inequalities.append((primitive(_less(first, other)), False))
        return Polyhedron(self.names, equations, inequalities)

    def minimizers_of_concave(
        self, found: Sequence[Lowest], domain: Polyhedron | None
    ) -> list[Polyhedron]:
        """Where a concave sum is lowest: where one of the forms is that are as low as any.

        Each leaves out the points of those before it, whose forms are higher on what it has.
        """
        best = min(own.value for own in found)
        tight: dict[Row, None] = {}
        for own in found:
            if own.value == best:
                # form - value, which is ≥ 0 on the domain
                tight.setdefault(primitive((own.form[0] - best, *own.form[1:])))
        equations = () if domain is None else domain.equations
        inequalities = () if domain is None else domain.inequalities
        rows = list(tight)
        return [
            Polyhedron(
                self.names,
                [*equations, row],
                [*inequalities, *((before, True) for before in rows[:k])],
            )
            for k, row in enumerate(rows)
        ]

    def bends_down(self, domain: Polyhedron | None) -> Iterator[list[tuple[Fraction, ...]]]:
        """Segments across the ties of maxima with factors < 0, where f may lie above its chord."""
        a = len(self.names)
        inside = [] if domain is None else [(row, True) for row, _ in domain.inequalities]
        for factor, forms in self.parts:
            if factor > 0:
                continue
            for i in range(min(len(forms), 8)):
                for j in range(i):
                    tie = primitive(_less(forms[i], forms[j]))
                    above = [(primitive(_less(forms[i], other)), True)
                             for other in forms if other not in (forms[i], forms[j])]  # fmt: skip
                    answer = feasible_point([tie], [*inside, *above], variables=a)
                    if isinstance(answer, Farkas):
                        continue
                    step = [fraction(v) for v in tie[1:]]
                    for _ in range(8):
                        yield [
                            tuple(p + sign * s for p, s in zip(answer.point, step, strict=True))
                            for sign in (-1, 1)
                        ]
                        step = [s / 16 for s in step]


@dataclass(frozen=True)
class Lowest:
    """An infimum that is finite, with the multipliers that prove it."""

    value: Fraction
    point: tuple[Fraction, ...]
    form: AffineForm
    """An affine function below the sum: every maximum replaced by a combination of its forms."""
    used: tuple[tuple[int, int], ...]
    """The forms in it: (which maximum, which form)."""
    equations: tuple[Fraction, ...]
    inequalities: tuple[Fraction, ...]


@dataclass(frozen=True)
class Falling:
    """A ray in a cell on which the sum is affine and falls for ever."""

    form: AffineForm
    point: tuple[Fraction, ...]
    ray: Row
    equations: tuple[Row, ...]
    inequalities: tuple[Inequality, ...]


def _rows(domain: Polyhedron | None) -> tuple[Sequence[Row], list[Row]]:
    if domain is None:
        return (), []
    return domain.equations, [row for row, _ in domain.inequalities]


def _dense(form: Slots, a: int) -> AffineForm:
    return tuple(fraction(form.get(i, 0)) for i in range(a + 1))


def _whole(form: Slots, a: int) -> Row:
    """A form of a term, whose factors are integers."""
    return tuple(int(form.get(i, 0)) for i in range(a + 1))


def _less(one: AffineForm, two: AffineForm) -> AffineForm:
    return tuple(p - q for p, q in zip(one, two, strict=True))
