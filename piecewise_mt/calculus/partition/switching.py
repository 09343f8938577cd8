"""The units of a program that may switch on a box, and bounds of all others' forms there.

The box is mapped onto the unit cube. A unit whose kinks keep their signs on it is replaced by its
affine form; the others keep a slot of their own, with affine bounds from below and from above, by
which forms that read them are bounded in turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from piecewise_mt.calculus.evaluation.program import Program, Unit
from piecewise_mt.calculus.evaluation.whole import summed
from piecewise_mt.calculus.partition.domain import empty_domain
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.functions.atoms import Atom
from piecewise_mt.functions.atoms.base import Kink, Mixture, difference, value
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property

MOST_SWITCHING = 400
"""So many units may switch; whoever asks about more is told their number."""


class Sparse(NamedTuple):
    """An affine form of slots, times a denominator; slot 0 is the constant one."""

    denominator: int
    of: dict[int, int]


Term = tuple[int, int, Sparse]
"""A form, and the numerator and the denominator of its factor."""


def sparse_sum(terms: Sequence[Term], constant: Fraction | int = 0) -> Sparse:
    """Σ factor·form + constant."""
    constant = fraction(constant)
    scale = lcm(constant.denominator, *(under * form.denominator for _, under, form in terms))
    total = {0: constant.numerator * (scale // constant.denominator)} if constant else {}
    for over, under, form in terms:
        factor = over * (scale // (under * form.denominator))
        if not total:
            total = {s: factor * c for s, c in form.of.items()} if factor else {}
            continue
        for slot, c in form.of.items():
            total[slot] = total.get(slot, 0) + factor * c
    total = {slot: c for slot, c in total.items() if c}
    common = gcd(scale, *total.values())
    if common > 1:
        return Sparse(scale // common, {slot: c // common for slot, c in total.items()})
    return Sparse(scale, total)


def mixed_forms(mixture: Mixture, known: Sequence[Sparse]) -> Sparse:
    """The form that a mixture of forms is."""
    terms = [
        (fraction(c).numerator, fraction(c).denominator, known[index]) for index, c in mixture.terms
    ]
    return sparse_sum(terms, fraction(mixture.constant))


@dataclass(frozen=True, slots=True)
class Line:
    """Σ slope·operand + constant, a bound of a unit."""

    slopes: tuple[tuple[int, Fraction], ...]
    constant: Fraction


@dataclass(frozen=True)
class Switch:
    """A unit whose label is not the same all over the box."""

    slot: int
    atom: Atom
    operands: tuple[Sparse, ...]
    """Those that it may select, of variables of the cube and of earlier switches."""
    kinks: tuple[Kink, ...]
    """Of these operands."""
    is_tournament: bool
    """Whether the value is what the last kink selects; if not, marks tell the label."""
    below: Line
    above: Line
    low: Fraction
    high: Fraction
    weights: tuple[tuple[Fraction, Fraction], ...]
    """Between which numbers the derivative by every operand is."""

    def value(self, operands: Sequence[Fraction]) -> Fraction:
        """What it selects where its operands have these values."""
        if self.is_tournament:
            return max(operands) if self.atom.rank else min(operands)
        weights, constant = self.atom.selection(self.atom.label_at(operands))
        pairs = zip(weights, operands, strict=True)
        return sum((fraction(w) * v for w, v in pairs), fraction(constant))  # type: ignore[arg-type]

    @cached_property
    def is_told_by_kinks(self) -> bool:
        """Whether the signs of the kinks alone say what it selects."""
        forms = tuple(kink.form for kink in self.kinks)
        return self.is_tournament or self.atom.marks() == forms


@dataclass(frozen=True, slots=True)
class Box:
    """x = low + size·z, z in the unit cube."""

    low: tuple[Fraction, ...]
    size: tuple[Fraction, ...]

    def point(self, at: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """The point of the box that one of the cube means."""
        return tuple(a + s * z for a, s, z in zip(self.low, self.size, at, strict=True))


def box_of(domain: Polyhedron) -> tuple[Box, list[tuple[int, ...]]] | None:
    """The bounds of a bounded domain of rational rows, and its rows that are no bounds.

    None if a variable has no bound on one side.

    Raises
    ------
    OutsideDomain
        If bounds exclude each other.
    """
    a = len(domain.variables)
    low: list[Fraction | None] = [None] * a
    high: list[Fraction | None] = [None] * a
    others: list[tuple[int, ...]] = []
    rows = [(row, sign) for row in domain.equations for sign in (1, -1)]
    rows += [(row, 1) for row, _ in domain.inequalities]
    for given, sign in rows:
        if not all(type(c) is int for c in given):
            return None
        places = [j for j, c in enumerate(given) if c and j]
        row = given if sign > 0 else tuple(-c for c in given)
        if len(places) != 1:
            others.append(row)
            continue
        (j,) = places
        end = Fraction(-row[0], row[j])
        if row[j] > 0:
            low[j - 1] = end if (own := low[j - 1]) is None else max(own, end)
        else:
            high[j - 1] = end if (own := high[j - 1]) is None else min(own, end)
    pairs = [(p, q) for p, q in zip(low, high) if p is not None and q is not None]
    if any(p > q for p, q in pairs):
        raise empty_domain(domain)
    if len(pairs) < a:
        return None
    return Box(tuple(p for p, _ in pairs), tuple(q - p for p, q in pairs)), others


class Switching:
    """A program on a box: its switches, and its outputs as forms of variables and switches.

    Raises
    ------
    TooManyPieces
        If more than `MOST_SWITCHING` units may switch.

    Examples
    --------
    Of three units one has its tie inside the box, at x = 1/2:

    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> x = mt.variable("x")
    >>> f = mt.relu(x + 1) + mt.relu(x - 3) + mt.relu(2 * x - 1)
    >>> found = Switching(compile_program(f), Box((Fraction(0),), (Fraction(1),)))
    >>> [switch.slot for switch in found.switches.values()], sorted(found.outputs[0].of)
    ([4], [0, 1, 4])
    """

    def __init__(self, program: Program, box: Box) -> None:
        self.box = box
        self.first = len(program.names) + 1
        self.switches: dict[int, Switch] = {}
        forms: dict[int, Sparse] = {0: Sparse(1, {0: 1})}
        for j, (low, size) in enumerate(zip(box.low, box.size, strict=True), start=1):
            scale = lcm(low.denominator, size.denominator)
            own = {0: low.numerator * (scale // low.denominator),
                   j: size.numerator * (scale // size.denominator)}  # fmt: skip
            forms[j] = Sparse(scale, {slot: c for slot, c in own.items() if c})

        def form(row: Mapping[int, int | Fraction]) -> Sparse:
            own = summed(dict(row))
            return sparse_sum([(c, own.denominator, forms[slot]) for slot, c in own.of.items()])

        for slot, unit in enumerate(program.units, start=self.first):
            found = self._settled(slot, unit, [form(row) for row in unit.operands])
            if isinstance(found, Switch):
                self.switches[slot] = found
                if len(self.switches) > MOST_SWITCHING:
                    raise TooManyPieces(
                        f"expected a box on which at most {MOST_SWITCHING} units switch, got one "
                        f"with more among {len(program.units)} units; take a smaller one"
                    )
                found = Sparse(1, {slot: 1})
            forms[slot] = found
        self.outputs = [form(row) for row in program.outputs]

    def bound(self, form: Sparse, sign: int) -> Fraction:
        """A number that is at least the form (sign 1), or at most (sign -1), all over the cube."""
        rough = self._rough(form, sign)
        if all(slot < self.first for slot in form.of):
            return rough
        own = self._rough(self.without_switches(form, sign), sign)
        return min(own, rough) if sign > 0 else max(own, rough)

    def _rough(self, form: Sparse, sign: int) -> Fraction:
        total: int | Fraction = form.of.get(0, 0)
        for slot, c in form.of.items():
            if not slot:
                continue
            if slot < self.first:
                if c * sign > 0:
                    total += c
            else:
                own = self.switches[slot]
                total += c * (own.high if c * sign > 0 else own.low)
        return Fraction(total) / form.denominator

    def without_switches(self, form: Sparse, sign: int) -> Sparse:
        """A form of the variables alone, above the given one (sign 1) or below it (-1)."""
        while True:
            slot = max(form.of, default=0)
            if slot < self.first:
                return form
            c = form.of[slot]
            own = self.switches[slot]
            line = own.above if c * sign > 0 else own.below
            rest = Sparse(form.denominator, {s: v for s, v in form.of.items() if s != slot})
            factor = Fraction(c, form.denominator)
            terms: list[Term] = [(1, 1, rest)]
            for k, slope in line.slopes:
                by = factor * slope
                terms.append((by.numerator, by.denominator, own.operands[k]))
            form = sparse_sum(terms, factor * line.constant)

    def sign(self, form: Sparse) -> int | None:
        """1, 0 or -1 if a form is ≥ 0, zero or ≤ 0 all over the cube; None if that is not seen."""
        if not form.of:
            return 0
        rough = self._rough(form, -1)
        if rough >= 0:
            return 1
        if self._rough(form, 1) <= 0:
            return -1
        if all(slot < self.first for slot in form.of):
            return None
        return 1 if self.bound(form, -1) >= 0 else -1 if self.bound(form, 1) <= 0 else None

    def _middle(self, form: Sparse) -> Fraction:
        return (self._rough(form, 1) + self._rough(form, -1)) / 2

    def _settled(self, slot: int, unit: Unit, operands: list[Sparse]) -> Sparse | Switch:
        atom = unit.atom
        if atom.arity > 1 and atom.rank in (0, atom.arity - 1):
            return self._extreme(slot, atom, operands, 1 if atom.rank else -1)
        known, kinks = list(operands), atom.kinks()
        for kink in kinks:
            sign = self.sign(mixed_forms(kink.form, known))
            if sign is None:
                return self._switch(slot, atom, operands)
            # a kink is nowhere positive if it is zero
            known += [mixed_forms(pair[sign <= 0], known) for pair in kink.selected]
        bits = 0
        for i, mark in enumerate(atom.marks()):
            sign = self.sign(mixed_forms(mark, known))
            if sign is None:
                return self._switch(slot, atom, operands)
            bits |= (0, 1, 2)[sign] << (2 * i)
        coefficients, constant = atom.outputs()[atom.output(atom.label(bits))]
        return mixed_forms(Mixture(tuple(enumerate(coefficients)), constant), operands)

    def _extreme(self, slot: int, atom: Atom, operands: list[Sparse], sign: int) -> Sparse | Switch:
        """A maximum (sign 1) or minimum, without the operands that another one passes."""
        best = max(range(len(operands)), key=lambda k: sign * self._middle(operands[k]))
        left = [operands[best]]
        for k, own in enumerate(operands):
            if k == best:
                continue
            gap = sparse_sum([(sign, 1, own), (-sign, 1, operands[best])])
            if self.sign(gap) not in (0, -1):
                left.append(own)
        n = len(left)
        if n == 1:
            return left[0]
        kinks = []
        for j in range(1, n):
            champion = n + j - 2 if j > 1 else 0
            form = difference(j, champion) if sign > 0 else difference(champion, j)
            kinks.append(Kink(form, ((value(j), value(champion)),)))
        lows = [self.bound(own, -1) for own in left]
        highs = [self.bound(own, 1) for own in left]
        low, high = (max(lows), max(highs)) if sign > 0 else (min(lows), min(highs))
        one = Line(((0, Fraction(1)),), Fraction(0))
        other = Line((), high if sign > 0 else low)
        if n == 2:
            # the chord of the positive part of the difference
            gap = sparse_sum([(sign, 1, left[1]), (-sign, 1, left[0])])
            down, up = self.bound(gap, -1), self.bound(gap, 1)
            slope = _short(up / (up - down))
            top = max(-slope * down, up - slope * up)
            other = Line(((0, 1 - slope), (1, slope)), sign * top)
        below, above = (one, other) if sign > 0 else (other, one)
        weights = ((Fraction(0), Fraction(1)),) * n
        return Switch(slot, atom, tuple(left), tuple(kinks), True, below, above, low, high, weights)

    def _switch(self, slot: int, atom: Atom, operands: list[Sparse]) -> Switch:
        outputs = atom.outputs()
        weights = tuple(
            (min(column), max(column))
            for column in zip(*([fraction(c) for c in own.coefficients] for own in outputs))
        )
        if atom.arity == 1 and atom.breaks is not None:
            below, above, low, high = self._chord(atom, operands[0])
        else:
            forms = [mixed_forms(Mixture(tuple(enumerate(c)), b), operands) for c, b in outputs]
            low = min(self.bound(own, -1) for own in forms)
            high = max(self.bound(own, 1) for own in forms)
            below, above = Line((), low), Line((), high)
        kinks = atom.kinks()
        return Switch(slot, atom, tuple(operands), kinks, False, below, above, low, high, weights)

    def _chord(self, atom: Atom, operand: Sparse) -> tuple[Line, Line, Fraction, Fraction]:
        """Lines below and above a function of one variable, and its bounds."""
        start, end = self.bound(operand, -1), self.bound(operand, 1)
        ends = [-fraction(k.form.constant) / fraction(k.form.terms[0][1]) for k in atom.kinks()]
        places = [start, *(p for p in ends if start < p < end), end]
        heights = []
        for place in places:
            (weight,), constant = atom.selection(atom.label_at([place]))
            heights.append(Fraction(weight * place + constant))  # type: ignore[arg-type]
        slopes = [_short((heights[-1] - heights[0]) / (end - start))]
        for one, other in ((0, 1), (-2, -1)):
            slopes.append((heights[other] - heights[one]) / (places[other] - places[one]))
        # of parallels to the chord and to the ends, those nearest to the middle of it
        middle = (start + end) / 2
        below, above = [], []
        for slope in slopes:
            gaps = [h - slope * p for h, p in zip(heights, places)]
            below.append((slope * middle + min(gaps), slope, min(gaps)))
            above.append((slope * middle + max(gaps), slope, max(gaps)))
        lines = [Line(((0, slope),), by) for _, slope, by in (max(below), min(above))]
        return *lines, min(heights), max(heights)  # type: ignore[return-value]


def _short(slope: Fraction) -> Fraction:
    """A slope of few digits near this one."""
    return Fraction(round(slope * 2**12), 2**12)
