"""The certificate of a table of pieces, :meth:`Representation.certificate`.

The format and what it proves are those of ``piecewise_mt_check``, which the tree of regions is
made with: it says how a region is split, and here a linear program says of each child that it is
empty, or a point that it is not. The points of the pieces spare most of these questions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.parametric import ParametricRepresentation
from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import (
    coefficient_data,
    function_data,
    number_data,
    rows_data,
)
from piecewise_mt.functions.nodes import Smooth
from piecewise_mt.functions.traversal import topological
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.interop.certificates.constants import is_irrational
from piecewise_mt.interop.certificates.curved_table import CurvedTable
from piecewise_mt.interop.certificates.farkas import Known, Proof, allowed, homogeneous
from piecewise_mt.interop.certificates.regions import Node, TreeWriter
from piecewise_mt.interop.certificates.symbols import names_of_tie
from piecewise_mt.memory import collector_frozen
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt_check import check_text, reading
from piecewise_mt_check.functions import read_function
from piecewise_mt_check.rows import Row, read_rows
from piecewise_mt_check.tree import Region, Walk

FORMAT = "piecewise_mt.certificate"
VERSION = 1
Point = tuple[int, ...]


def certificate(rep: Representation, path: str | Path | None = None) -> str:
    """See :meth:`Representation.certificate`."""
    if not isinstance(rep.of, Expression):
        raise PiecewiseError(
            "expected a representation of a function, got a table alone; state it with of=f"
        )
    try:
        text, product = _curved(rep) if _has_polynomials(rep, rep.of) else _linear(rep)
    except reading.Unsupported as error:
        raise Unsupported(
            "expected a function of polynomials with rational numbers, got another: "
            f"{error}; ask mt.check"
        ) from error
    if not product:
        # somebody else wrote the table, and it may be wrong
        verdict = check_text(text)
        if verdict.answer != "valid":
            raise PiecewiseError(
                f"expected a table that is right, got one that is {verdict}; see mt.check"
            )
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _has_polynomials(rep: Representation, f: Expression) -> bool:
    """Whether pieces, formulas or the domain are not affine, or numbers are irrational."""
    return (
        isinstance(rep, ParametricRepresentation)
        or isinstance(rep.domain, SemialgebraicSet)
        or any(isinstance(node, Smooth) for node in topological(f))
        or any(piece.is_curved or piece.is_smooth for piece in rep)
        or is_irrational(f)
    )


def _linear(rep: Representation) -> tuple[str, bool]:
    """The text, and whether it states the products (14)."""
    table = _Table(rep)
    with collector_frozen(kept=False):
        return "".join(table.written()), table.product


def _curved(rep: Representation) -> tuple[str, bool]:
    table = CurvedTable(rep)
    data = {"format": FORMAT, "version": VERSION, **table.content()}
    return _dumped(data) + "\n", table.product


class _Part:
    """One polyhedron of a piece."""

    def __init__(self, alpha: int, place: int, polyhedron: Polyhedron, width: int) -> None:
        self.alpha, self.place = alpha, place
        self.data = rows_data(polyhedron)
        self.rows = read_rows(self.data, width)
        self.known = Known(list(enumerate(self.rows)), width)
        self.leaves: list[tuple[int, ...]] = []
        """The way to each leaf that lies in it, as numbers of children."""

    def contains(self, point: Point) -> bool:
        return all(allowed(row, point) for row in self.rows)


class _Task(NamedTuple):
    """A region on the way, with the points that are known to lie in it."""

    region: Region
    points: list[tuple[Point, int]]
    known: Known
    """The conditions of its path that the others do not imply."""
    node: Node | None
    way: tuple[int, ...]


class _Table(TreeWriter):
    walk: Walk
    split_entry = "null"

    def __init__(self, rep: Representation) -> None:
        f = rep.of
        assert isinstance(f, Expression)
        self.rep = rep
        self.data = function_data(f.on(*rep.names))
        self.function = read_function(self.data)
        self.width = self.function.width
        domain = getattr(rep, "domain", None)
        self.domain_data = [] if domain is None else rows_data(domain)
        self.domain = read_rows(self.domain_data, self.width)
        self.product = isinstance(rep, PolyhedralRepresentation)
        self.symbols: dict[tuple[int, Any], list[str]] = {}
        self.walk = Walk(self.function, self.domain, self._named if self.product else None)
        self.parts = [
            [_Part(alpha, k, part, self.width) for k, part in enumerate(piece.parts)]
            for alpha, piece in enumerate(rep)
        ]

    def _named(self, unit: int, state: Any, count: int) -> list[str]:
        """The names of a tie's free parameters."""
        key = unit, state
        if key not in self.symbols:
            own = self.rep.strata.program.units[unit]  # type: ignore[attr-defined]
            self.symbols[key] = names_of_tie(own, state)
        return self.symbols[key]

    def written(self) -> Iterator[str]:
        """The text, part by part."""
        tree = self._tree()
        head = {
            "format": FORMAT,
            "version": VERSION,
            "kind": "table",
            "function": self.data,
            "domain": self.domain_data,
            "product": self.product,
        }
        pieces = [self._piece(piece, parts) for piece, parts in zip(self.rep, self.parts)]
        ties = sorted(self.symbols.items(), key=str)
        symbols = [[unit, _listed(state), names] for (unit, state), names in ties]
        yield f'{_dumped(head)[:-1]},"symbols":{_dumped(symbols)},\n"pieces":[\n'
        yield ",\n".join(pieces)
        yield '\n],\n"tree":[\n'
        yield ",\n".join(tree)
        yield "\n]}\n"

    # -- the tree ----------------------------------------------------------------------------

    def _tree(self) -> list[str]:
        """The entries in preorder, as texts."""
        points = []
        if self.product:
            points = [(homogeneous(_rational(piece)), a) for a, piece in enumerate(self.rep)]
        whole = Known(list(enumerate(self.domain)), self.width)
        return self._grown(_Task(self.walk.settled(self.walk.root), points, whole, None, ()))

    def _children(self, task: _Task, node: Node, states: list[Any]) -> list[_Task | str]:
        first = len(task.region.path)
        groups: list[list[tuple[Point, int]]] = [[] for _ in states]
        for own in task.points:
            for group, rows in zip(groups, node.conditions):
                if all(allowed(row, own[0]) for row in rows):
                    group.append(own)
                    break
        proofs: list[Proof | None] = [None] * len(states)
        for k, group in enumerate(groups):
            if not group:
                answer = task.known.empty_with(node.conditions[k], first)
                if isinstance(answer, Witness):
                    point = homogeneous(answer.point)
                    group.append((point, self._alpha_at(point)))
                else:
                    proofs[k] = answer
        made: list[_Task | str] = []
        is_forced = sum(proof is None for proof in proofs) == 1
        for k, proof in enumerate(proofs):
            if proof is not None:
                made.append(_dumped(proof))
                continue
            rows, known = node.conditions[k], task.known
            if not is_forced:
                # what is forced follows from the rest
                known = known.also(rows, first)
            region = self.walk.settled(self.walk.below(task.region, rows, states[k]))
            made.append(_Task(region, groups[k], known, node, (*task.way, k)))
        return made

    def _alpha_at(self, point: Point) -> int:
        """The piece of a point, counted from 0."""
        for parts in self.parts:
            for part in parts:
                if part.contains(point):
                    return part.alpha
        shown = ", ".join(str(Fraction(c, point[0])) for c in point[1:])
        raise PiecewiseError(
            f"expected pieces that cover the domain, got ({shown}) in none; check the table with "
            "mt.check"
        )

    def _leaf(self, task: _Task) -> tuple[str, Row | None]:
        """The entry of a leaf; if it lies in no part as a whole, a row that cuts it."""
        point, alpha = task.points[0]
        part = next(part for part in self.parts[alpha] if part.contains(point))
        path = task.known.along(task.region.path)
        proofs = []
        for row in part.rows:
            proof = path.implies(row)
            if proof is None:
                return _dumped({"cut": list(row.row)}), row.row
            proofs.append(proof)
        if self.product:
            self.walk.products(task.region)  # which names the parameters
        self._hang(task, alpha)
        for own in self.parts[alpha]:
            own.leaves.append(task.way)
        entry: dict[str, Any] = {"piece": alpha + 1, "holds": proofs}
        if part.place:
            entry["part"] = part.place
        return _dumped(entry), None

    # -- the pieces --------------------------------------------------------------------------

    def _piece(self, piece: Piece, parts: list[_Part]) -> str:
        rows = piece.affine
        return _dumped(
            {
                "formula": [list(map(coefficient_data, row)) for row in rows],
                "gradient": [list(map(coefficient_data, row)) for row in piece.gradient_rows],
                "parts": [self._part(part) for part in parts],
            }
        )

    def _part(self, part: _Part) -> dict[str, Any]:
        found = feasible_point(
            [r.row for r in part.rows if r.relation == "="],
            [(r.row, r.relation == ">") for r in part.rows if r.relation != "="],
            variables=self.width - 1,
        )
        if not isinstance(found, Witness):
            raise PiecewiseError(
                f"expected pieces with points, got piece {part.alpha + 1} with an empty part; "
                "leave it out"
            )
        in_domain = [part.known.implies(row) for row in self.domain]
        if None in in_domain:
            raise PiecewiseError(
                f"expected pieces in the domain, got piece {part.alpha + 1} with points outside; "
                "add the domain's conditions"
            )
        return {
            "rows": part.data,
            "domain": in_domain,
            "point": list(map(number_data, found.point)),
            "inside": self._inside(part),
        }

    def _inside(self, part: _Part) -> list[Any]:
        """Why the part meets no leaf of another piece, in the preorder of what is asked."""
        entries: list[Any] = []
        start = _Asked(self.root, part.leaves, 0, part.known, len(part.rows))
        pending: list[_Asked | Proof] = [start]
        while pending:
            task = pending.pop()
            if isinstance(task, list):
                entries.append(task)
                continue
            node, depth = task.node, task.depth
            if not isinstance(node, Node):
                continue
            used = sorted({way[depth] for way in task.leaves})
            if len(used) == 1:
                proofs = [task.known.implies(row) for row in node.conditions[used[0]]]
                if None not in proofs:
                    entries.append([used[0], *proofs])
                    pending.append(task._replace(node=node.below[used[0]], depth=depth + 1))
                    continue
            entries.append(None)
            pending.extend(self._several(part, task, node)[::-1])
        return entries

    def _several(self, part: _Part, task: _Asked, node: Node) -> list[_Asked | Proof]:
        """The children of a node of which the part meets more than one."""
        made: list[_Asked | Proof] = []
        for k, (below, rows) in enumerate(zip(node.below, node.conditions)):
            if below is None:
                continue
            leaves = [way for way in task.leaves if way[task.depth] == k]
            if leaves:
                known = task.known.also(rows, task.known_count)
                count = task.known_count + len(rows)
                made.append(_Asked(below, leaves, task.depth + 1, known, count))
                continue
            proof = task.known.empty_with(rows, task.known_count)
            if isinstance(proof, Witness):
                raise PiecewiseError(
                    f"expected disjoint pieces, got ({', '.join(map(str, proof.point))}) in piece "
                    f"{part.alpha + 1} and in another; check the table with mt.check"
                )
            made.append(proof)
        return made


class _Asked(NamedTuple):
    """A node of the tree, and the leaves below it that the part may meet."""

    node: Node | int | None
    leaves: list[tuple[int, ...]]
    depth: int
    known: Known
    known_count: int
    """How many relations are known so far."""


def _rational(piece: Piece) -> list[Fraction]:
    return [fraction(value) for value in piece.point]  # type: ignore[arg-type]


def _listed(state: Any) -> Any:
    return [_listed(own) for own in state] if isinstance(state, tuple) else state


def _dumped(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
