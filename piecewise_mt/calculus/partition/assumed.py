"""Domains cut by what is assumed of parameters that became variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.partition.domain import conditions_of, read_any_domain, read_domain
from piecewise_mt.errors import NotPolyhedral, OutsideDomain
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.traversal import assumed_signs
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.states import ANY, NEGATIVE, NONZERO, ZERO


def domain_of(f: Expression, domain: Any, names: tuple[str, ...]) -> Polyhedron | None:
    """The domain, cut by what is assumed, where only a polyhedron will do.

    Raises
    ------
    NotPolyhedral
        If a parameter is assumed not to be zero; :func:`any_domain_of` reads that.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, w = mt.variable("x"), mt.parameter("w", positive=True)
    >>> print(domain_of((w * x).on(x, w), "x > w", ("x", "w")))
    x > w > 0
    """
    region = read_domain(domain, names)
    assumed = assumed_signs(f)
    for name, mask in assumed.items():
        if mask == NONZERO:
            raise NotPolyhedral(
                f"expected an interval as what is assumed of {name}, got {name} != 0; ask "
                "represent, or assume positive=True or negative=True"
            )
    return _cut(region, assumed, names) if assumed else region


def any_domain_of(
    f: Expression, domain: Any, names: tuple[str, ...]
) -> Polyhedron | SemialgebraicSet | None:
    """The same, where any conditions will do.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, w = mt.variable("x"), mt.parameter("w", nonzero=True)
    >>> print(any_domain_of((w * x).on(x, w), None, ("x", "w")))
    {w != 0}
    """
    return with_assumptions(f, read_any_domain(domain, names), names)


def with_assumptions(
    f: Expression, region: Polyhedron | SemialgebraicSet | None, names: tuple[str, ...]
) -> Polyhedron | SemialgebraicSet | None:
    """A domain that was read already, cut by what is assumed."""
    assumed = assumed_signs(f)
    return _joined(region, assumed, names) if assumed else region


def domain_near(
    f: Expression, domain: Any, names: tuple[str, ...], point: Sequence[Fraction]
) -> Polyhedron | SemialgebraicSet | None:
    """The same near a point: a coordinate that is not zero stays so near it.

    Raises
    ------
    OutsideDomain
        If a coordinate is zero and is assumed not to be.
    """
    region = read_any_domain(domain, names)
    assumed = assumed_signs(f)
    for name, mask in assumed.items():
        if mask == NONZERO and not point[names.index(name)]:
            raise OutsideDomain(
                f"expected a point with {name} != 0, as is assumed of it, got {name} = 0; ask at "
                "another point"
            )
    own = {name: mask for name, mask in assumed.items() if mask != NONZERO}
    return _joined(region, own, names) if own else region


def _joined(
    region: Polyhedron | SemialgebraicSet | None, assumed: Mapping[str, int], names: tuple[str, ...]
) -> Polyhedron | SemialgebraicSet | None:
    if not isinstance(region, SemialgebraicSet) and NONZERO not in assumed.values():
        return _cut(region, assumed, names)
    given = [
        ({tuple(int(other == name) for other in names): 1}, mask) for name, mask in assumed.items()
    ]
    own = [(terms, mask) for terms, mask in given if mask != ANY]
    return SemialgebraicSet(names, ((*conditions_of(region), *own),)) if own else region


def _cut(
    region: Polyhedron | None, assumed: Mapping[str, int], names: tuple[str, ...]
) -> Polyhedron | None:
    equations, inequalities = [], []
    for name, mask in assumed.items():
        row = [0, *(int(other == name) for other in names)]
        if mask == ZERO:
            equations.append(tuple(row))
        elif mask != ANY:
            sign = -1 if mask & NEGATIVE else 1
            inequalities.append((tuple(sign * c for c in row), not mask & ZERO))
    if not equations and not inequalities:
        return region
    own = Polyhedron(names, equations, inequalities)
    return own if region is None else region.intersection(own)
