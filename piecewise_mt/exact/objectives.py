"""One polyhedron and many objectives: the simplex goes on from where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.simplex import Farkas, _Dictionary


class Objectives:
    """Maxima over the closed set of all x with e(x) = 0 and g(x) ≥ 0, rational rows only.

    Parameters
    ----------
    equations, inequalities : sequences of integer rows (c0, c1, …, ca)
    width : int
        The length of a row.

    Attributes
    ----------
    failed : Farkas or None
        A proof that the set is empty.

    Examples
    --------
    >>> own = Objectives([], [(0, 1, -1), (1, -1, 0)], 3)
    >>> own.maximum((0, 0, 1)), own.maximum((0, 0, -1))
    ((1, 1, [1, 1]), None)
    >>> own.also([(0, 0, 1)]).maximum((0, 0, -1))
    (0, 1, [0, 0, 1])
    """

    def __init__(self, equations: Sequence[Row], inequalities: Sequence[Row], width: int) -> None:
        self._program = _Dictionary(list(equations), list(inequalities), (0,) * width)
        self.failed: Farkas | None = self._program.make_feasible()

    def also(self, inequalities: Sequence[Row]) -> Objectives:
        """The set with more inequalities, begun at the last vertex of this one."""
        old, made = self._program, Objectives.__new__(Objectives)
        new = made._program = _Dictionary.__new__(_Dictionary)
        new.equal, new.scale, new.width = old.equal, old.scale, old.width
        new.rows = [*old.rows[:-1], *(self._expressed(row) for row in inequalities), old.rows[-1]]
        count = len(old.basic)
        new.basic = [*old.basic, *range(count, count + len(inequalities))]
        new.nonbasic = list(old.nonbasic)
        made.failed = new.raise_slacks()
        return made

    def _expressed(self, objective: Row) -> list[int]:
        """scale · objective in the nonbasic variables."""
        program = self._program
        scale = program.scale
        row = [0] * len(program.nonbasic)
        row[0] = scale * objective[0]
        for s, variable in enumerate(program.nonbasic):
            if s and variable < 0:
                row[s] = scale * objective[-variable]
        for r, variable in enumerate(program.basic):
            c = objective[-variable] if variable < 0 else 0
            if c:
                row = [v + c * w for v, w in zip(row, program.rows[r], strict=True)]
        return row

    def maximum(self, objective: Row) -> tuple[int, int, list[int]] | None:
        """(v, c, multipliers m), equations first, with c > 0; None if there is no maximum.

        c·objective + Σ m·row = v, and the m of inequalities are ≥ 0: so v/c is the maximum.
        """
        program = self._program
        program.rows[-1] = self._expressed(objective)
        if program.climb() is not None:
            return None
        found = program.multipliers(-1)
        own = [*found.equations, *found.inequalities]
        value, scale = program.rows[-1][0], program.scale
        divisor = gcd(value, scale, *own)
        return value // divisor, scale // divisor, [m // divisor for m in own]
