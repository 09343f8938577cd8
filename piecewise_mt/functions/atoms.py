"""Atoms: the nonsmooth functions of one unit, each a small representation.

An atom supplies its *kinks* to the engine, the *label* that their signs mean, and the *branch*
and weights that its tie rule picks. A new nonsmooth function is a new atom; the engine, the
pointwise calculus and the display know nothing else about it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple, TypeAlias

from piecewise_mt.errors import InvalidTieRule, NotContinuous, PiecewiseError, ShapeError
from piecewise_mt.exact.numbers import to_fraction, to_rational
from piecewise_mt.exact.polynomials import Coefficient, Polynomial, free_names, to_coefficient
from piecewise_mt.functions.ties import Parameter, TieRule, tie_rule
from piecewise_mt.geometry.complex import REAL, FaceComplex

Label = tuple[int, ...]
"""An orderable key; labels of one atom sort in the order of DESIGN §2."""
Weights = tuple[tuple[Coefficient, ...], Coefficient]
"""The affine function on a branch: one weight per operand, and a constant."""


Number: TypeAlias = int | Fraction


class Form(NamedTuple):
    """An affine form of the operands: Σ coefficients·y + constant; zeros and ones are ints."""

    coefficients: tuple[Number, ...]
    constant: Number


class Constraint(NamedTuple):
    """``form = 0``, ``form > 0`` or ``form >= 0``, by `relation`."""

    form: Form
    relation: str


class Atom(ABC):
    """A continuous, piecewise linear function of `arity` operands with a tie rule."""

    arity: int
    bits: int
    """How many bits of a face's word belong to one unit of this atom."""
    rule_text: str = ""
    scale: int = 1
    """The output times this is an integer combination of the columns."""

    @abstractmethod
    def columns(self) -> tuple[Form, ...]:
        """The forms whose values the engine pushes on every generator, in order."""

    @abstractmethod
    def refine(self, cells: FaceComplex, bit: int, unit: int) -> tuple[list[int], list[int]]:
        """Refine `cells` by the kinks, set the words' bits from `bit` on, pop the columns.

        The columns are `unit` times the forms. Returns the output, times `unit` and
        :attr:`scale`, at the generators and on the lines.
        """

    @abstractmethod
    def label(self, bits: int) -> Label:
        """The label of a face whose word has these bits."""

    @abstractmethod
    def label_at(self, values: Sequence[Fraction]) -> Label:
        """The label at a point where the operands have these values."""

    @abstractmethod
    def label_text(self, label: Label) -> str: ...

    @abstractmethod
    def constraints(self, label: Label) -> list[Constraint]:
        """What the label says of the operands."""

    @abstractmethod
    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        """What the branch says of the operands, near the label it was met with."""

    @abstractmethod
    def branch(self, label: Label) -> Label:
        """The branch, under the tie rule, that a label belongs to."""

    @abstractmethod
    def weights(self, label: Label, parameter: Parameter) -> Weights:
        """The affine function that the tie rule picks on the label's branch."""

    @abstractmethod
    def selection(self, label: Label) -> Weights:
        """Some affine function, free of parameters, that equals the atom on the label."""

    def parameter_count(self) -> int:
        """How many free parameters one unit has, over all its labels."""
        return 0

    def names(self) -> set[str]:
        """The names of the symbols that the user put into the rule."""
        return set()


# -- functions of one variable -----------------------------------------------------------------


