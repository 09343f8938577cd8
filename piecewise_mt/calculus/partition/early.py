"""Points at which a smooth node is not C¹, found before faces are enumerated.

Such as the zero of a 2-norm, where all operands vanish. A point is only refused where the node is
read, so that the enumeration would refuse a stratum that holds it; it may come to it late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.defined import has_requirements, require_defined_at
from piecewise_mt.calculus.evaluation.program import Picked, Program, Slots, SmoothUnit
from piecewise_mt.calculus.partition.maxima import rough_faces
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.refuting import even_powers
from piecewise_mt.errors import Undecided
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.functions.build.smooth_nodes import put
from piecewise_mt.geometry.polyhedron import Polyhedron

FEW_FACES = 100
"""So many are enumerated at once, and the piece is named with the point."""
MAX_NODES = 200
"""Of more smooth nodes the first ones are looked at."""


def refuse_early(program: Program, domain: Polyhedron | None, pick: Picked) -> None:
    """Refuse a function of many faces at a point where a smooth node is not C¹, if one is found.

    Raises
    ------
    PiecewiseError
        Naming the node and the point.

    Examples
    --------
    >>> from fractions import Fraction
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program, selected
    >>> v = mt.vector("v", 9)
    >>> norm = sum(mt.square(mt.abs(v[i] - i)) for i in range(9)) ** Fraction(1, 2)
    >>> refuse_early(compile_program(norm), None, selected)
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.PiecewiseError: expected a C¹ formula, got ... is not positive \
at (0, 1, 2, 3, 4, 5, 6, 7, 8); restrict the piece, or change the formula
    """
    if not has_requirements(program) or rough_faces(program) <= FEW_FACES:
        return
    region = Polyhedron(program.names) if domain is None else domain
    for point in dict.fromkeys(_points(program, region)):
        try:
            require_defined_at(program, point, pick)
        except Undecided:
            continue


def _points(program: Program, region: Polyhedron) -> Iterator[tuple[Fraction, ...]]:
    origin = (Fraction(0),) * len(program.names)
    if region.contains(origin):
        yield origin
    zeros = _Zeros(program)
    for unit in program.smooth[:MAX_NODES]:
        for requirement in unit.function.requirements:
            rows = zeros.of(put(requirement.form, [zeros.written(row) for row in unit.operands]))
            if rows:
                met = Polyhedron(program.names, [*region.equations, *rows], region.inequalities)
                witness = met.witness()
                if witness is not None:
                    yield tuple(map(fraction, witness))


class _Zeros:
    """Affine equations for a common zero of the terms of a sum of even powers.

    A kink is taken to be zero where its operands are, as those of |x| and relu(x).
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        count = len(program.names) + len(program.units)
        symbols = (sympy.Symbol(f"s{i}", real=True) for i in range(count))
        self._symbols: list[sympy.Expr] = [sympy.Integer(1), *symbols]
        names = tuple(str(symbol) for symbol in self._symbols[1:])
        self._hull = AffineHull.of_equations(names, [])
        self._smooth: dict[int, sympy.Expr] = {}
        for slot, unit in program.ordered():
            if isinstance(unit, SmoothUnit):
                self._smooth[slot] = unit.function.at([self.written(row) for row in unit.operands])

    def written(self, row: Slots) -> sympy.Expr:
        """A form of slots as a formula in variables and kinks."""
        slots = ((self._smooth[s] if s < 0 else self._symbols[s], c) for s, c in row.items())
        return sympy.Add(*(to_rational(c) * own for own, c in slots))

    def of(self, form: sympy.Expr) -> list[Row]:
        """The equations in the variables; [] if the form is no such sum."""
        found: list[Row] = []
        width = len(self._program.names) + 1
        pending: list[Sequence[Any]] = list(even_powers(form, self._hull))
        if not pending:
            return []
        seen: set[int] = set()
        while pending:
            row = pending.pop()
            kinks = [i for i, c in enumerate(row) if c and i >= width]
            if any(row[:width]):
                found.append(primitive(row[:width]))
            for i in kinks:
                if i in seen:
                    continue
                seen.add(i)
                for operand in self._program.units[i - width].operands:
                    if any(s < 0 for s in operand):
                        return []
                    full = [Fraction(0)] * len(row)
                    for s, c in operand.items():
                        full[s] = fraction(c)
                    pending.append(full)
        return found
