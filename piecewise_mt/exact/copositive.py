"""Is a quadratic form ≥ 0 on an orthant? By faces, each a bowl or left along a slope.

References
----------
- J.-B. Hiriart-Urruty, A. Seeger, *A variational approach to copositive matrices*, SIAM Review 52,
  2010.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.exact.bowls import Bowl, shape_along
from piecewise_mt.exact.quadratics import Quadratic, Vector, dot

Matrix = Sequence[Sequence[Any]]


def negative_ray(matrix: Matrix) -> Vector | None:
    """Some x ≥ 0 with xᵀ A x < 0, None if there is none: A is copositive.

    Where the form has a direction of negative curvature on a face of the orthant, every point
    of the face goes down along it, or along the opposite one, to a smaller face; where it has
    none, the form is ≥ 0. So the faces that are not seen have nothing to add.

    Examples
    --------
    >>> negative_ray([[1, -1], [-1, 1]]) is None, negative_ray([[0, 1], [1, 0]]) is None
    (True, True)
    >>> x = negative_ray([[1, -2], [-2, 1]])
    >>> min(x) >= 0, x[0] ** 2 - 4 * x[0] * x[1] + x[1] ** 2 < 0
    (True, True)
    """
    n = len(matrix)
    form = Quadratic.form_of(matrix)
    todo = [tuple(range(n))]
    seen = set(todo)
    while todo:
        face = todo.pop()
        axes = [tuple(Fraction(int(i == j)) for i in range(n)) for j in face]
        shape = shape_along(form, axes)
        if isinstance(shape, Bowl):
            continue
        # 1 on one of the axes
        if all(v >= 0 for v in shape):
            return shape
        for j in face:
            smaller = tuple(i for i in face if i != j)
            if smaller not in seen:
                seen.add(smaller)
                todo.append(smaller)
    return None


def descent(slope: Sequence[Any], hessian: Matrix, rays: Sequence[Vector]) -> Vector | None:
    """A direction of a cone along which a quadratic falls at once; None if there is none.

    Then the apex is a local minimum on the cone (L. Contesse, 1980): no ray goes down to first
    order, and on those that are level the form is copositive.

    Parameters
    ----------
    slope, hessian
        The derivatives at the apex.
    rays : sequence of vectors
        What generates the cone.

    Examples
    --------
    x² - y² on the cones x ≥ |y| and y ≥ |x|:

    >>> hessian = [[2, 0], [0, -2]]
    >>> descent([0, 0], hessian, [(1, 1), (1, -1)]) is None
    True
    >>> x, y = descent([0, 0], hessian, [(1, 1), (-1, 1)])
    >>> abs(x) < y
    True
    """
    quadratic = Quadratic(Fraction(0), tuple(slope), tuple(map(tuple, hessian)))
    level = []
    for ray in rays:
        rise = dot(quadratic.linear, ray)
        if rise < 0:
            return tuple(ray)
        if not rise:
            level.append(ray)
    if not level:
        return None
    weights = negative_ray([[quadratic.curvature(r, s) for s in level] for r in level])
    if weights is None:
        return None
    return tuple(dot(weights, own) for own in zip(*level, strict=True))
