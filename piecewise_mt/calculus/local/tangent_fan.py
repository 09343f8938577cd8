"""The fan of cones on which f'(x; ·) is linear, and the Fréchet subdifferentials on its cones.

On a cone σ of the fan f'(x; ·) has one Fréchet subdifferential, that of f at x + ε d for d inside σ
and small ε > 0 (where f is piecewise linear near x). With F = f'(x; ·), which is linear on each
cone τ that has σ as a face, it is

    {g : g·r = F(r) for the rays r of σ, g·r ≤ F(r) for those of the cones τ}.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, selected
from piecewise_mt.calculus.local.bouligand import reduced_domain
from piecewise_mt.calculus.local.place import LocalProof, Place
from piecewise_mt.calculus.local.reduction import Reduction, Vector, dot
from piecewise_mt.calculus.partition.refinement import partition
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.proof import numbers_text, rebuilt
from piecewise_mt.calculus.results.same import alike
from piecewise_mt.exact.linear import Row, kernel
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property


@dataclass(frozen=True)
class Cone:
    """A cone of the fan, by the places of its rays and of those of the cones around it."""

    own: tuple[int, ...]
    around: tuple[int, ...]
    dimension: int


class Fan(LocalProof):
    """The cones of a reduced local function with one output, in the pivot variables.

    Its claim is that f'(x; ·) is linear on each of them and that there are no others: ``verify()``
    cuts the fan anew at the place, and compares the slopes of rays with those of their sums.
    """

    def __init__(
        self,
        reduction: Reduction,
        program: Program,
        walls: Sequence[Row],
        max_faces: int,
        place: Place | None = None,
    ) -> None:
        self.place = place
        self.names = [f"g{p + 1}" for p in reduction.pivots]
        self.rays: list[Vector] = []
        self.lines: list[Vector] = []
        self.cones: list[Cone] = [Cone((), (), 0)]
        self._program = program
        if reduction.rank:
            self._cut(reduction, walls, max_faces)

    def _cut(self, reduction: Reduction, walls: Sequence[Row], max_faces: int) -> None:
        cells = partition(self._program, reduced_domain(reduction, walls), max_faces).cells
        width = reduction.rank + 1
        # the apex is a generator too, and a ray the zero vector
        self.rays = [tuple(map(fraction, row[1:width])) for row in cells.generators]
        self.lines = [tuple(map(fraction, row[1:width])) for row in cells.lines]
        words, levels = cells.face_words(), cells.levels
        top = len(levels) - 1
        within: list[dict[int, int]] = [{} for _ in levels]
        around: list[dict[int, int]] = [{} for _ in levels]
        for level in range(top, 0, -1):
            for index, word in enumerate(words[level]):
                if word & 1:
                    mask = sum(1 << g for g in cells.generators_of(level, index))
                    within[level][index] = mask
                    star = around[level].get(index, 0) | mask
                    around[level][index] = star
                    for facet in levels[level][index] if level > 1 else ():
                        around[level - 1][facet] = around[level - 1].get(facet, 0) | star
        shift = len(self.lines) - 1
        self.cones = [
            Cone(self._places(mask), self._places(around[level][index] & ~mask), level + shift)
            for level in range(1, top + 1)
            for index, mask in within[level].items()
        ]

    @property
    def claim(self) -> str:
        """The rays, the lines and the cones."""
        rays, lines = (
            ", ".join(map(numbers_text, own)) or "none" for own in (self.rays, self.lines)
        )
        cones = ", ".join(numbers_text(cone.own) for cone in self.cones)
        return (
            f"in {', '.join(self.names) or 'no direction'} the slope is linear on the cones "
            f"{cones} of the rays {rays}, numbered from 0, and of the lines {lines}, and there are "
            "no others"
        )

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What is trusted beside exact arithmetic."""
        return foundations(self.place)

    def _is_proved(self) -> bool:
        return self._check()  # the program of a fan is no plain data; it is made anew

    def _check(self) -> bool:
        own = self._of(rebuilt(self.place).analysis())
        told, found = (
            (fan.names, fan.rays, fan.lines, fan.cones, fan.slopes, fan.line_slopes)
            for fan in (self, own)
        )
        return (
            type(self) is type(own) and alike(told, found) and all(map(own._is_linear, own.cones))
        )

    def _of(self, local: Any) -> Fan:
        """The fan of another analysis."""
        found: Fan = local.mordukhovich.fan
        return found

    def _is_linear(self, cone: Cone) -> bool:
        """Whether the slope along the sum of a cone's rays and lines is the sum of theirs."""
        total = [Fraction(0)] * len(self.names)
        slope = Fraction(0)
        pairs = [(self.rays[i], self.slopes[i]) for i in cone.own]
        for line, height in (*pairs, *zip(self.lines, self.line_slopes, strict=True)):
            total = [t + v for t, v in zip(total, line, strict=True)]
            slope = slope + height
        return bool(self._slope(tuple(total)) == slope)

    def _places(self, mask: int) -> tuple[int, ...]:
        return tuple(i for i, ray in enumerate(self.rays) if mask >> i & 1 and any(ray))

    @cached_property
    def slopes(self) -> list[Fraction]:
        """F(r) of each ray."""
        return [self._slope(ray) for ray in self.rays]

    @cached_property
    def line_slopes(self) -> list[Fraction]:
        """F of each line, along which F is linear."""
        return [self._slope(line) for line in self.lines]

    def _slope(self, t: Vector) -> Fraction:
        (form,) = self._program.affine(self._program.labels_at(t), selected).outputs
        return fraction(dot(form[1:], t))

    def direction(self, cone: Cone) -> Vector:
        """A direction inside a cone."""
        total = [Fraction(0)] * len(self.names)
        for place in cone.own:
            total = [t + v for t, v in zip(total, self.rays[place], strict=True)]
        return tuple(map(fraction, primitive(total)))

    def subdifferential(self, cone: Cone) -> Polyhedron:
        """The Fréchet subdifferential inside a cone, perhaps empty."""
        equal = [(self.rays[i], self.slopes[i]) for i in cone.own]
        equal += zip(self.lines, self.line_slopes, strict=True)
        equations = [primitive([-slope, *ray]) for ray, slope in equal]
        rows = [
            (primitive([self.slopes[i], *(-v for v in self.rays[i])]), False) for i in cone.around
        ]
        return Polyhedron(self.names, equations, list(dict.fromkeys(rows)))

    def violated(self, cone: Cone, g: Vector) -> Vector | None:
        """A direction along which g breaks what a cone asks of it, None if it is an element."""
        for i in (*cone.own, *cone.around):
            if dot(g, self.rays[i]) > self.slopes[i]:
                return self.rays[i]
        for i in cone.own:
            if dot(g, self.rays[i]) < self.slopes[i]:
                return tuple(-v for v in self.rays[i])
        for line, slope in zip(self.lines, self.line_slopes, strict=True):
            height = dot(g, line)
            if height != slope:
                return line if height > slope else tuple(-v for v in line)
        return None


