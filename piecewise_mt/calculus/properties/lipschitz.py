"""Exact Lipschitz constants, from the gradients of the full-dimensional strata."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

import sympy

from piecewise_mt.calculus.evaluation.program import compile_program, selected
from piecewise_mt.calculus.local.reduction import Matrix
from piecewise_mt.calculus.partition.base import Stratum
from piecewise_mt.calculus.partition.box_cells import BoxCells
from piecewise_mt.calculus.partition.maxima import Maxima, maxima_of
from piecewise_mt.calculus.partition.regions import Region, region_beside
from piecewise_mt.calculus.partition.strata import (
    PolyhedralStrata,
    PolyhedralStratum,
    strata,
    uncut,
)
from piecewise_mt.calculus.properties.in_blocks import steepest_gradients
from piecewise_mt.calculus.properties.in_boxes import (
    SteepestOnBox,
    box_cells,
    is_deep_on_box,
    steepest_on_box,
)
from piecewise_mt.calculus.properties.layers_bound import layers_bound
from piecewise_mt.calculus.properties.line_critical import part_of_line
from piecewise_mt.calculus.properties.line_lipschitz import LineBound, line_bound
from piecewise_mt.calculus.properties.line_optimum import open_interval
from piecewise_mt.calculus.properties.line_pieces import line_pieces, polynomial_of
from piecewise_mt.calculus.properties.lipschitz_proofs import LipschitzProof, Norms, lipschitz_proof
from piecewise_mt.calculus.properties.quadratic_lipschitz import VertexBound, vertex_pieces
from piecewise_mt.calculus.properties.separate_maxima import (
    Block,
    SeparateProof,
    Steepest,
    separate_blocks,
    steepest_of,
)
from piecewise_mt.calculus.properties.smooth_lipschitz import (
    GrowingEntry,
    SmoothBound,
    attained_at,
    smooth_bounds,
)
from piecewise_mt.calculus.properties.sum_of_maxima import gradients_inside, large_maxima
from piecewise_mt.calculus.results.proof import same
from piecewise_mt.calculus.results.shown import ShownLipschitz
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, Undecided
from piecewise_mt.exact.norms import LargestRoot, gram_polynomial, square_root
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.plain import succeeds
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property

Evidence: TypeAlias = (
    LipschitzProof | SeparateProof | VertexBound | LineBound | SmoothBound | GrowingEntry
)


MOST_SHOWN = 200
"""Conditions in more variables are not written out: to leave out redundant ones takes long."""


@dataclass(frozen=True)
class LipschitzReport(ShownLipschitz):
    """The constant, where it is attained, its proof, and what the layers' norms say.

    With smooth nodes the constant is a bound, which is the best one if ``is_best`` is true, or oo.
    """

    function: Expression
    ord: Any
    constant: sympy.Expr
    """The best constant, a bound for it, or oo if there is none."""
    stratum: Stratum
    """A full-dimensional stratum whose gradient has the constant as its norm, or bound."""
    gradient: sympy.ImmutableMatrix
    """The gradient there; of symbols if formulas are not affine."""
    is_best: bool = True
    """Whether it is proved that no smaller constant will do."""
    _evidence: Evidence | Callable[[], Evidence] | None = field(
        default=None, repr=False, compare=False
    )

    @cached_property
    def proof(self) -> Evidence | None:
        """``proof.verify()`` checks the constant without the engine."""
        return self._evidence() if callable(self._evidence) else self._evidence

    @property
    def statement(self) -> str:
        """That of the proof."""
        return "Nothing is proved." if self.proof is None else self.proof.statement

    def verify(self) -> bool:
        """Whether the proof verifies, and the report says of its function what it is found to be.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> from dataclasses import replace
        >>> report = mt.lipschitz_report(2 * abs(mt.variable("x")))
        >>> report.verify(), replace(report, constant=sympy.Integer(1)).verify()
        (True, False)
        """
        return succeeds(self._is_proved)

    def _is_proved(self) -> bool:
        own = self.proof
        if own is None or own._function is not self.function or not own.verify():
            return False
        domain = own.norms._domain if isinstance(own, VertexBound) else own._domain
        anew = lipschitz_report(self.function, self.ord, domain)
        told = [(type(r.proof), r.ord, r.constant, r.gradient, r.is_best, r.stratum.polyhedron)
                for r in (anew, self)]  # fmt: skip
        return same(*told) and same(anew.proof, own)

    @cached_property
    def layers_bound(self) -> sympy.Expr:
        """The product of the layers' norms: an upper bound without enumeration."""
        return layers_bound(self.function, self.ord)

    @property
    def is_bounded(self) -> bool:
        """Whether there is a constant."""
        return bool(self.constant != sympy.oo)

    def __repr__(self) -> str:
        is_large = isinstance(self.stratum, Region) and len(self.stratum.point) > MOST_SHOWN
        where = "the stratum of its witness" if is_large else f"{{{self.stratum.polyhedron}}}"
        if isinstance(self._evidence, GrowingEntry):
            return (
                f"not Lipschitz: unbounded gradient {self._evidence.along} along the ray "
                f"{self._evidence.ray} of {where}"
            )
        if isinstance(self._evidence, LineBound) and not self.is_bounded:
            return f"not Lipschitz: unbounded gradient {self.gradient[0]} on {where}"
        if isinstance(self._evidence, (SmoothBound, VertexBound, LineBound)):
            kind = "Lipschitz constant" if self.is_best else "bound for the Lipschitz constant, not"
            kind += "" if self.is_best else " known to be the best,"
            return f"{kind} {self.constant} in the {self.ord}-norm, from {where}"
        return (
            f"Lipschitz constant {self.constant} in the {self.ord}-norm, attained on "
            f"{where}; product of the layers' norms {self.layers_bound}"
        )


