"""Proofs by cases, points and polynomials as the checker reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.exact.case_trees import (
    Line,
    Lower,
    Powers,
    Signs,
    Solve,
    Split,
    Table,
    Tree,
    Trusted,
)
from piecewise_mt.functions.function_data import number_data
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.systems import RELATIONS, Terms

WORDS = {mask: relation for relation, mask in RELATIONS.items()}


def polynomial_data(names: Sequence[str], terms: Terms) -> Any:
    """A polynomial of integer coefficients.

    Examples
    --------
    >>> polynomial_data(("x", "y"), {(2, 1): 3, (0, 0): -1})
    {'terms': [[3, 'x', 'x', 'y'], [-1]]}
    """
    return {
        "terms": [
            [c, *(name for name, k in zip(names, exponents, strict=True) for _ in range(k))]
            for exponents, c in terms.items()
        ]
    }


def conditions_data(names: Sequence[str], conditions: Conditions) -> list[Any]:
    """[relation, polynomial] for each; what is true everywhere is left out.

    Examples
    --------
    The last one, of no possible sign, holds nowhere:

    >>> conditions_data(("x",), [({(1,): 1}, 4), ({(1,): 1}, 7), ({(1,): 1}, 0)])
    [['>', {'terms': [[1, 'x']]}], ['<', 0]]
    """
    found = [[WORDS[mask], polynomial_data(names, p)] for p, mask in conditions if mask in WORDS]
    return [*found, *(["<", 0] for _, mask in conditions if not mask)]


def cases_data(names: Sequence[str], tree: Tree) -> list[Any]:
    """A tree of cases, in preorder.

    Raises
    ------
    Unsupported
        If a leaf rests on a solver.

    Examples
    --------
    >>> cases_data(("x",), Signs((((2,), 1),)))
    [['signs', {'terms': [[1, 'x', 'x']]}]]
    """
    found: list[Any] = []
    pending = [tree]

    def own(p: Any) -> Any:
        return polynomial_data(names, dict(p))

    while pending:
        node = pending.pop()
        if isinstance(node, Split):
            found.append(
                ["split", own(node.polynomial), *(WORDS[mask] for mask, _ in node.branches)]
            )
            pending += [child for _, child in reversed(node.branches)]
        elif isinstance(node, Solve):
            found.append(["solve", names[node.variable], own(node.equation)])
            pending.append(node.child)
        elif isinstance(node, Lower):
            found.append(["lower", names[node.variable], own(node.polynomial)])
            pending.append(node.child)
        elif isinstance(node, Powers):
            found.append(["powers", names[node.variable], node.power])
            pending.append(node.child)
        elif isinstance(node, Signs):
            found.append(["signs", own(node.polynomial)])
        elif isinstance(node, Line | Table):
            kind = "line" if isinstance(node, Line) else "table"
            found.append([kind, names[node.variable], *map(own, node.polynomials)])
        else:
            assert isinstance(node, Trusted)
            raise Unsupported(
                "expected a proof of emptiness that can be checked, got one that rests on "
                f"{node.solver} alone; ask mt.check, with trust="
            )
    return found


def point_data(point: ExactPoint) -> dict[str, Any]:
    """A point: its coordinates, as powers of a root if they are not rational."""
    if point.root is None or point.is_rational:
        return {"coordinates": [number_data(c) for c in point.rational]}
    root = point.root
    return {
        "coordinates": [list(map(number_data, element)) for element in point.coordinates],
        "root": {
            "polynomial": list(root.polynomial),
            "low": number_data(root.low),
            "high": number_data(root.high),
        },
    }
