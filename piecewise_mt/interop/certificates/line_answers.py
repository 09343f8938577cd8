"""Certificates of answers about piecewise polynomial functions of one variable."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.properties.line_lipschitz import steepest
from piecewise_mt.calculus.properties.line_optimum import LineOptimum
from piecewise_mt.calculus.properties.line_pieces import line_pieces
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.line_polynomials import lower, minimal_polynomial
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import number_data, rows_data
from piecewise_mt.functions.traversal import definite_names
from piecewise_mt.interop.certificates.constants import Constants
from piecewise_mt.interop.certificates.curved_table import polynomial_function_data
from piecewise_mt_check.algebraic import chain, count_roots

Data = dict[str, Any]


def root_data(value: Any) -> Any:
    """A number; an irrational one as the root of its minimal polynomial in an interval.

    Examples
    --------
    >>> import sympy
    >>> from piecewise_mt.exact.reading_numbers import to_number
    >>> root_data(to_number(sympy.sqrt(2)))
    {'polynomial': [-2, 0, 1], 'low': 1, 'high': 2}
    """
    if not isinstance(value, Algebraic):
        return number_data(value)
    own = minimal_polynomial(value)
    signs = chain(own)
    bits = 0
    while True:
        low = lower(value, bits)
        high = low + Fraction(1, 1 << bits)
        if count_roots(signs, low, high) == 1:
            return {"polynomial": list(own), "low": number_data(low), "high": number_data(high)}
        bits += 1


def rational_function_data(f: Expression) -> Data:
    """A function of polynomials as data, without irrational numbers and parameters.

    Raises
    ------
    Unsupported
        If there are some.
    """
    definite_names(f)
    constants = Constants()
    data = polynomial_function_data(f, constants)
    if constants.names:
        raise Unsupported(
            "expected polynomials with rational coefficients for a certificate, got "
            f"{str(f)[:200]}; ask without a certificate"
        )
    return data


def _head(f: Expression, domain: Any) -> Data:
    read = read_domain(domain, tuple(v.name for v in f.variables))
    return {
        "function": rational_function_data(f),
        "domain": [] if read is None else rows_data(read),
    }


def line_infimum(f: Expression, domain: Any, sense: str) -> Data:
    """The infimum or supremum, and where it is attained."""
    data: Data = {"kind": "line_infimum", **_head(f, domain), "sense": sense}
    turn = 1 if sense == "min" else -1
    own = LineOptimum(line_pieces(f if turn > 0 else -f, domain))
    if own.value is None:
        return data | {"value": None}
    data["value"] = root_data(turn * own.value)
    report = own.report
    if report.is_attained:
        # another point may be inside where this one is at an open end
        argmin = own.argmin()
        inside = own.line.region is None or own.line.region.contains(report.point)
        point = report.point[0] if inside else next(iter(argmin)).witness()[0]  # type: ignore[index]
        data["point"] = root_data(point)
    return data


def line_lipschitz(f: Expression, domain: Any) -> Data:
    """The Lipschitz constant."""
    data: Data = {"kind": "line_lipschitz", **_head(f, domain)}
    found = steepest(line_pieces(f, domain).pieces)
    return data | {"value": None if found is None else root_data(found[0])}


def line_shape(f: Expression, domain: Any, shape: str) -> Data:
    """That a function is "convex", "concave", or "monotone": that it does not decrease."""
    return {"kind": "line_shape", **_head(f, domain), "shape": shape}
