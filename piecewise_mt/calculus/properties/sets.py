"""Where functions are equal, where they vanish, and where associated gradients differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.conditions import in_order
from piecewise_mt.calculus.partition.solutions import Solutions
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, spanning_points, strata
from piecewise_mt.calculus.partition.trust import read_trust
from piecewise_mt.calculus.properties.curved_differences import curved_gradient_differences
from piecewise_mt.calculus.properties.curved_sets import signs_of_polynomials, vanishes_everywhere
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation, represent
from piecewise_mt.calculus.smooth.entries import are_constant
from piecewise_mt.calculus.smooth.identities import zero_or_point
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, ShapeError, Undecided, Unsupported
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.build.arithmetic import as_expression, concat
from piecewise_mt.functions.build.builders import relu
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.substitute import in_order_of
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.sets import SemialgebraicSet


def equal(f: Any, g: Any, *, budget: float = 30.0, trust: Any = None) -> bool:
    """Whether two expressions are the same function of the union of their variables.

    Decided exactly on the full-dimensional strata of f - g, which are dense; tie rules do not
    matter.

    Parameters
    ----------
    f, g : Expression, exact numbers, or what has an ``expression``, such as other forms
        Of the same shape.
    budget : float
        Seconds for the strata where kinks are polynomials.
    trust : bool, str or sequence of str, optional
        Solvers whose answers there count as proofs, such as ``"z3"``.

    Raises
    ------
    ShapeError
        If the shapes differ.
    Undecided
        If SymPy cannot compare smooth formulas, or the budget decides too little.

    See Also
    --------
    mt.difference_set : Where they differ.
    Expression.to_max_min : Other forms, which are proved equal.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.equal(mt.max(x, y, ties="first"), mt.max(x, y, ties="last"))
    True
    >>> mt.equal(mt.max(x, y), mt.max(x, y, 0))
    False
    >>> mt.equal(mt.relu(x * y) - mt.relu(-x * y), x * y)
    True
    """
    h = _difference(f, g)
    if not h.variables or not h.size:
        return not any(values_at(h, (), []))
    try:
        cells = strata(h)
    except NotPolyhedral as error:
        try:
            return vanishes_everywhere(h, budget, read_trust(trust))
        except Unsupported:
            raise error from None
    full = len(cells.names)
    if cells.program.is_smooth:
        return _vanishes(h, cells)
    return not any(
        c != 0
        for stratum in cells
        if stratum.dimension == full
        for row in cells.program.affine(stratum.label_keys, selected).outputs
        for c in row
    )


def _vanishes(h: Expression, cells: PolyhedralStrata) -> bool:
    """Whether a function with smooth nodes is 0, by SymPy on its full-dimensional strata."""
    for stratum in cells:
        if stratum.dimension < len(cells.names):
            break
        for formula in cells.program.formulas(stratum.label_keys, selected).outputs:
            points = spanning_points(stratum, cells, 20)
            vanishes, _ = zero_or_point(formula, stratum.hull, points)
            if vanishes is None:
                raise Undecided(
                    f"expected formulas that SymPy can compare, got {formula}, which it cannot "
                    "tell from 0; simplify the functions"
                )
            if not vanishes:
                return False
    return True


def difference_set(
    f: Any, g: Any, domain: Any = None, *, budget: float = 30.0, trust: Any = None
) -> PolyhedralSet | SemialgebraicSet:
    """The set {x : f(x) ≠ g(x)} as disjoint polyhedra, or as semialgebraic sets.

    Parameters
    ----------
    f, g : Expression, exact numbers, or what has an ``expression``, such as other forms
        Of the same shape; for arrays, the set where some entry differs.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.
    budget : float
        Seconds for the strata where kinks or the function are polynomials.
    trust : bool, str or sequence of str, optional
        Solvers whose answers there count as proofs, such as ``"z3"``.

    Raises
    ------
    ShapeError
        If the shapes differ.

    See Also
    --------
    mt.equal : Whether it is empty.
    mt.gradient_difference_set : Where the gradients differ.
    mt.zero_set : Where f − g is 0.

    Examples
    --------
    At the tie x = 0 the two agree:

    >>> import piecewise_mt as mt
    >>> (x,) = mt.variables("x")
    >>> mt.difference_set(mt.relu(x), x)
    PolyhedralSet({x < 0})
    """
    return _by_sign(_difference(f, g), domain, any, budget, trust, "!=")


def zero_set(
    f: Expression, domain: Any = None, *, budget: float = 30.0, trust: Any = None
) -> PolyhedralSet | SemialgebraicSet:
    """The set {x : f(x) = 0} as disjoint polyhedra, or as semialgebraic sets.

    For arrays, where every entry is zero.

    Parameters
    ----------
    f : Expression
        A function of at least one variable.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.
    budget : float
        Seconds for the strata where kinks or the function are polynomials.
    trust : bool, str or sequence of str, optional
        Solvers whose answers there count as proofs, such as ``"z3"``.

    See Also
    --------
    mt.level_set : Another level.
    mt.check_stampacchia : The gradient there.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.zero_set(mt.max(x, y) - x)
    PolyhedralSet({x >= y})
    >>> mt.zero_set(x**2 + y**2 - 1)
    SemialgebraicSet({x**2 + y**2 = 1})
    """
    found = _solved(f, domain) if f.size > 1 else None
    if found is not None:
        return found
    return _by_sign(f, domain, lambda nonzero: not any(nonzero), budget, trust, "=")


def level_set(
    f: Expression, c: Any, domain: Any = None, *, budget: float = 30.0, trust: Any = None
) -> PolyhedralSet | SemialgebraicSet:
    """The set {x : f(x) = c} as disjoint polyhedra, or as semialgebraic sets.

    Parameters
    ----------
    f : Expression
        A function of at least one variable.
    c : exact number
        The level.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.
    budget : float
        Seconds for the strata where kinks or the function are polynomials.
    trust : bool, str or sequence of str, optional
        Solvers whose answers there count as proofs, such as ``"z3"``.

    See Also
    --------
    mt.zero_set : The level 0.
    mt.sublevel_set : Where f ≤ c.

    Examples
    --------
    The level of a maximum through the tie (1, 1):

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> level = mt.level_set(mt.max(x, y), 1)
    >>> level.contains((1, 1)), level.contains((2, 1))
    (True, False)
    """
    return zero_set(in_order_of(f - c, f), domain, budget=budget, trust=trust)


def gradient_difference_set(
    rep1: Representation | Expression, rep2: Representation | Expression
) -> PolyhedralSet | SemialgebraicSet:
    """The set where two associated gradients differ, as disjoint polyhedra, or a curved set.

    Parameters
    ----------
    rep1, rep2 : Representation or Expression
        Of functions of the same shape and the same variables, in any order; an expression counts
        with its own tie rules. Where both have a domain, the set is looked for in the intersection.

    Raises
    ------
    PiecewiseError
        If the variables or shapes differ.
    Unsupported
        If a gradient is a smooth formula, so that the set need not be polyhedral.

    See Also
    --------
    mt.difference_set : Where the values differ.
    Representation.artifacts : Where one gradient is not Clarke's.

    Notes
    -----
    The polyhedra are the nonempty intersections of a piece of one with a piece of the other; of a
    stated representation the stated gradients count.
    Gradients with free parameters are compared symbolically, by name: z in one is z in the
    other, so max(x, y) under free ties does not differ from itself.

    Examples
    --------
    The maxima that give a tie to the first and to the last operand are equal functions whose
    associated gradients differ on a null set:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> first = mt.max(x, y, ties="first").represent()
    >>> last = mt.max(x, y, ties="last").represent()
    >>> mt.gradient_difference_set(first, last)
    PolyhedralSet({x = y})
    """
    rep1, rep2 = (r.represent() if isinstance(r, Expression) else r for r in (rep1, rep2))
    if rep1.shape != rep2.shape:
        raise ShapeError(
            f"expected two functions of the same shape, got {rep1.shape} and {rep2.shape}; "
            "reshape one of them"
        )
    if sorted(rep1.names) != sorted(rep2.names):
        raise PiecewiseError(
            f"expected two functions of the same variables, got {list(rep1.names)} and "
            f"{list(rep2.names)}; widen their spaces with f.on(...)"
        )
    names = rep1.names
    place = [rep2.names.index(name) for name in names]
    if not (isinstance(rep1, DerivedRepresentation) and isinstance(rep2, DerivedRepresentation)):
        return _differing_parts(rep1, rep2, place)
    both = concat([rep1.function.ravel(), rep2.function.ravel()]).on(*names)
    if not (
        isinstance(rep1, PolyhedralRepresentation) and isinstance(rep2, PolyhedralRepresentation)
    ):
        return curved_gradient_differences(rep1, rep2, both, place)
    pieces = represent(both, _joint_domain(rep1, rep2, place))
    found, dimension = [], -1
    for piece in pieces:
        point = dict(zip(names, piece.witness, strict=True))
        one = rep1.piece_at(point).jacobian
        other = [tuple(row[i] for i in place) for row in rep2.piece_at(point).jacobian]
        if list(map(list, one)) != list(map(list, other)):
            found.append(piece.polyhedron)
            dimension = max(dimension, piece.dimension)
    return PolyhedralSet(names, found, dimension)


def _differing_parts(
    rep1: Representation, rep2: Representation, place: Sequence[int]
) -> PolyhedralSet:
    """Intersections of pieces with different gradients, whatever they were written down as."""
    found, dimension = [], -1
    for one in rep1:
        for other in rep2:
            mine = [list(row) for row in one.gradient_rows]
            theirs = [[row[i] for i in place] for row in other.gradient_rows]
            if not are_constant((*mine, *theirs)):
                raise Unsupported(
                    f"expected gradients that are constant on pieces, got {one.gradient} and "
                    f"{other.gradient}; compare them with mt.check_gradient"
                )
            if mine == theirs:
                continue
            for part in one.parts:
                for second in other.parts:
                    both = part & in_order(second, rep1.names)
                    for domain in (rep1.polyhedral_domain, rep2.polyhedral_domain):
                        if domain is not None:
                            both = both & in_order(domain, rep1.names)
                    if not both.is_empty:
                        found.append(both.irredundant())
                        dimension = max(dimension, both.dimension)
    return PolyhedralSet(rep1.names, found, dimension)


def _joint_domain(
    rep1: PolyhedralRepresentation, rep2: PolyhedralRepresentation, place: list[int]
) -> Any:
    if rep2.domain is None or rep1.domain is None:
        return rep1.domain if rep2.domain is None else rep2.domain
    columns = [0, *(i + 1 for i in place)]
    equations = [tuple(row[i] for i in columns) for row in rep2.domain.equations]
    inequalities = [
        (tuple(row[i] for i in columns), strict) for row, strict in rep2.domain.inequalities
    ]
    return Polyhedron(
        rep1.names,
        [*rep1.domain.equations, *equations],
        [*rep1.domain.inequalities, *inequalities],
    )


def _difference(f: Any, g: Any) -> Expression:
    left, right = (
        own if isinstance(own := getattr(h, "expression", h), Expression) else as_expression(h)
        for h in (f, g)
    )
    if left.shape != right.shape:
        raise ShapeError(
            f"expected two functions of the same shape, got {left.shape} and {right.shape}; "
            "reshape one of them"
        )
    return in_order_of(left - right, left, right)


def _solved(f: Expression, domain: Any) -> PolyhedralSet | None:
    """The zeros of several outputs piece by piece, where all are affine; None for any other.

    So no sign of an output cuts, which would be three cells an output.
    """
    own = in_order_of(with_first_ties(f).ravel(), f)
    try:
        pieces = represent(own, domain)
    except PiecewiseError:
        # which is said as of the signs
        return None
    found, dimension = [], -1
    for piece in pieces:
        if any(formula.is_smooth for formula in piece.formulas):
            return None
        rows = [formula.raw for formula in piece.formulas]
        if not all(isinstance(c, (int, Fraction)) for row in rows for c in row):
            return None
        region = piece.polyhedron
        equations = [*region.equations, *(primitive(row) for row in rows if any(row))]
        zeros = Polyhedron(pieces.names, equations, region.inequalities)
        if not zeros.is_empty:
            found.append(zeros.irredundant())
            dimension = max(dimension, zeros.dimension)
    return PolyhedralSet(pieces.names, found, dimension)


def _by_sign(
    h: Expression,
    domain: Any,
    wanted: Callable[[Iterable[bool]], bool],
    budget: float,
    trust: Any,
    op: str,
) -> PolyhedralSet | SemialgebraicSet:
    """The pieces on which the signs of h are as wanted; the kinks of relu(h) cut by sign."""
    own = in_order_of(with_first_ties(h).ravel(), h)
    cut = in_order_of(concat([own, relu(own, at_zero="free")]), h)
    try:
        pieces = represent(cut, domain)
    except PiecewiseError as error:
        if isinstance(error, NotPolyhedral):
            with suppress(Unsupported):
                return signs_of_polynomials(own, cut, domain, wanted, budget, read_trust(trust))
        represent(h, domain)  # which names what is at fault as it is written, if it is in h
        if not isinstance(error, NotPolyhedral):
            raise
        raise NotPolyhedral(
            "expected a function that is affine or a polynomial on every stratum, with rational "
            f"coefficients, or has one sign, got {h!r}, whose zeros are not supported yet; ask "
            "f.value at points"
        ) from error
    found, dimension = [], -1
    for piece in pieces:
        point = [to_number(v) for v in piece.witness]
        if wanted(value != 0 for value in values_at(own, pieces.names, point)):
            found.append(piece.polyhedron)
            dimension = max(dimension, piece.dimension)
    return PolyhedralSet(pieces.names, found, dimension, Solutions(own, op, domain))
