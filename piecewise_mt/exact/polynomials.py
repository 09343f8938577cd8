"""Polynomials in tie parameters: sparse, exact, always expanded.

SymPy's own rings fix their generators in advance and store dense exponents;
a max of ten values alone has 4,097 free parameters, so monomials here are short
sorted tuples of the generators that occur.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import sympy

from piecewise_mt.exact.names import checked_name, checked_parameter
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import to_fraction, to_rational
from piecewise_mt.exact.reading_numbers import NotAlgebraic, algebraic

Generator: TypeAlias = "str | sympy.Expr"
"""A symbol's name, or a SymPy expression that is not a polynomial in symbols."""
Monomial: TypeAlias = tuple[Generator, ...]
Coefficient: TypeAlias = "int | Fraction | Polynomial"
"""What a formula's coefficients are: rational, or a polynomial in tie parameters."""


class Polynomial:
    """A polynomial with rational coefficients in named generators.

    Arithmetic with ints, Fractions and other polynomials returns a plain ``Fraction``
    when every generator has cancelled, so ``isinstance(c, Polynomial)`` says whether a
    coefficient really depends on a parameter.

    Examples
    --------
    >>> z = Polynomial.generator("z")
    >>> z + (1 - z)
    Fraction(1, 1)
    >>> (2 * z - 1).to_sympy()
    2*z - 1
    """

    __slots__ = ("terms",)
    terms: Mapping[Monomial, Fraction]

    def __init__(self, terms: Mapping[Monomial, Fraction]) -> None:
        self.terms = terms

    @staticmethod
    def generator(name: Generator) -> Polynomial:
        return Polynomial({(name,): Fraction(1)})

    def __add__(self, other: Coefficient) -> Coefficient:
        result = dict(self.terms)
        for monomial, coefficient in _terms(other).items():
            total = result.get(monomial, 0) + coefficient
            if total:
                result[monomial] = fraction(total)
            else:
                result.pop(monomial, None)
        return _reduced(result)

    __radd__ = __add__

    def __neg__(self) -> Coefficient:
        return Polynomial({monomial: -c for monomial, c in self.terms.items()})

    def __sub__(self, other: Coefficient) -> Coefficient:
        return self + (-other)

    def __rsub__(self, other: Coefficient) -> Coefficient:
        return (-self) + other

    def __mul__(self, other: Coefficient) -> Coefficient:
        result: dict[Monomial, Fraction] = {}
        for left, a in self.terms.items():
            for right, b in _terms(other).items():
                monomial = tuple(sorted(left + right, key=str))
                result[monomial] = result.get(monomial, Fraction(0)) + a * b
        return _reduced({monomial: c for monomial, c in result.items() if c})

    __rmul__ = __mul__

    def __truediv__(self, other: int | Fraction) -> Coefficient:
        return self * (Fraction(1) / other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __repr__(self) -> str:
        return f"Polynomial({self.to_sympy()})"

    def to_sympy(self) -> sympy.Expr:
        """The expanded SymPy expression; symbols are ``Symbol(name, real=True)``."""
        return sympy.Add(
            *(
                sympy.Mul(to_rational(coefficient), *map(_generator_to_sympy, monomial))
                for monomial, coefficient in self.terms.items()
            )
        )


def _terms(value: Coefficient) -> Mapping[Monomial, Fraction]:
    if isinstance(value, Polynomial):
        return value.terms
    return {(): fraction(value)} if value else {}


def _reduced(terms: Mapping[Monomial, Fraction]) -> Coefficient:
    if not terms:
        return Fraction(0)
    if len(terms) == 1 and () in terms:
        return terms[()]
    return Polynomial(terms)


def _generator_to_sympy(generator: Generator) -> sympy.Expr:
    return sympy.Symbol(generator, real=True) if isinstance(generator, str) else generator


def coefficient_to_sympy(value: Coefficient) -> sympy.Expr:
    """A coefficient as a SymPy expression."""
    return value.to_sympy() if isinstance(value, Polynomial) else to_rational(value)


def to_coefficient(value: Any) -> Coefficient:
    """A number or a SymPy expression (a user's symbolic slope or weight) as a coefficient.

    Sums, products and powers of symbols become polynomials; whatever else occurs (``sqrt(2)``,
    ``1/(1 + a)``) is a generator of its own.
    """
    if isinstance(value, Polynomial):
        return value
    if isinstance(value, sympy.Expr) and not value.is_Rational and not value.has(sympy.Float):
        irrational = value.is_number and value.is_real
        if irrational or not value.is_number:
            # matched by name: inside a generator such as 1/(1 + a), too
            real = {s: sympy.Symbol(checked_name(str(s)), real=True) for s in value.free_symbols}
            value = value.xreplace(real)
            return _expand(sympy.expand(value))
    return to_fraction(value)


def rule_coefficient(value: Any) -> Coefficient:
    """A derivative or weight of a tie rule, whose symbols are no words for rules."""
    found = to_coefficient(value)
    for name in free_names(found):
        checked_parameter(name)
    return found


def _expand(value: sympy.Expr) -> Coefficient:
    total: Coefficient = Fraction(0)
    for term in sympy.Add.make_args(value):
        product: Coefficient = Fraction(1)
        for factor in sympy.Mul.make_args(term):
            product = product * _factor(factor)
        total = total + product
    return total


def _factor(factor: sympy.Expr) -> Coefficient:
    if factor.is_number and (factor.is_Rational or factor.has(sympy.Float)):
        return to_fraction(factor)
    if factor.is_number:
        try:
            found: Any = algebraic(factor)
            return found  # type: ignore[no-any-return]
        except NotAlgebraic:
            return Polynomial.generator(factor)
    base, exponent = factor.as_base_exp()
    if base.is_Symbol and exponent.is_Integer and exponent > 0:
        return Polynomial({(base.name,) * int(exponent): Fraction(1)})
    return Polynomial.generator(factor)


def free_names(value: Coefficient) -> set[str]:
    """The names of the symbols in a coefficient."""
    if not isinstance(value, Polynomial):
        return set()
    names: set[str] = set()
    for monomial in value.terms:
        for generator in monomial:
            if isinstance(generator, str):
                names.add(generator)
            else:
                names.update(symbol.name for symbol in generator.free_symbols)
    return names
