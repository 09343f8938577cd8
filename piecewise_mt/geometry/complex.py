"""The face complex of engine 1: every face of every dimension, refined kink by kink.

Space is homogenised to (x0, x), so a face is a polyhedral cone: a generator with x0 > 0 is a
vertex, one with x0 = 0 a ray, and lines span the lineality space that all faces share. A face
of level k (dimension k modulo the lines) is the tuple of its facets, which are indices into
level k - 1; level 0 is the lineality space itself, level 1 the generators.

Every generator carries *columns*: its coordinates first, then values of functions that are
linear on every face. A new generator lies on an edge, so its columns are a combination of those
of the edge's ends; nothing is ever re-evaluated. A generator also carries a *word*: bit b is set
iff a certain nonnegative function, linear on every face, is positive there. The word of a face is
the OR of its generators' words; it identifies the face's labels.

Method: the incidence graph of H. Edelsbrunner, J. O'Rourke, R. Seidel, "Constructing arrangements
of lines and hyperplanes with applications" (1986), on polyhedral cones and without any linear
programming.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from piecewise_mt.budget import check
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.geometry.columns import Combination, between, shifted
from piecewise_mt.geometry.generators import (
    CUT,
    MINUS,
    NEW,
    PLUS,
    REAL,
    ZERO,
    Generators,
    Known,
    primitive_row,
)

Face = tuple[int, ...]


class FaceComplex(Generators):
    """All faces of a subdivision of R^d; starts as the whole space in one face.

    Parameters
    ----------
    dimension : int
        The dimension d of the space.
    max_faces : int
        The most faces (those at infinity included) that may arise.
    """

    __slots__ = ("inside", "levels", "max_faces", "on_cut")

    def __init__(
        self, dimension: int, max_faces: int, on_cut: Callable[[int], None] | None = None
    ) -> None:
        super().__init__(dimension)
        self.max_faces = max_faces
        self.on_cut = on_cut
        self.inside = REAL
        """The bits that the word of a face inside the domain has."""
        self.levels: list[list[Face]] = [[()], [(0,)]]

    def __len__(self) -> int:
        return sum(map(len, self.levels))

    def copy(self) -> FaceComplex:
        """A complex that can be refined without changing this one."""
        twin = FaceComplex(self.dimension, self.max_faces, self.on_cut)
        twin._last = self._last
        twin.generators = [list(row) for row in self.generators]
        twin.lines = [list(row) for row in self.lines]
        twin.inside = self.inside
        twin.words = list(self.words)
        twin.levels = [list(faces) for faces in self.levels]
        return twin

    # -- refinement ------------------------------------------------------------------------

    def cut(self, kink: Combination, bit: int = -1) -> None:
        """Cut every face where a combination of columns changes its sign.

        `bit` is set in the words of generators where it is positive, and the next bit where it is
        negative, unless it is -1. The signs stand until the next cut, for :meth:`select`.
        """
        read = kink.read
        for index, line in enumerate(self.lines):
            if read(line):
                self._cut_along_line(index, kink, bit)
                return
        heights = list(map(read, self.generators))
        sides = [PLUS if h > 0 else MINUS if h else ZERO for h in heights]
        if PLUS in sides and MINUS in sides:
            self._cut(heights, sides)
        if bit >= 0:
            bits = (0, 1 << bit, 2 << bit)
            words = self.words
            for index in range(len(heights)):
                words[index] |= bits[sides[index]]
        heights += [0] * (len(sides) - len(heights))
        self._last = (kink, heights, sides)

    def _cut(self, heights: list[int], sides: list[int]) -> None:
        """Cut by a kink that vanishes on all lines; `sides` grows by NEW for new generators."""
        generators, words, levels = self.generators, self.words, self.levels
        # A face is also cut through generators that lie on the kink; only then must existing
        # faces be collected as facets of the new ones.
        through_old = ZERO in sides
        if len(levels) < 3:
            return
        edges = levels[2]
        lower_sides = [sides[p] | sides[q] for p, q in edges]
        lower_zero: dict[int, int] = {}
        lower_negative: dict[int, int] = {}
        for index in [i for i, side in enumerate(lower_sides) if side == CUT]:
            plus, minus = edges[index]
            if sides[plus] == MINUS:
                plus, minus = minus, plus
            a, b = heights[plus], -heights[minus]
            new = len(generators)
            generators.append(between(generators[plus], generators[minus], a, b))
            words.append(words[plus] | words[minus])
            levels[1].append((0,))
            edges[index] = (plus, new)
            lower_zero[index] = new
            lower_negative[index] = len(edges)
            edges.append((new, minus))
        sides.extend([NEW] * len(lower_zero))
        lower_sides.extend([MINUS] * len(lower_zero))
        sub_sides = sides
        for level in range(3, len(levels)):
            lower, faces = levels[level - 1], levels[level]
            face_sides: list[int] = []
            append = face_sides.append
            for face in faces:
                side = 0
                for facet in face:
                    side |= lower_sides[facet]
                append(side)
            zero_of: dict[int, int] = {}
            negative_of: dict[int, int] = {}
            for index in [i for i, side in enumerate(face_sides) if side == CUT]:
                above: list[int] = []
                below: list[int] = []
                within: list[int] = []
                for facet in faces[index]:
                    side = lower_sides[facet]
                    if side == PLUS:
                        above.append(facet)
                    elif side == MINUS:
                        below.append(facet)
                    else:
                        above.append(facet)
                        below.append(lower_negative[facet])
                        within.append(lower_zero[facet])
                if through_old:
                    # a (k-2)-face on the kink lies in one facet above and one below
                    within += [
                        old for facet in above for old in lower[facet] if sub_sides[old] == ZERO
                    ]
                new = len(lower)
                lower.append(tuple(within))
                lower_sides.append(NEW)
                above.append(new)
                below.append(new)
                faces[index] = tuple(above)
                zero_of[index] = new
                negative_of[index] = len(faces)
                faces.append(tuple(below))
            face_sides.extend([MINUS] * len(zero_of))
            sub_sides, lower_sides = lower_sides, face_sides
            lower_zero, lower_negative = zero_of, negative_of
        self._check_size()

    def _cut_along_line(self, index: int, kink: Combination, bit: int) -> None:
        """Cut by a kink that is not constant along a line: every face becomes three."""
        read = kink.read
        line = self.lines.pop(index)
        scale = read(line)
        if scale < 0:
            line, scale = [-value for value in line], -scale
        self.generators = [shifted(row, line, read(row), scale) for row in self.generators]
        self.lines = [shifted(row, line, read(row), scale) for row in self.lines]
        self.levels = tripled(self.levels)
        sides = [ZERO] * len(self.generators) + [PLUS, MINUS]
        self._last = (kink, [0] * len(self.generators) + [scale, -scale], sides)
        self.generators += [line, [-value for value in line]]
        self.words += [1 << bit, 2 << bit] if bit >= 0 else [0, 0]
        self._check_size()

    def _check_size(self) -> None:
        require_size(len(self), self.max_faces, self.on_cut)

    # -- joining and dropping faces --------------------------------------------------------

    def packed_words(self) -> None:
        """See :meth:`CompiledComplex.packed_words`; this engine has none."""

    def face_words(self) -> list[list[int]]:
        """The word of every face, level by level."""
        result = [[0] * len(self.levels[0]), list(self.words)]
        for level in range(2, len(self.levels)):
            lower = result[-1]
            words = []
            for face in self.levels[level]:
                word = 0
                for facet in face:
                    word |= lower[facet]
                words.append(word)
            result.append(words)
        return result

    def merge(self) -> None:
        """Join the faces that have equal words.

        Faces with equal words are those between which the labels do not tell. The joined face
        has the largest level of its members; its facets are the classes one level lower in its
        closure; a generator survives iff its own class is of level 1.
        """
        words = self.face_words()
        level_of: dict[int, int] = {}
        for level, level_words in enumerate(words):
            for word in level_words:
                level_of[word] = level
        if len(level_of) == len(self):
            return
        index_of: dict[int, int] = {}
        kept: list[list[Face]] = []
        for level, level_words in enumerate(words):
            facets: dict[int, dict[int, None]] = {}
            for face, word in zip(self.levels[level], level_words, strict=True):
                if level_of[word] == level:
                    found = facets.setdefault(word, {})
                    for facet in face:
                        facet_word = words[level - 1][facet]
                        if facet_word != word:
                            found[index_of[facet_word]] = None
            index_of = {word: position for position, word in enumerate(facets)}
            kept.append([tuple(found) for found in facets.values()])
        survivors = [i for i, word in enumerate(self.words) if level_of[word] == 1]
        self.generators = [self.generators[i] for i in survivors]
        self.words = [self.words[i] for i in survivors]
        self.levels = _without_empty_top(kept)

    def drop(self, mask: int) -> None:
        """Drop the faces whose word meets `mask`; what is left is closed under taking faces."""
        words = self.face_words()
        self._keep([[i for i, word in enumerate(level) if not word & mask] for level in words])

    def carve(self, mask: int, needed: int) -> None:
        """Keep the faces whose words have `needed` and do not meet `mask`, and their faces."""
        words = self.face_words()
        kept: list[list[int]] = [[]]
        closed: set[int] = set()
        for level in range(len(self.levels) - 1, 0, -1):
            own = words[level]
            closed |= {i for i, word in enumerate(own) if word & (mask | needed) == needed}
            kept.insert(1, sorted(closed))
            closed = {facet for i in closed for facet in self.levels[level][i]}
        self._keep(kept)

    def _keep(self, places: list[list[int]]) -> None:
        """Keep some faces of every level, with all faces of theirs."""
        renumbered: dict[int, int] = {0: 0}
        kept: list[list[Face]] = [self.levels[0]]
        for level in range(1, len(self.levels)):
            survivors = places[level]
            kept.append([tuple([renumbered[f] for f in self.levels[level][i]]) for i in survivors])
            renumbered = {old: new for new, old in enumerate(survivors)}
            if level == 1:
                self.generators = [self.generators[i] for i in survivors]
                self.words = [self.words[i] for i in survivors]
        self.levels = _without_empty_top(kept)

    def _words_above(self) -> list[int]:
        """For every generator the word of a largest face that has it."""
        own = self.face_words()
        words = own[-1]
        for level in range(len(self.levels) - 1, 1, -1):
            below = own[level - 1]
            for word, face in zip(words, self.levels[level], strict=True):
                for facet in face:
                    below[facet] = word
            words = below
        return words

    def ties_reached(self, bits: range, kind: Callable[[int], int]) -> list[int]:
        """The generators of inner faces of ties in the closure of a face of the other branch.

        `kind` says of the bits of a face whether it is one of ties (0) or of the other branch (1).
        """
        known = Known(bits, kind)
        words = self.face_words()
        found: set[int] = set()
        reached: set[int] = set()
        checked: set[int] = set()
        for level in range(len(self.levels) - 1, 0, -1):
            for index, word in enumerate(words[level]):
                # faces at infinity are not inside, nor are any of theirs
                if known[word] == 1:
                    reached.add(index)
                elif index in reached and known[word] == 0 and word & self.inside == self.inside:
                    checked.add(index)
            if level == 1:
                found = checked
            else:
                faces = self.levels[level]
                reached = {facet for index in reached for facet in faces[index]}
                checked = {facet for index in checked for facet in faces[index]}
        return sorted(found)

    # -- what is read ----------------------------------------------------------------------

    def level_sizes(self) -> list[int]:
        """How many faces each level has."""
        return list(map(len, self.levels))

    def count(self, mask: int) -> list[int]:
        """How many faces of each level have all bits of `mask` in their words."""
        return [sum(word & mask == mask for word in level) for level in self.face_words()]

    def coordinates_of(self, level: int, index: int) -> list[list[int]]:
        """The coordinates (x0, x1, …, xa) of the generators of a face, as primitive rows."""
        width = self.dimension + 1
        return [primitive_row(self.generators[g][:width]) for g in self.generators_of(level, index)]

    def generator_sets(self, level: int) -> list[frozenset[int]]:
        """The generators of every face of a level, as indices."""
        return members(self.levels, level)

    def generators_of(self, level: int, index: int) -> list[int]:
        """The generators of one face, as sorted indices."""
        return generators_in(self.levels, level, index)


def require_size(total: int, limit: int, report: Callable[[int], None] | None) -> None:
    """Refuse too many faces, or report how many there are.

    Raises
    ------
    TooManyPieces
        If there are more than the limit.
    """
    check()
    if total > limit:
        raise TooManyPieces(
            f"expected at most {limit} faces, got {total} before the end; raise the "
            "limit (max_pieces, max_faces), restrict the domain, or count with mt.f_vector"
        )
    if report is not None:
        report(total)


def generators_in(levels: Sequence[Sequence[Face]], level: int, index: int) -> list[int]:
    """The generators of one face, as sorted indices."""
    if level == 0:
        return []
    current = {index}
    for k in range(level, 1, -1):
        faces = levels[k]
        current = {facet for face in current for facet in faces[face]}
    return sorted(current)


def members(levels: Sequence[Sequence[Face]], level: int) -> list[frozenset[int]]:
    """The generators of every face of a level, as indices."""
    if level == 0:
        return [frozenset()]
    sets = [frozenset((i,)) for i in range(len(levels[1]))]
    for k in range(2, level + 1):
        sets = [frozenset().union(*[sets[f] for f in face]) for face in levels[k]]
    return sets


def tripled(old: list[list[Face]]) -> list[list[Face]]:
    """Every face on a line's hyperplane, and the two that the line and its negative add."""
    sizes = [len(faces) for faces in old] + [0]
    new: list[list[Face]] = [list(faces) for faces in old] + [[]]
    for level, faces in enumerate(old):
        # the upper half of facet g of a face of this level has the index up + g
        up = sizes[level]
        down = up + (sizes[level - 1] if level else 0)
        for start in (up, down):
            new[level + 1] += [
                (i, *[start + facet for facet in face]) for i, face in enumerate(faces)
            ]
    return new


def _without_empty_top(levels: list[list[Face]]) -> list[list[Face]]:
    while len(levels) > 2 and not levels[-1]:
        levels.pop()
    return levels
