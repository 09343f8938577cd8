"""What all forms have: the function, an expression of the form, the proof, and how it is shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.forms.cells import AffineRow, cells_of
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    rebuilt,
    same,
)
from piecewise_mt.calculus.results.shown import Tabled
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.build.builders import affine
from piecewise_mt.functions.build.extrema import max as maximum_of
from piecewise_mt.functions.build.extrema import min as minimum_of
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Variable
from piecewise_mt.functions.substitute import in_order_of
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.affine import number_latex

if TYPE_CHECKING:
    from piecewise_mt.typeset.tables import Table


@dataclass(frozen=True)
class Minimality:
    """Whether a form is as short as any of its kind, and of what that is known."""

    known: bool
    reason: str

    def __bool__(self) -> bool:
        """Whether it is known to be as short as any."""
        return self.known

    def __str__(self) -> str:
        return self.reason


class CanonicalForm(Tabled, Proof, ABC):
    """A form of a function, proved equal to it on the domain when it was made.

    Attributes
    ----------
    function : Expression
        What it is a form of.
    domain : Polyhedron or None
        Where it is equal to the function: None for the whole space. Outside it may be any function.
    """

    function: Expression
    domain: Polyhedron | None
    _proved: bool

    @cached_property
    def expression(self) -> Expression:
        """The form as an expression, of the shape and the variables of the function."""
        made = self._outputs()
        whole = made[0] if self.function.shape == () else stack(made).reshape(*self.function.shape)
        return whole.on(*[v.name for v in self.function.variables])

    @abstractmethod
    def _outputs(self) -> list[Expression]:
        """One scalar expression an output."""

    @property
    def equal(self) -> bool:
        """Whether ``mt.equal(function, expression)``, on the domain, is proved.

        It was when the form was made, or is now if that was left out (``prove=False``).
        """
        if not self._proved:
            self._prove()
            self._proved = True
        return True

    def __bool__(self) -> bool:
        """Whether the form is proved to be the function."""
        return self.equal

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"On {domain_text(self.domain)} f is {self.expression}, for "
            f"{function_text(self.function)}."
        )

    def _question(self) -> Question:
        given = {"second": self.expression, "domain": self.domain}
        return Question(self.function, "equal", given, {"kind": "equal"})

    def _is_proved(self) -> bool:
        return self._anew()._check() and (
            "expression" not in vars(self) or same(self.expression, self._anew().expression)
        )

    def _anew(self) -> Self:
        """The form of plain data alone, with the cells of its function found anew."""
        own = object.__new__(type(self))
        kept = {name: value for name, value in vars(self).items()
                if name not in ("_cells", "expression")}  # fmt: skip
        vars(own).update(rebuilt(kept))
        if "_cells" in vars(self):
            vars(own)["_cells"] = cells_of(own.function, own.domain)
        return own

    def _check(self) -> bool:
        return self._prove()

    @abstractmethod
    def _prove(self) -> bool:
        """Prove that the form is the function.

        Raises
        ------
        PiecewiseError
            If it is not, with a point.
        """

    @property
    @abstractmethod
    def minimality(self) -> Minimality:
        """Whether it is known to be as short as any form of its kind."""

    @property
    def is_minimal(self) -> bool:
        """Whether it is known to be as short as any form of its kind, see ``minimality``."""
        return self.minimality.known

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables, in order."""
        return tuple(v.name for v in self.function.variables)

    @abstractmethod
    def to_latex(self) -> str:
        """The form in LaTeX, in math mode."""

    @abstractmethod
    def to_text(self) -> str:
        """The form as text."""

    def table(self) -> Table:
        """The form, one line an output, and what is known of it."""
        from piecewise_mt.typeset.tables import Cell, Column, Table

        rows = [
            [Cell(label, latex_label), Cell(text, latex)]
            for label, latex_label, text, latex in self._lines()
        ]
        where = "everywhere" if self.domain is None else f"where {self.domain}"
        proof = f"equal to the function {where}: " + ("proved" if self._proved else "not asked")
        notes = [proof, f"{self.size_text}; {self.minimality}"]
        columns = [Column(Cell("", "")), Column(Cell("form", r"\text{form}"))]
        return Table(f"{self.title} of {self.function!r}", columns, rows, notes)

    title: str = "form"
    """What the kind of form is called."""

    @property
    @abstractmethod
    def size_text(self) -> str:
        """Its size in words."""

    @abstractmethod
    def _lines(self) -> list[tuple[str, str, str, str]]:
        """Label, label in LaTeX, text and LaTeX of every line of the table."""

    def _output_names(self) -> list[tuple[str, str]]:
        if self.function.shape == ():
            return [("f", "f")]
        return [(f"f{k + 1}", f"f_{{{k + 1}}}") for k in range(self.function.size)]

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        text = self.to_text()
        return text if len(text) <= 400 else text[:399] + "…"


def not_equal(form: CanonicalForm, point: Sequence[Any]) -> PiecewiseError:
    """What is said where a form is refuted."""
    place = tuple(map(str, point))
    return PiecewiseError(
        f"expected the {form.title} to be {form.function!r}, got another value at {place}; "
        "please report it"
    )


def prove_by_strata(form: CanonicalForm) -> bool:
    """What :func:`mt.equal` does, on the domain: the difference is 0 on its full strata."""
    h = in_order_of(form.function.ravel() - form.expression.ravel(), form.function)
    cut = strata(h, form.domain)
    for stratum in cut:
        if stratum.dimension < len(cut.names):
            break
        if any(any(row) for row in cut.program.affine(stratum.label_keys, selected).outputs):
            raise not_equal(form, stratum.point)
    return True


def affine_expressions(rows: Sequence[AffineRow], names: Sequence[str]) -> list[Expression]:
    """Affine functions of the variables as expressions."""
    point = stack([Variable((name,)) for name in names])
    made = affine([list(row[1:]) for row in rows], point, [row[0] for row in rows])
    return [made[k] for k in range(len(rows))]


def maximum(parts: Sequence[Expression]) -> Expression:
    """The maximum of expressions, or the one there is."""
    return parts[0] if len(parts) == 1 else maximum_of(*parts)


def minimum(parts: Sequence[Expression]) -> Expression:
    """The minimum of expressions, or the one there is."""
    return parts[0] if len(parts) == 1 else minimum_of(*parts)


def sum_latex(row: Sequence[Fraction], formulas: Sequence[str]) -> str:
    """An affine form whose variables are written already."""
    found = ""
    for c, formula in zip((*row[1:], row[0]), (*formulas, ""), strict=True):
        if c:
            size = number_latex(abs(c)) if abs(c) != 1 or not formula else ""
            sign = ("-" if c < 0 else "") if not found else (" - " if c < 0 else " + ")
            found += sign + f"{size} {formula}".strip()
    return found or "0"