def lipschitz(
    f: Expression, ord: Any = 2, domain: Any = None, *, executor: Executor | None = None
) -> sympy.Expr:
    r"""The best L with :math:`\|f(x) - f(y)\| \le L \|x - y\|` on a convex domain.

    It is the largest operator norm of the gradients of the full-dimensional strata.

    Parameters
    ----------
    f : Expression
        A function with a variables and b outputs.
    ord : 1, 2 or oo
        The norm in both spaces. ``"inf"`` and ``float("inf")`` will do for oo.
    domain : Polyhedron, str or mapping, optional
        A full-dimensional convex set.
    executor : concurrent.futures.Executor, optional
        Whose workers enumerate; see docs/scale.md.

    Returns
    -------
    Expr
        Rational for 1 and oo; for 2 the square root of a rational if a or b is 1, otherwise that
        of the largest root of det(λI - GᵀG), compared exactly.

    Raises
    ------
    PiecewiseError
        For another `ord`, or a domain without interior points.
    Undecided
        If smooth nodes leave no more than a bound, which :func:`lipschitz_report` gives.
    TooManyPieces
        If a box of very many faces meets too many kinks.

    See Also
    --------
    mt.lipschitz_report : With the stratum, the proof and the layers' bound.
    mt.is_monotone : The sign of the slopes.

    Notes
    -----
    Along a segment f is Lipschitz with the largest norm of the gradients of the
    full-dimensional strata whose closures it meets; inside one of them it is attained. On a box of
    very many faces of its own only cells of the kinks that it meets are, by linear programs.

    References
    ----------
    - S. Scholtes, *Introduction to piecewise differentiable equations*, Springer, 2012.

    Examples
    --------
    Two kinks that tie at 0 bend towards each other: the slope is never 2.

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.lipschitz(mt.relu(x) - mt.relu(-x)), mt.lipschitz(mt.max(x, y) + x)
    (1, 2)
    """
    norm = read_ord(ord)
    curved = _on_line(f, norm, domain)
    if curved is not None:
        return curved.constant
    cells = uncut(f, domain, max_faces=None)
    few = _few_gradients(cells, norm)
    if few is not None:
        return few.constant
    box = box_cells(cells.program, cells.domain)
    if box is not None:
        return _largest(_steepest_on(box, norm, cells.domain).gradients, norm)[1]
    if not cells.program.is_smooth:
        # block by block, in bounded memory
        largest = partial(_largest_one, norm)
        found = steepest_gradients(f, cells.program, cells.domain, largest, executor)
        _require_interior(found, cells.domain)
        return _largest(found, norm)[1]
    report = lipschitz_report(f, ord, domain)
    if not report.is_best:
        raise Undecided(
            f"expected a constant that is proved to be the best, got the bound {report.constant}; "
            "use mt.lipschitz_report, whose constant is that bound"
        )
    return report.constant


