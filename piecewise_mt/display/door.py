"""The one door through which results show themselves: tables, LaTeX, pictures, pages.

Results are data; what shows them is above, and is imported here, inside functions, and nowhere
else in the rooms below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piecewise_mt.typeset.tables import Cell, Table


def pieces_table(representation: Any, limit: int | None = None) -> Table:
    """See :func:`piecewise_mt.display.pieces.pieces_table`."""
    from piecewise_mt.display.pieces import pieces_table as show

    return show(representation, limit)


def strata_table(strata: Any, limit: int | None = None) -> Table:
    """See :func:`piecewise_mt.display.pieces.strata_table`."""
    from piecewise_mt.display.pieces import strata_table as show

    return show(strata, limit)


def piece_latex(piece: Any) -> str:
    """See :func:`piecewise_mt.display.pieces.piece_latex`."""
    from piecewise_mt.display.pieces import piece_latex as show

    return show(piece)


def cases_table(representation: Any, limit: int | None = None) -> Table:
    """See :func:`piecewise_mt.display.cases.cases_table`."""
    from piecewise_mt.display.cases import cases_table as show

    return show(representation, limit)


def cases_latex(*arguments: Any, **keywords: Any) -> str:
    """See :func:`piecewise_mt.display.cases.cases_latex`."""
    from piecewise_mt.display.cases import cases_latex as show

    return show(*arguments, **keywords)


def cases_page(*arguments: Any, **keywords: Any) -> str:
    """See :func:`piecewise_mt.display.cases.cases_page`."""
    from piecewise_mt.display.cases import cases_page as show

    return show(*arguments, **keywords)


def report_table(report: Any) -> Table:
    """See :func:`piecewise_mt.display.reports.report_table`."""
    from piecewise_mt.display.reports import report_table as show

    return show(report)


def audit_table(audit: Any) -> Table:
    """See :func:`piecewise_mt.display.audits.audit_table`."""
    from piecewise_mt.display.audits import audit_table as show

    return show(audit)


def local_table(analysis: Any) -> Table:
    """See :func:`piecewise_mt.display.local.local_table`."""
    from piecewise_mt.display.local import local_table as show

    return show(analysis)


def clarke_cell(clarke: Any) -> Cell | None:
    """See :func:`piecewise_mt.display.local.clarke_cell`."""
    from piecewise_mt.display.local import clarke_cell as show

    return show(clarke)


def artifacts_table(artifacts: Any) -> Table:
    """See :func:`piecewise_mt.display.local.artifacts_table`."""
    from piecewise_mt.display.local import artifacts_table as show

    return show(artifacts)


def critical_table(points: Any) -> Table:
    """See :func:`piecewise_mt.display.local.critical_table`."""
    from piecewise_mt.display.local import critical_table as show

    return show(points)


def lipschitz_table(report: Any) -> Table:
    """See :func:`piecewise_mt.display.local.lipschitz_table`."""
    from piecewise_mt.display.local import lipschitz_table as show

    return show(report)


def condition_15_text(condition: Any) -> str:
    """See :func:`piecewise_mt.display.derivation.factors.condition_15_text`."""
    from piecewise_mt.display.derivation.factors import condition_15_text as show

    return show(condition)


def condition_15_latex(condition: Any) -> str:
    """See :func:`piecewise_mt.display.derivation.factors.condition_15_latex`."""
    from piecewise_mt.display.derivation.factors import condition_15_latex as show

    return show(condition)


def conditions_15_table(conditions: Any) -> Table:
    """See :func:`piecewise_mt.display.derivation.factors.conditions_15_table`."""
    from piecewise_mt.display.derivation.factors import conditions_15_table as show

    return show(conditions)


def conditions_15_latex(conditions: Any) -> str:
    """See :func:`piecewise_mt.display.derivation.factors.conditions_15_latex`."""
    from piecewise_mt.display.derivation.factors import conditions_15_latex as show

    return show(conditions)


def chain_rule_table(chain: Any) -> Table:
    """See :func:`piecewise_mt.display.derivation.factors.chain_rule_table`."""
    from piecewise_mt.display.derivation.factors import chain_rule_table as show

    return show(chain)


def chain_rule_latex(chain: Any) -> str:
    """See :func:`piecewise_mt.display.derivation.factors.chain_rule_latex`."""
    from piecewise_mt.display.derivation.factors import chain_rule_latex as show

    return show(chain)


def draw_clarke(clarke: Any, ax: Any, parameters: Any) -> Any:
    """See :func:`piecewise_mt.display.plots.polytope.draw_clarke`."""
    from piecewise_mt.display.plots.polytope import draw_clarke as show

    return show(clarke, ax, parameters)


def draw_barcode(persistence: Any, ax: Any) -> Any:
    """See :func:`piecewise_mt.display.plots.topology.draw_barcode`."""
    from piecewise_mt.display.plots.topology import draw_barcode as show

    return show(persistence, ax)


def draw_components(*arguments: Any) -> Any:
    """See :func:`piecewise_mt.display.plots.topology.draw_components`."""
    from piecewise_mt.display.plots.topology import draw_components as show

    return show(*arguments)


def representation_latex(*arguments: Any, **keywords: Any) -> str:
    """See :func:`piecewise_mt.display.latex_styles.representation_latex`."""
    from piecewise_mt.display.latex_styles import representation_latex as show

    return show(*arguments, **keywords)


def plot(*arguments: Any, **keywords: Any) -> Any:
    """See :func:`piecewise_mt.display.plots.plot.plot`."""
    from piecewise_mt.display.plots.plot import plot as show

    return show(*arguments, **keywords)


def page(*arguments: Any, **keywords: Any) -> str:
    """See :func:`piecewise_mt.display.page.page`."""
    from piecewise_mt.display.page import page as show

    return show(*arguments, **keywords)


def picture(*arguments: Any, **keywords: Any) -> str:
    """See :func:`piecewise_mt.display.svg.picture.picture`."""
    from piecewise_mt.display.svg.picture import picture as show

    return show(*arguments, **keywords)
