"""The grammar of the command line, of ``mt.parse`` and of conditions.

Text is data: it is cut into tokens, and the tokens are read by operator precedence with a stack
of open brackets. Python evaluates nothing and nothing recurses, so neither long sums nor deep
nesting can overflow.

    conditions  = all ("or" all)*
    all         = chain (("and" | ",") chain)*
    chain       = sum (("=" | "==" | "<" | "<=" | ">" | ">=") sum)+  |  "(" conditions ")"
    sum         = product (("+" | "-") product)*
    product     = unary (("*" | "/") unary)*
    unary       = ("+" | "-") unary | power
    power       = atom ("**" unary)?
    atom        = NUMBER | NAME | "(" sum ")" | call ("[" NUMBER "]")?
    call        = NAME "(" argument ("," argument)* ")"
    argument    = sum | "[" argument ("," argument)* "]" | NAME "=" rule

A lone ``=`` is a keyword only as ``NAME =`` at the start of a call's argument; every other one
is an equality.
"""

from __future__ import annotations

from typing import Any

from piecewise_mt.errors import ParseError
from piecewise_mt.functions.build.selection import of_comparisons
from piecewise_mt.functions.conditions import FALSE, TRUE, Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.reader import Reader, Triple

__all__ = ["Triple", "parse", "parse_condition", "parse_conditions", "parse_rule"]


def parse(text: str, *, ties: Any = None, at_zero: Any = None) -> Expression:
    """The expression that a text such as ``"max(y1, y2) - relu(y1)"`` writes.

    Parameters
    ----------
    text : str
        Names are variables, + - * / and ** (of which one side is a number) have their meaning,
        and numbers are exact: ``0.1`` is 1/10. The functions are

        - relu, abs, leaky_relu, clip, relu6, hardtanh, hardsigmoid, softshrink and
          piecewise_linear, with a rule such as ``at_zero=1/2``, ``at_edges=`` or ``at_breaks=``;
        - max, min, maximum, minimum, kth, median and sort, with a rule such as ``ties=first``;
        - norm1 and norm_inf, with ``at_zero=``, and ``ties=`` of the second;
        - where, of comparisons joined by ``and`` and ``or``, as in ``where(x > 0, x, 0)``;
        - exp, log, sin, cos, tanh, sigmoid, softplus, square, sqrt, softmax and logsumexp;
        - stack, for a vector.
    ties : str, weights, mapping or mt.mix(beta), optional
        The rule of every function with ties that does not state one; "free" by default.
    at_zero : number, SymPy symbol or "free", optional
        The same for the functions of one variable, where it also stands for ``at_edges`` and
        ``at_breaks``.

    Returns
    -------
    expression
        Of shape (), or of that of its ``stack``, ``sort`` or ``softmax``.

    Raises
    ------
    ParseError
        For a text outside the grammar, with the text and the offset of the place.
    PiecewiseError
        Whatever else the functions refuse; a note of the error shows the place.

    See Also
    --------
    mt.from_sympy : For SymPy expressions.
    mt.ParseError : With the place, and a caret under it.

    Examples
    --------
    The two conventions differ at the tie t = 0 only:

    >>> import piecewise_mt as mt
    >>> f = mt.parse("max(t, 2*t, ties=first) - max(t, 2*t, ties=last)")
    >>> f.gradient({"t": 0}), f.gradient({"t": "0.1"})
    (Matrix([[-1]]), Matrix([[0]]))
    """
    return Reader(text, ties, at_zero).expression()


def parse_conditions(text: str) -> list[Triple]:
    """The comparisons, all to be met, that a text such as ``"0 <= x < 1 and y = x"`` writes.

    Parameters
    ----------
    text : str
        Chains of = < <= > >=, joined by ``and`` or a comma.

    Returns
    -------
    list of (op, left, right)

    Raises
    ------
    ParseError
        With the text and the offset of the place.

    Examples
    --------
    >>> parse_conditions("x1 = x2 > max(x3, x4)")
    [('=', x1, x2), ('>', x2, max(x3, x4))]
    """
    found: list[Triple] = []
    for part in Reader(text, None, None).conditions():
        if not isinstance(part, tuple):
            raise ParseError(
                f"expected comparisons joined by 'and', got {text!r} with 'or'; give the parts of "
                "the union one by one",
                text,
                0,
            )
        found.append(part)
    return found


def parse_condition(text: str) -> Condition:
    """The condition that a text such as ``"0 <= x < 1 or x = y"`` writes; ``and`` binds first.

    Parameters
    ----------
    text : str
        As for :func:`parse_conditions`, joined by ``or``, in brackets where need be; or
        ``everywhere`` or ``nowhere``, as tables print them, or ``∅``.

    Raises
    ------
    ParseError
        With the text and the offset of the place.

    Examples
    --------
    >>> parse_condition("0 <= x < 1 or x = y")
    ((0 <= x) & (x < 1)) | (x = y)
    """
    words = {"everywhere": TRUE, "nowhere": FALSE, "∅": FALSE}
    if text.strip() in words:
        return words[text.strip()]
    return of_comparisons(Reader(text, None, None).conditions())


def parse_rule(text: str) -> Any:
    """A rule alone, as it stands after ``ties=`` or ``at_zero=``.

    Parameters
    ----------
    text : str
        For instance ``"first"``, ``"[1, 2]"``, ``"mix(1/2)"``, ``"0"`` or a parameter's name.

    Raises
    ------
    ParseError
        With the text and the offset of the place.
    """
    return Reader(text, None, None).rule()
