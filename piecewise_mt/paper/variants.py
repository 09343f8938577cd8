"""Variants of the paper's statements: permuted, spoilt on purpose, written otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

from piecewise_mt.calculus.consistency.check import check
from piecewise_mt.calculus.consistency.theorems import verify_chain_rule
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.results.report import Report
from piecewise_mt.functions.atoms.ties import TieRule
from piecewise_mt.functions.build.extrema import max as max_of
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.typeset.affine import entry_latex
from piecewise_mt.typeset.tables import Cell, Column, Table

MAX4 = "max(x1, x2, x3, x4)"
NAMES = ("x1", "x2", "x3", "x4")
Entry = tuple[Any, ...]


def entries_19(order: Iterable[str] = NAMES) -> list[Entry]:
    """(19) with (20) as stated gradients, as the paper prints them, for operands in any order."""
    names = list(order)
    entries: list[Entry] = []
    for size in range(1, 5):
        for tied in combinations(range(4), size):
            others = [names[j] for j in range(4) if j not in tied]
            chain = " = ".join(names[i] for i in tied)
            condition = f"{chain} > max({', '.join(others)})" if others else chain
            formula = " + ".join(f"{names[i]}/{size}" for i in tied)
            own = {names[i] for i in tied}
            entries.append((condition, formula, [Fraction(int(n in own), size) for n in NAMES]))
    return entries


def equation_19(order: Iterable[str] = NAMES) -> Representation:
    """(19) as a representation of the maximum of four."""
    return Representation(NAMES, entries_19(order), of=parse(MAX4))


def remark_2() -> Table:
    """(19) checked under every permutation of its operands."""
    orders = list(permutations(NAMES))
    passed = sum(check(equation_19(order)).ok for order in orders)
    columns = [Column(Cell.plain("permutations"), "r"), Column(Cell.plain("that pass"), "r")]
    row = [Cell.plain(str(len(orders))), Cell.plain(str(passed))]
    return Table("(19) and (20) under permutations of the operands", columns, [row])


def _with(index: int, entry: Entry) -> list[Entry]:
    entries = entries_19()
    entries[index] = entry
    return entries


def _spoilt() -> Iterator[tuple[str, Representation]]:
    good = entries_19()
    condition, formula, _ = good[4]
    named: list[tuple[str, list[Entry]]] = [
        ("P7 left out", good[:6] + good[7:]),
        ("P5 closed, so that it meets others", _with(4, ("x1 = x2 >= max(x3, x4)", *good[4][1:]))),
        ("f5 = x1 + x2", _with(4, (condition, "x1 + x2"))),
        ("f5 = 3 x1 - 2 x2", _with(4, (condition, "3*x1 - 2*x2"))),
        ("the gradient (1, 1, 0, 0) on P5", _with(4, (condition, formula, (1, 1, 0, 0)))),
    ]
    for text, entries in named:
        yield text, Representation(NAMES, entries, of=parse(MAX4))
    gap = [("t > 0.000000001", "t"), ("t <= 0", "0")]
    yield "relu with a gap of width 1e-9", Representation("t", gap, of=parse("relu(t)"))


def mistakes() -> Table:
    """Mistakes in (19), each with the checks that find it."""

    def rows() -> Iterator[list[Cell]]:
        for text, rep in _spoilt():
            failures = check(rep).failures
            found = ", ".join(dict.fromkeys(failure.check for failure in failures))
            first = failures[0].message if failures else "-"
            yield [Cell.plain(text), Cell.plain(found or "none: it passes"), Cell.plain(first)]

    columns = [Column(Cell.plain(name)) for name in ("change", "failing checks", "first of them")]
    return Table("Mistakes, and what finds them", columns, rows)


class HalfEach(TieRule):
    """A wrong rule, as the gradient of SymPy's Max: half the gradient of every tied operand."""

    text = "ties=half"

    def weights(self, tied: Any, n: int, parameter: Any) -> Any:
        return tuple(Fraction(1, 2) for _ in tied) if len(tied) > 1 else (1,)


def wrong_node() -> Report:
    """The chain rule for a node whose three ties weigh 1/2 each, on a line of triple ties."""
    x = parse("x")
    return verify_chain_rule(max_of(x, x, x, ties=HalfEach()))


ABS = ("abs(x)", "max(x, -x)", "relu(x) + relu(-x)", "where(x >= 0, x, -x)")


def absolute_values() -> Table:
    """|x| written in four ways, with every tie left free."""

    def rows() -> Iterator[list[Cell]]:
        for text in ABS:
            report = verify_chain_rule(parse(text))
            gradient = parse(text).gradient((0,))[0]
            yield [
                Cell.plain(text),
                Cell.plain("ok" if report.ok else "not ok"),
                Cell(str(gradient), entry_latex(gradient)),
            ]

    columns = [Column(Cell.plain(n)) for n in ("expression", "chain rule", "gradient at the tie")]
    return Table("Four ways to write an absolute value", columns, rows)
