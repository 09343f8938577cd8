"""The nodes of a function at one point, in exact numbers and rigorous enclosures.

What is rational stays so; a smooth node that is not gives a ball. Equal computations give one and
the same ball, so that ties of repeated entries are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.enclosed_rows import Forms, Layer, affine_values, pulled_back
from piecewise_mt.calculus.evaluation.forward import UnitAt, unit_at
from piecewise_mt.calculus.evaluation.uncertain import Hulls
from piecewise_mt.calculus.smooth.tapes import Tape, is_zero, shortened
from piecewise_mt.errors import (
    InvalidTieRule,
    OutsideDomain,
    PiecewiseError,
    Undecided,
    Unsupported,
)
from piecewise_mt.exact.balls import Ball, ball_of
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.exact.reals import Missing, Real
from piecewise_mt.functions.atoms import Atom, Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import (
    Constant,
    Gather,
    Linear,
    Piecewise,
    Smooth,
    Variable,
)
from piecewise_mt.functions.printing import unit_text
from piecewise_mt.functions.traversal import topological

SIMPLE = 300
"""A tie of operands of so many terms, written out, is asked of SymPy."""
LARGEST = 2**16
"""Numbers of more bits are not written out."""

Place = tuple[int, int]
"""id of a node, and the position of a unit in it."""


class EnclosingPass:
    """A function at a point, ready for passes of any precision."""

    def __init__(self, f: Expression, names: Sequence[str], point: Sequence[Any]) -> None:
        self.f = f
        self.names = tuple(names)
        self.point = tuple(point)
        self.nodes = topological(f)
        self.told: dict[Place, Label] = {}
        """Labels that exact arithmetic has found."""
        self._tapes: dict[Any, Tape] = {}
        self._layers: dict[int, Layer] = {}
        self._numbers: dict[int, int] = {}
        self._atoms: dict[Any, int] = {}

    def run(self, bits: int) -> Passed:
        """All nodes to so many bits."""
        return Passed(self, bits)

    def layer(self, node: Linear, bits: int) -> Layer:
        """The integers of an affine node."""
        found = self._layers.get(id(node))
        if found is None or found.slack and found.bits != bits:
            found = self._layers[id(node)] = Layer(node, bits)
        return found

    def number_of(self, atom: Atom) -> int:
        """A number that tells an atom from others, but not from its equals."""
        found = self._numbers.get(id(atom))
        if found is None:
            found = self._atoms.setdefault(atom.key, len(self._atoms))
            self._numbers[id(atom)] = found
        return found

    def tape(self, functions: Sequence[Any]) -> Tape:
        """The tape of smooth functions of the same operands."""
        key = (functions[0].arity, *(function.expression for function in functions))
        found = self._tapes.get(key)
        if found is None:
            found = self._tapes[key] = Tape(key[1:], functions[0].arity)
        return found


class Group:
    """Smooth units of one node that read the same operands: a tape and its registers."""

    def __init__(self, tape: Tape, indices: tuple[int, ...], members: list[int]) -> None:
        self.tape = tape
        self.indices = indices
        self.members = members
        self.registers: list[Any] | None = None
        self.error: PiecewiseError | None = None
        self._partials: list[Any] | None = None

    def pulled(self, seeds: list[Any], bits: int) -> list[Any]:
        """Σ seed · partial derivatives, by operand."""
        if self.registers is None:
            assert self.error is not None
            raise self.error
        if len(self.members) > 1:
            return self.tape.pulled(self.registers, seeds, bits)
        if self._partials is None:
            self._partials = self.tape.pulled(self.registers, [Fraction(1)], bits)
        return [shortened(seeds[0] * partial, bits) for partial in self._partials]


class Passed:
    """The values of all nodes at one precision, and their units."""

    def __init__(self, source: EnclosingPass, bits: int) -> None:
        self.source = source
        self.bits = bits
        self.units: dict[int, list[UnitAt | None]] = {}
        """What the units of each piecewise node are, None for a tie that is not decided."""
        self.groups: dict[int, list[Group]] = {}
        self.open: list[tuple[Piecewise, int]] = []
        """The ties that are not decided."""
        self._entries: dict[int, list[Any]] = {}
        # balls are kept here as long as their ids are keys
        self._known: dict[Any, Any] = {}
        self._forms = Forms(bits)
        self._named = dict(zip(source.names, (_coordinate(v, bits) for v in source.point)))
        for node in source.nodes:
            self._entries[id(node)] = self._evaluate(node)
        self.values: list[Any] = self._entries[id(source.f)]

    def failure(self) -> PiecewiseError | None:
        """Why the function has no value, or none yet."""
        return next((v.error for v in self.values if isinstance(v, Missing)), None)

    def entries_of(self, node: Expression) -> list[Any]:
        """The values of one of the nodes: Fractions, balls, or Missing."""
        return self._entries[id(node)]

    @property
    def is_rational(self) -> bool:
        """Whether all values are known exactly."""
        return not any(isinstance(v, Ball) for own in self._entries.values() for v in own)

    def rational_entries(self) -> dict[int, list[bool]]:
        """Which values are known exactly, by the id of the node."""
        return {
            key: [isinstance(value, Fraction) for value in own]
            for key, own in self._entries.items()
        }

    def is_inside(self) -> bool:
        """Whether roots and the like are of positive numbers, so that nodes are C¹ nearby."""
        for node in self.source.nodes:
            if not isinstance(node, Smooth):
                continue
            operands = [entry for arg in node.args for entry in self._entries[id(arg)]]
            for function, indices in node.units:
                forms = [r.form for r in function.requirements if r.kind == "nonnegative"]
                if not forms:
                    continue
                tape = Tape(forms, function.arity)
                given = [operands[i] for i in indices]
                if any(isinstance(v, Missing) for v in given):
                    continue
                try:
                    registers = tape.run(given, self.bits)
                    if not all(registers[place] > 0 for place in tape.outputs):
                        return False
                except PiecewiseError:
                    return False
        return True

    # -- forwards -------------------------------------------------------------------------------

    def _evaluate(self, node: Expression) -> list[Any]:
        if isinstance(node, Variable):
            return [self._named[name] for name in node.names]
        if isinstance(node, Constant):
            return [shortened(v, self.bits) for v in node.values]
        operands = [entry for arg in node.args for entry in self._entries[id(arg)]]
        if isinstance(node, Gather):
            return [operands[i] for i in node.indices]
        keys = [_key(v) for v in operands]
        if isinstance(node, Linear):
            layer = self.source.layer(node, self.bits)
            return affine_values(node, layer, operands, keys, self._forms)
        if isinstance(node, Piecewise):
            return self._piecewise(node, operands, keys)
        assert isinstance(node, Smooth)
        return self._smooth(node, operands, keys)

    def _smooth(self, node: Smooth, operands: list[Any], keys: list[Any]) -> list[Any]:
        members: dict[tuple[int, ...], list[int]] = {}
        for position, (_, indices) in enumerate(node.units):
            members.setdefault(indices, []).append(position)
        result: list[Any] = [None] * len(node.units)
        self.groups[id(node)] = groups = []
        for indices, own in members.items():
            tape = self.source.tape([node.units[p][0] for p in own])
            group = Group(tape, indices, own)
            groups.append(group)
            given = [operands[i] for i in indices]
            missing = next((v for v in given if isinstance(v, Missing)), None)
            if missing is not None:
                group.error = missing.error
                values: list[Any] = [missing] * len(own)
            else:
                key = (id(tape), *(keys[i] for i in indices))
                found = self._known.get(key)
                if found is None:
                    found = self._known[key] = self._run(tape, given)
                group.registers, group.error, values = found
            for position, value in zip(own, values, strict=True):
                result[position] = value
        return result

    def _run(self, tape: Tape, given: list[Any]) -> tuple[Any, Any, list[Any]]:
        try:
            registers = tape.run(given, self.bits)
        except (OutsideDomain, Undecided) as error:
            return None, error, [Missing(error)] * len(tape.outputs)
        return registers, None, [registers[place] for place in tape.outputs]

    def _piecewise(self, node: Piecewise, operands: list[Any], keys: list[Any]) -> list[Any]:
        result = []
        self.units[id(node)] = units = []
        for position, (atom, indices) in enumerate(node.units):
            given = [operands[i] for i in indices]
            label = self.source.told.get((id(node), position))
            key = (self.source.number_of(atom), label, *(keys[i] for i in indices))
            here = self._known.get(key) if None not in key[2:] else None
            if here is None:
                here = self._unit(atom, label, given)
                self._known[key] = here
            unit, value = here
            units.append(unit)
            if unit is None and not _is_outside(value):
                self.open.append((node, position))
            result.append(value)
        return result

    def _unit(self, atom: Atom, label: Label | None, given: list[Any]) -> tuple[Any, Any]:
        try:
            if label is None:
                here = unit_at(atom, given)
            else:
                weights, total = atom.selection(label)
                for w, y in zip(weights, given, strict=True):
                    if w:
                        total = total + (y if w == 1 else w * y)
                here = UnitAt(atom, given, total, label, weights)
            return here, shortened(here.value, self.bits)
        except Undecided as error:
            return None, self._between(atom, given, error)
        except OutsideDomain as error:
            return None, Missing(error)

    def _between(self, atom: Atom, given: list[Any], error: Undecided) -> Any:
        """The value of a unit whose tie is not decided: maxima and minima do not need it."""
        if not any(isinstance(v, Missing) for v in given):
            found = atom.max_min(given, Hulls(self.bits))
            if found is not None:
                return found
        return Missing(error)

    # -- backwards ------------------------------------------------------------------------------

    def gradient(self) -> list[list[Any]]:
        """The rows of the right side of (14), one an output.

        Raises
        ------
        Undecided, OutsideDomain, InvalidTieRule
            If a unit that is read has no label, derivative or weight.
        """
        source = self.source
        count = source.f.size
        adjoints: dict[int, list[list[Any]]] = {
            id(source.f): [[Fraction(int(i == k)) for k in range(count)] for i in range(count)]
        }
        columns = {name: j for j, name in enumerate(source.names)}
        result: list[list[Any]] = [[Fraction(0)] * len(columns) for _ in range(count)]
        for node in reversed(source.nodes):
            own = adjoints.pop(id(node), None)
            if own is None:
                continue
            if isinstance(node, Variable):
                for row, adjoint in zip(result, own):
                    for name, value in zip(node.names, adjoint):
                        row[columns[name]] = _added(row[columns[name]], value)
                continue
            if not node.args:
                continue
            total = sum(arg.size for arg in node.args)
            for output, adjoint in enumerate(own):
                if all(map(is_zero, adjoint)):
                    continue
                back = self._pulled(node, adjoint, total)
                start = 0
                for arg in node.args:
                    rows = adjoints.setdefault(
                        id(arg), [[Fraction(0)] * arg.size for _ in range(count)]
                    )
                    rows[output] = [
                        _added(old, new)
                        for old, new in zip(rows[output], back[start : start + arg.size])
                    ]
                    start += arg.size
        return result

    def _pulled(self, node: Expression, adjoint: list[Any], total: int) -> list[Any]:
        """The adjoint of the operands."""
        if isinstance(node, Linear):
            return pulled_back(self.source.layer(node, self.bits), adjoint, self.bits)
        back: list[Any] = [Fraction(0)] * total
        for i, value in self._terms(node, adjoint):
            back[i] = _added(back[i], value)
        return back

    def _terms(self, node: Expression, adjoint: list[Any]) -> Iterator[tuple[int, Any]]:
        if isinstance(node, Gather):
            yield from zip(node.indices, adjoint)
        elif isinstance(node, Piecewise):
            for position, weight in enumerate(adjoint):
                if not is_zero(weight):
                    for i, c in self._weights(node, position):
                        yield i, shortened(weight * c, self.bits)
        else:
            for group in self.groups[id(node)]:
                seeds = [adjoint[p] for p in group.members]
                if not all(map(is_zero, seeds)):
                    yield from zip(group.indices, group.pulled(seeds, self.bits))

    def _weights(self, node: Piecewise, position: int) -> Iterator[tuple[int, Any]]:
        here = self.units[id(node)][position]
        if here is None:
            value = self._entries[id(node)][position]
            if isinstance(value, Missing):
                raise value.error
            raise Undecided(
                f"expected kinks whose side enclosures tell, got a tie or nearly one of "
                f"{unit_text(node, position)}; choose another point, or ask for f.gradient"
            )
        atom, indices = node.units[position]
        weights, _ = atom.weights(here.label, _refusing(node, position))
        for i, c in zip(indices, weights, strict=True):
            if isinstance(c, Polynomial):
                _refusing(node, position)(0)
            if c != 0:
                yield i, c


def _refusing(node: Piecewise, position: int) -> Callable[[int], Any]:
    def refuse(index: int) -> Any:
        raise InvalidTieRule(
            "expected numbers as the weights of ties, got a free parameter at the tie of "
            f"{unit_text(node, position)}; give a rule such as at_zero=0 or ties='first', or ask "
            "for f.gradient"
        )

    return refuse


def _added(old: Any, new: Any) -> Any:
    if is_zero(new):
        return old
    return new if is_zero(old) else old + new


def _key(value: Any) -> Any:
    """What tells operands apart; None for what is missing."""
    if isinstance(value, Ball):
        return ("ball", id(value))
    return None if isinstance(value, Missing) else value


def ends_of(value: Any) -> tuple[Fraction, Fraction]:
    """The bounds of a number; refuses those that would not fit into the memory."""
    if isinstance(value, Fraction):
        return value, value
    if abs(value.top) > LARGEST:
        if value.top < 0:
            small = Fraction(1, 2**LARGEST)
            return -small, small
        raise Unsupported(
            f"expected numbers up to 2**{LARGEST}, got one of 2**{value.top}; ask for a function "
            "that is scaled, such as its logarithm"
        )
    ends: tuple[Fraction, Fraction] = value.ends()
    return ends


def _is_outside(value: Any) -> bool:
    return isinstance(value, Missing) and isinstance(value.error, OutsideDomain)


def _coordinate(value: Any, bits: int) -> Any:
    if isinstance(value, Real):
        tape = Tape([value.expression], 0)
        return tape.run([], bits)[tape.outputs[0]]
    return ball_of(value, bits) if isinstance(value, Algebraic) else value
