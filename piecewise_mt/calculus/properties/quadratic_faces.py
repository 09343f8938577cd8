"""A piecewise quadratic function on the faces of its polyhedral pieces.

The faces are all of the closures of the pieces, whether a domain has their points or not, except
those at infinity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement

from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum
from piecewise_mt.calculus.properties.facet_bends import where_negative
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.enclosures import polynomial_terms
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.number_rows import fraction, normal_generator, quotient
from piecewise_mt.exact.quadratics import Quadratic, Vector, dot, moved
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property

Key = tuple[int, int]
"""Level and index of a face in the complex."""


@dataclass(frozen=True, eq=False)
class QuadraticFace:
    """A face, and what the function is on it."""

    key: Key
    stratum: PolyhedralStratum
    """The face as one, also where the domain does not have it."""
    is_stratum: bool
    facets: tuple[Key, ...]
    quadratics: tuple[Quadratic, ...]
    """One an output, in all variables; on the face alone it is the function."""
    lines: tuple[Vector, ...]

    @property
    def quadratic(self) -> Quadratic:
        """That of a scalar function."""
        return self.quadratics[0]

    @cached_property
    def vertices(self) -> tuple[Vector, ...]:
        """Modulo lines; there is one at least."""
        return tuple(
            tuple(quotient(v, g[0]) for v in g[1:]) for g in self.stratum.generators if g[0]
        )

    @cached_property
    def rays(self) -> tuple[Vector, ...]:
        """Those of the closure, and both directions of each line."""
        own = [tuple(map(fraction, g[1:])) for g in self.stratum.generators if not g[0]]
        for line in self.lines:
            own += [line, tuple(-v for v in line)]
        return tuple(own)

    @cached_property
    def directions(self) -> tuple[Vector, ...]:
        """A basis of the direction space."""
        first, *others = self.vertices
        spanning = [*self.rays, *(tuple(a - b for a, b in zip(v, first, strict=True))
                                  for v in others)]  # fmt: skip
        rows = echelon([(0, *normal_generator(d)) for d in spanning])
        return tuple(tuple(map(fraction, row[1:])) for row in rows)

    @cached_property
    def closure(self) -> Polyhedron:
        """The face with its boundary."""
        own = self.stratum.polyhedron
        return Polyhedron(
            own.variables, own.equations, [(row, False) for row, _ in own.inequalities]
        )

    def where_negative(self, row: Sequence[Fraction]) -> Vector | None:
        """An inner point at which an affine function is < 0; None if it is ≥ 0 on the closure."""
        return where_negative(row, self.stratum.point, self.vertices, self.rays)

    def outward(self, direction: Vector) -> int | None:
        """The place of an inequality that a ray in a direction leaves, None if there is none."""
        rows = self.closure.inequalities
        return next((i for i, (row, _) in enumerate(rows) if dot(row[1:], direction) < 0), None)

    def violated(self, point: Vector) -> int | None:
        """The place of an inequality that a point of the affine hull violates, if any."""
        rows = self.closure.inequalities
        return next((i for i, (row, _) in enumerate(rows) if dot(row, (1, *point)) < 0), None)


def agrees(
    function: Expression,
    names: tuple[str, ...],
    closure: Polyhedron,
    point: Vector,
    directions: Sequence[Vector],
    quadratics: Sequence[Quadratic],
) -> bool:
    """Whether f is these quadratics at as many inner points of a face as determine them.

    The directions span the face from an inner point.
    """
    if any(dot(row[1:], d) for row in closure.equations for d in directions):
        return False
    step = Fraction(1)
    for row, _ in closure.inequalities:
        height = dot(row, (1, *point))
        # the sums of two such steps stay in the face
        for d in directions:
            fall = -2 * dot(row[1:], d)
            if fall * step > height:
                step = quotient(height, fall)
    moves = [tuple(Fraction(0) for _ in names), *directions]
    for one, two in combinations_with_replacement(moves, 2):
        near = moved(moved(point, step, one), step, two)
        if values_at(function, names, near) != [q.value(near) for q in quadratics]:
            return False
    return bool(step)


class QuadraticFaces:
    """The faces of a function that is a polynomial of degree at most 2 on each of them."""

    def __init__(self, cells: PolyhedralStrata, faces: dict[Key, QuadraticFace]) -> None:
        self.cells = cells
        self.faces = faces
        """From the smallest dimension on."""

    @property
    def function(self) -> Expression:
        """The function."""
        return self.cells.function

    @property
    def names(self) -> tuple[str, ...]:
        """The variables."""
        return self.cells.names

    @staticmethod
    def of(cells: PolyhedralStrata) -> QuadraticFaces | None:
        """The faces with their polynomials; None if some polynomial is of higher degree.

        Raises
        ------
        Unsupported
            If the function is no polynomial on some face.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> found = QuadraticFaces.of((abs(x) * x).strata())
        >>> [str(face.closure) for face in found]
        ['x = 0', 'x >= 0', 'x <= 0']
        """
        complex_ = cells.partition.cells
        width = len(cells.names) + 1
        lines = tuple(tuple(map(fraction, line[1:width])) for line in complex_.lines)
        sizes = complex_.level_sizes()
        found: dict[Key, QuadraticFace] = {}
        for level in range(1, len(sizes)):
            places = set(cells._places[level])
            for index in range(sizes[level]):
                own = PolyhedralStratum(cells, level, index)
                if not any(g[0] for g in own.generators):
                    continue
                quadratics = []
                for terms in stratum_terms(own, cells):
                    quadratic = Quadratic.of(terms, width - 1)
                    if quadratic is None:
                        return None
                    quadratics.append(quadratic)
                below = ((level - 1, i) for i in complex_.levels[level][index])
                facets = tuple(key for key in below if key in found)
                found[level, index] = QuadraticFace(
                    (level, index), own, index in places, facets, tuple(quadratics), lines
                )
        return QuadraticFaces(cells, found)

    def __iter__(self) -> Iterator[QuadraticFace]:
        return iter(self.faces.values())

    @cached_property
    def top(self) -> tuple[QuadraticFace, ...]:
        """The faces of the largest dimension."""
        level = max(level for level, _ in self.faces)
        return tuple(face for face in self if face.key[0] == level)

    @cached_property
    def _around(self) -> dict[Key, tuple[QuadraticFace, ...]]:
        above: dict[Key, dict[Key, None]] = {key: {} for key in self.faces}
        for face in reversed(list(self)):
            own = above[face.key] or {face.key: None}
            for facet in face.facets:
                above[facet].update(own)
        return {key: tuple(self.faces[k] for k in sorted(own)) if own else (self.faces[key],)
                for key, own in above.items()}  # fmt: skip

    def around(self, face: QuadraticFace) -> tuple[QuadraticFace, ...]:
        """The faces of largest dimension whose closures hold a face."""
        return self._around[face.key]


def stratum_terms(
    stratum: PolyhedralStratum, cells: PolyhedralStrata
) -> Iterator[dict[tuple[int, ...], Fraction]]:
    """The polynomials that the outputs are on a stratum, by exponents.

    Raises
    ------
    Unsupported
        If one is no polynomial with rational coefficients.
    """
    symbols = symbols_of(cells.names)
    for formula in formulas_of(cells.program, stratum.label_keys, selected):
        terms = polynomial_terms(formula.expr, symbols)
        if terms is None:
            raise Unsupported(
                f"expected a piecewise polynomial function with rational coefficients, got "
                f"{formula.expr} on {{{stratum.polyhedron}}}; leave smooth nodes that are no "
                "polynomials out"
            )
        yield dict(terms)


def higher_degree(f: Expression) -> Unsupported:
    """What is said of polynomials of higher degree in several variables."""
    return Unsupported(
        f"expected polynomials of degree at most 2 on all strata, or one variable, got {f!r}; ask "
        "f.at at points"
    )
