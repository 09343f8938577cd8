"""Irrational numbers in certificates: names of constants, each the root of a polynomial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import sympy

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.real_roots import isolated
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import number_data, number_from_data
from piecewise_mt.functions.nodes import Constant, Linear
from piecewise_mt.functions.traversal import topological
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import related
from piecewise_mt.interop.certificates.cases import polynomial_data
from piecewise_mt.semialgebraic.systems import Terms

Data = dict[str, Any]


def is_irrational(f: Expression) -> bool:
    """Whether an affine node has irrational numbers."""
    return any(isinstance(c, Algebraic) for node in topological(f) for c in _numbers(node))


def _numbers(node: Expression) -> Iterator[Any]:
    if isinstance(node, Constant):
        yield from node.values
    elif isinstance(node, Linear):
        yield from node.bias
        for row in node.rows:
            yield from (c for _, c in row)


class Constants:
    """The irrational numbers that have occurred, such as sqrt(2), by their names.

    Examples
    --------
    >>> own = Constants()
    >>> own.terms(to_number(1 + sympy.sqrt(2) / 3))
    [(Fraction(1, 1), []), (Fraction(1, 3), ['sqrt(2)'])]
    >>> own.data
    [{'name': 'sqrt(2)', 'polynomial': [-2, 0, 1], 'low': 0, 'high': 8}]
    """

    def __init__(self) -> None:
        self.known: dict[str, tuple[tuple[int, ...], Fraction, Fraction]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.known)

    @property
    def data(self) -> list[Data]:
        return [
            {
                "name": name,
                "polynomial": list(p),
                "low": number_data(low),
                "high": number_data(high),
            }
            for name, (p, low, high) in self.known.items()
        ]

    def conditions(self) -> list[Any]:
        """What holds for the constants, as the checker has it."""
        found: list[Any] = []
        for name, (p, low, high) in self.known.items():
            terms: Terms = {(k,): c for k, c in enumerate(p) if c}
            found.append(["=", polynomial_data((name,), terms)])
            found.append([">", {"terms": [[1, name], [number_data(-low)]]}])
            found.append([">", {"terms": [[-1, name], [number_data(high)]]}])
        return found

    def terms(self, value: Any) -> list[tuple[Fraction, list[str]]]:
        """A number as a sum of multiples of products of constants.

        Raises
        ------
        Unsupported
            If it is no algebraic number.
        """
        try:
            number = to_number(value)
        except Exception as error:
            raise Unsupported(
                "expected polynomials with rational coefficients for a certificate, or algebraic "
                f"ones, got {str(value)[:200]}; ask mt.check"
            ) from error
        if not isinstance(number, Algebraic):
            return [(Fraction(number), [])] if number else []
        atoms = number.field.atoms
        names = [self._name(expr) for expr, _ in atoms]
        return [(c, [names[k] for k in places]) for c, places in number.field.terms(number)]

    def _name(self, expr: sympy.Expr) -> str:
        name = str(expr)
        if name not in self.known:
            t = sympy.Dummy("t")
            p = [int(c) for c in sympy.minimal_polynomial(expr, t, polys=True).all_coeffs()[::-1]]
            number = to_number(expr)
            (interval,) = ((a, b) for a, b in isolated(p) if number > a and number < b)
            self.known[name] = tuple(p), *interval
        return name

    def row(self, row: Sequence[Any], names: Sequence[str]) -> Data:
        """c0 + Σ c·name as a polynomial."""
        return {
            "terms": [
                [number_data(c), *constants, *own]
                for value, own in zip(row, [[], *([name] for name in names)], strict=True)
                for c, constants in self.terms(value)
            ]
        }

    def polyhedron(self, region: Polyhedron, names: Sequence[str]) -> list[Any]:
        """The conditions of a polyhedron."""
        return [[relation, self.row(row, names)] for row, relation in related(region)]

    def functions(self, data: Data) -> Data:
        """A function's data with constants as variables: affine nodes become polynomials."""
        nodes, formulas = data["nodes"], list(data.get("formulas", []))
        sizes = [prod(node["shape"]) for node in nodes]
        waiting: list[tuple[Data, list[tuple[Data, list[int]]]]] = []
        for node in nodes:
            below = sum(sizes[i] for i in node.get("args", []))
            rows: list[tuple[list[int], list[Any]]] = []
            if node["node"] == "constant" and not all(map(_is_rational, node["values"])):
                rows = [([], [value]) for value in node["values"]]
            elif node["node"] == "linear" and not all(
                map(_is_rational, [*node["bias"], *(c for row in node["rows"] for _, c in row)])
            ):
                rows = [
                    ([i for i, _ in row], [bias, *(c for _, c in row)])
                    for row, bias in zip(node["rows"], node["bias"], strict=True)
                ]
            if rows:
                units = []
                for operands, numbers in rows:
                    own = [f"u{k + 1}" for k in range(len(operands))]
                    units.append((self.row(list(map(number_from_data, numbers)), own), operands))
                waiting.append((node, units))
                node["below"] = below
        if not self.known:
            return data
        first = {"node": "variable", "shape": [len(self.known)], "names": list(self.names)}
        for node in nodes:
            if "args" in node:
                node["args"] = [i + 1 for i in node["args"]]
        for node, units in waiting:
            below, shape = node.pop("below"), node["shape"]
            args = [*node.get("args", []), 0]
            found = []
            for formula, operands in units:
                places = {name: f"u{len(operands) + k + 1}" for k, name in enumerate(self.names)}
                terms = [[c, *(places.get(n, n) for n in own)] for c, *own in formula["terms"]]
                found.append(
                    [len(formulas), [*operands, *(below + k for k in range(len(self.known)))]]
                )
                formulas.append({"terms": terms, "arity": len(operands) + len(self.known)})
            node.clear()
            node |= {"node": "smooth", "args": args, "shape": shape, "units": found, "name": "+"}
        variables = [*data["variables"], *self.names]
        return data | {"variables": variables, "formulas": formulas, "nodes": [first, *nodes]}


def _is_rational(value: Any) -> bool:
    return not isinstance(number_from_data(value), Algebraic)
