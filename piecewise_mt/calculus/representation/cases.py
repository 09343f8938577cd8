"""The pieces of a function with parameters, for each condition on the parameters.

For fixed parameters the pieces are sets of the variables alone, and their dimensions depend on the
parameters: {x : w·x = 0} is a point or the line. So what is said of them comes with a case
distinction. ``semialgebraic.fibre_cells`` cuts the parameters; here cells with the same table are
joined, first those where the same labels occur and the same factors have the same signs, then
those whose pieces read the same; the formulas of the same labels are then equal by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, overload

import sympy

from piecewise_mt.calculus.representation.case_pieces import CaseRepresentation, Member
from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.representation.semialgebraic import SemialgebraicRepresentation
from piecewise_mt.errors import TooManyPieces, Undecided
from piecewise_mt.exact.numbers import checked_index
from piecewise_mt.functions.expression import Expression
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.fibre_cells import (
    FibreCell,
    FibreCells,
    Masks,
    NotDecided,
    ParameterCell,
    reading_order,
)
from piecewise_mt.semialgebraic.given import Given
from piecewise_mt.semialgebraic.joining import Joining
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.polynomials import Polynomial, Ring, terms, variables_of
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.states import ANY, mask_of_sign, turned
from piecewise_mt.semialgebraic.systems import Budget, OutOfTime, TooHard

LIMIT = 1000
Product: TypeAlias = tuple[int, tuple[tuple[Polynomial, int], ...], int]
"""The sign of a constant, factors with exponents, and the mask of the product."""


class Case(NamedTuple):
    """A condition on the parameters, and the pieces in the variables where it holds.

    A function without parameters has one case, which always holds.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, w0 = mt.variable("x"), mt.parameter("w0")
    >>> case = mt.relu(w0 * x).represent().cases()[0]
    >>> case.condition, case.set, case.witness
    (w0 < 0, SemialgebraicSet({w0 < 0}), {w0: -1})
    >>> condition, table = case
    >>> [(p.condition, p.formula, p.gradient[0]) for p in table]
    [(x > 0, 0, 0), (x < 0, w0*x, w0), (Eq(x, 0), w0*x*z, w0*z)]
    """

    condition: Any
    """As a SymPy Boolean."""
    representation: DerivedRepresentation

    @property
    def set(self) -> SemialgebraicSet:
        """The parameters of the case."""
        return self._own.parameter_set if self._own else SemialgebraicSet((), ((),))

    @property
    def condition_text(self) -> str:
        """The condition in one line, ``always`` for none."""
        return self._own.condition_text if self._own else "always"

    @property
    def condition_latex(self) -> str:
        """The condition in LaTeX."""
        return self._own.condition_latex if self._own else r"\text{always}"

    @property
    def witness(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Exact values of the parameters that fulfil it."""
        return self._own.witness if self._own else {}

    @property
    def labels(self) -> tuple[tuple[tuple[str, ...], int], ...]:
        """The labels that occur, each with the largest local dimension of its set of variables."""
        if self._own:
            return self._own.label_table
        return tuple((piece.labels, piece.dimension) for piece in self.representation)

    @property
    def _own(self) -> CaseRepresentation | None:
        rep = self.representation
        return rep if isinstance(rep, CaseRepresentation) else None

    def __repr__(self) -> str:
        return f"{self.condition_text}: {_line(self.representation)}"


class Cases(Sequence[Case]):
    """The cases in order, found when they are first asked for.

    Made by :meth:`DerivedRepresentation.cases`.

    Raises
    ------
    Undecided
        When they are asked for, if the budget does not decide all of them.
    TooManyPieces
        If there are more than `limit`.
    """

    def __init__(
        self,
        rep: DerivedRepresentation,
        whole: SemialgebraicRepresentation | None,
        limit: int,
        budget: float,
    ) -> None:
        self.limit = limit
        self.budget = budget
        self._rep = rep
        self._whole = whole
        """The pieces in all variables and parameters, if there are parameters."""

    @cached_property
    def _found(self) -> tuple[Case, ...]:
        if self._whole is None:
            return (Case(sympy.true, self._rep),)
        return _Search(self._rep.function, self._whole, self.limit, self.budget).cases()

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Case]:
        return iter(self._found)

    @overload
    def __getitem__(self, index: int) -> Case: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Case, ...]: ...
    def __getitem__(self, index: int | slice) -> Case | tuple[Case, ...]:
        return self._found[checked_index(index)]

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))


def _line(rep: DerivedRepresentation) -> str:
    parts = []
    for piece in rep:
        gradient = piece.gradient
        shown = gradient[0] if gradient.shape == (1, 1) else gradient.tolist()
        parts.append(f"{piece.condition_text}: {piece.formula}, gradient {shown}")
    return " | ".join(parts)


