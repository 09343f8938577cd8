"""What a framework's gradient *is*, stratum by stratum: the audit of a function or of primitives.

At points of every stratum where float64 meets the ties of the function, and no others, in any
order of summation, the framework is asked for its gradient; what it returns is judged by
:func:`mt.check_gradient`, up to a bound of the rounding errors. Strata without such a point count
as untested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from math import prod
from typing import TYPE_CHECKING, Any

from piecewise_mt.audit.asking import Asked
from piecewise_mt.audit.frameworks import FRAMEWORKS, framework_named
from piecewise_mt.calculus.ladder.check_gradient import GradientReport, check_gradient
from piecewise_mt.calculus.ladder.given_points import PointVerdict
from piecewise_mt.calculus.local.rungs import Rung, weakest
from piecewise_mt.calculus.results.shown import Tabled
from piecewise_mt.conventions.base import Primitive
from piecewise_mt.errors import ShapeError
from piecewise_mt.functions.expression import Expression

if TYPE_CHECKING:
    from piecewise_mt.typeset.tables import Table


def audit(
    function: Callable[..., Any],
    f: Expression,
    framework: str = "pytorch",
    *,
    mode: str = "reverse",
    shapes: Sequence[tuple[int, ...]] | None = None,
    domain: Any = None,
    tolerance: Any = 0,
    points: Sequence[Any] | None = None,
) -> GradientReport:
    """Judge the gradient that a framework returns for a function, on every stratum of `f`.

    Parameters
    ----------
    function : callable
        Of the framework's float64 arrays; its flat result has the size of `f`.
    f : Expression
        The same function. Its tie rules do not matter, only its strata.
    framework : {"pytorch", "jax", "tensorflow", "numpy_autograd", "casadi"}
        Which must be installed.
    mode : {"reverse", "forward"}
        The mode of differentiation.
    shapes : sequence of tuples of int, optional
        The shapes of the function's arguments, which take the variables of `f` in order; by
        default one vector of all of them.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.
    tolerance : exact number
        An error of values and gradients that counts as rounding, besides that of float64
        arithmetic: for a function of float32 numbers, say.
    points : sequence of points, optional
        Only these, instead of points of every stratum, which a large network has too many of;
        of floats. Each is a row of the report.

    Returns
    -------
    GradientReport
        Per stratum the rung of the ladder; strata without a point where float64 meets the same
        ties are in ``untested``. It is never a proof: "no violation at k points". The last note
        says what was assumed of rounding.

    Raises
    ------
    PiecewiseError
        If the framework's values are not those of `f`, naming the point.
    ShapeError
        If the shapes do not take the variables.
    Unsupported
        If the framework is not installed.

    See Also
    --------
    mt.check_gradient : Any other gradient.
    mt.Rung : The ladder.
    mt.from_torch : The expression of a module.

    Notes
    -----
    A returned float that is the float64 or float32 rounding of the exact value, or of a rational
    with denominator up to 1000 such as one third, is read as that number. A gradient is
    inconsistent only if its defect is beyond a bound of the rounding errors of every operation,
    which is 0 where all numbers are floats; the failure names both.

    References
    ----------
    - R. Boustany, *On the numerical reliability of nonsmooth autodiff: a MaxPool case study*,
      Transactions on Machine Learning Research, 2024.
    - D. Bertoin, J. Bolte, S. Gerchinovitz, E. Pauwels, *Numerical influence of ReLU'(0) on
      backpropagation*, Advances in Neural Information Processing Systems 34, 2021.

    Examples
    --------
    ``torch.maximum`` splits a tie in halves, which is in Clarke's subdifferential:

    >>> import piecewise_mt as mt
    >>> import torch  # doctest: +SKIP
    >>> f = mt.maximum(*mt.variables("x y"))
    >>> print(mt.audit(lambda v: torch.maximum(v[0], v[1]), f).verdicts[-1].rung)  # doctest: +SKIP
    clarke
    """
    adapter = framework_named(framework)
    adapter.module()
    a = len(f.variables)
    given = [(a,)] if shapes is None else [tuple(shape) for shape in shapes]
    if sum(map(prod, given)) != a:
        raise ShapeError(
            f"expected shapes with {a} entries in all, one a variable, got {given}; give the "
            "shapes of the function's arguments"
        )
    asked = Asked(adapter, function, f, given, {}, mode, tolerance)
    return asked.on_strata(domain) if points is None else asked.at_points(points, domain)


@dataclass(frozen=True)
class Audited:
    """One primitive's report."""

    primitive: Primitive
    mode: str
    report: GradientReport

    @property
    def counts(self) -> Counter[Rung]:
        """How many strata reach which rung."""
        return Counter(verdict.rung for verdict in self.report.verdicts)

    @property
    def rung(self) -> Rung:
        """The weakest rung of all strata."""
        return weakest(verdict.rung for verdict in self.report.verdicts)

    @property
    def worst(self) -> list[Any]:
        """The strata where the gradient is inconsistent or undefined."""
        bad = (Rung.inconsistent, Rung.undefined)
        return [
            verdict.stratum
            for verdict in self.report.verdicts
            if verdict.rung in bad and not isinstance(verdict, PointVerdict)
        ]


