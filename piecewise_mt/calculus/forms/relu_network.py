"""A piecewise linear function as a network of ReLU layers, with exact weights.

Every such function is one (R. Arora, A. Basu, P. Mianjy, A. Mukherjee, "Understanding deep neural
networks with rectified linear units", 2018). Taken from the nodes of the function, with balanced
trees for maxima, so that the maximum of k operands has ⌈log₂ k⌉ layers; functions with a node that
is no maximum of minima are taken from their difference of convex functions. Values that later
layers read are passed on: one neuron for what is ≥ 0, two for what has both signs. In one variable
one hidden layer is tried, too, with as few neurons as can be, which is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from piecewise_mt.calculus.forms.base import CanonicalForm, Minimality, prove_by_strata, sum_latex
from piecewise_mt.calculus.forms.cells import Cells, cells_of, full_domain, linear_program_of
from piecewise_mt.calculus.forms.difference import shortest_pairs
from piecewise_mt.calculus.forms.graph_forms import composed
from piecewise_mt.calculus.forms.line_networks import line_layers
from piecewise_mt.calculus.forms.network_layers import Layer, layered
from piecewise_mt.calculus.forms.small_maxima import small_maxima
from piecewise_mt.calculus.forms.switching import Form, Switches, only_needed, total
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.build.builders import affine
from piecewise_mt.functions.build.builders import relu as rectified
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Variable
from piecewise_mt.typeset.affine import affine_text, latex_name, number_latex
from piecewise_mt.typeset.latex_layout import matrix

if TYPE_CHECKING:
    import sympy

MOST_LEVELS = 8
"""The pieces on a line of what is deeper, which may be very many, are looked at on request only."""


class ReluNetwork(CanonicalForm):
    """The layers of W_ℓ relu(… relu(W_0 x + b_0) …) + b_ℓ; :meth:`Expression.to_relu_network`.

    Attributes
    ----------
    hidden_layers : int
        How many layers have a ReLU.
    widths : tuple of int
        Their numbers of neurons.
    size : int
        The number of all neurons.
    """

    title = "ReLU network"

    def __init__(
        self,
        f: Expression,
        domain: Any,
        layers: Sequence[Layer],
        minimality: Minimality,
        prove: bool,
    ) -> None:
        self.function = f
        self.domain = full_domain(domain, self.names)
        self._layers = tuple(layers)
        self._minimality = minimality
        self._proved = prove and self._prove()

    @property
    def hidden_layers(self) -> int:
        return len(self._layers) - 1

    @property
    def widths(self) -> tuple[int, ...]:
        return tuple(len(rows) for rows, _ in self._layers[:-1])

    @property
    def size(self) -> int:
        return sum(self.widths)

    @property
    def layers(self) -> tuple[tuple[sympy.ImmutableMatrix, sympy.ImmutableMatrix], ...]:
        """The pairs (W_r, b_r), the first layer first; the last one has no ReLU.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> mt.abs(x).to_relu_network().layers[0]
        (Matrix([
        [-1],
        [ 1]]), Matrix([
        [0],
        [0]]))
        """
        import sympy

        width = len(self.names)
        found = []
        for rows, bias in self._layers:
            entries = [to_rational(c) for row in rows for c in row]
            weights = sympy.ImmutableMatrix(len(rows), width, entries)
            column = sympy.ImmutableMatrix(len(bias), 1, list(map(to_rational, bias)))
            found.append((weights, column))
            width = len(rows)
        return tuple(found)

    def _outputs(self) -> list[Expression]:
        value = stack([Variable((name,)) for name in self.names])
        for number, (rows, bias) in enumerate(self._layers):
            value = affine([list(row) for row in rows], value, list(bias))
            if number < self.hidden_layers:
                value = rectified(value)
        return [value[k] for k in range(self.function.size)]

    def _prove(self) -> bool:
        """Prove that the difference is 0 on the full-dimensional strata of both."""
        return prove_by_strata(self)

    @property
    def minimality(self) -> Minimality:
        return self._minimality

    @property
    def size_text(self) -> str:
        widths = ", ".join(map(str, self.widths))
        return f"hidden layers: {self.hidden_layers}" + (f", neurons: {widths}" if widths else "")

    def _variables(self, number: int) -> tuple[list[str], list[str]]:
        """What a layer reads, as text and in LaTeX."""
        if not number:
            return list(self.names), list(map(latex_name, self.names))
        count = len(self._layers[number - 1][0])
        texts = [f"h{number}_{i + 1}" for i in range(count)]
        return texts, [f"h^{{({number})}}_{{{i + 1}}}" for i in range(count)]

    def to_text(self) -> str:
        return "\n".join(f"{label} = {text}" for label, _, text, _ in self._lines())

    def to_latex(self) -> str:
        r"""The layers in LaTeX, in math mode.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(mt.relu(x - 1).to_relu_network().to_latex())
        \begin{aligned} h^{(1)} &= \operatorname{ReLU}\left( \begin{pmatrix} 1 \end{pmatrix}
        \begin{pmatrix} x \end{pmatrix} + \begin{pmatrix} -1 \end{pmatrix}\right) \\ f &=
        \begin{pmatrix} 1 \end{pmatrix} h^{(1)} + \begin{pmatrix} 0 \end{pmatrix} \end{aligned}
        """
        lines = []
        below = matrix([[latex_name(name)] for name in self.names])
        for number, (rows, bias) in enumerate(self._layers):
            weights = matrix([[number_latex(c) for c in row] for row in rows])
            column = matrix([[number_latex(c)] for c in bias])
            inner = f"{weights} {below} + {column}"
            if number < self.hidden_layers:
                below = f"h^{{({number + 1})}}"
                lines.append(f"{below} &= \\operatorname{{ReLU}}\\left( {inner}\\right)")
            else:
                lines.append(f"f &= {inner}")
        body = r" \\ ".join(lines)
        return f"\\begin{{aligned}} {body} \\end{{aligned}}"

    def _lines(self) -> list[tuple[str, str, str, str]]:
        found = []
        for number, (rows, bias) in enumerate(self._layers):
            texts, formulas = self._variables(number)
            last = number == self.hidden_layers
            labels = self._output_names() if last else list(
                zip(*self._variables(number + 1), strict=True)
            )  # fmt: skip
            for (label, latex_label), row, b in zip(labels, rows, bias, strict=True):
                own = [b, *row]
                text, latex = affine_text(own, texts), sum_latex(own, formulas)
                if not last:
                    text, latex = f"relu({text})", rf"\operatorname{{ReLU}}\left({latex}\right)"
                found.append((label, latex_label, text, latex))
        return found


def relu_network(
    f: Expression, domain: Any = None, *, shallow: bool = False, prove: bool = True
) -> ReluNetwork:
    """See :meth:`Expression.to_relu_network`."""
    program = linear_program_of(f)
    line = None
    deepest = max((unit.level for unit in program.units), default=0)
    if len(program.names) == 1 and f.size == 1 and (shallow or deepest <= MOST_LEVELS):
        layers, minimality = line = line_layers(cells_of(f, domain))
        if shallow:
            return ReluNetwork(f, domain, layers, minimality, prove)
    switches = _Trees(len(program.names))
    outputs = None if shallow else composed(program, switches.start(), switches)
    if outputs is None:
        outputs = _from_difference(cells_of(f, domain), switches, shallow)
    outputs = only_needed(outputs, switches)
    layers = layered(switches, outputs)
    size = _size(layers)
    if line is not None and _size(line[0]) <= size:
        return ReluNetwork(f, domain, *line, prove)
    if not size:
        minimality = Minimality(True, "as small as any: it is affine")
    elif size == 1:
        minimality = Minimality(True, "as small as any: it is not affine")
    else:
        minimality = Minimality(False, "whether another network is smaller is not known")
    return ReluNetwork(f, domain, layers, minimality, prove)


def _size(layers: Sequence[Layer]) -> int:
    return sum(len(rows) for rows, _ in layers[:-1])


class _Trees(Switches):
    """Nodes max(0, z), with balanced trees of maxima."""

    def __init__(self, a: int) -> None:
        super().__init__(a, False)

    def maximum(self, functions: Sequence[Form]) -> Form:
        own = list(functions)
        while len(own) > 1:
            pairs = [own[i : i + 2] for i in range(0, len(own), 2)]
            own = [super(_Trees, self).maximum(pair) for pair in pairs]
        return own[0]


def _from_difference(cells: Cells, switches: _Trees, shallow: bool) -> list[Form]:
    outputs = []
    for g, h in shortest_pairs(cells):
        parts: list[tuple[int, Form]] = []
        for rows, sign in ((g, 1), (h, -1)):
            chosen = small_maxima(rows) if shallow else {tuple(range(len(rows))): 1}
            for places, factor in chosen.items():
                own = [{i: c for i, c in enumerate(rows[k]) if c} for k in places]
                parts.append((sign * factor, switches.maximum(own)))
        outputs.append(total(parts))
    return outputs
