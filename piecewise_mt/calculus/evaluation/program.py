"""A function as a flat program: the units of its piecewise nodes, with affine operands.

Affine runs between kinks are collapsed, so that every operand of a unit is an affine form of
*slots*: slot 0 is the constant one, slots 1..a the variables, then one slot a unit, in
left-to-right postorder of the nodes and row-major within a node. Smooth units have the slots
-1, -2, …; a unit that reads one, directly or not, is *relayed*: its operands are SymPy formulas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import singledispatch
from typing import Any, TypeAlias

import sympy

from piecewise_mt.calculus.evaluation.forms import Following
from piecewise_mt.calculus.evaluation.forward import UnitAt, combined, unit_at
from piecewise_mt.calculus.evaluation.parameters import ParameterNames
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.evaluation.selections import Selections
from piecewise_mt.calculus.evaluation.whole import Whole
from piecewise_mt.calculus.smooth.rewriting import affine_expr
from piecewise_mt.errors import PiecewiseError, TooManyPieces, Unsupported
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.polynomials import Coefficient, coefficient_to_sympy
from piecewise_mt.exact.reading_numbers import in_one_field
from piecewise_mt.functions.atoms import Atom, Label, Weights
from piecewise_mt.functions.atoms.ties import Parameter
from piecewise_mt.functions.build.smooth_nodes import SmoothFunction
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Smooth, Variable
from piecewise_mt.functions.printing import formula_text, unit_text
from piecewise_mt.functions.shared_rows import SharedRows
from piecewise_mt.functions.traversal import topological

Slots: TypeAlias = dict[int, int | Fraction]
"""A sparse affine form of slots; whole coefficients are ints, which are ten times as fast."""
Form: TypeAlias = list[Coefficient]
Affine = tuple[Coefficient, ...]
"""(c0, c1, …, ca): an affine form of the variables."""


MOST_TERMS = 8 * 10**6
"""So many terms of affine maps are written out, some 300 bytes each."""
MOST_PRODUCTS = 10**9
"""So many coefficients are multiplied to that end, some minutes of work."""


@dataclass(frozen=True, eq=False, slots=True)
class Unit:
    """One output entry of one piecewise node."""

    atom: Atom
    operands: tuple[Slots, ...]
    level: int
    bit: int
    """The first of the unit's bits in a word."""
    parameter: Parameter
    node: Piecewise | None = None
    """The node that the unit belongs to, None in a program made up for one purpose."""
    position: int = 0
    """The unit's entry in its node."""
    relayed: bool = False

    @property
    def text(self) -> str:
        """The node's entry as text."""
        return repr(self.node) if self.node is None else unit_text(self.node, self.position)


Picked: TypeAlias = Callable[[Unit, Label], Weights]
"""Chooses the weights of a unit at a label."""


@dataclass(frozen=True, eq=False, slots=True)
class SmoothUnit:
    """One output entry of one smooth node."""

    function: SmoothFunction
    operands: tuple[Slots, ...]
    level: int
    """That of the highest unit below it."""
    node: Smooth
    position: int
    """The unit's entry in its node."""

    @property
    def name(self) -> str:
        """The node's name."""
        return self.node.name

    @property
    def text(self) -> str:
        """The node's entry as text."""
        return unit_text(self.node, self.position)

    def written(self, formula: sympy.Expr) -> str:
        """A formula in placeholders, such as that of a requirement, as text in the operands."""
        return formula_text(self.node, self.position, formula)


_EXACT = {int, Fraction, Algebraic}


class _Memo(dict["Picked", Following]):
    """Forms at hand, which need not be written down."""

    kinds: frozenset[type] | None = None
    selections: Selections | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _Memo, ()


class _Labels:
    """The labels of each unit, by its bits."""

    def __init__(self) -> None:
        self._known: list[tuple[int, int, dict[int, Label]]] = []

    def of(self, units: Sequence[Unit]) -> list[tuple[int, int, dict[int, Label]]]:
        """For every unit the first of its bits, all of them from 0, and the labels at hand."""
        if len(self._known) != len(units):
            by_atom: dict[int, dict[int, Label]] = {}
            self._known = [
                (u.bit, (1 << u.atom.bits) - 1, by_atom.setdefault(id(u.atom), {})) for u in units
            ]
        return self._known

    def __reduce__(self) -> tuple[Any, ...]:
        return _Labels, ()


