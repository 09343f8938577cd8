"""Strata of functions whose kinks are polynomials: nonempty combinations of labels, as ever.

A stratum is a basic semialgebraic set {p = 0, …, q > 0, …}. It may fall apart, be singular, and
have parts of several dimensions; the largest of them counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, singledispatch
from itertools import combinations, product
from math import lcm
from typing import Any, TypeAlias

import sympy
from sympy.polys.domains import QQ
from sympy.polys.rings import PolyRing

from piecewise_mt.calculus.evaluation.program import Program, SmoothUnit, Unit, compile_program
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.real_roots import count_roots, root_bound, sturm_chain
from piecewise_mt.functions.atoms import Atom, Label
from piecewise_mt.functions.atoms.base import Form
from piecewise_mt.functions.atoms.extremum import Extremum
from piecewise_mt.functions.atoms.line import PiecewiseLinear
from piecewise_mt.functions.atoms.order import OrderStatistic
from piecewise_mt.functions.atoms.where import Where
from piecewise_mt.functions.build.smooth_nodes import placeholder
from piecewise_mt.functions.expression import Expression
from piecewise_mt.semialgebraic.labels import (
    Alternative,
    Conditions,
    Enumeration,
    enumerate_labels,
)
from piecewise_mt.semialgebraic.reduction import irredundant, relation_text

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


@dataclass(frozen=True)
class SemialgebraicStratum:
    """A nonempty combination of labels, with a point that has them."""

    cells: SemialgebraicStrata
    labels: tuple[Label, ...]
    given: Conditions
    """What the labels say, as integer polynomials and masks of signs."""
    dimension: int
    """The largest local dimension, as far as it is known."""
    is_largest: bool
    """Whether it is proved that no part has a larger one."""
    point: ExactPoint

    @cached_property
    def conditions(self) -> Conditions:
        """What the labels say, without factors and conditions that the others imply."""
        return irredundant(self.cells.names, self.given)

    @cached_property
    def witness(self) -> tuple[sympy.Expr, ...]:
        """The point as SymPy numbers."""
        return point_expressions(self.point)

    @property
    def label_texts(self) -> tuple[str, ...]:
        """The labels as tables write them."""
        units = self.cells.program.units
        return tuple(u.atom.label_text(k) for u, k in zip(units, self.labels, strict=True))

    def __str__(self) -> str:
        names = self.cells.names
        return " and ".join(relation_text(names, p, mask) for p, mask in self.conditions) or "true"


@dataclass(frozen=True)
class SemialgebraicStrata:
    """All strata, by dimension descending, then by their labels.

    Examples
    --------
    The cross w·x = 0 is the tie of R(wx) in both variables:

    >>> import piecewise_mt as mt
    >>> w, x = mt.variables("w x")
    >>> strata = semialgebraic_strata(mt.relu(w * x))
    >>> strata.f_vector, [str(s) for s in strata]
    ((0, 1, 2), ['w*x < 0', 'w*x > 0', 'w*x = 0'])
    """

    function: Expression
    program: Program
    enumeration: Enumeration

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables, in order."""
        return self.program.names

    @cached_property
    def _strata(self) -> tuple[SemialgebraicStratum, ...]:
        found = [
            SemialgebraicStratum(
                self, _labels(c.labels), c.conditions, c.dimension, c.is_largest, c.point
            )
            for c in self.enumeration.found
        ]
        return tuple(sorted(found, key=lambda s: (-s.dimension, s.labels)))

    def __len__(self) -> int:
        return len(self._strata)

    def __iter__(self) -> Iterator[SemialgebraicStratum]:
        return iter(self._strata)

    def __getitem__(self, index: int) -> SemialgebraicStratum:
        return self._strata[index]

    @property
    def undecided(self) -> tuple[tuple[tuple[Label, ...], str], ...]:
        """Labels of the first units that were not decided, each with the reason."""
        return tuple((_labels(o.labels), o.reason) for o in self.enumeration.undecided)

    @property
    def f_vector(self) -> tuple[int, ...]:
        """How many strata there are of each dimension 0, …, a."""
        counts = [0] * (len(self.names) + 1)
        for stratum in self._strata:
            counts[stratum.dimension] += 1
        return tuple(counts)


def _labels(labels: Sequence[Any]) -> tuple[Label, ...]:
    return tuple(tuple(label) for label in labels)


