"""Formulas as SymPy prints them, read as SymPy expressions: what a table or a file holds.

The grammar of :mod:`piecewise_mt.functions.grammar.parser` makes nodes of a function; a formula on
one piece may also hold roots, π and e. Text is data here, too: it is cut into the same tokens, read
with a stack, so nothing is evaluated and nothing recurses.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy

from piecewise_mt.errors import ParseError, PiecewiseError
from piecewise_mt.exact.numbers import as_fraction, number_from_text, to_rational
from piecewise_mt.functions.grammar.tokens import (
    MAX_NESTING,
    SIGN,
    Token,
    calculate,
    fits,
    tokenize,
)

FUNCTIONS = {
    function.__name__: function
    for function in (
        sympy.exp,
        sympy.log,
        sympy.sin,
        sympy.cos,
        sympy.tan,
        sympy.sinh,
        sympy.cosh,
        sympy.tanh,
        sympy.atan,
        sympy.asinh,
        sympy.erf,
        sympy.erfc,
        sympy.sqrt,
    )
}
"""The functions that a C¹ formula may have."""
NUMBERS = {"pi": sympy.pi, "E": sympy.E}
MAX_EXPONENT = 10_000
_BINARY = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_BRACKETS = {"(": ")", "[": "]"}


@dataclass
class _Frame:
    """An open bracket, with what has been read in it."""

    function: str = ""
    values: list[sympy.Expr] = field(default_factory=list)
    operators: list[tuple[int, Token]] = field(default_factory=list)


def formula_from_text(text: str) -> sympy.Expr:
    """The SymPy expression that a formula such as ``"z*exp(x)/2 + sqrt(2)"`` writes.

    Symbols are ``Symbol(name, real=True)``; numbers are exact.

    Raises
    ------
    ParseError
        For a text that is no formula, with the offset of the place.

    Examples
    --------
    >>> formula_from_text("sqrt(2)*x**2/(2*E) - 0.1")
    sqrt(2)*x**2*exp(-1)/2 - 1/10
    """
    tokens = tokenize(text)
    frames = [_Frame()]
    operand = True
    for index, token in enumerate(tokens):
        frame = frames[-1]
        if operand:
            if token.text in ("+", "-"):
                frame.operators.append((SIGN, token))
            elif token.text == "(":
                if index and tokens[index - 1].text in FUNCTIONS:
                    frames.append(_Frame(tokens[index - 1].text))
                else:
                    frames.append(_Frame())
                if len(frames) > MAX_NESTING:
                    raise _refused(text, token, f"at most {MAX_NESTING} nested brackets", "more")
            elif token.text in FUNCTIONS:
                if tokens[index + 1].text != "(":
                    raise _refused(text, token, f"{token.text}(…)", "its name alone")
            elif token.kind in ("number", "name"):
                frame.values.append(_atom(text, token))
                operand = False
            else:
                raise _refused(text, token, "a number, a name or '('", token.shown())
        elif token.text in _BINARY:
            level = _BINARY[token.text]
            # ** groups to the right, the others to the left; a sum is made at once, at its end
            _reduce(text, frame, level + (level == 1 or token.text == "**"))
            frame.operators.append((level, token))
            operand = True
        elif token.text == ")" and len(frames) > 1:
            _sum(text, frame)
            frames.pop()
            value = frame.values.pop()
            if frame.function:
                value = FUNCTIONS[frame.function](value)
            frames[-1].values.append(value)
        elif token.kind == "end" and len(frames) == 1:
            _sum(text, frame)
        else:
            raise _refused(text, token, "an operator or the end of the formula", token.shown())
    return frames[0].values[0]


def items_of(text: str, bracket: str) -> list[str] | None:
    """The texts between the commas of ``"[a, b]"`` or ``"(a, b)"``, None if it is no list.

    Examples
    --------
    >>> items_of("[x, max(x, y)]", "["), items_of("(a) + (b)", "(")
    (['x', 'max(x, y)'], None)
    """
    body = text.strip()
    if body[:1] != bracket or body[-1:] != _BRACKETS[bracket]:
        return None
    depth = 0
    items = [""]
    for place, letter in enumerate(body):
        depth += (letter in _BRACKETS) - (letter in _BRACKETS.values())
        if not depth and place < len(body) - 1:
            return None
        if letter == "," and depth == 1:
            items.append("")
        elif 0 < place < len(body) - 1:
            items[-1] += letter
    return [item.strip() for item in items]


def _refused(text: str, token: Token, wanted: str, got: str) -> ParseError:
    return ParseError(
        f"expected {wanted}, got {got}; write a formula of +, -, *, /, ** and the functions "
        f"{', '.join(FUNCTIONS)}",
        text,
        token.position,
    )


def _atom(text: str, token: Token) -> sympy.Expr:
    if token.kind == "number":
        try:
            value = number_from_text(token.text)
        except PiecewiseError as error:
            raise ParseError(str(error), text, token.position) from error
        if not fits(value):
            raise _refused(text, token, "a shorter number", token.shown())
        return to_rational(value)
    if token.text in NUMBERS:
        return NUMBERS[token.text]
    if token.text in ("I", "nan", "oo", "zoo", "inf", "infinity", "None", "and", "or"):
        raise _refused(text, token, "a real number or a variable", token.shown())
    return sympy.Symbol(token.text, real=True)


def _reduce(text: str, frame: _Frame, precedence: int) -> None:
    """Apply the pending operators that bind at least as tightly as `precedence`."""
    while frame.operators and frame.operators[-1][0] >= precedence:
        level, token = frame.operators.pop()
        right = frame.values.pop()
        if level == SIGN:
            frame.values.append(-right if token.text == "-" else right)
            continue
        left = frame.values.pop()
        frame.values.append(_combined(text, token, left, right))


def _sum(text: str, frame: _Frame) -> None:
    """The value of a bracket: its terms added up, once for all."""
    _reduce(text, frame, 2)
    if not frame.operators:
        return
    signs = [1, *(-1 if token.text == "-" else 1 for _, token in frame.operators)]
    total = sympy.Add(*(value if s > 0 else -value for s, value in zip(signs, frame.values)))
    _require_fit(text, frame.operators[-1][1], total)
    frame.values[:] = [total]
    frame.operators.clear()


def _require_fit(text: str, token: Token, value: sympy.Expr) -> None:
    """Refuse a coefficient that nobody reads."""
    first = value if value.is_Rational else value.args[0] if value.args else value
    if first.is_Rational and not fits(as_fraction(first)):
        raise _refused(text, token, "shorter numbers", "one of too many digits")


def _combined(text: str, token: Token, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
    if left.is_Rational and right.is_Rational and (token.text != "**" or right.is_Integer):
        a, b = (as_fraction(value) for value in (left, right))
        result = calculate(token.text, a, b)
        if isinstance(result, str):
            raise ParseError(result, text, token.position)
        return to_rational(result)
    if token.text in ("*", "/"):
        if token.text == "/" and right == 0:
            raise _refused(text, token, "a nonzero divisor", "0")
        found = left * right if token.text == "*" else left / right
        _require_fit(text, token, found)
        return found
    if right.is_Rational and max(abs(int(right.p)), int(right.q)) > MAX_EXPONENT:
        raise _refused(text, token, f"an exponent of numbers up to {MAX_EXPONENT}", str(right))
    if left.is_number and left.is_positive is not True and not right.is_Integer:
        raise _refused(text, token, "a positive base", str(left))
    if left == 0 and right.is_positive is not True:
        raise _refused(text, token, "a nonzero base", "0")
    return left**right