class _Search:
    """The cells of the parameters, and what is the same in several of them."""

    def __init__(
        self, f: Expression, whole: SemialgebraicRepresentation, limit: int, budget: float
    ) -> None:
        self.function = f
        self.whole = whole
        self.limit = limit
        self.budget = budget
        self.strata = list(iter(whole.strata))
        self.names = whole.names
        self.ring = Ring(self.names)
        first = len(f.variables)
        self.parameters = range(first, len(self.names))
        self.products = [self._products(stratum.given) for stratum in self.strata]
        self.outside = self._products(whole.strata.outside)
        self.region: dict[Polynomial, int] = {}

    def cases(self) -> tuple[Case, ...]:
        """All cases."""
        if self.whole.undecided:
            raise Undecided(
                f"expected all pieces to tell the cases of the parameters, got "
                f"{len(self.whole.undecided)} undecided, such as {self.whole.undecided[0]}; raise "
                "budget"
            )
        try:
            return self._joined()
        except OutOfTime:
            reason = f"not all within {self.budget:g} seconds"
        except (TooHard, RecursionError):
            reason = "a step of the projection is too large"
        except NotDecided as error:
            reason = str(error)
        raise Undecided(
            f"expected the cases of the parameters {self._shown()}, got no decision: {reason}; "
            "raise budget, or give some of them values by f.subs"
        ) from None

    def _shown(self) -> str:
        return ", ".join(self.names[i] for i in self.parameters)

    def _products(self, conditions: Conditions) -> list[Product]:
        found = []
        for p, mask in conditions:
            sign, factors = self.ring.factors(self.ring.from_terms(dict(p)))
            found.append((sign, factors, mask))
        return found

    def _is_of_parameters(self, p: Polynomial) -> bool:
        return all(i in self.parameters for i in variables_of(p))

    def _joined(self) -> tuple[Case, ...]:
        budget = Budget(self.budget)
        factors: dict[Polynomial, None] = {}
        for product in self.products:
            for _, own, _ in product:
                factors.update((factor, None) for factor, _ in own)
        for sign, own, mask in self.outside:
            factors.update((factor, None) for factor, _ in own)
            if len(own) == 1 and own[0][1] == 1 and self._is_of_parameters(own[0][0]):
                known = self.region.get(own[0][0], ANY)
                self.region[own[0][0]] = known & (mask if sign > 0 else turned(mask))
        walker = FibreCells(self.ring, self.parameters, list(factors), budget)
        cells = []
        for cell in walker.walk(self.region):
            cells.append(cell)
            if len(cells) > self.limit:
                raise TooManyPieces(
                    f"expected at most {self.limit} cases of the parameters {self._shown()}, got "
                    "more; raise limit, or give some of them values by f.subs"
                )
        joining = Joining(cells, self.region, walker.decided)
        content = [p for p in factors if self._is_of_parameters(p)]
        groups: dict[Any, list[int]] = {}
        for number, cell in enumerate(cells):
            table = self._table(cell)
            if table:
                signs = tuple(cell.masks.get(p, ANY) for p in content)
                groups.setdefault((table, signs), []).append(number)
        merged: dict[Any, tuple[CaseRepresentation, list[int]]] = {}
        for (table, _), numbers in groups.items():
            budget.check()
            rep = self._representation(cells, numbers, joining.short(numbers), budget)
            key = (table, rep.reading)
            if key in merged:
                merged[key][1].extend(numbers)
            else:
                merged[key] = (rep, list(numbers))
        return tuple(
            self._case(cells, rep, numbers, joining)
            for rep, numbers in sorted(merged.values(), key=lambda pair: min(pair[1]))
        )

    def _table(self, cell: ParameterCell) -> tuple[tuple[int, int], ...]:
        """The numbers of the strata that occur over a cell, each with its dimension there."""
        found: dict[int, int] = {}
        for part in cell.fibre:
            own = self._stratum_of(part)
            if own is not None:
                found[own] = max(found.get(own, 0), part.dimension)
        return tuple(sorted(found.items()))

    def _stratum_of(self, cell: FibreCell) -> int | None:
        for number, product in enumerate(self.products):
            if all(_holds(sign, own, mask, cell) for sign, own, mask in product):
                return number
        if all(_holds(sign, own, mask, cell) for sign, own, mask in self.outside):
            raise NotDecided("a point of the domain is in no stratum; please report this")
        return None

    def _members(self, cell: ParameterCell) -> list[Member]:
        """The strata over a cell, those of large dimension first, each with a point."""
        best: dict[int, FibreCell] = {}
        for part in cell.fibre:
            own = self._stratum_of(part)
            if own is not None and (own not in best or part.dimension > best[own].dimension):
                best[own] = part
        found = [
            Member(self.strata[number], part.dimension, part.sample.exact(len(self.names)))
            for number, part in best.items()
        ]
        return sorted(found, key=lambda m: (-m.dimension, m.stratum.label_keys))

    def _representation(
        self,
        cells: Sequence[ParameterCell],
        numbers: Sequence[int],
        parts: Sequence[Masks],
        budget: Budget,
    ) -> CaseRepresentation:
        own = [cells[k] for k in numbers]
        given = Given(self.ring, own, parts, budget)
        return CaseRepresentation(
            self.function, self.whole, given, self._members(own[0]), self._set(parts)
        )

    def _case(
        self,
        cells: Sequence[ParameterCell],
        rep: CaseRepresentation,
        numbers: list[int],
        joining: Joining,
    ) -> Case:
        if len(numbers) > len(rep.given.cells):
            # conditions stay; formulas are the same modulo the equations of the parts
            parts = joining.short(numbers)
            own = Given(self.ring, [cells[k] for k in numbers], parts)
            rep = rep.widened(own, self._set(parts))
        return Case(rep.parameter_condition, rep)

    def _set(self, parts: Sequence[Masks]) -> SemialgebraicSet:
        names = tuple(self.names[i] for i in self.parameters)
        first = len(self.names) - len(names)
        ordered = [sorted(part.items(), key=_reading_order) for part in parts]
        ordered.sort(key=lambda part: list(map(_reading_order, part)))
        found = tuple(
            tuple(({exponents[first:]: c for exponents, c in terms(p)}, mask) for p, mask in part)
            for part in ordered
        )
        return SemialgebraicSet(names, found)


def _holds(
    sign: int, factors: Sequence[tuple[Polynomial, int]], mask: int, cell: FibreCell
) -> bool:
    for factor, k in factors:
        sign *= cell.signs[factor] ** k
    return bool(mask & mask_of_sign(sign))


def _reading_order(condition: tuple[Polynomial, int]) -> tuple[Any, int]:
    return reading_order(condition[0]), condition[1]
