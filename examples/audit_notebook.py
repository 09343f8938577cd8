# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Auditing a framework
#
# What does a program return as a gradient at points where there is none? `mt.check_gradient` and `mt.audit` ask it on
# every stratum of a function, and name the rung of the ladder that the answer reaches: `differentiable`, `bouligand` (a
# limit of gradients), `clarke` (in their convex hull), `autodiff` (in the hull of the products (14)), `associated`
# (satisfies (15)), `inconsistent`, `undefined`.

# %%
from importlib.util import find_spec
from pathlib import Path

import sympy

import piecewise_mt as mt
from piecewise_mt.calculus.local.rungs import Rung
from piecewise_mt.conventions import jax, pytorch, tensorflow

# %% [markdown]
# ## SymPy
#
# SymPy differentiates Max into Heaviside functions with Heaviside(0) = 1/2. With two operands the weights at the tie are
# 1/2 and 1/2, and all is well:

# %%
x, y, z = sympy.symbols("x y z", real=True)
two = sympy.Matrix([[sympy.diff(sympy.Max(x, y), symbol) for symbol in (x, y)]])
report = mt.check_gradient(mt.parse("max(x, y)"), two)
assert report.ok
report

# %% [markdown]
# With three, each weight at the triple tie is 1/2, and they sum to 3/2. Along the line x = y = z the maximum has slope 1,
# so no representation whatever has this gradient: (15) is violated.

# %%
three = sympy.Matrix([[sympy.diff(sympy.Max(x, y, z), symbol) for symbol in (x, y, z)]])
report = mt.check_gradient(mt.parse("max(x, y, z)"), three)
assert not report.ok and [v.rung for v in report.verdicts].count(Rung.inconsistent) == 1
report

# %%
report.failures[0].message

# %% [markdown]
# An absolute value written as a square root: by the formula, its derivative at 0 is 0/0.

# %%
s = sympy.Symbol("s")
root = sympy.diff(sympy.sqrt(s**2), s)


def by_formula(point: list[float]) -> list[float]:
    """sqrt(s²)/s in floating point, as a program would compute it."""
    value = root.subs(s, point[0])
    return [float("nan") if value is sympy.nan else float(value)]


report = mt.check_gradient(mt.abs(mt.variable("s")), by_formula)
assert [verdict.rung for verdict in report.verdicts].count(Rung.undefined) == 1
report

# %% [markdown]
# ## Your own gradient
#
# Any function of a list of floats will do. This one takes both branches at a tie:


# %%
def greedy(point: list[float]) -> list[float]:
    a, b = point
    return [float(a >= b), float(b >= a)]


report = mt.check_gradient(mt.parse("max(a, b)"), greedy)
assert not report.ok
report

# %% [markdown]
# ## What frameworks promise
#
# `piecewise_mt.conventions` has the tie rules of frameworks, observed with the versions below. They need no framework:
# the weakest rung on all strata follows from the rule.

# %%
a, b = mt.variables("a b")
cases = {
    "maximum(a, b)": lambda module: module.maximum(a, b),
    "relu(a)": lambda module: module.relu(a),
    "abs(a)": lambda module: module.abs(a),
    "relu(a) - relu(-a)": lambda module: module.relu(a) - module.relu(-a),
}
modules = {"PyTorch": pytorch, "JAX": jax, "TensorFlow": tensorflow}


class Markdown(str):
    """Text that a notebook shows as Markdown."""

    def _repr_markdown_(self) -> str:
        return str(self)


rows = ["| function | " + " | ".join(modules) + " |", "|---|" + "---|" * len(modules)]
for name, build in cases.items():
    rungs = []
    for module in modules.values():
        pieces = build(module).represent().classify().pieces
        rungs.append(str(max((piece.rung for piece in pieces), key=lambda rung: rung.strength)))
    rows.append(f"| `{name}` | " + " | ".join(rungs) + " |")
Markdown("\n".join(rows))

# %% [markdown]
# relu(a) - relu(-a) is a, and its gradient under relu'(0) = 0 is 0 at the tie: `autodiff`, not `clarke`, in all of them.
# The filled dot is what they return, the open one the derivative:

# %%
upper, lower = (pytorch.relu(a) - pytorch.relu(-a)).represent().plot()

# %% [markdown]
# ## What they returned
#
# The audit itself needs the framework: `python -m piecewise_mt audit --framework pytorch`, or `mt.audit(function, f)`. Its
# result for PyTorch, as stored in the documentation:

# %%
page = next(path for path in (Path("docs"), Path("../docs")) if path.exists()) / "frameworks.md"
lines = page.read_text(encoding="utf-8").splitlines()
start = next(k for k, line in enumerate(lines) if line.startswith("| framework | primitives"))
assert lines[start + 2].startswith("| PyTorch")
Markdown("\n".join(lines[start : start + 3]))

# %% [markdown]
# Where PyTorch is installed, the next cell asks it, and insists on the same; elsewhere it does nothing.

# %%
if find_spec("torch"):
    import torch

    audited = mt.audit(lambda v: torch.maximum(v[0], v[1]), mt.maximum(a, b))
    assert audited.holds_where_tried and audited.verdicts[-1].rung == Rung.clarke
    audited = mt.audit(lambda v: torch.relu(v) - torch.relu(-v), mt.relu(a) - mt.relu(-a))
    assert audited.verdicts[-1].rung == Rung.autodiff
    audited = mt.audit(lambda v: torch.sqrt(v**2), mt.abs(a))
    assert audited.verdicts[-1].rung == Rung.undefined
