"""What is left of any atom near a point, to first order, read off its kinks."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.functions.atoms.base import (
    Atom,
    Constraint,
    Form,
    Kink,
    Label,
    Mixture,
    Sides,
    Weights,
    mixed,
)
from piecewise_mt.functions.atoms.ties import Parameter
from piecewise_mt.memory import cached_property


def local_form(atom: Atom, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]]:
    """A positively homogeneous atom, and the operands whose increments it takes.

    The one that the atom declares, else that of its kinks that are zero at these values.
    """
    found = atom.localized(values)
    return (Near(atom, values), tuple(range(atom.arity))) if found is None else found


class Near(Atom):
    """An atom of the increments of its operands at a point: kinks away from it have one sign.

    Labels are those of the atom. Its tie rule does not matter, and has no parameters.
    """

    told_at_infinity = True

    def __init__(self, atom: Atom, values: Sequence[Fraction]) -> None:
        self.atom = atom
        self.values = tuple(values)
        self.arity = atom.arity
        self.kind = atom.kind
        self.name = atom.name
        self.parameters = atom.parameters

    @property
    def key(self) -> Hashable:
        return (type(self), self.atom.key, self._near)

    @cached_property
    def _near(self) -> tuple[tuple[Kink, ...], tuple[tuple[int, int | Mixture], ...]]:
        """The kinks that are left, and at every mark its sign or what it is to first order."""
        known: list[Any] = list(self.values)
        # every value of the atom as a mixture of those here
        here = [Mixture(((i, 1),)) for i in range(self.arity)]
        fresh = self.arity
        kinks = []

        def moved(mixture: Mixture) -> Mixture:
            total: dict[int, int | Fraction] = {}
            for index, c in mixture.terms:
                for i, factor in here[index].terms:
                    total[i] = total.get(i, 0) + c * factor
            return Mixture(tuple((i, c) for i, c in total.items() if c))

        for kink in self.atom.kinks():
            height = mixed(kink.form, known)
            found = [mixed(first if height > 0 else other, known) for first, other in kink.selected]
            if height:
                here += [moved(first if height > 0 else other) for first, other in kink.selected]
            else:
                pairs = tuple((moved(first), moved(other)) for first, other in kink.selected)
                kinks.append(Kink(moved(kink.form), pairs))
                for _ in pairs:
                    here.append(Mixture(((fresh, 1),)))
                    fresh += 1
            known += found
        marks: list[tuple[int, int | Mixture]] = []
        for k, mark in enumerate(self.atom.marks()):
            height = mixed(mark, known)
            marks.append((k, (1 if height > 0 else 2) if height else moved(mark)))
        return tuple(kinks), tuple(marks)

    def kinks(self) -> tuple[Kink, ...]:
        return self._near[0]

    def marks(self) -> tuple[Mixture, ...]:
        return tuple(mark for _, mark in self._near[1] if isinstance(mark, Mixture))

    def label(self, bits: int) -> Label:
        whole = own = 0
        for k, mark in self._near[1]:
            if isinstance(mark, Mixture):
                whole |= ((bits >> (2 * own)) & 3) << (2 * k)
                own += 1
            else:
                whole |= mark << (2 * k)
        return self.atom.label(whole)

    def label_text(self, label: Label) -> str:
        return self.atom.label_text(label)

    def constraints(self, label: Label) -> list[Constraint]:
        result = []
        for (coefficients, constant), relation in self.atom.constraints(label):
            own = Mixture(tuple(enumerate(coefficients)), constant)
            if not mixed(own, self.values):
                result.append(Constraint(Form(coefficients, 0), relation))
        return result

    @property
    def sides(self) -> Sides | None:
        sides = self.atom.sides
        is_tie = sides is not None and self.atom.label_at(self.values) == sides.tie
        return sides if is_tie else None

    def outputs(self) -> tuple[Form, ...]:
        return tuple(Form(coefficients, 0) for coefficients, _ in self.atom.outputs())

    def output(self, label: Label) -> int:
        return self.atom.output(label)

    def localized(self, values: Sequence[Fraction]) -> None:
        return None

    def branch(self, label: Label) -> Label:
        return label

    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        return self.constraints(label)

    def weights(self, label: Label, parameter: Parameter) -> Weights:
        return self.selection(label)
