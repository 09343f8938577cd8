"""Exact pieces and associated gradients of Lipschitz, piecewise linear functions.

Build a function from variables, affine maps and max/ReLU-like nodes, then ask for its strata,
its pieces, and the associated gradient of Murat and Trombetti on every piece.

- Variables and arrays: variables, variable, vector, tensor, parameter; numbers are exact (exact).
- Nodes with ties: relu, abs, leaky_relu, clip, max, min, maximum, minimum, where, kth, median,
  sort, norm1, norm_inf, piecewise_linear, maxpool2d, hinge and more; a rule says which gradient a
  tie has, "free" keeps it as z. Smooth ones: exp, log, sqrt, sigmoid, softmax, smooth and more.
- From elsewhere: parse, from_sympy, from_torch, from_onnx, from_jax, apply, Representation.
- A function f: f.value and f.gradient at a point, f.at(point), f.strata(), f.represent(),
  f.subs, f.on(...) for the variables and their order, f.variables, f.symbols.
- A representation rep: for p in rep, rep.table(), rep.to_latex(), rep.plot(), rep.subs(z=0),
  rep.merged(), rep.classify(), rep.values(points); help(rep) has all.
- Questions: check, check_gradient, verify_chain_rule, equal, zero_set, level_set, sublevel_set,
  argmin, infimum, is_convex, lipschitz, critical_points, conjugate, proximal_map, derivation.

Symbols in what comes out are ``sympy.Symbol(name, real=True)``, those of the variables are in
``f.symbols``. Points are sequences in the order of ``f.variables``, which tables name, or mappings.
``help(mt.max)`` and the like have definitions, rules, errors and examples.

Examples
--------
>>> import piecewise_mt as mt
>>> y1, y2 = mt.variables("y1 y2")
>>> mt.max(y1, y2).gradient((1, 1))
Matrix([[z, 1 - z]])
>>> print(mt.max(y1, y2).represent().table())
max(y1, y2) on R^2, (y1, y2): 3 pieces
<BLANKLINE>
α  Pᵅ       dim  fᵅ                 ∇fᵅ
─  ───────  ───  ─────────────────  ──────────
1  y1 > y2    2  y1                 (1, 0)
2  y1 < y2    2  y2                 (0, 1)
3  y1 = y2    1  z*y1 + (1 - z)*y2  (z, 1 - z)
"""

import importlib
from typing import TYPE_CHECKING, Any

