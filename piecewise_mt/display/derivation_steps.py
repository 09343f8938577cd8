"""The steps of a derivation, one method a section; see ``display.derivation``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from piecewise_mt.calculus.program import selected
from piecewise_mt.calculus.representation import DerivedRepresentation, represent
from piecewise_mt.display.affine import affine_latex, space_latex
from piecewise_mt.display.conditions import condition_latex
from piecewise_mt.display.derivations import condition_15_latex, factor_latex, matrix_latex
from piecewise_mt.display.latex_layout import latex_width
from piecewise_mt.display.latex_styles import (
    Notation,
    arguments_latex,
    parameter_names,
    renamed_table,
    split_latex,
)
from piecewise_mt.display.tables import latex_escape
from piecewise_mt.errors import NotContinuous
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.functions.atoms import Atom
from piecewise_mt.functions.nodes import Piecewise, Variable
from piecewise_mt.geometry.polyhedron import Polyhedron

MOST_OPERANDS = 5
"""Nodes of more operands are described, not listed."""


class Steps:
    """The sections of one derivation."""

    def __init__(
        self, rep: DerivedRepresentation, notation: Notation, room: float, shown: int
    ) -> None:
        self.rep = rep
        self.notation = notation
        self.room = room
        self.shown = min(shown, len(rep))
        self.program = rep.strata.program
        self.units = self.program.units
        letters = [c for c in "uvwqh" if not any(n.startswith(c) for n in rep.names)] + ["\\nu"]
        self.letter = letters[0]
        self.slot_names = [*rep.names, *(f"{self.letter}{k + 1}" for k in range(len(self.units)))]
        self.parameters = parameter_names(rep)

    def text(self) -> str:
        sections = [
            self.function(),
            self.nodes(),
            self.sets(),
            self.products(),
            self.conditions(),
            self.result(),
        ]
        return "\n\n".join(section for section in sections if section)

    # -- the function --------------------------------------------------------------------

    def function(self) -> str:
        """u_k = node(operands), level by level, then f as an affine map of them."""
        lines = [f"{self.letter}_{{{k + 1}}} &= {self.applied(k)}" for k in range(len(self.units))]
        name = self.notation.function + arguments_latex(self.rep.names)
        outputs = [self.slots(row) for row in self.program.outputs]
        if self.rep.shape == ():
            lines += self.broken(f"{name} &= ", outputs[0])
        else:
            for i, output in enumerate(outputs, start=1):
                lines += self.broken(f"{self.notation.function}_{{{i}}} &= ", output)
        space = space_latex(len(self.rep.names))
        target = "" if self.rep.shape == () else f"^{{{len(outputs)}}}"
        where = (
            f"on ${space}$"
            if self.rep.domain is None
            else f"on $\\{{{condition_latex(self.rep.domain)}\\}} \\subset {space}$"
        )
        head = (
            f"\\paragraph{{The function.}} Let $f$ be defined {where} with values in "
            f"$\\mathbb{{R}}{target}$ by"
        ).replace("$f$", f"${self.notation.function}$")
        kinds = {self.kind(unit.atom) for unit in self.units}
        tail = "Here $R(y) = \\max(0, y)$.\n" if "relu" in kinds else ""
        return f"{head}\n{align(lines)}\n{tail}"

    def slots(self, row: Mapping[int, Any]) -> str:
        form = [row.get(slot, 0) for slot in range(len(self.slot_names) + 1)]
        return affine_latex(form, self.slot_names)

    def broken(self, left: str, right: str) -> list[str]:
        parts = split_latex(right, self.room - latex_width(left) - 40)
        return [left + parts[0], *(f"&\\quad {part}" for part in parts[1:])]

    def kind(self, atom: Atom) -> str:
        text = str(getattr(atom, "sign", ""))
        if type(atom).__name__ == "Extremum":
            return "max" if text == "1" else "min"
        slopes = tuple(getattr(atom, "slopes", ()))
        if tuple(getattr(atom, "breakpoints", ())) == (0,) and tuple(atom_knots(atom)) == (0,):
            return {(0, 1): "relu", (-1, 1): "abs"}.get(slopes, "other")
        return "other"

    def applied(self, k: int) -> str:
        unit = self.units[k]
        operands = [self.slots(row) for row in unit.operands]
        kind = self.kind(unit.atom)
        if kind == "abs":
            return f"|{operands[0]}|"
        inner = ", ".join(operands)
        if latex_width(inner) > self.room - 80:
            parts = split_latex(inner.replace(", ", ",\\, "), self.room - 80)
            inner = r" \\ &\qquad ".join(parts)
        if kind == "relu":
            return f"R({inner})"
        if kind in ("max", "min"):
            return f"\\{kind}({inner})"
        return f"\\varphi_{{{self.number(unit.atom)}}}({inner})"

    def number(self, atom: Atom) -> int:
        """The number of an atom among the different ones, from 1."""
        keys = list(dict.fromkeys(_atom_key(unit.atom) for unit in self.units))
        return keys.index(_atom_key(atom)) + 1

    # -- pieces of the nodes -------------------------------------------------------------

    def nodes(self) -> str:
        """The representation of every different node, derived by itself."""
        found: dict[Any, list[int]] = {}
        for k, unit in enumerate(self.units):
            found.setdefault(_atom_key(unit.atom), []).append(k)
        if not found:
            return ""
        parts = ["\\paragraph{The nonsmooth nodes and their pieces.}"]
        for members in found.values():
            parts.append(self.node(members))
        return "\n\n".join(parts)

    def node(self, members: Sequence[int]) -> str:
        atom = self.units[members[0]].atom
        names = self.run_of_names(members)
        rule = str(atom.rule_text)
        title = f"The node of {names}" if len(members) == 1 else f"The nodes of {names}"
        rule_text = f" under the rule \\texttt{{{latex_escape(rule)}}}" if rule else ""
        if atom.arity > MOST_OPERANDS:
            return (
                f"{title}, of {atom.arity} operands{rule_text}: too many pieces to list here; "
                "those that occur are in the sets below."
            )
        operands = [Variable((f"y{i + 1}",)) for i in range(atom.arity)]
        if atom.arity == 1:
            operands = [Variable(("y",))]
        node = Piecewise(operands, [(atom, range(atom.arity))], (), "node")
        try:
            own = represent(node)
        except NotContinuous:
            return f"{title}{rule_text} has the two branches as written."
        notation = Notation(
            r"Q", r"\varphi", self.notation.gradient, parameter=self.notation.parameter
        )
        table = renamed_table(own, notation)
        table.title = ""
        return f"{title}{rule_text}:\n\n{table.to_latex(self.room)}"

    def run_of_names(self, members: Sequence[int]) -> str:
        shown = [f"{self.letter}_{{{k + 1}}}" for k in members]
        if len(shown) > 6:
            shown = [*shown[:3], r"\dots", shown[-1]]
        return f"${', '.join(shown)}$"

    # -- the sets U of (9) ---------------------------------------------------------------

    def sets(self) -> str:
        if not self.units:
            return ""
        lines: list[str] = []
        for piece in self.rep[: self.shown]:
            forms = self.program.affine(piece.label_keys, selected).operands
            own = []
            for unit, branch, label, operands in zip(
                self.units, piece.branch_keys, piece.label_keys, forms, strict=True
            ):
                groups = unit.atom.branch_constraints(branch, label)
                own.append(self.set_of(groups, operands))
            name = self.notation.piece_name(piece.alpha)
            left = f"{name} &= "
            kept = [text for text in own if text is not None]
            if self.rep.domain is not None:
                kept.insert(0, rf"\{{{condition_latex(self.rep.domain)}\}}")
            joined = r" \cap ".join(kept) or space_latex(len(self.rep.names))
            result = condition_latex(piece.polyhedron)
            if len(kept) > 1 or (kept and kept[0] != rf"\{{{result}\}}"):
                if result != space_latex(len(self.rep.names)):
                    result = rf"\{{{result}\}}"
                if latex_width(left + joined + result) + 20 <= self.room:
                    lines.append(f"{left}{joined} = {result}")
                    continue
                lines += self.cut(left, kept)
                parts = split_latex(result, self.room - 60)
                lines.append(f"&= {parts[0]}")
                lines += [rf"&\quad {part}" for part in parts[1:]]
            else:
                lines += self.cut(left, kept or [joined])
        head = (
            "\\paragraph{The sets (9).} One branch of every node at a time; "
            f"{self.count()} of the combinations are not empty"
        )
        return f"{head}{self.only()}:\n{align(lines)}"

    def count(self) -> str:
        return str(len(self.rep))

    def only(self) -> str:
        rest = len(self.rep) - self.shown
        return "" if rest <= 0 else f", of which the first {self.shown} are"

    def cut(self, left: str, sets: Sequence[str]) -> list[str]:
        """An intersection in lines that fit."""
        lines, current = [], left
        for k, text in enumerate(sets):
            sign = r" \cap " if k else ""
            if k and latex_width(current + sign + text) > self.room - 30:
                lines.append(current)
                current, sign = r"&\quad ", r"{} \cap "
            current += sign + text
        return [*lines, current]

    def set_of(self, groups: Any, operands: Sequence[Sequence[Any]]) -> str | None:
        """{x : what a branch says}, None for the whole space."""
        equations, inequalities = [], []
        for (coefficients, constant), relation in groups:
            total: list[Any] = [constant, *[0] * len(self.rep.names)]
            for c, operand in zip(coefficients, operands, strict=True):
                if c:
                    total = [t + c * v for t, v in zip(total, operand, strict=True)]
            if not any(total[1:]):
                continue
            row = primitive(total)
            if relation == "=":
                equations.append(row)
            else:
                inequalities.append((row, relation == ">"))
        if not equations and not inequalities:
            return None
        set_ = Polyhedron(self.rep.names, equations, inequalities)
        text = condition_latex(set_)
        return None if text == space_latex(len(self.rep.names)) else rf"\{{{text}\}}"

    # -- the product (14) ----------------------------------------------------------------

    def products(self) -> str:
        lines: list[str] = []
        for piece in self.rep[: self.shown]:
            lines += self.product(self.rep.chain_rule(piece.alpha), piece.alpha)
        head = "\\paragraph{The product (14).} From the outermost factor to the innermost"
        return f"{head}{self.only()}:\n{align(lines)}"

    def product(self, chain: Any, alpha: int) -> list[str]:
        left = f"{self.notation.gradient_of(alpha)} "
        written = [self.renamed(matrix_latex(factor)) for factor in chain.factors]
        total = self.renamed(matrix_latex(chain.product))
        full = " ".join(
            rf"\underbrace{{{text}}}_{{{factor_latex(name)}}}"
            for name, text in zip(chain.names, written, strict=True)
        )
        if sum(map(latex_width, [left, total, *written])) + 40 <= self.room:
            return [f"{left}&= {full} = {total}"]
        names = " ".join(map(factor_latex, chain.names))
        lines = [f"{left}&= {names}"]
        if latex_width(total) + 60 <= self.room:
            lines[0] += f" = {total}"
        else:
            parts = split_latex(total, self.room - 60)
            lines += [f"&= {parts[0]}", *(rf"&\quad {part}" for part in parts[1:])]
        current = r"&\quad "
        for name, text, factor in zip(chain.names, written, chain.factors, strict=True):
            term = f"{factor_latex(name)} = {text}"
            if latex_width(term) + 60 > self.room:
                term = (
                    rf"{factor_latex(name)} \in \mathbb{{R}}^{{{factor.rows} \times {factor.cols}}}"
                )
            term += r",\quad "
            if current != r"&\quad " and latex_width(current + term) + 60 > self.room:
                lines.append(current)
                current = r"&\quad "
            current += term
        lines.append(current.removesuffix(r",\quad "))
        return lines

    def renamed(self, latex: str) -> str:
        return self.notation.renamed(latex, self.parameters)

    # -- the conditions (15) and the result ------------------------------------------------

    def conditions(self) -> str:
        found = self.rep.tangential_conditions()
        parts = []
        if found:
            lines = []
            for condition in found[: 2 * self.shown]:
                text = condition_15_latex(condition)
                lines.append(self.own_symbols(text).replace(" = ", " &= ", 1))
            more = len(found) - len(lines)
            note = f" The remaining {more} are of the same form." if more > 0 else ""
            verdict = (
                "All of them hold, identically in the free parameters."
                if found.ok
                else "They do not all hold."
            )
            parts.append(f"On the thin pieces, for a basis of tangent vectors,\n{align(lines)}\n")
            parts.append(verdict + note)
        if found.empty:
            points = r",\allowbreak ".join(
                self.notation.piece_name(alpha) for alpha in found.empty[:20]
            )
            rest = ", \\dots" if len(found.empty) > 20 else ""
            parts.append(
                f"The tangent space of ${points}{rest}$ is $\\{{0\\}}$: nothing is required there."
            )
        if not parts:
            return ""
        return "\\paragraph{The conditions (15).} " + "\n".join(parts)

    def own_symbols(self, latex: str) -> str:
        n = self.notation
        latex = latex.replace(" f^{", f" {n.function}^{{")
        return latex.replace("{ on } P^{", f"{{ on }} {n.piece}^{{")

    def result(self) -> str:
        table = renamed_table(self.rep, self.notation)
        table.title = ""
        counted = "one piece" if len(self.rep) == 1 else f"{len(self.rep)} pieces"
        head = f"\\paragraph{{The result (6), (7)}} has {counted}:"
        return f"{head}\n\n{table.to_latex(self.room)}"


def atom_knots(atom: Atom) -> Sequence[Any]:
    """The values of a function of one variable at its breakpoints."""
    return getattr(atom, "knots", ())


def _atom_key(atom: Atom) -> Any:
    """Atoms with equal keys are the same function with the same rule."""
    state = {
        "breakpoints": getattr(atom, "breakpoints", None),
        "slopes": getattr(atom, "slopes", None),
        "knots": tuple(atom_knots(atom)),
        "sign": getattr(atom, "sign", None),
        "op": getattr(atom, "op", None),
        "rows": getattr(atom, "rows", None),
    }
    return (type(atom).__name__, atom.arity, str(atom.rule_text), repr(state))


def align(lines: Sequence[str]) -> str:
    """An ``align*`` that may break across pages."""
    body = " \\\\\n".join(lines)
    return f"{{\\allowdisplaybreaks\n\\begin{{align*}}\n{body}\n\\end{{align*}}}}"
