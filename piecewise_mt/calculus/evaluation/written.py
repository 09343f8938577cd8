"""How long the formula of a function is, written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.reals import Real
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Gather, Linear, Piecewise, Smooth
from piecewise_mt.functions.traversal import topological

SIZE = 1000
"""Formulas of more terms are left to enclosures where they need not be written."""
MOST_TERMS = 50_000
"""SymPy needs seconds to write down so many."""


class Writing:
    """Counts the terms of the formulas of a pass, and refuses more than anybody reads.

    A value that is rational has none.
    """

    def __init__(self) -> None:
        self._sizes: dict[int, list[int]] = {}
        self._total = 0

    def before(self, node: Expression) -> None:
        """Count what a node will have, as far as its operands are formulas.

        Raises
        ------
        Unsupported
            If these are too many terms.
        """
        given = [size for arg in node.args for size in self._sizes[id(arg)]]
        own = _sizes(node, given) if any(given) else [0] * node.size
        if any(given) and not isinstance(node, Gather):
            self._total += sum(own)
            if self._total > MOST_TERMS:
                raise Unsupported(
                    f"expected a formula of at most {MOST_TERMS} terms, got one of more; ask for "
                    "f.enclosure(point), which gives intervals"
                )
        self._sizes[id(node)] = own

    def after(self, node: Expression, values: Sequence[Any]) -> None:
        """Note which values are formulas."""
        own = self._sizes[id(node)]
        if any(isinstance(v, Real) for v in values):
            self._sizes[id(node)] = [
                max(size, 1) if isinstance(v, Real) else 0 for size, v in zip(own, values)
            ]
        else:
            self._sizes[id(node)] = [0] * len(values)


def _sizes(node: Expression, given: Sequence[int]) -> list[int]:
    """The terms of the entries of a node, from those of its operands."""
    if isinstance(node, Linear):
        return [1 + sum(given[i] for i, _ in row) for row in node.rows]
    if isinstance(node, Gather):
        return [given[i] for i in node.indices]
    if isinstance(node, Piecewise | Smooth):
        return [1 + sum(given[i] for i in indices) for _, indices in node.units]
    return [1] * node.size


def written_size(f: Expression) -> int:
    """About how many terms all entries of `f` and its operands have, written out."""
    sizes: dict[int, list[int]] = {}
    total = 0
    for node in topological(f):
        given = [size for arg in node.args for size in sizes[id(arg)]]
        own = _sizes(node, given)
        sizes[id(node)] = own
        total += 0 if isinstance(node, Gather) else sum(own)
    return total
