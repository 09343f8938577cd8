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
from sympy import Matrix, Rational, sqrt, symbols

import piecewise_mt as mt
from piecewise_mt.paper.appendix import FIRST, SECOND, comparison, example, stampacchia

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
# ## §3: the theorem
#
# Theorem 1, (8) to (13), says $\nabla(v \circ u) = \tilde\nabla v(u)\, \nabla u$ almost everywhere. By Corollary 2 the
# gradient of a network is a product of matrices that are defined for every x. Here is one of two layers, with the sets
# (9), the product (14) on a piece, and Corollary 1: the associated gradient is the gradient almost everywhere.

# %%
x1, x2 = mt.variables("x1 x2")
hidden = mt.relu(mt.affine([[1, 1], [1, -1]], mt.stack([x1, x2])))
net = mt.affine([[1, -1]], hidden)[0]
assert mt.verify_chain_rule(net).ok
mt.verify_chain_rule(net)

# %%
net.represent().chain_rule(1)

# %%
corollary = mt.check(net.represent())
assert corollary.ok
corollary

# %% [markdown]
# ## §4.1: the family of ReLU derivatives
#
# On $P^3 = \{0\}$ the derivative is any real number z. With the weight $w_0$ among the variables, (3) is
# $z w_0$ on the tie: 0 for $w_0 = 0$, whatever z is.

# %%
relu = mt.relu(x).represent()
relu

# %%
upper, lower = relu.plot()

# %%
weighted = mt.parse("relu(w0*x)").on("w0", "x").represent()
w0, z = symbols("w0 z", real=True)
assert weighted[-1].gradient[1] == w0 * z
weighted

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
# ## §4.3: the Boustany example
#
# The script `max1` of Table 1 compares one entry after the other with `>`, so that the first largest one is taken; it
# is nested `where`, and its pieces are (17). `max2` is `torch.max`, which averages.

# %%
vector = mt.vector("x", 4)
res = vector[0]
for i in range(1, 4):
    res = mt.where(vector[i] > res, vector[i], res)
script = res.represent().merged()  # in the order of the branches, so (17) from last to first
assert mt.gradient_difference_set(script, mt.max(vector, ties="first").represent()).is_empty
script

# %% [markdown]
# (17) and (18): the first largest entry is taken, four half-open pieces.

# %%
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
points = [Rational(s) for s in ("-1", "-1/2", "-1/100", "0", "1/100", "1/2", "1")]
entries = [t, 2 * t, 3 * t, 4 * t]
table_2 = mt.max(entries, ties="first") - mt.max(entries, ties="average")
assert [table_2.gradient((s,))[0] for s in points] == [0, 0, 0, Rational(-3, 2), 0, 0, 0]
assert mt.equal(table_2, 0 * t)
upper, lower = table_2.represent().plot()

# %%
table_2.represent().tangential_conditions()

# %% [markdown]
# What is −3/2, then? The function is differentiable at 0 with the derivative 0; −3/2 is a product that backpropagation
# may form, and no element of Clarke's subdifferential.

# %%
assert str(table_2.at((0,)).classify(Matrix([[Rational(-3, 2)]]))) == "autodiff"
table_2.at((0,))

# %% [markdown]
# ## §4.4: Table 3
#
# One rule, operands exchanged.
#
# **Erratum.** The second product is $(1, 0)\cdot(4, 1)$, so that the value at 0 is $1 - 4 = -3$.

# %%
table_3 = mt.max(t, 4 * t, ties="first") - mt.max(4 * t, t, ties="first")
assert [table_3.gradient((s,))[0] for s in points] == [0, 0, 0, -3, 0, 0, 0]
left = mt.max(t, 4 * t, ties="first").represent().chain_rule(1)
right = mt.max(4 * t, t, ties="first").represent().chain_rule(1)
assert left.product - right.product == Matrix([[-3]])
table_3.represent()

# %%
right

# %% [markdown]
# ## §5: more variables
#
# The conclusion asks for associated gradients with respect to the weights. For one neuron $v\,R(wx + b)$ they are
# derived in all of $v, w, b, x$; the tie $b + wx = 0$ is a curved surface, and $z$ enters as in §4.1.

# %%
one = mt.parse("v*relu(w*x + b)").on("v", "w", "b", "x").represent()
assert [piece.dimension for piece in one] == [4, 4, 3]
one

# %%
one.tangential_conditions()

# %% [markdown]
# And for Lipschitz constants on solid foundations: the norm of an associated gradient, at most the product of the norms
# of the layers.

# %%
network = mt.max(mt.relu(mt.affine([[1, 1], [1, -1]], mt.vector("x", 2)), at_zero=0))
mt.lipschitz_report(network)

# %% [markdown]
# ## The appendix: Stampacchia's property
#
# $\nabla w = 0$ almost everywhere on $\{w = 0\}$, (22), which is (11). The proof regularises $|x|$ twice. First by
# $|x|_\varepsilon = \sqrt{x^2 + \varepsilon}$. Off 0 the derivative tends to the sign of $x$, at 0 it is 0 for every
# $\varepsilon$, and it is at most 1 in modulus, so that Lebesgue's theorem gives
#
# $$\int \nabla|w| \cdot \varphi\, dx = \int_{w>0} \nabla w \cdot \varphi\, dx - \int_{w<0} \nabla w \cdot \varphi\, dx. \qquad (23)$$

# %%
assert FIRST.check().ok and FIRST.slope_limits == (1, -1, 0)
FIRST.table()

# %% [markdown]
# Then by $|x|^\varepsilon = \sqrt{(x + \sqrt\varepsilon)^2 + \varepsilon}$, which differs at 0: the derivative there is
# $1/\sqrt 2$ for every $\varepsilon$. The same passage to the limit gives
#
# $$\int \nabla|w| \cdot \varphi\, dx = \int_{w>0} \nabla w \cdot \varphi\, dx - \int_{w<0} \nabla w \cdot \varphi\, dx
# + \frac{1}{\sqrt 2} \int_{w=0} \nabla w \cdot \varphi\, dx. \qquad (24)$$

# %%
assert SECOND.check().ok and SECOND.slope_limits == (1, -1, 1 / sqrt(2))
SECOND.table()

# %% [markdown]
# The left sides are equal, so the last integral vanishes for every $\varphi$. That is (22).

# %%
comparison()

# %%
assert stampacchia().ok
stampacchia()

# %% [markdown]
# Two regularisations with the same derivative at 0 would prove nothing:

# %%
assert not stampacchia(FIRST, FIRST).ok
stampacchia(FIRST, FIRST)

# %% [markdown]
# Both equations on examples, with exact integrals:

# %%
example()

# %% [markdown]
# For a function of the package, (22) is checked on the strata in $\{w = 0\}$: the product (14), all ties left free, is 0
# there identically in the $z$. A tie that fills a half-line is no exception.

# %%
assert mt.check_stampacchia(mt.abs(t) - t).ok
tied = mt.max(t, t, 0) - mt.relu(t)
report = mt.check_stampacchia(tied)
assert report.ok and mt.equal(tied, 0 * t)
report
