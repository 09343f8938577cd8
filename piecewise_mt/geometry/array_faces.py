"""Faces of the engine on arrays: cut, join, keep; see ``geometry.vectorised``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from piecewise_mt.geometry.array_labels import chunked, covers, firsts, meets, numbered
from piecewise_mt.geometry.array_levels import Level
from piecewise_mt.geometry.array_rows import AnyRows, Array, ListRows, TooLarge, rows_of
from piecewise_mt.geometry.complex import FaceComplex, require_size
from piecewise_mt.geometry.generators import CUT, NEW, PLUS, ZERO
from piecewise_mt.geometry.kernel_rows import Unsuited

Found = TypeVar("Found")


class ArrayFaces:
    """Generators, edges and the faces above, and the words of generators."""

    def __init__(self, cells: FaceComplex, bits: int) -> None:
        self.max_faces = cells.max_faces
        self.on_cut = cells.on_cut
        self._rows: AnyRows = rows_of([list(row) for row in cells.generators])
        self._words: Array = chunked(cells.words, (bits + 63) // 64)
        self._sides: Array = None
        """The signs of the last cut at the generators, or NEW."""
        levels = cells.levels
        self._edges: Array = np.zeros((2, 0), dtype=np.intp)
        if len(levels) > 2:
            if any(len(edge) != 2 for edge in levels[2]):
                raise Unsuited("an edge without two ends")
            self._edges = np.array(levels[2], dtype=np.intp).reshape(-1, 2).T.copy()
        self._upper: list[Level] = [Level.of(faces) for faces in levels[3:]]

    def __len__(self) -> int:
        return sum(self.level_sizes())

    def level_sizes(self) -> list[int]:
        """See :meth:`FaceComplex.level_sizes`."""
        sizes = [1, self._words.shape[1]]
        if self._edges.shape[1] or self._upper:
            sizes.append(self._edges.shape[1])
        return sizes + [len(level) for level in self._upper]

    def _forget(self) -> None:
        """Forget what was read off the faces before they change."""
        for name in ("levels", "generators", "words"):
            self.__dict__.pop(name, None)

    def _ranged(self, ask: Callable[[Any], Found]) -> Found:
        """What the rows answer; as lists, if 64 bits might be too few."""
        try:
            return ask(self._rows)
        except TooLarge:
            assert not isinstance(self._rows, ListRows)
            self._rows = self._rows.as_lists()
            return ask(self._rows)

    # -- refinement ------------------------------------------------------------------------

    def _cut(self, sides: Array, through_old: bool) -> None:
        """Cut by a kink that vanishes on all lines; see :meth:`FaceComplex._cut`."""
        edges = self._edges
        ends = sides[edges]
        lower_sides = ends[0] | ends[1]
        cut = (lower_sides == CUT).nonzero()[0]
        count, own = len(cut), len(lower_sides)
        new = np.arange(len(sides), len(sides) + count)
        touching: Array = None
        if through_old:
            # where an edge above the kink touches it
            touching = np.where(ends[0] == ZERO, edges[0], np.where(ends[1] == ZERO, edges[1], -1))
            touching[lower_sides != PLUS] = -1
        minus = new
        if count:
            first, second = edges[0, cut], edges[1, cut]
            forward = ends[0, cut] == PLUS
            plus, minus = np.where(forward, first, second), np.where(forward, second, first)
            self._ranged(lambda rows: rows.meet(plus, minus))
            words = self._words
            self._words = np.concatenate((words, words[:, plus] | words[:, minus]), axis=1)
            self._sides = np.concatenate((sides, np.full(count, NEW, dtype=np.uint8)))
            edges[0, cut], edges[1, cut] = plus, new
        grown = [edges, np.array((new, minus))]
        lower: Level | None = None
        parted: list[Array] = []
        for level in self._upper:
            parts = np.empty((2, own), dtype=np.intp)
            parts[0, cut], parts[1, cut] = new, np.arange(own, own + count)
            gathered = lower_sides[level.flat]
            joined = level.joined(gathered)
            sides = joined[level.place]
            cut = (sides == CUT).nonzero()[0]
            # new facets come after those of the level below that its cuts have made
            new = np.arange(own + count, own + count + len(cut))
            own, count = len(level), len(cut)
            above = level.touching(gathered, joined) if through_old else None
            more: list[Array] = []
            kept = parted
            parted = []
            if count:
                parted, *more = level.split(cut, new, lower_sides, (parts[0], parts[1]), touching)
                if (more[1] != 2).any() if lower is None else not more[1].all():
                    raise Unsuited("a face is cut in no facet")
            if lower is not None:
                lower.grow(kept, more)
            elif more:
                grown.append(more[0].reshape(-1, 2).T)
            lower, lower_sides, touching = level, sides, above
        if lower is not None:
            lower.grow(parted, [])
        self._edges = np.concatenate(grown, axis=1)
        require_size(len(self), self.max_faces, self.on_cut)

    def _triple(self, count: int) -> None:
        """Every face, on a line's hyperplane, becomes three; there were so many generators."""
        edges, every = self._edges, np.arange(count)
        own = edges.shape[1]
        fresh = [(every, np.full(count, last)) for last in (count, count + 1)]
        sizes = [len(level) for level in self._upper]
        self._edges = np.concatenate((edges, *fresh), axis=1)
        added: list[Array] = []
        if own:
            pairs = Level(edges.T.ravel(), np.full(own, 2))
            added = pairs.above(own, own + count)
        for place, level in enumerate(self._upper):
            below = sizes[place - 1] if place else own
            more = level.above(sizes[place], sizes[place] + below)
            level.grow([], added)
            added = more
        if added:
            self._upper.append(Level(*added))

    # -- joining and dropping faces --------------------------------------------------------

    def _face_words(self, chunks: Sequence[int] | None = None) -> list[Array]:
        """The words of every face, level by level, or some of their chunks."""
        words = self._words if chunks is None else self._words[list(chunks)]
        found = [np.zeros((len(words), 1), dtype=np.uint64), words]
        if self._edges.shape[1] or self._upper:
            found.append(words[:, self._edges[0]] | words[:, self._edges[1]])
        for level in self._upper:
            own = np.array([level.union(chunk) for chunk in found[-1]], dtype=np.uint64)
            found.append(own.reshape(len(words), len(level)))
        return found

    def merge(self) -> None:
        """See :meth:`FaceComplex.merge`."""
        words = self._face_words()
        ids, count = numbered(np.concatenate(words, axis=1))
        if count == len(ids):
            return
        self._forget()
        by_level = np.split(ids, np.cumsum([own.shape[1] for own in words])[:-1])
        level_of = np.empty(count, dtype=np.intp)
        for number, own in enumerate(by_level):
            level_of[own] = number
        survivors = np.flatnonzero(level_of[by_level[1]] == 1)
        classes, index_of = firsts(by_level[1][survivors], count)
        if level_of[by_level[0][0]] or classes != len(survivors):
            raise Unsuited("a direction is joined with the lines")
        kept: list[tuple[Array, Array]] = []
        for number, level in enumerate(self._all_levels(), start=2):
            own, lower = by_level[number], by_level[number - 1]
            faces = np.flatnonzero(level_of[own] == number)
            below = index_of
            classes, index_of = firsts(own[faces], count)
            facets, lengths = level.incident(faces)
            owner, facet = np.repeat(own[faces], lengths), lower[facets]
            inner = owner != facet
            owner, facet = index_of[owner[inner]], facet[inner]
            if (level_of[facet] != number - 1).any():
                raise Unsuited("a facet has no class a level lower")
            # each facet of a class once, where it comes first
            _, first = np.unique(owner * len(self) + below[facet], return_index=True)
            first = first[np.lexsort((first, owner[first]))]
            kept.append((below[facet[first]], np.bincount(owner[first], minlength=classes)))
        self._rows.take(survivors)
        self._words = self._words[:, survivors]
        self._put([Level(*given) for given in kept])

    def _all_levels(self) -> list[Level]:
        """The edges as a level, and those above."""
        edges = self._edges
        if not edges.shape[1] and not self._upper:
            return []
        return [Level(edges.T.ravel(), np.full(edges.shape[1], 2)), *self._upper]

    def _put(self, levels: list[Level]) -> None:
        """Take new levels of edges and above, without the empty ones at the top."""
        while levels and not len(levels[-1]):
            levels.pop()
        if any((level.sizes == 0).any() for level in levels[1:]) or (
            levels and (levels[0].sizes != 2).any()
        ):
            raise Unsuited("a face without facets")
        self._sides = None
        self._edges = np.zeros((2, 0), dtype=np.intp)
        if levels:
            self._edges = np.ascontiguousarray(levels[0].flat.reshape(-1, 2).T)
        self._upper = levels[1:]

    def drop(self, mask: int) -> None:
        """See :meth:`FaceComplex.drop`."""
        chunks = chunked([mask], len(self._words))[:, 0]
        self._keep([~meets(words, chunks) for words in self._face_words()[1:]])

    def carve(self, mask: int, needed: int) -> None:
        """See :meth:`FaceComplex.carve`."""
        lost, asked = chunked([mask, needed], len(self._words)).T
        kept: list[Array] = []
        closed: Array = False
        levels = [None, *self._all_levels()]
        for words, level in zip(reversed(self._face_words()[1:]), reversed(levels)):
            closed = closed | (covers(words, asked) & ~meets(words, lost))
            kept.insert(0, closed)
            if level is not None:
                closed = self._below(len(kept), level, closed)
        self._keep(kept)

    def _below(self, down: int, level: Level, faces: Array) -> Array:
        """Which faces of the next lower level are in some faces; `down` is counted from the top."""
        found = np.zeros(self.level_sizes()[-down - 1], dtype=bool)
        found[level.incident(np.flatnonzero(faces))[0]] = True
        return found

    def _keep(self, masks: list[Array]) -> None:
        """Keep some faces of every level, with all faces of theirs."""
        self._forget()
        places = np.flatnonzero(masks[0])
        self._rows.take(places)
        self._words = self._words[:, places]
        levels = []
        for level, lower, mask in zip(self._all_levels(), masks, masks[1:]):
            levels.append(level.kept(np.flatnonzero(mask), np.cumsum(lower) - 1))
        self._put(levels)

    def _words_above(self) -> Array:
        """For every generator the word of a largest face that has it."""
        own = self._face_words()
        words = own[-1]
        for place, level in reversed(list(enumerate(self._all_levels(), start=2))):
            below = own[place - 1].copy()
            facets, lengths = level.incident()
            # of several faces the last one stays
            below[:, facets] = np.repeat(words, lengths, axis=1)
            words = below
        return words
