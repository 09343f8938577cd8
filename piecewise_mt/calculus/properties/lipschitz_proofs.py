"""Proofs that a Lipschitz constant is large enough, and that no smaller one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.local.reduction import Matrix, Vector
from piecewise_mt.calculus.results.proof import Proof, Question, domain_text, function_text, same
from piecewise_mt.exact.linear import kernel
from piecewise_mt.exact.norms import LargestRoot, gram_polynomial
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.shape_certificates import check_attained, check_norm
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True)
class LipschitzProof(Proof):
    """lower ≤ L² ≤ upper for the best constant L; both are L² if that is rational.

    Every gradient has a norm whose square is at most ``upper``, and the one at ``attained``
    stretches ``direction`` by the root of ``lower`` at least. The list has the gradients of
    all full-dimensional strata, or those at the vertices of quadratic pieces; on a box of very many
    faces it has, for those of a part, a matrix whose entries theirs do not exceed in absolute
    value. ``verify`` finds them anew. If L² is
    irrational, the two bounds are close to each other, as far as 50 steps of the power method lead.
    """

    ord: Any
    gradients: tuple[Matrix, ...]
    attained: Matrix
    direction: Vector
    lower: Fraction
    upper: Fraction
    constant: sympy.Expr
    """L."""
    _function: Expression = field(repr=False)
    _domain: Polyhedron | None = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return constant_text(self)

    def _question(self) -> Question:
        return lipschitz_question(self)

    def _check(self) -> bool:
        from piecewise_mt.calculus.properties.lipschitz import evidence_of

        anew = evidence_of(self._function, self.ord, self._domain)
        # of a quadratic function, those at the vertices are asked for
        norms = getattr(anew, "norms", anew)
        norm = None if self.ord == sympy.oo else self.ord
        return (
            same(norms, self)
            and self.lower <= self.upper
            and self.attained in self.gradients
            and all(check_norm(own, norm, self.upper) for own in self.gradients)
            and check_attained(self.attained, norm, self.lower, self.direction)
        )


def constant_text(proof: Any) -> str:
    """The statement on a best constant."""
    squares = f"its square between {proof.lower} and {proof.upper}"
    return (
        f"The best Lipschitz constant in the {proof.ord}-norm over {domain_text(proof._domain)} is "
        f"{proof.constant}, {squares}, for {function_text(proof._function)}."
    )


def lipschitz_question(proof: Any) -> Question:
    """What :func:`mt.certify` is asked for the certificate of a best constant."""
    given = {"ord": proof.ord, "domain": proof._domain}
    answer = {"kind": "lipschitz", "power": proof.constant}
    if proof.ord == 2:
        answer["power"] = proof.constant**2
        if proof._function.size > 1:
            given["found"] = proof
            answer |= {"power": proof.upper, "lower": proof.lower}
    return Question(proof._function, "lipschitz", given, answer)


@dataclass(frozen=True)
class Norms:
    """The largest norm of some gradients, the gradient that has it, and which norm."""

    gradients: tuple[Matrix, ...]
    attained: Matrix
    constant: sympy.Expr
    ord: Any


def lipschitz_proof(own: Norms, function: Expression, domain: Polyhedron | None) -> LipschitzProof:
    """The proof for the largest norm, which one of the gradients has."""
    attained, constant, ord = own.attained, own.constant, own.ord
    given = (constant, function, domain)
    square = sympy.expand(constant**2)
    if square.is_Rational:
        exact = to_number(square)
        direction = _direction(attained, ord, exact)
        return LipschitzProof(ord, own.gradients, attained, direction, exact, exact, *given)
    root = LargestRoot(gram_polynomial(attained))
    # a first bound, then the size of the direction that the power method finds
    upper = root.above(quotient(1, 10**10))
    direction = _power_method(attained)
    image = [sum((c * d for c, d in zip(row, direction, strict=True)), Fraction(0))
             for row in attained]  # fmt: skip
    stretched = sum((v * v for v in image), Fraction(0))
    lower = stretched / sum((v * v for v in direction), Fraction(0))
    return LipschitzProof(ord, own.gradients, attained, direction, lower, upper, *given)


def _direction(matrix: Matrix, ord: Any, square: Fraction) -> Vector:
    """A direction that the matrix stretches by its norm."""
    width = len(matrix[0])
    if ord == 1:
        sizes = [sum(map(abs, column), Fraction(0)) for column in zip(*matrix, strict=True)]
        return tuple(Fraction(int(j == sizes.index(max(sizes)))) for j in range(width))
    if ord != 2:
        row = max(matrix, key=lambda own: sum(map(abs, own), Fraction(0)))
        return tuple(fraction(-1 if c < 0 else 1) for c in row)
    if len(matrix) == 1:
        return matrix[0] if any(matrix[0]) else tuple(Fraction(int(j == 0)) for j in range(width))
    rows = []
    for i in range(width):
        own = [sum((r[i] * r[j] for r in matrix), Fraction(0)) for j in range(width)]
        own[i] -= square
        if any(own):
            rows.append(primitive(own))
    if not rows:
        return tuple(Fraction(int(j == 0)) for j in range(width))
    return tuple(map(fraction, kernel(rows, width)[0]))


def _power_method(matrix: Matrix) -> Vector:
    columns = list(zip(*matrix, strict=True))
    vector = [quotient(j + 7, j + 5) for j in range(len(columns))]
    for _ in range(50):
        image = [sum((c * v for c, v in zip(row, vector, strict=True)), Fraction(0))
                 for row in matrix]  # fmt: skip
        back = [sum((c * v for c, v in zip(column, image, strict=True)), Fraction(0))
                for column in columns]  # fmt: skip
        size = max(map(abs, back))
        if not size:
            break
        vector = [Fraction(round(v / size * 10**8), 10**8) for v in back]
    return tuple(vector)
