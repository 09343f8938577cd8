"""Conditions: comparisons of expressions, and what ``&``, ``|`` and ``~`` make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions import shapes

if TYPE_CHECKING:
    from piecewise_mt.functions.expression import Expression

_OPPOSITE = {">": "<=", "<=": ">", "<": ">=", ">=": "<", "=": "!=", "!=": "="}


class Condition:
    """A condition on the variables, for :func:`mt.where`, a domain or a stated piece.

    Comparisons ``x > y`` of expressions are conditions; ``&``, ``|`` and ``~`` join them. Note
    that these bind more tightly than comparisons do, so each comparison needs its brackets.

    See Also
    --------
    mt.where : Branches by conditions.
    mt.Comparison : The simplest ones.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> (x > 0) & ~(x >= y)
    (x > 0) & (x < y)
    >>> mt.relu(x).represent((x >= 0) & (x <= 1)).domain
    Polyhedron(0 <= x <= 1)
    """

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise PiecewiseError(
            f"expected a truth value, got the condition {self!r} on expressions, which differs "
            "from point to point; write mt.where(condition, a, b), or mt.max and mt.min; join "
            "conditions with & and |, as in (x >= 0) & (x <= 1)"
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("conditions are immutable; build a new one instead")

    def __and__(self, other: Any) -> Condition:
        return _joined("and", self, other)

    def __rand__(self, other: Any) -> Condition:
        return _joined("and", other, self)

    def __or__(self, other: Any) -> Condition:
        return _joined("or", self, other)

    def __ror__(self, other: Any) -> Condition:
        return _joined("or", other, self)

    def __invert__(self) -> Condition:
        raise NotImplementedError


class Comparison(Condition):
    """``lhs op rhs`` of two expressions; it has no truth value.

    See Also
    --------
    mt.Condition : What it is one of.
    mt.where : Branches by conditions.

    Examples
    --------
    Its negation gives the tie to the other side:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> comparison = x > y
    >>> type(comparison).__name__, comparison.op, ~comparison
    ('Comparison', '>', x <= y)
    """

    __slots__ = ("lhs", "op", "rhs", "shape")
    op: str
    """One of >, >=, <, <=, = and !=."""
    lhs: Expression
    rhs: Expression
    shape: shapes.Shape

    def __init__(self, op: str, lhs: Expression, rhs: Expression) -> None:
        assign = object.__setattr__
        assign(self, "op", op)
        assign(self, "lhs", lhs)
        assign(self, "rhs", rhs)
        assign(self, "shape", shapes.broadcast_shapes(lhs.shape, rhs.shape))

    def __invert__(self) -> Comparison:
        return Comparison(_OPPOSITE[self.op], self.lhs, self.rhs)

    def __reduce__(self) -> tuple[type[Comparison], tuple[str, Expression, Expression]]:
        return Comparison, (self.op, self.lhs, self.rhs)

    def __repr__(self) -> str:
        return f"{self.lhs!r} {self.op} {self.rhs!r}"


class Joined(Condition):
    """All (``kind`` is "and") or some ("or") of several conditions; of none, true or false."""

    __slots__ = ("kind", "parts")
    kind: str
    parts: tuple[Condition, ...]

    def __init__(self, kind: str, parts: tuple[Condition, ...]) -> None:
        flat = [
            inner
            for part in parts
            for inner in (part.parts if isinstance(part, Joined) and part.kind == kind else [part])
        ]
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "parts", tuple(flat))

    def __invert__(self) -> Joined:
        return Joined("or" if self.kind == "and" else "and", tuple(~part for part in self.parts))

    def __reduce__(self) -> tuple[type[Joined], tuple[str, tuple[Condition, ...]]]:
        return Joined, (self.kind, self.parts)

    def __repr__(self) -> str:
        if not self.parts:
            return str(self.kind == "and")
        return f" {'&' if self.kind == 'and' else '|'} ".join(f"({part!r})" for part in self.parts)


TRUE, FALSE = Joined("and", ()), Joined("or", ())


def _joined(kind: str, left: Any, right: Any) -> Condition:
    from piecewise_mt.functions.build.selection import as_condition

    return Joined(kind, (as_condition(left), as_condition(right)))
