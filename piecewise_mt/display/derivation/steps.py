"""The steps of a derivation, one method a section; see ``display.derivation``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from piecewise_mt.calculus.representation.chain_rule import ChainRule
from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.calculus.representation.polyhedral import represent
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.entries import is_expression
from piecewise_mt.display.derivation.blocks import Block, Display, Lines, Prose, Shown, latex_of
from piecewise_mt.display.derivation.factors import (
    condition_15_latex,
    factor_latex,
    matrix_latex,
    part_latex,
)
from piecewise_mt.display.derivation.units import BREAK, Units, kind_of
from piecewise_mt.display.gradients import shown_gradient
from piecewise_mt.display.latex_styles import (
    LONG_CASES,
    Notation,
    arguments_latex,
    cases_latex,
    own_names,
    parameter_names,
    renamed_table,
    replaced,
    split_latex,
)
from piecewise_mt.errors import NotContinuous
from piecewise_mt.functions.nodes import Piecewise, Variable
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.typeset.affine import latex_name, space_latex
from piecewise_mt.typeset.conditions import condition_latex
from piecewise_mt.typeset.latex_layout import latex_width
from piecewise_mt.typeset.tables import Table, latex_escape

MOST_OPERANDS = 5
"""Nodes of more operands are described, not listed."""
SAME_NODES = 6
"""Of so many nodes of one kind the parameters are told."""
TITLE_15 = "The conditions (15)."


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

    def blocks(self) -> list[Block]:
        """All sections, one after the other."""
        return [
            *self.function(),
            *self.nodes(),
            *self.sets(),
            *self.products(),
            *self.conditions(),
            *self.result(),
        ]

    def text(self) -> str:
        """The derivation in LaTeX; free parameters that occur are numbered without gaps."""
        body = latex_of(self.blocks(), self.room)
        return self.notation.numbered(body, parameter_names(self.rep), own_names(self.rep))

    # -- the function --------------------------------------------------------------------

    def function(self) -> list[Block]:
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
            f"Let ${self.notation.function}$ be defined {where} with values in "
            f"$\\mathbb{{R}}{target}$ by"
        )
        blocks: list[Block] = [Prose(head, "The function."), Lines(lines)]
        relu = [u.atom for u in units.program.units if kind_of(u.atom) == "relu"]
        if relu:
            own = latex_name(units.operand)
            blocks.append(Prose(f"Here ${units.called(relu[0])}({own}) = \\max(0, {own})$."))
        return blocks

    def broken(self, left: str, right: str) -> list[str]:
        if BREAK in right:
            first, *others = right.split(BREAK)
            return [left + first, *(rf"&\qquad {part}" for part in others)]
        if r"\begin{cases}" in right:
            return [left + right]
        parts = split_latex(right, self.room - latex_width(left) - 40)
        return [left + parts[0], *(f"&\\quad {part}" for part in parts[1:])]

    # -- pieces of the nodes -------------------------------------------------------------

    def nodes(self) -> list[Block]:
        """The representation of every different node, derived by itself."""
        found = self.units.piecewise()
        if not found:
            return []
        blocks: list[Block] = [Prose("", "The nonsmooth nodes and their pieces.")]
        for members in found.values():
            blocks += self.node(members)
        return blocks

    def node(self, members: Sequence[int]) -> list[Block]:
        units, atom = self.units, self.units.atom(members[0])
        names = self.run_of_names(members)
        rule = str(atom.rule_text)
        title = f"The node of {names}" if len(members) == 1 else f"The nodes of {names}"
        if rule:
            title += f" under the rule \\texttt{{{latex_escape(rule)}}}"
        if atom.arity > MOST_OPERANDS:
            return [
                Prose(
                    f"{title}, of {atom.arity} operands: too many pieces to list here; "
                    "those that occur are in the sets below."
                )
            ]
        operands = [Variable((f"{units.operand}{i + 1}",)) for i in range(atom.arity)]
        if atom.arity == 1:
            operands = [Variable((units.operand,))]
        node = Piecewise(operands, [(atom, range(atom.arity))], (), "node")
        try:
            own = represent(node)
        except NotContinuous:
            has = "has" if len(members) == 1 else "have"
            return [Prose(f"{title} {has} the two branches as written.")]
        notation = Notation(
            units.pieces,
            units.node_letter,
            self.notation.gradient,
            index=self.notation.index,
        )
        # the parameters of the node are those of its place in the function
        mine = units.parameters(members[0])
        pairs = zip(map(latex_name, parameter_names(own)), map(latex_name, mine), strict=True)
        same = dict(pairs)
        blocks: list[Block] = [Prose(f"{title}:")]
        if kind_of(atom) == "other" and len(own) <= LONG_CASES:
            named = replace(notation, function=units.called(atom))
            blocks.append(Display(replaced(cases_latex(own, named, self.room), same)))
        else:
            table = renamed_table(own, notation)
            rows = [[c.with_latex(replaced(c.latex, same)) for c in row] for row in table.rows]
            blocks.append(Shown(Table("", table.columns, rows)))
        if mine and len(members) > 1:
            blocks.append(Prose(self.other_parameters(members)))
        return blocks

    def other_parameters(self, members: Sequence[int]) -> str:
        """Which parameters the other nodes of the same kind have instead."""
        shown = []
        for k in members[:SAME_NODES]:
            own = ", ".join(map(latex_name, self.units.parameters(k)))
            shown.append(f"${own}$ for ${self.units.letter}_{{{k + 1}}}$")
        rest = ", and so on" if len(members) > SAME_NODES else ""
        many = len(self.units.parameters(members[0])) > 1
        word = "parameters are" if many else "parameter is"
        return f"The free {word} {', '.join(shown)}{rest}."

    def run_of_names(self, members: Sequence[int]) -> str:
        shown = [f"{self.units.letter}_{{{k + 1}}}" for k in members]
        if len(shown) > 6:
            shown = [*shown[:3], r"\dots", shown[-1]]
        return f"${', '.join(shown)}$"

    # -- the sets U of (9) ---------------------------------------------------------------

    def sets(self) -> list[Block]:
        if not self.units.program.units:
            return []
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
        are = "is" if len(self.rep) == 1 else "are"
        head = (
            "One branch of every node at a time; "
            f"{len(self.rep)} of the combinations {are} not empty{self.only()}:"
        )
        return [Prose(head, "The sets (9)."), Lines(lines)]

    def only(self) -> str:
        if len(self.rep) <= self.shown:
            return ""
        return (
            ", the first of which is"
            if self.shown == 1
            else (f", of which the first {self.shown} are")
        )

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

    def products(self) -> list[Block]:
        lines: list[str] = []
        for piece in self.rep[: self.shown]:
            lines += self.product(self.chain(piece), piece.alpha)
        first = "the first piece" if self.shown == 1 else f"the first {self.shown} pieces"
        which = f", for {first}" if self.shown < len(self.rep) else ""
        head = f"From the outermost factor to the innermost{which}:"
        return [Prose(head, "The product (14)."), Lines(lines)]

    def chain(self, piece: Any) -> ChainRule:
        """The factors, in the variables of the formula if the gradient is shown in these."""
        shown = shown_gradient(piece)
        if shown is not piece.gradient_rows:
            whole = AffineHull.of_equations(piece.names, ())
            own = ChainRule(piece, self.units.program, piece.label_keys, whole)
            if own.product == to_matrix(shown, len(piece.names)):
                return own
        return self.rep.chain_rule(piece.alpha)

    def product(self, chain: ChainRule, alpha: int) -> list[str]:
        left = f"{self.notation.gradient_of(alpha)} "
        written = [matrix_latex(factor) for factor in chain.factors]
        total = matrix_latex(chain.product)
        full = " ".join(
            rf"\underbrace{{{text}}}_{{{self.factor(name)}}}"
            for name, text in zip(chain.names, written, strict=True)
        )
        if sum(map(latex_width, [left, total, *written])) + 40 <= self.room:
            return [f"{left}&= {full} = {total}"]
        names = " ".join(map(self.factor, chain.names))
        lines = [f"{left}&= {names}"]
        if latex_width(total) + 60 <= self.room:
            lines[0] += f" = {total}"
        else:
            parts = split_latex(total, self.room - 60)
            lines += [f"&= {parts[0]}", *(rf"&\quad {part}" for part in parts[1:])]
        current = r"&\quad "
        for name, text, factor in zip(chain.names, written, chain.factors, strict=True):
            term = f"{self.factor(name)} = {text}"
            if latex_width(term) + 60 > self.room:
                term = (
                    rf"{self.factor(name)} \in \mathbb{{R}}^{{{factor.rows} \times {factor.cols}}}"
                )
            term += r",\quad "
            if current != r"&\quad " and latex_width(current + term) + 60 > self.room:
                lines.append(current.removesuffix(r"\quad "))
                current = r"&\quad "
            current += term
        lines.append(current.removesuffix(r",\quad "))
        return lines

    def factor(self, name: str) -> str:
        return factor_latex(name, self.units.matrix)

    # -- the conditions (15) and the result ------------------------------------------------

    def conditions(self) -> list[Block]:
        found = self.rep.tangential_conditions()
        parts: list[str] = []
        blocks: list[Block] = []
        if found:
            lines = []
            for condition in found[: 2 * self.shown]:
                text = condition_15_latex(condition)
                lines.append(self.own_symbols(text).replace(" = ", " &= ", 1))
            more = len(found) - len(lines)
            note = f" The remaining {more} are of the same form." if more > 1 else ""
            note = " The remaining one is of the same form." if more == 1 else note
            verdict = _verdict([None if c.trusted or found.trusted else c.holds for c in found])
            curved = any(is_expression(t) for c in found for t in c.direction)
            vectors = "fields that span the" if curved else "a basis of"
            thin = len({c.alpha for c in found}) == 1 and not (found.empty or found.empty_parts)
            where = "On the thin piece" if thin else "On the thin pieces"
            blocks.append(Prose(f"{where}, for {vectors} tangent vectors,"))
            blocks.append(Lines(lines))
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
            return []
        if not blocks:
            return [Prose("\n".join(parts), TITLE_15)]
        first = blocks[0]
        assert isinstance(first, Prose)
        return [Prose(first.latex, TITLE_15), *blocks[1:], Prose("\n".join(parts))]

    def own_symbols(self, latex: str) -> str:
        n = self.notation
        latex = latex.replace(" f^{", f" {n.function}^{{")
        return (
            latex.replace("P^{", f"{n.piece}^{{")
            if latex.startswith("P^{")
            else latex.replace("{ on } P^{", f"{{ on }} {n.piece}^{{")
        )

    def result(self) -> list[Block]:
        table = renamed_table(self.rep, self.notation)
        table.title = ""
        counted = "one piece" if len(self.rep) == 1 else f"{len(self.rep)} pieces"
        return [Prose(f"has {counted}:", "The result (6), (7)"), Shown(table)]


def domain_latex(domain: Polyhedron | SemialgebraicSet) -> str:
    """The conditions of a domain of either kind."""
    return domain.latex if isinstance(domain, SemialgebraicSet) else condition_latex(domain)


def _verdict(holds: Sequence[bool | None]) -> str:
    one = len(holds) == 1
    if all(holds):
        who = "It holds" if one else "All of them hold"
        return f"{who}, identically in the free parameters."
    if False in holds:
        return "It does not hold." if one else "They do not all hold."
    count = sum(held is None for held in holds)
    if count == len(holds):
        return "It could not be decided." if one else "None of them could be decided."
    return f"Those that are decided hold; {count} could not be decided."
