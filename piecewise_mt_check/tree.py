"""The tree of regions: the domain is split unit by unit, as the atoms themselves say.

A region is the set of points of the domain that satisfy the conditions on its path. In it every
slot is an affine function that this program computes. The next unit that is not known splits it
(see ``atoms``): its children exclude each other and cover it. So the regions at the leaves are a
partition of the domain, whatever the certificate says; it only says which of them are empty, and
why.

The certificate lists the regions in preorder, each with one entry: ``null`` for one that is
split, a list for an empty one (a Farkas combination of its path: the domain's rows, then the
conditions in order, made primitive), an object for a leaf. A leaf may be cut once more by a row,
``{"cut": [c0, …, ca]}``, into negative, zero and positive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, Protocol

from piecewise_mt_check.atoms import Child, Rule, State, Value
from piecewise_mt_check.functions import Function, Unit
from piecewise_mt_check.polynomials import Polynomial, constant, plus, times
from piecewise_mt_check.reading import Invalid, items, keys, number, spend
from piecewise_mt_check.rows import (
    Affine,
    Related,
    Row,
    combined,
    difference,
    negative,
    primitive,
    require_empty,
)

PolynomialRow = list[Polynomial]
SymbolsOf = Callable[[int, State, int], Sequence[str]]
"""The free parameters of a unit at a state."""
FEW = 100
"""So many conditions of a split are not counted."""


class Region:
    """A region: its path, the slots known on it, and the state of the next unit."""

    __slots__ = ("branch", "operands", "path", "rules", "slots", "state")

    def __init__(
        self,
        path: tuple[Related, ...],
        slots: tuple[Affine, ...],
        rules: tuple[PolynomialRow | None, ...],
        state: State,
        operands: dict[int, Affine],
        branch: tuple[Value, ...] = (),
    ) -> None:
        self.path, self.slots, self.rules, self.state = path, slots, rules, state
        self.operands = operands
        """The operands of the next unit, as far as they have been asked for."""
        self.branch = branch
        """What the units that may jump are, in order; the others are continuous in the operands."""

    def operand(self, unit: Unit, i: int) -> Affine:
        if i not in self.operands:
            self.operands[i] = unit.operands[i].of(self.slots)
        return self.operands[i]


class Walk:
    """A function on regions; `symbols` names the free parameters, if rules are wanted."""

    def __init__(
        self, function: Function, domain: Sequence[Related], symbols: SymbolsOf | None = None
    ) -> None:
        self.function = function
        self.first = function.width
        self.width = function.width
        self.symbols = symbols
        start = tuple(function.start())
        self.root = Region(tuple(domain), start, (None,) * len(start), (), {})

    def unit(self, region: Region) -> Unit | None:
        """The unit that is next; None if all are known."""
        k = len(region.slots) - self.first
        return self.function.units[k] if k < len(self.function.units) else None

    def settled(self, region: Region) -> Region:
        """The region with all slots that need no further split."""
        while True:
            unit = self.unit(region)
            if unit is None or unit.atom.split(region.state) is not None:
                return region
            value = unit.atom.value(region.state)
            slots = (*region.slots, self._combination(unit, region, value))
            rules = (*region.rules, self._rule(unit, region))
            branch = region.branch if unit.atom.is_continuous else (*region.branch, value)
            region = Region(region.path, slots, rules, (), {}, branch)

    def children(self, region: Region) -> list[tuple[list[Related], Child]]:
        """The split of a region: for each child the conditions as rows of the variables."""
        unit = self.unit(region)
        assert unit is not None
        split = unit.atom.split(region.state)
        assert split is not None
        # a maximum of n operands has n² conditions, each a row to be made
        many = sum(len(child.conditions) for child in split) - FEW
        spend(max(many, 0) * (40 + 4 * self.width))
        made = []
        for child in split:
            rows = []
            for relation, terms, rest in child.conditions:
                form = self._combination(unit, region, Value(terms, rest))
                rows.append(Related(relation, primitive(form.row)))
            made.append((rows, child))
        return made

    def below(self, region: Region, rows: Sequence[Related], state: State) -> Region:
        """A child as a region, not settled yet: it may be empty."""
        path = (*region.path, *rows)
        return Region(path, region.slots, region.rules, state, region.operands, region.branch)

    def cut(self, region: Region, row: Row) -> list[list[Related]]:
        """Where a row is negative, zero and positive: these, too, are a partition."""
        return [[Related(">", negative(row))], [Related("=", row)], [Related(">", row)]]

    def read_cut(self, data: Any) -> Row:
        return primitive([number(c) for c in items(data, self.width)])

    def require_empty(self, region: Region, proof: Any) -> None:
        require_empty(proof, region.path, self.width)

    def values(self, region: Region) -> list[Affine]:
        """The function itself on a leaf."""
        return [operand.of(region.slots) for operand in self.function.outputs]

    def differences(self, one: Region, two: Region) -> list[Row]:
        """The outputs on one leaf less those on another, each multiplied by a positive number."""
        return [difference(a, b) for a, b in zip(self.values(one), self.values(two))]

    def products(self, region: Region) -> list[PolynomialRow]:
        """The formulas whose gradients are the products (14) under the tie rules."""
        return [
            _ruled(operand.terms, operand.denominator, region)
            or _constants(operand.of(region.slots))
            for operand in self.function.outputs
        ]

    def _rule(self, unit: Unit, region: Region) -> PolynomialRow | None:
        """The composed formula (9) of the unit; None if it is that of the slot."""
        if self.symbols is None:
            return None
        k = len(region.slots) - self.first
        ask = self.symbols
        rule = unit.atom.rule(region.state, lambda state, count: ask(k, state, count))
        below = [_ruled(o.terms, o.denominator, region) for o in unit.operands]
        if rule is None:
            if not any(below[i] is not None for i, _ in unit.atom.value(region.state).terms):
                return None
            value = unit.atom.value(region.state)
            rule = Rule(tuple((i, constant(c)) for i, c in value.terms), constant(value.constant))
        total = [rule.constant, *([{}] * (self.width - 1))]
        for i, weight in rule.terms:
            row = below[i]
            form = _constants(region.operand(unit, i)) if row is None else row
            total = [plus(t, times(weight, c)) for t, c in zip(total, form)]
        return total

    def _combination(self, unit: Unit, region: Region, value: Value) -> Affine:
        """constant + Σ c·operand as a function of the variables."""
        below = lcm(value.constant.denominator, *(c.denominator for _, c in value.terms))
        terms = [(int(c * below), region.operand(unit, i)) for i, c in value.terms]
        if value.constant or not terms:
            terms.append((int(value.constant * below), region.slots[0]))
        return combined(terms, below)


def _constants(form: Affine) -> PolynomialRow:
    return [constant(Fraction(c, form.denominator)) for c in form.row]


def _ruled(
    terms: Sequence[tuple[int, int]], denominator: int, region: Region
) -> PolynomialRow | None:
    """A combination of slots under the tie rules; None if no slot has a rule of its own."""
    if not any(region.rules[slot] is not None for slot, _ in terms):
        return None
    total: PolynomialRow = [{}] * len(region.slots[0].row)
    for slot, c in terms:
        row = region.rules[slot]
        form = _constants(region.slots[slot]) if row is None else row
        factor = constant(Fraction(c, denominator))
        total = [plus(t, times(factor, v)) for t, v in zip(total, form)]
    return total


class Node:
    """A region that is split: its children's conditions, and the children.

    A child is a node, a leaf as the reader of leaves returned it, or None if it is empty.
    """

    __slots__ = ("below", "conditions")

    def __init__(self, conditions: list[Any]) -> None:
        self.conditions = conditions
        self.below: list[Any] = []


class Regions(Protocol):
    """What a tree is made of: rows and affine slots here, polynomials in ``curves``."""

    root: Any

    def unit(self, region: Any) -> Unit | None: ...
    def settled(self, region: Any) -> Any: ...
    def children(self, region: Any) -> list[tuple[Any, Child]]: ...
    def below(self, region: Any, rows: Any, state: State) -> Any: ...
    def cut(self, region: Any, row: Any) -> list[Any]: ...
    def read_cut(self, data: Any) -> Any: ...
    def require_empty(self, region: Any, proof: Any) -> None: ...


ReadLeaf = Callable[[Any, dict[str, Any]], Any]


def checked_tree(walk: Regions, entries: Any, read_leaf: ReadLeaf) -> Any:
    """Check the preorder list of regions; the root node, or what became of it if it is a leaf."""
    given: Iterator[Any] = iter(items(entries))
    top = Node([])
    pending: list[tuple[Any, Node]] = [(walk.root, top)]
    while pending:
        region, above = pending.pop()
        try:
            entry = next(given)
        except StopIteration:
            raise Invalid("the tree ends before all regions are accounted for") from None
        if isinstance(entry, list):
            walk.require_empty(region, entry)
            above.below.append(None)
            continue
        region = walk.settled(region)
        if entry is None:
            if walk.unit(region) is None:
                raise Invalid("a leaf of the tree is missing")
            split = walk.children(region)
            node = Node([rows for rows, _ in split])
            made = [walk.below(region, rows, child.state) for rows, child in split]
        elif walk.unit(region) is not None:
            raise Invalid("a leaf of the tree is not split to the end")
        elif isinstance(entry, dict) and "cut" in entry:
            node = Node(walk.cut(region, walk.read_cut(keys(entry, {"cut"})["cut"])))
            made = [walk.below(region, rows, ()) for rows in node.conditions]
        else:
            if not isinstance(entry, dict):
                raise Invalid("expected null, a list or an object in the tree")
            above.below.append(read_leaf(region, entry))
            continue
        above.below.append(node)
        pending.extend((child, node) for child in reversed(made))
    if next(given, given) is not given:
        raise Invalid("the tree goes on after all regions")
    return top.below[0]


Refute = Callable[[Any, tuple[Any, ...]], object]
"""Refuses unless an entry shows that no point satisfies the conditions."""
Enter = Callable[[Any, Node, tuple[Any, ...]], "tuple[Any, tuple[Any, ...]] | None"]
"""The child that holds all of a set and what is known then, if an entry says so."""


def checked_inside(
    root: Any,
    alpha: int,
    entries: Sequence[Any],
    known: Sequence[Any],
    refute: Refute,
    enter: Enter,
) -> None:
    """Check that a set of the domain, where `known` holds, meets no leaf but those named `alpha`.

    The list walks the tree with it: ``null`` where the set meets several children, what `enter`
    reads where it lies in one, a list that `refute` reads where it has no point.
    """
    given: Iterator[Any] = iter(entries)
    pending: list[tuple[Any, tuple[Any, ...]]] = [(root, tuple(known))]
    while pending:
        node, here = pending.pop()
        if not isinstance(node, Node):
            # None is an empty region of the domain, which the set is in
            if node is not None and node != alpha:
                refute(next(given, None), here)
            continue
        entry = next(given, "")
        if entry is None:
            pending += [
                (below, (*here, *said))
                for below, said in zip(node.below[::-1], node.conditions[::-1])
            ]
            continue
        child = enter(entry, node, here)
        if child is not None:
            pending.append(child)
        elif isinstance(entry, list):
            refute(entry, here)
        else:
            raise Invalid("the list 'inside' ends too early, or has an entry of another kind")
    if next(given, given) is not given:
        raise Invalid("the list 'inside' goes on after its end")
