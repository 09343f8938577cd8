"""The generators on which rows are zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import index, mul


class Tight:
    """On which generators rows are zero, all generators at once.

    Every coordinate of all generators is packed into one whole number, whose digits have room for
    any height of a row, so that a row costs one product a coordinate. A set of generators is
    written by the top bits of their digits.

    Examples
    --------
    Of the corners (0, 0), (1, 0), (0, 1), the second and the third are on x + y = 1:

    >>> rows = [(3, 1, 1), (1, -1, -1)]
    >>> tight = Tight([(1, 0, 0), (1, 1, 0), (1, 0, 1)], rows)
    >>> [(place, bin(mask).count("1")) for place, mask in tight.on(rows)]
    [(1, 2)]
    """

    _generators: Sequence[Sequence[int]] | None

    def __init__(self, generators: Sequence[Sequence[int]], rows: Sequence[Sequence[int]]) -> None:
        try:
            self._pack(generators, rows)
        except TypeError:
            # numbers that are not rational have no digits
            self._generators = generators
            self.everything = (1 << len(generators)) - 1
            self.vertices = sum(1 << k for k, g in enumerate(generators) if g[0])

    def _pack(self, generators: Sequence[Sequence[int]], rows: Sequence[Sequence[int]]) -> None:
        largest = _largest(generators) * _largest(rows)
        width = (largest * max(map(len, generators), default=1)).bit_length() + 2
        shifts = range(0, width * len(generators), width)
        self._generators = None
        self._coordinates = [
            sum([value << shift for value, shift in zip(column, shifts)])
            for column in zip(*generators)
        ]
        ones = sum([1 << shift for shift in shifts])
        self.everything = ones << (width - 1)
        self._below = self.everything - ones
        self.vertices = sum(
            [1 << shift + width - 1 for g, shift in zip(generators, shifts) if g[0]]
        )

    def on(self, rows: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
        """The places of those of the rows that are zero at generators, and at which."""
        if self._generators is not None:
            return self._one_by_one(rows, self._generators)
        coordinates, below, everything = self._coordinates, self._below, self.everything
        found = []
        for place, row in enumerate(rows):
            heights = sum(map(mul, row, coordinates))
            # a digit reaches its top bit iff it is positive; most rows are so everywhere
            other = everything & ~(heights + below)
            if other or not everything:
                found.append((place, other & ~(below - heights)))
        return found

    def _one_by_one(
        self, rows: Iterable[Sequence[int]], generators: Sequence[Sequence[int]]
    ) -> list[tuple[int, int]]:
        found = []
        for place, row in enumerate(rows):
            mask = sum(1 << k for k, g in enumerate(generators) if not sum(map(mul, row, g)))
            if mask or not self.everything:
                found.append((place, mask))
        return found


def _largest(rows: Sequence[Sequence[int]]) -> int:
    values = list(chain.from_iterable(rows))
    index(sum(values))  # which is no whole number if one of them is none
    return max(max(values), -min(values)) if values else 0
