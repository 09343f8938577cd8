"""Formulas of smooth nodes: read from nested lists, and enclosed together with their derivatives.

A formula is a number, an operand "u1", "u2", …, or a list ``[name, …]``: a sum ``["+", …]``, a
product ``["*", …]``, a power ``["^", base, exponent]`` with a rational exponent (a fraction needs a
base that is not negative), ``["pi"]``, or one of the functions in ``FUNCTIONS``. The derivatives
are taken here: by the rules for sums, products and powers, and those of the functions in the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from piecewise_mt_check import intervals
from piecewise_mt_check.atoms import MAX_OPERANDS, Atom, Child, State, Value
from piecewise_mt_check.intervals import ONE, ZERO, Interval, NotKnown, point, scaled
from piecewise_mt_check.polynomials import read as read_polynomial
from piecewise_mt_check.reading import Invalid, Unsupported, integer, items, keys, number, text


class Jet(NamedTuple):
    """An enclosure of values, and of the partial derivatives that may be other than 0.

    Of a function with kinks these are enclosures of all entries of its Clarke gradients. None if
    they are not known.
    """

    value: Interval
    slopes: Mapping[int, Interval] | None


def constant(value: Interval) -> Jet:
    return Jet(value, {})


def combined(terms: Sequence[tuple[Interval, Jet]], value: Interval) -> Jet:
    """A function with this value whose derivative is Σ factor·(derivative of a jet)."""
    slopes: dict[int, Interval] = {}
    for factor, jet in terms:
        if jet.slopes is None:
            return Jet(value, None)
        for k, slope in jet.slopes.items():
            product = factor * slope
            slopes[k] = slopes[k] + product if k in slopes else product
    return Jet(value, slopes)


Enclosure = Callable[[Interval], Interval]


def _asinh_slope(x: Interval) -> Interval:
    return intervals.root(x.power(2) + ONE, 2).inverse()


def _erf_slope(x: Interval) -> Interval:
    factor = scaled(intervals.root(intervals.PI, 2).inverse(), Fraction(2))
    return factor * intervals.exp(-x.power(2))


FUNCTIONS: dict[str, tuple[Enclosure, Enclosure]] = {
    "exp": (intervals.exp, intervals.exp),
    "log": (intervals.log, Interval.inverse),
    "sin": (intervals.sin, intervals.cos),
    "cos": (intervals.cos, lambda x: -intervals.sin(x)),
    "tan": (intervals.tan, lambda x: ONE + intervals.tan(x).power(2)),
    "sinh": (intervals.sinh, intervals.cosh),
    "cosh": (intervals.cosh, intervals.sinh),
    "tanh": (intervals.tanh, lambda x: intervals.cosh(x).power(2).inverse()),
    "atan": (intervals.atan, lambda x: (x.power(2) + ONE).inverse()),
    "asinh": (intervals.asinh, _asinh_slope),
    "erf": (intervals.erf, _erf_slope),
    "erfc": (lambda x: ONE - intervals.erf(x), lambda x: -_erf_slope(x)),
}
"""Each with its derivative."""


class Node(NamedTuple):
    """A name and operands; for a power the exponent, for a number and a place that."""

    name: str
    operands: tuple[Node, ...] = ()
    number: Fraction = Fraction(0)


class SmoothFormula(Atom):
    """A smooth formula in u1, u2, …, as an atom without branches."""

    def __init__(self, data: Any) -> None:
        if isinstance(data, dict) and "formula" in data:
            raise Unsupported("the function has a smooth formula as a text")
        own = keys(data, {"arity"}, {"terms", "expression"})
        self.arity = integer(own["arity"])
        if not 1 <= self.arity <= MAX_OPERANDS:
            raise Unsupported(f"a formula has no operand, or more than {MAX_OPERANDS}")
        self.places = {f"u{i + 1}": i for i in range(self.arity)}
        if ("terms" in own) == ("expression" in own):
            raise Invalid("expected a formula as terms or as an expression")
        self.root = (
            self._polynomial(own["terms"]) if "terms" in own else self._read(own["expression"])
        )

    def _read(self, data: Any) -> Node:
        if isinstance(data, str) and data in self.places:
            return Node("operand", (), Fraction(self.places[data]))
        if not isinstance(data, list):
            return Node("number", (), number(data))
        name, *rest = [text(data[0]), *data[1:]] if data else [""]
        if name == "^":
            base, exponent = items(rest, 2)
            return Node("^", (self._read(base),), number(exponent))
        if name in FUNCTIONS or name == "pi":
            items(rest, int(name != "pi"))
        elif name not in ("+", "*"):
            raise Unsupported("a formula has an unknown function")
        return Node(name, tuple(map(self._read, rest)))

    def _polynomial(self, data: Any) -> Node:
        terms = []
        for monomial, c in read_polynomial({"terms": data}, set(self.places)).items():
            powers = [
                Node("^", (self._read(name),), Fraction(monomial.count(name)))
                for name in sorted(set(monomial))
            ]
            terms.append(Node("*", (Node("number", (), Fraction(c)), *powers)))
        return Node("+", tuple(terms))

    def split(self, state: State) -> list[Child] | None:
        return None

    def value(self, state: State) -> Value:
        raise Unsupported("the function has smooth nodes")

    def at(self, operands: Sequence[Fraction]) -> Fraction:
        raise Unsupported("the function has smooth nodes")

    def jet(self, operands: Sequence[Jet]) -> Jet:
        return _jet(self.root, operands)


def _jet(node: Node, operands: Sequence[Jet]) -> Jet:
    name = node.name
    if name == "operand":
        return operands[int(node.number)]
    if name == "number":
        return constant(point(node.number))
    if name == "pi":
        return constant(intervals.PI)
    below = [_jet(own, operands) for own in node.operands]
    if name == "+":
        total = sum((own.value for own in below), ZERO)
        return combined([(ONE, own) for own in below], total)
    if name == "*":
        return _product(below)
    if name == "^":
        return _power(below[0], node.number)
    value, slope = FUNCTIONS[name]
    return _composed(below[0], value, slope)


def _product(factors: Sequence[Jet]) -> Jet:
    result = constant(ONE)
    for own in factors:
        value = result.value * own.value
        result = combined([(own.value, result), (result.value, own)], value)
    return result


def _power(base: Jet, exponent: Fraction) -> Jet:
    n, root = exponent.numerator, exponent.denominator

    def value(x: Interval) -> Interval:
        return x.power(n) if root == 1 else intervals.root(x, root).power(n)

    def slope(x: Interval) -> Interval:
        below = x.power(n - 1) if root == 1 else intervals.root(x, root).power(n - root)
        return scaled(below, exponent)

    return _composed(base, value, slope) if n else constant(ONE)


def _composed(inner: Jet, value: Enclosure, slope: Enclosure) -> Jet:
    """By the chain rule."""
    found = value(inner.value)
    if inner.slopes == {}:
        return constant(found)
    try:
        return combined([(slope(inner.value), inner)], found)
    except NotKnown:
        return Jet(found, None)