def lipschitz_report(f: Expression, ord: Any = 2, domain: Any = None) -> LipschitzReport:
    """The constant of :func:`lipschitz`, the stratum that attains it, and the layers' bound.

    With smooth nodes it is a bound, from exact bounds of every entry of the gradient on boxes
    around the strata; it is the best constant if ``is_best``, because a vertex or witness attains
    it, or because it is the supremum of a norm that depends on one variable, or on each by itself.
    It is oo if an entry grows along a ray of a stratum.

    Parameters
    ----------
    f, ord, domain
        As for :func:`mt.lipschitz`.

    Raises
    ------
    Undecided
        If the gradient of a smooth formula is neither known to be bounded, nor to grow.

    See Also
    --------
    mt.lipschitz : The constant alone.

    References
    ----------
    - A. Virmaux, K. Scaman, *Lipschitz regularity of deep neural networks: analysis and efficient
      estimation*, Advances in Neural Information Processing Systems 31, 2018.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.lipschitz_report(mt.relu(x) - mt.relu(-x), 1)
    Lipschitz constant 1 in the 1-norm, attained on {x < 0}; product of the layers' norms 2

    With smooth nodes, on both sides of the tie x = 0:

    >>> f = mt.square(mt.relu(x))
    >>> mt.lipschitz_report(f, 2, {"x": (-1, 3)})
    Lipschitz constant 6 in the 2-norm, from {0 < x < 3}
    >>> mt.lipschitz_report(f)
    not Lipschitz: unbounded gradient 2*t + 2 along the ray (1,) of {x > 0}
    """
    norm = read_ord(ord)
    curved = _on_line(f, norm, domain)
    if curved is not None:
        return curved
    few = _few_gradients(uncut(f, domain, max_faces=None), norm)
    if few is not None:
        return few
    cells = uncut(f, domain, max_faces=None)
    box = box_cells(cells.program, cells.domain)
    if box is not None:
        return _on_box(cells, norm, _steepest_on(box, norm, cells.domain))
    cells = strata(f, domain)
    a = len(cells.names)
    if cells.program.is_smooth and cells[0].dimension == a:
        return _smooth_report(f, norm, cells)
    gradients: dict[Matrix, PolyhedralStratum] = {}
    for stratum in cells:
        if stratum.dimension == a:
            rows = cells.program.affine(stratum.label_keys, selected).outputs
            own: Any = tuple(tuple(map(fraction, row[1:])) for row in rows)  # type: ignore[arg-type]
            gradients.setdefault(own, stratum)
    _require_interior(gradients, cells.domain)
    return _report(cells, norm, list(gradients), gradients.__getitem__)


def evidence_of(f: Expression, ord: Any, domain: Polyhedron | None) -> Evidence | None:
    """The proof of a constant, made anew."""
    return lipschitz_report(f, ord, domain).proof


def evidence_by_blocks(f: Expression, ord: Any, domain: Polyhedron | None) -> Evidence | None:
    """The proof by blocks of variables, also where there are few gradients."""
    cells = uncut(f, domain, max_faces=None)
    maxima = maxima_of(cells.program)
    if maxima is None or not all(term.is_maximum for term in maxima.terms):
        return None
    found = _by_blocks(cells, maxima, read_ord(ord))
    return None if found is None else found.proof


