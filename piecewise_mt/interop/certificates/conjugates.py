"""Certificates of conjugates of piecewise linear functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

from piecewise_mt.calculus.properties.conjugate import conjugate
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.linear import echelon, kernel
from piecewise_mt.exact.numbers import to_fraction
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import function_data, rows_data
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.interop.certificates.asked import Asked, Data, leaves_of, numbers, point_of
from piecewise_mt.interop.certificates.farkas import Known, Proof
from piecewise_mt.interop.certificates.regions import Leaf, cut, grown, written
from piecewise_mt_check.functions import read_function
from piecewise_mt_check.optimum import value_on
from piecewise_mt_check.rows import Affine, Related, Row, primitive, read_rows
from piecewise_mt_check.tree import Walk

MOST_CUTS = 5000
Generator = tuple[int, ...]
"""Homogeneous coordinates: x0 = 0 for a ray."""


def conjugated(subject: Any, given: Data) -> Data:
    own = Asked(subject, given["domain"])
    own.require_one_output()
    found = given.get("found") or conjugate(own.f, given["domain"])
    if not isinstance(found.expression, Expression):
        raise Unsupported(
            "expected a conjugate that is piecewise linear for a certificate, got one with "
            "quadratic formulas; ask its verify()"
        )
    names = found.representation.names
    second_data = function_data(found.expression.on(*names))
    finite_data = [] if found.domain is None else rows_data(found.domain)
    second = read_function(second_data)
    dual = Walk(second, read_rows(finite_data, second.width))
    candidates = list(dict.fromkeys(
        tuple(to_fraction(v) for v in piece.gradient) for piece in found.representation
    ))  # fmt: skip
    made = _Conjugate(own, dual, candidates)
    tree = made.tree()
    return {
        "kind": "conjugate",
        **own.head,
        "second": second_data,
        "finite": finite_data,
        "generators": [made.bound(generator) for generator in made.bounds],
        "outside": [{"point": numbers(made.start)} for _ in _sides(dual.root.path)],
        "tree": tree,
    }


def _sides(rows: Sequence[Related]) -> list[Row]:
    return [row for relation, row in rows for _ in range(2 if relation == "=" else 1)]


class _Conjugate:
    """The trees of the function and of its conjugate."""

    def __init__(self, own: Asked, dual: Walk, candidates: list[tuple[Fraction, ...]]) -> None:
        self.own, self.dual, self.candidates = own, dual, candidates
        self.walk = own.walk()
        self.entries = grown(self.walk)
        self.start = point_of(leaves_of(self.entries)[0])
        self.whole = Known(list(enumerate(self.walk.root.path)), self.walk.width)
        self.bounds: dict[Generator, Fraction] = {}
        self.places: dict[Generator, int] = {}

    def tree(self) -> list[Any]:
        """That of the conjugate, cut until the generators of a leaf are independent."""
        tree: list[Any] = []
        cuts = 0
        pending: list[None | Proof | Leaf] = grown(self.dual)[::-1]
        while pending:
            entry = pending.pop()
            if not isinstance(entry, Leaf):
                tree.append(entry)
                continue
            generators, lines = _generators(entry, self.dual.width)
            row = _next_cut(generators, lines)
            if row is None:
                tree.append(self._leaf(entry, generators))
                continue
            cuts += 1
            if cuts > MOST_CUTS:
                raise Unsupported(
                    f"expected a conjugate of simplices by at most {MOST_CUTS} cuts for a "
                    "certificate, got more; ask its verify()"
                )
            tree.append({"cut": list(row)})
            pending.extend(cut(self.dual, entry, row)[::-1])
        return tree

    def _leaf(self, leaf: Leaf, generators: Sequence[Generator]) -> Data:
        (form,) = self.dual.values(leaf.region)
        weights = _coordinates(generators, self.dual.width)
        coefficients = []
        bound = [Fraction(0)] * self.dual.width
        total = [[Fraction(0)] * self.dual.width for _ in range(self.dual.width)]
        for own, weight in zip(generators, weights, strict=True):
            place = self.places.setdefault(own, len(self.places))
            value = self.bounds.setdefault(own, _height(form, own))
            vector = _vector(own)
            coefficients.append([place, numbers(weight), _proved(leaf, ">=", weight)])
            bound = [b + value * w for b, w in zip(bound, weight)]
            total = [[t + c * w for t, w in zip(line, weight)] for line, c in zip(total, vector)]
        for place, line in enumerate(total):
            line[place] -= 1
        exact = [Fraction(c, form.denominator) for c in form.row]
        above = [e - b for e, b in zip(exact, bound)]
        point, below = self._attained(leaf, exact)
        return {
            "coefficients": coefficients,
            "sums": [_proved(leaf, "=", line) for line in total],
            "bound": _proved(leaf, ">=", above),
            "at": numbers(point),
            "below": below,
        }

    def _attained(self, leaf: Leaf, form: Sequence[Fraction]) -> tuple[Sequence[Fraction], Any]:
        """A point x with s·x - f(x) >= g(s) on the leaf."""
        for x in self.candidates:
            row = [c - e for c, e in zip((-self.own.function.value(x)[0], *x), form)]
            proof = leaf.implies(Related(">=", primitive(row)))
            if proof is not None:
                return x, proof
        raise _wrong()

    def bound(self, generator: Generator) -> Data:
        """A generator with its value, and why that is a bound."""
        _, *vector = _vector(generator)
        value = self.bounds[generator]
        own = [value, *(-c for c in vector)]
        head: Data = {"value": numbers([value])[0]}
        if not generator[0]:
            proof = self.whole.implies(Related(">=", primitive(own)))
            if proof is None:
                raise _wrong()
            return {"ray": numbers(vector), **head, "proof": proof}

        def leaf(leaf: Leaf) -> Data:
            (form,) = self.walk.values(leaf.region)
            row = [b + Fraction(c, form.denominator) for b, c in zip(own, form.row)]
            return {"bound": _proved(leaf, ">=", row)}

        return {"point": numbers(vector), **head, "tree": written(self.entries, leaf)}


def _vector(generator: Generator) -> list[Fraction]:
    """With x0 = 1 for a point."""
    return [Fraction(c, generator[0] or 1) for c in generator]


def _height(form: Affine, generator: Generator) -> Fraction:
    first, *vector = _vector(generator)
    linear = form if first else Affine((0, *form.row[1:]), form.denominator)
    return value_on(linear, vector)


def _generators(leaf: Leaf, width: int) -> tuple[list[Generator], list[Generator]]:
    """The vertices and rays of the closure of a leaf, and its lines."""
    names = tuple(f"s{i}" for i in range(1, width))
    path = [r for r in leaf.region.path if any(r.row[1:])]
    equations = [r.row for r in path if r.relation == "="]
    closed = [(r.row, False) for r in path if r.relation != "="]
    cell = relative_interior(Polyhedron(names, equations, closed))
    assert cell is not None, "a leaf has points"
    faces = cell.complex
    made = [[primitive(row[:width]) for row in rows] for rows in (faces.generators, faces.lines)]
    return made[0], made[1]


def _next_cut(generators: Sequence[Generator], lines: Sequence[Generator]) -> Row | None:
    """A row with generators on both sides, if these are not independent yet."""
    if lines:
        place = next(i for i, c in enumerate(lines[0]) if i and c)
        return tuple(int(i == place) for i in range(len(lines[0])))
    rank = len(echelon(list(generators)))
    if rank == len(generators):
        return None
    for chosen in combinations(generators, rank - 1):
        for row in _normals(chosen, generators):
            heights = [sum(c * v for c, v in zip(row, own)) for own in generators]
            if min(heights) < 0 < max(heights):
                return primitive(row)
    raise AssertionError("dependent generators of a pointed cone have some on both sides")


def _normals(chosen: Sequence[Generator], generators: Sequence[Generator]) -> Iterator[Row]:
    """Rows that vanish on the chosen ones and not on all."""
    for own in kernel(list(chosen), len(chosen[0])):
        if any(sum(c * v for c, v in zip(own, g)) for g in generators):
            yield tuple(int(c) for c in primitive(own))


def _coordinates(generators: Sequence[Generator], width: int) -> list[list[Fraction]]:
    """Affine functions λ with Σ λ·generator = (1, s) on the span of independent generators."""
    vectors = [_vector(own) for own in generators]
    # λ = (VᵀV)⁻¹Vᵀ(1, s): solve VᵀV·X = Vᵀ
    gram = [[sum((a * b for a, b in zip(v, w)), Fraction(0)) for w in vectors] for v in vectors]
    return _solved(gram, [list(v) for v in vectors])


def _solved(matrix: list[list[Fraction]], right: list[list[Fraction]]) -> list[list[Fraction]]:
    """The solution of matrix·X = right, for a regular matrix."""
    rows = [[*a, *b] for a, b in zip(matrix, right)]
    count = len(rows)
    for k in range(count):
        pivot = next(i for i in range(k, count) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [c / rows[k][k] for c in rows[k]]
        for i in range(count):
            if i != k and rows[i][k]:
                rows[i] = [c - rows[i][k] * p for c, p in zip(rows[i], rows[k])]
    return [row[count:] for row in rows]


def _proved(leaf: Leaf, relation: str, row: Sequence[Fraction]) -> Any:
    proof = leaf.implies(Related(relation, primitive(row)))
    if proof is None:
        raise _wrong()
    return proof


def _wrong() -> PiecewiseError:
    return PiecewiseError(
        "expected a conjugate whose bounds can be proved, got one with a bound that fails; ask its "
        "verify()"
    )
