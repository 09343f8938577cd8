"""The face complex on NumPy's arrays: the same faces as those of FaceComplex, in their order.

Generators are the columns of a matrix (``geometry.array_rows``), edges are pairs, the faces above
have their facets in one array a level (``geometry.array_levels``), and words are kept in chunks of
64 bits at the generators. Lines, of which there are few, are lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from piecewise_mt.geometry.array_faces import ArrayFaces
from piecewise_mt.geometry.array_labels import (
    chunked,
    counted_bits,
    covers,
    integers,
    patterns,
)
from piecewise_mt.geometry.array_rows import Array, ListRows, rows_of
from piecewise_mt.geometry.columns import Combination, Moves, Row, shifted, writer
from piecewise_mt.geometry.complex import Face, FaceComplex, generators_in, members, require_size
from piecewise_mt.geometry.generators import (
    MINUS,
    NEW,
    PLUS,
    ZERO,
    Choice,
    Reads,
    primitive_row,
)
from piecewise_mt.memory import cached_property

Found = TypeVar("Found")


class ArrayComplex(ArrayFaces):
    """All faces of a subdivision of R^d, in arrays; starts as a copy of a complex in lists.

    Parameters
    ----------
    cells : FaceComplex
        The faces so far.
    bits : int
        How many bits words have.
    """

    def __init__(self, cells: FaceComplex, bits: int) -> None:
        super().__init__(cells, bits)
        self.dimension = cells.dimension
        self.inside = cells.inside
        self.lines: list[Row] = [list(line) for line in cells.lines]
        self._kink: Combination | None = None

    @property
    def tier(self) -> str:
        """What numbers rows have."""
        return "lists" if isinstance(self._rows, ListRows) else "64-bit integers"

    def copy(self) -> ArrayComplex:
        """See :meth:`FaceComplex.copy`."""
        twin: ArrayComplex = object.__new__(ArrayComplex)
        twin.__dict__.update(self.__dict__)
        twin.lines = [list(line) for line in self.lines]
        twin._rows = self._rows.copy()
        twin._words = self._words.copy()
        twin._edges = self._edges.copy()
        twin._upper = [level.copy() for level in self._upper]
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> ArrayComplex:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _itself, (self.in_lists(),)

    def in_lists(self) -> FaceComplex:
        """The same complex for the Python engine."""
        cells = FaceComplex(self.dimension, self.max_faces, self.on_cut)
        cells.generators = self._rows.lists()
        cells.lines = [list(line) for line in self.lines]
        cells.inside, cells.words = self.inside, list(self.words)
        cells.levels = [list(faces) for faces in self.levels]
        return cells

    # -- refinement ------------------------------------------------------------------------

    def cut(self, kink: Combination, bit: int = -1) -> None:
        """See :meth:`FaceComplex.cut`."""
        self._forget()
        self._kink = kink
        for index, line in enumerate(self.lines):
            if kink.read(line):
                self._cut_along_line(index, kink, bit)
                return
        sides = self._ranged(lambda rows: rows.cut(kink))
        present = np.bincount(sides, minlength=3)
        count = len(sides)
        self._sides = sides
        if present[PLUS] and present[MINUS] and self._edges.shape[1]:
            self._cut(sides, bool(present[ZERO]))
        if bit >= 0:
            self._set_signs(bit, sides, count)

    def _cut_along_line(self, index: int, kink: Combination, bit: int) -> None:
        read = kink.read
        line = self.lines.pop(index)
        scale = read(line)
        if scale < 0:
            line, scale = [-value for value in line], -scale
        moved = [shifted(row, line, read(row), scale) for row in self._rows.lists()]
        self.lines = [shifted(row, line, read(row), scale) for row in self.lines]
        count = len(moved)
        self._rows = rows_of([*moved, line, [-value for value in line]])
        heights = [0] * count + [scale, -scale]
        self._rows.heights = heights
        if not isinstance(self._rows, ListRows):
            try:
                self._rows.heights = np.array(heights, dtype=np.int64)
            except OverflowError:
                self._rows = self._rows.as_lists(heights)
        self._sides = np.zeros(count + 2, dtype=np.uint8)
        self._sides[-2:] = PLUS, MINUS
        self._words = np.concatenate(
            (self._words, np.zeros((len(self._words), 2), dtype=np.uint64)), axis=1
        )
        if bit >= 0:
            self._set_signs(bit, self._sides, count + 2)
        self._triple(count)
        require_size(len(self), self.max_faces, self.on_cut)

    def _set_signs(self, bit: int, sides: Array, count: int) -> None:
        """Set two bits of the first generators by their signs."""
        for own, side in ((bit, PLUS), (bit + 1, MINUS)):
            self._words[own // 64, :count] |= (sides == side).astype(np.uint64) << np.uint64(
                own % 64
            )

    def clear(self, bit: int, count: int) -> None:
        """See :meth:`FaceComplex.clear`."""
        self._forget()
        self._words &= ~chunked([((1 << count) - 1) << bit], len(self._words))

    def copy_bits(self, source: int, target: int, count: int, *, swapped: bool = False) -> None:
        """See :meth:`FaceComplex.copy_bits`."""
        self._forget()
        words = self._words.copy()
        for k in range(count):
            own, to = source + (k ^ swapped), target + k
            bits = words[own // 64] >> np.uint64(own % 64) & np.uint64(1)
            self._words[to // 64] |= bits << np.uint64(to % 64)

    # -- columns ---------------------------------------------------------------------------

    def append(self, combinations: Sequence[Combination]) -> None:
        """See :meth:`FaceComplex.append`."""
        self._forget()
        self._ranged(lambda rows: rows.append(combinations))
        for line in self.lines:
            line += [own.read(line) for own in combinations]

    def append_values(
        self, at_generators: Sequence[Sequence[int]], on_lines: Sequence[Sequence[int]]
    ) -> None:
        """See :meth:`FaceComplex.append_values`."""
        self._forget()
        rows = self._rows.lists()
        self._rows = rows_of([[*row, *more] for row, more in zip(rows, at_generators, strict=True)])
        for line, values in zip(self.lines, on_lines, strict=True):
            line += values

    def delete(self, columns: range) -> None:
        """See :meth:`FaceComplex.delete`."""
        if columns:
            self._forget()
            self._rows.delete(columns)
            for line in self.lines:
                del line[columns.start : columns.stop]

    def select(self, grown: int, positive: Moves, otherwise: Moves) -> bool:
        """See :meth:`FaceComplex.select`."""
        self._forget()
        sides = self._sides
        self._ranged(lambda rows: rows.select(grown, positive, otherwise, sides))
        below = writer(otherwise)
        for line in self.lines:
            line += [0] * grown
            below(line)
        return bool((sides == PLUS).any())

    def mark(self, bit: int, combinations: Sequence[Combination]) -> None:
        """See :meth:`FaceComplex.mark`."""
        self._forget()
        for k, own in enumerate(combinations):
            sides = self._ranged(lambda rows, own=own: rows.sides(own))  # type: ignore[misc]
            self._set_signs(bit + 2 * k, sides, len(sides))

    def pick(self, bits: range, outputs: Sequence[Combination], choose: Choice, how: Reads) -> None:
        """See :meth:`FaceComplex.pick`."""
        self._forget()
        first = 0
        if how is Reads.SIDES:
            assert self._kink is not None
            chosen = [outputs[choose(own)] for own in range(3)]
            places = (self._sides % NEW).astype(np.intp)
            factors = [own.multiple_of(self._kink) for own in chosen]
            whole = [own for own in factors if own is not None]
            if len(whole) == 3:
                self._ranged(lambda rows: rows.choose_multiple(whole, places))
            else:
                self._ranged(lambda rows: rows.choose(chosen, places))
        else:
            chosen = list(outputs)
            words = self._words if how is Reads.GENERATORS else self._words_above()
            found, inverse = patterns(words, bits)
            places = np.array([choose(own) for own in found], dtype=np.intp)[inverse]
            first = int(places[0]) if len(places) else 0
            self._ranged(lambda rows: rows.choose(chosen, places))
        for line in self.lines:  # they are in every face
            line.append(chosen[first].read(line))

    def ties_reached(self, bits: range, kind: Callable[[int], int]) -> list[int]:
        """See :meth:`FaceComplex.ties_reached`."""
        inner = chunked([self.inside], len(self._words))[:, 0]
        reached: Array = False
        checked: Array = False
        levels = [None, *self._all_levels()]
        for down, (words, level) in enumerate(
            zip(reversed(self._face_words()[1:]), reversed(levels)), start=1
        ):
            found, inverse = patterns(words, bits)
            kinds = np.array([kind(own) for own in found], dtype=np.intp)[inverse]
            other = kinds == 1
            checked = checked | (reached & ~other & (kinds == 0) & covers(words, inner))
            reached = reached | other
            if level is not None:
                reached = self._below(down, level, reached)
                checked = self._below(down, level, checked)
        ties: list[int] = np.flatnonzero(checked).tolist()
        return ties

    def differ(self, first: Combination, second: Combination, places: Sequence[int]) -> bool:
        """See :meth:`FaceComplex.differ`."""
        rows = self.generators
        found = (*[rows[place] for place in places], *self.lines)
        return any(first.read(row) != second.read(row) for row in found)

    # -- what is read ----------------------------------------------------------------------

    @cached_property
    def levels(self) -> list[list[Face]]:
        """The faces of every level as tuples of facets."""
        edges = list(zip(*self._edges.tolist()))
        found: list[list[Face]] = [[()], [(0,)] * self._words.shape[1]]
        if edges or self._upper:
            found.append(edges)
        return found + [level.tuples() for level in self._upper]

    @cached_property
    def generators(self) -> list[Row]:
        """The rows of all generators."""
        return self._rows.lists()

    @cached_property
    def words(self) -> list[int]:
        """The words of all generators."""
        return integers(self._words)

    def packed_words(self) -> None:
        """See :meth:`CompiledComplex.packed_words`; this engine has none."""

    def face_words(self) -> list[list[int]]:
        """The word of every face, level by level."""
        return list(map(integers, self._face_words()))

    def count(self, mask: int) -> list[int]:
        """See :meth:`FaceComplex.count`."""
        masks = chunked([mask], len(self._words))[:, 0]
        chunks = np.flatnonzero(masks).tolist()
        return [int(covers(own, masks[chunks]).sum()) for own in self._face_words(chunks)]

    def bit_counts(self) -> list[int]:
        """See :meth:`FaceComplex.bit_counts`."""
        return counted_bits(self._words)

    def generator_sets(self, level: int) -> list[frozenset[int]]:
        """See :meth:`FaceComplex.generator_sets`."""
        return members(self.levels, level)

    def generators_of(self, level: int, index: int) -> list[int]:
        """See :meth:`FaceComplex.generators_of`."""
        return generators_in(self.levels, level, index)

    def coordinates_of(self, level: int, index: int) -> list[Row]:
        """See :meth:`FaceComplex.coordinates_of`."""
        width = self.dimension + 1
        rows = self.generators
        return [primitive_row(rows[g][:width]) for g in self.generators_of(level, index)]


def _itself(cells: FaceComplex) -> FaceComplex:
    """A pickle is read as the Python engine's complex, which needs no NumPy."""
    return cells
