"""Sums of maxima that share no variables: their gradients are chosen block by block.

The 1-norm of n variables has 2ⁿ gradients, but n blocks of two. Where neither a maximum nor a row
of the domain links two blocks of variables, every combination of gradients of the blocks is that
of an open set, so that a norm that is a maximum or a sum over blocks is largest where each is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import product
from math import prod
from typing import Any

import sympy

from piecewise_mt.calculus.local.reduction import Matrix
from piecewise_mt.calculus.partition.maxima import Key, Maxima, Term
from piecewise_mt.calculus.properties.lipschitz_proofs import constant_text, lipschitz_question
from piecewise_mt.calculus.properties.sum_of_maxima import MAX_CHOICES, gradients_inside
from piecewise_mt.calculus.results.proof import Proof, Question, same
from piecewise_mt.exact.shape_certificates import check_attained, check_norm
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron

Largest = Callable[[Sequence[Matrix]], Matrix]
"""The first matrix of largest norm among some, which need not have one shape."""


@dataclass(frozen=True)
class Block:
    """Variables, by their places, and the gradients by them, each with a point where it is."""

    columns: tuple[int, ...]
    gradients: dict[Matrix, Any]


@dataclass(frozen=True)
class Steepest:
    """A gradient of largest norm, and a point where it is."""

    matrix: Matrix
    point: tuple[Fraction, ...]


def separate_blocks(maxima: Maxima, domain: Polyhedron | None) -> list[Block] | None:
    """The blocks of variables; None if one has too many gradients, or there is but one."""
    a = len(maxima.names)
    if domain is not None and domain.equations:
        return None
    rows = [] if domain is None else list(domain.inequalities)
    links = [_variables(term) for term in maxima.terms]
    links += [[i for i, c in enumerate(row[1:]) if c] for row, _ in rows]
    components = _components(a, links)
    if len(components) < 2:
        return None
    blocks = []
    for columns in components:
        place = {column: i for i, column in enumerate(columns)}
        names = tuple(maxima.names[column] for column in columns)
        inside = [
            ((row[0], *(row[1 + column] for column in columns)), strict)
            for row, strict in rows
            # a row without variables concerns all blocks
            if any(row[1 + column] for column in columns) or not any(row[1:])
        ]
        own = [t for t, term in enumerate(maxima.terms) if place.keys() & {*_variables(term)}]
        part = Maxima(
            names,
            tuple(Term(_moved_forms(maxima.terms[t], place), maxima.terms[t].rank) for t in own),
            tuple(
                (
                    {place[s - 1] + 1: c for s, c in form.items() if s and s - 1 in place},
                    {own.index(t): c for t, c in factors.items() if t in own},
                )
                for form, factors in maxima.outputs
            ),
        )
        found = gradients_inside(part, Polyhedron(names, [], inside))
        if not found:
            return None
        blocks.append(Block(columns, found))
    return blocks


def steepest_of(blocks: Sequence[Block], norm: Any, largest: Largest) -> Steepest | None:
    """A gradient of largest norm; None if too many combinations would have to be tried."""
    if norm == 1:
        # the largest column sum: the steepest of each block, whatever the others are
        chosen: list[Matrix] | None = [largest(list(block.gradients)) for block in blocks]
    elif norm == sympy.oo:
        chosen = _largest_row(blocks)
    else:
        chosen = _largest_by_rows(blocks, largest)
    if chosen is None:
        return None
    a = sum(len(block.columns) for block in blocks)
    point = [Fraction(0)] * a
    for block, own in zip(blocks, chosen, strict=True):
        for column, value in zip(block.columns, block.gradients[own], strict=True):
            point[column] = value
    return Steepest(_joined(blocks, chosen), tuple(point))


def _largest_row(blocks: Sequence[Block]) -> list[Matrix]:
    """What makes the largest row sum of absolute values: in one row, the largest of each block."""

    def size(row: int, matrix: Matrix) -> Fraction:
        return sum(map(abs, matrix[row]), Fraction(0))

    best: tuple[Fraction, list[Matrix]] | None = None
    for row in range(len(next(iter(blocks[0].gradients)))):
        own = [max(block.gradients, key=partial(size, row)) for block in blocks]
        total = sum((size(row, matrix) for matrix in own), Fraction(0))
        if best is None or total > best[0]:
            best = total, own
    assert best is not None
    return best[1]


def _largest_by_rows(blocks: Sequence[Block], largest: Largest) -> list[Matrix] | None:
    """What makes the largest spectral norm, which is a maximum over blocks of rows and columns."""
    chosen = [next(iter(block.gradients)) for block in blocks]
    for rows, own in _groups(blocks):
        if len(rows) == 1:
            # the square of the norm of one row is a sum over blocks
            for k in own:
                chosen[k] = largest(list(blocks[k].gradients))
            continue
        if prod(len(blocks[k].gradients) for k in own) > MAX_CHOICES:
            return None
        tried: dict[Matrix, tuple[Matrix, ...]] = {}
        for choice in product(*(blocks[k].gradients for k in own)):
            tried.setdefault(_side_by_side(choice), choice)
        for k, matrix in zip(own, tried[largest(list(tried))], strict=True):
            chosen[k] = matrix
    return chosen


@dataclass(frozen=True)
class SeparateProof(Proof):
    """lower ≤ L² ≤ upper for the best constant L, by the gradients of each block.

    As in :class:`LipschitzProof`, where the gradients are all combinations of those of the blocks;
    the lists have all gradients of a block: linear programs find them anew in ``verify``.
    """

    ord: Any
    blocks: tuple[Block, ...]
    attained: Matrix
    direction: tuple[Fraction, ...]
    lower: Fraction
    upper: Fraction
    constant: sympy.Expr
    """L."""
    _function: Expression = field(repr=False)
    _domain: Polyhedron | None = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return constant_text(self)

    def _question(self) -> Question:
        return lipschitz_question(self)

    def _check(self) -> bool:
        from piecewise_mt.calculus.properties.lipschitz import evidence_by_blocks

        norm = None if self.ord == sympy.oo else self.ord
        return (
            same(evidence_by_blocks(self._function, self.ord, self._domain), self)
            and self.lower <= self.upper
            and sorted(c for own in self.blocks for c in own.columns)
            == list(range(len(self.attained[0])))
            and all(
                tuple(tuple(row[c] for c in own.columns) for row in self.attained) in own.gradients
                for own in self.blocks
            )
            and self._bounded()
            and check_attained(self.attained, norm, self.lower, self.direction)
        )

    def _bounded(self) -> bool:
        if self.ord == 1:
            return all(check_norm(m, 1, self.upper) for own in self.blocks for m in own.gradients)
        power = 1 if self.ord == sympy.oo else 2

        def size(row: int, own: Block) -> Fraction:
            return max(
                sum((abs(v) ** power for v in matrix[row]), Fraction(0)) for matrix in own.gradients
            )

        for rows, places in _groups(self.blocks):
            if self.ord == 2 and len(rows) > 1:
                parts = (self.blocks[k].gradients for k in places)
                if not all(
                    check_norm(_side_by_side(choice), 2, self.upper) for choice in product(*parts)
                ):
                    return False
                continue
            for row in rows:
                total = sum((size(row, self.blocks[k]) for k in places), Fraction(0))
                if total ** (2 // power) > self.upper:
                    return False
        return True


def _groups(blocks: Sequence[Block]) -> list[tuple[tuple[int, ...], list[int]]]:
    """Rows that blocks link, with these blocks: the gradients are block diagonal by them."""
    touched = [
        {i for m in block.gradients for i, row in enumerate(m) if any(row)} for block in blocks
    ]
    count = len(next(iter(blocks[0].gradients)))
    return [
        (rows, [k for k, own in enumerate(touched) if own & set(rows)])
        for rows in _components(count, [sorted(own) for own in touched])
    ]


def _variables(term: Term) -> list[int]:
    """The places of the variables of a term."""
    return sorted({slot - 1 for form in term.forms for slot, _ in form if slot})


def _moved_forms(term: Term, place: dict[int, int]) -> tuple[Key, ...]:
    return tuple(
        tuple((place[slot - 1] + 1 if slot else 0, c) for slot, c in form) for form in term.forms
    )


def _components(count: int, links: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """The connected components of 0, …, count - 1, each and all in increasing order."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for link in links:
        for i in link[1:]:
            one, other = sorted((root(link[0]), root(i)))
            parent[other] = one
    found: dict[int, list[int]] = {}
    for i in range(count):
        found.setdefault(root(i), []).append(i)
    return list(map(tuple, found.values()))


def _side_by_side(matrices: Sequence[Matrix]) -> Matrix:
    return tuple(tuple(v for part in parts for v in part) for parts in zip(*matrices, strict=True))


def _joined(blocks: Sequence[Block], chosen: Sequence[Matrix]) -> Matrix:
    """One gradient of the function, its columns in their places."""
    order = [column for block in blocks for column in block.columns]
    position = sorted(range(len(order)), key=order.__getitem__)
    return tuple(tuple(row[i] for i in position) for row in _side_by_side(chosen))
