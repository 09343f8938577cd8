"""What many small objects ask of memory: how many fit, and a collector that lets them be."""

from __future__ import annotations

import functools
import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

BYTES = 1000
"""What a face takes until its stratum has been looked at, generously."""
LEAST = 10**6
"""So many are allowed where nobody says how much memory there is."""


MANY = 10**5
"""From so many new objects on it pays to count them as old ones."""


if TYPE_CHECKING or sys.version_info >= (3, 12):
    cached_property = functools.cached_property
else:

    class cached_property(functools.cached_property):
        """That of functools without its lock, as from Python 3.12 on: pieces have many."""

        def __get__(self, instance: Any, owner: Any = None) -> Any:
            if instance is None:
                return self
            value = instance.__dict__[self.attrname] = self.func(instance)
            return value


class ProcessLock:
    """A lock that a child process does not inherit held by a thread that the child has not.

    The thread that holds it may take it again: what reports progress may ask for what is reported.

    Examples
    --------
    >>> lock = ProcessLock()
    >>> with lock.held(), lock.held():
    ...     pass
    """

    __slots__ = ("_locks",)

    def __init__(self) -> None:
        self._locks: dict[int, threading.RLock] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait until no other thread of this process holds it, and hold it."""
        # setdefault is atomic, so all threads of a process find the same lock
        with self._locks.setdefault(os.getpid(), threading.RLock()):
            yield


@contextmanager
def collector_frozen(kept: bool = False) -> Iterator[None]:
    """Keep the cyclic garbage collector from walking millions of tuples again and again.

    Parameters
    ----------
    kept : bool
        Whether what is made meanwhile is there to stay, so that the collector need not walk it
        when it is turned on again either.
    """
    enabled = gc.isenabled()
    try:  # an interrupt may come at any moment from here on
        try:
            gc.disable()
            yield
        finally:
            if enabled and kept and gc.get_count()[0] > MANY and not gc.get_freeze_count():
                # these two move all objects to the oldest generation
                gc.freeze()
                gc.unfreeze()
    finally:
        # no signal is handled between the end of the block and this call
        gc.enable() if enabled else None


def most_faces() -> int:
    """The default of ``max_faces``: what fits into half of the memory that is available.

    Examples
    --------
    >>> most_faces() >= LEAST
    True
    """
    found = [size for size in (_available(), _allowed()) if size is not None]
    return max(LEAST, min(found) // (2 * BYTES)) if found else LEAST


def _available() -> int | None:
    """The bytes that the machine can give."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:  # other systems say how much there is in all
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _allowed() -> int | None:
    """The bytes that the process may take, if a container or a limit says so."""
    found = []
    try:
        group = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        if group != "max":
            found.append(int(group))
    except (OSError, ValueError):
        pass
    try:
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            found.append(soft)
    except (ImportError, OSError, ValueError):
        pass
    return min(found, default=None)
