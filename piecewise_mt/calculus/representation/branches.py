"""The branches of a SymPy Piecewise as disjoint unions of polyhedra."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from piecewise_mt.calculus.partition.conditions import read_condition, read_sets
from piecewise_mt.errors import NotPolyhedral, Undecided, Unsupported
from piecewise_mt.exact.case_trees import NEGATIVE, POSITIVE, ZERO
from piecewise_mt.geometry.cover import covered_cells
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.unions import joined
from piecewise_mt.semialgebraic.labels import Alternative, Conditions, enumerate_labels
from piecewise_mt.semialgebraic.reduction import irredundant
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.systems import Terms

MAX_JOINED = 100
"""Of so many cells or fewer, a branch is put together again."""
Parts = list[Polyhedron]
ANY = NEGATIVE | ZERO | POSITIVE
SECONDS = 10.0
"""For the decisions which comparisons of polynomials hold together."""


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


def curved_branches(
    whole: sympy.Piecewise, names: tuple[str, ...]
) -> tuple[list[tuple[SemialgebraicSet, Any]], bool] | None:
    """The same for comparisons of polynomials, and whether there is a value everywhere.

    None if some comparison is none of polynomials.

    Examples
    --------
    >>> from sympy import Piecewise, Symbol
    >>> x = Symbol("x", real=True)
    >>> curved_branches(Piecewise((0, x**2 < 2), (x, x > 0)), ("x",))
    ([(SemialgebraicSet({x**2 < 2}), 0), (SemialgebraicSet({x**2 >= 2, x > 0}), x)], False)
    """
    branches = _flattened(whole)
    relations = _relations([c for _, conditions in branches for c in conditions])
    own: list[tuple[Terms, int]] = []
    for relation in relations.values():
        try:
            found = read_sets(relation, names)
        except NotPolyhedral:
            return None
        if len(found) != 1 or len(found[0]) != 1:
            return None
        own.append(found[0][0])

    def first(labels: tuple[Any, ...]) -> int | None:
        """The branch that counts, if that is known of so many comparisons; -1 for none."""
        truths = (sympy.true if holds else sympy.false for holds in labels)
        known = dict(zip(relations.values(), truths, strict=False))
        for i, (_, conditions) in enumerate(branches):
            found = sympy.And(*(c.xreplace(known) for c in conditions))
            if found != sympy.false:
                return i if found == sympy.true else None
        return -1

    def alternatives(labels: tuple[Any, ...]) -> list[Alternative]:
        if first(labels) is not None:
            return [Alternative(True, ())]
        p, mask = own[len(labels)]
        return [Alternative(True, ((p, mask),)), Alternative(False, ((p, ANY - mask),))]

    cells = enumerate_labels(names, len(own), alternatives, budget=SECONDS)
    if cells.undecided:
        reason = cells.undecided[0].reason
        raise Undecided(f"expected conditions whose sets are decided, got {whole}: {reason}")
    sets: dict[int, list[Conditions]] = {}
    is_everywhere = True
    for cell in cells.found:
        place = first(cell.labels)
        # nan stands where no condition holds
        if place is None or place < 0 or branches[place][0].has(sympy.nan):
            is_everywhere = False
        else:
            sets.setdefault(place, []).append(irredundant(names, cell.conditions))
    entries = [
        (SemialgebraicSet(names, tuple(parts)), branches[i][0]) for i, parts in sorted(sets.items())
    ]
    return entries, is_everywhere


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
