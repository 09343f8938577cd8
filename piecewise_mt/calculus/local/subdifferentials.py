"""The subdifferentials of a scalar function at a point, regularity, and constraints."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from piecewise_mt.calculus.local.frechet import FrechetSubdifferential, slopes_along_rays
from piecewise_mt.calculus.local.least_norm import LeastNormProof, equality_condition
from piecewise_mt.calculus.local.limit_sets import LimitSets
from piecewise_mt.calculus.local.mordukhovich import MordukhovichSubdifferential
from piecewise_mt.calculus.local.normal_cones import (
    ConstrainedStationarity,
    NormalCone,
    constrained_stationarity,
    normal_cone,
)
from piecewise_mt.calculus.local.reduction import Vector
from piecewise_mt.calculus.local.regularity import RegularityProof, regularity_proof
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.memory import cached_property

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis


class Subdifferentials(LimitSets):
    """The sets between the Fréchet subdifferential and Clarke's, and what they say.

    The questions are asked of the one subclass, :class:`LocalAnalysis`.
    """

    @property
    def _own(self) -> LocalAnalysis:
        return cast("LocalAnalysis", self)

    @cached_property
    def frechet(self) -> FrechetSubdifferential:
        """The Fréchet subdifferential of a scalar function: {g : g·d ≤ f'(x; d) for all d}.

        A polyhedron, perhaps empty, in the span of the active kinks. It is enough to ask for the
        rays of the cones on which f'(x; ·) is linear.

        See Also
        --------
        LocalAnalysis.mordukhovich : Its limits from points nearby.
        LocalAnalysis.clarke : Which contains both.

        References
        ----------
        - R. T. Rockafellar, R. J.-B. Wets, *Variational analysis*, Springer, 1998.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> str(abs(x).at((0,)).frechet), str((-abs(x)).at((0,)).frechet)
        ('-1 <= g1 <= 1', '∅')
        """
        self._scalar()
        return FrechetSubdifferential(self._reduction, self._slopes, self.tangent_hull)

    def _slopes(self) -> tuple[tuple[Vector, Fraction], ...]:
        return self.slopes

    @cached_property
    def slopes(self) -> tuple[tuple[Vector, Fraction], ...]:
        """Rays r, in the pivot variables, of the cones on which f'(x; ·) is linear; f'(x; r)."""
        self._scalar()
        self._solid()
        own = slopes_along_rays(self._reduction, self.normal, self._walls, self.max_pieces)
        return tuple(own)

    def _solid(self) -> None:
        if self._flat:
            raise PiecewiseError(
                "expected a full-dimensional domain, got a flat one; leave the domain out"
            )

    @cached_property
    def mordukhovich(self) -> MordukhovichSubdifferential:
        """The limiting (Mordukhovich) subdifferential of a scalar function.

        It has the limits of Fréchet subgradients at points that tend to x: a finite union of
        polyhedra, the Fréchet subdifferentials on the cones where f'(x; ·) is linear. It lies
        between :attr:`frechet` and :attr:`clarke`, which without a domain is its convex hull. With
        a domain it is that of f with the value ∞ outside.

        Raises
        ------
        ShapeError
            If the function has several outputs.

        See Also
        --------
        LocalAnalysis.frechet : Which it contains.
        LocalAnalysis.clarke : Its convex hull.

        References
        ----------
        - R. T. Rockafellar, R. J.-B. Wets, *Variational analysis*, Springer, 1998.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> at = (-abs(x)).at((0,))
        >>> str(at.frechet), str(at.mordukhovich), at.mordukhovich.contains([0])
        ('∅', '{g1 = -1} ∪ {g1 = 1}', False)
        >>> str(mt.max(mt.min(x, -y), y - x).at((0, 0)).mordukhovich)
        '{2*g1 + g2 = -1, g1 <= 0, g2 <= 1} ∪ {g1 + 2*g2 = 1, 0 <= g2 <= 1}'
        """
        self._scalar()
        self._solid()
        return MordukhovichSubdifferential(self._own)

    # -- regularity ------------------------------------------------------------------------

    @property
    def is_regular(self) -> bool:
        """Whether f is regular in the sense of Clarke: f'(x; d) = max G·d over the limits G.

        The Fréchet, the limiting and Clarke's subdifferential then are the same. Convex functions
        are regular everywhere, and so are maxima of smooth ones.

        See Also
        --------
        LocalAnalysis.regularity_proof : What proves it.

        References
        ----------
        - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> abs(x).at((0,)).is_regular, (-abs(x)).at((0,)).is_regular
        (True, False)
        """
        return self.regularity_proof.holds

    @cached_property
    def regularity_proof(self) -> RegularityProof:
        """What proves :attr:`is_regular`: all slopes and limits, or a limit G with G·d > f'(x; d).

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> proof = (-abs(mt.variable("x"))).at((0,)).regularity_proof
        >>> proof.limit, proof.direction, proof.verify()
        (Matrix([[-1]]), (Fraction(-1, 1),), True)
        """
        self._scalar()
        return regularity_proof(self._own)

    # -- least norm ------------------------------------------------------------------------

    @property
    def min_norm_proof(self) -> LeastNormProof:
        """``clarke.min_norm`` with the limits that it combines: ``verify()`` checks the two.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> proof = mt.max(x, y).at((0, 0)).min_norm_proof
        >>> proof.matrix, proof.combination.weights, proof.verify()
        (Matrix([[1/2, 1/2]]), (1/2, 1/2), True)
        """
        hull = self.clarke
        return LeastNormProof(self._own.place, hull.min_norm, hull.min_norm_certificate)

    @property
    def gradient_is_min_norm(self) -> Any:
        """Whether the associated gradient is ``clarke.min_norm``: PyTorch's stated rule.

        Its documentation says that at a point where a locally convex or concave function has no
        gradient the subgradient of least norm is taken.

        Returns
        -------
        bool or Boolean
            With free tie parameters, the condition on these.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.relu(x, at_zero=0).at((0,)).gradient_is_min_norm
        True
        >>> mt.max(x, y, ties="first").at((0, 0)).gradient_is_min_norm
        False
        >>> mt.max(x, y).at((0, 0)).gradient_is_min_norm
        Eq(z, 1/2)
        """
        return equality_condition(self._own.gradient, self.clarke.min_norm)

    # -- constraints -----------------------------------------------------------------------

    @cached_property
    def normal_cone(self) -> NormalCone:
        """The normal cone of the domain at the point: {0} without one, and inside it.

        See Also
        --------
        LocalAnalysis.constrained_stationarity : What it is for.

        References
        ----------
        - R. T. Rockafellar, R. J.-B. Wets, *Variational analysis*, Springer, 1998.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> (x + y).at((0, 1), domain="x >= 0, y <= 1").normal_cone
        NormalCone(cone{(-1, 0), (0, 1)})
        """
        return normal_cone(self._own)

    @property
    def is_constrained_stationary(self) -> bool:
        """Whether 0 is in the sum of Clarke's subdifferential and the normal cone of the domain.

        With a domain that is full-dimensional, limits of gradients are taken inside it, which
        may be fewer; with a flat one, all around the point. A minimum on the domain is stationary.

        See Also
        --------
        LocalAnalysis.is_stationary : Without the normal cone.
        LocalAnalysis.constrained_stationarity : With multipliers.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> at = (abs(x - 1) + y).at((0, 0), domain="x <= 0, y >= 0")
        >>> at.is_stationary, at.is_constrained_stationary
        (False, True)
        """
        return self.constrained_stationarity.holds

    @cached_property
    def constrained_stationarity(self) -> ConstrainedStationarity:
        """Multipliers that prove :attr:`is_constrained_stationary`, or a direction of descent.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> proof = mt.max(x, y).at((0, 0), domain="x + y >= 0").constrained_stationarity
        >>> proof.combination.weights, proof.multipliers, proof.verify()
        ((1/2, 1/2), (1/2,), True)
        >>> proof = mt.max(x, y).at((0, 0), domain="x >= y").constrained_stationarity
        >>> proof.direction, proof.slope, proof.verify()
        ((-1, -1), -1, True)
        """
        self._scalar()
        return constrained_stationarity(self._own)
