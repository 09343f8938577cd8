"""How long the formula of a function is, written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Gather, Linear, Piecewise, Smooth
from piecewise_mt.functions.traversal import topological

SIZE = 1000
"""Formulas of more terms are left to enclosures where they need not be written."""
MOST_TERMS = 20_000
"""SymPy needs seconds to write down so many."""


def _sizes(node: Expression, given: Sequence[int]) -> list[int]:
    """The terms of the entries of a node, from those of its operands."""
    if isinstance(node, Linear):
        return [1 + sum(given[i] for i, _ in row) for row in node.rows]
    if isinstance(node, Gather):
        return [given[i] for i in node.indices]
    if isinstance(node, Piecewise | Smooth):
        return [1 + sum(given[i] for i in indices) for _, indices in node.units]
    return [1] * node.size


def written_size(f: Expression, rational: Mapping[int, Sequence[bool]] | None = None) -> int:
    """About how many terms all entries of `f` and its operands have, written out.

    `rational` tells, by the id of a node, entries that are numbers and no formulas.
    """
    sizes: dict[int, list[int]] = {}
    total = 0
    for node in topological(f):
        own = _sizes(node, [size for arg in node.args for size in sizes[id(arg)]])
        if rational is not None:
            own = [0 if known else size for size, known in zip(own, rational[id(node)])]
        sizes[id(node)] = own
        total += 0 if isinstance(node, Gather) else sum(own)
    return total
