"""Certificates of answers other than tables: infima, Lipschitz constants, convexity, equality, …

Each is made of the function alone, and is checked before it is handed out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.simplex import Optimum, Unbounded, maximize
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import function_data, number_data, rows_data
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.interop.certificates.asked import Asked, Data, leaves_of, numbers, point_of
from piecewise_mt.interop.certificates.compositions import inverted, symmetric
from piecewise_mt.interop.certificates.conditions import holds
from piecewise_mt.interop.certificates.conjugates import conjugated
from piecewise_mt.interop.certificates.continuity import continuous
from piecewise_mt.interop.certificates.near import (
    clarke,
    constrained,
    differentiable,
    extremum,
    stationary,
)
from piecewise_mt.interop.certificates.regions import Leaf, emptiness, grown, written
from piecewise_mt.interop.certificates.sets import empty_set, inhabited_set
from piecewise_mt.interop.certificates.shapes import lipschitz, max_affine, monotone
from piecewise_mt.interop.certificates.smooth_answers import smooth_answer, smooth_bound
from piecewise_mt.interop.certificates.table import FORMAT, VERSION
from piecewise_mt_check import check_text, following, reading
from piecewise_mt_check.functions import joined, read_function
from piecewise_mt_check.optimum import less, value_on
from piecewise_mt_check.rows import Related, difference, primitive, read_rows
from piecewise_mt_check.tree import Walk


def certify(
    subject: Any,
    question: str,
    *,
    domain: Any = None,
    path: str | Path | None = None,
    second: Any = None,
    ord: Any = 2,
    point: Any = None,
    matrix: Any = None,
    low: Any = None,
    high: Any = None,
    bound: Any = None,
    variable: Any = None,
) -> str:
    r"""The answer to a question about a function, with a proof that stands alone.

    ``python -m piecewise_mt_check FILE`` checks it, with Python's standard library only.

    Parameters
    ----------
    subject : expression or str
        The function; for ``"empty"`` and ``"nonempty"`` a Polyhedron, a SemialgebraicSet, or the
        proof about one that a result holds, such as ``piece.proof``; for ``"holds"`` a condition.
    question : str
        ``"minimum"`` or ``"maximum"`` (the infimum or supremum, attained, tended to, or that there
        is none), ``"lipschitz"`` (the constant for `ord` 1, 2 or ``"inf"``), ``"convex"`` or
        ``"concave"`` (as a maximum or minimum of affine functions, or a segment against it),
        ``"monotone"`` (in `variable`, or in all), ``"continuous"``, ``"bound"`` (that all values
        are at least `low`, at most `high`), ``"equal"`` (to `second`, or a point where they
        differ), ``"holds"`` (a condition, or a point where it fails), ``"differentiable"`` (at
        `point`, with the gradient, or directions against it), ``"clarke"`` (whether `matrix` is in
        Clarke's set at `point`), ``"stationary"`` (whether 0 is), ``"constrained stationary"``
        (whether it is with normals of `domain` added), ``"extremum"`` (whether f has a local
        minimum, maximum, neither or both at `point`), ``"symmetries"``, ``"inverse"`` and
        ``"conjugate"`` (of which :func:`mt.symmetries`, :func:`mt.inverse` and
        :func:`mt.conjugate` find what is to be proved), ``"empty"``, ``"nonempty"``.
    domain : optional
        As for :meth:`Expression.represent`.
    path : str or Path, optional
        Where to write it.
    second, ord, point, matrix, variable
        As the question says.
    low, high, bound : optional
        Rational numbers: for ``"bound"`` what all values are at least or at most; for
        ``"lipschitz"`` a number that shall be a constant, not the best one. Then the function may
        have exp, log, sin, … of kinks, on a bounded domain: enclosures on small boxes show it.

    Returns
    -------
    str
        The certificate as JSON.

    Raises
    ------
    PiecewiseError
        If the format has no proof of the answer: for a set with points, a function that jumps
        where gradients are asked for.
    Unsupported
        If the function has irrational numbers; if it is no polynomial of one variable, nor
        quadratic on polyhedral pieces, where ``"bound"`` and `bound` do not help; if only a solver
        says that a set is empty.

    See Also
    --------
    Representation.certificate : That of a whole table.
    mt.infimum, mt.lipschitz, mt.equal : The answers alone.

    Notes
    -----
    Piecewise polynomials have exact infima, Lipschitz constants and shapes in one variable, and
    exact infima where they are quadratic with affine kinks in several.

    References
    ----------
    - J. Farkas, *Theorie der einfachen Ungleichungen*, Journal für die reine und angewandte
      Mathematik 124, 1902.
    - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.

    Examples
    --------
    The tie x = 0 of two slopes: 1/2 is between them, and 2 is not.

    >>> import piecewise_mt as mt
    >>> from piecewise_mt_check import check_text
    >>> for slope in ("1/2", 2):
    ...     text = mt.certify("relu(x)", "clarke", point=[0], matrix=[[slope]])
    ...     print(check_text(text))
    valid: the matrix is in Clarke's set, a convex combination of limits of gradients
    valid: the matrix is not in Clarke's set: a hyperplane separates it from all limits

    An infimum at an irrational point, and a bound that holds where exp has a kink:

    >>> print(check_text(mt.certify("x**3 - x + relu(x - 2)", "minimum", domain="x >= 0")))
    valid: the infimum is the root of -4 + 27*t^2 between -1 and 0, which is attained
    >>> text = mt.certify("exp(abs(x)) - x", "bound", domain="-2 <= x <= 2", low=1, high=10)
    >>> print(check_text(text))
    valid: the function is at least 1 and at most 10 on the domain
    """
    given = {
        "domain": domain,
        "second": second,
        "ord": ord,
        "point": point,
        "matrix": matrix,
        "low": low,
        "high": high,
        "bound": bound,
        "variable": variable,
    }
    return certified(subject, question, given, path)


def certified(subject: Any, question: str, given: Data, path: str | Path | None = None) -> str:
    """The same, with what is given by names; proofs hand over what they have found as well."""
    ask = _QUESTIONS.get(question)
    if ask is None:
        raise PiecewiseError(
            f"expected one of {', '.join(_QUESTIONS)}, got {question!r}; ask one of these"
        )
    try:
        data = smooth_answer(subject, question, given) or ask(subject, given)
        text = json.dumps(
            {"format": FORMAT, "version": VERSION, **data},
            ensure_ascii=False,
            separators=(",", ":"),
        )
    except reading.Unsupported as error:
        raise Unsupported(
            f"expected a piecewise linear function with rational numbers, got another: {error}; "
            "ask without a certificate"
        ) from error
    except reading.Invalid as error:
        raise PiecewiseError(f"expected a question that fits, got: {error}; see help") from error
    verdict = check_text(text)
    if verdict.answer != "valid":
        raise PiecewiseError(
            f"expected the answer {question!r}, got {verdict}; ask without a certificate"
        )
    if path is not None:
        Path(path).write_text(text + "\n", encoding="utf-8")
    return text


def _optimum(subject: Any, given: Data, sense: str) -> Data:
    own = Asked(subject, given["domain"])
    own.require_one_output()
    sign = 1 if sense == "min" else -1
    walk = own.walk()
    entries = grown(walk)
    leaves = leaves_of(entries)
    best: tuple[Fraction, Leaf, tuple[Fraction, ...]] | None = None
    head: Data = {"kind": "infimum", **own.head, "sense": sense}
    for leaf in leaves:
        (form,) = walk.values(leaf.region)
        goal = primitive(less(form, Fraction(0), -sign))
        equations = [r.row for r in leaf.region.path if r.relation == "="]
        above = [(r.row, False) for r in leaf.region.path if r.relation != "="]
        found = maximize(goal, equations, above)
        if isinstance(found, Unbounded):
            own_point = numbers(point_of(leaf))
            return head | {"value": None, "point": own_point, "ray": numbers(found.ray)}
        assert isinstance(found, Optimum)
        value = value_on(form, list(found.point))
        if best is None or sign * (value - best[0]) < 0:
            best = value, leaf, found.point
    assert best is not None
    value, leaf, end = best
    there = following.at(end)
    attained = all(following.allowed(r.relation, there(r.row)) for r in leaf.region.path)
    (form,) = walk.values(leaf.region)
    inside = end if attained else point_of(leaf)
    head |= {"value": number_data(value), "point": numbers(inside)}
    if not attained and value_on(form, list(inside)) != value:
        # another region may have the value there
        if all(following.allowed(r.relation, there(r.row)) for r in own.domain) and (
            own.function.value(end) == [value]
        ):
            head["point"] = numbers(end)
        else:
            head["to"] = numbers(end)

    def bound(leaf: Leaf) -> Data:
        (form,) = walk.values(leaf.region)
        return {"bound": leaf.implies(Related(">=", primitive(less(form, value, sign))))}

    return head | {"tree": written(entries, bound)}


def _equal(subject: Any, given: Data) -> Data:
    own = Asked(subject, given["domain"])
    other = given["second"]
    other = parse(other) if isinstance(other, str) else other
    if not isinstance(other, Expression) or other.shape != own.f.shape:
        raise PiecewiseError(
            f"expected second=, a function of the shape {own.f.shape}, got {other!r}; give one"
        )
    if set(names_of(other)) != set(own.names):
        raise PiecewiseError(
            f"expected functions of the same variables, got {own.names} and {names_of(other)}; "
            "name the space with f.on(…)"
        )
    data = function_data(other.on(*own.names))
    second = read_function(data)
    head: Data = {"function": own.data, "second": data, "domain": own.domain_data}
    walk = Walk(joined(own.function, second), own.domain)
    count = len(second.outputs)
    entries = grown(walk)
    proofs: dict[int, list[Any]] = {}
    for leaf in entries:
        if not isinstance(leaf, Leaf):
            continue
        forms = walk.values(leaf.region)
        rows = [difference(a, b) for a, b in zip(forms, forms[count:])]
        proofs[id(leaf)] = [leaf.implies(Related("=", row)) for row in rows]
        for row, proof in zip(rows, proofs[id(leaf)]):
            if proof is None:
                apart = _apart(leaf, row)
                return {"kind": "different", **head, "point": numbers(apart)}
    return {"kind": "equal", **head, "tree": written(entries, lambda x: {"equal": proofs[id(x)]})}


def _apart(leaf: Leaf, row: tuple[int, ...]) -> list[Fraction]:
    """A point of a leaf at which a row is not zero."""
    for sign in (1, -1):
        found = leaf.known.empty_with([Related(">", tuple(sign * c for c in row))], 10**9)
        if not isinstance(found, list):
            return list(found.point)
    raise AssertionError("a row that does not vanish has a sign somewhere")


def _empty(subject: Any, given: Data) -> Data:
    if not isinstance(subject, Polyhedron):
        return empty_set(subject)
    rows = rows_data(subject)
    width = len(subject.variables) + 1
    proof = emptiness(read_rows(rows, width), width)
    if proof is None:
        raise PiecewiseError("expected an empty polyhedron, got one with points; see its .witness")
    return {"kind": "empty", "variables": list(subject.variables), "rows": rows, "proof": proof}


_QUESTIONS: dict[str, Callable[[Any, Data], Data]] = {
    "minimum": lambda subject, given: _optimum(subject, given, "min"),
    "maximum": lambda subject, given: _optimum(subject, given, "max"),
    "lipschitz": lipschitz,
    "convex": lambda subject, given: max_affine(subject, given, "max"),
    "concave": lambda subject, given: max_affine(subject, given, "min"),
    "monotone": monotone,
    "continuous": continuous,
    "equal": _equal,
    "holds": holds,
    "differentiable": differentiable,
    "clarke": clarke,
    "stationary": stationary,
    "constrained stationary": constrained,
    "extremum": extremum,
    "symmetries": symmetric,
    "inverse": inverted,
    "conjugate": conjugated,
    "empty": _empty,
    "nonempty": lambda subject, given: inhabited_set(subject),
    "bound": smooth_bound,
}
