"""``f.at(x)``: everything that a function does to first order at one exact point."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cached_property
from typing import Any, final

import sympy

from piecewise_mt.calculus.evaluation import pointwise
from piecewise_mt.calculus.evaluation.program import compile_program, selected
from piecewise_mt.calculus.local.autodiff import ProductHull
from piecewise_mt.calculus.local.bouligand import (
    Limit,
    enumerate_limits,
    lexicographic,
    sampled_limits,
    unit_directions,
)
from piecewise_mt.calculus.local.clarke import ClarkeSubdifferential, lifted
from piecewise_mt.calculus.local.coefficient_rows import CoefficientRows
from piecewise_mt.calculus.local.directional import local_expression, read_vector, symbolic_entries
from piecewise_mt.calculus.local.frechet import FrechetSubdifferential, slopes_along_rays
from piecewise_mt.calculus.local.hulls import LocalHull, local_hull
from piecewise_mt.calculus.local.judge import judge, judge_by_conditions
from piecewise_mt.calculus.local.model import LocalModel
from piecewise_mt.calculus.local.normal_form import is_sum_of_kinks
from piecewise_mt.calculus.local.proofs import (
    CommonGradient,
    NotLinear,
    StationarityProof,
    differentiability_proof,
)
from piecewise_mt.calculus.local.reduction import Matrix, Vector, dot
from piecewise_mt.calculus.local.rungs import Judgement, Rung
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.calculus.results.shown import ShownAnalysis
from piecewise_mt.errors import InexactNumber, OutsideDomain, PiecewiseError, TooManyPieces
from piecewise_mt.exact.matrices import read_matrix, real_entry
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.functions.expression import Expression


@final
class LocalAnalysis(ShownAnalysis, LocalModel):
    """What a piecewise linear function is near one point; made by :meth:`Expression.at`.

    Near x, f(x + d) = f(x) + f'(x; d), and only the units with a tie at x have a kink. One pass
    finds them, and all questions are answered in the span of their gradients.

    See Also
    --------
    Expression.at : Makes it.
    mt.Rung : The ladder that it decides.
    Representation.classify : On all strata at once.

    References
    ----------
    - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.
    - S. Scholtes, *Introduction to piecewise differentiable equations*, Springer, 2012.
    - J. Bolte, E. Pauwels, *Conservative set valued fields, automatic differentiation, stochastic
      gradient methods and deep learning*, Mathematical Programming 188, 2021.
    - K. A. Khan, P. I. Barton, *A vector forward mode of automatic differentiation for generalized
      derivative evaluation*, Optimization Methods and Software 30, 2015.

    Examples
    --------
    Three kinks that can only bend together: no gradient nearby is 1 or -1.

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> at = (abs(x) + abs(x) + abs(x)).at((0,))
    >>> at.bouligand
    (Matrix([[-3]]), Matrix([[3]]))
    >>> str(at.classify([1])), str(at.classify([3])), str(at.classify([4]))
    ('clarke', 'bouligand', 'associated')

    Kinks that cancel leave a differentiable function, whatever backpropagation returns:

    >>> g = mt.relu(x, at_zero=0) - mt.relu(-x, at_zero=0)
    >>> g.at((0,)).is_differentiable, g.gradient((0,)), str(g.at((0,)).classify([0]))
    (True, Matrix([[0]]), 'autodiff')
    """

    # -- directions ------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<LocalAnalysis at {self._place()}: {self._ties()}>"

    @cached_property
    def local(self) -> Expression:
        r"""The function :math:`d \mapsto f'(x; d)` as an expression in d1, …, da.

        Positively homogeneous and piecewise linear: the derivatives in all directions at once.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.max(x, y, 0).at((1, 1)).local
        d2 + relu(d1 - d2)
        """
        return local_expression(self._reduction, self.normal, self.function.shape)

    def directional_derivative(self, direction: Any) -> Any:
        """f'(x; d), exactly.

        Parameters
        ----------
        direction : sequence or mapping
            Of exact numbers, as a point is given; or of expressions, SymPy symbols among them.

        Returns
        -------
        Expr or ImmutableMatrix
            As :meth:`Expression.value`. For a direction with variables, the expression of
            them: :attr:`local` composed with the direction.

        Raises
        ------
        PiecewiseError
            If the direction does not have a entries.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y, s = mt.variables("x y s")
        >>> at = mt.max(x, y).at((1, 1))
        >>> at.directional_derivative((-2, 3))
        3
        >>> at.directional_derivative((s, 0)), at.local
        (relu(s), d2 + relu(d1 - d2))
        """
        symbolic = symbolic_entries(direction, self.names)
        if symbolic is not None:
            return self.local(*symbolic)
        rows = [to_rational(v) for v in self._along(read_vector(direction, self.names))]
        return rows[0] if self.function.shape == () else sympy.ImmutableMatrix(len(rows), 1, rows)

    def _along(self, d: Sequence[Fraction]) -> list[Fraction]:
        reduction, program = self._reduction, self.normal
        t = reduction.project(d)
        forms = program.affine(program.labels_at(t), selected).outputs
        rest = list(d)
        for pivot, value in zip(reduction.pivots, t, strict=True):
            rest[pivot] = rest[pivot] - value
        return [
            dot(base, rest) + dot(row[1:], t)
            for base, row in zip(reduction.base, forms, strict=True)
        ]

    def lexicographic(self, directions: Any = None) -> sympy.ImmutableMatrix:
        """The lexicographic derivative along d1, then d2, …: one limit of gradients in one pass.

        What ties are left after the given directions is decided by the coordinate directions of
        the span of the kinks, so that the result is always a limit of gradients.

        Parameters
        ----------
        directions : sequence of directions, optional
            As in Nesterov (2005) and Khan and Barton (2015).

        References
        ----------
        - Y. Nesterov, *Lexicographic differentiation of nonsmooth functions*, Mathematical
          Programming 104, 2005.
        - K. A. Khan, P. I. Barton, *A vector forward mode of automatic differentiation for
          generalized derivative evaluation*, Optimization Methods and Software 30, 2015.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.max(x, y).at((0, 0)).lexicographic([(1, 1), (0, 1)])
        Matrix([[0, 1]])
        """
        if self._walls or self._flat:
            raise PiecewiseError(
                "expected a point inside the domain, got one on its boundary, where directions may "
                "leave it; use .bouligand, or leave the domain out"
            )
        given = [] if directions is None else list(directions)
        reduction = self._reduction
        reduced = [tuple(reduction.project(read_vector(d, self.names))) for d in given]
        if not reduction.rank:
            return lifted(reduction, reduction.base_at_pivots)
        own = [*reduced, *unit_directions(reduction.rank)]
        return lifted(reduction, lexicographic(self.normal, own))

    # -- limits of gradients ---------------------------------------------------------------

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """All limits of gradients, each with a full-dimensional cone; sorted as ``bouligand``.

        Raises
        ------
        TooManyPieces
            If the complex of the active kinks has more than max_pieces pieces.
        """
        if self._flat:
            return ()
        count = None if self.hull is None else self.hull.count
        if self.hull is not None and count is not None:
            if count > self.max_pieces:
                raise TooManyPieces(
                    f"expected at most {self.max_pieces} limits of gradients, got {count}; ask "
                    "classify or clarke.contains about one matrix, or raise max_pieces"
                )
            return tuple(self.hull.limits())
        found = enumerate_limits(self._reduction, self.normal, self._walls, self._max_faces)
        if len(found) > self.max_pieces:
            raise TooManyPieces(
                f"expected at most {self.max_pieces} limits of gradients, got {len(found)}; raise "
                "max_pieces"
            )
        return tuple(found)

    @cached_property
    def hull(self) -> LocalHull | None:
        """The limits as sums over summands, if there are many ties and these are covered."""
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
        return next((own for own in self.limits if own.reduced == reduced), None)

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
        )

    # methods, as functions that are local cannot be pickled
    def _reduced_limits(self) -> list[Matrix]:
        return [limit.reduced for limit in self.limits]

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
        return ProductHull(self._reduction)

    @cached_property
    def samples(self) -> list[Matrix]:
        """Some limits of gradients, along and across the kinks of the first level."""
        if self._walls:
            return []
        return sampled_limits(self.normal, self._reduction.rank)

    @cached_property
    def is_differentiable(self) -> bool:
        """Whether f is differentiable at the point (inside the domain), also if kinks cancel.

        Kinks that cancel by themselves are recognised at any number of ties, and two different
        limits of gradients refute; only what is left then is enumerated.

        Raises
        ------
        TooManyPieces
            If that takes more than max_pieces pieces.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> abs(x).at((0,)).is_differentiable, (abs(x) - abs(x)).at((0,)).is_differentiable
        (False, True)
        """
        if self._flat:
            return False
        if not self._reduction.rank or not self.normal.units:
            return True
        if not self._walls and is_sum_of_kinks(self.normal):
            # their zero sets differ, so that a gradient jumps across each away from the others
            return False
        with suppress(TooManyPieces):
            if self.hull is not None:
                return self.hull.is_point
        if len(self.samples) > 1:
            return False
        return len(self.limits) == 1

    # -- proofs ----------------------------------------------------------------------------

    @property
    def differentiability_proof(self) -> NotLinear | CommonGradient:
        """What proves :attr:`is_differentiable`; ``verify()`` checks it without the engine.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> proof = mt.max(x, y).at((0, 0)).differentiability_proof
        >>> type(proof).__name__, proof.verify()
        ('NotLinear', True)
        """
        return differentiability_proof(self)

    @property
    def stationarity_proof(self) -> StationarityProof:
        """What proves :attr:`is_stationary`, or refutes it.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> proof = abs(x).at((0,)).stationarity_proof
        >>> type(proof).__name__, proof.verify()
        ('StationarityProof', True)
        """
        self._scalar()
        return StationarityProof(self, self.clarke.certificate([[0] * self.shape[1]]))

    @property
    def derivative(self) -> sympy.ImmutableMatrix:
        """The derivative of f, if f is differentiable at the point.

        Raises
        ------
        PiecewiseError
            If it is not.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> (mt.relu(x) - mt.relu(-x)).at((0,)).derivative
        Matrix([[1]])
        """
        if not self.is_differentiable:
            raise PiecewiseError(
                f"expected a point of differentiability, got {self._place()}; ask for .bouligand"
            )
        if self.on_boundary:
            return self.limits[0].gradient
        return self.lexicographic()

    # -- scalar functions ------------------------------------------------------------------

    @property
    def is_stationary(self) -> bool:
        """Whether 0 is in Clarke's subdifferential of a scalar function.

        See Also
        --------
        mt.critical_points : All such points.

        References
        ----------
        - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> abs(x).at((0,)).is_stationary, (abs(x) + 2 * x).at((0,)).is_stationary
        (True, False)
        """
        self._scalar()
        return self.clarke.contains([[0] * self.shape[1]])

    @cached_property
    def frechet(self) -> FrechetSubdifferential:
        """The Fréchet subdifferential of a scalar function: {g : g·d ≤ f'(x; d) for all d}.

        A polyhedron, perhaps empty, in the span of the active kinks. It is enough to ask for the
        rays of the cones on which f'(x; ·) is linear.

        See Also
        --------
        LocalAnalysis.clarke : Which contains it.

        References
        ----------
        - R. T. Rockafellar, R. J.-B. Wets, *Variational analysis*, Springer, 1998.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> str(abs(x).at((0,)).frechet), (-abs(x)).at((0,)).frechet.is_empty
        ('-1 <= g1 <= 1', True)
        """
        return FrechetSubdifferential(self._reduction, self._slopes, self.hull)

    def _slopes(self) -> tuple[tuple[Vector, Fraction], ...]:
        return self.slopes

    @cached_property
    def slopes(self) -> tuple[tuple[Vector, Fraction], ...]:
        """Rays r, in the pivot variables, of the cones on which f'(x; ·) is linear; f'(x; r)."""
        self._scalar()
        if self._flat:
            raise PiecewiseError(
                "expected a full-dimensional domain, got a flat one; leave the domain out"
            )
        own = slopes_along_rays(self._reduction, self.normal, self._walls, self.max_pieces)
        return tuple(own)

    # -- the ladder ------------------------------------------------------------------------

    def classify(self, matrix: Any) -> Rung:
        """The strongest rung that a b×a matrix reaches at the point.

        Parameters
        ----------
        matrix : matrix, nested list or array of numbers
            Floats are refused unless they are whole; see :func:`mt.exact`. A flat row will do if
            there is one output. With symbols in it, the rung is the one that it reaches whatever
            they are; ``clarke.condition`` says when it is in Clarke's subdifferential.

        Returns
        -------
        Rung
            Its text is the rung; ``undefined`` if there is no real matrix of the right shape.

        See Also
        --------
        LocalAnalysis.judge : With the certificates.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> at = mt.max(x, y).at((0, 0))
        >>> [str(at.classify(row)) for row in ([1, 0], ["1/2", "1/2"], [2, -1], [1, 1])]
        ['bouligand', 'clarke', 'associated', 'inconsistent']
        """
        return self.judge(matrix).rung

    def judge(self, matrix: Any) -> Judgement:
        """The rung with the certificates that prove it.

        Parameters
        ----------
        matrix
            As for :meth:`classify`.

        See Also
        --------
        LocalAnalysis.classify : The rung alone.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> judgement = abs(mt.variable("x")).at((0,)).judge([0])
        >>> str(judgement.rung), judgement.reason, judgement.certificate.weights
        ('clarke', 'it is a convex combination of limits', (1/2, 1/2))
        """
        try:
            rows = read_matrix(matrix, self.shape, real_entry)
        except InexactNumber:
            raise  # a float is no finding about the function; mt.exact says what is meant
        except PiecewiseError as error:
            return Judgement(Rung.undefined, str(error))
        if all(isinstance(entry, Fraction) for row in rows for entry in row):
            return self.judge_rows(rows)
        return judge_by_conditions(self, to_matrix(rows, self.shape[1]))

    def judge_coefficients(self, rows: Sequence[Sequence[Any]]) -> Judgement:
        """The same for rows of coefficients, as the gradient of a piece has them."""
        if not any(isinstance(c, Polynomial) for row in rows for c in row):
            return self.judge_rows(tuple(tuple(map(Fraction, row)) for row in rows))
        if CoefficientRows.are_in(rows):
            return judge_by_conditions(self, CoefficientRows(rows))
        return self.judge(to_matrix(rows, self.shape[1]))

    def judge_rows(self, rows: Matrix) -> Judgement:
        """The same for rows of Fractions."""
        return judge(self, self._reduction, rows)


def at(f: Expression, point: Any, domain: Any = None, *, max_pieces: int = 10**6) -> LocalAnalysis:
    """See :meth:`Expression.at`."""
    program = compile_program(f)
    region = read_domain(domain, program.names)
    values = read_vector(point, program.names)
    if region is not None and not region.contains(values):
        raise OutsideDomain(
            f"expected a point of the domain {region}, got ({', '.join(map(str, values))}); "
            "leave the domain out"
        )
    if program.is_smooth:
        pointwise.value(f, values)  # which refuses a point where f has no value
    found = LocalAnalysis(f, values, program=program, domain=region, max_pieces=max_pieces)
    found.require_continuous()
    return found
