"""The tree of regions of a function with polynomials: slots and conditions are polynomials.

As in ``tree``: the function itself splits the domain, the children exclude each other and cover,
and the certificate says which regions are empty, by cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt_check.atoms import Child, Formula, Rule, State, Value
from piecewise_mt_check.cases import MASKS, NEGATIVE, POSITIVE, ZERO, Condition, require_no_point
from piecewise_mt_check.functions import Function, Operand, Unit
from piecewise_mt_check.polynomials import (
    Polynomial,
    constant,
    plus,
    read,
    substituted,
    symbol,
    times,
)
from piecewise_mt_check.reading import spend
from piecewise_mt_check.tree import SymbolsOf


class CurvedRegion:
    """A region: its path, the slots known on it, their formulas by the tie rules, and a state."""

    __slots__ = ("path", "rules", "slots", "state")

    def __init__(
        self,
        path: tuple[Condition, ...],
        slots: tuple[Polynomial, ...],
        rules: tuple[Polynomial | None, ...],
        state: State,
    ) -> None:
        self.path, self.slots, self.rules, self.state = path, slots, rules, state


class CurvedWalk:
    """A function on regions; `symbols` names the free parameters, if rules are wanted."""

    def __init__(
        self, function: Function, domain: Sequence[Condition], symbols: SymbolsOf | None = None
    ) -> None:
        self.function = function
        self.first = function.width
        self.symbols = symbols
        start = (constant(1), *map(symbol, function.names))
        self.root = CurvedRegion(tuple(domain), start, (None,) * len(start), ())

    def unit(self, region: CurvedRegion) -> Unit | None:
        """The unit that is next; None if all are known."""
        k = len(region.slots) - self.first
        return self.function.units[k] if k < len(self.function.units) else None

    def settled(self, region: CurvedRegion) -> CurvedRegion:
        """The region with all slots that need no further split."""
        while True:
            unit = self.unit(region)
            if unit is None or unit.atom.split(region.state) is not None:
                return region
            slot, rule = self._known(unit, region)
            region = CurvedRegion(region.path, (*region.slots, slot), (*region.rules, rule), ())

    def children(self, region: CurvedRegion) -> list[tuple[list[Condition], Child]]:
        """The split of a region: for each child what it says, in the variables."""
        unit = self.unit(region)
        assert unit is not None
        split = unit.atom.split(region.state)
        assert split is not None
        made = []
        for child in split:
            said = [
                Condition(_combination(unit, region, Value(terms, rest)), MASKS[relation])
                for relation, terms, rest in child.conditions
            ]
            made.append((said, child))
        return made

    def below(self, region: CurvedRegion, said: Sequence[Condition], state: State) -> CurvedRegion:
        """A child as a region, not settled yet: it may be empty."""
        return CurvedRegion((*region.path, *said), region.slots, region.rules, state)

    def cut(self, region: CurvedRegion, p: Polynomial) -> list[list[Condition]]:
        """Where a polynomial is negative, zero and positive: these, too, are a partition."""
        return [[Condition(p, mask)] for mask in (NEGATIVE, ZERO, POSITIVE)]

    def read_cut(self, data: Any) -> Polynomial:
        return read(data, set(self.function.names))

    def require_empty(self, region: CurvedRegion, proof: Any) -> None:
        require_no_point(proof, region.path)

    def values(self, region: CurvedRegion) -> list[Polynomial]:
        """The function itself on a leaf."""
        return [_operand(operand, region.slots) for operand in self.function.outputs]

    def composed(self, region: CurvedRegion) -> list[Polynomial]:
        """The formulas (9) under the tie rules."""
        return [_ruled(operand, region) for operand in self.function.outputs]

    def _known(self, unit: Unit, region: CurvedRegion) -> tuple[Polynomial, Polynomial | None]:
        """The slot of a unit, and its formula (9) if that is another."""
        atom = unit.atom
        given = range(len(unit.operands))
        if isinstance(atom, Formula):
            own = {name: _operand(o, region.slots) for name, o in zip(atom.names, unit.operands)}
            slot = substituted(atom.polynomial, own)
            if self.symbols is None or not any(_is_ruled(unit.operands[i], region) for i in given):
                return slot, None
            rules = {name: _ruled(o, region) for name, o in zip(atom.names, unit.operands)}
            return slot, substituted(atom.polynomial, rules)
        value = atom.value(region.state)
        slot = _combination(unit, region, value)
        if self.symbols is None:
            return slot, None
        k, ask = len(region.slots) - self.first, self.symbols
        rule = atom.rule(region.state, lambda state, count: ask(k, state, count))
        if rule is None:
            if not any(_is_ruled(unit.operands[i], region) for i, _ in value.terms):
                return slot, None
            terms = tuple((i, constant(c)) for i, c in value.terms)
            rule = Rule(terms, constant(value.constant))
        weighted = [times(weight, _ruled(unit.operands[i], region)) for i, weight in rule.terms]
        return slot, plus(rule.constant, *weighted)


def _operand(operand: Operand, slots: Sequence[Polynomial]) -> Polynomial:
    return plus(
        *(times(constant(Fraction(c, operand.denominator)), slots[i]) for i, c in operand.terms)
    )


def _is_ruled(operand: Operand, region: CurvedRegion) -> bool:
    return any(region.rules[slot] is not None for slot, _ in operand.terms)


def _ruled(operand: Operand, region: CurvedRegion) -> Polynomial:
    """A combination of the formulas under the tie rules."""
    slots = [s if rule is None else rule for s, rule in zip(region.slots, region.rules)]
    return _operand(operand, slots)


def _combination(unit: Unit, region: CurvedRegion, value: Value) -> Polynomial:
    """constant + Σ c·operand."""
    spend(len(value.terms))
    terms = [times(constant(c), _operand(unit.operands[i], region.slots)) for i, c in value.terms]
    return plus(constant(value.constant), *terms)
