"""The imported function against what it was made of, at a few points, before it is handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear, Piecewise, Smooth
from piecewise_mt.functions.traversal import topological
from piecewise_mt.interop.checking.roundoff import Near, Pass, Undecided

_POINTS, _LEAST = 8, 2
_WORK = 4 * 10**5
"""About how many products all points may cost together, beyond the least number of points."""
_ROWS = 3
"""Up to so many outputs one gradient each is compared; of more, one sum with whole weights."""


def compare(
    f: Expression,
    call: Callable[[list[float], list[list[int]]], Any],
    dtype: str,
    forward: bool,
    kind: str = "module",
) -> None:
    """Refuse `f` where the module returns another value or gradient than it says.

    Parameters
    ----------
    f : Expression
        A function of all variables of the input.
    call : callable
        Takes a point and weights of the outputs; returns the flat values, and for each list of
        weights the gradient of the sum with these, or its derivative along (1, 2, 3, 1, …) in
        forward mode.
    dtype : str
        The float type that the module computes in.
    forward : bool
        Whether `call` is forward mode.
    kind : {"module", "function"}
        What messages call that which is called.

    Raises
    ------
    Unsupported
        With the point, if they differ by more than rounding can explain, or if there is no point
        at which both have a value.
    """
    compared = 0
    for point in points(f):
        try:
            here = Pass(f, point, dtype)
        except (Undecided, OverflowError, ZeroDivisionError):
            continue
        weights = _weights(f.size)
        values, gradients = call([float(entry) for entry in point], weights)
        if len(values) != f.size:
            raise Unsupported(
                f"expected {f.size} outputs of the {kind} at x = {shown(point)}, got "
                f"{len(values)}; it does not always do the same"
            )
        for own, got in zip(here.values(), values, strict=True):
            _require(own, got, point, "the value", kind)
        compared += 1
        for row, got_row in zip(weights, gradients, strict=True):
            try:
                own_row = here.row(row)
            except (Undecided, OverflowError):
                continue
            if forward:
                own_row = [along(here, own_row)]
            for own, got in zip(own_row, got_row, strict=True):
                _require(own, got, point, "a partial derivative", kind)
    if not compared:
        raise Unsupported(
            f"expected a point at which the {kind} and its expression can be compared, got none "
            "among small numbers, where operations are undefined or rounding hides the values; "
            f"import a part of the {kind}, or compute in float64"
        )


def along(here: Pass, row: Sequence[Near]) -> Near:
    """The derivative along (1, 2, 3, 1, …)."""
    steps = [Near(Fraction(step), 0.0) for step in direction(len(row))]
    return here.inner(row, steps)


def direction(count: int) -> list[int]:
    """The direction that forward mode is asked for."""
    return [1 + k % 3 for k in range(count)]


def _weights(size: int) -> list[list[int]]:
    if size <= _ROWS:
        return [[int(i == k) for i in range(size)] for k in range(size)]
    return [[(1, -2, 3, 5, -1, 2, -3, 4)[(k + k // 8) % 8] for k in range(size)]]


def _require(own: Near, got: float, point: Sequence[Fraction], what: str, kind: str) -> None:
    if isfinite(got) and abs(Fraction(got) - own.value) <= Fraction(own.error):
        return
    rounding = f" up to {own.error:.1e} of rounding" if own.error else ""
    raise Unsupported(
        f"expected {what} {float(own.value):.17g}{rounding} at x = {shown(point)}, as the {kind}'s "
        f"operations say, got {got:.17g} from the {kind}; a hook, an attribute or a derivative "
        "of its own does what cannot be imported, so leave it out"
    )


def shown(point: Sequence[Fraction]) -> str:
    """A point for a message."""
    entries = [str(entry) for entry in point[:8]]
    return f"({', '.join(entries)}{', …' if len(point) > 8 else ''})"


def points(f: Expression) -> Iterator[list[Fraction]]:
    """Points of few binary digits with ties of entries, and some without."""
    size = len(f.variables)
    cost = sum(
        sum(map(len, node.rows)) if isinstance(node, Linear)
        else sum((20 if isinstance(node, Smooth) else 3) * len(own) for _, own in node.units)
        if isinstance(node, (Piecewise, Smooth))
        else 0
        for node in topological(f)
    )  # fmt: skip
    count = max(_LEAST, min(_POINTS, _WORK // max(cost, 1)))
    half = Fraction(1, 2)
    made: list[Callable[[int], Fraction]] = [
        lambda k: Fraction((7 * k * k + 5 * k) % 23 - 11, 8),  # no two neighbours equal
        lambda k: Fraction(0),
        lambda k: Fraction((k * k + k // 3) % 3 - 1),
        lambda k: Fraction(1),
        lambda k: Fraction((11 * k * k + 3 * k + 17) % 29 + 1, 8),
        lambda k: Fraction(-1),
        lambda k: half * ((3 * k) // 2 % 4 - 2),
        lambda k: Fraction(3 * (k % 3 - 1)),
    ]
    for make in made[:count]:
        yield [make(k) for k in range(size)]
