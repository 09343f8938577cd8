"""Convexity, monotonicity and the number of linear pieces of a scalar function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import names_of, values_at
from piecewise_mt.calculus.evaluation.program import compile_program, selected
from piecewise_mt.calculus.local.reduction import Vector
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum, strata
from piecewise_mt.calculus.properties.shape_verdict import ShapeVerdict as ShapeVerdict
from piecewise_mt.calculus.properties.shape_verdict import above_chord, chord_around, decrease
from piecewise_mt.calculus.properties.smooth_shape import (
    no_interior,
    smooth_convexity,
    smooth_growth,
)
from piecewise_mt.calculus.properties.sum_of_maxima import SumOfMaxima, large_maxima
from piecewise_mt.calculus.results.proof import Proof, function_text, numbers_text, same
from piecewise_mt.errors import OutsideDomain, UnknownVariable
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.shape_certificates import check_above_chord, check_bend
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shapes import require_scalar
from piecewise_mt.geometry.points import variable_name
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True)
class Bend(Proof):
    """How the gradient changes across a facet, and a step from it to the far side.

    f is continuous, so the jump is normal to the facet; f bends upwards iff jump·step ≥ 0.
    """

    jump: Vector
    step: Vector

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"A gradient that jumps by {numbers_text(self.jump)} along {numbers_text(self.step)} "
            "does not bend downwards."
        )

    def _check(self) -> bool:
        return len(self.jump) == len(self.step) and check_bend(self.jump, self.step)


@dataclass(frozen=True)
class Growth(Proof):
    """The slopes in the variables that are asked for are ≥ 0 on a full-dimensional stratum."""

    gradient: Vector
    places: tuple[int, ...]

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"The entries of {numbers_text(self.gradient)} at the places "
            f"{numbers_text(self.places)}, from 0 on, are at least 0."
        )

    def _check(self) -> bool:
        return all(0 <= j < len(self.gradient) and self.gradient[j] >= 0 for j in self.places)


@dataclass(frozen=True)
class ConvexSum(Proof):
    """f as an affine function plus maxima of affine functions, with factors ≥ 0.

    That this is f is a rewriting of its nodes, which ``verify`` does anew.
    """

    total: SumOfMaxima
    _function: Expression = field(repr=False, compare=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        parts = " + ".join(
            f"{factor} max{numbers_text(map(numbers_text, forms))}"
            for factor, forms in self.total.parts
        )
        return (
            f"With forms in (1, x), f is {numbers_text(self.total.linear)} + {parts}, where no "
            f"factor is negative, for {function_text(self._function)}."
        )

    def _check(self) -> bool:
        maxima = large_maxima(compile_program(self._function))
        if maxima is None or len(maxima.outputs) != 1:
            return False
        return self.total.is_convex and same(SumOfMaxima.of(maxima), self.total)


def is_convex(f: Expression, domain: Any = None) -> ShapeVerdict:
    """Whether a scalar function is convex on a full-dimensional convex domain.

    A continuous piecewise linear function is, iff no facet between two full-dimensional strata
    bends downwards. One that is a polynomial on the pieces must be convex on each, too.

    Parameters
    ----------
    f : Expression
        Of shape ().
    domain : Polyhedron, str or mapping, optional
        A full-dimensional convex set.

    Returns
    -------
    ShapeVerdict
        True or false, with a proof or a counterexample.

    See Also
    --------
    mt.is_monotone : The other shape.
    mt.linear_pieces : How many pieces there are.

    Notes
    -----
    Almost every segment leaves a full-dimensional stratum through the relative interior of a facet.
    If no facet bends downwards the slope along it does not decrease, so f is convex on it, and by
    continuity on every segment.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> bool(mt.is_convex(mt.max(x, y) + abs(x))), mt.is_convex(mt.min(x, 0)).segment
    (True, ((-1/2,), (1/2,)))
    >>> bool(mt.is_convex(x**2 + abs(x - y)))
    True
    """
    require_scalar(f.shape)
    return convexity_of(f, read_domain(domain, names_of(f)))


def convexity_of(f: Expression, domain: Polyhedron | None) -> ShapeVerdict:
    """The same, with a domain that is read."""
    found = _by_maxima(f, domain)
    if found is None:
        smooth = compile_program(f).is_smooth
        found = smooth_convexity(f, domain) if smooth else _convexity(f, domain)
    return replace(found, _function=f, _domain=domain)


def _convexity(f: Expression, domain: Polyhedron | None) -> ShapeVerdict:
    cells = _full_strata(f, domain)
    value = _value(f, cells)
    graph = cells.adjacency()
    bends = []
    for one, two, data in sorted(graph.edges(data=True), key=lambda edge: edge[2]["facet"]):
        middle = cells[data["facet"]].point
        step = [b - a for a, b in zip(middle, cells[two].point, strict=True)]
        jump = [b - a for a, b in zip(_slope(cells, cells[one]), _slope(cells, cells[two]),
                                      strict=True)]  # fmt: skip
        if sum((j * s for j, s in zip(jump, step, strict=True)), Fraction(0)) >= 0:
            bends.append(Bend(tuple(jump), tuple(step)))
            continue
        # the point of the facet has only these two strata around it, so a short step will do
        step = [c / 2 for c in step]
        return above_chord(value, *chord_around(value, cells.domain, middle, step))
    return ShapeVerdict(True, (), "no facet bends downwards", tuple(bends))


def _by_maxima(f: Expression, region: Polyhedron | None) -> ShapeVerdict | None:
    """What the factors of a sum of large maxima say, or a segment across one of their ties."""
    program = compile_program(f)
    maxima = large_maxima(program)
    if maxima is None or (region is not None and region.dimension < len(program.names)):
        return None
    total = SumOfMaxima.of(maxima)

    def value(point: Sequence[Fraction]) -> Fraction:
        found: Fraction = values_at(f, program.names, point)[0]
        return found

    if total.is_convex:
        reason = "it is a sum of maxima of affine functions with factors ≥ 0"
        return ShapeVerdict(True, (), reason, (ConvexSum(total, f),))
    for ends in total.bends_down(region):
        inside = region is None or all(region.contains(end) for end in ends)
        if inside and check_above_chord(value, *ends):
            return above_chord(value, *ends)
    return None


def is_monotone(f: Expression, variable: Any = None, domain: Any = None) -> ShapeVerdict:
    """Whether a scalar function does not decrease in a variable, or in any of its variables.

    Parameters
    ----------
    f : Expression
        Of shape ().
    variable : variable or name, optional
        By default all variables.
    domain : Polyhedron, str or mapping, optional
        A full-dimensional convex set.

    Returns
    -------
    ShapeVerdict
        True or false, with a proof or a counterexample.

    See Also
    --------
    mt.is_convex : The other shape.
    mt.lipschitz : Bounds the slopes.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> f = mt.max(x, y) - mt.relu(y)
    >>> bool(mt.is_monotone(f, x)), bool(mt.is_monotone(f, y))
    (True, False)
    """
    require_scalar(f.shape)
    names = tuple(v.name for v in f.variables)
    places = range(len(names))
    if variable is not None:
        name = variable_name(variable)
        if name not in names:
            raise UnknownVariable(
                f"expected one of the variables {list(names)}, got {name}; name one of them"
            )
        places = range(names.index(name), names.index(name) + 1)
    return growth_of(f, tuple(places), read_domain(domain, names))


def growth_of(f: Expression, places: tuple[int, ...], domain: Polyhedron | None) -> ShapeVerdict:
    """The same, with a domain that is read and the places of the variables."""
    if compile_program(f).is_smooth:
        found = smooth_growth(f, domain, places)
    else:
        found = _growth(f, places, domain)
    return replace(found, _function=f, _domain=domain, _places=places)


def _growth(f: Expression, places: tuple[int, ...], domain: Polyhedron | None) -> ShapeVerdict:
    cells = _full_strata(f, domain)
    growth = []
    for stratum in cells:
        if stratum.dimension < len(cells.names):
            break
        slope = _slope(cells, stratum)
        growth.append(Growth(slope, places))
        for j in places:
            if slope[j] < 0:
                has = stratum.polyhedron.contains
                value = _value(f, cells)
                return decrease(value, has, stratum.point, j, cells.names[j], slope[j])
    return ShapeVerdict(True, (), "no slope is negative", tuple(growth))


def linear_pieces(f: Expression, domain: Any = None) -> int:
    """How many linear pieces a function has, however it is written.

    They are the connected components of the interiors of the closures of {∇f = G}: strata that
    share a facet and a gradient belong together.

    Parameters
    ----------
    f : Expression
    domain : Polyhedron, str or mapping, optional
        A set to stay in.

    See Also
    --------
    Strata.f_vector : PolyhedralStrata as the function is written.
    DerivedRepresentation.merged : Pieces of one formula joined.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.linear_pieces(mt.relu(x) - mt.relu(-x)), mt.linear_pieces(mt.clip(x, 0, 1))
    (1, 3)
    """
    import networkx

    cells = strata(f, domain)
    if not cells.f_vector[-1]:
        raise OutsideDomain(
            f"expected a domain with inner points, got the flat one {cells.domain}; write the "
            "function in fewer variables"
        )
    graph = cells.adjacency()
    gradients = {n: _gradient(cells, cells[n]) for n in graph.nodes}
    same = networkx.Graph()
    same.add_nodes_from(graph.nodes)
    same.add_edges_from((u, v) for u, v in graph.edges if gradients[u] == gradients[v])
    return int(networkx.number_connected_components(same))


def _gradient(cells: PolyhedralStrata, stratum: PolyhedralStratum) -> tuple[Vector, ...]:
    rows = cells.program.affine(stratum.label_keys, selected).outputs
    return tuple(tuple(map(fraction, row[1:])) for row in rows)  # type: ignore[arg-type]


def _value(f: Expression, cells: PolyhedralStrata) -> Callable[[Sequence[Fraction]], Fraction]:
    return lambda point: values_at(f, cells.names, point)[0]


def _slope(cells: PolyhedralStrata, stratum: PolyhedralStratum) -> Vector:
    return _gradient(cells, stratum)[0]


def _full_strata(f: Expression, domain: Any) -> PolyhedralStrata:
    cells = strata(f, domain)
    if not cells.f_vector[-1]:
        raise no_interior(cells.domain)
    return cells
