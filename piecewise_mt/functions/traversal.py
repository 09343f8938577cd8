"""Passes over the expression DAG; all of them iterative, so that depth does not matter."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from piecewise_mt.errors import OutOfBudget, PiecewiseError, UnknownVariable

if TYPE_CHECKING:
    from piecewise_mt.functions.expression import Expression

MAX_DEPTH = 10**5
MAX_NODES = 2 * 10**5
"""Every question walks over them several times, a second for so many."""
_DIGITS = re.compile(r"([0-9]+)")


def topological(*roots: Expression) -> list[Expression]:
    """Every node once, arguments before the nodes that use them.

    The order is the left-to-right postorder, so it depends on nothing but the expression.
    """
    done: set[int] = set()
    result: list[Expression] = []
    for root in roots:
        if id(root) in done:
            continue
        stack: list[tuple[Expression, int]] = [(root, 0)]
        while stack:
            node, position = stack.pop()
            args = node.args
            while position < len(args) and id(args[position]) in done:
                position += 1
            if position == len(args):
                done.add(id(node))
                result.append(node)
                if len(result) > MAX_NODES:
                    raise OutOfBudget(
                        f"expected at most {MAX_NODES} nodes in an expression, got more; write "
                        "sums and maxima as one node of arrays, such as W @ x"
                    )
            else:
                stack.append((node, position + 1))
                stack.append((args[position], 0))
    return result


def next_depth(args: Iterable[Expression]) -> int:
    """How many nodes are one above the other in a node with these arguments.

    Raises
    ------
    OutOfBudget
        If they are more than :data:`MAX_DEPTH`, so that a loop ends where it runs away.
    """
    depth = 1 + max((arg._depth for arg in args), default=0)
    if depth > MAX_DEPTH:
        raise OutOfBudget(
            f"expected at most {MAX_DEPTH} nodes one above the other, got one more; write sums and "
            "maxima as one node of arrays, such as W @ x"
        )
    return depth


def natural_key(name: str) -> tuple[tuple[str | int, ...], str]:
    """The sort key that puts x2 before x10."""
    parts = _DIGITS.split(name)
    return tuple(int(p) if i % 2 else p for i, p in enumerate(parts)), name


def natural_sort(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct names in natural order."""
    return tuple(sorted(set(names), key=natural_key))


def variable_names(root: Expression) -> tuple[str, ...]:
    """The names of the variables of `root`, in the order of its space; without parameters."""
    if root._space is not None:
        return root._space
    spaces, signs = _leaves(root)
    return natural_sort([*spaces, *(name for name, mask in signs.items() if mask is None)])


def parameter_signs(root: Expression) -> dict[str, int]:
    """The parameters of `root` that no space makes variables, with the signs that they may have.

    They are in natural order of their names.
    """
    return _parameters(root, False)


def assumed_signs(root: Expression) -> dict[str, int]:
    """The variables that were made as parameters, with the signs that they may have."""
    return _parameters(root, True)


def require_no_parameters(root: Expression) -> None:
    """Refuse a function that says nothing definite before its parameters have values.

    Raises
    ------
    PiecewiseError
        Naming ``f.subs``, ``f.on`` and ``cases``.
    """
    definite_names(root)


def definite_names(root: Expression) -> tuple[str, ...]:
    """The names of the variables of `root`, which has no parameters, in the order of its space.

    Raises
    ------
    PiecewiseError
        If it has parameters.
    """
    spaces, signs = _leaves(root)
    parameters = [n for n, mask in signs.items() if mask is not None and n not in spaces]
    if parameters:
        left = natural_sort(parameters)
        shown = ", ".join(left)
        values = ", ".join(f"{name}: …" for name in left)
        raise PiecewiseError(
            f"expected a function without parameters here, got one with {shown}; give values by "
            f"f.subs({{{values}}}), make variables of them by f.on(…, {shown}), or ask "
            "f.represent().cases()"
        )
    if root._space is not None:
        return root._space
    return natural_sort([*spaces, *signs])


def _parameters(root: Expression, in_space: bool) -> dict[str, int]:
    spaces, signs = _leaves(root)
    own = {name: mask for name, mask in signs.items() if mask is not None}
    return {name: own[name] for name in natural_sort(own) if (name in spaces) == in_space}


_Leaves: TypeAlias = "tuple[Mapping[str, None], Mapping[str, int | None]]"
_last: tuple[weakref.ref[Expression], _Leaves] | None = None
"""What was asked last: one question of a function asks for its leaves several times."""


def _leaves(root: Expression) -> _Leaves:
    """The names that spaces fix, and those of all leaves with the signs of parameters."""
    global _last
    kept = _last
    if kept is not None and kept[0]() is root:
        return kept[1]
    found = _walked(root)
    _last = weakref.ref(root), found
    return found


def _walked(root: Expression) -> _Leaves:
    spaces: dict[str, None] = {}
    signs: dict[str, int | None] = {}
    for node in topological(root):
        if node._space is not None:
            spaces.update(dict.fromkeys(node._space))
        if not node.args:
            mask: int | None = getattr(node, "signs", None)
            for name in getattr(node, "names", ()):
                if signs.setdefault(name, mask) != mask:
                    both = "a parameter and a variable"
                    if mask is not None and signs[name] is not None:
                        both = "a parameter with other assumptions"
                    raise PiecewiseError(
                        f"expected one {name}, got it as {both}; choose another name, or make it "
                        "once and use that"
                    )
    return spaces, signs


def other_order(root: Expression) -> tuple[str, ...]:
    """The names of one call of ``variables`` that are in another order than those of `root`.

    Empty if there is none, or if the space of `root` was fixed by ``on``.
    """
    if root._space is not None:
        return ()
    names = variable_names(root)
    for node in topological(root):
        called = getattr(node, "called", ())
        if called:
            present = set(names)
            own = tuple(name for name in called if name in present)
            if own != tuple(name for name in names if name in set(own)):
                return own
    return ()


def require_order(root: Expression, point: object) -> None:
    """Refuse a sequence where it is not plain which variable comes first.

    Raises
    ------
    UnknownVariable
        Naming ``f.on`` and the mapping.
    """
    if isinstance(point, Mapping):
        return
    called = other_order(root)
    if called:
        shown = ", ".join(called)
        raise UnknownVariable(
            f"expected a point by name, got a sequence for a function of "
            f"{', '.join(variable_names(root))}, whose variables were made in the order {shown}; "
            f"fix the order with f.on({shown}), or write {{{called[0]}: …, {called[1]}: …}}"
        )
