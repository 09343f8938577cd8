"""A function near one point, to first order, in as few variables as its active kinks span.

f(x + d) = f(x) + f'(x; d) + o(d), and f'(x; ·) is positively homogeneous and piecewise linear. Only
the *active* units, those with a tie at x, keep a kink; the others are affine. With B the reduced
echelon form of the gradients of the active kinks (a k×a matrix, pivot entries 1),

    f'(x; d) = L (d - P d) + F(B d),

where P d has the entries of B d at the pivot columns and zeros elsewhere, L is the gradient of any
selection, and F is a program in k variables. So everything local happens in R^k:
a limit of gradients R of F lifts to L + (R - L_p) B, where L_p are the pivot columns of L.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import lcm
from typing import Any, NamedTuple, TypeAlias

from piecewise_mt.calculus.evaluation.forward import UnitAt
from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.calculus.local.tangent_program import linearized
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.spans import Span, span_of
from piecewise_mt.functions.atoms import Atom, Form, Label, Weights
from piecewise_mt.functions.atoms.near import local_form
from piecewise_mt.memory import cached_property

Vector: TypeAlias = tuple[Fraction, ...]
Matrix: TypeAlias = tuple[Vector, ...]


@dataclass(frozen=True, eq=False)
class Reduction:
    """The local function f'(x; ·) = L(d - Pd) + F(Bd) of a program at a point."""

    source: Program
    point: Vector
    units: Sequence[UnitAt]
    """Every unit at the point."""
    active: tuple[int, ...]
    """The units with a tie."""
    span: Span
    """That of the gradients of the active kinks: the pivots, and B if it is asked for."""
    base: Matrix
    """L: the gradient of one selection, b×a."""
    program: Program
    """F, with one unit an active unit, in the pivot variables."""
    taken: tuple[tuple[int, ...], ...]
    """The operands of each active unit that its local atom takes."""

    @property
    def basis(self) -> Matrix:
        """B: rows in reduced echelon form with pivot entries 1."""
        return self.span.basis

    @property
    def pivots(self) -> tuple[int, ...]:
        """The columns in which B is the identity."""
        return self.span.pivots

    @property
    def rank(self) -> int:
        """k, the dimension of the span of the active kinks."""
        return len(self.pivots)

    @cached_property
    def base_at_pivots(self) -> Matrix:
        """L_p."""
        return tuple(tuple(row[p] for p in self.pivots) for row in self.base)

    def project(self, direction: Sequence[Any]) -> list[Any]:
        """B d."""
        return [
            sum((c * d for c, d in zip(row, direction, strict=True) if c), Fraction(0))
            for row in self.basis
        ]

    @cached_property
    def _whole(self) -> tuple[list[tuple[list[int], int]], list[tuple[list[int], int]]]:
        """The rows of L and of B as integers over a denominator."""
        return [_over(row) for row in self.base], [_over(row) for row in self.basis]

    def lift(self, reduced: Sequence[Sequence[Any]]) -> tuple[tuple[list[Any], int], ...]:
        """The b×a matrix L + (R - L_p) B of a reduced matrix R: rows over a denominator."""
        bases, axes = self._whole
        result = []
        for row, base, own in zip(reduced, bases, self.base_at_pivots, strict=True):
            steps = [new - old for new, old in zip(row, own, strict=True)]
            pairs = [(step, axis) for step, axis in zip(steps, axes, strict=True) if step != 0]
            if any(not isinstance(step, (int, Fraction)) for step, _ in pairs):
                total: list[Any] = [quotient(v, base[1]) for v in base[0]]
                for step, (axis, den) in pairs:
                    total = [
                        t + step * quotient(c, den) if c else t
                        for t, c in zip(total, axis, strict=True)
                    ]
                result.append((total, 1))
                continue
            factors = [fraction(step) / den for step, (_, den) in pairs]
            scale = lcm(base[1], *(factor.denominator for factor in factors))
            grown = scale // base[1]
            whole = [grown * v for v in base[0]] if grown > 1 else base[0]
            for factor, (_, (axis, _)) in zip(factors, pairs, strict=True):
                c = factor.numerator * (scale // factor.denominator)
                whole = [t + c * v for t, v in zip(whole, axis, strict=True)]
            result.append((whole, scale))
        return tuple(result)

    def associated(self) -> tuple[tuple[Any, ...], ...] | None:
        """The pivot columns of the gradient under the tie rules, with their parameters.

        None if the weights of some rule are no gradient along the ties, such as weights of a
        maximum that do not sum to 1: then it is no L + (R - L_p) B.
        """
        for index in self.active:
            if not _is_gradient(self.source.units[index], self.units[index]):
                return None
        position = {id(unit): i for i, unit in enumerate(self.program.units)}

        def given(unit: Unit, label: Label) -> Weights:
            place = position[id(unit)]
            index = self.active[place]
            own = self.source.units[index]
            weights, _ = own.atom.weights(self.units[index].label, own.parameter)
            return tuple(weights[i] for i in self.taken[place]), 0

        rows = self.program.affine([()] * len(self.active), given).outputs
        return tuple(tuple(row[1:]) for row in rows)

    def restrict(self, full: Matrix) -> Matrix:
        """The pivot columns of a b×a matrix."""
        return tuple(tuple(row[p] for p in self.pivots) for row in full)

    def defect(self, full: Matrix) -> tuple[int, Vector, Fraction, Fraction] | None:
        """Where (15) fails: (output, t, G·t, f'(x; t)) with t tangent to the stratum of x.

        The tangent space of the stratum is the kernel of B, on which f'(x; ·) is L.
        """
        for output, (row, base) in enumerate(zip(full, self.base, strict=True)):
            difference = [g - c for g, c in zip(row, base, strict=True)]
            rest = list(difference)
            for pivot, axis in zip(self.pivots, self.basis, strict=True):
                step = difference[pivot]
                if step:
                    rest = [r - step * c if c else r for r, c in zip(rest, axis, strict=True)]
            column = next((j for j, value in enumerate(rest) if value), None)
            if column is not None:
                t = [Fraction(0)] * len(row)
                t[column] = Fraction(1)
                for pivot, axis in zip(self.pivots, self.basis, strict=True):
                    t[pivot] = -axis[column]
                tangent = tuple(map(fraction, primitive(t)))
                return output, tangent, dot(row, tangent), dot(base, tangent)
        return None

    def spread(self, reduced: Sequence[Any]) -> list[Any]:
        """The direction with these entries at the pivots and zeros elsewhere; B maps it back."""
        result: list[Any] = [Fraction(0)] * len(self.source.names)
        for pivot, value in zip(self.pivots, reduced, strict=True):
            result[pivot] = value
        return result


def _over(row: Sequence[Fraction]) -> tuple[list[int], int]:
    scale = lcm(*(v.denominator for v in row))
    return [v.numerator * (scale // v.denominator) for v in row], scale


def dot(row: Sequence[Any], vector: Sequence[Any]) -> Any:
    """The scalar product; zeros of the row are skipped."""
    return sum((c * v for c, v in zip(row, vector, strict=True) if c), Fraction(0))


def reduce_at(
    program: Program,
    point: Sequence[Fraction],
    walls: Sequence[Sequence[int]] = (),
    *,
    with_seams: bool = False,
) -> Reduction:
    """The local function of a program at an exact point.

    One forward pass, and one backward pass for each operand of an active unit and each output.
    `walls` are linear forms that the reduced variables must know too, such as the constraints of a
    domain that are tight at the point; the tangent space then is that of the stratum in it.
    So are, if asked for, the differences of the sides of each ``where`` with a tie, which are in
    the span of the kinks anyway where it does not jump.
    """
    return _Reducer(*linearized(program, point)).run(tuple(point), walls, with_seams)


def ties_of(atom: Atom, label: Label) -> list[Form]:
    """The forms that are zero at a label."""
    return [form for form, relation in atom.constraints(label) if relation == "="]


def _is_gradient(unit: Unit, here: UnitAt) -> bool:
    """Whether the weights of the rule and a selection differ by a sum of the label's ties."""
    weights, _ = unit.atom.weights(here.label, unit.parameter)
    rest: list[Any] = [w - c for w, c in zip(weights, here.weights, strict=True)]
    ties = [form.coefficients for form in ties_of(unit.atom, here.label)]
    for row in echelon([(0, *primitive(row)) for row in ties]):
        pivot = next(i for i, c in enumerate(row) if c)
        factor = rest[pivot - 1] * quotient(1, row[pivot])
        rest = [r - factor * c for r, c in zip(rest, row[1:], strict=True)]
    return all(r == 0 for r in rest)


class _Whole(NamedTuple):
    """A linear form of the variables: the integers that are not zero, over a denominator."""

    row: dict[int, int]
    denominator: int

    def at(self, variable: int) -> Fraction:
        value = self.row.get(variable, 0)
        return quotient(value, self.denominator) if value else _ZERO


_Pulled: TypeAlias = tuple[_Whole, dict[int, Fraction]]
"""A form of the variables and of active units."""


@dataclass(slots=True)
class _Row:
    """A linear form: integers over a denominator on variables, Fractions on units."""

    variables: dict[int, int]
    denominator: int
    units: dict[int, Fraction]


class _Reducer:
    def __init__(self, program: Program, units: tuple[UnitAt, ...]) -> None:
        self.program = program
        self.units = units
        self.a = len(program.names)
        self.ties = [
            ties_of(unit.atom, here.label) for unit, here in zip(program.units, units, strict=True)
        ]
        # the linear form that every unit without a tie is
        self.forms: list[_Row | None] = []
        for unit, here, ties in zip(program.units, units, self.ties, strict=True):
            if ties:
                self.forms.append(None)
                continue
            total: dict[int, Any] = {}
            for weight, row in zip(here.weights, unit.operands, strict=True):
                if weight:
                    for slot, c in row.items():
                        total[slot] = total.get(slot, 0) + weight * c
            self.forms.append(self._row(total))

    def _row(self, slots: Slots) -> _Row:
        own = {s - 1: c for s, c in slots.items() if 1 <= s <= self.a and c}
        scale = lcm(*(c.denominator for c in own.values()))
        units = {s - self.a - 1: fraction(c) for s, c in slots.items() if s > self.a and c}
        return _Row(
            {s: c.numerator * (scale // c.denominator) for s, c in own.items()}, scale, units
        )

    def pulled(self, slots: Slots) -> _Pulled:
        """A form of slots as one of the variables and of the active units."""
        start = self._row(slots)
        pending = dict(start.units)
        parts = [(Fraction(1), _Whole(start.variables, start.denominator))]
        kept: dict[int, Fraction] = {}
        # later units only use earlier ones
        order = [-index for index in pending]
        heapify(order)
        while order:
            index = -heappop(order)
            c = pending.pop(index)
            if not c:
                continue
            form = self.forms[index]
            if form is None:
                kept[index] = c
                continue
            if form.variables:
                parts.append((c, _Whole(form.variables, form.denominator)))
            for unit, weight in form.units.items():
                if unit in pending:
                    pending[unit] += c * weight
                else:
                    pending[unit] = c * weight
                    heappush(order, -unit)
        return _sum(parts), kept

    def run(self, point: Vector, walls: Sequence[Sequence[int]], with_seams: bool) -> Reduction:
        active = [index for index, ties in enumerate(self.ties) if ties]
        whole: dict[int, _Whole] = {}
        kinks: list[dict[int, int]] = [{i: c for i, c in enumerate(row) if c} for row in walls]
        operands: list[list[_Pulled]] = []
        atoms, used = [], []
        for index in active:
            unit, here = self.program.units[index], self.units[index]
            atom, taken = local_form(unit.atom, here.operands)
            own = [self.pulled(unit.operands[i]) for i in taken]
            full = dict(zip(taken, (_selected(form, whole) for form in own), strict=True))
            forms = self.ties[index]
            if with_seams and unit.atom.sides is not None:
                forms = [*forms, unit.atom.jump()]
            # an operand that is not taken has no say in a tie
            kinks += [_mixed(form.coefficients, full).row for form in forms]
            whole[index] = _mixed(here.weights, full)
            operands.append(own)
            atoms.append(atom)
            used.append(taken)
        span = span_of(kinks, self.a)
        pivots = span.pivots
        slot = {index: len(pivots) + 1 + i for i, index in enumerate(active)}
        place = {p: i for i, p in enumerate(pivots, start=1)}

        def local(form: _Pulled) -> Slots:
            own = form[0]
            row: Slots = {place[p]: own.at(p) for p in sorted(own.row) if p in place}
            row.update({slot[index]: c for index, c in form[1].items() if c})
            return {s: c.numerator if c.denominator == 1 else c for s, c in row.items()}

        rows = [[local(form) for form in own] for own in operands]
        outputs = [self.pulled(row) for row in self.program.outputs]
        ends = [_selected(form, whole) for form in outputs]
        base = tuple(tuple([end.at(i) for i in range(self.a)]) for end in ends)
        names = tuple(self.program.names[p] for p in pivots)
        program = make_program(names, list(zip(atoms, rows, strict=True)), map(local, outputs))
        return Reduction(
            self.program, point, self.units, tuple(active), span, base, program, tuple(used)
        )


def _sum(parts: Sequence[tuple[Any, _Whole]]) -> _Whole:
    """A combination of forms; their numbers may be ones of a field."""
    scale = lcm(*(c.denominator * form.denominator for c, form in parts))
    total: dict[int, int] = {}
    for c, form in parts:
        factor = c.numerator * (scale // (c.denominator * form.denominator))
        for variable, value in form.row.items():
            total[variable] = total.get(variable, 0) + factor * value
    return _Whole({variable: c for variable, c in total.items() if c}, scale)


def _mixed(coefficients: Sequence[Any], full: dict[int, _Whole]) -> _Whole:
    return _sum([(c, full[i]) for i, c in enumerate(coefficients) if c])


def _selected(form: _Pulled, whole: dict[int, _Whole]) -> _Whole:
    """The form with the selection at every tie."""
    if not form[1]:
        return form[0]
    return _sum([(1, form[0]), *((c, whole[index]) for index, c in form[1].items())])


_ZERO = Fraction(0)


def make_program(names: tuple[str, ...], units: Sequence[tuple[Any, Any]], outputs: Any) -> Program:
    """A program of (atom, operands) pairs; its units have no free parameters."""
    made: list[Unit] = []
    bit = 1
    first = len(names) + 1
    for atom, operands in units:
        below = [s - first for row in operands for s in row if s >= first]
        level = 1 + max((made[i].level for i in below), default=0)
        made.append(Unit(atom, tuple(operands), level, bit, _no_parameter))
        bit += atom.bits
    rows = tuple(outputs)
    return Program(names, tuple(made), rows, (len(rows),), bit)


def _no_parameter(index: int) -> Any:
    raise AssertionError("the local program has no tie parameters")
