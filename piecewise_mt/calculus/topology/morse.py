"""Critical strata of piecewise linear functions, by the topology of their lower links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from piecewise_mt.calculus.partition.strata import PolyhedralStratum
from piecewise_mt.calculus.topology.heights import Heights
from piecewise_mt.exact.homology import homology_of
from piecewise_mt.exact.posets import chain_boundaries, chains, core, restricted
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet


@dataclass(frozen=True, eq=False)
class FlatPart:
    """A connected part of a level set on whose strata a function is constant.

    See Also
    --------
    mt.critical_strata : Makes them.

    Examples
    --------
    The tie of a relu and the half-line on which it is constant are one part, a minimum:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> (own,) = mt.critical_strata(mt.relu(x))
    >>> print(own)
    minimum at 0 on {x <= 0}
    >>> own.dimension, own.indices, own.index
    (1, (1, 0), 0)
    """

    value: sympy.Expr
    strata: tuple[PolyhedralStratum, ...]
    indices: tuple[int, ...]
    """How many classes of each dimension arise or, one lower, go when the level passes."""
    is_lowest: bool
    """Whether nothing near it is lower."""

    @property
    def is_critical(self) -> bool:
        """Whether the homology of sublevel sets changes there."""
        return any(self.indices)

    @property
    def index(self) -> int | None:
        """The index if it is that of a nondegenerate critical point, else None."""
        return self.indices.index(1) if sum(self.indices) == 1 else None

    @property
    def dimension(self) -> int:
        """The largest dimension of the strata."""
        return max(own.dimension for own in self.strata)

    @property
    def set(self) -> PolyhedralSet:
        """The points of the strata."""
        names = self.strata[0]._strata.names
        return PolyhedralSet(names, [own.polyhedron for own in self.strata], self.dimension)

    @property
    def kind(self) -> str:
        """A minimum, a maximum, a saddle, or regular.

        A minimum is where nothing near is lower. A maximum is what closes a hole of the largest
        dimension only; every other critical part is called a saddle.
        """
        if not self.is_critical:
            return "regular"
        if self.is_lowest:
            return "minimum"
        top = len(self.indices) - 1
        return "maximum" if self.indices[top] and not any(self.indices[:top]) else "saddle"

    def __str__(self) -> str:
        index = "" if self.index is not None or not self.is_critical else f" {self.indices}"
        if self.kind == "saddle" and self.index is not None:
            index = f" of index {self.index}"
        return f"{self.kind}{index} at {self.value} on {self.set}"

    def __repr__(self) -> str:
        return f"<{self}>"


def critical_strata(f: Expression, domain: Any = None) -> list[FlatPart]:
    r"""Where the topology of sublevel sets changes, and the flat cells where it does not.

    A point of a stratum on which f is not constant is regular. The others lie in connected parts F
    of level sets {f = c}, and the numbers of F are the dimensions of

    .. math:: H_k(U \cap \{f \le c\},\ U \cap \{f < c\}),

    with the open star U of F, over the field of two elements. For a vertex these are the reduced
    Betti numbers of its lower link, one degree lower: one 1 in degree k is a nondegenerate critical
    point of index k. A vertex that is regular is left out; a larger part is told as regular.

    Parameters
    ----------
    f : Expression
        Piecewise linear, of shape ().
    domain : Polyhedron, str or mapping, optional
        A set to stay in; its boundary takes part.

    Returns
    -------
    list of FlatPart
        By value, then in the order of strata.

    Raises
    ------
    ShapeError
        If f is not scalar.
    Unsupported
        If f has smooth nodes.

    See Also
    --------
    mt.critical_points : Where Clarke's subdifferential has 0.
    mt.persistence : Which classes they begin and end.

    Notes
    -----
    On a compact domain the alternating sum of all indices is its Euler characteristic.

    References
    ----------
    - T. Banchoff, *Critical points and curvature for embedded polyhedra*, Journal of Differential
      Geometry 1, 1967.

    Examples
    --------
    A saddle at a tie of two, and a flat cell that is regular:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> for own in mt.critical_strata(abs(x) - abs(y)):
    ...     print(own)
    saddle of index 1 at 0 on {x = y = 0}
    >>> for own in mt.critical_strata(mt.max(x - 1, mt.min(x, 0))):
    ...     print(own)
    regular at 0 on {0 <= x <= 1}
    """
    heights = Heights.of(f, domain)
    below, above = heights.cells.below, heights.above
    size = heights.cells.dimension + 1
    found = []
    for part in _flat_parts(heights):
        level = heights.low[part[0]]
        star = sorted(set().union(*[above[k] for k in part]).difference(part))
        lower = [k for k in star if heights.low[k] < level]
        if len(part) == 1:
            ranks = _link(restricted(below, lower))
        else:
            ranks = _relative(restricted(below, {*part, *lower}), set(part), {*part, *lower})
        indices = tuple([*ranks, *[0] * size][:size])
        part.sort(key=heights.order.__getitem__)
        strata = [PolyhedralStratum(heights.strata, *heights.places[k]) for k in part]
        own = FlatPart(heights.shown(level), tuple(strata), indices, not lower)
        if own.is_critical or own.dimension:
            found.append((level, heights.order[part[0]], own))
    return [own for *_, own in sorted(found, key=lambda entry: entry[:2])]


def _flat_parts(heights: Heights) -> list[list[int]]:
    """Connected sets of faces on which the function is constant."""
    flat = [k for k, flag in enumerate(heights.flat) if flag]
    seen: set[int] = set()
    parts = []
    for first in flat:
        if first in seen:
            continue
        seen.add(first)
        part, pending = [], [first]
        while pending:
            own = pending.pop()
            part.append(own)
            for other in sorted(heights.cells.below[own] | heights.above[own]):
                if heights.flat[other] and other not in seen:
                    seen.add(other)
                    pending.append(other)
        parts.append(sorted(part))
    return parts


def _link(below: list[frozenset[int]]) -> list[int]:
    """The reduced Betti numbers of a lower link, one degree higher."""
    if not below:
        return [1]
    left = core(below)
    if len(left) == 1:
        return [0]
    ranks = homology_of(chain_boundaries(chains(restricted(below, left))), 2).ranks
    return [0, ranks[0] - 1, *ranks[1:]]


def _relative(below: list[frozenset[int]], part: set[int], kept: set[int]) -> list[int]:
    """The homology of the order complex of a star relative to its lower part."""
    numbers = {old: new for new, old in enumerate(sorted(kept))}
    own = {numbers[k] for k in part}
    simplices = chains(below)
    boundaries = []
    place: dict[tuple[int, ...], int] = {}
    for chains_here in simplices:
        wanted = [chain for chain in chains_here if not own.isdisjoint(chain)]
        here = {chain: k for k, chain in enumerate(wanted)}
        columns = []
        for chain in wanted:
            faces = [chain[:i] + chain[i + 1 :] for i in range(len(chain))]
            columns.append({place[face]: 1 for face in faces if face in place})
        boundaries.append(columns)
        place = here
    return list(homology_of(boundaries, 2).ranks)
