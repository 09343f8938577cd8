"""The nodes of a derivation: their letters, their operands, their conditions on a piece."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import Program, SmoothUnit, Unit, selected
from piecewise_mt.calculus.smooth.affine_hull import AffineHull, Hull
from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.calculus.smooth.formulas import AffineFormula, Formula, SmoothFormula
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.display.latex_styles import signed, split_latex, unused_letter
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.exact.polynomials import coefficient_to_sympy
from piecewise_mt.functions.atoms import Atom
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Related, apart
from piecewise_mt.semialgebraic.sets import conditions_latex
from piecewise_mt.typeset.affine import (
    affine_latex,
    coefficient_text,
    expression_latex,
    latex_name,
    space_latex,
)
from piecewise_mt.typeset.conditions import condition_latex
from piecewise_mt.typeset.latex_layout import joined_lines, latex_width

_RELATIONS = {"=": "=", ">": ">", ">=": r"\geq"}
RELATIONS = {">": ">", ">=": r"\geq", "<": "<", "<=": r"\leq"}
BREAK = r" \\ &\qquad "
"""Where operands go on in the next line."""


class Units:
    """The nodes u1, u2, … of a program, each after those that it reads, smooth ones among them."""

    def __init__(self, program: Program, room: float) -> None:
        self.program = program
        self.room = room
        self.names = program.names
        self.ordered = list(program.ordered())
        used = {*program.names, *(name for u in program.units for name in u.atom.names())}
        stem = unused_stem(used, ("u", "v", "w", "q", "nu", "eta", "zeta"))
        self.letter = latex_name(stem)
        self.node_letter = latex_name(unused_stem(used, ("varphi", "psi", "chi", "xi")))
        # a node by itself has operands of its own, and R is the ReLU unless it is a variable
        self.operand = unused_stem(used, ("y", "x", "t", "s", "r", "p"))
        self.pieces = unused_letter(tuple(used), ("Q", "T", "D", r"\mathcal{Q}"))
        self.has_relu = unused_letter(tuple(used), ("R", "")) == "R"
        self.matrix = unused_letter(tuple(used), ("W", "M", "V", r"\mathcal{W}"))
        self.slot_names = [
            *program.names,
            *(f"{stem}{k + 1}" for k in range(len(self.ordered))),
        ]
        self._place = {slot: k for k, (slot, _) in enumerate(self.ordered)}
        others = [u.atom for u in program.units if kind_of(u.atom) == "other"]
        self._atoms = list(dict.fromkeys(atom.key for atom in others if not is_where(atom)))

    def position(self, slot: int) -> int:
        """Where a slot stands in (1, variables, u1, u2, …)."""
        place = self._place.get(slot)
        return slot if place is None else len(self.names) + 1 + place

    def form(self, row: Mapping[int, Any]) -> list[Any]:
        """A sparse form of slots as a dense one of :attr:`slot_names`."""
        found = [0] * (len(self.slot_names) + 1)
        for slot, c in row.items():
            found[self.position(slot)] = c
        return found

    def latex(self, row: Mapping[int, Any]) -> str:
        """A form of slots in LaTeX."""
        return affine_latex(self.form(row), self.slot_names)

    def applied(self, unit: Unit | SmoothUnit) -> str:
        """A node with its operands, as it is written in a formula."""
        if isinstance(unit, SmoothUnit):
            symbols = [sympy.Integer(1), *(sympy.Symbol(name) for name in self.slot_names)]
            operands = [
                sympy.Add(*(to_rational(c) * s for c, s in zip(self.form(row), symbols) if c))
                for row in unit.operands
            ]
            return expression_latex(unit.function.at(operands))
        operands_latex = [self.latex(row) for row in unit.operands]
        kind = kind_of(unit.atom)
        if kind == "abs":
            return f"|{signed(operands_latex[0])}|"
        if is_where(unit.atom):
            cases = where_latex(unit.atom.parameters[0], operands_latex)
            if latex_width(cases) <= self.room - 60:
                return cases
        inner = ", ".join(operands_latex)
        if latex_width(inner) > self.room - 80:
            parts = split_latex(inner.replace(", ", ",\\, "), self.room - 80)
            inner = BREAK.join(parts)
        return f"{self.called(unit.atom)}({inner})"

    def called(self, atom: Atom) -> str:
        """What a node is called in formulas."""
        kind = kind_of(atom)
        if kind == "relu":
            return "R" if self.has_relu else r"\operatorname{relu}"
        if kind in ("max", "min"):
            return f"\\{kind}"
        if is_where(atom):
            return rf"\operatorname{{where}}_{{{RELATIONS[atom.parameters[0]]}}}"
        number = self._atoms.index(atom.key) + 1
        return f"{self.node_letter}_{{{number}}}"

    def parameters(self, place: int) -> tuple[str, ...]:
        """The free parameters of a node, as they are called in the whole function."""
        unit = self.ordered[place][1]
        assert isinstance(unit, Unit)
        count = unit.atom.parameter_count()
        return tuple(coefficient_text(unit.parameter(i)) for i in range(count))

    def piecewise(self) -> dict[Any, list[int]]:
        """The places of the nonsmooth nodes, grouped by what they are."""
        found: dict[Any, list[int]] = {}
        for k, (_, unit) in enumerate(self.ordered):
            if isinstance(unit, Unit):
                found.setdefault(unit.atom.key, []).append(k)
        return found

    def atom(self, place: int) -> Atom:
        unit = self.ordered[place][1]
        assert isinstance(unit, Unit)
        return unit.atom

    # -- the sets U of (9) ---------------------------------------------------------------

    def sets_of(self, piece: Any) -> list[str]:
        """For every nonsmooth node the set where its branch on the piece is taken.

        Sets that are the whole space are left out.
        """
        program, labels = self.program, piece.label_keys
        forms = program.operand_forms(labels, selected)
        relayed = program.formulas(labels, selected).operands if program.is_smooth else {}
        first = len(self.names) + 1
        found = []
        for k, (unit, branch, label) in enumerate(
            zip(program.units, piece.branch_keys, labels, strict=True)
        ):
            operands: list[Formula]
            if unit.relayed:
                operands = [SmoothFormula(self.names, own) for own in relayed[first + k]]
            else:
                operands = [AffineFormula(self.names, tuple(own)) for own in forms[k]]
            groups = unit.atom.branch_constraints(branch, label)
            found += self._set(groups, operands, piece.hull)
        return found

    def _set(self, groups: Any, operands: Sequence[Formula], hull: Hull) -> list[str]:
        found, others = [], []
        for (coefficients, constant), relation in groups:
            own: list[Any] | None
            if any(operand.is_smooth for operand in operands):
                total = _smooth_total(coefficients, constant, operands)
                own = AffineHull.of_equations(self.names, ()).affine_row(total)
                if own is None and relation != "=" and isinstance(hull, AffineHull):
                    # an equation would vanish on the hull that it describes
                    own = hull.affine_row(total)
                if own is None and isinstance(hull, CurvedHull):
                    others.append(_polynomial_latex(self.names, total, relation))
                    continue
                if own is None:
                    others.append(f"{expression_latex(total)} {_RELATIONS[relation]} 0")
                    continue
            else:
                own = [constant, *[0] * len(self.names)]
                for c, operand in zip(coefficients, operands, strict=True):
                    if c:
                        own = [t + c * v for t, v in zip(own, operand.raw, strict=True)]
            if any(own[1:]):
                found.append(Related(primitive(own), relation))
        texts = others
        if found:
            text = condition_latex(Polyhedron(self.names, *apart(found)))
            if text != space_latex(len(self.names)):
                texts = [text, *others]
        joined = r",\; ".join(texts)
        return [rf"\{{{joined}\}}"] if texts else []


def _polynomial_latex(names: Sequence[str], total: sympy.Expr, relation: str) -> str:
    """A condition on a polynomial, with its positive terms on the left.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> _polynomial_latex(("x", "y"), x * y / 2 - y, ">")
    'x y > 2 y'
    """
    _, whole = sympy.Poly(total, *symbols_of(names)).clear_denoms(convert=True)
    terms = {exponents: int(c) for exponents, c in whole.terms()}
    return conditions_latex(names, ((terms, {"=": 2, ">": 4, ">=": 6}[relation]),))


def _smooth_total(
    coefficients: Sequence[Any], constant: Any, operands: Sequence[Formula]
) -> sympy.Expr:
    terms = [
        coefficient_to_sympy(c) * operand.expr
        for c, operand in zip(coefficients, operands, strict=True)
        if c
    ]
    return sympy.Add(coefficient_to_sympy(constant), *terms)


def unused_stem(used: Iterable[str], stems: Sequence[str]) -> str:
    """The first of the stems with which no name begins; if there is none, a new one.

    >>> unused_stem(["u1", "velocity"], ("u", "v")), unused_stem(["x"], ("u", "v"))
    ('uuuuuuuuu', 'u')
    """
    names = tuple(used)
    longest = max(map(len, names), default=0)
    candidates = [*stems, stems[0] * (longest + 1)]
    return next(s for s in candidates if not any(name.startswith(s) for name in names))


def is_where(atom: Atom) -> bool:
    """Whether a node has the two branches of a comparison."""
    return atom.name == "where"


def where_latex(relation: str, operands: Sequence[str]) -> str:
    r"""``where(left > right, a, b)`` by its two cases.

    >>> print(where_latex(">", ["x", "0", "x^{2}", "x"]))
    \begin{cases} x^{2} & \text{if } x > 0, \\ x & \text{otherwise} \end{cases}
    """
    left, right, one, other = operands
    lines = [
        rf"{one} & \text{{if }} {signed(left)} {RELATIONS[relation]} {right},",
        rf"{other} & \text{{otherwise}}",
    ]
    return rf"\begin{{cases}} {joined_lines(lines)} \end{{cases}}"


def kind_of(atom: Atom) -> str:
    """``max``, ``min``, ``relu``, ``abs`` or ``other``."""
    return atom.name if atom.name in ("max", "min", "relu", "abs") else "other"
