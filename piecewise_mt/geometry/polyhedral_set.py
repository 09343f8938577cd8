"""Finite unions of disjoint polyhedra, as zero sets and level sets are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from piecewise_mt.geometry.fewest import fewest
from piecewise_mt.geometry.points import read_point
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.typeset.affine import union_latex
from piecewise_mt.typeset.mathml import InNotebooks

SHOWN = 50
"""A set of more polyhedra is shown by those that it has."""


class PolyhedralSet(InNotebooks):
    """A finite union of disjoint, nonempty polyhedra.

    It is printed by as few polyhedra as :meth:`merged` finds, if it has 50 or fewer; iteration,
    ``len`` and ``polyhedra`` give those that it was made of.

    Parameters
    ----------
    names : iterable of str
        The names of the coordinates.
    polyhedra : iterable of Polyhedron
        Disjoint and nonempty.
    dimension : int
        The largest of their dimensions, -1 if there are none.

    See Also
    --------
    mt.zero_set, mt.level_set, mt.difference_set, mt.argmin : Make them.
    mt.Polyhedron : Its members.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> ties = mt.zero_set(mt.max(x, y) - mt.min(x, y))
    >>> str(ties), ties.dimension, ties.contains((1, 1)), ties.contains((1, 2))
    ('{x = y}', 1, True, False)
    """

    __slots__ = ("_merged", "dimension", "names", "origin", "polyhedra")

    def __init__(
        self,
        names: Iterable[str],
        polyhedra: Iterable[Polyhedron],
        dimension: int,
        origin: Any = None,
    ) -> None:
        self.names = tuple(names)
        self.polyhedra = tuple(polyhedra)
        self.dimension = dimension
        self.origin = origin
        """What the set is the solutions of, where that is known: who made it can read it."""
        self._merged: PolyhedralSet | None = None

    def merged(self) -> PolyhedralSet:
        """The same set from fewest polyhedra, disjoint again.

        Returns
        -------
        PolyhedralSet
            Polyhedra are joined where their union is one, half-open ones included. Of up to 16
            there is no partition into fewer such unions, unless a thousand trials do not decide
            that; of up to 1000 the whole set, pairs and some larger unions are tried; of more,
            pairs.

        See Also
        --------
        DerivedRepresentation.merged : Pieces of one formula joined.

        References
        ----------
        - A. Bemporad, K. Fukuda, F. D. Torrisi, *Convexity recognition of the union of polyhedra*,
          Computational Geometry 18, 2001.

        Examples
        --------
        The unit ball of ``max(abs(x), abs(y))`` is one square, which ties cut into strata:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> ball = mt.sublevel_set(mt.max(abs(x), abs(y)), 1)
        >>> len(ball), ball.merged()
        (16, PolyhedralSet({-1 <= x <= 1, -1 <= y <= 1}))
        >>> [str(part) for part in mt.sublevel_set(-abs(x), -3).merged()]
        ['x <= -3', 'x >= 3']
        """
        if self._merged is None:
            parts = fewest(self.polyhedra) if len(self) > 1 else self.polyhedra
            self._merged = PolyhedralSet(self.names, parts, self.dimension, self.origin)
            self._merged._merged = self._merged
        return self._merged

    def _shown(self) -> tuple[Polyhedron, ...]:
        return self.merged().polyhedra if len(self) <= SHOWN else self.polyhedra

    @property
    def is_empty(self) -> bool:
        """Whether the set has no point."""
        return not self.polyhedra

    def contains(self, point: Any) -> bool:
        """Whether an exact point, in the order of ``names`` or a mapping, lies in the set.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> ties = mt.zero_set(x - y)
        >>> ties.contains((1, 1)), ties.contains((1, 2))
        (True, False)
        """
        values = read_point(point, self.names)
        return any(polyhedron.contains(values) for polyhedron in self.polyhedra)

    __contains__ = contains

    def __len__(self) -> int:
        return len(self.polyhedra)

    def __iter__(self) -> Iterator[Polyhedron]:
        return iter(self.polyhedra)

    def __str__(self) -> str:
        if self.is_empty:
            return "∅"
        return " ∪ ".join(f"{{{polyhedron}}}" for polyhedron in self._shown())

    def __repr__(self) -> str:
        return f"PolyhedralSet({self})"

    def to_latex(self) -> str:
        r"""The union as LaTeX, ``\emptyset`` if there is no point.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> print(mt.zero_set(mt.max(x, y)).to_latex())
        \{x = 0,\; y \leq 0\} \cup \{y = 0,\; x < 0\}
        """
        if self.is_empty:
            return r"\emptyset"
        parts = [polyhedron._repr_latex_().strip("$") for polyhedron in self._shown()]
        return union_latex(parts, len(self._shown()[0].variables))

    def _repr_latex_(self) -> str:
        return f"${self.to_latex()}$"
