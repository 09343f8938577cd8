"""A piecewise linear function on its full-dimensional cells, as integer rows at generators.

A closed cell is the set of nonnegative combinations of its generators (x0, x), plus lines, with
x0 = 1. So an affine function that is ≥ 0 at all generators and 0 on the lines is ≥ 0 on the cell,
and whether several are positive at one point of it is a linear program in the combination.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, compile_program, selected
from piecewise_mt.calculus.partition.domain import empty_domain, read_domain
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, strata
from piecewise_mt.calculus.properties.smooth_shape import no_interior
from piecewise_mt.errors import ShapeError, Unsupported
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property

AffineRow = tuple[Fraction, ...]
"""(c0, c1, …, ca): the affine function c0 + c1 x1 + … + ca xa."""


@dataclass(frozen=True, eq=False)
class Cone:
    """A closed cell: what its generators (x0, x) and lines span, with x0 = 1."""

    generators: tuple[Row, ...]
    lines: tuple[Row, ...]

    @property
    def inner(self) -> tuple[int, ...]:
        """A point (x0, x) of the interior: the sum of the generators."""
        return tuple(sum(column) for column in zip(*self.generators, strict=True))

    def is_nonnegative(self, row: Sequence[Fraction | int]) -> bool:
        """Whether an affine function is ≥ 0 on the cell.

        Examples
        --------
        >>> half = Cone(((1, 0, 0), (0, 1, 0)), ((0, 0, 1),))
        >>> half.is_nonnegative((0, 1, 0)), half.is_nonnegative((0, 1, 1))
        (True, False)
        """
        return not any(_at(row, line) for line in self.lines) and all(
            _at(row, g) >= 0 for g in self.generators
        )

    def point_above(self, rows: Sequence[AffineRow]) -> tuple[Fraction, ...] | None:
        """A point of the cell where all rows are positive; None if there is none.

        A linear program decides it, exactly, unless one row is nowhere positive.
        """
        if any(self.is_nonnegative([-c for c in row]) for row in rows):
            return None
        own = [primitive(row) for row in rows]
        columns = (*self.generators, *self.lines)
        width = len(columns)
        # positive multiples of points: x0 > 0, too
        above = [((0, *(sum(map(mul, row, c)) for c in columns)), True) for row in own]
        above.append(((0, *(c[0] for c in columns)), True))
        signs = [
            ((0, *(int(i == j) for j in range(width))), False) for i in range(len(self.generators))
        ]
        found = feasible_point([], above + signs)
        if not isinstance(found, Witness):
            return None
        total = [
            sum((f * c for f, c in zip(found.point, column, strict=True)), Fraction(0))
            for column in zip(*columns, strict=True)
        ]
        return tuple(v / total[0] for v in total[1:])


def _at(row: Sequence[Any], generator: Sequence[Any]) -> Any:
    return sum(map(mul, row, generator))


@dataclass(frozen=True, eq=False)
class Cell:
    """A full-dimensional cell, and the affine function that each output is on it."""

    cone: Cone
    rows: tuple[AffineRow, ...]


@dataclass(frozen=True, eq=False)
class Cells:
    """The full-dimensional cells of a function, which cover the domain."""

    function: Expression
    names: tuple[str, ...]
    domain: Polyhedron | None
    cells: tuple[Cell, ...]
    strata: PolyhedralStrata

    @cached_property
    def facets(self) -> tuple[tuple[int, int], ...]:
        """The numbers of two cells that share a facet."""
        # strata of full dimension come first, so that their numbers are those of the cells
        graph = self.strata.adjacency()
        return tuple(sorted((min(u, v), max(u, v)) for u, v in graph.edges))

    @cached_property
    def whole(self) -> Cone:
        """The domain as a cone."""
        space = Polyhedron(self.names) if self.domain is None else self.domain
        return cone_of(space)


def cone_of(region: Polyhedron) -> Cone:
    """The closure of a polyhedron that has points."""
    inside = relative_interior(region)
    assert inside is not None, "it has points"
    faces = inside.complex
    return Cone(tuple(map(tuple, faces.generators)), tuple(map(tuple, faces.lines)))


def linear_program_of(f: Expression, purpose: str = "form") -> Program:
    """The program of a piecewise linear function with rational coefficients, for some purpose.

    Raises
    ------
    Unsupported
        For any other function, by the name of what it is not.
    """
    if f.parameters:
        names = ", ".join(v.name for v in f.parameters)
        raise Unsupported(
            f"expected a function without parameters here, got one with {names}; give them values "
            "with f.subs, or make them variables with f.on"
        )
    if not f.size:
        raise ShapeError(f"expected at least one output, got the shape {f.shape}; give entries")
    program = compile_program(f)
    if program.is_smooth:
        raise Unsupported(
            f"expected a piecewise linear function for this {purpose}, got one "
            f"with {program.smooth[0].text}; curved functions have no such {purpose}"
        )
    if not program.is_rational:
        raise Unsupported(
            f"expected rational coefficients for this {purpose}, got {f!r}; write roots as "
            "variables"
        )
    return program


def cells_of(f: Expression, domain: Any = None) -> Cells:
    """Cut the space, or a full-dimensional convex domain, by the kinks of a function.

    Raises
    ------
    Unsupported
        If it is not piecewise linear with rational coefficients.
    PiecewiseError
        If the domain has no interior.
    """
    names = linear_program_of(f).names
    region = full_domain(domain, names)
    return _cells(f, strata(f, region), region)


def full_domain(domain: Any, names: tuple[str, ...]) -> Polyhedron | None:
    """A domain with interior, or None for the whole space.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> print(full_domain("x > 0", ("x",)))
    x > 0
    >>> try:
    ...     full_domain("x = 0", ("x",))
    ... except mt.PiecewiseError as error:
    ...     print(error)
    expected a full-dimensional domain, got x = 0, which has no interior; give one with interior
    points
    """
    region = read_domain(domain, names)
    if region is not None:
        if region.is_empty:
            raise empty_domain(region)
        if region.dimension < len(names):
            raise no_interior(region)
    return region


def _cells(f: Expression, cut: PolyhedralStrata, region: Polyhedron | None) -> Cells:
    full = len(cut.names)
    lines = tuple(tuple(line[: full + 1]) for line in cut.partition.cells.lines)
    found = []
    for stratum in cut:
        if stratum.dimension < full:
            break
        outputs = cut.program.affine(stratum.label_keys, selected).outputs
        rows = tuple(tuple(Fraction(c) for c in row) for row in outputs)  # type: ignore[arg-type]
        generators = tuple(tuple(g[: full + 1]) for g in stratum.generators)
        found.append(Cell(Cone(generators, lines), rows))
    return Cells(f, cut.names, region, tuple(found), cut)


def distinct(rows: Iterable[AffineRow]) -> list[AffineRow]:
    """Without repetitions, in order."""
    return list(dict.fromkeys(rows))


def minus(one: AffineRow, two: AffineRow) -> AffineRow:
    """The difference of two affine functions."""
    return tuple(a - b for a, b in zip(one, two, strict=True))


def plus(one: AffineRow, two: AffineRow) -> AffineRow:
    """The sum of two affine functions."""
    return tuple(a + b for a, b in zip(one, two, strict=True))


def irredundant_maximum(rows: Iterable[AffineRow], cone: Cone) -> list[AffineRow]:
    """The affine functions that are the maximum somewhere alone: every other one is superfluous.

    Examples
    --------
    On the line, 0 is nowhere above both -x and x:

    >>> line = Cone(((1, 0),), ((0, 1),))
    >>> irredundant_maximum([(Fraction(0), Fraction(c)) for c in (-1, 0, 1)], line)
    [(Fraction(0, 1), Fraction(-1, 1)), (Fraction(0, 1), Fraction(1, 1))]
    """
    own = distinct(rows)
    kept: dict[AffineRow, None] = {}
    gone: set[AffineRow] = set()
    for row in own:
        # a program against the few that are known to be kept (K. L. Clarkson, "More
        # output-sensitive geometric algorithms", 1994): the row is superfluous, or one to keep
        # is found
        while row not in kept and row not in gone:
            point = cone.point_above([minus(row, other) for other in kept])
            if point is None:
                gone.add(row)
                continue
            best = _largest_at((Fraction(1), *point), [r for r in own if r not in gone])
            if len(best) > 1:
                others = [other for other in own if other != row and other not in gone]
                if cone.point_above([minus(row, other) for other in others]) is None:
                    gone.add(row)
                    continue
                best = [row]
            kept[best[0]] = None
    return [row for row in own if row in kept]


def _largest_at(point: Sequence[Fraction], rows: Sequence[AffineRow]) -> list[AffineRow]:
    """The rows that are the maximum at a point (1, x)."""
    heights = [_at(row, point) for row in rows]
    top = max(heights)
    return [row for row, height in zip(rows, heights, strict=True) if height == top]
