"""What function.html asks: the table, the picture and the LaTeX of a function given as text."""

import json
import platform  # noqa: F401  # for the page

import piecewise_mt
from piecewise_mt.cli.function import read_function

MAX_PIECES = 2000


def answer(function: str, ties: str, at_zero: str, names: str) -> str:
    """A JSON object with table, picture and latex, or with error."""
    try:
        options = (text.strip() or None for text in (ties, at_zero, names))
        rep = read_function(function, *options).represent(max_pieces=MAX_PIECES)
        found = {"table": rep.table().to_html(), "latex": rep.to_latex()}
    except piecewise_mt.PiecewiseError as error:
        place = f"\n{error.caret()}" if error.source else ""
        return json.dumps({"error": f"{error}{place}"})
    except RecursionError:
        return json.dumps({"error": "expected a function nested less deeply, got this; split it"})
    try:
        found["picture"] = rep.to_svg()
    except piecewise_mt.PiecewiseError as error:
        found["note"] = f"No picture: {error}"
    return json.dumps(found)
