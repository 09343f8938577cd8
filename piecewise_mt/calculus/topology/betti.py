"""Homology groups, Betti numbers and Euler characteristics of polyhedral sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sympy import isprime

from piecewise_mt.calculus.topology.reading import read_cells
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.homology import Groups, homology_of, smith_factors
from piecewise_mt.exact.posets import euler_characteristic as order_characteristic
from piecewise_mt.geometry.cell_sets import CellSet


@dataclass(frozen=True)
class Homology:
    """The homology groups of a set.

    See Also
    --------
    mt.homology : Makes it.

    Examples
    --------
    The plane without a square:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> print(mt.homology(mt.max(abs(x), abs(y)) > 1))
    H0 = Z, H1 = Z, H2 = 0
    """

    betti: tuple[int, ...]
    """The ranks b0, b1, … up to the dimension of the set."""
    torsion: tuple[tuple[int, ...], ...]
    """The invariant factors above 1 of every group, each dividing the next."""
    coefficients: str | int
    """"Z", "Q", or the prime number of elements of a field."""

    @property
    def euler_characteristic(self) -> int:
        """The alternating sum of the Betti numbers."""
        return alternating(self.betti)

    def __str__(self) -> str:
        ring = f"F{self.coefficients}" if isinstance(self.coefficients, int) else self.coefficients
        if not self.betti:
            return "0"
        return ", ".join(
            f"H{degree} = {_group(rank, factors, ring)}"
            for degree, (rank, factors) in enumerate(zip(self.betti, self.torsion, strict=True))
        )


def _group(rank: int, factors: Sequence[int], ring: str) -> str:
    parts = [ring if rank == 1 else f"{ring}^{rank}"] if rank else []
    return " ⊕ ".join([*parts, *(f"Z/{own}" for own in factors)]) or "0"


def homology(
    set: Any, domain: Any = None, *, coefficients: str | int = "Z", compactify: bool = False
) -> Homology:
    r"""The homology groups of a polyhedral set, exactly.

    A set need be neither bounded, closed nor of one dimension. It is homotopy equivalent to the
    order complex of the relatively open faces in it; where it is closed or open, smaller
    complexes of faces serve.

    Parameters
    ----------
    set : condition, PolyhedralSet, Polyhedron, stratum, piece, or a list of these (a union)
        Such as ``f <= 1``, ``mt.zero_set(f)`` or ``mt.decision_boundary(f, g)``.
    domain : Polyhedron, str or mapping, optional
        A set to stay in, for a condition.
    coefficients : "Z", "Q" or a prime number
        Integers with torsion, rational numbers, or a finite field.
    compactify : bool
        Ask about the compactification by one point, at infinity and in place of what a set
        lacks of its closure. Compact sets stay as they are.

    Returns
    -------
    Homology

    Raises
    ------
    Unsupported
        If a set to be compactified is not open in its closure.
    NotPolyhedral
        If the set is curved.

    See Also
    --------
    mt.betti : The ranks alone.
    mt.euler_characteristic : Their alternating sum, without homology.

    Notes
    -----
    The proof is in docs/topology.md. Homology relative to infinity is that of the chain complex of
    all faces of a locally closed set, bounded or not.

    References
    ----------
    - M. C. McCord, *Singular homology groups and homotopy groups of finite topological spaces*,
      Duke Mathematical Journal 33, 1966.
    - R. E. Stong, *Finite topological spaces*, Transactions of the American Mathematical Society
      123, 1966.
    - T. Kaczynski, K. Mischaikow, M. Mrozek, *Computational homology*, Springer, 2004.

    Examples
    --------
    The ties of a minimum are a cross; with infinity it is a wedge of three circles:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> cross = mt.min(abs(x), abs(y))
    >>> print(mt.homology(mt.zero_set(cross)))
    H0 = Z, H1 = 0
    >>> print(mt.homology(mt.zero_set(cross), compactify=True, coefficients=2))
    H0 = F2, H1 = F2^3
    """
    modulus = _modulus(coefficients)
    cells = read_cells(set, domain, coarse=not compactify)
    found = [_groups(part, modulus, compactify) for part in cells.parts]
    ranks = [sum(own) for own in zip_longest(*(g.ranks for g in found), fillvalue=0)]
    size = cells.dimension + 1
    betti = [*ranks, *[0] * size][:size]
    torsion = [
        _sum_of_groups([factors for own in found for factors in own.torsion[k : k + 1]])
        for k in range(size)
    ]
    if compactify and size and not all(part.is_compact for part in cells.parts):
        betti[0] += 1
    factors = tuple(torsion) if coefficients == "Z" else ((),) * size
    return Homology(tuple(betti), factors, coefficients)


def _groups(part: CellSet, modulus: int, compactify: bool) -> Groups:
    if compactify and not part.is_compact:
        if not part.is_locally_closed:
            raise Unsupported(
                "expected a set that is open in its closure to compactify, got one with points "
                "whose neighbourhoods in it are not closed; leave compactify out"
            )
        return homology_of(part.relative_complex(modulus != 2), modulus)
    return homology_of(part.chain_complex(modulus != 2), modulus)


def _modulus(coefficients: Any) -> int:
    if coefficients in ("Z", "Q"):
        return 0
    if isinstance(coefficients, int) and not isinstance(coefficients, bool):
        if isprime(coefficients):
            return coefficients
    raise PiecewiseError(
        f'expected "Z", "Q" or a prime number as coefficients, got {coefficients!r}; 2 is the '
        "fastest"
    )


def _sum_of_groups(parts: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The invariant factors of a direct sum of finite groups."""
    filled = [own for own in parts if own]
    if len(filled) < 2:
        return tuple(filled[0]) if filled else ()
    orders = [order for own in filled for order in own]
    return tuple(f for f in smith_factors([{k: v} for k, v in enumerate(orders)]) if f > 1)


