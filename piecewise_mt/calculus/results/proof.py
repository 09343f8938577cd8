"""Proofs that stand without the program that made them: a statement, and a check from plain data.

What a proof holds may have been changed by anybody. So a check begins with a copy of plain data
alone, in which nothing is left that was computed earlier: no cache, no callable, no subclass of a
number. The kinds of proofs then find anew what they list, and compare.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from dataclasses import field as given_field
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import sympy

from piecewise_mt.calculus.results.certifying import certifying
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.wording import require_own_words
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.plain import succeeds
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.exact.reading_numbers import checked_number
from piecewise_mt.exact.reals import Real, real
from piecewise_mt.functions.conditions import Comparison, Condition, Joined
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shared_rows import SharedRows
from piecewise_mt.functions.traversal import definite_names, topological
from piecewise_mt.geometry.polyhedron import Polyhedron

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Question:
    """What :func:`mt.certify` is asked, for a certificate of what a proof states."""

    subject: Any
    name: str
    given: Mapping[str, Any]
    answer: Mapping[str, Any] = given_field(default_factory=dict)
    """What the certificate must state: entries of its data, with texts and numbers as they are."""


class Proof:
    """A claim with what proves it.

    Examples
    --------
    The tie of ``abs(x)`` is its minimum:

    >>> import piecewise_mt as mt
    >>> report = mt.infimum_report(mt.abs(mt.variable("x")))
    >>> print(report.statement)
    The infimum over the whole space is 0, at (0), for f(x) = abs(x).
    >>> report.verify()
    True
    """

    __slots__ = ()

    @property
    @abstractmethod
    def statement(self) -> str:
        """What is proved, as a sentence made of the data of the proof."""

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What is trusted beside exact arithmetic: ``SymPy``, or solvers such as ``z3 4.13``."""
        return foundations(self)

    def verify(self) -> bool:
        """Whether the statement is proved anew, from the data of the proof alone.

        False says that this is no proof, not that the opposite is true. Data of any other kind
        than those of a proof are refused in the same way.
        """
        with certifying():
            return succeeds(self._is_proved)

    def certify(self, path: str | Path | None = None) -> str:
        """The same claim in a file, with a proof that another program checks.

        The certificate is made from the function alone, as by :func:`mt.certify`, and states what
        this proof states; ``python -m piecewise_mt_check FILE`` checks it.

        Parameters
        ----------
        path : str or Path, optional
            Where to write it.

        Returns
        -------
        str
            The certificate as JSON.

        Raises
        ------
        PiecewiseError
            If there is no certificate of proofs of this kind, or the claim turns out to be another.
        Unsupported
            If the function is smooth, curved or has irrational numbers.

        See Also
        --------
        mt.certify : Certificates of answers to questions.
        Representation.certificate : That of a whole table.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> from piecewise_mt_check import check_text
        >>> x, y = mt.variables("x y")
        >>> print(check_text(mt.infimum_report(mt.max(x, y), "x + y >= 1").certify()))
        valid: the infimum is 1/2, which is attained
        >>> print(check_text(mt.max(x, y).at((0, 0)).differentiability_proof.certify()))
        valid: the function is not differentiable at the point: its slopes are not linear
        """
        from piecewise_mt.interop.certificates.proofs import certificate_of

        return certificate_of(self, self._question(), path)

    def _question(self) -> Question | None:
        """What is to be asked for a certificate; None if there is none."""
        return None

    def _is_proved(self) -> bool:
        own = rebuilt(self)
        return own._check() and _is_uncached(self, own)

    @abstractmethod
    def _check(self) -> bool:
        """Whether the claim is proved, of a proof that is rebuilt from plain data."""


def rebuilt(value: Kind) -> Kind:
    """A copy of plain data, without anything that was computed from them.

    Raises
    ------
    TypeError
        If there is anything else than exact numbers, texts, tuples, expressions, polyhedra and the
        package's own records of these.

    Examples
    --------
    >>> rebuilt((1, Fraction(1, 2), None))
    (1, Fraction(1, 2), None)
    >>> rebuilt(0.5)
    Traceback (most recent call last):
    TypeError: not plain data: float
    """
    return _rebuilt(value)  # type: ignore[no-any-return]


