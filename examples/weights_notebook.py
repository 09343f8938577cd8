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
# # The associated gradient with respect to W and b
#
# Training differentiates a network with respect to its weights. In x and the weights together the kinks are no longer
# hyperplanes but zero sets of polynomials: R(w₀x) switches on the cross w₀x = 0. The pieces, the associated gradient
# on each, ties included, and the sets where two tie rules differ are derived exactly all the same.

# %%
import matplotlib.pyplot as plt
from sympy import Rational

import piecewise_mt as mt

# %% [markdown]
# ## One weight
#
# The first example of the paper, with a symbolic weight that is a variable like x.

# %%
w0, x = mt.variables("w0 x")
rep = mt.relu(w0 * x).on(x, w0).represent()
rep

# %% [markdown]
# The tie is a cross. It is a manifold but for its centre, and only there is it singular.

# %%
tie = rep[-1]
print("regular: ", tie.regular)
print("singular:", tie.singular)
assert tie.regular.contains((0, 1)) and tie.singular.contains((0, 0))

# %% [markdown]
# The tangential conditions (15): along each arm of the cross the derivative is that of f, which is 0 there; across it any
# value will do, and at the centre nothing is asked. So G = (1, 0) is no associated gradient of this function.

# %%
conditions = rep.tangential_conditions()
assert conditions.ok
conditions

# %%
report = mt.check_gradient(mt.relu(w0 * x).on(x, w0), [[1, 0]])
assert not report.ok
print(report.failures[0].message)

# %% [markdown]
# Two rules at zero give two associated gradients of one function. They differ on the cross, but for its centre, where
# x = w₀ = 0 and every weight gives (0, 0).

# %%
zero, one = (mt.relu(w0 * x, at_zero=z).on(x, w0) for z in (0, 1))
difference = mt.gradient_difference_set(zero, one)
print(difference)
assert not difference.contains((0, 0)) and difference.contains((0, 5))

# %% [markdown]
# ## One neuron and two data points
#
# The network v R(wx + b) is to map −1 to 1 and 2 to 2. With the data put in, the loss is a function of b, v and w.

# %%
b, v, w = mt.variables("b v w")
DATA = ((-1, 1), (2, 2))


def loss(at_zero):
    network = v * mt.relu(w * x + b, at_zero=at_zero)
    return sum(mt.abs(network.subs({x: value}) - target, at_zero=0) for value, target in DATA)


strata = loss(0).strata()
print(len(strata), "strata, by dimension:", strata.f_vector)
assert strata.f_vector == (0, 4, 12, 9)

# %% [markdown]
# Under the rule that PyTorch takes, R'(0) = 0 and |·|'(0) = 0, these are joined to 16 pieces. The last one is the
# curve of all weights that fit both points.

# %%
pieces = loss(0).represent()
pieces

# %%
fit = pieces[-1]
print(fit.set, "has dimension", fit.dimension)
assert fit.dimension == 1 and fit.formula == 0

# %% [markdown]
# Where R'(0) = 0 and R'(0) = 1 differ: where a data point lies on the kink of the neuron, unless the output weight
# is 0 and the choice does not matter.

# %%
differ = mt.gradient_difference_set(loss(0), loss(1))
assert differ.contains({b: 1, v: 1, w: 1}) and not differ.contains({b: 1, v: 0, w: 1})
for part in differ:
    print(part)

# %% [markdown]
# ## A short training under two rules
#
# From b = v = w = 1, where the point −1 lies on the kink, ten gradient steps of length 1/16, in exact numbers.


# %%
def train(f, point, steps):
    path = [point]
    for _ in range(steps):
        gradient = f.gradient(path[-1])
        path.append(
            {name: value - gradient[i] / 16 for i, (name, value) in enumerate(path[-1].items())}
        )
    return path


start = {"b": Rational(1), "v": Rational(1), "w": Rational(1)}
paths = {at_zero: train(loss(at_zero), start, 10) for at_zero in (0, 1)}
values = {
    at_zero: [loss(at_zero).value(point) for point in path] for at_zero, path in paths.items()
}
assert values[0][0] == values[1][0] and values[0][1] != values[1][1]
for at_zero, row in values.items():
    print(f"R'(0) = {at_zero}:", ", ".join(f"{float(value):.3f}" for value in row))

# %% [markdown]
# The first step differs, as the start lies in the set above; the values after it are those of two trainings of one
# and the same function.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
for at_zero, row in values.items():
    left.plot([float(value) for value in row], marker="o", label=f"R'(0) = {at_zero}")
left.set_xlabel("step")
left.set_ylabel("loss")
left.legend()
for at_zero, path in paths.items():
    right.plot(
        [float(p["w"]) for p in path],
        [float(p["b"]) for p in path],
        marker="o",
        label=f"R'(0) = {at_zero}",
    )
right.plot([0.6, 1.4], [0.6, 1.4], color="0.6", zorder=0)
right.annotate("b = w", (1.3, 1.22), color="0.4")
right.set_xlabel("w")
right.set_ylabel("b")
right.legend()
figure.tight_layout()
