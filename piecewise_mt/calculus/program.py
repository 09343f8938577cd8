"""A function as a flat program: the units of its piecewise nodes, with affine operands.

Affine runs between kinks are collapsed, so that every operand of a unit is an affine form of
*slots*: slot 0 is the constant one, slots 1..a the variables, then one slot a unit, in
left-to-right postorder of the nodes and row-major within a node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch
from typing import TypeAlias

from piecewise_mt.calculus.parameters import ParameterNames
from piecewise_mt.calculus.pointwise import names_of
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.polynomials import Coefficient
from piecewise_mt.functions.atoms import Atom, Label, Weights
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Variable
from piecewise_mt.functions.ties import Parameter
from piecewise_mt.functions.traversal import topological

Slots: TypeAlias = dict[int, int | Fraction]
"""A sparse affine form of slots; whole coefficients are ints, which are ten times as fast."""
Affine = tuple[Coefficient, ...]
"""(c0, c1, …, ca): an affine form of the variables."""


@dataclass(frozen=True, eq=False, slots=True)
class Unit:
    """One output entry of one piecewise node."""

    atom: Atom
    operands: tuple[Slots, ...]
    level: int
    bit: int
    """The first of the unit's bits in a word."""
    parameter: Parameter


@dataclass(frozen=True, eq=False, slots=True)
class Program:
    """A function of named variables, ready for the engine."""

    names: tuple[str, ...]
    units: tuple[Unit, ...]
    outputs: tuple[Slots, ...]
    shape: tuple[int, ...]
    free_bit: int
    """The first bit that no unit uses."""

    def labels(self, word: int) -> tuple[Label, ...]:
        """The label of every unit on a face with this word."""
        return tuple(
            unit.atom.label((word >> unit.bit) & ((1 << unit.atom.bits) - 1)) for unit in self.units
        )

    def labels_at(self, point: Sequence[Fraction]) -> tuple[Label, ...]:
        """The label of every unit at a point: one forward pass."""
        slots: list[Fraction] = [Fraction(1), *point]
        labels = []
        for unit in self.units:
            values = [
                sum((c * slots[s] for s, c in row.items()), Fraction(0)) for row in unit.operands
            ]
            label = unit.atom.label_at(values)
            weights, constant = unit.atom.selection(label)
            total = constant
            for w, y in zip(weights, values, strict=True):
                if w:
                    total = total + w * y
            slots.append(total)  # type: ignore[arg-type]
            labels.append(label)
        return tuple(labels)

    def branches(self, labels: Sequence[Label]) -> tuple[Label, ...]:
        """The branch of every unit under its tie rule."""
        return tuple(u.atom.branch(label) for u, label in zip(self.units, labels, strict=True))

    def affine(self, labels: Sequence[Label], pick: Callable[[Unit, Label], Weights]) -> Forms:
        """The affine forms of all slots in the variables, with `pick`'s weights at each unit."""
        a = len(self.names)
        slots: list[list[Coefficient]] = [[int(i == k) for i in range(a + 1)] for k in range(a + 1)]
        operands: list[list[list[Coefficient]]] = []
        for unit, label in zip(self.units, labels, strict=True):
            weights, constant = pick(unit, label)
            forms = [_combined(row, slots, a) for row in unit.operands]
            total: list[Coefficient] = [constant, *[0] * a]
            for weight, form in zip(weights, forms, strict=True):
                if weight == 1:
                    total = [t + c for t, c in zip(total, form, strict=True)]
                elif weight != 0:
                    total = [t + weight * c for t, c in zip(total, form, strict=True)]
            slots.append(total)
            operands.append(forms)
        return Forms(operands, [_combined(row, slots, a) for row in self.outputs])


@dataclass(frozen=True, slots=True)
class Forms:
    """Affine forms in the variables: of the operands of every unit, and of the outputs."""

    operands: list[list[list[Coefficient]]]
    outputs: list[list[Coefficient]]


def picked(unit: Unit, label: Label) -> Weights:
    """The weights of the tie rule."""
    return unit.atom.weights(label, unit.parameter)


def selected(unit: Unit, label: Label) -> Weights:
    """Weights without parameters; on the label's stratum the function is the same."""
    return unit.atom.selection(label)


