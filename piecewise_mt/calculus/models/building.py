"""A mixed-integer model node by node, with bounds for big M or with convex hulls of alternatives.

Big M: a row that only holds for a choice is relaxed by what it can be violated by at most, an
exact bound, times one minus the choice. Convex hull: every alternative of a node has copies of its
operands, zero unless it is chosen, of which the operands are the sums (E. Balas, "Disjunctive
programming", 1979).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from math import ceil, floor

from piecewise_mt.calculus.forms.switching import Form, total
from piecewise_mt.calculus.models.alternatives import Alternatives, alternatives_of
from piecewise_mt.calculus.models.model import Column, Constraint
from piecewise_mt.calculus.models.ranges import Ranges
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.functions.atoms.base import Atom
from piecewise_mt.functions.atoms.base import Form as OperandForm
from piecewise_mt.functions.atoms.line import PiecewiseLinear
from piecewise_mt.geometry.polyhedron import Polyhedron

FORMULATIONS = ("big-M", "convex hull")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_KEYWORDS = frozenset(
    "st subject such to that free inf infinity bound bounds binary binaries bin general generals "
    "gen integer integers int semi semis sec sos sos1 sos2 end min max minimize maximize minimise "
    "maximise minimum maximum nan obj objective".split()
)
"""Words of the LP format."""
_DIGITS = 15
"""A bound with a longer decimal text is a row of integers."""


def is_short_decimal(value: Fraction) -> bool:
    """Whether a number has a decimal text of a few digits.

    Examples
    --------
    >>> is_short_decimal(Fraction(3, 40)), is_short_decimal(Fraction(1, 3))
    (True, False)
    """
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1 and len(str(value.numerator)) + len(str(value.denominator)) <= _DIGITS


class Builder:
    """Columns and rows so far. In forms 0 is the constant, and j the column j - 1."""

    def __init__(self, names: Sequence[str]) -> None:
        self.columns: list[Column] = []
        self.rows: list[Constraint] = []
        self._made: set[Constraint] = set()
        self._taken: set[str] = set()
        self._counts: dict[str, int] = {}
        self._reserved = {_safe(name) for name in names}

    def fresh(self, prefix: str) -> str:
        """A name that nothing has: the prefix and a number."""
        while True:
            self._counts[prefix] = self._counts.get(prefix, 0) + 1
            name = f"{prefix}{self._counts[prefix]}"
            if name not in self._taken and name not in self._reserved:
                return name

    def of_variable(self, name: str) -> str:
        """The name of a variable as the LP format allows it."""
        own = _safe(name)
        return own if own not in self._taken else self.fresh(f"{own}_")

    def of_value(self) -> str:
        """The name of the objective."""
        return "value" if "value" not in self._reserved else self.fresh("value_")

    def column(
        self,
        name: str,
        lower: Fraction | None,
        upper: Fraction | None,
        meaning: str,
        is_integer: bool = False,
    ) -> Form:
        """A new column; a bound without a short decimal text is a row as well."""
        self._taken.add(name)
        form = {len(self.columns) + 1: Fraction(1)}
        low, high = lower, upper
        if low is not None and not is_short_decimal(low):
            low = Fraction(floor(low))
        if high is not None and not is_short_decimal(high):
            high = Fraction(ceil(high))
        self.columns.append(Column(name, low, high, is_integer, meaning))
        if lower is not None and low != lower:
            self.row([(1, form), (-lower, {0: Fraction(1)})])
        if upper is not None and high != upper:
            self.row([(-1, form), (upper, {0: Fraction(1)})])
        return form

    def row(self, terms: Sequence[tuple[Fraction | int, Form]], *, equation: bool = False) -> None:
        """Σ c·form ≥ 0, or = 0, unless nothing of it is left."""
        form = total(terms)
        slots = sorted(slot for slot in form if slot)
        if not slots:
            return
        whole = primitive([form.get(0, Fraction(0)), *(form[slot] for slot in slots)])
        own = tuple((slot - 1, c) for slot, c in zip(slots, whole[1:], strict=True))
        made = Constraint(own, whole[0], equation)
        if made not in self._made and not self._is_bound(made):
            self._made.add(made)
            self.rows.append(made)

    def _is_bound(self, made: Constraint) -> bool:
        """Whether a row of one column follows from its bounds."""
        if len(made.terms) > 1 or made.is_equation:
            return False
        ((j, c),) = made.terms
        own = self.columns[j].lower if c > 0 else self.columns[j].upper
        return own is not None and c * own + made.constant >= 0

    def polyhedron(self, domain: Polyhedron) -> None:
        """The rows of a closed domain that are more than bounds."""
        for row in domain.equations:
            self.row([(1, _form(row))], equation=True)
        for row, _ in domain.inequalities:
            if sum(map(bool, row[1:])) > 1:
                self.row([(1, _form(row))])

    def choices(self, count: int, what: str) -> list[Form]:
        """One of several: forms that are 0 or 1, with the sum 1."""
        one = {0: Fraction(1)}
        zero, top = Fraction(0), Fraction(1)
        if count == 2:
            own = self.column(self.fresh("b"), zero, top, f"which side of {what}", True)
            return [total([(1, one), (-1, own)]), own]
        found = [
            self.column(self.fresh("b"), zero, top, f"choice {i} of {what}", True)
            for i in range(1, count + 1)
        ]
        self.row([*((1, own) for own in found), (-1, one)], equation=True)
        return found


def _safe(name: str) -> str:
    plain = _NAME.match(name) and name[0] not in "eE" and name.lower() not in _KEYWORDS
    return name if plain else "x_" + re.sub(r"[^A-Za-z0-9_]", "_", name)


def _form(row: Iterable[int]) -> Form:
    return {slot: Fraction(c) for slot, c in enumerate(row) if c}


class MixedIntegerBuilder(Builder):
    """Nodes as rows with choices."""

    def __init__(self, domain: Polyhedron, formulation: str, bounds: str) -> None:
        super().__init__(domain.variables)
        self.ranges = Ranges(domain, bounds, self.rows)
        self.formulation = formulation
        self._known: dict[Hashable, Form] = {}
        for name, (lower, upper) in zip(domain.variables, self.ranges.bounds, strict=True):
            self.column(self.of_variable(name), lower, upper, f"the variable {name}")
        self.polyhedron(domain)

    def bounded(
        self, name: str, lower: Fraction, upper: Fraction, meaning: str, is_integer: bool = False
    ) -> Form:
        """A new column with its range."""
        self.ranges.bounds.append((lower, upper))
        assert len(self.ranges.bounds) == len(self.columns) + 1
        return self.column(name, lower, upper, meaning, is_integer)

    def choices(self, count: int, what: str) -> list[Form]:
        found = super().choices(count, what)
        missing = len(self.columns) - len(self.ranges.bounds)
        self.ranges.bounds += [(Fraction(0), Fraction(1))] * missing
        return found

    def node(self, atom: Atom, operands: Sequence[Form], what: str) -> Form | None:
        """The value of a node; None if its alternatives are not known."""
        key = (atom.key, tuple(tuple(sorted(own.items())) for own in operands))
        if key not in self._known:
            if atom.rank not in (None, 0, atom.arity - 1) and self.formulation == "big-M":
                self._known[key] = self._ranked(atom.rank, operands, what)
                return self._known[key]
            own = alternatives_of(atom)
            if own is None:
                return None
            self._known[key] = self.chosen(own, operands, what, atom)
        return self._known[key]

    def chosen(
        self, own: Alternatives, operands: Sequence[Form], what: str, atom: Atom | None = None
    ) -> Form:
        """The value that some alternatives have, those left out that are never needed."""
        case = _Case(self, own, operands, atom)
        if len(case.outputs) == 1:
            return case.outputs[0]
        lower, upper = case.range()
        y = self.bounded(self.fresh("u"), lower, upper, what)
        if self.formulation == "convex hull":
            self._hull(case, y, what)
        elif case.envelope:
            self._envelope(case, y, what)
        else:
            self._big_m(case, y, what)
        return y

    def _envelope(self, case: _Case, y: Form, what: str) -> None:
        """A maximum (or minimum): above all outputs, and not above the chosen one."""
        s = case.envelope
        for output in case.outputs:
            self.row([(s, y), (-s, output)])
        for i, choice in enumerate(self.choices(len(case.outputs), what)):
            self.row([(s, case.outputs[i]), (-s, y), *_relaxed(case.gap(i), choice)])

    def _ranked(self, rank: int | None, operands: Sequence[Form], what: str) -> Form:
        """At least k + 1 operands are at most y, and at least n - k are at least y."""
        assert rank is not None
        if all(operand == operands[0] for operand in operands):
            return operands[0]
        lower = sorted(map(self.ranges.low, operands))[rank]
        upper = sorted(map(self.ranges.high, operands))[rank]
        y = self.bounded(self.fresh("u"), lower, upper, what)
        one, zero, top = {0: Fraction(1)}, Fraction(0), Fraction(1)
        for sign, wanted in ((1, rank + 1), (-1, len(operands) - rank)):
            counted = []
            for i, operand in enumerate(operands):
                side = "at most" if sign > 0 else "at least"
                meaning = f"operand {i + 1} is {side} {what}"
                own = self.bounded(self.fresh("b"), zero, top, meaning, True)
                # y is one of the operands
                gaps = [total([(sign, operand), (-sign, other)]) for other in operands]
                gap = max(zero, *map(self.ranges.high, gaps))
                self.row([(sign, y), (-sign, operand), *_relaxed(gap, own)])
                counted.append(own)
            self.row([*((1, own) for own in counted), (-wanted, one)], equation=True)
        return y

    def _big_m(self, case: _Case, y: Form, what: str) -> None:
        """Conditions and output of the chosen alternative."""
        for i, choice in enumerate(self.choices(len(case.outputs), what)):
            for condition in case.conditions[i]:
                gap = max(Fraction(0), -self.ranges.low(condition))
                self.row([(1, condition), *_relaxed(gap, choice)])
            for sign in (1, -1):
                gap = case.gap(i, sign)
                self.row([(sign, case.outputs[i]), (-sign, y), *_relaxed(gap, choice)])

    def _hull(self, case: _Case, y: Form, what: str) -> None:
        """Copies of the operands for every alternative, of which they are the sums."""
        choices = self.choices(len(case.outputs), what)
        parts: list[list[Form]] = [[] for _ in case.distinct]
        value: list[tuple[Fraction | int, Form]] = [(-1, y)]
        for i, choice in enumerate(choices):
            box, rows = case.box(i)
            copies = []
            for k, (lower, upper) in enumerate(box):
                low, high = min(lower, Fraction(0)), max(upper, Fraction(0))
                meaning = f"operand {k + 1} of {what} in choice {i + 1}"
                own = self.bounded(self.fresh("w"), low, high, meaning)
                self.row([(1, own), (-lower, choice)])
                self.row([(-1, own), (upper, choice)])
                parts[k].append(own)
                copies.append(own)
            for row in rows:
                self.row(_copied(row, copies, choice))
            value += _copied(case.over_distinct(case.members[i].output), copies, choice)
        for k, operand in enumerate(case.distinct):
            self.row([*((1, own) for own in parts[k]), (-1, operand)], equation=True)
        self.row(value, equation=True)


def _copied(
    row: Sequence[Fraction], copies: Sequence[Form], choice: Form
) -> list[tuple[Fraction | int, Form]]:
    return [(row[0], choice), *zip(row[1:], copies, strict=True)]


def _relaxed(gap: Fraction, choice: Form) -> list[tuple[Fraction | int, Form]]:
    """gap·(1 - choice)."""
    return [(gap, {0: Fraction(1)}), (-gap, choice)]


class _Case:
    """The alternatives of a node that are needed, over the columns."""

    def __init__(
        self,
        builder: MixedIntegerBuilder,
        own: Alternatives,
        operands: Sequence[Form],
        atom: Atom | None,
    ) -> None:
        self.ranges = builder.ranges
        self.operands = operands
        self.line = atom if isinstance(atom, PiecewiseLinear) else None
        self.envelope = own.envelope
        self.distinct: list[Form] = []
        for operand in operands:
            if set(operand) - {0} and operand not in self.distinct:
                self.distinct.append(operand)
        self.members = list(own.members)
        self.conditions = [[self._over(c) for c in member.conditions] for member in own.members]
        self.outputs = [self._over(member.output) for member in own.members]
        self._keep(self._needed())

    def _over(self, form: OperandForm) -> Form:
        """A form of the operands over the columns."""
        pairs = zip(form.coefficients, self.operands, strict=True)
        return total([*pairs, (Fraction(form.constant), {0: Fraction(1)})])

    def over_distinct(self, form: OperandForm) -> list[Fraction]:
        """The same as (c0, c1, …) over the distinct operands that are not constant."""
        row = [Fraction(form.constant), *[Fraction(0)] * len(self.distinct)]
        for c, operand in zip(form.coefficients, self.operands, strict=True):
            if set(operand) - {0}:
                row[self.distinct.index(operand) + 1] += Fraction(c)
            else:
                row[0] += c * operand.get(0, Fraction(0))
        return row

    def _keep(self, places: Sequence[int]) -> None:
        self.members = [self.members[i] for i in places]
        self.conditions = [self.conditions[i] for i in places]
        self.outputs = [self.outputs[i] for i in places]

    def _needed(self) -> list[int]:
        low, high = self.ranges.low, self.ranges.high
        for i, conditions in enumerate(self.conditions):
            if all(low(condition) >= 0 for condition in conditions):
                return [i]
        kept = list(range(len(self.outputs)))
        if self.envelope:
            s = self.envelope
            for i in kept[:]:
                others = [j for j in kept if j != i]
                if any(
                    high(total([(s, self.outputs[i]), (-s, self.outputs[j])])) <= 0 for j in others
                ):
                    kept = others
            return kept
        # on the line an interval that the operand only touches is next to one that it meets
        flat = len(self.distinct) == 1 and self.line is not None
        return [
            i
            for i in kept
            if not any(high(c) < 0 or (flat and high(c) == 0 > low(c)) for c in self.conditions[i])
            and all(a <= b for a, b in self.box(i)[0])
        ]

    def _at(self, value: Fraction) -> Fraction:
        """The value of a function of one operand."""
        assert self.line is not None
        (slope,), constant = self.line.selection(self.line.label_at((value,)))
        return Fraction(slope) * value + Fraction(constant)  # type: ignore[arg-type]

    def _turns(self) -> list[Fraction]:
        """Where a function of one operand may be extreme: ends and breakpoints."""
        assert self.line is not None
        low, high = self.ranges.low(self.operands[0]), self.ranges.high(self.operands[0])
        return [low, *(b for b in self.line.breakpoints if low < b < high), high]

    def range(self) -> tuple[Fraction, Fraction]:
        """The least and the largest value."""
        if self.line is not None:
            values = [self._at(v) for v in self._turns()]
            return min(values), max(values)
        lows = [self.ranges.low(output) for output in self.outputs]
        highs = [self.ranges.high(output) for output in self.outputs]
        least = max(lows) if self.envelope > 0 else min(lows)
        most = min(highs) if self.envelope < 0 else max(highs)
        return least, most

    def gap(self, i: int, sign: int | None = None) -> Fraction:
        """The most by which sign·(value - output i) is positive."""
        s = self.envelope if sign is None else sign
        if self.line is not None:
            (slope,), constant = self.members[i].output
            return max(s * (self._at(v) - slope * v - constant) for v in self._turns())
        gaps = [
            self.ranges.high(total([(s, other), (-s, self.outputs[i])])) for other in self.outputs
        ]
        return max(Fraction(0), *gaps)

    def box(self, i: int) -> tuple[list[tuple[Fraction, Fraction]], list[list[Fraction]]]:
        """Bounds of the distinct operands in an alternative, and conditions that are no bounds."""
        box = [(self.ranges.low(own), self.ranges.high(own)) for own in self.distinct]
        rows = []
        for condition in self.members[i].conditions:
            row = self.over_distinct(condition)
            places = [k for k, c in enumerate(row[1:]) if c]
            if len(places) != 1:
                if places:
                    rows.append(row)
                continue
            (k,) = places
            at, (lower, upper) = -row[0] / row[k + 1], box[k]
            box[k] = (max(lower, at), upper) if row[k + 1] > 0 else (lower, min(upper, at))
        return box, rows
