"""Intervals that contain every value of an expression, by interval arithmetic in rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from piecewise_mt.functions.atoms.extremum import Extremum
from piecewise_mt.functions.atoms.line import PiecewiseLinear
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Smooth
from piecewise_mt.functions.traversal import topological

Range: TypeAlias = tuple[Fraction | None, Fraction | None]
"""The ends, None where there is none."""
_ALL: Range = (None, None)
_UNIT: Range = (Fraction(0), Fraction(1))
_BOUNDED: dict[str, Range] = {
    "sigmoid": _UNIT,
    "softmax": _UNIT,
    "tanh": (Fraction(-1), Fraction(1)),
    "sin": (Fraction(-1), Fraction(1)),
    "cos": (Fraction(-1), Fraction(1)),
    "erf": (Fraction(-1), Fraction(1)),
    "exp": (Fraction(0), None),
    "square": (Fraction(0), None),
    "softplus": (Fraction(0), None),
}


def ranges(expression: Expression) -> list[Range]:
    """For every entry an interval with all of its values; it may be too wide.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> [tuple(map(str, ends)) for ends in ranges(mt.clip(x, 0, 1) / 2 + mt.relu(x))]
    [('0', 'None')]
    """
    found: dict[int, list[Range]] = {}
    for node in topological(expression):
        inputs = [ends for arg in node.args for ends in found[id(arg)]]
        found[id(node)] = _of_node(node, inputs)
    return found[id(expression)]


def _of_node(node: Expression, inputs: Sequence[Range]) -> list[Range]:
    if isinstance(node, Constant):
        return [(v, v) for v in node.values]
    if isinstance(node, Gather):
        return [inputs[i] for i in node.indices]
    if isinstance(node, Linear):
        return [
            _sum([_scaled(inputs[i], c) for i, c in row], bias)
            for row, bias in zip(node.rows, node.bias, strict=True)
        ]
    if isinstance(node, Piecewise):
        return [_of_unit(atom, [inputs[i] for i in operands]) for atom, operands in node.units]
    if isinstance(node, Smooth):
        return [_BOUNDED.get(node.name, _ALL)] * node.size
    return [_ALL] * node.size


def _scaled(ends: Range, factor: Fraction) -> Range:
    low, high = (None if end is None else factor * end for end in ends)
    return (low, high) if factor >= 0 else (high, low)


def _sum(parts: Sequence[Range], bias: Fraction) -> Range:
    lows, highs = [low for low, _ in parts], [high for _, high in parts]
    return _total(lows, bias), _total(highs, bias)


def _total(ends: Sequence[Fraction | None], bias: Fraction) -> Fraction | None:
    total = bias
    for end in ends:
        if end is None:
            return None
        total += end
    return total


def _of_unit(atom: Any, inputs: Sequence[Range]) -> Range:
    if isinstance(atom, PiecewiseLinear) and atom.is_rational:
        return _of_line(atom, inputs[0])
    if isinstance(atom, Extremum):
        lows, highs = [low for low, _ in inputs], [high for _, high in inputs]
        if atom.sign > 0:
            return (
                max((v for v in lows if v is not None), default=None),
                None if None in highs else max(highs),  # type: ignore[type-var]
            )
        return (
            None if None in lows else min(lows),  # type: ignore[type-var]
            min((v for v in highs if v is not None), default=None),
        )
    return _ALL


def _of_line(atom: PiecewiseLinear, ends: Range) -> Range:
    """A piecewise linear function of one variable is extreme at ends and breakpoints."""
    low, high = ends
    inside = [
        knot
        for b, knot in zip(atom.breakpoints, atom.knots, strict=True)
        if (low is None or low <= b) and (high is None or b <= high)
    ]

    def at(y: Fraction) -> Fraction:
        slope, constant = atom.interval_form(sum(b < y for b in atom.breakpoints))
        return slope * y + constant

    inside += [at(end) for end in ends if end is not None]
    least: Fraction | None = min(inside, default=None)
    most: Fraction | None = max(inside, default=None)
    # towards -∞ the first slope, towards ∞ the last one
    left = atom.slopes[0] if low is None else 0
    right = atom.slopes[-1] if high is None else 0
    if left > 0 or right < 0:
        least = None
    if left < 0 or right > 0:
        most = None
    return least, most
