"""Asking z3's nlsat, through the extra ``[algebraic]``; a "no" of it is no proof."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.semialgebraic.fields import Field, Sample, adjoined, joined
from piecewise_mt.semialgebraic.lines import distinct_roots, irreducible
from piecewise_mt.semialgebraic.systems import Budget, OutOfTime, Terms, TooHard

MISSING = "z3 is not installed, which decides such rests; run pip install piecewise_mt[algebraic]"


class NoSolver(Exception):
    """z3 is not installed."""


def version() -> str:
    """What a proof that rests on z3 is marked with."""
    import z3

    return f"z3 {z3.get_version_string()}"


def ask(
    names: Sequence[str], conditions: Sequence[tuple[Terms, int]], budget: Budget
) -> Sample | bool | None:
    """A point, False if z3 finds none to exist, None if it does not know in time.

    Raises
    ------
    NoSolver
        If z3 is not installed.

    Notes
    -----
    Every query has its own context and solver, so that nothing that it learns is kept. The limit
    is in milliseconds of wall clock; ``rlimit`` is not heeded by this tactic.
    """
    try:
        import z3
    except ImportError as error:
        raise NoSolver from error
    milliseconds = int(budget.left * 1000)
    if milliseconds <= 0:
        return None
    context = z3.Context()
    solver = z3.Tactic("qfnra-nlsat", ctx=context).solver()
    solver.set("timeout", milliseconds)
    variables = [z3.Real(f"v{i}", context) for i in range(len(names))]
    for terms, mask in conditions:
        solver.add(_relation(_polynomial(terms, variables, context), mask))
    answer = solver.check()
    if answer == z3.unsat:
        return False
    if answer != z3.sat:
        return None
    model = solver.model()
    sample = Sample(Field(), {})
    try:
        for i, variable in enumerate(variables):
            own = _value(model.eval(variable, model_completion=True), i, budget)
            sample = joined(sample, own, budget)
    except (OutOfTime, TooHard):
        return None
    return sample


def _polynomial(terms: Terms, variables: Sequence[Any], context: Any) -> Any:
    import z3

    total = z3.RealVal(0, context)
    for exponents, c in terms.items():
        term = z3.RealVal(c, context)
        for variable, power in zip(variables, exponents, strict=True):
            for _ in range(power):
                term = term * variable
        total = total + term
    return total


def _relation(polynomial: Any, mask: int) -> Any:
    return {
        0: polynomial != polynomial,
        1: polynomial < 0,
        2: polynomial == 0,
        3: polynomial <= 0,
        4: polynomial > 0,
        5: polynomial != 0,
        6: polynomial >= 0,
        7: polynomial == polynomial,
    }[mask]


def _value(value: Any, variable: int, budget: Budget) -> Sample:
    """A coordinate of a model, read as the root of its polynomial nearest to z3's enclosure."""
    import z3

    if z3.is_rational_value(value):
        number = Fraction(value.numerator_as_long(), value.denominator_as_long())
        return Sample(Field(), {variable: (number,) if number else ()})
    p = [int(c.as_long()) for c in value.poly()]
    roots = distinct_roots(irreducible(p), budget)
    near = value.approx(20)
    low = Fraction(near.numerator_as_long(), near.denominator_as_long())
    width = Fraction(1, 10**19)
    while len(roots) > 1:
        budget.check()
        roots = [r for r in roots if r.low <= low + width and low - width <= r.high]
        for root in roots:
            root.narrow()
        if all(root.high - root.low < width for root in roots):
            break
    if len(roots) != 1:
        raise TooHard
    exact = roots[0].exact
    if exact is not None:
        return Sample(Field(), {variable: (exact,) if exact else ()})
    field, _, new = adjoined(Field(), [], roots[0], budget)
    return Sample(field, {variable: new})
