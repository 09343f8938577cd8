"""How many nodes a model has once its functions are written out, told before they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.interop.onnx.graph import MAX_NODES

_Key = tuple[str, str]


def require_few_nodes(model: Any, file: str) -> None:
    """Refuse functions that call themselves, and those that become too many nodes.

    Raises
    ------
    Unsupported
        If there are more than fit: thirty functions that call each other twice are a billion.
    """
    functions = {(f.domain, f.name): list(_called(f.node)) for f in model.functions}
    sizes: dict[_Key, int] = {}
    for start in functions:
        stack = [start]
        open_: dict[_Key, None] = {}
        while stack:
            key = stack[-1]
            if key in sizes:
                stack.pop()
                continue
            inner = [k for k in functions[key] if k in functions and k not in sizes]
            if not inner:
                sizes[key] = _size(functions[key], sizes)
                open_.pop(key, None)
                stack.pop()
                continue
            open_[key] = None
            if any(k in open_ for k in inner):
                raise Unsupported(
                    f"expected functions that do not call themselves, got one in {file}; write its "
                    "nodes out"
                )
            stack += inner
    total = _size(_called(model.graph.node), sizes)
    if total > MAX_NODES:
        raise Unsupported(
            f"expected at most {MAX_NODES} nodes, got more with the functions written out in "
            f"{file}; split the network"
        )


def _size(called: Iterable[_Key], sizes: dict[_Key, int]) -> int:
    return min(sum(sizes.get(key, 1) for key in called), MAX_NODES + 1)


def _called(nodes: Iterable[Any]) -> Iterable[_Key]:
    """What nodes are of, those in branches and loops with them."""
    todo = list(nodes)
    while todo:
        node = todo.pop()
        yield node.domain, node.op_type
        for attribute in node.attribute:
            for graph in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                todo += graph.node
