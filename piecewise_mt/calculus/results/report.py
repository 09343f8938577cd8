"""Reports: what was checked, what came out, and an exact counterexample for each failure.

What was asked goes with a report as data, so that it may be asked anew: that is how a report and
each of its counterexamples is verified.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from piecewise_mt.calculus.results.proof import Proof
from piecewise_mt.calculus.results.same import alike
from piecewise_mt.exact.numbers import to_rational

if TYPE_CHECKING:
    from piecewise_mt.typeset.tables import Table

MAX_FAILURES = 5
"""So many counterexamples a check are kept; the search for others goes on."""


class Verdict(StrEnum):
    """How a check ended; only ``passed`` and ``implied`` count as true."""

    passed = "passed"
    implied = "implied"
    """Follows from another check that passed."""
    failed = "failed"
    undecided = "undecided"
    """Neither proved nor refuted."""


class Question(ABC):
    """What a report is about, as data from which it is asked again."""

    @property
    @abstractmethod
    def text(self) -> str:
        """What is asked, as the beginning of a sentence."""

    @abstractmethod
    def asked_anew(self) -> Report:
        """The report that the data of the question give, without anything that was kept."""

    def confirms(self, failure: Failure) -> bool | None:
        """Whether a counterexample is one, seen at its point alone; None: not to be seen there."""
        return None


@dataclass(frozen=True)
class Failure(Proof):
    """One exact counterexample.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> entries = [("x <= 0", "0"), ("x > 1", "x")]
    >>> gap = mt.check(mt.Representation("x", entries)).failures[0]
    >>> print(gap.statement)
    P1 = {x <= 0} with 0, P2 = {x > 1} with x on the whole space; cover fails: no piece contains
    (1/2,).
    >>> gap.verify(), replace(gap, point=(2,)).verify()
    (True, False)
    """

    check: str
    """The name of the check that failed."""
    message: str
    """One sentence: what was expected and what was found."""
    point: tuple[Any, ...] = ()
    """The point of the counterexample, as Rationals; empty where none is needed."""
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What else there is to compute with: indices of pieces, values, defects."""
    question: Question | None = field(default=None, compare=False, repr=False)
    """What was asked, from which it is verified."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))

    def __reduce__(self) -> tuple[Any, ...]:
        # a proxy is not pickled
        return Failure, (self.check, self.message, self.point, dict(self.data), self.question)

    @property
    def statement(self) -> str:
        """What was asked, and what is wrong."""
        return f"{_asked(self.question)}; {self.check} fails: {self.message}."

    def _is_proved(self) -> bool:
        return self._check()  # what is in the data need not be plain, and is compared

    def _check(self) -> bool:
        if not isinstance(self.question, Question):
            return False
        told = self.question.confirms(self)
        if told is not None:
            return told
        return any(alike(self, own) for own in self.question.asked_anew().failures)


@dataclass(frozen=True)
class Check:
    """One line of a report."""

    name: str
    verdict: Verdict
    detail: str = ""
    failures: tuple[Failure, ...] = ()
    rests_on: tuple[str, ...] = ()
    """What its verdict trusts beside exact arithmetic, such as ``SymPy`` or ``z3 4.13``."""


def _asked(question: Question | None) -> str:
    return "It is not said what was asked" if question is None else question.text


Kind = TypeVar("Kind", bound="Report")


@dataclass(frozen=True)
class Report(Proof):
    """The outcome of several checks.

    ``ok`` is true iff every check passed or is implied by one that did; an undecided check
    makes it false. ``verify()`` asks the question anew, from the data of what was asked, and
    compares every check; what was asked of a callable cannot be asked again, and is no proof.

    See Also
    --------
    mt.check, mt.check_stampacchia, mt.verify_chain_rule : Return reports.

    Examples
    --------
    The tie is in both pieces:

    >>> import piecewise_mt as mt
    >>> entries = [("x <= 0", "0"), ("x >= 0", "x")]
    >>> report = mt.check(mt.Representation("x", entries, of="relu(x)"))
    >>> bool(report), [check.name for check in report.checks if check.verdict == "failed"]
    (False, ['disjoint'])
    >>> report.failures[0].point, report.failures[0].message
    ((0,), 'pieces 1 and 2 both contain (0,)')
    """

    title: str
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()
    """Findings that are no checks, such as the strata of the paradox of §2.2."""
    question: Question | None = field(default=None, kw_only=True, compare=False, repr=False)
    """What was asked, from which it is verified."""

    def asked(self: Kind, question: Question) -> Kind:
        """The report, and its counterexamples, with what was asked.

        Examples
        --------
        Of another table it is no report:

        >>> import piecewise_mt as mt
        >>> good = mt.check(mt.relu(mt.variable("x")).represent())
        >>> other = mt.check(mt.Representation("x", [("x < 0", "0")], of="relu(x)"))
        >>> good.verify(), good.asked(other.question).verify()
        (True, False)
        """
        checks = tuple(
            replace(c, failures=tuple(replace(f, question=question) for f in c.failures))
            if c.failures
            else c
            for c in self.checks
        )
        return replace(self, checks=checks, question=question)

    @property
    def statement(self) -> str:
        """What was asked, and what came out.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> rep = mt.Representation("x", [("x <= 0", "0"), ("x > 0", "x")], of="relu(x)")
        >>> print(mt.check(rep).statement)
        P1 = {x <= 0} with 0, P2 = {x > 0} with x of f(x) = relu(x) on the whole space: disjoint
        passed, cover passed, formulas passed, (15) implied, Corollary 1 implied.
        """
        lines = []
        for check in self.checks:
            why = "; ".join(failure.message for failure in check.failures)
            lines.append(f"{check.name} {check.verdict}" + (f" ({why})" if why else ""))
        resting = f", resting on {', '.join(self.rests_on)}" if self.rests_on else ""
        return f"{_asked(self.question)}: {', '.join(lines)}{resting}."

    def verify(self) -> bool:
        """Whether the same comes out when the question is asked anew, of a copy of plain data.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> from dataclasses import replace
        >>> report = mt.verify_chain_rule(mt.relu(mt.variable("x")))
        >>> report.verify(), replace(report, checks=report.checks[:1]).verify()
        (True, False)
        """
        return super().verify()

    def _is_proved(self) -> bool:
        return self._check()  # what is in the data need not be plain, and is compared

    def _check(self) -> bool:
        question = self.question
        return (
            isinstance(question, Question)
            and alike(self, question.asked_anew())
            and all(question.confirms(failure) is not False for failure in self.failures)
        )

    @property
    def ok(self) -> bool:
        """Whether every check passed, or follows from one that did."""
        return all(check.verdict in (Verdict.passed, Verdict.implied) for check in self.checks)

    def __bool__(self) -> bool:
        """``ok``, so that ``assert mt.check(rep)`` says something."""
        return self.ok

    @property
    def undecided(self) -> tuple[Check, ...]:
        """The checks that were neither proved nor refuted."""
        return tuple(check for check in self.checks if check.verdict is Verdict.undecided)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All counterexamples, in the order of the checks.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> entries = [("x <= 0", "0"), ("x >= 0", "x")]
        >>> report = mt.check(mt.Representation("x", entries, of="relu(x)"))
        >>> [failure.point for failure in report.failures]
        [(0,)]
        """
        return tuple(failure for check in self.checks for failure in check.failures)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What the verdicts trust beside exact arithmetic; the report's text says so.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> w, x = mt.variables("w x")
        >>> mt.check(mt.relu(w * x).represent()).rests_on, mt.check(mt.relu(x).represent()).rests_on
        (('SymPy',), ())
        """
        return tuple(dict.fromkeys(name for check in self.checks for name in check.rests_on))

    def table(self) -> Table:
        """The checks as a table, the counterexamples below it.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(mt.check(mt.relu(x).represent()).table().to_text())
        check of 3 pieces against relu(x): ok
        <BLANKLINE>
        check             verdict  detail
        ────────────────  ───────  ───────────────────────────────
        disjoint          passed   3 pieces on 3 cells
        cover             passed   the whole space
        formulas          passed   fᵅ = f on every piece
        stated gradients  passed   equal to ∇fᵅ
        (15)              passed   ∇fᵅ·t = D(f|P)·t on every piece
        Corollary 1       passed   equal to ∇f almost everywhere
        """
        from piecewise_mt.display.door import report_table

        return report_table(self)

    def to_text(self) -> str:
        """The table of :meth:`table` as text."""
        return self.table().to_text()

    def to_latex(self) -> str:
        """The table of :meth:`table` in LaTeX."""
        return self.table().to_latex()

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.table().to_html()

    def _repr_latex_(self) -> str:
        return self.table()._repr_latex_()


def resting_on(names: Iterable[str], checks: Iterable[Check]) -> tuple[Check, ...]:
    """Checks that rest on these names as well.

    Examples
    --------
    >>> (check,) = resting_on(["SymPy"], [Check("cover", Verdict.passed, rests_on=("z3 4.13",))])
    >>> check.rests_on
    ('z3 4.13', 'SymPy')
    """
    own = tuple(names)
    if not own:
        return tuple(checks)
    return tuple(replace(c, rests_on=tuple(dict.fromkeys((*c.rests_on, *own)))) for c in checks)


def exact_point(point: Sequence[Fraction]) -> tuple[Any, ...]:
    """A point as SymPy Rationals."""
    return tuple(map(to_rational, point))


def verdict_check(
    name: str, detail: str, failures: list[Failure], undecided: Iterable[int] = ()
) -> Check:
    """A check that failed with its failures, or passed unless SymPy left pieces undecided."""
    pieces = sorted(set(undecided))
    verdict = Verdict.failed if failures else Verdict.undecided if pieces else Verdict.passed
    if pieces:
        detail += f"; SymPy could not decide piece {', '.join(map(str, pieces))}"
    return Check(name, verdict, detail, tuple(failures[:MAX_FAILURES]))
