"""Unions of polyhedra that are polyhedra.

Two polyhedra have a polyhedral union iff it is their envelope, the set of the relations of
either that the other satisfies too (A. Bemporad, K. Fukuda, F. D. Torrisi, "Convexity
recognition of the union of polyhedra", 2001; here with strict relations, each weakened where
only its closure holds). A point of the envelope that neither has is left out with the smallest
face around it, by one more strict relation: a convex set that misses a point of its closure misses
that face. So {x > 0, y ≥ 0} and {x = 0, y > 0} make {x ≥ 0, y ≥ 0, x + y > 0}.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from operator import mul
from typing import Any, TypeVar

from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.cover import uncovered
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron, irredundant

T = TypeVar("T", bound=Hashable)


def joined(parts: Sequence[Polyhedron]) -> list[Polyhedron]:
    """The same set from fewer polyhedra: no two of them have a polyhedral union."""
    return [part for part, _ in joined_alike([(trimmed(part), None) for part in parts])]


def joined_alike(entries: Sequence[tuple[Polyhedron, T]]) -> list[tuple[Polyhedron, T]]:
    """Polyhedra with something attached, those joined whose union is one and that have equal.

    What is attached must be hashable.
    """
    groups: dict[T, list[int]] = {}
    for place, (_, own) in enumerate(entries):
        groups.setdefault(own, []).append(place)
    # what is attached differs between groups, so that none has a say in another
    found = {
        place: (part, own)
        for own, places in groups.items()
        for place, part in _joined({place: entries[place][0] for place in places}).items()
    }
    return [found[place] for place in sorted(found)]


def _joined(parts: dict[int, Polyhedron]) -> dict[int, Polyhedron]:
    """Parts by their places, joined pairwise in order; a union takes the place of the first."""
    if len(parts) < 2:
        return parts
    order = list(parts)
    points = {place: _point(part) for place, part in parts.items()}

    def join(i: int, j: int) -> bool:
        one, other = order[i], order[j]
        if not _may_join(parts[one], parts[other], points[one], points[other]):
            return False
        whole = union(parts[one], parts[other])
        if whole is None:
            return False
        parts[one], points[one] = whole, _point(whole)
        del parts[other], points[other], order[j]
        return True

    join_pairs(order, join)
    return parts


def join_pairs(members: Sequence[Any], join: Callable[[int, int], bool]) -> None:
    """Ask for all pairs whether they join, until no two do.

    Parameters
    ----------
    members : sequence
        Gets shorter as they join.
    join : callable
        Joins the members at two places, the later one into the earlier one, if that can be done.

    Examples
    --------
    >>> numbers = [1, 5, 2, 3]
    >>> def join(i, j):
    ...     if numbers[i] + numbers[j] > 5:
    ...         return False
    ...     numbers[i] += numbers.pop(j)
    ...     return True
    >>> join_pairs(numbers, join)
    >>> numbers
    [3, 5, 3]
    """
    i, j = 0, 1
    while i < len(members):
        if j == len(members):
            i, j = i + 1, i + 2
        elif not join(i, j):
            j += 1
        else:
            # the larger part may now fit one that it did not fit before, an earlier one first;
            # of all others before it is known that they do not fit each other
            earlier: int | None = i
            while earlier is not None:
                i = earlier
                earlier = next((h for h in range(i) if join(h, i)), None)
            j = i + 1


def _point(part: Polyhedron) -> Row:
    """A point of a part's relative interior, as (x0, x)."""
    cell = relative_interior(part)
    assert cell is not None
    return tuple(map(sum, zip(*cell.complex.generators, strict=True)))


def _may_join(p: Polyhedron, q: Polyhedron, a: Row, b: Row) -> bool:
    """Whether points between one of p and one of q are in either, as in a convex union."""
    return all(
        has(p, between) or has(q, between)
        for s, t in ((1, 1), (1, 3), (3, 1), (1, 15), (15, 1))
        for between in [[s * b[0] * x + t * a[0] * y for x, y in zip(a, b, strict=True)]]
    )


def has(part: Polyhedron, point: Sequence[int]) -> bool:
    """Whether a polyhedron has a point, given as (x0, x)."""
    if any(sum(map(mul, row, point)) for row in part.equations):
        return False
    heights = ((sum(map(mul, row, point)), strict) for row, strict in part.inequalities)
    return all(height > 0 or (not height and not strict) for height, strict in heights)


def union(p: Polyhedron, q: Polyhedron) -> Polyhedron | None:
    """The union of two polyhedra with points, if it is a polyhedron."""
    envelope = Polyhedron(p.variables, [], _envelope(p, q) + _envelope(q, p))
    while (missing := uncovered(envelope, (p, q))) is not None:
        face = smallest_face(envelope, missing)
        if face is None or not all(_above(part, face) for part in (p, q)):
            return None
        envelope = Polyhedron(
            p.variables, envelope.equations, [*envelope.inequalities, (face, True)]
        )
    return trimmed(envelope)


def trimmed(region: Polyhedron) -> Polyhedron:
    """The same polyhedron, which has points, without superfluous relations."""
    cell = relative_interior(region)
    assert cell is not None
    return irredundant(
        region.variables, region.equations, region.inequalities, cell.complex.generators
    )


def smallest_face(region: Polyhedron, point: Sequence[Fraction]) -> Row | None:
    """A row that is 0 on the smallest face around a point and positive elsewhere in the region."""
    at = (Fraction(1), *point)
    active = [
        row
        for row, strict in region.inequalities
        if not strict and not sum(c * v for c, v in zip(row, at, strict=True))
    ]
    return primitive([sum(column) for column in zip(*active, strict=True)]) if active else None


def _above(part: Polyhedron, row: Row) -> bool:
    """Whether a row that is ≥ 0 on a part vanishes nowhere on it."""
    return Polyhedron(part.variables, [*part.equations, row], part.inequalities).is_empty


def _envelope(p: Polyhedron, q: Polyhedron) -> list[Inequality]:
    """The relations of p, perhaps weakened, that q satisfies."""
    rows = [(row, False) for row in p.equations]
    rows += [(tuple(-c for c in row), False) for row in p.equations]
    inside = relative_interior(q)
    assert inside is not None
    result: list[Inequality] = []
    for row, strict in [*rows, *p.inequalities]:
        if inside.sign(row) not in (0, 1):
            continue
        touching = Polyhedron(q.variables, [*q.equations, row], q.inequalities)
        result.append((row, strict and relative_interior(touching) is None))
    return result
