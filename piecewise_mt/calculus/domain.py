"""Reading the ``domain=`` argument."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.points import variable_name
from piecewise_mt.calculus.program import compile_program
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, UnknownVariable
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive, to_fraction
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron


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
        return _in_order(domain, names)
    if isinstance(domain, str):
        from piecewise_mt.functions.parser import parse_conditions

        return _from_conditions(parse_conditions(domain), names)
    if isinstance(domain, Mapping):
        return _from_bounds(domain, names)
    raise PiecewiseError(
        f"expected a domain, got {type(domain).__name__}; give a Polyhedron, a condition such as "
        "'0 <= x' or a mapping {variable: (lo, hi)}"
    )


def _position(name: str, names: tuple[str, ...]) -> int:
    if name not in names:
        raise UnknownVariable(
            f"expected a domain in the variables {list(names)}, got {name!r}; "
            "widen the function's space with f.on(...)"
        )
    return names.index(name) + 1


def _in_order(domain: Polyhedron, names: tuple[str, ...]) -> Polyhedron:
    place = [0, *(_position(name, names) for name in domain.variables)]

    def moved(row: Row) -> Row:
        result = [0] * (len(names) + 1)
        for position, value in zip(place, row, strict=True):
            result[position] = value
        return tuple(result)

    return Polyhedron(
        names,
        [moved(row) for row in domain.equations],
        [(moved(row), strict) for row, strict in domain.inequalities],
    )


def _from_bounds(domain: Mapping[Any, Any], names: tuple[str, ...]) -> Polyhedron:
    inequalities: list[Inequality] = []
    for key, bounds in domain.items():
        position = _position(variable_name(key), names)
        if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
            raise PiecewiseError(
                f"expected a pair (lo, hi) for {variable_name(key)!r}, got {bounds!r}; "
                "use None for no bound"
            )
        for bound, sign in zip(bounds, (1, -1), strict=True):
            if bound is not None:
                row = [Fraction(0)] * (len(names) + 1)
                row[0] = -sign * to_fraction(bound)
                row[position] = Fraction(sign)
                inequalities.append((primitive(row), False))
    return Polyhedron(names, [], inequalities)


def _from_conditions(conditions: Any, names: tuple[str, ...]) -> Polyhedron:
    equations: list[Row] = []
    inequalities: list[Inequality] = []
    for op, left, right in conditions:
        row = primitive(_affine_difference(left, right, names))
        if op == "=":
            equations.append(row)
        else:
            if op in ("<", "<="):
                row = tuple(-value for value in row)
            inequalities.append((row, op in ("<", ">")))
    return Polyhedron(names, equations, inequalities)


def _affine_difference(left: Any, right: Any, names: tuple[str, ...]) -> list[Fraction]:
    difference = left - right
    if not isinstance(difference, Expression):
        return [to_fraction(difference), *[Fraction(0)] * len(names)]
    for variable in difference.variables:
        _position(variable.names[0], names)
    program = compile_program(difference.on(*names))
    if program.units:
        raise NotPolyhedral(
            f"expected affine conditions for a domain, got {difference}; write the pieces of a "
            "max as several inequalities"
        )
    (output,) = program.outputs
    return [Fraction(output.get(slot, 0)) for slot in range(len(names) + 1)]
