"""``progress=``: nothing, a counter on stderr, or a function of the count."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from piecewise_mt.errors import PiecewiseError

Progress = Callable[[int], None]

PATIENCE = 1.0
"""Seconds before anything is shown."""
INTERVAL = 0.1
"""Seconds between two counts."""


@contextmanager
def reporting(progress: bool | Progress | None, what: str) -> Iterator[Progress | None]:
    """The function to call with the count so far, None for no reports.

    Parameters
    ----------
    progress : None, bool or callable
        None or False for none; True for a counter on stderr that appears after a second, by rich
        if that is installed (``pip install piecewise_mt[cli]``); or a function of the count.
    what : str
        What is counted, for the counter.

    Raises
    ------
    PiecewiseError
        For anything else.

    Examples
    --------
    The three faces of a tie, counted while they are cut:

    >>> import piecewise_mt as mt
    >>> counts = []
    >>> mt.relu(mt.variable("t")).strata(progress=counts.append).f_vector, counts[-1] >= 3
    ((1, 2), True)
    """
    if progress is None or progress is False:
        yield None
    elif progress is True:
        counter = _Counter(what)
        try:
            yield counter
        finally:
            counter.close()
    elif callable(progress):
        yield progress
    else:
        raise PiecewiseError(
            f"expected None, True or a function of the count as progress, got {progress!r}; "
            "leave it out"
        )


class _Counter:
    """A line on stderr: a bar by rich where there is one, else digits that are overwritten."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.start = self.last = time.monotonic()
        self.bar: Any = None
        self.shown = False

    def __call__(self, count: int) -> None:
        now = time.monotonic()
        if now - self.start < PATIENCE or now - self.last < INTERVAL:
            return
        self.last = now
        if not self.shown:
            self.shown = True
            self.bar = _rich_bar(self.what)
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=count)
        else:
            print(f"\r{self.what}: {count:,}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()
        elif self.shown:
            print(file=sys.stderr)


def _rich_bar(what: str) -> Any:
    """A running rich progress display of an unknown total; None without rich."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        return None
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
    bar.add_task(what, total=None)
    bar.start()
    return bar
