"""The command line: one function in, its table of pieces out; or the paper's examples.

``piecewise-mt tex paper.tex`` is in :mod:`piecewise_mt.cli.tex`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.partition.domain import read_any_domain
from piecewise_mt.cli.completion import SHELLS, completion
from piecewise_mt.cli.files import write_page, write_picture
from piecewise_mt.cli.function import read_function
from piecewise_mt.cli.limits import add_limits, given_limits
from piecewise_mt.display.data import point_data, point_table, report_data, strata_data
from piecewise_mt.display.latex_styles import STYLES
from piecewise_mt.errors import OutsideDomain, ParseError, PiecewiseError
from piecewise_mt.functions.grammar.parser import parse_conditions
from piecewise_mt.geometry.points import read_point
from piecewise_mt.interop.json import json_data
from piecewise_mt.interop.json_text import parsed, read_text
from piecewise_mt.typeset.latex_layout import PAGE_WIDTH, document
from piecewise_mt.typeset.tables import Table

if TYPE_CHECKING:
    from piecewise_mt.audit.audit import FrameworkAudit

_OPTION = re.compile(r"--[A-Za-z][\w-]*(=|\Z)")
MOST_RICH = 1000
"""Longer tables are printed as plain text, which is at once."""
FORMATS = ("text", "latex", "markdown", "json", "html")
SPECIAL = ("paper", "audit")
"""Words that are no functions; ``(paper)`` is the variable of that name."""


class _Parser(argparse.ArgumentParser):
    """An argument parser that reports like the rest of the package: one sentence, exit code 2."""

    def error(self, message: str) -> Any:
        raise PiecewiseError(f"expected other arguments, {message}; see --help")


def _program() -> str:
    """The name by which it was called."""
    called = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] else ""
    return "piecewise-mt" if called == "piecewise-mt" else "python -m piecewise_mt"


def _arguments(program: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=program,
        description="Exact pieces and associated gradients of a piecewise smooth function.",
        epilog=f'Example: {program} "max(y1, y2)" --ties free; tables of a document: {program} '
        f"tex paper.tex; {program} verify FILE checks a certificate: exit code 0 valid, 1 invalid, "
        "2 unsupported",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "expression",
        nargs="?",
        help="a function such as 'max(y1, y2)', or paper, or audit, or tex and documents",
    )
    add("--ties", help="rule of max, min, kth, …: free (default), first, last, average, mix(1/2)")
    add("--at-zero", help="slope at breakpoints of relu, abs, …: free (default), a number, a name")
    add("--vars", help="variables and order, for example y2,y1; by default x2 is before x10")
    add("--at", help="only this point, for example y1=0,y2=1/2")
    add("--domain", help="a condition such as '0 <= x < 1 and y >= 0'")
    add("--strata", action="store_true", help="strata instead of pieces")
    add("--merged", action="store_true", help="join pieces with one formula and gradient")
    add("--max-pieces", type=int, default=10**6, help="stop beyond so many pieces")
    add_limits(parser)
    add("--framework", help="with audit: only this one; by default all that are installed")
    add("--known", help="with audit: a JSON file of what was observed elsewhere, to join")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=FORMATS, default="text", help="html is for audit")
    form.add_argument(
        "--latex", action="store_const", dest="format", const="latex", help="is --format latex"
    )
    add("--style", choices=STYLES, help="of the pieces in LaTeX: table (default), cases, indicator")
    add("--standalone", action="store_true", help="with --format latex: a complete document")
    add("--certificate", metavar="FILE", help="write a proof of the table; with paper, a folder")
    add("--plot", metavar="FILE", help="write a picture too: .svg, or .png and .pdf by matplotlib")
    add("--html", metavar="FILE", help="write a page too, with table and picture")
    add(
        "--check",
        metavar="FILE",
        help="check a representation in JSON, of the function if one is given; exit code 1 if it "
        "is not proved",
    )
    add("--progress", action="store_true", help="count on stderr what takes over a second")
    add("--print-completion", choices=SHELLS, help="the completion of a shell")
    add("--version", action="version", version=f"piecewise_mt {mt.__version__}")
    return parser


def _point(text: str) -> dict[str, Any]:
    """``y1=0,y2=1/2`` as a mapping."""
    point: dict[str, Any] = {}
    for op, left, right in parse_conditions(text):
        names: tuple[str, ...] = getattr(left, "names", ())
        if op != "=" or len(names) != 1 or isinstance(right, mt.Expression):
            raise ParseError(
                f"expected a point such as y1=0,y2=1/2, got {text!r}; give one exact number a "
                "variable",
                text,
                0,
            )
        if names[0] in point:
            raise ParseError(f"expected one value for {names[0]}, got two; leave one out", text, 0)
        point[names[0]] = right
    return point


def _require_inside(f: mt.Expression, point: dict[str, Any], text: str | None) -> None:
    names = names_of(f)
    domain = read_any_domain(text, names)
    if domain is not None and not domain.contains(read_point(point, names)):
        shown = ", ".join(f"{name} = {value}" for name, value in point.items())
        raise OutsideDomain(
            f"expected a point of the domain {domain}, got {shown}; leave --domain out"
        )


def _check_latex_options(options: argparse.Namespace) -> None:
    """--style and --standalone say how LaTeX is written; a style is one of pieces."""
    given = "--style" if options.style is not None else "--standalone"
    if (options.style is not None or options.standalone) and options.format != "latex":
        raise PiecewiseError(f"expected --format latex with {given}, got {options.format}; add it")
    special = options.expression in SPECIAL
    if options.style is not None and (special or options.strata or options.at is not None):
        raise PiecewiseError(
            "expected --style with the pieces of a function, got it with paper, audit, --strata or "
            "--at; leave it out"
        )


def _check_file_options(options: argparse.Namespace) -> None:
    """Pictures and pages are of pieces, and so is what --merged joins; --check has its own."""
    given = [f"--{name}" for name in ("plot", "html", "merged") if getattr(options, name)]
    if options.certificate and options.expression != "paper":
        given.append("--certificate")
    apart = options.expression in SPECIAL or options.strata or options.at is not None
    if given and (apart or options.check is not None):
        raise PiecewiseError(
            f"expected {given[0]} with the pieces of a function, got it with paper, audit, "
            "--strata, --at or --check; leave it out"
        )
    if options.check is not None and (apart or options.domain or options.style is not None):
        raise PiecewiseError(
            "expected --check with a function or alone, got it with paper, audit, --strata, --at, "
            "--domain or --style; leave it out"
        )


def _checked(options: argparse.Namespace) -> tuple[str | Table, int]:
    """The report on the representation in a file, and the exit code."""
    f: mt.Expression | None = None
    if options.expression is not None:
        f = read_function(options.expression, options.ties, options.at_zero, options.vars)
    rep = mt.Representation.from_json(Path(options.check), of=f)
    report = mt.check(rep, progress=options.progress or None)
    code = 0 if report.ok else 1
    if options.format == "json":
        return json.dumps(report_data(report), indent=2, ensure_ascii=False), code
    return _formatted(report.table(), options), code


def _run(options: argparse.Namespace) -> str | Table:
    if options.expression is None:
        raise PiecewiseError(
            'expected an expression, got none; write for example "max(y1, y2)", or paper'
        )
    if options.expression != "audit" and (options.format == "html" or options.known is not None):
        raise PiecewiseError(
            f"expected --format html and --known with audit, got {options.expression!r}; leave "
            "them out, or write a page with --html FILE"
        )
    if options.expression in ("paper", "audit") and options.vars is not None:
        raise PiecewiseError(
            f"expected --vars with a function, got it with {options.expression}; leave it out"
        )
    if options.expression == "paper":
        from piecewise_mt.paper.examples import render, write_certificates

        if options.certificate is not None:
            return "\n".join(write_certificates(options.certificate))
        return render(options.format)
    if options.expression == "audit":
        return _audit(options)
    f = read_function(options.expression, options.ties, options.at_zero, options.vars)
    if options.at is not None:
        point = _point(options.at)
        _require_inside(f, point, options.domain)
        if options.format == "json":
            return json.dumps(point_data(f, point), indent=2)
        return _formatted(point_table(f, point), options)
    progress = options.progress or None
    if options.strata:
        strata = f.strata(
            domain=options.domain, max_faces=4 * options.max_pieces, progress=progress
        )
        if options.format == "json":
            return json.dumps(strata_data(strata), indent=2)
        return _formatted(strata.table(), options)
    rep: Any = f.represent(domain=options.domain, max_pieces=options.max_pieces, progress=progress)
    if options.merged:
        rep = rep.merged()
    if options.certificate is not None:
        rep.certificate(options.certificate)
    if options.plot is not None:
        write_picture(rep, options.plot)
    if options.html is not None:
        write_page(rep, options.html)
    if options.format == "json":
        return json.dumps(json_data(rep), indent=2)
    if options.style is not None or options.standalone:
        return str(rep.to_latex(options.style or "table", standalone=options.standalone))
    return _formatted(rep.table(), options)


def _audit(options: argparse.Namespace) -> str | Table:
    """The audit of one framework, or of all that are installed."""
    from piecewise_mt.audit.audit import audit_framework, installed_frameworks

    names = [options.framework] if options.framework else installed_frameworks()
    if options.format in ("json", "html") or (
        options.format == "markdown" and options.known is not None
    ):
        return _reference([audit_framework(name) for name in names], options)
    if options.known is not None:
        raise PiecewiseError(
            f"expected --format json, html or markdown with --known, got {options.format}; choose "
            "one"
        )
    tables = [audit_framework(name).table() for name in names]
    if options.standalone:
        body = "\n\n".join(table.to_latex(PAGE_WIDTH) for table in tables)
        return document(body, "What frameworks return at ties")
    if len(tables) == 1:
        return _formatted(tables[0], options)
    return "\n\n".join(map(str, (_formatted(table, options) for table in tables)))


def _reference(audits: Sequence[FrameworkAudit], options: argparse.Namespace) -> str:
    """The reference table, joined with what is known."""
    from piecewise_mt.audit.reference import joined, observations, read_reference, reference_data
    from piecewise_mt.display.reference_page import reference_page
    from piecewise_mt.display.reference_text import reference_markdown

    known = []
    if options.known is not None:
        text = read_text(options.known, "audit --format json")
        known = read_reference(parsed(text, "the file of --known"))
    rows = joined((row for audit in audits for row in observations(audit)), known)
    if options.format == "html":
        return reference_page(rows).rstrip()
    if options.format == "markdown":
        return reference_markdown(rows)
    return json.dumps(reference_data(rows), indent=1, ensure_ascii=False)


def _formatted(table: Table, options: argparse.Namespace) -> str | Table:
    """A table in the format asked for; for text the table itself, see :func:`_show`."""
    if options.format == "latex":
        return document(table.to_latex(PAGE_WIDTH)) if options.standalone else table.to_latex()
    return table.to_markdown() if options.format == "markdown" else table


def _show(result: str | Table) -> None:
    """Print it: a table by rich on a terminal, if rich is installed, otherwise as plain text."""
    if sys.stdout is None:
        raise PiecewiseError("expected an open standard output, got a closed one; redirect it")
    if isinstance(result, Table) and sys.stdout.isatty() and len(result) <= MOST_RICH:
        try:
            from rich.console import Console
        except ImportError:
            pass
        else:
            Console().print(result)
            return
    print(_encodable(str(result), sys.stdout.encoding or "utf-8"))


_PLAIN = str.maketrans("─│αᵅ∇∂≤≥≠×∈−·", "-|aaDd<>#x:-*")
"""One character for one, so that columns stay aligned."""


def _encodable(text: str, encoding: str) -> str:
    """The text as it can be written in an encoding, with plain letters where it has no others."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.translate(_PLAIN)
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return text


