"""Convexity and monotonicity of piecewise polynomial functions of one variable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.properties.line_pieces import Line, LinePiece
from piecewise_mt.calculus.properties.shape_verdict import ShapeVerdict, above_chord, decrease
from piecewise_mt.calculus.results.proof import Proof, function_text, numbers_text
from piecewise_mt.exact.line_polynomials import (
    derivative_of,
    lower,
    value_at,
    where_negative,
)
from piecewise_mt.exact.shape_certificates import check_above_chord
from piecewise_mt.functions.expression import Expression


@dataclass(frozen=True)
class DerivativeSign(Proof):
    """A derivative of f is ≥ 0 on a piece, by its real roots."""

    piece: LinePiece
    order: int
    _function: Expression = field(repr=False)
    _name: str = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"The derivative of order {self.order} of f on {self.piece.interval_text} is at least "
            f"0, where f has the coefficients {numbers_text(self.piece.coefficients)}, for "
            f"{function_text(self._function)}."
        )

    def _check(self) -> bool:
        p = self.piece.coefficients
        for _ in range(self.order):
            p = derivative_of(p)
        bound = where_negative(p, self.piece.low, self.piece.high)
        return self.order >= 0 and bound is None and self.piece.is_of(self._function, self._name)


@dataclass(frozen=True)
class LineBend(Proof):
    """The slope does not decrease at a breakpoint."""

    left: LinePiece
    right: LinePiece

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        one, two = (numbers_text(own.coefficients) for own in (self.left, self.right))
        return (
            f"At {self.right.low} the polynomial with the coefficients {two} is at least as steep "
            f"as that with {one}."
        )

    def _check(self) -> bool:
        at = self.right.low
        return bool(at is not None and self.left.high == at and jump(self.left, self.right) >= 0)


def jump(left: LinePiece, right: LinePiece) -> Any:
    """By how much the slope increases between two pieces."""
    slopes = [value_at(derivative_of(own.coefficients), right.low) for own in (left, right)]
    return slopes[1] - slopes[0]


def line_convexity(line: Line) -> ShapeVerdict:
    """Whether a function is convex on an interval.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.properties.line_pieces import line_pieces
    >>> x = mt.variable("x")
    >>> found = line_convexity(line_pieces(mt.max(x**4, x), None))
    >>> bool(found), found.steps[0].verify()
    (True, True)
    >>> bool(line_convexity(line_pieces(mt.min(x**4, x), None)))
    False
    """
    value = _value(line)
    steps: list[DerivativeSign | LineBend] = []
    for piece in line.pieces:
        second = derivative_of(derivative_of(piece.coefficients))
        at = where_negative(second, piece.low, piece.high)
        if at is not None:
            return _chord(line, value, at)
        steps.append(DerivativeSign(piece, 2, line.function, line.name))
    for left, right in zip(line.pieces, line.pieces[1:], strict=False):
        if jump(left, right) < 0:
            return _chord(line, value, right.low)
        steps.append(LineBend(left, right))
    reason = "no second derivative is negative, and no kink bends downwards"
    return ShapeVerdict(True, (), reason, tuple(steps))


def _chord(line: Line, value: Callable[[Sequence[Fraction]], Fraction], at: Any) -> ShapeVerdict:
    """A short segment around a number, or a rational one near it, whose midpoint is above it."""
    bits = 0
    while True:
        middle, step = lower(at, 2 * bits + 4), Fraction(1, 1 << bits)
        ends = [(middle + sign * step,) for sign in (-1, 1)]
        if all(line.has(end[0]) for end in ends) and check_above_chord(value, *ends):
            return above_chord(value, *ends)
        bits += 1


def line_growth(line: Line) -> ShapeVerdict:
    """Whether a function does not decrease on an interval.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.properties.line_pieces import line_pieces
    >>> x = mt.variable("x")
    >>> bool(line_growth(line_pieces(x**3 + abs(x) * x, None)))
    True
    """
    value = _value(line)
    steps = []
    for piece in line.pieces:
        slope = derivative_of(piece.coefficients)
        at = where_negative(slope, piece.low, piece.high)
        if at is None:
            steps.append(DerivativeSign(piece, 1, line.function, line.name))
            continue
        return decrease(value, lambda p: line.has(p[0]), (at,), 0, line.name, value_at(slope, at))
    return ShapeVerdict(True, (), "no slope is negative", tuple(steps))


def _value(line: Line) -> Callable[[Sequence[Fraction]], Fraction]:
    return lambda point: values_at(line.function, (line.name,), point)[0]
