"""Certificates of infima of piecewise quadratic functions on polyhedral pieces."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.properties.quadratic_optimum import QuadraticInfimum, QuadraticOptimum
from piecewise_mt.calculus.properties.smooth_optimum import quadratic_faces
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.bowls import Bowl, shape_along
from piecewise_mt.exact.numbers import to_fraction
from piecewise_mt.exact.quadratics import Quadratic, Vector
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import number_data, polyhedron_from_data, rows_data
from piecewise_mt.functions.nodes import Variable
from piecewise_mt.interop.certificates.line_answers import rational_function_data
from piecewise_mt.interop.certificates.regions import Leaf, grown, written
from piecewise_mt_check import following
from piecewise_mt_check.functions import read_function
from piecewise_mt_check.polynomials import Polynomial, constant, minus, negative, value
from piecewise_mt_check.quadratics import Cell, QuadraticWalk, closed_cell, falls
from piecewise_mt_check.rows import primitive, read_rows

Data = dict[str, Any]


def quadratic_infimum(f: Expression, domain: Any, sense: str) -> Data:
    """The infimum or supremum, with a lower bound on every region."""
    names = tuple(v.name for v in f.variables)
    read = read_domain(domain, names)
    rows = [] if read is None else rows_data(read)
    data = rational_function_data(f)
    function = read_function(data, curved=True)
    walk: Any = QuadraticWalk(function, read_rows(rows, function.width))
    turn = 1 if sense == "min" else -1
    faces = quadratic_faces(f if turn > 0 else -f, read)
    if faces is None:
        raise Unsupported(
            "expected a function that is quadratic on its pieces, got another; ask mt.infimum"
        )
    report = QuadraticOptimum(faces).report
    entries = grown(walk)
    head: Data = {
        "kind": "quadratic_infimum",
        "function": data,
        "domain": rows,
        "sense": sense,
    }
    own = _Regions(walk, entries, turn)
    if report.ray is not None:
        return head | own.falling(report)
    lowest = turn * to_fraction(report.value)
    return head | own.lowest(report, lowest) | {"tree": own.tree(lowest)}


class _Regions:
    """The leaves of the tree, with their quadratics."""

    def __init__(self, walk: Any, entries: list[Any], turn: int) -> None:
        self.walk, self.entries, self.turn = walk, entries, turn
        self.names: tuple[str, ...] = walk.function.names
        self.leaves = [entry for entry in entries if isinstance(entry, Leaf)]

    def _quadratic(self, leaf: Leaf) -> Polynomial:
        q: Polynomial = self.walk.quadratic(leaf.region)
        return q if self.turn > 0 else negative(q)

    def falling(self, report: QuadraticInfimum) -> Data:
        """A point and a ray of one region along which the quadratic falls."""
        ray = report.ray
        assert ray is not None
        for leaf in self.leaves:
            inside = _point(leaf)
            step = Fraction(1)
            for _ in range(20):
                start = [p + step * (v - p) for p, v in zip(report.point, inside, strict=True)]
                far, near = following.far(start, ray), following.at(start)
                stays = all(
                    following.allowed(relation, near(row)) and following.allowed(relation, far(row))
                    for relation, row in leaf.region.path
                )
                if stays and falls(self._quadratic(leaf), self.names, start, ray):
                    return {"value": None, "point": _numbers(start), "ray": _numbers(ray)}
                step /= 2
        raise Unsupported("expected a ray in one piece, got none; ask mt.infimum")

    def lowest(self, report: QuadraticInfimum, lowest: Fraction) -> Data:
        """Where the value is attained, or a segment in one region to where it is tended to."""
        end = report.point
        if report.is_attained:
            return {"value": number_data(lowest), "point": _numbers(end)}
        there = following.at(end)
        for leaf in self.leaves:
            closed = all(
                following.allowed("=" if r == "=" else ">=", there(row))
                for r, row in leaf.region.path
            )
            q = self.walk.quadratic(leaf.region)
            if closed and value(q, dict(zip(self.names, end, strict=True))) == lowest:
                point = _numbers(_point(leaf))
                return {"value": number_data(lowest), "point": point, "to": _numbers(end)}
        raise AssertionError("an infimum is tended to in some piece")

    def tree(self, lowest: Fraction) -> list[Any]:
        shift = constant(self.turn * lowest)

        def bound(leaf: Leaf) -> Data:
            q = minus(self._quadratic(leaf), shift)
            return {"bound": _bound(closed_cell(q, leaf.region.path, self.names))}

        return written(self.entries, bound)


def _bound(cell: Cell | None) -> Data | None:
    """A proof that q ≥ 0 on a cell."""
    if cell is None:
        return None
    rows = [_row(form, cell.names) for form in cell.rows]
    found = feasible_point([], [(row, False) for row in rows], variables=len(cell.names))
    if not isinstance(found, Witness):
        scales = (_scale(form, row) for form, row in zip(cell.rows, rows, strict=True))
        proof = [(i, m * s) for i, (m, s) in enumerate(zip(found.inequalities, scales)) if m]
        return {"empty": [v for i, m in proof for v in (i, number_data(m))]}
    q = _quadratic(cell)
    shape = shape_along(q, _identity(len(cell.names)))
    if not isinstance(shape, Bowl):
        slopes = cell.slopes(shape)
        faces = [_bound(cell.where(row)) for row, s in zip(cell.rows, slopes, strict=True) if s]
        return {"along": _numbers(shape), "faces": faces}
    point = _minimizer(q, cell, rows)
    # the gradient there is a combination of those of the rows that are 0
    gradient = q.gradient(point)
    tight = [
        i
        for i, form in enumerate(cell.rows)
        if not value(form, dict(zip(cell.names, point, strict=True)))
    ]
    forms = [[Fraction(cell.rows[i].get((n,), 0)) for i in tight] for n in cell.names]
    equations = [primitive([-g, *row]) for g, row in zip(gradient, forms, strict=True)]
    count = len(tight)
    above = [((0, *(int(i == k) for i in range(count))), False) for k in range(count)]
    weights = feasible_point(equations, above, variables=count)
    if not isinstance(weights, Witness):
        raise PiecewiseError("expected multipliers at a minimum, got none; ask mt.infimum")
    pairs = [(i, w) for i, w in zip(tight, weights.point, strict=True) if w]
    return {"multipliers": [v for i, w in pairs for v in (i, number_data(w))]}


def _minimizer(q: Quadratic, cell: Cell, rows: Sequence[tuple[int, ...]]) -> Vector:
    """Where a convex quadratic is lowest on a cell."""
    if not cell.names:
        return ()
    own: Any = as_expression(0)
    units = {name: Variable([name], ()) for name in cell.names}
    for monomial, c in cell.q.items():
        term: Any = as_expression(Fraction(c))
        for name in monomial:
            term = term * units[name]
        own = own + term
    region = polyhedron_from_data([[">=", *row] for row in rows], cell.names)
    faces = quadratic_faces(own.on(*cell.names), region)
    assert faces is not None, "it is a quadratic"
    report = QuadraticOptimum(faces).report
    if report.ray is not None:
        raise PiecewiseError("expected a bounded quadratic, got one that falls; ask mt.infimum")
    return tuple(Fraction(v) for v in report.point)


def _quadratic(cell: Cell) -> Quadratic:
    place = {name: k for k, name in enumerate(cell.names)}
    terms: dict[tuple[int, ...], Fraction] = {}
    for monomial, c in cell.q.items():
        exponents = [0] * len(cell.names)
        for name in monomial:
            exponents[place[name]] += 1
        terms[tuple(exponents)] = Fraction(c)
    found = Quadratic.of(terms, len(cell.names))
    assert found is not None, "the degree is at most 2"
    return found


def _row(form: Polynomial, names: Sequence[str]) -> tuple[int, ...]:
    return primitive([form.get((), 0), *(form.get((name,), 0) for name in names)])


def _scale(form: Polynomial, row: Sequence[int]) -> Fraction:
    """row / form."""
    largest = max(map(abs, row))
    sizes = [abs(Fraction(c)) for c in form.values()]
    return Fraction(largest) / max(sizes) if largest else Fraction(1)


def _identity(size: int) -> list[list[Fraction]]:
    return [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]


def _point(leaf: Leaf) -> list[Fraction]:
    return [Fraction(c, leaf.point[0]) for c in leaf.point[1:]]


def _numbers(row: Sequence[Any]) -> list[int | str]:
    return [number_data(Fraction(c)) for c in row]
