"""JSON from elsewhere: regular files of a bounded length, each key once, whole numbers only."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from piecewise_mt.budget import allowed_bytes, check
from piecewise_mt.errors import OutOfBudget, PiecewiseError, shown

MAX_BYTES = 2**28
"""The longest text that is read."""
GROWTH = 8
"""How many bytes of memory one of a text becomes, as objects, at least."""
MAX_DIGITS = 18
"""Of a number outside quotes: an index, a dimension, a count."""


def read_text(source: Any, what: str = "JSON") -> str:
    """The text of a regular file, which is not too long.

    Parameters
    ----------
    source : path
        Devices and pipes are refused, as they may have no end.
    what : str
        What the file is to hold.

    Raises
    ------
    PiecewiseError
        If it cannot be read.
    OutOfBudget
        If it is too long.
    """
    try:
        path = Path(source)
        # a pipe would keep whoever opens it waiting
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PiecewiseError(
                f"expected a regular file of {what}, got {shown(path)}, which is a folder, a "
                "device or a pipe; give the path of a file"
            )
        require_length(status.st_size, f"the file {shown(path)}")
        with path.open("rb") as file:
            # what grows while it is read is cut off, and then no JSON
            return file.read(status.st_size).decode("utf-8-sig")
    except (OSError, TypeError, ValueError) as error:
        if isinstance(error, PiecewiseError):
            raise
        raise _unreadable(source, what, error) from error


def _unreadable(source: Any, what: str, error: Exception) -> PiecewiseError:
    reason = getattr(error, "strerror", None) or str(error)
    return PiecewiseError(
        f"expected a readable file of {what}, got {shown(source)}: {shown(reason, 100)}; give the "
        "path of one"
    )


def require_length(size: int, where: str) -> None:
    """Refuse a text that is too long.

    Raises
    ------
    OutOfBudget
        If it is.
    """
    check()
    most = min(MAX_BYTES, allowed_bytes() // GROWTH)
    if size > most:
        raise OutOfBudget(
            f"expected at most {most} bytes of JSON in {where}, got {size}; split it, or allow "
            "more with mt.limits(bytes=…)"
        )


def parsed(text: str, where: str) -> Any:
    """JSON, with each key once and no numbers but whole ones.

    Raises
    ------
    PiecewiseError
        If it is not.

    Examples
    --------
    >>> parsed('{"a": [1, "2"]}', "the text")
    {'a': [1, '2']}
    >>> parsed('{"a": 1, "a": 2}', "the text")
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.PiecewiseError: expected JSON in the text, got the key a twice in one ...
    """
    require_length(len(text), where)
    try:
        return json.loads(
            text,
            object_pairs_hook=_once,
            parse_int=_whole,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except RecursionError as error:
        raise PiecewiseError(
            f"expected JSON in {where}, got lists or objects that are nested too deeply; write it "
            "anew"
        ) from error
    except ValueError as error:
        raise PiecewiseError(
            f"expected JSON in {where}, got {shown(error, 150)}; write it anew"
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {shown(key)} twice in one object")
            seen.add(key)
    return found


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits outside quotes")
    return int(text)


def _no_number(text: str) -> Any:
    raise ValueError(f"{shown(text, 30)}, where numbers are whole, or exact and in quotes")
