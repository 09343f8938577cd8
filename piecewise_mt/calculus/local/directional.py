"""Points and directions as users give them, and the local function as an expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, Slots
from piecewise_mt.calculus.local.reduction import Reduction, Vector
from piecewise_mt.errors import NotPolyhedral, UnknownVariable
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear, Piecewise, Variable
from piecewise_mt.functions.sympy_reader import expression_of
from piecewise_mt.geometry.points import read_point, variable_name


def read_vector(point: Any, names: tuple[str, ...]) -> Vector:
    """A point as Fractions; bare floats are refused, as everywhere."""
    if isinstance(point, Mapping):
        return tuple(read_point(point, names))
    return tuple(read_point(_entries(point), names))


def symbolic_entries(direction: Any, names: tuple[str, ...]) -> list[Any] | None:
    """The entries of a direction with variables, as expressions; None if it has none."""
    entries = list(direction.values()) if isinstance(direction, Mapping) else _entries(direction)
    if not any(map(_is_symbolic, entries)):
        return None
    if isinstance(direction, Mapping):
        named = {variable_name(key): value for key, value in direction.items()}
        if sorted(named) != sorted(names):
            raise UnknownVariable(
                f"expected an entry for each of the variables {list(names)}, got {list(named)}; "
                "name exactly the variables of the function"
            )
        entries = [named[name] for name in names]
    return [_expression(entry) for entry in entries]


def local_expression(reduction: Reduction, program: Program, shape: tuple[int, ...]) -> Expression:
    """The function d ↦ L(d - Pd) + F(Bd) as an expression in d1, …, da."""
    d = Variable(
        [f"d{j + 1}" for j in range(len(reduction.source.names))], (len(reduction.source.names),)
    )
    values: list[Expression] = [_form(d, axis) for axis in reduction.basis]
    for unit in program.units:
        operands = [_combined(row, values, d) for row in unit.operands]
        indices = tuple(range(len(operands)))
        atom = unit.atom
        values.append(Piecewise(operands, [(atom, indices)], (), atom.name, atom.parameters))
    outputs = []
    for row, base, own in zip(
        program.outputs, reduction.base, reduction.base_at_pivots, strict=True
    ):
        # L(d - Pd) + F(Bd)
        rest = list(base)
        for old, axis in zip(own, reduction.basis, strict=True):
            if old:
                rest = [r - old * c for r, c in zip(rest, axis, strict=True)]
        own_part = _combined(row, values, d)
        if row and any(rest):
            outputs.append(_form(d, rest) + own_part)
        else:
            outputs.append(own_part if row else _form(d, rest))
    result: Expression = outputs[0] if shape == () else stack(outputs)
    return result.on(*d.names)


def _entries(point: Any) -> list[Any]:
    if isinstance(point, Expression):
        return [point.ravel()[k] for k in range(point.size)]
    if hasattr(point, "tolist") and hasattr(point, "shape"):
        point = point.tolist()
    if isinstance(point, (list, tuple)) or hasattr(point, "__iter__"):
        result: list[Any] = []
        for entry in [point] if isinstance(point, str) else point:
            nested = isinstance(entry, (list, tuple)) or (
                isinstance(entry, Expression) and entry.shape
            )
            result += _entries(entry) if nested else [entry]
        return result
    return [point]


def _is_symbolic(entry: Any) -> bool:
    return isinstance(entry, Expression) or bool(getattr(entry, "free_symbols", ()))


def _expression(entry: Any) -> Any:
    """A direction's entry: a number, an expression, or a linear SymPy expression."""
    if isinstance(entry, Expression) or not _is_symbolic(entry):
        return entry if isinstance(entry, Expression) else to_number(entry)
    try:
        return expression_of(entry)
    except NotPolyhedral:
        raise NotPolyhedral(
            f"expected a direction that is piecewise linear in its symbols, got the entry {entry}; "
            "give a linear one, or substitute numbers"
        ) from None


def _form(d: Variable, row: Sequence[Fraction]) -> Expression:
    terms = [(j, c) for j, c in enumerate(row) if c]
    if len(terms) == 1 and terms[0][1] == 1:
        return Variable((d.names[terms[0][0]],))
    return Linear((d,), (terms,), (Fraction(0),), ())


def _combined(row: Slots, values: Sequence[Expression], d: Variable) -> Expression:
    """A form of slots: slot 0 is one, the others are `values` in order."""
    terms = sorted(row.items())
    if len(terms) == 1 and terms[0][1] == 1:
        return values[terms[0][0] - 1]
    if not terms:
        return Linear((d,), ((),), (Fraction(0),), ())
    args = [values[slot - 1] for slot, _ in terms]
    return Linear(args, ([(i, fraction(c)) for i, (_, c) in enumerate(terms)],), (Fraction(0),), ())
