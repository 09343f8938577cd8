"""The rung along a stratum of a piecewise linear function plus a smooth one.

If no kink reads a smooth node and no smooth node a kink, then f = A + S with A piecewise linear and
S of class C¹. Limits of gradients, their hull, the products (14) and the condition (15) of f are
those of A, moved by ∇S. So a matrix G is for f what G - ∇S is for A, and where that is constant
along a stratum of A one point decides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import Program, selected
from piecewise_mt.calculus.smooth.affine_hull import AffineHull, constant_term
from piecewise_mt.calculus.smooth.rewriting import symbols_of


class Split:
    """A program as the sum of one without smooth units and one of nothing else.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> x, y = mt.variables("x y")
    >>> split = Split.of(compile_program(mt.exp(x) + mt.relu(y)))
    >>> split.gradient, split.linear.is_smooth
    (Matrix([[exp(x), 0]]), False)
    >>> Split.of(compile_program(mt.exp(mt.relu(y)))) is None
    True
    """

    def __init__(self, linear: Program, gradient: sympy.ImmutableMatrix) -> None:
        self.linear = linear
        self.gradient = gradient
        """That of the smooth summand."""

    @classmethod
    def of(cls, program: Program) -> Split | None:
        """The sum that a program is, None if it is none."""
        width = len(program.names) + 1
        kinks = [slot for unit in program.units for row in unit.operands for slot in row]
        curves = [slot for unit in program.smooth for row in unit.operands for slot in row]
        if any(slot < 0 for slot in kinks) or any(slot >= width for slot in curves):
            return None
        parts: list[list[dict[int, Any]]] = [
            [{s: c for s, c in row.items() if (s < 0) == is_smooth} for row in program.outputs]
            for is_smooth in (False, True)
        ]
        linear, smooth = (replace(program, outputs=tuple(rows)) for rows in parts)
        linear = replace(linear, smooth=(), order=())
        smooth = replace(smooth, units=(), order=tuple(s for s in program.order if s < 0))
        symbols = symbols_of(program.names)
        rows = smooth.formulas((), selected).outputs
        entries = [sympy.diff(row, s) for row in rows for s in symbols]
        return cls(linear, sympy.ImmutableMatrix(len(rows), len(symbols), entries))

    def moved(self, matrix: Any, hull: AffineHull) -> sympy.ImmutableMatrix | None:
        """What a matrix is less the gradient of the smooth summand; None if it varies on a hull."""
        entries = []
        for entry in sympy.ImmutableMatrix(matrix) - self.gradient:
            found = constant_term(hull.restricted(entry), hull.free)
            if found is None:
                return None
            entries.append(found)
        return sympy.ImmutableMatrix(*self.gradient.shape, entries)
