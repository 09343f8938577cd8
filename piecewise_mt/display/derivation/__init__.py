"""Derivations: the chain rule (14) written out step by step.

``units`` names the nodes, ``steps`` writes the steps, ``factors`` the factors (9), (14) and the
conditions (15). Imports from ``typeset`` and ``calculus``.
"""
