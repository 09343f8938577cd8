"""``mt.from_torch``: a PyTorch module as an expression, checked against the module itself."""

from __future__ import annotations

from typing import Any

from piecewise_mt.conventions.base import is_forward
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build.builders import tensor
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.checking.comparison import compare
from piecewise_mt.interop.torch.by_fx import by_fx, file_of
from piecewise_mt.interop.torch.calling import Call
from piecewise_mt.interop.torch.importer import Importer


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
        be traceable by ``torch.export`` or ``torch.fx`` and use supported operations only.
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
        For an operation that is not supported, with the names of its node and source file; for
        a module that returns another value or gradient than its operations say, with the point.
    ImportError
        If torch is not installed.

    See Also
    --------
    mt.from_onnx : A file instead of a module.
    mt.audit : What torch itself returns.
    mt.RoundedWeights : The warning about rounded weights.

    Notes
    -----
    The module is run by ``torch.export``, so that hooks, patched methods and operations in place
    count as they are. Then it is called at up to eight points, some with ties, where value and
    gradient must be those of the result, exactly or within a bound on rounding.

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
    forward = is_forward(mode)
    _refuse_compiled(module, torch)
    dtype = _dtype(module, torch)
    x: Expression = tensor(name, shapes.to_shape(input_shape))
    inner = x.reshape((1, *x.shape)) if batched else x

    def imported(limit: int | None) -> tuple[Expression, Importer]:
        importer = Importer(dtype, mode, limit)
        result = _imported(module, importer, inner, torch)
        if not isinstance(result, Expression):
            raise Unsupported(
                f"expected a module with one tensor as its result, got {type(result).__name__}; "
                "select one of them in a wrapper module"
            )
        if batched and result.shape[:1] == (1,):
            result = result.reshape(result.shape[1:])
        return result.on(x), importer

    f, importer = imported(None)
    call = Call(module, inner.shape, dtype, forward, torch)
    compare(f, call, importer.coarsest, forward)
    if limit_denominator is not None:  # another function, made from the same operations
        f, importer = imported(limit_denominator)
        importer.rounding.say()
    return f.with_rules("pytorch")


def _imported(module: Any, importer: Importer, x: Expression, torch: Any) -> Any:
    """What the module makes of `x`, by torch.export, and by torch.fx where that fails."""
    from piecewise_mt.interop.torch import exported

    file = file_of(type(module))
    example = torch.zeros(x.shape, dtype=getattr(torch, importer.dtype))
    try:
        program = exported.traced(module, example, file)
    except PiecewiseError:
        raise
    except Exception as error:  # torch raises errors of every kind here
        try:
            return by_fx(module, importer, x, torch)
        except torch.fx.proxy.TraceError as other:
            raise _untraceable(module, str(other).splitlines()[0]) from error
        except PiecewiseError:
            raise
        except Exception:
            text = str(error).strip() or type(error).__name__
            raise _untraceable(module, text.splitlines()[0]) from error
    results = exported.run(program, importer, x, file, torch)
    if len(results) != 1 or results[0] is None:
        raise Unsupported(
            "expected a module with one tensor as its result, got "
            f"{len(results) if len(results) != 1 else None}; select one of them in a wrapper module"
        )
    return importer.value(results[0])


def _untraceable(module: Any, reason: str) -> Unsupported:
    return Unsupported(
        f"expected a module that torch can trace, got {type(module).__name__} in "
        f"{file_of(type(module))}, where {reason.rstrip('.')}; rewrite that part, without "
        "control flow that depends on values"
    )


def _refuse_compiled(module: Any, torch: Any) -> None:
    for part in module.modules():
        if isinstance(part, torch.jit.ScriptModule):
            raise Unsupported(
                f"expected a module in Python, got {type(part).__name__}, which is compiled to "
                "TorchScript; import the module that it was made of"
            )
        if hasattr(part, "_orig_mod") or getattr(part, "_compiled_call_impl", None) is not None:
            raise Unsupported(
                f"expected a module as it was written, got {type(part).__name__} compiled by "
                "torch.compile; import the original one, which is its attribute _orig_mod"
            )


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
