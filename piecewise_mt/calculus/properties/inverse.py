"""Inverses of piecewise linear homeomorphisms, and fixed points."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.consistency.check import require_checked, restated
from piecewise_mt.calculus.partition.domain import empty_domain, read_domain
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, strata
from piecewise_mt.calculus.properties.in_words import point_text
from piecewise_mt.calculus.properties.orientation import (
    AffineCell,
    Point,
    affine_cells,
    flat_pair,
    folded_pair,
    image_of,
    preimages_of_a_regular_value,
    value_of,
    value_without_preimage,
)
from piecewise_mt.calculus.properties.represented import Part, represented
from piecewise_mt.calculus.properties.sets import difference_set, equal, zero_set
from piecewise_mt.calculus.properties.smooth_shape import no_interior
from piecewise_mt.calculus.representation.as_node import node_of
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    numbers_text,
    rebuilt,
    same,
)
from piecewise_mt.calculus.results.shown import Tabled
from piecewise_mt.errors import NotInvertible, ShapeError, Unsupported
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.exact.quadratics import Quadratic
from piecewise_mt.functions.build.arithmetic import as_expression, concat, stack
from piecewise_mt.functions.build.builders import affine, piecewise_linear
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Variable
from piecewise_mt.functions.substitute import in_order_of
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

if TYPE_CHECKING:
    from piecewise_mt.typeset.tables import Table


class Inverse(Tabled, Proof):
    """The inverse of a function, affine on every piece; see :func:`mt.inverse`.

    See Also
    --------
    mt.inverse : Makes it.
    """

    def __init__(
        self,
        function: Expression,
        domain: Polyhedron | None,
        representation: Representation,
        expression: Expression,
        regular_value: Point,
        preimage: Point,
        orientation: int,
    ) -> None:
        self.function = function
        self.domain = domain
        """Where the function is inverted; None for the whole space."""
        self.representation = representation
        """The pieces of the inverse, in the same variables; on the image of the domain."""
        self.expression = expression
        """An expression with its values, to compute with; beyond the image it may be anything."""
        self.regular_value = tuple(map(to_rational, regular_value))
        """A value that is not that of a tie of the function."""
        self.preimage = tuple(map(to_rational, preimage))
        """The one point that has this value."""
        self.orientation = orientation
        """The sign of all Jacobian determinants."""

    @property
    def image(self) -> Polyhedron | None:
        """Where the inverse is defined; None for the whole space."""
        return self.representation.polyhedral_domain

    def value(self, point: Any) -> Any:
        """The point that has a value: a number, or a column."""
        return self.representation.value(point)

    def gradient(self, point: Any) -> sympy.ImmutableMatrix:
        """The Jacobian of the piece that contains the point."""
        return self.representation.gradient(point)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        sign = "positive" if self.orientation > 0 else "negative"
        return (
            f"On {domain_text(self.domain)} f is one-to-one, with {sign} determinants and "
            f"{numbers_text(self.preimage)} as the one point of value "
            f"{numbers_text(self.regular_value)}; its inverse on {domain_text(self.image)} is "
            f"{self.expression}, for {function_text(self.function)}."
        )

    def _question(self) -> Question:
        return Question(self.function, "inverse", {"domain": self.domain, "found": self})

    def verify(self) -> bool:
        """Prove anew that f(g(y)) = y on the image and g(f(x)) = x on the domain, by mt.equal.

        The inverse is found anew, too, and has the same pieces, regular value and orientation.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> mt.inverse(2 * x + mt.relu(x)).verify()
        True
        """
        return super().verify()

    def _is_proved(self) -> bool:
        kept = ("function", "domain", "expression", "regular_value", "preimage", "orientation")
        given = rebuilt({name: getattr(self, name) for name in kept})
        anew = inverse(given["function"], given["domain"])
        told = {name: getattr(anew, name) for name in kept}
        pieces, known = (_pieces_of(own.representation) for own in (self, anew))
        return same(given, told) and same(pieces, known) and self._check()

    def _check(self) -> bool:
        f, g = self.function, self.expression
        own_points = _identity(f)
        pairs = ((_composed(f, g), self.image), (_composed(g, f), self.domain))
        return all(
            equal(own, own_points)
            if where is None
            else difference_set(own, own_points, where).is_empty
            for own, where in pairs
        )

    def table(self, limit: int | None = None) -> Table:
        """The table of pieces, formulas and gradients."""
        return self.representation.table(limit)

    def to_latex(self, style: str = "table", **options: Any) -> str:
        """LaTeX, as of a representation, with :math:`f^{-1}` as the function."""
        if style != "table":
            options["symbols"] = {"function": "f^{-1}", **(options.get("symbols") or {})}
        return self.representation.to_latex(style, **options)

    def __repr__(self) -> str:
        return repr(self.representation)


def _pieces_of(rep: Representation) -> tuple[Any, ...]:
    """The names, the domain, and the parts and formulas of all pieces."""
    pieces = tuple((tuple(own.parts), tuple(f.expr for f in own.formulas)) for own in rep)
    return rep.names, rep.polyhedral_domain, pieces


def _identity(f: Expression) -> Expression:
    own = stack([Variable((v.name,)) for v in f.variables])
    return in_order_of(own[0] if f.shape == () else own, f)


def _composed(outer: Expression, inner: Expression) -> Expression:
    """outer(inner), in the space of the inner function."""
    flat = inner.ravel() if inner.shape else inner.reshape(1)
    made = outer(*(flat[i] for i in range(flat.size)))
    return in_order_of(made, inner)


def _require_square(f: Expression, what: str) -> None:
    n = len(f.variables)
    if f.size != n or len(f.shape) > 1:
        raise ShapeError(
            f"expected as many outputs as variables for {what}, got the shape {f.shape} of {n} "
            "variables; stack what is missing, or fix the variables with f.on"
        )


def inverse(f: Any, domain: Any = None) -> Inverse:
    r"""The inverse of a monotone function of one variable, or of a homeomorphism of Rⁿ.

    For a piecewise linear f it is decided whether there is one: all Jacobian determinants of
    full-dimensional strata have one sign (f is *coherently oriented*), and one regular value has
    exactly one preimage.

    Parameters
    ----------
    f : Expression, Representation, or what has an ``expression``
        Piecewise linear with rational coefficients, with as many outputs as variables: of shape ()
        or (1,) for one, (n,) for n. A stated representation must pass :func:`mt.check`.
    domain : Polyhedron, str or mapping, optional
        For one variable an interval, open or closed, on which f is inverted.

    Returns
    -------
    Inverse
        With its ``representation``, an ``expression`` to compute with, and ``verify()``, which
        proves both compositions to be the identity.

    Raises
    ------
    NotInvertible
        If there is none: with ``points``, two that have the same ``value``, and ``missing``, a
        value without preimage, if one is found.
    ShapeError
        If there are more outputs than variables, or fewer.
    Unsupported
        If f is not piecewise linear with rational coefficients, or for a domain in several
        variables.

    See Also
    --------
    mt.is_monotone : Monotone, perhaps not strictly.
    mt.zero_set : All points with one value.
    mt.fixed_points : Where f(x) = x.

    Notes
    -----
    A coherently oriented piecewise affine map of Rⁿ is onto, and its regular values all have
    \|deg f\| preimages. So an f with one sign of determinants and two preimages is no
    homeomorphism, and neither is one that folds at a facet, where the sign changes.

    References
    ----------
    - W. C. Rheinboldt, J. S. Vandergraft, *On piecewise affine mappings in Rⁿ*, SIAM Journal on
      Applied Mathematics 29, 1975.
    - D. Kuhn, R. Löwen, *Piecewise affine bijections of Rⁿ, and the equation Sx⁺ − Tx⁻ = y*, Linear
      Algebra and its Applications 96, 1987.
    - S. Scholtes, *Introduction to piecewise differentiable equations*, Springer, 2012.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.inverse(2 * x - mt.relu(x))
    inverse of 2*x - relu(x) on R, (x): 2 pieces
    <BLANKLINE>
    α  Pᵅ      dim  fᵅ   ∇fᵅ
    ─  ──────  ───  ───  ───
    1  x <= 0    1  x/2  1/2
    2  x > 0     1  x    1
    >>> g = mt.inverse(mt.stack([x + abs(y), y]))
    >>> g.value((1, -3)), g.verify()
    (Matrix([
    [-2],
    [-3]]), True)

    A fold has two points with one value, and values without any:

    >>> try:
    ...     mt.inverse(mt.stack([abs(x), x + y]))
    ... except mt.NotInvertible as error:
    ...     print(error.points, error.value, error.missing)
    ((-1, 0), (1, -2)) (1, -1) (-1, 0)
    """
    f = _as_function(f)
    _require_square(f, "an inverse")
    cut, region = _strata(f, domain)
    cells = affine_cells(cut)
    names = cut.names
    for cell in cells:
        if not cell.determinant:
            raise _not_invertible(f, names, cells, flat_pair(cell), "is not one-to-one", region)
    pair = folded_pair(cut, cells)
    if pair is not None:
        raise _not_invertible(f, names, cells, pair, "folds at a facet", region)
    value, found = preimages_of_a_regular_value(cells)
    if len(found) > 1:
        raise _not_invertible(f, names, cells, (found[0], found[1]), "covers the space "
                              f"{len(found)} times", region)  # fmt: skip
    image = None if region is None else _image(region.irredundant(), cells)
    rep = _representation(f, cut, cells, image)
    expression = _on_the_line(f, cells) if len(names) == 1 else _node(rep)
    expression = in_order_of(expression.reshape(f.shape), f)
    sign = 1 if cells[0].determinant > 0 else -1
    return Inverse(f, region, rep, expression, value, found[0], sign)


def _as_function(f: Any) -> Expression:
    """What was given as an expression."""
    f = getattr(f, "expression", f)
    if not isinstance(f, Representation):
        return as_expression(f)
    if isinstance(f, DerivedRepresentation) and f.domain is None:
        return f.function
    if f.domain is not None:
        raise Unsupported(
            f"expected a representation of the whole space to invert, got the domain {f.domain}; "
            "give its function, and the domain apart"
        )
    require_checked(f)
    return _node(restated(f))


def _strata(f: Expression, domain: Any) -> tuple[PolyhedralStrata, Polyhedron | None]:
    names = tuple(v.name for v in f.variables)
    region = read_domain(domain, names)
    if region is not None:
        if len(names) > 1:
            raise Unsupported(
                "expected no domain for an inverse in several variables, got "
                f"{region}; leave it out, or extend the function to the whole space"
            )
        if region.is_empty:
            raise empty_domain(region)
        if region.dimension < len(names):
            raise no_interior(region)
    cut = strata(f, region)
    if cut.program.is_smooth or not cut.program.is_rational:
        raise Unsupported(
            "expected a piecewise linear function with rational coefficients to invert, got "
            f"{f!r}; ask mt.zero_set for the points with one value"
        )
    return cut, region


def _not_invertible(
    f: Expression,
    names: tuple[str, ...],
    cells: Sequence[AffineCell],
    pair: tuple[Point, Point],
    reason: str,
    region: Polyhedron | None,
) -> NotInvertible:
    one, two = (tuple(map(to_rational, p)) for p in pair)
    own = next(cell for cell in cells if cell.closure.contains(pair[0]))
    value = tuple(map(to_rational, own.value(pair[0])))
    missing = None if region is not None else value_without_preimage(names, cells)
    without = None if missing is None else tuple(map(to_rational, missing))
    also = "" if without is None else f", and {point_text(without)} nowhere"
    return NotInvertible(
        f"expected a function with an inverse, got {f!r}, which {reason}: it is "
        f"{point_text(value)} at {point_text(one)} and at {point_text(two)}{also}; restrict or "
        "correct it",
        (one, two),
        value,
        without,
    )


def _image(domain: Polyhedron, cells: Sequence[AffineCell]) -> Polyhedron:
    """The image of an interval."""
    rows = []
    for row, strict in domain.inequalities:
        end = Fraction(-row[0], row[1])
        cell = next(cell for cell in cells if cell.closure.contains((end,)))
        (at,) = cell.value((end,))
        rising = (cell.map[0][1] > 0) == (row[1] > 0)
        rows.append((primitive((-at, 1) if rising else (at, -1)), strict))
    return Polyhedron(domain.variables, [], rows)


def _representation(
    f: Expression, cut: PolyhedralStrata, cells: Sequence[AffineCell], image: Polyhedron | None
) -> Representation:
    """The images of all strata, those of a formula joined."""
    parts: list[Part] = []
    for number in range(len(cut)):
        stratum = cut[number]
        if number < len(cells):
            cell = cells[number]
        else:
            point = stratum.point
            cell = next(own for own in cells if own.closure.contains(point))
        assert cell.inverse is not None, "all determinants have one sign"
        formulas = tuple(Quadratic.affine(row) for row in cell.inverse)
        parts.append((image_of(stratum.polyhedron, cell), formulas))
    return represented(cut.names, parts, image, f"inverse of {f!r}", f.shape == ())


def _node(rep: Representation) -> Expression:
    operands = concat([Variable((name,)).reshape(-1) for name in rep.names])
    return node_of(rep.names, rep.entries, operands)


def _on_the_line(f: Expression, cells: Sequence[AffineCell]) -> Expression:
    """The inverse of a function of one variable by its breakpoints and slopes."""
    inverses = [cell.inverse for cell in cells]
    ends = [cell.value(cell.stratum.point)[0] for cell in cells]
    order = sorted(range(len(cells)), key=ends.__getitem__)
    rows: list[tuple[Fraction, ...]] = []
    for k in order:
        own = inverses[k]
        assert own is not None, "all determinants have one sign"
        if not rows or rows[-1] != own[0]:
            rows.append(own[0])
    x = Variable((f.variables[0].name,)).reshape(())
    first = rows[0]
    line = affine([[first[1]]], x.reshape(1), [first[0]])[0]
    if len(rows) == 1:
        return line
    breaks = [
        (right[0] - left[0]) / (left[1] - right[1])
        for left, right in zip(rows, rows[1:], strict=False)
    ]
    at = value_of((first,), (breaks[0],))[0]
    made = piecewise_linear(x, breaks, [row[1] for row in rows])
    start = _line_at(breaks, [row[1] for row in rows], breaks[0])
    return made + (at - start)


def _line_at(breaks: Sequence[Fraction], slopes: Sequence[Fraction], point: Fraction) -> Fraction:
    """The value of ``mt.piecewise_linear``, which is 0 at 0, at a point.

    Examples
    --------
    >>> _line_at([Fraction(1)], [Fraction(2), Fraction(5)], Fraction(2))
    Fraction(7, 1)
    """
    marks = sorted({Fraction(0), point, *breaks})
    low, high = min(Fraction(0), point), max(Fraction(0), point)
    total = Fraction(0)
    for left, right in zip(marks, marks[1:], strict=False):
        if low <= left and right <= high:
            slope = slopes[sum(b <= left for b in breaks)]
            total += slope * (right - left)
    return total if point >= 0 else -total


def fixed_points(
    f: Expression, domain: Any = None, *, budget: float = 30.0, trust: Any = None
) -> PolyhedralSet | SemialgebraicSet:
    """The set {x : f(x) = x} as disjoint polyhedra, or as semialgebraic sets.

    Parameters
    ----------
    f : Expression
        With as many outputs as variables: of shape () or (1,) for one, (n,) for n.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.
    budget : float
        Seconds for the strata where kinks or the function are polynomials.
    trust : bool, str or sequence of str, optional
        Solvers whose answers there count as proofs, such as ``"z3"``.

    Raises
    ------
    ShapeError
        If there are more outputs than variables, or fewer.

    See Also
    --------
    mt.zero_set : Any other equations.
    mt.inverse : The solution for every right side.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.fixed_points(mt.clip(2 * x, -1, 1))
    PolyhedralSet({x = -1} ∪ {x = 0} ∪ {x = 1})
    >>> mt.fixed_points(mt.stack([mt.max(x, y), mt.max(x, y)]))
    PolyhedralSet({x = y})
    """
    _require_square(f, "fixed points")
    return zero_set(in_order_of(f - _identity(f), f), domain, budget=budget, trust=trust)
