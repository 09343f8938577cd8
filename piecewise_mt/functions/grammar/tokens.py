"""Tokens, limits and the functions of the grammar."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from piecewise_mt.errors import ParseError, Unsupported
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import MAX_DIGITS, to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.build import arithmetic, builders, extrema, layers, order, smooth_nodes
from piecewise_mt.functions.other_names import meant

MAX_LENGTH = 100_000
"""The longest text, in characters."""
MAX_NESTING = 200
"""How many brackets may be open at a time."""
SIGN = 3
"""The precedence of a sign: above * and /, below **."""
COMPARISONS = ("=", "==", "<", "<=", ">", ">=")
NAMED_TIES = ("free", "first", "last", "average")
_MAX_NAME = 1000
_MAX_BITS = MAX_DIGITS * 3322 // 1000
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*)|(?P<op>\*\*|<=|>=|==|[-+*/()\[\],=<>])"
)
_SPACE = re.compile(r"\s*")
_SAME_AS = {"≤": "<=", "≥": ">=", "−": "-", "·": "*"}
_REMEDIES = {
    ".": "attributes do not exist here, and a number needs a digit",
    "'": "strings do not exist here",
    '"': "strings do not exist here",
    "^": "write ** for a power of a number",
    "!": "write conditions with = < <= > >=",
    "&": "join conditions with 'and'",
    "{": "write lists with square brackets",
    ":": "slices, lambdas and assignments do not exist here",
}


class Token(NamedTuple):
    """A piece of the text: its kind (number, name, op or end), characters and offset."""

    kind: str
    text: str
    position: int

    def shown(self) -> str:
        """The token for a message."""
        return "the end of the text" if self.kind == "end" else repr(shortened(self.text))


class Call(NamedTuple):
    """What a function of the grammar takes."""

    build: Callable[..., Any]
    least: int
    most: int
    keywords: tuple[str, ...]
    """The keyword of the tie rule first."""
    usage: str
    expressions: int = 10**6
    """The arguments from this position on are numbers or lists of numbers."""


CALLS: dict[str, Call] = {
    "relu": Call(builders.relu, 1, 1, ("at_zero",), "relu(x, at_zero=free)"),
    "abs": Call(builders.abs, 1, 1, ("at_zero",), "abs(x, at_zero=free)"),
    "leaky_relu": Call(
        builders.leaky_relu, 2, 2, ("at_zero",), "leaky_relu(x, slope, at_zero=free)", 1
    ),
    "clip": Call(builders.clip, 3, 3, ("at_edges",), "clip(x, lo, hi, at_edges=free)", 1),
    "relu6": Call(layers.relu6, 1, 1, ("at_edges",), "relu6(x, at_edges=free)"),
    "hardtanh": Call(layers.hardtanh, 1, 3, ("at_edges",), "hardtanh(x, lo, hi, at_edges=free)", 1),
    "hardsigmoid": Call(layers.hardsigmoid, 1, 1, ("at_edges",), "hardsigmoid(x, at_edges=free)"),
    "softshrink": Call(
        layers.softshrink, 1, 2, ("at_edges",), "softshrink(x, lambd, at_edges=free)", 1
    ),
    "max": Call(extrema.max, 1, 10**6, ("ties",), "max(x, y, …, ties=free)"),
    "min": Call(extrema.min, 1, 10**6, ("ties",), "min(x, y, …, ties=free)"),
    "maximum": Call(extrema.maximum, 2, 2, ("ties",), "maximum(x, y, ties=free)"),
    "minimum": Call(extrema.minimum, 2, 2, ("ties",), "minimum(x, y, ties=free)"),
    "kth": Call(order.kth, 2, 2, ("ties",), "kth([x, y, …], k, ties=free)", 1),
    "median": Call(order.median, 1, 1, ("ties",), "median(x, y, …, ties=free)"),
    "sort": Call(order.sort, 1, 1, ("ties",), "sort(x, y, …, ties=free)"),
    "norm1": Call(layers.norm1, 1, 1, ("at_zero",), "norm1(x, y, …, at_zero=free)"),
    "norm_inf": Call(
        layers.norm_inf, 1, 1, ("ties", "at_zero"), "norm_inf(x, y, …, ties=free, at_zero=free)"
    ),
    "where": Call(extrema.where, 3, 3, (), "where(x > y, a, b)"),
    "piecewise_linear": Call(
        builders.piecewise_linear,
        3,
        3,
        ("at_breaks", "at"),
        "piecewise_linear(x, [breakpoints], [slopes], at_breaks=free)",
        1,
    ),
    **{
        function.__name__: Call(function, 1, 1, (), f"{function.__name__}(x)")
        for function in (
            smooth_nodes.exp,
            smooth_nodes.log,
            smooth_nodes.sin,
            smooth_nodes.cos,
            smooth_nodes.tanh,
            smooth_nodes.sigmoid,
            smooth_nodes.softplus,
            smooth_nodes.square,
        )
    },
    **{
        function.__name__: Call(function, 1, 1, (), f"{function.__name__}([x, y, …])")
        for function in (smooth_nodes.softmax, smooth_nodes.logsumexp)
    },
    "sqrt": Call(smooth_nodes.sqrt, 1, 1, (), "sqrt(x)"),
    "stack": Call(arithmetic.stack, 1, 1, (), "stack([x, y, …])"),
}


def shortened(text: str, limit: int = 40) -> str:
    """`text`, cut with … after `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def suggestion(name: str, known: tuple[str, ...]) -> str:
    """Words for a message: what else a misspelt name may have meant."""
    own = meant(name, known)
    return f" (did you mean {own}?)" if own else ""


def tokenize(text: Any) -> list[Token]:
    """The tokens of a text, the last one of kind ``"end"``.

    Raises
    ------
    ParseError
        If the text is too long or has a character, a number or a name outside the grammar.
    """
    if not isinstance(text, str):
        raise ParseError(
            f"expected a text, got {type(text).__name__}; write for instance 'max(y1, y2)'"
        )
    if len(text) > MAX_LENGTH:
        raise ParseError(
            f"expected at most {MAX_LENGTH} characters, got {len(text)}; "
            "build the function in Python instead",
            text,
            MAX_LENGTH,
        )
    tokens: list[Token] = []
    position = _space_end(text, 0)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is not None:
            token = Token(str(match.lastgroup), match[0], position)
            position = match.end()
        elif text[position] in _SAME_AS:
            token = Token("op", _SAME_AS[text[position]], position)
            position += 1
        else:
            remedy = _REMEDIES.get(
                text[position], "the operators are + - * / ** ( ) [ ] , = < <= > >="
            )
            raise ParseError(
                f"expected a name, a number or an operator, got {text[position]!r}; {remedy}",
                text,
                position,
            )
        if token.kind == "name":
            _check_name(token, text)
        tokens.append(token)
        position = _space_end(text, position)
    tokens.append(Token("end", "", len(text)))
    return tokens


def _space_end(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return position if match is None else match.end()


def _check_name(token: Token, text: str) -> None:
    name = token.text
    if not name.isidentifier():  # x² would be normalised to the other name x2
        raise ParseError(
            f"expected a name of letters, digits and underscores, got {token.shown()}; "
            "write powers and indices in plain digits",
            text,
            token.position,
        )
    if name.startswith("__"):
        raise ParseError(
            f"expected a variable or a function, got {token.shown()}; "
            "names do not begin with two underscores here",
            text,
            token.position,
        )
    if keyword.iskeyword(name) and name not in ("and", "or", "None"):
        raise ParseError(
            f"expected a variable or a function, got Python's keyword {name!r}; "
            "choose another name, and write cases with where(x > y, a, b)",
            text,
            token.position,
        )
    if len(name) > _MAX_NAME:
        raise ParseError(
            f"expected a name of at most {_MAX_NAME} characters, got {len(name)}; shorten it",
            text,
            token.position,
        )


NUMBERS: tuple[Any, ...] = (Fraction, Algebraic)
"""The numbers of texts; typed so that what is one of them may go where Fractions do."""
MAX_POWER = 100


def root_power(base: Any, exponent: Fraction) -> Any:
    """A number to a power that is not whole, as a number; None if it is not one of a field.

    Examples
    --------
    >>> root_power(Fraction(8), Fraction(1, 3)), root_power(2, Fraction(1, 2))
    (Fraction(2, 1), Algebraic(sqrt(2)))
    """
    if not base or base < 0 or abs(exponent.numerator) > MAX_POWER:
        return None
    try:
        return to_number(sympy.Pow(to_rational(base), to_rational(exponent)))
    except Unsupported:
        return None


def calculate(operator: str, left: Any, right: Any) -> Any:
    """``left operator right`` of two numbers, or the words that say why there is none."""
    if operator == "+":
        result = left + right
    elif operator == "-":
        result = left - right
    elif operator == "*":
        result = left * right
    elif operator == "/":
        if not right:
            return "expected a nonzero divisor, got 0; divide by another number"
        result = left / right
    else:
        if isinstance(right, Algebraic) or right.denominator != 1:
            return f"expected a whole exponent, got {right}; powers here are of whole numbers"
        if not left and right < 0:
            return f"expected a nonzero base, got 0**({right}); change the base"
        if isinstance(left, Algebraic):
            if abs(right) > MAX_POWER:
                return f"expected an exponent up to {MAX_POWER}, got {right}; multiply it out"
            return left ** int(right)
        size = max(left.numerator.bit_length(), left.denominator.bit_length())
        # numbers of one bit, 0 and ±1, have all their powers
        if size > 1 and (size - 1) * abs(right) > _MAX_BITS:
            return (
                f"expected a power of at most {MAX_DIGITS} digits, got a larger one; "
                "use a smaller exponent"
            )
        exponent = int(right) if size > 1 else int(right) % 2 + 2 * (right != 0)
        result = left**exponent
    if isinstance(result, Fraction) and not fits(result):
        return (
            f"expected a number of at most {MAX_DIGITS} digits, got a longer one; "
            "use smaller numbers"
        )
    return result


def fits(value: Fraction) -> bool:
    """Whether a number has at most about :data:`MAX_DIGITS` digits."""
    return max(value.numerator.bit_length(), value.denominator.bit_length()) <= _MAX_BITS
