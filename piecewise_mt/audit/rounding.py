"""How far the rounding of a float evaluation can take values and gradients from the exact ones.

A framework is assumed to compute the nodes of a function one by one, in any order of summation;
what one operation may add to the error is stated in :data:`ASSUMED`. Errors go forwards with the
values and backwards with the adjoints, in integers that are rounded up. Where every number is a
float there is no error at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from piecewise_mt.audit.exact_floats import DIGITS, is_dyadic, is_summable
from piecewise_mt.calculus.evaluation.enclosing import EnclosingPass, Passed, ends_of
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.smooth.tapes import Tape
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.balls import Ball, ball_of
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.reals import Missing
from piecewise_mt.functions.atoms import Atom, Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Smooth
from piecewise_mt.memory import cached_property

BITS = 192
"""Of the enclosures, and of the unit in which errors are counted."""
PER_TERM = 2
"""Units in the last place, for each term of a sum."""
PER_STEP = 8
"""Units in the last place, for each operation of a smooth formula, of max(1, size)."""

ASSUMED = (
    f"assumed: a sum of n products has an error of at most {PER_TERM}(n + 2)·2^-{DIGITS} times the "
    f"sum of their sizes, in any order; a smooth formula of n operations and its derivatives one "
    f"of {PER_STEP}n·2^-{DIGITS} times max(1, size); a selection by a tie rule one of "
    f"{PER_STEP}·2^-{DIGITS} times the largest slope; numbers that floats hold exactly have none"
)


class Bound(NamedTuple):
    """A bound on the size of a number and of its error, in units of ``2**-BITS``."""

    size: int = 0
    error: int = 0
    digits: int | None = 0
    """The number is a multiple of ``2**-digits``; None if it need not be a float."""


class Rounding:
    """The bounds at one point.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> exact = Rounding(mt.relu(x), [Fraction(3, 4)])
    >>> exact.follows_ties, exact.values, exact.gradient
    (True, [Fraction(0, 1)], Fraction(0, 1))
    >>> tenth = Rounding(mt.relu(x) / 10, [Fraction(3, 4)])
    >>> 0 < tenth.gradient < Fraction(1, 2**50)
    True

    Where 3·x/10 is compared with 9/40, floats may go to either side:

    >>> Rounding(mt.relu(3 * x / 10 - "9/40"), [Fraction(3, 4)]).follows_ties
    False
    """

    def __init__(self, f: Expression, point: Sequence[Fraction]) -> None:
        self._source = EnclosingPass(f, names_of(f), point)
        self._passed: Passed = self._source.run(BITS)
        self._errors: dict[int, list[int]] = {}
        self._tapes: dict[Any, Tape] = {}
        self._slopes: dict[int, list[int]] = {}
        self.follows_ties = True
        """Whether a float evaluation is at the same ties as the function, and at no others."""
        for node in self._source.nodes:
            self._errors[id(node)] = self._forwards(node)

    @cached_property
    def values(self) -> list[Fraction]:
        """Bounds of the errors of the values."""
        return [Fraction(error, 2**BITS) for error in self._errors[id(self._source.f)]]

    def value_bounds(self, output: int) -> tuple[Fraction, Fraction]:
        """Between which numbers the exact value is.

        Raises
        ------
        OutsideDomain, Undecided
            If there is none, or it is not known.
        """
        value = self._passed.values[output]
        if isinstance(value, Missing):
            raise value.error
        return ends_of(value)

    # -- forwards -------------------------------------------------------------------------------

    def _forwards(self, node: Expression) -> list[int]:
        own = self._passed.entries_of(node)
        if isinstance(node, Constant):
            return [0 if is_dyadic(v) else _rounding(_up(v), 1) for v in own]
        if not node.args:
            return [0] * len(own)
        operands = [v for arg in node.args for v in self._passed.entries_of(arg)]
        errors = [e for arg in node.args for e in self._errors[id(arg)]]
        if isinstance(node, Gather):
            return [errors[i] for i in node.indices]
        if isinstance(node, Linear):
            rows = zip(node.bias, node.rows, strict=True)
            return [_sum_error(bias, row, operands, errors) for bias, row in rows]
        if isinstance(node, Piecewise):
            return [self._selected(node, k, operands, errors) for k in range(len(own))]
        assert isinstance(node, Smooth)
        return [self._smooth(node, k, operands, errors)[0] for k in range(len(own))]

    def _selected(
        self, node: Piecewise, position: int, operands: list[Any], errors: list[int]
    ) -> int:
        atom, indices = node.units[position]
        here = self._passed.units[id(node)][position]
        if here is None:
            self.follows_ties = False
            return 0
        given = [operands[i] for i in indices]
        own = [errors[i] for i in indices]
        if not _is_followed(atom, here.label, given, own):
            self.follows_ties = False
        weights, constant = atom.selection(here.label)
        row = [(k, w) for k, w in enumerate(weights) if w]
        return _sum_error(constant, row, given, own)

    def _smooth(
        self, node: Smooth, position: int, operands: list[Any], errors: list[int]
    ) -> tuple[int, Tape | None, list[Any]]:
        """The error of a unit, its tape, and the registers of all operands within their errors."""
        function, indices = node.units[position]
        key = (function.arity, function.expression)
        tape = self._tapes.get(key)
        if tape is None:
            tape = self._tapes[key] = Tape([function.expression], function.arity)
        value = self._passed.entries_of(node)[position]
        given = [operands[i] for i in indices]
        if isinstance(value, Missing) or any(isinstance(v, Missing) for v in given):
            return 0, None, []
        own = [errors[i] for i in indices]
        try:
            registers = tape.run([_around(v, e) for v, e in zip(given, own, strict=True)], BITS)
        except PiecewiseError:
            # rounding may lead to where the formula has no value
            self.follows_ties = False
            return 0, None, []
        if _are_floats(registers):
            return 0, tape, registers
        found = _hull_error(registers[tape.outputs[0]], value)
        size = max(_up(value), 1 << BITS)
        return found + _rounding(size, PER_STEP * len(tape.steps)), tape, registers

    # -- backwards ------------------------------------------------------------------------------

    @cached_property
    def gradient(self) -> Fraction:
        """A bound of the errors of all entries, whatever the rule at ties."""
        f = self._source.f
        errors = [bound.error for k in range(f.size) for bound in self._row(k)]
        return Fraction(max(errors, default=0), 2**BITS)

    def _row(self, output: int) -> Iterator[Bound]:
        f = self._source.f
        reads: dict[int, list[list[Bound]]] = {
            id(f): [[Bound(1 << BITS)] if k == output else [] for k in range(f.size)]
        }
        for node in reversed(self._source.nodes):
            pending = reads.pop(id(node), None)
            if pending is None:
                continue
            own = [_gathered(terms) for terms in pending]
            if not node.args:
                if not isinstance(node, Constant):
                    yield from own
                continue
            places = [
                reads.setdefault(id(arg), [[] for _ in range(arg.size)])[k]
                for arg in node.args
                for k in range(arg.size)
            ]
            for k, bound in enumerate(own):
                if bound.size or bound.error:
                    for index, term in self._pulled(node, k, bound):
                        places[index].append(term)

    def _pulled(self, node: Expression, k: int, bound: Bound) -> Iterator[tuple[int, Bound]]:
        if isinstance(node, Gather):
            yield node.indices[k], bound
        elif isinstance(node, Linear):
            for index, c in node.rows[k]:
                yield index, _times(bound, c)
        elif isinstance(node, Piecewise):
            yield from self._pulled_by_atom(node, k, bound)
        else:
            assert isinstance(node, Smooth)
            operands = [v for arg in node.args for v in self._passed.entries_of(arg)]
            errors = [e for arg in node.args for e in self._errors[id(arg)]]
            _, tape, registers = self._smooth(node, k, operands, errors)
            if tape is None:
                return
            try:
                partials = tape.pulled(registers, [Fraction(1)], BITS)
            except PiecewiseError:
                self.follows_ties = False
                return
            exact = _are_floats(registers)
            for index, partial in zip(node.units[k][1], partials, strict=True):
                if exact and is_dyadic(partial):
                    yield index, _times(bound, partial)
                    continue
                size = _up(partial)
                slope = _width(partial) + _rounding(
                    max(size, 1 << BITS), PER_STEP * len(tape.steps)
                )
                error = _mul(size + slope, bound.error) + _mul(bound.size, slope)
                total = _mul(size, bound.size)
                yield index, Bound(total, error + _rounding(total, PER_TERM), None)

    def _pulled_by_atom(self, node: Piecewise, k: int, bound: Bound) -> Iterator[tuple[int, Bound]]:
        atom, indices = node.units[k]
        here = self._passed.units[id(node)][k]
        if here is None or any(c.relation == "=" for c in atom.constraints(here.label)):
            for index, size in zip(indices, self._largest(atom), strict=True):
                if size:
                    total = _mul(size, bound.size)
                    error = _mul(size, bound.error) + _rounding(total, PER_STEP)
                    yield index, Bound(total, error, None)
            return
        weights, _ = atom.selection(here.label)
        for index, w in zip(indices, weights, strict=True):
            if w:
                yield index, _times(bound, w)

    def _largest(self, atom: Atom) -> list[int]:
        """For every operand the largest slope of all outputs."""
        found = self._slopes.get(id(atom))
        if found is None:
            forms = [form.coefficients for form in atom.outputs()]
            columns = zip(*forms, strict=True)
            found = [max(map(_up, column)) for column in columns]
            self._slopes[id(atom)] = found
        return found


def _is_followed(atom: Atom, label: Label, values: list[Any], errors: list[int]) -> bool:
    """Whether values within their errors have the same label, their floats included."""
    known = all(is_dyadic(c) for kink in atom.kinks() for c in _numbers(kink.form)) and not any(
        errors
    )
    given = []
    for v, e in zip(values, errors, strict=True):
        # a bound such as 1/3 is itself rounded
        known_only = known or isinstance(v, Missing)
        given.append(v if known_only and not e else _around(v, e + _rounding(_up(v), PER_TERM)))
    try:
        return bool(atom.label_at(given) == label)
    except PiecewiseError:
        return False


def _numbers(form: Any) -> Iterator[Any]:
    yield form.constant
    for _, c in form.terms:
        yield c


def _sum_error(
    bias: Any, row: Sequence[tuple[int, Any]], operands: Sequence[Any], errors: Sequence[int]
) -> int:
    """The error of bias + Σ c·operand."""
    if len(row) == 1 and not bias and abs(row[0][1]) == 1:
        return errors[row[0][0]]
    read = [operands[i] for i, _ in row]
    if any(isinstance(v, Missing) for v in read):
        return 0
    if (
        not any(errors[i] for i, _ in row)
        and all(is_dyadic(c) and is_dyadic(v) for (_, c), v in zip(row, read, strict=True))
        and is_summable([bias, *(c * v for (_, c), v in zip(row, read, strict=True))])
    ):
        return 0
    error, size = 0, _up(bias)
    for (i, c), v in zip(row, read, strict=True):
        factor = _up(c)
        error += _mul(factor, errors[i])
        size += _mul(factor, _up(v) + errors[i])
    return error + _rounding(size, PER_TERM * (len(row) + 2))


def _times(bound: Bound, c: Any) -> Bound:
    factor = _up(c)
    size, error = _mul(factor, bound.size), _mul(factor, bound.error)
    if bound.digits is not None and is_dyadic(c):
        return Bound(size, error, bound.digits + c.denominator.bit_length() - 1)
    return Bound(size, error + _rounding(size, PER_TERM), None)


def _gathered(terms: Sequence[Bound]) -> Bound:
    """Their sum, in any order: exact if all are multiples of one unit, and not too large."""
    if not terms:
        return Bound()
    size = sum(term.size for term in terms)
    error = sum(term.error for term in terms)
    known = [term.digits for term in terms if term.digits is not None]
    digits = max(known) if len(known) == len(terms) else None
    if digits is not None and size << digits <= 1 << (DIGITS + BITS):
        return Bound(size, error, digits)
    count = len(terms) if len(terms) > 1 or digits is not None else 0
    return Bound(size, error + _rounding(size, PER_TERM * count), None)


def _are_floats(registers: Sequence[Any]) -> bool:
    return all(map(is_dyadic, registers))


def _around(value: Any, error: int) -> Any:
    """The value with its error, as it is if there is none."""
    if not error:
        return value
    low, high = ends_of(value)
    bottom = _floor(low) - error
    top = -_floor(-high) + error
    return Ball(bottom + top, top - bottom, -BITS - 1, BITS)


def _hull_error(found: Any, value: Any) -> int:
    """How far the numbers of an enclosure can be from a number."""
    low, high = ends_of(found)
    bottom, top = ends_of(value)
    return max(_up(max(high - bottom, Fraction(0))), _up(max(top - low, Fraction(0))))


def _width(value: Any) -> int:
    low, high = ends_of(value)
    return _up(high - low)


def _up(value: Any) -> int:
    """The size of a number, rounded up."""
    if isinstance(value, Algebraic):
        value = ball_of(value, BITS)
    if isinstance(value, Ball):
        middle, radius = value.fixed(BITS)
        return abs(middle) + radius
    above, below = int(abs(value.numerator)), int(value.denominator)
    return -((-above << BITS) // below)


def _floor(value: Fraction) -> int:
    return (value.numerator << BITS) // value.denominator


def _mul(one: int, two: int) -> int:
    return -(-(one * two) >> BITS)


def _rounding(size: int, units: int) -> int:
    return -(-(size * units) >> DIGITS)
