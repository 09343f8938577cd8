"""Conditions in every spelling, and ``where`` of conditions that join several comparisons."""

from __future__ import annotations

from typing import Any

import sympy

from piecewise_mt.errors import NotPolyhedral, PiecewiseError
from piecewise_mt.functions import atoms
from piecewise_mt.functions.build import builders, extrema
from piecewise_mt.functions.build.arithmetic import align, compare
from piecewise_mt.functions.conditions import FALSE, TRUE, Comparison, Condition, Joined
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Gather, Piecewise
from piecewise_mt.functions.shapes import broadcast_indices

_OPS: dict[type, str] = {
    sympy.Gt: ">",
    sympy.Ge: ">=",
    sympy.Lt: "<",
    sympy.Le: "<=",
    sympy.Eq: "=",
    sympy.Ne: "!=",
}


def as_condition(value: Any) -> Condition:
    """A condition from a comparison, a text, or a SymPy relation or Boolean.

    Raises
    ------
    NotPolyhedral
        For a SymPy Boolean that is not made of comparisons.
    PiecewiseError
        For anything else.
    """
    if isinstance(value, Condition):
        return value
    if isinstance(value, bool):
        raise PiecewiseError(
            f"expected a condition such as x > y, got the truth value {value}; == of expressions "
            "asks whether they are the same object, so write the text 'x = y' for an equation"
        )
    if isinstance(value, str):
        from piecewise_mt.functions.grammar.parser import parse_condition

        return parse_condition(value)
    if isinstance(value, sympy.logic.boolalg.Boolean) and not isinstance(value, sympy.Symbol):
        from piecewise_mt.functions.sympy_reader import SympyReader

        reader = SympyReader()
        return from_boolean(value, reader.read)
    raise PiecewiseError(
        f"expected a condition such as x > y, got {value!r}; compare expressions with <, <=, > or "
        ">= and join comparisons with &, | and ~, or write a text such as 'x > 0 and y > 0'"
    )


def of_comparisons(found: Any) -> Condition:
    """All of some triples (op, left, right) and conditions, as the parser makes them."""
    parts = tuple(
        part if isinstance(part, Condition) else compare(part[0], part[1], part[2])
        for part in found
    )
    return parts[0] if len(parts) == 1 else Joined("and", parts)


def from_boolean(condition: Any, read: Any) -> Condition:
    """A SymPy Boolean as a condition; `read` makes an expression of a side."""
    if condition in (sympy.true, sympy.false):
        return TRUE if condition == sympy.true else FALSE
    if isinstance(condition, sympy.logic.boolalg.BooleanFunction):
        parts = tuple(from_boolean(part, read) for part in condition.args)
        return _combined(condition, parts)
    op = _OPS.get(type(condition))
    if op is None:
        raise no_condition(condition)
    left, right = (read(side) for side in condition.args)
    return compare(op, left, right)


def _combined(function: Any, parts: tuple[Condition, ...]) -> Condition:
    """A SymPy function of conditions, written so that few conjunctions come out of it."""
    if isinstance(function, sympy.And):
        return Joined("and", parts)
    if isinstance(function, sympy.Or):
        return Joined("or", parts)
    if isinstance(function, sympy.Not):
        return ~parts[0]
    if isinstance(function, sympy.Implies):
        return ~parts[0] | parts[1]
    if isinstance(function, sympy.ITE):
        return (parts[0] & parts[1]) | (~parts[0] & parts[2])
    if isinstance(function, sympy.Equivalent):
        return Joined("and", parts) | ~Joined("or", parts)
    if isinstance(function, sympy.Xor):
        total = parts[0]
        for part in parts[1:]:
            total = (total & ~part) | (~total & part)
        return total
    raise no_condition(function)


def select(condition: Condition, yes: Any, no: Any) -> Expression:
    """`yes` where a condition holds and `no` elsewhere, as nodes ``where`` of one comparison.

    What joins comparisons that are all strict, or all weak, becomes one comparison of their
    minimum or maximum with 0; anything else is nested.
    """
    if isinstance(condition, Comparison) and condition.op not in ("=", "!="):
        nodes, shape = align(condition.lhs, condition.rhs, yes, no)
        atom = atoms.where_atom(condition.op)
        units = [(atom, row) for row in extrema.operand_rows(nodes, shape)]
        return Piecewise(nodes, units, shape, "where", (condition.op,))
    form = _form(condition)
    if form is not None:
        return select(compare(">" if form[1] else ">=", form[0], 0), yes, no)
    assert isinstance(condition, Joined)
    if not condition.parts:
        chosen = yes if condition.kind == "and" else no
        (taken, _), shape = align(chosen, no if chosen is yes else yes)
        return (
            taken
            if taken.shape == shape
            else Gather((taken,), broadcast_indices(taken.shape, shape), shape)
        )
    for part in reversed(condition.parts):
        if condition.kind == "and":
            yes = select(part, yes, no)
        else:
            no = select(part, yes, no)
    whole: Expression = yes if condition.kind == "and" else no
    return whole


def _form(condition: Condition) -> tuple[Expression, bool] | None:
    """A form that is > 0 (with True) or ≥ 0 (False) exactly where a condition holds.

    All of a₁ > 0, …, aₙ > 0 hold iff min(a₁, …, aₙ) > 0, some iff the max is. A condition
    that joins < and <= has no such form, nor has one of no comparisons: None.
    """
    if isinstance(condition, Comparison):
        left, right = condition.lhs, condition.rhs
        if condition.op in ("=", "!="):
            distance = builders.abs(left - right, at_zero=0)
            return (-distance, False) if condition.op == "=" else (distance, True)
        form = left - right if condition.op in (">", ">=") else right - left
        return form, condition.op in (">", "<")
    assert isinstance(condition, Joined)
    parts = [_form(part) for part in condition.parts]
    found = [part for part in parts if part is not None]
    stricts = {strict for _, strict in found}
    if len(found) < len(parts) or len(stricts) != 1:
        return None
    return _gathered(condition.kind, [form for form, _ in found]), stricts == {True}


def _gathered(kind: str, forms: list[Expression]) -> Expression:
    """The minimum (of "and") or the maximum of forms, entry by entry, broadcast."""
    if all(form.shape == () for form in forms):
        return (extrema.min if kind == "and" else extrema.max)(*forms, ties="first")
    pair = extrema.minimum if kind == "and" else extrema.maximum
    total = forms[0]
    for form in forms[1:]:
        total = pair(total, form, ties="first")
    return total


def no_condition(condition: Any) -> NotPolyhedral:
    """The error for a SymPy Boolean that is not made of comparisons."""
    return NotPolyhedral(
        f"expected =, <, <=, >, >= joined by And and Or, got {condition}; write the condition "
        "with these"
    )
