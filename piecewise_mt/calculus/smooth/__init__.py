"""Formulas, affine and of SymPy: rewriting, affine hulls, identities, C¹ on a polyhedron.

The only room that asks SymPy about the zeros and signs of formulas. It imports from ``functions``,
``geometry``, ``typeset`` and ``exact``, and from no other room of ``calculus``.
"""
