"""One output of a formula fᵅ: affine with exact coefficients, or C¹ and held by SymPy.

What differs between the two is said here once, so that nobody else asks which one it is. An affine
formula never becomes SymPy's unless its text for SymPy is wanted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Any, ClassVar, Protocol, final

import sympy

from piecewise_mt.calculus.smooth.affine_hull import AffineHull, Hull
from piecewise_mt.calculus.smooth.identities import Answer, differentiated, zero_or_point
from piecewise_mt.calculus.smooth.rewriting import affine_expr, at_point
from piecewise_mt.calculus.smooth.signs import Spanned
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.polynomials import Coefficient, Polynomial, coefficient_to_sympy
from piecewise_mt.exact.reals import Coordinate, Real
from piecewise_mt.functions.build.smooth_nodes import Requirement, requirements
from piecewise_mt.geometry.cells import inner_points
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.affine import affine_latex, affine_text, expression_latex
from piecewise_mt.typeset.latex_layout import matrix


class Spanning(Protocol):
    """What lies in a set on which formulas are compared: a piece, a stratum, a region."""

    @property
    def hull(self) -> Hull: ...


class Flat(Protocol):
    """What has an affine hull that is known as such."""

    @property
    def hull(self) -> AffineHull: ...


@dataclass(frozen=True)
class Region:
    """The relative interior of the convex hull of generators (x0, x) and lines.

    Examples
    --------
    The ray x = y > 0, and points of it:

    >>> ray = Region(("x", "y"), [(1, 0, 0), (0, 1, 1)])
    >>> ray.hull.restricted(sympy.Symbol("y", real=True))
    x
    >>> [tuple(map(int, point)) for point in ray.points()][:1]
    [(1, 1)]
    """

    names: tuple[str, ...]
    generators: Sequence[Sequence[int]]
    lines: Sequence[Sequence[int]] = ()
    within: Flat | None = None
    """What the region is a part of with the same formulas, if that is known."""

    @cached_property
    def hull(self) -> AffineHull:
        """The affine hull on which formulas are compared."""
        if self.within is not None:
            return self.within.hull
        return AffineHull.of_generators(self.names, [*self.generators, *self.lines])

    def sign(self, form: sympy.Expr) -> int | None:
        """The sign of an affine formula where it is not 0, None if it has both or is not affine."""
        row = self.hull.affine_row(form)
        return None if row is None else Spanned(self.names, self.generators, self.lines).sign(row)

    def points(self) -> Iterator[tuple[Fraction, ...]]:
        """A few exact points of the region."""
        return inner_points(self.generators, self.lines)


@dataclass(frozen=True)
class Formula(ABC):
    """One output of fᵅ in the variables `names`, compared by value."""

    is_smooth: ClassVar[bool]
    """Whether SymPy holds it."""
    names: tuple[str, ...]

    @property
    @abstractmethod
    def raw(self) -> Any:
        """What ``piece.rows`` shows: coefficients (c0, c1, …, ca), or a SymPy expression."""

    @property
    @abstractmethod
    def expr(self) -> sympy.Expr:
        """The formula as a SymPy expression."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The formula as text."""

    @property
    @abstractmethod
    def latex(self) -> str:
        """The formula in LaTeX."""

    @property
    @abstractmethod
    def requirements(self) -> Sequence[Requirement]:
        """What must hold where the formula is to be C¹."""

    @property
    @abstractmethod
    def has_parameters(self) -> bool:
        """Whether a coefficient is a polynomial in tie parameters."""

    @abstractmethod
    def value(self, point: Sequence[Coordinate]) -> sympy.Expr:
        """The value at an exact point, which may hold free tie parameters."""

    @abstractmethod
    def gradient(self, on: Spanning) -> tuple[Any, ...]:
        """The partial derivatives: coefficients, or expressions in the coordinates of a hull."""

    @abstractmethod
    def on(self, hull: AffineHull) -> Formula:
        """The formula in the coordinates of an affine hull."""

    @abstractmethod
    def minus(self, other: Formula) -> Formula:
        """The difference of two formulas."""

    @abstractmethod
    def zero_on(self, region: Region) -> Answer:
        """Whether the formula vanishes on a region (None: undecided), or where it does not."""


