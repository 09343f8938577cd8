"""Reading the exact point that a user gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.errors import PiecewiseError, UnknownVariable
from piecewise_mt.exact.reading_numbers import to_number


def variable_name(key: Any) -> str:
    """The name that a variable, a SymPy symbol or a string stands for."""
    if isinstance(key, str):
        return key
    if isinstance(key, sympy.Symbol):
        return str(key.name)
    names: tuple[str, ...] = getattr(key, "names", ())
    if len(names) == 1:
        return names[0]
    raise UnknownVariable(
        f"expected a variable or its name, got {type(key).__name__}; "
        "use mt.variable('x'), a sympy Symbol or the string 'x'"
    )


def read_point(point: Any, names: tuple[str, ...]) -> list[Fraction]:
    """The coordinates of `point` in the order of `names`.

    Raises
    ------
    UnknownVariable
        For a key that is not a variable of the function, or a variable without a value.
    PiecewiseError
        For a point of the wrong length.
    """
    if isinstance(point, Mapping):
        given = {variable_name(key): value for key, value in point.items()}
        unknown = [name for name in given if name not in names]
        missing = [name for name in names if name not in given]
        if unknown or missing:
            what = f"the unknown {unknown}" if unknown else f"no value for {missing}"
            raise UnknownVariable(
                f"expected a value for each of the variables {list(names)}, got {what}; "
                "name exactly the variables of the function, or widen its space with f.on(...)"
            )
        return [to_number(given[name]) for name in names]
    if hasattr(point, "tolist") and hasattr(point, "shape"):
        point = _flat(point.tolist())
    if isinstance(point, (str, sympy.Expr)) or not isinstance(point, Iterable):
        point = (point,)
    values = list(point)
    if len(values) != len(names):
        raise PiecewiseError(
            f"expected a point with {len(names)} coordinates, in the order {list(names)}, "
            f"got {len(values)}; give one value a variable"
        )
    return [to_number(value) for value in values]


def _flat(nested: Any) -> list[Any]:
    if isinstance(nested, list):
        return [entry for part in nested for entry in _flat(part)]
    return [nested]