def _steepest_on(box: BoxCells, norm: Any, domain: Polyhedron | None) -> SteepestOnBox:
    found = steepest_on_box(box, norm)
    _require_interior(() if found is None else found.gradients, domain)
    assert found is not None, "otherwise it was refused"
    return found


def _on_box(cells: PolyhedralStrata, norm: Any, found: SteepestOnBox) -> LipschitzReport:
    """The report, its proof with what no entry of the gradients of other cells exceeds."""
    matrix, constant = _largest(found.gradients, norm)
    every = Norms((*found.gradients, *found.majorants), matrix, constant, norm)
    proof = partial(lipschitz_proof, every, cells.function, cells.domain)
    where = Region(cells, found.point_of(matrix), ())
    return LipschitzReport(cells.function, norm, constant, where, _written(matrix), True, proof)


def _require_interior(gradients: Collection[Any], domain: Polyhedron | None) -> None:
    if not gradients:
        raise PiecewiseError(
            f"expected a full-dimensional domain, got {domain}, which has no interior; give "
            "one with interior points"
        )


def _largest_one(norm: Any, matrices: Sequence[Matrix]) -> Matrix:
    return _largest(matrices, norm)[0]


def _report(
    cells: PolyhedralStrata,
    norm: Any,
    gradients: list[Matrix],
    where: Callable[[Matrix], PolyhedralStratum],
) -> LipschitzReport:
    matrix, constant = _largest(gradients, norm)
    gradient = _written(matrix)
    # made when asked for: a direction that attains the norm takes a while to find
    own, f = Norms(tuple(gradients), matrix, constant, norm), cells.function
    proof = partial(lipschitz_proof, own, f, cells.domain)
    return LipschitzReport(f, norm, constant, where(matrix), gradient, True, proof)


def _written(matrix: Matrix) -> sympy.ImmutableMatrix:
    entries = [to_rational(v) for row in matrix for v in row]
    return sympy.ImmutableMatrix(len(matrix), len(matrix[0]), entries)


def _few_gradients(cells: PolyhedralStrata, norm: Any) -> LipschitzReport | None:
    """The report of large maxima, whose gradients are those of their forms."""
    maxima = None if is_deep_on_box(cells.program, cells.domain) else large_maxima(cells.program)
    if maxima is None:
        return None
    found = gradients_inside(maxima, cells.domain)
    if found:
        return _report(cells, norm, list(found), lambda own: region_beside(cells, found[own]))
    # too many of them, but perhaps few by each block of variables
    return _by_blocks(cells, maxima, norm)


def _by_blocks(cells: PolyhedralStrata, maxima: Maxima, norm: Any) -> LipschitzReport | None:
    blocks = separate_blocks(maxima, cells.domain)
    best = None if blocks is None else steepest_of(blocks, norm, partial(_largest_one, norm))
    return None if blocks is None or best is None else _of_blocks(cells, norm, blocks, best)


def _of_blocks(
    cells: PolyhedralStrata, norm: Any, blocks: Sequence[Block], best: Steepest
) -> LipschitzReport:
    matrix, constant = _largest([best.matrix], norm)

    def proof() -> SeparateProof:
        one = Norms((matrix,), matrix, constant, norm)
        own = lipschitz_proof(one, cells.function, cells.domain)
        return SeparateProof(norm, tuple(blocks), matrix, own.direction, own.lower, own.upper,
                             constant, cells.function, cells.domain)  # fmt: skip

    where = region_beside(cells, best.point)
    return LipschitzReport(cells.function, norm, constant, where, _written(matrix), True, proof)


