"""``f.at(x)``: everything that a function does to first order at one exact point."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation import pointwise
from piecewise_mt.calculus.evaluation.program import compile_program, selected
from piecewise_mt.calculus.local.bouligand import (
    lexicographic,
    unit_directions,
)
from piecewise_mt.calculus.local.clarke import lifted
from piecewise_mt.calculus.local.coefficient_rows import CoefficientRows
from piecewise_mt.calculus.local.directional import local_expression, read_vector, symbolic_entries
from piecewise_mt.calculus.local.judge import judge, judge_by_conditions
from piecewise_mt.calculus.local.nearby import require_continuous_at
from piecewise_mt.calculus.local.normal_form import is_sum_of_kinks
from piecewise_mt.calculus.local.proofs import (
    CommonGradient,
    NotLinear,
    StationarityProof,
    differentiability_proof,
)
from piecewise_mt.calculus.local.reduction import Matrix, dot
from piecewise_mt.calculus.local.rungs import Judgement, Rung
from piecewise_mt.calculus.local.subdifferentials import Subdifferentials
from piecewise_mt.calculus.local.tangent_program import IrrationalDerivative, number_of
from piecewise_mt.calculus.partition.assumed import domain_near
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.calculus.results.shown import ShownAnalysis
from piecewise_mt.errors import (
    InexactNumber,
    OutsideDomain,
    PiecewiseError,
    TooManyPieces,
    Unsupported,
)
from piecewise_mt.exact.algebraic_points import ExactPoint, sign_at_point
from piecewise_mt.exact.matrices import read_matrix, real_entry
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.exact.reals import Real
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.traversal import require_order
from piecewise_mt.geometry.points import in_order, is_real, read_coordinates
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.sets import SemialgebraicSet


class LocalAnalysis(ShownAnalysis, Subdifferentials):
    """What a piecewise C¹ function is near one point; made by :meth:`Expression.at`.

    Near x, f(x + d) = f(x) + f'(x; d) + o(d), and only the units with a tie at x have a kink. One
    pass finds them, and all questions are answered in the span of their gradients.

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
        require_order(self.function, direction)
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

    @cached_property
    def is_differentiable(self) -> bool:
        """Whether f is differentiable at the point (inside the domain), also if kinks cancel.

        That is whether f'(x; ·) is linear. With curved ties there may then be other limits of
        gradients than the derivative.

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
        if not self._walls:
            # two passes refute most functions without a word about all the others' gradients
            one, other = (
                lexicographic(self.normal, unit_directions(self._reduction.rank, sign=sign))
                for sign in (1, -1)
            )
            if one != other:
                return False
        with suppress(TooManyPieces):
            if self.tangent_hull is not None:
                return self.tangent_hull.is_point
        if len(self.samples) > 1:
            return False
        return len(self.tangent_limits) == 1

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
        return StationarityProof(self.place, self.clarke.certificate([[0] * self.shape[1]]))

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
            return self.tangent_limits[0].gradient
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
        numbers = tuple(tuple(map(number_entry, row)) for row in rows)
        if all(isinstance(entry, Fraction | Algebraic) for row in numbers for entry in row):
            return self.judge_rows(numbers)
        return judge_by_conditions(self, to_matrix(rows, self.shape[1]))

    def judge_coefficients(self, rows: Sequence[Sequence[Any]]) -> Judgement:
        """The same for rows of coefficients, as the gradient of a piece has them."""
        if not CoefficientRows.are_in(rows):
            return self.judge(to_matrix(rows, self.shape[1]))
        if any(isinstance(c, Polynomial) for row in rows for c in row):
            return judge_by_conditions(self, CoefficientRows(rows))
        return self.judge_rows(tuple(tuple(map(Fraction, row)) for row in rows))

    def judge_rows(self, rows: Matrix) -> Judgement:
        """The same for rows of Fractions."""
        return judge(self, self._reduction, rows)


def at(f: Expression, point: Any, domain: Any = None, *, max_pieces: int = 10**6) -> LocalAnalysis:
    """See :meth:`Expression.at`."""
    from piecewise_mt.calculus.local.enclosed_analysis import enclosed_at
    from piecewise_mt.calculus.local.real_analysis import RealAnalysis

    if domain is None:
        enclosed = enclosed_at(f, point, max_pieces)
        if enclosed is not None:
            return enclosed
    program = compile_program(f)
    values: tuple[Any, ...]
    if any(map(is_real, in_order(point, program.names))):
        values = tuple(read_coordinates(point, program.names))
        if any(isinstance(v, Real) for v in values):
            _without_domain(domain)
            pointwise.value(f, point)
            return RealAnalysis(f, values, program=program, max_pieces=max_pieces)
    else:
        values = read_vector(point, program.names)
    region = domain_near(f, domain, program.names, values)
    if region is not None and not region.contains(values):
        raise OutsideDomain(
            f"expected a point of the domain {region}, got ({', '.join(map(str, values))}); "
            "leave the domain out"
        )
    if program.is_smooth:
        pointwise.value(f, values)  # which refuses a point where f has no value
    walls = None
    if isinstance(region, SemialgebraicSet):
        _require_inside(region, values)
    else:
        walls = region
    try:
        found = LocalAnalysis(f, values, program=program, domain=walls, max_pieces=max_pieces)
    except IrrationalDerivative:
        _without_domain(domain)
        return RealAnalysis(f, values, program=program, max_pieces=max_pieces)
    except Unsupported:
        # a jump is the better reason
        if any(here.is_seam for here in program.units_at(values)):
            require_continuous_at(f, values)
        raise
    found.require_continuous()
    return found


def number_entry(entry: Any) -> Any:
    """An entry as an exact number, if it is one that is algebraic."""
    if isinstance(entry, sympy.Expr) and entry.is_number:
        return number_of(Real(entry))
    return entry


def _without_domain(domain: Any) -> None:
    if domain is not None:
        raise Unsupported(
            "expected no domain where derivatives are not algebraic, got one, which is "
            "not supported yet; leave the domain out"
        )


def _require_inside(domain: SemialgebraicSet, point: Sequence[Fraction]) -> None:
    """Refuse a point on the boundary of a curved domain; near any other it is the whole space."""
    here = ExactPoint(tuple((value,) for value in point))
    inside = all(sign_at_point(p, here) for part in domain.parts for p, _ in part)
    if not inside:
        raise Unsupported(
            f"expected a point inside the domain {domain}, got one on its boundary, which is "
            "curved; leave the domain out, or ask for f.strata with it"
        )
