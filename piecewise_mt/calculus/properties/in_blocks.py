"""Largest and smallest values, block by block: what is asked of many faces in little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from fractions import Fraction
from functools import partial
from operator import mul
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, selected
from piecewise_mt.calculus.partition.blocks import Block
from piecewise_mt.calculus.partition.label_order import label_order
from piecewise_mt.calculus.partition.tasks import answers
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron

Matrix = tuple[tuple[Fraction, ...], ...]


def _regions(program: Program, own: Block) -> Iterator[tuple[int, list[Any]]]:
    """Place and affine forms of the faces of largest dimension that a block owns."""
    words = own.cells.face_words()
    level = len(words) - 1
    places = [i for i, word in enumerate(words[level]) if word & own.owned == own.owned]
    mine = [words[level][i] for i in places]
    # neighbours differ in the labels of late units, so that forms are followed in few steps
    for k in label_order(program.units, mine):
        yield places[k], list(program.affine(program.labels(mine[k]), selected).outputs)


def gradients_of(program: Program, own: Block) -> list[Matrix]:
    """The different gradients on the full-dimensional faces that a block owns."""
    if len(own.cells.level_sizes()) + len(own.cells.lines) - 2 < len(program.names):
        return []
    found: dict[Matrix, None] = {}
    for _, rows in _regions(program, own):
        found[tuple(tuple(map(fraction, row[1:])) for row in rows)] = None
    return list(found)


def steepest(largest: Callable[[list[Matrix]], Matrix], program: Program, own: Block) -> Any:
    """The one of them that `largest` picks, None if there is none."""
    found = gradients_of(program, own)
    return largest(found) if found else None


def steepest_gradients(
    f: Expression,
    program: Program,
    domain: Polyhedron | None,
    largest: Callable[[list[Matrix]], Matrix],
    executor: Executor | None,
) -> list[Matrix]:
    """One gradient a block, among which is one of largest norm.

    `largest` goes to other processes, so that it is a function of a module.
    """
    asked = partial(steepest, largest)
    found = answers(f, program, domain, asked, executor)
    return list(dict.fromkeys(matrix for matrix in found if matrix is not None))


def lowest(program: Program, own: Block) -> tuple[bool, Fraction | None]:
    """Whether a scalar function is bounded below on a block, and its infimum there.

    It is affine on every face, so vertices, rays and lines decide; (True, None) if the block owns
    no face.
    """
    cells = own.cells
    level = len(cells.level_sizes()) - 1
    best: Fraction | None = None
    for index, (row, *_) in _regions(program, own):
        form = [fraction(c) for c in row]
        width = len(form)
        if any(sum(map(mul, form, line[:width])) for line in cells.lines):
            return False, None
        for generator in cells.coordinates_of(level, index):
            height = sum(map(mul, form, generator), Fraction(0))
            if not generator[0]:
                if height < 0:
                    return False, None
            elif best is None or height / generator[0] < best:
                best = height / generator[0]
    return True, best


def infimum_in_blocks(
    f: Expression, program: Program, domain: Polyhedron | None, executor: Executor | None
) -> Fraction | None:
    """The infimum of a scalar piecewise affine function, None if there is none."""
    best: Fraction | None = None
    for bounded, value in answers(f, program, domain, lowest, executor):
        if not bounded:
            return None
        if value is not None and (best is None or value < best):
            best = value
    assert best is not None
    return best
