"""The appendix: Stampacchia's property (22) from two regularisations of |x|, all limits derived.

Both tend to |x| with derivatives that tend to the sign of x off 0. At 0 the one derivative is 0
for every epsilon, the other one 1/√2: (23) and (24) have equal left sides, and what the second
leaves on {w = 0} must vanish.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sympy

from piecewise_mt.calculus.consistency.theorems import check_stampacchia
from piecewise_mt.calculus.representation.polyhedral import represent
from piecewise_mt.calculus.results.proof import rebuilt
from piecewise_mt.calculus.results.report import Check, Failure, Question, Report, Verdict
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.build.builders import abs as abs_of
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.paper.checked import Checked
from piecewise_mt.typeset.tables import Cell, Column, Table

X = sympy.Symbol("x", real=True)
EPSILON = sympy.Symbol("epsilon", positive=True)
W_SYMBOL = sympy.Symbol("w", real=True)
_SIDE = sympy.Symbol("x", positive=True)
SETS = ("w>0", "w<0", "w=0")
_AT = (_SIDE, -_SIDE, sympy.S.Zero)
"""A value of w in each of the three sets; on the second it is minus a positive number."""


@dataclass(frozen=True)
class Regularisation:
    r"""A C¹ function :math:`g_\epsilon` of x that is to tend to |x|.

    Examples
    --------
    >>> SECOND.slope_limits
    (1, -1, sqrt(2)/2)
    >>> SECOND.check().ok
    True

    One that tends to something else is refused:

    >>> Regularisation("shifted", sympy.sqrt(X**2 + EPSILON) + 1).check().failures[0].message
    'expected the limit x on {w>0}, got x + 1'
    """

    name: str
    formula: sympy.Expr

    @property
    def slope(self) -> sympy.Expr:
        """Its derivative in x."""
        return sympy.diff(self.formula, X)

    @property
    def slopes(self) -> tuple[sympy.Expr, ...]:
        """The derivative on {w > 0}, {w < 0}, {w = 0}, with x for w."""
        own = [self.slope.subs(X, at) for at in _AT]
        return (*(value.xreplace({_SIDE: sign * X}) for sign, value in zip((1, -1), own[:2],
                strict=True)), sympy.simplify(own[2]))  # fmt: skip

    @property
    def limits(self) -> tuple[sympy.Expr, ...]:
        """What it tends to on the three sets."""
        return tuple(sympy.limit(self.formula.subs(X, at), EPSILON, 0, "+") for at in _AT)

    @property
    def slope_limits(self) -> tuple[sympy.Expr, ...]:
        """What its derivative tends to on the three sets: the factors of three integrals."""
        return tuple(sympy.limit(self.slope.subs(X, at), EPSILON, 0, "+") for at in _AT)

    @property
    def gap(self) -> sympy.Expr:
        """1 minus the square of the derivative; positive, so that limits may be taken inside."""
        square = self.formula**2
        return sympy.simplify(sympy.expand(square - (self.formula * self.slope) ** 2)) / square

    def check(self) -> Report:
        """What the appendix uses of it: both limits off {w = 0}, C¹ at 0, and the bound 1."""
        wanted = (_SIDE, _SIDE, sympy.S.Zero)
        checks = [
            _compared("tends to |x|", self.limits, wanted, "limit"),
            _compared("derivatives tend to the sign", self.slope_limits[:2], (1, -1), "slope"),
        ]
        at_zero = self.slope.subs(X, 0)
        sides = [sympy.limit(self.slope, X, 0, side) for side in "+-"]
        checks.append(_compared("C1 at 0", sides, (at_zero, at_zero), "one-sided slope at 0"))
        verdict = _verdict(self.gap.is_nonnegative)
        message = f"expected 1 - g'(x)**2 >= 0, got {self.gap}"
        failures = (Failure("dominated", message),) if verdict is Verdict.failed else ()
        checks.append(Check("dominated", verdict, f"1 - g'(x)**2 = {self.gap}", failures))
        return Report(f"g(x) = {self.formula}", tuple(checks)).asked(OfRegularisations((self,)))

    def table(self) -> Table:
        """The derivation: the function, its derivative and their limits on the three sets."""
        g = r"|w|_{\varepsilon}" if self is FIRST else r"|w|^{\varepsilon}"
        values = [self.formula.subs(X, 0) if s == "w=0" else self.formula for s in SETS]
        gaps = [self.gap, self.gap, sympy.simplify(1 - self.slope.subs(X, 0) ** 2)]
        modulus = [limit.xreplace({_SIDE: sign * X}) for sign, limit in zip(
            (1, -1, 1), self.limits, strict=True)]  # fmt: skip
        rows = [
            (Cell("g", g), values),
            (Cell("lim g", rf"\lim {g}"), modulus),
            (Cell("g'", rf"\frac{{d}}{{dw}} {g}"), self.slopes),
            (Cell("lim g'", rf"\lim \frac{{d}}{{dw}} {g}"), self.slope_limits),
            (Cell("1 - g'**2", rf"1 - (\frac{{d}}{{dw}} {g})^{{2}}"), gaps),
        ]
        columns = [Column(Cell("epsilon > 0", r"\varepsilon > 0"))]
        columns += [Column(_set_cell(name)) for name in SETS]
        body = [[head, *map(_value, entries)] for head, entries in rows]
        title = f"g(w) = {_in_w(self.formula)}, and its limits for epsilon -> 0+"
        return Table(title, columns, body)


FIRST = Regularisation("first", sympy.sqrt(X**2 + EPSILON))
SECOND = Regularisation("second", sympy.sqrt((X + sympy.sqrt(EPSILON)) ** 2 + EPSILON))


def stampacchia(first: Regularisation = FIRST, second: Regularisation = SECOND) -> Report:
    """(22) from two regularisations: (24) minus (23) leaves a multiple of one integral.

    Two that have the same derivative at 0 prove nothing, and the report says so.

    Examples
    --------
    >>> stampacchia().ok
    True
    >>> stampacchia(FIRST, FIRST).failures[0].message
    'both leave 0 on {w = 0}, so that their difference says nothing about the integral there'
    """
    checks = []
    for own in (first, second):
        report = own.check()
        verdict = Verdict.passed if report.ok else Verdict.failed
        if report.undecided and not report.failures:
            verdict = Verdict.undecided
        detail = "tends to |x|; C1 with slopes in [-1, 1] that tend to the sign of x off 0"
        shown = detail if report.ok else ""
        checks.append(Check(f"{own.name} regularisation", verdict, shown, report.failures))
    left, right = first.slope_limits, second.slope_limits
    checks.append(_compared("(23) = (24) off {w = 0}", right[:2], left[:2], "factor"))
    factor = sympy.simplify(right[2] - left[2])
    message = (
        f"both leave {left[2]} on {{w = 0}}, so that their difference says nothing about the "
        "integral there"
    )
    verdict = _verdict(factor.is_nonzero)
    failures = (Failure("(22)", message),) if verdict is Verdict.failed else ()
    detail = f"the factor of the integral over {{w = 0}} is {_text(factor)}"
    checks.append(Check("(22)", verdict, detail, failures))
    report = Report("Stampacchia's property (22)", tuple(checks))
    return report.asked(OfRegularisations((first, second)))


@dataclass(frozen=True)
class OfRegularisations(Question):
    """What one regularisation is used for, or (22) from two of them."""

    given: tuple[Regularisation, ...]

    @property
    def text(self) -> str:
        """The formulas."""
        formulas = " and ".join(f"g(x) = {own.formula}" for own in self.given)
        return f"(22) from {formulas}" if len(self.given) == 2 else f"Of {formulas}"

    def asked_anew(self) -> Report:
        """The same with nothing found out before."""
        anew = rebuilt(self.given)
        return stampacchia(*anew) if len(anew) == 2 else anew[0].check()


def comparison(first: Regularisation = FIRST, second: Regularisation = SECOND) -> Table:
    """(23), (24), their difference and (22), with the factors that were derived."""
    left, right = first.slope_limits, second.slope_limits
    difference = [sympy.simplify(b - a) for a, b in zip(left, right, strict=True)]
    whole = Cell("int grad |w|.phi", r"\int \nabla|w| \cdot \varphi\, dx")
    zero = Cell("0", "0")
    test = r"\nabla \cdot \varphi\, dx"
    parts = Cell(
        "-lim int g(w) div phi = lim int g'(w) grad w.phi",
        rf"-\lim \int |w|_{{\varepsilon}} {test} = \lim \int \frac{{d|w|_{{\varepsilon}}}}{{dw}} "
        r"\nabla w \cdot \varphi\, dx",
    )
    rows = [
        [Cell.plain("by parts"), whole, parts],
        [Cell("(23)", r"\text{(23)}"), whole, _integrals(left)],
        [Cell("(24)", r"\text{(24)}"), whole, _integrals(right)],
        [Cell("(24) - (23)", r"\text{(24)} - \text{(23)}"), zero, _integrals(difference)],
    ]
    if stampacchia(first, second).ok:
        almost = Cell("0 a.e. on {w = 0}", r"0 \text{ a.e. on } \{w = 0\}")
        rows.append([Cell("(22)", r"\text{(22)}"), Cell("grad w", r"\nabla w"), almost])
    columns = [Column(Cell.plain("equation")), Column(Cell.plain("left side"), "r"),
               Column(Cell.plain("right side"))]  # fmt: skip
    return Table("For every test function phi, in C^1 with compact support", columns, rows)


W = ("t", "relu(abs(t) - 1)", "clip(t, -1, 1) + 1 - 2*relu(t)", "abs(t) - t", "max(t, t) - t")
"""Functions of t whose zero sets are a point, an interval, half-lines and the whole line."""
BOUND = 3
PHI = (BOUND**2 - sympy.Symbol("t", real=True) ** 2) ** 2 * (sympy.Symbol("t", real=True) + 1)
"""A test function on [-3, 3]; with 0 outside it is C¹. Neither even nor odd."""


def integrals(text: str) -> tuple[sympy.Expr, ...]:
    r"""Exact integrals for w on the line: :math:`-\int |w| \varphi'`, and that of ∇w·φ on the sets.

    >>> integrals("abs(t) - t")[3]
    0
    """
    t = sympy.Symbol("t", real=True)
    w = parse(text).on("t")
    rep = represent(stack([abs_of(w), w]))
    inner = {piece.witness[0] for piece in rep if piece.dimension == 0}
    breaks = sorted({-BOUND, BOUND, *(s for s in inner if abs(s) < BOUND)})
    whole, found = sympy.S.Zero, [sympy.S.Zero] * 3
    for low, high in zip(breaks, breaks[1:], strict=False):
        piece = rep.piece_at(((low + high) / sympy.Integer(2),))
        modulus, _ = piece.formula
        value = w.value(piece.witness)
        part = sympy.integrate(piece.gradient[1] * PHI, (t, low, high))
        found[0 if value > 0 else 1 if value < 0 else 2] += part
        whole -= sympy.integrate(modulus * sympy.diff(PHI, t), (t, low, high))
    return (whole, *found)


def example() -> Table:
    """(23), (24) and (22) for functions of one variable, integrated exactly."""

    def rows() -> Iterator[list[Cell]]:
        for text in W:
            whole, *parts = integrals(text)
            holds = all(
                sympy.simplify(whole - sum(f * p for f, p in zip(own.slope_limits, parts,
                               strict=True))) == 0
                for own in (FIRST, SECOND)
            )  # fmt: skip
            proved = check_stampacchia(parse(text)).ok
            yield [
                Cell.plain(text),
                *map(_value, (whole, *parts)),
                Cell.plain("yes" if holds else "no"),
                Cell.plain("yes" if proved else "no"),
            ]

    integral = [
        Cell(f"int over {{{name}}}", rf"\int_{{{name}}} \nabla w \cdot \varphi") for name in SETS
    ]
    heads = [Cell("w", "w"), Cell("-int |w| phi'", r"-\int |w| \varphi'"), *integral]
    heads += [Cell.plain("(23), (24)"), Cell.plain("(22)")]
    title = "phi(t) = (9 - t**2)**2 (t + 1) on [-3, 3]"
    return Table(title, [Column(head) for head in heads], rows)


def _compared(
    name: str, found: Sequence[sympy.Expr], wanted: Sequence[sympy.Expr | int], what: str
) -> Check:
    failures = []
    known = True
    for got, want, where in zip(found, wanted, SETS, strict=False):
        equal = sympy.simplify(got - want).is_zero
        known = known and equal is not None
        if equal is False:
            message = f"expected the {what} {want} on {{{where}}}, got {got}"
            failures.append(Failure(name, message))
    verdict = _verdict(not failures if known or failures else None)
    return Check(name, verdict, ", ".join(map(_text, found)), tuple(failures))


def _verdict(holds: bool | None) -> Verdict:
    return {True: Verdict.passed, False: Verdict.failed, None: Verdict.undecided}[holds]


def _integrals(factors: Sequence[sympy.Expr]) -> Cell:
    """A sum of the three integrals; those with the factor 0 are not there."""
    text: list[str] = []
    latex: list[str] = []
    for factor, name in zip(factors, SETS, strict=True):
        if factor == 0:
            continue
        sign = "-" if factor.could_extract_minus_sign() else "+" if text else ""
        size = abs(factor)
        space = " " if text else ""
        own = "" if size == 1 else f"{_text(size)} "
        tex = "" if size == 1 else f"{_latex(size)} "
        text.append(f"{sign}{space}{own}int_{{{name}}} grad w.phi")
        latex.append(rf"{sign} {tex}\int_{{{name}}} \nabla w \cdot \varphi\, dx")
    return Cell(" ".join(text) or "0", " ".join(latex).strip() or "0")


def _set_cell(name: str) -> Cell:
    return Cell(f"{{{name}}}", rf"\{{{name}\}}")


def _in_w(value: sympy.Expr) -> str:
    return str(sympy.sstr(value.xreplace({X: W_SYMBOL}), order="grlex"))


def _text(value: sympy.Expr) -> str:
    """As the paper has it, 1/sqrt(2) rather than sqrt(2)/2."""
    inverse = _inverse_of_root(value)
    return _in_w(value) if inverse is None else f"1/sqrt({inverse})"


def _latex(value: sympy.Expr) -> str:
    inverse = _inverse_of_root(value)
    if inverse is not None:
        return rf"\frac{{1}}{{\sqrt{{{inverse}}}}}"
    return str(
        sympy.latex(
            value.xreplace({X: W_SYMBOL}), symbol_names={EPSILON: r"\varepsilon"}, order="grlex"
        )
    )


def _inverse_of_root(value: sympy.Expr) -> sympy.Expr | None:
    if value.is_Rational or not value.is_positive or value.free_symbols:
        return None
    inverse = value**-2
    return inverse if inverse.is_Integer else None


def _value(value: sympy.Expr) -> Cell:
    return Cell(_text(value), _latex(value))


APPENDIX = (
    Checked(
        "Appendix, first regularisation",
        "The derivative at 0 is 0 for every epsilon, so that the integral over {w = 0} vanishes.",
        FIRST.table,
    ),
    Checked(
        "Appendix, second regularisation",
        "The first one moved by the square root of epsilon: the same limits but on {w = 0}, where "
        "the derivative is 1/sqrt(2) for every epsilon.",
        SECOND.table,
    ),
    Checked(
        "Appendix, (23) and (24)",
        "Derivatives are at most 1 in modulus, so that Lebesgue's theorem takes the limits inside "
        "the integrals.",
        comparison,
    ),
    Checked(
        "Appendix, the proof checked",
        "What it needs of the two regularisations, and that they differ where it matters.",
        lambda: stampacchia().table(),
    ),
    Checked(
        "Appendix, on examples",
        "Both equations with exact integrals; (22) as the product (14) on the strata in {w = 0}.",
        example,
    ),
)
