"""A function as the maximum of finitely many smooth formulas, where its nodes say that it is one.

Sums with factors ≥ 0, increasing convex functions and maxima of such maxima are maxima again:
max(a, b) + |c| = max(a + c, a - c, b + c, b - c).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple, TypeAlias

import sympy

from piecewise_mt.calculus.evaluation.program import Program, Slots, SmoothUnit, Unit
from piecewise_mt.calculus.smooth.convexity import PROFILE, is_nonnegative
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.exact.polynomials import coefficient_to_sympy

MAX_FORMULAS = 1000
"""How many formulas one maximum may have."""

Formulas: TypeAlias = tuple[sympy.Expr, ...]


class Extremum(NamedTuple):
    """The maximum of formulas (sign 1), their minimum (-1), or a single one (0)."""

    formulas: Formulas
    sign: int


class _Unknown(Exception):
    """A function that is no maximum of smooth formulas, or one of too many."""


def smooth_maximum(program: Program) -> Formulas | None:
    """Formulas whose maximum a scalar program is; None if it is none, or not seen to be.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> x = mt.variable("x")
    >>> sorted(smooth_maximum(compile_program(x**2 + 2 * abs(x))), key=str)
    [x**2 + 2*x, x**2 - 2*x]
    >>> smooth_maximum(compile_program(x**2 - abs(x))) is None
    True
    """
    slots: dict[int, Extremum | None] = {0: Extremum((sympy.Integer(1),), 0)}
    slots.update({k + 1: Extremum((s,), 0) for k, s in enumerate(symbols_of(program.names))})
    for slot, unit in program.ordered():
        try:
            operands = [_combined(row, slots) for row in unit.operands]
            slots[slot] = _of_unit(unit, operands)
        except _Unknown:
            slots[slot] = None
    try:
        found = _combined(program.outputs[0], slots)
    except _Unknown:
        return None
    return None if found.sign < 0 else found.formulas


def _combined(row: Slots, slots: dict[int, Extremum | None]) -> Extremum:
    terms = []
    for slot, c in row.items():
        known = slots[slot]
        if known is None:
            raise _Unknown
        terms.append((c, known))
    return _Extrema().affine(terms, 0)


def _of_unit(unit: Unit | SmoothUnit, operands: list[Extremum]) -> Extremum:
    if isinstance(unit, SmoothUnit):
        return _of_smooth(unit, operands)
    found: Extremum | None = unit.atom.max_min(operands, _Extrema())
    if found is None:
        raise _Unknown
    return found


def _of_smooth(unit: SmoothUnit, operands: list[Extremum]) -> Extremum:
    function = unit.function
    if function.requirements:
        raise _Unknown
    if not any(own.sign for own in operands):
        return Extremum((function.at([own.formulas[0] for own in operands]),), 0)
    if len(operands) > 1:
        raise _Unknown
    # of a monotone function the extremum is that of its values
    slope = sympy.diff(function.at([PROFILE]), PROFILE)
    (own,) = operands
    for sign in (1, -1):
        if is_nonnegative(sign * slope):
            return Extremum(tuple(function.at([p]) for p in own.formulas), sign * own.sign)
    raise _Unknown


class _Extrema:
    """The lattice of :meth:`Atom.max_min`: what is neither a maximum nor a minimum is unknown."""

    def affine(self, terms: Sequence[tuple[Any, Extremum]], constant: Any) -> Extremum:
        terms = [(c, own) for c, own in terms if c]
        signs = {own.sign * (1 if c > 0 else -1) for c, own in terms} - {0}
        if len(signs) > 1 or prod(len(own.formulas) for _, own in terms) > MAX_FORMULAS:
            raise _Unknown
        factors = [coefficient_to_sympy(c) for c, _ in terms]
        shift = coefficient_to_sympy(constant)
        sums = (
            sympy.Add(shift, *(c * part for c, part in zip(factors, choice, strict=True)))
            for choice in product(*(own.formulas for _, own in terms))
        )
        return _extremum(sums, signs.pop() if signs else 0)

    def maximum(self, functions: Sequence[Extremum]) -> Extremum:
        return self._joined(functions, 1)

    def minimum(self, functions: Sequence[Extremum]) -> Extremum:
        return self._joined(functions, -1)

    def _joined(self, functions: Sequence[Extremum], sign: int) -> Extremum:
        if any(own.sign == -sign for own in functions):
            raise _Unknown
        return _extremum((formula for own in functions for formula in own.formulas), sign)


def _extremum(formulas: Iterable[sympy.Expr], sign: int) -> Extremum:
    found = tuple(dict.fromkeys(formulas))
    if len(found) > MAX_FORMULAS:
        raise _Unknown
    return Extremum(found, sign if len(found) > 1 else 0)
