"""That the text of a function says what its nodes are.

A node has a name that is only printed. In a proof the statement is made of such names, so what a
name that the grammar knows is read as must be what the node computes.
"""

from __future__ import annotations

from typing import Any

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.atoms.line import PiecewiseLinear
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import function_data
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.functions.grammar.tokens import CALLS
from piecewise_mt.functions.nodes import Piecewise, Smooth, Variable, concatenation, entry, source
from piecewise_mt.functions.printing import to_text
from piecewise_mt.functions.traversal import topological


def require_own_words(function: Expression) -> None:
    """Refuse a function whose text names another one than its nodes compute.

    Raises
    ------
    ValueError
        If it does.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> require_own_words(mt.relu(x) + mt.clip(x, 0, 1) * mt.exp(x))
    >>> require_own_words(Piecewise((x,), abs(x).units, (), "relu"))
    Traceback (most recent call last):
    ValueError: not what it is called: relu
    """
    seen: set[tuple[Any, ...]] = set()
    for node in topological(function):
        # the text of a smooth function of one's own is its formula
        if not isinstance(node, Piecewise | Smooth) or node.name == "smooth":
            continue
        for k, (own, operands) in enumerate(node.units):
            arguments = node.arguments if isinstance(node, Piecewise) else ()
            place = k if node.name == "softmax" else 0
            key = (type(node), node.name, arguments, id(own), len(operands), place)
            if key not in seen:
                seen.add(key)
                if not _is_told(node, k):
                    raise ValueError(f"not what it is called: {node.name}")


def _is_told(node: Piecewise | Smooth, k: int) -> bool:
    """Whether a unit is what its text is read as; of names of somebody's own nothing is known."""
    own, operands = node.units[k]
    names = [f"u{i + 1}" for i in range(len(operands))]
    # a softmax says which of its entries it is
    count = k + 1 if node.name == "softmax" else 1
    alone = _alone(node, [node.units[k + 1 - count + j][0] for j in range(count)], names)
    text = to_text(entry(alone, count - 1))
    try:
        other = _read(text, type(node), names)
    except PiecewiseError:
        if node.name not in CALLS:
            return True
        # breakpoints have slopes, as they are written by ties that are joined; any other rule that
        # is not read is somebody's own, and the rest is looked at
        if isinstance(own, PiecewiseLinear) and own.rule_text != (
            f"at_breaks=[{', '.join(map(str, own.tie_slopes))}]"
        ):
            return False
        try:
            other = _read(text.replace(f", {own.rule_text})", ")"), type(node), names)
        except PiecewiseError:
            return False
        return other is not None and _kind(own) == _kind(other)
    return other is not None and _data(node, own, names) == _data(node, other, names)


def _read(text: str, kind: type, names: list[str]) -> Any:
    """The unit that a text is read as, None if it is none of these operands in order."""
    node, place = source(parse(text), 0)
    if type(node) is not kind:
        return None
    entries = concatenation(node.args)
    own, places = node.units[place]  # type: ignore[attr-defined]
    read = [source(*entries[i]) for i in places]
    given = [arg.names[i] if isinstance(arg, Variable) else "" for arg, i in read]
    return own if given == names else None


def _kind(own: Any) -> tuple[Any, ...]:
    """What an atom is but for its rule."""
    return type(own), own.kind, own.arity, own.rank, own.outputs()


def _alone(node: Piecewise | Smooth, units: list[Any], names: list[str]) -> Expression:
    """Units of a node over variables of their own."""
    args = [Variable((name,)) for name in names]
    rows = [(own, range(len(names))) for own in units]
    shape = () if len(units) == 1 else (len(units),)
    if isinstance(node, Piecewise):
        return Piecewise(args, rows, shape, node.name, node.arguments)
    return Smooth(args, rows, shape, node.name)


def _data(node: Piecewise | Smooth, own: Any, names: list[str]) -> tuple[Any, Any]:
    """A unit as data, in which nothing is that is only printed."""
    data = function_data(_alone(node, [own], names))
    return data["atoms"], data.get("formulas")
