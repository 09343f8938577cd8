"""The chain rule (14) and Stampacchia's theorem (11), (22), machine-checked on a function.

Both are decided on the full-dimensional strata, of which there are finitely many, with every
tie of every node left free; so a report that is ok is a proof for that function.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from piecewise_mt.calculus.consistency.asked import ChainRule, Stampacchia
from piecewise_mt.calculus.consistency.curved import curved_stampacchia, verify_curved_chain_rule
from piecewise_mt.calculus.evaluation.forward import combined
from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.evaluation.program import Program, compile_program, picked, selected
from piecewise_mt.calculus.partition.domain import read_any_domain
from piecewise_mt.calculus.partition.strata import (
    PolyhedralStrata,
    PolyhedralStratum,
    spanning,
    spanning_points,
    strata,
)
from piecewise_mt.calculus.partition.trust import read_trust
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.report import (
    Check,
    Failure,
    Report,
    Verdict,
    exact_point,
    resting_on,
)
from piecewise_mt.calculus.smooth.identities import differentiated, zero_or_point
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, Unsupported
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.polynomials import Polynomial, coefficient_to_sympy
from piecewise_mt.functions.atoms.rules import with_free_ties
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.build.builders import relu
from piecewise_mt.functions.expression import Expression

Rows = list[list[Any]]


def verify_chain_rule(
    f: Expression, domain: Any = None, *, budget: float = 30.0, trust: Any = None
) -> Report:
    r"""Prove (14) for one function, whatever weights its ties get.

    On every full-dimensional stratum the product
    :math:`W_\ell \tilde B_\ell W_{\ell-1} \cdots \tilde B_1 W_0`, with *every* tie of *every*
    node left free, must not depend on any :math:`z`, and must equal :math:`\nabla f`. The true
    gradient is interpolated from values of f at a+1 affinely independent points of the stratum,
    so that it owes nothing to the chain rule.

    Parameters
    ----------
    f : Expression
        A function of any shape. Its own tie rules are replaced by free ones, except rules of
        types that this package does not know; so a wrong node is found.
    domain : Polyhedron, str or mapping, optional
        A full-dimensional set to stay in.
    budget : float
        Seconds for the strata where kinks are polynomials.
    trust : bool, str or sequence of str, optional
        Solvers whose answers count as proofs, such as ``"z3"``; without it they are undecided.

    Returns
    -------
    Report
        Failures carry ``stratum``, ``found`` and ``expected`` in their ``data``. The notes name
        the strata on which a tie set has a full-dimensional preimage (the paradox of §2.2).

    Raises
    ------
    PiecewiseError
        If the domain is not full-dimensional.

    See Also
    --------
    DerivedRepresentation.chain_rule : The factors on one piece.
    mt.check_stampacchia : What makes the ties harmless.
    mt.derivation : The products as they are written on paper.

    References
    ----------
    - F. Murat, C. Trombetti, *A chain rule formula for the composition of a vector-valued function
      by a piecewise smooth function*, Bollettino dell'Unione Matematica Italiana 6, 2003.
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    The ties of relu(x) - relu(-x) fill a point only, those of max(x, x) the whole line:

    >>> import piecewise_mt as mt
    >>> (x,) = mt.variables("x")
    >>> mt.verify_chain_rule(mt.relu(x) - mt.relu(-x)).ok
    True
    >>> report = mt.verify_chain_rule(mt.relu(mt.max(x, x), at_zero=0))
    >>> report.ok
    True
    >>> print(*report.notes, sep="\n")
    on {x < 0} the tie {1, 2} of max(x, x) has a full-dimensional preimage
    on {x > 0} the tie {1, 2} of max(x, x) has a full-dimensional preimage
    """
    trusted = read_trust(trust)
    try:
        report = _on_polyhedra(f, domain)
    except (NotPolyhedral, Unsupported) as error:
        try:
            report = verify_curved_chain_rule(f, domain, budget, trusted)
        except Unsupported:
            raise error from None
    return report.asked(ChainRule(f, read_any_domain(domain, names_of(f)), budget, trusted))


def _on_polyhedra(f: Expression, domain: Any) -> Report:
    free = with_free_ties(f)
    cells = strata(free, domain)
    written = compile_program(f)
    full = _full_dimensional(cells)
    varying: list[Failure] = []
    wrong: list[Failure] = []
    notes = []
    undecided = 0
    for stratum in full:
        found, expected, constant, equals, at = (_smooth if cells.program.is_smooth else _affine)(
            written, stratum, cells
        )
        if constant is None or equals is None:
            undecided += 1
        elif not constant:
            varying.append(_failure(_CONSTANT, stratum, found, expected, at))
        elif not equals:
            wrong.append(_failure(_TRUE, stratum, found, expected, at))
        for unit, label in zip(written.units, stratum.label_keys, strict=True):
            if any(c.relation == "=" for c in unit.atom.constraints(label)):
                notes.append(
                    f"on {_where(stratum)} the tie {unit.atom.label_text(label)} of {unit.text} "
                    "has a full-dimensional preimage"
                )
    detail = f"{len(full)} full-dimensional {'stratum' if len(full) == 1 else 'strata'}"
    checks = (
        _check(_CONSTANT, detail, varying, undecided),
        _check(_TRUE, detail, [*varying, *wrong], undecided),
    )
    title = f"Chain rule (14) for {f!r}"
    return Report(title, resting_on(foundations(f), checks), tuple(notes))


At = tuple[Fraction, ...] | None
Product = tuple[Rows, Rows, bool | None, bool | None, At]
"""(found, expected, whether found is free of z, whether they are equal, a point where they are not
if they vary); None: undecided."""


def _affine(written: Program, stratum: PolyhedralStratum, cells: PolyhedralStrata) -> Product:
    outputs = cells.program.affine(stratum.label_keys, picked).outputs
    found = _jacobian(outputs)
    constant = not any(isinstance(c, Polynomial) for row in found for c in row)
    points = _independent(stratum, cells)
    values = [_values(written, point) for point in points]
    if constant and all(
        _height(form, point) == point[0] * value
        for point, own in zip(points, values, strict=True)
        for form, value in zip(outputs, own, strict=True)
    ):
        # an affine form is known by its values at these points
        return found, found, True, True, None
    expected = interpolated_gradient(points, values)
    return found, expected, constant, found == expected, None


def _smooth(written: Program, stratum: PolyhedralStratum, cells: PolyhedralStrata) -> Product:
    """With smooth nodes the true gradient is the derivative of f's formula on the stratum."""
    program, hull, names = cells.program, stratum.hull, cells.names
    labels = stratum.label_keys
    found, expected = (
        [list(formula.gradient(stratum)) for formula in formulas_of(program, labels, pick)]
        for pick in (picked, selected)
    )
    constant: bool | None = True
    equals: bool | None = True
    at: At = None
    for row, true in zip(found, expected, strict=True):
        for entry, other in zip(row, true, strict=True):
            points = spanning_points(stratum, cells, 10)
            vanishes, point = zero_or_point(entry - other, hull, points)
            at = at or point
            if vanishes is False and {s.name for s in entry.free_symbols} - set(names):
                constant = False
            equals = vanishes if vanishes is not True and equals is not False else equals
    return found, expected, constant, equals, at


