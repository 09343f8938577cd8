"""The same function under other tie rules: every tie free, or every tie to its first operand."""

from __future__ import annotations

from collections.abc import Callable

from piecewise_mt.functions.atoms import Atom
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise
from piecewise_mt.functions.traversal import topological


def with_free_ties(f: Expression) -> Expression:
    """The same DAG with every tie of every node left free.

    A ``TieRule`` of a type of its own is kept: nothing says that its weights sum to 1, and the
    checks of :mod:`piecewise_mt.calculus.consistency.theorems` are there to find out.

    Parameters
    ----------
    f : Expression
        Any function.

    Returns
    -------
    Expression
        The same function; nodes that `f` shares stay shared.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> f = mt.max(x, y, ties="first") + mt.relu(x, at_zero=0)
    >>> f.gradient((0, 0)), with_free_ties(f).gradient((0, 0))
    (Matrix([[1, 0]]), Matrix([[z1 + z2, 1 - z1]]))
    """
    return _with_atoms(f, _free)


def with_first_ties(f: Expression) -> Expression:
    """The same DAG under rules with the fewest pieces: ties join the first operand's branch.

    Breakpoints of a function of one variable join the interval on their left.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> f = mt.max(x, y)
    >>> len(f.represent()), len(with_first_ties(f).represent())
    (3, 2)
    """
    return _with_atoms(f, _first)


def _free(atom: Atom) -> Atom:
    return atom.with_rule("free") if atom.has_checked_rule else atom


def _first(atom: Atom) -> Atom:
    return atom.with_rule("first")


def _with_atoms(f: Expression, change: Callable[[Atom], Atom]) -> Expression:
    new: dict[int, Expression] = {}
    atoms: dict[int, Atom] = {}
    for node in topological(f):
        args = tuple(new[id(arg)] for arg in node.args)
        if not isinstance(node, Piecewise):
            same = all(a is b for a, b in zip(args, node.args, strict=True))
            new[id(node)] = node if same else node._copy(args, node._space)
            continue
        units = []
        for atom, operands in node.units:
            if id(atom) not in atoms:
                atoms[id(atom)] = change(atom)
            units.append((atoms[id(atom)], operands))
        result = Piecewise(args, units, node.shape, node.name, node.arguments)
        new[id(node)] = result._copy(args, node._space)
    return new[id(f)]
