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
# # Clarke or not
#
# A gradient that backpropagation returns at a tie satisfies (15), the tangential condition. Whether it is in Clarke's
# subdifferential, the convex hull of the limits of gradients, is another question, and `f.at` answers it exactly.

# %%
from sympy import Interval, Rational, Symbol

import piecewise_mt as mt

x, y, t = mt.variables("x y t")

# %% [markdown]
# ## A maximum at its tie
#
# The limits of gradients of max(x, y, 0) at the origin are (1, 0), (0, 1) and (0, 0); the mean of the three weights,
# PyTorch's and JAX's rule for a full reduction, is inside their triangle.

# %%
at = mt.max(x, y, 0, ties="average").at((0, 0))
assert str(at.classify(at.gradient)) == "clarke"
at

# %%
axes = at.plot()

# %% [markdown]
# Every answer has a certificate that can be checked with fractions alone: a convex combination, or a direction that
# separates.

# %%
inside = at.clarke.certificate([[Rational(1, 3), Rational(1, 3)]])
outside = at.clarke.certificate([[1, 1]])
assert inside.holds([[Rational(1, 3), Rational(1, 3)]])
inside.weights, outside.direction, outside.value, outside.bound

# %% [markdown]
# ## §4.3: Table 2
#
# The same maximum under two rules, subtracted: the function is zero, so Clarke's subdifferential is {0}. Backpropagation
# returns -3/2 at t = 0: in the hull of the products (14) over all choices at the ties, `autodiff`, but not `clarke`.

# %%
entries = [t, 2 * t, 3 * t, 4 * t]
table_2 = mt.max(entries, ties="first") - mt.max(entries, ties="average")
local = table_2.at((0,))
assert str(local.classify(local.gradient)) == "autodiff"
local

# %%
axes = local.plot()

# %% [markdown]
# ## §4.4: Table 3
#
# One rule, operands exchanged: -3.

# %%
table_3 = mt.max(t, 4 * t, ties="first") - mt.max(4 * t, t, ties="first")
assert table_3.gradient((0,))[0] == -3
table_3.represent().artifacts()

# %% [markdown]
# ## Between first and average: mt.mix(beta)
#
# Boustany's rule is beta times the average plus (1 - beta) times the first. Its weights sum to 1 for every beta, so (15)
# holds; Clarke's subdifferential also needs them nonnegative.

# %%
beta = Symbol("beta", real=True)
pooled = mt.max(x, y, 0, ties=mt.mix(beta)).at((0, 0))
condition = pooled.clarke.condition(pooled.gradient)
pooled

# %%
assert condition.as_set() == Interval(0, Rational(3, 2))
condition.as_set()

# %% [markdown]
# ## Free parameters
#
# With a free tie the question has a condition for an answer:

# %%
free = mt.max(x, y).represent()
free.classify()

# %%
free.artifacts()

# %% [markdown]
# ## Kinks that cancel
#
# relu(x) - relu(-x) is x. With relu'(0) = 0 backpropagation returns 0 at the tie, although the function is
# differentiable there; 0 looks like a stationary point, and is none.

# %%
identity = mt.relu(x, at_zero=0) - mt.relu(-x, at_zero=0)
assert identity.at((0,)).is_differentiable
mt.critical_points(identity)

# %%
identity.represent().classify()

# %% [markdown]
# ## Artifacts on lines
#
# In two variables the set where backpropagation leaves Clarke's subdifferential may have a dimension:

# %%
ridge = mt.relu(x - y, at_zero=0) - mt.relu(y - x, at_zero=0) + mt.abs(x, at_zero=0)
artifacts = ridge.represent().artifacts()
assert artifacts.dimension == 1
artifacts
