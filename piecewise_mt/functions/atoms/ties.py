"""Tie rules of max and min: which weights the tied operands get.

A rule picks one representation of the node (DESIGN §2): it says which labels (argmax sets)
share a branch, and the weights, summing to 1, of the associated gradient on each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any

from piecewise_mt.errors import InvalidTieRule, PiecewiseError
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.polynomials import Coefficient, Polynomial, free_names, rule_coefficient

ArgSet = tuple[int, ...]
"""The tied operands, as increasing 0-based positions."""
Parameter = Callable[[int], Coefficient]
"""The i-th free parameter of a unit."""


class TieRule(ABC):
    """Weights for every set of tied operands."""

    text: str = ""
    half_open: bool = False
    """Whether ties join the branch of one of their operands."""
    checked: bool = False
    """Whether its weights are known to sum to 1; of a rule of somebody's own nothing says so."""

    @abstractmethod
    def weights(self, tied: ArgSet, n: int, parameter: Parameter) -> tuple[Coefficient, ...]:
        """One weight per tied operand, summing to 1."""

    def branch(self, tied: ArgSet) -> tuple[int, ...]:
        """The key of the branch that the label belongs to; by default one branch a label."""
        return (len(tied), *tied)

    def parameter_count(self, n: int) -> int:
        return 0

    def names(self) -> set[str]:
        """The names of the symbols that the rule itself uses."""
        return set()


def coefficient_key(value: Coefficient) -> Hashable:
    """A coefficient as a part of a key."""
    return str(value.to_sympy()) if isinstance(value, Polynomial) else fraction(value)


def rule_key(rule: TieRule) -> Hashable:
    """All that a rule was made of, one of somebody's own included; not how it was written."""
    own = sorted((name, entry) for name, entry in vars(rule).items() if name != "text")
    # the class itself: two of one name may be different rules
    return (type(rule), *((name, _state(entry)) for name, entry in own))


def _state(value: Any) -> Hashable:
    """What a rule holds, as nested tuples."""
    if isinstance(value, (int, Fraction, Polynomial)):
        return coefficient_key(value)
    if isinstance(value, Mapping):
        entries = sorted(value.items(), key=lambda item: repr(item[0]))
        return tuple((repr(key), _state(entry)) for key, entry in entries)
    if isinstance(value, (tuple, list)):
        return tuple(map(_state, value))
    return rule_key(value) if isinstance(value, TieRule) else repr(value)


class OneOperand(TieRule):
    """All weight on the first (17) or the last tied operand; n half-open branches."""

    checked = True

    def __init__(self, *, last: bool) -> None:
        self.last = last
        self.half_open = True
        self.text = f"ties={'last' if last else 'first'}"

    def weights(self, tied: ArgSet, n: int, parameter: Parameter) -> tuple[Coefficient, ...]:
        chosen = len(tied) - 1 if self.last else 0
        return tuple(Fraction(int(i == chosen)) for i in range(len(tied)))

    def branch(self, tied: ArgSet) -> tuple[int, ...]:
        return (1, tied[-1] if self.last else tied[0])


class Average(TieRule):
    """Equal weights, (19) and (20)."""

    checked = True
    text = "ties=average"

    def weights(self, tied: ArgSet, n: int, parameter: Parameter) -> tuple[Coefficient, ...]:
        return (quotient(1, len(tied)),) * len(tied)


class Free(TieRule):
    """On I = {i1 < … < ik} the weights z1, …, z(k-1), 1 - Σz, with parameters of their own."""

    checked = True

    def weights(self, tied: ArgSet, n: int, parameter: Parameter) -> tuple[Coefficient, ...]:
        if len(tied) == 1:
            return (Fraction(1),)
        start = _free_offset(tied, n)
        head = [parameter(start + i) for i in range(len(tied) - 1)]
        rest: Coefficient = Fraction(1)
        for weight in head:
            rest = rest - weight
        return (*head, rest)

    def parameter_count(self, n: int) -> int:
        return n * 2 ** (n - 1) - 2**n + 1 if n else 0


