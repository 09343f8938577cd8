"""The reference table of frameworks in Markdown, and its place in a page.

The other forms of the same rows are the page with filters and JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from piecewise_mt.audit.reference import Observation
from piecewise_mt.errors import PiecewiseError

BEGIN = "<!-- generated from frameworks.json by: python .ci/frameworks --write -->"
END = "<!-- end of what is generated -->"
NAMES = {
    "pytorch": "PyTorch",
    "jax": "JAX",
    "tensorflow": "TensorFlow",
    "numpy_autograd": "autograd",
    "casadi": "CasADi",
    "sympy": "SymPy",
}
HEADS = (
    "primitive", "example", "rule at ties", "weakest rung", "no associated gradient on",
    "points / strata",
)  # fmt: skip


def reference_markdown(rows: Sequence[Observation]) -> str:
    """A section a framework, one line a primitive; then the primitives that several have.

    A rung that differs from mode to mode is written with its mode.

    Examples
    --------
    >>> from piecewise_mt.audit.audit import audit_framework
    >>> from piecewise_mt.audit.reference import observations
    >>> text = reference_markdown(observations(audit_framework("sympy", names=["max3"])))
    >>> print(text.splitlines()[-1])
    | `sympy.Max` | (3,) | Heaviside(0) = 1/2 | inconsistent | x1 = x2 = x3 | all / 13 |
    """
    parts = []
    for framework in dict.fromkeys(row.framework for row in rows):
        own = [row for row in rows if row.framework == framework]
        versions = ", ".join(dict.fromkeys(row.version for row in own))
        means: dict[str, list[str]] = {}
        for row in own:
            means.setdefault(row.observed, []).append(row.mode)
        observed = "; ".join(
            f"{', '.join(dict.fromkeys(modes))}: {how}" for how, modes in means.items()
        )
        primitives: dict[tuple[str, ...], list[Observation]] = {}
        for row in own:
            key = (row.primitive, row.function, row.example, row.rule)
            primitives.setdefault(key, []).append(row)
        body = _table(HEADS, map(_cells, primitives.values()))
        parts += [f"### {NAMES[framework]} {versions}", f"Observed: {observed}.", body]
    shared = _shared(rows)
    return "\n\n".join([*parts, *shared])


def _cells(modes: Sequence[Observation]) -> list[str]:
    """One primitive, observed in one mode or several."""
    one = modes[0]
    # a trap that combines functions has a formula as its name, and no function of its own
    is_formula = any(sign in one.primitive for sign in "( ")
    name = f"`{one.function}`" + (f", {one.primitive}" if is_formula else "")
    return [
        name,
        one.example,
        one.rule,
        _by_mode([(row.mode, row.rung) for row in modes]),
        _by_mode([(row.mode, "; ".join(row.fails_on)) for row in modes]),
        _by_mode([(row.mode, _points(row)) for row in modes]),
    ]


def _points(row: Observation) -> str:
    untested = f", {row.untested} untested" if row.untested else ""
    return f"{row.points or 'all'} / {row.strata}{untested}"


def _by_mode(texts: Sequence[tuple[str, str]]) -> str:
    if len({text for _, text in texts}) == 1:
        return texts[0][1]
    return "; ".join(f"{mode}: {text}" for mode, text in texts if text)


def _shared(rows: Sequence[Observation]) -> list[str]:
    """The rules of the primitives that have one name in several frameworks, side by side."""
    rules: dict[str, dict[str, str]] = {}
    for row in rows:
        rules.setdefault(row.primitive, {}).setdefault(row.framework, row.rule)
    several = {name: own for name, own in rules.items() if len(own) > 1}
    if not several:
        return []
    frameworks = [f for f in NAMES if any(f in own for own in several.values())]
    heads = ["primitive", *(NAMES[f] for f in frameworks)]
    lines = ([f"`{name}`", *(own.get(f, "") for f in frameworks)] for name, own in several.items())
    return ["### One name, several rules", _table(heads, lines)]


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |"
        for line in [heads, ["---"] * len(heads), *lines]
    )


def refreshed(page: str, rows: Sequence[Observation]) -> str:
    """A page with the table between its two marks written anew.

    Raises
    ------
    PiecewiseError
        If the marks are missing.

    Examples
    --------
    >>> refreshed("no table", [])
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.PiecewiseError: expected a page with the marks of the generated table, ...
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise PiecewiseError(
            "expected a page with the marks of the generated table, got one without; put back the "
            f"lines {BEGIN!r} and {END!r}"
        )
    return f"{before}{BEGIN}\n\n{reference_markdown(rows)}\n\n{END}{after}"
