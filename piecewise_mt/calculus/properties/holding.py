"""Whether a condition on functions holds everywhere, with a counterexample otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.curved_sets import signs_of_polynomials
from piecewise_mt.calculus.properties.in_words import InWords, point_text
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    numbers_text,
    same,
)
from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.build.arithmetic import concat
from piecewise_mt.functions.build.builders import abs as absolute
from piecewise_mt.functions.build.builders import relu
from piecewise_mt.functions.build.selection import as_condition
from piecewise_mt.functions.conditions import Comparison, Condition, Joined
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.substitute import in_order_of
from piecewise_mt.geometry.polyhedron import Polyhedron

SECONDS = 30.0
"""For the strata where kinks are polynomials."""
_SIGNS = {">": (1,), ">=": (0, 1), "<": (-1,), "<=": (-1, 0), "=": (0,), "!=": (-1, 1)}


@dataclass(frozen=True, repr=False, eq=False)
class Truth(InWords, Proof):
    """Whether a condition holds at every point of a domain.

    Its truth value is ``holds``. That it does is a proof by enumeration of the strata on which
    every difference of the two sides keeps its sign; that it does not, one point.

    See Also
    --------
    mt.holds : Makes it.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> found = mt.holds(mt.max(x, y) > x)
    >>> bool(found), found.counterexample, found.verify()
    (False, (1, 0), True)
    """

    holds: bool
    counterexample: tuple[sympy.Expr, ...] | None
    """A point of the domain at which the condition does not hold, if there is one."""
    condition: Condition
    names: tuple[str, ...]
    strata: int
    """How many strata were looked at."""
    _domain: Polyhedron | None = field(default=None)

    def __str__(self) -> str:
        if self.holds:
            count = "one stratum" if self.strata == 1 else f"all of {self.strata} strata"
            return f"yes: {self.condition!r} on {count}"
        assert self.counterexample is not None, "there is a point where it fails"
        return f"no: {self.condition!r} fails at {point_text(self.counterexample)}"

    def __bool__(self) -> bool:
        return self.holds

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        told = "holds everywhere"
        if self.counterexample is not None:
            told = f"fails at {numbers_text(self.counterexample)}"
        if not self.holds and self.counterexample is None:
            told = "fails"
        return (
            f"On {domain_text(self._domain)} of the variables {', '.join(self.names)} the "
            f"condition {told}, as {self.strata} strata show: {condition_text(self.condition)}."
        )

    def _question(self) -> Question:
        kind = "holds" if self.holds else "fails"
        return Question(self.condition, "holds", {"domain": self._domain}, {"kind": kind})

    def _check(self) -> bool:
        """Check the point by values, or enumerate the strata anew."""
        if not same(_truth(self.condition, self._domain), self):
            return False
        if self.holds:
            return True
        if self.counterexample is None:
            return False
        point = [to_number(v) for v in self.counterexample]
        inside = self._domain is None or self._domain.contains(tuple(point))
        differences = differences_of(self.condition)
        values: Sequence[Any] = ()
        if differences:
            values = values_at(stack_of(differences, self.names), self.names, point)
        signs = iter([(v > 0) - (v < 0) for v in values])
        return inside and not _is_true(self.condition, signs)


def holds(condition: Any, domain: Any = None) -> Truth:
    """Whether a condition on functions holds at every point of a domain.

    Parameters
    ----------
    condition : Condition, str or SymPy Boolean
        Comparisons of expressions such as ``f >= g``, joined by ``&``, ``|`` and ``~``, or a text
        such as ``"max(x, y) >= x"``. A comparison of arrays means all of their entries.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.

    Returns
    -------
    Truth
        ``.holds``, and ``.counterexample`` where it does not.

    Raises
    ------
    Unsupported
        If a difference of two sides is neither piecewise affine nor piecewise polynomial.
    Undecided
        If polynomial kinks take too long.

    See Also
    --------
    mt.equal : Two functions.
    mt.distance : How far they are apart.
    mt.where : Branches by a condition.

    Examples
    --------
    The tie is the only point at which the larger of two numbers is not above one of them:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.holds((mt.max(x, y) > x) | (mt.max(x, y) > y))
    Truth(no: (max(x, y) > x) | (max(x, y) > y) fails at (0, 0))
    >>> mt.holds(mt.max(x, y) >= (x + y) / 2).holds
    True
    >>> mt.holds(mt.relu(x) <= x, "x >= 0").holds
    True
    """
    own = as_condition(condition)
    names = names_in(differences_of(own), domain)
    return _truth(own, read_domain(domain, names) if names else None)


def _truth(own: Condition, domain: Polyhedron | None) -> Truth:
    differences = differences_of(own)
    names = names_in(differences, domain)
    if not differences:
        truth = _is_true(own, iter(()))
        return Truth(truth, None if truth else (), own, names, 1, domain)
    stacked = stack_of(differences, names)
    if not names:
        values = values_at(stacked, names, [])
        truth = _is_true(own, iter([(v > 0) - (v < 0) for v in values]))
        return Truth(truth, None if truth else (), own, names, 1, domain)
    try:
        cells = strata(in_order_of(absolute(stacked, at_zero="free"), stacked), domain)
    except NotPolyhedral:
        return _on_curved(own, stacked, names, domain)
    if cells.program.is_smooth:
        return _on_curved(own, stacked, names, domain)
    count = 0
    for stratum in cells:
        count += 1
        values = values_at(stacked, names, stratum.point)
        if not _is_true(own, iter([(v > 0) - (v < 0) for v in values])):
            point = tuple(map(to_rational, stratum.point))
            return Truth(False, point, own, names, count, domain)
    return Truth(True, None, own, names, count, domain)


def _on_curved(
    condition: Condition,
    stacked: Expression,
    names: tuple[str, ...],
    domain: Any,
) -> Truth:
    """The same where differences are polynomials."""
    cut = in_order_of(concat([stacked, relu(stacked, at_zero="free")]), stacked)

    def fails(signs: Iterable[bool]) -> bool:
        return not _is_true(condition, iter(signs))

    def itself(sign: int) -> bool:
        return sign  # type: ignore[return-value]

    try:
        against = signs_of_polynomials(stacked, cut, domain, fails, SECONDS, (), itself)
    except Unsupported as error:
        raise Unsupported(
            f"expected a condition on piecewise affine or piecewise polynomial functions, got "
            f"{condition!r}; ask mt.infimum of the difference"
        ) from error
    point = against.point()
    return Truth(point is None, point, condition, names, len(against), domain)


def differences_of(condition: Condition) -> list[Expression]:
    """The differences of the sides of all comparisons, in the order in which they are written."""
    if isinstance(condition, Joined):
        return [own for part in condition.parts for own in differences_of(part)]
    assert isinstance(condition, Comparison), "there are no other conditions"
    return [with_first_ties(condition.lhs - condition.rhs).ravel()]


def names_in(differences: Sequence[Expression], domain: Any) -> tuple[str, ...]:
    stacked = concat(list(differences)) if differences else None
    names = () if stacked is None else tuple(v.name for v in stacked.variables)
    more = getattr(domain, "variables", ()) if domain is not None else ()
    return (*names, *(name for name in more if name not in names))


def stack_of(differences: Sequence[Expression], names: tuple[str, ...]) -> Expression:
    total = concat(list(differences))
    return total.on(*names) if names else total


def _is_true(condition: Condition, signs: Iterator[int]) -> bool:
    """The truth value where the differences have given signs; all of them are read."""
    if isinstance(condition, Joined):
        parts = [_is_true(part, signs) for part in condition.parts]
        return all(parts) if condition.kind == "and" else any(parts)
    assert isinstance(condition, Comparison), "there are no other conditions"
    allowed = _SIGNS[condition.op]
    size = 1
    for length in condition.shape:
        size *= length
    own = [next(signs) for _ in range(size)]
    return all(sign in allowed for sign in own)


def condition_text(condition: Condition) -> str:
    """A condition with the whole texts of its sides.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> condition_text((mt.max(x, y) > x) | (x < 0))
    '(max(x, y) > x) | (x < 0)'
    """
    if isinstance(condition, Joined):
        joint = f" {'&' if condition.kind == 'and' else '|'} "
        parts = [f"({condition_text(part)})" for part in condition.parts]
        return joint.join(parts) or str(condition.kind == "and")
    assert isinstance(condition, Comparison), "there are no other conditions"
    return f"{condition.lhs} {condition.op} {condition.rhs}"
