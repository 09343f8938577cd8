r"""``piecewise-mt tex paper.tex``: every ``\piecewisetable{…}`` gets its table."""

from __future__ import annotations

import difflib
import sys
from bisect import bisect_right
from pathlib import Path
from typing import Any

from piecewise_mt.cli.files import write
from piecewise_mt.cli.function import read_function
from piecewise_mt.cli.limits import add_limits, given_limits
from piecewise_mt.cli.tex_calls import BEGIN, END, NAME, Argument, Call, calls
from piecewise_mt.display.latex_styles import STYLES
from piecewise_mt.errors import PiecewiseError

MAX_BYTES = 10**8
KEYS = ("ties", "at-zero", "vars", "domain", "style", "merged", "strata", "columns", "width")
HELP = rf"""{NAME}[options]{{function}} becomes a comment that keeps it, the table, and a comment
that ends it; run again, the table between the comments is written anew. Options, with commas:
{", ".join(KEYS)}; for example ties=first, domain={{x >= 0, y >= 0}}, merged, style=cases."""


def tex(arguments: list[str], parser: Any) -> int:
    """Run it; 0 on success, 1 if ``--check`` finds a table that is not what would be written."""
    parser.add_argument("files", nargs="+", metavar="file.tex", help="documents; - for stdin")
    parser.add_argument("-o", "--output", help="write there, not in place; - for stdout")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if stale")
    parser.add_argument("--max-pieces", type=int, default=1000, help="stop beyond so many pieces")
    add_limits(parser)
    options = parser.parse_args(arguments)
    if options.output is not None and (len(options.files) > 1 or options.check):
        raise PiecewiseError(
            "expected one document and no --check with --output, got more; leave one out"
        )
    done = []
    with given_limits(options):
        for name in options.files:
            text, crlf = _read(name)
            done.append((name, text, rewritten(text, name, options.max_pieces), crlf))
    stale = 0
    for name, text, new, crlf in done:  # nothing is written before everything is right
        if options.check:
            stale += new != text
            if new != text:
                print(f"{name}:{_first_difference(text, new)}: not what would be written")
            continue
        data = (new.replace("\n", "\r\n") if crlf else new).encode("utf-8", "surrogateescape")
        target = options.output or name
        if target == "-":
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
        elif options.output is not None or new != text:
            write(target, data)
    return 1 if stale else 0


