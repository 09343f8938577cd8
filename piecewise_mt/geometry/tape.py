"""Exact rows of generators whose numbers the compiled engine keeps as double-doubles.

What has been done to columns is kept on a tape. A generator that a cut has made between two others
is their exact combination at that place of the tape; from there on the tape is played to its row.
Only rows that are asked for are made, and every ancestor once.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from piecewise_mt.geometry.columns import Combination, Row, Writer, between

Parents: TypeAlias = Callable[[int], tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Cut:
    """New generators where a kink vanishes between two others."""

    kink: Combination

    def play(self, row: Row, name: int) -> None:
        """A cut leaves the rows there are as they are."""


@dataclass(frozen=True, slots=True)
class Append:
    combinations: Sequence[Combination]

    def play(self, row: Row, name: int) -> None:
        row += [combination.read(row) for combination in self.combinations]


@dataclass(frozen=True, slots=True)
class Delete:
    columns: range

    def play(self, row: Row, name: int) -> None:
        del row[self.columns.start : self.columns.stop]


@dataclass(frozen=True, slots=True)
class Select:
    kink: Combination
    grown: int
    above: Writer
    below: Writer

    def play(self, row: Row, name: int) -> None:
        write = self.above if self.kink.read(row) > 0 else self.below
        row += [0] * self.grown
        write(row)


@dataclass(frozen=True, slots=True)
class PickBySides:
    kink: Combination
    outputs: Sequence[Combination]

    def play(self, row: Row, name: int) -> None:
        height = self.kink.read(row)
        row.append(self.outputs[1 if height > 0 else 2 if height else 0].read(row))


@dataclass(frozen=True, slots=True)
class PickNamed:
    """The outputs that were chosen at the generators there were."""

    names: array[int]
    places: array[int]
    outputs: Sequence[Combination]

    def play(self, row: Row, name: int) -> None:
        place = self.places[bisect_left(self.names, name)]
        row.append(self.outputs[place].read(row))


Entry: TypeAlias = Cut | Append | Delete | Select | PickBySides | PickNamed


class Tape:
    """The operations since rows were last exact, and the exact rows that were asked for."""

    def __init__(self, base: Callable[[int], Row], parents: Parents) -> None:
        self.entries: list[Entry] = []
        self._base = base
        self._parents = parents
        self._births: dict[int, tuple[int, Row]] = {}
        # the last place at which a row was asked for
        self._latest: dict[int, tuple[int, Row]] = {}

    def copy(self, parents: Parents) -> Tape:
        """The same so far, for a complex that goes on by itself."""
        twin = Tape(self._base, parents)
        twin.entries = list(self.entries)
        twin._births = dict(self._births)
        return twin

    def __len__(self) -> int:
        return len(self.entries)

    def birth(self, name: int) -> tuple[int, Row]:
        """The place after which a generator was there, and its exact row then."""
        pending = [name]
        seen = set()
        while pending:
            own = pending.pop()
            if own in self._births or own in seen:
                continue
            seen.add(own)
            first, second, _ = self._parents(own)
            if first >= 0:
                pending += (first, second)
        # parents have smaller names
        for own in sorted(seen):
            first, second, place = self._parents(own)
            if first < 0:
                self._births[own] = (-1, self._base(own))
                continue
            plus, minus = self.row(first, place), self.row(second, place)
            entry = self.entries[place]
            assert isinstance(entry, Cut)
            above, below = entry.kink.read(plus), -entry.kink.read(minus)
            self._births[own] = (place, between(plus, minus, above, below))
        return self._births[name]

    def row(self, name: int, stop: int | None = None) -> Row:
        """The exact row of a generator before an entry; by default as it is now."""
        end = len(self.entries) if stop is None else stop
        known = self._latest.get(name)
        place, row = known if known is not None and known[0] < end else self.birth(name)
        row = list(row)
        for entry in self.entries[place + 1 : end]:
            entry.play(row, name)
        self._latest[name] = (end - 1, row)
        return row
