"""What a float evaluation of an expression may return at a point: value, gradient, and error.

Every node is evaluated exactly, together with a bound on what any float evaluation in any order
of summation differs by. Sums and products have the usual bound
:math:`\\gamma_n \\sum |c_i y_i|` with :math:`\\gamma_n = nu / (1 - nu)`, none where all partial
sums are floats. A smooth function is assumed to be right up to :data:`ASSUMED` units in the last
place of the largest of 1, its operands, its value and its derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from piecewise_mt.calculus.evaluation.forward import combined
from piecewise_mt.functions.atoms import Atom
from piecewise_mt.functions.build.smooth_nodes import SmoothFunction, placeholder
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Smooth, Variable
from piecewise_mt.functions.traversal import topological
from piecewise_mt.interop.checking.intervals import (
    Interval,
    enclosed,
    exponential,
    logarithm,
    short,
)

ASSUMED = 64
_DIGITS = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}
_SLACK = 1 + 1e-6
"""For the rounding of the bounds themselves."""
_THRESHOLD = 2.1e-9
"""exp(-20): torch's softplus is its argument from 20 on."""


class Near(NamedTuple):
    """A number and how far a float evaluation may be from it; None where it may be anywhere."""

    value: Fraction
    error: float


class _Span(NamedTuple):
    """What a sum adds up, those sums among its terms taken apart: all sizes, and their unit.

    A bias, say, may be the first term of a sum whose others would add up exactly without it.
    """

    total: Fraction
    unit: int


def _span(
    row: Sequence[tuple[int, Any]],
    values: Sequence[Fraction],
    bias: Any,
    before: Sequence[_Span | None],
) -> _Span:
    start = Fraction(bias)
    total, unit = abs(start), start.denominator
    for i, c in row:
        inner = before[i] if abs(c) == 1 else None
        if inner is None:
            term = Fraction(c) * values[i]
            inner = _Span(abs(term), term.denominator)
        total, unit = total + inner.total, max(unit, inner.unit)
    return _Span(total, unit)


class Undecided(Exception):
    """At this point rounding decides the side of a kink, or there is no value."""


