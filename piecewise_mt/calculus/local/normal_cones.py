"""The normal cone of a polyhedron at a point, and stationarity under its constraints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.local.certificates import CLARKE, ConvexCombination, rows_of
from piecewise_mt.calculus.local.clarke import OPEN
from piecewise_mt.calculus.local.place import LocalProof, Place, exact_vector
from piecewise_mt.calculus.local.recomputed import are_limits, highest_product, slope_function
from piecewise_mt.calculus.local.reduction import Matrix, Vector, dot
from piecewise_mt.calculus.results.proof import Question, numbers_text
from piecewise_mt.errors import Undecided
from piecewise_mt.exact.linear import Row, echelon
from piecewise_mt.exact.matrices import exact_entry, read_matrix
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.typeset.mathml import InNotebooks

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis


@dataclass(frozen=True)
class Normals(LocalProof):
    """v as Σ λ·n with λ ≥ 0 for outward normals n, plus multiples of normals of equations."""

    multipliers: tuple[Fraction, ...]
    of_equations: tuple[Fraction, ...]
    place: Place | None = field(default=None, compare=False, repr=False)
    """The point and the domain; without one ``verify()`` is false."""
    vector: Vector | None = field(default=None, compare=False, repr=False)
    """v."""

    @property
    def claim(self) -> str:
        own = numbers_text(self.vector or ())
        return f"{own} is normal to the domain, by the multipliers {numbers_text(self.multipliers)}"

    def _check(self) -> bool:
        assert self.place is not None
        cone = normal_cone(self.place.analysis())
        vector = exact_vector(self.vector, len(cone.names))
        factors = exact_vector(self.multipliers, len(cone.active))
        return min(factors, default=0) >= 0 and vector == cone.combined(
            factors, exact_vector(self.of_equations, len(cone.equations))
        )


class NormalCone(InNotebooks):
    r"""The cone :math:`\{v : v\cdot d \le 0` for all directions d into the domain}.

    Each constraint row·(1, x) ≥ 0 that is tight at the point has the outward normal -row, each
    equation a line of normals; the cone has the combinations of these. {0} inside the domain.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> cone = (x + y).at((0, 0), domain="x >= 0, y >= 0").normal_cone
    >>> cone, cone.contains([-1, -2]), cone.contains([1, 0])
    (NormalCone(cone{(-1, 0), (0, -1)}), True, False)
    >>> cone.certificate([-1, -2]).multipliers, cone.certificate([1, 0])
    ((Fraction(1, 1), Fraction(2, 1)), (Fraction(1, 1), Fraction(0, 1)))
    """

    def __init__(
        self,
        names: Sequence[str],
        equations: Sequence[Row],
        active: Sequence[Row],
        place: Place | None = None,
    ):
        self._place = place
        self.names = tuple(names)
        self.equations = tuple(equations)
        """The equations of the domain, as rows (c0, c1, …, ca)."""
        self.active = tuple(active)
        """Its inequalities row·(1, x) ≥ 0 that are tight at the point."""

    @property
    def generators(self) -> tuple[Vector, ...]:
        """The outward normals of the active inequalities."""
        return tuple(tuple(Fraction(-c) for c in row[1:]) for row in self.active)

    @property
    def lines(self) -> tuple[Vector, ...]:
        """The normals of the equations."""
        return tuple(tuple(Fraction(c) for c in row[1:]) for row in self.equations)

    @property
    def dimension(self) -> int:
        """The dimension of its span."""
        return len(echelon([(0, *row[1:]) for row in (*self.active, *self.equations)]))

    @property
    def is_trivial(self) -> bool:
        """Whether it is {0}."""
        return not self.active and not self.equations

    def certificate(self, v: Any) -> Normals | Vector:
        """Multipliers that make a vector, or a direction d into the domain with v·d > 0."""
        (row,) = read_matrix(v, (1, len(self.names)), exact_entry)
        columns = [*self.generators, *self.lines]
        m = len(self.active)
        equations = [primitive([-target, *(c[j] for c in columns)]) for j, target in enumerate(row)]
        above = [(tuple(int(i == j + 1) for i in range(len(columns) + 1)), False)
                 for j in range(m)]  # fmt: skip
        answer = feasible_point(equations, above, variables=len(columns))
        if isinstance(answer, Witness):
            return Normals(answer.point[:m], answer.point[m:], self._place, row)
        # the multipliers of the rows are those of primitive ones: scale them back
        raw = [
            fraction(y) * _scale(own, [-target, *(c[j] for c in columns)])
            for j, (y, own, target) in enumerate(zip(answer.equations, equations, row, strict=True))
        ]
        return tuple(map(fraction, primitive(raw)))

    def contains(self, v: Any) -> bool:
        """Whether a vector is normal to the domain."""
        return isinstance(self.certificate(v), Normals)

    __contains__ = contains

    def combined(self, factors: Sequence[Any], of_equations: Sequence[Any]) -> Vector:
        """Σ λ·n + Σ μ·e."""
        normals = [*self.generators, *self.lines]
        pairs = [p for p in zip((*factors, *of_equations), normals, strict=True) if p[0]]
        return tuple(sum((c * n[j] for c, n in pairs), Fraction(0)) for j in range(len(self.names)))

    def admits(self, d: Sequence[Any]) -> bool:
        """Whether a direction leads into the domain."""
        return all(dot(row[1:], d) >= 0 for row in self.active) and not any(
            dot(row[1:], d) for row in self.equations
        )

    @property
    def constraints(self) -> tuple[str, ...]:
        """The active inequalities and the equations, as text."""
        rows = [Polyhedron(self.names, [], [(row, False)]) for row in self.active]
        rows += [Polyhedron(self.names, [row]) for row in self.equations]
        return tuple(map(str, rows))

    def __str__(self) -> str:
        parts = []
        for word, vectors in (("cone", self.generators), ("span", self.lines)):
            if vectors:
                parts.append(f"{word}{{{', '.join(map(_shown, vectors))}}}")
        return " + ".join(parts) or "{0}"

    def to_latex(self) -> str:
        r"""The cone as LaTeX.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(x.at((0,), domain="x >= 0").normal_cone.to_latex())
        \operatorname{cone}\{(-1)\}
        """
        parts = []
        for word, vectors in (("cone", self.generators), ("span", self.lines)):
            if vectors:
                shown = ",\\; ".join(
                    f"({', '.join(sympy.latex(to_rational(v)) for v in own)})" for own in vectors
                )
                parts.append(rf"\operatorname{{{word}}}\{{{shown}\}}")
        return " + ".join(parts) or r"\{0\}"

    def _repr_latex_(self) -> str:
        return f"${self.to_latex()}$"

    def __repr__(self) -> str:
        return f"NormalCone({self})"


def _shown(vector: Iterable[Any]) -> str:
    return f"({', '.join(map(str, vector))})"


def normal_cone(local: LocalAnalysis) -> NormalCone:
    """See :attr:`LocalAnalysis.normal_cone`."""
    domain = local.domain
    if domain is None:
        return NormalCone(local.names, (), (), local.place)
    point = local.reduction.point
    tight = [row for row, _ in domain.inequalities if not row[0] + dot(row[1:], point)]
    active = dict.fromkeys(row for row in tight if any(row[1:]))
    return NormalCone(local.names, domain.equations, tuple(active), local.place)


@dataclass(frozen=True, repr=False)
class ConstrainedStationarity(LocalProof):
    """0 = Σ w G + Σ λ n + Σ μ e, or a direction of descent into the domain.

    G are limits of gradients, w ≥ 0 of sum 1 their weights, n the outward normals of the active
    inequalities with λ ≥ 0, e those of the equations. Otherwise a direction d leads into the
    domain with G·d < 0 for all limits G: then f'(x; d) = ``slope`` < 0.

    A combination is checkable as a whole. So is the descent; that 0 is not in the sum of the two
    sets is checked against the limits that were listed, and that there are no others is a proof by
    enumeration.

    Examples
    --------
    At the tie y1 = y2, in the corner of a quadrant:

    >>> import piecewise_mt as mt
    >>> f = mt.max(*mt.variables("y1 y2"))
    >>> f.at((0, 0), domain="y1 >= 0, y2 >= 0").constrained_stationarity
    <ConstrainedStationarity: yes: 0 = 1*(1, 0) + 1*(-1, 0)>
    >>> f.at((0, 0), domain="y1 <= 0, y2 <= 0").constrained_stationarity
    <ConstrainedStationarity: no: f'(x; d) = -1 < 0 in the direction d = (-1, -1)>
    """

    place: Place
    combination: ConvexCombination | None
    multipliers: tuple[sympy.Rational, ...]
    """λ, one for each of ``normal_cone.active``."""
    of_equations: tuple[sympy.Rational, ...]
    """μ, one for each of ``normal_cone.equations``."""
    direction: tuple[sympy.Rational, ...] | None
    slope: sympy.Rational | None

    @property
    def holds(self) -> bool:
        """Whether the point is stationary under the constraints."""
        return self.combination is not None

    def __str__(self) -> str:
        if self.combination is None:
            d = _shown(self.direction or ())
            return f"no: f'(x; d) = {self.slope} < 0 in the direction d = {d}"
        own = zip(self.combination.weights, self.combination.matrices)
        parts = [f"{w}*{_shown(m)}" for w, m in own]
        cone = normal_cone(self.place.analysis())
        factors = (*self.multipliers, *self.of_equations)
        for factor, normal in zip(factors, (*cone.generators, *cone.lines)):
            if factor:
                shown = f"({factor})" if factor < 0 else str(factor)
                parts.append(f"{shown}*{_shown(normal)}")
        return f"yes: 0 = {' + '.join(parts)}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    @property
    def claim(self) -> str:
        _, reason = str(self).split(": ", 1)
        return f"the point is {'' if self.holds else 'not '}stationary under the domain: {reason}"

    def _question(self) -> Question:
        kind = "constrained_stationary" if self.holds else "not_constrained_stationary"
        return self._question_there("constrained stationary", kind=kind)

    def _check(self) -> bool:
        local = self.place.analysis()
        if local.shape[0] != 1:
            return False
        cone, free = normal_cone(local), within(local)
        if self.combination is None:
            return (self.multipliers, self.of_equations) == ((), ()) and self._descends(local, cone)
        own = self.combination
        if self.direction is not None or self.slope is not None:
            return False
        if not are_limits(free, [rows_of(m) for m in own.matrices]):
            return False
        factors = exact_vector(self.multipliers, len(cone.active))
        if any(v < 0 for v in factors):
            return False
        of_equations = exact_vector(self.of_equations, len(cone.equations))
        rest = tuple(-v for v in cone.combined(factors, of_equations))
        return own.combines((rest,), local.shape)

    def _descends(self, local: LocalAnalysis, cone: NormalCone) -> bool:
        if self.direction is None or self.slope is None:
            return False
        d = exact_vector(self.direction, len(cone.names))
        (given,) = exact_vector((self.slope,), 1)
        highest = highest_product(within(local), CLARKE, (d,))
        slope = slope_function(local)(d)[0]
        return bool(
            cone.admits(d) and slope == given and slope < 0 and (highest is None or highest < 0)
        )


def within(local: LocalAnalysis) -> LocalAnalysis:
    """The analysis whose limits count: inside a flat domain there are none, then all do."""
    if not local._flat:
        return local
    kept = local.reduction
    return type(local)(
        local.function, kept.point, max_pieces=local.max_pieces, reducer=lambda _: kept
    )


def constrained_stationarity(local: LocalAnalysis) -> ConstrainedStationarity:
    """See :attr:`LocalAnalysis.constrained_stationarity`."""
    free, reduction = within(local), local.reduction
    zero = ((Fraction(0),) * local.shape[1],)
    defect = reduction.defect(zero)
    if defect is not None:
        _, t, _, expected = defect
        return _refuted(local, [v if expected < 0 else -v for v in t])
    if not local.on_boundary:
        found = local.clarke.certificate(zero)
        if isinstance(found, ConvexCombination):
            return ConstrainedStationarity(local.place, found, (), (), None, None)
        # ⟨d, G⟩ ≤ bound < ⟨d, 0⟩
        return _refuted(local, rows_of(found.direction)[0])
    cone = normal_cone(local)
    limits: list[Matrix] = [own.reduced for own in free.known_limits]
    answer = _solved(local, cone, limits)
    if isinstance(answer, tuple) and free.open_limits:
        answer = _solved(local, cone, [*limits, *free.open_limits])
        if not isinstance(answer, tuple):
            raise Undecided(OPEN)
    if isinstance(answer, tuple):
        return _refuted(local, reduction.spread(answer))
    weights = answer.point
    n, m = len(limits), len(cone.active)
    used = [(w, own) for w, own in zip(weights, limits) if w]
    return ConstrainedStationarity(
        local.place,
        ConvexCombination(
            tuple(to_rational(w) for w, _ in used), tuple(local.lifted(own) for _, own in used)
        ),
        tuple(map(to_rational, weights[n : n + m])),
        tuple(map(to_rational, weights[n + m :])),
        None,
        None,
    )


def _solved(
    local: LocalAnalysis, cone: NormalCone, limits: Sequence[Matrix]
) -> Witness | tuple[Fraction, ...]:
    """Weights and multipliers, or a direction in the pivot variables."""
    pivots = local.reduction.pivots
    # all normals and limits are in the span of the pivots, as zero is
    columns = [own[0] for own in limits]
    columns += [tuple(n[p] for p in pivots) for n in (*cone.generators, *cone.lines)]
    raw: list[list[Any]] = [[0, *(c[i] for c in columns)] for i in range(len(pivots))]
    raw.append([-1, *(int(i < len(limits)) for i in range(len(columns)))])
    equations = [primitive(row) if any(row) else (0,) * len(row) for row in raw]
    signed = len(limits) + len(cone.active)
    above = [(tuple(int(i == j + 1) for i in range(len(columns) + 1)), False)
             for j in range(signed)]  # fmt: skip
    answer = feasible_point(equations, above, variables=len(columns))
    if isinstance(answer, Witness):
        return answer
    found = [
        fraction(y) * _scale(own, row)
        for y, own, row in zip(answer.equations, equations, raw, strict=True)
    ]
    return tuple(map(fraction, primitive(found[:-1])))


def _scale(scaled: Sequence[Any], row: Sequence[Any]) -> Fraction:
    """The factor of a primitive row over the one that it was made of."""
    place = next((i for i, v in enumerate(row) if v), None)
    return Fraction(1) if place is None else fraction(scaled[place]) / row[place]


def _refuted(local: LocalAnalysis, direction: Sequence[Any]) -> ConstrainedStationarity:
    slope = slope_function(local)(tuple(map(fraction, direction)))[0]
    return ConstrainedStationarity(
        local.place, None, (), (), tuple(map(to_rational, direction)), to_rational(slope)
    )
