"""One place decides what a name may be, and no name is a command of LaTeX."""

import itertools
import re
import shutil
import string
import subprocess
import unicodedata

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.typeset.affine import latex_name

x, y = mt.variables("x y")
BAD = ["\\input{a}", "a\nb", "a b", "\x1b[0m", "$", "x_{12}", "1x", "<b>"]


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize(
    "use",
    [
        lambda s: mt.relu(x, at_zero=s),
        lambda s: mt.relu(x, at_zero=1 / (1 + s)),
        lambda s: mt.clip(x, 0, 1, at_edges=s),
        lambda s: mt.max(x, y, ties=mt.mix(s)),
        lambda s: mt.max(x, y, ties={frozenset({0, 1}): (s, 1 - s)}),
        lambda s: mt.relu(x).on(x, s),
        lambda s: mt.Representation([s], [(True, "0")]),
    ],
)
def test_a_name_that_is_no_identifier_is_refused(use, name):
    with pytest.raises(mt.PiecewiseError, match="expected a name that is a Python identifier"):
        use(sympy.Symbol(name))


@pytest.mark.parametrize(
    "make",
    [
        lambda s: mt.relu(x, at_zero=s),
        lambda s: mt.relu(x + y, at_zero=2 * s),
        lambda s: mt.relu(y, at_zero=s) + x,
        lambda s: mt.max(x, y, ties=mt.mix(s)),
        lambda s: mt.relu(y, at_zero=s).subs({y: x}),
    ],
)
def test_a_tie_parameter_may_not_be_a_variable(make):
    f = make(sympy.Symbol("x"))
    for question in (f.represent, f.strata, lambda: f.gradient((0,) * len(f.variables))):
        with pytest.raises(mt.InvalidTieRule, match="got x as both"):
            question()


@pytest.mark.parametrize("text", ["pi*abs(x)", "x + nan", "oo*x", "max(x, zoo)", "x + I", "E*x"])
def test_names_of_constants_are_refused_in_texts(text):
    with pytest.raises(mt.PiecewiseError, match="the name of a constant"):
        mt.parse(text)
    with pytest.raises(mt.PiecewiseError, match="the name of a constant"):
        mt.Representation("x", [(f"{text} > 0", "x")])


ascii_letters = st.sampled_from(string.ascii_letters)
letters = st.one_of(ascii_letters, st.sampled_from("αβΔΩñ٣"))


@given(ascii_letters, st.text(letters, max_size=4))
def test_a_command_ends_where_its_letters_end(first, rest):
    known = "alpha beta Delta Omega tilde mathring mathrm gamma delta mu nu xi pi rho tau phi chi psi eta"
    written = latex_name(first + rest)
    for command in re.findall(r"\\([A-Za-z]+)", written):
        # a whole Greek word is a letter by itself
        assert command in known.split() or command == first + rest


def test_digits_of_other_scripts_are_no_indices():
    assert latex_name("x٣").isascii() and latex_name("x3") == "x_{3}"


# -- no two names look alike -----------------------------------------------------------------

TOKENS = ["x", "o", "U", "1", "12", "_", "__", "alpha", "α", "ο", "Α", "A", "Δ", "ñ", "ж", "ʹ"]
PDFLATEX = shutil.which("pdflatex")


def _look(latex):
    """What is seen: upright letters look like others, braces and spaces like nothing."""
    return re.sub(r"\\mathrm(?![a-z])|[{} ]", "", latex)


def _all_names(most):
    for length in range(1, most + 1):
        for tokens in itertools.product(TOKENS, repeat=length):
            name = "".join(tokens)
            if name.isidentifier():
                yield unicodedata.normalize("NFKC", name)


def test_all_short_names_look_different():
    seen = {}
    for name in _all_names(4):
        assert seen.setdefault(_look(latex_name(name)), name) == name


@given(
    st.lists(st.sampled_from(TOKENS), min_size=1, max_size=7),
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["", *TOKENS])), max_size=2),
)
def test_names_that_differ_a_little_look_different(tokens, changes):
    other = list(tokens)
    for place, token in changes:
        other[place % len(other)] = token
    first, second = (unicodedata.normalize("NFKC", "".join(n)) for n in (tokens, other))
    if first.isidentifier() and second.isidentifier():
        same = _look(latex_name(first)) == _look(latex_name(second))
        assert same == (first == second)


@pytest.mark.parametrize(
    ("one", "other"),
    [("x1", "x_1"), ("alpha", "α"), ("x1_2", "x_1_2"), ("x", "x_"), ("_x", "x"), ("o", "ο")],
)
def test_look_alikes_are_told_apart_wherever_they_stand(one, other):
    a, b = mt.variables([one, other])
    own = [latex_name(one), latex_name(other)]
    for f in (mt.max(a, b), mt.relu(a, at_zero=sympy.Symbol(other)), mt.exp(a) * mt.relu(a - b)):
        for text in (f.represent().to_latex(), mt.derivation(f).to_latex()):
            assert all(name in text for name in own)


@pytest.mark.parametrize("name", ["u1", "varphi1", "nu", "v"])
def test_letters_of_nodes_are_not_those_of_variables(name):
    every = [mt.variable(c) for c in ("u1", "v1", "w1", "q1", "h1", "nu1", "varphi1", "psi_1")]
    for f in (mt.leaky_relu(mt.variable(name), 2), mt.sort(mt.stack(every[:2]))[0] + sum(every)):
        text = mt.derivation(f).to_latex()
        used = {latex_name(s.name) for s in f.symbols}
        nodes = re.findall(r"^(\S+) &= ", text, re.M)
        letters = set(re.findall(r"\\(?:varphi|psi|chi)_\{\d+\}(?=\()", text))
        assert letters and not used & letters and not used & set(nodes)


def test_a_node_is_listed_though_its_parameter_is_named_like_its_operand():
    f = mt.relu(x, at_zero=sympy.Symbol("y")) + mt.max(x, 0, ties=mt.mix(sympy.Symbol("y1")))
    assert mt.derivation(f).to_latex().count("The node of") == 2


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex")
def test_names_compile(tmp_path):
    names = [*itertools.islice(_all_names(3), 0, None, 7), "_", "_1", "x_٣", "Δx_Δy", "é1_2"]
    lines = [f"${latex_name(name)}$\\par" for name in names]
    body = "\n".join(lines)
    source = (
        "\\documentclass{article}\\usepackage{amsmath,amssymb}\\begin{document}\n"
        f"{body}\n\\end{{document}}\n"
    )
    (tmp_path / "names.tex").write_text(source, encoding="ascii")
    done = subprocess.run(
        [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "names.tex"],
        cwd=tmp_path, capture_output=True, encoding="latin-1", timeout=120,
    )  # fmt: skip
    assert not done.returncode, done.stdout[-500:]


def test_names_are_labels_of_axes():
    mathtext = pytest.importorskip("matplotlib.mathtext")
    for name in ["x_1", "α", "ж", "_x", "x1_2", "w_in", "ñ", "Δx", "x_٣"]:
        mathtext.MathTextParser("path").parse(f"${latex_name(name)}$")
