r"""Where a LaTeX document asks for tables: ``\piecewisetable[options]{function}``.

The text is data: it is searched, never run. Comments, verbatim text and the definitions of the
command itself are passed over, and so is what follows the end of the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from piecewise_mt.errors import ParseError

NAME = r"\piecewisetable"
BEGIN = "% piecewise_mt: "
END = "% piecewise_mt: end"
_VERBATIM = r"verbatim\*?|Verbatim\*?|BVerbatim|LVerbatim|lstlisting|minted|comment"
_TOKEN = re.compile(
    r"(?P<marker>^[ \t]*% piecewise_mt: (?=\\piecewisetable))"
    r"|(?P<end>^[ \t]*% piecewise_mt: end(?=[ \t\r]*$))"
    r"|(?P<comment>%[^\n]*)"
    rf"|\\begin[ \t]*\{{(?P<verbatim>{_VERBATIM})\}}"
    r"|(?P<verb>\\(?:verb|lstinline)\*?(?P<bar>[^A-Za-z*\s{\[]))"
    r"|(?P<last>\\end[ \t]*\{document\})"
    r"|(?P<definition>\\(?:newcommand|renewcommand|providecommand|DeclareRobustCommand|string|let"
    r"|def|gdef|edef|xdef|NewDocumentCommand|RenewDocumentCommand|ProvideDocumentCommand"
    r"|DeclareDocumentCommand)\*?\s*\{?\s*\\piecewisetable(?![A-Za-z@])"
    r"\}?\s*(?:\[[0-9]\])?\s*(?:\[[^\]]*\])?)"
    r"|(?P<call>\\piecewisetable(?![A-Za-z@]))"
    r"|\\(?:[A-Za-z@]+|.)",
    re.MULTILINE | re.DOTALL,
)
_GAP = re.compile(r"(?:[ \t\r\n]|%[^\n]*\n)*")


@dataclass(frozen=True)
class Argument:
    """The text of an argument without comments and superfluous blanks, and where it stands."""

    text: str
    places: tuple[int, ...]
    """The offset in the document of every character, and of the end."""


@dataclass(frozen=True)
class Call:
    """One place where a table is asked for.

    `start` and `stop` are the offsets of what the table replaces: the command as somebody wrote
    it, or all lines from the comment that keeps it to the comment that ends its table.
    """

    start: int
    stop: int
    place: int
    options: Argument | None
    function: Argument
    old: str | None = None
    """The lines between the two comments, if they are there."""

    @property
    def source(self) -> str:
        """The command on one line."""
        options = "" if self.options is None else f"[{self.options.text}]"
        return f"{NAME}{options}{{{self.function.text}}}"


def calls(text: str) -> Iterator[Call]:
    """All places of a document in their order.

    Raises
    ------
    ParseError
        If an argument or a comment that ends a table is missing; its position is in the document.
    """
    at = 0
    while found := _TOKEN.search(text, at):
        at = found.end()
        if found["marker"] is not None:
            end = text.find("\n", at)
            call = _closing(text, _call(text, at, len(text) if end < 0 else end))
            at = call.stop
            yield call
        elif found["end"] is not None:
            raise _error(f"expected {BEGIN + NAME!r} before {END!r}, got none", text, found.start())
        elif found["verbatim"] is not None:
            close = text.find(f"\\end{{{found['verbatim']}}}", at)
            at = len(text) if close < 0 else close
        elif found["verb"] is not None:
            close = text.find(found["bar"], at)
            at = len(text) if close < 0 else close + 1
        elif found["last"] is not None:
            return
        elif found["call"] is not None:
            call = _call(text, found.start(), len(text))
            at = call.stop
            yield call


def _error(message: str, text: str, place: int) -> ParseError:
    return ParseError(f"{message}; see piecewise-mt tex --help", text, place)


def _call(text: str, start: int, limit: int) -> Call:
    """The command that begins at a place, before a limit."""
    at = _gap(text, start + len(NAME), limit)
    options = None
    if at < limit and text[at] == "[":
        stop = _matching(text, at, "]", limit)
        options = _argument(text, at + 1, stop)
        at = _gap(text, stop + 1, limit)
    if at >= limit or text[at] != "{":
        raise _error(f"expected {NAME}[options]{{function}}, got no brace", text, start)
    stop = _matching(text, at, "}", limit)
    return Call(start, stop + 1, start, options, _argument(text, at + 1, stop))


def _gap(text: str, at: int, limit: int) -> int:
    found = _GAP.match(text, at, limit)
    return found.end() if found else at


def _matching(text: str, at: int, closing: str, limit: int) -> int:
    """The place of the bracket that closes the one at a place, braces inside being balanced."""
    depth, i = 0, at + 1
    while i < limit:
        c = text[i]
        if c == closing and depth == 0:
            return i
        if c == "\\":
            i += 1
        elif c == "%":
            end = text.find("\n", i, limit)
            i = limit if end < 0 else end
        elif c == "{":
            depth += 1
        elif c == "}":
            depth -= 1
            if depth < 0:
                break
        i += 1
    raise _error(f"expected {closing!r} after {text[at]!r}, got none", text, at)


def _argument(text: str, start: int, stop: int) -> Argument:
    kept: list[tuple[str, int]] = []
    i = start
    while i < stop:
        c = text[i]
        if c == "%":
            end = text.find("\n", i, stop)
            i = stop if end < 0 else end
        elif c.isspace():
            if kept and kept[-1][0] != " ":
                kept.append((" ", i))
            i += 1
        else:
            kept.append((c, i))
            i += 1
    if kept and kept[-1][0] == " ":
        kept.pop()
    return Argument("".join(c for c, _ in kept), (*(place for _, place in kept), stop))


def _closing(text: str, call: Call) -> Call:
    """A command that stands in a comment, with its table to the comment that ends it."""
    line = text.rfind("\n", 0, call.start) + 1
    at = text.find("\n", call.stop) + 1 or len(text)
    for found in _TOKEN.finditer(text, at):
        if found["marker"] is not None:
            break
        if found["end"] is not None:
            old = text[at : found.start()]
            return Call(line, found.end(), call.place, call.options, call.function, old)
    raise _error(f"expected {END!r} after this table, got none", text, call.place)
