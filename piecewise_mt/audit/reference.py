"""The reference table: every primitive of every framework, its rule at ties, and its rung.

Rows are data, so that what was observed in one environment joins what was in others: few machines
have all frameworks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from piecewise_mt.audit.audit import Audited, FrameworkAudit
from piecewise_mt.audit.frameworks import FRAMEWORKS
from piecewise_mt.conventions.base import Primitive
from piecewise_mt.errors import PiecewiseError, shown

SCHEMA = "piecewise_mt frameworks 1"


@dataclass(frozen=True)
class Observation:
    """What one framework was observed to do with one primitive in one mode."""

    framework: str
    version: str
    primitive: str
    function: str
    """The framework's own name."""
    example: str
    """The shapes and arguments that were tried."""
    mode: str
    rule: str
    """The rule at ties, in words."""
    rung: str
    """The weakest of all strata."""
    fails_on: tuple[str, ...]
    """The strata where what was returned is no associated gradient."""
    strata: int
    points: int
    """At how many points the framework was asked."""
    untested: int
    """Strata without a point where floats meet the same ties."""
    observed: str
    """How and when."""


_TEXTS = (
    "framework",
    "version",
    "primitive",
    "function",
    "example",
    "mode",
    "rule",
    "rung",
    "observed",
)


def observations(audit: FrameworkAudit) -> list[Observation]:
    """The rows of one framework.

    Examples
    --------
    >>> from piecewise_mt.audit.audit import audit_framework
    >>> (row,) = observations(audit_framework("sympy", names=["max3"]))
    >>> row.function, row.rung, row.fails_on, row.rule
    ('sympy.Max', 'inconsistent', ('x1 = x2 = x3',), 'Heaviside(0) = 1/2')
    """
    return [_observation(audit, result) for result in audit.results]


def _observation(audit: FrameworkAudit, result: Audited) -> Observation:
    primitive, report = result.primitive, result.report
    adapter = FRAMEWORKS.get(audit.framework)
    means = "sympy.diff" if adapter is None else f"{adapter.means[result.mode]} in float64 on CPU"
    return Observation(
        framework=audit.framework,
        # how it was built does not matter
        version=audit.version.partition("+")[0],
        primitive=primitive.name,
        function=primitive.target.replace(":", "."),
        example=example_of(primitive),
        mode=result.mode,
        rule=primitive.rule,
        rung=str(result.rung),
        fails_on=tuple(str(stratum.polyhedron) for stratum in result.worst),
        strata=len(report.verdicts) + len(report.untested),
        points=sum(verdict.points for verdict in report.verdicts),
        untested=len(report.untested),
        observed=f"{means}, {audit.day.isoformat()}",
    )


def example_of(primitive: Primitive) -> str:
    """The shapes, and the arguments by name; arrays are not written.

    Examples
    --------
    >>> example_of(Primitive("clip", "m:clip", abs, ((2,),), "", {"lo": 0, "weight": [1, 2]}))
    '(2,); lo=0, weight=…'
    """
    shapes = ", ".join(map(str, primitive.shapes))
    given = ", ".join(f"{k}={_shown(v)}" for k, v in primitive.arguments.items())
    return f"{shapes}; {given}" if given else shapes


def _shown(value: Any) -> str:
    return "…" if isinstance(value, list) else str(value)


def joined(new: Iterable[Observation], known: Iterable[Observation]) -> list[Observation]:
    """The new rows, and those of frameworks that were not observed anew, by framework."""
    rows = list(new)
    fresh = {row.framework for row in rows}
    rows += [row for row in known if row.framework not in fresh]
    order = [*FRAMEWORKS, "sympy"]
    return sorted(rows, key=lambda row: order.index(row.framework))


def reference_data(rows: Sequence[Observation]) -> dict[str, Any]:
    """The rows as JSON has them."""
    return {
        "schema": SCHEMA,
        "rows": [{**asdict(row), "fails_on": list(row.fails_on)} for row in rows],
    }


def read_reference(data: Any) -> list[Observation]:
    """The rows of such data.

    Raises
    ------
    PiecewiseError
        If it is something else.

    Examples
    --------
    >>> read_reference({"schema": SCHEMA, "rows": []})
    []
    """
    try:
        if data["schema"] != SCHEMA:
            raise ValueError(f"the schema {data['schema']!r}")
        rows = [Observation(**{**row, "fails_on": tuple(row["fails_on"])}) for row in data["rows"]]
        for row in rows:
            texts = (*row.fails_on, *(getattr(row, name) for name in _TEXTS))
            numbers = (row.strata, row.points, row.untested)
            if not all(isinstance(text, str) for text in texts) or any(
                type(number) is not int for number in numbers
            ):
                raise ValueError("a row whose entries are no texts and numbers")
        if any(row.framework not in (*FRAMEWORKS, "sympy") for row in rows):
            raise ValueError("a framework that is not known")
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise PiecewiseError(
            f"expected what audit --format json writes, got {shown(error, 200)}; write it again"
        ) from error
    return rows
