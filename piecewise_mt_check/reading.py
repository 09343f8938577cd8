"""JSON as data that is not trusted: typed access, limits, and the two ways to say no."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator, Set
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

MAX_BYTES = 2 * 2**30
MAX_DIGITS = 4000
"""So many digits may a number have; a certificate with longer ones is not read."""

MAX_STEPS = 10**8
"""So many products of short coefficients may the check of one certificate take."""
_STEPS: ContextVar[list[int] | None] = ContextVar("steps", default=None)

_LONG = re.compile(rf"(?<![0-9])[0-9]{{{MAX_DIGITS + 1}}}")


class Invalid(Exception):
    """The certificate does not prove what it states."""


class Unsupported(Exception):
    """The certificate is of a kind, version or size that this program does not check."""


@contextmanager
def limited_steps() -> Iterator[None]:
    """Within it, :func:`spend` counts: no certificate keeps the checker busy for ever."""
    token = _STEPS.set([MAX_STEPS])
    try:
        yield
    finally:
        _STEPS.reset(token)


def spend(steps: int, bits: int = 0) -> None:
    """Count steps of polynomial arithmetic, of numbers of so many bits."""
    left = _STEPS.get()
    if left is not None:
        left[0] -= steps * (1 + (bits // 2048) ** 2)
        if left[0] < 0:
            raise Unsupported("the proof takes too many steps")


def parsed(text: str) -> Any:
    """The JSON of a text; floats, repeated keys and what is no JSON are refused."""
    if _LONG.search(text):
        raise Unsupported(f"the JSON has a number of more than {MAX_DIGITS} digits")
    collects = gc.isenabled()
    gc.disable()  # it would look through all that is read, again and again
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_float=_no_float, parse_constant=_no_float
        )
    except RecursionError:
        raise Unsupported("the JSON is nested too deeply") from None
    except (ValueError, MemoryError) as error:
        raise Unsupported(f"the JSON cannot be read: {shown(str(error))}") from None
    finally:
        if collects:
            gc.enable()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unsupported("an object of the JSON has a key twice")
    return made


def _no_float(text: str) -> Any:
    raise Unsupported(f"the JSON has the float {shown(text)}; numbers are ints or texts 'p/q'")


def shown(data: Any) -> str:
    """Data in a message: short, and printable whatever it holds."""
    text = repr(data) if isinstance(data, (str, int, type(None))) else type(data).__name__
    return text if len(text) <= 80 else f"{text[:79]}…"


def field(data: Any, key: str) -> Any:
    if not isinstance(data, dict):
        raise Invalid(f"expected an object with {key!r}, got {shown(data)}")
    if key not in data:
        raise Invalid(f"expected an object with {key!r}, got one without")
    return data[key]


def keys(data: Any, needed: Set[str], more: Set[str] = frozenset()) -> dict[str, Any]:
    """An object with these keys and no others."""
    if not isinstance(data, dict):
        raise Invalid(f"expected an object, got {shown(data)}")
    for key in sorted(needed):
        field(data, key)
    for key in data:
        if key not in needed and key not in more:
            raise Invalid(f"expected no key {shown(key)}")
    own: dict[str, Any] = data
    return own


def items(data: Any, length: int | None = None) -> list[Any]:
    """A list, of this length if one is given."""
    if not isinstance(data, list):
        raise Invalid(f"expected a list, got {shown(data)}")
    if length is not None and len(data) != length:
        raise Invalid(f"expected a list of {length} entries, got {len(data)}")
    return data


def text(data: Any) -> str:
    if not isinstance(data, str):
        raise Invalid(f"expected a text, got {shown(data)}")
    return data


def integer(data: Any) -> int:
    # True is no number here
    if type(data) is not int:
        raise Invalid(f"expected an integer, got {shown(data)}")
    return data


def index(data: Any, below: int) -> int:
    if not 0 <= integer(data) < below:
        raise Invalid(f"expected an index below {below}, got {shown(data)}")
    return int(data)


def number(data: Any) -> Fraction:
    """An int, or a text such as "-1/2" in lowest terms or not."""
    if type(data) is int:
        return Fraction(data)
    if not isinstance(data, str):
        raise Invalid(f"expected a number, got {shown(data)}")
    sign, _, rest = data.rpartition("-")
    above, slash, below = rest.partition("/")
    digits = (above, below) if slash else (above,)
    if sign or not all(d.isascii() and d.isdigit() for d in digits):
        raise Unsupported(f"expected a rational number, got {shown(data)}")
    if len(data) > MAX_DIGITS:
        raise Unsupported(f"expected a number of at most {MAX_DIGITS} digits")
    if slash and not int(below):
        raise Invalid("expected a number, got a denominator 0")
    value = Fraction(int(above), int(below) if slash else 1)
    return -value if data[0] == "-" else value
