"""Unions of basic semialgebraic sets {p = 0, …, q > 0, …}, with their texts."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sympy

from piecewise_mt.errors import Undecided as NotDecided
from piecewise_mt.exact.algebraic_points import ExactPoint, check_point
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.points import point_expressions, read_exact_point
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System, Terms
from piecewise_mt.typeset.affine import expression_latex, space_latex, union_latex
from piecewise_mt.typeset.mathml import InNotebooks

_RELATIONS: dict[int, tuple[str, str, Any]] = {
    1: ("<", "<", sympy.Lt),
    2: ("=", "=", sympy.Eq),
    3: ("<=", r"\leq", sympy.Le),
    4: (">", ">", sympy.Gt),
    5: ("!=", r"\neq", sympy.Ne),
    6: (">=", r"\geq", sympy.Ge),
}
SHOWN = 50
"""A set of more parts is shown by those that it has."""
_TURNED = {1: 4, 2: 2, 3: 6, 4: 1, 5: 5, 6: 3}


@dataclass(frozen=True)
class SemialgebraicSet(InNotebooks):
    """A union of sets given by polynomial equations and inequalities.

    Parameters
    ----------
    names : tuple of str
        The variables, in order.
    parts : tuple of conditions
        Each a tuple of (integer coefficients by exponents, mask of signs): 1 for negative, 2 for
        zero, 4 for positive, and their sums.

    See Also
    --------
    mt.PolyhedralSet : A union of polyhedra.
    mt.Piece : Its ``set``, ``regular`` and ``singular`` points.

    References
    ----------
    - J. Bochnak, M. Coste, M.-F. Roy, *Real algebraic geometry*, Springer, 1998.

    Examples
    --------
    A tie of R(w·x) in both variables, the cross w·x = 0, without its centre:

    >>> w, x = {(1, 0): 1}, {(0, 1): 1}
    >>> cross = SemialgebraicSet(("w", "x"), (((w, 2), (x, 5)), ((x, 2), (w, 5))))
    >>> print(cross)
    {w = 0, x != 0} ∪ {x = 0, w != 0}
    >>> cross.contains((0, 1)), cross.contains((0, 0)), cross.is_empty
    (True, False, False)
    """

    BUDGET: ClassVar[float] = 10.0
    """Seconds for a decision."""

    names: tuple[str, ...]
    parts: tuple[Conditions, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in order."""
        return self.names

    def contains(self, point: Any) -> bool:
        """Whether an exact point, rational or algebraic, belongs to the set.

        Examples
        --------
        >>> circle = SemialgebraicSet(("x", "y"), ((({(2, 0): 1, (0, 2): 1, (0, 0): -1}, 2),),))
        >>> circle.contains((sympy.sqrt(2) / 2, -sympy.sqrt(2) / 2)), circle.contains((1, "1/9"))
        (True, False)
        """
        exact = read_exact_point(point, self.names)
        return any(check_point(part, exact) for part in self.parts)

    @cached_property
    def _some_point(self) -> ExactPoint | None:
        """A point of the set, None if it is proved to be empty."""
        reasons = []
        for part in self.parts:
            answer = decide(System(self.names, part), self.BUDGET)
            if isinstance(answer, NonEmpty):
                return answer.point
            if not isinstance(answer, Empty):
                reasons.append(answer.reason)
        if reasons:
            raise NotDecided(f"expected a decision whether {self} is empty, got none: {reasons[0]}")
        return None

    @property
    def is_empty(self) -> bool:
        """Whether no point belongs to the set.

        Raises
        ------
        Undecided
            If ten seconds do not decide it.
        """
        return self._some_point is None

    def point(self) -> tuple[sympy.Expr, ...] | None:
        """An exact point of the set; None if it is empty.

        Raises
        ------
        Undecided
            If ten seconds do not decide it.

        Examples
        --------
        >>> SemialgebraicSet(("x",), ((({(2,): 1, (0,): -2}, 2), ({(1,): 1}, 4)),)).point()
        (sqrt(2),)
        """
        found = self._some_point
        return None if found is None else point_expressions(found)

    def __iter__(self) -> Iterator[SemialgebraicSet]:
        """The parts, each as a set of its own."""
        return (SemialgebraicSet(self.names, (part,)) for part in self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def condition(self) -> Any:
        """The set as a SymPy Boolean of relations in real symbols."""
        joined = [
            sympy.And(*(_relation(self.names, p, mask) for p, mask in part)) for part in self.parts
        ]
        return sympy.Or(*joined)

    @property
    def text(self) -> str:
        """The conditions of the parts, without braces."""
        return " or ".join(conditions_text(self.names, part) for part in self.parts) or "nowhere"

    @property
    def latex(self) -> str:
        """The conditions of the parts in LaTeX, without braces."""
        parts = [conditions_latex(self.names, part) for part in self.parts]
        return r" \text{ or } ".join(parts) or r"\text{nowhere}"

    def merged(self) -> SemialgebraicSet:
        """The same set, parts joined that differ in the signs of one polynomial only.

        The set is printed so if it has 50 parts or fewer.

        See Also
        --------
        PolyhedralSet.merged : With fewest polyhedra.

        Examples
        --------
        >>> disk = {(2, 0): 1, (0, 2): 1, (0, 0): -1}
        >>> closed = SemialgebraicSet(("x", "y"), (((disk, 1),), ((disk, 2),)))
        >>> print(closed), len(closed), len(closed.merged())
        {x**2 + y**2 <= 1}
        (None, 2, 1)
        """
        return SemialgebraicSet(self.names, _joined(self.parts))

    def _shown(self) -> tuple[Conditions, ...]:
        return _joined(self.parts) if len(self.parts) <= SHOWN else self.parts

    def __str__(self) -> str:
        parts = [f"{{{conditions_text(self.names, part)}}}" for part in self._shown()]
        return " ∪ ".join(parts) or "∅"

    def __repr__(self) -> str:
        return f"SemialgebraicSet({self})"

    def to_latex(self) -> str:
        r"""The union as LaTeX, ``\emptyset`` if there is no part.

        Examples
        --------
        >>> print(SemialgebraicSet(("x", "y"), ((({(1, 1): 1, (0, 0): 3}, 6),),)).to_latex())
        \{x y \geq -3\}
        """
        parts = [conditions_latex(self.names, part) for part in self._shown()]
        return union_latex(parts, len(self.names))

    def _repr_latex_(self) -> str:
        return f"${self.to_latex()}$"


def _joined(parts: Sequence[Conditions]) -> tuple[Conditions, ...]:
    """Parts joined pairwise in order; a union takes the place of the first."""
    kept = list(parts)
    i = 0
    while i < len(kept):
        unions = ((j, _union(kept[i], kept[j])) for j in range(i + 1, len(kept)))
        j, union = next(((j, own) for j, own in unions if own is not None), (0, None))
        if union is None:
            i += 1
        else:
            kept[i] = union
            del kept[j]
            i = 0
    return tuple(kept)


def _union(one: Conditions, other: Conditions) -> Conditions | None:
    """The union of two parts that say the same but of one polynomial."""
    if len(one) != len(other):
        return None
    mine = [condition for condition in one if condition not in other]
    others = [condition for condition in other if condition not in one]
    if len(mine) != 1 or len(others) != 1 or mine[0][0] != others[0][0]:
        return None
    p, mask = mine[0]
    signs = mask | others[0][1]
    return tuple(
        (p, signs) if condition is mine[0] else condition
        for condition in one
        if condition is not mine[0] or signs != 7
    )


class BySet(ABC):
    """The conditions of what is given by a set: a stratum, a piece."""

    __slots__ = ()

    @property
    @abstractmethod
    def set(self) -> SemialgebraicSet:
        """The points."""

    @property
    def condition(self) -> Any:
        """The conditions as a SymPy Boolean."""
        return self.set.condition

    @property
    def condition_text(self) -> str:
        """The conditions in one line."""
        return self.set.text

    @property
    def condition_latex(self) -> str:
        """The conditions in LaTeX."""
        return self.set.latex


def conditions_text(names: Sequence[str], conditions: Conditions) -> str:
    """Conditions that all hold, ``everywhere`` for none.

    Examples
    --------
    >>> conditions_text(("x", "y"), (({(2, 0): 1, (0, 1): -1}, 4), ({(0, 0): -1, (1, 1): 2}, 2)))
    '2*x*y = 1, x**2 > y'

    A variable that has a value is put in:

    >>> conditions_text(("x", "y"), (({(1, 0): 1, (0, 0): -2}, 2), ({(1, 1): 1, (0, 0): -1}, 4)))
    'x = 2, 2*y > 1'
    """
    found = []
    for p, mask in _in_order(_reduced(conditions)):
        left, own, right = _sides(names, p, mask)
        found.append(f"{left} {_RELATIONS[own][0]} {right}")
    return ", ".join(found) or "everywhere"


def conditions_latex(names: Sequence[str], conditions: Conditions) -> str:
    """The same in LaTeX, the whole space for none."""
    found = []
    for p, mask in _in_order(_reduced(conditions)):
        left, own, right = _sides(names, p, mask)
        found.append(f"{expression_latex(left)} {_RELATIONS[own][1]} {expression_latex(right)}")
    return r",\; ".join(found) or space_latex(len(names))


def _reduced(conditions: Conditions) -> Conditions:
    """The same set, with the values of variables that have one put into the other conditions."""
    own = list(conditions)
    for k in range(len(own)):
        p, mask = own[k]
        found = [e for e in p if any(e)]
        if mask != 2 or len(found) != 1 or sum(found[0]) != 1:
            continue
        place = found[0].index(1)
        below, above = p[found[0]], -p.get((0,) * len(found[0]), 0)
        for j, (q, other) in enumerate(own):
            if j != k and any(e[place] for e in q):
                own[j] = (_put(q, place, above, below), other)
    return tuple(condition for condition in own if not _holds(*condition))


def _put(q: Terms, place: int, above: int, below: int) -> dict[tuple[int, ...], int]:
    """A polynomial where one variable is above/below, times a positive number, without gcd."""
    most = max(e[place] for e in q)
    most += most % 2  # an even power of the denominator keeps the sign
    found: dict[tuple[int, ...], int] = {}
    for e, c in q.items():
        rest = (*e[:place], 0, *e[place + 1 :])
        value = c * above ** e[place] * below ** (most - e[place])
        found[rest] = found.get(rest, 0) + value
    common = math.gcd(*found.values()) or 1
    return {e: c // common for e, c in found.items() if c}


def _holds(p: Terms, mask: int) -> bool:
    """Whether a condition on a number alone holds; a constant that fails is left to be seen."""
    if any(map(any, p)):
        return False
    value = sum(p.values())
    return bool(mask & (1 if value < 0 else 4 if value > 0 else 2))


def _in_order(conditions: Conditions) -> list[tuple[Terms, int]]:
    """Equations first, those in earlier variables before the others."""

    def place(condition: tuple[Terms, int]) -> tuple[bool, list[tuple[int, ...]]]:
        return condition[1] != 2, [tuple(-k for k in e) for e in sorted(condition[0])[::-1]]

    return sorted(conditions, key=place)


def _relation(names: Sequence[str], p: Terms, mask: int) -> Any:
    left, own, right = _sides(names, p, mask)
    return _RELATIONS[own][2](left, right, evaluate=False)


def _sides(names: Sequence[str], p: Terms, mask: int) -> tuple[sympy.Expr, int, sympy.Expr]:
    """The positive terms on the left, the negative ones and the constant on the right."""
    symbols = [sympy.Symbol(name, real=True) for name in names]

    def expression(terms: Terms) -> sympy.Expr:
        return sympy.Add(
            *(
                c * sympy.Mul(*(x**k for x, k in zip(symbols, exponents, strict=True)))
                for exponents, c in terms.items()
            )
        )

    constant = sum(c for exponents, c in p.items() if not any(exponents))
    rest = {exponents: c for exponents, c in p.items() if any(exponents)}
    if rest and max(rest.items())[1] < 0:
        rest = {exponents: -c for exponents, c in rest.items()}
        constant, mask = -constant, _TURNED[mask]
    left = {e: c for e, c in rest.items() if c > 0}
    right = {e: -c for e, c in rest.items() if c < 0}
    # a positive constant stands on the left only where there is something else on the right
    side = left if constant > 0 and right else right
    side[(0,) * len(names)] = constant if side is left else -constant
    return expression(left), mask, expression(right)
