"""Functions beside the tables of ``conventions`` that an audit should try: the known traps."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.conventions.base import Primitive
from piecewise_mt.functions.build import builders, extrema
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.expression import Expression


def primitives_of(framework: str) -> list[Primitive]:
    """The primitives of a framework's conventions, then the traps."""
    module = importlib.import_module(f"piecewise_mt.conventions.{framework}")
    known: Mapping[str, Primitive] = module.PRIMITIVES
    return [*known.values(), *TRAPS.get(framework, ())]


def _abs(x: Any) -> Expression:
    return builders.abs(as_expression(x).reshape(()))


def _identity(t: Any) -> Expression:
    t = as_expression(t)
    return builders.relu(t, at_zero=0) - builders.relu(-t, at_zero=0)


def _chebyshev(x: Any, y: Any) -> Expression:
    return extrema.max(builders.abs(as_expression(x) - as_expression(y)))


def _pairwise(x: Any) -> Expression:
    return extrema.max(builders.abs(x[0] - x[1]))


def _root_beyond_one(x: Any) -> Expression:
    t = as_expression(x).reshape(())
    return extrema.where(t > 1, t ** Fraction(1, 2), 1)


def _inverse_beyond_one(x: Any) -> Expression:
    t = as_expression(x).reshape(())
    return extrema.where(t > 1, 1 / t, 1)


def _pool(x: Any) -> Expression:
    return extrema.max(as_expression(x).ravel(), ties="first").reshape((1, 1, 1, 1))


def _table_2(t: Any) -> Expression:
    steps = [k * as_expression(t) for k in (1, 2, 3, 4)]
    return extrema.max(*steps, ties="first") - extrema.max(*steps, ties="average")


def _with(make: Callable[[Any, Any], Any]) -> Callable[[Any], Callable[..., Any]]:
    """An adapter: the target is whatever `make` needs, mostly the framework itself."""
    return lambda target: lambda *xs, **kwargs: make(target, xs)


_WHERE = "nan where the side that is not taken, or its slope, is not finite"


def _chosen(root: str, where: str) -> Callable[[Any], Callable[..., Any]]:
    """``where(x > 1, root(x), 1)`` by a module that has both names."""
    return lambda module: (
        lambda x: getattr(module, where)(x > 1, getattr(module, root)(x), x * 0 + 1)
    )


def _reciprocal(where: str) -> Callable[[Any], Callable[..., Any]]:
    return lambda module: lambda x: getattr(module, where)(x > 1, 1 / x, x * 0 + 1)


def _undefined(module: str, root: str = _WHERE) -> tuple[Primitive, ...]:
    """The two selections whose other side is not defined everywhere."""
    return (
        Primitive(
            "where(x > 1, sqrt(x), 1)", module, _root_beyond_one, ((),), root,
            adapter=_chosen("sqrt", "where"),
        ),
        Primitive(
            "where(x > 1, 1/x, 1)", module, _inverse_beyond_one, ((),), _WHERE,
            adapter=_reciprocal("where"),
        ),
    )  # fmt: skip


