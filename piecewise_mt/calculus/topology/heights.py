"""How low and how high a piecewise linear function is on the faces of its domain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import mul
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum, strata
from piecewise_mt.calculus.topology.reading import cell_set
from piecewise_mt.errors import PiecewiseError, ShapeError, Unsupported
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.cell_sets import CellSet, Place

Value = tuple[int, Any]
"""(-1, 0) for -oo, (1, 0) for oo, or 0 and an exact number: in the order of the numbers."""
BOTTOM: Value = (-1, 0)
TOP: Value = (1, 0)


def shown(value: Value) -> sympy.Expr:
    """A value as SymPy writes it."""
    kind, number = value
    return to_rational(number) if not kind else sympy.oo if kind > 0 else -sympy.oo


@dataclass(frozen=True, eq=False)
class Heights:
    """A function on the faces of its domain, numbered as :meth:`CellSet.places` gives them.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> own = Heights.of(mt.relu(x), None)
    >>> sorted(zip(own.flat, own.high))
    [(False, (1, 0)), (True, (0, Fraction(0, 1))), (True, (0, Fraction(0, 1)))]
    """

    strata: PolyhedralStrata
    cells: CellSet
    places: list[Place]
    low: list[Value]
    """The infimum on each face."""
    high: list[Value]
    """The supremum."""
    flat: list[bool]
    """Whether the function is constant on a face."""

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
        if f.shape != ():
            raise ShapeError(f"expected a scalar function, got the shape {f.shape}; take one entry")
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
        low, high, flat = [], [], []
        for place in places:
            least, most = _range(found, PolyhedralStratum(found, *place))
            low.append(least)
            high.append(most)
            flat.append(least == most)
        return cls(found, cells, places, low, high, flat)

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


def _range(found: PolyhedralStrata, stratum: PolyhedralStratum) -> tuple[Value, Value]:
    """The infimum and the supremum of the function on a face."""
    (form,) = found.program.affine(stratum.label_keys, selected).outputs
    least, most = TOP, BOTTOM
    for row in stratum.generators:
        height: Any = sum(map(mul, form, row))
        if row[0]:
            own: Value = (0, quotient(height, row[0]))
            least, most = min(least, own), max(most, own)
        elif height < 0:
            least = BOTTOM
        elif height > 0:
            most = TOP
    for line in found.partition.cells.lines:
        if sum(map(mul, form[1:], line[1:])):
            least, most = BOTTOM, TOP
    return least, most
