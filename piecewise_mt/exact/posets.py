"""Finite posets: cores, order complexes, Euler characteristics.

The order complex of a poset has a simplex for every chain. An element whose elements above have a
least one, or whose elements below have a greatest one, may be left out: the order complex stays
the same up to homotopy (R. E. Stong, "Finite topological spaces", 1966).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Chain: TypeAlias = tuple[int, ...]
Below: TypeAlias = Sequence[frozenset[int]]
"""For every element all elements below it; elements are numbered so that these come before."""


def core(below: Below) -> list[int]:
    """Elements that are left when those of no account are left out one after the other.

    Examples
    --------
    A closed segment is a point up to homotopy, whatever its ends are:

    >>> core([frozenset(), frozenset(), frozenset({0, 1})])
    [2]
    """
    lower = [set(own) for own in below]
    upper: list[set[int]] = [set() for _ in below]
    for index, own in enumerate(below):
        for other in own:
            upper[other].add(index)
    alive = set(range(len(below)))
    pending = list(range(len(below) - 1, -1, -1))
    waiting = set(pending)
    while pending:
        index = pending.pop()
        waiting.discard(index)
        if index not in alive or len(alive) == 1:
            continue
        above, under = upper[index], lower[index]
        # the one of them that has most of the others on its side is the only candidate
        least = min(above, default=-1)
        greatest = max(under, default=-1)
        if not (
            (above and len(upper[least]) == len(above) - 1)
            or (under and len(lower[greatest]) == len(under) - 1)
        ):
            continue
        alive.discard(index)
        for other in above:
            lower[other].discard(index)
        for other in under:
            upper[other].discard(index)
        for other in sorted(above | under):
            if other not in waiting:
                waiting.add(other)
                pending.append(other)
    return sorted(alive)


def restricted(below: Below, kept: Iterable[int]) -> list[frozenset[int]]:
    """The poset of some elements, numbered anew in their order."""
    numbers = {old: new for new, old in enumerate(sorted(kept))}
    return [frozenset([numbers[o] for o in below[old] if o in numbers]) for old in numbers]


def chains(below: Below) -> list[list[Chain]]:
    """All chains, by their number of elements less one, each from below.

    Examples
    --------
    >>> chains([frozenset(), frozenset({0}), frozenset({0, 1})])[1]
    [(0, 1), (0, 2), (1, 2)]
    """
    found: list[list[Chain]] = [[(index,) for index in range(len(below))]]
    above: list[list[int]] = [[] for _ in below]
    for index, own in enumerate(below):
        for other in own:
            above[other].append(index)
    while found[-1]:
        found.append([(*chain, top) for chain in found[-1] for top in above[chain[-1]]])
    found.pop()
    return found


def chain_boundaries(simplices: Sequence[Sequence[Chain]]) -> list[list[Mapping[int, int]]]:
    """The boundary of every simplex, in the order of the simplices one dimension lower."""
    found: list[list[Mapping[int, int]]] = [[{} for _ in own] for own in simplices[:1]]
    for lower, own in zip(simplices, simplices[1:]):
        place = {chain: k for k, chain in enumerate(lower)}
        found.append(
            [
                {place[c[:k] + c[k + 1 :]]: -1 if k % 2 else 1 for k in range(len(c))}
                for c in own
            ]
        )  # fmt: skip
    return found


def euler_characteristic(below: Below) -> int:
    """That of the order complex: each element counts as one less what is below it counts.

    Examples
    --------
    A circle of two points and two open arcs, and a half-open segment:

    >>> euler_characteristic([frozenset(), frozenset(), frozenset({0, 1}), frozenset({0, 1})])
    0
    >>> euler_characteristic([frozenset(), frozenset({0})])
    1
    """
    counts: list[int] = []
    for own in below:
        counts.append(1 - sum([counts[other] for other in own]))
    return sum(counts)
