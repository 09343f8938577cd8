"""Where functions of polynomials are equal, and where they vanish, by decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.semialgebraic import (
    SemialgebraicStratum,
    semialgebraic_strata,
)
from piecewise_mt.calculus.partition.trust import not_accepted, open_questions
from piecewise_mt.calculus.representation.semialgebraic import SemialgebraicRepresentation
from piecewise_mt.calculus.smooth.deciding import vanishing
from piecewise_mt.calculus.smooth.polynomials import polynomial_of
from piecewise_mt.errors import Undecided, Unsupported
from piecewise_mt.exact.algebraic_points import sign_at_point
from piecewise_mt.functions.expression import Expression
from piecewise_mt.semialgebraic.sets import SemialgebraicSet


def vanishes_everywhere(h: Expression, budget: float, trust: Sequence[str]) -> bool:
    """Whether h is 0 on all its full-dimensional strata, which are dense.

    Raises
    ------
    Undecided
        If nothing refutes it, and not all strata are known or decided.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> w, x = mt.variables("w x")
    >>> vanishes_everywhere(mt.relu(w * x) - mt.relu(-w * x) - w * x, 10, ())
    True
    """
    cells = semialgebraic_strata(h, budget=budget)
    unknown = open_questions(cells, trust)
    for stratum in cells:
        if stratum.dimension < len(cells.names):
            continue
        for formula in formulas_of(cells.program, stratum.label_keys, selected):
            answer = vanishing(cells.names, (stratum.given,), formula.expr, points=[stratum.point])
            if answer.holds is False:
                return False
            if answer.holds is None:
                unknown.append(f"{{{stratum}}}: {answer.reason}")
            elif why := not_accepted(answer.trusted, trust):
                unknown.append(f"{{{stratum}}}: {why}")
    if unknown:
        raise Undecided(
            f"expected a decision whether {h} is 0, got none, for {unknown[0]}; raise budget, or "
            "simplify the kinks"
        )
    return True


def signs_of_polynomials(
    h: Expression,
    cut: Expression,
    domain: object,
    wanted: Callable[[Iterable[bool]], bool],
    budget: float,
    trust: Sequence[str],
    test: Callable[[int], bool] = bool,
) -> SemialgebraicSet:
    """The pieces of `cut` on which the signs of the outputs of h, its first ones, are as wanted.

    By default it is asked which of them are not 0.

    Raises
    ------
    Undecided
        If not all strata are known.
    Unsupported
        If an output is no polynomial on a stratum.
    """
    cells = semialgebraic_strata(cut, domain, budget=budget)
    unknown = open_questions(cells, trust)
    if unknown:
        raise Undecided(
            f"expected all strata of the set within {budget:g} seconds, got an open question: "
            f"{unknown[0]}; raise budget"
        )
    # the branches of relu(h) tell the signs of h, so that all strata of a piece have the same
    parts = [
        piece.conditions
        for piece in SemialgebraicRepresentation(cells, budget)
        if wanted(test(sign) for sign in _signs(piece.members[0], h.size))
    ]
    return SemialgebraicSet(cells.names, tuple(parts))


def _signs(stratum: SemialgebraicStratum, outputs: int) -> list[int]:
    """The signs of the first outputs at the point of a stratum."""
    cells = stratum.cells
    found = []
    for formula in formulas_of(cells.program, stratum.label_keys, selected)[:outputs]:
        terms = polynomial_of(formula.expr, cells.names)
        if terms is None:
            raise Unsupported(
                f"expected a polynomial on every stratum, got {formula.expr}; ask f.value at points"
            )
        found.append(sign_at_point(terms, stratum.point))
    return found