def _combined(row: Slots, slots: list[list[Coefficient]], a: int) -> list[Coefficient]:
    total: list[Coefficient] = [0] * (a + 1)
    for slot, c in row.items():
        if slot <= a:
            total[slot] = total[slot] + c
        else:
            total = [t + c * v for t, v in zip(total, slots[slot], strict=True)]
    return total


def compile_program(f: Expression) -> Program:
    """Flatten the DAG of `f`.

    Raises
    ------
    PiecewiseError
        If `f` has no variable.
    """
    names = names_of(f)
    if not names:
        raise PiecewiseError(
            f"expected a function of at least one variable, got {f!r}, which has none; "
            "name its space with f.on(x)"
        )
    nodes = topological(f)
    builder = _Builder({name: i + 1 for i, name in enumerate(names)}, ParameterNames(f), nodes)
    rows: dict[int, list[Slots]] = {}
    for node in nodes:
        operands = [row for arg in node.args for row in rows[id(arg)]]
        rows[id(node)] = _rows(node, operands, builder)
    return Program(names, tuple(builder.units), tuple(rows[id(f)]), f.shape, builder.bit)


def _whole(value: int | Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


class _Builder:
    def __init__(
        self, slot_of: dict[str, int], parameters: ParameterNames, nodes: list[Expression]
    ) -> None:
        self.slot_of = slot_of
        self.parameters = parameters
        self.units: list[Unit] = []
        self.bit = 1
        self.readers = Counter(id(arg) for node in nodes for arg in node.args)

    def is_read_once(self, node: Linear) -> bool:
        """Whether the first argument is a scalar affine node that only `node` reads, and once."""
        first = node.args[0]
        own = [i for i, _ in node.rows[0] if i == 0]
        return (
            isinstance(first, Linear)
            and first.shape == ()
            and self.readers[id(first)] == 1
            and own == [0]
            and node.rows[0][0][0] == 0
        )

    def add(self, node: Piecewise, position: int, atom: Atom, operands: list[Slots]) -> Slots:
        first = len(self.slot_of) + 1
        below = [slot - first for row in operands for slot in row if slot >= first]
        level = 1 + max((self.units[i].level for i in below), default=0)
        parameter = self.parameters.of_unit(node, position)
        self.units.append(Unit(atom, tuple(operands), level, self.bit, parameter))
        self.bit += atom.bits
        return {first + len(self.units) - 1: 1}


@singledispatch
def _rows(node: Expression, operands: list[Slots], builder: _Builder) -> list[Slots]:
    raise Unsupported(f"expected a node of the core, got {type(node).__name__}")


@_rows.register
def _(node: Variable, operands: list[Slots], builder: _Builder) -> list[Slots]:
    return [{builder.slot_of[name]: 1} for name in node.names]


@_rows.register
def _(node: Constant, operands: list[Slots], builder: _Builder) -> list[Slots]:
    return [{0: _whole(value)} if value else {} for value in node.values]


@_rows.register
def _(node: Linear, operands: list[Slots], builder: _Builder) -> list[Slots]:
    result = []
    for bias, row in zip(node.bias, node.rows, strict=True):
        terms = [(operands[i], _whole(c)) for i, c in row]
        # a long sum is a chain of nodes: grow the one form that nobody else reads, in place
        total: Slots = {}
        if len(node.rows) == 1 and terms and terms[0][1] == 1 and builder.is_read_once(node):
            total = terms.pop(0)[0]
        terms.append(({0: 1}, _whole(bias)))
        for form, c in terms:
            for slot, value in form.items():
                added = total.get(slot, 0) + c * value
                if added:
                    total[slot] = added if type(added) is int else _whole(added)
                else:
                    total.pop(slot, None)
        result.append(total)
    return result


@_rows.register
def _(node: Gather, operands: list[Slots], builder: _Builder) -> list[Slots]:
    return [operands[i] for i in node.indices]


@_rows.register
def _(node: Piecewise, operands: list[Slots], builder: _Builder) -> list[Slots]:
    return [
        builder.add(node, position, atom, [operands[i] for i in indices])
        for position, (atom, indices) in enumerate(node.units)
    ]
