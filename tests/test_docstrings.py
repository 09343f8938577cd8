"""The docstrings of the public face: sections, examples that run, names and sources that exist."""

from __future__ import annotations

import doctest
import inspect
import re
from functools import cached_property
from pathlib import Path

import pytest

import piecewise_mt as mt

CLASSES = (
    "Comparison Condition DerivedRepresentation EnclosedArray Enclosure Expression LocalAnalysis "
    "Piece PolyhedralSet "
    "SemialgebraicSet "
    "Polyhedron Report Representation Rung Strata Stratum"
).split()
FUNCTIONS = [name for name in mt.__all__ if inspect.isfunction(getattr(mt, name))]
TYPES = [name for name in mt.__all__ if inspect.isclass(getattr(mt, name))]
ORDER = ["Parameters", "Attributes", "Returns", "Raises"]
ORDER += ["See Also", "Notes", "References", "Examples"]
NEED_A_FRAMEWORK = {"audit": "torch", "from_torch": "torch", "from_onnx": "onnx", "from_jax": "jax"}
RULES = {"ties", "at_zero", "at_edges", "at_breaks"}


def definition(name):
    """The function that carries the docstring of ``name`` or ``Class.member``; None if inherited
    from outside the package."""
    first, _, member = name.partition(".")
    found = getattr(mt, first)
    if not member:
        return found
    for kind in found.__mro__:
        if member in vars(kind):
            if not kind.__module__.startswith("piecewise_mt"):
                return None
            static = vars(kind)[member]
            if isinstance(static, property):
                return static.fget
            if isinstance(static, cached_property):
                return static.func
            return getattr(static, "__func__", static)
    raise AttributeError(name)


def stored(name):
    """What ``Class.member`` is in its class: a function for methods, or a property."""
    first, member = name.split(".")
    static = inspect.getattr_static(getattr(mt, first), member)
    return getattr(static, "__func__", static)


def _members():
    for name in CLASSES:
        for member in dir(getattr(mt, name)):
            found = None if member.startswith("_") else definition(f"{name}.{member}")
            if inspect.isfunction(found):
                yield f"{name}.{member}"


MEMBERS = list(_members())
PUBLIC = [*mt.__all__, *MEMBERS]


def sections(name):
    """The sections of a docstring by title, in order; the summary under ''."""
    lines = inspect.cleandoc(definition(name).__doc__ or "").split("\n")
    found, title = {"": []}, ""
    for k, line in enumerate(lines):
        under = lines[k + 1] if k + 1 < len(lines) else ""
        if line and under and set(under) == {"-"}:
            assert len(under) == len(line), f"{name}: the line under {line}"
            assert line not in found, f"{name}: {line} twice"
            title = line
            found[title] = []
        elif not (set(line) == {"-"} and found[title] == []):
            found[title].append(line)
    return {title: "\n".join(body).strip() for title, body in found.items()}


def code(name):
    """The examples' source, without the import and what is skipped."""
    examples = doctest.DocTestParser().get_examples(definition(name).__doc__)
    return [
        example.source
        for example in examples
        if not example.options.get(doctest.SKIP) and "import" not in example.source.split()[:1]
    ]


def rules(name):
    """The parameters of a function that decide ties."""
    return RULES & set(inspect.signature(getattr(mt, name)).parameters)


def test_the_public_face_is_all_there():
    assert set(FUNCTIONS) | set(TYPES) == set(mt.__all__)
    assert len(MEMBERS) > 100
    assert {"Expression.at", "Strata.poset", "LocalAnalysis.clarke", "Report.ok"} <= set(MEMBERS)


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_public_has_a_docstring_with_sections_in_order(name):
    found = sections(name)
    assert found[""].split("\n\n")[0].endswith((".", ":")), f"{name}: no sentence"
    titles = [title for title in found if title]
    assert titles == [title for title in ORDER if title in titles], f"{name}: {titles}"
    assert all(found.values()), f"{name}: an empty section"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_says_what_it_takes(name):
    taken = inspect.signature(getattr(mt, name)).parameters
    described = re.findall(
        r"^(?! )([^:\n]+?)(?: : .*)?$", sections(name).get("Parameters", ""), re.M
    )
    names = {part.strip().lstrip("*") for line in described for part in line.split(",")}
    assert names == set(taken), name


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_every_function_and_class_has_an_example(name):
    assert "Examples" in sections(name)
    if name not in NEED_A_FRAMEWORK:
        assert code(name), name


