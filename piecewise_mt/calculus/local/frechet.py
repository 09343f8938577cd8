"""The Fréchet subdifferential of a scalar function, and local extrema, from rays of cones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from piecewise_mt.calculus.evaluation.program import Program, selected
from piecewise_mt.calculus.local.bouligand import reduced_domain
from piecewise_mt.calculus.local.reduction import Reduction, Vector, dot
from piecewise_mt.calculus.local.tangent_fan import raised_polyhedron
from piecewise_mt.calculus.partition.refinement import partition
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.matrices import exact_entry, read_matrix
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.conditions import condition_latex
from piecewise_mt.typeset.mathml import InNotebooks

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.hulls import LocalHull


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
        t = tuple(map(fraction, ray))
        (form,) = program.affine(program.labels_at(t), selected).outputs
        result.append((t, fraction(dot(form[1:], t))))
    return result


class FrechetSubdifferential(InNotebooks):
    r"""The set :math:`\{g : g\cdot d \le f'(x; d)` for all d} of a scalar function.

    A convex polyhedron, perhaps empty. All its elements agree along the stratum of x, so that it
    is kept in the pivot columns, the span of the active kinks.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> frechet = mt.max(x, y).at((0, 0)).frechet
    >>> frechet, frechet.contains([1, 0]), frechet.contains([1, 1])
    (FrechetSubdifferential({g1 + g2 = 1, g1 >= 0, g2 >= 0}), True, False)
    >>> frechet.ascent([2, -1])
    ((Fraction(1, 1), Fraction(0, 1)), Fraction(1, 1))
    """

    def __init__(
        self,
        reduction: Reduction,
        slopes: Callable[[], Sequence[tuple[Vector, Fraction]]],
        hull: LocalHull | None = None,
    ) -> None:
        self._reduction = reduction
        self._given = slopes
        # convex near the point, the set is Clarke's; with a concave summand it is empty
        self._hull = hull if hull is not None and hull.knows_subgradients else None

    @cached_property
    def _slopes(self) -> tuple[tuple[Vector, Fraction], ...]:
        return tuple(self._given())

    @cached_property
    def reduced(self) -> Polyhedron:
        """The entries of its elements in the pivot columns."""
        rows = [(primitive([slope, *(-v for v in ray)]), False) for ray, slope in self._slopes]
        return Polyhedron([f"g{p + 1}" for p in self._reduction.pivots], [], rows)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables of the function."""
        return self._reduction.source.names

    @property
    def is_empty(self) -> bool:
        """Whether there is none; ``reduced.emptiness_certificate()`` proves it."""
        if self._hull is not None:
            return not self._hull.is_convex
        return self.reduced.is_empty

    @property
    def dimension(self) -> int:
        """The dimension, -1 for the empty set."""
        if self._hull is not None:
            return self._hull.dimension if self._hull.is_convex else -1
        return self.reduced.dimension

    def witness(self) -> Vector | None:
        """One element, None if there is none."""
        found: Sequence[Fraction] | None
        if self._hull is not None:
            found = self._hull.some_limit()[0] if self._hull.is_convex else None
        else:
            found = self.reduced.witness()
        if found is None:
            return None
        ((row, scale),) = self._reduction.lift((found,))
        return tuple(fraction(v) / scale for v in row)

    def ascent(self, g: Any) -> tuple[Vector, Fraction] | None:
        """A direction d with f'(x; d) < g·d, and f'(x; d); None if g is an element.

        Raises
        ------
        ShapeError
            If g does not have a entries.
        """
        rows = read_matrix(g, (1, len(self._reduction.source.names)), exact_entry)
        defect = self._reduction.defect(rows)
        if defect is not None:
            _, t, found, expected = defect
            sign = 1 if found > expected else -1
            return tuple(sign * v for v in t), sign * expected
        (own,) = self._reduction.restrict(rows)
        if self._hull is not None:
            steep = self._hull.ascent(own)
            return steep and (tuple(map(fraction, self._reduction.spread(steep[0]))), steep[1])
        for ray, slope in self._slopes:
            if dot(ray, own) > slope:
                return tuple(map(fraction, self._reduction.spread(ray))), slope
        return None

    def contains(self, g: Any) -> bool:
        """Whether a vector, or a 1×a matrix, is an element."""
        return self.ascent(g) is None

    __contains__ = contains

    @cached_property
    def polyhedron(self) -> Polyhedron:
        """The set in all the variables g1, …, ga; for few variables, as it writes them all down."""
        return raised_polyhedron(self._reduction, self._written)

    @cached_property
    def _written(self) -> Polyhedron:
        """The same set, with equations where inequalities meet in one: g1 = 0, not 0 <= g1 <= 0."""
        own = self.reduced.irredundant()
        return own if own.equations else self.reduced

    def __str__(self) -> str:
        a = len(self._reduction.source.names)
        if self._hull is not None:
            # its facets may be many more than its vertices
            own = f"Clarke's subdifferential, of dimension {self.dimension}"
            return own if self._hull.is_convex else "∅"
        if self.reduced.is_empty:
            return "∅"
        if a <= 20:
            return str(self.polyhedron)
        return f"{self._written}, and {a - self._reduction.rank} equations along the stratum"

    def to_latex(self) -> str:
        r"""The conditions as LaTeX, ``\emptyset`` if there is no element.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> print((abs(x) - abs(y)).at((0, 0)).frechet.to_latex())
        \emptyset
        """
        if self._hull is not None:
            own = rf"\text{{{self}}}" if self._hull.is_convex else r"\emptyset"
            return own
        if self.reduced.is_empty:
            return r"\emptyset"
        a = len(self._reduction.source.names)
        if a <= 20:
            return condition_latex(self.polyhedron)
        left = rf"\text{{, and {a - self._reduction.rank} equations along the stratum}}"
        return rf"{condition_latex(self._written)}{left}"

    def _repr_latex_(self) -> str:
        return f"${self.to_latex()}$"

    def __repr__(self) -> str:
        text = str(self)
        return f"FrechetSubdifferential({text if text == '∅' else f'{{{text}}}'})"
