"""A solver's answer made exact, with what is proved of it and what is only said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.pointwise import names_of, values_at
from piecewise_mt.calculus.models.epigraph import epigraph
from piecewise_mt.calculus.models.exact_programs import (
    Branches,
    Leaf,
    Rows,
    branch_and_bound,
    is_ray,
    minimum_with_fixed,
    values_of,
)
from piecewise_mt.calculus.models.mixed_integer import mixed_integer
from piecewise_mt.calculus.models.model import OptimisationModel
from piecewise_mt.calculus.models.ranges import METHODS
from piecewise_mt.calculus.properties.in_words import InWords, point_text
from piecewise_mt.calculus.properties.optimum import infimum_report
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    numbers_text,
    rebuilt,
    same,
)
from piecewise_mt.errors import PiecewiseError, Undecided
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.simplex import Farkas, Unbounded
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.conditions import Comparison
from piecewise_mt.geometry.polyhedron import Polyhedron

PROOFS = ("infimum", "branch and bound", None)


@dataclass(frozen=True, repr=False, eq=False)
class Solution(InWords, Proof):
    """What is known of the minimum of a model.

    See Also
    --------
    Expression.to_milp, Expression.to_lp : Make the models.
    """

    value: sympy.Expr
    """f at the point: an upper bound of the infimum, exact; -oo if the model has no lower bound."""
    point: tuple[sympy.Rational, ...]
    """In the closure of the domain, in the order of the variables of f."""
    columns: tuple[sympy.Rational, ...]
    """The values of all columns of the model."""
    lower_bound: sympy.Expr | None
    """A lower bound that is proved; None if none is."""
    proof: Any = field(repr=False)
    """What proves it, with ``verify``; None if nothing does."""
    proved_by: str
    """"duality", "infimum", "branch and bound", or "nothing"."""
    solver: str
    solver_value: float | None
    """What the solver says of the value, with rounding."""
    solver_bound: float | None
    """What the solver says of the lower bound, with rounding: no proof."""
    model: OptimisationModel = field(repr=False)

    @property
    def is_optimal(self) -> bool:
        """Whether the value is proved to be the infimum."""
        return self.lower_bound is not None and self.lower_bound == self.value

    def __bool__(self) -> bool:
        """Whether the value is proved to be the infimum."""
        return self.is_optimal

    def __str__(self) -> str:
        place = point_text(self.point)
        if self.value == -sympy.oo:
            return f"-oo, falling from {place}"
        if self.is_optimal:
            known = "optimal"
        elif self.lower_bound is None:
            known = f"no proved lower bound, {self.solver_bound} as the solver says"
        else:
            known = f"not optimal, the infimum is {self.lower_bound}"
        return f"{self.value}, {known}, attained at {place}"

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        f, domain = self.model.function, self.model.domain
        bound = "no lower bound is proved"
        if self.lower_bound is not None:
            bound = f"the infimum is at least {self.lower_bound}, by {self.proved_by}"
        return (
            f"On the closure of {domain_text(domain)} f is {self.value} at "
            f"{numbers_text(self.point)}, or falls from there for -oo, and {bound}, for "
            f"{function_text(f)}."
        )

    def _question(self) -> Question | None:
        """The infimum, if this is it; or the lower bound."""
        f, domain = self.model.function, self.model.domain
        if domain is not None:
            rows = [(row, False) for row, _ in domain.inequalities]
            domain = Polyhedron(domain.variables, domain.equations, rows)
        if self.is_optimal:
            value = None if self.value == -sympy.oo else self.value
            answer = {"kind": "infimum", "value": value}
            return Question(f, "minimum", {"domain": domain}, answer)
        if self.lower_bound is None:
            return None
        bound = Comparison(">=", f, as_expression(self.lower_bound))
        return Question(bound, "holds", {"domain": domain}, {"kind": "holds"})

    def _is_proved(self) -> bool:
        # what a solver said is in floats, and is no part of what is proved
        none: Any = None
        given = replace(self, model=none, solver_value=None, solver_bound=None)
        model = _model_anew(self.model)
        return model is not None and replace(rebuilt(given), model=model)._check()

    def _check(self) -> bool:
        f, integers = self.model.function, self.model.is_mixed_integer
        own = (Unbounded, "a ray") if self.value == -sympy.oo else _kind_of(self.proof, integers)
        if not self.model.is_feasible(self.columns) or (type(self.proof), self.proved_by) != own:
            return False
        if self.point != self.columns[: self.model.objective]:
            return False
        if self.value == -sympy.oo:
            rows = Rows.of(self.model, {})
            return self.lower_bound == -sympy.oo and is_ray(self.model, rows, self.proof)
        here = values_at(f, names_of(f), [to_number(v) for v in self.point])[0]
        if to_rational(here) != self.value:
            return False
        if self.proof is None:
            return self.lower_bound is None
        lowest = Fraction(str(self.lower_bound))
        if isinstance(self.proof, Leaf):
            return self.proof.verify(self.model, lowest)
        if isinstance(self.proof, Branches):
            return self.proof.bound >= lowest and self.proof.verify(self.model)
        anew = infimum_report(f, self.model.domain)
        return bool(anew.value == self.lower_bound and same(anew, self.proof) and anew.verify())


def _kind_of(proof: Any, integers: bool) -> tuple[type, str]:
    """The kind of a proof that an infimum is finite, and what it is called."""
    if proof is None:
        return type(None), "nothing"
    if isinstance(proof, Leaf):
        # without choices, as there are no integers
        return Leaf, "duality" if not integers and not proof.fixed else ""
    return type(proof), "branch and bound" if isinstance(proof, Branches) else "infimum"


def _model_anew(model: OptimisationModel) -> OptimisationModel | None:
    """A model as it is made of its function and domain; None if it is another one."""
    if type(model) is not OptimisationModel:
        return None
    parts = (model.function, model.domain, model.formulation)
    f, domain, formulation = rebuilt(parts)
    if formulation == "epigraph":
        made = [epigraph(f, domain)]
    else:
        made = [mixed_integer(f, domain, formulation, bounds) for bounds in METHODS]
    told = rebuilt((model.columns, model.rows, model.objective))
    same_ones = (own for own in made if same((own.columns, own.rows, own.objective), told))
    return next(same_ones, None)


def solve(
    model: OptimisationModel, solver: str, proof: str | None, time_limit: float, max_nodes: int
) -> Solution:
    """See :meth:`OptimisationModel.solve`."""
    if solver not in ("highs", "exact"):
        raise PiecewiseError(f"expected the solver 'highs' or 'exact', got {solver!r}; take one")
    if proof not in PROOFS:
        raise PiecewiseError(
            f"expected the proof 'infimum', 'branch and bound' or None, got {proof!r}; take one"
        )
    if solver == "exact":
        if not model.is_mixed_integer:
            return _linear(model, solver, None, None)
        where, branches = branch_and_bound(model, max_nodes)
        assert where is not None, "there is a point in the domain"
        return _solution(model, where, branches.bound, branches, "branch and bound", solver)
    from piecewise_mt.interop.optimisation import door

    answer = door.minimum_by_highs(model, time_limit)
    if not model.is_mixed_integer:
        return _linear(model, solver, answer.value, answer.bound)
    if answer.integers is None:
        raise Undecided(
            f"expected integers from the solver, got the status {answer.status}; raise "
            "time_limit, or take solver='exact'"
        )
    fixed = dict(zip(model.integers, answer.integers, strict=True))
    where = minimum_with_fixed(model, fixed)
    if where is None:
        raise Undecided(
            "expected integers that are feasible, got some that are so with the solver's "
            "rounding only; take solver='exact', or formulation='convex hull'"
        )
    value = where[model.objective]
    said = (answer.value, answer.bound)
    if proof == "infimum":
        report: Any = infimum_report(model.function, model.domain)
        lowest = Fraction(str(report.value))
        return _solution(model, where, lowest, report, proof, solver, said)
    if proof == "branch and bound":
        better, branches = branch_and_bound(model, max_nodes, value)
        return _solution(model, better or where, branches.bound, branches, proof, solver, said)
    return _solution(model, where, None, None, "nothing", solver, said)


def _linear(
    model: OptimisationModel, solver: str, value: float | None, bound: float | None
) -> Solution:
    """A linear program, solved and proved exactly."""
    rows = Rows.of(model, {})
    found = rows.solve()
    assert not isinstance(found, Farkas), "the domain has points"
    where = values_of(model, rows, {}, found.point)
    said = (value, bound)
    if isinstance(found, Unbounded):
        columns = tuple(map(to_rational, where))
        point = columns[: model.objective]
        return Solution(-sympy.oo, point, columns, -sympy.oo, found, "a ray", solver, *said, model)
    leaf = Leaf((), (found.equations, found.inequalities))
    return _solution(model, where, -found.value, leaf, "duality", solver, said)


def _solution(
    model: OptimisationModel,
    where: tuple[Fraction, ...],
    lowest: Fraction | None,
    proof: Any,
    proved_by: str,
    solver: str,
    said: tuple[float | None, float | None] = (None, None),
) -> Solution:
    columns = tuple(map(to_rational, where))
    return Solution(
        columns[model.objective],
        columns[: model.objective],
        columns,
        None if lowest is None else to_rational(lowest),
        proof,
        proved_by,
        solver,
        *said,
        model,
    )
