"""How low and how high a piecewise linear function is on the faces of its domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum, strata
from piecewise_mt.calculus.topology.reading import cell_set
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shapes import require_scalar
from piecewise_mt.geometry.cell_sets import CellSet, Place
from piecewise_mt.memory import cached_property


@dataclass(frozen=True, eq=False)
class Heights:
    """A function on the faces of its domain, numbered as :meth:`CellSet.places` gives them.

    Values are told by their ranks among those at vertices: 0 is -oo, 1 the lowest vertex.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> own = Heights.of(mt.relu(x), None)
    >>> sorted(zip(own.flat, own.low, own.high)), own.shown(1), own.shown(2)
    ([(False, 1, 2), (True, 1, 1), (True, 1, 1)], 0, oo)
    """

    strata: PolyhedralStrata
    cells: CellSet
    places: list[Place]
    low: list[int]
    """The rank of the infimum on each face."""
    high: list[int]
    """That of the supremum."""
    flat: list[bool]
    """Whether the function is constant on a face."""
    values: list[Any]
    """The values at vertices in order, each once."""

    @classmethod
    def of(cls, f: Expression, domain: Any) -> Heights:
        """Those of a scalar function.

        Raises
        ------
        ShapeError
            If f is not scalar.
        Unsupported
            If f has smooth nodes.
        """
        if not isinstance(f, Expression):
            raise PiecewiseError(f"expected a function, got {f!r}; give an expression")
        require_scalar(f.shape)
        if not f.variables:
            raise Unsupported(
                f"expected a function of at least one variable, got {f!r}; name them, as in f.on(x)"
            )
        found = strata(with_first_ties(f).on(*f.variables), domain)
        if found.program.is_smooth:
            raise Unsupported(
                f"expected a piecewise linear function for its sublevel sets, got {f!r}; leave "
                "smooth nodes out"
            )
        strict = found.partition.strict
        places = [
            (level, index)
            for level, words in enumerate(found._words)
            for index, word in enumerate(words)
            if level and word & strict == strict
        ]
        cells = cell_set(found, places)
        least, most, values = _ranges(found, places)
        low = [least[level][index] for level, index in places]
        high = [most[level][index] for level, index in places]
        flat = [one == other for one, other in zip(low, high, strict=True)]
        return cls(found, cells, places, low, high, flat, values)

    def shown(self, rank: int) -> sympy.Expr:
        """A value as SymPy writes it."""
        if not rank:
            return -sympy.oo
        return sympy.oo if rank > len(self.values) else to_rational(self.values[rank - 1])

    @cached_property
    def order(self) -> list[int]:
        """The position of every face in the order of strata."""
        numbers = self.strata._numbers()
        return [numbers[level][index] for level, index in self.places]

    @cached_property
    def above(self) -> list[set[int]]:
        """For every face the faces of the domain that it is a face of."""
        found: list[set[int]] = [set() for _ in self.places]
        for index, own in enumerate(self.cells.below):
            for other in own:
                found[other].add(index)
        return found


def _ranges(
    found: PolyhedralStrata, places: Sequence[Place]
) -> tuple[list[list[int]], list[list[int]], list[Any]]:
    """The ranks of infimum and supremum on every face, level by level, and the values.

    As the function is continuous, any stratum tells its height at a vertex that it has, and its
    slope along a ray.
    """
    cells = found.partition.cells
    heights: dict[int, Any] = {}
    rising: set[int] = set()
    falling: set[int] = set()
    unknown = set(range(len(cells.levels[1])))
    for level, index in reversed(places):
        if not unknown:
            break
        fresh = unknown.intersection(cells.generators_of(level, index))
        if not fresh:
            continue
        unknown -= fresh
        stratum = PolyhedralStratum(found, level, index)
        (form,) = found.program.affine(stratum.label_keys, selected).outputs
        if any(sum(map(mul, form[1:], line[1:])) for line in cells.lines):
            # it has no bound on any face
            size = [len(faces) for faces in cells.levels]
            return [[0] * own for own in size], [[1] * own for own in size], []
        for generator in fresh:
            (row,) = cells.coordinates_of(1, generator)
            height: Any = sum(map(mul, form, row))
            if row[0]:
                heights[generator] = quotient(height, row[0])
            elif height:
                (rising if height > 0 else falling).add(generator)
    values: list[Any] = []
    ranks: dict[int, int] = {}
    for generator in sorted(heights, key=heights.__getitem__):
        if not values or heights[generator] != values[-1]:
            values.append(heights[generator])
        ranks[generator] = len(values)
    top = len(values) + 1
    count = range(len(cells.levels[1]))
    # what says nothing of an infimum is oo, and of a supremum -oo
    lows = [[top], [0 if g in falling else ranks.get(g, top) for g in count]]
    highs = [[0], [top if g in rising else ranks.get(g, 0) for g in count]]
    for faces in cells.levels[2:]:
        lower, upper = lows[-1], highs[-1]
        lows.append([min([lower[facet] for facet in face]) for face in faces])
        highs.append([max([upper[facet] for facet in face]) for face in faces])
    return lows, highs, values
