"""Reading the conditions of a representation that somebody wrote down."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.program import Program, compile_program
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, UnknownVariable
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive, to_fraction
from piecewise_mt.functions.atoms.extremum import Extremum
from piecewise_mt.functions.expression import Comparison, Expression
from piecewise_mt.functions.nodes import Piecewise
from piecewise_mt.functions.parser import parse_conditions
from piecewise_mt.functions.sympy_reader import SympyReader
from piecewise_mt.geometry.polyhedron import Polyhedron

MAX_ALTERNATIVES = 1000
Sides = tuple[str, list[Any]]
"""("max" | "min" | "", operands) of one side of a comparison."""


def read_condition(condition: Any, names: tuple[str, ...]) -> tuple[Polyhedron, ...]:
    """A condition as a union of polyhedra.

    Parameters
    ----------
    condition : str, sympy Boolean, Polyhedron, True, or a list of these (a union)

    Raises
    ------
    NotPolyhedral
        If a side of a comparison is neither affine nor a max or min of affine forms.
    UnknownVariable
        For a variable that is not among `names`.
    """
    if isinstance(condition, Polyhedron):
        return (in_order(condition, names),)
    if isinstance(condition, str):
        return _from_text(condition, names)
    if isinstance(condition, (list, tuple)):
        parts = tuple(part for entry in condition for part in read_condition(entry, names))
        if not parts:
            raise PiecewiseError("expected a union of conditions, got an empty list; leave it out")
        return parts
    if isinstance(condition, Comparison):
        return _conjunction([(condition.op, condition.lhs, condition.rhs)], names)
    if condition is True or condition == sympy.true:
        return (Polyhedron(names),)
    if isinstance(condition, sympy.logic.boolalg.Boolean):
        return tuple(
            polyhedron
            for part in _alternatives(condition)
            for polyhedron in _conjunction(part, names)
        )
    raise PiecewiseError(
        f"expected a condition, got {type(condition).__name__}; give a string, a sympy relation, "
        "a Polyhedron or a list of these"
    )


def _from_text(text: str, names: tuple[str, ...]) -> tuple[Polyhedron, ...]:
    """A condition in the words of a table: ``everywhere``, ``nowhere`` and ``or`` are some."""
    if _is_word(text, "everywhere", names):
        return (Polyhedron(names),)
    if _is_word(text, "nowhere", names):
        return (Polyhedron(names, [(1, *[0] * len(names))]),)
    alternatives = re.split(r"\bor\b", text)
    if len(alternatives) > 1 and all(part.count("(") == part.count(")") for part in alternatives):
        return tuple(part for own in alternatives for part in _from_text(own, names))
    return _conjunction(parse_conditions(text), names)


def _is_word(text: str, word: str, names: tuple[str, ...]) -> bool:
    return text.strip() == word and word not in names


def position_of(name: str, names: tuple[str, ...]) -> int:
    """The position of a variable's coefficient in a row."""
    if name not in names:
        raise UnknownVariable(
            f"expected the variables {list(names)}, got {name!r}; "
            "widen the function's space with f.on(...)"
        )
    return names.index(name) + 1


def in_order(domain: Polyhedron, names: tuple[str, ...]) -> Polyhedron:
    """The same set with its coordinates in the order of `names`, wider if there are more."""
    place = [0, *(position_of(name, names) for name in domain.variables)]

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


def _alternatives(condition: Any) -> list[list[tuple[str, Any, Any]]]:
    """A SymPy Boolean as a list of conjunctions."""
    if isinstance(condition, sympy.Or):
        return [part for arg in condition.args for part in _alternatives(arg)]
    if isinstance(condition, sympy.And):
        result: list[list[tuple[str, Any, Any]]] = [[]]
        for arg in condition.args:
            own = _alternatives(arg)
            if len(result) * len(own) > MAX_ALTERNATIVES:
                raise NotPolyhedral(
                    f"expected a condition of at most {MAX_ALTERNATIVES} conjunctions, got more; "
                    "write it as several pieces"
                )
            result = [left + right for left in result for right in own]
        return result
    if isinstance(condition, sympy.Ne):
        left, right = (from_sympy(side) for side in condition.args)
        return [[(">", left, right)], [(">", right, left)]]
    if condition == sympy.true:
        return [[]]
    if condition == sympy.false:
        return []
    if isinstance(condition, (sympy.Not, sympy.ITE, sympy.Xor, sympy.Implies, sympy.Equivalent)):
        return _alternatives(sympy.to_nnf(condition, simplify=False))
    ops = {sympy.Eq: "=", sympy.Gt: ">", sympy.Ge: ">=", sympy.Lt: "<", sympy.Le: "<="}
    for kind, op in ops.items():
        if isinstance(condition, kind):
            return [[(op, from_sympy(condition.args[0]), from_sympy(condition.args[1]))]]
    raise NotPolyhedral(
        f"expected =, <, <=, >, >= joined by And and Or, got {condition}; write the condition "
        "with these"
    )


