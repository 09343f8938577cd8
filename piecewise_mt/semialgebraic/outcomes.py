"""What a step of the elimination comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from piecewise_mt.exact.case_trees import Tree
from piecewise_mt.semialgebraic.fields import Sample


@dataclass(frozen=True, slots=True)
class Found:
    """A point; near it the set has this dimension, and `sure` says that it has no larger one."""

    dimension: int
    sample: Sample
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Nothing:
    """No point."""

    tree: Tree


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not decided."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Of too small a dimension to matter."""


Outcome: TypeAlias = "Found | Nothing | Unknown | Skipped"
