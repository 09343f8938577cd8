"""Rows of affine maps that repeat a pattern, as those of convolutions do: made when asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias, overload

Row: TypeAlias = tuple[tuple[int, Fraction], ...]
Pairs: TypeAlias = Sequence[tuple[int, int]]


class SharedRows(Sequence[Row]):
    """Row ``k`` has a term for each pair of a block and each pair of a window.

    With n windows it is block ``k // n`` and window ``k % n``; the pairs (a, b) and (i, m) stand
    for entry a + i of the operand times the weight b + m, and weights that vanish are left out.
    A convolution has one window a position and one block an output channel: that is all it keeps.

    Examples
    --------
    >>> windows = [[(0, 0), (1, 1)], [(1, 0), (2, 1)]]
    >>> rows = SharedRows(windows, [[(0, 0)]], [Fraction(1), Fraction(-2)])
    >>> [[(i, str(c)) for i, c in row] for row in rows]
    [[(0, '1'), (1, '-2')], [(1, '1'), (2, '-2')]]
    >>> len(rows), rows[-1] == rows[1], rows.term_count
    (2, True, 4)
    """

    __slots__ = ("blocks", "weights", "windows")

    def __init__(
        self, windows: Sequence[Pairs], blocks: Sequence[Pairs], weights: Sequence[Fraction]
    ) -> None:
        self.windows = tuple(tuple(window) for window in windows)
        self.blocks = tuple(tuple(block) for block in blocks)
        self.weights = tuple(weights)

    def __len__(self) -> int:
        return len(self.blocks) * len(self.windows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        block, window = divmod(range(len(self))[index], len(self.windows))
        return self._row(self.blocks[block], self.windows[window])

    def __iter__(self) -> Iterator[Row]:
        for block in self.blocks:
            for window in self.windows:
                yield self._row(block, window)

    @property
    def term_count(self) -> int:
        """How many terms all rows have, without making them."""
        places = Counter(m for window in self.windows for _, m in window)
        starts = Counter(b for block in self.blocks for _, b in block)
        weights = self.weights
        return sum(
            times * sum([count for m, count in places.items() if weights[b + m]])
            for b, times in starts.items()
        )

    def _row(self, block: Pairs, window: Pairs) -> Row:
        weights = self.weights
        return tuple((a + i, c) for a, b in block for i, m in window if (c := weights[b + m]))
