"""Exact Lipschitz constants, from the gradients of the full-dimensional strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy

from piecewise_mt.calculus.layers import layers_bound
from piecewise_mt.calculus.program import selected
from piecewise_mt.calculus.reduction import Matrix
from piecewise_mt.calculus.showing import ShownLipschitz
from piecewise_mt.calculus.strata import Stratum, strata
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.norms import LargestRoot, gram_polynomial
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.expression import Expression


@dataclass(frozen=True)
class LipschitzReport(ShownLipschitz):
    """The best constant, where it is attained, and what the layers' norms say."""

    function: Expression
    ord: Any
    constant: sympy.Expr
    stratum: Stratum
    """A full-dimensional stratum whose gradient has the constant as its norm."""
    gradient: sympy.ImmutableMatrix

    @cached_property
    def layers_bound(self) -> sympy.Expr:
        """The product of the layers' norms: an upper bound without enumeration."""
        return layers_bound(self.function, self.ord)

    def __repr__(self) -> str:
        return (
            f"Lipschitz constant {self.constant} in the {self.ord}-norm, attained on "
            f"{{{self.stratum.polyhedron}}}; product of the layers' norms {self.layers_bound}"
        )


def lipschitz(f: Expression, ord: Any = 2, domain: Any = None) -> sympy.Expr:
    r"""The best L with :math:`\|f(x) - f(y)\| \le L \|x - y\|` on a convex domain.

    It is the largest operator norm of the gradients of the full-dimensional strata.

    Parameters
    ----------
    f : Expression
        A function with a variables and b outputs.
    ord : 1, 2 or oo
        The norm in both spaces. ``"inf"`` and ``float("inf")`` will do for oo.
    domain : Polyhedron, str or mapping, optional
        A full-dimensional convex set.

    Returns
    -------
    Expr
        Rational for 1 and oo; for 2 the square root of a rational if a or b is 1, otherwise that
        of the largest root of det(λI - GᵀG), compared exactly.

    Raises
    ------
    PiecewiseError
        For another `ord`, or a domain without interior points.

    Examples
    --------
    Two kinks that tie at 0 bend towards each other: the slope is never 2.

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.lipschitz(mt.relu(x) - mt.relu(-x)), mt.lipschitz(mt.max(x, y) + x)
    (1, 2)
    """
    return lipschitz_report(f, ord, domain).constant


def lipschitz_report(f: Expression, ord: Any = 2, domain: Any = None) -> LipschitzReport:
    """The constant of :func:`lipschitz`, the stratum that attains it, and the layers' bound.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.lipschitz_report(mt.relu(x) - mt.relu(-x), 1)
    Lipschitz constant 1 in the 1-norm, attained on {x < 0}; product of the layers' norms 2
    """
    norm = read_ord(ord)
    cells = strata(f, domain)
    a = len(cells.names)
    gradients: dict[Matrix, Stratum] = {}
    for stratum in cells:
        if stratum.dimension == a:
            rows = cells.program.affine(stratum.label_keys, selected).outputs
            own: Any = tuple(tuple(map(Fraction, row[1:])) for row in rows)  # type: ignore[arg-type]
            gradients.setdefault(own, stratum)
    if not gradients:
        raise PiecewiseError(
            f"expected a full-dimensional domain, got {cells.domain}, which has no interior; give "
            "one with interior points"
        )
    matrix, constant = _largest(list(gradients), norm)
    entries = [to_rational(v) for row in matrix for v in row]
    gradient = sympy.ImmutableMatrix(len(matrix), a, entries)
    return LipschitzReport(f, norm, constant, gradients[matrix], gradient)


def read_ord(ord: Any) -> Any:
    """1, 2 or oo."""
    if ord in (1, 2):
        return int(ord)
    if ord == sympy.oo or ord == float("inf") or ord in ("inf", "oo"):
        return sympy.oo
    raise PiecewiseError(f"expected ord=1, 2 or oo, got {ord!r}; choose one of them")


def _largest(matrices: Sequence[Matrix], ord: Any) -> tuple[Matrix, sympy.Expr]:
    """The first matrix of largest norm."""
    if ord != 2:
        norms = [operator_norm(matrix, ord) for matrix in matrices]
        best = norms.index(max(norms))
        return matrices[best], to_rational(norms[best])
    squares = [gram_polynomial(matrix) for matrix in matrices]
    known: dict[tuple[Fraction, ...], int] = {}
    for index, square in enumerate(squares):
        known.setdefault(square, index)
    best_root, best = None, 0
    for square, index in known.items():
        root = LargestRoot(square)
        if best_root is None or root > best_root:
            best_root, best = root, index
    assert best_root is not None
    return matrices[best], sympy.sqrt(best_root.to_sympy())


def operator_norm(matrix: Matrix, ord: Any) -> Fraction:
    """The largest column sum of absolute values for 1, the largest row sum for oo."""
    lines = list(zip(*matrix, strict=True)) if ord == 1 else list(matrix)
    return max((sum(map(abs, line), Fraction(0)) for line in lines), default=Fraction(0))
