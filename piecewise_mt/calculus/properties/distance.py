"""How far two functions are apart in the sup norm, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.properties.in_words import InWords, infimum_text, point_text
from piecewise_mt.calculus.properties.optimum import Infimum, argmin, infimum_report
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    numbers_text,
    same,
)
from piecewise_mt.errors import ShapeError
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.build.builders import abs as absolute
from piecewise_mt.functions.build.extrema import max as maximum
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.substitute import in_order_of
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True, repr=False, eq=False)
class Distance(InWords, Proof):
    """The supremum of \\|f - g\\|, where it is attained or approached, and its proof.

    See Also
    --------
    mt.distance : Makes it.
    """

    value: sympy.Expr
    """oo if the difference is not bounded."""
    point: tuple[sympy.Expr, ...] | None
    """Where the difference is that large, in the domain or on its boundary; None if nowhere."""
    is_attained: bool
    """Whether the point is in the domain."""
    output: int
    """The number of the entry that is furthest, from 1 on."""
    infima: tuple[Any, ...] = field(repr=False)
    """Of f - g and g - f for every entry, each with its proof."""
    _difference: Expression = field(repr=False)
    _domain: Polyhedron | None = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        where = "at no point" if self.point is None else f"at {numbers_text(self.point)}"
        how = "attained" if self.is_attained else "not attained"
        return (
            f"The distance over {domain_text(self._domain)} is {self.value}, in the entry "
            f"{self.output}, {how}, {where}, for the difference "
            f"{function_text(self._difference)}."
        )

    def _question(self) -> Question | None:
        """The supremum of the largest absolute value of an entry."""
        if not self._difference.size:
            return None
        largest = in_order_of(
            maximum(absolute(self._difference, at_zero=0), ties="first"), self._difference
        )
        value = None if self.value == sympy.oo else self.value
        answer = {"kind": "infimum", "value": value}
        return Question(largest, "maximum", {"domain": self._domain}, answer)

    def _check(self) -> bool:
        if not same(_distance(self._difference, self._domain), self):
            return False
        if not all(own.verify() for own in self.infima):
            return False
        if self.point is None or self.value == sympy.oo:
            return True
        names = tuple(v.name for v in self._difference.variables)
        values = values_at(self._difference, names, [to_number(v) for v in self.point])
        return bool(to_rational(abs(values[self.output - 1])) == self.value)

    def __str__(self) -> str:
        if self.value == sympy.oo:
            return "oo"
        where = "no point" if self.point is None else point_text(self.point)
        return infimum_text(self.value, where, self.is_attained)


def distance(f: Any, g: Any, domain: Any = None) -> Distance:
    r"""The distance of two functions in the sup norm, :math:`\sup_x \|f(x) - g(x)\|_\infty`.

    Parameters
    ----------
    f, g : Expression or exact numbers
        Of the same shape; for arrays the entry counts that is furthest.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.

    Returns
    -------
    Distance
        ``.value``, ``.point``, ``.is_attained``, ``.output``; ``.verify()`` checks it anew.

    Raises
    ------
    ShapeError
        If the shapes differ.
    Unsupported, Undecided
        As :func:`mt.infimum`.

    See Also
    --------
    mt.equal : Whether it is 0.
    mt.holds : Whether one is above the other everywhere.
    mt.simplest_between : A simpler function that is near.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.distance(mt.relu(x), mt.abs(x) / 2, {x: (-1, 2)})
    Distance(1, attained at 2)
    >>> mt.distance(mt.relu(x), x, "x > -1"), mt.distance(mt.relu(x), x)
    (Distance(1, not attained, approached at -1), Distance(oo))
    """
    one, other = as_expression(f), as_expression(g)
    if one.shape != other.shape:
        raise ShapeError(
            f"expected two functions of the same shape, got {one.shape} and {other.shape}; take "
            "entries"
        )
    difference = in_order_of(one - other, one, other)
    names = tuple(v.name for v in difference.variables)
    return _distance(difference.ravel(), read_domain(domain, names))


def _distance(flat: Expression, domain: Polyhedron | None) -> Distance:
    infima: list[Any] = []
    for k in range(flat.size):
        own = in_order_of(flat[k], flat)
        infima += [infimum_report(own, domain), infimum_report(-own, domain)]
    if not infima:
        return Distance(sympy.Integer(0), None, False, 0, (), flat, domain)
    best = min(infima, key=lambda own: own.value)
    value = -best.value
    place = infima.index(best) // 2 + 1
    if value == sympy.oo:
        return Distance(value, None, False, place, tuple(infima), flat, domain)
    given = best.point
    point = None if given is None else tuple(map(to_rational, given))
    attained = bool(best.is_attained)
    if attained and isinstance(best, Infimum) and best._domain is not None:
        attained, point = _attained(best, point)
    return Distance(value, point, attained, place, tuple(infima), flat, domain)


def _attained(
    best: Infimum, point: tuple[sympy.Expr, ...] | None
) -> tuple[bool, tuple[sympy.Expr, ...] | None]:
    """A point of the domain with the value, which the closure's need not be."""
    assert best._domain is not None, "otherwise any point is in it"
    if best._domain.contains(best.point):
        return True, point
    found: Any = next(iter(argmin(best._function, best._domain)), None)
    if found is None:
        return False, point
    witness = found.witness()
    return True, None if witness is None else tuple(map(to_rational, witness))
