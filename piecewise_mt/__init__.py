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

import importlib
from typing import TYPE_CHECKING, Any

from piecewise_mt.errors import (
    InexactNumber,
    InvalidTieRule,
    NotContinuous,
    NotPolyhedral,
    OutsideDomain,
    ParseError,
    PiecewiseError,
    RoundedWeights,
    ShapeError,
    TooManyPieces,
    Undecided,
    UnknownVariable,
    Unsupported,
)
from piecewise_mt.exact.numbers import (
    exact,
)
from piecewise_mt.functions import (
    Comparison,
    Condition,
    Expression,
    abs,
    adaptive_maxpool1d,
    adaptive_maxpool2d,
    affine,
    avgpool1d,
    avgpool2d,
    batch_norm,
    clip,
    concat,
    conv1d,
    conv2d,
    cos,
    dropout,
    exp,
    hardsigmoid,
    hardtanh,
    hinge,
    kth,
    leaky_relu,
    log,
    logsumexp,
    max,
    maximum,
    maxout,
    maxpool1d,
    maxpool2d,
    maxpool3d,
    median,
    min,
    minimum,
    multi_margin,
    multiclass_hinge,
    norm1,
    norm_inf,
    piecewise_linear,
    prelu,
    relu,
    relu6,
    sigmoid,
    sin,
    smooth,
    softmax,
    softplus,
    softshrink,
    sort,
    square,
    stack,
    tanh,
    tensor,
    topk,
    variable,
    variables,
    vector,
    where,
)
from piecewise_mt.functions.parser import (
    parse,
)
from piecewise_mt.functions.ties import (
    mix,
)
from piecewise_mt.geometry.polyhedron import (
    Polyhedron,
)

if TYPE_CHECKING:
    from piecewise_mt.calculus.apply import (
        apply,
    )
    from piecewise_mt.calculus.check import (
        check,
    )
    from piecewise_mt.calculus.critical import (
        critical_points,
    )
    from piecewise_mt.calculus.gradients import (
        check_gradient,
    )
    from piecewise_mt.calculus.lipschitz import (
        lipschitz,
        lipschitz_report,
    )
    from piecewise_mt.calculus.local import (
        LocalAnalysis,
    )
    from piecewise_mt.calculus.optimum import (
        argmin,
        decision_boundary,
        infimum,
        infimum_report,
        sublevel_set,
    )
    from piecewise_mt.calculus.pieces import (
        Piece,
    )
    from piecewise_mt.calculus.report import (
        Report,
    )
    from piecewise_mt.calculus.representation import (
        DerivedRepresentation,
    )
    from piecewise_mt.calculus.rungs import (
        Rung,
    )
    from piecewise_mt.calculus.sets import (
        PolyhedralSet,
        difference_set,
        equal,
        gradient_difference_set,
        level_set,
        zero_set,
    )
    from piecewise_mt.calculus.shape import (
        is_convex,
        is_monotone,
        linear_pieces,
    )
    from piecewise_mt.calculus.stated import (
        Representation,
    )
    from piecewise_mt.calculus.strata import (
        Strata,
        Stratum,
    )
    from piecewise_mt.calculus.theorems import (
        check_stampacchia,
        verify_chain_rule,
    )
    from piecewise_mt.display.derivation import (
        derivation,
    )
    from piecewise_mt.interop.audit import (
        audit,
    )
    from piecewise_mt.interop.onnx import (
        from_onnx,
    )
    from piecewise_mt.interop.sympy import (
        from_sympy,
    )
    from piecewise_mt.interop.torch import (
        from_torch,
    )

__version__ = "0.1.0"

