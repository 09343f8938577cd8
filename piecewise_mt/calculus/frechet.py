"""The Fréchet subdifferential of a scalar function, and local extrema, from rays of cones."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from piecewise_mt.calculus.limits import reduced_domain
from piecewise_mt.calculus.partition import partition
from piecewise_mt.calculus.program import Program, selected
from piecewise_mt.calculus.reduction import Reduction, Vector, dot
from piecewise_mt.exact.linear import Row, kernel
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.polyhedron import Polyhedron


def slopes_along_rays(
    reduction: Reduction, program: Program, walls: Sequence[Row], max_pieces: int
) -> list[tuple[Vector, Fraction]]:
    """Rays r that generate the cones on which F is linear, with F(r) of a scalar function."""
    if not reduction.rank:
        return []
    cut = partition(program, reduced_domain(reduction, walls), max(4 * max_pieces, 1000))
    width = reduction.rank + 1
    rays = [tuple(row[1:width]) for row in cut.cells.generators if not row[0]]
    for line in cut.cells.lines:
        rays += [tuple(line[1:width]), tuple(-v for v in line[1:width])]
    result = []
    for ray in dict.fromkeys(rays):
        t = tuple(map(Fraction, ray))
        (form,) = program.affine(program.labels_at(t), selected).outputs
        result.append((t, Fraction(dot(form[1:], t))))
    return result


def frechet(reduction: Reduction, slopes: Sequence[tuple[Vector, Fraction]]) -> Polyhedron:
    """{g : g·d ≤ f'(x; d) for all d} in the variables g1, …, ga."""
    a = len(reduction.source.names)
    (base,) = reduction.base
    equations = []
    basis = [primitive(row) for row in reduction.basis]
    for t in kernel(basis, a):
        equations.append(primitive([-dot(base, t), *t]))
    inequalities = []
    for ray, slope in slopes:
        inequalities.append((primitive([slope, *(-v for v in reduction.spread(ray))]), False))
    return Polyhedron([f"g{j + 1}" for j in range(a)], equations, inequalities)