def betti(
    set: Any, domain: Any = None, *, coefficients: str | int = "Z", compactify: bool = False
) -> tuple[int, ...]:
    """The Betti numbers b0, b1, … of a polyhedral set, up to its dimension.

    b0 counts components, b1 independent loops, b2 cavities.

    Parameters
    ----------
    set : condition, PolyhedralSet, Polyhedron, stratum, piece, or a list of these (a union)
        Such as ``f <= 1``, ``mt.zero_set(f)`` or ``mt.decision_boundary(f, g)``.
    domain : Polyhedron, str or mapping, optional
        A set to stay in, for a condition.
    coefficients : "Z", "Q" or a prime number
        Of ranks, or of dimensions over a finite field, which torsion adds to.
    compactify : bool
        Ask about the compactification by one point; see :func:`homology`.

    Raises
    ------
    Unsupported
        If a set to be compactified is not open in its closure.
    NotPolyhedral
        If the set is curved.

    See Also
    --------
    mt.homology : With torsion.
    mt.connected_components : Of b0.
    mt.persistence : Of all sublevel sets.

    Examples
    --------
    The level set of a maximum is a circle, ties at the corners included; on the plane without it
    there is an inside and an outside, and the latter has a hole:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> f = mt.max(abs(x), abs(y))
    >>> mt.betti(mt.level_set(f, 1)), mt.betti(f <= 1), mt.betti((f < 1) | (f > 1))
    ((1, 1), (1, 0, 0), (2, 1, 0))
    """
    own = homology(set, domain, coefficients=coefficients, compactify=compactify)
    return own.betti


def euler_characteristic(set: Any, domain: Any = None, *, compact_support: bool = False) -> int:
    """The Euler characteristic of a polyhedral set, from counts of faces.

    Parameters
    ----------
    set : condition, PolyhedralSet, Polyhedron, stratum, piece, or a list of these (a union)
        As for :func:`betti`.
    domain : Polyhedron, str or mapping, optional
        A set to stay in, for a condition.
    compact_support : bool
        Count relatively open faces with signs instead. This is additive over disjoint unions, and
        the same for compact sets only.

    See Also
    --------
    mt.betti : Whose alternating sum it is.
    mt.f_vector : How many strata there are of each dimension.

    Notes
    -----
    It is the alternating sum of the Betti numbers, but found without homology: in the poset of
    faces each one counts as 1 less what is below it counts.

    Examples
    --------
    An open interval, and one that has one of its ends:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.euler_characteristic(abs(x) < 1), mt.euler_characteristic((x >= 0) & (x < 1))
    (1, 1)
    >>> mt.euler_characteristic(abs(x) < 1, compact_support=True)
    -1
    """
    cells = read_cells(set, domain, coarse=not compact_support)
    if compact_support:
        return sum(alternating(part.counts) for part in cells.parts)
    return sum(order_characteristic(part.below) for part in cells.parts)


def alternating(counts: Sequence[int]) -> int:
    """The sum with alternating signs."""
    return sum(counts[::2]) - sum(counts[1::2])
