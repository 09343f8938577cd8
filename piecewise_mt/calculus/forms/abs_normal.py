"""Griewank's abs-normal form: all kinks are absolute values of switching variables.

z = c + Z x + L |z| with L strictly lower triangular, and y = b + J x + Y |z| (A. Griewank, "On
stable piecewise linearization and generalized algorithmic differentiation", 2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from piecewise_mt.calculus.forms.base import CanonicalForm, Minimality, prove_by_strata, sum_latex
from piecewise_mt.calculus.forms.cells import full_domain
from piecewise_mt.calculus.forms.switching import Form, Switches, switched
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.build.builders import abs as absolute
from piecewise_mt.functions.build.builders import affine
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Variable
from piecewise_mt.typeset.affine import affine_text, latex_name, number_latex
from piecewise_mt.typeset.latex_layout import matrix

if TYPE_CHECKING:
    import sympy

Rows = tuple[tuple[Fraction, ...], ...]


class AbsNormalForm(CanonicalForm):
    """The matrices of z = c + Z x + L|z|, y = b + J x + Y|z|; :meth:`Expression.to_abs_normal`.

    Attributes
    ----------
    c, Z, L, b, J, Y : ImmutableMatrix
        With s switching variables, n variables and m outputs of the shapes (s, 1), (s, n), (s, s),
        (m, 1), (m, n) and (m, s). L is strictly lower triangular.
    """

    title = "abs-normal form"

    def __init__(
        self, f: Expression, domain: Any, switches: Switches, outputs: Sequence[Form], prove: bool
    ) -> None:
        self.function = f
        self.domain = full_domain(domain, self.names)
        self._nodes = tuple(switches.nodes)
        self._ends = tuple(outputs)
        self._proved = prove and self._prove()

    def _block(self, forms: Sequence[Form], first: int, count: int) -> sympy.ImmutableMatrix:
        import sympy

        entries = [to_rational(form.get(first + j, 0)) for form in forms for j in range(count)]
        return sympy.ImmutableMatrix(len(forms), count, entries)

    @property
    def c(self) -> sympy.ImmutableMatrix:
        return self._block(self._nodes, 0, 1)

    @property
    def Z(self) -> sympy.ImmutableMatrix:
        return self._block(self._nodes, 1, len(self.names))

    @property
    def L(self) -> sympy.ImmutableMatrix:
        return self._block(self._nodes, len(self.names) + 1, len(self._nodes))

    @property
    def b(self) -> sympy.ImmutableMatrix:
        return self._block(self._ends, 0, 1)

    @property
    def J(self) -> sympy.ImmutableMatrix:
        return self._block(self._ends, 1, len(self.names))

    @property
    def Y(self) -> sympy.ImmutableMatrix:
        return self._block(self._ends, len(self.names) + 1, len(self._nodes))

    @property
    def switching_variables(self) -> int:
        """How many switching variables there are."""
        return len(self._nodes)

    @property
    def switching_depth(self) -> int:
        """The longest chain of switching variables that read each other; 1 if L = 0, 0 for none.

        It is the least ν with L^ν = 0 (and 0 without switching variables).
        """
        first = len(self.names) + 1
        depths: list[int] = []
        for form in self._nodes:
            depths.append(1 + max((depths[s - first] for s in form if s >= first), default=0))
        return max(depths, default=0)

    def _outputs(self) -> list[Expression]:
        slots: list[Expression] = [Variable((name,)) for name in self.names]

        def written(form: Form) -> Expression:
            own = sorted(slot for slot in form if slot)
            if not own:
                own = [1]
            weights = [[form.get(slot, Fraction(0)) for slot in own]]
            point = stack([slots[slot - 1] for slot in own])
            return affine(weights, point, [form.get(0, Fraction(0))])[0]

        for form in self._nodes:
            slots.append(absolute(written(form)))
        return [written(form) for form in self._ends]

    def _prove(self) -> bool:
        """Prove that the difference is 0 on the full-dimensional strata of both."""
        return prove_by_strata(self)

    @property
    def minimality(self) -> Minimality:
        """Known for affine functions and for one switching variable."""
        if len(self._nodes) <= 1:
            return Minimality(True, "as few switching variables as any: affine functions have none")
        return Minimality(
            False,
            "comparisons that are multiples of each other are one switching variable; whether "
            "fewer would do is not known",
        )

    @property
    def size_text(self) -> str:
        return f"switching variables: {len(self._nodes)}, depth: {self.switching_depth}"

    def to_text(self) -> str:
        return "\n".join(f"{label} = {text}" for label, _, text, _ in self._lines())

    def to_latex(self) -> str:
        r"""The system of matrices in LaTeX, in math mode.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(mt.relu(x).to_abs_normal().to_latex())
        \begin{aligned} \begin{pmatrix} z_{1} \end{pmatrix} &= \begin{pmatrix} 0 \end{pmatrix} +
        \begin{pmatrix} 1 \end{pmatrix} \begin{pmatrix} x \end{pmatrix} +
        \begin{pmatrix} 0 \end{pmatrix} \begin{pmatrix} |z_{1}| \end{pmatrix} \\ f &=
        \begin{pmatrix} 0 \end{pmatrix} + \begin{pmatrix} \frac{1}{2} \end{pmatrix}
        \begin{pmatrix} x \end{pmatrix} + \begin{pmatrix} \frac{1}{2} \end{pmatrix}
        \begin{pmatrix} |z_{1}| \end{pmatrix} \end{aligned}
        """
        zs = [f"z_{{{i + 1}}}" for i in range(len(self._nodes))]
        point = matrix([[latex_name(name)] for name in self.names])
        lines = []
        if zs:
            switches = matrix([[f"|{z}|"] for z in zs])
            parts = [(self.c, ""), (self.Z, point), (self.L, switches)]
            lines.append(f"{matrix([[z] for z in zs])} &= {_system(parts)}")
        else:
            switches = ""
        outputs = [label for _, label in self._output_names()]
        left = outputs[0] if self.function.shape == () else matrix([[y] for y in outputs])
        parts = [(self.b, ""), (self.J, point)] + ([(self.Y, switches)] if zs else [])
        lines.append(f"{left} &= {_system(parts)}")
        body = r" \\ ".join(lines)
        return f"\\begin{{aligned}} {body} \\end{{aligned}}"

    def _lines(self) -> list[tuple[str, str, str, str]]:
        n = len(self._nodes)
        first = len(self.names)
        names = [*self.names, *(f"|z{i + 1}|" for i in range(n))]
        formulas = [*map(latex_name, self.names), *(f"|z_{{{i + 1}}}|" for i in range(n))]
        labels = [(f"z{i + 1}", f"z_{{{i + 1}}}") for i in range(n)] + self._output_names()
        found = []
        for (label, latex), form in zip(labels, (*self._nodes, *self._ends), strict=True):
            row = [form.get(slot, Fraction(0)) for slot in range(first + n + 1)]
            found.append((label, latex, affine_text(row, names), sum_latex(row, formulas)))
        return found


def _system(parts: Sequence[tuple[Any, str]]) -> str:
    """Σ matrix · vector."""
    written = []
    for own, vector in parts:
        rows = [[number_latex(Fraction(int(v.p), int(v.q))) for v in row] for row in own.tolist()]
        written.append(f"{matrix(rows)} {vector}".strip())
    return " + ".join(written)


def abs_normal(f: Expression, domain: Any = None, *, prove: bool = True) -> AbsNormalForm:
    """See :meth:`Expression.to_abs_normal`."""
    switches = Switches(len(f.variables), True)
    outputs = switched(f, domain, switches)
    return AbsNormalForm(f, domain, switches, outputs, prove)
