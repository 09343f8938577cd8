"""Convexity and monotonicity of piecewise polynomial functions of several variables.

A slope, a principal minor of the hessian or a bend across a facet that is negative somewhere is
looked for by decisions; where there is none, the tree of cases is the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.partition.domain import conditions_of
from piecewise_mt.calculus.partition.strata import PolyhedralStrata
from piecewise_mt.calculus.properties.polynomial_pieces import (
    PolynomialPiece,
    PolynomialPieces,
    Terms,
    point_in,
    product_of,
    slope_terms,
    sum_of,
    value_of,
)
from piecewise_mt.calculus.properties.quadratic_faces import stratum_terms
from piecewise_mt.calculus.properties.shape_verdict import (
    ShapeVerdict,
    above_chord,
    chord_around,
    decrease,
)
from piecewise_mt.calculus.results.proof import Proof, function_text, numbers_text
from piecewise_mt.exact.bowls import Bowl, shape_along
from piecewise_mt.exact.case_trees import check_case_tree
from piecewise_mt.exact.line_polynomials import lower
from piecewise_mt.exact.linear import kernel
from piecewise_mt.exact.quadratics import Quadratic, Vector, moved
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.systems import Empty, System

Value = Callable[[Sequence[Fraction]], Fraction]


@dataclass(frozen=True)
class NowhereNegative(Proof):
    """Polynomials are ≥ 0 on a stratum: the system of each that is negative has no point.

    That f has these polynomials is checked at one point of each stratum by the value of f, and by
    the verdict, which finds them anew.
    """

    piece: PolynomialPiece
    polynomials: tuple[Terms, ...]
    proofs: tuple[Empty, ...]
    _function: Expression = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"The polynomials {numbers_text(self.polynomials)}, by exponents, are at least 0 where "
            f"{numbers_text(self.piece.conditions)} hold, with the masks 1, 2, 4 for <, =, > 0; f "
            f"at {numbers_text(self.piece.point)} is {self.piece.terms}, for "
            f"{function_text(self._function)}."
        )

    def _check(self) -> bool:
        point, names = self.piece.point, self.piece.names
        rational = all(isinstance(v, (int, Fraction)) for v in point)
        return (
            len(self.polynomials) == len(self.proofs)
            and all(
                check_case_tree(self.piece.with_condition((p, 1)).conditions, own.proof)
                for p, own in zip(self.polynomials, self.proofs, strict=True)
            )
            and (
                not rational
                or values_at(self._function, names, point)[0] == value_of(self.piece.terms, point)
            )
        )


def polynomial_growth(pieces: PolynomialPieces, places: Sequence[int]) -> ShapeVerdict:
    """Whether a function does not decrease in the variables at these places.

    Raises
    ------
    Undecided
        If it is not decided whether some slope is negative.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.properties.polynomial_pieces import polynomial_pieces
    >>> x, y = mt.variables("x y")
    >>> bool(polynomial_growth(polynomial_pieces(x**3 + mt.relu(y) ** 3, None), [0, 1]))
    True
    """
    value = value_function(pieces)
    steps = []
    for piece in pieces.top:
        slopes = tuple(slope_terms(piece.terms, j) for j in places)
        found = _nowhere_negative(piece, slopes, pieces.function)
        if isinstance(found, NowhereNegative):
            steps.append(found)
            continue
        start, index = found
        j = places[index]
        slope = value_of(slopes[index], start)
        domain = Polyhedron(pieces.names) if pieces.domain is None else pieces.domain
        return decrease(value, domain.contains, start, j, pieces.names[j], slope)
    return ShapeVerdict(True, (), "no slope is negative", tuple(steps))


def polynomial_convexity(pieces: PolynomialPieces, cells: PolyhedralStrata) -> ShapeVerdict:
    """Whether a function with polyhedral strata is convex on its full-dimensional domain.

    Raises
    ------
    Undecided
        If it is not decided whether some minor of a hessian, or some bend, is negative.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.properties.polynomial_pieces import polynomial_pieces
    >>> x, y = mt.variables("x y")
    >>> f = x**4 + y**4 + x**2 * y**2 + abs(x)
    >>> bool(polynomial_convexity(polynomial_pieces(f, None), f.strata()))
    True
    """
    n = len(pieces.names)
    axes = [tuple(Fraction(int(i == j)) for i in range(n)) for j in range(n)]
    steps = []
    for piece in pieces.top:
        hessian = [[slope_terms(slope_terms(piece.terms, i), j) for j in range(n)]
                   for i in range(n)]  # fmt: skip
        found = _nowhere_negative(piece, tuple(principal_minors(hessian)), pieces.function)
        if isinstance(found, NowhereNegative):
            steps.append(found)
            continue
        point, _ = found
        rows = tuple(tuple(value_of(own, point) for own in row) for row in hessian)
        direction = shape_along(Quadratic.form_of(rows), axes)
        assert not isinstance(direction, Bowl), "a principal minor is negative"
        return _chord(pieces, point, direction)
    graph = cells.adjacency()
    for one, two, data in sorted(graph.edges(data=True), key=lambda edge: edge[2]["facet"]):
        facet = cells[data["facet"]]
        step = tuple(b - a for a, b in zip(facet.point, cells[two].point, strict=True))
        jump: Terms = {}
        for sign, own in ((-1, one), (1, two)):
            (terms,) = stratum_terms(cells[own], cells)
            for j, c in enumerate(step):
                jump = sum_of(jump, slope_terms(terms, j), sign * c)
        (terms,) = stratum_terms(facet, cells)
        conditions = conditions_of(facet.polyhedron)
        side = PolynomialPiece(pieces.names, conditions, terms, n - 1, facet.point)
        bend = _nowhere_negative(side, (jump,), pieces.function)
        if not isinstance(bend, NowhereNegative):
            return _chord(pieces, bend[0], step)
        steps.append(bend)
    reason = "no hessian has a negative direction, and no facet bends downwards"
    return ShapeVerdict(True, (), reason, tuple(steps))


def principal_minors(matrix: list[list[dict[tuple[int, ...], Fraction]]]) -> Iterator[Terms]:
    """All of them; a matrix of numbers is positive semidefinite iff none is negative."""
    n = len(matrix)
    for size in range(1, n + 1):
        for rows in combinations(range(n), size):
            own = _determinant([[matrix[i][j] for j in rows] for i in rows])
            if own:
                yield own


def _determinant(matrix: list[list[dict[tuple[int, ...], Fraction]]]) -> Terms:
    if len(matrix) == 1:
        return matrix[0][0]
    total: Terms = {}
    for j, entry in enumerate(matrix[0]):
        if entry:
            minor = _determinant([[*row[:j], *row[j + 1 :]] for row in matrix[1:]])
            total = sum_of(total, product_of(entry, minor), (-1) ** j)
    return total


def _nowhere_negative(
    piece: PolynomialPiece, polynomials: tuple[Terms, ...], function: Expression
) -> NowhereNegative | tuple[Vector, int]:
    """A proof for all, or a rational point at which the one at a place is negative."""
    proofs = []
    for place, p in enumerate(polynomials):
        system = piece.with_condition((p, 1))
        answer = point_in(system)
        if not isinstance(answer, Empty):
            return rational_point(system, answer), place
        proofs.append(answer)
    return NowhereNegative(piece, polynomials, tuple(proofs), function)


def rational_point(system: System, point: tuple[Any, ...]) -> Vector:
    """A rational point near one of a system whose equations are affine, if there are any.

    Strict inequalities hold nearby.
    """
    if all(isinstance(v, (int, Fraction)) for v in point):
        return tuple(map(Fraction, point))
    n = len(point)
    units = [tuple(int(i == j) for i in range(n)) for j in range(n)]
    rows = [[terms.get(e, 0) for e in units] for terms, mask in system.conditions if mask == 2]
    constants = [terms.get((0,) * n, 0) for terms, mask in system.conditions if mask == 2]
    basis = kernel(rows, n)
    # each vector of the basis has a coordinate of its own
    own = [next(j for j in range(n) if b[j] and not any(c[j] for c in basis if c is not b))
           for b in basis]  # fmt: skip
    start = feasible_point([(c, *row) for c, row in zip(constants, rows, strict=True)], [])
    assert isinstance(start, Witness), "the point has these equations"
    bits = 4
    while True:
        near: Vector = start.point
        for b, j in zip(basis, own, strict=True):
            near = moved(near, (lower(point[j], bits) - near[j]) / b[j], b)
        signs = [(value_of(terms, near), mask) for terms, mask in system.conditions]  # type: ignore[arg-type]
        if all(mask & (1, 2, 4)[(v > 0) - (v < 0) + 1] for v, mask in signs):
            return near
        bits *= 2


def _chord(pieces: PolynomialPieces, middle: Vector, step: Vector) -> ShapeVerdict:
    """A short segment along a step on whose midpoint f is above the chord."""
    value = value_function(pieces)
    return above_chord(value, *chord_around(value, pieces.domain, middle, step))


def value_function(pieces: PolynomialPieces) -> Value:
    """f at rational points."""
    return lambda point: values_at(pieces.function, pieces.names, point)[0]
