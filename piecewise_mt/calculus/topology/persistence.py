"""Persistent homology of the sublevel sets of a piecewise linear function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy

from piecewise_mt.calculus.topology.heights import Heights
from piecewise_mt.exact.barcodes import Step, bars
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.posets import chains
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.expression import Expression

Moment = tuple[int, int]
"""The rank of a level t, and 0 for f ≤ t, or 1 for all levels just above t."""


@dataclass(frozen=True)
class Bar:
    """A class of homology, from the level at which it arises to the one at which it is gone.

    See Also
    --------
    mt.persistence : All of a function.

    Examples
    --------
    The second of two valleys, which meets the first one at a tie:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> _, own = mt.persistence(mt.min(abs(x), abs(x - 3) + 1))
    >>> print(own, own.birth, own.death, 1 in own, 2 in own)
    H0 [1, 2) 1 2 True False
    """

    dimension: int
    birth: sympy.Expr
    """-oo if all sublevel sets that are low enough have it."""
    death: sympy.Expr
    """oo if it stays."""
    has_birth: bool = True
    """Whether the sublevel set at the birth has it, as always in closed domains."""
    has_death: bool = False
    """Whether the sublevel set at the death has it still, as never in closed domains."""

    def __contains__(self, t: Any) -> bool:
        level = to_rational(to_number(t))
        late = level > self.birth or (self.has_birth and level == self.birth)
        return bool(late and (level < self.death or (self.has_death and level == self.death)))

    def __str__(self) -> str:
        left = "[" if self.has_birth and self.birth.is_finite else "("
        right = "]" if self.has_death else ")"
        return f"H{self.dimension} {left}{self.birth}, {self.death}{right}"


@dataclass(frozen=True, eq=False)
class Persistence:
    """The barcode of sublevel sets.

    See Also
    --------
    mt.persistence : Makes it.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> code = mt.persistence(abs(abs(x) - 1))
    >>> print(code)
    H0 [0, oo); H0 [0, 1)
    >>> len(code), code[1].death, code.betti(0), code.betti(1)
    (2, 1, (2, 0), (1, 0))
    """

    bars: tuple[Bar, ...]
    """By dimension, then by birth, the longest first."""
    dimension: int
    """The dimension of the domain."""

    def __len__(self) -> int:
        return len(self.bars)

    def __iter__(self) -> Iterator[Bar]:
        return iter(self.bars)

    def __getitem__(self, index: int) -> Bar:
        return self.bars[index]

    def betti(self, t: Any) -> tuple[int, ...]:
        """The Betti numbers of {f ≤ t} over the field of two elements.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.persistence(-mt.max(abs(x), abs(y))).betti(-1)
        (1, 1, 0)
        """
        level = to_rational(to_number(t))
        counts = [0] * (self.dimension + 1)
        for bar in self.bars:
            if level in bar:
                counts[bar.dimension] += 1
        return tuple(counts)

    def __str__(self) -> str:
        return "; ".join(map(str, self.bars)) or "no bars"

    def plot(self, ax: Any = None) -> Any:
        """The barcode, with matplotlib: one line a bar, by dimension.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> axes = mt.persistence(abs(abs(x) - 1)).plot()
        >>> axes.get_xlabel()
        'level'
        """
        from piecewise_mt.display.door import draw_barcode

        return draw_barcode(self, ax)


def persistence(f: Expression, domain: Any = None) -> Persistence:
    """The persistent homology of the sublevel sets {f ≤ t}, over the field of two elements.

    For superlevel sets ask about -f. The domain may be unbounded; what is there in all sublevel
    sets that are low enough is born at -oo.

    Parameters
    ----------
    f : Expression
        Piecewise linear, of shape ().
    domain : Polyhedron, str or mapping, optional
        A set to stay in.

    Returns
    -------
    Persistence

    Raises
    ------
    ShapeError
        If f is not scalar.
    Unsupported
        If f has smooth nodes.

    See Also
    --------
    mt.betti : Of one sublevel set.
    mt.critical_strata : Where births and deaths come from.

    Notes
    -----
    A face takes part from the level on at which the sublevel set meets it; this is a filtration of
    the order complex of all faces. In a closed domain dual cells serve.

    References
    ----------
    - H. Edelsbrunner, J. Harer, *Computational topology*, American Mathematical Society, 2010.
    - C. Chen, M. Kerber, *Persistent homology computation with a twist*, European Workshop on
      Computational Geometry, 2011.

    Examples
    --------
    Two valleys joined over the tie x = 0, with a wall around that is never closed:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> print(mt.persistence(mt.max(abs(y), abs(abs(x) - 2) - 1)))
    H0 [0, oo); H0 [0, 1)
    >>> print(mt.persistence(mt.min(x, -x, 3)))
    H0 (-oo, oo); H0 (-oo, 0)
    """
    heights = Heights.of(f, domain)
    steps = _dual_cells(heights) if heights.cells.is_closed else _chains(heights)
    found = []
    for dimension, birth, death in bars(steps):
        stays = death is None
        end, late = (sympy.oo, False) if stays else (heights.shown(death[0]), bool(death[1]))
        own = Bar(dimension, heights.shown(birth[0]), end, not birth[1], late)
        found.append((dimension, birth, (1,) if stays else (0, death), own))
    # the longest first among those of one birth
    found.sort(key=lambda entry: entry[2], reverse=True)
    found.sort(key=lambda entry: entry[:2])
    return Persistence(tuple(own for *_, own in found), heights.cells.dimension)


def _dual_cells(heights: Heights) -> list[Step]:
    """The dual cells of a closed domain, each from the infimum on its face on.

    In a closed domain a sublevel set is what it is for all levels just above, and those meet all
    faces whose infimum is no larger. With a face they meet all those that it is a face of; these
    are a sphere, or a ball for a face on the boundary, which is left out.
    """
    cells = heights.cells
    top = len(cells.levels) - 1
    kept = [k for k, (level, index) in enumerate(heights.places) if not cells.rim[level][index]]
    number = {heights.places[k]: position for position, k in enumerate(kept)}
    boundaries: list[list[int]] = [[] for _ in kept]
    for (level, index), position in number.items():
        for facet in cells.levels[level][index]:
            if (level - 1, facet) in number:
                boundaries[number[level - 1, facet]].append(position)
    return [
        ((heights.low[k], 0), top - heights.places[k][0], own)
        for k, own in zip(kept, boundaries, strict=True)
    ]


def _chains(heights: Heights) -> list[Step]:
    """The chains of faces, each from the level on whose sublevel set meets all of them."""
    entries: list[Moment] = [
        (low, 0 if flat or not low else 1)
        for low, flat in zip(heights.low, heights.flat, strict=True)
    ]
    simplices = chains(heights.cells.below)
    steps: list[Step] = []
    start = 0
    place: dict[tuple[int, ...], int] = {}
    for dimension, own in enumerate(simplices):
        lower, place = place, {}
        for k, chain in enumerate(own):
            place[chain] = start + k
            faces = [chain[:i] + chain[i + 1 :] for i in range(len(chain))] if dimension else []
            entry = max(entries[face] for face in chain)
            steps.append((entry, dimension, [lower[face] for face in faces]))
        start += len(own)
    return steps
