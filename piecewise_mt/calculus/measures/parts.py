"""A function on a bounded domain as polynomials on simplices.

Only full-dimensional strata count, as all others are null sets. They are triangulated without new
vertices; a stratum that is not bounded is refused unless nothing is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum, strata
from piecewise_mt.calculus.smooth.formulas import Formula
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.exact.enclosures import polynomial_terms
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.simplex_integrals import Terms, integral, volume
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.triangulation import Triangulation
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.conditions import condition_text

Vertices = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, eq=False)
class Part:
    """A bounded full-dimensional polyhedron, in simplices, and what a function is on it."""

    names: tuple[str, ...]
    simplices: tuple[Vertices, ...]
    """The vertices of each, homogeneous."""
    formulas: tuple[Formula, ...]
    """One an output."""

    @cached_property
    def sizes(self) -> tuple[Any, ...]:
        """The volumes of the simplices."""
        return tuple(volume(own) for own in self.simplices)

    @property
    def volume(self) -> Any:
        """The volume of all."""
        return added(self.sizes)

    @cached_property
    def terms(self) -> tuple[Terms, ...]:
        """Each output as a polynomial."""
        return tuple(terms_of(formula) for formula in self.formulas)

    def integral(self, terms: Terms) -> Any:
        """The integral of a polynomial."""
        pairs = zip(self.simplices, self.sizes, strict=True)
        return added(integral(own, terms, size) for own, size in pairs)


def added(numbers: Iterable[Any]) -> Any:
    """The sum of exact numbers; as an expression if they are of several number fields."""
    rational = Fraction(0)
    others: list[Algebraic] = []
    for value in numbers:
        if isinstance(value, Algebraic):
            others.append(value)
        else:
            rational += value
    if any(value.field is not others[0].field for value in others):
        return sympy.Add(to_rational(rational), *(value.expression for value in others))
    total: Any = rational
    for value in others:
        total = total + value
    return total


def number_to_sympy(value: Any) -> sympy.Expr:
    """An exact number as SymPy writes it."""
    return value if isinstance(value, sympy.Expr) else to_rational(value)


def terms_of(formula: Formula) -> Terms:
    """A formula as a polynomial.

    Raises
    ------
    Unsupported
        If it is none.

    Examples
    --------
    >>> from piecewise_mt.calculus.smooth.formulas import AffineFormula
    >>> terms_of(AffineFormula(("x", "y"), (1, 0, -2)))
    {(0, 0): 1, (0, 1): -2}
    """
    names = formula.names
    if not formula.is_smooth:
        units = [tuple(int(i == j) for i in range(len(names))) for j in range(len(names))]
        keys = [(0,) * len(names), *units]
        return {key: c for key, c in zip(keys, formula.raw, strict=True) if c}
    terms = polynomial_terms(sympy.expand(formula.expr), symbols_of(names))
    if terms is None:
        raise Unsupported(
            f"expected a piecewise polynomial function with rational coefficients, got "
            f"{formula.text} on some stratum; leave smooth nodes that are no polynomials out"
        )
    return dict(terms)


def parts_of(f: Expression, domain: Any, *, unbounded: bool = True) -> list[Part]:
    """The full-dimensional strata of a function in a domain, triangulated.

    Parameters
    ----------
    f : Expression
        Tie rules do not matter.
    domain : as in ``represent``
    unbounded : bool
        Whether strata without a bound are left out where f is 0 on them.

    Raises
    ------
    Unsupported
        If an unbounded stratum is left, or if f has no variables.
    NotPolyhedral
        If kinks are curved.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> [part.volume for part in parts_of(mt.max(x, y), {x: (0, 1), y: (0, 1)})]
    [Fraction(1, 2), Fraction(1, 2)]
    """
    if not f.variables:
        raise Unsupported(
            f"expected a function of at least one variable, got {f!r}; name them, as in f.on(x)"
        )
    try:
        cells = strata(with_first_ties(f), domain)
    except NotPolyhedral as error:
        raise NotPolyhedral(
            f"expected a function whose strata are polyhedra, got {f!r}, whose kinks are curved; "
            "in one variable polynomial kinks are allowed, in several affine ones"
        ) from error
    return list(_parts(cells, unbounded))


def _parts(cells: PolyhedralStrata, unbounded: bool) -> Iterator[Part]:
    complex_ = cells.partition.cells
    triangulation = Triangulation(complex_.levels)
    rows: dict[int, tuple[Any, ...]] = {}

    def vertex(index: int) -> tuple[Any, ...]:
        if index not in rows:
            (row,) = complex_.coordinates_of(1, index)
            rows[index] = tuple(row)
        return rows[index]

    for own in cells:
        if own.dimension < len(cells.names):
            # they come by dimension
            break
        formulas = formulas_of(cells.program, own.label_keys, selected)
        if complex_.lines or any(not row[0] for row in own.generators):
            if unbounded and all(_is_zero(formula) for formula in formulas):
                continue
            raise _without_bound(own, formulas)
        found = triangulation.simplices(own._level, own._index)
        simplices = tuple(tuple(map(vertex, simplex)) for simplex in found)
        yield Part(cells.names, simplices, formulas)


def _is_zero(formula: Formula) -> bool:
    return formula.expr == 0 if formula.is_smooth else not any(formula.raw)


def _without_bound(own: PolyhedralStratum, formulas: Sequence[Formula]) -> Unsupported:
    written = ", ".join(formula.text for formula in formulas)
    return Unsupported(
        f"expected a bounded domain, got {{{own.polyhedron}}}, which has no bound and on which the "
        f"function is {written}; give bounds such as domain={{x: (0, 1)}}"
    )


def parts_of_polyhedron(polyhedron: Polyhedron, formulas: tuple[Formula, ...]) -> Part | None:
    """A full-dimensional polyhedron, triangulated; None for a null set.

    Raises
    ------
    Unsupported
        If it has no bound.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> rows = [((1, 1, 1), False), ((1, -1, 0), False), ((1, 0, -1), False)]
    >>> inside = mt.Polyhedron(("x", "y"), [], rows)
    >>> parts_of_polyhedron(inside, ()).volume
    Fraction(9, 2)
    """
    cell = relative_interior(polyhedron)
    if cell is None or cell.dimension < len(polyhedron.variables):
        return None
    faces = cell.complex
    if faces.lines or any(not row[0] for row in faces.generators):
        raise Unsupported(
            f"expected a bounded polyhedron, got {{{condition_text(polyhedron)}}}; intersect it "
            "with a box"
        )
    found = Triangulation(faces.levels).simplices(len(faces.levels) - 1, 0)
    simplices = tuple(tuple(tuple(faces.generators[i]) for i in own) for own in found)
    return Part(polyhedron.variables, simplices, formulas)


def as_terms(polynomial: sympy.Expr, names: Sequence[str]) -> Mapping[tuple[int, ...], Fraction]:
    """A polynomial of SymPy as terms."""
    found = polynomial_terms(sympy.expand(polynomial), symbols_of(tuple(names)))
    assert found is not None, "it was made as a polynomial"
    return dict(found)
