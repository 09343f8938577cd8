"""That there are no other strata of full dimension, without the enumeration that found them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.smooth_kinks import by_label
from piecewise_mt.geometry.relations import Related, related
from piecewise_mt.geometry.subdivision import subdivides

if TYPE_CHECKING:
    from piecewise_mt.calculus.partition.strata import PolyhedralStrata


def require_all(cells: PolyhedralStrata) -> None:
    """Refuse strata that are not shown to be all; only proofs that are verified ask for it.

    Raises
    ------
    ValueError
        If they are not.
    """
    if not are_all(cells):
        raise ValueError("the strata are not shown to be all that there are")


def are_all(cells: PolyhedralStrata) -> bool:
    """Whether the strata of the largest dimension cover the domain, and have their labels.

    Their labels are those of a point in each, by a pass over the nodes; what these say of the
    operands must hold at all generators of the stratum; and how the faces meet shows that nothing
    is left out. See :mod:`piecewise_mt.geometry.subdivision`.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> are_all(mt.relu(mt.max(x, y) - 1).strata())
    True
    """
    complex_ = cells.partition.cells
    top = len(complex_.levels) - 1
    said = cells.program.following(selected)
    conditions = {}
    for stratum in cells:
        if stratum.dimension < cells[0].dimension:
            break
        labels = stratum.label_keys
        if stratum._level != top or cells.program.labels_at(stratum.point) != labels:
            return False
        rows = [pair for own in said.rows(labels, by_label) for pair in own or ()]
        conditions[stratum._index] = [Related(tuple(row), relation) for row, relation in rows]
    domain = cells.domain
    dimension = len(cells.names) if domain is None else domain.dimension
    return subdivides(complex_, conditions, [] if domain is None else related(domain), dimension)
