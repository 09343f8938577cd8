"""Sublevel sets, infima and where they are attained, decision boundaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.local.reduction import dot
from piecewise_mt.calculus.partition.domain import empty_domain
from piecewise_mt.calculus.partition.solutions import Solutions
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, uncut
from piecewise_mt.calculus.properties.curved_sets import signs_of_polynomials
from piecewise_mt.calculus.properties.in_blocks import infimum_in_blocks
from piecewise_mt.calculus.properties.in_boxes import (
    CubeBound,
    box_cells,
    is_deep_on_box,
    least_on_box,
    point_of,
)
from piecewise_mt.calculus.properties.in_words import InWords, infimum_text, point_text
from piecewise_mt.calculus.properties.sets import level_set, zero_set
from piecewise_mt.calculus.properties.smooth_optimum import SmoothInfimum, smooth_optimum
from piecewise_mt.calculus.properties.sum_of_maxima import (
    Falling,
    Lowest,
    SumOfMaxima,
    large_maxima,
)
from piecewise_mt.calculus.representation.polyhedral import represent
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    numbers_text,
    rebuilt,
    same,
)
from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.exact.certificates import check_bound, check_witness
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.plain import succeeds
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.simplex import Optimum, Unbounded, maximize
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.build.arithmetic import concat
from piecewise_mt.functions.build.builders import relu
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shapes import require_scalar
from piecewise_mt.functions.substitute import in_order_of
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

SECONDS = 30.0
"""For the strata of a sublevel set that is not polyhedral."""


def sublevel_set(f: Expression, c: Any = 0, domain: Any = None) -> PolyhedralSet | SemialgebraicSet:
    """The set {x : f(x) ≤ c} as disjoint polyhedra, or as semialgebraic sets.

    For arrays, where every entry is at most c.

    Parameters
    ----------
    f : Expression
        A function of at least one variable.
    c : exact number
        The level.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.

    See Also
    --------
    mt.level_set : Where f = c.
    mt.infimum : Below which it is empty.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> inside = mt.sublevel_set(abs(x), 1)
    >>> [inside.contains((v,)) for v in (-2, -1, 0, 1, 2)]
    [False, True, True, True, False]
    >>> mt.sublevel_set(x**2 + abs(x - 1), 1).contains((1,))
    True
    """
    own = in_order_of(with_first_ties(f - c).ravel(), f)
    cut = in_order_of(concat([own, relu(own, at_zero="free")]), f)
    try:
        pieces = represent(cut, domain)
    except NotPolyhedral as error:
        try:
            return signs_of_polynomials(own, cut, domain, all, SECONDS, (), lambda sign: sign <= 0)
        except Unsupported:
            raise error from None
    found, dimension = [], -1
    for piece in pieces:
        point = [to_number(v) for v in piece.witness]
        if all(value <= 0 for value in values_at(own, pieces.names, point)):
            found.append(piece.polyhedron)
            dimension = max(dimension, piece.dimension)
    return PolyhedralSet(pieces.names, found, dimension, Solutions(own, "<=", domain))


def infimum(f: Expression, domain: Any = None, *, executor: Executor | None = None) -> sympy.Expr:
    """The infimum of a scalar function over a domain, -oo if there is none.

    Where f is affine on every stratum, vertices and rays decide; where it is a polynomial,
    stationary points of faces, or decisions. Whether it is attained, :func:`argmin` says; the
    supremum of f is ``-infimum(-f)``.

    Parameters
    ----------
    f : Expression
        Of shape ().
    domain : Polyhedron, str or mapping, optional
        A set to stay in.
    executor : concurrent.futures.Executor, optional
        Whose workers enumerate; see docs/scale.md.

    Raises
    ------
    ShapeError
        If f is not scalar.
    Unsupported
        If f is no polynomial on some stratum.
    Undecided
        If f is one of degree three or more in several variables, and too hard.
    TooManyPieces
        If a box of very many faces meets too many kinks.

    See Also
    --------
    mt.infimum_report : With the proof.
    mt.argmin : Where it is attained.

    Notes
    -----
    Faces are enumerated block by block, in bounded memory, and nothing of them is kept. On a box of
    very many faces of its own, such as a ball of the maximum norm in hundreds of variables, none
    are: parts of the box are bounded by linear programs, and split at the kinks that it meets.

    Examples
    --------
    The tie is the minimum of ``abs(x - 1)``; on x > 1 it is not attained:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> f = abs(x - 1)
    >>> mt.infimum(f), mt.argmin(f), mt.argmin(f, "x > 1").is_empty, mt.infimum(-f)
    (0, PolyhedralSet({x = 1}), True, -oo)
    >>> mt.infimum(x**2 - abs(x)), mt.argmin(x**2 - abs(x))
    (-1/4, PolyhedralSet({x = 1/2} ∪ {x = -1/2}))
    """
    require_scalar(f.shape)
    cells = uncut(f, domain, max_faces=None)
    found = _large(cells)
    if found is not None:
        return found.report(f).value
    box = box_cells(cells.program, cells.domain)
    if box is not None:
        return to_rational(least_on_box(box).value)
    if cells.program.is_smooth:
        # without the proof
        lowest = smooth_optimum(f, domain).value
    else:
        lowest = infimum_in_blocks(f, cells.program, cells.domain, executor)
    return -sympy.oo if lowest is None else to_rational(lowest)


@dataclass(frozen=True)
class CellBound:
    """form ≥ value on a closed cell, by multipliers of its rows (linear programming duality)."""

    form: tuple[Fraction, ...]
    equations: tuple[Row, ...]
    inequalities: tuple[Inequality, ...]
    multipliers: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]

    @property
    def statement(self) -> str:
        """What the multipliers prove."""
        equal = " and ".join(numbers_text(row) for row in self.equations) or "no rows"
        above = " and ".join(numbers_text(row) for row, _ in self.inequalities) or "no rows"
        return (
            f"The form {numbers_text(self.form)} is bounded below where {equal} vanish and {above} "
            "are at least 0, as functions of (1, x)."
        )

    def verify(self, value: Fraction) -> bool:
        """Check it anew, with Fractions alone."""
        return succeeds(lambda: rebuilt(self)._bounds(rebuilt(value)))

    def _bounds(self, value: Fraction) -> bool:
        objective = [-c for c in self.form]
        return check_bound(-value, self.multipliers, objective, self.equations, self.inequalities)


@dataclass(frozen=True, repr=False)
class Infimum(InWords, Proof):
    """The infimum with its proof.

    A finite one is the value at a point of the closure of the domain, and a lower bound on every
    cell of largest dimension, which ``verify`` enumerates anew. For a
    convex sum of large maxima the domain is the one cell, and its form, each maximum replaced by a
    convex combination of what it is the maximum of, is below f; for a concave one there is a form
    for each choice of what a maximum may be, and f is the smallest. On a box of very many faces a
    form may be one below f on a part of the box, each unit that may still switch replaced by a line
    below or above it. For -oo
    there is a ray in one cell on which f falls for ever; its form is checked against values of f.
    """

    value: sympy.Expr
    point: tuple[Fraction, ...]
    ray: tuple[int, ...] | None
    cells: tuple[CellBound | CubeBound, ...]
    _function: Expression = field(repr=False)
    _names: tuple[str, ...] = field(repr=False)
    _domain: Polyhedron | None = field(default=None, repr=False)

    def __str__(self) -> str:
        if self.ray is not None:
            return f"-oo, from {point_text(self.point)} along {point_text(self.ray)}"
        inside = self._domain is None or self._domain.contains(self.point)
        return infimum_text(self.value, point_text(self.point), True if inside else None)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        along = "" if self.ray is None else f" along {numbers_text(self.ray)}"
        return (
            f"The infimum over {domain_text(self._domain)} is {self.value}, at "
            f"{numbers_text(self.point)}{along}, for {function_text(self._function)}."
        )

    @cached_property
    def is_attained(self) -> bool:
        """Whether some point of the domain has the value."""
        if self.ray is not None:
            return False
        if self._domain is None or self._domain.contains(self.point):
            return True
        return not argmin(self._function, self._domain).is_empty

    def _question(self) -> Question:
        value = None if self.ray is not None else self.value
        answer = {"kind": "infimum", "value": value}
        return Question(self._function, "minimum", {"domain": self._domain}, answer)

    def _check(self) -> bool:
        cells = uncut(self._function, self._domain, max_faces=None)
        if cells.names != self._names or cells.domain != self._domain or self._function.shape:
            return False
        here = values_at(self._function, self._names, self.point)[0]
        anew = _without_strata(cells)
        if anew is not None:
            # that the forms are below f is a rewriting of the nodes, which is done anew
            is_known = same(anew, self)
        else:
            is_known = not cells.program.is_smooth and self._has_cells(_closed_cells(cells))
        if not is_known:
            return False
        if self.ray is not None:
            return self._falls(here)
        lowest, region = to_number(self.value), cells.domain
        return (
            here == lowest
            and (
                region is None
                or _is_closure_point(self.point, region.equations, region.inequalities)
            )
            and all(cell.verify(lowest) for cell in self.cells)
        )

    def _has_cells(self, known: Iterator[_Cell]) -> bool:
        """Whether the cells are all that there are, or one of them where f falls."""
        own = tuple(
            (one.form, one.equations, one.inequalities)
            for one in self.cells
            if isinstance(one, CellBound)
        )
        if len(own) != len(self.cells):
            return False
        if self.ray is None:
            return same(tuple(known), own)
        return len(own) == 1 and any(same(own[0], one) for one in known)

    def _falls(self, here: Fraction) -> bool:
        """Whether the form of the cell is f at two points of the ray, and falls along it."""
        (cell,), ray = self.cells, self.ray or ()
        assert isinstance(cell, CellBound), "a box has no rays"
        far = [p + r for p, r in zip(self.point, ray, strict=True)]
        fall = dot(cell.form[1:], ray)
        along = [(row, False) for row in _homogeneous([row for row, _ in cell.inequalities])]
        return (
            self.value == -sympy.oo
            and fall < 0
            and _is_closure_point(self.point, cell.equations, cell.inequalities)
            and check_witness(ray, _homogeneous(cell.equations), along)
            and here == dot(cell.form, (1, *self.point))
            and values_at(self._function, self._names, far)[0] == here + fall
        )


def _is_closure_point(
    point: Sequence[Fraction], equations: Sequence[Row], inequalities: Sequence[Inequality]
) -> bool:
    return check_witness(point, equations, [(row, False) for row, _ in inequalities])


_Cell = tuple[tuple[Fraction, ...], tuple[Row, ...], tuple[Inequality, ...]]


def _closed_cells(cells: PolyhedralStrata) -> Iterator[_Cell]:
    """The cells of largest dimension, each with the affine form that f is on it.

    f is continuous, so they decide what its infimum is.
    """
    top = cells[0].dimension
    for stratum in cells:
        if stratum.dimension < top:
            break
        (row,) = cells.program.affine(stratum.label_keys, selected).outputs
        form = tuple(fraction(c) for c in row)  # type: ignore[arg-type]
        region = stratum.polyhedron
        yield form, region.equations, region.inequalities


def _homogeneous(rows: Sequence[Row]) -> list[Row]:
    return [(0, *row[1:]) for row in rows]


def infimum_report(f: Expression, domain: Any = None) -> Infimum | SmoothInfimum:
    """The infimum of :func:`infimum`, where it is attained or approached, and the proof.

    By an exact linear program on the closure of every cell of largest dimension; for polynomials by
    faces, real roots or decisions, see docs/ladder.md. ``is_attained`` says whether some point of
    the domain has the value.

    Parameters
    ----------
    f : Expression
        Of shape ().
    domain : Polyhedron, str or mapping, optional
        A set to stay in.

    Raises
    ------
    ShapeError
        If f is not scalar.

    See Also
    --------
    mt.infimum : The value alone.
    mt.argmin : Where it is attained.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> report = mt.infimum_report(abs(x - 1))
    >>> report.value, report.point, report.verify()
    (0, (Fraction(1, 1),), True)
    """
    require_scalar(f.shape)
    cells = uncut(f, domain, max_faces=None)
    known = _without_strata(cells)
    if known is not None:
        return known
    if cells.program.is_smooth:
        return smooth_optimum(f, domain).report
    best: Fraction | None = None
    where: tuple[Fraction, ...] = ()
    bounds = []
    for form, equations, inequalities in _closed_cells(cells):
        scale = lcm(*(c.denominator for c in form))
        objective = [-c.numerator * (scale // c.denominator) for c in form]
        answer = maximize(objective, equations, inequalities)
        if isinstance(answer, Unbounded):
            own = CellBound(form, equations, inequalities, ((), ()))
            return Infimum(-sympy.oo, answer.point, answer.ray, (own,), f, cells.names,
                           cells.domain)  # fmt: skip
        assert isinstance(answer, Optimum), "a stratum is not empty"
        multipliers = (tuple(m / scale for m in answer.equations),
                       tuple(m / scale for m in answer.inequalities))  # fmt: skip
        bounds.append(CellBound(form, equations, inequalities, multipliers))
        value = -answer.value / scale
        if best is None or value < best:
            best, where = value, answer.point
    assert best is not None
    return Infimum(to_rational(best), where, None, tuple(bounds), f, cells.names, cells.domain)


def _without_strata(cells: PolyhedralStrata) -> Infimum | None:
    """The report of a large sum of maxima, or on a box of many faces; None where strata decide."""
    f, found = cells.function, _large(cells)
    if found is not None:
        return found.report(f)
    box = box_cells(cells.program, cells.domain)
    if box is None:
        return None
    least = least_on_box(box, keep=True)
    point = point_of(box, least.point)
    return Infimum(to_rational(least.value), point, None, tuple(least.bounds), f, cells.names,
                   cells.domain)  # fmt: skip


@dataclass(frozen=True)
class _LargeInfimum:
    """The infimum of a large sum of maxima, all factors of one sign, over a domain."""

    total: SumOfMaxima
    domain: Polyhedron | None
    found: list[Lowest] | Falling
    """If the sum is convex, one bound."""

    def report(self, f: Expression) -> Infimum:
        own, names = self.found, self.total.names
        if isinstance(own, Falling):
            cell = CellBound(own.form, own.equations, own.inequalities, ((), ()))
            return Infimum(-sympy.oo, own.point, own.ray, (cell,), f, names, self.domain)
        equations = () if self.domain is None else self.domain.equations
        inequalities = () if self.domain is None else self.domain.inequalities
        cells = [
            CellBound(one.form, equations, inequalities, (one.equations, one.inequalities))
            for one in own
        ]
        best = min(own, key=lambda one: one.value)
        value = to_rational(best.value)
        return Infimum(value, best.point, None, tuple(cells), f, names, self.domain)

    def argmin(self) -> list[Polyhedron]:
        """Disjoint polyhedra, which may be empty: one of a convex sum, else one a lowest form."""
        if isinstance(self.found, Falling):
            return []
        if self.total.is_convex:
            return [self.total.minimizers(self.found[0], self.domain)]
        return self.total.minimizers_of_concave(self.found, self.domain)


def _large(cells: PolyhedralStrata) -> _LargeInfimum | None:
    """What linear programs find, if there are many faces and the sum is convex or concave."""
    maxima = None if is_deep_on_box(cells.program, cells.domain) else large_maxima(cells.program)
    if maxima is None:
        return None
    total, region = SumOfMaxima.of(maxima), cells.domain
    if region is not None and region.is_empty:
        raise empty_domain(region)
    found: list[Lowest] | Falling | None = None
    if total.is_convex:
        one = total.lowest(region)
        found = [one] if isinstance(one, Lowest) else one
    elif total.is_concave:
        found = total.lowest_of_concave(region)
    return None if found is None else _LargeInfimum(total, region, found)


def argmin(f: Expression, domain: Any = None) -> PolyhedralSet | SemialgebraicSet:
    """The points of a domain where a scalar function is smallest; empty if there are none.

    Parameters
    ----------
    f : Expression
        Of shape ().
    domain : Polyhedron, str or mapping, optional
        A set to stay in.

    Raises
    ------
    ShapeError
        If f is not scalar.

    See Also
    --------
    mt.infimum : The smallest value.
    mt.critical_points : Local extrema, too.
    mt.sublevel_set : Points below a level.

    Examples
    --------
    The minimum of abs(x) + relu(x - 1) is at the tie 0; that of a relu fills a half-line:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.argmin(abs(x) + mt.relu(x - 1)), mt.argmin(mt.relu(x)), mt.argmin(x).is_empty
    (PolyhedralSet({x = 0}), PolyhedralSet({x <= 0}), True)
    """
    require_scalar(f.shape)
    cells = uncut(f, domain, max_faces=None)
    if cells.program.is_smooth:
        return smooth_optimum(f, domain).argmin()
    found = _large(cells)
    if found is not None:
        known = [own.irredundant() for own in found.argmin() if not own.is_empty]
        dimension = max((own.dimension for own in known), default=-1)
        return PolyhedralSet(found.total.names, known, dimension)
    lowest = infimum(f, domain)
    if lowest == -sympy.oo:
        return PolyhedralSet(tuple(v.name for v in f.variables), [], -1)
    lowest_set = level_set(f, lowest, domain)
    assert isinstance(lowest_set, PolyhedralSet), "infima are those of piecewise linear functions"
    return lowest_set


def decision_boundary(
    f: Expression, g: Expression, domain: Any = None
) -> PolyhedralSet | SemialgebraicSet:
    """The set {x : f(x) = g(x)} on which a classifier with these two scores is undecided.

    Parameters
    ----------
    f, g : Expression
        The two scores, of the same shape.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.

    See Also
    --------
    mt.zero_set : Of one function.
    mt.difference_set : Where they differ.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.decision_boundary(mt.relu(x), y, "y > 0")
    PolyhedralSet({x = y > 0})
    """
    return zero_set(in_order_of(f - g, f, g), domain)
