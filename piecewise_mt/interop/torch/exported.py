"""Modules traced by ``torch.export``: what the module does, not what its attributes say.

Hooks, patched methods, parametrisations and operations in place are in the graph, because the
module itself has run. What does not depend on the input torch computes, in the module's own
floats; what does becomes an expression.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.torch import masked
from piecewise_mt.interop.torch.masked import Masked

_IGNORED = frozenset(
    "_assert_tensor_metadata _assert_scalar sym_constrain_range "
    "sym_constrain_range_for_size".split()
)
_JUMPS = frozenset(
    "argmax argmin bucketize ceil floor floor_divide fmod frac hardshrink heaviside histc "
    "remainder round searchsorted sgn sign signbit trunc unique".split()
)
"""What jumps, or has whole numbers for values."""
_NUMBERS = frozenset(("item", "_local_scalar_dense"))
_DEPTH = 4
"""How often operators are taken apart."""
_SHAPE_ONLY = frozenset(
    "empty_like full_like new_empty new_full new_ones new_zeros ones_like size sym_numel "
    "sym_size zero zeros_like numel".split()
)
"""What asks of its tensor no more than its shape."""


class Program(NamedTuple):
    """A traced module."""

    nodes: list[Any]
    """Those of the graph, in order, without its output."""
    constants: Mapping[str, Any]
    """Parameters, buffers and other tensors by the name of their placeholder."""
    input: str
    """The name of the placeholder of the input."""
    outputs: list[Any]
    """The nodes of the module's own results."""


class Indices:
    """The indices that an operation returns beside its values; nothing can be made of them."""

    def __init__(self, name: str) -> None:
        self.name = name


