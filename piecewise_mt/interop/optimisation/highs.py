"""HiGHS: a model in floats, and what the solver says of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.models.model import OptimisationModel
from piecewise_mt.errors import Unsupported


@dataclass(frozen=True)
class Answer:
    """The integers of the best point, rounded to whole numbers; value and bound as floats."""

    status: str
    integers: tuple[int, ...] | None
    value: float | None
    bound: float | None


def _highspy() -> Any:
    try:
        import highspy
    except ImportError as error:
        raise Unsupported(
            "expected highspy to be installed, got none; pip install piecewise_mt[highs]"
        ) from error
    return highspy


def rounded(value: Fraction | int) -> float:
    """The nearest float, or an infinity."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def to_highs(model: OptimisationModel) -> Any:
    """See :meth:`OptimisationModel.to_highs`."""
    highspy = _highspy()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    inf = highspy.kHighsInf
    for j, column in enumerate(model.columns):
        low = -inf if column.lower is None else rounded(column.lower)
        high = inf if column.upper is None else rounded(column.upper)
        solver.addVar(low, high)
        solver.changeColCost(j, 1.0 if j == model.objective else 0.0)
        if column.is_integer:
            solver.changeColIntegrality(j, highspy.HighsVarType.kInteger)
        solver.passColName(j, column.name)
    for number, row in enumerate(model.rows, start=1):
        # one entry is 1 at most, so that large whole numbers do not look like bad scaling
        scale = max(abs(c) for _, c in row.terms)
        side = rounded(Fraction(-row.constant, scale))
        columns = [j for j, _ in row.terms]
        entries = [rounded(Fraction(c, scale)) for _, c in row.terms]
        solver.addRow(side, side if row.is_equation else inf, len(columns), columns, entries)
        solver.passRowName(number - 1, f"r{number}")
    return solver


def minimum(model: OptimisationModel, time_limit: float) -> Answer:
    """Run HiGHS."""
    highspy = _highspy()
    solver = to_highs(model)
    solver.setOptionValue("time_limit", float(time_limit))
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.run()
    status = solver.modelStatusToString(solver.getModelStatus())
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Answer(status, None, None, None)
    values = list(solver.getSolution().col_value)
    integers = tuple(min(1, max(0, round(values[j]))) for j in model.integers)
    bound = info.mip_dual_bound if model.is_mixed_integer else info.objective_function_value
    return Answer(status, integers, float(info.objective_function_value), float(bound))
