"""The hull of the chain rule's products over all choices at the ties: the rung ``autodiff``."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.program import Slots, Unit
from piecewise_mt.calculus.local.certificates import flat
from piecewise_mt.calculus.local.clarke import MatrixHull, unflat
from piecewise_mt.calculus.local.normal_form import combination
from piecewise_mt.calculus.local.reduction import Matrix, Reduction, Vector, make_program
from piecewise_mt.calculus.partition.refinement import partition
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.functions.atoms import Atom
from piecewise_mt.geometry.polytope import Combination, Separation, locate
from piecewise_mt.memory import cached_property

MAX_CHOICES = 4096
"""How many combinations of choices at ties of deeper units are tried."""
_ZERO = Fraction(0)


class ProductHull(MatrixHull):
    """The convex hull of the products (14) over all choices at the ties, jointly feasible or not.

    At a tie a unit may choose any of its limiting gradients. The product is multilinear in the
    choices, so the hull over all convex weights is the hull over the extreme choices. The choices
    of units whose operands have no kink below are independent once the others are made, so
    they are made greedily; only those of deeper units are enumerated, up to a bound.
    """

    def __init__(self, reduction: Reduction, max_choices: int = MAX_CHOICES) -> None:
        super().__init__(reduction)
        self.max_choices = max_choices

    @cached_property
    def _choices(self) -> list[list[Slots]]:
        """For every active unit the linear forms that it may be."""
        return [_choices(unit) for unit in self._reduction.program.units]

    @cached_property
    def _states(self) -> list[tuple[Slots, ...]]:
        """The outputs as forms of variables and of first-level units, a choice at each other."""
        program = self._reduction.program
        deep = [i for i, unit in enumerate(program.units) if unit.level > 1]
        deep.sort(key=lambda i: (-program.units[i].level, i))
        return self._expanded([program.outputs], deep)

    def _expanded(
        self, states: Sequence[tuple[Slots, ...]], units: list[int]
    ) -> list[tuple[Slots, ...]]:
        first = self._reduction.rank + 1
        for index in units:
            found: dict[Any, tuple[Slots, ...]] = {}
            for state in states:
                factors = [row.get(first + index, 0) for row in state]
                choices = self._choices[index] if any(factors) else [{}]
                for choice in choices:
                    new = tuple(
                        combination((1, {s: c for s, c in row.items() if s != first + index}),
                                    (factor, choice))
                        for row, factor in zip(state, factors, strict=True)
                    )  # fmt: skip
                    found[tuple(tuple(sorted(row.items())) for row in new)] = new
                if len(found) > self.max_choices:
                    raise TooManyPieces(
                        f"expected at most {self.max_choices} combinations of choices at ties, got "
                        "more; ask about the function at a point with fewer ties"
                    )
            states = list(found.values())
        return list(states)

    def _matrices(self) -> Sequence[Matrix]:
        units = [i for i, unit in enumerate(self._reduction.program.units) if unit.level == 1]
        states = self._expanded(self._states, units)
        return sorted({self._matrix(state) for state in states})

    def _matrix(self, state: Sequence[Slots]) -> Matrix:
        k = self._reduction.rank
        return tuple(tuple(fraction(row.get(i, 0)) for i in range(1, k + 1)) for row in state)

    def _furthest(self, direction: Vector) -> Vector:
        """A product where ⟨direction, ·⟩ is largest: greedy at the first level."""
        k = self._reduction.rank
        rows = unflat(direction, self.shape[0])
        heights = []
        for choices in self._choices:
            # the height of every choice of every unit for every row of the direction
            heights.append(
                [[_height(choice, row, k) for row in rows] for choice in choices]
                if all(s <= k for choice in choices for s in choice)
                else []
            )
        best: tuple[Fraction, Any] | None = None
        for state in self._states:
            total = sum((_height(row, d, k) for row, d in zip(state, rows, strict=True)), _ZERO)
            picked = []
            for index, own in enumerate(heights):
                factors = [row.get(k + 1 + index, 0) for row in state]
                if any(factors):
                    values = [
                        sum((f * h for f, h in zip(factors, high, strict=True)), _ZERO)
                        for high in own
                    ]
                    choice = values.index(max(values))
                    total += values[choice]
                    picked.append((index, factors, choice))
            if best is None or total > best[0]:
                best = (total, (state, picked))
        assert best is not None
        state, picked = best[1]
        result = []
        for position, row in enumerate(state):
            terms = [(1, {s: c for s, c in row.items() if s <= k})]
            terms += [(fs[position], self._choices[i][choice]) for i, fs, choice in picked]
            result.append(combination(*terms))
        return flat(self._matrix(result))

    def _located(self, point: Vector) -> Combination | Separation | None:
        zero = tuple([_ZERO] * len(point))
        return locate(point, [self._furthest(zero)], self._furthest)

    def __repr__(self) -> str:
        return f"hull of the products of (14) over {len(self._choices)} units with ties"


def _height(form: Slots, direction: Sequence[Fraction], k: int) -> Fraction:
    return sum((c * direction[s - 1] for s, c in form.items() if 1 <= s <= k), _ZERO)


def _choices(unit: Unit) -> list[Slots]:
    """The linear forms that a unit with a tie is on its full-dimensional sides."""
    found: dict[Any, Slots] = {}
    for own in side_weights(unit.atom):
        form = combination(*zip(own, unit.operands, strict=True))
        found[tuple(sorted(form.items()))] = form
    return [found[key] for key in sorted(found)]


def side_weights(atom: Atom) -> list[Sequence[Any]]:
    """The gradients of an atom on its full-dimensional sides."""
    if atom.every_output_has_interior:
        return [form.coefficients for form in atom.outputs()]
    names = tuple(f"y{i + 1}" for i in range(atom.arity))
    alone = make_program(names, [(atom, [{i + 1: 1} for i in range(atom.arity)])], [{}])
    words = partition(alone, None, 10**5).cells.face_words()[-1]
    return [atom.selection(alone.labels(word)[0])[0] for word in words]
