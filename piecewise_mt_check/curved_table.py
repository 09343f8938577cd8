"""The table of a function of polynomials: pieces are unions of {p = 0, …, q > 0, …}.

What is proved is as in ``table``: the leaves of the function's own tree are a partition of the
domain; each lies in the piece that it names, so the pieces cover it; each piece lies in its own
leaves, so pieces are disjoint. Every step is a proof by cases. Here fᵅ = f on Pᵅ is that a
polynomial vanishes on every leaf, for every monomial in the free parameters. Where the gradient
equals ∇fᵅ on Pᵅ, (15) follows: t·∇fᵅ is the derivative of fᵅ, and so of f, along a curve in Pᵅ with
the tangent t. A gradient that differs from ∇fᵅ needs *normals*: polynomials h that vanish on the
piece, and multipliers λ with d·(G - ∇fᵅ) = Σ λ·∇h there and d not 0; then the difference vanishes
on all tangents.

Parameters are variables that gradients and tangents leave out: (15) holds for each value of them.
Constants are parameters of one value, a root of a polynomial: √2 as the variable "sqrt(2)".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piecewise_mt_check.algebraic import Root, read_point, read_root
from piecewise_mt_check.cases import (
    POSITIVE,
    ZERO,
    Condition,
    read_conditions,
    require_implied,
    require_no_point,
)
from piecewise_mt_check.curves import CurvedRegion, CurvedWalk
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.polynomials import (
    Polynomial,
    constant,
    derivative,
    minus,
    read,
    split_by,
    symbol,
    times,
    variables,
)
from piecewise_mt_check.reading import Invalid, index, integer, items, keys, shown, text
from piecewise_mt_check.table import KEYS, Symbols, proved
from piecewise_mt_check.tree import Node, checked_inside, checked_tree

Known = Sequence[Condition]


class CurvedPart:
    """One basic set of a piece."""

    def __init__(self, data: Any, names: Sequence[str]) -> None:
        keys(data, {"conditions", "domain", "point", "inside"}, {"gradient", "normals"})
        self.conditions = read_conditions(data["conditions"], set(names))
        self.in_domain = items(data["domain"])
        self.point = read_point(data["point"], names)
        self.inside = items(data["inside"])
        self.gradient = data.get("gradient")
        self.normals = data.get("normals")


class CurvedPiece:
    """One row of the table."""

    def __init__(self, data: Any, function: Function, names: Sequence[str]) -> None:
        keys(data, {"parts", "formula", "gradient"})
        self.parts = [CurvedPart(part, function.names) for part in items(data["parts"])]
        if not self.parts:
            raise Invalid("a piece has no part")
        count = len(function.outputs)
        self.formula = list(map(read, items(data["formula"], count)))
        self.gradient = [
            list(map(read, items(row, len(names)))) for row in items(data["gradient"], count)
        ]
        self.slopes = [[derivative(own, name) for name in names] for own in self.formula]


def check_curved_table(data: Any) -> str:
    """What a valid certificate proves, in words."""
    keys(data, KEYS, {"parameters", "constants"})
    function = read_function(data["function"], curved=True)
    parameters = list(map(text, items(data.get("parameters", []))))
    constants = list(map(_constant, items(data.get("constants", []))))
    fixed = [*parameters, *(name for name, _ in constants)]
    names = [name for name in function.names if name not in fixed]
    if len(set(fixed)) < len(fixed) or len(names) + len(fixed) != function.width - 1:
        raise Invalid("expected parameters and constants that are variables of the function")
    domain = read_conditions(data["domain"], set(function.names))
    for name, root in constants:
        domain += _at_root(name, root)
    if type(data["product"]) is not bool:
        raise Invalid("expected true or false for 'product'")
    with_product: bool = data["product"]
    pieces = [CurvedPiece(piece, function, names) for piece in items(data["pieces"])]
    symbols = Symbols(data["symbols"], function)
    walk = CurvedWalk(function, domain, symbols.of if with_product else None)
    inside = set(function.names)

    def leaf(region: CurvedRegion, entry: dict[str, Any]) -> int:
        keys(entry, {"piece", "holds", "equal"}, {"part", "product"})
        alpha = index(integer(entry["piece"]) - 1, len(pieces))
        piece = pieces[alpha]
        part = piece.parts[index(entry.get("part", 0), len(piece.parts))]
        for claim, proof in zip(part.conditions, items(entry["holds"], len(part.conditions))):
            require_implied(proof, claim, region.path)
        # the leaf lies in the part, so what holds there holds here
        known = (*region.path, *part.conditions)
        rows = zip(piece.formula, walk.values(region), items(entry["equal"], len(piece.formula)))
        for own, value, proof in rows:
            _require_zero(proof, minus(own, value), known, inside)
        if with_product:
            composed, given = walk.composed(region), entry.get("product")
            try:
                _require_product(given, piece, composed, known, names, inside)
            except Invalid as error:
                raise Invalid(
                    f"the gradient of piece {alpha + 1} is not the product (14): {error}"
                ) from None
        return alpha

    root = checked_tree(walk, data["tree"], leaf)
    for alpha, piece in enumerate(pieces):
        for place, part in enumerate(piece.parts):
            try:
                _require_inside(part, alpha, domain, root)
                _compare_gradient(piece, part, names, inside, with_product)
            except Invalid as error:
                raise Invalid(f"piece {alpha + 1}, part {place + 1}: {error}") from None
    symbols.require_used()
    what = proved(with_product)
    if parameters:
        what[-1] += f" for each value of {shown(', '.join(parameters))}"
    for name, root in constants:
        own = f"{name} is the root of {list(root.polynomial)} from {root.low} to {root.high}"
        what.append(shown(own)[1:-1])
    return f"a table of {len(pieces)} pieces, sets of polynomials: they are {'; '.join(what)}"


def _constant(data: Any) -> tuple[str, Root]:
    """A name for a number, with its polynomial and interval."""
    keys(data, {"name", "polynomial", "low", "high"})
    root = read_root({key: data[key] for key in ("polynomial", "low", "high")})
    return text(data["name"]), root


def _at_root(name: str, root: Root) -> list[Condition]:
    """What holds for the number alone."""
    own: Polynomial = {(name,) * k: c for k, c in enumerate(root.polynomial) if c}
    return [
        Condition(own, ZERO),
        Condition(minus(symbol(name), constant(root.low)), POSITIVE),
        Condition(minus(constant(root.high), symbol(name)), POSITIVE),
    ]


def _require_zero(proofs: Any, p: Polynomial, known: Known, names: set[str]) -> None:
    """Refuse unless p vanishes where the conditions hold, whatever the symbols in it are.

    There is a proof for each monomial in the symbols, and null if p is 0 everywhere.
    """
    own = split_by(p, variables(p) - names)
    if proofs is None and own:
        raise Invalid("a polynomial is not 0 everywhere")
    given = [] if proofs is None else items(proofs, len(own))
    for monomial, proof in zip(sorted(own), given):
        require_implied(proof, Condition(own[monomial], ZERO), known)


def _require_product(
    proofs: Any,
    piece: CurvedPiece,
    composed: Sequence[Polynomial],
    known: Known,
    names: Sequence[str],
    inside: set[str],
) -> None:
    """The gradient is that of the formula (9), on a leaf."""
    if proofs is None and list(composed) == piece.formula:
        return  # the gradient is compared with that of the formula
    rows = [None] * len(composed) if proofs is None else items(proofs, len(composed))
    for own, gradient, row in zip(composed, piece.gradient, rows):
        entries = [None] * len(names) if row is None else items(row, len(names))
        for name, entry, proof in zip(names, gradient, entries):
            _require_zero(proof, minus(entry, derivative(own, name)), known, inside)


def _compare_gradient(
    piece: CurvedPiece, part: CurvedPart, names: Sequence[str], inside: set[str], exact: bool
) -> None:
    """The gradient is ∇fᵅ on the part, or differs by normals."""
    count = len(piece.formula)
    if part.normals is not None:
        if exact:
            raise Invalid("a product (14) needs no normals")
        for own, row, proof in zip(piece.gradient, piece.slopes, items(part.normals, count)):
            _require_normal(proof, list(map(minus, own, row)), part, names, inside)
        return
    rows = [None] * count if part.gradient is None else items(part.gradient, count)
    for own, slopes, row in zip(piece.gradient, piece.slopes, rows):
        proofs = [None] * len(names) if row is None else items(row, len(names))
        for entry, slope, proof in zip(own, slopes, proofs):
            try:
                _require_zero(proof, minus(entry, slope), part.conditions, inside)
            except Invalid as error:
                raise Invalid(f"the gradient is not that of the formula: {error}") from None


def _require_normal(
    data: Any, row: Sequence[Polynomial], part: CurvedPart, names: Sequence[str], inside: set[str]
) -> None:
    """d·row = Σ λ·∇h on the part, with d not 0 and every h = 0 there."""
    keys(data, {"factor", "not_zero", "normals", "equal"})
    factor = read(data["factor"], inside)
    require_no_point(data["not_zero"], [*part.conditions, Condition(factor, ZERO)])
    total = [times(factor, entry) for entry in row]
    for entry in items(data["normals"]):
        keys(entry, {"polynomial", "zero", "multiplier"})
        own = read(entry["polynomial"], inside)
        require_implied(entry["zero"], Condition(own, ZERO), part.conditions)
        multiplier = read(entry["multiplier"])
        total = [
            minus(t, times(multiplier, derivative(own, name))) for t, name in zip(total, names)
        ]
    for rest, proof in zip(total, items(data["equal"], len(names))):
        _require_zero(proof, rest, part.conditions, inside)


def _require_inside(part: CurvedPart, alpha: int, domain: Known, root: Any) -> None:
    """The part has a point, lies in the domain, and meets no leaf of another piece."""
    for own in part.conditions:
        if not own.allows(part.point.sign(own.polynomial)):
            raise Invalid("the point is not in it")
    for own, proof in zip(domain, items(part.in_domain, len(domain))):
        require_implied(proof, own, part.conditions)
    checked_inside(root, alpha, part.inside, part.conditions, require_no_point, _one_child)


def _one_child(
    entry: Any, node: Node, known: tuple[Condition, ...]
) -> tuple[Any, tuple[Condition, ...]] | None:
    """All of the part lies in one child."""
    if not isinstance(entry, dict):
        return None
    keys(entry, {"child", "holds"})
    place = index(entry["child"], len(node.below))
    said = node.conditions[place]
    for own, proof in zip(said, items(entry["holds"], len(said))):
        require_implied(proof, own, known)
    return node.below[place], (*known, *said)