class PiecewiseLinear(Atom):
    """A continuous piecewise linear function of one variable.

    Labels: (0,) … (m,) for the intervals left to right, then (m+1,) … for the breakpoints. A
    breakpoint's slope that equals a neighbour's joins it to that interval; any other number or
    symbol, or None for a free parameter, makes it a piece of its own (R̃'_z of §4.1).
    """

    arity = 1

    def __init__(
        self,
        breakpoints: tuple[Fraction, ...],
        slopes: tuple[Fraction, ...],
        tie_slopes: tuple[Coefficient | None, ...],
        anchor: tuple[Fraction, Fraction],
        rule_text: str,
    ) -> None:
        self.breakpoints = breakpoints
        self.slopes = slopes
        self.tie_slopes = tie_slopes
        self.rule_text = rule_text
        self.bits = 2 * len(breakpoints)
        self.knots = _knot_values(breakpoints, slopes, anchor)
        self.scale = lcm(*(s.denominator for s in slopes), *(v.denominator for v in self.knots))

    def columns(self) -> tuple[Form, ...]:
        # the last breakpoint first: the engine cuts by the last column
        return tuple(Form((1,), -b) for b in reversed(self.breakpoints))

    def refine(self, cells: FaceComplex, bit: int, unit: int) -> tuple[list[int], list[int]]:
        m = len(self.breakpoints)
        for j in range(m):
            cells.refine(1 << (bit + 2 * j), 2 << (bit + 2 * j))
            if m > 1:
                for row in (*cells.generators, *cells.lines):
                    row.insert(len(row) - m, row.pop())
        # f(y) = f(b0) + s0 (y - b0) + Σ_j (s_{j+1} - s_j) max(0, y - b_j), homogenised
        origin = int(self.scale * unit * self.knots[0])
        first = int(self.scale * self.slopes[0])
        jumps = [
            int(self.scale * (right - left))
            for left, right in zip(self.slopes, self.slopes[1:], strict=False)
        ]
        jumps.reverse()
        outputs = []
        for row in cells.generators:
            kinks = row[-m:]
            value = origin * row[0] + first * kinks[-1]
            for kink, jump in zip(kinks, jumps, strict=True):
                if kink > 0:
                    value += jump * kink
            del row[-m:]
            outputs.append(value)
        for row in cells.lines:
            del row[-m:]
        return outputs, [0] * len(cells.lines)

    def interval_form(self, index: int) -> tuple[Fraction, Fraction]:
        """Slope and constant of the function on an interval."""
        knot = max(index - 1, 0)
        slope = self.slopes[index]
        return slope, self.knots[knot] - slope * self.breakpoints[knot]

    def label(self, bits: int) -> Label:
        for j in range(len(self.breakpoints)):
            sign = (bits >> (2 * j)) & 3
            if sign == 0:
                return (len(self.slopes) + j,)
            if sign == 2:
                return (j,)
        return (len(self.breakpoints),)

    def label_at(self, values: Sequence[Fraction]) -> Label:
        for j, b in enumerate(self.breakpoints):
            if values[0] == b:
                return (len(self.slopes) + j,)
            if values[0] < b:
                return (j,)
        return (len(self.breakpoints),)

    def label_text(self, label: Label) -> str:
        m = len(self.breakpoints)
        if label[0] > m:
            return f"= {self.breakpoints[label[0] - m - 1]}"
        low = f"> {self.breakpoints[label[0] - 1]}" if label[0] else ""
        high = f"< {self.breakpoints[label[0]]}" if label[0] < m else ""
        return " and ".join(part for part in (low, high) if part)

    def _side(self, j: int, sign: int, relation: str) -> Constraint:
        return Constraint(Form((sign,), -sign * self.breakpoints[j]), relation)

    def constraints(self, label: Label) -> list[Constraint]:
        m = len(self.breakpoints)
        if label[0] > m:
            return [self._side(label[0] - m - 1, 1, "=")]
        low = [self._side(label[0] - 1, 1, ">")] if label[0] else []
        high = [self._side(label[0], -1, ">")] if label[0] < m else []
        return low + high

    def _joins(self, j: int) -> int | None:
        """The interval that breakpoint j belongs to under the rule."""
        slope = self.tie_slopes[j]
        if slope is None or isinstance(slope, Polynomial):
            return None
        if slope == self.slopes[j]:
            return j
        return j + 1 if slope == self.slopes[j + 1] else None

    def branch(self, label: Label) -> Label:
        m = len(self.breakpoints)
        if label[0] > m:
            joined = self._joins(label[0] - m - 1)
            if joined is not None:
                return (joined,)
        return label

    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        m = len(self.breakpoints)
        if branch[0] > m:
            return self.constraints(branch)
        result = []
        if branch[0]:
            j = branch[0] - 1
            result.append(self._side(j, 1, ">=" if self._joins(j) == branch[0] else ">"))
        if branch[0] < m:
            j = branch[0]
            result.append(self._side(j, -1, ">=" if self._joins(j) == branch[0] else ">"))
        return result

    def weights(self, label: Label, parameter: Parameter) -> Weights:
        m = len(self.breakpoints)
        branch = self.branch(label)
        if branch[0] <= m:
            slope, constant = self.interval_form(branch[0])
            return (slope,), constant
        j = branch[0] - m - 1
        given = self.tie_slopes[j]
        if given is None:
            given = parameter(sum(s is None for s in self.tie_slopes[:j]))
        return (given,), self.knots[j] - given * self.breakpoints[j]

    def selection(self, label: Label) -> Weights:
        m = len(self.breakpoints)
        slope, constant = self.interval_form(label[0] if label[0] <= m else label[0] - m - 1)
        return (slope,), constant

    def parameter_count(self) -> int:
        return sum(slope is None for slope in self.tie_slopes)

    def names(self) -> set[str]:
        return {name for s in self.tie_slopes if s is not None for name in free_names(s)}


