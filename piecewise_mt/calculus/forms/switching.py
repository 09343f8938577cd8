"""Piecewise linear functions as affine forms of the variables and of values of one nonsmooth node.

The nodes are |z| in abs-normal form and max(0, z) in a ReLU network; each z is an affine form of
the variables and of earlier nodes. A form that comes up again, or a multiple of it, is one node.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.forms.cells import cells_of, linear_program_of
from piecewise_mt.calculus.forms.graph_forms import composed
from piecewise_mt.calculus.forms.max_min import lattice_terms
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.functions.expression import Expression

Form = dict[int, Fraction]
"""An affine form of slots without zeros: 0 is one, 1, …, a the variables, then the nodes."""


class Switches:
    """A lattice of affine forms of slots that makes one node for each new comparison.

    With ``absolute`` nodes are |z|, and the maximum of two is (f + g + |f - g|)/2; without they are
    max(0, z), and it is g + max(0, f - g).
    """

    def __init__(self, a: int, absolute: bool) -> None:
        self.a = a
        self.absolute = absolute
        self.nodes: list[Form] = []
        self._known: dict[tuple[tuple[int, int], ...], tuple[int, Fraction]] = {}

    def start(self) -> list[Form]:
        """One and the variables."""
        return [{slot: Fraction(1)} for slot in range(self.a + 1)]

    def affine(self, terms: Sequence[tuple[Any, Form]], constant: Any) -> Form:
        return total([*terms, (constant, {0: Fraction(1)})])

    def maximum(self, functions: Sequence[Form]) -> Form:
        found = functions[0]
        for other in functions[1:]:
            found = self._larger(found, other)
        return found

    def minimum(self, functions: Sequence[Form]) -> Form:
        found = self.maximum([total([(-1, own)]) for own in functions])
        return total([(-1, found)])

    def _larger(self, one: Form, two: Form) -> Form:
        # the constant is subtracted, so that max(0, z) has the node z
        if set(one) <= {0} and not set(two) <= {0}:
            one, two = two, one
        gap = total([(1, one), (-1, two)])
        if set(gap) <= {0}:
            return one if gap.get(0, 0) > 0 else two
        if self.absolute:
            half = Fraction(1, 2)
            return total([(half, one), (half, two), (half, self.node(gap))])
        return total([(1, two), (1, self.node(gap))])

    def node(self, form: Form) -> Form:
        """The value of the node at a form, a new one or a multiple of an earlier one."""
        slots = sorted(form)
        row = primitive([form[slot] for slot in slots])
        scale = form[slots[0]] / row[0]
        if self.absolute and row[0] < 0:
            row, scale = tuple(-c for c in row), -scale
        key = tuple(zip(slots, row, strict=True))
        if key not in self._known:
            self._known[key] = (self.a + 1 + len(self.nodes), scale)
            self.nodes.append(form)
        slot, own = self._known[key]
        return {slot: abs(scale / own)}


def total(pairs: Sequence[tuple[Any, Form]]) -> Form:
    """The sum of multiples of forms."""
    found: Form = {}
    for c, form in pairs:
        if c:
            for slot, value in form.items():
                found[slot] = found.get(slot, Fraction(0)) + c * value
    return {slot: value for slot, value in found.items() if value}


def switched(f: Expression, domain: Any, switches: Switches) -> list[Form]:
    """The outputs of f, node by node.

    Those of its lattice form if it has a node such as `where`, which is no maximum of minima of
    its operands by itself.
    """
    found = composed(linear_program_of(f), switches.start(), switches)
    if found is not None:
        return only_needed(found, switches)
    cells = cells_of(f, domain)
    outputs = []
    for k in range(f.size):
        parts = [
            switches.minimum([{i: c for i, c in enumerate(row) if c} for row in term])
            for term in lattice_terms(cells, k)
        ]
        outputs.append(switches.maximum(parts))
    return only_needed(outputs, switches)


def only_needed(outputs: list[Form], switches: Switches) -> list[Form]:
    """The outputs over the nodes that some output reads, directly or not, numbered anew."""
    first = switches.a + 1
    needed: set[int] = set()
    pending = [slot for form in outputs for slot in form if slot >= first]
    while pending:
        slot = pending.pop()
        if slot not in needed:
            needed.add(slot)
            pending += [s for s in switches.nodes[slot - first] if s >= first]
    place = {slot: first + i for i, slot in enumerate(sorted(needed))}

    def moved(form: Form) -> Form:
        return {place.get(slot, slot): c for slot, c in form.items()}

    switches.nodes = [moved(switches.nodes[slot - first]) for slot in sorted(needed)]
    return [moved(form) for form in outputs]
