"""Completion of the command line in a shell, by shtab."""

from __future__ import annotations

import argparse
from typing import Any

from piecewise_mt.errors import Unsupported

SHELLS = ("bash", "zsh", "tcsh")
_FILES = ("plot", "html", "check", "known")
_FIRST = "_piecewise_mt_first"
_PREAMBLE = {
    "bash": f"""\
{_FIRST}() {{
  compgen -W "paper audit tex" -- "$1"
  compgen -f -- "$1"
}}""",
    "zsh": f"""\
{_FIRST}() {{
  _alternative 'words:word:(paper audit tex)' 'files:file:_files'
}}""",
}


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """The text that a shell sources to complete the options of a parser.

    Raises
    ------
    Unsupported
        Without shtab, ``pip install piecewise_mt[cli]``.
    """
    try:
        import shtab
    except ImportError as error:
        raise Unsupported(
            "expected shtab to be installed, got none; pip install piecewise_mt[cli]"
        ) from error
    for action in parser._actions:
        told: Any = action  # shtab reads what an action's argument is from an attribute
        if action.dest in _FILES:
            told.complete = shtab.FILE
        elif action.dest == "expression":
            action.nargs = "*"  # tex is followed by documents
            told.complete = {"bash": _FIRST, "zsh": _FIRST, "tcsh": "f"}
    preamble: Any = _PREAMBLE
    return str(shtab.complete(parser, shell, preamble=preamble)).rstrip("\n")