def _smooth_report(f: Expression, ord: Any, cells: PolyhedralStrata) -> LipschitzReport:
    try:
        found = smooth_bounds(cells, ord)
    except Undecided:
        exact = _at_vertices(f, ord, cells)
        if exact is None:
            raise
        return exact
    if isinstance(found[0], GrowingEntry):
        growing, where = found[0], found[1]
        gradient = sympy.ImmutableMatrix(1, 1, [growing.along])
        return LipschitzReport(f, ord, sympy.oo, where, gradient, True, growing)
    every, best, stratum = found
    attained = attained_at(best, stratum)
    proof = SmoothBound(tuple(every), attained, ord, best.norm, f, cells.domain)
    is_best = attained is not None or bool(best.suprema)
    exact = None if is_best else _at_vertices(f, ord, cells)
    if exact is not None:
        return exact
    return LipschitzReport(f, ord, best.norm, stratum, best.gradient, is_best, proof)


def _on_line(f: Expression, ord: Any, domain: Any) -> LipschitzReport | None:
    """The report of a scalar function of one variable with kinks that are polynomials."""
    if f.shape != () or len(f.variables) != 1 or not compile_program(f).is_smooth:
        return None
    try:
        strata(f, domain)
    except NotPolyhedral:
        pass
    else:
        return None
    line = line_pieces(f, domain)
    _require_interior(line.pieces, line.region)
    bound = line_bound(line)
    own = bound.steepest
    region = open_interval(line.name, own.low, own.high)
    stratum = part_of_line(line, region)
    slope = sympy.diff(polynomial_of(own.coefficients, line.name), *symbols_of((line.name,)))
    gradient = sympy.ImmutableMatrix(1, 1, [slope])
    return LipschitzReport(f, ord, bound.constant, stratum, gradient, True, bound)


def _at_vertices(f: Expression, ord: Any, cells: PolyhedralStrata) -> LipschitzReport | None:
    """The constant of a piecewise quadratic function whose gradients are bounded."""
    known = vertex_pieces(cells)
    if known is None:
        return None
    pieces, where = known
    matrix, constant = _largest(list(where), ord)

    norms = lipschitz_proof(Norms(tuple(where), matrix, constant, ord), f, cells.domain)
    proof = VertexBound(tuple(pieces), norms, f)
    return LipschitzReport(f, ord, constant, where[matrix], _written(matrix), True, proof)


def read_ord(ord: Any) -> Any:
    """1, 2 or oo."""
    if ord in (1, 2) and not isinstance(ord, bool):
        return int(ord)
    if ord == sympy.oo or ord == float("inf") or ord in ("inf", "oo"):
        return sympy.oo
    raise PiecewiseError(f"expected ord=1, 2 or oo, got {ord!r}; choose one of them")


def _largest(matrices: Sequence[Matrix], ord: Any) -> tuple[Matrix, sympy.Expr]:
    """The first matrix of largest norm."""
    if ord != 2:
        norms = [operator_norm(matrix, ord) for matrix in matrices]
        best = norms.index(max(norms))
        return matrices[best], to_rational(norms[best])
    squares = [gram_polynomial(matrix) for matrix in matrices]
    if len(squares[0]) == 2:
        # one output or one variable: λ less the square of the norm, which is rational
        norms = [-square[1] for square in squares]
        best = norms.index(max(norms))
        return matrices[best], square_root(to_rational(norms[best]))
    known: dict[tuple[Fraction, ...], int] = {}
    for index, square in enumerate(squares):
        known.setdefault(square, index)
    best_root, best = None, 0
    for square, index in known.items():
        root = LargestRoot(square)
        if best_root is None or root > best_root:
            best_root, best = root, index
    assert best_root is not None
    return matrices[best], square_root(best_root.to_sympy())


def operator_norm(matrix: Matrix, ord: Any) -> Fraction:
    """The largest column sum of absolute values for 1, the largest row sum for oo."""
    lines = list(zip(*matrix, strict=True)) if ord == 1 else list(matrix)
    return max((sum(map(abs, line), Fraction(0)) for line in lines), default=Fraction(0))
