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

from collections.abc import Callable
from math import gcd

from piecewise_mt.errors import TooManyPieces

Face = tuple[int, ...]
ZERO, PLUS, MINUS, CUT, NEW = 0, 1, 2, 3, 4
REAL = 1
"""Bit 0 of a word: x0 > 0, so the face is not one at infinity."""


class FaceComplex:
    """All faces of a subdivision of R^d; starts as the whole space in one face.

    Parameters
    ----------
    dimension : int
        The dimension d of the space.
    max_faces : int
        The most faces (those at infinity included) that may arise.
    """

    __slots__ = (
        "dimension",
        "generators",
        "inside",
        "levels",
        "lines",
        "max_faces",
        "on_cut",
        "words",
    )

    def __init__(
        self, dimension: int, max_faces: int, on_cut: Callable[[int], None] | None = None
    ) -> None:
        self.dimension = dimension
        self.max_faces = max_faces
        self.on_cut = on_cut
        self.generators: list[list[int]] = [[1] + [0] * dimension]
        self.lines: list[list[int]] = [
            [0] * (i + 1) + [1] + [0] * (dimension - i - 1) for i in range(dimension)
        ]
        self.inside = REAL
        """The bits that the word of a face inside the domain has."""
        self.words: list[int] = [REAL]
        self.levels: list[list[Face]] = [[()], [(0,)]]

    def __len__(self) -> int:
        return sum(map(len, self.levels))

    def copy(self) -> FaceComplex:
        """A complex that can be refined without changing this one."""
        twin = FaceComplex(self.dimension, self.max_faces, self.on_cut)
        twin.generators = [list(row) for row in self.generators]
        twin.lines = [list(row) for row in self.lines]
        twin.inside = self.inside
        twin.words = list(self.words)
        twin.levels = [list(faces) for faces in self.levels]
        return twin

    # -- refinement ------------------------------------------------------------------------

    def refine(self, positive: int, negative: int) -> None:
        """Cut every face by the kink in the last column.

        `positive` and `negative` are the bits to set in the words of generators where the kink
        is positive or negative (0 for none).
        """
        for index, line in enumerate(self.lines):
            if line[-1]:
                self._cut_along_line(index, positive, negative)
                return
        heights = [generator[-1] for generator in self.generators]
        sides = [PLUS if h > 0 else MINUS if h else ZERO for h in heights]
        if PLUS in sides and MINUS in sides:
            self._cut(heights, sides)
        if positive or negative:
            bits = (0, positive, negative)
            words = self.words
            for index in range(len(heights)):
                words[index] |= bits[sides[index]]

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
            row = [a * v + b * u for u, v in zip(generators[plus], generators[minus])]
            divisor = gcd(*row)
            if divisor > 1:
                row = [value // divisor for value in row]
            new = len(generators)
            generators.append(row)
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

    def _cut_along_line(self, index: int, positive: int, negative: int) -> None:
        """Cut by a kink that is not constant along a line: every face becomes three."""
        line = self.lines.pop(index)
        if line[-1] < 0:
            line = [-value for value in line]
        self.generators = [_shifted(generator, line) for generator in self.generators]
        self.lines = [_shifted(other, line) for other in self.lines]
        old = self.levels
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
        self.levels = new
        self.generators += [line, [-value for value in line]]
        self.words += [positive, negative]
        self._check_size()

    def _check_size(self) -> None:
        total = len(self)
        if total > self.max_faces:
            raise TooManyPieces(
                f"expected at most {self.max_faces} faces, got {total} before the end; raise the "
                "limit (max_pieces, max_faces), or restrict the domain"
            )
        if self.on_cut is not None:
            self.on_cut(total)

    # -- joining and dropping faces --------------------------------------------------------

    def face_words(self) -> list[list[int]]:
        """The word of every face, level by level."""
        result = [[0] * len(self.levels[0]), self.words]
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
        renumbered: dict[int, int] = {0: 0}
        kept: list[list[Face]] = [self.levels[0]]
        for level in range(1, len(self.levels)):
            survivors = [i for i, word in enumerate(words[level]) if not word & mask]
            kept.append([tuple([renumbered[f] for f in self.levels[level][i]]) for i in survivors])
            renumbered = {old: new for new, old in enumerate(survivors)}
            if level == 1:
                self.generators = [self.generators[i] for i in survivors]
                self.words = [self.words[i] for i in survivors]
        self.levels = _without_empty_top(kept)

    # -- columns ---------------------------------------------------------------------------

    def generator_sets(self, level: int) -> list[frozenset[int]]:
        """The generators of every face of a level, as indices."""
        sets = [frozenset((i,)) for i in range(len(self.generators))]
        if level == 0:
            return [frozenset()]
        for k in range(2, level + 1):
            sets = [frozenset().union(*[sets[f] for f in face]) for face in self.levels[k]]
        return sets

    def generators_of(self, level: int, index: int) -> list[int]:
        """The generators of one face, as sorted indices."""
        if level == 0:
            return []
        current = {index}
        for k in range(level, 1, -1):
            faces = self.levels[k]
            current = {facet for face in current for facet in faces[face]}
        return sorted(current)


def _shifted(row: list[int], line: list[int]) -> list[int]:
    """`row` moved along `line` (positive in the last column) to where the last column is 0."""
    height = row[-1]
    if not height:
        return row
    scale = line[-1]
    moved = [scale * a - height * b for a, b in zip(row, line, strict=True)]
    divisor = gcd(*moved)
    return [value // divisor for value in moved] if divisor > 1 else moved


def _without_empty_top(levels: list[list[Face]]) -> list[list[Face]]:
    while len(levels) > 2 and not levels[-1]:
        levels.pop()
    return levels
