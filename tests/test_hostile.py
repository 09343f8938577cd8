"""Input that lies, repeats itself, has no end or markup in it: an answer, or one short sentence.

What is measured in time and memory is in processes with limits of their own; the rest is asked here,
under a limit of processor time. Expected values are those of the same function written plainly.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.budget import Limits, current
from piecewise_mt.cli import main

x, y = mt.variables("x y")
MARKUP = [
    "<script>alert(1)</script>",
    r"\input{/etc/passwd}",
    "$x$",
    "a|b",
    "`ls`",
    "\x1b[31mred",
    "‮evil",
    "a\nb",
]


def sentence(error):
    """The message, which is one line of at most 500 printable characters."""
    message = str(error.value)
    assert len(message) <= 500 and message.isprintable(), message
    return message


@contextmanager
def in_time(seconds=5.0):
    """A limit of processor time, which other processes of a busy machine do not use up."""

    def stop(*_):
        raise AssertionError("took too long")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def apart(code, seconds=5, size=1.0):
    """What a program prints that asks for `code`, with the most memory and time that it may take."""
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_CPU, ({seconds + 2}, {seconds + 2}))
import piecewise_mt as mt
try:
    print("answer", {code})
except mt.PiecewiseError as error:
    print(type(error).__name__, str(error).isprintable() and len(str(error)) <= 500)
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_maxrss < {size} * 2**20, used.ru_utime + used.ru_stime < {seconds + 1})
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    first, second = done.stdout.rsplit("\n", 2)[:2]
    assert second == "True True", done.stdout
    return first


# -- size --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code, answer",
    [
        ('mt.parse("x" + "*2**13000"*2000).value((0,))', "answer 0"),
        ("mt.affine([[1]*20000], mt.vector('x', 20000)).represent()", "OutOfBudget True"),
        ("mt.conv1d(mt.tensor('x', (1, 4)), [[[1, 2]]], padding=10**9)", "OutOfBudget True"),
        ('mt.parse("+".join(f"relu(x{i})" for i in range(40))).represent()', "TooManyPieces True"),
    ],
)
def test_what_does_not_fit_is_counted_before_it_is_built(code, answer):
    assert apart(code) == answer


def long_sum(n):
    f = x
    for _ in range(n):
        f = f + 1
    return f


TOO_LARGE = {
    "variables": lambda: mt.variables("x1:1000000"),
    "variables without an end": lambda: mt.variables(iter(lambda: "x", None)),
    "lists in lists": lambda: mt.variables([[[[[[[[[[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]]]]]]]]]),
    "depth": lambda: long_sum(10**5 + 1),
    "power": lambda: mt.parse("max((a+b+c+d+e+f)**50, 0)").represent(),
    "squares": lambda: tower(60).value((2,)),
    "product": lambda: str(mt.parse("*".join(f"(x{i}+1)" for i in range(300))).represent().table()),
    "softmax": lambda: str(
        mt.parse(f"softmax([{','.join(f'x{i}' for i in range(200))}])").represent().table()
    ),
    "softmax at a point": lambda: mt.softmax(mt.vector("x", 200)).gradient((0,) * 200),
    "conditions": lambda: mt.parse(f"where({' and '.join(['x > 0']*10000)}, x, 0)").represent(),
    "exponent": lambda: mt.parse("x**99999999"),
    "axes": lambda: mt.affine(nested(10**5), x.reshape(1)),
    "its own entry": lambda: mt.affine(own_entry(), x.reshape(1)),
    "maximum": lambda: mt.max(mt.vector("x", 30)).represent(),
    "windows": lambda: mt.conv2d(mt.tensor("x", (1, 4, 4)), [[[[1, 2]]]], padding=10**6),
}  # fmt: skip


def tower(n):
    f = x
    for _ in range(n):
        f = mt.square(f)
    return f


def nested(n):
    value = 1
    for _ in range(n):
        value = [value]
    return value


def own_entry():
    value = []
    value.append(value)
    return value


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_is_refused_at_once(name):
    with in_time(), pytest.raises(mt.PiecewiseError) as error:
        TOO_LARGE[name]()
    sentence(error)


def test_padding_is_not_looked_at_place_by_place():
    line = mt.vector("x", 4).reshape(1, 4)
    with in_time():
        pooled = mt.maxpool1d(line, 10**9, padding=5 * 10**8, stride=10**9)
    # every window that is left sees what the plain maximum sees
    assert mt.equal(pooled.reshape(-1)[0], mt.max(line)) or pooled.shape == (1, 2)


# -- many kinks and many pieces -------------------------------------------------------------------


def lines(n):
    """A function with n lines in general position as kinks: 2n² + 1 faces."""
    return mt.parse("+".join(f"relu({k}*x - y - {k * k})" for k in range(n)))


def test_many_lines_in_the_plane_are_refused_before_they_take_long():
    # 2,000 lines have 8 million faces, and every cut looks at all that there are
    f = lines(2000)
    with in_time(10), pytest.raises(mt.OutOfBudget, match="steps for the faces") as error:
        f.represent()
    sentence(error)


def test_a_budget_of_seconds_is_leave_for_more_steps(monkeypatch):
    from piecewise_mt.calculus.partition import refinement

    monkeypatch.setattr(refinement, "MAX_LOOKS", 100)
    with pytest.raises(mt.OutOfBudget, match="at most 100 steps for the faces"):
        lines(20).strata().f_vector
    with mt.limits(seconds=1000):
        # tangents of a parabola: no three in a point, no two parallel
        assert lines(20).strata().f_vector == (190, 400, 211)


def stated(n, piece, **given):
    return mt.Representation("x", [piece(k) for k in range(n)], **given)


@pytest.mark.parametrize(
    "formula, gradient, wrong",
    [("x", None, set()), ("x", "1", set()), ("2*x", None, {"formulas"})],
)
def test_equal_pieces_are_looked_at_once(formula, gradient, wrong):
    entry = ("x > 0", formula) if gradient is None else ("x > 0", formula, gradient)
    with in_time():
        report = mt.check(stated(5000, lambda k: entry, of=mt.relu(x)))
    failed = {failure.check for failure in report.failures}
    # what two such pieces are told, and what 5000 are, is the same
    two = mt.check(stated(2, lambda k: entry, of=mt.relu(x)))
    assert failed == {failure.check for failure in two.failures}
    assert failed == {"disjoint", "cover"} | wrong
    alphas = [f.data["pieces"] for f in report.failures if f.check == "disjoint"]
    assert alphas == [(1, 2)]


def test_equal_pieces_keep_their_numbers():
    rep = mt.Representation("x", [("x > 0", "x"), ("x <= 0", "0"), ("x > 0", "x")])
    assert [piece.alpha for piece in rep] == [1, 2, 3]
    failures = mt.check(rep).failures
    assert [failure.data["pieces"] for failure in failures] == [(1, 3)]


def test_many_intervals_are_checked_in_halves():
    n = 600
    intervals = [("x <= 0", "0"), *((f"x > {k} and x <= {k + 1}", "x") for k in range(n))]
    gap = intervals[:300] + intervals[301:]
    with in_time():
        whole = mt.check(mt.Representation("x", [*intervals, (f"x > {n}", "x")], of=mt.relu(x)))
        holed = mt.check(mt.Representation("x", [*gap, (f"x > {n}", "x")], of=mt.relu(x)))
    assert whole.ok and not holed.ok
    # one interval is missing: ]299, 300]
    points = [failure.point[0] for failure in holed.failures if failure.check == "cover"]
    assert points and all(299 < point <= 300 for point in points)


def test_too_many_cells_are_refused(monkeypatch):
    from piecewise_mt.geometry import cover

    monkeypatch.setattr(cover, "MAX_PIECE_LOOKS", 50)
    rep = stated(40, lambda k: (f"x > {k} and x <= {k + 1}", "x"))
    with pytest.raises(mt.OutOfBudget, match="steps for the cells") as error:
        mt.check(rep)
    sentence(error)
    with mt.limits(seconds=1000):
        assert {failure.check for failure in mt.check(rep).failures} == {"cover"}


# -- the budget --------------------------------------------------------------------------------


def test_a_budget_of_seconds_stops_sympy_and_leaves_no_timer():
    f = mt.parse(f"softmax([{','.join(f'x{i}' for i in range(40))}])")
    with in_time(10), pytest.raises(mt.OutOfBudget, match="within 0.3 seconds") as error:
        with mt.limits(seconds=0.3):
            str(f.represent().table())
    sentence(error)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert current() == Limits()


def test_a_budget_of_faces_holds_for_strata_and_points():
    f = mt.max(*mt.variables("x1:9")) + mt.relu(mt.variable("x1"))
    with mt.limits(faces=100), pytest.raises(mt.TooManyPieces):
        f.represent()
    with mt.limits(faces=10**5):
        assert len(f.represent()) == len(f.represent(max_pieces=10**6))


def test_a_budget_of_bytes_holds_for_what_is_counted():
    with mt.limits(bytes=10**4), pytest.raises(mt.OutOfBudget):
        mt.affine([[1] * 200], mt.vector("x", 200)).represent()
    with mt.limits(bytes=100), pytest.raises(mt.OutOfBudget):
        mt.Representation.from_json(mt.relu(x).represent().to_json())


def test_of_nested_budgets_the_smaller_holds():
    with mt.limits(seconds=100, faces=10, bytes=7):
        with mt.limits(seconds=1000, faces=20) as inner:
            assert (inner.seconds, inner.faces, inner.bytes) == (100, 10, 7)
        with mt.limits(seconds=1, bytes=5) as inner:
            assert (inner.seconds, inner.faces, inner.bytes) == (1, 10, 5)
        assert current().faces == 10


def test_a_budget_is_not_that_of_other_threads():
    seen = []
    with mt.limits(faces=1):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    assert seen == [Limits()]


def test_a_budget_holds_in_other_threads_that_ask_for_one():
    caught = []

    def ask():
        try:
            with mt.limits(seconds=0):
                mt.max(x, y).represent()
        except mt.OutOfBudget as error:
            caught.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert len(caught) == 1


@pytest.mark.parametrize(
    "given_",
    [{"seconds": -1}, {"seconds": float("nan")}, {"seconds": "1"}, {"faces": 1.5}, {"bytes": True}],
    ids=str,
)
def test_a_budget_is_of_numbers(given_):
    with pytest.raises(mt.PiecewiseError, match="≥ 0 of") as error, mt.limits(**given_):
        pass
    sentence(error)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--max-seconds", "0"], "within 0 seconds"),
        (["--max-faces", "2"], "at most 2"),
        (["--max-bytes", "1"], "at most 1 bytes"),
        (["--max-seconds", "soon"], "with --max-seconds, got soon"),
        (["--max-faces", "9" * 5000], "with --max-faces, got 999"),
    ],
)
def test_the_command_line_has_the_budget(arguments, words, capsys):
    assert main(["max(x, y) + relu(x)", *arguments]) == 2
    err = capsys.readouterr().err
    assert words in err and len(err) < 520


# -- JSON --------------------------------------------------------------------------------------


def written():
    return json.loads(mt.max(x, y).represent().to_json())


def forged(*path, value):
    data = written()
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(data)


def twice(text):
    return text.replace('"shape": []', '"shape": [5], "shape": []')


PIECE = ("pieces", 0)
FORGED = {
    "a shape": lambda: forged("shape", value=[10**9]),
    "a shape of many digits": lambda: forged("shape", value=[10**400]),
    "no entries": lambda: forged("shape", value=[0]),
    "a key twice": lambda: twice(json.dumps(written())),
    "a variable twice": lambda: forged("variables", value=["x", "x"]),
    "one name in two spellings": lambda: forged("variables", value=["ﬁ", "fi"]),
    "a million variables": lambda: forged("variables", value=["x"] * 10**6),
    "a long name": lambda: forged("variables", value=["x" * 10**4, "y"]),
    "half of a character": lambda: forged("variables", value=["x\ud800", "y"]),
    "nan": lambda: forged(*PIECE, "alpha", value=float("nan")),
    "a float": lambda: forged(*PIECE, "alpha", value=1.0),
    "a truth value": lambda: forged(*PIECE, "alpha", value=True),
    "a million digits": lambda: forged(*PIECE, "affine", value=[["9" * 10**6, "0", "0"]]),
    "a million digits, bare": lambda: json.dumps(written()).replace("1,", "9" * 10**6 + ",", 1),
    "depth": lambda: '{"a":' * 10**5,
    "depth of lists": lambda: "[" * 10**5,
    "depth of a formula": lambda: formula("(" * 40000 + "x" + ")" * 40000),
    "a heavy factor": lambda: formula("x" + "*2**13000" * 2000),
    "a heavy power": lambda: formula("(x+y+1)**99999"),
    "a tower": lambda: formula("2**2**2**2**2**2*x"),
    "a root of -1": lambda: formula("sqrt(-1)*x"),
    "logarithms of nothing": lambda: formula("log(log(log(-1)))"),
    "division by zero": lambda: formula("x/(y-y)"),
    "an empty formula": lambda: formula(""),
    "a bracket": lambda: formula("[x, y]"),
    "a row of words": lambda: row("sqrt(q)"),
    "a row of a power": lambda: row("2**99999999999"),
    "a row of zero denominators": lambda: row("1/0"),
    "no pieces": lambda: forged("pieces", value=[]),
    "a condition": lambda: forged(*PIECE, "parts", value=[{"condition": "x > <script>"}]),
    "a version": lambda: forged("version", value="\n\x1b[31m" * 1000),
    "words": lambda: forged("format", value="x" * 10**6),
}


def formula(text):
    data = written()
    data["pieces"][0] |= {"affine": None, "formulas": [text]}
    return json.dumps(data)


def row(text):
    return forged(*PIECE, "parts", 0, "inequalities", 0, "row", 0, value=text)


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_file_is_refused_in_one_sentence(name):
    text = FORGED[name]()
    with in_time(), pytest.raises(mt.PiecewiseError) as error:
        mt.check(mt.Representation.from_json(text))
    sentence(error)


def test_a_sum_of_many_terms_is_read_once():
    text = "+".join(f"x**{k % 90 + 1}*{k}" for k in range(4000))
    with in_time():
        rep = mt.Representation.from_json(formula(text), of=False)
    assert sympy.Poly(rep[0].formula).degree() == 90


PATHS = ["/dev/zero", "/dev/null", "/", "a\0b", "a" * 10**5, "\x1b[31m\n", 5, None]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path)[:12])
@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there are no devices")
def test_what_is_no_file_is_refused(path):
    with in_time(), pytest.raises(mt.PiecewiseError) as error:
        mt.Representation.from_json(path)
    sentence(error)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_keeps_nobody_waiting(tmp_path, capsys):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with in_time(), pytest.raises(mt.PiecewiseError, match="a device or a pipe") as error:
        mt.Representation.from_json(pipe)
    sentence(error)
    assert main(["--check", str(pipe)]) == 2
    folder = tmp_path / "shards"
    folder.mkdir()
    os.mkfifo(folder / "journal.jsonl")
    with pytest.raises(mt.PiecewiseError, match="a device or a pipe"):
        mt.read_shards(folder, mt.max(x, y))


HEAD = {
    "format": "piecewise_mt.shards", "version": 1, "function": "max(x, y)", "domain": None,
    "variables": ["x", "y"], "fingerprint": "0", "paths": [],
}  # fmt: skip
JOURNALS = {
    "depth": "[" * 10**5 + "\n",
    "no list": json.dumps(HEAD | {"paths": None}) + "\n",
    "a number": json.dumps(HEAD | {"fingerprint": 5}) + "\n",
    "a list": json.dumps([1]) + "\n",
    "other files": json.dumps(HEAD) + "\n"
    + json.dumps({"path": [], "left": [], "files": ["../../etc/passwd"], "counts": [1, 2, 3]}) + "\n",
    "words as counts": json.dumps(HEAD) + "\n"
    + json.dumps({"path": [], "left": [], "files": [], "counts": [1, 2, "a"]}) + "\n",
    "few counts": json.dumps(HEAD) + "\n"
    + json.dumps({"path": [], "left": [], "files": [], "counts": [1]}) + "\n",
    "control characters": json.dumps(HEAD | {"function": "\n\x1b[31m" * 1000}) + "\n",
}  # fmt: skip


@pytest.mark.parametrize("name", JOURNALS)
def test_a_forged_journal_is_refused(name, tmp_path):
    (tmp_path / "journal.jsonl").write_text(JOURNALS[name])
    with in_time(), pytest.raises(mt.PiecewiseError) as error:
        mt.read_shards(tmp_path, mt.max(x, y))
    sentence(error)


VALUES = [
    None, True, 0, 1, -1, 10**9, 1.5, "", "x", "y", "0", "1", "-1/2", "1/0", "sqrt(2)", "x > 0", "x < y", [], [[]],
    {}, [1], ["1"], ["x"], [["1", "0", "0"]], {"condition": "x > 0"}, "\x1b[31m", "‮", "<script>", "z", "max(x, y)", "exp(x)", "2**9999",
]  # fmt: skip


def places(data, path=()):
    """Every place of JSON data."""
    yield path
    inner = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, value in inner:
        yield from places(value, (*path, key))


PLACES = [path for path in places(written()) if path]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(VALUES)), min_size=1, max_size=2)
)
def test_any_change_of_a_file_is_refused_or_checked(changes):
    data = written()
    for path, value in changes:
        place = data
        try:
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
        except (TypeError, LookupError):
            continue  # the first change took the place of the second
    try:
        rep = mt.Representation.from_json(json.dumps(data))
        str(rep.table())
        report = mt.check(rep)
    except mt.PiecewiseError as error:
        assert len(str(error)) <= 500 and str(error).isprintable()
        return
    if report.ok and rep.of is not None and str(rep.of) == "max(x, y)":
        # what is checked is the function: its values are those of the maximum
        for point in ((0, 1), (1, 0), (2, 2)):
            assert rep.value(point).subs("z", 0) == max(point)


# -- names and markup --------------------------------------------------------------------------


@pytest.mark.parametrize("name", MARKUP, ids=ascii)
def test_markup_is_no_name(name):
    symbol = sympy.Symbol(name)
    for build in (
        lambda: mt.variable(name),
        lambda: mt.vector(name, 2),
        lambda: mt.parameter(name),
        lambda: mt.relu(x, at_zero=symbol),
        lambda: mt.from_sympy(abs(symbol), [symbol]),
        lambda: mt.parse(f"max({name}, y)"),
        lambda: mt.max(x, y).value({name: 1, "y": 2}),
        lambda: mt.Representation([x], [(f"{name} > 0", "x")]),
    ):
        with pytest.raises(mt.PiecewiseError) as error:
            build()
        sentence(error)


def test_markup_in_a_title_of_a_file_is_not_shown():
    data = written() | {"of": False, "function": " ".join(MARKUP) * 50}
    rep = mt.Representation.from_json(json.dumps(data))
    for text in (
        str(rep.table()),
        rep.table().to_markdown(),
        rep.to_latex(),
        rep.to_html(),
        repr(rep),
    ):
        assert not any(mark in text for mark in ("alert(1)", "/etc/passwd", "\x1b", "‮"))


@pytest.mark.parametrize("name", MARKUP, ids=ascii)
def test_labels_of_a_file_are_derived_and_not_believed(name):
    data = written()
    data["pieces"][0] |= {"labels": [name], "condition": name, "formula": name, "witness": [name]}
    rep = mt.Representation.from_json(json.dumps(data))
    for text in (str(rep.table()), rep.table().to_markdown(), rep.to_latex(), rep.to_html()):
        assert name == "$x$" or name not in text


@pytest.mark.parametrize(
    "text", ["max(x\x1b[31m, y)", "‮x", "x" * 10**4, "relu(\n\nx", "$", "x" * 10**6]
)
def test_what_is_wrong_in_a_text_is_quoted_in_print(text, capsys):
    with pytest.raises(mt.PiecewiseError) as error:
        mt.parse(text)
    sentence(error)
    assert all(line.isprintable() for line in error.value.caret().split("\n"))
    assert main([text]) == 2
    first = capsys.readouterr().err.split("\n")[0]
    assert first.isprintable() and len(first) <= 510


def test_a_message_keeps_its_beginning_and_its_end():
    error = mt.PiecewiseError("expected a name, got " + "n\n" * 10**6 + "; write another")
    assert len(str(error)) == 500
    assert str(error).startswith("expected a name, got n\\nn") and str(error).endswith(
        "; write another"
    )


def test_an_error_with_details_is_the_same_after_pickling():
    import pickle

    for error in (
        mt.ParseError("no\n", "text", 3),
        mt.NotContinuous("jump", (1,)),
        mt.UnknownVariable("q"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error) and vars(again) == vars(error)


# -- ONNX --------------------------------------------------------------------------------------


def saved(tmp_path, nodes, shape=(1, 1), constants=(), functions=()):
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    graph = helper.make_graph(
        nodes(helper),
        "g",
        [helper.make_tensor_value_info("x", 1, shape)],
        [helper.make_tensor_value_info("y", 1, ["a", "b"])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("d", 1)],
        functions=functions,
    )
    model.ir_version = 8
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def doubling(helper):
    """Functions that call each other twice: a billion nodes."""
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("d", 1)]
    for k in range(30):
        own = ("Relu", "") if k == 0 else (f"f{k - 1}", "d")
        body = [helper.make_node(own[0], [a], [b], domain=own[1]) for a, b in ("ab", "bc")]
        yield helper.make_function("d", f"f{k}", ["a"], ["c"], body, opsets)


def test_onnx_files_that_lie(tmp_path):
    onnx = pytest.importorskip("onnx")
    import numpy

    name = "\n\x1b[31m‮" + "n" * 3000
    size = ("s", numpy.array([1, 10**6], dtype=numpy.int64))
    cases = {
        "inputs": {"nodes": lambda h: [h.make_node("Relu", ["x"], ["y"])], "shape": (1, 10**6)},
        "negative": {"nodes": lambda h: [h.make_node("Relu", ["x"], ["y"])], "shape": (1, -5)},
        "names": {"nodes": lambda h: [h.make_node("Bogus", ["x"], ["y"], name=name)]},
        "jumps": {"nodes": lambda h: [h.make_node("Floor", ["x"], ["y"], name=name)]},
        "expand": {
            "nodes": lambda h: [
                *(h.make_node("Expand", ["x", "s"], [f"e{k}"]) for k in range(200)),
                h.make_node("Sum", [f"e{k}" for k in range(200)], ["y"]),
            ],
            "constants": [size],
        },
        "resize": {
            "nodes": lambda h: [h.make_node("Resize", ["x", "", "r"], ["y"], mode="linear")],
            "shape": (1, 1, 4),
            "constants": [("r", numpy.array([1, 1, 1e9], dtype=numpy.float32))],
        },
        "functions": {
            "nodes": lambda h: [h.make_node("f29", ["x"], ["y"], domain="d")],
            "functions": list(doubling(onnx.helper)),
        },
    }
    for case in cases.values():
        path = saved(tmp_path, **case)
        with in_time(), pytest.raises(mt.PiecewiseError) as error:
            mt.from_onnx(path)
        sentence(error)
    for path in ("/dev/zero", "/", "a\0b"):
        with in_time(), pytest.raises(mt.PiecewiseError):
            mt.from_onnx(path)
