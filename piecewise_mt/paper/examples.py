"""The examples of Després 2024 in the paper's order, every row derived by the engine.

B. Després, "A functional framework for nonsmooth autodiff with maxpooling functions"
(HAL hal-04846612, 2024; TMLR 2025). Errata are those of the text as it was transcribed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation, represent
from piecewise_mt.display.data import point_data
from piecewise_mt.display.pieces import pieces_table
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.interop.certificates.table import certificate
from piecewise_mt.interop.json import json_data
from piecewise_mt.paper.appendix import APPENDIX
from piecewise_mt.paper.checks import CHECKS, TABLE_POINTS
from piecewise_mt.paper.symbolic import SYMBOLIC
from piecewise_mt.typeset.latex_layout import PAGE_WIDTH, document
from piecewise_mt.typeset.tables import Table, latex_escape


@dataclass(frozen=True)
class Example:
    """One example: a heading, a remark, and the function as typed."""

    heading: str
    remark: str
    expression: str

    @property
    def function(self) -> Expression:
        return parse(self.expression)

    def represent(self) -> PolyhedralRepresentation:
        """Its pieces, derived anew."""
        return represent(self.function)


_MAX4 = "max(t, 2*t, 3*t, 4*t, ties={})"
EXAMPLES = (
    Example(
        "§2.1, w0 = 0",
        "A neuron whose weight is zero: every x is a tie of the ReLU, and the chain rule gives "
        "z times 0, so the undetermined z does not matter.",
        "relu(0*x)",
    ),
    Example(
        "§2.1, w0 = 2",
        "A nonzero weight: the tie is the one point x = 0, where z stays free.",
        "relu(2*x)",
    ),
    Example(
        "§2.2",
        "The paradox: (x, x) maps the whole line into the tie P3 = {y1 = y2} of max, a null set "
        "where the gradient (z, 1 - z) is not determined; the product (14) is z + (1 - z) = 1.",
        "max(x, x)",
    ),
    Example(
        "§4.1",
        "The family of ReLU derivatives: the breakpoint is a piece of its own with slope z.",
        "relu(x)",
    ),
    Example(
        "§4.2",
        "Max of two. On P3 the gradient has one free parameter; its entries sum to 1, (15). "
        "Erratum of the transcription: P1 and P2 are swapped against f1 and f2.",
        "max(y1, y2)",
    ),
    Example(
        "§4.3, (17) and (18)",
        "Max of four, a tie going to the first operand: four half-open pieces.",
        "max(x1, x2, x3, x4, ties=first)",
    ),
    Example(
        "§4.3, (19) and (20)",
        "Max of four, ties averaged: fifteen pieces, one for each argmax set. Erratum of the "
        "transcription: (20) says x_i = 0 for y_i = 0.",
        "max(x1, x2, x3, x4, ties=average)",
    ),
    Example(
        "§4.3, Table 2",
        "The same maximum under the two rules, subtracted: zero everywhere, but at t = 0 the "
        "first weights minus the average ones give 1 - 5/2.",
        f"{_MAX4.format('first')} - {_MAX4.format('average')}",
    ),
    Example(
        "§4.4, Table 3",
        "One rule, operands exchanged: (1, 0)·(1, 4) - (1, 0)·(4, 1) = 1 - 4 at t = 0. Erratum "
        "of the transcription: the second product is the one given here.",
        "max(t, 4*t, ties=first) - max(4*t, t, ties=first)",
    ),
)


def render(form: str = "text") -> str:
    """All examples and checks in one of the forms text, markdown, latex (a document) or json."""
    if form == "json":
        data: dict[str, object] = {"examples": list(map(_data, EXAMPLES))}
        for name, own in (("checks", CHECKS), ("symbolic", SYMBOLIC), ("appendix", APPENDIX)):
            data[name] = [{"heading": c.heading, "text": c.make().to_text()} for c in own]
        return json.dumps(data, indent=2)
    writers: dict[str, Callable[[str, str, Table], str]] = {
        "text": _text_block,
        "markdown": _markdown_block,
        "latex": _latex_block,
    }
    if form not in writers:
        raise PiecewiseError(
            f"expected text, markdown, latex or json as the format, got {form!r}; choose one"
        )
    write = writers[form]
    blocks = [write(e.heading, e.remark, pieces_table(e.represent())) for e in EXAMPLES]
    blocks += [write(c.heading, c.remark, c.make()) for c in (*CHECKS, *SYMBOLIC, *APPENDIX)]
    if form == "latex":
        return document("\n".join(blocks), r"The examples of Despr\'es 2024, derived")
    return "\n\n\n".join(blocks)


def write_certificates(folder: str | Path) -> list[str]:
    """Write a certificate of every example into a folder; the paths, in the paper's order."""
    own = Path(folder)
    own.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, example in enumerate(EXAMPLES, start=1):
        name = re.sub(r"[^0-9A-Za-z]+", "-", example.heading).strip("-")
        paths.append(own / f"{number:02}-{name}.json")
        certificate(example.represent(), paths[-1])
    return [str(path) for path in paths]


def _text_block(heading: str, remark: str, table: Table) -> str:
    wrapped = fill(remark, 96, initial_indent="  ", subsequent_indent="  ")
    return f"{heading}\n{wrapped}\n\n{table.to_text()}"


def _markdown_block(heading: str, remark: str, table: Table) -> str:
    return f"## {heading}\n\n{remark}\n\n{table.to_markdown()}"


def _latex_block(heading: str, remark: str, table: Table) -> str:
    head, text = _mathematics(heading), _mathematics(remark)
    return f"\\subsection*{{{head}}}\n{text}\n\n\\nopagebreak\n{table.to_latex(PAGE_WIDTH)}\n"


_SYMBOL = re.compile(
    r"\b([Pf])([0-9])\b|\b([wxy])([0-9])\b|\b([xy])_i\b|\b(epsilon)\b"
    r"|1/sqrt\((\d+)\)|\{(w [=<>] 0)\}"
)


def _mathematics(text: str) -> str:
    r"""Words for LaTeX, with the symbols in them as formulas.

    >>> _mathematics("P3 = {y1 = y2}")
    '$P^{3}$ = \\{$y_{1}$ = $y_{2}$\\}'
    >>> print(_mathematics("1/sqrt(2) on {w = 0}"))
    $1/\sqrt{2}$ on $\{w = 0\}$
    """
    parts = []
    last = 0
    for match in _SYMBOL.finditer(text):
        parts.append(latex_escape(text[last : match.start()]))
        piece, number, variable, index, entry, epsilon, root, zero = match.groups()
        if piece:
            parts.append(f"${piece}^{{{number}}}$")
        elif variable:
            parts.append(f"${variable}_{{{index}}}$")
        elif entry:
            parts.append(f"${entry}_{{i}}$")
        elif epsilon:
            parts.append(r"$\varepsilon$")
        else:
            parts.append(rf"$1/\sqrt{{{root}}}$" if root else rf"$\{{{zero}\}}$")
        last = match.end()
    return "".join([*parts, latex_escape(text[last:])])


def _data(example: Example) -> dict[str, object]:
    data: dict[str, object] = {
        "heading": example.heading,
        "remark": example.remark,
        "representation": json_data(example.represent()),
    }
    if "t" in {variable.name for variable in example.function.variables}:
        data["points"] = [point_data(example.function, {"t": t}) for t in TABLE_POINTS]
    return data
