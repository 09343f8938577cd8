"""``mt.from_torch``: a PyTorch module as an expression, through ``torch.fx``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

from piecewise_mt.conventions.base import is_forward, number
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.floating import rounded
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build.builders import tensor
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant
from piecewise_mt.interop.rounding import Rounding

_VIEWS = frozenset(
    "contiguous dropout dropout1d dropout2d flatten getitem identity permute ravel reshape "
    "squeeze t transpose unsqueeze view".split()
)
"""What may return the memory of its argument, functions, methods and modules alike."""
_FRAME = re.compile(r'File "([^"]+)", line (\d+)')


class Importer:
    """What the translations of operations need to know."""

    def __init__(self, dtype: str, mode: str, limit: int | None) -> None:
        self.dtype = dtype
        self.mode = mode
        self.rounding = Rounding(limit)

    def scalar(self, value: Any) -> Any:
        """A Python number of a network: a float as the network's float type has it."""
        if not isinstance(value, float):
            return value
        if self.rounding.limit is not None:
            return self.rounding(value)
        return rounded(number(value), self.dtype)

    def constant(self, values: Any) -> Constant:
        """A tensor as the exact rationals that it holds."""
        shape = tuple(values.shape)
        return Constant(map(self.rounding, values.detach().reshape(-1).tolist()), shape)


def from_torch(
    module: Any,
    input_shape: Any,
    *,
    name: str = "x",
    batched: bool = True,
    mode: str = "reverse",
    limit_denominator: int | None = None,
) -> Expression:
    """A PyTorch module as an expression, under PyTorch's own tie rules.

    Weights count as the dyadic rationals that they are, and operations as the exact ones: the
    rounding of intermediate results is not modelled. Softmax, exp, sigmoid, … are smooth nodes;
    softplus is log(1 + exp(x)) everywhere, where torch returns x itself above its threshold.

    Parameters
    ----------
    module : torch.nn.Module
        In evaluation mode as far as dropout and batch normalisation occur. Its ``forward`` must
        be traceable by ``torch.fx`` and use supported operations only.
    input_shape : int or tuple of int
        The shape of one sample.
    name : str
        The variables are those of ``mt.tensor(name, input_shape)``.
    batched : bool
        The module takes a batch of samples: an axis of length 1 is put in front, and taken off
        the result again. With False the module takes the sample itself.
    mode : {"reverse", "forward"}
        Whose tie rules to follow where PyTorch's two modes differ.
    limit_denominator : int, optional
        Round every weight to the nearest fraction with a denominator up to this; a warning
        :class:`RoundedWeights` says how many were changed, and by how much at most.

    Returns
    -------
    expression

    Raises
    ------
    Unsupported
        For an operation that is not supported, with the names of its node and source file.
    ImportError
        If torch is not installed.

    See Also
    --------
    mt.from_onnx : A file instead of a module.
    mt.audit : What torch itself returns.
    mt.RoundedWeights : The warning about rounded weights.

    Examples
    --------
    At the tie of both features torch's max pooling takes the first, and its relu 0:

    >>> import piecewise_mt as mt
    >>> import torch                                                     # doctest: +SKIP
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.ReLU())   # doctest: +SKIP
    >>> mt.from_torch(net, 2).gradient((0, 1)).tolist()                  # doctest: +SKIP
    [[0, 0], [0, 1]]
    """
    try:
        import torch.fx
    except ImportError as error:
        raise ImportError("mt.from_torch needs torch; pip install piecewise_mt[torch]") from error
    if not isinstance(module, torch.nn.Module):
        raise PiecewiseError(
            f"expected a torch.nn.Module, got {type(module).__name__}; wrap a function in one"
        )
    is_forward(mode)
    if type(module).__name__ in handlers()[1] and type(module).__module__.startswith("torch."):
        module = torch.nn.Sequential(module)  # else torch.fx would look inside
    tracer = torch.fx.Tracer()
    tracer.record_stack_traces = True
    try:
        graph = tracer.trace(module)
    except torch.fx.proxy.TraceError as error:
        raise Unsupported(
            f"expected a module that torch.fx can trace, got {type(module).__name__} in "
            f"{_file_of(type(module))}, where {str(error).rstrip('.')}; remove control flow that "
            "depends on values"
        ) from error
    importer = Importer(_dtype(module, torch), mode, limit_denominator)
    x: Expression = tensor(name, shapes.to_shape(input_shape))
    space = x
    inner = x.reshape((1, *x.shape)) if batched else x
    result = _run(graph, module, importer, inner)
    if not isinstance(result, Expression):
        raise Unsupported(
            f"expected a module with one tensor as its result, got {type(result).__name__}; "
            "select one of them in a wrapper module"
        )
    importer.rounding.say()
    if batched and result.shape[:1] == (1,):
        result = result.reshape(result.shape[1:])
    return result.on(space)


def _dtype(module: Any, torch: Any) -> str:
    kinds = {
        str(p.dtype) for p in [*module.parameters(), *module.buffers()] if p.is_floating_point()
    }
    if len(kinds) > 1:
        raise Unsupported(
            f"expected parameters of one float type, got {', '.join(sorted(kinds))}; convert the "
            "module with module.to(dtype)"
        )
    return (kinds.pop() if kinds else str(torch.get_default_dtype())).removeprefix("torch.")


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
        kind, file = type(part).__name__, _file_of(type(part))
        handler = handlers()[1].get(kind) if type(part).__module__.startswith("torch.") else None
        in_place = getattr(part, "inplace", False)
        args = (part, *args)
    else:
        kind = node.target if node.op == "call_method" else node.target.__name__
        file = _source(node, module)
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


def _file_of(kind: type) -> str:
    try:
        return inspect.getsourcefile(kind) or "an unknown file"
    except (TypeError, OSError):
        return "an unknown file"


def _source(node: Any, module: Any) -> str:
    """File and line of the innermost frame outside torch that made the node."""
    frames = _FRAME.findall(node.stack_trace or "")
    own = [(file, line) for file, line in frames if "/torch/" not in file.replace("\\", "/")]
    return f"{own[-1][0]}, line {own[-1][1]}" if own else _file_of(type(module))


def handlers() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The functions and modules that are known; imported when asked for."""
    from piecewise_mt.interop.torch.functions import FUNCTIONS
    from piecewise_mt.interop.torch.modules import MODULES

    return FUNCTIONS, MODULES
