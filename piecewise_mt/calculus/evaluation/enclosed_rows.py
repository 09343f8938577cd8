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

SHORT = 32
"""Rows of so many terms are summed one by one, over what is not affine itself."""
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


class Forms:
    """Balls that are affine in other balls, so that what cancels is exactly zero."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._forms: dict[int, tuple[Any, dict[int, Any]]] = {}
        self._balls: dict[int, Ball] = {}
        self._known: dict[Any, Any] = {}

    def combined(self, row: Sequence[tuple[int, Any]], operands: Sequence[Any], bias: Any) -> Any:
        """The value of a short row; equal forms are one and the same ball."""
        constant: Any = bias
        terms: dict[int, Any] = {}
        for i, c in row:
            operand = operands[i]
            if not isinstance(operand, Ball):
                constant = constant + c * operand
                continue
            own, parts = self._forms.get(id(operand), (0, None))
            if parts is None:
                self._balls[id(operand)] = operand
                parts = {id(operand): 1}
            constant = constant + c * own
            for base, factor in parts.items():
                terms[base] = terms.get(base, 0) + c * factor
        terms = {base: c for base, c in terms.items() if c}
        if not terms:
            return shortened(constant, self.bits)
        (first, *_) = terms
        if len(terms) == 1 and terms[first] == 1 and not constant:
            return self._balls[first]
        key = (constant, frozenset(terms.items()))
        found = self._known.get(key)
        if found is None:
            pairs = ((base, c) for base, c in terms.items())
            found = shortened(combined(pairs, self._balls, constant), self.bits)
            self._known[key] = found
            if len(terms) <= SHORT:
                self._forms[id(found)] = (constant, terms)
        return found


def affine_values(
    node: Linear, layer: Layer, operands: Sequence[Any], keys: Sequence[Any], forms: Forms
) -> list[Any]:
    """The entries of an affine node; equal rows of equal operands are one and the same ball.

    `keys` tell operands apart, and a missing operand is None there.
    """
    exact = [isinstance(v, Fraction) for v in operands]
    scaled: Scaled | None = None
    known: dict[Any, Ball] = {}
    first: dict[Any, int] = {}
    twins = [first.setdefault(key, i) for i, key in enumerate(keys)]
    are_twins = len(first) < len(keys)
    all_exact = all(exact)
    result: list[Any] = []
    for (places, ints), row, bias in zip(layer.rows, node.rows, node.bias, strict=True):
        missing = next((operands[i] for i in places if keys[i] is None), None)
        if missing is not None:
            result.append(missing)
            continue
        if all_exact or all(exact[i] for i in places):
            result.append(shortened(combined(row, operands, bias), forms.bits))
            continue
        merged = row
        if are_twins and len({twins[i] for i in places}) < len(places):
            merged = _merged(row, twins)
        if len(merged) <= SHORT or len(merged) < len(row):
            result.append(forms.combined(merged, operands, bias))
            continue
        key = (places, ints, bias)
        found = known.get(key)
        if found is None:
            given = [Fraction(0) if k is None else v for v, k in zip(operands, keys)]
            scaled = scaled or Scaled(given, forms.bits)
            found = known[key] = scaled.times(places, ints, layer, bias)
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