def _free_offset(tied: ArgSet, n: int) -> int:
    """How many parameters come before those of `tied`: sets by size, then lexicographic."""
    k = len(tied)
    before = sum(comb(n, size) * (size - 1) for size in range(2, k))
    rank, previous = 0, -1
    for position, index in enumerate(tied):
        for skipped in range(previous + 1, index):
            rank += comb(n - skipped - 1, k - position - 1)
        previous = index
    return before + rank * (k - 1)


class Weighted(TieRule):
    """Explicit positive weights w: g_i = w_i / Σ_I w."""

    checked = True

    def __init__(self, weights: tuple[Fraction, ...]) -> None:
        self.given = weights
        self.text = f"ties=[{', '.join(map(str, weights))}]"

    def weights(self, tied: ArgSet, n: int, parameter: Parameter) -> tuple[Coefficient, ...]:
        total = sum(self.given[i] for i in tied)
        return tuple(self.given[i] / total for i in tied)


class Mapped(TieRule):
    """A mapping from the argmax set to weights that sum to 1."""

    checked = True
    text = "ties={…}"

    def __init__(self, table: Mapping[ArgSet, tuple[Coefficient, ...]]) -> None:
        self.table = table

    def weights(self, tied: ArgSet, n: int, parameter: Parameter) -> tuple[Coefficient, ...]:
        if len(tied) == 1:
            return (Fraction(1),)
        return self.table[tied]

    def names(self) -> set[str]:
        return {name for row in self.table.values() for w in row for name in free_names(w)}


class Mix(TieRule):
    """Boustany's rule: beta·average + (1 - beta)·first; `beta` is a number or a symbol.

    The weights sum to 1 for every beta; for beta outside [0, 1] and beyond they may leave the
    Clarke subdifferential.
    """

    checked = True

    def __init__(self, beta: Coefficient) -> None:
        self.beta = beta
        shown = beta.to_sympy() if isinstance(beta, Polynomial) else beta
        self.text = f"ties=mix({shown})"

    def weights(self, tied: ArgSet, n: int, parameter: Parameter) -> tuple[Coefficient, ...]:
        share = self.beta * quotient(1, len(tied))
        first: Coefficient = 1 - self.beta + share
        return (first, *[share] * (len(tied) - 1))

    def names(self) -> set[str]:
        return free_names(self.beta)


FREE, FIRST, LAST, AVERAGE = Free(), OneOperand(last=False), OneOperand(last=True), Average()
_NAMED: Mapping[str, TieRule] = {
    "free": FREE,
    "first": FIRST,
    "last": LAST,
    "average": AVERAGE,
}


def mix(beta: Any) -> TieRule:
    """Boustany's ties: ``beta``·average + (1 - ``beta``)·first.

    Parameters
    ----------
    beta : number or sympy.Expr
        An exact number or a symbolic parameter.

    See Also
    --------
    mt.max : Which takes it as ``ties``.

    References
    ----------
    - R. Boustany, *On the numerical reliability of nonsmooth autodiff: a MaxPool case study*,
      Transactions on Machine Learning Research, 2024.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.max(x, y, ties=mt.mix(10)).gradient((0, 0))
    Matrix([[-4, 5]])
    """
    return Mix(rule_coefficient(beta))


