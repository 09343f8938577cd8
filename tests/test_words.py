"""What help, messages and the command line say, against what there is."""

from __future__ import annotations

import json
import pydoc
import re
import shlex
from pathlib import Path

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.functions import other_names
from piecewise_mt.functions.grammar.tokens import CALLS

ROOT = Path(__file__).resolve().parent.parent


def main(text):
    """The command line's exit code, wherever its module is."""
    from importlib import import_module

    return import_module("piecewise_mt.__main__").main(shlex.split(text))


# -- other names -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("ReLU", "relu"),
        ("LeakyReLU", "leaky_relu"),
        ("Max", "max"),
        ("MaxPool2d", "maxpool2d"),
        ("max_pool2d", "maxpool2d"),
        ("Abs", "abs"),
        ("clamp", "clip"),
        ("ln", "log"),
        ("Sqrt", "sqrt"),
        ("sqr", "square"),
        ("medain", "median"),
        ("norm", "norm1"),
        ("l1", "norm1"),
        ("linf", "norm_inf"),
        ("NormInf", "norm_inf"),
        ("soft_threshold", "softshrink"),
        ("LSE", "logsumexp"),
        ("symbols", "variables"),
        ("prox", "proximal_map"),
    ],
)
def test_attributes_under_other_names(name, own):
    """Before: "module 'piecewise_mt' has no attribute 'ReLU'" and nothing else."""
    with pytest.raises(AttributeError) as caught:
        getattr(mt, name)
    assert str(caught.value) == f"module 'piecewise_mt' has no attribute {name!r}; write mt.{own}"
    assert callable(getattr(mt, own)) and not hasattr(mt, name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sign", "it jumps"),
        ("Heaviside", "it jumps"),
        ("average", r"write \(x \+ y \+ z\)/3"),
        ("norm2", r"write sqrt\(x\*\*2 \+ y\*\*2\)"),
        ("gradient", r"f\.gradient\(point\)"),
        ("clarke", r"f\.at\(point\)\.clarke"),
        ("subs", r"rep\.subs\(z=0\)"),
        ("superlevel_set", r"mt\.sublevel_set\(-f, -c\)"),
        ("argmax", r"mt\.argmin\(-f\)"),
    ],
)
def test_attributes_that_are_no_functions_here(name, words):
    with pytest.raises(AttributeError, match=words):
        getattr(mt, name)


def test_attributes_that_are_like_nothing_and_private_ones():
    for name in ("xyzzy", "__wrapped__", "__file_", "_"):
        with pytest.raises(AttributeError, match=rf"has no attribute '{name}'$"):
            getattr(mt, name)


def test_every_name_that_is_suggested_exists():
    assert set(other_names._SAME) <= set(mt.__all__)
    texts = [*other_names._METHODS.values(), *other_names._WRITE.values()]
    for name in re.findall(r"mt\.(\w+)", " ".join(texts)):
        assert name in mt.__all__
    # a text has not all that the package has
    for alias in {*other_names._KNOWN, *other_names._WRITE} - {"mean"}:
        assert alias not in mt.__all__ and alias not in CALLS
    assert not set(other_names._METHODS) & set(mt.__all__)


@pytest.mark.parametrize(
    ("text", "own", "usage"),
    [
        ("ReLU(x)", "relu", "relu(x, at_zero=free)"),
        ("Median(x, y, z)x", "median", ""),
        ("medain(x, y, z)", "median", "median(x, y, …, ties=free)"),
        ("L1(x, y)", "norm1", "norm1(x, y, …, at_zero=free)"),
        ("clamp(x, 0, 1)", "clip", "clip(x, lo, hi, at_edges=free)"),
        ("SQRT(x)", "sqrt", "sqrt(x)"),
        ("Abs(x)", "abs", "abs(x, at_zero=free)"),
    ],
)
def test_texts_with_other_names(text, own, usage):
    """Before: "got 'median' (did you mean min?)", "got 'ReLU'" with no suggestion at all."""
    with pytest.raises(mt.ParseError) as caught:
        mt.parse(text)
    assert f"(did you mean {own}?)" in str(caught.value) and usage in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sgn(x)", "it jumps"),
        ("mean(x, y)", "write (x + y + z)/3"),
        ("pow(x, 2)", "write x**2"),
        ("x(y)", "write products with *"),
        ("mix(1/2)", "write ties=mix(beta)"),
    ],
)
def test_texts_with_functions_that_there_are_not(text, words):
    with pytest.raises(mt.ParseError) as caught:
        mt.parse(text)
    assert str(caught.value).endswith(words) or words in str(caught.value)
    assert "did you mean" not in str(caught.value)


