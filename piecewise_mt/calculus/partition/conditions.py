"""Reading the conditions of a representation that somebody wrote down."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, compile_program
from piecewise_mt.calculus.partition.max_min import MaxMin, max_min_form
from piecewise_mt.calculus.partition.polynomial_kinks import Kinks
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, UnknownVariable, Unsupported
from piecewise_mt.exact.case_trees import NEGATIVE, POSITIVE, ZERO
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_fields import Algebraic, Number
from piecewise_mt.exact.numbers import primitive, to_fraction
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.build.selection import as_condition
from piecewise_mt.functions.conditions import Comparison, Condition, Joined
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Smooth
from piecewise_mt.functions.rows import affine_rows
from piecewise_mt.functions.sympy_reader import SympyReader
from piecewise_mt.functions.traversal import topological
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Related, apart
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.systems import RELATIONS, Terms

MAX_ALTERNATIVES = 1000


def read_condition(condition: Any, names: tuple[str, ...]) -> tuple[Polyhedron, ...]:
    """A condition as a union of polyhedra.

    Parameters
    ----------
    condition : Condition, str, SymPy Boolean, Polyhedron, True, or a list of these (a union)

    Raises
    ------
    NotPolyhedral
        If a side of a comparison is neither affine nor a max or min of affine forms.
    UnknownVariable
        For a variable that is not among `names`.
    """
    if isinstance(condition, Polyhedron):
        return (in_order(condition, names),)
    if isinstance(condition, (list, tuple)):
        parts = tuple(part for entry in condition for part in read_condition(entry, names))
        if not parts:
            raise PiecewiseError("expected a union of conditions, got an empty list; leave it out")
        return parts
    if condition is True:
        return (Polyhedron(names),)
    alternatives = _alternatives(as_condition(condition))
    try:
        return tuple(own for part in alternatives for own in _conjunction(part, names))
    except NotPolyhedral as error:
        found = _affine_after_all(condition, names)
        if found is None:
            raise error
        return found


def _affine_after_all(condition: Any, names: tuple[str, ...]) -> tuple[Polyhedron, ...] | None:
    """A condition with smooth nodes or ``where`` in it, if only affine ones are left of it."""
    try:
        found = [polyhedron_of(names, own) for own in read_sets(condition, names)]
    except NotPolyhedral:
        return None
    known = [own for own in found if own is not None]
    return tuple(known) if len(known) == len(found) else None


def read_sets(condition: Any, names: tuple[str, ...]) -> tuple[Conditions, ...]:
    """A condition with polynomial sides as a union of basic semialgebraic sets.

    Each is a tuple of (integer coefficients by exponents, mask of the signs that it may have).

    Parameters
    ----------
    condition : Condition, str, SymPy Boolean, Polyhedron, True, or a list of these (a union)

    Raises
    ------
    NotPolyhedral
        If a side of a comparison is no polynomial, nor made of such by max, min, abs and relu.
    UnknownVariable
        For a variable that is not among `names`.

    Examples
    --------
    >>> read_sets("x**2 + y**2 < 1 or x > 3", ("x", "y"))
    ((({(2, 0): 1, (0, 2): 1, (0, 0): -1}, 1),), (({(1, 0): 1, (0, 0): -3}, 4),))
    """
    if isinstance(condition, Polyhedron):
        return (polyhedral_conditions(in_order(condition, names)),)
    if isinstance(condition, (list, tuple)):
        return tuple(part for entry in condition for part in read_sets(entry, names))
    if condition is True:
        return ((),)
    return tuple(
        part
        for conjunction in _alternatives(as_condition(condition))
        for part in _polynomial_conjunction(conjunction, names)
    )


def polyhedral_conditions(region: Polyhedron) -> Conditions:
    """What a polyhedron says, as conditions on polynomials.

    Examples
    --------
    >>> polyhedral_conditions(Polyhedron(("x",), [], [((1, -2), False)]))
    (({(0,): 1, (1,): -2}, 6),)

    Raises
    ------
    NotPolyhedral
        If a coefficient is irrational.
    """
    n = len(region.variables)
    exponents = [tuple(int(k == i) for k in range(1, n + 1)) for i in range(n + 1)]

    def terms(row: Row) -> Terms:
        return {e: integer(c) for e, c in zip(exponents, row, strict=True) if c}

    def integer(value: Number) -> int:
        if isinstance(value, Algebraic):
            raise NotPolyhedral(
                f"expected rational coefficients where kinks are polynomials, got {region}, which "
                "is not supported yet; take a variable s for the root, and a domain such as "
                "s**2 = 2, s > 0"
            )
        return int(value)

    return (
        *((terms(row), ZERO) for row in region.equations),
        *((terms(row), POSITIVE if s else POSITIVE | ZERO) for row, s in region.inequalities),
    )


def is_affine(terms: Terms) -> bool:
    """Whether a polynomial has no term of a degree above one."""
    return all(sum(exponents) <= 1 for exponents in terms)


def polyhedron_of(names: tuple[str, ...], conditions: Conditions) -> Polyhedron | None:
    """The polyhedron of conditions that are all affine, else None.

    Examples
    --------
    >>> print(polyhedron_of(("x", "y"), (({(1, 0): 1, (0, 1): -2}, 1),)))
    x < 2*y
    """
    equations: list[Row] = []
    inequalities: list[tuple[Row, bool]] = []
    for terms, mask in conditions:
        if not is_affine(terms) or mask == NEGATIVE | POSITIVE:
            return None
        units = [tuple(int(i == j) for j in range(len(names))) for i in range(len(names))]
        row = (terms.get((0,) * len(names), 0), *(terms.get(unit, 0) for unit in units))
        if mask == ZERO:
            equations.append(row)
        else:
            sign = -1 if mask & NEGATIVE else 1
            inequalities.append((tuple(sign * c for c in row), not mask & ZERO))
    return Polyhedron(names, equations, inequalities)


def position_of(name: str, names: tuple[str, ...]) -> int:
    """The position of a variable's coefficient in a row."""
    if name not in names:
        raise UnknownVariable(
            f"expected the variables {list(names)}, got {name!r}; "
            "widen the function's space with f.on(...)"
        )
    return names.index(name) + 1


