"""Continuous piecewise linear functions of one variable: relu, abs, leaky relu, clip, …"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from piecewise_mt.errors import InvalidTieRule, PiecewiseError, ShapeError
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.polynomials import Coefficient, Polynomial, free_names, rule_coefficient
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.atoms.base import (
    Atom,
    Constraint,
    Form,
    Kink,
    Label,
    Lattice,
    T,
    Weights,
    value,
)
from piecewise_mt.functions.atoms.ties import Parameter, coefficient_key
from piecewise_mt.memory import cached_property


class PiecewiseLinear(Atom):
    """A continuous piecewise linear function of one variable.

    Labels: (0,) … (m,) for the intervals left to right, then (m+1,) … for the breakpoints. A
    breakpoint's slope that equals a neighbour's joins it to that interval; any other number or
    symbol, or None for a free parameter, makes it a piece of its own (R̃'_z of §4.1).
    """

    arity = 1
    kind = "PiecewiseLinear"
    every_output_has_interior = True
    told_at_infinity = True

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
        self.breaks = len(breakpoints)
        self.tie_slopes = tie_slopes
        self.rule_text = rule_text
        self.knots = _knot_values(breakpoints, slopes, anchor)
        numbers = (*breakpoints, *slopes, *self.knots)
        self.is_rational = not any(isinstance(c, Algebraic) for c in numbers)
        is_hinge = breakpoints == self.knots == (Fraction(0),) and slopes[1] == 1
        known = {Fraction(0): "relu", Fraction(-1): "abs"} if is_hinge else {}
        self.name = known.get(slopes[0], "piecewise_linear")

    @property
    def key(self) -> Hashable:
        rules = tuple(s if s is None else coefficient_key(s) for s in self.tie_slopes)
        return (type(self), self.breakpoints, self.slopes, self.knots, rules)

    def kinks(self) -> tuple[Kink, ...]:
        return tuple(Kink(value(0, 1, -b)) for b in self.breakpoints)

    def outputs(self) -> tuple[Form, ...]:
        return self._outputs

    @cached_property
    def _outputs(self) -> tuple[Form, ...]:
        forms = (self.interval_form(i) for i in range(len(self.slopes)))
        return tuple(Form((slope,), constant) for slope, constant in forms)

    def output(self, label: Label) -> int:
        m = len(self.breakpoints)
        return label[0] if label[0] <= m else label[0] - m - 1

    def max_min(self, operands: Sequence[T], lattice: Lattice[T]) -> T:
        # the first interval's line and a hinge for every change of slope
        slope, constant = self.interval_form(0)
        zero = lattice.affine((), 0)
        terms = [(slope, operands[0])]
        for left, right, b in zip(self.slopes, self.slopes[1:], self.breakpoints, strict=False):
            if left != right:
                # jump · max(0, y - b)
                hinge = lattice.maximum([zero, lattice.affine([(1, operands[0])], -b)])
                terms.append((right - left, hinge))
        return lattice.affine(terms, constant)

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
        return self._outputs[self.output(label)]

    def localized(self, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]]:
        zero = Fraction(0)
        index = self.label_at(values)[0]
        j = index - len(self.slopes) if index >= len(self.slopes) else None
        slopes = (self.slopes[index],) * 2 if j is None else self.slopes[j : j + 2]
        return PiecewiseLinear((zero,), slopes, (None,), (zero, zero), ""), (0,)

    def with_rule(self, rule: str) -> PiecewiseLinear:
        free = (None,) * len(self.breakpoints)
        tie_slopes = free if rule == "free" else self.slopes[:-1]
        anchor = (self.breakpoints[0], self.knots[0])
        # a rule that is not said would be read as free ties
        said = f"at_breaks=[{', '.join(map(str, tie_slopes))}]" if rule != "free" else ""
        return PiecewiseLinear(self.breakpoints, self.slopes, tie_slopes, anchor, said)

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
        return rule_coefficient(value)
    except PiecewiseError as error:
        if getattr(value, "free_symbols", None):  # a symbol it is: the name is at fault
            raise InvalidTieRule(str(error)) from error
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
    points = tuple(map(to_number, breakpoints))
    rates = tuple(map(to_number, slopes))
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
    base = (to_number(anchor[0]), to_number(anchor[1]))
    return PiecewiseLinear(points, rates, rules, base, text)


def relu_atom(at_zero: Any = "free") -> PiecewiseLinear:
    return _hinge(0, at_zero)


def abs_atom(at_zero: Any = "free") -> PiecewiseLinear:
    return _hinge(-1, at_zero)


def _hinge(slope: int, at_zero: Any) -> PiecewiseLinear:
    if isinstance(at_zero, str) and at_zero == "free":
        return _free_hinge(slope)
    return piecewise_linear_atom([0], [slope, 1], at_zero, keyword="at_zero")


@cache
def _free_hinge(slope: int) -> PiecewiseLinear:
    """One atom for all nodes: it is immutable, and parameters belong to nodes."""
    return piecewise_linear_atom([0], [slope, 1], "free", keyword="at_zero")


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
    if to_number(lo) >= to_number(hi):
        raise ShapeError(f"expected lo < hi for clip, got {lo} and {hi}; swap or separate them")
    return piecewise_linear_atom([lo, hi], [0, 1, 0], at_edges, (lo, lo), "at_edges")