def check_stampacchia(
    w: Expression, domain: Any = None, *, budget: float = 30.0, trust: Any = None
) -> Report:
    r"""Prove (11) and (22) for one function: :math:`\tilde\nabla w = 0` a.e. on {w = 0}.

    Every output is a function of its own. On each full-dimensional stratum where it vanishes
    the product (14) with all ties free must be 0 identically in :math:`z`.

    Parameters
    ----------
    w : Expression
        A function of any shape.
    domain : Polyhedron, str or mapping, optional
        A full-dimensional set to stay in.
    budget : float
        Seconds for the strata where kinks are polynomials.
    trust : bool, str or sequence of str, optional
        Solvers whose answers count as proofs, such as ``"z3"``; without it they are undecided.

    Returns
    -------
    Report
        One check an output. The notes list the lower-dimensional strata of {w = 0}, with the
        product there: a null set, on which the associated gradient may be anything.

    Raises
    ------
    PiecewiseError
        If the domain is not full-dimensional.

    See Also
    --------
    mt.verify_chain_rule : All of (14).
    mt.zero_set : The set {w = 0}.

    References
    ----------
    - G. Stampacchia, *Équations elliptiques du second ordre à coefficients discontinus*, Séminaire
      Jean Leray 3, 1963.
    - F. Murat, C. Trombetti, *A chain rule formula for the composition of a vector-valued function
      by a piecewise smooth function*, Bollettino dell'Unione Matematica Italiana 6, 2003.
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> (x,) = mt.variables("x")
    >>> report = mt.check_stampacchia(mt.relu(x) - mt.relu(x))
    >>> report.ok
    True
    >>> print(*report.notes, sep="\n")
    w vanishes on the null set {x = 0}, where the product is [z1 - z2]
    """
    trusted = read_trust(trust)
    try:
        report = _stampacchia_on_polyhedra(w, domain)
    except (NotPolyhedral, Unsupported) as error:
        try:
            report = curved_stampacchia(w, domain, budget, trusted)
        except Unsupported:
            raise error from None
    return report.asked(Stampacchia(w, read_any_domain(domain, names_of(w)), budget, trusted))