def tie_rule(ties: Any, n: int) -> TieRule:
    """The rule that a user's ``ties=`` argument names, checked for `n` operands.

    Raises
    ------
    InvalidTieRule
        For an unknown name, weights that are not positive or not `n` in number, or a mapping
        that misses an argmax set or whose weights do not sum to 1.
    """
    if isinstance(ties, TieRule):
        return ties
    if isinstance(ties, str):
        if ties in _NAMED:
            return _NAMED[ties]
        raise InvalidTieRule(
            f"expected ties to be one of {sorted(_NAMED)}, weights or a mapping, got {ties!r}; "
            "use 'free' to keep the tie weights symbolic"
        )
    if isinstance(ties, Mapping):
        return _mapped(ties, n)
    if isinstance(ties, Sequence) or hasattr(ties, "tolist"):
        values = [_number(entry) for entry in ties]
        if len(values) != n or any(value <= 0 for value in values):
            raise InvalidTieRule(
                f"expected {n} positive weights, one an operand, got {list(map(str, values))}; "
                "use a mapping {frozenset: weights} for anything else"
            )
        return Weighted(tuple(values))
    raise InvalidTieRule(
        f"expected ties to be a name, weights or a mapping, got {ties}; "
        "use 'first', 'last', 'average' or 'free'"
    )


MAX_SETS = 4096
"""So many tied sets of a rule of somebody's own are looked at; of more, those of 2, 3 and all."""


def require_weights(rule: TieRule, n: int) -> None:
    """Refuse a rule whose weights do not sum to 1 on every set of tied operands.

    The rules of this module do by construction; one of somebody's own is tried.

    Raises
    ------
    InvalidTieRule
        Naming a set where they do not.
    """
    if type(rule) in (OneOperand, Average, Free, Weighted, Mapped, Mix):
        return
    sizes = range(1, n + 1) if 2**n <= MAX_SETS else sorted({1, 2, min(3, n), n})
    for size in sizes:
        for tied in combinations(range(n), size):
            weights = rule.weights(tied, n, lambda index: Polynomial.generator(f"z{index + 1}"))
            total: Coefficient = Fraction(0)
            for weight in weights:
                total = total + weight
            if len(weights) != size or total != 1:
                shown = total.to_sympy() if isinstance(total, Polynomial) else total
                raise InvalidTieRule(
                    f"expected {size} weights that sum to 1 on the set {set(tied)}, got "
                    f"{len(weights)} with the sum {shown}; rescale them"
                )


def _number(entry: Any) -> Fraction:
    value = rule_coefficient(entry)
    if isinstance(value, Polynomial):
        raise InvalidTieRule(
            f"expected a positive number as a weight, got {value.to_sympy()}; "
            "symbolic weights go into a mapping {frozenset: weights}"
        )
    return fraction(value)


def _mapped(ties: Mapping[Any, Any], n: int) -> TieRule:
    table: dict[ArgSet, tuple[Coefficient, ...]] = {}
    for key, given in ties.items():
        try:
            tied = tuple(sorted({int(i) for i in key}))
            row = tuple(rule_coefficient(entry) for entry in given)
        except PiecewiseError:
            raise
        except TypeError as error:
            raise InvalidTieRule(
                f"expected sets of operand positions mapped to lists of weights, got {key!r}; "
                "write {frozenset({0, 1}): ('1/3', '2/3'), …}"
            ) from error
        if not tied or tied[0] < 0 or tied[-1] >= n or len(row) != len(tied):
            raise InvalidTieRule(
                f"expected a set of positions 0..{n - 1} with one weight each, got {set(tied)} "
                f"with {len(row)} weights; positions count from 0"
            )
        total: Coefficient = Fraction(0)
        for weight in row:
            total = total + weight
        if total != 1:
            raise InvalidTieRule(
                f"expected weights that sum to 1 on the set {set(tied)}, got the sum "
                f"{total.to_sympy() if isinstance(total, Polynomial) else total}; rescale them"
            )
        table[tied] = row
    if n <= 16:
        for size in range(2, n + 1):
            for wanted in combinations(range(n), size):
                if wanted not in table:
                    raise InvalidTieRule(
                        f"expected weights for every set of 2 or more of {n} operands, got none "
                        f"for {set(wanted)}; add that set to the mapping"
                    )
    elif len(table) < 2**n - 1 - n:
        raise PiecewiseError(
            f"expected weights for all {2**n - 1 - n} tie sets of {n} operands, got {len(table)}; "
            "use a named rule for so many operands"
        )
    return Mapped(table)
