"""Atoms: the nonsmooth functions of one unit, each a small representation.

An atom supplies its *kinks* to the engine, the *label* that their signs mean, and the *branch*
and weights that its tie rule picks. A new nonsmooth function is a new atom; the engine, the
pointwise calculus and the display know nothing else about it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.polynomials import Coefficient
from piecewise_mt.functions.atoms.ties import Parameter
from piecewise_mt.geometry.complex import FaceComplex

Label = tuple[int, ...]
"""An orderable key; labels of one atom sort in the order of DESIGN §2."""
Weights = tuple[tuple[Coefficient, ...], Coefficient]
"""The affine function on a branch: one weight per operand, and a constant."""


Number: TypeAlias = int | Fraction


class Form(NamedTuple):
    """An affine form of the operands: Σ coefficients·y + constant; zeros and ones are ints."""

    coefficients: tuple[Number, ...]
    constant: Number


class Constraint(NamedTuple):
    """``form = 0``, ``form > 0`` or ``form >= 0``, by `relation`."""

    form: Form
    relation: str


class Atom(ABC):
    """A continuous, piecewise linear function of `arity` operands with a tie rule."""

    arity: int
    bits: int
    """How many bits of a face's word belong to one unit of this atom."""
    rule_text: str = ""
    by_signs: bool = True
    """Whether the labels depend on the kinks' signs alone, and not on which kink is larger."""
    scale: int = 1
    """The output times this is an integer combination of the columns."""

    @abstractmethod
    def columns(self) -> tuple[Form, ...]:
        """The forms whose values the engine pushes on every generator, in order."""

    def kinks(self) -> tuple[Form, ...]:
        """The same forms as far as the labels need them, for operands that need not be affine.

        A form whose value only the output needs may be left out as 0, and a term that all forms
        share, too.
        """
        return self.columns()

    @property
    def seam(self) -> tuple[Label, Label, Form] | None:
        """(tie, other, form): the form must vanish on ties that faces of `other` reach."""
        return None

    @abstractmethod
    def refine(self, cells: FaceComplex, bit: int, unit: int) -> tuple[list[int], list[int]]:
        """Refine `cells` by the kinks, set the words' bits from `bit` on, pop the columns.

        The columns are `unit` times the forms. Returns the output, times `unit` and
        :attr:`scale`, at the generators and on the lines.
        """

    @abstractmethod
    def label(self, bits: int) -> Label:
        """The label of a face whose word has these bits."""

    @abstractmethod
    def label_at(self, values: Sequence[Fraction]) -> Label:
        """The label at a point where the operands have these values."""

    @abstractmethod
    def label_text(self, label: Label) -> str: ...

    @abstractmethod
    def constraints(self, label: Label) -> list[Constraint]:
        """What the label says of the operands."""

    @abstractmethod
    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        """What the branch says of the operands, near the label it was met with."""

    @abstractmethod
    def branch(self, label: Label) -> Label:
        """The branch, under the tie rule, that a label belongs to."""

    @abstractmethod
    def weights(self, label: Label, parameter: Parameter) -> Weights:
        """The affine function that the tie rule picks on the label's branch."""

    @abstractmethod
    def selection(self, label: Label) -> Weights:
        """Some affine function, free of parameters, that equals the atom on the label."""

    def localized(self, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]]:
        """What is left near operands with these values, to first order.

        A positively homogeneous atom, and which operands' increments it takes. Its tie rule does
        not matter.

        Raises
        ------
        Unsupported
            If the atom does not say.
        """
        raise Unsupported(
            f"expected an atom that knows its local form, got {type(self).__name__}; implement "
            "its method localized, or represent the function on a small domain"
        )

    def parameter_count(self) -> int:
        """How many free parameters one unit has, over all its labels."""
        return 0

    def names(self) -> set[str]:
        """The names of the symbols that the user put into the rule."""
        return set()