@contextlib.contextmanager
def unchanged(module: Any) -> Iterator[None]:
    """The module's attributes as they were, whatever tracing has left there."""
    import torch

    kept = [
        (part, {k: dict(v) if isinstance(v, dict) else v for k, v in vars(part).items()})
        for part in module.modules()
    ]
    layers = getattr(torch._C, "_functorch", None)
    depth = layers.get_dynamic_layer_stack_depth() if layers else 0
    try:
        yield
    finally:
        if layers and layers.get_dynamic_layer_stack_depth() > depth:
            # an error inside torch.func leaves its layer behind, and all calls after it fail
            layers.pop_dynamic_layer_stack_and_undo_to_depth(depth)
        for part, attributes in kept:
            own = vars(part)
            for key in [key for key in own if key not in attributes]:
                del own[key]
            for key, value in attributes.items():
                if isinstance(value, dict):
                    own[key].clear()
                    own[key].update(value)
                else:
                    own[key] = value


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Without what torch writes to the log and prints, whole graphs, before it raises."""
    before = logging.root.manager.disable
    out = io.StringIO()
    quiet = contextlib.redirect_stdout(out), contextlib.redirect_stderr(out)
    with warnings.catch_warnings(), quiet[0], quiet[1]:
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)


def traced(module: Any, example: Any, file: str) -> Program:
    """The module's graph with no operation in place; raises what torch raises.

    Raises
    ------
    Unsupported
        If the module changes its buffers, or takes gradients apart.
    """
    import torch

    export = importlib.import_module("torch.export").export
    with unchanged(module), silent(), torch.enable_grad():
        program = export(module, (example,), strict=False)
        _refuse_partial_gradients(program, file)
        if any(_is_mutable(node) for node in program.graph.nodes):
            program = program.run_decompositions({})
        program = _decomposed(program, torch)
    signature = program.graph_signature
    changed = {**signature.buffers_to_mutate, **getattr(signature, "parameters_to_mutate", {})}
    if changed:
        raise Unsupported(
            f"expected a module that keeps its buffers, got {type(module).__name__} whose forward "
            f"changes {', '.join(sorted(changed.values()))}; call module.eval(), or leave that out"
        )
    tensors = {**program.state_dict, **program.constants}
    constants = {
        spec.arg.name: tensors[spec.target]
        for spec in signature.input_specs
        if spec.target is not None and spec.target in tensors
    }
    (given,) = signature.user_inputs
    nodes = list(program.graph.nodes)
    results = nodes.pop().args[0]
    count = len(signature.user_outputs)
    return Program(nodes, constants, given, list(results)[len(results) - count :])


def _decomposed(program: Any, torch: Any) -> Any:
    """Without the unknown operators that torch itself differentiates through their parts."""
    from piecewise_mt.interop.torch.operators import OPERATORS

    known = OPERATORS.keys() | _SHAPE_ONLY | _JUMPS | _IGNORED | _NUMBERS
    for _ in range(_DEPTH):
        unknown = {
            node.target
            for node in program.graph.nodes
            if node.op == "call_function"
            and isinstance(node.target, torch._ops.OpOverload)
            and _name(node) not in known
            # then it has no backward function of its own, so the ties of its parts are its ties
            and torch._C._dispatch_has_kernel_for_dispatch_key(
                node.target.name(), "CompositeImplicitAutograd"
            )
        }
        if not unknown:
            break
        parts = importlib.import_module("torch.export").default_decompositions()
        try:
            program = program.run_decompositions({t: parts[t] for t in unknown if t in parts})
        except Exception:  # then the operator is named as unknown
            break
    return program


def _is_mutable(node: Any) -> bool:
    schema = getattr(node.target, "_schema", None)
    return node.op == "call_function" and bool(schema is not None and schema.is_mutable)


def _refuse_partial_gradients(program: Any, file: str) -> None:
    """Refuse a detached value, and torch.no_grad around one, if they depend on the input."""
    live = set(program.graph_signature.user_inputs)
    for node in program.graph.nodes:
        if node.op != "call_function" or not live & {n.name for n in node.all_input_nodes}:
            continue
        live.add(node.name)
        kind = _name(node)
        stops = kind == "wrap_with_set_grad_enabled" and node.args and node.args[0] is False
        if stops or kind.removesuffix("_") == "detach":
            what = "torch.no_grad()" if stops else "detach()"
            raise Unsupported(
                f"expected gradients through every operation, got {what} on a value that depends "
                f"on the input, in {source(node, file)}; the result would have no associated "
                "gradient, so leave it out"
            )


def _name(node: Any) -> str:
    """The operation's name without its namespace and overload."""
    schema = getattr(node.target, "_schema", None)
    if schema is not None:
        return str(schema.name).split("::")[-1]
    return str(getattr(node.target, "__name__", node.target))


def source(node: Any, otherwise: str) -> str:
    """The innermost frame outside torch that made a node, or torch's own module that did."""
    import torch

    home = torch.__file__.removesuffix("__init__.py")
    frames = re.findall(r'File "([^"]+)", line (\d+)', node.stack_trace or "")
    own = [(file, line) for file, line in frames if not file.startswith(home)]
    if own:
        return f"{own[-1][0]}, line {own[-1][1]}"
    parts = list(node.meta.get("nn_module_stack", {}).values())
    if parts and parts[-1][0]:
        path, kind = parts[-1]
        return f"the part {path} ({getattr(kind, '__name__', kind)})"
    return otherwise


def run(program: Program, importer: Any, x: Expression, file: str, torch: Any) -> list[Any]:
    """The results, node by node in the graph's (topological) order."""
    values: dict[str, Any] = {}
    for node in program.nodes:
        if node.op == "placeholder":
            values[node.name] = (
                x if node.name == program.input else program.constants.get(node.name)
            )
        elif node.op == "call_function":
            if _name(node) not in _IGNORED:
                values[node.name] = _called(node, values, importer, file, torch)
        elif node.users:
            raise Unsupported(
                f"expected a graph of operations, got {node.op} {node.target} in {file}; write the "
                "module without higher-order operations"
            )
    return [
        values[part.name] if hasattr(part, "name") else part
        for part in program.outputs
    ]  # fmt: skip


