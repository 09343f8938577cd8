"""Certificates that lie: each is refused with one sentence, and none raises."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from certificate_mutations import certificates, run

import piecewise_mt as mt
from piecewise_mt.paper.examples import EXAMPLES, write_certificates
from piecewise_mt_check import check_data, check_file, check_text
from piecewise_mt_check.intervals import PI, Interval, NotKnown, rounded, tan

x, y = mt.variables("x y")
FOLDER = Path(__file__).parent / "data" / "certificates"
FILES = sorted(FOLDER.glob("*.json"))
SCHEMA = json.loads(
    Path(sys.modules["piecewise_mt_check"].__file__).with_name("schema.json").read_text()
)


def table(f, domain=None):
    return json.loads(f.represent(domain).certificate())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_papers_tables(path):
    assert check_file(str(path)).answer == "valid"
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), SCHEMA)


def test_the_files_are_those_that_the_command_writes(tmp_path):
    # python -m piecewise_mt paper --certificate tests/data/certificates
    written = write_certificates(tmp_path)
    assert len(written) == len(EXAMPLES) <= len(FILES)
    for path in map(Path, written):
        assert path.read_text(encoding="utf-8") == (FOLDER / path.name).read_text(encoding="utf-8")


def test_certificates_have_the_published_form():
    tables = jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": "#/$defs/table"})
    for data in certificates():
        tables.validate(data)


def test_changes_at_random():
    counts, false = run(300, seed=5)
    assert not false and counts["invalid"] > 200, (counts, false)


def refused(data, word):
    verdict = check_data(data)
    assert verdict.answer == "invalid" and word in verdict.reason, verdict


def test_strict_and_not_strict():
    data = table(mt.max(x, y, ties="first"))
    # x >= y and y > x; as x > y the tie is in none, as y >= x in both
    for piece, relation in ((0, ">"), (1, ">=")):
        other = copy.deepcopy(data)
        assert other["pieces"][piece]["parts"][0]["rows"][0][0] != relation
        other["pieces"][piece]["parts"][0]["rows"][0][0] = relation
        assert check_data(other).answer == "invalid"


def test_pieces_exchanged():
    data = table(mt.max(x, y))
    data["pieces"][0], data["pieces"][1] = data["pieces"][1], data["pieces"][0]
    refused(data, "proof")
    data = table(mt.max(x, y))
    one, two = data["pieces"][:2]
    one["formula"], two["formula"] = two["formula"], one["formula"]
    one["gradient"], two["gradient"] = two["gradient"], one["gradient"]
    refused(data, "differs from the function")


def test_leaf_that_names_another_piece():
    data = table(mt.max(x, y))
    leaves = [entry for entry in data["tree"] if isinstance(entry, dict)]
    leaves[0]["piece"] = 2
    refused(data, "proof")


def test_negative_multiplier():
    data = table(mt.relu(x) + mt.relu(x - 1))
    empty = [entry for entry in data["tree"] if isinstance(entry, list)]
    assert empty
    empty[0][1] = -empty[0][1]
    refused(data, "negative multiplier")


def test_region_called_empty():
    data = table(mt.max(x, y))
    place = next(i for i, entry in enumerate(data["tree"]) if isinstance(entry, dict))
    for claim in ([], [0, 0], [0, 1]):
        data["tree"][place] = claim
        assert check_data(data).answer == "invalid"


@pytest.mark.parametrize("tree", [[], [None], [{}], [[]], [None] * 5])
def test_tree_that_is_cut_short(tree):
    data = table(mt.max(x, y))
    data["tree"] = tree
    assert check_data(data).answer == "invalid"


def test_piece_left_out_or_repeated():
    data = table(mt.max(x, y))
    more = copy.deepcopy(data)
    more["pieces"].append(copy.deepcopy(more["pieces"][0]))
    refused(more, "piece 4")
    del data["pieces"][2]
    assert check_data(data).answer == "invalid"


def test_names_of_parameters():
    f = mt.relu(x) - mt.relu(y)
    data = table(f)
    assert [names for _, _, names in data["symbols"]] == [["z1"], ["z2"]]
    text = json.dumps(data)
    # other names throughout are the same statement; one name for both, or a variable's, is not
    other = text.replace('"z1"', '"u"').replace('"z2"', '"v"')
    assert check_text(other).answer == "valid"
    assert check_text(text.replace('"z1"', '"z2"')).answer == "invalid"
    assert check_text(text.replace('"z1"', '"x"')).answer == "invalid"
    data["symbols"].pop()
    refused(data, "without names")


def test_gradient_of_another_rule():
    data = table(mt.max(x, y, ties="average"))
    data["function"]["atoms"][0]["ties"] = {"weights": [1, 2]}
    refused(data, "(14)")


def test_gradient_that_only_the_hull_allows():
    # (2, -1) satisfies (15) on the tie, and is no product of the rule
    data = table(mt.max(x, y, ties="average"))
    tie = data["pieces"][2]
    tie["formula"], tie["gradient"] = [[0, 2, -1]], [[2, -1]]
    refused(data, "(14)")
    data["product"] = False
    assert check_data(data).answer == "valid"


def test_function_that_is_another():
    data = table(mt.relu(x) + y)
    data["function"]["nodes"][-1]["bias"] = [1]
    refused(data, "differs from the function")


def test_domain_made_smaller_or_larger():
    data = table(mt.relu(x), "x >= -1")
    for row in ([">=", 2, 1], [">", 1, 1], ["=", 1, 1]):
        other = copy.deepcopy(data)
        other["domain"][0] = row
        assert check_data(other).answer == "invalid"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "unsupported"),
        ("[" * 100_000, "unsupported"),
        ('{"a":' * 100_000, "unsupported"),
        ("[1,2", "unsupported"),
        ("NaN", "unsupported"),
        ("1" * 10**6, "unsupported"),
        ('{"format": 1, "format": 2}', "unsupported"),
        ('{"format": "piecewise_mt.certificate", "version": 1.0}', "unsupported"),
        ('{"format": "piecewise_mt.certificate", "version": true}', "unsupported"),
        ('{"format": "piecewise_mt.certificate", "version": 1, "kind": "table"}', "invalid"),
        ('{"format": "piecewise_mt.certificate", "version": 1, "kind": "\\u202e"}', "unsupported"),
    ],
)
def test_texts_that_are_no_certificate(text, answer):
    verdict = check_text(text)
    assert verdict.answer == answer
    assert len(str(verdict)) < 500 and str(verdict).isprintable()


def function_of(nodes, atoms=()):
    return {"variables": ["x"], "atoms": list(atoms), "nodes": nodes}


VARIABLE = {"node": "variable", "shape": [], "names": ["x"]}
RELU = {"atom": "piecewise_linear", "breakpoints": [0], "slopes": [0, 1], "value": 0}
STEEP = RELU | {"slopes": [10**3900, 10**3900 - 1], "at_breaks": [0]}


@pytest.mark.parametrize(
    "function",
    [
        function_of([VARIABLE, {"node": "gather", "args": [0], "shape": [10**5], "indices": [0] * 10**5}]
                    + [{"node": "gather", "args": [1] * 10**5, "shape": [1], "indices": [0]}]),
        function_of([VARIABLE | {"shape": [10**4000] * 2000}]),
        function_of([VARIABLE, {"node": "linear", "args": [0], "shape": [1],
                                "rows": [[[0, f"1/{10**3900 + k}"] for k in range(2000)]], "bias": [0]}]),
        function_of([VARIABLE] + [{"node": "piecewise", "args": [k], "shape": [],
                                   "units": [[0, [0]]]} for k in range(300)], [STEEP]),
        function_of([VARIABLE, {"node": "piecewise", "args": [0], "shape": [],
                                "units": [[0, [0]]]}], [{"atom": "max", "n": 10**9, "ties": "free"}]),
    ],
)  # fmt: skip
def test_functions_that_would_grow(function):
    data = table(mt.relu(x)) | {"function": function, "symbols": []}
    data["tree"] = [None] * 10**4
    start = time.process_time()
    verdict = check_data(data)
    assert verdict.answer in ("invalid", "unsupported") and len(str(verdict)) < 500
    assert time.process_time() - start < 5


def test_exit_codes_and_streams(tmp_path):
    good, bad, other = (tmp_path / name for name in ("good", "bad", "other"))
    text = mt.max(x, y).represent().certificate(good)
    bad.write_text(text.replace('"piece":1', '"piece":2'), encoding="utf-8")
    other.write_text("{}", encoding="utf-8")
    root = Path(mt.__file__).parents[1]
    for path, code, word in ((good, 0, "valid"), (bad, 1, "invalid"), (other, 2, "unsupported")):
        for program in (["piecewise_mt_check"], ["piecewise_mt", "verify"]):
            run = subprocess.run(
                [sys.executable, "-m", *program, str(path)],
                capture_output=True,
                text=True,
                cwd=root,
                env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(root)},
            )
            assert run.returncode == code and run.stdout.startswith(word) and not run.stderr
    assert check_file(str(tmp_path)).answer == "unsupported"


def constant_bound(expression, **bounds):
    """That a formula without operands lies between bounds."""
    data = json.loads(mt.certify(mt.exp(x), "bound", domain={"x": (0, 1)}, high=3))
    data["function"]["formulas"][0]["expression"] = expression
    del data["high"]
    return check_data(data | bounds)


def test_a_negative_number_too_small_for_the_scale_is_rounded_down():
    # (5/3^1888)^10 is about 2^-29947, and times 2^30000 more than 1
    tiny = ["*", -1, *[str(Fraction(5, 3**1888))] * 10]
    large = [["^", 2, 1000]] * 30
    true = -(Fraction(5, 3**1888) ** 10) * 2**30000
    assert true < -1
    verdict = constant_bound(["*", tiny, *large], low=-1)
    assert verdict.answer == "invalid", verdict
    for value in (Fraction(-(3**300), 2**n) for n in (29_000, 30_300, 30_400, 30_475, 30_600)):
        below = rounded(value, value)
        assert below.low <= value <= below.high


def test_a_tangent_beside_a_pole():
    # just below pi/2, in a number so long that it is rounded, to one above pi/2
    long = PI.low / 2 - Fraction(1, 2**110) - Fraction(1, 3**200)
    assert long + Fraction(1, 2**98) > PI.high / 2
    verdict = constant_bound(["tan", str(long)], high=-1)
    assert verdict.answer == "invalid" and "pole" in verdict.reason, verdict
    with pytest.raises(NotKnown):
        tan(Interval(Fraction(1), long))


def jumps_everywhere(count):
    """2^count leaves, most of them empty, none with a proof."""
    f = sum((mt.where(x > i, 1, 0) for i in range(count)), mt.where(x > -1, x, 0))
    data = json.loads(mt.certify(mt.where(x > 0, x, 0), "continuous"))
    data["function"] = json.loads(mt.certify(f, "continuous"))["function"]

    def tree(depth):
        return [None, *tree(depth - 1), *tree(depth - 1)] if depth else [{}]

    return data | {"tree": tree(count + 1), "joints": []}


def test_joints_that_are_missing_are_not_looked_for_one_by_one():
    # 8192 leaves have 3·10^7 pairs
    assert check_data(jumps_everywhere(12)).answer == "invalid"


def test_more_joints_than_pairs():
    data = json.loads(mt.certify(mt.where(x > 0, x, 0), "continuous"))
    assert check_data(data).answer == "valid"
    refused(data | {"joints": data["joints"] * 2}, "more proofs than pairs")


def test_a_large_spectral_norm_takes_too_many_steps():
    names = [f"x{i}" for i in range(1000)]
    f = mt.max(x, y)
    data = json.loads(mt.certify(f, "lipschitz"))
    data["function"] = {
        "variables": names,
        "atoms": [],
        "nodes": [{"node": "variable", "shape": [1000], "names": names}],
    }
    zero = [0] * 1000
    data |= {"power": 1, "lower": 1, "point": zero, "direction": [1, *zero[1:]], "tree": [{}]}
    verdict = check_data(data)
    assert verdict.answer == "unsupported" and "too many steps" in verdict.reason, verdict


def _of_long_numbers(kind, **more):
    return json.dumps({"format": "piecewise_mt.certificate", "version": 1, "kind": kind, **more})


LONG = [10**600 + 7 * k for k in range(20)]


@pytest.mark.parametrize(
    "text",
    [
        _of_long_numbers(
            "inhabited_set",
            variables=["x"],
            parts=[[[">", {"terms": [[1, *["x"] * 20]]}]]],
            part=0,
            point={
                "root": {"polynomial": [-2, *LONG], "low": 0, "high": 10},
                "coordinates": [LONG],
            },
        ),
        _of_long_numbers(
            "empty_set",
            variables=["x"],
            parts=[[]],
            proofs=[
                [
                    [
                        "line",
                        "x",
                        *(
                            {
                                "terms": [
                                    [pow(7, 23 * (k + 16 * j + 9), 10**120) - 5 * 10**119]
                                    + ["x"] * k
                                    for k in range(16)
                                ]
                            }
                            for j in range(6)
                        ),
                    ]
                ]
            ],
        ),
        _of_long_numbers(
            "polynomial_infimum",
            function={
                "variables": ["x"],
                "atoms": [],
                "formulas": [{"arity": 1, "terms": [[1, *["u1"] * 100]]}],
                "nodes": [
                    {"node": "variable", "shape": [], "names": ["x"]},
                    {"node": "smooth", "args": [0], "shape": [], "units": [[0, [0]]]},
                ],
            },
            domain=[],
            sense="min",
            value=None,
            curve=[[[f"{10**400 + 2 * k}/{10**400 + 7 + 30 * k}", k] for k in range(10)]],
        ),
    ],
    ids=["point", "line", "curve"],
)
def test_steps_with_long_numbers_count_more(text):
    # oracle: each takes minutes if a step counts the same whatever the length of its numbers
    assert str(check_text(text)) == "unsupported: the proof takes too many steps"


def test_maxima_of_hundreds_of_operands_are_counted():
    """One ``null`` at a maximum of n operands makes n² conditions, in a file of some kB."""
    n = 300
    names = [f"x{i}" for i in range(n)]
    f = {
        "variables": names,
        "atoms": [{"atom": "max", "n": n, "ties": "free"}],
        "nodes": [
            {"node": "variable", "shape": [n], "names": names},
            {"node": "piecewise", "args": [0], "shape": [], "units": [[0, list(range(n))]]},
        ],
    }
    head = {"format": "piecewise_mt.certificate", "version": 1, "kind": "equal"}
    verdict = check_data({**head, "function": f, "second": f, "domain": [], "tree": [None] * 40})
    assert verdict.answer == "unsupported" and "steps" in verdict.reason
