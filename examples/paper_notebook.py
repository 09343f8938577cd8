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
# # Després's paper from beginning to end
#
# B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions* (2024; TMLR 2025), with every
# example derived and every statement about a representation checked. Errata are those of the text as we have it, a
# transcription.

# %%
from sympy import Matrix, Rational

import piecewise_mt as mt

x, t = mt.variable("x"), mt.variable("t")
y1, y2 = mt.variables("y1 y2")

# %% [markdown]
# ## §2.1: a neuron at its kink
#
# With the weight 0 every point is a tie of the ReLU, but the undetermined derivative z is multiplied by 0. With the
# weight 2 the tie is the point 0.

# %%
mt.relu(0 * x).represent()

# %%
neuron = mt.relu(2 * x).represent()
assert [piece.dimension for piece in neuron] == [1, 1, 0]
neuron

# %% [markdown]
# ## §2.2: the paradox
#
# $x \mapsto (x, x)$ maps the whole line into the tie $\{y_1 = y_2\}$ of max, a null set where the gradient
# $(z, 1 - z)$ is not determined. The product (14) does not depend on z.

# %%
paradox = mt.max(x, x)
assert mt.verify_chain_rule(paradox).ok
paradox.represent().chain_rule(1)

# %%
mt.verify_chain_rule(paradox)

# %% [markdown]
# ## §4.1: the family of ReLU derivatives

# %%
relu = mt.relu(x).represent()
relu

# %%
upper, lower = relu.plot()

# %% [markdown]
# ## §4.2: max of two
#
# **Erratum.** The transcription has $P^1 = \{y_1 < y_2\}$ with $f^1 = y_1$ and $P^2 = \{y_1 > y_2\}$ with $f^2 = y_2$. That
# is min on two of the three pieces; the check finds a point:

# %%
maximum = mt.max(y1, y2)
printed = [("y1 < y2", "y1"), ("y1 > y2", "y2"), ("y1 = y2", "(y1 + y2)/2")]
report = mt.check(mt.Representation("y1 y2", printed, of=maximum))
assert not report.ok and report.failures[0].check == "formulas"
report

# %%
corrected = [("y1 > y2", "y1"), ("y1 < y2", "y2"), ("y1 = y2", "(y1 + y2)/2")]
assert mt.check(mt.Representation("y1 y2", corrected, of=maximum)).ok
maximum.represent()

# %% [markdown]
# On the tie the entries of the gradient sum to 1, (15); across it nothing is required.

# %%
conditions = maximum.represent().tangential_conditions()
assert conditions.ok and len(conditions) == 1
conditions

# %%
axes = maximum.represent().plot(names=True, arrows=True)

# %% [markdown]
# ## §4.3: max of four
#
# (17) and (18): the first largest entry is taken, four half-open pieces.

# %%
vector = mt.vector("x", 4)
first = mt.max(vector, ties="first").represent()
assert len(first) == 4 and mt.check(first).ok
first

# %% [markdown]
# (19) and (20): one piece for every active set, $2^4 - 1 = 15$ of them, the gradient the mean over the active entries.
#
# **Erratum.** (20) says "$x_i = 0$" where $y_i = 0$, an entry of the gradient, is meant.

# %%
average = mt.max(vector, ties="average").represent()
assert len(average) == 15 and mt.check(average).ok
assert average.gradient((0, 0, 0, 0)) == Matrix([[Rational(1, 4)] * 4])
average

# %% [markdown]
# ## §4.3: Table 2
#
# The same maximum under two rules, subtracted. The function is zero. Its associated gradient is zero except at $t = 0$,
# where it is $1 - 5/2 = -3/2$. At a point (15) is empty, so the gradient is consistent there.

# %%
entries = [t, 2 * t, 3 * t, 4 * t]
table_2 = mt.max(entries, ties="first") - mt.max(entries, ties="average")
assert [table_2.gradient((s,))[0] for s in (-2, -1, 0, 1, 2)] == [0, 0, Rational(-3, 2), 0, 0]
assert mt.equal(table_2, 0 * t)
upper, lower = table_2.represent().plot()

# %%
table_2.represent().tangential_conditions()

# %% [markdown]
# ## §4.4: Table 3
#
# One rule, operands exchanged.
#
# **Erratum.** The second product is $(1, 0)\cdot(4, 1)$, so that the value at 0 is $1 - 4 = -3$.

# %%
table_3 = mt.max(t, 4 * t, ties="first") - mt.max(4 * t, t, ties="first")
assert [table_3.gradient((s,))[0] for s in (-2, -1, 0, 1, 2)] == [0, 0, -3, 0, 0]
left = mt.max(t, 4 * t, ties="first").represent().chain_rule(1)
right = mt.max(4 * t, t, ties="first").represent().chain_rule(1)
assert left.product - right.product == Matrix([[-3]])
table_3.represent()

# %%
right

# %% [markdown]
# ## The appendix: Stampacchia's theorem
#
# Where $w$ is zero on a set of full dimension, its gradient is zero there, (11).

# %%
stampacchia = mt.check_stampacchia(mt.abs(t) - t)
assert stampacchia.ok
stampacchia