def _stampacchia_on_polyhedra(w: Expression, domain: Any) -> Report:
    names = names_of(w)
    flat = w.ravel()
    checks = []
    notes: list[str] = []
    for k in range(flat.size):
        own = w if w.shape == () else flat[k]
        text = "w" if w.shape == () else f"w{k + 1}"
        checks.append(_vanishing(own.on(*names), text, domain, notes))
    title = f"Stampacchia (11), (22) for {w!r}"
    return Report(title, resting_on(foundations(w), checks), tuple(notes))


_CONSTANT = "the product of (14) is free of z"
_TRUE = "the product of (14) is the gradient"


def _vanishing(w: Expression, text: str, domain: Any, notes: list[str]) -> Check:
    free = with_free_ties(w)
    if compile_program(free).is_smooth:
        return _vanishing_smooth(free, text, domain, notes)
    # the kink of relu(w) cuts along {w = 0}, which need not be a union of strata of w
    cells = strata(stack([free, relu(free, at_zero=0)]), domain)
    full = {id(stratum) for stratum in _full_dimensional(cells)}
    name = f"the product of (14) vanishes with {text}"
    failures = []
    count = 0
    for stratum in cells:
        form = cells.program.affine(stratum.label_keys, selected).outputs[0]
        if any(_height(form, point) for point in spanning(stratum, cells)):
            continue
        found = _jacobian(cells.program.affine(stratum.label_keys, picked).outputs[:1])
        if id(stratum) in full:
            count += 1
            if any(c != 0 for c in found[0]):
                zero: Rows = [[0] * len(found[0])]
                failures.append(_failure(name, stratum, found, zero))
        else:
            row = ", ".join(str(coefficient_to_sympy(c)) for c in found[0])
            notes.append(
                f"{text} vanishes on the null set {_where(stratum)}, where the product is [{row}]"
            )
    return _check(name, f"{count} of {len(full)} full-dimensional strata have {text} = 0", failures)


def _vanishing_smooth(w: Expression, text: str, domain: Any, notes: list[str]) -> Check:
    """The same with smooth nodes, whose other zeros are not polyhedra and are not listed."""
    cells = strata(w, domain)
    full = _full_dimensional(cells)
    name = f"the product of (14) vanishes with {text}"
    failures = []
    count = undecided = 0
    for stratum in full:
        points = spanning_points(stratum, cells, 10)
        formula = cells.program.formulas(stratum.label_keys, selected).outputs[0]
        vanishes, _ = zero_or_point(formula, stratum.hull, points)
        undecided += vanishes is None
        if vanishes is not True:
            continue
        count += 1
        product = cells.program.formulas(stratum.label_keys, picked).outputs[0]
        found = list(differentiated(product, stratum.hull))
        answers = [zero_or_point(entry, stratum.hull, points)[0] for entry in found]
        if False in answers:
            failures.append(_failure(name, stratum, [found], [[0] * len(found)]))
        undecided += None in answers
    notes.append(f"{text} is smooth: the null set where it vanishes otherwise is not listed")
    detail = f"{count} of {len(full)} full-dimensional strata have {text} = 0"
    return _check(name, detail, failures, undecided)


