"""Generators of a face complex: rows of columns, and words, without any faces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from math import gcd
from typing import TypeAlias

from piecewise_mt.exact.number_rows import normal_generator
from piecewise_mt.geometry.columns import Combination, Moves, Row, writer

ZERO, PLUS, MINUS, CUT, NEW = 0, 1, 2, 3, 4
REAL = 1
"""Bit 0 of a word: x0 > 0, so the face is not one at infinity."""
Choice: TypeAlias = Callable[[int], int]


class Reads(Enum):
    """What tells the output of a unit at a generator."""

    SIDES = "the signs of the last cut"
    GENERATORS = "the words of generators"
    FACES = "the words of full faces"


class Generators:
    """Vertices and rays of all faces, and the lines that all faces share.

    Every operation but :meth:`pick` acts on one row alone.
    """

    __slots__ = ("_last", "dimension", "generators", "lines", "words")

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.generators: list[Row] = [[1] + [0] * dimension]
        self.lines: list[Row] = [
            [0] * (i + 1) + [1] + [0] * (dimension - i - 1) for i in range(dimension)
        ]
        self.words: list[int] = [REAL]
        self._last: tuple[Combination, list[int], list[int]] | None = None
        """The last kink, with its heights and sides at the generators."""

    def append(self, combinations: Sequence[Combination]) -> None:
        """Append columns that are combinations of those before."""
        readers = [combination.read for combination in combinations]
        for row in (*self.generators, *self.lines):
            row += [read(row) for read in readers]

    def append_values(
        self, at_generators: Sequence[Sequence[int]], on_lines: Sequence[Sequence[int]]
    ) -> None:
        """Append columns with these values, linear on every face."""
        for row, values in zip(self.generators, at_generators, strict=True):
            row += values
        for row, values in zip(self.lines, on_lines, strict=True):
            row += values

    def delete(self, columns: range) -> None:
        """Delete columns that follow each other."""
        if columns:
            for row in (*self.generators, *self.lines):
                del row[columns.start : columns.stop]

    def select(self, grown: int, positive: Moves, otherwise: Moves) -> bool:
        """Write values by the signs of the last cut; whether it was positive anywhere.

        `grown` columns arise; `positive` is written where the kink is positive, and `otherwise`
        elsewhere.
        """
        assert self._last is not None
        sides = self._last[2]
        fresh = [0] * grown
        if fresh:
            for row in (*self.generators, *self.lines):
                row += fresh
        above = writer(positive)
        if otherwise:
            below = writer(otherwise)
            for side, row in zip(sides, self.generators, strict=True):
                (above if side == PLUS else below)(row)
            for row in self.lines:
                below(row)
        else:
            for side, row in zip(sides, self.generators, strict=True):
                if side == PLUS:
                    above(row)
        return PLUS in sides

    def mark(self, bit: int, combinations: Sequence[Combination]) -> None:
        """Set two bits a combination by its sign at every generator, the first one if positive."""
        words = self.words
        readers = [
            (1 << (bit + 2 * k), combination.read) for k, combination in enumerate(combinations)
        ]
        for index, row in enumerate(self.generators):
            for up, read in readers:
                height = read(row)
                if height:
                    words[index] |= up if height > 0 else up << 1

    def clear(self, bit: int, count: int) -> None:
        """Clear bits of all words."""
        keep = ~(((1 << count) - 1) << bit)
        self.words = [word & keep for word in self.words]

    def copy_bits(self, source: int, target: int, count: int, *, swapped: bool = False) -> None:
        """Copy bits of all words to where none is set; `swapped` for a kink of the other sign."""
        moves = [(source + (k ^ swapped), target + k) for k in range(count)]
        self.words = [
            word | sum([(word >> own & 1) << to for own, to in moves]) for word in self.words
        ]

    def pick(self, bits: range, outputs: Sequence[Combination], choose: Choice, how: Reads) -> None:
        """Append a column: at every generator one of `outputs`, chosen by bits of words.

        `choose` gives the place of the output for the bits. By continuity any full face that has
        the generator may be asked; ``Reads.GENERATORS`` says that the generator's own word may be.
        """
        if how is Reads.SIDES:
            self._pick_by_sides(outputs, [choose(own) for own in range(3)])
            return
        known = Known(bits, choose)
        words = self.words if how is Reads.GENERATORS else self._words_above()
        readers = [output.read for output in outputs]
        chosen = [readers[known[word]] for word in words]
        for read, row in zip(chosen, self.generators, strict=True):
            row.append(read(row))
        for row in self.lines:  # they are in every face
            row.append(chosen[0](row))

    def _pick_by_sides(self, outputs: Sequence[Combination], places: Sequence[int]) -> None:
        """The same by the signs of the last cut, where it was the only one."""
        assert self._last is not None
        kink, heights, sides = self._last
        chosen = [outputs[place] for place in places]
        factors = [output.multiple_of(kink) for output in chosen]
        zero, up, down = factors
        if zero is not None and up is not None and down is not None:
            for height, row in zip(heights, self.generators, strict=True):
                row.append((up if height > 0 else down) * height)
        else:
            readers = [output.read for output in chosen]
            for side, row in zip(sides, self.generators, strict=True):
                row.append(readers[side % NEW](row))
        read = chosen[0].read
        for row in self.lines:
            row.append(read(row))

    def _words_above(self) -> list[int]:
        raise NotImplementedError

    def differ(self, first: Combination, second: Combination, places: Sequence[int]) -> bool:
        """Whether two combinations differ at one of these generators or on a line."""
        rows = (*[self.generators[place] for place in places], *self.lines)
        return any(first.read(row) != second.read(row) for row in rows)

    def bit_counts(self) -> list[int]:
        """At how many generators each bit is set."""
        width = max(map(int.bit_length, self.words))
        return [sum(word >> bit & 1 for word in self.words) for bit in range(width)]


class Known(dict[int, int]):
    """What is chosen by some bits of words, each found once."""

    def __init__(self, bits: range, choose: Choice) -> None:
        super().__init__()
        self.shift, self.mask = bits.start, (1 << len(bits)) - 1
        self.choose = choose
        self.by_bits: dict[int, int] = {}

    def __missing__(self, word: int) -> int:
        bits = (word >> self.shift) & self.mask
        if bits not in self.by_bits:
            self.by_bits[bits] = self.choose(bits)
        found = self[word] = self.by_bits[bits]
        return found


def primitive_row(row: list[int]) -> list[int]:
    """A row without its common divisor."""
    try:
        divisor = gcd(*row)
    except TypeError:
        return normal_generator(row)
    return [value // divisor for value in row] if divisor > 1 else row