_LATER = {
    "DerivedRepresentation": "piecewise_mt.calculus.representation",
    "LocalAnalysis": "piecewise_mt.calculus.local",
    "Piece": "piecewise_mt.calculus.pieces",
    "PolyhedralSet": "piecewise_mt.calculus.sets",
    "Report": "piecewise_mt.calculus.report",
    "Representation": "piecewise_mt.calculus.stated",
    "Rung": "piecewise_mt.calculus.rungs",
    "Strata": "piecewise_mt.calculus.strata",
    "Stratum": "piecewise_mt.calculus.strata",
    "apply": "piecewise_mt.calculus.apply",
    "argmin": "piecewise_mt.calculus.optimum",
    "audit": "piecewise_mt.interop.audit",
    "check": "piecewise_mt.calculus.check",
    "check_gradient": "piecewise_mt.calculus.gradients",
    "check_stampacchia": "piecewise_mt.calculus.theorems",
    "critical_points": "piecewise_mt.calculus.critical",
    "decision_boundary": "piecewise_mt.calculus.optimum",
    "derivation": "piecewise_mt.display.derivation",
    "difference_set": "piecewise_mt.calculus.sets",
    "equal": "piecewise_mt.calculus.sets",
    "from_onnx": "piecewise_mt.interop.onnx",
    "from_sympy": "piecewise_mt.interop.sympy",
    "from_torch": "piecewise_mt.interop.torch",
    "gradient_difference_set": "piecewise_mt.calculus.sets",
    "infimum": "piecewise_mt.calculus.optimum",
    "infimum_report": "piecewise_mt.calculus.optimum",
    "is_convex": "piecewise_mt.calculus.shape",
    "is_monotone": "piecewise_mt.calculus.shape",
    "level_set": "piecewise_mt.calculus.sets",
    "linear_pieces": "piecewise_mt.calculus.shape",
    "lipschitz": "piecewise_mt.calculus.lipschitz",
    "lipschitz_report": "piecewise_mt.calculus.lipschitz",
    "sublevel_set": "piecewise_mt.calculus.optimum",
    "verify_chain_rule": "piecewise_mt.calculus.theorems",
    "zero_set": "piecewise_mt.calculus.sets",
}
"""Where the names are that are imported when they are first used, so that the import is light."""

__all__ = [
    "Comparison",
    "Condition",
    "DerivedRepresentation",
    "Expression",
    "InexactNumber",
    "InvalidTieRule",
    "LocalAnalysis",
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
    "RoundedWeights",
    "Rung",
    "ShapeError",
    "Strata",
    "Stratum",
    "TooManyPieces",
    "Undecided",
    "UnknownVariable",
    "Unsupported",
    "abs",
    "adaptive_maxpool1d",
    "adaptive_maxpool2d",
    "affine",
    "apply",
    "argmin",
    "audit",
    "avgpool1d",
    "avgpool2d",
    "batch_norm",
    "check",
    "check_gradient",
    "check_stampacchia",
    "clip",
    "concat",
    "conv1d",
    "conv2d",
    "cos",
    "critical_points",
    "decision_boundary",
    "derivation",
    "difference_set",
    "dropout",
    "equal",
    "exact",
    "exp",
    "from_onnx",
    "from_sympy",
    "from_torch",
    "gradient_difference_set",
    "hardsigmoid",
    "hardtanh",
    "hinge",
    "infimum",
    "infimum_report",
    "is_convex",
    "is_monotone",
    "kth",
    "leaky_relu",
    "level_set",
    "linear_pieces",
    "lipschitz",
    "lipschitz_report",
    "log",
    "logsumexp",
    "max",
    "maximum",
    "maxout",
    "maxpool1d",
    "maxpool2d",
    "maxpool3d",
    "median",
    "min",
    "minimum",
    "mix",
    "multi_margin",
    "multiclass_hinge",
    "norm1",
    "norm_inf",
    "parse",
    "piecewise_linear",
    "prelu",
    "relu",
    "relu6",
    "sigmoid",
    "sin",
    "smooth",
    "softmax",
    "softplus",
    "softshrink",
    "sort",
    "square",
    "stack",
    "sublevel_set",
    "tanh",
    "tensor",
    "topk",
    "variable",
    "variables",
    "vector",
    "verify_chain_rule",
    "where",
    "zero_set",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """What completion offers: the public names."""
    return sorted([*__all__, "__version__"])
