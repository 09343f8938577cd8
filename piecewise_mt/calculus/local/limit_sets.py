"""The limits of gradients at a point, and the sets that they span."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from piecewise_mt.calculus.local.autodiff import ProductHull
from piecewise_mt.calculus.local.bouligand import Limit, enumerate_limits, sampled_limits
from piecewise_mt.calculus.local.certificates import CLARKE, PRODUCTS
from piecewise_mt.calculus.local.clarke import OPEN, ClarkeSubdifferential
from piecewise_mt.calculus.local.hulls import LocalHull, local_hull
from piecewise_mt.calculus.local.model import LocalModel
from piecewise_mt.calculus.local.reduction import Matrix
from piecewise_mt.calculus.local.thin_cells import CurveLimit, ThinCell
from piecewise_mt.errors import TooManyPieces, Undecided
from piecewise_mt.memory import cached_property


class LimitSets(LocalModel):
    """Limits of gradients, Clarke's subdifferential and the hull of products of a local function.

    The questions are asked of the one subclass, :class:`LocalAnalysis`.
    """

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """All limits of gradients, each with a cone of directions; sorted as ``bouligand``.

        The cone is full-dimensional but for cells between kinks that agree to first order, which
        come with a curve into them.

        Raises
        ------
        TooManyPieces
            If the complex of the active kinks has more than max_pieces pieces.
        Undecided
            If there may be cells between such kinks, or not.

        Examples
        --------
        Between two parabolas that touch, the gradient is 0:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> (mt.relu(y - x**2) + mt.relu(-y - x**2)).at((0, 0)).limits[1]
        Limit([0, 0] along the curve (t, 0))
        """
        if self.open_limits:
            raise Undecided(OPEN)
        return self.known_limits

    @cached_property
    def known_limits(self) -> tuple[Limit, ...]:
        """Those of :attr:`limits` that are known; all of them unless these raise ``Undecided``."""
        found = [
            CurveLimit(self._reduction, own.gradient, own.curve, own.germs, self.place)
            for own in self.thin_cells
            if own.curve is not None
        ]
        if not found:
            return self.tangent_limits
        return tuple(sorted([*self.tangent_limits, *found], key=lambda own: own.reduced))

    @cached_property
    def open_limits(self) -> tuple[Matrix, ...]:
        """The pivot columns of matrices that may be limits of gradients, and may not."""
        return tuple(own.gradient for own in self.thin_cells if own.curve is None)

    @cached_property
    def thin_cells(self) -> tuple[ThinCell, ...]:
        """Cells that touch the point without a cone of directions, with gradients of their own.

        Those without a curve into them are open.
        """
        if self._flat or self.is_exact:
            return ()
        return tuple(self._thin_cells.cells({own.reduced for own in self.tangent_limits}))

    @cached_property
    def tangent_limits(self) -> tuple[Limit, ...]:
        """The limits of gradients with a full-dimensional cone: those of f'(x; ·) at 0."""
        if self._flat:
            return ()
        hull = self.hull
        count = None if hull is None else hull.count
        if hull is not None and count is not None:
            if count > self.max_pieces:
                raise TooManyPieces(
                    f"expected at most {self.max_pieces} limits of gradients, got {count}; ask "
                    "classify or clarke.contains about one matrix, or raise max_pieces"
                )
            return tuple(hull.limits())
        # kinks that agree to first order are one in the normal form, and bound no cone then
        program = self.normal if self.is_exact else self._reduction.program
        found = enumerate_limits(self._reduction, program, self._walls, self._max_faces)
        if len(found) > self.max_pieces:
            raise TooManyPieces(
                f"expected at most {self.max_pieces} limits of gradients, got {len(found)}; raise "
                "max_pieces"
            )
        return tuple(found)

    @cached_property
    def hull(self) -> LocalHull | None:
        """The limits as sums over summands, if there are many ties and these are covered."""
        return self.tangent_hull if self.is_exact else None

    @cached_property
    def tangent_hull(self) -> LocalHull | None:
        """The same for f'(x; ·) at 0."""
        if self._walls or self._flat:
            return None
        return local_hull(self._reduction, self._max_faces)

    @property
    def _max_faces(self) -> int:
        return max(4 * self.max_pieces, 1000)

    def limit_with(self, reduced: Matrix) -> Limit | None:
        """The limit of gradients with these pivot columns, None if there is none.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> at = abs(mt.variable("x")).at((0,))
        >>> at.limit_with(((-1,),)), at.limit_with(((0,),))
        (Limit([-1] along (-1,)), None)
        """
        if self.hull is not None:
            return self.hull.find(reduced)
        found = next((own for own in self.known_limits if own.reduced == reduced), None)
        if found is None and reduced in self.open_limits:
            raise Undecided(OPEN)
        return found

    @cached_property
    def bouligand(self) -> tuple[sympy.ImmutableMatrix, ...]:
        """The limits of gradients (the Bouligand subdifferential), sorted by their entries.

        See Also
        --------
        LocalAnalysis.clarke : Their convex hull.

        References
        ----------
        - S. Scholtes, *Introduction to piecewise differentiable equations*, Springer, 2012.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.max(x, y).at((0, 0)).bouligand
        (Matrix([[0, 1]]), Matrix([[1, 0]]))
        """
        # B is in reduced echelon form, so the pivot columns decide the order of the matrices
        return tuple(limit.gradient for limit in self.limits)

    @cached_property
    def clarke(self) -> ClarkeSubdifferential:
        """Clarke's subdifferential: the convex hull of the whole matrices ``bouligand``.

        See Also
        --------
        LocalAnalysis.bouligand : Its vertices are among these.
        LocalAnalysis.products : What backpropagation may return.

        References
        ----------
        - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> clarke = mt.max(x, y).at((0, 0)).clarke
        >>> clarke.contains([["1/2", "1/2"]]), clarke.contains([[1, 1]])
        (True, False)
        """
        return ClarkeSubdifferential(
            self._reduction,
            self._reduced_limits,
            self._sampled_limits,
            self.products,
            self.hull,
            self._reduced_open,
            self,
        ).of(self.place, CLARKE)

    # methods, as functions that are local cannot be pickled
    def _reduced_limits(self) -> list[Matrix]:
        return [limit.reduced for limit in self.known_limits]

    def _reduced_open(self) -> Sequence[Matrix]:
        return self.open_limits

    def _sampled_limits(self) -> list[Matrix]:
        return self.samples

    @cached_property
    def products(self) -> ProductHull:
        """The hull of the products (14) over all node-wise choices: the rung ``autodiff``.

        See Also
        --------
        LocalAnalysis.clarke : Which it contains.

        References
        ----------
        - J. Bolte, E. Pauwels, *Conservative set valued fields, automatic differentiation,
          stochastic gradient methods and deep learning*, Mathematical Programming 188, 2021.

        Examples
        --------
        Backpropagation may find anything in [-1, 1] for a function whose derivative is 0:

        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> at = (mt.relu(x) - mt.relu(x)).at((0,))
        >>> at.products.contains([[-1]]), at.clarke.contains([[-1]])
        (True, False)
        """
        return ProductHull(self._reduction).of(self.place, PRODUCTS)

    @cached_property
    def samples(self) -> list[Matrix]:
        """Some limits of gradients, along and across the kinks of the first level."""
        if self._walls:
            return []
        return sampled_limits(self.normal, self._reduction.rank)