UNSHOWN = set(
    "DerivedRepresentation.alpha_of DerivedRepresentation.label_texts LocalAnalysis.judge_coefficients "
    "DerivedRepresentation.of_pieces Expression.ravel "
    "EnclosedArray.scalar EnclosedArray.times Enclosure.units "
    "Expression.with_args LocalAnalysis.holds_at_singular_point LocalAnalysis.judge_rows "
    "LocalAnalysis.lifted "
    "LocalAnalysis.anew LocalAnalysis.require_continuous LocalAnalysis.spread "
    "LocalAnalysis.walls_at Representation.of_pieces "
    "Piece.prepare Report.to_latex Report.to_text".split()
)
"""Methods for other rooms of the package, and other names of what has an example."""


def test_every_method_has_an_example():
    methods = {name for name in MEMBERS if inspect.isfunction(stored(name))}
    assert len(methods) > 40
    assert {name for name in methods if not code(name)} == UNSHOWN & methods


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if rules(name)])
def test_where_a_rule_decides_ties_the_example_has_one(name):
    text = sections(name)["Examples"]
    assert "tie" in text or any(f"{rule}=" in text for rule in rules(name)), name
    assert re.search(r"\.(gradient|represent|at|strata)\(", text), f"{name}: no gradient at a tie"


@pytest.mark.parametrize("name", [n for n in PUBLIC if ">>>" in (definition(n).__doc__ or "")])
def test_examples_run(name):
    found = definition(name)
    globs = dict(vars(inspect.getmodule(inspect.unwrap(found))))
    test = doctest.DocTestParser().get_doctest(found.__doc__, globs, name, None, 0)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    output: list[str] = []
    runner = doctest.DocTestRunner(optionflags=flags)
    runner.run(test, out=output.append)
    assert runner.failures == 0, "".join(output)


@pytest.mark.parametrize(
    "name", [pytest.param(n, id=f"{n}-{framework}") for n, framework in NEED_A_FRAMEWORK.items()]
)
def test_examples_that_need_a_framework_run_where_it_is(name, tmp_path, monkeypatch):
    pytest.importorskip(NEED_A_FRAMEWORK[name])
    if name == "from_onnx":
        _write_maximum(tmp_path / "max.onnx")
        monkeypatch.chdir(tmp_path)
    text = re.sub(r" *# doctest: \+SKIP", "", getattr(mt, name).__doc__)
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    output: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=output.append)
    assert runner.failures == 0 and runner.tries > 1, "".join(output)


def _write_maximum(path):
    """The largest of two features of one sample, as ReduceMax."""
    import onnx
    from onnx import TensorProto, helper

    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    node = helper.make_node("ReduceMax", ["x", "axes"], ["y"], keepdims=1)
    graph = helper.make_graph([node], "maximum", [x], [y], [axes])
    opsets = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)


def resolve(name):
    """What a name of See Also stands for: ``mt.name`` or ``Class.member``."""
    first, _, second = name.partition(".")
    assert second, f"{name}: expected mt.name or Class.member"
    if first == "mt":
        assert second in mt.__all__, name
        return getattr(mt, second)
    assert first in mt.__all__, name
    return getattr(getattr(mt, first), second)


def test_what_is_at_the_top_level_says_what_else_there_is():
    assert [name for name in mt.__all__ if "See Also" not in sections(name)] == []


@pytest.mark.parametrize("name", [n for n in PUBLIC if "See Also" in (definition(n).__doc__ or "")])
def test_see_also_names_exist(name):
    seen: list[str] = []
    for line in sections(name)["See Also"].split("\n"):
        names, _, text = line.partition(" : ")
        assert text.endswith("."), f"{name}: {line}"
        seen += names.split(", ")
    for other in seen:
        assert resolve(other) is not None
        assert other not in (name, f"mt.{name}"), f"{name} refers to itself"
    assert len(set(seen)) == len(seen), name


EQUATIONS = {
    "Expression.gradient": ["(14)"],
    "Expression.represent": ["(6)", "(7)"],
    "Representation": ["(6)"],
    "DerivedRepresentation": ["(6)", "(7)"],
    "DerivedRepresentation.chain_rule": ["(14)"],
    "DerivedRepresentation.tangential_conditions": ["(15)"],
    "LocalAnalysis.products": ["(14)"],
    "check": ["(15)"],
    "check_gradient": ["(15)"],
    "check_stampacchia": ["(11)", "(14)", "(22)"],
    "derivation": ["(1)", "(6)", "(7)", "(9)", "(14)", "(15)"],
    "max": ["(17)", "(19)", "(20)"],
    "relu": ["§4.1"],
    "verify_chain_rule": ["(14)"],
}
"""The equations of Després (2024) that a docstring is about."""

