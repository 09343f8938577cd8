"""The steps of a derivation, one method a section; see ``display.derivation``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.representation.polyhedral import represent
from piecewise_mt.calculus.smooth.entries import is_expression
from piecewise_mt.display.derivation.factors import (
    condition_15_latex,
    factor_latex,
    matrix_latex,
    part_latex,
)
from piecewise_mt.display.derivation.units import Units, kind_of, unused_stem
from piecewise_mt.display.latex_styles import (
    Notation,
    arguments_latex,
    parameter_names,
    renamed_table,
    split_latex,
)
from piecewise_mt.errors import NotContinuous
from piecewise_mt.functions.nodes import Piecewise, Variable
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.typeset.affine import space_latex
from piecewise_mt.typeset.conditions import condition_latex
from piecewise_mt.typeset.latex_layout import latex_width
from piecewise_mt.typeset.tables import latex_escape

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
        self.units = Units(rep.strata.program, room)
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
        """u_k = node(operands), each after those it reads, then f as an affine map of them."""
        units, letter = self.units, self.units.letter
        lines = []
        for k, (_, unit) in enumerate(units.ordered):
            lines += self.broken(f"{letter}_{{{k + 1}}} &= ", units.applied(unit))
        name = self.notation.function + arguments_latex(self.rep.names)
        outputs = [units.latex(row) for row in units.program.outputs]
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
            else f"on $\\{{{domain_latex(self.rep.domain)}\\}} \\subset {space}$"
        )
        head = (
            f"\\paragraph{{The function.}} Let $f$ be defined {where} with values in "
            f"$\\mathbb{{R}}{target}$ by"
        ).replace("$f$", f"${self.notation.function}$")
        kinds = {kind_of(unit.atom) for unit in units.program.units}
        tail = "Here $R(y) = \\max(0, y)$.\n" if "relu" in kinds else ""
        return f"{head}\n{align(lines)}\n{tail}"

    def broken(self, left: str, right: str) -> list[str]:
        if r"\\" in right:
            return [left + right]
        parts = split_latex(right, self.room - latex_width(left) - 40)
        return [left + parts[0], *(f"&\\quad {part}" for part in parts[1:])]

    # -- pieces of the nodes -------------------------------------------------------------

    def nodes(self) -> str:
        """The representation of every different node, derived by itself."""
        found = self.units.piecewise()
        if not found:
            return ""
        parts = ["\\paragraph{The nonsmooth nodes and their pieces.}"]
        for members in found.values():
            parts.append(self.node(members))
        return "\n\n".join(parts)

    def node(self, members: Sequence[int]) -> str:
        atom = self.units.atom(members[0])
        names = self.run_of_names(members)
        rule = str(atom.rule_text)
        title = f"The node of {names}" if len(members) == 1 else f"The nodes of {names}"
        rule_text = f" under the rule \\texttt{{{latex_escape(rule)}}}" if rule else ""
        if atom.arity > MOST_OPERANDS:
            return (
                f"{title}, of {atom.arity} operands{rule_text}: too many pieces to list here; "
                "those that occur are in the sets below."
            )
        stem = unused_stem(atom.names(), ("y", "x", "t"))
        operands = [Variable((f"{stem}{i + 1}",)) for i in range(atom.arity)]
        if atom.arity == 1:
            operands = [Variable((stem,))]
        node = Piecewise(operands, [(atom, range(atom.arity))], (), "node")
        try:
            own = represent(node)
        except NotContinuous:
            return f"{title}{rule_text} has the two branches as written."
        notation = Notation(
            r"Q", self.units.node_letter, self.notation.gradient, parameter=self.notation.parameter
        )
        table = renamed_table(own, notation)
        table.title = ""
        return f"{title}{rule_text}:\n\n{table.to_latex(self.room)}"

    def run_of_names(self, members: Sequence[int]) -> str:
        shown = [f"{self.units.letter}_{{{k + 1}}}" for k in members]
        if len(shown) > 6:
            shown = [*shown[:3], r"\dots", shown[-1]]
        return f"${', '.join(shown)}$"

    # -- the sets U of (9) ---------------------------------------------------------------

    def sets(self) -> str:
        if not self.units.program.units:
            return ""
        lines: list[str] = []
        for piece in self.rep[: self.shown]:
            name = self.notation.piece_name(piece.alpha)
            left = f"{name} &= "
            kept = self.units.sets_of(piece)
            if self.rep.domain is not None:
                kept.insert(0, rf"\{{{domain_latex(self.rep.domain)}\}}")
            joined = r" \cap ".join(kept) or space_latex(len(self.rep.names))
            result = piece.condition_latex
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
            verdict = _verdict([None if c.trusted or found.trusted else c.holds for c in found])
            curved = any(is_expression(t) for c in found for t in c.direction)
            vectors = "fields that span the" if curved else "a basis of"
            parts.append(f"On the thin pieces, for {vectors} tangent vectors,\n{align(lines)}\n")
            parts.append(verdict + note)
        if found.empty:
            points = r",\allowbreak ".join(
                self.notation.piece_name(alpha) for alpha in found.empty[:20]
            )
            rest = ", \\dots" if len(found.empty) > 20 else ""
            parts.append(
                f"The tangent space of ${points}{rest}$ is $\\{{0\\}}$: nothing is required there."
            )
        if found.empty_parts:
            own = [self.own_symbols(part_latex(a, p)) for a, p in found.empty_parts[:20]]
            rest = ", and so on" if len(found.empty_parts) > 20 else ""
            shown = ", ".join(f"${part}$" for part in own)
            parts.append(
                f"The tangent space at {shown}{rest} is $\\{{0\\}}$: nothing is required there."
            )
        if found.undecided:
            parts.append(f"What is not decided: {latex_escape('; '.join(found.undecided))}.")
        if not parts:
            return ""
        return "\\paragraph{The conditions (15).} " + "\n".join(parts)

    def own_symbols(self, latex: str) -> str:
        n = self.notation
        latex = latex.replace(" f^{", f" {n.function}^{{")
        return (
            latex.replace("P^{", f"{n.piece}^{{")
            if latex.startswith("P^{")
            else latex.replace("{ on } P^{", f"{{ on }} {n.piece}^{{")
        )

    def result(self) -> str:
        table = renamed_table(self.rep, self.notation)
        table.title = ""
        counted = "one piece" if len(self.rep) == 1 else f"{len(self.rep)} pieces"
        head = f"\\paragraph{{The result (6), (7)}} has {counted}:"
        return f"{head}\n\n{table.to_latex(self.room)}"


def domain_latex(domain: Polyhedron | SemialgebraicSet) -> str:
    """The conditions of a domain of either kind."""
    return domain.latex if isinstance(domain, SemialgebraicSet) else condition_latex(domain)


def _verdict(holds: Sequence[bool | None]) -> str:
    if all(holds):
        return "All of them hold, identically in the free parameters."
    if False in holds:
        return "They do not all hold."
    count = sum(held is None for held in holds)
    return f"Those that are decided hold; {count} could not be decided."


def align(lines: Sequence[str]) -> str:
    """An ``align*`` that may break across pages."""
    body = " \\\\\n".join(lines)
    return f"{{\\allowdisplaybreaks\n\\begin{{align*}}\n{body}\n\\end{{align*}}}}"
