"""Affine forms with a relation to 0: one by one, or apart as a polyhedron keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from piecewise_mt.exact.linear import Row

if TYPE_CHECKING:
    from piecewise_mt.typeset.conditions import Conditions

Inequality = tuple[Row, bool]
"""A row with row·(1, x) ≥ 0, and whether the inequality is strict."""
Form = TypeVar("Form")


class Related(NamedTuple, Generic[Form]):
    """``form = 0``, ``form > 0`` or ``form >= 0``, by `relation`."""

    form: Form
    relation: str


def allows(relation: str, value: Fraction | int) -> bool:
    """Whether a form may have this value, or a value of this sign."""
    return value == 0 if relation == "=" else value > 0 if relation == ">" else value >= 0


def related(conditions: Conditions) -> list[Related[Any]]:
    """The rows of a polyhedron, equations first.

    Examples
    --------
    >>> from piecewise_mt.geometry.polyhedron import Polyhedron
    >>> part = Polyhedron(("x", "y"), [(0, 1, -1)], [((1, 1, 0), False), ((0, 1, 0), True)])
    >>> [relation for _, relation in related(part)]
    ['=', '>=', '>']
    >>> apart(related(part)) == ([*part.equations], [*part.inequalities])
    True
    """
    rows = [Related(row, "=") for row in conditions.equations]
    return rows + [Related(row, ">" if strict else ">=") for row, strict in conditions.inequalities]


def apart(rows: Iterable[tuple[Row, str]]) -> tuple[list[Row], list[Inequality]]:
    """The equations among rows with relations, and the inequalities."""
    equations: list[Row] = []
    inequalities: list[Inequality] = []
    for row, relation in rows:
        if relation == "=":
            equations.append(row)
        else:
            inequalities.append((row, relation == ">"))
    return equations, inequalities
