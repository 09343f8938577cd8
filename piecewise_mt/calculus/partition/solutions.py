"""Sets as solutions of conditions on functions: the faces on which they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from piecewise_mt.calculus.partition.strata import PolyhedralStrata, strata
from piecewise_mt.errors import ShapeError
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.build.arithmetic import concat
from piecewise_mt.functions.build.builders import relu
from piecewise_mt.functions.conditions import Comparison, Condition, Joined
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.substitute import in_order_of

Rule = tuple[Any, ...]
"""(k, op), what is asked of the sign of entry k, or ("and" or "or", rules)."""
SIGNS = (-1, 1, 0)
"""The signs of x by the label of relu(x)."""


@dataclass(frozen=True, eq=False)
class Solutions:
    """The points of a domain at which conditions on the entries of a function hold.

    Parameters
    ----------
    function : Expression
        Of shape (m,).
    rule : str or Rule
        The relation of all entries to 0, "!=" of some entry, or a rule.
    domain : as in ``represent``

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.vector("x", 2)
    >>> own = Solutions(x, "<=", None)
    >>> [own.holds(signs) for signs in ((0, -1), (0, 1))]
    [True, False]
    """

    function: Expression
    rule: Any = field(repr=False)
    domain: Any

    @classmethod
    def of(cls, condition: Condition, domain: Any) -> Solutions:
        """The solutions of a condition on scalar expressions.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> Solutions.of((abs(x) <= 1) | (y > x), None).holds((1, 1))
        True
        """
        sides: list[Expression] = []

        def read(part: Condition) -> Rule:
            if isinstance(part, Joined):
                return part.kind, tuple(map(read, part.parts))
            assert isinstance(part, Comparison), "there are no other conditions"
            if part.shape != ():
                raise ShapeError(
                    f"expected conditions on scalar expressions, got {part!r} of the shape "
                    f"{part.shape}; compare its entries and join them with &"
                )
            sides.append(part.lhs - part.rhs)
            return len(sides) - 1, part.op

        rule = read(condition)
        return cls(concat([side.reshape((1,)) for side in sides]), rule, domain)

    def holds(self, signs: Sequence[int]) -> bool:
        """Whether the condition holds where the entries have these signs."""
        if self.rule == "!=":
            return any(signs)
        if isinstance(self.rule, str):
            return all(_has(sign, self.rule) for sign in signs)
        return _follows(self.rule, signs)

    def strata(self) -> PolyhedralStrata:
        """The strata of the function, cut where its entries change their signs."""
        own = in_order_of(with_first_ties(self.function).ravel(), self.function)
        cut = in_order_of(concat([own, relu(own, at_zero="free")]), self.function)
        return strata(cut, self.domain)

    def places(self, found: PolyhedralStrata) -> Iterator[tuple[int, int]]:
        """The level and the index of each of these strata at which the condition holds."""
        units = found.program.units[-self.function.size :]
        masks = [(unit.bit, (1 << unit.atom.bits) - 1, unit.atom) for unit in units]
        used = 0
        for bit, mask, _ in masks:
            used |= mask << bit
        strict = found.partition.strict
        known: dict[int, bool] = {}
        for level, words in enumerate(found._words):
            for index, word in enumerate(words):
                if word & strict != strict:
                    continue
                key = word & used
                if key not in known:
                    signs = [SIGNS[atom.label(key >> bit & mask)[0]] for bit, mask, atom in masks]
                    known[key] = self.holds(signs)
                if known[key]:
                    yield level, index


def _has(sign: int, op: str) -> bool:
    if op in ("=", "!="):
        return (sign == 0) == (op == "=")
    return (sign < 0 if op[0] == "<" else sign > 0) or (sign == 0 and op.endswith("="))


def _follows(rule: Rule, signs: Sequence[int]) -> bool:
    first, rest = rule
    if first == "and":
        return all(_follows(part, signs) for part in rest)
    if first == "or":
        return any(_follows(part, signs) for part in rest)
    return _has(signs[first], rest)
