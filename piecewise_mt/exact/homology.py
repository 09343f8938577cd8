"""Homology of finite chain complexes of free groups, exactly.

Pairs of generators whose incidence is a unit are taken out first, those that fill in least before
others (algebraic reduction, T. Kaczynski, K. Mischaikow, M. Mrozek, "Computational Homology",
2004, §4.2; discrete Morse theory is the case in which nothing fills in). What is left is small: its
Smith normal form tells ranks and torsion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TypeAlias

Column: TypeAlias = Mapping[int, int]
"""A chain: coefficients by the index of the generator."""


@dataclass(frozen=True)
class Groups:
    """The homology groups of a chain complex, by degree."""

    ranks: tuple[int, ...]
    """Of the free parts; over a field, the dimensions."""
    torsion: tuple[tuple[int, ...], ...]
    """The invariant factors above 1, each dividing the next; none over a field."""


def homology_of(boundaries: Sequence[Sequence[Column]], modulus: int = 0) -> Groups:
    """The homology of a chain complex.

    Parameters
    ----------
    boundaries : sequence of lists of columns
        For each degree the boundary of each generator, in the generators of the degree below. In
        degree 0 the columns are empty.
    modulus : int
        0 for the integers, or a prime p for the field of p elements.

    Examples
    --------
    The projective plane as one vertex, one edge and one face, which runs along the edge twice:

    >>> plane = [[{}], [{}], [{0: 2}]]
    >>> homology_of(plane)
    Groups(ranks=(1, 0, 0), torsion=((), (2,), ()))
    >>> homology_of(plane, 2).ranks
    (1, 1, 1)
    """
    count = len(boundaries)
    ranks = [0] * (count + 1)
    torsion: list[tuple[int, ...]] = [()] * count
    paired: set[int] = set()
    for degree in range(1, count):
        columns = [
            {row: value for row, value in column.items() if row not in paired}
            for column in boundaries[degree]
        ]
        paired, rest = _without_units(columns, modulus)
        factors = smith_factors(rest)
        ranks[degree] = len(paired) + len(factors)
        torsion[degree - 1] = tuple(own for own in factors if own > 1)
    free = [len(boundaries[k]) - ranks[k] - ranks[k + 1] for k in range(count)]
    return Groups(tuple(free), tuple(torsion))


def _without_units(
    given: Sequence[Mapping[int, int]], modulus: int
) -> tuple[set[int], list[dict[int, int]]]:
    """The columns that are paired with rows by units, and the columns that are left.

    A pair of row a and column b with a unit u at (a, b) splits off: other columns lose their entry
    in row a by a multiple of b. As the boundary of a boundary is 0, row b of the next matrix is 0
    in the new basis.
    """
    columns: list[dict[int, int]] = []
    rows: dict[int, set[int]] = {}
    for index, column in enumerate(given):
        own = {r: v % modulus for r, v in column.items()} if modulus else dict(column)
        own = {r: v for r, v in own.items() if v}
        columns.append(own)
        for row in own:
            rows.setdefault(row, set()).add(index)
    queue = [(len(own), row) for row, own in rows.items()]
    heapify(queue)
    paired: set[int] = set()
    while queue:
        size, row = heappop(queue)
        known = rows.get(row)
        if known is None or len(known) != size:
            # another entry of the queue has the size it has now
            continue
        units = [index for index in known if modulus or columns[index][row] in (1, -1)]
        if not units:
            continue
        pivot = min(units, key=lambda index: (len(columns[index]), index))
        chain = columns[pivot]
        unit = pow(chain[row], -1, modulus) if modulus else chain[row]
        paired.add(pivot)
        for index in known:
            if index != pivot:
                column = columns[index]
                _subtract(column, chain, column[row] * unit, modulus, index, rows, row)
                del column[row]
        del rows[row]
        for other in chain:
            if other != row:
                left = rows[other]
                left.discard(pivot)
                if left:
                    heappush(queue, (len(left), other))
                else:
                    del rows[other]
        columns[pivot] = {}
    return paired, [column for column in columns if column]


def _subtract(
    column: dict[int, int],
    chain: Mapping[int, int],
    factor: int,
    modulus: int,
    index: int,
    rows: dict[int, set[int]],
    pivot: int,
) -> None:
    """Take a multiple of a column off another one, but not in the row of the pivot."""
    for row, value in chain.items():
        if row == pivot:
            continue
        before = column.get(row, 0)
        after = before - factor * value
        if modulus:
            after %= modulus
        if after:
            column[row] = after
            if not before:
                rows[row].add(index)
        elif before:
            del column[row]
            rows[row].discard(index)


def smith_factors(columns: Sequence[Mapping[int, int]]) -> list[int]:
    """The invariant factors of an integer matrix, given by its columns.

    Examples
    --------
    >>> smith_factors([{0: 2, 1: 4}, {0: 6, 1: 8}])
    [2, 4]
    """
    matrix = [dict(column) for column in columns if column]
    factors: list[int] = []
    while matrix:
        least = min((abs(v), k, r) for k, own in enumerate(matrix) for r, v in own.items())
        _, place, row = least
        pivot = matrix[place]
        if _cleared(matrix, place, row):
            value = abs(pivot[row])
            rest = [own for k, own in enumerate(matrix) if k != place]
            odd = next((own for own in rest if any(v % value for v in own.values())), None)
            if odd is None:
                factors.append(value)
                matrix = [own for own in rest if own]
            else:
                # the factor must divide all others: a column that it does not is added to it
                for key, v in odd.items():
                    pivot[key] = pivot.get(key, 0) + v
        else:
            matrix = [own for own in matrix if own]
    return factors


def _cleared(matrix: list[dict[int, int]], place: int, row: int) -> bool:
    """Reduce by an entry of least size; whether it is the only one of its row and column."""
    pivot = matrix[place]
    value = pivot[row]
    alone = True
    for k, own in enumerate(matrix):
        if k != place and row in own:
            factor = own[row] // value
            for key, v in pivot.items():
                after = own.get(key, 0) - factor * v
                if after:
                    own[key] = after
                else:
                    own.pop(key, None)
            alone = alone and row not in own
    if not alone:
        return False
    # no other column has this row, so row operations act on this column alone
    for key in [key for key in pivot if key != row]:
        rest = pivot[key] % value
        if rest:
            pivot[key] = rest
            alone = False
        else:
            del pivot[key]
    return alone
