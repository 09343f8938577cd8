"""A function as a list of units: nonsmooth functions of affine combinations of what came before.

The data are the nodes of a graph. A node reads the entries of its arguments one after the other,
as one list v. A *variable* names its entries; a *constant* lists them; entry k of a *linear* node
is bias[k] + Σ c·v[i] over the pairs [i, c] of rows[k]; of a *gather*, v[indices[k]]; of a
*piecewise* node, the atom of units[k] at the entries it names; of a *smooth* node, a formula, which
must be a polynomial in u1, u2, …; only some kinds of certificates take those. The last node is the
function.

Here all that is flattened. *Slot* 0 is the constant 1, slots 1 … a are the variables, and then
comes one slot a unit, in the order of the data; an operand is a sparse affine combination of
slots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from piecewise_mt_check.atoms import Atom, Formula, read_atom
from piecewise_mt_check.reading import (
    Invalid,
    Unsupported,
    field,
    index,
    integer,
    items,
    keys,
    number,
    text,
)
from piecewise_mt_check.rows import MAX_BITS, Affine, combined, common_denominator

MAX_TERMS = 20_000_000
Slots = dict[int, Fraction]


class Operand(NamedTuple):
    """(Σ c·slot) / denominator."""

    terms: tuple[tuple[int, int], ...]
    denominator: int

    def of(self, slots: Sequence[Affine]) -> Affine:
        """The affine function of the variables, where all slots are known."""
        if not self.terms:
            return Affine((0,) * len(slots[0].row), 1)
        return combined([(c, slots[slot]) for slot, c in self.terms], self.denominator)


class Unit(NamedTuple):
    """One entry of one piecewise or smooth node."""

    atom: Atom
    operands: tuple[Operand, ...]


class Function(NamedTuple):
    """What is to be checked about."""

    names: tuple[str, ...]
    units: tuple[Unit, ...]
    outputs: tuple[Operand, ...]
    shape: tuple[int, ...]

    @property
    def width(self) -> int:
        """The length of a row."""
        return len(self.names) + 1

    @property
    def may_jump(self) -> bool:
        """Whether there are nodes that may: where, and tables of somebody's own."""
        return not all(unit.atom.is_continuous for unit in self.units)

    def start(self) -> list[Affine]:
        """The slots of the constant and of the variables."""
        width = self.width
        return [Affine(tuple(int(i == k) for i in range(width)), 1) for k in range(width)]

    def value(self, point: Sequence[Fraction]) -> list[Fraction]:
        """The values of the outputs at a point."""
        slots = [Affine((1,), 1)]
        slots += [Affine((c.numerator,), c.denominator) for c in point]
        for atom, operands in self.units:
            given = [Fraction(f.row[0], f.denominator) for f in (o.of(slots) for o in operands)]
            found = atom.at(given)
            slots.append(Affine((found.numerator,), found.denominator))
        return [Fraction(f.row[0], f.denominator) for f in (o.of(slots) for o in self.outputs)]


def read_function(
    data: Any, curved: bool = False, smooth: Callable[[Any], Atom] | None = None
) -> Function:
    """The function of the data; it may have polynomials if it may be curved.

    Smooth formulas of all kinds are read by `smooth`, if that is given.
    """
    keys(data, {"variables", "atoms", "nodes"}, {"formulas"})
    names = tuple(map(text, items(data["variables"])))
    if not names or len(set(names)) < len(names):
        raise Invalid("expected variables with different names, at least one")
    atoms = [read_atom(entry) for entry in items(data["atoms"])]
    formulas = None
    read_formula = Formula if curved else smooth
    if read_formula is not None:
        formulas = [read_formula(entry) for entry in items(data.get("formulas", []))]
    slot_of = {name: i for i, name in enumerate(names, start=1)}
    units: list[Unit] = []
    made: list[list[Slots]] = []
    work = 0
    for node in items(data["nodes"]):
        arguments = items(node["args"]) if isinstance(node, dict) and "args" in node else []
        below = [made[index(i, len(made))] for i in arguments]
        work += sum(map(len, below))
        if work > MAX_TERMS:
            raise Unsupported("the function has too many entries")
        read = [entry for arg in below for entry in arg]
        work += _terms(node, read)
        if work > MAX_TERMS:
            raise Unsupported("the function has too many terms")
        entries = _entries(node, read, slot_of, atoms, formulas, units)
        made.append(entries)
        shape = tuple(map(integer, items(field(node, "shape"))))
        size = 1
        for extent in shape:
            size = min(size * extent, len(entries) + 1)
        if min(shape, default=0) < 0 or size != len(entries):
            raise Invalid("a node has a shape that its entries do not have")
    if not made or not made[-1]:
        raise Invalid("expected a function with a node and an output")
    return Function(names, tuple(units), tuple(map(_operand, made[-1])), shape)


