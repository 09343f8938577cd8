"""SymPy formulas as straight-line programs on exact numbers and enclosures, with derivatives.

The formulas of all outputs that read the same operands share one tape, so that a softmax has one
exponential an entry. Derivatives go backwards along the tape.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from piecewise_mt.errors import OutsideDomain, PiecewiseError, Unsupported
from piecewise_mt.exact.ball_functions import FUNCTIONS, pi_units, root
from piecewise_mt.exact.balls import Ball, Enclosed, ball_of
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import as_fraction
from piecewise_mt.functions.build.smooth_nodes import placeholder

LONGEST = 2**15
"""Exact numbers of more bits are enclosed."""
_AT_ZERO = {"exp": 1, "cos": 1, "cosh": 1, "erfc": 1, **dict.fromkeys(
    ("sin", "sinh", "tan", "tanh", "atan", "asinh", "erf"), 0)}  # fmt: skip


class Step(NamedTuple):
    """One operation on earlier registers."""

    kind: str
    """What is done: operand, number, sum, product, power, or a function's name."""
    read: tuple[int, ...]
    """Registers; of an operand its index."""
    number: Any = None
    """The number, or the exponent."""


class Tape:
    """Formulas in placeholders u1, …, un, ready for numbers.

    Examples
    --------
    >>> u = placeholder(0)
    >>> tape = Tape([sympy.exp(u) / (1 + sympy.exp(u))], 1)
    >>> registers = tape.run([Fraction(0)], 128)
    >>> registers[tape.outputs[0]], tape.pulled(registers, [Fraction(1)], 128)
    (Fraction(1, 2), [Fraction(1, 4)])
    """

    def __init__(self, formulas: Sequence[sympy.Expr], arity: int) -> None:
        self.arity = arity
        self.steps: list[Step] = []
        self._known: dict[sympy.Expr, int] = {}
        self._operands = {placeholder(i): i for i in range(arity)}
        self.outputs = [self._place(formula) for formula in formulas]

    def _add(self, *step: Any) -> int:
        self.steps.append(Step(*step))
        return len(self.steps) - 1

    def _place(self, formula: sympy.Expr) -> int:
        found = self._known.get(formula)
        if found is None:
            # formulas are as deep as somebody wrote them
            found = self._known[formula] = self._compiled(formula)
        return found

    def _compiled(self, formula: sympy.Expr) -> int:
        if formula.is_Symbol:
            return self._add("operand", (self._operands[formula],))
        if formula.is_Rational:
            return self._add("number", (), as_fraction(formula))
        if formula is sympy.pi:
            return self._add("pi", ())
        if formula is sympy.E:
            return self._add("exp", (self._place(sympy.Integer(1)),))
        args = formula.args
        if formula.is_Add or formula.is_Mul:
            kind = "sum" if formula.is_Add else "product"
            return self._add(kind, tuple(map(self._place, args)))
        if formula.is_Pow:
            if args[1].is_Rational:
                return self._add("power", (self._place(args[0]),), as_fraction(args[1]))
            exponent = self._place(sympy.Mul(args[1], sympy.log(args[0])))
            return self._add("exp", (exponent,))
        name = formula.func.__name__
        if name == "tan":
            return self._place(sympy.sin(args[0]) / sympy.cos(args[0], evaluate=False))
        if name in FUNCTIONS and len(args) == 1:
            return self._add(name, (self._place(args[0]),))
        raise Unsupported(
            f"expected a formula of elementary functions, got {name}, which has no enclosure "
            "here; ask for f.value"
        )

    def run(self, operands: Sequence[Enclosed], bits: int) -> list[Any]:
        """The values of all registers: Fractions where they are known exactly, else balls.

        Raises
        ------
        OutsideDomain
            If a formula has no value there.
        Undecided
            If the enclosures are too wide to say.
        """
        found: list[Any] = []
        for kind, read, number in self.steps:
            if kind == "operand":
                value: Any = operands[read[0]]
            elif kind == "number":
                value = number
            elif kind == "pi":
                value = pi_ball(bits)
            elif kind == "sum":
                value = found[read[0]]
                for place in read[1:]:
                    value = value + found[place]
            elif kind == "product":
                value = found[read[0]]
                for place in read[1:]:
                    value = value * found[place]
            elif kind == "power":
                value = power(found[read[0]], number, bits)
            else:
                value = function(kind, found[read[0]], bits)
            found.append(shortened(value, bits))
        return found

    def pulled(self, registers: Sequence[Any], seeds: Sequence[Any], bits: int) -> list[Any]:
        """Σ seed · (partial derivatives of an output), by operand: one sweep backwards.

        Raises
        ------
        OutsideDomain, Undecided
            If a derivative that is read has no value.
        """
        adjoint: list[Any] = [_ZERO] * len(self.steps)
        for place, seed in zip(self.outputs, seeds, strict=True):
            adjoint[place] = adjoint[place] + seed
        result: list[Any] = [_ZERO] * self.arity
        for index in range(len(self.steps) - 1, -1, -1):
            own = adjoint[index]
            if is_zero(own):
                continue
            kind, read, number = self.steps[index]
            if kind == "operand":
                result[read[0]] = shortened(result[read[0]] + own, bits)
            elif kind == "sum":
                for place in read:
                    adjoint[place] = adjoint[place] + own
            elif kind == "product":
                for place, factor in zip(read, _others([registers[i] for i in read], own)):
                    adjoint[place] = shortened(adjoint[place] + factor, bits)
            elif read:
                base = registers[read[0]]
                if kind == "power":
                    slope = power(base, number - 1, bits) * number
                else:
                    slope = _slope(kind, base, registers[index], bits)
                adjoint[read[0]] = shortened(adjoint[read[0]] + own * slope, bits)
        return result