from piecewise_mt.errors import (
    BrokenPool,
    InexactNumber,
    InvalidTieRule,
    NotContinuous,
    NotInvertible,
    NotPolyhedral,
    OutOfBudget,
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

if TYPE_CHECKING:
    from piecewise_mt.audit.audit import (
        audit,
    )
    from piecewise_mt.budget import (
        limits,
    )
    from piecewise_mt.calculus.apply import (
        apply,
    )
    from piecewise_mt.calculus.consistency.check import (
        check,
    )
    from piecewise_mt.calculus.consistency.theorems import (
        check_stampacchia,
        verify_chain_rule,
    )
    from piecewise_mt.calculus.ladder.check_gradient import (
        check_gradient,
    )
    from piecewise_mt.calculus.local.analysis import (
        LocalAnalysis,
    )
    from piecewise_mt.calculus.local.enclosure import (
        Enclosure,
    )
    from piecewise_mt.calculus.local.rungs import (
        Rung,
    )
    from piecewise_mt.calculus.measures.distribution import (
        Distribution,
        distribution,
    )
    from piecewise_mt.calculus.measures.integral import (
        gradient_shares,
        integral,
        mean,
        total_variation,
        volume,
    )
    from piecewise_mt.calculus.measures.weak import (
        check_integration_by_parts,
    )
    from piecewise_mt.calculus.models.model import (
        OptimisationModel,
    )
    from piecewise_mt.calculus.models.solving import (
        Solution,
    )
    from piecewise_mt.calculus.partition.base import (
        Strata,
        Stratum,
    )
    from piecewise_mt.calculus.partition.counting import (
        f_vector,
    )
    from piecewise_mt.calculus.properties.conjugate import (
        conjugate,
    )
    from piecewise_mt.calculus.properties.critical import (
        critical_points,
    )
    from piecewise_mt.calculus.properties.distance import (
        Distance,
        distance,
    )
    from piecewise_mt.calculus.properties.holding import (
        Truth,
        holds,
    )
    from piecewise_mt.calculus.properties.inverse import (
        Inverse,
        fixed_points,
        inverse,
    )
    from piecewise_mt.calculus.properties.lipschitz import (
        lipschitz,
        lipschitz_report,
    )
    from piecewise_mt.calculus.properties.minimum import (
        is_minimum,
    )
    from piecewise_mt.calculus.properties.optimum import (
        argmin,
        decision_boundary,
        infimum,
        infimum_report,
        sublevel_set,
    )
    from piecewise_mt.calculus.properties.proximal import (
        moreau_envelope,
        proximal_map,
    )
    from piecewise_mt.calculus.properties.sets import (
        difference_set,
        equal,
        gradient_difference_set,
        level_set,
        zero_set,
    )
    from piecewise_mt.calculus.properties.shape import (
        is_convex,
        is_monotone,
        linear_pieces,
    )
    from piecewise_mt.calculus.properties.simplest import (
        Simplest,
        simplest_between,
    )
    from piecewise_mt.calculus.properties.symmetry import (
        Symmetries,
        symmetries,
    )
    from piecewise_mt.calculus.representation.base import (
        Representation,
    )
    from piecewise_mt.calculus.representation.derived import (
        DerivedRepresentation,
    )
    from piecewise_mt.calculus.representation.pieces import (
        Piece,
    )
    from piecewise_mt.calculus.results.enclosed_array import (
        EnclosedArray,
    )
    from piecewise_mt.calculus.results.report import (
        Report,
    )
    from piecewise_mt.calculus.topology.betti import (
        Homology,
        betti,
        euler_characteristic,
        homology,
    )
    from piecewise_mt.calculus.topology.components import (
        connected_components,
        plot_components,
    )
    from piecewise_mt.calculus.topology.morse import (
        FlatPart,
        critical_strata,
    )
    from piecewise_mt.calculus.topology.persistence import (
        Bar,
        Persistence,
        persistence,
    )
    from piecewise_mt.display.derivation.derivation import (
        derivation,
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
        parameter,
        parameters,
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
        sqrt,
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
    from piecewise_mt.functions.atoms.ties import (
        mix,
    )
    from piecewise_mt.functions.grammar.parser import (
        parse,
    )
    from piecewise_mt.geometry.engine import (
        engine,
    )
    from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
    from piecewise_mt.geometry.polyhedron import (
        Polyhedron,
    )
    from piecewise_mt.interop.certificates.questions import (
        certify,
    )
    from piecewise_mt.interop.jax.function import (
        from_jax,
    )
    from piecewise_mt.interop.onnx.file import (
        from_onnx,
    )
    from piecewise_mt.interop.shards import (
        Shards,
        read_shards,
        write_shards,
    )
    from piecewise_mt.interop.sympy import (
        from_sympy,
    )
    from piecewise_mt.interop.torch.module import (
        from_torch,
    )
    from piecewise_mt.semialgebraic.sets import SemialgebraicSet

# the import system binds these subpackages here when they are first imported; after that their
# names are free for the public functions
for _name in ("audit", "exact"):
    importlib.import_module(f"piecewise_mt.{_name}")
    globals().pop(_name)

__version__ = "0.1.0"

_LATER = {
    "Bar": "piecewise_mt.calculus.topology.persistence",
    "Comparison": "piecewise_mt.functions",
    "Condition": "piecewise_mt.functions",
    "DerivedRepresentation": "piecewise_mt.calculus.representation.derived",
    "Distance": "piecewise_mt.calculus.properties.distance",
    "Distribution": "piecewise_mt.calculus.measures.distribution",
    "EnclosedArray": "piecewise_mt.calculus.results.enclosed_array",
    "Enclosure": "piecewise_mt.calculus.local.enclosure",
    "Expression": "piecewise_mt.functions",
    "FlatPart": "piecewise_mt.calculus.topology.morse",
    "Homology": "piecewise_mt.calculus.topology.betti",
    "LocalAnalysis": "piecewise_mt.calculus.local.analysis",
    "Persistence": "piecewise_mt.calculus.topology.persistence",
    "Inverse": "piecewise_mt.calculus.properties.inverse",
    "OptimisationModel": "piecewise_mt.calculus.models.model",
    "Piece": "piecewise_mt.calculus.representation.pieces",
    "PolyhedralSet": "piecewise_mt.geometry.polyhedral_set",
    "SemialgebraicSet": "piecewise_mt.semialgebraic.sets",
    "Polyhedron": "piecewise_mt.geometry.polyhedron",
    "Report": "piecewise_mt.calculus.results.report",
    "Representation": "piecewise_mt.calculus.representation.base",
    "Rung": "piecewise_mt.calculus.local.rungs",
    "Shards": "piecewise_mt.interop.shards",
    "Simplest": "piecewise_mt.calculus.properties.simplest",
    "Solution": "piecewise_mt.calculus.models.solving",
    "Strata": "piecewise_mt.calculus.partition.base",
    "Stratum": "piecewise_mt.calculus.partition.base",
    "abs": "piecewise_mt.functions",
    "adaptive_maxpool1d": "piecewise_mt.functions",
    "adaptive_maxpool2d": "piecewise_mt.functions",
    "affine": "piecewise_mt.functions",
    "apply": "piecewise_mt.calculus.apply",
    "argmin": "piecewise_mt.calculus.properties.optimum",
    "audit": "piecewise_mt.audit.audit",
    "avgpool1d": "piecewise_mt.functions",
    "avgpool2d": "piecewise_mt.functions",
    "batch_norm": "piecewise_mt.functions",
    "betti": "piecewise_mt.calculus.topology.betti",
    "certify": "piecewise_mt.interop.certificates.questions",
    "check": "piecewise_mt.calculus.consistency.check",
    "check_gradient": "piecewise_mt.calculus.ladder.check_gradient",
    "check_integration_by_parts": "piecewise_mt.calculus.measures.weak",
    "check_stampacchia": "piecewise_mt.calculus.consistency.theorems",
    "clip": "piecewise_mt.functions",
    "concat": "piecewise_mt.functions",
    "conjugate": "piecewise_mt.calculus.properties.conjugate",
    "connected_components": "piecewise_mt.calculus.topology.components",
    "conv1d": "piecewise_mt.functions",
    "conv2d": "piecewise_mt.functions",
    "cos": "piecewise_mt.functions",
    "critical_points": "piecewise_mt.calculus.properties.critical",
    "critical_strata": "piecewise_mt.calculus.topology.morse",
    "decision_boundary": "piecewise_mt.calculus.properties.optimum",
    "derivation": "piecewise_mt.display.derivation.derivation",
    "difference_set": "piecewise_mt.calculus.properties.sets",
    "distance": "piecewise_mt.calculus.properties.distance",
    "distribution": "piecewise_mt.calculus.measures.distribution",
    "dropout": "piecewise_mt.functions",
    "engine": "piecewise_mt.geometry.engine",
    "equal": "piecewise_mt.calculus.properties.sets",
    "euler_characteristic": "piecewise_mt.calculus.topology.betti",
    "exact": "piecewise_mt.exact.numbers",
    "exp": "piecewise_mt.functions",
    "f_vector": "piecewise_mt.calculus.partition.counting",
    "fixed_points": "piecewise_mt.calculus.properties.inverse",
    "from_jax": "piecewise_mt.interop.jax.function",
    "from_onnx": "piecewise_mt.interop.onnx.file",
    "from_sympy": "piecewise_mt.interop.sympy",
    "from_torch": "piecewise_mt.interop.torch.module",
    "gradient_difference_set": "piecewise_mt.calculus.properties.sets",
    "gradient_shares": "piecewise_mt.calculus.measures.integral",
    "hardsigmoid": "piecewise_mt.functions",
    "hardtanh": "piecewise_mt.functions",
    "hinge": "piecewise_mt.functions",
    "holds": "piecewise_mt.calculus.properties.holding",
    "homology": "piecewise_mt.calculus.topology.betti",
    "infimum": "piecewise_mt.calculus.properties.optimum",
    "infimum_report": "piecewise_mt.calculus.properties.optimum",
    "integral": "piecewise_mt.calculus.measures.integral",
    "inverse": "piecewise_mt.calculus.properties.inverse",
    "is_convex": "piecewise_mt.calculus.properties.shape",
    "is_minimum": "piecewise_mt.calculus.properties.minimum",
    "is_monotone": "piecewise_mt.calculus.properties.shape",
    "kth": "piecewise_mt.functions",
    "leaky_relu": "piecewise_mt.functions",
    "level_set": "piecewise_mt.calculus.properties.sets",
    "limits": "piecewise_mt.budget",
    "linear_pieces": "piecewise_mt.calculus.properties.shape",
    "lipschitz": "piecewise_mt.calculus.properties.lipschitz",
    "lipschitz_report": "piecewise_mt.calculus.properties.lipschitz",
    "log": "piecewise_mt.functions",
    "logsumexp": "piecewise_mt.functions",
    "max": "piecewise_mt.functions",
    "maximum": "piecewise_mt.functions",
    "maxout": "piecewise_mt.functions",
    "maxpool1d": "piecewise_mt.functions",
    "maxpool2d": "piecewise_mt.functions",
    "maxpool3d": "piecewise_mt.functions",
    "mean": "piecewise_mt.calculus.measures.integral",
    "median": "piecewise_mt.functions",
    "min": "piecewise_mt.functions",
    "minimum": "piecewise_mt.functions",
    "mix": "piecewise_mt.functions.atoms.ties",
    "moreau_envelope": "piecewise_mt.calculus.properties.proximal",
    "multi_margin": "piecewise_mt.functions",
    "multiclass_hinge": "piecewise_mt.functions",
    "norm1": "piecewise_mt.functions",
    "norm_inf": "piecewise_mt.functions",
    "parameter": "piecewise_mt.functions",
    "parameters": "piecewise_mt.functions",
    "parse": "piecewise_mt.functions.grammar.parser",
    "persistence": "piecewise_mt.calculus.topology.persistence",
    "piecewise_linear": "piecewise_mt.functions",
    "plot_components": "piecewise_mt.calculus.topology.components",
    "prelu": "piecewise_mt.functions",
    "proximal_map": "piecewise_mt.calculus.properties.proximal",
    "read_shards": "piecewise_mt.interop.shards",
    "relu": "piecewise_mt.functions",
    "relu6": "piecewise_mt.functions",
    "sigmoid": "piecewise_mt.functions",
    "simplest_between": "piecewise_mt.calculus.properties.simplest",
    "sin": "piecewise_mt.functions",
    "smooth": "piecewise_mt.functions",
    "softmax": "piecewise_mt.functions",
    "softplus": "piecewise_mt.functions",
    "softshrink": "piecewise_mt.functions",
    "sort": "piecewise_mt.functions",
    "sqrt": "piecewise_mt.functions",
    "square": "piecewise_mt.functions",
    "stack": "piecewise_mt.functions",
    "sublevel_set": "piecewise_mt.calculus.properties.optimum",
    "symmetries": "piecewise_mt.calculus.properties.symmetry",
    "tanh": "piecewise_mt.functions",
    "tensor": "piecewise_mt.functions",
    "topk": "piecewise_mt.functions",
    "total_variation": "piecewise_mt.calculus.measures.integral",
    "variable": "piecewise_mt.functions",
    "variables": "piecewise_mt.functions",
    "vector": "piecewise_mt.functions",
    "verify_chain_rule": "piecewise_mt.calculus.consistency.theorems",
    "volume": "piecewise_mt.calculus.measures.integral",
    "where": "piecewise_mt.functions",
    "write_shards": "piecewise_mt.interop.shards",
    "zero_set": "piecewise_mt.calculus.properties.sets",
    "Symmetries": "piecewise_mt.calculus.properties.symmetry",
    "Truth": "piecewise_mt.calculus.properties.holding",
}
"""Where the names are that are imported when they are first used, so that the import is light."""

__all__ = [
    "Bar",
    "BrokenPool",
    "Comparison",
    "Condition",
    "DerivedRepresentation",
    "Distance",
    "Distribution",
    "EnclosedArray",
    "Enclosure",
    "Expression",
    "FlatPart",
    "Homology",
    "InexactNumber",
    "InvalidTieRule",
    "Inverse",
    "LocalAnalysis",
    "Persistence",
    "NotContinuous",
    "NotInvertible",
    "NotPolyhedral",
    "OptimisationModel",
    "OutOfBudget",
    "OutsideDomain",
    "ParseError",
    "Piece",
    "PiecewiseError",
    "PolyhedralSet",
    "SemialgebraicSet",
    "Polyhedron",
    "Report",
    "Representation",
    "RoundedWeights",
    "Rung",
    "ShapeError",
    "Shards",
    "Simplest",
    "Solution",
    "Strata",
    "Stratum",
    "Symmetries",
    "TooManyPieces",
    "Truth",
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
    "betti",
    "certify",
    "check",
    "check_gradient",
    "check_integration_by_parts",
    "check_stampacchia",
    "clip",
    "concat",
    "conjugate",
    "connected_components",
    "conv1d",
    "conv2d",
    "cos",
    "critical_points",
    "critical_strata",
    "decision_boundary",
    "derivation",
    "difference_set",
    "distance",
    "distribution",
    "dropout",
    "engine",
    "equal",
    "euler_characteristic",
    "exact",
    "exp",
    "f_vector",
    "fixed_points",
    "from_jax",
    "from_onnx",
    "from_sympy",
    "from_torch",
    "gradient_difference_set",
    "gradient_shares",
    "hardsigmoid",
    "hardtanh",
    "hinge",
    "holds",
    "homology",
    "infimum",
    "infimum_report",
    "integral",
    "inverse",
    "is_convex",
    "is_minimum",
    "is_monotone",
    "kth",
    "leaky_relu",
    "level_set",
    "limits",
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
    "mean",
    "median",
    "min",
    "minimum",
    "mix",
    "moreau_envelope",
    "multi_margin",
    "multiclass_hinge",
    "norm1",
    "norm_inf",
    "parameter",
    "parameters",
    "parse",
    "persistence",
    "piecewise_linear",
    "plot_components",
    "prelu",
    "proximal_map",
    "read_shards",
    "relu",
    "relu6",
    "sigmoid",
    "simplest_between",
    "sin",
    "smooth",
    "softmax",
    "softplus",
    "softshrink",
    "sort",
    "sqrt",
    "square",
    "stack",
    "sublevel_set",
    "symmetries",
    "tanh",
    "tensor",
    "topk",
    "total_variation",
    "variable",
    "variables",
    "vector",
    "verify_chain_rule",
    "volume",
    "where",
    "write_shards",
    "zero_set",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        words = ""
        if not name.startswith("__"):  # which Python and its tools look for
            from piecewise_mt.functions.other_names import attribute_message

            words = attribute_message(name, __all__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{words}")
    value = getattr(importlib.import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """What completion offers: the public names."""
    return sorted([*__all__, "__version__"])
