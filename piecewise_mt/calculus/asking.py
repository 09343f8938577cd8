"""The one door from functions and representations to the rooms above them.

``Expression`` and ``Representation`` are data; the questions that they forward are asked here, with
imports inside the functions, so that no room below imports one above in any other place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sympy

    from piecewise_mt.calculus.forms.abs_normal import AbsNormalForm
    from piecewise_mt.calculus.forms.difference import DifferenceForm
    from piecewise_mt.calculus.forms.max_min import MaxMinForm
    from piecewise_mt.calculus.forms.relu_network import ReluNetwork
    from piecewise_mt.calculus.forms.tropical import TropicalForm
    from piecewise_mt.calculus.ladder.classify import Artifacts, Classification
    from piecewise_mt.calculus.local.analysis import LocalAnalysis
    from piecewise_mt.calculus.local.enclosure import Enclosure
    from piecewise_mt.calculus.models.model import OptimisationModel
    from piecewise_mt.calculus.partition.base import Strata
    from piecewise_mt.calculus.representation.base import Representation
    from piecewise_mt.calculus.representation.derived import DerivedRepresentation
    from piecewise_mt.exact.reals import Coordinate
    from piecewise_mt.functions.expression import Expression


def value(f: Expression, point: Any) -> sympy.Expr | sympy.Matrix:
    """See :meth:`Expression.value`."""
    from piecewise_mt.calculus.evaluation import pointwise
    from piecewise_mt.functions.substitute import with_values

    return pointwise.value(*with_values(f, point))


def gradient(f: Expression, point: Any) -> sympy.Matrix:
    """See :meth:`Expression.gradient`."""
    from piecewise_mt.calculus.evaluation import pointwise
    from piecewise_mt.functions.substitute import with_values

    return pointwise.gradient(*with_values(f, point))


def enclosure(f: Expression, point: Any, digits: int | None) -> Enclosure:
    """See :meth:`Expression.enclosure`."""
    from piecewise_mt.calculus.local import enclosure as enclosing
    from piecewise_mt.functions.substitute import with_values

    return enclosing.enclose(*with_values(f, point), digits)


def at(f: Expression, point: Any, domain: Any, max_pieces: int) -> LocalAnalysis:
    """See :meth:`Expression.at`."""
    from piecewise_mt.calculus.local import analysis
    from piecewise_mt.functions.substitute import with_values

    f, point = with_values(f, point)
    return analysis.at(f, point, domain, max_pieces=max_pieces)


def strata(
    f: Expression,
    domain: Any,
    max_faces: int | None,
    executor: Any,
    progress: Any,
    budget: float,
) -> Strata:
    """See :meth:`Expression.strata`."""
    from piecewise_mt.calculus.partition import choosing

    return choosing.strata(
        f, domain, max_faces=max_faces, executor=executor, progress=progress, budget=budget
    )


def represent(
    f: Expression,
    domain: Any,
    executor: Any,
    progress: Any,
    max_pieces: int,
    budget: float,
    partial: bool,
) -> DerivedRepresentation:
    """See :meth:`Expression.represent`."""
    from piecewise_mt.calculus.representation import deriving

    return deriving.represent(
        f,
        domain,
        executor=executor,
        progress=progress,
        max_pieces=max_pieces,
        budget=budget,
        partial=partial,
    )


def require_continuous_at(f: Expression, point: tuple[Coordinate, ...]) -> None:
    """Refuse a function that jumps near a point; see :mod:`piecewise_mt.calculus.local.nearby`."""
    from piecewise_mt.calculus.local import nearby

    nearby.require_continuous_at(f, point)


def classify(rep: Representation, max_pieces: int) -> Classification:
    """See :meth:`Representation.classify`."""
    from piecewise_mt.calculus.ladder import classify as ladder

    return ladder.classify(rep, max_pieces=max_pieces)


def artifacts(rep: Representation, max_pieces: int) -> Artifacts:
    """See :meth:`Representation.artifacts`."""
    from piecewise_mt.calculus.ladder import classify as ladder

    return ladder.artifacts(rep, max_pieces=max_pieces)


def to_max_min(f: Expression, domain: Any, prove: bool) -> MaxMinForm:
    """See :meth:`Expression.to_max_min`."""
    from piecewise_mt.calculus.forms import max_min

    return max_min.max_min(f, domain, prove=prove)


def to_difference_of_convex(f: Expression, domain: Any, prove: bool) -> DifferenceForm:
    """See :meth:`Expression.to_difference_of_convex`."""
    from piecewise_mt.calculus.forms import difference

    return difference.difference(f, domain, prove=prove)


def to_tropical(f: Expression, domain: Any, prove: bool) -> TropicalForm:
    """See :meth:`Expression.to_tropical`."""
    from piecewise_mt.calculus.forms import tropical

    return tropical.tropical(f, domain, prove=prove)


def to_abs_normal(f: Expression, domain: Any, prove: bool) -> AbsNormalForm:
    """See :meth:`Expression.to_abs_normal`."""
    from piecewise_mt.calculus.forms import abs_normal

    return abs_normal.abs_normal(f, domain, prove=prove)


def to_relu_network(f: Expression, domain: Any, shallow: bool, prove: bool) -> ReluNetwork:
    """See :meth:`Expression.to_relu_network`."""
    from piecewise_mt.calculus.forms import relu_network

    return relu_network.relu_network(f, domain, shallow=shallow, prove=prove)


def to_milp(f: Expression, domain: Any, formulation: str, bounds: str) -> OptimisationModel:
    """See :meth:`Expression.to_milp`."""
    from piecewise_mt.calculus.models import mixed_integer

    return mixed_integer.mixed_integer(f, domain, formulation, bounds)


def to_lp(f: Expression, domain: Any) -> OptimisationModel:
    """See :meth:`Expression.to_lp`."""
    from piecewise_mt.calculus.models import epigraph

    return epigraph.epigraph(f, domain)
