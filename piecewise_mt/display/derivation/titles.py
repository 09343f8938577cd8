"""A function in one formula, for the title of a document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import Program, SmoothUnit, compile_program
from piecewise_mt.display.derivation.units import Units, is_where, kind_of, where_latex
from piecewise_mt.display.latex_styles import (
    FUNCTIONS,
    Notation,
    arguments_latex,
    own_names,
    replaced,
    signed,
    unused_letter,
)
from piecewise_mt.display.pieces import counted, summary
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.typeset.affine import combination_latex, expression_latex, latex_name, space_latex
from piecewise_mt.typeset.conditions import condition_latex
from piecewise_mt.typeset.latex_layout import PAGE_WIDTH, latex_width
from piecewise_mt.typeset.tables import latex_escape

MOST_UNITS = 12
"""A function of more nodes is not written in a title."""
LONGEST = 200
"""Nor one whose text has more characters."""
WIDEST = 0.6 * PAGE_WIDTH
"""Points at the size of the text; a title is in larger letters."""


def function_latex(
    rep: Any,
    notation: Notation,
    arguments: Sequence[str] | None = None,
    program: Program | None = None,
) -> str | None:
    r"""A function in one formula; None if it is too long, or has nodes that need cases.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> print(function_latex((mt.max(y1, y2) - 2 * mt.relu(y1)).represent(), Notation()))
    $f(y_{1}, y_{2}) = \max(y_{1}, y_{2}) - 2 \max(0, y_{1})$
    """
    try:
        program = rep.strata.program if program is None else program
    except (PiecewiseError, AttributeError):
        return None  # somebody's own pieces, or cases of parameters
    if sum(1 for _ in program.ordered()) > MOST_UNITS or len(program.outputs) > MOST_UNITS:
        return None
    units = Units(program, PAGE_WIDTH)
    written = _nodes(units)
    if written is None:
        return None
    factors = [*map(latex_name, program.names), *written]
    outputs = [combination_latex(units.form(row), factors) for row in program.outputs]
    body = outputs[0] if rep.shape == () else f"({', '.join(outputs)})"
    names = rep.names if arguments is None else arguments
    found = f"{notation.function}{arguments_latex(names)} = {body}"
    return f"${found}$" if latex_width(found) <= WIDEST else None


def title_latex(rep: Any) -> str:
    r"""The title of a table of pieces, as :func:`summary` says it, with the function typeset.

    It is the text where the function is too long for one formula, or one of its variables has
    the letter f.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> print(title_latex(mt.max(*mt.variables("w b")).on("w", "b").represent("w >= 0")))
    $f(w, b) = \max(w, b)$ on $\{w \geq 0\}$: 3 pieces
    """
    text = latex_escape(summary(rep))
    if getattr(rep, "of", None) is None or unused_letter(own_names(rep), FUNCTIONS) != "f":
        return text
    name = str(rep.of)
    if len(rep.names) > 4 or len(name) > LONGEST or not rep.title.startswith(name):
        return text
    try:
        program = compile_program(rep.of)
    except PiecewiseError:
        return text  # parameters
    found, rules = function_latex(rep, Notation(), program=program), _rules(program, name)
    if found is None or rules is None:
        return text
    where = space_latex(len(rep.names))
    if isinstance(rep.domain, Polyhedron):
        where = rf"\{{{condition_latex(rep.domain)}\}}"
    elif rep.domain is not None:
        where = rep.domain.to_latex()
    rest = latex_escape(rep.title[len(name) :])  # how it was merged, or what was put in
    return f"{found}{rules}{rest} on ${where}$: {counted(len(rep), 'piece', 'pieces')}"


_RULE = re.compile(r"\b(ties|at_zero|at_edges|at_breaks)=([\w/-]+)")


def _rules(program: Program, text: str) -> str | None:
    """The tie rules, which a formula does not show; None if not all nodes have them."""
    found = _RULE.findall(text)
    rules = dict.fromkeys(f"{key}={value}" for key, value in found)
    atoms = [u for _, u in program.ordered() if not isinstance(u, SmoothUnit)]
    count = sum(not is_where(unit.atom) for unit in atoms)
    if not found and "=" not in re.sub(r"[<>]=", "", text):
        return ""
    if len(found) != count or len(rules) != len({key for key, _ in found}):
        return None
    return "".join(f", \\texttt{{{latex_escape(rule)}}}" for rule in rules)


def _nodes(units: Units) -> list[str] | None:
    """Every node with those that it reads written out; None if one cannot be."""
    start = len(units.names)
    written: list[str] = []
    smooth: set[int] = set()
    for place, (_, unit) in enumerate(units.ordered):
        factors = [*map(latex_name, units.names), *written]
        factors += [""] * (len(units.slot_names) - len(factors))
        if isinstance(unit, SmoothUnit):
            symbols = [sympy.Integer(1), *(sympy.Symbol(name) for name in units.slot_names)]
            operands = [
                sympy.Add(*(to_rational(c) * s for c, s in zip(units.form(row), symbols) if c))
                for row in unit.operands
            ]
            inner = {
                latex_name(units.slot_names[start + k]): (
                    rf"\left({own}\right)" if k in smooth else own
                )
                for k, own in enumerate(written)
            }
            written.append(replaced(expression_latex(unit.function.at(operands)), inner))
            smooth.add(place)
            continue
        kind = kind_of(unit.atom)
        texts = [combination_latex(units.form(row), factors) for row in unit.operands]
        if is_where(unit.atom):
            written.append(where_latex(unit.atom.parameters[0], texts))
        elif kind == "other":
            return None
        elif kind == "abs":
            written.append(f"|{signed(texts[0])}|")
        elif kind == "relu":
            written.append(rf"\max(0, {texts[0]})")
        else:
            written.append(f"{units.called(unit.atom)}({', '.join(texts)})")
        if latex_width(written[-1]) > WIDEST:
            return None
    return written
