"""``f.at(x)`` where coordinates of the point, or derivatives there, are not algebraic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NoReturn, final

import sympy

from piecewise_mt.calculus.evaluation import pointwise
from piecewise_mt.calculus.evaluation.program import Program, compile_program
from piecewise_mt.calculus.local.active import ActiveUnit, active_units
from piecewise_mt.calculus.local.analysis import LocalAnalysis
from piecewise_mt.calculus.local.autodiff import ProductHull
from piecewise_mt.calculus.local.bouligand import Limit, enumerate_limits, lexicographic
from piecewise_mt.calculus.local.certificates import CLARKE
from piecewise_mt.calculus.local.clarke import OPEN, ClarkeSubdifferential
from piecewise_mt.calculus.local.frechet import FrechetSubdifferential
from piecewise_mt.calculus.local.germs import smooth_between, tied_formulas
from piecewise_mt.calculus.local.mordukhovich import MordukhovichSubdifferential
from piecewise_mt.calculus.local.normal_form import normal_form
from piecewise_mt.calculus.local.place import Place
from piecewise_mt.calculus.local.real_hulls import RealHull, entries, in_order
from piecewise_mt.calculus.local.real_subdifferentials import RealFan, RealFrechet, RealMordukhovich
from piecewise_mt.calculus.local.real_tangents import RealTangents, combined_of
from piecewise_mt.calculus.local.reduction import Matrix, Reduction, Vector, reduce_at
from piecewise_mt.calculus.local.rungs import Judgement, Rung
from piecewise_mt.calculus.local.thin_cells import rank_of
from piecewise_mt.errors import InexactNumber, PiecewiseError, TooManyPieces, Undecided, Unsupported
from piecewise_mt.exact.matrices import read_matrix, real_entry
from piecewise_mt.exact.reals import Real, number_expr, real
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.traversal import require_order
from piecewise_mt.geometry.points import read_coordinates
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property


@final
class RealLimit(Limit):
    """A limit of gradients with irrational entries, and a direction into its cone."""

    def __init__(self, gradient: sympy.ImmutableMatrix, direction: Sequence[Any]) -> None:
        object.__setattr__(self, "_gradient", gradient)
        object.__setattr__(self, "_direction", tuple(map(number_expr, direction)))

    @property
    def gradient(self) -> sympy.ImmutableMatrix:
        return self._gradient  # type: ignore[attr-defined]

    @property
    def direction(self) -> tuple[sympy.Expr, ...]:
        return self._direction  # type: ignore[attr-defined, no-any-return]

    @property
    def ray(self) -> Vector:
        _refuse("the ray of a limit")

    @property
    def rays(self) -> tuple[Vector, ...]:
        _refuse("the rays of a limit")

    @property
    def cone(self) -> Polyhedron:
        _refuse("the cone of a limit")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RealLimit) and bool(self.gradient == other.gradient)

    def __hash__(self) -> int:
        return hash(self.gradient)


def _refuse(what: str) -> NoReturn:
    raise Unsupported(
        f"expected algebraic numbers for {what}, got others, for which it is not supported "
        "yet; ask at a point where derivatives are algebraic"
    )


@final
class RealAnalysis(LocalAnalysis):
    """What a function is near a point where coordinates or derivatives are not algebraic.

    Of a :class:`LocalAnalysis` it answers directional and lexicographic derivatives, limits of
    gradients, Clarke's subdifferential, differentiability, stationarity, the rungs of matrices, and
    of the Fréchet and the limiting subdifferential what is asked about single vectors; cones,
    polyhedra and proofs are refused.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> at = (mt.exp(y) * abs(x) + x).at((0, 1))
    >>> at.directional_derivative((1, 1)), at.is_stationary
    (1 + E, True)
    """

    def __init__(
        self,
        f: Expression,
        point: Sequence[Any],
        *,
        program: Program | None = None,
        max_pieces: int = 10**6,
    ) -> None:
        self.function = f
        self.max_pieces = max_pieces
        self._program = compile_program(f) if program is None else program
        self._point = tuple(point)
        self._tangents = RealTangents(self._program, self._point)
        self._core = reduce_at(self._tangents.core, (Fraction(0),) * len(self._tangents.axes))
        self._walls = self._flat = ()
        self._domain = None

    is_real = True

    @cached_property
    def place(self) -> Place:
        """The function and the point."""
        return Place(self.function, self._point, None, self.max_pieces)

    @property
    def _reduction(self) -> Reduction:  # type: ignore[override]
        _refuse("this question")

    @property
    def min_norm_proof(self) -> NoReturn:
        _refuse("a proof")

    def require_continuous(self) -> None:
        """Maxima are; a ``where`` with a tie is refused."""

    @property
    def point(self) -> tuple[sympy.Expr, ...]:
        return tuple(map(number_expr, self._point))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self._tangents.base), len(self.names)

    @property
    def rank(self) -> int:
        return len(self._tangents.axes)

    @property
    def on_boundary(self) -> bool:
        return False

    @cached_property
    def active(self) -> tuple[ActiveUnit, ...]:
        units, here = self._program.units, self._tangents.units
        found = ((i, units[i].atom.label_text(here[i].label)) for i in self._tangents.active)
        return active_units(self.function, found)

    @cached_property
    def gradient(self) -> sympy.ImmutableMatrix:
        return pointwise.gradient(self.function, self.point)

    def _ties(self) -> str:
        count = len(self._tangents.active)
        return f"{count} active unit{'s' * (count != 1)} of rank {self.rank}"

    @cached_property
    def normal(self) -> Program:
        return normal_form(self._core.program)

    # -- between the core and the variables --------------------------------------------------

    def _reduced(self, core: Matrix) -> list[list[Any]]:
        """C R, in the axes, of a gradient R of the core."""
        return [
            [sum((c * row[i] for c, row in zip(factors, core, strict=True) if c and row[i]),
                 Fraction(0)) for i in range(self.rank)]
            for factors in self._tangents.factors
        ]  # fmt: skip

    def _raised(self, reduced: Sequence[Sequence[Any]]) -> sympy.ImmutableMatrix:
        """L + R S."""
        rows = []
        for base, row in zip(self._tangents.base, reduced, strict=True):
            total = list(base)
            for c, axis in zip(row, self._tangents.axes, strict=True):
                if c:
                    total = [t + c * v if v else t for t, v in zip(total, axis, strict=True)]
            rows.append([_tidied(value) for value in total])
        return sympy.ImmutableMatrix(*self.shape, [v for row in rows for v in row])

    def _lowered(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]] | None:
        """R with G = L + R S, None if there is none: then G violates (15)."""
        found = []
        for row, base in zip(rows, self._tangents.base, strict=True):
            weights, rest = combined_of(
                [g - c for g, c in zip(row, base, strict=True)], self._tangents.axes
            )
            if any(rest):
                return None
            found.append(weights)
        return found

    def _onto(self, direction: Sequence[Any]) -> list[Any]:
        """S d."""
        return [
            sum((c * d for c, d in zip(axis, direction, strict=True) if c and d), Fraction(0))
            for axis in self._tangents.axes
        ]

    def _spread(self, heights: Sequence[Any]) -> list[Any]:
        """A direction d with S d given."""
        columns = list(zip(*self._tangents.axes, strict=True))
        chosen: list[int] = []
        for j in range(len(columns)):
            own = [list(columns[i]) for i in (*chosen, j)]
            if any(combined_of(own[-1], own[:-1])[1]):
                chosen.append(j)
        weights, _ = combined_of(list(heights), [list(columns[j]) for j in chosen])
        found: list[Any] = [Fraction(0)] * len(self.names)
        for j, weight in zip(chosen, weights, strict=True):
            found[j] = weight
        return found

    # -- directions ----------------------------------------------------------------------------

    def directional_derivative(self, direction: Any) -> Any:
        require_order(self.function, direction)
        d = read_coordinates(direction, self.names)
        kinks = [here.value for here in self._tangents.core.units_at(self._onto(d))]
        rows = []
        for base, factors in zip(self._tangents.base, self._tangents.factors, strict=True):
            terms = [*zip(base, d, strict=True), *zip(factors, kinks, strict=True)]
            rows.append(_tidied(sum((c * v for c, v in terms if c and v), Fraction(0))))
        return rows[0] if self.function.shape == () else sympy.ImmutableMatrix(len(rows), 1, rows)

    def lexicographic(self, directions: Any = None) -> sympy.ImmutableMatrix:
        given = [read_coordinates(d, self.names) for d in directions or ()]
        axes = [[Fraction(int(i == j)) for j in range(self.rank)] for i in range(self.rank)]
        if not self.rank:
            return self._raised(self._reduced(()))
        found = lexicographic(self._core.program, [*map(self._onto, given), *axes])
        return self._raised(self._reduced(found))

    # -- limits of gradients -------------------------------------------------------------------

    @cached_property
    def is_curved(self) -> bool:
        """Whether a tie reads a smooth unit, directly or not."""
        active, program = self._tangents.active, self._program
        first = len(self.names) + 1
        read = [s for i in active for row in program.units[i].operands for s in row]
        return any(s < 0 or (s >= first and program.units[s - first].relayed) for s in read)

    @cached_property
    def has_fan(self) -> bool:
        """Whether the strata near the point are those of f'(x; ·)."""
        # every operand but the first of a maximum is a kink of its own
        kinks = sum(len(unit.operands) - 1 for unit in self._tangents.core.units)
        return not self.is_curved or kinks == self.rank

    @cached_property
    def is_exact(self) -> bool:
        """Whether no smooth unit is behind a tie, or kinks are linear in some coordinates.

        What else there may be is not looked at where numbers are not algebraic.
        """
        if self.has_fan:
            return True
        active, program = self._tangents.active, self._program
        if smooth_between(program, active):
            return False
        ties = tied_formulas(program, active, self._tangents.units)
        terms = list(dict.fromkeys(key for tie in ties for key in tie))
        rows = [[tie.get(key, Fraction(0)) for key in terms] for tie in ties]
        return rank_of(rows) == self.rank

    # -- subdifferentials ----------------------------------------------------------------------

    def read(self, g: Any) -> list[list[Any]]:
        """A vector as a row of Fractions and Reals."""
        self._scalar()
        return entries(read_matrix(g, self.shape, real_entry))

    @cached_property
    def fan(self) -> RealFan:
        """The cones on which f'(x; ·) is linear, in the axes."""
        return RealFan(self._core, self._tangents.factors[0], self.place)

    @cached_property
    def frechet(self) -> FrechetSubdifferential:
        self._scalar()
        return RealFrechet(self)

    @cached_property
    def mordukhovich(self) -> MordukhovichSubdifferential:
        self._scalar()
        return RealMordukhovich(self)

    @property
    def is_regular(self) -> bool:
        self._scalar()
        if any(self.frechet.ascent(own.gradient) is not None for own in self.known_limits):
            return False
        if not self.is_exact:
            raise Undecided(OPEN)
        return True

    @property
    def hull(self) -> None:
        """Limits are listed."""

    @cached_property
    def _found(self) -> list[tuple[list[list[Any]], Vector]]:
        """Limits in the axes with rays, as far as they have cones."""
        if not self.rank:
            return [(self._reduced(()), ())]
        bound = max(4 * self.max_pieces, 1000)
        found: list[tuple[list[list[Any]], Vector]] = []
        for limit in enumerate_limits(self._core, self._core.program, (), bound):
            reduced = self._reduced(limit.reduced)
            if not any(reduced == known for known, _ in found):
                found.append((reduced, limit.ray))
        return found

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        if not self.is_exact:
            raise Undecided(OPEN)
        return self.known_limits

    @cached_property
    def known_limits(self) -> tuple[Limit, ...]:
        found = [RealLimit(self._raised(r), self._spread(ray)) for r, ray in self._found]
        return tuple(sorted(found, key=lambda own: in_order(own.gradient)))

    @cached_property
    def clarke(self) -> ClarkeSubdifferential:
        return RealHull(
            self.shape, self._flat_limits, self._lowered, self._raised, self.is_exact
        ).of(self.place, CLARKE)

    def _flat_limits(self) -> list[list[Any]]:
        return [[v for row in reduced for v in row] for reduced, _ in self._found]

    @cached_property
    def is_differentiable(self) -> bool:
        return len(self._found) == 1

    @property
    def derivative(self) -> sympy.ImmutableMatrix:
        if not self.is_differentiable:
            raise PiecewiseError(
                f"expected a point of differentiability, got {self._place()}; ask for .bouligand"
            )
        return self.known_limits[0].gradient

    # -- the ladder ------------------------------------------------------------------------------

    def judge(self, matrix: Any) -> Judgement:
        try:
            given = read_matrix(matrix, self.shape, real_entry)
        except InexactNumber:
            raise
        except PiecewiseError as error:
            return Judgement(Rung.undefined, str(error))
        symbols = {s for row in given for v in row for s in getattr(v, "free_symbols", ())}
        if symbols:
            found = self._judge_symbolic(given, sorted(symbols, key=str))
            return replace(found, place=self.place, matrix=_matrix(given))
        return self.judge_rows(entries(given))

    def _judge_symbolic(self, given: Any, symbols: Sequence[sympy.Symbol]) -> Judgement:
        """Only (15) is looked at, and only if the symbols occur linearly."""
        matrix = sympy.Matrix(*self.shape, [number_or_symbol(v) for row in given for v in row])
        slopes = [matrix.diff(symbol) for symbol in symbols]
        base = matrix.subs(dict.fromkeys(symbols, 0))
        if any(slope.free_symbols for slope in slopes):
            return Judgement(Rung.undecided, "symbols that occur linearly are looked at, no others")
        if self._lowered(entries(base.tolist())) is None or any(
            any(combined_of(row, self._tangents.axes)[1])
            for slope in slopes
            for row in entries(slope.tolist())
        ):
            return Judgement(Rung.undecided, "it violates (15) for some values of the symbols")
        return Judgement(Rung.associated, "it satisfies (15), whatever the symbols are")

    def judge_rows(self, rows: Any) -> Judgement:
        """The same for rows of Fractions and Reals."""
        return replace(self._judged(rows), place=self.place, matrix=_matrix(rows))

    def _judged(self, rows: Any) -> Judgement:
        reduced = self._lowered(rows)
        if reduced is None:
            if self.is_exact:
                return Judgement(Rung.inconsistent, "it violates (15)")
            return Judgement(Rung.undecided, "it violates (15) on the tangents of the ties")
        if any(reduced == known for known, _ in self._found):
            if self.is_differentiable:
                return Judgement(Rung.differentiable, "it is the derivative")
            return Judgement(Rung.bouligand, "it is the gradient in a cone nearby")
        try:
            if self.clarke.contains(self._raised(reduced)):
                reason = "it is a convex combination of limits"
                return Judgement(Rung.clarke if self.is_exact else Rung.undecided, reason)
            products = [self._reduced(own) for own in ProductHull(self._core)._matrices()]
        except (TooManyPieces, Undecided) as error:
            return Judgement(Rung.undecided, str(error))
        hull = RealHull(
            self.shape, _flattened(products), self._lowered, self._raised, True
        )  # fmt: skip
        if hull.contains(self._raised(reduced)):
            reason = "it is in the hull of the products (14), not of the limits of gradients"
            return Judgement(Rung.autodiff, reason)
        return Judgement(Rung.associated, "it satisfies (15) and no more")


def _flattened(matrices: Sequence[Sequence[Sequence[Any]]]) -> Callable[[], list[list[Any]]]:
    return lambda: [[v for row in matrix for v in row] for matrix in matrices]


def _matrix(rows: Sequence[Sequence[Any]]) -> sympy.ImmutableMatrix:
    return sympy.ImmutableMatrix([[number_or_symbol(v) for v in row] for row in rows])


def number_or_symbol(value: Any) -> sympy.Expr:
    """An entry as a SymPy expression."""
    return value if isinstance(value, sympy.Expr) else number_expr(value)


def _tidied(value: Any) -> sympy.Expr:
    if isinstance(value, Real):
        value = real(sympy.radsimp(sympy.expand(value.expression)))
    return number_expr(value)
