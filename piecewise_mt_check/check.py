"""One certificate in, one answer out: valid, invalid or unsupported, each with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from piecewise_mt_check.boxes import check_bound, check_lipschitz_bound
from piecewise_mt_check.compositions import check_inverse, check_symmetries
from piecewise_mt_check.conditions import check_fails, check_holds
from piecewise_mt_check.conjugates import check_conjugate
from piecewise_mt_check.constrained import check_constrained, check_not_constrained
from piecewise_mt_check.continuity import check_continuous, check_discontinuous
from piecewise_mt_check.curved_table import check_curved_table
from piecewise_mt_check.formulas import check_different, check_empty, check_equal, check_max_affine
from piecewise_mt_check.line import check_line_infimum, check_line_lipschitz, check_line_shape
from piecewise_mt_check.lipschitz import check_lipschitz
from piecewise_mt_check.local import (
    check_differentiable,
    check_extremum,
    check_in_clarke,
    check_not_differentiable,
    check_not_in_clarke,
)
from piecewise_mt_check.optimum import check_infimum
from piecewise_mt_check.polynomial_infimum import check_polynomial_infimum
from piecewise_mt_check.quadratics import check_quadratic_infimum
from piecewise_mt_check.reading import (
    MAX_BYTES,
    Invalid,
    Unsupported,
    field,
    limited_steps,
    parsed,
    shown,
)
from piecewise_mt_check.sets import check_empty_set, check_inhabited_set
from piecewise_mt_check.shapes import check_monotone, check_not_convex, check_not_monotone
from piecewise_mt_check.table import check_table

FORMAT = "piecewise_mt.certificate"
VERSION = 1
KINDS: dict[str, Callable[[Any], str]] = {
    "table": check_table,
    "curved_table": check_curved_table,
    "infimum": check_infimum,
    "quadratic_infimum": check_quadratic_infimum,
    "polynomial_infimum": check_polynomial_infimum,
    "line_infimum": check_line_infimum,
    "line_lipschitz": check_line_lipschitz,
    "line_shape": check_line_shape,
    "bound": check_bound,
    "lipschitz_bound": check_lipschitz_bound,
    "lipschitz": check_lipschitz,
    "max_affine": check_max_affine,
    "equal": check_equal,
    "different": check_different,
    "empty": check_empty,
    "empty_set": check_empty_set,
    "inhabited_set": check_inhabited_set,
    "in_clarke": check_in_clarke,
    "not_in_clarke": check_not_in_clarke,
    "differentiable": check_differentiable,
    "not_differentiable": check_not_differentiable,
    "extremum": check_extremum,
    "constrained_stationary": check_constrained,
    "not_constrained_stationary": check_not_constrained,
    "continuous": check_continuous,
    "discontinuous": check_discontinuous,
    "not_convex": check_not_convex,
    "monotone": check_monotone,
    "not_monotone": check_not_monotone,
    "holds": check_holds,
    "fails": check_fails,
    "symmetries": check_symmetries,
    "inverse": check_inverse,
    "conjugate": check_conjugate,
}


class Verdict(NamedTuple):
    """The answer: "valid", "invalid" or "unsupported", and what is proved or the reason."""

    answer: str
    reason: str

    @property
    def exit_code(self) -> int:
        return ("valid", "invalid", "unsupported").index(self.answer)

    def __str__(self) -> str:
        return f"{self.answer}: {self.reason}"


def check_text(text: str) -> Verdict:
    """The verdict on the text of a certificate."""
    try:
        return check_data(parsed(text))
    except Unsupported as error:
        return Verdict("unsupported", str(error))


def check_file(path: str) -> Verdict:
    """The verdict on a file."""
    try:
        own = Path(path)
        if not own.is_file():
            return Verdict("unsupported", f"no file {shown(path)}")
        if own.stat().st_size > MAX_BYTES:
            return Verdict("unsupported", f"the file has more than {MAX_BYTES} bytes")
        text = own.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        return Verdict("unsupported", f"the file cannot be read: {shown(str(error))}")
    return check_text(text)


def check_data(data: Any) -> Verdict:
    """The verdict on a certificate as JSON's data."""
    try:
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise Unsupported(f"the format is not {FORMAT!r}")
        if type(data.get("version")) is not int or data["version"] != VERSION:
            raise Unsupported(f"the version is not {VERSION}")
        kind = field(data, "kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise Unsupported(f"the kind is none of {', '.join(KINDS)}")
        with limited_steps():
            return Verdict("valid", KINDS[kind](data))
    except Invalid as error:
        return Verdict("invalid", str(error))
    except Unsupported as error:
        return Verdict("unsupported", str(error))
    except RecursionError:
        return Verdict("unsupported", "the data are nested too deeply")
    except MemoryError:
        return Verdict("unsupported", "there is not enough memory")
