"""Refinement in blocks, so that memory depends on the size of a block and not on all faces.

A complex of more faces than the budget is split along a unit that it has been refined by: each
part is closed, and a face in several of them belongs to the first. The parts are then refined
one after the other, depth first. Every face of the whole lies in one block that owns it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from piecewise_mt.calculus.evaluation.program import Program
from piecewise_mt.calculus.partition.refinement import (
    Refinement,
    counted,
    partition,
    started,
)
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.geometry.engine import AnyComplex
from piecewise_mt.geometry.kernel_rows import Unsuited
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import collector_frozen

Path: TypeAlias = tuple[tuple[int, tuple[int, ...], int], ...]
"""How a block came about: after which step, by which bits, and which of the parts it is."""
BUDGET = 100_000
"""Faces of a block, some ten megabytes."""
GAIN = 0.9
"""A split is made if each part has less than this share of the generators."""
ANY = sys.maxsize
"""The faces of one block are not limited but by memory."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the faces; it owns those whose words have all bits of `owned`."""

    cells: AnyComplex
    owned: int
    path: Path

    @property
    def f_vector(self) -> tuple[int, ...]:
        """How many strata of each dimension 0, …, a the block owns."""
        return counted(self.cells, self.owned)


def require_block(block: Any) -> None:
    """Refuse what is no number of faces of a block.

    Raises
    ------
    PiecewiseError
        If it is no integer from 1 on.
    """
    if isinstance(block, bool) or not isinstance(block, int) or block < 1:
        raise PiecewiseError(
            f"expected a number of faces from 1 on as block, got {block!r}; leave it out"
        )


@dataclass(slots=True)
class _Open:
    """A block that is not finished."""

    refinement: Refinement
    owned: int
    path: Path

    @property
    def is_empty(self) -> bool:
        """Whether it owns no face."""
        return self.refinement.cells.level_sizes()[1] == 0

    def part(self, bits: tuple[int, ...], place: int, *, last: bool) -> _Open:
        """One part of a split; the last one takes the place of the whole."""
        refinement = self.refinement if last else self.refinement.copy()
        owned = self.owned
        for bit in bits[:place]:
            owned |= 1 << bit
        refinement.cells.carve(1 << bits[place], owned)
        # the last part is made when the others have their copies
        return _Open(refinement, owned, (*self.path, (refinement.done, bits, place)))


def blocks(
    program: Program, domain: Polyhedron | None, budget: int = BUDGET, path: Path = ()
) -> Iterator[Block]:
    """All faces on which the labels of all units are constant, block by block.

    Parameters
    ----------
    budget : int
        A complex of more faces is split, if it can be.
    path : Path
        Only the blocks under this one: the path of a block, or the beginning of one, which may
        have come from another process.

    Raises
    ------
    OutsideDomain
        If the domain is empty.
    NotContinuous
        From a ``where`` that jumps inside the domain.

    Notes
    -----
    A program with smooth nodes is one block: kinks behind these look at all full faces.
    """
    yield from Walk(program, domain, budget, path)


