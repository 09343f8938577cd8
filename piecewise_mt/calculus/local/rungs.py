"""The ladder of DESIGN §2: what a matrix that somebody returns at a point *is*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from piecewise_mt.calculus.local.coefficient_rows import CoefficientRows
from piecewise_mt.calculus.local.place import LocalProof
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.proof import rebuilt
from piecewise_mt.calculus.results.report import Verdict
from piecewise_mt.calculus.results.same import alike


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


class Judging(Protocol):
    """Where a matrix is judged, as data from which it is judged anew."""

    @property
    def text(self) -> str:
        """The function, the point and the domain."""

    def judged(self, matrix: Any) -> Judgement:
        """The rung of a matrix, with nothing found out before."""


@dataclass(frozen=True)
class Judgement(LocalProof):
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
    place : Judging or None
        The function and the point, or the stratum.
    matrix : object
        The matrix that is judged; along a stratum a formula, None for the enclosure of the
        derivative itself.

    Notes
    -----
    ``verify()`` climbs the ladder anew at the place, and compares; a judgement without a place, or
    an undecided one, is no proof.
    """

    rung: Rung
    reason: str
    certificate: Any = None
    refuted: Any = None
    cases: tuple[tuple[Rung, Any], ...] = ()
    place: Judging | None = field(default=None, compare=False, repr=False)
    matrix: Any = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return str(self.rung)

    @property
    def statement(self) -> str:
        """The function, the point, the matrix and the rung."""
        where = "" if self.place is None else f"{self.place.text}: "
        return f"{where}{self.claim}."

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What is trusted beside exact arithmetic."""
        return foundations((self.place, plain(self.matrix)))

    @property
    def claim(self) -> str:
        """The matrix and the rung."""
        own = "it" if self.matrix is None else str(plain(self.matrix).tolist())
        return f"{own} is {self.rung}: {self.reason}"

    def _is_proved(self) -> bool:
        return self._check()  # a limit is no plain data, but may be compared with one found anew

    def _check(self) -> bool:
        given = (self.place, plain(self.matrix), self.rung, self.reason)
        place, matrix, rung, reason = rebuilt(given)
        if place is None or rung in (Rung.undecided, Rung.undefined):
            return False
        found = place.judged(matrix)
        return (
            (rung, reason) == (found.rung, found.reason)
            and alike(self.cases, found.cases)
            and alike(self.certificate, found.certificate)
            and alike(self.refuted, found.refuted)
        )


def plain(matrix: Any) -> Any:
    """A matrix of numbers, of expressions, or of coefficients of these, as one of SymPy."""
    rows = matrix.rows if isinstance(matrix, CoefficientRows) else matrix
    return to_matrix(rows, len(rows[0])) if isinstance(rows, tuple) else rows