def from_sympy(expression: Any) -> Any:
    """A piecewise linear SymPy expression (sums, Max, Min, Abs) as an Expression or number."""
    if expression.is_number:
        return to_fraction(expression)
    return SympyReader().read(expression)


Atomic = tuple[Row, str]
"""row·(1, x) related to 0 by =, > or >=."""


def _conjunction(
    comparisons: Iterable[tuple[str, Any, Any]], names: tuple[str, ...]
) -> tuple[Polyhedron, ...]:
    """A conjunction of comparisons as a union, in which polyhedra may overlap."""
    alternatives: list[list[Atomic]] = [[]]
    for op, left, right in comparisons:
        if op in ("<", "<="):
            op, left, right = {"<": ">", "<=": ">="}[op], right, left
        choices = _compared(op, _sides(left), _sides(right), names)
        alternatives = [known + more for known in alternatives for more in choices]
        if len(alternatives) > MAX_ALTERNATIVES:
            raise NotPolyhedral(
                f"expected a condition of at most {MAX_ALTERNATIVES} polyhedra, got more; write "
                "it as several pieces"
            )
    return tuple(
        Polyhedron(
            names,
            [row for row, op in rows if op == "="],
            [(row, op == ">") for row, op in rows if op != "="],
        )
        for rows in alternatives
    )


def _compared(op: str, high: Sides, low: Sides, names: tuple[str, ...]) -> list[list[Atomic]]:
    """One comparison of sides that may be a max or min of affine forms, as alternatives."""
    (high_kind, uppers), (low_kind, lowers) = high, low

    def over(upper: Any, lower: Any, relation: str) -> Atomic:
        return primitive(affine_row(upper - lower, names)), relation

    if op == "=":
        if high_kind and low_kind:
            raise NotPolyhedral(
                "expected an equation with a max or min on one side only, got one on both; write "
                "the alternatives as a list of conditions"
            )
        if high_kind:
            (high_kind, uppers), (low_kind, lowers) = low, high
        # a form equals a max iff it equals one operand and is at least every other
        return [
            [
                over(uppers[0], chosen, "="),
                *(
                    over(*((other, chosen) if low_kind == "min" else (chosen, other)), ">=")
                    for j, other in enumerate(lowers)
                    if j != i
                ),
            ]
            for i, chosen in enumerate(lowers)
        ]
    # above every operand of a max and below every one of a min; else above or below some
    highs = [[upper] for upper in uppers] if high_kind == "max" else [uppers]
    lows = [[lower] for lower in lowers] if low_kind == "min" else [lowers]
    return [
        [over(upper, lower, op) for upper in some_high for lower in some_low]
        for some_high in highs
        for some_low in lows
    ]


def _sides(side: Any) -> Sides:
    if isinstance(side, Piecewise) and side.shape == () and isinstance(side.units[0][0], Extremum):
        atom, operands = side.units[0]
        entries = [arg.reshape(-1)[k] for arg in side.args for k in range(arg.size)]
        kind = "" if atom.arity == 1 else "max" if atom.sign > 0 else "min"
        return kind, [entries[i] for i in operands]
    return "", [side]


def affine_row(form: Any, names: tuple[str, ...]) -> list[Fraction]:
    """The coefficients (c0, c1, …, ca) of an affine expression or number."""
    if not isinstance(form, Expression):
        return [to_fraction(form), *[Fraction(0)] * len(names)]
    program = on_names(form, names)
    if program.units or program.is_smooth:
        remedy = "replace it by one" if program.is_smooth else "split the condition at its kinks"
        raise NotPolyhedral(f"expected an affine expression, got {form}; {remedy}")
    (output,) = program.outputs
    return [Fraction(output.get(slot, 0)) for slot in range(len(names) + 1)]


def on_names(form: Expression, names: tuple[str, ...]) -> Program:
    """The program of an expression in the space of `names`."""
    for name in (v.names[0] for v in form.variables):
        if name not in names:
            raise UnknownVariable(
                f"expected the variables {list(names)}, got {name!r}; add it to the variables"
            )
    return compile_program(form.on(*names))