def interpolated_gradient(
    points: Sequence[Sequence[int]], values: Sequence[Sequence[Fraction]]
) -> Rows:
    """The gradient of an affine function from its values at a+1 independent homogeneous points."""
    width = len(points)
    # a zero in front, as a constant is eliminated last
    rows = echelon(
        [
            primitive([0, *point, *(point[0] * value for value in own)])
            for point, own in zip(points, values, strict=True)
        ]
    )
    return [
        [quotient(row[width + 1 + k], row[i]) for i, row in enumerate(rows[1:], start=2)]
        for k in range(len(values[0]))
    ]


def _independent(stratum: PolyhedralStratum, cells: PolyhedralStrata) -> list[list[int]]:
    """As many points of a full-dimensional stratum as an affine form has coefficients.

    They are affinely independent: in homogeneous coordinates the sum of the generators, and that
    sum with one generator or line more, which again lies in the open stratum.
    """
    found: list[list[int]] = []
    reduced: list[tuple[int, list[int]]] = []
    for point in spanning(stratum, cells):
        rest = list(point)
        for pivot, other in reduced:
            if rest[pivot]:
                up, down = other[pivot], rest[pivot]
                rest = [up * a - down * b for a, b in zip(rest, other, strict=True)]
        pivot = next((i for i, c in enumerate(rest) if c), -1)
        if pivot >= 0:
            reduced.append((pivot, rest))
            found.append(point)
            if len(found) == len(point):
                break
    return found


def _values(program: Program, point: Sequence[int]) -> list[Fraction]:
    """The values of a function at a homogeneous point, one pass that knows of no stratum."""
    at = [quotient(value, point[0]) for value in point[1:]]
    slots: dict[int, Any] = dict(enumerate((Fraction(1), *at)))
    slots.update((slot, here.value) for slot, _, here in program.forward(at))
    return [combined(row.items(), slots) for row in program.outputs]


def _height(form: Sequence[Any], point: Sequence[int]) -> Any:
    return sum(c * v for c, v in zip(form, point, strict=True))


def _jacobian(outputs: Rows) -> Rows:
    return [row[1:] for row in outputs]


def _full_dimensional(cells: PolyhedralStrata) -> list[PolyhedralStratum]:
    a = len(cells.names)
    full = [stratum for stratum in cells if stratum.dimension == a]
    if not full:
        raise PiecewiseError(
            f"expected a full-dimensional domain in {a} variables, got {cells.domain}, a null "
            "set, of which almost everywhere says nothing; give a domain with interior points"
        )
    return full


def _where(stratum: PolyhedralStratum) -> str:
    polyhedron = stratum.polyhedron
    if not polyhedron.equations and not polyhedron.inequalities:
        return "the whole space"
    return f"{{{polyhedron}}}"


def _failure(
    check: str, stratum: PolyhedralStratum, found: Rows, expected: Rows, at: At = None
) -> Failure:
    product, true = (to_matrix(rows, len(rows[0])) for rows in (found, expected))
    message = f"expected {true.tolist()} on {_where(stratum)}, got the product {product.tolist()}"
    data = MappingProxyType({"stratum": stratum, "found": product, "expected": true})
    return Failure(check, message, exact_point(at) if at else stratum.witness, data)


def _check(name: str, detail: str, failures: Sequence[Failure], undecided: int = 0) -> Check:
    verdict = Verdict.failed if failures else Verdict.undecided if undecided else Verdict.passed
    if undecided:
        detail += f", {undecided} of them undecided by SymPy"
    return Check(name, verdict, detail, tuple(failures))
