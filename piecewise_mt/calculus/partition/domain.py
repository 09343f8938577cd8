"""Reading the ``domain=`` argument."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.partition.conditions import in_order, position_of, read_condition
from piecewise_mt.errors import NotPolyhedral, OutsideDomain, PiecewiseError
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.geometry.points import variable_name
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron


def empty_domain(domain: object) -> OutsideDomain:
    """What is said of a domain without points."""
    return OutsideDomain(
        f"expected a domain with at least one point, got {domain}, which is empty; check its bounds"
    )


def read_domain(domain: Any, names: tuple[str, ...]) -> Polyhedron | None:
    """A Polyhedron, a condition string or ``{variable: (lo, hi)}`` as a Polyhedron in `names`.

    Bounds of a mapping are closed; None stands for no bound.

    Raises
    ------
    NotPolyhedral
        For a condition that is not affine.
    UnknownVariable
        For a variable that the function does not have.
    """
    if domain is None:
        return None
    if isinstance(domain, Polyhedron):
        return in_order(domain, names)
    if isinstance(domain, (str, list, tuple, Condition, sympy.logic.boolalg.Boolean)):
        regions = read_condition(domain, names)
        if len(regions) > 1:
            regions = _distinct(regions)
        if not regions:
            raise empty_domain(repr(domain))
        if len(regions) > 1:
            raise NotPolyhedral(
                f"expected a convex domain, got {domain!r}, a union; ask for each part on its own, "
                "or join conditions that must all hold with &, as in (x >= 0) & (x <= 1)"
            )
        return regions[0]
    if isinstance(domain, Mapping):
        return _from_bounds(domain, names)
    raise PiecewiseError(
        f"expected a domain, got {type(domain).__name__}; give a Polyhedron, a condition such as "
        "'0 <= x' or a mapping {variable: (lo, hi)}"
    )


def _distinct(regions: tuple[Polyhedron, ...]) -> tuple[Polyhedron, ...]:
    """The parts of a union that have points and lie in no other part."""
    found: list[Polyhedron] = []
    for region in regions:
        if not region.is_empty and not any(other.includes(region) for other in found):
            found = [other for other in found if not region.includes(other)] + [region]
    return tuple(found)


def _from_bounds(domain: Mapping[Any, Any], names: tuple[str, ...]) -> Polyhedron:
    inequalities: list[Inequality] = []
    for key, bounds in domain.items():
        position = position_of(variable_name(key), names)
        if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
            raise PiecewiseError(
                f"expected a pair (lo, hi) for {variable_name(key)!r}, got {bounds!r}; "
                "use None for no bound"
            )
        for bound, sign in zip(bounds, (1, -1), strict=True):
            if bound is not None:
                row = [Fraction(0)] * (len(names) + 1)
                row[0] = -sign * to_number(bound)
                row[position] = fraction(sign)
                inequalities.append((primitive(row), False))
    return Polyhedron(names, [], inequalities)
