"""Copies of plain data, with which a check of something from elsewhere begins.

What is checked may have been changed by anybody: a subclass of a number has its own arithmetic, and
what an object remembers need not be so. In a copy nothing of that is left.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from dataclasses import fields
from fractions import Fraction
from typing import Any

import sympy


def plain_copy(value: Any, kinds: Collection[type] = ()) -> Any:
    """A copy of numbers, texts, tuples, mappings, and records of the given kinds.

    Raises
    ------
    TypeError
        If there is anything else, such as a float, or a subclass of a number.

    Examples
    --------
    >>> plain_copy((1, {"x": Fraction(1, 2)}, None))
    (1, {'x': Fraction(1, 2)}, None)
    >>> plain_copy(0.5)
    Traceback (most recent call last):
    TypeError: not plain data: float
    """
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is Fraction and type(value.numerator) is type(value.denominator) is int:
        return Fraction(value.numerator, value.denominator)
    if kind is tuple:
        return tuple(plain_copy(own, kinds) for own in value)
    if kind is dict:
        return {plain_copy(k, kinds): plain_copy(own, kinds) for k, own in value.items()}
    if kind in kinds:
        given = {f.name: plain_copy(getattr(value, f.name), kinds) for f in fields(kind) if f.init}
        return kind(**given)
    raise TypeError(f"not plain data: {kind.__name__}")


def require_sympy(value: Any) -> None:
    """Refuse what is not an exact expression of SymPy's own classes.

    Raises
    ------
    TypeError
        If a part is a float, or of a class that somebody derived.

    Examples
    --------
    >>> require_sympy(sympy.sqrt(2))
    >>> require_sympy(sympy.Float(1.5))
    Traceback (most recent call last):
    TypeError: not an exact expression: Float
    """
    for part in sympy.preorder_traversal(value):
        kind = type(part)
        # undefined functions, whose classes are made on the spot, have no module
        module = kind.__module__ or ""
        own = getattr(sys.modules.get(module), kind.__qualname__, None)
        known = module.startswith("sympy.") and own is kind
        if not known or issubclass(kind, sympy.Float):
            raise TypeError(f"not an exact expression: {kind.__name__}")


def succeeds(check: Callable[[], bool]) -> bool:
    """Whether a check of data of unknown origin succeeds; an error says that it does not.

    Examples
    --------
    >>> succeeds(lambda: 1 / 0 > 0)
    False
    """
    try:
        return check() is True
    except MemoryError:
        raise
    except Exception:
        # forged data may raise anything: whatever it is, nothing is proved
        return False
