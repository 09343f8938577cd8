"""Smooth formulas of SymPy: rewriting, restriction to affine hulls, identities, C¹ on a polyhedron.

The only room that asks SymPy about the zeros and signs of formulas. It imports from ``functions``,
``geometry`` and ``exact``, and from no other room of ``calculus``.
"""