@dataclass(frozen=True, eq=False, slots=True)
class Program:
    """A function of named variables, ready for the engine."""

    names: tuple[str, ...]
    units: tuple[Unit, ...]
    outputs: tuple[Slots, ...]
    shape: tuple[int, ...]
    free_bit: int
    """The first bit that no unit uses."""
    smooth: tuple[SmoothUnit, ...] = ()
    order: tuple[int, ...] = ()
    """With smooth units, the slots of all units, each after those it reads."""
    _following: _Memo = field(default_factory=_Memo, init=False)
    _labels: _Labels = field(default_factory=_Labels, init=False)

    @property
    def is_smooth(self) -> bool:
        """Whether formulas are SymPy's rather than affine."""
        return bool(self.smooth)

    def ordered(self) -> Iterator[tuple[int, Unit | SmoothUnit]]:
        """The slots and their units, each after those it reads."""
        first = len(self.names) + 1
        if not self.smooth:
            yield from enumerate(self.units, start=first)
            return
        for slot in self.order:
            yield slot, self.units[slot - first] if slot > 0 else self.smooth[-1 - slot]

    def labels(self, word: int) -> tuple[Label, ...]:
        """The label of every unit on a face with this word."""
        known = self._labels.of(self.units)
        try:
            return tuple([labels[(word >> bit) & mask] for bit, mask, labels in known])
        except KeyError:
            for unit, (bit, mask, labels) in zip(self.units, known):
                bits = (word >> bit) & mask
                if bits not in labels:
                    labels[bits] = unit.atom.label(bits)
            return self.labels(word)

    def forward(self, point: Sequence[Any]) -> Iterator[tuple[int, Unit | SmoothUnit, UnitAt]]:
        """The slots, their units, and what these are at a point: one pass."""
        slots: dict[int, Any] = dict(enumerate((Fraction(1), *point)))
        for slot, unit in self.ordered():
            given = [combined(row.items(), slots) for row in unit.operands]
            here = unit_at(unit.function if isinstance(unit, SmoothUnit) else unit.atom, given)
            slots[slot] = here.value
            yield slot, unit, here

    def units_at(self, point: Sequence[Any]) -> tuple[UnitAt, ...]:
        """What :attr:`units` are at a point."""
        return tuple(here for slot, _, here in self.forward(point) if slot > 0)

    def labels_at(self, point: Sequence[Any]) -> tuple[Label, ...]:
        """The label of every unit at a point."""
        return tuple(here.label for here in self.units_at(point))

    def branches(self, labels: Sequence[Label]) -> tuple[Label, ...]:
        """The branch of every unit under its tie rule."""
        return tuple(u.atom.branch(label) for u, label in zip(self.units, labels, strict=True))

    def affine(self, labels: Sequence[Label], pick: Picked) -> Forms:
        """The affine forms of all slots in the variables, with `pick`'s weights at each unit.

        Raises
        ------
        Unsupported
            If the function has smooth nodes; see :meth:`operand_forms` and :meth:`formulas`.
        """
        if self.smooth:
            raise Unsupported(
                f"expected a piecewise linear function here, got one with {self.smooth[0].text}; "
                "leave the smooth nodes out"
            )
        if not self._kinds() <= _EXACT:
            # programs made up at irrational points have Reals
            return _summed_forms(self, labels, pick)
        forms = self.following(pick)
        return Forms(lambda: _lists(forms.operands(labels)), forms.outputs(labels))

    def _kinds(self) -> frozenset[type]:
        """The types of all coefficients."""
        if self._following.kinds is None:
            rows = [row for unit in self.units for row in unit.operands] + list(self.outputs)
            self._following.kinds = frozenset(type(c) for row in rows for c in row.values())
        return self._following.kinds

    @property
    def is_rational(self) -> bool:
        """Whether all coefficients are, and all numbers of kinks."""
        return self._kinds() <= {int, Fraction} and all(u.atom.is_rational for u in self.units)

    def operand_forms(self, labels: Sequence[Label | None], pick: Picked) -> list[list[Form]]:
        """The affine forms of the operands of every unit, [] for a relayed one."""
        return _lists(self.following(pick).operands(labels))

    def following(self, pick: Picked) -> Following:
        """The forms under a choice of weights.

        Those of :func:`picked` and :func:`selected` are kept, and share what they have in common.
        """
        if pick is not picked and pick is not selected:
            return Following(self, pick)
        found = self._following.get(pick)
        if found is None:
            memo = self._following
            memo.selections = shared = memo.selections or Selections(self)
            found = memo.setdefault(pick, Following(self, pick, shared))
        return found

    def formulas(self, labels: Sequence[Label | None], pick: Picked) -> Formulas:
        """SymPy formulas of all relayed and smooth units, and of the outputs.

        A unit with the label None is not known yet, and neither is what reads it.
        """
        a = len(self.names)
        forms = [
            [] if form is None else form.coefficients()
            for form in self.following(pick).slots(labels)
        ]
        smooth: dict[int, sympy.Expr] = {}
        operands: dict[int, list[sympy.Expr]] = {}

        def formula(row: Slots) -> sympy.Expr:
            affine = {s: c for s, c in row.items() if s >= 0 and forms[s]}
            rest = [to_rational(c) * smooth[s] for s, c in row.items() if s not in affine]
            return sympy.Add(affine_expr(_combined(affine, forms, a), self.names), *rest)

        def known(row: Slots) -> bool:
            return all((s >= 0 and forms[s]) or s in smooth for s in row)

        for slot, unit in self.ordered():
            if slot > 0 and forms[slot] or not all(map(known, unit.operands)):
                continue
            given = operands[slot] = [formula(row) for row in unit.operands]
            if isinstance(unit, SmoothUnit):
                smooth[slot] = unit.function.at(given)
                continue
            label = labels[slot - a - 1]
            if label is not None:
                weights, constant = pick(unit, label)
                terms = zip(weights, given, strict=True)
                smooth[slot] = sympy.Add(
                    coefficient_to_sympy(constant),
                    *(coefficient_to_sympy(w) * y for w, y in terms if w != 0),
                )
        outputs = [formula(row) for row in self.outputs] if all(map(known, self.outputs)) else []
        return Formulas(operands, outputs)


