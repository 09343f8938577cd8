"""Naming the units that have a tie at a point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise
from piecewise_mt.functions.traversal import topological


@dataclass(frozen=True)
class ActiveUnit:
    """A unit with a tie at the point."""

    index: int
    """Its position among all units: nodes in left-to-right postorder, row-major."""
    expression: Expression
    """The node that the unit belongs to."""
    entry: int
    """The unit's position in the node, from 0."""
    label: str

    @property
    def node(self) -> str:
        """The unit as text: the node, and which of its entries, from 1."""
        # the text of a large network takes longer than the analysis, so it is made on demand
        text = repr(self.expression)
        return text if self.expression.size == 1 else f"entry {self.entry + 1} of {text}"

    def __repr__(self) -> str:
        return f"<{self.node} at {self.label}>"


def active_units(f: Expression, labels: Iterable[tuple[int, str]]) -> tuple[ActiveUnit, ...]:
    """The units with these positions and labels."""
    places = [
        (node, entry)
        for node in topological(f)
        if isinstance(node, Piecewise)
        for entry in range(len(node.units))
    ]
    return tuple(ActiveUnit(i, *places[i], label) for i, label in labels)
