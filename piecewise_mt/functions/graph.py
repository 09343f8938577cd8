"""The expression DAG as a networkx graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Linear, Piecewise, Smooth, Variable
from piecewise_mt.functions.printing import rule_text, to_short_text
from piecewise_mt.functions.traversal import topological

if TYPE_CHECKING:
    import networkx


def to_networkx(root: Expression) -> networkx.DiGraph:
    """One node for each expression node, numbered in topological order."""
    import networkx

    nodes = topological(root)
    number = {id(node): i for i, node in enumerate(nodes)}
    graph = networkx.DiGraph()
    for i, node in enumerate(nodes):
        graph.add_node(i, type=type(node).__name__, label=label(node), shape=node.shape)
        graph.add_edges_from((number[id(arg)], i) for arg in node.args)
    return graph


def label(node: Expression) -> str:
    """A short text for one node, without its arguments."""
    if isinstance(node, Variable):
        names = node.names
        return ", ".join(names) if len(names) <= 2 else f"{names[0]}, …, {names[-1]}"
    if isinstance(node, Constant):
        return to_short_text(node, 40)
    if isinstance(node, Piecewise):
        rule = rule_text(node)
        return f"{node.name} ({rule})" if rule else node.name
    if isinstance(node, Smooth):
        return node.name
    return "affine" if isinstance(node, Linear) else type(node).__name__.lower()
