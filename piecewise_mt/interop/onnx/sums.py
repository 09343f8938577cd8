"""Affine maps by rows, counted before they are built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.budget import allowed_bytes, check
from piecewise_mt.errors import OutOfBudget, Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear

MAX_TERMS = 5 * 10**6
"""The most terms, products of a weight and an entry, that one file may have: 80 bytes each."""
MAX_SHARED = 5 * 10**7
"""The most terms in convolutions, which share their weights and take time, but no memory."""
ENTRY = 200
"""The bytes of one entry of a result, with the indices and atoms that it needs."""
ONE, ZERO = Fraction(1), Fraction(0)


class Budget:
    """Counts the terms of the layers of one file, before they are built."""

    def __init__(self) -> None:
        self.terms = {False: 0, True: 0}
        self.entries = 0

    def hold(self, entries: int, where: str) -> None:
        """Refuse a file whose intermediate results do not fit, as they come."""
        check()
        self.entries += entries
        most = allowed_bytes() // ENTRY
        if self.entries > most:
            raise OutOfBudget(
                f"expected at most {most} entries in the results of all nodes, got "
                f"{self.entries} with {where}; take a smaller input, or allow more with "
                "mt.limits(bytes=…)"
            )

    def take(self, terms: int, what: str, shared: bool = False) -> None:
        """Refuse what would have more terms than is left for."""
        self.terms[shared] += terms
        most = MAX_SHARED if shared else MAX_TERMS
        if self.terms[shared] > most:
            raise Unsupported(
                f"expected at most {most} terms in the layers of one file, got "
                f"{self.terms[shared]} with the {terms} of {what}; cut the network, or take a "
                "smaller input"
            )


def summed(
    args: tuple[Expression, ...],
    rows: Iterable[Sequence[int]],
    shape: shapes.Shape,
    weights: Any = None,
) -> Expression:
    """The sums of entries of the operands, one a row, each times the row's weight."""
    found = list(rows)
    factors = [ONE] * len(found) if weights is None else list(weights)
    return Linear(
        args,
        [[(i, w) for i in row] for row, w in zip(found, factors, strict=True)],
        [ZERO] * len(found),
        shape,
    )
