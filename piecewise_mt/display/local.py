"""What ``f.at(x)``, artifacts and critical points show: tables of a few lines, at once."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

import sympy

from piecewise_mt.calculus.local.parameter_conditions import condition_cell
from piecewise_mt.errors import PiecewiseError, TooManyPieces, Undecided, Unsupported
from piecewise_mt.functions.traversal import topological
from piecewise_mt.typeset.affine import expression_latex, gradient_latex, gradient_text, latex_name
from piecewise_mt.typeset.conditions import condition_latex, condition_text
from piecewise_mt.typeset.tables import Cell, Column, Table

SHOWN = 8
"""So many units or matrices are listed."""
MOST_ENTRIES = 60
"""Matrices with more entries are counted, not written."""
LONGEST = 400
"""So are those whose text is longer."""
MOST_LIMITS = 200
"""Limits of gradients are listed for showing only if there are no more than this."""
REMADE = (
    "clarke", "products", "frechet", "mordukhovich", "slopes", "regularity_proof",
    "constrained_stationarity",
)  # fmt: skip
"""What goes back to the analysis that it was made for."""


def bounded(local: Any) -> Any:
    """The same analysis, which gives up rather than list many limits of gradients."""
    if "limits" in vars(local) or local.max_pieces <= MOST_LIMITS:
        return local
    made = copy.copy(local)
    made.max_pieces = MOST_LIMITS
    # what was made before would go back to the other one
    for name in REMADE:
        vars(made).pop(name, None)
    return made


def function_text(f: Any) -> str:
    """A function in at most 60 characters; of a large one, whose text takes long, only ``f``."""
    if sum(1 for _ in islice(topological(f), 200)) >= 200:
        return "f"
    text = " ".join(str(f).split())
    return text if len(text) <= 60 else "f"


def _matrix_cell(matrix: sympy.MatrixBase) -> Cell:
    rows = [list(matrix.row(i)) for i in range(matrix.rows)]
    if matrix.rows * matrix.cols <= MOST_ENTRIES:
        text = gradient_text(rows)
        if len(text) <= LONGEST:
            return Cell(text, partial(gradient_latex, rows))
    text = f"{matrix.rows}×{matrix.cols} matrix"
    return Cell(text, rf"{matrix.rows} \times {matrix.cols}\text{{ matrix}}")


def _matrices(matrices: Sequence[sympy.MatrixBase]) -> Cell:
    count = len(matrices)
    if not count:
        return Cell("∅", r"\emptyset")
    if matrices[0].rows * matrices[0].cols > MOST_ENTRIES:
        return Cell.plain(f"{count} of {matrices[0].rows}×{matrices[0].cols} entries")
    cells = [_matrix_cell(matrix) for matrix in matrices[:SHOWN]]
    text = ", ".join(cell.text for cell in cells)
    latex = r",\; ".join(cell.latex for cell in cells)
    if count > SHOWN:
        text += f", … and {count - SHOWN} more"
        latex += rf",\; \dots \text{{ and {count - SHOWN} more}}"
    return Cell(text, latex)


def _point(local: Any) -> Cell:
    pairs = list(zip(local.names, local.point, strict=True))[:SHOWN]
    more = len(local.names) > SHOWN
    text = ", ".join(f"{name} = {value}" for name, value in pairs) + (", …" if more else "")
    latex = r",\; ".join(f"{latex_name(name)} = {sympy.latex(value)}" for name, value in pairs)
    return Cell(text, latex + (r",\; \dots" if more else ""))


def _units(local: Any) -> Cell:
    units = local.active
    small = function_text(local.function) != "f"
    shown = [
        f"{unit.node if small else f'unit {unit.index + 1}'} at {unit.label}"
        for unit in units[:SHOWN]
    ]
    if len(units) > SHOWN:
        shown.append(f"… and {len(units) - SHOWN} more")
    return Cell.plain("; ".join(shown) or "none")


def local_table(local: Any) -> Table:
    """A point, its active units, limits of gradients, the subdifferentials, ∇̃f and its rung.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> print(local_table(mt.max(*mt.variables("x y"), ties="first").at((1, 1))))
    max(x, y, ties=first) near a point
    <BLANKLINE>
    quantity                  value
    ────────────────────────  ───────────────────────────────
    point                     x = 1, y = 1
    active nodes              max(x, y, ties=first) at {1, 2}
    limits of gradients       (0, 1), (1, 0)
    Clarke's vertices         (0, 1), (1, 0)
    Fréchet subdifferential   g1 + g2 = 1, g1 >= 0, g2 >= 0
    limiting subdifferential  {g1 + g2 = 1, g1 >= 0, g2 >= 0}
    Clarke's least norm       (1/2, 1/2)
    regular                   yes
    associated gradient       (1, 0)
    its rung                  bouligand
    """
    own = bounded(local)
    columns = [Column(Cell.plain("quantity")), Column(Cell.plain("value"))]
    title = f"{function_text(local.function)} near a point"
    return Table(title, columns, lambda: _rows(local, own))


def _rows(local: Any, own: Any) -> Iterator[list[Cell]]:
    yield [Cell.plain("point"), _point(local)]
    yield [Cell.plain("active nodes"), _units(local)]
    enclosure = getattr(local, "enclosure", None)
    if enclosure is not None:
        # one matrix, of which intervals are known
        yield [Cell.plain("value"), _enclosed(enclosure.value)]
        yield [Cell.plain("derivative"), _enclosed(enclosure.gradient)]
        return
    try:
        limits, vertices = _matrices(own.bouligand), _matrices(own.clarke.vertices)
    except TooManyPieces:
        limits = vertices = Cell.plain(f"more than {MOST_LIMITS}, not listed")
    except Undecided:
        limits, vertices = Cell.plain("undecided"), _vertices(own)
    yield [Cell.plain("limits of gradients"), limits]
    yield [Cell.plain("Clarke's vertices"), vertices]
    yield from _subdifferentials(own)
    rows, columns = local.shape
    if rows * columns > MOST_ENTRIES:  # of which nothing would be written, and which take long
        size = rf"{rows} \times {columns}\text{{ matrix}}"
        yield [Cell.plain("associated gradient"), Cell(f"{rows}×{columns} matrix", size)]
        return
    yield [Cell.plain("associated gradient"), _matrix_cell(local.gradient)]
    judgement = own.judge(local.gradient)
    yield [Cell.plain("its rung"), Cell.plain(str(judgement.rung))]
    if isinstance(judgement.refuted, sympy.logic.boolalg.Boolean):
        condition = judgement.refuted
        if condition not in (sympy.true, sympy.false):
            yield [Cell.plain("in Clarke's set iff"), condition_cell(condition)]


def _subdifferentials(own: Any) -> Iterator[list[Cell]]:
    """What a scalar function has besides; a row that is not supported is left out."""
    if own.shape[0] > 1:
        return
    questions: list[tuple[str, Callable[[], Cell]]] = [
        ("Fréchet subdifferential", lambda: _set(own.frechet)),
        ("limiting subdifferential", lambda: _set(own.mordukhovich)),
        ("Clarke's least norm", lambda: _matrix_cell(own.clarke.min_norm)),
    ]
    if own.on_boundary:
        questions += [
            ("normal cone", lambda: _set(own.normal_cone)),
            ("stationary on the domain", lambda: _answer(own.is_constrained_stationary)),
        ]
    else:
        questions.append(("regular", lambda: _answer(own.is_regular)))
    for name, ask in questions:
        try:
            cell = ask()
        except TooManyPieces:
            cell = Cell.plain("too many pieces to say")
        except Undecided:
            cell = Cell.plain("undecided")
        except PiecewiseError:  # not asked of a flat domain, or of irrational derivatives
            continue
        yield [Cell.plain(name), cell]


def _answer(holds: bool) -> Cell:
    return Cell.plain("yes" if holds else "no")


def _set(found: Any) -> Cell:
    if len(found.names) > SHOWN:
        dimension = found.dimension
        if dimension < 0:
            return Cell("∅", r"\emptyset")
        return Cell.plain(f"of dimension {dimension}")
    text = str(found)
    if len(text) > LONGEST:
        return Cell.plain(f"of dimension {found.dimension}")
    return Cell(text, found.to_latex())


def clarke_cell(clarke: Any) -> Cell | None:
    """Clarke's subdifferential by its vertices; None if they are too many, or not known."""
    local = clarke.analysis
    try:
        own = clarke if local is None else bounded(local).clarke
        cell = _matrices(own.vertices)
    except PiecewiseError:
        return None
    if not cell.math:
        return None
    return Cell(f"conv{{{cell.text}}}", rf"\operatorname{{conv}}\{{{cell.latex}\}}")


