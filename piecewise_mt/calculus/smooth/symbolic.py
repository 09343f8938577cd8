"""SymPy formulas on polyhedra: restricted to an affine hull, tested for 0, read as affine.

Whatever is said about a smooth formula is said here: an identity is proved by SymPy, refuted at
an exact point, or undecided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, prod
from typing import Any

import sympy

from piecewise_mt.exact.linear import Row, echelon, kernel
from piecewise_mt.exact.numbers import as_fraction, to_rational
from piecewise_mt.exact.polynomials import coefficient_to_sympy
from piecewise_mt.exact.reals import sign_of


def symbols_of(names: Sequence[str]) -> tuple[sympy.Symbol, ...]:
    """The variables as SymPy symbols."""
    return tuple(sympy.Symbol(name, real=True) for name in names)


def affine_expr(row: Sequence[Any], names: Sequence[str]) -> sympy.Expr:
    """The affine form (c0, c1, …, ca) as a SymPy expression."""
    symbols = (sympy.Integer(1), *symbols_of(names))
    return sympy.Add(*(coefficient_to_sympy(c) * x for c, x in zip(row, symbols, strict=True)))


def at_point(expression: sympy.Expr, point: Sequence[Fraction], names: Sequence[str]) -> sympy.Expr:
    """The value of an expression at an exact point, expanded in what is left."""
    values = zip(symbols_of(names), map(to_rational, point), strict=True)
    return expanded(expression.xreplace(dict(values)))


@dataclass(frozen=True)
class AffineHull:
    """An affine subspace of the space of `names`, by equations row·(1, x) = 0.

    Later variables are written in the earlier ones, so that formulas on a tie x = y are in x.

    Examples
    --------
    >>> hull = AffineHull.of_equations(("x", "y"), [(0, 1, -1)])
    >>> x, y = symbols_of(("x", "y"))
    >>> hull.restricted(x * y)
    x**2
    """

    names: tuple[str, ...]
    equations: tuple[Row, ...]
    substitution: tuple[tuple[sympy.Symbol, sympy.Expr], ...]

    @classmethod
    def of_equations(cls, names: Sequence[str], equations: Iterable[Row]) -> AffineHull:
        """The subspace where all equations hold."""
        symbols = (sympy.Integer(1), *symbols_of(names))
        given = tuple(equations)
        found = tuple(
            (
                symbols[place],
                sympy.Add(*(to_rational(c) * x for c, x in zip(form, symbols, strict=True) if c)),
            )
            for place, form in _solved(given)
        )
        return cls(tuple(names), given, found)

    @classmethod
    def of_generators(cls, names: Sequence[str], generators: Iterable[Sequence[int]]) -> AffineHull:
        """The affine hull of homogeneous generators (x0, x) and lines."""
        return cls.of_equations(names, kernel([tuple(row) for row in generators], len(names) + 1))

    @property
    def free(self) -> tuple[sympy.Symbol, ...]:
        """The variables that are coordinates of the subspace."""
        solved = {symbol for symbol, _ in self.substitution}
        return tuple(symbol for symbol in symbols_of(self.names) if symbol not in solved)

    def restricted(self, expression: sympy.Expr) -> sympy.Expr:
        """The expression in the coordinates of the subspace."""
        return expression.xreplace(dict(self.substitution)) if self.substitution else expression

    def restricted_row(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """An affine form (c0, c1, …, ca) in the coordinates of the subspace.

        Examples
        --------
        >>> hull = AffineHull.of_equations(("x", "y"), [(-3, 1, 1)])
        >>> [str(c) for c in hull.restricted_row((1, 2, 1))]
        ['4', '1', '0']
        """
        total = list(row)
        for place, form in _solved(self.equations):
            c = total[place]
            if c:
                total[place] = Fraction(0)
                total = [t + c * v for t, v in zip(total, form, strict=True)]
        return tuple(total)

    def affine_row(self, expression: sympy.Expr) -> list[Fraction] | None:
        """Rational coefficients (c0, c1, …, ca) of what equals `expression` here, else None."""
        on = tidied(self.restricted(expression))
        free = set(self.free)
        row = []
        rest = on
        for symbol in symbols_of(self.names):
            slope = _constant(sympy.diff(on, symbol), free) if symbol in free else sympy.Integer(0)
            if slope is None:
                return None
            row.append(as_fraction(slope))
            rest = rest - slope * symbol
        constant = _constant(rest, free)
        if constant is None:
            return None
        return [as_fraction(constant), *row]


def _solved(equations: Iterable[Row]) -> Iterator[tuple[int, list[Fraction]]]:
    """The places of later variables, and the affine forms in earlier ones that they equal."""
    for row in echelon([(row[0], *reversed(row[1:])) for row in equations]):
        pivot = next(i for i, c in enumerate(row) if i and c)
        form = [Fraction(-c, row[pivot]) for c in (row[0], *reversed(row[1:]))]
        place = len(row) - pivot
        form[place] = Fraction(0)
        yield place, form


def _constant(expression: sympy.Expr, variables: set[sympy.Symbol]) -> sympy.Rational | None:
    """The rational number that an expression is, None if it is not known to be one."""
    for attempt in (expanded, sympy.simplify):
        if expression.is_Rational:
            return expression
        expression = attempt(expression)
        if expression.is_Rational:
            return expression
        if not expression.free_symbols & variables:
            return None
    return None


MAX_TERMS = 2000
"""Sums that would be longer when multiplied out are left as they are."""


def expanded(expression: sympy.Expr) -> sympy.Expr:
    """Products and powers multiplied out, unless that is too long; exponentials are kept."""
    if _terms(expression) > MAX_TERMS:
        return expression
    return sympy.expand(expression, power_exp=False, power_base=False, log=False)


def _terms(expression: sympy.Expr) -> int:
    """A bound for the number of terms when everything is multiplied out."""
    inner = [min(_terms(arg), MAX_TERMS + 1) for arg in expression.args]
    if expression.is_Add:
        return sum(inner)
    if expression.is_Mul:
        return prod(inner)
    if expression.is_Pow and expression.exp.is_Integer and inner[0] > 1:
        size = abs(int(expression.exp))
        return comb(inner[0] + size - 1, size) if size < MAX_TERMS else MAX_TERMS + 1
    return max(inner, default=1)


def tidied(expression: sympy.Expr) -> sympy.Expr:
    """Multiplied out or factored, whichever is shorter; exponentials of sums are kept.

    Examples
    --------
    >>> z, x = sympy.symbols("z x", real=True)
    >>> tidied(2 * (z * x + (1 - z) * x) * (z + 1 - z))
    2*x
    """
    multiplied = expanded(expression)
    candidates = [multiplied, expression]
    if not multiplied.is_polynomial():
        if not _is_of_low_degree(multiplied):
            multiplied = _shifted(multiplied)
        if _is_of_low_degree(multiplied):
            candidates.append(sympy.factor(sympy.together(multiplied)))
        else:
            candidates += [multiplied, sympy.factor_terms(expression)]
    # first what has the fewest symbols, so that a z that cancels is gone; then the shortest
    return min(candidates, key=lambda found: (len(found.free_symbols), found.count_ops()))


MAX_DEGREE = 4
"""Factoring takes long for large multiples in exponents, which are powers of exponentials."""


def _is_of_low_degree(expression: sympy.Expr) -> bool:
    for power in expression.atoms(sympy.exp):
        multiples = (term.as_coeff_Mul()[0] for term in sympy.Add.make_args(power.args[0]))
        if sum(abs(c) * c.q if c.is_Rational else 1 for c in multiples) > MAX_DEGREE:
            return False
    return True


def _shifted(expression: sympy.Expr) -> sympy.Expr:
    """A quotient of sums of exponentials with one exponent subtracted from all.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> _shifted(sympy.exp(3 * x - 5 * y) / (sympy.exp(3 * x - 5 * y) + sympy.exp(2 * x - 5 * y)))
    exp(x)/(exp(x) + 1)
    """
    above, below = (expanded(part) for part in sympy.fraction(sympy.together(expression)))
    terms = [sympy.powsimp(term, combine="exp") for term in sympy.Add.make_args(below)]
    found = min(
        (power for term in terms for power in term.atoms(sympy.exp)),
        key=sympy.default_sort_key,
        default=None,
    )
    if found is None:
        return expression
    factor = sympy.exp(-found.args[0])
    parts = (
        sympy.Add(
            *(sympy.powsimp(term * factor, combine="exp") for term in sympy.Add.make_args(part))
        )
        for part in (above, below)
    )
    return next(parts) / next(parts)


def differentiated(expression: sympy.Expr, hull: AffineHull) -> tuple[sympy.Expr, ...]:
    """The partial derivatives of a formula, in the coordinates of the hull on which they matter.

    The formula is differentiated first: its derivatives normal to the hull count, too.
    """
    parts = (sympy.diff(expression, symbol) for symbol in symbols_of(hull.names))
    return tuple(tidied(hull.restricted(part)) for part in parts)


def inner_points(
    generators: Sequence[Sequence[int]], lines: Sequence[Sequence[int]] = (), count: int = 20
) -> Iterator[tuple[Fraction, ...]]:
    """Up to `count` points of the relative interior: the sum of the generators, and nearby ones."""
    total = [sum(column) for column in zip(*generators, strict=True)]
    yield tuple(Fraction(v, total[0]) for v in total[1:])
    given = 1
    for step in (1, 2, 3):
        for row in (*generators, *lines):
            if given == count:
                return
            moved = [t + step * v for t, v in zip(total, row, strict=True)]
            yield tuple(Fraction(v, moved[0]) for v in moved[1:])
            given += 1


Answer = tuple[bool | None, tuple[Fraction, ...] | None]
"""Whether something vanishes (None: undecided), and a point where it does not."""


def _numerator(expression: sympy.Expr) -> sympy.Expr:
    """The numerator multiplied out, exponentials of sums as products, unless that is too long."""
    above, _ = sympy.fraction(sympy.together(expression))
    return sympy.expand(above) if _terms(above) <= MAX_TERMS else above


def zero_or_point(
    expression: sympy.Expr, hull: AffineHull, points: Iterable[Sequence[Fraction]]
) -> Answer:
    """Whether an expression vanishes on a relatively open subset of a hull.

    Returns (True, None) if SymPy proves that it vanishes on the whole hull, (False, point) with
    one of the points where its value is not 0, else (None, None).
    """
    on = hull.restricted(expression)
    if on == 0 or expanded(on) == 0 or _numerator(on) == 0:
        return True, None
    for point in points:
        value = at_point(expression, point, hull.names)
        # a polynomial in tie parameters that is not 0 has values that are not
        nonzero = sign_of(value) not in (0, None) if value.is_number else value.is_polynomial()
        if nonzero:
            return False, tuple(point)
    if sympy.simplify(on) == 0:
        return True, None
    return None, None
