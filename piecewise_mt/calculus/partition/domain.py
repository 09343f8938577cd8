"""Reading the ``domain=`` argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.partition.conditions import (
    in_order,
    polyhedral_conditions,
    position_of,
    read_condition,
    read_sets,
)
from piecewise_mt.errors import NotPolyhedral, OutsideDomain, PiecewiseError, Unsupported
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.geometry.points import variable_name
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.systems import Empty, System
from piecewise_mt.typeset.conditions import condition_text

_CONDITIONS = (str, list, tuple, Condition, sympy.logic.boolalg.Boolean)
SECONDS = 5.0
"""For the question whether a domain has a point."""


def empty_domain(domain: object) -> OutsideDomain:
    """What is said of a domain without points: how it was written."""
    given = condition_text(domain) if isinstance(domain, Polyhedron) else domain
    return OutsideDomain(
        f"expected a domain with at least one point, got {given}, which is empty; check its bounds"
    )


def read_domain(domain: Any, names: tuple[str, ...]) -> Polyhedron | None:
    """A Polyhedron, a condition string or ``{variable: (lo, hi)}`` as a Polyhedron in `names`.

    Bounds of a mapping are closed; None stands for no bound.

    Raises
    ------
    Unsupported
        For a condition on polynomials.
    NotPolyhedral
        For any other that is not piecewise affine, or for a union.
    UnknownVariable
        For a variable that the function does not have.
    """
    if domain is None:
        return None
    if isinstance(domain, Polyhedron):
        return in_order(domain, names)
    if isinstance(domain, _CONDITIONS):
        try:
            regions = read_condition(domain, names)
        except NotPolyhedral as error:
            if _has_polynomials(domain, names):
                raise _curved(domain) from error
            raise
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
    if isinstance(domain, SemialgebraicSet):
        raise _curved(domain)
    raise PiecewiseError(
        f"expected a domain, got {type(domain).__name__}; give a Polyhedron, a condition such as "
        "'0 <= x' or a mapping {variable: (lo, hi)}"
    )


def read_any_domain(domain: Any, names: tuple[str, ...]) -> Polyhedron | SemialgebraicSet | None:
    """The same, but a condition on polynomials is one basic semialgebraic set.

    Raises
    ------
    OutsideDomain
        If it has no point.

    Examples
    --------
    >>> print(read_any_domain("x**2 + y**2 <= 4", ("x", "y")), read_any_domain("x <= 4", ("x",)))
    {x**2 + y**2 <= 4} x <= 4
    """
    if isinstance(domain, SemialgebraicSet):
        return _one_set(domain, sets_in_order(domain, names), names)
    if isinstance(domain, _CONDITIONS):
        try:
            return read_domain(domain, names)
        except Unsupported:
            return _one_set(domain, read_sets(domain, names), names)
    return read_domain(domain, names)


def _one_set(domain: Any, parts: Sequence[Conditions], names: tuple[str, ...]) -> SemialgebraicSet:
    """The one part of a union that may have points."""
    possible = []
    for part in parts:
        # what is not decided may have points
        if not isinstance(decide(System(names, part), SECONDS), Empty):
            possible.append(part)
    if not possible:
        raise empty_domain(repr(domain))
    if len(possible) > 1:
        raise NotPolyhedral(
            f"expected a domain of conditions that all hold, got {domain!r}, a union; ask for each "
            "part on its own"
        )
    return SemialgebraicSet(names, tuple(possible))


def _has_polynomials(domain: Any, names: tuple[str, ...]) -> bool:
    """Whether a condition is one on polynomials."""
    try:
        read_sets(domain, names)
    except NotPolyhedral:
        return False
    return True


def _curved(domain: Any) -> Unsupported:
    return Unsupported(
        f"expected a domain that is a polyhedron, got {domain!r} with polynomials, which is not "
        "supported here; f.strata, f.represent and f.at take it, for other questions give a box or "
        "other affine conditions"
    )


def conditions_of(domain: Polyhedron | SemialgebraicSet | None) -> Conditions:
    """A domain as polynomial conditions.

    Examples
    --------
    >>> conditions_of(Polyhedron(("x", "y"), [(0, 1, -1)], [((1, 2, 0), True)]))
    (({(1, 0): 1, (0, 1): -1}, 2), ({(0, 0): 1, (1, 0): 2}, 4))
    """
    if domain is None:
        return ()
    if isinstance(domain, SemialgebraicSet):
        (own,) = domain.parts
        return own
    return polyhedral_conditions(domain)


def sets_in_order(domain: SemialgebraicSet, names: tuple[str, ...]) -> tuple[Conditions, ...]:
    """The parts of a set with the exponents in the order of `names`, wider if there are more."""
    place = [position_of(name, names) - 1 for name in domain.names]

    def moved(exponents: tuple[int, ...]) -> tuple[int, ...]:
        result = [0] * len(names)
        for position, power in zip(place, exponents, strict=True):
            result[position] = power
        return tuple(result)

    return tuple(
        tuple(({moved(e): c for e, c in p.items()}, mask) for p, mask in part)
        for part in domain.parts
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
                end = to_number(bound)
                if isinstance(end, Fraction):
                    whole = [0] * (len(names) + 1)
                    whole[0], whole[position] = -sign * end.numerator, sign * end.denominator
                    inequalities.append((tuple(whole), False))
                    continue
                row = [Fraction(0)] * (len(names) + 1)
                row[0] = -sign * end
                row[position] = fraction(sign)
                inequalities.append((primitive(row), False))
    return Polyhedron(names, [], inequalities)
