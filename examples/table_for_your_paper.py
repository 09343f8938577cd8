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
# # Making a table for your paper
#
# From a function to LaTeX that you can paste: a table, a display by cases, the sums (6) and (7), and the derivation that
# leads there.

# %%
import piecewise_mt as mt

a, b = mt.variables("a b")
f = mt.max(a, b) - mt.relu(a, at_zero=0)
rep = f.represent()
rep

# %% [markdown]
# ## The table
#
# Choose the columns and your symbols. Needed: `\usepackage{amsmath, amssymb, booktabs, longtable}`.

# %%
table = rep.to_latex(
    columns=("alpha", "piece", "formula", "gradient"),
    symbols={"gradient": r"\tilde\nabla", "parameter": r"\theta"},
)
assert r"\toprule" in table and r"\theta" in table
print(table)

# %% [markdown]
# ## By cases, and as the sums (6) and (7)

# %%
print(rep.to_latex("cases"))

# %%
print(rep.to_latex("indicator"))

# %% [markdown]
# ## What has to hold at the ties

# %%
conditions = rep.tangential_conditions()
assert conditions.ok
print(conditions.to_latex())

# %% [markdown]
# ## The derivation
#
# `standalone=True` gives a document that compiles by itself.

# %%
document = mt.derivation(f).to_latex(standalone=True)
assert document.startswith(r"\documentclass") and "The product (14)" in document
print(document[:900])

# %% [markdown]
# ## A figure to go with it

# %%
axes = rep.plot(names=True)

# %% [markdown]
# `axes.figure.savefig("pieces.pdf")` saves it; `rep.to_html("pieces.html")` writes an interactive page.
