"""Which permutations and changes of sign of the variables leave a function as it is.

A signed permutation σ sends xᵢ to ±xⱼ. Those with f∘σ = f form a group, found as a strong
generating set: for each variable in turn, all of its images under the elements that fix the
variables before it. Every generator is proved by comparing functions; candidates are first cut
down by the affine forms of f, which σ must permute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import factorial, prod
from typing import TYPE_CHECKING, Any, TypeAlias

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.sets import equal, gradient_difference_set
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    function_text,
    numbers_text,
    rebuilt,
    same,
)
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.substitute import in_order_of
from piecewise_mt.memory import cached_property

if TYPE_CHECKING:
    from sympy.combinatorics import PermutationGroup

Signed: TypeAlias = tuple[tuple[int, int], ...]
"""For each variable the place of what it becomes, and the sign."""
MOST_TRIED = 4000
"""So many candidates are compared with the function where it has no affine forms."""


@dataclass(frozen=True, eq=False)
class Symmetries(Proof):
    """A group of signed permutations of variables, by generators.

    See Also
    --------
    mt.symmetries : Finds it.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> found = mt.symmetries(mt.abs(x) + mt.abs(y))
    >>> print(found)
    order 8: {x → -x}, {y → -y}, {x → y, y → x}
    >>> found.contains({x: y, y: -x}), found.orbits
    (True, (('x', 'y'),))
    """

    names: tuple[str, ...]
    order: int
    """How many elements there are."""
    signed: tuple[Signed, ...]
    """The generators: for each variable the place of its image and the sign."""
    _function: Expression = field(repr=False)
    _representation: Representation | None = field(repr=False)
    """Whose gradient is kept, too."""

    @cached_property
    def generators(self) -> tuple[dict[str, str], ...]:
        """Each generator as a mapping of the variables that it moves."""
        return tuple(
            {
                name: ("-" if sign < 0 else "") + self.names[place]
                for i, (name, (place, sign)) in enumerate(zip(self.names, own, strict=True))
                if (place, sign) != (i, 1)
            }
            for own in self.signed
        )

    @property
    def group(self) -> PermutationGroup:
        """The group for SymPy, on 2n points: i is xᵢ, n + i is -xᵢ, both from 0 on.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y, z = mt.variables("x y z")
        >>> group = mt.symmetries(mt.max(x - y, y - z, z - x)).group
        >>> group.order(), group.is_abelian
        (6, False)
        """
        from sympy.combinatorics import Permutation, PermutationGroup

        count = len(self.names)
        moves = []
        for own in self.signed:
            places = [place + (count if sign < 0 else 0) for place, sign in own]
            moves.append(Permutation(places + [(p + count) % (2 * count) for p in places]))
        return PermutationGroup(moves or [Permutation(2 * count - 1)])

    @property
    def orbits(self) -> tuple[tuple[str, ...], ...]:
        """Which variables are exchanged with which, those that stay alone included."""
        left = list(range(len(self.names)))
        found = []
        while left:
            orbit = {left[0]}
            while True:
                more = {own[i][0] for own in self.signed for i in orbit} - orbit
                if not more:
                    break
                orbit |= more
            found.append(tuple(self.names[i] for i in sorted(orbit)))
            left = [i for i in left if i not in orbit]
        return tuple(found)

    def contains(self, mapping: Any) -> bool:
        """Whether a mapping of variables to variables or their negatives is in the group.

        Raises
        ------
        PiecewiseError
            If it is no signed permutation.

        Examples
        --------
        The tie rule "first" of a max is not symmetric, although its function is:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> swap, f = {x: y, y: x}, mt.max(x, y, ties="first")
        >>> mt.symmetries(f).contains(swap), mt.symmetries(f.represent()).contains(swap)
        (True, False)
        """
        return self._keeps()(_read(mapping, self.names))

    def _keeps(self) -> _Keeps:
        return _Keeps(self._function, self.names, self._representation)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        kept = "" if self._representation is None else " and its associated gradient"
        generators = ", ".join(
            numbers_text(("" if sign > 0 else "-") + self.names[place] for place, sign in own)
            for own in self.signed
        )
        return (
            f"The signed permutations of {numbers_text(self.names)} that keep f{kept} are "
            f"{self.order}, with the generators {generators or 'none'}, for "
            f"{function_text(self._function)}."
        )

    def _question(self) -> Question:
        """That the generators keep the function."""
        given = {"generators": self.signed}
        return Question(self._function.on(*self.names), "symmetries", given)

    def _is_proved(self) -> bool:
        own: Symmetries = rebuilt(replace(self, _representation=None))
        own = replace(own, _representation=self._representation)
        # a subclass may have answers of its own
        known = type(self._representation) in (type(None), *_kinds(Representation))
        return known and own._check()

    def _check(self) -> bool:
        """Check every generator, and search anew: there are no others."""
        anew = symmetries(self._representation or self._function)
        return (
            same(anew._function, self._function)
            and same((anew.names, anew.order, anew.signed), (self.names, self.order, self.signed))
            and all(map(self._keeps(), self.signed))
        )

    def __len__(self) -> int:
        return self.order

    def __str__(self) -> str:
        parts = [
            "{" + ", ".join(f"{a} → {b}" for a, b in own.items()) + "}" for own in self.generators
        ]
        return f"order {self.order}" + (f": {', '.join(parts)}" if parts else "")

    def __repr__(self) -> str:
        return f"<Symmetries of {', '.join(self.names)}, {self}>"


def symmetries(f: Expression | Representation) -> Symmetries:
    r"""The permutations and changes of sign of the variables that leave a function as it is.

    For an expression those σ with :math:`f(\sigma x) = f(x)`. For a representation its associated
    gradient must be kept, too: :math:`\tilde\nabla f(\sigma x)\,\sigma = \tilde\nabla f(x)` for
    every x, as Remark 2 says of the average rule.

    Parameters
    ----------
    f : Expression or Representation
        Of any shape; a representation must know its function.

    Raises
    ------
    Unsupported
        If the function is not piecewise affine and has too many variables for a search.
    Undecided
        If two functions cannot be compared.

    See Also
    --------
    mt.equal : Compares two functions.
    mt.gradient_difference_set : Where two associated gradients differ.

    References
    ----------
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    Remark 2: the average at ties keeps all symmetries of a max, the first of them none:

    >>> import piecewise_mt as mt
    >>> y = mt.vector("y", 3)
    >>> [mt.symmetries(mt.max(y, ties=rule).represent()).order for rule in ("average", "first")]
    [6, 1]
    >>> mt.symmetries(mt.max(y))
    <Symmetries of y1, y2, y3, order 6: {y2 → y3, y3 → y2}, {y1 → y2, y2 → y1}>
    """
    if isinstance(f, Representation):
        own = f.of
        if own is None:
            raise PiecewiseError(
                "expected a representation of a known function, got one without; state it with of="
            )
        if f.domain is not None:
            raise Unsupported(
                "expected a representation on the whole space, got one on a domain; ask for the "
                "symmetries of the function"
            )
        function = own
    else:
        function = f
    names = tuple(v.name for v in function.variables)
    keeps = _Keeps(function, names, f if isinstance(f, Representation) else None)
    search = _Search(len(names), _columns(function, len(names)), keeps)
    signed, order = search.run()
    return Symmetries(names, order, signed, function, keeps.representation)


def _kinds(kind: type) -> Iterator[type]:
    yield kind
    below: list[type] = type.__subclasses__(kind)
    for own in below:
        if own.__module__.startswith("piecewise_mt."):
            yield from _kinds(own)


def _read(mapping: Any, names: tuple[str, ...]) -> Signed:
    """A mapping of variables as a signed permutation."""
    found = {i: (i, 1) for i in range(len(names))}
    for key, value in dict(mapping).items():
        name, image = str(key), str(value)
        sign = -1 if image.startswith("-") else 1
        image = image.removeprefix("-").strip()
        if name not in names or image not in names:
            raise PiecewiseError(
                f"expected variables among {', '.join(names)} and their negatives, got "
                f"{name} → {value}; give a mapping such as {{{names[0]}: -{names[-1]}}}"
            )
        found[names.index(name)] = (names.index(image), sign)
    if len({place for place, _ in found.values()}) < len(names):
        raise PiecewiseError(
            f"expected a permutation, got {mapping}, which sends two variables to one; name the "
            "images of all that move"
        )
    return tuple(found[i] for i in range(len(names)))


@dataclass(frozen=True, eq=False)
class _Keeps:
    """Whether a signed permutation leaves a function, or its associated gradient, as it is."""

    function: Expression
    names: tuple[str, ...]
    representation: Representation | None

    @cached_property
    def _points(self) -> list[tuple[tuple[Fraction, ...], list[Any]]]:
        """Points at which wrong candidates are seen at once, and the values there."""
        found = []
        for seed in (3, 7, 11):
            point = tuple(
                Fraction((seed * (i + 2) ** 3) % 41 - 20, 1 + (i + seed) % 5)
                for i in range(len(self.names))
            )
            try:
                found.append((point, self._values(point)))
            except PiecewiseError:
                # a smooth node is not defined there
                continue
        return found

    def _values(self, point: Sequence[Any]) -> list[Any]:
        return list(values_at(self.function, self.names, point))

    def __call__(self, own: Signed) -> bool:
        for point, values in self._points:
            try:
                moved = self._values([sign * point[place] for place, sign in own])
            except PiecewiseError:
                return False
            if moved != values:
                return False
        f = self.function
        places = {v.name: v for v in f.variables}
        images = [
            places[self.names[place]] if sign > 0 else -places[self.names[place]]
            for place, sign in own
        ]
        moved_f = in_order_of(f(*images), f)
        if self.representation is None:
            return equal(f, moved_f)
        other = moved_f.represent()
        return equal(f, moved_f) and gradient_difference_set(self.representation, other).is_empty


Columns: TypeAlias = list[tuple[Any, list[tuple[Any, ...]]]]
"""For each affine piece its constants, and for each variable its coefficients."""


def _columns(f: Expression, count: int) -> Columns | None:
    """The affine pieces of a function, None if it has others."""
    try:
        cells = strata(f)
    except (NotPolyhedral, Unsupported):
        return None
    if cells.program.is_smooth:
        return None
    found: dict[Any, None] = {}
    for own in cells:
        if own.dimension < count:
            break
        rows = cells.program.affine(own.label_keys, selected).outputs
        found[tuple(tuple(row) for row in rows)] = None
    return [
        (tuple(row[0] for row in rows),
         [tuple(row[i + 1] for row in rows) for i in range(count)])
        for rows in found
    ]  # fmt: skip


class _Search:
    """A strong generating set of the signed permutations with a property."""

    def __init__(self, count: int, columns: Columns | None, keeps: Callable[[Signed], bool]):
        self.count = count
        self.columns = columns
        self.keeps = keeps
        self.tried = 0
        if columns is None and factorial(count) << count > MOST_TRIED:
            raise Unsupported(
                f"expected at most {MOST_TRIED} candidates for a function that is not piecewise "
                f"affine, got {factorial(count) << count}; ask for fewer variables"
            )

    def run(self) -> tuple[tuple[Signed, ...], int]:
        """Generators, and the order of the group."""
        generators: list[Signed] = []
        orders = []
        # from the last variable on, so that those found fix the first ones
        for first in range(self.count - 1, -1, -1):
            orbit = self._orbit(first, generators)
            for image in ((first, -1), *((p, s) for p in range(first + 1, self.count)
                                         for s in (1, -1))):  # fmt: skip
                if image in orbit:
                    continue
                found = self._element(first, image)
                if found is not None:
                    generators.append(found)
                    orbit = self._orbit(first, generators)
            orders.append(len(orbit))
        return tuple(sorted(generators, key=_written)), prod(orders)

    def _orbit(self, first: int, generators: Sequence[Signed]) -> set[tuple[int, int]]:
        """The images of a variable; all generators so far fix those before it."""
        seen = {(first, 1)}
        pending = [(first, 1)]
        while pending:
            place, sign = pending.pop()
            for own in generators:
                image, factor = own[place]
                moved = (image, sign * factor)
                if moved not in seen:
                    seen.add(moved)
                    pending.append(moved)
        return seen

    def _element(self, first: int, image: tuple[int, int]) -> Signed | None:
        """An element that fixes the variables before one and sends that one to an image."""
        start = [(i, 1) for i in range(first)] + [image]
        for own in self._completed(start):
            if self.keeps(own):
                return own
        return None

    def _completed(self, chosen: list[tuple[int, int]]) -> Iterator[Signed]:
        if not self._possible(chosen):
            return
        if len(chosen) == self.count:
            yield tuple(chosen)
            return
        used = {place for place, _ in chosen}
        # what stays first: most symmetries move few variables
        own = len(chosen)
        order = sorted(range(self.count), key=lambda p: p != own)
        for place in order:
            if place in used:
                continue
            for sign in (1, -1):
                yield from self._completed([*chosen, (place, sign)])

    def _possible(self, chosen: Sequence[tuple[int, int]]) -> bool:
        """Whether the affine pieces, seen in the variables chosen so far, are permuted."""
        if self.columns is None:
            return True
        before = Counter((constant, *columns[: len(chosen)]) for constant, columns in self.columns)
        after = Counter(
            (constant, *(columns[p] if s > 0 else tuple(-c for c in columns[p])
                         for p, s in chosen))
            for constant, columns in self.columns
        )  # fmt: skip
        return before == after


def _written(own: Signed) -> tuple[int, Signed]:
    return sum(pair != (i, 1) for i, pair in enumerate(own)), own
