"""Sublevel sets, infima and where they are attained, decision boundaries."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.program import selected
from piecewise_mt.calculus.reduction import dot
from piecewise_mt.calculus.representation import represent
from piecewise_mt.calculus.sets import PolyhedralSet, level_set, zero_set
from piecewise_mt.calculus.strata import strata
from piecewise_mt.calculus.theorems import values_at
from piecewise_mt.errors import ShapeError
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.arithmetic import concat
from piecewise_mt.functions.builders import relu
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.rules import with_first_ties


def sublevel_set(f: Expression, c: Any = 0, domain: Any = None) -> PolyhedralSet:
    """The set {x : f(x) ≤ c} as disjoint polyhedra; for arrays, where every entry is.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> inside = mt.sublevel_set(abs(x), 1)
    >>> [inside.contains((v,)) for v in (-2, -1, 0, 1, 2)]
    [False, True, True, True, False]
    """
    own = with_first_ties(f - c).ravel()
    pieces = represent(concat([own, relu(own, at_zero="free")]), domain)
    found, dimension = [], -1
    for piece in pieces:
        point = [Fraction(int(v.p), int(v.q)) for v in piece.witness]
        if all(value <= 0 for value in values_at(own, pieces.names, point)):
            found.append(piece.polyhedron)
            dimension = max(dimension, piece.dimension)
    return PolyhedralSet(pieces.names, found, dimension)


def infimum(f: Expression, domain: Any = None) -> sympy.Expr:
    """The infimum of a scalar function over a domain, -oo if there is none.

    f is affine on every stratum, so vertices and rays decide. Whether it is attained,
    :func:`argmin` says; the supremum of f is ``-infimum(-f)``.

    Raises
    ------
    ShapeError
        If f is not scalar.

    Examples
    --------
    The tie is the minimum of ``abs(x - 1)``; on x > 1 it is not attained:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> f = abs(x - 1)
    >>> mt.infimum(f), mt.argmin(f), mt.argmin(f, "x > 1").is_empty, mt.infimum(-f)
    (0, PolyhedralSet({x = 1}), True, -oo)
    """
    if f.shape != ():
        raise ShapeError(f"expected a scalar function, got the shape {f.shape}; take one entry")
    cells = strata(f, domain)
    width = len(cells.names) + 1
    best: Fraction | None = None
    for stratum in cells:
        (form,) = cells.program.affine(stratum.label_keys, selected).outputs
        if any(dot(form, line[:width]) for line in cells.partition.cells.lines):
            return -sympy.oo
        for generator in stratum.generators:
            height = Fraction(dot(form, generator))
            if generator[0] == 0:
                if height < 0:
                    return -sympy.oo
                continue
            value = height / generator[0]
            best = value if best is None else min(best, value)
    assert best is not None
    return to_rational(best)


def argmin(f: Expression, domain: Any = None) -> PolyhedralSet:
    """The points of a domain where a scalar function is smallest; empty if there are none."""
    lowest = infimum(f, domain)
    if lowest == -sympy.oo:
        return PolyhedralSet(tuple(v.name for v in f.variables), [], -1)
    return level_set(f, lowest, domain)


def decision_boundary(f: Expression, g: Expression, domain: Any = None) -> PolyhedralSet:
    """The set {x : f(x) = g(x)} on which a classifier with these two scores is undecided.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.decision_boundary(mt.relu(x), y, "y > 0")
    PolyhedralSet({x = y > 0})
    """
    return zero_set(f - g, domain)
