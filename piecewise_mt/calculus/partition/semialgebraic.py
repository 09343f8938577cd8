"""Strata of functions whose kinks are polynomials: nonempty combinations of labels, as ever.

A stratum is a basic semialgebraic set {p = 0, …, q > 0, …}. It may fall apart, be singular, and
have parts of several dimensions; the largest of them counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import sympy

from piecewise_mt.calculus.evaluation.defined import has_requirements, requirements_of
from piecewise_mt.calculus.evaluation.program import (
    Program,
    compile_program,
    selected,
)
from piecewise_mt.calculus.partition.assumed import with_assumptions
from piecewise_mt.calculus.partition.base import Strata, Stratum
from piecewise_mt.calculus.partition.conditions import polyhedron_of
from piecewise_mt.calculus.partition.domain import conditions_of, read_any_domain
from piecewise_mt.calculus.partition.jumps import require_no_jumps
from piecewise_mt.calculus.partition.polynomial_kinks import Kinks
from piecewise_mt.calculus.smooth.curved_c1 import require_on
from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.errors import NotPolyhedral
from piecewise_mt.exact.algebraic_points import ExactPoint, check_point
from piecewise_mt.exact.case_trees import ZERO
from piecewise_mt.exact.numbers import checked_index
from piecewise_mt.exact.reals import Coordinate, number_expr
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.labels import (
    Combination,
    Conditions,
    Enumeration,
    enumerate_labels,
)
from piecewise_mt.semialgebraic.points import point_expressions, read_exact_point
from piecewise_mt.semialgebraic.reduction import irredundant
from piecewise_mt.semialgebraic.sets import BySet, SemialgebraicSet
from piecewise_mt.semialgebraic.systems import Budget

if TYPE_CHECKING:
    import networkx


class SemialgebraicStratum(BySet, Stratum):
    """A nonempty combination of labels, with a point that has them."""

    def __init__(self, cells: SemialgebraicStrata, found: Combination) -> None:
        self.cells = cells
        self._labels: tuple[Label, ...] = _labels(found.labels)
        self._dimension = found.dimension
        self.given: Conditions = found.conditions
        """What the labels say, as integer polynomials and masks of signs."""
        self.is_largest: bool = found.is_largest
        """Whether it is proved that no part has a larger dimension."""
        self.point: ExactPoint = found.point

    @property
    def dimension(self) -> int:
        """The largest local dimension, as far as it is known."""
        return self._dimension

    @property
    def label_keys(self) -> tuple[Label, ...]:
        return self._labels

    @cached_property
    def conditions(self) -> Conditions:
        """What the labels say, without factors and conditions that the others imply."""
        return irredundant(self.cells.names, self.given)

    @cached_property
    def witness(self) -> tuple[sympy.Expr, ...]:
        """The point as SymPy numbers."""
        return point_expressions(self.point)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels as tables write them."""
        units = self.cells.program.units
        return tuple(u.atom.label_text(k) for u, k in zip(units, self.label_keys, strict=True))

    @property
    def polyhedron(self) -> Polyhedron:
        """The stratum as a polyhedron, if all its conditions are affine.

        Raises
        ------
        NotPolyhedral
            Otherwise.
        """
        found = polyhedron_of(self.cells.names, self.conditions)
        if found is None:
            raise NotPolyhedral(
                f"expected a stratum with affine conditions, got {self.set}; ask its .set"
            )
        return found

    @property
    def set(self) -> SemialgebraicSet:
        """The points of the stratum."""
        return SemialgebraicSet(self.cells.names, (self.conditions,))

    def __str__(self) -> str:
        return self.condition_text

    def __repr__(self) -> str:
        return f"Stratum({self.label_text}: {self.condition_text}, dimension {self.dimension})"


