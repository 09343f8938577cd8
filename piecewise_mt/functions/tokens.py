"""Text cut into the tokens of the grammar; whatever is no token is an error with its place."""

from __future__ import annotations

import re
from typing import NamedTuple

from piecewise_mt.errors import ParseError

MAX_LENGTH = 200_000
"""The longest text that is read."""

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*)|(?P<op>\*\*|<=|>=|==|!=|[-+*/()\[\],=<>])"
)


class Token(NamedTuple):
    kind: str
    text: str
    position: int


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, the last one of kind ``"end"``."""
    if not isinstance(text, str):
        raise ParseError(f"expected a text, got {type(text).__name__}; give a str")
    if len(text) > MAX_LENGTH:
        raise ParseError(
            f"expected at most {MAX_LENGTH} characters, got {len(text)}; build the function in "
            "Python instead",
            text,
            MAX_LENGTH,
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ParseError(
                f"expected a name, a number or an operator, got {text[position]!r}; the grammar "
                "has names, numbers, + - * / ** ( ) [ ] , and comparisons",
                text,
                position,
            )
        if match.lastgroup != "space":
            tokens.append(Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def shown(token: Token) -> str:
    """How an error message names a token."""
    return "the end" if token.kind == "end" else repr(token.text[:40])
