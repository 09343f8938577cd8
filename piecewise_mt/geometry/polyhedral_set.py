"""Finite unions of disjoint polyhedra, as zero sets and level sets are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from piecewise_mt.geometry.points import read_point
from piecewise_mt.geometry.polyhedron import Polyhedron


class PolyhedralSet:
    """A finite union of disjoint, nonempty polyhedra.

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

    __slots__ = ("dimension", "names", "origin", "polyhedra")

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
        return " ∪ ".join(f"{{{polyhedron}}}" for polyhedron in self.polyhedra)

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
        parts = [polyhedron._repr_latex_().strip("$") for polyhedron in self.polyhedra]
        return r" \cup ".join(rf"\{{{part}\}}" for part in parts)

    def _repr_latex_(self) -> str:
        return f"${self.to_latex()}$"
