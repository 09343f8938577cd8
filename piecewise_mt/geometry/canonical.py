"""The canonical form of a polyhedron with any mix of =, < and ≤, by exact linear programming."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import mul

from piecewise_mt.exact.linear import Row, echelon, make_primitive
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.geometry.relations import Inequality


@dataclass(frozen=True, slots=True)
class Description:
    """The affine hull of a nonempty set, a relatively interior point, and the other rows."""

    equations: tuple[Row, ...]
    inequalities: tuple[Inequality, ...]
    point: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Faces:
    """The irredundant description of a nonempty set.

    ``facets`` maps each facet's reduced row to (a given row, strict); ``excluded`` maps each
    maximal excluded face, as the facets tight on it, to a given row.
    """

    facets: dict[Row, Inequality]
    excluded: dict[tuple[Row, ...], Row]


def affine_hull(
    equations: Iterable[Row], inequalities: Iterable[Inequality], variables: int
) -> Description:
    """The affine hull of a set that is known to be nonempty.

    All inequalities are made strict; as long as that has no solution, those with a positive
    multiplier in the certificate are equations.

    Examples
    --------
    x ≥ y and y ≥ x leave a tie:

    >>> affine_hull([], [((0, 1, -1), False), ((0, -1, 1), False)], 2).equations
    ((0, 1, -1),)
    """
    equal, above = list(equations), list(inequalities)
    while True:
        answer = feasible_point(equal, [(row, True) for row, _ in above], variables=variables)
        if isinstance(answer, Witness):
            return Description(echelon(equal), tuple(above), answer.point)
        tight = [value > 0 for value in answer.inequalities]
        equal += [row for (row, _), on in zip(above, tight, strict=True) if on]
        above = [pair for pair, on in zip(above, tight, strict=True) if not on]


def faces(hull: Description, variables: int) -> Faces:
    """The facets of a nonempty set's closure, and the excluded faces that no facet excludes."""
    given: dict[Row, list[Inequality]] = {}
    for row, strict in hull.inequalities:
        reduced = reduced_row(row, hull.equations)
        if any(reduced[1:]):
            given.setdefault(reduced, []).append((row, strict))
    closed = sorted(given)
    seen = _seen_facets(closed, hull.point)
    for row in sorted(given):
        if row in seen:
            continue
        others = [(other, False) for other in closed if other != row]
        outside = (tuple(-value for value in row), True)
        answer = feasible_point(hull.equations, [*others, outside], variables=variables)
        if not isinstance(answer, Witness):
            closed.remove(row)
    facets = {
        row: (min((r for r, _ in given[row]), key=weight), any(flag for _, flag in given[row]))
        for row in closed
    }
    bounds = [(row, False) for row in closed]
    found: dict[tuple[Row, ...], list[Row]] = {}
    for row in sorted(given):
        strict_rows = [r for r, flag in given[row] if flag]
        if row in facets or not strict_rows:
            continue
        equal = [*hull.equations, row]
        if not isinstance(feasible_point(equal, bounds, variables=variables), Witness):
            continue
        free = {r for r, _ in affine_hull(equal, bounds, variables).inequalities}
        tight = tuple(r for r in closed if r not in free)
        if not any(facets[r][1] for r in tight):
            found.setdefault(tight, []).extend(strict_rows)
    return Faces(
        facets,
        {
            tight: min(rows, key=weight)
            for tight, rows in sorted(found.items())
            if not any(set(other) < set(tight) for other in found)
        },
    )


def _seen_facets(rows: Sequence[Row], point: Sequence[Fraction]) -> set[Row]:
    """Rows that are the first, and alone, to be met against their normal from a point within.

    They are facets, without a linear program; others may be. Rows have no pivot columns of the
    equations, so that what is done along these need not be looked at.
    """
    under = lcm(*(v.denominator for v in point))
    inner = [under, *(v.numerator * (under // v.denominator) for v in point)]
    heights = [sum(map(mul, row, inner)) for row in rows]
    columns: dict[int, list[tuple[int, int]]] = {}
    for j, row in enumerate(rows):
        for column, c in enumerate(row):
            if c and column:
                columns.setdefault(column, []).append((j, c))
    seen = set()
    for i, row in enumerate(rows):
        falls: dict[int, int] = {}
        for column, c in enumerate(row):
            if c and column:
                for j, other in columns[column]:
                    falls[j] = falls.get(j, 0) + c * other
        # row j is met after heights[j] / falls[j]
        if all(
            heights[j] * falls[i] > heights[i] * fall
            for j, fall in falls.items()
            if fall > 0 and j != i
        ):
            seen.add(row)
    return seen


def canonical_rows(
    hull: Description, variables: int
) -> tuple[tuple[Row, ...], tuple[Inequality, ...]]:
    """Rows that depend on the set alone.

    An excluded face is written as the sum of the facets that are tight on it, which is > 0.
    """
    described = faces(hull, variables)
    rows: list[Inequality] = [(row, strict) for row, (_, strict) in described.facets.items()]
    for tight in described.excluded:
        total = [sum(column) for column in zip(*tight, strict=True)]
        rows.append((make_primitive(total), True))
    return hull.equations, tuple(rows)


def irredundant_rows(
    hull: Description, variables: int
) -> tuple[tuple[Row, ...], tuple[Inequality, ...]]:
    """The given rows that are needed, the simplest among equal ones, in a fixed order."""
    described = faces(hull, variables)
    rows = [*described.facets.values(), *((row, True) for row in described.excluded.values())]
    return hull.equations, tuple(rows)


def weight(row: Row) -> tuple[int, int, Row]:
    """Simple rows first: few nonzero entries, then small ones."""
    return sum(map(bool, row)), sum(map(abs, row)), tuple(-value for value in row)


def reduced_row(row: Row, equations: Sequence[Row]) -> Row:
    """The positive multiple of `row` plus equations that is zero in their pivot columns."""
    for equation in equations:
        column = next(i for i in (*range(1, len(equation)), 0) if equation[i])
        factor, lead = row[column], equation[column]
        if factor:
            row = make_primitive(
                [lead * a - factor * b for a, b in zip(row, equation, strict=True)]
            )
    return row