class Walk(Iterator[Block]):
    """The blocks of :func:`blocks`, one after the other; it may be left and gone on elsewhere.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> walk = Walk(compile_program(mt.relu(x) + mt.abs(y)), None, budget=5)
    >>> own, left = next(walk), walk.left
    >>> rest = [Walk(walk.program, None, 5, path) for path in left]
    >>> sum(own.f_vector) + sum(sum(block.f_vector) for part in rest for block in part)
    9
    """

    def __init__(
        self, program: Program, domain: Polyhedron | None, budget: int = BUDGET, path: Path = ()
    ) -> None:
        self.program = program
        self.domain = domain
        self.budget = budget
        self._pending: list[_Open] | None = None
        self._start = path

    @property
    def left(self) -> list[Path]:
        """The paths of what has not been walked, in order."""
        if self._pending is None:
            return [self._start]
        return [block.path for block in reversed(self._pending)]

    def __next__(self) -> Block:
        if self.program.is_smooth:
            return self._whole()
        pending = self._begun()
        while pending:
            block, others = self._advance(pending.pop())
            if not others:
                return Block(block.refinement.cells, block.owned, block.path)
            pending += [*reversed(others), block]
        raise StopIteration

    def spread(self, count: int) -> list[Path]:
        """Split until there are so many paths, or nothing is left to split; all of them.

        Blocks are finished on the way only if they are not above the budget; their paths are
        among the others.
        """
        if self.program.is_smooth:
            return [self._start]
        finished: list[Path] = []
        pending = self._begun()
        while pending and len(pending) + len(finished) < count:
            # the oldest is the one that has been split the least
            block, others = self._advance(pending.pop(0))
            if others:
                pending += [block, *others]
            else:
                finished.append(block.path)
        return finished + [block.path for block in pending]

    def _begun(self) -> list[_Open]:
        """The blocks that are left, the first one at the end."""
        if self._pending is None:
            with collector_frozen():
                self._pending = [_followed(self.program, self.domain, self._start)]
        return self._pending

    def _advance(self, block: _Open) -> tuple[_Open, list[_Open]]:
        with collector_frozen():
            try:
                return _advanced(block, self.budget)
            except Unsuited:
                own = _followed(self.program, self.domain, block.path, in_python=True)
                return _advanced(own, self.budget)

    def _whole(self) -> Block:
        """Of a program with smooth nodes all faces at once."""
        if self._pending is not None:
            raise StopIteration
        self._pending = []
        cut = partition(self.program, self.domain, ANY)
        return Block(cut.cells, cut.strict, ())


def _followed(
    program: Program, domain: Polyhedron | None, path: Path, *, in_python: bool = False
) -> _Open:
    """The block at the end of a path."""
    try:
        refinement = started(program, domain, ANY, in_python=in_python)
        block = _Open(refinement, refinement.cells.inside, ())
        for done, bits, place in path:
            while refinement.done < done:
                refinement.step()
            block = block.part(bits, place, last=True)
    except Unsuited:
        return _followed(program, domain, path, in_python=True)
    return block


def _advanced(block: _Open, budget: int) -> tuple[_Open, list[_Open]]:
    """Refine a block to its end, or until it is split: its first part, and the others in order."""
    refinement = block.refinement
    while True:
        if len(refinement.cells) > budget and not refinement.is_done:
            bits = _balanced(refinement)
            if bits:
                parts = [
                    block.part(bits, place, last=place + 1 == len(bits))
                    for place in range(len(bits))
                ]
                first, *others = [part for part in parts if not part.is_empty]
                return first, others
        if refinement.is_done:
            return block, []
        refinement.step()


def _balanced(refinement: Refinement) -> tuple[int, ...]:
    """Bits, one of which every face lacks, so that those which lack one of them are few.

    They are the two of a kink, or those of all operands of a maximum; () if nothing helps.
    """
    cells = refinement.cells
    counts = [*cells.bit_counts(), *[0] * refinement.program.free_bit]
    total = cells.level_sizes()[1]
    best = int(GAIN * total)
    found: tuple[int, ...] = ()
    for index in refinement.finished:
        unit = refinement.units[index]
        marks = range(unit.bit, unit.bit + unit.atom.bits, 2)
        split: list[tuple[int, ...]] = [(bit + 1, bit) for bit in marks]
        if len(marks) > 1 and not any(counts[bit + 1] for bit in marks):
            # a mark that is never negative says that the operand is not the one
            split = [tuple(marks)]
        for bits in split:
            largest = total - min(counts[bit] for bit in bits)
            if largest < best and _covers(cells, bits):
                best, found = largest, bits
    return found


def _covers(cells: AnyComplex, bits: Sequence[int]) -> bool:
    """Whether every face lacks one of the bits."""
    if len(bits) == 2 and bits[0] == bits[1] + 1:
        return True  # those of one kink
    return not any(cells.count(sum(1 << bit for bit in bits)))
