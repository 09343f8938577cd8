"""What the tables of primitives hold, and checks that the frameworks' modules share."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from piecewise_mt.errors import PiecewiseError, ShapeError
from piecewise_mt.exact.numbers import exact
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.build.builders import tensor
from piecewise_mt.functions.build.windows import numbers, window_max
from piecewise_mt.functions.expression import Expression

OPERANDS = ("x", "y", "z")
"""The names of a primitive's operands."""


@dataclass(frozen=True)
class Primitive:
    """A function of a framework, ready to be compared with its expression.

    ``build`` and the framework's function take the operands, then ``arguments`` by name, in
    which lists stand for arrays and fractions for floats.
    """

    name: str
    target: str
    """The framework's function: a module and an attribute, joined by a colon."""
    build: Callable[..., Expression]
    shapes: tuple[shapes.Shape, ...]
    rule: str
    """The tie rule in words."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    adapter: Callable[[Any], Callable[..., Any]] | None = None
    """Makes the function to call from the target, where the target itself will not do."""
    has_modes: bool = False
    """Whether forward mode has a rule of its own, which ``build`` knows as ``mode="forward"``."""
    has_forward: bool = True
    """Whether the framework has a forward mode for it."""
    domain: str = ""
    """A condition on the operands outside of which the framework promises nothing."""
    exceptions: tuple[str, ...] = ()
    """Conditions on the operands under which reverse mode returns no associated gradient."""

    def expression(self, mode: str = "reverse") -> Expression:
        """The function of variables named after the operands, in their order."""
        operands = [tensor(name, shape) for name, shape in zip(OPERANDS, self.shapes, strict=False)]
        modes = {"mode": mode} if self.has_modes else {}
        return self.build(*operands, **self.arguments, **modes).on(*operands)

    def reference(self) -> Callable[..., Any]:
        """The framework's own function; imports the framework.

        Raises
        ------
        ImportError
            If it is not installed.
        """
        module, _, attribute = self.target.partition(":")
        function: Any = importlib.import_module(module)
        for part in attribute.split(".") if attribute else ():
            function = getattr(function, part)
        return function if self.adapter is None else self.adapter(function)


def table(primitives: Sequence[Primitive]) -> Mapping[str, Primitive]:
    """The primitives by name."""
    return {primitive.name: primitive for primitive in primitives}


def is_forward(mode: str) -> bool:
    """Whether `mode` is forward; refuses all but the two modes."""
    if mode not in ("reverse", "forward"):
        raise PiecewiseError(
            f"expected mode to be 'reverse' or 'forward', got {mode!r}; choose one of these"
        )
    return mode == "forward"


def number(value: Any) -> Fraction:
    """A framework's scalar argument: a float counts as the dyadic rational that it is."""
    rational = exact(value)
    return Fraction(int(rational.p), int(rational.q))


def reduced(
    reduce: Callable[..., Expression], x: Any, axis: Any, keep: bool, ties: str
) -> Expression:
    """A reduction over axes, by default all; with `keep` they stay, at length 1."""
    node = as_expression(x)
    given = range(node.ndim) if axis in (None, ()) else axis
    axes = tuple(given) if isinstance(given, (tuple, list, range)) else (given,)
    result = reduce(node, axis=axes, ties=ties)
    if not keep:
        return result
    gone = {shapes.to_axis(entry, node.ndim) for entry in axes}
    return result.reshape(tuple(1 if a in gone else n for a, n in enumerate(node.shape)))


def slide(x: Any, window: Any, strides: Any, padding: str, ties: str = "first") -> Expression:
    """The maximum over windows along all axes, padded by −∞ as "VALID" or "SAME" say.

    "SAME" has ⌈n/s⌉ windows along an axis of length n, and pads on both sides alike, at the end
    by one more where that is odd.
    """
    node = as_expression(x)
    sizes = numbers(window, node.ndim, "the window", 1)
    steps = (1,) * node.ndim if strides is None else numbers(strides, node.ndim, "the strides", 1)
    if padding not in ("VALID", "SAME"):
        raise PiecewiseError(
            f"expected padding to be 'VALID' or 'SAME', got {padding!r}; choose one of these"
        )
    axes = []
    for n, k, s in zip(node.shape, sizes, steps, strict=True):
        count = -(-n // s) if padding == "SAME" else (n - k) // s + 1
        before = max((count - 1) * s + k - n, 0) // 2 if padding == "SAME" else 0
        starts = [s * i - before for i in range(count)]
        axes.append([[(m, i + m) for m in range(k) if 0 <= i + m < n] for i in starts])
        if not axes[-1] or not all(axes[-1]):
            raise ShapeError(
                f"expected windows that meet the array, got size {k} for length {n}; use a "
                "smaller window"
            )
    return window_max(node, axes, sizes, ties)
