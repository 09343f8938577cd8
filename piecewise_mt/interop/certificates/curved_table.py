"""Certificates of tables with polynomials, in the conditions of pieces or in their formulas."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from piecewise_mt.calculus.partition.domain import conditions_of
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.curved import CurvedPiece
from piecewise_mt.calculus.representation.parametric import ParametricRepresentation
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.calculus.representation.semialgebraic import (
    SemialgebraicPiece,
    SemialgebraicRepresentation,
)
from piecewise_mt.errors import PiecewiseError, Undecided, Unsupported
from piecewise_mt.exact.algebraic_points import ExactPoint, check_point
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import function_data, number_data
from piecewise_mt.functions.grammar.formula_text import formula_from_text
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.interop.certificates.cases import (
    cases_data,
    conditions_data,
    point_data,
    polynomial_data,
)
from piecewise_mt.interop.certificates.constants import Constants
from piecewise_mt.interop.certificates.normals import combination
from piecewise_mt.interop.certificates.regions import Node, TreeWriter
from piecewise_mt.interop.certificates.symbols import names_of_tie
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.points import point_expressions
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System
from piecewise_mt_check.atoms import Formula
from piecewise_mt_check.cases import ZERO, Condition
from piecewise_mt_check.cases import Known as Signs
from piecewise_mt_check.curves import CurvedRegion, CurvedWalk
from piecewise_mt_check.functions import read_function
from piecewise_mt_check.polynomials import (
    Polynomial,
    derivative,
    minus,
    primitive,
    split_by,
    times,
    variables,
)
from piecewise_mt_check.polynomials import read as read_polynomial

Data = dict[str, Any]
Known = tuple[Condition, ...]
SECONDS = 10.0
"""For one decision."""


def polynomial_function_data(f: Expression, constants: Constants) -> Data:
    """A function as data whose smooth nodes are polynomials, with their terms instead of texts.

    Parameters are variables like others, and their signs conditions of the domain; so are
    irrational numbers in affine nodes.

    Raises
    ------
    Unsupported
        If a smooth node is no polynomial with rational coefficients.
    """
    data = function_data(f)
    formulas = []
    for entry in data.pop("formulas", []):
        own = expression_data(formula_from_text(entry["formula"]))
        formulas.append(own | {"arity": entry["arity"]})
    if formulas:
        data["formulas"] = formulas
    for node in data["nodes"]:
        node.pop("signs", None)
    return constants.functions(data)


def expression_data(expr: Any, constants: Constants | None = None) -> Data:
    """A SymPy polynomial with rational coefficients, or algebraic ones that have names.

    Raises
    ------
    Unsupported
        If it is none.

    Examples
    --------
    >>> x, z = sympy.symbols("x z")
    >>> expression_data((x * z - 1) ** 2)
    {'terms': [[1, 'x', 'x', 'z', 'z'], [-2, 'x', 'z'], [1]]}
    """
    own = sympy.sympify(expr)
    symbols = sorted(own.free_symbols, key=str)
    try:
        domain = {} if constants else {"domain": "QQ"}
        terms = sympy.Poly(own, *symbols, **domain).terms() if symbols else [((), own)]
        numbers: list[list[tuple[Fraction, list[str]]]] = [
            [(_fraction(sympy.Rational(c)), [])] if constants is None else constants.terms(c)
            for _, c in terms
        ]
    except (sympy.PolynomialError, sympy.CoercionFailed, TypeError, ValueError) as error:
        raise Unsupported(
            "expected polynomials with rational coefficients for a certificate, got "
            f"{str(own)[:200]}; ask mt.check"
        ) from error
    return {
        "terms": [
            [
                number_data(c),
                *names,
                *(str(s) for s, k in zip(symbols, exponents, strict=True) for _ in range(k)),
            ]
            for (exponents, _), parts in zip(terms, numbers, strict=True)
            for c, names in parts
            if c
        ]
    }


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def coefficients_data(p: Polynomial) -> Data:
    """A polynomial of the checker as data."""
    return {"terms": [[number_data(c), *monomial] for monomial, c in p.items()]}


class Deciding:
    """Questions of emptiness, answered with proofs that the checker reads."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.place = {name: i for i, name in enumerate(self.names)}

    def terms(self, p: Polynomial) -> dict[tuple[int, ...], int]:
        """A positive multiple in the terms of the package."""
        sign, own = primitive(p)
        found = {}
        for monomial, c in own.items():
            exponents = [0] * len(self.names)
            for name in monomial:
                exponents[self.place[name]] += 1
            found[tuple(exponents)] = sign * int(c)
        return found

    def conditions(self, known: Known) -> Conditions:
        return tuple((self.terms(p), mask) for p, mask in known)

    def empty(self, known: Known) -> list[Any] | ExactPoint:
        """A proof that no point satisfies all, or a point that does."""
        own = Signs()
        for condition in known:
            own.learn(condition)
        if known and own.contradicts(known[-1].polynomial):
            return []
        answer = decide(System(self.names, self.conditions(known)), SECONDS)
        if isinstance(answer, NonEmpty):
            return answer.point
        if isinstance(answer, Empty):
            return cases_data(self.names, answer.proof)
        raise Undecided(
            f"expected a decision whether a set is empty for a certificate, got none: "
            f"{answer.reason}; simplify the function"
        )

    def implies(self, known: Known, claim: Condition) -> list[Any] | ExactPoint:
        """A proof that a condition follows, or a point where it does not."""
        proof = self._combined(known, claim.polynomial) if claim.mask == ZERO else None
        return self.empty((*known, claim.contrary)) if proof is None else proof

    def _combined(self, known: Known, p: Polynomial) -> list[Any] | None:
        """A proof that p is 0, if it is a combination of equations with numbers as factors."""
        equations = list({repr(sorted(q.items())): q for q, mask in known if mask == ZERO}.values())
        if len(equations) < 2 or not p:
            return None
        found = combination([p], [[q] for q in equations], most=0)
        if found is None:
            return None
        own = coefficients_data(p)
        used = [(c, q) for c, q in zip(found, equations, strict=True) if c]
        sums = [
            [
                "sum",
                [sign, own],
                *([number_data(-sign * c[()]), coefficients_data(q)] for c, q in used),
            ]
            for sign in (-1, 1)
        ]
        return [["split", own, "<", ">"], *sums]

    def zero(self, known: Known, p: Polynomial) -> list[Any] | ExactPoint | None:
        """Proofs that p vanishes whatever its symbols are, a point where not, None for p = 0."""
        own = split_by(p, variables(p) - set(self.names))
        proofs = []
        for monomial in sorted(own):
            proof = self.implies(known, Condition(own[monomial], ZERO))
            if isinstance(proof, ExactPoint):
                return proof
            proofs.append(proof)
        return proofs or None

    def holds(self, point: ExactPoint, known: Sequence[Condition]) -> bool:
        return check_point(self.conditions(tuple(known)), point)