def _enclosed(array: Any) -> Cell:
    text = " ".join(str(array).split())
    return Cell.plain(text if len(text) <= LONGEST else f"{array.shape[0]}×{array.shape[1]} matrix")


def _vertices(own: Any) -> Cell:
    try:
        return _matrices(own.clarke.vertices)
    except Undecided:
        return Cell.plain("undecided")


def artifacts_table(artifacts: Any) -> Table:
    """The strata where the associated gradient is outside Clarke's subdifferential."""

    def rows() -> Iterator[list[Cell]]:
        groups = [("outside", artifacts), ("outside unless", artifacts.conditional)]
        for word, entries in [*groups, ("undecided", artifacts.undecided)]:
            for entry in entries:
                condition = entry.clarke_condition if word == "outside unless" else None
                detail = (
                    Cell.plain(str(entry.rung)) if condition is None else condition_cell(condition)
                )
                yield [_stratum(entry.stratum), Cell.plain(f"P{entry.alpha}"), Cell.plain(word),
                       detail]  # fmt: skip

    columns = [Column(Cell.plain(n)) for n in ("stratum", "piece", "Clarke's set", "rung or when")]
    count = len(artifacts)
    title = f"Artifacts: {count} {'stratum' if count == 1 else 'strata'}"
    title += f" of dimension {artifacts.dimension} or less" if count else ""
    return Table(title, columns, rows)


