"""As many equations as variables: Gröbner bases, one primitive element, Sturm.

A basis in shape position writes every variable as a polynomial in one number t, the root of one
polynomial; so the points of the system are read off the real roots of that.

References
----------
- J. C. Faugère, P. Gianni, D. Lazard, T. Mora, *Efficient computation of zero-dimensional Gröbner
  bases by change of ordering*, Journal of Symbolic Computation 16, 1993.
- A. Seidenberg, *Constructions in algebra*, Transactions of the AMS 197, 1974 (radicals).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.polys.domains import QQ
from sympy.polys.fglmtools import matrix_fglm
from sympy.polys.groebnertools import groebner
from sympy.polys.orderings import MonomialOrder, grevlex, lex
from sympy.polys.rings import PolyRing

from piecewise_mt.semialgebraic.fields import Element, Field, Sample
from piecewise_mt.semialgebraic.lines import distinct_roots, irreducible
from piecewise_mt.semialgebraic.polynomials import Polynomial
from piecewise_mt.semialgebraic.systems import Budget, TooHard

MAX_SIZE = 100
"""The bound on the number of complex points, by the powers of single variables in a basis."""
MAX_DIGITS = 20_000
"""The most decimal digits, roughly, of a polynomial that is factored."""
VERSION = f"sympy {sympy.__version__} (groebner)"
"""What an answer "no point" is marked with: the bases carry no certificate."""


class _Timed(MonomialOrder):  # type: ignore[misc]
    """An order that looks at the clock: SymPy asks it at every step."""

    def __init__(self, order: MonomialOrder, budget: Budget) -> None:
        self.order = order
        self.budget = budget

    def __eq__(self, other: object) -> bool:
        # SymPy compares orders by class, and these differ in what they order by
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __call__(self, monomial: Any) -> Any:
        self.budget.check()
        return self.order(monomial)


def points(
    equations: Sequence[Polynomial], variables: Sequence[int], budget: Budget
) -> Iterator[Sample]:
    """All real points of equations that have finitely many complex ones.

    Raises
    ------
    TooHard
        If there are infinitely many, or too many, or no linear form that separates them.
    """
    n = len(variables)
    timed = PolyRing([*(f"x{i}" for i in range(n)), "t"], QQ, _Timed(grevlex, budget))
    *xs, t = timed.gens
    own = [
        timed.from_dict({(*(e[i] for i in variables), 0): QQ(int(c)) for e, c in p.items()})
        for p in equations
    ]
    for attempt in range(4):
        form = sum(((attempt + 1) ** i * (-1) ** (i * attempt) * x for i, x in enumerate(xs)), -t)
        shape = _shape(timed, [*own, form], budget)
        if shape is None:
            continue
        eliminant, rows = shape
        if len(eliminant) * max(c.bit_length() for c in eliminant) > 3 * MAX_DIGITS:
            raise TooHard
        for root in distinct_roots(irreducible(eliminant), budget):
            exact = root.exact
            field = Field(None if exact is not None else root, budget)
            at: Element = (exact,) if exact is not None else field.generator
            values = {}
            for i, row in zip(variables, rows, strict=True):
                total: Element = ()
                for c in reversed(row):
                    total = field.add(field.mul(total, at), (c,) if c else ())
                values[i] = total
            yield Sample(field, values)
        return
    raise TooHard


def _shape(
    ring: Any, equations: list[Any], budget: Budget
) -> tuple[list[int], list[list[Fraction]]] | None:
    """(polynomial of t, the variables as polynomials in t), None if t does not separate points."""
    n = ring.ngens - 1
    for _ in range(2):
        basis = groebner(equations, ring)
        if len(basis) == 1 and basis[0].is_ground:
            return [1], [[] for _ in range(n)]
        leads = [p.leading_expv() for p in basis]
        if not all(any(_is_power(e, i) for e in leads) for i in range(n + 1)):
            raise TooHard
        size = 1
        for i in range(n + 1):
            size *= min(e[i] for e in leads if _is_power(e, i))
        if size > MAX_SIZE:
            raise TooHard
        last = matrix_fglm(basis, ring, _Timed(lex, budget))
        eliminant = next(p for p in last if _only(p, n))
        free = _square_free(eliminant, n)
        rows: list[list[Fraction]] = []
        for i in range(n):
            linear = next(
                (p for p in last if p.leading_expv() == _unit(i, n + 1) and _only(p, n, i)), None
            )
            if linear is not None:
                rows.append([-c for c in _row(linear, n, i)])
        if len(rows) == n:
            scale = sympy.ilcm(1, *(c.denominator for c in free))
            return [int(c * scale) for c in free], rows
        # not radical, it may be: add the square-free polynomial of every variable
        extra = [_as_element(ring, free, n)]
        for i in range(n):
            order = [*(k for k in range(n + 1) if k != i), i]
            turned = ring.clone(symbols=[ring.symbols[k] for k in order])
            moved = [turned.from_dict({tuple(e[k] for k in order): c for e, c in p.items()})
                     for p in basis]  # fmt: skip
            again = matrix_fglm(groebner(moved, turned), turned, _Timed(lex, budget))
            own = next(p for p in again if _only(p, n))
            extra.append(_as_element(ring, _square_free(own, n), i))
        equations = [*equations, *extra]
    return None


def _is_power(exponents: tuple[int, ...], i: int) -> bool:
    return exponents[i] > 0 and not any(k for j, k in enumerate(exponents) if j != i)


def _unit(i: int, size: int) -> tuple[int, ...]:
    return tuple(int(i == k) for k in range(size))


def _only(p: Any, i: int, also: int = -1) -> bool:
    """Whether a polynomial has one variable, but for a linear term in another one."""
    return all(
        not any(k for j, k in enumerate(e) if j != i) or (also >= 0 and e == _unit(also, len(e)))
        for e in p
    )


def _row(p: Any, i: int, without: int = -1) -> list[Fraction]:
    size = max((e[i] for e in p), default=0) + 1
    found = [Fraction(0)] * size
    for e, c in p.items():
        if without < 0 or not e[without]:
            found[e[i]] = Fraction(int(c.numerator), int(c.denominator))
    return found


def _square_free(p: Any, i: int) -> list[Fraction]:
    symbol = sympy.Symbol("t")
    row = _row(p, i)
    dense = sympy.Poly([sympy.Rational(c.numerator, c.denominator) for c in reversed(row)], symbol)
    return [Fraction(int(c.p), int(c.q)) for c in reversed(dense.sqf_part().all_coeffs())]


def _as_element(ring: Any, row: Sequence[Fraction], i: int) -> Any:
    return ring.from_dict(
        {
            tuple(k * (i == j) for j in range(ring.ngens)): QQ(c.numerator, c.denominator)
            for k, c in enumerate(row)
            if c
        }
    )
