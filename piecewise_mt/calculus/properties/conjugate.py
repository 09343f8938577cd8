"""The convex conjugate of convex piecewise linear-quadratic functions.

f*(s) = sup s·x - f(x) is finite where s·d ≤ f'(∞; d) for all d, the slopes of f at infinity: the
effective domain is a polyhedron. Its directions are orthogonal to those in which f is affine, so f
may be restricted to a section across the latter. Then a stratum has a part of full dimension in
the domain iff f is strictly convex along it, and the point p(s) with s as subgradient is affine in
s: f*(s) = s·p(s) - f(p(s)), with the gradient p(s).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy

from piecewise_mt.calculus.properties.convex_pieces import ConvexPieces, convex_pieces
from piecewise_mt.calculus.properties.represented import (
    Formulas,
    Part,
    Represented,
    agree,
    inner_product,
    represented,
    selected_parts,
)
from piecewise_mt.calculus.properties.subgradients import (
    Stratum,
    maximisers,
    region_of,
    strata_of,
)
from piecewise_mt.calculus.results.proof import Question
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.errors import ShapeError
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.quadratics import AffineMap, Quadratic, dot, identity_map
from piecewise_mt.functions.build.builders import variables as read_variables
from piecewise_mt.functions.build.extrema import max as maximum_of
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.cover import covered_cells
from piecewise_mt.geometry.points import read_point, variable_name
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Related
from piecewise_mt.geometry.unions import joined


class Conjugate(Represented):
    """f*(s) = sup s·x - f(x), represented on its effective domain; see :func:`mt.conjugate`.

    The ``gradient`` of every piece is a point x where the supremum is attained.
    """

    symbol = "{f^{*}}"
    _claim = "The conjugate"

    @property
    def expression(self) -> Expression | None:
        """An expression with these values on the domain, to compute with.

        The maximum of its formulas, if these are affine; None for a quadratic one with a domain.
        """
        forms = [formulas[0] for _, formulas in self._parts()]
        if not all(form.is_affine for form in forms):
            return self._node() if self.domain is None else None
        xs = read_variables(self.representation.names)
        terms = [
            sum((c * x for c, x in zip(form.form[1:], xs, strict=True)), 0 * xs[0]) + form.form[0]
            for form in dict.fromkeys(forms)
        ]
        return terms[0] if len(terms) == 1 else maximum_of(*terms)

    def value(self, point: Any) -> Any:
        """The value at an exact point, ∞ outside the effective domain.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> g = mt.conjugate(abs(mt.variable("x")))
        >>> g.value((1,)), g.value((2,))
        (0, oo)
        """
        at = read_point(point, self.representation.names)
        if self.domain is not None and not self.domain.contains(at):
            return sympy.oo
        return self.representation.value(at)

    def argmax(self, point: Any) -> PolyhedralSet:
        """The points x where s·x - f(x) is largest: the subdifferential of f* at s.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> g = mt.conjugate(abs(mt.variable("x")))
        >>> g.argmax((0,)), g.argmax((1,)), g.argmax((2,))
        (PolyhedralSet({x = 0}), PolyhedralSet({x >= 0}), PolyhedralSet(∅))
        """
        at = read_point(point, self.representation.names)
        parts = joined(list(maximisers(self.f, self.strata, tuple(at))))
        dimension = max((part.dimension for part in parts), default=-1)
        return PolyhedralSet(self.f.names, parts, dimension)

    def _question(self) -> Question | None:
        function, domain = self._given
        if not isinstance(function, Expression):
            return None
        return Question(function, "conjugate", {"domain": domain, "found": self})

    def _has_domain(self, f: ConvexPieces) -> bool:
        names = self.representation.names
        return _effective_domain(f, names) == (self.domain or Polyhedron(names))

    def _holds(
        self, f: ConvexPieces, strata: Sequence[Stratum], part: Polyhedron, formulas: Formulas
    ) -> bool:
        (own,) = formulas
        s = identity_map(len(part.variables))
        p = [own.slope(row[1:]) for row in s]
        cuts = selected_parts(f, strata, part, p, s)
        return cuts is not None and all(
            agree(here, (own,), (_fenchel(stratum.formula, p),), len(s)) for here, stratum in cuts
        )


def conjugate(f: Any, domain: Any = None, *, variables: Any = None) -> Conjugate:
    """The convex conjugate f*(s) = sup s·x - f(x) of a piecewise linear or quadratic function.

    Parameters
    ----------
    f : Expression, Representation or Conjugate
        Scalar and convex, of any number of variables.
    domain : Polyhedron, str or mapping, optional
        A closed set outside which f is +∞; the conjugate of f = 0 is its support function.
    variables : names or variables, optional
        Those of f*, as many as f has: by default s, or s1, s2, …

    Returns
    -------
    Conjugate
        With its ``representation`` on the effective ``domain``, ``argmax``, and ``verify()``.

    Raises
    ------
    PiecewiseError
        If f is not convex, with a segment on which it is not.
    Unsupported
        If f is not piecewise quadratic on polyhedra.

    See Also
    --------
    mt.proximal_map : Of f, and by Moreau's identity of f*.
    mt.is_convex : Whether f is.

    References
    ----------
    - R. T. Rockafellar, *Convex analysis*, Princeton University Press, 1970.
    - R. T. Rockafellar, R. J.-B. Wets, *Variational analysis*, Springer, 1998.

    Examples
    --------
    The conjugate of a maximum is the indicator of the simplex:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.conjugate(mt.max(x, y))
    conjugate of max(x, y) on {s1 + s2 = 1, s1 >= 0, s2 >= 0}, (s1, s2): 1 piece
    <BLANKLINE>
    α  Pᵅ                             dim  fᵅ  ∇fᵅ
    ─  ─────────────────────────────  ───  ──  ──────
    1  s1 + s2 = 1, s1 >= 0, s2 >= 0    1  0   (0, 0)

    That of Huber's function is a half square with a domain:

    >>> mt.conjugate(mt.moreau_envelope(abs(x)))
    conjugate of Moreau envelope of abs(x) on {-1 <= s <= 1}, (s): 1 piece
    <BLANKLINE>
    α  Pᵅ            dim  fᵅ      ∇fᵅ
    ─  ────────────  ───  ──────  ───
    1  -1 <= s <= 1    1  s**2/2  s
    """
    own = convex_pieces(f, domain)
    names = _dual_names(own, variables)
    whole = _effective_domain(own, names)
    rep = represented(
        names,
        _parts(own, whole),
        None if whole == Polyhedron(names) else whole,
        _title(own),
        True,
    )
    return Conjugate((f, domain), own, rep)


def _title(f: ConvexPieces) -> str:
    where = "" if f.domain == Polyhedron(f.names) else f" + indicator of {{{f.domain}}}"
    return f"conjugate of {f.title}{where}"


def _dual_names(f: ConvexPieces, given: Any) -> tuple[str, ...]:
    width = len(f.names)
    if given is None:
        return ("s",) if width == 1 else tuple(f"s{j}" for j in range(1, width + 1))
    if isinstance(given, str):
        given = read_variables(given)
    elif isinstance(given, Expression):
        given = given.variables
    elif not isinstance(given, Iterable):
        given = (given,)
    names = tuple(variable_name(own) for own in given)
    if len(names) != width or len(set(names)) != width:
        raise ShapeError(
            f"expected {width} variables of the conjugate, got {list(names)}; name one for each of "
            f"{list(f.names)}"
        )
    return names


def _effective_domain(f: ConvexPieces, names: tuple[str, ...]) -> Polyhedron:
    """Where the conjugate is finite: s·d is at most the slope of f at infinity, for all d."""
    rows: set[tuple[Row, str]] = set()
    for piece in f.pieces:
        flat = [primitive([0, *piece.formula.slope(v)[1:]]) for v in f.along]
        region = piece.region
        cone = relative_interior(
            Polyhedron(
                f.names,
                [*flat, *((0, *row[1:]) for row in region.equations)],
                [((0, *row[1:]), False) for row, _ in region.inequalities],
            )
        )
        point = region.witness()
        assert cone is not None and point is not None, "pieces have points"
        faces = cone.complex
        rays = [(row[1:], ">=") for row in faces.generators if not row[0]]
        for direction, relation in [*rays, *((row[1:], "=") for row in faces.lines)]:
            slope = dot(piece.formula.slope(direction), (1, *point))
            rows.add((primitive([slope, *(-c for c in direction)]), relation))
    found = region_of(names, [Related(*row) for row in sorted(rows)])
    assert found is not None, "convex functions have an affine one below them"
    return found


def _parts(f: ConvexPieces, whole: Polyhedron) -> Iterable[Part]:
    """Disjoint parts of the effective domain, with the formulas there."""
    across = f.section([(0, *row[1:]) for row in whole.equations])
    hull = AffineHull.of_equations(whole.variables, whole.equations)
    on = [hull.restricted_row(row) for row in identity_map(len(f.names))]
    groups: dict[Quadratic, tuple[Formulas, list[Polyhedron]]] = {}
    for stratum in strata_of(across):
        p = stratum.stationary(0, 1)
        if p is None:
            continue
        rows = stratum.rows(p, identity_map(len(f.names)), closed=True)
        region = region_of(whole.variables, rows)
        part = None if region is None else region.intersection(whole)
        if part is None or part.dimension < whole.dimension:
            continue
        formula = _fenchel(stratum.formula, p)
        groups.setdefault(formula.after(on), ((formula,), []))[1].append(part.irredundant())
    earlier: list[Polyhedron] = []
    for formulas, parts in groups.values():
        for part in joined(parts):
            met = [own for own in earlier if not part.intersection(own).is_empty]
            earlier.append(part)
            # where closed parts meet, the first one has the point
            rest = _without_faces(part, met)
            if rest is not None:
                yield rest, formulas
                continue
            for cell, inside in covered_cells(part, [met]):
                if not inside:
                    yield cell.irredundant(), formulas


def _without_faces(part: Polyhedron, others: Iterable[Polyhedron]) -> Polyhedron | None:
    """A part without others that meet it, each in a face; None if some does not."""
    strict = []
    for other in others:
        common = relative_interior(part.intersection(other))
        assert common is not None, "the others meet the part"
        active = [row for row, _ in part.inequalities if common.sign(row) == 0]
        face = Polyhedron(part.variables, [*part.equations, *active], part.inequalities)
        if not active or not other.includes(face):
            return None
        strict.append((tuple(map(sum, zip(*active, strict=True))), True))
    return Polyhedron(part.variables, part.equations, [*part.inequalities, *strict]).irredundant()


def _fenchel(formula: Quadratic, p: AffineMap) -> Quadratic:
    """s·p(s) - f(p(s))."""
    return inner_product(identity_map(len(p)), p).plus(formula.after(p), -1)
