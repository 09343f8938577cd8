"""Forms that are composed node by node, from what :meth:`Atom.max_min` says of each node.

A node that says nothing but has a rank, such as the median, is a few exchanges of a selection
network: each puts two operands in order by one maximum and one minimum. A `where` whose sides
differ by a multiple of its condition's form is a maximum, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar

from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.functions.atoms.base import Lattice

T = TypeVar("T")
Ranked: TypeAlias = Callable[[Sequence[T], int, Lattice[T]], T]


class TooLong(Exception):
    """A form beyond the limit of its kind."""


def composed(
    program: Program, start: Sequence[T], lattice: Lattice[T], ranked: Ranked[T] | None = None
) -> list[T] | None:
    """The outputs of a program in a lattice; None if a node is no maximum of minima by itself.

    Parameters
    ----------
    program : Program
        Without smooth units.
    start : sequence
        The constant 1 and the variables in the lattice.
    lattice : Lattice
    ranked : function, optional
        The value of a rank among operands; by default :func:`of_rank`.
    """
    chosen = ranked or of_rank
    slots = list(start)
    for unit in program.units:
        operands = [combined(row, slots, lattice) for row in unit.operands]
        if unit.atom.rank is not None:
            slots.append(chosen(operands, unit.atom.rank, lattice))
            continue
        found = unit.atom.max_min(operands, lattice)
        if found is None:
            found = of_two_sides(unit, operands, lattice)
        if found is None:
            return None
        slots.append(found)
    return [combined(row, slots, lattice) for row in program.outputs]


def of_two_sides(unit: Unit, operands: Sequence[T], lattice: Lattice[T]) -> T | None:
    """A choice by the sign of one form, to which the difference of the sides is proportional.

    So where(x > y, x, y) is y + max(0, x - y). None for any other.
    """
    atom = unit.atom
    kinks = atom.kinks()
    if atom.sides is None or len(kinks) != 1:
        return None
    above, below = (atom.outputs()[atom.output(atom.label(bits))] for bits in (1, 2))
    pairs = enumerate(zip(above.coefficients, below.coefficients, strict=True))
    jump = _row(unit, [(i, a - b) for i, (a, b) in pairs], above.constant - below.constant)
    gap = _row(unit, kinks[0].form.terms, kinks[0].form.constant)
    ratio = Fraction(0)
    if jump:
        slot = min(jump)
        ratio = jump[slot] / gap[slot] if slot in gap else ratio
        if not ratio or jump != {slot: ratio * c for slot, c in gap.items()}:
            return None
    terms = [(Fraction(c), operands[i]) for i, c in enumerate(below.coefficients) if c]
    lower = lattice.affine(terms, Fraction(below.constant))
    if not ratio:
        return lower
    form = kinks[0].form
    own = lattice.affine([(Fraction(c), operands[i]) for i, c in form.terms], form.constant)
    hinge = lattice.maximum([lattice.affine((), 0), own])
    return lattice.affine([(1, lower), (ratio, hinge)], 0)


def _row(unit: Unit, terms: Iterable[tuple[int, Any]], constant: Any) -> dict[int, Fraction]:
    """A form of a unit's operands over slots, without zeros."""
    found = {0: Fraction(constant)}
    for i, c in terms:
        for slot, value in unit.operands[i].items():
            found[slot] = found.get(slot, Fraction(0)) + Fraction(c) * Fraction(value)
    return {slot: value for slot, value in found.items() if value}


def combined(row: Slots, slots: Sequence[T], lattice: Lattice[T]) -> T:
    """A sparse affine form of slots."""
    terms = [(Fraction(c), slots[slot]) for slot, c in sorted(row.items()) if slot and c]
    return lattice.affine(terms, Fraction(row.get(0, 0)))


def of_rank(operands: Sequence[T], rank: int, lattice: Lattice[T]) -> T:
    """The value of a rank, from 0, in increasing order: a selection network."""
    n = len(operands)
    if rank == n - 1:
        return lattice.maximum(operands)
    if rank == 0:
        return lattice.minimum(operands)
    own = list(operands)
    if rank >= n // 2:
        # the largest goes to the end, then the next one
        for last in range(n - 1, rank - 1, -1):
            for i in range(last):
                pair = own[i : i + 2]
                own[i], own[i + 1] = lattice.minimum(pair), lattice.maximum(pair)
        return own[rank]
    for first in range(rank + 1):
        for i in range(n - 1, first, -1):
            pair = own[i - 1 : i + 1]
            own[i - 1], own[i] = lattice.minimum(pair), lattice.maximum(pair)
    return own[rank]
