"""Functions beside the tables of ``conventions`` that an audit should try: the known traps."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
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


def _table_2(t: Any) -> Expression:
    steps = [k * as_expression(t) for k in (1, 2, 3, 4)]
    return extrema.max(*steps, ties="first") - extrema.max(*steps, ties="average")


def _with(make: Callable[[Any, Any], Any]) -> Callable[[Any], Callable[..., Any]]:
    """An adapter: the target is whatever `make` needs, mostly the framework itself."""
    return lambda target: lambda *xs, **kwargs: make(target, xs)


_SQRT = "nan at 0: the 2-norm in one variable is |x|; in more it is not piecewise linear"
TRAPS: Mapping[str, tuple[Primitive, ...]] = {
    "pytorch": (
        Primitive(
            "cdist(p=inf)", "torch:cdist", _chebyshev, ((2,), (2,)), "±1 on every tie",
            adapter=_with(lambda cdist, xs: cdist(xs[0][None], xs[1][None], p=float("inf"))),
            has_forward=False,
        ),
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
}  # fmt: skip


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
        yield Primitive(name, "sympy", build, ((n,),), "Heaviside(0) = 1/2"), gradient
