"""The generators on which rows are zero."""

from __future__ import annotations

from collections.abc import Sequence
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

    >>> tight = Tight([(1, 0, 0), (1, 1, 0), (1, 0, 1)], [(1, -1, -1), (3, 1, 1)])
    >>> bin(tight.on((1, -1, -1))).count("1"), tight.on((3, 1, 1))
    (2, 0)
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

    def on(self, row: Sequence[int]) -> int:
        """The generators at which one of the rows is zero."""
        heights = sum(map(mul, row, self._coordinates))
        # a digit reaches its top bit iff it is positive; most rows are so everywhere
        other = self.everything & ~(heights + self._below)
        return other & ~(self._below - heights) if other else 0


def _largest(rows: Sequence[Sequence[int]]) -> int:
    values = list(chain.from_iterable(rows))
    return max(max(values), -min(values)) if values else 0