def _read(name: str) -> tuple[str, bool]:
    """A document, and whether its lines end as on Windows; bytes that are no UTF-8 are kept."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise PiecewiseError(
            f"expected a document that can be read, got {name!r} ({error.strerror}); correct the "
            "name"
        ) from error
    if len(data) > MAX_BYTES:
        raise PiecewiseError(
            f"expected a document of at most {MAX_BYTES} bytes, got a larger one, {name!r}; split "
            "it"
        )
    text = data.decode("utf-8", "surrogateescape")
    crlf = text.count("\r\n") == text.count("\n") > 0
    return (text.replace("\r\n", "\n") if crlf else text), crlf


def _first_difference(old: str, new: str) -> int:
    pairs = zip(old.split("\n"), new.split("\n"))
    return next((i for i, (a, b) in enumerate(pairs, start=1) if a != b), 1)


def rewritten(text: str, name: str, max_pieces: int = 1000) -> str:
    r"""A document with the table of every ``\piecewisetable`` in it.

    Raises
    ------
    PiecewiseError
        Whose message begins with the name of the document and the line.

    Examples
    --------
    The row of the tie is generated, and stays the same when it is run again:

    >>> once = rewritten(r"See \piecewisetable[ties=average]{max(a, b)}.", "paper.tex")
    >>> print(once)  # doctest: +NORMALIZE_WHITESPACE
    See
    % piecewise_mt: \piecewisetable[ties=average]{max(a, b)}
    % max(a, b, ties=average) on R^2, (a, b): 3 pieces
    \begin{tabular}{rlrll}
    ...
    $3$ & $a = b$ & $1$ & $\frac{1}{2} a + \frac{1}{2} b$ & $(\frac{1}{2},\, \frac{1}{2})$ \\
    \bottomrule
    \end{tabular}%
    % piecewise_mt: end
    .
    >>> rewritten(once, "paper.tex") == once
    True
    """
    starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
    parts, at = [], 0
    place = 0
    try:
        for call in calls(text):
            place = call.place
            body = _table(call, max_pieces)
            parts += [text[at : call.start], *_lines(text, call, body)]
            at = call.stop
            rest = _rest(text, at)
            if call.old is None and rest.strip():
                # it goes on after the comment, on a line of its own
                parts.append("\n")
                at += len(rest) - len(rest.lstrip(" \t"))
    except _Placed as found:
        raise _located(found.error, name, bisect_right(starts, found.place)) from found.error
    except PiecewiseError as error:
        if error.source == text:  # it was found by the search
            line = bisect_right(starts, error.position)
            raise PiecewiseError(f"{name}:{line}: {error}") from error
        raise _located(error, name, bisect_right(starts, place)) from error
    return "".join([*parts, text[at:]])


def _rest(text: str, at: int) -> str:
    """The rest of the line of a place."""
    end = text.find("\n", at)
    return text[at:] if end < 0 else text[at:end]


class _Placed(Exception):
    """An error, and the offset in the document where it is."""

    def __init__(self, error: PiecewiseError, place: int) -> None:
        super().__init__(str(error))
        self.error, self.place = error, place


def _located(error: PiecewiseError, name: str, line: int) -> PiecewiseError:
    located = PiecewiseError(f"{name}:{line}: {error}")
    located.source, located.position = error.source, error.position
    return located


def _lines(text: str, call: Call, body: str) -> list[str]:
    """The comment that keeps the command, the table, and the comment that ends it."""
    line = text.rfind("\n", 0, call.start) + 1
    before, indent, glue = text[line : call.start], "", ""
    if call.old is not None:
        first = text[call.start : call.place]
        indent = first[: len(first) - len(first.lstrip(" \t"))]
        glue = "%" if call.old.rstrip().endswith("%") else ""
        lead = indent
    else:
        rest = _rest(text, call.stop)
        # an end of line is a blank, which was or was not there
        glue = "%" if rest.strip() and not rest[0].isspace() else ""
        if before.strip():
            lead = "\n" if before[-1].isspace() else "%\n"
        else:
            lead, indent = "", before
    shown = "\n".join(indent + row if row else row for row in body.split("\n"))
    return [f"{lead}{BEGIN}{call.source}\n{shown}{glue}\n{indent}{END}"]


def _table(call: Call, max_pieces: int) -> str:
    options = _options(call)
    try:
        f = read_function(
            call.function.text, options.get("ties"), options.get("at-zero"), options.get("vars")
        )
    except PiecewiseError as error:
        if error.source != call.function.text:  # it is in an option, or in no place
            raise
        raise _Placed(error, call.function.places[error.position]) from error
    domain = options.get("domain")
    width = _number(call, options["width"]) if "width" in options else None
    layout: dict[str, Any] = {} if width is None else {"width": width}
    if "strata" in options:
        given = [key for key in ("style", "merged", "columns") if key in options]
        if given:
            raise PiecewiseError(f"expected strata without {given[0]}, got both; leave one out")
        strata = f.strata(domain=domain, max_faces=4 * max_pieces)
        body: str = strata.table().to_latex(**layout)
    else:
        rep: Any = f.represent(domain=domain, max_pieces=max_pieces)
        if "merged" in options:
            by = options["merged"]
            rep = rep.merged(by=by) if by else rep.merged()
        if "columns" in options:
            layout["columns"] = tuple(word.strip() for word in options["columns"].split(","))
        body = rep.to_latex(options.get("style", "table"), **layout)
    return body.strip("\n")


def _number(call: Call, text: str) -> float:
    """A width in points, a plain number."""
    number = text.removesuffix("pt").strip()
    if not number.isascii() or not number.isdigit() or not 0 < int(number) <= 10**5:
        raise PiecewiseError(f"expected a width in points such as 345, got {text!r}; correct it")
    return float(number)


def _options(call: Call) -> dict[str, str]:
    """The options by name, what the braces around a value hold."""
    found: dict[str, str] = {}
    if call.options is None:
        return found
    for item in _split(call.options):
        key, equals, value = (word.strip() for word in item.partition("="))
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            remedy = f"did you mean {near[0]}?" if near else f"the options are {', '.join(KEYS)}"
            raise PiecewiseError(f"expected an option of {NAME}, got {key!r}; {remedy}")
        if key in found:
            raise PiecewiseError(f"expected one value for {key}, got two; leave one out")
        if value.startswith("{") and value.endswith("}"):
            value = value[1:-1].strip()
        flag = key in ("strata", "merged")
        if not value and not flag or equals and not value or value and key == "strata":
            want = key if flag else f"{key}=…"
            raise PiecewiseError(f"expected {want}, got {item.strip()!r}; correct it")
        if key == "style" and value not in STYLES:
            raise PiecewiseError(
                f"expected one of the styles {', '.join(STYLES)}, got {value!r}; choose one"
            )
        found[key] = value
    return found


def _split(options: Argument) -> list[str]:
    """The items between the commas that stand in no bracket."""
    items, depth, start = [], 0, 0
    for i, c in enumerate(options.text):
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == "," and depth == 0:
            items.append(options.text[start:i])
            start = i + 1
    items.append(options.text[start:])
    return [item for item in items if item.strip()]