def _knot_values(
    breakpoints: tuple[Fraction, ...],
    slopes: tuple[Fraction, ...],
    anchor: tuple[Fraction, Fraction],
) -> tuple[Fraction, ...]:
    """The function's values at the breakpoints, from its value at the anchor."""
    x, value = anchor
    relative = [Fraction(0)]
    for left, right, slope in zip(breakpoints, breakpoints[1:], slopes[1:], strict=False):
        relative.append(relative[-1] + slope * (right - left))
    index = sum(b <= x for b in breakpoints)
    knot = max(index - 1, 0)
    at_anchor = relative[knot] + slopes[index] * (x - breakpoints[knot])
    return tuple(r + value - at_anchor for r in relative)

def _slope(value: Any) -> Coefficient | None:
    """A rule at a breakpoint: None for "free", else a number or symbol."""
    if isinstance(value, str) and value == "free":
        return None
    try:
        return to_coefficient(value)
    except PiecewiseError as error:
        raise InvalidTieRule(
            f"expected 'free', an exact number or a sympy symbol as the slope at a breakpoint, "
            f"got {value!r}; {str(error).rsplit('; ', 1)[-1]}"
        ) from error


def _slope_text(slope: Coefficient | None) -> str:
    if slope is None:
        return "free"
    return str(slope.to_sympy() if isinstance(slope, Polynomial) else slope)


def piecewise_linear_atom(
    breakpoints: Sequence[Any],
    slopes: Sequence[Any],
    at_breaks: Any = "free",
    anchor: tuple[Any, Any] = (0, 0),
    keyword: str = "at_breaks",
) -> PiecewiseLinear:
    """The continuous function with these slopes between these breakpoints.

    `anchor` is a point of its graph; `at_breaks` is one rule for all breakpoints or one each.
    """
    points = tuple(map(to_fraction, breakpoints))
    rates = tuple(map(to_fraction, slopes))
    if not points or any(a >= b for a, b in zip(points, points[1:], strict=False)):
        raise ShapeError(
            f"expected one or more increasing breakpoints, got {list(map(str, points))}; "
            "sort them and leave out repetitions"
        )
    if len(rates) != len(points) + 1:
        raise ShapeError(
            f"expected {len(points) + 1} slopes for {len(points)} breakpoints, got {len(rates)}; "
            "give one slope more than breakpoints"
        )
    many = isinstance(at_breaks, (list, tuple))
    rules = tuple(map(_slope, at_breaks)) if many else (_slope(at_breaks),) * len(points)
    if len(rules) != len(points):
        raise InvalidTieRule(
            f"expected {len(points)} rules, one a breakpoint, got {len(rules)}; "
            "give one rule for all, or one each"
        )
    if all(rule is None for rule in rules):
        text = ""
    elif many:
        text = f"{keyword}=[{', '.join(map(_slope_text, rules))}]"
    else:
        text = f"{keyword}={_slope_text(rules[0])}"
    base = (to_fraction(anchor[0]), to_fraction(anchor[1]))
    return PiecewiseLinear(points, rates, rules, base, text)


def relu_atom(at_zero: Any = "free") -> PiecewiseLinear:
    return piecewise_linear_atom([0], [0, 1], at_zero, keyword="at_zero")


def abs_atom(at_zero: Any = "free") -> PiecewiseLinear:
    return piecewise_linear_atom([0], [-1, 1], at_zero, keyword="at_zero")


def leaky_relu_atom(slope: Any, at_zero: Any = "free") -> PiecewiseLinear:
    return piecewise_linear_atom([0], [slope, 1], at_zero, keyword="at_zero")


def clip_atom(lo: Any, hi: Any, at_edges: Any = "free") -> PiecewiseLinear:
    """min(max(x, lo), hi); either bound may be None, but not both."""
    if lo is None and hi is None:
        raise ShapeError("expected a bound for clip, got None twice; give lo, hi or both")
    if lo is None:
        return piecewise_linear_atom([hi], [1, 0], at_edges, (hi, hi), "at_edges")
    if hi is None:
        return piecewise_linear_atom([lo], [0, 1], at_edges, (lo, lo), "at_edges")
    if to_fraction(lo) >= to_fraction(hi):
        raise ShapeError(f"expected lo < hi for clip, got {lo} and {hi}; swap or separate them")
    return piecewise_linear_atom([lo, hi], [0, 1, 0], at_edges, (lo, lo), "at_edges")


