"""One place decides what a name may be, and no name is a command of LaTeX."""

import re
import string

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.display.affine import latex_name

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
    known = "alpha beta Delta Omega tilde mathrm gamma delta mu nu xi pi rho tau phi chi psi eta"
    written = latex_name(first + rest)
    for command in re.findall(r"\\([A-Za-z]+)", written):
        # a whole Greek word is a letter by itself
        assert command in known.split() or command == first + rest


def test_digits_of_other_scripts_are_no_indices():
    assert latex_name("x٣").isascii() and latex_name("x3") == "x_{3}"
