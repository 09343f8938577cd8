"""The way from models to texts and solvers; see :class:`OptimisationModel`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from piecewise_mt.errors import PiecewiseError

if TYPE_CHECKING:
    from piecewise_mt.calculus.models.model import OptimisationModel
    from piecewise_mt.interop.optimisation.highs import Answer


def lp_text(model: OptimisationModel) -> str:
    """See :meth:`OptimisationModel.to_lp_text`."""
    from piecewise_mt.interop.optimisation import texts

    return texts.lp_text(model)


def mps_text(model: OptimisationModel) -> str:
    """See :meth:`OptimisationModel.to_mps`."""
    from piecewise_mt.interop.optimisation import texts

    return texts.mps_text(model)


def write(model: OptimisationModel, path: str | Path) -> None:
    """See :meth:`OptimisationModel.write`."""
    target = Path(path)
    writers = {".lp": lp_text, ".mps": mps_text}
    if target.suffix not in writers:
        raise PiecewiseError(
            f"expected a file name that ends in .lp or .mps, got {target.name!r}; choose one"
        )
    target.write_text(writers[target.suffix](model), encoding="utf-8")


def to_highs(model: OptimisationModel) -> Any:
    """See :meth:`OptimisationModel.to_highs`."""
    from piecewise_mt.interop.optimisation import highs

    return highs.to_highs(model)


def minimum_by_highs(model: OptimisationModel, time_limit: float) -> Answer:
    """What HiGHS says of the minimum."""
    from piecewise_mt.interop.optimisation import highs

    return highs.minimum(model, time_limit)


def to_pyomo(model: OptimisationModel) -> Any:
    """See :meth:`OptimisationModel.to_pyomo`."""
    from piecewise_mt.interop.optimisation import modelling

    return modelling.to_pyomo(model)


def to_cvxpy(model: OptimisationModel) -> Any:
    """See :meth:`OptimisationModel.to_cvxpy`."""
    from piecewise_mt.interop.optimisation import modelling

    return modelling.to_cvxpy(model)
