"""A function and its rules, as texts on a command line or in a document."""

from __future__ import annotations

from typing import Any

import piecewise_mt as mt
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.atoms.ties import tie_rule
from piecewise_mt.functions.grammar.parser import parse_rule


def _rule(text: str | None, keyword: str) -> Any:
    """A rule given as an option, read by the same grammar as inside an expression."""
    if text is None:
        return None
    try:
        return parse_rule(text)
    except PiecewiseError as error:
        raise PiecewiseError(f"in --{keyword}: {error}") from error


def read_function(
    text: str, ties: str | None = None, at_zero: str | None = None, names: str | None = None
) -> mt.Expression:
    """The function of a text under rules for its ties, on a space of named variables.

    Examples
    --------
    >>> f = read_function("max(y1, y2)", ties="first", names="y2,y1")
    >>> f.variables, f.gradient([0, 0])
    ((y2, y1), Matrix([[0, 1]]))
    """
    rule, zero = _rule(ties, "ties"), _rule(at_zero, "at-zero")
    if rule is not None and not isinstance(rule, list):
        tie_rule(rule, 2)  # a misspelt rule is an error even where no max would use it
    f = mt.parse(text, ties=rule, at_zero=zero)
    return f if names is None else f.on(*mt.variables(names))
