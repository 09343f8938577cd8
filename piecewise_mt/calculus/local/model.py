"""What is known of a function at a point before anything is asked: its ties and their span."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from fractions import Fraction

import sympy

from piecewise_mt.calculus.evaluation import pointwise
from piecewise_mt.calculus.evaluation.program import Program, compile_program
from piecewise_mt.calculus.local.active import ActiveUnit, active_units
from piecewise_mt.calculus.local.clarke import lifted
from piecewise_mt.calculus.local.normal_form import normal_form
from piecewise_mt.calculus.local.place import Place
from piecewise_mt.calculus.local.reduction import Matrix, Reduction, Vector, dot, reduce_at
from piecewise_mt.calculus.local.thin_cells import ThinCells, has_independent_kinks, is_curved
from piecewise_mt.errors import ShapeError
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property


class LocalModel(ABC):
    """What a function is near a point: its program, and its reduction to the active kinks.

    The questions are asked of the one subclass, :class:`LocalAnalysis`.
    """

    def __init__(
        self,
        f: Expression,
        point: Sequence[Fraction],
        *,
        program: Program | None = None,
        domain: Polyhedron | None = None,
        max_pieces: int = 10**6,
        reducer: Callable[[Sequence[Row]], Reduction] | None = None,
    ) -> None:
        self.function = f
        self.max_pieces = max_pieces
        self._program = compile_program(f) if program is None else program
        self._walls, self._flat = _walls(domain, point)
        own = [*self._flat, *self._walls]
        self._reduction: Reduction = (
            reduce_at(self._program, point, own) if reducer is None else reducer(own)
        )
        self._domain = domain

    def require_continuous(self) -> None:
        """Refuse a function that jumps as near to the point as one likes, see ``nearby``."""
        from piecewise_mt.calculus.local.nearby import require_continuous

        walls = [*self._walls, *self._flat, *(tuple(-c for c in row) for row in self._flat)]
        require_continuous(self._program, self._reduction, walls, self._domain)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables, in order."""
        return self._program.names

    @property
    def point(self) -> tuple[sympy.Rational, ...]:
        """The point, as Rationals."""
        return tuple(map(to_rational, self._reduction.point))

    is_real = False
    """Whether coordinates or derivatives are not algebraic."""

    @cached_property
    def place(self) -> Place:
        """The function, the point and the domain, by which proofs find everything anew.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> print(mt.relu(mt.variable("x")).at((0,), domain="x <= 0").place.text)
        f(x) = relu(x) at (0), on the domain {x <= 0}
        """
        return Place(self.function, self._reduction.point, self._domain, self.max_pieces)

    @property
    def shape(self) -> tuple[int, int]:
        """(b, a), the shape of a gradient."""
        return len(self._reduction.base), len(self.names)

    @cached_property
    def active(self) -> tuple[ActiveUnit, ...]:
        """The units with a tie at the point, with their labels.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> at = (mt.max(x, y) + mt.relu(x)).at((1, 1))
        >>> len(at.active)
        1
        """
        units, here = self._program.units, self._reduction.units
        found = ((i, units[i].atom.label_text(here[i].label)) for i in self._reduction.active)
        return active_units(self.function, found)

    @property
    def rank(self) -> int:
        """The dimension of the span of the active kinks."""
        return self._reduction.rank

    @cached_property
    def gradient(self) -> sympy.ImmutableMatrix:
        """The associated gradient under the tie rules, b×a: see :meth:`Expression.gradient`.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> at = mt.max(x, y).at((1, 1))
        >>> at.gradient
        Matrix([[z, 1 - z]])
        """
        reduced = self._reduction.associated()
        if reduced is None or not self._reduction.span.is_known:
            # to lift one matrix is no reason to make a large basis
            return pointwise.gradient(self.function, self._reduction.point)
        return lifted(self._reduction, reduced)

    @cached_property
    def normal(self) -> Program:
        """The local function in the span of the active kinks, equal kinks shared."""
        return normal_form(self._reduction.program)

    @cached_property
    def _thin_cells(self) -> ThinCells:
        return ThinCells(self._program, self._reduction, self._walls)

    @cached_property
    def is_exact(self) -> bool:
        """Whether the cells near the point are those of the linearised function.

        So it is without smooth units behind ties, and with kinks of independent gradients.
        """
        own = [*self._flat, *self._walls]
        return (
            not is_curved(self._program, self._reduction)
            or has_independent_kinks(self._reduction, own)
            or self._thin_cells.are_none
        )

    @cached_property
    def has_regular_stratum(self) -> bool:
        """Whether the stratum of the point is a manifold whose tangents leave all ties, as in (15).

        If not known to be, it may be smaller than the gradients of its ties say.
        """
        return (
            not is_curved(self._program, self._reduction)
            or has_independent_kinks(self._reduction, ())
            or self._thin_cells.is_regular
        )

    def holds_at_singular_point(self, rows: Matrix) -> bool:
        """Whether a matrix is known to satisfy (15) where the only tie has the gradient zero."""
        tangents = self._thin_cells.singular_tangents()
        return tangents is not None and all(
            dot(row, t) == dot(base, t)
            for row, base in zip(rows, self._reduction.base, strict=True)
            for t in tangents
        )

    @property
    def on_boundary(self) -> bool:
        """Whether the point is on the boundary of the domain."""
        return bool(self._walls or self._flat)

    def walls_at(self, point: Vector) -> tuple[Row, ...]:
        """The linear parts of the domain's inequalities that are tight at another point of it."""
        return _walls(self._domain, point)[0]

    @property
    def domain(self) -> Polyhedron | None:
        """The domain, None for the whole space."""
        return self._domain

    @property
    def reduction(self) -> Reduction:
        """The local function in the span of the active kinks, with the maps there and back."""
        return self._reduction

    @property
    def source(self) -> Program:
        """The program of the whole function, smooth units replaced by their tangents."""
        return self._reduction.source

    @property
    def is_linearized(self) -> bool:
        """Whether there were smooth units."""
        return self._program.is_smooth

    def lifted(self, reduced: Matrix) -> sympy.ImmutableMatrix:
        """The b×a matrix of one in the pivot columns."""
        return lifted(self._reduction, reduced)

    def spread(self, t: Sequence[Fraction]) -> Vector:
        """The direction with these entries at the pivots."""
        return tuple(map(fraction, self._reduction.spread(t)))

    def _scalar(self) -> None:
        if self.shape[0] != 1:
            raise ShapeError(
                f"expected a scalar function, got {self.shape[0]} outputs; take one of them, f[k]"
            )

    @abstractmethod
    def __repr__(self) -> str: ...

    def _place(self) -> str:
        shown = zip(self.names[:6], self.point, strict=False)
        return ", ".join(f"{n} = {v}" for n, v in shown) + (", …" if len(self.names) > 6 else "")

    def _ties(self) -> str:
        count = len(self._reduction.active)
        return f"{count} active unit{'s' * (count != 1)} of rank {self.rank}"


def _walls(
    domain: Polyhedron | None, point: Sequence[Fraction]
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The linear parts of a domain's tight inequalities at a point, and of its hull's equations."""
    if domain is None:
        return (), ()
    tight = [row[1:] for row, _ in domain.inequalities if not row[0] + dot(row[1:], point)]
    flat = [row[1:] for row in domain.equations]
    # the domain is as flat as its affine hull, however that was written
    if tight and _cone(domain, flat, tight, strict=range(len(tight))).is_empty:
        implicit = [i for i in range(len(tight)) if _cone(domain, flat, tight, [i]).is_empty]
        flat += [tight[i] for i in implicit]
        tight = [row for i, row in enumerate(tight) if i not in implicit]
    return tuple(tight), tuple(flat)


def _cone(
    domain: Polyhedron, flat: Sequence[Row], tight: Sequence[Row], strict: Sequence[int]
) -> Polyhedron:
    """The directions into a domain, some of its tight inequalities made strict."""
    return Polyhedron(
        domain.variables,
        [(0, *row) for row in flat],
        [((0, *row), i in strict) for i, row in enumerate(tight)],
    )
