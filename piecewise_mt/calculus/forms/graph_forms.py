"""Forms that are composed node by node, from what :meth:`Atom.max_min` says of each node.

A node that says nothing but has a rank, such as the median, is a few exchanges of a selection
network: each puts two operands in order by one maximum and one minimum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias, TypeVar

from piecewise_mt.calculus.evaluation.program import Program, Slots
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
            return None
        slots.append(found)
    return [combined(row, slots, lattice) for row in program.outputs]


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