class _Part:
    """One basic set of a piece."""

    def __init__(self, alpha: int, place: int, data: list[Any], point: ExactPoint) -> None:
        self.alpha, self.place, self.data, self.point = alpha, place, data, point
        self.conditions: Known = tuple(
            Condition(read_polynomial(p), _MASKS[relation]) for relation, p in data
        )
        self.leaves: list[tuple[int, ...]] = []
        """The way to each leaf that lies in it, as numbers of children."""


NO_POINT = ExactPoint(())
_MASKS = {"<": 1, "=": 2, "<=": 3, ">": 4, "!=": 5, ">=": 6}


class _Task(NamedTuple):
    """A region on the way, with points that are known to lie in it."""

    region: CurvedRegion
    points: list[ExactPoint]
    node: Node | None
    way: tuple[int, ...]


class CurvedTable(TreeWriter):
    """The writer; see :func:`piecewise_mt.interop.certificates.table.certificate`."""

    walk: CurvedWalk

    def __init__(self, rep: Representation) -> None:
        own = rep.whole if isinstance(rep, ParametricRepresentation) else rep
        f = own.of
        assert isinstance(f, Expression)
        self.product = isinstance(own, SemialgebraicRepresentation | PolyhedralRepresentation)
        self.rep = rep
        self.constants = Constants()
        self.variables = own.names
        self.parameters = [name for name in own.names if name not in rep.names]
        self.program: Any = own.strata.program if self.product else None  # type: ignore[attr-defined]
        # what is irrational has its names before the first question
        is_linear = not isinstance(own, SemialgebraicRepresentation)
        constants = self.constants if is_linear else None
        self.formulas = [
            [expression_data(formula.expr, constants) for formula in piece.formulas]
            for piece in own
        ]
        self.gradients = [
            [
                [expression_data(entry, constants) for entry in row]
                for row in piece.gradient.tolist()
            ]
            for piece in rep
        ]
        self.domain_data = self._domain(own.domain)
        parts = [self._conditions(piece) for piece in own]
        self.data = polynomial_function_data(f.on(*own.names), self.constants)
        self.function = read_function(self.data, curved=True)
        self.names = (*own.names, *self.constants.names)
        self.ask = Deciding(self.names)
        fixed = self.constants.conditions()
        self.domain: Known = tuple(
            Condition(read_polynomial(p), _MASKS[relation])
            for relation, p in [*self.domain_data, *fixed]
        )
        self.symbols: dict[tuple[int, Any], list[str]] = {}
        self.walk = CurvedWalk(self.function, self.domain, self._named if self.product else None)
        self.parts = [
            [self._part_of(alpha, place, [*data, *fixed], piece) for place, data in enumerate(sets)]
            for alpha, (piece, sets) in enumerate(zip(own, parts, strict=True))
        ]

    def _domain(self, domain: Any) -> list[Any]:
        if isinstance(domain, Polyhedron):
            return self.constants.polyhedron(domain, self.variables)
        return conditions_data(self.variables, conditions_of(domain))

    def _conditions(self, piece: Any) -> list[list[Any]]:
        """The conditions of the parts of a piece."""
        if isinstance(piece, CurvedPiece):
            return [conditions_data(self.variables, own) for own in piece.sets]
        if isinstance(piece, SemialgebraicPiece):
            return [conditions_data(self.variables, piece.conditions)]
        return [self.constants.polyhedron(part, self.variables) for part in piece.parts]

    def _part_of(self, alpha: int, place: int, data: list[Any], piece: Any) -> _Part:
        if isinstance(piece, SemialgebraicPiece):
            return _Part(alpha, place, data, piece.members[0].point)
        found = _Part(alpha, place, data, NO_POINT)
        point = self.ask.empty(found.conditions)
        if not isinstance(point, ExactPoint):
            raise PiecewiseError(
                f"expected pieces with points, got piece {alpha + 1} with an empty part; leave it "
                "out"
            )
        found.point = point
        return found

    def _named(self, unit: int, state: Any, count: int) -> list[str]:
        """The names of a tie's free parameters."""
        key = unit, state
        if key not in self.symbols:
            # the program does not count polynomials as units
            before = self.function.units[:unit]
            own = self.program.units[sum(not isinstance(u.atom, Formula) for u in before)]
            self.symbols[key] = names_of_tie(own, state)
        return self.symbols[key]

    def content(self) -> Data:
        """The certificate without its format and version."""
        tree = self._tree()
        pieces = [
            {
                "formula": formula,
                "gradient": gradient,
                "parts": [self._part(part) for part in parts],
            }
            for formula, gradient, parts in zip(
                self.formulas, self.gradients, self.parts, strict=True
            )
        ]
        ties = sorted(self.symbols.items(), key=str)
        data: Data = {"kind": "curved_table", "function": self.data}
        if self.parameters:
            data["parameters"] = self.parameters
        if self.constants.names:
            data["constants"] = self.constants.data
        return data | {
            "domain": self.domain_data,
            "product": self.product,
            "symbols": [[unit, _listed(state), names] for (unit, state), names in ties],
            "pieces": pieces,
            "tree": tree,
        }

    # -- the tree ----------------------------------------------------------------------------

    def _tree(self) -> list[Any]:
        """The entries in preorder."""
        points = [part.point for parts in self.parts for part in parts]
        points = [point for point in points if self.ask.holds(point, self.domain)]
        return self._grown(_Task(self.walk.settled(self.walk.root), points, None, ()))

    def _children(self, task: _Task, node: Node, states: list[Any]) -> list[_Task | list[Any]]:
        made: list[_Task | list[Any]] = []
        for k, said in enumerate(node.conditions):
            points = [point for point in task.points if self.ask.holds(point, said)]
            if not points:
                answer = self.ask.empty((*task.region.path, *said))
                if isinstance(answer, list):
                    made.append(answer)
                    continue
                points = [answer]
            region = self.walk.settled(self.walk.below(task.region, said, states[k]))
            made.append(_Task(region, points, node, (*task.way, k)))
        return made

    def _part_at(self, point: ExactPoint) -> _Part:
        for parts in self.parts:
            for part in parts:
                if self.ask.holds(point, part.conditions):
                    return part
        raise PiecewiseError(
            f"expected pieces that cover the domain, got {_shown(point)} in none; check the table "
            "with mt.check"
        )

    def _leaf(self, task: _Task) -> tuple[Any, Polynomial | None]:
        """The entry of a leaf; if it lies in no part as a whole, a polynomial that cuts it."""
        part = self._part_at(task.points[0])
        path = task.region.path
        holds = []
        for claim in part.conditions:
            proof = self.ask.implies(path, claim)
            if isinstance(proof, ExactPoint):
                own = primitive(claim.polynomial)[1]
                return {"cut": polynomial_data(self.names, self.ask.terms(own))}, own
            holds.append(proof)
        known = (*path, *part.conditions)
        entry: Data = {"piece": part.alpha + 1, "holds": holds}
        if part.place:
            entry["part"] = part.place
        formulas = list(map(read_polynomial, self.formulas[part.alpha]))
        values = self.walk.values(task.region)
        entry["equal"] = [
            self._zero(known, minus(own, value), f"a formula of piece {part.alpha + 1}, f")
            for own, value in zip(formulas, values, strict=True)
        ]
        if self.product:
            composed = self.walk.composed(task.region)
            if composed != formulas:
                entry["product"] = self._products(part, composed, known)
        self._hang(task, part.alpha)
        for own_part in self.parts[part.alpha]:
            own_part.leaves.append(task.way)
        return entry, None

    def _products(
        self, part: _Part, composed: list[Polynomial], known: Known
    ) -> list[list[list[Any] | None]]:
        rows = []
        for own, row in zip(composed, self.gradients[part.alpha], strict=True):
            what = f"the gradient of piece {part.alpha + 1}, the product (14)"
            rows.append(
                [
                    self._zero(known, minus(read_polynomial(entry), derivative(own, name)), what)
                    for name, entry in zip(self.rep.names, row, strict=True)
                ]
            )
        return rows

    def _zero(self, known: Known, p: Polynomial, what: str) -> list[Any] | None:
        proof = self.ask.zero(known, p)
        if isinstance(proof, ExactPoint):
            raise PiecewiseError(
                f"expected equal values of {what}, got others at {_shown(proof)}; check the table "
                "with mt.check"
            )
        return proof

    # -- the pieces --------------------------------------------------------------------------

    def _part(self, part: _Part) -> Data:
        in_domain = [self.ask.implies(part.conditions, own) for own in self.domain]
        if any(isinstance(proof, ExactPoint) for proof in in_domain):
            raise PiecewiseError(
                f"expected pieces in the domain, got piece {part.alpha + 1} with points outside; "
                "add the domain's conditions"
            )
        entry = {
            "conditions": part.data,
            "domain": in_domain,
            "point": point_data(part.point),
            "inside": self._inside(part),
        }
        slopes = [
            [derivative(read_polynomial(own), name) for name in self.rep.names]
            for own in self.formulas[part.alpha]
        ]
        gradient = [list(map(read_polynomial, row)) for row in self.gradients[part.alpha]]
        if gradient != slopes:
            rest = [
                [minus(own, slope) for own, slope in zip(row, others, strict=True)]
                for row, others in zip(gradient, slopes, strict=True)
            ]
            proofs = [[self.ask.zero(part.conditions, own) for own in row] for row in rest]
            if not any(isinstance(proof, ExactPoint) for row in proofs for proof in row):
                entry["gradient"] = proofs
            elif not self.product:
                entry["normals"] = [self._normals(part, row) for row in rest]
            else:
                raise PiecewiseError(
                    f"expected the gradient of piece {part.alpha + 1} to be that of its formula, "
                    "got another; check the table with mt.check"
                )
        return entry

    def _normals(self, part: _Part, row: list[Polynomial]) -> Data:
        """Why a difference of gradients vanishes on tangents: it combines those of equations."""
        normals = [p for p, mask in part.conditions if mask == ZERO]
        multipliers = combination(
            row, [[derivative(own, name) for name in self.rep.names] for own in normals], normals
        )
        if multipliers is None:
            raise PiecewiseError(
                f"expected a gradient of piece {part.alpha + 1} that satisfies (15), got one for "
                "which no multipliers of its equations' gradients are found; ask mt.check"
            )
        rest = list(row)
        for own, multiplier in zip(normals, multipliers, strict=True):
            rest = [
                minus(entry, times(multiplier, derivative(own, name)))
                for entry, name in zip(rest, self.rep.names, strict=True)
            ]
        what = f"the gradient of piece {part.alpha + 1} and of normals"
        return {
            "factor": 1,
            "not_zero": [],
            "normals": [
                {
                    "polynomial": polynomial_data(self.names, self.ask.terms(own)),
                    "zero": [],
                    "multiplier": coefficients_data(multiplier),
                }
                for own, multiplier in zip(normals, multipliers, strict=True)
            ],
            "equal": [self._zero(part.conditions, entry, what) for entry in rest],
        }

    def _inside(self, part: _Part) -> list[Any]:
        """Why the part meets no leaf of another piece, in the preorder of what is asked."""
        entries: list[Any] = []
        pending: list[_Asked | list[Any]] = [_Asked(self.root, part.leaves, 0, part.conditions)]
        while pending:
            task = pending.pop()
            if isinstance(task, list):
                entries.append(task)
                continue
            node = task.node
            if not isinstance(node, Node):
                continue
            used = sorted({way[task.depth] for way in task.leaves})
            if len(used) == 1:
                said = node.conditions[used[0]]
                proofs = [self.ask.implies(task.known, own) for own in said]
                if not any(isinstance(proof, ExactPoint) for proof in proofs):
                    entries.append({"child": used[0], "holds": proofs})
                    below = node.below[used[0]]
                    known = (*task.known, *said)
                    pending.append(_Asked(below, task.leaves, task.depth + 1, known))
                    continue
            entries.append(None)
            pending.extend(self._several(part, task, node)[::-1])
        return entries

    def _several(self, part: _Part, task: _Asked, node: Node) -> list[_Asked | list[Any]]:
        """The children of a node of which the part meets more than one."""
        made: list[_Asked | list[Any]] = []
        for k, (below, said) in enumerate(zip(node.below, node.conditions, strict=True)):
            if below is None:
                continue
            leaves = [way for way in task.leaves if way[task.depth] == k]
            known = (*task.known, *said)
            if leaves:
                made.append(_Asked(below, leaves, task.depth + 1, known))
                continue
            proof = self.ask.empty(known)
            if isinstance(proof, ExactPoint):
                raise PiecewiseError(
                    f"expected disjoint pieces, got {_shown(proof)} in piece {part.alpha + 1} and "
                    "in another; check the table with mt.check"
                )
            made.append(proof)
        return made


class _Asked(NamedTuple):
    """A node of the tree, and the leaves below it that the part may meet."""

    node: Node | int | None
    leaves: list[tuple[int, ...]]
    depth: int
    known: Known


def _shown(point: ExactPoint) -> str:
    return f"({', '.join(map(str, point_expressions(point)))})"


def _listed(state: Any) -> Any:
    return [_listed(own) for own in state] if isinstance(state, tuple) else state
