"""The generators on which rows are zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import mul


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

    def __init__(self, generators: Sequence[Sequence[int]], rows: Sequence[Sequence[int]]) -> None:
        largest = _largest(generators) * _largest(rows)
        width = (largest * max(map(len, generators), default=1)).bit_length() + 2
        shifts = range(0, width * len(generators), width)
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
        coordinates, below, everything = self._coordinates, self._below, self.everything
        found = []
        for place, row in enumerate(rows):
            heights = sum(map(mul, row, coordinates))
            # a digit reaches its top bit iff it is positive; most rows are so everywhere
            other = everything & ~(heights + below)
            if other or not everything:
                found.append((place, other & ~(below - heights)))
        return found


def _largest(rows: Sequence[Sequence[int]]) -> int:
    values = list(chain.from_iterable(rows))
    return max(max(values), -min(values)) if values else 0
