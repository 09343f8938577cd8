"""Value and associated gradient at one exact point: one pass, no enumeration.

The gradient is the right side of the chain rule (14), evaluated from the root outwards: the
weights that every node's tie rule picks at its own label, multiplied along the DAG.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import singledispatch
from typing import Any, NamedTuple

import sympy

from piecewise_mt.budget import require_work
from piecewise_mt.calculus.evaluation.enclosing import EnclosingPass
from piecewise_mt.calculus.evaluation.forward import UnitAt, combined, partials_at, unit_at
from piecewise_mt.calculus.evaluation.parameters import ParameterNames
from piecewise_mt.calculus.evaluation.written import MOST_TERMS, written_size
from piecewise_mt.calculus.smooth.rewriting import expanded
from piecewise_mt.errors import OutsideDomain, Unsupported
from piecewise_mt.exact.polynomials import Coefficient, coefficient_to_sympy
from piecewise_mt.exact.reals import number_expr
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Smooth, Variable
from piecewise_mt.functions.traversal import definite_names, topological
from piecewise_mt.geometry.points import read_coordinates


def names_of(f: Expression) -> tuple[str, ...]:
    """The names of the variables of `f`, in order.

    Raises
    ------
    PiecewiseError
        If `f` has parameters besides.
    """
    return definite_names(f)


class NodeAt(NamedTuple):
    """A node at a point, with the flat values of its operands and its own."""

    node: Expression
    operands: list[Any]
    values: list[Any]
    units: list[UnitAt]
    """One an entry of a piecewise or smooth node, else none."""


def value(f: Expression, point: Any) -> sympy.Expr | sympy.ImmutableMatrix:
    """See :meth:`Expression.value`."""
    names = names_of(f)
    read = read_coordinates(point, names)
    _require_short(f, names, read)
    result = [number_expr(entry) for entry in values_at(f, names, read)]
    return result[0] if f.shape == () else sympy.ImmutableMatrix(len(result), 1, result)


def gradient(f: Expression, point: Any) -> sympy.ImmutableMatrix:
    """See :meth:`Expression.gradient`."""
    names = names_of(f)
    read = read_coordinates(point, names)
    _require_short(f, names, read)
    passed = list(forward(f, names, read))
    if any(unit.is_seam for here in passed for unit in here.units):
        from piecewise_mt.calculus import asking

        asking.require_continuous_at(f, tuple(read))
    parameters = ParameterNames(f)
    is_smooth = any(isinstance(here.node, Smooth) for here in passed)
    if is_smooth:
        for entry in passed[-1].values:
            number_expr(entry)  # which refuses a point where f has no value
    local: dict[int, list[Any]] = {}
    for node, _, _, units in passed:
        if isinstance(node, Piecewise):
            local[id(node)] = _weights(node, units, parameters)
            if is_smooth:  # from here on everything is SymPy's
                local[id(node)] = [
                    [(i, coefficient_to_sympy(w)) for i, w in row] for row in local[id(node)]
                ]
        elif isinstance(node, Smooth):
            local[id(node)] = _smooth_partials(node, units)
    nodes = [here.node for here in passed]
    rows = [
        expanded(sympy.sympify(entry)) if is_smooth else coefficient_to_sympy(entry)
        for output in range(f.size)
        for entry in _backward(f, output, nodes, local, names)
    ]
    return sympy.ImmutableMatrix(f.size, len(names), rows)


def _require_short(f: Expression, names: Sequence[str], point: Sequence[Any]) -> None:
    """Refuse formulas that nobody reads, before SymPy writes them down.

    Raises
    ------
    Unsupported
        If the values that are not rational have too many terms.
    """
    if not any(isinstance(node, Smooth) for node in topological(f)):
        return
    if written_size(f) <= MOST_TERMS:
        return
    rational = EnclosingPass(f, names, point).run(_BITS).rational_entries()
    if written_size(f, rational) > MOST_TERMS:
        raise Unsupported(
            f"expected a formula of at most {MOST_TERMS} terms, got one of more; ask for "
            "f.enclosure(point), which gives intervals"
        )


_BITS = 64


def values_at(f: Expression, names: Sequence[str], point: Sequence[Any]) -> list[Any]:
    """The flat values of `f` at an exact point: one forward pass over the nodes."""
    *_, last = forward(f, names, point)
    return last.values


def forward(f: Expression, names: Sequence[str], point: Sequence[Any]) -> Iterator[NodeAt]:
    """Every node at an exact point, each after its arguments, `f` last.

    Not over the program of `f`: there a node without a value may have cancelled, as in f - f.
    """
    named = dict(zip(names, point, strict=True))
    values: dict[int, list[Any]] = {}
    for node in topological(f):
        operands = [entry for arg in node.args for entry in values[id(arg)]]
        units: list[UnitAt] = []
        if isinstance(node, Piecewise | Smooth):
            units = [unit_at(own, [operands[i] for i in indices]) for own, indices in node.units]
            values[id(node)] = [unit.value for unit in units]
        else:
            values[id(node)] = _evaluate(node, operands, named)
        yield NodeAt(node, operands, values[id(node)], units)


@singledispatch
def _evaluate(
    node: Expression, operands: list[Fraction], point: dict[str, Fraction]
) -> list[Fraction]:
    """The flat values of one affine node, from those of its operands."""
    raise Unsupported(f"expected a node that can be evaluated, got {type(node).__name__}")


@_evaluate.register
def _(node: Variable, operands: list[Fraction], point: dict[str, Fraction]) -> list[Fraction]:
    return [point[name] for name in node.names]


@_evaluate.register
def _(node: Constant, operands: list[Fraction], point: dict[str, Fraction]) -> list[Fraction]:
    return list(node.values)


@_evaluate.register
def _(node: Linear, operands: list[Fraction], point: dict[str, Fraction]) -> list[Fraction]:
    return [combined(row, operands, bias) for bias, row in zip(node.bias, node.rows, strict=True)]


@_evaluate.register
def _(node: Gather, operands: list[Fraction], point: dict[str, Fraction]) -> list[Fraction]:
    return [operands[i] for i in node.indices]


def _smooth_partials(
    node: Smooth, units: list[UnitAt]
) -> list[list[tuple[int, sympy.Expr]] | OutsideDomain]:
    """The nonzero partial derivatives of every unit, or why there are none."""
    # a formula of n operands has about n terms, which SymPy differentiates n times
    functions = {id(function): function.arity for function, _ in node.units}
    require_work(
        sum(n * n for n in functions.values()) // 20, "derivatives of functions of many operands"
    )
    result: list[list[tuple[int, sympy.Expr]] | OutsideDomain] = []
    for k, ((_, indices), unit) in enumerate(zip(node.units, units, strict=True)):
        try:
            row = [number_expr(p) for p in partials_at(node, k, unit.operands)]
        except OutsideDomain as error:
            result.append(error)
            continue
        result.append([(i, p) for i, p in zip(indices, row, strict=True) if p != 0])
    return result


def _defined(row: Any) -> Any:
    """The row of a unit that is read, which must be there."""
    if isinstance(row, OutsideDomain):
        raise row
    return row


def _weights(
    node: Piecewise, units: list[UnitAt], parameters: ParameterNames
) -> list[list[tuple[int, Coefficient]]]:
    """The nonzero partial derivatives of every unit, by operand index."""
    result = []
    for position, ((atom, indices), unit) in enumerate(zip(node.units, units, strict=True)):
        weights, _ = atom.weights(unit.label, parameters.of_unit(node, position))
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
