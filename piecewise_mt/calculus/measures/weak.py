r"""Theorem 1 in its weak form: the associated gradient is the gradient in the sense of
distributions, as integrals against polynomial bumps show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import sympy

from piecewise_mt.calculus.consistency.asked import derived_anew, table_anew, table_text
from piecewise_mt.calculus.measures.parts import (
    added,
    as_terms,
    number_to_sympy,
    parts_of_polyhedron,
)
from piecewise_mt.calculus.partition.conditions import position_of
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.properties.polynomial_pieces import product_of
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.calculus.results.proof import function_text, rebuilt
from piecewise_mt.calculus.results.report import Check, Failure, Question, Report, Verdict
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import NotPolyhedral, OutsideDomain, PiecewiseError, Unsupported
from piecewise_mt.exact.enclosures import polynomial_terms
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.points import variable_name
from piecewise_mt.geometry.polyhedron import Polyhedron

Box = tuple[tuple[Any, Any], ...]


def check_integration_by_parts(
    f: Expression | Representation,
    box: Mapping[Any, tuple[Any, Any]],
    bumps: Sequence[sympy.Expr] | None = None,
) -> Report:
    r"""Prove :math:`\int \tilde\nabla f\,\varphi = -\int f\,\nabla\varphi` for polynomial bumps φ.

    By Theorem 1 and Corollary 1 the associated gradient is the gradient almost everywhere, so it is
    the weak gradient of f. Both sides are computed exactly, the left one from the gradients of the
    representation, piece by piece.

    Parameters
    ----------
    f : Expression or Representation
        A function, whose representation is derived, or a representation with its own gradients,
        stated or not. Formulas and gradients are polynomials on polyhedral pieces.
    box : mapping
        The bounds (lo, hi) of every variable; bumps vanish outside.
    bumps : sequence of sympy.Expr, optional
        Polynomials that vanish on the boundary of the box. By default
        :math:`\varphi_0 = \prod_i (x_i - l_i)^2 (h_i - x_i)^2` and :math:`x_i \varphi_0`, which are
        C¹ on the whole space.

    Returns
    -------
    Report
        One check a bump; a failure names the entry of the gradient, with both integrals.

    Raises
    ------
    PiecewiseError
        If a variable has no bounds, or a bump does not vanish on the boundary.
    Unsupported
        If a formula or gradient is no polynomial.
    NotPolyhedral
        If a piece of full dimension is curved.

    See Also
    --------
    mt.verify_chain_rule : The pointwise form (14).
    mt.check_stampacchia : (11), on which the proof of Theorem 1 rests.

    References
    ----------
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    The paradox of §2.2: the tie of the outer relu is all of {x ≥ 0}, and any slope there will do:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> f = mt.relu(mt.min(x, 0), at_zero=5)
    >>> mt.check_integration_by_parts(f, {x: (-1, 2)}).ok
    True

    A gradient that is wrong on a set of positive measure is found:

    >>> wrong = mt.Representation("x", [("x < 0", "0", 0), ("x >= 0", "x", 2)], of="relu(x)")
    >>> mt.check_integration_by_parts(wrong, {x: (-1, 2)}).failures[0].data["gradient"]
    64/5
    """
    names = tuple(v.name for v in f.variables) if isinstance(f, Expression) else f.names
    bounds = _bounds(box, names)
    region = read_domain(dict(zip(names, bounds, strict=True)), names)
    assert region is not None
    rep = f.represent(region) if isinstance(f, Expression) else f
    if isinstance(rep.domain, Polyhedron) and not rep.domain.includes(region):
        raise OutsideDomain(
            f"expected a box inside the domain {{{rep.domain}}}, got {{{region}}}; give a smaller "
            "one"
        )
    tested = (
        _default(names, bounds)
        if bumps is None
        else [_checked(own, names, bounds) for own in bumps]
    )
    cells = _cells(rep, region)
    checks = [_check(own, cells, rep, names) for own in tested]
    report = Report(f"integration by parts for {rep.title}", tuple(checks))
    return report.asked(ByParts(f, bounds, tuple(tested)))


@dataclass(frozen=True)
class ByParts(Question):
    """:func:`mt.check_integration_by_parts` with its bumps."""

    of: Expression | Representation
    box: Box
    bumps: tuple[sympy.Expr, ...]

    @property
    def text(self) -> str:
        """The function or the table, and the box."""
        own = self.of
        given = function_text(own) if isinstance(own, Expression) else table_text(own)
        sides = " × ".join(f"[{low}, {high}]" for low, high in self.box)
        return f"Integration by parts of {given}, in the box {sides}"

    def asked_anew(self) -> Report:
        """Both sides for a copy of plain data."""
        of, (box, bumps) = self.of, rebuilt((self.box, self.bumps))
        if isinstance(of, Expression):
            of = rebuilt(of)
            names = tuple(v.name for v in of.variables)
        else:
            of = derived_anew(of) if isinstance(of, PolyhedralRepresentation) else table_anew(of)
            names = of.names
        return check_integration_by_parts(of, dict(zip(names, box, strict=True)), bumps)


def _bounds(box: Mapping[Any, tuple[Any, Any]], names: tuple[str, ...]) -> Box:
    if not isinstance(box, Mapping):
        raise PiecewiseError(
            f"expected bounds of every variable, got {type(box).__name__}; give a mapping such as "
            "{x: (-1, 1)}"
        )
    found: dict[int, tuple[Any, Any]] = {}
    for key, pair in box.items():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise PiecewiseError(
                f"expected a pair (lo, hi) for {variable_name(key)}, got {pair!r}; give two numbers"
            )
        low, high = pair
        if low is None or high is None:
            raise PiecewiseError(f"expected two bounds of {key}, got {pair!r}; give numbers")
        found[position_of(variable_name(key), names) - 1] = (to_number(low), to_number(high))
    missing = [name for i, name in enumerate(names) if i not in found]
    if missing:
        raise PiecewiseError(
            f"expected bounds of every variable, got none of {missing[0]}; add "
            f"{missing[0]}: (-1, 1)"
        )
    for i, (low, high) in found.items():
        if not low < high:
            raise PiecewiseError(
                f"expected an interval of positive length for {names[i]}, got ({low}, {high}); "
                "give the lower bound first"
            )
    return tuple(found[i] for i in range(len(names)))


def _default(names: tuple[str, ...], bounds: Box) -> list[sympy.Expr]:
    symbols = symbols_of(names)
    first = sympy.Mul(
        *(
            (x - number_to_sympy(low)) ** 2 * (number_to_sympy(high) - x) ** 2
            for x, (low, high) in zip(symbols, bounds, strict=True)
        )
    )
    return [first, *(x * first for x in symbols)]


def _checked(bump: Any, names: tuple[str, ...], bounds: Box) -> sympy.Expr:
    """A bump in the real symbols of the variables, which vanishes on the boundary."""
    if not isinstance(bump, sympy.Expr):
        raise PiecewiseError(
            f"expected a polynomial of SymPy as a bump, got {type(bump).__name__}; write it in "
            f"sympy.symbols({' '.join(names)!r})"
        )
    symbols = {s.name: s for s in symbols_of(names)}
    own = bump.xreplace({s: symbols[s.name] for s in bump.free_symbols if s.name in symbols})
    if polynomial_terms(sympy.expand(own), tuple(symbols.values())) is None:
        raise Unsupported(
            f"expected a polynomial in {', '.join(names)} with rational coefficients as a bump, "
            f"got {bump}; give one such as (x + 1)**2*(1 - x)**2"
        )
    for (name, x), pair in product(symbols.items(), (0, 1)):
        side = number_to_sympy(bounds[names.index(name)][pair])
        if sympy.expand(own.subs(x, side)) != 0:
            raise PiecewiseError(
                f"expected a bump that vanishes on the boundary of the box, got {bump}, which does "
                f"not at {name} = {side}; multiply it by ({x - side})**2"
            )
    return own


Cells = list[tuple[int, Any, Sequence[Any], Sequence[Sequence[Any]]]]


def _cells(rep: Representation, region: Polyhedron) -> Cells:
    """The number, part, formulas and gradients of the pieces with a volume."""
    found: Cells = []
    for number, piece in enumerate(rep, 1):
        if piece.dimension < len(rep.names):
            continue
        if piece.is_curved:
            raise NotPolyhedral(
                f"expected polyhedral pieces, got piece {number}, {{{piece.condition_text}}}; "
                "ask on a domain without curved kinks"
            )
        formulas = [formula.expr for formula in piece.formulas]
        gradient = piece.gradient.tolist()
        for member in piece.parts:
            part = parts_of_polyhedron(member.intersection(region), ())
            if part is not None:
                found.append((number, part, formulas, gradient))
    return found


def _check(bump: sympy.Expr, cells: Cells, rep: Representation, names: tuple[str, ...]) -> Check:
    """Both sides for all entries of the gradient."""
    symbols = symbols_of(names)
    phi = as_terms(bump, names)
    slopes = [as_terms(sympy.diff(bump, x), names) for x in symbols]
    lefts: dict[tuple[int, int], list[Any]] = {}
    rights: dict[tuple[int, int], list[Any]] = {}
    name = f"φ = {sympy.factor(bump)}"
    for number, part, formulas, gradient in cells:
        for i, formula in enumerate(formulas):
            own = _terms(formula, symbols, f"formula of piece {number}")
            for j in range(len(names)):
                entry = _terms(gradient[i][j], symbols, f"gradient of piece {number}")
                lefts.setdefault((i, j), []).append(part.integral(product_of(entry, phi)))
                rights.setdefault((i, j), []).append(-part.integral(product_of(own, slopes[j])))
    failures = []
    for i, j in lefts:
        left, right = (number_to_sympy(added(side[i, j])) for side in (lefts, rights))
        if sympy.expand(left - right) != 0:
            what = names[j] if rep.shape == () else f"{names[j]} of output {i + 1}"
            failures.append(
                Failure(
                    name,
                    f"the integral of the derivative by {what} times φ is {left}, that of -f times "
                    f"the derivative of φ is {right}",
                    data={"output": i + 1, "variable": names[j], "gradient": left, "weak": right},
                )
            )
    verdict = Verdict.failed if failures else Verdict.passed
    return Check(name, verdict, _counted(len(lefts), len(cells)), tuple(failures))


def _counted(integrals: int, cells: int) -> str:
    first = "1 integral" if integrals == 1 else f"{integrals} integrals"
    return f"{first} on {cells} cell{'' if cells == 1 else 's'}"


def _terms(entry: Any, symbols: Sequence[sympy.Symbol], what: str) -> dict[Any, Fraction]:
    terms = polynomial_terms(sympy.expand(entry), tuple(symbols))
    if terms is None:
        free = sorted(s.name for s in sympy.sympify(entry).free_symbols - set(symbols))
        if free:
            raise Unsupported(
                f"expected a {what} in the variables alone, got {entry} with {', '.join(free)}; "
                f"give it a value by rep.subs({free[0]}=…)"
            )
        raise Unsupported(
            f"expected a {what} that is a polynomial with rational coefficients, got {entry}; "
            "leave smooth nodes that are no polynomials out"
        )
    return dict(terms)
