"""Evaluation: a function as a flat program, and the chain rule (14) at one point.

``program`` collapses affine runs into slots; ``forward`` is what a unit is at a point, the step of
every forward pass; ``pointwise`` passes over the nodes, to the value and the gradient there;
``defined`` decides where smooth nodes have values; ``parameters`` numbers the free z. Imports
from ``smooth`` and the rooms below ``calculus``.
"""