def semialgebraic_strata(
    f: Expression,
    *,
    domain: Conditions = (),
    budget: float = 30.0,
    use_solver: bool = True,
) -> SemialgebraicStrata:
    """The strata of a function of polynomials.

    Raises
    ------
    Unsupported
        If the argument of a kink is no polynomial in the variables.
    """
    program = compile_program(f)
    kinks = _Kinks(program)
    found = enumerate_labels(
        program.names,
        len(program.units),
        kinks.alternatives,
        domain=domain,
        budget=budget,
        use_solver=use_solver,
    )
    return SemialgebraicStrata(f, program, found)


class _Kinks:
    """The kinks of a program as polynomials, given the labels of the units before."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.ring = PolyRing(program.names, QQ, "lex")
        first = len(program.names) + 1
        self.smooth: dict[int, dict[tuple[int, ...], Fraction] | None] = {}
        self.before: list[list[int]] = []
        # the smooth slots that are known before each unit
        pending: list[int] = []
        for slot, unit in program.ordered():
            if isinstance(unit, SmoothUnit):
                pending.append(slot)
                self.smooth[slot] = _polynomial_terms(unit)
            else:
                assert slot == first + len(self.before)
                self.before.append(pending)
                pending = []
        start: dict[int, Polynomial | None] = {0: self.ring.one}
        for i, generator in enumerate(self.ring.gens):
            start[i + 1] = generator
        self.known: dict[tuple[Any, ...], dict[int, Polynomial | None]] = {(): start}

    def alternatives(self, labels: tuple[Any, ...]) -> list[Alternative]:
        """The labels of the next unit with their conditions."""
        unit = self.program.units[len(labels)]
        operands = self._operands(unit, self._slots(labels))
        found = []
        for label in labels_of(unit.atom):
            conditions: list[tuple[dict[tuple[int, ...], int], int]] = []
            for form, relation in unit.atom.constraints(label):
                p = self._combination(form, operands)
                conditions.append((_integers(p), _MASKS[relation]))
            found.append(Alternative(label, tuple(conditions)))
        return found

    def _slots(self, labels: tuple[Any, ...]) -> dict[int, Polynomial | None]:
        """The polynomials of all slots that are known once these labels are."""
        own = self.known.get(labels)
        if own is None:
            own = dict(self._slots(labels[:-1]))
            unit = self.program.units[len(labels) - 1]
            weights = unit.atom.selection(labels[-1])
            operands = self._operands(unit, own)
            slot = len(self.program.names) + len(labels)
            own[slot] = self._combination(Form(*weights), operands)  # type: ignore[arg-type]
            self.known[labels] = own
        if len(labels) < len(self.before):
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
            value = Fraction(c)
            total = total + p * QQ(value.numerator, value.denominator)
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
        constant = Fraction(form.constant)
        total = self.ring.one * QQ(constant.numerator, constant.denominator)
        for c, p in zip(form.coefficients, operands, strict=True):
            if c:
                value = Fraction(c)
                total = total + p * QQ(value.numerator, value.denominator)
        return total


def _integers(p: Polynomial) -> dict[tuple[int, ...], int]:
    """The polynomial times a positive number, with integer coefficients."""
    scale = lcm(*(int(c.denominator) for c in p.values())) if p else 1
    return {tuple(e): int(c.numerator) * (scale // int(c.denominator)) for e, c in p.items()}


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


def point_expressions(point: ExactPoint) -> tuple[sympy.Expr, ...]:
    """The coordinates as SymPy numbers; roots are ``CRootOf``, or square roots.

    Examples
    --------
    >>> from piecewise_mt.exact.algebraic_points import Root
    >>> root = Root((-2, 0, 1), Fraction(1), Fraction(2))
    >>> point_expressions(ExactPoint(((Fraction(0), Fraction(1, 2)),), root))
    (sqrt(2)/2,)
    """
    if point.root is None:
        return tuple(to_rational(value) for value in point.rational)
    t = sympy.Symbol("t")
    p = point.root.polynomial
    chain = sturm_chain(p)
    index = count_roots(chain, -root_bound(p), point.root.low)
    number = sympy.rootof(sum(c * t**k for k, c in enumerate(p)), t, index, radicals=len(p) <= 3)
    return tuple(
        sympy.expand(sympy.Add(*(to_rational(c) * number**k for k, c in enumerate(element))))
        if len(p) <= 3
        else sympy.Add(*(to_rational(c) * number**k for k, c in enumerate(element)))
        for element in point.coordinates
    )
