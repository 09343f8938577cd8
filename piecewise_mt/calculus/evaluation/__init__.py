"""Evaluation: a function as a flat program, and the chain rule (14) at one point.

``program`` collapses affine runs into slots; ``pointwise`` is the forward pass; ``defined``
decides where smooth nodes have values; ``parameters`` numbers the free z. Imports from
``smooth`` and the rooms below ``calculus``.
"""
