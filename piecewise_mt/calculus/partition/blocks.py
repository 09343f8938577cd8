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

from piecewise_mt.calculus.evaluation.program import Program, compile_program
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.partition.progress import Progress, reporting
from piecewise_mt.calculus.partition.refinement import (
    Partition,
    Refinement,
    collector_frozen,
    partition,
    started,
)
from piecewise_mt.calculus.partition.strata import Strata, strata
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.engine import AnyComplex
from piecewise_mt.geometry.kernel_rows import Unsuited
from piecewise_mt.geometry.polyhedron import Polyhedron

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
    def counts(self) -> list[int]:
        """How many faces of each level the block owns."""
        return self.cells.count(self.owned)


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
    if program.is_smooth:
        cut = partition(program, domain, ANY)
        yield Block(cut.cells, cut.strict, ())
        return
    with collector_frozen():
        pending = [_followed(program, domain, path)]
    while pending:
        block = pending.pop()
        with collector_frozen():
            try:
                block, others = _advanced(block, budget)
            except Unsuited:
                own = _followed(program, domain, block.path, in_python=True)
                block, others = _advanced(own, budget)
        if others:
            pending += [*reversed(others), block]
        else:
            yield Block(block.refinement.cells, block.owned, block.path)


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


def strata_in_blocks(f: Expression, domain: Any = None, block: int = BUDGET) -> Iterator[Strata]:
    """The strata of f, block by block; each is in one of them, in the order of its own block.

    Labels, conditions and witnesses are those of ``f.strata(domain)``; what is above or below a
    stratum is known in its block alone.
    """
    program = compile_program(f)
    region = read_domain(domain, program.names)
    for own in blocks(program, region, block):
        yield Strata(f, program, Partition(own.cells, own.owned), region)


def f_vector(
    f: Expression,
    domain: Any = None,
    *,
    block: int = BUDGET,
    progress: bool | Progress | None = None,
) -> tuple[int, ...]:
    """How many strata f has of each dimension 0, …, a, counted in bounded memory.

    The same as ``f.strata(domain).f_vector``, for functions with more faces than fit into memory:
    faces are enumerated block by block and counted, and no limit is set to them.

    Parameters
    ----------
    f : Expression
        The function.
    domain : Polyhedron, condition, str, dict or None
        Where strata are counted; None for the whole space.
    block : int
        The faces of a block, from which on it is split. Memory grows with it, some hundred bytes
        a face.
    progress : bool, callable or None
        True for a counter on stderr, or a function of the count of faces so far.

    Returns
    -------
    tuple of int
        The counts.

    Raises
    ------
    NotPolyhedral
        If a kink is not affine on a stratum.
    NotContinuous
        If a ``where`` jumps.
    OutsideDomain
        If the domain is empty.
    PiecewiseError
        For a `block` that is no number of faces.

    See Also
    --------
    Expression.strata : The strata themselves.
    mt.engine : What enumerates them.

    Notes
    -----
    A function with smooth nodes is enumerated at once, as ``f.strata`` does.

    References
    ----------
    - R. C. Buck, *Partition of space*, American Mathematical Monthly 50, 1943.

    Examples
    --------
    Two crossing lines cut the plane into 4 regions, here a few faces at a time:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.f_vector(mt.relu(x) + mt.abs(y))
    (1, 4, 4)
    >>> mt.f_vector(mt.relu(x) + mt.abs(y), "x > 0", block=5)
    (0, 1, 2)
    """
    if isinstance(block, bool) or not isinstance(block, int) or block < 1:
        raise PiecewiseError(
            f"expected a number of faces from 1 on as block, got {block!r}; leave it out"
        )
    program = compile_program(f)
    if program.is_smooth:
        return strata(f, domain, max_faces=ANY, progress=progress).f_vector
    region = read_domain(domain, program.names)
    counts = [0] * (len(program.names) + 1)
    with reporting(progress, "faces") as report:
        for own in blocks(program, region, block):
            shift = len(own.cells.lines) - 1
            for level, count in enumerate(own.counts):
                if count:
                    counts[level + shift] += count
            if report is not None:
                report(sum(counts))
    return tuple(counts)
