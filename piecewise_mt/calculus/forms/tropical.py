"""A piecewise linear function as a quotient p ⊘ q of tropical polynomials with real exponents.

In the tropical semiring a ⊕ b = max(a, b) and a ⊗ b = a + b, so that c ⊗ x^e is the affine function
c + e·x, a polynomial is a maximum of those, and ⊘ is subtraction (L. Zhang, G. Naitzat, L.-H. Lim,
"Tropical geometry of deep neural networks", 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from piecewise_mt.calculus.forms.cells import AffineRow, Cells, cells_of, distinct
from piecewise_mt.calculus.forms.difference import DifferenceForm, Pair, shortest_pairs
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.functions.expression import Expression
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.affine import latex_name, number_latex

Exponent = tuple[Fraction, ...]


@dataclass(frozen=True)
class TropicalPolynomial:
    """A maximum of affine functions as a tropical polynomial, none of whose terms is superfluous.

    Attributes
    ----------
    names : tuple of str
        The variables.
    terms : tuple of (coefficient, exponents)
        The monomial c ⊗ x^e is the affine function c + e·x.
    """

    names: tuple[str, ...]
    terms: tuple[tuple[Fraction, Exponent], ...]

    @cached_property
    def newton_vertices(self) -> tuple[Exponent, ...]:
        """The vertices of the Newton polytope, the convex hull of the exponents.

        An exponent is one iff some direction has a larger product with it than with all others,
        which a linear program decides exactly.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> p = mt.max(-x, 1, x).to_tropical().numerator
        >>> len(p.terms), [str(e) for (e,) in p.newton_vertices]
        (3, ['-1', '1'])
        """
        own = list(dict.fromkeys(e for _, e in self.terms))
        return tuple(e for e in own if _is_vertex(e, own))

    @property
    def degree_denominator(self) -> int:
        """The least common denominator of all exponents: 1 if they are whole."""
        return lcm(*(c.denominator for _, e in self.terms for c in e))

    def __str__(self) -> str:
        return " ⊕ ".join(self._monomial(c, e) for c, e in self.terms)

    def _monomial(self, c: Fraction, exponents: Exponent) -> str:
        parts = [str(c)] if c or not any(exponents) else []
        if c < 0 and any(exponents):
            parts = [f"({c})"]
        for name, e in zip(self.names, exponents, strict=True):
            if e:
                power = "" if e == 1 else f"^{e}" if e > 0 and e.denominator == 1 else f"^({e})"
                parts.append(name + power)
        return "⊗".join(parts)

    def to_latex(self) -> str:
        r"""The polynomial in LaTeX, in math mode.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> print(mt.max(2 * x + 1, y).to_tropical().numerator.to_latex())
        y \oplus 1 \otimes x^{2}
        """
        monomials = []
        for c, exponents in self.terms:
            parts = [number_latex(c)] if c or not any(exponents) else []
            if c < 0 and any(exponents):
                parts = [f"({number_latex(c)})"]
            for name, e in zip(self.names, exponents, strict=True):
                if e:
                    base = latex_name(name)
                    parts.append(base if e == 1 else f"{base}^{{{number_latex(e)}}}")
            monomials.append(r" \otimes ".join(parts))
        return r" \oplus ".join(monomials)


def _is_vertex(exponent: Exponent, others: Sequence[Exponent]) -> bool:
    rows = [
        ((0, *primitive([a - b for a, b in zip(exponent, other, strict=True)])), True)
        for other in others
        if other != exponent
    ]
    return isinstance(feasible_point([], rows, variables=len(exponent)), Witness)


class TropicalForm(DifferenceForm):
    """A quotient of tropical polynomials; :meth:`Expression.to_tropical`.

    Attributes
    ----------
    numerators, denominators : tuple of TropicalPolynomial, one an output
        p and q of p ⊘ q; none of their terms can be left out.
    """

    title = "tropical form"

    def __init__(self, cells: Cells, pairs: Sequence[Pair], prove: bool) -> None:
        super().__init__(cells, pairs, prove)
        self.numerators = tuple(_polynomial(cells.names, g) for g in self.g_rows)
        self.denominators = tuple(_polynomial(cells.names, h) for h in self.h_rows)

    @property
    def numerator(self) -> TropicalPolynomial:
        """p of the first output."""
        return self.numerators[0]

    @property
    def denominator(self) -> TropicalPolynomial:
        """q of the first output."""
        return self.denominators[0]

    @property
    def degree_denominator(self) -> int:
        """The least m with whole exponents of m·f: 1 for a tropical rational map."""
        return lcm(*(p.degree_denominator for p in (*self.numerators, *self.denominators)))

    @property
    def size_text(self) -> str:
        pairs = zip(self.numerators, self.denominators, strict=True)
        return "; ".join(
            f"monomials: {len(p.terms)} ⊘ {len(q.terms)}, vertices of the Newton polytopes: "
            f"{len(p.newton_vertices)} and {len(q.newton_vertices)}"
            for p, q in pairs
        )

    def _lines(self) -> list[tuple[str, str, str, str]]:
        found = []
        triples = zip(self._output_names(), self.numerators, self.denominators, strict=True)
        for (label, label_latex), p, q in triples:
            if len(q.terms) == 1 and not q.terms[0][0] and not any(q.terms[0][1]):
                found.append((label, label_latex, str(p), p.to_latex()))
                continue
            latex = rf"\left({p.to_latex()}\right) \oslash \left({q.to_latex()}\right)"
            found.append((label, label_latex, f"({p}) ⊘ ({q})", latex))
        return found


def _polynomial(names: tuple[str, ...], rows: Sequence[AffineRow]) -> TropicalPolynomial:
    own = sorted(distinct(rows), key=lambda row: (row[1:], row[0]))
    return TropicalPolynomial(names, tuple((row[0], row[1:]) for row in own))


def tropical(f: Expression, domain: Any = None, *, prove: bool = True) -> TropicalForm:
    """See :meth:`Expression.to_tropical`."""
    cells = cells_of(f, domain)
    return TropicalForm(cells, shortest_pairs(cells), prove)