class Pass:
    """One forward pass; ask it for gradients afterwards."""

    def __init__(self, f: Expression, point: Sequence[Fraction], dtype: str) -> None:
        self.f = f
        self.digits = _DIGITS[dtype]
        self.unit = 2.0**-self.digits
        self.nodes = list(topological(f))
        self.point = dict(zip((v.name for v in f.variables), point, strict=True))
        self.near: dict[int, list[Near]] = {}
        self.spans: dict[int, list[_Span | None]] = {}
        self.partials: dict[int, list[list[tuple[int, Near]] | None]] = {}
        for node in self.nodes:
            operands = [entry for arg in node.args for entry in self.near[id(arg)]]
            self.near[id(node)] = self._evaluated(node, operands)
            if isinstance(node, Gather):
                self.spans[id(node)] = [self._spans_of(node)[i] for i in node.indices]

    def values(self) -> list[Near]:
        """The values of the expression."""
        return self.near[id(self.f)]

    def _evaluated(self, node: Expression, operands: list[Near]) -> list[Near]:
        if isinstance(node, Variable):
            return [Near(self.point[name], 0.0) for name in node.names]
        if isinstance(node, Constant):
            return [self._stored(Fraction(v)) for v in node.values]
        if isinstance(node, Gather):
            return [operands[i] for i in node.indices]
        if isinstance(node, Linear):
            values = [near.value for near in operands]
            return self._affine(node, operands, values)
        assert isinstance(node, (Piecewise, Smooth))
        result: list[Near] = []
        partials: list[list[tuple[int, Near]] | None] = []
        row: list[Near] | None
        places: dict[int, int] = {}
        groups: dict[tuple[int, ...], list[tuple[Near, Interval]]] = {}
        for function, indices in node.units:
            own = [operands[i] for i in indices]
            if isinstance(node, Smooth) and node.name in ("softmax", "logsumexp"):
                if indices not in groups:
                    groups[indices] = self._shares(own)
                place = places.setdefault(id(function), len(places))
                value, row = self._exponential(node.name, place, own, groups[indices])
            elif isinstance(node, Piecewise):
                value, row = self._chosen(function, own)
            else:
                value, row = self._smooth(function, own, node.name)
            result.append(value)
            partials.append(
                None if row is None else [
                    (i, p) for i, p in zip(indices, row, strict=True) if p.value or p.error
                ]
            )  # fmt: skip
        self.partials[id(node)] = partials
        return result

    def _stored(self, value: Fraction) -> Near:
        return Near(value, 0.0 if self.is_float(value) else self.unit * abs(float(value)) * _SLACK)

    def is_float(self, value: Fraction) -> bool:
        """Whether a number has few enough digits for the float type (the range is not asked)."""
        below = value.denominator
        if below & (below - 1):
            return False
        above = abs(value.numerator)
        return (
            above.bit_length() - ((above & -above).bit_length() - 1 if above else 0) <= self.digits
        )

    def _sum(
        self,
        row: Sequence[tuple[int, Any]],
        operands: Sequence[Near],
        values: Sequence[Fraction],
        bias: Fraction = Fraction(0),
        rounded: bool = False,
    ) -> Near:
        value: Fraction = Fraction(combined(row, values, bias))
        spread = sum(abs(float(c)) * operands[i].error for i, c in row)
        if not spread and not rounded:
            terms = [Fraction(bias), *(Fraction(c) * values[i] for i, c in row)]
            coefficients = all(self.is_float(Fraction(c)) for _, c in row)
            if coefficients and self._is_summable([t for t in terms if t]):
                return Near(value, 0.0)
        size = abs(float(bias)) + sum(
            abs(float(c)) * (abs(float(values[i])) + operands[i].error) for i, c in row
        )
        return Near(value, (spread + self._gamma(len(row) + 4) * size) * _SLACK)

    def _affine(
        self, node: Linear, operands: Sequence[Near], values: Sequence[Fraction]
    ) -> list[Near]:
        before = self._spans_of(node)
        result, spans = [], []
        for bias, row in zip(node.bias, node.rows, strict=True):
            near, span = self._sum(row, operands, values, bias), None
            if not near.error:
                span = _span(row, values, bias, before)
                if span.total * span.unit > 2**self.digits:
                    near, span = self._sum(row, operands, values, bias, rounded=True), None
            result.append(near)
            spans.append(span)
        self.spans[id(node)] = spans
        return result

    def _spans_of(self, node: Expression) -> list[_Span | None]:
        return [span for arg in node.args for span in self.spans.get(id(arg)) or (None,) * arg.size]

    def _gamma(self, count: int) -> float:
        return count * self.unit / max(1 - count * self.unit, 0.5)

    def _is_summable(self, terms: Sequence[Fraction]) -> bool:
        if not all(map(self.is_float, terms)):
            return False
        unit = max((t.denominator for t in terms), default=1)
        return bool(sum(map(abs, terms), Fraction(0)) * unit <= 2**self.digits)

    # -- one unit ----------------------------------------------------------------------------

    def _chosen(self, atom: Atom, own: list[Near]) -> tuple[Near, list[Near] | None]:
        """An atom's value, and its partial derivatives if no rounding decides the side."""
        values = [near.value for near in own]
        weights, offset = atom.selection(atom.label_at(values))  # free of parameters
        assert isinstance(offset, (int, Fraction))
        constant = Fraction(offset)
        decided = self._is_decided(atom, own)
        if decided:
            used = [(k, w) for k, w in enumerate(weights) if w]
            if len(used) == 1 and used[0][1] == 1 and not constant:
                near = own[used[0][0]]  # a choice rounds nothing
            else:
                near = self._sum(used, own, values, constant)
        else:
            if atom.sides is not None:
                raise Undecided
            outputs = [self._sum(list(enumerate(o.coefficients)), own, values, Fraction(o.constant))
                       for o in atom.outputs()]  # fmt: skip
            value = Fraction(combined(list(enumerate(weights)), values, constant))
            return Near(value, max(o.error for o in outputs)), None
        own_weights, _ = atom.weights(atom.label_at(values), _parameter)
        row = []
        for weight in own_weights:
            if not isinstance(weight, (int, Fraction)):
                return near, None  # a free weight
            row.append(self._stored(Fraction(weight)))
        return near, row

    def _is_decided(self, atom: Atom, own: list[Near]) -> bool:
        """Whether every float evaluation meets the signs of the atom's marks at these operands."""
        known: list[Near] = list(own)
        for kink in atom.kinks():
            form = self._mixed(kink.form, known)
            known += [
                self._mixed(pair[0 if form.value > 0 else 1], known) for pair in kink.selected
            ]
            if not _has_sign(form):
                return False
        return all(_has_sign(self._mixed(mark, known)) for mark in atom.marks())

    def _mixed(self, mixture: Any, known: Sequence[Near]) -> Near:
        values = [near.value for near in known]
        value = Fraction(combined(mixture.terms, values, Fraction(mixture.constant)))
        return Near(value, sum(abs(float(c)) * known[i].error for i, c in mixture.terms) * _SLACK)

    def _smooth(
        self, function: SmoothFunction, own: list[Near], name: str
    ) -> tuple[Near, list[Near] | None]:
        exact = self._polynomial(function, own)
        if exact is not None:
            return exact
        size = max(1.0, *(abs(float(near.value)) for near in own))
        sides = [
            Interval.around(near.value, near.error + ASSUMED * self.unit * abs(float(near.value)))
            for near in own
        ]
        points = [Interval.around(near.value, 0.0) for near in own]
        extra = ASSUMED * self.unit * size
        if name == "softplus" and size > 19:
            extra += _THRESHOLD * size
        value = self._within(function.expression, points, sides, extra)
        if value is None:
            raise Undecided
        row = []
        for partial in function.partials:
            near = self._within(partial, points, sides, extra)
            if near is None:
                return value, None
            row.append(near)
        return value, row

    def _shares(self, own: list[Near]) -> list[tuple[Near, Interval]]:
        """The softmax of some operands: each share near a number, and where it can be."""
        top = max(near.value for near in own)  # which all exponentials are divided by
        points = [Interval.around(near.value - top, 0.0) for near in own]
        sides = [
            Interval.around(
                near.value - top, near.error + ASSUMED * self.unit * abs(float(near.value))
            )
            for near in own
        ]
        exact, around = ([exponential(x) for x in given] for given in (points, sides))
        if any(x is None for x in [*exact, *around]):
            raise Undecided
        total = [sum((x[k] for x in around if x), Fraction(0)) for k in range(2)]
        whole = sum((x.middle for x in exact if x), Fraction(0))
        extra = (ASSUMED + len(own)) * self.unit
        result = []
        for x, y in zip(exact, around, strict=True):
            assert x is not None and y is not None
            share = short(x.middle / whole)
            side = Interval(short(y.low / total[1]), short(y.high / total[0]))
            reach = max(float(side.high - share), float(share - side.low), 0.0)
            result.append((Near(share, (reach + extra) * _SLACK), side))
        return result

    def _exponential(
        self, name: str, place: int, own: list[Near], shares: list[tuple[Near, Interval]]
    ) -> tuple[Near, list[Near]]:
        """One entry of softmax, or logsumexp, without its formula of as many terms as operands."""
        if name == "softmax":
            value, _ = shares[place]
            one = Near(Fraction(1), 0.0)
            row = []
            for k, (share, _) in enumerate(shares):
                other = Near((one.value if k == place else 0) - share.value, share.error)
                row.append(self._times(value, other))
            return value, row
        top = max(near.value for near in own)
        # log Σ exp(y) = y - log share(y), for the largest y
        largest = next(k for k, near in enumerate(own) if near.value == top)
        inverse = logarithm(shares[largest][0].value)
        if inverse is None:
            raise Undecided
        error = max(near.error for near in own)
        size = max(1.0, *(abs(float(near.value)) for near in own))
        extra = (ASSUMED + len(own)) * self.unit * size
        value = Near(top - inverse.middle, (error + extra) * _SLACK)
        return value, [share for share, _ in shares]

    def _within(
        self, formula: sympy.Expr, points: list[Interval], sides: list[Interval], extra: float
    ) -> Near | None:
        middle, around = enclosed(formula, points), enclosed(formula, sides)
        if middle is None or around is None:
            return None
        value = middle.middle
        most = max(float(abs(around.low)), float(abs(around.high)))
        reach = max(float(around.high - value), float(value - around.low), 0.0)
        return Near(value, (reach + extra + ASSUMED * self.unit * most) * _SLACK)

    def _polynomial(
        self, function: SmoothFunction, own: list[Near]
    ) -> tuple[Near, list[Near]] | None:
        """The value and the partial derivatives where nothing is rounded."""
        if any(near.error for near in own) or not _is_monomial(function.expression):
            return None
        exact = {placeholder(k): near.value for k, near in enumerate(own)}
        numbers = [_monomial(part, exact) for part in (function.expression, *function.partials)]
        if not all(map(self.is_float, numbers)):
            return None
        value, *row = (Near(number, 0.0) for number in numbers)
        return value, row

    # -- gradients ---------------------------------------------------------------------------

    def row(self, weights: Sequence[int]) -> list[Near]:
        """The gradient of Σ weights·f by the variables, in the order of ``f.variables``.

        Raises
        ------
        Undecided
            If rounding decides the side of a kink that matters, or a weight is free.
        """
        adjoint: dict[int, dict[int, list[Near]]] = {
            id(self.f): {k: [Near(Fraction(w), 0.0)] for k, w in enumerate(weights)}
        }
        found: dict[str, list[Near]] = {name: [] for name in self.point}
        for node in reversed(self.nodes):
            collected = adjoint.pop(id(node), None)
            if not collected or isinstance(node, Constant):
                continue
            own = {k: self._added(terms) for k, terms in collected.items()}
            if isinstance(node, Variable):
                for k, near in own.items():
                    found[node.names[k]].append(near)
                continue
            owners = [(id(arg), k) for arg in node.args for k in range(arg.size)]
            for k, near in own.items():
                if not near.value and not near.error:
                    continue
                for i, partial in self._local(node, k):
                    arg, entry = owners[i]
                    term = self._times(partial, near)
                    adjoint.setdefault(arg, {}).setdefault(entry, []).append(term)
        return [self._added(found[name]) for name in self.point]

    def inner(self, one: Sequence[Near], two: Sequence[Near]) -> Near:
        """Σ of products, in any order."""
        return self._added([self._times(a, b) for a, b in zip(one, two, strict=True)])

    def _local(self, node: Expression, k: int) -> list[tuple[int, Near]]:
        if isinstance(node, Linear):
            return [(i, self._stored(Fraction(c))) for i, c in node.rows[k]]
        if isinstance(node, Gather):
            return [(node.indices[k], Near(Fraction(1), 0.0))]
        row = self.partials[id(node)][k]
        if row is None:
            raise Undecided
        return row

    def _times(self, one: Near, two: Near) -> Near:
        value = one.value * two.value
        a, b = abs(float(one.value)), abs(float(two.value))
        error = a * two.error + b * one.error + one.error * two.error
        if not error and self.is_float(value):
            return Near(value, 0.0)
        return Near(value, (error + 4 * self.unit * (a * b + error)) * _SLACK)

    def _added(self, terms: Sequence[Near]) -> Near:
        value = sum((near.value for near in terms), Fraction(0))
        error = sum(near.error for near in terms)
        if not error and self._is_summable([near.value for near in terms if near.value]):
            return Near(value, 0.0)
        size = sum(abs(float(near.value)) for near in terms) + error
        return Near(value, (error + self._gamma(len(terms) + 4) * size) * _SLACK)


def _parameter(index: Any) -> Any:
    return sympy.Symbol(f"z{index}")


def _has_sign(near: Near) -> bool:
    return not near.error or abs(float(near.value)) > near.error * _SLACK


def _is_monomial(formula: sympy.Expr) -> bool:
    """Whether a formula is a product of placeholders and their powers."""
    return all(
        factor.is_Symbol
        or (factor.is_Pow and factor.base.is_Symbol and factor.exp.is_Integer and factor.exp > 0)
        for factor in sympy.Mul.make_args(formula)
    )


def _monomial(formula: sympy.Expr, exact: dict[sympy.Symbol, Fraction]) -> Fraction:
    value = Fraction(1)
    for factor in sympy.Mul.make_args(formula):
        if factor.is_Symbol:
            value *= exact[factor]
        elif factor.is_Pow:
            value *= exact[factor.base] ** int(factor.exp)
        else:
            value *= Fraction(int(factor.p), int(factor.q))
    return value
