"""What stands in the boxes of an expression's diagram: names, atoms, formulas of affine maps."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.display.plots.style import mathtext
from piecewise_mt.functions.graph import label
from piecewise_mt.functions.nodes import Gather, Linear, Variable
from piecewise_mt.functions.traversal import topological
from piecewise_mt.typeset.affine import affine_latex, latex_name
from piecewise_mt.typeset.latex_layout import latex_width

WIDEST, MOST_ROWS = 150.0, 4
"""An affine map with a wider row, in points, or more rows is not written out."""


def dag_texts(f: Any) -> dict[int, str]:
    r"""A text for every node of ``f.graph()``, in mathtext.

    A node that an affine one reads has a name of its own, u₁, u₂, … (another letter if a variable
    is called so), and an affine node its formula.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> for text in dag_texts(2 * mt.relu(x) - x).values():
    ...     print(text)
    $x$
    $u_{1} =$ relu
    $u_{2} = 2 u_{1}$
    $u_{2} - x$
    """
    nodes = topological(f)
    used = {name[0] for name in map(str, f.variables)}
    letter = next(c for c in "uvwhabcdefgklmnopqrst" if c not in used or c == "t")
    number = {id(node): i for i, node in enumerate(nodes)}
    read = [number[id(arg)] for node in nodes if isinstance(node, Linear) for arg in node.args]
    names: dict[int, str] = {}
    for i, node in enumerate(nodes):
        if i in read and not isinstance(node, Variable):
            names[i] = f"{letter}{len(names) + 1}"
    texts = {}
    for i, node in enumerate(nodes):
        lines = _formula(node, number, names)
        own = [f"{latex_name(name)} = " for name in _called(names[i], node)] if i in names else [""]
        if not lines:
            name = f"${latex_name(names[i])} =$ " if i in names else ""
            texts[i] = name + _text(node)
        elif len(own) == len(lines):
            texts[i] = "\n".join(f"${name}{line}$" for name, line in zip(own, lines, strict=True))
        else:
            texts[i] = "\n".join(f"${line}$" for line in lines)
    return texts


def _text(node: Any) -> str:
    if isinstance(node, Variable):
        found = node.names
        if len(found) > 2:
            return f"${latex_name(found[0])}, \\ldots, {latex_name(found[-1])}$"
        return f"${', '.join(map(latex_name, found))}$"
    if isinstance(node, Gather):
        return "stack" if len(node.args) > 1 else "entries"
    return mathtext(label(node), ())


def _entries(node: Any, number: dict[int, int], names: dict[int, str]) -> list[str]:
    """What the entries of all arguments are called, one after the other."""
    found: list[str] = []
    for arg in node.args:
        if isinstance(arg, Variable):
            found += arg.names
            continue
        found += _called(names[number[id(arg)]], arg)
    return found


def _called(name: str, node: Any) -> list[str]:
    """The names of a node's entries: u2, or u_2_1, u_2_2, … which read u₂,₁, u₂,₂, …"""
    if node.shape == ():
        return [name]
    return [f"{name[0]}_{name[1:]}_{k + 1}" for k in range(node.size)]


def _formula(node: Any, number: dict[int, int], names: dict[int, str]) -> list[str]:
    """The rows of an affine map, if it is short; nothing for anything else."""
    if not isinstance(node, Linear) or len(node.bias) > MOST_ROWS:
        return []
    entries = _entries(node, number, names)
    lines = []
    for row, bias in zip(node.rows, node.bias, strict=True):
        form: list[Fraction] = [bias, *[Fraction(0)] * len(entries)]
        for k, c in row:
            form[k + 1] += c
        lines.append(affine_latex(form, entries))
    if any(latex_width(line) > WIDEST for line in lines):
        return []
    return lines
