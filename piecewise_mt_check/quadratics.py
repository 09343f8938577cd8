"""Infima of functions that are quadratic on polyhedral regions.

A lower bound m of q on a closed polyhedron {rows ≥ 0} has one of three proofs; equations are solved
first, so that q and the rows are polynomials in the variables that are left, in their order:

- ``{"multipliers": [i, c, …]}``: q - m - Σ c·row_i with c ≥ 0 is a sum of squares (duality);
- ``{"along": [d, …], "faces": [proof, …]}``: along the direction d, q is concave, and the
  polyhedron is left both ways; so from each point q is as low at one of the two ends of a segment,
  which are in the faces row_i = 0 of the rows that change along d. Each of these has a proof, in
  their order;
- ``{"empty": [i, c, …]}``: Σ c·row_i with c ≥ 0 is a negative constant, so there is no point.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from piecewise_mt_check import following
from piecewise_mt_check.atoms import Child
from piecewise_mt_check.cases import POSITIVE, ZERO
from piecewise_mt_check.curves import CurvedRegion, CurvedWalk
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.optimum import KEYS, read_end, read_point, read_sense
from piecewise_mt_check.polynomials import (
    Polynomial,
    constant,
    degree,
    minus,
    negative,
    plus,
    substituted,
    times,
    value,
    variables,
)
from piecewise_mt_check.reading import Invalid, Unsupported, index, items, keys, number, spend
from piecewise_mt_check.rows import Related, Row, primitive, read_rows, require_empty
from piecewise_mt_check.rows import negative as opposite
from piecewise_mt_check.tree import checked_tree


class QuadraticWalk(CurvedWalk):
    """The regions of a function with polynomial slots, whose conditions must be affine."""

    def __init__(self, function: Function, domain: Sequence[Related]) -> None:
        super().__init__(function, [])
        self.width = function.width
        path: Any = tuple(domain)
        self.root = CurvedRegion(path, self.root.slots, self.root.rules, ())

    def children(self, region: CurvedRegion) -> list[tuple[Any, Child]]:
        relations = {ZERO: "=", POSITIVE: ">", ZERO | POSITIVE: ">="}
        return [
            ([Related(relations[own.mask], self._row(own.polynomial)) for own in said], child)
            for said, child in super().children(region)
        ]

    def cut(self, region: CurvedRegion, row: Any) -> list[Any]:
        return [[Related(">", opposite(row))], [Related("=", row)], [Related(">", row)]]

    def read_cut(self, data: Any) -> Any:
        return primitive([number(c) for c in items(data, self.width)])

    def require_empty(self, region: CurvedRegion, proof: Any) -> None:
        path: Any = region.path
        require_empty(proof, path, self.width)

    def _row(self, p: Polynomial) -> Row:
        if degree(p) > 1:
            raise Unsupported("a kink of the function is curved")
        return primitive([p.get((), 0), *(p.get((name,), 0) for name in self.function.names)])

    def quadratic(self, region: CurvedRegion) -> Polynomial:
        (own,) = self.values(region)
        if degree(own) > 2:
            raise Unsupported("the function has a degree above 2 on a region")
        return own


class Cell(NamedTuple):
    """q on the closed polyhedron where all rows are ≥ 0, in these variables."""

    q: Polynomial
    rows: tuple[Polynomial, ...]
    names: tuple[str, ...]

    def where(self, row: Polynomial) -> Cell | None:
        """The part where a row is 0; None if it is never."""
        if not variables(row):
            return None if row else self
        name = max(variables(row))
        rest = {m: c for m, c in row.items() if m != (name,)}
        given = {name: times(constant(Fraction(-1) / row[(name,)]), rest)}
        return Cell(
            substituted(self.q, given),
            tuple(substituted(own, given) for own in self.rows),
            tuple(own for own in self.names if own != name),
        )

    def slopes(self, direction: Sequence[Fraction]) -> list[Fraction]:
        """How the rows change along a direction."""
        return [
            sum((row.get((n,), 0) * d for n, d in zip(self.names, direction)), Fraction(0))
            for row in self.rows
        ]

    def combined(self, multipliers: Any) -> Polynomial:
        """Σ c·row with c ≥ 0."""
        given = items(multipliers)
        if len(given) % 2:
            raise Invalid("a proof has an index without a multiplier")
        total: Polynomial = {}
        for place in range(0, len(given), 2):
            c = number(given[place + 1])
            if c < 0:
                raise Invalid("a proof has a negative multiplier of an inequality")
            row = self.rows[index(given[place], len(self.rows))]
            total = plus(total, times(constant(c), row))
        return total


def closed_cell(q: Polynomial, path: Sequence[Related], names: tuple[str, ...]) -> Cell | None:
    """q on the closure of a region, with the equations solved; None if they have no solution."""
    forms = [(relation, _form(row, names)) for relation, row in path]
    cell: Cell | None = Cell(q, tuple(form for r, form in forms if r != "="), names)
    equations = [form for r, form in forms if r == "="]
    while equations and cell is not None:
        first, *equations = equations
        own = cell._replace(rows=(*cell.rows, *equations)).where(first)
        if own is None:
            return None
        count = len(own.rows) - len(equations)
        cell, equations = own._replace(rows=own.rows[:count]), list(own.rows[count:])
    return cell


def _form(row: Row, names: Sequence[str]) -> Polynomial:
    own: Polynomial = {(name,): c for name, c in zip(names, row[1:]) if c}
    return plus(constant(Fraction(row[0])), own)


def require_bound(proof: Any, cell: Cell | None) -> None:
    """Refuse unless the proof shows that q ≥ 0 on a cell."""
    pending = [(proof, cell)]
    while pending:
        entry, cell = pending.pop()
        if cell is None:
            if entry is not None:
                raise Invalid("expected null for a face without points")
            continue
        spend(len(cell.rows))
        if not isinstance(entry, dict):
            raise Invalid("expected an object for the bound on a face")
        if "empty" in entry:
            total = cell.combined(keys(entry, {"empty"})["empty"])
            if variables(total) or total.get((), 0) >= 0:
                raise Invalid("a combination of rows is no contradiction")
        elif "multipliers" in entry:
            total = cell.combined(keys(entry, {"multipliers"})["multipliers"])
            if not is_sum_of_squares(minus(cell.q, total), cell.names):
                raise Invalid("the multipliers do not show the bound")
        else:
            given = keys(entry, {"along", "faces"})
            direction = [number(c) for c in items(given["along"], len(cell.names))]
            slopes = cell.slopes(direction)
            if curvature(cell, direction) > 0 or not min(slopes, default=0) < 0 < max(slopes):
                raise Invalid("a direction is not one that leaves a face both ways, concave")
            left = [row for row, slope in zip(cell.rows, slopes) if slope]
            for own, row in zip(items(given["faces"], len(left)), left):
                spend(200 * len(cell.rows))  # each row is substituted
                pending.append((own, cell.where(row)))


def curvature(cell: Cell, direction: Sequence[Fraction]) -> Fraction:
    """The coefficient of t² along the direction."""
    step = dict(zip(cell.names, direction))
    return value({m: c for m, c in cell.q.items() if len(m) == 2}, step)


def is_sum_of_squares(q: Polynomial, names: Sequence[str]) -> bool:
    """Whether a quadratic is nowhere negative: its matrix in (1, x) is eliminated (Lagrange)."""
    size = len(names) + 1
    spend(size**3)
    place = {name: k for k, name in enumerate(names, start=1)}
    matrix = [[Fraction(0)] * size for _ in range(size)]
    for monomial, c in q.items():
        i, j = ([0, 0] + sorted(place[name] for name in monomial))[-2:]
        matrix[i][j] += Fraction(c) / 2
        matrix[j][i] += Fraction(c) / 2
    for k in range(size):
        lead = matrix[k][k]
        if lead < 0 or (not lead and any(matrix[k][k:])):
            return False
        for i in range(k + 1, size) if lead else ():
            factor = matrix[i][k] / lead
            for j in range(k, size):
                matrix[i][j] -= factor * matrix[k][j]
    return True


def check_quadratic_infimum(data: Any) -> str:
    """As in ``optimum``: a bound on every region, and a point, a segment to a limit, or a ray."""
    keys(data, KEYS, {"to", "ray", "tree"})
    function = read_function(data["function"], curved=True)
    if len(function.outputs) != 1:
        raise Invalid("expected a function of one output")
    turn, word = read_sense(data["sense"])
    walk: Any = QuadraticWalk(function, read_rows(data["domain"], function.width))
    point = read_point(data["point"], function)
    if data["value"] is None:
        keys(data, KEYS | {"ray"})
        ray = read_point(data["ray"], function)
        q = walk.quadratic(following.region_at(walk, following.far(point, ray)))
        if not falls(q if turn > 0 else negative(q), function.names, point, ray):
            raise Invalid("the function does not go on for ever along the ray")
        return f"the function has no {word}: it is unbounded"
    lowest = number(data["value"])
    keys(data, KEYS | {"tree"}, {"to"})

    def leaf(region: Any, entry: dict[str, Any]) -> None:
        above = minus(walk.quadratic(region), constant(lowest))
        own = closed_cell(above if turn > 0 else negative(above), region.path, function.names)
        require_bound(keys(entry, {"bound"})["bound"], own)

    checked_tree(walk, data["tree"], leaf)
    region = following.region_at(walk, following.at(point))
    end = read_end(data, function, point, region)
    if value(walk.quadratic(region), dict(zip(function.names, end))) != lowest:
        raise Invalid("the function does not have the value there")
    where = "tended to" if "to" in data else "attained"
    return f"the {word} is {lowest}, which is {where}"


def falls(
    q: Polynomial, names: Sequence[str], point: Sequence[Fraction], ray: Sequence[Fraction]
) -> bool:
    """Whether q tends to minus infinity along a ray."""
    line: dict[str, Polynomial] = {
        name: plus(constant(p), {("t",): r} if r else {}) for name, p, r in zip(names, point, ray)
    }
    along = substituted(q, line)
    top = max(along, key=len, default=())
    return bool(top) and along[top] < 0
