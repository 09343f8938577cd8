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
from typing import TYPE_CHECKING, Any, TypeAlias

import sympy
from sympy.polys.domains import QQ
from sympy.polys.rings import PolyRing

from piecewise_mt.calculus.evaluation.program import (
    Picked,
    Program,
    SmoothUnit,
    Unit,
    compile_program,
    selected,
)
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.algebraic_points import ExactPoint, check_point
from piecewise_mt.exact.polynomials import Coefficient
from piecewise_mt.exact.polynomials import Polynomial as InParameters
from piecewise_mt.exact.reals import Coordinate, number_expr
from piecewise_mt.functions.atoms import Atom, Label, Weights
from piecewise_mt.functions.atoms.base import Form
from piecewise_mt.functions.atoms.extremum import Extremum
from piecewise_mt.functions.atoms.line import PiecewiseLinear
from piecewise_mt.functions.atoms.order import OrderStatistic
from piecewise_mt.functions.atoms.where import Where
from piecewise_mt.functions.build.smooth_nodes import placeholder
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.labels import (
    Alternative,
    Conditions,
    Enumeration,
    enumerate_labels,
)
from piecewise_mt.semialgebraic.points import point_expressions, read_exact_point
from piecewise_mt.semialgebraic.reduction import irredundant
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

if TYPE_CHECKING:
    from piecewise_mt.typeset.tables import Table

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
    label_keys: tuple[Label, ...]
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
    def labels(self) -> tuple[str, ...]:
        """The labels as tables write them."""
        units = self.cells.program.units
        return tuple(u.atom.label_text(k) for u, k in zip(units, self.label_keys, strict=True))

    @property
    def set(self) -> SemialgebraicSet:
        """The points of the stratum."""
        return SemialgebraicSet(self.cells.names, (self.conditions,))

    @property
    def condition_text(self) -> str:
        """The conditions in one line."""
        return self.set.text

    @property
    def condition_latex(self) -> str:
        """The conditions in LaTeX."""
        return self.set.latex

    @property
    def condition(self) -> Any:
        """The conditions as a SymPy Boolean."""
        return self.set.condition

    @property
    def label_text(self) -> str:
        """The labels of all units in one line."""
        return " ".join(self.labels)

    def __str__(self) -> str:
        return self.condition_text

    def __repr__(self) -> str:
        return f"Stratum({self.label_text}: {self.condition_text}, dimension {self.dimension})"


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
    domain: Polyhedron | SemialgebraicSet | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables, in order."""
        return self.program.names

    @property
    def title(self) -> str:
        """The function in text."""
        return str(self.function)

    @cached_property
    def _strata(self) -> tuple[SemialgebraicStratum, ...]:
        found = [
            SemialgebraicStratum(
                self, _labels(c.labels), c.conditions, c.dimension, c.is_largest, c.point
            )
            for c in self.enumeration.found
        ]
        return tuple(sorted(found, key=lambda s: (-s.dimension, s.label_keys)))

    def __len__(self) -> int:
        return len(self._strata)

    def __iter__(self) -> Iterator[SemialgebraicStratum]:
        return iter(self._strata)

    def __getitem__(self, index: int) -> SemialgebraicStratum:
        return self._strata[index]

    @property
    def outside(self) -> Conditions:
        """What holds in the whole domain."""
        return conditions_of(self.domain)

    def contains(self, point: Sequence[Coordinate]) -> bool:
        """Whether a point is in the domain."""
        if self.domain is None:
            return True
        exact = read_exact_point(tuple(map(number_expr, point)), self.names)
        return check_point(self.outside, exact)

    @property
    def open_questions(self) -> tuple[str, ...]:
        """What was not decided, in words."""
        units = self.program.units
        found = []
        for labels, reason in self.undecided:
            texts = [u.atom.label_text(k) for u, k in zip(units, labels, strict=False)]
            found.append(f"the labels {' '.join(texts)}: {reason}")
        return tuple(found)

    def table(self, limit: int | None = None) -> Table:
        """The table of strata: number, conditions, dimension, labels."""
        from piecewise_mt.display.door import strata_table

        return strata_table(self, limit)

    def __repr__(self) -> str:
        return str(self.table(limit=50))

    def _repr_html_(self) -> str:
        return self.table(limit=50).to_html()

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
    domain: Any = None,
    *,
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
    region = domain if isinstance(domain, SemialgebraicSet) else read_domain(domain, program.names)
    kinks = Kinks(program)
    found = enumerate_labels(
        program.names,
        len(program.units),
        kinks.alternatives,
        domain=conditions_of(region),
        budget=budget,
        use_solver=use_solver,
    )
    return SemialgebraicStrata(f, program, found, region)


def conditions_of(domain: Polyhedron | SemialgebraicSet | None) -> Conditions:
    """A domain as polynomial conditions.

    Examples
    --------
    >>> conditions_of(Polyhedron(("x", "y"), [(0, 1, -1)], [((1, 2, 0), True)]))
    (({(1, 0): 1, (0, 1): -1}, 2), ({(0, 0): 1, (1, 0): 2}, 4))
    """
    if domain is None:
        return ()
    if isinstance(domain, SemialgebraicSet):
        (own,) = domain.parts
        return own

    def terms(row: Sequence[int]) -> dict[tuple[int, ...], int]:
        width = len(row) - 1
        units = [tuple(int(i == j) for j in range(width)) for i in range(-1, width)]
        return {unit: c for unit, c in zip(units, row, strict=True) if c}

    equations = [(terms(row), 2) for row in domain.equations]
    return (
        *equations,
        *((terms(row), 4 if strict else 6) for row, strict in domain.inequalities),
    )


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
                conditions.append((_integers(p), _MASKS[relation]))
            found.append(Alternative(label, tuple(conditions)))
        return found

    def of_branches(self, labels: Sequence[Label]) -> Conditions:
        """What the branches of the labels say together."""
        found: list[tuple[dict[tuple[int, ...], int], int]] = []
        for i, (unit, label) in enumerate(zip(self.program.units, labels, strict=True)):
            operands = self._operands(unit, self._slots(tuple(labels[:i])))
            own = unit.atom.branch_constraints(unit.atom.branch(label), label)
            for form, relation in own:
                found.append((_integers(self._combination(form, operands)), _MASKS[relation]))
        return tuple(found)

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
