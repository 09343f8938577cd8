"""Naming the units that have a tie at a point."""

from __future__ import annotations

from dataclasses import dataclass

from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise
from piecewise_mt.functions.traversal import topological


@dataclass(frozen=True)
class ActiveUnit:
    """A unit with a tie at the point."""

    index: int
    """Its position among all units: nodes in left-to-right postorder, row-major."""
    node: str
    label: str

    def __str__(self) -> str:
        return f"{self.node} at {self.label}"


def unit_texts(f: Expression) -> list[str]:
    """The node of every unit of the program, as text; entries count from 1."""
    return [
        f"entry {position + 1} of {node!r}" if len(node.units) > 1 else repr(node)
        for node in topological(f)
        if isinstance(node, Piecewise)
        for position in range(len(node.units))
    ]