@final
@dataclass(frozen=True)
class AffineFormula(Formula):
    """c0 + c1 x1 + … + ca xa, with rational coefficients or polynomials in tie parameters.

    Examples
    --------
    >>> f = AffineFormula(("x", "y"), (1, 2, -2))
    >>> f.text, f.value([Fraction(1), Fraction(0)]), f.gradient(Region(f.names, []))
    ('2*x - 2*y + 1', 3, (2, -2))
    >>> tie = Region(f.names, [(1, 0, 0)], [(0, 1, 1)])
    >>> f.on(tie.hull).text, f.minus(AffineFormula(f.names, (1, 0, 0))).zero_on(tie)
    ('1', (True, None))
    """

    is_smooth = False
    row: tuple[Coefficient, ...]

    @property
    def raw(self) -> tuple[Coefficient, ...]:
        return self.row

    @property
    def expr(self) -> sympy.Expr:
        return affine_expr(self.row, self.names)

    @property
    def text(self) -> str:
        return affine_text(self.row, self.names)

    @property
    def latex(self) -> str:
        return affine_latex(self.row, self.names)

    @property
    def requirements(self) -> Sequence[Requirement]:
        return ()

    @property
    def has_parameters(self) -> bool:
        return any(isinstance(c, Polynomial) for c in self.row)

    def value(self, point: Sequence[Coordinate]) -> sympy.Expr:
        if any(isinstance(x, Real) for x in point):
            return at_point(self.expr, point, self.names)
        total = self.row[0]
        for c, x in zip(self.row[1:], point, strict=True):
            total = total + c * x
        return coefficient_to_sympy(total)

    def gradient(self, on: Spanning) -> tuple[Coefficient, ...]:
        return self.row[1:]

    def on(self, hull: AffineHull) -> AffineFormula:
        return AffineFormula(self.names, hull.restricted_row(self.row))

    def minus(self, other: Formula) -> Formula:
        if other.is_smooth:
            return SmoothFormula(self.names, self.expr - other.expr)
        return AffineFormula(
            self.names, tuple(a - b for a, b in zip(self.row, other.raw, strict=True))
        )

    def zero_on(self, region: Region) -> Answer:
        if not any(self.row):
            return True, None
        total = [sum(column) for column in zip(*region.generators, strict=True)]
        # the sum of the generators lies in the region, and still does with one of them added
        for extra in ([0] * len(total), *region.generators, *region.lines):
            moved = [t + e for t, e in zip(total, extra, strict=True)]
            if sum(map(mul, self.row, moved)):
                return False, tuple(quotient(v, moved[0]) for v in moved[1:])
        return True, None


@final
@dataclass(frozen=True)
class SmoothFormula(Formula):
    """A SymPy expression in real symbols, whose identities may be undecided.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> f = SmoothFormula(("x", "y"), sympy.exp(x) - sympy.exp(y))
    >>> tie = Region(f.names, [(1, 0, 0)], [(0, 1, 1)])
    >>> f.gradient(tie), f.on(tie.hull).text, f.zero_on(tie)
    ((exp(x), -exp(x)), '0', (True, None))
    """

    is_smooth = True
    expression: sympy.Expr

    @property
    def raw(self) -> sympy.Expr:
        return self.expression

    @property
    def expr(self) -> sympy.Expr:
        return self.expression

    @property
    def text(self) -> str:
        return str(self.expression)

    @property
    def latex(self) -> str:
        return expression_latex(self.expression)

    @property
    def requirements(self) -> Sequence[Requirement]:
        return requirements(self.expression)

    @property
    def has_parameters(self) -> bool:
        return False

    def value(self, point: Sequence[Coordinate]) -> sympy.Expr:
        return at_point(self.expression, point, self.names)

    def gradient(self, on: Spanning) -> tuple[sympy.Expr, ...]:
        return differentiated(self.expression, on.hull)

    def on(self, hull: Hull) -> SmoothFormula:
        return SmoothFormula(self.names, hull.restricted(self.expression))

    def minus(self, other: Formula) -> SmoothFormula:
        return SmoothFormula(self.names, self.expression - other.expr)

    def zero_on(self, region: Region) -> Answer:
        return zero_or_point(self.expression, region.hull, region.points(), region.sign)


def formula_of(raw: Any, names: tuple[str, ...]) -> Formula:
    """The formula of what ``piece.rows`` shows: coefficients, or a SymPy expression."""
    if isinstance(raw, sympy.Expr):
        return SmoothFormula(names, raw)
    return AffineFormula(names, tuple(raw))


def formula_text(rows: Sequence[Any], names: Sequence[str], shape: tuple[int, ...] = ()) -> str:
    """A formula fᵅ: one expression for the shape (), else the flat outputs in brackets.

    >>> formula_text([(0, 1, 0), (2, 0, 1)], ("x", "y"), (2,))
    '[x, y + 2]'
    """
    parts = [formula_of(row, tuple(names)).text for row in rows]
    return parts[0] if shape == () else f"[{', '.join(parts)}]"


def formula_latex(rows: Sequence[Any], names: Sequence[str], shape: tuple[int, ...] = ()) -> str:
    r"""A formula in LaTeX: a column vector unless the shape is ().

    >>> formula_latex([(0, 1, 0), (2, 0, 1)], ("x", "y"), (2,))
    '\\begin{pmatrix} x \\\\ y + 2 \\end{pmatrix}'
    """
    parts = [formula_of(row, tuple(names)).latex for row in rows]
    if shape == ():
        return parts[0]
    return matrix([[part] for part in parts])
