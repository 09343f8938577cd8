"""Is a formula C¹, and a node defined, on a set with polynomial conditions?"""

from __future__ import annotations

from collections.abc import Sequence

from piecewise_mt.calculus.smooth.c1 import Written
from piecewise_mt.calculus.smooth.formulas import Formula
from piecewise_mt.calculus.smooth.polynomials import polynomial_of
from piecewise_mt.errors import PiecewiseError, Undecided
from piecewise_mt.exact.case_trees import NEGATIVE, ZERO
from piecewise_mt.functions.build.smooth_nodes import Requirement
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.points import point_expressions
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System

SECONDS = 5.0
"""For the decision whether a requirement is met on a set."""
_BROKEN = {
    "positive": (NEGATIVE | ZERO, "not positive"),
    "nonnegative": (NEGATIVE, "negative"),
    "nonzero": (ZERO, "zero"),
}
"""The signs with which a form does not meet a requirement, and how that is said."""


def require_c1_on(formula: Formula, sets: Sequence[Conditions]) -> None:
    """Refuse a formula that is not C¹ at a point of a union of sets.

    Raises
    ------
    PiecewiseError
        If it is not, with a point.
    Undecided
        If it is not decided.
    """
    for requirement in formula.requirements:
        written = Written(formula.text, str(requirement.form))
        for own in sets:
            require_on(requirement, written, own, formula.names)


def require_on(
    requirement: Requirement, written: Written, own: Conditions, names: tuple[str, ...]
) -> None:
    """Refuse a set on which a requirement of a formula or a node is not met."""
    if requirement.is_met():
        return
    form = polynomial_of(requirement.form, names)
    mask, broken = _BROKEN[requirement.kind]
    answer = form is not None and decide(System(names, (*own, (form, mask))), SECONDS)
    if isinstance(answer, NonEmpty):
        raise PiecewiseError(
            f"expected a C¹ formula, got {written.whole}, where {written.form} is "
            f"{broken} at {point_expressions(answer.point)}; restrict the piece, or change "
            "the formula"
        )
    if not isinstance(answer, Empty):
        raise Undecided(
            f"expected a formula that is C¹ on {SemialgebraicSet(names, (own,))}, got "
            f"{written.whole}, where it is not decided whether {written.form} is "
            f"{requirement.kind}; write the formula so that it shows"
        )
