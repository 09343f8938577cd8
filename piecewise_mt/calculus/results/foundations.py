"""What a proof rests on beside exact arithmetic, seen from its data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from itertools import chain
from typing import Any

import sympy

from piecewise_mt.exact.case_trees import TREES, trusted_solvers
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.reals import Real
from piecewise_mt.functions.conditions import Comparison, Joined
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Linear, Smooth
from piecewise_mt.functions.shared_rows import SharedRows
from piecewise_mt.functions.traversal import topological


def _is_irrational(node: Expression) -> bool:
    """Whether a node is made of numbers that SymPy has read."""
    values: Iterable[Any] = ()
    if isinstance(node, Constant):
        values = node.values
    elif isinstance(node, Linear):
        rows = node.rows
        own = rows.weights if isinstance(rows, SharedRows) else (c for row in rows for _, c in row)
        values = chain(node.bias, own)
    return any(isinstance(value, Algebraic | Real) for value in values)


def foundations(value: Any) -> tuple[str, ...]:
    """``SymPy`` for smooth nodes and irrational numbers, and the solvers that case trees name.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> foundations((abs(x), 1)), foundations({"f": mt.exp(x)}), foundations((sympy.sqrt(2),))
    ((), ('SymPy',), ('SymPy',))
    >>> from piecewise_mt.exact.case_trees import Trusted
    >>> foundations(Trusted("z3 4.13"))
    ('z3 4.13',)
    """
    found: dict[str, None] = {}
    todo = [value]
    seen: set[int] = set()
    while todo:
        own = todo.pop()
        if id(own) in seen:
            continue
        seen.add(id(own))
        if isinstance(own, Expression):
            if any(isinstance(node, Smooth) or _is_irrational(node) for node in topological(own)):
                found["SymPy"] = None
        elif isinstance(own, Algebraic | Real):
            found["SymPy"] = None
        elif isinstance(own, sympy.MatrixBase):
            todo += own.flat()
        elif isinstance(own, sympy.Expr):
            if not (own.is_Rational or own.is_Symbol or own in (sympy.oo, -sympy.oo)):
                found["SymPy"] = None
        elif isinstance(own, TREES):
            found.update(dict.fromkeys(trusted_solvers(own)))
        elif isinstance(own, Joined):
            todo += own.parts
        elif isinstance(own, Comparison):
            todo += [own.lhs, own.rhs]
        elif isinstance(own, Mapping):
            todo += own.values()
        elif isinstance(own, tuple | list):
            todo += own
        elif is_dataclass(own) and not isinstance(own, type):
            todo += [getattr(own, one.name) for one in fields(own)]
    return tuple(sorted(found))
