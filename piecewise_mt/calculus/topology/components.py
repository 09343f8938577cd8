"""Connected components of polyhedral sets."""

from __future__ import annotations

from typing import Any

from piecewise_mt.calculus.topology.reading import Cells, Component, read_cells
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron


def connected_components(set: Any, domain: Any = None) -> list[PolyhedralSet]:
    """The connected components of a polyhedral set, in the order of its polyhedra.

    Polyhedra are convex, so each of those that the set was given or reported as lies in one
    component; of a condition they are the strata.

    Parameters
    ----------
    set : condition, PolyhedralSet, Polyhedron, stratum, piece, or a list of these (a union)
        As for :func:`betti`.
    domain : Polyhedron, str or mapping, optional
        A set to stay in, for a condition.

    Returns
    -------
    list of PolyhedralSet

    Raises
    ------
    NotPolyhedral
        If the set is curved.

    See Also
    --------
    mt.betti : Whose first number counts them.

    Examples
    --------
    Without the tie x = 0 a line is in two pieces:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.connected_components(mt.difference_set(abs(x), 0))
    [PolyhedralSet({x < 0}), PolyhedralSet({x > 0})]
    >>> [str(own) for own in mt.connected_components(abs(abs(x) - 2) <= 1, "x < 1")]
    ['{-3 <= x <= -1}']
    """
    return _components(read_cells(set, domain, coarse=True))


def _components(cells: Cells) -> list[PolyhedralSet]:
    found: dict[tuple[int, int], list[Polyhedron]] = {}
    dimensions: dict[tuple[int, int], int] = {}
    for polyhedron, number, place in cells.members():
        part = cells.parts[number]
        key = number, part.components[place]
        found.setdefault(key, []).append(polyhedron)
    for number, part in enumerate(cells.parts):
        for (level, _), component in part.components.items():
            key, own = (number, component), part.dimension_of(level)
            dimensions[key] = max(own, dimensions.get(key, -1))
    result = []
    for key, polyhedra in found.items():
        origin = None
        if cells.origin is not None:
            origin = Component(cells.origin, polyhedra[0].witness() or ())
        result.append(PolyhedralSet(cells.names, polyhedra, dimensions[key], origin))
    return result


def plot_components(
    set: Any, domain: Any = None, *, ax: Any = None, window: Any = None, at: Any = None
) -> Any:
    """A polyhedral set of one or two free variables with its components coloured, by matplotlib.

    Parameters
    ----------
    set : condition, PolyhedralSet, Polyhedron, stratum, piece, or a list of these (a union)
        As for :func:`betti`.
    domain : Polyhedron, str or mapping, optional
        A set to stay in, for a condition.
    ax : Axes, optional
        Where to draw; by default a new figure.
    window : sequence of (low, high), optional
        The part to draw; by default all vertices.
    at : mapping, optional
        Values for other variables. Components are those of the whole set, not of the section.

    Returns
    -------
    Axes

    See Also
    --------
    mt.connected_components : What is drawn.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> axes = mt.plot_components(abs(mt.max(abs(x), abs(y)) - 2) <= 1)
    >>> axes.get_title()
    '1 component'
    """
    from piecewise_mt.display.door import draw_components

    cells = read_cells(set, domain, coarse=True)
    return draw_components(_components(cells), cells.names, ax, window, at)
