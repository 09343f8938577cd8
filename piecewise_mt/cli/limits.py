"""``--max-seconds``, ``--max-faces`` and ``--max-bytes``: the budget of :func:`mt.limits`."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from typing import Any

import piecewise_mt as mt
from piecewise_mt.budget import Limits
from piecewise_mt.errors import PiecewiseError, shown

MOST_DIGITS = 18


def add_limits(parser: argparse.ArgumentParser) -> None:
    """The options of a budget."""
    add = parser.add_argument
    add("--max-seconds", metavar="S", help="stop after so many seconds")
    add("--max-faces", metavar="N", help="stop beyond so many faces of one complex")
    add("--max-bytes", metavar="N", help="stop beyond so many bytes of memory")


def given_limits(options: argparse.Namespace) -> AbstractContextManager[Limits]:
    """The budget that the options ask for."""
    return mt.limits(
        seconds=_number(options.max_seconds, "seconds"),
        faces=_number(options.max_faces, "faces"),
        bytes=_number(options.max_bytes, "bytes"),
    )


def _number(text: str | None, name: str) -> Any:
    if text is None:
        return None
    whole = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    if whole:
        return int(text)
    if name == "seconds":
        left, point, right = text.partition(".")
        digits = left + right
        if point and digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS:
            return float(text)
    raise PiecewiseError(
        f"expected a number ≥ 0 with --max-{name}, got {shown(text)}; write for example "
        f"--max-{name} {30 if name == 'seconds' else 10**9}"
    )
