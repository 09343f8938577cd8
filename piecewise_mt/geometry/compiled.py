"""The face complex of the compiled engine: the same faces as those of FaceComplex, in their order.

Rows are 64-bit integers as long as they fit, then double-doubles with proved radii; a sign that
these do not decide is taken from the generator's exact row (``geometry.tape``). Lines, of which
there are few, are exact here.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from math import lcm
from typing import Any

from piecewise_mt.geometry.columns import Combination, Moves, Row, shifted, writer
from piecewise_mt.geometry.complex import Face, FaceComplex, members, require_size
from piecewise_mt.geometry.generators import REAL, Choice, Reads, primitive_row
from piecewise_mt.geometry.kernel_rows import KernelRows
from piecewise_mt.geometry.tape import Append, Cut, Delete, PickBySides, PickNamed, Select
from piecewise_mt.memory import cached_property


class CompiledComplex(KernelRows):
    """All faces of a subdivision of R^d; starts as the whole space in one face.

    Parameters
    ----------
    bits : int
        How many bits words have.
    """

    def __init__(
        self,
        kernel: Any,
        dimension: int,
        max_faces: int,
        on_cut: Callable[[int], None] | None,
        bits: int,
    ) -> None:
        super().__init__(kernel(dimension, bits), dimension)
        self.max_faces = max_faces
        self.on_cut = on_cut
        self.lines: list[Row] = [
            [0] * (i + 1) + [1] + [0] * (dimension - i - 1) for i in range(dimension)
        ]
        self.inside = REAL
        self._size = 8 * ((bits + 63) // 64)
        self._kink: Combination | None = None

    def __len__(self) -> int:
        return int(self._kernel.total())

    def copy(self) -> CompiledComplex:
        """See :meth:`FaceComplex.copy`."""
        twin: CompiledComplex = object.__new__(CompiledComplex)
        twin.__dict__.update(self.__dict__)
        twin._kernel = self._kernel.copy()
        twin.lines = [list(line) for line in self.lines]
        twin._exponents = list(self._exponents)
        if self._tape is not None:
            twin._tape = self._tape.copy(twin._kernel.parents)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledComplex:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        # as the other engine's, which is there wherever a pickle is read
        rows = (self.generators, self.lines, self.inside, self.words, self.levels)
        return _restored, (self.dimension, self.max_faces, *rows)

    # -- refinement ------------------------------------------------------------------------

    def cut(self, kink: Combination, bit: int = -1) -> None:
        """See :meth:`FaceComplex.cut`."""
        self._forget()
        self._kink = kink
        for index, line in enumerate(self.lines):
            if kink.read(line):
                self._cut_along_line(index, kink, bit)
                break
        else:
            self._signed(
                lambda form, known: self._kernel.cut(form, bit, len(self._tape or ()), known), kink
            )
            if self._tape is not None:
                self._tape.entries.append(Cut(kink))
        require_size(len(self), self.max_faces, self.on_cut)

    def _cut_along_line(self, index: int, kink: Combination, bit: int) -> None:
        read = kink.read
        rows = self.generators
        line = self.lines.pop(index)
        scale = read(line)
        if scale < 0:
            line, scale = [-value for value in line], -scale
        moved = [shifted(row, line, read(row), scale) for row in rows]
        self.lines = [shifted(row, line, read(row), scale) for row in self.lines]
        self._call(self._kernel.triple, bit)
        heights = [0] * len(moved) + [scale, -scale]
        self._load([*moved, line, [-value for value in line]], heights)

    # -- joining and dropping faces --------------------------------------------------------

    def merge(self) -> None:
        """See :meth:`FaceComplex.merge`."""
        self._forget()
        self._call(self._kernel.merge)

    def drop(self, mask: int) -> None:
        """See :meth:`FaceComplex.drop`."""
        self._forget()
        self._call(self._kernel.drop, mask.to_bytes(self._size, "little"))

    def carve(self, mask: int, needed: int) -> None:
        """See :meth:`FaceComplex.carve`."""
        self._forget()
        size = self._size
        masks = mask.to_bytes(size, "little"), needed.to_bytes(size, "little")
        self._call(self._kernel.carve, *masks)

    def clear(self, bit: int, count: int) -> None:
        """See :meth:`FaceComplex.clear`."""
        self._kernel.clear(bit, count)

    def copy_bits(self, source: int, target: int, count: int, *, swapped: bool = False) -> None:
        """See :meth:`FaceComplex.copy_bits`."""
        self._kernel.copy_bits(source, target, count, swapped)

    # -- columns ---------------------------------------------------------------------------

    def append(self, combinations: Sequence[Combination]) -> None:
        """See :meth:`FaceComplex.append`."""
        exponent = 0

        def ask() -> None:
            nonlocal exponent
            if self._tape is not None:
                exponent = self._exponent(combinations)
            self._kernel.append([self._form(own, exponent) for own in combinations])

        self._ranged(ask)
        count = len(combinations)
        if self._tape is not None:
            self._exponents += [exponent] * count
            self._tape.entries.append(Append(combinations))
            if count > 1:
                # columns of a maximum or an order statistic, which are copied and compared
                self._kernel.alias(self._width, count, 2 * count + 2)
        self._width += count
        for line in self.lines:
            line += [own.read(line) for own in combinations]

    def append_values(
        self, at_generators: Sequence[Sequence[int]], on_lines: Sequence[Sequence[int]]
    ) -> None:
        """See :meth:`FaceComplex.append_values`."""
        rows = [[*row, *more] for row, more in zip(self.generators, at_generators, strict=True)]
        self._load(rows, [0] * len(rows))
        for line, values in zip(self.lines, on_lines, strict=True):
            line += values

    def delete(self, columns: range) -> None:
        """See :meth:`FaceComplex.delete`."""
        if not columns:
            return
        self._kernel.delete(columns.start, columns.stop)
        self._width -= len(columns)
        for line in self.lines:
            del line[columns.start : columns.stop]
        if self._tape is not None:
            del self._exponents[columns.start : columns.stop]
            self._tape.entries.append(Delete(columns))

    def select(self, grown: int, positive: Moves, otherwise: Moves) -> bool:
        """See :meth:`FaceComplex.select`."""
        assert self._kink is not None

        def moves(written: Moves) -> list[Any]:
            exponents = self._exponents
            return [
                (target, self._form(own, exponents[target] if exponents else None))
                for target, own in written
            ]

        def ask() -> bool:
            own = len(self._exponents)
            if self._tape is not None:
                self._exponents += [self._exponents[-1]] * grown
            try:
                found: bool = self._kernel.select(grown, moves(positive), moves(otherwise))
            except BaseException:
                del self._exponents[own:]
                raise
            return found

        found: bool = self._ranged(ask)
        self._width += grown
        below = writer(otherwise)
        for line in self.lines:
            line += [0] * grown
            below(line)
        if self._tape is not None:
            self._tape.entries.append(Select(self._kink, grown, writer(positive), below))
        return found

    def mark(self, bit: int, combinations: Sequence[Combination]) -> None:
        """See :meth:`FaceComplex.mark`."""
        for k, combination in enumerate(combinations):
            own = bit + 2 * k
            self._signed(
                lambda form, known, own=own: self._kernel.mark(form, own, known),  # type: ignore[misc]
                combination,
            )

    def pick(self, bits: range, outputs: Sequence[Combination], choose: Choice, how: Reads) -> None:
        """See :meth:`FaceComplex.pick`."""
        places: bytes | None = None
        if how is Reads.SIDES:
            chosen = [outputs[choose(own)] for own in range(3)]
            first = 0
        else:
            patterns, places = self._call(
                self._kernel.patterns, bits.start, len(bits), how is Reads.FACES
            )
            chosen = [outputs[choose(_joined(chunks))] for chunks in patterns]
            first = memoryview(places).cast("i")[0]
        exponent = 0

        def ask() -> None:
            nonlocal exponent
            factors = None
            if self._tape is not None:
                exponent = self._exponent(chosen)
            elif places is None:
                assert self._kink is not None
                found = [own.multiple_of(self._kink) for own in chosen]
                factors = found if None not in found else None
            self._kernel.pick([self._form(own, exponent) for own in chosen], places, factors)

        self._ranged(ask)
        self._width += 1
        for line in self.lines:
            line.append(chosen[first].read(line))
        if self._tape is not None:
            self._exponents.append(exponent)
            if places is None:
                assert self._kink is not None
                self._tape.entries.append(PickBySides(self._kink, chosen))
            else:
                names = array("i", self._kernel.identities())
                self._tape.entries.append(PickNamed(names, array("i", places), chosen))

    def ties_reached(self, bits: range, kind: Callable[[int], int]) -> list[int]:
        """See :meth:`FaceComplex.ties_reached`."""
        inside = self.inside.to_bytes(self._size, "little")
        found: list[int] = self._call(
            self._kernel.ties_reached, bits.start, len(bits), inside, kind
        )
        return found

    def differ(self, first: Combination, second: Combination, places: Sequence[int]) -> bool:
        """See :meth:`FaceComplex.differ`."""
        whole = lcm(first.denominator, second.denominator)
        total: dict[int, int] = {}
        for own, sign in ((first, 1), (second, -1)):
            for column, c in own.terms:
                total[column] = total.get(column, 0) + sign * c * (whole // own.denominator)
        gap = Combination(sorted((column, c) for column, c in total.items() if c))
        if any(gap.read(line) for line in self.lines):
            return True
        doubts = set(self._ranged(lambda: self._kernel.mark(self._form(gap), -1, None)) or ())
        sides = self._kernel.sides()
        return any(gap.read(self._row(p)) if p in doubts else sides[p] for p in places)

    # -- what is read ----------------------------------------------------------------------

    def _forget(self) -> None:
        """Forget what was read off the faces before they change."""
        self.__dict__.pop("levels", None)

    @cached_property
    def levels(self) -> list[list[Face]]:
        """The faces of every level as tuples of facets."""
        return [self._kernel.faces(level) for level in range(len(self._kernel.sizes()))]

    @property
    def words(self) -> list[int]:
        """The words of all generators."""
        return [self.word(index) for index in range(self._kernel.sizes()[1])]

    def word(self, index: int) -> int:
        """The word of one generator."""
        return int.from_bytes(self._kernel.word(index), "little")

    def packed_words(self) -> tuple[list[bytes], int]:
        """The words of the faces of levels 1, 2, …, and the bytes of each word."""
        return self._call(self._kernel.words), self._size

    def face_words(self) -> list[list[int]]:
        """The word of every face, level by level."""
        given, size = self.packed_words()
        words = [
            [int.from_bytes(raw[i : i + size], "little") for i in range(0, len(raw), size)]
            for raw in given
        ]
        return [[0] * self._kernel.sizes()[0], *words]

    def level_sizes(self) -> list[int]:
        """See :meth:`FaceComplex.level_sizes`."""
        found: list[int] = self._kernel.sizes()
        return found

    def count(self, mask: int) -> list[int]:
        """See :meth:`FaceComplex.count`."""
        found: list[int] = self._kernel.count(mask.to_bytes(self._size, "little"))
        return found

    def bit_counts(self) -> list[int]:
        """See :meth:`FaceComplex.bit_counts`."""
        found: list[int] = self._kernel.bit_counts()
        return found

    def generator_sets(self, level: int) -> list[frozenset[int]]:
        """See :meth:`FaceComplex.generator_sets`."""
        return members(self.levels, level)

    def generators_of(self, level: int, index: int) -> list[int]:
        """See :meth:`FaceComplex.generators_of`."""
        found: list[int] = self._kernel.generators_of(level, index)
        return found

    def coordinates_of(self, level: int, index: int) -> list[Row]:
        """See :meth:`FaceComplex.coordinates_of`."""
        width = self.dimension + 1
        found = self.generators_of(level, index)
        if self._tape is None:
            rows = [self._kernel.row(own) for own in found]
        else:
            # nothing changes coordinates, so the row at birth has them
            rows = [self._tape.birth(self._kernel.identity(own))[1] for own in found]
        return [primitive_row(row[:width]) for row in rows]


def _joined(chunks: Sequence[int]) -> int:
    return sum(chunk << (64 * place) for place, chunk in enumerate(chunks))


def _restored(dimension: int, max_faces: int, *state: Any) -> FaceComplex:
    cells = FaceComplex(dimension, max_faces)
    cells.generators, cells.lines, cells.inside, cells.words, cells.levels = state
    return cells