def in_order(domain: Polyhedron, names: tuple[str, ...]) -> Polyhedron:
    """The same set with its coordinates in the order of `names`, wider if there are more."""
    if domain.variables == names:
        return domain
    place = [0, *(position_of(name, names) for name in domain.variables)]

    def moved(row: Row) -> Row:
        result = [0] * (len(names) + 1)
        for position, value in zip(place, row, strict=True):
            result[position] = value
        return tuple(result)

    return Polyhedron(
        names,
        [moved(row) for row in domain.equations],
        [(moved(row), strict) for row, strict in domain.inequalities],
    )


def _alternatives(condition: Condition) -> list[list[Comparison]]:
    """A condition as a list of conjunctions."""
    if isinstance(condition, Comparison):
        if condition.op == "!=":
            sides = condition.lhs, condition.rhs
            return [[Comparison(">", *sides)], [Comparison("<", *sides)]]
        return [[condition]]
    assert isinstance(condition, Joined)
    if condition.kind == "or":
        return [part for own in condition.parts for part in _alternatives(own)]
    result: list[list[Comparison]] = [[]]
    for own in condition.parts:
        choices = _alternatives(own)
        if len(result) * len(choices) > MAX_ALTERNATIVES:
            raise NotPolyhedral(
                f"expected a condition of at most {MAX_ALTERNATIVES} conjunctions, got more; "
                "write it as several pieces"
            )
        result = [left + right for left in result for right in choices]
    return result


def from_sympy(expression: Any) -> Any:
    """A piecewise linear SymPy expression (sums, Max, Min, Abs) as an Expression or number."""
    if expression.is_number:
        return to_fraction(expression)
    return SympyReader().read(expression)


def _conjunction(
    comparisons: Iterable[Comparison], names: tuple[str, ...]
) -> tuple[Polyhedron, ...]:
    """A conjunction of comparisons as a union, in which polyhedra may overlap."""
    alternatives: list[list[Related[Row]]] = [[]]
    for comparison in comparisons:
        choices = _compared(comparison, names)
        if len(alternatives) * len(choices) > MAX_ALTERNATIVES:
            raise NotPolyhedral(
                f"expected a condition of at most {MAX_ALTERNATIVES} polyhedra, got more; write "
                "it as several pieces"
            )
        alternatives = [known + more for known in alternatives for more in choices]
    return tuple(Polyhedron(names, *apart(rows)) for rows in alternatives)


def _polynomial_conjunction(
    comparisons: Iterable[Comparison], names: tuple[str, ...]
) -> list[Conditions]:
    """A conjunction of comparisons of polynomial sides as a union."""
    alternatives: list[Conditions] = [()]
    for comparison in comparisons:
        choices = _polynomial_comparison(comparison, names)
        if len(alternatives) * len(choices) > MAX_ALTERNATIVES:
            raise NotPolyhedral(
                f"expected a condition of at most {MAX_ALTERNATIVES} sets, got more; write it as "
                "several pieces"
            )
        alternatives = [(*known, *more) for known in alternatives for more in choices]
    return alternatives


