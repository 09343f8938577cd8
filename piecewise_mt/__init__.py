"""Exact pieces and associated gradients of Lipschitz, piecewise linear functions.

Build a function from variables, affine maps and max/ReLU-like nodes, then ask for its strata,
its pieces, and the associated gradient of Murat and Trombetti on every piece.

Examples
--------
>>> import piecewise_mt as mt
>>> y1, y2 = mt.variables("y1 y2")
>>> mt.max(y1, y2).gradient((1, 1))
Matrix([[z, 1 - z]])
"""

from piecewise_mt.calculus.apply import apply
from piecewise_mt.calculus.check import check
from piecewise_mt.calculus.gradients import check_gradient
from piecewise_mt.calculus.pieces import Piece
from piecewise_mt.calculus.report import Report
from piecewise_mt.calculus.representation import DerivedRepresentation
from piecewise_mt.calculus.sets import (
    PolyhedralSet,
    difference_set,
    equal,
    gradient_difference_set,
    level_set,
    zero_set,
)
from piecewise_mt.calculus.stated import Representation
from piecewise_mt.calculus.strata import Strata, Stratum
from piecewise_mt.calculus.theorems import check_stampacchia, verify_chain_rule
from piecewise_mt.display.derivation import derivation
from piecewise_mt.errors import (
    InexactNumber,
    InvalidTieRule,
    NotContinuous,
    NotPolyhedral,
    OutsideDomain,
    ParseError,
    PiecewiseError,
    ShapeError,
    TooManyPieces,
    UnknownVariable,
    Unsupported,
)
from piecewise_mt.exact.numbers import exact
from piecewise_mt.functions import (
    Comparison,
    Expression,
    abs,
    affine,
    clip,
    concat,
    leaky_relu,
    max,
    maximum,
    maxpool1d,
    maxpool2d,
    min,
    minimum,
    piecewise_linear,
    relu,
    stack,
    tensor,
    variable,
    variables,
    vector,
    where,
)
from piecewise_mt.functions.parser import parse
from piecewise_mt.functions.ties import mix
from piecewise_mt.geometry.polyhedron import Polyhedron

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "DerivedRepresentation",
    "Expression",
    "InexactNumber",
    "InvalidTieRule",
    "NotContinuous",
    "NotPolyhedral",
    "OutsideDomain",
    "ParseError",
    "Piece",
    "PiecewiseError",
    "PolyhedralSet",
    "Polyhedron",
    "Report",
    "Representation",
    "ShapeError",
    "Strata",
    "Stratum",
    "TooManyPieces",
    "UnknownVariable",
    "Unsupported",
    "abs",
    "affine",
    "apply",
    "check",
    "check_gradient",
    "check_stampacchia",
    "clip",
    "concat",
    "derivation",
    "difference_set",
    "equal",
    "exact",
    "gradient_difference_set",
    "leaky_relu",
    "level_set",
    "max",
    "maximum",
    "maxpool1d",
    "maxpool2d",
    "min",
    "minimum",
    "mix",
    "parse",
    "piecewise_linear",
    "relu",
    "stack",
    "tensor",
    "variable",
    "variables",
    "vector",
    "verify_chain_rule",
    "where",
    "zero_set",
]


def __dir__() -> list[str]:
    """What completion offers: the public names."""
    return sorted([*__all__, "__version__"])
