r"""Unions of faces of a polyhedral complex, and chain complexes that have their homology.

Let X be the union of some relatively open faces of a finite polyhedral complex, and P the poset of
these. For a face s of X let U(s) be the union of the faces t ≥ s of X. It is open in X, as the
other faces of X have no point of it in their closures, and it is star-shaped about every point p
of s: for x in t ≥ s the segment from p to x lies in t, but for p. So these sets are contractible,
and each point of U(s) ∩ U(t) has a U(r) in there. By McCord's theorem X is weakly equivalent to
the finite space P, and this to the order complex of P; both have the homotopy type of complexes, so
they are homotopy equivalent. No face need be bounded, and X need be neither open nor closed; faces
may share lines. (M. C. McCord, "Singular homology groups and homotopy groups of finite topological
spaces", Duke Math. J. 33, 1966, Theorems 2 and 6.)

If X is closed, what is below a face modulo lines is a sphere for a bounded face, and a ball for an
unbounded one. So the unbounded ones may be left out, the largest first, and the bounded faces are
cells. If X is open in the complex, this holds upside down: what is above a face is a sphere inside
the complex, and a ball on its boundary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from piecewise_mt.exact.posets import chain_boundaries, chains, core, restricted
from piecewise_mt.geometry.complex import Face
from piecewise_mt.memory import cached_property

Boundaries: TypeAlias = list[list[Mapping[int, int]]]
Place: TypeAlias = tuple[int, int]
"""A level and an index in it."""


class CellSet:
    """A union of relatively open faces of a complex.

    Parameters
    ----------
    levels : sequence of lists of faces
        The complex, with its faces at infinity; see :class:`FaceComplex`.
    real : sequence of sequences of bool
        By level, which faces are not at infinity.
    inside : sequence of sequences of bool
        By level, which faces the set has; they are real.
    lines : int
        The dimension of the lineality space.

    Examples
    --------
    A closed half-line: one vertex, one ray to infinity, and the edge between them.

    >>> levels = [[()], [(0,), (0,)], [(0, 1)]]
    >>> real = [[False], [True, False], [True]]
    >>> half = CellSet(levels, real, real, 0)
    >>> half.is_closed, half.is_compact, half.counts
    (True, False, (1, 1))
    """

    def __init__(
        self,
        levels: Sequence[Sequence[Face]],
        real: Sequence[Sequence[bool]],
        inside: Sequence[Sequence[bool]],
        lines: int,
    ) -> None:
        self.levels = levels
        self.real = real
        self.inside = inside
        self.lines = lines

    def places(self) -> Iterator[Place]:
        """The faces of the set, the smallest dimension first."""
        for level, flags in enumerate(self.inside):
            for index, flag in enumerate(flags):
                if flag:
                    yield level, index

    def dimension_of(self, level: int) -> int:
        """The dimension of the faces of a level."""
        return level + self.lines - 1

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many faces of each dimension the set has."""
        own = [sum(flags) for flags in self.inside[1:]]
        while own and not own[-1]:
            own.pop()
        return (*[0] * self.lines, *own) if own else ()

    @property
    def dimension(self) -> int:
        """The dimension of the set, -1 if it is empty."""
        return len(self.counts) - 1

    @cached_property
    def bounded(self) -> list[list[bool]]:
        """Which faces of the complex are bounded, modulo lines."""
        found = [[True] * len(self.levels[0]), list(self.real[1])]
        for faces in self.levels[2:]:
            lower = found[-1]
            found.append([all(lower[facet] for facet in face) for face in faces])
        return found

    @cached_property
    def is_closed(self) -> bool:
        """Whether the set has all points of its closure."""
        return all(
            self.inside[level - 1][facet]
            for level, index in self.places()
            if level > 1
            for facet in self.levels[level][index]
            if self.real[level - 1][facet]
        )

    @cached_property
    def is_compact(self) -> bool:
        """Whether it is closed and bounded."""
        if self.lines:
            return not self.counts
        return self.is_closed and all(self.bounded[level][index] for level, index in self.places())

    @cached_property
    def is_open(self) -> bool:
        """Whether it is open in the union of the complex."""
        return all(
            self.inside[level][index]
            for level in range(2, len(self.levels))
            for index, face in enumerate(self.levels[level])
            if any(self.inside[level - 1][facet] for facet in face)
        )

    @cached_property
    def closure(self) -> list[list[bool]]:
        """Which faces lie in the closure, those at infinity included."""
        found = [list(flags) for flags in self.inside]
        for level in range(len(self.levels) - 1, 1, -1):
            lower, faces = found[level - 1], self.levels[level]
            for index, flag in enumerate(found[level]):
                if flag:
                    for facet in faces[index]:
                        lower[facet] = True
        return found

    @cached_property
    def is_locally_closed(self) -> bool:
        """Whether it is open in its closure: what it lacks of that is closed."""
        return not any(
            flag and not self.inside[level][index] and self.inside[level - 1][facet]
            for level in range(2, len(self.levels))
            for index, flag in enumerate(self.closure[level])
            for facet in self.levels[level][index]
        )

    @cached_property
    def rim(self) -> list[list[bool]]:
        """Which faces lie on the boundary of the complex."""
        found = [[False] * len(faces) for faces in self.levels]
        top = len(self.levels) - 1
        count = [0] * len(self.levels[top - 1])
        for face in self.levels[top]:
            for facet in face:
                count[facet] += 1
        found[top - 1] = [own == 1 for own in count]
        for level in range(top - 1, 1, -1):
            for index, flag in enumerate(found[level]):
                if flag:
                    for facet in self.levels[level][index]:
                        found[level - 1][facet] = True
        return found

    @cached_property
    def signs(self) -> list[list[tuple[int, ...]]]:
        """Incidence numbers ±1 of every face of the closure with its facets.

        Two facets that share a facet r of theirs have r with opposite signs; the facets of a face
        hang together so, and the first one has the sign 1.
        """
        found: list[list[tuple[int, ...]]] = [[() for _ in self.levels[0]]]
        found.append([(1,) * len(face) for face in self.levels[1]])
        for level in range(2, len(self.levels)):
            lower = self.levels[level - 1]
            known = found[-1]
            own_signs: list[tuple[int, ...]] = []
            for face, flag in zip(self.levels[level], self.closure[level], strict=True):
                if not flag:
                    own_signs.append(())
                    continue
                meeting: dict[int, list[tuple[int, int]]] = {}
                for place, facet in enumerate(face):
                    for ridge, sign in zip(lower[facet], known[facet], strict=True):
                        meeting.setdefault(ridge, []).append((place, sign))
                signs = [0] * len(face)
                signs[0] = 1
                pending = [0]
                while pending:
                    place = pending.pop()
                    facet = face[place]
                    for ridge, sign in zip(lower[facet], known[facet], strict=True):
                        for other, own in meeting[ridge]:
                            if not signs[other]:
                                signs[other] = -signs[place] * sign * own
                                pending.append(other)
                own_signs.append(tuple(signs))
            found.append(own_signs)
        return found

    # -- posets and chains -----------------------------------------------------------------

    @cached_property
    def below(self) -> list[frozenset[int]]:
        """For every face of the set, in order, the numbers of its faces that the set has."""
        found: list[frozenset[int]] = []
        under: list[frozenset[int]] = [frozenset() for _ in self.levels[0]]
        none: frozenset[int] = frozenset()
        for level in range(1, len(self.levels)):
            here = []
            for index, face in enumerate(self.levels[level]):
                if not self.closure[level][index]:
                    here.append(none)
                    continue
                flag = self.inside[level][index]
                own: frozenset[int] = none.union(*[under[facet] for facet in face])
                if flag:
                    found.append(own)
                    own = own | {len(found) - 1}
                here.append(own)
            under = here
        return found

    def chain_complex(self, signed: bool = True) -> Boundaries:
        """Boundaries of free groups that have the homology of the set.

        `signed` says whether signs matter.
        """
        if self.is_closed:
            return self._cells([
                [own and flag for own, flag in zip(inside, bounded, strict=True)]
                for inside, bounded in zip(self.inside, self.bounded, strict=True)
            ], signed)  # fmt: skip
        if self.is_open:
            return self._dual_cells(signed)
        return self.order_complex()

    def order_complex(self) -> Boundaries:
        """The boundaries of the simplices of the order complex of the core of the poset."""
        below = self.below
        return chain_boundaries(chains(restricted(below, core(below))))

    def relative_complex(self, signed: bool = True) -> Boundaries:
        """Boundaries in a locally closed set: homology of the closure relative to what it lacks.

        Also infinity counts as lacking. This is Borel–Moore homology, which is the reduced one of
        the compactification by one point.
        """
        return [[] for _ in range(self.lines)] + self._cells(self.inside, signed)

    def _cells(self, wanted: Sequence[Sequence[bool]], signed: bool) -> Boundaries:
        """The complex of some faces, from level 1 on."""
        found: Boundaries = []
        below: dict[int, int] = {}
        for level in range(1, len(self.levels)):
            here: dict[int, int] = {}
            columns: list[Mapping[int, int]] = []
            for index, flag in enumerate(wanted[level]):
                if flag:
                    face = self.levels[level][index]
                    signs = self.signs[level][index] if signed else (1,) * len(face)
                    here[index] = len(columns)
                    columns.append({below[f]: s for f, s in zip(face, signs) if f in below})
            found.append(columns)
            below = here
        return found

    def _dual_cells(self, signed: bool) -> Boundaries:
        """The complex of dual cells of an open set, those of the largest faces first."""
        found: Boundaries = []
        above: dict[int, int] = {}
        for level in range(len(self.levels) - 1, 0, -1):
            here: dict[int, int] = {}
            flags = zip(self.inside[level], self.rim[level], strict=True)
            for index, (flag, on_rim) in enumerate(flags):
                if flag and not on_rim:
                    here[index] = len(here)
            columns: list[dict[int, int]] = [{} for _ in here]
            if above:
                for upper, number in above.items():
                    face = self.levels[level + 1][upper]
                    signs = self.signs[level + 1][upper] if signed else (1,) * len(face)
                    for facet, sign in zip(face, signs):
                        if facet in here:
                            columns[here[facet]][number] = sign
            found.append(list(columns))
            above = here
        return found

    # -- components ------------------------------------------------------------------------

    @cached_property
    def components(self) -> dict[Place, int]:
        """The number of the connected component of every face."""
        places = list(self.places())
        parent = list(range(len(places)))

        def root(index: int) -> int:
            while parent[index] != index:
                parent[index] = parent[parent[index]]
                index = parent[index]
            return index

        for index, own in enumerate(self.below):
            for other in own:
                one, two = root(index), root(other)
                if one != two:
                    parent[max(one, two)] = min(one, two)
        numbers: dict[int, int] = {}
        return {
            place: numbers.setdefault(root(index), len(numbers))
            for index, place in enumerate(places)
        }