# -- max and min -------------------------------------------------------------------------------


class Extremum(Atom):
    """The maximum (sign +1) or minimum (sign -1) of n operands.

    Labels: (k, i1, …, ik), the argmax set with its size first. Bit i of a word says that
    operand i is *not* an argmax.
    """

    def __init__(self, n: int, sign: int, rule: TieRule) -> None:
        if n < 1:
            raise ShapeError(
                "expected at least one operand of max or min, got none; the maximum of nothing "
                "is undefined"
            )
        self.arity = self.bits = n
        self.sign = sign
        self.rule = rule
        self.rule_text = rule.text

    def columns(self) -> tuple[Form, ...]:
        return tuple(
            Form(tuple(self.sign * (i == j) for j in range(self.arity)), 0)
            for i in range(self.arity)
        )

    def refine(self, cells: FaceComplex, bit: int, unit: int) -> tuple[list[int], list[int]]:
        n = self.arity
        for row in (*cells.generators, *cells.lines):
            row.append(row[-n])
        # n - 1 kinks, each new candidate against the maximum so far; the columns are now the
        # n candidates and that maximum. Faces with equal argmax sets are joined as they arise.
        for j in range(1, n):
            for row in (*cells.generators, *cells.lines):
                row.append(row[j - n - 1] - row[-1])
            cut = cells.refine(0, 0)
            for row in cells.generators:
                height = row.pop()
                if height > 0:
                    row[-1] += height
            for row in cells.lines:
                row.pop()
            if cut and j > 1:
                self._mark(cells, bit, j + 1)
                cells.merge()
                keep = ~(((1 << n) - 1) << bit)
                cells.words = [word & keep for word in cells.words]
        self._mark(cells, bit, n)
        outputs = [self.sign * row[-1] for row in cells.generators]
        on_lines = [self.sign * row[-1] for row in cells.lines]
        for row in (*cells.generators, *cells.lines):
            del row[-n - 1 :]
        return outputs, on_lines

    def _mark(self, cells: FaceComplex, bit: int, count: int) -> None:
        """Set the bits of the first `count` candidates at every generator."""
        n = self.arity
        for index, row in enumerate(cells.generators):
            best = row[-1]
            bits = 0
            for i in range(count):
                if row[i - n - 1] != best:
                    bits |= 1 << i
            cells.words[index] |= bits << bit

    def label(self, bits: int) -> Label:
        tied = tuple(i for i in range(self.arity) if not (bits >> i) & 1)
        return (len(tied), *tied)

    def label_at(self, values: Sequence[Fraction]) -> Label:
        best = max(values) if self.sign > 0 else min(values)
        tied = tuple(i for i, value in enumerate(values) if value == best)
        return (len(tied), *tied)

    def label_text(self, label: Label) -> str:
        return "{" + ", ".join(str(i + 1) for i in label[1:]) + "}"

    def _over(self, i: int, j: int, relation: str) -> Constraint:
        """Operand i against operand j, in the order of the extremum."""
        row = [0] * self.arity
        row[i] += self.sign
        row[j] -= self.sign
        return Constraint(Form(tuple(row), 0), relation)

    def constraints(self, label: Label) -> list[Constraint]:
        first, *others = label[1:]
        result = [self._over(first, i, "=") for i in others]
        tied = set(label[1:])
        return result + [self._over(first, j, ">") for j in range(self.arity) if j not in tied]

    def branch(self, label: Label) -> Label:
        return self.rule.branch(label[1:])

    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        if not self.rule.half_open:
            return self.constraints(label)
        i = branch[1]
        return [
            self._over(i, j, ">=" if self.branch((2, *sorted((i, j)))) == branch else ">")
            for j in range(self.arity)
            if j != i
        ]

    def weights(self, label: Label, parameter: Parameter) -> Weights:
        row: list[Coefficient] = [0] * self.arity
        given = self.rule.weights(label[1:], self.arity, parameter)
        for i, weight in zip(label[1:], given, strict=True):
            row[i] = weight
        return tuple(row), 0

    def selection(self, label: Label) -> Weights:
        return tuple(int(i == label[1]) for i in range(self.arity)), 0

    def parameter_count(self) -> int:
        return self.rule.parameter_count(self.arity)

    def names(self) -> set[str]:
        return self.rule.names()


def max_atom(n: int, ties: Any = "free") -> Extremum:
    return Extremum(n, 1, tie_rule(ties, n))