_SQRT = "nan at 0: the 2-norm in one variable is |x|; in more it is not piecewise linear"
TRAPS: Mapping[str, tuple[Primitive, ...]] = {
    "pytorch": (
        Primitive(
            "cdist(p=inf)", "torch:cdist", _chebyshev, ((2,), (2,)), "±1 on every tie",
            adapter=_with(lambda cdist, xs: cdist(xs[0][None], xs[1][None], p=float("inf"))),
            has_forward=False,
        ),
        Primitive(
            "pdist(p=inf)", "torch:pdist", _pairwise, ((2, 2),), "±1 on every tie",
            adapter=_with(lambda pdist, xs: pdist(xs[0], p=float("inf"))),
            has_forward=False,
        ),
        Primitive(
            "pairwise_distance(p=inf)", "torch.nn.functional:pairwise_distance", _chebyshev,
            ((2,), (2,)), "1/k each on k tied, sign 0 at 0",
            adapter=_with(lambda norm, xs: norm(*xs, p=float("inf"), eps=0.0)),
        ),
        Primitive(
            "max_pool2d (channels last)", "torch.nn.functional:max_pool2d", _pool, ((1, 1, 2, 2),),
            "first in row-major order",
            adapter=_with(lambda pool, xs: pool(_channels_last(xs[0]), 2)),
        ),
        Primitive(
            "adaptive_max_pool3d", "torch.nn.functional:adaptive_max_pool3d",
            lambda x: extrema.max(x.ravel(), ties="first").reshape((1, 1, 1, 1)), ((1, 1, 2, 2),),
            "first in row-major order",
            adapter=_with(lambda pool, xs: pool(xs[0], 1)),
        ),
        *_undefined("torch"),
        Primitive(
            "sqrt(x**2)", "torch:sqrt", _abs, ((),), _SQRT,
            adapter=_with(lambda sqrt, xs: sqrt(xs[0] * xs[0])),
        ),
        Primitive(
            "norm(p=2)", "torch.linalg:vector_norm", _abs, ((1,),), "0 at 0",
            adapter=_with(lambda norm, xs: norm(xs[0])),
        ),
        Primitive(
            "relu(t) - relu(-t)", "torch:relu", _identity, ((),), "0 at 0, although f' = 1",
            adapter=_with(lambda relu, xs: relu(xs[0]) - relu(-xs[0])),
        ),
        Primitive(
            "Table 2", "torch", _table_2, ((),), "-3/2 at 0",
            adapter=_with(lambda torch, xs: _torch_table_2(torch, xs[0])),
        ),
    ),
    "jax": (
        Primitive(
            "lax.clamp(bounds)", "jax.lax:clamp",
            lambda lo, x, hi: extrema.min(extrema.max(x, lo), hi), ((), (), ()),
            "0, 0, 0 with the operand on a bound", domain="x <= z",
        ),
        *_undefined("jax.numpy"),
        Primitive(
            "sqrt(x**2)", "jax.numpy:sqrt", _abs, ((),), _SQRT,
            adapter=_with(lambda sqrt, xs: sqrt(xs[0] * xs[0])),
        ),
        Primitive(
            "norm(ord=2)", "jax.numpy.linalg:norm", _abs, ((1,),), _SQRT,
            adapter=_with(lambda norm, xs: norm(xs[0])),
        ),
        Primitive(
            "relu(t) - relu(-t)", "jax.nn:relu", _identity, ((),), "0 at 0, although f' = 1",
            adapter=_with(lambda relu, xs: relu(xs[0]) - relu(-xs[0])),
        ),
    ),
    "tensorflow": (
        *_undefined("tensorflow", "0 where the side that is not taken has no value"),
        Primitive(
            "sqrt(x**2)", "tensorflow:sqrt", _abs, ((),), _SQRT,
            adapter=_with(lambda sqrt, xs: sqrt(xs[0] * xs[0])),
        ),
        Primitive(
            "norm(ord=2)", "tensorflow:norm", _abs, ((1,),), _SQRT,
            adapter=_with(lambda norm, xs: norm(xs[0])),
        ),
        Primitive(
            "relu(t) - relu(-t)", "tensorflow.nn:relu", _identity, ((),),
            "0 at 0, although f' = 1",
            adapter=_with(lambda relu, xs: relu(xs[0]) - relu(-xs[0])),
        ),
    ),
    "numpy_autograd": _undefined("autograd.numpy"),
}  # fmt: skip


def _channels_last(x: Any) -> Any:
    return x.contiguous(memory_format=importlib.import_module("torch").channels_last)


def _torch_table_2(torch: Any, t: Any) -> Any:
    """max₁ by a loop with >, which takes the first largest, minus ``torch.max``, which averages."""
    steps = [k * t for k in (1, 2, 3, 4)]
    first = steps[0]
    for step in steps[1:]:
        first = torch.where(step > first, step, first)
    return first - torch.max(torch.stack(steps))


def sympy_probes() -> Iterator[tuple[Primitive, sympy.Matrix]]:
    """SymPy's Max, Min and Abs with their symbolic gradients."""
    cases: list[tuple[str, int, Callable[..., Expression], Callable[..., Any]]] = [
        ("abs", 1, lambda x: builders.abs(x[0]), sympy.Abs),
        ("relu as Max(x, 0)", 1, lambda x: builders.relu(x[0]), lambda x: sympy.Max(x, 0)),
        ("max2", 2, lambda x: extrema.max(x), sympy.Max),
        ("max3", 3, lambda x: extrema.max(x), sympy.Max),
        ("min3", 3, lambda x: extrema.min(x), sympy.Min),
    ]
    for name, n, build, function in cases:
        symbols = [sympy.Symbol(f"x{k}", real=True) for k in range(1, n + 1)]
        formula = function(*symbols)
        gradient = sympy.Matrix([[sympy.diff(formula, symbol) for symbol in symbols]])
        target = f"sympy:{formula.func.__name__}"
        yield Primitive(name, target, build, ((n,),), "Heaviside(0) = 1/2"), gradient
