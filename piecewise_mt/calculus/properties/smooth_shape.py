"""Which of the ways to decide the shape of a function with smooth nodes is its own."""

from __future__ import annotations

from collections.abc import Sequence

from piecewise_mt.calculus.partition.strata import PolyhedralStrata
from piecewise_mt.calculus.properties.quadratic_faces import QuadraticFaces, higher_degree
from piecewise_mt.calculus.properties.quadratic_shape import convexity, growth
from piecewise_mt.calculus.properties.shape_verdict import ShapeVerdict


def smooth_convexity(cells: PolyhedralStrata) -> ShapeVerdict:
    """Whether a scalar function with smooth nodes is convex on a full-dimensional domain.

    Raises
    ------
    Unsupported
        If it is no polynomial on every stratum.
    """
    faces = QuadraticFaces.of(cells)
    if faces is not None:
        return convexity(faces)
    raise higher_degree(cells)


def smooth_growth(cells: PolyhedralStrata, places: Sequence[int]) -> ShapeVerdict:
    """Whether it does not decrease in the variables at these places.

    Raises
    ------
    Unsupported
        If it is no polynomial on every stratum.
    """
    faces = QuadraticFaces.of(cells)
    if faces is not None:
        return growth(faces, places)
    raise higher_degree(cells)
