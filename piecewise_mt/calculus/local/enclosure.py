"""``f.enclosure(x)``: value and associated gradient in intervals, for formulas of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, final

import sympy

from piecewise_mt.calculus.evaluation import pointwise
from piecewise_mt.calculus.evaluation.enclosing import EnclosingPass, Passed, ends_of
from piecewise_mt.calculus.evaluation.forward import UnitAt, unit_at
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.evaluation.written import written_size
from piecewise_mt.calculus.local.nearby import require_continuous_at
from piecewise_mt.calculus.results.enclosed_array import EnclosedArray
from piecewise_mt.errors import PiecewiseError, Undecided
from piecewise_mt.exact.reals import number_expr
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise, assemble, concatenation
from piecewise_mt.geometry.points import read_coordinates
from piecewise_mt.memory import cached_property

DIGITS = 15
MOST_DIGITS = 1000
SHOWN = 8
"""So many coordinates are shown."""
MOST_BITS = 1024
"""The budget: numbers of so many bits."""


@final
class Enclosure:
    """Value and associated gradient of a function at a point, enclosed in intervals.

    Made by :meth:`Expression.enclosure`; both are computed when they are asked for.

    See Also
    --------
    Expression.enclosure : Makes it.
    Expression.value, Expression.gradient : Exact formulas.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> enclosure = mt.tanh(mt.max(x, y, ties="first") - 1).enclosure((1, "1/2"))
    >>> enclosure.value, enclosure.gradient, enclosure.gradient.width
    (0, [[1, 0]], 0)
    """

    def __init__(self, f: Expression, point: Any, digits: int) -> None:
        self.function = f
        self.names = names_of(f)
        self.digits = digits
        self._read = tuple(read_coordinates(point, self.names))
        self._source = EnclosingPass(f, self.names, self._read)
        self._first = 64 * -(-(7 * digits // 2 + 64) // 64)
        self._passes: dict[int, Passed] = {}

    def __getstate__(self) -> dict[str, Any]:
        # passes are by the identity of nodes, which is another one elsewhere
        return {k: v for k, v in vars(self).items() if k not in ("_source", "_passes")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._source = EnclosingPass(self.function, self.names, self._read)
        self._passes = {}

    @property
    def point(self) -> tuple[sympy.Expr, ...]:
        """The point."""
        return tuple(map(number_expr, self._read))

    @cached_property
    def value(self) -> EnclosedArray:
        """The value: of shape () for a scalar function, else a column, row-major.

        Raises
        ------
        OutsideDomain
            If the function has no value at the point.
        Undecided
            If that is not known at the end of the budget.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> mt.softmax(mt.vector("x", 2)).enclosure((0, 0)).value
        [[1/2],
         [1/2]]
        """
        f = self.function
        shape = () if f.shape == () else (f.size, 1)
        return EnclosedArray(self._refined(_values), shape, self.digits)

    @cached_property
    def gradient(self) -> EnclosedArray:
        """The associated gradient under the tie rules, b×a: the right side of (14).

        A tie whose sign is known exactly has the label of the tie.

        Raises
        ------
        OutsideDomain
            If the function has no value or no gradient at the point.
        InvalidTieRule
            If a tie has free parameters.
        Undecided
            If some tie, or something else, is not known at the end of the budget.

        Examples
        --------
        The tie is exact, as equal entries are recognised:

        >>> import piecewise_mt as mt
        >>> t = mt.variable("t")
        >>> f = mt.max(mt.exp(t), mt.exp(t), ties="average")
        >>> f.enclosure((1,), digits=6).gradient
        [[2.7182818 ± 2.9e-8]]
        """
        _ = self.value
        rows = self._refined(_gradient)
        if any(unit is not None and unit.is_seam for unit in self.units()):
            require_continuous_at(self.function, self._read)
        shape = (self.function.size, len(self.names))
        return EnclosedArray(rows, shape, self.digits)

    def units(self) -> Iterator[UnitAt | None]:
        """What the piecewise units are at the point, None for a tie that is not decided."""
        for units in self.last.units.values():
            yield from units

    @property
    def is_inside(self) -> bool:
        """Whether no smooth unit is at the edge of where it is defined, as far as is known."""
        return self.last.is_inside()

    @property
    def last(self) -> Passed:
        """The pass of most bits so far."""
        if not self._passes:
            self._pass(self._first)
        return self._passes[max(self._passes)]

    def _pass(self, bits: int) -> Passed:
        if bits not in self._passes:
            self._passes[bits] = self._source.run(bits)
        return self._passes[bits]

    def _refined(self, ask: Callable[[Passed], list[Any]]) -> list[tuple[Fraction, Fraction]]:
        """What is asked for, with more and more bits until it is narrow enough."""
        bits = self._first
        most = max(MOST_BITS, 2 * bits)
        tolerance = Fraction(1, 10**self.digits)
        reason: PiecewiseError | None = None
        while bits <= most:
            passed = self._pass(bits)
            try:
                found = [ends_of(v) for v in ask(passed)]
                if all(high - low <= tolerance * max(_ONE, abs(low)) for low, high in found):
                    return found
                reason = None
            except Undecided as error:
                reason = error
                if passed.open and bits > self._first and _tell(self._source, passed.open):
                    # passes that knew less about ties
                    self._passes.clear()
                    continue
            bits *= 2
        raise reason or Undecided(
            f"expected {self.digits} digits from {most // 2} bits or less, got fewer, as errors "
            "grow on the way; ask for fewer digits"
        )

    def __repr__(self) -> str:
        pairs = list(zip(self.names, self.point))[:SHOWN]
        place = ", ".join(f"{name} = {value}" for name, value in pairs)
        more = ", …" if len(self.names) > SHOWN else ""
        return f"<Enclosure at {place}{more}: {self.value}>"

    def __str__(self) -> str:
        return f"value\n{self.value}\ngradient\n{self.gradient}"


_ONE = Fraction(1)
SIMPLE = 300
"""A tie of operands of so many terms, written out, is asked of SymPy."""


def _tell(source: EnclosingPass, places: Sequence[tuple[Piecewise, int]]) -> bool:
    """Ask exact arithmetic about ties that no enclosure decides; whether one was found."""
    for node, position in places:
        atom, indices = node.units[position]
        entries = concatenation(node.args)
        operands = assemble([entries[i] for i in indices], (len(indices),))
        if written_size(operands) > SIMPLE:
            continue
        try:
            values = pointwise.values_at(operands, source.names, source.point)
            source.told[id(node), position] = unit_at(atom, values).label
        except PiecewiseError:
            continue
        return True
    return False


def _values(passed: Passed) -> list[Any]:
    failure = passed.failure()
    if failure is not None:
        raise failure
    return passed.values


def _gradient(passed: Passed) -> list[Any]:
    return [entry for row in passed.gradient() for entry in row]


def enclose(f: Expression, point: Any, digits: int | None = None) -> Enclosure:
    """See :meth:`Expression.enclosure`."""
    wanted = DIGITS if digits is None else digits
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 0 < wanted <= MOST_DIGITS:
        raise PiecewiseError(
            f"expected digits from 1 to {MOST_DIGITS}, got {digits!r}; leave it out for {DIGITS}"
        )
    return Enclosure(f, point, wanted)