REFERENCES = {
    "DerivedRepresentation": ["Murat", "Després"],
    "DerivedRepresentation.merged": ["Bemporad"],
    "Expression": ["Murat", "Després"],
    "Expression.at": ["Clarke", "Griewank"],
    "Expression.strata": ["Edelsbrunner"],
    "Expression.to_abs_normal": ["Griewank", "Radons"],
    "Expression.to_difference_of_convex": ["Griewank", "Tran"],
    "Expression.to_max_min": ["Ovchinnikov"],
    "Expression.to_relu_network": ["Arora", "Wang", "Hertrich"],
    "Expression.to_tropical": ["Zhang", "Tran"],
    "LocalAnalysis": ["Clarke", "Scholtes", "Bolte", "Khan"],
    "LocalAnalysis.bouligand": ["Scholtes"],
    "LocalAnalysis.clarke": ["Clarke"],
    "LocalAnalysis.frechet": ["Rockafellar"],
    "LocalAnalysis.is_regular": ["Clarke"],
    "LocalAnalysis.mordukhovich": ["Rockafellar"],
    "LocalAnalysis.normal_cone": ["Rockafellar"],
    "LocalAnalysis.is_stationary": ["Clarke"],
    "LocalAnalysis.lexicographic": ["Nesterov", "Khan"],
    "LocalAnalysis.products": ["Bolte"],
    "Piece": ["Després"],
    "Representation": ["Murat", "Després", "Ovchinnikov"],
    "Representation.artifacts": ["Bolte"],
    "Representation.classify": ["Clarke", "Bolte"],
    "Rung": ["Clarke", "Scholtes", "Bolte", "Després"],
    "Strata": ["Edelsbrunner", "Buck"],
    "Strata.f_vector": ["Buck"],
    "apply": ["Murat", "Després"],
    "audit": ["Boustany", "Bertoin"],
    "batch_norm": ["Ioffe"],
    "check": ["Murat", "Després"],
    "check_gradient": ["Després", "Bolte"],
    "check_stampacchia": ["Stampacchia", "Murat", "Després"],
    "conjugate": ["Rockafellar", "Wets"],
    "critical_points": ["Clarke", "Bolte"],
    "derivation": ["Murat", "Després"],
    "lipschitz": ["Scholtes"],
    "lipschitz_report": ["Virmaux"],
    "max": ["Després", "Boustany"],
    "maxout": ["Goodfellow"],
    "maxpool2d": ["Boustany"],
    "mix": ["Boustany"],
    "moreau_envelope": ["Moreau", "Rockafellar"],
    "multi_margin": ["Weston"],
    "multiclass_hinge": ["Crammer"],
    "prelu": ["K. He"],
    "proximal_map": ["Moreau", "Rockafellar"],
    "relu": ["Després", "Bertoin"],
    "verify_chain_rule": ["Murat", "Després"],
}
"""Whose work a docstring must refer to."""


def entries(text):
    """The items of a list, each in one line."""
    return [" ".join(item.split()) for item in re.split(r"^- ", text, flags=re.M) if item.strip()]


def bibliography():
    text = (Path(__file__).parent.parent / "docs" / "index.md").read_text(encoding="utf-8")
    part = text.split("## Sources\n")[1].split("```")[0]
    return entries(part[part.index("- ") :])


@pytest.mark.parametrize("name", EQUATIONS)
def test_equations_are_named(name):
    text = definition(name).__doc__.split("Examples\n")[0]
    assert all(equation in text for equation in EQUATIONS[name]), name


@pytest.mark.parametrize("name", REFERENCES)
def test_references_are_given(name):
    found = entries(sections(name)["References"])
    authors = [entry.split("*")[0] for entry in found]
    assert len(found) == len(REFERENCES[name])
    for author in REFERENCES[name]:
        assert any(author in text for text in authors), f"{name}: {author}"


def test_references_and_the_list_of_sources_are_the_same():
    cited = {entry for name in PUBLIC for entry in entries(sections(name).get("References", ""))}
    sources = bibliography()
    assert cited == set(sources)
    assert len(set(sources)) == len(sources) >= 20
    assert all(re.search(r"\*.+\*.*, (19|20)\d\d\.$", source) for source in sources)