def critical_table(points: Any) -> Table:
    """Strata of stationary points with their kind and value, spurious ones after them."""

    def rows() -> Iterator[list[Cell]]:
        for entry in points.strata:
            value = "" if entry.value is None else str(entry.value)
            latex = "" if entry.value is None else expression_latex(entry.value)
            yield [_stratum(entry.stratum), Cell.plain(str(entry.kind)), Cell(value, latex)]
        for entry in points.spurious:
            yield [_stratum(entry.stratum), Cell.plain("spurious"), Cell.plain("")]

    columns = [Column(Cell.plain(name)) for name in ("stratum", "kind", "value")]
    count = len(points.strata)
    found = f"{count} {'stratum' if count == 1 else 'strata'}"
    title = f"Critical points: {found}, {len(points.spurious)} spurious"
    return Table(title, columns, rows)


def lipschitz_table(report: Any) -> Table:
    """The constant, where it is attained and by which gradient, and the layers' bound.

    Examples
    --------
    At the tie the slopes 1 and 0 meet; the layers' norms know nothing of that:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> print(lipschitz_table(mt.lipschitz_report(mt.relu(x) - mt.relu(x - 1), 1)))
    Lipschitz constant in the 1-norm
    <BLANKLINE>
    quantity                      value
    ────────────────────────────  ─────────
    constant                      1
    attained on                   0 < x < 1
    by the gradient               1
    product of the layers' norms  2
    """
    columns = [Column(Cell.plain("quantity")), Column(Cell.plain("value"))]

    def number(value: sympy.Expr) -> Cell:
        return Cell(str(value), partial(expression_latex, value))

    # a gradient that varies has the norm at some points of the piece, or tends to it
    varies = not report.is_bounded or bool(
        report.gradient.free_symbols & set(report.function.symbols)
    )
    rows = [
        [Cell.plain("constant" if report.is_best else "upper bound"), number(report.constant)],
        [Cell.plain("from the piece" if varies else "attained on"), _stratum(report.stratum)],
        [
            Cell.plain("with the gradient" if varies else "by the gradient"),
            _matrix_cell(report.gradient),
        ],
    ]
    with suppress(Unsupported):
        # smooth nodes have no norms
        rows.append([Cell.plain("product of the layers' norms"), number(report.layers_bound)])
    return Table(f"Lipschitz constant in the {report.ord}-norm", columns, rows)


def _stratum(stratum: Any) -> Cell:
    return Cell(condition_text(stratum.polyhedron), partial(condition_latex, stratum.polyhedron))
