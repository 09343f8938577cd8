"""``mt.from_onnx``: an ONNX file as an expression."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from piecewise_mt.errors import (
    PiecewiseError,
    ShapeError,
    UnknownVariable,
    Unsupported,
    shown,
)
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build.builders import tensor
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.onnx.graph import (
    Context,
    array_of,
    broken,
    call,
    check_inside,
    check_operators,
    jumping,
    needed,
    shown_path,
    sort_nodes,
)
from piecewise_mt.interop.onnx.inlining import require_few_nodes
from piecewise_mt.interop.onnx.rules import chosen_rules
from piecewise_mt.interop.onnx.sums import Budget
from piecewise_mt.interop.rounding import Rounding

MAX_BYTES = 2**28
"""The longest file that is read."""
FLOATS = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16"}


def from_onnx(
    path: Any,
    *,
    name: Any = "x",
    input_shape: Any = None,
    batched: bool = True,
    output: str | None = None,
    fixed: Mapping[str, Any] | None = None,
    rules: str | None = None,
    ties: Any = None,
    at_zero: Any = None,
    at_edges: Any = None,
    limit_denominator: int | None = None,
) -> Expression:
    """The network in an ONNX file as an expression.

    ONNX defines values and no gradients, so the tie rules come from elsewhere: from PyTorch or
    JAX, for their functions that export to each operator, or as given. Weights count as the
    dyadic rationals that they are, and operations as the exact ones: the rounding of intermediate
    results is not modelled.

    Parameters
    ----------
    path : str or path
        The file. It is read as data: nothing in it is run, and weights in other files are
        refused.
    name : str or sequence of str
        The variables are those of ``mt.tensor(name, shape)`` for one sample's shape. Of several
        inputs the names are numbered, x1, x2, …, unless there is one name for each.
    input_shape : int or tuple of int, or a mapping from names of inputs to these, optional
        The shape of one sample, where the file does not fix it.
    batched : bool
        The first axis of the inputs counts samples: it must have length 1 or be free, and is
        taken off the inputs and the result. With False the network takes the sample itself.
    output : str, optional
        The name of the output to take, where there are several.
    fixed : mapping from names of inputs to arrays, optional
        Inputs that are constant, with all of their axes; inputs of whole numbers must be.
    rules : {"onnx", "pytorch", "jax"}, optional
        Which framework's rules hold at ties; "onnx" leaves every tie free, as the standard does.
        By default "jax" for files that name JAX as their producer, else "pytorch". The result's
        ``rules`` says which.
    ties
        The rule of Max, Min, MaxPool, GlobalMaxPool, ReduceMax and ReduceMin, as for
        :func:`mt.max`, instead. torch's: 1/2 each in Max and Min of two (of more, two at a
        time from the left), the first position in pooling, 1/k each in reductions. torch's newer
        exporter writes adaptive pooling to one entry as ReduceMax: give ``ties="first"`` for it.
    at_zero
        The derivative at 0 of Relu, LeakyRelu, PRelu, Abs, ReduceL1, Elu and Selu, instead.
        torch's: 0, and the slope of the left for the leaky ones and Elu.
    at_edges
        The derivative at the edges of Clip, HardSigmoid, Shrink, and of the HardSigmoid in
        HardSwish, instead. torch's: 1 for ``torch.clamp``, else 0. ``nn.Hardtanh`` and
        ``nn.ReLU6`` export to Clip, too, and have 0 there, which the file does not tell: give
        ``at_edges=0`` for these.
    limit_denominator : int, optional
        Round every weight to the nearest fraction with a denominator up to this.

    Returns
    -------
    expression

    Raises
    ------
    Unsupported
        For an operator that is not supported or jumps, with the names of its node and the file.
    PiecewiseError
        For a file that is missing, too long, or not a valid ONNX model.
    ImportError
        If onnx is not installed.

    See Also
    --------
    mt.from_torch : A module, with torch's rules for certain.
    mt.parse, mt.from_sympy : Other ways in.

    Examples
    --------
    A file that holds the maximum of two features has torch's 1/2 at the tie:

    >>> import piecewise_mt as mt
    >>> f = mt.from_onnx("max.onnx")                                     # doctest: +SKIP
    >>> f.gradient((0, 0)), f.rules                                      # doctest: +SKIP
    (Matrix([[1/2, 1/2]]), 'pytorch')
    >>> mt.from_onnx("max.onnx", rules="onnx").gradient((0, 0))          # doctest: +SKIP
    Matrix([[z, 1 - z]])
    """
    try:
        import onnx
    except ImportError as error:
        raise ImportError("mt.from_onnx needs onnx; pip install piecewise_mt[onnx]") from error
    file = os.fspath(path)
    model = _loaded(file, onnx)
    file = shown_path(file)
    graph = model.graph
    wanted = _output(graph, output, file)
    nodes = needed(graph, wanted)
    check_operators(nodes, file)
    _check(model, file, onnx)
    weights = {weight.name: weight for weight in graph.initializer}
    entries = [entry for entry in graph.input if entry.name not in weights]
    constants = dict(fixed or {})
    unknown = set(constants) - {str(entry.name) for entry in entries}
    if unknown:
        raise UnknownVariable(
            f"expected names of inputs in fixed, got {', '.join(sorted(map(str, unknown)))} for "
            f"{file} with the inputs {', '.join(str(entry.name) for entry in entries)}; write "
            "these"
        )
    given = [entry for entry in entries if entry.name not in constants]
    if not given:
        raise Unsupported(
            f"expected one input or more that is not fixed, got none in {file}; leave one free"
        )
    rounding = Rounding(limit_denominator)
    kind = chosen_rules(rules, str(model.producer_name))
    context = Context(
        _opset(model, file), _dtype(given, file), kind, ties, at_zero, at_edges, rounding, Budget()
    )
    values: dict[str, Any] = {"": None}
    spaces = []
    for entry, stem in zip(given, _stems(name, given, file), strict=True):
        shape = _sample_shape(entry, input_shape, batched, file, len(given))
        space: Expression = tensor(stem, shape)
        spaces.append(space)
        values[entry.name] = space.reshape((1, *shape)) if batched else space
    for key, weight in weights.items():
        values[key] = context.constant(array_of(weight, file))
    for key, value in constants.items():
        values[key] = _fixed(value, context)
    for node in nodes:
        call(node, context, values, file)
    rounding.say()
    return _result(values.get(wanted), wanted, batched, spaces, kind, file)


def _result(
    found: Any, wanted: str, batched: bool, spaces: Sequence[Any], rules: str, file: str
) -> Expression:
    from piecewise_mt.interop.onnx.conditions import Jump

    if isinstance(found, Jump):
        raise jumping(found, f"it is the output {wanted!r}")
    if not isinstance(found, Expression):
        raise Unsupported(f"expected a real tensor as the output {wanted!r} of {file}; use another")
    if batched and found.shape[:1] == (1,):
        found = found.reshape(found.shape[1:])
    result: Expression = found.on(*spaces).with_rules(rules)
    return result


def _fixed(value: Any, context: Context) -> Any:
    """A constant input: whole numbers stay an array, anything else is exact numbers."""
    from piecewise_mt.functions.build.arithmetic import as_expression

    if hasattr(value, "dtype") and value.dtype.kind in "iubfV":
        return context.constant(value)
    return as_expression(value)


def _stems(name: Any, given: Sequence[Any], file: str) -> list[str]:
    """The stems of the variables of each input."""
    if isinstance(name, str):
        return [name] if len(given) == 1 else [f"{name}{k + 1}" for k in range(len(given))]
    stems = [str(stem) for stem in name]
    if len(stems) != len(given):
        raise UnknownVariable(
            f"expected {len(given)} names, one an input of {file}, got {len(stems)}; the inputs "
            f"are {', '.join(str(entry.name) for entry in given)}"
        )
    return stems


def _loaded(file: str, onnx: Any) -> Any:
    """The model of a file, with its nodes in order and its functions written out."""
    from google.protobuf.message import DecodeError

    own = shown_path(file)
    try:
        size = os.path.getsize(file)
    except (OSError, ValueError) as error:
        raise PiecewiseError(
            f"expected an ONNX file, got {own}, which cannot be read; check the path"
        ) from error
    if not 0 < size <= MAX_BYTES:
        raise PiecewiseError(
            f"expected an ONNX file of 1 to {MAX_BYTES} bytes, got {size} in {own}; build large "
            "networks with piecewise_mt.conventions"
        )
    try:
        model = onnx.load(file, format="protobuf", load_external_data=False)
        if model.functions:
            require_few_nodes(model, own)
            from onnx import inliner

            model = inliner.inline_local_functions(model)
        sort_nodes(model.graph)
    except (DecodeError, OSError, ValueError, TypeError, RuntimeError) as error:
        raise broken(own, error) from error
    return model


def _check(model: Any, file: str, onnx: Any) -> None:
    for weight in model.graph.initializer:
        check_inside(weight, file)
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError, RuntimeError) as error:
        raise broken(file, error) from error


def _opset(model: Any, file: str) -> int:
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if not versions or versions[0] < 1:
        raise Unsupported(
            f"expected a version of ONNX's operators, got {versions} in {file}; export it again"
        )
    return int(versions[0])


def _dtype(given: Sequence[Any], file: str) -> str:
    kinds = [entry.type.tensor_type.elem_type for entry in given]
    for entry, kind in zip(given, kinds, strict=True):
        if kind not in FLOATS:
            raise Unsupported(
                f"expected an input of a float type, got the type number {kind} of "
                f"'{shown(entry.name)}' in {file}; export it with floats, or give its "
                "values in fixed=…"
            )
    return FLOATS[kinds[0]]


def _sample_shape(
    entry: Any, given: Any, batched: bool, file: str, inputs: int = 1
) -> shapes.Shape:
    """The shape of one sample, from the file as far as it says, else as given."""
    axes = entry.type.tensor_type.shape.dim
    lengths = [int(a.dim_value) if a.HasField("dim_value") else None for a in axes]
    if batched:
        if not lengths or lengths[0] not in (None, 1):
            raise ShapeError(
                f"expected a batch of length 1 as the first axis of '{shown(entry.name)}' in "
                f"{file}, got the shape {lengths}; export with one sample, or write batched=False"
            )
        lengths = lengths[1:]
    if isinstance(given, Mapping):
        given = given.get(entry.name)
    elif given is not None and inputs > 1:
        raise ShapeError(
            f"expected input_shape as a mapping from names of inputs, got {given!r} for {inputs} "
            f"inputs in {file}; write {{'{shown(entry.name)}': (…), …}}"
        )
    if given is None:
        if None in lengths:
            raise ShapeError(
                f"expected lengths of all axes, got {lengths} for '{shown(entry.name)}' in "
                f"{file}; write input_shape=(…)"
            )
        return shapes.to_shape([n for n in lengths if n is not None])
    shape = shapes.to_shape(given)
    fits = len(shape) == len(lengths) and all(n in (None, m) for n, m in zip(lengths, shape))
    if not fits or not prod(shape):
        raise ShapeError(
            f"expected an input_shape that fits {lengths} of '{shown(entry.name)}' in {file}, got "
            f"{shape}; leave it out where the file fixes it"
        )
    return shape


def _output(graph: Any, wanted: str | None, file: str) -> str:
    names = [str(entry.name) for entry in graph.output]
    if wanted is None and len(names) == 1:
        return str(names[0])
    if wanted not in names:
        raise Unsupported(
            f"expected one output, got {', '.join(names)} in {file}; choose one with output=…"
        )
    return str(wanted)
