"""Faces of one level as arrays: all facets in one, and where those of each face are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, TypeAlias

import numpy as np

from piecewise_mt.geometry.generators import CUT, MINUS, NEW, PLUS, ZERO
from piecewise_mt.geometry.kernel_rows import Unsuited

Array: TypeAlias = Any
GARBAGE = 1.5
"""Facets are compacted once there are so many times those of faces."""


class Level:
    """Faces of a level above the edges.

    `flat` has the facets of one segment after the other, `starts` and `sizes` say where segments
    are, and `place` says which segment is a face's. Segments that are no longer anyone's remain
    until there are too many.
    """

    __slots__ = ("flat", "live", "place", "sizes", "starts")

    def __init__(self, flat: Array, sizes: Array) -> None:
        self.flat = flat
        self.sizes = sizes
        self.starts = sizes.cumsum() - sizes
        self.place = np.arange(len(sizes))
        self.live = len(flat)
        """How many facets faces have together."""

    def __len__(self) -> int:
        return len(self.place)

    @classmethod
    def of(cls, faces: Sequence[tuple[int, ...]]) -> Level:
        """The faces of a level as tuples of facets."""
        lengths = np.fromiter(map(len, faces), np.intp, len(faces))
        flat = np.fromiter(chain.from_iterable(faces), np.intp, int(lengths.sum()))
        return cls(flat, lengths)

    def copy(self) -> Level:
        """A level that may be changed without changing this one: only `place` is in place."""
        twin: Level = object.__new__(Level)
        twin.flat, twin.starts, twin.sizes = self.flat, self.starts, self.sizes
        twin.live, twin.place = self.live, self.place.copy()
        return twin

    def joined(self, values: Array) -> Array:
        """By segment, the OR of values over the facets; `values` has one for each of `flat`."""
        return np.bitwise_or.reduceat(values, self.starts) if len(values) else values

    def union(self, below: Array) -> Array:
        """By face, the OR of the values of its facets."""
        return self.joined(below[self.flat])[self.place]

    def incident(self, faces: Array = None) -> tuple[Array, Array]:
        """The facets of some faces or all, one face after the other, and how many each has."""
        places = self.place if faces is None else self.place[faces]
        sizes = self.sizes[places]
        first = self.starts[places] - sizes.cumsum()
        first += sizes
        index = first.repeat(sizes)
        index += np.arange(len(index))
        return self.flat[index], sizes

    def split(
        self, cut: Array, new: Array, below: Array, parts: tuple[Array, Array], touching: Array
    ) -> tuple[list[Array], Array, Array]:
        """Cut some faces in two, of which the first remains and the second is to be appended.

        `below` are the sides of facets, `parts` says what each that is cut has on the kink and
        under it, `touching` what one above has on the kink, and `new` are the facets in between.
        Returns the facets and sizes to append with :meth:`grow`, the facets of the new facets, and
        how many each has.
        """
        zero_of, negative_of = parts
        places = self.place[cut]
        sizes = self.sizes[places]
        ends = (sizes + 1).cumsum()
        starts = ends - sizes
        starts -= 1
        # every face with one place more at its end, for the new facet
        index = (self.starts[places] - starts).repeat(sizes + 1)
        index += np.arange(len(index))
        facets = self.flat.take(index, mode="clip")
        sides = below[facets]
        ends -= 1
        sides[ends] = NEW
        facets[ends] = new
        is_above, is_cut = sides != MINUS, sides == CUT
        plus = facets[is_above]
        pluses = np.add.reduceat(is_above, starts, dtype=np.intp)
        counts = cuts = np.add.reduceat(is_cut, starts, dtype=np.intp)
        halved = facets[is_cut]
        zeros = zero_of[halved]
        if touching is not None:
            # a (k-2)-face on the kink lies in one facet above and one below
            above = (sides == PLUS).nonzero()[0]
            old = touching[facets[above]]
            above, old = above[old >= 0], old[old >= 0]
            if len(above):
                owner = np.arange(len(cut)).repeat(sizes + 1)
                owner = np.concatenate((owner[is_cut], owner[above]))
                zeros = np.concatenate((zeros, old))[owner.argsort(kind="stable")]
                counts = np.bincount(owner, minlength=len(cut))
        facets[is_cut] = negative_of[halved]
        minus = facets[sides != PLUS]
        self.live -= int(sizes.sum())
        first = len(self.sizes)
        self.place[cut] = np.arange(first, first + len(cut))
        return [plus, minus, pluses, sizes + 2 - pluses + cuts], zeros, counts

    def grow(self, parted: list[Array], more: list[Array]) -> None:
        """Append what :meth:`split` has cut off, and more faces as facets and sizes."""
        flats, lengths = [*parted[:2], *more[:1]], [*parted[2:], *more[1:]]
        if not lengths:
            return
        sizes = np.concatenate(lengths)
        count, total = len(self.sizes), len(self.flat)
        # the first parts have the places of the faces that were cut
        known = len(parted[2]) if parted else 0
        self.place = np.concatenate((self.place, np.arange(count + known, count + len(sizes))))
        ends = sizes.cumsum()
        self.live += int(ends[-1])
        self.flat = np.concatenate((self.flat, *flats))
        self.sizes = np.concatenate((self.sizes, sizes))
        self.starts = np.concatenate((self.starts, ends - sizes + total))
        if len(self.flat) > GARBAGE * self.live:
            self.flat, self.sizes = self.incident()
            self.starts = self.sizes.cumsum() - self.sizes
            self.place = np.arange(len(self.sizes))

    def touching(self, gathered: Array, joined: Array) -> Array:
        """For every face above a kink its facet in the kink, or -1; by the sides of facets.

        Raises
        ------
        Unsuited
            If there are two, as no face that is convex has.
        """
        found = np.full(len(joined), -1, dtype=np.intp)
        hits = (gathered == ZERO).nonzero()[0]
        segments = self.starts.searchsorted(hits, side="right") - 1
        is_live = np.zeros(len(joined), dtype=bool)
        is_live[self.place] = True
        own = is_live[segments] & (joined[segments] == PLUS)
        hits, segments = hits[own], segments[own]
        if (segments[1:] == segments[:-1]).any():
            raise Unsuited("a face touches a kink in two facets")
        found[segments] = self.flat[hits]
        return found[self.place]

    def kept(self, faces: Array, renumbered: Array) -> Level:
        """Some of the faces, with new numbers for facets."""
        facets, lengths = self.incident(faces)
        return Level(renumbered[facets], lengths)

    def above(self, start: int, stop: int) -> list[Array]:
        """A face more on every face: (face, start + its facets), then (face, stop + …)."""
        count = len(self)
        facets, sizes = self.incident()
        heads = (sizes + 1).cumsum() - sizes - 1
        both = np.empty((2, len(facets) + count), dtype=np.intp)
        inner = np.ones(both.shape[1], dtype=bool)
        inner[heads] = False
        both[:, heads] = np.arange(count)
        both[0, inner], both[1, inner] = start + facets, stop + facets
        return [both.ravel(), np.concatenate((sizes + 1, sizes + 1))]

    def tuples(self) -> list[tuple[int, ...]]:
        """The faces as tuples of facets."""
        facets, lengths = self.incident()
        flat, found, start = facets.tolist(), [], 0
        for length in lengths.tolist():
            found.append(tuple(flat[start : start + length]))
            start += length
        return found
