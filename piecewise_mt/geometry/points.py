"""Reading the exact point that a user gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.errors import PiecewiseError, UnknownVariable, Unsupported
from piecewise_mt.exact.reading_numbers import in_one_field, to_number
from piecewise_mt.exact.reals import Coordinate, real


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


def by_name(point: Mapping[Any, Any]) -> dict[str, Any]:
    """The values of a point by the names of variables.

    Raises
    ------
    UnknownVariable
        For two values of one variable, as of x and of "x".
    """
    given: dict[str, Any] = {}
    for key, value in point.items():
        name = variable_name(key)
        if name in given:
            raise UnknownVariable(f"expected one value for {name}, got two; leave one out")
        given[name] = value
    return given


def on_text(names: Sequence[str]) -> str:
    """How the variables and their order are chosen, for a message.

    Examples
    --------
    >>> on_text(("b", "w")), on_text([f"x{i}" for i in range(10)])
    ('f.on(b, w)', 'f.on(…)')
    """
    return f"f.on({', '.join(names)})" if len(names) <= 8 else "f.on(…)"


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
        given = by_name(point)
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
            f"got {len(values)}; give one value a variable, or choose the variables and their "
            f"order with {on_text(names)}"
        )
    return [to_number(value) for value in values]


def _flat(nested: Any) -> list[Any]:
    if isinstance(nested, list):
        return [entry for part in nested for entry in _flat(part)]
    return [nested]


def read_coordinates(point: Any, names: tuple[str, ...]) -> list[Coordinate]:
    """The coordinates of `point`, which may be irrational numbers of SymPy, algebraic or not.

    Raises
    ------
    UnknownVariable, PiecewiseError
        As :func:`read_point`.

    Examples
    --------
    >>> [str(value) for value in read_coordinates((1, sympy.sqrt(2)), ("x", "y"))]
    ['1', 'sqrt(2)']
    >>> read_coordinates((1, sympy.pi), ("x", "y"))
    [Fraction(1, 1), Real(pi)]
    """
    given = in_order(point, names)
    if not any(is_real(value) for value in given):
        return list(read_point(point, names))
    try:
        numbers: list[Any] = in_one_field(read_point(point, names))
        return numbers
    except Unsupported:  # a field of a large degree, or a number that is not algebraic
        pass
    return [real(v) if is_real(v) else read_point((v,), ("x",))[0] for v in given]


def in_order(point: Any, names: tuple[str, ...]) -> list[Any]:
    """The coordinates as they were given, in the order of the names."""
    if isinstance(point, Mapping):
        given = by_name(point)
        return [given[name] for name in names] if set(given) == set(names) else []
    if isinstance(point, (str, sympy.Expr)) or not isinstance(point, Iterable):
        return [point]
    return list(point)


def is_real(value: Any) -> bool:
    """Whether this is a real number of SymPy that is not known to be rational, such as pi."""
    return bool(
        isinstance(value, sympy.Expr)
        and value.is_number
        and not value.is_Rational
        and not value.has(sympy.Float)
        and value.is_real
    )


def is_irrational(value: Any) -> bool:
    """Whether this is a real algebraic number of SymPy that is not known to be rational."""
    return is_real(value) and bool(value.is_algebraic)
