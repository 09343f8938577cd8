"""The budget of a question: how many faces, bytes and seconds it may take.

Files and texts come from elsewhere, and a short one may describe what no machine can hold. Readers
and builders count before they build, and the engines ask here as they go.
"""

from __future__ import annotations

import importlib
import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from piecewise_mt.errors import OutOfBudget, PiecewiseError
from piecewise_mt.memory import most_faces

MAX_BYTES = 2**30
"""The default for what readers and builders make of one input."""
MAX_WORK = 20_000
"""The default for steps of SymPy, each a small part of a millisecond."""
MAX_LOOKS = 700_000_000
"""The default for faces that cuts look at; the compiled engine does it in seconds."""
MAX_PIECE_LOOKS = 30_000_000
"""The default for questions whether a cell lies in a piece, each some microseconds."""
TICK = 0.05
"""Seconds between two looks at the clock and at the memory."""
AGAIN = 1.0
"""Seconds after which an answer that swallowed the error is stopped again."""


@dataclass(frozen=True)
class Limits:
    """What a question may take; made by :func:`limits`.

    Attributes
    ----------
    seconds, faces, bytes
        As they were asked for; None for the default.
    deadline : float or None
        When the seconds are over, on the clock ``time.monotonic``.
    """

    seconds: float | None = None
    faces: int | None = None
    bytes: int | None = None
    deadline: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether the seconds are over."""
        return self.deadline is not None and time.monotonic() >= self.deadline


_NONE = Limits()
_current: ContextVar[Limits] = ContextVar("piecewise_mt_limits", default=_NONE)


def current() -> Limits:
    """The budget that holds here."""
    return _current.get()


@contextmanager
def limits(
    *, seconds: float | None = None, faces: int | None = None, bytes: int | None = None
) -> Iterator[Limits]:
    """A budget for everything that is asked inside a ``with``.

    Parameters
    ----------
    seconds : number, optional
        The time for all that is inside. There is no limit by default.
    faces : int, optional
        The faces of one complex, where no ``max_pieces`` or ``max_faces`` allows fewer. By default
        as many as fit into half of the memory that is available.
    bytes : int, optional
        What one input may be made into, counted before it is built; and how much the process may
        grow. The first is 2**30 by default, the second has no limit.

    Returns
    -------
    context manager of Limits
        What holds inside; of nested budgets the smaller.

    Raises
    ------
    OutOfBudget
        By what is asked inside, when seconds or bytes are over.
    TooManyPieces
        By what is asked inside, where there are more faces.
    PiecewiseError
        If a limit is no number ≥ 0.

    See Also
    --------
    mt.OutOfBudget, mt.TooManyPieces : What is raised.
    Expression.represent : Has a bound of its own, ``max_pieces``.

    Notes
    -----
    The engines look at the clock themselves. In the main thread of systems that have it, the timer
    of ``signal.setitimer`` looks too, unless the program uses that signal itself, so that SymPy and
    all else that is written in Python is stopped; one call into a compiled library is not.
    A budget belongs to its context, as in :mod:`contextvars`: not to other threads and processes.

    Examples
    --------
    A maximum of 12 has a stratum for each of its 4095 active sets:

    >>> import piecewise_mt as mt
    >>> f = mt.max(*mt.variables("x1:13")) + mt.relu(mt.variable("x1"))
    >>> try:
    ...     with mt.limits(faces=1000):
    ...         f.represent()
    ... except mt.TooManyPieces:
    ...     print("at one point:", f.gradient(range(12))[0, 11])
    at one point: 1
    """
    own = _tightened(seconds, faces, bytes)
    token = _current.set(own)
    try:
        with _watched(own, seconds is not None or bytes is not None):
            yield own
    finally:
        _current.reset(token)


def _tightened(seconds: Any, faces: Any, size: Any) -> Limits:
    outer = current()
    for name, value in (("faces", faces), ("bytes", size)):
        if value is not None and (type(value) is not int or value < 0):
            raise PiecewiseError(
                f"expected a whole number ≥ 0 of {name}, got {value!r}; leave it out for no limit "
                "of your own"
            )
    if seconds is not None and (
        isinstance(seconds, bool)
        or not isinstance(seconds, (int, float))
        or not 0 <= seconds < math.inf
    ):
        raise PiecewiseError(
            f"expected a number ≥ 0 of seconds, got {seconds!r}; leave it out for no limit"
        )
    deadline = None if seconds is None else time.monotonic() + seconds
    if outer.deadline is not None and (deadline is None or outer.deadline <= deadline):
        seconds, deadline = outer.seconds, outer.deadline
    return Limits(seconds, _least(outer.faces, faces), _least(outer.bytes, size), deadline)


def _least(*values: int | None) -> int | None:
    return min((value for value in values if value is not None), default=None)


def check() -> None:
    """Stop if the seconds are over; engines call it as they go.

    Raises
    ------
    OutOfBudget
        If they are.
    """
    own = _current.get()
    if own.deadline is not None and time.monotonic() >= own.deadline:
        raise _late(own)


def allowed_faces(asked: int | None = None) -> int:
    """How many faces a complex may have, of which a question allows `asked`.

    Examples
    --------
    >>> with limits(faces=10):
    ...     allowed_faces(100), allowed_faces(5)
    (10, 5)
    """
    own = current().faces
    if asked is None:
        return most_faces() if own is None else own
    return asked if own is None else min(asked, own)


def allowed_bytes() -> int:
    """How many bytes one input may be made into."""
    own = current().bytes
    return MAX_BYTES if own is None else own


def require_bytes(count: int, what: str) -> None:
    """Refuse, before it is built, what would take more memory than is allowed.

    Raises
    ------
    OutOfBudget
        If it would.

    Examples
    --------
    >>> require_bytes(2**40, "rows of numbers")
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.OutOfBudget: expected at most 1073741824 bytes for rows of numbers, got ...
    """
    check()
    most = allowed_bytes()
    if count > most:
        # a number of 10^5 digits says no more than this
        got = str(count) if count.bit_length() < 200 else "more than 10**60"
        raise OutOfBudget(
            f"expected at most {most} bytes for {what}, got {got}; ask for less, or allow more "
            "with mt.limits(bytes=…)"
        )


def require_work(count: int, what: str, most: int = MAX_WORK) -> None:
    """Refuse what takes more steps than `most`, unless seconds say how long it may take.

    The default is for steps of SymPy, counted before they are begun.

    Raises
    ------
    OutOfBudget
        If it is too much.

    Examples
    --------
    >>> require_work(10**6, "gradients")
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.OutOfBudget: expected at most 20000 steps for gradients, got about ...
    >>> with limits(seconds=60):
    ...     require_work(10**6, "gradients")
    """
    check()
    if count > most and current().deadline is None:
        got = str(count) if count.bit_length() < 200 else "more than 10**60"
        raise OutOfBudget(
            f"expected at most {most} steps for {what}, got about {got}; ask at a point, or "
            "allow time with mt.limits(seconds=…)"
        )


def _late(own: Limits) -> OutOfBudget:
    return OutOfBudget(
        f"expected an answer within {own.seconds:g} seconds, got none by then; raise seconds in "
        "mt.limits, or ask less"
    )


class _Watch:
    """What the timer calls: a look at the clock and at the memory."""

    def __init__(self, own: Limits) -> None:
        self.own = own
        self.start = _resident()

    def __call__(self, number: int, frame: Any) -> None:
        own = self.own
        error: OutOfBudget | None = None
        if own.is_over:
            error = _late(own)
        elif own.bytes is not None and _resident() - self.start > own.bytes:
            error = OutOfBudget(
                f"expected an answer within {own.bytes} bytes, got none by then; raise bytes in "
                "mt.limits, or ask less"
            )
        if error is not None:
            # what is between here and the end of the budget has time to put things in order
            signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
            raise error


@contextmanager
def _watched(own: Limits, is_needed: bool) -> Iterator[None]:
    """A timer that looks at clock and memory, where the program has none of its own."""
    if not is_needed or not _has_timer():
        yield
        return
    outer = signal.getsignal(signal.SIGALRM)
    try:
        signal.signal(signal.SIGALRM, _Watch(own))
        signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, outer)
        if isinstance(outer, _Watch):
            signal.setitimer(signal.ITIMER_REAL, TICK, TICK)


def _has_timer() -> bool:
    """Whether this is the main thread of a system with a timer that nobody else uses."""
    if not hasattr(signal, "setitimer"):
        return False
    if threading.current_thread() is not threading.main_thread():
        return False
    handler = signal.getsignal(signal.SIGALRM)
    if isinstance(handler, _Watch):
        return True
    return handler is signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL)[0] == 0


def _resident() -> int:
    """The bytes of memory that the process has now, or had at most where that is all one knows."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        resource: Any = importlib.import_module("resource")
        return pages * int(resource.getpagesize())
    except (ImportError, OSError, ValueError, IndexError):
        pass
    try:
        resource = importlib.import_module("resource")
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024
    except (ImportError, OSError, ValueError):
        return 0
