"""Other forms of the same piecewise linear function, each proved equal to it.

Max-min (lattice) form, difference of convex functions, tropical rational functions, abs-normal form
and ReLU networks. Imports from ``properties`` and the rooms below it.
"""
