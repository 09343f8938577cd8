"""The tree of regions of a function, as the checker splits the domain."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from piecewise_mt.exact.simplex import Farkas, Witness, feasible_point
from piecewise_mt.interop.certificates.farkas import Known, Proof, allowed, homogeneous
from piecewise_mt_check.rows import Related
from piecewise_mt_check.tree import Region, Walk

Point = tuple[int, ...]


class Leaf:
    """A nonempty region on which all nodes are known, with a point of it."""

    def __init__(self, region: Region, known: Known, point: Point) -> None:
        self.region, self.known, self.point = region, known, point

    def implies(self, claim: Related) -> list[Any] | None:
        return self.known.along(self.region.path).implies(claim)


def grown(walk: Walk) -> list[None | Proof | Leaf]:
    """The regions in preorder: None for one that is split, a proof for an empty one, or a leaf."""
    entries: list[None | Proof | Leaf] = []
    places = list(enumerate(walk.root.path))
    start = _solved([row for _, row in places], walk.width)
    if not isinstance(start, Witness):
        return [_flat(start, walk.root.path)]
    known = Known(places, walk.width)
    pending: list[tuple[Region, Known, Point] | Proof] = [
        (walk.settled(walk.root), known, homogeneous(start.point))
    ]
    while pending:
        task = pending.pop()
        if isinstance(task, list):
            entries.append(task)
            continue
        region, known, point = task
        if walk.unit(region) is None:
            entries.append(Leaf(region, known, point))
            continue
        entries.append(None)
        split = walk.children(region)
        first = len(region.path)
        answers: list[Point | Proof] = []
        for rows, _ in split:
            if all(allowed(row, point) for row in rows):
                answers.append(point)
                continue
            found = known.empty_with(rows, first)
            answers.append(homogeneous(found.point) if isinstance(found, Witness) else found)
        is_forced = sum(isinstance(answer, tuple) for answer in answers) == 1
        for (rows, child), answer in list(zip(split, answers))[::-1]:
            if isinstance(answer, list):
                pending.append(answer)
                continue
            more = known if is_forced else known.also(rows, first)
            pending.append((walk.settled(walk.below(region, rows, child.state)), more, answer))
    return entries


def cut(walk: Walk, leaf: Leaf, row: tuple[int, ...]) -> list[Proof | Leaf]:
    """The parts of a leaf on which a row is negative, zero and positive."""
    made: list[Proof | Leaf] = []
    first = len(leaf.region.path)
    for rows in walk.cut(leaf.region, row):
        region = walk.below(leaf.region, rows, ())
        found = leaf.known.empty_with(rows, first)
        if isinstance(found, Witness):
            made.append(Leaf(region, leaf.known.also(rows, first), homogeneous(found.point)))
        else:
            made.append(found)
    return made


def written(entries: list[None | Proof | Leaf], say: Callable[[Leaf], dict[str, Any]]) -> list[Any]:
    """The tree of a certificate."""
    return [say(entry) if isinstance(entry, Leaf) else entry for entry in entries]


def _solved(rows: list[Related], width: int) -> Witness | Farkas:
    return feasible_point(
        [r.row for r in rows if r.relation == "="],
        [(r.row, r.relation == ">") for r in rows if r.relation != "="],
        variables=width - 1,
    )


def _flat(found: Farkas, rows: tuple[Related, ...]) -> Proof:
    """Farkas multipliers by places."""
    equal = iter(found.equations)
    above = iter(found.inequalities)
    proof: Proof = []
    for i, row in enumerate(rows):
        m = next(equal) if row.relation == "=" else next(above)
        proof += [i, m] if m else []
    return proof


def emptiness(rows: list[Related], width: int) -> Proof | None:
    """A proof that no point satisfies the rows; None if there is one."""
    found = _solved(rows, width)
    return _flat(found, tuple(rows)) if isinstance(found, Farkas) else None


class Node:
    """A region that was split."""

    __slots__ = ("below", "conditions")

    def __init__(self, conditions: list[Any]) -> None:
        self.conditions = conditions
        self.below: list[Node | int | None] = [None] * len(conditions)
        """Nodes, the alphas of leaves, and None for an empty region."""


class TreeWriter(ABC):
    """Writes the regions in preorder, and keeps where each leaf's piece is.

    What is still to be written is an entry as it will stand, or a task: a named tuple with at
    least the `region`, its `node` above (None at the root) and the `way` to it.
    """

    walk: Any
    """Regions of either kind, of polyhedra or of polynomials."""
    root: Node | int | None = None
    split_entry: Any = None
    """What stands for a region that is split."""

    def _grown(self, start: Any) -> list[Any]:
        entries: list[Any] = []
        pending = [start]
        while pending:
            task = pending.pop()
            if not isinstance(task, tuple):
                entries.append(task)
                continue
            own: Any = task
            states: list[Any] = [(), (), ()]
            if self.walk.unit(own.region) is None:
                entry, cut = self._leaf(own)
                entries.append(entry)
                if cut is None:
                    continue
                node = Node(self.walk.cut(own.region, cut))
            else:
                entries.append(self.split_entry)
                split = self.walk.children(own.region)
                node = Node([said for said, _ in split])
                states = [child.state for _, child in split]
            self._hang(own, node)
            pending.extend(self._children(own, node, states)[::-1])
        return entries

    def _hang(self, task: Any, below: Node | int) -> None:
        if task.node is None:
            self.root = below
        else:
            task.node.below[task.way[-1]] = below

    @abstractmethod
    def _leaf(self, task: Any) -> tuple[Any, Any]:
        """The entry of a leaf; if it lies in no part as a whole, what cuts it."""

    @abstractmethod
    def _children(self, task: Any, node: Node, states: list[Any]) -> list[Any]:
        """What follows in preorder: children, and the proofs of those that are empty."""
