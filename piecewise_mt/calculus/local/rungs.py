"""The ladder of DESIGN §2: what a matrix that somebody returns at a point *is*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from piecewise_mt.calculus.results.report import Verdict


class Rung(StrEnum):
    """What a matrix returned at a point is, strongest first; ``undecided`` is apart.

    See Also
    --------
    LocalAnalysis.classify : The rung of a matrix at a point.
    Representation.classify : On every stratum.
    mt.check_gradient, mt.audit : Of somebody else's gradient.

    References
    ----------
    - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.
    - S. Scholtes, *Introduction to piecewise differentiable equations*, Springer, 2012.
    - J. Bolte, E. Pauwels, *Conservative set valued fields, automatic differentiation, stochastic
      gradient methods and deep learning*, Mathematical Programming 188, 2021.
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    Three matrices at the tie of abs(x):

    >>> import piecewise_mt as mt
    >>> at = abs(mt.variable("x")).at((0,))
    >>> [str(at.classify([value])) for value in (1, 0, 2)]
    ['bouligand', 'clarke', 'associated']
    >>> at.classify([0]).is_clarke, at.classify([2]).is_clarke
    (True, False)
    """

    differentiable = "differentiable"
    """f is differentiable and the matrix is its derivative."""
    bouligand = "bouligand"
    """A limit of gradients."""
    clarke = "clarke"
    """In the convex hull of the limits of gradients."""
    autodiff = "autodiff"
    """In the hull of the products (14) over all choices at the ties, feasible together or not."""
    associated = "associated"
    """Satisfies (15) on the stratum of the point."""
    inconsistent = "inconsistent"
    """Violates (15)."""
    undefined = "undefined"
    """No real matrix of the right shape."""
    undecided = "undecided"
    """Not found out within the bounds on enumeration; no rung."""

    @property
    def strength(self) -> int:
        """0 for the strongest rung."""
        return list(Rung).index(self)

    @property
    def is_clarke(self) -> bool:
        """Whether the matrix is in Clarke's subdifferential."""
        return self.strength <= Rung.clarke.strength


def weakest(rungs: Iterable[Rung]) -> Rung:
    """The weakest of several rungs; undecided if one of them is, unless one is worse for sure."""
    return max(rungs, key=_badness)


def verdict_on(rungs: Iterable[Rung]) -> Verdict:
    """What rungs say of a report's row: the one table from rung to verdict.

    Failed if one is refuted, undecided if one is or there is none, else passed.
    """
    found = set(rungs)
    if found & {Rung.inconsistent, Rung.undefined}:
        return Verdict.failed
    return Verdict.undecided if not found or Rung.undecided in found else Verdict.passed


def _badness(rung: Rung) -> int:
    order = list(Rung)
    bad = (Rung.inconsistent, Rung.undefined)
    return order.index(rung) + (len(order) if rung in bad else 0)


@dataclass(frozen=True)
class Judgement:
    """A rung with what proves it.

    Attributes
    ----------
    rung : Rung
    reason : str
        One sentence.
    certificate : object
        For ``bouligand`` the limit with its cone; for ``clarke`` and ``autodiff`` a convex
        combination; for ``associated`` the direction that separates from the products; for
        ``inconsistent`` the defect (output, direction, found, expected).
    refuted : object
        What proves that the next stronger hull does not contain the matrix, None if nothing must.
    cases : tuple of (Rung, Boolean)
        Where it varies along a stratum with smooth formulas, the rung on each condition on the
        point; ``rung`` is then the weakest. Empty if it does not vary.
    """

    rung: Rung
    reason: str
    certificate: Any = None
    refuted: Any = None
    cases: tuple[tuple[Rung, Any], ...] = ()

    def __str__(self) -> str:
        return str(self.rung)
