"""``f.at(x)`` of a large smooth function at a point without a tie, in enclosures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn, final

import sympy

from piecewise_mt.calculus.evaluation.written import SIZE, written_size
from piecewise_mt.calculus.local.active import ActiveUnit
from piecewise_mt.calculus.local.analysis import LocalAnalysis
from piecewise_mt.calculus.local.enclosure import Enclosure, enclose
from piecewise_mt.calculus.local.reduction import Reduction, ties_of
from piecewise_mt.calculus.local.rungs import Judgement, Rung
from piecewise_mt.calculus.results.enclosed_array import EnclosedArray
from piecewise_mt.calculus.results.proof import function_text, numbers_text
from piecewise_mt.errors import InexactNumber, PiecewiseError, Undecided, Unsupported
from piecewise_mt.exact.matrices import read_matrix, real_entry
from piecewise_mt.functions.atoms import Atom
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Smooth
from piecewise_mt.functions.traversal import require_order, topological
from piecewise_mt.geometry.points import read_point


def enclosed_at(f: Expression, point: Any, max_pieces: int) -> EnclosedAnalysis | None:
    """The analysis by enclosures, None if f is short, piecewise linear or rational at the point.

    Raises
    ------
    Unsupported
        If formulas are too long for any other, and there is a tie.
    """
    if not any(isinstance(node, Smooth) for node in topological(f)):
        return None
    size = written_size(f)
    if size <= SIZE:
        return None
    enclosure = enclose(f, point)
    try:
        _ = enclosure.value
    except PiecewiseError:
        if size > LARGEST:
            raise
        return None
    if enclosure.last.is_rational:
        return None
    has_tie = enclosure.last.open or any(
        isinstance(unit.function, Atom) and ties_of(unit.function, unit.label)
        for unit in enclosure.units()
        if unit is not None
    )
    if not has_tie and enclosure.is_inside:
        return EnclosedAnalysis(f, enclosure, max_pieces)
    if size <= LARGEST:
        return None
    what = "with a tie" if has_tie else "at the edge of where a node is defined"
    raise Unsupported(
        f"expected a formula of at most {LARGEST} terms at a point {what}, got about {size}; ask "
        "for f.enclosure, or at a point without it"
    )


LARGEST = 20 * SIZE
"""Formulas of more terms are not written out for a tie."""
_DERIVATIVE = "it is the derivative"


@dataclass(frozen=True)
class EnclosedPlace:
    """A large smooth function and a point without a tie, where an enclosure says what it is."""

    function: Expression
    point: tuple[sympy.Expr, ...]
    max_pieces: int

    @property
    def text(self) -> str:
        """The function and the point."""
        return f"{function_text(self.function)} at {numbers_text(self.point)}"

    def judged(self, matrix: Any) -> Judgement:
        """The rung of a matrix, None for the derivative, in an enclosure that is made anew.

        Raises
        ------
        ValueError
            If the function is none of those of which enclosures are made.
        """
        found = enclosed_at(self.function, self.point, self.max_pieces)
        if found is None:
            raise ValueError("expected a large smooth function at a point without a tie")
        return found.judge(found.enclosure.gradient if matrix is None else matrix)


@final
class EnclosedAnalysis(LocalAnalysis):
    """What a smooth function of a long formula is near a point without a tie: C¹.

    The one limit of gradients is the derivative, which is known in an enclosure. A matrix that is
    not in it is refuted; whether one in it is the derivative stays undecided.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.vector("x", 2)
    >>> for k in range(4):
    ...     x = mt.tanh(mt.affine([[1, k], [k, -1], [2, 1]], x)[:2] + mt.relu(x[0], at_zero=0))
    >>> at = mt.sigmoid(x[0]).at(("1/2", 1))
    >>> at.is_differentiable, at.value
    (True, 0.73102257991942604 ± 1.3e-18)
    >>> str(at.classify([[0, 0]])), at.directional_derivative((1, 0)).contains(0)
    ('inconsistent', False)
    """

    def __init__(self, f: Expression, enclosure: Enclosure, max_pieces: int) -> None:
        self.function = f
        self.max_pieces = max_pieces
        self.enclosure = enclosure
        self._walls = self._flat = ()

    @property
    def _reduction(self) -> Reduction:  # type: ignore[override]
        _refuse("this question")

    @property
    def _program(self) -> Any:  # type: ignore[override]
        _refuse("this question")

    def require_continuous(self) -> None:
        """It is, without a tie."""

    @property
    def names(self) -> tuple[str, ...]:
        return self.enclosure.names

    @property
    def point(self) -> tuple[sympy.Expr, ...]:
        return self.enclosure.point

    @property
    def shape(self) -> tuple[int, int]:
        return self.function.size, len(self.names)

    @property
    def rank(self) -> int:
        return 0

    @property
    def on_boundary(self) -> bool:
        return False

    @property
    def is_exact(self) -> bool:
        return True

    @property
    def active(self) -> tuple[ActiveUnit, ...]:
        return ()

    def _ties(self) -> str:
        return "no active units, in enclosures"

    @property
    def value(self) -> EnclosedArray:
        """The value in an enclosure."""
        return self.enclosure.value

    @property
    def gradient(self) -> Any:
        return self.enclosure.gradient

    @property
    def derivative(self) -> Any:
        return self.enclosure.gradient

    @property
    def is_differentiable(self) -> bool:
        return True

    def directional_derivative(self, direction: Any) -> Any:
        require_order(self.function, direction)
        found = self.enclosure.gradient.times(read_point(direction, self.names))
        return found.scalar() if self.function.shape == () else found

    def lexicographic(self, directions: Any = None) -> Any:
        return self.enclosure.gradient

    @property
    def limits(self) -> Any:
        _refuse("limits with their cones")

    known_limits = limits

    @property
    def bouligand(self) -> Any:
        return (self.enclosure.gradient,)

    @property
    def is_stationary(self) -> bool:
        self._scalar()
        if not self.enclosure.gradient.contains([0] * len(self.names)):
            return False
        raise Undecided(
            "expected a gradient whose enclosure tells whether it is 0, got one that holds 0; ask "
            "for f.enclosure with more digits"
        )

    @property
    def clarke(self) -> Any:
        return EnclosedPoint(self.enclosure.gradient, self._read_rows)

    def _read_rows(self, matrix: Any) -> Any:
        return read_matrix(matrix, self.shape, real_entry)

    @property
    def place(self) -> EnclosedPlace:  # type: ignore[override]
        return EnclosedPlace(self.function, self.point, self.max_pieces)

    def judge(self, matrix: Any) -> Judgement:
        if isinstance(matrix, EnclosedArray):
            if matrix is self.enclosure.gradient:
                return Judgement(Rung.differentiable, _DERIVATIVE, place=self.place)
            return Judgement(Rung.undecided, "of an enclosure it is not known what is meant")
        try:
            rows = self._read_rows(matrix)
        except InexactNumber:
            raise
        except PiecewiseError as error:
            return Judgement(Rung.undefined, str(error))
        found = self._judged(rows)
        return replace(found, place=self.place, matrix=sympy.ImmutableMatrix(rows))

    def _judged(self, rows: Any) -> Judgement:
        try:
            inside = self.enclosure.gradient.contains([v for row in rows for v in row])
        except PiecewiseError as error:
            return Judgement(Rung.undecided, str(error))
        if not inside:
            return Judgement(Rung.inconsistent, "it is not in the enclosure of the derivative")
        if self.enclosure.gradient.width == 0:
            return Judgement(Rung.differentiable, _DERIVATIVE)
        return Judgement(Rung.undecided, "it is in the enclosure of the derivative")

    def judge_rows(self, rows: Any) -> Judgement:
        return self.judge(rows)


@final
class EnclosedPoint:
    """Clarke's subdifferential where it is one matrix that is known in an enclosure."""

    def __init__(self, gradient: EnclosedArray, read: Callable[[Any], Any]) -> None:
        self.gradient = gradient
        self._read = read

    @property
    def vertices(self) -> tuple[EnclosedArray, ...]:
        """The one vertex."""
        return (self.gradient,)

    def contains(self, matrix: Any) -> bool:
        """Whether a matrix is the gradient; ``Undecided`` if it is in the enclosure."""
        rows = self._read(matrix)
        if not self.gradient.contains([v for row in rows for v in row]):
            return False
        if self.gradient.width == 0:
            return True
        raise Undecided(
            "expected a matrix that an enclosure of the gradient tells apart from it, got one in "
            "it; ask for f.enclosure with more digits"
        )

    def __repr__(self) -> str:
        return f"<Clarke's subdifferential: one matrix in {self.gradient}>"


def _refuse(what: str) -> NoReturn:
    raise Unsupported(
        f"expected a function of a shorter formula for {what}, got one that is only enclosed; ask "
        "for the derivative, or a smaller function"
    )
