"""The limiting (Mordukhovich) subdifferential of a scalar function: a finite union of polyhedra.

It has the limits of Fréchet subgradients g_n at x_n with x_n → x and f(x_n) → f(x). Where f is
piecewise linear near x, they are those on the cones of the tangent fan (see ``tangent_fan``), as
nothing changes along the rays out of x. Where ties are curved, three things are known:

- f regular at x: the set lies between the Fréchet and Clarke's subdifferential, which are equal;
- always: the fan's sets are elements, as (f(x + t·) - f(x))/t tends to f'(x; ·) uniformly where d
  is bounded, and subgradients of such a limit are limits of subgradients nearby (Rockafellar and
  Wets, corollary 8.47); and limits of gradients are;
- kinks linear in some coordinates, such as kinks of independent gradients: the strata near x are
  those of the fan, and what is asked of g there depends continuously on the point. So there are no
  limits but in the fan's sets.

What is left open raises ``Undecided``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.local.certificates import LIMITING
from piecewise_mt.calculus.local.clarke import MatrixHull, lifted
from piecewise_mt.calculus.local.limiting_proofs import LimitingSubgradient, NotLimiting
from piecewise_mt.calculus.local.reduction import Matrix, Reduction, Vector
from piecewise_mt.calculus.local.tangent_fan import (
    Fan,
    Generators,
    generators_of,
    includes,
    raised_polyhedron,
)
from piecewise_mt.calculus.local.thin_cells import has_independent_kinks, is_bent, is_curved
from piecewise_mt.errors import PiecewiseError, TooManyPieces, Undecided
from piecewise_mt.exact.matrices import exact_entry, read_matrix
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.conditions import condition_latex
from piecewise_mt.typeset.mathml import InNotebooks

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis

MOST_CONES = 20000
"""So many cones of the fan are looked at, at infinity and as faces of others too."""
OPEN_SUBGRADIENTS = (
    "expected curved ties that tell which Fréchet subgradients near the point have limits, got "
    "some whose higher terms decide that; ask contains about one vector, or for frechet and clarke"
)


@dataclass(frozen=True)
class Part:
    """A Fréchet subdifferential nearby, in the pivot columns, and the direction towards it."""

    polyhedron: Polyhedron
    generators: Generators
    direction: Vector | None
    """In the pivot variables; None for a limit of gradients."""
    dimension: int


class MordukhovichSubdifferential(InNotebooks):
    r"""The limiting subdifferential: :math:`\{\lim g_n : g_n \in \hat\partial f(x_n), x_n \to x\}`.

    A finite union of convex polyhedra, closed, never empty without a domain, and not convex in
    general. Its convex hull then is Clarke's subdifferential. With a domain it is that of the
    function which is ∞ outside, so that it has the normal cone in it.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> limiting = (abs(x) - abs(y)).at((0, 0)).mordukhovich
    >>> limiting
    MordukhovichSubdifferential({g2 = -1, -1 <= g1 <= 1} ∪ {g2 = 1, -1 <= g1 <= 1})
    >>> limiting.contains([0, 1]), limiting.contains([0, 0])
    (True, False)
    """

    def __init__(self, local: LocalAnalysis) -> None:
        self._local = local

    @property
    def _reduction(self) -> Reduction:
        return self._local.reduction

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables of the function."""
        return self._reduction.source.names

    # -- what there is nearby ------------------------------------------------------------------

    @cached_property
    def _is_curved(self) -> bool:
        """Whether f may be another function near x than f'(x; ·) and a smooth one."""
        local = self._local
        program, active = local._program, local.reduction.active
        return is_curved(program, local.reduction) or is_bent(program, active)

    @cached_property
    def _is_clarke(self) -> bool:
        """Whether it is known to be Clarke's subdifferential, and that the Fréchet one."""
        local = self._local
        if local.on_boundary:
            return False
        if local.tangent_hull is not None and local.is_exact and local.tangent_hull.is_convex:
            return True
        if not self._is_curved:
            return False  # the fan tells all
        with suppress(Undecided):
            return local.is_regular
        return False

    @cached_property
    def _is_known(self) -> bool:
        """Whether every limit is in some part."""
        local = self._local
        if self._is_clarke or not self._is_curved:
            return True
        # ties that read no smooth unit have the same strata near x as at x, and so have those that
        # are linear in some coordinates
        return (
            not is_curved(local._program, local.reduction)
            or has_independent_kinks(local.reduction, [*local._flat, *local._walls])
            or local._thin_cells.are_none
        )

    @cached_property
    def fan(self) -> Fan:
        """The cones on which f'(x; ·) is linear."""
        local = self._local
        program = local.reduction.program if self._is_curved else local.normal
        most = min(max(4 * local.max_pieces, 1000), MOST_CONES)
        try:
            return Fan(local.reduction, program, local._walls, most, local.place)
        except TooManyPieces as error:
            raise TooManyPieces(
                f"expected at most {most} cones of directions, got more; ask contains about one "
                "vector, or at a point with fewer ties"
            ) from error

    def _candidates(self) -> Iterator[tuple[Polyhedron, Vector | None]]:
        """Sets of limits, and the directions towards them."""
        if self._is_clarke:
            yield self._local.frechet.reduced, (Fraction(0),) * self._reduction.rank
            return
        fan = self.fan
        for cone in fan.cones:
            apex = (Fraction(0),) * self._reduction.rank
            yield fan.subdifferential(cone), fan.direction(cone) if cone.own else apex
        if not self._is_known:
            for limit in self._local.known_limits:
                yield point_set(self._reduction, limit.reduced), None

    @cached_property
    def _parts(self) -> tuple[Part, ...]:
        """The largest of the sets."""
        found: dict[Any, Part] = {}
        for polyhedron, direction in self._candidates():
            if polyhedron.is_empty:
                continue
            generators = generators_of(polyhedron)
            part = Part(polyhedron, generators, direction, polyhedron.dimension)
            found.setdefault(generators, part)
        largest: list[Part] = []
        for part in sorted(found.values(), key=_order):
            if not any(includes(own.polyhedron, part.generators) for own in largest):
                largest.append(part)
        return tuple(largest)

    @cached_property
    def _all_parts(self) -> tuple[Part, ...]:
        """All parts, if these are known.

        Raises
        ------
        Undecided
            If they are not.
        """
        if not self._is_known:
            raise Undecided(OPEN_SUBGRADIENTS)
        return self._parts

    # -- questions -----------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether there is none, as only on the boundary of a domain."""
        return not self._is_clarke and not self._all_parts

    @property
    def dimension(self) -> int:
        """The largest dimension of a part, -1 for the empty set."""
        if self._is_clarke:
            return self._local.frechet.dimension
        return max((part.dimension for part in self._all_parts), default=-1)

    @cached_property
    def reduced(self) -> tuple[Polyhedron, ...]:
        """The parts in the pivot columns, the largest dimension first."""
        return tuple(part.polyhedron.irredundant() for part in self._all_parts)

    @cached_property
    def parts(self) -> tuple[Polyhedron, ...]:
        """The parts in all variables g1, …, ga: different, and none in another one."""
        return tuple(raised_polyhedron(self._reduction, own) for own in self.reduced)

    @cached_property
    def vertices(self) -> tuple[sympy.ImmutableMatrix, ...]:
        """The vertices of all parts, sorted.

        Raises
        ------
        PiecewiseError
            If a part is not bounded, as on the boundary of a domain.
        """
        return tuple(lifted(self._reduction, matrix) for matrix in self._reduced_vertices)

    @cached_property
    def _reduced_vertices(self) -> tuple[Matrix, ...]:
        if any(part.generators.rays or part.generators.lines for part in self._all_parts):
            raise PiecewiseError(
                "expected bounded parts, got the normals of a domain among them; leave the domain "
                "out, or ask for parts"
            )
        found = {point for part in self._all_parts for point in part.generators.vertices}
        return tuple((point,) for point in sorted(found))

    @cached_property
    def hull(self) -> MatrixHull:
        """The convex hull of the vertices, which without a domain is Clarke's subdifferential."""
        found = VertexHull(self._reduction, self._reduced_vertices)
        return found.of(self._local.place, LIMITING)

    def contains(self, g: Any) -> bool:
        """Whether a vector, or a 1×a matrix, is an element.

        Raises
        ------
        ShapeError
            If g does not have a entries.
        Undecided
            If ties are curved and it may be one or not.
        """
        local = self._local
        rows = read_matrix(g, local.shape, exact_entry)
        if local.reduction.defect(rows) is not None:
            return False
        if self._is_clarke:
            return local.frechet.contains(rows)
        own = local.reduction.restrict(rows)
        found = self._by_summands(own)
        if found is not None:
            return found
        try:
            return self._part_with(own[0]) is not None
        except TooManyPieces as error:
            # it is between the limits of gradients and their hull
            if local.limit_with(own) is not None:
                return True
            if local.on_boundary or local.clarke.contains(local.lifted(own)):
                raise TooManyPieces(
                    "expected a vector that is a limit of gradients or not in Clarke's "
                    "subdifferential, where there are too many cones of directions, got another "
                    "one; ask frechet and clarke for it, or at a point with fewer ties"
                ) from error
            return False

    __contains__ = contains

    def _by_summands(self, own: Matrix) -> bool | None:
        """Whether it is an element, if there are many ties and summands tell."""
        hull = None if self._is_curved else self._local.hull
        return None if hull is None else hull.contains_limiting(own)

    def _part_with(self, own: Vector) -> Part | None:
        """A part that has a vector of pivot columns."""
        part = next((part for part in self._parts if part.polyhedron.contains(own)), None)
        if part is None and not self._is_known and self._may_be_clarke(own):
            raise Undecided(OPEN_SUBGRADIENTS)
        return part

    def _may_be_clarke(self, own: Vector) -> bool:
        local = self._local
        return local.on_boundary or local.clarke.contains(local.lifted((own,)))

    def certificate(self, g: Any) -> LimitingSubgradient | NotLimiting:
        """What proves that a vector is an element, or that it is none.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> limiting = (-abs(x)).at((0,)).mordukhovich
        >>> proof = limiting.certificate([1])
        >>> proof.direction, proof.verify(), limiting.certificate([0]).verify()
        ((Fraction(-1, 1),), True, True)
        """
        local, place = self._local, self._local.place
        rows = read_matrix(g, local.shape, exact_entry)
        (vector,) = rows
        if local.reduction.defect(rows) is not None:
            return NotLimiting(place, vector)
        own, apex = local.reduction.restrict(rows), (Fraction(0),) * len(vector)
        if self._is_clarke:
            if not local.frechet.contains(rows):
                return NotLimiting(place, vector)
            return LimitingSubgradient(place, vector, apex)
        found = self._by_summands(own)
        if found and local.hull is not None:
            ray = local.hull.limiting_direction(own)
            return LimitingSubgradient(place, vector, local.spread(ray))
        part = None if found is False else self._part_with(own[0])
        if part is None:
            return NotLimiting(place, vector)
        towards = None if part.direction is None else local.spread(part.direction)
        return LimitingSubgradient(place, vector, towards)

    # -- how it shows itself -------------------------------------------------------------------

    def _shown(self) -> tuple[tuple[Polyhedron, ...], int]:
        """The parts to be written, and how many equations are left out."""
        a = len(self._reduction.source.names)
        if a <= 20:
            return self.parts, 0
        return self.reduced, a - self._reduction.rank

    def __str__(self) -> str:
        try:
            parts, left = self._shown()
        except TooManyPieces:
            return "too many parts to list"
        except Undecided:
            return "undecided"
        text = " ∪ ".join(f"{{{part}}}" for part in parts) or "∅"
        return f"{text}, and {left} equations along the stratum" if left else text

    def to_latex(self) -> str:
        r"""The union as LaTeX, ``\emptyset`` if there is no part.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> print((-abs(mt.variable("x"))).at((0,)).mordukhovich.to_latex())
        \{g_{1} = -1\} \cup \{g_{1} = 1\}
        """
        parts, left = self._shown()
        text = r" \cup ".join(rf"\{{{condition_latex(part)}\}}" for part in parts) or r"\emptyset"
        return rf"{text}\text{{, and {left} equations along the stratum}}" if left else text

    def _repr_latex_(self) -> str:
        try:
            return f"${self.to_latex()}$"
        except (TooManyPieces, Undecided):
            return rf"$\text{{{self}}}$"

    def __repr__(self) -> str:
        return f"MordukhovichSubdifferential({self})"


class VertexHull(MatrixHull):
    """The convex hull of listed matrices."""

    def __init__(self, reduction: Reduction, matrices: tuple[Matrix, ...]) -> None:
        super().__init__(reduction)
        self._listed = matrices

    def _matrices(self) -> tuple[Matrix, ...]:
        return self._listed


def point_set(reduction: Reduction, matrix: Matrix) -> Polyhedron:
    """The set of one vector of pivot columns."""
    (row,) = matrix
    rows = [primitive([-v, *(int(i == j) for j in range(len(row)))]) for i, v in enumerate(row)]
    return Polyhedron([f"g{p + 1}" for p in reduction.pivots], rows)


def _order(part: Part) -> tuple[Any, ...]:
    own = part.generators
    return -part.dimension, own.vertices, own.rays, own.lines
