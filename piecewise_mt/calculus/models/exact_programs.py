"""A model with some integer columns fixed, solved exactly; and exact branch and bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from piecewise_mt.calculus.forms.switching import Form
from piecewise_mt.calculus.models.model import OptimisationModel
from piecewise_mt.errors import Undecided
from piecewise_mt.exact.certificates import check_bound, check_farkas, check_witness
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Farkas, Optimum, Unbounded, maximize

Fixed = tuple[tuple[int, int], ...]
"""Pairs (integer column, 0 or 1)."""


@dataclass(frozen=True)
class Rows:
    """What is left of a model when some columns have values, integer columns relaxed."""

    free: tuple[int, ...]
    objective: Row
    equations: tuple[Row, ...]
    inequalities: tuple[tuple[Row, bool], ...]

    @classmethod
    def of(cls, model: OptimisationModel, fixed: Mapping[int, int]) -> Rows:
        """Substitute the values.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> model = mt.relu(x).to_milp({x: (-1, 2)})
        >>> rows = Rows.of(model, {3: 0})
        >>> rows.free, maximize(rows.objective, rows.equations, rows.inequalities).value
        ((0, 1, 2), Fraction(0, 1))
        """
        free = tuple(j for j in range(len(model.columns)) if j not in fixed)
        place = {j: k for k, j in enumerate(free, start=1)}
        width = len(free) + 1
        equations: dict[Row, None] = {}
        above: dict[Row, None] = {}
        for own in model.rows:
            row = [own.constant, *[0] * (width - 1)]
            for j, c in own.terms:
                if j in place:
                    row[place[j]] += c
                else:
                    row[0] += c * fixed[j]
            whole = primitive(row)
            if any(whole[1:]) or whole[0] < 0 or (own.is_equation and whole[0]):
                (equations if own.is_equation else above)[whole] = None
        for j in free:
            column = model.columns[j]
            for value, sign in ((column.lower, 1), (column.upper, -1)):
                if value is not None:
                    wide = [-sign * value, *[Fraction(0)] * (width - 1)]
                    wide[place[j]] = Fraction(sign)
                    above[primitive(wide)] = None
        objective = [0] * width
        objective[place[model.objective]] = -1
        rows = tuple((row, False) for row in above)
        return cls(free, tuple(objective), tuple(equations), rows)

    def solve(self) -> Optimum | Unbounded | Farkas:
        """The largest value of the objective, which is the value with its sign changed."""
        return maximize(self.objective, self.equations, self.inequalities)


@dataclass(frozen=True)
class Leaf:
    """That no integers with these values are better than a bound, by linear programming duality.

    `multipliers` are those of an optimum, or with ``is_empty`` those that refute the rows.
    """

    fixed: Fixed
    multipliers: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
    is_empty: bool = False

    def verify(self, model: OptimisationModel, bound: Fraction) -> bool:
        """Check it anew, with Fractions alone."""
        rows = Rows.of(model, dict(self.fixed))
        if self.is_empty:
            return check_farkas(self.multipliers, rows.equations, rows.inequalities)
        return check_bound(
            -bound, self.multipliers, rows.objective, rows.equations, rows.inequalities
        )


@dataclass(frozen=True)
class Branches:
    """Leaves of a tree of choices, which together prove a lower bound."""

    bound: Fraction
    leaves: tuple[Leaf, ...]

    def verify(self, model: OptimisationModel) -> bool:
        """Check every leaf anew, and that no choice of all integers is in none of them."""
        integers = set(model.integers)
        own = [dict(leaf.fixed) for leaf in self.leaves]
        if any(set(fixed) - integers or set(fixed.values()) - {0, 1} for fixed in own):
            return False
        disjoint = all(
            any(one[j] != two[j] for j in one.keys() & two.keys())
            for i, one in enumerate(own)
            for two in own[:i]
        )
        # disjoint boxes of choices that fill the whole cube
        share = sum((Fraction(1, 2 ** len(fixed)) for fixed in own), Fraction(0))
        proved = all(leaf.verify(model, self.bound) for leaf in self.leaves)
        return disjoint and share == 1 and proved


def minimum_with_fixed(
    model: OptimisationModel, fixed: Mapping[int, int]
) -> tuple[Fraction, ...] | None:
    """The values of all columns with the least value, integers fixed; None if there are none.

    A choice turns most pairs of rows into equations, and these say what the nodes are. Columns are
    eliminated by them first, so that what is left to the simplex is as small as the domain.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> minimum_with_fixed((x - 2 * mt.relu(x)).to_milp({x: (-1, 2)}), {3: 1})
    (Fraction(2, 1), Fraction(-2, 1), Fraction(2, 1), Fraction(1, 1))
    """
    equations, above = _sparse_rows(model, fixed)
    solved: list[tuple[int, Form]] = []
    while equations:
        form = equations.pop()
        slots = [slot for slot in form if slot]
        if not slots:
            if form.get(0):
                return None
            continue
        # the last column: a node in terms of what it reads, a copy, or the value
        slot = max(slots, key=lambda s: (s != model.objective + 1, s))
        own = {s: -c / form[slot] for s, c in form.items() if s != slot}
        solved.append((slot, own))
        equations = [_without(row, slot, own) for row in equations]
        above = [_without(row, slot, own) for row in above]
    found = _least(model, above, solved)
    if found is None:
        return None
    # a column that cancels out of everything may have any value
    values = {slot: Fraction(0) for slot in range(1, len(model.columns) + 1)}
    values |= {0: Fraction(1), **{j + 1: Fraction(v) for j, v in fixed.items()}, **found}
    for slot, own in reversed(solved):
        values[slot] = sum((c * values[s] for s, c in own.items()), Fraction(0))
    return tuple(values[j + 1] for j in range(len(model.columns)))


def _sparse_rows(
    model: OptimisationModel, fixed: Mapping[int, int]
) -> tuple[list[Form], list[Form]]:
    """Equations and inequalities; two inequalities that are opposite are an equation."""
    equations: list[Form] = []
    found: dict[tuple[tuple[int, int], ...], None] = {}

    def add(form: Form, is_equation: bool) -> None:
        slots = sorted(slot for slot, c in form.items() if c)
        whole = primitive([form[slot] for slot in slots])
        if is_equation:
            equations.append({slot: Fraction(c) for slot, c in zip(slots, whole, strict=True)})
        elif any(slots) or form.get(0, 0) < 0:
            found[tuple(zip(slots, whole, strict=True))] = None

    for row in model.rows:
        form = {0: Fraction(row.constant)}
        for j, c in row.terms:
            if j in fixed:
                form[0] += c * fixed[j]
            else:
                form[j + 1] = Fraction(c)
        add(form, row.is_equation)
    for j, column in enumerate(model.columns):
        if j not in fixed:
            for value, sign in ((column.lower, 1), (column.upper, -1)):
                if value is not None:
                    add({0: -sign * value, j + 1: Fraction(sign)}, False)
    above: list[Form] = []
    for own in found:
        form = {slot: Fraction(c) for slot, c in own}
        if tuple((slot, -c) for slot, c in own) in found:
            equations.append(form)
        else:
            above.append(form)
    return equations, above


def _without(row: Form, slot: int, own: Form) -> Form:
    """A row with a column replaced."""
    factor = row.get(slot)
    if not factor:
        return row
    total = {s: c for s, c in row.items() if s != slot}
    for s, c in own.items():
        total[s] = total.get(s, Fraction(0)) + factor * c
    return {s: c for s, c in total.items() if c}


def _least(
    model: OptimisationModel, above: Sequence[Form], solved: Sequence[tuple[int, Form]]
) -> dict[int, Fraction] | None:
    """The columns that are left, at the least value."""
    objective: Form = {model.objective + 1: Fraction(1)}
    for slot, own in solved:
        objective = _without(objective, slot, own)
    left = sorted({slot for row in (*above, objective) for slot in row if slot})
    rows: dict[Row, None] = {}
    for row in above:
        rows[primitive([row.get(slot, Fraction(0)) for slot in (0, *left)])] = None
    goal = [-c for c in primitive([objective.get(slot, Fraction(0)) for slot in (0, *left)])]
    answer = maximize(goal, [], [(row, False) for row in rows])
    if isinstance(answer, Farkas):
        return None
    assert isinstance(answer, Optimum), "the domain is bounded"
    return dict(zip(left, answer.point, strict=True))


def values_of(
    model: OptimisationModel, rows: Rows, fixed: Mapping[int, int], point: Sequence[Fraction]
) -> tuple[Fraction, ...]:
    """The values of all columns."""
    found = {j: Fraction(v) for j, v in fixed.items()}
    found.update(zip(rows.free, point, strict=True))
    return tuple(found[j] for j in range(len(model.columns)))


def is_ray(model: OptimisationModel, rows: Rows, answer: Unbounded) -> bool:
    """Check that the value falls for ever along a ray of what is left of a model."""
    flat = [(0, *row[1:]) for row in rows.equations]
    above = [((0, *row[1:]), False) for row, _ in rows.inequalities]
    falls = -answer.ray[rows.free.index(model.objective)] > 0
    return (
        falls
        and check_witness(answer.point, rows.equations, rows.inequalities)
        and check_witness(answer.ray, flat, above)
    )


def branch_and_bound(
    model: OptimisationModel, max_nodes: int, start: Fraction | None = None
) -> tuple[tuple[Fraction, ...] | None, Branches]:
    """The values of all columns with the least value, and the proof that there is no better one.

    With a `start` only values below it are looked for; None is returned if there are none.
    """
    best, where = start, None
    leaves: list[Leaf] = []
    pending: list[dict[int, int]] = [{}]
    nodes = 0
    while pending:
        fixed = pending.pop()
        nodes += 1
        if nodes > max_nodes:
            raise Undecided(
                f"expected branch and bound with at most {max_nodes} nodes, got more; raise "
                "max_nodes, or take another proof of the lower bound"
            )
        rows = Rows.of(model, fixed)
        answer = rows.solve()
        key = tuple(sorted(fixed.items()))
        if isinstance(answer, Farkas):
            parts = (answer.equations, answer.inequalities)
            equations, inequalities = (tuple(map(Fraction, part)) for part in parts)
            leaves.append(Leaf(key, (equations, inequalities), True))
            continue
        assert isinstance(answer, Optimum), "the domain is bounded"
        if best is None or -answer.value < best:
            values = values_of(model, rows, fixed, answer.point)
            broken = [j for j in model.integers if values[j].denominator != 1]
            if broken:
                # the one that is nearest to 1/2; its nearer side first
                j = min(broken, key=lambda j: abs(values[j] - Fraction(1, 2)))
                near = int(values[j] > Fraction(1, 2))
                pending += [{**fixed, j: 1 - near}, {**fixed, j: near}]
                continue
            best, where = -answer.value, values
        leaves.append(Leaf(key, (answer.equations, answer.inequalities)))
    assert best is not None, "there is a point in the domain"
    return where, Branches(best, tuple(leaves))