# -- what texts read now -----------------------------------------------------------------------


def test_order_statistics_and_norms_in_texts():
    """Before: none of them was known; checked against mt's own functions."""
    x, y, z = mt.variables("x y z")
    for text, own in (
        ("median(x, y, z)", mt.median([x, y, z])),
        ("median([x, y, z], ties=average)", mt.median([x, y, z], ties="average")),
        ("median(x, y)", (x + y) / 2),
        ("norm1(x, y, at_zero=0)", mt.norm1([x, y], at_zero=0)),
        ("norm1(x)", mt.abs(x)),
        ("norm_inf(x, y)", mt.norm_inf([x, y])),
        ("sort(x, y)", mt.sort([x, y])),
    ):
        assert mt.equal(mt.parse(text), own)
        assert mt.equal(mt.parse(str(mt.parse(text))), own)
    f = mt.parse("norm_inf(x, y)", ties="first", at_zero=0)
    assert not f.gradient((0, 0)).free_symbols
    assert mt.parse("median(x, y, z)", ties="average").gradient((1, 1, 1)) == sympy.Matrix(
        [[sympy.Rational(1, 3)] * 3]
    )


def test_sqrt():
    x, y = mt.variables("x y")
    f = mt.sqrt(1 + mt.square(mt.max(x, y, ties="first")))
    assert f.value((1, 1)) == sympy.sqrt(2)
    assert mt.sqrt(mt.vector("x", 2)).shape == (2,)
    with pytest.raises(mt.PiecewiseError, match="not positive"):
        mt.sqrt(x).represent()
    assert len(mt.sqrt(x).represent("x > 0")) == 1
    assert str(mt.parse("sqrt(x + 1)")) == str(mt.sqrt(x + 1))


# -- help --------------------------------------------------------------------------------------


def test_the_docstring_of_parse_names_every_function():
    """Before: seven were missing, and products of variables were said to be refused."""
    words = set(re.findall(r"\w+", mt.parse.__doc__))
    assert set(CALLS) <= words
    assert "NotPolyhedral" not in words and str(mt.parse("x*y")) == "x*y"


def test_help_of_the_package_of_a_function_and_of_results():
    text = pydoc.render_doc(mt, renderer=pydoc.plaintext)
    # before: an overview of nothing, and classes
    start = text[: text.index("PACKAGE CONTENTS")]
    for word in ("relu", "max", "where", "median", "norm1", "sqrt", "parse", "check", "argmin",
                 "rep.subs(z=0)", "f.on", "real=True", "help(mt.max)"):  # fmt: skip
        assert word in start
    for name in mt.__all__:
        assert re.search(rf"^\s*(class )?{name}\b", text, re.M), name
    assert "ties : " in pydoc.render_doc(mt.max, renderer=pydoc.plaintext)
    rep = mt.max(*mt.variables("x y")).represent()
    for own in (rep, rep.merged(), rep.subs(z=0)):
        text = pydoc.render_doc(own, renderer=pydoc.plaintext)
        for name in ("merged", "subs", "values", "to_latex", "piece_at", "classify"):
            assert name in text
    head = pydoc.render_doc(rep, renderer=pydoc.plaintext)
    head = head[: head.index("Method resolution order")]
    for name in re.findall(r"``(\w+)``", head):
        assert hasattr(rep, name) or hasattr(rep[0], name)


