"""The law of the values of a piecewise affine function under the uniform law of a domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from typing import Any

import sympy

from piecewise_mt.calculus.measures.integral import affine_rows, required_domain
from piecewise_mt.calculus.measures.parts import added, number_to_sympy, parts_of
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.line_polynomials import value_at
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.simplex_integrals import density
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shapes import require_scalar
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.affine import expression_latex


@dataclass(frozen=True, eq=False)
class Distribution:
    """The law of f(X) where X is uniform on a domain: polynomials between breaks, and atoms.

    See Also
    --------
    mt.distribution : Makes it.

    Examples
    --------
    A tie on half of the domain is an atom:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> law = mt.distribution(mt.relu(x), {x: (-1, 1)})
    >>> law.cdf(-1), law.cdf(0), law.cdf(1), law.mean
    (0, 1/2, 1, 1/4)
    >>> print(law)
    density 1/2 on (0, 1); P(f = 0) = 1/2
    """

    masses: tuple[tuple[Any, Any], ...]
    """Values that f has on sets of positive volume, in order, and their probabilities."""
    densities: tuple[tuple[Any, Any, tuple[Any, ...]], ...]
    """Intervals (low, high), in order, and the density on each, a polynomial in t."""

    @property
    def atoms(self) -> dict[sympy.Expr, sympy.Expr]:
        """The probability of each value that f has on a set of positive volume.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> mt.distribution(mt.clip(x, 0, 1), {x: (-1, 3)}).atoms
        {0: 1/4, 1: 1/2}
        """
        return {to_rational(t): to_rational(p) for t, p in self.masses}

    @property
    def support(self) -> tuple[sympy.Expr, sympy.Expr]:
        """The least and the greatest value."""
        ends = [t for t, _ in self.masses]
        if self.densities:
            ends += [self.densities[0][0], self.densities[-1][1]]
        return to_rational(min(ends)), to_rational(max(ends))

    @cached_property
    def _below(self) -> tuple[tuple[Any, tuple[Any, ...]], ...]:
        """What all intervals before each one have, and its antiderivative."""
        total: Any = Fraction(0)
        found = []
        for low, high, p in self.densities:
            primitive = (Fraction(0), *(quotient(c, k + 1) for k, c in enumerate(p)))
            found.append((total - value_at(primitive, low), primitive))
            total = total + value_at(primitive, high) - value_at(primitive, low)
        return tuple(found)

    def cdf(self, t: Any) -> sympy.Expr:
        """The probability that f ≤ t, for an exact number t.

        Examples
        --------
        The larger of two numbers in [0, 1]:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.distribution(mt.max(x, y), {x: (0, 1), y: (0, 1)}).cdf("1/2")
        1/4
        """
        at = to_number(t)
        total: Any = added(p for value, p in self.masses if value <= at)
        begun = [
            (high, own)
            for (low, high, _), own in zip(self.densities, self._below, strict=True)
            if low < at
        ]
        if begun:
            # the last of them knows what all before have
            high, (before, primitive) = begun[-1]
            total = total + before + value_at(primitive, min(at, high))
        return to_rational(total)

    def density(self, t: sympy.Symbol | None = None) -> sympy.Expr:
        """The density of the part without atoms, as a SymPy Piecewise.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.distribution(x + y, {x: (0, 1), y: (0, 1)}).density()
        Piecewise((t, (t > 0) & (t < 1)), (2 - t, (t > 1) & (t < 2)), (0, True))
        """
        symbol = sympy.Symbol("t", real=True) if t is None else t
        branches = [
            (_polynomial(p, symbol), (symbol > to_rational(low)) & (symbol < to_rational(high)))
            for low, high, p in self.densities
        ]
        return sympy.Piecewise(*branches, (sympy.Integer(0), True))

    def moment(self, k: int) -> sympy.Expr:
        """The mean of the k-th power.

        Raises
        ------
        PiecewiseError
            If k is no natural number.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> mt.distribution(mt.relu(x), {x: (-1, 1)}).moment(2)
        1/6
        """
        if isinstance(k, bool) or not isinstance(k, int) or k < 0:
            raise PiecewiseError(f"expected a natural number as power, got {k!r}; give k=2")
        found = [p * value**k for value, p in self.masses]
        for low, high, p in self.densities:
            own = (*[Fraction(0)] * (k + 1), *(quotient(c, i + k + 1) for i, c in enumerate(p)))
            found += [value_at(own, high), -value_at(own, low)]
        return number_to_sympy(added(found))

    @property
    def mean(self) -> sympy.Expr:
        """The mean of f."""
        return self.moment(1)

    @property
    def variance(self) -> sympy.Expr:
        """The variance of f."""
        return sympy.expand(self.moment(2) - self.mean**2)

    def __str__(self) -> str:
        t = sympy.Symbol("t", real=True)
        parts = [
            f"density {_polynomial(p, t)} on ({to_rational(low)}, {to_rational(high)})"
            for low, high, p in self.densities
        ]
        parts += [f"P(f = {value}) = {p}" for value, p in self.atoms.items()]
        return "; ".join(parts)

    def __repr__(self) -> str:
        return f"<Distribution: {self}>"

    def to_latex(self) -> str:
        r"""The density by cases, and the atoms.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(mt.distribution(mt.relu(x), {x: (-1, 1)}).to_latex())
        p(t) = \begin{cases} \frac{1}{2} & 0 < t < 1 \\ 0 & \text{otherwise} \end{cases},
        \qquad \mathbb{P}(f = 0) = \frac{1}{2}
        """
        t = sympy.Symbol("t", real=True)
        rows = [
            f"{expression_latex(_polynomial(p, t))} & {expression_latex(to_rational(low))} < t < "
            f"{expression_latex(to_rational(high))}"
            for low, high, p in self.densities
        ]
        rows.append(r"0 & \text{otherwise}" if rows else "0")
        cases = r" \\ ".join(rows)
        parts = [rf"p(t) = \begin{{cases}} {cases} \end{{cases}}" if self.densities else "p(t) = 0"]
        parts += [
            rf"\mathbb{{P}}(f = {expression_latex(value)}) = {expression_latex(p)}"
            for value, p in self.atoms.items()
        ]
        return ",\n\\qquad ".join(parts)

    def _repr_latex_(self) -> str:
        return f"${self.to_latex()}$"


def _polynomial(coefficients: Sequence[Any], t: sympy.Symbol) -> sympy.Expr:
    return sympy.Add(*(to_rational(c) * t**k for k, c in enumerate(coefficients)))


def distribution(f: Expression, domain: Any) -> Distribution:
    r"""The law of f(X) for X uniform on a bounded domain, exactly.

    On a simplex on which f is affine its values have a B-spline as density, with the values at the
    vertices as knots; where f is constant they are an atom.

    Parameters
    ----------
    f : Expression
        Of shape (), affine on every stratum.
    domain : Polyhedron, str or mapping
        A bounded set of full dimension.

    Returns
    -------
    Distribution
        ``.cdf(t)``, ``.density()``, ``.atoms``, ``.mean``, ``.variance``, ``.moment(k)``.

    Raises
    ------
    ShapeError
        If f is not scalar.
    Unsupported
        If f is not affine on some stratum, or the domain has no bound.
    PiecewiseError
        If the domain is a null set.

    See Also
    --------
    mt.mean : Also of piecewise polynomials.
    mt.gradient_shares : The law of the gradient.

    References
    ----------
    - H. B. Curry, I. J. Schoenberg, *On Pólya frequency functions IV*, Journal d'Analyse
      Mathématique 17, 1966.

    Examples
    --------
    The largest of two numbers in [0, 1] has the density 2t:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.distribution(mt.max(x, y), {x: (0, 1), y: (0, 1)})
    <Distribution: density 2*t on (0, 1)>
    """
    require_scalar(f.shape)
    region = required_domain(f, domain)
    masses: dict[Any, Any] = {}
    by_knots: dict[tuple[Any, ...], Any] = {}
    total: Any = Fraction(0)
    for part in parts_of(f, region, unbounded=False):
        (row,) = affine_rows(part, "mt.mean")
        for vertices, size in zip(part.simplices, part.sizes, strict=True):
            values = [
                quotient(sum(c * v for c, v in zip(row, vertex, strict=True)), vertex[0])
                for vertex in vertices
            ]
            total = total + size
            if all(v == values[0] for v in values):
                masses[values[0]] = masses.get(values[0], 0) + size
            elif size:
                key = tuple(sorted(values))
                by_knots[key] = by_knots.get(key, 0) + size
    return Distribution(
        tuple((t, masses[t] / total) for t in sorted(masses)), _summed(by_knots, total)
    )


def _summed(
    by_knots: dict[tuple[Any, ...], Any], total: Any
) -> tuple[tuple[Any, Any, tuple[Any, ...]], ...]:
    """The densities of all simplices, weighted by volume, on common intervals."""
    # what the sum of all changes by at each break, so that no simplex is seen at those of others
    changes: dict[Any, list[Any]] = {}
    for knots, size in by_knots.items():
        weight = quotient(size, total)
        for low, high, p in density(knots):
            for at, sign in ((low, weight), (high, -weight)):
                own = changes.setdefault(at, [])
                own += [Fraction(0)] * (len(p) - len(own))
                for k, c in enumerate(p):
                    own[k] = own[k] + c * sign
    breaks = sorted(changes)
    found: list[tuple[Any, Any, tuple[Any, ...]]] = []
    current: tuple[Any, ...] = ()
    for low, high in zip(breaks, breaks[1:], strict=False):
        pairs = zip_longest(current, changes[low], fillvalue=Fraction(0))
        current = tuple(one + other for one, other in pairs)
        while current and not current[-1]:
            current = current[:-1]
        if not current:
            continue
        if found and found[-1][1] == low and found[-1][2] == current:
            found[-1] = (found[-1][0], high, current)
        else:
            found.append((low, high, current))
    return tuple(found)
