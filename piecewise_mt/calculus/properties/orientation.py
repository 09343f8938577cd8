"""Piecewise affine maps of a space into itself: signs of determinants, preimages, degree.

A piecewise affine map of Rⁿ whose Jacobian determinants on all full-dimensional cells have one
sign (it is *coherently oriented*) is onto, and every regular value has as many preimages as any
other, the absolute value of its degree; it is a homeomorphism iff that is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum
from piecewise_mt.exact.linear import kernel
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.quadratics import composed, solved
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.exact.simplex_integrals import determinant
from piecewise_mt.geometry.cells import inner_points, relative_interior
from piecewise_mt.geometry.cover import covered_cells
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Related, apart, related
from piecewise_mt.memory import cached_property

Point = tuple[Fraction, ...]
Map = tuple[tuple[Fraction, ...], ...]
"""Rows (c0, c1, …, cn), one an output."""


@dataclass(frozen=True, eq=False)
class AffineCell:
    """A full-dimensional stratum with the affine map on it."""

    stratum: PolyhedralStratum
    map: Map

    @cached_property
    def determinant(self) -> Fraction:
        """Of the Jacobian."""
        return Fraction(determinant([row[1:] for row in self.map]))

    @cached_property
    def inverse(self) -> Map | None:
        """The inverse affine map; None if the determinant is 0."""
        n = len(self.map)
        right = [
            (-row[0], *(Fraction(int(i == j)) for j in range(n))) for i, row in enumerate(self.map)
        ]
        found = solved([row[1:] for row in self.map], right)
        return None if found is None else tuple(tuple(row) for row in found)

    @cached_property
    def closure(self) -> Polyhedron:
        """The closed cell."""
        own = self.stratum.polyhedron
        rows = [(row, False) for row, _ in own.inequalities]
        return Polyhedron(own.variables, own.equations, rows)

    @cached_property
    def image(self) -> Polyhedron:
        """Where the closed cell is mapped to."""
        return image_of(self.closure, self)

    def value(self, point: Sequence[Fraction]) -> Point:
        """The map at a point."""
        return value_of(self.map, point)


def value_of(rows: Map, point: Sequence[Fraction]) -> Point:
    """An affine map at a point."""
    return tuple(
        row[0] + sum((c * v for c, v in zip(row[1:], point, strict=True)), Fraction(0))
        for row in rows
    )


def image_of(region: Polyhedron, cell: AffineCell) -> Polyhedron:
    """The image of a part of a cell whose map has an inverse."""
    assert cell.inverse is not None, "its determinant is not 0"
    rows = [Related(primitive(composed(row, cell.inverse)), rel) for row, rel in related(region)]
    return Polyhedron(region.variables, *apart(rows))


def affine_cells(cut: PolyhedralStrata) -> list[AffineCell]:
    """The full-dimensional strata with their affine maps, in order."""
    found = []
    for stratum in cut:
        if stratum.dimension < len(cut.names):
            break
        outputs = cut.program.affine(stratum.label_keys, selected).outputs
        rows = tuple(tuple(Fraction(c) for c in row) for row in outputs)  # type: ignore[arg-type]
        found.append(AffineCell(stratum, rows))
    return found


def flat_pair(cell: AffineCell) -> tuple[Point, Point]:
    """Two points of a cell with the same value, if its determinant is 0."""
    n = len(cell.map)
    (step, *_) = kernel([primitive(row[1:]) for row in cell.map], n)
    return cell.stratum.point, _within(cell, cell.stratum.point, [Fraction(c) for c in step])


def _within(cell: AffineCell, start: Sequence[Fraction], step: Sequence[Fraction]) -> Point:
    """A point of the cell from one of its closure along a step that points into it."""
    size = Fraction(1)
    while True:
        point = tuple(a + size * b for a, b in zip(start, step, strict=True))
        if cell.stratum.polyhedron.contains(point):
            return point
        size /= 2


def folded_pair(cut: PolyhedralStrata, cells: Sequence[AffineCell]) -> tuple[Point, Point] | None:
    """Two points with the same value next to a facet at which the determinant changes its sign.

    None if it never does. The maps agree on the facet, so both sides are mapped to the same side
    of its image.
    """
    graph = cut.adjacency()
    for one, two, data in sorted(graph.edges(data=True), key=lambda edge: edge[2]["facet"]):
        first, second = cells[one], cells[two]
        if first.determinant * second.determinant >= 0:
            continue
        middle = cut[data["facet"]].point
        step = [b - a for a, b in zip(middle, first.stratum.point, strict=True)]
        matrix = [row[1:] for row in first.map]
        moved = [[sum((c * v for c, v in zip(row, step, strict=True)), Fraction(0))]
                 for row in matrix]  # fmt: skip
        other = solved([row[1:] for row in second.map], moved)
        assert other is not None, "the determinant is not 0"
        back = [row[0] for row in other]
        size = Fraction(1)
        while True:
            p = tuple(m + size * c for m, c in zip(middle, step, strict=True))
            q = tuple(m + size * c for m, c in zip(middle, back, strict=True))
            if first.closure.contains(p) and second.closure.contains(q):
                return p, q
            size /= 2
    return None


def preimages_of_a_regular_value(cells: Sequence[AffineCell]) -> tuple[Point, tuple[Point, ...]]:
    """A value that no boundary of a cell is mapped to, and all points with that value.

    All determinants must have one sign. A curve of moments meets every hyperplane in at most n
    points, so that one of its first points is regular.
    """
    start = cells[0].value(cells[0].stratum.point)
    k = 0
    while True:
        value = tuple(v + Fraction(k, 7) ** (j + 1) for j, v in enumerate(start))
        found, regular = [], True
        for cell in cells:
            assert cell.inverse is not None, "its determinant is not 0"
            point = value_of(cell.inverse, value)
            if cell.stratum.polyhedron.contains(point):
                found.append(point)
            elif cell.closure.contains(point):
                regular = False
                break
        if regular:
            return value, tuple(found)
        k += 1


def value_without_preimage(names: tuple[str, ...], cells: Sequence[AffineCell]) -> Point | None:
    """A point that no closed cell is mapped to; None if none is found."""
    open_cells = [cell for cell in cells if cell.inverse is not None]
    flat = [cell for cell in cells if cell.inverse is None]
    for point in _uncovered(names, [cell.image for cell in open_cells]):
        if not any(_has_preimage(cell, point) for cell in flat):
            return point
    return None


def _uncovered(names: tuple[str, ...], images: Sequence[Polyhedron]) -> Iterator[Point]:
    """Points in none of some closed polyhedra: some for every cell of what they leave."""
    if not images:
        space = relative_interior(Polyhedron(names))
        assert space is not None
        yield from inner_points(space.complex.generators, space.complex.lines)
        return
    for region, inside in covered_cells(Polyhedron(names), [[image] for image in images]):
        if not inside and not region.equations:
            cell = relative_interior(region)
            assert cell is not None, "it has points"
            yield from inner_points(cell.complex.generators, cell.complex.lines)


def _has_preimage(cell: AffineCell, value: Point) -> bool:
    rows = [primitive((row[0] - v, *row[1:])) for row, v in zip(cell.map, value, strict=True)]
    return isinstance(feasible_point(rows, cell.closure.inequalities), Witness)
