"""Linear and mixed-integer linear programs with rational numbers, as integer rows.

The objective is one column, the value of the function, so that no row is scaled but by integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from piecewise_mt.calculus.results.shown import Tabled
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.typeset.affine import affine_text

if TYPE_CHECKING:
    from pathlib import Path

    from piecewise_mt.calculus.models.solving import Solution
    from piecewise_mt.typeset.tables import Table


@dataclass(frozen=True)
class Column:
    """A variable of a model, with bounds; None for none."""

    name: str
    lower: Fraction | None
    upper: Fraction | None
    is_integer: bool
    meaning: str
    """What it is: a variable, the value of a node, a choice."""


@dataclass(frozen=True)
class Constraint:
    """constant + Σ c·column ≥ 0, or = 0, all numbers whole and without a common divisor."""

    terms: tuple[tuple[int, int], ...]
    """Pairs (column, c), columns from 0 on in order."""
    constant: int
    is_equation: bool

    def height(self, values: Sequence[Fraction]) -> Fraction:
        """The left side at values of all columns."""
        return sum((c * values[j] for j, c in self.terms), Fraction(self.constant))


class OptimisationModel(Tabled):
    """The minimum of a function over a domain, as a program; see :meth:`Expression.to_milp`.

    All numbers are exact. For every point of the closure of the domain, and for no other, there are
    values of the other columns with which it is feasible; the least ``value`` there is f.

    Attributes
    ----------
    function : Expression
        What is minimised.
    domain : Polyhedron or None
        Over which; its closure, as f is continuous. None for the whole space.
    columns : tuple of Column
        The variables of f come first, then ``value``, then those of the nodes.
    rows : tuple of Constraint
    formulation : str
        "big-M", "convex hull" or "epigraph".

    See Also
    --------
    Expression.to_milp, Expression.to_lp : Make it.
    mt.Solution : What ``solve()`` returns.
    """

    def __init__(
        self,
        function: Expression,
        domain: Polyhedron | None,
        columns: Sequence[Column],
        rows: Sequence[Constraint],
        objective: int,
        formulation: str,
    ) -> None:
        self.function = function
        self.domain = domain
        self.columns = tuple(columns)
        self.rows = tuple(rows)
        self.objective = objective
        """The number of the column that is minimised."""
        self.formulation = formulation

    @property
    def integers(self) -> tuple[int, ...]:
        """The numbers of the integer columns, all of which are 0 or 1."""
        return tuple(j for j, column in enumerate(self.columns) if column.is_integer)

    @property
    def is_mixed_integer(self) -> bool:
        """Whether there are integer columns; without any it is a linear program."""
        return bool(self.integers)

    @property
    def counts(self) -> dict[str, int]:
        """How many columns, integer columns, rows and nonzero entries there are.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> mt.relu(x).to_milp({x: (-1, 2)}).counts
        {'columns': 4, 'integers': 1, 'rows': 4, 'nonzeros': 9}
        """
        nonzeros = sum(len(row.terms) for row in self.rows)
        return {
            "columns": len(self.columns),
            "integers": len(self.integers),
            "rows": len(self.rows),
            "nonzeros": nonzeros,
        }

    def is_feasible(self, values: Sequence[Any] | Mapping[str, Any]) -> bool:
        """Whether exact values of all columns, in order or by name, satisfy everything.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> model = mt.relu(x).to_milp({x: (-1, 2)})
        >>> model.is_feasible([0, 0, 0, 1]), model.is_feasible([1, 0, 0, 0])
        (True, False)
        """
        from piecewise_mt.exact.numbers import to_fraction

        if isinstance(values, Mapping):
            values = [values[column.name] for column in self.columns]
        own = [to_fraction(value) for value in values]
        for column, value in zip(self.columns, own, strict=True):
            low = column.lower is not None and value < column.lower
            high = column.upper is not None and value > column.upper
            if low or high or (column.is_integer and value.denominator != 1):
                return False
        return all(
            height == 0 if row.is_equation else height >= 0
            for row in self.rows
            for height in (row.height(own),)
        )

    # -- texts and solvers ---------------------------------------------------------------

    def to_lp_text(self) -> str:
        r"""The model in the LP format of CPLEX, all numbers exact.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(mt.max(x / 3, -x).to_lp({x: (-1, 2)}).to_lp_text())
        \ minimum of max(x/3, -x)
        minimize
         obj: value
        subject to
         r1: - x + 3 u1 >= 0
         r2: x + u1 >= 0
         r3: value - u1 >= 0
        bounds
         -1 <= x <= 2
         value free
         u1 free
        end
        <BLANKLINE>
        """
        from piecewise_mt.interop.optimisation import door

        return door.lp_text(self)

    def to_mps(self) -> str:
        """The model in the free MPS format, all numbers exact."""
        from piecewise_mt.interop.optimisation import door

        return door.mps_text(self)

    def write(self, path: str | Path) -> None:
        """Write the model to a file, whose name ends in ``.lp`` or ``.mps``."""
        from piecewise_mt.interop.optimisation import door

        door.write(self, path)

    def to_highs(self) -> Any:
        """The model as a ``highspy.Highs``, numbers rounded to floats.

        Raises
        ------
        Unsupported
            If highspy is not installed; ``pip install piecewise_mt[highs]``.
        """
        from piecewise_mt.interop.optimisation import door

        return door.to_highs(self)

    def to_pyomo(self) -> Any:
        """The model as a ``pyomo.environ.ConcreteModel``, numbers rounded to floats.

        Raises
        ------
        Unsupported
            If Pyomo is not installed; ``pip install piecewise_mt[pyomo]``.
        """
        from piecewise_mt.interop.optimisation import door

        return door.to_pyomo(self)

    def to_cvxpy(self) -> Any:
        """The model as a ``cvxpy.Problem``, numbers rounded to floats.

        Raises
        ------
        Unsupported
            If CVXPY is not installed; ``pip install piecewise_mt[cvxpy]``.
        """
        from piecewise_mt.interop.optimisation import door

        return door.to_cvxpy(self)

    def solve(
        self,
        solver: str = "highs",
        *,
        proof: str | None = "infimum",
        time_limit: float = 60.0,
        max_nodes: int = 10**4,
    ) -> Solution:
        """Minimise: the solver's integers are fixed, and what is left is solved exactly.

        Parameters
        ----------
        solver : {"highs", "exact"}
            HiGHS (``pip install piecewise_mt[highs]``), or branch and bound with exact linear
            programs, for small models.
        proof : {"infimum", "branch and bound", None}
            How the lower bound of a mixed-integer model is proved: by :func:`mt.infimum`, which
            enumerates strata; by exact branch and bound, from the solver's value on; or not at all.
            Linear programs are proved by duality, and ``solver="exact"`` proves what it finds.
        time_limit : float
            Seconds for HiGHS.
        max_nodes : int
            For branch and bound.

        Returns
        -------
        Solution
            With the exact ``value`` and ``point``, and what is known of the lower bound.

        Raises
        ------
        Undecided
            If the solver finds no integers, or such that are feasible with rounding only; or if
            branch and bound takes more nodes.
        Unsupported
            If highspy is not installed.

        See Also
        --------
        mt.infimum : By enumeration alone.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> f = mt.max(x, y) - mt.relu(x + y)
        >>> f.to_milp({x: (-1, 1), y: (-1, 2)}).solve("exact")
        Solution(-1, optimal, attained at (1, 1))
        """
        from piecewise_mt.calculus.models import solving

        return solving.solve(self, solver, proof, time_limit, max_nodes)

    # -- how it is shown -----------------------------------------------------------------

    def table(self) -> Table:
        """The columns with their bounds, and the rows."""
        from piecewise_mt.typeset.tables import Cell, Column, Table

        names = [column.name for column in self.columns]
        rows = []
        for own in self.columns:
            low = "-oo" if own.lower is None else str(own.lower)
            high = "oo" if own.upper is None else str(own.upper)
            where = f"{{{low}, {high}}}" if own.is_integer else f"[{low}, {high}]"
            rows.append([Cell.plain(own.name), Cell.plain(where), Cell.plain(own.meaning)])
        texts = []
        for row in self.rows:
            dense = [row.constant, *[0] * len(names)]
            for j, c in row.terms:
                dense[j + 1] = c
            sign = "=" if row.is_equation else ">="
            texts.append(f"{affine_text(list(map(Fraction, dense)), names)} {sign} 0")
        columns = [Column(Cell.plain(title)) for title in ("column", "in", "what")]
        return Table(repr(self), columns, rows, texts)

    def __repr__(self) -> str:
        own = self.counts
        kind = "mixed-integer program" if self.is_mixed_integer else "linear program"
        integers = f" ({own['integers']} integer)" if self.is_mixed_integer else ""
        return (
            f"{kind} ({self.formulation}): {own['columns']} columns{integers}, {own['rows']} rows"
        )
