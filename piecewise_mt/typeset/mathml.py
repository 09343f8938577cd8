r"""Mathematics for browsers: the LaTeX that this package writes, as MathML.

Notebooks and pages then need neither a script nor a network. What is read is not LaTeX at large
but the subset that ``typeset`` and SymPy's printer write; a command that is not known appears by
its name. Every character is escaped, so that no name is markup, and ``alttext`` keeps the text
for readers that know no MathML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape

LONGEST = 1000
"""No longer text is kept beside its formula."""
_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|[{}^_&]|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_GREEK = {
    name: chr(code)
    for code, name in enumerate(
        """alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi omicron pi
        rho varsigma sigma tau upsilon varphi chi psi omega""".split(),
        start=0x3B1,
    )
} | {
    "epsilon": "ϵ", "vartheta": "ϑ", "phi": "ϕ", "varpi": "ϖ", "varrho": "ϱ", "varkappa": "ϰ",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_LETTERS = {"nabla": "∇", "partial": "∂", "infty": "∞", "emptyset": "∅", "varnothing": "∅"}
_OPERATORS = {
    "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "in": "∈", "notin": "∉",
    "cap": "∩", "cup": "∪", "subset": "⊂", "subseteq": "⊆", "setminus": "∖", "times": "×",
    "cdot": "⋅", "to": "→", "rightarrow": "→", "approx": "≈", "pm": "±", "wedge": "∧", "land": "∧",
    "vee": "∨", "lor": "∨", "neg": "¬", "lnot": "¬", "sim": "∼", "backslash": "\\", "surd": "√",
    "mid": "|", "dots": "…", "ldots": "…", "cdots": "⋯", "circ": "∘", "oplus": "⊕", "iff": "⟺",
    "Rightarrow": "⇒", "equiv": "≡", "colon": ":", "prime": "′", "forall": "∀", "exists": "∃",
}  # fmt: skip
_FENCES = {
    "(": "(", ")": ")", "[": "[", "]": "]", "|": "|", ".": "", r"\{": "{", r"\}": "}",
    r"\lvert": "|", r"\rvert": "|", r"\|": "‖", r"\lVert": "‖", r"\rVert": "‖",
    r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉",
    r"\langle": "⟨", r"\rangle": "⟩",
}  # fmt: skip
_FUNCTIONS = frozenset(
    """max min sup inf argmin argmax log ln exp sin cos tan cot sec csc asin acos atan arcsin arccos
    arctan sinh cosh tanh coth det dim ker lim""".split()
)
_BIG = {"sum": "∑", "prod": "∏", "bigcup": "⋃", "bigcap": "⋂", "int": "∫"}
_ACCENTS = {
    "grave": "`", "acute": "´", "hat": "^", "tilde": "~", "bar": "¯", "breve": "˘", "dot": "˙",
    "ddot": "¨", "mathring": "˚", "check": "ˇ", "widetilde": "~", "overline": "¯", "widehat": "^",
}  # fmt: skip
_SPACES = {
    ",": "0.17em", ":": "0.22em", ";": "0.28em", " ": "0.33em", "!": "-0.17em", "quad": "1em",
    "qquad": "2em",
}  # fmt: skip
_SILENT = frozenset(
    """displaystyle textstyle allowbreak nonumber limits nolimits bigl bigr Bigl Bigr noindent
    raggedright""".split()
)
_DOUBLE = {"R": "ℝ", "N": "ℕ", "Z": "ℤ", "Q": "ℚ", "C": "ℂ"}
_MATRICES = {"pmatrix": "()", "bmatrix": "[]", "vmatrix": "||", "cases": "{"}


def mathml(latex: str, text: str = "", display: bool = False) -> str:
    r"""A formula as one ``<math>`` element.

    Parameters
    ----------
    latex : str
        In math mode, without dollars.
    text : str
        The same as plain text, for ``alttext``.
    display : bool
        Whether it stands on a line of its own.

    Examples
    --------
    A tie, and a name that is no markup:

    >>> print(mathml("x_{1} = x_{2}"))
    <math><msub><mi>x</mi><mn>1</mn></msub><mo>=</mo><msub><mi>x</mi><mn>2</mn></msub></math>
    >>> print(mathml(r"\mathrm{<b>} > 0", "<b> > 0"))
    <math alttext="&lt;b&gt; &gt; 0"><mi>&lt;b&gt;</mi><mo>&gt;</mo><mn>0</mn></math>
    """
    try:
        body = _Reader(latex).everything()
    except (RecursionError, IndexError):
        # nested beyond what can be followed, or cut off: the text says it as well
        body = f"<mtext>{escape(text or latex)}</mtext>"
    return f"<math{_attributes(text, display)}>{body}</math>"


def mathml_lines(lines: Sequence[str]) -> str:
    r"""The lines of an ``align``, whose ``&`` stand above each other, as a grid of formulas.

    Browsers do not align the cells of a table of MathML to the right.

    >>> mathml_lines(["f &= 1", "&= 2"]).count("<math>")
    3
    """
    parts = [f'<div style="{_GRID}">']
    for line in lines:
        left, right = (*_cells(line, 2), "")[:2]
        for side, cell in (("right", left), ("left", right)):
            inner = _Reader(cell).everything()
            shown = f'<math><mstyle displaystyle="true">{inner}</mstyle></math>' if inner else ""
            parts.append(f'<div style="text-align: {side}">{shown}</div>')
    return "\n".join([*parts, "</div>"])


def _attributes(text: str, display: bool) -> str:
    shown = ' display="block"' if display else ""
    line = " ".join(text.split())
    return shown + (f' alttext="{escape(line)}"' if line and len(line) <= LONGEST else "")


def _cells(line: str, most: int) -> list[str]:
    """A line cut at the alignment marks that are in no braces and in no environment."""
    depth, cells = 0, [""]
    for token in re.split(r"(\\begin\{|\\end\{|\\.|[{}&])", line):
        if token == r"\begin{":
            depth += 2
        elif token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
        if token == r"\end{":
            cells[-1] += token
            continue
        if token == "&" and not depth and len(cells) < most:
            cells.append("")
        else:
            cells[-1] += token
    return cells


class _Reader:
    """One pass over the tokens of a formula."""

    def __init__(self, latex: str) -> None:
        self.tokens: list[str] = _TOKEN.findall(latex)
        self.place = 0

    # -- tokens --------------------------------------------------------------------------

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        token = self.tokens[self.place]
        self.place += 1
        return token

    def skip_spaces(self) -> None:
        while self.peek().isspace():
            self.place += 1

    def raw_group(self) -> str:
        """What is in the next braces, not read."""
        self.skip_spaces()
        if self.peek() != "{":
            return self.take()
        self.take()
        depth = 1
        parts: list[str] = []
        while True:
            token = self.take()
            depth += {"{": 1, "}": -1}.get(token, 0)
            if not depth:
                return "".join(parts)
            parts.append(token)

    # -- formulas ------------------------------------------------------------------------

    def everything(self) -> str:
        parts = []
        while self.place < len(self.tokens):
            parts.append(self.row(()))
            if self.place < len(self.tokens):
                self.take()  # a closing sign without an opening one
        return "".join(parts)

    def row(self, ends: tuple[str, ...]) -> str:
        """Items with their indices up to one of the ends, which is left."""
        parts = []
        while self.place < len(self.tokens):
            self.skip_spaces()
            token = self.peek()
            if not token or token in ends or token in ("}", "&"):
                break
            parts.append(self.scripted())
        return "".join(parts)

    def scripted(self) -> str:
        """One item with what stands below and above it."""
        under = self.peek() in (r"\underbrace", *(f"\\{name}" for name in _BIG))
        base = self.item()
        low = high = ""
        while True:
            self.skip_spaces()
            if self.peek() == "_" and not low:
                self.take()
                low = self.argument()
            elif self.peek() == "^" and not high:
                self.take()
                high = self.argument()
            else:
                break
        if not (low or high):
            return base
        base = base or "<mrow></mrow>"
        if under:
            if low and high:
                return f"<munderover>{base}{low}{high}</munderover>"
            return f"<munder>{base}{low}</munder>" if low else f"<mover>{base}{high}</mover>"
        if low and high:
            return f"<msubsup>{base}{low}{high}</msubsup>"
        return f"<msub>{base}{low}</msub>" if low else f"<msup>{base}{high}</msup>"

    def argument(self) -> str:
        """The next item as one element."""
        self.skip_spaces()
        if self.peek() == "{":
            self.take()
            inner = self.row(())
            self.take()
            return _one(inner)
        return _one(self.item())

    def item(self) -> str:
        token = self.take()
        if token == "{":
            inner = self.row(())
            self.take()
            return _one(inner) if inner else ""
        if token[0] == "\\" and len(token) > 1:
            return self.command(token[1:])
        if token[0].isdigit():
            return f"<mn>{escape(token)}</mn>"
        if token.isalpha():
            return f"<mi>{escape(token)}</mi>"
        if token in "^_":
            self.place -= 1  # an index of nothing
            return ""
        if token in "()[]|":
            return f'<mo stretchy="false">{token}</mo>'
        if token in ",;":
            return f'<mo separator="true">{token}</mo>'
        form = ' form="prefix"' if token in "+-" and self.before() in _OPENING else ""
        return f"<mo{form}>{escape('−' if token == '-' else token)}</mo>"

    def before(self) -> str:
        """The token in front of the last one, spaces left out."""
        for place in range(self.place - 2, -1, -1):
            token = self.tokens[place]
            if token.strip() and token not in (r"\,", r"\;", r"\quad", r"\left"):
                return token
        return ""

    def command(self, name: str) -> str:
        reader = self._readers().get(name)
        if reader is not None:
            return reader()
        if name in _GREEK:
            # capitals are upright in LaTeX
            normal = ' mathvariant="normal"' if name[0].isupper() else ""
            return f"<mi{normal}>{_GREEK[name]}</mi>"
        if name in _LETTERS:
            return f'<mi mathvariant="normal">{_LETTERS[name]}</mi>'
        if name in _OPERATORS:
            return f"<mo>{escape(_OPERATORS[name])}</mo>"
        if name in _FUNCTIONS:
            return f"<mi>{name}</mi>"
        if name in _BIG:
            return f'<mo movablelimits="false">{_BIG[name]}</mo>'
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}"/>'
        if name in _SILENT:
            return ""
        if name in _ACCENTS:
            base = self.argument()
            return f'<mover accent="true">{base}<mo>{_ACCENTS[name]}</mo></mover>'
        if len(name) == 1:
            fence = ' stretchy="false"' if name in "{}|" else ""
            return f"<mo{fence}>{escape('‖' if name == '|' else name)}</mo>"
        return f"<mi>{escape(name)}</mi>"

    def _readers(self) -> dict[str, Callable[[], str]]:
        return {
            "frac": self.fraction, "tfrac": self.small, "dfrac": self.fraction,
            "sqrt": self.root, "left": self.fenced, "begin": self.environment,
            "mathrm": self.upright, "operatorname": self.upright, "mathbb": self.double,
            "mathbf": self.bold, "mathit": self.upright,
            "text": self.words, "mathtt": self.words, "textrm": self.words, "mbox": self.words,
            "underbrace": self.braced, "rlap": self.argument, "ensuremath": self.argument,
        }  # fmt: skip

    def fraction(self) -> str:
        return f"<mfrac>{self.argument()}{self.argument()}</mfrac>"

    def small(self) -> str:
        return f'<mstyle displaystyle="false">{self.fraction()}</mstyle>'

    def root(self) -> str:
        self.skip_spaces()
        if self.peek() == "[":
            self.take()
            index = self.row(("]",))
            self.take()
            return f"<mroot>{self.argument()}{_one(index)}</mroot>"
        return f"<msqrt>{self.argument()}</msqrt>"

    def fenced(self) -> str:
        self.skip_spaces()
        opening = self.fence()
        inner = self.row((r"\right",))
        while self.peek() == "&":
            self.take()
            inner += self.row((r"\right",))
        self.take()
        self.skip_spaces()
        return f"<mrow>{opening}{inner}{self.fence()}</mrow>"

    def fence(self) -> str:
        token = self.take()
        sign = _FENCES.get(token, token.lstrip("\\"))
        return f'<mo fence="true">{escape(sign)}</mo>' if sign else ""

    def upright(self) -> str:
        # what stands in \mathrm is a name, but for accents and Greek letters in it
        name = self.raw_group()
        inner = _plain(name)
        normal = ' mathvariant="normal"' if len(inner) == 1 else ""
        return f"<mi{normal}>{escape(inner)}</mi>"

    def double(self) -> str:
        name = self.raw_group()
        return f'<mi mathvariant="normal">{escape(_DOUBLE.get(name, name))}</mi>'

    def bold(self) -> str:
        return f'<mi mathvariant="bold">{escape(_plain(self.raw_group()))}</mi>'

    def words(self) -> str:
        text = _plain(self.raw_group())
        # spaces at the ends of an element are dropped by browsers
        kept = text.replace(" ", "\u00a0") if text != text.strip() else text
        return f"<mtext>{escape(kept)}</mtext>"

    def braced(self) -> str:
        return f'<munder>{self.argument()}<mo stretchy="true">⏟</mo></munder>'

    def environment(self) -> str:
        name = self.raw_group()
        self.skip_spaces()
        columns = ""
        if name == "array" and self.peek() == "{":
            sides = {"l": "left", "c": "center", "r": "right"}
            columns = " ".join(sides[c] for c in self.raw_group() if c in sides)
        if name == "cases":
            columns = "left left"
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(self.row((r"\\", r"\end")))
            token = self.take()
            if token == r"\end":
                self.raw_group()
                break
            if token == r"\\":
                self.gap()
                rows.append([])
        marks = _MATRICES.get(name, "")
        table = _table([[_one(cell) for cell in row] for row in rows if row != [""]], columns)
        opening = f'<mo fence="true">{marks[0]}</mo>' if marks else ""
        closing = f'<mo fence="true">{marks[1]}</mo>' if marks[1:] else ""
        return f"<mrow>{opening}{table}{closing}</mrow>"

    def gap(self) -> None:
        """The extra height after a line, which browsers choose themselves."""
        if self.peek() == "[":
            while self.take() != "]":
                pass


def _table(rows: Sequence[Sequence[str]], columns: str) -> str:
    style = f' columnalign="{columns}"' if columns else ""
    sides = columns.split()
    lines = []
    for row in rows:
        cells = []
        for k, cell in enumerate(row):
            side = sides[min(k, len(sides) - 1)] if sides else "center"
            # MathML Core has left columnalign to styles
            align = f' style="text-align: {side}"' if side != "center" else ""
            cells.append(f"<mtd{align}>{cell}</mtd>")
        lines.append(f"<mtr>{''.join(cells)}</mtr>")
    return f"<mtable{style}>{''.join(lines)}</mtable>"


_OPENING = frozenset(
    ("", "(", "[", ",", ";", "=", "<", ">", "{", "&", r"\leq", r"\geq", r"\neq", r"\in", r"\{")
)
"""After these, a minus sign is that of one number."""
_GRID = (
    "display: grid; grid-template-columns: max-content max-content; gap: 0.4em 0.3em; "
    "align-items: baseline; justify-content: center"
)
_ELEMENT = re.compile(r"<(/?)([a-z]+)[^>]*?(/?)>")


def _one(inner: str) -> str:
    """The same as one element, as an argument must be."""
    depth = count = 0
    for match in _ELEMENT.finditer(inner):
        if match[3]:
            count += not depth
            continue
        depth += -1 if match[1] else 1
        count += bool(match[1]) and not depth
    return inner if count == 1 else f"<mrow>{inner}</mrow>"


_ACCENTED = re.compile(r"\\([a-z]+)\{([A-Za-z])\}")
_COMBINING = {
    "grave": "\u0300", "acute": "\u0301", "hat": "\u0302", "tilde": "\u0303", "bar": "\u0304",
    "breve": "\u0306", "dot": "\u0307", "ddot": "\u0308", "mathring": "\u030a", "check": "\u030c",
}  # fmt: skip


def _plain(latex: str) -> str:
    """The characters of a name or of words in LaTeX."""

    def accented(match: re.Match[str]) -> str:
        return match[2] + _COMBINING.get(match[1], "")

    def command(match: re.Match[str]) -> str:
        name, sign = match.groups()
        if sign is not None:
            return str(sign)
        if name is None:
            return ""  # a brace, or a dollar
        return {**_GREEK, **_OPERATORS, **_LETTERS}.get(name, name)

    text = _ACCENTED.sub(accented, latex)
    return re.sub(r"\\([A-Za-z]+)(?:\{\} ?| |(?![A-Za-z]))|\\(.)|[{}$]", command, text)


_PROSE = re.compile(
    r"\$([^$]*)\$|\\(texttt|textit|textbf|emph)\{((?:[^{}\\]|\\.)*)\}|\\([A-Za-z]+)(?:\{\}|\s*)"
    r"|\\(.)|([^\\$]+)",
    re.DOTALL,
)
_TAGS = {"texttt": "code", "textit": "i", "textbf": "b", "emph": "i"}
_TEXT_COMMANDS = {
    "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textless": "<",
    "textgreater": ">", "dots": "…", "S": "§", "noindent": "", "allowbreak": "", "par": "",
}  # fmt: skip


def prose_html(latex: str) -> str:
    r"""A sentence in LaTeX, mathematics between dollars, as HTML.

    >>> print(prose_html(r"The node of $u_{1}$ under \texttt{at\_zero=0}."))
    The node of <math><msub><mi>u</mi><mn>1</mn></msub></math> under <code>at_zero=0</code>.
    """
    parts = []
    for match in _PROSE.finditer(latex):
        math, kind, inner, name, sign, text = match.groups()
        if math is not None:
            parts.append(mathml(math))
        elif kind:
            parts.append(f"<{_TAGS[kind]}>{escape(_plain(inner))}</{_TAGS[kind]}>")
        elif name:
            parts.append(escape(_TEXT_COMMANDS.get(name, name)))
        elif sign:
            parts.append("" if sign == "\\" else escape(sign))
        else:
            parts.append(escape(text))
    return "".join(parts)


class InNotebooks:
    """What is one formula, shown in a notebook as MathML."""

    __slots__ = ()

    def _repr_latex_(self) -> str:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return mathml(self._repr_latex_().strip("$"), str(self), display=True)
