"""The same set from fewest polyhedra: exactly so for few, by growing unions for more.

A union of polyhedra that is a polyhedron has, with points of two of its members, all points between
them, and so every other polyhedron of the set in which these lie. That closes a choice of members;
whether the union of a closed choice is a polyhedron is decided exactly, and a partition into as few
of them as possible is searched by depth, those of two first, then those of three, ….
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import chain, combinations
from operator import mul
from typing import TypeVar

from piecewise_mt.exact.linear import Row
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.cover import uncovered
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron, irredundant
from piecewise_mt.geometry.unions import has, join_pairs, joined, joined_alike, smallest_face
from piecewise_mt.memory import cached_property

T = TypeVar("T", bound=Hashable)
FEW = 16
"""Up to so many polyhedra that are alike, no other partition has fewer unions."""
GROWN = 64
"""Up to so many, unions of more than two are looked for."""
MANY = 1000
"""With more polyhedra in all, alike or not, only pairs are joined."""
MOST_TRIALS = 1000
"""So many unions are tried for one answer, before what was found so far is taken."""
MOST_CHOICES = 4000
MOST_STEPS = 50000
NEAR = 15
"""How much more a vertex weighs than the interior, in points near it."""
WEIGHTS = ((1, 1), (1, 3), (3, 1), (1, 15), (15, 1))


def fewest(parts: Sequence[Polyhedron]) -> list[Polyhedron]:
    """The same set from fewest polyhedra, in the order of their first members.

    They are fewest if the parts are disjoint; of others the unions may be more.

    Examples
    --------
    Four rectangles around a fifth: no two of them have a convex union.

    >>> def box(left, low, right, high):
    ...     rows = [(-left, 1, 0), (right, -1, 0), (-low, 0, 1), (high, 0, -1)]
    ...     return Polyhedron(("x", "y"), [], zip(rows, (False, True, False, True)))
    >>> wheel = [box(0, 0, 2, 1), box(2, 0, 3, 2), box(1, 2, 3, 3), box(0, 1, 1, 3)]
    >>> fewest([*wheel, box(1, 1, 2, 2)])
    [Polyhedron(0 <= x < 3, 0 <= y < 3)]
    >>> len(fewest(wheel))
    4
    """
    if len(parts) > MANY:
        return joined(parts)
    members = [(Member(part), None) for part in parts if not part.is_empty]
    return [member.trimmed for member, _ in _fewest_alike(members)]


def fewest_alike(entries: Sequence[tuple[Polyhedron, T]]) -> list[tuple[Polyhedron, T]]:
    """Disjoint polyhedra with something attached, those joined that have equal: as few as possible.

    A union takes the place of the first of its members.
    """
    if len(entries) > MANY:
        return joined_alike(entries)
    found = _fewest_alike([(Member(part), own) for part, own in entries])
    return [(member.part, own) for member, own in found]


def _fewest_alike(entries: Sequence[tuple[Member, T]]) -> list[tuple[Member, T]]:
    groups: dict[T, list[int]] = {}
    for place, (_, own) in enumerate(entries):
        groups.setdefault(own, []).append(place)
    trials = Trials()
    found: dict[int, tuple[Member, T]] = {}
    for own, places in groups.items():
        for first, member in _joined([entries[place][0] for place in places], trials):
            found[places[first]] = (member, own)
    return [found[place] for place in sorted(found)]


class Trials:
    """How many unions may still be tried in vain."""

    def __init__(self) -> None:
        self.left = MOST_TRIALS


class Member:
    """A polyhedron with points, and what spans its closure."""

    def __init__(self, part: Polyhedron) -> None:
        self.part = part

    @cached_property
    def _spanned(self) -> tuple[list[Row], list[Row]]:
        cell = relative_interior(self.part)
        assert cell is not None, "parts have points"
        faces = cell.complex
        return [tuple(row) for row in faces.generators], [tuple(line) for line in faces.lines]

    @cached_property
    def point(self) -> Row:
        """A point of the relative interior, as (x0, x)."""
        return tuple(map(sum, zip(*self._spanned[0], strict=True)))

    @cached_property
    def corners(self) -> list[Row]:
        """Points of the relative interior near the vertices, and far out along the rays."""
        inner = self.point
        found = []
        for own in self._spanned[0]:
            weight = NEAR * inner[0] // own[0] if own[0] else NEAR * inner[0]
            found.append(tuple(x + (weight + 1) * y for x, y in zip(inner, own, strict=True)))
        return found

    @cached_property
    def trimmed(self) -> Polyhedron:
        """The polyhedron without superfluous relations."""
        part = self.part
        return irredundant(part.variables, part.equations, part.inequalities, self._spanned[0])

    def lowest(self, row: Row) -> int:
        """-1 if a form is negative somewhere, 0 if it is not and is zero somewhere, else 1."""
        generators, lines = self._spanned
        if any(sum(map(mul, row, line)) for line in lines):
            return -1
        on = []
        for generator in generators:
            height = sum(map(mul, row, generator))
            if height < 0:
                return -1
            if not height:
                on.append(generator)
        if not any(generator[0] for generator in on):
            return 1
        # a face of the closure belongs to the set with a point of its relative interior, or not
        return 0 if has(self.part, [sum(column) for column in zip(*on, strict=True)]) else 1


def union_of(members: Sequence[Member]) -> Member | None:
    """The union of polyhedra, if it is a polyhedron: then it is their envelope."""
    first = members[0].part
    rows: dict[Row, None] = {}
    for member in members:
        for row in member.part.equations:
            rows |= {row: None, tuple(-c for c in row): None}
        rows |= {row: None for row, _ in member.part.inequalities}
    envelope: list[Inequality] = []
    for row in rows:
        signs = {member.lowest(row) for member in members}
        if -1 not in signs:
            envelope.append((row, 0 not in signs))
    while True:
        region = Polyhedron(first.variables, [], envelope)
        missing = uncovered(region, tuple(member.part for member in members))
        if missing is None:
            return Member(Member(region).trimmed)
        face = smallest_face(region, missing)
        if face is None or any(member.lowest(face) < 1 for member in members):
            return None
        envelope.append((face, True))


def _joined(members: list[Member], trials: Trials) -> list[tuple[int, Member]]:
    """Members that are alike as few unions, each with the place of the first in it."""
    if len(members) < 2:
        return list(enumerate(members))
    whole = union_of(members)
    if whole is not None:
        return [(0, whole)]
    if len(members) <= FEW:
        return _Choices(members, trials).partition(_pairs(members))
    found = _pairs(members)
    while len(found) <= GROWN:
        blocks = _Choices([member for _, member in found], trials)
        if len(found) <= FEW:
            better = blocks.partition(list(enumerate(blocks.members)))
            return [(found[first][0], member) for first, member in better]
        grown = blocks.grown()
        if grown is None:
            break
        choice, union = grown
        first = next(places(choice))
        found = [
            (place, union if i == first else member)
            for i, (place, member) in enumerate(found)
            if i == first or not choice >> i & 1
        ]
    return found


def _pairs(members: Sequence[Member]) -> list[tuple[int, Member]]:
    """Joined pairwise in order, until no two have a union; it takes the place of the first."""
    found = list(enumerate(members))

    def join(i: int, j: int) -> bool:
        (place, one), (_, other) = found[i], found[j]
        points = (between(one.point, other.point, *weights) for weights in WEIGHTS)
        if not all(has(one.part, point) or has(other.part, point) for point in points):
            return False
        union = union_of((one, other))
        if union is not None:
            found[i] = (place, union)
            del found[j]
        return union is not None

    join_pairs(found, join)
    return found


def between(a: Row, b: Row, s: int = 1, t: int = 1) -> Row:
    """A point between two that are given as (x0, x)."""
    return tuple(s * b[0] * x + t * a[0] * y for x, y in zip(a, b, strict=True))


def places(choice: int) -> Iterator[int]:
    """The places of the members of a choice, which is written by bits."""
    while choice:
        lowest = choice & -choice
        yield lowest.bit_length() - 1
        choice ^= lowest


class _Choices:
    """Choices of members by bits, and which of them have unions that are polyhedra."""

    def __init__(self, members: Sequence[Member], trials: Trials) -> None:
        self.members = members
        self.trials = trials
        self._known: dict[tuple[int, int], int | None] = {}
        self._unions: dict[int, Member | None] = {
            1 << i: member for i, member in enumerate(members)
        }

    def needed(self, i: int, j: int) -> int | None:
        """Members that are in every union with these two; None if a point between is in none."""
        if (i, j) not in self._known:
            self._known[i, j] = self._met(self.members[i], self.members[j])
        return self._known[i, j]

    def _met(self, one: Member, other: Member) -> int | None:
        found = 0
        a, b = one.point, other.point
        tried = [between(a, b, *weights) for weights in WEIGHTS]
        ends = ((x, y) for x in (a, *one.corners) for y in (b, *other.corners))
        for point in chain(tried, (between(x, y) for x, y in ends)):
            held = (k for k, member in enumerate(self.members) if has(member.part, point))
            own = next(held, None)
            if own is None:
                return None
            found |= 1 << own
        return found

    def closed(self, choice: int, more: int) -> int | None:
        """A closed choice with others and what these require, None if that has no union."""
        todo = more & ~choice
        while todo:
            j = todo.bit_length() - 1
            todo ^= 1 << j
            for i in places(choice):
                met = self.needed(min(i, j), max(i, j))
                if met is None:
                    return None
                todo |= met & ~choice & ~(1 << j)
            choice |= 1 << j
        return choice

    def union(self, choice: int) -> Member | None:
        """The union of a choice, if it is a polyhedron."""
        if choice not in self._unions:
            self.trials.left -= 1
            self._unions[choice] = union_of([self.members[i] for i in places(choice)])
        return self._unions[choice]

    def grown(self) -> tuple[int, Member] | None:
        """A choice of more than two that is closed and has a union."""
        for i, j in combinations(range(len(self.members)), 2):
            choice = self.closed(1 << i, 1 << j)
            if choice is not None and choice.bit_count() > 2 and self.trials.left > 0:
                union = self.union(choice)
                if union is not None:
                    return choice, union
        return None

    def partition(self, known: list[tuple[int, Member]]) -> list[tuple[int, Member]]:
        """As few unions as possible; those that are known if there are no fewer."""
        choices = self._all()
        if choices is None:
            return known
        found = _Search(self, choices).fewest(len(known))
        return known if found is None else found

    def _all(self) -> set[int] | None:
        """All closed choices; None if they are too many."""
        found = {1 << i for i in range(len(self.members))}
        todo = sorted(found)
        while todo:
            choice = todo.pop()
            for j in range(len(self.members)):
                if not choice >> j & 1:
                    larger = self.closed(choice, 1 << j)
                    if larger is not None and larger not in found:
                        found.add(larger)
                        todo.append(larger)
                        if len(found) > MOST_CHOICES:
                            return None
        return found


class _Search:
    """A partition of all members into choices that have unions, found by depth."""

    def __init__(self, choices: _Choices, closed: set[int]) -> None:
        self.choices = choices
        self.members = range(len(choices.members))
        self.steps = MOST_STEPS
        self.holding = [
            sorted((c for c in closed if c >> i & 1), key=lambda c: (-c.bit_count(), c))
            for i in self.members
        ]
        self.apart = [
            sum(1 << j for j in self.members if not any(c >> j & 1 for c in own))
            for own in self.holding
        ]
        """For each member those that are in no choice with it."""
        self.failed: set[tuple[int, int]] = set()

    def fewest(self, known: int) -> list[tuple[int, Member]] | None:
        """The unions of a partition with fewer than are known, each with its first place."""
        whole = (1 << len(self.members)) - 1
        for count in range(2, known):
            found = self._partition(whole, count)
            if found is not None:
                return sorted(found, key=lambda own: own[0])
            if self._is_over:
                return None
        return None

    @property
    def _is_over(self) -> bool:
        return self.steps <= 0 or self.choices.trials.left <= 0

    def _partition(self, rest: int, count: int) -> list[tuple[int, Member]] | None:
        if not rest:
            return []
        if (rest, count) in self.failed or self._needs_more(rest, count):
            return None
        first = next(places(rest))
        for choice in self.holding[first]:
            self.steps -= 1
            if self._is_over:
                return None
            if choice & ~rest or (count == 1 and choice != rest):
                continue
            if self._needs_more(rest & ~choice, count - 1):
                continue
            union = self.choices.union(choice)
            if union is not None:
                others = self._partition(rest & ~choice, count - 1)
                if others is not None:
                    return [(first, union), *others]
        self.failed.add((rest, count))
        return None

    def _needs_more(self, rest: int, count: int) -> bool:
        """Whether more members than that are pairwise in no choice together."""
        found = 0
        while rest:
            first = next(places(rest))
            found += 1
            if found > count:
                return True
            rest &= self.apart[first]
        return False
