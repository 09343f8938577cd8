"""The zero set of polynomials on which formulas are compared, in place of an affine hull."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.memory import cached_property


@dataclass(frozen=True)
class CurvedHull:
    """Where some polynomials vanish; formulas there are reduced modulo their ideal.

    Examples
    --------
    >>> x, y = symbols_of(("x", "y"))
    >>> circle = CurvedHull(("x", "y"), (x**2 + y**2 - 1,))
    >>> circle.restricted(x**2 + y**2 + x), circle.restricted(sympy.exp(x**2 + y**2))
    (x + 1, E)
    """

    names: tuple[str, ...]
    equations: tuple[sympy.Expr, ...]

    @classmethod
    def of_terms(
        cls, names: Sequence[str], equations: Iterable[Mapping[tuple[int, ...], int]]
    ) -> CurvedHull:
        """The zero set of integer polynomials, given by coefficients and exponents."""
        symbols = symbols_of(names)
        return cls(
            tuple(names),
            tuple(
                sympy.Poly.from_dict(dict(terms), *symbols).as_expr()
                for terms in equations
                if any(terms.values())
            ),
        )

    @cached_property
    def basis(self) -> Any:
        """A Gröbner basis of the ideal, by total degree; None if there is no equation."""
        if not self.equations:
            return None
        # later variables are written in the earlier ones, as on affine hulls
        return sympy.groebner(self.equations, *reversed(symbols_of(self.names)), order="grevlex")

    def restricted(self, expression: sympy.Expr) -> sympy.Expr:
        """The normal form of a polynomial; of other formulas the parts are reduced."""
        if self.basis is None or not expression.has(*symbols_of(self.names)):
            return expression
        symbols = symbols_of(self.names)
        if expression.is_polynomial(*symbols):
            reduced = self._reduced(expression)
            return expression if reduced is None else reduced
        return expression.func(*map(self.restricted, expression.args))

    def _reduced(self, expression: sympy.Expr) -> sympy.Expr | None:
        """Coefficient by coefficient in what is no variable, such as tie parameters."""
        symbols = symbols_of(self.names)
        try:
            terms = sympy.Poly(expression, *symbols).terms()
        except sympy.PolynomialError:
            return None
        total: list[sympy.Expr] = []
        for exponents, c in terms:
            monomial = sympy.Mul(*(x**k for x, k in zip(symbols, exponents, strict=True)))
            total.append(c * self.basis.reduce(monomial)[1])
        return sympy.expand(sympy.Add(*total))
