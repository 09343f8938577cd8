"""The names of free tie parameters, the same wherever a function's gradient is asked for.

A family of parameters belongs to (node, unit, label). Families are numbered over the whole DAG
by a fixed rank: level by level outwards from the root, where a level counts the piecewise nodes
passed, left to right within a level, units row-major, labels in their order. Linear nodes do not
count, so a sum of relus is numbered as it is read.
"""

from __future__ import annotations

from dataclasses import dataclass

from piecewise_mt.errors import InvalidTieRule
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.functions.atoms.ties import Parameter
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise
from piecewise_mt.functions.traversal import parameter_signs, variable_names

UnitKey = tuple[int, int]
"""id of the Piecewise node, and the position of the unit in it."""


class ParameterNames:
    """Names for the free parameters of one function."""

    def __init__(self, root: Expression) -> None:
        self._offset: dict[UnitKey, int] = {}
        names = {*variable_names(root), *parameter_signs(root)}
        self._used: set[str] = set(names)
        self.total = 0
        for node in _outwards(root):
            for position, (atom, _) in enumerate(node.units):
                self._offset[id(node), position] = self.total
                self.total += atom.parameter_count()
                clash = sorted(atom.names() & names)
                if clash:
                    raise InvalidTieRule(
                        f"expected tie parameters that are not variables, got {clash[0]} as both "
                        f"in {node!r}; give the parameter another name"
                    )
                self._used |= atom.names()
        self._skipped = sorted(
            int(name[1:])
            for name in self._used
            if name[:1] == "z"
            and name[1:].isdecimal()
            and name[1:].isascii()
            and str(int(name[1:])) == name[1:]
            and int(name[1:]) > 0
        )

    @property
    def taken(self) -> tuple[str, ...]:
        """The names that variables, parameters of the function and tie rules have, sorted."""
        return tuple(sorted(self._used))

    def of_unit(self, node: Piecewise, position: int) -> Parameter:
        """The parameters of one unit, by their position among the unit's own."""
        offset = self._offset[id(node), position]
        return Family(self, offset)

    def name(self, index: int) -> str:
        """The name of the parameter of overall rank `index`, counted from 0."""
        if self.total == 1 and "z" not in self._used:
            return "z"
        number = index + 1
        for skipped in self._skipped:
            if skipped <= number:
                number += 1
        return f"z{number}"


@dataclass(frozen=True, slots=True)
class Family:
    """The parameters of one unit; unlike a closure it can be pickled."""

    names: ParameterNames
    offset: int

    def __call__(self, index: int) -> Polynomial:
        return Polynomial.generator(self.names.name(self.offset + index))


def _outwards(root: Expression) -> list[Piecewise]:
    """The piecewise nodes, level by level from the root, each once."""
    result: list[Piecewise] = []
    seen: set[int] = set()
    level: list[Expression] = [root]
    while level:
        following: list[Expression] = []
        stack = level[::-1]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Piecewise):
                result.append(node)
                following.extend(node.args)
            else:
                stack.extend(reversed(node.args))
        level = following
    return result
