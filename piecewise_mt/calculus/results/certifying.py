"""Whether a proof is being verified: then no enumeration is believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_CERTIFYING: ContextVar[bool] = ContextVar("certifying", default=False)


@contextmanager
def certifying() -> Iterator[None]:
    """Show of everything that is enumerated that it is all that there is.

    Examples
    --------
    >>> with certifying():
    ...     is_certifying()
    True
    >>> is_certifying()
    False
    """
    token = _CERTIFYING.set(True)
    try:
        yield
    finally:
        _CERTIFYING.reset(token)


def is_certifying() -> bool:
    """Whether that is asked for."""
    return _CERTIFYING.get()