def _discard_output() -> None:
    """Keep the interpreter from complaining at exit about output that cannot be written."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    0 on success, 1 if what was checked is not proved, 2 on an error (one sentence on stderr, a
    caret under the place in the text), 130 on Ctrl-C.
    """
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # numbers of any length are printed here
    try:
        given = list(sys.argv[1:] if argv is None else argv)
        code = _tex(given[1:]) if given[:1] == ["tex"] else _command(given)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except PiecewiseError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.source:
            print(error.caret(), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except MemoryError:
        print(
            "error: expected an answer that fits into the memory, got none; ask less, or see "
            "--max-bytes",
            file=sys.stderr,
        )
        return 2
    except RecursionError:
        print(
            "error: expected a function whose formulas are not nested so deeply, got one beyond "
            "the interpreter's recursion limit; compose fewer smooth functions",
            file=sys.stderr,
        )
        return 2
    except BrokenPipeError:
        _discard_output()
    except OSError as error:
        _discard_output()
        print(
            f"error: expected to write the output, got: {error.strerror}; write it elsewhere",
            file=sys.stderr,
        )
        return 2
    finally:
        sys.set_int_max_str_digits(digits)
    return 0


def _command(given: list[str]) -> int:
    """A function, the paper, an audit or a check; returns the exit code."""
    options, unknown = _arguments(_program()).parse_known_args(given)
    if options.expression is None and len(unknown) == 1 and not _OPTION.match(unknown[0]):
        # "-relu(x)" begins like an option, but is the expression
        options.expression, unknown = unknown[0], []
    if unknown:
        raise PiecewiseError(
            f"expected one expression and known options, got also {unknown[0]!r}; put the "
            "expression in quotes, see --help"
        )
    if options.print_completion is not None:
        _show(completion(_arguments("piecewise-mt"), options.print_completion))
        return 0
    _check_latex_options(options)
    _check_file_options(options)
    with given_limits(options):
        shown, code = _checked(options) if options.check is not None else (_run(options), 0)
        _show(shown)
    return code


def _tex(given: list[str]) -> int:
    """The tables of documents; returns the exit code."""
    from piecewise_mt.cli.tex import HELP, tex

    return tex(given, _Parser(prog=f"{_program()} tex", description=HELP, allow_abbrev=False))
