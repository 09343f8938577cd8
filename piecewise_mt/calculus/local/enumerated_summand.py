"""A summand of neither kind: its own ties are enumerated, and no others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import final

from piecewise_mt.calculus.evaluation.program import Slots, selected
from piecewise_mt.calculus.local.bouligand import inner_ray
from piecewise_mt.calculus.local.reduction import dot, make_program
from piecewise_mt.calculus.partition.maxima import Term
from piecewise_mt.calculus.partition.refinement import generator_rows, partition
from piecewise_mt.calculus.partition.summand_kinds import Extreme, Summand
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.functions.atoms import max_atom, order_atom
from piecewise_mt.geometry.polytope import Combination, Point, Polytope, Separation
from piecewise_mt.memory import cached_property


@final
class EnumeratedSummand(Summand):
    """Terms whose limits are those of the cones of their complex, in the coordinates of their span.

    Raises
    ------
    TooManyPieces
        By whatever asks for the limits, if there are too many faces.
    """

    has_only_vertices = False
    is_convex = False
    is_concave = False

    def __init__(
        self,
        basis: tuple[int, ...],
        terms: Sequence[Term],
        columns: Sequence[Point],
        coordinates: Sequence[Sequence[Point]],
        *,
        max_faces: int,
    ) -> None:
        super().__init__(basis, len(columns[0]))
        self.max_faces = max_faces
        k = len(basis)
        units = []
        for term, points in zip(terms, coordinates, strict=True):
            n = len(points)
            atom = max_atom(n) if term.is_maximum else order_atom(n, term.rank)
            units.append((atom, [_slots(point) for point in points]))
        outputs = [
            {k + 1 + i: column[j] for i, column in enumerate(columns) if column[j]}
            for j in range(self.outputs)
        ]
        names = tuple(f"t{i + 1}" for i in range(k))
        self._program = make_program(names, units, outputs)

    @cached_property
    def _limits(self) -> dict[Point, Extreme]:
        program, k = self._program, self.rank
        cells = partition(program, None, self.max_faces).cells
        top = len(cells.levels) - 1
        found: dict[Point, Extreme] = {}
        for index, word in enumerate(cells.face_words()[top]):
            if not word & 1:
                continue
            labels = program.labels(word)
            forms = program.affine(labels, selected)
            point = tuple(fraction(v) for row in forms.outputs for v in row[1:])  # type: ignore[arg-type]
            if point in found:
                continue
            rows = []
            for unit, label, operands in zip(program.units, labels, forms.operands, strict=True):
                for (coefficients, _), relation in unit.atom.constraints(label):
                    if relation != "=":
                        columns = [[form[i + 1] for form in operands] for i in range(k)]
                        rows.append(tuple(fraction(dot(coefficients, c)) for c in columns))
            ray = inner_ray(generator_rows(cells, top, index), k)
            found[point] = Extreme(point, ray, partial(tuple, list(dict.fromkeys(rows))))
        return found

    @cached_property
    def _polytope(self) -> Polytope:
        return Polytope(self._limits)

    @property
    def dimension(self) -> int:
        return self._polytope.dimension

    @property
    def is_point(self) -> bool:
        return len(self._limits) == 1

    @property
    def count(self) -> int:
        return len(self._limits)

    def extremes(self) -> Iterator[Extreme]:
        return iter(self._limits.values())

    def find(self, point: Point) -> Extreme | None:
        return self._limits.get(point)

    def furthest(self, direction: Point) -> Point:
        return self._polytope.furthest(direction)

    def certificate(self, point: Point) -> Combination | Separation:
        return self._polytope.certificate(point)


def _slots(point: Point) -> Slots:
    return {i: v for i, v in enumerate(point, start=1) if v}
