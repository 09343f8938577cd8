"""The certificate of a table: pieces with formulas and gradients, of a function on a domain.

What is proved, for pieces P that are given by rows:

1. *Partition.* The leaves of the tree are a partition of the domain (see ``tree``). Each leaf
   lies in the piece that it names, so the pieces cover the domain; and each piece lies in the
   union of its leaves (the list "inside"), so it is disjoint from all others. No piece is empty.
2. *Values.* On each leaf, the formula minus the function vanishes on the hull of the piece.
3. *Gradients.* The gradient is the linear part of the formula, (7), and of the composition of the
   rules' formulas, (9); so it is the product (14). It is compared as polynomials in the symbols.
4. *Tangential consistency* (15). The gradient minus that of the function on the leaf vanishes on
   the directions of the hull of the piece."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.polynomials import Polynomial, constant, minus, monomials
from piecewise_mt_check.polynomials import read as read_polynomial
from piecewise_mt_check.reading import Invalid, index, integer, items, keys, number, text
from piecewise_mt_check.rows import (
    Affine,
    Hull,
    Related,
    holds_at,
    homogeneous,
    read_rows,
    require_empty,
    require_implied,
)
from piecewise_mt_check.tree import Node, Region, Walk, checked_inside, checked_tree

KEYS = {"format", "version", "kind", "function", "domain", "symbols", "product", "pieces", "tree"}


class Part:
    """One polyhedron of a piece."""

    def __init__(self, data: Any, width: int) -> None:
        keys(data, {"rows", "domain", "inside", "point"})
        self.rows = read_rows(data["rows"], width)
        self.hull = Hull(self.rows)
        self.in_domain = items(data["domain"])
        self.inside = items(data["inside"])
        self.point = homogeneous([number(c) for c in items(data["point"], width - 1)])


class Piece:
    """One row of the table."""

    def __init__(self, data: Any, function: Function) -> None:
        keys(data, {"parts", "formula", "gradient"})
        width, outputs = function.width, len(function.outputs)
        self.parts = [Part(part, width) for part in items(data["parts"])]
        if not self.parts:
            raise Invalid("a piece has no part")
        self.formula = [
            list(map(read_polynomial, items(row, width))) for row in items(data["formula"], outputs)
        ]
        self.gradient = [
            list(map(read_polynomial, items(row, width - 1)))
            for row in items(data["gradient"], outputs)
        ]


def check_table(data: Any) -> str:
    """What a valid certificate proves, in words; Invalid or Unsupported is raised otherwise."""
    keys(data, KEYS)
    function = read_function(data["function"])
    domain = read_rows(data["domain"], function.width)
    if type(data["product"]) is not bool:
        raise Invalid("expected true or false for 'product'")
    with_product: bool = data["product"]
    pieces = [Piece(piece, function) for piece in items(data["pieces"])]
    symbols = Symbols(data["symbols"], function)
    walk = Walk(function, domain, symbols.of if with_product else None)

    def leaf(region: Region, entry: dict[str, Any]) -> int:
        keys(entry, {"piece", "holds"}, {"part"})
        alpha = index(integer(entry["piece"]) - 1, len(pieces))
        piece = pieces[alpha]
        part = piece.parts[index(entry.get("part", 0), len(piece.parts))]
        for claim, proof in zip(part.rows, items(entry["holds"], len(part.rows))):
            require_implied(proof, claim, region.path)
        _compare(piece, part.hull, walk.values(region))
        if with_product:
            for own, row in zip(piece.gradient, walk.products(region)):
                if own != row[1:]:
                    raise Invalid(f"the gradient of piece {alpha + 1} is not the product (14)")
        return alpha

    if with_product:
        for alpha, piece in enumerate(pieces, start=1):
            if any(g != c[1:] for g, c in zip(piece.gradient, piece.formula)):
                raise Invalid(f"the gradient of piece {alpha} is not that of its formula (7)")
    root = checked_tree(walk, data["tree"], leaf)
    for alpha, piece in enumerate(pieces):
        for place, part in enumerate(piece.parts):
            try:
                _require_inside(part, alpha, domain, root, function.width)
            except Invalid as error:
                raise Invalid(f"piece {alpha + 1}, part {place + 1}: {error}") from None
    symbols.require_used()
    return f"a table of {len(pieces)} pieces: they are {'; '.join(proved(with_product))}"


def proved(with_product: bool) -> list[str]:
    """What is proved of every table, and with the products (14)."""
    product = ["the gradients are the products (14)"] if with_product else []
    first = ["disjoint, and they cover the domain", "fᵅ = f on Pᵅ"]
    return [*first, *product, "the gradients satisfy (15)"]


def _compare(piece: Piece, hull: Hull, values: Sequence[Affine]) -> None:
    """Formula and gradient of a piece against the function on a leaf."""
    for formula, gradient, value in zip(piece.formula, piece.gradient, values):
        own = [constant(Fraction(c, value.denominator)) for c in value.row]
        if not _vanishes([minus(c, v) for c, v in zip(formula, own)], hull):
            raise Invalid("a formula differs from the function on its piece")
        rest = [minus(c, v) for c, v in zip(gradient, own[1:])]
        if not _vanishes([None, *rest], hull):
            raise Invalid("a gradient violates the tangential condition (15)")


def _vanishes(row: Sequence[Polynomial | None], hull: Hull) -> bool:
    """Whether a row is 0 on the hull, or without a constant on its directions, for all symbols."""
    linear = row[0] is None
    entries = [{} if entry is None else entry for entry in row]
    for monomial in monomials(entries):
        rest = hull.reduced([Fraction(entry.get(monomial, 0)) for entry in entries])
        if any(rest[1:]) or (rest[0] and not linear):
            return False
    return True


def _require_inside(
    part: Part, alpha: int, domain: Sequence[Related], root: Any, width: int
) -> None:
    """The part lies in the domain, and meets no leaf of another piece."""
    if not all(holds_at(row, part.point) for row in part.rows):
        raise Invalid("the point is not in it")
    for row, proof in zip(domain, items(part.in_domain, len(domain))):
        require_implied(proof, row, part.rows)

    def enter(
        entry: Any, node: Node, known: tuple[Related, ...]
    ) -> tuple[Any, tuple[Related, ...]] | None:
        if not (isinstance(entry, list) and len(entry) > 1 and isinstance(entry[1], list)):
            return None
        place = index(entry[0], len(node.below))
        conditions = node.conditions[place]
        for condition, proof in zip(conditions, items(entry[1:], len(conditions))):
            require_implied(proof, condition, known)
        return node.below[place], known

    def refute(entry: Any, known: tuple[Related, ...]) -> None:
        require_empty(entry, known, width)

    checked_inside(root, alpha, part.inside, part.rows, refute, enter)


class Symbols:
    """The names of the free parameters: [unit, label, names] for each tie that has some."""

    def __init__(self, data: Any, function: Function) -> None:
        self.known: dict[tuple[int, Any], list[str]] = {}
        self.used: set[tuple[int, Any]] = set()
        taken = set().union(*(unit.atom.symbols() for unit in function.units))
        if taken & set(function.names):
            raise Invalid("a symbol of a tie rule has the name of a variable")
        taken |= set(function.names)
        for entry in items(data):
            unit, label, names = items(entry, 3)
            key = index(unit, len(function.units)), _label(label)
            own = list(map(text, items(names)))
            if key in self.known or any(name in taken for name in own):
                raise Invalid("a free parameter has a name that is taken")
            if len(set(own)) < len(own):
                raise Invalid("two free parameters have one name")
            taken.update(own)
            self.known[key] = own

    def of(self, unit: int, state: Any, count: int) -> list[str]:
        found = self.known.get((unit, state))
        if found is None or len(found) != count:
            raise Invalid("a tie has free parameters without names")
        self.used.add((unit, state))
        return found

    def require_used(self) -> None:
        if len(self.used) < len(self.known):
            raise Invalid("names are given for parameters that do not occur")


def _label(data: Any) -> Any:
    """Nested lists as nested tuples."""
    if isinstance(data, list):
        return tuple(map(_label, data))
    if type(data) is not int:
        raise Invalid("expected a label of integers")
    return data
