"""Modules traced by ``torch.fx``, where ``torch.export`` fails: layer by layer, by their names."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.torch.exported import source
from piecewise_mt.interop.torch.importer import Importer

_VIEWS = frozenset(
    "contiguous dropout dropout1d dropout2d flatten getitem identity permute ravel reshape "
    "squeeze t transpose unsqueeze view".split()
)
"""What may return the memory of its argument, functions, methods and modules alike."""


_FRAME = re.compile(r'File "([^"]+)", line (\d+)')


def by_fx(module: Any, importer: Importer, x: Expression, torch: Any) -> Any:
    from piecewise_mt.interop.torch.exported import silent, unchanged

    whole = module
    if type(module).__name__ in handlers()[1] and type(module).__module__.startswith("torch."):
        whole = torch.nn.Sequential(module)  # else torch.fx would look inside
    tracer = torch.fx.Tracer()
    tracer.record_stack_traces = True
    with unchanged(module), silent():
        graph = tracer.trace(whole)
    return _run(graph, whole, importer, x)


def _run(graph: Any, module: Any, importer: Importer, x: Expression) -> Any:
    """The graph's output, node by node in its (topological) order."""
    values: dict[Any, Any] = {}
    given = [x]
    for node in graph.nodes:
        args, kwargs = (_resolved(part, values) for part in (node.args, node.kwargs))
        if node.op == "placeholder":
            values[node] = _placeholder(node, given)
        elif node.op == "output":
            return args[0]
        elif node.op == "get_attr":
            values[node] = _attribute(module, node.target, importer)
        else:
            values[node] = _call(node, module, importer, args, dict(kwargs))
    raise Unsupported("expected a module with a result, got none; return a tensor from forward")


def _placeholder(node: Any, given: list[Expression]) -> Any:
    if given:
        return given.pop()
    if node.args:
        return node.args[0]
    raise Unsupported(
        f"expected a module of one input, got another one called {node.target}; fix it in a "
        "wrapper module"
    )


def _attribute(module: Any, target: str, importer: Importer) -> Any:
    value = module
    for part in target.split("."):
        value = getattr(value, part)
    return importer.constant(value) if hasattr(value, "detach") else value


def _resolved(value: Any, values: Mapping[Any, Any]) -> Any:
    if isinstance(value, (tuple, list)):
        parts = [_resolved(part, values) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, Mapping):
        return {key: _resolved(part, values) for key, part in value.items()}
    if isinstance(value, slice):
        return slice(*(_resolved(p, values) for p in (value.start, value.stop, value.step)))
    return values.get(value, value) if hasattr(value, "op") else value


def _call(
    node: Any, module: Any, importer: Importer, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    if node.op == "call_module":
        part = module.get_submodule(node.target)
        kind, file = type(part).__name__, file_of(type(part))
        handler = handlers()[1].get(kind) if type(part).__module__.startswith("torch.") else None
        in_place = getattr(part, "inplace", False)
        args = (part, *args)
    else:
        kind = node.target if node.op == "call_method" else node.target.__name__
        file = source(node, file_of(type(module)))
        if node.op == "call_function" and not _is_torchs(node.target):
            kind = f"{node.target.__module__}.{kind}"
        in_place = kwargs.pop("inplace", False) or (kind.endswith("_") and kind[-2] != "_")
        handler = handlers()[0].get(kind.removesuffix("_"))
        if "input" in kwargs:
            args = (kwargs.pop("input"), *args)
    where = f"the node {node.name!r} ({kind}) in {file}"
    if handler is None:
        raise Unsupported(
            f"expected an operation that mt.from_torch knows, got {where}; replace it, or build "
            "that part with piecewise_mt.conventions.pytorch"
        )
    if in_place and _is_shared(node.args[0], module):
        raise Unsupported(
            f"expected no operation in place on a value that is used again, got {where}; write "
            "inplace=False"
        )
    try:
        return handler(importer, *args, **kwargs)
    except PiecewiseError as error:
        raise type(error)(f"{error} (at {where})") from error
    except (TypeError, AttributeError) as error:
        raise Unsupported(
            f"expected arguments that mt.from_torch knows, got {where} with others; write the "
            f"operation in a plainer way ({error})"
        ) from error


def _is_torchs(function: Any) -> bool:
    """Whether a function of the graph is torch's or an operator, not somebody's own."""
    home = getattr(function, "__module__", None)
    return home in (None, "_operator", "builtins") or home.split(".")[0] == "torch"


def _is_shared(node: Any, module: Any) -> bool:
    """Whether the memory of a value, or of what it is a view of, is read by anything else."""
    while True:
        if len(node.users) > 1:
            return True
        if node.op == "call_module":
            kind = type(module.get_submodule(node.target)).__name__
        else:
            kind = node.target if isinstance(node.target, str) else node.target.__name__
        if not node.args or kind.lower() not in _VIEWS:
            return False
        node = node.args[0]


def file_of(kind: type) -> str:
    try:
        return inspect.getsourcefile(kind) or "an unknown file"
    except (TypeError, OSError):
        return "an unknown file"


def handlers() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The functions and modules that are known; imported when asked for."""
    from piecewise_mt.interop.torch.functions import FUNCTIONS
    from piecewise_mt.interop.torch.modules import MODULES

    return FUNCTIONS, MODULES