class SemialgebraicStrata(Strata):
    """All strata, by dimension descending, then by their labels.

    Examples
    --------
    The cross w·x = 0 is the tie of R(wx) in both variables:

    >>> import piecewise_mt as mt
    >>> w, x = mt.variables("w x")
    >>> strata = semialgebraic_strata(mt.relu(w * x))
    >>> strata.f_vector, [str(s) for s in strata]
    ((0, 1, 2), ['w*x < 0', 'w*x > 0', 'w*x = 0'])
    """

    def __init__(
        self,
        function: Expression,
        program: Program,
        enumeration: Enumeration,
        domain: Polyhedron | SemialgebraicSet | None = None,
        continuity: Sequence[str] = (),
    ) -> None:
        self.function = function
        self.program = program
        self.enumeration = enumeration
        self.domain = domain
        self.continuity = tuple(continuity)
        """The solvers that alone say that the function does not jump."""

    @cached_property
    def _strata(self) -> tuple[SemialgebraicStratum, ...]:
        found = [SemialgebraicStratum(self, c) for c in self.enumeration.found]
        return tuple(sorted(found, key=lambda s: (-s.dimension, s.label_keys)))

    def __len__(self) -> int:
        return len(self._strata)

    def __iter__(self) -> Iterator[SemialgebraicStratum]:
        return iter(self._strata)

    @overload
    def __getitem__(self, index: int) -> SemialgebraicStratum: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SemialgebraicStratum, ...]: ...
    def __getitem__(
        self, index: int | slice
    ) -> SemialgebraicStratum | tuple[SemialgebraicStratum, ...]:
        return self._strata[checked_index(index)]

    def stream(self) -> Iterator[SemialgebraicStratum]:
        return iter(self)

    def poset(self) -> networkx.DiGraph:
        raise self._curved("the inclusions of closures")

    def adjacency(self) -> networkx.Graph:
        raise self._curved("the regions that share a facet")

    def _curved(self, what: str) -> NotPolyhedral:
        return NotPolyhedral(
            f"expected strata that are polyhedra to find {what}, got curved ones, whose boundaries "
            "need not be unions of strata; look at each stratum's set"
        )

    @property
    def outside(self) -> Conditions:
        """What holds in the whole domain."""
        return conditions_of(self.domain)

    def contains(self, point: Sequence[Coordinate]) -> bool:
        """Whether a point is in the domain."""
        if self.domain is None:
            return True
        exact = read_exact_point(tuple(map(number_expr, point)), self.names)
        return check_point(self.outside, exact)

    @property
    def open_questions(self) -> tuple[str, ...]:
        """What was not decided, in words."""
        units = self.program.units
        found = []
        for labels, reason in self.undecided:
            texts = [u.atom.label_text(k) for u, k in zip(units, labels, strict=False)]
            found.append(f"the labels {' '.join(texts)}: {reason}")
        return tuple(found)

    def __repr__(self) -> str:
        return f"<{len(self)} strata of {self.function!r}, f-vector {self.f_vector}>"

    @property
    def undecided(self) -> tuple[tuple[tuple[Label, ...], str], ...]:
        """Labels of the first units that were not decided, each with the reason."""
        return tuple((_labels(o.labels), o.reason) for o in self.enumeration.undecided)

    @property
    def f_vector(self) -> tuple[int, ...]:
        """How many strata there are of each dimension 0, …, a."""
        counts = [0] * (len(self.names) + 1)
        for stratum in self._strata:
            counts[stratum.dimension] += 1
        return tuple(counts)


def _labels(labels: Sequence[Any]) -> tuple[Label, ...]:
    return tuple(tuple(label) for label in labels)


def semialgebraic_strata(
    f: Expression,
    domain: Any = None,
    *,
    budget: float = 30.0,
    use_solver: bool = True,
) -> SemialgebraicStrata:
    """The strata of a function of polynomials.

    Raises
    ------
    Unsupported
        If the argument of a kink is no polynomial in the variables.
    NotContinuous
        If a ``where`` jumps.
    Undecided
        If the budget does not tell whether one does.
    """
    program = compile_program(f)
    is_read = isinstance(domain, SemialgebraicSet)
    asked = domain if is_read else read_any_domain(domain, program.names)
    region = with_assumptions(f, asked, program.names)
    kinks = Kinks(program)
    clock = Budget(budget)
    found = enumerate_labels(
        program.names,
        len(program.units),
        kinks.alternatives,
        domain=conditions_of(region),
        budget=budget,
        use_solver=use_solver,
    )
    continuity: tuple[str, ...] = ()
    if any(unit.atom.sides is not None for unit in program.units):
        open_ones = [own.labels for own in found.undecided]
        continuity = require_no_jumps(
            kinks,
            [_labels(own) for own in [*(c.labels for c in found.found), *open_ones]],
            domain=conditions_of(region),
            budget=clock.left,
            use_solver=use_solver,
        )
    if has_requirements(program):
        for combination in found.found:
            _require_defined(program, combination)
    return SemialgebraicStrata(f, program, found, region, continuity)


def _require_defined(program: Program, combination: Combination) -> None:
    """Refuse a stratum on which a node that is read has no value, or is not C¹."""
    equations = [p for p, mask in combination.conditions if mask == ZERO]
    hull = CurvedHull.of_terms(program.names, equations)
    labels = _labels(combination.labels)
    for requirement, written in requirements_of(program, labels, selected):
        reduced = requirement._replace(form=hull.restricted(requirement.form))
        require_on(reduced, written, combination.conditions, program.names)
