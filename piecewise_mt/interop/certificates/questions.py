"""Certificates of answers other than tables: infima, Lipschitz constants, convexity, equality, …

Each is made of the function alone, and is checked before it is handed out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import to_fraction
from piecewise_mt.exact.simplex import Optimum, Unbounded, Witness, feasible_point, maximize
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import function_data, number_data, rows_data
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.geometry.points import read_coordinates
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.interop.certificates.farkas import Proof
from piecewise_mt.interop.certificates.regions import Leaf, emptiness, grown, written
from piecewise_mt.interop.certificates.sets import empty_set, inhabited_set
from piecewise_mt.interop.certificates.smooth_answers import OTHER_QUESTIONS, smooth_answer
from piecewise_mt.interop.certificates.table import FORMAT, VERSION
from piecewise_mt_check import check_text, following, reading
from piecewise_mt_check.functions import Function, joined, read_function
from piecewise_mt_check.lipschitz import gradients
from piecewise_mt_check.local import NearWalk
from piecewise_mt_check.optimum import less, value_on
from piecewise_mt_check.rows import Affine, Related, primitive, read_rows
from piecewise_mt_check.tree import Walk

Data = dict[str, Any]


class _Asked:
    """The function and the domain of a question."""

    def __init__(self, f: Any, domain: Any) -> None:
        own = parse(f) if isinstance(f, str) else f
        if not isinstance(own, Expression):
            raise PiecewiseError(
                f"expected a function, got {type(f).__name__}; build one, or give its text"
            )
        self.f = own
        self.names = names_of(own)
        self.data = function_data(own)
        self.function: Function = read_function(self.data)
        read = read_domain(domain, self.names)
        self.domain_data = [] if read is None else rows_data(read)
        self.domain = read_rows(self.domain_data, self.function.width)

    @property
    def head(self) -> Data:
        return {"function": self.data, "domain": self.domain_data}

    def walk(self) -> Walk:
        return Walk(self.function, self.domain)


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
) -> str:
    r"""The answer to a question about a function, with a proof that stands alone.

    ``python -m piecewise_mt_check FILE`` checks it, with Python's standard library only.

    Parameters
    ----------
    subject : expression or str
        The function; for ``"empty"`` and ``"nonempty"`` a Polyhedron, a SemialgebraicSet, or the
        proof about one that a result holds, such as ``piece.proof``.
    question : str
        ``"minimum"`` or ``"maximum"`` (the infimum or supremum, attained, tended to, or that there
        is none), ``"lipschitz"`` (the constant for `ord` 1, 2 or ``"inf"``), ``"convex"`` or
        ``"concave"`` (as a maximum or minimum of affine functions), ``"equal"`` (to `second`, or a
        point where they differ), ``"differentiable"`` (at `point`, with the gradient),
        ``"clarke"`` (whether `matrix` is in Clarke's set at `point`), ``"empty"``, ``"nonempty"``,
        ``"increasing"`` or ``"decreasing"`` (not strictly, in one variable), ``"bound"`` (that all
        values are at least `low`, at most `high`).
    domain : optional
        As for :meth:`Expression.represent`.
    path : str or Path, optional
        Where to write it.
    second, ord, point, matrix
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
        If the answer is no, and the format has no proof of that: for a function that is not convex
        or not differentiable there, a set with points.
    Unsupported
        If the function has irrational numbers, or may jump where that matters; if it is no
        polynomial of one variable, nor quadratic on polyhedral pieces, where ``"bound"`` and
        `bound` do not help; if only a solver says that a set is empty.

    Notes
    -----
    Piecewise polynomials have exact infima, Lipschitz constants and shapes in one variable, and
    exact infima where they are quadratic with affine kinks in several.

    See Also
    --------
    Representation.certificate : That of a whole table.
    mt.infimum, mt.lipschitz, mt.equal : The answers alone.

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
    ask = _QUESTIONS.get(question)
    if ask is None:
        raise PiecewiseError(
            f"expected one of {', '.join(_QUESTIONS)}, got {question!r}; ask one of these"
        )
    try:
        given = {
            "domain": domain,
            "second": second,
            "ord": ord,
            "point": point,
            "matrix": matrix,
            "low": low,
            "high": high,
            "bound": bound,
        }
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


def _numbers(row: Sequence[Any]) -> list[int | str]:
    return [number_data(c) for c in row]


def _optimum(subject: Any, given: Data, sense: str) -> Data:
    own = _Asked(subject, given["domain"])
    _require_one_output(own.function)
    sign = 1 if sense == "min" else -1
    walk = own.walk()
    entries = grown(walk)
    leaves = [entry for entry in entries if isinstance(entry, Leaf)]
    if not leaves:
        raise PiecewiseError("expected a domain with points, got an empty one; change the domain")
    best: tuple[Fraction, Leaf, tuple[Fraction, ...]] | None = None
    head: Data = {"kind": "infimum", **own.head, "sense": sense}
    for leaf in leaves:
        (form,) = walk.values(leaf.region)
        goal = primitive(less(form, Fraction(0), -sign))
        equations = [r.row for r in leaf.region.path if r.relation == "="]
        above = [(r.row, False) for r in leaf.region.path if r.relation != "="]
        found = maximize(goal, equations, above)
        if isinstance(found, Unbounded):
            own_point = _numbers(_point(leaf))
            return head | {"value": None, "point": own_point, "ray": _numbers(found.ray)}
        assert isinstance(found, Optimum)
        value = value_on(form, list(found.point))
        if best is None or sign * (value - best[0]) < 0:
            best = value, leaf, found.point
    assert best is not None
    value, leaf, end = best
    there = following.at(end)
    attained = all(following.allowed(r.relation, there(r.row)) for r in leaf.region.path)
    (form,) = walk.values(leaf.region)
    inside = end if attained else _point(leaf)
    head |= {"value": number_data(value), "point": _numbers(inside)}
    if not attained and value_on(form, list(inside)) != value:
        # another region may have the value there
        if all(following.allowed(r.relation, there(r.row)) for r in own.domain) and (
            own.function.value(end) == [value]
        ):
            head["point"] = _numbers(end)
        else:
            head["to"] = _numbers(end)

    def bound(leaf: Leaf) -> Data:
        (form,) = walk.values(leaf.region)
        return {"bound": leaf.implies(Related(">=", primitive(less(form, value, sign))))}

    return head | {"tree": written(entries, bound)}


def _point(leaf: Leaf) -> list[Fraction]:
    return [Fraction(c, leaf.point[0]) for c in leaf.point[1:]]


def _require_one_output(function: Function) -> None:
    if len(function.outputs) != 1:
        raise PiecewiseError(
            f"expected a function of one output, got {len(function.outputs)}; choose an entry"
        )


def _lipschitz(subject: Any, given: Data) -> Data:
    own = _Asked(subject, given["domain"])
    order = "inf" if str(given["ord"]) in ("inf", "oo") else given["ord"]
    if order not in (1, 2, "inf"):
        raise PiecewiseError(f"expected ord 1, 2 or 'inf', got {order!r}; choose one")
    if order == 2 and len(own.function.outputs) > 1:
        raise Unsupported(
            "expected one output with ord=2, got several; spectral norms have no certificate, ask "
            "ord 1 or 'inf'"
        )
    own.function.require_continuous()
    walk = own.walk()
    entries = grown(walk)
    best: tuple[Fraction, Leaf] | None = None
    for leaf in entries:
        if not isinstance(leaf, Leaf) or not _is_broad(leaf):
            continue
        rows = gradients(walk.values(leaf.region))
        if order == 2:
            norm = sum((c * c for c in rows[0]), Fraction(0))
        else:
            lines = rows if order == "inf" else list(zip(*rows))
            norm = max(sum(map(abs, line), Fraction(0)) for line in lines)
        if best is None or norm > best[0]:
            best = norm, leaf
    if best is None:
        raise PiecewiseError(
            "expected a domain with interior, got a flat one; restrict the function to it"
        )
    inside, _ = _interior(best[1])
    return {
        "kind": "lipschitz",
        **own.head,
        "ord": order,
        "power": number_data(best[0]),
        "point": _numbers(inside),
        "tree": written(entries, _flat),
    }


def _interior(leaf: Leaf) -> tuple[list[Fraction], Proof]:
    """A point at which every row that is not zero is positive; or a proof that there is none."""
    places = [(i, r.row) for i, r in enumerate(leaf.region.path) if any(r.row)]
    width = len(leaf.point)
    found = feasible_point([], [(row, True) for _, row in places], variables=width - 1)
    if isinstance(found, Witness):
        return list(found.point), []
    used = zip(places, found.inequalities)
    return [], [v for (i, _), m in used if m for v in (i, m)]


def _is_broad(leaf: Leaf) -> bool:
    """Whether a leaf has interior."""
    return not following.has_equation(leaf.region) and "flat" not in _flat(leaf)


def _flat(leaf: Leaf) -> Data:
    """What is said of a leaf: that inequalities make it flat, if they do."""
    if following.has_equation(leaf.region):
        return {}
    _, proof = _interior(leaf)
    return {"flat": proof} if proof else {}


def _max_affine(subject: Any, given: Data, sense: str) -> Data:
    own = _Asked(subject, given["domain"])
    _require_one_output(own.function)
    walk = own.walk()
    entries = grown(walk)
    leaves = [entry for entry in entries if isinstance(entry, Leaf)]
    # regions that lie in a hyperplane take the row of a neighbour
    broad = [leaf for leaf in leaves if _is_broad(leaf)] or leaves
    forms = list(dict.fromkeys(walk.values(leaf.region)[0] for leaf in broad))
    sign = 1 if sense == "max" else -1

    def over(leaf: Leaf) -> Data:
        (value,) = walk.values(leaf.region)
        equal = [leaf.implies(Related("=", _minus(value, form))) for form in forms]
        found = next(((k, proof) for k, proof in enumerate(equal) if proof is not None), None)
        above = [leaf.implies(Related(">=", _minus(value, form, sign))) for form in forms]
        if found is None or None in above:
            word = "convex" if sign > 0 else "concave"
            raise PiecewiseError(
                f"expected a {word} function, got one that is not; ask mt.is_convex for a "
                "counterexample"
            )
        return {"row": found[0], "is": found[1], "over": above}

    tree = written(entries, over)
    rows = [_numbers([Fraction(c, form.denominator) for c in form.row]) for form in forms]
    return {"kind": "max_affine", **own.head, "sense": sense, "rows": rows, "tree": tree}


def _minus(one: Affine, two: Affine, sign: int = 1) -> tuple[int, ...]:
    pairs = zip(one.row, two.row)
    return primitive([sign * (a * two.denominator - b * one.denominator) for a, b in pairs])


def _equal(subject: Any, given: Data) -> Data:
    own = _Asked(subject, given["domain"])
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
        rows = [_minus(a, b) for a, b in zip(forms, forms[count:])]
        proofs[id(leaf)] = [leaf.implies(Related("=", row)) for row in rows]
        for row, proof in zip(rows, proofs[id(leaf)]):
            if proof is None:
                apart = _apart(leaf, row)
                return {"kind": "different", **head, "point": _numbers(apart)}
    return {"kind": "equal", **head, "tree": written(entries, lambda x: {"equal": proofs[id(x)]})}


def _apart(leaf: Leaf, row: tuple[int, ...]) -> list[Fraction]:
    """A point of a leaf at which a row is not zero."""
    for sign in (1, -1):
        found = leaf.known.empty_with([Related(">", tuple(sign * c for c in row))], 10**9)
        if not isinstance(found, list):
            return list(found.point)
    raise AssertionError("a row that does not vanish has a sign somewhere")


def _local(subject: Any, given: Data) -> tuple[_Asked, list[Fraction], NearWalk, list[Leaf], Any]:
    own = _Asked(subject, None)
    own.function.require_continuous()
    if given["point"] is None:
        raise PiecewiseError("expected point=, got none; give one number a variable")
    point = [fraction(v) for v in read_coordinates(given["point"], own.names)]  # type: ignore[arg-type]
    walk = NearWalk(own.function, point)
    entries = grown(walk)
    leaves = [entry for entry in entries if isinstance(entry, Leaf) and _is_broad(entry)]
    return own, point, walk, leaves, entries


def _differentiable(subject: Any, given: Data) -> Data:
    own, point, walk, leaves, entries = _local(subject, given)
    found = [gradients(walk.values(leaf.region)) for leaf in leaves]
    if any(matrix != found[0] for matrix in found):
        raise PiecewiseError(
            "expected a point where the function is differentiable, got one with several limits "
            "of gradients; see f.at(point).bouligand"
        )
    return {
        "kind": "differentiable",
        "function": own.data,
        "point": _numbers(point),
        "gradient": [_numbers(row) for row in found[0]],
        "tree": written(entries, _flat),
    }


def _clarke(subject: Any, given: Data) -> Data:
    own, point, walk, leaves, entries = _local(subject, given)
    rows = given["matrix"]
    try:
        matrix = [[to_fraction(c) for c in row] for row in _listed(rows)]
    except TypeError as error:
        raise PiecewiseError(f"expected matrix=, rows of numbers, got {rows!r}") from error
    width = len(own.names)
    if len(matrix) != len(own.function.outputs) or any(len(row) != width for row in matrix):
        raise PiecewiseError(
            f"expected a {len(own.function.outputs)}x{width} matrix, got another shape; give one "
            "row an output"
        )
    limits: dict[tuple[Fraction, ...], Leaf] = {}
    for leaf in leaves:
        own_rows = gradients(walk.values(leaf.region))
        limits.setdefault(tuple(c for row in own_rows for c in row), leaf)
    flat = [c for row in matrix for c in row]
    head: Data = {
        "function": own.data,
        "point": _numbers(point),
        "matrix": [_numbers(row) for row in matrix],
    }
    weights = _combination(flat, list(limits))
    if isinstance(weights, list):
        used = [(w, leaf) for w, leaf in zip(weights, limits.values()) if w]
        directions = [_interior(leaf)[0] for _, leaf in used]
        return {
            "kind": "in_clarke",
            **head,
            "weights": _numbers([w for w, _ in used]),
            "directions": [_numbers(d) for d in directions],
        }
    separation = [weights[k : k + width] for k in range(0, len(weights), width)]
    return {
        "kind": "not_in_clarke",
        **head,
        "separation": [_numbers(row) for row in separation],
        "tree": written(entries, _flat),
    }


def _listed(rows: Any) -> Any:
    return rows.tolist() if hasattr(rows, "tolist") else rows


def _combination(
    target: Sequence[Fraction], points: Sequence[Sequence[Fraction]]
) -> list[Fraction] | tuple[Fraction, ...]:
    """Weights (a list) that combine the points to the target, or a direction (a tuple) apart."""
    count = len(points)
    equations = [primitive([-t, *(p[k] for p in points)]) for k, t in enumerate(target)]
    equations.append((-1, *[1] * count))
    above = [((0, *(int(i == k) for i in range(count))), False) for k in range(count)]
    found = feasible_point(equations, above)
    if isinstance(found, Witness):
        return list(found.point)
    # Σ m·equation + Σ n·weight is a negative constant: so m·p <= r at the points, m·target > r
    scales = (_scale([-t, *(p[k] for p in points)]) for k, t in enumerate(target))
    return tuple(m * scale for m, scale in zip(found.equations, scales))


def _scale(row: Sequence[Fraction]) -> Fraction:
    """What :func:`primitive` multiplies a row with."""
    whole = primitive(row)
    return next((Fraction(w) / c for w, c in zip(whole, row) if c), Fraction(1))


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
    "lipschitz": _lipschitz,
    "convex": lambda subject, given: _max_affine(subject, given, "max"),
    "concave": lambda subject, given: _max_affine(subject, given, "min"),
    "equal": _equal,
    "differentiable": _differentiable,
    "clarke": _clarke,
    "empty": _empty,
    "nonempty": lambda subject, given: inhabited_set(subject),
    **OTHER_QUESTIONS,
}