def _rebuilt(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is Fraction:
        p, q = value.numerator, value.denominator
        if type(p) is int and type(q) is int:
            return Fraction(p, q)
    elif kind in (tuple, list):
        return kind(map(_rebuilt, value))
    elif kind is dict:
        return {_rebuilt(key): _rebuilt(own) for key, own in value.items()}
    elif kind is Polyhedron:
        parts = (value.variables, value.equations, value.inequalities)
        return Polyhedron(*map(_rebuilt, parts))
    elif kind is Algebraic:
        return checked_number(value)
    elif kind is Polynomial:
        return Polynomial({_rebuilt(own): _rebuilt(c) for own, c in value.terms.items()})
    elif kind is Real:
        _require_exact(value.expression)
        return real(value.expression)
    elif isinstance(value, sympy.Basic):
        _require_exact(value)
        return value
    elif isinstance(value, Expression):
        _require_nodes(value)
        return value
    elif isinstance(value, Condition):
        _require_condition(value)
        return value
    elif isinstance(value, Enum):
        _require_own(kind, "piecewise_mt")
        return value
    elif is_dataclass(value):
        _require_own(kind, "piecewise_mt")
        given = {own.name: _rebuilt(getattr(value, own.name)) for own in fields(value) if own.init}
        return kind(**given)
    raise TypeError(f"not plain data: {kind.__name__}")


def _require_own(kind: type, package: str) -> None:
    """That a class is what a package has under its name, not one derived from it elsewhere."""
    module = kind.__module__
    known = module == package or module.startswith(package + ".")
    if not known or getattr(sys.modules.get(module), kind.__qualname__, None) is not kind:
        raise TypeError(f"not plain data: {kind.__name__}")


def _require_nodes(function: Expression) -> None:
    """That a function is made of the package's nodes, is what it is called, and has exact numbers.

    What a user's own atoms, rules and smooth functions are is their matter: the function has them.
    """
    require_own_words(function)
    seen: set[int] = set()
    todo: list[Any] = []
    for node in topological(function):
        _require_own(type(node), "piecewise_mt")
        todo += [getattr(node, name) for name in node._payload]
    while todo:
        value = todo.pop()
        kind = type(value)
        if kind in (int, str, bool):
            continue
        if isinstance(value, Fraction | float | complex | Algebraic | Real):
            _rebuilt(value)
        elif isinstance(value, tuple | list | frozenset | dict):
            todo += [*value, *value.values()] if isinstance(value, dict) else value
        elif id(value) in seen:
            continue
        elif isinstance(value, sympy.Basic):
            _require_exact(value)
        elif kind is SharedRows:
            todo += value.weights
        elif kind is Polynomial:
            todo += value.terms.values()
        elif is_dataclass(value):
            todo += [getattr(value, own.name) for own in fields(value)]
        seen.add(id(value))


def _require_exact(value: sympy.Basic) -> None:
    for part in sympy.preorder_traversal(value):
        if isinstance(part, sympy.Float) or part in (sympy.nan, sympy.zoo):
            raise TypeError(f"not an exact number: {part}")
        _require_own(type(part), "sympy")


def _require_condition(value: Condition) -> None:
    if type(value) is Joined:
        for part in value.parts:
            _require_condition(part)
    elif type(value) is Comparison:
        _rebuilt(value.lhs), _rebuilt(value.rhs)
    else:
        raise TypeError(f"not plain data: {type(value).__name__}")


def _is_uncached(given: Any, own: Any) -> bool:
    """Whether what a proof keeps of earlier questions is what it says when it is asked anew."""
    data = {one.name for one in fields(given)} if is_dataclass(given) else set()
    kept = {name: value for name, value in getattr(given, "__dict__", {}).items()
            if name not in data}  # fmt: skip
    return all(same(value, getattr(own, name)) for name, value in kept.items())


def same(one: Any, other: Any) -> bool:
    """Whether two pieces of plain data are equal, number for number and kind for kind.

    Functions are equal if their texts and variables are.

    Examples
    --------
    >>> same((1, Fraction(2)), (1, Fraction(2))), same(1, True), same((1,), [1])
    (True, False, False)
    """
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return False
    if kind in (tuple, list):
        return len(one) == len(other) and all(map(same, one, other))
    if kind is dict:
        return one.keys() == other.keys() and all(same(own, other[key]) for key, own in one.items())
    if kind is Polyhedron:
        rows = [(own.variables, own.equations, own.inequalities) for own in (one, other)]
        return rows[0] == rows[1] or bool(one == other)
    if isinstance(one, Expression):
        return definite_names(one) == definite_names(other) and str(one) == str(other)
    if isinstance(one, Condition):
        return repr(one) == repr(other)
    if is_dataclass(one):
        return all(same(getattr(one, own.name), getattr(other, own.name)) for own in fields(one))
    return bool(one == other)


def function_text(f: Expression) -> str:
    """The function of a statement, with its variables in order.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> function_text(mt.relu(y).on(x, y))
    'f(x, y) = relu(y)'
    """
    return f"f({', '.join(definite_names(f))}) = {f}"


def domain_text(domain: Any) -> str:
    """The domain of a statement.

    Examples
    --------
    >>> domain_text(None), domain_text(Polyhedron(("x",), [], [((0, 1), False)]))
    ('the whole space', '{x >= 0}')
    """
    return "the whole space" if domain is None else f"{{{domain}}}"


def numbers_text(values: Any) -> str:
    """A point or vector of a statement.

    Examples
    --------
    >>> numbers_text((Fraction(1, 2), 0))
    '(1/2, 0)'
    """
    return f"({', '.join(map(str, values))})"
