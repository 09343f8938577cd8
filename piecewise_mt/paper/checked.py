"""A statement of the paper with the table of its check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from piecewise_mt.typeset.tables import Table


@dataclass(frozen=True)
class Checked:
    """One statement: a heading, a remark, and the table of the check, made anew when asked."""

    heading: str
    remark: str
    make: Callable[[], Table]
