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
# # A small convolutional network
#
# A convolution with two filters, ReLU, max pooling, a linear layer and a softmax, with the rules of PyTorch at ties
# (`relu'(0) = 0`, the first maximum of a window). PyTorch itself is not needed.

# %%
import piecewise_mt as mt
from piecewise_mt.conventions import pytorch

filters = [[[[1, -1], [1, 0]]], [[[0, 1], [-1, 1]]]]
weight = [[1, 0, -1, 2, 1, 0, -1, 1], [0, 1, 1, -1, 0, 2, 1, -1]]


def logits(image: mt.Expression) -> mt.Expression:
    """(1, 4, 4) pixels to two logits."""
    hidden = pytorch.relu(pytorch.conv2d(image, filters, [0, -1]))
    pooled = pytorch.max_pool2d(hidden, 2, stride=1)
    return pytorch.linear(pytorch.flatten(pooled), weight, [0, 1])


full = logits(mt.tensor("x", (1, 4, 4)))
assert full.shape == (2,) and len(full.variables) == 16

# %% [markdown]
# ## At one image
#
# Value and gradient at an exact point cost one pass each, also through the softmax. On the black image many units have a
# tie, and `f.at` says which; their gradients vanish under PyTorch's rules.

# %%
black = [0] * 16
probabilities = mt.softmax(full)
assert not any(probabilities.gradient(black))
probabilities.value(black)

# %%
full.at(black)

# %% [markdown]
# ## A family of images
#
# Two parameters s and t move through the space of images. On this plane the network has pieces that can be listed and
# drawn: polygons, ties between them, and tie points.

# %%
s, t = mt.variables("s t")
base = [0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
along_s = [1, 0, 0, 0, 0, 0, -1, 0, 0, 0, 1, 0, 0, 1, 0, 0]
along_t = [0, 0, 1, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 1]
image = mt.affine(list(zip(along_s, along_t)), mt.stack([s, t]), base).reshape((1, 4, 4))
window = {s: (-2, 2), t: (-2, 2)}

scores = logits(image)
margin = scores[0] - scores[1]
rep = margin.represent(window)
rep.strata.f_vector, len(rep)

# %%
axes = rep.plot()

# %% [markdown]
# The margin decides the class; its graph:

# %%
axes = rep.plot("surface")

# %% [markdown]
# ## The softmax at the end
#
# Pieces stay polyhedra, formulas and gradients become smooth. SymPy has them exactly:

# %%
first = mt.softmax(scores)[0].represent(window)
assert len(first) == len(rep)
first[0]

# %% [markdown]
# ## What backpropagation returns
#
# The product (14) is the gradient almost everywhere, and (15) holds on every tie:

# %%
assert mt.verify_chain_rule(margin).ok
conditions = rep.tangential_conditions()
assert conditions.ok
len(conditions)

# %% [markdown]
# Being consistent is not being in Clarke's subdifferential. On a whole segment of images backpropagation returns
# something that no limit of gradients, nor a convex combination of them, is:

# %%
artifacts = rep.artifacts()
assert artifacts.dimension == 1
artifacts

# %%
point = artifacts[0].stratum.witness
point, margin.at(point, window).classify(margin.gradient(point)).value

# %%
axes = margin.at(point).plot()

# %% [markdown]
# ## How fast the margin can change
#
# The Lipschitz constant on the window, with the stratum where it is attained:

# %%
mt.lipschitz_report(margin, domain=window).constant