def _terms(node: Any, read: list[Slots]) -> int:
    """How many terms a node has when it is written out, before it is."""
    kind = field(node, "node")
    if kind == "linear":
        rows = items(field(node, "rows"))
        places = [items(entry, 2)[0] for row in rows for entry in items(row)]
    elif kind in ("piecewise", "smooth"):
        places = [i for unit in items(field(node, "units")) for i in items(items(unit, 2)[1])]
    else:
        return 0
    return sum(len(read[index(i, len(read))]) + 1 for i in places)


def joined(one: Function, two: Function) -> Function:
    """The outputs of both, of the same variables."""
    first, shift = one.width, len(one.units)

    def moved(operand: Operand) -> Operand:
        terms = ((slot + shift if slot >= first else slot, c) for slot, c in operand.terms)
        return Operand(tuple(terms), operand.denominator)

    units = (Unit(unit.atom, tuple(map(moved, unit.operands))) for unit in two.units)
    outputs = (*one.outputs, *map(moved, two.outputs))
    return Function(one.names, (*one.units, *units), outputs, (len(outputs),))


def affine_map(names: tuple[str, ...], rows: Sequence[Sequence[Fraction]]) -> Function:
    """The function with these rows as outputs."""
    outputs = (_operand(_without_zeros(dict(enumerate(row)))) for row in rows)
    return Function(names, (), tuple(outputs), (len(rows),))


def composed(outer: Function, inner: Function) -> Function:
    """outer(inner), where each variable of the outer one is an output of the inner one."""
    if len(outer.names) != len(inner.outputs):
        raise Invalid("a function has not as many outputs as another has variables")
    shift = inner.width + len(inner.units) - outer.width
    work = 0

    def moved(operand: Operand) -> Operand:
        nonlocal work
        total: Slots = {}
        for slot, c in operand.terms:
            if 0 < slot < outer.width:
                terms, below = inner.outputs[slot - 1]
            else:
                terms, below = ((slot + shift if slot else 0, 1),), 1
            work += len(terms)
            if work > MAX_TERMS:
                raise Unsupported("the function has too many terms")
            for own, v in terms:
                total[own] = total.get(own, Fraction(0)) + Fraction(c * v, below)
        own_sum = {slot: c / operand.denominator for slot, c in total.items()}
        return _operand(_without_zeros(own_sum))

    units = [Unit(unit.atom, tuple(map(moved, unit.operands))) for unit in outer.units]
    outputs = tuple(map(moved, outer.outputs))
    return Function(inner.names, (*inner.units, *units), outputs, outer.shape)


def _entries(
    node: Any,
    read: list[Slots],
    slot_of: dict[str, int],
    atoms: list[Atom],
    formulas: Sequence[Atom] | None,
    units: list[Unit],
) -> list[Slots]:
    kind = field(node, "node")
    if kind == "variable":
        keys(node, {"node", "shape", "names"}, {"args", "signs"})
        if "signs" in node:
            raise Unsupported("the function has parameters")
        names = list(map(text, items(node["names"])))
        if any(name not in slot_of for name in names):
            raise Invalid("a node has a variable that the function does not list")
        return [{slot_of[name]: Fraction(1)} for name in names]
    if kind == "constant":
        keys(node, {"node", "shape", "values"}, {"args"})
        return [_without_zeros({0: number(v)}) for v in items(node["values"])]
    if kind == "linear":
        keys(node, {"node", "shape", "args", "rows", "bias"})
        rows = items(node["rows"])
        biases = items(node["bias"], len(rows))
        return [_sum(items(row), number(b), read) for row, b in zip(rows, biases)]
    if kind == "gather":
        keys(node, {"node", "shape", "args", "indices"})
        return [read[index(i, len(read))] for i in items(node["indices"])]
    if kind == "smooth" and formulas is None:
        raise Unsupported("the function has smooth nodes")
    if kind in ("piecewise", "smooth"):
        keys(node, {"node", "shape", "args", "units"}, {"name"})
        known: Sequence[Atom] = atoms if kind == "piecewise" else formulas or []
        found = []
        for unit in items(node["units"]):
            which, operands = items(unit, 2)
            atom = known[index(which, len(known))]
            own = [_operand(read[index(i, len(read))]) for i in items(operands, atom.arity)]
            units.append(Unit(atom, tuple(own)))
            found.append({len(slot_of) + len(units): Fraction(1)})
        return found
    raise Unsupported("the function has nodes of an unknown kind")


def _sum(row: list[Any], bias: Fraction, read: list[Slots]) -> Slots:
    total: Slots = {0: bias}
    for entry in row:
        i, c = items(entry, 2)
        factor = number(c)
        for slot, value in read[index(i, len(read))].items():
            added = total[slot] = total.get(slot, Fraction(0)) + factor * value
            if max(added.numerator.bit_length(), added.denominator.bit_length()) > MAX_BITS:
                raise Unsupported("the numbers become too long")
    return _without_zeros(total)


def _without_zeros(form: Slots) -> Slots:
    return {slot: c for slot, c in form.items() if c}


def _operand(form: Slots) -> Operand:
    below = common_denominator(form.values())
    terms = ((slot, c.numerator * (below // c.denominator)) for slot, c in sorted(form.items()))
    return Operand(tuple(terms), below)
