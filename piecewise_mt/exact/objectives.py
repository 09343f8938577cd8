"""One polyhedron and many objectives: the simplex goes on from where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.simplex import Farkas, _dictionary


class Objectives:
    """Maxima over the closed set of all x with e(x) = 0 and g(x) ≥ 0.

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
    ((Fraction(1, 1), [1, 1]), None)
    """

    def __init__(self, equations: Sequence[Row], inequalities: Sequence[Row], width: int) -> None:
        self._program = _dictionary(list(equations), list(inequalities), (0,) * width)
        self.failed: Farkas | None = self._program.make_feasible()

    def maximum(self, objective: Row) -> tuple[Fraction, list[Fraction]] | None:
        """The maximum v, and multipliers m, equations first; None if there is none.

        Then objective + Σ m·row = v, and those of inequalities are ≥ 0.
        """
        program = self._program
        scale = program.scale
        row = [0] * len(program.nonbasic)
        row[0] = scale * objective[0]
        for s, variable in enumerate(program.nonbasic):
            if s and variable < 0:
                row[s] += scale * objective[-variable]
        for r, variable in enumerate(program.basic):
            c = objective[-variable] if variable < 0 else 0
            if c:
                row = [v + c * w for v, w in zip(row, program.rows[r], strict=True)]
        program.rows[-1] = row
        if program.climb() is not None:
            return None
        scale = program.scale
        found = program.multipliers(-1)
        value = quotient(program.rows[-1][0], scale)
        return value, [quotient(m, scale) for m in (*found.equations, *found.inequalities)]
