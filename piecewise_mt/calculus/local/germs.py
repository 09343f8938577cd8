"""The slots of a program near a point, exactly: their increments as sums of multiples of terms.

A term is a monomial in the increments z of the variables, or any other formula in them that is left
whole. Sums of germs that are known to cancel, or to have one sign, prove that kinks which agree to
first order do not leave a cell between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import sympy

from piecewise_mt.calculus.evaluation.forward import UnitAt, partials_at
from piecewise_mt.calculus.evaluation.program import Program, Slots, SmoothUnit, Unit
from piecewise_mt.calculus.local.reduction import Reduction, Vector, make_program
from piecewise_mt.calculus.local.tangent_program import number_of
from piecewise_mt.calculus.partition.refinement import partition
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import as_fraction, to_rational
from piecewise_mt.exact.polynomials import coefficient_to_sympy
from piecewise_mt.exact.reading_numbers import NotAlgebraic, algebraic
from piecewise_mt.exact.reals import Missing, number_expr
from piecewise_mt.functions.atoms import Atom, Label
from piecewise_mt.memory import cached_property

Term: TypeAlias = Any
"""A tuple of exponents, or a SymPy formula in the increments."""
MAX_OPERATIONS = 2000
"""Formulas of more operations are left whole rather than expanded."""


@dataclass(frozen=True, eq=False, slots=True)
class Germ:
    """An increment near the point: its gradient there, and itself as a sum of terms."""

    gradient: Vector
    terms: Mapping[Term, Fraction]

    @property
    def is_polynomial(self) -> bool:
        """Whether all terms are monomials."""
        return all(isinstance(term, tuple) for term in self.terms)

    @property
    def is_rational(self) -> bool:
        """Whether all coefficients are."""
        return all(type(c) is Fraction for c in self.terms.values())

    @property
    def curved(self) -> Iterator[tuple[Term, Fraction]]:
        """The terms that are not linear."""
        return ((t, c) for t, c in self.terms.items() if not (type(t) is tuple and sum(t) == 1))

    def formula(self, increments: Sequence[Any]) -> sympy.Expr:
        """The increment as a formula in the increments of the variables."""
        parts = []
        for term, c in self.terms.items():
            if isinstance(term, tuple):
                factors = [z**n for z, n in zip(increments, term, strict=True) if n]
                parts.append(sympy.Mul(to_rational(c), *factors))
            else:
                symbols = symbols_of(len(increments))
                parts.append(
                    to_rational(c) * term.subs(dict(zip(symbols, increments, strict=True)))
                )
        return sympy.Add(*parts)


def symbols_of(count: int) -> tuple[sympy.Symbol, ...]:
    """The increments of the variables."""
    return tuple(sympy.Symbol(f"z{i + 1}", real=True) for i in range(count))


def summed(pairs: Iterable[tuple[Any, Germ]], width: int) -> Germ:
    """Σ c·germ."""
    gradient = [Fraction(0)] * width
    terms: dict[Term, Fraction] = {}
    for c, germ in pairs:
        if c:
            gradient = [g + c * v if v else g for g, v in zip(gradient, germ.gradient, strict=True)]
            for term, own in germ.terms.items():
                terms[term] = terms.get(term, Fraction(0)) + c * own
    return Germ(tuple(gradient), {term: fraction(c) for term, c in terms.items() if c})


@dataclass(frozen=True, slots=True)
class Side:
    """One full-dimensional side of an atom with a tie, in the increments that it takes."""

    above: tuple[tuple[Any, ...], ...]
    """Rows that are > 0 on it."""
    weights: tuple[Any, ...]


def sides_of(atom: Atom) -> list[Side]:
    """The sides of a positively homogeneous atom."""
    found: dict[Any, Side] = {}
    for label in _full_labels(atom):
        rows = [form.coefficients for form, relation in atom.constraints(label) if relation != "="]
        side = Side(tuple(map(tuple, rows)), tuple(atom.selection(label)[0]))
        found.setdefault((side.above, side.weights), side)
    return list(found.values())


def _full_labels(atom: Atom) -> list[Label]:
    if atom.sides is not None:
        # it may jump if its sides are anything; one mark, positive or negative
        return [atom.label(1), atom.label(2)]
    names = tuple(f"y{i + 1}" for i in range(atom.arity))
    alone = make_program(names, [(atom, [{i + 1: 1} for i in range(atom.arity)])], [{}])
    words = partition(alone, None, 10**5).cells.face_words()[-1]
    return [alone.labels(word)[0] for word in words if word & 1]


@dataclass(frozen=True, slots=True)
class Step:
    """What one slot is made of: an active unit has a place and sides, a smooth unit slopes."""

    slot: int
    unit: Unit | SmoothUnit
    here: UnitAt
    place: int | None
    slopes: Vector


class Germs:
    """The germs of all slots, for any choice of sides of the active units."""

    def __init__(self, program: Program, reduction: Reduction) -> None:
        self.reduction = reduction
        self.width = len(program.names)
        self.outputs = program.outputs
        self._program = program
        self._known: dict[Any, Germ] = {}
        self.symbols = symbols_of(self.width)
        place = {index: i for i, index in enumerate(reduction.active)}
        first = self.width + 1
        self.steps: list[Step] = []
        for slot, unit, here in program.forward(reduction.point):
            slopes: Vector = ()
            if isinstance(unit, SmoothUnit) and not isinstance(here.value, Missing):
                slopes = tuple(map(number_of, partials_at(unit.node, unit.position, here.operands)))
            at = place.get(slot - first) if isinstance(unit, Unit) else None
            self.steps.append(Step(slot, unit, here, at, slopes))
        self._needed = self._below_ties()

    def _below_ties(self) -> set[int]:
        """The slots that ties read, directly or not: those whose terms matter."""
        needed: set[int] = set()
        for step in reversed(self.steps):
            if step.place is not None or step.slot in needed:
                needed |= {slot for row in step.unit.operands for slot in row}
        return needed

    @cached_property
    def sides(self) -> list[list[Side]]:
        """The sides of every active unit."""
        known: dict[Any, list[Side]] = {}
        found = []
        for unit in self.reduction.program.units:
            if unit.atom.key not in known:
                known[unit.atom.key] = sides_of(unit.atom)
            found.append(known[unit.atom.key])
        return found

    def start(self) -> dict[int, Germ]:
        """The germs of the variables, and of the constant."""
        slots = {0: Germ((Fraction(0),) * self.width, {})}
        for i in range(self.width):
            axis = tuple(int(i == j) for j in range(self.width))
            slots[i + 1] = Germ(tuple(map(Fraction, axis)), {axis: Fraction(1)})
        return slots

    def of(self, row: Slots, slots: Mapping[int, Germ]) -> Germ:
        """The germ of a form of slots."""
        return summed(((c, slots[slot]) for slot, c in row.items()), self.width)

    def mixed(self, weights: Sequence[Any], own: Sequence[Germ]) -> Germ:
        """Σ weight·germ."""
        return summed(zip(weights, own, strict=True), self.width)

    def operands(self, step: Step, slots: Mapping[int, Germ]) -> list[Germ]:
        """Those of the operands that the local atom of an active unit takes."""
        assert step.place is not None
        taken = self.reduction.taken[step.place]
        return [self.of(step.unit.operands[i], slots) for i in taken]

    def passive(self, step: Step, slots: Mapping[int, Germ]) -> Germ:
        """The germ of a unit that has no tie, or is smooth."""
        operands = step.unit.operands
        if isinstance(step.unit, Unit):
            weights = step.here.weights
            used = [(w, row) for w, row in zip(weights, operands, strict=True) if w]
            return summed(((w, self.of(row, slots)) for w, row in used), self.width)
        if not step.slopes:
            return slots[0]  # missing, so that nobody reads it
        own = [self.of(row, slots) for row in operands]
        # terms are not combined by slopes, which may be e where no tie reads the unit
        gradient = self.mixed(step.slopes, [Germ(germ.gradient, {}) for germ in own]).gradient
        if step.slot not in self._needed:
            return Germ(gradient, {})
        key = (step.slot, tuple(tuple(sorted(germ.terms.items(), key=str)) for germ in own))
        if key not in self._known:
            given = [
                number_expr(value) + germ.formula(self.symbols)
                for value, germ in zip(step.here.operands, own, strict=True)
            ]
            terms = terms_of(step.unit.function.at(given), self.symbols)
            self._known[key] = Germ(gradient, terms)
        return self._known[key]

    def tied(self) -> list[Germ]:
        """The forms that are zero at the label of the point, one selection at every tie."""
        slots, found = self.start(), []
        for step in self.steps:
            if step.place is None:
                slots[step.slot] = self.passive(step, slots)
                continue
            own = self.operands(step, slots)
            side = self.sides[step.place][0]
            forms = [
                form.coefficients
                for form, relation in self._atom(step).constraints(step.here.label)
                if relation == "="
            ]
            taken = self.reduction.taken[step.place]
            found += [
                summed(((form[i], germ) for i, germ in zip(taken, own, strict=True)), self.width)
                for form in forms
            ]
            slots[step.slot] = self.mixed(side.weights, own)
        return found

    @staticmethod
    def _atom(step: Step) -> Atom:
        assert isinstance(step.unit, Unit)
        return step.unit.atom


def smooth_between(program: Program, active: Sequence[int]) -> bool:
    """Whether a tie reads an active unit through a smooth one."""
    first = len(program.names) + 1
    tied = {first + index for index in active}
    above: set[int] = set()
    curved: set[int] = set()
    for slot, unit in program.ordered():
        read = {s for row in unit.operands for s in row}
        if slot in tied and read & curved:
            return True
        if read & curved or (isinstance(unit, SmoothUnit) and read & above):
            curved.add(slot)
        if slot in tied or read & above:
            above.add(slot)
    return False


def tied_formulas(
    program: Program, active: Sequence[int], units: Sequence[UnitAt]
) -> list[dict[sympy.Expr, Fraction]]:
    """The forms that are zero at the labels of a point, as sums of terms in the variables.

    One selection is made at every tie.
    """
    first = len(program.names) + 1
    values: dict[int, sympy.Expr] = {0: sympy.S.One}
    values.update({i + 1: z for i, z in enumerate(symbols_of(first - 1))})
    found = []
    for slot, unit in program.ordered():
        own = [
            sympy.Add(*(coefficient_to_sympy(c) * values[s] for s, c in row.items()))
            for row in unit.operands
        ]
        if isinstance(unit, SmoothUnit):
            values[slot] = unit.function.at(own)
            continue
        here = units[slot - first]
        if slot - first in active:
            for form, relation in unit.atom.constraints(here.label):
                if relation == "=":
                    terms = zip(form.coefficients, own, strict=True)
                    total = sympy.Add(form.constant, *(c * y for c, y in terms if c))
                    parts = sympy.expand(total).as_coefficients_dict()
                    found.append({key: as_fraction(c) for key, c in parts.items() if c})
        weights, constant = unit.atom.selection(here.label)
        chosen = zip(weights, own, strict=True)
        values[slot] = sympy.Add(constant, *(coefficient_to_sympy(w) * y for w, y in chosen if w))
    return found


def terms_of(formula: sympy.Expr, symbols: Sequence[sympy.Symbol]) -> dict[Term, Fraction]:
    """A formula in the increments as a sum of terms; the constant is left out."""
    if formula.count_ops() > MAX_OPERATIONS:
        return {formula: Fraction(1)}
    try:
        polynomial = sympy.Poly(formula, *symbols)
        numbers = [(m, algebraic(sympy.sympify(c))) for m, c in polynomial.terms() if any(m)]
    except (sympy.PolynomialError, NotAlgebraic, Unsupported):
        pass
    else:
        return {m: fraction(c) for m, c in numbers if c}
    found: dict[Term, Fraction] = {}
    for part, c in sympy.expand(formula).as_coefficients_dict().items():
        if not part.free_symbols:
            continue
        term: Term = part
        powers = part.as_powers_dict()
        if all(base in symbols and n.is_Integer and n > 0 for base, n in powers.items()):
            term = tuple(int(powers.get(z, 0)) for z in symbols)
        found[term] = found.get(term, Fraction(0)) + as_fraction(c)
    return {term: c for term, c in found.items() if c}