def _called(node: Any, values: Mapping[str, Any], importer: Any, file: str, torch: Any) -> Any:
    from piecewise_mt.interop.torch.operators import OPERATORS

    args, kwargs = (resolved(part, values) for part in (node.args, node.kwargs))
    name = _name(node)
    where = f"the node {node.name!r} ({name}) in {source(node, file)}"
    if name == "getitem":
        return args[0][args[1]]
    if not isinstance(node.target, torch._ops.OpOverload) and (
        getattr(node.target, "__module__", None) not in ("_operator", "builtins", "math")
    ):
        # such as torch.func's levels, which would be entered here and never left
        raise Unsupported(
            f"expected a graph of operations, got {where}; write the module without higher-order "
            "operations"
        )
    parts = list(leaves((args, kwargs)))
    for part in parts:
        if isinstance(part, Indices):
            raise Unsupported(
                f"expected operations on values, got {where} on the indices of {part.name}; use "
                "the values alone"
            )
    if not any(isinstance(part, (Expression, Condition, Masked)) for part in parts):
        if torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()):
            raise Unsupported(f"expected a function, got random numbers from {where}; fix them")
        with torch.no_grad():
            return node.target(*args, **kwargs)
    if hasattr(node.target, "_schema"):
        found = _guarded(masked.asked, where, importer, node.target, name, args, kwargs)
        if found is not None:
            return found
    if name in _NUMBERS:
        raise Unsupported(
            f"expected tensors all along, got {where}, which makes a Python number of a value; "
            "keep it a tensor"
        )
    if name in _SHAPE_ONLY:
        return _of_shapes(node.target, args, kwargs, importer, torch)
    handler = OPERATORS.get(name)
    if handler is None and name in _JUMPS:
        raise Unsupported(f"expected a continuous function, got {where}, which jumps; leave it out")
    is_random = torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ())
    if handler is None and is_random and name not in ("gru", "lstm", "rnn_relu", "rnn_tanh"):
        raise Unsupported(f"expected a function, got random numbers from {where}; leave them out")
    if handler is None:
        raise Unsupported(
            f"expected an operation that mt.from_torch knows, got {where}; replace it, or build "
            "that part with piecewise_mt.conventions.pytorch"
        )
    return _guarded(handler, where, importer, node.target, *args, **kwargs)


def _guarded(handler: Any, where: str, *args: Any, **kwargs: Any) -> Any:
    """A handler's result; whatever it raises names the node."""
    try:
        return handler(*args, **kwargs)
    except PiecewiseError as error:
        raise type(error)(f"{error} (at {where})") from error
    except (
        TypeError, AttributeError, RuntimeError, LookupError, ValueError, ArithmeticError,
    ) as error:  # fmt: skip
        raise Unsupported(
            f"expected arguments that mt.from_torch knows, got {where} with others; write the "
            f"operation in a plainer way ({str(error).splitlines()[0] if str(error) else error!r})"
        ) from error


def _of_shapes(target: Any, args: Any, kwargs: Any, importer: Any, torch: Any) -> Any:
    """What an operation returns that reads shapes only."""

    def put(part: Any) -> Any:
        if isinstance(part, Expression):
            return torch.zeros(part.shape, dtype=getattr(torch, importer.dtype))
        if isinstance(part, Masked):
            return put(part.value)
        if isinstance(part, Condition):
            return torch.zeros(getattr(part, "shape", ()), dtype=torch.bool)
        return part

    with torch.no_grad():
        return target(*map(put, args), **{key: put(part) for key, part in kwargs.items()})


def leaves(value: Any) -> Iterator[Any]:
    """All that is in nested tuples, lists and mappings."""
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from leaves(part)
    else:
        yield value


def resolved(value: Any, values: Mapping[str, Any]) -> Any:
    """Arguments of a node with the values of other nodes put in."""
    if isinstance(value, (tuple, list)):
        parts = [resolved(part, values) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, Mapping):
        return {key: resolved(part, values) for key, part in value.items()}
    if isinstance(value, slice):
        return slice(*(resolved(p, values) for p in (value.start, value.stop, value.step)))
    return values.get(value.name) if hasattr(value, "op") and hasattr(value, "name") else value
