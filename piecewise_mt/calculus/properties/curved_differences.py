"""Where two associated gradients differ, if pieces or gradients are curved."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from piecewise_mt.calculus.representation import semialgebraic
from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.smooth.entries import as_expr
from piecewise_mt.calculus.smooth.polynomials import polynomials_of
from piecewise_mt.errors import Undecided, Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.reduction import irredundant
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System, Terms

SECONDS = 5.0
"""For each decision whether gradients differ on a piece."""


def curved_gradient_differences(
    rep1: DerivedRepresentation,
    rep2: DerivedRepresentation,
    both: Expression,
    place: Sequence[int],
) -> SemialgebraicSet:
    """The points of the pieces of both at which some entry of the gradients differs.

    Raises
    ------
    Unsupported
        If a gradient is not polynomial.
    Undecided
        If it is not decided in time whether two gradients differ on some piece.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> w, x = mt.variables("w x")
    >>> zero, one = (mt.relu(w * x, at_zero=z) for z in (0, 1))
    >>> print(mt.gradient_difference_set(zero, one))
    {w = 0, x != 0} ∪ {x = 0, w != 0}
    """
    names = rep1.names
    parts: list[Conditions] = []
    for piece in semialgebraic.represent(both):
        point = dict(zip(names, piece.witness, strict=True))
        one = rep1.piece_at(point).jacobian
        other = [tuple(row[i] for i in place) for row in rep2.piece_at(point).jacobian]
        for mine, theirs in zip(one, other, strict=True):
            for a, b in zip(mine, theirs, strict=True):
                difference = piece.hull.restricted(sympy.expand(as_expr(a) - as_expr(b)))
                for terms in _polynomials(difference, names):
                    part = _nonempty(names, (*piece.conditions, (terms, 5)))
                    if part is not None and part not in parts:
                        parts.append(part)
    return SemialgebraicSet(names, tuple(parts))


def _nonempty(names: tuple[str, ...], conditions: Conditions) -> Conditions | None:
    answer = decide(System(names, conditions), SECONDS)
    if isinstance(answer, Empty):
        return None
    if not isinstance(answer, NonEmpty):
        raise Undecided(
            f"expected a decision whether the gradients differ on "
            f"{SemialgebraicSet(names, (conditions,))}, got {answer.reason}"
        )
    return irredundant(names, conditions)


def _polynomials(expression: sympy.Expr, names: Sequence[str]) -> list[Terms]:
    found = polynomials_of(expression, names)
    if found is None:
        raise Unsupported(
            f"expected gradients that are polynomials here, got a difference {expression}; compare "
            "them with mt.check_gradient"
        )
    return found