@pytest.mark.parametrize("page", ["README.md", "docs/howto_derive.md", "docs/howto_check.md",
                                  "docs/howto_latex.md", "docs/howto_local.md", "docs/tutorial.md"])  # fmt: skip
def test_pages_say_that_symbols_are_real_and_how_to_substitute(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "subs" in text
    if page != "docs/howto_latex.md":
        assert re.search(r"[Ss]ymbols.*real|are real", text)


# -- values for tie parameters -----------------------------------------------------------------


def test_parameters_get_values():
    x = mt.variable("x")
    rep = (mt.relu(x) - mt.relu(-x)).represent()
    for found in (
        rep.subs(z1=0),
        rep.subs({"z1": 0}),
        rep.subs({sympy.Symbol("z1"): 0}),
        rep.subs({sympy.Symbol("z1", real=True): sympy.Integer(0)}),
    ):
        assert [str(p.gradient[0]) for p in found] == ["1", "1", "z2"]
        assert "relu(x) - relu(-x) with z1 = 0 on R, (x): 3 pieces" in str(found.table())
        assert mt.check(found).ok and str(found[-1].formula) == "x*z2"
    both = rep.subs(z1="1/2", z2="1/3")
    assert both.gradient((0,))[0] == sympy.Rational(5, 6)
    assert both.gradients([[0.0]])[0][0][0] == pytest.approx(5 / 6)
    assert str(both.classify().pieces[-1].rung) == "autodiff"
    assert rep.subs(z1=1).subs(z2=0).gradient((0,))[0] == 1
    assert json.loads(both.to_json())["pieces"][2]["gradient"] == [["5/6"]]
    assert mt.Representation.from_json(both.to_json()).gradient((0,))[0] == sympy.Rational(5, 6)
    assert len(rep.subs()) == len(rep)
    assert rep.subs(z1=sympy.Symbol("t")).subs(t=2, z2=0).gradient((0,))[0] == 2
    assert rep.subs(z1=sympy.sqrt(2), z2=0).gradient((0,))[0] == sympy.sqrt(2)


def test_parameters_of_smooth_formulas_get_values():
    x, y = mt.variables("x y")
    rep = (mt.relu(x) * y**2).represent()
    for value in (0, 1, sympy.Rational(1, 2)):
        found = rep.subs(z=value)
        assert found.gradient((0, 3)) == sympy.Matrix([[9 * value, 0]])
        assert found.gradient((2, 3)) == rep.gradient((2, 3)) == sympy.Matrix([[9, 12]])
        tie = found[-1]
        a, b = sympy.symbols("x y", real=True)
        assert (
            sympy.expand(sympy.sympify(str(tie.formula), {"x": a, "y": b}) - value * a * b**2) == 0
        )
        assert [f.value((0, 3)) for f in tie.formulas] == [0]
    assert rep.subs(z=sympy.Symbol("t")).subs(t=2).gradient((0, 3)) == sympy.Matrix([[18, 0]])


def test_pieces_get_values():
    x, y = mt.variables("x y")
    rep = mt.max(x, y).represent()
    assert [p.subs(z=0).gradient.tolist() for p in rep] == [[[1, 0]], [[0, 1]], [[0, 1]]]
    tie = rep[-1].subs({"z": "1/3"})
    assert (tie.alpha, str(tie.set), tie.dimension) == (3, "{x = y}", 1)
    assert tie.formula == (x / 3 + y * 2 / 3).represent()[0].formula
    # SymPy's own: the name alone is another symbol
    assert rep[-1].gradient.subs("z", 0) == rep[-1].gradient


def test_parameters_of_smooth_curved_and_stated_pieces():
    w, x = mt.variables("w x")
    curved = mt.relu(w * x).represent()
    assert mt.check(curved.subs(z=0)).ok and curved.subs(z=0)[-1].formula == 0
    assert curved.subs(z=1)[-1].gradient == curved[1].gradient
    smooth = mt.exp(mt.max(w, x)).represent()
    assert smooth.subs(z=1).gradient((0, 0)) == sympy.Matrix([[1, 0]])
    a = sympy.Symbol("a")
    slope = mt.relu(x, at_zero=1 / (1 + a)).represent()
    assert slope.subs(a=1).gradient((0,))[0] == sympy.Rational(1, 2)
    stated = mt.Representation("x", [("x < 0", "0"), ("x > 0", "x"), ("x = 0", "0", "z")])
    assert stated.subs(z=3).gradient((0,))[0] == 3
    several = mt.max(mt.vector("x", 3)).represent()
    assert several.subs(z4=0, z5=0).gradient((1, 1, 1)).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda rep: rep.subs(z3=0), r"got z3; it has z1, z2"),
        (lambda rep: rep.subs(x=0), r"got the variable x; .*f\.subs\(\{x: …\}\)"),
        (lambda rep: rep[0].subs(x=0), r"got the variable x"),
        (lambda rep: rep.subs(z1=0.5), "exact number"),
        (lambda rep: rep.subs(z1=sympy.Symbol("x")), "a constant for z1, got x"),
        (lambda rep: rep.subs({"z1": 0}, z1=1), "one value for z1, got two"),
        (lambda rep: rep.subs([("z1", 0)]), "a mapping"),
        (lambda rep: rep.subs({3: 0}), "a variable or its name, got int"),
        (lambda rep: rep.subs(z1=0, z2=0).subs(z1=0), "it has none"),
    ],
)
def test_values_that_are_refused(ask, words):
    x = mt.variable("x")
    with pytest.raises(mt.PiecewiseError, match=words):
        ask((mt.relu(x) - mt.relu(-x)).represent())


