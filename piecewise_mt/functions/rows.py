"""Affine expressions as rows of coefficients, in one pass and without a program."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Variable
from piecewise_mt.functions.traversal import topological

_Sparse = dict[int, Fraction]
"""Coefficients by position; position 0 is the constant."""


def affine_rows(f: Expression, names: Sequence[str]) -> list[tuple[Fraction, ...]] | None:
    """The rows (c0, c1, …, ca) of an expression's entries; None if a node is not affine.

    None, too, if it has a variable that is not among the names.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> affine_rows(2 * x - y + 1, ("y", "x"))
    [(Fraction(1, 1), Fraction(-1, 1), Fraction(2, 1))]
    >>> affine_rows(mt.relu(x), ("x",)) is None
    True
    """
    place = {name: position for position, name in enumerate(names, start=1)}
    known: dict[int, list[_Sparse]] = {}
    for node in topological(f):
        inputs = [entry for arg in node.args for entry in known[id(arg)]]
        if isinstance(node, Variable):
            if not all(name in place for name in node.names):
                return None
            known[id(node)] = [{place[name]: Fraction(1)} for name in node.names]
        elif isinstance(node, Constant):
            known[id(node)] = [{0: value} for value in node.values]
        elif isinstance(node, Gather):
            known[id(node)] = [inputs[i] for i in node.indices]
        elif isinstance(node, Linear):
            known[id(node)] = [
                _combined(row, bias, inputs) for row, bias in zip(node.rows, node.bias, strict=True)
            ]
        else:
            return None
    width = len(names) + 1
    return [tuple(form.get(i, Fraction(0)) for i in range(width)) for form in known[id(f)]]


def _combined(
    row: Sequence[tuple[int, Fraction]], bias: Fraction, inputs: Sequence[_Sparse]
) -> _Sparse:
    total: _Sparse = {0: fraction(bias)}
    for entry, factor in row:
        for position, value in inputs[entry].items():
            total[position] = total.get(position, Fraction(0)) + factor * value
    return total