_ZERO = Fraction(0)


def is_zero(value: Any) -> bool:
    """Whether a number is known to be exactly 0."""
    return isinstance(value, Fraction) and not value


def pi_ball(bits: int) -> Ball:
    """π."""
    return Ball(pi_units(bits + 8), 3, -bits - 8, bits)


def shortened(value: Any, bits: int) -> Any:
    """The number, enclosed if it is too long or algebraic."""
    if isinstance(value, Fraction):
        length = value.numerator.bit_length() + value.denominator.bit_length()
        return value if length <= LONGEST else ball_of(value, bits)
    if isinstance(value, Ball) and not value.mid and not value.rad:
        return _ZERO
    return ball_of(value, bits) if isinstance(value, int | Algebraic) else value


def _others(factors: list[Any], seed: Any) -> list[Any]:
    """For each factor the seed times the product of the others, without division."""
    below = [seed]
    for factor in factors[:-1]:
        below.append(below[-1] * factor)
    above: Any = Fraction(1)
    result = []
    for left, factor in zip(below[::-1], factors[::-1]):
        result.append(left * above)
        above = above * factor
    return result[::-1]


def function(name: str, x: Any, bits: int) -> Any:
    """An elementary function of a number."""
    if isinstance(x, Fraction):
        if not x and name in _AT_ZERO:
            return Fraction(_AT_ZERO[name])
        if name == "log":
            if x <= 0:
                raise OutsideDomain(f"expected a positive number for log, got {x}; check it")
            if x == 1:
                return _ZERO
    return FUNCTIONS[name](ball_of(x, bits))


def power(base: Any, exponent: Fraction, bits: int) -> Any:
    """A rational power of a number."""
    above, degree = exponent.numerator, exponent.denominator
    if not above:
        return Fraction(1)
    if degree > 1:
        base = _root(base, degree, bits)
    if above < 0:
        if is_zero(base):
            raise OutsideDomain("expected a number that is not 0 to divide by, got 0; check it")
        base = 1 / base if isinstance(base, Fraction) else base.inverse()
    size = abs(above)
    if isinstance(base, Fraction):
        if size * (base.numerator.bit_length() + base.denominator.bit_length()) <= LONGEST:
            return base**size
        base = ball_of(base, bits)
    result: Any = None
    while size:
        if size & 1:
            result = base if result is None else result * base
        size >>= 1
        if size:
            base = base * base
    return result


def _root(base: Any, degree: int, bits: int) -> Any:
    if isinstance(base, Fraction):
        if base < 0:
            raise OutsideDomain(f"expected a number that is not negative for a root, got {base}; "
                                "check it")  # fmt: skip
        if not base:
            return base
        pairs = (sympy.integer_nthroot(v, degree) for v in (base.numerator, base.denominator))
        (one, first), (two, second) = pairs
        if first and second:
            return Fraction(int(one), int(two))
        base = ball_of(base, bits)
    return root(base, degree)


def _slope(name: str, x: Any, value: Any, bits: int) -> Any:
    """The derivative of an elementary function, where it has the value."""
    if name in ("exp", "log"):
        return value if name == "exp" else power(x, Fraction(-1), bits)
    if name in ("sin", "cos", "sinh", "cosh"):
        other = {"sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh"}[name]
        found = function(other, x, bits)
        return -found if name == "cos" else found
    if name == "tanh":
        return 1 - value * value
    if name == "atan":
        return power(1 + x * x, Fraction(-1), bits)
    if name == "asinh":
        return power(1 + x * x, Fraction(-1, 2), bits)
    if name in ("erf", "erfc"):
        factor = 2 if name == "erf" else -2
        return (
            power(pi_ball(bits), Fraction(-1, 2), bits) * function("exp", -(x * x), bits) * factor
        )
    raise PiecewiseError(f"expected a function with a derivative, got {name}; report it")
