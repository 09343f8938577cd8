"""The kinks of a program as polynomials in its variables, unit after unit."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import singledispatch
from itertools import combinations, product
from math import comb
from typing import Any, TypeAlias

import sympy
from sympy.polys.domains import QQ
from sympy.polys.rings import PolyRing

from piecewise_mt.budget import require_work
from piecewise_mt.calculus.evaluation.program import (
    Picked,
    Program,
    SmoothUnit,
    Unit,
    selected,
)
from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.polynomials import Coefficient
from piecewise_mt.exact.polynomials import Polynomial as InParameters
from piecewise_mt.functions.atoms import Atom, Label, Weights
from piecewise_mt.functions.atoms.base import Form
from piecewise_mt.functions.atoms.extremum import Extremum
from piecewise_mt.functions.atoms.line import PiecewiseLinear
from piecewise_mt.functions.atoms.order import OrderStatistic
from piecewise_mt.functions.atoms.where import Where
from piecewise_mt.functions.build.smooth_nodes import placeholder
from piecewise_mt.semialgebraic.labels import Alternative, Conditions
from piecewise_mt.semialgebraic.systems import Terms, integer_terms

Polynomial: TypeAlias = Any
"""An element of the ring of the variables over the rationals."""
_MASKS = {"=": 2, ">": 4, ">=": 6}


@singledispatch
def labels_of(atom: Atom) -> list[Label]:
    """All labels of an atom, in order."""
    raise Unsupported(
        f"expected relu, abs, max, min, where or an order statistic of polynomials, got "
        f"{atom.name}; write it with these"
    )


@labels_of.register
def _(atom: PiecewiseLinear) -> list[Label]:
    return [(i,) for i in range(len(atom.slopes) + len(atom.breakpoints))]


@labels_of.register
def _(atom: Extremum) -> list[Label]:
    n = atom.arity
    return [(k, *tied) for k in range(1, n + 1) for tied in combinations(range(n), k)]


@labels_of.register
def _(atom: Where) -> list[Label]:
    return [(0,), (1,), (2,)]


@labels_of.register
def _(atom: OrderStatistic) -> list[Label]:
    n = atom.arity
    ranks = product(range(n), repeat=n)
    return sorted({atom.label_at([Fraction(r) for r in row]) for row in ranks})


def without_parameters(unit: Unit, label: Label) -> Weights:
    """The weights of the tie rule with zeros for free parameters: equal values on the tie."""
    weights, constant = unit.atom.weights(label, unit.parameter)
    return tuple(_plain(w) for w in weights), _plain(constant)


def _plain(weight: Coefficient) -> int | Fraction:
    return weight.terms.get((), Fraction(0)) if isinstance(weight, InParameters) else weight


class Kinks:
    """The kinks of a program as polynomials, given the labels of the units before.

    Examples
    --------
    The pieces of max(x·y, 0) under a rule say what its strata say together:

    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> x, y = mt.variables("x y")
    >>> program = compile_program(mt.max(x * y, 0, ties="first"))
    >>> kinks = Kinks(program, without_parameters)
    >>> kinks.of_branches([(1, 0)])
    (({(1, 1): 1}, 6),)
    """

    def __init__(self, program: Program, weights: Picked = selected) -> None:
        self.program = program
        self.weights = weights
        self.ring = PolyRing(program.names, QQ, "lex")
        first = len(program.names) + 1
        self.smooth: dict[int, dict[tuple[int, ...], Fraction] | None] = {}
        self.before: list[list[int]] = []
        # the smooth slots that are known before each unit, and after the last
        pending: list[int] = []
        for slot, unit in program.ordered():
            if isinstance(unit, SmoothUnit):
                pending.append(slot)
                self.smooth[slot] = _polynomial_terms(unit)
            else:
                assert slot == first + len(self.before)
                self.before.append(pending)
                pending = []
        self.before.append(pending)
        start: dict[int, Polynomial | None] = {0: self.ring.one}
        for i, generator in enumerate(self.ring.gens):
            start[i + 1] = generator
        self.known: dict[tuple[Any, ...], dict[int, Polynomial | None]] = {(): start}

    def __reduce__(self) -> tuple[Any, ...]:
        return Kinks, (self.program, self.weights)

    def alternatives(self, labels: tuple[Any, ...]) -> list[Alternative]:
        """The labels of the next unit with their conditions."""
        unit = self.program.units[len(labels)]
        operands = self._operands(unit, self._slots(labels))
        found = []
        for label in labels_of(unit.atom):
            conditions: list[tuple[dict[tuple[int, ...], int], int]] = []
            for form, relation in unit.atom.constraints(label):
                p = self._combination(form, operands)
                conditions.append((integer_terms(p), _MASKS[relation]))
            found.append(Alternative(label, tuple(conditions)))
        return found

    def of_branches(self, labels: Sequence[Label]) -> Conditions:
        """What the branches of the labels say together."""
        found: list[tuple[dict[tuple[int, ...], int], int]] = []
        for i, (unit, label) in enumerate(zip(self.program.units, labels, strict=True)):
            operands = self._operands(unit, self._slots(tuple(labels[:i])))
            own = unit.atom.branch_constraints(unit.atom.branch(label), label)
            for form, relation in own:
                found.append((integer_terms(self._combination(form, operands)), _MASKS[relation]))
        return tuple(found)

    def combination(self, labels: tuple[Any, ...], form: Form) -> dict[tuple[int, ...], int]:
        """A positive multiple of a form of the operands of the next unit."""
        unit = self.program.units[len(labels)]
        return integer_terms(self._combination(form, self._operands(unit, self._slots(labels))))

    def conditions(self, labels: tuple[Any, ...]) -> Conditions:
        """What labels of the first units say."""
        found: list[tuple[Terms, int]] = []
        for index, label in enumerate(labels):
            options = self.alternatives(labels[:index])
            found += next(own.conditions for own in options if own.label == label)
        return tuple(found)

    def output(self, labels: tuple[Any, ...]) -> dict[tuple[int, ...], int] | None:
        """A positive multiple of the first output, given all labels; None if no polynomial."""
        p = self._row(self.program.outputs[0], self._slots(labels))
        return None if p is None else integer_terms(p)

    def combinations(self, most: int) -> list[tuple[tuple[Label, ...], Conditions]] | None:
        """All combinations of labels, perhaps empty ones, and what they say; None if too many."""
        found: list[tuple[tuple[Any, ...], Conditions]] = [((), ())]
        for _ in self.program.units:
            found = [
                ((*labels, own.label), (*known, *own.conditions))
                for labels, known in found
                for own in self.alternatives(labels)
            ]
            if len(found) > most:
                return None
        return found

    def _slots(self, labels: tuple[Any, ...]) -> dict[int, Polynomial | None]:
        """The polynomials of all slots that are known once these labels are."""
        own = self.known.get(labels)
        if own is None:
            own = dict(self._slots(labels[:-1]))
            unit = self.program.units[len(labels) - 1]
            weights = self.weights(unit, labels[-1])
            operands = self._operands(unit, own)
            slot = len(self.program.names) + len(labels)
            own[slot] = self._combination(Form(*weights), operands)  # type: ignore[arg-type]
            self.known[labels] = own
        for slot in self.before[len(labels)]:
            if slot not in own:
                own[slot] = self._smooth(slot, own)
        return own

    def _smooth(self, slot: int, slots: dict[int, Polynomial | None]) -> Polynomial | None:
        terms = self.smooth[slot]
        operands: list[Polynomial] = []
        for row in self.program.smooth[-1 - slot].operands:
            p = self._row(row, slots)
            if p is None:
                return None
            operands.append(p)
        if terms is None:
            return None
        total = self.ring.zero
        for exponents, c in terms.items():
            term = self.ring.one * QQ(c.numerator, c.denominator)
            require_work(_product_size(operands, exponents), "a polynomial multiplied out")
            for p, power in zip(operands, exponents, strict=True):
                if power:
                    term = term * p**power
            total = total + term
        return total

    def _row(
        self, row: dict[int, int | Fraction], slots: dict[int, Polynomial | None]
    ) -> Polynomial | None:
        total = self.ring.zero
        for slot, c in row.items():
            p = slots[slot]
            if p is None:
                return None
            total = total + p * _rational(c)
        return total

    def _operands(self, unit: Unit, slots: dict[int, Polynomial | None]) -> list[Polynomial]:
        found = []
        for row in unit.operands:
            p = self._row(row, slots)
            if p is None:
                raise Unsupported(
                    f"expected kinks of polynomials in the variables, got {unit.text}; f.value "
                    "and f.gradient at a point still work"
                )
            found.append(p)
        return found

    def _combination(self, form: Form, operands: Sequence[Polynomial]) -> Polynomial:
        total = self.ring.one * _rational(form.constant)
        for c, p in zip(form.coefficients, operands, strict=True):
            if c:
                total = total + p * _rational(c)
        return total


def _product_size(operands: Sequence[Polynomial], exponents: Sequence[int]) -> int:
    """A bound for the number of terms of a product of powers.

    There are no more than monomials of the degree that the product has.
    """
    terms, degree = 1, 0
    for p, power in zip(operands, exponents, strict=True):
        if power:
            terms *= comb(len(p) + power - 1, power)
            degree += power * max((sum(monomial) for monomial in p), default=0)
    width = len(operands[0].ring.gens) if operands else 0
    return min(terms, comb(degree + width, width))


def _rational(value: Any) -> Any:
    """A coefficient in the ring of the variables.

    Raises
    ------
    NotPolyhedral
        If it is irrational.
    """
    if isinstance(value, Algebraic):
        raise NotPolyhedral(
            f"expected rational coefficients where kinks are polynomials, got {value}, which is "
            "not supported yet; take a variable s for it, and a domain such as s**2 = 2, s > 0"
        )
    exact = Fraction(value)
    return QQ(exact.numerator, exact.denominator)


def _polynomial_terms(unit: SmoothUnit) -> dict[tuple[int, ...], Fraction] | None:
    """The coefficients of a smooth function of its operands, None if it is no polynomial."""
    symbols = [placeholder(i) for i in range(unit.function.arity)]
    try:
        p = sympy.Poly(unit.function.expression, *symbols, domain="QQ")
    except sympy.PolynomialError:
        return None
    except sympy.CoercionFailed:
        return None
    return {e: Fraction(int(c.p), int(c.q)) for e, c in p.terms()}
