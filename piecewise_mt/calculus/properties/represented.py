"""What conjugates, proximal maps and envelopes share: pieces with quadratic formulas, and proofs.

Where a formula is proved on a piece, the piece is cut by the strata on which the point that
belongs to a parameter may lie, and the relations of each stratum's graph are shown to follow there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from operator import mul
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.properties.convex_pieces import (
    ConvexPieces,
    convex_pieces,
    quadratic_of,
)
from piecewise_mt.calculus.properties.subgradients import Stratum, strata_of
from piecewise_mt.calculus.representation.as_node import node_of
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.proof import Proof, domain_text, function_text, same
from piecewise_mt.calculus.results.shown import Tabled
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.formulas import AffineFormula, Formula, SmoothFormula
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.exact.quadratics import AffineMap, Form, Quadratic, composed, identity_map
from piecewise_mt.functions.build.arithmetic import concat
from piecewise_mt.functions.build.builders import variables
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.cells import Cell, relative_interior
from piecewise_mt.geometry.cover import covered_cells
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Related, apart, related
from piecewise_mt.geometry.unions import joined_alike
from piecewise_mt.memory import cached_property

if TYPE_CHECKING:
    from piecewise_mt.typeset.tables import Table

Formulas = tuple[Quadratic, ...]
Part = tuple[Polyhedron, Formulas]
Given = tuple[Any, Any]
"""A function and a domain, as somebody gave them."""


class Represented(Tabled, Proof):
    """An exact representation of what belongs to a convex function, with its proof."""

    def __init__(self, given: Given, f: ConvexPieces, representation: Representation) -> None:
        self._given = given
        self.f = f
        """The convex function that it belongs to."""
        self.representation = representation
        """The pieces, their formulas and gradients."""

    def __repr__(self) -> str:
        return repr(self.representation)

    @property
    def domain(self) -> Polyhedron | None:
        """Where the values are finite; None for everywhere."""
        return self.representation.polyhedral_domain

    @property
    @abstractmethod
    def expression(self) -> Expression | None:
        """An expression with these values, to compute with; None if there is none."""

    def _node(self) -> Expression:
        """The pieces, which cover the space, as a node."""
        rep = self.representation
        operands = concat([own.reshape(-1) for own in variables(rep.names)])
        return node_of(rep.names, rep.entries, operands)

    def value(self, point: Any) -> Any:
        """The value at an exact point."""
        return self.representation.value(point)

    def gradient(self, point: Any) -> sympy.ImmutableMatrix:
        """The gradient of the piece that contains the point."""
        return self.representation.gradient(point)

    def stated_as(self, g: Expression) -> Representation:
        """The pieces stated as those of an expression, for :func:`mt.check`.

        Examples
        --------
        A closed convex function is its own biconjugate:

        >>> import piecewise_mt as mt
        >>> f = abs(mt.variable("x"))
        >>> again = mt.conjugate(mt.conjugate(f), variables=f.variables)
        >>> mt.check(again.stated_as(f)).ok
        True
        """
        rep = self.representation
        return Representation.of_pieces(rep.names, rep.entries, g, rep.domain)

    def table(self, limit: int | None = None) -> Table:
        """The table of pieces, formulas and gradients."""
        return self.representation.table(limit)

    def to_latex(self, style: str = "table", **options: Any) -> str:
        r"""LaTeX, as of a representation, in which the function has its usual symbol.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(mt.proximal_map(mt.relu(x)).to_latex("cases").split(r"\]")[0])
        \[
        \operatorname{prox}_{f}(x) =
        \begin{cases}
        x & \text{if } x < 0, \\
        0 & \text{if } 0 \leq x \leq 1, \\
        x - 1 & \text{if } x > 1.
        \end{cases}
        <BLANKLINE>
        """
        if style != "table":
            options["symbols"] = {"function": self.symbol, **(options.get("symbols") or {})}
        return self.representation.to_latex(style, **options)

    @property
    @abstractmethod
    def symbol(self) -> str:
        """The function in LaTeX."""

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        pieces = "; ".join(
            f"{[str(formula.expr) for formula in piece.formulas]} on "
            f"{' or '.join(domain_text(part) for part in piece.parts)}"
            for piece in self.representation
        )
        function, domain = self._given
        where = "its own domain" if domain is None else domain_text(domain)
        given = function_text(function) if isinstance(function, Expression) else repr(function)
        return (
            f"{self._claim} of the convex function f is {pieces}, with values in "
            f"{domain_text(self.domain)}, where f is restricted to {where}, for {given}."
        )

    @property
    def rests_on(self) -> tuple[str, ...]:
        """SymPy, where the function has smooth nodes or formulas that are not affine."""
        formulas = tuple(own.expr for piece in self.representation for own in piece.formulas)
        curved = any(not own.is_polynomial() or sympy.total_degree(own) > 1 for own in formulas)
        return ("SymPy",) if curved else foundations(self._given)

    @property
    @abstractmethod
    def _claim(self) -> str:
        """What belongs to the function."""

    def _is_proved(self) -> bool:
        return self._check()

    def _check(self) -> bool:
        """Prove every piece anew from the function: its formula is right all over the piece.

        The function is read and proved convex again, and the pieces are checked to be disjoint and
        to cover the domain. That they fit together continuously follows, as the values are right.
        """
        f = convex_pieces(*self._given)
        if not same(f, self.f):
            return False
        parts = self._parts()
        whole = self.domain or Polyhedron(self.representation.names)
        cells = covered_cells(whole, [[part] for part, _ in parts])
        if not (self._has_domain(f) and all(len(inside) == 1 for _, inside in cells)):
            return False
        strata = tuple(strata_of(f))
        if "strata" in vars(self) and not same(self.strata, strata):
            return False
        return all(self._holds(f, strata, *part) for part in parts)

    def _parts(self) -> list[Part]:
        """The pieces as the representation has them."""
        rep = self.representation
        return [
            (part, tuple(quadratic_of(formula, rep.names) for formula in piece.formulas))
            for piece in rep
            for part in piece.parts
        ]

    def _has_domain(self, f: ConvexPieces) -> bool:
        """Whether the domain is right."""
        return self.domain is None

    @abstractmethod
    def _holds(
        self, f: ConvexPieces, strata: Sequence[Stratum], part: Polyhedron, formulas: Formulas
    ) -> bool:
        """Whether the formulas are right on a part."""

    @cached_property
    def strata(self) -> tuple[Stratum, ...]:
        """The strata of the function."""
        return tuple(strata_of(self.f))


def represented(
    names: tuple[str, ...],
    parts: Iterable[Part],
    domain: Polyhedron | None,
    title: str,
    scalar: bool,
) -> Representation:
    """Disjoint parts, joined where one formula holds on a polyhedron, as a representation."""
    found = joined_alike(list(parts))
    found.sort(key=lambda part: (-part[0].dimension, part[0].witness()))
    pieces = [
        StatedPiece(alpha, names, (part,), _formulas(formulas, names), None, scalar)
        for alpha, (part, formulas) in enumerate(found, start=1)
    ]
    return Representation.of_pieces(names, pieces, None, domain, title)


def _formulas(formulas: Formulas, names: tuple[str, ...]) -> tuple[Formula, ...]:
    symbols = symbols_of(names)
    return tuple(
        AffineFormula(names, q.form)
        if q.is_affine
        else SmoothFormula(
            names,
            sympy.Add(
                *(to_rational(c) * sympy.Mul(*map(sympy.Pow, symbols, exponents))
                  for exponents, c in q.terms().items())
            ),
        )
        for q in formulas
    )  # fmt: skip


def absorbed(parts: Sequence[Part], width: int) -> list[Part]:
    """Flat parts with the formulas of a part with interior that hold on them as well.

    The formulas are continuous together, so there is one that has the part in its closure.
    """
    full = [
        (Polyhedron(p.variables, p.equations, [(row, False) for row, _ in p.inequalities]), own)
        for p, own in parts
        if not p.equations
    ]
    return [
        (part, own if not part.equations else _near(part, own, full, width)) for part, own in parts
    ]


def _near(part: Polyhedron, own: Formulas, full: Sequence[Part], width: int) -> Formulas:
    point = part.witness()
    assert point is not None, "parts have points"
    for closure, formulas in full:
        if closure.contains(point) and agree(part, own, formulas, width):
            return formulas
    return own


def agree(part: Polyhedron, one: Formulas, two: Formulas, width: int) -> bool:
    """Whether formulas are equal on the affine hull of a nonempty part."""
    inside = part.irredundant()
    hull = AffineHull.of_equations(part.variables, inside.equations)
    on = [hull.restricted_row(row) for row in identity_map(width)]
    return all(a.after(on) == b.after(on) for a, b in zip(one, two, strict=True))


def selected_parts(
    f: ConvexPieces, strata: Sequence[Stratum], part: Polyhedron, p: AffineMap, s: AffineMap
) -> Iterator[tuple[Polyhedron, Stratum]] | None:
    """A part cut by where p lies, if s is a subgradient at p all over it; None if it is not."""
    names = part.variables
    inside = [Related(primitive(composed(row, p)), rel) for row, rel in related(f.domain)]
    if not Polyhedron(names, *apart(inside)).includes(part):
        return None
    cell = relative_interior(part)
    assert cell is not None, "parts have points"
    found = []
    for stratum in strata:
        rows = [Related(primitive(composed(row, p)), rel) for row, rel in related(stratum.region)]
        if any(_is_missed(cell, *related_row) for related_row in rows):
            continue
        here = part.intersection(Polyhedron(names, *apart(rows)))
        if here.is_empty:
            continue
        if not Polyhedron(names, *apart(stratum.rows(p, s))).includes(here):
            return None
        found.append((here, stratum))
    return iter(found)


def _is_missed(cell: Cell, row: Row, relation: str) -> bool:
    """Whether a relation is seen to hold nowhere on the closure of a cell."""
    faces = cell.complex
    if any(sum(map(mul, row, line)) for line in faces.lines):
        return False
    heights = [(sum(map(mul, row, own)), own[0]) for own in faces.generators]
    if relation == ">":
        return all(height <= 0 for height, _ in heights)
    # rays may run along the hyperplane, vertices lie on one side
    return relation == "=" and any(
        all(sign * height > 0 or (not height and not at) for height, at in heights)
        for sign in (1, -1)
    )


def inner_product(one: AffineMap, two: AffineMap) -> Quadratic:
    """The scalar product of two affine maps."""
    width = len(one[0]) - 1
    total = Quadratic.affine([0] * (width + 1))
    for a, b in zip(one, two, strict=True):
        total = total.plus(Quadratic.product(a, b))
    return total


def combined(one: AffineMap, two: AffineMap, factor: Fraction | int) -> list[Form]:
    """one + factor·two."""
    return [
        [a + factor * b for a, b in zip(r, t, strict=True)] for r, t in zip(one, two, strict=True)
    ]