def test_parameters_that_are_variables_need_values_first():
    x, p = mt.variable("x"), mt.parameter("p")
    with pytest.raises(mt.Unsupported, match=r"f\.subs"):
        mt.relu(p * x).represent().subs(z=0)
    assert mt.relu(p * x).subs({p: 2}).represent().subs(z=0).gradient((0,))[0] == 0


# -- the command line --------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "latex", "markdown"])
def test_the_command_line_says_the_order(capsys, form):
    assert main(f'"max(w, b)" --format {form}') == 0
    assert "(b, w): 3 pieces" in capsys.readouterr().out
    assert main(f'"max(w, b)" --vars w,b --format {form}') == 0
    assert "(w, b): 3 pieces" in capsys.readouterr().out
    assert main(f'"max(w, b)" --vars w,b --strata --format {form}') == 0
    assert "(w, b): 3 strata" in capsys.readouterr().out


def test_the_command_line_has_the_order_at_a_point_and_in_json(capsys):
    assert main('"max(w, b)" --vars w,b --at b=0,w=1') == 0
    out = capsys.readouterr().out
    assert "max(w, b) at w = 1, b = 0" in out and "(1, 0)" in out
    assert main('"max(w, b)" --vars w,b --format json') == 0
    assert json.loads(capsys.readouterr().out)["variables"] == ["w", "b"]


@pytest.mark.parametrize("what", ["paper", "audit"])
def test_an_order_of_nothing_is_refused(capsys, what):
    """Before: it was left out of account without a word."""
    assert main(f"{what} --vars w") == 2
    assert "expected --vars with a function" in capsys.readouterr().err


def test_the_help_of_the_command_line(capsys):
    with pytest.raises(SystemExit):
        main("--help")
    text = " ".join(capsys.readouterr().out.split())
    assert "piecewise smooth" in text and "rule of max, min, kth" in text
    assert "variables and order, for example y2,y1" in text
    assert main('"square(max(x, y))*x" --vars y,x') == 0  # smooth ones are taken, as it says
