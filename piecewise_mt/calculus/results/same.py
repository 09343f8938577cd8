"""Whether what a report says is what is found anew, whatever kinds of things it is made of."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.results.proof import rebuilt, same
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.exact.reals import Real
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron

_PLAIN = (Fraction, Algebraic, Real, Polynomial, Polyhedron, Expression, sympy.Basic)


def alike(given: Any, found: Any) -> bool:
    """Whether something that may have been changed is, part for part, what was found anew.

    Fields that take no part in comparisons are left out, and so is what was kept of earlier
    questions. A class says in ``_compared`` what counts if that is not its fields; a part of any
    other kind than those of reports is never alike.

    Examples
    --------
    >>> alike({"piece": 1, "found": sympy.Integer(2)}, {"piece": 1, "found": sympy.Integer(2)})
    True
    >>> alike((1, 0.5), (1, 0.5)), alike({"piece": 1}, {"piece": True})
    (False, False)
    """
    kind = type(found)
    if type(given) is not kind:
        return False
    if found is None or isinstance(found, bool | int | str | Enum):
        return bool(given == found)
    if isinstance(found, tuple | list):
        return len(given) == len(found) and all(map(alike, given, found))
    if isinstance(found, Mapping):
        return set(given) == set(found) and all(alike(given[k], found[k]) for k in found)
    if isinstance(found, sympy.MatrixBase):
        return given.shape == found.shape and all(map(alike, given.flat(), found.flat()))
    if isinstance(found, _PLAIN):
        return same(rebuilt(given), found)
    if not kind.__module__.startswith("piecewise_mt."):
        return False
    if getattr(sys.modules[kind.__module__], kind.__qualname__, None) is not kind:
        return False
    compared: tuple[str, ...] | None = getattr(kind, "_compared", None)
    if compared is not None:
        return all(alike(getattr(given, name), getattr(found, name)) for name in compared)
    if is_dataclass(found):
        return all(
            alike(getattr(given, own.name), getattr(found, own.name))
            for own in fields(found)
            if own.compare
        )
    return False
