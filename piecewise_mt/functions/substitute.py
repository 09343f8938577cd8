"""Substitution, composition, and the choice of a space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy

from piecewise_mt.errors import PiecewiseError, ShapeError, UnknownVariable
from piecewise_mt.exact.names import checked_name
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.build.folding import folded
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Entry, Smooth, Variable, assemble, source
from piecewise_mt.functions.traversal import (
    assumed_signs,
    natural_sort,
    parameter_signs,
    require_no_parameters,
    require_order,
    topological,
    variable_names,
)


def names_of(value: Any) -> list[str]:
    """The names that a variable, a name, a symbol, or an array or list of them stands for."""
    if isinstance(value, str):
        return value.replace(",", " ").split()
    if isinstance(value, sympy.Symbol):
        return [value.name]
    if isinstance(value, Expression):
        names = []
        for k in range(value.size):
            node, index = source(value, k)
            if not isinstance(node, Variable):
                raise UnknownVariable(
                    f"expected variables, got the expression {value!r}; "
                    "name variables, or arrays of them"
                )
            names.append(node.names[index])
        return names
    if isinstance(value, Iterable):
        return [name for part in value for name in names_of(part)]
    raise UnknownVariable(
        f"expected a variable or its name, got {value!r}; "
        "give mt.variable(...) objects, names or SymPy symbols"
    )


def space(node: Expression, variables: Iterable[Any]) -> tuple[str, ...]:
    """The names in `variables`, checked to be a space for `node`."""
    names = [checked_name(name) for value in variables for name in names_of(value)]
    counts = Counter(names)
    repeated = natural_sort(name for name, count in counts.items() if count > 1)
    if repeated:
        raise UnknownVariable(
            f"expected different variables, got {', '.join(repeated)} more than once; "
            "name each variable once"
        )
    # the function's own variables, without those that an earlier .on() added
    free = variable_names(node._copy(node.args, None))
    missing = [name for name in free if name not in counts]
    if missing:
        raise UnknownVariable(
            f"expected all variables of the function, got {', '.join(names) or 'none'} without "
            f"{', '.join(missing)}; add {'it' if len(missing) == 1 else 'them'}"
        )
    return tuple(names)


def in_order_of(node: Expression, *others: Expression) -> Expression:
    """A node in the space of the first of the others with the same variables, if there is one.

    Arithmetic forgets the order that ``f.on`` gave; sets of points of f are to keep it.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> f = mt.max(x, y).on(y, x)
    >>> [v.name for v in in_order_of(f - 1, f).variables]
    ['y', 'x']
    """
    own = {v.name for v in node.variables}
    for other in others:
        names = [v.name for v in other.variables]
        if names and own <= set(names):
            return node.on(*names)
    return node


def substitute_mapping(root: Expression, replacements: Any) -> Expression:
    """``root.subs(replacements)``; see there."""
    if not isinstance(replacements, Mapping):
        try:
            replacements = dict(replacements)
        except (TypeError, ValueError) as error:
            raise PiecewiseError(
                f"expected a mapping from variables to expressions, got {replacements!r}; "
                "write f.subs({x: g})"
            ) from error
    table: dict[str, Entry] = {}
    for key, value in replacements.items():
        names, new = names_of(key), as_expression(value)
        if len(names) != new.size or (new.shape and not isinstance(key, Expression)):
            raise ShapeError(
                f"expected {len(names)} entries for {key!r}, got the shape {new.shape}; "
                "replace a variable by a scalar, an array by one of the same shape"
            )
        for index, name in enumerate(names):
            if name in table:
                raise UnknownVariable(
                    f"expected different variables, got {name} more than once; name it once"
                )
            table[name] = (new, index)
    _require_assumed(root, table)
    return substitute(root, table)


def with_values(root: Expression, point: Any) -> tuple[Expression, Any]:
    """The function with the values that a point by name gives to its parameters, and the rest.

    Raises
    ------
    PiecewiseError
        If it has parameters to which the point gives no value.
    """
    # without names it is no point of a function with parameters, which is said later
    if not isinstance(point, Mapping) or not parameter_signs(root):
        return root, point
    named = {name: value for key, value in point.items() for name in names_of(key)}
    own = {name: named.pop(name) for name in parameter_signs(root) if name in named}
    found = substitute_mapping(root, own)
    require_no_parameters(found)
    # a variable that only multiplies a parameter that is zero keeps its place
    return found._copy(found.args, variable_names(root)), named


def _require_assumed(root: Expression, table: Mapping[str, Entry]) -> None:
    """Refuse numbers for parameters that are assumed not to have them."""
    for name, mask in {**parameter_signs(root), **assumed_signs(root)}.items():
        node, index = table.get(name, (root, 0))
        if name in table and isinstance(node, Constant):
            value = node.values[index]
            if not mask & (4 if value > 0 else 1 if value else 2):
                raise PiecewiseError(
                    f"expected a value of the parameter {name} as is assumed of it, got {value}; "
                    "give another value, or make the parameter without the assumption"
                )


def compose(root: Expression, arguments: Sequence[Any]) -> Expression:
    """``root(*arguments)``: the flattened arguments in the order of ``root.variables``."""
    nodes = [as_expression(argument) for argument in arguments]
    entries = [(node, k) for node in nodes for k in range(node.size)]
    names = variable_names(root)
    if len(entries) > 1:
        require_order(root, entries)
    if len(entries) != len(names):
        raise ShapeError(
            f"expected {len(names)} arguments in the order {', '.join(names)}, got "
            f"{len(entries)}; give one scalar for each variable, or use .subs"
        )
    return substitute(root, dict(zip(names, entries, strict=True)))


def substitute(root: Expression, table: Mapping[str, Entry]) -> Expression:
    """The DAG with variables replaced by entries, all at once; sharing is kept."""
    new: dict[int, Expression] = {}
    for node in topological(root):
        if isinstance(node, Variable):
            result = _replaced(node, table)
        else:
            args = tuple(new[id(arg)] for arg in node.args)
            changed = any(a is not b for a, b in zip(args, node.args, strict=True))
            result = node.with_args(args) if changed else node
            if changed and isinstance(result, Smooth):
                result = folded(result)
        if node._space is not None:
            result = _on_new_space(node._space, result, table)
        new[id(node)] = result
    return new[id(root)]


def _replaced(node: Variable, table: Mapping[str, Entry]) -> Expression:
    if not any(name in table for name in node.names):
        return node
    if all(name in table for name in node.names):
        return assemble([table[name] for name in node.names], node.shape)
    entries = [table[name] if name in table else (Variable((name,)), 0) for name in node.names]
    return assemble(entries, node.shape)


def _on_new_space(
    old: tuple[str, ...], result: Expression, table: Mapping[str, Entry]
) -> Expression:
    """`result` on the old space without the replaced variables and with the new ones."""
    if not any(name in table for name in old):
        return result if result._space == old else result._copy(result.args, old)
    plain = result._copy(result.args, None)
    needed = variable_names(plain)
    kept = [name for name in old if name not in table or name in needed]
    if not any(name not in table for name in old):
        return plain
    extra = [name for name in needed if name not in kept]
    return plain._copy(plain.args, (*kept, *extra))
