"""Questions about functions with smooth nodes, each to the kind of certificate that there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.functions.nodes import Smooth
from piecewise_mt.functions.traversal import topological
from piecewise_mt.interop.certificates.line_answers import line_infimum, line_lipschitz, line_shape
from piecewise_mt.interop.certificates.polynomial_infimum import polynomial_infimum
from piecewise_mt.interop.certificates.quadratic_infimum import quadratic_infimum
from piecewise_mt.interop.certificates.smooth_bounds import bound, lipschitz_bound
from piecewise_mt_check import reading

Data = dict[str, Any]


def smooth_answer(subject: Any, question: str, given: Data) -> Data | None:
    """The certificate's data; None for a question that polyhedral certificates answer."""
    if question == "lipschitz" and given.get("bound") is not None:
        order = "inf" if str(given["ord"]) in ("inf", "oo") else given["ord"]
        f = _function(subject)
        return _enclosed(lambda: lipschitz_bound(f, given.get("domain"), order, given["bound"]))
    if question not in ("minimum", "maximum", "lipschitz", "convex", "concave", "monotone"):
        return None
    f = parse(subject) if isinstance(subject, str) else subject
    if not isinstance(f, Expression) or not _is_smooth(f):
        return None
    _require_one_output(f)
    domain = given.get("domain")
    if question in ("minimum", "maximum"):
        sense = "min" if question == "minimum" else "max"
        return _polynomial(lambda: _infimum(f, domain, sense), "ask 'bound' with low= or high=")
    if question == "lipschitz":
        remedy = "give an upper bound=, and a bounded domain"
        if len(f.variables) > 1:
            raise Unsupported(
                "expected a piecewise linear function, or one variable, for an exact Lipschitz "
                f"constant with a certificate, got {len(f.variables)} variables; {remedy}"
            )
        return _polynomial(lambda: line_lipschitz(f, domain), remedy)
    return _shape(f, domain, question)


def _infimum(f: Expression, domain: Any, sense: str) -> Data:
    if len(f.variables) == 1:
        return line_infimum(f, domain, sense)
    try:
        return quadratic_infimum(f, domain, sense)
    except (Unsupported, reading.Unsupported):
        return polynomial_infimum(f, domain, sense)


def _shape(f: Expression, domain: Any, shape: str) -> Data:
    _require_one_output(f)
    if len(f.variables) != 1:
        raise Unsupported(
            f"expected one variable for a certificate that a function is {shape}, got "
            f"{len(f.variables)}; ask without a certificate"
        )
    return _polynomial(lambda: line_shape(f, domain, shape), "ask without a certificate")


def _polynomial(answer: Callable[[], Data], remedy: str) -> Data:
    try:
        return answer()
    except (Unsupported, reading.Unsupported) as error:
        raise Unsupported(
            "expected a piecewise polynomial function with rational coefficients for this "
            f"certificate; {remedy}: {str(error)[:200]}"
        ) from error


def _function(subject: Any) -> Expression:
    f = parse(subject) if isinstance(subject, str) else subject
    if not isinstance(f, Expression):
        raise PiecewiseError(
            f"expected a function, got {type(f).__name__}; build one, or give its text"
        )
    return f


def _require_one_output(f: Expression) -> None:
    if f.size != 1:
        raise PiecewiseError(f"expected a function of one output, got {f.size}; choose an entry")


def _is_smooth(f: Expression) -> bool:
    return any(isinstance(node, Smooth) for node in topological(f))


def smooth_bound(subject: Any, given: Data) -> Data:
    """That values are at least `low` and at most `high`."""
    f = _function(subject)
    return _enclosed(lambda: bound(f, given["domain"], given["low"], given["high"]))


def _enclosed(answer: Callable[[], Data]) -> Data:
    try:
        return answer()
    except reading.Unsupported as error:
        raise Unsupported(
            "expected rational numbers and no parameters for a certificate of a bound, got another "
            f"function: {error}; ask without a certificate"
        ) from error
