"""Fréchet and limiting subgradients where derivatives are not algebraic.

With f'(x; d) = L d + C F(S d) a vector L + w S is a Fréchet subgradient iff w·s ≤ C F(s) for the
rational rays s of the fan of F. So membership is decided by signs of real numbers; the polyhedra
themselves are not written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn, final

from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.local.frechet import FrechetSubdifferential
from piecewise_mt.calculus.local.limiting_proofs import LimitingSubgradient, NotLimiting
from piecewise_mt.calculus.local.mordukhovich import (
    MOST_CONES,
    OPEN_SUBGRADIENTS,
    MordukhovichSubdifferential,
)
from piecewise_mt.calculus.local.place import Place
from piecewise_mt.calculus.local.reduction import Reduction, Vector, dot
from piecewise_mt.calculus.local.tangent_fan import Fan
from piecewise_mt.calculus.local.thin_cells import is_bent
from piecewise_mt.errors import Undecided, Unsupported
from piecewise_mt.geometry.polyhedron import Polyhedron

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.real_analysis import RealAnalysis


def _refuse(what: str) -> NoReturn:
    raise Unsupported(
        f"expected algebraic numbers for {what}, got others, for which it is not supported "
        "yet; ask contains about one vector"
    )


@final
class RealFan(Fan):
    """The fan of the rational core F, with the slopes of C F."""

    def __init__(self, core: Reduction, factors: Sequence[Any], place: Place | None = None) -> None:
        self._factors = tuple(factors)
        super().__init__(core, core.program, (), MOST_CONES, place)

    def _of(self, local: Any) -> Fan:
        found: Fan = local.fan
        return found

    def _slope(self, t: Vector) -> Any:
        rows = self._program.affine(self._program.labels_at(t), selected).outputs
        pairs = zip(self._factors, rows, strict=True)
        return sum((c * dot(row[1:], t) for c, row in pairs if c), Fraction(0))


class _OfSingleVectors:
    """What is asked about vectors one by one, and written in words."""

    _local: RealAnalysis

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables of the function."""
        return self._local.names

    @property
    def dimension(self) -> int:
        """Not told."""
        _refuse("the dimension of a set of subgradients")

    @property
    def is_empty(self) -> bool:
        """Not told."""
        _refuse("whether there are subgradients")

    def to_latex(self) -> str:
        """Not written."""
        _refuse("a set of subgradients in LaTeX")

    def _repr_latex_(self) -> str:
        return rf"$\text{{{self}}}$"

    def __str__(self) -> str:
        return "subgradients with entries that are not algebraic"


@final
class RealFrechet(_OfSingleVectors, FrechetSubdifferential):
    """The Fréchet subdifferential, asked about single vectors.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> frechet = (mt.exp(y) * abs(x)).at((0, 1)).frechet
    >>> frechet.contains([2, 0]), frechet.contains([3, 0]), frechet.contains([2, 1])
    (True, False, False)
    >>> frechet.ascent([3, 0])
    ((Fraction(1, 1), Fraction(0, 1)), E)
    """

    def __init__(self, local: RealAnalysis) -> None:
        self._local = local

    @property
    def reduced(self) -> Polyhedron:
        _refuse("a polyhedron of subgradients")

    @property
    def polyhedron(self) -> Polyhedron:
        _refuse("a polyhedron of subgradients")

    def witness(self) -> Vector | None:
        _refuse("a subgradient")

    def ascent(self, g: Any) -> tuple[Vector, Any] | None:
        """A direction d with f'(x; d) < g·d, and f'(x; d); None if g is an element."""
        local = self._local
        (row,) = local.read(g)
        lowered = local._lowered([row])
        if lowered is None:
            return self._along_the_stratum(row)
        fan = local.fan
        ray = fan.violated(fan.cones[0], tuple(lowered[0]))
        if ray is None:
            return None
        d = tuple(local._spread(ray))
        return d, local.directional_derivative(dict(zip(local.names, d, strict=True)))

    def _along_the_stratum(self, row: Sequence[Any]) -> tuple[Vector, Any]:
        """A direction that no kink sees, on which g and f'(x; ·) differ."""
        local = self._local
        for j in range(len(row)):
            axis = [Fraction(int(i == j)) for i in range(len(row))]
            back = local._spread(local._onto(axis))
            t = [v - w for v, w in zip(axis, back, strict=True)]
            height = _product(row, t) - _product(local._tangents.base[0], t)
            if height:
                d = tuple(v if height > 0 else -v for v in t)
                return d, local.directional_derivative(dict(zip(local.names, d, strict=True)))
        raise AssertionError("a vector that is not L + w S differs from L where S d = 0")


@final
class RealMordukhovich(_OfSingleVectors, MordukhovichSubdifferential):
    """The limiting subdifferential, asked about single vectors.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> limiting = (mt.exp(y) - mt.exp(1) * abs(x)).at((0, 1)).mordukhovich
    >>> limiting.contains([0, 1])
    False
    """

    _local: RealAnalysis

    @property
    def is_empty(self) -> bool:
        """Never, as there are limits of gradients."""
        return False

    def contains(self, g: Any) -> bool:
        local = self._local
        lowered = local._lowered(local.read(g))
        if lowered is None:
            return False
        if local.frechet.contains(g) or any(lowered == known for known, _ in local._found):
            return True
        if local.is_exact and (local.is_regular or not local.clarke.contains(g)):
            return False
        if local.has_fan:
            own, fan = tuple(lowered[0]), local.fan
            if all(fan.violated(cone, own) is not None for cone in fan.cones):
                return False
            if not local.is_curved and not is_bent(local._program, local._tangents.active):
                return True
        raise Undecided(OPEN_SUBGRADIENTS)

    __contains__ = contains

    def certificate(self, g: Any) -> LimitingSubgradient | NotLimiting:
        _refuse("a proof")


def _product(row: Sequence[Any], vector: Sequence[Any]) -> Any:
    return sum((c * v for c, v in zip(row, vector, strict=True) if c and v), Fraction(0))
