"""Which cells of a split space touch: where formulas of a representation must agree.

Space was split by one row after another into h > 0, h = 0 and h < 0. The closure of a cell can meet
another cell only if, where their paths part, the other one took h = 0. So pairs are sought down
the tree of the splits, with the part of the tie that is left in hand, and a pair of subtrees is
left out if they hold one formula only, or if no part is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from piecewise_mt.exact.linear import Row
from piecewise_mt.geometry.cells import Cell
from piecewise_mt.geometry.cover import Leaf


@dataclass(slots=True)
class _Node:
    """A cell of the tree, split by `row` unless it is a leaf, and the formulas below it."""

    row: Row = ()
    children: dict[int, _Node] = field(default_factory=dict)
    leaf: int = -1
    formulas: set[int] = field(default_factory=set)


def touching(
    leaves: Sequence[Leaf], formula: Sequence[int], dimension: int
) -> Iterator[tuple[int, int, Cell]]:
    """Pairs of leaves (outer, inner) with different formulas, and a cell where they touch.

    The cell is the relative interior of the part of `inner` that the closure of `outer` meets.
    Leaves are given by their positions; `formula` has a number for the formula of each, negative
    for a leaf without one.
    """
    nodes = [(_tree(leaves, formula), Cell.space(dimension))]
    while nodes:
        node, cell = nodes.pop()
        if len(node.formulas) < 2:
            continue
        above, on, below = cell.split(node.row)
        parts = {1: above, 0: on, -1: below}
        nodes += [(child, parts[sign]) for sign, child in node.children.items()]
        tie = node.children.get(0)
        if tie is not None:
            for sign in (1, -1):
                if sign in node.children:
                    for outer, inner, shared in _pairs(node.children[sign], tie, on):
                        # a row that was met before may be zero on what later rows left over
                        path = leaves[inner].path
                        if all(shared.sign(row) == side for row, side in path):
                            yield outer, inner, shared


def _pairs(outer: _Node, inner: _Node, tie: Cell) -> Iterator[tuple[int, int, Cell]]:
    """The same for two subtrees; `tie` is where the closure of the one meets the other."""
    pending = [(outer, inner, tie)]
    while pending:
        high, low, shared = pending.pop()
        if len(high.formulas | low.formulas) < 2:
            continue
        if high.children:
            for sign, child in high.children.items():
                part = shared.meets_closed([(high.row, sign)])
                if part is not None:
                    pending.append((child, low, part))
        elif low.children:
            for sign, child in low.children.items():
                part = shared.meets_closed([(low.row, sign)])
                # the other cell itself must be met, not only its closure
                if part is not None and part.sign(low.row) == sign:
                    pending.append((high, child, part))
        else:
            yield high.leaf, low.leaf, shared


def _tree(leaves: Sequence[Leaf], formula: Sequence[int]) -> _Node:
    root = _Node()
    for position, (leaf, own) in enumerate(zip(leaves, formula, strict=True)):
        if own < 0:
            continue
        node = root
        node.formulas.add(own)
        for row, sign in leaf.path:
            node.row = row
            node = node.children.setdefault(sign, _Node())
            node.formulas.add(own)
        node.leaf = position
    return root
