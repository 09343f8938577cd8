"""Exact integrals, volumes and means over bounded polyhedral domains."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.measures.parts import (
    Part,
    added,
    number_to_sympy,
    parts_of,
    parts_of_polyhedron,
)
from piecewise_mt.calculus.partition.base import Stratum
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.properties.line_pieces import line_pieces, polynomial_of
from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, Unsupported
from piecewise_mt.exact.line_polynomials import value_at
from piecewise_mt.exact.norms import square_root
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shapes import require_scalar
from piecewise_mt.functions.substitute import in_order_of
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron


def integral(f: Expression, domain: Any = None) -> sympy.Expr | sympy.ImmutableMatrix:
    r"""The integral of a piecewise polynomial function, :math:`\int_D f(x)\,dx`.

    Each full-dimensional stratum is triangulated, and f, a polynomial there, is integrated in
    barycentric coordinates. A domain of smaller dimension is a null set, with the integral 0.

    Parameters
    ----------
    f : Expression
        Its strata are polyhedra, on each of which every entry is a polynomial. In one variable the
        kinks may be polynomials, too. Tie rules do not matter.
    domain : Polyhedron, str or mapping, optional
        A bounded set. It may be left out, or be unbounded, where f is 0 outside a bounded set.

    Returns
    -------
    sympy.Expr or sympy.ImmutableMatrix
        For an array the integrals of its entries, as a column in row-major order.

    Raises
    ------
    Unsupported
        If the domain has no bound, or f is no polynomial on some stratum.
    NotPolyhedral
        If kinks are curved.

    See Also
    --------
    mt.mean : The integral over the volume.
    mt.volume : That of a set.
    mt.total_variation : The integral of the norm of the gradient.
    mt.check_integration_by_parts : Integrals of the associated gradient.

    References
    ----------
    - J. B. Lasserre, K. E. Avrachenkov, *The multi-dimensional version of ∫ x^p dx*, American
      Mathematical Monthly 108, 2001.

    Examples
    --------
    The mean of the larger of two numbers in [0, 1]; the ties are a null set:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.integral(mt.max(x, y), {x: (0, 1), y: (0, 1)})
    2/3
    >>> mt.integral(mt.relu(1 - abs(x)))
    1
    >>> mt.integral(mt.max(x**2 - 2, 0), {x: (0, 2)})
    -4/3 + 4*sqrt(2)/3
    """
    try:
        parts = parts_of(f, domain)
    except NotPolyhedral:
        if len(f.variables) != 1:
            raise
        flat = f.ravel()
        entries = [f] if f.shape == () else [in_order_of(flat[k], f) for k in range(f.size)]
        found = [_on_line(entry, domain) for entry in entries]
    else:
        found = [
            number_to_sympy(added(part.integral(part.terms[k]) for part in parts))
            for k in range(f.size)
        ]
    return found[0] if f.shape == () else sympy.ImmutableMatrix(found)


def _on_line(f: Expression, domain: Any) -> sympy.Expr:
    """The integral of a function of one variable, by antiderivatives of its pieces."""
    line = line_pieces(f, domain)
    found = []
    for piece in line.pieces:
        own = piece.coefficients
        if piece.low is None or piece.high is None:
            if not any(own):
                continue
            raise Unsupported(
                "expected a bounded domain, got one with no bound on which the function is "
                f"{polynomial_of(own, line.name)}; give bounds such as domain={{x: (0, 1)}}"
            )
        primitive = (Fraction(0), *(quotient(c, k + 1) for k, c in enumerate(own)))
        # the ends may be of two number fields
        found += [value_at(primitive, piece.high), -value_at(primitive, piece.low)]
    return sympy.expand(number_to_sympy(added(found)))


def volume(body: Any) -> sympy.Expr:
    """The volume of a bounded set: a polyhedron, a union of them, a piece or a stratum.

    Parameters
    ----------
    body : Polyhedron, PolyhedralSet, Piece or Stratum
        In R^n; a set of smaller dimension has the volume 0.

    Raises
    ------
    Unsupported
        If the set has full dimension and no bound.
    NotPolyhedral
        If it is curved.

    See Also
    --------
    mt.integral : Of a function.
    mt.gradient_shares : The share of a domain on which f has each gradient.

    Examples
    --------
    The unit ball of the 1-norm, and the set of its ties with 1:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> norm = mt.abs(x) + mt.abs(y)
    >>> mt.volume(mt.sublevel_set(norm, 1)), mt.volume(mt.level_set(norm, 1))
    (2, 0)
    >>> [mt.volume(p) for p in mt.max(x, y).represent({x: (0, 1), y: (0, 2)})]
    [1/2, 3/2, 0]
    """
    own = body.set if isinstance(body, (Piece, Stratum)) else body
    if isinstance(own, Polyhedron):
        members: tuple[Polyhedron, ...] = (own,)
    elif isinstance(own, PolyhedralSet):
        members = own.polyhedra
    else:
        kind = NotPolyhedral if hasattr(own, "contains") else PiecewiseError
        raise kind(
            f"expected a polyhedron, a union of polyhedra, a piece or a stratum, got "
            f"{type(own).__name__}; describe the set by affine conditions"
        )
    found = [parts_of_polyhedron(member, ()) for member in members]
    return number_to_sympy(added(part.volume for part in found if part is not None))


def mean(f: Expression, domain: Any) -> sympy.Expr | sympy.ImmutableMatrix:
    """The mean of a piecewise polynomial function over a bounded domain.

    Parameters
    ----------
    f : Expression
        As for :func:`integral`.
    domain : Polyhedron, str or mapping
        A bounded set of full dimension.

    Raises
    ------
    PiecewiseError
        If the domain is a null set.
    Unsupported
        As :func:`integral`.

    See Also
    --------
    mt.distribution : The law of the values.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.mean(mt.max(x, y), {x: (0, 2), y: (0, 2)})
    4/3
    """
    region = required_domain(f, domain)
    total = integral(f, region)
    return total / volume(region)


def required_domain(f: Expression, domain: Any) -> Polyhedron:
    """A domain with a volume.

    Raises
    ------
    PiecewiseError
        If there is none.
    """
    names = tuple(v.name for v in f.variables)
    region = read_domain(domain, names)
    if region is None:
        raise PiecewiseError(
            "expected a bounded domain, got none; give bounds such as domain={x: (0, 1)}"
        )
    if region.dimension < len(names):
        raise PiecewiseError(
            f"expected a domain with a volume, got {{{region}}} of dimension {region.dimension} in "
            f"R^{len(names)}; give one with interior points"
        )
    return region


def gradient_shares(f: Expression, domain: Any) -> dict[sympy.ImmutableMatrix, sympy.Rational]:
    """The share of a bounded domain on which a piecewise affine function has each gradient.

    Parameters
    ----------
    f : Expression
        Affine on every stratum, of any shape.
    domain : Polyhedron, str or mapping
        A bounded set of full dimension.

    Returns
    -------
    dict
        From b×a matrices to rational numbers with sum 1, the largest share first.

    Raises
    ------
    Unsupported
        If f is not affine on some stratum, or the domain has no bound.
    PiecewiseError
        If the domain is a null set.

    See Also
    --------
    mt.total_variation : The mean of the gradient's norm, times the volume.

    Examples
    --------
    Pieces with the same gradient count together; the tie has the share 0 and is not there:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> for gradient, share in mt.gradient_shares(mt.clip(x, 0, 1), {x: (-1, 3)}).items():
    ...     print(gradient, share)
    Matrix([[0]]) 3/4
    Matrix([[1]]) 1/4
    """
    region = required_domain(f, domain)
    sizes: dict[tuple[Any, ...], Any] = {}
    for part in parts_of(f, region, unbounded=False):
        key = tuple(tuple(row) for row in affine_gradient(part))
        sizes[key] = sizes.get(key, 0) + part.volume
    total = added(sizes.values())
    ordered = sorted(sizes.items(), key=lambda entry: -entry[1])
    width = len(f.variables)
    return {
        sympy.ImmutableMatrix(
            len(key), width, [to_rational(c) for row in key for c in row]
        ): to_rational(size / total)
        for key, size in ordered
    }


def affine_gradient(part: Part) -> list[tuple[Any, ...]]:
    """The gradient of each output on a part, as :func:`affine_rows` reads it."""
    return [row[1:] for row in affine_rows(part, "mt.integral")]


def affine_rows(part: Part, instead: str) -> list[tuple[Any, ...]]:
    """The coefficients (c0, c1, …, cn) of each output on a part.

    Raises
    ------
    Unsupported
        If an output is not affine there.
    """
    found = []
    for formula, terms in zip(part.formulas, part.terms, strict=True):
        if any(sum(key) > 1 for key in terms):
            raise Unsupported(
                f"expected a piecewise affine function, got {formula.text} on some stratum; "
                f"ask {instead}, which takes piecewise polynomials"
            )
        width = len(part.names)
        units = [tuple(int(i == j) for i in range(width)) for j in range(-1, width)]
        found.append(tuple(terms.get(unit, 0) for unit in units))
    return found


def total_variation(f: Expression, domain: Any, ord: Any = 2) -> sympy.Expr:
    r"""The integral of the norm of the gradient, :math:`\int_D \|\nabla f(x)\|\,dx`.

    For a Lipschitz function it is its total variation on the interior of the domain.

    Parameters
    ----------
    f : Expression
        Of shape (), affine on every stratum.
    domain : Polyhedron, str or mapping
        A bounded set of full dimension.
    ord : 1, 2 or sympy.oo
        The norm of the gradient.

    Raises
    ------
    ShapeError
        If f is not scalar.
    Unsupported
        If f is not affine on some stratum, or the domain has no bound.
    PiecewiseError
        For another norm, or if the domain is a null set.

    See Also
    --------
    mt.lipschitz : The largest norm instead.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.total_variation(mt.max(x + y, 0), {x: (-1, 1), y: (-1, 1)})
    2*sqrt(2)
    """
    require_scalar(f.shape)
    if ord not in (1, 2, sympy.oo):
        raise PiecewiseError(f"expected the norm 1, 2 or oo, got {ord!r}; give ord=2")
    region = required_domain(f, domain)
    by_norm: dict[sympy.Expr, Any] = {}
    for part in parts_of(f, region, unbounded=False):
        (row,) = affine_gradient(part)
        if ord == 2:
            norm = square_root(to_rational(sum((fraction(c) ** 2 for c in row), Fraction(0))))
        else:
            sizes = [c if c >= 0 else -c for c in row]
            norm = to_rational(sum(sizes) if ord == 1 else max(sizes))
        by_norm[norm] = by_norm.get(norm, 0) + part.volume
    return sympy.Add(*(norm * to_rational(size) for norm, size in by_norm.items()))