def min_atom(n: int, ties: Any = "free") -> Extremum:
    return Extremum(n, -1, tie_rule(ties, n))


# -- where -------------------------------------------------------------------------------------

_TRUE, _FALSE, _TIE = (0,), (1,), (2,)


class Where(Atom):
    """``where(lhs op rhs, a, b)`` of the operands (lhs, rhs, a, b).

    Labels: (0,) the condition holds and the sides differ, (1,) it fails and they differ,
    (2,) the sides are equal. Branches: the two as written.
    """

    arity = 4
    bits = 2

    def __init__(self, op: str) -> None:
        self.op = op
        self.sign = 1 if op in (">", ">=") else -1
        self.tie_holds = op in ("<=", ">=")

    def columns(self) -> tuple[Form, ...]:
        sign, zero, one = self.sign, 0, 1
        return (
            Form((zero, zero, one, zero), zero),
            Form((zero, zero, zero, one), zero),
            Form((sign, -sign, zero, zero), zero),
        )

    def refine(self, cells: FaceComplex, bit: int, unit: int) -> tuple[list[int], list[int]]:
        cells.refine(1 << bit, 2 << bit)
        rows = cells.generators
        words = cells.words
        tie = -3 if self.tie_holds else -2
        choice = {i: -3 if row[-1] > 0 else -2 for i, row in enumerate(rows) if row[-1]}
        line_choice = tie
        for level in range(1, len(cells.levels)):
            for members in cells.generator_sets(level):
                if not any(words[g] & REAL for g in members):
                    continue
                moved = next((g for g in members if rows[g][-1]), None)
                own = tie if moved is None else choice[moved]
                if moved is not None:
                    line_choice = own
                on_kink = [g for g in sorted(members) if not rows[g][-1]]
                reached = any(words[g] & REAL for g in on_kink)
                if reached and own != tie:
                    self._check_jump(cells, on_kink)
                for g in on_kink:
                    # a ray whose tie lies only at infinity takes the side of its faces
                    choice[g] = tie if reached else choice.get(g, own)
        outputs = [row[choice[i]] for i, row in enumerate(rows)]
        on_lines = [row[line_choice] for row in cells.lines]
        for row in (*rows, *cells.lines):
            del row[-3:]
        return outputs, on_lines

    def _check_jump(self, cells: FaceComplex, on_kink: list[int]) -> None:
        """Refuse sides that differ on a face of ties that the other branch reaches too."""
        rows = cells.generators
        d = cells.dimension
        base = next(rows[g] for g in on_kink if rows[g][0])
        point = [Fraction(value, base[0]) for value in base[1 : d + 1]]
        for row in (*(rows[g] for g in on_kink), *cells.lines):
            if row[-3] == row[-2]:
                continue
            if row[0]:
                point = [Fraction(value, row[0]) for value in row[1 : d + 1]]
            elif base[-3] == base[-2]:
                point = [p + step for p, step in zip(point, row[1 : d + 1], strict=True)]
            exact = tuple(map(to_rational, point))
            raise NotContinuous(
                "expected a where whose sides agree at the ties that both of them reach, got two "
                f"values at the point {exact}; make the sides equal there, or use mt.max",
                exact,
            )

    def label(self, bits: int) -> Label:
        return (_TIE, _TRUE, _FALSE)[bits]

    def label_at(self, values: Sequence[Fraction]) -> Label:
        difference = self.sign * (values[0] - values[1])
        return _TRUE if difference > 0 else _FALSE if difference < 0 else _TIE

    def label_text(self, label: Label) -> str:
        return ("true", "false", "tie")[label[0]]

    def _compare(self, sign: int, relation: str) -> Constraint:
        zero, one = 0, self.sign * sign
        return Constraint(Form((one, -one, zero, zero), zero), relation)

    def constraints(self, label: Label) -> list[Constraint]:
        if label == _TIE:
            return [self._compare(1, "=")]
        return [self._compare(1 if label == _TRUE else -1, ">")]

    def branch(self, label: Label) -> Label:
        return label if label != _TIE else (_TRUE if self.tie_holds else _FALSE)

    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        closed = self.branch(_TIE) == branch
        return [self._compare(1 if branch == _TRUE else -1, ">=" if closed else ">")]

    def weights(self, label: Label, parameter: Parameter) -> Weights:
        return self.selection(label)

    def selection(self, label: Label) -> Weights:
        taken = 2 if self.branch(label) == _TRUE else 3
        return tuple(int(i == taken) for i in range(4)), 0


def where_atom(op: str) -> Where:
    return Where(op)