def _polynomial_comparison(comparison: Comparison, names: tuple[str, ...]) -> list[Conditions]:
    """A comparison of sides that are polynomials, or pieced together from such, as a union."""
    _require_scalar(comparison)
    difference = comparison.lhs - comparison.rhs
    _require_known(difference, names)
    mask = RELATIONS[comparison.op]
    kinks = Kinks(on_names(difference, names))
    try:
        found = kinks.combinations(MAX_ALTERNATIVES)
    except Unsupported:
        raise _no_polynomial(comparison) from None
    if found is None:
        raise NotPolyhedral(
            f"expected a condition of few kinks, got {comparison!r}; split it at them"
        )
    sets = []
    for labels, known in found:
        p = kinks.output(labels)
        if p is None:
            raise _no_polynomial(comparison)
        sets.append(_without_constants((*known, (p, mask))))
    return [own for own in sets if own is not None]


def _no_polynomial(comparison: Comparison) -> NotPolyhedral:
    return NotPolyhedral(
        f"expected sides that are polynomials, or max, min, abs and relu of such, got "
        f"{comparison!r}; replace it by one"
    )


def _without_constants(conditions: Conditions) -> Conditions | None:
    """Different conditions that are not true of themselves; None if one is false."""
    kept: list[tuple[Terms, int]] = []
    for p, mask in conditions:
        if any(map(any, p)):
            if (p, mask) not in kept:
                kept.append((p, mask))
            continue
        value = sum(p.values())
        if not mask & (POSITIVE if value > 0 else NEGATIVE if value < 0 else ZERO):
            return None
    return tuple(kept)


def _require_scalar(comparison: Comparison) -> None:
    if comparison.shape != ():
        raise PiecewiseError(
            f"expected a condition on scalars, got {comparison!r} of shape {comparison.shape}; "
            "index the entries and join the conditions with & or |"
        )


def _compared(comparison: Comparison, names: tuple[str, ...]) -> list[list[Related[Row]]]:
    """A comparison of piecewise linear sides as alternatives, all of whose parts must hold."""
    left, right = comparison.lhs, comparison.rhs
    _require_scalar(comparison)
    if comparison.op in ("<", "<="):
        left, right = right, left
    form = _form(left - right, comparison, names)
    op = {"<": ">", "<=": ">="}.get(comparison.op, comparison.op)
    if op != "=":
        return [[Related(primitive(row), op) for row in rows] for rows in form]
    if len(form) == 1 and len(form[0]) == 1:
        return [[Related(primitive(form[0][0]), "=")]]
    below = _form(right - left, comparison, names)
    if len(form) * len(below) > MAX_ALTERNATIVES:
        raise NotPolyhedral(
            f"expected an equation of at most {MAX_ALTERNATIVES} polyhedra, got more; write it as "
            "several pieces"
        )
    return [
        _equated([*map(primitive, over)], [*map(primitive, under)])
        for over in form
        for under in below
    ]


def _form(difference: Expression, comparison: Comparison, names: tuple[str, ...]) -> MaxMin:
    """The difference of two sides as a maximum of minima."""
    _require_known(difference, names)
    rows = affine_rows(difference, names)
    if rows is not None:
        return [rows]
    program = on_names(difference, names)
    form = max_min_form(program, MAX_ALTERNATIVES)
    if form is None:
        remedy = "replace it by one" if program.is_smooth else "split the condition at its kinks"
        raise NotPolyhedral(
            "expected sides that are sums of few affine forms, max, min, abs and relu, got "
            f"{comparison!r}; {remedy}"
        )
    return form


def _equated(over: list[Row], under: list[Row]) -> list[Related[Row]]:
    """All of `over` and `under` are ≥ 0; opposite ones make an equation."""
    opposite = {tuple(-value for value in row) for row in under}
    equal = [row for row in over if row in opposite]
    done = {*equal, *(tuple(-value for value in row) for row in equal)}
    rest = [Related(row, ">=") for row in dict.fromkeys((*over, *under)) if row not in done]
    return [Related(row, "=") for row in equal] + rest


def affine_row(form: Any, names: tuple[str, ...]) -> list[Fraction]:
    """The coefficients (c0, c1, …, ca) of an affine expression or number."""
    if not isinstance(form, Expression):
        return [to_number(form), *[Fraction(0)] * len(names)]
    _require_known(form, names)
    rows = affine_rows(form, names)
    if rows is None:
        smooth = any(isinstance(node, Smooth) for node in topological(form))
        remedy = "replace it by one" if smooth else "split the condition at its kinks"
        raise NotPolyhedral(f"expected an affine expression, got {form}; {remedy}")
    (row,) = rows
    return list(row)


def on_names(form: Expression, names: tuple[str, ...]) -> Program:
    """The program of an expression in the space of `names`."""
    _require_known(form, names)
    return compile_program(form.on(*names))


def _require_known(form: Expression, names: tuple[str, ...]) -> None:
    for name in (v.names[0] for v in form.variables):
        if name not in names:
            raise UnknownVariable(
                f"expected the variables {list(names)}, got {name!r}; add it to the variables"
            )
