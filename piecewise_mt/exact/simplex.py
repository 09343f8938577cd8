"""Exact linear programming: a fraction-free simplex over Python integers, with certificates.

A dictionary writes every basic variable as an affine form of the nonbasic ones, all over one
common denominator, the last pivot; every division of a pivot step is then exact (Edmonds 1967).
Bland's rule makes every phase end. The points are free variables: they enter the basis
first and never leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from operator import index
from typing import Any

from piecewise_mt.errors import PiecewiseError, ShapeError
from piecewise_mt.exact.linear import Row, make_primitive
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import fraction, normal_generator, quotient


@dataclass(frozen=True, slots=True)
class Witness:
    """A point that satisfies every relation, the strict ones strictly."""

    point: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Farkas:
    """Integer multipliers, one a relation, which prove that no point satisfies all of them.

    The inequalities' are ≥ 0. The combination of all rows is a negative constant, or zero with
    a positive multiplier on a strict inequality (checked by ``certificates.check_farkas``).
    """

    equations: tuple[int, ...]
    inequalities: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Optimum:
    """The largest value, a point that has it, and multipliers that prove it the largest."""

    value: Fraction
    point: tuple[Fraction, ...]
    equations: tuple[Fraction, ...]
    inequalities: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Unbounded:
    """A point, and a direction along which the objective grows for ever inside the set."""

    point: tuple[Fraction, ...]
    ray: Row


def feasible_point(
    equations: Iterable[Sequence[int]],
    inequalities: Iterable[tuple[Sequence[int], bool]],
    *,
    variables: int | None = None,
) -> Witness | Farkas:
    r"""Decide whether :math:`\{x : e(x) = 0,\ g(x) \ge 0 \text{ or } > 0\}` is empty.

    Parameters
    ----------
    equations : iterable of integer rows (c0, c1, …, ca)
        Each says c0 + c1 x1 + … + ca xa = 0.
    inequalities : iterable of (row, strict)
        Each says row·(1, x) ≥ 0, or > 0 if strict.
    variables : int, optional
        The number a of variables, needed only if there is no row.

    Returns
    -------
    Witness or Farkas
        A point, found by raising one common slack t ≤ 1 of the strict inequalities above 0,
        or a proof that there is none.

    Raises
    ------
    ShapeError
        If the rows are not equally long.

    Examples
    --------
    At the tie x = y neither is larger:

    >>> feasible_point([(0, 1, -1)], [((0, 1, -1), True)])
    Farkas(equations=(-1,), inequalities=(1,))
    >>> feasible_point([(0, 1, -1)], [((0, 1, -1), False), ((-2, 1, 1), False)])
    Witness(point=(Fraction(1, 1), Fraction(1, 1)))
    """
    equal, above, a = _read(equations, inequalities, variables)
    if not any(strict for _, strict in above):
        program = _dictionary(equal, [row for row, _ in above], (0,) * (a + 1))
        failed = program.make_feasible()
        return failed if failed else Witness(program.point())
    rows = [(*row, -int(strict)) for row, strict in above]
    rows.append((1, *[0] * a, -1))
    program = _dictionary(
        [(*row, 0) for row in equal],
        rows,
        (*[0] * (a + 1), 1),
        [*equal, *(row for row, _ in above)],
    )
    failed = program.make_feasible()
    if not failed:
        program.climb(until_positive=True)
        if program.rows[-1][0] > 0:
            return Witness(program.point()[:-1])
        failed = program.multipliers(-1)
    # the slack t has left the combination, so the cap t ≤ 1 only made its constant larger
    return Farkas(*_primitive(failed.equations, failed.inequalities[:-1]))


def maximize(
    objective: Sequence[int],
    equations: Iterable[Sequence[int]],
    inequalities: Iterable[tuple[Sequence[int], bool]],
) -> Optimum | Unbounded | Farkas:
    r"""Maximise :math:`c_0 + c \cdot x` over the closed set, every > read as ≥.

    Parameters
    ----------
    objective : integer row (c0, c1, …, ca)
    equations, inequalities
        As for :func:`feasible_point`.

    Returns
    -------
    Optimum, Unbounded or Farkas
        The last one if the closed set is empty.

    Raises
    ------
    ShapeError
        If the rows are not equally long.

    Examples
    --------
    The largest x with x ≤ y ≤ 1 is at the tie of all three; y ≤ x has no largest x:

    >>> maximize((0, 1, 0), [], [((0, -1, 1), False), ((1, 0, -1), False)])
    Optimum(value=Fraction(1, 1), point=(Fraction(1, 1), Fraction(1, 1)), equations=(),
            inequalities=(Fraction(1, 1), Fraction(1, 1)))
    >>> maximize((0, 1, 0), [], [((0, 1, -1), True)]).ray
    (1, 1)
    """
    goal = _whole(objective)
    equal, above, _ = _read(equations, inequalities, len(goal) - 1)
    program = _dictionary(equal, [row for row, _ in above], goal)
    failed = program.make_feasible()
    if failed:
        return failed
    ray = program.climb()
    if ray is not None:
        return Unbounded(program.point(), ray)
    scale, proof = program.scale, program.multipliers(-1)
    return Optimum(
        quotient(program.rows[-1][0], scale),
        program.point(),
        tuple(quotient(value, scale) for value in proof.equations),
        tuple(quotient(value, scale) for value in proof.inequalities),
    )


class _Reals(tuple[int, ...]):
    """A row with irrational numbers, and Fractions beside them."""

    __slots__ = ()


def _whole(row: Sequence[int]) -> Row:
    try:
        return tuple(map(index, row))
    except TypeError:
        if any(isinstance(value, Algebraic) for value in row):
            return _Reals(map(fraction, row))  # type: ignore[arg-type]
        raise


def _read(
    equations: Iterable[Sequence[int]],
    inequalities: Iterable[tuple[Sequence[int], bool]],
    variables: int | None,
) -> tuple[list[Row], list[tuple[Row, bool]], int]:
    try:
        equal = [_whole(row) for row in equations]
        above = [(_whole(row), bool(strict)) for row, strict in inequalities]
    except TypeError as error:
        raise PiecewiseError(
            f"expected rows of ints and pairs (row, strict), got something else ({error}); "
            "multiply rational rows by their common denominator"
        ) from None
    lengths = {len(row) for row in (*equal, *(row for row, _ in above))}
    if variables is not None:
        lengths.add(variables + 1)
    if len(lengths) > 1 or 0 in lengths:
        raise ShapeError(
            f"expected rows of one length, got lengths {sorted(lengths)}; "
            "give the constant term and one coefficient a variable"
        )
    return equal, above, max(lengths, default=1) - 1


def _primitive(
    equations: Sequence[int], inequalities: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    try:
        divisor = gcd(*equations, *inequalities)
    except TypeError:
        own = normal_generator([*equations, *inequalities])
        return tuple(own[: len(equations)]), tuple(own[len(equations) :])
    return tuple(v // divisor for v in equations), tuple(v // divisor for v in inequalities)


def _dictionary(
    equations: list[Row], inequalities: list[Row], objective: Row, given: Sequence[Row] = ()
) -> _Dictionary:
    """The first dictionary; `given` are the rows if these are longer ones made of them."""
    own = (*equations, *inequalities, objective, *given)
    kind = _RealDictionary if any(type(row) is _Reals for row in own) else _Dictionary
    return kind(equations, inequalities, objective)


class _Dictionary:
    """scale · basic = row[0] + Σ row[j] · nonbasic[j]; the last row is the objective.

    Variables are numbered: 0, 1, … the slacks of the equations (fixed at zero), then those of
    the inequalities (≥ 0); -1, -2, … the coordinates, which are free.
    """

    def __init__(self, equations: list[Row], inequalities: list[Row], objective: Row) -> None:
        self.equal = len(equations)
        self.rows = [list(row) for row in (*equations, *inequalities, objective)]
        self.scale = 1
        self.width = len(objective) - 1
        self.basic = list(range(len(self.rows) - 1))
        self.nonbasic = [0, *range(-1, -self.width - 1, -1)]

    def pivot(self, r: int, s: int) -> None:
        """Exchange the basic variable of row r with the nonbasic one of column s."""
        own, scale = self.rows[r], self.scale
        sign = 1 if own[s] > 0 else -1
        signed = own if sign > 0 else [-value for value in own]
        lead = signed[s]
        for i, row in enumerate(self.rows):
            if i == r:
                continue
            factor = row[s]
            if factor:
                new = self.reduced(lead, row, factor, signed)
                new[s] = factor * sign
                self.rows[i] = new
            elif lead != scale:
                self.rows[i] = self.reduced(lead, row, 0, row)
        solved = [-value for value in signed]
        solved[s] = scale * sign
        self.rows[r] = solved
        self.scale = lead
        self.basic[r], self.nonbasic[s] = self.nonbasic[s], self.basic[r]

    def reduced(
        self, lead: int, row: Sequence[int], factor: int, other: Sequence[int]
    ) -> list[int]:
        """(lead·row - factor·other) / scale, which is whole."""
        scale = self.scale
        if not factor:
            return [lead * a // scale for a in row]
        return [(lead * a - factor * b) // scale for a, b in zip(row, other, strict=True)]

    def make_feasible(self) -> Farkas | None:
        """Pivot until every basic slack is ≥ 0; a certificate if that cannot be."""
        columns = range(1, self.width + 1)
        for r in range(self.equal):
            row = self.rows[r]
            s = next((j for j in columns if self.nonbasic[j] < 0 and row[j]), None)
            if s is not None:
                self.pivot(r, s)
            elif row[0]:
                return self.multipliers(r)
        return self.raise_slacks()

    def raise_slacks(self) -> Farkas | None:
        """The second half of :meth:`make_feasible`, which is enough after new inequalities."""
        for s in range(1, self.width + 1):
            if self.nonbasic[s] < 0:
                for r in range(self.equal, len(self.basic)):
                    if self.basic[r] >= 0 and self.rows[r][s]:
                        self.pivot(r, s)
                        break
        while True:
            low = [(v, r) for r, v in enumerate(self.basic) if v >= self.equal and self._low(r)]
            if not low:
                return None
            _, r = min(low)
            row = self.rows[r]
            entering = [(v, j) for j, v in self._slack_columns() if row[j] > 0]
            if not entering:
                return self.multipliers(r)
            self.pivot(r, min(entering)[1])

    def _low(self, r: int) -> bool:
        return self.rows[r][0] < 0

    def _slack_columns(self) -> list[tuple[int, int]]:
        """The columns of the inequalities' slacks: (column, variable)."""
        return [
            (j, self.nonbasic[j])
            for j in range(1, self.width + 1)
            if self.nonbasic[j] >= self.equal
        ]

    def climb(self, *, until_positive: bool = False) -> Row | None:
        """Raise the objective to its maximum (or above 0); a ray if it has no bound."""
        for s in range(1, self.width + 1):
            slope = self.rows[-1][s]
            if self.nonbasic[s] < 0 and slope:
                return self._ray(s, 1 if slope > 0 else -1)
        while not (until_positive and self.rows[-1][0] > 0):
            entering = [(v, j) for j, v in self._slack_columns() if self.rows[-1][j] > 0]
            if not entering:
                return None
            _, s = min(entering)
            best: tuple[int, int] | None = None
            for r, variable in enumerate(self.basic):
                row = self.rows[r]
                if variable < self.equal or row[s] >= 0:
                    continue
                if best is not None:
                    other = self.rows[best[1]]
                    # the ratios row[0] / -row[s], cross-multiplied
                    difference = other[0] * row[s] - row[0] * other[s]
                    if difference > 0 or (difference == 0 and variable > best[0]):
                        continue
                best = (variable, r)
            if best is None:
                return self._ray(s, 1)
            self.pivot(best[1], s)
        return None

    def _ray(self, s: int, sign: int) -> Row:
        ray = [0] * self.width
        if self.nonbasic[s] < 0:
            ray[-1 - self.nonbasic[s]] = sign * self.scale
        for r, variable in enumerate(self.basic):
            if variable < 0:
                ray[-1 - variable] = sign * self.rows[r][s]
        return make_primitive(ray)

    def point(self) -> tuple[Fraction, ...]:
        """The basic point: nonbasic variables are zero."""
        values = [Fraction(0)] * self.width
        for r, variable in enumerate(self.basic):
            if variable < 0:
                values[-1 - variable] = quotient(self.rows[r][0], self.scale)
        return tuple(values)

    def multipliers(self, r: int) -> Farkas:
        """What row r says as a combination of the relations.

        For a slack, scale · slack - Σ row[j] · slack j = row[0] is impossible; for the
        objective (r = -1), row[0] - scale · objective = -Σ row[j] · slack j.
        """
        row = self.rows[r]
        found = [0] * len(self.basic)
        for j in range(1, self.width + 1):
            if self.nonbasic[j] >= 0:
                found[self.nonbasic[j]] = -row[j]
        if r >= 0:
            found[self.basic[r]] = self.scale
            if row[0] > 0:
                # only an equation is at fault with a positive constant: turn it around
                found = [-value for value in found]
            return Farkas(*_primitive(found[: self.equal], found[self.equal :]))
        return Farkas(tuple(found[: self.equal]), tuple(found[self.equal :]))


class _RealDictionary(_Dictionary):
    """The same with irrational numbers, and Fractions instead of whole numbers."""

    def __init__(self, equations: list[Row], inequalities: list[Row], objective: Row) -> None:
        super().__init__(equations, inequalities, objective)
        self.rows: list[list[Any]] = [list(map(fraction, row)) for row in self.rows]

    def reduced(self, lead: Any, row: Sequence[Any], factor: Any, other: Sequence[Any]) -> Any:
        inverse = quotient(1, self.scale)
        return [
            (lead * a - factor * b) * inverse if factor else lead * a * inverse
            for a, b in zip(row, other, strict=True)
        ]
