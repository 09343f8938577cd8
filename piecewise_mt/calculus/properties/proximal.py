"""Proximal maps and Moreau envelopes of convex piecewise linear-quadratic functions.

p = prox(x) iff s = (x - p)/t is a subgradient at p. Every stratum of f takes part with the points
p + t·s of its graph, a polyhedron on which p is affine: that p + t∇f(p) - x is orthogonal to the
stratum is a linear system with a positive definite matrix. As prox is a function on the whole
space, these polyhedra are a partition of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from sympy import latex

from piecewise_mt.calculus.properties.convex_pieces import ConvexPieces, convex_pieces
from piecewise_mt.calculus.properties.represented import (
    Formulas,
    Represented,
    absorbed,
    agree,
    combined,
    inner_product,
    represented,
    selected_parts,
)
from piecewise_mt.calculus.properties.subgradients import Stratum, region_of, strata_of
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.numbers import to_fraction, to_rational
from piecewise_mt.exact.quadratics import AffineMap, Quadratic, identity_map
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


class ProximalMap(Represented):
    """The map x ↦ argmin f(y) + ‖x - y‖²/(2t), affine on every piece; see :func:`mt.proximal_map`.

    Its value is a number if f has one variable, else a column; its ``gradient`` is the Jacobian.
    """

    step: Fraction
    """The number t."""

    def _check(self) -> bool:
        return type(self.step) is Fraction and self.step > 0 and super()._check()

    @property
    def expression(self) -> Expression:
        """The same as an expression, to compute with."""
        return self._node()

    @property
    def _claim(self) -> str:
        return f"The proximal map with the step {self.step}"

    @property
    def symbol(self) -> str:
        t = "" if self.step == 1 else f"{latex(to_rational(self.step))} "
        return rf"\operatorname{{prox}}_{{{t}f}}"

    def _holds(
        self, f: ConvexPieces, strata: Sequence[Stratum], part: Polyhedron, formulas: Formulas
    ) -> bool:
        p = [formula.form for formula in formulas]
        return selected_parts(f, strata, part, p, _pull(p, self.step)) is not None


class MoreauEnvelope(Represented):
    """The function min f(y) + ‖x - y‖²/(2t), quadratic on every piece; :func:`mt.moreau_envelope`.

    It is C¹ with the gradient (x - prox(x))/t.
    """

    step: Fraction
    """The number t."""

    def _check(self) -> bool:
        return type(self.step) is Fraction and self.step > 0 and super()._check()

    @property
    def expression(self) -> Expression:
        """The same as an expression, to compute with."""
        return self._node()

    @property
    def _claim(self) -> str:
        return f"The Moreau envelope with the step {self.step}"

    @property
    def symbol(self) -> str:
        return f"e_{{{latex(to_rational(self.step))}}} f"

    def _holds(
        self, f: ConvexPieces, strata: Sequence[Stratum], part: Polyhedron, formulas: Formulas
    ) -> bool:
        (own,) = formulas
        s = [own.slope(row[1:]) for row in identity_map(len(part.variables))]
        p = combined(identity_map(len(s)), s, -self.step)
        cuts = selected_parts(f, strata, part, p, s)
        return cuts is not None and all(
            agree(here, (own,), (_envelope(stratum.formula, p, self.step),), len(s))
            for here, stratum in cuts
        )


def proximal_map(f: Any, step: Any = 1, domain: Any = None) -> ProximalMap:
    """The proximal map of a convex piecewise linear or piecewise quadratic function.

    Parameters
    ----------
    f : Expression, Representation or Conjugate
        Scalar and convex, of any number of variables.
    step : exact number
        The t > 0 in f(y) + ‖x - y‖²/(2t).
    domain : Polyhedron, str or mapping, optional
        A closed set outside which f is +∞; the map of f = 0 is the projection onto it.

    Returns
    -------
    ProximalMap
        With its ``representation``, an ``expression`` to compute with, and ``verify()``.

    Raises
    ------
    PiecewiseError
        If f is not convex, with a segment on which it is not.
    Unsupported
        If f is not piecewise quadratic on polyhedra.

    See Also
    --------
    mt.moreau_envelope : The smallest value.
    mt.conjugate : By Moreau's identity, x = prox f(x) + prox f*(x).

    References
    ----------
    - J.-J. Moreau, *Proximité et dualité dans un espace hilbertien*, Bulletin de la Société
      Mathématique de France 93, 1965.
    - R. T. Rockafellar, R. J.-B. Wets, *Variational analysis*, Springer, 1998.

    Examples
    --------
    Soft thresholding, and the projection onto the simplex:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.proximal_map(abs(x), 2)
    prox of abs(x), step 2 on R, (x): 3 pieces
    <BLANKLINE>
    α  Pᵅ            dim  fᵅ     ∇fᵅ
    ─  ────────────  ───  ─────  ───
    1  x < -2          1  x + 2  1
    2  -2 <= x <= 2    1  0      0
    3  x > 2           1  x - 2  1
    >>> onto = mt.proximal_map(0 * (x + y), domain="x + y = 1, x >= 0, y >= 0")
    >>> onto.value((1, "1/2")), onto.value((5, 1)), onto.verify()
    (Matrix([
    [3/4],
    [1/4]]), Matrix([
    [1],
    [0]]), True)
    """
    t = _positive(step)
    own = convex_pieces(f, domain)
    width = len(own.names)
    found = [(part, tuple(map(Quadratic.affine, p))) for part, p, _ in _resolvent(own, t)]
    rep = represented(own.names, absorbed(found, width), None, _title("prox", own, t), width == 1)
    result = ProximalMap((f, domain), own, rep)
    result.step = t
    return result


def moreau_envelope(f: Any, step: Any = 1, domain: Any = None) -> MoreauEnvelope:
    """The Moreau envelope of a convex piecewise linear or piecewise quadratic function.

    Parameters
    ----------
    f : Expression, Representation or Conjugate
        Scalar and convex, of any number of variables.
    step : exact number
        The t > 0 in min f(y) + ‖x - y‖²/(2t).
    domain : Polyhedron, str or mapping, optional
        A closed set outside which f is +∞; the envelope of f = 0 is half the squared distance to
        it, over t.

    Returns
    -------
    MoreauEnvelope
        With its ``representation``, an ``expression`` to compute with, and ``verify()``.

    Raises
    ------
    PiecewiseError
        If f is not convex, with a segment on which it is not.
    Unsupported
        If f is not piecewise quadratic on polyhedra.

    See Also
    --------
    mt.proximal_map : Where it is attained.

    References
    ----------
    - J.-J. Moreau, *Proximité et dualité dans un espace hilbertien*, Bulletin de la Société
      Mathématique de France 93, 1965.
    - R. T. Rockafellar, R. J.-B. Wets, *Variational analysis*, Springer, 1998.

    Examples
    --------
    That of the absolute value is Huber's function:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.moreau_envelope(abs(x))
    Moreau envelope of abs(x) on R, (x): 3 pieces
    <BLANKLINE>
    α  Pᵅ            dim  fᵅ        ∇fᵅ
    ─  ────────────  ───  ────────  ───
    1  x < -1          1  -x - 1/2  -1
    2  -1 <= x <= 1    1  x**2/2    x
    3  x > 1           1  x - 1/2   1
    """
    t = _positive(step)
    own = convex_pieces(f, domain)
    width = len(own.names)
    found = [(part, (_envelope(stratum.formula, p, t),)) for part, p, stratum in _resolvent(own, t)]
    rep = represented(
        own.names, absorbed(found, width), None, _title("Moreau envelope", own, t), True
    )
    result = MoreauEnvelope((f, domain), own, rep)
    result.step = t
    return result


def _positive(step: Any) -> Fraction:
    t = to_fraction(step)
    if t <= 0:
        raise PiecewiseError(f"expected a step > 0, got {t}; give a positive number")
    return t


def _title(what: str, f: ConvexPieces, t: Fraction) -> str:
    where = "" if f.domain == Polyhedron(f.names) else f" on {{{f.domain}}}"
    return f"{what} of {f.title}{where}" + (f", step {t}" if t != 1 else "")


def _pull(p: AffineMap, t: Fraction) -> list[list[Fraction]]:
    """(x - p(x))/t."""
    return [[c / t for c in row] for row in combined(identity_map(len(p)), p, -1)]


def _resolvent(f: ConvexPieces, t: Fraction) -> list[tuple[Polyhedron, AffineMap, Stratum]]:
    """The points x of every stratum's prox, and how it depends on them."""
    found = []
    for stratum in strata_of(f):
        p = stratum.stationary(1, t)
        assert p is not None, "f is convex"
        part = region_of(f.names, stratum.rows(p, _pull(p, t)))
        assert part is not None, "there are subgradients on all of the domain"
        found.append((part, p, stratum))
    return found


def _envelope(formula: Quadratic, p: AffineMap, t: Fraction) -> Quadratic:
    """f(p) + ‖x - p‖²/(2t)."""
    gap = combined(identity_map(len(p)), p, -1)
    return formula.after(p).plus(inner_product(gap, gap), 1 / (2 * t))
