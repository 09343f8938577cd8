"""The product of the layers' norms: the usual upper bound of a Lipschitz constant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.local.autodiff import side_weights
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.norms import LargestRoot, gram_polynomial, square_root
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Variable
from piecewise_mt.functions.traversal import topological


def layers_bound(f: Expression, ord: Any) -> sympy.Expr:
    """An upper bound of the Lipschitz constant, node by node.

    An affine map counts with its operator norm, a nonsmooth node with that of the matrix
    of its largest absolute weights (for the norm 2, the root of the product of its norms 1 and oo).

    Raises
    ------
    Unsupported
        For a node of another kind.
    """
    bounds: dict[int, sympy.Expr] = {}
    for node in topological(f):
        joined = _joined([bounds[id(arg)] for arg in node.args], ord)
        if isinstance(node, Variable):
            bounds[id(node)] = sympy.S.One
        elif isinstance(node, Constant):
            bounds[id(node)] = sympy.S.Zero
        elif isinstance(node, Gather):
            most = max(Counter(node.indices).values(), default=0)
            bounds[id(node)] = joined * (min(most, 1) if ord == sympy.oo else _root(most, ord))
        elif isinstance(node, Linear):
            bounds[id(node)] = joined * _linear_norm(node, ord)
        elif isinstance(node, Piecewise):
            bounds[id(node)] = joined * _piecewise_norm(node, ord)
        else:
            raise Unsupported(
                f"expected a piecewise linear function, got a {type(node).__name__} node; ask for "
                "the constant only"
            )
    return bounds[id(f)]


def _root(value: Any, ord: Any) -> Any:
    exact = sympy.sympify(value)
    return square_root(exact) if ord == 2 else exact


def _joined(bounds: Sequence[sympy.Expr], ord: Any) -> sympy.Expr:
    """A bound of the concatenation of all arguments."""
    if len(bounds) == 1:
        return bounds[0]
    if ord == sympy.oo:
        return sympy.Max(*bounds) if bounds else sympy.S.Zero
    return _root(sympy.Add(*(b**ord for b in bounds)), ord)


def _sums(rows: Sequence[Sequence[tuple[int, Fraction]]]) -> tuple[Fraction, Fraction]:
    """The norms for 1 and for oo of a sparse matrix."""
    columns: dict[int, Fraction] = {}
    most = Fraction(0)
    for row in rows:
        most = max(most, sum((abs(fraction(c)) for _, c in row), Fraction(0)))
        for column, c in row:
            columns[column] = columns.get(column, Fraction(0)) + abs(fraction(c))
    return max(columns.values(), default=Fraction(0)), most


def _linear_norm(node: Linear, ord: Any) -> sympy.Expr:
    one, most = _sums(node.rows)
    if ord != 2:
        return to_rational(one if ord == 1 else most)
    used = sorted({i for row in node.rows for i, c in row if c})
    if not used:
        return sympy.S.Zero
    place = {i: k for k, i in enumerate(used)}
    dense = [[Fraction(0)] * len(used) for _ in node.rows]
    for line, row in zip(dense, node.rows, strict=True):
        for i, c in row:
            if c:
                line[place[i]] += c
    return square_root(LargestRoot(gram_polynomial(dense)).to_sympy())


def _piecewise_norm(node: Piecewise, ord: Any) -> sympy.Expr:
    known: dict[int, list[list[Fraction]]] = {}
    rows = []
    totals = []
    for atom, indices in node.units:
        if id(atom) not in known:
            known[id(atom)] = [[abs(fraction(w)) for w in own] for own in side_weights(atom)]
        own: dict[int, Fraction] = {}
        for index, column in zip(indices, zip(*known[id(atom)], strict=True), strict=True):
            own[index] = own.get(index, Fraction(0)) + max(column)
        rows.append(list(own.items()))
        totals.append(max(sum(side, Fraction(0)) for side in known[id(atom)]))
    one, most = _sums(rows)
    if ord == sympy.oo:
        # one side at a time: the weights of a maximum sum to 1, whichever it takes
        return to_rational(max(totals, default=Fraction(0)))
    return to_rational(one) if ord == 1 else square_root(to_rational(one * most))