@dataclass(frozen=True, slots=True)
class Formulas:
    """SymPy formulas in the variables: of the operands by slot, and of the outputs."""

    operands: dict[int, list[sympy.Expr]]
    outputs: list[sympy.Expr]


@dataclass(frozen=True, slots=True)
class Forms:
    """Affine forms in the variables: of the operands of every unit, and of the outputs."""

    make_operands: Callable[[], list[list[Form]]]
    outputs: list[Form]

    @property
    def operands(self) -> list[list[Form]]:
        """Those of the operands of every unit."""
        return self.make_operands()


def _summed_forms(program: Program, labels: Sequence[Label], pick: Picked) -> Forms:
    """The forms of a program whose coefficients need not be rational, each summed anew."""
    width = len(program.names) + 1
    slots: list[Form] = [[int(i == k) for i in range(width)] for k in range(width)]

    def form(row: Slots) -> Form:
        total: Form = [0] * width
        for slot, c in row.items():
            if slot < width:
                total[slot] = total[slot] + c
            else:
                total = [t + c * v for t, v in zip(total, slots[slot], strict=True)]
        return total

    operands: list[list[Form]] = []
    for unit, label in zip(program.units, labels, strict=True):
        weights, constant = pick(unit, label)
        own = [form(row) for row in unit.operands]
        total: Form = [constant, *[0] * (width - 1)]
        for weight, operand in zip(weights, own, strict=True):
            if weight != 0:
                total = [t + weight * c for t, c in zip(total, operand, strict=True)]
        operands.append(own)
        slots.append(total)
    return Forms(lambda: operands, [form(row) for row in program.outputs])


