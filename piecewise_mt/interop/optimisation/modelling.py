"""Models of Pyomo and CVXPY, in floats."""

from __future__ import annotations

from typing import Any

from piecewise_mt.calculus.models.model import OptimisationModel
from piecewise_mt.errors import Unsupported
from piecewise_mt.interop.optimisation.highs import rounded


def to_pyomo(model: OptimisationModel) -> Any:
    """See :meth:`OptimisationModel.to_pyomo`."""
    try:
        import pyomo.environ as pyo
    except ImportError as error:
        raise Unsupported(
            "expected Pyomo to be installed, got none; pip install piecewise_mt[pyomo]"
        ) from error
    made = pyo.ConcreteModel()
    own = []
    for column in model.columns:
        low = None if column.lower is None else rounded(column.lower)
        high = None if column.upper is None else rounded(column.upper)
        kind = pyo.Binary if column.is_integer else pyo.Reals
        var = pyo.Var(domain=kind, bounds=(low, high))
        made.add_component(column.name, var)
        own.append(var)
    made.add_component("rows", pyo.ConstraintList())
    for row in model.rows:
        left = sum(rounded(c) * own[j] for j, c in row.terms)
        side = rounded(-row.constant)
        made.rows.add(left == side if row.is_equation else left >= side)
    made.add_component("obj", pyo.Objective(expr=own[model.objective]))
    return made


def to_cvxpy(model: OptimisationModel) -> Any:
    """See :meth:`OptimisationModel.to_cvxpy`."""
    try:
        import cvxpy
    except ImportError as error:
        raise Unsupported(
            "expected CVXPY to be installed, got none; pip install piecewise_mt[cvxpy]"
        ) from error
    own = [cvxpy.Variable(name=c.name, boolean=c.is_integer) for c in model.columns]
    constraints = []
    for column, var in zip(model.columns, own, strict=True):
        if not column.is_integer:
            if column.lower is not None:
                constraints.append(var >= rounded(column.lower))
            if column.upper is not None:
                constraints.append(var <= rounded(column.upper))
    for row in model.rows:
        left = sum(rounded(c) * own[j] for j, c in row.terms)
        side = rounded(-row.constant)
        constraints.append(left == side if row.is_equation else left >= side)
    return cvxpy.Problem(cvxpy.Minimize(own[model.objective]), constraints)
