"""Persistent homology of filtered complexes over the field of two elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Step: TypeAlias = tuple[Any, int, Sequence[int]]
"""When a cell enters, its dimension, and the cells of its boundary, by their place in the list."""


def bars(cells: Sequence[Step]) -> list[tuple[int, Any, Any]]:
    """The dimension, birth and death of every bar; None as death of what stays.

    Columns of the boundary matrix are reduced from the largest dimension down, and a column whose
    cell is a pivot already is not looked at (C. Chen, M. Kerber, "Persistent homology computation
    with a twist", 2011). Bars of no length are left out.

    Parameters
    ----------
    cells : sequence of (key, dimension, boundary)
        In any order; no cell enters before its boundary.

    Examples
    --------
    Two points are born, and joined:

    >>> bars([(0, 0, []), (1, 0, []), (3, 1, [0, 1])])
    [(0, 0, None), (0, 1, 3)]
    """
    order = sorted(range(len(cells)), key=lambda k: (cells[k][0], cells[k][1], k))
    place = {k: position for position, k in enumerate(order)}
    top = max((dimension for _, dimension, _ in cells), default=0)
    by_dimension: list[list[int]] = [[] for _ in range(top + 1)]
    for position, k in enumerate(order):
        by_dimension[cells[k][1]].append(position)
    paired: dict[int, int] = {}
    columns: dict[int, set[int]] = {}
    dead: set[int] = set()
    for positions in reversed(by_dimension[1:]):
        for position in positions:
            if position in paired:
                continue
            column = {place[k] for k in cells[order[position]][2]}
            while column:
                low = max(column)
                if low not in paired:
                    paired[low] = position
                    columns[low] = column
                    dead.add(position)
                    break
                column ^= columns[low]
    found = []
    for position, k in enumerate(order):
        key, dimension, _ = cells[k]
        if position in dead:
            continue
        death = cells[order[paired[position]]][0] if position in paired else None
        if death is None or death != key:
            found.append((dimension, key, death))
    return sorted(found, key=lambda bar: bar[0])