def _lists(operands: Sequence[list[Whole] | None]) -> list[list[Form]]:
    return [[form.coefficients() for form in own or ()] for own in operands]


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
    TooManyPieces
        If its affine maps have too many terms, which are counted before they are written out.
    """
    names = names_of(f)
    if not names:
        raise PiecewiseError(
            f"expected a function of at least one variable, got {f!r}, which has none; "
            "name its space with f.on(x)"
        )
    nodes = topological(f)
    # before a single row is written out
    stored = sum(_stored_terms(node) for node in nodes if isinstance(node, Linear))
    if stored > MOST_TERMS:
        raise _too_large(MOST_TERMS, "terms", stored)
    builder = _Builder({name: i + 1 for i, name in enumerate(names)}, ParameterNames(f), nodes)
    rows: dict[int, list[Slots]] = {}
    for node in nodes:
        operands = [row for arg in node.args for row in rows[id(arg)]]
        if isinstance(node, Linear):
            builder.count(node, list(map(len, operands)))
        rows[id(node)] = _rows(node, operands, builder)
    outputs = rows[id(f)]
    if any(map(_is_irrational, nodes)):
        _unite([row for unit in builder.units for row in unit.operands] + outputs)
    return Program(
        names,
        tuple(builder.units),
        tuple(outputs),
        f.shape,
        builder.bit,
        tuple(builder.smooth),
        tuple(builder.order),
    )


def _is_irrational(node: Expression) -> bool:
    """Whether a node has irrational numbers."""
    if isinstance(node, Constant):
        return _have_irrational(node.values)
    if not isinstance(node, Linear):
        return False
    return _have_irrational(node.bias) or any(
        _have_irrational(c for _, c in row) for row in node.rows if row
    )


def _have_irrational(values: Iterable[Any]) -> bool:
    return Algebraic in set(map(type, values))


def _unite(rows: Sequence[Slots]) -> None:
    """Write all irrational numbers in one field."""
    places: list[tuple[Any, int]] = [
        (row, slot) for row in rows for slot, c in row.items() if isinstance(c, Algebraic)
    ]
    united = in_one_field([row[slot] for row, slot in places])
    for (row, slot), c in zip(places, united, strict=True):
        row[slot] = c


def _whole(value: int | Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def _too_large(most: int, what: str, count: int) -> TooManyPieces:
    return TooManyPieces(
        f"expected at most {most} {what} in the affine maps of a function, got {count} or more; "
        "ask f.value, f.gradient or f.enclosure, which follow a point, or take a smaller network"
    )


def _stored_terms(node: Linear) -> int:
    """How many terms the rows of an affine node have."""
    rows = node.rows
    return rows.term_count if isinstance(rows, SharedRows) else sum(map(len, rows))


class _Builder:
    def __init__(
        self, slot_of: dict[str, int], parameters: ParameterNames, nodes: list[Expression]
    ) -> None:
        self.slot_of = slot_of
        self.parameters = parameters
        self.units: list[Unit] = []
        self.smooth: list[SmoothUnit] = []
        self.order: list[int] = []
        self.bit = 1
        self.products = self.terms = 0
        self.readers = Counter(id(arg) for node in nodes for arg in node.args)

    def count(self, node: Linear, sizes: list[int]) -> None:
        """Count what an affine node takes before its rows are written out, and refuse too much."""
        if max(sizes, default=0) <= 1:
            products = sum(map(len, node.rows))
            self.terms += products
        else:
            slots = len(self.slot_of) + len(self.order) + 1
            products = 0
            for row in node.rows:
                own = sum([sizes[i] for i, _ in row])
                products += own
                self.terms += min(own, slots)
        self.products += products
        if self.products > MOST_PRODUCTS:
            raise _too_large(MOST_PRODUCTS, "products of coefficients", self.products)
        if self.terms > MOST_TERMS:
            raise _too_large(MOST_TERMS, "terms", self.terms)

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
        level, relayed = self._below(operands)
        parameter = self.parameters.of_unit(node, position)
        unit = Unit(atom, tuple(operands), level + 1, self.bit, parameter, node, position, relayed)
        self.units.append(unit)
        self.bit += atom.bits
        self.order.append(len(self.slot_of) + len(self.units))
        return {self.order[-1]: 1}

    def add_smooth(
        self, node: Smooth, position: int, function: SmoothFunction, operands: list[Slots]
    ) -> Slots:
        level, _ = self._below(operands)
        self.smooth.append(SmoothUnit(function, tuple(operands), level, node, position))
        self.order.append(-len(self.smooth))
        return {self.order[-1]: 1}

    def _below(self, operands: list[Slots]) -> tuple[int, bool]:
        """The highest level of the units that are read, and whether a smooth one is."""
        first = len(self.slot_of) + 1
        level, relayed = 0, False
        for slot in (slot for row in operands for slot in row):
            if slot < 0:
                relayed = True
                level = max(level, self.smooth[-1 - slot].level)
            elif slot >= first:
                unit = self.units[slot - first]
                relayed = relayed or unit.relayed
                level = max(level, unit.level)
        return level, relayed


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


@_rows.register
def _(node: Smooth, operands: list[Slots], builder: _Builder) -> list[Slots]:
    return [
        builder.add_smooth(node, position, function, [operands[i] for i in indices])
        for position, (function, indices) in enumerate(node.units)
    ]
