"""``mt.from_jax``: a function of JAX as an expression, checked against the function itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build.builders import tensor
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.checking.comparison import compare


def from_jax(
    function: Callable[..., Any],
    shape: Any,
    *,
    name: str = "x",
    limit_denominator: int | None = None,
) -> Expression:
    """A function of JAX as an expression, under JAX's own tie rules.

    Arrays that the function holds count as the dyadic rationals that they are, and operations as
    the exact ones: the rounding of intermediate results is not modelled. Softmax, exp, logistic,
    … are smooth nodes.

    Parameters
    ----------
    function : callable
        From one array to one array, of operations that ``jax.make_jaxpr`` can trace.
    shape : int or tuple of int
        The shape of its argument, an array of jax's default float type: float64 if
        ``jax_enable_x64`` is set, else float32.
    name : str
        The variables are those of ``mt.tensor(name, shape)``.
    limit_denominator : int, optional
        Round every number to the nearest fraction with a denominator up to this; a warning
        :class:`RoundedWeights` says how many were changed, and by how much at most.

    Returns
    -------
    expression

    Raises
    ------
    Unsupported
        For an operation that is not supported, with its name and source line; for a function
        that returns another value or gradient than its operations say, with the point.
    ImportError
        If jax is not installed.

    See Also
    --------
    mt.from_torch, mt.from_onnx : Networks of other kinds.
    mt.RoundedWeights : The warning about rounded numbers.

    Notes
    -----
    What does not depend on the argument, random numbers of a fixed key among it, jax computes
    itself. Calls are entered, and loops of a fixed length written out. The function is then
    called at up to eight points, some with ties, where value and gradient must be those of the
    result, exactly or within a bound on rounding.

    Examples
    --------
    At a tie jax's relu takes 0, and its maximum one half of each:

    >>> import piecewise_mt as mt
    >>> import jax, jax.numpy as jnp                                          # doctest: +SKIP
    >>> mt.from_jax(jax.nn.relu, 2).gradient((0, 1)).tolist()                 # doctest: +SKIP
    [[0, 0], [0, 1]]
    >>> mt.from_jax(lambda x: jnp.maximum(x[0], x[1]), 2).gradient((1, 1))    # doctest: +SKIP
    Matrix([[1/2, 1/2]])
    """
    try:
        import jax
    except ImportError as error:
        raise ImportError("mt.from_jax needs jax; pip install jax") from error
    from piecewise_mt.interop.jax.program import run
    from piecewise_mt.interop.jax.values import Importer

    if not callable(function):
        raise PiecewiseError(
            f"expected a function of one array, got {type(function).__name__}; write a lambda"
        )
    x: Expression = tensor(name, shapes.to_shape(shape))
    example = jax.numpy.zeros(x.shape)
    dtype = str(example.dtype)
    try:
        program = jax.make_jaxpr(function)(example)
    except PiecewiseError:
        raise
    except Exception as error:  # jax, or the function itself, raises errors of every kind here
        reason = _reason(error)
        raise Unsupported(
            f"expected a function that jax.make_jaxpr can trace, got {_name(function)}, where "
            f"{reason}; rewrite that part, without control flow that depends on values"
        ) from error
    if len(program.out_avals) != 1:
        raise Unsupported(
            f"expected a function with one array as its result, got {len(program.out_avals)}; "
            "select one of them in a wrapper"
        )
    if not str(program.out_avals[0].dtype).startswith("float"):
        raise Unsupported(
            f"expected real numbers as results, got {program.out_avals[0].dtype}; leave that out"
        )

    def imported(limit: int | None) -> tuple[Expression, Importer]:
        importer = Importer(dtype, limit)
        (result,) = run(program, [x], importer)
        return importer.value(result).on(x), importer

    f, importer = imported(None)
    compare(f, _Call(function, x.shape), importer.coarsest, False, "function")
    if limit_denominator is not None:  # another function, made from the same operations
        f, importer = imported(limit_denominator)
        importer.rounding.say()
    return f.with_rules("jax")


class _Call:
    """The function itself at a point: its values, and gradients of sums of them."""

    def __init__(self, function: Callable[..., Any], shape: shapes.Shape) -> None:
        self.function, self.shape = function, shape

    def __call__(self, point: list[float], weights: list[list[int]]) -> Any:
        import jax
        import numpy

        try:
            x = jax.numpy.asarray(numpy.asarray(point)).reshape(self.shape)
            y, back = jax.vjp(lambda x: jax.tree.leaves(self.function(x))[0], x)
            rows = []
            for row in weights:
                factors = jax.numpy.asarray(row, dtype=y.dtype).reshape(y.shape)
                rows.append(numpy.asarray(back(factors)[0], dtype=float).reshape(-1).tolist())
            return numpy.asarray(y, dtype=float).reshape(-1).tolist(), rows
        except Exception as error:  # whatever the function raises
            raise Unsupported(
                "expected a function that can be called and differentiated, got an error from "
                f"{_name(self.function)}: {_reason(error)}; mend it first"
            ) from error


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _reason(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
