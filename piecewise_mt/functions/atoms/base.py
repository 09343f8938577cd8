"""Atoms: the nonsmooth functions of one unit, each a small representation.

An atom *declares*: its ordered kinks, the marks whose signs tell its labels, the affine functions
that it consists of and which of them each label picks, and the branch and weights of its tie rule.
The engine *acts*: it cuts by the kinks, merges by the marks and picks the outputs
(:mod:`piecewise_mt.calculus.partition.cutting`). A new nonsmooth function is a new class here; the
engine, the pointwise calculus and the display know nothing else about it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn, Protocol, TypeAlias, TypeVar

from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.polynomials import Coefficient
from piecewise_mt.functions.atoms.ties import Parameter
from piecewise_mt.geometry.relations import Related
from piecewise_mt.memory import cached_property

Label = tuple[int, ...]
"""An orderable key; labels of one atom sort in the order of DESIGN §2."""
Weights = tuple[tuple[Coefficient, ...], Coefficient]
"""The affine function on a branch: one weight per operand, and a constant."""


Number: TypeAlias = int | Fraction


class Form(NamedTuple):
    """An affine form of the operands: Σ coefficients·y + constant; zeros and ones are ints."""

    coefficients: tuple[Number, ...]
    constant: Number


class Constraint(Related[Form]):
    """``form = 0``, ``form > 0`` or ``form >= 0``, by `relation`, of the operands."""

    __slots__ = ()


class Mixture(NamedTuple):
    """Σ c·value + constant, sparse: values 0, …, arity - 1 are the operands, then selected ones."""

    terms: tuple[tuple[int, Number], ...]
    constant: Number = 0


def value(index: int, factor: Number = 1, constant: Number = 0) -> Mixture:
    """One value, times a factor, plus a constant."""
    return Mixture(((index, factor),), constant)


def difference(first: int, second: int) -> Mixture:
    """One value less another."""
    return Mixture(((first, 1), (second, -1)))


class Kink(NamedTuple):
    """A cut by a form of the operands and of values that earlier kinks have selected.

    Parameters
    ----------
    form : Mixture
        Every face is cut where it changes its sign.
    selected : tuple of (Mixture, Mixture)
        New values, numbered on from those before: the first mixture where the form is positive,
        the second elsewhere. Both must be equal where the form is zero.
    told : tuple of Mixture
        From here on nothing else tells faces apart but the signs of these (on every face now each
        has one sign or is zero): faces on which they agree are merged. Empty for no merging yet.

    Notes
    -----
    A maximum cuts candidate i against the running maximum m, by ``difference(i, m)``, and selects
    ``(value(i), value(m))`` as the running maximum of the next kink.
    """

    form: Mixture
    selected: tuple[tuple[Mixture, Mixture], ...] = ()
    told: tuple[Mixture, ...] = ()


class Sides(NamedTuple):
    """Where an atom may jump: two outputs must agree on the ties that faces of `other` reach."""

    tie: Label
    other: Label
    pair: tuple[int, int]


T = TypeVar("T")


class Lattice(Protocol[T]):
    """Functions that can be added, scaled and compared, for :meth:`Atom.max_min`."""

    def affine(self, terms: Sequence[tuple[Number, T]], constant: Number) -> T:
        """Σ c·f + constant."""

    def maximum(self, functions: Sequence[T]) -> T: ...

    def minimum(self, functions: Sequence[T]) -> T: ...


class Atom(ABC):
    """A continuous, piecewise linear function of `arity` operands with a tie rule.

    Immutable: an attribute is set once. A subclass declares; it never sees faces.
    """

    arity: int
    kind: str
    """What it is called in a table of factors."""
    name: str
    """The function that it is called as in a formula, such as ``max``."""
    parameters: tuple[str, ...] = ()
    """The texts of the arguments after the operands, the rule left out."""
    rule_text: str = ""
    rank: int | None = None
    """The atom is its operands' value of this rank in increasing order, from 0; None if it is not.

    A minimum has the rank 0, a maximum the rank arity - 1.
    """
    breaks: int | None = None
    """How many points its labels tell apart on the line of its one operand; None if not known."""
    is_rational: bool = True
    """Whether all numbers of its kinks and outputs are rational."""
    has_checked_rule: bool = True
    """Whether the weights of its tie rule are known to be those of a gradient."""
    every_output_has_interior: bool = False
    """Whether each of :meth:`outputs` is taken on a set with interior; if not, it is looked up."""
    told_at_infinity: bool = False
    """Whether in a direction, too, the signs of the kinks without their constants mean the label.

    So it is for what is homogeneous or reads one operand. If not, faces are asked.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__:
            raise AttributeError("atoms are immutable; build a new one instead")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("atoms are immutable; build a new one instead")

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """All that it and its rule were made of: equal keys are the same function and rule."""

    # -- kinks and labels --------------------------------------------------------------------

    @abstractmethod
    def kinks(self) -> tuple[Kink, ...]:
        """The kinks, in the order in which they cut."""

    def marks(self) -> tuple[Mixture, ...]:
        """The forms whose signs tell the labels; each has one sign on a face after all cuts.

        By default those of the kinks. They may read all selected values.
        """
        return tuple(kink.form for kink in self.kinks())

    @cached_property
    def bits(self) -> int:
        """How many bits of a face's word belong to one unit: two for each mark."""
        return 2 * len(self.marks())

    @abstractmethod
    def label(self, bits: int) -> Label:
        """The label that the signs of the marks mean: bit 2i says that mark i is positive.

        Bit 2i + 1 says that it is negative; see :meth:`signs`.
        """

    def signs(self, bits: int) -> tuple[int, ...]:
        """The signs 1, 0 or -1 of the marks that these bits say."""
        return tuple((0, 1, -1)[(bits >> i) & 3] for i in range(0, self.bits, 2))

    def label_at(self, values: Sequence[Fraction]) -> Label:
        """The label at a point where the operands have these values."""
        known: list[Any] = list(values)
        for kink in self.kinks():
            place = 0 if mixed(kink.form, known) > 0 else 1
            known += [mixed(pair[place], known) for pair in kink.selected]
        bits = 0
        for i, mark in enumerate(self.marks()):
            height = mixed(mark, known)
            bits |= (1 if height > 0 else 2 if height < 0 else 0) << (2 * i)
        return self.label(bits)

    @abstractmethod
    def label_text(self, label: Label) -> str: ...

    @abstractmethod
    def constraints(self, label: Label) -> list[Constraint]:
        """What the label says of the operands."""

    @property
    def sides(self) -> Sides | None:
        """Where continuity depends on the operands; None for an atom that is continuous."""
        return None

    def jump(self) -> Form:
        """The difference of its sides."""
        assert self.sides is not None
        outputs = self.outputs()
        first, second = (outputs[k] for k in self.sides.pair)
        pairs = zip(first.coefficients, second.coefficients, strict=True)
        return Form(tuple(a - b for a, b in pairs), first.constant - second.constant)

    # -- outputs -----------------------------------------------------------------------------

    @abstractmethod
    def outputs(self) -> tuple[Form, ...]:
        """The affine functions that it consists of."""

    @abstractmethod
    def output(self, label: Label) -> int:
        """Which of :meth:`outputs` it equals on the label."""

    def selection(self, label: Label) -> Weights:
        """Some affine function, free of parameters, that equals the atom on the label."""
        return self.outputs()[self.output(label)]

    def max_min(self, operands: Sequence[T], lattice: Lattice[T]) -> T | None:
        """The atom as maxima and minima of its operands; None if it does not say."""
        return None

    def localized(self, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]] | None:
        """What is left near operands with these values, to first order.

        A positively homogeneous atom, and which operands' increments it takes; its tie rule does
        not matter. None for the one that the kinks say; see
        :func:`piecewise_mt.functions.atoms.near.local_form`.
        """
        return None

    # -- the tie rule ------------------------------------------------------------------------

    @abstractmethod
    def branch(self, label: Label) -> Label:
        """The branch, under the tie rule, that a label belongs to."""

    def half_open_branches(self) -> tuple[Label, ...] | None:
        """All branches, each also a label, if the rule joins every tie to one operand's branch.

        They are then few, however many labels there are. None for any other rule.
        """
        return None

    @abstractmethod
    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        """What the branch says of the operands, near the label it was met with."""

    @abstractmethod
    def weights(self, label: Label, parameter: Parameter) -> Weights:
        """The affine function that the tie rule picks on the label's branch."""

    def with_rule(self, rule: str) -> Atom:
        """The same function with every tie ``"free"``, or under the rule of fewest pieces.

        That is ``"first"``: ties join the first operand's branch, or the interval on their left.
        """
        return self

    def parameter_count(self) -> int:
        """How many free parameters one unit has, over all its labels."""
        return 0

    def names(self) -> set[str]:
        """The names of the symbols that the user put into the rule."""
        return set()


def unit_form(arity: int, index: int) -> Form:
    """One operand alone."""
    return Form(tuple(int(i == index) for i in range(arity)), 0)


def mixed(mixture: Mixture, values: Sequence[Any]) -> Any:
    """The value of a mixture."""
    total: Any = fraction(mixture.constant)
    for index, c in mixture.terms:
        total = total + c * values[index]
    return total