class FrameworkAudit(Tabled):
    """The audit of every primitive of an installed framework."""

    def __init__(self, framework: str, version: str, results: Sequence[Audited]) -> None:
        self.framework = framework
        self.version = version
        self.day = date.today()
        self.results = tuple(results)

    @property
    def ok(self) -> bool:
        """Whether every gradient is an associated one, wherever it was tested."""
        return all(result.report.holds_where_tried for result in self.results)

    def table(self) -> Table:
        """One row a primitive and mode: how many strata reach which rung, and where it fails."""
        from piecewise_mt.display.door import audit_table

        return audit_table(self)

    def __str__(self) -> str:
        return self.table().to_text()

    __repr__ = __str__


def audit_framework(
    framework: str, *, modes: Sequence[str] | None = None, names: Sequence[str] | None = None
) -> FrameworkAudit:
    """Audit every primitive that ``conventions`` knows of a framework, and a few known traps.

    Parameters
    ----------
    framework : str
        As for :func:`audit`, or "sympy", whose derivatives are formulas.
    modes : sequence of str, optional
        By default all that the framework has.
    names : sequence of str, optional
        Only these primitives.

    Raises
    ------
    Unsupported
        If the framework is not installed.

    Examples
    --------
    SymPy is always there, and its Max of three is no associated gradient at the triple tie:

    >>> from piecewise_mt.audit.audit import audit_framework
    >>> result = audit_framework("sympy", names=["max3"])
    >>> result.ok, [str(stratum.polyhedron) for stratum in result.results[0].worst]
    (False, ['x1 = x2 = x3'])
    """
    if framework == "sympy":
        from piecewise_mt.audit.probes import sympy_probes

        results = [
            Audited(primitive, "symbolic", check_gradient(primitive.expression(), gradient))
            for primitive, gradient in sympy_probes()
            if names is None or primitive.name in names
        ]
        import sympy

        return FrameworkAudit(framework, str(sympy.__version__), results)
    from piecewise_mt.audit.probes import primitives_of

    adapter = framework_named(framework)
    version = adapter.version()
    results = []
    for primitive in primitives_of(framework):
        if names is not None and primitive.name not in names:
            continue
        for mode in modes if modes is not None else adapter.modes:
            if mode == "forward" and not primitive.has_forward:
                continue
            f = primitive.expression(mode)
            asked = Asked(
                adapter, primitive.reference(), f, primitive.shapes, primitive.arguments, mode
            )
            report = asked.on_strata(primitive.domain or None)
            results.append(Audited(primitive, mode, report))
    return FrameworkAudit(framework, version, results)


def installed_frameworks() -> list[str]:
    """The frameworks that can be audited here, SymPy first."""
    found = ["sympy"]
    for name, adapter in FRAMEWORKS.items():
        if find_spec(adapter.package) is not None:
            found.append(name)
    return found
