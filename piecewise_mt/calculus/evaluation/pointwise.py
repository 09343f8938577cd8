"""Value and associated gradient at one exact point: one pass, no enumeration.

The gradient is the right side of the chain rule (14), evaluated from the root outwards: the
weights that every node's tie rule picks at its own label, multiplied along the DAG.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import singledispatch
from typing import Any, TypeAlias

import sympy

from piecewise_mt.calculus.evaluation.parameters import ParameterNames
from piecewise_mt.calculus.smooth.rewriting import expanded
from piecewise_mt.errors import OutsideDomain, Unsupported
from piecewise_mt.exact.polynomials import Coefficient, coefficient_to_sympy
from piecewise_mt.exact.reals import Real, number_expr, real, real_or_missing
from piecewise_mt.functions.build.smooth_nodes import put
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Smooth, Variable
from piecewise_mt.functions.traversal import topological
from piecewise_mt.geometry.points import read_point

Number: TypeAlias = Fraction | Real
"""A rational, or what a smooth function made of it."""
Values = dict[int, list[Any]]


def names_of(f: Expression) -> tuple[str, ...]:
    """The names of the variables of `f`, in order."""
    return tuple(variable.names[0] for variable in f.variables)


def value(f: Expression, point: Any) -> sympy.Expr | sympy.ImmutableMatrix:
    """See :meth:`Expression.value`."""
    names = names_of(f)
    values = _forward(f, dict(zip(names, read_point(point, names), strict=True)))
    result = [number_expr(entry) for entry in values[id(f)]]
    return result[0] if f.shape == () else sympy.ImmutableMatrix(len(result), 1, result)


def gradient(f: Expression, point: Any) -> sympy.ImmutableMatrix:
    """See :meth:`Expression.gradient`."""
    names = names_of(f)
    read = read_point(point, names)
    values = _forward(f, dict(zip(names, read, strict=True)))
    nodes = topological(f)
    if _may_jump(nodes, values):
        from piecewise_mt.calculus import asking

        asking.require_continuous_at(f, tuple(read))
    parameters = ParameterNames(f)
    is_smooth = any(isinstance(node, Smooth) for node in nodes)
    if is_smooth:
        for entry in values[id(f)]:
            number_expr(entry)  # which refuses a point where f has no value
    local: dict[int, list[Any]] = {}
    for node in nodes:
        if isinstance(node, Piecewise):
            local[id(node)] = _weights(node, _operands(node, values), parameters)
            if is_smooth:  # from here on everything is SymPy's
                local[id(node)] = [
                    [(i, coefficient_to_sympy(w)) for i, w in row] for row in local[id(node)]
                ]
        elif isinstance(node, Smooth):
            local[id(node)] = _smooth_partials(node, _operands(node, values))
    rows = [
        expanded(sympy.sympify(entry)) if is_smooth else coefficient_to_sympy(entry)
        for output in range(f.size)
        for entry in _backward(f, output, nodes, local, names)
    ]
    return sympy.ImmutableMatrix(f.size, len(names), rows)


def _may_jump(nodes: list[Expression], values: Values) -> bool:
    """Whether a node that need not be continuous has a tie."""
    for node in nodes:
        if isinstance(node, Piecewise) and any(atom.sides for atom, _ in node.units):
            operands = _operands(node, values)
            for atom, indices in node.units:
                label = atom.label_at([operands[i] for i in indices])
                if atom.sides is not None and label == atom.sides.tie:
                    return True
    return False


def _forward(f: Expression, point: dict[str, Fraction]) -> Values:
    values: Values = {}
    for node in topological(f):
        values[id(node)] = evaluate(node, _operands(node, values), point)
    return values


def _operands(node: Expression, values: Values) -> list[Any]:
    return [entry for arg in node.args for entry in values[id(arg)]]


@singledispatch
def evaluate(
    node: Expression, operands: list[Fraction], point: dict[str, Fraction]
) -> list[Fraction]:
    """The flat values of one node, from those of its operands."""
    raise Unsupported(f"expected a node that can be evaluated, got {type(node).__name__}")


@evaluate.register
def _(node: Variable, operands: list[Fraction], point: dict[str, Fraction]) -> list[Fraction]:
    return [point[name] for name in node.names]


@evaluate.register
def _(node: Constant, operands: list[Fraction], point: dict[str, Fraction]) -> list[Fraction]:
    return list(node.values)


@evaluate.register
def _(node: Linear, operands: list[Fraction], point: dict[str, Fraction]) -> list[Fraction]:
    return [
        bias + sum(c * operands[i] for i, c in row)
        for bias, row in zip(node.bias, node.rows, strict=True)
    ]


@evaluate.register
def _(node: Gather, operands: list[Fraction], point: dict[str, Fraction]) -> list[Fraction]:
    return [operands[i] for i in node.indices]


@evaluate.register
def _(node: Piecewise, operands: list[Fraction], point: dict[str, Fraction]) -> list[Fraction]:
    result = []
    for atom, indices in node.units:
        given = [operands[i] for i in indices]
        weights, constant = atom.selection(atom.label_at(given))
        result.append(constant + sum(w * y for w, y in zip(weights, given, strict=True) if w))
    return result


@evaluate.register
def _(node: Smooth, operands: list[Any], point: dict[str, Fraction]) -> list[Any]:
    return [
        real_or_missing(function.at, [operands[i] for i in indices])
        for function, indices in node.units
    ]


def _smooth_partials(
    node: Smooth, operands: list[Any]
) -> list[list[tuple[int, sympy.Expr]] | OutsideDomain]:
    """The nonzero partial derivatives of every unit at the operands, or why there are none."""
    result: list[list[tuple[int, sympy.Expr]] | OutsideDomain] = []
    for function, indices in node.units:
        try:
            at = [number_expr(operands[i]) for i in indices]
            partials = [real(put(partial, at)) for partial in function.partials]
        except OutsideDomain as error:
            result.append(error)
            continue
        row = [(i, number_expr(p)) for i, p in zip(indices, partials, strict=True)]
        result.append([(i, p) for i, p in row if p != 0])
    return result


def _defined(row: Any) -> Any:
    """The row of a unit that is read, which must be there."""
    if isinstance(row, OutsideDomain):
        raise row
    return row


def _weights(
    node: Piecewise, operands: list[Fraction], parameters: ParameterNames
) -> list[list[tuple[int, Coefficient]]]:
    """The nonzero partial derivatives of every unit, by operand index."""
    result = []
    for position, (atom, indices) in enumerate(node.units):
        label = atom.label_at([operands[i] for i in indices])
        weights, _ = atom.weights(label, parameters.of_unit(node, position))
        result.append([(i, w) for i, w in zip(indices, weights, strict=True) if w != 0])
    return result


def _partials(node: Expression, local: dict[int, list[Any]]) -> Callable[[int], Any]:
    """For one output entry of a node: pairs (operand index, partial derivative)."""
    if isinstance(node, Linear):
        return lambda k: node.rows[k]
    if isinstance(node, Gather):
        return lambda k: ((node.indices[k], 1),)
    if isinstance(node, Piecewise | Smooth):
        return lambda k: _defined(local[id(node)][k])
    return lambda k: ()


def _backward(
    f: Expression,
    output: int,
    nodes: list[Expression],
    local: dict[int, list[Any]],
    names: tuple[str, ...],
) -> list[Coefficient]:
    """One row of the gradient, accumulated from the root to the variables."""
    adjoint: dict[int, dict[int, Coefficient]] = {id(f): {output: Fraction(1)}}
    by_name: dict[str, Coefficient] = dict.fromkeys(names, Fraction(0))
    for node in reversed(nodes):
        own = adjoint.pop(id(node), None)
        if not own:
            continue
        if isinstance(node, Variable):
            for k, weight in own.items():
                by_name[node.names[k]] = by_name[node.names[k]] + weight
            continue
        partials = _partials(node, local)
        owners = [(id(arg), k) for arg in node.args for k in range(arg.size)]
        for k, weight in own.items():
            for i, partial in partials(k):
                arg, entry = owners[i]
                row = adjoint.setdefault(arg, {})
                row[entry] = row.get(entry, Fraction(0)) + weight * partial
    return list(by_name.values())


def values_at(f: Expression, names: Sequence[str], point: Sequence[Fraction]) -> list[Fraction]:
    """The flat values of `f` at an exact point: one forward pass over the nodes."""
    return _forward(f, dict(zip(names, point, strict=True)))[id(f)]
