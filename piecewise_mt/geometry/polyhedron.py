"""Polyhedra with any mix of =, < and ≤, as primitive integer rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.linear import Row, echelon, make_primitive
from piecewise_mt.exact.numbers import to_fraction

Inequality = tuple[Row, bool]
"""A row with row·(1, x) ≥ 0, and whether the inequality is strict."""


class Polyhedron:
    """The set of x with row·(1, x) = 0 for every equation and ≥ 0 or > 0 for every inequality.

    Parameters
    ----------
    variables : sequence of str
        The names of the coordinates.
    equations : iterable of integer rows (c0, c1, …, ca)
    inequalities : iterable of (row, strict)

    Notes
    -----
    The polyhedra that pieces and strata report are irredundant, with equations in reduced
    echelon form. One that was built from a user's conditions keeps the rows as given.

    Examples
    --------
    The tie x1 = x2 > x3:

    >>> tie = Polyhedron(("x1", "x2", "x3"), [(0, 1, -1, 0)], [((0, 1, 0, -1), True)])
    >>> tie.contains((1, 1, 0)), tie.contains((1, 1, 1))
    (True, False)
    """

    __slots__ = ("equations", "inequalities", "variables")

    def __init__(
        self,
        variables: Sequence[str],
        equations: Iterable[Sequence[int]] = (),
        inequalities: Iterable[tuple[Sequence[int], bool]] = (),
    ) -> None:
        self.variables: tuple[str, ...] = tuple(variables)
        self.equations: tuple[Row, ...] = echelon(equations)
        self.inequalities: tuple[Inequality, ...] = tuple(
            (make_primitive(row), strict) for row, strict in inequalities
        )
        for row in (*self.equations, *(row for row, _ in self.inequalities)):
            if len(row) != len(self.variables) + 1:
                raise PiecewiseError(
                    f"expected rows of {len(self.variables) + 1} integers, got {len(row)}; "
                    "give the constant term and one coefficient a variable"
                )

    def contains(self, point: Sequence[Any]) -> bool:
        """Whether an exact point lies in the set."""
        values = [Fraction(1), *map(to_fraction, point)]
        if len(values) != len(self.variables) + 1:
            raise PiecewiseError(
                f"expected a point with {len(self.variables)} coordinates, got "
                f"{len(values) - 1}; give one value a variable"
            )

        def height(row: Row) -> Fraction:
            return sum((c * v for c, v in zip(row, values, strict=True)), Fraction(0))

        return all(height(row) == 0 for row in self.equations) and all(
            height(row) > 0 or (not strict and height(row) == 0)
            for row, strict in self.inequalities
        )

    __contains__ = contains

    @property
    def condition(self) -> Any:
        """The conjunction of the relations, as a SymPy Boolean."""
        from piecewise_mt.display.conditions import condition_expr

        return condition_expr(self)

    def __str__(self) -> str:
        from piecewise_mt.display.conditions import condition_text

        return condition_text(self)

    def __repr__(self) -> str:
        return f"Polyhedron({self})"

    def _repr_latex_(self) -> str:
        from piecewise_mt.display.conditions import condition_latex

        return f"${condition_latex(self)}$"


def irredundant(
    variables: Sequence[str],
    equations: Iterable[Row],
    inequalities: Iterable[Inequality],
    generators: Sequence[Sequence[int]],
) -> Polyhedron:
    """The irredundant form of a nonempty polyhedron whose generators are known.

    Parameters
    ----------
    equations, inequalities
        A description, redundant or not, with every facet among it.
    generators : rows (x0, x1, …, xa)
        Vertices (x0 > 0) and rays (x0 = 0) of the closure, modulo its lines.

    Notes
    -----
    An inequality is a facet iff the set of generators on it is largest among the proper ones
    and holds a vertex. A strict inequality that is no facet is still needed iff it cuts off a
    face of the closure that no strict facet cuts off, as x + y > 0 does in {x, y ≥ 0, x + y > 0}.
    """
    vertices = sum(1 << i for i, g in enumerate(generators) if g[0])
    everything = (1 << len(generators)) - 1
    equal = list(equations)
    on: dict[int, list[Inequality]] = {}
    for row, strict in inequalities:
        if not any(row[1:]):
            continue
        mask = 0
        for i, generator in enumerate(generators):
            if not sum(c * g for c, g in zip(row, generator, strict=True)):
                mask |= 1 << i
        if mask == everything:
            equal.append(row)
        elif mask & vertices:
            on.setdefault(mask, []).append((row, strict))
    facets = [m for m in on if not any(m != other and m & other == m for other in on)]
    chosen: list[Inequality] = []
    closed_off = []
    for mask in facets:
        strict = any(flag for _, flag in on[mask])
        if strict:
            closed_off.append(mask)
        chosen.append((min((row for row, _ in on[mask]), key=_weight), strict))
    extra = {
        mask: [row for row, flag in rows if flag]
        for mask, rows in on.items()
        if mask not in facets
        and any(flag for _, flag in rows)
        and not any(mask & cut == mask for cut in closed_off)
    }
    for mask, rows in extra.items():
        if not any(mask != other and mask & other == mask for other in extra):
            chosen.append((min(rows, key=_weight), True))
    return Polyhedron(variables, equal, chosen)


def _weight(row: Row) -> tuple[int, int, Row]:
    """Simple rows first: few nonzero entries, then small ones."""
    return sum(map(bool, row)), sum(map(abs, row)), tuple(-value for value in row)
