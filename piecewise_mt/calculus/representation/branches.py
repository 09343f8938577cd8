"""The branches of a SymPy Piecewise as disjoint unions of polyhedra."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from piecewise_mt.calculus.partition.conditions import read_condition
from piecewise_mt.errors import Unsupported
from piecewise_mt.geometry.cover import covered_cells
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.unions import joined

MAX_JOINED = 100
"""Of so many cells or fewer, a branch is put together again."""
Parts = list[Polyhedron]


def disjoint_branches(whole: sympy.Piecewise, names: tuple[str, ...]) -> list[tuple[Parts, Any]]:
    """Where each branch of a Piecewise counts, and its formula; branches of no point are left out.

    Space is split once by all comparisons of all levels, and the first branch whose conditions
    hold is looked up on every cell.

    Examples
    --------
    >>> from sympy import Piecewise, Symbol
    >>> x = Symbol("x", real=True)
    >>> disjoint_branches(Piecewise((0, x <= 0), (x, x <= 1), (1, x <= 3)), ("x",))
    [([Polyhedron(x <= 0)], 0), ([Polyhedron(0 < x <= 1)], x), ([Polyhedron(1 < x <= 3)], 1)]
    """
    branches = _flattened(whole)
    valued = [not formula.has(sympy.nan) for formula, _ in branches]
    relations = _relations([c for _, conditions in branches for c in conditions])
    unions = [read_condition(relation, names) for relation in relations.values()]
    cells: dict[int, Parts] = {}
    for cell, inside in covered_cells(Polyhedron(names), unions):
        known = {r: sympy.true if i in inside else sympy.false for i, r in relations.items()}
        for i, (_, all_of) in enumerate(branches):
            if all(c.xreplace(known) == sympy.true for c in all_of):
                if valued[i]:
                    cells.setdefault(i, []).append(cell)
                break
    return [
        (joined(cells[i]) if len(cells[i]) <= MAX_JOINED else cells[i], branches[i][0])
        for i in sorted(cells)
    ]


def _relations(conditions: Iterable[Any]) -> dict[int, Any]:
    """The comparisons in conditions, numbered from 1: no condition is multiplied out."""
    kind = sympy.core.relational.Relational
    atoms = (sorted(c.atoms(kind), key=sympy.default_sort_key) for c in conditions)
    return dict(enumerate(dict.fromkeys(r for own in atoms for r in own), start=1))


MAX_BRANCHES = 1000
"""Up to so many branches, of all levels, a nested Piecewise is flattened."""
Branch = tuple[Any, tuple[Any, ...]]
"""A formula without Piecewise, and conditions all of which hold there."""


def _flattened(whole: sympy.Piecewise) -> list[Branch]:
    """The branches of all levels of a nested Piecewise: the first whose conditions hold counts.

    Examples
    --------
    >>> from sympy import Piecewise, Symbol
    >>> x = Symbol("x", real=True)
    >>> inner = Piecewise((x, x > 1), (1, True))
    >>> for branch in _flattened(Piecewise((x, x > 2), (3 * inner, True))):
    ...     print(*branch)
    x (x > 2,)
    3*x (x > 1,)
    3 ()
    """
    todo: list[Branch] = [(whole, ())]
    found: list[Branch] = []
    while todo:
        formula, conditions = todo.pop(0)
        inner = next(
            (p for p in sympy.preorder_traversal(formula) if isinstance(p, sympy.Piecewise)), None
        )
        if inner is None:
            found.append((formula, conditions))
            continue
        own = [
            (
                formula.xreplace({inner: branch.expr}),
                conditions if branch.cond == sympy.true else (*conditions, branch.cond),
            )
            for branch in inner.args
        ]
        if inner.args[-1].cond != sympy.true:
            # where none of its conditions holds there is no value, whatever comes later outside
            own.append((sympy.nan, conditions))
        todo = own + todo
        if len(todo) + len(found) > MAX_BRANCHES:
            raise Unsupported(
                f"expected a Piecewise of at most {MAX_BRANCHES} branches, got more; write it with "
                "Max and Min, or as a sum"
            )
    return found
