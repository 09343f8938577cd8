"""Exact bounds of affine forms of the columns of a model that is being built."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from piecewise_mt.calculus.forms.switching import Form
from piecewise_mt.calculus.models.model import Constraint
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Optimum, Unbounded, maximize
from piecewise_mt.geometry.polyhedron import Polyhedron

METHODS = ("interval", "relaxation")


class Ranges:
    """The least and the largest value of forms: 0 is the constant, from 1 on the columns.

    With "interval" the part in the variables is bounded by linear programs on the domain, exactly,
    and every other column by its bounds. With "relaxation" a linear program on all rows so far
    bounds the whole form.
    """

    def __init__(self, domain: Polyhedron, method: str, rows: Sequence[Constraint]) -> None:
        self.rows = rows
        self.domain = domain
        self.method = method
        self._known: dict[tuple[tuple[int, Fraction], ...], Fraction] = {}
        own = [*domain.equations, *(row for row, _ in domain.inequalities)]
        self._is_box = all(sum(map(bool, row[1:])) <= 1 for row in own)
        self.bounds = _box(domain)
        """Of every column that forms may read."""

    def low(self, form: Form) -> Fraction:
        """The least value, or less."""
        return -self.high({slot: -c for slot, c in form.items()})

    def high(self, form: Form) -> Fraction:
        """The largest value, or more."""
        key = tuple(sorted(form.items()))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._high(form)
        return found

    def _high(self, form: Form) -> Fraction:
        a = len(self.domain.variables)
        if self.method == "relaxation" and any(slot > a for slot in form):
            return self._relaxed(form)
        total = form.get(0, Fraction(0))
        own = {slot: c for slot, c in form.items() if 0 < slot <= a}
        rest = {slot: c for slot, c in form.items() if slot > a}
        if own and not self._is_box and len(own) > 1:
            total += _largest([own.get(i, Fraction(0)) for i in range(1, a + 1)], self.domain)
        else:
            rest.update(own)
        for slot, c in rest.items():
            lower, upper = self.bounds[slot - 1]
            total += c * (upper if c > 0 else lower)
        return total

    def _relaxed(self, form: Form) -> Fraction:
        """By a linear program on the rows so far."""
        width = len(self.bounds) + 1
        equations: list[list[int]] = []
        above: list[tuple[Sequence[int], bool]] = []
        for own in self.rows:
            row = [own.constant, *[0] * (width - 1)]
            for j, c in own.terms:
                row[j + 1] = c
            if own.is_equation:
                equations.append(row)
            else:
                above.append((row, False))
        for slot, (lower, upper) in enumerate(self.bounds, start=1):
            for value, sign in ((lower, 1), (upper, -1)):
                wide = [Fraction(-sign) * value, *[Fraction(0)] * (width - 1)]
                wide[slot] = Fraction(sign)
                above.append((primitive(wide), False))
        dense = [form.get(slot, Fraction(0)) for slot in range(width)]
        scale = lcm(*(c.denominator for c in dense))
        found = maximize([int(c * scale) for c in dense], equations, above)
        assert isinstance(found, Optimum), "the relaxation has the points of the domain"
        return found.value / scale


def _largest(slopes: Sequence[Fraction], domain: Polyhedron) -> Fraction:
    """The largest value of a linear form on a bounded closed polyhedron."""
    scale = lcm(*(c.denominator for c in slopes))
    row = [0, *(int(c * scale) for c in slopes)]
    found = maximize(row, domain.equations, domain.inequalities)
    assert isinstance(found, Optimum), "the domain is bounded and has points"
    return found.value / scale


def _box(domain: Polyhedron) -> list[tuple[Fraction, Fraction]]:
    """The least and the largest value of every variable."""
    found = []
    for i, name in enumerate(domain.variables):
        ends = []
        for sign, side in ((-1, "lower"), (1, "upper")):
            row = [0] * (len(domain.variables) + 1)
            row[i + 1] = sign
            answer = maximize(row, domain.equations, domain.inequalities)
            if isinstance(answer, Unbounded):
                raise PiecewiseError(
                    f"expected a bounded domain for a mixed-integer model, got one without "
                    f"{side} bound of {name}; give bounds, as in {{{name!r}: (-10, 10)}}"
                )
            assert isinstance(answer, Optimum), "the domain has points"
            ends.append(sign * answer.value)
        found.append((ends[0], ends[1]))
    return found
