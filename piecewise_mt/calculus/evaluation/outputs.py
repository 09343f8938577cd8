"""The formulas of a function's outputs where its units have given labels."""

from __future__ import annotations

from collections.abc import Sequence

from piecewise_mt.calculus.evaluation.program import Picked, Program
from piecewise_mt.calculus.smooth.formulas import AffineFormula, Formula, SmoothFormula
from piecewise_mt.functions.atoms import Label


def formulas_of(program: Program, labels: Sequence[Label], pick: Picked) -> tuple[Formula, ...]:
    """One formula an output, with `pick`'s weights at each unit.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program, selected
    >>> program = compile_program(mt.relu(mt.variable("t")) + 1)
    >>> [f.text for f in formulas_of(program, program.labels_at([2]), selected)]
    ['t + 1']
    """
    if program.is_smooth:
        rows = program.formulas(labels, pick).outputs
        return tuple(SmoothFormula(program.names, row) for row in rows)
    forms = program.affine(labels, pick).outputs
    return tuple(AffineFormula(program.names, tuple(form)) for form in forms)
