"""Names under which other libraries and textbooks have what is here, for messages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

MAX_NAME = 1000
_SAME = {
    "relu": "rectifier ramp positive_part pos plus relu_",
    "abs": "fabs absolute absolute_value modulus",
    "clip": "clamp saturate sat bound project_box",
    "max": "amax supremum_of reduce_max",
    "min": "amin reduce_min",
    "maximum": "fmax",
    "minimum": "fmin",
    "where": "select if_else ifelse cond",
    "log": "ln log_e",
    "logsumexp": "lse log_sum_exp",
    "sigmoid": "logistic expit sigm",
    "square": "sqr pow2",
    "sqrt": "root square_root",
    "softshrink": "soft_threshold soft_thresholding shrink",
    "leaky_relu": "lrelu",
    "median": "med middle",
    "kth": "order_statistic kthvalue kth_value nth quantile",
    "sort": "sorted order",
    "norm1": "norm l1 l1norm norm_l1 one_norm norm_1 manhattan taxicab",
    "norm_inf": "norminf linf max_norm sup_norm chebyshev norm_max",
    "hinge": "hinge_loss svm",
    "affine": "linear dense fully_connected",
    "variables": "symbols var vars",
    "variable": "symbol",
    "vector": "array",
    "piecewise_linear": "pwl interp hat spline",
    "batch_norm": "batchnorm1d batchnorm2d",
    "avgpool1d": "mean_pool1d average_pool1d",
    "avgpool2d": "mean_pool2d average_pool2d",
    "proximal_map": "prox proximal",
    "moreau_envelope": "envelope moreau",
    "conjugate": "legendre fenchel dual",
    "argmin": "minimizers minimisers",
    "infimum": "minimum_value inf minimize minimise",
    "is_convex": "convex",
    "level_set": "contour",
    "exact": "rational fraction",
    "equal": "equals same",
}
_KNOWN = {alias: name for name, aliases in _SAME.items() for alias in aliases.split()}
_WRITE = {
    **dict.fromkeys(
        "sign sgn heaviside step floor ceil round argmax argsort threshold hardshrink".split(),
        "it jumps, and functions here are continuous: write where(x > 0, a, b) of two sides that "
        "meet",
    ),
    **dict.fromkeys(
        "norm2 l2 l2norm euclidean norm_2".split(),
        "write sqrt(x**2 + y**2), which is smooth where it is positive",
    ),
    **dict.fromkeys("mean average avg".split(), "write (x + y + z)/3"),
    **dict.fromkeys("sum add total".split(), "write x + y"),
    **dict.fromkeys("prod mul multiply product".split(), "write x*y"),
    **dict.fromkeys("pow power".split(), "write x**2"),
    **dict.fromkeys("neg negative".split(), "write -x"),
}
"""What has no function of its own, and what to write; the same in texts and in Python."""
_METHODS = {
    **dict.fromkeys(
        "gradient grad jacobian value evaluate represent pieces strata at".split(),
        "ask the function: f.gradient(point), f.value(point), f.represent(), f.strata(), "
        "f.at(point)",
    ),
    **dict.fromkeys(
        "plot table to_latex lambdify merged subs".split(),
        "ask the representation: rep = f.represent(), then rep.plot(), rep.table(), "
        "rep.to_latex(), rep.lambdify(), rep.merged(), rep.subs(z=0)",
    ),
    **dict.fromkeys(
        "clarke bouligand mordukhovich subdifferential subgradient".split(),
        "ask at a point: f.at(point).clarke, .bouligand, .mordukhovich",
    ),
    **dict.fromkeys("superlevel_set upper_level_set".split(), "write mt.sublevel_set(-f, -c)"),
    **dict.fromkeys("supremum sup maximize maximise".split(), "write -mt.infimum(-f)"),
    **dict.fromkeys("argmax maximizers maximisers".split(), "write mt.argmin(-f)"),
}


def meant(name: str, known: Sequence[str]) -> str | None:
    """Which of the known names another one stands for, however it is written; None if none does.

    Examples
    --------
    >>> known = ("relu", "leaky_relu", "sqrt", "median", "norm1", "clip", "sin")
    >>> [meant(name, known) for name in ("ReLU", "LeakyReLU", "Sqrt", "medain", "l1", "clamp")]
    ['relu', 'leaky_relu', 'sqrt', 'median', 'norm1', 'clip']
    >>> meant("sgn", known), meant("norm_inf", known)
    (None, None)
    """
    plain = _plain(name[:MAX_NAME])
    by_plain = {_plain(own): own for own in reversed(known)}
    if plain in by_plain:
        return by_plain[plain]
    for alias, own in _KNOWN.items():
        if _plain(alias) == plain and own in known:
            return own
    if advice(name) is not None:
        return None
    close = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.7)
    return by_plain[close[0]] if close else None


def advice(name: str) -> str | None:
    """What to write for something that has no function of its own.

    Examples
    --------
    >>> advice("Mean"), advice("relu")
    ('write (x + y + z)/3', None)
    """
    return _WRITE.get(_plain(name[:MAX_NAME], "_"))


def attribute_message(name: str, known: Sequence[str]) -> str:
    """What the package says for a name that it does not have.

    Examples
    --------
    >>> attribute_message("ReLU", ["relu"]), attribute_message("plus_one", ["relu"])
    ('; write mt.relu', '')
    """
    words = _METHODS.get(_plain(name[:MAX_NAME], "_")) or advice(name)
    if words is not None:
        return f"; {words}"
    own = meant(name, known)
    return f"; write mt.{own}" if own is not None else ""


def _plain(name: str, kept: str = "") -> str:
    """A name without capitals, and without underscores unless they are kept."""
    found = name.lower()
    return found.strip("_") if kept else re.sub("_", "", found)
