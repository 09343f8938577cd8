"""What is written is read back, and of the size of its function."""

import json
import pickle

import pytest

import piecewise_mt as mt

x, y = mt.variables("x y")


def test_a_text_is_read_as_a_text_and_a_path_as_a_file(tmp_path):
    pytest.importorskip("jsonschema")
    rep = mt.max(x, y, ties="first").represent()
    text = rep.to_json()
    assert mt.check(mt.Representation.from_json(text))
    path = tmp_path / "rep.json"
    rep.to_json(path)
    assert (
        mt.Representation.from_json(path).to_json() == mt.Representation.from_json(text).to_json()
    )
    with pytest.raises(mt.PiecewiseError, match="expected JSON in the text"):
        mt.Representation.from_json('{"format": ')


def test_a_table_of_another_size_than_its_function_is_refused():
    pytest.importorskip("jsonschema")
    data = json.loads(mt.max(x, y, ties="first").represent().to_json())
    data["function"] = "max(x, y)"
    for piece in data["pieces"]:
        for key in ("formula", "rows", "gradient"):
            if isinstance(piece.get(key), list):
                piece[key] = piece[key] * 2
    with pytest.raises(mt.PiecewiseError):
        mt.Representation.from_json(json.dumps(data))
    own = mt.Representation("x y", [("x >= y", "x"), ("x < y", "y")])
    with pytest.raises(mt.PiecewiseError, match="expected formulas of one size"):
        mt.Representation.of_pieces(own.names, own.entries, of=mt.stack([x, y]), domain=None)


@pytest.mark.parametrize("alpha", ["1", 0, 4, 1.5, None])
def test_a_piece_is_asked_for_by_its_number(alpha):
    with pytest.raises(mt.PiecewiseError, match="expected a piece number"):
        mt.max(x, y).represent().chain_rule(alpha)


def test_a_failing_check_fails_after_the_round_trip():
    pytest.importorskip("jsonschema")
    wrong = mt.Representation("x y", [("x < y", "x"), ("x >= y", "y")], of=mt.max(x, y))
    read = mt.Representation.from_json(wrong.to_json())
    assert not mt.check(wrong) and not mt.check(read)
    assert [f.check for f in mt.check(read).failures] == [f.check for f in mt.check(wrong).failures]


def test_representations_are_pickled_with_their_parameters():
    rep = (mt.max(x, y) + mt.relu(x)).represent()
    read = pickle.loads(pickle.dumps(rep))
    assert [p.gradient for p in read] == [p.gradient for p in rep]
    assert [str(p.polyhedron) for p in read] == [str(p.polyhedron) for p in rep]
    assert read.gradient((0, 0)) == rep.gradient((0, 0)) and mt.check(read)
    assert len(pickle.loads(pickle.dumps(rep.strata))) == len(rep.strata)
    assert pickle.loads(pickle.dumps(rep.function.at((0, 0)))).bouligand == (
        rep.function.at((0, 0)).bouligand
    )