@dataclass(frozen=True)
class Generators:
    """Vertices, and directions of rays and lines, of a closed polyhedron that is not empty."""

    vertices: tuple[Vector, ...]
    rays: tuple[Vector, ...]
    lines: tuple[Vector, ...]


def generators_of(polyhedron: Polyhedron) -> Generators:
    """The vertices, rays and lines of a nonempty closed polyhedron."""
    cell = relative_interior(polyhedron)
    assert cell is not None
    rows, lines = cell.complex.generators, cell.complex.lines
    width = len(polyhedron.variables) + 1
    return Generators(
        tuple(sorted(tuple(quotient(v, r[0]) for v in r[1:width]) for r in rows if r[0])),
        tuple(sorted(tuple(map(fraction, r[1:width])) for r in rows if not r[0])),
        tuple(sorted(tuple(map(fraction, r[1:width])) for r in lines)),
    )


def includes(polyhedron: Polyhedron, generators: Generators) -> bool:
    """Whether a closed polyhedron has all that some generators span."""

    def height(row: Row, ray: Vector) -> Fraction:
        return fraction(dot(row[1:], ray))

    both = [*generators.lines, *(tuple(-v for v in line) for line in generators.lines)]
    return all(map(polyhedron.contains, generators.vertices)) and all(
        all(height(row, ray) >= 0 for row, _ in polyhedron.inequalities)
        and not any(height(row, ray) for row in polyhedron.equations)
        for ray in (*generators.rays, *both)
    )


def raised_polyhedron(reduction: Reduction, reduced: Polyhedron) -> Polyhedron:
    """A set of vectors in the pivot columns as one in all the variables g1, …, ga."""
    a = len(reduction.source.names)
    (base,) = reduction.base
    own = [
        primitive([-dot(base, t), *t])
        for t in kernel([primitive(row) for row in reduction.basis], a)
    ]

    def moved(row: Row) -> list[Fraction]:
        return [fraction(row[0]), *reduction.spread([fraction(c) for c in row[1:]])]

    return Polyhedron(
        [f"g{j + 1}" for j in range(a)],
        [*own, *(primitive(moved(row)) for row in reduced.equations)],
        [(primitive(moved(row)), strict) for row, strict in reduced.inequalities],
    )
