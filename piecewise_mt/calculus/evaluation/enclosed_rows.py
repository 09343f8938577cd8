"""The rows of an affine node as integers, times vectors of exact numbers and balls."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from operator import mul
from typing import Any

from piecewise_mt.calculus.evaluation.forward import combined
from piecewise_mt.calculus.smooth.tapes import shortened
from piecewise_mt.exact.balls import Ball, ball_of
from piecewise_mt.functions.nodes import Linear

SHORT = 3
"""Rows of so few entries are summed one by one, so that small numbers keep their digits."""
FINEST = 400
"""Binary fractions of more digits are rounded."""


class Layer:
    """The coefficients of an affine node as integers over a power of two.

    They serve any precision, but for those that had to be rounded: these have a ``slack``.
    """

    def __init__(self, node: Linear, bits: int) -> None:
        self.node = node
        self.bits = bits
        values = [c for row in node.rows for _, c in row]
        digits = [c.denominator.bit_length() - 1 for c in values]
        self.shift = max(digits, default=0)
        self.slack = 0
        """How much a coefficient may be off, in units of ``2**-shift``."""
        if self.shift <= FINEST and all(
            type(c) is Fraction and not c.denominator & (c.denominator - 1) for c in values
        ):
            shift = self.shift
            ints = [c.numerator << (shift - own) for c, own in zip(values, digits)]
        else:
            self.shift = bits + 64
            pairs = [ball_of(c, bits + 64).fixed(self.shift) for c in values]
            ints = [mid for mid, _ in pairs]
            self.slack = max(rad for _, rad in pairs)
        self.rows: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        start = 0
        for row in node.rows:
            end = start + len(row)
            self.rows.append((tuple(i for i, _ in row), tuple(ints[start:end])))
            start = end
        self._columns: list[tuple[tuple[int, ...], tuple[int, ...]]] | None = None

    def columns(self) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """For every operand the rows that read it, and its integers there."""
        if self._columns is None:
            count = sum(arg.size for arg in self.node.args)
            places: list[list[int]] = [[] for _ in range(count)]
            ints: list[list[int]] = [[] for _ in range(count)]
            for j, (own, values) in enumerate(self.rows):
                for i, value in zip(own, values):
                    places[i].append(j)
                    ints[i].append(value)
            self._columns = [(tuple(p), tuple(v)) for p, v in zip(places, ints)]
        return self._columns


class Scaled:
    """A vector of exact numbers and balls, in units of one power of two."""

    def __init__(self, values: Sequence[Any], bits: int) -> None:
        balls = [v for v in values if isinstance(v, Ball)]
        self.unit = bits - max((v.top for v in balls if v.mid or v.rad), default=0)
        self.bits = bits
        pairs = [_fixed(v, self.unit, bits) for v in values]
        self.mids = [mid for mid, _ in pairs]
        self.rads = [rad for _, rad in pairs]
        self.everywhere = tuple(range(len(values)))

    def times(
        self, places: tuple[int, ...], ints: tuple[int, ...], layer: Layer, constant: Any = 0
    ) -> Ball:
        """Σ int·value, plus a constant."""
        mids, rads = self.mids, self.rads
        if places != self.everywhere:
            mids, rads = [mids[i] for i in places], [rads[i] for i in places]
        mid = sum(map(mul, ints, mids))
        rad = sum(map(mul, map(abs, ints), rads))
        if layer.slack:
            rad += layer.slack * (sum(map(abs, mids)) + sum(rads))
        found = Ball(mid, rad, -self.unit - layer.shift, self.bits)
        return found + constant if constant else found


def _fixed(value: Any, unit: int, bits: int) -> tuple[int, int]:
    if isinstance(value, Fraction):
        if not value:
            return 0, 0
        # as many digits as there are before the last unit
        value = ball_of(value, max(bits, unit + value.numerator.bit_length()) + 8)
    own: tuple[int, int] = value.fixed(unit)
    return own


def affine_values(
    node: Linear,
    layer: Layer,
    operands: Sequence[Any],
    keys: Sequence[Any],
    known: dict[Any, Any],
    bits: int,
) -> list[Any]:
    """The entries of an affine node; equal rows of equal operands are one and the same ball.

    `keys` tell operands apart, and a missing operand is None there; `known` is filled.
    """
    exact = [isinstance(v, Fraction) for v in operands]
    scaled: Scaled | None = None
    first: dict[Any, int] = {}
    twins = [first.setdefault(key, i) for i, key in enumerate(keys)]
    are_twins = len(first) < len(keys)
    whole = tuple(range(len(operands)))
    own_keys = tuple(keys)
    all_exact = all(exact)
    result: list[Any] = []
    for (places, ints), row, bias in zip(layer.rows, node.rows, node.bias, strict=True):
        missing = next((operands[i] for i in places if keys[i] is None), None)
        if missing is not None:
            result.append(missing)
            continue
        if all_exact or all(exact[i] for i in places):
            result.append(shortened(combined(row, operands, bias), bits))
            continue
        if are_twins and len({twins[i] for i in places}) < len(places):
            row = _merged(row, twins)
            places = ()
        if len(row) <= SHORT or not places:
            key: Any = (bias, *((keys[i], c) for i, c in row))
        else:
            key = (own_keys if places == whole else tuple(keys[i] for i in places), ints, bias)
            key = (*key, layer.shift)
        found = known.get(key)
        if found is None:
            if len(row) <= SHORT or not places:
                found = shortened(combined(row, operands, bias), bits)
            else:
                scaled = scaled or Scaled(
                    [v if k is not None else Fraction(0) for v, k in zip(operands, keys)],
                    bits,
                )
                found = scaled.times(places, ints, layer, bias)
            known[key] = found
        result.append(found)
    return result


def _merged(row: Any, twins: Sequence[int]) -> tuple[tuple[int, Any], ...]:
    """The row with equal operands taken together."""
    total: dict[int, Any] = {}
    for i, c in row:
        total[twins[i]] = total.get(twins[i], 0) + c
    return tuple((i, c) for i, c in total.items() if c)


def pulled_back(layer: Layer, adjoint: Sequence[Any], bits: int) -> list[Any]:
    """Σ over the rows of adjoint · coefficient, by operand."""
    if all(isinstance(v, Fraction) for v in adjoint):
        totals: list[list[tuple[int, Any]]] = [[] for _ in layer.columns()]
        for j, (row, weight) in enumerate(zip(layer.node.rows, adjoint, strict=True)):
            if weight:
                for i, c in row:
                    totals[i].append((j, c))
        return [shortened(combined(terms, adjoint), bits) if terms else _ZERO for terms in totals]
    scaled = Scaled(adjoint, bits)
    return [
        scaled.times(places, ints, layer) if places else _ZERO for places, ints in layer.columns()
    ]


_ZERO = Fraction(0)
